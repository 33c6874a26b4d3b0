"""Commands carried out: a command and the room go in, events come out.

Every command gives exactly one event with a `result`, which only its caller is told; what
others see of it is a rendering of the same event. Nothing is recorded here and nothing is
awaited: pictures and searches are asked for, and done elsewhere.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, assert_never

from agents.errors import UnknownModel
from transcripts import events as e
from transcripts.commands import words as w
from transcripts.commands.words import Call, Command, Found
from transcripts.events import Cause, Event
from transcripts.notices import number
from transcripts.participants import PERSON, Participant
from transcripts.room import PROMPT_LINES, Poll, Room, Seat

PROMPT_CHARS = 2000
"""Length of one addition to one's own instructions, at most."""

MUTED_TURNS = 10
"""Turns one may mute oneself for, at most."""

MOST_SEATS = 12
"""Models in one room, whatever the settings say."""

FEWEST = 2
"""Models that stay when one is voted out."""


class Known(Protocol):
    """A model as deeds need to know it."""

    @property
    def id(self) -> str:
        """What a provider understands."""
        ...

    @property
    def name(self) -> str:
        """What people read."""
        ...

    @property
    def vision(self) -> bool:
        """Whether it can be shown pictures."""
        ...


class Models(Protocol):
    """Who could be invited. `compose` hands the catalogue in."""

    def resolve(self, name: str) -> Known:
        """Return the one model meant by `name`.

        Raises:
            UnknownModel: None, or several.
        """
        ...

    def missing_key(self, model: str) -> str:
        """Return the name of the environment variable that `model` lacks, or ``""``."""
        ...

    def effective_temperature(self, model: str, requested: float | None) -> float | None:
        """Return what the provider of `model` will be sent."""
        ...

    def names(self) -> Sequence[str]:
        """Return names worth listing to somebody who may invite, best first."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """One command of one caller, ready to be carried out."""

    command: Command
    verb: str
    by: str
    """Who asked: a participant's id, or `you`."""
    subject: str
    """Whose seat it is about: the caller's own, unless the person asks for another's."""
    cause: Cause | None = None
    approved: bool = False
    """The person has said yes already."""
    note: str = ""
    """Added to the result: how the command was read, where that is not plain."""
    refused: int = 0
    """Over the turn's limit: so many of this verb are declined in one answer."""


@dataclass(frozen=True, slots=True)
class Table:
    """What deeds may look at beside the room."""

    models: Models
    sitting: Room
    """The room as this sitting found it: session limits count from there."""
    attended: bool
    """Whether a person is there to approve things."""
    searches: bool = False
    """Whether a search service is set up."""


def plan(found: Sequence[Found], room: Room, *, by: str, place: int) -> list[Deed]:
    """Return what is to be done for the message at `place`, in textual order.

    The turn's limits are counted here, after repeats were collapsed: what is over them
    becomes one declined deed a verb.
    """
    limits = limit(room)
    used: dict[str, int] = {}
    deeds: list[Deed] = []
    for index, one in enumerate(found):
        verb = one.call.verb
        used[verb] = used.get(verb, 0) + 1
        over = used[verb] - limits.get(verb, 1)
        if over > 1:
            continue  # declined together with the first one that was over
        deeds.append(
            Deed(
                command=one.command,
                verb=verb,
                by=by,
                subject=by,
                cause=Cause(place, index),
                note=_reading(one.call),
                refused=sum(other.call.verb == verb for other in found) - limits.get(verb, 1)
                if over == 1
                else 0,
            )
        )
    return deeds


def _reading(call: Call) -> str:
    if "unterminated" in call.flags:
        return "; its quote was never closed, so it was read to the end of the line"
    if "long" in call.flags:
        return "; it was cut at the longest an argument may be"
    return ""


def limit(room: Room) -> dict[str, int]:
    """Return commands a turn by verb, as the room was opened."""
    return room.opened.caps.per_turn


