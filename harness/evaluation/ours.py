"""Our own index as a ranker: the same leaf, index and recall that a room uses.

A conversation's sittings are its laminae; where the set knows none, it is delaminated. What
was said is heard first and put away lamina by lamina, so the way is the one a room goes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from harness.evaluation.talks import Question, Span, Talk
from memory.cc.base import Utterance
from memory.delaminate import cut
from memory.index import gist
from memory.index.leaf import leaf
from memory.index.query import Query
from memory.index.recall import Found, Index

if TYPE_CHECKING:
    from memory.index.vectors import Likeness


@dataclass(frozen=True, slots=True)
class Enfold:
    """Our index, without a neural net."""

    split: int = 1
    """Into how many parts each lamina is delaminated, as far as it has lines."""
    resident: int = gist.MOST
    """Bytes a lamina's gist has at most."""
    name: str = "enfold"

    def open(self, talk: Talk) -> "Indexed":
        """Read a conversation."""
        return Indexed(talk, self.split, self.resident)


def laminae(talk: Talk) -> list[Span]:
    """Return the spans that are laminae, in order: its sittings, or else its topics."""
    if talk.spans or not talk.lines:
        return list(talk.spans)
    return parts(talk, (0, len(talk.lines) - 1), None)


def parts(talk: Talk, span: Span, count: int | None) -> list[Span]:
    """Return `count` spans that tile `span`, fewer if it has fewer lines; `None`: by topic."""
    first, last = span
    starts = cut(talk.utterances[first : last + 1], count)
    edges = [first, *(first + start for start in starts), last + 1]
    return [(one, after - 1) for one, after in pairwise(edges)]


class Indexed:
    """A conversation in our index."""

    def __init__(self, talk: Talk, split: int, resident: int) -> None:
        self._names = talk.names
        self._index = Index()
        self._whole: dict[Span, Span] = {}
        """The lamina that each part is of."""
        said = talk.utterances
        self._index.hear(said)
        self._sizes = {"words": 0, "gist": 0, "code": 0}
        self._residents: list[int] = []
        for whole in laminae(talk):
            for part in [whole] if split == 1 else parts(talk, whole, split):
                self._whole[part] = whole
                self._put(part, said[part[0] : part[1] + 1], resident)

    def _put(self, part: Span, said: Sequence[Utterance], resident: int) -> None:
        row = leaf(*part, said)
        kept = row.gist if resident == gist.MOST else gist.pack(said, resident)
        self._index.put(*part, kept, lambda: row.words)
        self._sizes["words"] += len(row.words)
        self._sizes["gist"] += len(kept)
        self._sizes["code"] += len(row.code)
        self._residents.append(len(kept))

    @property
    def bytes(self) -> Mapping[str, int]:
        """What the index rows take, by column."""
        return self._sizes

    @property
    def residents(self) -> Sequence[int]:
        """Bytes of each lamina's gist."""
        return self._residents

    def found(
        self, question: Question, most: int, like: "Likeness | None" = None
    ) -> list[Found]:
        """Return at most `most` turns, the best first, as a room is given them.

        Args:
            question: What is asked.
            most: Turns.
            like: How alike in meaning each of some places is to the question, from 0 to 1.
        """
        return self._index.recall(self._query(question), most, like)

    def rank(self, question: Question, most: int) -> Sequence[int]:
        """Return their places. See `Opened.rank`."""
        return [found.place for found in self.found(question, most)]

    def sittings(self, question: Question, most: int) -> Sequence[Span]:
        """Return spans by their gists alone; parts stand for what they were split from."""
        ranked = self._index.laminae(self._query(question), len(self._whole))
        return list(dict.fromkeys(self._whole[span] for span, _ in ranked))[:most]

    def _query(self, question: Question) -> Query:
        return Query(question.text, names=self._names)
