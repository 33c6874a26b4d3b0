"""How long turns are, told within their codes: what is usual in a segment costs little.

A number's bits are counted by a yes or no for each, under chances that follow what the
segment's turns were like, and so is the bit after the highest; the others are told as they are
(Elias 1975 for the form, the gamma code).
"""

from collections.abc import Callable

LARGEST = 24
"""Bits that are counted at most: below 2^25 - 1 any number can be told."""
MORE = 36_000
"""How likely it is, in 65536, that one more bit comes, before anything was told."""
LEAST = 12
"""A chance moves by a half, a third ... and at last by one in so many."""

Put = Callable[[int, int], None]
"""Codes a bit that is 1 with so much likelihood in 65536."""
Get = Callable[[int], int]
"""Reads such a bit."""


class Lengths:
    """What the numbers told so far were like."""

    def __init__(self) -> None:
        """Begin at a key frame."""
        self._chances = [MORE] * LARGEST + [32768] * LARGEST
        self._seen = [0] * (2 * LARGEST)

    def copy(self) -> "Lengths":
        """Return a twin that goes on by itself."""
        twin = Lengths()
        twin._chances[:], twin._seen[:] = self._chances, self._seen
        return twin

    def tell(self, number: int, put: Put) -> None:
        """Code a number, and learn from it."""
        bits = (number + 1).bit_length() - 1
        for size in range(min(bits + 1, LARGEST)):
            put(int(size < bits), self._chances[size])
            self._learn(size, int(size < bits))
        for place in range(bits - 1, -1, -1):
            bit = number + 1 >> place & 1
            if place == bits - 1:
                put(bit, self._chances[LARGEST + place])
                self._learn(LARGEST + place, bit)
            else:
                put(bit, 32768)

    def told(self, get: Get) -> int:
        """Read a number, and learn from it."""
        bits, more = 0, 1
        while more and bits < LARGEST:
            more = get(self._chances[bits])
            self._learn(bits, more)
            bits += more
        number = 1
        for place in range(bits - 1, -1, -1):
            if place == bits - 1:
                bit = get(self._chances[LARGEST + place])
                self._learn(LARGEST + place, bit)
            else:
                bit = get(32768)
            number = number << 1 | bit
        return number - 1

    def _learn(self, which: int, bit: int) -> None:
        chance, seen = self._chances[which], self._seen[which]
        towards = 65535 * bit
        self._chances[which] = min(max(chance + (towards - chance) // (seen + 2), 64), 65472)
        self._seen[which] = min(seen + 1, LEAST - 2)
