"""A conversation with what is asked about it, as every measure reads it.

A set's own ids, dates and captions end here: lines have places as in a room's log, speakers
have ids as participants have, and what a question needs is a tuple of places.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from memory.cc.base import Utterance

Span: TypeAlias = tuple[int, int]
"""First and last place, inclusive."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing said."""

    place: int
    """From 0; as in a room's log."""
    author: str
    """Id of who said it."""
    name: str
    """What they are called."""
    text: str
    shared: str = ""
    """What a picture that came with it shows, in words."""
    session: int = 0
    """Number of the sitting it was said in, from 1; 0 where the set knows none."""
    at: str = ""
    """When that sitting was, as the set words it."""

    @property
    def told(self) -> str:
        """The line as LoCoMo gives it to a reader (Maharana et al. 2024, section 5)."""
        shared = f" and shared {self.shared}" if self.shared else ""
        return f'{self.name} said, "{self.text}"{shared}'

    @property
    def tokens(self) -> int:
        """What it costs in a prompt, at four characters a token, rounded up."""
        return -(-len(self.told) // 4)

    @property
    def utterance(self) -> Utterance:
        """The line as the memory hears it; a picture is told as in a room."""
        text = f"{self.text}\npicture: {self.shared}" if self.shared else self.text
        return Utterance(self.place, self.author, text)


@dataclass(frozen=True, slots=True)
class Slot:
    """Something that had several values, one after the other."""

    asked: str
    """The question that the newest value answers."""
    values: tuple[str, ...]
    """Oldest first, each another; the last is the one that holds."""
    places: tuple[int, ...]
    """Where each was said; rising."""
    lead: str = ""
    """How it is told: what a value follows on, to weigh it."""
    mark: str = ""
    """A word that stands in the line of each: without it, the line is about something else."""

    @property
    def newest(self) -> str:
        """The value that holds."""
        return self.values[-1]

    @property
    def older(self) -> tuple[str, ...]:
        """The values that no longer hold, oldest first."""
        return self.values[:-1]


@dataclass(frozen=True, slots=True)
class Question:
    """Something asked, and where its answer was said."""

    text: str
    answer: str
    evidence: tuple[int, ...]
    """Places, sorted, each once; never empty."""
    category: str = ""
    """What kind of question it is, in the set's words; empty where it has no kinds."""
    source: tuple[int, ...] = ()
    """Of the evidence, the lines that `answer` is taken from; empty for all of them."""
    slot: Slot | None = None
    """What had several values, if `answer` is the one that holds; `None` for what never changed."""


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation and the questions about it."""

    name: str
    lines: tuple[Line, ...]
    questions: tuple[Question, ...]
    names: Mapping[str, tuple[str, ...]]
    """What each author's id is called."""
    spans: tuple[Span, ...] = ()
    """Each sitting, in order; empty where the set knows none."""
    summaries: tuple[tuple[int, str], ...] = ()
    """What somebody else made of each sitting, with its last place; as the set has them."""
    observations: tuple[tuple[int, str], ...] = ()
    """What somebody else noted down of each sitting, a note each, with its last place."""

    @property
    def utterances(self) -> tuple[Utterance, ...]:
        """All lines, as the memory hears them."""
        return tuple(line.utterance for line in self.lines)

    @property
    def bytes(self) -> int:
        """Of what was said, UTF-8, without names."""
        return sum(len(line.utterance.text.encode()) for line in self.lines)


@dataclass(frozen=True, slots=True)
class Dataset:
    """Conversations of one set."""

    name: str
    talks: tuple[Talk, ...]
    skipped: int = 0
    """Questions that name no evidence; they are not asked."""
    repaired: int = 0
    """Evidence ids that were malformed and could be read all the same."""
    beside: tuple[Talk, ...] = ()
    """Talks of the same kind that have no answer to anything: what a wrong conversation is. Two
    at least; empty where each other one of `talks` is wrong enough."""

    @property
    def questions(self) -> int:
        """How many are asked."""
        return sum(len(talk.questions) for talk in self.talks)
