"""Columns of small numbers in few bytes, read back all at once.

A number is split at bit k: what is above in unary, one bit-plane for the whole column; what
is below as it is, another (Rice, "Some practical universal noiseless coding techniques",
JPL 79-22, 1979; the two planes are as in Elias-Fano lists). In planes NumPy reads a column
in a few steps instead of one for each number. k is what makes the column shortest.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from memory.codec.varints import Bytes, varint

if TYPE_CHECKING:
    from numpy import int64
    from numpy.typing import NDArray

_DEEPEST: Final = 40
"""No number has more bits below the split."""


def pack(numbers: Sequence[int]) -> bytes:
    """Return `numbers`, each from 0 and below 2^40; how many is for the caller to know."""
    if not numbers:
        return b""
    # The best k is next to the logarithm of the mean.
    near = (sum(numbers) // len(numbers)).bit_length()
    k = min(range(max(0, near - 2), min(near + 1, _DEEPEST)), key=lambda k: _bits(numbers, k))
    high, low, at = 0, 0, 0
    for index, number in enumerate(numbers):
        at += number >> k
        high |= 1 << at
        at += 1
        low |= (number & (1 << k) - 1) << (k * index)
    unary = high.to_bytes((at + 7) // 8, "little")
    below = low.to_bytes((k * len(numbers) + 7) // 8, "little")
    return bytes([k]) + varint(len(unary)) + unary + below


def unpack(data: Bytes, count: int) -> "NDArray[int64]":
    """Return the next `count` numbers of `data`.

    Raises:
        ValueError: They are not there, or not as `pack` writes them.
    """
    import numpy as np  # noqa: PLC0415 - only who recalls pays for it

    if not count:
        return np.zeros(0, np.int64)
    k = data.byte()
    if k >= _DEEPEST:
        raise ValueError("a column of numbers is too wide")
    unary = np.frombuffer(data.take(data.count(1)), np.uint8)
    ends = np.unpackbits(unary, bitorder="little").nonzero()[0]
    if len(ends) != count:
        raise ValueError("a column of numbers has another length")
    numbers = ends.copy()
    numbers[1:] -= ends[:-1] + 1
    if k:
        below = np.frombuffer(data.take((k * count + 7) // 8), np.uint8)
        bits = np.unpackbits(below, count=k * count, bitorder="little").reshape(count, k)
        numbers <<= k
        numbers |= bits @ (1 << np.arange(k))
    return numbers


def _bits(numbers: Sequence[int], k: int) -> int:
    return sum(number >> k for number in numbers) + (k + 1) * len(numbers)
