"""Where cc is kept: one SQLite file for all rooms.

Plain blocking calls, for a worker thread. Rows and sessions stay inside. All of it can be
made again from the rooms' logs, so nothing here is worth risking a log for, and a damaged
bank is moved away rather than mended.

Every cc's code is kept, of a carrier that only appends just what each fold added; of the
states, which nobody looks back at, the newest alone.
"""

import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from threading import RLock
from typing import Any, Final

from sqlalchemy import (
    Connection,
    Engine,
    create_engine,
    delete,
    event,
    select,
    text,
    update,
)
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.engine import URL
from sqlalchemy.orm import Session

from memory.bank.archives import Archives
from memory.bank.migrations import PATIENCE, ready
from memory.bank.rows import Hit, Row, seal
from memory.bank.schema import CodeRow, LineRow, RoomRow, StateRow
from memory.bank.search import queries
from memory.bank.troubles import told
from memory.bank.turns import PRUNE, Turns
from memory.cc.base import CC, Utterance
from memory.errors import BankError, DamagedRow, NothingCarried

_WRITING: Final = RLock()
"""One writer a process: threads wait here, fairly, and not in SQLite's polling."""

_REMEMBERED: Final = 8
"""Rooms whose newest code is at hand, to see what the next one adds."""


@dataclass(frozen=True, slots=True)
class _Code:
    """A row's whole code."""

    upto: int
    code: bytes
    seal: bytes


