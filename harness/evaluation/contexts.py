"""What a speaker is given of the past: every carrier, every baseline, and the broken ones.

A context is lines `Name: words`, in a budget of tokens of four bytes. What is the same for all
that is asked at one place comes first, so that a verifier reads it once. Ours is told as a room
tells it: cc, what is recalled, the newest lines; places are left out, for a verifier has no use
for them. The broken ones are `text+recall` upon a past that was spoilt.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import blake2b
from time import process_time_ns
from typing import Final, TypeAlias

from harness.evaluation.ours import laminae
from harness.evaluation.talks import Line, Span, Talk
from harness.recollection import worth_telling
from memory.cc.base import CC, Carrier, Turn, Utterance
from memory.cc.carriers import LEAST
from memory.index.leaf import leaf
from memory.index.pieces import pieces
from memory.index.query import Query
from memory.index.recall import Index

TOKEN: Final = 4
"""Bytes of a token: what is sent is counted in these."""
MOST: Final = 300
"""Lines that are ranked: more than fill the largest budget."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a context is for."""

    upto: int
    """Lines of the talk that are past; those before this place."""
    text: str
    """What the past is asked by: a question, or what was said last."""
    number: int = 0
    """Of the case in its talk; the wrong conversations take turns by it."""
    evidence: tuple[int, ...] = ()
    """Places that hold the answer, for the oracle."""
    speaker: str = ""
    """Id of who is about to speak; empty where nobody is."""


@dataclass(frozen=True, slots=True)
class Given:
    """A context."""

    shared: bytes = b""
    """What stands first, the same for much that is asked."""
    own: bytes = b""
    """What follows it, for this alone."""
    ranked: tuple[int, ...] | None = None
    """Places as recall ranks them, the best first; `None` where nothing is recalled."""

    @property
    def whole(self) -> bytes:
        """All that is given."""
        return self.shared + self.own


@dataclass(frozen=True, slots=True)
class Recalled:
    """What is recalled."""

    passages: tuple[tuple[int, bytes], ...]
    """Each with its place, by place."""
    ranked: tuple[int, ...]
    """Places, the best first."""


class Past:
    """A talk as it is carried: folded and indexed up to a place that only moves on."""

    def __init__(self, talk: Talk, carriers: Callable[[str, int], Carrier]) -> None:
        """Begin before the first line.

        Args:
            talk: The conversation.
            carriers: Returns the carrier of a name with a budget in bytes.
        """
        self.talk = talk
        self.upto = 0
        """Lines that are past."""
        self._carriers = carriers
        self._said = talk.utterances
        self._folded: dict[tuple[str, int], tuple[Carrier, CC]] = {}
        self._index: Index | None = None
        self._heard = 0
        self._waiting: list[Span] = []
        self.fold_times: dict[tuple[str, int], list[int]] = {}
        """Nanoseconds of processor time of each fold, by carrier and budget."""
        self.folding = 0
        """Nanoseconds of processor time of all folds."""
        self.sizes = {"words": 0, "gist": 0, "code": 0}
        """Bytes of the rows of the index so far, by column."""

    def go(self, upto: int) -> None:
        """Let the lines before `upto` be past.

        Raises:
            ValueError: More was past already.
        """
        if upto < self.upto:
            raise ValueError(f"line {upto} of what is past up to {self.upto}")
        self.upto = upto

    @cached_property
    def lines(self) -> list[bytes]:
        """Every line of the talk, as it is told."""
        return [told(line) for line in self.talk.lines]

    def name(self, author: str) -> str:
        """Return what an author's id is called."""
        return next(iter(self.talk.names.get(author, ())), author)

    def cc(self, carrier: str, budget: int) -> str:
        """Return what a speaker is told of cc, as its carrier renders it."""
        folds, cc = self._cc(carrier, budget)
        return folds.render(cc, budget)

    def size(self, carrier: str, budget: int) -> int:
        """Return the bytes of cc as its budget counts them."""
        folds, cc = self._cc(carrier, budget)
        return folds.size(cc)

    def _cc(self, carrier: str, budget: int) -> tuple[Carrier, CC]:
        key = (carrier, budget)
        folds, cc = self._folded.get(key) or (self._carriers(carrier, budget), CC(carrier))
        times = self.fold_times.setdefault(key, [])
        for said in self._said[cc.upto + 1 : self.upto]:
            started = process_time_ns()
            cc = folds.fold(cc, Turn(said.place, said.place, (said,)))
            times.append(process_time_ns() - started)
            self.folding += times[-1]
        self._folded[key] = folds, cc
        return folds, cc

    def recalled(
        self, asked: Asked, budget: int, among: Iterable[int] = (), carried: str = ""
    ) -> "Recalled":
        """Return the passages that belong to what is asked, by place, told without it.

        Args:
            asked: What.
            budget: Bytes.
            among: Places that are told anyway.
            carried: What is told of cc.
        """
        heard = reversed(self._said[: self.upto])
        mine = (one.text for one in heard if one.author == asked.speaker)
        query = Query(
            asked.text,
            own=next(mine, ""),
            speaker=asked.speaker,
            names=self.talk.names,
            now=self.upto - 1,
        )
        found = worth_telling(self._known().recall(query, MOST))
        chosen = pieces(
            found, self._at, self.name, budget=budget, shown=frozenset(among), carried=carried
        )
        told = [
            (piece.first, piece.text.partition(" ")[2].encode("utf-8", "replace") + b"\n")
            for piece in chosen
        ]
        return Recalled(tuple(told), tuple(one.place for one in found))

    def _at(self, place: int) -> Utterance | None:
        return self._said[place] if 0 <= place < self.upto else None

    def _known(self) -> Index:
        """Return the index of what is past: closed sittings as laminae, the rest its tail."""
        if self._index is None:
            self._index = Index()
            self._waiting = laminae(self.talk)
        self._index.hear(self._said[self._heard : self.upto])
        self._heard = self.upto
        while self._waiting and self._waiting[0][1] < self.upto:
            first, last = self._waiting.pop(0)
            row = leaf(first, last, self._said[first : last + 1])
            self._index.put(first, last, row.gist, lambda words=row.words: words)
            self.sizes["words"] += len(row.words)
            self.sizes["gist"] += len(row.gist)
            self.sizes["code"] += len(row.code)
        return self._index


