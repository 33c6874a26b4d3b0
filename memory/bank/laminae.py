"""Laminae in the bank: spans of a room's places, each with its turns and its index row.

The turns of a lamina are one packed segment, which opens alone; its gist, words and code are
what the index made of the public ones. A lamina that was split or merged keeps its row, without
segment, gist and words, so that the lineage can be told. Whatever takes the place of something
does so in one transaction, and holds the very same turns.
"""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from threading import RLock
from typing import TYPE_CHECKING, Any, Final, Literal

from sqlalchemy import Connection, Engine, text

from memory.bank import labels, segments
from memory.bank.address import Where
from memory.bank.kept import Remade, Said
from memory.bank.labels import FIELDS, row_of
from memory.bank.segments import Segment
from memory.bank.troubles import told
from memory.bank.turns import PRUNE, Turns, keep_model
from memory.errors import BankError, BankMoved, DamagedRow, NothingCarried

if TYPE_CHECKING:
    from memory.index.leaf import Leaf

Made = Literal["indexed", "delaminated", "merged"]
"""How a lamina came to be."""


@dataclass(frozen=True, slots=True)
class Lamina:
    """A span of a room's places, without its turns and its index row."""

    number: int
    """Its key in the bank."""
    first: int
    """First place, inclusive."""
    last: int
    """Last place, inclusive."""
    turns: int
    length: int
    """Bytes of text."""
    stored: int
    """Bytes of its pack; of one that is not alive: when it was."""
    model: str
    """Id of the byte model that decodes it; empty for none."""
    version: int
    """Of the code."""
    chain: bytes
    """Chain after its last turn: see `kept.link`."""
    code: str
    """What it is about, readable."""
    made: str
    """How it came to be: see `Made`."""
    at: datetime
    alive: bool
    """`False`: it was split or merged, and its parts hold the words."""


