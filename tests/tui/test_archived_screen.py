"""An archived room on the screen: replayed as it lies, and brought back where it goes on."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from harness.archiving import archive
from harness.paths import paths
from harness.rooms import Rooms
from tests.tui.sitting import app, room, session, shown, until
from tests.tui.test_replay_screen import SIZE, talk
from tests.tui.test_words_survive import bring_in
from tui.screens.wishes import OpenRoom, ReplayRoom


@pytest.fixture
def cold(monkeypatch: pytest.MonkeyPatch) -> tuple[Rooms, str, bytes]:
    """The rooms, an archived one, and its log as it was."""
    monkeypatch.setenv("ENFOLD_BYTE_MODEL", "")
    rooms = Rooms(paths().rooms)
    room_id = bring_in(talk(12))
    log = rooms.log(room_id).read_bytes()
    archive(rooms, room_id, now=datetime.now(UTC), remove=True)
    return rooms, room_id, log


async def test_a_replay_leaves_a_room_archived(cold: tuple[Rooms, str, bytes]) -> None:
    rooms, room_id, _ = cold
    wish = ReplayRoom(room_id, 14)
    async with app(wish).run_test(notifications=True, size=SIZE) as pilot:
        await until(pilot, shown(pilot, "line 009"))
    assert rooms.archived(room_id)


async def test_a_room_that_goes_on_has_its_log_back(cold: tuple[Rooms, str, bytes]) -> None:
    rooms, room_id, log = cold
    async with app(OpenRoom(room_id)).run_test(notifications=True, size=SIZE) as pilot:
        await until(pilot, shown(pilot, "line 011"))
        await until(pilot, lambda: session(pilot).stands)
        assert room(pilot).room_id == room_id
        assert not rooms.archived(room_id)
    assert rooms.log(room_id).read_bytes().startswith(log)


async def test_a_room_that_cannot_be_decoded_says_so_and_goes_back(
    cold: tuple[Rooms, str, bytes],
) -> None:
    rooms, room_id, _ = cold
    bank = paths().bank
    assert isinstance(bank, Path)
    bank.unlink()
    async with app(OpenRoom(room_id)).run_test(notifications=True, size=SIZE) as pilot:
        await until(pilot, shown(pilot, "put it back"))
        assert rooms.archived(room_id)
