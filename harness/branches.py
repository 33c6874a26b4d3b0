"""Other ways a room could have gone: forks made for a purpose, and the tree they form.

A branch is a new log that shares the origin's past and names it; the origin is only read,
so it may be live meanwhile. What sets a branch apart, the next speaker or the changed words,
is written with it, all at once. Pictures that came in the origin after the place of the
fork are taken along: they are paid for.

Nobody speaks here. Opening the branch, and letting it go on, is a session's work.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import TypeAlias

from harness.archived import readable
from harness.errors import NoSuchRoom, NotPossible
from harness.rooms import Rooms
from transcripts.errors import TranscriptError
from transcripts.events import (
    Changed,
    Entry,
    Event,
    Faltered,
    ImageCreated,
    Left,
    Opened,
    Origin,
    PollClosed,
    Queued,
    Returned,
    Skipped,
    Spoke,
    Whispered,
)
from transcripts.log import read
from transcripts.participants import PERSON, ROOM
from transcripts.room import Room, reduce
from transcripts.wire import decode_line


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """What was made."""

    room: str
    """Id of the new room; of the one that was there if `here`."""
    origin: Origin
    next: str = ""
    """Who was chosen to speak next; empty if the room's order decides."""
    here: bool = False
    """Nothing was made: the room can go on as it is once its session chooses `next`."""


def fork(rooms: Rooms, room_id: str, place: int | None, now: datetime) -> Branch:
    """Make a room that shares the past up to the entry at `place`; all of it without one.

    Of a message, what its commands did at once is shared too: else they would be carried
    out again.

    Raises:
        NoSuchRoom: The log has no such place.
    """
    entries = _entries(rooms, room_id, 0 if place is None else place)
    last = len(entries) - 1 if place is None else settled(entries, place)
    origin = Origin(room_id, last)
    return Branch(room=_made(rooms, origin, entries, (), now), origin=origin)


def regenerate(rooms: Rooms, room_id: str, place: int, now: datetime) -> Branch:
    """Have the message at `place` written anew: its author is asked the same once more.

    The new room ends with the last entry that the author had heard. What the person said
    while the message was being written belongs to that message, and is not shared.

    Raises:
        NoSuchRoom: The log has no such place.
        NotPossible: It is no model's message.
    """
    entries = _entries(rooms, room_id, place)
    spoke = _line(entries, place)
    if spoke.author in {PERSON, ROOM}:
        raise NotPossible(f"no model wrote the line at {place}; it can be edited")
    last = _asked(entries, place)
    origin = Origin(room_id, last, "regenerate", place, spoke.author)
    return _asking(rooms, origin, entries, now)


def continue_(rooms: Rooms, room_id: str, place: int, now: datetime) -> Branch:
    """Have the author of the message at `place` go on with it, in a line of its own.

    The new room ends with the message and what its commands did at once. Lines that the
    person wrote meanwhile come first, as they did in the origin.

    Raises:
        NoSuchRoom: The log has no such place.
        NotPossible: It is no model's message, or the message was its last.
    """
    entries = _entries(rooms, room_id, place)
    spoke = _line(entries, place)
    if spoke.author in {PERSON, ROOM}:
        raise NotPossible(f"no model wrote the line at {place}; say more below it")
    origin = Origin(room_id, settled(entries, place), "continue", place, spoke.author)
    return _asking(rooms, origin, entries, now)


def edit(
    rooms: Rooms, room_id: str, place: int, text: str, now: datetime, *, by: str = PERSON
) -> Branch:
    """Have the message at `place` say `text` instead, word for word.

    The new words count as said: commands in a model's are carried out when the branch is
    opened, also those that the old words had. Reasoning, cost and marks of the old words do
    not belong to the new ones and are not kept. The room goes on in its order.

    Args:
        rooms: Where.
        room_id: The origin.
        place: Of the message.
        text: The new words.
        now: The time.
        by: Who changed them; the log says so.

    Raises:
        NoSuchRoom: The log has no such place.
        NotPossible: It is no message, or `text` is empty.
    """
    entries = _entries(rooms, room_id, place)
    spoke = _line(entries, place)
    if not text.strip():
        raise NotPossible("a line needs words")
    origin = Origin(room_id, place - 1, "edit", place, spoke.author)
    said = Spoke(
        author=spoke.author, text=text, queued=spoke.queued, heard=spoke.heard, edited=by
    )
    return Branch(room=_made(rooms, origin, entries, (said,), now), origin=origin)


def retry(rooms: Rooms, room_id: str, place: int, now: datetime) -> Branch:
    """Give the turn that failed, or was passed over, at `place` once more.

    If nobody had the floor since, no room is made: see `Branch.here`. Else the new room
    ends before that turn, a line of it that broke off left out.

    Raises:
        NoSuchRoom: The log has no such place.
        NotPossible: No turn failed there.
    """
    entries = _entries(rooms, room_id, place)
    match entries[place].event:
        case Faltered(author=author) | Skipped(participant=author):
            pass
        case _:
            raise NotPossible(f"no turn failed at {place}")
    turns = Spoke | Whispered | Queued | Faltered | Skipped
    if not any(isinstance(entry.event, turns) for entry in entries[place + 1 :]):
        origin = Origin(room_id, len(entries) - 1, "retry", place, author)
        return Branch(room=room_id, origin=origin, next=author, here=True)
    last = place - 1
    match entries[last].event:
        case Spoke(author=before, cut="broken") if before == author:
            last = _asked(entries, last)
        case _:
            pass
    return _asking(rooms, Origin(room_id, last, "retry", place, author), entries, now)


