"""Whole screens: widgets wired to rooms and sessions. A screen holds no state of a room."""
