"""A room's laminae made, split, merged and taken back by the person, while nobody sits in it.

The log is held meanwhile, so that no session writes it, and told of everything that is done.
Each thing is one transaction of the bank; stopped between two, what is done stays done, and
what a crash left between bank and log is squared first. Everything blocks.
"""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeVar

from harness.archive import turns
from harness.clock import Clock
from harness.errors import NotPossible
from harness.lamination import Lamination
from harness.recollection import Memory, Past, told
from harness.rooms import Rooms
from harness.strata import undoable
from harness.worker import Worker
from transcripts.events import Entry, Event, Laminated
from transcripts.log import Log
from transcripts.room import Room, reduce, reduced

if TYPE_CHECKING:
    from memory.index.vectors import Likeness

Told = Callable[[int], None]
"""Called with the bytes of text done since the last call."""

_T = TypeVar("_T")


class Parting:
    """Changes the laminae of one room. Use as a context manager."""

    def __init__(self, rooms: Rooms, room_id: str, clock: Clock) -> None:
        """Open the room's log and the bank.

        Args:
            rooms: Where the log is.
            room_id: Id of the room.
            clock: For the entries.

        Raises:
            NotPossible: The room is archived.
            RoomBusy: Somebody writes it.
            TranscriptError: Its log cannot be read or written.
            BankError: The bank cannot be used.
        """
        from memory.bank.bank import Bank  # noqa: PLC0415 - heavy, and only here

        if rooms.archived(room_id):
            raise NotPossible(
                f"{room_id} is archived: `enfold archive --restore {room_id}` brings it back"
            )
        self._room_id = room_id
        self._clock = clock
        with ExitStack() as things:
            self._log = Log(rooms.log(room_id), now=clock.now())
            things.callback(self._log.close)
            self._bank: Bank = Bank(rooms.bank)
            things.callback(self._bank.close)
            self.room: Room = reduced(self._log.entries)
            self._things = things.pop_all()

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let go of the log and the bank."""
        self._things.close()

    @property
    def waiting(self) -> int:
        """Bytes of text that `code` has to code."""
        self._store()
        return self._bank.turns.waiting(self._room_id)

    @property
    def loose(self) -> int:
        """Bytes of text that are coded and in no lamina yet, as far as one can be made."""
        reached = max((one.last for one in self._bank.laminae.of(self._room_id)), default=-1)
        segments = self._bank.turns.segments(self._room_id)
        return sum(one.length for one in segments if one.closed and one.first > reached)

    def code(self, told: Told | None = None) -> None:
        """Store and code all turns of the room: what laminae are made of.

        Raises:
            RecallError: What was not coded yet stays as it is.
        """
        from memory.bank.reading import code_waiting  # noqa: PLC0415 - with the bank

        self._store()
        code_waiting(self._bank.turns, self._room_id, told)

    def index(self, told: Told | None = None) -> list[Entry]:
        """Make laminae of what is coded, and part them as the keeper would; all that was done.

        Raises:
            RecallError, HarnessError: It broke off; what was done before stays done.
        """

        async def do(lamination: Lamination) -> list[Entry]:
            done: list[Entry] = []
            while (event := await lamination.step(self._log.entries, self.room)) is not None:
                done.append(self._record(event))
                if told is not None and isinstance(event, Laminated):
                    new = turns(self._log.entries[event.first : event.last + 1])
                    told(sum(len(one.text) for one in new))
            return done

        return self._run(do)

    def split(self, place: int | None = None, parts: int | None = None) -> Entry:
        """Split the lamina that has `place`, the largest without one. See `Lamination.split`."""
        if place is None:
            there = self._bank.laminae.of(self._room_id)
            if not there:
                raise NotPossible(
                    f"{self._room_id} has no laminae; `enfold bank index` makes them"
                )
            place = max(there, key=lambda one: (one.length, -one.first)).first
        at = place
        return self._did(lambda one: one.split(self._log.entries, self.room, at, parts))

    def join(self, first: int, last: int) -> Entry:
        """Make one of laminae beside each other. See `Lamination.join`."""
        return self._did(lambda one: one.join(self._log.entries, self.room, first, last))

    def undo(self, place: int | None = None) -> Entry:
        """Take back what was done at `place`, what was done last without one.

        Raises:
            NotPossible: Nothing can be taken back.
        """
        if place is None:
            done = next(iter(undoable(self._log.entries)), None)
            if done is None:
                raise NotPossible(
                    f"{self._room_id}: nothing was split, merged or rewritten that still is so"
                )
            place = done.place
        at = place
        return self._did(lambda one: one.undo(self._log.entries, self.room, at))

    def _did(self, act: Callable[[Lamination], Coroutine[None, None, Event]]) -> Entry:
        async def do(lamination: Lamination) -> Entry:
            return self._record(await act(lamination))

        return self._run(do)

    def _run(self, act: Callable[[Lamination], Coroutine[None, None, _T]]) -> _T:
        """Do something with laminae, once the log knows what the bank has."""

        async def run() -> _T:
            worker = Worker()
            past = Past(self._room_id, self._bank.laminae)
            lamination = Lamination(self._room_id, self._bank, worker, past)
            try:
                for event in await lamination.mend(self._log.entries, self.room):
                    self._record(event)
                return await act(lamination)
            finally:
                await lamination.close()
                await past.close()
                await asyncio.to_thread(worker.close)

        return asyncio.run(run())

    def _record(self, event: Event) -> Entry:
        entry = self._log.append(self._clock.now(), event)
        self.room = reduce(self.room, entry)
        return entry

    def _store(self) -> None:
        """Keep what was said, where the room's sittings have not."""
        entries = self._log.entries
        self._bank.turns.append(self._room_id, turns(entries), upto=len(entries) - 1)


def ask(
    rooms: Rooms,
    room_id: str,
    entries: list[Entry],
    text: str,
    *,
    budget: int,
    encoder: Path | None = None,
) -> tuple[Room, Memory]:
    """Return what of a room's past belongs to `text`, and the room. Nothing is changed.

    Args:
        rooms: For the bank.
        room_id: Id of the room.
        entries: Its whole log.
        text: Words.
        budget: Bytes for what comes back.
        encoder: Folder of a sentence encoder; lines alike in meaning are found by it too.

    Raises:
        BankError: The bank cannot be used.
        ModelError: The encoder cannot be used.
        RecallError: A row of the index cannot be read.
    """
    from memory.bank.bank import Bank  # noqa: PLC0415 - heavy, and only here

    room = reduced(entries)
    like = None if encoder is None else alike(encoder, entries, room, text)
    bank = Bank(rooms.bank)

    async def run() -> Memory:
        past = Past(room_id, bank.laminae)
        try:
            return await past.ask(entries, room, text, budget=budget, like=like)
        finally:
            await past.close()

    try:
        return room, asyncio.run(run())
    finally:
        bank.close()


def alike(folder: Path, entries: list[Entry], room: Room, text: str) -> "Likeness":
    """Return how alike in meaning lines of a room are to `text`, by an encoder.

    Raises:
        ModelError: It cannot be used.
    """
    from memory.index.vectors import Vectors  # noqa: PLC0415 - NumPy
    from memory.models.encoder import Encoder  # noqa: PLC0415 - torch

    encoder, vectors = Encoder(folder), Vectors()
    said = told(entries, room)
    vectors.put([one.place for one in said], encoder.encode([one.text for one in said]))
    asked = encoder.encode([text])[0]
    return lambda places: vectors.like(asked, places)
