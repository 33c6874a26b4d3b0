"""A byte model learns: the loop, its log, and taking up exactly where it was killed.

The rate rises, stays, and falls along a cosine over the last `cooling` bytes, so that a run
needs to know its end only when it comes: `COOL` in its folder begins the fall, `STOP` ends at
once; both leave a checkpoint. Nothing random is kept: all is drawn from the seed, the step and
the place in the stream.
"""

import json
import math
import os
import resource
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from harness.training import checkpoint
from harness.training.corpus import Ready
from harness.training.measure import held_out, measure, others
from harness.training.rows import RowAdam
from harness.training.stream import Stream
from memory.models import bytes as models
from memory.models.bytes import ByteModel, Shape, State, cost, quick


@dataclass(frozen=True, slots=True)
class Recipe:
    """All that decides a run's weights, but for the text."""

    shape: Shape = models.SMALL
    lanes: int = 8
    time: int = 1024
    """Tokens between the places where the gradient is cut; the state goes on."""
    rate: float = 3e-3
    rows_rate: float = 3e-3
    """For the n-gram tables."""
    warmth: int = 200
    """Steps over which the rate rises."""
    bytes: int = 10**12
    """Where the rate has fallen; learning ends there."""
    cooling: int = 60_000_000
    """Bytes over which it falls."""
    floor: float = 0.02
    """Where it falls to, as a share."""
    decay: float = 0.05
    """Weight decay of matrices."""
    clip: float = 1.0
    dropped: float = 0.1
    """Share of n-grams left out."""
    seed: int = 1

    def at(self, step: int, read: int) -> float:
        """Give the rate's share at a step, with so many bytes read."""
        rise = min(1.0, (step + 1) / self.warmth)
        left = min(1.0, max(0.0, (self.bytes - read) / self.cooling))
        return rise * (self.floor + (1 - self.floor) * (1 - math.cos(math.pi * left)) / 2)


class Learner:
    """A model, its optimisers and its place in the text."""

    def __init__(self, recipe: Recipe, ready: Ready, *, device: str = "cpu") -> None:
        torch.manual_seed(recipe.seed)
        self.recipe, self.device = recipe, device
        self.model = ByteModel(recipe.shape).to(device)
        self.fused = quick(self.model.embed)
        self.stream = Stream(ready, lanes=recipe.lanes, time=recipe.time, seed=recipe.seed)
        matrices = [p for n, p in self.model.named_parameters() if p.dim() > 1 and n != "table"]
        vectors = [p for p in self.model.parameters() if p.dim() == 1]
        groups: list[dict[str, Any]] = [
            {"params": matrices, "weight_decay": recipe.decay, "full": recipe.rate},
            {"params": vectors, "weight_decay": 0.0, "full": recipe.rate},
        ]
        if not self.fused:
            table = {"params": [self.model.table], "weight_decay": 0.0}
            groups.append(table | {"full": recipe.rows_rate})
        self.dense = torch.optim.AdamW(
            groups,
            lr=recipe.rate,
            betas=(0.9, 0.98),
            eps=1e-8,
            fused=True,
        )
        self.rows = RowAdam(self.model.table, self.model.dtable, self.model.marks)
        self.state = self.model.start(recipe.lanes)
        self.step_, self.read, self.seconds = 0, 0, 0.0

    def step(self) -> float:
        """Learn from one batch; gives its cost in bits per byte."""
        recipe, model = self.recipe, self.model
        tokens, targets = (
            torch.from_numpy(part).to(self.device) for part in self.stream.batch()
        )
        dropped = None
        if recipe.dropped and model.ngrams.lengths:
            draw = torch.Generator().manual_seed(recipe.seed * 1_000_003 + self.step_)
            shape = (len(model.ngrams.lengths), *tokens.shape)
            dropped = (torch.rand(shape, generator=draw) < recipe.dropped).to(self.device)
        kind = torch.device(self.device).type
        with torch.autocast(kind, torch.bfloat16, enabled=kind != "cpu"):
            logits, state = model(tokens, self.state.detach(), dropped=dropped)
            loss, nats, _ = cost(logits, targets)
        self.dense.zero_grad(set_to_none=True)
        loss.backward()
        self.state = state.detach()
        self.update()
        plain = int(((targets >= 0) & (targets < 256)).sum())
        self.read += plain
        self.step_ += 1
        return float(nats.detach().sum()) / max(1, plain) / math.log(2)

    def update(self) -> None:
        """Move the weights along the clipped gradient."""
        share = self.recipe.at(self.step_, self.read)
        grads = [p.grad for p in self.model.parameters() if p.grad is not None]
        square = sum(float(g.square().sum()) for g in grads)
        square += self.rows.norm() if self.fused else 0.0
        scale = min(1.0, self.recipe.clip / (math.sqrt(square) + 1e-6))
        if scale < 1:
            for grad in grads:
                grad.mul_(scale)
        for group in self.dense.param_groups:
            group["lr"] = group["full"] * share
        self.dense.step()
        if self.fused and self.model.ngrams.lengths:
            self.rows.step(self.recipe.rows_rate * share, scale)

    def save(self, path: Path) -> None:
        """Write all that `load` needs to go on as if never stopped."""
        tensors: dict[str, Tensor] = {
            f"model.{n}": p for n, p in self.model.state_dict().items()
        }
        for i, moments in self.dense.state_dict()["state"].items():
            tensors |= {f"dense.{i}.{n}": value for n, value in moments.items()}
        tensors |= {"rows.mean": self.rows.mean, "rows.power": self.rows.power}
        tensors |= {"state.trail": self.state.trail}
        tensors |= {f"state.{i}": layer for i, layer in enumerate(self.state.layers)}
        checkpoint.write(
            path,
            tensors,
            {
                "recipe": asdict(self.recipe),
                "step": self.step_,
                "read": self.read,
                "seconds": self.seconds,
                "rows": self.rows.steps,
                "stream": self.stream.where(),
                "torch": torch.__version__,
            },
        )

    def load(self, path: Path) -> None:
        """Take up from a checkpoint of the same recipe."""
        tensors, told = checkpoint.read(path)
        model = {n[6:]: t for n, t in tensors.items() if n.startswith("model.")}
        self.model.load_state_dict(model)
        moments: dict[int, dict[str, Tensor]] = {}
        for name, tensor in tensors.items():
            if name.startswith("dense."):
                _, i, key = name.split(".")
                moments.setdefault(int(i), {})[key] = tensor
        groups = self.dense.state_dict()["param_groups"]
        self.dense.load_state_dict({"state": moments, "param_groups": groups})
        self.rows.mean.copy_(tensors["rows.mean"])
        self.rows.power.copy_(tensors["rows.power"])
        self.rows.steps = told["rows"]
        self.state = State(
            tensors["state.trail"].to(self.device),
            tuple(tensors[f"state.{i}"].to(self.device) for i in range(len(self.state.layers))),
        )
        self.step_, self.read, self.seconds = told["step"], told["read"], told["seconds"]
        self.stream.go(told["stream"])


