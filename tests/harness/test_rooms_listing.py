"""Rooms at a glance, hundreds of them; and rooms thrown away and taken back."""

import json
import os
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from harness import branches
from harness.errors import NoSuchRoom, RoomsUnusable
from harness.rooms import LISTING, TRASH, Rooms
from memory.bank.bank import Bank
from memory.cc.base import CC
from transcripts import events as e
from transcripts.errors import RoomBusy
from transcripts.events import Event, Origin
from transcripts.log import Log
from transcripts.participants import PERSON, Participant

REPO = Path(__file__).parents[2]
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def a_room(rooms: Rooms, title: str, *said: str, age: int = 0) -> str:
    """Make a room of two, changed `age` seconds before the newest."""
    events: list[Event] = [e.Opened(title=title)]
    events += [
        e.Joined(participant=Participant(id=f"AI-{n}", name=name, model="m"))
        for n, name in enumerate(("Ada", "Bob"), 1)
    ]
    events += [e.Spoke(author=f"AI-{n % 2 + 1}", text=text) for n, text in enumerate(said)]
    room = rooms.import_([(NOW, event, None) for event in events], title=title, now=NOW)
    when = 1_800_000_000 - age
    os.utime(rooms.log(room), (when, when))
    return room


def test_a_listing_says_what_each_log_says_the_newest_first(tmp_path: Path) -> None:
    rooms = Rooms(tmp_path)
    assert list(rooms.listing()) == []
    old = a_room(rooms, "Old", "one", "two\nlines", age=9)
    new = a_room(rooms, "New", age=1)
    fork = branches.fork(rooms, old, 3, NOW + timedelta(seconds=1)).room
    list(rooms.listing())
    listed = list(rooms.listing())  # remembers the one before
    assert listed == [rooms.summary(room) for room in rooms.ids()]
    assert {room.id for room in listed} == {old, new, fork}
    one = next(room for room in listed if room.id == old)
    assert (one.title, one.lines, one.last, one.last_by) == ("Old", 2, "two lines", "AI-2")
    assert (one.ids, one.participants) == (("AI-1", "AI-2"), ("AI-1 (Ada)", "AI-2 (Bob)"))
    assert (one.label("AI-2"), one.label(PERSON)) == ("AI-2 (Bob)", PERSON)
    assert next(room for room in listed if room.id == fork).origin == Origin(old, 3)


def test_a_log_that_grew_is_read_again_and_the_others_are_not(tmp_path: Path) -> None:
    rooms = Rooms(tmp_path)
    still, grows = a_room(rooms, "Still", "a", age=5), a_room(rooms, "Grows", "b")
    list(rooms.listing())
    with Log(rooms.log(grows), now=NOW) as log:
        log.append(NOW, e.Spoke(author="AI-1", text="news"))
    before = rooms.log(still).stat()
    garbage = b"x" * (before.st_size - 1) + b"\n"  # same size, same time: nobody looks
    rooms.log(still).write_bytes(garbage)
    os.utime(rooms.log(still), ns=(before.st_atime_ns, before.st_mtime_ns))
    listed = {room.id: room for room in rooms.listing()}
    assert listed[grows].last == "news"
    assert listed[still].last == "a"
    (tmp_path / LISTING).unlink()
    assert {room.id: room.problem for room in rooms.listing()}[still]


@pytest.mark.parametrize(
    "harm",
    [b"", b"not json", b"[]", b'{"v":99,"rooms":{}}', b'{"v":1,"rooms":{"R":7}}', b"\xff"],
)
def test_a_damaged_listing_is_made_again(tmp_path: Path, harm: bytes) -> None:
    rooms = Rooms(tmp_path)
    room = a_room(rooms, "A room", "hello")
    list(rooms.listing())
    body = json.loads((tmp_path / LISTING).read_bytes())
    (tmp_path / LISTING).write_bytes(harm.replace(b'"R"', json.dumps(room).encode()))
    assert [one.last for one in rooms.listing()] == ["hello"]
    assert json.loads((tmp_path / LISTING).read_bytes()) == body
    del body["rooms"][room]["title"]
    (tmp_path / LISTING).write_text(json.dumps(body))
    assert [one.title for one in rooms.listing()] == ["A room"]


def test_a_room_that_cannot_be_read_is_listed_with_why_and_tried_again(tmp_path: Path) -> None:
    rooms = Rooms(tmp_path)
    good, bad = a_room(rooms, "Good", "x"), a_room(rooms, "Bad", "y", age=3)
    whole = rooms.log(bad).read_bytes()
    rooms.log(bad).write_bytes(whole.replace(b'"Spoke"', b"Spoke"))
    assert {one.id: bool(one.problem) for one in rooms.listing()} == {bad: True, good: False}
    rooms.log(bad).write_bytes(whole)
    assert not any(one.problem for one in rooms.listing())


def test_a_listing_left_off_keeps_what_it_found(tmp_path: Path) -> None:
    rooms = Rooms(tmp_path)
    for number in range(4):
        a_room(rooms, f"Room {number}", "x", age=number)
    listing = rooms.listing()
    assert next(listing).title == "Room 0"
    listing.close()  # pyright: ignore[reportAttributeAccessIssue] - it is a generator
    assert len(json.loads((tmp_path / LISTING).read_bytes())["rooms"]) == 1
    assert len(list(rooms.listing())) == 4
    assert (tmp_path / LISTING).stat().st_mode & 0o777 == 0o600


