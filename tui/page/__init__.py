"""The transcript as rows: from log entries to styled lines of text. Pure; no terminal."""
