"""The turns of all rooms in the bank: stored at once, coded later, in order.

The rows of one room are a chain: segments from key frame to key frame, then the turns that
are not coded yet. Everything here is one short transaction each; coding is done elsewhere,
and its outcome taken in only if the bank still stands where it began.
"""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import RLock
from typing import Final

from sqlalchemy import Connection, Engine, text

from memory.bank import segments, sizes
from memory.bank.address import Where
from memory.bank.kept import KEY, LONGEST, START, Kept, Remade, Said, link, made_by, pack
from memory.bank.segments import KEPT, Segment
from memory.bank.sizes import Size, Whole
from memory.bank.troubles import told
from memory.errors import BankError

OLDER = 4
"""Segments from before there were packs that are packed when another one closes."""


@dataclass(frozen=True, slots=True)
class Reached:
    """How far a room's turns are in the bank."""

    upto: int = -1
    """Last place of the log that was looked at."""
    turns: int = 0
    length: int = 0
    """Bytes of text."""
    chain: bytes = START
    """After the last turn: see `kept.link`."""


@dataclass(frozen=True, slots=True)
class Work:
    """Turns that wait to be coded, and the segment they belong in."""

    segment: Segment
    turns: tuple[Kept, ...]


class Turns:
    """The turns in one bank. Made by `Bank.turns`."""

    def __init__(self, path: Where, engine: Engine, writing: RLock) -> None:
        self._path = path
        self._engine = engine
        self._writer = engine.execution_options(writes=True)
        self._writing = writing

    # Storing.

    def reached(self, room: str) -> Reached:
        """Return how far the room's turns are in the bank."""
        with self._reads("read turns") as bank:
            found = bank.execute(_REACHED, {"room": room}).one_or_none()
        return Reached() if found is None else Reached(*found)

    def append(self, room: str, turns: Sequence[Said], *, upto: int = -1) -> Reached:
        """Store what was said since, all or nothing; what is there already is passed over.

        Args:
            room: Id of the room.
            turns: In the order of their places.
            upto: Last place looked at, if nothing was said there.

        Raises:
            BankError: Nothing was stored; everything before it still is.
        """
        with self._writes("store turns") as bank:
            bank.execute(_ROOM, {"room": room})
            number = _number(bank, room)
            found = bank.execute(_REACHED, {"room": room}).one_or_none()
            at = Reached() if found is None else Reached(*found)
            new = [said for said in turns if said.place > at.upto]
            chain = at.chain
            for said in new:
                chain = link(chain, said)
            last = max([at.upto, upto, *(said.place for said in new)])
            length = at.length + sum(len(said.text) for said in new)
            after = Reached(last, at.turns + len(new), length, chain)
            if new:
                bank.execute(_STORE, [_row(number, pack(said)) for said in new])
            if after != at:
                bank.execute(
                    _REACH,
                    {
                        "number": number,
                        "upto": after.upto,
                        "turns": after.turns,
                        "length": after.length,
                        "chain": chain,
                    },
                )
        return after

    def forget(self, room: str) -> None:
        """Let go of a room's turns; its log has them."""
        with self._writes("forget turns") as bank:
            for table in ("turns", "laminae", "segments", "streams"):
                bank.execute(
                    text(f"DELETE FROM {table} WHERE room = :number"),  # noqa: S608 - ours
                    {"number": _number(bank, room)},
                )
            bank.execute(PRUNE)

    # Coding.

    def waiting(self, room: str) -> int:
        """Return the bytes of text that are not coded yet."""
        with self._reads("read turns") as bank:
            return bank.execute(_WAITING, {"room": room}).scalar_one() or 0

    def waits(self, room: str, enough: int) -> bool:
        """Whether at least `enough` bytes of text are not coded yet; reads no more than it must."""
        found = 0
        with self._reads("read turns") as bank:
            for length in bank.execute(_LENGTHS, {"room": room}).scalars():
                found += length
                if found >= enough:
                    return True
        return False

    def work(self, room: str, *, model: str, version: int, most: int) -> Work | None:
        """Return what is to be coded next, `None` if nothing waits.

        Args:
            room: Id of the room.
            model: Id of the byte model to code with; empty for none.
            version: Of the code.
            most: Bytes of text, after which no further turn is taken on.
        """
        with self._reads("read turns") as bank:
            rows = bank.execute(_HOT, {"room": room}).fetchmany(256)
            if not rows:
                return None
            hot = [Kept(*row) for row in rows]
            last = segments.newest(bank, room)
        segment = last
        if (
            last is None
            or last.closed
            or (last.model, last.version) != (model, version)
            or last.length + hot[0].length > KEY
        ):
            chain = START if last is None else last.chain
            segment = Segment(0, hot[0].place, version, model, 0, 0, chain, chain, False)
        assert segment is not None  # noqa: S101 - the type checker does not follow
        if hot[0].length > LONGEST:
            return Work(segment, (hot[0],))
        taken, length = list[Kept](), 0
        for kept in hot:
            over = segment.length + length + kept.length > KEY
            if taken and (over or length >= most or kept.length > LONGEST):
                break
            taken.append(kept)
            length += kept.length
        return Work(segment, tuple(taken))

    def settle(
        self,
        room: str,
        work: Work,
        said: Sequence[Said],
        blobs: Sequence[bytes],
        *,
        closed: bool,
        whole: bytes = b"",
    ) -> bool:
        """Take in what came of coding `work`, all or nothing.

        A blob that is not smaller than what is stored is let go of, and what is stored stays;
        who reads it reads it into the segment all the same.

        Args:
            room: Id of the room.
            work: As it was given out.
            said: The texts of the first turns of `work`, as many as are done.
            blobs: Their codes; empty for one that stays as it is.
            closed: The segment takes no more turns.
            whole: The byte model's file, where the bank may not have it yet.

        Returns:
            Whether it was taken in: not if somebody else coded the turns meanwhile.

        Raises:
            BankError: Nothing was changed. The model may be none that the bank has.
        """
        segment = work.segment
        chain = segment.chain
        for one in said:
            chain = link(chain, one)
        with self._writes("store coded turns") as bank:
            number = _number(bank, room)
            last = segments.newest(bank, room)
            if segment.number:
                if last != segment:
                    return False
            elif (START if last is None else last.chain) != segment.chain:
                return False
            after = {
                "turns": segment.turns + len(said),
                "length": segment.length + sum(len(one.text) for one in said),
                "chain": chain,
                "closed": int(closed),
                "last": said[-1].place if said else segment.last,
            }
            if segment.number:
                key = segment.number
                bank.execute(_GROW, {"number": key, **after})
            else:
                keep_model(bank, segment.model, whole)
                made = bank.execute(
                    _SEGMENT,
                    {
                        "room": number,
                        "first": segment.first,
                        "version": segment.version,
                        "model": segment.model or None,
                        "before": segment.before,
                        **after,
                    },
                )
                key = made.scalar_one()
            for kept, blob in zip(work.turns, blobs, strict=False):
                codec, kept_blob = kept.codec, kept.blob
                if blob and len(blob) < len(kept.blob):
                    codec, kept_blob = made_by(blob), blob
                done = bank.execute(
                    _CODED,
                    {
                        "room": number,
                        "place": kept.place,
                        "segment": key,
                        "codec": codec,
                        "blob": kept_blob,
                    },
                )
                if done.rowcount != 1:
                    raise BankError(
                        f"{self._path}: room {room!r} has no turn at place {kept.place}"
                    )
            if last is not None and not segment.number:
                segments.close(bank, last)
            now = segments.one(bank, key) if closed else None
            if now is not None:
                segments.close(bank, now)
            if now is not None or not segment.number:
                segments.close_some(bank, room, OLDER)
        return True

    def pack(self, room: str, most: int = 16) -> int:
        """Pack closed segments that are rows still, at most so many; return how many it did."""
        with self._writes("pack turns") as bank:
            return segments.close_some(bank, room, most)

    def resegment(
        self,
        room: str,
        old: Sequence[Segment],
        new: Sequence[Remade],
        *,
        whole: bytes = b"",
    ) -> bool:
        """Put segments in the place of others that hold the same turns, all or nothing.

        Args:
            room: Id of the room.
            old: Closed ones as they were read, one after the other; no lamina is made of them.
            new: Made of their turns: see `splitting`.
            whole: The byte model's file, where the bank may not have it yet.

        Returns:
            Whether it was done: not if one of the old segments changed meanwhile.

        Raises:
            BankError: They are other turns, or not closed. Nothing was changed.
            DamagedTurn: The old ones cannot be read. Nothing was changed.
        """
        with self._writes("part turns") as bank:
            if not current(bank, old):
                return False
            for remade in new:
                keep_model(bank, remade.model, whole)
            segments.replace(bank, _number(bank, room), old, new)
        return True

    def recode(
        self,
        room: str,
        old: Segment,
        rows: Sequence[Kept],
        *,
        model: str,
        version: int,
        whole: bytes = b"",
    ) -> bool:
        """Put a segment's turns, coded anew, in the place of what it has, all or nothing.

        Args:
            room: Id of the room.
            old: The segment as it was read.
            rows: All of its turns.
            model: Id of the byte model they are coded with; empty for none.
            version: Of the code.
            whole: The byte model's file, where the bank may not have it yet.

        Returns:
            Whether it was done: not if the segment changed meanwhile.
        """
        with self._writes("store coded turns") as bank:
            number = _number(bank, room)
            if segments.one(bank, old.number) != old:
                return False
            keep_model(bank, model, whole)
            if old.packed:
                segments.repack(bank, old, rows, model, version)
                return True
            bank.execute(
                _REMADE, {"number": old.number, "model": model or None, "version": version}
            )
            for row in rows:
                bank.execute(
                    _CODED,
                    {
                        "room": number,
                        "place": row.place,
                        "segment": old.number,
                        "codec": row.codec,
                        "blob": row.blob,
                    },
                )
        return True

    # Models.

    def has_model(self, model: str) -> bool:
        """Whether the bank has that byte model."""
        with self._reads("read a model") as bank:
            return bank.execute(_HAS, {"id": model}).one_or_none() is not None

    def model(self, model: str) -> bytes:
        """Return a byte model's file.

        Raises:
            BankError: The bank has none of that id.
        """
        with self._reads("read a model") as bank:
            found = bank.execute(_BYTES, {"id": model}).scalar_one_or_none()
        if found is None:
            raise BankError(f"{self._path}: the byte model {model[:16]} is not in it")
        return bytes(found)

    def prune_models(self) -> int:
        """Let go of models that no segment needs; return how many."""
        with self._writes("let go of models") as bank:
            return bank.execute(PRUNE).rowcount

    # Reading.

    def rooms(self) -> list[str]:
        """Return the ids of rooms that have turns here, in order."""
        with self._reads("read turns") as bank:
            return list(bank.execute(_ROOMS).scalars())

    def segments(self, room: str) -> list[Segment]:
        """Return a room's segments, oldest first."""
        with self._reads("read turns") as bank:
            return segments.every(bank, room)

    def rows(
        self, room: str, segment: Segment | None, *, upto: int | None = None
    ) -> list[Kept]:
        """Return the turns of a segment, or those in none yet, up to place `upto` inclusive.

        Raises:
            DamagedTurn: The segment is packed, and the pack cannot be read.
        """
        last = (1 << 62) if upto is None else upto
        with self._reads("read turns") as bank:
            if segment is not None:
                return segments.rows(bank, segment, last)
            found = bank.execute(_HOT, {"room": room})
            return [Kept(*row) for row in found if row.place <= last]

    def holding(self, room: str, place: int) -> tuple[Kept, Segment | None] | None:
        """Return the turn at a place and the segment it is in; `None` if there is no turn.

        Raises:
            DamagedTurn: Its segment is packed, and the pack cannot be read.
        """
        with self._reads("read turns") as bank:
            row = bank.execute(_AT, {"room": room, "place": place}).one_or_none()
            if row is not None:
                *kept, number = row
                found = None if number is None else segments.one(bank, number)
                return Kept(*kept), found
            found = segments.around(bank, room, place)
            if found is None:
                return None
            last = segments.rows(bank, found, place)[-1:]
        return (last[0], found) if last and last[0].place == place else None

    def sizes(self, room: str | None = None) -> list[Size]:
        """Return what turns take, by room and codec."""
        with self._reads("measure turns") as bank:
            return sizes.sizes(bank, room)

    def whole(self) -> Whole:
        """Return what all of it takes."""
        with self._reads("measure turns") as bank:
            return sizes.whole(bank)

    @contextmanager
    def _reads(self, doing: str) -> Generator[Connection]:
        with told(self._path, doing), self._engine.begin() as bank:
            yield bank

    @contextmanager
    def _writes(self, doing: str) -> Generator[Connection]:
        with told(self._path, doing), self._writing, self._writer.begin() as bank:
            yield bank


