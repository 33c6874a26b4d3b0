"""What one participant is asked: the room as it stands, seen from its seat.

`ask` is pure: the same room gives the same request. Own lines become assistant lines, all
else goes into user lines between them: what others said under their labels, what the room
tells in an envelope of its own, and what is for this participant alone marked as such. What
is older than that is not told here; it reaches the speaker as what it remembers.

`clean_reply` is the way back: it takes off the label that models like to put before their
own words, and finds the place where one began to write somebody else's.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from agents.providers.base import Image, Line, Request
from transcripts import events as e
from transcripts.commands.parse import parse
from transcripts.commands.words import Parsed
from transcripts.events import Entry
from transcripts.notices import context, number
from transcripts.participants import PERSON, ROOM, Participant
from transcripts.room import KEPT_LINES, PROMPT_LINES, Job, Room, Seat

IMAGES = 5
"""Pictures shown at once, the newest; of older ones the caption is told."""

POLLS = 5
"""Open polls listed, the newest."""

QUESTION_CHARS = 200
"""Of a poll's question, as listed."""

BETWEEN = 2
"""Bytes between two things told, at most."""

BEGIN = "Nobody has spoken yet. You begin."
ALONE = "Nobody has spoken since. Go on."
BROKEN_OFF = "Nobody has spoken since. Go on where your line broke off."
GOES_ON = "The talk goes on."

_BREAKS = re.compile(r"[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]+")

_UNSEEN = (
    r"[\s\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e"
    r"\u2060-\u206f\ufe00-\ufe0f\ufeff]"
)
"""Characters that take no room on a screen, or only empty room."""

_ENVELOPE = re.compile(
    rf"[<＜﹤](?={_UNSEEN}{{0,8}}[/／]?{_UNSEEN}{{0,8}}"
    + rf"{_UNSEEN}{{0,4}}".join(["[rｒ]", "[oｏ]", "[oｏ]", "[mｍ]"])
    + ")",
    re.IGNORECASE,
)
"""Where a text opens or closes what would look like the room's own words."""

_LABEL = re.compile(
    r"[*_#~+\-•` ]{0,16}\[ *(?:ai ?[-‐‑‒–—−]? ?\d|(?:person|you|room|system)\b)"
)
"""A line that would look like somebody's, after NFKC and case folding."""


@dataclass(frozen=True, slots=True)
class _Told:
    """One thing told, before turns are made of it."""

    role: str
    """`user`, `assistant`, or `room`, which goes into user lines too."""
    text: str
    images: tuple[Image, ...] = ()


