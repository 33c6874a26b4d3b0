"""What tests of whole screens share: the app in this test's home, and waiting for things."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from textual.css.query import NoMatches
from textual.events import Key
from textual.keys import _character_to_key, key_to_character
from textual.pilot import Pilot

from harness.session.session import Session
from transcripts.events import Entry
from transcripts.log import read
from tui.app import EnfoldApp
from tui.desk import Desk
from tui.screens.room import RoomScreen
from tui.screens.wishes import NewRoom, OpenRoom, ReplayRoom
from tui.widgets.graphics import Graphics
from tui.widgets.prompt import Prompt
from tui.widgets.transcript import Transcript

Kind = TypeVar("Kind")

PATIENCE = 400
"""Looks at whether something has come, 25 ms apart at least."""


def app(
    first: OpenRoom | NewRoom | ReplayRoom | None = None,
    *,
    pace: float = 0.0,
    ascii: bool = False,
    pictures: bool = False,
    theme: str = "",
) -> EnfoldApp:
    return EnfoldApp(
        Desk.here(ascii=ascii),
        graphics=Graphics("halfcell" if pictures else "none"),
        first=first,
        pace=pace,
        theme=theme,
    )


async def until(pilot: Pilot[int], seen: Callable[[], object], what: str = "") -> None:
    """Wait for `seen`."""
    for _ in range(PATIENCE):
        with suppress(AssertionError, OSError, NoMatches):  # another screen, no log yet
            if seen():
                return
        await pilot.pause(0.025)
    raise AssertionError(what or f"it did not come; shown is:\n{screen_text(pilot)}")


async def strike(pilot: Pilot[int], *keys: str) -> None:
    """Press keys as a terminal sends them, one right after the other.

    `Pilot.press` waits until nothing moves, which never is while somebody speaks.
    """
    for key in keys:
        name = _character_to_key(key) if len(key) == 1 else key
        pilot.app.post_message(Key(name, key if len(key) == 1 else key_to_character(name)))
    await asyncio.sleep(0.02)


def screen_text(pilot: Pilot[int]) -> str:
    """What is on the screen, a line a row."""
    width, height = pilot.app.size
    rows = pilot.app.screen._compositor.render_strips(pilot.app.size)
    return "\n".join(strip.text.rstrip()[:width] for strip in rows[:height])


def shown(pilot: Pilot[int], text: str) -> Callable[[], bool]:
    return lambda: text in screen_text(pilot)


def room(pilot: Pilot[int]) -> RoomScreen:
    """The room's screen, be there a dialog over it or not."""
    screens = [one for one in pilot.app.screen_stack if isinstance(one, RoomScreen)]
    assert screens, pilot.app.screen
    return screens[-1]


def log_of(pilot: Pilot[int]) -> list[Entry]:
    """The log on disk of the room on the screen."""
    screen = room(pilot)
    return list(read(screen.desk.rooms.log(screen.room_id)))


def events(pilot: Pilot[int], kind: type[Kind]) -> list[Kind]:
    """What of one kind is in that log."""
    return [entry.event for entry in log_of(pilot) if isinstance(entry.event, kind)]


def session(pilot: Pilot[int]) -> Session:
    found = room(pilot).session
    assert found is not None
    return found


def enfold(pilot: Pilot[int]) -> EnfoldApp:
    assert isinstance(pilot.app, EnfoldApp)
    return pilot.app


async def write(pilot: Pilot[int], line: str) -> None:
    """Put a line into the prompt and press Enter."""
    prompt = pilot.app.screen.query_one(Prompt)
    pilot.app.screen.query_one("Prompt TextArea").focus()
    prompt.text = line
    await pilot.pause()
    await pilot.press("enter")
    await pilot.pause()


def transcript(pilot: Pilot[int]) -> Transcript:
    return pilot.app.screen.query_one(Transcript)


def scenario(folder: Path, name: str, text: str) -> str:
    """Write a scenario of the person's own and return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)