def _number(bank: Connection, room: str) -> int:
    return bank.execute(_NUMBER, {"room": room}).scalar_one_or_none() or 0


def keep_model(bank: Connection, model: str, whole: bytes) -> None:
    """Keep a byte model, once, together with the first segment that needs it."""
    if model and whole:
        bank.execute(_MODEL, {"id": model, "bytes": whole})


def _row(room: int, kept: Kept) -> dict[str, object]:
    return {
        "room": room,
        "place": kept.place,
        "author": kept.author,
        "length": kept.length,
        "crc": kept.crc,
        "codec": kept.codec,
        "blob": kept.blob,
    }


def current(bank: Connection, read: Sequence[Segment]) -> bool:
    """Whether segments are as they were when they were read.

    Raises:
        BankError: One of them takes more turns.
    """
    if not all(one.closed for one in read):
        raise BankError("a segment that takes more turns cannot be parted")
    return all(segments.one(bank, one.number) == one for one in read)


_IN: Final = "room = (SELECT number FROM rooms WHERE id = :room)"

_ROOM: Final = text(
    """INSERT INTO rooms (id, path, title, created, indexed) VALUES (:room, '', '', '', -1)
       ON CONFLICT DO NOTHING"""
)
_NUMBER: Final = text("SELECT number FROM rooms WHERE id = :room")
_REACHED: Final = text(f"SELECT upto, turns, length, chain FROM streams WHERE {_IN}")  # noqa: S608
_REACH: Final = text(
    """INSERT INTO streams (room, upto, turns, length, chain)
       VALUES (:number, :upto, :turns, :length, :chain)
       ON CONFLICT (room) DO UPDATE SET upto = excluded.upto, turns = excluded.turns,
           length = excluded.length, chain = excluded.chain"""
)
_STORE: Final = text(
    """INSERT INTO turns (room, place, segment, author, length, crc, codec, blob)
       VALUES (:room, :place, NULL, :author, :length, :crc, :codec, :blob)"""
)
_WAITING: Final = text(
    f"SELECT sum(length) FROM turns WHERE {_IN} AND segment IS NULL"  # noqa: S608 - ours
)
_LENGTHS: Final = text(
    f"SELECT length FROM turns WHERE {_IN} AND segment IS NULL ORDER BY place"  # noqa: S608
)
_HOT: Final = text(
    f"SELECT {KEPT} FROM turns WHERE {_IN} AND segment IS NULL ORDER BY place"  # noqa: S608
)
_SEGMENT: Final = text(
    """INSERT INTO segments
           (room, first, last, version, model, turns, length, before, chain, closed)
       VALUES
           (:room, :first, :last, :version, :model, :turns, :length, :before, :chain, :closed)
       RETURNING number"""
)
_GROW: Final = text(
    """UPDATE segments
       SET turns = :turns, length = :length, chain = :chain, closed = :closed, last = :last
       WHERE number = :number"""
)
_REMADE: Final = text(
    "UPDATE segments SET model = :model, version = :version WHERE number = :number"
)
_CODED: Final = text(
    """UPDATE turns SET segment = :segment, codec = :codec, blob = :blob
       WHERE room = :room AND place = :place"""
)
_AT: Final = text(f"SELECT {KEPT}, segment FROM turns WHERE {_IN} AND place = :place")  # noqa: S608
_ROOMS: Final = text(
    "SELECT rooms.id FROM streams JOIN rooms ON rooms.number = room ORDER BY rooms.id"
)
_MODEL: Final = text(
    "INSERT INTO models (id, bytes) VALUES (:id, :bytes) ON CONFLICT DO NOTHING"
)
_HAS: Final = text("SELECT 1 FROM models WHERE id = :id")
_BYTES: Final = text("SELECT bytes FROM models WHERE id = :id")
PRUNE: Final = text(
    """DELETE FROM models WHERE NOT EXISTS
           (SELECT 1 FROM segments WHERE segments.model = models.id)
       AND NOT EXISTS (SELECT 1 FROM archives WHERE archives.model = models.id)"""
)
"""Lets go of the models that no segment and no archive needs any more."""
