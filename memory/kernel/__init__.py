"""What is written in C: the same whole numbers as the Python beside it, faster."""
