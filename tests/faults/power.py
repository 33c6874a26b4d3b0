"""The plug is pulled: what a disk may hold then, made from a record of what was written.

What a file held when it was last synced is on the disk. Of what was written to it since, any
part may be: every sector of 512 bytes, or every page, got there as it was at some moment, or
did not, whatever became of those before it. A file may be as long as it was by then, or as
what got there; what did not reads as zeros. Files made, renamed and deleted are so in order, up to some moment
after the last sync of anything: that much a journal promises.
"""

import os
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from random import Random
from typing import Final

SECTOR: Final = 512
_RECORD: Final = struct.Struct("<iiqq")
_WRITE, _TRUNCATE, _SYNC, _RENAME, _UNLINK, _CREATE, _MARK = range(1, 8)


@dataclass(frozen=True, slots=True)
class Call:
    """One call, as it was recorded."""

    what: int
    path: str
    offset: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Life:
    """What was done to a folder, call by call."""

    folder: Path
    """As it was before, all of it on the disk."""
    named: Path
    """What the folder was called when it was done."""
    calls: list[Call]


def calls(trace: bytes) -> list[Call]:
    """Return what `faults_record` wrote down."""
    found: list[Call] = []
    at = 0
    while at < len(trace):
        what, name, offset, size = _RECORD.unpack_from(trace, at)
        at += _RECORD.size
        path = os.fsdecode(trace[at : at + name])
        at += name
        found.append(Call(what, path, offset, trace[at : at + size]))
        at += size
    return found


def marks(record: list[Call], upto: int) -> list[str]:
    """Return what was marked before the plug was pulled."""
    return [call.data.decode() for call in record[:upto] if call.what == _MARK]


def synced(record: list[Call], upto: int, path: Path) -> list[str]:
    """Return what was marked before a file was synced last."""
    last = max(
        (
            number
            for number, call in enumerate(record[:upto])
            if call.what == _SYNC and call.path == str(path)
        ),
        default=-1,
    )
    return marks(record, last + 1)


@dataclass(slots=True)
class _File:
    durable: bytes = b""
    now: bytearray = field(default_factory=bytearray)
    since: list[Call] = field(default_factory=list[Call])
    """Calls since it was synced."""

    def write(self, call: Call) -> None:
        _put(self.now, call)
        self.since.append(call)

    def sync(self) -> None:
        self.durable = bytes(self.now)
        self.since.clear()


def pulled(life: Life, upto: int, draw: Random, to: Path) -> None:
    """Make in `to` a disk as it may be when the plug was pulled before call number `upto`.

    Args:
        life: What was done.
        upto: How many of its calls were made.
        draw: Says what got there.
        to: A folder to be made.
    """
    folder, named, record = life.folder, life.named, life.calls
    files = {
        str(named / path.relative_to(folder)): _File(
            path.read_bytes(), bytearray(path.read_bytes())
        )
        for path in folder.rglob("*")
        if path.is_file()
    }
    names = dict(files)
    journal: list[Callable[[], None]] = []  # of names, in order; those that are not safe yet
    on_disk = dict(names)

    def safe() -> None:
        for change in journal:
            change()
        journal.clear()

    for call in record[:upto]:
        if call.what == _CREATE:
            names[call.path] = made = _File()
            journal.append(partial(on_disk.__setitem__, call.path, made))
        elif call.what in {_WRITE, _TRUNCATE}:
            names[call.path].write(call)
        elif call.what == _SYNC:
            if call.path in names:
                names[call.path].sync()
            safe()
        elif call.what == _RENAME:
            origin = os.fsdecode(call.data)
            names[call.path] = file = names.pop(origin)
            journal.append(partial(_renamed, on_disk, origin, call.path, file))
        elif call.what == _UNLINK:
            names.pop(call.path, None)
            journal.append(partial(_gone, on_disk, call.path))
    for change in journal[: draw.randrange(len(journal) + 1)]:
        change()
    for path, file in on_disk.items():
        there = to / Path(path).relative_to(named)
        there.parent.mkdir(parents=True, exist_ok=True)
        there.write_bytes(_left(file, draw))
    for path in folder.rglob("*"):
        if path.is_dir():
            (to / path.relative_to(folder)).mkdir(parents=True, exist_ok=True)


def _renamed(names: dict[str, _File], origin: str, path: str, file: _File) -> None:
    names.pop(origin, None)
    names[path] = file


def _gone(names: dict[str, _File], path: str) -> None:
    names.pop(path, None)


def _left(file: _File, draw: Random) -> bytes:
    """Return what of a file may be there."""
    kept = bytearray(file.durable)
    chance = draw.choice((0.0, 0.3, 0.7, 0.95, 1.0))
    size = draw.choice((SECTOR, 8 * SECTOR))
    reached: dict[int, int] = {}
    for number, call in enumerate(file.since):
        if call.what == _TRUNCATE:
            if draw.random() < chance:
                _put(kept, call)
            continue
        at = 0
        while at < len(call.data):
            sector = (call.offset + at) // size
            part = min(size - (call.offset + at) % size, len(call.data) - at)
            if sector not in reached:
                # It went to the disk once, as it was by then, or never.
                there = draw.random() < chance
                reached[sector] = draw.randrange(number, len(file.since)) if there else -1
            if number <= reached[sector]:
                _put(kept, Call(_WRITE, "", call.offset + at, call.data[at : at + part]))
            at += part
    if len(kept) < len(file.now) and draw.random() < 0.3:
        kept += bytes(len(file.now) - len(kept))
    return bytes(kept)


def _put(held: bytearray, call: Call) -> None:
    if call.what == _TRUNCATE:
        del held[call.offset :]
        held += bytes(call.offset - len(held))
        return
    held += bytes(max(0, call.offset - len(held)))
    held[call.offset : call.offset + len(call.data)] = call.data
