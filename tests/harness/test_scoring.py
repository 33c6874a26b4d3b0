"""How well a room goes on from what its speakers are sent, counted turn by turn."""

import random
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import replace
from hashlib import blake2b
from typing import ParamSpec, TypeVar
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.retelling import BLOCK, Talk
from harness.scoring import (
    SLICE,
    TURNS,
    Bits,
    Counter,
    Scoring,
    outcome,
    share,
    wished,
)
from harness.turn import Given
from harness.worker import Worker
from tests.fakes import START
from transcripts import events as e
from transcripts.events import Entry, Event, Scored
from transcripts.participants import PERSON, Participant
from transcripts.room import Room, reduce, reduced

_P = ParamSpec("_P")
_T = TypeVar("_T")


def scored(score: int, *, none: int = 1000, sent: int = 500, full: int = 400) -> Scored:
    return Scored(line=3, none=none, sent=sent, full=full, score=score, verifier="v")


def room_of(*events: Event) -> Room:
    first = (e.Opened(title="a room"), *events)
    return reduced(Entry(place, START, event) for place, event in enumerate(first))


def after(room: Room, events: list[Event]) -> Room:
    for event in events:
        room = reduce(room, Entry(room.next_place, START, event))
    return room


def asked(threshold: int, policy: str = "notice") -> list[Event]:
    return [
        e.Changed(setting="continuity.threshold", value=str(threshold), by=PERSON),
        e.Changed(setting="continuity.policy", value=policy, by=PERSON),
    ]


# What a score is, and what follows from it.


def test_a_score_is_the_share_of_what_the_talk_was_worth() -> None:
    assert share([scored(0, none=1000, sent=550, full=400)]) == 75
    assert share([scored(0, none=1000, sent=1200, full=400)]) == 0
    assert share([scored(0, none=1000, sent=300, full=400)]) == 100


def test_nothing_is_lost_of_a_talk_that_is_worth_nothing() -> None:
    assert share([]) == 100
    assert share([scored(0, none=300, sent=900, full=300)]) == 100


@given(st.lists(st.tuples(*[st.integers(0, 10**6)] * 3), max_size=9))
def test_a_score_is_a_percentage(bits: list[tuple[int, int, int]]) -> None:
    assert 0 <= share([scored(0, none=n, sent=s, full=f) for n, s, f in bits]) <= 100


def test_only_the_newest_turns_count_and_only_those_of_the_same_verifier() -> None:
    old = [scored(0, sent=1000)] * 20
    other = Scored(line=1, none=9, sent=9, full=0, score=0, verifier="another")
    room = room_of(*old, *[scored(100, sent=400)] * 7, other)
    event = outcome(room, 9, Bits(1000, 400, 400), "v")[0]
    assert event == Scored(line=9, none=1000, sent=400, full=400, score=100, verifier="v")


def test_nobody_is_told_before_there_are_enough_turns() -> None:
    room = room_of(*asked(90), *[scored(0, sent=1000)] * (TURNS - 2))
    events = outcome(room, 9, Bits(1000, 1000, 400), "v")
    assert len(events) == 1
    events += outcome(after(room, events), 10, Bits(1000, 1000, 400), "v")
    assert events[2:] == [e.Slipped(score=0, threshold=90)]


def test_a_fall_is_told_once_and_again_after_a_rise() -> None:
    room = room_of(*asked(80), *[scored(100, sent=400)] * TURNS)
    told: list[Event] = []
    for sent in (*[1000] * 4, *[400] * TURNS, *[1000] * 4):
        events = outcome(room, 9, Bits(1000, sent, 400), "v")
        told += events[1:]
        room = after(room, events)
    assert told == [e.Slipped(score=75, threshold=80)] * 2


def test_no_fall_is_told_where_nobody_asks() -> None:
    room = room_of(*[scored(0, sent=1000)] * TURNS)
    assert len(outcome(room, 9, Bits(1000, 1000, 400), "v")) == 1


def test_the_window_widens_up_to_what_is_wide() -> None:
    low = [scored(0, sent=1000)] * TURNS
    room = room_of(*asked(80, "widen"), *low)
    events = outcome(room, 9, Bits(1000, 1000, 400), "v")
    assert events[1:] == [
        e.Slipped(score=0, threshold=80, act="widen"),
        e.Changed(setting="window", value="8", by="room"),
    ]
    assert after(room, events).opened.window == 8
    wide = e.Changed(setting="window", value="24", by=PERSON)
    room = room_of(*asked(80, "widen"), wide, *low)
    events = outcome(room, 9, Bits(1000, 1000, 400), "v")
    assert events[1:] == [e.Slipped(score=0, threshold=80)]


def test_settings_are_the_rooms_unless_it_has_its_own() -> None:
    assert wished(room_of(), 0, "notice") == []
    assert wished(room_of(), 80, "widen") == [
        e.Changed(setting="continuity.threshold", value="80", by="room"),
        e.Changed(setting="continuity.policy", value="widen", by="room"),
    ]
    assert wished(room_of(*asked(0)), 80, "widen") == []


# What is told to who counts.


def log(*events: Event) -> list[Entry]:
    return [Entry(place, START, event) for place, event in enumerate(events)]


ADA = e.Joined(participant=Participant(id="AI-1", name="Ada\nL", model="m"))


