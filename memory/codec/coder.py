"""Binary arithmetic coding in whole numbers: a bit costs what it was unlikely.

An interval of 32 bits is cut at each bit in the proportion of its probability and the part
that holds the bit is kept (Witten, Neal and Cleary 1987, section 3; a carry runs back through
what was written, as in Martin's range coder, 1979). The end takes the fewest bytes that lie in
the interval; the decoder reads zeros past them. Probabilities are out of 65536, never 0 or 1.
`memory/kernel/mixing.c` does the same.
"""

from functools import lru_cache

ONE = 1 << 16
"""A probability of 1."""
TOP = 1 << 24
"""An interval shorter than this gives its first byte away."""
WORD = (1 << 32) - 1
ZEROS = 16
"""Bytes that a decoder may read past the end of a code before it is sure that none was made."""


class Scale:
    """Bits weighed instead of coded."""

    __slots__ = ("told",)

    def __init__(self) -> None:
        """Begin with nothing."""
        self.told = 0
        """What was put so far, in 2^-16 bits."""

    def put(self, bit: int, likely: int) -> None:
        """Weigh a bit that is 1 with a probability of `likely` in 65536, from 1 to 65535."""
        self.told += told(likely if bit else ONE - likely)


@lru_cache(maxsize=1 << 16)
def told(likely: int) -> int:
    """Return what comes of a probability of `likely` in 65536: -log2 of it, in 2^-16 bits.

    The fraction by squaring, a bit each, so that it is the same everywhere.
    """
    whole = likely.bit_length() - 1
    x, part = likely << 31 - whole, 0
    for _ in range(16):
        x = x * x >> 31
        part = part << 1 | x >> 32
        x >>= x >> 32
    return (16 << 16) - (whole << 16 | part)


class Encoder:
    """Bits to bytes."""

    __slots__ = ("_limit", "_low", "_over", "_range", "_written")

    def __init__(self, limit: int) -> None:
        """Begin a turn, of whose code no more than `limit` bytes are wanted."""
        self._limit = limit
        self._over = False
        self._low = 0
        self._range = WORD
        self._written = bytearray()

    def put(self, bit: int, likely: int) -> None:
        """Code a bit that is 1 with a probability of `likely` in 65536, from 1 to 65535."""
        bound = self._range * likely >> 16
        if bit:
            self._range = bound
        else:
            self._low += bound
            self._range -= bound
            if self._low > WORD:
                self._carry()
        while self._range < TOP:
            self._append(self._low >> 24)
            self._low = self._low << 8 & WORD
            self._range = self._range << 8

    def end(self) -> bytes | None:
        """Return all that was coded, in as few bytes as tell it.

        `None` where that is more than was wanted, or it ends in so many zeros, which are not
        kept, that a decoder would take it for cut off.
        """
        last, whole = self._low + self._range - 1, len(self._written) + 4
        value = next(
            value
            for value in (last >> dropped << dropped for dropped in (32, 24, 16, 8, 0))
            if value >= self._low
        )
        if value > WORD and not self._over:
            self._carry()
        for byte in (value & WORD).to_bytes(4, "big").rstrip(b"\0"):
            self._append(byte)
        coded = bytes(self._written).rstrip(b"\0")
        return None if self._over or whole - len(coded) > ZEROS else coded

    def _append(self, byte: int) -> None:
        if len(self._written) < self._limit:
            self._written.append(byte)
        else:
            self._over = True

    def _carry(self) -> None:
        self._low &= WORD
        at = len(self._written) - 1
        while not self._over and self._written[at] == 255:
            self._written[at] = 0
            at -= 1
        if not self._over:
            self._written[at] += 1


class Decoder:
    """Bytes to the bits that made them, given the same probabilities."""

    __slots__ = ("_ahead", "_at", "_coded", "_range")

    def __init__(self, coded: bytes) -> None:
        """Begin a turn; any bytes decode to something."""
        self._coded = coded
        self._ahead = int.from_bytes(coded[:4].ljust(4, b"\0"), "big")
        self._at = 4
        self._range = WORD

    def get(self, likely: int) -> int:
        """Return the next bit, which was coded with the same `likely`."""
        bound = self._range * likely >> 16
        if self._ahead < bound:
            self._range = bound
            bit = 1
        else:
            self._ahead -= bound
            self._range -= bound
            bit = 0
        while self._range < TOP:
            self._range <<= 8
            self._ahead = (self._ahead << 8 & WORD) | self._next()
        return bit

    @property
    def sure(self) -> bool:
        """Whether a code may have gone on so far."""
        return self.past <= ZEROS

    @property
    def past(self) -> int:
        """Bytes that were read past the end; below 0: bytes that were not looked at."""
        return self._at - len(self._coded)

    def _next(self) -> int:
        at = self._at
        self._at += 1
        return self._coded[at] if at < len(self._coded) else 0
