"""What time it is. Everything that asks, asks here, so that a run can be repeated exactly."""

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


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
