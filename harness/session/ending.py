"""Why a room goes no further by itself. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from harness.budget import Stretch
from harness.unfinished import only_failure
from transcripts.events import Entry
from transcripts.room import Room, Seat


@dataclass(frozen=True, slots=True)
class Ending:
    """Why a run came to its end; with a person there, why it waits for them."""

    reason: str
    """`rounds`, `turns`, `budget`, `nobody`, `provider`, `paused` or `stopped`."""
    detail: str = ""


def reached(
    room: Room, entries: Sequence[Entry], stretch: Stretch, spent: str, *, attended: bool
) -> Ending | None:
    """Return what ends the run unless a person is there to say that it goes on.

    Args:
        room: As it stands.
        entries: Its log.
        stretch: The rounds that were asked for.
        spent: Which budget is used up; empty for none.
        attended: Whether a person is there. Then seats that no model speaks for are nobody.
    """
    if stretch.over(room):
        count = "1 round" if stretch.rounds == 1 else f"{stretch.rounds} rounds"
        return unreached(stretch.start, entries) or Ending("rounds", f"{count} done")
    if spent:
        return Ending("budget", spent)
    if attended and not any(seat.participant.model for seat in room.models):
        return _nobody(room)
    return None if room.models else _nobody(room)


def unreached(since: Room, entries: Sequence[Entry]) -> Ending | None:
    """Return why nobody has spoken since then, if everybody who had the floor failed."""
    failure = only_failure(entries[since.next_place :])
    if failure is None:
        return None
    return Ending("provider", f"no model could be reached: {failure.detail}")


def naming(seat: Seat) -> str:
    """Say how a model is named that speaks for a seat."""
    return f"`/model {seat.id} NAME` lets one (`resume --cast {seat.id}=NAME` outside)"


def _nobody(room: Room) -> Ending:
    benched = [seat for seat in room.seats if seat.benched and not seat.left]
    if benched:
        names = ", ".join(seat.label for seat in benched)
        return Ending("provider", f"nobody could be reached: {names}")
    if room.models:  # of an import, say
        return Ending("nobody", f"no model speaks for anybody here; {naming(room.models[0])}")
    return Ending("nobody", "no model is in the room")
