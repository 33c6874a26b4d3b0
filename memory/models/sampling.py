"""Which byte comes next, drawn from a model's counts: careful where it is sure, free where not.

Entropy says how: below `low` bits the likeliest byte is taken, below `medium` one of the
`top` likeliest, and from `high` on what is far less likely than the likeliest is left out.
Bytes that would break a character's UTF-8, and control characters, are never drawn. All in
whole numbers, chance included: a seed gives the same bytes on every machine.

After the entropy-aware sampling of byte latent models; min-p after Nguyen et al., "Turning Up
the Heat" (2024), section 3.
"""

from dataclasses import dataclass
from decimal import Decimal, localcontext
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.uint32]
Whole = NDArray[np.int64]

_Q: Final = 11
"""Logarithms to base 2 are whole numbers of 2^-11."""
_ONE: Final = 23
"""Weights are whole numbers of 2^-23."""
_FAR: Final = 40 << _Q
_64: Final = (1 << 64) - 1

COLDEST: Final = 50
"""Thousandths of temperature below which the likeliest byte is taken."""


@dataclass(frozen=True, slots=True)
class Sampling:
    """How to draw. Entropies are in millibits."""

    temperature: int = 800
    """In thousandths: 1000 draws as the model believes."""
    low: int = 300
    medium: int = 1200
    high: int = 2500
    top: int = 10
    """Bytes to choose from at low entropy."""
    least: int = 50
    """Thousandths of the likeliest's probability that a byte must have at high entropy."""


class Dice:
    """Chance from a seed: SplitMix64 (Steele, Lea, Flood 2014, figure 19)."""

    __slots__ = ("state",)

    def __init__(self, state: int) -> None:
        self.state = state & _64

    def below(self, most: int) -> int:
        """Return a whole number from 0 to `most` - 1; `most` is far below 2^64."""
        self.state = (self.state + 0x9E3779B97F4A7C15) & _64
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _64
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _64
        return ((z ^ (z >> 31)) * most) >> 64


@dataclass(frozen=True, slots=True)
class Drawn:
    """A byte and what it was drawn from."""

    byte: int
    entropy: int
    """Millibits, at the temperature, before anything was left out."""


