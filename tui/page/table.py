"""Tables of Markdown with their columns in line, where spaces alone can do it."""

import re

from tui.page.body import Line
from tui.page.wrap import cells

_RULE = re.compile(r" *\|?(?: *:?-+:? *\|)* *:?-+:? *\|? *")
_BAR = re.compile(r"(?<!\\)\|")
WIDEST = 400
"""Characters of a line of a table."""


def align(lines: list[Line], room: int) -> None:
    """Pad the cells of every table among `lines` that then still fits into `room` cells."""
    at = 1
    while at < len(lines):
        line = lines[at]
        if not ("|" in line.text and "-" in line.text and _is_rule(line)):
            at += 1
            continue
        columns = len(_cells(line.text))
        start = at - 1
        end = at + 1
        while end < len(lines) and _fits(lines[end], columns):
            end += 1
        if columns > 1 and _fits(lines[start], columns):
            _align(lines[start:end], room)
        at = end


def _is_rule(line: Line) -> bool:
    short = line.kind in {"words", "art"} and len(line.text) <= WIDEST
    return short and _RULE.fullmatch(line.text) is not None


def _fits(line: Line, columns: int) -> bool:
    short = line.kind in {"words", "art"} and "|" in line.text and len(line.text) <= WIDEST
    return short and len(_cells(line.text)) == columns


def _cells(text: str) -> list[str]:
    """Return the pieces between the bars; those outside the outer bars are empty."""
    return _BAR.split(text)


def _align(table: list[Line], room: int) -> None:
    rows = [_cells(line.text.rstrip(" ")) for line in table]
    columns = len(rows[0])
    if any(len(row) != columns for row in rows):
        return
    widths = [max(cells(row[column]) for row in rows) for column in range(columns)]
    if sum(widths) + columns - 1 > room:
        return
    for line, row in zip(table, rows, strict=True):
        padded = [
            cell if last else cell + " " * (width - cells(cell))
            for cell, width, last in zip(
                row, widths, [False] * (columns - 1) + [True], strict=True
            )
        ]
        line.said = line.text
        line.text = "|".join(padded)
        line.kind = "art"
        line.runs = ()
