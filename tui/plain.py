"""A room one line after another, for screen readers and for terminals that can do no more.

Nothing is drawn over and the cursor never moves: what happens is printed as it happens, in
whole sentences, while a thread reads what the person types. The same commands as on the
full screen steer the room; questions are asked in words and answered by yes or no.
"""

import asyncio
import io
import re
import signal
import sys
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import assert_never

import click

from agents.errors import AgentError
from agents.scenarios import scenario as scenarios
from harness import branches
from harness.compose import find_scenario, new_room, open_session
from harness.config import read as read_settings
from harness.errors import HarnessError
from harness.exports import suggested, write
from harness.session.session import Session
from harness.strata import undoable
from harness.turn import Ended, Glimpse, Piece
from transcripts.commands.words import ListModels
from transcripts.errors import TranscriptError
from transcripts.events import ApprovalAsked, Entry, Paused, Recalled, Spoke
from transcripts.notices import notice
from transcripts.participants import PERSON
from transcripts.room import Room
from tui.desk import OURS, Desk
from tui.live import Live
from tui.printing import line, safe
from tui.slash.meant import Offer, Said, Slash, Wrong
from tui.slash.reading import read, render
from tui.slash.specs import SPECS, spec_of
from tui.steering import ASK_FIRST, Done, ForScreen, Refused, steer

TWICE = 3.0
"""Seconds within which a second Ctrl-C ends the room."""

RECENT = 10
"""Rooms in the list of the start."""

FOUND = 20
"""Lines that a search shows."""

ELSEWHERE = {
    "import": "enfold import FILE",
    "find": "enfold search WORDS",
    "replay": "enfold replay {room}",
    "memory": "enfold cc show {room}",
}
"""Commands of the full screen for which the command line has a word."""

_SENTENCE = re.compile(r"(?:[.!?…]+[\"'”’»)\]]*\s+|\n+)")
_YES = frozenset({"y", "yes"})
_NO = frozenset({"n", "no"})


class Aloud(Live):
    """Prints a room to be read aloud: no colours, and whole sentences if that is wanted."""

    def __init__(self, *, pieces: bool = False, echoed: bool = False) -> None:
        """Make it.

        Args:
            pieces: Print words as they come instead of whole sentences.
            echoed: The terminal has shown the person's lines already, as they were typed.
        """
        super().__init__()
        self._plain = True
        self._pieces = pieces
        self._echoed = echoed
        self._kept = ""

    def entry(self, entry: Entry) -> None:
        """Print one entry, after what is left of the line it ends."""
        match entry.event:
            case Spoke(author=author, queued=None) if author == PERSON and self._echoed:
                self.know(entry)
            case Spoke():
                self._rest(entry.event.author)
                super().entry(entry)
            case Recalled(participant=who, pieces=pieces):
                self.know(entry)
                words = ", ".join(dict.fromkeys(word for one in pieces for word in one.why))
                about = f", because of {words}" if words else ""
                many = "1 piece" if len(pieces) == 1 else f"{len(pieces)} pieces"
                self.tell(line(f"({self.room.label(who)} recalls {many} of the past{about})"))
            case _:
                super().entry(entry)

    def glimpse(self, glimpse: Glimpse) -> None:
        """Print what is being written, as far as its sentences are whole."""
        match glimpse:
            case Piece(author, text, "speech") if not self._pieces:
                self._kept += text
                ends = [found.end() for found in _SENTENCE.finditer(self._kept)]
                if ends:
                    whole, self._kept = self._kept[: ends[-1]], self._kept[ends[-1] :]
                    super().glimpse(Piece(author, whole))
            case Ended(author):
                self._rest(author)
                super().glimpse(glimpse)
            case _:
                super().glimpse(glimpse)

    def tell(self, text: str) -> None:
        """Print a line of our own, by itself."""
        self._fresh_line()
        self._write(f"  {safe(text)}\n")

    def _rest(self, author: str) -> None:
        kept, self._kept = self._kept, ""
        if kept and self._streamed == author:
            super().glimpse(Piece(author, kept))

    def _wrapped(self, text: str) -> list[str]:
        return ["  " + text]  # a reader wraps by itself


