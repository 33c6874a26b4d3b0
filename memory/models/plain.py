"""A reader in NumPy: the frozen model's reference, wherever nothing can be compiled."""

import numpy as np
from numpy.typing import NDArray

from memory.models.frozen import Frozen
from memory.models.guesser import Counts, Tokens

CHUNK = 256
"""Tokens that go through the model together: what they need in between stays in the cache."""


class PlainReader:
    """Implements `memory.models.guesser.Reader`."""

    def __init__(self, model: Frozen) -> None:
        """Stand where nothing has been read."""
        self._model = model
        self._trail, self._states = model.start(1)

    def read(self, tokens: Tokens, since: int) -> Counts:
        """Read tokens `[n]`; return `[n - since, 256]` counts, after each from `since` on."""
        counts = np.empty((len(tokens) - since, 256), np.uint32)
        for at in range(0, len(tokens), CHUNK):
            part = tokens[None, at : at + CHUNK]
            logits, self._trail, self._states = self._model.read(
                part, self._trail, self._states
            )
            first = max(since - at, 0)
            if first < part.shape[1]:
                counts[at + first - since : at + CHUNK - since] = self._model.counts(
                    logits[0, first:]
                )
        return counts

    def stand(self) -> tuple[Tokens, NDArray[np.int32]]:
        """Return the trail and the states."""
        return self._trail[0].copy(), self._states[:, 0].astype(np.int32)

    def go(self, trail: Tokens, states: NDArray[np.int32]) -> None:
        """Stand elsewhere."""
        self._trail = trail[None].astype(np.int32)
        self._states = states[:, None].astype(np.int64)
