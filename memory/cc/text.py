"""The default carrier: what is worth remembering, word for word, in a budget.

On every turn the old code and the new units are weighed together, each unit by what it
tells the room now, and the lightest go until the rest fits. Nothing is summarised: every
line of the code is something said, less articles and fillers, with its source. What goes
is gone from cc alone; the log has it.
"""

from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from typing import Final

from memory.cc.base import CC, Turn, Utterance
from memory.cc.choosing import Weighed, best, weighed
from memory.cc.code import parse, serialise, shown
from memory.cc.surprise import STATE, Surprise
from memory.cc.telegraph import telegraph
from memory.cc.units import Unit, clean, cut
from memory.cc.worth import information, read
from memory.errors import CarrierError

_NAME: Final = 80
"""Characters of an author's id that count."""

_ANSWER: Final = 6
"""Words from which an answer can stand without its question."""

_QUESTION: Final = 60
"""Characters of a question beyond which it costs more than its answer is worth."""

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
        units = parse(cc.code)
        for utterance in turn.utterances:
            said = _heard(utterance, model)
            if said:
                units += _answered(asked, said)
                asked = _open(said)
        kept = _best(units, model, self._budget)
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
    new = cut(replace(utterance, author=clean(utterance.author)[:_NAME]))
    if new:
        model.read("\n".join(unit.text for unit in new).casefold().encode())
    return [replace(unit, text=telegraph(unit.text)) for unit in new]


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


def _best(units: Iterable[Unit], model: Surprise, budget: int) -> list[Unit]:
    """Return those of `units` that are worth most together, in their order."""
    return [one.unit for one in best(_weighed(units, model), budget)]


def _weighed(units: Iterable[Unit], model: Surprise) -> list[Weighed]:
    """Weigh each unit by what its words tell the room now."""

    @cache
    def bits(word: str) -> int:
        # Its own mention has been read and is no news of the room's.
        return model.bits(word.encode(), own=1)

    return weighed(units, lambda _, reading: information(reading.words, bits) * reading.kind)
