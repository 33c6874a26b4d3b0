"""Folding while a room is played again, for rooms that nobody folded when they were live.

The log is not written: what is folded goes to the bank, turn by turn, as it would have. A
room that was folded live has its folds in its log already, and is left alone, unless the bank
lost them: then they are made again.
"""

from collections.abc import Sequence
from types import TracebackType
from typing import Self

from harness.clock import WallClock
from harness.keeper import Keeper
from harness.voice import FarReader, needed
from harness.worker import Worker
from memory.bank.address import Where
from memory.bank.bank import Bank
from memory.cc.carriers import carrier
from transcripts.events import Entry, Folded, Opened, Spoke
from transcripts.room import Room, reduce


class Rehearsal:
    """Folds what is heard. Use as a context manager; it has the bank open."""

    def __init__(self, bank: Where, room_id: str, entries: Sequence[Entry]) -> None:
        first = entries[0].event if entries else None
        opened = first if isinstance(first, Opened) else Opened(title="")
        state = opened.carrier == "state"
        self.recorded = any(isinstance(entry.event, Folded) for entry in entries)
        """Whether the log has folds of its own."""
        self.budget = opened.budget
        self.folds = 0
        self.size = 0
        self._entries = entries
        self._heard = 0
        self._unfolded = False
        self._room = Room()
        self._bank = Bank(bank)
        self._room_id = room_id
        self._worker = Worker()
        far = FarReader(self._worker, needed('carrier "state"')) if state else None
        way = carrier(opened.carrier, opened.budget, far)
        self._way = way
        if not self.recorded:
            self._bank.forget(room_id, way.name)
        self._keeper = Keeper(room_id, way, self._bank, WallClock())

    async def hear(self, entry: Entry) -> None:
        """Take in the next entry; fold the turn before it, if it begins another."""
        if isinstance(entry.event, Spoke):
            if self._unfolded:
                await self._fold()
            self._unfolded = True
        self._room = reduce(self._room, entry)
        self._heard = entry.place + 1
        if self.recorded and isinstance(entry.event, Folded):
            self.folds += 1
            self.size = entry.event.size

    async def rest(self) -> None:
        """Fold the last turn: nothing follows that would say that it is over."""
        if self._unfolded:
            await self._fold()

    async def finish(self) -> None:
        """Fold the last turn; make again what the log has and the bank lost."""
        await self.rest()
        if self.recorded and self._lost():
            room = Room()
            for entry in self._entries:
                room = reduce(room, entry)
            await self._keeper.mend(room, self._entries)
        await self._keeper.close()

    def _lost(self) -> bool:
        """Whether the bank has not what the log says was folded."""
        rows = self._bank.history(self._room_id, self._way.name)
        logged = [entry.event for entry in self._entries if isinstance(entry.event, Folded)]
        return not rows or rows[-1].upto < logged[-1].last

    async def _fold(self) -> None:
        self._unfolded = False
        if self.recorded:
            return
        folded = await self._keeper.fold(self._room, self._entries[: self._heard])
        if folded is not None:
            self.folds += 1
            self.size = folded.size

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._worker.close()
        self._bank.close()