def approval(room: Room, deed: Deed) -> str:
    """Return `auto`, `ask` or `deny` for `deed`: the caller's own rule before the verb's."""
    rules = dict(room.opened.approvals)
    prefix = "approvals."
    rules.update(
        (name.removeprefix(prefix), value)
        for name, value in room.settings
        if name.startswith(prefix)
    )
    return rules.get(f"{deed.by}/{deed.verb}") or rules.get(deed.verb) or "auto"


def carry_out(deed: Deed, room: Room, table: Table) -> Iterator[Event]:
    """Yield what comes of `deed`, in order, one of the events carrying its result."""
    for event in _outcome(deed, room, table):
        told: str = getattr(event, "result", "")
        if deed.note and told:
            yield replace(event, result=told + deed.note)
        else:
            yield event


def _outcome(deed: Deed, room: Room, table: Table) -> Iterator[Event]:
    if deed.refused:
        allowed = limit(room).get(deed.verb, 1)
        yield _declined(
            deed,
            f"a turn allows {allowed} !{deed.verb}; "
            f"{deed.refused} more {'was' if deed.refused == 1 else 'were'} not carried out",
        )
        return
    if isinstance(deed.command, w.Malformed):
        yield _declined(deed, deed.command.why)
        return
    if deed.by != PERSON and not deed.approved:
        rule = approval(room, deed)
        if rule == "deny":
            yield _declined(deed, f"!{deed.verb} is switched off in this room")
            return
        if rule == "ask":
            yield _asked(deed, room, table)
            return
    yield from _do(deed, room, table)


def _do(deed: Deed, room: Room, table: Table) -> Iterator[Event]:
    command = deed.command
    match command:
        case w.Prompt(text):
            yield _prompt(deed, room, text)
        case w.PromptClear(which):
            yield _prompt_clear(deed, room, which)
        case w.Temperature(value):
            yield _temperature(deed, room, table, value)
        case w.Invite():
            yield _invite(deed, room, table, command)
        case w.Paint(prompt):
            yield _paint(deed, room, table, prompt)
        case w.Mute(turns):
            turns = max(1, min(turns, MUTED_TURNS))
            yield e.Muted(
                participant=deed.subject,
                turns=turns,
                by=deed.by,
                cause=deed.cause,
                result=f"listening for {turns} {'turn' if turns == 1 else 'turns'}",
            )
        case w.ListModels():
            yield e.Answered(
                verb="list_models", by=deed.by, cause=deed.cause, result=_listed(room, table)
            )
        case w.Search(query):
            yield _search(deed, table, query)
        case w.Whisper(to, text):
            yield _whisper(deed, room, to, text)
        case w.Vote():
            yield from _vote(deed, room, command)
        case w.Remove(who, reason):
            yield from _remove(deed, room, who, reason)
        case w.Leave(reason):
            yield e.Left(
                participant=deed.subject,
                by=deed.by,
                reason=reason,
                cause=deed.cause,
                result="you have left the room",
            )
        case w.Malformed(_, _, why):
            yield _declined(deed, why)
        case _:
            assert_never(command)


def argument(command: Command) -> str:
    """Return what `command` was about, in one line of at most 200 characters."""
    match command:
        case w.Prompt(text) | w.Paint(text):
            line = text
        case w.PromptClear(which):
            line = "" if which is None else str(which)
        case w.Temperature(value):
            line = number(value)
        case w.Invite(model):
            line = model
        case w.Mute(turns):
            line = str(turns)
        case w.Search(query):
            line = query
        case w.Whisper(to, _):
            line = to
        case w.Vote(question, options, _):
            line = question or " ".join(options)
        case w.Remove(who, _):
            line = who
        case w.Malformed(_, text, _):
            line = text
        case w.ListModels() | w.Leave():
            line = ""
        case _:
            assert_never(command)
    line = " ".join(line.split())
    return line if len(line) <= 200 else line[:199] + "…"


def _declined(deed: Deed, why: str) -> e.Declined:
    return e.Declined(
        verb=deed.verb,
        argument=argument(deed.command),
        by=deed.by,
        cause=deed.cause,
        result=why,
    )


