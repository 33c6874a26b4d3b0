"""A room, live: what is said, who is there, what they remember, and a line to type on.

The screen keeps nothing of the room: it shows the log, then follows the session's bus. What
it has of its own is what is open and where the reader stands.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, assert_never

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from harness.order import upcoming
from harness.unsent import said
from transcripts.events import ApprovalAsked, Entry, Faltered, Folded, Paused, Spoke
from transcripts.participants import PERSON, ROOM
from tui.desk import OURS, Desk
from tui.printing import line
from tui.screens.ask import Ask
from tui.screens.confirm import Confirm
from tui.screens.context import ContextScreen
from tui.screens.forks import ForksScreen
from tui.screens.importing import Importing
from tui.screens.keeping import Keeping
from tui.screens.listing import Listing
from tui.screens.making import engine
from tui.screens.reading import READING, ReadingScreen
from tui.screens.shelf import home
from tui.screens.wishes import (
    CompareRooms,
    NewRoom,
    Quit,
    ReplayRoom,
    ShowHelp,
    WearTheme,
)
from tui.slash.choices import Choice, choices_in
from tui.slash.meant import Slash
from tui.slash.reading import parse
from tui.steering import Done, ForScreen, Outcome, Refused, steer
from tui.widgets.approvals import Approvals
from tui.widgets.choices import Choice as Row
from tui.widgets.editor import Editor
from tui.widgets.graphics import Graphics
from tui.widgets.keys import said_key
from tui.widgets.lines import no_colour
from tui.widgets.prompt import Mode as PromptMode
from tui.widgets.prompt import Prompt, Target
from tui.widgets.roster import Roster
from tui.widgets.status import Budget, Mode, Standing, Status

if TYPE_CHECKING:
    from harness.branches import Branch
    from harness.session.session import Session
    from harness.turn import Glimpse

TWICE = 1.0
"""Seconds within which a second Esc pauses the room."""

REACHED = "budget reached"
"""How the reason begins when the room pauses at a limit."""

TICK = 0.1
"""Seconds between two looks at what changed, for everything but the transcript."""

LONG = 120
"""Characters of what came of a command from which it is read in a dialog."""

BYTES_A_TOKEN = 4

_log = logging.getLogger(__name__)


class RoomScreen(ReadingScreen):
    """Shows a session and lets the person take part, steer and look."""

    AUTO_FOCUS = "Prompt TextArea"

    HELP = (
        "Models talk here, and you among them: type a line and {prompt.send} says it, / lists the "
        "commands. Tab goes from the line to the transcript and the panels, and back."
    )

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "stop", "Stop", id="room.stop"),
        Binding("ctrl+@,ctrl+space", "pause", "Pause", key_display="^space", id="room.pause"),
        Binding("f6", "step", "Step", id="room.step"),
        Binding("f7", "skip", "Skip", show=False, id="room.skip"),
        Binding("f8", "choose", "Who is next", show=False, id="room.choose"),
        Binding("f2", "decide", "Decide", show=False, id="room.decide"),
        Binding("f5", "replay", "Replay", show=False, id="room.replay"),
        Binding("ctrl+l", "line", "To the line", show=False, id="room.line"),
        *READING,
    ]

    def __init__(
        self,
        desk: Desk,
        room_id: str,
        graphics: Graphics,
        *,
        place: int | None = None,
        rounds: int | None = None,
        turns: int = 0,
        new: bool = False,
        note: str = "",
        pace: float | None = None,
    ) -> None:
        """Take the room.

        Args:
            desk: Where it is.
            room_id: Its id.
            graphics: What the terminal can draw.
            place: Show this entry first; `None` for the end.
            rounds: Stand still after so many.
            turns: Give so many at once.
            new: Go on at once; otherwise only when the person says so.
            note: A line to show.
            pace: Seconds before each word of a scripted model; the settings' own if `None`.
        """
        super().__init__(desk, room_id, graphics)
        self.session: Session | None = None
        self._place = place
        self._rounds = rounds
        self._turns = turns
        self._new = new
        self._note = note
        self._pace = pace
        self._log: list[Entry] = []
        self._catching = ""
        self._speaker = ""
        self._since = 0.0
        self._bytes = 0
        self._escaped = float("-inf")
        """When Esc was pressed last."""
        self._stale = True
        self._colour_of: Callable[[str], str] = no_colour
        self._leaving = False
        self._keeping = Keeping(desk.rooms.unsent(room_id))
        self._over = False
        """The session has come to its end, be it by an error."""
        self._gone = asyncio.Event()
        self._gone.set()

    def below(self) -> ComposeResult:
        """Lay out what waits for the person, how the room stands, and the line."""
        yield Approvals(key=self.key_of("room.decide"), ascii=self.desk.ascii)
        yield Status(ascii=self.desk.ascii)
        yield Prompt(ascii=self.desk.ascii)

    def begin(self) -> None:
        """Show the log and go on."""
        self._gone.clear()  # from now on: who leaves waits for what has not even begun
        self.set_interval(TICK, self._tick)
        self.keep_words()
        if self._note:
            self.tell(self._note)
        self.live()

    # The session.

    @work(exclusive=True, group="live")
    async def live(self) -> None:
        """Show the room, run its session and follow it, until the room is left."""
        self._gone.clear()
        self._over = False
        try:
            try:
                await self._show_log()
            except (*OURS, OSError) as error:
                self.unreadable(error)
                return
            if not self._leaving:
                await self._sit()
        except (*OURS, OSError) as error:
            _log.warning("the room stopped: %s", error)
            self.tell(
                f"{error}. Nothing recorded is lost; {self.key_of('room.pause')} opens the room "
                "again. "
                f"Details: {self.desk.paths.log}",
                error=True,
            )
        finally:
            self.session, self._over = None, True
            if self._speaker and self.is_attached:
                self.transcript.end(self._speaker)
            self._speaker = self._catching = ""
            self._stale = True
            self._gone.set()

    async def _show_log(self) -> None:
        """Show what is on disk before anything else is set up."""
        first = not self._log
        self._log = await self.read_log()
        if not self.is_attached:
            return  # closed by force
        await self.transcript.load(self._log)
        if first:
            self.query_one(Prompt).remember(said(self._log))
        if self._place is not None:
            self.go(self._place)
            self._place = None
        self._stale = True

    async def _sit(self) -> None:
        """Open the session, follow it, and let it run."""
        compose, config = await asyncio.to_thread(engine)
        settings = await asyncio.to_thread(config.read, self.desk.paths.settings)
        async with compose.open_session(
            self.desk.rooms,
            self.room_id,
            self.desk.paths,
            settings,
            self.desk.clock,
            attended=True,
            pace=settings.screen.pace if self._pace is None else self._pace,
            known=self._log,
            room=self.shown_room if self._log else None,
        ) as session:
            with session.reader() as items:
                for entry in session.log[len(self._log) :]:
                    self._take(entry)
                self._log = session.log
                self.session = session
                self._stale = True
                self._offer(session)
                following = asyncio.create_task(self._follow(items))
                for _ in range(self._turns):
                    session.step()
                self._turns = 0
                if self._leaving:  # while it was being opened
                    session.finish()
                try:
                    await session.run(rounds=self._rounds, held=not self._new)
                finally:
                    self._new = False
                    await following

    async def _follow(self, items: "AsyncIterator[Entry | Glimpse]") -> None:
        async for item in items:
            if not self.is_attached:
                continue  # the app is closing; what is said now is in the log
            if isinstance(item, Entry):
                self._take(item)
            else:
                self._glimpse(item)

    def _take(self, entry: Entry) -> None:
        """Show one more entry."""
        self.transcript.add(entry)
        self._stale = True
        match entry.event:
            case Folded() if self.looks:
                self.look()
            case ApprovalAsked():
                self.ring()
            case Paused(by=by, reason=reason) if by == ROOM and reason.startswith(REACHED):
                self.ask_for_more(reason)
            case _:
                pass

    def _glimpse(self, glimpse: "Glimpse") -> None:
        from harness import turn  # noqa: PLC0415 - loaded with the session

        match glimpse:
            case turn.Began(author):
                self._speaker, self._since, self._bytes = author, self.desk.clock.elapsed(), 0
                self.transcript.begin(author)
            case turn.Piece(author, text, channel):
                self._bytes += len(text.encode("utf-8", "replace"))
                self.transcript.piece(author, text, channel)
            case turn.Waits(author, why, seconds, attempt):
                self.transcript.waits(author, why, seconds, attempt)
            case turn.Ended(author):
                self._speaker = ""
                self.transcript.end(author)
            case turn.Catching(done, total):
                self._catching = f"{done}/{total}" if done < total else ""
            case turn.Folding():
                pass
            case _:
                assert_never(glimpse)
        self._stale = True

    @property
    def speaking(self) -> bool:
        """Whether somebody has the floor."""
        return self.session is not None and self.session.speaking

    @work(exclusive=True, group="more")
    async def ask_for_more(self, reason: str) -> None:
        """A budget is used up: ask whether the room goes on with as much again."""
        self.ring()
        more = await self.app.push_screen_wait(
            Confirm(
                f"{line(reason).capitalize()}. Go on?",
                "As much again, counted from here. /budget sets another limit.",
                verb="Go on",
                refuse="Stand still",
                destructive=False,
            )
        )
        if more and self.session is not None:
            with self.telling():
                self.session.resume()

    async def leave(self) -> None:
        """Cut off who speaks, keep what was said, and let go of the room."""
        self._leaving = True
        if self.session is not None:
            self.session.finish()
        await self._keep()
        await self._gone.wait()
        await self._keep()  # what was typed meanwhile

    async def _keep(self) -> None:
        """Keep what stands in the line, after putting back what was left of it."""
        for prompt in self.query(Prompt):
            with self.telling():
                await self._keeping.keep(prompt)

    # What is shown beside the transcript.

    def floor(self) -> tuple[str, tuple[str, ...]]:
        """Return who has the floor and who comes next."""
        return self._speaker, upcoming(self.shown_room, self._speaker)

    def entries(self) -> Sequence[Entry]:
        """Return the log so far."""
        return self._log

    def _tick(self) -> None:
        """Show what changed, at most ten times a second."""
        if self._speaker:
            seconds = self.desk.clock.elapsed() - self._since
            self.query_one(Status).tick(seconds, self._bytes // BYTES_A_TOKEN)
        if self._stale:
            self._stale = False
            self.refresh_panels()
        if self._keeping.due(time.monotonic()):
            self.keep_words()

    def refresh_panels(self) -> None:
        """Show the room as it stands now."""
        super().refresh_panels()
        room = self.shown_room
        self.query_one(Approvals).show_room(room)
        self.query_one(Status).show_standing(self._standing())
        prompt = self.query_one(Prompt)
        prompt.mode = self._prompt_mode()
        prompt.speaker = line(room.label(self._speaker)) if self._speaker else ""
        prompt.queued = len(room.queue)
        prompt.choices = choices_in(room, prompt.choices)

    def _standing(self) -> Standing:
        room, session = self.shown_room, self.session
        mode, detail = self._mode()
        speaker = next((seat for seat in room.seats if seat.id == self._speaker), None)
        stretch = session.stretch if session else None
        begun = stretch.start.rounds if stretch else 0
        total = stretch.rounds if stretch else None
        number = room.rounds - begun + 1
        return Standing(
            mode=mode,
            detail=detail,
            round=min(number, total) if total else number,
            rounds=total,
            speaker=self._speaker,
            name=speaker.participant.name if speaker else "",
            colour=self._colour_of(self._speaker) if speaker else "",
            budgets=tuple(
                Budget(spent.name, spent.amount, spent.most)
                for spent in (session.budgets if session else ())
            ),
            cc=(room.carried.size, room.opened.budget) if self.looks else None,
            queued=len(room.queue),
            title=room.title,
            log=home(self.desk.rooms.log(self.room_id)),
        )

    def recoloured(self, colour_of: Callable[[str], str]) -> None:
        """Take over new colours of participants."""
        self._colour_of = colour_of
        self.query_one(Approvals).colour_of = colour_of

    def _mode(self) -> tuple[Mode, str]:
        session = self.session
        if session is None:
            return ("ended", "") if self._over else ("opening", "")
        if self._catching:
            return "catching up", self._catching
        if self.shown_room.waiting:
            return "waiting for you", f"{self.key_of('room.decide')} decides"
        if session.stands and session.speaking:
            return "stepping", "stands after this turn"
        if session.room.paused:
            return "paused", "" if session.room.paused == "paused" else session.room.paused
        if session.stands:
            return "waiting for you", session.stands if session.stands != "opened" else ""
        return "running", ""

    def _prompt_mode(self) -> PromptMode:
        session = self.session
        if session is None:
            return "closed" if self._over else "opening"
        if session.speaking:
            return "queueing"
        return "paused" if session.stands else "live"

    @work(exclusive=True, group="offer")
    async def _offer(self, session: "Session") -> None:
        """Learn what can be named, for completion; a part that cannot be read is told."""
        from agents.scenarios.scenario import bundled, user_scenarios  # noqa: PLC0415

        found: dict[str, tuple[Choice, ...]] = {
            "themes": tuple(Choice(name) for name in sorted(self.app.available_themes))
        }
        ways: dict[str, Callable[[], Iterable[str]]] = {
            "scenarios": lambda: [
                *bundled(),
                *(path.stem for path in user_scenarios(self.desk.paths.scenarios)),
            ],
            "models": session.invitable,
            "rooms": self.desk.rooms.ids,
        }
        for what, names in ways.items():
            with self.telling():
                found[what] = tuple(map(Choice, await asyncio.to_thread(names)))
        for prompt in self.query(Prompt):
            prompt.choices = replace(prompt.choices, **found)

    # What the person does.

    @on(Prompt.Typed)
    def _typed(self) -> None:
        self._keeping.typed(time.monotonic())

    @work(group="keeping")
    async def keep_words(self) -> None:
        """Keep what stands in the line, after putting back what was left of it."""
        await self._keep()

    @on(Prompt.Submitted)
    def _said(self, event: Prompt.Submitted) -> None:
        self.keep_words()
        session = self.session
        if session is None:
            opening = "one moment, the room is being opened"
            self.query_one(Prompt).put_back(
                event.text, "the room is not open" if self._over else opening
            )
            return
        try:
            if event.to:
                session.whisper(event.to, event.text)
            else:
                session.say(event.text)
        except OURS as error:
            self.query_one(Prompt).put_back(event.text, line(str(error)))
            return
        self.transcript.action_end()  # who speaks wants to see what comes of it
        if not event.to:
            with self.telling():
                self._answer(session)

    def _answer(self, session: "Session") -> None:
        """A line said into a room that stands of itself is answered: by a round."""
        if session.stands and session.room.paused != "paused" and not session.speaking:
            session.go(1)

    @on(Prompt.Slash)
    def _slash(self, event: Prompt.Slash) -> None:
        self.keep_words()
        self.carry_out(event.slash, event.line)

    def carry_out(self, slash: Slash, typed: str = "") -> None:
        """Do what a command says; what cannot be done goes back into the line."""
        if slash.name == "remove" and typed:
            self.send_out(slash)
            return
        session = self.session
        before = len(self._log)
        outcome: Outcome = ForScreen(slash) if session is None else steer(slash, session)
        unrecorded = len(self._log) == before
        match outcome:
            case Done(said=said, more=more) if more or (unrecorded and len(said) > LONG):
                told, bare = (said, *more), self.desk.ascii
                self.app.push_screen(Listing(f"/{slash.name}", told, ascii=bare))
            case Done(said=said) if unrecorded:
                # What got an entry of its own can be read in the transcript.
                self.tell(said)
            case Done():
                pass
            case Refused(why=why) if typed:
                self.query_one(Prompt).put_back(typed, why)
            case Refused(why=why):
                self.tell(why, error=True)
            case ForScreen():
                if not self.show_what(slash) and typed:
                    self.query_one(Prompt).put_back(typed, "the room is not open")
        self._stale = True

    def take(self, typed: str) -> None:
        """Do a command, or put it into the line if there is more to say first."""
        match parse(typed):
            case Slash() as slash:
                self.carry_out(slash)
            case _:
                self._begin(f"{typed} ")

    def show_what(self, slash: Slash) -> bool:
        """Do what a command says that is a screen's; return whether there was such a thing."""
        first = slash.args[0] if slash.args else ""
        match slash.name:
            case "retry":
                self.retry()
            case "regenerate" | "continue" | "edit" | "fork":
                self._about(slash.name, first)
            case "forks":
                self.action_forks()
            case "compare":
                self.compare(first)
            case "export":
                self.export(first, slash.args[1])
            case "import":
                self.app.push_screen(Importing(self.desk, first))
            case "scenario":
                self.begin_another(first)
            case "replay":
                self.action_replay()
            case "rooms":
                self.action_rooms()
            case "quit":
                self.post_message(Quit())
            case "roster":
                self.action_roster()
            case "memory":
                self.action_memory()
            case "context":
                self.context(first)
            case "search":
                self.search_here(first)
            case "find":
                self.action_find(first)
            case "go":
                self.go(int(first))
            case "theme":
                self.post_message(WearTheme(first))
            case "keys" | "help":
                self.post_message(ShowHelp(first))
            case _:
                return False
        return True

    @on(Prompt.Offered)
    def _offered(self, event: Prompt.Offered) -> None:
        self.tell(
            f"what begins with ! is for the models; {said_key(self, Editor, 'prompt.send')} "
            "does it as yours"
        )

    @on(Approvals.Decided)
    def _decided(self, event: Approvals.Decided) -> None:
        session = self.session
        if session is None:
            return
        with self.telling(), suppress(KeyError):  # decided already, by a command
            session.approve(event.approval, granted=event.granted)
        if event.rule:
            self.carry_out(Slash("approve", (event.verb, event.rule)))

    # Keys.

    def action_stop(self) -> None:
        """Stop who speaks; a second time, pause the room."""
        session, now = self.session, time.monotonic()
        if session is None:
            return
        again = now - self._escaped < TWICE
        self._escaped = now
        stood = session.stands
        if again:
            with self.telling():
                session.pause()
        if session.speaking and (stood or not again):
            session.stop_speaker()
        elif not (again or stood):
            self.tell(f"{self.key_of('room.stop')} once more pauses the room")
        self._stale = True

    def action_pause(self) -> None:
        """Pause the room, or let it go on."""
        if self.session is None:
            if self._gone.is_set():
                self.live()
            return
        self.carry_out(Slash("resume" if self.session.stands else "pause"))

    def action_step(self) -> None:
        """Give one turn."""
        self.carry_out(Slash("step"))

    def action_skip(self) -> None:
        """Pass over who speaks, or who would be next."""
        self.carry_out(Slash("skip"))

    @work(exclusive=True, group="ask")
    async def action_choose(self) -> None:
        """Ask who speaks next."""
        if chosen := await self._whom("Who speaks next?"):
            self.carry_out(Slash("next", (chosen,)))

    async def _whom(self, question: str) -> str:
        """Ask for one of the models in the room; empty for none."""
        choices = [Row(key=seat.id, title=line(seat.label)) for seat in self.shown_room.models]
        if not choices:
            self.tell("no model is in the room; /add invites one")
            return ""
        answer = await self.app.push_screen_wait(
            Ask(question, candidates=choices, verb="chooses", ascii=self.desk.ascii)
        )
        return answer or ""

    def action_decide(self) -> None:
        """Go to what waits for a decision."""
        if not self.query_one(Approvals).take_focus():
            self.tell("nothing waits for you")

    def action_replay(self) -> None:
        """Play the room again from its start."""
        self.post_message(ReplayRoom(self.room_id, back=True))

    def action_line(self) -> None:
        """Go to the line to type on."""
        self._back_to_line()

    def focus_line(self) -> None:
        """Go to the line to type on."""
        self.query_one("Prompt TextArea").focus()

    # Other ways of going on.

    def _about(self, how: str, place: str) -> None:
        """Do something about the message at `place`, or about the one that is meant."""
        at = int(place) if place else self._meant(how)
        if at is None:
            self.tell("there is no such message yet", error=True)
        elif how == "edit":
            self.edit(at)
        else:
            self.branch(how, at)

    def _meant(self, how: str) -> int | None:
        """The message the reader's cursor is on, or the newest that can be meant."""
        if how == "fork":
            return self.transcript.place or (self._log[-1].place if self._log else None)
        for entry in reversed(self._log):
            match entry.event:
                case Spoke(author=author) if how == "edit" or author not in {PERSON, ROOM}:
                    return entry.place
                case _:
                    pass
        return None

    def retry(self) -> None:
        """Give the turn that failed last once more."""
        for entry in reversed(self._log):
            if isinstance(entry.event, Faltered):
                self.branch("retry", entry.place)
                return
        self.tell("nobody has failed")

    def branched(self, made: "Branch", how: str) -> None:
        """Open a room that was just made from this one; or give a turn here once more."""
        if not made.here:
            self.go_with_words(made, how)
        elif self.session is not None:
            self.carry_out(Slash("next", (made.next,)))
            if self.session.stands:
                self.session.step()

    @work(exclusive=True, group="branched")
    async def go_with_words(self, made: "Branch", how: str) -> None:
        """Open a room that was made from this one; what stands in the line goes along."""
        with self.telling():
            path = self.desk.rooms.unsent(made.room)
            await self._keeping.hand_on(self.query_one(Prompt), path)
        super().branched(made, how)

    @work(exclusive=True, group="export")
    async def export(self, form: str, path: str) -> None:
        """Write the room: at once if it is said to which file, else after asking."""
        if not path:
            self.action_export()
            return
        head, _, rest = path.partition(" ")
        if not form and rest and head.isalnum() and not Path(path).suffix:
            self.tell(f"no format {head}: there are md, html, txt and jsonl", error=True)
            return
        form = form or "md"
        try:
            target, force = await asyncio.to_thread(_target, path)
            if force and not await self._write_over(target):
                return
            written = await asyncio.to_thread(
                _write, self.desk, self.room_id, form, target, force=force
            )
        except (*OURS, OSError, RuntimeError) as error:  # no such home
            self.tell(str(error), error=True)
            return
        self.tell(f"wrote {written}")

    async def _write_over(self, target: Path) -> bool:
        free = await asyncio.to_thread(_free, target)
        return bool(
            await self.app.push_screen_wait(
                Confirm(
                    f"Write over {line(target.name)}?",
                    f"What is in it is lost. {free.name} would be a free name.",
                    verb="Overwrite",
                )
            )
        )

    @work(exclusive=True, group="compare")
    async def compare(self, other: str) -> None:
        """Show this room beside another: the one named, or the one it was forked from."""
        origin = self.shown_room.opened.origin
        other = other or (origin.room if origin else "")
        if not other:
            self.action_forks()
            self.tell(
                f"{said_key(self, ForksScreen, 'forks.compare')} on two rooms of the tree "
                "shows them side by side"
            )
            return
        try:
            found = await asyncio.to_thread(self.desk.rooms.find, other)
        except OURS as error:
            self.tell(str(error), error=True)
            return
        self.post_message(CompareRooms(found, self.room_id))

    @work(exclusive=True, group="ask")
    async def begin_another(self, scenario: str) -> None:
        """Open a new room: of the scenario named, or of the one chosen now."""
        names = [
            Row(key=one.text, title=one.text)
            for one in self.query_one(Prompt).choices.scenarios
        ]
        if not scenario:
            scenario = (
                await self.app.push_screen_wait(
                    Ask(
                        "Open which scenario?",
                        candidates=names,
                        verb="Open",
                        ascii=self.desk.ascii,
                    )
                )
                or ""
            )
        if scenario:
            self.post_message(NewRoom(scenario))

    @work(exclusive=True, group="context")
    async def context(self, participant: str) -> None:
        """Show what a participant would be sent now."""
        session = self.session
        if session is None:
            return
        try:
            request = await session.preview(participant)
        except OURS as error:
            self.tell(str(error), error=True)
            return
        label = self.shown_room.label(participant)
        self.app.push_screen(ContextScreen(request, label, ascii=self.desk.ascii))

    @work(exclusive=True, group="remove")
    async def send_out(self, slash: Slash) -> None:
        """Send a participant out, after asking; say how to have it back."""
        who = slash.args[0]
        label = self.shown_room.label(who)
        sure = await self.app.push_screen_wait(
            Confirm(
                f"Send {line(label)} out?",
                f"It takes no more turns. /add {who} brings it back as it was.",
                verb="Send out",
            )
        )
        if sure:
            self.carry_out(slash)

    # The roster.

    @on(Roster.NextAsked)
    def _next_asked(self, event: Roster.NextAsked) -> None:
        self.carry_out(Slash("next", (event.participant,)))

    @on(Roster.MuteAsked)
    def _mute_asked(self, event: Roster.MuteAsked) -> None:
        who = event.participant
        self.carry_out(Slash("unmute", (who,)) if event.back else Slash("mute", (who, "")))

    @on(Roster.RemoveAsked)
    def _remove_asked(self, event: Roster.RemoveAsked) -> None:
        self.send_out(Slash("remove", (event.participant,)))

    @on(Roster.CancelAsked)
    def _cancel_asked(self, event: Roster.CancelAsked) -> None:
        self.carry_out(Slash("cancel", (event.image,)))

    @on(Roster.WhisperAsked)
    def _whisper_asked(self, event: Roster.WhisperAsked) -> None:
        self.query_one(Prompt).target = Target(event.participant, whisper=True)
        self._back_to_line()

    @on(Roster.InviteAsked)
    def _invite_asked(self) -> None:
        self._begin("/add ")

    @on(Roster.TemperatureAsked)
    def _temperature_asked(self, event: Roster.TemperatureAsked) -> None:
        self._begin(f"/temp {event.participant} ")

    @on(Roster.EditAsked)
    def _seat_edit_asked(self, event: Roster.EditAsked) -> None:
        self._begin(f"/prompt {event.participant} ")

    def _begin(self, typed: str) -> None:
        """Put the start of a command into the line, unless something stands there."""
        prompt = self.query_one(Prompt)
        if prompt.text and not prompt.text.startswith("/"):
            self.tell(f"send or clear the line first, then type {typed}")
            return
        prompt.text = typed
        self._back_to_line()

    def _back_to_line(self) -> None:
        if self.query_one("#main").has_class("-under"):
            self.action_roster()
        self.focus_line()


def _target(path: str) -> tuple[Path, bool]:
    """Return the file meant, and whether there is one already."""
    target = Path(path).expanduser()
    return target, target.is_file()


def _free(target: Path) -> Path:
    """Return a file beside `target` that is not there yet."""
    names = (target.with_stem(f"{target.stem}-{number}") for number in count(2))
    return next(one for one in names if not one.exists())


def _write(desk: Desk, room_id: str, form: str, path: Path, *, force: bool) -> Path:
    from harness import exports  # noqa: PLC0415 - a quarter of the command line, seldom needed

    return exports.write(desk.rooms, room_id, form, path, force=force)
