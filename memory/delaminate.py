"""Where a lamina is cut into several, and which neighbours are one again.

A good cut lies where the words before it and after it have least in common (Hearst,
"TextTiling", Computational Linguistics 23(1), 1997), not between a question and its answer,
not amid one author's turns, and not far from the middle. The largest part is cut in two
until there are as many as wanted, or until every part is small enough: so what was cut and
is cut again stays as it is. Whole numbers throughout; each halving looks at each turn once.
"""

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from heapq import heappop, heappush
from math import isqrt
from typing import Final

from memory.cc.base import Utterance
from memory.index.words import ASKS, hashed, marks, words

LARGEST: Final = 8192
"""Bytes of text that a part has at most, if it has more than one turn."""
SMALLEST: Final = 2048
"""Bytes of text below which a part is better joined with a neighbour."""

_WINDOW: Final = 8
"""Turns to each side of a cut that are compared."""
_ANSWER: Final = 250
"""Thousandths that a cut loses between a question and what follows."""
_SAME: Final = 60
"""The same, between turns of one author."""
_MIDDLE: Final = 300
"""The same, at the very edge."""
_SURPRISE: Final = 200
"""Thousandths that a cut gains where the next turn surprised twice as much as usual."""
_KIN: Final = 350
"""Thousandths of likeness from which neighbours speak of the same."""


def cut(
    said: Sequence[Utterance], parts: int | None, bits: Sequence[int] | None = None
) -> list[int]:
    """Return where to split `said`: the index of the first turn of each part but the first.

    Args:
        said: Turns in order.
        parts: How many parts; as many as there are turns if that is less. `None` cuts until
            no part of several turns has more than `LARGEST` bytes.
        bits: What each turn told a byte model, in any unit, if that is known.

    Raises:
        ValueError: `parts` is below 1, or `bits` are not as many as turns.
    """
    if parts is not None and parts < 1:
        raise ValueError(f"{parts} parts; it takes 1 or more")
    if bits is not None and len(bits) != len(said):
        raise ValueError(f"surprise of {len(bits)} turns for {len(said)}")
    stems = [_stems(one.text) for one in said]
    sizes = [len(one.text.encode("utf-8", "replace")) for one in said]
    whole = sum(sizes)
    waiting = [(-whole, 0, len(said))]
    cuts: list[int] = []
    while waiting and (parts is None or len(cuts) + 1 < parts):
        size, first, end = heappop(waiting)
        if end - first < 2 or (parts is None and -size <= LARGEST):
            continue
        at = first + _best(
            said[first:end],
            stems[first:end],
            sizes[first:end],
            bits[first:end] if bits is not None else None,
        )
        cuts.append(at)
        heappush(waiting, (-sum(sizes[first:at]), first, at))
        heappush(waiting, (-sum(sizes[at:end]), at, end))
    return sorted(cuts)


def joinable(left: Sequence[Utterance], right: Sequence[Utterance]) -> bool:
    """Return whether two neighbours are better as one lamina.

    They are if one is very small, or both are small and speak of the same; never if `cut`
    would take them apart again.
    """
    sizes = [
        sum(len(one.text.encode("utf-8", "replace")) for one in part) for part in (left, right)
    ]
    if sum(sizes) > LARGEST:
        return False
    if min(sizes) < SMALLEST:
        return True
    counts = [sum((_stems(one.text) for one in part), Counter[int]()) for part in (left, right)]
    return _likeness(*counts) >= _KIN


def _best(
    said: Sequence[Utterance],
    stems: Sequence[Counter[int]],
    sizes: Sequence[int],
    bits: Sequence[int] | None,
) -> int:
    """Return where to cut a part of two turns at least."""
    end, whole = len(said), max(1, sum(sizes))
    left: Counter[int] = Counter(stems[0])
    right: Counter[int] = Counter()
    for one in stems[1 : 1 + _WINDOW]:
        right.update(one)
    usual = max(1, sum(bits) // end) if bits is not None else 1
    before = 0
    best, where = None, 1
    for at in range(1, end):
        before += sizes[at - 1]
        worth = 1000 - _likeness(left, right)
        worth -= _ANSWER * bool(marks(said[at - 1].text) & ASKS)
        worth -= _SAME * (said[at - 1].author == said[at].author)
        worth -= _MIDDLE * abs(2 * before - whole) // whole
        if bits is not None:
            worth += _SURPRISE * min(2 * usual, bits[at]) // (2 * usual)
        if best is None or worth > best:
            best, where = worth, at
        left.update(stems[at])
        if at >= _WINDOW:
            _less(left, stems[at - _WINDOW])
        _less(right, stems[at])
        if at + _WINDOW < end:
            right.update(stems[at + _WINDOW])
    return where


def _less(counts: Counter[int], gone: Counter[int]) -> None:
    """Take `gone` from `counts`, and what is left with none."""
    for stem, often in gone.items():
        counts[stem] -= often
        if not counts[stem]:
            del counts[stem]


def _likeness(left: Counter[int], right: Counter[int]) -> int:
    """Return the cosine of two counts of stems, in thousandths."""
    if len(left) > len(right):
        left, right = right, left
    common = sum(often * right[stem] for stem, often in left.items() if stem in right)
    lengths = sum(n * n for n in left.values()) * sum(n * n for n in right.values())
    return isqrt(1_000_000 * common * common // lengths) if lengths else 0


@lru_cache(maxsize=1024)
def _stems(text: str) -> Counter[int]:
    return Counter(hashed(stem) for _, stem in words(text))
