"""Segments as they lie in the bank: their turns as rows while they grow, then as one pack.

Functions of an open transaction, so that what is made of several of them happens at once or
not at all. Whoever reads need not know which segments are packed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from sqlalchemy import Connection, text

from memory.bank import labels
from memory.bank.kept import BRIEF, Kept, Remade
from memory.bank.packed import brief, packed, unpacked
from memory.errors import BankError, DamagedTurn

FIELDS: Final = (
    "segments.number, segments.first, segments.version, segments.model, segments.turns,"
    " segments.length, segments.before, segments.chain, segments.closed, segments.last,"
    " segments.packed IS NOT NULL"
)
"""Columns of a segment, as `segment` takes them."""

KEPT: Final = "place, author, length, crc, codec, blob"
"""Columns of a turn, as `Kept` takes them."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A run of coded turns."""

    number: int
    """Its key in the bank; 0 for one that is yet to be made."""
    first: int
    """Place of its first turn."""
    version: int
    """Of the code."""
    model: str
    """Id of the byte model; empty for none."""
    turns: int
    length: int
    """Bytes of text."""
    before: bytes
    """Chain at its key frame."""
    chain: bytes
    """Chain after its last turn."""
    closed: bool
    """Whether it takes no more turns, however short it is."""
    last: int = -1
    """Place of its last turn."""
    packed: bool = False
    """Whether its turns are one pack; it is closed then."""


def segment(row: Any) -> Segment:
    """Return the segment of a row of `FIELDS`."""
    number, first, version, model, turns, length, before, chain, closed, last, pack = row
    return Segment(
        number,
        first,
        version,
        model or "",
        turns,
        length,
        bytes(before),
        bytes(chain),
        bool(closed),
        last,
        bool(pack),
    )


def newest(bank: Connection, room: str) -> Segment | None:
    """Return a room's last segment."""
    found = bank.execute(_LAST, {"room": room}).one_or_none()
    return None if found is None else segment(found)


def one(bank: Connection, number: int) -> Segment | None:
    """Return the segment of that number."""
    found = bank.execute(_ONE, {"number": number}).one_or_none()
    return None if found is None else segment(found)


def every(bank: Connection, room: str) -> list[Segment]:
    """Return a room's segments, oldest first."""
    return [segment(row) for row in bank.execute(_SEGMENTS, {"room": room})]


def around(bank: Connection, room: str, place: int) -> Segment | None:
    """Return the packed segment whose span has that place."""
    found = bank.execute(_AROUND, {"room": room, "place": place}).one_or_none()
    return None if found is None else segment(found)


def rows(bank: Connection, which: Segment, upto: int) -> list[Kept]:
    """Return the turns of a segment up to a place, inclusive.

    Raises:
        DamagedTurn: They are packed, and the pack cannot be read.
    """
    # Asked for anew: it may have been packed since `which` was read.
    pack = bank.execute(_PACK, {"number": which.number}).scalar_one_or_none()
    if pack is not None:
        return [row for row in unpacked(bytes(pack)).rows if row.place <= upto]
    return [Kept(*row) for row in bank.execute(_ROWS, {"segment": which.number, "upto": upto})]


def close(bank: Connection, which: Segment) -> bool:
    """Have a segment take no more turns, and pack it; whether its turns are one pack now.

    What the pack gives back is compared with the rows before they go. Rows that are damaged
    stay as they are.
    """
    if which.packed:
        return True
    bank.execute(_CLOSE, {"number": which.number})
    found = rows(bank, which, 1 << 62)
    if len(found) != which.turns:
        return False
    try:
        pack = _compared(found)
    except DamagedTurn:
        return False
    bank.execute(_PACKED, {"number": which.number, "pack": pack})
    bank.execute(_LET_GO, {"number": which.number})
    return True


def close_some(bank: Connection, room: str, most: int) -> int:
    """Pack closed segments of a room that are not, the newest first; return how many."""
    found = bank.execute(_LOOSE, {"room": room, "most": most}).all()
    return sum(close(bank, segment(row)) for row in found)


def repack(
    bank: Connection, which: Segment, found: Sequence[Kept], model: str, version: int
) -> None:
    """Put rows in the place of a pack, coded anew.

    Raises:
        DamagedTurn: They are no rows that can be packed.
    """
    pack = _compared(found)
    told = {
        "number": which.number,
        "model": model or None,
        "version": version,
        "stored": len(pack),
    }
    bank.execute(_REPACKED, {**told, "pack": pack})
    lamina = bank.execute(_LAMINA, {"number": which.number}).scalar_one_or_none()
    if lamina is not None:
        labels.change(bank, lamina, _RETOLD, told)


