"""How well each of some turns answers to what is asked.

BM25 (Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009) term by term,
and then what a conversation adds: an answer follows its question, so a term that a neighbour
has counts for less but counts; a passage and a lamina that have more of the terms lift their
turns; who is named in the question is likelier to have said it. Scores are added, not ranks.

Every step is an elementwise operation of IEEE doubles in a fixed order, sums too, and
logarithms are whole numbers: the same input gives the same scores on every machine.
"""

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from memory.index.words import ASKS, OWN

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from memory.index.asked import Asked, Term
    from memory.index.field import Field

_K1: Final = 0.8
_B: Final = 0.3
"""BM25's: how soon a repeated word counts no more, and how much a long turn is to blame."""
_NEAR: Final = (0.7, 0.4, 0.2)
"""What a term counts that stands one, two, three turns away."""
_ALONE: Final = 0.4
"""Share of a turn's own words in its score; the rest is with its neighbours'."""
_AROUND: Final = 4
"""Turns to each side that are a passage."""
_PASSAGE: Final = 0.3
"""Weight of the passage."""
_SOON: Final = 1.0
"""Turns of a passage that have a term until one more tells half as much."""
_LAMINA: Final = 0.3
"""Weight of the lamina."""
_SHORT: Final = 16
"""Turns; laminae that begin within so many are one where they lift their turns."""
_NAMED: Final = 0.3
"""How much likelier a turn is whose author is named."""
_KINDS: Final = ((ASKS, -0.1), (OWN, 0.05))
"""How much likelier a turn of a kind is, whatever is asked."""
_WIDE: Final = 61
"""Turns to each side of a long passage, weighed less the further."""
_WHOLE: Final = 1.0
"""Weight of the long passage where what is asked is what was said of something."""

_LATE: Final = 2.0
"""Turns of the long passage that have a term until one more tells half as much."""

_MEANT: Final = 0.4
"""Weight of what an encoder finds alike, where there is one."""

_ONE: Final = 1 << 16


