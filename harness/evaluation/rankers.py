"""Rankers that ours is measured beside: what anybody has, and the two ends of the scale.

Each is given a conversation and then questions, and returns places, best first. Words are
those of SQLite's full-text search with its Porter stemmer, for TF-IDF and BM25 too, so that
what differs is the ranking alone. All read the line as LoCoMo tells it, name and all.
"""

import math
import re
import sqlite3
from abc import ABC, abstractmethod
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Final, Protocol, TypeVar

from harness.evaluation.talks import Question, Span, Talk
from memory.cc.worth import STOP

K1: Final = 1.2
B: Final = 0.75
"""BM25 as Robertson and Zaragoza (2009), section 3.5, advise; SQLite has the same."""

_T = TypeVar("_T")
_WORD: Final = re.compile(r"\w+")


class Opened(Protocol):
    """A ranker that has read a conversation."""

    @property
    def bytes(self) -> Mapping[str, int]:
        """What it keeps of the conversation beside its text, by kind."""
        ...

    @property
    def residents(self) -> Sequence[int]:
        """Bytes of each lamina that stay in memory; none where it has no laminae."""
        ...

    def rank(self, question: Question, most: int) -> Sequence[int]:
        """Return at most `most` places, best first. All but the oracle read the text alone."""
        ...

    def sittings(self, question: Question, most: int) -> Sequence[Span]:
        """Return at most `most` spans, best first; none where it does not rank spans."""
        ...


class Ranker(Protocol):
    """One way of finding what is asked for."""

    @property
    def name(self) -> str:
        """As it stands in the table."""
        ...

    def open(self, talk: Talk) -> Opened:
        """Read a conversation."""
        ...


class Last:
    """The newest lines, whatever is asked."""

    name = "last-n"

    def open(self, talk: Talk) -> Opened:
        """Read a conversation."""
        return _Last(talk)


class Chance:
    """Lines at random; the same ones for the same conversation and question."""

    name = "random"

    def open(self, talk: Talk) -> Opened:
        """Read a conversation."""
        return _Chance(talk)


class Oracle:
    """The evidence itself: what the measure can give at most."""

    name = "oracle"

    def open(self, talk: Talk) -> Opened:
        """Read a conversation."""
        return _Oracle(talk)


class TfIdf:
    """Cosine of term frequencies weighed by rarity (Salton and Buckley 1988, `ltc.ltc`)."""

    name = "tf-idf"

    def open(self, talk: Talk) -> Opened:
        """Read a conversation."""
        return _TfIdf(talk)


class Bm25:
    """BM25 over stems, written out: SQLite's is a close relation."""

    name = "bm25"

    def open(self, talk: Talk) -> Opened:
        """Read a conversation."""
        return _Bm25(talk)


class Fts5:
    """SQLite's full-text search as it comes."""

    name = "fts5"

    def open(self, talk: Talk) -> Opened:
        """Read a conversation."""
        return _Fts5(talk)


class _Reading:
    """What all have in common: a conversation, and nothing kept of it."""

    def __init__(self, talk: Talk) -> None:
        self._talk = talk

    @property
    def bytes(self) -> Mapping[str, int]:
        return {}

    @property
    def residents(self) -> Sequence[int]:
        return ()

    def sittings(self, question: Question, most: int) -> Sequence[Span]:
        del question, most
        return ()


class _Last(_Reading):
    def rank(self, question: Question, most: int) -> Sequence[int]:
        del question
        return range(len(self._talk.lines))[::-1][:most]

    def sittings(self, question: Question, most: int) -> Sequence[Span]:
        del question
        return self._talk.spans[::-1][:most]


class _Chance(_Reading):
    def rank(self, question: Question, most: int) -> Sequence[int]:
        return self._dealt(question, range(len(self._talk.lines)))[:most]

    def sittings(self, question: Question, most: int) -> Sequence[Span]:
        return self._dealt(question, self._talk.spans)[:most]

    def _dealt(self, question: Question, cards: Iterable[_T]) -> list[_T]:
        """Return `cards` as a hash throws them: alike on every machine."""
        seed = f"{self._talk.name}\0{question.text}\0"
        return sorted(cards, key=lambda card: sha256(f"{seed}{card}".encode()).digest())


class _Oracle(_Reading):
    def rank(self, question: Question, most: int) -> Sequence[int]:
        return question.evidence[:most]

    def sittings(self, question: Question, most: int) -> Sequence[Span]:
        spans = self._talk.spans
        return [
            (first, last)
            for first, last in spans
            if any(first <= place <= last for place in question.evidence)
        ][:most]


