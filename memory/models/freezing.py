"""From a learnt model to a frozen one: what the activations reach is measured, then rounded."""

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from memory.models.alphabet import DOCUMENT
from memory.models.bytes import LIMIT, Block, ByteModel, normal, scan
from memory.models.frozen import Frozen, fitting, freeze

REST = 1e-5
"""Share of activations that may be cut."""


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
    """Give what each block's activations stay below, but for `REST` of them."""
    rows, _ = model.ngrams.rows(tokens, model.start(len(tokens)).trail)
    x = model.embed[tokens.long()] + model.looked_up(rows)
    keep = (tokens != DOCUMENT).unsqueeze(-1)
    found: list[float] = []
    for block in model.blocks:
        if not isinstance(block, Block):
            raise TypeError("retention has no whole-number form yet")
        p = functional.linear(normal(x), block.inward.weight) + block.bias
        forget, candidate, gate = p.chunk(3, dim=-1)
        forget, candidate = forget.sigmoid(), candidate.clamp(-LIMIT, LIMIT)
        states = scan(forget * keep, candidate - forget * candidate, x.new_zeros(1))
        y = states * functional.silu(gate.clamp(-LIMIT, LIMIT))
        found.append(float(np.quantile(y.abs().numpy(), 1 - REST)))
        x = x + functional.linear(y, block.outward.weight)
    return found
