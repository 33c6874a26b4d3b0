"""Held-out bits per byte, by source: each document from its beginning, states carried."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from harness.training.corpus import Ready, turns
from harness.training.gathering import documents, inputs
from memory.models.alphabet import BYTES, DOCUMENT, SILENT, Said, Telling, tell
from memory.models.bytes import ByteModel, cost

TIME = 1024
LANES = 16


@dataclass(frozen=True, slots=True)
class Measured:
    """What a model pays."""

    bits: dict[str, float]
    """Bits per byte of text, by source."""
    ends: dict[str, float]
    """Bits per turn for where it ends."""
    bytes: dict[str, int]


def held_out(ready: Ready, *, most: int) -> list[tuple[str, Telling]]:
    """Give up to `most` bytes of each source's held-out documents, talk told as turns."""
    got: dict[str, int] = {}
    told: list[tuple[str, Telling]] = []
    for document in ready.documents:
        room = most - got.get(document.source, 0)
        if document.held and room > 0:
            said = (
                cut(ready.said(document), room)
                if document.turns
                else turns(ready.text(document)[:room])
                if document.talk
                else [(b"", ready.text(document)[:room])]
            )
            got[document.source] = got.get(document.source, 0) + sum(len(t) for _, t in said)
            told.append((document.source, tell(Said(*one) for one in said)))
    return told


def others(paths: Iterable[Path], *, most: int) -> list[tuple[str, Telling]]:
    """Give texts that are only judged by: their sources' names begin with `~`.

    Args:
        paths: Files and folders, as `gathering` reads them; each is a source.
        most: Bytes of each.

    Raises:
        NotPossible: One cannot be read.
    """
    got: dict[str, int] = {}
    told: list[tuple[str, Telling]] = []
    for one, _ in inputs(paths):
        for document in documents(one):
            name = f"~{document.source}"
            said = cut([(s.author, s.text) for s in document.said], most - got.get(name, 0))
            got[name] = got.get(name, 0) + sum(len(text) for _, text in said)
            if said:
                told.append((name, tell(Said(*one) for one in said)))
    return told


def cut(said: list[tuple[bytes, bytes]], most: int) -> list[tuple[bytes, bytes]]:
    """Give the first `most` bytes of what was said."""
    kept: list[tuple[bytes, bytes]] = []
    for author, text in said:
        if most > 0 and text:
            kept.append((author, text[:most]))
        most -= len(text)
    return kept


@torch.no_grad()
def measure(model: ByteModel, told: list[tuple[str, Telling]]) -> Measured:
    """Read every document from its beginning and count what its bytes cost."""
    names = sorted({name for name, _ in told})
    lanes: list[list[tuple[int, Telling]]] = [[] for _ in range(LANES)]
    sizes = [0] * LANES
    for name, telling in sorted(told, key=lambda one: -len(one[1].tokens)):
        lane = sizes.index(min(sizes))
        lanes[lane].append((names.index(name), telling))
        sizes[lane] += len(telling.tokens)
    time = math.ceil(max(sizes) / TIME) * TIME
    tokens = np.full((LANES, time), DOCUMENT, dtype=np.int32)
    targets = np.full((LANES, time), SILENT, dtype=np.int32)
    source = np.zeros((LANES, time), dtype=np.int64)
    for row, lane in enumerate(lanes):
        at = 0
        for name, telling in lane:
            many = len(telling.tokens)
            tokens[row, at : at + many] = telling.tokens
            targets[row, at : at + many] = telling.targets
            source[row, at : at + many] = name
            at += many
    state, device = model.start(LANES), model.embed.device
    nats, ends = np.zeros((LANES, time)), np.zeros((LANES, time))
    for at in range(0, time, TIME):
        part = slice(at, at + TIME)
        logits, state = model(torch.from_numpy(tokens[:, part].copy()).to(device), state)
        _, a, b = cost(logits, torch.from_numpy(targets[:, part].copy()).to(device))
        nats[:, part], ends[:, part] = a.cpu().numpy(), b.cpu().numpy()
    flat, many = source.ravel(), len(names)
    plain = ((targets >= 0) & (targets < BYTES)).ravel()
    closing = (targets == BYTES).ravel()

    def sums(weights: np.ndarray) -> np.ndarray:
        return np.bincount(flat, weights=weights.ravel(), minlength=many)

    count, turns_ended = sums(plain * 1.0), sums(closing * 1.0)
    bits, flags = sums(nats) / math.log(2), sums(ends) / math.log(2)
    return Measured(
        {n: float(bits[i] / max(1, count[i])) for i, n in enumerate(names)},
        {n: float(flags[i] / max(1, turns_ended[i])) for i, n in enumerate(names)},
        {n: int(count[i]) for i, n in enumerate(names)},
    )
