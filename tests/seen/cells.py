"""A screen as text that a reviewer can read: its rows, and below them how each cell looks.

The second part has one sign for each cell, and the last part says what the signs mean; the
look that most cells have is a dot. Nothing in it is by pixel, font or id, so a line differs
where a row of the screen does and nowhere else.
"""

import unicodedata
from collections import Counter
from collections.abc import Sequence
from typing import Any

from rich.color import Color
from rich.style import Style
from textual.app import App
from textual.strip import Strip

from tests.seen.paint import strips

_SIGNS = (
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
    "αβγδεζηθικλμνξοπρστυφχψωΓΔΘΛΞΠΣΦΨΩ"
)
_MOST = "."
"""Stands for the look that most cells have."""

_ATTRIBUTES = ("bold", "dim", "italic", "underline", "strike", "reverse", "blink")

_INVISIBLE = {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"}
"""Shown by number: in a diff nobody would see it, or it would do its work."""


def described(app: App[Any]) -> str:
    """Return what `app` shows now, rows and looks; ends with a newline."""
    return told(strips(app))


def told(rows: Sequence[Strip]) -> str:
    """Return rows of cells as text."""
    looks = [[look(segment.style) for segment in row] for row in rows]
    counted = Counter[str]()
    for row, row_looks in zip(rows, looks, strict=True):
        for segment, one in zip(row, row_looks, strict=True):
            counted[one] += segment.cell_length
    usual = counted.most_common(1)[0][0] if counted else ""
    signs = {usual: _MOST}
    painted: list[str] = []
    for row, row_looks in zip(rows, looks, strict=True):
        cells = ""
        for segment, one in zip(row, row_looks, strict=True):
            if one not in signs:
                signs[one] = _SIGNS[len(signs) - 1]  # who needs more shows too much at once
            cells += signs[one] * segment.cell_length
        painted.append(_short(cells))
    legend = [f"{sign}  {one}" for one, sign in signs.items()]
    return "\n".join([*(_visible(row.text) for row in rows), "", *painted, "", *legend, ""])


def look(style: Style | None) -> str:
    """Return how a style looks: `#dcdad4 on #15171a bold`."""
    if style is None:
        return "as the terminal has it"
    words = [f"{_colour(style.color)} on {_colour(style.bgcolor)}"]
    words += [name for name in _ATTRIBUTES if getattr(style, name)]
    return " ".join(words)


def _colour(colour: Color | None) -> str:
    if colour is None:
        return "default"
    return colour.get_truecolor().hex if colour.triplet else colour.name


def _short(cells: str) -> str:
    """Return a row of signs, what its end repeats only once."""
    return cells.rstrip(cells[-1]) + cells[-1] if cells else ""


def _visible(text: str) -> str:
    """Return a row without what nobody would see or could trust in a diff."""
    shown = "".join(
        f"\\u{ord(one):04x}" if unicodedata.category(one) in _INVISIBLE else one for one in text
    )
    return shown.rstrip(" ")
