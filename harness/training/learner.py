"""A byte model, its optimisers and its place in the text: one step, and taking up exactly.

Nothing random is kept: all is drawn from the seed, the step and the place in the stream. So a
checkpoint is the weights, their moments, the carried states and a few whole numbers, and going
on from it is, to the bit, never having stopped.
"""

import math
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from harness.errors import NotPossible
from harness.training import checkpoint
from harness.training.corpus import Ready
from harness.training.ranks import Ranks
from harness.training.rows import RowAdam
from harness.training.stream import Stream
from memory.models import bytes as models
from memory.models.bytes import ByteModel, Shape, State, cost, quick

ENDLESS = 10**12
"""Bytes that no run reads."""


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
    bytes: int = ENDLESS
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
        rise = min(1.0, (step + 1) / max(1, self.warmth))
        left = min(1.0, max(0.0, (self.bytes - read) / max(1, self.cooling)))
        return rise * (self.floor + (1 - self.floor) * (1 - math.cos(math.pi * left)) / 2)


FIXED = ("shape", "lanes", "seed")
"""What a run cannot change on its way: the carried states and the order of the text."""


def taken_up(kept: Recipe, given: dict[str, Any]) -> Recipe:
    """Change a run's recipe as it goes on.

    Args:
        kept: The run's.
        given: Fields to change.

    Raises:
        NotPossible: One of them cannot change.
    """
    for name in FIXED:
        if name in given and given[name] != getattr(kept, name):
            raise NotPossible(
                f"a run keeps its {name} for good: it has {getattr(kept, name)}, "
                f"and {given[name]} was asked for"
            )
    return replace(kept, **given)


