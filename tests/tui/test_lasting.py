"""A long sitting: rooms come and go, and nothing of them stays behind."""

import gc
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.strip import Strip

from tests.fakes import cast
from tests.tui.sitting import app, enfold, room, until
from transcripts import events as e
from tui.page.page import Page
from tui.screens import collecting
from tui.screens.replay import ReplayScreen
from tui.screens.room import RoomScreen
from tui.screens.start import StartScreen
from tui.screens.wishes import BackToStart, OpenRoom, ReplayRoom

NOW = datetime(2026, 1, 1, tzinfo=UTC)
MESSAGES = 2000


def a_long_room(pilot: Pilot[int]) -> str:
    happened: list[e.Event] = [e.Opened(title="a long room")]
    happened += [e.Joined(participant=one) for one in cast("Ada", "Bob")]
    happened += [
        e.Spoke(author=f"AI-{1 + number % 2}", text=f"line {number} of a long talk")
        for number in range(MESSAGES)
    ]
    told = [(NOW, event, None) for event in happened]
    return enfold(pilot).desk.rooms.import_(told, title="long", now=NOW)


def alive(kind: type) -> int:
    return sum(isinstance(one, kind) for one in gc.get_objects())


def handles() -> list[str]:
    """Files this process has open, the pipes and sockets of its own not counted."""
    found: list[str] = []
    for link in Path("/proc/self/fd").iterdir():
        try:
            found.append(str(link.readlink()))
        except OSError:  # the one used for looking
            continue
    return sorted(one for one in found if one.startswith("/") and "/dev/" not in one)


def threads() -> list[str]:
    """Threads, those that asyncio keeps for everybody not counted."""
    return sorted(
        one.name for one in threading.enumerate() if not one.name.startswith("asyncio_")
    )


def at_the_start(pilot: Pilot[int]) -> Callable[[], bool]:
    """Whether the start is shown, and has imported what rooms need."""
    return lambda: isinstance(pilot.app.screen, StartScreen) and pilot.app.screen.settled


@pytest.mark.timeout(240)
@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="handles are counted in /proc")
async def test_ten_rooms_opened_and_left_leave_nothing_behind() -> None:
    async with app().run_test(size=(100, 30)) as pilot:
        await until(pilot, at_the_start(pilot))
        room_id = a_long_room(pilot)

        async def come_and_go() -> None:
            pilot.app.post_message(OpenRoom(room_id))
            await until(pilot, lambda: isinstance(pilot.app.screen, RoomScreen))
            await until(pilot, lambda: room(pilot).session is not None)
            await until(pilot, lambda: len(room(pilot).shown_room.recent) > 0)
            room(pilot).action_memory()
            await pilot.pause(0.1)
            pilot.app.post_message(BackToStart())
            await until(pilot, at_the_start(pilot))
            await pilot.pause(0.1)

        async def counted() -> tuple[list[str], list[str], int]:
            await pilot.pause(0.3)
            gc.collect()
            return handles(), threads(), len(gc.get_objects())

        for _ in range(3):  # what is kept for good is there after these
            await come_and_go()
        before = await counted()
        for _ in range(10):
            await come_and_go()
        after = await counted()
        assert after[0] == before[0]
        assert after[1] == before[1]
        assert after[2] - before[2] < MESSAGES, "objects of a room stay behind"
        assert (alive(RoomScreen), alive(Page)) == (0, 0)


async def test_a_replay_leaves_nothing_behind() -> None:
    async with app().run_test(size=(100, 30)) as pilot:
        await until(pilot, at_the_start(pilot))
        room_id = a_long_room(pilot)
        for _ in range(3):
            pilot.app.post_message(ReplayRoom(room_id, 1000))
            await until(pilot, lambda: isinstance(pilot.app.screen, ReplayScreen))
            await until(pilot, lambda: len(room_of(pilot).items) > 900)
            pilot.app.post_message(BackToStart())
            await until(pilot, at_the_start(pilot))
        await pilot.pause(0.3)
        gc.collect()
        assert (alive(ReplayScreen), alive(Page)) == (0, 0)


def room_of(pilot: Pilot[int]) -> Page:
    screen = pilot.app.screen
    assert isinstance(screen, ReplayScreen)
    return screen.transcript.page


async def test_rows_that_were_drawn_need_no_collector() -> None:
    """Textual keeps a row that is not cut inside itself, and only the collector frees it."""
    async with app().run_test(size=(100, 30)) as pilot:
        await until(pilot, at_the_start(pilot))
        gc.collect()
        gc.disable()
        try:
            before = alive(Strip)
            for _ in range(20):
                pilot.app.screen.refresh(layout=True)
                for widget in pilot.app.screen.query("*"):
                    widget.refresh()
                await pilot.pause()
            assert alive(Strip) < before * 2
        finally:
            gc.enable()


def test_a_row_is_cut_as_textual_cuts_it() -> None:
    from rich.segment import Segment

    strip = Strip([Segment("one "), Segment("two "), Segment("three")], 13)
    for cuts in ([13], [4, 13], [2, 6, 20], [], [20], [0, 13]):
        ours = collecting._divided(strip, cuts)
        theirs = collecting._divide(Strip(list(strip), 13), cuts)
        assert [(one.text, one.cell_length) for one in ours] == [
            (one.text, one.cell_length) for one in theirs
        ]
