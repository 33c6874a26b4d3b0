"""Help on the screen one is at: what it is, the keys in force, commands, where things are."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from rich.cells import cell_len
from textual import on
from textual.app import ComposeResult
from textual.binding import ActiveBinding, Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input, Static

from tui.desk import Desk
from tui.printing import safe
from tui.screens import shelf
from tui.screens.dialog import Dialog
from tui.slash.specs import SPECS
from tui.widgets.approvals import Approvals
from tui.widgets.inspector import Inspector
from tui.widgets.keys import in_order, said_key
from tui.widgets.roster import Roster
from tui.widgets.transcript import Transcript

LEAST = 14
"""Cells of the left column, at least."""

MOST = 30
"""Cells of the left column, at most."""

_ACTION = re.compile(r"\{([a-z_]+\.[a-z_]+)\}")

_MOVES = (
    *("cursor", "move", "message", "page", "half_page", "by(", "by_page", "to(", "scroll"),
    *("home", "end", "first", "last"),
)
"""Starts of actions that only move about."""


_PANELS: tuple[tuple[type[Widget], str], ...] = (
    (Approvals, "Where something waits for you"),
    (Transcript, "In the transcript"),
    (Roster, "In the roster"),
    (Inspector, "In the memory"),
)


@dataclass(frozen=True, slots=True)
class Part:
    """A heading and what stands under it."""

    heading: str
    rows: tuple[tuple[str, str], ...]
    """Key, command or name, and what it is."""


def keys_of(screen: Screen[Any]) -> list[tuple[str, str]]:
    """Return the keys in force on a screen and what they do, keys for the same together.

    First the screen's, then those of what has the focus, then the app's, and those that only
    move about at the very end.
    """
    found: dict[str, list[str]] = {}
    for active in sorted(in_order(screen), key=_late):
        binding = active.binding
        if binding.system or not active.enabled or not binding.description:
            continue
        shown = screen.app.get_key_display(binding)
        names = found.setdefault(binding.tooltip or binding.description, [])
        if shown not in names:
            names.append(shown)
    return [(" ".join(names), about) for about, names in found.items()]


def _late(active: ActiveBinding) -> int:
    """0 for what does something, 1 for what only moves, 2 for the many ways of editing a line."""
    action = active.binding.action
    if action.startswith(("cursor_", "delete_", "select_")):
        return 2
    return int(action.startswith(_MOVES))


class HelpScreen(Dialog[None]):
    """Help, found by typing. Reads what the screen below it can do when it is made."""

    DEFAULT_CSS = """
    HelpScreen {
        & > #frame { width: 88; height: 90%; }
        &.-short > #frame { height: 100%; }
        #find { margin-bottom: 1; }
        #text { height: 1fr; scrollbar-size-vertical: 1; }
        #text Static { width: 1fr; height: auto; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f1", "leave", "Back", show=False, id="help.leave"),
        Binding("down", "roll(1)", "Down", show=False, priority=True, id="dialog.down"),
        Binding("up", "roll(-1)", "Up", show=False, priority=True, id="dialog.up"),
        Binding(
            "pagedown", "page(1)", "Page down", show=False, priority=True, id="dialog.page_down"
        ),
        Binding(
            "pageup", "page(-1)", "Page up", show=False, priority=True, id="dialog.page_up"
        ),
        Binding("ctrl+home", "ends(0)", "Top", show=False, priority=True, id="help.top"),
        Binding("ctrl+end", "ends(1)", "End", show=False, priority=True, id="help.end"),
    ]

    def __init__(
        self,
        desk: Desk,
        of: Screen[object],
        *,
        commands: bool | None = None,
        keys: Mapping[str, str] | None = None,
    ) -> None:
        """Make the help on a screen.

        Args:
            desk: Where things are kept.
            of: The screen; its `HELP` says what it is.
            commands: Whether slash commands can be typed there; by default where there is a
                prompt.
            keys: The keys in force of every action, by its name for a keymap.
        """
        super().__init__("Help")
        self._desk = desk
        self._about = " ".join(_with_keys(of).split())
        with_commands = bool(of.query("Prompt")) if commands is None else commands
        keys = keys or {}
        here = [Part("Keys here", tuple(keys_of(of))), *_elsewhere(of, keys)]
        self._parts = [*here, *_parts(desk, commands=with_commands)]
        if keys:
            rows = [(name, _shown(of, pressed)) for name, pressed in keys.items()]
            self._parts.append(Part(f"Names for {shelf.home(desk.paths.keys)}", tuple(rows)))

    def body(self) -> ComposeResult:
        """Lay out the field and the text."""
        yield Input(placeholder="type to find a key or a command", compact=True, id="find")
        with VerticalScroll(id="text", can_focus=False):
            yield Static("", id="told", markup=False)

    def on_mount(self) -> None:
        """Show all of it."""
        self.query_one(Input).focus()
        self._show("")

    def on_resize(self) -> None:
        """Lay out for the new width."""
        self._show(self.query_one(Input).value)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._show(event.value)
        self.query_one("#text").scroll_home(animate=False)

    def _show(self, wanted: str) -> None:
        width = max(20, self.query_one("#text").scrollable_content_region.width)
        parts = list(_holding(self._parts, wanted))
        text = laid_out(parts, width, about="" if wanted.strip() else self._about)
        if not parts:
            text = Content(f"nothing here about {safe(wanted)}")
        self.query_one("#told", Static).update(text)

    def action_roll(self, by: int) -> None:
        """Go down, or up, by a line."""
        self.query_one("#text").scroll_relative(y=by, animate=False)

    def action_page(self, by: int) -> None:
        """Likewise, by the page."""
        text = self.query_one("#text")
        text.scroll_relative(y=by * max(1, text.size.height - 2), animate=False)

    def action_ends(self, last: int) -> None:
        """Go to the top or the end."""
        text = self.query_one("#text")
        if last:
            text.scroll_end(animate=False)
        else:
            text.scroll_home(animate=False)