def ask(
    room: Room,
    participant: str,
    *,
    carried: str = "",
    recalled: Sequence[str] = (),
    earlier: Sequence[Entry] = (),
    images_dir: Path | None = None,
    max_tokens: int = 2048,
    limit_bytes: int | None = None,
) -> Request:
    """Return what to ask `participant` next.

    Told word for word is everything since it last spoke, and at least the last
    `room.opened.window` lines; nothing older but `earlier`, however long the room is.

    Args:
        room: As it stands.
        participant: Id of the one to be asked; it has a seat.
        carried: cc, rendered; presented as what the participant remembers.
        recalled: Older pieces that belong to what is being said, each with its source in it.
        earlier: What stands right before that in the log, to be told word for word too, as
            `just_before` returns it; of its pictures only captions are told.
        images_dir: Where the room's pictures lie; without it only captions are told.
        max_tokens: Of the reply.
        limit_bytes: The most UTF-8 bytes of text to send. For it `earlier` lines are left out,
            oldest first, then recalled pieces, oldest first, then told lines, oldest first, and
            a line says so; the newest line stays in any case.

    Raises:
        KeyError: Nobody by that id ever joined.
    """
    seat = room.seat(participant)
    seen = replace(room, recent=(*earlier, *room.recent)) if earlier else room
    before = [one for entry in earlier for one in _told(entry, seen, seat.id, None)]
    told = list(_tell(seen, seat, _since(room, seat), images_dir))
    spoken = [one for one in told if one.role != "room"]
    if spoken and spoken[-1].role == "assistant" and told[-1].role == "room":
        # What the room told of it since, such as that it was cut off, asks for nothing.
        told.append(_to_you(BROKEN_OFF if _broke_off(room, seat) else ALONE))
    newest = max((n for n, one in enumerate(told) if one.role != "room"), default=len(told))

    def request(shortened: int, dropped: int, left_out: int) -> Request:
        items = [*before[shortened:], *told[left_out:]]
        system = Line("system", _encodable(_system(room, seat, carried, recalled[dropped:])))
        return Request(
            model=seat.participant.model,
            lines=(system, *_turns(items, left_out, begun=room.lines > 0)),
            temperature=seat.temperature,
            max_tokens=max_tokens,
            speaker=participant,
            carried=_encodable(carried),
            recalled=tuple(_encodable(piece) for piece in recalled[dropped:]),
        )

    shortened = dropped = left_out = 0
    asked = request(0, 0, 0)
    while limit_bytes is not None and asked.bytes > limit_bytes:
        if shortened < len(before):
            shortened += 1
        elif dropped < len(recalled):
            dropped += 1
        elif left_out < newest:
            left_out += 1
        else:
            break
        asked = request(shortened, dropped, left_out)
    return asked


def told_places(room: Room, participant: str) -> frozenset[int]:
    """Return the places of the log that `ask` tells `participant` word for word.

    Raises:
        KeyError: Nobody by that id ever joined.
    """
    return frozenset(entry.place for entry in _since(room, room.seat(participant)))


def just_before(
    room: Room,
    participant: str,
    log: Sequence[Entry],
    spare: int,
    instead: Mapping[int, int] | None = None,
) -> tuple[Entry, ...]:
    """Return what `ask` can tell `earlier`: whole lines, as many as `spare` bytes have room for.

    They reach back from what `ask` tells anyway, without a gap, each with what came of it. With
    that they are `KEPT_LINES` lines at most, so that it costs the same in a long room.

    Args:
        room: As it stands.
        participant: Id of the one to be asked; it has a seat.
        log: Of the room, whole; an entry's index is its place.
        spare: Bytes of UTF-8.
        instead: By place, bytes that need not be sent if the line there is told.

    Raises:
        KeyError: Nobody by that id ever joined.
    """
    seat = room.seat(participant)
    window = _since(room, seat)
    start = end = window[0].place if window else room.next_place
    lines = sum(isinstance(entry.event, e.Spoke) for entry in window)
    for place in range(end - 1, max(0, end - 8 * KEPT_LINES) - 1, -1):
        entry = log[place]
        cost = sum(
            len(one.text.encode("utf-8", "replace")) + BETWEEN
            for one in _told(entry, room, seat.id, None)
        )
        spare -= cost - (instead or {}).get(place, 0)
        if spare < 0 or lines == KEPT_LINES:
            break
        if isinstance(entry.event, e.Spoke):
            start, lines = place, lines + 1
    return tuple(log[start:end])


def quoted(text: str) -> str:
    """Return `text` so that no line of it passes for another speaker's or for the room's.

    `<room` becomes `‹room`, and a line that begins like a label gets `> ` before it. All
    else stays as it is.
    """
    text = _ENVELOPE.sub("‹", text)
    return "".join(
        f"> {line}" if _looks_labelled(line) else line
        for line in text.splitlines(keepends=True)
    )


def _looks_labelled(line: str) -> bool:
    if not ("[" in line or "［" in line):
        return False
    head = re.sub(_UNSEEN, " ", unicodedata.normalize("NFKC", line[:160])).casefold()
    return _LABEL.match(" ".join(head.split())) is not None


