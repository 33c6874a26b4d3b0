"""What a room carries from turn to turn, and where it is kept."""
