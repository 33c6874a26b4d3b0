"""From a row to a strip of styled cells that knows which text it shows.

Each segment carries its place in the text, so that the screen can tell what is under the
mouse: the row as one number that holds whatever is measured or unfolded elsewhere, and the
character after the gutter. The styles come from the theme; none is named here.
"""

from collections.abc import Callable, Sequence
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
    found: Sequence[Stretch] = (),
    selected: Stretch | None = None,
) -> Strip:
    """Return a row as cells.

    Args:
        row: What to draw.
        width: Cells of the strip, exactly.
        style: Gives the style of a role, in an author's colour where the role has one.
        line: Number of the row, see `number`.
        found: Stretches that a search found.
        selected: The stretch the mouse selected; its end may be -1 for all of it.
    """
    if selected is not None and selected[1] < 0:
        selected = selected[0], len(row.text)
    cuts = _cuts(found, selected)
    segments: list[Segment] = []
    place = -row.gutter
    cells = 0
    for span in row.spans:
        plain = style(span.role, row.author)
        for text in _split(span.text, place, cuts) if cuts else (span.text,):
            if not text:
                continue
            drawn = plain
            if cuts and place >= 0:
                if any(start <= place < end for start, end in found):
                    drawn += style("match", "")
                if selected is not None and selected[0] <= place < selected[1]:
                    drawn += style("selection", "")
            segments.append(Segment(text, drawn + Style.from_meta({"offset": (place, line)})))
            place += len(text)
            cells += cell_len(text)
    if cells < width:
        rest = style("", "") + Style.from_meta({"offset": (place, line)})
        segments.append(Segment(" " * (width - cells), rest))
    strip = Strip(segments, max(cells, width))
    return strip if cells <= width else strip.crop(0, width)


def _cuts(found: Sequence[Stretch], selected: Stretch | None) -> list[int]:
    cuts = {end for stretch in found for end in stretch}
    if selected is not None:
        cuts.update((max(0, selected[0]), selected[1]))
    return sorted(cuts)


def _split(text: str, place: int, cuts: Sequence[int]) -> list[str]:
    inner = [cut - place for cut in cuts if place < cut < place + len(text)]
    starts = [0, *inner]
    return [text[start:end] for start, end in zip(starts, [*inner, len(text)], strict=True)]
