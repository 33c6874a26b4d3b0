"""Rooms on disk: one folder each, `log.jsonl` in it and `images/` beside that.

The folder's name is the room's id for good; its title is in the log and may change.
"""

import os
import re
import shutil
import unicodedata
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from harness.errors import NoSuchRoom, RoomsUnusable
from harness.paths import made
from transcripts.errors import BrokenLog, NewerLog, TranscriptError
from transcripts.events import Entry, Event, Opened, Origin, Source, Spoke
from transcripts.log import Log, read
from transcripts.room import Room, reduce

LOG = "log.jsonl"

SLUG = 24
"""Characters of a title in a room's id, at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A room at a glance."""

    id: str
    path: Path
    """Its folder."""
    title: str
    changed: datetime
    """Time of the last entry, UTC."""
    entries: int
    lines: int
    """Messages."""
    participants: tuple[str, ...]
    """Labels, those who left included."""
    last: str
    """The last message, one line."""
    bytes: int
    """Of the log."""
    problem: str = ""
    """Why it cannot be read; everything else is then as far as it could."""


class Rooms:
    """The rooms of one data folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def ids(self) -> list[str]:
        """Return every room's id, the one written to last first."""
        try:
            found = [
                (log.stat().st_mtime_ns, log.parent.name)
                for log in self.folder.glob(f"*/{LOG}")
            ]
        except OSError as error:
            raise RoomsUnusable(f"cannot read {self.folder}: {error.strerror}") from error
        return [name for _, name in sorted(found, reverse=True)]

    def log(self, room_id: str) -> Path:
        """Return the log of the room with that id; it need not exist."""
        return self.folder / room_id / LOG

    def images(self, room_id: str) -> Path:
        """Return the folder of the room's pictures; it need not exist."""
        return self.folder / room_id / "images"

    def draft(self, room_id: str) -> Path:
        """Return the file that holds the line being written; it need not exist."""
        return self.folder / room_id / "draft.json"

    def find(self, name: str) -> str:
        """Return the id of the one room meant by `name`.

        An id, the start of one or of a word in one, a title, or a path to a room's folder
        or log.

        Raises:
            NoSuchRoom: None is, or several are.
        """
        given = Path(name)
        if given.name == LOG:
            given = given.parent
        if len(given.parts) > 1 and given.parent.absolute() == self.folder.absolute():
            name = given.name
        ids = self.ids()
        if name in ids:
            return name
        hits = [room_id for room_id in ids if name and room_id.startswith(name)]
        if not hits:
            hits = [room_id for room_id in ids if name and f"-{name}" in room_id]
        if not hits:
            wanted = name.casefold()
            hits = [room_id for room_id in ids if self._title(room_id).casefold() == wanted]
        if len(hits) == 1:
            return hits[0]
        if hits:
            raise NoSuchRoom(f"{name!r} could be {', '.join(hits[:5])}: say more of the id")
        hint = (
            "`enfold list` shows them" if ids else "there are none yet: `enfold run` makes one"
        )
        raise NoSuchRoom(f"no room {name!r}; {hint}")

    def last(self) -> str:
        """Return the id of the room written to last.

        Raises:
            NoSuchRoom: There are no rooms.
        """
        ids = self.ids()
        if not ids:
            raise NoSuchRoom("there are no rooms yet: `enfold run` makes one")
        return ids[0]

    def make(self, title: str, *, now: datetime) -> str:
        """Make the folder of a new room and return its id."""
        made(self.folder)
        stem = f"{_slug(title)}-{now:%Y%m%d-%H%M%S}"
        for attempt in range(1, 1000):
            name = stem if attempt == 1 else f"{stem}-{attempt}"
            folder = self.folder / name
            try:
                folder.mkdir(mode=0o700)
            except FileExistsError:
                continue
            except OSError as error:
                raise RoomsUnusable(
                    f"cannot make {folder}: {error.strerror or error}"
                ) from error
            return name
        raise RoomsUnusable(f"too many rooms called {stem} in {self.folder}")

    def import_(
        self,
        events: Iterable[tuple[datetime, Event, Source | None]],
        *,
        title: str,
        now: datetime,
    ) -> str:
        """Write a whole log at once and return the new room's id; all of it or nothing."""
        room_id = self.make(title, now=now)
        try:
            with Log(self.log(room_id), now=now) as log:
                log.extend(events)
        except BaseException:
            shutil.rmtree(self.folder / room_id, ignore_errors=True)
            raise
        return room_id

    def fork(self, room_id: str, place: int | None, *, now: datetime) -> str:
        """Make a room that shares another's past up to `place`, and return its id.

        The new log's first entry names the origin; the entries after it are copies, in the
        same places. Pictures are linked where the disk can, else copied.

        Raises:
            NoSuchRoom: The log has no such place.
        """
        entries = list(read(self.log(room_id)))
        last = len(entries) - 1 if place is None else place
        if not 0 <= last < len(entries):
            raise NoSuchRoom(f"{room_id} has places 0 to {len(entries) - 1}, not {last}")
        return self.branch(Origin(room_id, last), entries[: last + 1], now=now)

    def branch(
        self,
        origin: Origin,
        entries: Sequence[Entry],
        *,
        then: Iterable[Event] = (),
        now: datetime,
    ) -> str:
        """Make a room from the first entries of another, and return its id.

        Args:
            origin: What its first entry names.
            entries: Of the origin, the first to the last taken over; that begins with
                `Opened`.
            then: What happens in the new room alone, right after them; in the same write.
            now: For what is new.
        """
        opened = entries[0].event
        if not isinstance(opened, Opened):
            raise NoSuchRoom(f"{origin.room} does not begin with its opening")
        copies: list[tuple[datetime, Event, Source | None]] = [
            (entry.at, entry.event, entry.source) for entry in entries
        ]
        copies[0] = (entries[0].at, replace(opened, origin=origin), entries[0].source)
        copies += [(now, event, None) for event in then]
        fork_id = self.import_(copies, title=_title(entries), now=now)
        self._share_images(origin.room, fork_id)
        return fork_id

    def remove(self, room_id: str) -> None:
        """Delete a room's folder, for good.

        Raises:
            RoomsUnusable: Not all of it could be deleted.
        """
        with suppress(BrokenLog, NewerLog):  # only a room that is open stays
            Log(self.log(room_id), now=datetime.min.replace(tzinfo=UTC)).close()
        gone = self.folder / f".{room_id}.deleted"
        try:
            # Out of sight in one step first: what cannot be deleted is then still whole.
            (self.folder / room_id).rename(gone)
            shutil.rmtree(gone)
        except OSError as error:
            raise RoomsUnusable(f"cannot delete {room_id}: {error.strerror}") from error

    def summary(self, room_id: str) -> Summary:
        """Return a room at a glance. A log that cannot be read is a summary with a problem."""
        path = self.log(room_id)
        room, entries, last, problem = Room(), 0, "", ""
        stat = path.stat()
        changed = datetime.fromtimestamp(stat.st_mtime, UTC)
        try:
            for entry in read(path):
                room = reduce(room, entry)
                entries += 1
                changed = entry.at
                if isinstance(entry.event, Spoke):
                    last = entry.event.text
        except TranscriptError as error:
            problem = str(error)
        return Summary(
            id=room_id,
            path=path.parent,
            title=room.title or room_id,
            changed=changed,
            entries=entries,
            lines=room.lines,
            participants=tuple(seat.label for seat in room.seats),
            last=" ".join(last.split())[:200],
            bytes=stat.st_size,
            problem=problem,
        )

    def _title(self, room_id: str) -> str:
        with suppress(TranscriptError, OSError):
            return _title(read(self.log(room_id)))
        return ""

    def _share_images(self, source: str, target: str) -> None:
        folder = self.images(source)
        if not folder.is_dir():
            return
        made(self.images(target))
        for picture in folder.iterdir():
            there = self.images(target) / picture.name
            try:
                os.link(picture, there)
            except OSError:
                shutil.copy2(picture, there)


def _title(entries: Iterable[Entry]) -> str:
    room = Room()
    for entry in entries:
        room = reduce(room, entry)
    return room.title


def _slug(title: str) -> str:
    """Return `title` as part of a folder name: never empty, no separators, no dots."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    words = re.findall(r"[a-z0-9]+", plain)
    slug = ""
    for word in words:
        if slug and len(slug) + len(word) >= SLUG:
            break
        slug = f"{slug}-{word}" if slug else word[:SLUG]
    return slug or "room"
