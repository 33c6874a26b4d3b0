"""Whether a frozen model's sums stay within their bits, whatever is read.

Overflow is where machines and libraries differ, so a model that could reach it is refused before
it is used. Every bound is of the worst case: all activations at their clip, all signs agreeing.
A kernel may rely on: sums of products, residuals, gates' inputs and logits in 32 bits; a sum of
squared residuals in 62.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from memory.errors import UnsafeModel
from memory.models.frozen import CLIP, SHIFT, STATE, Frozen, Rows

WIDEST = 2064
"""127 * CLIP * 2064 is below 2^31: that many products of 8 and 14 bits fit a sum."""
SMALL = 1 << 30
"""Below this, two such numbers can be added or subtracted in 32 bits."""
HALF = 1 << (SHIFT - 1)


def check(model: Frozen) -> None:
    """See that nothing overflows.

    Raises:
        UnsafeModel: Something could.
    """
    width, wide = model.embed.shape[1], len(model.blocks[0].bias) // 3
    _within("width", max(width, wide), WIDEST + 1)
    _table("forget gates", model.forget, 0, 1 << STATE)
    _table("gates", model.silu, -(1 << 15), 1 << 15)
    _table("powers", model.power, 0, 1 << 23)
    _within("n-gram multipliers", _most(model.parts), 1 << 22)
    residual = _most(model.embed)
    residual += (127 * _most(model.parts) + (1 << 7)) >> 8
    for place, block in enumerate(model.blocks):
        if not 1 <= block.drop <= SHIFT:
            raise UnsafeModel(f"block {place} shifts by {block.drop}")
        _within(f"gates of block {place}", _reach(block.inward) + _most(block.bias), SMALL)
        residual += _reach(block.outward)
    _within("residual", residual, 1 << 27)
    _within("residual squared", residual**2 * width, 1 << 62)
    _within("logits", _reach(model.head), SMALL)


def _reach(rows: Rows) -> int:
    """The most that a product can give, after its shift."""
    if rows.weight.size and int(rows.weight.min()) < -127:
        raise UnsafeModel("a weight is -128")
    sums = np.abs(rows.weight.astype(np.int64)).sum(axis=1) * CLIP
    _within("sums of products", _most(sums), 1 << 31)
    _within("multipliers", _most(rows.scale), 1 << 31)
    return (_most(sums * np.abs(rows.scale)) + HALF) >> SHIFT


def _most(values: NDArray[Any]) -> int:
    return int(np.abs(values.astype(np.int64)).max(initial=0))


def _within(what: str, value: int, limit: int) -> None:
    if value >= limit:
        raise UnsafeModel(f"{what} could reach {value}, the limit is {limit}")


def _table(what: str, values: NDArray[Any], low: int, high: int) -> None:
    if int(values.min()) < low or int(values.max()) > high:
        raise UnsafeModel(f"the table of {what} leaves {low} to {high}")
