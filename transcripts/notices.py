"""What happened, in one line.

`notice` is the line for the person: everything, private words included. `context` is the
line the other models are told: never a private word. Both are renderings of events, so
nothing is stored as a notice and nothing is ever parsed back out of one, except when a
foreign transcript is read.

Where the old text form has a shape for an event, that shape is kept to the letter; what it
does not know is written in the same manner: icon, `[AI-n (Model)]:`, command, ` — ` and how
it went.
"""

import re
from collections.abc import Callable
from typing import TypeAlias, assert_never

from transcripts import events as e
from transcripts.events import Event, ImageRequested, Origin
from transcripts.participants import ROOM
from transcripts.room import Job

Label: TypeAlias = Callable[[str], str]
"""From an id to what is shown for it: `AI-1` to `AI-1 (Gemini 3 Flash)`."""

PICTURE = "\ufffc"
"""Stands where the picture was in the old form."""

ALREADY = "was already invited (by another AI)"
"""How a refused invitation ends that somebody else had made before."""

SHOWN = 50
"""Characters of a picture's description in the line that announces it."""

ICONS = {
    "image": "🎨",
    "prompt": "💭",
    "temperature": "🌡️",
    "add": "✨",
    "mute": "🔇",
    "search": "🔍",
    "vote": "🗳️",
    "whisper": "🤫",
    "fail": "❌",
    "info": "ℹ️",
}

ASCII_ICONS = {
    "image": "[img]",
    "prompt": "[sys]",
    "temperature": "[temp]",
    "add": "[add]",
    "mute": "[mute]",
    "search": "[find]",
    "vote": "[vote]",
    "whisper": "[whisper]",
    "fail": "[fail]",
    "info": "[info]",
}

_BRANCHED = {
    "regenerate": "regenerated",
    "continue": "continued",
    "edit": "edited",
    "retry": "retried",
}

_DONE = {
    "widen": " — more lines are told word for word",
    "delaminate": " — laminae are made finer",
}
"""What is done about a score that fell."""

_BREAKS = re.compile(r"[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]+")


def notice(
    event: Event,
    label: Label,
    *,
    ascii: bool = False,  # noqa: A002 - names what it does
    request: ImageRequested | Job | None = None,
    flat: bool = True,
) -> str | None:
    """Return the line the person sees for `event`, or `None` if there is none to see.

    Args:
        event: What happened.
        label: Shows an id.
        ascii: Icons and punctuation of ours in ASCII; the words of others stay as they are.
        request: For a picture that came or failed: what had asked for it.
        flat: Line breaks inside become spaces, so that it is one line whatever was written.
    """
    said = _said(event, label, request)
    if said is None:
        return None
    icon, text = said
    if flat:
        text = _BREAKS.sub(" ", text)
    if not icon:
        return text
    if ascii:
        return f"{ASCII_ICONS[icon]} {_plain(text)}"
    return f"{ICONS[icon]} {text}"


def context(
    event: Event, label: Label, *, request: ImageRequested | Job | None = None
) -> str | None:
    """Return the one line other models are told about `event`, or `None` for not a word.

    What is private stays out: the text of a prompt, a temperature's value, whispers, results
    and refusals. Hits of a search are not in it either: they are shown as what they are.

    Args:
        event: What happened.
        label: Shows an id.
        request: For a picture that came or failed: what had asked for it.
    """
    told = _told(event, label, request)
    return None if told is None else f"[{_BREAKS.sub(' ', told)}]"


def branched(origin: Origin) -> str:
    """Return what a fork is to its origin: `forked at 40`, `edited AI-2 at 41`."""
    done = _BRANCHED.get(origin.by, "forked")
    if origin.line is None:
        return f"{done} at {origin.place}"
    return " ".join(part for part in (done, origin.author, f"at {origin.line}") if part)


def number(value: float) -> str:
    """Return a temperature the way the old form writes it: `1.4`, `1.0`."""
    return repr(float(value))


def _plain(text: str) -> str:
    for ours, theirs in ((f" {PICTURE}", ""), (PICTURE, ""), (" — ", " -- "), (" → ", " -> ")):
        text = text.replace(ours, theirs)
    return text


def _asked(who: str, verb: str, argument: str = "", status: str = "") -> str:
    quoted = f' "{argument}"' if argument else ""
    return f"[{who}]: !{verb}{quoted}" + (f" — {status}" if status else "")


def _for(event: e.PromptAdded | e.PromptRemoved | e.TemperatureSet | e.Muted) -> str:
    """Whom it is for, if not for the one who asked."""
    return "" if event.by == event.participant else f"for {event.participant}"


