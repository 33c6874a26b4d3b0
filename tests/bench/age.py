"""What a turn costs as a room grows old: `python -m tests.bench.age [TURNS] [--folder F]`.

A scripted room without a network, kept as any other: folded, coded, laminated, recalled from.
Printed for each stretch of turns are bytes sent, and milliseconds of processor time of the
room's process, of each of its threads and of the worker's; at the end whether the second half
costs what the first did, and whether every turn of the past still decodes to its bytes.

`--rooms YOUNG OLD` compares two rooms that such runs left, on copies, which take turns with
each other, so that a busy machine is as busy for both; medians of turns, for each stage.
"""

import argparse
import asyncio
import json
import random
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from statistics import mean, median

from agents.providers.base import Delta, Finished, Request
from memory.bank.reading import read, verify
from tests.fakes import Stage, opened, stage
from transcripts import events as e
from transcripts.events import Caps

FROM = 100
"""Turns after which the cost is to stay as it is."""

ALLOWED = 0.05

_ONSETS = [
    "b",
    "br",
    "c",
    "ch",
    "d",
    "dr",
    "f",
    "fl",
    "g",
    "gr",
    "h",
    "k",
    "l",
    "m",
    "n",
    "p",
    "pr",
    "r",
    "s",
    "sh",
    "sl",
    "st",
    "t",
    "tr",
    "v",
    "w",
]
_VOWELS = ["a", "e", "i", "o", "u", "ai", "ea", "oo", "ou"]
_CODAS = [
    "b",
    "ck",
    "d",
    "l",
    "ll",
    "m",
    "n",
    "nd",
    "nt",
    "p",
    "r",
    "rk",
    "rn",
    "sh",
    "st",
    "t",
    "th",
]
_COMMON = [
    "the",
    "a",
    "of",
    "to",
    "and",
    "in",
    "is",
    "it",
    "that",
    "was",
    "on",
    "for",
    "with",
    "as",
    "at",
    "by",
    "we",
    "you",
    "they",
    "not",
    "but",
]


