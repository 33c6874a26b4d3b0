"""What the worker process has read of a room, for turns to be counted while it goes on.

Stands are kept of a mixer in C that reads on and on. Who asks names what was read by the
digest that reading it came to; a process that is new has read nothing, says so, and is told
again. So a job may be done twice, and what it comes to hangs on nothing but the text.
"""

from functools import cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

from harness.evaluation.verifier import BIT, Mixed
from harness.scoring import Bits, Counter

if TYPE_CHECKING:
    from harness.evaluation.verifier import Stand

SHORT: Final = 12
"""Digits of a digest that events name."""

KEPT: Final = 2
"""Stands, of some 30 MB each."""

_stands: "dict[bytes, Stand]" = {}
"""Of two texts at most, by their digests: what is read, and what will be instead of it."""


def begin() -> str:
    """Return who counts here, by the beginning of its digest; empty where it would be slow."""
    from memory.codec.mixing import compiled  # noqa: PLC0415 - NumPy comes with it

    return _verifier().digest[:SHORT] if compiled() else ""


def read(after: bytes, text: bytes) -> bytes | None:
    """Read `text` after what is kept; return the digest of both.

    Args:
        after: Digest of what was read before it; empty for nothing.
        text: Some of the talk; some 250 KB take a second.

    Returns:
        `None` if this process has not read that.
    """
    stand = _verifier().begin() if not after else _stands.get(after)
    if stand is None:
        return None
    digest = blake2b(after + text, digest_size=16).digest()
    stand = stand.read(text)
    _stands.pop(after, None)
    _stands[digest] = stand
    while len(_stands) > KEPT:
        del _stands[next(iter(_stands))]
    return digest


def weigh(after: bytes, asked: bytes, text: bytes, sent: bytes | None) -> Bits | None:
    """Return what `text` tells, in bits.

    Args:
        after: Digest of the talk that was read; empty for nothing.
        asked: What stands before it in any case.
        text: What was said.
        sent: What the speaker was given of the talk; `None` for all of it.

    Returns:
        `None` if this process has not read that talk.
    """
    nothing = _verifier().begin()
    stand = nothing if not after else _stands.get(after)
    if stand is None:
        return None
    none, full = nothing.bits(asked, text), stand.bits(asked, text)
    given = full if sent is None else nothing.read(sent).bits(asked, text)
    return Bits(*((told + BIT // 2) // BIT for told in (none, given, full)))


COUNTER: Final = Counter(begin, read, weigh)
"""For `harness.scoring`."""


@cache
def _verifier() -> Mixed:
    return Mixed()