def settled(entries: Sequence[Entry], place: int) -> int:
    """Return the last place of what the message at `place` led to at once.

    `place` itself for everything that is no message of a model's.
    """
    last = place
    for entry in entries[place + 1 :]:
        cause = getattr(entry.event, "cause", None)
        if cause is not None and cause.place == place:
            last = entry.place
        elif isinstance(entry.event, PollClosed | Left) and last > place:
            last = entry.place  # of a vote that was the last one needed
        else:
            break
    return last


def common(left: Iterable[Entry], right: Iterable[Entry]) -> int:
    """Return the last place up to which two logs are the same; -1 if they never were.

    What their first entries say about their origins does not count.
    """
    last = -1
    for one, other in zip(left, right, strict=False):
        if _alike(one) != _alike(other):
            break
        last = one.place
    return last


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A room among its forks."""

    id: str
    title: str
    origin: Origin | None
    """Where it was forked from, be that room there or gone."""
    lines: int
    """Messages since it parted from its origin; all of them if that is gone."""
    last: str
    """The last message, one line; empty if there is none."""
    changed: datetime
    """When its log was last written, UTC."""
    children: tuple["Node", ...] = ()
    """By the place they were forked from."""


def tree(rooms: Rooms, room_id: str = "") -> list[Node]:
    """Return the rooms by their origins: those without one first written to last.

    Cheap enough to be asked whenever it is looked at: of a log, only the first line is
    parsed, and the newest lines until one is a message; the others are counted by their
    bytes. A log that cannot be read is not in it; the forks of a room that is gone are
    roots.

    Args:
        rooms: Where.
        room_id: If given, only the tree this room is in.
    """
    origins = {one: _origin(rooms, one) for one in rooms.ids()}
    known = {one: found for one, found in origins.items() if found is not None}
    forks: dict[str, list[str]] = {}
    roots: list[str] = []
    for one, (_, origin) in known.items():
        if origin is not None and origin.room in known and not _circles(one, known):
            forks.setdefault(origin.room, []).append(one)
        else:
            roots.append(one)
    if room_id:
        roots = [_root(room_id, known)] if room_id in known else []
    return [_node(rooms, one, known, forks) for one in roots]


_Known: TypeAlias = dict[str, tuple[str, Origin | None]]
"""Title and origin of rooms, by id."""


def _origin(rooms: Rooms, room_id: str) -> tuple[str, Origin | None] | None:
    """Return a room's first title and its origin; `None` if it has no first line of ours."""
    log = rooms.log(room_id)
    if rooms.archived(room_id):
        summary = rooms.summary(room_id)
        return None if summary.problem else (summary.title, summary.origin)
    try:
        with log.open("rb") as lines:
            first = lines.readline(_FIRST_LINE)
        opened = decode_line(first.decode(), path=log, number=1).event
    except (OSError, UnicodeDecodeError, TranscriptError):
        return None
    return (opened.title, opened.origin) if isinstance(opened, Opened) else None


def _above(room_id: str, known: _Known) -> Iterator[str]:
    """Yield the rooms that `room_id` comes from, nearest first, each once."""
    seen = {room_id}
    origin = known[room_id][1]
    while origin is not None and origin.room in known and origin.room not in seen:
        yield origin.room
        seen.add(origin.room)
        origin = known[origin.room][1]


def _circles(room_id: str, known: _Known) -> bool:
    """Whether a room comes from itself in the end, which only a log made by hand says."""
    last = [room_id, *_above(room_id, known)][-1]
    origin = known[last][1]
    return origin is not None and origin.room == room_id


def _root(room_id: str, known: _Known) -> str:
    for one in (room_id, *_above(room_id, known)):
        origin = known[one][1]
        if origin is None or origin.room not in known or _circles(one, known):
            return one
    return room_id


def _node(rooms: Rooms, room_id: str, known: _Known, forks: dict[str, list[str]]) -> Node:
    """Build one tree, without a call for each level: a fork of a fork of … has no limit."""
    order = [room_id]
    for one in order:
        order += forks.get(one, [])
    built: dict[str, Node] = {}
    for one in reversed(order):
        children = [built.pop(fork_id) for fork_id in forks.get(one, [])]
        children.sort(key=lambda node: (node.origin.place if node.origin else -1, node.id))
        title, origin = known[one]
        parted = origin.place if origin is not None and origin.room in known else -1
        found = _glance(rooms, one, parted)
        built[one] = Node(
            id=one,
            title=found.title or title or one,
            origin=origin,
            lines=found.lines,
            last=found.last,
            changed=found.changed,
            children=tuple(children),
        )
    return built[room_id]


