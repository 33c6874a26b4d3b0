"""Ways to a picture, behind one protocol."""
