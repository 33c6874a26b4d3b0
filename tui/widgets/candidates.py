"""What could be typed next, as a short list above the line: drawn, never focused."""

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len, set_cell_size
from textual import events
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from tui.printing import line
from tui.widgets.completing import Candidate

ROWS = 6
"""Candidates shown at once."""

LOW = 24
"""Rows of a screen below which the list is shorter by two."""


class Candidates(Widget):
    """Some of the candidates, one of them chosen. Whoever types moves the choice."""

    DEFAULT_CSS = """
    Candidates {
        height: auto;
        background: $surface;
        display: none;
    }
    Candidates.-open { display: block; }
    """

    can_focus = False
    ALLOW_SELECT: ClassVar[bool] = False

    class Picked(Message):
        """One of them was clicked."""

        def __init__(self, candidate: Candidate) -> None:
            super().__init__()
            self.candidate = candidate

    def __init__(self, *, ascii: bool = False) -> None:  # noqa: A002 - names what it does
        super().__init__()
        self._ascii = ascii
        self._items: tuple[Candidate, ...] = ()
        self._at = 0
        self._top = 0

    @property
    def open(self) -> bool:
        """Whether there is something to choose."""
        return bool(self._items)

    @property
    def chosen(self) -> Candidate:
        """The one that is marked; only while open."""
        return self._items[self._at]

    def offer(self, items: Sequence[Candidate], at: int = 0) -> None:
        """Show `items`, the one at `at` chosen; none closes the list."""
        if tuple(items) != self._items:
            self._items, self._at, self._top = tuple(items), at, 0
            self._show_chosen()
        self.set_class(self.open, "-open")

    def move(self, step: int) -> None:
        """Choose another, `step` further down; beyond an end is the other end."""
        self._at = (self._at + step) % len(self._items)
        self._show_chosen()

    def _show_chosen(self) -> None:
        rows = self._rows()
        self._top = max(min(self._top, self._at), self._at - rows + 1, 0)
        self.refresh(layout=True)

    def _rows(self) -> int:
        return ROWS if self.app.size.height >= LOW else ROWS - 2

    def render(self) -> Content:
        """Return the rows: a mark, what to type, what it is."""
        width = self.size.width
        shown = self._items[self._top : self._top + self._rows()]
        widest = max((cell_len(line(one.label)) for one in shown), default=0)
        column = min(widest, max(12, width // 2)) + 2
        rows: list[Content] = []
        for at, one in enumerate(shown, self._top):
            here = at == self._at
            mark = ("> " if self._ascii else "› ") if here else "  "
            about = self._cut(line(one.about), max(0, width - column - 2))
            rows.append(
                Content.assemble(
                    (mark + set_cell_size(line(one.label), column), "bold" if here else ""),
                    (about, "" if here else "dim"),
                )
            )
        left = len(self._items) - self._top - len(shown)
        if rows and (left or self._top):
            more = f" {self._at + 1}/{len(self._items)}"
            last = rows[-1].plain
            gap = " " * (width - cell_len(last) - len(more))
            if gap:
                rows[-1] = Content.assemble(rows[-1], gap, (more, "dim"))
        return Content("\n").join(rows)

    def _cut(self, text: str, width: int) -> str:
        """Return `text` in `width` cells; what is cut off is marked."""
        if cell_len(text) <= width:
            return text
        mark = "..." if self._ascii else "…"
        return set_cell_size(text, max(0, width - len(mark))).rstrip() + mark

    def on_click(self, event: events.Click) -> None:
        """Take the row under the mouse."""
        at = self._top + event.y
        if at < len(self._items):
            event.stop()
            self.post_message(self.Picked(self._items[at]))
