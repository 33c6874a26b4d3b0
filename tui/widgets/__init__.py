"""What the screens are put together from. Widgets know transcripts, and nothing else of ours."""