def told(line: Line) -> bytes:
    """Return a line as a verifier is told it: `Name: words`, on one line; nothing of none."""
    words = " ".join(line.utterance.text.split())
    return f"{line.name}: {words}\n".encode("utf-8", "replace") if words else b""


def newest(lines: Sequence[bytes], budget: int) -> list[bytes]:
    """Return as many of the last `lines` as fit; of the very last its end, if that is longer."""
    kept = len(lines)
    left = budget
    while kept and len(lines[kept - 1]) <= left:
        kept -= 1
        left -= len(lines[kept])
    if kept == len(lines) and lines and budget > 0:
        return [lines[-1][-budget:].decode("utf-8", "ignore").encode()]
    return list(lines[kept:])


Way: TypeAlias = Callable[["Pasts", Asked, int], Given]
"""Given what there is, what is asked, and bytes, returns what is given."""


@dataclass(frozen=True, slots=True)
class Pasts:
    """A talk's past, what it was spoilt into, and the conversations that are not it."""

    past: Past
    others: Sequence[Sequence[bytes]]
    """Lines of each other conversation, never fewer than two."""


def none(_: Pasts, _asked: Asked, _budget: int) -> Given:
    """Give nothing."""
    return Given()


def wrong(pasts: Pasts, asked: Asked, budget: int) -> Given:
    """Give the end of another conversation: the zero."""
    return _other(pasts, asked.number, budget)


def wrong2(pasts: Pasts, asked: Asked, budget: int) -> Given:
    """Give the end of yet another one: the control of the zero."""
    return _other(pasts, asked.number + 1, budget)


def full(pasts: Pasts, asked: Asked, _: int) -> Given:
    """Give everything: a hundred, by definition."""
    return Given(b"".join(pasts.past.lines[: asked.upto]))


def shuffled(pasts: Pasts, asked: Asked, _: int) -> Given:
    """Give everything in no order."""
    lines = list(enumerate(pasts.past.lines[: asked.upto]))
    return Given(b"".join(line for _, line in sorted(lines, key=lambda one: dice(one[0]))))


def oracle(pasts: Pasts, asked: Asked, _: int) -> Given:
    """Give the evidence, and nothing else."""
    return Given(own=b"".join(pasts.past.lines[place] for place in asked.evidence))


def window(pasts: Pasts, asked: Asked, budget: int) -> Given:
    """Give the last lines."""
    return Given(b"".join(newest(pasts.past.lines[: asked.upto], budget)))


def cc(carrier: str) -> Way:
    """Return what gives cc alone, the whole budget to it."""

    def alone(pasts: Pasts, _: Asked, budget: int) -> Given:
        return Given(_named(pasts.past, pasts.past.cc(carrier, budget)))

    return alone


def recall(pasts: Pasts, asked: Asked, budget: int) -> Given:
    """Give what is recalled, the whole budget to it."""
    found = pasts.past.recalled(asked, budget)
    return Given(own=b"".join(text for _, text in found.passages), ranked=found.ranked)


