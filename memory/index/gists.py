"""The gists of all laminae of a room, turned over: which laminae have a stem.

Sorted once and looked up by halving, all stems at once, so that a recall costs as good as the
same in a room of a hundred thousand turns. New gists are sorted among themselves until there
are enough of them to sort all again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from memory.index.gist import Gist
from memory.index.words import BITS

if TYPE_CHECKING:
    from numpy import int64
    from numpy.typing import NDArray

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


@dataclass(frozen=True, slots=True, eq=False)
class _Sorted:
    """Some gists, turned over."""

    bits: "NDArray[int64]"
    """How wide hashes are: a few widths."""
    hashes: "NDArray[int64]"
    """(hashes,) rising, each with its width above its bits."""
    whose: "NDArray[int64]"
    """(hashes,) number of the lamina."""
    often: "NDArray[int64]"
    """(hashes,) how often it has it."""


class Gists:
    """Gists by number; a number is given once."""

    def __init__(self) -> None:
        self._gists: dict[int, Gist] = {}
        self._old: _Sorted | None = None
        self._new: _Sorted | None = None
        """What came since; `None` if it is to be sorted first."""
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
        which, numbers, often = _found(new, asked)
        if self._old is not None:
            columns = zip(_found(self._old, asked), (which, numbers, often), strict=True)
            which, numbers, often = (np.concatenate(both) for both in columns)
            order = np.argsort(which, kind="stable")
            which, numbers, often = which[order], numbers[order], often[order]
        if self._gone:
            here = ~np.isin(numbers, self._gone)
            which, numbers, often = which[here], numbers[here], often[here]
        return Having(which, numbers, often)

    def _sort(self) -> _Sorted:
        """Sort what is not sorted; return what is not among the old."""
        if self._new is None:
            fresh = [number for number in self._gists if number not in self._in]
            if len(fresh) > _WAIT or len(self._gone) > _WAIT:
                self._old = _sorted(list(self._gists.items()))
                self._in, self._gone, fresh = set(self._gists), [], []
            self._new = _sorted([(number, self._gists[number]) for number in fresh])
        return self._new


def _sorted(gists: Sequence[tuple[int, Gist]]) -> _Sorted:
    import numpy as np  # noqa: PLC0415 - only who recalls pays for it

    if not gists:
        nothing = np.zeros(0, np.int64)
        return _Sorted(nothing, nothing, nothing, nothing)
    columns = [(g.bits, part) for _, g in gists for part in (g.once, g.more)]
    hashes = np.concatenate([part + (bits << BITS) for bits, part in columns])
    sizes = [len(part) for _, part in columns]
    numbers = [number for number, _ in gists for _ in range(2)]
    order = np.argsort(hashes, kind="stable")
    return _Sorted(
        np.array(sorted({gist.bits for _, gist in gists}), np.int64),
        hashes[order],
        np.repeat(np.array(numbers, np.int64), sizes)[order],
        np.repeat(np.array([1, _MORE] * len(gists), np.int64), sizes)[order],
    )


def _found(
    some: _Sorted, asked: "NDArray[int64]"
) -> "tuple[NDArray[int64], NDArray[int64], NDArray[int64]]":
    """Return which of the stems `asked`, whose, and how often; in order of the stems."""
    import numpy as np  # noqa: PLC0415 - only who recalls pays for it

    keys = ((asked[:, None] >> BITS - some.bits) + (some.bits << BITS)).ravel()
    low = some.hashes.searchsorted(keys)
    sizes = some.hashes.searchsorted(keys, "right") - low
    ends = sizes.cumsum()
    at = np.arange(int(sizes.sum())) + np.repeat(low - ends + sizes, sizes)
    which = np.repeat(np.arange(len(keys)) // max(1, len(some.bits)), sizes)
    return which, some.whose[at], some.often[at]
