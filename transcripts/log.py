"""A room's log: an append-only file of lines, the only truth about the room.

Writing holds a lock for as long as the log is open; reading needs none. An entry is either
wholly in the file, newline and all, or it is not recorded: a write that fails half-way is
taken back, and half a line left by a crash is moved aside when the log is next opened.
"""

import errno
import fcntl
import os
import re
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Self

from transcripts.errors import BrokenLog, LogArchived, LogUnwritable, RoomBusy
from transcripts.events import Entry, Event, Repaired, Source
from transcripts.wire import decode_line, encode

ARCHIVED = "log.archived"
"""File beside a log that is archived, and in its place: so that nobody begins another."""

_UNSYNCED = (errno.EINVAL, errno.ENOSPC, errno.EROFS)
"""What syncing a file says that knows no syncing, or to which nothing was written."""

SECTOR = 512
"""Bytes that a disk writes whole or not at all, at least."""

_EMPTY = (
    "a stretch of it is zeros, as a loss of power leaves them; `enfold resume` moves it aside"
)
_PLACE = re.compile(rb'\{"v":\d+,"place":(\d+),')
"""How `encode` begins a line."""


class Log:
    """A log open for writing. Use as a context manager, or `close` it."""

    def __init__(self, path: Path, *, now: datetime, known: Sequence[Entry] = ()) -> None:
        """Open or make the log at `path`; its folder exists.

        Half a last line, left by a crash, and whatever comes from where a loss of power left
        zeros, is moved to `<path>.torn` and noted with a `Repaired` entry at the time `now`.

        Args:
            path: The file.
            now: Time of a `Repaired`.
            known: Its first entries, if they were read already: they are not read again.

        Raises:
            RoomBusy: Another process has it open.
            LogArchived: It is archived, and has to be restored first.
            LogUnwritable: It cannot be opened for writing.
            BrokenLog: A whole line in it is not an entry.
            NewerLog: It was written by a later version.
        """
        self.path = path
        if away(path):
            raise LogArchived(path)
        try:
            self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise LogUnwritable(path, _why(error)) from error
        try:
            _lock(self._fd, path)
            self._belongs()
            if known and last_place(path) < known[-1].place:
                known = ()  # not of this file
            self.entries: list[Entry] = [*known]
            self._end = self._read_on()
            self._cut = False
            """Whether behind `_end` there may be half a line that could not be taken back."""
            self._repair(now)
        except BaseException:
            os.close(self._fd)
            raise

    def append(self, at: datetime, event: Event, source: Source | None = None) -> Entry:
        """Record `event` in the next place; it is in the file when this returns.

        Raises:
            LogUnwritable: It could not be written; the file is as it was.
        """
        return self.extend([(at, event, source)])[0]

    def extend(self, entries: Iterable[tuple[datetime, Event, Source | None]]) -> list[Entry]:
        """Record many at once, all or none, and return them.

        Raises:
            LogUnwritable: They could not be written; the file is as it was, or will be with
                the next line where the disk does not even let half a line be taken back.
        """
        made = [
            Entry(len(self.entries) + i, at, event, source)
            for i, (at, event, source) in enumerate(entries)
        ]
        self._write("".join(encode(entry) + "\n" for entry in made).encode())
        self.entries.extend(made)
        return made

    def sync(self) -> None:
        """Make what was recorded survive a loss of power too. It waits for the disk.

        Raises:
            LogUnwritable: The disk failed; what it has is not known.
        """
        try:
            os.fsync(self._fd)
        except OSError as error:
            if error.errno not in _UNSYNCED:
                raise LogUnwritable(self.path, _why(error)) from error

    def close(self) -> None:
        """Close the file and give up the lock. A second time does nothing.

        Raises:
            LogUnwritable: The disk failed; what it has is not known. The file is closed.
        """
        if self._fd >= 0:
            try:
                self._take_back()
                os.fsync(self._fd)
            except OSError as error:
                if error.errno not in _UNSYNCED:
                    raise LogUnwritable(self.path, _why(error)) from error
            finally:
                os.close(self._fd)
                self._fd = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _belongs(self) -> None:
        """See that the file is the room's: it may have been archived since it was opened.

        Raises:
            LogArchived: It was; an empty file that this made is none in its place.
            LogUnwritable: It was moved away while this waited for the lock.
        """
        if away(self.path):
            raise LogArchived(self.path)
        if not os.fstat(self._fd).st_nlink:
            raise LogUnwritable(self.path, "it was moved away just now")

    def _read_on(self) -> int:
        """Read the entries that are not known yet; return how long what they are is, in bytes.

        A loss of power leaves zeros where something was never written to the disk. What comes
        from there on had not been there for long, and is moved aside.
        """
        try:
            for entry in read(self.path, start=len(self.entries)):
                self.entries.append(entry)
        except BrokenLog as error:
            if (start := _hole(self._fd, error.line)) is None:
                raise
            return start
        return _whole_length(self._fd)

    def _write(self, line: bytes) -> None:
        done = 0
        try:
            self._take_back()
            while done < len(line):
                done += os.write(self._fd, line[done:])
        except OSError as error:
            # What got through is half a line: take it back, so that the file stays whole.
            self._cut = True
            with suppress(OSError):  # else before the next line, or when it is next opened
                self._take_back()
            raise LogUnwritable(self.path, _why(error)) from error
        self._end += len(line)

    def _take_back(self) -> None:
        if self._cut:
            os.ftruncate(self._fd, self._end)
            self._cut = False

    def _repair(self, now: datetime) -> None:
        length = os.fstat(self._fd).st_size
        if length == self._end:
            return
        torn = os.pread(self._fd, length - self._end, self._end)
        beside = self.path.with_name(self.path.name + ".torn")
        try:
            fd = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
            try:
                os.write(fd, torn + b"\n")
                os.fsync(fd)
            finally:
                os.close(fd)
            os.ftruncate(self._fd, self._end)
            os.fsync(self._fd)  # so that nothing new is ever mixed with what was there
        except OSError as error:
            raise LogUnwritable(self.path, _why(error)) from error
        self.append(now, Repaired(bytes=len(torn), file=beside.name))


