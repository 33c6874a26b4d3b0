"""The public talk of a room, and what a speaker was given of it, as `Name: words` a line each.

This is what one is told who counts how much of the talk is still there (`harness.scoring`). A
line is a pure function of the log up to it, and so is the place from which a long talk is told:
it moves on by whole blocks.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import Final

from harness.keeper import utterances
from harness.turn import Given
from transcripts.events import Entry, Joined, Spoke

BLOCK: Final = 256 << 10
"""Bytes of what was said in a block; of the talk the newest block is read, and the one before."""

_CARRIED: Final = re.compile(r"(?:(\d+) )?([^ :]+): (.*)")
"""A line of cc as it is rendered: place, author, words."""


class Talk:
    """What was said in a room, told line by line as one who counts is told it. Grows with it."""

    def __init__(self) -> None:
        """Begin before the first entry."""
        self._scanned = 0
        """Place up to which the log was looked at, exclusive."""
        self._size = 0
        """Bytes of what was said in the block that goes on."""
        self._blocks = [0]
        """Place at which each block begins."""
        self._names: dict[str, list[tuple[int, str]]] = {}
        """What each participant is called, from which place on."""

    def scan(self, entries: Sequence[Entry], upto: int) -> None:
        """Look at the log up to the place `upto`, exclusive."""
        for place in range(self._scanned, upto):
            match entries[place].event:
                case Joined(participant=newcomer):
                    name = " ".join((newcomer.name or newcomer.id).split())
                    self._names.setdefault(newcomer.id, []).append((place, name))
                case Spoke(text=text):
                    self._size += len(text.encode("utf-8", "replace"))
                    if self._size >= BLOCK:
                        self._size = 0
                        self._blocks.append(place + 1)
                case _:
                    pass
        self._scanned = max(self._scanned, upto)

    def starts(self, upto: int) -> tuple[int, int]:
        """Return the place from which the talk is read up to `upto`, and will be next."""
        block = bisect_right(self._blocks, upto) - 1
        return self._blocks[max(0, block - 1)], self._blocks[block]

    def name(self, who: str, at: int) -> str:
        """Return what somebody is called at a place."""
        known = self._names.get(who, ())
        return next((name for since, name in reversed(known) if since <= at), who)

    def lines(
        self, entries: Sequence[Entry], *, inline: bool = False
    ) -> Iterator[tuple[str, str]]:
        """Yield who says something in `entries`, by name, and the words: what all could read."""
        for entry in entries:
            at = entry.place

            def label(who: str, at: int = at) -> str:
                return self.name(who, at)

            for said in utterances([entry], label, inline=inline):
                if words := " ".join(said.text.split()):
                    yield label(said.author), words

    def told(self, entries: Sequence[Entry], *, inline: bool = False) -> bytes:
        """Return all of that, a line each."""
        return b"".join(line(*one) for one in self.lines(entries, inline=inline))

    def given(
        self, entries: Sequence[Entry], given: Given, upto: int, *, inline: bool = False
    ) -> bytes:
        """Return what a speaker was given, told in the same way: cc, what came back, lines.

        What cc has of a line that is told word for word too is left out: who codes expects
        what was said twice to be said again, and would hold against cc what is no loss.
        """
        told: list[bytes] = []
        for kept in filter(None, given.carried.split("\n")):
            found = _CARRIED.fullmatch(kept)
            if found is None:
                told.append(encoded(f"{kept}\n"))
            elif found[1] is None or int(found[1]) not in given.places:
                told.append(line(self.name(found[2], upto), found[3]))
        for who, piece in given.pieces:
            told.append(line(self.name(who, upto), piece.partition(": ")[2]))
        shown = [entries[place] for place in sorted(given.places)]
        told.append(self.told(shown, inline=inline))
        return b"".join(told)


def line(name: str, words: str) -> bytes:
    """Return a line of the talk."""
    return encoded(f"{name}: {words}\n")


def encoded(text: str) -> bytes:
    """Return UTF-8, with `?` for half a surrogate pair."""
    return text.encode("utf-8", "replace")
