"""Rooms on disk: one folder each, `log.jsonl` in it and `images/` beside that.

The folder's name is the room's id for good; its title is in the log and may change. What a
listing shows is kept beside the rooms, in `.listing.json`, for as long as a log has the size
and the time it had; it can go at any time. Of a room that is archived, the log is in the bank
and a mark is in its place: see `harness.archiving`. Rooms that were thrown away lie in `.trash` until
they are purged; those being made from a whole log are out of sight until they are whole.
"""

import json
import os
import re
import shutil
import unicodedata
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self, cast

from harness.errors import NoSuchRoom, RoomsUnusable
from harness.halfmade import out_of_sight, sweep
from harness.paths import Paths, made
from harness.summary import Summary, marked, noted, recalled, summed_up
from memory.bank.address import Where, there
from transcripts.errors import TranscriptError
from transcripts.events import Entry, Event, Opened, Origin, Source
from transcripts.log import ARCHIVED, Log, away, held, read
from transcripts.room import Room, reduce

LOG = "log.jsonl"

TRASH = ".trash"
"""Folder of rooms that were thrown away, beside the others."""

LISTING = ".listing.json"
"""File of what the last listing found out."""

_LISTING_VERSION = 1

SLUG = 24
"""Characters of a title in a room's id, at most."""