def _with_keys(of: Screen[Any]) -> str:
    """Return what a screen says of itself: `{room.stop}` in it is the key that stops."""
    kinds = dict.fromkeys([type(of), *(type(node) for node in of.walk_children())])

    def key(found: re.Match[str]) -> str:
        return next(filter(None, (said_key(of, kind, found[1]) for kind in kinds)), "")

    return _ACTION.sub(key, of.HELP or "")


def _elsewhere(of: Screen[object], keys: Mapping[str, str]) -> Iterable[Part]:
    """Yield the keys of the parts of a screen that do not have the focus now."""
    for kind, name in _PANELS:
        there = list(of.query(kind))
        if any(one.has_focus for one in there) or not any(one.is_on_screen for one in there):
            continue
        rows: dict[str, str] = {}
        for binding in kind.BINDINGS:
            if isinstance(binding, Binding) and binding.id:
                pressed = keys.get(binding.id, binding.key)
                about = binding.tooltip or binding.description
                rows.setdefault(about, _shown(of, pressed))
        yield Part(name, tuple((shown, about) for about, shown in rows.items()))


def _shown(of: Screen[object], keys: str) -> str:
    """Return several keys as they are to be shown, each once."""
    bindings = Binding.make_bindings([Binding(keys, "")])
    return " ".join(dict.fromkeys(of.app.get_key_display(binding) for binding in bindings))


def _parts(desk: Desk, *, commands: bool) -> list[Part]:
    parts: list[Part] = []
    if commands:
        parts += [
            Part(
                group,
                tuple((one.usage, one.about) for one in SPECS if one.group == group),
            )
            for group in dict.fromkeys(one.group for one in SPECS)
        ]
    where = desk.paths
    parts.append(
        Part(
            "Where things are",
            (
                ("rooms", shelf.home(where.rooms)),
                ("memory", shelf.home(where.bank)),
                ("settings", shelf.home(where.settings)),
                ("keys", shelf.home(where.keys)),
                ("themes", shelf.home(where.themes)),
                ("scenarios", shelf.home(where.scenarios)),
                ("log", shelf.home(where.log)),
            ),
        )
    )
    return parts


def _holding(parts: Iterable[Part], wanted: str) -> Iterable[Part]:
    """Yield the parts with the rows that have all words of `wanted`."""
    words = wanted.casefold().split()
    for part in parts:
        rows = tuple(
            row for row in part.rows if all(word in " ".join(row).casefold() for word in words)
        )
        if rows:
            yield Part(part.heading, rows)


def laid_out(parts: Sequence[Part], width: int, *, about: str = "") -> Content:
    """Return the parts in two columns, or one below the other where that is too narrow."""
    left = max([LEAST, *(cell_len(name) for part in parts for name, _ in part.rows)])
    left = min(left, MOST, width // 2)
    lines: list[str | tuple[str, str]] = []
    if about:
        lines += [(safe(about), ""), "\n\n"]
    for number, part in enumerate(parts):
        if number:
            lines.append("\n")
        lines += [(safe(part.heading), "bold"), "\n"]
        for name, told in part.rows:
            shown = safe(name)
            used = cell_len(shown)
            lines.append((shown, "$text-accent"))
            if used > left:
                lines += ["\n", " " * (left + 2)]
            else:
                lines.append(" " * (left + 2 - used))
            lines += [*_wrapped(safe(told), width, left + 2), "\n"]
    return Content.assemble(*lines)


def _wrapped(text: str, width: int, indent: int) -> list[tuple[str, str]]:
    """Return `text` with its further lines indented, dim."""
    room = max(8, width - indent)
    lines = [""]
    pieces = [
        word[start : start + room]
        for word in text.split(" ")
        for start in range(0, max(1, len(word)), room)
    ]
    for word in pieces:
        longer = f"{lines[-1]} {word}" if lines[-1] else word
        if cell_len(longer) <= room or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    return [(("\n" + " " * indent).join(lines), "dim")]
