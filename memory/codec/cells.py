"""What came in each context: a cell for every bit met in it, and what such cells led to.

A cell keeps a probability and the last seven bits (Cleary and Witten 1984 for contexts); the
bits and how often the cell was met make a second guess, by what followed such cells anywhere
(Mahoney 2005, histories made into probabilities). Cells lie in a hashed table for each context;
the less known of two gives way to a new one.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from memory.codec.adapting import Whole, adapted
from memory.codec.past import CONTEXTS, MASK

EACH = 3
"""Guesses of each context: the cell's, the same while it is little known, the history's."""
INPUTS = EACH * CONTEXTS
_ORDERS = 7
"""Contexts, from the first on, that are the last bytes: their numbers rise."""
_BITS: Final = 17
"""Of a place in a context's table."""
_MOST, _BEGUN, _SURE = 250, 10, 5


class Cells:
    """The cells of all contexts."""

    def __init__(self, stretch: Whole, rates: Whole, first: Whole) -> None:
        """Begin with nothing met.

        Args:
            stretch: Logits of probabilities.
            rates: See `adapted`.
            first: What a history and how often it was met lead to, before anything did, `[1024]`.
        """
        self._stretch, self._rates = stretch, rates
        cells = CONTEXTS << _BITS
        self.check, self.likely = np.zeros(cells, np.uint16), np.zeros(cells, np.uint16)
        self.seen, self.history = np.zeros(cells, np.uint8), np.zeros(cells, np.uint8)
        self.guesses = np.tile(first << 16 | _BEGUN, CONTEXTS)
        """By context, how often met (4), and history: what followed, counted."""
        self._salt = (np.arange(CONTEXTS, dtype=np.uint64) * 0x3C6EF372).astype(np.uint32)
        self._offset = np.arange(CONTEXTS, dtype=np.int64) << _BITS
        self._base = self._checks = self._cell = self._at = np.zeros(CONTEXTS, np.int64)
        self._met = np.zeros(CONTEXTS, np.bool_)

    def settle(self, contexts: NDArray[np.uint32], part: int) -> None:
        """Find where the cells of the next four bits are.

        Args:
            contexts: Of the byte to come.
            part: Its first four bits after a 1; 0 while they are to come themselves.
        """
        h = (contexts + self._salt) * np.uint32(0x9E3779B1)
        h ^= np.uint32((part * 0x9E3779B1 + 1 & MASK) * 0x85EBCA6B & MASK)
        h ^= h >> np.uint32(15)
        h *= np.uint32(0x2C1B3C6D)
        h ^= h >> np.uint32(13)
        self._base = (h >> np.uint32(32 - _BITS)).astype(np.int64)
        self._checks = (h & np.uint32(0xFFFF)).astype(np.int64)

    def guess(self, sub: int, x: Whole) -> int:
        """Write guesses of the next bit, and return the longest order that is known.

        Args:
            sub: Bits since `settle`, after a 1.
            x: `[INPUTS]`, where the guesses go.
        """
        cells = self._found(sub)
        seen = self.seen[cells].astype(np.int64)
        known = (seen >= 10).astype(np.int64) + (seen >= 24) + (seen >= 60)
        at = np.arange(CONTEXTS) << 10 | known << 8 | self.history[cells]
        met = seen > 0
        logits = self._stretch[self.likely[cells]] * met
        x[0::EACH] = logits
        x[1::EACH] = np.where(seen >> _SURE, logits, logits * seen >> _SURE)
        x[2::EACH] = self._stretch[self.guesses[at] >> 16] * met
        self._cell, self._at, self._met = cells, at, met
        orders = np.flatnonzero(met[:_ORDERS])
        return int(orders[-1]) if len(orders) else 0

    def tell(self, bit: int) -> None:
        """Learn what the bit was."""
        at = self._at[self._met]
        self.guesses[at] = adapted(self.guesses[at], bit, self._rates)
        cells = self._cell
        likely, seen = self.likely[cells].astype(np.int64), self.seen[cells]
        self.likely[cells] = likely + ((65535 * bit - likely) * self._rates[seen] >> 16)
        self.seen[cells] = seen + (seen < _MOST)
        history = self.history[cells].astype(np.int64)
        grown = history << 1 | bit
        self.history[cells] = np.where(history < 128, grown, 128 | grown & 127)

    def whole(self) -> NDArray[np.void]:
        """Return all cells, as they are compared."""
        cells = np.zeros(
            CONTEXTS << _BITS, [("c", "<u2"), ("p", "<u2"), ("n", "u1"), ("h", "u1")]
        )
        cells["c"], cells["p"] = self.check, self.likely
        cells["n"], cells["h"] = self.seen, self.history
        return cells

    def _found(self, sub: int) -> Whole:
        """Return where each context's cell is, new ones made."""
        check = self._checks + sub & 0xFFFF
        check += check == 0
        one, other = self._offset + (self._base ^ sub), self._offset + (self._base ^ sub ^ 16)
        first = self.check[one] == check
        second = ~first & (self.check[other] == check)
        new = ~(first | second)
        cells = np.where(second | (new & (self.seen[one] > self.seen[other])), other, one)
        if new.any():
            made = cells[new]
            self.check[made] = check[new]
            self.likely[made] = 32768
            self.seen[made] = 0
            self.history[made] = 1
        return cells
