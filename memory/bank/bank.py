"""Where cc is kept: one SQLite file for all rooms, or one PostgreSQL database.

Plain blocking calls, for a worker thread. Rows and sessions stay inside. All of it can be
made again from the rooms' logs, so nothing here is worth risking a log for, and a damaged
bank is moved away rather than mended.

Every cc's code is kept, as what it changes of the one before; of the states, which nobody
looks back at, the newest alone.
"""

import zlib
from collections.abc import Iterable
from typing import Final

from sqlalchemy import delete, select, text, update
from sqlalchemy.orm import Session

from memory.bank import history
from memory.bank.address import Where
from memory.bank.anew import Anew
from memory.bank.archives import Archives
from memory.bank.engines import opened
from memory.bank.history import Code
from memory.bank.laminae import Laminae
from memory.bank.rows import Hits, Row
from memory.bank.schema import CodeRow, RoomRow, StateRow
from memory.bank.search import plain, wanted
from memory.bank.troubles import told
from memory.bank.turns import PRUNE, Turns
from memory.bank.words import Words
from memory.cc.base import CC, Utterance
from memory.errors import BankError, DamagedRow, NothingCarried

_REMEMBERED: Final = 8
"""Rooms whose newest code is at hand, to see what the next one changes."""


class Bank:
    """The cc of every room, what was said, and an index over it."""

    def __init__(self, where: Where) -> None:
        """Open the bank at `where`; make it, a file 0600 in a 0700 folder, if there is none.

        Raises:
            NewerBank: A later version wrote it. Nothing is touched.
            BankError: It cannot be opened or is no bank. Nothing is touched.
        """
        self._path = where
        self._newest: dict[tuple[str, str], Code] = {}
        with told(where, "open the bank"):
            self._engine, self._writing = opened(where)
        self._writer = self._engine.execution_options(writes=True)
        self.turns = Turns(where, self._engine, self._writing)
        """What was said, word for word and coded."""
        self.laminae = Laminae(where, self._engine, self._writing, self.turns)
        """Spans of it, each with what finds it again."""
        self.archives = Archives(where, self._engine, self._writing, self.turns.model)
        """Whole logs of rooms that are cold."""
        self.words = Words(where, self._engine, self._writing)
        """Which words were said where."""
        self.anew = Anew(where, self._engine, self._writing, self.turns, self.words)
        """Turns and laminae of a room, laid down again beside those it has."""

    def close(self) -> None:
        """Let go of the file. SQLite then takes the -wal and -shm away."""
        self._engine.dispose()

    def enter(self, room: str, *, path: str = "", title: str = "", created: str = "") -> None:
        """Note where a room's log is and what it is called; what is empty stays as it was."""
        known = {"path": path, "title": title, "created": created}
        with told(self._path, "note a room"), self._writing, Session(self._writer) as session:
            number = _number(session, room)
            given = {key: plain(value) for key, value in known.items() if value}
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
        with told(self._path, "keep cc"), self._writing, Session(self._writer) as session:
            number = _number(session, room)
            same = session.get(CodeRow, (number, cc.carrier, cc.upto))
            if same is not None and same.digest.hex() == cc.digest:
                return
            _forget(session, number, cc.carrier, cc.upto - 1)
            before = self._before(session, room, number, cc.carrier)
            facts = history.facts(cc, first=first, size=size, seconds=seconds)
            made, blob = history.follow(before, cc.code, facts)
            session.add(history.row_of(number, made, blob, facts))
            session.flush()
            _keep_state(session, number, cc)
            session.commit()
            self._remember(room, cc.carrier, made)

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
        with told(self._path, "copy cc"), self._writing, Session(self._writer) as session:
            source = _known(session, room)
            row = session.get(CodeRow, (source, cc.carrier, cc.upto))
            if row is None or row.digest.hex() != cc.digest:
                raise NothingCarried(f"room {room!r} has no such cc at place {cc.upto}")
            number = _number(session, to)
            _forget(session, number, cc.carrier, -2)
            history.copy(session, source, number, cc.carrier, cc.upto)
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
            row = history.newest(session, number, carrier)
            if row is None:
                return None
            kept = session.get(StateRow, (number, carrier))
            if kept is None or kept.upto != row.upto:
                return None
            code = self._code(session, room, row).code
            state = _inflated(kept)
        cc = CC(carrier, row.upto, code, state)
        if cc.digest != row.digest.hex():
            raise DamagedRow(self._damaged(room, row))
        return cc

    def at(self, room: str, carrier: str, place: int) -> CC:
        """Return the newest cc that covers nothing beyond `place`, without its state.

        Raises:
            NothingCarried: There is none.
            DamagedRow: What is there is not what was kept.
        """
        with told(self._path, "read cc"), Session(self._engine) as session:
            row = history.newest(session, _known(session, room), carrier, place)
            if row is None:
                raise NothingCarried(f"room {room!r} has no cc of {carrier!r} at place {place}")
            return CC(carrier, row.upto, self._code(session, room, row).code)

    def history(self, room: str, carrier: str) -> list[Row]:
        """Return every fold of the room by that carrier, oldest first."""
        with told(self._path, "read cc"), Session(self._engine) as session:
            return history.folds(session, plain(room), carrier)

    def forget(self, room: str, carrier: str | None = None, after: int | None = None) -> None:
        """Let go of a room's cc: of one carrier or all, beyond place `after` or altogether.

        The state goes with the newest, so what is left can be looked at but not folded on,
        unless the carrier has no state.
        """
        with told(self._path, "forget cc"), self._writing, Session(self._writer) as session:
            _forget(session, _known(session, room), carrier, -2 if after is None else after)
            session.commit()

    def index(self, room: str, rows: Iterable[Utterance], *, upto: int = -1) -> None:
        """Make `rows` findable. See `Words.index`."""
        self.words.index(room, rows, upto=upto)

    def indexed_upto(self, room: str) -> int:
        """Return the last place of the room that the index has seen, -1 if none."""
        return self.words.reached().get(plain(room), -1)

    def indexed(self) -> dict[str, int]:
        """Return the last place of each room that the index has seen, -1 if none."""
        return self.words.reached()

    def search(self, query: str, *, unfinished: bool = False) -> list[Hits]:
        """Return places that have the words of `query`, best first.

        All of its words; if no place has them, any, where more and rarer ones are first.
        Nothing where it has no words. It is data: nothing in it is a command. If it is
        `unfinished`, its last word stands for all that begin with it.
        """
        sought = wanted(query, unfinished=unfinished)
        if not sought.words:
            return []
        if (hits := self.words.search(sought)).places:
            return [hits]
        return self.words.search_any(sought) if len(sought.words) > 1 else []

    def rename(self, room: str, to: str) -> None:
        """Give a room another id. One that nothing is kept of stays unknown.

        Raises:
            BankError: There is a room of that id already.
        """
        with told(self._path, "rename a room"), self._writing, Session(self._writer) as session:
            if _known(session, to) != _known(session, room) and _known(session, to):
                raise BankError(f"{self._path}: there is a room {to!r} already")
            session.execute(
                update(RoomRow).where(RoomRow.id == plain(room)).values(id=plain(to))
            )
            session.commit()
            self._newest.clear()

    def remove(self, room: str) -> None:
        """Let go of everything that is kept of a room. Its log is not touched."""
        with told(self._path, "remove a room"), self._writing, Session(self._writer) as session:
            if number := _known(session, room):
                self.words.forget(session.connection(), number)
            session.execute(delete(RoomRow).where(RoomRow.id == plain(room)))
            session.execute(PRUNE)  # a byte model goes with the last room that it coded
            session.commit()
            self._newest.clear()

    def check(self, *, renew: bool = False) -> list[str]:
        """Read every byte and return what is wrong, a line each; nothing if all is well.

        Args:
            renew: Let go of an index for searching that is damaged, so that the next search
                makes it again from the rooms' logs. Nothing else is ever changed.
        """
        with (
            told(self._path, "check the bank"),
            self._writing,
            Session(self._writer) as session,
        ):
            wrong = list[str]()
            if self._engine.dialect.name == "sqlite":  # a server looks after itself
                wrong += [
                    f"database: {found}"
                    for found in session.scalars(text("PRAGMA integrity_check"))
                    if found != "ok"
                ]
                wrong += [
                    f"database: a row of {found[0]} refers to nothing"
                    for found in session.execute(text("PRAGMA foreign_key_check"))
                ]
                if found := self.words.check(session.connection()):
                    mended = "" if renew else "`enfold bank verify` lets go of it, and "
                    again = f"{mended}the next search makes it again from the rooms' logs"
                    wrong.append(f"search: its index is damaged ({found}); {again}")
                    if renew:
                        self.words.renew(session.connection())
            names = dict(session.execute(select(RoomRow.number, RoomRow.id)).all())
            keys = select(CodeRow.room, CodeRow.carrier).distinct()
            for number, carrier in session.execute(keys).all():
                wrong += self._check(session, number, names.get(number, "?"), carrier)
            session.commit()
        return wrong

    def check_cc(self, room: str, carrier: str) -> list[str]:
        """Read all that is kept of a room by one carrier and return what is wrong, a line each."""
        with told(self._path, "check cc"), Session(self._engine) as session:
            return self._check(session, _known(session, room), room, carrier)

    def _check(self, session: Session, number: int, room: str, carrier: str) -> list[str]:
        """Check every row of one room and carrier, oldest first, each byte once."""
        wrong = [self._damaged(room, row) for row in history.damaged(session, number, carrier)]
        kept = session.get(StateRow, (number, carrier))
        newest = history.newest(session, number, carrier)
        if not wrong and newest is not None:
            try:
                code = history.code_of(session, newest).code
            except ValueError:
                return [self._damaged(room, newest)]  # as it is read from another row on
            if kept is not None and kept.upto != newest.upto:
                wrong.append(self._damaged(room, newest))  # its state is another's
            elif kept is not None:
                cc = CC(carrier, newest.upto, code, _inflated(kept))
                if cc.digest != newest.digest.hex():
                    wrong.append(self._damaged(room, newest))
        return wrong

    def _before(self, session: Session, room: str, number: int, carrier: str) -> Code | None:
        """Return the newest code; the one at hand if it is still that."""
        row = history.newest(session, number, carrier)
        if row is None:
            return None
        at_hand = self._newest.get((room, carrier))
        if at_hand is not None and at_hand.upto == row.upto and at_hand.seal == row.seal:
            return at_hand
        try:
            return self._code(session, room, row)
        except DamagedRow:
            return None  # the next one is then stored whole, and stands by itself

    def _code(self, session: Session, room: str, row: CodeRow) -> Code:
        """Return a row's code."""
        try:
            return history.code_of(session, row)
        except ValueError as error:
            raise DamagedRow(self._damaged(room, row)) from error

    def _remember(self, room: str, carrier: str, code: Code) -> None:
        self._newest.pop((room, carrier), None)
        self._newest[room, carrier] = code
        if len(self._newest) > _REMEMBERED:
            del self._newest[next(iter(self._newest))]

    def _damaged(self, room: str, row: CodeRow) -> str:
        return (
            f"{self._path}: cc of room {room!r} at place {row.upto} ({row.carrier}) is not"
            " what was kept; forget it, it is folded again from the log"
        )


