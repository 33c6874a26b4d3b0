"""Laminae made, split, merged and taken back while a room goes on, whatever comes between."""

import asyncio
import random
import shutil
import sqlite3
from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.providers.base import Delta, Finished, Request
from harness.archive import turns
from harness.errors import NotPossible
from harness.inspection import look
from harness.lamination import seams_in, squared
from harness.policy import DENSE, FINE
from memory.bank.bank import Bank
from memory.bank.reading import verify
from memory.cc.base import Utterance
from tests.fakes import START, Stage, opened, stage, start_log
from transcripts import events as e
from transcripts.events import Caps, Entry, Span
from transcripts.log import Log, read
from transcripts.participants import PERSON
from transcripts.room import Room, reduce, reduced

FACT = "the spare key hangs behind the cobalt kettle"
THINGS = (
    "harbour tide rope anchor gull mooring sail hull",
    "oven dough crumb butter yeast crust flour rye",
    "orbit comet lens mirror dusk meteor dome star",
    "ledger debt coin tax clerk invoice bank receipt",
)
TURNS = 52
LONG = opened(budget=256, caps=Caps(turns=None, dollars=None))


@pytest.fixture(autouse=True)
def mixer_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Quicker than with a byte model, and coded all the same."""
    monkeypatch.setenv("ENFOLD_BYTE_MODEL", "")


@pytest.fixture(scope="module")
def old_room(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A room that said more than a segment takes, and what was kept of it."""
    folder = tmp_path_factory.mktemp("old")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ENFOLD_BYTE_MODEL", "")
        asyncio.run(_grow(folder))
    return folder


async def _grow(folder: Path) -> None:
    async with stage(folder, provider=Talker(), opened=LONG, keeps=True) as s:
        await s.session.run(turns=TURNS)


@pytest.fixture
def folder(old_room: Path, tmp_path: Path) -> Path:
    """The old room, to do with as one likes."""
    shutil.copytree(old_room, tmp_path / "room")
    return tmp_path / "room"


def log_of(folder: Path) -> list[e.Event]:
    return [entry.event for entry in read(folder / "room" / "log.jsonl")]


def split_in(folder: Path) -> int:
    """The place of the first split."""
    return [isinstance(event, e.Delaminated) for event in log_of(folder)].index(True)


