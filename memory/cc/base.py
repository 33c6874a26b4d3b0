"""What a carrier is: one way to carry a conversation from turn to turn.

A carrier is pure: the same cc and the same turn give the same cc, on every machine. It
never looks at the log, the bank or a clock; `harness.keeper` does that.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Utterance:
    """Something said or done in front of all, as the carrier reads it."""

    place: int
    """Place in the room's log."""
    author: str
    """Id: `AI-1`, `you`, or `room` for what the engine tells."""
    text: str
    """What all could read: no private commands, no whispers."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What one fold takes in: all that came since the last one."""

    first: int
    """First place, inclusive."""
    last: int
    """Last place, inclusive. Places without utterances count as covered too."""
    utterances: tuple[Utterance, ...]
    again: tuple[Utterance, ...] = ()
    """Of older places, in order: to be weighed again, by a carrier that can. They were read."""
    dear: Mapping[int, int] = field(default_factory=dict[int, int])
    """By place, percent of its worth that what was said there has; 100 where nothing is said."""


@dataclass(frozen=True, slots=True)
class CC:
    """The continual representation after a turn."""

    carrier: str
    upto: int = -1
    """Last place of the log that it covers; -1 before the first turn."""
    code: bytes = b""
    """What is carried. The budget bounds this; the bank keeps every one."""
    state: bytes = b""
    """What the carrier needs to go on folding and never shows, of a fixed size at most.
    The bank keeps the newest alone: it can be made again from the log."""

    @property
    def digest(self) -> str:
        """SHA-256 over carrier, place, code and state, hexadecimal."""
        whole = sha256(f"{self.carrier}\0{self.upto}\0{len(self.code)}\0".encode())
        whole.update(self.code)
        whole.update(self.state)
        return whole.hexdigest()


class Carrier(Protocol):
    """One way of carrying cc."""

    @property
    def name(self) -> str:
        """One of `memory.cc.carriers.CARRIERS`."""
        ...

    def fold(self, cc: CC, turn: Turn) -> CC:
        """Return cc with `turn` taken in; `turn.first` follows `cc.upto`.

        Raises:
            CarrierError: `cc` is not this carrier's.
        """
        ...

    def learn(self, state: bytes, turn: Turn) -> bytes:
        """Return the state that folding `turn` would leave, without the work of folding.

        Code can be read back from the bank, states cannot: with this one is made again.
        """
        ...

    def render(self, cc: CC, budget: int) -> str:
        """Return what a speaker is told of `cc`, at most `budget` bytes of UTF-8."""
        ...

    def size(self, cc: CC) -> int:
        """Return how large `cc` is, in bytes, as the budget counts it."""
        ...
