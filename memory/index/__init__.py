"""The index: what finds a turn again by what is asked, in bytes that are counted."""