class Laminae:
    """The laminae in one bank. Made by `Bank.laminae`; plain blocking calls."""

    def __init__(self, path: Where, engine: Engine, writing: RLock, turns: Turns) -> None:
        """Take the bank's own connections.

        Args:
            path: Of the bank.
            engine: Reads; writes where it is told to.
            writing: Held while something is written.
            turns: Of the same bank.
        """
        self._path = path
        self._engine = engine
        self._writer = engine.execution_options(writes=True)
        self._writing = writing
        self._turns = turns

    # Reading.

    def of(self, room: str, *, alive: bool = True) -> list[Lamina]:
        """Return a room's laminae in order; those too that are not `alive`, if asked."""
        with self._reads("read laminae") as bank:
            found = [_lamina(row) for row in bank.execute(_LAMINAE, {"room": room})]
        return [one for one in found if one.alive or not alive]

    def gists(self, room: str) -> list[tuple[Lamina, bytes]]:
        """Return a room's laminae in order, each with the part of its index row that is resident.

        The gist of a row that is damaged is given as empty, which none is: it can be made again
        from what was said, and laid down by `mend`.
        """
        with self._reads("read laminae") as bank:
            rows = bank.execute(_GISTS, {"room": room}).all()
        return [
            (
                _lamina((*row, alive)),
                bytes(gist) if labels.sound(kept, row, bytes(gist)) else b"",
            )
            for *row, alive, kept, gist in rows
        ]

    def words(self, room: str, number: int) -> bytes:
        """Return which turn of a lamina has which words: `memory.index.leaf.Leaf.words`.

        Raises:
            NothingCarried: There is no such lamina, or it was split or merged.
            DamagedRow: They are not what was kept; `mend` them.
        """
        with self._reads("read laminae") as bank:
            wanted = {"room": room, "number": number}
            found = bank.execute(_WORDS, wanted).one_or_none()
        if found is None:
            raise NothingCarried(f"room {room!r} has no lamina {number}")
        kept, words = int(found[0]), bytes(found[1])
        if not labels.worded(kept, words):
            raise DamagedRow(
                f"{self._path}: the words of lamina {number} of room {room!r} are not what was"
                " kept; make its index again from the log"
            )
        return words

    def damaged(self, room: str) -> list[int]:
        """Return the numbers of those that were split or merged and are not as they were kept."""
        with self._reads("read laminae") as bank:
            return labels.damaged(bank, room)

    def parents(self, room: str) -> list[tuple[int, int]]:
        """Return the lineage: numbers of laminae, and of what took their place; in order."""
        with self._reads("read laminae") as bank:
            return [(one, other) for one, other in bank.execute(_LINEAGE, {"room": room})]

    def segment(self, room: str, lamina: Lamina) -> Segment:
        """Return the segment of a lamina.

        Raises:
            NothingCarried: There is none: it was split or merged.
        """
        with self._reads("read laminae") as bank:
            found = _segment_of(bank, room, lamina.number)
        if found is None:
            raise NothingCarried(f"room {room!r} has no lamina {lamina.number}")
        return found

    def said(self, room: str, lamina: Lamina) -> list[Said]:
        """Return the turns of a lamina, decoded exactly. Takes as long as decoding does.

        Raises:
            NothingCarried: It was split or merged.
            DamagedTurn: One of them cannot be read.
            ModelError: Its byte model cannot be used here.
        """
        from memory.bank.reading import opened  # noqa: PLC0415 - the codec, when it is needed

        return opened(self._turns, room, self.segment(room, lamina))

    # Writing.

    def keep(self, room: str, segment: Segment, leaf: "Leaf") -> Lamina:
        """Make a lamina of a segment that takes no more turns, and pack it.

        The same again changes nothing.

        Args:
            room: Id of the room.
            segment: As it was read; its places are in those of the leaf.
            leaf: Its index row.

        Raises:
            BankMoved: The segment is another one by now. Nothing was changed.
            BankError: It takes more turns, is damaged, or the leaf's places are others' too.
                Nothing was changed.
        """
        with self._writes("keep a lamina") as bank:
            now = segments.one(bank, segment.number)
            if now is None or (now.chain, now.turns) != (segment.chain, segment.turns):
                raise BankMoved(f"{self._path}: the turns of room {room!r} were parted anew")
            if not now.closed:
                raise BankError(f"{self._path}: a segment that takes more turns is no lamina")
            if not leaf.first <= now.first <= now.last <= leaf.last:
                raise BankError(f"{self._path}: the turns are not in places {_span(leaf)}")
            wanted = {"room": room, "first": leaf.first, "last": leaf.last}
            there = [_lamina(row) for row in bank.execute(_OVER, wanted)]
            mine = bank.execute(_MINE, {"segment": now.number}).scalar_one_or_none()
            for one in there:
                if one.number == mine and (one.first, one.last) == (leaf.first, leaf.last):
                    return one
            if there or mine is not None:
                raise BankError(f"{self._path}: there is a lamina in places {_span(leaf)}")
            others = {**wanted, "number": now.number}
            if bank.execute(_OTHERS, others).scalar_one():
                raise BankError(f"{self._path}: places {_span(leaf)} have other turns too")
            if not segments.close(bank, now):
                raise BankError(f"{self._path}: the turns in {_span(leaf)} are damaged")
            room_number = bank.execute(_NUMBER, {"room": room}).scalar_one()
            number = _insert(bank, room_number, now.number, leaf, "indexed")
            return _lamina(bank.execute(_ONE, {"number": number}).one())

    def mend(self, room: str, lamina: Lamina, leaf: "Leaf") -> None:
        """Lay down the index row of a lamina again: it was damaged, or is made otherwise now.

        Raises:
            BankMoved: The lamina was split or merged. Nothing was changed.
            BankError: The row is of other places. Nothing was changed.
        """
        if (leaf.first, leaf.last) != (lamina.first, lamina.last):
            raise BankError(f"{self._path}: an index row of {_span(leaf)} is another lamina's")
        with self._writes("mend the index") as bank:
            if _segment_of(bank, room, lamina.number) is None:
                raise BankMoved(f"{self._path}: the laminae of room {room!r} were parted anew")
            bank.execute(_MEND, {"number": lamina.number, **row_of(leaf)})
            labels.seal(bank, lamina.number)

    def replace(
        self,
        room: str,
        old: Sequence[Lamina],
        new: Sequence[Remade],
        leaves: "Sequence[Leaf]",
        *,
        made: Made,
        whole: bytes = b"",
    ) -> list[Lamina]:
        """Put laminae in the place of others that hold the same turns, all or nothing.

        The same again changes nothing, and gives what is there.

        Args:
            room: Id of the room.
            old: As they were read, neighbours, in order.
            new: Their turns coded anew: see `splitting`.
            leaves: The index rows of `new`; their places are together exactly those of `old`.
            made: What is being done.
            whole: The byte model's file, where the bank may not have it yet.

        Raises:
            BankMoved: What was to be replaced is no longer there. Nothing was changed.
            BankError: The places or the turns are others. Nothing was changed.
            DamagedTurn: The old ones cannot be read. Nothing was changed.
        """
        self._check(old, new, leaves)
        spans = [(leaf.first, leaf.last) for leaf in leaves]
        with self._writes("part laminae") as bank:
            hull = {"room": room, "first": old[0].first, "last": old[-1].last}
            there = [_lamina(row) for row in bank.execute(_OVER, hull)]
            if [(one.first, one.last) for one in there] == spans:
                if [one.chain for one in there] != [remade.chain for remade in new]:
                    raise BankError(f"{self._path}: the chains differ: those are other turns")
                return there
            if [one.number for one in there] != [one.number for one in old]:
                raise BankMoved(f"{self._path}: the laminae of room {room!r} were parted anew")
            held = [_segment_of(bank, room, one.number) for one in old]
            parted = [one for one in held if one is not None]
            for one in old:
                dies = {"number": one.number, "nothing": b""}
                labels.change(bank, one.number, _DIES, dies)
            for remade in new:
                keep_model(bank, remade.model, whole)
            room_number = bank.execute(_NUMBER, {"room": room}).scalar_one()
            made_of = segments.replace(bank, room_number, parted, new)
            numbers = [
                _insert(bank, room_number, key, leaf, made)
                for key, leaf in zip(made_of, leaves, strict=True)
            ]
            bank.execute(_DESCENDS, _descent(old, leaves, numbers))
            bank.execute(PRUNE)
            return [_lamina(bank.execute(_ONE, {"number": one}).one()) for one in numbers]

    def _check(
        self, old: Sequence[Lamina], new: Sequence[Remade], leaves: "Sequence[Leaf]"
    ) -> None:
        """See that leaves tile the span of `old`, and that each has the places of its turns."""
        if not old or not new or len(new) != len(leaves):
            raise BankError(f"{self._path}: every part takes turns and an index row")
        ends = (leaves[0].first, leaves[-1].last) == (old[0].first, old[-1].last)
        if not ends or any(left.last + 1 != right.first for left, right in pairwise(leaves)):
            raise BankError(f"{self._path}: the parts are not places {_span(old[0], old[-1])}")
        for remade, leaf in zip(new, leaves, strict=True):
            if not leaf.first <= remade.first <= remade.last <= leaf.last:
                raise BankError(f"{self._path}: turns of a part are not in {_span(leaf)}")

    @contextmanager
    def _reads(self, doing: str) -> Generator[Connection]:
        with told(self._path, doing), self._engine.begin() as bank:
            yield bank

    @contextmanager
    def _writes(self, doing: str) -> Generator[Connection]:
        with told(self._path, doing), self._writing, self._writer.begin() as bank:
            yield bank


