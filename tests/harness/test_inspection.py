"""A look into the hidden memory: what was kept, and nothing is touched."""

import asyncio
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.inspection import Inspection, Look, changed, look, remedy
from harness.rehearsal import Rehearsal
from memory.bank.bank import Bank
from memory.cc.base import CC
from memory.errors import DamagedRow
from tests.fakes import opened, stage
from transcripts import events as e
from transcripts.events import Caps, Entry
from transcripts.log import read

SCRIPT = {
    "AI-1": [f"the lantern of door {i} is lit with oil number {i}" for i in range(40)],
    "AI-2": [f"the tide stands at mark {i} below the wall" for i in range(40)],
}


async def a_room(folder: Path, rounds: int = 20, carrier: str = "text") -> list[Entry]:
    settled = opened(carrier=carrier, budget=512, caps=Caps(turns=None))
    async with stage(folder, SCRIPT, opened=settled) as s:
        await s.session.run(rounds=rounds)
        return list(s.session.log)


def folds(log: list[Entry]) -> list[e.Folded]:
    return [entry.event for entry in log if isinstance(entry.event, e.Folded)]


async def test_the_newest_look_is_what_the_room_carries_now(tmp_path: Path) -> None:
    log = await a_room(tmp_path)
    last = folds(log)[-1]
    for where in (log, tmp_path / "room" / "log.jsonl"):
        found = look(tmp_path / "bank.sqlite", "room", where)
        assert isinstance(found, Look)
        assert (found.carrier, found.budget) == ("text", 512)
        assert (found.first, found.upto, found.size) == (last.first, last.last, last.size)
        assert found.size <= 512
        assert len(found.text.encode()) == found.after
        assert "lantern" in found.text
        assert (found.laminae, found.recalled) == (None, None)


async def test_who_looks_again_and_again_sees_what_is_new(tmp_path: Path) -> None:
    bank, log = tmp_path / "bank.sqlite", tmp_path / "room" / "log.jsonl"
    inspection = Inspection(bank, "room")
    try:
        assert not bank.exists()
        for rounds in (2, 4):
            entries = await a_room(tmp_path, rounds=rounds)
            found = inspection.look(entries)
            assert found == look(bank, "room", log)
            assert found is not None
            assert found.upto == folds(entries)[-1].last
    finally:
        inspection.close()


async def test_a_bank_that_was_moved_away_is_not_looked_into(tmp_path: Path) -> None:
    log = await a_room(tmp_path, rounds=2)
    bank = tmp_path / "bank.sqlite"
    inspection = Inspection(bank, "room")
    try:
        assert inspection.look(log) is not None
        bank.rename(tmp_path / "damaged.sqlite")
        assert inspection.look(log) is None
        Bank(bank).close()  # another one, with nothing in it
        assert inspection.look(log) is None
    finally:
        inspection.close()


async def test_each_look_tells_what_its_fold_brought_in_and_pushed_out(tmp_path: Path) -> None:
    log = await a_room(tmp_path)
    before = ""
    for number, fold in enumerate(folds(log), 1):
        # At the end of a fold and up to the next it is the same.
        found = look(tmp_path / "bank.sqlite", "room", log, fold.last)
        assert found is not None
        assert found == look(tmp_path / "bank.sqlite", "room", log, fold.last + 1)
        assert len(found.history) == number
        assert found.history[-1][:2] == (fold.last, fold.size)
        old, new = before.splitlines(), found.text.splitlines()
        assert sorted([*old, *found.added]) == sorted([*new, *found.removed])
        assert found.before == len(before.encode())
        before = found.text


async def test_before_the_first_fold_nothing_is_carried(tmp_path: Path) -> None:
    log = await a_room(tmp_path, 2)
    found = look(tmp_path / "bank.sqlite", "room", log, 0)
    assert found is not None
    assert (found.text, found.size, found.history, found.upto) == ("", 0, (), -1)