class Keyboard:
    """Lines that the person types, read by a thread so that the room goes on meanwhile."""

    def __init__(self) -> None:
        self._lines: asyncio.Queue[str | None] = asyncio.Queue()
        self._loop = asyncio.get_running_loop()
        self.ended = False
        """Nothing more will be typed."""
        if isinstance(sys.stdin, io.TextIOWrapper):
            sys.stdin.reconfigure(errors="replace")
        # A daemon: nobody can be made to finish a line because we want to go.
        threading.Thread(target=self._read, daemon=True).start()

    async def line(self) -> str | None:
        """Return the next line without its end; `None` if there will be no more."""
        if self.ended:
            return None
        typed = await self._lines.get()
        self.ended = typed is None
        return typed

    def _read(self) -> None:
        for typed in sys.stdin:
            if not self._hand_over(typed.rstrip("\r\n")):
                return
        self._hand_over(None)

    def _hand_over(self, typed: str | None) -> bool:
        try:
            self._loop.call_soon_threadsafe(self._lines.put_nowait, typed)
        except RuntimeError:  # the loop is closed: we have left
            return False
        return True


@dataclass(frozen=True, slots=True)
class Wish:
    """Where to go: a room, or a new one."""

    room: str = ""
    scenario: str = ""


async def sit(
    desk: Desk,
    room_id: str = "",
    *,
    scenario: str = "",
    rounds: int | None = None,
    pieces: bool = False,
) -> int:
    """Sit in a room, line by line, until the person leaves; return an exit code.

    Args:
        desk: What to work with.
        room_id: The room to go on with; empty to choose one from a list.
        scenario: Make a room from this one instead.
        rounds: Stand still after so many; the scenario's own if `None`.
        pieces: Print words as they come instead of whole sentences.

    Raises:
        HarnessError: There is no such room, or the settings cannot be used.
        AgentError: There is no such scenario, or it cannot be used.
        TranscriptError: The log cannot be read or written, or another process writes it.
        RecallError: The bank cannot be used.
    """
    keyboard = Keyboard()
    wish: Wish | None = Wish(room_id, scenario)
    while True:
        if not (wish.room or wish.scenario):
            wish = await _chosen(desk, keyboard)
            if wish is None:
                return 0
        sitting = await _room(desk, keyboard, wish, rounds=rounds, pieces=pieces)
        if sitting.next is None:
            return sitting.code
        wish, rounds = sitting.next, None


async def _room(
    desk: Desk, keyboard: Keyboard, wish: Wish, *, rounds: int | None, pieces: bool
) -> "Sitting":
    settings = await asyncio.to_thread(read_settings, desk.paths.settings)
    room, new = wish.room, not wish.room
    if new:
        made = await asyncio.to_thread(find_scenario, wish.scenario, desk.paths, settings)
        room = await new_room(desk.rooms, made, desk.paths, settings, desk.clock)
        rounds = made.rounds if rounds is None else rounds
    live = Aloud(pieces=pieces, echoed=sys.stdin.isatty())
    async with open_session(
        desk.rooms,
        room,
        desk.paths,
        settings,
        desk.clock,
        attended=True,
        # Somebody who listens wants to put in a word; a pipe does not.
        pace=settings.screen.pace if sys.stdin.isatty() else 0.0,
    ) as session:
        sitting = Sitting(desk, session, room, live, keyboard)
        await sitting.go(rounds, new=new)
    return sitting