def test_hundreds_of_rooms_are_listed_in_no_time(tmp_path: Path) -> None:
    rooms = Rooms(tmp_path)
    body = rooms.log(a_room(rooms, "One", *["word " * 50] * 20)).read_bytes()
    for number in range(499):
        folder = tmp_path / f"room-{number}"
        folder.mkdir()
        (folder / "log.jsonl").write_bytes(body)
    first = time.process_time()
    assert next(rooms.listing()).lines == 20
    first = time.process_time() - first
    assert len(list(rooms.listing())) == 500
    started = time.process_time()
    assert len(list(rooms.listing())) == 500
    assert time.process_time() - started < 0.2
    assert first < 0.2  # the first is there before the others are read


# Thrown away.


def test_a_room_thrown_away_is_out_of_sight_and_comes_back_whole(tmp_path: Path) -> None:
    rooms = Rooms(tmp_path)
    room = a_room(rooms, "Dear", "keep me")
    (rooms.log(room).parent / "images").mkdir()
    (rooms.images(room) / "a.png").write_bytes(b"picture")
    whole = rooms.log(room).read_bytes()
    name = rooms.discard(room)
    assert rooms.ids() == []
    assert list(rooms.listing()) == []
    with pytest.raises(NoSuchRoom):
        rooms.find("dear")
    [gone] = rooms.trashed()
    assert (gone.id, gone.title, gone.last) == (name, "Dear", "keep me")
    assert rooms.restore(name) == room
    assert rooms.trashed() == []
    assert rooms.log(room).read_bytes() == whole
    assert (rooms.images(room) / "a.png").read_bytes() == b"picture"


def test_one_of_the_same_id_does_not_get_in_the_way(tmp_path: Path) -> None:
    rooms = Rooms(tmp_path)
    names: list[str] = []
    for text in ("first", "second"):
        room = a_room(rooms, "Twin~", text)
        names.append(rooms.discard(room))
    assert len(set(names)) == 2
    assert {one.last for one in rooms.trashed()} == {"first", "second"}
    assert rooms.restore(names[1]) == room
    with pytest.raises(RoomsUnusable, match="again"):
        rooms.restore(names[0])
    assert rooms.summary(room).last == "second"


def test_an_id_with_anything_in_it_comes_back_by_its_name(tmp_path: Path) -> None:
    rooms = Rooms(tmp_path)
    odd = tmp_path / "a~2 ~ b"
    rooms.log(a_room(rooms, "Odd", "x")).parent.rename(odd)
    assert rooms.restore(rooms.discard(odd.name)) == odd.name


def test_a_room_that_is_open_is_not_thrown_away(tmp_path: Path) -> None:
    rooms = Rooms(tmp_path)
    room = a_room(rooms, "Busy", "x")
    with Log(rooms.log(room), now=NOW), pytest.raises(RoomBusy):
        rooms.discard(room)
    assert rooms.ids() == [room]
    rooms.remove(room)
    assert rooms.ids() == []
    assert rooms.trashed() == []


def test_a_damaged_room_can_be_thrown_away(tmp_path: Path) -> None:
    rooms = Rooms(tmp_path)
    room = a_room(rooms, "Bad", "x")
    rooms.log(room).write_bytes(b"garbage\n")
    rooms.purge(rooms.discard(room))
    assert rooms.trashed() == []


def test_purging_forgets_what_was_remembered_and_nothing_else(tmp_path: Path) -> None:
    rooms = Rooms(tmp_path / "rooms")
    gone, stays = a_room(rooms, "Gone", "x"), a_room(rooms, "Stays", "y")
    path = tmp_path / "bank.sqlite"
    bank = Bank(path)
    for room in (gone, stays):
        bank.keep(room, CC("text", 3, b"code"), first=0, size=4, seconds=0.0)
    name = rooms.discard(gone)
    assert bank.history(gone, "text")
    rooms.purge(name, bank=path)
    assert not bank.history(gone, "text")
    assert bank.history(stays, "text")
    bank.close()
    assert rooms.ids() == [stays]
    with pytest.raises(NoSuchRoom):
        rooms.purge(name)


@pytest.mark.parametrize("name", ["", ".", "..", "../x", "1~none", "/etc"])
def test_a_name_that_is_not_in_the_trash_is_refused(tmp_path: Path, name: str) -> None:
    rooms = Rooms(tmp_path / "rooms")
    room = a_room(rooms, "A room")
    for doing in (rooms.purge, rooms.restore):
        with pytest.raises(NoSuchRoom):
            doing(name)
    with pytest.raises(NoSuchRoom):
        rooms.discard("no-such-room")
    assert rooms.ids() == [room]


def test_what_a_killed_process_left_half_deleted_is_found_and_can_go(tmp_path: Path) -> None:
    rooms = Rooms(tmp_path)
    room = a_room(rooms, "Half", "x")
    code = (
        "import os, shutil, sys\n"
        "from pathlib import Path\n"
        "from harness.rooms import Rooms\n"
        "shutil.rmtree = lambda folder: os.unlink(folder / 'log.jsonl') or os._exit(9)\n"
        "Rooms(Path(sys.argv[1])).remove(sys.argv[2])\n"
    )
    killed = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path), room], cwd=REPO, check=False
    )
    assert killed.returncode == 9
    assert rooms.ids() == []
    [left] = rooms.trashed()
    assert left.title == room
    assert "gone" in left.problem
    rooms.purge(left.id)
    assert rooms.trashed() == []
    assert list((tmp_path / TRASH).iterdir()) == []
