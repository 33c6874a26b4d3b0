"""A byte model as a carrier sees it: it reads turns and says what surprised it.

Only bytes and whole numbers cross: where the model stood, what was said, where it stands
then, and how many millibits each byte told it. `Follower` makes such a reader of the guesser
that the exact code uses too; `harness` may put one in another process.
"""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from memory.cc.surprise import millibits
from memory.errors import CarrierError

if TYPE_CHECKING:  # NumPy comes with it
    from memory.codec.guess import Guesser

MOST: Final = 1 << 14
"""Bytes of a turn that are read: of a longer one the first and the last half of these. A
model that reads 30 kB a second is done with them in half a second."""

_ONE: Final = 20
"""`millibits` takes probabilities as whole numbers of 2^-20."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What reading some turns came to."""

    state: bytes
    """Where the model stands after them."""
    bits: "tuple[array[int], ...]"
    """For each turn, what each of its bytes told, in millibits; as many as bytes were given."""


class Reader(Protocol):
    """A byte model that can go on from where it stood."""

    def read(self, state: bytes, turns: Sequence[tuple[bytes, bytes]]) -> Heard:
        """Read `turns`, each an author and a text, standing where `state` was made.

        Args:
            state: What an earlier call returned; empty for nothing read yet. One of another
                model counts as nothing: a better model begins anew and does not guess.
            turns: Texts of at most `MOST` bytes.
        """
        ...


class Follower:
    """A reader that is a guesser, in this process."""

    def __init__(self, guesser: "Guesser") -> None:
        self._guesser = guesser

    def read(self, state: bytes, turns: Sequence[tuple[bytes, bytes]]) -> Heard:
        """Read on. See `Reader.read`.

        Raises:
            CarrierError: A text is longer than `MOST`.
        """
        guesser = self._guesser
        stand(guesser, state)
        bits: list[array[int]] = []
        for author, text in turns:
            if len(text) > MOST:
                raise CarrierError(f"a turn of {len(text)} bytes to read at once, not {MOST}")
            counts = guesser.whole(author, text)
            sums: list[int] = counts.sum(axis=1, dtype="uint64").tolist()
            bits.append(array("H"))
            for row, byte, every in zip(counts, text, sums, strict=True):
                likely = (int(row[byte]) << _ONE) // every
                bits[-1].append(millibits(likely or 1))
        return Heard(guesser.save(), tuple(bits))


def stand(guesser: "Guesser", state: bytes) -> None:
    """Have `guesser` stand where `state` was made; at the beginning, if that is no help."""
    if state:
        try:
            guesser.load(state)
        except ValueError:
            pass
        else:
            return
    guesser.forget()
