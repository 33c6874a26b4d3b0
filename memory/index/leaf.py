"""The index row of one lamina: what stays resident, what is opened, and what is read.

A pure function of the utterances: the same words give the same bytes on every machine.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from memory.cc.base import Utterance
from memory.cc.units import clean
from memory.index import gist, postings
from memory.index.words import words

CODE: Final = 96
"""Bytes of the readable code at most."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """The index row of one lamina."""

    first: int
    """First place, inclusive."""
    last: int
    """Last place, inclusive."""
    gist: bytes
    """Hashes of its stems, at most 256 bytes: resident, and part of cc."""
    words: bytes
    """Which turn has which stems."""
    code: bytes
    """What it is about, readable, UTF-8, at most 192 bytes."""


def leaf(first: int, last: int, said: Sequence[Utterance]) -> Leaf:
    """Return the index row of the lamina from `first` to `last`.

    Args:
        first: First place, inclusive.
        last: Last place, inclusive.
        said: What all could read of it, in order of places: `harness.keeper.utterances`.

    Raises:
        ValueError: A place is outside of the lamina, or they do not rise.
    """
    places = [one.place for one in said]
    if places != sorted(set(places)) or (
        places and not first <= places[0] <= places[-1] <= last
    ):
        raise ValueError(f"utterances that do not lie in places {first} to {last} in order")
    return Leaf(first, last, gist.pack(said), postings.pack(said), _code(said))


def _code(said: Sequence[Utterance]) -> bytes:
    """Return the words that most of it turns on, as they were written."""
    counts: Counter[str] = Counter()
    written: dict[str, str] = {}
    for one in said:
        for word, stem in words(clean(one.text)):
            counts[stem] += 1 + (word[0].isupper() and not word.isupper())
            written.setdefault(stem, word)
    out = ""
    for stem, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        longer = f"{out}, {written[stem]}" if out else written[stem]
        if len(longer.encode()) <= CODE:
            out = longer
    return out.encode()