def _temperature(event: e.TemperatureSet) -> str:
    if not event.changed:
        return "unchanged"
    if event.effective is not None and event.effective != event.requested:
        return f"sends {number(event.effective)}"
    return ""


def _image(request: ImageRequested | Job | None, image: str, label: Label) -> str:
    return f"the image of {label(request.by)}" if request else f"image {image}"


def _shortened(prompt: str) -> str:
    return prompt if len(prompt) <= SHOWN else f"{prompt[:SHOWN]}..."


def _times(count: int, thing: str) -> str:
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"


def _said(
    event: Event, label: Label, request: ImageRequested | Job | None
) -> tuple[str, str] | None:
    """Return icon and text; an empty icon for text that stands alone."""
    match event:
        case e.Joined(participant=newcomer, by=by, greeting=greeting):
            if by == ROOM or newcomer.person:
                return "add", f"{newcomer.label} joined"
            welcome = f' "{greeting}"' if greeting else ""
            return "add", f'[{by}]: !add_ai "{newcomer.name or newcomer.id}"{welcome}'
        case e.Left(participant=leaver, by=by, reason=reason):
            how = "left" if by in {leaver, ROOM} else f"was sent out by {label(by)}"
            return "info", f"{label(leaver)} {how}" + (f" — {reason}" if reason else "")
        case e.PromptAdded(text=text, by=by):
            return "prompt", _asked(by, "prompt", text, _for(event))
        case e.PromptRemoved(texts=texts, by=by):
            gone = f"{_times(len(texts), 'line')} gone"
            status = ", ".join(part for part in (_for(event), gone) if part)
            return "prompt", _asked(by, "prompt_clear", "", status)
        case e.TemperatureSet(requested=requested, by=by):
            parts = ", ".join(part for part in (_for(event), _temperature(event)) if part)
            status = f" — {parts}" if parts else ""
            return "temperature", f"[{by}]: !temperature {number(requested)}{status}"
        case e.Muted(turns=turns, by=by):
            count = f" {turns}" if turns > 1 else ""
            status = f" — {_for(event)}" if _for(event) else ""
            return "mute", f"[{by}]: !mute_self{count}{status}"
        case e.Whispered(author=author, to=to, text=text):
            return "whisper", f'[{label(author)}]: !whisper "{to}" "{text}"'
        case e.PollOpened(poll=poll, removes=removes, by=by) if removes:
            return "vote", _asked(label(by), "remove_ai", removes, f"poll {poll}")
        case e.PollOpened(poll=poll, question=question, options=options, by=by):
            choices = f"[{', '.join(options)}]"
            return "vote", f'[{label(by)}]: !vote "{question}" {choices} — poll {poll}'
        case e.Voted(poll=poll, choice=choice, by=by):
            return "vote", f"[{label(by)}]: !vote {poll} {choice}"
        case e.PollClosed(poll=poll, outcome=outcome):
            return "vote", f"poll {poll} is closed — {outcome}"
        case e.ImageRequested(prompt=prompt, by=by):
            return "image", f"{_asked(label(by), 'image', _shortened(prompt))} (generating...)"
        case e.ImageCreated(image=image):
            if request:
                return "image", f"{label(request.by)} created an image{PICTURE}"
            return "image", f"image {image} is done"
        case e.ImageFailed(image=image, reason=reason, cancelled=cancelled):
            why = reason or ("called off" if cancelled else "it did not come")
            if request:
                prompt = _shortened(request.prompt)
                return "fail", _asked(label(request.by), "image", prompt, why)
            return "fail", f"image {image} — {why}"
        case e.Searched(query=query, by=by, hits=hits):
            return "search", f"{_asked(label(by), 'search', query)} (found {len(hits)} results)"
        case e.Answered(verb=verb, by=by):
            return "info", _asked(label(by), verb)
        case e.Declined(verb="add_ai", result=result) if result.endswith(ALREADY):
            return "add", result
        case e.Declined(verb=verb, argument=argument, by=by, result=result):
            return "fail", _asked(label(by), verb, argument, result)
        case e.ApprovalAsked(approval=approval, verb=verb, argument=argument, by=by):
            return "info", _asked(label(by), verb, argument, f"{approval} waits for you")
        case e.ApprovalGiven(approval=approval, granted=granted):
            return "info", f"{approval} {'granted' if granted else 'refused'}"
        case e.Faltered(author=author, error=error, detail=detail):
            return "fail", f"{label(author)}: {error}" + (f" — {detail}" if detail else "")
        case e.Benched(participant=who, failures=failures):
            return "info", f"{label(who)} is left out — {_times(failures, 'failure')} in a row"
        case e.Returned(participant=who):
            return "info", f"{label(who)} is back"
        case e.Skipped(participant=who, reason=reason):
            return "info", f"{label(who)} is passed over" + (f" — {reason}" if reason else "")
        case e.Changed(setting=setting, value=value):
            return "info", f"{setting} is now {value or 'unset'}"
        case e.Paused(reason=reason):
            return "info", "paused" + (f" — {reason}" if reason not in {"", "paused"} else "")
        case e.Resumed():
            return "info", "the room goes on"
        case e.Imported(file=file, format=form):
            return "info", f"read from {file} ({form})"
        case e.Repaired(bytes=size, file=file):
            return "info", f"the log ended in half a line ({size} bytes), kept as {file}"
        case e.Slipped(score=score, threshold=threshold, act=act):
            return "info", f"continuity {score}, below {threshold}{_DONE.get(act, '')}"
        case e.Unplaced(text=text):
            return "", text
        case (
            e.Opened()
            | e.Queued()
            | e.Unqueued()
            | e.Spoke()
            | e.ImageStarted()
            | e.Folded()
            | e.Recalled()
            | e.Laminated()
            | e.Delaminated()
            | e.Merged()
            | e.Rewritten()
            | e.Scored()
            | e.Unknown()
        ):
            return None
        case _:
            assert_never(event)


