"""Our code of turns beside other compressors: `python -m tests.bench codec [FILE...]`.

Bits per byte and kB/s of one core (processor time, one thread, one run), turn by turn: each turn
alone, and given all turns before it. Every stream is decoded and compared. What is counted for
whom stands in `codec_others` and `codec_ours`; the goals are those of issue 4, as ratios made here.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from tests.bench import codec_others, codec_ours, codec_speeds, codec_texts
from tests.bench.chart import bars
from tests.bench.codec_ours import Cost
from tests.bench.codec_texts import Absent, Text

OURS: Final = ("mixed", "model alone", "mixer alone")
PUBLISHED: Final = {
    False: {
        "zstd -19": 4.212,
        "brotli -q 11": 3.486,
        "xz -9e": 4.41,
        "bzip2 -9": 4.50,
        "PPMd o6": 3.755,
        "lpaq1": 3.825,
    },
    True: {
        "zstd -19": 3.073,
        "brotli -q 11": 2.752,
        "xz -9e": 2.850,
        "bzip2 -9": 2.892,
        "PPMd o6": 2.460,
        "PPMd o8": 2.442,
        "lpaq1": 2.394,
        "paq8px": 2.142,
        "lpaq1 primed": 1.763,
    },
}
"""Bits per byte of sample 004, by whether the turns before are known: `design/codec.md` 2, A."""
GOALS: Final = (
    (True, ("zstd -19",), 0.60),
    (True, ("brotli -q 11",), 0.67),
    (True, ("PPMd o6", "PPMd o8"), 0.75),
    (True, ("lpaq1",), 0.77),
    (False, ("zstd -19",), 0.55),
    (False, ("brotli -q 11",), 0.65),
    (True, ("lpaq1 primed",), 1.0),
)
"""Along or alone, beside the better of whom, at most how much of it."""


@dataclass(frozen=True, slots=True)
class Figure:
    """What one compressor made of one text."""

    text: Text
    along: bool
    by: str
    cost: Cost

    @property
    def bits(self) -> float:
        """Per byte of text, of the code alone."""
        return 8 * self.cost.coded / self.text.bytes

    @property
    def stored(self) -> float | None:
        """Per byte of text, with what a blob of ours has before its code."""
        return 8 * self.cost.stored / self.text.bytes if self.cost.stored else None

    def told(self) -> dict[str, Any]:
        """As a line of JSON."""
        size = self.text.bytes

        def speed(seconds: float) -> float | None:
            return round(size / seconds / 1000, 2) if seconds > 0 else None

        return {
            "text": self.text.name,
            "bytes": size,
            "turns": self.text.turns,
            "talks": len(self.text.talks),
            "mode": "with history" if self.along else "independent",
            "by": self.by,
            "bits_per_byte": round(self.bits, 4),
            "stored_bits_per_byte": round(self.stored, 4) if self.stored else None,
            "encode_kB_per_s": speed(self.cost.encode),
            "decode_kB_per_s": speed(self.cost.decode),
        }


@dataclass(frozen=True, slots=True)
class Verdict:
    """A goal beside what was measured."""

    what: str
    measured: float
    goal: float
    most: bool
    """Whether the goal is the most that it may be, or the least."""
    unit: str = ""
    beside: str = ""

    @property
    def met(self) -> bool:
        """Whether it is reached."""
        return self.measured <= self.goal if self.most else self.measured >= self.goal

    def told(self) -> dict[str, Any]:
        """As a line of JSON."""
        return {
            "goal": self.what,
            "measured": round(self.measured, 4),
            "unit": self.unit,
            "at most" if self.most else "at least": self.goal,
            "met": self.met,
            "note": self.beside,
        }


def tell(line: str) -> None:
    """Say on standard error what is going on."""
    print(f"[{time.strftime('%H:%M:%S')}] {line}", file=sys.stderr, flush=True)


def theirs(text: Text, other: codec_others.Other, *, along: bool) -> Cost:
    """Code and decode `text` with another compressor.

    Raises:
        Unequal: Something came back as something else.
    """
    cost = Cost()
    for talk in text.talks:
        turns = [words for _, words in talk]
        sizes = [len(turn) for turn in turns]
        started = time.process_time() + children()
        codes = other.along(turns) if along else other.alone(turns)
        between = time.process_time() + children()
        back = other.undo_along(codes, sizes) if along else other.undo_alone(codes, sizes)
        cost.decode += time.process_time() + children() - between
        cost.encode += between - started
        cost.coded += sum(map(len, codes))
        if isinstance(other, codec_others.Program):
            cost.coded -= other.framing() * len(codes)
        if b"".join(back) != b"".join(turns) or (len(back) > 1 and back != turns):
            raise codec_ours.Unequal(f"{other.name} gave back other turns")
    return cost


def children() -> float:
    """Return processor seconds of programs that were run and have ended."""
    times = os.times()
    return times.children_user + times.children_system


def texts(chosen: argparse.Namespace) -> Iterator[Text | Absent]:
    """Yield what is measured: the files that were named, or all there is."""
    if chosen.files:
        for path in chosen.files:
            yield codec_texts.named(path, raw=chosen.raw)
        return
    quick = chosen.quick
    yield codec_texts.own()
    yield from codec_texts.seed()
    yield from codec_texts.rooms()
    yield from codec_texts.locomo(8_000 if quick else 96_000)
    if quick:
        yield Absent("val, bench", "left out with --quick")
        return
    yield from codec_texts.val(1_000_000)
    yield from codec_texts.bench(24_000)


def figures(
    text: Text,
    others: Iterable[codec_others.Other],
    fresh: codec_speeds.Fresh | None,
    most: int,
) -> Iterator[Figure]:
    """Measure one text: with history, and the first `most` bytes turn for turn alone."""
    for along in (True, False):
        part = text if along else text.first(most)
        way = "with history" if along else "each turn alone"
        size = part.bytes
        tell(f"{text.name}: {size:,} bytes in {part.turns:,} turns, {way}")
        done, said = 0, time.monotonic()

        def going(more: int, size: int = size) -> None:
            nonlocal done, said
            done += more
            if time.monotonic() - said > 10:
                said = time.monotonic()
                tell(f"    {100 * done / size:.0f} %")

        for by, cost in codec_ours.measure(part.talks, fresh, along=along, tell=going).items():
            yield Figure(part, along, by, cost)
        for other in others:
            if not (other.slowly and (size > 64_000 or not text.judged)):
                yield Figure(part, along, other.name, theirs(part, other, along=along))


def verdicts(found: Iterable[Figure]) -> Iterator[Verdict]:
    """Yield the goals of size, for talk among models."""
    bits = {(x.text.name, x.along, x.by): x for x in found if x.text.judged}
    for name in dict.fromkeys(name for name, *_ in bits):
        for along, beside, goal in GOALS:
            mine = bits.get((name, along, "mixed"))
            rivals = [bits[name, along, by].bits for by in beside if (name, along, by) in bits]
            note = ""
            if not rivals and name == "004" and beside[0] in PUBLISHED[along]:
                rivals, note = [PUBLISHED[along][beside[0]]], "as published, not run here"
            if mine is None or not rivals:
                continue
            assert mine.stored is not None
            ratio, stored = mine.bits / min(rivals), mine.stored / min(rivals)
            way = "with history" if along else "alone"
            what = f"{name}, {way}, beside {'/'.join(beside)}"
            aside = f"{stored:.3f} with our lengths and checksums"
            yield Verdict(what, ratio, goal, True, beside=f"{aside}; {note}" if note else aside)


def published(found: Iterable[Figure]) -> Iterator[dict[str, Any]]:
    """Yield how far the others are from what was published for sample 004."""
    for one in found:
        known = PUBLISHED[one.along].get(one.by)
        if one.text.name == "004" and known:
            yield {
                "check": f"{one.by}, {'with history' if one.along else 'alone'}",
                "bits_per_byte": round(one.bits, 3),
                "published": known,
                "off_percent": round(100 * (one.bits / known - 1), 2),
            }


def table(found: list[Figure], *, along: bool, chat: bool) -> Table | None:
    """Return bits per byte of some texts, a row for each compressor."""
    chosen = [x for x in found if x.along is along and x.text.chat is chat]
    if not chosen:
        return None
    columns = {x.text.name: x.text for x in chosen}
    way = "given all turns before" if along else "each turn alone"
    made = Table(title=f"bits per byte, {way}", title_justify="left")
    made.add_column("")
    for name, text in columns.items():
        made.add_column(f"{name.removesuffix('.txt')}\n{text.bytes:,}", justify="right")
    bits = {(x.by, x.text.name): x for x in chosen}
    for by in dict.fromkeys((*OURS, *(x.by for x in chosen))):
        cells = [bits.get((by, name)) for name in columns]
        if any(cells):
            style = "bold" if by == "mixed" else None
            made.add_row(by, *(f"{x.bits:.3f}" if x else "–" for x in cells), style=style)
        if by == "mixed" and any(cells):
            made.add_row(
                "  as stored", *(f"{x.stored:.3f}" if x and x.stored else "–" for x in cells)
            )
    return made


def pace(found: list[Figure]) -> Table:
    """Return kB/s over everything that each compressor coded."""
    made = Table(title="kB/s, one core, all texts together", title_justify="left")
    for heading in ("", "encode", "decode", "encode", "decode"):
        made.add_column(heading, justify="right" if heading else "left")
    for by in dict.fromkeys((*OURS, *(x.by for x in found))):
        cells: list[str] = []
        for along in (True, False):
            mine = [x for x in found if x.by == by and x.along is along]
            size = sum(x.text.bytes for x in mine)
            took = (sum(x.cost.encode for x in mine), sum(x.cost.decode for x in mine))
            cells += [f"{size / one / 1000:,.1f}" if one > 0 else "–" for one in took]
        if set(cells) != {"–"}:
            made.add_row(by, *cells)
    made.caption = "first two given all turns before, last two alone; model alone: its counts"
    made.caption_justify = "left"
    return made


def judgement(rows: list[Verdict]) -> Table:
    """Return the goals and whether they are met."""
    made = Table(title="goals", title_justify="left")
    for heading in ("", "measured", "goal", "", ""):
        made.add_column(heading, justify="right" if heading else "left")
    for one in rows:
        sign = "≤" if one.most else "≥"
        met = "[green]met[/]" if one.met else "[red]missed[/]"
        measured = f"{one.measured:.3f}" if one.most else f"{one.measured:,.1f}"
        goal = f"{sign} {one.goal:g}"
        made.add_row(one.what, f"{measured} {one.unit}".strip(), goal, met, one.beside)
    return made


def parser() -> argparse.ArgumentParser:
    """Return what the command takes."""
    made = argparse.ArgumentParser(prog="python -m tests.bench codec", description=__doc__)
    made.add_argument(
        "files", nargs="*", type=Path, metavar="FILE", help="instead of all texts"
    )
    made.add_argument(
        "--model", type=Path, help="a .hqlm file instead of the one that is shipped"
    )
    made.add_argument("--raw", action="store_true", help="do not read FILE as a transcript")
    made.add_argument("--quick", action="store_true", help="small texts, within a minute")
    made.add_argument("--no-speeds", action="store_true", help="leave out speeds by backend")
    made.add_argument("--json", action="store_true", help="a line of JSON for each figure")
    made.add_argument("--svg", type=Path, help="draw sample 004 with history to this file too")
    return made


def main(arguments: list[str]) -> int:
    """Measure; 1 where something is missing, 2 where something came back unequal."""
    chosen = parser().parse_args(arguments)
    for path in chosen.files:
        if not path.is_file():
            print(f"{path}: no such file", file=sys.stderr)
            return 1
    if os.getloadavg()[0] > 1.5:
        tell("others are at work here: speeds suffer")
    model = codec_speeds.model(chosen.model)
    fresh = None if isinstance(model, str) else model.guesser
    tell(
        f"no model: {model}"
        if isinstance(model, str)
        else f"model {model.model.id[:16]}, {model.backend}"
    )
    others, missing = codec_others.others(tell, train=not chosen.quick)
    for line in missing:
        tell(f"left out: {line}")
    found: list[Figure] = []
    for text in texts(chosen):
        if isinstance(text, Absent):
            tell(f"left out: {text.name}: {text.reason}")
            continue
        if not text.bytes:
            tell(f"left out: {text.name}: it is empty")
            continue
        for one in figures(text, others, fresh, 24_000 if chosen.quick else 32_000):
            found.append(one)
            if chosen.json:
                print(json.dumps(one.told(), ensure_ascii=False), flush=True)
    goals = list(verdicts(found))
    ours = None if isinstance(model, str) else model
    rows: list[codec_speeds.Row] = []
    if not chosen.no_speeds:
        rows += codec_speeds.rows(ours, tell, quick=chosen.quick)
    goals += [
        Verdict(x.what, x.value, x.goal, False, x.unit) for x in rows if x.goal is not None
    ]
    report(found, goals, rows, as_json=chosen.json)
    if chosen.svg is not None:
        shown = {x.by: x.bits for x in found if x.text.name == "004" and x.along}
        if not shown:
            print("nothing to draw: sample 004 was not measured", file=sys.stderr)
            return 1
        title = "Sample 004, turn by turn with history: bits per byte"
        bars(chosen.svg, title, shown, own=OURS)
        tell(f"drawn: {chosen.svg}")
    return 0


def report(
    found: list[Figure],
    goals: list[Verdict],
    rows: list[codec_speeds.Row],
    *,
    as_json: bool,
) -> None:
    """Print what was not printed yet."""
    checks = list(published(found))
    if as_json:
        for line in (*(x.told() for x in rows), *checks, *(x.told() for x in goals)):
            print(json.dumps(line, ensure_ascii=False), flush=True)
        return
    console = Console(width=None if sys.stdout.isatty() else 150, highlight=False)
    for chat in (True, False):
        for along in (True, False):
            if made := table(found, along=along, chat=chat):
                console.print(made)
    console.print(pace(found))
    made = Table(title="speed and waiting, 1 core", title_justify="left")
    for heading in ("", "measured", ""):
        made.add_column(heading, justify="right" if heading else "left")
    for one in rows:
        made.add_row(one.what, f"{one.value:,.1f} {one.unit}", one.note)
    if rows:
        console.print(made)
    if checks:
        made = Table(title="sample 004 beside column A of the design", title_justify="left")
        for heading in ("", "here", "published", "off"):
            made.add_column(heading, justify="right" if heading else "left")
        for check in checks:
            off = f"{check['off_percent']:+.2f} %"
            made.add_row(
                check["check"],
                f"{check['bits_per_byte']:.3f}",
                f"{check['published']:.3f}",
                off,
            )
        console.print(made)
    if goals:
        console.print(judgement(goals))
