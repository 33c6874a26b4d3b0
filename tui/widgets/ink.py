"""From a row to a strip of styled cells that knows which text it shows.

Each segment carries its place in the text, so that the screen can tell what is under the
mouse: the row as one number that holds whatever is measured or unfolded elsewhere, and the
character after the gutter. The styles come from the theme; none is named here.
"""

from collections.abc import Callable
from typing import TypeAlias

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tui.page.row import Row

Stretch: TypeAlias = tuple[int, int]
"""From and to which character, the gutter not counted; the end is exclusive."""

ROWS = 1 << 20
"""Rows an item may have before its numbers run into those of the next."""


def number(index: int, row: int) -> int:
    """Return the one number of a row of an item, for offsets."""
    return index * ROWS + row


def unnumbered(offset: int) -> tuple[int, int]:
    """Return which item and which row of it a number stands for."""
    return divmod(offset, ROWS)


def ink(
    row: Row,
    width: int,
    style: Callable[[str, str], Style],
    *,
    line: int,
    selected: Stretch | None = None,
) -> Strip:
    """Return a row as cells.

    Args:
        row: What to draw.
        width: Cells of the strip, exactly.
        style: Gives the style of a role, in an author's colour where the role has one.
        line: Number of the row, see `number`.
        selected: The stretch the mouse selected; its end may be -1 for all of it.
    """
    if selected is not None and selected[1] < 0:
        selected = selected[0], len(row.text)
    segments: list[Segment] = []
    place = -row.gutter
    cells = 0
    for span in row.spans:
        plain = style(span.role, row.author)
        for text, chosen in _split(span.text, place, selected):
            drawn = plain + style("selection", "") if chosen else plain
            segments.append(Segment(text, drawn + Style.from_meta({"offset": (place, line)})))
            place += len(text)
            cells += cell_len(text)
    if cells < width:
        rest = style("", "") + Style.from_meta({"offset": (place, line)})
        segments.append(Segment(" " * (width - cells), rest))
    strip = Strip(segments, max(cells, width))
    return strip if cells <= width else strip.crop(0, width)


def _split(text: str, place: int, selected: Stretch | None) -> list[tuple[str, bool]]:
    """Return the pieces of a span, and of each whether it is selected."""
    if selected is None or not text:
        return [(text, False)] if text else []
    start, end = (
        min(len(text), max(0, edge - place)) for edge in (max(0, selected[0]), selected[1])
    )
    pieces = (text[:start], False), (text[start:end], True), (text[max(start, end) :], False)
    return [piece for piece in pieces if piece[0]]
