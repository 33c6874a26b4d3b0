"""The turns that a recall looks at: opened laminae and the tail, one after the other."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from memory.index.postings import Postings

if TYPE_CHECKING:
    from numpy import int32, int64
    from numpy.typing import NDArray

_APART: Final = 4
"""Turns that are no turns, between laminae that do not follow on each other."""
_SOME: Final = 12
_MASK: Final = (1 << _SOME) - 1
"""Bits of a hash that tell most others apart."""


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """Some turns, in order of places. Arrays by turn, and by posting."""

    places: "NDArray[int64]"
    """(turns,) places; -1 for what only keeps others apart."""
    authors: "NDArray[int64]"
    """(turns,) which of `names`."""
    names: tuple[str, ...]
    """Ids of authors."""
    lengths: "NDArray[int64]"
    """(turns,) words that tell something."""
    marks: "NDArray[int64]"
    """(turns,) kinds."""
    lamina: "NDArray[int64]"
    """(turns,) which of `spans`, rising."""
    spans: tuple[tuple[int, int] | None, ...]
    """First and last place of each lamina; `None` for the tail."""
    stems: "NDArray[int32]"
    """(postings,) hash of a stem."""
    turns: "NDArray[int32]"
    """(postings,) which turn."""
    often: "NDArray[int32]"
    """(postings,) how often."""
    typical: float
    """Words of a turn on average."""

    def __len__(self) -> int:
        return len(self.places)

    def of(self, turn: int) -> "NDArray[int32]":
        """Return the stems of one turn, rising."""
        import numpy as np  # noqa: PLC0415 - only who recalls pays for it

        return np.sort(self.stems[self.turns == turn])

    def find(self, stems: Sequence[int]) -> "tuple[NDArray[int64], NDArray[int64]]":
        """Return which postings are of one of `stems`, and of which: two arrays as long.

        Args:
            stems: Different ones.
        """
        import numpy as np  # noqa: PLC0415 - only who recalls pays for it

        wanted = np.array(stems, np.int32)
        # Nearly all postings are of other stems: a table of some bits tells so for most.
        some = np.zeros(1 << _SOME, np.bool_)
        some[wanted & _MASK] = True
        near = np.flatnonzero(some[self.stems & _MASK])
        order = np.argsort(wanted)
        here = self.stems[near]
        at = np.minimum(wanted[order].searchsorted(here), max(0, len(wanted) - 1))
        which = order[at]
        hit = wanted[which] == here
        return near[hit], which[hit]

    def having(self, stems: Sequence[int]) -> list[int]:
        """Return how many turns have each of `stems`, which differ."""
        import numpy as np  # noqa: PLC0415 - only who recalls pays for it

        return np.bincount(self.find(stems)[1], minlength=len(stems)).tolist()


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Some turns that go into a field."""

    span: tuple[int, int] | None
    """First and last place of the lamina; `None` for the tail."""
    postings: Postings
    follows: bool
    """Whether nothing lies between these and the part before."""
    apart: int = 0
    """Turns that are scored together as if they were a lamina; 0 for all of them."""


def joined(parts: Sequence[Part]) -> Field:
    """Return the field of `parts`, which are in order of places; one at least."""
    import numpy as np  # noqa: PLC0415 - only who recalls pays for it

    number: dict[str, int] = {}
    columns: list[list[NDArray[int64]]] = [[] for _ in range(4)]
    rows: list[list[NDArray[int32]]] = [[] for _ in range(3)]
    spans: list[tuple[int, int] | None] = []
    gap = np.zeros(_APART, np.int64)
    nothing = (gap - 1, gap, gap, gap)
    starts: list[int] = []
    sizes: list[int] = []  # of laminae, the gap before each included
    start = real = 0
    for one in parts:
        part = one.postings
        apart = 0
        if not one.follows:
            for column, values in zip(columns, nothing, strict=True):
                column.append(values)
            apart = _APART
        ids = [number.setdefault(name, len(number)) for name in part.names]
        same = ids == list(range(len(ids)))
        authors = part.authors if same else np.array(ids, np.int64)[part.authors]
        values = (part.places, authors, part.lengths, part.marks)
        for column, added in zip(columns, values, strict=True):
            column.append(added)
        for row, some in zip(rows, (part.stems, part.turns, part.often), strict=True):
            row.append(some)
        count = len(part.places)
        for at in range(0, max(1, count), one.apart or max(1, count)):
            spans.append(one.span)
            sizes.append(min(count - at, one.apart or count) + (apart if not at else 0))
        starts.append(start + apart)
        start, real = start + apart + count, real + count
    whole = [np.concatenate(column) for column in columns]
    stems, turns, often = (np.concatenate(row) for row in rows)
    turns += np.repeat(np.array(starts, np.int32), [len(row) for row in rows[1]])
    typical = int(whole[2].sum()) / max(1, real)
    return Field(
        whole[0],
        whole[1],
        tuple(number),
        whole[2],
        whole[3],
        np.repeat(np.arange(len(spans)), sizes),
        tuple(spans),
        stems,
        turns,
        often,
        typical,
    )
