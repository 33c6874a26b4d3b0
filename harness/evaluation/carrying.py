"""How many answers cc still holds, alone and with what is recalled beside it.

A question is kept if at least 80 % of the content words of its answer, of those that occur in
the lines that are its evidence, are still there in what was kept *of those lines*: retention
with provenance, on single-hop and multi-hop questions of fact. It does not say that a model
would answer right. Pictures are left out: they are the set's, not the speakers' words.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from harness.evaluation.keeping import METHODS, nothing
from harness.evaluation.measures import ONE, mean
from harness.evaluation.ours import Enfold
from harness.evaluation.rankers import Fts5, Opened, asked
from harness.evaluation.talks import Dataset, Question, Talk
from memory.cc.base import Utterance
from memory.cc.code import shown
from memory.cc.units import Unit
from memory.cc.worth import STOP
from memory.index.pieces import pieces
from memory.index.recall import Found

KEPT: Final = 8 * ONE // 10
"""Share of an answer's words from which it counts as kept, in millionths."""
BUDGETS: Final = (2048, 4096, 8192)
"""Bytes of cc."""
RECALLED: Final = 4096
"""Bytes recalled beside cc at most; no more than cc has."""
MOST: Final = 300
"""Lines that are ranked: more than fill `RECALLED`."""

RECALLERS: Final = ("enfold", "fts5")
"""What recalls beside cc."""

_FACTS: Final = frozenset({"", "single-hop", "multi-hop", "words"})
"""Kinds of questions whose answers are words that were said."""

_WORD: Final = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")


@dataclass(frozen=True, slots=True)
class Needed:
    """What an answer needs, and where it was said."""

    question: Question
    words: frozenset[str]
    places: frozenset[int]


def words(text: str) -> frozenset[str]:
    """Return the content words of `text`."""
    found = (word.replace("’", "'").casefold() for word in _WORD.findall(text))
    return frozenset(word for word in found if word not in STOP)


def spoken(talk: Talk) -> Talk:
    """Return `talk` without pictures."""
    return replace(talk, lines=tuple(replace(line, shared="") for line in talk.lines))


def needed(talk: Talk) -> list[Needed]:
    """Return what the answers need of `talk`; those whose words were not said are left out."""
    found: list[Needed] = []
    for question in talk.questions:
        if question.category not in _FACTS:
            continue
        places = frozenset(question.source or question.evidence)
        there = frozenset[str]().union(*(words(talk.lines[place].text) for place in places))
        if wanted := words(question.answer) & there:
            found.append(Needed(question, wanted, places))
    return found


def held(needs: Needed, kept: Mapping[int, frozenset[str]]) -> int:
    """Return the share of the needed words that is kept of their lines, in millionths.

    Args:
        needs: What an answer needs.
        kept: Content words that are kept, by the place they are of.
    """
    there = frozenset[str]().union(*(kept.get(place, frozenset()) for place in needs.places))
    return ONE * len(needs.words & there) // len(needs.words)


def by_place(kept: Iterable[Unit]) -> dict[int, frozenset[str]]:
    """Return the content words of units, by the place they are of."""
    there: defaultdict[int, frozenset[str]] = defaultdict(frozenset)
    for unit in kept:
        there[unit.place] |= words(unit.text)
    return dict(there)


def run(
    dataset: Dataset,
    methods: Sequence[str],
    budgets: Sequence[int] = BUDGETS,
    progress: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """Return how many answers each method keeps, in percent.

    Args:
        dataset: The conversations.
        methods: Keys of `METHODS`.
        budgets: Bytes of cc.
        progress: Told what is measured after each conversation, budget and method.

    Returns:
        `questions`, and by method `cc` (by budget) and `cc + recalled` (by budget and bytes
        recalled, `4096+4096`), the latter by our index and by FTS5.
    """
    rooms = [_Room(spoken(talk)) for talk in dataset.talks]
    told: dict[str, Any] = {}
    for name, keep in {**{name: METHODS[name] for name in methods}, "nothing": nothing}.items():
        alone: dict[str, float] = {}
        beside: dict[str, dict[str, float]] = {name: {} for name in RECALLERS}
        for budget in budgets:
            recalled = min(budget, RECALLED)
            shares: list[int] = []
            shares_beside: list[list[int]] = [[] for _ in RECALLERS]
            for room in rooms:
                kept = keep(room.talk, budget, [])
                there = by_place(kept)
                shares += [held(needs, there) for needs in room.needs]
                carried = shown(kept)
                for number, found in enumerate(shares_beside):
                    found.extend(room.held(there, carried, recalled, number))
                if progress is not None:
                    progress(f"{name}, {budget:,} bytes")
            alone[f"{budget}"] = _hits(shares)
            for recaller, found in zip(RECALLERS, shares_beside, strict=True):
                beside[recaller][f"{budget}+{recalled}"] = _hits(found)
        told[name] = {"cc": alone, "cc + recalled": beside}
    return {"questions": sum(len(room.needs) for room in rooms), "methods": told}


class _Room:
    """A conversation, what its answers need, and what is recalled for each question."""

    def __init__(self, talk: Talk) -> None:
        self.talk = talk
        self.needs = needed(talk)
        self._said = talk.utterances
        self._words = [words(one.text) for one in self._said]
        ours, full_text = Enfold().open(talk), Fts5().open(talk)
        self._found = [
            [ours.found(needs.question, MOST) for needs in self.needs],
            [_as_found(needs.question, full_text) for needs in self.needs],
        ]

    def held(
        self, kept: Mapping[int, frozenset[str]], carried: str, budget: int, number: int
    ) -> list[int]:
        """Return what each question's answer has left, `budget` bytes recalled by a recaller."""
        return [
            held(needs, self._beside(kept, carried, budget, found))
            for needs, found in zip(self.needs, self._found[number], strict=True)
        ]

    def _beside(
        self,
        kept: Mapping[int, frozenset[str]],
        carried: str,
        budget: int,
        found: Sequence[Found],
    ) -> dict[int, frozenset[str]]:
        there = dict(kept)
        for piece in pieces(
            found, self._text, self._label, budget=budget, shown=(), carried=carried
        ):
            inside = words(piece.text)
            for place in range(piece.first, piece.last + 1):
                # A piece is of its lines; its label and its neighbours' words are not theirs.
                there[place] = there.get(place, frozenset()) | inside & self._words[place]
        return there

    def _text(self, place: int) -> Utterance | None:
        return self._said[place] if 0 <= place < len(self._said) else None

    def _label(self, author: str) -> str:
        return self.talk.names[author][0]


def _as_found(question: Question, reader: Opened) -> list[Found]:
    """Return what full-text search ranks as pieces are made of; none is too weak to tell."""
    why = tuple(asked(question.text))
    ranked = reader.rank(question, MOST)
    return [Found(place, 2 * MOST - at, why, None) for at, place in enumerate(ranked)]


def _hits(shares: Sequence[int]) -> float:
    return mean(ONE * (share >= KEPT) for share in shares)
