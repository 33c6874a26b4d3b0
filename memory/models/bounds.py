"""Whether a frozen model's sums stay within their bits, whatever is read.

Overflow is where machines and libraries differ, so a model that could reach it is refused before
it is used. What grows with the weights is clipped (products, the residual: see `frozen`); what is
looked at here is the rest, each in its worst case, and no training comes near it. A kernel may
rely on: sums of products, residuals, gates' inputs and logits in 32 bits; a product times its
multiplier, and a sum of squared residuals, in 63.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from memory.errors import UnsafeModel
from memory.models.frozen import SHIFT, STATE, Frozen, Rows

WIDEST = 2064
"""127 * CLIP * 2064 is below 2^31: that many products of 8 and 14 bits fit a sum."""


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
    _within("embedding", _most(model.embed), 1 << 30)
    # Times 127, with half of what is shifted out.
    _within("n-gram multipliers", _most(model.parts), 1 << 24)
    for place, block in enumerate(model.blocks):
        if not 1 <= block.drop <= SHIFT:
            raise UnsafeModel(f"block {place} shifts by {block.drop}")
        _rows(block.inward)
        # To a clipped product, and 2048 to that.
        _within(f"biases of block {place}", _most(block.bias), 1 << 29)
        _rows(block.outward)
    _rows(model.head)


def _rows(rows: Rows) -> None:
    if rows.weight.size and int(rows.weight.min()) < -127:
        raise UnsafeModel("a weight is -128")
    _within("multipliers", _most(rows.scale), 1 << 31)


def _most(values: NDArray[Any]) -> int:
    return int(np.abs(values.astype(np.int64)).max(initial=0))


def _within(what: str, value: int, limit: int) -> None:
    if value >= limit:
        raise UnsafeModel(f"{what} could reach {value}, the limit is {limit}")


def _table(what: str, values: NDArray[Any], low: int, high: int) -> None:
    if int(values.min()) < low or int(values.max()) > high:
        raise UnsafeModel(f"the table of {what} leaves {low} to {high}")
