"""A room among its forks: where each parted, what was done there, what came of it.

One row a room, indented under what it was forked from. Reading the logs' first lines is done
in a thread; what is opened or compared is the app's to show.
"""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from harness.branches import Node, tree
from harness.errors import HarnessError
from transcripts.notices import branched
from tui.desk import Desk
from tui.printing import safe
from tui.screens.dialog import Dialog
from tui.screens.shelf import ago, count
from tui.screens.wishes import CompareRooms, OpenRoom
from tui.widgets.choices import Choice, Choices
from tui.widgets.keys import Keys
from tui.widgets.words import Role

DEEPEST = 6
"""Levels that are indented; forks of forks below that stand in line with it."""

_GUIDES = ("├─ ", "└─ ", "│  ", "   ")
_ASCII_GUIDES = ("|- ", "`- ", "|  ", "   ")


def rows(
    roots: Sequence[Node],
    now: datetime,
    *,
    here: str = "",
    marked: str = "",
    ascii: bool = False,  # noqa: A002 - names what it does
) -> list[Choice]:
    """Return a row for each room of the trees, parents before children.

    Args:
        roots: As `harness.branches.tree` gives them.
        now: To say how long ago.
        here: Id of the room one comes from; its row says so.
        marked: Id of the room to compare; likewise.
        ascii: Guides in ASCII.
    """
    return [
        _row(node, before, now, here=here, marked=marked, ascii=ascii)
        for node, before in _walked(roots, _ASCII_GUIDES if ascii else _GUIDES)
    ]


def _walked(
    roots: Sequence[Node], guides: tuple[str, str, str, str]
) -> Iterator[tuple[Node, tuple[str, str]]]:
    """Yield each node with the guides of its two lines. A loop: trees may be very deep."""
    cross, corner, bar, gap = guides
    waiting: list[tuple[Node, str, str, int]] = [(root, "", "", 0) for root in reversed(roots)]
    while waiting:
        node, first, rest, depth = waiting.pop()
        yield node, (first, rest + (bar if node.children else gap if depth else ""))
        last = len(node.children) - 1
        flat = depth >= DEEPEST
        for n in range(last, -1, -1):
            if flat:
                line, below = first, rest
            else:
                line, below = (
                    rest + (corner if n == last else cross),
                    rest + (gap if n == last else bar),
                )
            waiting.append((node.children[n], line, below, depth + 1))


def _row(
    node: Node,
    guides: tuple[str, str],
    now: datetime,
    *,
    here: str,
    marked: str,
    ascii: bool,  # noqa: A002 - names what it does
) -> Choice:
    dot = " - " if ascii else " · "
    forked = node.origin is not None and bool(guides[0])
    what = branched(node.origin) if forked and node.origin else node.title
    title: list[tuple[str, Role]] = [(guides[0], "dim"), (what, "")]
    if node.origin is not None and not forked:
        title.append((f"{dot}{branched(node.origin)} of a room that is gone", "quiet"))
    aside: list[tuple[str, Role]] = []
    if node.id == marked:
        aside.append(("to compare", "match"))
    if node.id == here:
        aside.append(("here", "good"))
    if node.id != marked:  # else there is no room left for what the row is
        since = " since" if forked else ""
        said = count(node.lines, "line") if node.lines else "no lines"
        aside.append((f"{said}{since}{dot}{ago(node.changed, now)}", "dim"))
    between: tuple[str, Role] = (dot, "dim")
    joined = [one for note in aside for one in (between, note)][1:]
    return Choice(
        key=node.id,
        title=tuple(title),
        aside=tuple(joined),
        detail=((guides[1], "dim"), (node.last or "nothing said yet", "dim")),
    )


class ForksScreen(Dialog[None]):
    """Shows a room's tree of forks, or everybody's, to open one or compare two."""

    DEFAULT_CSS = """
    ForksScreen {
        & > #frame { width: 96; height: auto; max-height: 100%; }
        &.-ascii > #frame { border: ascii $foreground 30%; }
        #forks { max-height: 24; }
        #hint { margin-top: 1; }
    }
    ForksScreen.-short #forks { max-height: 12; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Close", id="forks.leave", priority=True),
        Binding("d", "compare", "Compare", id="forks.compare"),
        Binding("o", "origin", "With its origin", id="forks.origin"),
        Binding("a", "all", "All rooms", id="forks.all"),
    ]

    def __init__(self, desk: Desk, room: str) -> None:
        """Make the screen.

        Args:
            desk: For the rooms.
            room: Id of the room one comes from.
        """
        super().__init__("Forks", wide=True)
        self.set_class(desk.ascii, "-ascii")
        self._desk = desk
        self._room = room
        self._roots: list[Node] = []
        self._marked = ""
        self._all = False

    def body(self) -> ComposeResult:
        """Lay out the rooms and a line that says what to do."""
        ascii_only = self._desk.ascii
        yield Choices(lines=2, empty="reading the rooms", ascii=ascii_only, id="forks")
        yield Static("", classes="dim", id="hint", markup=False)
        yield Keys(last="escape", ascii=ascii_only)

    def on_mount(self) -> None:
        """Begin with the room one comes from."""
        self.query_one(Choices).focus()
        self._read()

    @work(exclusive=True)
    async def _read(self) -> None:
        room = "" if self._all else self._room
        try:
            roots = await asyncio.to_thread(tree, self._desk.rooms, room)
        except HarnessError as error:
            self.query_one(Choices).fill([], empty=safe(str(error)))
            return
        if self._all:  # single rooms are what the start shows
            roots = [root for root in roots if root.children] or roots
        first = not self._roots
        self._roots = roots
        self._show()
        if first:
            self.query_one(Choices).select(self._room)

    def _show(self) -> None:
        shown = rows(
            self._roots,
            self._desk.clock.now(),
            here=self._room,
            marked=self._marked,
            ascii=self._desk.ascii,
        )
        self.query_one(Choices).fill(shown, empty="this room's log cannot be read")
        if self._marked:
            hint = "d on another compares the two"
        elif len(shown) == 1 and not self._all:
            hint = "no forks yet: f on a line makes one, r and e make one too"
        else:
            hint = ""
        static = self.query_one("#hint", Static)
        static.update(Content(hint))
        static.display = bool(hint)

    @on(Choices.Picked)
    def _picked(self, event: Choices.Picked) -> None:
        event.stop()
        if event.choice.key != self._room:
            self.app.post_message(OpenRoom(event.choice.key))
        self.dismiss(None)

    def action_compare(self) -> None:
        """Mark the room, or compare it with the one marked before."""
        choice = self.query_one(Choices).choice
        if choice is None:
            return
        if self._marked and self._marked != choice.key:
            left, self._marked = self._marked, ""
            self._show()
            self.app.post_message(CompareRooms(left, choice.key))
            return
        self._marked = "" if self._marked else choice.key
        self._show()

    def action_origin(self) -> None:
        """Compare the room with what it was forked from."""
        choice = self.query_one(Choices).choice
        if choice is None:
            return
        there = {row.key for row in self.query_one(Choices).rows}
        for node, _ in _walked(self._roots, _GUIDES):
            if node.id == choice.key and node.origin is not None:
                if node.origin.room in there:
                    self.app.post_message(CompareRooms(node.origin.room, node.id))
                    return
                self.notify("its origin is gone", severity="warning", markup=False)
                return
        self.notify("this room was not forked", markup=False)

    def action_all(self) -> None:
        """Show the trees of all rooms, or of this one again."""
        self._all = not self._all
        self._read()
