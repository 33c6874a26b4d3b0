"""Find a line in all rooms, from wherever one is; it opens at that line."""

from functools import partial
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.timer import Timer
from textual.widgets import Input, Static

from tui.desk import Desk
from tui.screens import shelf
from tui.screens.dialog import Dialog
from tui.screens.fetch import TROUBLES, hits, trouble
from tui.screens.threads import called_off
from tui.screens.wishes import OpenRoom
from tui.widgets.choices import Choice, Choices

PAUSE = 0.15
"""Seconds of no typing before a search begins."""

HITS = 100
"""Lines shown, at most."""


class SearchScreen(Dialog[OpenRoom | None]):
    """A field and what is found while typing; the answer is what to open."""

    DEFAULT_CSS = """
    SearchScreen {
        #frame { height: 80%; width: 100; }
        #hits { height: 1fr; margin-top: 1; }
        #count { margin-top: 1; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "move(1)", "Down", show=False, priority=True, id="dialog.down"),
        Binding("up", "move(-1)", "Up", show=False, priority=True, id="dialog.up"),
        Binding(
            "pagedown", "page(1)", "Page down", show=False, priority=True, id="dialog.page_down"
        ),
        Binding(
            "pageup", "page(-1)", "Page up", show=False, priority=True, id="dialog.page_up"
        ),
    ]

    def __init__(self, desk: Desk, wanted: str = "") -> None:
        """Make the dialog.

        Args:
            desk: Where rooms are.
            wanted: What stands in the field at first.
        """
        super().__init__("Find in all rooms")
        self._desk = desk
        self._first = wanted
        self._typing: Timer | None = None

    def body(self) -> ComposeResult:
        """Lay out the field and the list."""
        yield Input(
            self._first, placeholder='words, or "words that stand together"', compact=True
        )
        choices = Choices(ascii=self._desk.ascii, id="hits")
        choices.can_focus = False
        yield choices
        yield Static("", id="count", classes="dim", markup=False)

    def on_mount(self) -> None:
        """Begin with the field."""
        self.tell("count", f"Enter opens the line   {self.leaves} goes back")
        self.query_one(Input).focus()
        if self._first.strip():
            self._find(self._first.strip())

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        if self._typing is not None:
            self._typing.stop()
        self._typing = self.set_timer(PAUSE, partial(self._find, event.value.strip()))

    @work(thread=True, exclusive=True, group="search")
    def _find(self, wanted: str) -> None:
        stopped = called_off()
        try:
            found = hits(self._desk, wanted, HITS, stopped)
        except TROUBLES as error:
            self.call_later(self.tell, "count", trouble(error))
            return
        now = self._desk.clock.now()
        bare = self._desk.ascii
        rows = [shelf.hit_row(one, wanted, now, ascii=bare) for one in found]
        if not stopped():
            self.call_later(self._found, wanted, rows)

    def _found(self, wanted: str, rows: list[Choice]) -> None:
        if wanted != self.query_one(Input).value.strip():
            return
        self.query_one(Choices).fill(
            rows, empty=f"nothing found for {wanted}" if wanted else "", keep=False
        )
        told = shelf.count(len(rows), "line") + "   " if rows else ""
        self.tell("count", f"{told}Enter opens the line   {self.leaves} goes back")

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.query_one(Choices).action_pick()

    @on(Choices.Picked)
    def _picked(self, event: Choices.Picked) -> None:
        event.stop()
        self.dismiss(OpenRoom(*shelf.of_hit(event.choice.key)))

    def action_move(self, by: int) -> None:
        """Move in what was found while typing."""
        self.query_one(Choices).action_move(by)

    def action_page(self, by: int) -> None:
        """Likewise, by the page."""
        self.query_one(Choices).action_page(by)
