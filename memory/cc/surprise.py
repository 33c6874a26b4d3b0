"""How much of a surprise a text is to a room that has said what it has said.

A byte model that learns as it reads. Contexts are the last one to four bytes and the word
so far; their counts lie, hashed, in one table of 64 KiB that never grows. Every estimate is
a count smoothed by the one of the next shorter context, in integers throughout: the same
bytes give the same millibits on every machine, which is what lets two machines fold a room
to the same cc.

The counts are halved every `_HALF_LIFE` bytes. So the model knows a room's habits and what
it has said of late, its cost does not depend on the room's age, and the table never fills.
"""

from typing import Final

from memory.errors import CarrierError

SIZE: Final = 1 << 16
"""Counters, one byte each."""

STATE: Final = SIZE + 4
"""Bytes of `Surprise.state`: the counters, and how far the next halving is."""

_MASK: Final = SIZE - 1
_HALF_LIFE: Final = 1 << 16
_HALVED: Final = bytes(count >> 1 for count in range(256))
_FULL: Final = 255

# What a count at 255 would have become is not known, so its context counts no more until
# the next halving: 255 samples are enough for an estimate, and the ratios stay true.

_ONE: Final = 1 << 20
"""Probability 1."""
_FLOOR: Final = _ONE >> 7
"""Of a byte in no context at all: text has about 128 bytes that ever turn up."""

_TRUST: Final = (12, 6, 4, 4, 4)
"""How many sightings a context needs until it is believed as much as the shorter one; for
one, two, three, four bytes and the word so far."""

_STEP: Final = tuple(((byte + 1) * 0x9E3B) & _MASK for byte in range(256))
"""From a context's counter to the one of a byte in it."""


def _log_table() -> tuple[int, ...]:
    """Return 1000 · log2(1 + i/256) for i of 0 to 255, by repeated squaring of integers."""
    table: list[int] = []
    for i in range(256):
        x, bits = (256 + i) << 22, 0  # 1.0 is 1 << 30
        for _ in range(20):
            x = (x * x) >> 30
            bits <<= 1
            if x >= 2 << 30:
                x >>= 1
                bits |= 1
        table.append((1000 * bits) >> 20)
    return tuple(table)


_LOG: Final = _log_table()
_ONE_LOG: Final = 20_000


def millibits(probability: int) -> int:
    """Return -1000 · log2(`probability` / 2^20), within 6 below 2^20, 0 at 2^20."""
    length = probability.bit_length()
    mantissa = (probability << 9 >> length) & 255
    return _ONE_LOG - 1000 * (length - 1) - _LOG[mantissa]


class Surprise:
    """The counts, and what they make of a text."""

    __slots__ = ("_counts", "_left")

    def __init__(self, state: bytes = b"") -> None:
        """Go on from `state`, or know nothing.

        Raises:
            CarrierError: `state` is not `STATE` bytes.
        """
        if state and len(state) != STATE:
            raise CarrierError(f"a state of {len(state)} bytes; this model's has {STATE}")
        self._counts = bytearray(state[:SIZE] if state else SIZE)
        self._left = int.from_bytes(state[SIZE:], "little") if state else _HALF_LIFE

    @property
    def state(self) -> bytes:
        """All there is to know of the model, `STATE` bytes."""
        return bytes(self._counts) + self._left.to_bytes(4, "little")

    def read(self, data: bytes) -> None:
        """Learn `data`, as if preceded by a space."""
        start = 0
        while start < len(data):
            stop = start + self._left
            self._count(data[start:stop])
            self._left -= min(stop, len(data)) - start
            start = stop
            if self._left == 0:
                self._counts = self._counts.translate(_HALVED)
                self._left = _HALF_LIFE

    def _count(self, data: bytes) -> None:
        counts = self._counts
        last, word = 32, 0
        for byte in data:
            for context in (
                (last & 0xFF) * 0x2F0B + 0x1357,
                ((last & 0xFFFF) * 0x9E3779B1 >> 7) + 0x51ED,
                ((last & 0xFFFFFF) * 0x85EBCA77 >> 11) + 0x7A35,
                ((last & 0xFFFFFFFF) * 0xC2B2AE3D >> 17) + 0xB0A7,
                (word * 0x27D4EB2F >> 9) + 0xD1B5,
            ):
                at = context & _MASK
                seen = counts[at]
                if seen == _FULL:
                    continue
                counts[at] = seen + 1
                cell = (at + _STEP[byte]) & _MASK
                if counts[cell] < _FULL:
                    counts[cell] += 1
            last = (last << 8 | byte) & 0xFFFFFFFF
            word = (word * 0x2F + byte + 1) & 0xFFFFFFFF if byte > 64 or 48 <= byte < 58 else 0

    def bits(self, data: bytes, own: int = 0) -> int:
        """Return the surprise of `data`, preceded by a space, in millibits.

        Args:
            data: What is asked about.
            own: How often the model has read `data` itself where that is not to count.
        """
        counts = self._counts
        last, word = 32, 0
        total = 0
        for byte in data:
            p = _FLOOR
            step = _STEP[byte]
            for context, trust in zip(
                (
                    (last & 0xFF) * 0x2F0B + 0x1357,
                    ((last & 0xFFFF) * 0x9E3779B1 >> 7) + 0x51ED,
                    ((last & 0xFFFFFF) * 0x85EBCA77 >> 11) + 0x7A35,
                    ((last & 0xFFFFFFFF) * 0xC2B2AE3D >> 17) + 0xB0A7,
                    (word * 0x27D4EB2F >> 9) + 0xD1B5,
                ),
                _TRUST,
                strict=True,
            ):
                at = context & _MASK
                seen = counts[at] - own
                if seen <= 0:
                    continue
                here = counts[(at + step) & _MASK] - own
                if here < 0:
                    here = 0
                elif here > seen:  # two contexts share a counter
                    here = seen
                p = (here * _ONE + trust * p) // (seen + trust)
            total += millibits(p or 1)
            last = (last << 8 | byte) & 0xFFFFFFFF
            word = (word * 0x2F + byte + 1) & 0xFFFFFFFF if byte > 64 or 48 <= byte < 58 else 0
        return total
