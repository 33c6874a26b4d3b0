"""The gists of all laminae of a room, turned over: which laminae have a stem.

Sorted once and looked up by halving, all stems at once, so that a recall costs as good as the
same in a room of a hundred thousand turns. New gists are sorted among themselves until there
are enough of them to sort all again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from memory.index.gist import Gist
from memory.index.words import BITS

if TYPE_CHECKING:
    from numpy import int64
    from numpy.typing import NDArray

    _Columns = tuple[NDArray[int64], NDArray[int64], NDArray[int64]]
    """Hashes, rising; whose; how often."""
    _Sorted = dict[int, _Columns]
    """By bits of the hashes."""

_WAIT: Final = 64
"""Gists that are new, or dropped, until all are sorted anew."""

_MORE: Final = 2
"""How often a stem was said that was said more than once, at least."""


@dataclass(frozen=True, slots=True, eq=False)
class Having:
    """Which laminae have some stems: three arrays as long, in order of the stems."""

    which: "NDArray[int64]"
    """Which of the stems that were asked for."""
    numbers: "NDArray[int64]"
    """The lamina."""
    often: "NDArray[int64]"
    """How often it has it: 1, or 2 for more."""


class Gists:
    """Gists by number; a number is given once."""

    def __init__(self) -> None:
        self._gists: dict[int, Gist] = {}
        self._old: _Sorted = {}
        self._new: _Sorted | None = {}
        """What came since; `None` if something did that is not in it yet."""
        self._in: set[int] = set()
        """Numbers that are in `_old`."""
        self._gone: list[int] = []
        """Numbers that were dropped since all were sorted."""
        self.turns = 0
        """Turns of all."""

    def __len__(self) -> int:
        return len(self._gists)

    def put(self, number: int, gist: Gist) -> None:
        """Take in the gist of lamina `number`, a new one."""
        self._gists[number] = gist
        self._new = None
        self.turns += gist.turns

    def drop(self, number: int) -> None:
        """Forget the gist of lamina `number`."""
        self.turns -= self._gists.pop(number).turns
        if number in self._in:
            self._gone.append(number)
        else:
            self._new = None

    def having(self, stems: Sequence[int]) -> Having:
        """Return which laminae have which of `stems`, which differ."""
        import numpy as np  # noqa: PLC0415 - only who recalls pays for it

        asked = np.array(stems, np.int64)
        new = self._sort()
        parts = [
            _found(some, bits, asked) for old in (self._old, new) for bits, some in old.items()
        ]
        which, numbers, often = (
            np.concatenate([np.zeros(0, np.int64), *column])
            for column in (zip(*parts, strict=True) if parts else ((), (), ()))
        )
        order = np.argsort(which, kind="stable")
        if self._gone:
            order = order[~np.isin(numbers[order], self._gone)]
        return Having(which[order], numbers[order], often[order])

    def _sort(self) -> "_Sorted":
        """Sort what is not sorted; return what is not among the old."""
        if self._new is None:
            fresh = [number for number in self._gists if number not in self._in]
            if len(fresh) > _WAIT or len(self._gone) > _WAIT:
                self._old = _sorted(self._gists.items())
                self._in, self._gone, fresh = set(self._gists), [], []
            self._new = _sorted((number, self._gists[number]) for number in fresh)
        return self._new


def _sorted(gists: Iterable[tuple[int, Gist]]) -> "_Sorted":
    import numpy as np  # noqa: PLC0415 - only who recalls pays for it

    rows: dict[int, list[tuple[int, Gist]]] = {}
    for number, gist in gists:
        rows.setdefault(gist.bits, []).append((number, gist))
    made: _Sorted = {}
    for bits, some in rows.items():
        hashes = np.concatenate([part for _, gist in some for part in (gist.once, gist.more)])
        sizes = [len(part) for _, gist in some for part in (gist.once, gist.more)]
        numbers = [number for number, _ in some for _ in range(2)]
        order = np.argsort(hashes, kind="stable")
        made[bits] = (
            hashes[order],
            np.repeat(np.array(numbers, np.int64), sizes)[order],
            np.repeat(np.array([1, _MORE] * len(some), np.int64), sizes)[order],
        )
    return made


def _found(some: "_Columns", bits: int, asked: "NDArray[int64]") -> "_Columns":
    """Return which of the stems `asked`, whose, and how often."""
    import numpy as np  # noqa: PLC0415 - only who recalls pays for it

    hashes, whose, often = some
    short = asked >> BITS - bits
    low = hashes.searchsorted(short)
    sizes = hashes.searchsorted(short + 1) - low
    ends = sizes.cumsum()
    at = np.arange(int(ends[-1]) if len(ends) else 0) + np.repeat(low - ends + sizes, sizes)
    return np.repeat(np.arange(len(asked)), sizes), whose[at], often[at]
