"""The continual representation: carriers, each a way to carry cc from turn to turn."""
