"""The byte model in whole numbers: what decides a code, the same on every machine.

Weights of 8 bits with a multiplier per row, activations of 14 bits, tables for what bends. All
steps are sums, products, shifts to the right (which floor) and look-ups, so that any order of
work and any library gives the same bits. This is the reference, in NumPy; products go through
float64, which is exact below 2^53. Here the tables are made with floats once, at freezing;
whoever reads a frozen model takes them from its file and computes none.

Formats (Qn: the number times 2^n): residual Q12, clipped to 28 bits after every addition; norm Q9
in 14 bits; forget gates an index Q7; candidates and states Q20; gates an index Q8; logits Q11 in
powers of two. Products are clipped to 31 bits. So no weights, however large, overflow anything.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from memory.errors import UnsafeModel
from memory.models.alphabet import BYTES, DOCUMENT
from memory.models.ngrams import Ngrams

Whole = NDArray[np.int64]

RESIDUAL, NORM, FORGET, STATE, GATE, LOGIT = 12, 9, 7, 20, 8, 11
CLIP = 8191
"""Activations have 14 bits: with 8-bit weights, 2064 of them fit a sum of 32 bits."""
SHIFT = 24
"""Of the rows' multipliers."""
MOST = (1 << 30) - 1
"""Where products are clipped: room in 32 bits for what is added to them."""
FAR = (1 << 27) - 1
"""Where the residual is clipped: its square and 512 of those fit a sum of 63 bits."""
LIMIT = 8
EPS = round(1e-5 * 2 ** (2 * RESIDUAL))


@dataclass(frozen=True, slots=True)
class Rows:
    """A matrix: int8 `[out, in]`, and what its sums are multiplied by before `>> SHIFT`."""

    weight: NDArray[np.int8]
    scale: Whole
    wide: NDArray[np.float64]
    """The weights again: products in float64 are exact and have BLAS."""
    clips: bool
    """Whether anything that comes could be clipped."""

    @classmethod
    def of(cls, weight: NDArray[np.int8], scale: Whole) -> Self:
        """Take weights and multipliers as they are."""
        reach = np.abs(weight.astype(np.int64)).sum(axis=1) * CLIP * np.abs(scale)
        clips = bool(((reach + (1 << (SHIFT - 1))) >> SHIFT > MOST).any())
        return cls(weight, scale, weight.astype(np.float64), clips)

    @classmethod
    def freeze(
        cls, weight: NDArray[np.float32], *, coming: int, going: NDArray[np.float64]
    ) -> Self:
        """Round to 8 bits by rows; activations come in Q`coming` and go out times `going`."""
        most = np.maximum(np.abs(weight).max(axis=1), 1e-8).astype(np.float64)
        small = np.clip(np.rint(weight / most[:, None] * 127), -127, 127).astype(np.int8)
        scale = np.rint(most / 127 * 2.0 ** (SHIFT - coming) * going).astype(np.int64)
        return cls.of(small, scale)

    def __call__(self, x: Whole) -> Whole:
        """Multiply: `x [..., in]`, 14 bits, to `[..., out]`."""
        sums = (x.astype(np.float64) @ self.wide.T).astype(np.int64)
        y = (sums * self.scale + (1 << (SHIFT - 1))) >> SHIFT
        return np.clip(y, -MOST, MOST) if self.clips else y


@dataclass(frozen=True, slots=True)
class FrozenBlock:
    """One scan."""

    inward: Rows
    bias: Whole
    outward: Rows
    drop: int
    """How far `state * gate` (Q24) is shifted to fit 14 bits."""


