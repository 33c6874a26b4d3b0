"""Folders of what is being made, out of sight until it is whole: rooms, and files unfolded.

Whoever makes one holds a lock on it for as long as that takes, and then renames it. The lock
goes with the process, however that ends: a folder that nobody holds was left by a kill, and
is swept away. Where a file system knows no such locks, nothing is swept and nothing is lost.
"""

import fcntl
import os
import re
import shutil
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import mkdtemp

PREFIX = ".making-"
"""How the names of rooms' folders begin; a listing passes over them."""
STAGED = ".enfold-"
"""How the names of folders of files begin, wherever files are made."""

_NAME = re.compile(r"[a-z0-9_]{8}")
"""What `mkdtemp` puts behind."""
_NUMBER = re.compile(r"[0-9]{1,9}")
"""Name of a staged file. A folder with any other is none of ours, whatever it is called."""


@contextmanager
def out_of_sight(rooms: Path, prefix: str = PREFIX) -> Generator[Path, None, None]:
    """Yield a new folder in `rooms` that nobody lists; delete it unless it was renamed.

    Args:
        rooms: The folder of all rooms, or another; exists.
        prefix: `PREFIX` or `STAGED`.

    Raises:
        OSError: It cannot be made.
    """
    folder, lock = _held(rooms, prefix)
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


def sweep_staged(folder: Path) -> None:
    """Delete folders of files that processes that were killed have left in `folder`.

    It may be anybody's folder: only what is ours, and holds nothing but numbered files, goes.
    """
    with suppress(OSError), os.scandir(folder) as found:
        for path in [Path(one.path) for one in found if staged(one.name)]:
            with suppress(OSError):
                ours = path.lstat().st_uid == os.geteuid()
                if ours and all(_NUMBER.fullmatch(one.name) for one in path.iterdir()):
                    _sweep(path)


def staged(name: str) -> bool:
    """Whether a folder of that name may hold files that are being made."""
    return name.startswith(STAGED) and bool(_NAME.fullmatch(name, len(STAGED)))


def _sweep(folder: Path) -> None:
    with suppress(OSError):  # held, gone by now, or not ours
        lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder)
        finally:
            os.close(lock)


def _held(rooms: Path, prefix: str) -> tuple[Path, int]:
    """Return a new folder, mode 0700, and the descriptor that holds the lock on it."""
    while True:
        folder = Path(mkdtemp(prefix=prefix, dir=rooms))
        try:
            lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except FileNotFoundError:
            continue  # swept away before it could be held
        with suppress(OSError):
            fcntl.flock(lock, fcntl.LOCK_EX)
        if folder.exists():
            return folder, lock
        os.close(lock)
