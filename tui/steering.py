"""The person's commands carried out on a session, and what came of each in one line.

Only what is the session's own; what needs a screen, such as help, search or a fork, is
handed back as `ForScreen`. A command that cannot be carried out changes nothing and says
why, so that the line can be put back where it was typed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from agents.errors import AgentError
from harness.budget import NAMES, Spent
from harness.errors import HarnessError, NotPossible
from harness.who import find
from transcripts import events as e
from transcripts.commands import words as w
from transcripts.errors import TranscriptError
from transcripts.events import Entry
from transcripts.notices import notice, number
from transcripts.room import PROMPT_LINES, Poll, Room, Seat, Waiting
from tui.slash.meant import Slash
from tui.slash.measured import measured, said, wanted
from tui.slash.options import options_of

if TYPE_CHECKING:
    from harness.session.session import Session

ASK_FIRST = frozenset({"remove"})
"""Commands that a screen asks about before they are carried out."""

_BUDGETS = {"turns": "turns", "tokens": "tokens", "seconds": "seconds"}


@dataclass(frozen=True, slots=True)
class Done:
    """It was carried out."""

    said: str
    """What came of it, in one line."""
    more: tuple[str, ...] = ()
    """Further lines, where a list was asked for."""


@dataclass(frozen=True, slots=True)
class Refused:
    """It was not carried out; the line belongs back in the prompt."""

    why: str


@dataclass(frozen=True, slots=True)
class ForScreen:
    """It is not the session's: a screen knows what to do."""

    slash: Slash


Outcome: TypeAlias = Done | Refused | ForScreen


def steer(slash: Slash, session: "Session") -> Outcome:
    """Carry out `slash` if it is the session's, and return what came of it.

    What is raised on purpose becomes `Refused`, in the error's own words.
    """
    step = _STEPS.get(slash.name)
    if step is None:
        return ForScreen(slash)
    try:
        return step(session, slash.args)
    except (HarnessError, AgentError, TranscriptError) as error:
        return Refused(" ".join(str(error).split()))


# Who is here.


def _add(session: "Session", args: Sequence[str]) -> Outcome:
    model, greeting, persona = args
    for seat in session.room.seats:
        if seat.id == model and seat.left:
            session.reseat(seat.id)
            return Done(f"{seat.label} is back")
        if seat.id == model:
            return Refused(f"{seat.label} is here already")
    return _done(session, session.do(w.Invite(model, greeting, persona), "add_ai"))


def _remove(session: "Session", args: Sequence[str]) -> Outcome:
    seat = _seat(session, args[0])
    return _done(session, session.do(w.Remove(seat.id), "remove_ai"))


def _mute(session: "Session", args: Sequence[str]) -> Outcome:
    seat, turns = _model(session, args[0]), int(args[1] or 1)
    return _done(session, session.do(w.Mute(turns), "mute_self", subject=seat.id))


def _unmute(session: "Session", args: Sequence[str]) -> Outcome:
    seat = _model(session, args[0])
    if not (seat.muted or seat.benched):
        return Refused(f"{seat.label} takes its turns already")
    session.bring_back(seat.id)
    return Done(f"{seat.label} takes its turns again")


def _prompt(session: "Session", args: Sequence[str]) -> Outcome:
    seat = _model(session, args[0])
    return _done(session, session.do(w.Prompt(args[1]), "prompt", subject=seat.id))


def _prompts(session: "Session", args: Sequence[str]) -> Outcome:
    seat = _model(session, args[0])
    if not seat.prompts:
        return Done(f"nothing was added to the instructions of {seat.label}")
    lines = tuple(f"{at}. {' '.join(text.split())}" for at, text in enumerate(seat.prompts, 1))
    return Done(f"{seat.label}: {_times(len(lines), 'line')} of {PROMPT_LINES} added", lines)


def _unprompt(session: "Session", args: Sequence[str]) -> Outcome:
    seat, line = _model(session, args[0]), int(args[1]) if args[1] else None
    if not seat.prompts:
        return Refused(f"nothing was added to the instructions of {seat.label}")
    if line is not None and line > len(seat.prompts):
        return Refused(f"{seat.label} has lines 1 to {len(seat.prompts)}; there is no {line}")
    return _done(session, session.do(w.PromptClear(line), "prompt_clear", subject=seat.id))