def beside(carrier: str) -> Way:
    """Return what gives cc, what is recalled beside it, and the newest lines."""

    def ours(pasts: Pasts, asked: Asked, budget: int) -> Given:
        past = pasts.past
        lines = past.lines[: asked.upto]
        if sum(map(len, lines)) <= budget:
            return Given(b"".join(lines))
        share = budget * CARRIED // WHOLE
        rendered = past.cc(carrier, share) if share >= LEAST else ""
        remembered = _named(past, rendered)
        left = budget - len(remembered)
        tail = newest(lines, budget * NEWEST // WHOLE)
        near = range(asked.upto - len(tail), asked.upto)
        found = past.recalled(asked, left - sum(map(len, tail)), near, rendered)
        # What nothing was found for goes to lines before the newest; a passage that is one of
        # those need not be told, and what it takes goes the same way.
        apart = list(found.passages)
        while True:
            tail = newest(lines, left - sum(len(text) for _, text in apart))
            begins = asked.upto - len(tail)
            if all(place < begins for place, _ in apart):
                break
            apart = [one for one in apart if one[0] < begins]
        passages = b"".join(text for _, text in apart)
        return Given(remembered, passages + b"".join(tail), found.ranked)

    return ours


WHOLE: Final = 16
CARRIED: Final = 1
"""Of `WHOLE`, what cc has of a budget. Word for word retains more."""
NEWEST: Final = 1
"""Of `WHOLE`, what the newest lines have at least; the rest is recalled."""


def summary(pasts: Pasts, asked: Asked, budget: int) -> Given:
    """Give the set's own summaries of past sittings, the newest that fit."""
    return _notes(pasts.past.talk.summaries, asked, budget)


def observation(pasts: Pasts, asked: Asked, budget: int) -> Given:
    """Give the set's own observations of past sittings, the newest that fit."""
    return _notes(pasts.past.talk.observations, asked, budget)


def noise(_: Pasts, asked: Asked, budget: int) -> Given:
    """Give the budget in letters that mean nothing."""
    seed = b"%d" % asked.number
    letters = bytearray()
    while len(letters) < budget:
        drawn = blake2b(seed + b"%d" % len(letters)).digest()
        letters += bytes(b"etaoinshrdlu cmfwyp.\n"[one % 21] for one in drawn)
    return Given(own=bytes(letters[:budget]))


ours = beside("text")

BROKEN: Final[Mapping[str, str]] = {
    "drops every third": "without the third of each three lines",
    "wrong room": "another conversation, kept as ours is",
    "scrambled speakers": "each line under a name that is drawn",
    "noise": "letters that mean nothing",
}
"""What is wrong with each carrier that is broken on purpose."""

WAYS: Final[Mapping[str, Way]] = {
    "none": none,
    "wrong": wrong,
    "wrong2": wrong2,
    "shuffled": shuffled,
    "oracle": oracle,
    "full": full,
    "window": window,
    "summary": summary,
    "observation": observation,
    "recall": recall,
    "text": cc("text"),
    "text+recall": ours,
    "state": cc("state"),
    "state+recall": beside("state"),
    "drops every third": ours,
    "wrong room": ours,
    "scrambled speakers": ours,
    "noise": noise,
}
"""Every way to be given the past, by name; of the broken ones, the past is another's."""

UNBOUNDED: Final = frozenset({"none", "shuffled", "oracle", "full"})
"""Ways that heed no budget; they are measured once."""


def spoilt(method: str, talk: Talk, others: Sequence[Talk]) -> Talk:
    """Return the talk that a broken carrier carries; any other way carries `talk`."""
    match method:
        case "drops every third":
            # A line that was dropped is empty: places stay what they are.
            lines = [
                replace(line, text="", shared="") if line.place % 3 == 2 else line
                for line in talk.lines
            ]
        case "wrong room":
            count = len(talk.lines)
            lines = [
                replace(others[0].lines[place % len(others[0].lines)], place=place)
                for place in range(count)
            ]
            return replace(others[0], lines=tuple(lines), spans=())
        case "scrambled speakers":
            ids = sorted(talk.names)
            drawn = [ids[dice(line.place) % len(ids)] for line in talk.lines]
            lines = [
                replace(line, author=who, name=next(iter(talk.names[who]), who))
                for line, who in zip(talk.lines, drawn, strict=True)
            ]
        case _:
            return talk
    return replace(talk, lines=tuple(lines))


def dice(place: int) -> int:
    """Return a number that a place draws, the same everywhere."""
    return int.from_bytes(blake2b(b"%d" % place, digest_size=8).digest(), "big")


def _other(pasts: Pasts, number: int, budget: int) -> Given:
    return Given(b"".join(newest(pasts.others[number % len(pasts.others)], budget)))


def _named(past: Past, rendered: str) -> bytes:
    """Return cc as a verifier is told it: each line's place left out, its author by name."""
    lines: list[str] = []
    for line in filter(None, rendered.split("\n")):
        author, _, words = line.partition(" ")[2].partition(": ")
        lines.append(f"{past.name(author)}: {words}\n")
    return "".join(lines).encode("utf-8", "replace")


def _notes(notes: Sequence[tuple[int, str]], asked: Asked, budget: int) -> Given:
    known = [
        f"{' '.join(text.split())}\n".encode() for last, text in notes if last < asked.upto
    ]
    return Given(b"".join(newest(known, budget)))
