"""What lies at some paths, as documents: files, folders, archives, tables, transcripts.

A folder's files come in the order of their names, hidden ones and links left out. What one of
our readers knows as a transcript is told as turns, all else as text. In a folder a file that
cannot be read is passed over and named; one that was asked for by name is refused.
"""

import csv
import io
import json
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from itertools import chain
from pathlib import Path, PurePosixPath
from typing import IO, Any, TypeAlias, cast

from harness.errors import NotPossible
from harness.training import mix
from harness.training.forms import Row, row, utf8
from harness.training.opening import content, lines, members, needed, opened, unpacked_name
from memory.models.alphabet import Said
from transcripts.errors import TranscriptError
from transcripts.events import Spoke
from transcripts.readers import auto
from transcripts.room import Room, reduce

Told: TypeAlias = Callable[[str], None]
"""Is handed one line for a person to read."""

LARGEST = 8_000_000
"""Bytes beyond which a file is not tried as a transcript."""
TRANSCRIPTS = {".txt", ".md", ".html", ".htm", ".log", ""}
"""Endings of files that may be transcripts."""


@dataclass(frozen=True, slots=True)
class Found:
    """A document."""

    source: str
    family: str
    """What it must not be parted from: documents of one origin share it."""
    said: tuple[Said, ...]
    """Its turns; one without an author for a text."""
    licence: str = ""
    talk: bool = False
    """A text written as `Name: text`, to be cut into turns whenever it is told."""
    weight: float | None = None
    """How often it should come in one pass, if that is known."""


@dataclass(frozen=True, slots=True)
class Input:
    """A file that was read."""

    path: Path
    source: str


def inputs(paths: Iterable[Path]) -> Iterator[tuple[Input, bool]]:
    """Give every file below `paths`, and whether it was asked for by its own name.

    Raises:
        NotPossible: Nothing is at a path.
    """
    for path in paths:
        name = path.resolve().name or "root"
        if path.is_dir():
            if mix.lies_in(path):
                yield Input(path, name), True
                continue
            for folder, folders, files in os.walk(path):
                folders[:] = sorted(one for one in folders if not one.startswith("."))
                for file in sorted(files):
                    whole = Path(folder) / file
                    if not file.startswith(".") and not whole.is_symlink():
                        yield Input(whole, name), False
        elif path.exists():
            yield Input(path, PurePosixPath(unpacked_name(name)).stem), True
        else:
            raise NotPossible(f"{path} is not there")


def documents(found: Input, *, plain: bool = False) -> Iterator[Found]:
    """Give the documents of one file.

    Args:
        found: The file.
        plain: Take transcripts for texts.

    Raises:
        NotPossible: It cannot be read, or is in no form known here.
    """
    path, source = found.path, found.source
    if path.is_dir():
        yield from _of_mix(*(_whole(path / name) for name in (mix.TEXT, mix.INDEX)))
        return
    name = unpacked_name(path.name)
    with opened(path) as stream:
        match Path(name).suffix.lower():
            case ".tar":
                yield from _of_tar(stream, path, source, plain=plain)
            case ".jsonl" | ".ndjson":
                yield from _of_lines(lines(stream, str(path)), str(path), source)
            case ".parquet":
                yield from _of_rows(_table(stream, path), str(path), source)
            case _:
                yield from of_file(name, content(stream, str(path)), str(path), source, plain)


def of_file(name: str, whole: bytes, where: str, source: str, plain: bool) -> Iterator[Found]:
    """Give the documents of a file that was read already.

    Raises:
        NotPossible: It is no text.
    """
    ending = PurePosixPath(name).suffix.lower()
    if ending in (".jsonl", ".ndjson"):
        yield from _of_lines(io.BytesIO(whole), where, source)
        return
    if ending == ".json":
        parsed = _parsed(whole, where)
        rows = cast("list[object]", parsed) if isinstance(parsed, list) else [parsed]
        yield from _of_rows(rows, where, source)
        return
    if b"\0" in whole:
        raise NotPossible(f"{where} is no text")
    if not whole.strip():
        return
    said = () if plain or ending not in TRANSCRIPTS else transcript(name, whole)
    yield _found(source, said or (Said(b"", whole),))