def _temp(session: "Session", args: Sequence[str]) -> Outcome:
    seat, value = _model(session, args[0]), float(args[1])
    return _done(session, session.do(w.Temperature(value), "temperature", subject=seat.id))


def _recast(session: "Session", args: Sequence[str]) -> Outcome:
    seat = _model(session, args[0])
    entry = session.recast(seat.id, args[1])
    model = entry.event.value if isinstance(entry.event, e.Changed) else args[1]
    return Done(f"{model} speaks for {seat.label} from its next turn on")


# The floor.


def _next(session: "Session", args: Sequence[str]) -> Outcome:
    seat = _model(session, args[0])
    session.change("next", seat.id)
    return Done(f"{seat.label} speaks next")


def _rounds(session: "Session", args: Sequence[str]) -> Outcome:
    session.go(int(args[0]))
    return Done(f"{_times(int(args[0]), 'round')} from here, then the room stands still")


def _pause(session: "Session", args: Sequence[str]) -> Outcome:
    if session.stands:
        return Done(f"the room stands still already: {session.stands}")
    session.pause()
    if session.speaking:
        return Done("the room stands still once this turn is over")
    return Done("the room stands still; /resume goes on")


def _resume(session: "Session", args: Sequence[str]) -> Outcome:
    if not session.stands:
        return Done("the room goes on already")
    session.resume()
    if session.stands:
        return Refused(f"{session.stands} /next names somebody")
    return Done("the room goes on")


def _step(session: "Session", args: Sequence[str]) -> Outcome:
    if not session.room.paused and session.speaking:
        session.pause()
        return Done("the room stands still once this turn is over; /step gives another")
    if not session.room.models:
        return Refused("no model is in the room; /add invites one")
    if not session.stands:
        session.pause()
    session.step()
    return Done("one turn")


def _stop(session: "Session", args: Sequence[str]) -> Outcome:
    if not session.speaking:
        return Done("nobody is speaking")
    session.stop_speaker()
    return Done("cut off; what was said stays")


def _skip(session: "Session", args: Sequence[str]) -> Outcome:
    if session.speaking:
        session.skip()
        return Done("passed over; what was said stays")
    before = len(session.log)
    session.skip()
    if len(session.log) == before:
        return Refused("no model is in the room; /add invites one")
    return _done(session, session.log[before:])


def _policy(session: "Session", args: Sequence[str]) -> Outcome:
    session.change("order", args[0])
    shown = args[0].replace("_", " ")
    if session.stands and args[0] == "person":
        return Done("who speaks next is yours to say: /next names somebody")
    return Done(f"who speaks next: {shown}")


def _budget(session: "Session", args: Sequence[str]) -> Outcome:
    value = args[0]
    if not value:
        return Done("this sitting has used " + _spent(session.budgets))
    if value == "none":
        for name in NAMES:
            session.change(f"caps.{name}", "none")
        said = "no budget: nothing but you stops the room"
    elif value.startswith("$"):
        session.change("caps.dollars", value)
        said = f"budget of a sitting: {value}"
    else:
        amount, name = value.split()
        session.change(f"caps.{_BUDGETS[name]}", amount)
        said = f"budget of a sitting: {value}"
    return Done(f"{said}; /resume goes on" if session.room.paused else said)


def _approve(session: "Session", args: Sequence[str]) -> Outcome:
    verb, rule = args
    session.change(f"approvals.{verb}", rule)
    who, slash, plain = verb.rpartition("/")
    whose = f" of {who}" if slash else ""
    what = {
        "auto": "is carried out without asking",
        "ask": "waits for your yes or no",
        "deny": "is never carried out",
    }[rule]
    return Done(f"!{plain}{whose} {what}")


def _yes(session: "Session", args: Sequence[str]) -> Outcome:
    return _decided(session, args[0], granted=True)


def _no(session: "Session", args: Sequence[str]) -> Outcome:
    return _decided(session, args[0], granted=False)