@dataclass(frozen=True, slots=True)
class Frozen:
    """A byte model that gives counts, not probabilities."""

    ngrams: Ngrams
    embed: Whole
    """Q12 `[symbols, width]`."""
    table: NDArray[np.int8]
    parts: Whole
    """What each n-gram table's rows are multiplied by, to Q20."""
    blocks: tuple[FrozenBlock, ...]
    head: Rows
    forget: Whole
    """4096 forget gates Q20, from -16 to 16."""
    silu: Whole
    """4096 gates Q12, from -8 to 8."""
    power: Whole
    """2048 values of 2^-x Q23: 256 of them fit 32 bits, x from 0 to 1."""

    def start(self, batch: int) -> tuple[NDArray[np.int32], Whole]:
        """Give the trail and the states of readers who have read nothing."""
        trail = np.full((batch, self.ngrams.reach), DOCUMENT, dtype=np.int32)
        return trail, np.zeros(
            (len(self.blocks), batch, len(self.blocks[0].bias) // 3), np.int64
        )

    def read(
        self, tokens: NDArray[np.int32], trail: NDArray[np.int32], states: Whole
    ) -> tuple[Whole, NDArray[np.int32], Whole]:
        """Read on: logits Q11 `[batch, time, 257]`, the trail and the states after."""
        rows, trail = self.ngrams.rows(tokens, trail)
        x = self.embed[tokens]
        if len(rows):
            found = self.table[rows].astype(np.int64) * self.parts[:, None, None, None]
            found = (found + (1 << 7)) >> 8
            x = x + np.moveaxis(found, 0, 2).reshape(x.shape)
        x = np.clip(x, -FAR, FAR)
        keep = tokens != DOCUMENT
        after = np.empty_like(states)
        for place, block in enumerate(self.blocks):
            y, after[place] = self.scan(block, normal(x), keep, states[place])
            x = np.clip(x + block.outward(y), -FAR, FAR)
        return self.head(normal(x)), trail, after

    def scan(
        self, block: FrozenBlock, x: Whole, keep: NDArray[np.bool_], state: Whole
    ) -> tuple[Whole, Whole]:
        """Gates and recurrence of one block."""
        p = block.inward(x) + block.bias
        wide = p.shape[-1] // 3
        forget = self.forget[np.clip(p[..., :wide] + 2048, 0, 4095)]
        most = LIMIT << 16
        candidate = np.clip(p[..., wide : 2 * wide], -most, most) << (STATE - 16)
        gate = self.silu[np.clip(p[..., 2 * wide :] + 2048, 0, 4095)]
        states = np.empty_like(candidate)
        half = 1 << (STATE - 1)
        for t in range(x.shape[1]):
            state = state * keep[:, t, None]
            c = candidate[:, t]
            state = c + (((state - c) * forget[:, t] + half) >> STATE)
            states[:, t] = state
        y = ((states >> 8) * gate + (1 << (block.drop - 1))) >> block.drop
        return np.clip(y, -CLIP, CLIP), state

    def counts(self, logits: Whole) -> Whole:
        """Give 256 counts of 32 bits, none of them 0."""
        apart = logits[..., :BYTES].max(axis=-1, keepdims=True) - logits[..., :BYTES]
        whole = np.minimum(apart >> LOGIT, 40)
        return (self.power[apart & ((1 << LOGIT) - 1)] >> whole) + 1


def normal(x: Whole) -> Whole:
    """Divide by the root of the mean square: Q12 to Q9, 14 bits."""
    width = x.shape[-1]
    cut = fine(width)
    square = ((((x * x) >> cut).sum(axis=-1, keepdims=True) // width) << cut) + EPS
    root = roots(square << 8)  # Q16
    inverse = (1 << 40) // np.maximum(root, 1)
    y = (x * inverse + (1 << 26)) >> 27
    return np.clip(y, -CLIP, CLIP)


def fine(width: int) -> int:
    """Give how many bits squares lose so that `width` of them fit a sum: none up to 512."""
    return max((width - 1).bit_length() - 9, 0)


def roots(squares: Whole) -> Whole:
    """Whole square roots, rounded down."""
    root = np.sqrt(squares.astype(np.float64)).astype(np.int64)
    root -= root * root > squares
    return root + ((root + 1) * (root + 1) <= squares)


def freeze(
    weights: dict[str, NDArray[np.float32]], ngrams: Ngrams, *, drops: list[int]
) -> Frozen:
    """Round a learnt model (its `state_dict`, as arrays) to whole numbers.

    Raises:
        UnsafeModel: Some of its numbers are infinite, or none.
    """
    for name, values in weights.items():
        if not np.isfinite(values).all():
            raise UnsafeModel(
                f"{name} has numbers that are not finite: its training went wrong"
            )
    depth = len(drops)
    blocks: list[FrozenBlock] = []
    for i in range(depth):
        bias = weights[f"blocks.{i}.bias"].astype(np.float64)
        wide = len(bias) // 3
        going = np.repeat([2.0**FORGET, 2.0**16, 2.0**GATE], wide)
        blocks.append(
            FrozenBlock(
                Rows.freeze(weights[f"blocks.{i}.inward.weight"], coming=NORM, going=going),
                np.rint(bias * going).astype(np.int64),
                Rows.freeze(
                    weights[f"blocks.{i}.outward.weight"],
                    coming=24 - drops[i],
                    going=np.array(2.0**RESIDUAL),
                ),
                drops[i],
            )
        )
    table, parts = weights["table"], np.zeros(len(ngrams.bits))
    small = np.zeros(table.shape, dtype=np.int8)
    for i, (start, bits) in enumerate(zip(ngrams.offsets, ngrams.bits, strict=True)):
        part = slice(start, start + (1 << bits))
        most = max(float(np.abs(table[part]).max()), 1e-8)
        small[part] = np.rint(table[part] / most * 127)
        parts[i] = round(most / 127 * 2**20)
    places = np.arange(4096, dtype=np.float64) - 2048
    gate = places / 2**GATE
    return Frozen(
        ngrams,
        np.rint(weights["embed"].astype(np.float64) * 2**RESIDUAL).astype(np.int64),
        small,
        parts.astype(np.int64),
        tuple(blocks),
        Rows.freeze(
            weights["head.weight"], coming=NORM, going=np.array(2.0**LOGIT / np.log(2))
        ),
        np.rint(2.0**STATE / (1 + np.exp(-places / 2**FORGET))).astype(np.int64),
        np.rint(gate / (1 + np.exp(-gate)) * 2**12).astype(np.int64),
        np.rint(2.0 ** (23 - np.arange(2048) / 2**LOGIT)).astype(np.int64),
    )


def fitting(most: float) -> int:
    """Give the shift that brings values up to `most` (as floats) from Q24 into 14 bits."""
    drop = 10
    while most * 2.0 ** (24 - drop) > CLIP:
        drop += 1
    return drop
