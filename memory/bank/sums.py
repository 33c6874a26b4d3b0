"""What the index over all rooms adds up to: one number, kept beside it.

A sum over every word of every line, and over what says which lines are whose, modulo a prime.
It goes along with each change and asks for nothing that is there already; read anew it tells
whether anything was altered, lost, or put in another place, as chance does it: in 2^61 of
which one passes.
"""

from collections.abc import Iterable
from hashlib import blake2b
from typing import Final
from zlib import crc32

MODULUS: Final = (1 << 61) - 1

_SPREAD: Final = 0x9E3779B97F4A7C15
"""2^64 over the golden ratio: neighbours go far apart (Knuth, vol. 3, 6.4)."""


def of_words(found: Iterable[tuple[bytes, int]]) -> int:
    """Return what lines add, told word by word: each, UTF-8, with the number of a line."""
    whole = 0
    last, check = b"", crc32(b"") + 1
    for word, number in found:
        if word != last:
            last, check = word, crc32(word) + 1
        whole += _far(number) * check
    return whole % MODULUS


def of_row(*values: int) -> int:
    """Return what a row of numbers adds."""
    told = ",".join(map(str, values)).encode()
    return int.from_bytes(blake2b(told, digest_size=8).digest(), "little") % MODULUS


def _far(number: int) -> int:
    spread = number * _SPREAD & 0xFFFFFFFFFFFFFFFF
    return spread ^ spread >> 29
