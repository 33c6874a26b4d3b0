"""A room's bank made anew from its log or its archive; a room brought home from one file."""

import asyncio
import json
import shutil
import sqlite3
from collections.abc import Generator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest

from harness import archiving
from harness.clock import clock
from harness.errors import NotPossible
from harness.folding import fold
from harness.homing import bring_home, ids
from harness.portable import MEMORY, memory
from harness.rebuilding import Rebuilt, laminae, rebuild
from harness.rehearsal import Rehearsal
from harness.rooms import Rooms
from harness.sources import Source, find
from harness.unfolding import opened
from memory.bank.address import Where
from memory.bank.anew import SUFFIX
from memory.bank.bank import Bank
from memory.bank.kept import Said
from memory.bank.reading import verify
from memory.errors import BankMoved
from transcripts import events as e
from transcripts.errors import RoomBusy
from transcripts.events import Event, Span
from transcripts.log import Log, read
from transcripts.participants import Participant

SPANS = (Span(3, 12), Span(13, 20))
NOW = datetime(2026, 1, 1, tzinfo=UTC)
WORDS = [
    *("lamp", "oil", "glass", "wind", "tide", "ledger", "copper", "seven", "boat", "rope"),
    *("salt", "brass", "keeper", "fitter", "storm", "harbour", "letter", "winter"),
]


@pytest.fixture(autouse=True)
def _mixer(monkeypatch: pytest.MonkeyPatch, built: Path) -> None:
    """The mixer codes alone: it is quicker."""
    monkeypatch.setenv("ENFOLD_BYTE_MODEL", "")


@pytest.fixture
def rooms(tmp_path: Path) -> Rooms:
    return Rooms(tmp_path / "here" / "rooms")


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory, built: Path) -> Path:
    """A room with two laminae, folds and a picture, made once."""
    folder = tmp_path_factory.mktemp("first")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("ENFOLD_BYTE_MODEL", "")
        rooms = Rooms(folder / "rooms")
        laminated = [e.Laminated(first=span.first, last=span.last) for span in SPANS]
        room = a_room(rooms, 30, *laminated)
        folded(rooms, room)
        rebuild(rooms, room, clock())
        rooms.images(room).mkdir()
        (rooms.images(room) / "1.png").write_bytes(b"\x89PNG")
    return folder


@pytest.fixture
def remembered(first: Path, rooms: Rooms) -> str:
    """That room, here."""
    shutil.copytree(first, rooms.folder.parent)
    (room,) = rooms.ids()
    return room


def said(turn: int, draw: Random) -> Event:
    text = " ".join(draw.choices(WORDS, k=30)) + f" {turn}"
    if turn % 17 == 5:
        return e.Whispered(author="AI-1", to="AI-2", text=f"psst {text}")
    return e.Spoke(author=f"AI-{turn % 2 + 1}", text=text)


def file_of(rooms: Rooms) -> Path:
    """The bank, which is a file here."""
    assert isinstance(rooms.bank, Path)
    return rooms.bank


def a_room(rooms: Rooms, turns: int = 30, *more: Event) -> str:
    draw = Random(7)
    events: list[Event] = [e.Opened(title="Cold")]
    events += [
        e.Joined(participant=Participant(id=f"AI-{n}", name=name, model="m"))
        for n, name in enumerate(("Ada", "Bob"), 1)
    ]
    events += [said(turn, draw) for turn in range(turns)]
    return rooms.import_(
        [(NOW, event, None) for event in [*events, *more]], title="Cold", now=NOW
    )


def folded(rooms: Rooms, room: str) -> None:
    """Fold every turn into the bank, and have the log tell it."""
    entries = list(read(rooms.log(room)))

    async def hear() -> None:
        with Rehearsal(file_of(rooms), room, entries) as rehearsal:
            for entry in entries:
                await rehearsal.hear(entry)
            await rehearsal.finish()

    asyncio.run(hear())
    with bank_of(rooms) as bank, Log(rooms.log(room), now=NOW) as log:
        for row in bank.history(room, "text"):
            log.append(
                NOW,
                e.Folded(
                    first=row.first,
                    last=row.upto,
                    carrier="text",
                    size=row.size,
                    digest=row.digest,
                    seconds=row.seconds,
                ),
            )


@contextmanager
def bank_of(rooms: Rooms) -> Generator[Bank]:
    with closing(Bank(rooms.bank)) as bank:
        yield bank


def how(made: Rebuilt) -> dict[str, str]:
    return {part.what: part.how for part in made.parts}


