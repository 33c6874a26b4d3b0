"""From a learnt model to a frozen one: what the activations reach is measured, then rounded.

`python -m memory.models.freezing CHECKPOINT OUT.hqlm [--text FILE ...]` freezes a checkpoint of
`harness.training`. Text like that to come shows how far activations go; without one, a text of
ours is taken (`memory.models.known`), which is little: give some.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import safe_open
from torch import Tensor
from torch.nn import functional

from memory.errors import ModelError, UnsafeModel
from memory.models import file, hashing, known
from memory.models.alphabet import DOCUMENT, Said, tell
from memory.models.bytes import LIMIT, Block, ByteModel, Shape, normal, scan
from memory.models.frozen import Frozen, fitting, freeze
from memory.models.plain import PlainReader

RETENTION = "it has retention blocks, which have no whole-number form: it cannot be frozen"
REST = 1e-5
"""Share of activations that may be cut."""
LANE = 2048
"""Bytes of each reader of the calibration text."""
LANES = 32
TOGETHER = 4
"""Lanes that are read at once: all of them would take gigabytes."""
FINE, HIGHEST = 128, int(LIMIT * LIMIT)
"""Activations are counted in steps of 1 / FINE; none is higher, as states are averages."""


@torch.no_grad()
def frozen(model: ByteModel, tokens: Tensor) -> Frozen:
    """Freeze a model.

    Args:
        model: with scans only; retention has no whole-number form yet.
        tokens: text like that to come, int32 `[batch, time]`, to see how far activations go.
    """
    drops = [fitting(most) for most in reaches(model, tokens)]
    weights = {n: t.float().numpy() for n, t in model.state_dict().items()}
    return freeze(weights, model.ngrams, drops=drops)


@torch.no_grad()
def reaches(model: ByteModel, tokens: Tensor) -> list[float]:
    """Give what each block's activations stay below, but for `REST` of them.

    Raises:
        UnsafeModel: There is no whole-number form of what the model does.
    """
    blocks = [block for block in model.blocks if isinstance(block, Block)]
    if len(blocks) < len(model.blocks):
        raise UnsafeModel(RETENTION)
    seen = torch.zeros(len(blocks), HIGHEST * FINE, dtype=torch.float64)
    for at in range(0, len(tokens), TOGETHER):
        part = tokens[at : at + TOGETHER]
        for place, y in enumerate(_activations(model, blocks, part)):
            seen[place] += torch.histc(y.abs(), seen.shape[1], 0, HIGHEST)
    below = seen.cumsum(1) < (1 - REST) * seen[0].sum()
    return [float(one) / FINE for one in below.sum(1)]


def _activations(model: ByteModel, blocks: list[Block], tokens: Tensor) -> Iterator[Tensor]:
    """What each block hands to its outward product."""
    rows, _ = hashing.rows(model.ngrams, tokens, model.start(len(tokens)).trail)
    x = model.embed[tokens.long()] + model.looked_up(rows)
    keep = (tokens != DOCUMENT).unsqueeze(-1)
    for block in blocks:
        p = functional.linear(normal(x), block.inward.weight) + block.bias
        forget, candidate, gate = p.chunk(3, dim=-1)
        forget, candidate = forget.sigmoid(), candidate.clamp(-LIMIT, LIMIT)
        states = scan(forget * keep, candidate - forget * candidate, x.new_zeros(1))
        y = states * functional.silu(gate.clamp(-LIMIT, LIMIT))
        yield y
        x = x + functional.linear(y, block.outward.weight)


def checkpoint(path: Path) -> tuple[ByteModel, dict[str, Any]]:
    """Give the model of a checkpoint of `harness.training`, and what is told beside it."""
    opened: Any = safe_open(path, framework="pt")
    with opened as kept:
        names = [str(name) for name in kept.keys() if name.startswith("model.")]  # noqa: SIM118
        tensors = {name[6:]: kept.get_tensor(name) for name in names}
        told = json.loads(kept.metadata()["enfold"])
    told_shape = told["recipe"]["shape"]
    if told_shape["retention"]:
        raise UnsafeModel(RETENTION)
    grams = tuple((int(n), int(b)) for n, b in told_shape["ngrams"])
    lists = {"ngrams": grams, "retention": (), "heads": tuple(told_shape["heads"])}
    model = ByteModel(Shape(**told_shape | lists))
    model.load_state_dict(tensors, strict=False)
    return model, told


def calibration(texts: list[bytes]) -> Tensor:
    """Cut texts into lanes, each from nothing: int32 `[lanes, time]`."""
    pieces = [t[at : at + LANE] for t in texts for at in range(0, len(t), LANE)]
    # Evenly over all of them, the longest possible.
    chosen = [pieces[i * len(pieces) // LANES] for i in range(min(LANES, len(pieces)))]
    tokens = np.full((len(chosen), LANE + 3), DOCUMENT, np.int32)
    for row, piece in enumerate(chosen):
        told = tell([Said(b"", piece)]).tokens
        tokens[row, -len(told) :] = told
    return torch.from_numpy(tokens)


def sealed(model: Frozen, notes: dict[str, str]) -> bytes:
    """Write a frozen model as a file's bytes, its answer to the known text in it."""
    return file.encode(model, answer=known.answer(PlainReader(model)), notes=notes)


def save(path: Path, blob: bytes) -> None:
    """Write beside, then rename."""
    beside = path.with_name(f".{path.name}.new")
    beside.write_bytes(blob)
    beside.replace(path)


def main(arguments: list[str] | None = None) -> int:
    """Freeze a checkpoint."""
    asked = argparse.ArgumentParser(
        prog="python -m memory.models.freezing", description=__doc__
    )
    asked.add_argument("checkpoint", type=Path)
    asked.add_argument("out", type=Path)
    asked.add_argument("--text", type=Path, nargs="*", default=[])
    asked.add_argument("--note", action="append", default=[], metavar="NAME=TEXT")
    given = asked.parse_args(arguments)
    texts = [path.read_bytes() for path in given.text] or [text for _, text in known.turns()]
    try:
        model, told = checkpoint(given.checkpoint)
        notes = {name: str(told[name]) for name in ("read", "step") if name in told}
        notes |= dict(note.partition("=")[::2] for note in given.note)
        blob = sealed(frozen(model, calibration(texts)), notes)
    except ModelError as fault:
        sys.stderr.write(f"{given.checkpoint}: {fault}\n")
        return 1
    save(given.out, blob)
    sys.stdout.write(f"{given.out}: {len(blob)} bytes, model {file.decode(blob).id}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
