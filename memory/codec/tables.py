"""The tables of the code, in whole numbers made by whole numbers: no machine's `exp` decides.

A logit is `ln(p / (1 - p))` times 256, between -3071 and 3071; a probability is out of 65536.
Powers of e are sums of their series at 256 binary places, so that rounding to 16 bits is right
wherever the table is made; tests pin each table's SHA-256. `memory/kernel/mixing.c` reads them
from here.
"""

from array import array
from functools import cache
from typing import NamedTuple

EDGE = 3071
"""Logits beyond are cut."""
UNIT = 256
"""A logit of 1."""
RATES = 1024
PLACES = 256
"""Binary places of the powers of e; each is wrong by less than 2^-230."""


class Tables(NamedTuple):
    """What the mixer looks up."""

    stretch: "array[int]"
    """int16 `[65536]`: the logit of a probability; of 0 as of 1."""
    squash: "array[int]"
    """uint16 `[6143]`: the probability, 1 to 65535, of a logit from -3071 on."""
    rates: "array[int]"
    """int32 `[1024]`: 65536 / (n + 1.5), rounded down."""
    first: "array[int]"
    """uint16 `[256]`: what is guessed after a history before anything is known of it."""
    rows: "array[int]"
    """uint16 `[25]`: the probabilities of logits 256 apart, from -12 to 12."""
    kinds: "array[int]"
    """uint8 `[256]`: what a byte is, of 13 kinds and below 16."""
    sorts: "array[int]"
    """uint8 `[256]`: what a byte is, more roughly: 8 sorts."""


@cache
def tables() -> Tables:
    """Make the tables; some 0.1 s, once in a process."""
    powers = _powers()
    squash = array("H", (_squash(powers, logit) for logit in range(-EDGE, EDGE + 1)))
    return Tables(
        stretch=_stretch(powers),
        squash=squash,
        rates=array("i", ((1 << 17) // (2 * n + 3) for n in range(RATES))),
        first=array("H", map(_first, range(256))),
        rows=array(
            "H", (squash[min(max(k * UNIT, -EDGE), EDGE) + EDGE] for k in range(-12, 13))
        ),
        kinds=array("B", map(_kind, range(256))),
        sorts=array("B", map(_sort, range(256))),
    )


def _power(over: int) -> int:
    """Return e^(1 / over), times 2^PLACES."""
    term, whole, k = 1 << PLACES, 0, 0
    while term:
        whole += term
        k += 1
        term //= over * k
    return whole


def _powers() -> list[int]:
    """Return e^(k / 256) for k from 0 to EDGE."""
    step, powers = _power(UNIT), [1 << PLACES]
    for _ in range(EDGE):
        powers.append(powers[-1] * step >> PLACES)
    return powers


def _squash(powers: list[int], logit: int) -> int:
    one, power = 1 << PLACES, powers[abs(logit)]
    likely = (power if logit > 0 else one) << 16
    both = one + power
    return min(65535, max(1, (2 * likely + both) // (2 * both)))


def _stretch(powers: list[int]) -> "array[int]":
    """Round logits to the nearest: the one whose middle to the one before lies below."""
    half = _power(2 * UNIT)
    table = array("h", bytes(2 * 65536))
    logit = 0
    for likely in range(32768, 65536):
        odds = (likely << PLACES) // (65536 - likely)
        while logit < EDGE and powers[logit] * half >> PLACES <= odds:
            logit += 1
        table[likely] = logit
        table[65536 - likely & 65535] = -logit
    table[0] = table[1]
    return table


def _first(history: int) -> int:
    """Weigh the bits of a history, the newest 8 and each older one 1 less, and 8 of neither."""
    length = max(0, history.bit_length() - 1)
    weights = [8 - age for age in range(length)]
    ones = sum(weight for age, weight in enumerate(weights) if history >> age & 1)
    return (2 * ones + 8 << 16) // (2 * sum(weights) + 16)


def _kind(byte: int) -> int:
    sign = chr(byte)
    if byte >= 128:
        return 7
    if sign.islower() or sign.isupper():
        return 1 if sign.islower() else 2
    if sign.isdecimal():
        return 3
    found = {" ": 4, "\n": 5, ".": 6, "!": 6, "?": 6}.get(sign)
    if found is not None:
        return found
    return 8 if byte < 32 else 9 + (byte & 3)


def _sort(byte: int) -> int:
    match _kind(byte):
        case 1:
            return 0
        case 2:
            return 1
        case 3:
            return 2
        case 4:
            return 3
        case 5:
            return 4
        case 7:
            return 5
        case 6:
            return 6
        case _:
            return 6 if byte == ord(",") else 7
