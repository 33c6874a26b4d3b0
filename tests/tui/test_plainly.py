from collections.abc import Iterator
from typing import Any

import pytest
from textual.app import App, ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.scrollbar import ScrollBar
from textual.widgets import (
    Button,
    Checkbox,
    Input,
    OptionList,
    ProgressBar,
    RadioButton,
    RadioSet,
    Static,
    TextArea,
    Tree,
)

from tests.tui.panel import room_of, screen_text, seat
from tests.tui.test_approvals import wish
from tests.tui.test_inspector import WHOLE
from tests.tui.test_roster import BUSY
from tests.tui.test_status import BUDGETS
from tui.widgets.approvals import Approvals
from tui.widgets.inspector import Inspector
from tui.widgets.plainly import ASCII_CSS, AsciiScrollBar, command_palette, use_ascii
from tui.widgets.roster import Roster
from tui.widgets.status import Standing, Status


@pytest.fixture(autouse=True)
def _ascii() -> Iterator[None]:
    use_ascii()
    yield
    use_ascii(on=False)


class Room(App[None]):
    CSS = ASCII_CSS + "#main { width: 1fr; } Roster { width: 34; } Inspector { height: 16; }"

    def compose(self) -> ComposeResult:
        with Horizontal():
            with Vertical(id="main"):
                yield Inspector(ascii=True)
                yield Approvals(ascii=True)
                yield Status(ascii=True)
                yield Input(placeholder="say something")
            yield Roster(ascii=True)

    def on_mount(self) -> None:
        self.add_class("-ascii")
        room = room_of(
            *BUSY.seats[1:],
            *(seat("A model with a long name", n) for n in range(6, 13)),
            jobs=BUSY.jobs,
            polls=BUSY.polls,
            waiting=(wish(), wish(2)),
        )
        self.query_one(Roster).show_room(room, speaking="AI-1", upcoming=("AI-2", "AI-3"))
        self.query_one(Approvals).show_room(room)
        self.query_one(Status).show_standing(Standing(speaker="AI-1", budgets=BUDGETS, round=3))
        self.query_one(Inspector).show_look(WHOLE)


class Box(ModalScreen[None]):
    def compose(self) -> ComposeResult:
        yield Static("sure?")


class Standard(App[None]):
    CSS = (
        ASCII_CSS + "Tree { height: 6; } TextArea { height: 5; } VerticalScroll { height: 5; }"
    )

    def compose(self) -> ComposeResult:
        yield Input()
        yield TextArea("one\n" * 30)
        yield OptionList(*[f"option {n} {'x' * 90}" for n in range(20)])
        yield Button("go", disabled=True)
        yield Checkbox("a long label " * 20, value=True)
        with RadioSet():
            yield RadioButton("one")
            yield RadioButton("two", value=True)
        yield ProgressBar(total=10, show_eta=False)
        tree: Tree[None] = Tree("root")
        for name in ("left", "right"):
            branch = tree.root.add(name, expand=True)
            branch.add_leaf("leaf")
        tree.root.expand_all()
        yield tree
        with VerticalScroll():
            yield Static("text\n" * 40)

    def on_mount(self) -> None:
        self.add_class("-ascii")
        self.query_one(ProgressBar).advance(4)


def not_ascii(app: App[Any]) -> set[str]:
    return {character for character in screen_text(app) if not character.isascii()}


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (140, 40)])
async def test_every_cell_of_a_room_is_ascii(size: tuple[int, int]) -> None:
    app = Room()
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        assert not_ascii(app) == set()
        app.query_one(Approvals).take_focus()
        await pilot.press("enter")
        assert not_ascii(app) == set()
        app.query_one(Roster).focus()
        await pilot.press("j", "enter")
        assert not_ascii(app) == set()
        app.query_one(Inspector).focus()
        await pilot.press("d", "G")
        assert not_ascii(app) == set()


async def test_every_cell_of_textuals_own_widgets_is_ascii_with_and_without_focus() -> None:
    app = Standard()
    async with app.run_test(size=(80, 70)) as pilot:
        await pilot.pause()
        assert not_ascii(app) == set()
        for _ in range(8):
            await pilot.press("tab")
            assert not_ascii(app) == set()
        app.notify("a note", title="title", markup=False)
        await pilot.pause()
        assert not_ascii(app) == set()
        app.push_screen(Box())
        await pilot.pause()
        assert not_ascii(app) == set()


async def test_every_cell_of_the_command_palette_is_ascii() -> None:
    app = Standard()
    async with app.run_test(size=(80, 30)) as pilot:
        app.push_screen(command_palette(ascii=True))
        await pilot.pause()
        await pilot.press("t", "h")
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert "Theme" in screen_text(app)
        assert not_ascii(app) == set()


async def test_the_same_widgets_are_drawn_as_ever_without_it() -> None:
    use_ascii(on=False)
    app = Standard()
    async with app.run_test(size=(80, 70)) as pilot:
        app.remove_class("-ascii")
        await pilot.pause()
        assert {"▊", "└", "▶"} & not_ascii(app)
        assert ScrollBar.renderer is not AsciiScrollBar


@pytest.mark.parametrize("vertical", [True, False])
def test_a_scrollbar_shows_where_it_stands(vertical: bool) -> None:
    def drawn(position: float) -> str:
        bar = AsciiScrollBar.render_bar(
            size=10, virtual_size=100, window_size=20, position=position, vertical=vertical
        )
        return "".join(segment.text for segment in bar.segments if not segment.control).strip()

    track = "|" if vertical else "-"
    assert drawn(0) == "##" + track * 8
    assert drawn(80) == track * 8 + "##"
    assert drawn(40).index("#") == 4


def test_a_scrollbar_of_what_fits_has_no_thumb() -> None:
    bar = AsciiScrollBar.render_bar(size=10, virtual_size=10, window_size=10)
    assert "#" not in "".join(segment.text for segment in bar.segments)


class Compact(App[None]):
    CSS = ASCII_CSS

    def compose(self) -> ComposeResult:
        yield Input("a path", compact=True)
        yield Button("Leave", compact=True)
        yield TextArea("some words", compact=True)

    def on_mount(self) -> None:
        self.add_class("-ascii")


async def test_what_has_one_row_gets_no_border_in_place_of_its_words() -> None:
    app = Compact()
    async with app.run_test(size=(60, 20)) as pilot:
        for _ in range(3):
            await pilot.press("tab")
            await pilot.pause()
            text = screen_text(app)
            assert all(words in text for words in ("a path", "Leave", "some words"))
            assert "+-" not in text
