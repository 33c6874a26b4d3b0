"""What followed the last time that the same was said: two match models.

Each looks for the last place where as many bytes as `LEAST` says were alike, and guesses the
byte that followed there until it fails. How far it may be trusted is learnt by how long the
match is.
"""

import numpy as np

from memory.codec.adapting import Whole, adapted
from memory.codec.past import MASK, RING, Past

LEAST = (6, 16)
"""Bytes that must be alike for a match, of each model."""
MATCHES = len(LEAST)
INPUTS = 2 * MATCHES
"""Guesses that all together give."""
_FAR, _LONGEST, _PLACES = RING - 512, 400, 1 << 16


class Matches:
    """The match models of one past."""

    def __init__(self, stretch: Whole, rates: Whole) -> None:
        """Begin with nothing met.

        Args:
            stretch: Logits of probabilities.
            rates: See `adapted`.
        """
        self._stretch, self._rates = stretch, rates
        self.where = np.zeros((MATCHES, _PLACES), np.uint32)
        """By a hash of the last bytes: the place behind them."""
        self.trusts = [[65536 - 65536 // (j + 3) << 16 | 2 for j in range(32)] for _ in LEAST]
        """By how long a match is: how likely it is right, counted (see `adapted`)."""
        self.met = [[0, 0, 0, 0] for _ in LEAST]
        """Of each: the place it guesses from, bytes alike (0 for no match), the bit it guesses,
        which trust is asked (-1 for none)."""

    def follow(self, past: Past) -> None:
        """Go on with each match behind the byte that was said, or look for one."""
        for which in range(MATCHES):
            self._find(which, past)

    def guess(self, past: Past, node: int, place: int, x: Whole) -> int:
        """Write guesses of the next bit, and return how far the longest match goes.

        Args:
            past: What was said.
            node: The bits of the byte so far, after a 1.
            place: How many they are.
            x: `[INPUTS]`, where the guesses go.
        """
        longest = 0
        for which, match in enumerate(self.met):
            at = 2 * which
            x[at] = x[at + 1] = 0
            match[3] = -1
            coming = past.ring[match[0] % RING] | 256
            if match[1] and coming >> (8 - place) != node:
                match[1] = 0
            if not match[1]:
                continue
            match[2], match[3] = coming >> (7 - place) & 1, _bucket(match[1])
            likely = self.trusts[which][match[3]] >> 16
            sign = 1 if match[2] else -1
            x[at] = sign * int(self._stretch[likely])
            x[at + 1] = sign * (likely - 32768 >> 5)
            longest = match[3] + 1
        return longest

    def tell(self, bit: int) -> None:
        """Learn what the bit was."""
        for trusts, match in zip(self.trusts, self.met, strict=True):
            if match[3] >= 0:
                right = match[2] == bit
                now = np.array([trusts[match[3]]], np.int64)
                trusts[match[3]] = int(adapted(now, right, self._rates)[0])
                if not right:
                    match[1] = 0

    def _find(self, which: int, past: Past) -> None:
        """Follow a match, or look for one that is long enough."""
        match, least, ring, position = self.met[which], LEAST[which], past.ring, past.position
        if match[1]:
            match[0] = match[0] + 1 & MASK
            match[1] = min(match[1] + 1, 65535)
        if position < least:
            return
        h = 0
        for back in range(1, least + 1):
            h = h * 0x2F0B4C47 + ring[(position - back) % RING] + 1 & MASK
        h = ((h ^ h >> 15) * 0x9E3779B1 & MASK) >> 16
        at = int(self.where[which, h])
        if not match[1] and at and (position - at & MASK) < _FAR:
            alike = 0
            while (
                alike < _LONGEST
                and alike < at
                and ring[(at - 1 - alike) % RING] == ring[(position - 1 - alike) % RING]
            ):
                alike += 1
            if alike >= least:
                match[0], match[1] = at, alike
        self.where[which, h] = position


def _bucket(length: int) -> int:
    """Return which of 32 lengths of a match this is like."""
    if length < 16:
        return length
    if length < 32:
        return 16 + (length - 16 >> 2)
    if length < 64:
        return 20 + (length - 32 >> 3)
    return 24 + (length - 64 >> 6) if length < 512 else 31
