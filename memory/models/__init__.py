"""Byte models: learning in floats, coding in integers."""
