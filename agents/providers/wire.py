"""The shape in which chat servers are asked and answer: what goes out, what comes in.

Nothing that comes in is believed: every field may be missing, or be of another kind. A
field that is not what it should be counts as not there.
"""

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any, cast

from agents.providers.base import Image, Line, Request

IMAGE_LIMIT = 20_000_000
"""Bytes of a picture, at most; providers refuse more than about this."""

_MIME = re.compile(r"image/[a-z0-9.+-]{1,40}")
_MISSING = "[a picture could not be shown here]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """What a server says went wrong, in its own words."""

    text: str
    marks: str = ""
    """Its codes and kinds, in lower case, to tell errors apart by; never shown."""
    status: int | None = None
    """HTTP status that it names inside the message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """One piece of a reply, as a server sends it."""

    speech: str = ""
    reasoning: str = ""
    finish: str = ""
    """Why the reply ends, in the server's word; empty while it goes on."""
    tokens_in: int | None = None
    tokens_out: int | None = None
    dollars: float | None = None
    """Where the server itself names a price."""
    complaint: Complaint | None = None


def messages(lines: Sequence[Line]) -> list[dict[str, Any]]:
    """Return `lines` as messages. Reads picture files, so not on the event loop."""
    return [
        {"role": line.role, "content": _content(line) if line.images else line.text}
        for line in lines
    ]


def settings(request: Request, temperature: float | None) -> dict[str, Any]:
    """Return how to answer, without what to answer."""
    chosen: dict[str, Any] = {
        "max_tokens": request.max_tokens,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    if temperature is not None:
        chosen["temperature"] = temperature
    if request.seed is not None:
        chosen["seed"] = request.seed
    if request.stop:
        chosen["stop"] = list(request.stop)
    return chosen


def read_chunk(value: object) -> Chunk | None:
    """Return what a decoded payload says; `None` if it is no piece of a reply.

    A whole reply that came in one piece is read the same way.
    """
    payload = _map(value)
    if complaint := read_complaint(payload):
        return Chunk(complaint=complaint)
    if "choices" not in payload and "usage" not in payload:
        return None
    choice = _map(_first(payload.get("choices")))
    said = _map(choice.get("delta")) or _map(choice.get("message"))
    usage = _map(payload.get("usage"))
    thoughts = (
        _text(said.get(name)) for name in ("reasoning_content", "reasoning", "thinking")
    )
    finish = choice.get("finish_reason")
    return Chunk(
        speech=_text(said.get("content")),
        reasoning=next((thought for thought in thoughts if thought), ""),
        finish=finish if isinstance(finish, str) else "",
        tokens_in=_count(usage.get("prompt_tokens")),
        tokens_out=_count(usage.get("completion_tokens")),
        dollars=_price(usage.get("cost")),
    )


def read_complaint(value: object) -> Complaint | None:
    """Return the error that a decoded body tells of; `None` if it tells of none."""
    body = _map(value) or _map(_first(value))
    error = body.get("error")
    if error and isinstance(error, str):
        return Complaint(text=error, marks=_marks(body), status=_status(body))
    if inner := _map(error):
        text = _text(inner.get("message")) or _text(inner.get("detail")) or "an error, no words"
        return Complaint(text=text, marks=_marks(inner), status=_status(inner))
    if body.get("object") == "error" or body.get("type") == "error" or "choices" not in body:
        for name in ("message", "detail"):
            if text := _text(body.get(name)):
                return Complaint(text=text, marks=_marks(body), status=_status(body))
    return None


def _content(line: Line) -> list[dict[str, Any]] | str:
    if line.role != "user":
        return line.text
    parts: list[dict[str, Any]] = [{"type": "text", "text": line.text}] if line.text else []
    for image in line.images:
        url = _data_url(image)
        parts.append(
            {"type": "image_url", "image_url": {"url": url}}
            if url
            else {"type": "text", "text": _MISSING}
        )
    return parts


def _data_url(image: Image) -> str:
    """Return the picture as an address that holds it; empty if it cannot be read."""
    if not _MIME.fullmatch(image.mime):
        return ""
    try:
        if image.path.stat().st_size > IMAGE_LIMIT:
            return ""
        data = image.path.read_bytes()
    except OSError:
        return ""
    return f"data:{image.mime};base64,{base64.b64encode(data).decode()}"


def _map(value: object) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _first(value: object) -> object:
    items = cast("list[object]", value) if isinstance(value, list) else []
    return items[0] if items else None


def _text(value: object) -> str:
    """Return text, or the text in a list of parts, free of halves of characters."""
    match value:
        case str():
            text = value
        case list():
            parts = cast("list[object]", value)
            text = "".join(_text(_map(part).get("text")) for part in parts)
        case _:
            return ""
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _count(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value < 1 << 53 else None


def _price(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if isfinite(value) and value >= 0 else None


def _marks(error: dict[str, Any]) -> str:
    return " ".join(
        str(error.get(name, ""))[:100] for name in ("code", "type", "status")
    ).lower()


def _status(error: dict[str, Any]) -> int | None:
    for name in ("code", "status", "status_code"):
        value = error.get(name)
        if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) == 3:
            value = int(value)
        if isinstance(value, int) and 400 <= value < 600:
            return value
    return None
