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

from harness.training.corpus import Document, Ready, turns
from memory.models.alphabet import SILENT, Said, tell

WEIGHTS = {
    "ai_design_theater": 5.0,
    "oasst_trees": 3.0,
    "iletp": 2.5,
    "ai_dialogue_docs": 2.5,
    "tau_bench": 2.0,
    "oasst_eval": 1.6,
    "specstory": 1.6,
    "crd3": 1.4,
    "prompt_guide": 1.5,
    "irc_disentanglement": 1.2,
    "gpteacher": 1.0,
    "topical_chat": 1.0,
    "gutenberg": 0.8,
    "qmsum": 0.7,
    "rust_rfcs": 0.7,
    "peps": 0.5,
    "sgd": 0.35,
    "star": 0.3,
    "gsm8k": 0.5,
    "taskmaster4": 0.5,
}
"""How often a document comes in one pass; 1 where nothing is said."""
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
        self.learnt = [d for d in ready.documents if not d.held]
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
            weights = np.array([WEIGHTS.get(d.source, 1.0) for d in self.learnt])
            often = np.floor(weights + rng.random(len(weights))).astype(np.int64)
            self.order = (turn, rng.permutation(np.repeat(np.arange(len(weights)), often)))
        return self.order[1]

    def open(self, ticket: int, at: int) -> Lane:
        """Open a document as its ticket tells it."""
        rng = np.random.default_rng([self.seed, 1, ticket])
        document = self.document(ticket)
        told = tell(said(self.ready.text(document), document, rng))
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
            raise ValueError(f"other text: {where['digest']} there, {self.ready.digest} here")
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


def said(text: bytes, document: Document, rng: np.random.Generator) -> list[Said]:
    """Tell a document: as turns or as a piece, sometimes in another dress."""
    dice = rng.random(4)
    if len(text) > LONGEST:
        start = int(rng.integers(0, len(text) - LONGEST + 1))
        start = max(0, text.rfind(b"\n\n", 0, start) + 2) if start else 0
        text = text[start : start + LONGEST]
    if dice[0] < 0.05:
        text = text.lower()
    if dice[1] < 0.05:
        text = broken(text, rng)
    if not document.talk or dice[2] < 0.25:
        return [Said(b"", text)]
    spoken = turns(text)
    if dice[3] < 0.3:
        authors = list(dict.fromkeys(author for author, _ in spoken if author))
        drawn = rng.permutation(len(NAMES))[: len(authors)]
        new = {old: NAMES[int(i)] for old, i in zip(authors, drawn, strict=False)}
        spoken = [(new.get(author, author), words) for author, words in spoken]
    return [Said(author, words) for author, words in spoken]


def broken(text: bytes, rng: np.random.Generator) -> bytes:
    """Break prose into short lines where it breathes; some of it loses its full stops."""
    text = re.sub(rb"(?<=[,;.!?]) (?=\w)", b"\n", text)
    return re.sub(rb"\.(?=\n)", b"", text) if rng.random() < 0.5 else text
