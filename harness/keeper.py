"""Keeps cc: folds what was said after every turn, and renders it before the next.

Folding and the database run in one thread of their own, never on the loop. cc is stored
before `Folded` is recorded, so that a crash between the two leaves more remembered than the
log says, never less; `mend` squares the two when a room is opened.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Event as Flag
from typing import TYPE_CHECKING

from harness.clock import Clock
from harness.rewriting import ABLE, dear, rewritten
from memory.cc.base import CC, Carrier, Turn, Utterance
from memory.errors import DamagedRow, ReaderLost
from transcripts.commands.parse import parse
from transcripts.events import (
    Entry,
    Folded,
    ImageRequested,
    Joined,
    Left,
    PollClosed,
    PollOpened,
    Searched,
    Spoke,
)
from transcripts.notices import context
from transcripts.participants import PERSON, ROOM
from transcripts.room import Room

if TYPE_CHECKING:
    from memory.bank.bank import Bank


def utterances(
    entries: Iterable[Entry], label: Callable[[str], str], *, inline: bool = False
) -> tuple[Utterance, ...]:
    """Return what of `entries` all could read, as a carrier reads it.

    Private commands, whispers and results are not in it: cc is shown to everybody. Commands
    that all could read are told as what came of them, not as they were written.
    """
    told: list[Utterance] = []
    for entry in entries:
        match entry.event:
            case Spoke(author=author, text=text):
                # The person's and the narrator's words are never commands.
                own = author in {PERSON, ROOM}
                words = text if own else parse(text, inline=inline).spoken
                if words.strip():
                    told.append(Utterance(entry.place, author, words))
            case ImageRequested(by=by, prompt=prompt):
                told.append(Utterance(entry.place, by, f"picture: {prompt}"))
            case Joined() | Left() | PollOpened() | PollClosed() | Searched() as event:
                line = context(event, label)
                if line:
                    told.append(Utterance(entry.place, ROOM, line.strip("[]")))
            case _:
                pass
    return tuple(told)


@dataclass(frozen=True, slots=True)
class Fold:
    """One fold, ready to be recorded."""

    cc: CC
    event: Folded


class Keeper:
    """Keeps the cc of one room. Its methods are called from the loop, one at a time."""

    def __init__(self, room_id: str, carrier: Carrier, bank: "Bank", clock: Clock) -> None:
        self._room = room_id
        self._carrier = carrier
        self._bank = bank
        self._clock = clock
        self._cc = CC(carrier.name)
        self._hurry = Flag()
        self._behind = False
        """Whether a fold is missing, or may be: then nothing may be folded on top."""
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="keeper")

    @property
    def cc(self) -> CC:
        """The newest cc."""
        return self._cc

    def due(self, entries: Sequence[Entry]) -> bool:
        """Whether `entries` have something that cc has not taken in yet."""
        if self._behind:
            return False
        new = _after(entries, self._cc.upto)
        return any(isinstance(entry.event, Spoke) for entry in new)

    def leave_off(self) -> None:
        """Break off catching up, if it is going on: the next sitting goes on with it."""
        self._hurry.set()

    async def fold(self, room: Room, entries: Sequence[Entry]) -> Folded | None:
        """Take in what is in `entries` beyond cc and store it; `None` if there is nothing.

        Args:
            room: As it stands, for names.
            entries: The whole log.

        Raises:
            ReaderLost: No model reads for the carrier; nothing more is folded in this sitting.
            RecallError: It could not be stored; cc is as it was.
        """
        if not self.due(entries):
            return None
        new = _after(entries, self._cc.upto)
        try:
            done = await asyncio.get_running_loop().run_in_executor(
                self._thread, lambda: self._fold(self._cc, turn(entries, new, room))
            )
        except ReaderLost:
            self._behind = True
            raise
        self._cc = done.cc
        return done.event

    async def render(self, budget: int) -> str:
        """Return what a speaker is told of cc, at most `budget` bytes."""
        return await asyncio.get_running_loop().run_in_executor(
            self._thread, self._carrier.render, self._cc, budget
        )

    async def mend(
        self,
        room: Room,
        entries: Sequence[Entry],
        progress: Callable[[int, int], None] | None = None,
    ) -> list[Folded]:
        """Bring cc to where the log is, and return folds that the log does not know yet.

        Args:
            room: As it stands.
            entries: The whole log.
            progress: Called with folds done and folds to do, for each that is missing; not
                on the loop, but in the keeper's thread.

        Raises:
            ReaderLost: No model reads for the carrier; nothing is folded in this sitting.
            RecallError: It could not be stored.
        """
        try:
            return await asyncio.get_running_loop().run_in_executor(
                self._thread, self._mend, room, entries, progress
            )
        except ReaderLost:
            self._behind = True
            raise

    async def close(self) -> None:
        """Wait for what is being stored, then let go of the thread."""
        await asyncio.to_thread(self._thread.shutdown)

    def _fold(self, cc: CC, turn: Turn) -> Fold:
        started = self._clock.elapsed()
        folded = self._carrier.fold(cc, turn)
        seconds = round(self._clock.elapsed() - started, 6)
        size = self._carrier.size(folded)
        self._bank.keep(self._room, folded, first=turn.first, size=size, seconds=seconds)
        return Fold(folded, self._event(folded, turn.first, size, seconds))

    def _event(self, cc: CC, first: int, size: int, seconds: float) -> Folded:
        return Folded(
            first=first,
            last=cc.upto,
            carrier=self._carrier.name,
            size=size,
            digest=cc.digest,
            seconds=seconds,
        )

    def _mend(
        self,
        room: Room,
        entries: Sequence[Entry],
        progress: Callable[[int, int], None] | None,
    ) -> list[Folded]:
        logged = [
            entry.event
            for entry in entries
            if isinstance(entry.event, Folded) and entry.event.carrier == self._carrier.name
        ]
        try:
            kept = self._bank.newest(self._room, self._carrier.name)
        except DamagedRow:
            kept = None  # the log is whole, so cc can be made again
        if kept is not None and kept.upto < len(entries) and self._agrees(kept, logged):
            self._cc = kept
        else:
            # The bank is behind the log's first folds, ahead of the log, or not of it.
            self._bank.forget(self._room, self._carrier.name)
            self._cc = self._inherited(room, entries, logged, progress)
        missing = [fold for fold in logged if fold.last > self._cc.upto]
        for done, fold in enumerate(missing):
            if self._hurry.is_set():
                self._behind = True
                return []
            stretch = entries[self._cc.upto + 1 : fold.last + 1]
            if stretch:
                self._cc = self._fold(self._cc, turn(entries, stretch, room)).cc
            if progress is not None:
                progress(done + 1, len(missing))
        reached = logged[-1].last if logged else -1
        if self._cc.upto <= reached:
            return []
        rows = self._bank.history(self._room, self._carrier.name)
        return [
            Folded(
                first=row.first,
                last=row.upto,
                carrier=self._carrier.name,
                size=row.size,
                digest=row.digest,
                seconds=row.seconds,
            )
            for row in rows
            if row.upto > reached
        ]

    def _inherited(
        self,
        room: Room,
        entries: Sequence[Entry],
        logged: Sequence[Folded],
        progress: Callable[[int, int], None] | None,
    ) -> CC:
        """Return the cc that a fork's origin had at its newest fold that both have.

        Its rows are copied, and its state, which the bank keeps of the newest alone, is
        learned anew from the log: a tenth of the work of folding. Nothing carried if this is
        no fork, the bank has nothing of the origin, or what it has is not what the log says.
        """
        nothing = CC(self._carrier.name)
        origin = room.opened.origin
        if origin is None:
            return nothing
        rows = {
            (row.upto, row.digest)
            for row in self._bank.history(origin.room, self._carrier.name)
        }
        shared = [fold for fold in logged if (fold.last, fold.digest) in rows]
        if not shared:
            return nothing
        try:
            kept = self._bank.newest(origin.room, self._carrier.name)
            if kept is None or kept.upto != shared[-1].last:
                code = self._bank.at(origin.room, self._carrier.name, shared[-1].last).code
                state = self._learned(room, entries, shared, progress)
                kept = CC(self._carrier.name, shared[-1].last, code, state)
        except DamagedRow:
            return nothing
        if kept.digest != shared[-1].digest:
            return nothing
        self._bank.copy(origin.room, self._room, kept)
        return kept

    def _learned(
        self,
        room: Room,
        entries: Sequence[Entry],
        folds: Sequence[Folded],
        progress: Callable[[int, int], None] | None,
    ) -> bytes:
        """Return the state after `folds`; not that if somebody is in a hurry."""
        state, upto = b"", -1
        for done, fold in enumerate(folds, 1):
            if self._hurry.is_set():
                return b""
            stretch = entries[upto + 1 : fold.last + 1]
            if stretch:
                state = self._carrier.learn(state, turn(entries, stretch, room))
                upto = fold.last
            if progress is not None:
                progress(done, len(folds))
        return state

    def _agrees(self, kept: CC, logged: Sequence[Folded]) -> bool:
        """Whether the bank's newest is a fold of this log: one it names, or one beyond it."""
        if not logged or kept.upto > logged[-1].last:
            return True
        return any(fold.last == kept.upto and fold.digest == kept.digest for fold in logged)


def _after(entries: Sequence[Entry], place: int) -> list[Entry]:
    """The entries beyond `place`, found from the end: they are few."""
    new: list[Entry] = []
    for entry in reversed(entries):
        if entry.place <= place:
            break
        new.append(entry)
    new.reverse()
    return new


def turn(log: Sequence[Entry], stretch: Sequence[Entry], room: Room) -> Turn:
    """Return what a fold of `stretch` takes in.

    Args:
        log: The whole log, or as much as `stretch` ends; an entry's index is its place.
        stretch: What all came since the last fold; not empty.
        room: For names.
    """
    inline = room.opened.inline
    first, last = stretch[0].place, stretch[-1].place
    new = utterances(stretch, room.label, inline=inline)
    if room.opened.carrier not in ABLE:
        return Turn(first, last, new)
    old = (log[place] for place in rewritten(stretch) if 0 <= place < first)
    again = utterances(old, room.label, inline=inline)
    return Turn(first, last, new, again, dear(log, last))