class Rooms:
    """The rooms of one data folder."""

    def __init__(self, folder: Path, bank: Where | None = None) -> None:
        """Take the folder of all rooms; it need not exist.

        Args:
            folder: One folder a room in it.
            bank: Where the logs of archived ones are; beside the folder unless said.
        """
        self.folder = folder
        self.bank: Where = folder.parent / "bank.sqlite" if bank is None else bank

    @classmethod
    def of(cls, paths: Paths) -> Self:
        """Return the rooms of the person whose `paths` these are."""
        return cls(paths.rooms, paths.bank)

    def ids(self) -> list[str]:
        """Return every room's id, the one written to last first."""
        found: list[tuple[int, str]] = []
        try:
            with os.scandir(self.folder) as folders:
                for folder in folders:
                    if not folder.name.startswith("."):
                        with suppress(FileNotFoundError, NotADirectoryError):
                            found.append((_changed(folder.path), folder.name))
        except FileNotFoundError:
            return []
        except OSError as error:
            raise RoomsUnusable(f"cannot read {self.folder}: {error.strerror}") from error
        return [name for _, name in sorted(found, reverse=True)]

    def log(self, room_id: str) -> Path:
        """Return the log of the room with that id; it need not exist.

        Nor does it where the room is archived: `harness.archived` has what is read then.
        """
        return self.folder / room_id / LOG

    def mark(self, room_id: str) -> Path:
        """Return the mark that an archived room has in the place of its log."""
        return self.folder / room_id / ARCHIVED

    def archived(self, room_id: str) -> bool:
        """Whether the room's log is in the bank alone."""
        return away(self.log(room_id))

    def images(self, room_id: str) -> Path:
        """Return the folder of the room's pictures; it need not exist."""
        return self.folder / room_id / "images"

    def draft(self, room_id: str) -> Path:
        """Return the file that holds the line being written; it need not exist."""
        return self.folder / room_id / "draft.json"

    def unsent(self, room_id: str) -> Path:
        """Return the file of what the person wrote and did not send; it need not exist."""
        return self.folder / room_id / "unsent.json"

    def find(self, name: str) -> str:
        """Return the id of the one room meant by `name`.

        An id, the start of one or of a word in one, a title, or a path to a room's folder
        or log.

        Raises:
            NoSuchRoom: None is, or several are.
        """
        given = Path(name)
        if given.name in (LOG, ARCHIVED):
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
        stem = f"{slug(title)}-{now:%Y%m%d-%H%M%S}"
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
        """Write a whole log at once and return the new room's id; all of it or nothing.

        Also where the process is killed: until it is whole, no listing has the room.

        Raises:
            LogUnwritable: The log cannot be written; nothing of it is left.
            RoomsUnusable: The room cannot be made; likewise.
        """
        return self._whole(events, title=title, now=now)

    def _whole(
        self,
        events: Iterable[tuple[datetime, Event, Source | None]],
        *,
        title: str,
        now: datetime,
        pictures_of: str = "",
    ) -> str:
        """Make a room out of sight, with the pictures of another, and bring it in whole."""
        made(self.folder)
        with _usable(f"make a room in {self.folder}"), out_of_sight(self.folder) as folder:
            with Log(folder / LOG, now=now) as log:
                log.extend(events)
            if pictures_of:
                with _usable(f"copy the pictures of {pictures_of}"):
                    _share(self.images(pictures_of), folder / "images")
            room_id = self.make(title, now=now)
            try:
                folder.rename(self.folder / room_id)  # in the place of the empty one
            except OSError:
                (self.folder / room_id).rmdir()
                raise
        return room_id

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

        Raises:
            NoSuchRoom: The entries do not begin with an opening.
            RoomsUnusable: It cannot be written; nothing of it is left.
        """
        opened = entries[0].event
        if not isinstance(opened, Opened):
            raise NoSuchRoom(f"{origin.room} does not begin with its opening")
        copies: list[tuple[datetime, Event, Source | None]] = [
            (entry.at, entry.event, entry.source) for entry in entries
        ]
        copies[0] = (entries[0].at, replace(opened, origin=origin), entries[0].source)
        copies += [(now, event, None) for event in then]
        return self._whole(copies, title=_title(entries), now=now, pictures_of=origin.room)

    def remove(self, room_id: str) -> None:
        """Delete a room's folder, for good. What else is kept of it is not touched.

        Raises:
            RoomBusy: It is open.
            RoomsUnusable: Not all of it could be deleted; it is out of sight then.
        """
        self.purge(self.discard(room_id))

    def discard(self, room_id: str) -> str:
        """Throw a room away, in one step, and return its name in the trash.

        Raises:
            NoSuchRoom: It is not there.
            RoomBusy: It is open.
            RoomsUnusable: It cannot be moved; it is where it was.
        """
        trash = made(self.folder / TRASH)
        try:
            with held(self.mark(room_id) if self.archived(room_id) else self.log(room_id)):
                for name in _names(room_id):
                    if not (trash / name).exists():
                        (self.folder / room_id).rename(trash / name)
                        return name
        except FileNotFoundError as error:
            raise NoSuchRoom(f"no room {room_id!r}") from error
        except OSError as error:
            raise RoomsUnusable(f"cannot delete {room_id}: {error.strerror}") from error
        raise RoomsUnusable(f"cannot delete {room_id}: the trash is full of it")

    def restore(self, name: str) -> str:
        """Take a room out of the trash again and return its id.

        Raises:
            NoSuchRoom: It is not in the trash.
            RoomsUnusable: It cannot be moved, or there is a room of its id by now.
        """
        folder, room_id = self._trash(name), _id_of(name)
        if (self.folder / room_id).exists():
            raise RoomsUnusable(f"there is a room {room_id} again")
        try:
            folder.rename(self.folder / room_id)
        except FileNotFoundError as error:
            raise NoSuchRoom(f"no room {name!r} in the trash") from error
        except OSError as error:
            raise RoomsUnusable(f"cannot restore {name}: {error.strerror}") from error
        return room_id

    def purge(self, name: str, *, bank: Where | None = None) -> None:
        """Delete a room that is in the trash, for good.

        Args:
            name: In the trash.
            bank: What is remembered of it goes from here too; blocks for some milliseconds.

        Raises:
            NoSuchRoom: It is not in the trash.
            RoomsUnusable: Not all of it could be deleted; it is in the trash still.
            BankError: The bank cannot be used; the room is in the trash still.
        """
        folder, room_id = self._trash(name), _id_of(name)
        if bank is not None and there(bank) and not (self.folder / room_id).exists():
            from memory.bank.bank import Bank  # noqa: PLC0415 - heavy, and only here

            remembered = Bank(bank)
            try:
                remembered.remove(room_id)
            finally:
                remembered.close()
        try:
            shutil.rmtree(folder)
        except FileNotFoundError as error:
            raise NoSuchRoom(f"no room {name!r} in the trash") from error
        except OSError as error:
            raise RoomsUnusable(f"cannot delete {name}: {error.strerror}") from error

    def trashed(self) -> list[Summary]:
        """Return what is in the trash, thrown away now or by a process that was killed.

        The `id` of each is its name in the trash.
        """
        try:
            names = sorted(folder.name for folder in (self.folder / TRASH).iterdir())
        except FileNotFoundError:
            return []
        found: list[Summary] = []
        for name in names:
            folder = self._trash(name)
            there = (folder / LOG).is_file()
            if away(folder / LOG):
                found.append(marked(folder / ARCHIVED, name))
            else:
                found.append(summed_up(folder / LOG, name) if there else _ruin(folder))
        return found

    def listing(self) -> Iterator[Summary]:
        """Yield every room at a glance, the one written to last first.

        Reads only the logs that changed since the last listing, each when its turn comes.
        Rooms that a killed process has left half-made are deleted.
        """
        sweep(self.folder)
        known = self._listed()
        kept: dict[str, Any] = {}
        ids = self.ids()
        try:
            for room_id in ids:
                path = self.log(room_id)
                try:
                    if self.archived(room_id):
                        yield marked(self.mark(room_id), room_id)
                        continue
                    stat = path.stat()
                    summary = recalled(known.get(room_id), path, stat)
                    if summary is None:
                        summary = summed_up(path, room_id)
                        # What could not be read may be readable the next time.
                        if not summary.problem:
                            kept[room_id] = noted(summary, stat)
                except FileNotFoundError:
                    continue  # gone since
                yield summary
        finally:
            # Also where nobody wanted the rest: what was found out is found out.
            here = {room_id: known[room_id] for room_id in ids if room_id in known}
            if kept or len(here) != len(known):
                self._note({**here, **kept})

    def summary(self, room_id: str) -> Summary:
        """Return a room at a glance, read from its log, or its mark where it is archived.

        A log that cannot be read is a summary with a problem.
        """
        if self.archived(room_id):
            return marked(self.mark(room_id), room_id)
        return summed_up(self.log(room_id), room_id)

    def _trash(self, name: str) -> Path:
        if Path(name).name != name or name in {"", ".", ".."}:
            raise NoSuchRoom(f"no room {name!r} in the trash")
        return self.folder / TRASH / name

    def _listed(self) -> dict[str, Any]:
        """What the last listing found out, by id; nothing where that cannot be read."""
        try:
            body: Any = json.loads((self.folder / LISTING).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        match body:
            case {"v": version, "rooms": dict()} if version == _LISTING_VERSION:
                return cast("dict[str, Any]", body["rooms"])
            case _:
                return {}

    def _note(self, rooms: Mapping[str, Any]) -> None:
        """Keep what a listing found out, if the disk will have it."""
        beside = self.folder / f"{LISTING}.{os.getpid()}"
        body = json.dumps({"v": _LISTING_VERSION, "rooms": rooms}, separators=(",", ":"))
        with suppress(OSError):
            fd = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
            with os.fdopen(fd, "w", encoding="utf-8") as file:
                file.write(body)
            beside.replace(self.folder / LISTING)

    def _title(self, room_id: str) -> str:
        with suppress(TranscriptError, OSError):
            if self.archived(room_id):
                return marked(self.mark(room_id), room_id).title
            return _title(read(self.log(room_id)))
        return ""


@contextmanager
def _usable(what: str) -> Generator[None, None, None]:
    """Say of an error of the disk that it was in the way of `what`."""
    try:
        yield
    except OSError as error:
        raise RoomsUnusable(f"cannot {what}: {error.strerror or error}") from error


def _changed(folder: str) -> int:
    """Return when a room was written to, nanoseconds; an archived one's mark says when.

    Raises:
        FileNotFoundError: The folder is no room's.
        NotADirectoryError: It is no folder.
    """
    try:
        return os.stat(f"{folder}/{LOG}").st_mtime_ns  # noqa: PTH116 - of hundreds of rooms
    except FileNotFoundError:
        return os.stat(f"{folder}/{ARCHIVED}").st_mtime_ns  # noqa: PTH116


def _share(pictures: Path, there: Path) -> None:
    """Have the pictures of one folder in another too, without their bytes if that can be.

    Raises:
        OSError: One cannot be copied.
    """
    if not pictures.is_dir():
        return
    made(there)
    for picture in pictures.iterdir():
        if picture.is_symlink() or not picture.is_file():
            continue  # none of ours
        try:
            os.link(picture, there / picture.name)
        except OSError:
            shutil.copy2(picture, there / picture.name)


def _names(room_id: str) -> Iterator[str]:
    """Yield names for a room in the trash, which may have held others of its id."""
    for number in range(1, 1000):
        yield f"{number}~{room_id}"


def _id_of(name: str) -> str:
    """Return the id of the room that has that name in the trash."""
    return name.partition("~")[2] or name


def _ruin(folder: Path) -> Summary:
    """What can be said of a room that was deleted half-way."""
    return Summary(
        id=folder.name,
        path=folder,
        title=_id_of(folder.name),
        changed=datetime.fromtimestamp(folder.stat().st_mtime, UTC),
        entries=0,
        lines=0,
        participants=(),
        last="",
        bytes=0,
        problem=f"{folder}: its log is gone",
    )


def _title(entries: Iterable[Entry]) -> str:
    room = Room()
    for entry in entries:
        room = reduce(room, entry)
    return room.title


def slug(title: str) -> str:
    """Return `title` as part of a file's name: never empty, no separators, no dots."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    words = re.findall(r"[a-z0-9]+", plain)
    slug = ""
    for word in words:
        if slug and len(slug) + len(word) >= SLUG:
            break
        slug = f"{slug}-{word}" if slug else word[:SLUG]
    return slug or "room"
