"""What an entry says when it is no message: its line, folded and in full, and its details.

The lines are the notices of `transcripts.notices`. Where one has an end that changes with
time (a picture on its way, a poll), that end is not in the line: it is the item's `state`.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace

from transcripts import events as e
from transcripts.events import Event, ImageRequested
from transcripts.export import facts
from transcripts.notices import ASCII_ICONS, ICONS, SHOWN, Label, notice, number
from transcripts.participants import PERSON

_GENERATING = " (generating...)"
_CURES = {
    "Unauthorised": "its key is missing or wrong, `enfold doctor` says which",
    "OutOfCredit": "its account is empty: add credit, or give it another model",
    "NoSuchModel": "give it another model, /model WHO NAME",
    "ScriptEnded": "its script is over: let a model speak for it, /model WHO NAME",
    "Overlong": "its window is full: a smaller budget for cc sends less",
    "RateLimited": "its provider wants fewer requests: wait a little",
}
"""What helps, by class of failure."""

_IN_COLOUR = "\ufe0f"
"""Variation selector 16: the character before it is meant as an emoji."""

_BREAKS = re.compile(r"[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]+")

Asked = Mapping[str, ImageRequested]
"""What was asked for, by the picture's id."""


def full(event: Event, label: Label, asked: Asked, *, ascii: bool) -> str | None:  # noqa: A002 - as in `notice`
    """Return all that is to be said of `event` in a line or more; `None` if there is nothing."""
    match event:
        case ImageRequested(prompt=prompt, by=by):
            icon = (ASCII_ICONS if ascii else ICONS)["image"]
            return f'{icon} [{label(by)}]: !image "{prompt}"'
        case e.Unknown(kind=kind):
            return f"{kind}: an entry of a kind that this version does not know"
        case _:
            line = _noticed(event, label, asked, ascii=ascii, flat=False)
            return None if line is None else _without_state(event, narrow(line))


def brief(event: Event, label: Label, asked: Asked, *, ascii: bool) -> str:  # noqa: A002 - as in `notice`
    """Return one line that tells `event` without long words that stand elsewhere."""
    if isinstance(event, e.Unknown):
        return full(event, label, asked, ascii=ascii) or ""
    if isinstance(event, e.Joined) and event.participant.person:
        name = event.participant.name
        return (
            "You joined" if flat(name).lower() in {"", "you"} else f"{flat(name)} (you) joined"
        )
    line = _noticed(_shorter(event), label, asked, ascii=ascii, flat=True)
    told = (_without_state(event, line) or "").removesuffix(_GENERATING)
    return calm(told)


def under(line: str, event: Event, label: Label, *, ascii: bool) -> str:  # noqa: A002 - as in `notice`
    """Return a brief line as it stands under its caller's own words: who asked is plain there.

    `[AI-1]: !prompt "be brief"` becomes `!prompt "be brief"`; what failed keeps a sign.
    """
    failed = (ASCII_ICONS if ascii else ICONS)["fail"] + " "
    words = line.removeprefix(failed)
    sign = ("x " if ascii else "✗ ") if words != line else ""
    by = author(event, {})
    for who in (label(by), by):
        if words.startswith(f"[{who}]: "):
            return sign + words[len(who) + 4 :]
    return line


def calm(line: str) -> str:
    """Return a line without its icon, unless it says that something failed.

    The words say it all, and many terminals draw these wider than they say.
    """
    for name, icon in (*ICONS.items(), *ASCII_ICONS.items()):
        if name != "fail" and line.startswith(f"{icon} "):
            return line[len(icon) + 1 :]
    return line


def narrow(line: str) -> str:
    """Return a line with its icon as the one character it is.

    About the width of icons that ask to be drawn in colour, terminals and multiplexers
    disagree; a row that is wider than was thought shifts all beside it.
    """
    for icon in ICONS.values():
        if icon.endswith(_IN_COLOUR) and line.startswith(icon):
            return icon.removesuffix(_IN_COLOUR) + line[len(icon) :]
    return line


def flat(text: str) -> str:
    """Return `text` with its line breaks as spaces."""
    return _BREAKS.sub(" ", text)


def author(event: Event, asked: Asked) -> str:
    """Return the id of who is behind `event`; empty for nobody."""
    match event:
        case e.ImageFailed(image=image):
            return asked[image].by if image in asked else ""
        case e.Joined(participant=newcomer):
            return event.by if event.cause else newcomer.id
        case e.Faltered(author=who) | e.Whispered(author=who):
            return who
        case e.Left(participant=who) | e.Skipped(participant=who) | e.Benched(participant=who):
            return who
        case e.Returned(participant=who):
            return who
        case _ if getattr(event, "cause", None) is not None:
            return str(getattr(event, "by", ""))
        case _:
            return ""


