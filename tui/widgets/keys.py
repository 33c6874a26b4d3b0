"""A line of the keys that count now: the screen's own first, then those of what has the focus.

It is the other way round where somebody new begins. Both have some in it however narrow it is, and it ends with the way to the rest of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal, cast

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import ActiveBinding, Binding
from textual.dom import DOMNode
from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget

if TYPE_CHECKING:
    from textual.app import App
    from textual.screen import Screen

GAP = 2
"""Cells between two keys."""

_PLANS = tuple((own, other) for own in range(6, 0, -1) for other in (2, 1))
"""How many keys of the screen, and of what has the focus, are wanted: the best that fits."""

_ASCII = {"↑": "up", "↓": "down", "←": "left", "→": "right", "⏎": "enter", "⌫": "backspace"}

_SAID = {
    "escape": "Esc",
    "enter": "Enter",
    "tab": "Tab",
    "space": "Space",
    "backspace": "Backspace",
    "delete": "Delete",
    "ctrl+@": "^space",
}
"""What a sentence calls keys that a line of keys has signs or short names for."""


def said_key(node: DOMNode, kind: type[DOMNode], name: str) -> str:
    """Return the first key of an action as a sentence names it, such as `Esc` or `^s`.

    Args:
        node: Any of an app that knows the person's own keys.
        kind: What has the action among its keys.
        name: Of the action, for a keymap.

    Returns:
        Whatever the keymap made of it; empty if `kind` has no such action.
    """
    app = cast("App[Any]", node.app)
    own: Mapping[str, str] = getattr(app, "own_keys", {})
    for base in kind.__mro__:
        for binding in Binding.make_bindings(vars(base).get("BINDINGS", ())):
            if binding.id != name:
                continue
            if name in own:
                binding = binding.with_key(own[name].partition(",")[0])  # noqa: PLW2901
            shown = app.get_key_display(binding)
            shown = shown.upper() if shown[1:].isdecimal() else shown
            return binding.key_display or _SAID.get(binding.key, shown)
    return ""


@dataclass(frozen=True, slots=True)
class Key:
    """One key and what it does."""

    shown: str
    about: str
    pressed: str
    """As Textual names it."""
    whose: Literal["screen", "focus", "app"] = "focus"
    """Where it belongs."""

    @property
    def cells(self) -> int:
        """How wide it is."""
        return cell_len(self.shown) + 1 + cell_len(self.about)


def in_order(screen: "Screen[Any]") -> list[ActiveBinding]:
    """Return what keys do now: the screen's, then those of what has the focus, then the app's.

    Each in the order in which they are written down; of several keys for the same, the first.
    """

    def rank(active: ActiveBinding) -> tuple[int, bool, int, int]:
        binding = active.binding
        if not binding.id:
            place = 3  # Textual's own, such as Tab
        elif active.node is screen:
            place = 0
        else:
            place = 2 if active.node is screen.app else 1
        return place, not binding.show, *_written(active)

    return sorted(screen.active_bindings.values(), key=rank)


def _written(active: ActiveBinding) -> tuple[int, int]:
    """Return where a binding stands among those of its class, and its key among its keys.

    What a class has from its base comes first.
    """
    binding = active.binding
    for place, one in enumerate(active.node.BINDINGS):
        if isinstance(one, Binding) and one.id and one.id == binding.id:
            keys = one.key.split(",")
            return place, keys.index(binding.key) if binding.key in keys else 0
    return -1, 0


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
        focus_first: bool = False,
        ascii: bool = False,  # noqa: A002 - names what it does
        id: str | None = None,  # noqa: A002 - as everywhere in Textual
    ) -> None:
        """Make a line of keys.

        Args:
            last: The key that is always shown, at the right end.
            focus_first: What has the focus comes before the screen.
            ascii: Draw with ASCII alone.
            id: In the DOM.
        """
        super().__init__(id=id)
        self._last = last
        self._focus_first = focus_first
        self._ascii = ascii
        self._drawn: list[tuple[int, int, str]] = []

    def on_mount(self) -> None:
        """Follow the screen: keys change with what has the focus."""
        self.screen.bindings_updated_signal.subscribe(self, self._changed)

    def _changed(self, _screen: "Screen[object]") -> None:
        self.refresh()

    def keys(self) -> list[Key]:
        """Return the keys to show, in order."""
        found: list[Key] = []
        for active in in_order(self.screen):
            binding = active.binding
            if not binding.show or not active.enabled or not binding.description:
                continue
            if any(one.about == binding.description for one in found):
                continue  # a second key for the same
            shown = self.app.get_key_display(binding)
            if self._ascii:
                shown = _ASCII.get(shown, shown)
            own, common = active.node is self.screen, active.node is self.app
            whose = "screen" if own else "app" if common else "focus"
            found.append(Key(shown, binding.description, binding.key, whose))
        if self._focus_first:
            found.sort(key=lambda key: key.whose != "focus")
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
        for key in _fitting([key for key in keys if key is not last], room):
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


def _fitting(keys: list[Key], room: int) -> list[Key]:
    """Return those of `keys` there is room for, some of the screen's and some of the others."""
    own = [key for key in keys if key.whose == "screen"]
    other = [key for key in keys if key.whose == "focus"]
    chosen: list[Key] = []
    for few, some in _PLANS:
        plan = own[:few] + other[:some]
        if _cells(plan) <= room:
            chosen = plan
            break
    for key in keys:
        if key not in chosen and _cells([*chosen, key]) <= room:
            chosen.append(key)
    return [key for key in keys if key in chosen]


def _cells(keys: list[Key]) -> int:
    return sum(key.cells for key in keys) + GAP * max(0, len(keys) - 1)