class Sitting:
    """One room, from sitting down to getting up."""

    def __init__(
        self, desk: Desk, session: Session, room: str, live: Aloud, keyboard: Keyboard
    ) -> None:
        self.code = 0
        """The exit code, if nothing comes next."""
        self.next: Wish | None = None
        """Where to go from here; `None` for nowhere."""
        self._desk = desk
        self._session = session
        self._room = room
        self._live = live
        self._keyboard = keyboard
        self._question: Callable[[], Coroutine[None, None, None]] | None = None
        """What a yes would do."""
        self._left = False
        """The person has got up."""
        self._told = False
        """How to go on was said since the room stood still last."""

    async def go(self, rounds: int | None, *, new: bool) -> None:
        """Let the room go on, print it, and do what the person types."""
        session = self._session
        with session.reader() as items, self._interrupts():
            printing = asyncio.create_task(self._print(list(session.log), items, new=new))
            # Nobody reads any more: no reason to go on paying.
            printing.add_done_callback(lambda _: session.finish())
            typing = asyncio.create_task(self._type())
            try:
                await session.run(rounds=rounds, held=not new)
            finally:
                typing.cancel()
                await asyncio.gather(typing, return_exceptions=True)
                await printing
        if not typing.cancelled() and (error := typing.exception()) is not None:
            raise error
        self._live.tell(f"You have left. `enfold --plain {self._room}` goes on.")

    # What happens.

    async def _print(
        self, log: list[Entry], items: AsyncIterator[Entry | Glimpse], *, new: bool
    ) -> None:
        last = next(
            (i for i in reversed(range(len(log))) if isinstance(log[i].event, Spoke)), 0
        )
        for at, entry in enumerate(log):
            if new or at in (0, last):
                self._live.entry(entry)
            else:
                self._live.know(entry)
        if not new:
            room = self._session.room
            self._live.tell(f"{room.lines} messages so far; above is the last.")
        self._live.tell("Type a line and Enter to say it; /help lists the commands.")
        if not new:
            self._stands()
        async for item in items:
            if not isinstance(item, Entry):
                self._live.glimpse(item)
                continue
            self._live.entry(item)
            match item.event:
                case ApprovalAsked(approval=approval, by=by, verb=verb, argument=argument):
                    self._question = None  # the newest question is the one answered
                    wish = " ".join((f"!{verb}", *argument.split()))
                    who = self._session.room.label(by)
                    self._live.tell(f"{who} asks for {wish} ({approval}). yes or no?")
                case Paused():
                    self._stands()
                case _:
                    self._told = self._told and bool(self._session.stands)
            self._left_alone()

    def _stands(self) -> None:
        """Say how to go on, once."""
        if not (self._told or self._keyboard.ended):
            self._told = True
            self._live.tell("Enter alone gives one turn, /resume goes on, /quit leaves.")

    def _left_alone(self) -> None:
        """Leave once the room stands still, its pictures are done, and nobody can type."""
        why = self._session.stands
        drawing = any(job.state in ("queued", "running") for job in self._session.room.jobs)
        if not self._keyboard.ended or not why or drawing:
            return
        if why.startswith("budget reached"):
            self.code = 3
        elif "could be reached" in why:
            self.code = 4
        self._session.finish()

    @contextmanager
    def _interrupts(self) -> Generator[None, None, None]:
        """Let Ctrl-C cut off the speaker, and a second one end the sitting."""
        loop = asyncio.get_running_loop()
        last = -TWICE

        def interrupt() -> None:
            nonlocal last
            before, last = last, loop.time()
            if last - before < TWICE:
                self.code = 130
                self._session.finish()
                return
            speaking = self._session.speaking
            self._session.stop_speaker()
            what = "Cut off." if speaking else "Nobody is speaking."
            self._live.tell(f"{what} Ctrl-C again leaves.")

        def end() -> None:
            self.code = 130
            self._session.finish()

        loop.add_signal_handler(signal.SIGINT, interrupt)
        loop.add_signal_handler(signal.SIGTERM, end)
        try:
            yield
        finally:
            loop.remove_signal_handler(signal.SIGINT)
            loop.remove_signal_handler(signal.SIGTERM)

    # What is typed.

    async def _type(self) -> None:
        while (typed := await self._keyboard.line()) is not None:
            await self._typed(typed)
            if self._left:
                return  # what follows is for wherever we are then
        if self._session.stretch.rounds is None and not self._session.stands:
            self._session.go(1)  # nobody is there any more: not for ever
        self._left_alone()

    async def _typed(self, typed: str) -> None:
        answer = typed.strip().lower()
        question, self._question = self._question, None
        if answer in _YES | _NO and (question or self._session.room.waiting):
            await self._answer(question, yes=answer in _YES)
            return
        if not answer:
            if self._session.stands:
                await self._carry_out(Slash("step"))
            return
        meant = read(typed)
        match meant:
            case Said(text):
                self._say(text)
            case Slash(name) if name in ASK_FIRST:
                self._ask(f"{render(meant)}:", lambda: self._carry_out(meant))
            case Slash():
                await self._carry_out(meant)
            case Wrong():
                self._live.tell(meant.text)
            case Offer(_, slash):
                self._ask(
                    f"That is how models write it; yours is {render(slash)}. Send it,",
                    lambda: self._carry_out(slash),
                )
            case _:
                assert_never(meant)

    def _ask(self, text: str, wish: Callable[[], Coroutine[None, None, None]]) -> None:
        """Ask before `wish` is awaited; a line that is no answer leaves it undone."""
        self._question = wish
        self._live.tell(f"{text} yes or no?")

    async def _answer(
        self, question: Callable[[], Coroutine[None, None, None]] | None, *, yes: bool
    ) -> None:
        if question is None:
            oldest = self._session.room.waiting[0].approval
            await self._carry_out(Slash("yes" if yes else "no", (oldest,)))
        elif yes:
            await question()
        else:
            self._live.tell("Left as it was.")

    def _say(self, text: str) -> None:
        try:
            self._session.say(text)
        except TranscriptError as error:
            self._live.tell(f"not said: {error}")
            return
        if self._session.speaking:
            self._live.tell("It will be said once this turn is over.")
        elif self._session.room.paused == "paused":
            self._told = False
            self._stands()
        elif self._session.stands:
            self._session.go(1)  # it stood still of itself: who says something is answered

    async def _carry_out(self, slash: Slash) -> None:
        match steer(slash, self._session):
            case Done(said, more):
                self._list((said, *more))
            case Refused(why):
                self._live.tell(f"no: {why}")
            case ForScreen(Slash("quit")):
                self._leave(None)
            case ForScreen(Slash("rooms")):
                self._leave(Wish())
            case ForScreen(Slash("scenario", (name,))):
                self._leave(Wish(scenario=name or scenarios.default()))
            case ForScreen(Slash("help", (name,))):
                self._list(_help(name))
            case ForScreen(Slash("search", (words,))):
                self._list(_found(self._session, words))
            case ForScreen(Slash("go", (place,))):
                self._list(_entry(self._session, int(place)))
            case ForScreen(Slash("roster")):
                self._list(_roster(self._session))
            case ForScreen(Slash("models")):
                self._list([_invitable(self._session)])
            case ForScreen(Slash("context", (who,))):
                self._list(await _context(self._session, who))
            case ForScreen(Slash("fork", (place,))):
                await self._fork(int(place) if place else None)
            case ForScreen(Slash("export", (kind, file))):
                await self._export(kind or "md", file)
            case ForScreen(Slash("undo", (place,))):
                await self._take_back(place)
            case ForScreen(Slash("keys")):
                self._live.tell("Ctrl-C cuts off the speaker; pressed twice, it leaves.")
            case ForScreen(Slash(name)):
                where = ELSEWHERE.get(name, "enfold").format(room=self._room)
                self._live.tell(f"/{name} is not there in plain mode; `{where}` is.")

    async def _fork(self, place: int | None) -> None:
        """Make a room that shares this one's past up to `place`, and go there."""
        now = self._desk.clock.now()
        try:
            made = await asyncio.to_thread(
                branches.fork, self._desk.rooms, self._room, place, now
            )
        except OURS as error:
            self._live.tell(f"no: {error}")
            return
        self._live.tell(f"{made.room} is a fork of this room at {made.origin.place}.")
        self._leave(Wish(room=made.room))

    async def _take_back(self, place: str) -> None:
        """Ask whether what the keeper did to the room's past is to be taken back: the newest."""
        able = await asyncio.to_thread(undoable, self._session.log)
        able = [one for one in able if place in ("", str(one.place))]
        if not able:
            self._live.tell(f"no: nothing{place and f' at {place}'} can be taken back")
            return

        async def wish() -> None:
            try:
                entry = await self._session.undo_keeping(able[0].place)
            except OURS as error:
                self._live.tell(f"no: {error}")
            else:
                self._live.tell(f"Taken back: see {entry.place}.")

        self._ask(f"{able[0].place}. {able[0].what}. Take that back,", wish)

    async def _export(self, kind: str, file: str, *, force: bool = False) -> None:
        """Write the room; without a file's name, to one named after the room's title."""
        try:
            there, target = await asyncio.to_thread(_target, self._session.room, kind, file)
            if there and not force:
                self._ask(
                    f"{target} is there already. Write over it,",
                    lambda: self._export(kind, file, force=True),
                )
                return
            written = await asyncio.to_thread(
                write, self._desk.rooms, self._room, kind, target, force=force
            )
        except (*OURS, OSError, RuntimeError, ValueError) as error:  # no such home, no name
            self._live.tell(f"no: {error}")
            return
        self._live.tell(f"Wrote {written}.")

    def _leave(self, wish: Wish | None) -> None:
        self.next, self._left = wish, True
        self._session.finish()

    def _list(self, lines: Iterable[str]) -> None:
        for text in lines:
            self._live.tell(text)


