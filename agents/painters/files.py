"""Pictures as bytes: what they are, and where they are kept.

Bytes come from model servers and are believed in nothing: the kind is read from the bytes
themselves, the size from their header, and the end must be there. Nothing is decoded, so a
small file that unfolds to gigabytes costs nothing here. Files are named by their content.
"""

import os
import struct
import zlib
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from secrets import token_hex

from agents.errors import PaintError
from agents.painters.base import Picture

LARGEST = 20 << 20
"""Bytes of one picture."""
MOST_PIXELS = 50_000_000
"""A picture of 50 megapixels unfolds to 200 MB, the most we would ask of who shows it."""
LONGEST_SIDE = 20_000
"""Pixels."""

SUFFIX = {"image/png": ".png", "image/jpeg": ".jpg", "image/webp": ".webp", "image/gif": ".gif"}

_PNG = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True, slots=True)
class Kind:
    """What some bytes turned out to be."""

    mime: str
    width: int
    """Pixels."""
    height: int
    """Pixels."""


@dataclass(frozen=True, slots=True)
class StoredImage:
    """A picture in a folder."""

    name: str
    """File name: the digest, and a suffix for its kind."""
    sha256: str
    """Hexadecimal, of the whole file."""
    bytes: int


def check(data: bytes) -> Kind:
    """Return what `data` is: a whole PNG, JPEG, WebP or GIF of bearable size.

    Raises:
        PaintError: It is something else, breaks off, or is too large.
    """
    if len(data) > LARGEST:
        raise PaintError(f"the picture has {len(data):,} bytes; {LARGEST:,} is the most")
    try:
        kind = _kind(data)
    except (struct.error, IndexError) as error:
        raise PaintError("the picture breaks off") from error
    if not (0 < kind.width <= LONGEST_SIDE and 0 < kind.height <= LONGEST_SIDE):
        raise PaintError(f"a picture of {kind.width} by {kind.height} pixels is not taken")
    if kind.width * kind.height > MOST_PIXELS:
        raise PaintError(
            f"the picture has {kind.width} by {kind.height} pixels; {MOST_PIXELS:,} is the most"
        )
    return kind


def store(folder: Path, picture: Picture) -> StoredImage:
    """Keep `picture` in `folder` under a name made of its content; return where.

    The file appears whole or not at all, readable by its owner alone. The same bytes are kept
    once. Blocks on the disk.

    Raises:
        PaintError: It is not what it says it is, or cannot be written.
    """
    kind = check(picture.data)
    if kind.mime != picture.mime:
        raise PaintError(f"the picture is {kind.mime}, not {picture.mime}")
    digest = sha256(picture.data).hexdigest()
    stored = StoredImage(f"{digest}{SUFFIX[kind.mime]}", digest, len(picture.data))
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not _kept(folder / stored.name, picture.data):
            _write(folder / stored.name, picture.data)
    except OSError as error:
        raise PaintError(f"the picture could not be kept: {error.strerror}") from error
    return stored


def _kept(path: Path, data: bytes) -> bool:
    """Whether `path` is a file of exactly `data`; a link to one does not count."""
    try:
        return not path.is_symlink() and path.read_bytes() == data
    except (FileNotFoundError, IsADirectoryError):
        return False


def _write(path: Path, data: bytes) -> None:
    # A name of its own for each writer: two of them may keep the same picture at once.
    partial = path.with_name(f".{path.stem[:16]}-{token_hex(4)}.partial")
    try:
        handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except BaseException:
        with suppress(FileNotFoundError):
            partial.unlink()
        raise
    handle = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(handle)  # the name as well as the content
    finally:
        os.close(handle)


def _kind(data: bytes) -> Kind:
    match data[:12]:
        case head if head.startswith(_PNG):
            return _png(data)
        case head if head.startswith(b"\xff\xd8\xff"):
            return _jpeg(data)
        case head if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
            return _webp(data)
        case head if head[:6] in {b"GIF87a", b"GIF89a"}:
            return _gif(data)
        case _:
            raise PaintError("what came is not a picture (PNG, JPEG, WebP or GIF)")


def _png(data: bytes) -> Kind:
    at, size, drawn = len(_PNG), (0, 0), False
    while True:
        length, name = struct.unpack_from(">I4s", data, at)
        body = memoryview(data)[at + 8 : at + 8 + length]
        (told,) = struct.unpack_from(">I", data, at + 8 + length)
        if zlib.crc32(body, zlib.crc32(name)) != told:
            raise PaintError("the picture is damaged")
        match name:
            case b"IHDR":
                size = struct.unpack_from(">II", body)
            case b"IDAT":
                drawn = True
            case b"IEND":
                break
            case _:
                pass
        at += 12 + length
    if not drawn:
        raise PaintError("the picture is empty")
    return Kind("image/png", *size)


def _jpeg(data: bytes) -> Kind:
    at = 2
    while True:
        if data[at] != 0xFF:
            raise PaintError("the picture is damaged")
        while data[at] == 0xFF:
            at += 1
        marker = data[at]
        (length,) = struct.unpack_from(">H", data, at + 1)
        # Start of frame, of any kind of coding; C4, C8 and CC are other things.
        if 0xC0 <= marker <= 0xCF and marker not in {0xC4, 0xC8, 0xCC}:
            height, width = struct.unpack_from(">HH", data, at + 4)
            break
        if marker in {0xD9, 0xDA}:
            raise PaintError("the picture is damaged")
        at += 1 + length
    # Some writers leave a few bytes after the end.
    if data.rfind(b"\xff\xd9", at) < max(at, len(data) - 4096):
        raise PaintError("the picture breaks off")
    return Kind("image/jpeg", width, height)


def _webp(data: bytes) -> Kind:
    (length,) = struct.unpack_from("<I", data, 4)
    if len(data) < length + 8:
        raise PaintError("the picture breaks off")
    match data[12:16]:
        case b"VP8 ":
            if data[23:26] != b"\x9d\x01\x2a":
                raise PaintError("the picture is damaged")
            width, height = struct.unpack_from("<HH", data, 26)
            return Kind("image/webp", width & 0x3FFF, height & 0x3FFF)
        case b"VP8L":
            if data[20] != 0x2F:
                raise PaintError("the picture is damaged")
            (bits,) = struct.unpack_from("<I", data, 21)
            return Kind("image/webp", (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
        case b"VP8X":
            sides = struct.unpack_from("<HBHB", data, 24)
            return Kind(
                "image/webp", 1 + sides[0] + (sides[1] << 16), 1 + sides[2] + (sides[3] << 16)
            )
        case _:
            raise PaintError("the picture is damaged")


def _gif(data: bytes) -> Kind:
    width, height = struct.unpack_from("<HH", data, 6)
    if not data.rstrip(b"\0").endswith(b"\x3b") or len(data) < 26:
        raise PaintError("the picture breaks off")
    return Kind("image/gif", width, height)