def _span(first: "Leaf | Lamina", last: "Leaf | Lamina | None" = None) -> str:
    return f"{first.first} to {(last or first).last}"


def _lamina(row: Any) -> Lamina:
    number, first, last, turns, length, stored, model, version, chain, code, made, at, alive = (
        row
    )
    return Lamina(
        number,
        first,
        last,
        turns,
        length,
        stored,
        model or "",
        version,
        bytes(chain),
        code,
        made,
        _moment(at),
        bool(alive),
    )


def _moment(at: str) -> datetime:
    """Return a moment; the first of all where the row is damaged, and says so by its seal."""
    try:
        return datetime.fromisoformat(at)
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)


def _segment_of(bank: Connection, room: str, number: int) -> Segment | None:
    wanted = {"room": room, "number": number}
    found = bank.execute(_SEGMENT, wanted).one_or_none()
    return None if found is None else segments.segment(found)


def _insert(bank: Connection, room: int, segment: int, leaf: "Leaf", made: Made) -> int:
    number: int = bank.execute(
        _KEEP,
        {
            "room": room,
            "segment": segment,
            "first": leaf.first,
            "last": leaf.last,
            "made": made,
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            **row_of(leaf),
        },
    ).scalar_one()
    labels.seal(bank, number)
    return number


def _descent(
    old: Sequence[Lamina], leaves: "Sequence[Leaf]", numbers: Sequence[int]
) -> list[dict[str, int]]:
    """Return who descends from whom: those that share places."""
    return [
        {"parent": one.number, "part": number}
        for one in old
        for leaf, number in zip(leaves, numbers, strict=True)
        if one.first <= leaf.last and leaf.first <= one.last
    ]


