"""What is said about a message and a participant beside the words: the numbers in small print.

Both the Markdown and the page say the same, so it is put together here, as short texts.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from transcripts import events as e
from transcripts.events import Cause, Entry, Event, Usage
from transcripts.notices import PICTURE, SHOWN, branched, notice, number
from transcripts.participants import PERSON, ROOM
from transcripts.room import Job, Room, Seat, reduce

CUTS = {
    "stopped": "stopped here",
    "length": "cut off at the length limit",
    "broken": "broken off",
    "crash": "cut off by a crash",
}
"""Why a line is not whole, in words."""


@dataclass(slots=True)
class Reading:
    """A room as it is read from the top, and what only paper asks about it."""

    room: Room = field(default_factory=Room)
    _before: datetime | None = None
    """Time of the entry before the one taken last."""
    _last: datetime | None = None
    shown: set[tuple[int, str]] = field(default_factory=set[tuple[int, str]])
    """Place and verb of every command that was set in full where it stood."""

    def take(self, entry: Entry) -> None:
        """Go on by one entry."""
        self.room = reduce(self.room, entry)
        self._before, self._last = self._last, entry.at

    def time(self, entry: Entry) -> datetime | None:
        """Return when the entry taken last happened, UTC; `None` if its file did not say.

        Imports without times of their own count up in microseconds.
        """
        before = self._before
        if entry.source and before and (entry.at - before).total_seconds() < 0.001:
            return None
        return entry.at.astimezone(UTC)

    def job(self, event: Event) -> Job | None:
        """Return what had asked for a picture."""
        match event:
            case e.ImageCreated(image=image) | e.ImageFailed(image=image):
                return next((job for job in self.room.jobs if job.image == image), None)
            case _:
                return None

    def notice(self, entry: Entry) -> str | None:
        """Return the line the person sees for `entry`.

        Where the command stands in full in the message, its words are not all said again.
        """
        event = self._brief(entry.event)
        said = notice(event, self.room.label, request=self.job(event))
        return said and said.replace(PICTURE, "")

    def _brief(self, event: Event) -> Event:
        match event:
            case e.PromptAdded(cause=Cause(place=place)) if (place, "prompt") in self.shown:
                return replace(event, text=_shortened(event.text))
            case e.Whispered(cause=Cause(place=place)) if (place, "whisper") in self.shown:
                return replace(event, text=_shortened(event.text))
            case e.Joined(cause=Cause(place=place)) if (place, "add_ai") in self.shown:
                return replace(event, greeting=_shortened(event.greeting))
            case _:
                return event


def private(entry: Entry) -> bool:
    """Whether only the person and whom it concerns know of it."""
    return isinstance(
        entry.event, e.PromptAdded | e.PromptRemoved | e.TemperatureSet | e.Whispered
    )


def message(reading: Reading, entry: Entry, spoke: e.Spoke) -> list[str]:
    """Return the small print over a message, as far as each is known."""
    small = [clock(at)] if (at := reading.time(entry)) else []
    used = spoke.usage or Usage()
    model = used.model or next(
        (s.participant.model for s in reading.room.seats if s.id == spoke.author), ""
    )
    by = "you" if spoke.edited == PERSON else reading.room.label(spoke.edited)
    edited = [f"edited by {by}"] if spoke.edited else []
    return [*small, *([model] if model else []), *edited, *usage(used)]


def folded(fold: e.Folded) -> str:
    """Return one line about a fold."""
    return (
        f"cc took in {fold.first} to {fold.last} — {fold.carrier}, {fold.size:,} bytes, "
        f"{fold.seconds:.2f} s, {fold.digest[:12]}"
    )


def clock(at: datetime) -> str:
    """Return `2026-01-02 03:04:05 UTC`."""
    return at.strftime("%Y-%m-%d %H:%M:%S UTC")


def usage(used: Usage) -> Iterable[str]:
    """Yield what a reply took, as far as it is known: temperature, tokens, money, time."""
    if used.requested is not None:
        warm = f"T {number(used.requested)}"
        if used.effective is None:
            yield f"{warm} (not sent)"
        elif used.effective != used.requested:
            yield f"{warm} → {number(used.effective)}"
        else:
            yield warm
    if used.tokens_in is not None or used.tokens_out is not None:
        yield tokens(used.tokens_in, used.tokens_out)
    if used.dollars is not None:
        yield money(used.dollars)
    elif used.estimated_dollars is not None:
        yield f"~{money(used.estimated_dollars)}"
    if used.seconds:
        yield f"{used.seconds:.1f} s"


def tokens(read: int | None, written: int | None) -> str:
    """Return `1,204 + 312 tokens`: read and written; `?` for what is not known."""
    shown = ["?" if count is None else f"{count:,}" for count in (read, written)]
    return " + ".join(shown) + " tokens"


def money(dollars: float) -> str:
    """Return dollars with as many digits as it takes to see something: `$0.0004`, `$1.20`."""
    if dollars == 0 or dollars >= 1:
        return f"${dollars:,.2f}"
    return "$" + (f"{dollars:.4f}" if dollars >= 0.0001 else f"{dollars:.8f}".rstrip("0"))


def _shortened(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."


def status(seat: Seat) -> str:
    """Return what became of a participant, if anything: `left`, `benched`, `muted`."""
    if seat.left:
        return "left"
    if seat.benched:
        return "benched"
    return "muted" if seat.muted else ""


def inviter(seat: Seat) -> str:
    """Return who invited a participant; a dash if it was there from the start."""
    return "–" if seat.invited_by in {"", ROOM, seat.id} else seat.invited_by


def opening(room: Room) -> str:
    """Return how the room was set up, in one line."""
    opened = room.opened
    parts = [f"scenario {opened.scenario}"] if opened.scenario else []
    parts += [
        f"order {opened.order.replace('_', ' ')}",
        f"memory {opened.carrier}, {opened.budget:,} bytes",
    ]
    if opened.origin is not None:
        parts.append(f"{branched(opened.origin)} of {opened.origin.room}")
    return " · ".join(parts)
