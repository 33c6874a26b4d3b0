"""Pieces of a foreign file into events.

The old program showed what a command did before the message that held the command, sorted by
kind of command, and a finished picture wherever it happened to arrive. Here each notice is
bound to its message, the message comes first, and what it caused follows in the order of its
text. Whatever belongs to no message is kept where it stood.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from transcripts import events as e
from transcripts.commands import words as w
from transcripts.commands.parse import parse
from transcripts.events import Cause, Event, Source
from transcripts.participants import PERSON, ROOM, Participant
from transcripts.readers.reading import NO_WORDS, Message, Notice, Piece, Recovered

DEFAULT_TEMPERATURE = 1.0
"""What the old program starts everybody with."""

_SPACE = re.compile(r"\s+")
_PLAIN = re.compile(r"[\W_]+")
_MODEL_ID = re.compile(r"[\w.-]+/[\w.:/-]+", re.ASCII)
_SENDS = re.compile(r"sends (\d+(?:\.\d+)?)")
_FAULT = re.compile(r"\b(?P<who>AI-\d{1,3})\b(?:\D{0,40}\b(?P<code>[45]\d\d)\b)?")
_CODES = {
    "400": "BadRequest",
    "401": "Unauthorised",
    "402": "OutOfCredit",
    "403": "Unauthorised",
    "404": "NoSuchModel",
    "422": "BadRequest",
    "429": "RateLimited",
}
_ERROR = re.compile(r"\[?Error\]?: ")
_OTHER = re.compile(r"for (AI-\d{1,3})")

_NO_MODEL = frozenset({PERSON, ROOM})
"""Whose messages have no commands."""

_OF_A_MESSAGE = frozenset(
    {"image", "prompt", "temperature", "told", "invite", "already"}
    | {"mute", "search", "video", "answer", "refused"}
)
"""Kinds of notices that a message caused."""


@dataclass(slots=True)
class _Picture:
    """A picture asked for, on its way to being done."""

    image: str
    by: str
    prompt: str
    done: bool = False


@dataclass(frozen=True, slots=True)
class _Mark:
    """A command in a message."""

    index: int
    verb: str
    words: tuple[str, ...]


def bind(
    pieces: Sequence[Piece], *, opened: e.Opened, imported: e.Imported
) -> tuple[Recovered, ...]:
    """Return the events of a file.

    Args:
        pieces: Messages and notices in the file's order, each notice before its message.
        opened: The first event.
        imported: The second.
    """
    binder = _Binder(merged(pieces))
    binder.put(opened)
    binder.put(imported)
    binder.run()
    return tuple(binder.events)


def merged(pieces: Sequence[Piece]) -> list[Piece]:
    """Return `pieces` with lines that are one notice in two made one."""
    found: list[Piece] = []
    for piece in pieces:
        before = found[-1] if found else None
        if isinstance(piece, Notice) and isinstance(before, Notice):
            one = _one(before, piece)
            if one is not None:
                found[-1] = one
                continue
        found.append(piece)
    return found


def _one(first: Notice, second: Notice) -> Notice | None:
    """Return the notice that both are, or `None` if they are two."""
    if first.actor != second.actor:
        return None
    more = (*first.more, second.text, *second.more)
    match first.kind, second.kind:
        case "done", "caption":
            return replace(first, argument=second.argument, second="caption", more=more)
        case "told", kind if kind == first.verb:
            return replace(second, line=first.line, text=first.text, more=more)
        case "search", "search" if first.argument == second.argument:
            lines = first.lines or second.lines
            return replace(second, line=first.line, text=first.text, more=more, lines=lines)
        case _:
            return None


@dataclass(slots=True)
class _Binder:
    pieces: list[Piece]
    events: list[Recovered] = field(default_factory=list[Recovered])
    names: dict[str, str] = field(default_factory=dict[str, str])
    """Name of everybody who joined, by id."""
    pictures: list[_Picture] = field(default_factory=list[_Picture])
    temperatures: dict[str, float] = field(default_factory=dict[str, float])
    muted: set[str] = field(default_factory=set[str])
    seats: dict[int, str] = field(default_factory=dict[int, str])
    """Which participant came of an invitation, by the invitation's place in `pieces`."""
    dones: dict[int, int] = field(default_factory=dict[int, int])
    """Which request a finished picture answers, both by their place in `pieces`."""
    answers: dict[int, Notice] = field(default_factory=dict[int, Notice])
    """Finished pictures by the place of the notice that asked."""
    painters: set[str] = field(default_factory=set[str])
    """Whose pictures have notices of their own."""
    asked: dict[int, _Picture] = field(default_factory=dict[int, _Picture])
    """Pictures by the place of the notice that asked."""
    marks: dict[str, list[tuple[int, _Mark]]] = field(
        default_factory=dict[str, list[tuple[int, _Mark]]]
    )
    """`!image` commands not matched yet, with the place of their message, by author."""

    def put(
        self, event: Event, source: Source | None = None, at: datetime | None = None
    ) -> int:
        """Add an event and return its place."""
        self.events.append(Recovered(event, source, at))
        return len(self.events) - 1

    def run(self) -> None:
        self._seat_guests()
        self._match_pictures()
        self._seat_cast()
        block: list[tuple[int, Notice]] = []
        for place, piece in enumerate(self.pieces):
            if isinstance(piece, Notice):
                block.append((place, piece))
                continue
            block = self._message(piece, block, place)
        for place, notice in block:
            self._alone(place, notice)

    # Before the walk: what can only be known from what comes later.

    def _seat_guests(self) -> None:
        """Find out who came of which invitation."""
        first: dict[str, tuple[int, str]] = {}
        for place, piece in enumerate(self.pieces):
            if isinstance(piece, Message) and piece.author not in _NO_MODEL:
                first.setdefault(piece.author, (place, piece.name))
        invitations = [
            (place, piece)
            for place, piece in enumerate(self.pieces)
            if isinstance(piece, Notice) and piece.kind == "invite"
        ]
        # The header shows the name that the invitation was resolved to; in the last
        # generation the model's id, which may have nothing in common with it.
        for fits in (_same, _alike, _identified):
            for place, notice in invitations:
                if place in self.seats:
                    continue
                for seat, (appears, name) in first.items():
                    free = seat not in self.seats.values() and seat != notice.actor
                    if free and appears > place and fits(name, notice.argument):
                        self.seats[place] = seat
                        break
        for place, _ in invitations:
            if place not in self.seats:
                # It never came to speak, so that its number is one that nobody has.
                taken = {*first, *self.seats.values()}
                numbers = range(1, len(taken) + 2)
                self.seats[place] = next(
                    f"AI-{number}" for number in numbers if f"AI-{number}" not in taken
                )

    def _seat_cast(self) -> None:
        """Seat those whom nobody invited: they were there from the beginning."""
        known = {*_NO_MODEL, *self.seats.values()}
        for piece in self.pieces:
            if isinstance(piece, Message) and piece.author not in known:
                known.add(piece.author)
                self._join(piece.author, piece.name, None)

    def _match_pictures(self) -> None:
        """Bind each finished picture to the earliest open request that fits."""
        waiting: list[tuple[int, Notice]] = []
        for place, piece in enumerate(self.pieces):
            if not isinstance(piece, Notice):
                continue
            if piece.kind == "image":
                waiting.append((place, piece))
            if piece.kind not in {"done", "caption"}:
                continue
            self.painters.add(piece.actor)
            for number, (asked, request) in enumerate(waiting):
                fits = not piece.argument or _begins(piece.argument, request.argument)
                if request.actor == piece.actor and fits:
                    self.dones[place] = asked
                    self.answers[asked] = piece
                    del waiting[number]
                    break

    # The walk.

    def _message(
        self, message: Message, block: list[tuple[int, Notice]], place: int
    ) -> list[tuple[int, Notice]]:
        """Add a message and what it caused; return the notices that wait for another one."""
        author = message.author
        waiting: list[tuple[int, Notice]] = []
        mine: list[tuple[int, Notice]] = []
        after: list[tuple[int, Notice]] = []
        for where, notice in block:
            caused = notice.kind in _OF_A_MESSAGE and self._waited_for(notice) is None
            if caused and notice.actor in {author, ""} and author not in _NO_MODEL:
                mine.append((where, notice))
            elif caused and author in _NO_MODEL and self._next_author(place) == notice.actor:
                waiting.append((where, notice))
            elif caused and notice.actor == PERSON:
                self._alone(where, notice)
            elif notice.kind in {"done", "caption"} and self._opens_here(where, block, author):
                after.append((where, notice))
            else:
                self._alone(where, notice)
        if author != ROOM:
            self._join(author, message.name, message.at)
        spoke = self.put(
            e.Spoke(author=author, text=message.text, reasoning=message.reasoning),
            Source(message.line, message.header),
            message.at,
        )
        marks = commands(message.text)
        self._cause(mine, marks, spoke, author)
        told = author in self.painters and bool(marks)
        for _ in range(0 if told else message.pictures):
            self._picture(author, "", None, message.at)
            self._finish(
                self.pictures[-1], Source(message.line), message.at, painter=message.painter
            )
        for where, notice in after:
            self._alone(where, notice)
        return waiting

    def _next_author(self, place: int) -> str:
        for piece in self.pieces[place + 1 : place + 64]:
            if isinstance(piece, Message) and piece.author not in _NO_MODEL:
                return piece.author
        return ""

    def _opens_here(self, place: int, block: Sequence[tuple[int, Notice]], author: str) -> bool:
        """Whether a finished picture was asked for by the message that is still to come."""
        asked = self.dones.get(place)
        return any(where == asked and notice.actor == author for where, notice in block)

    def _cause(
        self, mine: list[tuple[int, Notice]], marks: list[_Mark], spoke: int, author: str
    ) -> None:
        free = list(marks)
        bound: list[tuple[int, int, Notice]] = []
        hidden = len(marks)
        for where, notice in mine:
            mark = _marked(notice, free)
            if mark is None:
                bound.append((hidden, where, notice))
                hidden += 1
            else:
                free.remove(mark)
                bound.append((mark.index, where, notice))
        for index, where, notice in sorted(bound, key=lambda one: one[0]):
            mark = next((one for one in marks if one.index == index), None)
            self._carry_out(where, notice, Cause(spoke, index), author, mark)
        left = [(spoke, mark) for mark in free if mark.verb == "image"]
        self.marks.setdefault(author, []).extend(left)

    def _carry_out(
        self, place: int, notice: Notice, cause: Cause | None, author: str, mark: _Mark | None
    ) -> None:
        """Add the event of a notice that a message caused."""
        by = notice.actor or author or ROOM
        source = _source(notice)
        at = notice.at
        whose = other[1] if (other := _OTHER.search(notice.status)) else by
        match notice.kind:
            case "prompt":
                event = e.PromptAdded(
                    participant=whose, text=notice.argument, by=by, cause=cause
                )
                self.put(event, source, at)
            case "temperature":
                self._temperature(notice, whose, cause, source)
            case "told":
                event = e.Answered(verb=notice.verb, by=by, cause=cause, result=NO_WORDS)
                self.put(event, source, at)
            case "image":
                done = self.answers.get(place)
                prompt = notice.argument
                if done is not None and done.argument:
                    prompt = done.argument
                elif mark is not None and _begins(mark.words[0], prompt):
                    prompt = mark.words[0]
                self.asked[place] = self._picture(by, prompt, cause, at, source)
            case "invite":
                seat = self.seats[place]
                name = next(
                    (
                        piece.name
                        for piece in self.pieces[place:]
                        if isinstance(piece, Message) and piece.author == seat and piece.name
                    ),
                    notice.argument,
                )
                self._join(
                    seat, name, at, by=by, greeting=notice.second, cause=cause, source=source
                )
            case "already":
                self._declined(notice, "add_ai", by, cause)
            case "refused":
                self._refused(notice, by, cause)
            case "mute":
                turns = int(notice.argument or 1)
                self.muted.add(whose)
                event = e.Muted(participant=whose, turns=turns, by=by, cause=cause)
                self.put(event, source, at)
            case "search":
                event = e.Searched(
                    query=notice.argument,
                    hits=notice.lines,
                    by=by,
                    cause=cause,
                    result="" if notice.lines else notice.status,
                )
                self.put(event, source, at)
            case "video":
                event = e.Answered(
                    verb="video", by=by, cause=cause, result=f"asked for: {notice.argument}"
                )
                self.put(event, source, at)
            case _:
                event = e.Answered(verb=notice.verb, by=by, cause=cause, result=notice.status)
                self.put(event, source, at)

    def _alone(self, place: int, notice: Notice) -> None:
        """Add the event of a notice that no message caused, or none that is in the file."""
        source = _source(notice)
        if notice.actor and notice.actor != PERSON and notice.actor not in self.names:
            self._join(notice.actor, notice.name, notice.at)
        match notice.kind:
            case "done" | "caption":
                self._arrived(place, notice, source)
            case "listening":
                who = notice.actor
                event = e.Skipped(participant=who, by=who, reason="listening")
                self.put(event, source, notice.at)
            case "left":
                by = notice.argument.removeprefix("was sent out by ").split(" ")[0]
                event = e.Left(
                    participant=notice.actor,
                    by=by if by in self.names or by == PERSON else notice.actor,
                    reason=notice.status,
                )
                self.put(event, source, notice.at)
            case "ended":
                by = notice.actor or ROOM
                self.put(e.Paused(reason=notice.text.strip(), by=by), source, notice.at)
            case "fault":
                self._fault(notice, source)
            case "said":
                why = f"nothing here corresponds to `!{notice.verb}`"
                why = notice.status or (why if notice.verb else "the program's own words")
                text = notice.text.strip("\n")
                self.put(e.Unplaced(text=text, why=why), source, notice.at)
            case _:
                self._carry_out(place, notice, None, notice.actor, None)

    def _fault(self, notice: Notice, source: Source) -> None:
        """Add the failure of the one whom a bare error names; else nobody's."""
        named = _FAULT.search(notice.text)
        if named is None or named["who"] not in self.names:
            text = notice.text.strip("\n")
            self.put(e.Unplaced(text=text, why="it does not say whose"), source, notice.at)
            return
        code = named["code"] or ""
        failed = "ServerFailed" if code.startswith("5") else "Error"
        event = e.Faltered(
            author=named["who"],
            error=_CODES.get(code, failed),
            detail=_ERROR.sub("", notice.text.strip(), count=1),
        )
        self.put(event, source, notice.at)

    def _arrived(self, place: int, notice: Notice, source: Source) -> None:
        """Add a finished picture, and the request if the file lost it."""
        asked = self.dones.get(place)
        picture = self.asked.get(asked) if asked is not None else None
        if picture is None:
            picture = self._picture(
                notice.actor, notice.argument, self._mark_for(notice), notice.at
            )
        self._finish(picture, source, notice.at, painter=notice.painter)

    def _mark_for(self, notice: Notice) -> Cause | None:
        """Return the command that a picture without a request came of."""
        open_marks = self.marks.get(notice.actor, [])
        for number, (spoke, mark) in enumerate(open_marks):
            if not notice.argument or _flat(mark.words[0]) == _flat(notice.argument):
                del open_marks[number]
                return Cause(spoke, mark.index)
        return None

    def _picture(
        self,
        by: str,
        prompt: str,
        cause: Cause | None,
        at: datetime | None,
        source: Source | None = None,
    ) -> _Picture:
        picture = _Picture(f"I{len(self.pictures) + 1}", by, prompt)
        self.pictures.append(picture)
        event = e.ImageRequested(image=picture.image, prompt=prompt, by=by, cause=cause)
        self.put(event, source, at)
        return picture

    def _finish(
        self, picture: _Picture, source: Source, at: datetime | None, *, painter: str
    ) -> None:
        picture.done = True
        self.put(e.ImageCreated(image=picture.image, painter=painter), source, at)

    def _temperature(
        self, notice: Notice, whose: str, cause: Cause | None, source: Source
    ) -> None:
        requested = min(2.0, max(0.0, float(notice.argument)))
        before = self.temperatures.get(whose, DEFAULT_TEMPERATURE)
        self.temperatures[whose] = requested
        sends = _SENDS.search(notice.status)
        event = e.TemperatureSet(
            participant=whose,
            requested=requested,
            effective=float(sends[1]) if sends else None,
            changed=requested != before,
            by=notice.actor,
            cause=cause,
        )
        self.put(event, source, notice.at)

    def _declined(self, notice: Notice, verb: str, by: str, cause: Cause | None) -> None:
        event = e.Declined(
            verb=verb,
            argument=notice.argument,
            by=by,
            cause=cause,
            result=notice.status or notice.text.strip(),
        )
        self.put(event, _source(notice), notice.at)

    def _refused(self, notice: Notice, by: str, cause: Cause | None) -> None:
        """Add a refusal; that of a picture on its way ends it."""
        open_picture = self._waited_for(notice)
        if open_picture is None:
            self._declined(notice, notice.verb, by, cause)
            return
        open_picture.done = True
        event = e.ImageFailed(image=open_picture.image, reason=notice.status)
        self.put(event, _source(notice), notice.at)

    def _waited_for(self, notice: Notice) -> _Picture | None:
        """Return the picture on its way that a refusal is about, if it is about one."""
        if notice.kind != "refused" or notice.verb != "image" or not notice.argument:
            return None
        for picture in self.pictures:
            ours = picture.by == notice.actor and not picture.done
            if ours and _begins(picture.prompt, notice.argument):
                return picture
        return None

    def _join(
        self,
        seat: str,
        name: str,
        at: datetime | None,
        *,
        by: str = ROOM,
        greeting: str = "",
        cause: Cause | None = None,
        source: Source | None = None,
    ) -> None:
        """Seat somebody who is not there yet, or who is another model by now."""
        known = self.names.get(seat)
        if known is not None and (by == ROOM and (not name or known == name)):
            return
        if known is not None:
            self.put(
                e.Left(participant=seat, by=ROOM, reason=f"its seat goes to {name}"), None, at
            )
        self.names[seat] = name
        newcomer = Participant(id=seat, name=name, model="")
        event = e.Joined(participant=newcomer, by=by, greeting=greeting, cause=cause)
        self.put(event, source, at)


