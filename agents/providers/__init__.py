"""Ways to a model, behind one protocol."""
