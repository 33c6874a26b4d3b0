"""What a sitting has used up. While the room waits for the person, time stands still."""

from collections.abc import Generator
from contextlib import contextmanager

from harness.budget import Spent, spending, used_up
from harness.clock import Clock
from transcripts.room import Room


class Sitting:
    """What budgets count from."""

    def __init__(self, room: Room, clock: Clock) -> None:
        """Begin with `room` as it stands."""
        self._clock = clock
        self.start = room
        """As the room stood when counting began."""
        self._started = clock.elapsed()
        self._waits_since: float | None = None

    def again(self, room: Room) -> None:
        """Count from here: as much may be used up once more."""
        self.start, self._started = room, self._clock.elapsed()

    def spent(self, room: Room) -> tuple[Spent, ...]:
        """Return what was used up so far, and what may be."""
        return spending(room, self.start, self._seconds())

    def used_up(self, room: Room) -> str:
        """Return which budget is used up and how far, or ``""``."""
        return used_up(room, self.start, self._seconds())

    @contextmanager
    def waiting(self) -> Generator[None, None, None]:
        """Do not count the time until the person has done something.

        Where the wait is broken off by an error, the room is over and the time stays.
        """
        self._waits_since = self._clock.elapsed()
        yield
        now = self._clock.elapsed()
        self._started += now - max(self._waits_since, self._started)
        self._waits_since = None

    def _seconds(self) -> float:
        """How long it has been going on, waiting for the person not counted."""
        now = self._clock.elapsed()
        until = now if self._waits_since is None else self._waits_since
        return max(0.0, until - self._started)
