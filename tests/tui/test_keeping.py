"""Words that were begun are there again, whichever way the room was left."""

import os
import signal
import time
from pathlib import Path

import pytest
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from harness.unsent import Unsent, keep, left
from tests.seen.terminal import Terminal, available
from tests.tui.sitting import app, room, scenario, session, shown, until, write
from tui.screens.keeping import Keeping
from tui.screens.replay import ReplayScreen
from tui.screens.room import RoomScreen
from tui.screens.start import StartScreen
from tui.screens.wishes import NewRoom, OpenRoom
from tui.widgets.prompt import Prompt, Target
from tui.widgets.transcript import Transcript

SHORT = """
title = "Two who say little"
rounds = 1
[[cast]]
name = "Ada"
model = "scripted/ada"
script = ["the first of ada", "the second of ada", "the third of ada"]
[[cast]]
name = "Bob"
model = "scripted/bob"
script = ["the first of bob", "the second of bob", "the third of bob"]
"""

SIZE = (100, 30)


def prompt(pilot: Pilot[int]) -> Prompt:
    return room(pilot).query_one(Prompt)


def kept(pilot: Pilot[int]) -> Unsent:
    screen = room(pilot)
    return left(screen.desk.rooms.unsent(screen.room_id))


async def begun(tmp_path: Path) -> str:
    """Make a room and leave it, and return its id."""
    wish = NewRoom(scenario(tmp_path, "short", SHORT))
    async with app(wish).run_test(size=SIZE) as pilot:
        await until(pilot, shown(pilot, "1 round done"))
        room_id = room(pilot).room_id
        await pilot.press("ctrl+q")
    return room_id


async def opened(pilot: Pilot[int], room_id: str = "") -> None:
    await until(pilot, lambda: isinstance(pilot.app.screen, RoomScreen))
    await until(pilot, lambda: not room_id or room(pilot).room_id == room_id)
    await until(pilot, lambda: session(pilot).stands)


async def type_in(pilot: Pilot[int], text: str) -> None:
    prompt(pilot).query_one("TextArea").focus()
    await pilot.press(*(["space" if one == " " else one for one in text]))
    await pilot.pause()


@pytest.mark.parametrize("way", ["ctrl+q", "ctrl+o", "f5"])
async def test_words_are_there_again_after_leaving_by_a_key(tmp_path: Path, way: str) -> None:
    room_id = await begun(tmp_path)
    async with app(OpenRoom(room_id)).run_test(size=SIZE) as pilot:
        await opened(pilot)
        await type_in(pilot, "not yet said")
        await pilot.press(way)  # at once: nothing waits for a second to pass
        if way == "ctrl+o":
            await until(pilot, lambda: isinstance(pilot.app.screen, StartScreen))
        elif way == "f5":
            await until(pilot, lambda: isinstance(pilot.app.screen, ReplayScreen))
            await pilot.press("l")
            await opened(pilot)
            await until(pilot, lambda: prompt(pilot).text == "not yet said")
    async with app(OpenRoom(room_id)).run_test(size=SIZE) as pilot:
        await opened(pilot)
        await until(pilot, lambda: prompt(pilot).text == "not yet said")
        await type_in(pilot, "!")
        assert prompt(pilot).text == "not yet said!"


@pytest.mark.parametrize("key", ["f", "r", "c"])
async def test_words_go_along_into_a_fork_and_stay_here_too(tmp_path: Path, key: str) -> None:
    room_id = await begun(tmp_path)
    async with app(OpenRoom(room_id)).run_test(size=SIZE) as pilot:
        await opened(pilot)
        await type_in(pilot, "not yet said")
        pilot.app.screen.query_one(Transcript).focus()
        await pilot.press("k", key)
        await until(pilot, lambda: room(pilot).room_id != room_id)
        await opened(pilot)
        await until(pilot, lambda: prompt(pilot).text == "not yet said")
        await pilot.press("ctrl+q")
    async with app(OpenRoom(room_id)).run_test(size=SIZE) as pilot:
        await opened(pilot)
        await until(pilot, lambda: prompt(pilot).text == "not yet said")


async def test_words_go_along_into_a_room_where_a_line_is_edited(tmp_path: Path) -> None:
    room_id = await begun(tmp_path)
    async with app(OpenRoom(room_id)).run_test(size=SIZE) as pilot:
        await opened(pilot)
        await type_in(pilot, "not yet said")
        pilot.app.screen.query_one(Transcript).focus()
        await pilot.press("k", "e")
        await until(pilot, shown(pilot, "Edit the line"))
        await pilot.press("x", "ctrl+s")
        await until(pilot, lambda: room(pilot).room_id != room_id)
        await opened(pilot)
        await until(pilot, lambda: prompt(pilot).text == "not yet said")


async def test_a_whisper_stays_a_whisper(tmp_path: Path) -> None:
    room_id = await begun(tmp_path)
    async with app(OpenRoom(room_id)).run_test(size=SIZE) as pilot:
        await opened(pilot)
        prompt(pilot).target = Target("AI-2", whisper=True)
        await type_in(pilot, "for you alone")
        await pilot.press("ctrl+o")
        await until(pilot, lambda: isinstance(pilot.app.screen, StartScreen))
    async with app(OpenRoom(room_id)).run_test(size=SIZE) as pilot:
        await opened(pilot)
        await until(pilot, shown(pilot, "whisper to AI-2"))
        assert prompt(pilot).text == "for you alone"