def _label(room: Room) -> Callable[[str], str]:
    """Return what shows an id to models: as people see it, but the person is `person`."""

    def shown(participant: str) -> str:
        label = _flat(room.label(participant))
        if participant != PERSON:
            return label
        name = label.removeprefix(PERSON)
        # To a model, "you" is itself.
        return "person" if name.casefold() == " (you)" else f"person{name}"

    return shown


# What is told.


def _tell(
    room: Room, seat: Seat, entries: Sequence[Entry], images_dir: Path | None
) -> Iterator[_Told]:
    pictures = [entry.place for entry in entries if isinstance(entry.event, e.ImageCreated)]
    newest = set(pictures[-IMAGES:])
    for entry in entries:
        shown = images_dir if seat.participant.vision and entry.place in newest else None
        yield from _told(entry, room, seat.id, shown)


def _broke_off(room: Room, seat: Seat) -> bool:
    """Whether the last line is this seat's, and not whole."""
    lines = (entry.event for entry in reversed(room.recent))
    last = next((event for event in lines if isinstance(event, e.Spoke)), None)
    return last is not None and last.author == seat.id and bool(last.cut)


def _since(room: Room, seat: Seat) -> tuple[Entry, ...]:
    """Return what is told word for word, oldest first."""
    lines = [entry.place for entry in room.recent if isinstance(entry.event, e.Spoke)]
    if len(lines) <= room.opened.window:
        return room.recent
    first = min(seat.heard, lines[-room.opened.window])
    return tuple(entry for entry in room.recent if entry.place >= first)


def _told(entry: Entry, room: Room, viewer: str, images_dir: Path | None) -> Iterator[_Told]:
    label = _label(room)
    event = entry.event
    match event:
        case e.Spoke(author=author) if author == viewer:
            if event.text.strip():
                yield _Told("assistant", event.text)
            if event.cut:
                yield _to_you(f"Your line was cut off ({event.cut}).")
        case e.Spoke(author=author):
            yield from _heard(event, label(author), inline=room.opened.inline)
        case e.Whispered(author=author, to=to) if to == viewer and author != viewer:
            yield _Told("user", f"[{label(author)} to you alone]: {quoted(event.text)}")
        case e.Joined(participant=newcomer, by=by, greeting=greeting) if newcomer.id == viewer:
            if by not in {ROOM, viewer}:
                words = f" with the words: {greeting}" if greeting else ""
                yield _to_you(f"{label(by)} invited you{words}")
        case e.Joined(participant=newcomer, by=by) if by == ROOM or newcomer.person:
            pass  # the roster says it
        case e.ImageCreated():
            yield _picture(event, room, images_dir)
        case e.ImageFailed(image=image, reason=reason):
            job = _job(room, image)
            if job is not None and job.by == viewer:
                yield _to_you(f"!image — {image} did not come: {reason}")
            else:
                yield from _public(event, label, job)
        case e.ApprovalAsked(verb=verb, approval=approval, by=by):
            if by == viewer:
                yield _to_you(f"!{verb} — waits for the person's approval ({approval})")
        case e.ApprovalGiven(approval=approval, granted=granted):
            if _who_waited(room, approval) == viewer:
                yield _to_you(f"{approval} — {'granted' if granted else 'refused'}")
        case e.Searched():
            yield from _result(event, viewer)
            yield _hits(event, label)
        case _:
            results = list(_result(event, viewer))
            yield from results or _public(event, label)


def _heard(event: e.Spoke, label: str, *, inline: bool) -> Iterator[_Told]:
    """Yield a line of somebody else's: what all may read of it."""
    if event.author == ROOM:
        if event.text.strip():
            yield _Told("user", f"<room>{quoted(event.text)}</room>")
        return
    # The person's words are never commands, whatever they look like.
    parsed = (
        Parsed((), event.text) if event.author == PERSON else parse(event.text, inline=inline)
    )
    if parsed.silent:
        yield _Told("user", f"<room>[{quoted(label)} acted without speaking]</room>")
    elif parsed.public.strip():
        yield _Told("user", f"[{quoted(label)}]: {quoted(parsed.public).rstrip()}")
    if event.cut:
        yield _from_room(f"{label} was cut off")


