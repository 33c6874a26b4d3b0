"""A room's turns and laminae laid down again from its log, beside what it has.

They are laid down under another name, segment by segment, as fast as they can be coded; then
one transaction puts them in the place of what was there. Killed before that, all is as it
was, and what was laid down goes when it is begun again. Laminae that are no longer alive stay,
unless their rows are damaged, and so does the lineage of those that are laid down along the
same places: no log has these.
"""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import RLock
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, Engine, text

from memory.bank import labels, segments
from memory.bank.address import Where
from memory.bank.kept import Remade
from memory.bank.labels import row_of
from memory.bank.troubles import told
from memory.bank.turns import PRUNE, Reached, Turns, keep_model
from memory.bank.words import Words
from memory.errors import BankError, BankMoved

if TYPE_CHECKING:
    from memory.index.leaf import Leaf

SUFFIX: Final = "~anew"
"""Of a room's id, while it is laid down again: no room's own id has such a sign."""


@dataclass(frozen=True, slots=True)
class Row:
    """What is known of a lamina that is laid down again, beside its index row."""

    made: str = "indexed"
    at: str = ""
    """ISO 8601, UTC; empty for now."""


class Anew:
    """Lays rooms down again in one bank. Made by `Bank.anew`; plain blocking calls."""

    def __init__(
        self, path: Where, engine: Engine, writing: RLock, turns: Turns, words: Words
    ) -> None:
        """Take the bank's own connections.

        Args:
            path: Of the bank.
            engine: Reads; writes where it is told to.
            writing: Held while something is written.
            turns: Of the same bank.
            words: Likewise.
        """
        self._path = path
        self._words = words
        self._writer = engine.execution_options(writes=True)
        self._writing = writing
        self._turns = turns

    def begin(self, room: str) -> str:
        """Begin to lay a room down again, and return the name that this is done under."""
        name = room + SUFFIX
        with self._writes("begin a room anew") as bank:
            bank.execute(_REMOVE, {"room": name})
            bank.execute(_ENTER, {"room": name})
        return name

    def lay(
        self,
        name: str,
        turns: Remade,
        leaf: "Leaf | None",
        *,
        row: Row | None = None,
        whole: bytes = b"",
    ) -> None:
        """Lay down what comes next: a segment, and a lamina of it.

        Args:
            name: As `begin` gave it.
            turns: Coded, decoded again and compared; they follow on what is there.
            leaf: The lamina's index row; `None` where no lamina is made.
            row: What else is known of the lamina.
            whole: The byte model's file, where the bank may not have it yet.

        Raises:
            BankMoved: They do not follow on. Nothing was laid down.
            BankError: The disk says no. Nothing was laid down.
        """
        at = self._turns.reached(name)
        if at.chain != turns.before or at.upto >= turns.first:
            raise BankMoved(f"{self._path}: turns of {name!r} do not follow on")
        with self._writes("lay turns down") as bank:
            number = bank.execute(_NUMBER, {"room": name}).scalar_one()
            keep_model(bank, turns.model, whole)
            segment = segments.add(bank, number, turns)
            length = sum(one.length for one in turns.rows)
            after = Reached(
                turns.last, at.turns + len(turns.rows), at.length + length, turns.chain
            )
            bank.execute(
                _REACH,
                {
                    "number": number,
                    "upto": after.upto,
                    "turns": after.turns,
                    "length": after.length,
                    "chain": after.chain,
                },
            )
            if leaf is None:
                return
            known = row or Row()
            lamina: int = bank.execute(
                _LAMINA,
                {
                    "room": number,
                    "segment": segment,
                    "first": leaf.first,
                    "last": leaf.last,
                    "made": known.made,
                    "at": known.at or datetime.now(UTC).isoformat(timespec="seconds"),
                    **row_of(leaf),
                },
            ).scalar_one()
            labels.seal(bank, lamina)

    def take(self, room: str, name: str, before: Reached) -> None:
        """Put what was laid down in the place of what a room has, all or nothing.

        Args:
            room: Id of the room.
            name: As `begin` gave it.
            before: How far the room's turns were when it was begun.

        Raises:
            BankMoved: The room has other turns by now. Nothing was changed.
            BankError: The disk says no. Nothing was changed.
        """
        if self._turns.reached(room) != before:
            raise BankMoved(f"{self._path}: the turns of room {room!r} went on meanwhile")
        with self._writes("take a room anew") as bank:
            bank.execute(_ENTER, {"room": room})
            old = bank.execute(_NUMBER, {"room": room}).scalar_one()
            new = bank.execute(_NUMBER, {"room": name}).scalar_one_or_none()
            if new is None:
                raise BankError(f"{self._path}: nothing of {name!r} was laid down")
            _let_go(bank, room)
            self._words.forget(bank, old)  # they are found again once they are indexed again
            for statement in _TAKE:
                bank.execute(statement, {"old": old, "new": new})
            bank.execute(_REMOVE, {"room": name})
            bank.execute(PRUNE)

    def drop(self, name: str) -> None:
        """Let go of what was laid down."""
        with self._writes("let go of a room laid down") as bank:
            bank.execute(_REMOVE, {"room": name})
            bank.execute(PRUNE)

    @contextmanager
    def _writes(self, doing: str) -> Generator[Connection]:
        with told(self._path, doing), self._writing, self._writer.begin() as bank:
            yield bank


