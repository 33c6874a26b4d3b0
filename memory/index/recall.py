"""Finds the turns of one room that answer to what is asked.

Two steps. The gists, which stay in memory, choose laminae: all of them while they are few.
The words of those are opened, and every turn in them and in the tail is scored. Then what
the best turns name is asked for in a second pass, for less: that is how an answer is found
that shares no word with the question.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from memory.cc.base import Utterance
from memory.index import asked, gist, postings, scoring
from memory.index.asked import Asked, Term
from memory.index.field import Field, Part, joined
from memory.index.gists import Gists, Having
from memory.index.query import Query
from memory.index.scoring import rarity
from memory.index.tail import Tail
from memory.index.words import ASKS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from memory.index.postings import Postings
    from memory.index.vectors import Likeness

OPEN: Final = 768
"""Turns of laminae that a recall looks at. While a room has no more, all are opened; of more,
those with the best gists, so that what a recall takes does not grow with the room."""
_BESIDE: Final = 10
"""Percent of these for the neighbours of the best."""
_FITS: Final = 32
"""Laminae after the best that may fill what is left."""

_OPEN: Final = 3072
"""Laminae whose words stay open: about 6 kB each."""
_CHUNK: Final = 32
"""Utterances of the tail that are scored as if they were a lamina."""

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


_SAME: Final = 2
"""Words of a query that two turns must have, and no turn more, to be of the same thing."""

_AS_WELL: Final = 70
"""Percent of the best score that a turn must have that comes before it for being newer."""


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
    turns: int
    load: Callable[[], bytes]


@dataclass(frozen=True, slots=True, eq=False)
class _Order:
    """The laminae in order of places."""

    numbers: "NDArray[np.int64]"
    """(laminae,) their numbers."""
    at: "NDArray[np.int64]"
    """(numbers given so far,) where each is; -1 for those that are no more."""
    words: "NDArray[np.int64]"
    """(laminae,) how many words each has."""
    turns: "NDArray[np.int64]"
    """(laminae,) how many turns each has."""


class Index:
    """What a room's turns are found by."""

    def __init__(self) -> None:
        self._rows: dict[int, _Row] = {}
        self._number: dict[tuple[int, int], int] = {}
        self._next = 0
        self._gists = Gists()
        self._opened: OrderedDict[int, Postings] = OrderedDict()
        self._tail = Tail()
        self._order: _Order | None = None

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
        self._rows[number] = _Row((first, last), size, opened.turns, load)
        self._number[first, last] = number
        self._gists.put(number, opened)
        self._order = None
        self._tail.leave(first, last)

    def drop(self, first: int, last: int) -> None:
        """Forget the lamina from `first` to `last`, if it is here."""
        number = self._number.pop((first, last), None)
        if number is not None:
            del self._rows[number]
            self._order = None
            self._gists.drop(number)
            self._opened.pop(number, None)

    def hear(self, said: Iterable[Utterance]) -> None:
        """Append `said`, whose places rise, to what is in no lamina yet."""
        self._tail.hear(said)

    def laminae(self, query: Query, most: int) -> list[tuple[tuple[int, int], int]]:
        """Return the laminae that `query` is likeliest about, by resident gists alone.

        Returns:
            At most `most` pairs of a span and its score, in thousandths of a bit; the best
            first, of equals the one with more words, then the earlier.
        """
        read = asked.read(query)
        order = self._in_order()
        scores = self._likely(order, self._having(read), read).tolist()
        rows = [self._rows[number] for number in order.numbers.tolist()]
        best = sorted(
            zip(rows, scores, strict=True),
            key=lambda one: (-one[1], -one[0].words, one[0].span),
        )
        return [(row.span, score) for row, score in best[:most]]

    def recall(
        self,
        query: Query,
        most: int = 50,
        like: "Likeness | None" = None,
    ) -> list[Found]:
        """Return the `most` turns that answer to `query` best, the best first.

        Args:
            query: What is asked.
            most: Turns at most.
            like: How alike in meaning each of some places is to what is asked, from 0 to 1, if
                there is an encoder: `memory.index.vectors`. It is fused with the words' scores.

        Raises:
            DamagedRow: The words of a lamina are damaged.
        """
        read = asked.read(query)
        having = self._having(read) if self._gists.turns > OPEN else None
        field = self._field(read, having)
        if field is None or not (read.terms or like):
            return []
        bits = self._bits(field, [term.stem for term in read.terms], having)
        terms = read.weighed(bits.__getitem__)
        own = scoring.matched(field, terms)
        scores = scoring.fused(field, own, read)
        scores = self._again(field, terms, read, scores)
        if read.whole:
            scores = scoring.whole(scores, own)
        if like is not None:
            scores = scoring.meant(scores, like(field.places))
        # What was said of something lies together; single facts lie apart.
        order = (_best if read.whole else _ranked)(field, scores, most)
        if query.now >= 0 and not read.whole:
            order = _newest_first(field, own, order)
        return [
            Found(
                int(field.places[at]),
                score,
                tuple(terms[one].word for one in own[:, at].nonzero()[0].tolist()),
                field.spans[int(field.lamina[at])],
            )
            for at, score in order
        ]

    def _having(self, read: Asked) -> Having:
        """Return which laminae have each stem that is asked for, by their gists."""
        return self._gists.having([term.stem for term in read.terms])

    def _in_order(self) -> _Order:
        """Return the laminae in order of places."""
        import numpy as np  # noqa: PLC0415 - only who recalls pays for it

        if self._order is None:
            rows = sorted(self._rows.items(), key=lambda item: item[1].span)
            at = np.full(self._next, -1, np.int64)
            at[[number for number, _ in rows]] = np.arange(len(rows))
            self._order = _Order(
                np.array([number for number, _ in rows], np.int64),
                at,
                np.array([row.words for _, row in rows], np.int64),
                np.array([row.turns for _, row in rows], np.int64),
            )
        return self._order

    def _likely(self, order: _Order, having: Having, read: Asked) -> "NDArray[np.int64]":
        """Return what the gist of each lamina says to what is asked, in thousandths of a bit."""
        import numpy as np  # noqa: PLC0415 - only who recalls pays for it

        count = len(order.numbers)
        if not count:
            return np.zeros(0, np.int64)
        stems = [term.stem for term in read.terms]
        laminae = np.bincount(having.which, minlength=len(stems)).tolist()
        bits = {
            stem: rarity(min(count, some), count)
            for stem, some in zip(stems, laminae, strict=True)
        }
        worth = {term.stem: term.weight for term in read.weighed(bits.__getitem__)}
        weights = np.array([worth.get(stem, 0.0) for stem in stems])[having.which]
        weights[having.often > 1] *= _TWICE
        sums = np.bincount(order.at[having.numbers], weights, count)
        typical = max(1.0, int(order.words.sum()) / count)
        return (1000 * sums / (1 - _B + _B * (order.words / typical))).astype(np.int64)

    def _field(self, read: Asked, having: Having | None) -> Field | None:
        """Return the turns to look at; `None` if there are none."""
        order = self._in_order()
        places = range(len(order.numbers))
        if having is not None:
            places = _chosen(self._likely(order, having, read), order.turns)
        parts: list[Part] = []
        before = -1
        for place in places:
            number = int(order.numbers[place])
            follows = place == before + 1
            parts.append(Part(self._rows[number].span, self._words(number), follows))
            before = place
        follows = before + 1 == len(order.numbers)
        if self._tail:
            parts.append(Part(None, self._tail.words(), follows, _CHUNK))
        return joined(parts) if parts else None

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
        self, field: Field, stems: Sequence[int], elsewhere: Having | None
    ) -> dict[int, float]:
        """Return what each of `stems` tells, in bits.

        Args:
            field: What is open.
            stems: Different ones.
            elsewhere: Which laminae have each by their gists; `None` if all are open.
        """
        import numpy as np  # noqa: PLC0415 - only who recalls pays for it

        having = field.having(stems)
        if elsewhere is not None:
            closed = np.ones(self._next, np.bool_)
            closed[[self._number[span] for span in field.spans if span is not None]] = False
            there = closed[elsewhere.numbers]
            which, often = elsewhere.which[there], elsewhere.often[there]
            more = np.bincount(which, often, len(stems)).astype(np.int64)
            having = [a + b for a, b in zip(having, more.tolist(), strict=True)]
        turns = max(self._gists.turns + len(self._tail), len(field))
        return {
            stem: rarity(min(turns, count), turns)
            for stem, count in zip(stems, having, strict=True)
        }

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
        bits = self._bits(
            field, sorted({one for stems in said.values() for one in stems}), None
        )
        worth: dict[int, float] = {}
        for at, stems in said.items():
            for stem in stems:
                worth[stem] = worth.get(stem, 0.0) + bits[stem] * float(scores[at])
        theirs = sorted(worth, key=lambda stem: (-worth[stem], stem))[:_THEIRS]
        if not theirs:
            return scores
        top = worth[theirs[0]]
        more = tuple(Term(stem, "", bits[stem] * (worth[stem] / top)) for stem in theirs)
        second = scoring.fused(field, scoring.matched(field, more), replace(read, terms=more))
        whole = float(second.max(initial=0.0))
        if whole <= 0:
            return scores
        return scores + _AGAIN * (second / whole) * float(scores.max(initial=0.0))


