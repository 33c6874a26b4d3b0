"""The dialogs as somebody answers them: with keys, at any size, with any words in them."""

import asyncio
import os
import re
import threading
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.app import App
from textual.binding import Binding, BindingType
from textual.pilot import Pilot
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from harness.imports import bring_in
from tests.tui.test_start import a_desk, a_room, shown, until
from tui.screens.ask import Ask
from tui.screens.choosing import ChooseModels
from tui.screens.confirm import Confirm
from tui.screens.exporting import Exporting
from tui.screens.help import HelpScreen
from tui.screens.importing import Importing
from tui.screens.matching import matching
from tui.screens.pathfield import PathField, completed, path_of
from tui.screens.search import SearchScreen
from tui.screens.start import StartScreen
from tui.screens.wishes import OpenRoom
from tui.widgets.choices import Choice, Choices
from tui.widgets.words import cut, plain

SAMPLES = Path(__file__).parents[1] / "transcripts" / "samples"
SIZES = [(60, 20), (80, 24), (140, 40), (200, 60)]
WAITING = "nothing yet"


class Asking(App[None]):
    """An app that puts one question and keeps the answer."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("f1", "none", "Help")]

    def __init__(self, dialog: Callable[[], ModalScreen[Any]]) -> None:
        super().__init__()
        self.dialog = dialog
        self.answer: Any = WAITING

    def on_mount(self) -> None:
        self.push_screen(self.dialog(), self.answered)

    def answered(self, answer: Any) -> None:
        self.answer = answer


@dataclass
class Asked:
    app: Asking
    pilot: Pilot[None]

    @property
    def text(self) -> str:
        return "\n".join(shown(self.app))

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def until(self, done: Callable[[], object]) -> None:
        await until(self.pilot, done)

    async def reads(self, words: str) -> None:
        """Wait for words, wherever lines break."""
        wanted = " ".join(words.split())

        def there() -> bool:
            bare = re.sub(r"[│╭╮╰╯─|+]", " ", self.text)
            return wanted in " ".join(bare.split())

        await self.until(there)

    async def type(self, text: str, field: str = "Input") -> None:
        box = self.app.screen.query_one(field, Input)
        box.value = text
        box.cursor_position = len(text)
        await self.pilot.pause()


@asynccontextmanager
async def asking(
    dialog: Callable[[], ModalScreen[Any]], size: tuple[int, int] = (80, 24)
) -> AsyncGenerator[Asked, None]:
    app = Asking(dialog)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        yield Asked(app, pilot)


# Confirm.


@pytest.mark.parametrize(
    ("keys", "answer"),
    [
        (["y"], True),
        (["n"], False),
        (["escape"], False),
        (["enter"], False),
        (["tab", "enter"], True),
        (["right", "enter"], True),
        (["right", "left", "enter"], False),
    ],
)
async def test_what_loses_something_is_done_only_on_a_clear_yes(
    keys: list[str], answer: bool
) -> None:
    async with asking(lambda: Confirm("Delete [/b]?", "All of it.", verb="Delete")) as asked:
        assert "Delete [/b]?" in asked.text
        assert "Delete (y)" in asked.text
        await asked.press(*keys)
        assert asked.app.answer is answer


async def test_what_is_harmless_has_yes_as_its_default() -> None:
    async with asking(lambda: Confirm("Go on?", verb="Go on", destructive=False)) as asked:
        await asked.press("enter")
        assert asked.app.answer is True


# Ask.


async def test_a_line_is_asked_for_checked_and_given() -> None:
    def check(text: str) -> str:
        return "" if text.isdecimal() else f"{text!r} is no number [/]"

    async with asking(lambda: Ask("How many?", "many", check=check)) as asked:
        await asked.press("enter")
        assert "'many' is no number [/]" in asked.text
        assert asked.app.answer == WAITING
        await asked.press("7")
        assert asked.app.answer == WAITING
        await asked.type("7")
        assert "is no number" not in asked.text
        await asked.press("enter")
        assert asked.app.answer == "7"


async def test_a_candidate_is_found_by_a_few_letters_and_its_key_is_the_answer() -> None:
    models = [
        Choice(key="openai/gpt-3.5-turbo-1106", title="GPT-3.5 Turbo 1106"),
        Choice(key="openai/gpt-5.1", title="GPT-5.1"),
        Choice(key="qwen", title="[bold]Qwen 3[/]"),
    ]
    async with asking(lambda: Ask("Which?", candidates=models)) as asked:
        assert "[bold]Qwen 3[/]" in asked.text
        await asked.press(*"gpt51", "enter")
        assert asked.app.answer == "openai/gpt-5.1"
    async with asking(lambda: Ask("Which?", candidates=models)) as asked:
        await asked.press("down", "down", "enter")
        assert asked.app.answer == "qwen"
    async with asking(lambda: Ask("Which?", candidates=models)) as asked:
        await asked.press(*"zzz", "enter")
        assert "nothing called 'zzz' here" in asked.text
        await asked.press("escape")
        assert asked.app.answer is None


async def test_something_else_may_be_typed_where_that_is_allowed() -> None:
    async with asking(lambda: Ask("Who?", candidates=["Ada", "Bob"], free=True)) as asked:
        await asked.press(*"Ad", "enter")
        assert asked.app.answer == "Ad"
    async with asking(lambda: Ask("Who?", candidates=["Ada", "Bob"], free=True)) as asked:
        await asked.press("A", "down", "up", "enter")
        assert asked.app.answer == "Ada"


# Import.


@pytest.mark.parametrize(
    ("sample", "told"),
    [
        ("g0.txt", "liminal"),
        ("g1.txt", "liminal"),
        ("g2.txt", "liminal-g2"),
        ("g3.txt", "liminal"),
        ("page.html", "liminal-html"),
        ("plain.md", "plain"),
        ("universal.txt", "universal-backrooms"),
        ("exported.txt", "liminal"),
    ],
)
async def test_our_samples_come_in_by_path_and_open_on_enter(
    tmp_path: Path, sample: str, told: str
) -> None:
    desk = a_desk(tmp_path)
    async with asking(lambda: Importing(desk)) as asked:
        await asked.type(str(SAMPLES / sample))
        await asked.press("enter")
        await asked.reads(f"Recognised as {told}")
        await asked.press("enter")
        assert [asked.app.answer] == desk.rooms.ids()


async def test_what_was_not_placed_and_what_was_there_is_said(tmp_path: Path) -> None:
    desk = a_desk(tmp_path)
    for again in (False, True):
        async with asking(lambda: Importing(desk)) as asked:
            await asked.type(f"'{SAMPLES / 'page.html'}'")
            await asked.press("enter")
            await asked.reads("5 messages, 4 participants, 1 image, 1 prompt change, 1 join")
            await asked.reads("Not placed, but kept: 2 lines.")
            assert ("this is the same room" in asked.text) == again
            await asked.press("escape")
            assert asked.app.answer is None
    assert len(desk.rooms.ids()) == 1, "a file comes in once"


async def test_a_path_that_leads_nowhere_is_said_in_a_line(tmp_path: Path) -> None:
    desk = a_desk(tmp_path)
    async with asking(lambda: Importing(desk)) as asked:
        os.mkfifo(tmp_path / "pipe")
        await asked.type(str(tmp_path / "[nowhere]"))
        await asked.press("enter")
        await asked.reads("No such file or directory")
        assert not asked.app.screen.query_one("#formats", Choices).display
        await asked.type(str(tmp_path))
        await asked.press("enter")
        await asked.reads("is a folder; only a file can be read")
        for odd in ("/dev/zero", str(tmp_path / "pipe")):
            await asked.type(odd)
            await asked.press("enter")
            await asked.reads("only a file can be read")
            assert not asked.app.screen.query_one("#formats", Choices).display
        assert desk.rooms.ids() == []


async def test_a_file_of_no_known_form_can_be_read_as_one_that_is_named(tmp_path: Path) -> None:
    desk = a_desk(tmp_path)
    odd = tmp_path / "odd.txt"
    odd.write_text("Ada: a single line\n", encoding="utf-8")
    async with asking(lambda: Importing(desk)) as asked:
        await asked.type(str(odd))
        await asked.press("enter")
        await asked.reads("is in no format known here")
        formats = asked.app.screen.query_one("#formats", Choices)
        assert formats.display
        assert formats.select("plain")
        formats.focus()
        await asked.press("enter")
        await asked.reads("Recognised as plain: 1 message")
        await asked.press("enter")
    assert desk.rooms.summary(desk.rooms.ids()[0]).last == "a single line"


async def test_an_import_that_is_called_off_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = a_desk(tmp_path)
    slow = tmp_path / "slow.txt"
    talk = "Ada: one\n\nBob: two\n\nAda: three\n\nBob: four\n\n"
    await asyncio.to_thread(slow.write_text, talk, encoding="utf-8")
    go_on = threading.Event()

    def held_up(*given: Any, told: Callable[[int, int], None], **more: Any) -> Any:
        def told_late(done: int, total: int) -> None:
            go_on.wait()
            told(done, total)

        return bring_in(*given, told=told_late, **more)

    monkeypatch.setattr("harness.imports.bring_in", held_up)
    async with asking(lambda: Importing(desk)) as asked:
        await asked.type(str(slow))
        await asked.press("enter")
        await asked.reads("Esc stops")
        await asked.reads("reading")
        await asked.press("escape")
        assert asked.app.answer is None
    [still] = [one for one in threading.enumerate() if one.name == "enfold-aside"]
    assert still.daemon  # nobody waits for it
    go_on.set()
    await asyncio.to_thread(still.join)
    assert desk.rooms.ids() == []
    assert not any(desk.rooms.folder.glob("*"))


async def test_tab_completes_paths_and_then_goes_on(tmp_path: Path) -> None:
    (tmp_path / "talks").mkdir()
    (tmp_path / "talks" / "lamp [1].txt").write_text("Ada: hi\n\nBob: ho\n", encoding="utf-8")
    (tmp_path / "talks" / "lantern.txt").touch()
    desk = a_desk(tmp_path)
    async with asking(lambda: Importing(desk)) as asked:
        field = asked.app.screen.query_one(PathField)
        await asked.type(f"{tmp_path}/ta")
        await asked.press("tab")
        await asked.until(lambda: field.value == f"{tmp_path}/talks/")
        await asked.press("l", "tab")
        await asked.until(lambda: field.value == f"{tmp_path}/talks/la")
        await asked.reads("lamp [1].txt lantern.txt")
        await asked.press("m", "tab")
        await asked.until(lambda: field.value.endswith("lamp [1].txt"))
        assert field.has_focus


def test_a_path_is_understood_however_it_was_pasted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    file = tmp_path / "a talk (1)'s ü.txt"
    file.touch()
    for typed in (
        str(file),
        f"  {file}  ",
        f'"{file}"',
        f"'{file}'",
        "~/a talk (1)'s ü.txt",
        f"file://{quote(str(file))}",
        re.sub(r"([ ()'])", r"\\\1", str(file)),
    ):
        assert path_of(typed) == file, typed


@given(st.text(max_size=40))
def test_no_path_breaks_the_field(typed: str) -> None:
    path_of(typed)
    whole, names = completed(typed)
    assert whole == typed or names


# Export.


@pytest.mark.parametrize(("down", "form"), [(0, "md"), (1, "html"), (2, "txt"), (3, "jsonl")])
async def test_a_room_is_written_in_the_form_chosen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, down: int, form: str
) -> None:
    monkeypatch.chdir(tmp_path)
    desk = a_desk(tmp_path)
    room = a_room(desk.rooms, "The Lamp [/]", ["a red lantern"])
    async with asking(lambda: Exporting(desk, room, "The Lamp [/]")) as asked:
        await asked.press(*["down"] * down, "enter", "enter")
        await asked.until(lambda: asked.app.answer != WAITING)
        assert asked.app.answer == tmp_path / f"the-lamp.{form}"
        assert "a red lantern" in asked.app.answer.read_text(encoding="utf-8")
        assert "the-lamp" in next(iter(asked.app._notifications)).message


async def test_a_file_that_is_there_is_written_over_only_when_confirmed(tmp_path: Path) -> None:
    desk = a_desk(tmp_path)
    room = a_room(desk.rooms, "Lamp", ["a red lantern"])
    there = tmp_path / "there.md"
    there.write_text("mine", encoding="utf-8")
    async with asking(lambda: Exporting(desk, room, "Lamp")) as asked:
        await asked.type(str(there), "PathField")
        await asked.press("enter", "enter")
        await asked.until(lambda: isinstance(asked.app.screen, Confirm))
        await asked.press("n")
        await asked.until(lambda: isinstance(asked.app.screen, Exporting))
        assert there.read_text(encoding="utf-8") == "mine"
        await asked.press("enter")
        await asked.until(lambda: isinstance(asked.app.screen, Confirm))
        await asked.press("y")
        await asked.until(lambda: asked.app.answer == there)
    assert "a red lantern" in there.read_text(encoding="utf-8")


async def test_what_cannot_be_written_is_said_and_nothing_is_left(tmp_path: Path) -> None:
    desk = a_desk(tmp_path)
    room = a_room(desk.rooms, "Lamp", ["a red lantern"])
    async with asking(lambda: Exporting(desk, room, "Lamp")) as asked:
        await asked.type(str(tmp_path / "no" / "such" / "folder.md"), "PathField")
        await asked.press("enter", "enter")
        await asked.reads("No such file or directory")
        await asked.type(str(tmp_path), "PathField")
        await asked.press("enter")
        await asked.reads("is a folder: add a name")
        await asked.press("escape")
        assert asked.app.answer is None


async def test_reasoning_and_pictures_are_offered_where_they_mean_something(
    tmp_path: Path,
) -> None:
    desk = a_desk(tmp_path)
    room = a_room(desk.rooms, "Lamp", ["a red lantern"])
    async with asking(lambda: Exporting(desk, room, "Lamp")) as asked:
        for pictures, reasoning in ((False, True), (True, True), (False, False)):
            assert ("pictures inside" in asked.text) == pictures
            assert ("[ ] the models' reasoning" in asked.text) == reasoning
            await asked.press("down")
        await asked.press("up", "up", "tab", "space")
        assert "[x] pictures inside" in asked.text


# Search.


async def test_search_from_anywhere_answers_with_the_line(tmp_path: Path) -> None:
    desk = a_desk(tmp_path)
    room = a_room(desk.rooms, "Lamp [/]", ["one", "a [bold]red[/] lantern", "red again"])
    async with asking(lambda: SearchScreen(desk)) as asked:
        await asked.press(*"lantern")
        await asked.reads("Lamp [/]")
        assert "a [bold]red[/] lantern" in asked.text
        await asked.press("enter")
        assert asked.app.answer == OpenRoom(room, 3)
    async with asking(lambda: SearchScreen(desk, "red")) as asked:
        await asked.reads("2 lines")
        await asked.press("escape")
        assert asked.app.answer is None


async def test_a_search_that_finds_nothing_says_so_and_picks_nothing(tmp_path: Path) -> None:
    desk = a_desk(tmp_path)
    a_room(desk.rooms, "Lamp", ["one"])
    async with asking(lambda: SearchScreen(desk)) as asked:
        await asked.press(*"zzz[/]")
        await asked.reads("nothing found for zzz[/]")
        await asked.press("enter")
        assert asked.app.answer == WAITING


# Help.


@pytest.mark.parametrize("size", SIZES[::2])
async def test_help_tells_the_keys_of_where_one_is(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    desk = a_desk(tmp_path)
    a_room(desk.rooms, "Lamp", ["one"])

    class Helped(App[None]):
        def on_mount(self) -> None:
            self.push_screen(StartScreen(desk))

    app = Helped()
    async with app.run_test(size=size) as pilot:
        start = app.screen
        assert isinstance(start, StartScreen)
        await until(pilot, lambda: start._looked)
        await pilot.press("tab", "tab")
        await pilot.pause()
        app.push_screen(HelpScreen(desk, start))
        await pilot.pause()
        assert "Begin a room from a scenario" in "\n".join(shown(app))
        await pilot.press(*"delete")
        await pilot.pause()
        found = str(app.screen.query_one("#told", Static).visual)
        assert "Delete" in found
        assert "Replay" not in found
        app.screen.query_one(Input).value = "log"
        await pilot.pause()
        told = str(app.screen.query_one("#told", Static).visual)
        assert str(desk.paths.log) in "".join(told.split())
        app.screen.query_one(Input).value = "[/zzz]"
        await pilot.pause()
        assert "nothing here about [/zzz]" in "\n".join(shown(app))
        await pilot.press("escape")
        await pilot.pause()
        assert app.screen is start


async def test_help_lists_the_commands_where_they_can_be_typed(tmp_path: Path) -> None:
    class Bare(App[None]):
        pass

    app = Bare()
    async with app.run_test(size=(80, 24)) as pilot:
        app.push_screen(HelpScreen(a_desk(tmp_path), app.screen, commands=True))
        await pilot.pause()
        await pilot.press(*"whisper")
        await pilot.pause()
        assert "/whisper" in "\n".join(shown(app))


# All of them.


def _dialogs(folder: Path) -> dict[str, Callable[[], ModalScreen[Any]]]:
    desk = a_desk(folder, ascii=True)
    room = a_room(desk.rooms, "Lamp", ["one"])
    from agents.catalogue.models import Model

    models = [Model(id=f"m{n}", name=f"Model {n}", local=True) for n in range(30)]
    return {
        "confirm": lambda: Confirm("Delete?", "It goes. " * 12, verb="Delete"),
        "ask": lambda: Ask("Which?", candidates=[f"m{n}" for n in range(40)], ascii=True),
        "import": lambda: Importing(desk),
        "export": lambda: Exporting(desk, room, "Lamp"),
        "search": lambda: SearchScreen(desk, "one"),
        "models": lambda: ChooseModels(models, ascii=True),
    }


@pytest.mark.parametrize("size", SIZES[::2])
async def test_every_dialog_fits_and_draws_ascii_where_asked(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    for name, dialog in _dialogs(tmp_path).items():
        app = Asking(dialog)
        app.add_class("-ascii")
        async with app.run_test(size=size) as pilot:
            await pilot.pause(0.3)
            frame = app.screen.query_one("#frame")
            assert frame.region.right <= size[0], name
            assert frame.region.bottom <= size[1], name
            assert frame.max_scroll_y == 0, f"{name} does not fit"
            # Scrollbars are drawn in ASCII for the whole process, by `use_ascii`.
            odd = {sign for sign in "".join(shown(app)) if ord(sign) > 126} - set("▁▂▃▄▅▆▇█")
            assert not odd, (name, odd)


# The list.


class Listed(App[None]):
    def __init__(self, rows: list[Choice], lines: int = 2) -> None:
        super().__init__()
        self.rows = rows
        self.lines = lines

    def compose(self) -> Any:
        yield Choices(self.rows, lines=self.lines)


async def test_a_click_chooses_and_a_second_one_picks() -> None:
    picked: list[str] = []

    class Clicked(Listed):
        def on_choices_picked(self, event: Choices.Picked) -> None:
            picked.append(event.choice.key)

    app = Clicked([Choice(key=str(n), title=f"row {n}") for n in range(5)])
    async with app.run_test(size=(40, 20)) as pilot:
        list_ = app.query_one(Choices)
        await pilot.click(Choices, offset=(5, 5))
        assert list_.choice is not None
        assert (list_.choice.key, picked) == ("2", [])
        await pilot.click(Choices, offset=(5, 5))
        assert picked == ["2"]


async def test_filling_keeps_the_row_that_was_chosen() -> None:
    app = Listed([Choice(key=str(n), title=f"row {n}") for n in range(5)])
    async with app.run_test(size=(40, 20)) as pilot:
        list_ = app.query_one(Choices)
        await pilot.press("down", "down")
        list_.fill(Choice(key=str(n), title=f"row {n}") for n in (9, 8, 2))
        assert list_.choice is not None
        assert list_.choice.key == "2"
        list_.fill([])
        assert list_.choice is None
        await pilot.press("down", "enter", "end", "home", "pagedown")
        list_.fill([Choice(key="a", title="a")])
        assert list_.index == 0


async def test_a_long_list_scrolls_with_what_is_chosen_and_costs_no_more() -> None:
    rows = [Choice(key=str(n), title=f"row {n}", detail="x" * 200) for n in range(5000)]
    app = Listed(rows)
    async with app.run_test(size=(40, 20)) as pilot:
        begun = time.process_time()
        await pilot.press("end")
        await pilot.pause()
        assert "row 4999" in "\n".join(shown(app))
        await pilot.press("pageup", "home")
        await pilot.pause()
        assert "row 0 " in "\n".join(shown(app))
        assert time.process_time() - begun < 1.0


@given(st.text(), st.integers(0, 30))
def test_what_is_cut_fits(text: str, cells: int) -> None:
    from rich.cells import cell_len

    flat = " ".join(text.split())
    for more in ("…", "..."):
        assert cell_len(cut(flat, cells, more)) <= cells
        if cell_len(flat) <= cells:
            assert cut(flat, cells, more) == flat


@given(st.text(max_size=20), st.lists(st.text(max_size=20), max_size=6))
def test_what_fits_is_marked_and_never_changed(wanted: str, titles: list[str]) -> None:
    rows = [Choice(key=str(n), title=title) for n, title in enumerate(titles)]
    found = matching(wanted, rows)
    before = {row.key: plain(row.title) for row in rows}
    for row in found:
        flat = " ".join(before[row.key].splitlines()).replace("\t", " ")
        if not isinstance(row.title, str):
            assert len(plain(row.title)) >= len(flat)
        else:
            assert row.title == before[row.key]
    assert len({row.key for row in found}) == len(found)
