"""A room opened by somebody who has read its log already."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from harness.clock import FixedClock
from harness.compose import open_session
from harness.config import Settings
from harness.paths import Paths
from harness.rooms import Rooms
from tests.fakes import cast
from transcripts import events as e
from transcripts.errors import RoomBusy
from transcripts.log import Log, read
from transcripts.room import reduced

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def desk(folder: Path) -> tuple[Rooms, Paths]:
    paths = Paths(
        config=folder / "config",
        data=folder / "data",
        state=folder / "state",
        cache=folder / "cache",
    )
    return Rooms(paths.rooms), paths


def a_room(rooms: Rooms, lines: int) -> str:
    events: list[e.Event] = [e.Opened(title="a room")]
    events += [e.Joined(participant=participant) for participant in cast("Ada", "Bob")]
    events += [e.Spoke(author=f"AI-{1 + i % 2}", text=f"line {i}") for i in range(lines)]
    return rooms.import_([(NOW, event, None) for event in events], title="a room", now=NOW)


async def test_what_came_since_is_read_and_the_rest_is_taken_as_known(tmp_path: Path) -> None:
    rooms, paths = desk(tmp_path)
    room_id = a_room(rooms, 20)
    known = list(read(rooms.log(room_id)))[:10]
    async with open_session(
        rooms, room_id, paths, Settings(), FixedClock(NOW), known=known, room=reduced(known)
    ) as session:
        assert session.log == list(read(rooms.log(room_id)))
        assert session.log[9] is known[9]
        assert session.room == reduced(session.log)
        assert session.room.lines == 20


async def test_a_log_that_is_shorter_than_what_is_known_is_read_anew(tmp_path: Path) -> None:
    rooms, paths = desk(tmp_path)
    room_id, longer = a_room(rooms, 5), a_room(rooms, 9)
    known = list(read(rooms.log(longer)))
    async with open_session(
        rooms, room_id, paths, Settings(), FixedClock(NOW), known=known, room=reduced(known)
    ) as session:
        assert session.room == reduced(read(rooms.log(room_id)))
        assert session.room.lines == 5


async def test_a_room_that_cannot_be_opened_is_left_open_for_others(tmp_path: Path) -> None:
    rooms, paths = desk(tmp_path)
    room_id = a_room(rooms, 5)
    (paths.data / "bank.sqlite").mkdir(parents=True)  # no bank can be made there
    with pytest.raises(Exception, match="bank"):
        async with open_session(rooms, room_id, paths, Settings(), FixedClock(NOW)):
            pass
    with Log(rooms.log(room_id), now=NOW) as log:
        assert len(log.entries) == 8


async def test_while_it_is_open_nobody_else_writes_it_and_then_anybody_may(
    tmp_path: Path,
) -> None:
    rooms, paths = desk(tmp_path)
    room_id = a_room(rooms, 5)
    async with open_session(rooms, room_id, paths, Settings(), FixedClock(NOW)):
        with pytest.raises(RoomBusy):
            await asyncio.to_thread(Log, rooms.log(room_id), now=NOW)
    with Log(rooms.log(room_id), now=NOW) as log:
        assert len(log.entries) == 8