def _let_go(bank: Connection, room: str) -> None:
    """Let go of those no longer alive that are damaged, and of those they alone descended to."""
    gone = [{"number": number} for number in labels.damaged(bank, room)]
    if not gone:
        return
    bank.execute(_GONE, gone)
    while bank.execute(_ENDED, {"room": room}).rowcount:
        pass


_ENTER: Final = text(
    """INSERT INTO rooms (id, path, title, created, indexed) VALUES (:room, '', '', '', -1)
       ON CONFLICT DO NOTHING"""
)
_REMOVE: Final = text("DELETE FROM rooms WHERE id = :room")
_NUMBER: Final = text("SELECT number FROM rooms WHERE id = :room")
_GONE: Final = text("DELETE FROM laminae WHERE number = :number")
_ENDED: Final = text(
    """DELETE FROM laminae
       WHERE laminae.room = (SELECT rooms.number FROM rooms WHERE rooms.id = :room)
           AND segment IS NULL AND NOT EXISTS (SELECT 1 FROM lineage WHERE parent = number)"""
)
_REACH: Final = text(
    """INSERT INTO streams (room, upto, turns, length, chain)
       VALUES (:number, :upto, :turns, :length, :chain)
       ON CONFLICT (room) DO UPDATE SET upto = excluded.upto, turns = excluded.turns,
           length = excluded.length, chain = excluded.chain"""
)
_LAMINA: Final = text(
    """INSERT INTO laminae
           (room, segment, first, last, turns, length, stored, model, version, chain,
            code, made, at, gist, words)
       SELECT :room, number, :first, :last, turns, length, length(packed), model, version, chain,
            :code, :made, :at, :gist, :words
       FROM segments WHERE number = :segment
       RETURNING number"""
)
_TAKE: Final = (
    # A part that is there again along the same places descends from whom it did.
    text(
        """UPDATE lineage SET part = (SELECT young.number FROM laminae AS young, laminae AS aged
               WHERE aged.number = lineage.part AND young.room = :new
                   AND young.first = aged.first AND young.last = aged.last)
           WHERE EXISTS (SELECT 1 FROM laminae AS young, laminae AS aged
               WHERE aged.number = lineage.part AND aged.room = :old
                   AND aged.segment IS NOT NULL AND young.room = :new
                   AND young.first = aged.first AND young.last = aged.last)"""
    ),
    text("DELETE FROM turns WHERE room = :old"),
    text("DELETE FROM laminae WHERE room = :old AND segment IS NOT NULL"),
    text("DELETE FROM segments WHERE room = :old"),
    text("DELETE FROM streams WHERE room = :old"),
    text("UPDATE turns SET room = :old WHERE room = :new"),
    text("UPDATE segments SET room = :old WHERE room = :new"),
    text("UPDATE laminae SET room = :old WHERE room = :new"),
    text("UPDATE streams SET room = :old WHERE room = :new"),
)