def _known(session: Session, room: str) -> int:
    """Return the room's number, 0 if nothing is kept of it."""
    return session.scalar(_NUMBER, {"room": plain(room)}) or 0


def _number(session: Session, room: str) -> int:
    """Return the room's number; give it one if it has none."""
    if number := _known(session, room):
        return number
    session.execute(_ENTER, {"room": plain(room)})
    return _known(session, room)


def _forget(session: Session, number: int, carrier: str | None, after: int) -> None:
    history.forget(session, number, carrier, after)
    states = delete(StateRow).where(StateRow.room == number, StateRow.upto > after)
    session.execute(states if carrier is None else states.where(StateRow.carrier == carrier))


def _keep_state(session: Session, number: int, cc: CC) -> None:
    """Keep the state of `cc` in the place of an older one."""
    session.execute(
        _STATE,
        {
            "number": number,
            "carrier": cc.carrier,
            "upto": cc.upto,
            "length": len(cc.state),
            "state": zlib.compress(cc.state, 1),
        },
    )


def _inflated(row: StateRow) -> bytes:
    """Return the state, or nothing where the bytes are no deflated state of its length."""
    try:
        return zlib.decompressobj().decompress(row.state, row.length + 1)
    except zlib.error:
        return b""


_NUMBER: Final = text("SELECT number FROM rooms WHERE id = :room")
_ENTER: Final = text(
    """INSERT INTO rooms (id, path, title, created, indexed) VALUES (:room, '', '', '', -1)
       ON CONFLICT DO NOTHING"""
)
_STATE: Final = text(
    """INSERT INTO states (room, carrier, upto, length, state)
       VALUES (:number, :carrier, :upto, :length, :state)
       ON CONFLICT (room, carrier) DO UPDATE
       SET upto = excluded.upto, length = excluded.length, state = excluded.state"""
)
