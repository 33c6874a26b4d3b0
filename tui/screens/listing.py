"""What a command has to tell that is longer than a line: a few lines to read, then Esc."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from tui.printing import line
from tui.screens.dialog import Dialog
from tui.widgets.keys import Keys


class Listing(Dialog[None]):
    """Shows lines under a heading."""

    DEFAULT_CSS = """
    Listing {
        & > #frame { width: 84; max-height: 90%; }
        #lines { width: 1fr; height: auto; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,q", "leave", "Close", id="listing.leave", priority=True),
        Binding("down", "roll(1)", "Down", show=False, priority=True, id="dialog.down"),
        Binding("up", "roll(-1)", "Up", show=False, priority=True, id="dialog.up"),
        Binding(
            "pagedown",
            "roll(10)",
            "Page down",
            show=False,
            priority=True,
            id="dialog.page_down",
        ),
        Binding(
            "pageup", "roll(-10)", "Page up", show=False, priority=True, id="dialog.page_up"
        ),
    ]

    def __init__(
        self,
        heading: str,
        lines: Sequence[str],
        *,
        ascii: bool = False,  # noqa: A002 - names what it does
    ) -> None:
        """Take what is to be read.

        Args:
            heading: What it is about, such as the command that asked for it.
            lines: Shown one below the other; long ones are wrapped.
            ascii: Draw with ASCII alone.
        """
        super().__init__(heading)
        self._lines = [line(one, 4_000) for one in lines]
        self._ascii = ascii

    def body(self) -> ComposeResult:
        """Lay out the lines."""
        yield Static(Content("\n".join(self._lines)), id="lines", markup=False)
        yield Keys(last="escape", ascii=self._ascii)

    def action_roll(self, by: int) -> None:
        """Go down, or up, by lines."""
        self.query_one("#frame").scroll_relative(y=by, animate=False)
