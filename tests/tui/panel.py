"""What the tests of the panels share: an app around one, its screen as text, made rooms."""

from collections.abc import Callable
from typing import Any, TypeVar

from textual.app import App, ComposeResult
from textual.message import Message
from textual.widget import Widget

from transcripts.participants import PERSON, Participant
from transcripts.room import Room, Seat
from tui.widgets.plainly import ASCII_CSS

M = TypeVar("M", bound=Message)

NASTY = "[/b] [red]x[/] [AI-1 x] \x1b[31mred\x07 \u202eback\u202c \\[ 漢字 e\u0301 🏳️\u200d🌈"
"""Brackets, an escape sequence, a bell, marks of direction, wide and combining characters."""


class Panel(App[None]):
    """Shows what `make` gives; `told` is for `run_test(message_hook=app.told.append)`."""

    CSS = ASCII_CSS

    def __init__(self, *make: Callable[[], Widget]) -> None:
        super().__init__()
        self.make = make
        self.told: list[Message] = []

    def compose(self) -> ComposeResult:
        for make in self.make:
            yield make()


def heard(app: Panel, kind: type[M]) -> list[M]:
    """Messages of `kind`, each once, in order."""
    found: list[M] = []
    for message in app.told:
        # One is told at each widget that it passes on its way up.
        if isinstance(message, kind) and not any(message is known for known in found):
            found.append(message)
    return found


def screen_rows(app: App[Any]) -> list[str]:
    """The screen, row by row, as text."""
    strips = app.screen._compositor.render_strips(app.size)
    return [strip.text for strip in strips]


def screen_text(app: App[Any]) -> str:
    return "\n".join(row.rstrip() for row in screen_rows(app))


def seat(name: str = "Gemini 3 Flash", number: int = 1, **changes: Any) -> Seat:
    model = changes.pop("model", "openrouter/google/gemini-3-flash")
    persona = changes.pop("persona", "")
    who = Participant(id=f"AI-{number}", name=name, model=model, persona=persona)
    given: dict[str, Any] = {"temperature": 1.0, "invited_by": "room", **changes}
    return Seat(participant=who, **given)


def person() -> Seat:
    return Seat(participant=Participant(id=PERSON, name="You", model=""), temperature=None)


def room_of(*seats: Seat, **changes: Any) -> Room:
    return Room(seats=(person(), *seats), **changes)
