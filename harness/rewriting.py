"""Old lines that go back into cc because recall brings them back again and again.

A fold weighs what cc has and what is new, so cc only ever loses what is old. What is told again
and again beside cc is cheaper in it. The keeper says so by a `Rewritten` in the log; the next
fold weighs those lines beside the new ones, and the folds after it hold them dearer, less so
with every line. All of it is read from the last stretch of the log, so that whoever folds the
same log comes to the same cc, and an old room costs what a young one does.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from transcripts.events import Entry, Recalled, Rewritten, Spoke

ABLE: Final = ("text",)
"""Carriers whose code is made of lines. `state` reads bytes once and cannot read them again;
the others keep the newest lines, all or none."""

LATELY: Final = 64
"""Lines of talk in which a line has to have come back, and for which nothing is done about it
again."""

OFTEN: Final = 3
"""Speakers that were told a line in that time before it returns."""

SHARE: Final = 8
"""Part of the budget of cc that lines which returned of late may have said, one in so many."""

DEARER: Final = 300
"""Percent that such a line is worth more at first; nothing after `LATELY` lines. On LoCoMo the next
fold drops it again without; with it three of four stay for 8 folds (`tests.bench.rewriting`)."""


@dataclass(frozen=True, slots=True)
class Returning:
    """A line that comes back again and again."""

    place: int
    times: int
    """Speakers that were told it of late."""
    size: int
    """Bytes of what it says."""
    told: int
    """Bytes of it that they were told altogether, with its source."""


def returning(
    log: Sequence[Entry],
    *,
    held: Collection[int],
    window: int,
    budget: int,
    never: Collection[int] = (),
) -> tuple[Returning, ...]:
    """Return the lines that belong into cc, the most often recalled first.

    Args:
        log: Of the room; what is before its last `LATELY` lines is not looked at.
        held: Places that cc has something of.
        window: Newest lines that everybody is told anyway.
        budget: Bytes of cc.
        never: Places that the person has said are not to come back.
    """
    times: Counter[int] = Counter()
    told: Counter[int] = Counter()
    left = set(never)
    spoken: list[int] = []
    most = budget // SHARE
    for entry in _lately(log, len(log) - 1):
        match entry.event:
            case Spoke():
                spoken.append(entry.place)
            case Recalled(pieces=pieces):
                # Those without a word of what was said only stood beside others.
                for place, size in {one.first: one.bytes for one in pieces if one.why}.items():
                    times[place] += 1
                    told[place] += size
            case Rewritten(places=places, size=size, let_go=let_go):
                left.update(places)
                most -= 0 if let_go else max(0, size)
            case _:
                pass
    since = spoken[window - 1] if len(spoken) >= window else 0
    found: list[Returning] = []
    for place, count in sorted(times.items(), key=lambda one: (-one[1], one[0])):
        if count < OFTEN or place in held or place in left or place >= since:
            continue
        size = _size(log[place]) if 0 <= place < len(log) else 0
        if 0 < size <= most:
            most -= size
            found.append(Returning(place, count, size, told[place]))
    return tuple(found)


def _size(entry: Entry) -> int:
    """Return the bytes of a line; 0 for what is none."""
    match entry.event:
        case Spoke(text=text):
            return len(text.encode("utf-8", "replace"))
        case _:
            return 0


def rewritten(stretch: Sequence[Entry]) -> tuple[int, ...]:
    """Return the places that `stretch` says are weighed again, in order."""
    places: set[int] = set()
    for entry in stretch:
        if isinstance(entry.event, Rewritten):
            if entry.event.let_go:
                places.difference_update(entry.event.places)
            else:
                places.update(entry.event.places)
    return tuple(sorted(places))


def dear(log: Sequence[Entry], last: int) -> dict[int, int]:
    """Return what lines that returned of late are worth, in percent of what they would be.

    Args:
        log: Of the room; an entry's index is its place.
        last: Place up to which it is folded, inclusive.
    """
    worth: dict[int, int] = {}
    gone: set[int] = set()
    lines = 0
    for entry in _lately(log, last):
        match entry.event:
            case Spoke():
                lines += 1
            case Rewritten(places=places, let_go=True):
                gone.update(places)
            case Rewritten(places=places):
                more = DEARER * (LATELY - lines) // LATELY
                worth.update({place: 100 + more for place in places if place not in worth})
            case _:
                pass
    return {place: percent for place, percent in worth.items() if place not in gone}


def _lately(log: Sequence[Entry], last: int) -> Iterator[Entry]:
    """Yield entries from the place `last` back, as far as the newest `LATELY` lines reach."""
    lines = 0
    for place in range(min(last, len(log) - 1), -1, -1):
        entry = log[place]
        lines += isinstance(entry.event, Spoke)
        if lines > LATELY:
            return
        yield entry
