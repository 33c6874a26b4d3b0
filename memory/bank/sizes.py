"""What turns take in the bank, and the rest of its file; bytes."""

from collections import Counter
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, text

from memory.bank.packed import unpacked
from memory.errors import DamagedTurn


@dataclass(frozen=True, slots=True)
class Whole:
    """What the bank's file takes, and what of that the turns do; bytes."""

    file: int
    free: int
    """Of the file: let go of, and taken again before it grows."""
    text: int
    """Of all turns, as it was said."""
    blobs: int
    """Their codes, with all that is in packs."""
    rows: int
    """Of the turns' rows without their blobs: authors, places, lengths, checksums; about."""
    segments: int
    """How many."""
    models: int
    """How many."""
    weights: int
    """Bytes of these."""
    packs: int = 0
    """Of the segments, those whose turns are one pack; how many."""
    laminae: int = 0
    """How many there are to choose from."""
    gists: int = 0
    words: int = 0
    codes: int = 0
    """What one reads of them, of those too that were split or merged."""
    history: int = 0
    """Every cc of every room, as it is told by the one before it, and the states."""


@dataclass(frozen=True, slots=True)
class Size:
    """What one codec's turns of one room take."""

    room: str
    codec: int
    coded: bool
    """Whether it is in a segment, or waits to be coded."""
    turns: int
    length: int
    """Bytes of text."""
    stored: int
    """Bytes of blobs. What a pack has beside them counts for the codec that most of it is of."""


def sizes(bank: Connection, room: str | None) -> list[Size]:
    """Return what turns take, by room and codec, of one room or of all."""
    turns: Counter[tuple[str, int, bool]] = Counter()
    length: Counter[tuple[str, int, bool]] = Counter()
    stored: Counter[tuple[str, int, bool]] = Counter()
    for name, codec, coded, count, long, kept in bank.execute(_ROWS, {"room": room}):
        key = name, codec, bool(coded)
        turns[key] += count
        length[key] += long
        stored[key] += kept
    for name, pack in bank.execute(_PACKS, {"room": room}):
        try:
            rows = unpacked(bytes(pack)).rows
        except DamagedTurn:
            continue  # `verify` tells
        for row in rows:
            key = name, row.codec, True
            turns[key] += 1
            length[key] += row.length
            stored[key] += len(row.blob)
        most, _ = Counter(row.codec for row in rows).most_common(1)[0]
        stored[name, most, True] += len(pack) - sum(len(row.blob) for row in rows)
    return [
        Size(*key, turns[key], length[key], stored[key])
        for key in sorted(turns, key=lambda key: (key[0], key[1], not key[2]))
    ]


def whole(bank: Connection) -> Whole:
    """Return what all of it takes."""
    filed = bank.dialect.name == "sqlite"
    file, free, codes = bank.execute(_FILE if filed else _DATABASE).one()
    history = bank.execute(_HISTORY).scalar_one()
    return Whole(file, free, *bank.execute(_WHOLE).one(), codes=codes, history=history)


_ROWS: Final = text(
    """SELECT rooms.id, codec, segment IS NOT NULL, count(*), sum(length), sum(length(blob))
       FROM turns JOIN rooms ON rooms.number = room
       WHERE CAST(:room AS TEXT) IS NULL OR rooms.id = :room
       GROUP BY rooms.id, codec, segment IS NOT NULL"""
)
_PACKS: Final = text(
    """SELECT rooms.id, packed FROM segments JOIN rooms ON rooms.number = room
       WHERE packed IS NOT NULL AND (CAST(:room AS TEXT) IS NULL OR rooms.id = :room)"""
)
_FILE: Final = text(
    """SELECT
        (SELECT page_count * page_size FROM pragma_page_count, pragma_page_size),
        (SELECT freelist_count * page_size FROM pragma_freelist_count, pragma_page_size),
        (SELECT coalesce(sum(length(CAST(code AS BLOB))), 0) FROM laminae)"""
)
_DATABASE: Final = text(
    """SELECT pg_database_size(current_database()), 0,
        (SELECT coalesce(sum(length(convert_to(code, 'UTF8'))), 0) FROM laminae)"""
)
_WHOLE: Final = text(
    """SELECT
        (SELECT coalesce(sum(length), 0) FROM turns)
            + (SELECT coalesce(sum(length), 0) FROM segments WHERE packed IS NOT NULL),
        (SELECT coalesce(sum(length(blob)), 0) FROM turns)
            + (SELECT coalesce(sum(length(packed)), 0) FROM segments),
        (SELECT coalesce(sum(length(author) + 30), 0) FROM turns),
        (SELECT count(*) FROM segments),
        (SELECT count(*) FROM models),
        (SELECT coalesce(sum(length(bytes)), 0) FROM models),
        (SELECT count(*) FROM segments WHERE packed IS NOT NULL),
        (SELECT count(*) FROM laminae WHERE segment IS NOT NULL),
        (SELECT coalesce(sum(length(gist)), 0) FROM laminae),
        (SELECT coalesce(sum(length(words)), 0) FROM laminae)"""
)  # a row's header, its numbers, and its three keys in indexes take some 30 bytes
_HISTORY: Final = text(
    """SELECT (SELECT coalesce(sum(length(code)), 0) FROM cc)
            + (SELECT coalesce(sum(length(state)), 0) FROM states)"""
)