def _asked(deed: Deed, room: Room, table: Table) -> Event:
    if not table.attended:
        return _declined(
            deed, f"!{deed.verb} needs a person's approval here, and nobody is there to ask"
        )
    return e.ApprovalAsked(
        approval=f"A{room.approvals_asked + 1}",
        verb=deed.verb,
        argument=argument(deed.command),
        by=deed.by,
        cause=deed.cause,
    )


def _prompt(deed: Deed, room: Room, text: str) -> Event:
    text = text.strip()
    seat = room.seat(deed.subject)
    if text in seat.prompts:
        which = seat.prompts.index(text) + 1
        return e.Answered(
            verb="prompt",
            by=deed.by,
            cause=deed.cause,
            result=f"unchanged: that is line {which} of your instructions already",
        )
    if len(text) > PROMPT_CHARS:
        return _declined(deed, f"{len(text)} characters; a line may have {PROMPT_CHARS}")
    if len(seat.prompts) < PROMPT_LINES:
        result = f"line {len(seat.prompts) + 1} of {PROMPT_LINES} of your instructions"
    else:
        result = f"line {PROMPT_LINES} of your instructions; the oldest made way"
    return e.PromptAdded(
        participant=deed.subject, text=text, by=deed.by, cause=deed.cause, result=result
    )


def _prompt_clear(deed: Deed, room: Room, which: int | None) -> Event:
    prompts = room.seat(deed.subject).prompts
    if not prompts:
        return _declined(deed, "you have added nothing to your instructions")
    if which is not None and not 1 <= which <= len(prompts):
        return _declined(deed, f"there is no line {which}; you have 1 to {len(prompts)}")
    texts = prompts if which is None else (prompts[which - 1],)
    left = len(prompts) - len(texts)
    return e.PromptRemoved(
        participant=deed.subject,
        texts=texts,
        by=deed.by,
        cause=deed.cause,
        result=f"removed {len(texts)}, {left} left",
    )


def _temperature(deed: Deed, room: Room, table: Table, value: float) -> Event:
    seat = room.seat(deed.subject)
    requested = min(2.0, max(0.0, value))
    effective = table.models.effective_temperature(seat.participant.model, requested)
    changed = requested != seat.temperature
    said = number(requested)
    if requested != value:
        said += f" (0 to 2; {number(value)} was asked for)"
    if effective is None:
        said += "; your provider sets its own, so this has no effect"
    elif effective != requested:
        said += f"; your provider takes {number(effective)} at most"
    return e.TemperatureSet(
        participant=deed.subject,
        requested=requested,
        effective=effective,
        changed=changed,
        by=deed.by,
        cause=deed.cause,
        result=f"temperature {said}" if changed else f"unchanged: temperature {said}",
    )


def _invite(deed: Deed, room: Room, table: Table, invite: w.Invite) -> Event:
    seats = min(room.opened.caps.seats, MOST_SEATS)
    here = [seat for seat in room.seats if not (seat.left or seat.participant.person)]
    try:
        model = table.models.resolve(invite.model)
    except UnknownModel as error:
        return _declined(deed, str(error))
    same = [seat for seat in here if seat.participant.model == model.id]
    name = model.name
    if same:
        policy = room.opened.duplicates
        if policy == "ask" and not deed.approved and deed.by != PERSON:
            return _asked(deed, room, table)
        if policy == "deny" and deed.by != PERSON:
            return _declined(deed, f"{name} is here already, as {same[0].id}")
        ever = sum(seat.participant.model == model.id for seat in room.seats)
        name = f"{name} #{ever + 1}"
    if len(here) >= seats:
        return _declined(deed, f"the room is full: {seats} models at most")
    if key := table.models.missing_key(model.id):
        return _declined(deed, f"{model.name} cannot be reached: {key} is not set")
    newcomer = Participant(
        id=f"AI-{room.seated + 1}",
        name=name,
        model=model.id,
        persona=invite.persona,
        temperature=1.0,
        vision=model.vision,
    )
    return e.Joined(
        participant=newcomer,
        by=deed.by,
        greeting=invite.greeting,
        cause=deed.cause,
        result=f"{newcomer.label} has joined; {seats - len(here) - 1} seats left",
    )


