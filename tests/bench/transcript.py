"""A long room on the screen, beside one widget for each message: `python -m tests.bench transcript`.

Each of the two has a process of its own, so that what it took in memory can be told. Times are
of the processor, with everything that Textual does for a frame in them.
"""

import argparse
import asyncio
import json
import resource
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from textual.app import App, ComposeResult
from textual.containers import VerticalScroll
from textual.pilot import Pilot
from textual.widget import Widget
from textual.widgets import Static

from tests.bench.__main__ import talk
from transcripts import events as e
from transcripts.events import Entry, Event
from transcripts.participants import Participant
from tui.widgets.transcript import Transcript

NOW: Final = datetime(2026, 1, 1, tzinfo=UTC)
SIZE: Final = (100, 30)
STEPS: Final = 20


def room(messages: int) -> list[Entry]:
    """Return a made-up log of four speakers."""
    happened: list[Event] = [e.Opened(title="a long room")]
    happened += [
        e.Joined(participant=Participant(id=f"AI-{n}", name=f"Model {n}", model=f"made/up-{n}"))
        for n in range(1, 5)
    ]
    for turn, text in enumerate(talk(messages)):
        used = e.Usage(model="made/up", requested=1.0, tokens_out=80, seconds=1.2)
        happened.append(e.Spoke(author=f"AI-{1 + turn % 4}", text=text, usage=used))
    return [Entry(place, NOW, event) for place, event in enumerate(happened)]


class _Ours(App[None]):
    def compose(self) -> ComposeResult:
        yield Transcript()


class _Widgets(App[None]):
    def compose(self) -> ComposeResult:
        yield VerticalScroll()


def _memory() -> float:
    """Return what this process has now, MiB; where that cannot be told, the most it ever had."""
    statm = Path("/proc/self/statm")
    if statm.exists():
        return int(statm.read_text().split()[1]) * resource.getpagesize() / 1024**2
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def _ours(entries: list[Entry], pilot: Pilot[None]) -> Widget:
    transcript = pilot.app.query_one(Transcript)
    await transcript.load(entries)
    return transcript


async def _widgets(entries: list[Entry], pilot: Pilot[None]) -> Widget:
    scroll = pilot.app.query_one(VerticalScroll)
    said = [entry.event for entry in entries if isinstance(entry.event, e.Spoke)]
    await scroll.mount_all(Static(one.text, markup=False) for one in said)
    return scroll


async def measure(
    app: App[None],
    entries: list[Entry],
    fill: Callable[[list[Entry], Pilot[None]], Awaitable[Widget]],
) -> dict[str, float]:
    """Return seconds and MiB of one of the two."""
    figures: dict[str, float] = {}
    clock = time.process_time
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        before = _memory()
        started = clock()
        shown = await fill(entries, pilot)
        await pilot.pause()
        figures["open, s"] = clock() - started
        if isinstance(shown, Transcript):
            started = clock()
            while not shown.measured:
                await pilot.pause(0.05)
            figures["measure in idle time, s"] = clock() - started
        shown.scroll_to(y=shown.max_scroll_y // 2, animate=False)
        await pilot.pause()
        worst = total = 0.0
        for _ in range(STEPS):
            started = clock()
            shown.scroll_relative(y=3, animate=False)
            await pilot.pause()
            took = clock() - started
            worst, total = max(worst, took), total + took
        figures["scroll step, mean, ms"] = total / STEPS * 1000
        figures["scroll step, worst, ms"] = worst * 1000
        started = clock()
        await pilot.resize_terminal(SIZE[0] - 20, SIZE[1])
        await pilot.pause()
        figures["resize, ms"] = (clock() - started) * 1000
        figures["widgets"] = len(app.query("*"))
        figures["memory on top of the log, MiB"] = _memory() - before
    return figures


def child(which: str, messages: int) -> None:
    """Print the figures of one of the two as a line of JSON."""
    app, fill = (_Ours(), _ours) if which == "ours" else (_Widgets(), _widgets)
    print(json.dumps(asyncio.run(measure(app, room(messages), fill))))


def rows(row: Callable[[str, str, str, float], None], messages: int) -> None:
    """Print both side by side by `row(what, value, floor, ratio)`; the ratio says who wins."""
    figures: list[dict[str, float]] = []
    for which in ("ours", "widgets"):
        command = [sys.executable, "-m", "tests.bench.transcript", which, str(messages)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        figures.append(json.loads(done.stdout))
    ours, theirs = figures
    for what, value in ours.items():
        if (other := theirs.get(what)) is not None:
            row(f"{messages:,} messages: {what}", f"{value:,.2f}",
                f"a Static for each of them, {other:,.2f}", value / other)  # fmt: skip
        else:
            row(f"{messages:,} messages: {what}", f"{value:,.2f}", "opening them",
                value / ours["open, s"])  # fmt: skip


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("which", choices=["ours", "widgets"])
    arguments.add_argument("messages", type=int)
    chosen = arguments.parse_args()
    child(chosen.which, chosen.messages)
