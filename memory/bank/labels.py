"""How a lamina's row is sealed: all that is said of it, alive or not, and its index row.

What is resident has 31 bits of a seal and the words 32, since they are not read together. Rows
are sealed as they lie in the bank, so what the bank makes of a value while it keeps it is no
matter. Whoever changes a row that is damaged leaves its seal broken: damage is not made good
by writing over a part of it.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final
from zlib import crc32

from sqlalchemy import Connection, text

if TYPE_CHECKING:
    from memory.index.leaf import Leaf

FIELDS: Final = (
    "laminae.number, laminae.first, laminae.last, laminae.turns, laminae.length, stored,"
    " laminae.model, laminae.version, laminae.chain, code, made, at"
)
"""Columns that are sealed beside gist and words, as `sound` takes them."""

_HALF: Final = (1 << 32) - 1


def row_of(leaf: "Leaf") -> dict[str, object]:
    """Return the columns of an index row."""
    return {
        "code": leaf.code.decode("utf-8", "replace"),
        "gist": leaf.gist,
        "words": leaf.words,
    }


def sound(kept: int, row: Sequence[Any], gist: bytes) -> bool:
    """Whether what is resident of a lamina is what was kept.

    Args:
        kept: Its seal.
        row: Its `FIELDS`.
        gist: Of its index row.
    """
    return kept >> 32 == _resident(row, gist)


def worded(kept: int, words: bytes) -> bool:
    """Whether the words of a lamina are those under its seal."""
    return kept & _HALF == crc32(words)


def seal(bank: Connection, number: int) -> None:
    """Seal the row of a lamina as it stands, in the transaction that laid it down."""
    found = bank.execute(_WHOLE, {"number": number}).one()
    *row, gist, words, _ = found
    made = _resident(row, bytes(gist)) << 32 | crc32(bytes(words))
    bank.execute(_SEAL, {"number": number, "seal": made})


def change(bank: Connection, number: int, statement: Any, values: Mapping[str, object]) -> None:
    """Carry a statement out that changes the row of a lamina, and seal it anew if it was sound."""
    *row, gist, words, kept = bank.execute(_WHOLE, {"number": number}).one()
    whole = sound(kept, row, bytes(gist)) and worded(kept, bytes(words))
    bank.execute(statement, values)
    if whole:
        seal(bank, number)


def damaged(bank: Connection, room: str) -> list[int]:
    """Return the numbers of a room's laminae that are no longer alive, and not as they were."""
    return [
        row[0]
        for *row, gist, words, kept in bank.execute(_DEAD, {"room": room})
        if not (sound(kept, row, bytes(gist)) and worded(kept, bytes(words)))
    ]


def _resident(row: Sequence[Any], gist: bytes) -> int:
    number, first, last, turns, length, stored, model, version, chain, code, made, at = row
    of = (number, first, last, turns, length, stored, model or "", version, bytes(chain).hex())
    head = "\0".join(map(str, (*of, code, made, at, "")))
    return crc32(gist, crc32(head.encode("utf-8", "surrogatepass"))) & 0x7FFFFFFF


_WHOLE: Final = text(
    f"SELECT {FIELDS}, gist, words, seal FROM laminae WHERE number = :number"  # noqa: S608 - ours
)
_DEAD: Final = text(
    f"""SELECT {FIELDS}, gist, words, seal FROM laminae
        WHERE laminae.room = (SELECT rooms.number FROM rooms WHERE rooms.id = :room)
            AND segment IS NULL ORDER BY laminae.number"""  # noqa: S608 - ours
)
_SEAL: Final = text("UPDATE laminae SET seal = :seal WHERE number = :number")
