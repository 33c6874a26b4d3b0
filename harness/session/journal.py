"""The one way to write a room: on disk first, then reduced, then shown.

Nothing in between waits for anything, so whoever reads sees what is on disk and in the order
in which it is there.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractContextManager
from typing import Final

from harness.archive import Archive
from harness.bus import Bus
from harness.clock import Clock
from harness.turn import Glimpse
from harness.votes import closed
from transcripts import events as e
from transcripts.events import Entry, Event, Source
from transcripts.log import Log
from transcripts.room import Room, reduce, reduced

SYNC: Final = 1.0
"""Seconds after which what was recorded is synced to the disk when a turn is over."""


class Journal:
    """A room's log, and what it amounts to."""

    def __init__(self, log: Log, clock: Clock, archive: Archive | None, room: Room | None):
        """Take over a log.

        Args:
            log: The room's, open.
            clock: Dates the entries.
            archive: Is given what is said.
            room: What `log` amounts to, if somebody reduced it already.
        """
        self._log = log
        self._clock = clock
        self._archive = archive
        self._bus: Bus[Entry | Glimpse] = Bus()
        self._synced = clock.elapsed()
        self.room = room or reduced(log.entries)
        """As it stands."""

    @property
    def entries(self) -> list[Entry]:
        """Every entry so far. To be read, not written."""
        return self._log.entries

    def reader(self) -> AbstractContextManager[AsyncIterator[Entry | Glimpse]]:
        """Read what happens from here on. See `Bus.reader`."""
        return self._bus.reader()

    def record(self, event: Event, source: Source | None = None) -> Entry:
        """Write `event` down, then reduce, then show it.

        Raises:
            LogUnwritable: It could not be written, and did not happen.
        """
        return self.record_all([event], source)[0]

    def record_all(self, events: Sequence[Event], source: Source | None = None) -> list[Entry]:
        """Write `events` down at once, all or none: a kill cannot part them.

        Raises:
            LogUnwritable: They could not be written, and none of them happened.
        """
        now = self._clock.now
        entries = self._log.extend([(now(), event, source) for event in events])
        for entry in entries:
            self.room = reduce(self.room, entry)
            self._bus.publish(entry)
        if any(isinstance(event, e.Spoke | e.Whispered) for event in events):
            self.keep()
        if any(isinstance(event, e.Left | e.Benched) for event in events):
            self.count_votes()
        return entries

    async def safe(self) -> None:
        """Have what was recorded survive a loss of power, unless that was done just now.

        The loop goes on while the disk is waited for.

        Raises:
            LogUnwritable: The disk failed.
        """
        now = self._clock.elapsed()
        if now - self._synced >= SYNC:
            self._synced = now
            await asyncio.to_thread(self._log.sync)

    def show(self, glimpse: Glimpse) -> None:
        """Show what is going on and is not recorded."""
        self._bus.publish(glimpse)

    def keep(self) -> None:
        """Let the archive take what it has not, in a time of its own."""
        if self._archive is not None:
            self._archive.take(self._log.entries)

    def count_votes(self) -> None:
        """Close polls that wait for nobody any more: whoever is gone is not waited for."""
        for poll in self.room.polls:
            if poll not in self.room.polls:
                continue  # closed by what the one before it led to
            done = list(closed(poll, dict(poll.votes), self.room))
            if done:
                self.record_all(done)

    def close(self) -> None:
        """Tell the readers that nothing more happens. The log is left open."""
        self._bus.close()
