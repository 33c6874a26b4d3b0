"""A picture's file made into pixels: only what was checked is decoded, and little is kept.

A log may come from anywhere, and so may what lies beside it. A name is never a path, only a
plain file is opened, bytes and pixels have limits, and of the many formats Pillow knows four
are asked. What cannot be shown is said in a few words; Pillow comes with the first picture.
"""

import io
import os
import stat
import struct
import warnings
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

from transcripts.export.pictures import named

if TYPE_CHECKING:
    from PIL.Image import Image

LARGEST = 32 * 1024 * 1024
"""Bytes of a file."""
PIXELS = 24_000_000
"""Of a picture: above the 4096 × 4096 that image models give. Some 100 MB while decoded."""
FORMATS = ("PNG", "JPEG", "GIF", "WEBP")


class NotShown(Exception):
    """A picture cannot be shown; says why, in a few words without a full stop."""


def decode(folder: Path, file: str, box: tuple[int, int]) -> "Image":
    """Return a picture as RGBA, made smaller to fit `box`, never larger.

    Blocks: reads and decodes.

    Args:
        folder: The room's pictures.
        file: The bare name of one of them.
        box: Width and height in pixels.

    Raises:
        NotShown: It is lost, too large, broken, or no picture.
    """
    from PIL import Image as Images  # noqa: PLC0415 - not before the first frame
    from PIL import ImageOps  # noqa: PLC0415

    data = _read(folder, file)
    # Whatever a broken file makes Pillow stumble over. Found by feeding it broken files.
    broken = (
        OSError,
        ValueError,
        SyntaxError,
        EOFError,
        ArithmeticError,
        LookupError,
        TypeError,
        struct.error,
        zlib.error,
        Images.DecompressionBombError,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow's, of odd metadata and of large pictures
        try:
            with Images.open(io.BytesIO(data), formats=FORMATS) as image:
                width, height = image.size
                if width * height > PIXELS:
                    raise NotShown(f"too many pixels: {width} × {height}")
                image.draft("RGB", box)  # a JPEG can be decoded smaller to begin with
                image.load()
                turned = ImageOps.exif_transpose(image)
                turned.thumbnail(box, Images.Resampling.LANCZOS, reducing_gap=3.0)
                return turned.convert("RGBA")
        except Images.UnidentifiedImageError:
            raise NotShown("not a PNG, JPEG, GIF or WebP") from None
        except MemoryError:
            raise NotShown("not enough memory to decode it") from None
        except broken:
            raise NotShown("the file is broken") from None


def _read(folder: Path, file: str) -> bytes:
    if not named(file):
        raise NotShown("not a picture's name")
    # Not a link (it may lead anywhere), and not a pipe (it may never end).
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    flags |= getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
    try:
        descriptor = os.open(folder / file, flags)
    except FileNotFoundError:
        raise NotShown("the file is lost") from None
    except OSError as error:
        raise NotShown(error.strerror or "cannot be read") from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise NotShown("not a plain file")
    with os.fdopen(descriptor, "rb") as opened:
        try:
            data = opened.read(LARGEST + 1)
        except OSError as error:
            raise NotShown(error.strerror or "cannot be read") from None
    if len(data) > LARGEST:
        raise NotShown(f"larger than {LARGEST // (1024 * 1024)} MB")
    return data