async def test_a_bank_that_is_gone_is_told_with_what_brings_it_back(tmp_path: Path) -> None:
    log = await a_room(tmp_path, 5)
    bank = tmp_path / "bank.sqlite"
    whole = look(bank, "room", log)
    bank.unlink()
    assert look(bank, "room", log) is None
    assert not bank.exists()  # looking makes nothing
    told = remedy("room", log)
    assert "gone" in told
    assert "`enfold replay --headless room`" in told
    assert "nothing folded yet" in remedy("room", log[:3])
    with Rehearsal(bank, "room", log) as rehearsal:  # what the command does
        for entry in log:
            await rehearsal.hear(entry)
        await rehearsal.finish()
    again = look(bank, "room", log)
    assert again is not None
    assert whole is not None
    assert again.text == whole.text
    assert [one[:2] for one in again.history] == [one[:2] for one in whole.history]


async def test_a_damaged_row_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    import sqlite3

    log = await a_room(tmp_path, 3)
    with sqlite3.connect(tmp_path / "bank.sqlite") as raw:
        raw.execute("UPDATE cc SET code = x'6869'")
    raw.close()
    with pytest.raises(DamagedRow, match="fold"):
        look(tmp_path / "bank.sqlite", "room", log)


@pytest.mark.parametrize("carrier", ["empty", "full"])
async def test_a_carrier_without_a_limit_has_a_budget_of_nought(
    tmp_path: Path, carrier: str
) -> None:
    log = await a_room(tmp_path, 3, carrier)
    found = look(tmp_path / "bank.sqlite", "room", log)
    assert found is not None
    assert found.budget == 0
    assert bool(found.text) == (carrier == "full")


async def test_one_can_look_while_the_room_goes_on(tmp_path: Path) -> None:
    async with stage(tmp_path, SCRIPT, opened=opened(caps=Caps(turns=None))) as s:
        run = asyncio.create_task(s.session.run(rounds=20))
        seen: list[int] = []
        while not run.done():
            found = await asyncio.to_thread(
                look, tmp_path / "bank.sqlite", "room", s.session.log
            )
            if found is not None:
                seen.append(found.upto)
        await run
        found = look(tmp_path / "bank.sqlite", "room", s.session.log)
        assert found is not None
        assert seen == sorted(seen)
        assert found.upto == s.session.room.carried.last
    assert [entry.event for entry in read(s.path)] == [entry.event for entry in s.session.log]


def test_a_room_of_two_thousand_folds_is_looked_into_in_no_time(tmp_path: Path) -> None:
    path = tmp_path / "bank.sqlite"
    bank = Bank(path)
    for number in range(2000):
        lines = "\n".join(f"what was said at {number + i}, and by whom" for i in range(40))
        cc = CC("text", 2 * number + 1, lines.encode())
        bank.keep("room", cc, first=2 * number, size=len(lines), seconds=0.01)
    bank.close()
    log = [Entry(0, datetime(2026, 1, 1, tzinfo=UTC), e.Opened(title="x"))]
    took: list[float] = []
    for place in (None, 3999, 2000, 5, 3000):
        started = time.process_time()
        found = look(path, "room", log, place)
        took.append(time.process_time() - started)
        assert found is not None
        assert len(found.added) == (1 if found.upto > 1 else 40)
    assert min(took) < 0.04  # 16 ms on an idle machine


lines = st.lists(st.sampled_from(["a", "b", "c", "d", ""]), max_size=9)


@given(lines, lines)
def test_what_went_and_what_came_make_one_out_of_the_other(
    old: list[str], new: list[str]
) -> None:
    told = changed("\n".join(old), "\n".join(new))
    was, now = "\n".join(old).splitlines(), "\n".join(new).splitlines()
    gone = [line[2:] for line in told if line[0] == "-"]
    come = [line[2:] for line in told if line[0] == "+"]
    assert sorted([*was, *come]) == sorted([*now, *gone])
    assert (told == ()) == (was == now)