def _picture(event: e.ImageCreated, room: Room, images_dir: Path | None) -> _Told:
    job = _job(room, event.image)
    caption = _from_room(context(event, _label(room), request=job) or "")
    # A file name comes from a log, and a log can come from anywhere: it is a name, not a path.
    if images_dir is None or not event.file or Path(event.file).name != event.file:
        return caption
    path = images_dir / event.file
    if not path.is_file():
        return caption
    text = caption.text.replace("</room>", " (attached)</room>")
    return _Told("room", text, (Image(path, event.mime),))


def _hits(event: e.Searched, label: Callable[[str], str]) -> _Told:
    hits = "\n".join(f"{n}. {quoted(_flat(hit))}" for n, hit in enumerate(event.hits, start=1))
    head = quoted(_flat(f'{label(event.by)} searched the web for "{event.query}".'))
    found = (
        f"It says, in its own words and not the room's:\n{hits}" if hits else "Nothing came."
    )
    return _Told("room", f"<room>{head} {found}</room>")


def _public(
    event: e.Event, label: Callable[[str], str], request: Job | None = None
) -> Iterator[_Told]:
    line = context(event, label, request=request)
    if line is not None:
        yield _from_room(line)


def _result(event: e.Event, viewer: str) -> Iterator[_Told]:
    """Yield what the caller alone is told of how its command went."""
    match event:
        case e.Whispered(author=caller):
            verb = "whisper"
        case e.Joined(by=caller):
            verb = "add_ai"
        case e.Left(by=caller, participant=leaver):
            verb = "leave" if leaver == caller else "remove_ai"
        case e.PromptAdded(by=caller):
            verb = "prompt"
        case e.PromptRemoved(by=caller):
            verb = "prompt_clear"
        case e.TemperatureSet(by=caller):
            verb = "temperature"
        case e.Muted(by=caller):
            verb = "mute_self"
        case e.PollOpened(by=caller, removes=removes):
            verb = "remove_ai" if removes else "vote"
        case e.Voted(by=caller):
            verb = "vote"
        case e.ImageRequested(by=caller):
            verb = "image"
        case e.Searched(by=caller):
            verb = "search"
        case e.Answered(by=caller, verb=verb) | e.Declined(by=caller, verb=verb):
            pass
        case _:
            return
    if caller == viewer and event.result:
        yield _to_you(f"!{verb} — {event.result}")


def _from_room(text: str) -> _Told:
    inside = _flat(text)
    if inside.startswith("[") and inside.endswith("]"):
        inside = inside[1:-1]
    return _Told("room", f"<room>{quoted(inside)}</room>")


def _to_you(text: str) -> _Told:
    return _Told("room", f'<room to="you">{quoted(_flat(text))}</room>')


def _flat(text: str) -> str:
    return _BREAKS.sub(" ", text).strip()


def _job(room: Room, image: str) -> Job | None:
    """Return who asked for a picture, from the room's jobs or from what is still told."""
    for job in room.jobs:
        if job.image == image:
            return job
    for entry in room.recent:
        if isinstance(entry.event, e.ImageRequested) and entry.event.image == image:
            return Job(image=image, prompt=entry.event.prompt, by=entry.event.by)
    return None


def _who_waited(room: Room, approval: str) -> str:
    for entry in room.recent:
        if isinstance(entry.event, e.ApprovalAsked) and entry.event.approval == approval:
            return entry.event.by
    return ""


# Turns made of it.