def draw(counts: Counts, allowed: NDArray[np.bool_], sampling: Sampling, dice: Dice) -> Drawn:
    """Draw a byte.

    Args:
        counts: `[256]`, none of them 0.
        allowed: `[256]`, some of them true.
        sampling: How.
        dice: Thrown once, whatever the entropy.
    """
    chance = dice.below(1 << 62)
    logs = _logs(counts)
    apart = np.where(allowed, logs[allowed].max() - logs, _FAR)
    greedy = sampling.temperature < COLDEST
    if not greedy:
        apart = np.minimum(apart * 1000 // sampling.temperature, _FAR)
    weights = np.where(allowed, _weights(apart), 0)
    total = int(weights.sum())
    mean = int((weights * apart).sum()) // total
    entropy = max(0, (_log(total) - (_ONE << _Q) + mean) * 1000 >> _Q)
    best = int(weights.argmax())
    if greedy or entropy < sampling.low:
        return Drawn(best, entropy)
    if entropy < sampling.medium:
        # Of equals the lower byte stays, as `argmax` has it.
        order = np.argsort(-weights, kind="stable")
        weights[order[sampling.top :]] = 0
    elif entropy >= sampling.high:
        weights[weights * 1000 < weights[best] * sampling.least] = 0
    running = weights.cumsum()
    at = (chance * int(running[-1])) >> 62
    return Drawn(int(np.searchsorted(running, at, side="right")), entropy)


def ends(odds: int, sampling: Sampling, dice: Dice) -> bool:
    """Say whether a turn ends here.

    Args:
        odds: Logarithm to base 2, in 2^-11, of how much likelier the end is than more.
        sampling: For its temperature.
        dice: Thrown once.
    """
    chance = dice.below(1 << _ONE)
    if sampling.temperature < COLDEST:
        return odds > 0
    apart = min(abs(odds) * 1000 // sampling.temperature, _FAR)
    less = int(_weights(np.array([apart]))[0])
    likely = (1 << (2 * _ONE)) // ((1 << _ONE) + less)
    return chance < (likely if odds >= 0 else (1 << _ONE) - likely)


def _logs(counts: Counts) -> Whole:
    """Return logarithms to base 2, in 2^-11, rounded down."""
    mantissa, exponent = np.frexp(counts.astype(np.float64))  # exact
    place = (mantissa * (2 << _Q)).astype(np.int64) - (1 << _Q)
    return ((exponent.astype(np.int64) - 1) << _Q) + _tables()[0][place]


def _log(count: int) -> int:
    length = count.bit_length()
    place = (count << (_Q + 1) >> length) - (1 << _Q)
    return ((length - 1) << _Q) + int(_tables()[0][place])


def _weights(apart: Whole) -> Whole:
    """Return 2^-`apart`."""
    return _tables()[1][apart & ((1 << _Q) - 1)] >> (apart >> _Q)


@cache
def _tables() -> tuple[Whole, Whole]:
    """Return log2(1 + i/2048) in 2^-11, and 2^(-i/2048) in 2^-23: decimal, the same anywhere."""
    many = 1 << _Q
    with localcontext() as context:
        context.prec = 40
        step = Decimal(2) ** (Decimal(-1) / many)
        powers, power = [], Decimal(1 << _ONE)
        for _ in range(many):
            powers.append(int(power + Decimal("0.5")))
            power *= step
        logs, at, edge = [], 0, Decimal(1)
        for i in range(many):
            while edge / step <= 1 + Decimal(i) / many:
                edge /= step
                at += 1
            logs.append(at)
    return np.array(logs, np.int64), np.array(powers, np.int64)


# UTF-8: what may follow, by what is open. Unicode 15, table 3-7, without C0 and C1 controls.

START: Final = 0
_CONTROLS: Final = frozenset([*range(9), *range(11, 32), 127])
_OPEN: Final = (
    # First and last byte that may come, and what is open then. `START` is apart.
    (0, 0, 0),
    (0x80, 0xBF, START),  # 1: the last byte of a character
    (0xA0, 0xBF, START),  # 2: after C2, beyond the C1 controls
    (0x80, 0xBF, 1),  # 3: two to come
    (0xA0, 0xBF, 1),  # 4: after E0
    (0x80, 0x9F, 1),  # 5: after ED, before the surrogates
    (0x80, 0xBF, 3),  # 6: three to come
    (0x90, 0xBF, 3),  # 7: after F0
    (0x80, 0x8F, 3),  # 8: after F4
)
_LEADS: Final = {
    0xC2: 2,
    **dict.fromkeys(range(0xC3, 0xE0), 1),
    0xE0: 4,
    **dict.fromkeys(range(0xE1, 0xF0), 3),
    0xED: 5,
    0xF0: 7,
    **dict.fromkeys(range(0xF1, 0xF4), 6),
    0xF4: 8,
}


def follows(open_: int, byte: int) -> int:
    """Return what is open after `byte`, which `may` allowed."""
    return _LEADS.get(byte, START) if open_ == START else _OPEN[open_][2]


def ahead(open_: int) -> int:
    """Return how many bytes the open character still takes."""
    return 0 if open_ == START else 1 + ahead(_OPEN[open_][2])


@cache
def may(open_: int, room: int) -> NDArray[np.bool_]:
    """Return `[256]`, which bytes may come where so many more fit, 4 standing for any more."""
    mask = np.zeros(256, np.bool_)
    if open_ != START:
        first, last, _ = _OPEN[open_]
        mask[first : last + 1] = True
        return mask
    for byte in range(128):
        mask[byte] = byte not in _CONTROLS
    for lead, then in _LEADS.items():
        mask[lead] = 1 + ahead(then) <= room
    return mask
