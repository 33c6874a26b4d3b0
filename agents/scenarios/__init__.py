"""Rooms ready to open: a cast, their prompts, an opening. Data, in TOML."""
