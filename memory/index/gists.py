"""The gists of all laminae of a room, turned over: which laminae have a stem.

Sorted once and looked up by halving, so that a recall costs as good as the same in a room of
a hundred thousand turns. New gists wait until there are enough of them to sort all again.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from memory.index.gist import Gist
from memory.index.words import BITS

if TYPE_CHECKING:
    from numpy import int64
    from numpy.typing import NDArray

_WAIT: Final = 64
"""Gists looked at one by one until all are sorted anew."""

_MORE: Final = 2
"""How often a stem was said that was said more than once, at least."""


class Gists:
    """Gists by number; a number is given once."""

    def __init__(self) -> None:
        self._gists: dict[int, Gist] = {}
        self._sorted: dict[int, tuple[NDArray[int64], NDArray[int64], NDArray[int64]]] = {}
        """By bits of the hashes: hashes, rising; whose; how often."""
        self._in: set[int] = set()
        """Numbers that are in `_sorted`."""
        self._gone: list[int] = []
        """Of these, those that were dropped since."""
        self.turns = 0
        """Turns of all."""

    def __len__(self) -> int:
        return len(self._gists)

    def put(self, number: int, gist: Gist) -> None:
        """Take in the gist of lamina `number`, a new one."""
        self._gists[number] = gist
        self.turns += gist.turns

    def drop(self, number: int) -> None:
        """Forget the gist of lamina `number`."""
        self.turns -= self._gists.pop(number).turns
        if number in self._in:
            self._gone.append(number)

    def having(self, stems: Sequence[int]) -> "list[tuple[NDArray[int64], NDArray[int64]]]":
        """Return for each of `stems` which laminae have it, and how often: 1, or 2 for more."""
        import numpy as np  # noqa: PLC0415 - only who recalls pays for it

        fresh = [number for number in self._gists if number not in self._in]
        if len(fresh) > _WAIT or len(self._gone) > _WAIT:
            self._sort()
            fresh = []
        gone = np.array(self._gone, np.int64)
        found: list[tuple[NDArray[int64], NDArray[int64]]] = []
        for stem in stems:
            whose: list[NDArray[int64]] = []
            often: list[NDArray[int64]] = []
            for bits, (hashes, numbers, counts) in self._sorted.items():
                short = stem >> BITS - bits
                low, high = np.searchsorted(hashes, [short, short + 1])
                some = numbers[low:high]
                here = ~np.isin(some, gone) if self._gone else slice(None)
                whose.append(some[here])
                often.append(counts[low:high][here])
            for number in fresh:
                gist = self._gists[number]
                short = stem >> BITS - gist.bits
                for hashes, much in ((gist.once, 1), (gist.more, _MORE)):
                    at = int(hashes.searchsorted(short))
                    if at < len(hashes) and hashes[at] == short:
                        whose.append(np.array([number], np.int64))
                        often.append(np.array([much], np.int64))
            nothing = [np.zeros(0, np.int64)]
            found.append((np.concatenate(whose or nothing), np.concatenate(often or nothing)))
        return found

    def _sort(self) -> None:
        import numpy as np  # noqa: PLC0415 - only who recalls pays for it

        rows: dict[int, list[tuple[int, Gist]]] = {}
        for number, gist in self._gists.items():
            rows.setdefault(gist.bits, []).append((number, gist))
        self._sorted = {}
        for bits, gists in rows.items():
            hashes = np.concatenate([part for _, g in gists for part in (g.once, g.more)])
            sizes = [len(part) for _, g in gists for part in (g.once, g.more)]
            numbers = [number for number, _ in gists for _ in range(2)]
            order = np.argsort(hashes, kind="stable")
            self._sorted[bits] = (
                hashes[order],
                np.repeat(np.array(numbers, np.int64), sizes)[order],
                np.repeat(np.array([1, _MORE] * len(gists), np.int64), sizes)[order],
            )
        self._in = set(self._gists)
        self._gone = []
