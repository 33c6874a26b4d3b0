"""Where a room's laminae meet: seams of a log and of a bank squared, cut anew, and found again.

Pure: spans and places go in, spans, places and events come out.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from harness.archive import turns
from harness.errors import NotPossible
from transcripts.events import Delaminated, Entry, Event, Laminated, Merged, Span

if TYPE_CHECKING:
    from memory.bank.laminae import Lamina


def squared(logged: Sequence[Span], there: Sequence[Span]) -> list[Event]:
    """Return what makes the log's laminae those of the bank.

    Args:
        logged: As the log has them, in order.
        there: As the bank has them, in order.
    """
    why = "it was done, and a crash came before the log was told"
    known = set(logged)
    events: list[Event] = []
    done: set[Span] = set()
    for span in there:
        if span in known or span in done:
            continue
        over = [one for one in logged if one.first <= span.last and span.first <= one.last]
        if len(over) > 1 and (over[0].first, over[-1].last) == (span.first, span.last):
            events.append(Merged(parts=tuple(over), why=why))
            continue
        parts = [
            one
            for one in there
            if over and over[0].first <= one.first and one.last <= over[0].last
        ]
        if parts and (parts[0].first, parts[-1].last) == (over[0].first, over[0].last):
            done.update(parts)
            first, last = over[0].first, over[0].last
            events.append(Delaminated(first=first, last=last, parts=tuple(parts), why=why))
        else:
            events.append(Laminated(first=span.first, last=span.last, why=why))
    return events


def exactly(rows: "Sequence[Lamina]", spans: Sequence[Span], place: int) -> "list[Lamina]":
    """Return the laminae of these spans, for what was done at `place`.

    Raises:
        NotPossible: They are not there any more.
    """
    by_span = {(row.first, row.last): row for row in rows}
    found = [by_span.get((span.first, span.last)) for span in spans]
    here = [one for one in found if one is not None]
    if not here or len(here) != len(spans):
        raise NotPossible(f"what was done at {place} was changed since")
    return here


def tiles(lamina: "Lamina", cuts: Sequence[int]) -> list[Span]:
    """Return the spans that a lamina is split into at places `cuts`."""
    ends = [lamina.first, *cuts, lamina.last + 1]
    return [Span(first, after - 1) for first, after in pairwise(ends)]


def cuts_at(entries: Sequence[Entry], lamina: "Lamina", places: Sequence[int]) -> list[int]:
    """Return those of `places` between which something was said: a part takes a turn."""
    cuts: list[int] = []
    for place in places:
        if turns(entries[(cuts or [lamina.first])[-1] : place]):
            cuts.append(place)
    while cuts and not turns(entries[cuts[-1] : lamina.last + 1]):
        cuts.pop()
    return cuts
