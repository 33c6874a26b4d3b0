"""A cold room's log moved into the bank, and back.

At every step there is the log, or a verified archive, or both: spans are stored as they are
made, each decoded and compared; only when all of the log is there byte for byte, and the disk
keeps it, may the log go, and a mark takes its place first. Bringing it back, the log is
decoded, compared and in its place before the mark and the archive go. Whoever does either
holds the room. Pictures, drafts and all that is remembered stay where they are.
"""

import os
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from harness.archived import Told, opened, write
from harness.errors import NotPossible, RoomsUnusable
from harness.rooms import Rooms
from harness.summary import Summary, mark, summed_up
from memory.bank.address import there as kept_there
from memory.errors import DamagedRow, ModelError
from transcripts.errors import TranscriptError
from transcripts.events import Imported, Spoke
from transcripts.log import held, read

if TYPE_CHECKING:
    from memory.bank.archives import Archives, Span
    from memory.bank.bank import Bank
    from memory.bank.spans import Stand

_NEW = ".restoring"
"""What the name of a log ends with that is being decoded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Archiving:
    """What came of archiving a room."""

    room: str
    """Id."""
    length: int
    """Bytes of the log."""
    stored: int
    """Bytes that its archive takes."""
    spans: int
    made: int
    """Of these, how many were coded now."""
    removed: bool = False
    """Whether the log is gone."""


def archive(
    rooms: Rooms,
    room_id: str,
    *,
    now: datetime,
    remove: bool = False,
    told: Told | None = None,
) -> Archiving:
    """Put a room's log into the bank, decoded again and compared.

    What an earlier one that was stopped has made is read again instead of made again.

    Args:
        rooms: Where it is.
        room_id: Its id.
        now: For when it was archived.
        remove: Put the mark in the place of the log.
        told: Called with the bytes of the log done since the last call.

    Raises:
        RoomBusy: Somebody writes the room.
        NotPossible: It is archived already, or its log is empty.
        BankError: The bank cannot be written; the log is as it was.
        ModelError: The byte model cannot be used on this machine.
        RoomsUnusable: The log cannot be read, or the mark not be written.
    """
    log = rooms.log(room_id)
    if rooms.archived(room_id):
        raise NotPossible(f"{room_id} is archived already")
    with _troubles(log), held(log), log.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        if not size:
            raise NotPossible(f"{log} is empty")
        with _bank(rooms) as bank:
            made = _stored(bank, room_id, file, now, told)
            outcome = Archiving(
                room=room_id,
                length=size,
                stored=bank.archives.stored(room_id),
                spans=len(bank.archives.spans(room_id)),
                made=made,
                removed=remove,
            )
            if remove:
                _remove(rooms, bank, room_id)
    return outcome


def remove(rooms: Rooms, room_id: str) -> None:
    """Put the mark in the place of a log which is archived, if that is still all of it.

    Raises:
        RoomBusy: Somebody writes the room.
        NotPossible: The log is not what is archived: it has grown since.
        BankError: The bank cannot be read.
        RoomsUnusable: The log cannot be read, or the mark not be written.
    """
    log = rooms.log(room_id)
    with _troubles(log), held(log), _bank(rooms) as bank:
        _remove(rooms, bank, room_id)


def restore(rooms: Rooms, room_id: str, told: Told | None = None) -> int:
    """Bring the log of an archived room back, byte for byte, and return its bytes.

    Raises:
        NotPossible: The room is not archived.
        RoomBusy: Somebody else is at it.
        BankError: The archive is not what was archived; what can be read of it is not enough.
        ModelError: Its byte model cannot be used on this machine.
        RoomsUnusable: The log cannot be written; the room is archived as it was.
    """
    from memory.bank.spans import log as decoded  # noqa: PLC0415 - only where it is needed

    log, there = rooms.log(room_id), rooms.mark(room_id)
    if not rooms.archived(room_id):
        raise NotPossible(f"{room_id} is not archived")
    with _troubles(log), held(there), opened(rooms) as bank:
        if not rooms.archived(room_id):
            raise NotPossible(f"{room_id} is not archived any more")
        changed = there.stat().st_mtime_ns
        half = log.with_name(log.name + _NEW)
        try:
            write(half, decoded(bank.archives, room_id, told))  # compared to its last byte
            os.utime(half, ns=(changed, changed))
            half.replace(log)
        finally:
            half.unlink(missing_ok=True)
        _keep(log.parent)
        there.unlink()
        bank.archives.drop(room_id)
        bank.turns.prune_models()
    return log.stat().st_size


def known(rooms: Rooms, name: str) -> str:
    """Return the id of the room meant by `name`: see `Rooms.find`; or one archived by that id.

    So a room whose mark was lost can be restored: the archive does not take it.

    Raises:
        NoSuchRoom: There is none.
        RoomsUnusable: The mark cannot be put back.
    """
    if not name or Path(name).name != name or rooms.log(name).exists():
        return rooms.find(name)
    if rooms.mark(name).exists() or not kept_there(rooms.bank):
        return rooms.find(name)
    with opened(rooms) as bank:
        if bank.archives.of(name) is None:
            return rooms.find(name)
    folder = rooms.folder / name
    with _troubles(folder):
        folder.mkdir(mode=0o700, exist_ok=True)
        write(rooms.mark(name), [b"{}\n"])
    return name


def _stored(
    bank: "Bank", room_id: str, file: BinaryIO, now: datetime, told: Told | None
) -> int:
    """Have all of a log in the bank, and return how many spans were coded for that."""
    from memory.bank import guessers, spans  # noqa: PLC0415 - with the bank, not before
    from memory.bank.archives import Archived  # noqa: PLC0415
    from memory.codec.steps import Steps  # noqa: PLC0415

    archives = bank.archives
    had: list[Span] = archives.spans(room_id)
    steps = Steps(told)
    at, whole, made = spans.Stand(), sha256(), 0
    model: str | None = None
    torn = False
    for plain in spans.pieces(file):
        whole.update(plain)
        torn = not plain.endswith(b"\n")
        span = had.pop(0) if had else None
        if span is not None and _good(archives, room_id, span, at, plain):
            steps.done(len(plain))
        else:
            had = []  # what follows is of another log, or follows on what cannot be read
            if model is None:
                model = guessers.newest()
            span, code = spans.made(at, plain, model, steps)
            new = span.model and not bank.turns.has_model(span.model)
            file_ = guessers.file_of(span.model) if new else b""
            archives.keep(room_id, span, code, whole=file_)
            if archives.code(room_id, span) != code:
                raise RoomsUnusable(f"{room_id}: the bank does not give back what it was given")
            made += 1
        at = at.after(plain)
    if had:
        archives.cut(room_id, at.start)
    archived = Archived(at.start, at.line + torn, whole.digest(), now.isoformat())
    archives.finish(room_id, archived)
    return made


def _good(archives: "Archives", room_id: str, span: "Span", at: "Stand", plain: bytes) -> bool:
    """Whether a span that is there can be read, and is that of `plain`."""
    from memory.bank import spans  # noqa: PLC0415 - with the bank, not before

    end, digest = at.start + len(plain), at.after(plain).digest
    if (span.start, span.end, span.digest) != (at.start, end, digest):
        return False
    try:
        return spans.read(archives, room_id, span, at.digest) == plain
    except (DamagedRow, ModelError):
        return False


def _remove(rooms: Rooms, bank: "Bank", room_id: str) -> None:
    """Put the mark in the place of the log, whose lock is held."""
    log, there = rooms.log(room_id), rooms.mark(room_id)
    archived = bank.archives.of(room_id)
    stat = log.stat()
    if archived is None or (stat.st_size, _sum(log)) != (archived.length, archived.sha256):
        raise NotPossible(f"{room_id}: its log is not what is archived; archive it again")
    half = there.with_name(there.name + ".new")
    try:
        glance, source = _glance(log, room_id), _source(log)
        write(half, [mark(glance, stat, archived.sha256, imported=source)])
        os.utime(half, ns=(stat.st_mtime_ns, stat.st_mtime_ns))
        half.replace(there)
    finally:
        half.unlink(missing_ok=True)
    _keep(log.parent)
    log.unlink()
    _keep(log.parent)


def _glance(log: Path, room_id: str) -> Summary:
    """Return a room at a glance, with what only its log tells."""
    summary = summed_up(log, room_id)
    if summary.origin is None:
        return summary
    own = 0
    with suppress(TranscriptError):  # the summary says what is wrong with it
        for entry in read(log, start=summary.origin.place + 1):
            own += isinstance(entry.event, Spoke)
    return replace(summary, own=own)


def _source(log: Path) -> str:
    """Return the SHA-256 of the file that a room was made from, which its second entry tells."""
    with suppress(TranscriptError):
        for entry in islice(read(log), 2):
            if isinstance(entry.event, Imported):
                return entry.event.sha256
    return ""


def _sum(path: Path) -> bytes:
    whole = sha256()
    with path.open("rb") as file:
        while piece := file.read(1 << 18):
            whole.update(piece)
    return whole.digest()


def _keep(folder: Path) -> None:
    """Have the disk keep which names are in a folder."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with suppress(OSError):  # some file systems cannot
            os.fsync(fd)
    finally:
        os.close(fd)


@contextmanager
def _bank(rooms: Rooms) -> "Generator[Bank]":
    """Yield the bank, made if it is not there."""
    from memory.bank.bank import Bank  # noqa: PLC0415 - heavy, and only here

    bank = Bank(rooms.bank)
    try:
        yield bank
    finally:
        bank.close()


@contextmanager
def _troubles(path: Path) -> Generator[None]:
    try:
        yield
    except OSError as error:
        raise RoomsUnusable(f"{path}: {error.strerror or error}") from error
