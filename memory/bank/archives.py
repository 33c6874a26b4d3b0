"""Whole logs of cold rooms, byte for byte, in spans that each open by themselves.

A span is some lines of a log, coded as an archive's segment is (`memory.codec.segments`), and
names what decodes it; its digest covers all of the log up to its end, so that one that is
missing, altered or out of order shows. Spans are stored as they are made. They are an archive
only when `finish` has found that they are all of the log: until then they only save work.
"""

import os
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import blake2b
from threading import RLock
from typing import Any, Final

from sqlalchemy import Connection, Engine, text

from memory.bank.address import Address, Where
from memory.bank.troubles import told
from memory.errors import BankError

START: Final = bytes(16)
"""The digest before a log's first byte."""


@dataclass(frozen=True, slots=True)
class Archived:
    """A log that is here as a whole."""

    length: int
    """Bytes."""
    entries: int
    """Lines, what is torn at the end included."""
    sha256: bytes
    at: str
    """When it was archived: ISO 8601, UTC."""


@dataclass(frozen=True, slots=True)
class Span:
    """Some lines of a log, without their code."""

    start: int
    """Byte of the log that it begins with."""
    length: int
    """Bytes of the log."""
    first: int
    """Number of the line that it begins in, from 0: the place of that entry."""
    last: int
    """Number of the line that it ends in."""
    form: int
    """See `memory.codec.segments.Form`."""
    version: int
    """Of the code."""
    model: str
    """Id of the byte model that it takes; empty for none."""
    digest: bytes
    """BLAKE2b, 16 bytes, over the digest of the span before and the bytes of this."""

    @property
    def end(self) -> int:
        """Byte of the log that the next one begins with."""
        return self.start + self.length


def linked(digest: bytes, plain: bytes) -> bytes:
    """Return the digest after another span's bytes."""
    return blake2b(digest + plain, digest_size=16).digest()


class Archives:
    """The archived logs in one bank. Made by `Bank.archives`; plain blocking calls."""

    def __init__(
        self, path: Where, engine: Engine, writing: RLock, model: Callable[[str], bytes]
    ) -> None:
        """Take the bank's own connections.

        Args:
            path: Of the bank.
            engine: Reads; writes where it is told to.
            writing: Held while something is written.
            model: Returns the file of a byte model that the bank has, by its id.
        """
        self.model = model
        self._path = path
        self._engine = engine
        self._writer = engine.execution_options(writes=True)
        self._writing = writing

    def of(self, room: str) -> Archived | None:
        """Return what is archived of a room; `None` where its log is not here as a whole."""
        with self._reads() as bank:
            found = bank.execute(_ARCHIVED, {"room": room}).one_or_none()
        return None if found is None else Archived(*_plain(found))

    def rooms(self) -> list[str]:
        """Return the ids of the rooms whose whole log is here, in order."""
        with self._reads() as bank:
            return list(bank.execute(_ROOMS).scalars())

    def spans(self, room: str) -> list[Span]:
        """Return the spans of a room that are here, in order, of a whole log or not."""
        with self._reads() as bank:
            return [_span(row) for row in bank.execute(_SPANS, {"room": room})]

    def stored(self, room: str) -> int:
        """Return the bytes that a room's spans take."""
        with self._reads() as bank:
            return bank.execute(_STORED, {"room": room}).scalar_one()

    def code(self, room: str, span: Span) -> bytes:
        """Return the code of a span.

        Raises:
            BankError: It is gone.
        """
        with self._reads() as bank:
            wanted = {"room": room, "start": span.start}
            found = bank.execute(_CODE, wanted).scalar_one_or_none()
        if found is None:
            raise BankError(
                f"{self._path}: room {room!r} has no span from byte {span.start} on"
            )
        return bytes(found)

    def keep(self, room: str, span: Span, code: bytes, *, whole: bytes = b"") -> None:
        """Store a span in the place of whatever is there from its first byte on.

        What was a whole log is none any more, until `finish` finds it to be.

        Args:
            room: Id of the room.
            span: What it is.
            code: As it was made and verified.
            whole: The byte model's file, where the bank may not have it yet.

        Raises:
            BankError: Nothing was stored. It may not follow on what is there.
        """
        with self._writes("store a span") as bank:
            bank.execute(_ROOM, {"room": room})
            bank.execute(_UNFINISH, {"room": room})
            bank.execute(_DROP, {"room": room, "start": span.start})
            before = bank.execute(_LAST, {"room": room}).one_or_none()
            if span.start != (0 if before is None else _span(before).end):
                raise BankError(f"{self._path}: a span of room {room!r} does not follow on")
            if span.model and whole:
                bank.execute(_MODEL, {"id": span.model, "bytes": whole})
            bank.execute(
                _KEEP,
                {
                    "room": room,
                    "start": span.start,
                    "length": span.length,
                    "first": span.first,
                    "last": span.last,
                    "form": span.form,
                    "version": span.version,
                    "model": span.model or None,
                    "digest": span.digest,
                    "blob": code,
                },
            )

    def cut(self, room: str, start: int) -> None:
        """Let go of the spans from byte `start` of a log on; it is not whole then."""
        with self._writes("let go of spans") as bank:
            bank.execute(_UNFINISH, {"room": room})
            bank.execute(_DROP, {"room": room, "start": start})

    def finish(self, room: str, archived: Archived) -> None:
        """Say that a room's spans are the whole log, and have the disk keep it so.

        Raises:
            BankError: They are not, or the disk says no.
        """
        with self._writes("store an archive") as bank:
            at = 0
            for row in bank.execute(_SPANS, {"room": room}):
                span = _span(row)
                if span.start != at:
                    break
                at = span.end
            if at != archived.length:
                raise BankError(
                    f"{self._path}: of room {room!r}, {at:,} bytes are here"
                    f" and not {archived.length:,}"
                )
            bank.execute(
                _FINISH,
                {
                    "room": room,
                    "length": archived.length,
                    "entries": archived.entries,
                    "sha256": archived.sha256,
                    "at": archived.at,
                },
            )
        with told(self._path, "store an archive"):
            self._sync()

    def drop(self, room: str) -> None:
        """Let go of what is archived of a room, and of a byte model that nothing else takes."""
        self.cut(room, 0)

    def _sync(self) -> None:
        """Have the disk keep what was written: a commit alone may be lost with the power."""
        if isinstance(self._path, Address):
            return  # a server's commit is on its disk
        for name in (f"{self._path}-wal", str(self._path), str(self._path.parent)):
            with suppress(FileNotFoundError):
                fd = os.open(name, os.O_RDONLY | os.O_CLOEXEC)
                try:
                    os.fsync(fd)
                finally:
                    os.close(fd)

    @contextmanager
    def _reads(self) -> Generator[Connection]:
        with told(self._path, "read an archive"), self._engine.begin() as bank:
            yield bank

    @contextmanager
    def _writes(self, doing: str) -> Generator[Connection]:
        with told(self._path, doing), self._writing, self._writer.begin() as bank:
            yield bank


