"""Which mixer codes: the one in C where it is there and right, else the one in NumPy.

Both guess and learn the same from the same turns, to the bit; a known answer is asked of the
library before it is used, so that one that some compiler made wrong writes nothing.
"""

from functools import cache
from hashlib import sha256
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from memory.codec.beginning import weights
from memory.codec.reference import Reference
from memory.codec.tables import tables
from memory.kernel import mixing as kernel

Counts = NDArray[np.uint32]

ANSWER = "0c3eb03eb1e15bdfdd8b08c633516afa1156e29eb036bddfe6f2ecc84a649248"
"""SHA-256 of what a library of ours must code: see `answers`."""


class Mixer(Protocol):
    """Codes the bytes of turns, and learns from each."""

    def begin(self, author: bytes) -> None:
        """Begin a turn of someone's; with no author, what was said goes on."""
        ...

    def start(self, limit: int) -> None:
        """Code what comes; of the code no more than `limit` bytes are wanted."""
        ...

    def encode(self, text: bytes, counts: Counts | None = None) -> None:
        """Code some bytes, with counts `[len(text), 256]` of a guesser's or with none."""
        ...

    def weigh(self, text: bytes, counts: Counts | None = None) -> int:
        """Read some bytes, and return what they tell, in 2^-16 bits; nothing is coded."""
        ...

    def finish(self) -> bytes | None:
        """Return the turn's code; `None` where it is longer than was wanted."""
        ...

    def open(self, coded: bytes) -> None:
        """Decode what comes, and code it again: `finish` must give `coded`, or it is altered."""
        ...

    def put(self, bit: int, likely: int) -> None:
        """Code a bit beside the text, 1 with so much likelihood in 65536: from 1 to 65535."""
        ...

    def get(self, likely: int) -> int:
        """Return a bit that was coded beside the text, and code it again."""
        ...

    def decode(self, length: int) -> bytes:
        """Return bytes that were coded without counts; fewer where the code gives no more."""
        ...

    def byte(self, counts: Counts) -> int | None:
        """Return a byte that was coded with `counts [256]`; `None` as for `decode`."""
        ...

    def copy(self) -> Self:
        """Return a twin that goes on by itself from where this one stands, between turns."""
        ...

    def parts(self) -> list[bytes]:
        """Return all that was learnt, the same from any mixer that read the same."""
        ...


def mixer(*, guided: bool) -> Mixer:
    """Return a mixer at a key frame: C where a library can be had and answers rightly.

    Args:
        guided: Counts will come with every byte.
    """
    return (
        kernel.Mixing(tables(), weights(guided=guided))
        if compiled()
        else Reference(guided=guided)
    )


@cache
def compiled() -> bool:
    """Whether the C library is there and codes a known text as it must."""
    if kernel.library() is None:
        return False
    made = [kernel.Mixing(tables(), weights(guided=guided)) for guided in (False, True)]
    return answers(made[0], made[1]) == ANSWER


def answers(alone: Mixer, guided: Mixer) -> str:
    """Return the SHA-256 of what two mixers at a key frame make of two known turns."""
    whole = sha256()
    text = (
        b"The river is wide here.\n\nIs the river wide? It is, wide and \xc3\xa9 slow: 12, 13.\n"
        * 3
    )
    counts = (
        np.arange(1, 256 * len(text) + 1, dtype=np.uint32).reshape(-1, 256) * 2654435761 % 4093
    )
    for mixing, given in ((alone, None), (guided, counts.astype(np.uint32) + 1)):
        for author in (b"", b"Ada"):
            mixing.begin(author)
            mixing.start(len(text))
            mixing.encode(text, given)
            whole.update(mixing.finish() or b"")
    return whole.hexdigest()
