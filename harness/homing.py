"""Rooms brought home from an archive, with what is remembered of them.

The log is byte for byte what was folded, and is all that is believed: a cc has to be the one
that it says it is and that the log tells; what is indexed is indexed again and compared; turns
are coded again by the model that is here. All rooms of an archive come, or none does.
"""

import os
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from harness.archived import readable
from harness.errors import NotPossible
from harness.finding import catch_up
from harness.halfmade import out_of_sight
from harness.outlets import troubles
from harness.paths import made
from harness.portable import MEMORY, MOST, Fold, Remembered, learned, parsed
from harness.rebuilding import laminae, lay_down
from harness.rooms import LOG, Rooms
from harness.unfolding import Opened
from transcripts.errors import TranscriptError
from transcripts.events import Entry, Folded
from transcripts.log import read
from transcripts.room import Room, reduced

if TYPE_CHECKING:
    from memory.bank.bank import Bank
    from memory.cc.base import CC

Told = Callable[[int], None]
"""Called with the bytes done since the last call."""


@dataclass(frozen=True, slots=True)
class Home:
    """A room that was brought home."""

    room: str
    """Id."""
    new: bool
    """Whether its log was not here before."""
    length: int
    """Bytes of the log."""
    told: tuple[str, ...]
    """A line for each thing that is remembered: carried, or made again."""


def ids(archive: Opened) -> list[str]:
    """Return the ids of the rooms in an archive that can be brought home, memory and all."""
    names = {member.name for member in archive.archive.members}
    found: list[str] = []
    for member in archive.archive.members:
        top, _, rest = member.name.partition(b"/")
        if member.kind and rest == LOG.encode() and top + b"/" + MEMORY in names:
            found.append(os.fsdecode(top))
    return found


@dataclass(frozen=True, slots=True)
class _Log:
    """A whole log."""

    entries: Sequence[Entry]
    room: Room
    """What it amounts to."""


def bring_home(
    archive: Opened,
    rooms: Rooms,
    told: Told | None = None,
    remembering: Callable[[str, int], Told | None] | None = None,
) -> list[Home]:
    """Bring the rooms of an archive home: logs, pictures, and what is remembered of them.

    Args:
        archive: With rooms: see `ids`.
        rooms: Where to.
        told: Called with the bytes decoded since the last call.
        remembering: Called with each room's id and the bytes of its log when that is in its
            place; returns what is told the bytes coded again.

    Raises:
        NotPossible: There is another room of that id, or what is no room. Nothing is changed.
        ContainerError: The archive's model is not here, or it is altered. Nothing is changed.
        RoomsUnusable: The disk says no.
        BankError: The bank cannot be written; the rooms are here.
    """
    made(rooms.folder)
    wanted = ids(archive)
    for room_id in wanted:
        if room_id.startswith((".", "-")) or "~" in room_id:
            raise NotPossible(f"{room_id!r} is no id of a room: -o FOLDER/ unfolds files")
    homes: list[Home] = []
    with troubles(str(rooms.folder)), out_of_sight(rooms.folder) as folder:
        kept = _unfolded(archive, folder, wanted, told)
        new = [_checked(rooms, room_id, folder / room_id / LOG) for room_id in wanted]
        for room_id, is_new in zip(wanted, new, strict=True):
            if is_new:
                (folder / room_id).rename(rooms.folder / room_id)
        for room_id, is_new in zip(wanted, new, strict=True):
            length = rooms.summary(room_id).bytes
            note = remembering(room_id, length) if remembering is not None else None
            lines = _remembered(rooms, room_id, kept[room_id], note)
            homes.append(Home(room_id, is_new, length, tuple(lines)))
    return homes


def _unfolded(
    archive: Opened, folder: Path, wanted: Sequence[str], told: Told | None
) -> dict[str, dict[bytes, bytes]]:
    """Write logs and pictures below `folder`; return the rest, by room and name."""
    kept: dict[str, dict[bytes, bytes]] = {room_id: {} for room_id in wanted}
    members = archive.archive.members
    at, file = -1, None
    try:
        for number, piece in archive.pieces(told):
            top, _, rest = members[number].name.partition(b"/")
            room_id = os.fsdecode(top)
            if room_id not in kept:
                raise NotPossible(
                    f"{room_id} is no room with its memory: -o FOLDER/ unfolds it"
                )
            if rest == MEMORY or rest.startswith(b"memory/"):
                whole = kept[room_id].get(rest, b"") + piece
                if len(whole) > MOST:
                    raise NotPossible(f"{os.fsdecode(rest)} is too large to be remembered")
                kept[room_id][rest] = whole
                continue
            if number != at:
                if file is not None:
                    file.close()
                file, at = _new(folder / room_id, rest), number
            if file is not None:
                file.write(piece)
    finally:
        if file is not None:
            file.close()
    return kept


