"""A message taken apart for paper: words, drawings, code, commands.

Models write verse and draw with letters, and neither may be set like prose. What a block is
is guessed from its lines alone; nothing is lost, and the blocks put together are the message.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from transcripts.commands.lexer import scan
from transcripts.commands.words import PRIVATE

Kind: TypeAlias = Literal["words", "art", "code", "command"]

LOOKED_AT = 400
"""Characters of a line that decide what it is: no drawing is wider."""

_ART: tuple[Kind, int] = ("art", 0)
_STROKES = frozenset("/\\|_=+<>[]{}#~^-*()'`\".:,;@$%&!?")
_HARD = frozenset("/\\|_=+<>[]{}#~^-*()")
"""Strokes that prose does not pile up."""

_DRAWN = re.compile(r"[\u2500-\u25a9\u25b0-\u25ff\u2800-\u28ff\U0001fb00-\U0001fbff]")
_ITEM = re.compile(r"\s*(?:[-*+]|\d{1,9}[.)])\s+\w")
_COLUMNS = re.compile(r"\S[ ]{3,}\S")
_FENCE = re.compile(r" {0,3}(`{3,})([^`\n]*)$")


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of a message that is set in one way."""

    kind: Kind
    text: str
    """As it stands, without the newline after its last line."""
    end: str = ""
    """That newline; empty where the block ends in mid-line or with the message."""
    verb: str = ""
    """For a command: what it does."""

    @property
    def private(self) -> bool:
        """Whether it is a command that the others do not get to see."""
        return self.verb in PRIVATE


def blocks(text: str, *, commands: bool = True, inline: bool = False) -> Iterator[Block]:
    """Yield the blocks of `text` in order; `text + end` of all of them make it up again.

    Args:
        text: A message as written.
        commands: Whether commands count as such; in a person's lines they do not.
        inline: Whether they count in the middle of a line too.
    """
    done = 0
    for call in scan(text, inline=inline).calls if commands else ():
        yield from _set(text[done : call.start])
        newline = "\n" if text[call.end : call.end + 1] == "\n" else ""
        yield Block("command", text[call.start : call.end], newline, call.verb)
        done = call.end + len(newline)
    yield from _set(text[done:])


def _set(text: str) -> Iterator[Block]:
    """Yield words, art and code of a stretch without commands."""
    if not text:
        return
    lines = text.split("\n")
    kinds = _kinds(lines)
    first = 0
    for at in range(1, len(lines) + 1):
        if at == len(lines) or kinds[at] != kinds[first]:
            last = at == len(lines)
            body = "\n".join(lines[first:at])
            if body or not last:
                yield Block(kinds[first][0], body, "" if last else "\n")
            first = at


def _kinds(lines: list[str]) -> list[tuple[Kind, int]]:
    """Return the kind of each line; fences are numbered, so that two in a row stay two."""
    kinds: list[tuple[Kind, int]] = [("words", 0)] * len(lines)
    at = 0
    while at < len(lines):
        if opening := _opening(lines[at]):
            end = _closing(lines, at, len(opening[1]))
            code: tuple[Kind, int] = ("code", at + 1)
            kinds[at : end + 1] = [code] * (end + 1 - at)
            at = end + 1
        elif not lines[at].strip():
            at += 1
        else:
            end = at
            while end < len(lines) and lines[end].strip() and not _opening(lines[end]):
                end += 1
            _mark_art(lines, at, end, kinds)
            at = end
    _join_art(lines, kinds)
    return kinds


def _opening(line: str) -> re.Match[str] | None:
    return _FENCE.match(line.rstrip("\r"))


def _closing(lines: list[str], opening: int, ticks: int) -> int:
    """Return the line that closes the fence; the last one if none does."""
    for at in range(opening + 1, len(lines)):
        bare = lines[at].strip()
        if len(bare) >= ticks and not bare.strip("`") and not lines[at].startswith("    "):
            return at
    return len(lines) - 1


def _mark_art(lines: list[str], start: int, end: int, kinds: list[tuple[Kind, int]]) -> None:
    """Find the drawings in one paragraph: most of it, or three such lines in a row."""
    strokes = [_is_drawn(line) for line in lines[start:end]]
    if len(strokes) >= 2 and 2 * sum(strokes) > len(strokes):
        kinds[start:end] = [_ART] * (end - start)
        return
    run = 0
    for at, stroke in enumerate([*strokes, False]):
        if stroke:
            run += 1
            continue
        if run >= 3:
            kinds[start + at - run : start + at] = [_ART] * run
        run = 0


def _join_art(lines: list[str], kinds: list[tuple[Kind, int]]) -> None:
    """A drawing may have a gap: one or two empty lines between two pieces belong to it."""
    last = -1
    for at, (kind, _) in enumerate(kinds):
        if kind != "art":
            continue
        gap = lines[last + 1 : at]
        if last >= 0 and 0 < len(gap) <= 2 and not any(line.strip() for line in gap):
            kinds[last + 1 : at] = [_ART] * len(gap)
        last = at


def _is_drawn(line: str) -> bool:
    """Whether `line` looks drawn rather than written."""
    line = line[:LOOKED_AT].expandtabs(4).rstrip()
    bare = line.strip()
    if not bare:
        return False
    if bare[0] == bare[-1] == "|" and len(bare) > 2:
        return True
    if len(_DRAWN.findall(bare)) >= 2:
        return True
    if _ITEM.match(line):
        return False
    dense = bare.replace(" ", "")
    share = sum(char in _STROKES for char in dense) / len(dense)
    hard = sum(char in _HARD for char in dense)
    if share >= 0.5 and hard >= 2:
        return True
    spaced = "  " in bare or line.startswith("  ")
    return (spaced and share >= 0.35) or bool(_COLUMNS.search(bare))