_IN: Final = "laminae.room = (SELECT rooms.number FROM rooms WHERE rooms.id = :room)"
_FIELDS: Final = f"{FIELDS}, segment IS NOT NULL"
_LAMINAE: Final = text(
    f"SELECT {_FIELDS} FROM laminae WHERE {_IN} ORDER BY first, number"  # noqa: S608 - ours
)
_GISTS: Final = text(
    f"""SELECT {_FIELDS}, seal, gist FROM laminae
        WHERE {_IN} AND segment IS NOT NULL ORDER BY first"""  # noqa: S608 - ours
)
_OVER: Final = text(
    f"""SELECT {_FIELDS} FROM laminae
        WHERE {_IN} AND segment IS NOT NULL AND first <= :last AND last >= :first
        ORDER BY first"""  # noqa: S608 - ours
)
_ONE: Final = text(f"SELECT {_FIELDS} FROM laminae WHERE number = :number")  # noqa: S608 - ours
_MINE: Final = text("SELECT number FROM laminae WHERE segment = :segment")
_WORDS: Final = text(
    f"""SELECT seal, words FROM laminae
        WHERE {_IN} AND number = :number AND segment IS NOT NULL"""  # noqa: S608 - ours
)
_SEGMENT: Final = text(
    f"""SELECT {segments.FIELDS} FROM segments JOIN laminae ON segments.number = segment
        WHERE {_IN} AND laminae.number = :number"""  # noqa: S608 - ours
)
_LINEAGE: Final = text(
    f"""SELECT parent, part FROM lineage JOIN laminae ON laminae.number = part
        WHERE {_IN} ORDER BY parent, part"""  # noqa: S608 - ours
)
_OTHERS: Final = text(
    """SELECT (SELECT count(*) FROM segments JOIN rooms ON rooms.number = segments.room
               WHERE rooms.id = :room AND segments.number <> :number
                   AND segments.first <= :last AND segments.last >= :first)
            + (SELECT count(*) FROM turns JOIN rooms ON rooms.number = turns.room
               WHERE rooms.id = :room AND segment IS NULL
                   AND place BETWEEN :first AND :last)"""
)
_NUMBER: Final = text("SELECT number FROM rooms WHERE id = :room")
_KEEP: Final = text(
    """INSERT INTO laminae
           (room, segment, first, last, turns, length, stored, model, version, chain,
            code, made, at, gist, words)
       SELECT :room, number, :first, :last, turns, length, length(packed), model, version, chain,
            :code, :made, :at, :gist, :words
       FROM segments WHERE number = :segment
       RETURNING number"""
)
_MEND: Final = text(
    """UPDATE laminae SET code = :code, gist = :gist, words = :words
       WHERE number = :number"""
)
_DIES: Final = text(
    """UPDATE laminae SET segment = NULL, gist = :nothing, words = :nothing
       WHERE number = :number"""
)
_DESCENDS: Final = text("INSERT INTO lineage (parent, part) VALUES (:parent, :part)")
