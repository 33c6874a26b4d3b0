"""Polls and motions: questions to all, and the removal of somebody by more than half."""

from collections.abc import Iterator

from harness.deed import Deed, declined
from harness.who import find
from transcripts import events as e
from transcripts.commands import words as w
from transcripts.events import Event
from transcripts.participants import PERSON
from transcripts.room import Poll, Room

MOST_POLLS = 12
"""Polls open at once."""

FEWEST = 2
"""Models that stay when one is voted out."""


def vote(deed: Deed, room: Room, wish: w.Vote) -> Iterator[Event]:
    """Yield what comes of opening a poll or answering one."""
    if wish.opens and len(room.polls) >= MOST_POLLS:
        yield declined(deed, f"{MOST_POLLS} polls are open; answer one with !vote first")
        return
    if wish.opens:
        poll = f"P{room.polls_opened + 1}"
        yield e.PollOpened(
            poll=poll,
            question=wish.question,
            options=wish.options,
            by=deed.by,
            cause=deed.cause,
            result=f"poll {poll} is open; it closes when every model has voted",
        )
        return
    poll = _poll(room, wish.question)
    if poll is None:
        asked = f"no open poll {wish.question!r}" if wish.question else "no poll is open"
        yield declined(deed, f'{asked}; open one with !vote "question" [yes, no]')
        return
    if deed.by == poll.removes:
        yield declined(deed, "this motion is about you; the others vote on it")
        return
    said = wish.options[0] if wish.options else ""
    choice = _choice(poll, said)
    if choice is None:
        yield declined(deed, f"{poll.poll} takes {', '.join(poll.options)}; not {said!r}")
        return
    before = dict(poll.votes).get(deed.by)
    yield e.Voted(
        poll=poll.poll,
        choice=choice,
        by=deed.by,
        cause=deed.cause,
        result=f"{poll.poll}: {choice}" + (f" instead of {before}" if before else ""),
    )
    votes = {**dict(poll.votes), deed.by: choice}
    yield from closed(poll, votes, room)


def closed(poll: Poll, votes: dict[str, str], room: Room) -> Iterator[Event]:
    """Yield what follows for `poll` once `votes` stand: nothing, or its end."""
    voters = [seat.id for seat in room.models if seat.id != poll.removes]
    if poll.removes:
        in_favour = sum(votes.get(voter) == "yes" for voter in voters)
        against = sum(votes.get(voter) == "no" for voter in voters)
        if votes.get(PERSON) == "yes" or in_favour * 2 > len(voters):
            yield e.PollClosed(poll=poll.poll, outcome=f"yes, {in_favour} of {len(voters)}")
            if len(room.models) - 1 >= FEWEST:
                yield e.Left(
                    participant=poll.removes, by=poll.by, reason=f"voted out ({poll.poll})"
                )
        elif votes.get(PERSON) == "no" or against * 2 >= len(voters):
            yield e.PollClosed(poll=poll.poll, outcome=f"no, {against} of {len(voters)}")
        return
    if all(voter in votes for voter in voters):
        counts = [(list(votes.values()).count(option), option) for option in poll.options]
        outcome = ", ".join(f"{option} {count}" for count, option in counts)
        yield e.PollClosed(poll=poll.poll, outcome=outcome)


def remove(deed: Deed, room: Room, who: str, reason: str) -> Iterator[Event]:
    """Yield what comes of moving that somebody leave; the person decides alone."""
    target = find(room, who)
    if isinstance(target, str):
        yield declined(deed, target)
        return
    if target.participant.person:
        yield declined(deed, "the person cannot be removed")
        return
    if target.id == deed.by:
        yield e.Left(
            participant=target.id,
            by=deed.by,
            reason=reason,
            cause=deed.cause,
            result="you have left the room",
        )
        return
    if deed.by == PERSON:
        yield e.Left(
            participant=target.id,
            by=PERSON,
            reason=reason,
            cause=deed.cause,
            result=f"{target.label} has left",
        )
        return
    if len(room.models) - 1 < FEWEST:
        yield declined(deed, f"{FEWEST} models stay at least; it may !leave by itself")
        return
    if any(poll.removes == target.id for poll in room.polls):
        yield declined(deed, "that is being voted on already: !vote yes or !vote no")
        return
    poll = Poll(
        poll=f"P{room.polls_opened + 1}",
        question=f"Shall {target.label} leave?" + (f" {reason}" if reason else ""),
        options=("yes", "no"),
        by=deed.by,
        removes=target.id,
    )
    yield e.PollOpened(
        poll=poll.poll,
        question=poll.question,
        options=poll.options,
        by=deed.by,
        removes=target.id,
        cause=deed.cause,
        result=f"motion {poll.poll} is open; your yes is counted, and more than half decide",
    )
    yield e.Voted(poll=poll.poll, choice="yes", by=deed.by)
    yield from closed(poll, {deed.by: "yes"}, room)


def _poll(room: Room, named: str) -> Poll | None:
    if not named:
        return room.polls[-1] if room.polls else None
    wanted = named.strip().casefold()
    for poll in reversed(room.polls):
        if wanted in {poll.poll.casefold(), poll.question.casefold()}:
            return poll
    return None


def _choice(poll: Poll, wish: str) -> str | None:
    wanted = wish.strip().casefold()
    options = [o for o in poll.options if o.casefold() == wanted] or [
        option for option in poll.options if wanted and option.casefold().startswith(wanted)
    ]
    return options[0] if len(options) == 1 else None
