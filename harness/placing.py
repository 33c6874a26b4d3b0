"""Files made out of sight and put in their places when all of them are whole.

They lie beside where they go, in a folder nobody else can look into, under numbers. Putting
them in place follows no link below the folder they go to, writes over nothing unless told to,
and takes back what it did where it cannot finish.
"""

import os
from collections.abc import Callable, Generator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Self

from harness.errors import NotPossible, RoomsUnusable

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def within(rights: int) -> int:
    """Return the rights that a file may have whose readers must not be more than of another.

    Args:
        rights: Of the other; its owner's do not matter.
    """
    return 0o700 | (0o070 if rights & 0o040 else 0) | (0o007 if rights & 0o004 else 0)


class Staging:
    """New files for one folder, in the order in which they were opened."""

    def __init__(
        self, folder: Path, hidden: Callable[[Path], AbstractContextManager[Path]]
    ) -> None:
        """Make room for them.

        Args:
            folder: Where they go; made if it is not there.
            hidden: Makes a folder in it that is gone afterwards; nobody else looks into it.

        Raises:
            RoomsUnusable: Nothing can be written there.
        """
        self._folder = folder
        self._made = _mkdirs(folder)
        self._count = 0
        self._kept = False
        self._after = ExitStack()
        self._after.callback(self._forget)
        try:
            self._beside = self._after.enter_context(hidden(folder))
        except OSError as error:
            self._after.close()
            raise RoomsUnusable(f"{folder}: {error.strerror or error}") from error

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Leave nothing behind but what was put in place."""
        self._after.close()

    def open(self, *, executable: bool = False, rights: int = 0o777) -> BinaryIO:
        """Return the next file, open for writing and reading.

        Args:
            executable: Whether it is a program.
            rights: At most; the person's mask takes from them as from any file's.

        Raises:
            OSError: It cannot be made.
        """
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        rights &= 0o777 if executable else 0o666
        number = os.open(self._beside / str(self._count), flags, rights)
        self._count += 1
        return os.fdopen(number, "w+b")

    def check(self, names: Sequence[bytes], *, force: bool) -> None:
        """See early whether `place` would find something in its way.

        Raises:
            NotPossible: It would.
        """
        for name in names:
            path = self._folder / os.fsdecode(name)
            if path.is_dir() or (not force and os.path.lexists(path)):
                raise NotPossible(f"{path} is there already")
            if path.exists() and not path.is_file():
                raise NotPossible(f"{path} is no plain file, and is not written over")

    def place(self, names: Sequence[bytes], *, force: bool) -> None:
        """Give all files their names, or none of them.

        Args:
            names: Of all files in their order, relative, harmless: see `memory.codec.names`.
            force: Write over what is there; not over folders.

        Raises:
            NotPossible: Something is there already, or a folder on the way is none.
            RoomsUnusable: The disk says no.
        """
        undo: list[tuple[Path, Path | None]] = []
        try:
            for number, name in enumerate(names):
                self._put(self._beside / str(number), name, undo, force=force)
        except BaseException:
            for path, old in reversed(undo):
                with suppress(OSError):
                    if old is not None:
                        old.replace(path)
                    else:
                        path.rmdir() if path.is_dir() else path.unlink()
            raise
        self._kept = True

    def _put(
        self,
        source: Path,
        name: bytes,
        undo: list[tuple[Path, Path | None]],
        *,
        force: bool,
    ) -> None:
        shown = self._folder / os.fsdecode(name)
        *folders, last = name.split(b"/")
        try:
            with _walked(self._folder, folders, undo) as inside:
                if force:
                    # A link that is there gives way itself; what it points to stays.
                    there = _there(last, inside)
                    old = self._kept_back(last, inside) if there else None
                    os.replace(source, last, dst_dir_fd=inside)
                    if old is not None or not there:
                        undo.append((shown, old))
                else:
                    if not _linked(source, last, inside):
                        _moved(source, last, inside)
                    undo.append((shown, None))
        except FileExistsError as error:
            raise NotPossible(f"{shown} is there already") from error
        except (NotADirectoryError, IsADirectoryError) as error:
            raise NotPossible(f"{shown}: something else is in its way") from error
        except OSError as error:
            # A link where a folder should be is told as a loop.
            raise RoomsUnusable(f"{shown}: {error.strerror or error}") from error

    def _kept_back(self, name: bytes, inside: int) -> Path | None:
        """Give what is there a second name, so that it can come back; `None` if it has none.

        That is a folder, which no file takes the place of, or a disk without second names.
        """
        old = self._beside / str(self._count)
        try:
            os.link(name, old, src_dir_fd=inside, follow_symlinks=False)
        except OSError:
            return None
        self._count += 1
        return old

    def _forget(self) -> None:
        if self._kept:
            return
        for folder in reversed(self._made):
            with suppress(OSError):
                folder.rmdir()


@contextmanager
def _walked(
    top: Path, folders: Sequence[bytes], undo: list[tuple[Path, Path | None]]
) -> Generator[int, None, None]:
    """Yield a descriptor of the folder `folders` below `top`, made where it is not there."""
    inside = os.open(top, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    path = top
    try:
        for part in folders:
            path /= os.fsdecode(part)
            try:
                below = os.open(part, _FOLDER, dir_fd=inside)
            except FileNotFoundError:
                os.mkdir(part, dir_fd=inside)
                undo.append((path, None))
                below = os.open(part, _FOLDER, dir_fd=inside)
            os.close(inside)
            inside = below
        yield inside
    finally:
        os.close(inside)


def _linked(source: Path, name: bytes, inside: int) -> bool:
    """Give a file its name, if nothing has it; return whether the disk knows how to.

    Raises:
        FileExistsError: Something has it.
    """
    try:
        os.link(source, name, dst_dir_fd=inside)
    except FileExistsError:
        raise
    except OSError:
        return False
    return True


def _moved(source: Path, name: bytes, inside: int) -> None:
    if _there(name, inside):
        raise FileExistsError
    os.replace(source, name, dst_dir_fd=inside)


def _there(name: bytes, inside: int) -> bool:
    try:
        os.stat(name, dir_fd=inside, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def _mkdirs(folder: Path) -> list[Path]:
    """Make `folder` and what is missing above it; return what was made, the top first."""
    missing: list[Path] = []
    at = folder
    while not at.exists() and at != at.parent:
        missing.append(at)
        at = at.parent
    made: list[Path] = []
    try:
        for one in reversed(missing):
            one.mkdir()
            made.append(one)
    except OSError as error:
        for one in reversed(made):
            with suppress(OSError):
                one.rmdir()
        raise RoomsUnusable(f"{folder}: {error.strerror or error}") from error
    if not folder.is_dir():
        raise NotPossible(f"{folder} is no folder")
    return made
