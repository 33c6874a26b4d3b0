"""Keeps a room's turns in the bank, smaller and smaller, while the room goes on."""
