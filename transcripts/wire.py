"""Entries as lines of JSON, and back.

One line an entry: `v`, `place`, `at`, `kind`, then the event's own fields, those at their
default left out. A kind this version does not know is kept as it stands, as `Unknown`;
a later `v` is refused, since guessing at it could lose what was written. Last comes `crc`,
the CRC-32 of all before it: a disk that alters a line is found out. Lines may lack it.
"""

import json
import re
import types
from collections.abc import Callable
from dataclasses import MISSING, fields, is_dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Union, cast, get_args, get_origin, get_type_hints
from zlib import crc32

from transcripts.errors import BrokenLog, NewerLog
from transcripts.events import KINDS, Entry, Event, Source, Unknown

VERSION = 1
"""Version of the line format."""

_OURS = ("v", "place", "at", "kind", "source", "crc")

_SEALED = re.compile(r',"crc":"([0-9a-f]{8})"\}\s*\Z')
"""How a line ends: CRC-32 of the UTF-8 before it. Lines of the first enfold have none."""

_ALTERED = 'it is not what was written (CRC-32); without its "crc" it is taken as it stands'


def encode(entry: Entry) -> str:
    """Return `entry` as one line of JSON, without the newline."""
    event = entry.event
    kind = event.kind if isinstance(event, Unknown) else type(event).__name__
    line: dict[str, Any] = {
        "v": VERSION,
        "place": entry.place,
        "at": entry.at.astimezone(UTC)
        .isoformat(timespec="microseconds")
        .replace("+00:00", "Z"),
        "kind": kind,
    }
    line.update(event.body if isinstance(event, Unknown) else _plain(event))
    if entry.source is not None:
        line["source"] = _plain(entry.source)
    text = json.dumps(line, ensure_ascii=False, separators=(",", ":"))
    try:
        text.encode()
    except UnicodeEncodeError:  # half a surrogate pair: JSON can say it, UTF-8 cannot
        text = json.dumps(line, separators=(",", ":"))
    return f'{text[:-1]},"crc":"{_crc(text[:-1])}"}}'


def decode_line(line: str, *, path: Path | str = "", number: int = 0) -> Entry:
    """Return the entry that `line` is.

    Args:
        line: With or without its newline.
        path: Named in errors.
        number: Named in errors; 1 for the first line.

    Raises:
        BrokenLog: The line is not what `encode` writes.
        NewerLog: It is of a later version.
    """
    try:
        body: Any = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BrokenLog(path, number, f"not JSON ({error})") from error
    if not isinstance(body, dict):
        raise BrokenLog(path, number, "not a JSON object")
    body = cast("dict[str, Any]", body)
    version = body.get("v")
    if not isinstance(version, int):
        raise BrokenLog(path, number, "has no version `v`")
    if version > VERSION:
        raise NewerLog(path, version)
    sealed = _SEALED.search(line)
    if sealed is not None and sealed[1] != _crc(line[: sealed.start()]):
        raise BrokenLog(path, number, _ALTERED)
    try:
        place = _whole(body["place"])
        at = datetime.fromisoformat(_text(body["at"])).astimezone(UTC)
        kind = _text(body["kind"])
        source = _reader(Source)(body["source"]) if "source" in body else None
        rest = {key: value for key, value in body.items() if key not in _OURS}
        event: Event = _reader(KINDS[kind])(rest) if kind in KINDS else Unknown(kind, rest)
    except KeyError as error:
        raise BrokenLog(path, number, f"has no `{error.args[0]}`") from error
    except (TypeError, ValueError) as error:
        raise BrokenLog(path, number, str(error)) from error
    return Entry(place, at, event, source)


def _crc(text: str) -> str:
    """CRC-32 (IEEE 802.3) of the UTF-8, eight hexadecimal digits."""
    return f"{crc32(text.encode('utf-8', 'surrogatepass')):08x}"


def _plain(value: Any) -> Any:
    """Dataclasses as dicts without defaults, tuples as lists."""
    if is_dataclass(value):
        return {
            name: _plain(item)
            for name, default in _shape(type(value))
            if (item := getattr(value, name)) != default or default is MISSING
        }
    if isinstance(value, tuple):
        return [_plain(item) for item in cast("tuple[Any, ...]", value)]
    return value


@cache
def _shape(kind: type[Any]) -> tuple[tuple[str, Any], ...]:
    """Name and default of each field; `MISSING` where it is always written."""
    shape: list[tuple[str, Any]] = []
    for field in fields(kind):
        default = field.default
        if default is MISSING and field.default_factory is not MISSING:
            default = field.default_factory()
        shape.append((field.name, default))
    return tuple(shape)


@cache
def _reader(wanted: Any) -> Callable[[Any], Any]:
    """Return what turns JSON into `wanted`, or raises ValueError."""
    origin, args = get_origin(wanted), get_args(wanted)
    if origin in (Union, types.UnionType):
        inner = _reader(next(arg for arg in args if arg is not type(None)))
        return lambda value: None if value is None else inner(value)
    if origin is tuple:
        item = _reader(args[0])
        return lambda value: tuple(item(one) for one in _list(value))
    if origin is dict:
        entry = _reader(args[1])
        return lambda value: {key: entry(one) for key, one in _dict(value).items()}
    if is_dataclass(wanted):
        return _dataclass_reader(cast("type[Any]", wanted))
    simple: dict[Any, Callable[[Any], Any]] = {
        str: _text,
        int: _whole,
        float: _number,
        bool: _truth,
        Any: lambda value: value,
    }
    return simple[wanted]


def _dataclass_reader(kind: type[Any]) -> Callable[[Any], Any]:
    hints = get_type_hints(kind)
    readers = {field.name: _reader(hints[field.name]) for field in fields(kind)}
    needed = [name for name, default in _shape(kind) if default is MISSING]

    def read(value: Any) -> Any:
        body = _dict(value)
        for name in needed:
            if name not in body:
                raise KeyError(name)
        known: dict[str, Any] = {}
        for name, item in body.items():
            if name in readers:
                try:
                    known[name] = readers[name](item)
                except ValueError as error:
                    raise ValueError(f"`{name}`: {error}") from error
        return kind(**known)

    return read


class _Mistyped(ValueError):
    def __init__(self, wanted: str, value: Any) -> None:
        names: dict[type[Any], str] = {
            dict: "an object",
            list: "a list",
            str: "text",
            type(None): "null",
        }
        super().__init__(
            f"{wanted} expected, not {names.get(cast('type[Any]', type(value)), str(value))}"
        )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise _Mistyped("text", value)
    return value


def _whole(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise _Mistyped("whole number", value)
    return value


def _number(value: Any) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise _Mistyped("number", value)
    return float(value)


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise _Mistyped("true or false", value)
    return value


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise _Mistyped("list", value)
    return cast("list[Any]", value)


def _dict(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _Mistyped("object", value)
    return cast("dict[str, Any]", value)
