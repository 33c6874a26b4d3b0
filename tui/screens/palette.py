"""What the palette lists: all that can be done on a screen, whatever has the focus there.

First what has a key right now, the screen's own before the rest; then what the other panels
can do, then the slash commands. What is picked is carried out where its key would have been pressed.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import partial
from typing import Any

from textual.app import SystemCommand
from textual.binding import Binding
from textual.dom import DOMNode
from textual.markup import escape
from textual.screen import Screen
from textual.widget import Widget

from tui.screens.room import RoomScreen
from tui.slash.specs import SPECS
from tui.widgets.approvals import Approvals
from tui.widgets.inspector import Inspector
from tui.widgets.keys import in_order
from tui.widgets.roster import Roster
from tui.widgets.transcript import Transcript

Run = Callable[[str, DOMNode], Awaitable[object]]
"""Carries out an action where it belongs."""

_PANELS: tuple[tuple[type[Widget], str], ...] = (
    (Transcript, ""),
    (Approvals, "Decide: "),
    (Roster, "Roster: "),
    (Inspector, "Memory: "),
)
"""Parts of a screen that have keys of their own, and what is said before what they do."""

_MOVES = frozenset({"up", "down", "page_up", "page_down", "half_up", "half_down"})
"""Ends of the ids of what only moves about: nobody picks that from a list."""

_LEAVES = frozenset({"start.back", "approvals.back", "confirm.back", "confirm.on"})
"""Ids of what only goes from one part of a screen to another."""

_TYPING = frozenset({"prompt.target", "prompt.editor"})
"""What of the keys of typing is more than typing."""


def commands(screen: Screen[Any], keys: Mapping[str, str], run: Run) -> Iterable[SystemCommand]:
    """Yield everything that can be done on `screen`.

    Args:
        screen: The one under the palette.
        keys: Keys by action, where the person has changed them.
        run: Carries out an action.
    """
    seen: set[tuple[str, str]] = set()
    for active in in_order(screen):
        binding, node = active.binding, active.node
        before = next((said for kind, said in _PANELS if isinstance(node, kind)), "")
        if active.enabled and _listed(binding) and (before, binding.description) not in seen:
            seen.add((before, binding.description))
            yield _command(screen, before, binding, node, run)
    for kind, before in _PANELS:
        for node in screen.query(kind):
            if not node.is_on_screen:
                continue
            for binding in Binding.make_bindings(kind.BINDINGS):
                if (before, binding.description) in seen or not _listed(binding):
                    continue
                seen.add((before, binding.description))
                key = keys.get(binding.id or "", binding.key).partition(",")[0]
                yield _command(screen, before, binding.with_key(key), node, run)
    if isinstance(screen, RoomScreen):
        for spec in SPECS:
            act = partial(screen.take, f"/{spec.name}")
            # No brackets: the palette takes its titles for markup.
            title = spec.usage.replace("[", "(").replace("]", ")")
            yield SystemCommand(title, escape(spec.about), act, discover=False)


def _listed(binding: Binding) -> bool:
    name = binding.id or ""
    if not name or not binding.description or binding.system or name == "app.palette":
        return False
    place, _, action = name.partition(".")
    if place == "prompt":
        return name in _TYPING
    return action not in _MOVES and name not in _LEAVES


def _command(
    screen: Screen[Any], before: str, binding: Binding, node: DOMNode, run: Run
) -> SystemCommand:
    key = screen.app.get_key_display(binding)
    act = partial(run, binding.action, node)
    return SystemCommand(f"{before}{binding.description}", escape(f"key: {key}"), act)
