"""Finds turns of one room by what is asked: thin."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from memory.cc.base import Utterance
from memory.index import gist, postings
from memory.index.query import Query
from memory.index.words import hashed, words


@dataclass(frozen=True, slots=True)
class Found:
    """A turn that was found."""

    place: int
    """Its place in the log."""
    score: int
    """Higher is better."""
    why: tuple[str, ...]
    """Words of the query that it answers to, as they were written there."""
    lamina: tuple[int, int] | None
    """First and last place of its lamina; `None` for what is in no lamina yet."""


class Index:
    """What a room's turns are found by."""

    def __init__(self) -> None:
        self._laminae: dict[tuple[int, int], tuple[gist.Gist, Callable[[], bytes]]] = {}
        self._tail: list[Utterance] = []

    def put(self, first: int, last: int, packed: bytes, load: Callable[[], bytes]) -> None:
        """Take in a lamina; what it covers leaves the tail.

        Args:
            first: First place, inclusive.
            last: Last place, inclusive.
            packed: Its gist.
            load: Gives its words; called when the lamina is chosen.

        Raises:
            DamagedRow: The gist is damaged.
        """
        self._laminae[first, last] = gist.parse(packed), load
        self._tail = [one for one in self._tail if not first <= one.place <= last]

    def drop(self, first: int, last: int) -> None:
        """Forget the lamina from `first` to `last`, if it is here."""
        self._laminae.pop((first, last), None)

    def hear(self, said: Iterable[Utterance]) -> None:
        """Append `said` to what is in no lamina yet."""
        self._tail.extend(said)

    def laminae(self, query: Query, most: int) -> list[tuple[tuple[int, int], int]]:
        """Return the `most` laminae that `query` is likeliest about, by resident gists alone."""
        asked = {hashed(stem) for _, stem in words(query.text)}
        scored: list[tuple[tuple[int, int], int]] = []
        for span, (one, _) in self._laminae.items():
            held = {*one.once.tolist(), *one.more.tolist()}
            scored.append((span, sum((h >> 20 - one.bits) in held for h in asked)))
        return sorted(scored, key=lambda item: (-item[1], item[0]))[:most]

    def recall(self, query: Query, most: int = 50) -> list[Found]:
        """Return the `most` turns that answer to `query` best, the best first."""
        asked = {hashed(stem): word for word, stem in words(query.text)}
        found: list[Found] = []
        opened: list[tuple[tuple[int, int] | None, postings.Postings]] = [
            (span, postings.parse(load())) for span, (_, load) in self._laminae.items()
        ]
        if self._tail:
            opened.append((None, postings.parse(postings.pack(self._tail))))
        for span, one in opened:
            held: dict[int, list[str]] = {}
            for h, turn in zip(one.stems.tolist(), one.turns.tolist(), strict=True):
                if h in asked:
                    held.setdefault(turn, []).append(asked[h])
            found += [
                Found(int(one.places[turn]), len(why), tuple(why), span)
                for turn, why in held.items()
            ]
        return sorted(found, key=lambda one: (-one.score, one.place))[:most]
