"""Words and figures made to fit a narrow place. Pure; measured in cells, not in characters.

Whatever goes in comes out safe: no control characters, no tabs, no marks of direction.
"""

import re
from collections.abc import Sequence
from itertools import pairwise

from rich.cells import cell_len, chop_cells, set_cell_size

from tui.printing import line, safe

BARS = "▁▂▃▄▅▆▇"
ASCII_BARS = "_.:-=+#"
"""Seven heights: a full block would touch the row above."""

ACCURATE = 1 << 14
"""Characters of a text up to which wide ones are measured one by one; more take too long, and
break where they would if all were wide."""

_NOT_NARROW = re.compile("[^\x20-\u02ff\u0370-\u0482\u048a-\u058f\u2010-\u2027\u2030-\u205e]")
"""Anything that may be zero or two cells wide; generous, so that the rest surely is one."""


def fit(text: str, cells: int, *, ascii: bool = False) -> str:  # noqa: A002 - names what it does
    """Return `text` as one safe line of at most `cells` cells, its end cut off if need be."""
    flat = line(text)
    if cells <= 0:
        return ""
    if cell_len(flat) <= cells:
        return flat
    mark = (".." if ascii else "…")[:cells]
    return set_cell_size(flat, cells - len(mark)).rstrip() + mark


def fit_end(text: str, cells: int, *, ascii: bool = False) -> str:  # noqa: A002 - names what it does
    """Return the end of `text` as one safe line of at most `cells` cells."""
    flat = line(text)
    if cells <= 0:
        return ""
    if cell_len(flat) <= cells:
        return flat
    mark = (".." if ascii else "…")[:cells]
    kept = flat[-(cells - len(mark)) :] if cells > len(mark) else ""
    while cell_len(kept) > cells - len(mark):
        kept = kept[1:]
    return mark + kept


def wrap(text: str, width: int, *, hang: int = 0) -> list[str]:
    """Return the lines of `text`, broken at spaces to at most `width` cells each.

    Every character is kept but the spaces at which it breaks. Takes time that grows with the
    text alone, however long its lines are.

    Args:
        text: Of any kind.
        width: Cells.
        hang: Spaces before each row that goes on with a line that was broken.
    """
    if hang and width > 4 * hang:
        return _hanging(text, width - hang, " " * hang)
    width = max(2, width)  # room for one wide character
    rows: list[str] = []
    accurate = len(text) <= ACCURATE
    for whole in safe(text).expandtabs(4).split("\n"):
        if len(whole) <= width // 2:
            rows.append(whole)
        elif whole.isascii() or _NOT_NARROW.search(whole) is None:
            _break(rows, whole, width)
        elif not accurate:
            _break(rows, whole, width // 2)
        elif cell_len(whole) <= width:
            rows.append(whole)
        else:
            _break_measured(rows, whole, width)
    return rows


def _hanging(text: str, width: int, before: str) -> list[str]:
    rows: list[str] = []
    for whole in text.split("\n"):
        first, *rest = wrap(whole, width)
        rows.append(first)
        rows.extend(before + row for row in rest)
    return rows


def _break(rows: list[str], whole: str, most: int) -> None:
    """Break where each character counts as one."""
    start = 0
    while len(whole) - start > most:
        space = whole.rfind(" ", start + 1, start + most + 1)
        end = space if space > start else start + most
        rows.append(whole[start:end])
        start = end + 1 if space > start else end
    rows.append(whole[start:])


def _break_measured(rows: list[str], whole: str, width: int) -> None:
    row, used = "", 0
    for word in re.findall(r" *[^ ]+| +$", whole):
        if used and used + cell_len(word) > width:
            rows.append(row)
            row, used = "", 0
            *full, rest = chop_cells(word.lstrip(" "), width) or [""]
        elif not used and cell_len(word) > width:
            *full, rest = chop_cells(word, width) or [""]
        else:
            full, rest = [], word
        rows.extend(full)
        row += rest
        used += cell_len(rest)
    rows.append(row)


def count(number: float) -> str:
    """Return a number in at most five characters: `999`, `12.4k`, `124k`, `1.2M`."""
    size = float(number)
    for unit in ("", "k", "M", "G"):
        if abs(size) < 999.5 or unit == "G":
            break
        size /= 1000
    if not unit:
        return f"{size:.0f}"
    return f"{size:.0f}{unit}" if abs(size) >= 99.95 else f"{size:.1f}{unit}"


def money(dollars: float) -> str:
    """Return dollars with as many places as matter: `$0`, `$0.0012`, `$0.25`, `$12.50`."""
    if not dollars:
        return "$0"
    return f"${dollars:.4f}" if abs(dollars) < 0.1 else f"${dollars:,.2f}"


def clock(seconds: float) -> str:
    """Return a span of time: `12 s`, `3:20`, `1:02:03`."""
    whole = max(0, int(seconds))
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def bar(part: float, cells: int, *, ascii: bool = False) -> str:  # noqa: A002 - names what it does
    """Return a bar `cells` wide, filled for `part` of 1: heavy where it is full."""
    inner = max(1, cells - 2 if ascii else cells)
    part = min(1.0, max(0.0, part))
    # Anything at all shows, and it is not full before it is.
    full = inner if part >= 1 else min(inner - 1, max(part > 0, round(part * inner)))
    if ascii:
        return f"[{'#' * full}{'.' * (inner - full)}]"
    return f"{'━' * full}{'─' * (inner - full)}"


def spark(
    values: Sequence[float],
    cells: int,
    *,
    most: float | None = None,
    ascii: bool = False,  # noqa: A002 - names what it does
) -> str:
    """Return `values` as a row of bars, oldest first, in at most `cells` cells.

    Where there are more values than cells, each bar is the largest of its share.

    Args:
        values: 0 or more each.
        cells: Width at most.
        most: Value of a full bar; the largest one if `None`.
        ascii: Without block characters.
    """
    if not values or cells <= 0:
        return ""
    if len(values) > cells:
        edges = [len(values) * i // cells for i in range(cells + 1)]
        values = [max(values[a:b]) for a, b in pairwise(edges)]
    top = max(values) if most is None else most
    bars = ASCII_BARS if ascii else BARS
    if top <= 0:
        return bars[0] * len(values)
    return "".join(bars[min(6, max(0, int(value / top * 6 + 0.5)))] for value in values)