def _target(room: Room, kind: str, file: str) -> tuple[bool, Path]:
    """Return whether the file to write is there already, and which it is."""
    target = Path(file).expanduser() if file else suggested(room, kind)
    return target.is_file(), target


def _help(name: str) -> list[str]:
    spec = spec_of(name) if name else None
    if spec is not None:
        also = ", ".join(f"/{alias}" for alias in spec.aliases)
        return [
            f"{spec.usage}: {spec.about}",
            f"Example: {spec.example}",
            *([f"Also: {also}"] if also else []),
        ]
    return [f"{one.usage}: {one.about}" for one in SPECS]


def _found(session: Session, words: str) -> list[str]:
    wanted = words.casefold()
    hits = [
        f"{entry.place}. {session.room.label(entry.event.author)}: {line(entry.event.text, 200)}"
        for entry in session.log
        if isinstance(entry.event, Spoke) and wanted in entry.event.text.casefold()
    ]
    shown = hits[-FOUND:]
    more = [f"and {len(hits) - FOUND} before these"] if len(hits) > FOUND else []
    return [*more, *shown] if hits else [f"{words!r} was not said here"]


def _entry(session: Session, place: int) -> list[str]:
    if place >= len(session.log):
        return [f"the room has places 0 to {len(session.log) - 1}"]
    event = session.log[place].event
    if isinstance(event, Spoke):
        return [f"{place}. {session.room.label(event.author)}:", *event.text.split("\n")]
    said = notice(event, session.room.label, ascii=True)
    return [f"{place}. {said or type(event).__name__}"]


