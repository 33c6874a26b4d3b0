"""The keys in force now, in one dim line; it ends with the way to the rest of them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget

if TYPE_CHECKING:
    from textual.screen import Screen

GAP = 2
"""Cells between two keys."""

_ASCII = {"↑": "up", "↓": "down", "←": "left", "→": "right", "⏎": "enter", "⌫": "backspace"}


@dataclass(frozen=True, slots=True)
class Key:
    """One key and what it does."""

    shown: str
    about: str
    pressed: str
    """As Textual names it."""

    @property
    def cells(self) -> int:
        """How wide it is."""
        return cell_len(self.shown) + 1 + cell_len(self.about)


class Keys(Widget):
    """A line of keys, as many as there is room for; a click presses one."""

    DEFAULT_CSS = """
    Keys {
        height: 1;
        width: 1fr;
        & > .keys--key { color: $accent; text-style: bold; }
        & > .keys--about { color: $foreground 68%; }
    }
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {"keys--key", "keys--about"}

    ALLOW_SELECT = False

    def __init__(
        self,
        *,
        last: str = "f1",
        ascii: bool = False,  # noqa: A002 - names what it does
        id: str | None = None,  # noqa: A002 - as everywhere in Textual
    ) -> None:
        """Make a line of keys.

        Args:
            last: The key that is always shown, at the right end.
            ascii: Draw with ASCII alone.
            id: In the DOM.
        """
        super().__init__(id=id)
        self._last = last
        self._ascii = ascii
        self._drawn: list[tuple[int, int, str]] = []

    def on_mount(self) -> None:
        """Follow the screen: keys change with what has the focus."""
        self.screen.bindings_updated_signal.subscribe(self, self._changed)

    def _changed(self, _screen: "Screen[object]") -> None:
        self.refresh()

    def keys(self) -> list[Key]:
        """Return the keys to show, in the order of their bindings."""
        found: list[Key] = []
        for key, active in self.screen.active_bindings.items():
            binding = active.binding
            if not binding.show or not active.enabled or not binding.description:
                continue
            if any(one.about == binding.description for one in found):
                continue  # a second key for the same
            shown = self.app.get_key_display(binding)
            if self._ascii:
                shown = _ASCII.get(shown, shown)
            found.append(Key(shown, binding.description, key))
        return found

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return 1: it is a line."""
        return 1

    def render_line(self, y: int) -> Strip:
        """Return the line."""
        width = self.size.width
        ground = Style(bgcolor=self.rich_style.bgcolor)
        if y:
            return Strip.blank(width, ground)
        keys = self.keys()
        last = next((key for key in keys if key.pressed == self._last), None)
        room = width - (last.cells + GAP if last else 0)
        style = self.get_component_rich_style("keys--key") + ground
        dim = self.get_component_rich_style("keys--about") + ground
        segments: list[Segment] = []
        used = 0
        self._drawn = []
        for key in keys:
            if key is last:
                continue
            if used + key.cells > room:
                break
            segments += [Segment(key.shown, style), Segment(f" {key.about}", dim)]
            self._drawn.append((used, used + key.cells, key.pressed))
            used += key.cells
            segments.append(Segment(" " * GAP, ground))
            used += GAP
        if last and width >= last.cells:
            gap = width - used - last.cells
            segments += [
                Segment(" " * gap, ground),
                Segment(last.shown, style),
                Segment(f" {last.about}", dim),
            ]
            self._drawn.append((width - last.cells, width, last.pressed))
        return Strip(segments).adjust_cell_length(width, ground)

    def on_click(self, event: events.Click) -> None:
        """Press the key under the mouse."""
        for start, end, key in self._drawn:
            if start <= event.x < end:
                self.app.simulate_key(key)
