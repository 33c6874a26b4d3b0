"""A guesser for tests: whole numbers out of what it read, no model at all."""

from struct import Struct
from typing import Self

import numpy as np
from numpy.typing import NDArray

KEPT = Struct("<II256s")


class Foreseer:
    """Foresees that a byte is followed by what followed it last, amid steady noise."""

    model = "f0" * 32

    def __init__(self) -> None:
        """Begin where nothing has been read."""
        self.calls = 0
        self._noise, self._last, self._after = 1, 0, bytearray(256)

    @classmethod
    def after(cls, author: bytes, text: bytes) -> Self:
        """Return one that has read a turn."""
        made = cls()
        made.whole(author, text)
        return made

    def forget(self) -> None:
        """Stand where nothing has been read."""
        self._noise, self._last, self._after = 1, 0, bytearray(256)

    def begin(self, author: bytes) -> None:
        """Read who speaks."""
        for byte in author:
            self._stir(byte)

    def counts(self) -> NDArray[np.uint32]:
        """Return counts."""
        self.calls += 1
        spread = np.arange(256, dtype=np.int64) * 40503 + self._noise
        counts = 1 + (spread * 2654435761 >> 9 & 1023)
        counts[self._after[self._last]] += 200_000
        return counts.astype(np.uint32)

    def take(self, byte: int) -> None:
        """Read a byte."""
        self._after[self._last] = byte
        self._last = byte
        self._stir(byte)

    def end(self) -> None:
        """Read the turn's end."""
        self._stir(7)

    def whole(self, author: bytes, text: bytes) -> NDArray[np.uint32]:
        """Read a turn."""
        self.begin(author)
        counts = np.zeros((len(text), 256), np.uint32)
        for at, byte in enumerate(text):
            counts[at] = self.counts()
            self.take(byte)
        self.end()
        return counts

    def save(self) -> bytes:
        """Return where it stands."""
        return KEPT.pack(self._noise, self._last, bytes(self._after))

    def load(self, saved: bytes) -> None:
        """Stand there."""
        if len(saved) != KEPT.size:
            raise ValueError("no such bytes")
        self._noise, self._last, after = KEPT.unpack(saved)
        self._after = bytearray(after)

    def _stir(self, byte: int) -> None:
        self._noise = (self._noise * 69069 + byte + 1) & 0xFFFFFF
