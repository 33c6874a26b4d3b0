"""Any file into events: finds out what it is, and reads it.

Bytes become text, text damaged by a wrong codec is mended, each reader says how sure it is,
and the surest one reads. Nothing is guessed at: a file that no reader is sure of is refused.
"""

import hashlib
import re
from collections.abc import Callable
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import TypeAlias

from transcripts import events as e
from transcripts.errors import UnknownFormat
from transcripts.readers import html, liminal, mojibake, own, plain, universal
from transcripts.readers.binding import bind
from transcripts.readers.decoding import decode
from transcripts.readers.reading import Message, Piece, Reading

_Recognise: TypeAlias = Callable[[str], float]
_Read: TypeAlias = Callable[[str], tuple[tuple[Piece, ...], str]]

READERS: tuple[tuple[str, _Recognise, _Read], ...] = (
    ("liminal-html", html.recognise, html.read),
    ("universal-backrooms", universal.recognise, universal.read),
    ("liminal-text", liminal.recognise, liminal.read),
    ("plain", plain.recognise, plain.read),
)
"""Foreign formats, by the name to ask for them; of two as sure, the first."""

NAMES = (*(name for name, _, _ in READERS), own.FORMAT)
"""What `format` may be, besides `auto`."""

SURE = 0.3
"""Below this no reader is sure enough."""

_UNSHOWN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]+")


def read(source: Path | bytes, *, name: str = "", format: str = "auto") -> Reading:  # noqa: A002
    """Return what a file says, as events.

    Args:
        source: The file, or its bytes.
        name: Its name, for the room's title and for errors; a path has its own.
        format: `auto`, or what it is: see `NAMES`.

    Raises:
        UnknownFormat: It is empty, no text, no reader is sure of it, or it has no messages.
        BrokenLog: A log of ours with a line that is no entry.
        NewerLog: A log of ours by a later version.
        OSError: It cannot be read.
    """
    data = source if isinstance(source, bytes) else source.read_bytes()
    name = _base(name or ("" if isinstance(source, bytes) else source.name)) or "import"
    if not data.strip(b"\0 \t\r\n"):
        raise UnknownFormat(f"{name} is empty")
    decoded = decode(data, name=name)
    text, repairs = decoded.text, dict(decoded.repairs)
    if format == own.FORMAT or (format == "auto" and own.recognise(text)):
        events, torn = own.read(text, name=name)
        if not events or not isinstance(events[0].event, e.Opened):
            raise UnknownFormat(f"{name} has no messages: as {own.FORMAT} it is no whole log")
        if torn:
            repairs["torn_line"] = torn
        return Reading(events=events, format=own.FORMAT, repairs=repairs)
    mended = mojibake.repair(text)
    if mended.codec:
        text = mended.text
        repairs[mended.codec] = mended.exact + mended.guessed
        repairs["guessed"] = mended.guessed
        repairs["beyond_repair"] = mended.failed
    text = text.removeprefix("\ufeff")
    if text.endswith("\n"):
        # It ends the last line; the last message does not end in it.
        text = text[:-1]
        repairs["last_newline"] = 1
    pieces, found = _reader(text, name, format)(text)
    if not any(isinstance(piece, Message) for piece in pieces):
        best = "the likeliest" if format == "auto" else "as asked"
        raise UnknownFormat(
            f"{name} has no messages, read as {found} ({best} of {', '.join(NAMES)})"
        )
    repairs = {kind: count for kind, count in repairs.items() if count}
    opened = e.Opened(title=_title(name), order="round_robin", carrier="text")
    imported = e.Imported(
        file=name,
        format=found,
        sha256=hashlib.sha256(data).hexdigest(),
        bytes=len(data),
        repairs=repairs,
    )
    events = bind(pieces, opened=opened, imported=imported)
    return Reading(events=events, format=found, repairs=repairs)


def _reader(text: str, name: str, wanted: str) -> _Read:
    if wanted != "auto":
        for reader, _, read_it in READERS:
            if wanted == reader or (reader == "liminal-text" and _generation(wanted)):
                return read_it
        raise UnknownFormat(f"no reader for `{wanted}`; there are {', '.join(NAMES)}")
    scores = [(recognise(text), reader, read_it) for reader, recognise, read_it in READERS]
    best = max(scores, key=lambda score: score[0])
    if best[0] < SURE:
        tried = ", ".join(NAMES)
        raise UnknownFormat(
            f"{name} is in no format known here (tried {tried}); if it is one of them, say which"
        )
    return best[2]


def _generation(wanted: str) -> bool:
    return re.fullmatch(r"liminal-g[0-3]", wanted) is not None


def _base(name: str) -> str:
    """Return a file's name without folders, of whatever system, and signs that do not show."""
    base = PureWindowsPath(PurePosixPath(name).name).name
    return _UNSHOWN.sub("", base)[:200]


def _title(name: str) -> str:
    stem = PurePosixPath(name).stem
    return stem.replace("_", " ").strip() or name