class Bank:
    """The cc of every room, and an index over what was said."""

    def __init__(self, path: Path) -> None:
        """Open the bank at `path`; make it, 0600 in a 0700 folder, if there is none.

        Raises:
            NewerBank: A later version wrote it. Nothing is touched.
            BankError: It cannot be opened or is no bank. Nothing is touched.
        """
        self._path = path
        self._newest: dict[tuple[str, str], _Code] = {}
        with told(path, "open the bank"), _WRITING:
            ready(path)
        self._engine = create_engine(
            URL.create("sqlite", database=str(path)), connect_args={"timeout": PATIENCE}
        )
        _prepare(self._engine)
        self._writer = self._engine.execution_options(writes=True)
        self.turns = Turns(path, self._engine, _WRITING)
        """What was said, word for word and coded."""
        self.archives = Archives(path, self._engine, _WRITING, self.turns.model)
        """Whole logs of rooms that are cold."""

    def close(self) -> None:
        """Let go of the file. SQLite then takes the -wal and -shm away."""
        self._engine.dispose()

    def enter(self, room: str, *, path: str = "", title: str = "", created: str = "") -> None:
        """Note where a room's log is and what it is called; what is empty stays as it was."""
        known = {"path": path, "title": title, "created": created}
        with told(self._path, "note a room"), _WRITING, Session(self._writer) as session:
            number = _number(session, room)
            given = {key: _plain(value) for key, value in known.items() if value}
            if given:
                session.execute(update(RoomRow).where(RoomRow.number == number).values(given))
            session.commit()

    def keep(self, room: str, cc: CC, *, first: int, size: int, seconds: float) -> None:
        """Keep `cc`, its code for good and its state until the next, both or neither.

        Keeping one twice keeps it once. What was kept of this carrier from `cc.upto` on was
        folded from something else, and goes.

        Args:
            room: Id of the room.
            cc: What a fold gave.
            first: First place that this fold took in.
            size: Bytes, as the carrier counts them.
            seconds: The fold took.

        Raises:
            BankError: It was not kept; everything before it still is.
        """
        with told(self._path, "keep cc"), _WRITING, Session(self._writer) as session:
            number = _number(session, room)
            same = session.get(CodeRow, (number, cc.carrier, cc.upto))
            if same is not None and same.digest == cc.digest:
                return
            _forget(session, number, cc.carrier, cc.upto - 1)
            before = self._before(session, room, number, cc.carrier)
            grown = before is not None and cc.code.startswith(before.code)
            code = cc.code[len(before.code) :] if before and grown else cc.code
            sealed = seal(before.seal if before and grown else b"", cc.carrier, cc.upto, code)
            row = CodeRow(
                room=number,
                carrier=cc.carrier,
                upto=cc.upto,
                first=first,
                size=size,
                seconds=seconds,
                digest=cc.digest,
                base=before.upto if before and grown else None,
                code=code,
                seal=sealed,
            )
            session.add(row)
            session.flush()
            _keep_state(session, number, cc)
            session.commit()
            self._remember(room, cc.carrier, _Code(cc.upto, cc.code, sealed))

    def copy(self, room: str, to: str, cc: CC) -> None:
        """Keep for `to` what is kept of `room` by one carrier up to `cc`, all or nothing.

        What was kept for `to` by that carrier goes.

        Args:
            room: Id of the room to copy from.
            to: Id of the room to copy to.
            cc: With its state, of which the bank has the newest alone; the other rows are
                copied as they are, seals and all.

        Raises:
            NothingCarried: `cc` is none that is kept of `room`.
            BankError: Nothing was copied.
        """
        with told(self._path, "copy cc"), _WRITING, Session(self._writer) as session:
            source = _known(session, room)
            row = session.get(CodeRow, (source, cc.carrier, cc.upto))
            if row is None or row.digest != cc.digest:
                raise NothingCarried(f"room {room!r} has no such cc at place {cc.upto}")
            number = _number(session, to)
            _forget(session, number, cc.carrier, -2)
            session.execute(
                _COPY, {"source": source, "to": number, "carrier": cc.carrier, "upto": cc.upto}
            )
            _keep_state(session, number, cc)
            session.commit()
            self._newest.pop((to, cc.carrier), None)

    def newest(self, room: str, carrier: str) -> CC | None:
        """Return the newest cc with its state, or `None` if there is none to go on from.

        Raises:
            DamagedRow: What is there is not what was kept. `forget` it and fold again.
        """
        with told(self._path, "read cc"), Session(self._engine) as session:
            number = _known(session, room)
            row = _newest(session, number, carrier)
            if row is None:
                return None
            kept = session.get(StateRow, (number, carrier))
            if kept is None or kept.upto != row.upto:
                return None
            code = self._code(session, room, row).code
            state = _inflated(kept)
        cc = CC(carrier, row.upto, code, state)
        if cc.digest != row.digest:
            raise DamagedRow(self._damaged(room, row))
        return cc

    def at(self, room: str, carrier: str, place: int) -> CC:
        """Return the newest cc that covers nothing beyond `place`, without its state.

        Raises:
            NothingCarried: There is none.
            DamagedRow: What is there is not what was kept.
        """
        with told(self._path, "read cc"), Session(self._engine) as session:
            row = _newest(session, _known(session, room), carrier, place)
            if row is None:
                raise NothingCarried(f"room {room!r} has no cc of {carrier!r} at place {place}")
            return CC(carrier, row.upto, self._code(session, room, row).code)

    def history(self, room: str, carrier: str) -> list[Row]:
        """Return every fold of the room by that carrier, oldest first."""
        wanted = {"room": _plain(room), "carrier": carrier}
        with told(self._path, "read cc"), self._engine.connect() as connection:
            found = connection.execute(_FOLDS, wanted).all()
        return [Row(*row) for row in found]

    def forget(self, room: str, carrier: str | None = None, after: int | None = None) -> None:
        """Let go of a room's cc: of one carrier or all, beyond place `after` or altogether.

        The state goes with the newest, so what is left can be looked at but not folded on,
        unless the carrier has no state.
        """
        with told(self._path, "forget cc"), _WRITING, Session(self._writer) as session:
            _forget(session, _known(session, room), carrier, -2 if after is None else after)
            session.commit()

    def index(self, room: str, rows: Iterable[Utterance], *, upto: int = -1) -> None:
        """Make `rows` findable. Indexing a place again replaces what it had.

        Args:
            room: Id of the room.
            rows: What was said, any number at a place.
            upto: Last place looked at, if nothing was said there.
        """
        lines = [(row.place, _plain(row.author), _plain(row.text)) for row in rows]
        with told(self._path, "index lines"), _WRITING, Session(self._writer) as session:
            number = _number(session, room)
            seen = session.scalar(select(RoomRow.indexed).where(RoomRow.number == number))
            again = {place for place, _, _ in lines if seen is not None and place <= seen}
            for place in sorted(again):
                session.execute(
                    delete(LineRow).where(LineRow.room == number, LineRow.place == place)
                )
            if lines:
                session.execute(
                    insert(LineRow),
                    [
                        {"room": number, "place": place, "author": author, "text": said}
                        for place, author, said in lines
                    ],
                )
            last = max([upto, *(place for place, _, _ in lines)])
            session.execute(
                update(RoomRow)
                .where(RoomRow.number == number, RoomRow.indexed < last)
                .values(indexed=last)
            )
            session.commit()

    def indexed_upto(self, room: str) -> int:
        """Return the last place of the room that the index has seen, -1 if none."""
        wanted = select(RoomRow.indexed).where(RoomRow.id == _plain(room))
        with told(self._path, "read the index"), Session(self._engine) as session:
            place = session.scalar(wanted)
            return -1 if place is None else place

    def indexed(self) -> dict[str, int]:
        """Return the last place of each room that the index has seen, -1 if none."""
        wanted = select(RoomRow.id, RoomRow.indexed)
        with told(self._path, "read the index"), Session(self._engine) as session:
            return dict(session.execute(wanted).all())

    def search(self, wanted: str, limit: int = 20, *, unfinished: bool = False) -> list[Hit]:
        """Return lines of all rooms that have the words of `wanted`, best first.

        Lines with all of the words; if there are none, with any; if there are none either,
        with the very characters, newest first. `wanted` is data: nothing in it is a command.
        If it is `unfinished`, its last word stands for all that begin with it.
        """
        plain = _plain(wanted).strip()
        if not plain or limit <= 0:
            return []
        with told(self._path, "search"), Session(self._engine) as session:
            for query in queries(plain, unfinished=unfinished):
                found = session.execute(_MATCHING, {"query": query, "most": limit})
                if hits := [Hit(*row) for row in found]:
                    return hits
            found = session.execute(_HOLDING, {"wanted": plain, "most": limit})
            return [Hit(*row) for row in found]

    def rename(self, room: str, to: str) -> None:
        """Give a room another id. One that nothing is kept of stays unknown.

        Raises:
            BankError: There is a room of that id already.
        """
        with told(self._path, "rename a room"), _WRITING, Session(self._writer) as session:
            if _known(session, to) != _known(session, room) and _known(session, to):
                raise BankError(f"{self._path}: there is a room {to!r} already")
            session.execute(
                update(RoomRow).where(RoomRow.id == _plain(room)).values(id=_plain(to))
            )
            session.commit()
            self._newest.clear()

    def remove(self, room: str) -> None:
        """Let go of everything that is kept of a room. Its log is not touched."""
        with told(self._path, "remove a room"), _WRITING, Session(self._writer) as session:
            session.execute(delete(RoomRow).where(RoomRow.id == _plain(room)))
            session.execute(PRUNE)  # a byte model goes with the last room that it coded
            session.commit()
            self._newest.clear()

    def check(self) -> list[str]:
        """Read every byte and return what is wrong, a line each; nothing if all is well."""
        with told(self._path, "check the bank"), _WRITING, Session(self._writer) as session:
            wrong = [
                f"database: {found}"
                for found in session.scalars(text("PRAGMA integrity_check"))
                if found != "ok"
            ]
            wrong += [
                f"database: a row of {found[0]} refers to nothing"
                for found in session.execute(text("PRAGMA foreign_key_check"))
            ]
            names = dict(session.execute(select(RoomRow.number, RoomRow.id)).all())
            keys = select(CodeRow.room, CodeRow.carrier).distinct()
            for number, carrier in session.execute(keys).all():
                wrong += self._check(session, number, names.get(number, "?"), carrier)
        return wrong

    def _check(self, session: Session, number: int, room: str, carrier: str) -> list[str]:
        """Check every row of one room and carrier, oldest first, each byte once."""
        wrong: list[str] = []
        seals: dict[int | None, bytes] = {None: b""}
        wanted = (
            select(CodeRow)
            .where(CodeRow.room == number, CodeRow.carrier == carrier)
            .order_by(CodeRow.upto)
            .execution_options(yield_per=100)
        )
        for row in session.scalars(wanted):
            base = seals.get(row.base)
            if base is None or seal(base, carrier, row.upto, row.code) != row.seal:
                wrong.append(self._damaged(room, row))
            seals[row.upto] = row.seal
        kept = session.get(StateRow, (number, carrier))
        newest = _newest(session, number, carrier)
        if not wrong and kept is not None and newest is not None and kept.upto == newest.upto:
            code = self._code(session, room, newest).code
            if CC(carrier, newest.upto, code, _inflated(kept)).digest != newest.digest:
                wrong.append(self._damaged(room, newest))
        return wrong

    def _before(self, session: Session, room: str, number: int, carrier: str) -> _Code | None:
        """Return the newest code; the one at hand if it is still that."""
        row = _newest(session, number, carrier)
        if row is None:
            return None
        at_hand = self._newest.get((room, carrier))
        if at_hand is not None and at_hand.upto == row.upto and at_hand.seal == row.seal:
            return at_hand
        try:
            return self._code(session, room, row)
        except DamagedRow:
            return None  # the next one is then stored whole, and stands by itself

    def _code(self, session: Session, room: str, row: CodeRow) -> _Code:
        """Put a row's code together from the rows it builds upon."""
        chain = (
            select(CodeRow.upto, CodeRow.base)
            .where(
                CodeRow.room == row.room,
                CodeRow.carrier == row.carrier,
                CodeRow.upto == row.upto,
            )
            .cte(recursive=True)
        )
        chain = chain.union_all(
            select(CodeRow.upto, CodeRow.base).where(
                CodeRow.room == row.room,
                CodeRow.carrier == row.carrier,
                CodeRow.upto == chain.c.base,
            )
        )
        wanted = (
            select(CodeRow.upto, CodeRow.code, CodeRow.seal)
            .join(chain, chain.c.upto == CodeRow.upto)
            .where(CodeRow.room == row.room, CodeRow.carrier == row.carrier)
            .order_by(CodeRow.upto)
        )
        pieces: list[bytes] = []
        base = b""
        for upto, code, sealed in session.execute(wanted):
            if seal(base, row.carrier, upto, code) != sealed:
                raise DamagedRow(self._damaged(room, row))
            pieces.append(code)
            base = sealed
        return _Code(row.upto, b"".join(pieces), row.seal)

    def _remember(self, room: str, carrier: str, code: _Code) -> None:
        self._newest.pop((room, carrier), None)
        self._newest[room, carrier] = code
        if len(self._newest) > _REMEMBERED:
            del self._newest[next(iter(self._newest))]

    def _damaged(self, room: str, row: CodeRow) -> str:
        return (
            f"{self._path}: cc of room {room!r} at place {row.upto} ({row.carrier}) is not"
            " what was kept; forget it, it is folded again from the log"
        )


