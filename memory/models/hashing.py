"""Rows of the n-gram tables for torch: by `fused.c` where it is built, else by NumPy."""

import numpy as np
import torch
from torch import Tensor

from memory.models import fused
from memory.models.alphabet import DOCUMENT
from memory.models.ngrams import Ngrams


def rows(ngrams: Ngrams, tokens: Tensor, trail: Tensor) -> tuple[Tensor, Tensor]:
    """Give rows int32 `[orders, batch, time]` and the trail after the last token.

    Args:
        ngrams: The tables.
        tokens: int32 `[batch, time]`.
        trail: The tokens before, oldest first, int32 `[batch, reach]`.
    """
    device = tokens.device
    tokens, trail = tokens.cpu(), trail.cpu()
    if fused.library() is None:
        found, after = ngrams.rows(tokens.numpy(), trail.numpy())
        return torch.from_numpy(found).to(device), torch.from_numpy(after).to(device)
    batch, time = tokens.shape
    found = torch.empty(len(ngrams.lengths), batch, time, dtype=torch.int32)
    trail = trail.clone()
    layout = [
        torch.tensor(v, dtype=torch.int32)
        for v in (ngrams.lengths, ngrams.bits, ngrams.offsets)
    ]
    salts = torch.from_numpy(np.array(ngrams.salts, dtype=np.uint32).view(np.int32))
    fused.call(
        "enfold_rows",
        tokens.contiguous(),
        trail,
        found,
        *layout,
        salts,
        len(ngrams.lengths),
        ngrams.reach,
        batch,
        time,
        DOCUMENT,
    )
    return found.to(device), trail.to(device)
