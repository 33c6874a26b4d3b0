"""Two rooms side by side, from where they part; in a narrow terminal one at a time.

Both are read once, as they stand: a comparison does not follow a live room. Where the cursor
goes in one, the other goes along, message by message counted from where they part.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Static

from harness.archived import readable
from harness.branches import common
from transcripts.events import Entry, Opened, Spoke
from transcripts.log import read
from transcripts.notices import branched
from transcripts.room import Room, reduce
from tui.desk import OURS, Desk
from tui.printing import line
from tui.screens.shelf import count
from tui.screens.wishes import OpenRoom
from tui.themes import colours_for
from tui.widgets.keys import Keys
from tui.widgets.transcript import Transcript


@dataclass(frozen=True, slots=True)
class Side:
    """One of two rooms, read."""

    room: str
    entries: tuple[Entry, ...]
    title: str
    place: int
    """Last place that both have."""
    problem: str = ""

    @property
    def since(self) -> list[int]:
        """Places of the messages that this room has alone."""
        return [
            entry.place
            for entry in self.entries[self.place + 1 :]
            if isinstance(entry.event, Spoke)
        ]

    @property
    def done(self) -> str:
        """What it is to the room it was forked from; empty for no fork."""
        opened = self.entries[0].event if self.entries else None
        if not isinstance(opened, Opened) or opened.origin is None:
            return ""
        return branched(opened.origin)


def sides(desk: Desk, left: str, right: str) -> tuple[Side, Side]:
    """Read two rooms and find where they part. Blocks: for a thread."""
    read_left, trouble_left = _entries(desk, left)
    read_right, trouble_right = _entries(desk, right)
    place = common(read_left, read_right)
    return (
        Side(left, tuple(read_left), _title(read_left, left), place, trouble_left),
        Side(right, tuple(read_right), _title(read_right, right), place, trouble_right),
    )


def beside(place: int, here: Side, there: Side) -> int:
    """Return the place in `there` that stands beside `place` in `here`.

    The same up to where they part; from there on, message beside message.
    """
    if place <= here.place:
        return place
    nth = sum(1 for one in here.since if one <= place)
    since = there.since
    if not since or not nth:
        return min(there.place + 1, len(there.entries) - 1)
    return since[min(nth, len(since)) - 1]


def _entries(desk: Desk, room: str) -> tuple[list[Entry], str]:
    entries: list[Entry] = []
    try:
        for entry in read(readable(desk.rooms, room)):
            entries.append(entry)  # noqa: PERF402 - what came before a broken line is kept
    except OURS as error:
        return entries, str(error)
    return entries, ""


def _colour(colours: dict[str, str], participant: str) -> str:
    return colours.get(participant, "")


def _title(entries: Sequence[Entry], room: str) -> str:
    state = Room()
    for entry in entries:
        state = reduce(state, entry)
    return state.title or room


class Pane(Transcript):
    """A transcript to read: what would change a room is not offered."""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave out what only a live room can do."""
        if action in {"ask", "search", "next_match"}:
            return False
        return super().check_action(action, parameters)


class Column(Vertical):
    """One side: a heading over a transcript."""

    @dataclass
    class Moved(Message):
        """The cursor of a side is on another entry."""

        column: "Column"
        place: int

    def __init__(self, room: str, *, ascii: bool, id: str, classes: str) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, classes=classes)
        self._room = room
        self._ascii = ascii

    def compose(self) -> ComposeResult:
        """Lay out the heading and the transcript."""
        with Vertical(classes="heading"):
            yield Static(Content(line(self._room)), classes="title", markup=False)
            yield Static("reading", classes="about", markup=False)
        yield Pane(ascii=self._ascii)

    @property
    def pane(self) -> Pane:
        """The transcript."""
        return self.query_one(Pane)

    async def show(self, side: Side) -> None:
        """Show a room that has been read."""
        dot = " - " if self._ascii else " · "
        since = len(side.since)
        lines = count(since, "line") if since else "no lines"
        parts = f"{lines} after {side.place}" if side.place >= 0 else f"{lines}, none in common"
        facts = [part for part in (side.done, parts, side.room) if part]
        self.query_one(".title", Static).update(Content(line(side.title)))
        self.query_one(".about", Static).update(Content(line(side.problem or dot.join(facts))))
        await self.pane.load(side.entries)

    @on(Transcript.Selected)
    def _selected(self, event: Transcript.Selected) -> None:
        event.stop()
        self.post_message(self.Moved(self, event.place))


