"""Cold rooms' logs in the bank and back: byte for byte, and never neither of the two."""

import asyncio
import json
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness import branches
from harness.archived import first, lines, opened, readable
from harness.archiving import archive, known, remove, restore
from harness.errors import NoSuchRoom, NotPossible, RoomsUnusable
from harness.rooms import TRASH, Rooms
from memory.bank import spans
from memory.bank.address import Where
from memory.bank.archives import Archived, Span
from memory.bank.bank import Bank
from memory.bank.spans import SIZE, Stand, made, pieces
from memory.codec.steps import Steps
from memory.errors import BankError, DamagedRow
from transcripts import events as e
from transcripts.errors import LogArchived, RoomBusy
from transcripts.events import Entry, Event
from transcripts.log import Log, read
from transcripts.participants import Participant

REPO = Path(__file__).parents[2]
NOW = datetime(2026, 1, 1, tzinfo=UTC)
WORDS = [
    "lamp",
    "oil",
    "glass",
    "wind",
    "tide",
    "ledger",
    "copper",
    "seven",
    "boat",
    "rope",
    "salt",
    "brass",
    "keeper",
]


@pytest.fixture(autouse=True)
def _mixer(monkeypatch: pytest.MonkeyPatch, built: Path) -> None:
    """The mixer codes alone, unless a test says otherwise: it is quicker."""
    monkeypatch.setenv("ENFOLD_BYTE_MODEL", "")


@pytest.fixture
def rooms(tmp_path: Path) -> Rooms:
    return Rooms(tmp_path / "rooms")


def file_of(rooms: Rooms) -> Path:
    """The bank, which is a file here."""
    assert isinstance(rooms.bank, Path)
    return rooms.bank


def a_room(rooms: Rooms, turns: int = 40, title: str = "Cold", seed: int = 1) -> str:
    draw = Random(seed)
    events: list[Event] = [e.Opened(title=title)]
    events += [
        e.Joined(participant=Participant(id=f"AI-{n}", name=name, model="m"))
        for n, name in enumerate(("Ada", "Bob"), 1)
    ]
    events += [
        e.Spoke(author=f"AI-{n % 2 + 1}", text=" ".join(draw.choices(WORDS, k=20)) + f" {n}")
        for n in range(turns)
    ]
    return rooms.import_([(NOW, event, None) for event in events], title=title, now=NOW)


def kept(rooms: Rooms, room: str) -> bytes | None:
    """What the bank has of a room's log, verified; `None` if that is not a whole one."""
    with opened(rooms) as bank:
        if bank.archives.of(room) is None:
            return None
        return b"".join(spans.log(bank.archives, room))


def entries(rooms: Rooms, room: str) -> list[Entry]:
    return list(read(readable(rooms, room)))


def test_a_log_goes_into_the_bank_and_comes_back_byte_for_byte(rooms: Rooms) -> None:
    room = a_room(rooms, 250)
    log = rooms.log(room)
    before, when = log.read_bytes(), log.stat().st_mtime_ns
    told: list[int] = []
    done = archive(rooms, room, now=NOW, told=told.append)
    assert log.read_bytes() == before
    assert kept(rooms, room) == before
    assert (done.length, sum(told), done.removed) == (len(before), len(before), False)
    assert done.spans == done.made > 1
    assert len(told) > 2 * done.spans  # it is told within a span, too
    assert done.stored < done.length / 3
    remove(rooms, room)
    assert not log.exists()
    assert rooms.archived(room)
    assert restore(rooms, room) == len(before)
    assert (log.read_bytes(), log.stat().st_mtime_ns) == (before, when)
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    assert sorted(path.name for path in log.parent.iterdir()) == [log.name]
    assert kept(rooms, room) is None


def test_what_is_torn_or_of_another_hand_is_archived_too(rooms: Rooms) -> None:
    room = a_room(rooms)
    log = rooms.log(room)
    with log.open("ab") as file:
        file.write(b'{"v":1,"place":99,"kind":"NobodyKnows","x":[1, 2]}\n\n\xff\xfe no UTF-8\n')
        file.write(b"x" * 200_000 + b"\n")  # longer than any span
        file.write(b'{"v":1,"place":100,"ki')  # torn
    before = log.read_bytes()
    archive(rooms, room, now=NOW, remove=True)
    got = lines(rooms, room, [0, 43, 44, 45, 46, 47])
    told = before.split(b"\n")
    assert got == {place: told[place] for place in (0, 43, 44, 45, 46, 47)}
    restore(rooms, room)
    assert log.read_bytes() == before


