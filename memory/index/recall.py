"""Finds the turns of one room that answer to what is asked.

Two steps. The gists, which stay in memory, choose laminae: all of them while they are few.
The words of those are opened, and every turn in them and in the tail is scored. Then what
the best turns name is asked for in a second pass, for less: that is how an answer is found
that shares no word with the question.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from memory.cc.base import Utterance
from memory.index import asked, gist, postings, scoring
from memory.index.asked import Asked, Term
from memory.index.field import Field, Part, joined
from memory.index.gists import Gists
from memory.index.query import Query
from memory.index.scoring import rarity

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from memory.index.postings import Postings

ALL: Final = 64
"""Laminae that are all opened, whatever their gists say."""
_BEST: Final = 48
"""Of more, those with the best gists; the neighbours of the best fill up to `ALL`."""

_OPEN: Final = 1024
"""Laminae whose words stay open: about 6 kB each."""
_CHUNK: Final = 32
"""Utterances of the tail that are indexed at once."""

_TWICE: Final = 1.6
"""What a stem counts that a lamina has more than once."""
_B: Final = 0.1
"""How much a long lamina is to blame."""

_FIRST: Final = 3
"""Turns whose words are asked for in the second pass."""
_THEIRS: Final = 12
"""Words of theirs."""
_AGAIN: Final = 0.2
"""Weight of the second pass."""

_CROWD: Final = 96
"""Percent of a turn's score that each turn leaves that was chosen within `_NEXT` turns."""
_NEXT: Final = 3
_SPREAD: Final = 60
"""Turns that are chosen so; the others follow by score."""


@dataclass(frozen=True, slots=True)
class Found:
    """A turn that was found."""

    place: int
    """Its place in the log."""
    score: int
    """Higher is better, in thousandths of a bit: what the words tell that it has."""
    why: tuple[str, ...]
    """Words of the query that it answers to, as they were written there."""
    lamina: tuple[int, int] | None
    """First and last place of its lamina; `None` for what is in no lamina yet."""


@dataclass(frozen=True, slots=True)
class _Row:
    """One lamina of the room."""

    span: tuple[int, int]
    words: int
    load: Callable[[], bytes]


