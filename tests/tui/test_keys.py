"""Which keys the line of keys, the help and the palette tell of, and in which order."""

import pytest
from textual.pilot import Pilot

from harness.paths import paths
from tests.tui.sitting import app, enfold, room, screen_text, transcript, until
from tests.tui.test_start import a_room
from tui.desk import Desk
from tui.screens.edit import EditScreen
from tui.screens.help import keys_of
from tui.screens.palette import commands
from tui.screens.replay import ReplayScreen
from tui.screens.room import RoomScreen
from tui.screens.wishes import OpenRoom, ReplayRoom
from tui.widgets.editor import Editor
from tui.widgets.keys import said_key
from tui.widgets.prompt import Prompt

SIZES = [(60, 20), (80, 24)]


def last_row(pilot: Pilot[int]) -> str:
    return screen_text(pilot).split("\n")[-1]


def a_log() -> str:
    return a_room(Desk.here().rooms, "Lamp", ["one", "two", "three"])


@pytest.mark.parametrize("size", SIZES)
async def test_a_replay_shows_its_own_keys_and_some_of_the_transcripts(
    size: tuple[int, int],
) -> None:
    async with app(ReplayRoom(a_log())).run_test(size=size) as pilot:
        await until(pilot, lambda: isinstance(pilot.app.screen, ReplayScreen))
        await until(pilot, lambda: "Help" in last_row(pilot))
        row = last_row(pilot)
        assert row.startswith("p Play  s Step  b Back")
        assert "Unfold" in row
        assert row.endswith("f1 Help")
        if size[0] >= 80:
            assert "+ Faster  - Slower  o Next fold" in row


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("focus", ["Prompt TextArea", "Transcript", "Roster"])
async def test_a_room_shows_how_to_stop_it_whatever_has_the_focus(
    size: tuple[int, int], focus: str
) -> None:
    async with app(OpenRoom(a_log())).run_test(size=size) as pilot:
        await until(pilot, lambda: isinstance(pilot.app.screen, RoomScreen))
        await until(pilot, lambda: room(pilot).session)
        if focus == "Roster":
            await pilot.press("ctrl+r")
        else:
            pilot.app.screen.query_one(focus).focus()
        await pilot.pause()
        row = last_row(pilot)
        assert row.startswith("esc Stop  ^space Pause  f6 Step")
        assert row.endswith("f1 Help")
        assert ("Unfold" in row) == (focus == "Transcript")
        assert ("details" in row) == (focus == "Roster")
        if size[0] >= 80 and focus == "Prompt TextArea":
            assert "^r Roster  f3 Memory  f4 Forks" in row


@pytest.mark.parametrize("size", SIZES)
async def test_the_start_says_first_how_to_begin(size: tuple[int, int]) -> None:
    async with app().run_test(size=size) as pilot:
        await until(pilot, lambda: "Help" in last_row(pilot))
        row = last_row(pilot).strip()
        assert row.startswith("⏎ Begin  / Search  i Import")
        assert row.endswith("f1 Help")


async def test_help_and_palette_begin_with_what_the_screen_does() -> None:
    async with app(ReplayRoom(a_log())).run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: isinstance(pilot.app.screen, ReplayScreen))
        await until(pilot, lambda: "Help" in last_row(pilot))
        screen = pilot.app.screen
        told = [about for _, about in keys_of(screen)]
        assert told[:3] == ["Play, or stand still", "Step", "Back"]
        assert told.index("Next fold") < told.index("Unfold") < told.index("Down")
        listed = [one.title for one in commands(screen, {}, enfold(pilot).run_action)]
        assert listed[:3] == ["Play", "Step", "Back"]
        assert not {"Up", "Down", "Page down", "Half up"} & set(listed)
        await pilot.press("f1")
        await until(pilot, lambda: "A room told again" in screen_text(pilot))


async def test_help_in_a_room_says_how_to_speak_there() -> None:
    async with app(OpenRoom(a_log())).run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: isinstance(pilot.app.screen, RoomScreen))
        await until(pilot, lambda: room(pilot).session)
        told = [about for _, about in keys_of(room(pilot))]
        assert told[:3] == ["Stop", "Pause", "Step"]
        assert told.index("Send") < told.index("Cursor up")
        await pilot.press("f1")
        await until(pilot, lambda: "type a line and Enter says it" in screen_text(pilot))


OWN = """
[keys]
"room.pause" = "f9"
"transcript.next_match" = "ctrl+n"
"prompt.send" = "f10"
"prompt.close" = "ctrl+b"
"dialog.leave" = "f12"
"offers.begin" = "f10"
"start.undo" = "w"
"start.search" = "q"
"approvals.allow" = "o"
"replay.play" = "h"
"""


def own_keys() -> None:
    keys = paths().keys
    keys.parent.mkdir(parents=True, exist_ok=True)
    keys.write_text(OWN, encoding="utf-8")


async def test_what_the_start_says_of_keys_is_true_of_ones_own() -> None:
    own_keys()
    async with app().run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "No rooms yet. F10 begins the first" in screen_text(pilot))
        assert "q search in all rooms" in screen_text(pilot)
        await pilot.press("f1")
        await until(pilot, lambda: "F10 on the first row runs" in screen_text(pilot))


async def test_what_a_replay_says_of_keys_is_true_of_ones_own() -> None:
    own_keys()
    async with app(ReplayRoom(a_log())).run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: isinstance(pilot.app.screen, ReplayScreen))
        await pilot.press("f1")
        await until(pilot, lambda: "h plays" in screen_text(pilot))


async def test_what_a_room_says_of_keys_is_true_of_ones_own() -> None:
    own_keys()
    async with app(OpenRoom(a_log())).run_test(notifications=True, size=(80, 24)) as pilot:
        await until(pilot, lambda: isinstance(pilot.app.screen, RoomScreen))
        await until(pilot, lambda: room(pilot).session)
        pilot.app.screen.query_one("Prompt TextArea").focus()
        prompt = pilot.app.screen.query_one(Prompt)
        prompt.mode = "closed"
        await until(pilot, lambda: "not open; F9 tries again" in screen_text(pilot))
        prompt.mode = "live"
        prompt.text = "/nothing"
        await pilot.press("f10")
        await until(pilot, lambda: "^b clears" in screen_text(pilot))
        await pilot.press("ctrl+b")
        transcript(pilot).focus()
        await pilot.press("slash")
        await until(pilot, lambda: "^n and N go on" in screen_text(pilot))
        assert "Enter finds   F12 cancels" in screen_text(pilot)
        await pilot.press("f12")


async def test_keys_that_nobody_changed_are_called_by_their_names() -> None:
    async with app(OpenRoom(a_log())).run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: isinstance(pilot.app.screen, RoomScreen))
        for kind, name, said in (
            (RoomScreen, "room.stop", "Esc"),
            (RoomScreen, "room.decide", "F2"),
            (RoomScreen, "transcript.next_match", ""),
            (Editor, "prompt.send", "Enter"),
            (Editor, "prompt.undo", "^z"),
            (ReplayScreen, "replay.faster", "+"),
        ):
            assert said_key(pilot.app.screen, kind, name) == said, name
        assert said_key(pilot.app.screen, RoomScreen, "room.pause") == "^space"


async def test_keys_stand_as_they_are_written_down() -> None:
    async with app().run_test(size=(80, 24)) as pilot:
        await pilot.app.push_screen(EditScreen("some words", place=1, title="a room"))
        await until(pilot, lambda: "esc Cancel" in screen_text(pilot))
        assert "^s Make the fork  ^e Your editor" in screen_text(pilot)