_FOLDS: Final = text(  # as text, since there may be thousands and somebody is looking
    """SELECT cc.upto, cc.first, cc.size, cc.digest, cc.seconds
       FROM cc JOIN rooms ON rooms.number = cc.room
       WHERE rooms.id = :room AND cc.carrier = :carrier ORDER BY cc.upto"""
)
_COPY: Final = text(
    """INSERT INTO cc (room, carrier, upto, first, size, seconds, digest, base, code, seal)
       SELECT :to, carrier, upto, first, size, seconds, digest, base, code, seal FROM cc
       WHERE room = :source AND carrier = :carrier AND upto <= :upto"""
)
_MATCHING: Final = text(
    """SELECT rooms.id, lines.place, lines.author,
           snippet(words, 0, '', '', '…', 16), lines.text
       FROM words
       JOIN lines ON lines.number = words.rowid
       JOIN rooms ON rooms.number = lines.room
       WHERE words MATCH :query ORDER BY bm25(words), lines.number DESC LIMIT :most"""
)
_HOLDING: Final = text(
    """SELECT rooms.id, lines.place, lines.author,
           substr(lines.text, max(1, instr(lines.text, :wanted) - 40), 120), lines.text
       FROM lines JOIN rooms ON rooms.number = lines.room
       WHERE instr(lines.text, :wanted) > 0 ORDER BY lines.number DESC LIMIT :most"""
)