class Talker:
    """Says lines of some topic that moves on every 40 turns, and measures between them."""

    def __init__(
        self,
        worker: "Worked",
        seed: int = 1,
        told: "Callable[[list[Row]], None]" = lambda _: None,
    ) -> None:
        self.chance = random.Random(seed)
        self.vocabulary = [self._word() for _ in range(4000)]
        self.topic: list[str] = []
        self.worker = worker
        self.rows: list[Row] = []
        self.told = told
        """Called as each turn begins."""
        self.floor: asyncio.Lock | None = None
        """Held through a turn, where two rooms take turns."""
        self.begun: list[Row] = []
        """As each turn begins once the other room's is over."""

    def _word(self) -> str:
        pick = self.chance.choice
        syllables = self.chance.choice((1, 2, 2, 3))
        return "".join(pick(_ONSETS) + pick(_VOWELS) for _ in range(syllables)) + pick(_CODAS)

    async def stream(self, request: Request) -> AsyncIterator[Delta | Finished]:
        self.rows.append(self._now(request))
        self.told(self.rows)
        if self.floor is not None:
            if self.begun:
                self.floor.release()
            await self.floor.acquire()
            self.begun.append(self._now(request))
        yield Delta(self._line(len(self.rows)))
        yield Finished(tokens_in=request.bytes // 4, tokens_out=30, dollars=0.0)

    def _now(self, request: Request) -> "Row":
        return Row(request.bytes, time.process_time(), self.worker.seconds(), stages())

    def _line(self, turn: int) -> str:
        chance = self.chance
        if turn % 40 == 1:
            self.topic = chance.sample(self.vocabulary, 30)
        words: list[str] = []
        for _ in range(chance.randrange(8, 30)):
            of = chance.random()
            if of < 0.45:
                words.append(chance.choice(_COMMON))
            else:
                words.append(chance.choice(self.topic if of < 0.85 else self.vocabulary))
        if turn % 7 == 0:
            words.append(f"at gate {chance.randrange(10_000)}")
        return " ".join(words).capitalize() + chance.choice(".?.!.")


@dataclass
class Row:
    """As a turn begins: seconds of processor time so far, but for bytes sent."""

    sent: int
    own: float
    worker: float
    stages: dict[str, float] = field(default_factory=dict[str, float])
    """By thread of the room's process; `loop` is the one that has the room."""


def stages() -> dict[str, float]:
    """Return the seconds of processor time that each thread of this process has had."""
    spent = {"loop": time.thread_time()}
    for thread in threading.enumerate():
        if thread is not threading.current_thread():
            seconds = _computed(f"/proc/self/task/{thread.native_id}/schedstat")
            name = thread.name.rpartition("_")[0] or f"{thread.name} thread"
            spent[name] = spent.get(name, 0.0) + seconds
    return spent


def _computed(told: str) -> float:
    """Return the seconds that the system counts, 0 for what is not there."""
    try:
        return int(Path(told).read_text().split()[0]) / 1e9
    except OSError:
        return 0.0


class Worked:
    """Processor time of a process that is started later, as the system counts it."""

    def __init__(self) -> None:
        self.stage: Stage | None = None

    def seconds(self) -> float:
        lamination = self.stage and self.stage.session._means.lamination
        pid = lamination._worker.pid if lamination else None
        return 0.0 if pid is None else _computed(f"/proc/{pid}/schedstat")


def stretches(rows: list[Row], size: int, after: int = 0) -> Iterator[dict[str, float]]:
    """Yield means of each stretch of `size` turns, from `after` turns after `FROM` on."""
    for start in range(FROM + after, len(rows) - size, size):
        some = rows[start : start + size + 1]
        first, last = some[0], some[-1]
        turns = [1000 * (after.own - before.own) for before, after in pairwise(some)]
        yield {
            "from": start,
            "to": start + size,
            "sent": round(mean(row.sent for row in some[:-1]), 1),
            "own_ms": round(1000 * (last.own - first.own) / size, 3),
            "median_ms": round(median(turns), 3),
            "worker_ms": round(1000 * (last.worker - first.worker) / size, 3),
            "in_loops": round(_in_loops(first, last), 3),
            **{
                f"{name}_ms": round(1000 * (spent - first.stages.get(name, 0.0)) / size, 3)
                for name, spent in last.stages.items()
            },
        }


def _in_loops(first: "Row", last: "Row") -> float:
    """Return what the process takes for each second of its loop's, which does not grow.

    On a machine that others use, a processor's second is worth less or more by the minute,
    for all threads alike.
    """
    loop = last.stages.get("loop", 0.0) - first.stages.get("loop", 0.0)
    return (last.own - first.own) / loop if loop else 0.0


def typical(turns: list[tuple[Row, Row]]) -> dict[str, float]:
    """Return medians of turns, each as it began and was over, in milliseconds."""
    names = dict.fromkeys(name for _, after in turns for name in after.stages)
    spent = {
        "own": [after.own - before.own for before, after in turns],
        "bytes": [before.sent / 1000 for before, _ in turns],
    }
    for name in names:
        spent[name] = [
            after.stages.get(name, 0.0) - before.stages.get(name, 0.0)
            for before, after in turns
        ]
    return {
        **{what: 1000 * median(each) for what, each in spent.items()},
        "own, mean": 1000 * mean(spent["own"]),
        "worker process, mean": 1000
        * mean(after.worker - before.worker for before, after in turns),
    }


async def more(room: Path, turns: int, seed: int, floor: asyncio.Lock) -> list[tuple[Row, Row]]:
    """Let a copy of a room go on for so many turns, each with `floor` held."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(room, folder, dirs_exist_ok=True)
        worked = Worked()
        talker = Talker(worked, seed)
        talker.floor = floor
        async with stage(Path(folder), provider=talker, keeps=True) as s:
            worked.stage = s
            try:
                await s.session.run(turns=turns)
            finally:
                floor.release()
        return list(zip(talker.begun, talker.rows[1:], strict=False))


async def compare(young: Path, old: Path, rounds: int, turns: int) -> None:
    """Print what a turn takes in two rooms that take turns, and what the old one takes more.

    The first half of the turns is not counted: a room that was just opened has laminae to
    read that one which went on for long has at hand.
    """
    found: list[list[dict[str, float]]] = [[], []]
    for seed in range(rounds):
        floor = asyncio.Lock()
        both = await asyncio.gather(
            *(more(room, 2 * turns, 100 + seed, floor) for room in (young, old))
        )
        for one, pairs in zip(found, both, strict=True):
            one.append(typical(pairs[turns:]))
        print_stages("age.round", [one[-1:] for one in found], ("own", "own, mean"))
    print_stages("age.stage", found, tuple(found[0][0]))


def print_stages(
    bench: str, found: list[list[dict[str, float]]], names: tuple[str, ...]
) -> None:
    """Print a line for each stage: medians of rounds, young and old."""
    for name in names:
        young, old = (median(one.get(name, 0.0) for one in some) for some in found)
        line = {"young": round(young, 3), "old": round(old, 3)}
        if young >= 0.1:
            line["ratio"] = round(old / young, 3)
        print(json.dumps({"bench": bench, "stage": name, **line}), flush=True)


async def aged(folder: Path, turns: int, size: int) -> tuple[list[dict[str, float]], bool]:
    """Let a room grow old; return what its turns cost, and whether all of it decodes."""
    worked = Worked()

    def told(rows: list[Row]) -> None:
        over = len(rows) - FROM - 1
        if over > 0 and over % size == 0:
            (newest,) = stretches(rows, size, over - size)
            print(json.dumps({"bench": "age", **newest}), flush=True)

    talker = Talker(worked, told=told)
    opening = opened(caps=Caps(turns=None, dollars=None))
    async with stage(folder, provider=talker, opened=opening, keeps=True) as s:
        worked.stage = s
        await s.session.run(turns=turns)
        log = list(s.session.log)
        archive = s.session._means.archive
        assert archive is not None
        found = list(stretches(talker.rows, size))
        laminae = s.bank.laminae.of("room")
        kinds = [type(entry.event).__name__ for entry in log]
        print(
            json.dumps(
                {
                    "bench": "age.room",
                    "turns": turns,
                    "text": sum(one.length for one in laminae),
                    "laminae": len(laminae),
                    "stored": sum(one.stored for one in laminae),
                    **{kind: kinds.count(kind) for kind in sorted(set(kinds))},
                }
            ),
            flush=True,
        )
        whole = verify(s.bank.turns, "room") == []
        said = [one for one in log if isinstance(one.event, e.Spoke)]
        for entry in random.Random(2).sample(said, 20):
            assert isinstance(entry.event, e.Spoke)
            turn = read(s.bank.turns, "room", entry.place)
            whole = whole and turn.text.decode() == entry.event.text
    return found, whole


def flat(found: list[dict[str, float]], what: str) -> float:
    """Return by how much the second half's mean is above the first half's."""
    half = len(found) // 2
    first = mean(row[what] for row in found[:half])
    last = mean(row[what] for row in found[-half:])
    return last / first - 1


def main() -> None:
    """Print a line of JSON for each stretch, and whether the cost stays flat."""
    parser = argparse.ArgumentParser(description="What a turn costs as a room grows old.")
    parser.add_argument("turns", type=int, nargs="?", default=10_000)
    parser.add_argument("--stretch", type=int, default=0, help="turns a stretch; a tenth")
    parser.add_argument("--folder", type=Path, help="kept; else a temporary one")
    parser.add_argument("--rooms", type=Path, nargs=2, help="compare two rooms instead")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    if options.rooms:
        young, old = options.rooms
        asyncio.run(compare(young, old, options.rounds, options.turns))
        return
    size = options.stretch or max(10, options.turns // 10)
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        found, whole = asyncio.run(aged(folder, options.turns, size))
    kinds = ("sent", "own_ms", "in_loops", "worker_ms")
    figures = {what: round(flat(found, what), 4) for what in kinds}
    good = whole and figures["sent"] <= ALLOWED and figures["own_ms"] <= ALLOWED
    print(json.dumps({"bench": "age.flat", **figures, "decodes": whole, "good": good}))
    sys.exit(0 if good else 2)


if __name__ == "__main__":
    main()
