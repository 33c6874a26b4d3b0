"""What was said before the next byte, and the contexts in which that byte stands.

The last bytes, the words they make, who speaks, the line above, and the sorts of bytes lately.
Each of the `CONTEXTS` is one number of 32 bits; what is alike in a context has the same number.
"""

from array import array

import numpy as np
from numpy.typing import NDArray

CONTEXTS = 15
"""Orders 0 to 6, words and pairs of them, the speaker, the line above, what followed, sorts."""
RING = 1 << 18
"""Bytes of the past that can be looked at again."""
MASK = 0xFFFFFFFF
_LETTERS, _CAPITALS, _DIGITS, _APOSTROPHE, _NEWLINE = (97, 122), (65, 90), (48, 57), 39, 10


def hashed(a: int, b: int) -> int:
    """Return 32 bits of two whole numbers."""
    h = (a * 0x9E3779B1 ^ b * 0x85EBCA6B) & MASK
    h = (h ^ h >> 15) * 0x2C1B3C6D & MASK
    return h ^ h >> 13


class Past:
    """What was said so far, in whole numbers of 32 bits."""

    def __init__(self, kinds: "array[int]") -> None:
        """Begin with nothing said.

        Args:
            kinds: What sort each of the 256 bytes is, 4 bits.
        """
        self._kinds = kinds
        self.ring = bytearray(RING)
        """The last bytes; the byte at place p lies at p % RING."""
        self.follow = np.zeros(1 << 16, np.uint16)
        """By the last two bytes: the two that followed them, the later one in the low half."""
        self.position = self.recent = self.older = 0
        """Bytes said; the last four of them, the last in the low byte; the four before."""
        self.word = self.word1 = self.word2 = self.speaker = 0
        """Hashes: of the word that is being said, of the two before it, of who says it."""
        self.column = self.line = self.above = self.spoken = 0
        """Bytes since the line began; places where it and the one above begin; bytes of the turn."""
        self.kind = 0
        """Sorts of the last eight bytes, runs of one sort shortened."""

    def numbers(self) -> list[int]:
        """Return all but the bytes themselves and what followed."""
        said = [self.position, self.recent, self.older, self.word, self.word1]
        said += [self.word2, self.speaker, self.column, self.line, self.above]
        return [*said, self.spoken, self.kind]

    def meet(self, author: bytes) -> None:
        """Note who speaks from here on."""
        self.speaker = 0
        for byte in author:
            self.speaker = hashed(self.speaker + byte, 3)

    def turn(self) -> None:
        """Begin a turn's text."""
        self.word = self.spoken = self.column = 0
        self.line = self.position

    def push(self, byte: int) -> None:
        """Read a byte: it is what was said last."""
        c4 = self.recent
        low = byte + 32 if _within(byte, _CAPITALS) else byte
        followed = int(self.follow[c4 & 0xFFFF])
        self.follow[c4 & 0xFFFF] = (followed << 8 | byte) & 0xFFFF
        self.ring[self.position % RING] = byte
        self.position = self.position + 1 & MASK
        self.older = (self.older << 8 | c4 >> 24) & MASK
        self.recent = (c4 << 8 | byte) & MASK
        letter = _within(low, _LETTERS) or byte >= 128 or _within(byte, _DIGITS)
        if letter or (byte == _APOSTROPHE and self.word):
            self.word = hashed(self.word + low, 0x51)
        elif self.word:
            self.word2, self.word1, self.word = self.word1, self.word, 0
        self.kind = (self.kind << 4 | self._kinds[byte]) & MASK
        if self.kind & 15 == self.kind >> 4 & 15 and self.kind & 15 < 3:
            self.kind >>= 4
        if byte == _NEWLINE:
            self.above, self.line, self.column = self.line, self.position, 0
        else:
            self.column = self.column + 1 & MASK
        self.spoken = self.spoken + 1 & MASK

    def contexts(self) -> NDArray[np.uint32]:
        """Return the contexts of the byte to come, `[CONTEXTS]`."""
        c4, older, word, one, two = self.recent, self.older, self.word, self.word1, self.word2
        c1 = c4 & 255
        above = self.ring[(self.above + self.position - self.line) % RING]
        named = (
            0,
            hashed(c1, 1),
            hashed(c4 & 0xFFFF, 2),
            hashed(c4 & 0xFFFFFF, 3),
            hashed(c4, 4),
            hashed(c4, hashed(older & 255, 5)),
            hashed(c4, hashed(older & 0xFFFF, 6)),
            hashed(word, 7),
            hashed(word, hashed(one, 8)),
            hashed(word, hashed(two, 9)),
            hashed(word, hashed(one, hashed(two, 10))),
            hashed(word, hashed(self.speaker, 11 + c1)),
            hashed(above | c1 << 8, hashed(min(self.column, 255), 12)),
            hashed(int(self.follow[c4 & 0xFFFF]), hashed(c4 & 0xFFFF, 13)),
            hashed(self.kind, hashed(c1, 14)),
        )
        return np.array(named, np.uint32)


def _within(byte: int, ends: tuple[int, int]) -> bool:
    return ends[0] <= byte <= ends[1]
