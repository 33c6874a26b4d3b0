"""What a person had begun to write and not sent, on disk: a room that is left gives it back.

A small file beside the log, gone when there is nothing to keep. It is no part of the log:
nobody has said it. What was said before comes from the log itself.
"""

import json
import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

from transcripts.events import Entry, Queued, Spoke, Whispered
from transcripts.participants import PERSON

REMEMBERED = 200
"""Lines said before, at most: the newest."""


@dataclass(frozen=True, slots=True)
class Unsent:
    """Words that stand in the line, and for whom."""

    text: str = ""
    to: str = ""
    """The participant they are for; empty for everybody."""
    whisper: bool = False
    """Nobody else is to read them."""


NOTHING = Unsent()


def keep(path: Path, unsent: Unsent) -> None:
    """Write `unsent` to the file at `path`, whole or not at all; remove it for `NOTHING`.

    A folder that is not there is not made: the room is gone. It blocks.

    Raises:
        OSError: It cannot be written; what was kept before is there still.
    """
    if unsent == NOTHING:
        path.unlink(missing_ok=True)
        return
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        number = os.open(beside, flags, 0o600)
    except FileNotFoundError:
        return
    try:
        with os.fdopen(number, "w", encoding="utf-8") as file:
            json.dump(asdict(unsent), file)
            file.flush()
            os.fsync(number)
        beside.replace(path)
    except OSError:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        raise


def left(path: Path) -> Unsent:
    """Return what was kept at `path`; `NOTHING` if that cannot be read."""
    try:
        body: Any = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return NOTHING
    if not isinstance(body, dict):
        return NOTHING
    body = cast("dict[str, Any]", body)
    match body:
        case {"text": str(text), "to": str(to), "whisper": bool(whisper)}:
            return Unsent(text, to, whisper)
        case _:
            return NOTHING


def said(entries: Iterable[Entry]) -> list[str]:
    """Return what the person said in a room, as typed, the newest last."""
    lines: list[str] = []
    for entry in entries:
        match entry.event:
            case Queued(author=author, text=text) if author == PERSON:
                pass
            case Spoke(author=author, text=text, queued=None) if author == PERSON:
                pass
            case Whispered(author=author, text=text, queued=None) if author == PERSON:
                pass
            case _:
                continue
        if not lines or lines[-1] != text:
            lines.append(text)
    return lines[-REMEMBERED:]
