"""Our code of turns, by its three ways: the model alone, the mixer alone, and mixed.

What counts are the real blobs, each decoded again by the path that reads one byte after the
other. The model alone is coded by the same arithmetic coder from the same counts: those of the
encoder in, and those that the decoder made out, so its streams are decoded too.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from memory.codec.coder import ONE, Decoder, Encoder
from memory.codec.guess import Guesser
from memory.codec.segments import SIZE
from memory.codec.turns import HEADER, Segment
from tests.bench.codec_texts import Turn

Counts = NDArray[np.uint32]


class Unequal(Exception):
    """What was decoded is not what was coded: no figure of this run is worth anything."""


@dataclass(slots=True)
class Cost:
    """What it took, summed over segments."""

    coded: int = 0
    """Bytes of code; without lengths, checks and kinds, as the others are counted."""
    stored: int = 0
    """Bytes of blobs: with kind, length and CRC-32."""
    encode: float = 0.0
    """Processor seconds; of the model alone, what its counts took."""
    decode: float = 0.0


class Listening:
    """A guesser that remembers what it guessed, and how long that took."""

    def __init__(self, guesser: Guesser) -> None:
        """Listen to a guesser."""
        self._guesser = guesser
        self.model = guesser.model
        self.rows: list[Counts] = []
        self.seconds = 0.0

    def forget(self) -> None:
        """As the guesser."""
        self._guesser.forget()

    def begin(self, author: bytes) -> None:
        """As the guesser."""
        self._guesser.begin(author)

    def counts(self) -> Counts:
        """As the guesser."""
        started = time.process_time()
        row = self._guesser.counts()
        self.seconds += time.process_time() - started
        self.rows.append(row[None].copy())
        return row

    def take(self, byte: int) -> None:
        """As the guesser."""
        self._guesser.take(byte)

    def end(self) -> None:
        """As the guesser."""
        self._guesser.end()

    def whole(self, author: bytes, text: bytes) -> Counts:
        """As the guesser."""
        started = time.process_time()
        rows = self._guesser.whole(author, text)
        self.seconds += time.process_time() - started
        self.rows.append(rows)
        return rows

    def save(self) -> bytes:
        """As the guesser."""
        return self._guesser.save()

    def load(self, saved: bytes) -> None:
        """As the guesser."""
        self._guesser.load(saved)


def segments(talk: Iterable[Turn], *, along: bool) -> Iterator[list[Turn]]:
    """Cut a conversation at key frames; every turn is one where they are coded alone."""
    got: list[Turn] = []
    size = 0
    for turn in talk:
        if got and (not along or size + len(turn[1]) > SIZE):
            yield got
            got, size = [], 0
        got.append(turn)
        size += len(turn[1])
    if got:
        yield got


def measure(
    talks: Sequence[Sequence[Turn]],
    fresh: Callable[[], Guesser] | None,
    *,
    along: bool,
    tell: Callable[[int], None] = lambda _: None,
) -> dict[str, Cost]:
    """Code and decode conversations by every way there is.

    Args:
        talks: Each begins anew.
        fresh: Makes a guesser; `None` where there is no model.
        along: Turns are coded given those before them in their segment.
        tell: Called with the bytes done.

    Raises:
        Unequal: Something came back as something else.
    """
    costs = {"mixer alone": Cost()}
    guessers: tuple[Guesser, Guesser] | None = None
    if fresh is not None:
        costs |= {"model alone": Cost(), "mixed": Cost()}
        guessers = fresh(), fresh()
    for talk in talks:
        for turns in segments(talk, along=along):
            _run(turns, costs["mixer alone"], None, None)
            if guessers is not None:
                into, out = Listening(guessers[0]), Listening(guessers[1])
                _run(turns, costs["mixed"], into, out)
                _model(turns, costs["model alone"], into, out)
            tell(sum(len(text) for _, text in turns))
    return costs


def _run(turns: list[Turn], cost: Cost, into: Guesser | None, out: Guesser | None) -> None:
    started = time.process_time()
    segment = Segment(into)
    blobs = [segment.encode(author, text) for author, text in turns]
    between = time.process_time()
    segment = Segment(out)
    back = [
        segment.decode(author, blob) for (author, _), blob in zip(turns, blobs, strict=True)
    ]
    cost.decode += time.process_time() - between
    cost.encode += between - started
    if back != [text for _, text in turns]:
        raise Unequal("a segment was decoded to other turns")
    cost.stored += sum(map(len, blobs))
    cost.coded += sum(len(blob) - HEADER for blob in blobs)


def _model(turns: list[Turn], cost: Cost, into: Listening, out: Listening) -> None:
    """Code from the counts that `into` heard, decode by those that `out` heard."""
    ends = np.cumsum([0, *(len(text) for _, text in turns)])
    before, after = np.concatenate(into.rows), np.concatenate(out.rows)
    for (_, text), (start, end) in zip(turns, pairwise(ends), strict=True):
        coded = encoded(text, before[start:end])
        if coded is not None and decoded(coded, after[start:end]) != text:
            raise Unequal("the model's code was decoded to another turn")
        size = len(text) if coded is None else len(coded)
        cost.coded += size
        cost.stored += size + HEADER
    cost.encode += into.seconds
    cost.decode += out.seconds


def nodes(counts: Counts) -> NDArray[np.uint64]:
    """Return `[n, 256]`: how likely a 1 is, out of 65536, at each node of the bits' tree."""
    many = len(counts)
    sums = counts.astype(np.uint64)
    likely = np.zeros((many, 256), np.uint64)
    for depth in range(7, -1, -1):
        pairs = sums.reshape(many, 1 << depth, 2)
        sums = pairs.sum(axis=2)
        share = pairs[:, :, 1] * np.uint64(ONE) // sums
        likely[:, 1 << depth : 2 << depth] = np.clip(share, 1, ONE - 1)
    return likely


def encoded(text: bytes, counts: Counts) -> bytes | None:
    """Code a turn from counts `[len(text), 256]` and nothing else; `None`: no shorter so."""
    coder = Encoder(len(text))
    if text:
        whole = np.frombuffer(text, np.uint8).astype(np.int64) | 256
        shifts = np.arange(8, 0, -1)
        path = whole[:, None] >> shifts
        bits = whole[:, None] >> (shifts - 1) & 1
        likely = np.take_along_axis(nodes(counts), path, axis=1)
        for bit, chance in zip(bits.ravel().tolist(), likely.ravel().tolist(), strict=True):
            coder.put(bit, chance)
    return coder.end()


def decoded(coded: bytes, counts: Counts) -> bytes:
    """Undo `encoded`."""
    coder = Decoder(coded)
    got = bytearray()
    for row in nodes(counts):
        likely = row.tolist()
        node = 1
        while node < 256:
            node = node << 1 | coder.get(likely[node])
        got.append(node & 255)
    return bytes(got)
