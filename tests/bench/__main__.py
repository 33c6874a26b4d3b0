"""`python -m tests.bench`: speeds as ratios to a floor or a peer, measured in the same run.

A line of JSON for each figure, or tables with `--table`. In parts, all of them by default:
`speeds` of the engine; `screen`: the first frame, opening a long room, and how the event loop
fares while a room streams; `transcript`: 10,000 messages beside one widget for each of them;
`verifier`: what V counts in a second, beside PPMd.

`python -m tests.bench flat` runs rooms of 2,000 turns instead and prints what is sent and
folded a turn, young and old, for the carriers `text`, `window` and `full`.

`python -m tests.bench codec [FILE...]` sets our code of turns beside other compressors, and
`python -m tests.bench exact [N]` looks whether it is the same everywhere; both take `--help`.
`python -m tests.bench faults [N]` fails the disk N times and counts what was lost.
`python -m tests.bench folder PATH...` sets a folder, folded, beside .tar.xz and .tar.zst.
"""

import argparse
import asyncio
import json
import os
import platform
import sys
import tempfile
import time
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from memory.cc.base import CC, Turn, Utterance
from memory.cc.carriers import carrier
from tests.bench.chart import draw
from tests.fakes import opened, stage
from tests.words import WORDS
from transcripts import events as e
from transcripts.commands.lexer import lex
from transcripts.events import Caps, Entry
from transcripts.log import Log, read
from transcripts.readers.auto import read as read_foreign
from transcripts.room import Room, reduce

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def talk(turns: int, *, seed: int = 1, words: int = 60) -> list[str]:
    """Return made-up messages: sentences of common words, names and numbers, some commands."""
    draw = Random(seed)
    lines: list[str] = []
    for turn in range(turns):
        sentences = [
            " ".join(draw.choices(WORDS, k=draw.randint(5, 12))).capitalize()
            + f" {draw.randint(1, 999)}."
            for _ in range(max(1, words // 9))
        ]
        if turn % 11 == 5:
            sentences.append(f"\n!temperature {draw.randint(1, 20) / 10}")
        lines.append(" ".join(sentences))
    return lines


def timed(work: Callable[[], object], *, times: int = 3) -> float:
    """Return processor seconds of the fastest of some runs."""
    best = float("inf")
    for _ in range(times):
        started = time.process_time()
        work()
        best = min(best, time.process_time() - started)
    return max(best, 1e-9)


_as_table = False


def row(what: str, value: str, floor: str, ratio: float) -> None:
    """Print one measurement: what it is, beside what, and how many times as much."""
    if _as_table:
        print(f"| {what} | {value} | {floor} | {ratio:,.2f} x |", flush=True)
    else:
        figure = {"what": what, "measured": value, "beside": floor, "ratio": round(ratio, 3)}
        print(json.dumps(figure, ensure_ascii=False), flush=True)


def speeds() -> None:
    """Print every speed beside its floor or peer."""
    with tempfile.TemporaryDirectory() as folder:
        _engine(Path(folder))
        _log(Path(folder))
        _lexer()
        _fold()
        _import(Path(folder))
        _stalls(Path(folder))


def _stalls(folder: Path) -> None:
    """How long the loop is ever kept from its work, with folds and real sketches going on."""
    from agents.painters.sketch import Sketch
    from harness.clock import WallClock

    lines = talk(40)
    for turn in (3, 11, 19, 27):
        lines[turn] += '\n!image "a red lantern on a harbour wall, rain over a dark sea"'
    worst = 0.0

    async def tick() -> None:
        nonlocal worst
        while True:
            before = time.perf_counter()
            await asyncio.sleep(0.005)
            worst = max(worst, time.perf_counter() - before - 0.005)

    async def run() -> None:
        parts = {"AI-1": lines[::2], "AI-2": lines[1::2]}
        async with stage(
            folder / "stalls", parts, painter=Sketch(), clock=WallClock(), patient=False
        ) as s:
            await asyncio.to_thread(lambda: __import__("PIL.Image"))
            ticking = asyncio.create_task(tick())
            await s.session.run(turns=40)
            ticking.cancel()

    asyncio.run(run())
    row(
        "worst stall of the loop",
        f"{worst * 1000:,.1f} ms",
        "the 50 ms it may take",
        worst / 0.05,
    )


def _engine(folder: Path) -> None:
    turns = 400
    lines = talk(turns)

    async def run() -> int:
        parts = {"AI-1": lines[::2], "AI-2": lines[1::2]}
        async with stage(
            folder / "engine", parts, opened=opened(caps=Caps(turns=None, dollars=None))
        ) as s:
            await s.session.run(turns=turns)
            return len(s.session.log)

    started = time.process_time()
    entries = asyncio.run(run())
    engine = time.process_time() - started
    log = (folder / "engine" / "room" / "log.jsonl").read_bytes().splitlines(keepends=True)

    def bare() -> None:
        with (folder / "bare.jsonl").open("wb", buffering=0) as file:
            for line in log:
                file.write(line)

    floor = timed(bare)
    row(
        "engine, scripted, cc folded",
        f"{turns / engine:,.0f} turns/s",
        f"bare loop writing the same {entries} lines",
        engine / floor,
    )


def _log(folder: Path) -> None:
    events = [e.Spoke(author=f"AI-{1 + i % 3}", text=line) for i, line in enumerate(talk(4000))]
    made: list[Entry] = []

    def append() -> None:
        path = folder / "append.jsonl"
        path.unlink(missing_ok=True)
        with Log(path, now=NOW) as log:
            for event in events:
                log.append(NOW, event)
            made[:] = log.entries

    seconds = timed(append)
    lines = (folder / "append.jsonl").read_bytes().splitlines(keepends=True)

    def bare() -> None:
        with (folder / "bare2.jsonl").open("wb", buffering=0) as file:
            for line in lines:
                file.write(line)

    row("append", f"{len(events) / seconds:,.0f} entries/s", "bare unbuffered writes of the lines",
        seconds / timed(bare))  # fmt: skip

    def again() -> None:
        room = Room()
        for entry in made:
            room = reduce(room, entry)

    seconds = timed(again)

    def loads() -> None:
        for line in lines:
            json.loads(line)

    floor = timed(loads)
    row("reduce", f"{len(made) / seconds:,.0f} entries/s", "json.loads of the same lines",
        seconds / floor)  # fmt: skip
    seconds = timed(lambda: list(read(folder / "append.jsonl")))
    row("read a log", f"{len(made) / seconds:,.0f} entries/s", "json.loads of the same lines",
        seconds / floor)  # fmt: skip


def _lexer() -> None:
    text = "\n".join(talk(4000))
    hostile = '!vote "\n' * 40_000
    floor = timed(lambda: [line.strip().startswith("!") for line in text.splitlines()])
    for name, sample in (("lexer, talk", text), ("lexer, hostile", hostile)):
        seconds = timed(lambda sample=sample: lex(sample))
        row(name, f"{len(sample.encode()) / seconds / 1e6:,.2f} MB/s",
            "splitlines and one test a line", seconds / floor * len(text) / len(sample))  # fmt: skip


def _fold() -> None:
    lines = talk(600)
    for name in ("text", "window"):
        way = carrier(name, 2048)
        cc = CC(name)
        started = time.process_time()
        for place, line in enumerate(lines):
            turn = Turn(place, place, (Utterance(place, f"AI-{1 + place % 3}", line),))
            cc = way.fold(cc, turn)
        seconds = (time.process_time() - started) / len(lines)
        old = cc.code
        floor = timed(lambda old=old: [zlib.compress(old + line.encode(), 9) for line in lines])
        row(f"fold, {name}", f"{seconds * 1000:,.2f} ms/turn",
            "zlib -9 of cc and the turn", seconds / (floor / len(lines)))  # fmt: skip


def _import(folder: Path) -> None:
    draw = Random(2)
    blocks = [f"AI-{1 + draw.randrange(3)} (Some Model) \n{line}" for line in talk(2000)]
    path = folder / "big.txt"
    path.write_text("\n".join(blocks), encoding="utf-8")
    seconds = timed(lambda: read_foreign(path), times=1)
    floor = timed(lambda: path.read_text(encoding="utf-8").splitlines())
    size = path.stat().st_size
    row("import, G2 text", f"{size / seconds / 1e6:,.2f} MB/s", "read_text and splitlines",
        seconds / floor)  # fmt: skip


def flat(turns: int, svg: Path | None) -> None:
    """Print what a turn sends and what a fold costs, along a room of so many turns."""
    lines: dict[str, list[tuple[float, float]]] = {}
    marks = [
        mark for mark in (10, 50, 100, 200, 500, 1000, 1500, 2000, 5000, 10000) if mark <= turns
    ]
    print(
        f"{'carrier':<8} {'turn':>6} {'bytes sent':>12} {'of it cc':>9} {'cc bytes':>9} {'fold ms':>9}"
    )
    for name in ("text", "window", "full"):
        with tempfile.TemporaryDirectory() as folder:
            rows = asyncio.run(_flat(Path(folder), name, turns))
        lines[name] = [
            (turn + 1, rows[turn][0])
            for turn in [*range(0, turns - 1, max(1, turns // 200)), turns - 1]
        ]
        for mark in marks:
            around = rows[max(0, mark - 10) : mark]
            sent = sum(r[0] for r in around) / len(around)
            carried = sum(r[1] for r in around) / len(around)
            size = around[-1][2]
            ms = sum(r[3] for r in around) / len(around) * 1000
            print(f"{name:<8} {mark:>6} {sent:>12,.0f} {carried:>9,.0f} {size:>9,} {ms:>9.2f}")
    if svg is not None:
        draw(svg, "Bytes of context sent a turn", lines, x="turn", y="bytes")


async def _flat(folder: Path, name: str, turns: int) -> list[tuple[int, int, int, float]]:
    lines = talk(turns)
    caps = Caps(turns=None, dollars=None)
    from harness.clock import WallClock

    async with stage(
        folder,
        {"AI-1": lines[::2], "AI-2": lines[1::2]},
        opened=opened(carrier=name, caps=caps),
        clock=WallClock(),
    ) as s:
        await s.session.run(turns=turns)
        spoken = [x.event for x in s.session.log if isinstance(x.event, e.Spoke)]
        folded = [x.event for x in s.session.log if isinstance(x.event, e.Folded)]
    return [
        (one.usage.sent, one.usage.carried, fold.size, fold.seconds)
        for one, fold in zip(spoken, folded, strict=True)
        if one.usage
    ]


def main() -> None:
    """Measure what was asked for."""
    if sys.argv[1:2] == ["codec"]:
        _one_thread()
        from tests.bench import codec

        sys.exit(codec.main(sys.argv[2:]))
    if sys.argv[1:2] == ["exact"]:
        from tests.bench import exact

        sys.exit(exact.main(sys.argv[2:]))
    if sys.argv[1:2] == ["folder"]:
        _one_thread()
        from tests.bench import folder

        sys.exit(folder.main(sys.argv[2:]))
    if sys.argv[1:2] == ["faults"]:
        from tests.bench import faults

        sys.exit(faults.main(sys.argv[2:]))
    arguments = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    arguments.add_argument(
        "what",
        nargs="?",
        choices=["all", "speeds", "screen", "transcript", "verifier", "flat"],
        default="all",
    )
    arguments.add_argument("--table", action="store_true", help="Markdown, for people")
    arguments.add_argument("--turns", type=int, default=2000, help="flat: so many")
    arguments.add_argument("--messages", type=int, default=10_000, help="of a long room")
    arguments.add_argument("--svg", type=Path, help="flat: draw it to this file too")
    chosen = arguments.parse_args()
    global _as_table  # noqa: PLW0603 - said once, at the start
    _as_table = chosen.table
    _begin()
    if chosen.what == "flat":
        flat(chosen.turns, chosen.svg)
    if chosen.what in {"all", "speeds"}:
        speeds()
    if chosen.what in {"all", "screen"}:
        from tests.bench import screen

        screen.rows(row, chosen.messages)
    if chosen.what in {"all", "transcript"}:
        from tests.bench import transcript

        transcript.rows(row, chosen.messages)
    if chosen.what in {"all", "verifier"}:
        from tests.bench import verifier

        verifier.rows(row)


def _one_thread() -> None:
    """Begin again with one thread: the libraries of NumPy read this once, when loaded."""
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    wanted: dict[str, str] = dict.fromkeys(names, "1")
    if not wanted.items() <= os.environ.items():
        os.environ.update(wanted)
        os.execv(sys.executable, [sys.executable, "-m", "tests.bench", *sys.argv[1:]])  # noqa: S606


def _begin() -> None:
    """Print when and where this is."""
    load = os.getloadavg()[0]
    where = {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "python": sys.version.split()[0],
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "load": round(load, 2),
    }
    if _as_table:
        print(", ".join(f"{name} {value}" for name, value in where.items()))
        print("\n| | measured | beside | ratio |\n|---|---:|---|---:|")
    else:
        print(json.dumps(where))
    if load > 1:
        print("others are at work here: wall times mean little", file=sys.stderr)


if __name__ == "__main__":
    main()
