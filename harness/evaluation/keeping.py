"""Ways to keep a conversation in so many bytes: our carriers, and what they are beside.

Each gives units with their places, so that what is kept can be counted by where it was said.
"""

import time
from collections.abc import Callable, Iterable
from hashlib import sha256
from typing import Any, Final, TypeAlias

from harness.errors import NotPossible
from harness.evaluation.talks import Talk
from memory.cc.base import CC, Carrier, Turn
from memory.cc.baselines import Window
from memory.cc.code import line, parse
from memory.cc.reading import Follower
from memory.cc.state import State
from memory.cc.telegraph import telegraph
from memory.cc.text import Text
from memory.cc.units import Unit, cut
from memory.cc.worth import read

Keep: TypeAlias = Callable[[Talk, int, list[float]], list[Unit]]
"""Given a conversation and a budget in bytes, returns what is kept of it. To the list it adds
the seconds of processor time that each fold took, if it folds."""


def folded(carrier: Carrier, talk: Talk, times: list[float]) -> bytes:
    """Fold every line of `talk` as a turn and return the last code."""
    cc = CC(carrier.name)
    for said in talk.utterances:
        started = time.process_time()
        cc = carrier.fold(cc, Turn(said.place, said.place, (said,)))
        times.append(time.process_time() - started)
    return cc.code


def text(talk: Talk, budget: int, times: list[float]) -> list[Unit]:
    """Keep what the `text` carrier keeps."""
    return parse(folded(Text(budget), talk, times))


def state(talk: Talk, budget: int, times: list[float]) -> list[Unit]:
    """Keep what the `state` carrier keeps in words; the byte model reads in this process.

    Raises:
        NotPossible: No byte model is shipped with this installation.
    """
    from memory.models.choice import opened  # noqa: PLC0415 - NumPy comes with it
    from memory.models.shipping import MISSING, shipped  # noqa: PLC0415

    path = shipped()
    if path is None:
        raise NotPossible(MISSING)
    code = folded(State(budget, Follower(opened(path).guesser())), talk, times)
    # What a unit was worth stands before its line.
    return [
        unit
        for whole in code.splitlines(keepends=True)
        for unit in parse(whole.partition(b" ")[2])
    ]


def features(talk: Talk, budget: int, _: list[float]) -> list[Unit]:
    """Keep units by the kind of thing they say, every content word telling the same."""

    def value(unit: Unit) -> float:
        reading = read(unit.text)
        return -len(set(reading.words)) * reading.kind / len(line(unit))

    return _chosen(_units(talk), value, budget)


def chance(talk: Talk, budget: int, _: list[float]) -> list[Unit]:
    """Keep units as a hash throws them: what units alone are good for."""
    dealt = enumerate(_units(talk))
    order = {unit: sha256(f"{talk.name}\0{at}".encode()).digest() for at, unit in dealt}
    return _chosen(order, order.__getitem__, budget)


def recency(talk: Talk, budget: int, times: list[float]) -> list[Unit]:
    """Keep what the `window` carrier keeps: the last lines."""
    kept = folded(Window(budget), talk, times).decode().splitlines()
    last = talk.utterances[-len(kept) :] if kept else ()
    return [Unit(said.place, said.author, line) for said, line in zip(last, kept, strict=True)]


def nothing(_talk: Talk, _budget: int, _times: list[float]) -> list[Unit]:
    """Keep nothing: what recall is worth alone."""
    return []


METHODS: Final[dict[str, Keep]] = {
    "text": text,
    "state": state,
    "features": features,
    "random": chance,
    "recency": recency,
}
"""Ways to keep cc, by name."""


def _chosen(units: Iterable[Unit], order: Callable[[Unit], Any], budget: int) -> list[Unit]:
    kept: list[Unit] = []
    for unit in sorted(units, key=order):
        budget -= len(line(unit))
        if budget < 0:
            break
        kept.append(unit)
    return kept


def _units(talk: Talk) -> list[Unit]:
    return [
        Unit(unit.place, unit.author, telegraph(unit.text))
        for said in talk.utterances
        for unit in cut(said)
    ]
