"""Files, folders, streams and rooms folded into one archive (`.hqf`), and unfolded again.

Everything blocks. Whatever is made is made out of sight, verified, and only then put in its
place; what was folded stays where it is. The codec is imported when something is folded.
"""

import os
import stat
import sys
import tempfile
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from harness.errors import NotPossible, RoomsUnusable
from harness.halfmade import STAGED, out_of_sight, staged, sweep_staged
from harness.placing import Staging, within
from harness.rooms import LOG, Rooms

if TYPE_CHECKING:
    from memory.codec.container import Archive
    from memory.codec.guess import Guesser
    from memory.codec.segments import Coder

ENDING = ".hqf"
"""How the names of archives end."""

_PIECE = 1 << 16
"""Bytes read at once."""

Told = Callable[[int], None]
"""Called with the bytes of plaintext done since the last call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One thing to be folded."""

    name: bytes
    """In the archive; empty for a stream."""
    path: Path | None
    """`None` for standard input."""
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


@dataclass(frozen=True, slots=True)
class Folded:
    """What came of folding."""

    members: int
    plain: int
    """Bytes of plaintext."""
    stored: int
    """Bytes of the archive."""
    model: str
    """SHA-256 of the model that guessed; empty without one."""
    changed: tuple[str, ...] = ()
    """What was written to meanwhile: the archive has it as it was read."""


def find(paths: Sequence[Path], names: Sequence[str], rooms: Rooms) -> Found:
    """Return all files of `paths` and all of the rooms; folders are walked.

    Args:
        paths: Files and folders.
        names: Of rooms: ids, their beginnings or titles.
        rooms: Where the rooms are.

    Raises:
        NotPossible: A path is neither, or its name cannot be in an archive.
        NoSuchRoom: No room by that name.
        RoomsUnusable: It cannot be read.
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
        log = rooms.log(room_id)
        top = os.fsencode(room_id)
        with _troubles(str(log)):
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
            if images.is_dir():
                _walk(found, images, top + b"/images", source.rights)
    _check_names(found)
    return found


def called(path: Path) -> str:
    """Return the name that `path` has in an archive: its last part; a link's is its own."""
    return path.name if path.name not in ("", "..") else path.resolve().name


def stream() -> Found:
    """Return standard input as what is to be folded."""
    return Found([Source(name=b"", path=None)])


def fold(
    found: Found,
    out: Path | None,
    *,
    model: bool = True,
    embed: bool = False,
    force: bool = False,
    told: Told | None = None,
) -> Folded:
    """Fold all that was found; every segment is decoded and compared before it counts.

    Args:
        found: What.
        out: The archive; `None` for standard output.
        model: Let the byte model guess, if there is one.
        embed: Put the model inside.
        force: Write over a file that is there.
        told: See `Told`.

    Raises:
        NotPossible: Something is there already, is to be folded itself, or there is no model
            to embed.
        RoomsUnusable: The disk says no; nothing is left behind.
    """
    from memory.codec.container import Kind, Writer  # noqa: PLC0415 - not before it is needed
    from memory.codec.packing import Packer  # noqa: PLC0415

    voice = _voice() if model else None
    if embed and voice is None:
        raise NotPossible("there is no byte model here to embed")
    named = bytes.fromhex(voice.id) if voice is not None else None
    if out is not None:
        _check_apart(out, [source.path for source in found.sources])
    changed: list[str] = []
    with _made(out, force=force, rights=found.rights) as file:
        writer = Writer(
            file, model=named, embedded=voice.file if voice is not None and embed else None
        )
        packer = Packer(writer, _coders(voice), told)
        members = [
            packer.add(
                source.name,
                _content(source, changed),
                kind=Kind.ROOM if source.room else Kind.FILE,
                executable=source.executable,
            )
            for source in found.sources
        ]
        packer.close()
        file.flush()
        with _troubles(str(out or "stdout")):
            _archive(file).check()  # what lies there is what was written
    return Folded(
        len(members),
        sum(member.length for member in members),
        writer.written,
        voice.id if voice is not None else "",
        tuple(changed),
    )


