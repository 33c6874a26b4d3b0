"""Rooms written to files for others to read: whole files or none.

The writers are imported when something is written. Everything blocks: for a worker thread.
"""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Protocol

from harness.errors import NotPossible, RoomsUnusable
from harness.rooms import Rooms, slug
from transcripts.events import Entry
from transcripts.log import read

KINDS = ("md", "html", "jsonl", "txt")
"""Forms a room can be written in, and the endings of their files."""


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

    Args:
        rooms: Where it is.
        room_id: Which.
        kind: One of `KINDS`.
        path: A link is followed: what it points to is written.
        upto: Only up to this place.
        inline_images: `html`: pictures inside the file, else as links beside it.
        reasoning: `md`, `html`: the models' reasoning too.
        force: Write over a file that is there.

    Raises:
        NotPossible: Something is there already, or `path` is no file.
        RoomsUnusable: It cannot be written; what was there is as it was.
        TranscriptError: The log cannot be read; likewise.
    """
    try:
        target = path.resolve()
        there = target.exists()
    except (OSError, RuntimeError) as error:
        raise RoomsUnusable(f"{path}: {error}") from error
    if there and not target.is_file():
        raise NotPossible(f"{path} is no file")
    if there and not force:
        raise NotPossible(f"{path} is there already")
    folder = rooms.images(room_id)
    entries = read(rooms.log(room_id))
    told = pieces(
        kind,
        entries if upto is None else (entry for entry in entries if entry.place <= upto),
        inline=folder if inline_images else None,
        # Beside the written file, so that file and room can be moved together.
        images=os.path.relpath(folder, target.parent),
        reasoning=reasoning,
    )
    beside = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with beside.open("w", encoding="utf-8", newline="", errors="surrogatepass") as file:
            for piece in told:
                file.write(piece)
        beside.replace(target)
    except OSError as error:
        raise RoomsUnusable(f"{path}: {error.strerror or error}") from error
    finally:
        # Not there any more if all went well.
        beside.unlink(missing_ok=True)
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