class Talker:
    """Says long lines, of another thing every 10 or so; the fact early."""

    def __init__(self, said: int = 0, *, long: int = 200, every: int = 10) -> None:
        self.said = said
        self.long = long
        self.every = every
        self.asked: list[Request] = []

    async def stream(self, request: Request) -> AsyncIterator[Delta | Finished]:
        self.asked.append(request)
        chance = random.Random(self.said)
        words = THINGS[self.said // self.every % len(THINGS)].split()
        line = " ".join(chance.choice(words) for _ in range(self.long))
        yield Delta(FACT if self.said == 3 else f"{line} {self.said}")
        self.said += 1
        yield Finished()


def of(s: Stage, *kinds: type) -> list[e.Event]:
    return [entry.event for entry in s.session.log if isinstance(entry.event, kinds)]


def whole(folder: Path) -> list[tuple[int, int]]:
    """See that the bank has every turn, and that laminae lie beside each other; their spans."""
    entries = list(read(folder / "room" / "log.jsonl"))
    bank = Bank(folder / "bank.sqlite")
    try:
        assert verify(bank.turns, "room") == []
        said = turns(entries)
        assert bank.turns.reached("room").turns == len(said)
        laminae = bank.laminae.of("room")
        kept = [one for lamina in laminae for one in bank.laminae.said("room", lamina)]
        assert kept == said[: len(kept)]
        spans = [(one.first, one.last) for one in laminae]
        assert all(left[1] + 1 == right[0] for left, right in pairwise(spans))
        return spans
    finally:
        bank.close()


async def test_what_is_coded_becomes_laminae_by_topic_and_no_turn_changes(folder: Path) -> None:
    spans = whole(folder)
    assert len(spans) > 3
    events = log_of(folder)
    first = next(event for event in events if isinstance(event, e.Laminated))
    assert "in no lamina yet" in first.why
    split = next(event for event in events if isinstance(event, e.Delaminated))
    assert (split.first, split.last) == (split.parts[0].first, split.parts[-1].last)
    assert "things" in split.why
    room = reduced(read(folder / "room" / "log.jsonl"))
    assert [(span.first, span.last) for span in room.laminae] == spans


def test_the_inspector_is_told_what_there_is_and_why(folder: Path) -> None:
    found = look(folder / "bank.sqlite", "room", folder / "room" / "log.jsonl")
    assert found is not None
    assert found.laminae is not None
    leaves = [part for one in found.laminae for part in one.parts or (one,)]
    assert [(one.first, one.last) for one in leaves] == whole(folder)
    assert all(one.name and 0 < one.size < one.length for one in leaves)
    assert 0 < found.resident <= 256 * len(leaves)
    assert {one.act for one in found.done} >= {"index", "delaminate"}
    assert all(one.why for one in found.done)
    assert found.recalled
    early = look(folder / "bank.sqlite", "room", folder / "room" / "log.jsonl", 20)
    assert early is not None
    assert early.laminae is None


async def test_what_is_in_laminae_comes_back_and_says_from_where(folder: Path) -> None:
    async with stage(folder, provider=Talker(TURNS), keeps=True) as s:
        s.session.say("where does the spare key hang?")
        request = await s.session.preview("AI-1")
        assert FACT in request.lines[0].text.partition("What comes back to you")[2]
        await s.session.run(turns=1)


async def test_a_split_is_taken_back_for_good(folder: Path) -> None:
    place = split_in(folder)
    async with stage(folder, provider=Talker(TURNS), keeps=True) as s:
        run = asyncio.create_task(s.session.run(turns=1))
        entry = await s.session.undo_keeping(place)
        assert isinstance(entry.event, e.Merged)
        assert entry.event.by == PERSON
        span = Span(entry.event.parts[0].first, entry.event.parts[-1].last)
        assert span in s.session.room.laminae
        with pytest.raises(NotPossible, match="changed since"):
            await s.session.undo_keeping(place)
        await run
    async with stage(folder, provider=Talker(TURNS + 1), keeps=True) as s:
        await s.session.run(turns=4)
        assert span in s.session.room.laminae  # and it is not split again
        choice = s.session.keeping
        assert choice is not None
        assert choice[1].act == "keep"
    assert (span.first, span.last) in whole(folder)


async def test_a_merger_is_taken_back_along_the_same_seams(folder: Path) -> None:
    place = split_in(folder)
    async with stage(folder, provider=Talker(TURNS), keeps=True) as s:
        before = s.session.room.laminae
        merged = await s.session.undo_keeping(place)
        split = await s.session.undo_keeping(merged.place)
        assert isinstance(split.event, e.Delaminated)
        assert s.session.room.laminae == before
        await s.session.run(turns=0)
    whole(folder)


async def test_only_what_was_done_to_laminae_is_taken_back(folder: Path) -> None:
    async with stage(folder, {"AI-1": ["a"], "AI-2": ["b"]}, keeps=True) as s:
        for place in (0, 1, 99, -1):
            with pytest.raises(NotPossible, match="nothing at"):
                await s.session.undo_keeping(place)
        await s.session.run(turns=0)


async def test_what_a_crash_left_between_bank_and_log_is_squared(folder: Path) -> None:
    path = folder / "room" / "log.jsonl"
    laminae = reduced(read(path)).laminae
    lines = path.read_bytes().splitlines(keepends=True)
    at = max(n for n, line in enumerate(lines) if b'"Delaminated"' in line)
    path.write_bytes(b"".join(lines[:at]))  # stored, and killed before it was written down
    async with stage(folder, provider=Talker(TURNS), keeps=True) as s:
        await s.session.run(turns=1)
        again = of(s, e.Delaminated, e.Laminated)[-1]
        assert isinstance(again, e.Delaminated)
        assert "crash" in again.why
        assert s.session.room.laminae[: len(laminae)] == laminae


@pytest.mark.parametrize("harm", ["bank gone", "rows damaged", "laminae gone"])
async def test_the_past_comes_back_from_the_log_when_the_bank_is_harmed(
    folder: Path, harm: str
) -> None:
    path = folder / "bank.sqlite"
    if harm == "bank gone":
        path.unlink()
    else:
        with sqlite3.connect(path) as db:
            if harm == "laminae gone":
                db.execute("DELETE FROM laminae")
            else:
                db.execute(
                    "UPDATE laminae SET gist = x'00ff', words = x'0102' "
                    "WHERE segment IS NOT NULL"
                )
        db.close()
    async with stage(folder, provider=Talker(TURNS), keeps=True) as s:
        s.session.say("where does the spare key hang?")
        request = await s.session.preview("AI-1")
        assert FACT in request.lines[0].text.partition("What comes back to you")[2]
        await s.session.run(turns=1)


async def test_a_room_that_ends_at_once_leaves_the_bank_whole(folder: Path) -> None:
    """Broken off wherever it happens to be, a few times over."""
    with sqlite3.connect(folder / "bank.sqlite") as db:
        db.execute("DELETE FROM laminae")  # all is to be done again
    db.close()
    for n, pause in enumerate((0.0, 0.05, 0.2, 0.5)):
        talker = Talker(TURNS + n)
        async with stage(folder, provider=talker, keeps=True, attended=True) as s:
            run = asyncio.create_task(s.session.run(turns=1))
            await asyncio.sleep(pause)
            s.session.finish()
            await run
        whole(folder)


spans = st.lists(st.integers(1, 9), max_size=9).map(
    lambda sizes: [Span(sum(sizes[:n]), sum(sizes[: n + 1]) - 1) for n in range(len(sizes))]
)


def laid(logged: list[Span]) -> Room:
    room = Room()
    for span in logged:
        room = _after(room, e.Laminated(first=span.first, last=span.last))
    return room


def _after(room: Room, event: e.Event) -> Room:
    return reduce(room, Entry(room.next_place, START, event))


@given(spans, spans)
def test_whatever_the_bank_has_the_log_is_told(logged: list[Span], there: list[Span]) -> None:
    room = laid(logged)
    for event in squared(room.laminae, there):
        room = _after(room, event)
    assert set(there) <= set(room.laminae)
    assert squared(room.laminae, there) == []


async def test_laminae_are_made_finer_when_the_score_fell_and_the_person_wants_it(
    tmp_path: Path,
) -> None:
    with Log(start_log(tmp_path / "room" / "log.jsonl", opened=LONG), now=START) as log:
        policy = e.Changed(setting="continuity.policy", value="delaminate", by=PERSON)
        for event in (policy, e.Slipped(score=62, threshold=80, act="delaminate")):
            log.append(START, event)
    async with stage(tmp_path, provider=Talker(long=100, every=5), keeps=True) as s:
        await s.session.run(turns=100)
        assert s.session.keeping is not None
        pressure, _ = s.session.keeping
        assert (pressure.continuity, pressure.wanted, pressure.limit) == (62, 80, FINE)
    split = [event for event in log_of(tmp_path) if isinstance(event, e.Delaminated)]
    assert all(event.why.endswith("; continuity 62, below 80") for event in split)
    finer = [event for event in split if len(event.parts) == 2]
    assert finer
    assert int(finer[-1].why.split()[0].replace(",", "")) < DENSE
    whole(tmp_path)


def test_what_is_small_is_split_only_where_it_speaks_of_two_things() -> None:
    one, other = (f"{words} " * 8 for words in THINGS[:2])
    both = [said(n, one if n < 9 else other) for n in range(18)]
    assert seams_in(both) == [9]
    assert seams_in([said(n, one) for n in range(18)]) == []
    assert seams_in(both[:3]) == []


def said(place: int, text: str) -> Utterance:
    return Utterance(place, f"AI-{1 + place % 2}", text)