@contextmanager
def opened(path: Path | None, model: Path | None = None) -> Generator["Opened", None, None]:
    """Open an archive, with the model that it needs; all of it is compared to its checksum.

    Args:
        path: Its file; `None` for standard input.
        model: A model's file, if it is neither inside nor shipped.

    Raises:
        ContainerError: It is none, or not what was written.
        RoomsUnusable: It cannot be read.
    """
    with _troubles(str(path or "stdin")), _seekable(path) as (file, rights):
        archive = _archive(file)
        archive.check()
        yield Opened(archive, model, path, rights)


class Opened:
    """An archive that is what was written."""

    def __init__(
        self, archive: "Archive", model: Path | None, path: Path | None, rights: int
    ) -> None:
        """Take an archive and how to read it.

        Args:
            archive: Compared to its checksum.
            model: See `opened`.
            path: Where it lies, if it is a file.
            rights: Of its readers, which those of what comes out of it are not to exceed.
        """
        self.archive = archive
        self._model = model
        self._path = path
        self._rights = rights

    def verify(self, told: Told | None = None) -> None:
        """Decode everything and compare it.

        Raises:
            ContainerError: Its model is not here, or it gives something else.
        """
        for _, piece in self.archive.pieces(self._fresh()):
            if told is not None:
                told(len(piece))

    def unfold(
        self, folder: Path, *, name: bytes = b"", force: bool = False, told: Told | None = None
    ) -> list[Path]:
        """Write all members below `folder`; all of them or none.

        What a forced one takes the place of comes back if another cannot be put in its own.

        Args:
            folder: Made if it is not there.
            name: Instead of its own, of the only member.
            force: Write over files that are there.
            told: See `Told`.

        Returns:
            Where they are.

        Raises:
            ContainerError: Its model is not here, or it gives something else.
            NotPossible: Something is there already, or it is the archive.
            RoomsUnusable: The disk says no.
        """
        members = self.archive.members
        names = [name] if name else [member.name for member in members]
        fresh = self._fresh()
        if self._path is not None:
            for one in names:
                _check_apart(folder / os.fsdecode(one), [self._path])
        with _troubles(str(folder)), _staged(folder) as staging:
            staging.check(names, force=force)
            at, file = -1, None
            try:
                for number, piece in self.archive.pieces(fresh):
                    if number != at or file is None:
                        if file is not None:
                            file.close()
                        runs = members[number].executable
                        file = staging.open(executable=runs, rights=self._rights)
                        at = number
                    file.write(piece)
                    if told is not None:
                        told(len(piece))
            finally:
                if file is not None:
                    file.close()
            staging.place(names, force=force)
        return [folder / os.fsdecode(name) for name in names]

    def pour(
        self, told: Told | None = None, shown: Callable[[bytes], None] | None = None
    ) -> None:
        """Write the only member to standard output, once it is decoded and verified.

        Args:
            told: See `Told`.
            shown: Takes the pieces instead of standard output.

        Raises:
            ContainerError: Its model is not here, or it gives something else.
            RoomsUnusable: There is no room to keep it while it is decoded.
        """
        with _troubles("stdout"), tempfile.TemporaryFile() as kept:
            for _, piece in self.archive.pieces(self._fresh()):
                kept.write(piece)
                if told is not None:
                    told(len(piece))
            kept.seek(0)
            if shown is None:
                _copied(kept, sys.stdout.buffer)
                return
            while piece := kept.read(_PIECE):
                shown(piece)

    def _fresh(self) -> Callable[[], "Coder"]:
        if self.archive.model is None:
            return _coders(None)
        voice = _voice(self.archive.embedded(), self._model)
        self.archive.wants(bytes.fromhex(voice.id) if voice is not None else None)
        return _coders(voice)


@dataclass(frozen=True, slots=True)
class _Voice:
    """A byte model that is here."""

    id: str
    file: bytes
    guesser: "Callable[[], Guesser]"


def _voice(inside: bytes | None = None, given: Path | None = None) -> _Voice | None:
    """Return the model that was given, or lies inside an archive, or is shipped; in that order.

    Raises:
        ModelError: It is damaged, or cannot be computed exactly here.
        RoomsUnusable: It cannot be read.
    """
    from memory.models.choice import taken  # noqa: PLC0415 - not before it is needed
    from memory.models.shipping import shipped  # noqa: PLC0415

    path = given or (shipped() if inside is None else None)
    if path is not None:
        with _troubles(str(path)):
            inside = path.read_bytes()
    if inside is None:
        return None
    chosen = taken(inside)
    return _Voice(chosen.model.id, inside, chosen.guesser)