@dataclass(frozen=True, slots=True)
class _Glance:
    lines: int
    last: str
    changed: datetime
    title: str


@lru_cache(maxsize=4096)
def _seen(log: Path, size: int, written: int, parted: int) -> tuple[int, str, str]:
    """Return lines since `parted`, the last one and a later title.

    Remembered for as long as the log is as it is: size and time of writing are asked for.
    """
    with log.open("rb") as file:
        text = file.read(size)
    start = text.find(_PLACE % (parted + 1)) if parted >= 0 else 0
    lines = text.count(_SPOKE, start) if start >= 0 else 0
    said, title = _last(text, _SPOKE), _last(text, _TITLE)
    return (
        lines,
        " ".join(said.text.split())[:200] if isinstance(said, Spoke) else "",
        title.value if isinstance(title, Changed) and title.setting == "title" else "",
    )


_FIRST_LINE = 1 << 20
"""Bytes of a first line at most; a scenario's rules stand in it."""

_PLACE = b'\n{"v":1,"place":%d,'
_SPOKE = b'"kind":"Spoke"'
_TITLE = b'"kind":"Changed","setting":"title"'
"""As `wire.encode` writes them. Inside a text the quotes are escaped, so that what matches
is the kind itself."""


def _glance(rooms: Rooms, room_id: str, parted: int) -> _Glance:
    log = rooms.log(room_id)
    try:
        if rooms.archived(room_id):
            kept = rooms.summary(room_id)
            lines = kept.own if parted >= 0 else kept.lines
            return _Glance(lines, kept.last, _written(rooms.mark(room_id)), kept.title)
        stat = log.stat()
        lines, last, title = _seen(log, stat.st_size, stat.st_mtime_ns, parted)
    except OSError:  # deleted since it was listed
        return _Glance(0, "", datetime.fromtimestamp(0, UTC), "")
    return _Glance(lines, last, datetime.fromtimestamp(stat.st_mtime, UTC), title)


def _written(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def _last(text: bytes, mark: bytes) -> Event | None:
    """Return the event of the last whole line with `mark` in it, if it can be read."""
    end = text.rfind(b"\n") + 1
    hit = text.rfind(mark, 0, end)
    if hit < 0:
        return None
    line = text[text.rfind(b"\n", 0, hit) + 1 : text.find(b"\n", hit)]
    try:
        return decode_line(line.decode()).event
    except (UnicodeDecodeError, TranscriptError):
        return None


def _alike(entry: Entry) -> Entry:
    if isinstance(entry.event, Opened) and entry.event.origin is not None:
        return replace(entry, event=replace(entry.event, origin=None))
    return entry


def _entries(rooms: Rooms, room_id: str, place: int) -> list[Entry]:
    entries = list(read(readable(rooms, room_id)))
    if not 0 <= place < len(entries):
        raise NoSuchRoom(f"{room_id} has places 0 to {len(entries) - 1}, not {place}")
    return entries


def _line(entries: Sequence[Entry], place: int) -> Spoke:
    event = entries[place].event
    if place == 0 or not isinstance(event, Spoke):
        raise NotPossible(f"at {place} there is no line")
    return event


def _asked(entries: Sequence[Entry], place: int) -> int:
    """Return the last place that the author of the message at `place` had heard."""
    heard = _line(entries, place).heard
    return place - 1 if heard is None else max(1, min(heard, place)) - 1


def _asking(rooms: Rooms, origin: Origin, entries: Sequence[Entry], now: datetime) -> Branch:
    """Make a branch in which the origin's author is asked next."""
    room = _room(entries[: origin.place + 1])
    seat = next((seat for seat in room.seats if seat.id == origin.author), None)
    if seat is None or seat.left or seat.participant.person:
        raise NotPossible(f"{origin.author} is not in the room at {origin.place}")
    then: list[Event] = []
    if seat.benched or seat.muted:
        then.append(Returned(participant=seat.id, by=PERSON))
    then.append(Changed(setting="next", value=seat.id, by=PERSON))
    made = _made(rooms, origin, entries, then, now)
    return Branch(room=made, origin=origin, next=seat.id)


def _made(
    rooms: Rooms,
    origin: Origin,
    entries: Sequence[Entry],
    then: Sequence[Event],
    now: datetime,
) -> str:
    past = entries[: origin.place + 1]
    pictures = _came_later(past, entries[origin.place + 1 :])
    return rooms.branch(origin, past, then=[*then, *pictures], now=now)


def _came_later(past: Sequence[Entry], later: Iterable[Entry]) -> Iterator[Event]:
    """Yield pictures that were being made at the end of `past` and came after it."""
    waiting = {job.image for job in _room(past).jobs if job.state in {"queued", "running"}}
    for entry in later:
        match entry.event:
            case ImageCreated(image=image) if image in waiting:
                yield entry.event
            case _:
                pass


def _room(entries: Iterable[Entry]) -> Room:
    room = Room()
    for entry in entries:
        room = reduce(room, entry)
    return room
