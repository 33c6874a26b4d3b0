"""Rooms written to files for others to read: whole files or none.

The writers are imported when something is written. Everything blocks: for a worker thread.
"""

import os
import secrets
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Protocol

from harness.archived import readable
from harness.errors import NotPossible, RoomsUnusable
from harness.rooms import Rooms, slug
from transcripts.events import Entry
from transcripts.log import read

KINDS = ("md", "html", "jsonl", "txt")
"""Forms a room can be written in, and the endings of their files."""


_LINKS = 40
"""Links from one to the next that are followed, as by the system itself."""


class Titled(Protocol):
    """A room, or what is known of one."""

    @property
    def title(self) -> str:
        """Its title."""
        ...


def suggested(room: Titled, kind: str, folder: Path | None = None) -> Path:
    """Return a file for `room` that is not there yet: its title, in the current folder.

    Args:
        room: Whose title counts.
        kind: One of `KINDS`.
        folder: Instead of the current one.
    """
    folder = Path.cwd() if folder is None else folder
    name = slug(room.title)
    path = folder / f"{name}.{kind}"
    number = 2
    while path.exists():
        path = folder / f"{name}-{number}.{kind}"
        number += 1
    return path


def write(
    rooms: Rooms,
    room_id: str,
    kind: str,
    path: Path,
    *,
    upto: int | None = None,
    inline_images: bool = False,
    reasoning: bool = False,
    force: bool = False,
) -> Path:
    """Write a room to the file at `path`, and return where that is.

    While it is written it is the person's alone, under a name that nobody can know. Then it
    has the rights of the file it takes the place of, or those of any file the person makes.

    Args:
        rooms: Where it is.
        room_id: Which.
        kind: One of `KINDS`.
        path: A link of the person's own is followed: what it points to is written.
        upto: Only up to this place.
        inline_images: `html`: pictures inside the file, else as links beside it.
        reasoning: `md`, `html`: the models' reasoning too.
        force: Write over a file that is there.

    Raises:
        NotPossible: Something is there already, `path` is no file, or a link of somebody
            else's.
        RoomsUnusable: It cannot be written; what was there is as it was.
        TranscriptError: The log cannot be read; likewise.
    """
    try:
        target = path.resolve()
        there = target.exists()
    except (OSError, RuntimeError) as error:
        raise RoomsUnusable(f"{path}: {error}") from error
    if _foreign(path):
        raise NotPossible(f"{path} is a link that somebody else made")
    if there and not target.is_file():
        raise NotPossible(f"{path} is no file")
    if there and not force:
        raise NotPossible(f"{path} is there already")
    folder = rooms.images(room_id)
    entries = read(readable(rooms, room_id))
    told = pieces(
        kind,
        entries if upto is None else (entry for entry in entries if entry.place <= upto),
        inline=folder if inline_images else None,
        # Beside the written file, so that file and room can be moved together.
        images=os.path.relpath(folder, target.parent),
        reasoning=reasoning,
    )
    try:
        _put(told, target, force=force)
    except FileExistsError as error:
        raise NotPossible(f"{path} is there already") from error
    except OSError as error:
        raise RoomsUnusable(f"{path}: {error.strerror or error}") from error
    return target


def pieces(
    kind: str,
    entries: Iterable[Entry],
    *,
    inline: Path | None = None,
    images: str = "",
    reasoning: bool = False,
) -> Iterator[str]:
    """Yield a room in one of the `KINDS`, piece by piece.

    Args:
        kind: Which; an unknown one is `txt`.
        entries: Of the room, from its opening on.
        inline: Folder of pictures that go into the file; `None` for links.
        images: Folder of pictures, as links name it.
        reasoning: The models' reasoning too.
    """
    from transcripts.export import html, jsonl, md, txt  # noqa: PLC0415 - heavy, and only here

    match kind:
        case "md":
            yield md.export(entries, images=images, reasoning=reasoning)
        case "html":
            yield from html.export(
                entries, inline_images=inline, images=images, reasoning=reasoning
            )
        case "jsonl":
            yield from jsonl.export(entries)
        case _:
            yield txt.export(entries)


def _put(pieces: Iterable[str], target: Path, *, force: bool) -> None:
    """Make a file of `pieces`, whole or not at all.

    Raises:
        FileExistsError: There is one by now, and it is not to be written over.
        OSError: It cannot be written.
    """
    rights = stat.S_IMODE(target.stat().st_mode) if force and target.exists() else None
    beside = target.with_name(f".enfold-{secrets.token_hex(8)}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    # Made as any file is: the rights that the person's mask leaves are known from it alone.
    number = os.open(beside, flags, 0o666 if rights is None else 0o600)
    try:
        with os.fdopen(
            number, "w", encoding="utf-8", newline="", errors="surrogatepass"
        ) as file:
            if rights is None:
                rights = stat.S_IMODE(os.fstat(number).st_mode)
                os.fchmod(number, 0o600)
            for piece in pieces:
                file.write(piece)
            os.fchmod(number, rights)
        if force or not _linked(beside, target):
            beside.replace(target)
    finally:
        # Not there any more if it was put in its place.
        beside.unlink(missing_ok=True)


def _linked(beside: Path, target: Path) -> bool:
    """Give a file its name, if nothing has it; return whether the disk knows how to.

    Raises:
        FileExistsError: Something has it.
    """
    try:
        os.link(beside, target)
    except FileExistsError:
        raise
    except OSError:
        return False
    return True


def _foreign(path: Path) -> bool:
    """Whether `path` is a link that somebody else made, or leads to one."""
    mine = {0, os.geteuid()}
    for _ in range(_LINKS):
        try:
            found = path.lstat()
        except OSError:
            return False  # there is nothing
        if not stat.S_ISLNK(found.st_mode):
            return False
        if found.st_uid not in mine:
            return True
        path = path.parent / path.readlink()
    return True
