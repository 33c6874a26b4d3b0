"""A language model over bytes, small enough that decoding stays in a processor's second cache.

Each block's gates depend on its input only: all products batch over time and the recurrence
is one multiply-add per channel, so reading a turn at once and byte by byte are one function.
Hashed n-grams are looked up beside each byte; they cost memory and no arithmetic. RMSNorm has
no gain (the next matrix would take it in), values going on are bounded: `memory.models.frozen`
takes the weights as they are. Two paths, one function: `fused.c` in bf16, and plain torch.
"""

import math
from dataclasses import dataclass, replace
from typing import NamedTuple, Self, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from memory.models import fused, hashing
from memory.models.alphabet import BYTES, DOCUMENT, SYMBOLS
from memory.models.ngrams import Ngrams
from memory.models.retention import Retention

LIMIT = 8.0
"""Candidates and gates live in -LIMIT..LIMIT: the integer tables cover no more."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What a byte model is made of; stored beside its weights."""

    width: int = 256
    state: int = 384
    """Channels of recurrent state in each block."""
    blocks: int = 4
    ngrams: tuple[tuple[int, int], ...] = ((2, 13), (3, 14), (4, 15), (6, 15))
    """Length in tokens and log2 of the buckets, for each table; widths share `width` evenly."""
    slowest: float = 4096.0
    """The longest half-way memory that a channel begins with, in bytes."""

    retention: tuple[int, ...] = ()
    """Blocks that keep a memory of products in place of the scan, 0 for the first."""
    heads: tuple[int, int, int] = (6, 32, 64)
    """How many heads retention has, width of a key, width of a value."""

    @property
    def part(self) -> int:
        """Width of one n-gram's row."""
        return self.width // len(self.ngrams) if self.ngrams else 0

    @property
    def dense(self) -> int:
        """Weights touched for every byte; the n-gram tables are not among them."""
        each = 4 * self.width * self.state + 3 * self.state
        return self.blocks * each + self.width * (BYTES + 1 + SYMBOLS)


TINY = Shape(width=64, state=64, blocks=2, ngrams=((2, 10), (3, 12)))
SMALL = Shape()
BASE = Shape(width=384, state=512, blocks=5)


class State(NamedTuple):
    """What the model carries from one byte to the next, for a batch of readers."""

    trail: Tensor
    """The last tokens, oldest first: int32 `[batch, reach]`."""
    layers: tuple[Tensor, ...]
    """Each block's: `[batch, state]`, or `[batch, heads, key, value]` for retention."""

    def detach(self) -> Self:
        """Give the same state, cut from the graph that made it."""
        return self._replace(layers=tuple(layer.detach() for layer in self.layers))


