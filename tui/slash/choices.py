"""Who and what there is to name in a command."""

from dataclasses import dataclass, replace

from transcripts.room import Room


@dataclass(frozen=True, slots=True)
class Choice:
    """Something that can be named."""

    text: str
    about: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """Who and what there is to name."""

    participants: tuple[Choice, ...] = ()
    """Ids of the models in the room, and their labels."""
    models: tuple[Choice, ...] = ()
    scenarios: tuple[Choice, ...] = ()
    themes: tuple[Choice, ...] = ()
    rooms: tuple[Choice, ...] = ()
    polls: tuple[Choice, ...] = ()
    """Ids of open ones, and their questions."""
    ballots: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Ids of open polls, and what each may be answered with."""
    approvals: tuple[Choice, ...] = ()
    images: tuple[Choice, ...] = ()
    """Pictures that are not done."""


def choices_in(room: Room, rest: Choices | None = None) -> Choices:
    """Return what `room` has to name, beside what `rest` has.

    Args:
        room: As it stands.
        rest: Models, scenarios, themes and rooms, which no room knows.
    """
    here = [seat for seat in room.seats if not (seat.left or seat.participant.person)]
    return replace(
        rest or Choices(),
        participants=tuple(Choice(seat.id, seat.participant.name) for seat in here),
        polls=tuple(Choice(poll.poll, poll.question) for poll in room.polls),
        ballots=tuple((poll.poll, poll.options) for poll in room.polls),
        approvals=tuple(
            Choice(one.approval, f"{room.label(one.by)}: !{one.verb} {one.argument}".strip())
            for one in room.waiting
        ),
        images=tuple(
            Choice(job.image, job.prompt)
            for job in room.jobs
            if job.state in ("queued", "running")
        ),
    )