def _plain(row: Any) -> tuple[int, int, bytes, str]:
    length, entries, sha256, at = row
    return length, entries, bytes(sha256), at


def _span(row: Any) -> Span:
    start, length, first, last, form, version, model, digest = row
    return Span(start, length, first, last, form, version, model or "", bytes(digest))


_IN: Final = "room = (SELECT number FROM rooms WHERE id = :room)"
_FIELDS: Final = "start, length, first, last, form, version, model, digest"

_ROOM: Final = text(
    """INSERT INTO rooms (id, path, title, created, indexed) VALUES (:room, '', '', '', -1)
       ON CONFLICT DO NOTHING"""
)
_ARCHIVED: Final = text(f"SELECT length, entries, sha256, at FROM archived WHERE {_IN}")  # noqa: S608
_ROOMS: Final = text(
    "SELECT rooms.id FROM archived JOIN rooms ON rooms.number = room ORDER BY rooms.id"
)
_SPANS: Final = text(f"SELECT {_FIELDS} FROM archives WHERE {_IN} ORDER BY start")  # noqa: S608
_LAST: Final = text(
    f"SELECT {_FIELDS} FROM archives WHERE {_IN} ORDER BY start DESC LIMIT 1"  # noqa: S608
)
_STORED: Final = text(f"SELECT coalesce(sum(length(blob)), 0) FROM archives WHERE {_IN}")  # noqa: S608
_CODE: Final = text(f"SELECT blob FROM archives WHERE {_IN} AND start = :start")  # noqa: S608
_UNFINISH: Final = text(f"DELETE FROM archived WHERE {_IN}")  # noqa: S608 - ours
_DROP: Final = text(f"DELETE FROM archives WHERE {_IN} AND start >= :start")  # noqa: S608
_MODEL: Final = text(
    "INSERT INTO models (id, bytes) VALUES (:id, :bytes) ON CONFLICT DO NOTHING"
)
_KEEP: Final = text(
    """INSERT INTO archives
           (room, start, length, first, last, form, version, model, digest, blob)
       SELECT number, :start, :length, :first, :last, :form, :version, :model, :digest, :blob
       FROM rooms WHERE id = :room"""
)
_FINISH: Final = text(
    """INSERT INTO archived (room, length, entries, sha256, at)
       SELECT number, :length, :entries, :sha256, :at FROM rooms WHERE id = :room
       ON CONFLICT (room) DO UPDATE SET length = excluded.length,
           entries = excluded.entries, sha256 = excluded.sha256, at = excluded.at"""
)
