"""Finding words in all rooms, as they are typed.

The index is the bank's; it follows the logs and is brought up to them before each search.
Whether a room has anything new is told by the last line of its log, so that looking at
hundreds of rooms reads next to nothing. It tells only which places have the words: what was
said there, by whom and when, is the log's, and so is the order, the newest first. Rooms that
were thrown away are in the index until they are purged, and are not found.

Everything blocks: for a worker thread. The bank, and SQLAlchemy with it, is imported when
something is looked for.
"""

import json
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

from harness.archived import at_hand, lines, readable
from harness.errors import HarnessError
from harness.rooms import Rooms
from harness.summary import Summary
from memory.bank.address import Where
from memory.errors import RecallError
from transcripts.errors import TranscriptError
from transcripts.events import Entry, Spoke, Whispered
from transcripts.log import last_place, read
from transcripts.wire import decode_line

if TYPE_CHECKING:
    from memory.bank.bank import Bank
    from memory.bank.search import Sieve

LOOKED_AT: Final = 4096
"""Lines of logs that one search reads, at most: most of what the index tells is right, but
of words that must stand together it knows only that all are there."""

SCANNED: Final = 256 << 20
"""Bytes of logs that are read for characters that are no word, the newest rooms first."""

DECODED: Final = 64 << 10
"""Bytes of archived logs that one search decodes for these: that takes some seconds, and
what is decoded stays so for as long as the process lives."""

_KNOWN: Final = 4096
"""Lines of archived logs that are at hand, since whoever types asks for them again."""

_BESIDE: Final = 40
"""Characters shown before characters that are no word."""

_SHOWN: Final = 120
"""Characters shown, then, in all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A line that was found."""

    room: str
    """Id."""
    title: str
    """Of the room."""
    place: int
    author: str
    """Id of who said it."""
    label: str
    """How they are shown: `AI-2 (Ada)`."""
    snippet: str
    """The part of it with the words; may have line breaks."""
    text: str
    at: datetime
    """When it was said, UTC."""


def _never() -> bool:
    return False


def _ignored(room: str, why: str) -> None:
    pass


def find(
    bank: Where,
    rooms: Rooms,
    words: str,
    limit: int = 20,
    *,
    unfinished: bool = True,
    stopped: Callable[[], bool] = _never,
    passed_over: Callable[[str, str], object] = _ignored,
) -> list[Found]:
    """Return lines of all rooms that have `words`, best first; nothing if it was stopped.

    Lines with all of the words, those in quotes together, the newest first; if there are
    none, with any; if there are none either, with the very characters.

    Args:
        bank: Where the bank is; made if it is not there.
        rooms: Where to look.
        words: Anything.
        limit: Lines, at most.
        unfinished: Still being typed: the last word stands for all that begin with it.
        stopped: Asked between rooms whether anybody still wants to know.
        passed_over: Told id and reason of each room that could not be read.

    Raises:
        RoomsUnusable: The rooms cannot be listed.
        BankError: The bank cannot be used.
    """
    from memory.bank.bank import Bank  # noqa: PLC0415 - heavy, and only here
    from memory.bank.search import Sieve, wanted  # noqa: PLC0415 - likewise

    with closing(Bank(bank)) as index:
        catch_up(index, rooms, stopped=stopped, passed_over=passed_over)
        if stopped() or not words.strip():
            return []
        tiers = index.search(words, unfinished=unfinished)
    known = {room.id: room for room in rooms.listing()}
    best: list[Found] = []
    sought = wanted(words, unfinished=unfinished)
    for hits in tiers:
        there = {known[room]: places for room, places in hits.places.items() if room in known}
        with closing(Sieve(sought.exact if hits.all else sought.any)) as sieve:
            best += _newest(rooms, there, limit - len(best), sieve, stopped=stopped)
        if len(best) >= limit or stopped():
            break
    if not best and not stopped():
        best = _holding(rooms, known.values(), words.strip(), limit, stopped=stopped)
    return [] if stopped() else best


def catch_up(
    bank: "Bank",
    rooms: Rooms,
    *,
    stopped: Callable[[], bool] = _never,
    passed_over: Callable[[str, str], object] = _ignored,
) -> None:
    """Bring the index up to the logs; what `stopped` leaves undone is done the next time.

    Raises:
        BankError: The bank cannot be written.
    """
    seen = bank.indexed()
    for room in rooms.ids():
        if stopped():
            return
        try:
            done = seen.get(room, -1)
            if (path := _newer(rooms, room, done)) is not None:
                _index(bank, room, path, done)
        except FileNotFoundError:
            pass  # thrown away since
        except (TranscriptError, RecallError, HarnessError, OSError) as error:
            passed_over(room, str(error))


def _newer(rooms: Rooms, room: str, done: int) -> Path | None:
    """Return where the log of a room is, if there is anything after place `done`.

    Raises:
        FileNotFoundError: There is no such room.
        RecallError: It is archived, was never looked at, and cannot be decoded.
    """
    path = rooms.log(room)
    try:
        last = last_place(path)
    except FileNotFoundError:
        if not rooms.archived(room):
            raise
        return readable(rooms, room) if rooms.summary(room).entries > done + 1 else None
    return path if last > done or last < 0 else None  # none at all: damaged, or not ours


def _index(bank: "Bank", room: str, path: Path, done: int) -> None:
    """Take in what was said in a room after place `done`."""
    from memory.cc.base import Utterance  # noqa: PLC0415 - the only use

    said: list[Utterance] = []
    last = done
    for entry in read(path, start=done + 1):
        last = entry.place
        match entry.event:
            case Spoke(author=author, text=text) | Whispered(author=author, text=text):
                said.append(Utterance(entry.place, author, text))
            case _:
                pass
    if last > done:
        bank.index(room, said, upto=last)