class Words:
    """The words of some texts as SQLite's Porter tokenizer gives them, and of any other."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._db = sqlite3.connect(":memory:", isolation_level=None)
        for name in ("kept", "asked"):
            self._db.execute(f"CREATE VIRTUAL TABLE {name} USING fts5(t, tokenize = 'porter')")
            self._db.execute(
                f"CREATE VIRTUAL TABLE {name}_words USING fts5vocab({name}, 'instance')"
            )
        self._db.execute("BEGIN")
        self._db.executemany("INSERT INTO kept(rowid, t) VALUES (?, ?)", enumerate(texts))
        self._db.execute("COMMIT")

    def counts(self) -> dict[int, Counter[str]]:
        """Return how often each word is in each text that has words, by its number."""
        found: defaultdict[int, Counter[str]] = defaultdict(Counter)
        for word, text in self._db.execute("SELECT term, doc FROM kept_words"):
            found[text][word] += 1
        return dict(found)

    def of(self, text: str) -> list[str]:
        """Return the stems of the words of `text` that tell something, sorted, each once."""
        self._db.execute("DELETE FROM asked")
        self._db.execute("INSERT INTO asked(t) VALUES (?)", (" ".join(asked(text)),))
        rows = self._db.execute("SELECT DISTINCT term FROM asked_words ORDER BY term")
        return [row[0] for row in rows]

    def search(self, text: str, most: int) -> list[int]:
        """Return the numbers of texts with any word of `text`, by SQLite's BM25."""
        match = _match(text)
        if not match:
            return []
        rows = self._db.execute(
            "SELECT rowid FROM kept WHERE kept MATCH ? ORDER BY rank, rowid LIMIT ?",
            (match, most),
        )
        return [row[0] for row in rows]

    def scores(self, text: str) -> dict[int, float]:
        """Return SQLite's BM25 of each text with any word of `text`, the best one's as 1."""
        match = _match(text)
        rows = (
            self._db.execute(
                "SELECT rowid, -bm25(kept) FROM kept WHERE kept MATCH ?", (match,)
            ).fetchall()
            if match
            else []
        )
        most = max((score for _, score in rows), default=0.0) or 1.0
        return {number: score / most for number, score in rows}

    @property
    def bytes(self) -> int:
        """What a contentless index of the texts takes, its tables and all."""
        return int(
            self._db.execute("SELECT total(length(block)) FROM kept_data").fetchone()[0]
            + self._db.execute("SELECT total(length(sz)) FROM kept_docsize").fetchone()[0]
        )


def asked(text: str) -> list[str]:
    """Return the words of a question that tell something, in order; all if none does."""
    words = list(dict.fromkeys(_WORD.findall(text.casefold())))
    return [word for word in words if word not in STOP] or words


def _match(text: str) -> str:
    return " OR ".join(f'"{word}"' for word in asked(text))


class _Sparse(_Reading, ABC):
    """A vector of words for each line; ranked by the sum over the question's words."""

    def __init__(self, talk: Talk) -> None:
        super().__init__(talk)
        self._words = Words(line.told for line in talk.lines)
        counts = self._words.counts()
        self._postings: defaultdict[str, list[tuple[int, float]]] = defaultdict(list)
        holding = Counter(word for words in counts.values() for word in words)
        lengths = {place: words.total() for place, words in counts.items()}
        mean = sum(lengths.values()) / max(len(lengths), 1)
        for place, words in sorted(counts.items()):
            weights = self._weights(words, holding, len(talk.lines), lengths[place] / mean)
            for word, weight in sorted(weights.items()):
                self._postings[word].append((place, weight))
        self._holding, self._count = holding, len(talk.lines)

    def rank(self, question: Question, most: int) -> Sequence[int]:
        scores: defaultdict[int, float] = defaultdict(float)
        for word in self._words.of(question.text):
            weight = self._asked(self._holding[word])
            for place, here in self._postings.get(word, ()):
                scores[place] += weight * here
        return sorted(scores, key=lambda place: (-round(scores[place], 9), place))[:most]

    @abstractmethod
    def _weights(
        self, words: Counter[str], holding: Counter[str], count: int, length: float
    ) -> dict[str, float]: ...

    @abstractmethod
    def _asked(self, holding: int) -> float: ...


class _TfIdf(_Sparse):
    def _weights(
        self, words: Counter[str], holding: Counter[str], count: int, length: float
    ) -> dict[str, float]:
        del length
        weights = {
            word: (1 + math.log(n)) * math.log(count / holding[word])
            for word, n in sorted(words.items())
        }
        norm = math.sqrt(sum(weight * weight for weight in weights.values())) or 1.0
        return {word: weight / norm for word, weight in weights.items()}

    def _asked(self, holding: int) -> float:
        return math.log(self._count / holding) if holding else 0.0


class _Bm25(_Sparse):
    def _weights(
        self, words: Counter[str], holding: Counter[str], count: int, length: float
    ) -> dict[str, float]:
        del holding, count
        flat = K1 * (1 - B + B * length)
        return {word: n * (K1 + 1) / (n + flat) for word, n in words.items()}

    def _asked(self, holding: int) -> float:
        return math.log(1 + (self._count - holding + 0.5) / (holding + 0.5))


class _Fts5(_Reading):
    def __init__(self, talk: Talk) -> None:
        super().__init__(talk)
        self._words = Words(line.told for line in talk.lines)
        self._sittings = Words(
            " ".join(line.told for line in talk.lines[first : last + 1])
            for first, last in talk.spans
        )

    @property
    def bytes(self) -> Mapping[str, int]:
        return {"full text": self._words.bytes}

    def rank(self, question: Question, most: int) -> Sequence[int]:
        return self._words.search(question.text, most)

    def sittings(self, question: Question, most: int) -> Sequence[Span]:
        found = self._sittings.search(question.text, most)
        return [self._talk.spans[number] for number in found]


BASELINES: Final[tuple[Ranker, ...]] = (Last(), Chance(), TfIdf(), Bm25(), Fts5())
"""In the order of the table."""
