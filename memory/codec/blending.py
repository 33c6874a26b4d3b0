"""Guesses mixed as logits (logistic mixing: Mattern 2012), in two layers.

Eight sets of weights, each with a row chosen by where the bit stands, mix all guesses; what they
come to is mixed by one more, with a row for each place in the byte. Each learns by its own error.
"""

from collections.abc import Sequence

import numpy as np

from memory.codec.adapting import Whole
from memory.codec.tables import EDGE

ROWS = (64, 256, 256, 2048, 512, 192, 256, 128)
"""Of each set's weights: how far match goes, the bit's place, the byte before, that before it,
sorts of three, the longest order known, the guesser's logit, how early in the turn."""
SETS = len(ROWS)
PADDED = 56
"""Guesses that a row of weights holds."""
_SAFE = (1 << 19) - 1
"""Weights, Q16, go no further: products with logits fit 31 bits."""
_RATE, _FASTER, _SLOWING, _LAST_RATE = 200, 1000, 15, 60
"""Weights learn by 1200, 700, 450 ... 200 in 65536, a step each 2^15 bits; the last by 60."""


class Blend:
    """The weights."""

    def __init__(self, first: Whole, squash: Whole) -> None:
        """Begin with the same weights everywhere.

        Args:
            first: Of the guesses, Q16, `[PADDED]`.
            squash: Probabilities of logits from `-EDGE` on.
        """
        self._squash = squash
        self.weights = np.tile(first, (sum(ROWS), 1))
        self.last = np.full((256, SETS), 65536 // SETS, np.int64)
        self._begins = np.array([sum(ROWS[:k]) for k in range(SETS)], np.int64)
        self._chosen = self._logits = np.zeros(SETS, np.int64)
        self._node = self._end = 0

    def mix(self, x: Whole, chosen: Sequence[int], node: int) -> tuple[int, int]:
        """Return the logit that all guesses come to, and its probability of a 1 in 65536.

        Args:
            x: The guesses, `[PADDED]`.
            chosen: Which row of each set.
            node: Which row of the last.
        """
        self._chosen = self._begins + np.array(chosen, np.int64)
        sums = (self.weights[self._chosen] * x >> 8).sum(1) >> 8
        self._logits, self._node = np.clip(sums, -EDGE, EDGE), node
        logit = min(max(int(self.last[node] @ self._logits) >> 16, -EDGE), EDGE)
        self._end = int(self._squash[logit + EDGE])
        return logit, self._end

    def tell(self, bit: int, x: Whole, bits: int) -> None:
        """Learn what the bit was.

        Args:
            bit: It.
            x: The guesses that were mixed.
            bits: How many were learnt from before.
        """
        one = bit << 16
        rate = _RATE + (_FASTER >> min(bits >> _SLOWING, 20))
        errors = (one - self._squash[self._logits + EDGE]) * rate >> 8
        moved = self.weights[self._chosen] + (errors[:, None] * x + 32768 >> 16)
        self.weights[self._chosen] = np.clip(moved, -_SAFE, _SAFE)
        error = (one - self._end) * _LAST_RATE >> 8
        moved = self.last[self._node] + (self._logits * error + 32768 >> 16)
        self.last[self._node] = np.clip(moved, -_SAFE, _SAFE)