def _newest(
    rooms: Rooms,
    there: Mapping[Summary, Sequence[int]],
    most: int,
    sieve: "Sieve",
    *,
    stopped: Callable[[], bool],
) -> list[Found]:
    """Return lines that have what the sieve is for, the newest first.

    Args:
        rooms: Where the logs are.
        there: Places to look at, by room, the newest first.
        most: Lines, at most.
        sieve: Tells which they are.
        stopped: Asked between rooms.
    """
    best: list[Found] = []
    looked = 0
    for room in _by_change(there):
        if stopped() or looked >= LOOKED_AT or _older(room, best, most):
            break
        places = there[room]
        found: list[Found] = []
        for start in range(0, len(places), most):
            entries = list(_entries(rooms, room, places[start : start + most]))
            looked += most
            snippets = sieve.snippets([_said(entry)[1] for entry in entries])
            found += [
                _found(room, entry, snippet)
                for entry, snippet in zip(entries, snippets, strict=True)
                if snippet is not None
            ]
            if len(found) >= most or looked >= LOOKED_AT:
                break
        best = _first([*best, *found], most)
    return best


def _holding(
    rooms: Rooms,
    known: Iterable[Summary],
    wanted: str,
    most: int,
    *,
    stopped: Callable[[], bool],
) -> list[Found]:
    """Return lines with the very characters of `wanted`, the newest first; reads the logs."""
    # As a log has them: where it has half a surrogate pair, it is ASCII alone.
    needles = [json.dumps(wanted, ensure_ascii=bare)[1:-1] for bare in (False, True)]
    raw = {needle.encode("utf-8", "replace") for needle in needles}
    best: list[Found] = []
    left, decoded = SCANNED, DECODED
    for room in _by_change(known):
        left -= room.bytes
        if stopped() or left < 0 or _older(room, best, most):
            break
        if room.archived and not at_hand(rooms, room.id):
            decoded -= room.bytes
            if decoded < 0:
                continue
        found: list[Found] = []
        for entry in _with(rooms, room, raw):
            text = _said(entry)[1]
            at = text.find(wanted)
            if at >= 0:
                start = max(0, at - _BESIDE)
                found.append(_found(room, entry, text[start : start + _SHOWN]))
        best = _first([*best, *found], most)
    return best


def _by_change(rooms: Iterable[Summary]) -> list[Summary]:
    """Return rooms, the one with the newest entry first."""
    return sorted(rooms, key=lambda room: room.changed, reverse=True)


def _older(room: Summary, best: Sequence[Found], most: int) -> bool:
    """Whether nothing in a room is newer than any of the best, which are as many as wanted."""
    return len(best) >= most and room.changed <= best[-1].at


def _first(found: Sequence[Found], most: int) -> list[Found]:
    """Return the newest of what was found."""
    return sorted(found, key=lambda one: (one.at, one.room, one.place), reverse=True)[:most]


def _entries(rooms: Rooms, room: Summary, places: Sequence[int]) -> Generator[Entry]:
    """Yield the entries at `places` that are lines and can be read."""
    path = rooms.log(room.id)
    if room.archived:
        for place, line in _archived(rooms, room.id, places).items():
            yield from _entry(line, path, place)
        return
    at = 0
    try:
        with path.open("rb") as file:
            for place in sorted(places):
                line = next(islice(file, place - at, None), b"")
                at = place + 1
                yield from _entry(line, path, place)
    except OSError:
        pass  # what was found is found


_known: Final[dict[tuple[Path, int], bytes]] = {}
"""Lines of archived logs, which do not change."""


def _archived(rooms: Rooms, room: str, places: Sequence[int]) -> dict[int, bytes]:
    """Return lines of an archived log; of what is not at hand, the spans are decoded."""
    path = rooms.log(room)
    new = [place for place in places if (path, place) not in _known]
    if new:
        try:
            found = lines(rooms, room, new)
        except (RecallError, HarnessError):
            return {}  # nothing to show, then
        if len(_known) > _KNOWN:
            _known.clear()
        _known.update({(path, place): found.get(place, b"") for place in new})
    return {place: _known.get((path, place), b"") for place in places}


def _with(rooms: Rooms, room: Summary, needles: Iterable[bytes]) -> Generator[Entry]:
    """Yield the entries that are lines, have one of `needles`, and can be read."""
    try:
        path = readable(rooms, room.id)
        with path.open("rb") as file:
            for place, line in enumerate(file):
                if any(needle in line for needle in needles):
                    yield from _entry(line, path, place)
    except (OSError, RecallError, HarnessError):
        pass  # likewise


def _entry(line: bytes, path: Path, place: int) -> Generator[Entry]:
    """Yield the entry that `line` is, if it is something said, at its place."""
    try:
        entry = decode_line(line.decode(), path=path)
    except (UnicodeDecodeError, TranscriptError):
        return
    if entry.place == place and isinstance(entry.event, Spoke | Whispered):
        yield entry


def _said(entry: Entry) -> tuple[str, str]:
    """Return who said what."""
    match entry.event:
        case Spoke(author=author, text=text) | Whispered(author=author, text=text):
            return author, text
        case _:
            return "", ""


def _found(room: Summary, entry: Entry, snippet: str) -> Found:
    author, text = _said(entry)
    return Found(
        room=room.id,
        title=room.title,
        place=entry.place,
        author=author,
        label=room.label(author),
        snippet=snippet,
        text=text,
        at=entry.at,
    )
