"""Pictures on their way into an export: only from the room's folder, only what they say.

A log is a file like any other, and its picture names may come from anywhere. So a name is
never a path here, what the bytes are is read from the bytes, and SVG is no picture: it can
hold scripts.
"""

import re
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

from transcripts.events import ImageCreated

LARGEST = 32 * 1024 * 1024
"""Bytes of a picture that is still put inside a page."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}\.(?:png|jpe?g|webp|gif)")


def named(file: str) -> bool:
    """Whether `file` is the plain name of a picture: no folders, a known ending."""
    return bool(_NAME.fullmatch(file))


def mime(data: bytes) -> str:
    """Return the type that the first bytes show; empty if it is none we put in a page."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return "image/gif" if data[:6] in {b"GIF87a", b"GIF89a"} else ""


def inlined(folder: Path, created: ImageCreated) -> tuple[str, str]:
    """Return the picture as a `data:` address, or why it cannot be had; one is empty."""
    path = folder / created.file
    if not named(created.file) or path.is_symlink():
        return "", "not a picture's name"
    try:
        if path.stat().st_size > LARGEST:
            return "", "too large to put inside the page"
        data = path.read_bytes()
    except OSError as error:
        return "", error.strerror or "cannot be read"
    if created.sha256 and sha256(data).hexdigest() != created.sha256:
        return "", "the file is not the one that was painted"
    kind = mime(data)
    if not kind:
        return "", "not a PNG, JPEG, WebP or GIF"
    return f"data:{kind};base64,{b64encode(data).decode()}", ""
