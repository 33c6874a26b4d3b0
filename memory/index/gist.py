"""A lamina's resident words: the hashes of its stems in at most 256 bytes.

A set coded by the gaps between its sorted members (Golomb, "Run-length encodings", IEEE
Trans. Inf. Theory 12(3), 1966) over a universe made as wide as the budget allows: the more
stems, the fewer bits each, and the more false matches. Beyond what the budget holds the
commonest are left out. Stems said more than once come first, as a set of their own.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from memory.cc.base import Utterance
from memory.codec.varints import Bytes, varint
from memory.errors import DamagedRow
from memory.index import columns
from memory.index.words import BITS, hashed, words

if TYPE_CHECKING:
    from numpy import int64
    from numpy.typing import NDArray

MOST: Final = 256
"""Bytes of a gist."""

_FORM: Final = 1
_NARROWEST: Final = 12
"""Bits of a hash at least; then stems are left out."""


@dataclass(frozen=True, slots=True, eq=False)
class Gist:
    """Resident words, opened."""

    bits: int
    """Bits of each hash: the highest of `BITS`."""
    once: "NDArray[int64]"
    """Hashes of stems said once, rising."""
    more: "NDArray[int64]"
    """Hashes of stems said more than once, rising."""
    turns: int
    """How many turns the lamina has."""


def pack(said: Sequence[Utterance], most: int = MOST) -> bytes:
    """Return the gist of `said` in at most `most` bytes."""
    counts = Counter(hashed(stem) for one in said for _, stem in words(one.text))
    kept = sorted(counts, key=lambda one: (-counts[one], one))
    kept.reverse()  # the rarest are kept
    bits = BITS
    while True:
        packed = _pack(len(said), counts, kept, bits)
        if len(packed) <= most:
            return packed
        if bits > _NARROWEST:
            bits -= 1
        else:
            del kept[-max(1, len(kept) // 32) :]


def _pack(turns: int, counts: Counter[int], kept: Sequence[int], bits: int) -> bytes:
    more = sorted({one >> BITS - bits for one in kept if counts[one] > 1})
    once = sorted({one >> BITS - bits for one in kept if counts[one] == 1})
    out = bytes([_FORM, bits]) + varint(turns)
    for some in (once, more):
        out += varint(len(some))
        out += columns.pack([b - a - 1 for a, b in pairwise([-1, *some])])
    return out


def parse(packed: bytes) -> Gist:
    """Return what `pack` packed.

    Raises:
        DamagedRow: These bytes are not what it writes.
    """
    import numpy as np  # noqa: PLC0415 - only who recalls pays for it

    data = Bytes(packed)
    try:
        form, bits = data.byte(), data.byte()
        if form != _FORM or not 1 <= bits <= BITS:
            raise ValueError("another form")  # noqa: TRY301 - told as every damage is
        turns = data.varint()
        sets: list[NDArray[int64]] = []
        for _ in range(2):
            count = data.varint()
            if count > 1 << bits or count > 8 * data.left:
                raise ValueError("it ends too early")  # noqa: TRY301 - likewise
            sets.append(np.cumsum(columns.unpack(data, count) + 1) - 1)
        data.done()
    except ValueError as error:
        raise DamagedRow(f"the gist of a lamina is damaged: {error}") from error
    return Gist(bits, sets[0], sets[1], turns)
