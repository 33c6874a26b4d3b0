"""Rooms whose turns are scored while they go on, by a real worker process."""

import asyncio
import logging
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from agents.providers.scripted import Fault
from agents.scenarios.scenario import load
from harness import config
from harness.clock import FixedClock
from harness.compose import new_room, open_session
from harness.errors import BadSettings, NotPossible
from harness.evaluation import standing
from harness.paths import Paths
from harness.rooms import Rooms
from harness.scoring import Bits, Counter
from memory.kernel import mixing as kernel
from tests.fakes import START, Stage, opened, stage
from transcripts import events as e
from transcripts.errors import LogUnwritable
from transcripts.events import Caps, Scored
from transcripts.log import Log, read
from transcripts.room import reduced

needs_c = pytest.mark.skipif(kernel.library() is None, reason="no C compiler here")

REPO = Path(__file__).parents[2]

FACTS = (
    "The ferry to Anholt leaves at 06:40 from pier nine, and Captain Birgitte steers it.",
    "The toll for a horse is 85 kroner, and the horse is called Quicksilver.",
    "The keeper Osvald has seventeen bees in a hatbox, and sells no honey.",
    "Under the third step of the stair lies a key of copper for the boathouse.",
    "Marguerite owes the harbour master twelve candles and a violin string.",
)
ROOM = opened(window=1, caps=Caps(turns=None))


def facts(turns: int) -> dict[str, list[str | Fault]]:
    """Two who say the same few things again and again, each some lines after it was said."""
    lines = [FACTS[turn % len(FACTS)] for turn in range(2 * turns)]
    return {"AI-1": list(lines[::2]), "AI-2": list(lines[1::2])}


def scores(s: Stage) -> list[Scored]:
    return [event for event in s.events(Scored) if isinstance(event, Scored)]


def bits(events: Sequence[Scored]) -> list[tuple[int, int, int]]:
    return [(one.none, one.sent, one.full) for one in events]


async def until(met: Callable[[], object], seconds: float = 20.0) -> None:
    async with asyncio.timeout(seconds):
        while not met():  # noqa: ASYNC110 - `met` is anything at all
            await asyncio.sleep(0.005)


# In the worker process: a counter that says what it is told to, or waits.


def here() -> str:
    return "pretended"


def nobody() -> str:
    return ""


def taken(after: bytes, text: bytes) -> bytes | None:
    return after + text[:1]


def badly(after: bytes, asked: bytes, text: bytes, sent: bytes | None) -> Bits | None:
    return Bits(1000, 900, 400)


def deadly(after: bytes, asked: bytes, text: bytes, sent: bytes | None) -> Bits | None:
    os._exit(9)


def held() -> str:
    while not Path(os.environ["ENFOLD_TEST_GATE"]).exists():
        time.sleep(0.01)
    return "pretended"


BADLY = Counter(here, taken, badly)


@needs_c
async def test_who_is_told_the_past_scores_higher_than_who_is_not(tmp_path: Path) -> None:
    told: dict[str, list[Scored]] = {}
    for carrier in ("empty", "text"):
        room = replace(ROOM, carrier=carrier)
        async with stage(
            tmp_path / carrier, facts(8), opened=room, scores=True, recalls=True
        ) as s:
            assert (await s.session.run(turns=14)).reason == "turns"
            assert s.session.scoring == "off: the room is closed"
            told[carrier] = scores(s)
            assert s.session.room.scores == tuple(one.score for one in told[carrier])
    lines = [[one.line for one in events] for events in told.values()]
    assert [len(one) for one in lines] == [14, 14]
    assert told["text"][-1].score > told["empty"][-1].score + 50
    for one in told["text"][8:]:
        assert one.full < one.none // 4  # it was said before, word for word


@needs_c
async def test_a_room_that_tells_everything_loses_nothing(tmp_path: Path) -> None:
    room = replace(ROOM, carrier="full")
    async with stage(tmp_path, facts(6), opened=room, scores=True) as s:
        await s.session.run(turns=8)
        assert [one.score for one in scores(s)] == [100] * 8
        assert all(one.sent == one.full for one in scores(s))


@pytest.mark.slow
@needs_c
async def test_a_score_is_the_same_however_often_the_worker_is_killed(tmp_path: Path) -> None:
    counted: dict[str, list[Scored]] = {}
    killed: set[int] = set()
    for how in ("whole", "killed"):
        async with stage(tmp_path / how, facts(5), opened=ROOM, scores=True) as s:
            with s.session.reader() as happens:
                run = asyncio.create_task(s.session.run(turns=6))
                async for entry in happens:
                    if how == "killed" and isinstance(getattr(entry, "event", None), Scored):
                        assert s.worker.pid is not None
                        killed.add(s.worker.pid)
                        os.kill(s.worker.pid, 9)
                assert (await run).reason == "turns"
            counted[how] = scores(s)
    assert len(killed) > 3
    assert len(counted["whole"]) == 6
    assert counted["whole"] == counted["killed"]


