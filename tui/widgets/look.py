"""What the inspector is shown: a look at a room's hidden memory, as it was at one place.

Protocols, so that whoever looks into the bank need not know the screen. What is not there
yet, or was never made, is `None`, and no frame is drawn for it.
"""

from collections.abc import Sequence
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
        """Bytes."""
        ...

    @property
    def parts(self) -> "Sequence[Lamina]":
        """What it was split into in turn; empty for a leaf."""
        ...


class Recalled(Protocol):
    """A row of the index, for what is being said."""

    @property
    def name(self) -> str:
        """The lamina it points to."""
        ...

    @property
    def score(self) -> float:
        """How much it matters, 0 or more."""
        ...

    @property
    def text(self) -> str:
        """What it says of it."""
        ...


class Continuity(Protocol):
    """How well a speaker with cc does what one with the whole history does."""

    @property
    def value(self) -> float:
        """0 to 1."""
        ...

    @property
    def low(self) -> float:
        """Lower end of its confidence interval."""
        ...

    @property
    def high(self) -> float:
        """Upper end of its confidence interval."""
        ...

    @property
    def history(self) -> Sequence[float]:
        """Earlier values, oldest first, this one last."""
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
    def index(self) -> Sequence[Recalled] | None:
        """Rows of the index, the most important first."""
        ...

    @property
    def continuity(self) -> Continuity | None:
        """As the verifier measured it."""
        ...
