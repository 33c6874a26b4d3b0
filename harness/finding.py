"""Finding words in all rooms, as they are typed.

The index is the bank's; it follows the logs and is brought up to them before each search.
Whether a room has anything new is told by the last line of its log, so that looking at
hundreds of rooms reads next to nothing. Rooms that were thrown away are in the index until
they are purged, and are not found.

Everything blocks: for a worker thread. The bank, and SQLAlchemy with it, is imported when
something is looked for.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from harness.rooms import Rooms
from harness.summary import Summary
from transcripts.errors import TranscriptError
from transcripts.events import Spoke, Whispered
from transcripts.log import last_place, read
from transcripts.wire import decode_line

if TYPE_CHECKING:
    from memory.bank.bank import Bank
    from memory.bank.rows import Hit


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
    at: datetime | None
    """When it was said, UTC; `None` if the log does not tell any more."""


def _never() -> bool:
    return False


def _ignored(room: str, why: str) -> None:
    pass


def find(
    bank: Path,
    rooms: Rooms,
    words: str,
    limit: int = 20,
    *,
    unfinished: bool = True,
    stopped: Callable[[], bool] = _never,
    passed_over: Callable[[str, str], object] = _ignored,
) -> list[Found]:
    """Return lines of all rooms that have `words`, best first; nothing if it was stopped.

    Args:
        bank: The bank's file; made if it is not there.
        rooms: Where to look.
        words: Anything. Words in quotes are words too.
        limit: Lines, at most.
        unfinished: Still being typed: the last word stands for all that begin with it.
        stopped: Asked between rooms whether anybody still wants to know.
        passed_over: Told id and reason of each room that could not be read.

    Raises:
        RoomsUnusable: The rooms cannot be listed.
        BankError: The bank cannot be used.
    """
    from memory.bank.bank import Bank  # noqa: PLC0415 - heavy, and only here

    index = Bank(bank)
    try:
        catch_up(index, rooms, stopped=stopped, passed_over=passed_over)
        if stopped() or not words.strip():
            return []
        hits = _hits(index, set(rooms.ids()), words, limit, unfinished=unfinished)
    finally:
        index.close()
    if not hits:
        return []
    wanted = {hit.room for hit in hits}
    known = {room.id: room for room in rooms.listing() if room.id in wanted}
    times: dict[tuple[str, int], datetime] = {}
    for room in wanted:
        if stopped():
            return []
        places = {hit.place for hit in hits if hit.room == room}
        for place, at in _times(rooms.log(room), places):
            times[room, place] = at
    return [_found(hit, known.get(hit.room), times.get((hit.room, hit.place))) for hit in hits]


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
            path = rooms.log(room)
            last, done = last_place(path), seen.get(room, -1)
            if last > done or last < 0:  # none at all: not of our hand, or damaged
                _index(bank, room, path, done)
        except FileNotFoundError:
            pass  # thrown away since
        except (TranscriptError, OSError) as error:
            passed_over(room, str(error))


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


def _hits(
    bank: "Bank", here: set[str], words: str, limit: int, *, unfinished: bool
) -> list["Hit"]:
    """Search for hits in rooms that are `here`: more and more, until they are enough."""
    ask = limit
    while True:
        hits = bank.search(words, ask, unfinished=unfinished)
        found = [hit for hit in hits if hit.room in here]
        if len(found) >= limit or len(hits) < ask:
            return found[:limit]
        ask *= 4


def _times(path: Path, places: Iterable[int]) -> list[tuple[int, datetime]]:
    """Return when what is at `places` was said, as far as the log can be read."""
    wanted = set(places)
    found: list[tuple[int, datetime]] = []
    try:
        with path.open("rb") as lines:
            for place, line in enumerate(lines):
                if place in wanted:
                    found.append((place, decode_line(line.decode(), path=path).at))
                    wanted.remove(place)
                    if not wanted:
                        break
    except (OSError, UnicodeDecodeError, TranscriptError):
        pass  # what was found is found; when it was said is not known
    return found


def _found(hit: "Hit", room: Summary | None, at: datetime | None) -> Found:
    return Found(
        room=hit.room,
        title=room.title if room else hit.room,
        place=hit.place,
        author=hit.author,
        label=room.label(hit.author) if room else hit.author,
        snippet=hit.snippet,
        text=hit.text,
        at=at,
    )