def _roster(session: Session) -> list[str]:
    lines: list[str] = []
    for seat in session.room.seats:
        if seat.participant.person:
            continue
        states = [
            "has left" if seat.left else "left out" if seat.benched else "",
            f"listens for {seat.muted} more" if seat.muted else "",
            "" if seat.temperature is None else f"temperature {seat.temperature:g}",
            seat.participant.model,
        ]
        lines.append(f"{seat.label}: " + ", ".join(state for state in states if state))
    return lines or ["no model is in the room; /add invites one"]


def _invitable(session: Session) -> str:
    [*_, entry] = session.do(ListModels(), "list_models")
    told: str = getattr(entry.event, "result", "")
    return told


async def _context(session: Session, who: str) -> list[str]:
    try:
        request = await session.preview(who)
    except (HarnessError, AgentError) as error:
        return [f"no: {error}"]
    lines = [f"{request.model} would be sent {len(request.lines)} messages:"]
    for message in request.lines:
        lines += [f"{message.role}:", *message.text.split("\n")]
    return lines


# Where to begin.


async def _chosen(desk: Desk, keyboard: Keyboard) -> Wish | None:
    """Let the person choose by number; `None` if they would rather not."""
    wishes = await asyncio.to_thread(lambda: [*_scenarios(desk), *_recent(desk)])
    click.echo("Rooms, by number. Enter alone is 1, q leaves.")
    for number, (_, about) in enumerate(wishes, 1):
        click.echo(f"{number}. {about}")
    while (typed := await keyboard.line()) is not None:
        answer = typed.strip().lower()
        if answer in {"q", "quit", "/quit", "exit"}:
            return None
        if answer.isascii() and answer.isdigit() and 1 <= int(answer) <= len(wishes):
            return wishes[int(answer) - 1][0]
        if not answer:
            return wishes[0][0]
        click.echo(f"A number from 1 to {len(wishes)} is needed, or q.")
    return None


def _scenarios(desk: Desk) -> list[tuple[Wish, str]]:
    found: list[tuple[Wish, str]] = []
    for name in (
        *scenarios.bundled(),
        *map(str, scenarios.user_scenarios(desk.paths.scenarios)),
    ):
        try:
            known = scenarios.load(name)
        except AgentError as error:
            click.echo(f"Not in the list: {line(str(error), 200)}", err=True)
            continue
        cast = ", ".join(role.name for role in known.cast)
        found.append(
            (Wish(scenario=name), f"New room: {line(known.title)}. With {line(cast)}.")
        )
    return found


def _recent(desk: Desk) -> list[tuple[Wish, str]]:
    found: list[tuple[Wish, str]] = []
    for room in desk.rooms.ids()[:RECENT]:
        summary = desk.rooms.summary(room)
        about = (
            f"Go on: {line(summary.title)}. {summary.lines} messages. {line(summary.last, 80)}"
        )
        found.append((Wish(room=room), about))
    return found
