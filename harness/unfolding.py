"""An archive (`.hqf`) read: listed, verified, unfolded into files or poured out.

Everything blocks. Nothing gets its name before all of it is decoded and is what was folded.
"""

import os
import sys
import tempfile
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from harness.coders import coders, voice
from harness.folding import Told
from harness.outlets import PIECE, check_apart, copied, seekable, staging, troubles

if TYPE_CHECKING:
    from memory.codec.container import Archive
    from memory.codec.segments import Coder


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
    from memory.codec.container import Archive, begins  # noqa: PLC0415 - not before it is needed

    with troubles(str(path or "stdin")), seekable(path, begins) as (file, rights):
        archive = Archive(file)
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
        for _ in self.pieces(told):
            pass

    def pieces(self, told: Told | None = None) -> Iterator[tuple[int, bytes]]:
        """Yield all plaintext as (number of the member, piece): see `Archive.pieces`.

        Raises:
            ContainerError: Its model is not here, or it gives something else.
        """
        from memory.codec.steps import Steps  # noqa: PLC0415 - not before it is needed

        steps = Steps(told)
        for number, piece in self.archive.pieces(steps.reading(self._fresh())):
            steps.part(len(piece))
            yield number, piece
        steps.done(0)

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
        self._fresh()  # its model is here
        if self._path is not None:
            for one in names:
                check_apart(folder / os.fsdecode(one), [self._path])
        with troubles(str(folder)), staging(folder) as staged:
            staged.check(names, force=force)
            at, file = -1, None
            try:
                for number, piece in self.pieces(told):
                    if number != at or file is None:
                        if file is not None:
                            file.close()
                        runs = members[number].executable
                        file = staged.open(executable=runs, rights=self._rights)
                        at = number
                    file.write(piece)
            finally:
                if file is not None:
                    file.close()
            staged.place(names, force=force)
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
        with troubles("stdout"), tempfile.TemporaryFile() as kept:
            for _, piece in self.pieces(told):
                kept.write(piece)
            kept.seek(0)
            if shown is None:
                copied(kept, sys.stdout.buffer)
                return
            while piece := kept.read(PIECE):
                shown(piece)

    def _fresh(self) -> Callable[[], "Coder"]:
        if self.archive.model is None:
            return coders(None)
        by = voice(self.archive.embedded(), self._model)
        self.archive.wants(bytes.fromhex(by.id) if by is not None else None)
        return coders(by)
