"""What time it is. Everything that asks, asks here, so that a run can be repeated exactly."""

import os
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Protocol

from harness.errors import BadSettings


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """Return the time of day, UTC."""
        ...

    def elapsed(self) -> float:
        """Return seconds since some fixed moment; never goes back."""
        ...


class WallClock:
    """The computer's own."""

    def now(self) -> datetime:
        """Return the time of day, UTC."""
        return datetime.now(UTC)

    def elapsed(self) -> float:
        """Return seconds since some fixed moment."""
        return time.monotonic()


class FixedClock:
    """Starts where it is told and moves one second on each time it is asked what time it is."""

    def __init__(self, start: datetime) -> None:
        self._now = start - timedelta(seconds=1)

    def now(self) -> datetime:
        """Return the next second."""
        self._now += timedelta(seconds=1)
        return self._now

    def elapsed(self) -> float:
        """Return 0.0: on this clock nothing takes time."""
        return 0.0


def clock(environment: Mapping[str, str] = os.environ) -> Clock:
    """Return the wall clock, or one fixed by `ENFOLD_CLOCK=2026-01-01T00:00:00Z`.

    Raises:
        BadSettings: The variable is no time.
    """
    start = environment.get("ENFOLD_CLOCK", "")
    if not start:
        return WallClock()
    try:
        return FixedClock(datetime.fromisoformat(start).astimezone(UTC))
    except ValueError as error:
        raise BadSettings(
            f"ENFOLD_CLOCK: {start!r} is no time like 2026-01-01T00:00:00Z"
        ) from error
