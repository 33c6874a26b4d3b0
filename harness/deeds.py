"""Commands carried out: a command and the room go in, events come out.

Every command gives exactly one event with a `result`, which only its caller is told; what
others see of it is a rendering of the same event. Nothing is recorded here and nothing is
awaited: pictures and searches are asked for, and done elsewhere.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import assert_never

from agents.errors import UnknownModel
from harness.deed import Deed, Table, argument, declined
from harness.votes import remove, vote
from harness.who import find
from transcripts import events as e
from transcripts.commands import words as w
from transcripts.commands.words import Call, Found
from transcripts.events import Cause, Event
from transcripts.notices import number
from transcripts.participants import PERSON, Participant
from transcripts.room import PROMPT_LINES, Room

PROMPT_CHARS = 2000
"""Length of one addition to one's own instructions, at most."""

MUTED_TURNS = 10
"""Turns one may mute oneself for, at most."""

MOST_SEATS = 12
"""Models in one room, whatever the settings say."""


def plan(
    found: Sequence[Found], room: Room, *, by: str, place: int, cut_at: int | None = None
) -> list[Deed]:
    """Return what is to be done for the message at `place`, in textual order.

    The turn's limits are counted here, after repeats were collapsed: what is over them
    becomes one declined deed a verb.

    Args:
        found: What the message asks for.
        room: Whose limits count.
        by: Who wrote it.
        place: Of the message.
        cut_at: Offset at which the message was cut off; `None` if it is whole.
    """
    limits = limit(room)
    used: dict[str, int] = {}
    deeds: list[Deed] = []
    for index, one in enumerate(found):
        verb = one.call.verb
        if isinstance(one.command, w.Malformed):
            # A slip costs nothing: its hint is the answer.
            deeds.append(
                Deed(
                    command=one.command, verb=verb, by=by, subject=by, cause=Cause(place, index)
                )
            )
            continue
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
                broken=cut_at is not None and one.call.end >= cut_at,
                refused=sum(
                    other.call.verb == verb and not isinstance(other.command, w.Malformed)
                    for other in found
                )
                - limits.get(verb, 1)
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
    rule = rules.get(f"{deed.by}/{deed.verb}") or rules.get(deed.verb) or "auto"
    # What cannot be read must not approve anything.
    return rule if rule in ("auto", "deny") else "ask"


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
        yield declined(
            deed,
            f"a turn allows {allowed} !{deed.verb}; "
            f"{deed.refused} more {'was' if deed.refused == 1 else 'were'} not carried out",
        )
        return
    if deed.broken:
        yield declined(deed, "your line was cut off in it; say it again if you still want it")
        return
    if isinstance(deed.command, w.Malformed):
        yield declined(deed, deed.command.why)
        return
    if deed.by != PERSON and not deed.approved:
        rule = approval(room, deed)
        if rule == "deny":
            yield declined(deed, f"!{deed.verb} is switched off in this room")
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
            yield from vote(deed, room, command)
        case w.Remove(who, reason):
            yield from remove(deed, room, who, reason)
        case w.Leave(reason):
            yield e.Left(
                participant=deed.subject,
                by=deed.by,
                reason=reason,
                cause=deed.cause,
                result="you have left the room",
            )
        case w.Malformed(_, _, why):
            yield declined(deed, why)
        case _:
            assert_never(command)


def _asked(deed: Deed, room: Room, table: Table) -> Event:
    if not table.attended:
        return declined(
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
        return declined(deed, f"{len(text)} characters; a line may have {PROMPT_CHARS}")
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
        return declined(deed, "you have added nothing to your instructions")
    if which is not None and not 1 <= which <= len(prompts):
        return declined(deed, f"there is no line {which}; you have 1 to {len(prompts)}")
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
        return declined(deed, str(error))
    same = [seat for seat in here if seat.participant.model == model.id]
    name = model.name
    if same:
        policy = room.opened.duplicates
        if policy == "ask" and not deed.approved and deed.by != PERSON:
            return _asked(deed, room, table)
        if policy == "deny" and deed.by != PERSON:
            return declined(deed, f"{name} is here already, as {same[0].id}")
        ever = sum(seat.participant.model == model.id for seat in room.seats)
        name = f"{name} #{ever + 1}"
    if len(here) >= (MOST_SEATS if deed.approved else seats):
        if table.attended and not deed.approved and deed.by != PERSON and seats < MOST_SEATS:
            return _asked(deed, room, table)
        return declined(deed, f"the room is full: {seats} models at most")
    if key := table.models.missing_key(model.id):
        return declined(deed, f"{model.name} cannot be reached: {key} is not set")
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
        result=f"{newcomer.label} has joined; {max(0, seats - len(here) - 1)} seats left",
    )


def _paint(deed: Deed, room: Room, table: Table, prompt: str) -> Event:
    done = room.images - table.sitting.images
    most = room.opened.caps.images
    if done >= most and not deed.approved:
        if table.attended and deed.by != PERSON:
            return _asked(deed, room, table)
        return declined(deed, f"{most} pictures a session, and they are used up")
    image = f"I{room.images + 1}"
    return e.ImageRequested(
        image=image,
        prompt=prompt,
        by=deed.by,
        cause=deed.cause,
        result=f"{image} is being drawn; {max(0, most - done - 1)} more this session",
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
        return declined(deed, "not available: no search service is set up here")
    return e.Answered(
        verb="search", by=deed.by, cause=deed.cause, result=f"searching for {query!r}"
    )


def _whisper(deed: Deed, room: Room, to: str, text: str) -> Event:
    target = find(room, to)
    if isinstance(target, str):
        return declined(deed, target)
    if target.id == deed.subject:
        return declined(deed, "that is yourself")
    return e.Whispered(
        author=deed.subject,
        to=target.id,
        text=text,
        cause=deed.cause,
        result=f"only {target.label} and the person can read it",
    )