async def test_words_are_kept_a_second_after_the_last_key_and_gone_once_sent(
    tmp_path: Path,
) -> None:
    room_id = await begun(tmp_path)
    async with app(OpenRoom(room_id)).run_test(size=SIZE) as pilot:
        await opened(pilot)
        await type_in(pilot, "not yet said")
        await until(pilot, lambda: kept(pilot) == Unsent("not yet said"))
        file = room(pilot).desk.rooms.unsent(room_id)
        assert file.stat().st_mode & 0o777 == 0o600
        await pilot.press("enter")
        begun_at = time.monotonic()
        await until(pilot, lambda: not file.exists())
        assert time.monotonic() - begun_at < 0.9  # not a second later
        await until(pilot, lambda: session(pilot).stands)
        await pilot.press("ctrl+q")
    async with app(OpenRoom(room_id)).run_test(size=SIZE) as pilot:
        await opened(pilot)
        await pilot.pause(0.2)
        assert prompt(pilot).text == ""


async def test_lines_of_before_and_commands_of_now_are_the_history(tmp_path: Path) -> None:
    room_id = await begun(tmp_path)
    async with app(OpenRoom(room_id)).run_test(size=SIZE) as pilot:
        await opened(pilot)
        for line in ("one", "two", "/search ada"):
            await write(pilot, line)
            await until(pilot, lambda: session(pilot).stands)
        await pilot.press("escape", "ctrl+l")
        await until(pilot, lambda: prompt(pilot).history[-3:] == ["one", "two", "/search ada"])
        await type_in(pilot, "begun")
        await pilot.press("up", "up")
        assert prompt(pilot).text == "two"
        await pilot.press("ctrl+q")
    async with app(OpenRoom(room_id)).run_test(size=SIZE) as pilot:
        await opened(pilot)
        # What was only looked at is not what was being written.
        await until(pilot, lambda: prompt(pilot).text == "begun")
        prompt(pilot).query_one("TextArea").focus()
        await pilot.press("up")
        assert prompt(pilot).text == "two"
        await pilot.press("up")
        assert prompt(pilot).text == "one"
        await pilot.press("down", "down")
        assert prompt(pilot).text == "begun"


class Alone(App[None]):
    """A line and nothing else."""

    def compose(self) -> ComposeResult:
        yield Prompt()


@pytest.mark.parametrize(
    ("typed", "line", "before"),
    [("", "begun", []), (" and on", "begun and on", []), ("/go 1", "/go 1", ["begun"])],
)
async def test_what_was_typed_before_it_was_there_again_is_not_lost(
    tmp_path: Path, typed: str, line: str, before: list[str]
) -> None:
    path = tmp_path / "unsent.json"
    keep(path, Unsent("begun"))
    alone = Alone()
    async with alone.run_test(size=(80, 24)):
        prompt = alone.query_one(Prompt)
        prompt.text = typed
        keeping = Keeping(path)
        keeping.typed(1.0)
        await keeping.keep(prompt)
        assert (prompt.text, prompt.history) == (line, before)
        assert left(path) == Unsent(line)
        assert not keeping.due(1e9)


def test_who_types_on_and_on_is_kept_all_the_same() -> None:
    keeping = Keeping(Path("nowhere"))
    due = [now for now in range(100) if keeping.typed(now / 10) or keeping.due(now / 10)]
    assert due[0] == 50


async def test_a_disk_that_takes_nothing_is_told_once(tmp_path: Path) -> None:
    room_id = await begun(tmp_path)
    async with app(OpenRoom(room_id)).run_test(notifications=True, size=SIZE) as pilot:
        await opened(pilot)
        room(pilot).desk.rooms.unsent(room_id).mkdir()
        await type_in(pilot, "not yet said")
        await until(pilot, shown(pilot, "unsent words cannot be kept"))
        told = len(pilot.app._notifications)
        await type_in(pilot, "!")
        await pilot.pause(1.5)
        assert len(pilot.app._notifications) <= told
        await pilot.press("ctrl+q")


@pytest.mark.slow
@pytest.mark.timeout(240)
@pytest.mark.skipif(not available(), reason="there is no tmux here")
def test_words_outlive_a_kill(tmp_path: Path) -> None:
    quick = {"ENFOLD_SCREEN__PACE": "0.01"}
    with Terminal(80, 24, tmp_path, environment=quick) as terminal:
        terminal.wait_for("The last watch")
        terminal.press("Enter")
        terminal.wait_for("AI-1 (Ansgar)", "running")
        terminal.press("Escape", "Escape")
        terminal.wait_for("paused")
        terminal.write("words that nobody has read")
        terminal.wait_for("words that nobody has read")
        [file] = _kept_in(tmp_path)
        for process in Path("/proc").glob("[0-9]*"):
            try:
                told = (process / "environ").read_bytes()
                command = (process / "cmdline").read_bytes()
            except OSError:
                continue
            if f"ENFOLD_DATA_DIR={tmp_path}/data".encode() in told and b"tui" in command:
                os.kill(int(process.name), signal.SIGKILL)
        terminal.wait_for("exit code 137")
        assert file.stat().st_mode & 0o777 == 0o600
    with Terminal(80, 24, tmp_path, "resume --last --screen", environment=quick) as terminal:
        terminal.wait_for("words that nobody has read")
        terminal.press("C-q")
        terminal.wait_for("exit code 0")


def _kept_in(home: Path) -> list[Path]:
    """Wait until words are kept, and return the files."""
    end = time.monotonic() + 20
    while time.monotonic() < end:
        if found := list(home.glob("data/rooms/*/unsent.json")):
            return found
        time.sleep(0.05)
    raise AssertionError("nothing was kept")