class Block(nn.Module):
    """Forget, candidate and gate from the input; a scan; back to the width."""

    def __init__(self, shape: Shape, *, depth: int) -> None:
        super().__init__()
        self.inward = nn.Linear(shape.width, 3 * shape.state, bias=False)
        self.bias = nn.Parameter(torch.zeros(3 * shape.state))
        self.outward = nn.Linear(shape.state, shape.width, bias=False)
        nn.init.normal_(self.inward.weight, std=1 / math.sqrt(shape.width))
        nn.init.normal_(self.outward.weight, std=0.7 / math.sqrt(shape.state * shape.blocks))
        # Memories of 1 byte up to `slowest`, evenly in the logarithm; deeper blocks slower.
        low = math.log(1.0 + depth)
        spans = torch.linspace(low, math.log(shape.slowest), shape.state).exp()
        with torch.no_grad():
            self.bias[: shape.state] = (spans - 0.9).clamp_min(0.2).log()

    def start(self, batch: int) -> Tensor:
        """Give the state of one who has read nothing."""
        return self.bias.new_zeros(batch, self.bias.numel() // 3)

    def forward(self, x: Tensor, keep: Tensor, first: Tensor) -> tuple[Tensor, Tensor]:
        """Read on: x `[batch, time, width]`, keep `[batch, time]`, first `[batch, state]`."""
        if quick(x):
            p = functional.linear(fused.norm(x), self.inward.weight.to(torch.bfloat16))
            y, last = fused.scan(p, self.bias, keep, first)
            return x + functional.linear(y, self.outward.weight.to(torch.bfloat16)), last
        p = functional.linear(normal(x), self.inward.weight) + self.bias
        forget, candidate, gate = p.chunk(3, dim=-1)
        forget = forget.sigmoid()
        candidate, gate = candidate.clamp(-LIMIT, LIMIT), gate.clamp(-LIMIT, LIMIT)
        states = scan(forget * keep.unsqueeze(-1), candidate - forget * candidate, first)
        y = states * functional.silu(gate)
        return x + functional.linear(y, self.outward.weight), states[:, -1]


class Retaining(nn.Module):
    """The same with retention, at the same weights per byte."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        heads, key, value = shape.heads
        self.retention = Retention(
            shape.width, heads=heads, key=key, value=value, slowest=shape.slowest
        )

    def start(self, batch: int) -> Tensor:
        """Give the empty memory."""
        return self.retention.start(batch)

    def forward(self, x: Tensor, keep: Tensor, first: Tensor) -> tuple[Tensor, Tensor]:
        """Read on: x `[batch, time, width]`, keep `[batch, time]`."""
        y, last = self.retention(fused.norm(x) if quick(x) else normal(x), first, keep)
        return x + y, last


class ByteModel(nn.Module):
    """Predicts each byte, and whether the turn ends, from all before it."""

    def __init__(self, shape: Shape = SMALL) -> None:
        super().__init__()
        self.shape = shape
        self.ngrams = Ngrams.of(shape.ngrams)
        self.embed = nn.Parameter(torch.randn(SYMBOLS, shape.width) * 0.5)
        self.table = nn.Parameter(torch.zeros(self.ngrams.buckets, shape.part))
        self.register_buffer("dtable", torch.zeros(self.table.shape), persistent=False)
        self.register_buffer(
            "marks", torch.zeros(self.ngrams.buckets, dtype=torch.uint8), persistent=False
        )
        self.dtable: Tensor
        self.marks: Tensor
        self.blocks = nn.ModuleList(
            Retaining(shape) if i in shape.retention else Block(shape, depth=i)
            for i in range(shape.blocks)
        )
        self.head = nn.Linear(shape.width, BYTES + 1, bias=False)
        nn.init.normal_(self.head.weight, std=0.5 / math.sqrt(shape.width))

    @property
    def layers(self) -> list[Block | Retaining]:
        """The blocks, the first to read first."""
        return [cast("Block | Retaining", block) for block in self.blocks]

    def start(self, batch: int) -> State:
        """Give the state of readers who have read nothing."""
        trail = torch.full((batch, self.ngrams.reach), DOCUMENT, dtype=torch.int32)
        return State(
            trail.to(self.embed.device), tuple(block.start(batch) for block in self.layers)
        )

    def forward(
        self, tokens: Tensor, state: State, *, dropped: Tensor | None = None
    ) -> tuple[Tensor, State]:
        """Read on.

        Args:
            tokens: int32 `[batch, time]`.
            state: what was carried here.
            dropped: bool `[orders, batch, time]`, n-grams to leave out while learning.

        Returns:
            Logits `[batch, time, 257]` (256 bytes; whether the turn ends), and the state
            after the last token.
        """
        tokens = tokens.contiguous()
        rows, trail = hashing.rows(self.ngrams, tokens, state.trail)
        if dropped is not None:
            rows = torch.where(dropped, -1, rows)
        keep = (tokens != DOCUMENT).to(torch.uint8)
        if quick(self.embed):
            x = fused.embed(tokens, rows, self.embed, self.table, self.dtable, self.marks)
        else:
            x = self.embed[tokens.long()] + self.looked_up(rows)
        lasts: list[Tensor] = []
        for block, first in zip(self.layers, state.layers, strict=True):
            x, last = block(x, keep, first)
            lasts.append(last)
        if quick(x):
            weight = self.head.weight.to(torch.bfloat16)
            logits = functional.linear(fused.norm(x), weight)
        else:
            logits = functional.linear(normal(x), self.head.weight)
        return logits, State(trail, tuple(lasts))

    def looked_up(self, rows: Tensor) -> Tensor:
        """Rows of the n-gram tables side by side; zeros where a row is below 0."""
        if not len(rows):
            return self.embed.new_zeros(())
        found = self.table[rows.clamp_min(0).long()] * (rows >= 0).unsqueeze(-1)
        return found.permute(1, 2, 0, 3).flatten(2)


def quick(x: Tensor) -> bool:
    """Whether the fused passes serve: float32 on a processor, with a compiler at hand."""
    return (
        not fused.PLAIN
        and x.dtype == torch.float32
        and not x.is_cuda
        and fused.library() is not None
    )


def normal(x: Tensor) -> Tensor:
    """Divide by the root of the mean square."""
    return x * torch.rsqrt(x.square().mean(dim=-1, keepdim=True) + fused.EPS)


def scan(decay: Tensor, added: Tensor, first: Tensor) -> Tensor:
    """Solve `h[t] = decay[t] * h[t-1] + added[t]` over time, in log2(time) doublings."""
    added = torch.cat([added[:, :1] + decay[:, :1] * first.unsqueeze(1), added[:, 1:]], dim=1)
    step, time = 1, added.shape[1]
    while step < time:
        more = added[:, step:] + decay[:, step:] * added[:, :-step]
        less = decay[:, step:] * decay[:, :-step]
        added = torch.cat([added[:, :step], more], dim=1)
        decay = torch.cat([decay[:, :step], less], dim=1)
        step *= 2
    return added


def cost(logits: Tensor, targets: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Give the mean cost per learnt position, and per position that of the byte and the flag.

    All in nats. The byte's cost is given that the turn goes on: what a coder pays that knows
    the length of the turn.
    """
    if fused.serves(logits):
        return fused.score(logits, targets)
    goal, logits = targets.long(), logits.float()
    nats = functional.cross_entropy(
        logits[..., :BYTES].flatten(0, 1),
        torch.where((goal >= 0) & (goal < BYTES), goal, -100).flatten(),
        reduction="none",
    ).view(goal.shape)
    flag = functional.binary_cross_entropy_with_logits(
        logits[..., BYTES], (goal == BYTES).to(logits.dtype), reduction="none"
    )
    ends = torch.where(goal >= 0, flag, 0.0)
    return (nats.sum() + ends.sum()) / (goal >= 0).sum().clamp_min(1), nats, ends


def without_ngrams(shape: Shape) -> Shape:
    """Give the same shape with no tables."""
    return replace(shape, ngrams=())