def _decided(session: "Session", approval: str, *, granted: bool) -> Outcome:
    waiting = _waiting(session.room, approval)
    if isinstance(waiting, str):
        return Refused(waiting)
    entries = session.approve(waiting.approval, granted=granted)
    if not granted:
        return Done(f"{waiting.approval} refused")
    came = _notices(session.room, entries[1:])
    return Done("; ".join((f"{waiting.approval} granted", *came)))


def _waiting(room: Room, approval: str) -> Waiting | str:
    """Return the command meant, or why there is none."""
    if not room.waiting:
        return "nothing waits for you"
    names = ", ".join(one.approval for one in room.waiting)
    if not approval and len(room.waiting) > 1:
        return f"several wait: {names}; say which"
    for one in room.waiting:
        if approval in ("", one.approval):
            return one
    return f"{approval} is not waiting; {names} {'is' if len(room.waiting) == 1 else 'are'}"


# Saying.


def _whisper(session: "Session", args: Sequence[str]) -> Outcome:
    seat = _model(session, args[0])
    entry = session.whisper(seat.id, args[1])
    if isinstance(entry.event, e.Queued):
        return Done(f"told to {seat.label} alone once this turn is over")
    return Done(f"told to {seat.label} alone")


def _unsay(session: "Session", args: Sequence[str]) -> Outcome:
    if not session.room.queue:
        return Refused("no line of yours waits to be spoken")
    last = session.room.queue[-1]
    text = last.event.text if isinstance(last.event, e.Queued) else ""
    session.unqueue(last.place)
    return Done(f"taken back: {' '.join(text.split())}")


def _image(session: "Session", args: Sequence[str]) -> Outcome:
    return _done(session, session.do(w.Paint(args[0]), "image"))


def _cancel(session: "Session", args: Sequence[str]) -> Outcome:
    image = args[0]
    job = next((job for job in session.room.jobs if job.image == image), None)
    if job is None:
        return Refused(f"there is no picture {image} in the making")
    if job.state not in ("queued", "running"):
        return Refused(f"{image} is {job.state} already")
    session.cancel_image(image)
    return Done(f"{image} is called off")


def _web(session: "Session", args: Sequence[str]) -> Outcome:
    return _done(session, session.do(w.Search(args[0]), "search"))


def _poll(session: "Session", args: Sequence[str]) -> Outcome:
    options = options_of(args[1]) or ("yes", "no")
    return _done(session, session.do(w.Vote(args[0], options, opens=True), "vote"))


def _vote(session: "Session", args: Sequence[str]) -> Outcome:
    poll, choice = args
    polls: tuple[Poll, ...] = session.room.polls
    if not polls:
        return Refused("no poll is open; /poll asks everybody a question")
    if poll and poll not in {one.poll for one in polls}:
        return Refused(f"{poll} is not open; {', '.join(one.poll for one in polls)}")
    return _done(session, session.do(w.Vote(poll, (choice,), opens=False), "vote"))


# The room.


def _title(session: "Session", args: Sequence[str]) -> Outcome:
    session.change("title", args[0])
    return Done(f"the room is called {session.room.title} now")


def _stats(session: "Session", args: Sequence[str]) -> Outcome:
    room = session.room
    seats = tuple(
        f"{seat.label}: {_times(seat.turns, 'turn')}, "
        f"{seat.tokens_in:,} tokens in, {seat.tokens_out:,} out, ${seat.dollars:.4f}"
        for seat in room.seats
        if not seat.participant.person
    )
    carried = room.carried
    return Done(
        f"{_times(room.lines, 'message')}, {_times(room.turns, 'turn')}, "
        f"{_times(room.rounds, 'round')}, {_times(room.images, 'picture')}, "
        f"{room.tokens:,} tokens, ${room.dollars:.4f}",
        (
            *seats,
            "this sitting: " + _spent(session.budgets),
            f"remembered: {carried.size:,} of {room.opened.budget:,} bytes "
            f"after {_times(carried.folds, 'fold')}",
        ),
    )