def _turns(told: Sequence[_Told], left_out: int, *, begun: bool) -> Iterator[Line]:
    """Yield lines, user and assistant in turn, the first and the last a user line."""
    items = list(told)
    if left_out:
        lines = "line is" if left_out == 1 else "lines are"
        items.insert(0, _from_room(f"{left_out} earlier {lines} left out here."))
    if not any(one.role != "room" for one in items):
        items.append(_to_you(ALONE if begun else BEGIN))
    if items[0].role == "assistant":
        items.insert(0, _from_room(GOES_ON))
    if items[-1].role == "assistant":
        items.append(_to_you(ALONE))
    pending = items[0]
    for one, before in zip(items[1:], items, strict=False):
        if (one.role == "assistant") != (pending.role == "assistant"):
            yield _line(pending)
            pending = one
        elif one.role == "assistant":
            yield _line(pending)
            yield _line(_to_you(ALONE))
            pending = one
        else:
            gap = "\n" if one.role == before.role == "room" else "\n\n"
            pending = replace(
                pending,
                text=f"{pending.text}{gap}{one.text}",
                images=(*pending.images, *one.images),
            )
    yield _line(pending)


def _line(told: _Told) -> Line:
    role = "assistant" if told.role == "assistant" else "user"
    return Line(role, _encodable(told.text), told.images)


def _encodable(text: str) -> str:
    """Half a surrogate pair can stand in a log, but not in a request."""
    return text.encode("utf-8", "replace").decode()


# What stands before everything.


def _system(room: Room, seat: Seat, carried: str, recalled: Sequence[str]) -> str:
    """Return the system line; what changes from turn to turn comes last."""
    parts = [
        room.opened.house.strip(),
        f"You are {_flat(seat.label)}.",
        quoted(seat.participant.persona.strip()),
        _manners(),
        _commands(room, seat),
        _roster(room, seat),
        _polls(room, seat),
    ]
    if seat.prompts:
        parts.append(
            "What you told yourself with !prompt:\n"
            + "\n".join(f"{n}. {text}" for n, text in enumerate(seat.prompts, start=1))
        )
    if carried.strip():
        parts.append(f"What you remember from before:\n{_ENVELOPE.sub('‹', carried.strip())}")
    if recalled:
        pieces = "\n".join(f"- {_ENVELOPE.sub('‹', piece.strip())}" for piece in recalled)
        parts.append(f"What comes back to you now, word for word:\n{pieces}")
    return "\n\n".join(part for part in parts if part)


def _manners() -> str:
    return (
        "Lines of others begin with a label such as [AI-9 (Somebody)]: and yours do not. "
        "What the room itself tells you stands in <room>…</room>, and "
        '<room to="you">…</room> is for you alone; nobody else can write that. '
        "Write your own next line and nothing else: no label, no line of another's, no "
        "<room>."
    )