def transcript(name: str, whole: bytes) -> tuple[Said, ...]:
    """Give the turns of a transcript; nothing if no reader of ours is sure of it."""
    if len(whole) > LARGEST:
        return ()
    try:
        entries = auto.read(whole, name=name).entries(datetime(2000, 1, 1, tzinfo=UTC))
    except TranscriptError:
        return ()
    room, said = Room(), list[Said]()
    for entry in entries:
        room = reduce(room, entry)
        if isinstance(entry.event, Spoke) and entry.event.text:
            author = room.label(entry.event.author)
            said.append(Said(utf8(author), utf8(entry.event.text)))
    return tuple(said)


def _found(source: str, said: tuple[Said, ...], beside: Row | None = None) -> Found:
    """A document whose family, where none is told, is how it begins."""
    begins = blake2b(said[0].text.strip()[:4096], digest_size=8).hexdigest()
    return Found(
        beside.source if beside and beside.source else source,
        f"told/{beside.family}" if beside and beside.family else f"begins/{begins}",
        said,
        beside.licence if beside else "",
    )


def _of_lines(rows: Iterable[bytes], where: str, source: str) -> Iterator[Found]:
    """A log of one of our rooms, or rows of JSON."""
    feed = iter(rows)
    first = next(feed, b"")
    if auto.own.recognise(first.decode("utf-8", "replace")):
        said = transcript(where, b"".join(chain([first], feed)))
        if not said:
            raise NotPossible(f"{where} is a room's log that cannot be read, or is too long")
        yield _found(source, said)
        return
    yield from _of_rows(_jsons(chain([first], feed), where), where, source)


def _jsons(rows: Iterable[bytes], where: str) -> Iterator[object]:
    for number, line in enumerate(rows, start=1):
        if line.strip():
            yield _parsed(line, f"{where}, line {number}")


def _parsed(text: bytes, where: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NotPossible(f"{where}: no JSON") from error


def _of_rows(rows: Iterable[object], where: str, source: str) -> Iterator[Found]:
    talk: list[Said] = []
    first: Row | None = None
    for number, value in enumerate(rows, start=1):
        got = row(value)
        if got is None:
            raise NotPossible(
                f"{where}, row {number}: no text, messages or turns in it; "
                "`enfold data prepare --help` tells the forms"
            )
        if got.message:
            first = first or got
            talk.extend(one for one in got.said if one.text)
        elif any(one.text for one in got.said):
            yield _found(source, got.said, got)
    if talk:
        yield _found(source, tuple(talk), first)


def _table(stream: IO[bytes], path: Path) -> Iterator[object]:
    arrow = needed("pyarrow", f"{path} is a parquet table")
    reading = needed("pyarrow.parquet", f"{path} is a parquet table")
    try:
        for batch in reading.ParquetFile(stream).iter_batches(batch_size=1024):
            yield from batch.to_pylist()
    except arrow.ArrowException as error:
        line = str(error).splitlines()[0]
        raise NotPossible(f"{path} is no parquet table: {line}") from error


def _of_tar(stream: IO[bytes], path: Path, source: str, *, plain: bool) -> Iterator[Found]:
    halves: dict[str, bytes] = {}
    for name, whole in members(stream, str(path)):
        base = PurePosixPath(name).name
        if base in (mix.TEXT, mix.INDEX):
            halves[base] = whole
            if len(halves) == 2:
                yield from _of_mix(halves[mix.TEXT], halves[mix.INDEX])
        elif base in mix.BESIDE or PurePosixPath(name).parent.name == mix.LICENCES:
            continue
        elif not base.startswith("."):
            yield from of_file(base, whole, f"{path}: {name}", source, plain)
    if len(halves) == 1:
        raise NotPossible(f"{path} has {next(iter(halves))} and not the file that goes with it")


def _whole(path: Path) -> bytes:
    with opened(path) as stream:
        return content(stream, str(path))


def _of_mix(text: bytes, index: bytes) -> Iterator[Found]:
    rows = csv.DictReader(
        io.StringIO(index.decode(), newline=""), delimiter="\t", quoting=csv.QUOTE_NONE
    )
    for source, name, whole, licence in mix.joined(text, rows):
        yield Found(
            source,
            mix.family_of(source, name, whole),
            (Said(b"", whole),),
            licence,
            talk=source in mix.TALK,
            weight=mix.WEIGHTS.get(source, 1.0),
        )
