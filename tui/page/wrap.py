"""Lines broken into rows by cells, as a terminal counts them.

A row is given by offsets, so that nothing is lost and styles can be laid over it later. What
a reader takes for one character stays together: marks with what they stand on, joined emoji,
flags. Text whose every character takes one cell, which is most of it, goes a fast way.
"""

import re
from typing import NamedTuple

from rich.cells import cell_len, split_graphemes

TAB = 4
"""Cells from one tab stop to the next."""

_NOT_ONE = re.compile(
    "[^\x20-\x7e\xa0-\xac\xae-\u02ff\u0370-\u0482\u048a-\u052f\u2010-\u2027\u2030-\u205f"
    "\u2070-\u20cf\u2190-\u2319\u2500-\u25fc\u2800-\u28ff]"
)
"""Finds a character that may take another number of cells than one, or change its neighbour."""

_BLANK = re.compile(" *")
_FLAG = re.compile("[\U0001f1e6-\U0001f1ff]")
_JOINED = re.compile("[\u200d\ufe0f]")
_NOT_FIRST = frozenset("、。，．・：；？！）」』】〉》〕］｝ー々…’”,.;:!?)]}")
"""What no row begins with where a break after a wide character is a matter of choice."""


class Cut(NamedTuple):
    """One row of a line, as offsets in it."""

    start: int
    end: int
    next: int
    """Where the next row starts; what is between is swallowed."""


class Cluster(NamedTuple):
    """What a reader takes for one character."""

    start: int
    end: int
    cells: int


def single(text: str) -> bool:
    """Whether every character of `text` surely takes one cell."""
    return (text.isascii() and text.isprintable()) or _NOT_ONE.search(text) is None


def cells(text: str) -> int:
    """Return the width of `text` in cells."""
    return len(text) if single(text) else cell_len(text)


def clusters(text: str) -> list[Cluster]:
    """Return the characters of `text` as a reader counts them, in order and without gaps."""
    spans, _ = split_graphemes(text)
    found: list[Cluster] = []
    flag = False
    for start, end, size in spans:
        width = size
        half = _FLAG.match(text, start) is not None
        if half and flag:
            before = found.pop()
            found.append(Cluster(before.start, end, before.cells + width))
            flag = False
            continue
        flag = half
        if end - start > 1 and _JOINED.search(text, start, end):
            # Joiners where there is nothing to join are counted in two ways.
            width = max(width, cell_len(text[start:end]))
        found.append(Cluster(start, end, width))
    return found


def untabbed(line: str) -> str:
    """Return `line` with its tabs as spaces up to the next stop."""
    if "\t" not in line:
        return line
    if single(line.replace("\t", "")):
        return line.expandtabs(TAB)
    pieces = line.split("\t")
    done = pieces[0]
    for piece in pieces[1:]:
        done += " " * (TAB - cell_len(done) % TAB) + piece
    return done


def wrap(line: str, first: int, rest: int | None = None, *, hard: bool = False) -> list[Cut]:
    """Break `line` into rows: at spaces where there are any, else where it must be.

    Spaces at a break are swallowed. Those a line begins with stay, and one row has what is
    left of a line of nothing but spaces.

    Args:
        line: Safe, without tabs and newlines.
        first: Cells of the first row, 2 or more.
        rest: Cells of the others; as the first if `None`.
        hard: Break where it must be and nowhere else; nothing is swallowed.
    """
    others = first if rest is None else rest
    if single(line):
        return _wrap_single(line, first, others, hard=hard)
    return _wrap_clusters(line, first, others, hard=hard)


def shorten(text: str, room: int, *, more: str = "…") -> str:
    """Return `text` cut to `room` cells with `more`, one cell each, at its end if it is wider."""
    if cells(text) <= room:
        return text
    more = more[: max(0, room)]
    return text[: fitting(text, room - len(more))].rstrip(" ") + more


def fitting(text: str, room: int) -> int:
    """Return how many characters at the start of `text` fit into `room` cells."""
    if room <= 0:
        return 0
    # What follows may belong to the last one: an accent, a sign that makes it wide.
    if single(text[: room + 1]):
        return min(len(text), room)
    head = text[: room * 16 + 64]
    parts = clusters(head)
    used = 0
    for part in parts:
        used += part.cells
        if used > room:
            return part.start
    # A character with so many marks on it that the rest was not even looked at.
    return len(text) if len(head) == len(text) else parts[-1].start


def _wrap_single(line: str, first: int, rest: int, *, hard: bool) -> list[Cut]:
    length = len(line)
    if length <= first:
        return [Cut(0, length, length)]
    found: list[Cut] = []
    start, room, least = 0, first, 0
    if not hard:
        least = len(line) - len(line.lstrip(" "))
        if least == length:
            return [Cut(0, first, length)]
    while length - start > room:
        end = after = start + room
        space = -1 if hard else line.rfind(" ", max(start, least), end + 1)
        if space > start:
            end = start + len(line[start:space].rstrip(" "))
            blank = _BLANK.match(line, space)
            after = blank.end() if blank else end
        found.append(Cut(start, end, after))
        start, room = after, rest
    if start < length:
        found.append(Cut(start, length, length))
    return found


def _wrap_clusters(line: str, first: int, rest: int, *, hard: bool) -> list[Cut]:
    parts = clusters(line)
    count, length = len(parts), len(line)
    found: list[Cut] = []
    least = 0
    if not hard:
        while least < count and _is_space(line, parts[least]):
            least += 1
    at, room = 0, first
    while at < count:
        used, full = 0, at
        while full < count and (used + parts[full].cells <= room or full == at):
            used += parts[full].cells
            full += 1
        if full == count:
            found.append(Cut(parts[at].start, length, length))
            break
        end, after = (full, full) if hard else _break(line, parts, at, full, least)
        start = parts[at].start
        resume = parts[after].start if after < count else length
        found.append(Cut(start, parts[end].start, resume))
        at, room = after, rest
    return found or [Cut(0, 0, 0)]


def _break(line: str, parts: list[Cluster], at: int, full: int, least: int) -> tuple[int, int]:
    """Return where a row that has room up to `full` ends, and where the next one starts."""
    for stop in range(full, max(at, least), -1):
        if _is_space(line, parts[stop]):
            end = stop
            while end > at and _is_space(line, parts[end - 1]):
                end -= 1
            after = stop
            while after < len(parts) and _is_space(line, parts[after]):
                after += 1
            if end > at:
                return end, after
        elif (
            (parts[stop - 1].cells == 2 or parts[stop].cells == 2)
            and line[parts[stop].start] not in _NOT_FIRST
            and not _is_space(line, parts[stop - 1])
        ):
            return stop, stop
    return full, full


def _is_space(line: str, part: Cluster) -> bool:
    return part.end - part.start == 1 and line[part.start] == " "
