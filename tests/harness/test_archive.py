"""A room's turns in the bank: stored at once, coded beside the room, whatever is killed."""

import asyncio
import logging
import os
import pickle
import random
import signal
import sqlite3
import subprocess
import sys
from collections.abc import AsyncGenerator, Callable, Iterator
from concurrent.futures import Future
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from harness import archive as module
from harness.archive import PORTION, Archive, turns
from harness.worker import Worker
from memory.bank.bank import Bank
from memory.bank.kept import AS_IT_IS, unpack
from memory.bank.reading import read, recode, verify
from memory.codec.turns import VERSION
from tests.harness.test_disk import small_disk
from transcripts import log as logs
from transcripts.events import Entry, Event, Folded, Opened, Spoke, Whispered

ENOUGH = 2000
"""Bytes: little, so that coding takes no time even where there is no compiler."""
WHEN = datetime(2026, 1, 1, tzinfo=UTC)
WORDS = ("lantern", "tide", "ledger", "harbour", "wall", "night", "the", "a", "is", "lit")


def line(number: int, size: int = 200) -> str:
    chance = random.Random(number)
    words: list[str] = []
    while sum(map(len, words)) < size:
        words.append(chance.choice(WORDS))
    return " ".join(words)


def log(*events: Event) -> list[Entry]:
    return [Entry(place, WHEN, event) for place, event in enumerate(events)]


def talk(count: int, size: int = 200) -> list[Entry]:
    said = [Spoke(author=f"AI-{i % 2 + 1}", text=line(i, size)) for i in range(count)]
    return log(Opened(title="Talk"), *said)


def grow(entries: list[Entry], *events: Event) -> None:
    entries += [Entry(len(entries) + i, WHEN, event) for i, event in enumerate(events)]


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[Bank]:
    bank = Bank(tmp_path / "bank.sqlite")
    yield bank
    bank.close()


async def until(done: Callable[[], bool]) -> None:
    while not done():  # noqa: ASYNC110 - another process is waited for
        await asyncio.sleep(0.01)


@asynccontextmanager
async def sitting(
    bank: Bank, room: str = "r", worker: Worker | None = None
) -> AsyncGenerator[tuple[Archive, Worker]]:
    worker = worker or Worker()
    archive = Archive(room, bank, worker, enough=ENOUGH, delay=0.0)
    try:
        yield archive, worker
    finally:
        await archive.close()
        await asyncio.to_thread(worker.close)