@lru_cache(maxsize=1 << 14)
def rarity(having: int, turns: int) -> float:
    """Return what it tells that a turn has a word, in bits: log2(1 + (N - n + ½) / (n + ½)).

    Args:
        having: Turns that have it, n.
        turns: All turns, N.
    """
    # log2 by repeated squaring in whole numbers, 16 digits after the point.
    above, below = 2 * turns + 2, 2 * having + 1
    shift = max(0, (above // below).bit_length() - 1)
    x, bits = ((above << 30) // below) >> shift, shift
    for _ in range(16):
        x = (x * x) >> 30
        bits <<= 1
        if x >= 1 << 31:
            x >>= 1
            bits += 1
    return bits / _ONE


def matched(field: "Field", terms: "Sequence[Term]") -> "NDArray[np.float64]":
    """Return what each term tells of each turn by the turn's own words: (terms, turns)."""
    import numpy as np  # noqa: PLC0415 - only who recalls pays for it

    often = np.zeros((len(terms), len(field)))
    hit, which = field.find([term.stem for term in terms])
    often[which, field.turns[hit]] = field.often[hit]
    blame = _K1 * (1 - _B + _B * (field.lengths / max(1.0, field.typical)))
    often = (often * (_K1 + 1)) / (often + blame)
    worth = np.array([term.weight for term in terms])
    return often * worth[:, None]


def fused(field: "Field", own: "NDArray[np.float64]", asked: "Asked") -> "NDArray[np.float64]":
    """Return the score of each turn, in bits; `own` is what `matched` gives."""
    import numpy as np  # noqa: PLC0415 - only who recalls pays for it

    if not len(own):
        return np.zeros(len(field))
    alone = _sum(own)
    best = float(alone.max(initial=0.0))
    if best <= 0:
        return np.zeros(len(field))
    most = own.max(axis=1, keepdims=True)
    scores = _ALONE * (alone / best) + (1 - _ALONE) * _even(_sum(_near(own, most)))
    scores += _PASSAGE * _even(_sum(_passages(own, most)))
    topic = _topics(field)
    scores += _LAMINA * _even(_sum(_of_topics(topic, own, most)))[topic]
    if asked.named:
        ids = [at for at, name in enumerate(field.names) if name in asked.named]
        scores *= 1 + _NAMED * np.isin(field.authors, ids)
    for mark, more in (*_KINDS, *asked.kinds):
        scores *= 1 + more * ((field.marks & mark) > 0)
    return scores * best


def whole(scores: "NDArray[np.float64]", own: "NDArray[np.float64]") -> "NDArray[np.float64]":
    """Return scores for what asks what was said of something: long passages come first."""
    if not len(own):
        return scores
    most = own.max(axis=1, keepdims=True)
    long = _even(_sum(_long(own, most)))
    long *= long  # twice: the best passages, and not a little of all
    return scores + (_WHOLE * float(scores.max(initial=0.0))) * (long * long)


def meant(scores: "NDArray[np.float64]", alike: "NDArray[np.float64]") -> "NDArray[np.float64]":
    """Return scores with likeness in meaning: the best of either counts as `_MEANT` to 1."""
    best = float(scores.max(initial=0.0)) or 1.0
    squared = alike * alike  # what is not like at all is a little like everything
    return scores + (_MEANT * best) * _even(squared)


def _sum(rows: "NDArray[np.float64]") -> "NDArray[np.float64]":
    """Add rows, one after the other: NumPy's own sum adds in an order of its own."""
    total = rows[0].copy()
    for row in rows[1:]:
        total += row
    return total


def _even(scores: "NDArray[np.float64]") -> "NDArray[np.float64]":
    return scores / (float(scores.max(initial=0.0)) or 1.0)


def _near(own: "NDArray[np.float64]", most: "NDArray[np.float64]") -> "NDArray[np.float64]":
    """Return what each term tells where neighbours lend it, never more than at its best."""
    import numpy as np  # noqa: PLC0415 - only who recalls pays for it

    lent = own.copy()
    for far, share in enumerate(_NEAR, 1):
        part = share * own
        lent[:, far:] += part[:, :-far]
        lent[:, :-far] += part[:, far:]
    return np.minimum(lent, most)


def _passages(own: "NDArray[np.float64]", most: "NDArray[np.float64]") -> "NDArray[np.float64]":
    """Return how much of each term the turns around each have, the second mention less."""
    import numpy as np  # noqa: PLC0415 - only who recalls pays for it

    share = _box(np.minimum(own / (most + 1e-9), 0.6), _AROUND)
    return (share / (share + _SOON)) * np.sqrt(most)


def _topics(field: "Field") -> "NDArray[np.int64]":
    """Return a number for each turn's lamina, the same for short ones that lie together.

    However a past is parted, turns are lifted by about as many around them.
    """
    import numpy as np  # noqa: PLC0415 - only who recalls pays for it

    sizes = np.bincount(field.lamina)
    block = (sizes.cumsum() - sizes) // _SHORT
    return np.concatenate(([0], (block[1:] != block[:-1]).cumsum()))[field.lamina]


def _of_topics(
    topic: "NDArray[np.int64]", own: "NDArray[np.float64]", most: "NDArray[np.float64]"
) -> "NDArray[np.float64]":
    """Return how much of each term each topic has: (terms, topics)."""
    import numpy as np  # noqa: PLC0415 - only who recalls pays for it

    count = int(topic[-1]) + 1
    mass = np.stack([np.bincount(topic, row, count) for row in own])
    share = mass / (most + 1e-9)
    return (share / (share + 1)) * most


def _long(own: "NDArray[np.float64]", most: "NDArray[np.float64]") -> "NDArray[np.float64]":
    """Return how much of each term the long passage around each turn has, less far away."""
    once = _box(own / (most + 1e-9), _WIDE // 2)
    twice = _box(once, _WIDE // 2) / _WIDE
    return (twice / (twice + _LATE)) * most


def _box(rows: "NDArray[np.float64]", far: int) -> "NDArray[np.float64]":
    """Return sums over `far` neighbours to each side and the turn itself."""
    import numpy as np  # noqa: PLC0415 - only who recalls pays for it

    terms, count = rows.shape
    sums = np.zeros((terms, count + 2 * far + 1))
    np.cumsum(rows, axis=1, out=sums[:, far + 1 : far + 1 + count])
    sums[:, far + 1 + count :] = sums[:, far + count : far + count + 1]
    return sums[:, 2 * far + 1 :] - sums[:, :count]
