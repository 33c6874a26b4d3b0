"""Markdown as styled source: the signs stay where they are, and what they mean is seen.

Nothing is hidden, joined or moved, so verse stays verse and the screen shows what was
written. A style never reaches over the end of a line, and a sign that fits no rule is a
character like any other.
"""

import re
from bisect import bisect_right
from typing import NamedTuple

from tui.page.row import Role, Span
from tui.page.wrap import cells, clusters, single

LONGEST = 8_000
"""Characters of a line that is looked into; longer ones are data, not writing."""

_LOOK = re.compile(r"[*_`#>~]|^ *(?:[-+•]|[0-9]{1,9}[.)]) |---")
_INDENT = re.compile(" *")
_QUOTE = re.compile(r" {0,3}(?:> ?)+")
_HEADING = re.compile(r" {0,3}#{1,6} +(?=\S)")
_ITEM = re.compile(r" *(?:[-*+•]|[0-9]{1,9}[.)]) +(?:\[[ xX]\] +)?(?=\S)")
_RULE = re.compile(r" {0,3}([-*_])(?: *\1){2,} *$")
_INLINE = re.compile(
    # Each begins with a sign and looks back only then: so the search leaps from sign to sign.
    r"`(?<!``)(?!`)(?P<code>[^`]+)`(?!`)"
    r"|``(?<!```)(?!`)(?P<codes>[^`]+)``(?!`)"
    r"|\*\*(?=[^\s*])(?P<stars>[^*`]*[^*`\s])\*\*"
    r"|__(?<![\w_]__)(?=[^\s_])(?P<lines>[^_`]*[^_`\s])__(?![\w_])"
    r"|\*(?<![\w*]\*)(?=[^\s*])(?P<star>[^*`]*[^*`\s])\*(?![\w*])"
    r"|_(?<![\w_]_)(?=[^\s_])(?P<line>[^_`]*[^_`\s])_(?![\w_])"
)


class Run(NamedTuple):
    """A stretch of a line in one role."""

    start: int
    end: int
    role: Role


class Styled(NamedTuple):
    """How a line is shown."""

    runs: tuple[Run, ...] = ()
    """In order, apart from each other; what is between them is plain."""
    hang: int = 0
    """Cells by which rows after the first are moved in."""


PLAIN = Styled()


def styled(line: str) -> Styled:
    """Return how a line of words is shown.

    Args:
        line: Safe, without tabs and newlines.
    """
    if len(line) > LONGEST or not _LOOK.search(line):
        return PLAIN if line[:1] != " " else Styled((), _indent(line))
    if _RULE.match(line):
        return Styled((Run(0, len(line), "mark"),))
    runs: list[Run] = []
    at, base = 0, ""
    if quote := _QUOTE.match(line):
        at, base = quote.end(), "quote"
        runs.append(Run(0, at, "mark"))
    if heading := _HEADING.match(line, at):
        runs += (Run(at, heading.end(), "mark"), Run(heading.end(), len(line), "heading"))
        return Styled(tuple(runs), cells(line[: heading.end()]))
    if item := _ITEM.match(line, at):
        runs.append(Run(at, item.end(), "mark"))
        at = item.end()
    hang = cells(line[:at]) if at else _indent(line)
    for run in _inline(line, at):
        if base and run.start > at:
            runs.append(Run(at, run.start, "quote"))
        runs.append(run)
        at = run.end
    if base and at < len(line):
        runs.append(Run(at, len(line), "quote"))
    return Styled(tuple(runs), hang)


def _end(run: Run) -> int:
    return run.end


def _indent(line: str) -> int:
    indent = _INDENT.match(line)
    return indent.end() if indent else 0


def _inline(line: str, at: int) -> list[Run]:
    runs: list[Run] = []
    for found in _INLINE.finditer(line, at):
        kind = found.lastgroup or ""
        start, end = found.span(kind)
        role: Role = _ROLES[kind]
        runs += (
            Run(found.start(), start, "mark"),
            Run(start, end, role),
            Run(end, found.end(), "mark"),
        )
    return runs


_ROLES: dict[str, Role] = {
    "code": "code",
    "codes": "code",
    "stars": "bold",
    "lines": "bold",
    "star": "italic",
    "line": "italic",
}


def matches(line: str, words: re.Pattern[str]) -> list[tuple[int, int]]:
    """Return where `words` are found in `line`."""
    return [found.span() for found in words.finditer(line) if found.end() > found.start()]


def overlaid(
    runs: tuple[Run, ...], above: list[tuple[int, int]], length: int
) -> tuple[Run, ...]:
    """Return `runs` with the stretches `above` in role `match` over them."""
    done: list[Run] = []
    at = 0
    for start, end in above:
        done += filled(runs, at, start, "")
        done.append(Run(start, end, "match"))
        at = end
    return (*done, *filled(runs, at, length, ""))


def filled(runs: tuple[Run, ...], start: int, end: int, base: Role) -> list[Run]:
    """Return `runs` between `start` and `end`, with `base` where there is none."""
    whole: list[Run] = []
    at = start
    for index in range(bisect_right(runs, start, key=_end), len(runs)):
        run = runs[index]
        if run.start >= end:
            break
        if run.start > at:
            whole.append(Run(at, run.start, base))
        first = max(run.start, at)
        last = min(run.end, end)
        if first < last:
            whole.append(Run(first, last, run.role or base))
            at = last
    if at < end:
        whole.append(Run(at, end, base))
    return whole


def whole_characters(line: str, runs: tuple[Run, ...]) -> tuple[Run, ...]:
    """Return `runs` moved so that none begins or ends inside what is one character."""
    if not runs or single(line):
        return runs
    at: list[int] = []
    for part in clusters(line):
        at += [part.start] * (part.end - part.start)
    at.append(len(line))
    return tuple(
        Run(at[run.start], at[run.end], run.role) for run in runs if at[run.start] < at[run.end]
    )


def spans(line: str, runs: tuple[Run, ...], start: int, end: int, base: Role) -> list[Span]:
    """Return the spans of `line` between two offsets."""
    if start == end:
        return []
    if not runs:
        return [Span(line[start:end], base)]
    return [Span(line[a:b], role) for a, b, role in filled(runs, start, end, base)]
