"""Learning: text made ready, models trained on it."""