def _chosen(likely: "NDArray[np.int64]", turns: "NDArray[np.int64]") -> list[int]:
    """Return which laminae to open, by their places in order: the best, and beside them.

    Args:
        likely: (laminae,) what their gists say.
        turns: (laminae,) how many each has.
    """
    import numpy as np  # noqa: PLC0415 - only who recalls pays for it

    ranked = np.argsort(-likely, kind="stable")
    most = OPEN * (100 - _BESIDE) // 100
    best = max(1, int(turns[ranked].cumsum().searchsorted(most, "right")))
    first = ranked[:best].tolist()
    chosen = set(first)
    left = OPEN - int(turns[first].sum())
    beside = [place + step for place in first for step in (-1, 1)]
    for place in (*beside, *ranked[best : best + _FITS].tolist()):
        if 0 <= place < len(turns) and place not in chosen and turns[place] <= left:
            chosen.add(place)
            left -= int(turns[place])
    return sorted(chosen)


def _newest_first(
    field: Field, own: "NDArray[np.float64]", order: list[tuple[int, int]]
) -> list[tuple[int, int]]:
    """Return `order`, those that have every word that any has by age: the last word holds.

    Who asks again says the words too, and is left where they are.

    Args:
        field: The turns.
        own: (terms, turns) what each tells by its own words.
        order: Turns with their scores, the best first.
    """
    has = own > 0
    had = has.sum(axis=0)
    most = int(has.any(axis=1).sum())
    at = [
        rank
        for rank, (turn, score) in enumerate(order)
        if most >= _SAME
        and had[turn] == most
        and not field.marks[turn] & ASKS
        and 100 * score >= _AS_WELL * order[0][1]
    ]
    newest = sorted((order[rank][0] for rank in at), key=lambda turn: -int(field.places[turn]))
    told = list(order)
    for rank, turn in zip(at, newest, strict=True):
        told[rank] = turn, order[rank][1]
    return told


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
