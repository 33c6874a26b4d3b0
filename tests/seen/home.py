"""A home of its own and a clock that is the same each time, for pictures of screens."""

import asyncio
import os
import tempfile
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

BEGUN = datetime(2026, 3, 14, 21, 40, tzinfo=UTC)

TASK, THREAD = 0.03, 0.004
"""Seconds that pass each time a task or a thread asks: about what a word and a fold take."""


class Watch:
    """Moves when it is looked at, for each who looks at a pace of their own."""

    def __init__(self, begun: datetime = BEGUN) -> None:
        self._now = begun
        self._elapsed: dict[int, float] = {}

    def pass_by(self, time: timedelta) -> None:
        """Let that much time pass."""
        self._now += time

    def now(self) -> datetime:
        """Return the time of day, a second later than before."""
        self._now += timedelta(seconds=1)
        return self._now

    def elapsed(self) -> float:
        """Return seconds since a moment fixed for who asks: a task, or a thread."""
        try:
            who, step = id(asyncio.current_task()), TASK
        except RuntimeError:
            who, step = threading.get_ident(), THREAD
        self._elapsed[who] = self._elapsed.get(who, 0.0) + step
        return self._elapsed[who]


@contextmanager
def new_home() -> Generator[Path]:
    """Live in an empty home, in UTC, with no key, server or proxy in the environment."""
    kept = dict(os.environ)
    # A room that was left may still be storing its last turns, in a thread that nobody waits for.
    with tempfile.TemporaryDirectory(prefix="enfold-", ignore_cleanup_errors=True) as folder:
        try:
            os.environ.clear()
            os.environ.update({n: kept[n] for n in ("PATH", "LANG", "LC_ALL") if n in kept})
            os.environ.update(HOME=folder, TZ="UTC", TERM="xterm-256color")
            time.tzset()
            yield Path(folder)
        finally:
            os.environ.clear()
            os.environ.update(kept)
            time.tzset()