def _prepare(engine: Engine) -> None:
    """Have every connection follow our rules, and every transaction begin as it must."""

    @event.listens_for(engine, "connect")
    def _connected(connection: Any, _: object) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        for rule in ("foreign_keys = ON", "journal_mode = WAL", "synchronous = NORMAL"):
            connection.execute(f"PRAGMA {rule}")

    @event.listens_for(engine, "begin")
    def _begun(connection: Connection) -> None:
        # One that will write must say so at once: SQLite cannot wait to upgrade a reader.
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _plain(said: str) -> str:
    """Return `said` as every database takes it: no lone surrogates, no NUL."""
    return said.encode("utf-8", "replace").decode("utf-8").replace("\0", "")


def _known(session: Session, room: str) -> int:
    """Return the room's number, 0 if nothing is kept of it."""
    return session.scalar(select(RoomRow.number).where(RoomRow.id == _plain(room))) or 0


def _number(session: Session, room: str) -> int:
    """Return the room's number; give it one if it has none."""
    if number := _known(session, room):
        return number
    row = RoomRow(id=_plain(room))
    session.add(row)
    session.flush()
    return row.number


def _newest(
    session: Session, number: int, carrier: str, place: int | None = None
) -> CodeRow | None:
    wanted = select(CodeRow).where(CodeRow.room == number, CodeRow.carrier == carrier)
    if place is not None:
        wanted = wanted.where(CodeRow.upto <= place)
    return session.scalar(wanted.order_by(CodeRow.upto.desc()).limit(1))


def _forget(session: Session, number: int, carrier: str | None, after: int) -> None:
    codes = delete(CodeRow).where(CodeRow.room == number, CodeRow.upto > after)
    states = delete(StateRow).where(StateRow.room == number, StateRow.upto > after)
    if carrier is not None:
        codes = codes.where(CodeRow.carrier == carrier)
        states = states.where(StateRow.carrier == carrier)
    session.execute(codes)
    session.execute(states)


def _keep_state(session: Session, number: int, cc: CC) -> None:
    """Keep the state of `cc` in the place of an older one."""
    state = {
        "upto": cc.upto,
        "length": len(cc.state),
        "state": zlib.compress(cc.state, 1),
    }
    session.execute(
        insert(StateRow)
        .values(room=number, carrier=cc.carrier, **state)
        .on_conflict_do_update(index_elements=["room", "carrier"], set_=state)
    )


def _inflated(row: StateRow) -> bytes:
    """Return the state, or nothing where the bytes are no deflated state of its length."""
    try:
        return zlib.decompressobj().decompress(row.state, row.length + 1)
    except zlib.error:
        return b""
