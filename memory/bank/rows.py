"""What goes out of the bank, and how its rows are sealed."""

from dataclasses import dataclass
from hashlib import sha256


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
class Hit:
    """A line that a search found."""

    room: str
    place: int
    author: str
    snippet: str
    """The part of the text with the words in it."""
    text: str


def seal(base: bytes, carrier: str, upto: int, code: bytes) -> bytes:
    """Return the seal of a row.

    A row that stores only what it adds is sealed together with the seal of its base, so
    that checking a chain reads every byte once.
    """
    whole = sha256(base)
    whole.update(f"{carrier}\0{upto}\0{len(code)}\0".encode())
    whole.update(code)
    return whole.digest()