def _coders(voice: _Voice | None) -> Callable[[], "Coder"]:
    from memory.codec.segments import MOST  # noqa: PLC0415 - not before it is needed
    from memory.codec.turns import Segment  # noqa: PLC0415

    if voice is None:
        return lambda: Segment(most=MOST)
    return lambda: Segment(voice.guesser(), most=MOST)  # one each: it follows one segment


def _archive(file: BinaryIO) -> "Archive":
    from memory.codec.container import Archive  # noqa: PLC0415 - not before it is needed

    return Archive(file)


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


def _check_apart(target: Path, sources: Sequence[Path | None]) -> None:
    """See that what is to be written takes the place of nothing that is read.

    Raises:
        NotPossible: It does.
    """
    try:
        there = target.lstat()
    except OSError:
        return
    for source in sources:
        with suppress(OSError):
            if source is not None and os.path.samestat(there, source.stat()):
                raise NotPossible(
                    f"{target} cannot be read and written over at once: -o names another place"
                )


def _content(source: Source, changed: list[str]) -> Iterator[bytes]:
    """Yield what is in a source, piece by piece; note in `changed` if it is written to.

    Raises:
        RoomsUnusable: It cannot be read.
    """
    try:
        if source.path is None:
            while piece := sys.stdin.buffer.read(_PIECE):
                yield piece
            return
        # What has become a link or a pipe since it was found is neither followed nor waited for.
        flags = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_NOFOLLOW | os.O_CLOEXEC
        with os.fdopen(os.open(source.path, flags), "rb") as file:
            before = os.fstat(file.fileno())
            if not stat.S_ISREG(before.st_mode):
                raise NotPossible(f"{source.path} is no file any more")
            size = 0
            while piece := file.read(_PIECE):
                size += len(piece)
                yield piece
            after = os.fstat(file.fileno())
        if size != after.st_size or before.st_mtime_ns != after.st_mtime_ns:
            changed.append(str(source.path))
    except OSError as error:
        where = source.path or "stdin"
        raise RoomsUnusable(f"{where}: {error.strerror or error}") from error


@contextmanager
def _made(out: Path | None, *, force: bool, rights: int) -> Generator[BinaryIO, None, None]:
    """Yield a file to write to; put it in its place, or pour it out, when all went well."""
    if out is None:
        with _troubles("stdout"), tempfile.TemporaryFile() as file:
            yield file
            file.seek(0)
            _copied(file, sys.stdout.buffer)
        return
    if out.is_dir():
        raise NotPossible(f"{out} is a folder")
    folder, name = out.parent, os.fsencode(out.name)
    with _troubles(str(out)), _staged(folder) as staging:
        staging.check([name], force=force)
        with staging.open(rights=rights) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        staging.place([name], force=force)


@contextmanager
def _staged(folder: Path) -> Generator[Staging, None, None]:
    """Yield where files for `folder` are made, with what killed ones left swept away."""
    sweep_staged(folder)
    with Staging(folder, lambda at: out_of_sight(at, STAGED)) as staging:
        yield staging


@contextmanager
def _seekable(path: Path | None) -> Generator[tuple[BinaryIO, int], None, None]:
    """Yield an archive's file, and the rights of its readers; a pipe is read to its end."""
    with ExitStack() as stack:
        given = sys.stdin.buffer if path is None else stack.enter_context(path.open("rb"))
        if path is not None:
            mode = os.fstat(given.fileno()).st_mode
            if stat.S_ISREG(mode):
                yield given, within(mode)
                return
        kept = stack.enter_context(tempfile.TemporaryFile())
        _copied(given, kept)
        yield kept, 0o777


def _copied(source: BinaryIO, target: BinaryIO) -> None:
    while piece := source.read(_PIECE):
        target.write(piece)
    target.flush()


@contextmanager
def _troubles(where: str) -> Generator[None, None, None]:
    """Tell what the disk says as an error of ours; a reader who has gone is no trouble."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise RoomsUnusable(f"{where}: {error.strerror or error}") from error
