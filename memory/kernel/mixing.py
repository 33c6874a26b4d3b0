"""The mixer and the coder in C, behind the same methods as the Python reference has.

What is learnt in a segment is one block of memory, some 30 MB of addresses of which pages are
taken as they are met; it is given back with its owner.
"""

import ctypes
import weakref
from array import array
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from memory.kernel import build

SOURCE = Path(__file__).with_name("mixing.c")


@cache
def library() -> ctypes.CDLL | None:
    """Load the library; `None` where there is none and no compiler."""
    loaded = build.library((SOURCE,))
    return None if loaded is None else declared(loaded)


def declared(loaded: ctypes.CDLL) -> ctypes.CDLL:
    """Tell ctypes what the functions take and give."""
    it, size, raw, text = ctypes.c_void_p, ctypes.c_uint64, ctypes.c_void_p, ctypes.c_char_p
    for name, gives, takes in (
        ("new", it, [raw] * 8),
        ("free", None, [it]),
        ("copy", it, [it]),
        ("part", raw, [it, ctypes.c_int, ctypes.POINTER(size)]),
        ("begin", None, [it, text, size]),
        ("start", None, [it, raw, size]),
        ("encode", None, [it, text, size, raw]),
        ("weigh", size, [it, text, size, raw]),
        ("finish", ctypes.c_int64, [it]),
        ("open", None, [it, raw, size]),
        ("put", None, [it, ctypes.c_int, ctypes.c_int]),
        ("get", ctypes.c_int, [it, ctypes.c_int]),
        ("decode", size, [it, raw, size, raw]),
    ):
        function = loaded["enfold_mixing_" + name]
        function.restype, function.argtypes = gives, takes
        setattr(loaded, function.__name__, function)
    return loaded


class Mixing:
    """A mixer at a key frame, in C."""

    def __init__(
        self,
        tables: Sequence["array[int]"],
        weights: NDArray[np.int32] | None,
        *,
        loaded: ctypes.CDLL | None = None,
        twin: int | None = None,
    ) -> None:
        """Begin at a key frame.

        Args:
            tables: As the code's tables come, in their order.
            weights: Of one set, as they begin; `None` for a twin.
            loaded: A library built otherwise, in tests.
            twin: Whose, in C.

        Raises:
            MemoryError: There is no room.
            OSError: There is no library.
        """
        found = loaded or library()
        if found is None:
            raise OSError("the mixer in C cannot be built here")
        self._c = found
        self._tables = tables  # C reads them where they are
        if weights is None:
            self._it: int | None = found.enfold_mixing_copy(twin)
        else:
            begun = np.ascontiguousarray(weights, np.int32)
            given = [table.buffer_info()[0] for table in tables]
            self._it = found.enfold_mixing_new(*given, begun.ctypes.data)
        if not self._it:
            raise MemoryError("no room for a mixer")
        weakref.finalize(self, found.enfold_mixing_free, self._it)
        self._out = ctypes.create_string_buffer(1)
        self._in = b""
        self._one = ctypes.create_string_buffer(1)

    def copy(self) -> "Mixing":
        """Return a twin that goes on by itself from where this one stands, between turns.

        Raises:
            MemoryError: There is no room.
        """
        return Mixing(self._tables, None, loaded=self._c, twin=self._it)

    def begin(self, author: bytes) -> None:
        """Begin a turn of someone's; with no author, what was said goes on."""
        self._c.enfold_mixing_begin(self._it, author, len(author))

    def start(self, limit: int) -> None:
        """Code what comes; of the code no more than `limit` bytes are wanted."""
        self._out = ctypes.create_string_buffer(max(1, limit))
        self._c.enfold_mixing_start(self._it, self._out, limit)

    def encode(self, text: bytes, counts: NDArray[np.uint32] | None = None) -> None:
        """Code some bytes, with counts `[len(text), 256]` or with none."""
        kept = None if counts is None else _whole(counts, 256 * len(text))
        self._c.enfold_mixing_encode(
            self._it, text, len(text), None if kept is None else kept.ctypes.data
        )

    def weigh(self, text: bytes, counts: NDArray[np.uint32] | None = None) -> int:
        """Read some bytes, and return what they tell, in 2^-16 bits."""
        kept = None if counts is None else _whole(counts, 256 * len(text))
        return int(
            self._c.enfold_mixing_weigh(
                self._it, text, len(text), None if kept is None else kept.ctypes.data
            )
        )

    def finish(self) -> bytes | None:
        """Return the turn's code; `None` where it is longer than was wanted."""
        size = self._c.enfold_mixing_finish(self._it)
        return None if size < 0 else ctypes.string_at(self._out, size)

    def open(self, coded: bytes) -> None:
        """Decode what comes."""
        self._in = coded  # C reads it where it is
        self.start(len(coded) + 20)  # with the zeros that a code drops
        self._c.enfold_mixing_open(self._it, coded, len(coded))

    def put(self, bit: int, likely: int) -> None:
        """Code a bit beside the text."""
        self._c.enfold_mixing_put(self._it, bit, likely)

    def get(self, likely: int) -> int:
        """Return a bit that was coded beside the text."""
        return int(self._c.enfold_mixing_get(self._it, likely))

    def decode(self, length: int) -> bytes:
        """Return bytes that were coded without counts; fewer where the code gives no more."""
        got = bytearray()
        while len(got) < length:
            asked = min(length - len(got), 1 << 16)
            piece = ctypes.create_string_buffer(asked)
            made = self._c.enfold_mixing_decode(self._it, piece, asked, None)
            got += piece.raw[:made]
            if made < asked:
                break
        return bytes(got)

    def byte(self, counts: NDArray[np.uint32]) -> int | None:
        """Return a byte that was coded with `counts [256]`; `None` as for `decode`."""
        kept = _whole(counts, 256)
        made = self._c.enfold_mixing_decode(self._it, self._one, 1, kept.ctypes.data)
        return self._one.raw[0] if made else None

    def parts(self) -> list[bytes]:
        """Return all that was learnt, the same from any mixer that read the same."""
        found: list[bytes] = []
        size = ctypes.c_uint64()
        while at := self._c.enfold_mixing_part(self._it, len(found), ctypes.byref(size)):
            found.append(ctypes.string_at(at, size.value))
        return found


def _whole(counts: NDArray[np.uint32], size: int) -> NDArray[np.uint32]:
    if counts.size != size:
        raise ValueError(f"{size} counts are needed, not {counts.size}")
    return np.ascontiguousarray(counts, np.uint32)
