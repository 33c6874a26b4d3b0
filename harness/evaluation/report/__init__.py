"""A run as one page that asks nothing of anybody, and as pictures: rows in, text out.

`page` writes it, `figures` says what is plotted, `plot` draws lines and dots as SVG, `look`
has the colours, `png` makes pictures of the same figures. No script, no font, no address.
"""
