"""Rooms that are made from a whole log: there whole or not at all, also after kill -9."""

import os
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from harness import branches
from harness.errors import RoomsUnusable
from harness.halfmade import PREFIX, out_of_sight
from harness.rooms import Rooms
from transcripts import events as e
from transcripts.events import Event, Origin, Source
from transcripts.log import read

REPO = Path(__file__).parents[2]
NOW = datetime(2026, 1, 1, tzinfo=UTC)

IMPORT = """
import sys, time
from datetime import UTC, datetime
from pathlib import Path
from harness.rooms import Rooms
from transcripts.events import Opened, Spoke

now = datetime(2026, 1, 1, tzinfo=UTC)

def events():
    yield now, Opened(title="half a room"), None
    print("half", flush=True)
    time.sleep(60)
    yield now, Spoke(author="AI-1", text="the other half"), None

Rooms(Path(sys.argv[1])).import_(events(), title="half a room", now=now)
"""
"""An import that never gets on: `half` is printed when it is half done."""


@contextmanager
def importing(folder: Path) -> Generator["subprocess.Popen[bytes]", None, None]:
    """Another process that is half through an import."""
    with subprocess.Popen(
        [sys.executable, "-c", IMPORT, str(folder)],
        cwd=REPO,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(REPO)},
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"half\n"
            yield process
        finally:
            process.kill()


def timed(*events: Event) -> list[tuple[datetime, Event, Source | None]]:
    return [(NOW, event, None) for event in events]


def test_an_import_killed_half_way_leaves_no_room_and_nothing_after_a_listing(
    tmp_path: Path,
) -> None:
    rooms = Rooms(tmp_path / "rooms")
    with importing(rooms.folder) as process:
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
    assert rooms.ids() == []
    assert list(rooms.folder.iterdir()) != []  # the test tests something
    assert list(rooms.listing()) == []
    assert list(rooms.folder.iterdir()) == []


def test_an_import_that_goes_on_is_not_listed_and_not_swept_away(tmp_path: Path) -> None:
    rooms = Rooms(tmp_path / "rooms")
    with importing(rooms.folder):
        assert rooms.ids() == []
        assert list(rooms.listing()) == []
        [folder] = rooms.folder.iterdir()
        assert (folder / "log.jsonl").exists()
        # Another one is made meanwhile.
        room = rooms.import_(timed(e.Opened(title="half a room")), title="half a room", now=NOW)
        assert [one.id for one in rooms.listing()] == [room]
        assert folder.exists()


def test_a_room_that_was_made_whole_is_where_others_look_for_it(tmp_path: Path) -> None:
    rooms = Rooms(tmp_path)
    both = [
        rooms.import_(timed(e.Opened(title="A lamp")), title="A lamp", now=NOW)
        for _ in range(2)
    ]
    assert sorted(rooms.ids()) == sorted(both)
    assert both == ["a-lamp-20260101-000000", "a-lamp-20260101-000000-2"]
    for room in both:
        assert [type(entry.event) for entry in read(rooms.log(room))] == [e.Opened]
        assert rooms.log(room).parent.stat().st_mode & 0o777 == 0o700
    assert sorted(one.name for one in tmp_path.iterdir()) == sorted(both)


def test_an_import_that_is_called_off_leaves_nothing(tmp_path: Path) -> None:
    def events() -> Generator[tuple[datetime, Event, Source | None], None, None]:
        yield from timed(e.Opened(title="a room"))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Rooms(tmp_path).import_(events(), title="a room", now=NOW)
    assert list(tmp_path.iterdir()) == []


def with_a_picture(rooms: Rooms) -> str:
    """Make a room with a picture in it."""
    room = rooms.import_(
        timed(e.Opened(title="a room"), e.Spoke(author="AI-1", text="one")),
        title="a room",
        now=NOW,
    )
    rooms.images(room).mkdir()
    (rooms.images(room) / "one.png").write_bytes(b"a picture")
    return room


def test_a_fork_has_its_pictures_as_soon_as_it_is_there(tmp_path: Path) -> None:
    rooms = Rooms(tmp_path)
    room = with_a_picture(rooms)
    fork = branches.fork(rooms, room, 1, NOW).room
    assert (rooms.images(fork) / "one.png").read_bytes() == b"a picture"
    assert sorted(one.name for one in tmp_path.iterdir()) == sorted([room, fork])


@pytest.mark.skipif(os.geteuid() == 0, reason="permissions do not stop root")
def test_a_fork_without_its_pictures_is_none(tmp_path: Path) -> None:
    rooms = Rooms(tmp_path)
    room = with_a_picture(rooms)
    rooms.images(room).chmod(0)
    with pytest.raises(RoomsUnusable, match=f"cannot copy the pictures of {room}"):
        rooms.branch(Origin(room, 1), list(read(rooms.log(room))), now=NOW)
    assert [one.name for one in tmp_path.iterdir()] == [room]


def test_what_is_renamed_out_of_sight_stays(tmp_path: Path) -> None:
    with out_of_sight(tmp_path) as folder:
        assert folder.name.startswith(PREFIX)
        folder.rename(tmp_path / "kept")
    assert [one.name for one in tmp_path.iterdir()] == ["kept"]