@needs_c
async def test_a_score_is_the_same_in_a_new_sitting_as_in_one(tmp_path: Path) -> None:
    counted: dict[int, list[Scored]] = {}
    for sittings in (1, 2):
        folder = tmp_path / str(sittings)
        for _ in range(sittings):
            async with stage(folder, facts(6), opened=ROOM, scores=True) as s:
                await s.session.run(turns=6 // sittings)
                counted[sittings] = scores(s)
    assert len(counted[2]) == 6
    assert bits(counted[2]) == bits(counted[1])


_AGAIN = """
import asyncio, sys
from pathlib import Path
from tests.harness.test_scoring_rooms import ROOM, bits, facts, scores
from tests.fakes import stage

async def main():
    async with stage(Path(sys.argv[1]), facts(5), opened=ROOM, scores=True, recalls=True) as s:
        await s.session.run(turns=5)
        print(bits(scores(s)))

asyncio.run(main())
"""


@pytest.mark.slow
@needs_c
def test_a_score_is_the_same_in_two_processes_of_other_hash_seeds(tmp_path: Path) -> None:
    told = [
        subprocess.run(
            [sys.executable, "-c", _AGAIN, str(tmp_path / seed)],
            cwd=REPO,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert told[0] == told[1]
    assert told[0].count("(") == 5


@needs_c
def test_what_is_read_in_slices_is_read() -> None:
    text = " ".join(FACTS).encode() * 40
    whole = standing.read(b"", text)
    assert whole is not None
    assert standing.read(b"nothing that was read", text) is None
    at_once = standing.weigh(whole, b"Ada: ", FACTS[0].encode(), text)
    assert at_once is not None
    assert at_once.sent == at_once.full < at_once.none
    digest = b""
    for first in range(0, len(text), 1000):
        read = standing.read(digest, text[first : first + 1000])
        assert read is not None
        digest = read
    assert standing.weigh(digest, b"Ada: ", FACTS[0].encode(), text) == at_once
    for another in (b"a", b"b"):
        assert standing.read(b"", another)
    assert standing.weigh(digest, b"", b"x", None) is None  # two are kept


async def test_no_turn_waits_for_a_score(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = tmp_path / "gate"
    monkeypatch.setenv("ENFOLD_TEST_GATE", str(gate))
    counter = Counter(held, taken, badly)
    async with stage(
        tmp_path, facts(30), opened=ROOM, scores=True, counter=counter, attended=True
    ) as s:
        run = asyncio.create_task(s.session.run(rounds=5))
        await until(lambda: s.session.room.paused)
        assert (s.session.room.turns, scores(s)) == (10, [])
        gate.touch()
        await until(lambda: len(scores(s)) == 10)
        lines = [entry.place for entry in s.session.log if isinstance(entry.event, e.Spoke)]
        assert [one.line for one in scores(s)] == lines
        s.session.finish()
        await run


async def test_what_waits_when_the_room_is_closed_is_let_go_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = tmp_path / "gate"
    monkeypatch.setenv("ENFOLD_TEST_GATE", str(gate))
    counter = Counter(held, taken, badly)
    for turns in (4, 4):
        async with stage(
            tmp_path, facts(30), opened=ROOM, scores=True, counter=counter, patient=False
        ) as s:
            await s.session.run(turns=turns)
    assert s.session.room.turns == 8
    assert scores(s) == []
    gate.touch()
    async with stage(
        tmp_path, facts(30), opened=ROOM, scores=True, counter=counter, patient=True
    ) as s:
        await s.session.run(turns=2)
        assert len(scores(s)) == 2


async def test_a_room_goes_on_where_the_worker_dies_over_every_turn(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    counter = Counter(here, taken, deadly)
    async with stage(tmp_path, facts(9), opened=ROOM, scores=True, counter=counter) as s:
        assert (await s.session.run(turns=4)).reason == "turns"
        assert s.session.room.turns == 4
        assert s.session.scoring.startswith("off: ")
        assert scores(s) == []
    assert [record.name for record in caplog.records] == ["harness.scoring"]


async def test_without_c_nothing_is_scored_and_it_is_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    counter = Counter(nobody, taken, badly)
    with caplog.at_level(logging.WARNING):
        async with stage(tmp_path, facts(9), opened=ROOM, scores=True, counter=counter) as s:
            assert s.session.scoring == "on"
            await s.session.run(turns=4)
            assert s.session.scoring == "off: no C kernel is here to count with"
            assert scores(s) == []
    assert len(caplog.records) == 1


class NoRoomForScores(Log):
    """A log on a disk that is full whenever a score comes."""

    def extend(
        self, entries: Iterable[tuple[datetime, e.Event, e.Source | None]]
    ) -> list[e.Entry]:
        entries = list(entries)
        if any(isinstance(event, Scored) for _, event, _ in entries):
            raise LogUnwritable("log.jsonl", "the disk is full")
        return super().extend(entries)


async def test_a_room_goes_on_where_a_score_cannot_be_written(tmp_path: Path) -> None:
    async with stage(
        tmp_path, facts(9), opened=ROOM, scores=True, counter=BADLY, log_type=NoRoomForScores
    ) as s:
        assert (await s.session.run(turns=4)).reason == "turns"
        assert s.session.room.turns == 4
        assert "the disk is full" in s.session.scoring


# What follows from a score.


async def test_a_fall_below_the_threshold_is_told_once_and_widens_the_window(
    tmp_path: Path,
) -> None:
    async with stage(
        tmp_path,
        facts(30),
        opened=ROOM,
        scores=True,
        counter=BADLY,
        attended=True,
        threshold=80,
    ) as s:
        s.session.change("continuity.policy", "widen")
        run = asyncio.create_task(s.session.run(rounds=6))
        await until(lambda: len(scores(s)) == 12)
        fallen = [type(entry.event).__name__ for entry in s.session.log]
        first = fallen.index("Slipped")
        assert fallen[:first].count("Scored") == 8
        assert s.events(e.Slipped) == [e.Slipped(score=16, threshold=80, act="widen")]
        assert s.session.room.opened.window == 3
        # Asked for anew, it is told anew.
        s.session.change("continuity.threshold", "50")
        s.session.resume()
        await until(lambda: len(s.events(e.Slipped)) == 2)
        assert s.session.room.opened.window == 5
        s.session.finish()
        await run
    entries = list(read(s.path))
    assert reduced(entries) == s.session.room


async def test_settings_of_a_room_are_checked(tmp_path: Path) -> None:
    async with stage(tmp_path, facts(1), opened=ROOM, attended=True) as s:
        assert s.session.scoring == ""
        s.session.change("continuity.threshold", "80%")
        s.session.change("continuity.policy", "widen")
        s.session.change("window", "12")
        room = s.session.room
        assert (room.continuity_threshold, room.continuity_policy) == (80, "widen")
        assert room.opened.window == 12
        s.session.change("continuity.threshold", "none")
        assert s.session.room.continuity_threshold == 0
        for setting, value in (
            ("continuity.threshold", "101"),
            ("continuity.threshold", "much"),
            ("continuity.policy", "dance"),
            ("continuity.mood", "1"),
            ("window", "0"),
            ("window", "65"),
        ):
            with pytest.raises(NotPossible):
                s.session.change(setting, value)


async def test_a_room_without_scores_is_what_it_was(tmp_path: Path) -> None:
    async with stage(tmp_path, facts(3), opened=ROOM) as s:
        await s.session.run(turns=4)
        assert scores(s) == []
        assert s.session.room.scores == ()
        assert s.session.scoring == ""


SMALL = """
title = "Two"
[[cast]]
name = "Ada"
model = "scripted/ada"
script = ["The toll is 85 kroner.", "As I said: the toll is 85 kroner.", "It is."]
[[cast]]
name = "Bob"
model = "scripted/bob"
script = ["Is it? 85 kroner is much.", "The toll, 85 kroner!", "No."]
"""


@needs_c
@pytest.mark.parametrize(
    ("live", "attended", "scored"),
    [
        ("screen", True, True),
        ("screen", False, False),
        ("always", False, True),
        ("never", True, False),
    ],
)
async def test_where_turns_are_scored_is_a_setting(
    tmp_path: Path, live: str, attended: bool, scored: bool
) -> None:
    path = tmp_path / "two.toml"
    path.write_text(SMALL, encoding="utf-8")
    paths = Paths(
        config=tmp_path / "config",
        data=tmp_path / "data",
        state=tmp_path / "state",
        cache=tmp_path / "cache",
    )
    there = {"ENFOLD_CONTINUITY__LIVE": live, "ENFOLD_CONTINUITY__THRESHOLD": "60"}
    settings = config.read(paths.settings, there)
    rooms, clock = Rooms(paths.rooms), FixedClock(START)
    room_id = await new_room(rooms, load(str(path)), paths, settings, clock, seed=1)
    async with open_session(
        rooms, room_id, paths, settings, clock, attended=attended
    ) as session:
        run = asyncio.create_task(session.run(rounds=2))
        await until(lambda: session.room.paused or run.done())
        assert session.room.turns == 4
        assert (session.scoring != "") == scored
        if scored:
            await until(lambda: len(session.room.scores) == 4)
        assert session.room.continuity_threshold == (60 if scored else 0)
        session.finish()
        await run
        assert len(session.room.scores) == (4 if scored else 0)


def test_settings_of_continuity_that_are_none_are_named(tmp_path: Path) -> None:
    for name, value in (("LIVE", "maybe"), ("THRESHOLD", "101"), ("POLICY", "dance")):
        variable = f"ENFOLD_CONTINUITY__{name}"
        with pytest.raises(BadSettings, match=variable):
            config.read(tmp_path / "none.toml", {variable: value})
