"""Full-text search with what a conversation adds: neighbours, speakers, sittings.

The strongest ranker of the kind that a few lines of SQL make: scores divided by the best one,
then half the line's own, a quarter of its better neighbour's, an eighth if the question names
who said it, and 0.15 of its sitting's. The weights were set once, before any of ours.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from harness.evaluation.rankers import Opened, Words
from harness.evaluation.talks import Question, Span, Talk

OWN: Final = 0.5
NEIGHBOUR: Final = 0.25
SPEAKER: Final = 0.12
SITTING: Final = 0.15


class Priors:
    """FTS5 and three priors."""

    name = "fts5+priors"

    def open(self, talk: Talk) -> Opened:
        """Read a conversation."""
        return _Priors(talk)


class _Priors:
    def __init__(self, talk: Talk) -> None:
        self._talk = talk
        self._lines = Words(line.told for line in talk.lines)
        self._sittings = Words(
            " ".join(line.told for line in talk.lines[first : last + 1])
            for first, last in talk.spans
        )
        self._sitting = {
            place: number
            for number, (first, last) in enumerate(talk.spans)
            for place in range(first, last + 1)
        }

    @property
    def bytes(self) -> Mapping[str, int]:
        return {"full text": self._lines.bytes + self._sittings.bytes}

    @property
    def residents(self) -> Sequence[int]:
        return ()

    def rank(self, question: Question, most: int) -> Sequence[int]:
        own = self._lines.scores(question.text)
        sittings = self._sittings.scores(question.text)
        asked = question.text.casefold()
        scores: dict[int, float] = {}
        for line in self._talk.lines:
            at, sitting = line.place, self._sitting.get(line.place)
            near = max(
                own.get(other, 0.0) if self._sitting.get(other) == sitting else 0.0
                for other in (at - 1, at + 1)
            )
            score = OWN * own.get(at, 0.0) + NEIGHBOUR * near
            score += SPEAKER * (line.name.casefold() in asked)
            if sitting is not None:
                score += SITTING * sittings.get(sitting, 0.0)
            scores[at] = round(score, 9)
        return sorted(scores, key=lambda place: (-scores[place], place))[:most]

    def sittings(self, question: Question, most: int) -> Sequence[Span]:
        found = self._sittings.search(question.text, most)
        return [self._talk.spans[number] for number in found]
