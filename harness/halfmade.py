"""Folders of rooms that are being made, out of sight until there is a whole room in them.

Whoever makes one holds a lock on it for as long as that takes, and then renames it. The lock
goes with the process, however that ends: a folder that nobody holds was left by a kill, and
is swept away. Where a file system knows no such locks, nothing is swept and nothing is lost.
"""

import fcntl
import os
import shutil
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import mkdtemp

PREFIX = ".making-"
"""How the names of such folders begin; a listing passes over them."""


@contextmanager
def out_of_sight(rooms: Path) -> Generator[Path, None, None]:
    """Yield a new folder in `rooms` that nobody lists; delete it unless it was renamed.

    Args:
        rooms: The folder of all rooms; exists.

    Raises:
        OSError: It cannot be made.
    """
    folder, lock = _held(rooms)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)  # if it is still there under that name
        os.close(lock)


def sweep(rooms: Path) -> None:
    """Delete what processes that were killed have left half-made; no error if that fails."""
    with suppress(OSError), os.scandir(rooms) as found:
        left = [Path(one.path) for one in found if one.name.startswith(PREFIX)]
        for folder in left:
            _sweep(folder)


def _sweep(folder: Path) -> None:
    with suppress(OSError):  # held, gone by now, or not ours
        lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder)
        finally:
            os.close(lock)


def _held(rooms: Path) -> tuple[Path, int]:
    """Return a new folder, mode 0700, and the descriptor that holds the lock on it."""
    while True:
        folder = Path(mkdtemp(prefix=PREFIX, dir=rooms))
        try:
            lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except FileNotFoundError:
            continue  # swept away before it could be held
        with suppress(OSError):
            fcntl.flock(lock, fcntl.LOCK_EX)
        if folder.exists():
            return folder, lock
        os.close(lock)