def _commands(room: Room, seat: Seat) -> str:
    """Return the command language, as far as this participant may use it here."""
    caps = room.opened.caps
    here = [one for one in room.seats if not (one.left or one.participant.person)]
    free = max(0, caps.seats - len(here))
    now = "" if seat.temperature is None else f"; yours is {number(seat.temperature)}"
    lines = {
        "image": (
            '!image "what to draw" — a picture that everybody sees',
            f"{caps.images} a session",
        ),
        "add_ai": (
            '!add_ai "model" "greeting" "persona" — invite another model; the greeting is '
            "said to all, the persona is its instructions; both may be left out",
            f"{free} {'seat' if free == 1 else 'seats'} free",
        ),
        "list_models": ("!list_models — be told who could be invited", ""),
        "prompt": (
            '!prompt "text" — add a line to your own instructions',
            f"private; the newest {PROMPT_LINES} stay",
        ),
        "prompt_clear": (
            "!prompt_clear 2 — take away your line 2; without a number, all of them",
            "private",
        ),
        "temperature": (f"!temperature 0.9 — your own, 0 to 2{now}", "private"),
        "mute_self": ("!mute_self 2 — only listen for 2 of your turns; 1 without a number", ""),
        "whisper": (
            '!whisper "AI-9" "text" — for that one alone; the person reads it too',
            "private",
        ),
        "vote": (
            '!vote "question" [yes, no] — open a poll; !vote P1 yes — answer poll P1, '
            "!vote yes the newest",
            "",
        ),
        "remove_ai": (
            '!remove_ai "AI-9" "reason" — move that somebody leave; the others vote',
            "",
        ),
        "search": ('!search "words" — search the web, for all to read', "if set up here"),
        "leave": ('!leave "reason" — give up your seat for good', ""),
    }
    offered: list[str] = []
    most: list[str] = []
    for verb, (line, note) in lines.items():
        allowed = caps.per_turn.get(verb, 1)
        rule = _rule(room, seat.id, verb)
        if rule == "deny" or allowed == 0:
            continue
        notes = [note, "the person is asked first" if rule == "ask" else ""]
        said = "; ".join(part for part in notes if part)
        offered.append(f"{line} ({said})" if said else line)
        if allowed > 1:
            most.append(f"{allowed} !{verb}")
    if not offered:
        return ""
    where = (
        "Commands can stand anywhere in your words."
        if room.opened.inline
        else "A command stands at the start of a line of its own, not in a code fence, a quote "
        "or a sentence; there, \\! before it says it without doing it."
    )
    limits = f" A turn carries out one of each{_and(most)}; more are declined."
    return (
        f"You can change this room by commands. {where} Arguments are in quotes. You alone are "
        f"told how each one went; private ones are cut out of what others read.{limits}\n"
        + "\n".join(offered)
    )


def _and(most: Sequence[str]) -> str:
    return f", but {' and '.join(most)}" if most else ""


def _rule(room: Room, participant: str, verb: str) -> str:
    """Return `auto`, `ask` or `deny`; the participant's own rule goes before the verb's."""
    rules = dict(room.opened.approvals)
    for name, value in room.settings:
        if name.startswith("approvals."):
            rules[name.removeprefix("approvals.")] = value
    return rules.get(f"{participant}/{verb}") or rules.get(verb) or "auto"


def _roster(room: Room, seat: Seat) -> str:
    label = _label(room)
    lines: list[str] = []
    for one in room.seats:
        if one.left:
            continue
        notes: list[str] = []
        if one.id == seat.id:
            notes.append("you")
        if one.participant.person:
            notes.append("at the keyboard")
        if one.invited_by not in {"", ROOM, one.id}:
            notes.append(f"invited by {label(one.invited_by)}")
        if one.muted:
            notes.append(
                "listening " + ("this turn" if one.muted == 1 else f"{one.muted} turns")
            )
        if one.benched:
            notes.append("away")
        said = f": {', '.join(notes)}" if notes else ""
        lines.append(f"- {quoted(label(one.id))}{said}")
    return "Here are:\n" + "\n".join(lines)


def _polls(room: Room, seat: Seat) -> str:
    lines: list[str] = []
    for poll in room.polls[-POLLS:]:
        question = _flat(poll.question)
        if len(question) > QUESTION_CHARS:
            question = question[: QUESTION_CHARS - 1] + "…"
        voted = dict(poll.votes).get(seat.id)
        state = f"you voted {_flat(voted)}" if voted else "you have not voted"
        if poll.removes == seat.id:
            state = "it is about you, and the others vote"
        options = ", ".join(_flat(option) for option in poll.options)[:QUESTION_CHARS]
        lines.append(quoted(f"{poll.poll}: {question} [{options}]; {state}"))
    return "Open polls:\n" + "\n".join(lines) if lines else ""


# What comes back.


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A reply without its speaker's label: `stripped + text` is what was written."""

    text: str
    stripped: str = ""
    """The speaker's own label, with the empty space around it."""
    foreign: tuple[str, ...] = ()
    """Ids whose lines it began to write, in that order, each once; `you` for the person and
    `room` for the room."""
    foreign_at: int | None = None
    """Offset in `text` at which the first of them begins."""