def test_a_talk_is_told_a_line_each_without_what_is_private() -> None:
    entries = log(
        e.Opened(title="x"),
        ADA,
        e.Spoke(author="AI-1", text='One\n\ntwo.\n!prompt "SECRET"'),
        e.Whispered(author="AI-1", to="you", text="SECRET"),
        e.Spoke(author="AI-1", text='!prompt "SECRET"'),
        e.Spoke(author="AI-7", text="who?"),
    )
    talk = Talk()
    talk.scan(entries, 6)
    told = talk.told(entries).decode().splitlines()
    assert told[-2:] == ["Ada L: One two.", "AI-7: who?"]
    assert "SECRET" not in "".join(told)


def test_what_was_sent_is_told_by_name_as_the_talk_is_and_once() -> None:
    entries = log(
        e.Opened(title="x"),
        ADA,
        e.Spoke(author="AI-1", text="a"),
        e.Spoke(author="AI-1", text="b"),
    )
    talk = Talk()
    talk.scan(entries, 4)
    given = Given(
        "2 AI-1: the toll; 85\n3 AI-1: b\nno line of ours",
        (("AI-1", "3 AI-1 (Ada): it is: late"),),
        frozenset({3}),
    )
    assert talk.given(entries, given, 4).decode().splitlines() == [
        "Ada L: the toll; 85",
        "no line of ours",
        "Ada L: it is: late",
        "Ada L: b",
    ]


@given(st.lists(st.integers(1, 3 * BLOCK), max_size=12), st.randoms())
def test_of_a_long_talk_the_newest_is_read_whenever_it_was_looked_at(
    sizes: list[int], draw: random.Random
) -> None:
    entries = log(*(e.Spoke(author="AI-1", text="x" * size) for size in sizes))
    whole = Talk()
    whole.scan(entries, len(entries))
    piecemeal = Talk()
    for upto in range(len(entries) + 1):
        if draw.random() < 0.5:
            piecemeal.scan(entries, upto)
        piecemeal.scan(entries, upto)
        start, coming = whole.starts(upto)
        assert piecemeal.starts(upto) == (start, coming)
        assert sum(sizes[coming:upto]) < BLOCK
        read = sum(sizes[start:upto])
        assert read >= min(BLOCK, sum(sizes[:upto]))
        assert read <= 2 * BLOCK + 2 * max(sizes[start:upto], default=0)


class Here(Worker):
    """Works at once, and in this process."""

    def submit(
        self, function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs
    ) -> "Future[_T]":
        done = Future[_T]()
        done.set_result(function(*args, **kwargs))
        return done


class Pages:
    """A room's log, for scores."""

    def __init__(self, entries: list[Entry]) -> None:
        self.entries = entries
        self.room = Room()
        self.scores: list[Scored] = []

    def record_all(self, events: Sequence[Event]) -> list[Entry]:
        self.scores += [event for event in events if isinstance(event, Scored)]
        return []


class Reads:
    """Counts by telling how long the talk is that was read, and what was sent."""

    def __init__(self) -> None:
        self.texts = {b"": b""}
        self.read = 0
        """Bytes since somebody looked."""

    @property
    def counter(self) -> Counter:
        def begin() -> str:
            return "pages"

        def read(after: bytes, text: bytes) -> bytes | None:
            assert len(text) <= SLICE
            if after not in self.texts:
                return None
            self.read += len(text)
            whole = self.texts[after] + text
            digest = blake2b(whole).digest()
            self.texts[digest] = whole
            return digest

        def weigh(after: bytes, asked: bytes, text: bytes, sent: bytes | None) -> Bits | None:
            if after not in self.texts:
                return None
            whole = self.texts[after]
            return Bits(0, crc32(whole), len(whole))

        return Counter(begin, read, weigh)


def long_talk(count: int) -> list[Entry]:
    return log(*(e.Spoke(author="AI-1", text=f"{n} " * 500) for n in range(count)))


async def test_a_turn_of_an_old_room_costs_what_one_of_a_young_room_does() -> None:
    pages, reads = Pages(long_talk(500)), Reads()
    scoring = Scoring(Here(), reads.counter)
    costs: list[int] = []
    for line in range(500):
        scoring.take(pages, line, Given())
        await scoring.settled()
        costs.append(reads.read)
        reads.read = 0
    assert len(Talk().told(pages.entries)) > 3 * BLOCK
    longest = len(Talk().told(pages.entries[-1:]))
    assert max(costs) <= 2 * longest
    assert BLOCK < pages.scores[-1].full <= 2 * BLOCK + longest
    await scoring.close()


@pytest.mark.parametrize("line", [3, 170, 400, 499])
async def test_what_is_read_is_the_same_whenever_it_is_read(line: int) -> None:
    pages, reads = Pages(long_talk(500)), Reads()
    told: list[Scored] = []
    for lines, forgets in ((range(line + 1), ()), ([line], ()), (range(line + 1), (2, line))):
        scoring = Scoring(Here(), reads.counter)
        for one in lines:
            if one in forgets:
                reads.texts = {b"": b""}
            scoring.take(pages, one, Given())
            await scoring.settled()
        told.append(replace(pages.scores[-1], score=0))
        await scoring.close()
    assert told[0].line == line
    assert told[0] == told[1] == told[2]
