"""A transcript, and what stands beside it: who is in the room, and what they remember.

What a live room and a replay have in common. The room shown is what the page was told so far,
so that roster and inspector always speak of what can be read beside them.
"""

import asyncio
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.events import Resize

from transcripts.errors import BrokenLog, TranscriptError
from transcripts.events import Entry, Faltered, Skipped, Spoke
from transcripts.log import read
from transcripts.room import Room
from tui.desk import OURS, Desk
from tui.printing import line, safe
from tui.screens.ask import Ask
from tui.screens.edit import EditScreen
from tui.screens.exporting import Exporting
from tui.screens.forks import ForksScreen
from tui.screens.search import SearchScreen
from tui.screens.shelf import from_home
from tui.screens.stage import Stage
from tui.screens.wishes import BackToStart, CopyText, OpenRoom
from tui.slash.measured import Measured, measured
from tui.themes import colours_for
from tui.widgets.graphics import Graphics
from tui.widgets.inspector import Inspector
from tui.widgets.keys import Keys, said_key
from tui.widgets.pictures import Pictures
from tui.widgets.roster import Roster
from tui.widgets.transcript import Transcript

if TYPE_CHECKING:
    from harness.branches import Branch
    from harness.inspection import Inspection

MOST = 1000
"""Characters of a notice, at most."""

WIDE = 110
"""Columns from which the roster stands beside the transcript without being asked for."""

WIDEST = 170
"""Columns from which roster and inspector stand there both."""


READING: list[BindingType] = [
    Binding("ctrl+r", "roster", "Roster", id="reading.roster"),
    Binding("f3", "memory", "Memory", id="reading.memory"),
    Binding("f4", "forks", "Forks", id="reading.forks"),
    Binding("ctrl+f", "find", "Find in all rooms", show=False, id="reading.find"),
    Binding("ctrl+e", "export", "Export", show=False, id="reading.export"),
    Binding("ctrl+g", "go", "Go to a place", show=False, id="reading.go"),
    Binding("ctrl+o", "rooms", "Rooms", id="reading.rooms"),
]
"""Keys of both kinds of screen; each lists them after its own."""


