"""Held-out bits per byte, by source: each document from its beginning, states carried."""

import json
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from harness.training.corpus import Ready, turns
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
            text = ready.text(document)[:room]
            got[document.source] = got.get(document.source, 0) + len(text)
            told.append((document.source, talk(text) if document.talk else piece(text)))
    return told


def others(shared: Path, *, most: int) -> list[tuple[str, Telling]]:
    """Give texts of which nothing is in the corpus (names begin with `~`)."""
    told: list[tuple[str, Telling]] = []
    for seed in sorted((shared / "seeds").glob("*.txt")):
        text = seed.read_text(encoding="utf-8")
        if seed.name.startswith("004"):
            text = text.encode("cp1254", "replace").decode("utf-8", "replace")
        name = "~seed004" if seed.name.startswith("004") else "~seeds"
        told.append((name, piece(text.encode()[:most])))
    for room in sorted((shared / "data" / "transcripts").rglob("*.jsonl")):
        said = [json.loads(line) for line in room.read_text().splitlines()]
        pairs = [(str(row["name"]), str(row["text"])) for row in said]
        told.append(("~rooms", cut(pairs, most)))
    talks = json.loads((shared / "data/locomo/locomo_dev.json").read_text())
    for item in talks[:2]:
        days = item["conversation"]
        pairs = [
            (turn["speaker"], turn["text"])
            for key in days
            if key.startswith("session_") and isinstance(days[key], list)
            for turn in days[key]
        ]
        told.append(("~locomo", cut(pairs, most // 2)))
    return told


def cut(pairs: list[tuple[str, str]], most: int) -> Telling:
    """Tell the first `most` bytes of what was said."""
    said: list[Said] = []
    for author, text in pairs:
        words = text.encode()[:most]
        most -= len(words)
        if words:
            said.append(Said(author.encode() or b"?", words))
    return tell(said)


def talk(text: bytes) -> Telling:
    """Tell `Name: text` as turns."""
    return tell(Said(author, words) for author, words in turns(text))


def piece(text: bytes) -> Telling:
    """Tell a text as it is."""
    return tell([Said(b"", text)])


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
