"""What a turn costs as a room grows old: `python -m tests.bench.age [TURNS] [--json FILE]`.

A scripted room without a network, kept as any other: folded, coded, laminated, recalled from.
Printed for each stretch of turns are bytes sent, and milliseconds of processor time of the
room's process and of the worker's; at the end whether the last stretch costs what the first
one after turn 100 did, and whether every turn of the past still decodes to its bytes.
"""

import argparse
import asyncio
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

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

    def __init__(self, worker: "Worked", seed: int = 1) -> None:
        self.chance = random.Random(seed)
        self.vocabulary = [self._word() for _ in range(4000)]
        self.topic: list[str] = []
        self.worker = worker
        self.rows: list[Row] = []

    def _word(self) -> str:
        pick = self.chance.choice
        syllables = self.chance.choice((1, 2, 2, 3))
        return "".join(pick(_ONSETS) + pick(_VOWELS) for _ in range(syllables)) + pick(_CODAS)

    async def stream(self, request: Request) -> AsyncIterator[Delta | Finished]:
        self.rows.append(Row(request.bytes, time.process_time(), self.worker.seconds()))
        yield Delta(self._line(len(self.rows)))
        yield Finished(tokens_in=request.bytes // 4, tokens_out=30, dollars=0.0)

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
    """As a turn begins."""

    sent: int
    own: float
    worker: float


class Worked:
    """Processor time of a process that is started later, as the system counts it."""

    def __init__(self) -> None:
        self.stage: Stage | None = None
        self._tick = os.sysconf("SC_CLK_TCK")

    def seconds(self) -> float:
        lamination = self.stage and self.stage.session._means.lamination
        pid = lamination._worker.pid if lamination else None
        if pid is None:
            return 0.0
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return 0.0
        return (int(fields[11]) + int(fields[12])) / self._tick


def stretches(rows: list[Row], size: int) -> Iterator[dict[str, float]]:
    """Yield means of each stretch of `size` turns, from turn `FROM` on."""
    for start in range(FROM, len(rows) - size, size):
        some = rows[start : start + size + 1]
        yield {
            "from": start,
            "to": start + size,
            "sent": round(mean(row.sent for row in some[:-1]), 1),
            "own_ms": round(1000 * (some[-1].own - some[0].own) / size, 3),
            "worker_ms": round(1000 * (some[-1].worker - some[0].worker) / size, 3),
        }


async def aged(folder: Path, turns: int, size: int) -> tuple[list[dict[str, float]], bool]:
    """Let a room grow old; return what its turns cost, and whether all of it decodes."""
    worked = Worked()
    talker = Talker(worked)
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
    options = parser.parse_args()
    size = options.stretch or max(10, options.turns // 10)
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        found, whole = asyncio.run(aged(folder, options.turns, size))
    for row in found:
        print(json.dumps({"bench": "age", **row}), flush=True)
    figures = {what: round(flat(found, what), 4) for what in ("sent", "own_ms", "worker_ms")}
    good = whole and figures["sent"] <= ALLOWED and figures["own_ms"] <= ALLOWED
    print(json.dumps({"bench": "age.flat", **figures, "decodes": whole, "good": good}))
    sys.exit(0 if good else 2)


if __name__ == "__main__":
    main()