def _told(event: Event, label: Label, request: ImageRequested | Job | None) -> str | None:
    match event:
        case e.Joined(participant=newcomer, by=by, greeting=greeting):
            if by in {ROOM, newcomer.id}:
                return f"{newcomer.label} joined"
            welcome = f' with the words "{greeting}"' if greeting else ""
            return f"{label(by)} invited {newcomer.label}{welcome}"
        case e.Left(participant=leaver, by=by):
            if by in {leaver, ROOM}:
                return f"{label(leaver)} left"
            return f"{label(by)} sent {label(leaver)} out"
        case (
            e.PromptAdded(participant=whose, by=by) | e.PromptRemoved(participant=whose, by=by)
        ):
            if by == whose:
                return f"{whose} modified their system prompt"
            return f"{label(by)} modified the system prompt of {whose}"
        case e.TemperatureSet(changed=False):
            return None
        case e.TemperatureSet(participant=whose, by=by):
            if by == whose:
                return f"{whose} adjusted their temperature"
            return f"{label(by)} adjusted the temperature of {whose}"
        case e.Muted(participant=who, by=by, turns=turns):
            span = "this turn" if turns == 1 else f"for {turns} turns"
            if by == who:
                return f"{who} used !mute_self - listening {span}"
            return f"{label(by)} muted {label(who)} - listening {span}"
        case e.PollOpened(poll=poll, removes=removes, options=options, by=by) if removes:
            return (
                f"{label(by)} moved that {label(removes)} leave: "
                f"poll {poll}, {' or '.join(options)}"
            )
        case e.PollOpened(poll=poll, question=question, options=options, by=by):
            return f'{label(by)} opened poll {poll}: "{question}" {" or ".join(options)}'
        case e.Voted(poll=poll, choice=choice, by=by):
            return f'{label(by)} voted "{choice}" in poll {poll}'
        case e.PollClosed(poll=poll, outcome=outcome):
            return f"poll {poll} is closed: {outcome}"
        case e.ImageCreated(image=image):
            if request:
                return f'{label(request.by)} created an image: "{request.prompt}"'
            return f"image {image} is done"
        case e.ImageFailed(image=image):
            return f"{_image(request, image, label)} did not come"
        case e.Searched(query=query, by=by):
            return f'{label(by)} searched the web for "{query}"'
        case e.Benched(participant=who):
            return f"{label(who)} is left out for now"
        case e.Returned(participant=who):
            return f"{label(who)} is back"
        case (
            e.Opened()
            | e.Imported()
            | e.Queued()
            | e.Unqueued()
            | e.Spoke()
            | e.Faltered()
            | e.Skipped()
            | e.Whispered()
            | e.ImageRequested()
            | e.ImageStarted()
            | e.Answered()
            | e.Declined()
            | e.ApprovalAsked()
            | e.ApprovalGiven()
            | e.Changed()
            | e.Paused()
            | e.Resumed()
            | e.Folded()
            | e.Recalled()
            | e.Laminated()
            | e.Delaminated()
            | e.Merged()
            | e.Rewritten()
            | e.Scored()
            | e.Slipped()
            | e.Repaired()
            | e.Unplaced()
            | e.Unknown()
        ):
            return None
        case _:
            assert_never(event)
