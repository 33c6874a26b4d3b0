"""The app around the screens: keys and colours of one's own, the palette, and what goes wrong."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from rich.cells import cell_len
from textual.command import CommandPalette
from textual.pilot import Pilot
from textual.widgets import Input

from harness.paths import paths
from tests.agents.door import Door, door_server
from tests.harness.test_disk import small_disk
from tests.tui.sitting import (
    app,
    enfold,
    events,
    log_of,
    room,
    scenario,
    screen_text,
    session,
    shown,
    strike,
    transcript,
    until,
    write,
)
from tests.tui.test_room_screen import LONG, SHORT, SLOW
from tests.tui.test_words_survive import terminal
from transcripts import events as e
from transcripts.log import read
from tui.screens.compare import CompareScreen
from tui.screens.exporting import Exporting
from tui.screens.forks import ForksScreen
from tui.screens.help import HelpScreen
from tui.screens.room import RoomScreen
from tui.screens.start import StartScreen
from tui.screens.wishes import NewRoom, OpenRoom, ReplayRoom
from tui.widgets.plainly import use_ascii
from tui.widgets.prompt import Prompt

SIZE = (100, 30)


def config(name: str, text: str) -> Path:
    """Write a file of the person's."""
    path = paths().config / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def notices(pilot: Pilot[int]) -> list[str]:
    return [one.message for one in pilot.app._notifications]


async def standing(pilot: Pilot[int]) -> None:
    """Wait until the round of `SHORT` is over."""
    await until(pilot, shown(pilot, "1 round done"))


@pytest.fixture
def short(tmp_path: Path) -> NewRoom:
    return NewRoom(scenario(tmp_path, "short", SHORT))


def spoken(pilot: Pilot[int]) -> int:
    return len(events(pilot, e.Spoke))


# Keys of one's own.


async def test_a_key_of_ones_own_counts_and_the_built_in_one_does_not(short: NewRoom) -> None:
    config("keys.toml", '[keys]\n"room.step" = "f9"\n"prompt.send" = "f12"')
    async with app(short).run_test(notifications=True, size=SIZE) as pilot:
        await standing(pilot)
        assert notices(pilot) == []
        await pilot.press("f6")
        await pilot.pause(0.2)
        assert spoken(pilot) == 2
        await pilot.press("f9")
        await until(pilot, lambda: spoken(pilot) == 3)
        await pilot.press("h", "i", "enter", "f12")
        await until(pilot, lambda: ("you", "hi") in [
            (one.author, one.text.strip()) for one in events(pilot, e.Spoke)
        ])  # fmt: skip

        await pilot.press("f1")
        await until(pilot, lambda: isinstance(pilot.app.screen, HelpScreen))
        await pilot.press(*"step")
        await until(pilot, shown(pilot, "room.step"))
        rows = screen_text(pilot).split("\n")
        assert any("f9" in row and "replay" not in row for row in rows)
        assert not any("f6" in row and "replay.step" not in row for row in rows)


async def test_what_is_said_of_a_key_is_said_of_ones_own(tmp_path: Path) -> None:
    config("keys.toml", '[keys]\n"room.decide" = "f10"')
    text = SHORT.replace("rounds = 1", 'rounds = 1\napprovals = {image = "ask"}').replace(
        "the first of ada", 'see:\\n!image \\"a red door\\"'
    )
    wish = NewRoom(scenario(tmp_path, "asks", text))
    async with app(wish).run_test(notifications=True, size=SIZE) as pilot:
        await until(pilot, shown(pilot, "F10"))
        assert "F2" not in screen_text(pilot)
        await pilot.press("f10")
        await pilot.pause(0.5)
        await pilot.press("y")
        await until(pilot, lambda: events(pilot, e.ApprovalGiven))


