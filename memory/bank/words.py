"""Which words were said where, in all rooms: a full-text index that has no text.

Lines are numbered in the order in which they were indexed, a stretch of one room's places
at a time; `findable` keeps which words have which numbers and nothing else, in a file a
quarter of the text. A number is never given twice, so what is gone is simply no longer in a stretch;
when that is more than the rest, the index is emptied, and filled again from the logs.
"""

import sqlite3
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import pairwise
from math import log2
from threading import RLock
from typing import Any, Final

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from memory.bank import sums
from memory.bank.address import Where
from memory.bank.findable import Findable, InFile, OnServer
from memory.bank.rows import Hits
from memory.bank.search import Wanted, plain
from memory.bank.troubles import told
from memory.cc.base import Utterance

_APART: Final = 64
"""Places between lines beyond which a new stretch is begun: a number costs more then."""

_LOOSE: Final = 256
"""Lines that may lie about in small pieces, and lines gone that nobody minds."""


class Words:
    """The index of one bank. Made by `Bank.words`."""

    def __init__(self, path: Where, engine: Engine, writing: RLock) -> None:
        self._path = path
        self._engine = engine
        self._writer = engine.execution_options(writes=True)
        self._writing = writing
        self._findable: Findable = InFile() if engine.dialect.name == "sqlite" else OnServer()

    def index(self, room: str, rows: Iterable[Utterance], *, upto: int = -1) -> None:
        """Make `rows` findable, all or nothing; places that were looked at are passed over.

        Args:
            room: Id of the room.
            rows: What was said, any number at a place.
            upto: Last place looked at, if nothing was said there.
        """
        lines: dict[int, str] = {}
        for row in rows:
            said = plain(row.text)
            lines[row.place] = f"{lines[row.place]}\n{said}" if row.place in lines else said
        with (
            told(self._path, "index lines"),
            self._writing,
            self._writer.begin() as bank,
        ):
            bank.execute(_ROOM, {"room": plain(room)})
            number, seen = bank.execute(_SEEN, {"room": plain(room)}).one()
            last = max([upto, *lines])
            new = sorted((place, said) for place, said in lines.items() if place > seen)
            if new:
                self._put(bank, number, new)
            if last > seen:
                bank.execute(_LOOKED, {"number": number, "last": last})
                self._add(bank, _of_seen(number, last) - _of_seen(number, seen))

    def reached(self) -> dict[str, int]:
        """Return the last place of each room that was looked at, -1 if none."""
        with told(self._path, "read the index"), self._engine.begin() as bank:
            return dict(bank.execute(_REACHED).all())

    def search(self, wanted: Wanted) -> Hits:
        """Return where all of the words were said; `wanted` must have some."""
        with told(self._path, "search"), self._engine.begin() as bank:
            return Hits(True, self._places(bank, self._findable.all(bank, wanted)))

    def search_any(self, wanted: Wanted, most: int = 1 << 10) -> list[Hits]:
        """Return where some of the words were said, where more and rarer ones were first.

        Args:
            wanted: With words.
            most: Lines, at most.
        """
        weights: dict[int, float] = {}
        with told(self._path, "search"), self._engine.begin() as bank:
            count = bank.execute(_LIVE).scalar_one() or 0
            for numbers in self._findable.each(bank, wanted):
                weight = log2(1 + count / max(1, len(numbers)))
                for number in numbers:
                    weights[number] = weights.get(number, 0.0) + weight
            best = sorted(weights, key=lambda number: (-weights[number], -number))[:most]
            alike: dict[float, list[int]] = {}
            for number in best:
                alike.setdefault(round(weights[number], 3), []).append(number)
            return [Hits(False, self._places(bank, numbers)) for numbers in alike.values()]

    def forget(self, bank: Connection, room: int) -> None:
        """Let go of what is findable of a room, in a transaction that is under way.

        Where more is gone by then than is there, all rooms are to be indexed again; not
        where some are archived, since reading these again takes long.
        """
        # By changing it, this transaction keeps others from numbering lines meanwhile.
        _, ever, _ = bank.execute(_COUNTS, {"more": 0}).one()
        gone = sum(sums.of_row(*row) for row in bank.execute(_OF_ROOM, {"number": room}))
        seen = bank.execute(_SEEN_OF, {"number": room}).scalar_one()
        self._add(bank, -gone - _of_seen(room, seen))
        bank.execute(_UNPUT, {"number": room})
        bank.execute(_UNSEEN, {"number": room})
        live = bank.execute(_LIVE).scalar_one() or 0
        if ever - live > max(live, _LOOSE) and not bank.execute(_ARCHIVED).scalar_one():
            self._empty(bank)

    def renew(self, bank: Connection) -> None:
        """Let go of all words, in a transaction that is under way; all is indexed again."""
        self._empty(bank)

    def check(self, bank: Connection) -> str:
        """Read every word and return what is wrong with the index; nothing if all is well.

        In a transaction that writes: SQLite does not look through an index in any other.
        """
        try:
            whole = self._findable.sum(bank)
        except (DBAPIError, sqlite3.Error) as error:
            return " ".join(str(getattr(error, "orig", error)).split())
        rows = bank.execute(_ROWS).all()
        whole += sum(sums.of_row(*row) for row in rows)
        whole += sum(_of_seen(number, seen) for number, seen in bank.execute(_SEEN_ALL))
        after, kept = bank.execute(_SUM).one()
        ends = [start + length for start, _, _, length, _ in rows]
        if whole % sums.MODULUS != kept or max(ends, default=0) > after:
            return "it is not what was indexed"
        return ""

    def _empty(self, bank: Connection) -> None:
        self._findable.empty(bank)
        for statement in _EMPTY:
            bank.execute(statement)

    def _add(self, bank: Connection, more: int) -> None:
        """Add to the sum."""
        bank.execute(_SUMMED, {"more": more % sums.MODULUS, "modulus": sums.MODULUS})

    def size(self) -> int:
        """Return the bytes that the index takes."""
        with told(self._path, "measure the index"), self._engine.begin() as bank:
            return self._findable.size(bank)

    def _put(self, bank: Connection, room: int, lines: Sequence[tuple[int, str]]) -> None:
        """Give lines their numbers, in stretches, and keep their words."""
        # By changing it, this transaction keeps others from numbering lines meanwhile.
        after, _, loose = bank.execute(_COUNTS, {"more": len(lines)}).one()
        starts = [
            0,
            *(at for at, (one, two) in enumerate(pairwise(lines), 1) if _apart(one, two)),
        ]
        numbered: list[tuple[int, str]] = []
        added = 0
        for begin, end in pairwise([*starts, len(lines)]):
            first, last = lines[begin][0], lines[end - 1][0]
            found = bank.execute(_NEWEST).one_or_none()
            count = end - begin
            if found is not None and _goes_on(found, room, first, after):
                start, _, first, _, before = found
                added -= sums.of_row(*found)
                count += before
            else:
                start = after
            length = last - first + 1
            added += sums.of_row(start, room, first, length, count)
            bank.execute(
                _STRETCH,
                {
                    "start": start,
                    "room": room,
                    "first": first,
                    "length": length,
                    "lines": end - begin,
                },
            )
            after = start + length
            numbered += [(start + place - first, said) for place, said in lines[begin:end]]
        added += self._findable.put(bank, numbered)
        self._add(bank, added)
        loose += len(lines)
        if loose > max(_LOOSE, (bank.execute(_LIVE).scalar_one() or 0) // 8):
            # Each transaction leaves a piece of its own: put together they are smaller.
            self._findable.tidy(bank)
            loose = 0
        bank.execute(_COUNTED, {"next": after, "loose": loose})

    def _places(self, bank: Connection, numbers: Sequence[int]) -> dict[str, list[int]]:
        """Return rooms and places of line numbers, the newest of each room first."""
        rising = sorted(numbers)
        found: dict[str, list[int]] = {}
        for start, length, first, room in bank.execute(_STRETCHES):
            begin = bisect_left(rising, start)
            end = bisect_left(rising, start + length, begin)
            if begin < end:
                off = first - start
                found.setdefault(room, []).extend(number + off for number in rising[begin:end])
        for places in found.values():
            places.reverse()
        return found


def _apart(one: tuple[int, str], two: tuple[int, str]) -> bool:
    return two[0] - one[0] > _APART


def _goes_on(stretch: Sequence[Any], room: int, place: int, after: int) -> bool:
    """Whether a stretch is the newest that ever was, and `place` is near its end."""
    start, of, first, length, _ = stretch
    return of == room and start + length == after and place - first < length + _APART


def _of_seen(room: int, seen: int) -> int:
    """Return what the last place looked at of a room adds to the sum; nothing if none was."""
    return sums.of_row(room, seen) if seen >= 0 else 0


_ROOM: Final = text(
    """INSERT INTO rooms (id, path, title, created, indexed) VALUES (:room, '', '', '', -1)
       ON CONFLICT DO NOTHING"""
)
_SEEN: Final = text("SELECT number, indexed FROM rooms WHERE id = :room")
_LOOKED: Final = text("UPDATE rooms SET indexed = :last WHERE number = :number")
_REACHED: Final = text("SELECT id, indexed FROM rooms")
_COUNTS: Final = text("UPDATE numbered SET lines = lines + :more RETURNING next, lines, loose")
_COUNTED: Final = text("UPDATE numbered SET next = :next, loose = :loose")
_LIVE: Final = text("SELECT sum(lines) FROM stretches")
_ARCHIVED: Final = text("SELECT count(*) FROM archived")
_NEWEST: Final = text(
    "SELECT start, room, first, length, lines FROM stretches ORDER BY start DESC LIMIT 1"
)
_STRETCH: Final = text(
    """INSERT INTO stretches (start, room, first, length, lines)
       VALUES (:start, :room, :first, :length, :lines)
       ON CONFLICT (start) DO UPDATE
       SET length = excluded.length, lines = stretches.lines + excluded.lines"""
)
_STRETCHES: Final = text(
    """SELECT start, length, first, id
       FROM stretches JOIN rooms ON rooms.number = room ORDER BY start"""
)
_ROWS: Final = text("SELECT start, room, first, length, lines FROM stretches ORDER BY start")
_OF_ROOM: Final = text(
    "SELECT start, room, first, length, lines FROM stretches WHERE room = :number"
)
_SEEN_OF: Final = text("SELECT indexed FROM rooms WHERE number = :number")
_SEEN_ALL: Final = text("SELECT number, indexed FROM rooms")
_SUM: Final = text("SELECT next, sum FROM numbered")
_SUMMED: Final = text("UPDATE numbered SET sum = (sum + :more) % :modulus")
_UNPUT: Final = text("DELETE FROM stretches WHERE room = :number")
_UNSEEN: Final = text("UPDATE rooms SET indexed = -1 WHERE number = :number")
_EMPTY: Final = (
    text("DELETE FROM stretches"),
    text("UPDATE numbered SET lines = 0, loose = 0, sum = 0"),
    text("UPDATE rooms SET indexed = -1"),
)