def read(path: Path, *, start: int = 0) -> Iterator[Entry]:
    """Yield the entries of the log at `path` from place `start` on, without locking it.

    Half a last line is passed over: whoever writes it may not be done.

    Raises:
        LogArchived: It is archived: what is decoded of it is read instead.
        BrokenLog: It cannot be read, a whole line is not an entry, or one is out of place.
        NewerLog: It was written by a later version.
    """
    try:
        opened = path.open("rb")
    except OSError as error:
        if away(path):
            raise LogArchived(path) from error
        raise BrokenLog(path, 0, f"cannot be read ({error.strerror or error})") from error
    with opened as lines:
        for number, line in enumerate(lines, 1):
            if not line.endswith(b"\n"):
                return
            if number <= start:
                continue
            if b"\0" in line:
                raise BrokenLog(path, number, _EMPTY)
            try:
                text = line.decode()
            except UnicodeDecodeError as error:
                raise BrokenLog(path, number, "not UTF-8") from error
            entry = decode_line(text, path=path, number=number)
            if entry.place != number - 1:
                raise BrokenLog(path, number, f"is place {entry.place}, not {number - 1}")
            yield entry


@contextmanager
def held(path: Path) -> Generator[None, None, None]:
    """Keep writers out for as long as the block lasts, without reading the log.

    Raises:
        RoomBusy: Another process, or another part of this one, has it open.
        OSError: It cannot be opened.
    """
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        _lock(fd, path)
        yield
    finally:
        os.close(fd)


def away(path: Path) -> bool:
    """Whether the log at `path` is archived: its mark is there and no line of it is."""
    with suppress(OSError):
        if path.stat().st_size:
            return False
    return path.with_name(ARCHIVED).exists()


def last_place(path: Path) -> int:
    """Return the place of the last whole entry, -1 if there is none, reading little more.

    Of what it reads it believes the place alone: whoever wants the entry reads the log.

    Raises:
        OSError: It cannot be read.
    """
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        end = _whole_length(fd)
        start = max(0, end - 1)
        while start > 0:
            before = max(0, start - 65536)
            newline = os.pread(fd, start - before, before).rfind(b"\n")
            if newline >= 0:
                start = before + newline + 1
                break
            start = before
        found = _PLACE.match(os.pread(fd, 64, start)) if end else None
        return int(found[1]) if found else -1
    finally:
        os.close(fd)


def _lock(fd: int, path: Path) -> None:
    """Take the one writer's lock; it goes with the process, however that ends."""
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise RoomBusy(path) from error


def _whole_length(fd: int) -> int:
    """Length in bytes up to and including the last newline."""
    end = os.fstat(fd).st_size
    while end > 0:
        start = max(0, end - 65536)
        newline = os.pread(fd, end - start, start).rfind(b"\n")
        if newline >= 0:
            return start + newline + 1
        end = start
    return 0


def _hole(fd: int, line: int) -> int | None:
    """Return where a line begins, in bytes, if a loss of power left zeros in it.

    Such zeros begin or end where a sector does; a zero that a disk made by itself hardly does.
    """
    if not line:
        return None
    with os.fdopen(os.dup(fd), "rb") as file:
        file.seek(0)
        start = sum(len(file.readline()) for _ in range(line - 1))
        broken = file.readline()
    for zeros in re.finditer(rb"\0+", broken):
        if not ((start + zeros.start()) % SECTOR and (start + zeros.end()) % SECTOR):
            return start
    return None


def _why(error: OSError) -> str:
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            return "the disk is full"
        case errno.EROFS:
            return "the disk is read-only"
        case errno.EACCES | errno.EPERM:
            return "no permission to write"
        case _:
            return error.strerror or str(error)