class Index:
    """What a room's turns are found by."""

    def __init__(self) -> None:
        self._rows: dict[int, _Row] = {}
        self._number: dict[tuple[int, int], int] = {}
        self._next = 0
        self._gists = Gists()
        self._opened: OrderedDict[int, Postings] = OrderedDict()
        self._tail: list[Utterance] = []
        self._chunks: list[Postings] = []
        """Of the tail, but for the newest utterances."""
        self._rest: Postings | None = None
        """Of the newest, as they were when they were last asked for."""
        self._words_in_all = 0

    def put(self, first: int, last: int, packed: bytes, load: Callable[[], bytes]) -> None:
        """Take in a lamina; what it covers leaves the tail.

        Args:
            first: First place, inclusive.
            last: Last place, inclusive.
            packed: Its gist.
            load: Gives its words; called when the lamina is chosen.

        Raises:
            DamagedRow: The gist is damaged; nothing is changed.
        """
        opened = gist.parse(packed)
        self.drop(first, last)
        number, self._next = self._next, self._next + 1
        size = len(opened.once) + 2 * len(opened.more)
        self._rows[number] = _Row((first, last), size, load)
        self._number[first, last] = number
        self._gists.put(number, opened)
        self._words_in_all += size
        if any(first <= one.place <= last for one in self._tail):
            self._tail = [one for one in self._tail if not first <= one.place <= last]
            self._chunks, self._rest = [], None

    def drop(self, first: int, last: int) -> None:
        """Forget the lamina from `first` to `last`, if it is here."""
        number = self._number.pop((first, last), None)
        if number is not None:
            self._words_in_all -= self._rows.pop(number).words
            self._gists.drop(number)
            self._opened.pop(number, None)

    def hear(self, said: Iterable[Utterance]) -> None:
        """Append `said`, whose places rise, to what is in no lamina yet."""
        self._tail.extend(said)

    def laminae(self, query: Query, most: int) -> list[tuple[tuple[int, int], int]]:
        """Return the laminae that `query` is likeliest about, by resident gists alone.

        Returns:
            At most `most` pairs of a span and its score, in thousandths of a bit; the best
            first, of equals the one with more words, then the earlier.
        """
        scores = self._likely(asked.read(query))
        order = sorted(
            self._rows.items(),
            key=lambda item: (-scores.get(item[0], 0), -item[1].words, item[1].span),
        )
        return [(row.span, scores.get(number, 0)) for number, row in order[:most]]

    def recall(self, query: Query, most: int = 50) -> list[Found]:
        """Return the `most` turns that answer to `query` best, the best first.

        Raises:
            DamagedRow: The words of a lamina are damaged.
        """
        read = asked.read(query)
        field = self._field(read)
        if field is None or not read.terms:
            return []
        bits = self._bits(field, [term.stem for term in read.terms], elsewhere=True)
        terms = read.weighed(bits.__getitem__)
        own = scoring.matched(field, terms)
        scores = scoring.fused(field, own, read)
        scores = self._again(field, terms, read, scores)
        # What was said of something lies together; single facts lie apart.
        order = (_best if read.whole else _ranked)(field, scores, most)
        return [
            Found(
                int(field.places[at]),
                score,
                tuple(terms[one].word for one in own[:, at].nonzero()[0].tolist()),
                field.spans[int(field.lamina[at])],
            )
            for at, score in order
        ]

    def _likely(self, read: Asked) -> dict[int, int]:
        """Return what the gist of each lamina says to what is asked, in thousandths of a bit."""
        have = self._gists.having([term.stem for term in read.terms])
        count = len(self._rows)
        bits = {
            term.stem: rarity(len(whose), count)
            for term, whose in zip(read.terms, have, strict=True)
        }
        kept = {term.stem: term.weight for term in read.weighed(lambda stem: bits[stem])}
        sums: dict[int, float] = {}
        for term, whose in zip(read.terms, have, strict=True):
            weight = kept.get(term.stem, 0.0)
            if weight > 0:
                for number, much in whose.items():
                    worth = weight * (_TWICE if much > 1 else 1.0)
                    sums[number] = sums.get(number, 0.0) + worth
        whole = max(1, self._words_in_all)
        return {
            number: int(1000 * score / (1 - _B + _B * self._rows[number].words * count / whole))
            for number, score in sums.items()
        }

    def _field(self, read: Asked) -> Field | None:
        """Return the turns to look at; `None` if there are none."""
        numbers = sorted(self._rows, key=lambda number: self._rows[number].span)
        chosen = set(numbers)
        if len(numbers) > ALL:
            chosen = _chosen(numbers, self._likely(read))
        parts: list[Part] = []
        follows = True
        for number in numbers:
            if number in chosen:
                parts.append(Part(self._rows[number].span, self._words(number), follows))
            follows = number in chosen
        for chunk in self._tail_words():
            parts.append(Part(None, chunk, follows))
            follows = True
        return joined(parts) if parts else None

    def _tail_words(self) -> "list[Postings]":
        """Return the words of the tail; what has not changed is not read again."""
        while len(self._tail) - len(self._chunks) * _CHUNK >= _CHUNK:
            start = len(self._chunks) * _CHUNK
            some = self._tail[start : start + _CHUNK]
            self._chunks.append(postings.parse(postings.pack(some)))
            self._rest = None
        rest = self._tail[len(self._chunks) * _CHUNK :]
        if not rest:
            return self._chunks
        if self._rest is None or len(self._rest.places) != len(rest):
            self._rest = postings.parse(postings.pack(rest))
        return [*self._chunks, self._rest]

    def _words(self, number: int) -> "Postings":
        opened = self._opened.get(number)
        if opened is None:
            opened = self._opened[number] = postings.parse(self._rows[number].load())
            if len(self._opened) > _OPEN:
                self._opened.popitem(last=False)
        else:
            self._opened.move_to_end(number)
        return opened

    def _bits(
        self, field: Field, stems: Sequence[int], *, elsewhere: bool = False
    ) -> dict[int, float]:
        """Return what each of `stems` tells, in bits.

        Args:
            field: What is open.
            stems: Different ones.
            elsewhere: Whether to count turns in laminae that are not open, by their gists.
        """
        having = dict(zip(stems, field.having(stems), strict=True))
        if elsewhere and len(self._rows) > ALL:
            opened = {self._number[span] for span in field.spans if span is not None}
            for stem, whose in zip(stems, self._gists.having(stems), strict=True):
                having[stem] += sum(n for number, n in whose.items() if number not in opened)
        turns = max(self._gists.turns + len(self._tail), len(field))
        return {stem: rarity(min(turns, count), turns) for stem, count in having.items()}

    def _again(
        self,
        field: Field,
        terms: Sequence[Term],
        read: Asked,
        scores: "NDArray[np.float64]",
    ) -> "NDArray[np.float64]":
        """Return `scores` with what the best turns name asked for too."""
        best = [at for at, _ in _best(field, scores, _FIRST)]
        had = {term.stem for term in terms} | read.names
        said = {at: [stem for stem in field.of(at).tolist() if stem not in had] for at in best}
        bits = self._bits(field, sorted({stem for stems in said.values() for stem in stems}))
        worth: dict[int, float] = {}
        for at, stems in said.items():
            for stem in stems:
                worth[stem] = worth.get(stem, 0.0) + bits[stem] * float(scores[at])
        theirs = sorted(worth, key=lambda stem: (-worth[stem], stem))[:_THEIRS]
        if not theirs:
            return scores
        top = worth[theirs[0]]
        more = tuple(Term(stem, "", bits[stem] * (worth[stem] / top)) for stem in theirs)
        second = scoring.fused(
            field, scoring.matched(field, more), replace(read, terms=more, whole=False)
        )
        whole = float(second.max(initial=0.0))
        if whole <= 0:
            return scores
        return scores + _AGAIN * (second / whole) * float(scores.max(initial=0.0))


