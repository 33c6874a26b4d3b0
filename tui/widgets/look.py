"""What the inspector is shown: a look at a room's hidden memory, as it was at one place.

Protocols, so that whoever looks into the bank need not know the screen. What is not there
yet, or was never made, is `None`, and no frame is drawn for it.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol


class Lamina(Protocol):
    """One of the representations that a cc was split into."""

    @property
    def name(self) -> str:
        """How it is called; unique in the room."""
        ...

    @property
    def first(self) -> int:
        """First place it covers, inclusive."""
        ...

    @property
    def last(self) -> int:
        """Last place it covers, inclusive."""
        ...

    @property
    def size(self) -> int:
        """Bytes that its turns take; 0 where nobody knows."""
        ...

    @property
    def length(self) -> int:
        """Bytes of their text; 0 where nobody knows."""
        ...

    @property
    def parts(self) -> "Sequence[Lamina]":
        """What it was split into in turn; empty for a leaf."""
        ...


class Because(Protocol):
    """A piece of the past that came back, and why."""

    @property
    def place(self) -> int:
        """Of the line it was found by."""
        ...

    @property
    def author(self) -> str:
        """Who said that."""
        ...

    @property
    def at(self) -> datetime | None:
        """When, if anybody knows."""
        ...

    @property
    def score(self) -> float:
        """Bits that it tells of what was said."""
        ...

    @property
    def why(self) -> Sequence[str]:
        """Words of what was said that it has; none for what stands beside another piece."""
        ...

    @property
    def said(self) -> str:
        """Its own words."""
        ...

    @property
    def bytes(self) -> int:
        """As told."""
        ...


class Recall(Protocol):
    """What came back to who spoke last."""

    @property
    def place(self) -> int:
        """Of the entry that says so."""
        ...

    @property
    def to(self) -> str:
        """Who was told."""
        ...

    @property
    def size(self) -> int:
        """Bytes as told."""
        ...

    @property
    def budget(self) -> int:
        """Bytes there were for it."""
        ...

    @property
    def pieces(self) -> Sequence[Because]:
        """The best first."""
        ...


class Done(Protocol):
    """Something that was done to the room's past."""

    @property
    def place(self) -> int:
        """Of the entry that says so."""
        ...

    @property
    def act(self) -> str:
        """`index`, `rewrite`, `let go`, `delaminate` or `merge`."""
        ...

    @property
    def why(self) -> str:
        """In words."""
        ...

    @property
    def by(self) -> str:
        """`room` for the keeper, `you` for the person."""
        ...

    @property
    def first(self) -> int:
        """First place it is about, inclusive."""
        ...

    @property
    def last(self) -> int:
        """Last place, inclusive."""
        ...

    @property
    def undoable(self) -> bool:
        """Whether it can be taken back."""
        ...


class Look(Protocol):
    """cc at one place, and how it came to be."""

    @property
    def carrier(self) -> str:
        """Name of the carrier."""
        ...

    @property
    def upto(self) -> int:
        """Last place it covers."""
        ...

    @property
    def first(self) -> int:
        """First place that its last fold took in."""
        ...

    @property
    def size(self) -> int:
        """Bytes, as the carrier counts them."""
        ...

    @property
    def budget(self) -> int:
        """Bytes it may take; 0 for no limit."""
        ...

    @property
    def text(self) -> str:
        """What is carried, as text."""
        ...

    @property
    def added(self) -> Sequence[str]:
        """Lines that the last fold brought in."""
        ...

    @property
    def removed(self) -> Sequence[str]:
        """Lines that the last fold pushed out."""
        ...

    @property
    def seconds(self) -> float:
        """The last fold took."""
        ...

    @property
    def history(self) -> Sequence[tuple[int, int, float]]:
        """Of every fold up to this one, oldest first: last place, bytes, seconds."""
        ...

    @property
    def laminae(self) -> Sequence[Lamina] | None:
        """The roots of the tree, oldest first."""
        ...

    @property
    def recalled(self) -> Recall | None:
        """What came back to who spoke last."""
        ...

    @property
    def done(self) -> Sequence[Done]:
        """What was done to the room's past, the newest first."""
        ...

    @property
    def resident(self) -> int:
        """Bytes of the index that stay in memory."""
        ...
