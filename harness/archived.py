"""The logs of archived rooms, read as if they were files.

What is asked for is decoded into a file of its own, 0600, in a folder beside the rooms that
nobody lists; it goes with the process, and what a killed one left is swept away with the next
listing. Decoding takes a second for some 25 KB, and is done once a process.
"""

import atexit
import os
from collections.abc import Callable, Generator, Iterable
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Final

from harness.errors import RoomsUnusable
from harness.halfmade import out_of_sight
from harness.rooms import LOG, Rooms
from memory.bank.address import there as kept_there
from transcripts.events import Entry
from transcripts.log import read
from transcripts.wire import decode_line

if TYPE_CHECKING:
    from memory.bank.bank import Bank

Told = Callable[[int], object]
"""Called with the bytes of a log done since the last call."""

_decoded: Final[dict[tuple[Path, bytes], Path]] = {}
"""Where the log at a path is decoded, by the SHA-256 of all of it."""
_folders: Final[dict[Path, Path]] = {}
"""Where this process decodes, by the folder of the rooms."""
_after: Final = ExitStack()
_lock: Final = RLock()
"""Held for moments: nobody waits while somebody else decodes another room."""
_decoding: Final[dict[Path, RLock]] = {}
"""Held while the log at a path is decoded: once is enough."""


def readable(rooms: Rooms, room_id: str, told: Told | None = None) -> Path:
    """Return a file with the room's log, to be read and not to be written.

    That is its log; of an archived room a copy, for as long as this process lives. Blocks
    for as long as decoding takes.

    Args:
        rooms: Where it is.
        room_id: Its id.
        told: See `Told`; not called where nothing is decoded.

    Raises:
        BankError: The archive is not what was archived, or not there.
        ModelError: Its byte model cannot be used on this machine.
        RoomsUnusable: There is no room for a copy.
    """
    if not rooms.archived(room_id):
        return rooms.log(room_id)
    from memory.bank.spans import log  # noqa: PLC0415 - only where a room is archived

    with _one(rooms.log(room_id)), opened(rooms) as bank:
        archived = bank.archives.of(room_id)
        key = (rooms.log(room_id), archived.sha256 if archived else b"")
        known = _decoded.get(key)
        if known is not None and known.is_file():
            return known
        pieces = log(bank.archives, room_id, told)
        copy = _folder(rooms.folder) / room_id / LOG
        try:
            copy.parent.mkdir(mode=0o700, exist_ok=True)
            write(copy, pieces)
        except OSError as error:
            raise RoomsUnusable(f"{copy}: {error.strerror or error}") from error
        _decoded[key] = copy
        return copy


def at_hand(rooms: Rooms, room_id: str) -> bool:
    """Whether `readable` gives the room's log without decoding it."""
    path = rooms.log(room_id)
    return not rooms.archived(room_id) or any(
        log == path and copy.is_file() for (log, _), copy in list(_decoded.items())
    )


def first(rooms: Rooms, room_id: str) -> Entry | None:
    """Return the first entry of a room, of an archived one without decoding the rest.

    Raises:
        BankError: The archive is not what was archived, or not there.
        ModelError: Its byte model cannot be used on this machine.
        TranscriptError: It cannot be read.
    """
    log = rooms.log(room_id)
    if not rooms.archived(room_id):
        return next(read(log), None)
    line = lines(rooms, room_id, [0]).get(0, b"")
    return decode_line(line.decode("utf-8", "replace"), path=log, number=1)


def lines(rooms: Rooms, room_id: str, places: Iterable[int]) -> dict[int, bytes]:
    """Return the lines of an archived log at some places; opens the spans that they are in.

    Raises:
        BankError: One of these spans is not what was archived, or there is none.
        ModelError: Its byte model cannot be used on this machine.
    """
    from memory.bank.spans import lines as found  # noqa: PLC0415 - see above

    with opened(rooms) as bank:
        return found(bank.archives, room_id, set(places))


@contextmanager
def opened(rooms: Rooms) -> "Generator[Bank]":
    """Yield the bank that has the rooms' archives.

    Raises:
        BankError: It cannot be opened.
        RoomsUnusable: There is none.
    """
    from memory.bank.bank import Bank  # noqa: PLC0415 - heavy, and only here

    if not kept_there(rooms.bank):
        raise RoomsUnusable(
            f"{rooms.bank} is not there, and has the logs of archived rooms: put it back"
        )
    bank = Bank(rooms.bank)
    try:
        yield bank
    finally:
        bank.close()


def write(path: Path, pieces: Iterable[bytes]) -> None:
    """Write a file anew, 0600, and have the disk keep it.

    Raises:
        OSError: It cannot be written; what is there of it is no use.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(path, flags, 0o600), "wb") as file:
        for piece in pieces:
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())


def _one(log: Path) -> RLock:
    with _lock:
        return _decoding.setdefault(log, RLock())


def _folder(rooms: Path) -> Path:
    """Return the folder that this process decodes into, made the first time."""
    with _lock:
        known = _folders.get(rooms)
        if known is None or not known.is_dir():
            if not _folders:
                atexit.register(_after.close)
            known = _folders[rooms] = _after.enter_context(out_of_sight(rooms))
        return known
