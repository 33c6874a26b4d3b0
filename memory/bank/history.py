"""The codes of a room's ccs: each told by the one before it, from a key row on.

A key row tells its code by itself; it comes after so many changes that reading any one code
stays quick. Rows are sealed in a chain that begins anew at each key. All of it works inside
a transaction of whoever asks.
"""

from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from memory.bank.deltas import CHANGED, WHOLE, form, read, told, whole
from memory.bank.rows import Facts, Row, seal
from memory.bank.schema import CodeRow
from memory.cc.base import CC

STEPS: Final = 63
"""Changes between two key rows: 2 KB of code are read by way of them in a millisecond.
Additions at the end cost nothing to read, and are not counted."""


@dataclass(frozen=True, slots=True)
class Code:
    """A row's whole code, and where it stands in its chain."""

    upto: int
    code: bytes
    seal: bytes
    key: int
    steps: int
    """Changes since the key row."""


@dataclass(slots=True)
class Chain:
    """Rows read one after the other, each checked."""

    code: bytearray = field(default_factory=bytearray)
    seal: bytes = b""
    steps: int = 0

    def read(self, facts: Facts, key: int, blob: bytes, sealed: bytes) -> None:
        """Read the next row.

        Raises:
            ValueError: It is not what was kept, or does not follow.
        """
        kind = form(blob)
        if kind == WHOLE:
            self.seal, self.steps = b"", 0
        elif not self.seal:
            raise ValueError("the row that it follows is not there")
        if seal(self.seal, facts, key, blob) != sealed:
            raise ValueError("its seal is broken")
        read(blob, self.code)
        self.steps += kind == CHANGED
        self.seal = sealed


def follow(before: Code | None, code: bytes, facts: Facts) -> tuple[Code, bytes]:
    """Return the next code of a room, and what is stored of it.

    Args:
        before: The one before it, if it is there and can be read.
        code: All of it.
        facts: What else is told of it.
    """
    blob = whole(code) if before is None else told(code, before.code)
    kind = form(blob)
    if before is not None and kind == CHANGED and before.steps >= STEPS:
        blob, kind = whole(code), WHOLE
    if before is None or kind == WHOLE:
        upto = facts.upto
        return Code(upto, code, seal(b"", facts, upto, blob), upto, 0), blob
    sealed = seal(before.seal, facts, before.key, blob)
    return Code(facts.upto, code, sealed, before.key, before.steps + (kind == CHANGED)), blob


def newest(
    session: Session, number: int, carrier: str, place: int | None = None
) -> CodeRow | None:
    """Return the newest row that covers nothing beyond `place`."""
    wanted = select(CodeRow).where(CodeRow.room == number, CodeRow.carrier == carrier)
    if place is not None:
        wanted = wanted.where(CodeRow.upto <= place)
    return session.scalar(wanted.order_by(CodeRow.upto.desc()).limit(1))


def code_of(session: Session, row: CodeRow) -> Code:
    """Return a row's code, read from its key row on.

    Raises:
        ValueError: It is not what was kept.
    """
    wanted = (
        select(*_FACTS, CodeRow.key, CodeRow.code, CodeRow.seal)
        .where(CodeRow.room == row.room, CodeRow.carrier == row.carrier)
        .where(CodeRow.upto.between(row.key, row.upto))
        .order_by(CodeRow.upto)
    )
    chain = Chain()
    for of, upto, first, size, micros, digest, key, blob, sealed in session.execute(wanted):
        chain.read(Facts(of, upto, first, size, micros, digest), key, blob, sealed)
    return Code(row.upto, bytes(chain.code), row.seal, row.key, chain.steps)


def facts(cc: CC, *, first: int, size: int, seconds: float) -> Facts:
    """Return what is told of a fold beside its code."""
    return Facts(
        cc.carrier, cc.upto, first, size, round(seconds * 1e6), bytes.fromhex(cc.digest)
    )


def row_of(number: int, made: Code, blob: bytes, facts: Facts) -> CodeRow:
    """Return the row that keeps a code."""
    return CodeRow(
        room=number,
        carrier=facts.carrier,
        upto=facts.upto,
        first=facts.first,
        size=facts.size,
        micros=facts.micros,
        digest=facts.digest,
        key=made.key,
        code=blob,
        seal=made.seal,
    )


def forget(session: Session, number: int, carrier: str | None, after: int) -> None:
    """Let go of codes beyond place `after`, of one carrier or all."""
    codes = delete(CodeRow).where(CodeRow.room == number, CodeRow.upto > after)
    session.execute(codes if carrier is None else codes.where(CodeRow.carrier == carrier))


def damaged(session: Session, number: int, carrier: str) -> list[CodeRow]:
    """Read every row of one room and carrier once; return those that are not as kept."""
    wrong: list[CodeRow] = []
    chain = Chain()
    wanted = (
        select(CodeRow)
        .where(CodeRow.room == number, CodeRow.carrier == carrier)
        .order_by(CodeRow.upto)
        .execution_options(yield_per=100)
    )
    for row in session.scalars(wanted):
        try:
            chain.read(_facts(row), row.key, row.code, row.seal)
        except ValueError:
            wrong.append(row)
            chain = Chain()  # nor can those be read that follow it, up to the next key
    return wrong


def _facts(row: CodeRow) -> Facts:
    return Facts(row.carrier, row.upto, row.first, row.size, row.micros, row.digest)


def folds(session: Session, room: str, carrier: str) -> list[Row]:
    """Return every fold of a room by one carrier, oldest first."""
    found = session.execute(_FOLDS, {"room": room, "carrier": carrier})
    return [
        Row(upto, first, size, bytes(digest).hex(), micros / 1e6)
        for upto, first, size, digest, micros in found
    ]


def copy(session: Session, source: int, to: int, carrier: str, upto: int) -> None:
    """Copy rows of one room to another, seals and all."""
    wanted = {"source": source, "to": to, "carrier": carrier, "upto": upto}
    session.execute(_COPY, wanted)


_FACTS: Final = (
    CodeRow.carrier,
    CodeRow.upto,
    CodeRow.first,
    CodeRow.size,
    CodeRow.micros,
    CodeRow.digest,
)
"""Columns of `Facts`."""

_FOLDS: Final = text(  # as text, since there may be thousands and somebody is looking
    """SELECT cc.upto, cc.first, cc.size, cc.digest, cc.micros
       FROM cc JOIN rooms ON rooms.number = cc.room
       WHERE rooms.id = :room AND cc.carrier = :carrier ORDER BY cc.upto"""
)
_COPY: Final = text(
    """INSERT INTO cc (room, carrier, upto, first, size, micros, digest, key, code, seal)
       SELECT :to, carrier, upto, first, size, micros, digest, key, code, seal FROM cc
       WHERE room = :source AND carrier = :carrier AND upto <= :upto"""
)
