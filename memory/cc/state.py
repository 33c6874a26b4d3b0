"""The byte model's recurrent state as what is carried, and the words that surprised it most.

On every turn the model reads what was said, standing where it stood. Its state has a bounded
size, is whole numbers, and lies in the bank with each fold, so that a room goes on to the
bit. It holds no words: a speaker who is that model takes the state itself, and every other
is told the code, the clauses that told the model most when it heard them, within the budget.
The budget counts the code; the state comes on top, as the counters of `text` do.

A line of the code is a unit's, with what it was worth before it: `57 12 AI-1| three lamps`.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Final

from memory.cc.base import CC, Turn, Utterance
from memory.cc.choosing import best, weighed
from memory.cc.code import line, parse, shown
from memory.cc.reading import MOST, Heard, Reader
from memory.cc.telegraph import telegraph
from memory.cc.units import Unit, clean, cut
from memory.cc.worth import information, read, spans
from memory.errors import CarrierError

NAME: Final = 80
"""Characters of an author's id that count."""

_UNHEARD: Final = 4000
"""Millibits of a word that was cut out of a turn too long to be read whole."""

_STEP: Final = 10
"""Worth is kept in steps of so much: a line of the code should not begin with six digits."""

_LINE: Final = re.compile(rb"(\d{1,9}) ([^\n]*\n)")


@dataclass(frozen=True, slots=True)
class _Kept:
    """A unit and what it was worth a byte when it was said."""

    unit: Unit
    worth: int

    @property
    def line(self) -> bytes:
        return b"%d %b" % (self.worth, line(self.unit))


class State:
    """A recurrent state, and readable code under a byte budget beside it."""

    name = "state"

    def __init__(self, budget: int, reader: Reader | None = None) -> None:
        """Take the budget, and the model.

        Args:
            budget: Bytes of the code.
            reader: The byte model; without one cc can be looked at and not folded.
        """
        self._budget = budget
        self._reader = reader

    def fold(self, cc: CC, turn: Turn) -> CC:
        """Return cc with `turn` taken in. See `Carrier.fold`.

        Raises:
            CarrierError: Also where there is no byte model.
        """
        if cc.carrier != self.name:
            raise CarrierError(f"a cc of carrier {cc.carrier!r}; this one is {self.name!r}")
        kept = _parsed(cc.code)
        heard = self._read(cc.state, turn)
        for said, bits in zip(turn.utterances, heard.bits, strict=True):
            news = _words(_told(said), bits)
            for unit in cut(replace(said, author=_name(said.author))):
                short = replace(unit, text=telegraph(unit.text))
                kept.append(_Kept(short, _worth(short, news)))
        code = b"".join(one.line for one in _best(kept, self._budget))
        return CC(self.name, turn.last, code, heard.state)

    def learn(self, state: bytes, turn: Turn) -> bytes:
        """Return the state after `turn`. See `Carrier.learn`."""
        return self._read(state, turn).state

    def render(self, cc: CC, budget: int) -> str:
        """Return the units in the order they were said, those of one place on one line.

        The recurrent state is not told: it has no words.
        """
        kept = _parsed(cc.code)
        if len(cc.code) > budget:
            kept = _best(kept, budget)
        return shown(one.unit for one in kept)

    def size(self, cc: CC) -> int:
        """Return the bytes of the code."""
        return len(cc.code)

    def _read(self, state: bytes, turn: Turn) -> Heard:
        if self._reader is None:
            raise CarrierError('carrier "state" needs the byte model: none is here')
        return self._reader.read(state, told(turn.utterances))


def told(utterances: Iterable[Utterance]) -> tuple[tuple[bytes, bytes], ...]:
    """Return authors and texts as the model reads them, and as it will be asked to go on."""
    return tuple((_name(said.author).encode(), _told(said)) for said in utterances)


def _parsed(code: bytes) -> list[_Kept]:
    kept: list[_Kept] = []
    at = 0
    while at < len(code):
        found = _LINE.match(code, at)
        if found is None:
            raise CarrierError(f"not a code of the state carrier: byte {at}")
        kept += [_Kept(unit, int(found[1])) for unit in parse(found[2])]
        at = found.end()
    return kept


def _best(kept: Sequence[_Kept], budget: int) -> list[_Kept]:
    """Return those that are worth most together, in their order."""
    units = [one.unit for one in kept]
    worth = weighed(
        units,
        lambda at, _: kept[at].worth * len(kept[at].line),
        size=lambda at: len(kept[at].line),
    )
    return [_Kept(one.unit, one.value) for one in best(worth, budget)]


def _name(author: str) -> str:
    return " ".join(clean(author).split())[:NAME]


def _told(said: Utterance) -> bytes:
    """Return what the model is told: of a huge turn, its beginning and its end."""
    text = clean(said.text).strip("\n").encode()
    if len(text) <= MOST:
        return text
    front = text[: MOST // 2].decode("utf-8", "ignore").encode()
    return front + text[len(front) - MOST :].decode("utf-8", "ignore").encode()


def _words(text: bytes, bits: Sequence[int]) -> dict[str, int]:
    """Return what each word of `text` told where it told most, in millibits."""
    plain = text.decode()
    at = [0, *accumulate(len(char.encode()) for char in plain)]
    sums = [0, *accumulate(bits)]
    news: dict[str, int] = {}
    for word, first, last in spans(plain):
        news[word] = max(news.get(word, 0), sums[at[last]] - sums[at[first]])
    return news


def _worth(unit: Unit, news: Mapping[str, int]) -> int:
    """Return what a unit is worth a byte, in steps."""
    reading = read(unit.text)
    bits = information(reading.words, lambda word: news.get(word, _UNHEARD))
    return bits * reading.kind // len(line(unit)) // (1000 * _STEP)