def sql(rooms: Rooms, *statements: str) -> None:
    with closing(sqlite3.connect(file_of(rooms))) as bank, bank:
        for statement in statements:
            bank.execute(statement)


def state(rooms: Rooms, room: str) -> list[object]:
    """All that a bank has of a room, as it is read."""
    with bank_of(rooms) as bank:
        assert bank.check() == []
        assert verify(bank.turns, room) == []
        newest = bank.newest(room, "text")
        return [
            bank.turns.reached(room).chain,
            {span: leaf for span, (leaf, _) in laminae(bank, room).items()},
            [bank.laminae.said(room, one) for one in bank.laminae.of(room)],
            [(row.upto, row.digest) for row in bank.history(room, "text")],
            newest,
            bank.indexed_upto(room),
            sorted(bank.turns.rooms()),
        ]


def test_a_bank_that_is_lost_is_made_again_from_the_logs(rooms: Rooms) -> None:
    spans = (Span(3, 12), Span(13, 20))
    room = a_room(
        rooms,
        30,
        e.Laminated(first=3, last=20),
        e.Delaminated(first=3, last=20, parts=spans),
    )
    folded(rooms, room)
    told: list[int] = []
    first = rebuild(rooms, room, clock(), told.append)
    assert how(first) == {
        "turns": "made anew",
        "laminae": "made anew",
        "cc": "the same",
        "search": "made anew",
    }
    with bank_of(rooms) as bank:
        assert tuple(laminae(bank, room)) == spans
        length = bank.turns.reached(room).length
    assert sum(told) == length
    before = state(rooms, room)
    assert how(rebuild(rooms, room, clock())) == {
        "turns": "the same",
        "laminae": "the same",
        "cc": "the same",
        "search": "made anew",
    }
    assert state(rooms, room) == before
    file_of(rooms).unlink()
    assert how(rebuild(rooms, room, clock()))["cc"] == "made anew"
    assert state(rooms, room) == before


def test_a_bank_on_a_server_is_made_anew_too(tmp_path: Path, where: Where) -> None:
    rooms = Rooms(tmp_path / "here" / "rooms", where)
    room = a_room(rooms, 30, e.Laminated(first=3, last=20), e.Laminated(first=21, last=30))
    assert how(rebuild(rooms, room, clock()))["laminae"] == "made anew"
    before = state(rooms, room)
    assert how(rebuild(rooms, room, clock()))["laminae"] == "the same"
    assert state(rooms, room) == before


def test_an_archived_room_has_its_bank_made_again_from_its_archive(
    rooms: Rooms, remembered: str
) -> None:
    room = remembered
    before = state(rooms, room)
    archiving.archive(rooms, room, now=NOW, remove=True)
    with bank_of(rooms) as bank:
        bank.forget(room)
        bank.turns.forget(room)
    made = rebuild(rooms, room, clock())
    assert how(made)["turns"] == how(made)["cc"] == "made anew"
    assert state(rooms, room) == before
    assert rooms.archived(room)
    archiving.restore(rooms, room)


def test_what_is_damaged_is_named_and_made_again(rooms: Rooms, remembered: str) -> None:
    room = remembered
    before = state(rooms, room)
    sql(
        rooms,
        "UPDATE segments SET packed = zeroblob(length(packed)) WHERE packed IS NOT NULL",
        "UPDATE laminae SET words = x'00'",
        "UPDATE cc SET seal = zeroblob(8) WHERE upto = 9",
    )
    with bank_of(rooms) as bank:
        assert bank.check()
        assert verify(bank.turns, room)
    made = rebuild(rooms, room, clock())
    assert [part.how for part in made.parts[:3]] == ["made anew"] * 3
    assert "could not be read" in made.parts[0].detail
    assert state(rooms, room) == before


def test_a_fold_of_another_version_is_kept_since_it_cannot_be_had_back(
    rooms: Rooms, remembered: str
) -> None:
    room = remembered
    with bank_of(rooms) as bank:
        newest = bank.newest(room, "text")
        assert newest is not None
        bank.forget(room, "text", newest.upto - 1)
        other = type(newest)("text", newest.upto, newest.code + b"!", newest.state)
        bank.keep(room, other, first=0, size=1, seconds=0.0)
    made = rebuild(rooms, room, clock())
    assert how(made)["cc"] == "kept as it was"
    assert "1 come out otherwise" in made.parts[2].detail
    with bank_of(rooms) as bank:
        assert bank.newest(room, "text") == other


