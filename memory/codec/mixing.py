"""Bits guessed from what was said before in the segment (a first, thin form of it)."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from memory.codec.coder import Decoder, Encoder

Counts = NDArray[np.uint32]


class Mixer(Protocol):
    """Codes the bytes of turns, and learns from each."""

    def begin(self, author: bytes) -> None:
        """Begin a turn of someone's."""
        ...

    def start(self, limit: int) -> None:
        """Code what comes; of the code no more than `limit` bytes are wanted."""
        ...

    def encode(self, text: bytes, counts: Counts | None = None) -> None:
        """Code some bytes, with counts `[len(text), 256]` of a guesser's or with none."""
        ...

    def finish(self) -> bytes | None:
        """Return the turn's code; `None` where it is longer than was wanted."""
        ...

    def open(self, coded: bytes) -> None:
        """Decode what comes."""
        ...

    def decode(self, length: int) -> bytes:
        """Return some bytes that were coded without counts."""
        ...

    def byte(self, counts: Counts) -> int:
        """Return one byte that was coded with `counts [256]`."""
        ...


def mixer() -> Mixer:
    """Return a mixer at a key frame."""
    return Thin()


class Thin:
    """Orders 0 to 3 and the guesser, the one that was seen most often taken."""

    def __init__(self) -> None:
        """Begin at a key frame."""
        self._seen: dict[int, tuple[int, int]] = {}
        self._last = 0
        self._encoder = Encoder()
        self._decoder = Decoder(b"")
        self._limit = 0

    def begin(self, author: bytes) -> None:
        """Begin a turn of someone's."""
        self._last = sum(author) & 255

    def start(self, limit: int) -> None:
        """Code what comes."""
        self._encoder, self._limit = Encoder(), limit

    def encode(self, text: bytes, counts: Counts | None = None) -> None:
        """Code some bytes."""
        many = np.zeros((len(text), 256), np.int64) if counts is None else counts
        for byte, row in zip(text, many.reshape(-1, 256), strict=True):
            self._byte(byte, row)

    def finish(self) -> bytes | None:
        """Return the turn's code."""
        coded = self._encoder.end()
        return coded if len(coded) <= self._limit else None

    def open(self, coded: bytes) -> None:
        """Decode what comes."""
        self._decoder = Decoder(coded)

    def decode(self, length: int) -> bytes:
        """Return some bytes."""
        none = np.zeros(256, np.int64)
        return bytes(self._byte(None, none) for _ in range(length))

    def byte(self, counts: Counts) -> int:
        """Return one byte."""
        return self._byte(None, counts)

    def _byte(self, byte: int | None, counts: Counts | NDArray[np.int64]) -> int:
        row = [int(count) for count in counts]
        node = 1
        for place in range(7, -1, -1):
            keys = [
                (self._last & (1 << 8 * order) - 1) << 16 | order << 12 | node
                for order in range(4)
            ]
            width, at = 1 << place, (node << place + 1) & 255
            zeros, ones = sum(row[at : at + width]), sum(row[at + width : at + 2 * width])
            zeros, ones = zeros + 1, ones + 1
            for key in keys:
                no, yes = self._seen.get(key, (0, 0))
                if no + yes > 1:
                    zeros, ones = 2 * no + 1, 2 * yes + 1
            likely = min(65535, max(1, (ones << 16) // (zeros + ones)))
            if byte is None:
                bit = self._decoder.get(likely)
            else:
                bit = byte >> place & 1
                self._encoder.put(bit, likely)
            for key in keys:
                no, yes = self._seen.get(key, (0, 0))
                self._seen[key] = (no, yes + 1) if bit else (no + 1, yes)
            node = node << 1 | bit
        self._last = (self._last << 8 | node & 255) & 0xFFFFFFFF
        return node & 255