class ReadingScreen(Stage):
    """Shows a transcript; knows its panels and forks, and nothing of where entries come from."""

    DEFAULT_CSS = """
    ReadingScreen {
        & #stage { height: 1fr; }
        & #main { width: 1fr; }
        & #side { width: 38; display: none; background: $surface; }
        & #side > * { display: none; }
        & #side.-roster, & #side.-memory { display: block; }
        & #side.-roster > Roster { display: block; }
        & #side.-memory > Inspector { display: block; }
        & #side.-memory { width: 45%; min-width: 38; }
        & #side.-roster.-memory > Roster { height: 40%; }
        & #side.-roster.-memory > Inspector { margin-top: 1; }
        & #side.-over { width: 1fr; }
        & #main.-under { display: none; }
    }
    """

    def __init__(self, desk: Desk, room_id: str, graphics: Graphics) -> None:
        super().__init__()
        self.desk = desk
        self.room_id = room_id
        self._graphics = graphics
        self._roster_wanted: bool | None = None
        """Whether the person asked for the roster, or put it away; `None` for neither."""
        self._memory_wanted = False
        self._coloured: tuple[str, ...] = ()
        self._pictures: Pictures | None = None
        self._terminal_away = False
        self._waiting: list[str] = []
        """What goes to the terminal once it is back."""
        self._inspection: Inspection | None = None
        self._inspecting = ThreadPoolExecutor(max_workers=1, thread_name_prefix="inspector")

    def compose(self) -> ComposeResult:
        """Lay out the transcript, what is below it, and what is beside it."""
        ascii_only = self.desk.ascii
        with Horizontal(id="stage"):
            with Vertical(id="main"):
                yield Transcript(ascii=ascii_only)
                yield from self.below()
            with Vertical(id="side"):
                yield Roster(ascii=ascii_only)
                yield Inspector(ascii=ascii_only)
        yield Keys(ascii=ascii_only)

    def below(self) -> ComposeResult:
        """Lay out what stands under the transcript."""
        yield from ()

    def on_mount(self) -> None:
        """Set up pictures and panels, and begin."""
        if not self.query(Transcript):
            return  # the app is closing: nothing was laid out
        self._pictures = Pictures(
            self.desk.rooms.images(self.room_id),
            self._graphics,
            ready=self.transcript.redraw_picture,
            write=self._send,
            background=self._ground(),
            colour_system=str(self.app.console.color_system or "standard"),
        )
        self.transcript.pictures = self._pictures if self._pictures.drawn else None
        self.app.theme_changed_signal.subscribe(self, lambda _: self._recolour(anew=True))
        self.app.app_suspend_signal.subscribe(self, self._lend_terminal, immediate=True)
        self.app.app_resume_signal.subscribe(self, self._take_terminal, immediate=True)
        self._arrange()
        self.begin()

    def begin(self) -> None:
        """Show what there is to show, once everything has its place."""
        raise NotImplementedError

    def on_unmount(self) -> None:
        """Take the pictures away from the terminal, and let go of the memory."""
        # Each of these would keep this screen for good.
        self.app.theme_changed_signal.unsubscribe(self)
        self.app.app_suspend_signal.unsubscribe(self)
        self.app.app_resume_signal.unsubscribe(self)
        if self._pictures is not None:
            self._pictures.close()
        if self._inspection is not None:
            self._inspecting.submit(self._inspection.close)
        self._inspecting.shutdown(wait=False)

    async def read_log(self) -> list[Entry]:
        """Return the room's entries, from disk.

        Raises:
            BrokenLog, NewerLog: They cannot be read.
            HarnessError, RecallError: The room is archived, and cannot be decoded.
        """
        rooms, room_id = self.desk.rooms, self.room_id
        if rooms.archived(room_id):
            self.tell("This room is archived: its log is decoded, some 25 kB a second.")
            path = await asyncio.to_thread(self.unarchived)
        else:
            path = rooms.log(room_id)
        entries = await asyncio.to_thread(lambda: list(read(path)))
        if not entries:
            raise BrokenLog(path, 0, "is empty")
        return entries

    def unarchived(self) -> Path:
        """Return a file with the log of this archived room; blocks while it is decoded.

        Raises:
            HarnessError, RecallError: It cannot be.
        """
        from harness.archived import readable  # noqa: PLC0415 - only where a room is archived

        return readable(self.desk.rooms, self.room_id)

    def unreadable(self, error: Exception) -> None:
        """Say why there is nothing to show, and go back."""
        self.tell(str(error), error=True)
        self.action_rooms()

    # What is shown.

    @property
    def transcript(self) -> Transcript:
        """The transcript."""
        return self.query_one(Transcript)

    @property
    def shown_room(self) -> Room:
        """The room as far as it can be read here."""
        return self.transcript.page.room

    def place_to_look_at(self) -> int | None:
        """Return the place that the inspector is to show cc at; `None` for the newest."""
        return None

    def entries(self) -> Sequence[Entry]:
        """Return the entries that are known here."""
        raise NotImplementedError

    def keeping(self) -> str:
        """Return what the keeper chose last, and why; empty where nobody keeps anything."""
        return ""

    def measured(self) -> Measured:
        """Return what is known of continuity here."""
        return measured(self.shown_room)

    def floor(self) -> tuple[str, tuple[str, ...]]:
        """Return who has the floor and who comes next; nobody in a replay."""
        return "", ()

    def key_of(self, name: str) -> str:
        """Return what a key of this screen is called, whatever the person's keymap made of it."""
        return said_key(self, type(self), name)

    def tell(self, text: str, *, error: bool = False) -> None:
        """Show a line or some to the person for a few seconds; errors for longer."""
        self.notify(
            safe(from_home(text))[:MOST],
            severity="error" if error else "information",
            timeout=12 if error else 4,
            markup=False,
        )

    @contextmanager
    def telling(self) -> Generator[None]:
        """Tell what goes wrong on purpose, such as a log that cannot be written."""
        try:
            yield
        except (*OURS, OSError) as error:
            self.tell(str(error), error=True)

    def refresh_panels(self) -> None:
        """Show the room as it stands now."""
        self._recolour()
        if self.query_one("#side").has_class("-roster"):
            speaking, coming = self.floor()
            self.query_one(Roster).show_room(
                self.shown_room, speaking=speaking, upcoming=coming
            )
        if self.looks:
            self.query_one(Inspector).show_continuity(self.measured())

    def _recolour(self, *, anew: bool = False) -> None:
        ids = tuple(seat.id for seat in self.shown_room.seats if not seat.participant.person)
        if not anew and set(ids) <= set(self._coloured):
            return
        self._coloured = (*self._coloured, *(one for one in ids if one not in self._coloured))
        given = colours_for(self.app.theme_variables, colourless=self.app.no_color)
        colours = given(self._coloured)
        colour_of: Callable[[str], str] = partial(_colour, colours)
        self.transcript.colour_of = colour_of
        self.query_one(Roster).colour_of = colour_of
        self.recoloured(colour_of)
        if self._pictures is not None:
            self._pictures.background = self._ground()

    def recoloured(self, colour_of: Callable[[str], str]) -> None:
        """Take over new colours of participants."""

    def _ground(self) -> str:
        colour = self.app.theme_variables.get("background", "#000000")
        return colour if colour.startswith("#") else "#000000"

    def _lend_terminal(self, _app: object) -> None:
        """Write nothing while another program has the terminal."""
        self._terminal_away = True

    def _take_terminal(self, _app: object) -> None:
        """Write what had to wait."""
        self._terminal_away = False
        waiting, self._waiting = self._waiting, []
        for sequence in waiting:
            self._send(sequence)

    def ring(self) -> None:
        """Ring the terminal's bell, unless another program has the terminal."""
        if not self._terminal_away:
            self.app.bell()

    def _send(self, sequence: str) -> None:
        if self._terminal_away:
            # Textual would hold the app up for good after thirty of them.
            self._waiting.append(sequence)
            return
        driver = self.app._driver  # noqa: SLF001 - Textual has no public way to send a sequence
        if driver is not None:
            driver.write(sequence)

    # Panels.

    def on_resize(self, event: Resize) -> None:
        """Give the panels their place."""
        if self.query("#side"):  # not while the screen is taken down
            self._arrange()

    def _arrange(self) -> None:
        """Decide what stands beside the transcript, and whether it stands before it."""
        wide = self.size.width >= WIDE
        roster = self._roster_wanted if self._roster_wanted is not None else wide
        if self._memory_wanted and self.size.width < WIDEST and self._roster_wanted is not True:
            roster = False
        side = self.query_one("#side")
        side.set_class(roster, "-roster")
        side.set_class(self._memory_wanted, "-memory")
        over = not wide and (roster or self._memory_wanted)
        side.set_class(over, "-over")
        self.query_one("#main").set_class(over, "-under")
        self.refresh_panels()

    def action_roster(self) -> None:
        """Show the roster and go there, or put it away."""
        shown = self.query_one("#side").has_class("-roster")
        focused = self.query_one(Roster).has_focus
        self._roster_wanted = not (shown and (focused or self.size.width < WIDE))
        if self._roster_wanted and self.size.width < WIDEST:
            self._memory_wanted = False
        self._arrange()
        self._focus(Roster if self._roster_wanted else None)

    def action_memory(self) -> None:
        """Show the hidden memory, or hide it."""
        self._memory_wanted = not self._memory_wanted
        if self._memory_wanted and self.size.width < WIDEST:
            self._roster_wanted = None
        self._arrange()
        if self._memory_wanted:
            self.look()
        self._focus(Inspector if self._memory_wanted else None)

    def _focus(self, panel: type[Roster | Inspector] | None) -> None:
        if panel is None:
            self.focus_line()
        else:
            self.query_one(panel).focus()

    def focus_line(self) -> None:
        """Give the focus back to where it usually is."""
        self.transcript.focus()

    @property
    def looks(self) -> bool:
        """Whether the inspector is shown."""
        return self._memory_wanted

    @work(exclusive=True, group="look")
    async def look(self) -> None:
        """Show cc as it is at the place looked at."""
        from harness.inspection import Inspection, remedy  # noqa: PLC0415 - when needed
        from memory.errors import RecallError  # noqa: PLC0415

        inspector = self.query_one(Inspector)
        if self._inspection is None:
            self._inspection = Inspection(self.desk.paths.bank, self.room_id)
        try:
            found = await asyncio.get_running_loop().run_in_executor(
                self._inspecting,
                self._inspection.look,
                self.entries(),
                self.place_to_look_at(),
            )
        except (RecallError, TranscriptError) as error:
            inspector.show_nothing(why=line(str(error)))
            return
        if found is None and not self.entries():
            inspector.show_nothing()
        elif found is None:
            inspector.show_nothing(why=remedy(self.room_id, self.entries()))
        else:
            inspector.show_keeping(self.keeping())
            inspector.show_look(found)

    # What the transcript asks for.

    @on(Transcript.Copied)
    def _copied(self, event: Transcript.Copied) -> None:
        self.post_message(CopyText(event.text, event.what))

    @on(Transcript.SearchAsked)
    def _search_asked(self) -> None:
        self.search_here()

    @property
    def _on_and_back(self) -> str:
        """The keys that go from one match to another: `n and N`."""
        names = ("transcript.next_match", "transcript.previous_match")
        return " and ".join(said_key(self, Transcript, name) for name in names)

    @work(group="search")
    async def search_here(self, words: str = "") -> None:
        """Find words in this room; ask for them if none are given."""
        if not words:
            answer = await self.app.push_screen_wait(
                Ask(
                    "Find in this room",
                    about=f"{self._on_and_back} go on",
                    verb="finds",
                    ascii=self.desk.ascii,
                )
            )
            if not answer:
                return
            words = answer
        found = self.transcript.search(words)
        self.transcript.focus()
        if found:
            self.tell(f"{found} found; {self._on_and_back} go from one to the next")
        else:
            self.tell(f"nothing found for {words!r}")

    @on(Transcript.ForkAsked)
    def _fork_asked(self, event: Transcript.ForkAsked) -> None:
        self.branch("fork", event.place)

    @on(Transcript.RegenerateAsked)
    def _regenerate_asked(self, event: Transcript.RegenerateAsked) -> None:
        at = next((one.event for one in self.entries() if one.place == event.place), None)
        failed = isinstance(at, Faltered | Skipped)
        self.branch("retry" if failed else "regenerate", event.place)

    @on(Transcript.ContinueAsked)
    def _continue_asked(self, event: Transcript.ContinueAsked) -> None:
        self.branch("continue", event.place)

    @on(Transcript.EditAsked)
    def _edit_asked(self, event: Transcript.EditAsked) -> None:
        self.edit(event.place)

    @work(exclusive=True, group="branch")
    async def branch(self, how: str, place: int) -> None:
        """Make a room that parts from this one at `place`, and open it."""
        from harness import branches  # noqa: PLC0415

        ways = {
            "fork": branches.fork,
            "regenerate": branches.regenerate,
            "continue": branches.continue_,
            "retry": branches.retry,
        }
        try:
            made = await asyncio.to_thread(
                ways[how], self.desk.rooms, self.room_id, place, self.desk.clock.now()
            )
        except (*OURS, OSError) as error:
            self.tell(str(error), error=True)
            return
        self.branched(made, how)

    @work(exclusive=True, group="branch")
    async def edit(self, place: int) -> None:
        """Ask for other words for the message at `place`, and open the room that has them."""
        from harness import branches  # noqa: PLC0415

        entry = next((one for one in self.entries() if one.place == place), None)
        if entry is None or not isinstance(entry.event, Spoke):
            self.tell(f"there is no message at {place} to edit", error=True)
            return
        text = await self.app.push_screen_wait(
            EditScreen(
                entry.event.text,
                place=place,
                title=self.shown_room.title,
                author=self.shown_room.label(entry.event.author),
                ascii=self.desk.ascii,
            )
        )
        if text is None or text == entry.event.text:
            return
        try:
            made = await asyncio.to_thread(
                branches.edit, self.desk.rooms, self.room_id, place, text, self.desk.clock.now()
            )
        except (*OURS, OSError) as error:
            self.tell(str(error), error=True)
            return
        self.branched(made, "edit")

    def branched(self, made: "Branch", how: str) -> None:
        """Open a room that was just made from this one."""
        turns = 1 if how in {"regenerate", "continue", "retry"} else 0
        self.post_message(OpenRoom(made.room, turns=turns, note=_told(made, how)))

    # Other screens.

    def action_forks(self) -> None:
        """Show the tree that this room is in."""
        self.app.push_screen(ForksScreen(self.desk, self.room_id))

    def action_find(self, words: str = "") -> None:
        """Search all rooms."""
        self.app.push_screen(SearchScreen(self.desk, words), self._found)

    def _found(self, wish: OpenRoom | None) -> None:
        """Show the line that was chosen: here, or in its own room."""
        if wish is None:
            return
        if wish.room == self.room_id and wish.place is not None:
            self.go(wish.place)
        else:
            self.post_message(wish)

    def action_export(self) -> None:
        """Write the room to a file."""
        self.app.push_screen(Exporting(self.desk, self.room_id, self.shown_room.title))

    @work(exclusive=True, group="go")
    async def action_go(self) -> None:
        """Ask for a place and show it."""
        last = max(0, self.shown_room.next_place - 1)
        answer = await self.app.push_screen_wait(
            Ask(
                f"Go to which place, 0 to {last}?",
                verb="goes there",
                check=_number,
                ascii=self.desk.ascii,
            )
        )
        if answer:
            self.go(int(answer))

    def go(self, place: int) -> None:
        """Show the entry at `place`."""
        self.transcript.show_place(place)
        self.transcript.focus()

    def action_rooms(self) -> None:
        """Go back to the list of rooms."""
        self.post_message(BackToStart())


def _colour(colours: dict[str, str], participant: str) -> str:
    return colours.get(participant, "")


def _number(answer: str) -> str:
    return (
        ""
        if answer.strip().isdecimal() and len(answer) < 10
        else "a number is needed, as the messages have it"
    )


def _told(made: "Branch", how: str) -> str:
    done = {"fork": "forked", "edit": "edited", "continue": "continued"}.get(how, "said anew")
    return f"{done}: a room of its own from place {made.origin.place} of {made.origin.room}"
