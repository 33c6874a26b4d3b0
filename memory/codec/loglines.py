"""A room's log told as what was said and, apart, the JSON around it.

What was said stands as `author: text` blocks, without JSON's escapes, and comes first: a model
of talk knows it so, and the frames after it say again what is known by then. In its frame a
text is the number of its bytes. Lines that JSON would not write the same way again stay as
they are; whoever splits joins again and compares.
"""

import json
from typing import Any, cast


def split(log: bytes) -> tuple[bytes, bytes]:
    """Return what was said, and the frames.

    Args:
        log: Lines of JSON, or anything at all.
    """
    said = bytearray()
    frames: list[bytes] = []
    for line in log.split(b"\n"):
        frame = _object(line)
        text = frame.get("text") if frame is not None else None
        if frame is None or not isinstance(text, str) or _written(frame) != line:
            frames.append(line)
            continue
        code = text.encode("utf-8", "surrogatepass")
        said += _author(frame) + code + b"\n\n"
        frame["text"] = len(code)
        frames.append(_written(frame))
    return bytes(said), b"\n".join(frames)


def join(said: bytes, frames: bytes) -> bytes:
    """Return the log of which `split` made these; of others anything or an error.

    Raises:
        ValueError: No log was split so.
    """
    lines: list[bytes] = []
    at = 0
    for line in frames.split(b"\n"):
        frame = _object(line)
        length = frame.get("text") if frame is not None else None
        if frame is None or type(length) is not int:
            lines.append(line)
            continue
        at += len(_author(frame))
        if not 0 <= length <= len(said) - at:
            raise ValueError("a message is longer than what was said")
        frame["text"] = said[at : at + length].decode("utf-8", "surrogatepass")
        at += length + 2
        lines.append(_written(frame))
    return b"\n".join(lines)


def _object(line: bytes) -> dict[str, Any] | None:
    """Return the JSON object in a line, `None` if it is none."""
    if not line.startswith(b"{"):
        return None
    try:
        value = json.loads(line.decode("utf-8", "surrogatepass"))
    except (ValueError, RecursionError):
        return None
    return cast("dict[str, Any]", value) if isinstance(value, dict) else None


def _written(frame: dict[str, Any]) -> bytes:
    """Return an object as our logs write it."""
    try:
        line = json.dumps(frame, ensure_ascii=False, separators=(",", ":"))
    except (ValueError, RecursionError):
        return b""
    return line.encode("utf-8", "surrogatepass")


def _author(frame: dict[str, Any]) -> bytes:
    author = frame.get("author")
    if not isinstance(author, str):
        return b""
    return author.encode("utf-8", "surrogatepass") + b": "
