"""How long the event loop is kept from its work, measured from inside.

The selector is the one place that every turn of a loop goes through: what lies between two
waits is one turn, during which no key is read and nothing is drawn. Wall time is what a person
feels; processor time of the loop's own thread is what we can do something about, and does not
depend on what else the machine is doing.
"""

import asyncio
import gc
import selectors
import sys
import threading
import time
import traceback
from collections.abc import Coroutine
from typing import Any, TypeVar

Result = TypeVar("Result")

TICK = 0.005
"""Seconds between two looks at whether the loop is late."""

LATE = 0.03
"""Seconds from which on it is written down what the loop is doing."""


class Watch(selectors.DefaultSelector):
    """A selector that times the turns of its loop."""

    def __init__(self) -> None:
        super().__init__()
        self.walls: list[float] = []
        """Seconds of each turn."""
        self.works: list[float] = []
        """Processor seconds of each turn, of the loop's thread alone."""
        self.collections: list[float] = []
        """Seconds of each garbage collection in that thread."""
        self.stacks: list[tuple[float, list[str]]] = []
        """Where the loop was when it was late, if somebody asked: see `explain`."""
        self._since: tuple[float, float] | None = None
        self._collecting = 0.0
        self._thread = threading.get_ident()

    def select(self, timeout: float | None = None) -> Any:
        """Wait, as every selector does; before and after it the clocks are read."""
        if self._since is not None:
            self.walls.append(time.perf_counter() - self._since[0])
            self.works.append(time.thread_time() - self._since[1])
            self._since = None
        found = super().select(timeout)
        self._since = (time.perf_counter(), time.thread_time())
        return found

    def begin(self) -> None:
        """Forget what was; count garbage collections from here on."""
        for kept in (self.walls, self.works, self.collections):
            kept.clear()
        self.stacks.clear()
        if self._collected not in gc.callbacks:
            gc.callbacks.append(self._collected)

    def end(self) -> None:
        """Stop counting garbage collections."""
        gc.callbacks.remove(self._collected)

    def _collected(self, phase: str, info: dict[str, int]) -> None:
        if threading.get_ident() != self._thread:
            return
        if phase == "start":
            self._collecting = time.perf_counter()
        else:
            self.collections.append(time.perf_counter() - self._collecting)

    def explain(self) -> None:
        """From now on, write down what the loop is doing whenever it is late."""
        threading.Thread(target=self._look, daemon=True, name="watch").start()

    def _look(self) -> None:
        while True:
            time.sleep(TICK)
            since = self._since
            if since is None or (late := time.perf_counter() - since[0]) < LATE:
                continue
            frame = sys._current_frames()[self._thread]
            lines = [
                f"{at.filename.rpartition('/')[2]}:{at.lineno} {at.name}"
                for at in traceback.extract_stack(frame)
            ]
            self.stacks.append((late, lines))


def watched(work: Coroutine[Any, Any, Result], watch: Watch) -> Result:
    """Run `work` in a loop of its own that `watch` times."""
    with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(watch)) as runner:
        return runner.run(work)


async def delays(seconds: float, watch: Watch) -> dict[str, float]:
    """Return how late a timer of 5 ms came and what the loop's turns took, for so long.

    All in milliseconds: `late` the latest, `late p99` the 99th of 100, `turn` the longest
    turn, `turn cpu` the longest by its processor time, `gc` the longest collection; `busy` is
    the part of one processor that the loop's thread took.
    """
    found: list[float] = []
    watch.begin()
    cpu, end = time.thread_time(), time.perf_counter() + seconds
    while (now := time.perf_counter()) < end:
        await asyncio.sleep(TICK)
        found.append(time.perf_counter() - now - TICK)
    cpu = time.thread_time() - cpu
    watch.end()
    found.sort()
    return {
        "late": found[-1] * 1000,
        "late p99": found[int(len(found) * 0.99)] * 1000,
        "turn": max(watch.walls) * 1000,
        "turn cpu": max(watch.works) * 1000,
        "turn cpu p99": sorted(watch.works)[int(len(watch.works) * 0.99)] * 1000,
        "gc": max(watch.collections, default=0.0) * 1000,
        "busy": cpu / seconds,
    }
