"""Foreign transcripts made into rooms: once a file, and none of it lost."""

import hashlib
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TypeAlias

from harness.errors import NotPossible
from harness.rooms import Rooms
from harness.summary import sums
from transcripts.errors import TranscriptError, UnknownFormat
from transcripts.events import Event, Imported, Opened, Source
from transcripts.log import read as read_log
from transcripts.readers.auto import NAMES, read
from transcripts.readers.reading import Reading

FORMATS = NAMES
"""Every format by name."""

MOST = 200_000_000
"""Bytes of a file, at most; what is made of it in memory is twenty times as much."""

_PIECE = 1 << 20
"""Bytes read between two looks at whether anybody still wants it."""

_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


@dataclass(frozen=True, slots=True)
class Done:
    """What came of an import."""

    room: str
    reading: Reading
    new: bool
    """Whether the room was made now, and not by an earlier import of the same file."""


def bring_in(
    rooms: Rooms,
    file: Path,
    *,
    kind: str = "auto",
    title: str = "",
    again: bool = False,
    now: datetime,
    told: Callable[[int, int], None] | None = None,
) -> Done:
    """Read `file` into a room; the one it is in already, unless `again`.

    Args:
        rooms: Where the room is made.
        file: A plain file of at most `MOST` bytes.
        kind: One of `FORMATS`, or `auto`.
        title: Of the room, instead of the file's own.
        again: Make another room of a file that was brought in before.
        now: For entries without a time of their own.
        told: Called with the entries made ready so far and all of them, before anything is
            written; with zeros while the file is read. What it raises goes through, and
            leaves no room behind.

    Raises:
        NotPossible: It is no plain file, or too large.
        UnknownFormat: No reader recognises it, or it cannot be read.
    """
    content = _content(file, told)
    reading = read(content, name=file.name, format=kind)
    if told is not None:
        told(0, 0)
    sha256 = next(
        (one.event.sha256 for one in reading.events if isinstance(one.event, Imported)), ""
    )
    if sha256 and not again:
        for room_id in rooms.ids():
            if _came_from(rooms, room_id, sha256):
                return Done(room_id, reading, new=False)
    elif not again:
        for room_id in rooms.ids():
            if _is(rooms, room_id, content):
                return Done(room_id, reading, new=False)
    entries = reading.entries(now)
    events = [(entry.at, entry.event, entry.source) for entry in entries]
    if title and events and isinstance(events[0][1], Opened):
        at, opened, source = events[0]
        events[0] = (at, replace(opened, title=title), source)
    opening = events[0][1] if events else None
    name = opening.title if isinstance(opening, Opened) else file.stem
    counted = _counted(events, told) if told is not None else events
    return Done(rooms.import_(counted, title=name, now=now), reading, new=True)


def _content(file: Path, told: Callable[[int, int], None] | None) -> bytes:
    """Return what is in a plain file; nothing else is as much as opened.

    A pipe may never say anything and a device never end.
    """
    try:
        _check(file, file.stat())
        number = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
        with os.fdopen(number, "rb", buffering=0) as opened:
            _check(file, os.fstat(number))  # it may be another one by now
            content = bytearray()
            while piece := opened.read(_PIECE):
                content += piece
                if len(content) > MOST:
                    raise NotPossible(_too_large(file))
                if told is not None:
                    told(0, 0)
    except OSError as error:
        raise UnknownFormat(f"{file}: {error.strerror or error}") from error
    return bytes(content)


def _check(file: Path, found: os.stat_result) -> None:
    """Refuse what is no plain file, and what is too large."""
    if not stat.S_ISREG(found.st_mode):
        kind = _KINDS.get(stat.S_IFMT(found.st_mode), "something else")
        raise NotPossible(f"{file} is {kind}; only a file can be read")
    if found.st_size > MOST:
        raise NotPossible(_too_large(file))


def _too_large(file: Path) -> str:
    return f"{file} is too large: at most {MOST // 1_000_000} MB can be read"


Timed: TypeAlias = tuple[datetime, Event, Source | None]


def _counted(events: Sequence[Timed], told: Callable[[int, int], None]) -> Iterator[Timed]:
    """Yield `events`, telling how far they are."""
    for number, event in enumerate(events):
        told(number, len(events))
        yield event


def _is(rooms: Rooms, room_id: str, content: bytes) -> bool:
    """Whether the room's log is `content`: one of our own, exported or copied."""
    path = rooms.log(room_id)
    if rooms.archived(room_id):
        return sums(rooms.mark(room_id))[0] == hashlib.sha256(content).hexdigest()
    try:
        return path.stat().st_size == len(content) and path.read_bytes() == content
    except OSError:
        return False


def _came_from(rooms: Rooms, room_id: str, sha256: str) -> bool:
    """Whether the room was made from the file with that digest: told in its second entry."""
    if rooms.archived(room_id):
        return sums(rooms.mark(room_id))[1] == sha256
    try:
        start = list(islice(read_log(rooms.log(room_id)), 2))
    except TranscriptError:
        return False
    return any(isinstance(e.event, Imported) and e.event.sha256 == sha256 for e in start)
