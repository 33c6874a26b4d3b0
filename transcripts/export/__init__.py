"""A room written out for others: text, Markdown, a page, lines of JSON."""
