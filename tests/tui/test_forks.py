"""The tree of forks on the screen, over real rooms."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import on
from textual.app import App

from harness.branches import Node, edit, fork, regenerate
from harness.clock import FixedClock
from harness.paths import Paths
from harness.rooms import Rooms
from tests.fakes import START, cast
from transcripts import events as e
from transcripts.events import Origin, Spoke
from tui.desk import Desk
from tui.screens.forks import DEEPEST, ForksScreen, rows
from tui.screens.wishes import CompareRooms, OpenRoom
from tui.widgets.choices import Choices
from tui.widgets.words import plain

LATER = START + timedelta(hours=2)


class Host(App[None]):
    """Shows one screen and keeps what it wishes for."""

    def __init__(self, screen: ForksScreen, *, ascii: bool = False) -> None:
        super().__init__()
        self.first = screen
        self.set_class(ascii, "-ascii")
        self.wishes: list[OpenRoom | CompareRooms] = []

    def on_mount(self) -> None:
        self.push_screen(self.first)

    @on(OpenRoom)
    @on(CompareRooms)
    def _wished(self, event: OpenRoom | CompareRooms) -> None:
        self.wishes.append(event)

    @property
    def shown(self) -> list[str]:
        rows = self.first.query_one(Choices).rows
        return [f"{plain(row.title)}|{plain(row.aside)}|{plain(row.detail)}" for row in rows]


def desk(folder: Path, *, ascii: bool = False) -> Desk:
    paths = Paths(
        config=folder / "config", data=folder, state=folder / "state", cache=folder / "cache"
    )
    return Desk(paths, Rooms(folder / "rooms"), FixedClock(datetime.now(UTC)), ascii)


def room(rooms: Rooms, title: str = "The [lamp]") -> str:
    events = [
        e.Opened(title=title, seed=1),
        *(e.Joined(participant=one) for one in cast("Ada", "Bob")),
        Spoke(author="AI-1", text="one"),  # 3
        Spoke(author="AI-2", text="two [/] \x1b[31m"),  # 4
        Spoke(author="AI-1", text="three"),  # 5
    ]
    return rooms.import_([(START, event, None) for event in events], title=title, now=START)


def family(rooms: Rooms) -> tuple[str, str, str, str]:
    origin = room(rooms)
    again = regenerate(rooms, origin, 4, LATER).room
    deeper = edit(rooms, again, 3, "uno", LATER).room
    late = fork(rooms, origin, 5, LATER).room
    return origin, again, deeper, late


async def test_each_room_stands_under_its_origin_with_what_was_done(tmp_path: Path) -> None:
    here = desk(tmp_path)
    _, again, _, _ = family(here.rooms)
    room(here.rooms, "another")
    app = Host(ForksScreen(here, again))
    async with app.run_test(size=(80, 24)) as pilot:
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert app.shown == [
            "The [lamp]|3 lines · just now|│  three",
            "├─ regenerated AI-2 at 4|here · no lines since · just now|│  │  one",
            "│  └─ edited AI-1 at 3|1 line since · just now|│        uno",
            "└─ forked at 5|no lines since · just now|      three",
        ]
        choice = app.first.query_one(Choices).choice
        assert choice is not None
        assert choice.key == again
        await pilot.press("a")
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert len(app.shown) == 4  # a room alone is no tree


async def test_enter_opens_and_esc_does_not(tmp_path: Path) -> None:
    here = desk(tmp_path)
    origin, again, _, _ = family(here.rooms)
    for keys, wished in (
        (["up", "enter"], [OpenRoom(origin)]),
        (["enter"], []),
        (["down", "escape"], []),
    ):
        app = Host(ForksScreen(here, again))
        async with app.run_test(size=(80, 24)) as pilot:
            await app.workers.wait_for_complete()
            await pilot.press(*keys)
            await pilot.pause()
            assert [(type(one), vars(one).get("room")) for one in app.wishes] == [
                (type(one), one.room) for one in wished
            ]
            assert app.screen is not app.first


async def test_one_is_marked_and_compared_with_another(tmp_path: Path) -> None:
    here = desk(tmp_path)
    origin, again, deeper, late = family(here.rooms)
    app = Host(ForksScreen(here, again))
    async with app.run_test(size=(80, 24)) as pilot:
        await app.workers.wait_for_complete()
        await pilot.press("d")
        assert "to compare · here|" in app.shown[1]
        await pilot.press("d")
        assert "to compare" not in app.shown[1]
        await pilot.press("d", "G", "d")
        await pilot.press("k", "o")
        await pilot.pause()
        wished = [(w.left, w.right) for w in app.wishes if isinstance(w, CompareRooms)]
        assert wished == [(again, late), (again, deeper)]
        assert app.screen is app.first
        await pilot.press("g", "o")
        await pilot.pause()
        assert len(app.wishes) == 2
        assert origin


async def test_a_room_without_forks_says_how_to_make_one(tmp_path: Path) -> None:
    here = desk(tmp_path)
    alone = room(here.rooms)
    app = Host(ForksScreen(here, alone))
    async with app.run_test(size=(60, 20)) as pilot:
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert len(app.shown) == 1
        assert "f on a line makes one" in str(app.first.query_one("#hint").render())
        here.rooms.log(alone).write_bytes(b"noise\n")
        await pilot.press("a", "a")
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert app.shown == []


async def test_a_fork_whose_origin_is_gone_says_so(tmp_path: Path) -> None:
    here = desk(tmp_path)
    origin, again, deeper, _ = family(here.rooms)
    here.rooms.remove(origin)
    app = Host(ForksScreen(here, deeper))
    async with app.run_test(size=(100, 24)) as pilot:
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert app.shown[0].startswith(
            "The [lamp] · regenerated AI-2 at 4 of a room that is gone|1 line ·"
        )
        await pilot.press("g", "o")
        await pilot.pause()
        assert app.wishes == []
        assert again


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (140, 40)])
async def test_with_ascii_nothing_else_is_drawn(tmp_path: Path, size: tuple[int, int]) -> None:
    here = desk(tmp_path, ascii=True)
    origin, *_ = family(here.rooms)
    app = Host(ForksScreen(here, origin), ascii=True)
    async with app.run_test(size=size) as pilot:
        await app.workers.wait_for_complete()
        await pilot.press("d")
        await pilot.pause()
        drawn = "".join(
            segment.text
            for strip in app.screen._compositor.render_strips()
            for segment in strip
        )
        assert "`- edited AI-1 at 3" in drawn
        assert {one for one in drawn if not one.isascii()} <= {"\u241b"}


def chain(depth: int) -> Node:
    node: Node | None = None
    for n in range(depth, -1, -1):
        node = Node(
            id=f"r{n}",
            title=f"room {n}",
            origin=Origin(f"r{n - 1}", n) if n else None,
            lines=1,
            last="",
            changed=START,
            children=(node,) if node else (),
        )
    assert node is not None
    return node


def test_forks_of_forks_of_forks_do_not_run_out_of_the_screen() -> None:
    shown = rows([chain(3000)], START)
    assert [row.key for row in shown] == [f"r{n}" for n in range(3001)]
    assert max(len(plain(row.title)) for row in shown) < 3 * (DEEPEST + 1) + 20


Shape: TypeAlias = "tuple[Shape, ...]"
"""A tree: the shapes of its branches."""

nodes: st.SearchStrategy[Shape] = st.recursive(
    st.just(()),
    lambda inner: st.lists(inner, max_size=4).map(tuple),
    max_leaves=20,
)


@given(nodes)
def test_guides_lead_to_every_row(shape: Shape) -> None:
    count = 0

    def build(children: Shape, parent: str) -> Node:
        nonlocal count
        count += 1
        name = f"n{count}"
        built = tuple(build(child, name) for child in children)
        return Node(
            id=name,
            title=name,
            origin=Origin(parent, 1) if parent else None,
            lines=0,
            last="",
            changed=START,
            children=built,
        )

    root = build(shape, "")
    shown = rows([root], START)
    assert len(shown) == count
    for before, after in pairwise(shown):
        title, above = plain(after.title), plain(before.detail)
        at = max(title.find("├"), title.find("└"))
        # What leads into a row from above is a line, or the end of one further up.
        assert at >= 0
        assert above[at : at + 1] in ("│", "") or title[at] in "├└"
        assert set(title[:at]) <= {"│", " "}
