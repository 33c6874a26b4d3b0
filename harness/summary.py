"""A room at a glance, and the glances kept so that a listing need not read every log.

What is kept is known to be old by the log's size and time; it is never the truth, and may go
at any time. Of a room that is archived, the mark in the place of its log keeps its glance.
"""

import json
import os
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, cast

from transcripts.errors import TranscriptError
from transcripts.events import Origin, Spoke
from transcripts.log import read
from transcripts.room import Room, reduce

_MARK: Final = 1
"""Version of what a mark says."""


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
    ids: tuple[str, ...] = ()
    """Of everybody who ever joined, the person included."""
    participants: tuple[str, ...]
    """Labels of the same."""
    last: str
    """The last message, one line."""
    last_by: str = ""
    """Id of who said it."""
    origin: Origin | None = None
    """Of a fork."""
    bytes: int
    """Of the log."""
    archived: bool = False
    """Whether its log is in the bank, and no file any more."""
    own: int = 0
    """Of an archived fork: messages since it parted from its origin."""
    problem: str = ""
    """Why it cannot be read; everything else is then as far as it could."""

    def label(self, participant: str) -> str:
        """Return how `participant` is shown; the id itself if nobody by it joined."""
        return dict(zip(self.ids, self.participants, strict=True)).get(participant, participant)


def summed_up(path: Path, room_id: str) -> Summary:
    """Return what the log at `path` comes to, read whole; a problem if it cannot be read."""
    room, entries, last, last_by, problem = Room(), 0, "", "", ""
    stat = path.stat()
    changed = datetime.fromtimestamp(stat.st_mtime, UTC)
    try:
        for entry in read(path):
            room = reduce(room, entry)
            entries += 1
            changed = entry.at
            if isinstance(entry.event, Spoke):
                last, last_by = entry.event.text, entry.event.author
    except TranscriptError as error:
        problem = str(error)
    return Summary(
        id=room_id,
        path=path.parent,
        title=room.title or room_id,
        changed=changed,
        entries=entries,
        lines=room.lines,
        ids=tuple(seat.id for seat in room.seats),
        participants=tuple(seat.label for seat in room.seats),
        last=" ".join(last.split())[:200],
        last_by=last_by,
        origin=room.opened.origin,
        bytes=stat.st_size,
        problem=problem,
    )


def mark(summary: Summary, stat: os.stat_result, sha256: bytes, *, imported: str = "") -> bytes:
    """Return the mark that takes the place of a log which is archived.

    Args:
        summary: Of the room, read from the log.
        stat: Of the log.
        sha256: Of all its bytes.
        imported: SHA-256 of the file that the room was made from, if it was.
    """
    sums = {"sha256": sha256.hex(), "imported": imported}
    body = {"v": _MARK, **sums, "room": noted(summary, stat)}
    return json.dumps(body, indent=1).encode() + b"\n"


def sums(path: Path) -> tuple[str, str]:
    """Return what the mark at `path` tells: SHA-256 of the log, and of what it was made from.

    Each is empty where it tells none.
    """
    try:
        body: Any = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return "", ""
    match body:
        case {"sha256": str(log), "imported": str(source)}:
            return log, source
        case _:
            return "", ""


def marked(path: Path, room_id: str) -> Summary:
    """Return the glance in the mark at `path`; a problem if it cannot be read.

    Raises:
        OSError: There is none.
    """
    stat = path.stat()
    try:
        body: Any = json.loads(path.read_bytes())
    except (OSError, ValueError):
        body = None
    found = None
    match body:
        case {"v": int(), "room": {"bytes": int(size), "mtime": int()} as room}:
            found = _recalled(cast("dict[str, Any]", room), path)
        case _:
            size = 0
    if found is not None:
        return replace(found, id=room_id, archived=True)
    return Summary(
        id=room_id,
        path=path.parent,
        title=room_id,
        changed=datetime.fromtimestamp(stat.st_mtime, UTC),
        entries=0,
        lines=0,
        participants=(),
        last="",
        bytes=size,
        archived=True,
        problem=f"{path} cannot be read; `enfold archive --restore {room_id}` needs it not",
    )


def noted(summary: Summary, stat: os.stat_result) -> dict[str, Any]:
    """Return `summary` as it is kept, with what it was made from."""
    body = asdict(summary)
    del body["path"], body["problem"]
    body["changed"] = summary.changed.isoformat()
    body["mtime"] = stat.st_mtime_ns
    return body


def recalled(body: Any, path: Path, stat: os.stat_result) -> Summary | None:
    """Return the summary that was kept, if the log is still what it was made from."""
    match body:
        case {"bytes": size, "mtime": mtime} if (size, mtime) == (
            stat.st_size,
            stat.st_mtime_ns,
        ):
            return _recalled(cast("dict[str, Any]", body), path)
        case _:
            return None


def _recalled(body: dict[str, Any], path: Path) -> Summary | None:
    rest = {key: body[key] for key in body if key != "mtime"}
    try:
        rest["changed"] = datetime.fromisoformat(rest["changed"])
        rest["origin"] = Origin(**rest["origin"]) if rest["origin"] else None
        rest["ids"], rest["participants"] = tuple(rest["ids"]), tuple(rest["participants"])
        return Summary(path=path.parent, **rest)
    except (KeyError, TypeError, ValueError):
        return None  # of another version
