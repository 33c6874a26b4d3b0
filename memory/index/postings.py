"""The words of one lamina, packed: which stems each of its turns has, and how often.

Columns of places, authors, lengths and marks of turns; then of the stems in order of their
hashes, and for each the turns that have it. About a sixth of the text's bytes. All in
`memory.index.columns`, so that a lamina opens in about a tenth of a millisecond.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from memory.cc.base import Utterance
from memory.codec.varints import Bytes, varint
from memory.errors import DamagedRow
from memory.index import columns
from memory.index.words import BITS, hashed, marks, words

if TYPE_CHECKING:
    from numpy import int32, int64
    from numpy.typing import NDArray

_FORM: Final = 1
OFTEN: Final = 4
"""A stem counts so often in a turn at most."""


@dataclass(frozen=True, slots=True, eq=False)
class Postings:
    """The words of some turns, opened. Arrays of whole numbers."""

    places: "NDArray[int64]"
    """(turns,) places in the log, rising."""
    authors: "NDArray[int64]"
    """(turns,) which of `names`."""
    names: tuple[str, ...]
    """Ids of the authors."""
    lengths: "NDArray[int64]"
    """(turns,) words that tell something, repeated ones too."""
    marks: "NDArray[int64]"
    """(turns,) kinds, as `memory.index.words.marks` gives them."""
    stems: "NDArray[int32]"
    """(postings,) hash of the stem of each posting, rising."""
    turns: "NDArray[int32]"
    """(postings,) which turn, from 0."""
    often: "NDArray[int32]"
    """(postings,) how often, from 1."""


def pack(said: Sequence[Utterance]) -> bytes:
    """Return the packed words of `said`, whose places rise."""
    names = sorted({one.author for one in said})
    number = {name: at for at, name in enumerate(names)}
    found = [Counter(hashed(stem) for _, stem in words(one.text)) for one in said]
    turns: dict[int, list[tuple[int, int]]] = {}
    for at, counts in enumerate(found):
        for stem, often in counts.items():
            turns.setdefault(stem, []).append((at, min(often, OFTEN)))
    stems = sorted(turns)
    first = said[0].place if said else 0
    out = bytearray([_FORM])
    out += varint(len(said)) + varint(first) + varint(len(names))
    for name in names:
        out += varint(len(name.encode())) + name.encode()
    out += columns.pack([b.place - a.place - 1 for a, b in pairwise(said)])
    if len(names) > 1:
        out += columns.pack([number[one.author] for one in said])
    out += columns.pack([counts.total() for counts in found])
    out += columns.pack([marks(one.text) for one in said])
    out += varint(len(stems))
    out += columns.pack([b - a - 1 for a, b in pairwise([-1, *stems])])
    out += columns.pack([len(turns[stem]) - 1 for stem in stems])
    out += columns.pack(
        [b - a - 1 for stem in stems for a, b in pairwise([-1, *(at for at, _ in turns[stem])])]
    )
    out += columns.pack([often - 1 for stem in stems for _, often in turns[stem]])
    return bytes(out)


def parse(packed: bytes) -> Postings:
    """Return what `pack` packed.

    Raises:
        DamagedRow: These bytes are not what it writes.
    """
    try:
        return _parse(Bytes(packed))
    except (ValueError, UnicodeDecodeError, OverflowError) as error:
        raise DamagedRow(f"the words of a lamina are damaged: {error}") from error


def _parse(data: Bytes) -> Postings:
    import numpy as np  # noqa: PLC0415 - only who recalls pays for it

    if data.byte() != _FORM:
        raise ValueError("another form")
    count, first = data.count(0), data.varint()
    names = tuple(data.take(data.count(1)).decode() for _ in range(data.count(1)))
    if count > 8 * data.left:
        raise ValueError("it ends too early")
    gaps = columns.unpack(data, max(0, count - 1))
    places = first + np.concatenate([np.zeros(min(1, count), np.int64), np.cumsum(gaps + 1)])
    authors = columns.unpack(data, count) if len(names) > 1 else np.zeros(count, np.int64)
    if count and int(authors.max()) >= max(1, len(names)):
        raise ValueError("an author without a name")
    lengths, kinds = columns.unpack(data, count), columns.unpack(data, count)
    stems = np.cumsum(columns.unpack(data, _columns(data)) + 1) - 1
    if len(stems) and int(stems[-1]) >= 1 << BITS:
        raise ValueError("a hash that is too wide")
    sizes = columns.unpack(data, len(stems)) + 1
    total = int(sizes.sum())
    if total > 8 * max(1, data.left):
        raise ValueError("it ends too early")
    steps = columns.unpack(data, total) + 1
    ends = np.cumsum(sizes)
    sums = np.cumsum(steps)
    before = np.concatenate([np.zeros(1, np.int64), sums])[ends - sizes]
    turns = sums - np.repeat(before, sizes) - 1
    if total and int(turns.max()) >= count:
        raise ValueError("a turn beyond the last")
    often = columns.unpack(data, total) + 1
    data.done()
    whose = np.repeat(stems, sizes).astype(np.int32)
    return Postings(
        places,
        authors,
        names,
        lengths,
        kinds,
        whose,
        turns.astype(np.int32),
        often.astype(np.int32),
    )


def _columns(data: Bytes) -> int:
    """Return how many numbers the next column has: at least a bit each."""
    count = data.varint()
    if count > 8 * data.left:
        raise ValueError("it ends too early")
    return count
