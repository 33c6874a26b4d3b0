"""The byte model in the worker process: rooms that it carries, and rooms in which it speaks."""

import asyncio
import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import pytest

from agents.errors import Broken, NoSuchModel
from agents.providers.bytes import Asked
from agents.scenarios.scenario import load
from harness.clock import FixedClock
from harness.compose import library, new_room, open_session
from harness.config import Settings
from harness.paths import Paths
from harness.rooms import Rooms
from harness.turn import Behind
from harness.voice import SMALL, FarReader, FarSpeaker, hear, voice, write
from harness.worker import Worker
from memory.cc.reading import Heard
from memory.errors import CarrierError, ModelError
from tests.fakes import START, opened, stage
from tests.memory import tiny
from transcripts import events as e
from transcripts.events import Entry

TALK = ((b"AI-1", b"Three lamps."), (b"you", b"Where?"))


@pytest.fixture(autouse=True)
def model(monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ENFOLD_BYTE_MODEL", str(tiny.FILE))
    return tiny.FILE


@pytest.fixture
def worker() -> Iterator[Worker]:
    here = Worker()
    yield here
    here.close()


def at(folder: Path) -> Paths:
    return Paths(
        config=folder / "config",
        data=folder / "data",
        state=folder / "state",
        cache=folder / "cache",
    )


async def play(folder: Path, sittings: Sequence[int], *, carrier: str = "") -> list[Entry]:
    """Return the log of small talk after so many turns in each sitting."""
    paths, clock = at(folder), FixedClock(START)
    rooms, scenario, settings = Rooms(paths.rooms), load("bytes"), Settings()
    room_id = await new_room(rooms, scenario, paths, settings, clock, seed=5, carrier=carrier)
    log: list[Entry] = []
    for turns in sittings:
        async with open_session(rooms, room_id, paths, settings, clock) as session:
            await session.run(turns=turns)
            log = list(session.log)
    return log


def said(log: Sequence[Entry]) -> list[tuple[str, str]]:
    return [(x.event.author, x.event.text) for x in log if isinstance(x.event, e.Spoke)]


def digests(log: Sequence[Entry]) -> list[str]:
    return [x.event.digest for x in log if isinstance(x.event, e.Folded)]


def asked(
    most: int = 60, *, turns: tuple[tuple[str, str], ...] = (), model: str = SMALL
) -> Asked:
    return Asked(
        model=model, speaker="AI-1", carried="", turns=turns, temperature=1.5, most=most
    )


@pytest.mark.slow
async def test_a_room_of_byte_models_repeats_and_goes_on_as_if_unbroken(tmp_path: Path) -> None:
    whole = await play(tmp_path / "a", [4])
    assert [author for author, _ in said(whole)] == ["room", "AI-1", "AI-2", "AI-1", "AI-2"]
    assert not [entry for entry in whole if isinstance(entry.event, e.Faltered)]
    broken = await play(tmp_path / "b", [1, 3])
    assert said(broken) == said(whole)
    assert digests(broken)[-1] == digests(whole)[-1]


@pytest.mark.slow
async def test_a_byte_model_speaks_from_carried_words_too(tmp_path: Path) -> None:
    log = await play(tmp_path, [2], carrier="text")
    assert len(said(log)) == 3
    assert not [entry for entry in log if isinstance(entry.event, e.Faltered)]


async def test_a_turn_streams_from_the_worker_as_it_is_written_here(worker: Worker) -> None:
    far = FarSpeaker(worker, tiny.FILE, seed=9)
    turns = tuple((who.decode(), text.decode()) for who, text in TALK)
    pieces = [said async for said in far.speak(asked(90, turns=turns))]
    standing = hear(str(tiny.FILE), b"", TALK, b"AI-1", b"9")
    whole = voice(str(tiny.FILE))
    assert (
        "".join(piece.text for piece in pieces).encode()
        == write(str(tiny.FILE), standing, 1500, 90, 90).text
    )
    assert whole is voice(str(tiny.FILE))


async def test_a_seed_draws_the_same_whatever_was_heard(worker: Worker) -> None:
    one, other = (((b"you", text),) for text in (b"Three lamps.", b"Nothing."))

    def dice(turns: tuple[tuple[bytes, bytes], ...], drawn: bytes | None) -> int:
        return hear(str(tiny.FILE), b"", turns, b"AI-1", b"9", drawn=drawn).dice

    assert dice(one, b"4") == dice(other, b"4") != dice(one, b"5")
    assert dice(one, None) != dice(other, None)
    far = FarSpeaker(worker, tiny.FILE, seed=1)
    said = [
        "".join([piece.text async for piece in far.speak(replace(asked(), seed=seed))])
        for seed in (4, 4, 5)
    ]
    assert said[0] == said[1] != said[2]


async def test_a_killed_worker_changes_nothing_of_what_is_said(worker: Worker) -> None:
    far = FarSpeaker(worker, tiny.FILE, seed=2)
    once = [said.text async for said in far.speak(asked(200))]
    again: list[str] = []
    async for piece in far.speak(asked(200)):
        again.append(piece.text)
        if len(again) == 1 and worker.pid is not None:
            os.kill(worker.pid, signal.SIGKILL)
    assert again == once


async def test_a_turn_that_is_called_off_leaves_the_worker_free(worker: Worker) -> None:
    far = FarSpeaker(worker, tiny.FILE, seed=1)
    async with aclosing(far.speak(asked(1_000_000))) as pieces:
        await anext(pieces)
    assert await asyncio.wait_for(worker.run(abs, -3), 20) == 3


async def test_who_is_not_there_does_not_speak(worker: Worker) -> None:
    with pytest.raises(NoSuchModel, match="set ENFOLD_BYTE_MODEL"):
        await anext(FarSpeaker(worker, None).speak(asked()))
    with pytest.raises(NoSuchModel, match="bytes/small"):
        await anext(FarSpeaker(worker, tiny.FILE).speak(asked(model="bytes/huge")))
    with pytest.raises(Broken):
        await anext(FarSpeaker(worker, Path("/nowhere.hqlm")).speak(asked()))


async def test_a_damaged_model_is_named_and_not_asked_again(
    worker: Worker, tmp_path: Path
) -> None:
    damaged = bytearray(tiny.FILE.read_bytes())
    damaged[-100] ^= 1
    there = tmp_path / "mine.hqlm"
    there.write_bytes(damaged)
    with pytest.raises(NoSuchModel, match="SHA-256") as refused:
        await anext(FarSpeaker(worker, there).speak(asked()))
    assert str(there) in str(refused.value)
    assert not refused.value.retry
    with pytest.raises(CarrierError, match=str(there)):
        FarReader(worker, there).read(b"", TALK)


def test_reading_far_away_is_reading_here(worker: Worker) -> None:
    far = FarReader(worker, tiny.FILE).read(b"", TALK)
    assert far == tiny.reader().read(b"", TALK)
    worker.close()
    with pytest.raises(CarrierError, match='carrier "state": the worker process is closed'):
        FarReader(worker, tiny.FILE).read(b"", TALK)


async def test_a_reader_that_is_lost_is_told_of_once_and_made_up_for_at_the_next_opening(
    tmp_path: Path,
) -> None:
    script = {name: [f"{name} says {n}" for n in range(6)] for name in ("AI-1", "AI-2")}
    begun = opened(carrier="state")
    reads = 0

    class Leaving(FarReader):
        def read(self, state: bytes, turns: Sequence[tuple[bytes, bytes]]) -> Heard:
            nonlocal reads
            reads += 1
            if reads == 2:
                lost.close()
            return super().read(state, turns)

    lost, worker = Worker(), Worker()
    try:
        async with stage(tmp_path, script, opened=begun, reader=Leaving(lost, tiny.FILE)) as s:
            with s.session.reader() as items:
                run = asyncio.create_task(s.session.run(turns=4))
                seen = [item async for item in items]
            assert (await run).reason == "turns"
            assert len(s.events(e.Spoke)) == 4
            assert len(s.events(e.Folded)) == 1
        behind = [item for item in seen if isinstance(item, Behind)]
        assert len(behind) == 1
        assert behind[0].line.startswith('carrier "state": the worker process is closed')
        assert reads == 2
        far = FarReader(worker, tiny.FILE)
        async with stage(tmp_path, script, opened=begun, reader=far) as s:
            await s.session.run(turns=1)
            mended = s.bank.newest("room", "state")
        async with stage(tmp_path / "whole", script, opened=begun, reader=far) as s:
            await s.session.run(turns=5)
            whole = s.bank.newest("room", "state")
    finally:
        lost.close()
        worker.close()
    assert mended is not None
    assert whole is not None
    assert mended.state == whole.state


async def test_a_reader_lost_while_catching_up_keeps_no_room_shut(tmp_path: Path) -> None:
    script = {name: [f"{name} says {n}" for n in range(6)] for name in ("AI-1", "AI-2")}
    begun, worker = opened(carrier="state"), Worker()
    async with stage(tmp_path, script, opened=begun, reader=tiny.reader()) as s:
        await s.session.run(turns=2)
        s.bank.forget("room", "state")
        digest = s.session.room.carried.digest
    worker.close()
    far = FarReader(worker, tiny.FILE)
    async with stage(tmp_path, script, opened=begun, reader=far) as s:
        await s.session.run(turns=1)
        assert len(s.events(e.Spoke)) == 3
    async with stage(tmp_path, script, opened=begun, reader=tiny.reader()) as s:
        await s.session.run(turns=1)
        folds = s.bank.history("room", "state")
        assert digest in [fold.digest for fold in folds]


async def test_without_a_model_no_such_room_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENFOLD_BYTE_MODEL", "")
    paths = at(tmp_path)
    rooms = Rooms(paths.rooms)
    with pytest.raises(ModelError, match="scenario 'bytes' needs the byte model"):
        await new_room(rooms, load("bytes"), paths, Settings(), FixedClock(START))
    with pytest.raises(ModelError, match='carrier "state" needs the byte model'):
        await new_room(
            rooms, load("twomaps"), paths, Settings(), FixedClock(START), carrier="state"
        )
    assert rooms.ids() == []
    assert all(
        one.id != SMALL for one in (await library(paths, None, probe=False)).catalogue.models
    )


async def test_it_can_be_invited_where_it_is(tmp_path: Path) -> None:
    known = (await library(at(tmp_path), None, probe=False)).catalogue
    assert known.resolve("babble").id == SMALL
    assert known.resolve("Enfold Small").id == SMALL