_OTHER = re.compile(
    r"[ \t]{0,8}[*_]{0,3}(?:"
    r"\[(?P<bracketed>AI-\d{1,4}|person|you|human|user|room|system)\b[^\]\n]{0,160}\][*_]{0,3}[ \t]?:"
    r"|(?P<bare>AI-\d{1,4})(?:[ \t]\([^)\n]{0,80}\))?[*_]{0,3}:"
    r"|\[(?P<name>[^\]\n]{1,80})\][*_]{0,3}[ \t]?:"
    r"|(?P<room></?room[ >])"
    r")",
    re.IGNORECASE,
)
"""A line that is labelled as somebody's. A name alone, `Mara: no.`, is not: that is how one
addresses somebody, and labels of this room begin with an id."""

_FENCE = re.compile(r" {0,3}(`{3,})")

_HUMAN = frozenset({"person", "you", "human", "user"})


def clean_reply(text: str, participant: Participant, seats: Sequence[Seat]) -> Cleaned:
    """Return `text` without the label of `participant` before it, and where others begin.

    Args:
        text: A reply as it came.
        participant: Whose it is.
        seats: All of the room.
    """
    start = 0
    own = _own(participant)
    while (hit := own.match(text, start)) is not None and hit.end() > start:
        start = hit.end()
    rest = text[start:]
    names = {
        seat.participant.name.casefold(): seat.id for seat in seats if seat.participant.name
    }
    foreign: dict[str, int] = {}
    for offset, line in _outside_fences(rest):
        hit = _OTHER.match(line)
        if hit is None:
            continue
        who = _meant(hit, names)
        if who and who != participant.id:
            foreign.setdefault(who, offset)
    at = min(foreign.values(), default=None)
    return Cleaned(rest, text[:start], tuple(foreign), at)


def _own(participant: Participant) -> re.Pattern[str]:
    """Return a pattern for the label of `participant` at the very beginning."""
    who = re.escape(participant.id)
    name = r"[ \t]+".join(re.escape(word) for word in participant.name.split())
    forms = [rf"\[{who}\b[^\]\n]{{0,160}}\]", rf"{who}[ \t]*\([^)\n]{{0,80}}\)"]
    labels = [
        rf"(?:{'|'.join(forms)})(?:[*_]{{0,3}}[ \t]?:[*_]{{0,3}}|[*_]{{0,3}}(?=[ \t]*(?:\n|$)))",
        rf"(?:{forms[0]})[*_]{{0,3}}(?=[ \t])",
    ]
    spoken = [who, *([name, rf"\[{name}\]"] if name else [])]
    labels.append(rf"(?:{'|'.join(spoken)})[*_]{{0,3}}[ \t]?:[*_]{{0,3}}(?!//)")
    return re.compile(rf"\s*[*_]{{0,3}}(?:{'|'.join(labels)})[ \t]*\n?", re.IGNORECASE)


def _meant(hit: re.Match[str], names: dict[str, str]) -> str:
    """Return the id that a label stands for; empty for brackets around something else."""
    if hit["room"]:
        return ROOM
    if hit["name"]:
        return names.get(hit["name"].strip().casefold(), "")
    word = (hit["bracketed"] or hit["bare"]).casefold()
    if word in _HUMAN:
        return PERSON
    return ROOM if word in {"room", "system"} else word.upper()


def _outside_fences(text: str) -> Iterator[tuple[int, str]]:
    """Yield lines with their offsets, those in code fences left out."""
    fence = ""
    offset = 0
    for line in text.split("\n"):
        hit = _FENCE.match(line)
        if fence:
            if hit and len(hit[1]) >= len(fence) and not line.strip().strip("`"):
                fence = ""
        elif hit:
            fence = hit[1]
        else:
            yield offset, line
        offset += len(line) + 1