def _paint(deed: Deed, room: Room, table: Table, prompt: str) -> Event:
    done = room.images - table.sitting.images
    most = room.opened.caps.images
    if done >= most:
        return _declined(deed, f"{most} pictures a session, and they are used up")
    image = f"I{room.images + 1}"
    return e.ImageRequested(
        image=image,
        prompt=prompt,
        by=deed.by,
        cause=deed.cause,
        result=f"{image} is being drawn; {most - done - 1} more this session",
    )


def _listed(room: Room, table: Table) -> str:
    here = {seat.participant.name for seat in room.models}
    names = [name for name in table.models.names() if name not in here]
    if not names:
        return "nobody else could be invited"
    more = f" and {len(names) - 24} more; ask by name" if len(names) > 24 else ""
    return "could be invited: " + ", ".join(names[:24]) + more


def _search(deed: Deed, table: Table, query: str) -> Event:
    if not table.searches:
        return _declined(deed, "not available: no search service is set up here")
    return e.Answered(
        verb="search", by=deed.by, cause=deed.cause, result=f"searching for {query!r}"
    )


def _whisper(deed: Deed, room: Room, to: str, text: str) -> Event:
    target = find(room, to)
    if isinstance(target, str):
        return _declined(deed, target)
    if target.id == deed.subject:
        return _declined(deed, "that is yourself")
    return e.Whispered(
        author=deed.subject,
        to=target.id,
        text=text,
        cause=deed.cause,
        result=f"only {target.label} and the person can read it",
    )


def _vote(deed: Deed, room: Room, vote: w.Vote) -> Iterator[Event]:
    if vote.opens:
        poll = f"P{room.polls_opened + 1}"
        yield e.PollOpened(
            poll=poll,
            question=vote.question,
            options=vote.options,
            by=deed.by,
            cause=deed.cause,
            result=f"poll {poll} is open; it closes when every model has voted",
        )
        return
    poll = _poll(room, vote.question)
    if poll is None:
        asked = f"no open poll {vote.question!r}" if vote.question else "no poll is open"
        yield _declined(deed, f'{asked}; open one with !vote "question" [yes, no]')
        return
    if deed.by == poll.removes:
        yield _declined(deed, "this motion is about you; the others vote on it")
        return
    wish = vote.options[0] if vote.options else ""
    choice = _choice(poll, wish)
    if choice is None:
        yield _declined(deed, f"{poll.poll} takes {', '.join(poll.options)}; not {wish!r}")
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


def _remove(deed: Deed, room: Room, who: str, reason: str) -> Iterator[Event]:
    target = find(room, who)
    if isinstance(target, str):
        yield _declined(deed, target)
        return
    if target.participant.person:
        yield _declined(deed, "the person cannot be removed")
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
        yield _declined(deed, f"{FEWEST} models stay at least; it may !leave by itself")
        return
    if any(poll.removes == target.id for poll in room.polls):
        yield _declined(deed, "that is being voted on already: !vote yes or !vote no")
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


def find(room: Room, who: str) -> Seat | str:
    """Return the one participant in the room meant by `who`, or why there is none.

    Id first, then the name, then the model id; case and a leading `@` do not matter.
    """
    wanted = who.strip().lstrip("@").casefold()
    here = [seat for seat in room.seats if not seat.left]
    for known in (_called, _named, _running):
        hits = [seat for seat in here if wanted in {name.casefold() for name in known(seat)}]
        if len(hits) == 1:
            return hits[0]
        if hits:
            return f"{who!r} is more than one: {', '.join(seat.id for seat in hits)}"
    return f"nobody here is called {who!r}; here are {', '.join(s.label for s in here)}"


def _called(seat: Seat) -> tuple[str, ...]:
    return seat.id, seat.label


def _named(seat: Seat) -> tuple[str, ...]:
    name = seat.participant.name
    if seat.participant.person:
        return (name, "person", f"person ({name})")  # as models are told of them
    return (name,) if name else ()


def _running(seat: Seat) -> tuple[str, ...]:
    return (seat.participant.model,) if seat.participant.model else ()


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