async def test_the_emacs_keys_move_and_open_the_palette(short: NewRoom) -> None:
    config("keys.toml", 'preset = "emacs"')
    async with app(short).run_test(notifications=True, size=SIZE) as pilot:
        await standing(pilot)
        transcript(pilot).focus()
        await pilot.pause()
        first = transcript(pilot).place
        await pilot.press("ctrl+p", "ctrl+p")
        assert isinstance(pilot.app.screen, RoomScreen)
        assert transcript(pilot).place != first
        await pilot.press("ctrl+n", "ctrl+n", "alt+less_than_sign")
        assert transcript(pilot).place == 0
        await pilot.press("alt+x")
        await until(pilot, lambda: isinstance(pilot.app.screen, CommandPalette))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[keys]\n"room.step" = "ctrl+r"\n"room.skip" = "f9"', "ctrl+r is reading.roster"),
        ('[keys]\n"room.stepp" = "f9"', "did you mean 'room.step'?"),
        ("[keys", "no keys are changed"),
    ],
)
async def test_a_slip_in_the_keys_locks_nobody_out(
    short: NewRoom, text: str, says: str
) -> None:
    path = config("keys.toml", text)
    async with app(short).run_test(notifications=True, size=SIZE) as pilot:
        await standing(pilot)
        [notice] = notices(pilot)
        assert notice.startswith(str(path))
        assert says in notice
        await pilot.press("f6")
        await until(pilot, lambda: spoken(pilot) == 3)
        await pilot.press("ctrl+r")
        await until(pilot, lambda: pilot.app.screen.query("#side.-roster"))
        if "f9" in text and "room.skip" in text:
            before = len(log_of(pilot))
            await pilot.press("f9")
            await until(pilot, lambda: len(log_of(pilot)) > before)
            assert events(pilot, e.Skipped)


# The palette.


async def palette(pilot: Pilot[int], words: str) -> None:
    """Open the palette and type."""
    await pilot.press("ctrl+p")
    await until(pilot, lambda: isinstance(pilot.app.screen, CommandPalette))
    pilot.app.screen.query_one(Input).value = words
    await pilot.pause(0.3)


async def test_the_palette_does_what_a_key_does(short: NewRoom) -> None:
    async with app(short).run_test(notifications=True, size=SIZE) as pilot:
        await standing(pilot)
        await palette(pilot, "Step")
        await until(pilot, shown(pilot, "key: f6"))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, RoomScreen))
        await until(pilot, lambda: spoken(pilot) == 3)


async def test_the_palette_lists_all_that_can_be_done_here(short: NewRoom) -> None:
    async with app(short).run_test(notifications=True, size=(140, 40)) as pilot:
        await standing(pilot)
        listed = {one.title for one in enfold(pilot).get_system_commands(pilot.app.screen)}
        for wanted in (
            *("Stop", "Pause", "Step", "Skip", "Who is next", "Replay", "Export", "Memory"),
            *("Roster", "Forks", "Find in all rooms", "Go to a place", "Rooms", "Quit", "Help"),
            *("Fork", "Edit", "Regenerate", "Continue", "Copy", "Copy code", "Unfold all"),
            *("Roster: mute", "Roster: remove", "Theme", "/whisper WHO TEXT", "/stats"),
        ):
            assert wanted in listed, (wanted, sorted(listed))
        assert not {"Cursor left", "Delete word left", "All commands", "Down"} & listed
        shown_keys = [
            binding.description
            for _, binding in type(pilot.app.screen)._merge_bindings()
            if binding.description and binding.id
        ]
        assert len(shown_keys) > 12
        assert set(shown_keys) <= listed


async def test_the_palette_reaches_what_has_not_the_focus(short: NewRoom) -> None:
    async with app(short).run_test(notifications=True, size=SIZE) as pilot:
        await standing(pilot)
        origin = room(pilot).room_id
        await palette(pilot, "Fork")
        await pilot.press("enter")
        await until(
            pilot,
            lambda: isinstance(pilot.app.screen, RoomScreen) and room(pilot).room_id != origin,
        )
        await until(pilot, shown(pilot, "forked"))


async def test_a_slash_command_of_the_palette_is_done_or_waits_to_be_finished(
    short: NewRoom,
) -> None:
    async with app(short).run_test(notifications=True, size=SIZE) as pilot:
        await standing(pilot)
        await palette(pilot, "/stats")
        await pilot.press("enter")
        await until(pilot, shown(pilot, "this sitting"))
        await pilot.press("escape")
        await palette(pilot, "/whisper")
        await until(pilot, shown(pilot, "/whisper WHO TEXT"))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, RoomScreen))
        prompt = pilot.app.screen.query_one(Prompt)
        await until(pilot, lambda: prompt.text == "/whisper ")
        await pilot.press(*"AI-1 hello", "enter")
        await until(pilot, lambda: events(pilot, e.Whispered))


