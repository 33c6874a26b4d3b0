"""Probabilities that move towards what came: counted ones, and maps that refine others.

A counted one has 22 bits and a count of 10, and moves by about 1 over its count, so that it is a
mean at first and forgets slowly later. A map (an adaptive probability map: Mahoney, PAQ7, 2006)
says for a logit and something beside it what came of such before, between its two neighbours.
"""

import numpy as np
from numpy.typing import NDArray

Whole = NDArray[np.int64]

KNOWN = 255
"""A count goes no further."""
STEPS = 25
"""Places of a map along the logit, 256 apart."""
_STEP, _LOWEST, _SLOW = 256, 3072, 5


def adapted(slots: Whole, bit: int, rates: Whole) -> Whole:
    """Move counted probabilities towards a bit.

    Args:
        slots: Probability of a 1 in the upper 22 bits, count in the lower 10.
        bit: What came.
        rates: By the count: how far to go, in 65536.
    """
    likely, count = slots >> 10, slots & 1023
    likely = likely + ((4194303 * bit - likely) * rates[count] >> 16)
    return likely << 10 | np.where(count < KNOWN, count + 1, count)


class Maps:
    """Some maps of probabilities of 16 bits, each with a row for whatever is beside the logit."""

    def __init__(self, count: int, rates_of_rows: Whole) -> None:
        """Begin with maps that change nothing.

        Args:
            count: Of maps, each with 65,536 rows.
            rates_of_rows: What a row has at first, `[STEPS]`.
        """
        self.slots = np.zeros((count, 1 << 16, STEPS), np.uint16)
        """Less what they have at first, so that what was never met is zero."""
        self._rows = rates_of_rows
        self._met = [(0, 0)] * count

    def refined(self, which: int, row: int, logit: int) -> int:
        """Return what came of such a logit there, in 65536; it is `tell` that it moves."""
        low, part = divmod(logit + _LOWEST, _STEP)
        slots = self.slots[which, row]
        one = int(slots[low]) + int(self._rows[low]) & 0xFFFF
        two = int(slots[low + 1]) + int(self._rows[low + 1]) & 0xFFFF
        self._met[which] = (row, low + (part >= _STEP // 2))
        return one * (_STEP - part) + two * part >> 8

    def tell(self, bit: int, count: int) -> None:
        """Learn what the bit was, in the first `count` maps, where each was asked last."""
        for which in range(count):
            row, step = self._met[which]
            first = int(self._rows[step])
            now = int(self.slots[which, row, step]) + first & 0xFFFF
            moved = now + (65535 * bit - now >> _SLOW)
            self.slots[which, row, step] = moved - first & 0xFFFF
