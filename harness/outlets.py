"""Where archives are read from and go to: files, pipes, standard streams.

What is written is made out of sight and put in its place when it is whole; a pipe is read to
its end first, since an archive is read from its end.
"""

import os
import stat
import sys
import tempfile
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from harness.errors import NotPossible, RoomsUnusable
from harness.halfmade import STAGED, out_of_sight, sweep_staged
from harness.placing import Staging, within

PIECE = 1 << 16
"""Bytes read at once."""


def check_apart(target: Path, sources: Sequence[Path | None]) -> None:
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


@contextmanager
def made(out: Path | None, *, force: bool, rights: int) -> Generator[BinaryIO, None, None]:
    """Yield a file to write to; put it in its place, or pour it out, when all went well."""
    if out is None:
        with troubles("stdout"), tempfile.TemporaryFile() as file:
            yield file
            file.seek(0)
            copied(file, sys.stdout.buffer)
        return
    if out.is_dir():
        raise NotPossible(f"{out} is a folder")
    if out.exists() and not out.is_file():
        raise NotPossible(f"{out} is no plain file: without -o all goes to the standard output")
    folder, name = out.parent, os.fsencode(out.name)
    with troubles(str(out)), staging(folder) as staged:
        staged.check([name], force=force)
        with staged.open(rights=rights) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        staged.place([name], force=force)


@contextmanager
def staging(folder: Path) -> Generator[Staging, None, None]:
    """Yield where files for `folder` are made, with what killed ones left swept away."""
    sweep_staged(folder)
    with Staging(folder, lambda at: out_of_sight(at, STAGED)) as staged:
        yield staged


@contextmanager
def seekable(
    path: Path | None, begins: Callable[[bytes], None]
) -> Generator[tuple[BinaryIO, int], None, None]:
    """Yield an archive's file, and the rights of its readers; a pipe is read to its end.

    Args:
        path: The file; `None` for standard input.
        begins: Raises if a pipe's first bytes are no archive's: it may have no end.
    """
    with ExitStack() as stack:
        given = sys.stdin.buffer if path is None else stack.enter_context(path.open("rb"))
        if path is not None:
            mode = os.fstat(given.fileno()).st_mode
            if stat.S_ISREG(mode):
                yield given, within(mode)
                return
        kept = stack.enter_context(tempfile.TemporaryFile())
        first = given.read(PIECE)
        begins(first)
        kept.write(first)
        copied(given, kept)
        yield kept, 0o777


def copied(source: BinaryIO, target: BinaryIO) -> None:
    """Write all that is left in `source` to `target`."""
    while piece := source.read(PIECE):
        target.write(piece)
    target.flush()


@contextmanager
def troubles(where: str) -> Generator[None, None, None]:
    """Tell what the disk says as an error of ours; a reader who has gone is no trouble."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise RoomsUnusable(f"{where}: {error.strerror or error}") from error
