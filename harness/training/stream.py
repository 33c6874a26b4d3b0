"""Documents as an endless stream of batches, and the exact place in it.

Everything random is drawn from (seed, place in the queue), so that a few whole numbers say
where learning stands. Each lane reads one document after another and carries its state on.
Talk is told as turns three times in four and as a plain file otherwise; some of it is renamed,
lowered or broken into short lines, as rooms of models write and corpora do not.
"""

import re
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from harness.errors import NotPossible
from harness.training.corpus import Document, Ready, turns, written
from memory.models.alphabet import SILENT, Said, tell

LONGEST = 65_536
"""A document is forgotten after so many bytes, as a segment is at its key frame."""
NAMES = [
    b"AI-1",
    b"AI-2",
    b"AI-3",
    b"AI-1 (Claude Opus 4)",
    b"AI-2 (Gemini 3 Pro)",
    b"AI-3 (DeepSeek R1)",
    b"AI-4 (GPT-5)",
    b"Claude",
    b"Gemini",
    b"GPT-4o",
    b"DeepSeek R1",
    b"Llama",
    b"Mistral",
    b"Qwen",
    b"Kimi",
    b"You",
    b"Ada",
    b"Bob",
    b"Opus",
    b"Sonnet",
]


@dataclass(slots=True)
class Lane:
    """One reader."""

    ticket: int
    """Place in the queue of the document being read."""
    at: int
    """Tokens of it already read."""
    tokens: np.ndarray = field(repr=False)
    targets: np.ndarray = field(repr=False)


class Stream:
    """Batches of tokens and targets, resumable to the token."""

    def __init__(self, ready: Ready, *, lanes: int, time: int, seed: int) -> None:
        self.ready, self.time, self.seed = ready, time, seed
        self.learnt = [d for d in ready.documents if not d.held and d.length]
        if not any(ready.weights.get(d.source, 1.0) > 0 for d in self.learnt):
            raise NotPossible(
                "there is nothing to learn from: all is held out, or weighs nothing"
            )
        self.next = 0
        self.order: tuple[int, np.ndarray] = (-1, np.empty(0))
        self.starts: list[int] = [0]
        self.lanes = [self.open(self.take(), 0) for _ in range(lanes)]

    def take(self) -> int:
        """Draw a ticket."""
        self.next += 1
        return self.next - 1

    def document(self, ticket: int) -> Document:
        """Give the document of a ticket. Tickets number passes one after another."""
        turn = 0
        while True:
            while len(self.starts) <= turn + 1:
                self.starts.append(self.starts[-1] + len(self.drawn(len(self.starts) - 1)))
            if ticket < self.starts[turn + 1]:
                return self.learnt[int(self.drawn(turn)[ticket - self.starts[turn]])]
            turn += 1

    def drawn(self, turn: int) -> np.ndarray:
        """Give the order of one pass: each document as often as its weight says."""
        if self.order[0] != turn:
            rng = np.random.default_rng([self.seed, turn])
            often = self.ready.weights
            weights = np.array([often.get(d.source, 1.0) for d in self.learnt])
            many = np.floor(weights + rng.random(len(weights))).astype(np.int64)
            self.order = (turn, rng.permutation(np.repeat(np.arange(len(weights)), many)))
        return self.order[1]

    def open(self, ticket: int, at: int) -> Lane:
        """Open a document as its ticket tells it."""
        rng = np.random.default_rng([self.seed, 1, ticket])
        document = self.document(ticket)
        told = tell(said(self.ready, document, rng))
        tokens = np.frombuffer(told.tokens, dtype=np.int16)
        targets = np.frombuffer(told.targets, dtype=np.int16)
        return Lane(ticket, at, tokens, targets)

    def batch(self) -> tuple[np.ndarray, np.ndarray]:
        """Give tokens and targets, int32 `[lanes, time]`."""
        tokens = np.empty((len(self.lanes), self.time), dtype=np.int32)
        targets = np.full_like(tokens, SILENT)
        for row in range(len(self.lanes)):
            lane, done = self.lanes[row], 0
            while done < self.time:
                if lane.at >= len(lane.tokens):
                    lane = self.lanes[row] = self.open(self.take(), 0)
                many = min(self.time - done, len(lane.tokens) - lane.at)
                tokens[row, done : done + many] = lane.tokens[lane.at : lane.at + many]
                targets[row, done : done + many] = lane.targets[lane.at : lane.at + many]
                lane.at += many
                done += many
        return tokens, targets

    def where(self) -> dict[str, Any]:
        """Say where the stream stands, for `go`."""
        return {
            "next": self.next,
            "lanes": [[lane.ticket, lane.at] for lane in self.lanes],
            "digest": self.ready.digest,
        }

    def go(self, where: dict[str, Any]) -> None:
        """Take up the stream at a place that `where` told."""
        if where["digest"] != self.ready.digest:
            raise NotPossible(
                f"the run learns from other text: {where['digest']} there, {self.ready.digest} here"
            )
        self.next = where["next"]
        self.lanes = [self.open(ticket, at) for ticket, at in where["lanes"]]

    @property
    def passes(self) -> float:
        """How often the whole has been gone through."""
        turn = 0
        while len(self.starts) > turn + 1 and self.next >= self.starts[turn + 1]:
            turn += 1
        self.document(self.next)
        return turn + (self.next - self.starts[turn]) / (
            self.starts[turn + 1] - self.starts[turn]
        )


