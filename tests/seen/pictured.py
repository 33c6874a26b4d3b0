"""An app of numbered lines with one picture among them, for a real terminal to show.

`python -m tests.seen.pictured FOLDER FILE WAY`; keys: j and k scroll by a line, o lays a dialog
over the middle, x takes it away, c lays a list over the lower left, q ends.
"""

import sys
from pathlib import Path
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.geometry import Region, Size
from textual.screen import ModalScreen
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widgets import Static

from tui.widgets.graphics import Graphics, Way
from tui.widgets.pictures import Pictures

FIRST, ROWS, LEFT = 10, 8, 4
"""Line of the picture's first row, its rows, and the columns left of it."""


class Lines(ScrollView, can_focus=True):
    """What draws the way a transcript does."""

    def __init__(self, folder: Path, file: str, graphics: Graphics) -> None:
        super().__init__()
        self._file = file
        self._folder = folder
        self._graphics = graphics

    def on_mount(self) -> None:
        """Make the pictures, now that there is an app to write through."""
        driver = self.app._driver
        assert driver is not None
        self.pictures = Pictures(
            self._folder, self._graphics, ready=self._redraw, write=driver.write
        )
        self.virtual_size = Size(self.size.width, 60)

    def _redraw(self, file: str) -> None:
        assert file == self._file
        self.refresh()

    def on_unmount(self) -> None:
        """Take the pictures away."""
        self.pictures.close()

    def render_lines(self, crop: Region) -> list[Strip]:
        """Draw lines."""
        drawn = super().render_lines(crop)
        return self.pictures.sharpened(drawn, covered=not self.screen.is_active)

    def render_line(self, y: int) -> Strip:
        """Draw a line."""
        line = y + self.scroll_offset.y
        width = self.scrollable_content_region.width
        style = Style(color="#ffffff", bgcolor="#000000")
        number = Segment(f"{line:03d} ", style)
        row = line - FIRST
        if 0 <= row < ROWS:
            drawn = self.pictures.rows(self._file, width - LEFT, ROWS)
            if drawn:
                return Strip([number, *drawn[row]])
        return Strip([number, Segment(" " * (width - LEFT), style)], width)


class Dialog(ModalScreen[None]):
    """Something in the middle of the screen."""

    CSS = "Dialog { align: center middle; } Static { width: 20; height: 5; }"
    BINDINGS: ClassVar[list[BindingType]] = [("x", "dismiss", "close")]

    def compose(self) -> ComposeResult:
        """Fill it with one letter."""
        yield Static("D" * 100, markup=False)


class Pictured(App[None]):
    """Shows the lines."""

    CSS = """
    Screen { layers: below above; background: #000000; }
    Lines { background: #000000; scrollbar-size-vertical: 1; }
    #list { layer: above; width: 12; height: 3; dock: bottom; display: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        ("j", "move(1)", "down"),
        ("k", "move(-1)", "up"),
        ("o", "open", "dialog"),
        ("c", "list", "list"),
        ("q", "end", "end"),
    ]

    def __init__(self, folder: Path, file: str, graphics: Graphics) -> None:
        super().__init__()
        self._lines = Lines(folder, file, graphics)

    def compose(self) -> ComposeResult:
        """Lay out the lines, and the list that is not shown at first."""
        yield self._lines
        yield Static("L" * 36, markup=False, id="list")

    def action_move(self, by: int) -> None:
        """Scroll."""
        self._lines.scroll_relative(y=by, animate=False)

    def action_open(self) -> None:
        """Lay a dialog over it."""
        self.push_screen(Dialog())

    def action_end(self) -> None:
        """Leave, pictures first: kitty keeps them with the screen that is left."""
        self._lines.pictures.close()
        self.exit()

    def action_list(self) -> None:
        """Show the list, or take it away."""
        shown = self.query_one("#list")
        shown.display = not shown.display
        if not shown.display:
            self._lines.refresh()


if __name__ == "__main__":
    way: Way = "sixel" if sys.argv[3] == "sixel" else "kitty"
    Pictured(Path(sys.argv[1]), sys.argv[2], Graphics(way, (10, 20))).run(mouse=False)
