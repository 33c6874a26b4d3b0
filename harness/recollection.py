"""What of a room's past belongs to what is being said: found, and told within a budget.

The index has laminae by their rows in the bank and the tail, which is in none yet, in memory;
the words of what is found come from the log, which the session has at hand. Whispers and
private commands are never in it. One thread has the index: it takes milliseconds, but nothing
of it is done on the loop.
"""

import asyncio
from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, TypeVar, TypeVarTuple

from harness.keeper import utterances
from memory.cc.base import Utterance
from memory.index.pieces import Piece, pieces
from memory.index.query import Query
from memory.index.recall import Index
from transcripts.events import Entry, Recalled, Recollection, Spoke
from transcripts.participants import PERSON
from transcripts.room import Room, Seat

ASKED: Final = 4096
"""Characters of what was said that are asked about, the newest: who was away for long has
missed more than a question."""

MOST: Final = 50
"""Turns that are looked at for pieces."""

NOT_FOR: Final = ("full", "empty")
"""Carriers that nothing is recalled for: one tells everything, and the other is there to show
what it is to be told nothing."""

_A = TypeVarTuple("_A")
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Memory:
    """What came back to a speaker."""

    pieces: tuple[Piece, ...] = ()
    """In the order it was said."""

    @property
    def lines(self) -> list[str]:
        """As the speaker is told."""
        return [piece.text for piece in self.pieces]

    @property
    def size(self) -> int:
        """Bytes as told."""
        return sum(piece.bytes for piece in self.pieces)

    def event(self, participant: str) -> Recalled:
        """Return what the log says of it."""
        return Recalled(
            participant=participant,
            pieces=tuple(
                Recollection(
                    first=piece.first,
                    last=piece.last,
                    author=piece.author,
                    score=piece.score,
                    why=piece.why,
                    bytes=piece.bytes,
                )
                for piece in self.pieces
            ),
            size=self.size,
        )


class Past:
    """The past of one room, as far as it can be found again. Called from the loop."""

    def __init__(self) -> None:
        self._index = Index()
        self._upto = -1
        """Last place of the log that the index knows."""
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="past")

    async def recall(
        self,
        entries: Sequence[Entry],
        room: Room,
        participant: str,
        *,
        shown: Collection[int],
        carried: str,
    ) -> Memory:
        """Return what a speaker is told of the past beside cc.

        Args:
            entries: The whole log. It may grow meanwhile.
            room: As it stands.
            participant: Id of who is about to speak.
            shown: Places that it is told word for word anyway.
            carried: What it is told of cc.

        Raises:
            RecallError: A row of the index cannot be read.
        """
        if room.opened.recall <= 0 or room.opened.carrier in NOT_FOR:
            return Memory()
        asked = question(room, room.seat(participant))
        if not asked.text and not asked.own:
            return Memory()
        return await self._in_thread(self._recall, entries, room, asked, shown, carried)

    async def close(self) -> None:
        """Let go of the thread."""
        await asyncio.to_thread(self._thread.shutdown)

    # In the thread.

    def _recall(
        self,
        entries: Sequence[Entry],
        room: Room,
        asked: Query,
        shown: Collection[int],
        carried: str,
    ) -> Memory:
        index = self._heard(entries, room)

        def said(place: int) -> Utterance | None:
            return next(iter(_told(entries[place : place + 1], room)), None)

        def label(who: str) -> str:
            return "person" if who == PERSON else room.label(who)

        found = index.recall(asked, MOST)
        budget = room.opened.recall
        return Memory(
            tuple(pieces(found, said, label, budget=budget, shown=shown, carried=carried))
        )

    def _heard(self, entries: Sequence[Entry], room: Room) -> Index:
        """Return the index with all of the log up to where `room` stands taken in."""
        new = entries[self._upto + 1 : room.next_place]
        if new:
            self._index.hear(_told(new, room))
            self._upto = new[-1].place
        return self._index

    async def _in_thread(self, function: Callable[[*_A], _T], *args: *_A) -> _T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, function, *args)


def question(room: Room, seat: Seat) -> Query:
    """Return what the past is asked before `seat` speaks: all it has not answered yet."""
    since = (entry for entry in room.recent if entry.place > seat.heard)
    new = [one for one in _told(since, room) if one.author != seat.id]
    own = (
        entry
        for entry in reversed(room.recent)
        if isinstance(entry.event, Spoke) and entry.event.author == seat.id
    )
    last = next((one.text for entry in own for one in _told([entry], room)), "")
    return Query(
        text="\n".join(one.text for one in new)[-ASKED:],
        own=last[-ASKED:],
        speaker=seat.id,
        names={one.id: _names(one) for one in room.seats},
        now=room.next_place - 1,
    )


def _told(entries: Iterable[Entry], room: Room) -> tuple[Utterance, ...]:
    return utterances(entries, room.label, inline=room.opened.inline)


def _names(seat: Seat) -> tuple[str, ...]:
    """What a participant is called."""
    name = seat.participant.name
    return (name, seat.id) if name else (seat.id,)
