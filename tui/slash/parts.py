"""Where the arguments stand in a line.

The last argument of most commands is the rest of the line, word for word and without
quotes. What may have spaces and is not last goes into quotes.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from tui.slash.specs import FORMATS, Argument, Kind, Spec

WORDS_TO_THE_END = frozenset({"text", "choice"})
"""Kinds that take the rest of the line word for word."""

TO_THE_END = frozenset({"budget", "options", "file", "scenario", "theme", "room"})
"""Kinds that take the rest of the line, or what is in quotes."""

TO_A_QUOTE = frozenset({"model", "phrase", "question"})
"""Kinds that take what is in quotes, or else all before the next quote."""

_OPENERS = '"“'
_QUOTED = re.compile(
    r'"((?:[^"\\]|\\.|\\\Z)*+)("?)|“((?:[^”"\\]|\\.|\\\Z)*+)([”"]?)', re.DOTALL
)
ESCAPED = re.compile(r'\\(["\\”])')
"""A character in quotes that would mean something by itself."""

_BLANKS = re.compile(r"\s*+")
_WORD = re.compile(r"\S*+")
POLL = re.compile(r"[Pp][0-9]{1,6}")
"""An id of a poll."""

SHARE = re.compile(r"off|none|[-+]?[0-9.,]+%?", re.IGNORECASE)
"""What is meant as a share of 100, be it one or not."""

FITS: dict[Kind, Callable[[str], object]] = {
    "poll": POLL.fullmatch,
    "format": FORMATS.__contains__,
    "share": SHARE.fullmatch,
}
"""Optional arguments that are not last: a word that does not fit is the next one's."""


@dataclass(frozen=True, slots=True)
class Part:
    """An argument as it stands in a line."""

    start: int
    end: int
    """With blanks that belong to nothing else."""
    text: str
    """Quotes resolved."""
    quoted: bool = False
    closed: bool = True


def name_end(line: str) -> int:
    """Return where the command's name ends in `line`."""
    found = _WORD.match(line)
    return found.end() if found else 0


def past_blanks(line: str, at: int) -> int:
    """Return where the first character from `at` on stands that is no blank."""
    found = _BLANKS.match(line, at)
    return found.end() if found else at


def parts_of(spec: Spec, line: str, at: int) -> tuple[list[Part | None], int]:
    """Return the argument's parts, `None` for those not there, and where the last one ends."""
    parts: list[Part | None] = []
    for argument in spec.arguments:
        start = past_blanks(line, at)
        part = _part(argument, line, start, last=argument is spec.arguments[-1])
        fits = FITS.get(argument.kind)
        other = argument.optional and fits is not None and (part.quoted or not fits(part.text))
        if start >= len(line) or other:
            parts.append(None)
            continue
        parts.append(part)
        at = part.end
    return parts, at


def _part(argument: Argument, line: str, start: int, *, last: bool) -> Part:
    kind = argument.kind
    if kind in WORDS_TO_THE_END:
        return Part(start, len(line), line[start:].strip())
    if line[start : start + 1] in _OPENERS and start < len(line):
        return _quotation(line, start)
    if kind in TO_THE_END or (kind == "model" and last):
        return Part(start, len(line), line[start:].strip())
    if kind in TO_A_QUOTE:
        stops = '"“[' if kind == "question" else _OPENERS
        end = min((at for mark in stops if (at := line.find(mark, start)) >= 0), default=-1)
        end = len(line) if end < 0 else end
        return Part(start, end, line[start:end].strip())
    found = _WORD.match(line, start)
    end = found.end() if found else start
    return Part(start, end, line[start:end])


def _quotation(line: str, start: int) -> Part:
    found = _QUOTED.match(line, start)
    if found is None:
        return Part(start, len(line), line[start + 1 :], quoted=True, closed=False)
    straight, end, curly, curly_end = found.groups()
    text = ESCAPED.sub(r"\1", straight if straight is not None else curly or "")
    return Part(start, found.end(), text.strip(), quoted=True, closed=bool(end or curly_end))


def quoted(text: str) -> str:
    """Return `text` in quotes, its own kept apart from them."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def written(argument: Argument, value: str) -> str:
    """Return `value` as it is written for `argument`."""
    kind = argument.kind
    if kind in WORDS_TO_THE_END or kind == "options":
        return value
    if kind in ("phrase", "question") or not value or value[0] in _OPENERS:
        return quoted(value)
    if kind == "model" and any(mark in value for mark in _OPENERS):
        return quoted(value)
    if kind not in TO_THE_END and kind != "model" and any(char.isspace() for char in value):
        return quoted(value)
    return value
