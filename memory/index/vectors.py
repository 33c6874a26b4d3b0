"""What turns mean, as an encoder put it: a row of bytes for each place, and how alike two are.

Rows come from `memory.models.encoder` or anything that gives bytes of a fixed number; the index
does not ask which. Products are whole numbers, so that the same rows rank the same everywhere.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from numpy import float64, int8, int64
    from numpy.typing import NDArray

    Likeness: TypeAlias = Callable[[NDArray[int64]], NDArray[float64]]
    """How alike in meaning each of some places is to what is asked, from 0 to 1."""

_UNIT: Final = 127 * 127
"""The product of a row with itself."""


class Vectors:
    """Rows of a room's turns."""

    def __init__(self) -> None:
        self._rows: dict[int, NDArray[int8]] = {}

    def put(self, places: Sequence[int], rows: "NDArray[int8]") -> None:
        """Take in a row for each of `places`: (places, dimensions).

        Raises:
            ValueError: There are not as many rows as places.
        """
        if len(places) != len(rows):
            raise ValueError(f"{len(rows)} rows for {len(places)} places")
        self._rows.update(zip(places, rows, strict=True))

    def drop(self, places: Sequence[int]) -> None:
        """Forget the rows of `places`, where there are any."""
        for place in places:
            self._rows.pop(place, None)

    @property
    def bytes(self) -> int:
        """Bytes of all rows."""
        return sum(row.nbytes for row in self._rows.values())

    def like(self, row: "NDArray[int8]", places: "NDArray[int64]") -> "NDArray[float64]":
        """Return how alike `row` and that of each of `places` are: from 0, about 1 at most.

        What has no row, or one of another length, is like nothing.
        """
        import numpy as np  # noqa: PLC0415 - only who recalls pays for it

        alike = np.zeros(len(places))
        known = [
            (at, found)
            for at, place in enumerate(places.tolist())
            if (found := self._rows.get(place)) is not None and found.shape == row.shape
        ]
        if known:
            rows = np.stack([found for _, found in known])
            dots = rows.astype(np.int32) @ row.astype(np.int32)
            alike[[at for at, _ in known]] = np.maximum(dots, 0) / _UNIT
        return alike