class CompareScreen(Screen[None]):
    """Shows two rooms from where they part."""

    AUTO_FOCUS = "#right Pane"

    DEFAULT_CSS = """
    CompareScreen {
        #sides { height: 1fr; }
        Column { width: 1fr; height: 1fr; }
        #left { border-right: vkey $foreground 20%; }
        .heading { height: 2; padding: 0 1; background: $surface; }
        .title, .about {
            width: 1fr;
            height: 1;
            text-wrap: nowrap;
            text-overflow: ellipsis;
        }
        .title { text-style: bold; }
        .about { color: $foreground 60%; }
        Column:focus-within .title { color: $text-primary; }
        Pane { height: 1fr; }
        Keys { padding: 0 1; }
        &.-ascii #left { border-right: ascii $foreground 20%; }
    }
    CompareScreen.-narrow {
        Column { display: none; }
        #left { border-right: none; }
        Column.-shown { display: block; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab,shift+tab", "switch", "Other side", id="compare.switch", priority=True),
        Binding("s", "together", "Apart", id="compare.together"),
        Binding("p", "parting", "Parting", id="compare.parting"),
        Binding("o", "open", "Open", id="compare.open"),
        Binding("escape", "leave", "Back", id="compare.leave"),
    ]

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (80, "-wide")]  # noqa: RUF012 - as Textual has it

    def __init__(self, desk: Desk, left: str, right: str) -> None:
        """Make the screen.

        Args:
            desk: For the rooms.
            left: Id of one room.
            right: Id of the other; the keys work on it first.
        """
        super().__init__(classes="-ascii" if desk.ascii else None)
        self._desk = desk
        self._rooms = (left, right)
        self._sides: tuple[Side, Side] | None = None
        self._together = True
        self._led: Column | None = None
        """The side that is being moved along, whose own news of it counts for nothing."""

    def compose(self) -> ComposeResult:
        """Lay out two sides, and the keys."""
        left, right = self._rooms
        ascii_only = self._desk.ascii
        with Horizontal(id="sides"):
            yield Column(left, ascii=ascii_only, id="left", classes="")
            yield Column(right, ascii=ascii_only, id="right", classes="-shown")
        yield Keys(last="escape", ascii=ascii_only)

    def on_mount(self) -> None:
        """Read both."""
        self.app.theme_changed_signal.subscribe(self, lambda _: self._recolour())
        self._read()

    def on_unmount(self) -> None:
        """Follow the theme no longer: that would keep this screen for good."""
        self.app.theme_changed_signal.unsubscribe(self)

    def _recolour(self) -> None:
        """Give everybody the colour that they have in a room of their own."""
        given = colours_for(self.app.theme_variables, colourless=self.app.no_color)
        for column in self._columns:
            seats = column.pane.page.room.seats
            colours = given([seat.id for seat in seats if not seat.participant.person])
            column.pane.colour_of = partial(_colour, colours)

    @work(exclusive=True)
    async def _read(self) -> None:
        found = await asyncio.to_thread(sides, self._desk, *self._rooms)
        for column, side in zip(self._columns, found, strict=True):
            await column.show(side)
        self._sides = found
        self._recolour()
        self.action_parting()

    @property
    def _columns(self) -> tuple[Column, Column]:
        return self.query_one("#left", Column), self.query_one("#right", Column)

    @property
    def _here(self) -> int:
        """The side that keys work on."""
        return 0 if self._columns[0].pane.has_focus else 1

    @on(Column.Moved)
    def _moved(self, event: Column.Moved) -> None:
        event.stop()
        if self._led is event.column:
            self._led = None
        elif self._together and self._sides is not None:
            here = self._columns.index(event.column)
            place = beside(event.place, self._sides[here], self._sides[1 - here])
            self._led = self._columns[1 - here]
            self._led.pane.show_place(place)

    def action_together(self) -> None:
        """Move both sides together, or each by itself."""
        self._together = not self._together
        self.notify(
            "both sides move together" if self._together else "each side moves by itself",
            markup=False,
        )

    def action_parting(self) -> None:
        """Show where they part, on both sides."""
        if self._sides is None:
            return
        here = self._here
        side = self._sides[here]
        self._columns[here].pane.show_place(min(side.place + 1, len(side.entries) - 1))

    def action_switch(self) -> None:
        """Go to the other side; in a narrow terminal it takes this one's place."""
        there = 1 - self._here
        for number, column in enumerate(self._columns):
            column.set_class(number == there, "-shown")
        self._columns[there].pane.focus()

    def action_open(self) -> None:
        """Go on with the room of this side."""
        self.app.post_message(OpenRoom(self._rooms[self._here]))

    def action_leave(self) -> None:
        """Back to where one came from."""
        self.dismiss(None)
