"""The rows of an item as the text they came from: where a row stands in it, and parts of it.

Rows depend on the width, the text does not. So what must outlast a change of the width (the
row somebody reads) or cross the breaks between rows (what is selected, what a search finds)
is said in terms of the text.
"""

from collections.abc import Sequence
from typing import NamedTuple

from tui.page.row import Row


class Spot(NamedTuple):
    """A place in the text that outlasts laying it out anew."""

    line: int = 0
    """Line of the text, from 0."""
    characters: int = 0
    """Of that line, before this place."""


def words(row: Row) -> str:
    """Return a row without what is ours at its start."""
    return row.text[row.gutter :]


def part(
    rows: Sequence[Row],
    start: tuple[int, int] | None = None,
    end: tuple[int, int] | None = None,
) -> str:
    """Return the source of what stands between two places.

    A row that does not show its source to the letter gives it if it is taken as a whole, and
    else what it shows.

    Args:
        rows: Of one item.
        start: Row and characters of it, the gutter not counted; `None` for the beginning.
        end: The same, exclusive; `None` for the end.
    """
    first, left = (0, 0) if start is None else start
    last, right = (len(rows), 0) if end is None else end
    pieces: list[str] = []
    for index, row in enumerate(rows[: last + 1]):
        if index < first:
            continue
        shown = words(row)
        begin = max(0, left) if index == first else 0
        stop = min(right, len(shown)) if index == last else len(shown)
        if pieces and not row.wraps:
            pieces.append("\n")
        if begin == 0 and stop >= len(shown):
            pieces.append(row.source if index < last else row.source.removesuffix(row.eaten))
        else:
            pieces.append(shown[begin:stop])
            if index < last:
                pieces.append(row.eaten)
    return "".join(pieces)


def spot(rows: Sequence[Row], row: int) -> Spot:
    """Return where in the text a row begins."""
    first = row
    characters = 0
    while first > 0 and rows[first].wraps:
        first -= 1
        characters += len(rows[first].source)
    line = sum(not other.wraps for other in rows[1 : first + 1])
    return Spot(line, characters)


def row_of(rows: Sequence[Row], place: Spot) -> int:
    """Return the row that shows a place of the text; the last one if it is gone."""
    line = 0
    characters = 0
    for index, row in enumerate(rows):
        if index and not row.wraps:
            line += 1
            characters = 0
        if line > place.line:
            return index - 1
        characters += len(row.source)
        if line == place.line and characters > place.characters:
            return index
    return max(0, len(rows) - 1)
