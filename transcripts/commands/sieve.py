"""Taking stretches out of a text.

`sieve` is for readers: where nothing but blanks is left of a line, the line goes too.
`cut` and `restore` are for storage: they give back every character.
"""

from collections.abc import Iterable
from typing import NamedTuple

from transcripts.commands.signs import BLANKS


class Sieve:
    """Lets a text through without some stretches, and without the lines they leave blank."""

    def __init__(self) -> None:
        self._held: list[str] = []
        self._blank = True
        self._cut = False

    def keep(self, text: str) -> str:
        """Return what is let through, now that `text` follows and stays.

        Blanks at the start of a line are held until something follows them.
        """
        if not text:
            return ""
        passed: list[str] = []
        if self._cut and self._blank:
            newline = text.find("\n")
            line = text if newline < 0 else text[:newline]
            if line.strip(BLANKS):
                self._cut = False
            elif newline < 0:
                self._held.append(line)
                return ""
            else:
                self._held.clear()
                self._cut = False
                text = text[newline + 1 :]
        newline = text.rfind("\n") + 1
        if newline:
            passed += self._held
            passed.append(text[:newline])
            self._held.clear()
            self._blank = True
            self._cut = False
        last = text[newline:]
        if self._blank and not last.strip(BLANKS):
            self._held.append(last)
        else:
            passed += self._held
            passed.append(last)
            self._held.clear()
            self._blank = False
        return "".join(passed)

    def cut(self) -> None:
        """Something that goes stood here."""
        if self._blank:
            self._cut = True

    def finish(self) -> str:
        """Return what is still held, now that nothing follows."""
        rest = "" if self._cut and self._blank else "".join(self._held)
        self._held.clear()
        return rest


def sieve(text: str, cuts: Iterable[tuple[int, int]], drops: Iterable[int] = ()) -> str:
    """Return `text` without `cuts`, and without the lines that they leave blank.

    Args:
        text: Any text.
        cuts: Stretches that go, end exclusive; they do not overlap.
        drops: Offsets of single characters that go, and never take a line with them.
    """
    through = Sieve()
    passed: list[str] = []
    at = 0
    gone = [(start, end, True) for start, end in cuts]
    gone += [(drop, drop + 1, False) for drop in drops]
    for start, end, line in sorted(gone):
        passed.append(through.keep(text[at:start]))
        if line:
            through.cut()
        at = end
    passed.append(through.keep(text[at:]))
    passed.append(through.finish())
    return "".join(passed)


class Piece(NamedTuple):
    """A stretch that was cut out."""

    at: int
    """Offset in what is left."""
    text: str


class Cut(NamedTuple):
    """A text taken apart."""

    rest: str
    pieces: tuple[Piece, ...]
    """In textual order."""


def cut(text: str, spans: Iterable[tuple[int, int]]) -> Cut:
    """Take `spans` out of `text`, to the character.

    Args:
        text: Any text.
        spans: Start and end, exclusive, in any order.

    Raises:
        ValueError: Spans overlap or lie outside `text`.
    """
    rest: list[str] = []
    pieces: list[Piece] = []
    at = length = 0
    for start, end in sorted(spans):
        if not at <= start <= end <= len(text):
            raise ValueError(f"span {start}:{end} overlaps another or leaves the text")
        rest.append(text[at:start])
        length += start - at
        pieces.append(Piece(length, text[start:end]))
        at = end
    rest.append(text[at:])
    return Cut("".join(rest), tuple(pieces))


def restore(rest: str, pieces: Iterable[Piece]) -> str:
    """Return the text that `cut` took apart, character by character the same."""
    whole: list[str] = []
    at = 0
    for piece in pieces:
        whole += (rest[at : piece.at], piece.text)
        at = piece.at
    whole.append(rest[at:])
    return "".join(whole)