def _chosen(numbers: Sequence[int], likely: dict[int, int]) -> set[int]:
    """Return which laminae of `numbers`, in order of places, to open."""
    best = sorted(likely, key=lambda number: (-likely[number], number))[:_BEST]
    chosen = set(best)
    beside: dict[int, list[int]] = {}
    for left, right in pairwise(numbers):
        beside.setdefault(left, []).append(right)
        beside.setdefault(right, []).append(left)
    for number in best:
        for one in beside.get(number, ()):
            if len(chosen) < ALL:
                chosen.add(one)
    return chosen


def _best(field: Field, scores: "NDArray[np.float64]", most: int) -> list[tuple[int, int]]:
    """Return the turns with the best scores, and those, in thousandths of a bit."""
    import numpy as np  # noqa: PLC0415 - only who recalls pays for it

    whole = np.where(field.places >= 0, (scores * 1000).astype(np.int64), 0)
    order = np.lexsort((field.places, -whole))[:most]
    return [(int(at), int(whole[at])) for at in order if whole[at] > 0]


def _ranked(field: Field, scores: "NDArray[np.float64]", most: int) -> list[tuple[int, int]]:
    """Return the best turns, those beside one already chosen a little later."""
    import numpy as np  # noqa: PLC0415 - only who recalls pays for it

    listed = _best(field, scores, max(most, 4 * _SPREAD))
    turns = np.array([turn for turn, _ in listed], np.int64)
    left = np.array([score for _, score in listed], np.int64)
    chosen: list[tuple[int, int]] = []
    for _ in range(min(most, _SPREAD, len(listed))):
        best = int(left.argmax())  # the first of equals: the earlier
        chosen.append((int(turns[best]), int(left[best])))
        beside = np.abs(turns - turns[best]) <= _NEXT
        left[beside] = left[beside] * _CROWD // 100
        left[best] = -1
    taken = left < 0
    rest = [(int(t), int(s)) for t, s in zip(turns[~taken], left[~taken], strict=True)]
    rest.sort(key=lambda item: (-item[1], item[0]))
    return [*chosen, *rest][:most]
