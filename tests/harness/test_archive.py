"""A room's turns in the bank: stored at once, coded beside the room, whatever is killed."""

import asyncio
import logging
import os
import random
import signal
import sqlite3
import subprocess
import sys
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from harness import archive as module
from harness.archive import Archive, turns
from harness.worker import Worker
from memory.bank.bank import Bank
from memory.bank.reading import read, verify
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
async def sitting(bank: Bank, room: str = "r") -> AsyncGenerator[tuple[Archive, Worker]]:
    worker = Worker()
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