async def test_the_palette_of_every_screen_can_be_opened(short: NewRoom) -> None:
    async with app().run_test(notifications=True, size=SIZE) as pilot:
        await until(pilot, shown(pilot, "Begin"))
        await palette(pilot, "import")
        await until(pilot, shown(pilot, "Import"))
        await pilot.press("escape")
        enfold(pilot).post_message(short)
        await until(pilot, lambda: isinstance(pilot.app.screen, RoomScreen))
        await standing(pilot)
        await pilot.press("f5")
        await until(pilot, shown(pilot, "replay"))
        await palette(pilot, "next fold")
        await until(pilot, shown(pilot, "Next fold"))
        await pilot.press("enter")


# Colours.


THEMES = """
[themes.dusk]
background = "#1c1a22"
primary = "#b6a0ff"
dark = true
"""


async def test_the_theme_that_was_chosen_is_worn_next_time(short: NewRoom) -> None:
    config("themes.toml", THEMES)
    async with app(short).run_test(notifications=True, size=SIZE) as pilot:
        await standing(pilot)
        await write(pilot, "/theme dusk")
        await until(pilot, lambda: pilot.app.theme == "dusk")
        looks = paths().state / "screen.json"
        await until(pilot, lambda: json.loads(looks.read_text())["theme"] == "dusk")
        assert looks.stat().st_mode & 0o777 == 0o600
    async with app().run_test(notifications=True, size=SIZE) as pilot:
        await until(pilot, lambda: pilot.app.theme == "dusk")
    async with app(theme="nord").run_test(notifications=True, size=SIZE) as pilot:
        await until(pilot, lambda: pilot.app.theme == "nord")
    # What was worn is not there any more; what was asked for is not there at all.
    (paths().config / "themes.toml").unlink()
    async with app().run_test(notifications=True, size=SIZE) as pilot:
        await until(pilot, shown(pilot, "Begin"))
        assert pilot.app.theme == "enfold-dark"
        assert notices(pilot) == []
    async with app(theme="nrod").run_test(notifications=True, size=SIZE) as pilot:
        await until(pilot, lambda: any("no theme 'nrod'" in one for one in notices(pilot)))


@pytest.mark.parametrize("looks", ["{", "[]", '{"theme": 3}', "\udcff"])
async def test_a_broken_memory_of_looks_is_not_worth_a_word(looks: str) -> None:
    path = paths().state / "screen.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(looks.encode(errors="surrogateescape"))
    async with app().run_test(notifications=True, size=SIZE) as pilot:
        await until(pilot, shown(pilot, "Begin"))
        assert notices(pilot) == []


async def test_a_broken_theme_is_told_and_the_others_are_there() -> None:
    path = config("themes.toml", "[themes.x]\nprimary = 'blu'")
    async with app().run_test(notifications=True, size=SIZE) as pilot:
        await until(pilot, shown(pilot, "Begin"))
        [notice] = notices(pilot)
        assert notice.startswith(str(path))
        assert "'blu'" in notice