def replace(
    bank: Connection, number: int, old: Sequence[Segment], new: Sequence[Remade]
) -> list[int]:
    """Put segments in the place of others; return their numbers.

    Args:
        bank: Where.
        number: Of the room.
        old: As they were read, one after the other; they go.
        new: The same turns, parted otherwise.

    Raises:
        BankError: They are not the same turns; what is under way is to be taken back.
        DamagedTurn: The old ones cannot be read.
    """
    check(old, new)
    before = [row for each in old for row in rows(bank, each, 1 << 62)]
    after = [row for each in new for row in each.rows]
    if len(before) != len(after) or not all(map(_same, before, after)):
        raise BankError("what was made is not the turns that are there")
    for each in old:
        bank.execute(_LET_GO, {"number": each.number})
        bank.execute(_GONE, {"number": each.number})
    return [add(bank, number, each) for each in new]


def add(bank: Connection, number: int, new: Remade) -> int:
    """Store turns as a segment that is over; return its number.

    Args:
        bank: Where.
        number: Of the room, which has turns up to where these begin and none after.
        new: At least one turn.

    Raises:
        DamagedTurn: They are no rows that can be packed.
    """
    return bank.execute(
        _MADE,
        {
            "room": number,
            "first": new.first,
            "last": new.last,
            "version": new.version,
            "model": new.model or None,
            "turns": len(new.rows),
            "length": sum(row.length for row in new.rows),
            "before": new.before,
            "chain": new.chain,
            "pack": _compared(new.rows),
        },
    ).scalar_one()


def check(old: Sequence[Segment], new: Sequence[Remade]) -> None:
    """See that segments follow one another, and that `new` begin and end where `old` do.

    Raises:
        BankError: They do not.
    """
    if not old or not new:
        raise BankError("nothing is put in the place of nothing")
    if not all(each.rows for each in new):
        raise BankError("a part has no turns")
    for runs in (old, new):
        for left, right in pairwise(runs):
            if left.chain != right.before or left.last >= right.first:
                raise BankError("the parts do not follow one another")
    if old[0].before != new[0].before or old[-1].chain != new[-1].chain:
        raise BankError("the parts are not the turns that are there: their chains differ")


def _compared(found: Sequence[Kept]) -> bytes:
    """Return rows as a pack that gives them back.

    Raises:
        DamagedTurn: There is none.
    """
    pack = packed(found)
    if list(unpacked(pack).rows) != [brief(row) for row in found]:
        raise DamagedTurn("its pack does not give back what was packed")
    return pack


def _same(left: Kept, right: Kept) -> bool:
    """Whether two rows are of one turn, as far as can be told without reading it."""
    known = (1 << min(left.bits, right.bits, BRIEF)) - 1
    return (left.place, left.author, left.length) == (
        right.place,
        right.author,
        right.length,
    ) and not (left.crc ^ right.crc) & known


_IN: Final = "segments.room = (SELECT rooms.number FROM rooms WHERE rooms.id = :room)"

_LAST: Final = text(
    f"SELECT {FIELDS} FROM segments WHERE {_IN} ORDER BY first DESC LIMIT 1"  # noqa: S608 - ours
)
_ONE: Final = text(f"SELECT {FIELDS} FROM segments WHERE number = :number")  # noqa: S608 - ours
_SEGMENTS: Final = text(f"SELECT {FIELDS} FROM segments WHERE {_IN} ORDER BY first")  # noqa: S608
_AROUND: Final = text(
    f"""SELECT {FIELDS} FROM segments
        WHERE {_IN} AND first <= :place AND last >= :place AND packed IS NOT NULL"""  # noqa: S608
)
_LOOSE: Final = text(
    f"""SELECT {FIELDS} FROM segments
        WHERE {_IN} AND closed = 1 AND packed IS NULL
        ORDER BY first DESC LIMIT :most"""  # noqa: S608 - ours
)
_PACK: Final = text("SELECT packed FROM segments WHERE number = :number")
_ROWS: Final = text(
    f"SELECT {KEPT} FROM turns WHERE segment = :segment AND place <= :upto ORDER BY place"  # noqa: S608
)
_CLOSE: Final = text("UPDATE segments SET closed = 1 WHERE number = :number")
_PACKED: Final = text("UPDATE segments SET packed = :pack WHERE number = :number")
_REPACKED: Final = text(
    """UPDATE segments SET packed = :pack, model = :model, version = :version
       WHERE number = :number"""
)
_LAMINA: Final = text("SELECT number FROM laminae WHERE segment = :number")
_RETOLD: Final = text(
    """UPDATE laminae SET model = :model, version = :version, stored = :stored
       WHERE segment = :number"""
)
_LET_GO: Final = text("DELETE FROM turns WHERE segment = :number")
_GONE: Final = text("DELETE FROM segments WHERE number = :number")
_MADE: Final = text(
    """INSERT INTO segments
           (room, first, last, version, model, turns, length, before, chain, closed, packed)
       VALUES
           (:room, :first, :last, :version, :model, :turns, :length, :before, :chain, 1, :pack)
       RETURNING number"""
)