def test_lineage_and_laminae_that_were_split_stay(rooms: Rooms) -> None:
    room = a_room(rooms, 30, e.Laminated(first=0, last=20))
    rebuild(rooms, room, clock())
    with Log(rooms.log(room), now=NOW) as log:
        parts = (Span(0, 15), Span(16, 20))
        log.append(NOW, e.Delaminated(first=0, last=20, parts=parts))
    with bank_of(rooms) as bank:
        from memory.bank.splitting import remake
        from memory.index.leaf import leaf

        (old,) = bank.laminae.of(room)
        turns = bank.laminae.said(room, old)
        split = [
            [one for one in turns if one.place <= 15],
            [one for one in turns if one.place > 15],
        ]
        remade = remake(split, bank.laminae.segment(room, old).before, "")
        leaves = [leaf(0, 15, []), leaf(16, 20, [])]
        bank.laminae.replace(room, [old], remade, leaves, made="delaminated")
    rebuild(rooms, room, clock())
    with bank_of(rooms) as bank:
        every = bank.laminae.of(room, alive=False)
        alive = [one for one in every if one.alive]
        (dead,) = [one for one in every if not one.alive]
        assert [(one.first, one.last, one.made) for one in alive] == [
            (0, 15, "delaminated"),
            (16, 20, "delaminated"),
        ]
        assert bank.laminae.parents(room) == [(dead.number, one.number) for one in alive]
        words = [bank.laminae.words(room, one.number) for one in alive]
        assert all(words)  # of the empty rows that were there, nothing is left


def test_a_log_that_tells_no_laminae_has_them_by_topic(rooms: Rooms) -> None:
    room = a_room(rooms, 500)
    rebuild(rooms, room, clock())
    with bank_of(rooms) as bank:
        spans = list(laminae(bank, room))
        assert len(spans) > 1
        assert spans[0].first == 0
        assert all(one.last + 1 == two.first for one, two in pairwise(spans))
        assert verify(bank.turns, room) == []


def test_stopped_at_any_moment_what_was_there_is_there(rooms: Rooms, remembered: str) -> None:
    room = remembered
    before = state(rooms, room)

    class Stopped(Exception):
        pass

    for steps in range(1, 5):
        left = steps

        def stop(_: int) -> None:
            nonlocal left
            left -= 1
            if not left:
                raise Stopped

        try:
            rebuild(rooms, room, clock(), stop)
        except Stopped:
            assert state(rooms, room) == before
        else:
            assert steps > 2
            break
    with bank_of(rooms) as bank:
        bank.anew.begin(room)  # what a killed one leaves
        assert room + SUFFIX not in bank.turns.rooms()
    rebuild(rooms, room, clock())
    assert state(rooms, room) == before
    with closing(sqlite3.connect(file_of(rooms))) as file:
        assert [name for (name,) in file.execute("SELECT id FROM rooms")] == [room]


def test_turns_that_went_on_meanwhile_are_not_replaced(rooms: Rooms) -> None:
    room = a_room(rooms, 10)
    rebuild(rooms, room, clock())
    with bank_of(rooms) as bank:
        at = bank.turns.reached(room)
        name = bank.anew.begin(room)
        bank.turns.append(room, [Said(99, "AI-1", b"meanwhile")])
        with pytest.raises(BankMoved, match="went on meanwhile"):
            bank.anew.take(room, name, at)
        assert bank.turns.reached(room).turns == at.turns + 1


def test_a_room_that_is_open_is_left_alone(rooms: Rooms) -> None:
    room = a_room(rooms, 10)
    with Log(rooms.log(room), now=NOW), pytest.raises(RoomBusy):
        rebuild(rooms, room, clock())


# A room in one file.


def packed(rooms: Rooms, room: str, to: Path, *, pictures: bool = False) -> Path:
    found = find([], [room], rooms, pictures=pictures)
    found.sources += memory(rooms, room)
    fold(found, to, model=False)
    return to


def test_a_room_comes_home_on_another_machine_with_all_it_remembers(
    rooms: Rooms, remembered: str, tmp_path: Path
) -> None:
    room = remembered
    there = Rooms(tmp_path / "there" / "rooms")
    file = packed(rooms, room, tmp_path / "x.hqf", pictures=True)
    told: list[int] = []
    with opened(file) as archive:
        assert ids(archive) == [room]
        (home,) = bring_home(archive, there, told.append)
        assert sum(told) == archive.archive.length
    assert (home.room, home.new) == (room, True)
    assert there.log(room).read_bytes() == rooms.log(room).read_bytes()
    assert (there.images(room) / "1.png").read_bytes() == b"\x89PNG"
    before, after = state(rooms, room), state(there, room)
    for number in (0, 1, 2, 4, 5):  # all but the history of cc
        assert after[number] == before[number], number
    assert any("2 along the same places, indexed as before" in line for line in home.told)
    assert any("text" in line and "carried" in line for line in home.told)
    with opened(file) as archive:
        (again,) = bring_home(archive, there)
    assert not again.new
    assert state(there, room) == after
    assert how(rebuild(there, room, clock())) == {
        "turns": "the same",
        "laminae": "the same",
        "cc": "made anew",
        "search": "made anew",
    }
    assert state(there, room) == before