def _continuity(session: "Session", args: Sequence[str]) -> Outcome:
    share, policy = args
    if not (share or policy):
        return Done(said(measured(session.room, session.scoring)))
    if share:
        session.change("continuity.threshold", share)
    if policy:
        session.change("continuity.policy", policy)
    return Done(wanted(measured(session.room)))


def _spent(budgets: Sequence[Spent]) -> str:
    return ", ".join(
        f"{one.amount:.0f}{'' if one.most is None else f' of {one.most:g}'} seconds"
        if one.name == "seconds"
        else str(one)
        for one in budgets
    )


# What came of it.


def _seat(session: "Session", who: str) -> Seat:
    found = find(session.room, who)
    if isinstance(found, str):
        raise NotPossible(found)
    return found


def _model(session: "Session", who: str) -> Seat:
    seat = _seat(session, who)
    if seat.participant.person:
        raise NotPossible("that is you; a model is meant, such as AI-1")
    return seat


def _times(count: int, thing: str) -> str:
    return f"{count:,} {thing}" if count == 1 else f"{count:,} {thing}s"


def _done(session: "Session", entries: Sequence[Entry]) -> Outcome:
    """Return what the entries of one command come to."""
    room = session.room
    own = [entry for entry in entries if not _arrival(entry)]
    for entry in own:
        if isinstance(entry.event, e.Declined):
            # The hints of the models' commands are the person's with another sign.
            return Refused(entry.event.result.replace("!vote", "/vote"))
    said = [_said(room, own[0]), *_notices(room, own[1:])] if own else []
    return Done("; ".join(said) or "done")


def _arrival(entry: Entry) -> bool:
    """Whether it only says that the person sat down, with the first thing they did."""
    return isinstance(entry.event, e.Joined) and entry.event.participant.person


def _said(room: Room, entry: Entry) -> str:
    """Return what the first entry of a command says to the person."""
    match entry.event:
        case e.PromptAdded(participant=who):
            count = len(room.seat(who).prompts)
            return f"added to the instructions of {room.label(who)}: {count} of {PROMPT_LINES}"
        case e.Answered(verb="prompt"):
            return "unchanged: that is among its instructions already"
        case e.PromptRemoved(participant=who, texts=texts):
            left = len(room.seat(who).prompts)
            gone = _times(len(texts), "line")
            return f"{gone} taken out of the instructions of {room.label(who)}, {left} left"
        case e.TemperatureSet(participant=who, requested=wish, effective=sent, changed=changed):
            text = f"{room.label(who)}: temperature {number(wish)}"
            if sent is None:
                text += ", though its provider sets its own"
            elif sent != wish:
                text += f", of which its provider takes {number(sent)}"
            return text if changed else f"unchanged: {text}"
        case e.Muted(participant=who, turns=turns):
            return f"{room.label(who)} listens for {_times(turns, 'turn')}"
        case event:
            told: str = getattr(event, "result", "")
            return told or next(iter(_notices(room, [entry])), "")


def _notices(room: Room, entries: Sequence[Entry]) -> list[str]:
    """Return the notices of what else happened, without their icons."""
    found: list[str] = []
    for entry in entries:
        told: str = getattr(entry.event, "result", "")
        said = told or notice(entry.event, room.label, ascii=True)
        if said:
            found.append(" ".join(said.split()))
    return found


_STEPS: dict[str, Callable[["Session", Sequence[str]], Outcome]] = {
    "add": _add,
    "remove": _remove,
    "mute": _mute,
    "unmute": _unmute,
    "prompt": _prompt,
    "prompts": _prompts,
    "unprompt": _unprompt,
    "temp": _temp,
    "model": _recast,
    "next": _next,
    "rounds": _rounds,
    "pause": _pause,
    "resume": _resume,
    "step": _step,
    "stop": _stop,
    "skip": _skip,
    "policy": _policy,
    "budget": _budget,
    "approve": _approve,
    "yes": _yes,
    "no": _no,
    "whisper": _whisper,
    "unsay": _unsay,
    "image": _image,
    "cancel": _cancel,
    "web": _web,
    "poll": _poll,
    "vote": _vote,
    "title": _title,
    "stats": _stats,
    "continuity": _continuity,
}
"""What is the session's; every other command is a screen's."""
