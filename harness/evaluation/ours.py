"""Our own index as a ranker: the same leaf, index and recall that a room uses.

A conversation's sittings are its laminae; where the set knows none, it is delaminated. What
was said is heard first and put away lamina by lamina, so the way is the one a room goes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from harness.evaluation.rankers import Opened
from harness.evaluation.talks import Question, Talk
from memory.delaminate import cut
from memory.index import gist
from memory.index.leaf import Leaf, leaf
from memory.index.query import Query
from memory.index.recall import Index


@dataclass(frozen=True, slots=True)
class Enfold:
    """Our index, without a neural net."""

    parts: int | None = None
    """Into how many laminae a conversation is cut; `None` for its sittings, or by topic."""
    resident: int = gist.MOST
    """Bytes a lamina's gist has at most."""
    name: str = "enfold"

    def open(self, talk: Talk) -> Opened:
        """Read a conversation."""
        return _Enfold(talk, laminae(talk, self.parts), self.resident)


def laminae(talk: Talk, parts: int | None = None) -> list[tuple[int, int]]:
    """Return the spans that are laminae: first and last place of each, in order.

    Args:
        talk: The conversation.
        parts: How many; `None` for its sittings, or for as many as it has topics.
    """
    if parts is None and talk.spans:
        return list(talk.spans)
    starts = cut(talk.utterances, parts)
    edges = [0, *(start for start in starts if start), len(talk.lines)]
    return [(first, after - 1) for first, after in pairwise(edges)]


class _Enfold:
    def __init__(self, talk: Talk, spans: Sequence[tuple[int, int]], resident: int) -> None:
        self._names = talk.names
        self._index = Index()
        said = talk.utterances
        self._index.hear(said)
        sizes = {"words": 0, "gist": 0, "code": 0}
        for first, last in spans:
            row = leaf(first, last, said[first : last + 1])
            kept = row.gist
            if resident != gist.MOST:
                kept = gist.pack(said[first : last + 1], resident)
            self._put(row, kept)
            sizes["words"] += len(row.words)
            sizes["gist"] += len(kept)
            sizes["code"] += len(row.code)
        self._sizes = sizes

    def _put(self, row: Leaf, kept: bytes) -> None:
        self._index.put(row.first, row.last, kept, lambda: row.words)

    @property
    def bytes(self) -> Mapping[str, int]:
        return self._sizes

    def rank(self, question: Question, most: int) -> Sequence[int]:
        query = Query(question.text, names=self._names)
        return [found.place for found in self._index.recall(query, most)]

    def sittings(self, question: Question, most: int) -> Sequence[tuple[int, int]]:
        query = Query(question.text, names=self._names)
        return [span for span, _ in self._index.laminae(query, most)]
