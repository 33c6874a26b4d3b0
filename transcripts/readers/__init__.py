"""Transcripts written by others, read as our events. One module a format."""