@settings(max_examples=40)
@given(
    st.lists(
        st.one_of(
            st.binary(max_size=60),
            st.integers(0, 3 * SIZE).map(lambda size: b"ab " * (size // 3)),
        ),
        max_size=8,
    ),
    st.booleans(),
)
def test_spans_tile_any_bytes_and_know_the_lines_they_begin_in(
    told: list[bytes], ends: bool
) -> None:
    log = b"\n".join(told) + b"\n" * ends
    at, whole, places = Stand(), b"", dict[int, bytes]()
    for plain in pieces(log.splitlines(keepends=True)):
        line = at.line
        for number, part in enumerate(plain.split(b"\n")):
            places[line + number] = places.get(line + number, b"") + part
        at = at.after(plain)
        whole += plain
        assert 0 < len(plain) <= spans.MOST
    assert whole == log
    assert (at.start, at.line) == (len(log), log.count(b"\n"))
    expected = log.split(b"\n")
    assert [places.get(place, b"") for place in range(len(expected))] == expected


def test_an_archived_room_is_listed_found_and_summed_up_as_before(rooms: Rooms) -> None:
    room, other = a_room(rooms, title="The cold one"), a_room(rooms, title="Another")
    before = rooms.summary(room)
    order = rooms.ids()
    archive(rooms, room, now=NOW, remove=True)
    assert rooms.ids() == order
    after = rooms.summary(room)
    assert after.archived
    assert not before.archived
    for field in (
        "id",
        "title",
        "changed",
        "entries",
        "lines",
        "participants",
        "last",
        "bytes",
    ):
        assert getattr(after, field) == getattr(before, field), field
    assert {summary.id: summary.archived for summary in rooms.listing()} == {
        room: True,
        other: False,
    }
    assert rooms.find("The cold one") == room
    assert rooms.find(str(rooms.mark(room))) == room


def test_an_archived_room_is_read_from_a_copy_that_goes_with_the_process(
    rooms: Rooms,
) -> None:
    room = a_room(rooms)
    before = list(read(rooms.log(room)))
    archive(rooms, room, now=NOW, remove=True)
    copy = readable(rooms, room)
    assert list(read(copy)) == before
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert stat.S_IMODE(copy.parent.parent.stat().st_mode) == 0o700
    assert readable(rooms, room) == copy
    assert first(rooms, room) == before[0]
    assert rooms.ids() == [room]  # it is in no list
    list(rooms.listing())
    assert copy.exists()  # nor swept away while this process lives
    program = (
        "import sys; from pathlib import Path; from harness.rooms import Rooms;"
        "from harness.archived import readable;"
        "print(readable(Rooms(Path(sys.argv[1])), sys.argv[2]))"
    )
    command = [sys.executable, "-c", program, str(rooms.folder), room]
    theirs = subprocess.run(command, cwd=REPO, capture_output=True, text=True, check=True)
    assert theirs.stdout.strip().endswith("log.jsonl")
    assert not Path(theirs.stdout.strip()).exists()


def test_a_fork_of_an_archived_room_has_its_past_and_its_place_in_the_tree(
    rooms: Rooms,
) -> None:
    room = a_room(rooms)
    fork = branches.fork(rooms, room, 10, NOW + timedelta(seconds=1)).room
    with Log(rooms.log(fork), now=NOW) as log:
        for text in ("one", "two", "three"):
            log.append(NOW, e.Spoke(author="AI-1", text=text))
    before = branches.tree(rooms)
    archive(rooms, room, now=NOW, remove=True)
    archive(rooms, fork, now=NOW, remove=True)
    assert branches.tree(rooms) == before
    second = branches.fork(rooms, room, 20, NOW + timedelta(seconds=2)).room
    past = entries(rooms, room)[1:21]
    assert [entry.event for entry in entries(rooms, second)[1:21]] == [
        entry.event for entry in past
    ]


def test_nobody_begins_another_log_in_the_place_of_an_archived_one(rooms: Rooms) -> None:
    room = a_room(rooms)
    archive(rooms, room, now=NOW, remove=True)
    with pytest.raises(LogArchived, match=f"enfold archive --restore {room}"):
        Log(rooms.log(room), now=NOW)
    assert not rooms.log(room).exists()
    with pytest.raises(LogArchived):
        list(read(rooms.log(room)))
    with pytest.raises(NotPossible, match="archived already"):
        archive(rooms, room, now=NOW)


def test_an_empty_file_in_the_place_of_an_archived_log_is_no_log(rooms: Rooms) -> None:
    room = a_room(rooms)
    before = rooms.log(room).read_bytes()
    archive(rooms, room, now=NOW, remove=True)
    rooms.log(room).touch()  # whoever opened it just when it went
    assert rooms.archived(room)
    assert rooms.summary(room).lines == 40
    restore(rooms, room)
    assert rooms.log(room).read_bytes() == before


def test_a_room_that_is_open_is_neither_archived_nor_restored(rooms: Rooms) -> None:
    room = a_room(rooms)
    with Log(rooms.log(room), now=NOW), pytest.raises(RoomBusy):
        archive(rooms, room, now=NOW, remove=True)
    archive(rooms, room, now=NOW)
    with Log(rooms.log(room), now=NOW), pytest.raises(RoomBusy):
        remove(rooms, room)


def test_a_log_that_has_grown_since_stays(rooms: Rooms) -> None:
    room = a_room(rooms, 250)
    archive(rooms, room, now=NOW)
    with Log(rooms.log(room), now=NOW) as log:
        log.append(NOW, e.Spoke(author="AI-1", text="one more"))
    before = rooms.log(room).read_bytes()
    with pytest.raises(NotPossible, match="not what is archived"):
        remove(rooms, room)
    assert rooms.log(room).read_bytes() == before
    again = archive(rooms, room, now=NOW, remove=True)
    assert again.made == 1 < again.spans  # the rest was there, and was read again
    restore(rooms, room)
    assert rooms.log(room).read_bytes() == before


def test_a_log_that_became_shorter_is_archived_as_it_is(rooms: Rooms) -> None:
    room = a_room(rooms, 250)
    archive(rooms, room, now=NOW)
    log = rooms.log(room)
    short = b"".join(log.read_bytes().splitlines(keepends=True)[:50])
    log.write_bytes(short)
    archive(rooms, room, now=NOW, remove=True)
    assert kept(rooms, room) == short


def test_work_that_was_stopped_goes_on_from_where_it_was(rooms: Rooms) -> None:
    room = a_room(rooms, 300)

    class Stopped(Exception):
        pass

    done = 0

    def stop(count: int) -> None:
        nonlocal done
        done += count
        if done > SIZE * 3 // 2:
            raise Stopped

    with pytest.raises(Stopped):
        archive(rooms, room, now=NOW, remove=True, told=stop)
    assert rooms.log(room).exists()
    assert not rooms.archived(room)
    assert kept(rooms, room) is None
    again = archive(rooms, room, now=NOW)
    assert again.made == again.spans - 1


def flip(bank: Path, room: str) -> None:
    """Change one bit of a room's first span."""
    with closing(sqlite3.connect(bank)) as file, file:
        (blob,) = file.execute("SELECT blob FROM archives WHERE start = 0").fetchone()
        spoilt = bytearray(blob)
        spoilt[len(spoilt) // 2] ^= 4
        file.execute("UPDATE archives SET blob = ? WHERE start = 0", (bytes(spoilt),))


def test_a_damaged_archive_is_named_and_nothing_is_written_from_it(rooms: Rooms) -> None:
    room = a_room(rooms)
    before = rooms.log(room).read_bytes()
    archive(rooms, room, now=NOW, remove=True)
    whole = file_of(rooms).read_bytes()
    flip(file_of(rooms), room)
    with pytest.raises(DamagedRow, match=f"{room}.*places 0 to"):
        restore(rooms, room)
    with pytest.raises(DamagedRow):
        readable(rooms, room)
    assert not rooms.log(room).exists()
    assert rooms.archived(room)
    assert [path.name for path in rooms.mark(room).parent.iterdir()] == ["log.archived"]
    file_of(rooms).write_bytes(whole)
    restore(rooms, room)
    assert rooms.log(room).read_bytes() == before


def test_a_damaged_span_is_made_again_while_the_log_is_there(rooms: Rooms) -> None:
    room = a_room(rooms)
    archive(rooms, room, now=NOW)
    flip(file_of(rooms), room)
    assert archive(rooms, room, now=NOW).made == 1
    assert kept(rooms, room) == rooms.log(room).read_bytes()


def test_without_its_bank_an_archived_room_says_what_is_missing(rooms: Rooms) -> None:
    room = a_room(rooms)
    archive(rooms, room, now=NOW, remove=True)
    shutil.move(file_of(rooms), file_of(rooms).with_name("away"))
    assert rooms.summary(room).lines == 40  # the mark has that
    for ask in (readable, restore):
        with pytest.raises(RoomsUnusable, match="put it back"):
            ask(rooms, room)
    Bank(rooms.bank).close()  # another one
    with pytest.raises(BankError, match="not in the bank"):
        restore(rooms, room)


def test_a_room_whose_mark_is_lost_is_known_to_the_bank(rooms: Rooms) -> None:
    room, other = a_room(rooms), a_room(rooms, title="Warm")
    before = rooms.log(room).read_bytes()
    archive(rooms, room, now=NOW, remove=True)
    shutil.rmtree(rooms.folder / room)
    with pytest.raises(NoSuchRoom):
        rooms.find(room)
    assert known(rooms, other) == other
    with pytest.raises(NoSuchRoom):
        known(rooms, "nobody")
    assert known(rooms, room) == room
    assert rooms.summary(room).problem
    restore(rooms, room)
    assert rooms.log(room).read_bytes() == before


def test_an_archived_room_goes_to_the_trash_and_comes_back(rooms: Rooms) -> None:
    room = a_room(rooms)
    before = rooms.log(room).read_bytes()
    archive(rooms, room, now=NOW, remove=True)
    name = rooms.discard(room)
    assert [(one.id, one.lines, one.archived) for one in rooms.trashed()] == [(name, 40, True)]
    rooms.restore(name)
    restore(rooms, room)
    assert rooms.log(room).read_bytes() == before
    archive(rooms, room, now=NOW, remove=True)
    rooms.purge(rooms.discard(room), bank=rooms.bank)
    assert kept(rooms, room) is None
    assert not any((rooms.folder / TRASH).iterdir())


def test_pictures_and_drafts_stay(rooms: Rooms) -> None:
    room = a_room(rooms)
    picture = rooms.images(room) / "1.png"
    picture.parent.mkdir()
    picture.write_bytes(b"\x89PNG")
    rooms.draft(room).write_text("{}")
    archive(rooms, room, now=NOW, remove=True)
    assert picture.exists()
    assert rooms.draft(room).exists()


def test_an_archive_holds_its_byte_model_until_it_is_restored(
    rooms: Rooms, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ENFOLD_BYTE_MODEL")
    room = a_room(rooms, 3)
    archive(rooms, room, now=NOW, remove=True)
    monkeypatch.setenv("ENFOLD_BYTE_MODEL", "")  # another enfold, without that model
    with opened(rooms) as bank:
        assert bank.turns.prune_models() == 0
        (model,) = {span.model for span in bank.archives.spans(room)}
        assert bank.turns.has_model(model)
        assert bank.check() == []
    restore(rooms, room)
    with opened(rooms) as bank:
        assert not bank.turns.has_model(model)


def test_a_bank_on_a_server_has_archives_too(tmp_path: Path, where: Where) -> None:
    rooms = Rooms(tmp_path / "rooms", where)
    room = a_room(rooms)
    before = rooms.log(room).read_bytes()
    archive(rooms, room, now=NOW, remove=True)
    assert [entry.place for entry in entries(rooms, room)] == list(range(43))
    assert restore(rooms, room) == len(before)
    assert rooms.log(room).read_bytes() == before


def test_spans_that_are_not_all_of_a_log_are_no_archive(where: Where) -> None:
    bank = Bank(where)
    one, code = made(Stand(), b"one\n", "", Steps(None))
    two, more = made(Stand().after(b"one\n"), b"two\n", "", Steps(None))
    with pytest.raises(BankError, match="does not follow on"):
        bank.archives.keep("r", two, more)
    bank.archives.keep("r", one, code)
    with pytest.raises(BankError, match="4 bytes are here and not 8"):
        bank.archives.finish("r", Archived(8, 2, b"", "now"))
    assert bank.archives.of("r") is None
    with pytest.raises(BankError, match="as a whole"):
        list(spans.log(bank.archives, "r"))
    bank.archives.keep("r", two, more)
    bank.archives.finish("r", Archived(8, 2, b"", "now"))
    assert bank.archives.rooms() == ["r"]
    with pytest.raises(DamagedRow, match="not what was archived"):
        list(spans.log(bank.archives, "r"))  # of another sum
    bank.archives.keep("r", two, more)  # again: it is no longer known to be whole
    assert bank.archives.of("r") is None
    bank.archives.drop("r")
    assert bank.archives.spans("r") == list[Span]()
    bank.close()


KILLS = """
import os, shutil, signal, sys
from datetime import UTC, datetime
from pathlib import Path

from harness.archived import opened
from harness.archiving import archive, restore
from harness.rooms import Rooms
from memory.bank import spans

folder, doing = Path(sys.argv[1]), sys.argv[2]
whole = Path(sys.argv[3]).read_bytes()
STEPS = ("open", "os.rename", "os.remove", "os.utime", "os.mkdir", "sqlite3.connect")

def work(rooms, room):
    if doing == "archive":
        archive(rooms, room, now=datetime.now(UTC), remove=True)
    else:
        restore(rooms, room)

def killed(rooms, room, count):
    "Whether the work was killed at that step, and did not come to its end before."
    child = os.fork()
    if not child:
        def step(event, arguments):
            nonlocal count
            if event in STEPS:
                count -= 1
            if event in STEPS and not count:
                os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(step)
        work(rooms, room)
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    assert status in (0, signal.SIGKILL), status
    return bool(status)

warm = folder.with_name("warm")
shutil.copytree(folder, warm)
rooms = Rooms(warm / "rooms")
work(rooms, rooms.ids()[0])  # what is imported on the way is no step
count = 0
while True:
    count += 1
    at = folder.with_name(f"{folder.name}-{count}")
    shutil.copytree(folder, at)
    rooms = Rooms(at / "rooms")
    room, = rooms.ids()
    log = rooms.log(room)
    ended = not killed(rooms, room, count)
    assert rooms.ids() == [room]
    if rooms.archived(room):
        with opened(rooms) as bank:
            assert b"".join(spans.log(bank.archives, room)) == whole
        restore(rooms, room)
    assert log.read_bytes() == whole, count
    shutil.rmtree(at)
    if ended:
        break
print(count - 1)
"""


@pytest.mark.slow
@pytest.mark.parametrize("doing", ["archive", "restore"])
def test_killed_at_any_step_the_log_or_the_archive_is_there(
    rooms: Rooms, tmp_path: Path, doing: str
) -> None:
    room = a_room(rooms, 10)
    whole = tmp_path / "whole"
    shutil.copy(rooms.log(room), whole)
    start = tmp_path / "start"
    if doing == "restore":
        archive(rooms, room, now=NOW, remove=True)
    else:
        Bank(rooms.bank).close()
    start.mkdir()
    for name in ("rooms", "bank.sqlite"):
        shutil.move(tmp_path / name, start / name)
    done = subprocess.run(
        [sys.executable, "-c", KILLS, str(start), doing, str(whole)],
        cwd=REPO,
        env={**os.environ, "ENFOLD_BYTE_MODEL": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert not done.returncode, done.stderr
    assert int(done.stdout) > 6


def test_a_session_on_an_archived_room_goes_on_with_its_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from harness.clock import clock
    from harness.compose import find_scenario, new_room, open_session
    from harness.config import Settings
    from harness.paths import paths

    monkeypatch.setenv("ENFOLD_DATA_DIR", str(tmp_path))
    where, plain = paths(), Settings()
    rooms = Rooms(where.rooms)

    async def story() -> tuple[str, bytes]:
        chosen = find_scenario("lighthouse", where, plain)
        room = await new_room(rooms, chosen, where, plain, clock(), seed=1)
        async with open_session(rooms, room, where, plain, clock()) as session:
            await session.run(rounds=1)
        before = rooms.log(room).read_bytes()
        await asyncio.to_thread(archive, rooms, room, now=NOW, remove=True)
        async with open_session(rooms, room, where, plain, clock()) as session:
            await session.run(rounds=1)
        return room, before

    room, before = asyncio.run(story())
    after = rooms.log(room).read_bytes()
    assert after.startswith(before)
    assert len(after) > len(before)
    assert not rooms.archived(room)
    assert [json.loads(line)["place"] for line in after.splitlines()] == list(
        range(after.count(b"\n"))
    )
