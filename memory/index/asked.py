"""What a query asks for: terms, who is named, and what kind of answer it wants."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from memory.index.query import Query
from memory.index.words import COUNTS, TIMES, hashed, words

MOST: Final = 32
"""Terms of a query: of more, those that tell most."""

_OWN: Final = 0.4
"""What a term counts that only the speaker's own last words have."""
_ABOUT: Final = 0.2
"""What a word counts that speaks of speaking."""

_SPEAKING: Final = frozenset(
    hashed(stem)
    for _, stem in words(
        "summarize summary discuss discussion talk talked speak mention opinion meeting"
        " conversation group team told recommend recommendation agree disagree suggest"
        " suggestion propose proposal present presentation introduce debate comment respond"
        " question ask"
    )
)
_WHOLE: Final = re.compile(
    r"\b(?:summari[sz]\w*|discuss\w*|talk\w* (?:about|of)|(?:think|thought|said|says?|learnt?"
    r"|learned|mention\w*|feel|felt) (?:about|on|of)|opinions?|think|thought|debat\w*|comment\w*"
    r"|respon\w*|explain\w*|agree\w*|disagree\w*|introduc\w*|question\w*|recommend\w*|suggest\w*|propos\w*|present(?:ed|ing|ations?))\b",
    re.IGNORECASE,
)
"""What asks what was said of something."""
_KINDS: Final = (
    (
        re.compile(
            r"\bwhen\b|\b(?:what|which) (?:date|day|month|year|time)\b|\bhow long\b",
            re.IGNORECASE,
        ),
        (TIMES, 0.15),
    ),
    (re.compile(r"\bhow (?:many|much|often|old)\b", re.IGNORECASE), (COUNTS, 0.1)),
)
"""What asks for a time or a number, and how much likelier turns are that have one."""
_YOU: Final = re.compile(r"\b(?:you|your|yours)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Term:
    """A stem that is asked for."""

    stem: int
    """Its hash."""
    word: str
    """As it was written."""
    weight: float
    """What finding it is worth, in bits."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A query, read."""

    terms: tuple[Term, ...]
    """Weights are shares of 1 until `weighed`."""
    named: frozenset[str]
    """Ids of participants it names."""
    names: frozenset[int]
    """Stems that are what participants are called: nothing is found by those."""
    kinds: tuple[tuple[int, float], ...]
    """Marks that make a turn likelier, and how much."""
    whole: bool
    """Whether it asks what was said of something, rather than for one fact."""

    def weighed(self, bits: Callable[[int], float]) -> tuple[Term, ...]:
        """Return the terms that tell most, with what they tell; `bits` gives that of a stem."""
        terms = [
            Term(term.stem, term.word, term.weight * bits(term.stem)) for term in self.terms
        ]
        best = sorted(terms, key=lambda term: (-term.weight, term.stem))[:MOST]
        return tuple(sorted(best, key=lambda term: term.stem))


def read(query: Query) -> Asked:
    """Return what `query` asks for."""
    names = _names(query)
    whole = bool(_WHOLE.search(query.text))
    terms: dict[int, Term] = {}
    named: set[str] = set()
    for text, share in ((query.text, 1.0), (query.own, _OWN)):
        for word, stem in words(text):
            if stem in names:
                if share == 1.0:
                    named.add(names[stem])
                continue
            one = hashed(stem)
            weight = share * (_ABOUT if whole and one in _SPEAKING else 1.0)
            terms.setdefault(one, Term(one, word, weight))
    if query.speaker and _YOU.search(query.text):
        named.add(query.speaker)
    kinds = tuple(kind for asks, kind in _KINDS if asks.search(query.text))
    called = frozenset(map(hashed, names))
    return Asked(tuple(terms.values()), frozenset(named), called, kinds, whole)


def _names(query: Query) -> dict[str, str]:
    """Return what stem names whom, of those that name one participant alone."""
    whose: dict[str, set[str]] = {}
    for author, called in query.names.items():
        for name in called:
            for _, stem in words(name):
                if len(stem) > 1 and not stem.isdigit():
                    whose.setdefault(stem, set()).add(author)
    return {stem: next(iter(ids)) for stem, ids in whose.items() if len(ids) == 1}