def count(votes: Iterable[tuple[str, str]]) -> str:
    """Return `yes 2, no 1`."""
    choices = Counter(choice for _, choice in votes)
    return ", ".join(f"{choice} {times}" for choice, times in choices.most_common())


def _noticed(
    event: Event,
    label: Label,
    asked: Asked,
    *,
    ascii: bool,  # noqa: A002 - as in `notice`
    flat: bool,
) -> str | None:
    request = asked.get(str(getattr(event, "image", "")))
    return notice(event, label, ascii=ascii, request=request, flat=flat)


def _without_state(event: Event, line: str | None) -> str | None:
    """Return `line` without the end that `Item.state` says."""
    if line is not None and isinstance(event, e.ApprovalAsked | e.PollOpened):
        for dash in (" — ", " -- "):
            if dash in line:
                return line[: line.rindex(dash)]
    return line


def _shorter(event: Event) -> Event:
    """Return `event` with its long words cut, so that how it went is still on the row."""
    match event:
        case e.Joined(greeting=greeting):
            return replace(event, greeting=_cut(greeting))
        case e.Declined(argument=argument) | e.ApprovalAsked(argument=argument):
            return replace(event, argument=_cut(argument))
        case e.Searched(query=query):
            return replace(event, query=_cut(query))
        case e.PollOpened(question=question):
            return replace(event, question=_cut(question))
        case _:
            return event


def _cut(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."


def advice(event: e.Faltered) -> str:
    """Return what the person can do about a turn that failed."""
    cure = _CURES.get(event.error, "")
    if event.error == "ScriptEnded":
        return cure.replace("WHO", event.author)
    return f"{cure.replace('WHO', event.author)}; r tries again" if cure else "r tries again"


def details(event: Event) -> list[tuple[str, str]]:
    """Return what unfolding shows below the line: a word for each, and what it is."""
    found = [(name, value) for name, value in _details(event) if value]
    result = str(getattr(event, "result", ""))
    if result and not isinstance(event, e.Declined):
        by = str(getattr(event, "by", ""))
        found.append(("told you" if by == PERSON else f"told {by} alone", result))
    return found


def _details(event: Event) -> list[tuple[str, str]]:
    match event:
        case e.Opened():
            variables = "\n".join(
                f"{name} = {value}" for name, value in event.variables.items()
            )
            return [
                ("scenario", event.scenario),
                ("set", variables),
                ("told to all", event.house),
                ("seed", "" if event.seed is None else str(event.seed)),
            ]
        case e.Imported():
            repairs = ", ".join(f"{name} {times:,}" for name, times in event.repairs.items())
            return [
                ("format", event.format),
                ("size", f"{event.bytes:,} bytes"),
                ("SHA-256", event.sha256),
                ("repairs", repairs),
            ]
        case e.Joined(participant=newcomer):
            warm = newcomer.temperature
            return [
                ("model", newcomer.model),
                ("persona", newcomer.persona),
                ("temperature", "" if warm is None else number(warm)),
            ]
        case e.PromptRemoved(texts=texts):
            return [("gone", text) for text in texts]
        case e.TemperatureSet(requested=asked, effective=sent):
            if sent is None or sent == asked:
                return []
            return [("asked for", number(asked)), ("sent", number(sent))]
        case e.PollOpened(options=options):
            return [("choice", option) for option in options]
        case e.ImageCreated():
            return _of_picture(event)
        case e.Searched(hits=hits):
            return [(f"hit {place}", hit) for place, hit in enumerate(hits, 1)]
        case e.Faltered(attempts=attempts, usage=usage):
            used = ", ".join(facts.usage(usage)) if usage else ""
            return [("tries", str(attempts)), ("used", used)]
        case e.Unplaced(why=why):
            return [("why", why)]
        case e.Unknown(body=body):
            return [("entry", json.dumps(body, ensure_ascii=False, indent=2))]
        case _:
            return []


def _of_picture(event: e.ImageCreated) -> list[tuple[str, str]]:
    size = f"{event.width} x {event.height} pixels" if event.width and event.height else ""
    return [
        ("image", event.image),
        ("painter", event.painter),
        ("size", ", ".join(filter(None, (size, f"{event.bytes:,} bytes" * bool(event.bytes))))),
        ("cost", "" if event.dollars is None else facts.money(event.dollars)),
        ("time", f"{event.seconds:.1f} s" if event.seconds else ""),
        ("file", f"images/{event.file}" if event.file else "the picture itself is lost"),
    ]
