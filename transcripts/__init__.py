"""What was said and done in a room, and how to read it back. Standard library only."""