def _new(folder: Path, name: bytes) -> BinaryIO:
    """Return a new file of a room, 0600: its log or a picture.

    Raises:
        NotPossible: Nothing else is a room's.
    """
    parts = name.split(b"/")
    if name != LOG.encode() and not (len(parts) == 2 and parts[0] == b"images"):
        raise NotPossible(f"{os.fsdecode(name)} is nothing of a room: -o FOLDER/ unfolds it")
    path = folder / os.fsdecode(name)
    made(path.parent)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    return os.fdopen(os.open(path, flags, 0o600), "wb")


def _checked(rooms: Rooms, room_id: str, log: Path) -> bool:
    """Whether a room is new here.

    Raises:
        NotPossible: There is another one of its id.
    """
    if not (rooms.folder / room_id).exists():
        return True
    try:
        same = _sum(readable(rooms, room_id)) == _sum(log)
    except OSError:
        same = False
    if not same:
        raise NotPossible(
            f"there is another room {room_id} here: -o FOLDER/ unfolds this one beside it"
        )
    return False


def _sum(path: Path) -> bytes:
    return sha256(path.read_bytes()).digest()


def _remembered(
    rooms: Rooms, room_id: str, kept: dict[bytes, bytes], told: Told | None
) -> list[str]:
    """Fill the bank with what an archive told, and return a line for each thing."""
    from memory.bank.bank import Bank  # noqa: PLC0415 - heavy, and only here

    try:
        entries = list(read(readable(rooms, room_id)))
    except TranscriptError as error:
        return [f"nothing is remembered: {error}"]
    try:
        told_ = parsed(kept, len(entries))
    except ValueError as error:
        return [f"nothing is remembered: what is told of it {error}; `enfold bank rebuild`"]
    with closing(Bank(rooms.bank)) as bank:
        log = _Log(entries, reduced(entries))
        lines = [_cc(bank, room_id, *one, log) for one in told_.cc]
        lines += _laid(bank, room_id, told_, log, told)
        catch_up(bank, rooms)
    return lines


def _cc(bank: "Bank", room_id: str, cc: "CC", fold: Fold, log: "_Log") -> str:
    """Keep a cc that an archive carried, if it is the one that it says it is."""
    carrier = cc.carrier
    if not fold.state:
        state = learned(carrier, cc.upto, log.entries, log.room) or b""
        cc = replace(cc, state=state)
    if cc.digest != fold.digest:
        return f"cc ({carrier}): left out, it is not what was folded"
    logged = {
        (event.last, event.digest)
        for entry in log.entries
        if isinstance(event := entry.event, Folded) and event.carrier == carrier
    }
    if logged and (cc.upto, cc.digest) not in logged:
        return f"cc ({carrier}): left out, the log knows no such fold"
    if any(row.upto >= cc.upto for row in bank.history(room_id, carrier)):
        return f"cc ({carrier}): here already"
    bank.keep(room_id, cc, first=fold.first, size=fold.size, seconds=fold.seconds)
    older = f"; {fold.folds - 1:,} older ones stay behind" if fold.folds > 1 else ""
    size = f"{fold.size:,} bytes"
    return f"cc ({carrier}): carried, as it was after place {cc.upto}, {size}{older}"


def _laid(
    bank: "Bank",
    room_id: str,
    told_: Remembered,
    log: "_Log",
    progress: Told | None,
) -> list[str]:
    """Lay a room's turns and laminae down, if they are not here; compare their index rows."""
    from memory.bank.reading import verify  # noqa: PLC0415 - with the bank, not before

    room = log.room
    at = bank.turns.reached(room_id)
    there = laminae(bank, room_id)
    spans = room.laminae or tuple(told_.rows)
    if at.turns and set(spans) <= set(there) and not verify(bank.turns, room_id):
        return [f"turns and laminae: here already, {at.turns:,} and {len(there):,}"]
    laid = lay_down(bank, room_id, log.entries, room, rows=told_.rows, told=progress)
    try:
        found = laminae(bank, laid.name)
        bank.anew.take(room_id, laid.name, at)
    except BaseException:
        bank.anew.drop(laid.name)
        raise
    lines = [f"turns: {laid.turns:,} coded again"]
    if not found:
        return lines
    same = sum(
        told_.index.get(span) == leaf.gist + leaf.words for span, (leaf, _) in found.items()
    )
    others = len(found) - same
    how = (
        f"; {others:,} are indexed otherwise than they were"
        if others
        else ", indexed as before"
    )
    return [*lines, f"laminae: {len(found):,} along the same places{how}"]
