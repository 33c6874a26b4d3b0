"""Which row of the n-gram tables belongs to each place: a hash that is part of the model.

Whole numbers of 32 bits only, the same in `fused.c`, `network.c` and here: what is learnt for a
row must be found there again by every implementation. At `DOCUMENT` the trail forgets.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from memory.models.alphabet import DOCUMENT

Places = NDArray[np.int32]

MIX = 0x9E3779B1
LAST = 0x85EBCA77
SALT = 0xC2B2AE3D


@dataclass(frozen=True, slots=True)
class Ngrams:
    """The layout of the tables, one after the other."""

    lengths: tuple[int, ...]
    bits: tuple[int, ...]

    @classmethod
    def of(cls, tables: tuple[tuple[int, int], ...]) -> Self:
        """Take (length, log2 of buckets) for each table."""
        return cls(tuple(n for n, _ in tables), tuple(b for _, b in tables))

    @property
    def reach(self) -> int:
        """How many tokens back a row depends on, the present one included."""
        return max(self.lengths, default=1)

    @property
    def offsets(self) -> list[int]:
        """First row of each table."""
        return [sum(1 << b for b in self.bits[:i]) for i in range(len(self.bits))]

    @property
    def buckets(self) -> int:
        """Rows of all tables together."""
        return sum(1 << b for b in self.bits)

    @property
    def salts(self) -> list[int]:
        """Where each table's hash begins."""
        return [(SALT * (n + 1)) & 0xFFFFFFFF for n in self.lengths]

    def row(self, order: int, past: Sequence[int]) -> int:
        """Give the row of one table after `past`, its last token the newest.

        Args:
            order: Which table.
            past: `reach` tokens or more, those before a DOCUMENT forgotten.
        """
        found = self.salts[order]
        for symbol in past[len(past) - self.lengths[order] :]:
            found = ((found ^ symbol) * MIX) & 0xFFFFFFFF
            found ^= found >> 15
        found = (found * LAST) & 0xFFFFFFFF
        return self.offsets[order] + (found >> (32 - self.bits[order]))

    def rows(self, tokens: Places, trail: Places) -> tuple[Places, Places]:
        """Give rows int32 `[orders, batch, time]` and the trail after the last token.

        Args:
            tokens: int32 `[batch, time]`.
            trail: The tokens before, oldest first, int32 `[batch, reach]`.
        """
        _, time = tokens.shape
        past = np.concatenate([trail, tokens], axis=1).astype(np.uint64)
        # A token counts as DOCUMENT once a later DOCUMENT has been read.
        place = np.arange(past.shape[1], dtype=np.int64)
        opened = np.where(past == DOCUMENT, place, -1)
        opened[:, : self.reach] = -1
        newest = np.maximum.accumulate(opened, axis=1)
        rows = np.empty((len(self.lengths), *tokens.shape), dtype=np.int32)
        ends = self.reach + np.arange(time, dtype=np.int64)
        for order, length in enumerate(self.lengths):
            found = np.full(tokens.shape, self.salts[order], dtype=np.uint64)
            for back in range(length - 1, -1, -1):
                at = ends - back
                symbol = np.where(at < newest[:, ends], DOCUMENT, past[:, at])
                found = ((found ^ symbol) * MIX) & 0xFFFFFFFF
                found ^= found >> np.uint64(15)
            found = (found * LAST) & 0xFFFFFFFF
            shift = np.uint64(32 - self.bits[order])
            rows[order] = self.offsets[order] + (found >> shift).astype(np.int64)
        last = past.shape[1] - self.reach + np.arange(self.reach, dtype=np.int64)
        after = np.where(last < newest[:, -1:], DOCUMENT, past[:, last]).astype(np.int32)
        return rows, after