def same(bank: Bank, entries: list[Entry], room: str = "r") -> None:
    """See that the bank gives back every line of the log, and nothing else."""
    assert verify(bank.turns, room) == []
    said = turns(entries)
    assert bank.turns.reached(room).turns == len(said)
    for one in (said[0], said[len(said) // 2], said[-1]):
        assert read(bank.turns, room, one.place) == one


def test_every_line_that_was_said_is_a_turn_and_nothing_else_is() -> None:
    entries = log(
        Opened(title="Talk"),
        Spoke(author="AI-1", text="Good evening.", reasoning="hm", unsaid="!vote"),
        Whispered(author="AI-2", to="you", text="psst"),
        Folded(first=0, last=2, carrier="text", size=1, digest="", seconds=0.0),
        Spoke(author="AI-2", text=""),
        Spoke(author="you", text="lone \ud800 half"),
    )
    assert [(said.place, said.author, said.text) for said in turns(entries)] == [
        (1, "AI-1", b"Good evening."),
        (2, "AI-2", b"psst"),
        (5, "you", b"lone \xed\xa0\x80 half"),
    ]


async def test_a_short_room_is_stored_at_once_and_starts_no_process(bank: Bank) -> None:
    entries = talk(5)
    async with sitting(bank) as (archive, worker):
        archive.take(entries)
        await archive.settled()
        assert worker.pid is None
    same(bank, entries)
    assert bank.turns.segments("r") == []


async def test_a_longer_room_is_coded_and_takes_less(bank: Bank) -> None:
    entries = talk(20)
    async with sitting(bank) as (archive, _):
        archive.take(entries)
        await archive.settled()
        hot = bank.turns.waiting("r")
        grow(entries, Spoke(author="AI-1", text=line(99)))
        archive.take(entries)
        await archive.settled()
    assert hot == bank.turns.waiting("r") == 0
    same(bank, entries)
    sizes = bank.turns.sizes("r")
    assert all(size.coded for size in sizes)
    assert sum(size.stored for size in sizes) < sum(size.length for size in sizes) / 2


async def test_a_worker_that_is_killed_in_the_middle_loses_nothing(bank: Bank) -> None:
    entries = talk(20)
    killed = set[int]()
    async with sitting(bank) as (archive, worker):
        for number in range(3):
            archive.take(entries)
            await until(lambda: worker.pid not in {None, *killed})
            await asyncio.sleep(0.1 * number)
            pid = worker.pid
            if pid is not None:
                killed.add(pid)
                os.kill(pid, signal.SIGKILL)
            await archive.settled()
            grow(entries, Spoke(author="AI-1", text=line(len(entries))))
        archive.take(entries)
        await archive.settled()
    assert len(killed) == 3
    assert bank.turns.waiting("r") == 0
    same(bank, entries)


async def test_a_room_that_is_opened_again_goes_on_in_the_same_segment(bank: Bank) -> None:
    entries = talk(20)
    for number in range(3):
        async with sitting(bank) as (archive, worker):
            archive.take(entries)
            await archive.settled()
            assert (worker.pid is None) == (number == 1)  # nearly nothing is new then
        grow(entries, *(Spoke(author="AI-1", text=line(i)) for i in range(1 + 15 * number)))
    async with sitting(bank) as (archive, _):
        archive.take(entries)
        await archive.settled()
    assert bank.turns.waiting("r") == 0
    assert len(bank.turns.segments("r")) == 1
    same(bank, entries)


async def test_closing_in_the_middle_waits_for_nothing_and_the_next_sitting_goes_on(
    bank: Bank,
) -> None:
    entries = talk(200, 400)
    async with sitting(bank) as (archive, worker):
        archive.take(entries)
        await until(lambda: worker.pid is not None)
    same(bank, entries)
    left = bank.turns.waiting("r")
    assert left > 0
    async with sitting(bank) as (archive, _):
        archive.take(entries)
        await until(lambda: bank.turns.waiting("r") < left)
    same(bank, entries)


async def test_a_bank_that_has_other_words_than_the_log_takes_the_logs(bank: Bank) -> None:
    entries = talk(20)
    async with sitting(bank) as (archive, _):
        archive.take(entries)
        await archive.settled()
    others = talk(24, 230)
    async with sitting(bank) as (archive, _):
        archive.take(others)
        await archive.settled()
    same(bank, others)


async def test_two_rooms_at_once_in_one_bank(bank: Bank) -> None:
    rooms = {"r": talk(20), "s": talk(22, 230)}
    async with sitting(bank, "r") as (one, _), sitting(bank, "s") as (other, _):
        one.take(rooms["r"])
        other.take(rooms["s"])
        await asyncio.gather(one.settled(), other.settled())
    for room, entries in rooms.items():
        assert bank.turns.waiting(room) == 0
        same(bank, entries, room)


async def test_the_loop_is_not_held_up(bank: Bank) -> None:
    entries = talk(300, 400)
    worst, last = 0.0, asyncio.get_running_loop().time()
    async with sitting(bank) as (archive, worker):
        archive.take(entries)
        for _ in range(100):
            await asyncio.sleep(0.01)
            now = asyncio.get_running_loop().time()
            worst, last = max(worst, now - last), now
        assert worker.pid is not None
    assert worst < 1.0  # coding all of it takes many times as long


async def test_what_cannot_be_stored_ends_nothing_else_and_is_said_once(
    bank: Bank, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    entries = talk(5)
    with closing(sqlite3.connect(tmp_path / "bank.sqlite")) as connection, connection:
        connection.execute("DROP TABLE turns")
    with caplog.at_level(logging.WARNING):
        async with sitting(bank) as (archive, _):
            archive.take(entries)
            await archive.settled()
            grow(entries, Spoke(author="AI-1", text="more"))
            archive.take(entries)
            await archive.settled()
    assert caplog.text.count("not kept for now") == 1


class Deadly(Worker):
    """Its process really dies of every job that has a certain word in it."""

    def __init__(self, word: bytes) -> None:
        super().__init__()
        self._word = word
        self.deaths = 0

    def submit(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> "Future[Any]":
        if self._word in pickle.dumps(args):
            self.deaths += 1
            return super().submit(os._exit, 9)
        return super().submit(function, *args, **kwargs)


async def test_a_turn_that_ends_the_worker_each_time_is_left_as_it_is_for_good(
    bank: Bank, caplog: pytest.LogCaptureFixture
) -> None:
    entries = talk(20)
    grow(entries, Spoke(author="AI-1", text="poison"))
    grow(entries, *(Spoke(author="AI-2", text=line(i)) for i in range(30, 33)))
    hand = Deadly(b"poison")
    async with sitting(bank, worker=hand) as (archive, _):
        archive.take(entries)
        await archive.settled()
    assert bank.turns.waiting("r") == 0
    same(bank, entries)
    [alone] = [one for one in bank.turns.segments("r") if one.version == AS_IT_IS]
    assert (alone.first, alone.turns, alone.closed) == (21, 1, True)
    assert caplog.text.count("the turn at place 21 stays as it is") == 1
    again = Deadly(b"poison")
    async with sitting(bank, worker=again) as (archive, _):
        grow(entries, *(Spoke(author="AI-1", text=line(i)) for i in range(40, 52)))
        archive.take(entries)
        await archive.settled()
        assert again.pid is not None
    assert (hand.deaths, again.deaths) == (3, 0)  # in company, alone, alone from a key frame
    recode(bank.turns, "r", force=True)
    assert [one.version for one in bank.turns.segments("r")].count(AS_IT_IS) == 1
    same(bank, entries)


async def test_a_worker_that_can_do_nothing_marks_no_turn_and_all_is_stored(
    bank: Bank, caplog: pytest.LogCaptureFixture
) -> None:
    entries = talk(20)
    hand = Deadly(b"")
    async with sitting(bank, worker=hand) as (archive, _):
        archive.take(entries)
        await archive.settled()
        grow(entries, Spoke(author="AI-1", text="more"))
        archive.take(entries)
        await archive.settled()
    assert caplog.text.count("no smaller for now") == 1
    assert bank.turns.segments("r") == []
    same(bank, entries)


async def test_a_turn_damaged_before_it_was_coded_comes_from_the_log_again(
    bank: Bank, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    entries = talk(5)
    async with sitting(bank) as (archive, _):
        archive.take(entries)
        await archive.settled()
    with closing(sqlite3.connect(tmp_path / "bank.sqlite")) as connection, connection:
        connection.execute("UPDATE turns SET blob = x'00' WHERE place = 3")
    async with sitting(bank) as (archive, _):
        grow(entries, *(Spoke(author="AI-1", text=line(i)) for i in range(40, 52)))
        archive.take(entries)
        await archive.settled()
    assert caplog.text.count("kept again from its log") == 1
    assert bank.turns.waiting("r") == 0
    same(bank, entries)


async def test_what_is_said_while_much_is_coded_is_stored_meanwhile(bank: Bank) -> None:
    entries = talk(200, 400)
    async with sitting(bank) as (archive, worker):
        archive.take(entries)
        await until(lambda: worker.pid is not None)
        grow(entries, Spoke(author="AI-1", text="in between"))
        archive.take(entries)
        await until(lambda: bank.turns.reached("r").upto == 201)
        assert bank.turns.waiting("r") > 0
    same(bank, entries)


async def test_what_was_said_last_is_stored_when_the_room_closes_at_once(bank: Bank) -> None:
    entries = talk(5)
    async with sitting(bank) as (archive, _):
        archive.take(entries)
        await archive.settled()
        grow(entries, Spoke(author="AI-1", text="good night"))
        archive.take(entries)
    same(bank, entries)
    async with sitting(bank, "s") as (archive, _):
        archive.take(entries)
    same(bank, entries, "s")


async def test_no_process_is_started_while_a_room_is_being_opened(bank: Bank) -> None:
    entries = talk(40)
    worker = Worker()
    archive = Archive("r", bank, worker, enough=ENOUGH, delay=60.0)
    archive.take(entries)
    await until(lambda: bank.turns.reached("r").turns == 40)
    grow(entries, Spoke(author="AI-1", text="more"))
    archive.take(entries)
    await until(lambda: bank.turns.reached("r").turns == 41)
    await archive.close()
    assert worker.pid is None
    same(bank, entries)


async def test_an_old_room_is_stored_in_portions(bank: Bank) -> None:
    entries = talk(3 * PORTION // 1000, 1000)
    written: list[object] = []
    event.listen(bank._engine, "commit", written.append)
    async with sitting(bank) as (archive, _):
        archive.take(entries)
        await until(lambda: bank.turns.reached("r").turns == len(entries) - 1)
        assert len(written) >= 3
    same(bank, entries)


ROOM = """
import asyncio, sys
from datetime import UTC, datetime
from pathlib import Path
from harness.archive import Archive
from harness.worker import Worker
from memory.bank.bank import Bank
from tests.harness.test_archive import line
from transcripts.events import Opened, Spoke
from transcripts.log import Log

async def main(folder):
    now = datetime.now(UTC)
    with Log(folder / "log.jsonl", now=now) as log:
        bank, worker = Bank(folder / "bank.sqlite"), Worker()
        archive = Archive("r", bank, worker, enough=2000, delay=0.0)
        while True:
            event = Spoke(author="AI-1", text=line(len(log.entries)))
            log.extend([(now, event if log.entries else Opened(title="Talk"), None)])
            archive.take(log.entries)
            print(log.entries[-1].place, worker.pid or 0, flush=True)
            await asyncio.sleep(0.002)

asyncio.run(main(Path(sys.argv[1])))
"""


def sit_until_killed(folder: Path, wanted: int) -> tuple[int, int]:
    """Kill a room that goes on in `folder` when it has a worker and reached a place.

    Returns:
        The last place that it told of, and its worker's process.
    """
    with subprocess.Popen(
        [sys.executable, "-c", ROOM, str(folder)],
        cwd=Path(module.__file__).parents[1],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        told = pid = 0
        while told < wanted or not pid:
            told, pid = map(int, process.stdout.readline().split())
        process.kill()
        for rest in process.stdout:
            told = int(rest.split()[0]) if rest.endswith("\n") else told
    return told, pid


async def test_a_room_that_is_killed_loses_nothing_and_its_worker_goes_with_it(
    tmp_path: Path,
) -> None:
    chance = random.Random(4)
    entries = list[Entry]()
    for _ in range(3):
        told, pid = sit_until_killed(tmp_path, len(entries) + chance.randrange(40, 120))
        await until(lambda pid=pid: not Path(f"/proc/{pid}").exists())
        entries = list(logs.read(tmp_path / "log.jsonl"))
        assert entries[-1].place >= told
        bank = Bank(tmp_path / "bank.sqlite")
        assert bank.check() == verify(bank.turns, "r") == []
        assert bank.turns.reached("r").upto <= entries[-1].place
        bank.close()
    bank = Bank(tmp_path / "bank.sqlite")
    async with sitting(bank) as (archive, _):
        archive.take(entries)
        await archive.settled()
    assert bank.turns.waiting("r") == 0
    same(bank, entries)
    bank.close()


def larger(disk: Path) -> None:
    remount = ["mount", "-o", "remount,size=20m", str(disk)]
    subprocess.run(remount, check=True, capture_output=True)


async def test_a_disk_that_is_full_is_said_once_and_made_up_for_later(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    entries = talk(10)
    noise = random.Random(1)
    with small_disk(tmp_path / "disk", "size=700k"):
        bank = Bank(tmp_path / "disk" / "bank.sqlite")
        async with sitting(bank) as (archive, _):
            for _ in range(20):
                text = "".join(chr(noise.randrange(32, 0x3000)) for _ in range(30_000))
                grow(entries, Spoke(author="AI-1", text=text))
                archive.take(entries)
                await archive.settled()
        assert caplog.text.count("the disk is full") == 1
        assert 0 < bank.turns.reached("r").turns < 30
        assert verify(bank.turns, "r") == []
        larger(tmp_path / "disk")
        async with sitting(bank) as (archive, _):
            archive.take(entries)
            await until(lambda: bank.turns.reached("r").turns == 30)
        assert [one.place for one in turns(entries)] == list(range(1, 31))
        bank.close()


def test_a_turn_costs_no_more_in_a_room_that_is_old(bank: Bank) -> None:
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += 1
        return 0

    def watch(connection: sqlite3.Connection, *_: object) -> None:
        connection.set_progress_handler(count, 10)

    event.listen(bank._engine, "checkout", watch)

    def age(upto: int) -> None:
        """Store turns up to a place, and put them in segments."""
        first = bank.turns.reached("r").upto + 1
        bank.turns.append("r", turns(talk(upto))[first:])
        while work := bank.turns.work("r", model="", version=VERSION, most=1 << 20):
            said = [unpack(row) for row in work.turns]
            bank.turns.settle("r", work, said, [b""] * len(said), closed=False)

    def cost(place: int) -> int:
        """Count SQLite's steps, in tens, while one more is stored, given out and taken in."""
        nonlocal steps
        steps = 0
        bank.turns.append("r", turns(talk(place))[-1:])
        assert not bank.turns.waits("r", 1 << 30)
        work = bank.turns.work("r", model="", version=VERSION, most=1)
        assert work is not None
        assert bank.turns.settle("r", work, [unpack(work.turns[0])], [b""], closed=False)
        return steps

    costs: list[int] = []
    for upto in (40, 2500):
        age(upto)
        costs.append(cost(upto + 1))
    young, old = costs
    assert young > 10
    assert old < 1.5 * young


def test_nothing_of_numpy_or_the_bank_comes_with_the_module() -> None:
    code = "import sys, harness.archive; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(module.__file__).parents[1],
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = set(done.stdout.split())
    assert not loaded & {"numpy", "sqlalchemy", "multiprocessing", "memory.bank.kept"}
