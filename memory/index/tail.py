"""The words of what was said last and is in no lamina yet.

A turn adds a line or two, so what is known of the others stays, and only the new ones are
read: what that takes does not depend on how long the tail is.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from memory.cc.base import Utterance
from memory.index.postings import OFTEN, Postings
from memory.index.words import hashed, marks, words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Tail:
    """Utterances in order of places, and their words."""

    def __init__(self) -> None:
        self._new: list[Utterance] = []
        """Not read yet."""
        self._read: Postings | None = None
        """Of all others."""

    def __len__(self) -> int:
        return len(self._new) + (0 if self._read is None else len(self._read.places))

    def hear(self, said: Iterable[Utterance]) -> None:
        """Append `said`, whose places rise."""
        self._new.extend(said)

    def leave(self, first: int, last: int) -> None:
        """Forget what was said from place `first` to `last`, both inclusive."""
        self._new = [one for one in self._new if not first <= one.place <= last]
        if self._read is not None:
            places = self._read.places
            self._read = _without(self._read, (first <= places) & (places <= last))

    def words(self) -> Postings:
        """Return the words of all of it; not in order of stems."""
        if self._new or self._read is None:
            self._read = _with(self._read, self._new)
            self._new = []
        return self._read


def _with(known: Postings | None, said: list[Utterance]) -> Postings:
    """Return `known` with the words of what was said after it."""
    import numpy as np  # noqa: PLC0415 - only who recalls pays for it

    names = {} if known is None else {name: at for at, name in enumerate(known.names)}
    start = 0 if known is None else len(known.places)
    found = [Counter(hashed(stem) for _, stem in words(one.text)) for one in said]
    columns = (
        [one.place for one in said],
        [names.setdefault(one.author, len(names)) for one in said],
        [counts.total() for counts in found],
        [marks(one.text) for one in said],
    )
    rows = (
        [stem for counts in found for stem in counts],
        [start + at for at, counts in enumerate(found) for _ in counts],
        [min(often, OFTEN) for counts in found for often in counts.values()],
    )
    places, authors, lengths, kinds = (np.array(column, np.int64) for column in columns)
    stems, turns, often = (np.array(row, np.int32) for row in rows)
    if known is None:
        return Postings(places, authors, tuple(names), lengths, kinds, stems, turns, often)
    return Postings(
        np.concatenate([known.places, places]),
        np.concatenate([known.authors, authors]),
        tuple(names),
        np.concatenate([known.lengths, lengths]),
        np.concatenate([known.marks, kinds]),
        np.concatenate([known.stems, stems]),
        np.concatenate([known.turns, turns]),
        np.concatenate([known.often, often]),
    )


def _without(known: Postings, gone: "NDArray[np.bool_]") -> Postings:
    """Return `known` without the turns that are `gone`."""
    import numpy as np  # noqa: PLC0415 - only who recalls pays for it

    stay = ~gone
    after = (np.cumsum(stay) - 1).astype(np.int32)
    here = stay[known.turns]
    return replace(
        known,
        places=known.places[stay],
        authors=known.authors[stay],
        lengths=known.lengths[stay],
        marks=known.marks[stay],
        stems=known.stems[here],
        turns=after[known.turns[here]],
        often=known.often[here],
    )
