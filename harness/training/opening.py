"""Plain files opened for reading, whatever they are packed in; nothing else is as much as opened.

A pipe may never say anything and a device never end. `.xz`, `.gz`, `.bz2` and `.zst` are
unpacked while they are read; a `.tar` among them gives its plain members, in order, and nothing
of it is written to the disk. What is unpacked is bounded: a few bytes can hold a thousand
gigabytes.
"""

import bz2
import gzip
import io
import lzma
import os
import stat
import tarfile
import zlib
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any, cast

from harness.errors import NotPossible

MOST = 4_000_000_000
"""Bytes that one file may unpack to."""

PACKED = (".xz", ".gz", ".bz2", ".zst")
ARCHIVES = {".tgz": ".gz", ".txz": ".xz", ".tbz2": ".bz2", ".tzst": ".zst"}
_PIECE = 1 << 20
_BIT = 1 << 10
"""Bytes given to zstd at once; they are 32 MB at most, unpacked."""


def unpacked_name(name: str) -> str:
    """Give a file's name without what says how it is packed: `a.jsonl` for `a.jsonl.xz`."""
    stem, dot, ending = name.rpartition(".")
    packing = ARCHIVES.get(dot + ending.lower())
    if packing:
        return stem + ".tar"
    return stem if dot + ending.lower() in PACKED else name


@contextmanager
def opened(file: Path) -> Generator[IO[bytes]]:
    """Open a plain file for reading, unpacked.

    Raises:
        NotPossible: It is no plain file, cannot be read, or what it is packed with is not
            installed; also when what comes out is damaged or too much.
    """
    try:
        if not stat.S_ISREG(file.stat().st_mode):
            raise NotPossible(f"{file} is no plain file: only files and folders can be read")
        number = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
        with os.fdopen(number, "rb") as raw:
            if not stat.S_ISREG(os.fstat(number).st_mode):  # it may be another one by now
                raise NotPossible(
                    f"{file} is no plain file: only files and folders can be read"
                )
            with _unpacking(file, raw) as whole:
                yield whole
    except (lzma.LZMAError, EOFError, zlib.error, gzip.BadGzipFile, tarfile.TarError) as error:
        raise NotPossible(f"{file} is damaged: {error}") from error
    except OSError as error:
        raise NotPossible(f"{file} cannot be read: {error.strerror or error}") from error


@contextmanager
def _unpacking(file: Path, raw: IO[bytes]) -> Generator[IO[bytes]]:
    ending = file.suffix.lower()
    match ARCHIVES.get(ending, ending):
        case ".xz":
            with lzma.LZMAFile(raw) as out:
                yield cast("IO[bytes]", out)
        case ".gz":
            with gzip.GzipFile(fileobj=raw) as out:
                yield cast("IO[bytes]", out)
        case ".bz2":
            with bz2.BZ2File(raw) as out:
                yield cast("IO[bytes]", out)
        case ".zst":
            zstandard: Any = needed("zstandard", f"{file} is packed with zstd")
            try:
                yield cast("IO[bytes]", _Zstd(raw, zstandard.ZstdDecompressor()))
            except zstandard.ZstdError as error:
                raise NotPossible(f"{file} is damaged: {error}") from error
        case _:
            yield raw


def needed(module: str, why: str) -> Any:
    """Import a package that not everybody has.

    Raises:
        NotPossible: It is not installed; says why it is needed.
    """
    if find_spec(module) is None:
        raise NotPossible(f"{why}, and {module} is not installed: pip install 'enfold[local]'")
    return import_module(module)


def content(stream: IO[bytes], name: str) -> bytes:
    """Read all, but no more than `MOST`.

    Raises:
        NotPossible: There is more.
    """
    got = bytearray()
    while piece := stream.read(_PIECE):
        got += piece
        if len(got) > MOST:
            raise NotPossible(f"{name} unpacks to more than {MOST // 10**9} GB")
    return bytes(got)


def lines(stream: IO[bytes], name: str) -> Iterator[bytes]:
    """Give line after line, together no more than `MOST` bytes.

    Raises:
        NotPossible: There is more.
    """
    left = MOST
    for line in io.BufferedReader(cast("Any", _Readable(stream)), _PIECE):
        left -= len(line)
        if left < 0:
            raise NotPossible(f"{name} unpacks to more than {MOST // 10**9} GB")
        yield line


def members(stream: IO[bytes], name: str) -> Iterator[tuple[str, bytes]]:
    """Give name and content of each plain file in a tar archive, in its order.

    Raises:
        NotPossible: They are too much together.
    """
    left = MOST
    with tarfile.open(fileobj=cast("Any", stream), mode="r|") as archive:
        for member in archive:
            held = archive.extractfile(member) if member.isreg() else None
            if held is None:
                continue
            left -= member.size
            if left < 0:
                raise NotPossible(f"{name} unpacks to more than {MOST // 10**9} GB")
            yield member.name, content(held, name)


class _Zstd(io.RawIOBase):
    """Frames of zstd, unpacked; unlike zstandard's own reader, it knows that one is cut off."""

    def __init__(self, raw: IO[bytes], unpacker: Any) -> None:
        super().__init__()
        self._raw, self._unpacker = raw, unpacker
        self._frame: Any = None
        self._packed, self._plain = b"", memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._plain:
            self._packed = self._packed or self._raw.read(_BIT)
            if not self._packed:
                if self._frame is not None:
                    raise EOFError("it is cut off")
                return 0
            self._frame = self._frame or self._unpacker.decompressobj()
            self._plain = memoryview(self._frame.decompress(self._packed))
            self._packed = b""
            if self._frame.eof:
                self._packed, self._frame = self._frame.unused_data, None
        count = min(len(buffer), len(self._plain))
        buffer[:count], self._plain = self._plain[:count], self._plain[count:]
        return count


class _Readable(io.RawIOBase):
    """Whatever has `read`, as a raw stream: zstandard's has no lines."""

    def __init__(self, stream: IO[bytes]) -> None:
        super().__init__()
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        got = self._stream.read(len(buffer))
        buffer[: len(got)] = got
        return len(got)
