"""Turns made smaller: what runs in the worker process.

Each turn is coded by one segment and decoded again, byte by byte, by another that stands at
the same place; it counts only if both agree. A pair of segments stays open here from job to
job, found by the chain of all that it has read, so that a room's next turn costs what that
turn costs. A worker that was started anew has none: then the segment's turns are told again.
"""

import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf
from typing import Final

from memory.bank.guessers import guesser
from memory.bank.kept import Said, link, name
from memory.codec.turns import Segment
from memory.errors import DamagedTurn

OPEN: Final = 2
"""Segments that stay open: each is a pair of mixers of some MB."""


@dataclass(frozen=True, slots=True)
class Stand:
    """Where a segment stands, and by what it is coded."""

    model: str
    """Id of the byte model; empty for the mixer alone."""
    before: bytes
    """Chain at its key frame."""
    chain: bytes
    """Chain after its last turn."""


@dataclass(frozen=True, slots=True)
class Coded:
    """What came of a job."""

    blobs: tuple[bytes, ...]
    """Codes of its first turns, each decoded again and found right."""
    wrong: str = ""
    """Why the turn after them must stay as it is; the segment is over then."""


class Pair:
    """A segment that codes and one that checks; they begin at a key frame."""

    def __init__(
        self, model: str, coder: Segment | None = None, checker: Segment | None = None
    ) -> None:
        """Begin at a key frame.

        Args:
            model: Id of the byte model; empty for the mixer alone.
            coder: Instead of a segment of its own.
            checker: Likewise.

        Raises:
            ModelError: The model is not at hand.
        """
        self._model = model
        self._coder = coder or Segment(guesser(model))
        self._checker = checker

    def learn(self, said: Said) -> None:
        """Stand behind a turn whose code is kept."""
        self._coder.learn(name(said.author), said.text)
        self._checker = None  # a twin is made when it is needed: quicker than reading twice

    def code(self, said: Said) -> bytes:
        """Return the turn's code.

        Raises:
            DamagedTurn: Decoded, it is not the turn. Neither segment can go on.
        """
        author = name(said.author)
        if self._checker is None:
            other = guesser(self._model)
            begun = self._coder.length > 0
            self._checker = self._coder.copy(other) if begun else Segment(other)
        blob = self._coder.encode(author, said.text)
        if self._checker.decode(author, blob) != said.text:
            raise DamagedTurn("the code does not give the text")
        return blob


_open: OrderedDict[Stand, Pair] = OrderedDict()


def learn(at: Stand, turns: Sequence[Said]) -> bool:
    """Tell an open segment turns that are coded already; whether it was open.

    One that stands at its key frame is always open.
    """
    pair = _taken(at)
    if pair is None:
        return False
    chain = at.chain
    for said in turns:
        pair.learn(said)
        chain = link(chain, said)
    _put(replace(at, chain=chain), pair)
    return True


def transcode(at: Stand, turns: Sequence[Said], seconds: float) -> Coded | None:
    """Code turns until `seconds` are over, at least one; `None` if the segment is not open.

    Args:
        at: Where the segment stands.
        turns: What comes next in it.
        seconds: After which no further turn is begun.

    Raises:
        ModelError: The byte model cannot be used here.
    """
    pair = _taken(at)
    if pair is None:
        return None
    coded = code(pair, turns, seconds)
    if not coded.wrong:
        chain = at.chain
        for said in turns[: len(coded.blobs)]:
            chain = link(chain, said)
        _put(replace(at, chain=chain), pair)
    return coded


def code(pair: Pair, turns: Sequence[Said], seconds: float = inf) -> Coded:
    """Code turns until `seconds` are over, or one does not come back as it was."""
    blobs: list[bytes] = []
    until = time.monotonic() + seconds
    for said in turns:
        try:
            blobs.append(pair.code(said))
        except DamagedTurn as error:
            return Coded(tuple(blobs), str(error))
        if time.monotonic() > until:
            break
    return Coded(tuple(blobs))


def probe(model: str) -> bool:
    """Whether coding works here at all: a word is coded as it should be."""
    return bool(Pair(model).code(Said(0, "", b"a word, a word, a word")))


def _taken(at: Stand) -> Pair | None:
    """Return the pair that stands there, and no longer have it: it may not come back whole."""
    pair = _open.pop(at, None)
    if pair is None and at.chain == at.before:
        pair = Pair(at.model)
    return pair


def _put(at: Stand, pair: Pair) -> None:
    _open[at] = pair
    while len(_open) > OPEN:
        _open.popitem(last=False)
