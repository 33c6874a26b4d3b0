"""The frozen byte model's arithmetic in C: `network.c`, made into Python objects.

Weights are copied and put in the order that the processor likes; readers have their own state
and room, so that several can read at once. The interpreter is let go of while C reads.
"""

import ctypes
import weakref
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from memory.kernel import build

SOURCE = Path(__file__).with_name("network.c")
LEVELS = ("plain", "avx2", "vnni")
"""Ways to multiply, by number; which a processor has, `best` tells."""

Ints = NDArray[np.int32]
Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Parts:
    """What a network is made of, in the order in which `network.c` takes it."""

    width: int
    state: int
    symbols: int
    orders: Sequence[tuple[int, int, int]]
    """Length in tokens, log2 of buckets and salt of each table of n-grams."""
    drops: Sequence[int]
    """One for each block."""
    arrays: Sequence[Array]
    """embed, table, parts, forget, silu, power; for each block inward, its scale, bias, outward,
    its scale; head, its scale. Table and weights int8; the rest is made int32."""

    @property
    def reach(self) -> int:
        """How many tokens back the n-grams go."""
        return max((length for length, _, _ in self.orders), default=1)


@cache
def library(flags: tuple[str, ...] = build.PORTABLE) -> ctypes.CDLL | None:
    """Return the library, its functions told what they take; `None` where it cannot be had."""
    found = build.library((SOURCE,), flags)
    if found is None:
        return None
    pointer, many = ctypes.c_void_p, ctypes.c_int64
    for name, kind, takes in (
        ("network_level", ctypes.c_int, []),
        ("network_new", pointer, [ctypes.c_int32, pointer, pointer]),
        ("network_free", None, [pointer]),
        ("reader_new", pointer, [pointer]),
        ("reader_free", None, [pointer]),
        ("reader_stand", None, [pointer, pointer, pointer, pointer]),
        ("reader_go", None, [pointer, pointer, pointer, pointer]),
        ("reader_odds", ctypes.c_int32, [pointer]),
        ("reader_read", ctypes.c_int, [pointer, pointer, pointer, many, many, pointer]),
    ):
        function = getattr(found, f"enfold_{name}")
        function.restype, function.argtypes = kind, takes
    return found


def best(found: ctypes.CDLL) -> int:
    """Return the number of the fastest of `LEVELS` that this processor has."""
    return int(found.enfold_network_level())


class Network:
    """Weights, ready to be read with."""

    def __init__(self, found: ctypes.CDLL, parts: Parts, *, level: int | None = None) -> None:
        """Copy the weights.

        Args:
            found: What `library` gave.
            parts: Of a model that was checked: nothing here looks for overflow.
            level: Which of `LEVELS`; the best, if not told.

        Raises:
            MemoryError: No room, or the processor has no such level.
        """
        self.library = found
        self.level = best(found) if level is None else level
        self.reach, self.shape = parts.reach, (len(parts.drops), parts.state)
        sizes = [parts.width, parts.state, len(parts.drops), parts.symbols, len(parts.orders)]
        for order in parts.orders:
            sizes += order
        told = np.array([*sizes, *parts.drops], np.int64).astype(np.uint32)
        kept = [_plain(array) for array in parts.arrays]
        places = (ctypes.c_void_p * len(kept))(*(array.ctypes.data for array in kept))
        self.address: int | None = found.enfold_network_new(
            self.level, told.ctypes.data, places
        )
        if not self.address:
            raise MemoryError(f"no network of level {self.level} could be made")
        weakref.finalize(self, found.enfold_network_free, self.address)

    def reader(self) -> "NetworkReader":
        """Return one who has read nothing."""
        return NetworkReader(self)


class NetworkReader:
    """One who reads on; implements `memory.models.guesser.Reader`. For one thread at a time."""

    def __init__(self, network: Network) -> None:
        """Stand where nothing has been read."""
        self._network = network
        self._c = network.library
        self._read = self._c.enfold_reader_read
        self._place: int | None = self._c.enfold_reader_new(network.address)
        if not self._place:
            raise MemoryError("no room for a reader")
        # What is freed keeps the network alive until then.
        weakref.finalize(self, _free, self._c, self._place, network)

    def read(self, tokens: Ints, since: int) -> NDArray[np.uint32]:
        """Read tokens `[n]`; return `[n - since, 256]` counts, after each from `since` on.

        Raises:
            ValueError: No such token, or `since` lies outside.
        """
        many = len(tokens)
        if not 0 <= since <= many:
            raise ValueError(f"{since} of {many} tokens")
        given = np.ascontiguousarray(tokens, np.int32)
        counts = np.empty((many - since, 256), np.uint32)
        wrong = self._read(
            self._network.address,
            self._place,
            given.ctypes.data,
            many,
            since,
            counts.ctypes.data,
        )
        if wrong:
            raise ValueError("no such token")
        return counts

    @property
    def odds(self) -> int:
        """Of a turn's end after the last token read with counts. See `guesser.Reader`."""
        return int(self._c.enfold_reader_odds(self._place))

    def stand(self) -> tuple[Ints, Ints]:
        """Return the trail `[reach]`, oldest first, and the states `[blocks, state]`, Q20."""
        trail = np.empty(self._network.reach, np.int32)
        states = np.empty(self._network.shape, np.int32)
        self._c.enfold_reader_stand(
            self._network.address, self._place, trail.ctypes.data, states.ctypes.data
        )
        return trail, states

    def go(self, trail: Ints, states: Ints) -> None:
        """Stand elsewhere: what `stand` gave.

        Raises:
            ValueError: Of another shape.
        """
        trail, states = _plain(trail), _plain(states)
        if trail.shape != (self._network.reach,) or states.shape != self._network.shape:
            raise ValueError("no place of this network")
        self._c.enfold_reader_go(
            self._network.address, self._place, trail.ctypes.data, states.ctypes.data
        )


def _plain(array: Array) -> Array:
    kind = np.int8 if array.dtype == np.int8 else np.int32
    return np.ascontiguousarray(array, kind)


def _free(found: ctypes.CDLL, place: int, _network: Network) -> None:
    found.enfold_reader_free(place)
