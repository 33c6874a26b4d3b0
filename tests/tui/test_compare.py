"""Two rooms side by side, over real logs."""

from datetime import timedelta
from pathlib import Path

import pytest
from textual import on
from textual.app import App

from harness.branches import edit, fork
from harness.clock import FixedClock
from harness.paths import Paths
from harness.rooms import Rooms
from tests.fakes import START, cast
from transcripts import events as e
from transcripts.events import Entry, Spoke
from transcripts.log import Log, read
from tui.desk import Desk
from tui.screens.compare import Column, CompareScreen, Side, beside, sides
from tui.screens.wishes import OpenRoom

LATER = START + timedelta(hours=2)


class Host(App[None]):
    """Shows one screen and keeps what it wishes for."""

    def __init__(self, screen: CompareScreen) -> None:
        super().__init__()
        self.first = screen
        self.wishes: list[OpenRoom] = []

    def on_mount(self) -> None:
        self.push_screen(self.first)

    @on(OpenRoom)
    def _wished(self, event: OpenRoom) -> None:
        self.wishes.append(event)

    def column(self, name: str) -> Column:
        return self.first.query_one(f"#{name}", Column)

    def about(self, name: str) -> str:
        return str(self.column(name).query_one(".about").render())

    @property
    def places(self) -> tuple[int | None, int | None]:
        return self.column("left").pane.place, self.column("right").pane.place


def desk(folder: Path, *, ascii: bool = False) -> Desk:
    paths = Paths(
        config=folder / "config", data=folder, state=folder / "state", cache=folder / "cache"
    )
    return Desk(paths, Rooms(folder / "rooms"), FixedClock(LATER), ascii)


def two(rooms: Rooms, lines: int = 30, at: int = 12, more: int = 5) -> tuple[str, str]:
    """Return a room and a fork of it in which the line at a place was changed."""
    events = [
        e.Opened(title="The [lamp]", seed=1),
        *(e.Joined(participant=one) for one in cast("Ada", "Bob")),
        *(
            Spoke(author=f"AI-{n % 2 + 1}", text=f"line {n}\nof two")
            for n in range(3, 3 + lines)
        ),
    ]
    origin = rooms.import_([(START, one, None) for one in events], title="lamp", now=START)
    made = edit(rooms, origin, at, "otherwise", LATER).room
    with Log(rooms.log(made), now=LATER) as log:
        log.append(LATER, e.Paused(reason="paused", by="you"))
        log.append(LATER, e.Resumed(by="you"))
        for n in range(more):
            log.append(LATER, Spoke(author="AI-1", text=f"new {n}"))
    return origin, made


async def test_both_show_where_they_part_under_headings_that_say_it(tmp_path: Path) -> None:
    here = desk(tmp_path)
    origin, made = two(here.rooms)
    app = Host(CompareScreen(here, origin, made))
    async with app.run_test(size=(140, 40)) as pilot:
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert app.places == (12, 12)
        assert app.about("left") == f"21 lines after 11 · {origin}"
        assert app.about("right") == f"edited AI-1 at 12 · 6 lines after 11 · {made}"
        assert app.column("right").pane.has_focus


async def test_the_other_side_goes_along_message_by_message(tmp_path: Path) -> None:
    here = desk(tmp_path)
    origin, made = two(here.rooms)
    app = Host(CompareScreen(here, origin, made))
    async with app.run_test(size=(100, 24)) as pilot:
        await app.workers.wait_for_complete()
        await pilot.press("right_square_bracket", "right_square_bracket")
        await pilot.pause()
        assert app.places == (14, 16)
        await pilot.press("tab", "right_square_bracket")
        await pilot.pause()
        assert app.places == (15, 17)
        await pilot.press("G")
        await pilot.pause()
        assert app.places == (32, 19)
        await pilot.press("g")
        await pilot.pause()
        assert app.places == (0, 0)
        await pilot.press("p")
        await pilot.pause()
        assert app.places == (12, 12)


