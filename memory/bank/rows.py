"""What goes out of the bank, and how its rows are sealed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final


@dataclass(frozen=True, slots=True)
class Row:
    """One fold of a room, without its code."""

    upto: int
    """Last place of the log it covers."""
    first: int
    """First place that this fold took in."""
    size: int
    """Bytes, as the carrier counts them."""
    digest: str
    """SHA-256 of the cc, state included, hexadecimal."""
    seconds: float
    """The fold took."""


@dataclass(frozen=True, slots=True)
class Hits:
    """Where a search found its words, all equally good."""

    all: bool
    """Whether all of the words are there, or some."""
    places: Mapping[str, Sequence[int]]
    """By room, the newest first. The room's log has the lines; those who have it look
    whether they are still what was indexed."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is told of a fold beside its code."""

    carrier: str
    upto: int
    """Last place of the log it covers."""
    first: int
    """First place that this fold took in."""
    size: int
    """Bytes, as the carrier counts them."""
    micros: int
    """Microseconds that the fold took."""
    digest: bytes
    """`CC.digest`, which covers the state too."""


SEAL: Final = 8
"""Bytes of a seal: chance damage passes once in 2^64, and who means harm can seal too."""


def seal(base: bytes, facts: Facts, key: int, code: bytes) -> bytes:
    """Return the seal of a row: of SHA-256, the first `SEAL` bytes.

    A row that tells its code by the one before is sealed together with the seal of that,
    so that checking a chain reads every byte once.
    """
    whole = sha256(base)
    numbers = (facts.upto, facts.first, facts.size, facts.micros, key, len(code))
    whole.update("\0".join((facts.carrier, *map(str, numbers), "")).encode())
    whole.update(facts.digest)
    whole.update(code)
    return whole.digest()[:SEAL]
