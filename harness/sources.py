"""What is folded: files, folders, rooms and streams, found first and read later.

Folders are walked and links in them passed over; what may be read by whom is noted, so that
an archive is not read by more people than what is in it. Everything blocks.
"""

import os
import stat
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from harness.archived import readable
from harness.errors import NotPossible, RoomsUnusable
from harness.halfmade import staged
from harness.outlets import PIECE, troubles
from harness.placing import within
from harness.rooms import LOG, Rooms


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One thing to be folded."""

    name: bytes
    """In the archive; empty for a stream."""
    path: Path | None
    """`None` for standard input."""
    data: bytes | None = None
    """What it is, where it lies in no file; then `path` is what it is about."""
    room: bool = False
    """Whether it is a room's log."""
    executable: bool = False
    size: int = 0
    """Bytes, as far as is known before it is read."""
    rights: int = 0o777
    """Of those who may read it where it lies: see `harness.placing.within`."""


@dataclass(slots=True)
class Found:
    """What is to be folded, and what was left out."""

    sources: list[Source] = field(default_factory=list[Source])
    left_out: list[str] = field(default_factory=list[str])
    """A line for each: what it is and why."""

    @property
    def size(self) -> int:
        """Bytes of all, as far as is known; 0 where one is a stream."""
        if any(source.path is None for source in self.sources):
            return 0
        return sum(source.size for source in self.sources)

    @property
    def rights(self) -> int:
        """Of those who may read all of it."""
        rights = 0o777
        for source in self.sources:
            rights &= source.rights
        return rights


def find(
    paths: Sequence[Path], names: Sequence[str], rooms: Rooms, *, pictures: bool = True
) -> Found:
    """Return all files of `paths` and all of the rooms; folders are walked.

    Args:
        paths: Files and folders.
        names: Of rooms: ids, their beginnings or titles.
        rooms: Where the rooms are.
        pictures: Of the rooms, too.

    Raises:
        NotPossible: A path is neither, or its name cannot be in an archive.
        NoSuchRoom: No room by that name.
        RoomsUnusable: It cannot be read.
        BankError: It is archived, and cannot be decoded.
    """
    found = Found()
    for path in paths:
        try:
            # A link named by the person is followed, no other.
            _add(found, path.resolve(), os.fsencode(called(path)), path.stat(), 0o777)
        except OSError as error:
            raise RoomsUnusable(f"{path}: {error.strerror or error}") from error
    for name in names:
        room_id = rooms.find(name)
        log = readable(rooms, room_id)
        top = os.fsencode(room_id)
        with troubles(str(log)):
            status = log.stat()
            source = Source(
                name=top + b"/" + LOG.encode(),
                path=log,
                room=True,
                size=status.st_size,
                rights=within(status.st_mode),
            )
            found.sources.append(source)
            images = rooms.images(room_id)
            if not pictures and images.is_dir() and (count := sum(1 for _ in images.iterdir())):
                found.left_out.append(
                    f"{count} pictures of {room_id}: --pictures takes them in"
                )
            elif images.is_dir() and any(images.iterdir()):
                _walk(found, images, top + b"/images", source.rights)
    _check_names(found)
    return found


def called(path: Path) -> str:
    """Return the name that `path` has in an archive: its last part; a link's is its own."""
    return path.name if path.name not in ("", "..") else path.resolve().name


def stream() -> Found:
    """Return standard input as what is to be folded."""
    return Found([Source(name=b"", path=None)])


def content(source: Source, changed: list[str]) -> Iterator[bytes]:
    """Yield what is in a source, piece by piece; note in `changed` if it is written to.

    Raises:
        RoomsUnusable: It cannot be read.
    """
    try:
        if source.data is not None:
            yield source.data
            return
        if source.path is None:
            while piece := sys.stdin.buffer.read(PIECE):
                yield piece
            return
        # What has become a link or a pipe since it was found is neither followed nor waited for.
        flags = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_NOFOLLOW | os.O_CLOEXEC
        with os.fdopen(os.open(source.path, flags), "rb") as file:
            before = os.fstat(file.fileno())
            if not stat.S_ISREG(before.st_mode):
                raise NotPossible(f"{source.path} is no file any more")
            size = 0
            while piece := file.read(PIECE):
                size += len(piece)
                yield piece
            after = os.fstat(file.fileno())
        if size != after.st_size or before.st_mtime_ns != after.st_mtime_ns:
            changed.append(str(source.path))
    except OSError as error:
        where = source.path or "stdin"
        raise RoomsUnusable(f"{where}: {error.strerror or error}") from error


def _add(found: Found, path: Path, name: bytes, status: os.stat_result, above: int) -> None:
    """Add a file, or all below a folder, which those who have the rights `above` may enter."""
    mode = status.st_mode
    rights = above & within(mode)
    if stat.S_ISDIR(mode):
        _walk(found, path, name, rights)
    elif stat.S_ISREG(mode):
        runs = bool(mode & stat.S_IXUSR)
        size = status.st_size
        source = Source(name=name, path=path, executable=runs, size=size, rights=rights)
        found.sources.append(source)
    else:
        raise NotPossible(f"{path} is neither a file nor a folder; `-` reads a pipe")


def _walk(found: Found, folder: Path, name: bytes, rights: int) -> None:
    """Add all files below `folder`, in the order of their names; links are not followed."""
    with os.scandir(folder) as entries:
        inside = sorted(entries, key=lambda entry: os.fsencode(entry.name))
    if not inside:
        found.left_out.append(f"{folder}: an empty folder")
    for entry in inside:
        path = Path(entry.path)
        status = entry.stat(follow_symlinks=False)
        if stat.S_ISDIR(status.st_mode) and staged(entry.name):
            found.left_out.append(
                f"{path}: being made by enfold, or left by one that was killed"
            )
        elif stat.S_ISDIR(status.st_mode) or stat.S_ISREG(status.st_mode):
            _add(found, path, name + b"/" + os.fsencode(entry.name), status, rights)
        else:
            kind = "a link" if entry.is_symlink() else "no file"
            found.left_out.append(f"{path}: {kind}")


def _check_names(found: Found) -> None:
    from memory.codec.names import check_all  # noqa: PLC0415 - not before it is needed
    from memory.errors import UnsafeName  # noqa: PLC0415

    try:
        check_all([source.name for source in found.sources])
    except UnsafeName as error:
        raise NotPossible(f"cannot be folded: {error}") from error
