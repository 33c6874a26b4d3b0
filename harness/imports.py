"""Foreign transcripts made into rooms: once a file, and none of it lost."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TypeAlias

from harness.rooms import Rooms
from transcripts.errors import TranscriptError, UnknownFormat
from transcripts.events import Event, Imported, Opened, Source
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
    told: Callable[[int, int], None] | None = None,
) -> Done:
    """Read `file` into a room; the one it is in already, unless `again`.

    Args:
        rooms: Where the room is made.
        file: Any file; its size is not limited.
        kind: One of `FORMATS`, or `auto`.
        title: Of the room, instead of the file's own.
        again: Make another room of a file that was brought in before.
        now: For entries without a time of their own.
        told: Called with the entries made ready so far and all of them, before anything is
            written. What it raises goes through, and leaves no room behind.

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
    counted = _counted(events, told) if told is not None else events
    return Done(rooms.import_(counted, title=name, now=now), reading, new=True)


Timed: TypeAlias = tuple[datetime, Event, Source | None]


def _counted(events: Sequence[Timed], told: Callable[[int, int], None]) -> Iterator[Timed]:
    """Yield `events`, telling how far they are."""
    for number, event in enumerate(events):
        told(number, len(events))
        yield event


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
