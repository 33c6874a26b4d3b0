"""A session opened, followed and let run: what comes of it is shown as it comes.

The screen keeps nothing of the room: it shows the log, then follows the session's bus. What
stands in the line is kept, so that it is there again whatever happens.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from textual import on, work
from textual.app import ComposeResult

from harness.order import upcoming
from harness.unsent import said
from transcripts.events import (
    ApprovalAsked,
    Delaminated,
    Entry,
    Folded,
    Laminated,
    Merged,
    Paused,
    Recalled,
    Rewritten,
)
from transcripts.participants import ROOM
from tui.desk import OURS, Desk
from tui.printing import line
from tui.screens.confirm import Confirm
from tui.screens.keeping import Keeping
from tui.screens.making import engine
from tui.screens.reading import ReadingScreen
from tui.screens.shelf import home
from tui.slash.choices import Choice, choices_in
from tui.slash.measured import Measured, measured
from tui.widgets.approvals import Approvals
from tui.widgets.graphics import Graphics
from tui.widgets.inspector import Inspector
from tui.widgets.lines import no_colour
from tui.widgets.prompt import Mode as PromptMode
from tui.widgets.prompt import Prompt
from tui.widgets.status import Budget, Mode, Standing, Status

if TYPE_CHECKING:
    from pathlib import Path

    from harness.session.session import Session
    from harness.turn import Glimpse

REACHED = "budget reached"
"""How the reason begins when the room pauses at a limit."""

TICK = 0.1
"""Seconds between two looks at what changed, for everything but the transcript."""

BYTES_A_TOKEN = 4

_log = logging.getLogger(__name__)


class SittingScreen(ReadingScreen):
    """Sits in a room until it is left."""

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

    def unarchived(self) -> "Path":
        """Bring the log back: the room goes on."""
        from harness.archiving import restore  # noqa: PLC0415 - only where a room is archived

        restore(self.desk.rooms, self.room_id)
        return self.desk.rooms.log(self.room_id)

    async def _sit(self) -> None:
        """Open the session, follow it, and let it run."""
        compose, config = await asyncio.to_thread(engine)
        settings = await asyncio.to_thread(config.read, self.desk.paths.settings)
        if not self.query("Transcript"):
            return  # the app ended meanwhile
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
            if not self.query("Transcript"):
                return
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
            case (
                Folded() | Recalled() | Laminated() | Delaminated() | Merged() | Rewritten()
            ) if self.looks:
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
            case turn.Behind() as behind:
                self.notify(behind.line, severity="warning", markup=False)
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

    def keeping(self) -> str:
        """Return what the keeper chose last, and why."""
        told = self.session.keeping if self.session is not None else None
        return f"{told[1].act}: {told[1].why}" if told is not None else ""

    def measured(self) -> Measured:
        """Return what is known of continuity, and why no more of it is."""
        return measured(self.shown_room, self.session.scoring if self.session else "on")

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
        if self.looks:
            self.query_one(Inspector).show_keeping(self.keeping())
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
            continuity=self.measured(),
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

    # What stands in the line.

    @on(Prompt.Typed)
    def _typed(self) -> None:
        self._keeping.typed(time.monotonic())

    @work(group="keeping")
    async def keep_words(self) -> None:
        """Keep what stands in the line, after putting back what was left of it."""
        await self._keep()
