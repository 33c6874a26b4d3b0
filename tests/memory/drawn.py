"""Byte models of drawn weights: `python -m tests.memory.drawn tests/golden/tiny.hqlm`.

Drawn, not learnt: they guess nothing well, but every step of the arithmetic is taken.
"""

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from memory.models import file, known
from memory.models.alphabet import BYTES, SYMBOLS
from memory.models.frozen import Frozen, freeze
from memory.models.ngrams import Ngrams
from memory.models.plain import PlainReader

GOLDEN = Path(__file__).parent.parent / "golden" / "tiny.hqlm"


def drawn(
    *,
    width: int = 32,
    state: int = 48,
    blocks: int = 2,
    ngrams: tuple[tuple[int, int], ...] = ((2, 8), (3, 9)),
    seed: int = 1,
) -> Frozen:
    """Draw a model and freeze it."""
    draw = np.random.default_rng(seed)
    layout = Ngrams.of(ngrams)

    def some(*shape: int, size: float) -> NDArray[np.float32]:
        # Whole numbers are drawn alike by every NumPy.
        sums = draw.integers(-1000, 1001, (4, *shape)).sum(axis=0)
        return (sums * (size / 1155)).astype(np.float32)

    weights = {
        "embed": some(SYMBOLS, width, size=0.5),
        "table": some(layout.buckets, width // len(ngrams) if ngrams else 0, size=0.3),
        "head.weight": some(BYTES + 1, width, size=2 / width**0.5),
    }
    for i in range(blocks):
        weights[f"blocks.{i}.inward.weight"] = some(3 * state, width, size=1 / width**0.5)
        bias = np.zeros(3 * state, np.float32)
        bias[:state] = np.linspace(-1, 6, state)
        weights[f"blocks.{i}.bias"] = bias
        weights[f"blocks.{i}.outward.weight"] = some(width, state, size=0.5 / state**0.5)
    return freeze(weights, layout, drops=[14 + i % 3 for i in range(blocks)])


def sealed(model: Frozen) -> bytes:
    """Write a drawn model as a file's bytes."""
    notes = {"about": "drawn weights, for tests; guesses nothing well"}
    return file.encode(model, answer=known.answer(PlainReader(model)), notes=notes)


if __name__ == "__main__":
    made = sealed(drawn())
    Path(sys.argv[1]).write_bytes(made)
    print(len(made), file.decode(made).id)