def recipe_of(told: dict[str, Any]) -> Recipe:
    """Read a recipe back from JSON."""
    shape: dict[str, Any] = told["shape"] | {
        "ngrams": tuple(tuple(t) for t in told["shape"]["ngrams"]),
        "retention": tuple(told["shape"]["retention"]),
        "heads": tuple(told["shape"]["heads"]),
    }
    kept: dict[str, Any] = told | {"shape": Shape(**shape)}
    return Recipe(**kept)


def learn(
    recipe: Recipe,
    ready: Ready,
    folder: Path,
    *,
    shared: Path | None = None,
    every: float = 600.0,
    limit: float = math.inf,
    most: int = 24_000,
    device: str = "cpu",
) -> Learner:
    """Learn until `recipe.bytes`, `limit` seconds or a `STOP` file; go on where `folder` stands.

    Args:
        recipe: for a new run; one that goes on keeps its own but for `bytes` and `cooling`.
        ready: the text.
        folder: of the run: `last.safetensors`, `best.safetensors`, `log.jsonl`.
        shared: where texts for judging lie, if anywhere.
        every: seconds between measurements, each with a checkpoint.
        limit: seconds of processor time for this call: what neighbours take does not count.
        most: bytes of each source to measure on.
        device: as torch names it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    last = folder / "last.safetensors"
    if last.exists():
        kept = recipe_of(checkpoint.read(last)[1]["recipe"])
        recipe = replace(kept, bytes=recipe.bytes, cooling=recipe.cooling)
    learner = Learner(recipe, ready, device=device)
    if last.exists():
        learner.load(last)
    told = held_out(ready, most=most) + (others(shared, most=most) if shared else [])
    best = math.inf
    log = folder / "log.jsonl"
    if log.exists():
        rows = [json.loads(line) for line in log.read_text().splitlines() if line.strip()]
        best = min((row["held"] for row in rows if "held" in row), default=math.inf)
    begun = time.process_time()
    marked = measured = time.monotonic()
    since, costs = learner.read, list[float]()
    while True:
        costs.append(learner.step())
        now = time.monotonic()
        done = learner.read >= learner.recipe.bytes or time.process_time() - begun >= limit
        stop, cool = folder / "STOP", folder / "COOL"
        if cool.exists():
            cool.unlink()
            end = learner.read + learner.recipe.cooling
            learner.recipe = replace(learner.recipe, bytes=min(end, learner.recipe.bytes))
        done = done or stop.exists()
        if done or now - marked >= 30:
            spent = now - marked
            learner.seconds += spent
            note(
                log,
                {
                    "step": learner.step_,
                    "read": learner.read,
                    "seconds": round(learner.seconds, 1),
                    "bits": round(sum(costs) / len(costs), 4),
                    "speed": round((learner.read - since) / spent),
                    "rate": learner.recipe.at(learner.step_, learner.read),
                    "cpu": round(time.process_time() - begun, 1),
                    "passes": round(learner.stream.passes, 3),
                    "faults": resource.getrusage(resource.RUSAGE_SELF).ru_minflt,
                },
            )
            marked, since, costs = now, learner.read, []
        if done or now - measured >= every:
            found = measure(learner.model, told)
            own = [found.bits[n] for n in found.bits if not n.startswith("~")]
            held = sum(own) / len(own)
            note(
                log,
                {
                    "step": learner.step_,
                    "read": learner.read,
                    "held": round(held, 4),
                    "sources": {n: round(b, 4) for n, b in found.bits.items()},
                    "ends": {n: round(b, 2) for n, b in found.ends.items()},
                },
            )
            learner.save(last)
            if held < best:
                best = held
                learner.save(folder / "best.safetensors")
            marked = measured = time.monotonic()
        if done:
            stop.unlink(missing_ok=True)
            return learner


def note(log: Path, row: dict[str, Any]) -> None:
    """Add a line to the run's log."""
    with log.open("a") as out:
        out.write(json.dumps(row) + "\n")
        out.flush()
        os.fsync(out.fileno())
