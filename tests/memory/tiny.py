"""The golden tiny byte model, for whoever needs one that reads: random weights, real numbers."""

from functools import cache
from pathlib import Path

from memory.cc.reading import Follower
from memory.models.file import Model, decode
from memory.models.guesser import FrozenGuesser
from memory.models.plain import PlainReader

FILE = Path(__file__).resolve().parents[1] / "golden" / "tiny.hqlm"


@cache
def tiny() -> Model:
    """Return the model."""
    return decode(FILE.read_bytes())


def guesser() -> FrozenGuesser:
    """Return a guesser of its own."""
    return FrozenGuesser(tiny().id, PlainReader(tiny().frozen))


def reader() -> Follower:
    """Return a reader of its own."""
    return Follower(guesser())
