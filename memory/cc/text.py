"""The default carrier: what is worth remembering, word for word, in a budget.

On every turn the old code and the new units are weighed together, each unit by what it
tells the room now, and the lightest go until the rest fits. Nothing is summarised: every
line of the code is something said, less articles and fillers, with its source. What goes
is gone from cc alone; the log has it, and a turn may bring it along to be weighed again.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Final

from memory.cc.base import CC, Turn, Utterance
from memory.cc.choosing import Weighed, best, weighed
from memory.cc.code import parse, serialise, shown
from memory.cc.surprise import STATE, Surprise
from memory.cc.telegraph import telegraph
from memory.cc.units import Unit, clean, cut
from memory.cc.worth import Reading, information, read
from memory.errors import CarrierError

_NAME: Final = 80
"""Characters of an author's id that count."""

_ANSWER: Final = 6
"""Words from which an answer can stand without its question."""

_QUESTION: Final = 60
"""Characters of a question beyond which it costs more than its answer is worth."""

_NONE: Final[Mapping[int, int]] = {}

STATE_MOST: Final = STATE + 4096
"""Bytes a state has at most: the model's, and the line of a question not answered yet."""


class Text:
    """Readable code under a byte budget."""

    name = "text"

    def __init__(self, budget: int) -> None:
        self._budget = budget

    def fold(self, cc: CC, turn: Turn) -> CC:
        """Return cc with `turn` taken in. See `Carrier.fold`."""
        if cc.carrier != self.name:
            raise CarrierError(f"a cc of carrier {cc.carrier!r}; this one is {self.name!r}")
        model = Surprise(cc.state[:STATE])
        asked = parse(cc.state[STATE:])
        units = _with_old(parse(cc.code), turn.again)
        for utterance in turn.utterances:
            said = _heard(utterance, model)
            if said:
                units += _answered(asked, said)
                asked = _open(said)
        kept = _best(units, model, self._budget, turn.dear)
        return CC(self.name, turn.last, serialise(kept), model.state + serialise(asked))

    def learn(self, state: bytes, turn: Turn) -> bytes:
        """Return the state after `turn`. See `Carrier.learn`."""
        model = Surprise(state[:STATE])
        asked = parse(state[STATE:])
        for utterance in turn.utterances:
            said = _heard(utterance, model)
            if said:
                asked = _open(said)
        return model.state + serialise(asked)

    def render(self, cc: CC, budget: int) -> str:
        """Return the units in the order they were said, those of one place on one line."""
        units = parse(cc.code)
        if len(cc.code) > budget:
            units = _best(units, Surprise(cc.state[:STATE]), budget)
        return shown(units)

    def size(self, cc: CC) -> int:
        """Return the bytes of the code."""
        return len(cc.code)


def _heard(utterance: Utterance, model: Surprise) -> list[Unit]:
    """Let `model` read an utterance; return its units in short, none if it says nothing."""
    new = _cut(utterance)
    if new:
        model.read("\n".join(unit.text for unit in new).casefold().encode())
    return [replace(unit, text=telegraph(unit.text)) for unit in new]


def _cut(utterance: Utterance) -> list[Unit]:
    return cut(replace(utterance, author=clean(utterance.author)[:_NAME]))


def _with_old(units: list[Unit], again: Iterable[Utterance]) -> list[Unit]:
    """Return `units` and those of older utterances, which the model has read, by place."""
    there = set(units)
    old = [
        short
        for utterance in again
        for unit in _cut(utterance)
        if (short := replace(unit, text=telegraph(unit.text))) not in there
    ]
    return sorted([*units, *old], key=lambda unit: unit.place) if old else units


def _open(said: list[Unit]) -> list[Unit]:
    """Return the question that `said` ends with, if it does."""
    return [said[-1]] if said[-1].text.endswith("?") else []


def _answered(asked: list[Unit], said: list[Unit]) -> list[Unit]:
    """Return `said`; if it begins with a short answer, that with what was `asked`."""
    if not asked or asked[0].author == said[0].author:
        return said
    answer = said[0].text
    reading = read(answer)
    if answer.endswith("?") or len(answer.split()) >= _ANSWER or len(asked[0].text) > _QUESTION:
        return said
    if not reading.words or reading.kind < 750:  # applause answers nothing
        return said
    return [replace(said[0], text=f"{asked[0].text} → {answer}"), *said[1:]]


def _best(
    units: Sequence[Unit], model: Surprise, budget: int, dear: Mapping[int, int] = _NONE
) -> list[Unit]:
    """Return those of `units` that are worth most together, in their order."""
    return [one.unit for one in best(_weighed(units, model, dear), budget)]


def _weighed(units: Sequence[Unit], model: Surprise, dear: Mapping[int, int]) -> list[Weighed]:
    """Weigh each unit by what its words tell the room now, and by how dear its place is."""

    @cache
    def bits(word: str) -> int:
        # Its own mention has been read and is no news of the room's.
        return model.bits(word.encode(), own=1)

    def worth(at: int, reading: Reading) -> int:
        percent = dear.get(units[at].place, 100)
        return information(reading.words, bits) * reading.kind * percent // 100

    return weighed(units, worth)