def said(ready: Ready, document: Document, rng: np.random.Generator) -> list[Said]:
    """Tell a document: as turns or as a piece, sometimes in another dress."""
    dice = rng.random(4)
    if document.turns:
        spoken = [
            (author, dressed(text, dice, rng))
            for author, text in part(ready.said(document), rng)
        ]
        if dice[2] < 0.25:
            return [Said(b"", written(spoken))]
    else:
        text = dressed(stretch(ready.text(document), rng), dice, rng)
        if not document.talk or dice[2] < 0.25:
            return [Said(b"", text)]
        spoken = turns(text)
    if dice[3] < 0.3:
        authors = list(dict.fromkeys(author for author, _ in spoken if author))
        drawn = rng.permutation(len(NAMES))[: len(authors)]
        new = {old: NAMES[int(i)] for old, i in zip(authors, drawn, strict=False)}
        spoken = [(new.get(author, author), words) for author, words in spoken]
    return [Said(author, words) for author, words in spoken]


def stretch(text: bytes, rng: np.random.Generator) -> bytes:
    """Give a stretch of a long text, from a paragraph on."""
    if len(text) <= LONGEST:
        return text
    start = int(rng.integers(0, len(text) - LONGEST + 1))
    start = max(0, text.rfind(b"\n\n", 0, start) + 2) if start else 0
    return text[start : start + LONGEST]


def part(
    spoken: list[tuple[bytes, bytes]], rng: np.random.Generator
) -> list[tuple[bytes, bytes]]:
    """Give a run of turns of a long conversation, cut at the limit."""
    sizes = np.array([len(text) for _, text in spoken])
    if sizes.sum() <= LONGEST:
        return spoken
    after = sizes[::-1].cumsum()[::-1]
    last = max(1, int((after >= LONGEST).sum()))  # turns from which a full run follows
    start, left = int(rng.integers(0, last)), LONGEST
    run: list[tuple[bytes, bytes]] = []
    for author, text in spoken[start:]:
        run.append((author, text[:left]))
        left -= len(text)
        if left <= 0:
            break
    return run


def dressed(text: bytes, dice: np.ndarray, rng: np.random.Generator) -> bytes:
    """Lower some texts, and break some into short lines."""
    if dice[0] < 0.05:
        text = text.lower()
    if dice[1] < 0.05:
        text = broken(text, rng)
    return text


def broken(text: bytes, rng: np.random.Generator) -> bytes:
    """Break prose into short lines where it breathes; some of it loses its full stops."""
    text = re.sub(rb"(?<=[,;.!?]) (?=\w)", b"\n", text)
    return re.sub(rb"\.(?=\n)", b"", text) if rng.random() < 0.5 else text