def test_an_archived_room_is_folded_as_a_live_one_is(
    rooms: Rooms, remembered: str, tmp_path: Path
) -> None:
    room = remembered
    live = packed(rooms, room, tmp_path / "live.hqf").read_bytes()
    archiving.archive(rooms, room, now=NOW, remove=True)
    assert packed(rooms, room, tmp_path / "cold.hqf").read_bytes() == live


def test_pictures_are_folded_if_asked_for(
    rooms: Rooms, remembered: str, tmp_path: Path
) -> None:
    room = remembered
    there = Rooms(tmp_path / "there" / "rooms")
    with opened(packed(rooms, room, tmp_path / "x.hqf")) as archive:
        bring_home(archive, there)
    assert not there.images(room).exists()
    left = find([], [room], rooms, pictures=False).left_out
    assert left == [f"1 pictures of {room}: --pictures takes them in"]


def test_another_room_of_that_id_is_not_touched(
    rooms: Rooms, remembered: str, tmp_path: Path
) -> None:
    room = remembered
    file = packed(rooms, room, tmp_path / "x.hqf")
    with Log(rooms.log(room), now=NOW) as log:
        log.append(NOW, e.Spoke(author="AI-1", text="it went on"))
    before = rooms.log(room).read_bytes()
    with opened(file) as archive, pytest.raises(NotPossible, match="there is another room"):
        bring_home(archive, rooms)
    assert rooms.log(room).read_bytes() == before
    assert rooms.ids() == [room]


def swapped(found: list[Source], name: bytes, data: bytes) -> list[Source]:
    return [
        Source(name=one.name, path=one.path, data=data, size=len(data))
        if one.name.endswith(name)
        else one
        for one in found
    ]


@pytest.mark.parametrize(
    ("name", "data", "line"),
    [
        (MEMORY, b"{", "nothing is remembered"),
        (MEMORY, b"[" * 100_000, "nothing is remembered"),
        (MEMORY, b'{"v": 2}', "of version 2: upgrade enfold"),
        (MEMORY, b'{"v": 1, "cc": [5], "laminae": [{"first": -1}]}', "turns: 30 coded again"),
        (b"text.code", b"Ada: I am another\n", "not what was folded"),
        (b"memory/index", b"nothing", "indexed otherwise"),
    ],
    ids=["no JSON", "deep JSON", "newer", "of other things", "another cc", "another index"],
)
def test_what_an_archive_tells_is_not_believed(
    rooms: Rooms, remembered: str, name: bytes, data: bytes, line: str
) -> None:
    tmp_path = rooms.folder.parents[1]
    room = remembered
    found = find([], [room], rooms, pictures=False)
    found.sources += swapped(memory(rooms, room), name, data)
    fold(found, tmp_path / "x.hqf", model=False)
    there = Rooms(tmp_path / "there" / "rooms")
    with opened(tmp_path / "x.hqf") as archive:
        (home,) = bring_home(archive, there)
    assert any(line in one for one in home.told), home.told
    assert there.log(room).read_bytes() == rooms.log(room).read_bytes()


@pytest.mark.parametrize("top", [b".trash", b"-x", b"a~anew"])
def test_a_room_whose_id_means_something_else_does_not_come(
    rooms: Rooms, remembered: str, tmp_path: Path, top: bytes
) -> None:
    room = remembered
    found = find([], [room], rooms, pictures=False)
    found.sources += memory(rooms, room)
    for number, one in enumerate(found.sources):
        name = top + one.name[len(room) :]
        found.sources[number] = Source(
            name=name, path=one.path, data=one.data, room=one.room, size=one.size
        )
    fold(found, tmp_path / "x.hqf", model=False)
    with opened(tmp_path / "x.hqf") as archive, pytest.raises(NotPossible, match="no id of"):
        bring_home(archive, Rooms(tmp_path / "there" / "rooms"))
    assert json.loads(memory(rooms, room)[0].data or b"")["v"] == 1