class Learner:
    """A model, its optimisers and its place in the text."""

    def __init__(
        self, recipe: Recipe, ready: Ready, *, device: str = "cpu", ranks: Ranks | None = None
    ) -> None:
        torch.manual_seed(recipe.seed)
        self.recipe, self.device, self.ranks = recipe, device, ranks or Ranks()
        self.mine = self.ranks.part(recipe.lanes)
        self.model = ByteModel(recipe.shape).to(device)
        self.fused = quick(self.model.embed)
        self.stream = Stream(ready, lanes=recipe.lanes, time=recipe.time, seed=recipe.seed)
        matrices = [p for n, p in self.model.named_parameters() if p.dim() > 1 and n != "table"]
        vectors = [p for p in self.model.parameters() if p.dim() == 1]
        groups: list[dict[str, Any]] = [
            {"params": matrices, "weight_decay": recipe.decay, "full": recipe.rate},
            {"params": vectors, "weight_decay": 0.0, "full": recipe.rate},
        ]
        self.table = len(matrices) + len(vectors)
        """Where plain torch's optimiser has the table."""
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
        self.state = self.model.start(self.mine.stop - self.mine.start)
        self.step_, self.read, self.seconds = 0, 0, 0.0

    def step(self) -> float:
        """Learn from one batch; gives its cost in bits per byte."""
        recipe, model = self.recipe, self.model
        whole = self.stream.batch()
        tokens, targets = (torch.from_numpy(part[self.mine]).to(self.device) for part in whole)
        dropped = None
        if recipe.dropped and model.ngrams.lengths:
            draw = torch.Generator().manual_seed(recipe.seed * 1_000_003 + self.step_)
            shape = (len(model.ngrams.lengths), *whole[0].shape)
            dropped = torch.rand(shape, generator=draw)[:, self.mine] < recipe.dropped
            dropped = dropped.to(self.device)
        kind = torch.device(self.device).type
        halves = kind == "cuda" and torch.cuda.is_bf16_supported()
        with torch.autocast(kind, torch.bfloat16, enabled=halves):
            logits, state = model(tokens, self.state.detach(), dropped=dropped)
            loss, nats, _ = cost(logits, targets)
        self.dense.zero_grad(set_to_none=True)
        loss.backward()
        self.state = state.detach()
        paid = nats.detach().sum().reshape(1)
        self.gather(int((targets >= 0).sum()) / max(1, int((whole[1] >= 0).sum())), paid)
        self.update()
        plain = int(((whole[1] >= 0) & (whole[1] < 256)).sum())
        self.read += plain
        self.step_ += 1
        return float(paid) / max(1, plain) / math.log(2)

    def gather(self, share: float, paid: Tensor) -> None:
        """Make the gradient that of all processes' lanes: each is a mean over its own.

        Args:
            share: Of all places that are learnt from, those of this process.
            paid: What this process's bytes cost; becomes what all cost.
        """
        if self.ranks.many == 1:
            return
        grads = [p.grad for p in self.model.parameters() if p.grad is not None]
        if self.fused:
            grads.append(self.model.dtable)
            self.ranks.most(self.model.marks)
        for grad in grads:
            grad.mul_(share)
        self.ranks.add([*grads, paid])

    def update(self) -> None:
        """Move the weights along the clipped gradient."""
        share = self.recipe.at(self.step_, self.read)
        grads = [p.grad for p in self.model.parameters() if p.grad is not None]
        square = sum(float(g.square().sum()) for g in grads)
        square += self.rows.norm() if self.fused else 0.0
        if not math.isfinite(square):
            raise NotPossible(
                f"the gradient is not finite at step {self.step_}: a lower --rate, from the "
                "last checkpoint, which stands"
            )
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
        """Write all that `load` needs to go on as if never stopped; all processes take part."""
        tensors: dict[str, Tensor] = {
            f"model.{n}": p for n, p in self.model.state_dict().items()
        }
        for i, moments in self.dense.state_dict()["state"].items():
            tensors |= {f"dense.{i}.{n}": value for n, value in moments.items()}
        tensors |= {"rows.mean": self.rows.mean, "rows.power": self.rows.power}
        tensors |= {"state.trail": self.ranks.whole(self.state.trail)}
        for i, layer in enumerate(self.state.layers):
            tensors[f"state.{i}"] = self.ranks.whole(layer)
        if not self.ranks.first:
            return
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
        """Take up from a checkpoint of the same shape, lanes and seed.

        Raises:
            NotPossible: It is of another path (the fused passes or plain torch), of other text,
                or no checkpoint of ours.
        """
        tensors, told = checkpoint.read(path)
        moments: dict[int, dict[str, Tensor]] = {}
        for name, tensor in tensors.items():
            if name.startswith("dense."):
                _, i, key = name.split(".")
                moments.setdefault(int(i), {})[key] = tensor
        if moments and self.fused == (self.table in moments):
            there, here = ("plain torch", "fused") if self.fused else ("fused", "plain torch")
            raise NotPossible(
                f"{path} was learnt by the {there} passes and cannot go on by the {here} ones: "
                "the tables' moments differ (a GPU, or no C compiler, means plain torch)"
            )
        model = {n[6:]: t for n, t in tensors.items() if n.startswith("model.")}
        self.model.load_state_dict(model)
        groups = self.dense.state_dict()["param_groups"]
        self.dense.load_state_dict({"state": moments, "param_groups": groups})
        self.rows.mean.copy_(tensors["rows.mean"])
        self.rows.power.copy_(tensors["rows.power"])
        self.rows.steps = told["rows"]
        self.state = State(
            tensors["state.trail"][self.mine].clone().to(self.device),
            tuple(
                tensors[f"state.{i}"][self.mine].clone().to(self.device)
                for i in range(len(self.state.layers))
            ),
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
    known = {field.name for field in fields(Recipe)}
    kept: dict[str, Any] = {n: v for n, v in told.items() if n in known}
    whole: dict[str, Any] = kept | {"shape": Shape(**shape)}
    return Recipe(**whole)


def model_of(path: Path) -> tuple[ByteModel, dict[str, Any]]:
    """Give the model in a checkpoint, and what was told beside it.

    Raises:
        NotPossible: There is none.
    """
    tensors, told = checkpoint.read(path)
    model = ByteModel(recipe_of(told["recipe"]).shape)
    weights = {n[6:]: t for n, t in tensors.items() if n.startswith("model.")}
    model.load_state_dict(weights)
    return model, told