async def test_apart_each_side_moves_by_itself(tmp_path: Path) -> None:
    here = desk(tmp_path)
    origin, made = two(here.rooms)
    app = Host(CompareScreen(here, origin, made))
    async with app.run_test(size=(100, 24)) as pilot:
        await app.workers.wait_for_complete()
        await pilot.press("s", "left_square_bracket", "left_square_bracket")
        await pilot.pause()
        assert app.places == (12, 10)
        await pilot.press("tab", "right_square_bracket")
        await pilot.pause()
        assert app.places == (13, 10)
        await pilot.press("s", "right_square_bracket")
        await pilot.pause()
        assert app.places == (14, 16)


async def test_a_narrow_terminal_shows_one_side_and_tab_the_other(tmp_path: Path) -> None:
    here = desk(tmp_path)
    origin, made = two(here.rooms)
    app = Host(CompareScreen(here, origin, made))
    async with app.run_test(size=(60, 20)) as pilot:
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert (app.column("left").size.width, app.column("right").size.width) == (0, 60)
        await pilot.press("tab")
        await pilot.pause()
        assert (app.column("left").size.width, app.column("right").size.width) == (60, 0)
        assert app.column("left").pane.has_focus
        await pilot.press("left_square_bracket", "tab")
        await pilot.pause()
        assert app.places == (11, 11)
        assert app.column("right").pane.has_focus
        await pilot.resize_terminal(120, 30)
        await pilot.pause()
        assert app.column("left").size.width > 50
        assert app.column("right").size.width > 50


async def test_a_side_is_opened_or_left(tmp_path: Path) -> None:
    here = desk(tmp_path)
    origin, made = two(here.rooms)
    app = Host(CompareScreen(here, origin, made))
    async with app.run_test(size=(80, 24)) as pilot:
        await app.workers.wait_for_complete()
        await pilot.press("o", "tab", "o")
        await pilot.pause()
        assert [wish.room for wish in app.wishes] == [made, origin]
        await pilot.press("e", "r", "f", "slash")  # nothing is changed or asked from here
        await pilot.pause()
        assert len(here.rooms.ids()) == 2
        await pilot.press("escape")
        await pilot.pause()
        assert app.screen is not app.first


async def test_rooms_of_another_kind_and_broken_ones_are_shown_as_far_as_they_go(
    tmp_path: Path,
) -> None:
    here = desk(tmp_path, ascii=True)
    origin, made = two(here.rooms)
    other = here.rooms.import_([(START, e.Opened(title="other"), None)], title="o", now=START)
    whole = fork(here.rooms, origin, 32, LATER).room
    with here.rooms.log(made).open("ab") as log:
        log.write(b"[noise]\n")
    app = Host(CompareScreen(here, other, made))
    async with app.run_test(size=(140, 40)) as pilot:
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert app.about("left") == f"no lines, none in common - {other}"
        assert "not JSON" in app.about("right")
        assert app.places == (0, 0)
    left, right = sides(here, origin, whole)
    assert (left.place, right.since) == (32, [])
    app = Host(CompareScreen(here, origin, "nowhere"))
    async with app.run_test(size=(140, 40)) as pilot:
        await app.workers.wait_for_complete()
        await pilot.press("p", "s", "j", "tab", "j")
        assert "cannot be read" in app.about("right")


def side(place: int, kinds: str) -> Side:
    """Return a side whose entries from `place` on are messages (`m`) and others (`.`)."""
    made = [
        Entry(n, START, Spoke(author="AI-1", text="") if kind == "m" else e.Resumed(by="you"))
        for n, kind in enumerate("." * (place + 1) + kinds)
    ]
    return Side("r", tuple(made), "", place)


@pytest.mark.parametrize(
    ("at", "expected"),
    [(0, 0), (4, 4), (5, 5), (6, 6), (7, 6), (8, 7), (9, 8), (10, 8), (11, 8)],
)
def test_message_stands_beside_message(at: int, expected: int) -> None:
    here, there = side(4, ".m.mm.m"), side(4, ".mmm")
    assert here.since == [6, 8, 9, 11]
    assert there.since == [6, 7, 8]
    assert beside(at, here, there) == expected


def test_reading_two_rooms_of_five_thousand_lines_is_quick(tmp_path: Path) -> None:
    here = desk(tmp_path)
    origin, made = two(here.rooms, lines=5000, at=4000, more=1000)
    left, right = sides(here, origin, made)
    assert (left.place, len(right.since)) == (3999, 1001)
    assert len(list(read(here.rooms.log(made)))) == len(right.entries)
