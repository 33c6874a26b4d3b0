"""Foreign transcripts made into rooms: once a file, and none of it lost."""

from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from pathlib import Path

from harness.rooms import Rooms
from transcripts.errors import TranscriptError, UnknownFormat
from transcripts.events import Imported, Opened
from transcripts.log import read as read_log
from transcripts.readers.auto import NAMES, read
from transcripts.readers.reading import Reading

FORMATS = NAMES
"""Every format by name."""


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
) -> Done:
    """Read `file` into a room; the one it is in already, unless `again`.

    Raises:
        UnknownFormat: No reader recognises it, or it cannot be read.
    """
    try:
        content = file.read_bytes()
    except OSError as error:
        raise UnknownFormat(f"{file}: {error.strerror or error}") from error
    reading = read(content, name=file.name, format=kind)
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
    return Done(rooms.import_(events, title=name, now=now), reading, new=True)


def _is(rooms: Rooms, room_id: str, content: bytes) -> bool:
    """Whether the room's log is `content`: one of our own, exported or copied."""
    path = rooms.log(room_id)
    try:
        return path.stat().st_size == len(content) and path.read_bytes() == content
    except OSError:
        return False


def _came_from(rooms: Rooms, room_id: str, sha256: str) -> bool:
    """Whether the room was made from the file with that digest: told in its second entry."""
    try:
        start = list(islice(read_log(rooms.log(room_id)), 2))
    except TranscriptError:
        return False
    return any(isinstance(e.event, Imported) and e.event.sha256 == sha256 for e in start)
