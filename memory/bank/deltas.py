"""A cc's code kept as what it changes of the one before.

A fold lets some lines of a code go and adds a few at its end, so a code is told by runs of
lines of the one before it and by what is new, deflated with the old code for a dictionary.
A code that only grew is told by its end alone, which takes no work to put on. Forms: 0 whole,
1 grown, 2 changed; all begin with that byte.
"""

import zlib
from bisect import bisect_left
from collections import defaultdict
from typing import Final

from memory.codec.varints import Bytes, varint

WHOLE: Final = 0
GROWN: Final = 1
CHANGED: Final = 2

_NEAR: Final = 4 << 10
"""Bytes of a code that only grew which what is added is deflated by: enough to know the
words, and so little that thousands of additions are read in no time."""

_WINDOW: Final = 32 << 10
"""Bytes that deflate looks back."""


def whole(code: bytes) -> bytes:
    """Return `code` told by itself."""
    return bytes([WHOLE]) + _deflated(code, b"")


def told(code: bytes, before: bytes) -> bytes:
    """Return `code` told by the one before it; by itself where that is shorter."""
    if code.startswith(before):
        grown = _deflated(code[len(before) :], before[-_NEAR:])
        return bytes([GROWN]) + grown
    changed = bytes([CHANGED]) + _changed(code, before)
    by_itself = whole(code)
    return changed if len(changed) < len(by_itself) else by_itself


def form(blob: bytes) -> int:
    """Return the form of what is kept; -1 for nothing at all."""
    return blob[0] if blob else -1


def read(blob: bytes, code: bytearray) -> None:
    """Make the code before into the one that `blob` tells.

    Args:
        blob: What `whole` or `told` gave.
        code: The one before; empty for a whole one. It is changed in place.

    Raises:
        ValueError: It is no such blob, or of another code.
    """
    source = Bytes(blob)
    match source.byte():
        case 0:
            code[:] = _inflated(source, b"")
        case 1:
            code += _inflated(source, bytes(code[-_NEAR:]))
        case 2:
            code[:] = _remade(source, bytes(code))
        case other:
            raise ValueError(f"there is no form {other}")


def _lines(code: bytes) -> list[bytes]:
    """Return the lines of `code`, their ends included; together they are the code."""
    *lines, rest = code.split(b"\n")
    return [line + b"\n" for line in lines] + ([rest] if rest else [])


def _changed(code: bytes, before: bytes) -> bytes:
    """Tell `code` as runs: bytes that are new, lines passed over, lines that stay."""
    old, new = _lines(before), _lines(code)
    places: defaultdict[bytes, list[int]] = defaultdict(list)
    for place, line in enumerate(old):
        places[line].append(place)
    runs = bytearray()
    added = bytearray()
    at = fresh = done = 0
    while done < len(new):
        there = places.get(new[done], [])
        nearest = bisect_left(there, at)
        if nearest == len(there):
            added += new[done]
            fresh += len(new[done])
            done += 1
            continue
        start = there[nearest]
        stay = 0
        while old[start + stay : start + stay + 1] == new[done + stay : done + stay + 1] != []:
            stay += 1
        runs += varint(fresh) + varint(start - at) + varint(stay)
        at, done, fresh = start + stay, done + stay, 0
    return varint(len(runs)) + bytes(runs) + _deflated(bytes(added), before[-_WINDOW:])


def _remade(source: Bytes, before: bytes) -> bytes:
    runs = Bytes(source.take(source.varint()))
    added = Bytes(_inflated(source, before[-_WINDOW:]))
    old = _lines(before)
    code = bytearray()
    at = 0
    while runs.left:
        code += added.take(runs.varint())
        at += runs.varint()
        stay = runs.varint()
        if not 0 < stay <= len(old) - at:
            raise ValueError("it tells of lines that the code before it does not have")
        code += b"".join(old[at : at + stay])
        at += stay
    return bytes(code + added.take(added.left))


def _deflated(data: bytes, known: bytes) -> bytes:
    """Return the length of `data`, then it deflated, or as it is where that is no longer."""
    press = zlib.compressobj(9, zlib.DEFLATED, -15, 9, zlib.Z_DEFAULT_STRATEGY, known)
    small = press.compress(data) + press.flush()
    if len(small) < len(data):
        return varint(len(data) << 1 | 1) + small
    return varint(len(data) << 1) + data


def _inflated(source: Bytes, known: bytes) -> bytes:
    """Return what `_deflated` was given; nothing may follow it."""
    length = source.varint()
    rest = source.take(source.left)
    if length & 1:
        press = zlib.decompressobj(-15, known)
        try:
            rest = press.decompress(rest, (length >> 1) + 1)
        except zlib.error as error:
            raise ValueError(f"it does not inflate ({error})") from error
    if len(rest) != length >> 1:
        raise ValueError("it is not as long as it says")
    return rest