def _source(notice: Notice) -> Source:
    return Source(notice.line, notice.text, notice.more)


def commands(text: str) -> list[_Mark]:
    """Return the commands of a message, by what notices tell of them."""
    marks: list[_Mark] = []
    for index, found in enumerate(parse(text).found):
        match found.command:
            case w.Paint(prompt):
                words = (prompt,)
            case w.Invite(model, greeting, persona):
                words = (model, greeting, persona)
            case w.Search(query):
                words = (query,)
            case w.Prompt(line):
                words = (line,)
            case _:
                words = found.call.args or ("",)
        marks.append(_Mark(index, found.call.verb, words))
    return marks


_VERBS = {
    "image": "image",
    "invite": "add_ai",
    "already": "add_ai",
    "prompt": "prompt",
    "temperature": "temperature",
    "mute": "mute_self",
    "search": "search",
    "video": "video",
}


def _marked(notice: Notice, free: Sequence[_Mark]) -> _Mark | None:
    """Return the command that `notice` tells of."""
    verb = _VERBS.get(notice.kind, notice.verb)
    same = [mark for mark in free if mark.verb == verb]
    for mark in same:
        if notice.kind == "invite" and notice.second:
            if _flat(notice.second) in {_flat(words) for words in mark.words[1:]}:
                return mark
        elif any(_begins(words, notice.argument) for words in mark.words if words):
            return mark
    return same[0] if same else None


def _begins(whole: str, start: str) -> bool:
    return _flat(whole).startswith(_flat(start.removesuffix("...")))


def _flat(text: str) -> str:
    return _SPACE.sub(" ", text).strip()


def _same(one: str, other: str) -> bool:
    return one == other or _plain(one) == _plain(other) != ""


def _plain(name: str) -> str:
    return _PLAIN.sub("", name.lower())


def _alike(one: str, other: str) -> bool:
    one, other = _plain(one), _plain(other)
    return min(len(one), len(other)) > 2 and (one in other or other in one)


def _identified(name: str, _: str) -> bool:
    return _MODEL_ID.fullmatch(name) is not None
