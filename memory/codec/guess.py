"""What the code needs from a model: integer guesses of the next byte, made again exactly.

Only whole numbers cross here. Floats stay on the model's side, where they are used for
learning alone; encoder and decoder get the same counts on every machine or the model is not
used at all.
"""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

COUNTS = 256
"""One for each byte; how long a turn is, the code knows from elsewhere."""


class Guesser(Protocol):
    """Follows one conversation and guesses each next byte of it.

    `whole` does what `begin`, `counts` and `take` for each byte, and `end` do, at once and
    with the same numbers.
    """

    @property
    def model(self) -> str:
        """SHA-256, hexadecimal, of everything that decides the counts."""
        ...

    def forget(self) -> None:
        """Stand where nothing has been read: a document begins."""
        ...

    def begin(self, author: bytes) -> None:
        """Read who speaks; empty for text that is nobody's turn."""
        ...

    def counts(self) -> NDArray[np.uint32]:
        """Return `[256]` counts for the next byte, none of them 0, their sum below 2^32."""
        ...

    def take(self, byte: int) -> None:
        """Read a byte of the turn."""
        ...

    def end(self) -> None:
        """Read the turn's end."""
        ...

    def whole(self, author: bytes, text: bytes) -> NDArray[np.uint32]:
        """Read a turn; return `[len(text), 256]` counts, each before its byte was read."""
        ...

    def save(self) -> bytes:
        """Return where it stands, between turns or within one."""
        ...

    def load(self, saved: bytes) -> None:
        """Stand where `saved` was made, to the bit.

        Raises:
            ValueError: Another model's, or no such bytes at all.
        """
        ...
