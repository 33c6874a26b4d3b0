"""Retention with a decay per head: a memory of products, in three forms that agree.

`S <- a S + (1 - a) k'v`, read as `q S`: parallel over all places, over chunks, or step by step.
The decay is fixed or follows from the input; `1 - a` keeps the state an average, so that it is
bounded (whole numbers must hold it) and nothing is ever rescaled by what was read. There are no
rotations: order comes from the decays and from the n-grams below.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from memory.models import fused

CHUNK = 64
FORGOTTEN = -40.0
"""The logarithm of a decay that forgets: e^-40 is nothing beside anything in float32."""


class Retention(nn.Module):
    """Queries, keys, values and gates from the input; norm per head; back to the width."""

    def __init__(
        self,
        width: int,
        *,
        heads: int,
        key: int,
        value: int,
        gated: bool = True,
        slowest: float = 4096.0,
    ) -> None:
        super().__init__()
        self.heads, self.key, self.value, self.gated = heads, key, value, gated
        self.inward = nn.Linear(width, heads * (2 * key + 2 * value), bias=False)
        self.outward = nn.Linear(heads * value, width, bias=False)
        self.decay = nn.Linear(width, heads) if gated else None
        spans = torch.linspace(math.log(8.0), math.log(slowest), heads).exp()
        self.bias = nn.Parameter((spans - 1).log(), requires_grad=gated)
        nn.init.normal_(self.inward.weight, std=1 / math.sqrt(width))
        nn.init.normal_(self.outward.weight, std=0.35 / math.sqrt(heads * value))
        if self.decay is not None:
            nn.init.normal_(self.decay.weight, std=0.5 / math.sqrt(width))
            nn.init.zeros_(self.decay.bias)

    def start(self, batch: int) -> Tensor:
        """Give the empty memory, `[batch, heads, key, value]`."""
        made = self.outward.weight
        return made.new_zeros(batch, self.heads, self.key, self.value)

    def split(
        self, x: Tensor, keep: Tensor | None
    ) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        """Give q, k, v, g `[batch, heads, time, .]` and log decays `[batch, heads, time]`."""
        batch, time, _ = x.shape
        sizes = [self.heads * n for n in (self.key, self.key, self.value, self.value)]
        whole = functional.linear(x, self.inward.weight.to(x.dtype))
        q, k, v, g = (
            p.view(batch, time, self.heads, -1).transpose(1, 2)
            for p in torch.split(whole, sizes, dim=-1)
        )
        wide = torch.promote_types(x.dtype, torch.float32)
        bias = self.bias.to(wide).expand(batch, time, -1)
        if self.decay is not None:
            moved = functional.linear(
                x, self.decay.weight.to(x.dtype), self.decay.bias.to(x.dtype)
            )
            bias = bias + moved.to(wide)
        logs = functional.logsigmoid(bias).transpose(1, 2)
        k = k * (-torch.expm1(logs)).unsqueeze(-1).to(k.dtype) * self.key**-0.5
        if keep is not None:
            logs = torch.where(keep.bool().unsqueeze(1), logs, FORGOTTEN)
        return q, k, v, g, logs

    def join(self, o: Tensor, g: Tensor) -> Tensor:
        """Norm per head, gate, and go back to the width."""
        o = o * torch.rsqrt(o.square().mean(dim=-1, keepdim=True) + fused.HEAD_EPS)
        y = (o.to(g.dtype) * functional.silu(g.clamp(-8.0, 8.0))).transpose(1, 2).flatten(2)
        return functional.linear(y, self.outward.weight.to(y.dtype))

    def parallel(self, x: Tensor, keep: Tensor | None = None) -> Tensor:
        """Read from nothing, all places at once; memory and time grow with the square."""
        q, k, v, g, logs = self.split(x, keep)
        whole = logs.cumsum(dim=-1)
        weights = causal(whole)
        scores = (q @ k.transpose(-1, -2)).to(weights.dtype) * weights
        return self.join(scores @ v.to(scores.dtype), g)

    def forward(
        self, x: Tensor, memory: Tensor, keep: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Read on in chunks; gives what goes on and the memory after the last place."""
        if fused.serves(x):
            return self.quickly(x, memory, keep)
        q, k, v, g, logs = self.split(x, keep)
        time = x.shape[1]
        short = -time % CHUNK
        if short:
            q, k, v = (functional.pad(p, (0, 0, 0, short)) for p in (q, k, v))
            logs = functional.pad(logs, (0, short))
        q, k, v = (cut(p) for p in (q, k, v))
        within = cut(logs).cumsum(dim=-1)
        scores = (q @ k.transpose(-1, -2)).to(within.dtype) * causal(within)
        inner = scores.to(v.dtype) @ v
        ends = within[..., -1:]
        gathered = (k * (ends - within).exp().unsqueeze(-1).to(k.dtype)).transpose(-1, -2) @ v
        gathered, decays = gathered.to(within.dtype), ends.exp().unsqueeze(-1)
        before: list[Tensor] = []
        for chunk in range(gathered.shape[2]):
            before.append(memory)
            memory = memory * decays[:, :, chunk] + gathered[:, :, chunk]
        cross = (q @ torch.stack(before, dim=2).to(q.dtype)).to(within.dtype)
        o = inner.to(within.dtype) + cross * within.exp().unsqueeze(-1)
        return self.join(o.flatten(2, 3)[:, :, :time], g), memory

    def quickly(self, x: Tensor, memory: Tensor, keep: Tensor | None) -> tuple[Tensor, Tensor]:
        """Do the same by `fused.c`, x in bf16."""
        p = functional.linear(x, self.inward.weight.to(x.dtype))
        bias = self.bias.expand(*x.shape[:2], -1)
        if self.decay is not None:
            moved = functional.linear(
                x, self.decay.weight.to(x.dtype), self.decay.bias.to(x.dtype)
            )
            bias = bias + moved.float()
        logs = functional.logsigmoid(bias)
        share = -torch.expm1(logs) * self.key**-0.5
        if keep is not None:
            logs = torch.where(keep.bool().unsqueeze(-1), logs, FORGOTTEN)
        y, last = fused.retain(p, logs, share, memory, self.value)
        return functional.linear(y, self.outward.weight.to(y.dtype)), last

    def step(
        self, x: Tensor, memory: Tensor, keep: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Read one place, `x [batch, 1, width]`."""
        q, k, v, g, logs = self.split(x, keep)
        fresh = (k.transpose(-1, -2) @ v).to(memory.dtype)
        memory = memory * logs.exp().unsqueeze(-1) + fresh
        return self.join((q.to(memory.dtype) @ memory), g), memory


def cut(x: Tensor) -> Tensor:
    """Part the third axis, time, into chunks."""
    return x.reshape(*x.shape[:2], -1, CHUNK, *x.shape[3:])


def causal(logs: Tensor) -> Tensor:
    """Give `exp(logs[n] - logs[m])` for n >= m, else 0; logs are sums over the last axis."""
    apart = logs.unsqueeze(-1) - logs.unsqueeze(-2)
    future = torch.ones(apart.shape[-2:], dtype=torch.bool, device=logs.device).triu(1)
    return apart.masked_fill(future, -math.inf).exp()
