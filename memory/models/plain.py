"""A reader in NumPy: the frozen model's reference, wherever nothing can be compiled.

Many tokens go through `Frozen.read`; single ones go through `Step`, which does the same in few
calls over arrays that lie ready: at this size a call costs more than its numbers.
"""

from math import isqrt

import numpy as np
from numpy.typing import NDArray

from memory.models.alphabet import BYTES, DOCUMENT
from memory.models.frozen import (
    CLIP,
    EPS,
    FAR,
    LIMIT,
    LOGIT,
    MOST,
    SHIFT,
    STATE,
    Frozen,
    FrozenBlock,
    Rows,
    Whole,
    fine,
)
from memory.models.guesser import Counts, Tokens

CHUNK = 256
"""Tokens that go through the model together: what they need in between stays in the cache."""
FEW = 4
"""Up to so many tokens are read one by one."""
HALF = 1 << (SHIFT - 1)


class PlainReader:
    """Implements `memory.models.guesser.Reader`."""

    def __init__(self, model: Frozen) -> None:
        """Stand where nothing has been read."""
        self._model = model
        self._step = Step(model)
        self.odds = 0
        """Of a turn's end after the last token read with counts."""

    def read(self, tokens: Tokens, since: int) -> Counts:
        """Read tokens `[n]`; return `[n - since, 256]` counts, after each from `since` on."""
        step, many = self._step, len(tokens)
        counts = np.empty((many - since, BYTES), np.uint32)
        if many <= FEW:
            for at, token in enumerate(tokens.tolist()):
                step.take(token)
                if at >= since:
                    self.odds = step.count(counts[at - since])
            return counts
        trail, states = np.array([step.trail], np.int32), step.states[:, None]
        for at in range(0, many, CHUNK):
            part = tokens[None, at : at + CHUNK]
            logits, trail, states = self._model.read(part, trail, states)
            first = max(since - at, 0)
            if first < part.shape[1]:
                found = self._model.counts(logits[0, first:])
                counts[at + first - since : at + CHUNK - since] = found
                self.odds = int(logits[0, -1, BYTES])
        step.trail, step.states = trail[0].tolist(), states[:, 0].copy()
        return counts

    def stand(self) -> tuple[Tokens, NDArray[np.int32]]:
        """Return the trail and the states."""
        return np.array(self._step.trail, np.int32), self._step.states.astype(np.int32)

    def go(self, trail: Tokens, states: NDArray[np.int32]) -> None:
        """Stand elsewhere."""
        self._step.trail = trail.tolist()
        self._step.states = states.astype(np.int64)


class Product:
    """A matrix times one column, on arrays that are used again."""

    def __init__(self, rows: Rows, added: Whole | int = 0) -> None:
        """Take a matrix, and what is added to what it gives."""
        many, deep = rows.weight.shape
        self._wide, self._scale, self._clips = rows.wide, rows.scale, rows.clips
        # (s + half >> n) + b = s + half + (b << n) >> n, where nothing is clipped in between.
        self._later = np.asarray(added, np.int64)
        early = self._later << SHIFT if not rows.clips else np.zeros_like(self._later)
        self._added = np.zeros(many, np.int64) + HALF + early
        self._coming = np.empty(deep)
        self._sums = np.empty(many)
        self._going = np.empty(many, np.int64)

    def __call__(self, x: Whole) -> Whole:
        """Multiply; the result is overwritten by the next."""
        self._coming[:] = x
        np.dot(self._wide, self._coming, out=self._sums)
        y = self._going
        y[:] = self._sums
        y *= self._scale
        y += self._added
        y >>= SHIFT
        if self._clips:
            np.minimum(y, MOST, out=y)
            np.maximum(y, -MOST, out=y)
            y += self._later
        return y


class Step:
    """Reads token by token."""

    def __init__(self, model: Frozen) -> None:
        """Stand where nothing has been read."""
        trail, states = model.start(1)
        self.trail: list[int] = trail[0].tolist()
        """The last tokens, oldest first."""
        self.states = states[:, 0].copy()
        """Int64 `[blocks, state]`, Q20."""
        self._model = model
        # Gates come as places in their tables, 2048 in the middle.
        e = states.shape[-1]
        middle = np.repeat(np.array([2048, 0, 2048]), e)
        self._blocks = [
            (Product(block.inward, block.bias + middle), Product(block.outward), block)
            for block in model.blocks
        ]
        self._head = Product(model.head)
        self._x = np.zeros(model.embed.shape[1], np.int64)
        self._normal = np.empty_like(self._x)
        self._cut = fine(len(self._x))
        self._forget, self._gate, self._y = (np.empty(e, np.int64) for _ in range(3))

    def take(self, token: int) -> None:
        """Read a token."""
        model, x = self._model, self._x
        if token == DOCUMENT:
            self.trail = [DOCUMENT] * len(self.trail)
            self.states[:] = 0
        self.trail = [*self.trail[1:], token]
        x[:] = model.embed[token]
        orders = len(model.ngrams.lengths)
        if orders:
            rows = [model.ngrams.row(order, self.trail) for order in range(orders)]
            found = model.table[rows] * model.parts[:, None]
            x += ((found + (1 << 7)) >> 8).ravel()
        self._hold()
        for place, (inward, outward, block) in enumerate(self._blocks):
            p = inward(self._normed())
            x += outward(self._scanned(block, p, self.states[place]))
            self._hold()

    def count(self, counts: Counts) -> int:
        """Write the counts for the next byte, `[256]`; return the logit of a turn's end."""
        whole = self._head(self._normed())
        logits, end = whole[:BYTES], int(whole[BYTES])
        apart = logits.max() - logits
        halved = np.minimum(apart >> LOGIT, 40)
        counts[:] = (self._model.power[apart & ((1 << LOGIT) - 1)] >> halved) + 1
        return end

    def _hold(self) -> None:
        """Clip the residual."""
        np.minimum(self._x, FAR, out=self._x)
        np.maximum(self._x, -FAR, out=self._x)

    def _normed(self) -> Whole:
        """`frozen.normal` of what is being read."""
        x, y, cut = self._x, self._normal, self._cut
        whole = int(((x * x) >> cut).sum()) if cut else int(np.dot(x, x))
        square = ((whole // len(x)) << cut) + EPS
        np.multiply(x, (1 << 40) // max(isqrt(square << 8), 1), out=y)
        y += 1 << 26
        y >>= 27
        np.minimum(y, CLIP, out=y)
        return np.maximum(y, -CLIP, out=y)

    def _scanned(self, block: FrozenBlock, p: Whole, state: Whole) -> Whole:
        """`Frozen.scan` of one token; the state is changed where it lies."""
        e, f, g, y = len(state), self._forget, self._gate, self._y
        self._model.forget.take(p[:e], out=f, mode="clip")
        self._model.silu.take(p[2 * e :], out=g, mode="clip")
        c, most = p[e : 2 * e], LIMIT << 16
        np.minimum(c, most, out=c)
        np.maximum(c, -most, out=c)
        c <<= STATE - 16
        state -= c
        state *= f
        state += 1 << (STATE - 1)
        state >>= STATE
        state += c
        np.right_shift(state, 8, out=y)
        y *= g
        y += 1 << (block.drop - 1)
        y >>= block.drop
        np.minimum(y, CLIP, out=y)
        return np.maximum(y, -CLIP, out=y)
