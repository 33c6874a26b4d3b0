"""A segment: up to 64 KB of plaintext and the bytes that stand for it, decoded by itself.

Forms: as it is; deflated, where that is nearly nothing (long runs); or told piece by piece to
a coder, which learns from each for the next. What a coder makes is decoded again before it
counts; it is kept as it is wherever that is not smaller, or not equal.
"""

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol

from memory.codec import loglines
from memory.codec.varints import Bytes, varint
from memory.errors import AlteredContainer, RecallError

SIZE = 1 << 16
"""Bytes of plaintext in a segment, at most, as we write it: what opening any place costs."""
MOST = 1 << 20
"""Bytes of plaintext in a segment, at most, as we read it."""
PIECE = 1 << 14
"""Bytes told to a coder at once, at most."""

_RUNS = 100
"""Deflated where that is smaller by this factor: a coder takes as long over runs as over text."""


class Form(IntEnum):
    """How a segment is kept."""

    RAW = 0
    DEFLATED = 1
    PIECES = 2
    LOG = 3
    """What was said in a room, then the frames: see `memory.codec.loglines`."""


class Coder(Protocol):
    """Codes turns, each given all before it; see `memory.codec.turns.Segment`."""

    def encode(self, author: bytes, text: bytes) -> bytes:
        """Return the turn's code."""
        ...

    def decode(self, author: bytes, blob: bytes) -> bytes:
        """Return the turn of that code.

        Raises:
            RecallError: It is none.
        """
        ...


@dataclass(frozen=True, slots=True)
class Coded:
    """A segment as it is kept."""

    form: Form
    payload: bytes


def encode(parts: Sequence[bytes], fresh: Callable[[], Coder], *, log: bool = False) -> Coded:
    """Return the smallest form that gives back all of `parts`, one after the other.

    Args:
        parts: Pieces, none of them empty; together at most `SIZE` bytes.
        fresh: Makes a coder that has read nothing.
        log: Whether they are lines of a room's log.
    """
    plain = b"".join(parts)
    raw = Coded(Form.RAW, plain)
    deflated = zlib.compress(plain, 9)
    if len(deflated) * _RUNS < len(plain):
        return Coded(Form.DEFLATED, deflated)
    if _noise(plain, len(deflated)):
        return raw
    if log:
        said, frames = loglines.split(plain)
        if said:
            told = [*_cut(said), *_cut(frames)]
            coded = Coded(Form.LOG, varint(len(said)) + _told(told, fresh()))
            if len(coded.payload) < len(plain) and _gives(coded, plain, fresh):
                return coded
    coded = Coded(Form.PIECES, _told(parts, fresh()))
    return coded if len(coded.payload) < len(plain) and _gives(coded, plain, fresh) else raw


def decode(form: int, payload: bytes, length: int, fresh: Callable[[], Coder]) -> bytes:
    """Return the plaintext of a segment.

    Args:
        form: A `Form`.
        payload: Untrusted.
        length: Bytes that the plaintext has, at most `MOST`.
        fresh: Makes a coder that has read nothing.

    Raises:
        AlteredContainer: That is no such segment.
    """
    try:
        match form:
            case Form.RAW:
                plain = payload
            case Form.DEFLATED:
                plain = _inflated(payload, length)
            case Form.PIECES:
                plain = _pieces(Bytes(payload), length, fresh())
            case Form.LOG:
                plain = _log(Bytes(payload), fresh())
            case _:
                raise ValueError(f"a segment of the unknown form {form}")  # noqa: TRY301 - one way out
    except (ValueError, zlib.error, RecallError) as error:
        raise AlteredContainer(f"the archive is altered in a segment: {error}") from error
    if len(plain) != length:
        raise AlteredContainer("the archive is altered: a segment is longer or shorter")
    return plain


def _told(parts: Sequence[bytes], coder: Coder) -> bytes:
    payload = bytearray()
    for part in parts:
        blob = coder.encode(b"", part)
        payload += varint(len(blob)) + blob
    return bytes(payload)


def _cut(text: bytes) -> list[bytes]:
    return [text[at : at + PIECE] for at in range(0, len(text), PIECE)]


def _pieces(given: Bytes, most: int, coder: Coder) -> bytes:
    plain = bytearray()
    while given.left:
        plain += coder.decode(b"", given.take(given.varint()))
        if len(plain) > most:
            raise ValueError("it is longer than it should be")
    return bytes(plain)


def _log(given: Bytes, coder: Coder) -> bytes:
    said = given.varint()
    both = _pieces(given, 2 * MOST, coder)
    return loglines.join(both[:said], both[said:])


def _inflated(payload: bytes, length: int) -> bytes:
    inflate = zlib.decompressobj()
    plain = inflate.decompress(payload, length + 1)
    if not inflate.eof or inflate.unused_data:
        raise ValueError("it does not end where it should")
    return plain


def _gives(coded: Coded, plain: bytes, fresh: Callable[[], Coder]) -> bool:
    """Whether `coded` gives back `plain`, by the way that it will be read."""
    try:
        return decode(coded.form, coded.payload, len(plain), fresh) == plain
    except AlteredContainer:
        return False


def _noise(plain: bytes, deflated: int) -> bool:
    """Whether `plain` is already compressed, or encrypted: nothing would make it smaller."""
    if len(plain) < 1 << 12 or deflated < len(plain):
        return False
    counts = [0] * 256
    for byte in plain:
        counts[byte] += 1
    even = len(plain) / 256
    # Chi squared of 255 degrees of freedom: beyond 400 one time in ten million for noise.
    return sum((count - even) ** 2 for count in counts) < 400 * even
