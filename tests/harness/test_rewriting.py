"""Lines that come back again and again go back into cc: chosen, carried out, and taken back."""

import asyncio
import shutil
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from harness.branches import fork
from harness.clock import FixedClock
from harness.errors import NotPossible
from harness.evaluation.carrying import spoken
from harness.evaluation.datasets import locomo
from harness.inspection import look
from harness.keeper import Keeper, turn
from harness.policy import Pressure, choose
from harness.rebuilding import rebuild
from harness.rewriting import DEARER, LATELY, OFTEN, SHARE, dear, returning, rewritten
from harness.rooms import Rooms
from harness.strata import Strata, undoable
from memory.bank.bank import Bank
from memory.cc.base import CC
from memory.cc.carriers import CARRIERS, carrier
from memory.cc.code import parse
from tests.bench.rewriting import LOCOMO, play
from tests.fakes import START, cast, opened, stage
from tests.memory import tiny
from transcripts import events as e
from transcripts.events import Entry, Event
from transcripts.log import Log, read
from transcripts.participants import PERSON
from transcripts.room import Room, reduced

LINES = 300
"""Of the talk: enough for some to return."""
BUDGET = 400
FACT = "maybe the spare key hangs there"
PLACE = 3
"""Of the fact, in every room here."""
HEAD: list[Event] = [
    opened(budget=BUDGET),
    *(e.Joined(participant=one) for one in cast("Ada", "Bob")),
]


def log_of(*events: Event) -> list[Entry]:
    return [Entry(place, START, event) for place, event in enumerate([*HEAD, *events])]


def line(n: int) -> e.Spoke:
    words = f"In {1800 + n} Marrow {n} bought {n * 7} herons at Lamp {n * 3}."
    return e.Spoke(author=f"AI-{n % 2 + 1}", text=words)


def told(*places: int, size: int = 60, why: tuple[str, ...] = ("key",)) -> e.Recalled:
    pieces = [
        e.Recollection(first=one, last=one, author="AI-1", score=9, why=why, bytes=size)
        for one in places
    ]
    return e.Recalled(participant="AI-2", pieces=tuple(pieces), size=size * len(places))


def found(log: Sequence[Entry], **changes: object) -> list[int]:
    terms: dict[str, object] = {"held": (), "window": 2, "budget": BUDGET, **changes}
    return [one.place for one in returning(log, **terms)]  # type: ignore[arg-type] - by name


SAID = [e.Spoke(author="AI-1", text=FACT), *map(line, range(6))]
OFTEN_TOLD = log_of(*SAID, *[told(PLACE)] * OFTEN)


# What is chosen.


def test_a_line_returns_that_came_back_often_and_is_nowhere() -> None:
    [one] = returning(OFTEN_TOLD, held=(), window=2, budget=BUDGET)
    assert (one.place, one.times, one.size, one.told) == (PLACE, OFTEN, len(FACT), 60 * OFTEN)
    assert found(log_of(*SAID, *[told(PLACE)] * (OFTEN - 1))) == []
    assert found(log_of(*SAID, *[told(PLACE, why=())] * OFTEN)) == []  # it stood beside another
    assert found(OFTEN_TOLD, held={PLACE}) == []
    assert found(OFTEN_TOLD, never={PLACE}) == []
    assert found(OFTEN_TOLD, window=len(SAID)) == []
    assert found(log_of(*SAID, *[told(1)] * OFTEN)) == []  # who joined is no line
    assert found([]) == []


def test_it_returns_once_in_a_while_and_not_for_what_was_long_ago() -> None:
    again = e.Rewritten(places=(PLACE,), size=len(FACT))
    recalls = [told(PLACE)] * OFTEN
    assert found(log_of(*SAID, *recalls, again)) == []
    assert found(log_of(*SAID, *recalls, again, *recalls)) == []
    later = [*map(line, range(LATELY + 1))]
    assert found(log_of(*SAID, *recalls, *later)) == []
    assert found(log_of(*SAID, *recalls, again, *later, *recalls)) == [PLACE]


