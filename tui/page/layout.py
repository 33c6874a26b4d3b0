"""Rows of one item at one width."""

from dataclasses import dataclass

from tui.page.page import Item
from tui.page.row import Row, Span
from tui.printing import safe


@dataclass(frozen=True, slots=True)
class Look:
    """How an item is to be shown."""

    unfolded: bool = False
    """Chips with their full text, reasoning and long commands open."""
    raw: bool = False
    """The text as written, private commands included, nothing styled."""
    ascii: bool = False
    pictures: int = 0
    """Rows a picture gets at most; 0 shows its caption alone."""


def lay_out(item: Item, width: int, look: Look) -> list[Row]:
    """Return the rows of `item`, each at most `width` cells wide; at least one."""
    rows: list[Row] = []
    if item.kind == "message":
        rows.append(Row((Span(safe(item.label), "name"),), item.author))
    for line in safe(item.text).split("\n"):
        rows.extend(
            Row((Span(line[start : start + width]),), item.author, 0, start > 0)
            for start in range(0, max(1, len(line)), width)
        )
    return rows


def estimate(item: Item, width: int) -> int:
    """Return about how many rows `lay_out` gives, in no time: at least 1."""
    text = item.text
    return 1 + text.count("\n") + len(text) // max(1, width) + (item.kind == "message")
