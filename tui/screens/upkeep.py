"""What is done to rooms at rest: a new title, a fork, away and back. All of it blocks."""

import os
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from harness.rooms import Rooms
from transcripts.events import Changed
from transcripts.log import Log, read
from transcripts.participants import PERSON


def rename(rooms: Rooms, room_id: str, title: str, *, now: datetime) -> None:
    """Give a room another title; its id stays.

    Raises:
        RoomBusy: It is open somewhere.
        TranscriptError: Its log cannot be read or written.
    """
    with Log(rooms.log(room_id), now=now) as log:
        log.append(now, Changed(setting="title", value=title, by=PERSON))


def export(
    rooms: Rooms,
    room_id: str,
    path: Path,
    *,
    form: str,
    upto: int | None = None,
    pictures: bool = False,
    reasoning: bool = False,
    force: bool = False,
) -> int:
    """Write a room to a file, whole or not at all; return its size in bytes."""
    from transcripts.export import html, jsonl, md, txt  # noqa: PLC0415 - heavy, and only here

    entries = [
        entry for entry in read(rooms.log(room_id)) if upto is None or entry.place <= upto
    ]
    folder = rooms.images(room_id)
    beside = os.path.relpath(folder, path.parent)
    match form:
        case "md":
            pieces: Iterable[str] = [md.export(entries, images=beside, reasoning=reasoning)]
        case "html":
            inline = folder if pictures else None
            pieces = html.export(
                entries, inline_images=inline, images=beside, reasoning=reasoning
            )
        case "jsonl":
            pieces = jsonl.export(entries)
        case _:
            pieces = [txt.export(entries)]
    if path.exists() and not force:
        raise FileExistsError(17, "is there already", str(path))
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with draft.open("w", encoding="utf-8", newline="", errors="surrogatepass") as file:
            for piece in pieces:
                file.write(piece)
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
    return path.stat().st_size
