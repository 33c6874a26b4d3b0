"""A room, live: what the person says in it, and what their commands, keys and clicks do."""

import time
from contextlib import suppress
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.binding import Binding, BindingType

from tui.desk import OURS
from tui.printing import line
from tui.screens import undoing
from tui.screens.ask import Ask
from tui.screens.confirm import Confirm
from tui.screens.importing import Importing
from tui.screens.listing import Listing
from tui.screens.onward import OnwardScreen
from tui.screens.reading import READING
from tui.screens.wishes import Quit, ReplayRoom, ShowHelp, WearTheme
from tui.slash.meant import Slash
from tui.slash.reading import parse
from tui.steering import Done, ForScreen, Outcome, Refused, steer
from tui.widgets.approvals import Approvals
from tui.widgets.choices import Choice as Row
from tui.widgets.editor import Editor
from tui.widgets.inspector import Inspector
from tui.widgets.keys import said_key
from tui.widgets.prompt import Prompt, Target
from tui.widgets.roster import Roster

if TYPE_CHECKING:
    from harness.session.session import Session

TWICE = 1.0
"""Seconds within which a second Esc pauses the room."""

LONG = 120
"""Characters of what came of a command from which it is read in a dialog."""


class RoomScreen(OnwardScreen):
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

    _escaped = float("-inf")
    """When Esc was pressed last, in seconds of the system's clock."""

    # What the person does.

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
            case "undo":
                self.take_back(first)
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

    # The memory.

    @on(Inspector.UndoAsked)
    def _undo_asked(self) -> None:
        self.take_back("")

    @work(exclusive=True, group="undo")
    async def take_back(self, place: str) -> None:
        """Take back what the keeper did to the room's past, after asking."""
        if (session := self.session) is None:
            self.tell("the room is not open")
            return
        try:
            at = await undoing.chosen(self, self._log, place)
            if at >= 0:
                self.tell(await undoing.take_back(session, at))
        except (*OURS, OSError) as error:
            self.tell(str(error), error=True)

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