async def test_without_colour_no_cell_has_one(
    short: NewRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with app(short).run_test(notifications=True, size=(140, 40)) as pilot:
        await standing(pilot)
        assert pilot.app.no_color
        for keys in ((), ("f3",), ("f3", "ctrl+r"), ("f1",), ("escape", "ctrl+p")):
            await pilot.press(*keys)
            await pilot.pause(0.2)
            assert colours(pilot) == set()
            assert "AI-1" in screen_text(pilot) or keys


def colours(pilot: Pilot[int]) -> set[str]:
    """Colours of the cells that are shown, shades of grey left out."""
    found: set[str] = set()
    for strip in pilot.app.screen._compositor.render_strips(pilot.app.size):
        for segment in strip:
            style = segment.style
            for colour in (style.color, style.bgcolor) if style else ():
                if colour is not None and not colour.is_default:
                    red, green, blue = colour.get_truecolor()
                    if not red == green == blue:
                        found.add(colour.name)
    return found


async def test_with_colour_there_is_some(short: NewRoom) -> None:
    async with app(short).run_test(notifications=True, size=(140, 40)) as pilot:
        await standing(pilot)
        assert len(colours(pilot)) > 5


# Copying, exporting, helping.


async def test_where_there_is_no_clipboard_it_is_said_what_to_do(
    short: NewRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "linux")
    monkeypatch.setenv("PATH", "/nowhere")
    for name in ("TMUX", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    async with app(short).run_test(notifications=True, size=SIZE) as pilot:
        await standing(pilot)
        transcript(pilot).focus()
        await pilot.press("y")
        await until(pilot, lambda: any("not copied" in one for one in notices(pilot)))
        assert any("export the room instead" in one for one in notices(pilot))


@pytest.mark.slow
def test_y_puts_a_message_on_the_clipboard_of_the_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from base64 import standard_b64encode

    for name in ("TMUX", "DISPLAY", "WAYLAND_DISPLAY", "VTE_VERSION", "TERM_PROGRAM", "STY"):
        monkeypatch.delenv(name, raising=False)
    path = scenario(tmp_path, "short", SHORT.replace("first of bob", "first [/] of 世"))
    made = enfold_command(tmp_path, "run", path, "--rounds", "1")
    assert made.returncode == 0, made.stderr
    with terminal(tmp_path, "resume", "--last", "--screen") as (type_in, written):
        type_in(b"", b"to all")  # the room; the start screen names it too
        type_in(b"\x1b[Z", b"Unfold")
        type_in(b"[", b"")
        type_in(b"]", b"")
        type_in(b"y", b"copied")
        data = standard_b64encode("the first [/] of 世".encode())
        assert b"\x1b]52;c;" + data + b"\x07" in written()


def enfold_command(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    root = Path(__file__).resolve().parents[2]
    return subprocess.run(
        [sys.executable, "-m", "tui", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(root)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=50,
    )


async def test_a_room_is_exported_from_the_screen(
    short: NewRoom, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with app(short).run_test(notifications=True, size=SIZE) as pilot:
        await standing(pilot)
        await pilot.press("ctrl+e")
        await until(pilot, lambda: isinstance(pilot.app.screen, Exporting))
        await pilot.press("enter")
        pilot.app.screen.query_one("#path", Input).value = str(tmp_path / "out.md")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, RoomScreen))
        assert any("wrote" in one for one in notices(pilot))
        assert "the first of bob" in (tmp_path / "out.md").read_text()

        await write(pilot, f"/export txt {tmp_path / 'out.txt'}")
        await until(pilot, (tmp_path / "out.txt").exists)
        before = (tmp_path / "out.txt").read_text()
        await write(pilot, f"/export txt {tmp_path / 'out.txt'}")
        await until(pilot, shown(pilot, "Write over out.txt?"))
        await pilot.press("n")
        await until(pilot, lambda: isinstance(pilot.app.screen, RoomScreen))
        assert (tmp_path / "out.txt").read_text() == before
        await write(pilot, f"/export md {tmp_path / 'no' / 'such' / 'folder.md'}")
        await until(pilot, lambda: any("folder.md" in one for one in notices(pilot)))


async def test_help_says_where_the_log_and_the_keys_are(short: NewRoom) -> None:
    async with app(short).run_test(notifications=True, size=(100, 40)) as pilot:
        await standing(pilot)
        await pilot.press("f1")
        await until(pilot, lambda: isinstance(pilot.app.screen, HelpScreen))
        await pilot.press(*"log")
        await until(pilot, shown(pilot, "enfold.log"))
        pilot.app.screen.query_one(Input).value = "room.pause"
        await until(pilot, shown(pilot, "Names for"))
        assert "keys.toml" in screen_text(pilot)
        assert "room.pause" in screen_text(pilot)


# What goes wrong.


@pytest.fixture
def door() -> Iterator[Door]:
    with door_server() as door:
        yield door


async def test_a_provider_that_fails_is_a_row_that_says_so_and_the_room_goes_on(
    door: Door, tmp_path: Path
) -> None:
    cast = "".join(
        f'[[cast]]\nname = "{name}"\nmodel = "{door.model(model)}"\n'
        for name, model in (("Bad", "401"), ("Good", "speaks"))
    )
    wish = NewRoom(scenario(tmp_path, "failing", f'title = "x"\nrounds = 2\n{cast}'))
    async with app(wish).run_test(notifications=True, size=SIZE) as pilot:
        await until(pilot, shown(pilot, "2 rounds done"))
        assert [line.author for line in events(pilot, e.Spoke)] == ["AI-2", "AI-2"]
        text = screen_text(pilot)
        assert "AI-1 (Bad)" in text
        assert "key" in text
        assert "r tries again" in text
        assert "sk-live" not in text
        [first, *_] = events(pilot, e.Faltered)
        assert first.author == "AI-1"


async def test_settings_that_cannot_be_used_are_one_line_that_says_where(
    short: NewRoom,
) -> None:
    async with app(short).run_test(notifications=True, size=SIZE) as pilot:
        await standing(pilot)
        room_id = room(pilot).room_id
    path = config("settings.toml", "[budget]\nturns = -1\n")
    async with app(short).run_test(notifications=True, size=SIZE) as pilot:
        await until(pilot, lambda: notices(pilot))
        [notice] = notices(pilot)
        assert path.name in notice
        assert "budget.turns" in notice
        assert "\n" not in notice
        assert isinstance(pilot.app.screen, StartScreen)
        enfold(pilot).post_message(OpenRoom(room_id))
        await until(pilot, shown(pilot, "the first of bob"))  # it can still be read
        await until(pilot, lambda: len(notices(pilot)) == 2)
        assert path.name in notices(pilot)[1]
        path.write_text("")
        await pilot.press("ctrl+@")  # and opened again once that is mended
        await until(pilot, lambda: session(pilot).stands)
        await pilot.press("f6")
        await until(pilot, lambda: spoken(pilot) == 3)


def broken(log: str) -> str:
    return log.replace("\n", "\nnot JSON\n", 1)


def empty(log: str) -> str:
    return log[:0]


def newer(log: str) -> str:
    """The same log, written by an enfold of the future."""
    first, rest = log.split("\n", 1)
    told = json.loads(first)
    told["v"] = 99
    return json.dumps(told) + "\n" + rest


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (broken, "line 2"),
        (newer, "update enfold"),
        (empty, "empty"),
        (None, "log.jsonl"),
    ],
)
@pytest.mark.parametrize("wish", [OpenRoom, pytest.param(ReplayRoom, marks=pytest.mark.slow)])
async def test_a_room_that_cannot_be_read_says_why_and_goes_back(
    short: NewRoom,
    spoil: Callable[[str], str] | None,
    says: str,
    wish: type[OpenRoom] | type[ReplayRoom],
) -> None:
    async with app(short).run_test(notifications=True, size=SIZE) as pilot:
        await standing(pilot)
        room_id = room(pilot).room_id
    log = paths().rooms / room_id / "log.jsonl"
    if spoil is None:
        log.unlink()
    else:
        log.write_text(spoil(log.read_text()))
    kept = log.read_bytes() if spoil else b""
    async with app(wish(room_id)).run_test(notifications=True, size=SIZE) as pilot:
        await until(pilot, lambda: notices(pilot))
        await until(pilot, lambda: isinstance(pilot.app.screen, StartScreen))
        [notice] = notices(pilot)
        assert says in notice, notice
        assert "\n" not in notice
        await until(pilot, shown(pilot, "Begin"))
        if spoil:
            assert log.read_bytes() == kept
        if kept:
            await until(pilot, shown(pilot, "cannot be read"))


@pytest.mark.parametrize(
    "moments",
    [
        pytest.param((0, 3), id="early"),
        pytest.param((1, 2, 5, 8, 11, 20, 40, 60), id="any", marks=pytest.mark.slow),
    ],
)
async def test_leaving_at_any_moment_of_opening_leaves_cleanly(
    short: NewRoom, moments: tuple[int, ...]
) -> None:
    async with app(short).run_test(notifications=True, size=SIZE) as pilot:
        await standing(pilot)
        room_id = room(pilot).room_id
    for turns in moments:
        for wish in (OpenRoom(room_id), ReplayRoom(room_id)):
            running = app()
            async with running.run_test(notifications=True, size=SIZE) as pilot:
                await until(pilot, lambda: isinstance(pilot.app.screen, StartScreen))
                running.post_message(wish)
                for _ in range(turns):
                    await asyncio.sleep(0)
                running.action_leave()
                await until(pilot, lambda r=running: r.return_code == 0)


@pytest.mark.parametrize("keys", [("ctrl+q",), ("ctrl+q", "ctrl+q", "ctrl+q")])
async def test_leaving_is_asked_once_and_can_be_refused(
    tmp_path: Path, keys: tuple[str, ...]
) -> None:
    running = app(NewRoom(scenario(tmp_path, "slow", SLOW)), pace=0.05)
    async with running.run_test(notifications=True, size=SIZE) as pilot:
        await until(pilot, shown(pilot, "word3"))
        await strike(pilot, *keys)
        await until(pilot, shown(pilot, "Leave while somebody is speaking?"))
        await strike(pilot, "n")
        await until(pilot, lambda: isinstance(pilot.app.screen, RoomScreen))
        assert running.return_code is None
        assert session(pilot).speaking


def fill(path: Path) -> None:
    """Leave no room on a disk."""
    ballast = os.open(path, os.O_WRONLY | os.O_CREAT)
    with suppress(OSError):
        while True:
            os.write(ballast, b"x" * 4096)
    os.close(ballast)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small disk")
async def test_a_disk_that_fills_up_while_somebody_speaks_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "data"
    monkeypatch.setenv("ENFOLD_DATA_DIR", str(data))
    with small_disk(data, "size=4m"):
        wish = NewRoom(scenario(tmp_path, "slow", SLOW))
        running = app(wish, pace=0.01)
        async with running.run_test(notifications=True, size=SIZE) as pilot:
            await until(pilot, shown(pilot, "word9"))
            room_id = room(pilot).room_id
            log = data / "rooms" / room_id / "log.jsonl"
            before = log.read_bytes()
            fill(data / "ballast")
            prompt = pilot.app.screen.query_one(Prompt)
            prompt.text = typed = ("keep " * 1000).strip()  # more than the last page has
            await strike(pilot, "enter")
            await until(pilot, lambda: prompt.text == typed and "full" in screen_text(pilot))
            await strike(pilot, "f7")
            await until(pilot, lambda: room(pilot).session is None)
            assert any("Nothing recorded is lost" in one for one in notices(pilot))
            assert log.read_bytes()[: len(before)] == before
            kept = list(read(log))
            assert not any(isinstance(one.event, e.Queued) for one in kept)
            assert prompt.text == typed

            (data / "ballast").unlink()
            await pilot.press("ctrl+@")
            await until(pilot, lambda: room(pilot).session)
            await until(
                pilot, lambda: any("word9" in line.text for line in events(pilot, e.Spoke))
            )
            assert log_of(pilot)[: len(kept)] == kept
            assert prompt.text == typed
            await strike(pilot, "enter")
            await until(
                pilot,
                lambda: (
                    typed in [one.text for one in events(pilot, e.Spoke)]
                    or typed in [one.text for one in events(pilot, e.Queued)]
                ),
            )
            await strike(pilot, "escape", "escape")


# ASCII.


@pytest.fixture
def fancy_again() -> Iterator[None]:
    yield
    use_ascii(on=False)


async def test_in_ascii_every_cell_of_ours_is_ascii(short: NewRoom, fancy_again: None) -> None:
    async with app(short, ascii=True).run_test(notifications=True, size=(140, 40)) as pilot:
        await standing(pilot)
        await plain(pilot)
        for keys in (
            *(("f3",), ("f3", "ctrl+r"), ("f1",), ("escape", "ctrl+p"), ("escape", "f4")),
            *(
                ("escape", "ctrl+f"),
                ("escape", "ctrl+e"),
                ("escape", "ctrl+g"),
                ("escape", "f8"),
            ),
            *(("escape", "f5"), ("p", "0"), ("o",), ("ctrl+o",), ("i",), ("escape",)),
        ):
            await pilot.press(*keys)
            await pilot.pause(0.25)
            await plain(pilot)


async def plain(pilot: Pilot[int]) -> None:
    text = screen_text(pilot)
    odd = sorted({character for character in text if not character.isascii()})
    assert not odd, (odd, [row for row in text.split("\n") if not row.isascii()][:5])


async def test_words_of_others_stay_as_they_are_in_ascii(
    tmp_path: Path, fancy_again: None
) -> None:
    text = SHORT.replace("the first of ada", "grüße 世界 — “quoted”…")
    wish = NewRoom(scenario(tmp_path, "words", text))
    async with app(wish, ascii=True).run_test(notifications=True, size=SIZE) as pilot:
        await standing(pilot)
        assert "grüße 世界 — “quoted”…" in screen_text(pilot)
        assert all(cell_len(row) <= SIZE[0] for row in screen_text(pilot).split("\n"))


# Other screens, from the app.


async def test_a_fork_is_shown_beside_its_origin(short: NewRoom) -> None:
    async with app(short).run_test(notifications=True, size=SIZE) as pilot:
        await standing(pilot)
        origin = room(pilot).room_id
        await write(pilot, "/fork")
        await until(
            pilot,
            lambda: isinstance(pilot.app.screen, RoomScreen) and room(pilot).room_id != origin,
        )
        await until(pilot, lambda: session(pilot))
        await pilot.press("f4")
        await until(pilot, lambda: isinstance(pilot.app.screen, ForksScreen))
        await until(pilot, shown(pilot, "here"))
        await pilot.press("escape")
        await write(pilot, "/compare")
        await until(pilot, lambda: isinstance(pilot.app.screen, CompareScreen))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, RoomScreen))
        assert LONG