def test_no_more_returns_than_a_part_of_cc_has_room_for() -> None:
    long = e.Spoke(author="AI-1", text="x" * (BUDGET // SHARE + 1))
    assert found(log_of(long, *SAID, *[told(PLACE)] * OFTEN)) == []
    lines = [e.Spoke(author="AI-1", text=f"{n} {'key' * 10}") for n in range(4)]
    both = log_of(*lines, *SAID, *[told(3, 4)] * OFTEN, told(4))
    assert found(both) == [4]  # the one that came back more often
    before = e.Rewritten(places=(5,), size=BUDGET // SHARE)
    assert found(log_of(*lines, *SAID, before, *[told(3, 4)] * OFTEN)) == []
    let_go = e.Rewritten(places=(5,), size=BUDGET // SHARE, let_go=True)
    assert found(log_of(*lines, *SAID, let_go, *[told(3, 4)] * OFTEN)) == [3]


def test_the_keeper_indexes_before_it_rewrites_and_rewrites_before_it_splits() -> None:
    dense = Pressure(returning=3, returned=540, largest=40_000, topics=6, pairs=2)
    assert choose(dense).act == "rewrite"
    assert choose(dense).why == (
        "3 lines came back 3 times and more of late, in 540 bytes; cc has none of them"
    )
    assert "1 line came" in choose(Pressure(returning=1, returned=9)).why
    assert choose(Pressure(returning=3, loose=48_000)).act == "index"


def test_a_log_that_names_places_it_has_not_is_read_all_the_same() -> None:
    assert found(log_of(*SAID, *[told(-1, 9999)] * OFTEN)) == []
    log = log_of(*SAID, e.Rewritten(places=(-1, 4, 9999), size=-9), line(9))
    taken = turn(log, log[-2:], reduced(log))
    assert [one.place for one in taken.again] == [4]


# What a fold makes of it.


def test_what_returned_is_dearer_for_a_while_unless_it_was_let_go() -> None:
    again = e.Rewritten(places=(PLACE,))
    log = log_of(*SAID, again, *map(line, range(LATELY + 1)))
    at = len(HEAD) + len(SAID)
    worth = [dear(log, place).get(PLACE, 100) for place in range(at - 1, len(log))]
    assert worth[:2] == [100, 100 + DEARER]
    assert worth[1:] == sorted(worth[1:], reverse=True)
    assert worth[-1] == 100
    assert dear(log_of(*SAID, again, e.Rewritten(places=(PLACE,), let_go=True)), 99) == {}


def test_what_is_weighed_again_is_what_the_stretch_says_last() -> None:
    back, let_go = e.Rewritten(places=(5, 3)), e.Rewritten(places=(5,), let_go=True)
    assert rewritten(log_of(*SAID, back)) == (3, 5)
    assert rewritten(log_of(*SAID, back, let_go)) == (3,)
    assert rewritten(log_of(*SAID, let_go, back)) == (3, 5)


def folded(events: Sequence[Event], name: str = "text") -> tuple[list[Entry], list[CC]]:
    """Return a log with a fold after each line, and cc after each of them."""
    log: list[Entry] = []
    way = carrier(name, BUDGET, tiny.reader() if name == "state" else None)
    cc, made = CC(name), list[CC]()
    room = Room()
    for event in [opened(budget=BUDGET, carrier=name), *HEAD[1:], *events]:
        log.append(Entry(len(log), START, event))
        if isinstance(event, e.Spoke):
            room = reduced(log)
            cc = way.fold(cc, turn(log, log[cc.upto + 1 :], room))
            made.append(cc)
    return log, made


def has(cc: CC) -> bool:
    return any(unit.place == PLACE for unit in parse(cc.code))


PAST = [e.Spoke(author="AI-1", text=FACT), *map(line, range(40))]
"""A cc of `BUDGET` bytes has nothing of the fact after that."""
AGAIN = e.Rewritten(places=(PLACE,), size=len(FACT))
AFTER = [*map(line, range(40, 40 + LATELY + 12))]


def test_a_line_that_returns_is_in_cc_in_its_place_and_stays_a_while() -> None:
    before, without = folded([*PAST, *AFTER])
    _, ccs = folded([*PAST, AGAIN, *AFTER])
    at = len(PAST)
    assert not any(has(cc) for cc in without[at:])
    stays = [has(cc) for cc in ccs[at:]]
    assert all(stays[:8])
    assert not stays[-1]  # no dearer than others by then
    places = [unit.place for unit in parse(ccs[at].code)]
    assert places == sorted(places)
    assert all(len(cc.code) <= BUDGET for cc in ccs)
    # It was read when it was said: what is known of the room's words stays the same.
    assert ccs[at].state == without[at].state
    assert len(before) == len(PAST) + len(AFTER) + len(HEAD)


def test_a_line_that_cc_has_is_not_there_twice() -> None:
    _, ccs = folded([e.Spoke(author="AI-1", text=FACT), AGAIN, line(1)])
    for cc in ccs:
        assert sum(unit.place == PLACE for unit in parse(cc.code)) == 1


def test_what_is_let_go_goes_with_the_next_fold() -> None:
    gone = e.Rewritten(places=(PLACE,), by=PERSON, let_go=True)
    _, ccs = folded([*PAST, AGAIN, *AFTER[:3], gone, *AFTER[3:]])
    at = len(PAST)
    assert [has(cc) for cc in ccs[at : at + 5]] == [True, True, True, False, False]


@pytest.mark.parametrize("name", [name for name in CARRIERS if name != "text"])
def test_for_carriers_that_cannot_it_is_as_if_nothing_were_said(name: str) -> None:
    log, _ = folded([line(0), line(1), AGAIN, line(2)], name)
    taken = turn(log, log[5:], reduced(log))
    assert (taken.again, dict(taken.dear)) == ((), {})
    assert [one.place for one in taken.utterances] == [6]


# The same from the log, whatever comes between.


async def sat(folder: Path, lines: Sequence[Event], *, fold: bool = True) -> tuple[Rooms, str]:
    """Return rooms with one of them, folded after each line as a session does."""
    rooms, bank = Rooms(folder / "rooms"), Bank(folder / "bank.sqlite")
    name = rooms.import_([(START, event, None) for event in HEAD], title="long", now=START)
    keeper = Keeper(name, carrier("text", BUDGET), bank, FixedClock(START))
    with Log(rooms.log(name), now=START) as log:
        for event in lines:
            log.append(START, event)
            done = await keeper.fold(reduced(log.entries), log.entries) if fold else None
            if done is not None:
                log.append(START, done)
    await keeper.close()
    bank.close()
    return rooms, name


async def digest(rooms: Rooms, name: str, *, more: Sequence[Event] = ()) -> str:
    """Open a room as a session does, go on, and return the digest of its cc."""
    bank = Bank(rooms.bank)
    keeper = Keeper(name, carrier("text", BUDGET), bank, FixedClock(START))
    with Log(rooms.log(name), now=START) as log:
        for event in await keeper.mend(reduced(log.entries), log.entries):
            log.append(START, event)
        for event in more:
            log.append(START, event)
            done = await keeper.fold(reduced(log.entries), log.entries)
            if done is not None:
                log.append(START, done)
    await keeper.close()
    bank.close()
    return keeper.cc.digest


def lose(rooms: Rooms) -> None:
    assert isinstance(rooms.bank, Path)
    rooms.bank.unlink()


# Each line is followed by its fold, so that the fact is at the same place.
TALK = [*PAST, AGAIN, *AFTER[:6]]


@pytest.mark.parametrize("harm", ["none", "bank gone", "killed before the fold", "bank ahead"])
async def test_whatever_is_lost_the_log_makes_the_same_cc(tmp_path: Path, harm: str) -> None:
    whole, name = await sat(tmp_path / "whole", TALK)
    expected = await digest(whole, name)
    without, other = await sat(tmp_path / "without", [*PAST, *AFTER[:6]])
    assert await digest(without, other) != expected
    if harm == "killed before the fold":
        rooms, name = await sat(tmp_path / "harmed", [*PAST, AGAIN])
        assert await digest(rooms, name, more=AFTER[:6]) == expected
        return
    rooms, name = await sat(tmp_path / "harmed", TALK)
    if harm == "bank gone":
        lose(rooms)
    if harm == "bank ahead":
        log = rooms.log(name)
        lines = log.read_bytes().splitlines(keepends=True)
        assert b"Folded" in lines[-1]
        log.write_bytes(b"".join(lines[:-1]))
    assert await digest(rooms, name) == expected


async def test_a_rebuilt_bank_and_a_fork_have_what_returned_too(tmp_path: Path) -> None:
    rooms, name = await sat(tmp_path, TALK)
    expected = await digest(rooms, name)
    rebuilt = await asyncio.to_thread(rebuild, rooms, name, FixedClock(START))
    assert [part.how for part in rebuilt.parts if part.what == "cc"] == ["the same"]
    assert await digest(rooms, name) == expected
    last = len(list(read(rooms.log(name)))) - 1
    made = fork(rooms, name, last, START + timedelta(hours=1)).room
    assert await digest(rooms, made, more=AFTER[6:9]) == await digest(
        rooms, name, more=AFTER[6:9]
    )
    # Cut between the event and its fold, without a bank to take over from.
    places = [entry.place for entry in read(rooms.log(name))]
    [at] = [
        entry.place for entry in read(rooms.log(name)) if isinstance(entry.event, e.Rewritten)
    ]
    assert at in places
    early = fork(rooms, name, at, START + timedelta(hours=2)).room
    lose(rooms)
    fresh = await digest(rooms, early, more=AFTER[:6])
    again, other = await sat(tmp_path / "again", TALK)
    assert cc_code(rooms, early) == cc_code(again, other)
    assert fresh


def cc_code(rooms: Rooms, name: str) -> bytes:
    bank = Bank(rooms.bank)
    try:
        newest = bank.newest(name, "text")
        assert newest is not None
        return newest.code
    finally:
        bank.close()


# In a room.

ASKS = [f"where was it that the key hangs, {n}?" for n in range(60)]
SCRIPT = {
    "AI-1": [FACT, *(line(2 * n).text for n in range(16)), *ASKS],
    "AI-2": [line(2 * n + 1).text for n in range(80)],
}


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A room in which the fact is asked for until it returns."""
    folder = tmp_path_factory.mktemp("asked")

    async def run() -> None:
        async with stage(folder, SCRIPT, opened=opened(budget=BUDGET), keeps=True) as s:
            await s.session.run(rounds=30)

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ENFOLD_BYTE_MODEL", "")
        asyncio.run(run())
    return folder


@pytest.fixture
def folder(room: Path, tmp_path: Path) -> Path:
    shutil.copytree(room, tmp_path / "room")
    return tmp_path / "room"


def entries_of(folder: Path) -> list[Entry]:
    return list(read(folder / "room" / "log.jsonl"))


def returned(log: Sequence[Entry]) -> list[Entry]:
    return [one for one in log if isinstance(one.event, e.Rewritten) and not one.event.let_go]


def test_a_room_brings_back_what_is_asked_for_again_and_again(folder: Path) -> None:
    log = entries_of(folder)
    [back] = [
        one
        for one in returned(log)
        if isinstance(one.event, e.Rewritten) and PLACE in one.event.places
    ]
    assert isinstance(back.event, e.Rewritten)
    assert back.event.why.endswith(("cc has nothing of it", "cc has none of them"))
    fold = next(one.event for one in log[back.place :] if isinstance(one.event, e.Folded))
    assert fold.first <= back.place <= fold.last
    seen = look(folder / "bank.sqlite", "room", log, fold.last)
    assert seen is not None
    assert FACT.removeprefix("maybe the ") in seen.text
    assert any("spare key" in added for added in seen.added)
    assert [one.act for one in seen.done][:1] == ["rewrite"]


def test_while_cc_has_it_less_is_recalled_of_it(folder: Path) -> None:
    log = entries_of(folder)
    at = next(
        one.place
        for one in returned(log)
        if isinstance(one.event, e.Rewritten) and PLACE in one.event.places
    )

    def recalls(some: Sequence[Entry]) -> int:
        events = [one.event for one in some if isinstance(one.event, e.Recalled)]
        return sum(piece.first == PLACE for event in events for piece in event.pieces)

    assert recalls(log[:at]) >= OFTEN
    assert recalls(log[at + 4 :]) == 0


async def test_every_fold_of_such_a_room_is_what_its_log_makes_again(folder: Path) -> None:
    log = entries_of(folder)
    room, way, cc = reduced(log), carrier("text", BUDGET), CC("text")
    folds = [one.event for one in log if isinstance(one.event, e.Folded)]
    for fold in folds:
        cc = way.fold(cc, turn(log, log[fold.first : fold.last + 1], room))
        assert cc.digest == fold.digest
    (folder / "bank.sqlite").unlink()
    async with stage(folder, SCRIPT, keeps=True) as s:
        await s.session.run(turns=0)
        newest = s.bank.newest("room", "text")
    assert newest is not None
    assert newest.digest == folds[-1].digest


async def test_what_returned_can_be_taken_back_for_good(folder: Path) -> None:
    place = next(
        one.place
        for one in returned(entries_of(folder))
        if isinstance(one.event, e.Rewritten) and PLACE in one.event.places
    )
    async with stage(folder, SCRIPT, keeps=True) as s:
        lamination = s.session._means.lamination
        assert lamination is not None
        await lamination.mend(s.session.log, s.session.room)
        entry = await s.session.undo_keeping(place)
        assert isinstance(entry.event, e.Rewritten)
        assert entry.event.let_go
        assert (entry.event.by, entry.event.places) == (PERSON, (PLACE,))
        with pytest.raises(NotPossible):
            await s.session.undo_keeping(place)
        assert place not in [one.place for one in undoable(s.session.log)]
        await s.session.run(rounds=8)
        log = list(s.session.log)
    assert not any(
        PLACE in one.event.places
        for one in returned(log[entry.place :])
        if isinstance(one.event, e.Rewritten)
    )
    strata = Strata()
    strata.follow(log)
    acts = {one.place: one for one in strata.done}
    assert acts[entry.place].what == f"1 line of places {PLACE} to {PLACE} were let go of"
    assert strata.laminae() is None


# On talk as people have it.


@pytest.mark.slow
@pytest.mark.skipif(not LOCOMO.is_file(), reason=f"{LOCOMO} is not here")
async def test_of_lines_that_return_in_a_long_talk_most_stay_and_are_recalled_less() -> None:
    talk = spoken(locomo(LOCOMO.read_bytes()).talks[0])
    chosen, done = [await play(talk.utterances[:LINES], way) for way in ("chosen", "rewritten")]
    assert len(done.lived) >= 5
    assert len(chosen.lived) >= 5
    stay = sum(folds >= 8 for folds in done.lived.values())
    assert stay * 100 >= 60 * len(done.lived)
    assert not any(folds >= 8 for folds in chosen.lived.values())
    assert done.told()[1] / len(done.lived) < chosen.told()[1] / len(chosen.lived)
