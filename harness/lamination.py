"""Carries out what becomes of a room's past: laminae made, split and merged while it goes on.

After a turn the pressure is measured and `harness.policy` chooses. Index rows and codes are
made in the worker process, and taken in by one transaction that compares every turn; then the
log is told. The room waits for none of it, it can be broken off at every step, and what a
crash left between the bank and the log is squared when the room is opened again.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Final, TypeVar, TypeVarTuple

from harness.archive import turns
from harness.errors import HarnessError, NotPossible
from harness.policy import DENSE, FINE, SHARE, Choice, Pressure, choose
from harness.recollection import Past, told
from harness.rewriting import ABLE, Returning, returning
from harness.seams import cuts_at, exactly, squared, tiles
from harness.worker import Worker
from memory.cc.base import CC, Utterance
from memory.cc.code import parse
from memory.delaminate import cut, joinable
from memory.errors import BankMoved, ModelError, RecallError
from memory.index.leaf import Leaf, leaf
from transcripts.errors import TranscriptError
from transcripts.events import Delaminated, Entry, Event, Laminated, Merged, Rewritten, Span
from transcripts.participants import PERSON
from transcripts.room import Room

if TYPE_CHECKING:
    from memory.bank.bank import Bank
    from memory.bank.kept import Remade
    from memory.bank.laminae import Lamina
    from memory.bank.turns import Segment

DUE: Final = 48 << 10
"""Bytes that no lamina has from which on the bank is asked for a segment that is over: it
takes as much."""

PATIENCE: Final = 30.0
"""Seconds that a run which is to be repeatable waits for turns to be coded."""

ASKED: Final = "you asked for it"
"""Why, where the person says what is done."""

_log = logging.getLogger(__name__)
_A = TypeVarTuple("_A")
_T = TypeVar("_T")


class Lamination:
    """Keeps the laminae of one room. Called from the loop."""

    def __init__(
        self,
        room_id: str,
        bank: "Bank",
        worker: Worker,
        past: Past,
        coded: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """Take what is needed; nothing is read yet.

        Args:
            room_id: Id of the room.
            bank: Has the turns, and what is made of them.
            worker: Makes index rows and codes.
            past: Is told of every change.
            coded: Waits until turns are coded, so that a run can be repeated exactly; without
                it, what is coded already is taken.
        """
        self._room_id = room_id
        self._bank = bank
        self._worker = worker
        self._past = past
        self._coded = coded
        self._rows: list[Lamina] | None = None
        """In order; `None` where they have to be read first."""
        self._parent: dict[int, int] = {}
        """Of each part that was split off: what it was a part of."""
        self._cuts: dict[int, list[int]] = {}
        """Places at which a lamina would be split, none where it speaks of one thing."""
        self._apart: set[tuple[int, int]] = set()
        """Neighbours that speak of different things."""
        self._calm: tuple[list[Lamina], int, bool] | None = None
        """The rows of which none is to be split or merged, and under what limits: most turns
        change none of it, and look at none."""
        self._own: list[Span] = []
        """Where the person decided: left alone."""
        self._never: set[int] = set()
        """Places that the person said are not to go back into cc."""
        self._model: str | None = None
        self._over = False
        """Whether something failed: the next sitting tries again."""
        self._task: asyncio.Task[None] | None = None
        self._turn = asyncio.Lock()
        """Held by whoever changes laminae: the room or the person."""
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="laminae")
        self.pressure = Pressure()
        """As measured last."""
        self.choice = Choice("keep", "nothing was measured yet")
        """What was chosen then."""

    async def mend(self, entries: Sequence[Entry], room: Room) -> list[Event]:
        """Return what happened to laminae that the log does not know: a crash came between.

        Args:
            entries: The whole log.
            room: As it stands.

        Raises:
            RecallError: The bank cannot be read.
        """
        events = [entry.event for entry in entries]
        self._never = {
            place
            for event in events
            if isinstance(event, Rewritten) and event.let_go
            for place in event.places
        }
        self._own = [
            span
            for event in events
            if isinstance(event, Delaminated | Merged) and event.by == PERSON
            for span in event.parts
        ]
        rows = await self._read()
        return squared(room.laminae, [Span(row.first, row.last) for row in rows])

    def tend(
        self,
        entries: Sequence[Entry],
        room: Room,
        record: Callable[[Event], Entry],
        cc: CC | None = None,
    ) -> None:
        """Begin to measure, choose and do, unless that is going on. Costs nothing here.

        Args:
            entries: The log, which may grow on.
            room: As it stands.
            record: Takes what was done.
            cc: As it is now; without it, no line goes back into it.
        """
        if not self._over and (self._task is None or self._task.done()):
            self._task = asyncio.create_task(self._tend(entries, room, record, cc))

    async def settled(self) -> None:
        """Wait until what `tend` began is done."""
        if self._task is not None:
            await asyncio.wait([self._task])

    async def close(self) -> None:
        """Break off what is going on; the bank has it whole or not at all."""
        self._over = True
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        await asyncio.to_thread(self._thread.shutdown)

    async def undo(self, entries: Sequence[Entry], room: Room, place: int) -> Event:
        """Take back a split, a merger or a rewrite, for good: the keeper leaves that alone.

        Args:
            entries: The whole log.
            room: As it stands.
            place: Of what is to be taken back.

        Returns:
            What was done, to be recorded.

        Raises:
            NotPossible: That cannot be taken back, or is no longer so.
            RecallError: It could not be stored; nothing was changed.
            HarnessError: The worker process is lost; nothing was changed.
        """
        done = entries[place].event if 0 <= place < len(entries) else None
        why = f"what was done at {place} is taken back"
        async with self._turn:
            rows = await self._read()
            match done:
                case Delaminated(parts=parts):
                    old = exactly(rows, parts, place)
                    whole = [Span(parts[0].first, parts[-1].last)]
                    await self._part(entries, room, old, whole)
                    event: Event = Merged(parts=parts, why=why, by=PERSON)
                case Merged(parts=parts):
                    whole = Span(parts[0].first, parts[-1].last)
                    old = exactly(rows, [whole], place)
                    await self._part(entries, room, old, parts)
                    event = Delaminated(
                        first=whole.first, last=whole.last, parts=parts, why=why, by=PERSON
                    )
                case Rewritten(places=places, let_go=False) if not self._never.issuperset(
                    places
                ):
                    self._never.update(places)
                    return Rewritten(places=places, why=why, by=PERSON, let_go=True)
                case _:
                    raise NotPossible(
                        f"nothing at {place} was split or merged, and no line went back into cc"
                    )
            self._own += parts
            return event

    async def split(
        self, entries: Sequence[Entry], room: Room, place: int, parts: int | None = None
    ) -> Event:
        """Split a lamina because the person says so; the keeper leaves its parts alone.

        Args:
            entries: The whole log.
            room: As it stands.
            place: Any that it has.
            parts: As many, where it has the turns; without it, by what it is about.

        Returns:
            What was done, to be recorded.

        Raises:
            NotPossible: No lamina has that place, or it is one thing.
            RecallError: It could not be stored; nothing was changed.
            HarnessError: The worker process is lost; nothing was changed.
        """
        async with self._turn:
            rows = await self._read()
            one = next((row for row in rows if row.first <= place <= row.last), None)
            if one is None:
                raise NotPossible(f"no lamina has place {place}")
            said = await self._in_thread(_said, entries, room, one)
            at = await self._asked(cut, said, parts)
            seams = cuts_at(entries, one, [said[n].place for n in at])
            if not seams:
                raise NotPossible(f"places {one.first} to {one.last} are too little to split")
            spans = tiles(one, seams)
            await self._part(entries, room, [one], spans)
            self._own += spans
            return Delaminated(
                first=one.first, last=one.last, parts=tuple(spans), why=ASKED, by=PERSON
            )

    async def join(self, entries: Sequence[Entry], room: Room, first: int, last: int) -> Event:
        """Make one of all laminae with places from `first` to `last`, both inclusive.

        Args:
            entries: The whole log.
            room: As it stands.
            first: Place.
            last: Place.

        Returns:
            What was done, to be recorded.

        Raises:
            NotPossible: There are not two, or they are too much for one.
            RecallError: It could not be stored; nothing was changed.
            HarnessError: The worker process is lost; nothing was changed.
        """
        from memory.bank.splitting import refused  # noqa: PLC0415 - with the bank, not before

        async with self._turn:
            rows = await self._read()
            old = [row for row in rows if row.first <= last and first <= row.last]
            if len(old) < 2:
                raise NotPossible(f"places {first} to {last} are not in several laminae")
            if why := refused(old):
                raise NotPossible(f"places {old[0].first} to {old[-1].last} stay apart: {why}")
            parts = [Span(one.first, one.last) for one in old]
            await self._part(entries, room, old, [Span(old[0].first, old[-1].last)])
            self._own += parts
            return Merged(parts=tuple(parts), why=ASKED, by=PERSON)

    async def step(self, entries: Sequence[Entry], room: Room) -> Event | None:
        """Measure, choose and do one thing; what it was, `None` where all stays as it is.

        What `tend` does again and again, for whoever waits for it.

        Raises:
            RecallError: It could not be stored; nothing was changed.
            HarnessError: The worker process is lost; nothing was changed.
        """
        await self._past.hear(entries, room)
        return await self._next(entries, room)

    # What the room does by itself.

    async def _tend(
        self,
        entries: Sequence[Entry],
        room: Room,
        record: Callable[[Event], Entry],
        cc: CC | None,
    ) -> None:
        try:
            await self._past.hear(entries, room)
            while (event := await self._next(entries, room, cc)) is not None:
                record(event)
                if isinstance(event, Rewritten):
                    cc = None  # the next fold makes another
        except BankMoved as moved:
            _log.warning("room %s: laminae are read again: %s", self._room_id, moved)
            self._rows = None
            await self._past.forget()
        except (HarnessError, RecallError, TranscriptError, MemoryError, OSError) as error:
            # Nothing is lost: the log and the bank's turns have every word.
            self._over = True
            _log.warning("room %s: laminae stay as they are: %s", self._room_id, error)

    async def _next(
        self, entries: Sequence[Entry], room: Room, cc: CC | None = None
    ) -> Event | None:
        """Do one thing; what it was, `None` where all stays as it is."""
        async with self._turn:
            rows = await self._read()
            pressure, segment, split, pair = await self._measured(rows, entries, room)
            back = self._returning(entries, room, cc)
            told = sum(one.told for one in back)
            pressure = replace(pressure, returning=len(back), returned=told)
            choice = choose(pressure)
            self.pressure, self.choice = pressure, choice
            if choice.act == "index" and segment is not None:
                made = await self._index(entries, room, segment)
                return Laminated(first=made.first, last=made.last, why=choice.why)
            if choice.act == "rewrite":
                places = tuple(sorted(one.place for one in back))
                size = sum(one.size for one in back)
                return Rewritten(places=places, size=size, why=choice.why)
            if choice.act == "delaminate" and split is not None:
                parts = tiles(split, self._cuts[split.number])
                await self._part(entries, room, [split], parts)
                return Delaminated(
                    first=split.first, last=split.last, parts=tuple(parts), why=choice.why
                )
            if choice.act == "merge" and pair is not None:
                parts = [Span(one.first, one.last) for one in pair]
                await self._part(entries, room, pair, [Span(parts[0].first, parts[1].last)])
                return Merged(parts=tuple(parts), why=choice.why)
            return None

    # Measuring.

    async def _measured(
        self, rows: "list[Lamina]", entries: Sequence[Entry], room: Room
    ) -> "tuple[Pressure, Segment | None, Lamina | None, tuple[Lamina, Lamina] | None]":
        """Measure; with the segment, the lamina and the pair that it is about."""
        standing = await self._past.standing()
        pressure = Pressure(
            tail=standing.tail,
            laminae=len(rows),
            resident=standing.resident,
            probes=standing.probes,
            answered=standing.answered,
            **_fallen(room),
        )
        segment = None
        if standing.tail >= DUE:
            if self._coded is not None:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._coded(), PATIENCE)
            segment = await self._in_thread(self._closed, rows)
        if segment is not None:
            return replace(pressure, loose=segment.length), segment, None, None
        over = pressure.resident > SHARE
        if (
            self._calm is not None
            and self._calm[0] is rows
            and self._calm[1:]
            == (
                pressure.limit,
                over,
            )
        ):
            return pressure, None, None, None
        split = await self._dense(rows, pressure.limit, entries, room)
        pairs = await self._pairs(rows, over, entries, room)
        if split is None and not pairs:
            self._calm = (rows, pressure.limit, over)
        if split is not None:
            topics = len(self._cuts[split.number]) + 1
            pressure = replace(pressure, largest=split.length, topics=topics)
        pressure = replace(pressure, pairs=len(pairs))
        return pressure, None, split, pairs[0] if pairs else None

    def _returning(
        self, entries: Sequence[Entry], room: Room, cc: CC | None
    ) -> tuple[Returning, ...]:
        """Return the lines that belong into cc, where its carrier can take them."""
        if cc is None or cc.carrier not in ABLE:
            return ()
        opened = room.opened
        held = {unit.place for unit in parse(cc.code)}
        return returning(
            entries, held=held, window=opened.window, budget=opened.budget, never=self._never
        )

    def _closed(self, rows: "list[Lamina]") -> "Segment | None":
        """Return the oldest segment that is over and in no lamina."""
        reached = rows[-1].last if rows else -1
        found = (one for one in self._bank.turns.segments(self._room_id) if one.first > reached)
        oldest = next(found, None)
        return oldest if oldest is not None and oldest.closed else None

    async def _dense(
        self, rows: "list[Lamina]", limit: int, entries: Sequence[Entry], room: Room
    ) -> "Lamina | None":
        """Return the largest lamina over `limit` that speaks of several things."""
        large = [
            one
            for one in rows
            if one.length > limit and one.made != "merged" and not self._decided(one)
        ]
        for one in sorted(large, key=lambda one: (-one.length, one.first)):
            if one.number not in self._cuts:
                said = await self._in_thread(_said, entries, room, one)
                at = await self._asked(seams_in, said)
                self._cuts[one.number] = cuts_at(entries, one, [said[n].place for n in at])
            if self._cuts[one.number]:
                return one
        return None

    async def _pairs(
        self, rows: "list[Lamina]", over: bool, entries: Sequence[Entry], room: Room
    ) -> "list[tuple[Lamina, Lamina]]":
        """Return neighbours that may be one; over the share of memory, of any size."""
        from memory.bank.splitting import refused  # noqa: PLC0415 - with the bank, not before

        most = FINE if not over else 2 * DENSE
        found: list[tuple[Lamina, Lamina]] = []
        for left, right in pairwise(rows):
            both = (left.number, right.number)
            if (
                left.length + right.length > most
                or refused([left, right])
                or self._decided(left)
                or self._decided(right)
            ):
                continue
            parent = self._parent.get(left.number)
            if not over and (
                both in self._apart
                or (parent is not None and parent == self._parent.get(right.number))
            ):
                continue
            if not over:
                ours = await self._in_thread(_said, entries, room, left)
                theirs = await self._in_thread(_said, entries, room, right)
                if not await self._asked(joinable, ours, theirs):
                    self._apart.add(both)
                    continue
            found.append((left, right))
            if over:
                break
        return found

    def _decided(self, one: "Lamina") -> bool:
        """Whether the person has decided what becomes of it."""
        return any(one.first <= span.last and span.first <= one.last for span in self._own)

    # Doing.

    async def _index(
        self, entries: Sequence[Entry], room: Room, segment: "Segment"
    ) -> "Lamina":
        """Make a lamina of a segment, from where the one before it ends."""
        rows = await self._read()
        span = Span(rows[-1].last + 1 if rows else 0, segment.last)
        row = await self._row(entries, room, span)
        made = await self._in_thread(self._bank.laminae.keep, self._room_id, segment, row)
        self._rows = [*rows, made]
        await self._past.replace((), [(made, row.gist)])
        return made

    async def _part(
        self,
        entries: Sequence[Entry],
        room: Room,
        old: "Sequence[Lamina]",
        spans: Sequence[Span],
    ) -> None:
        """Put laminae along other seams in the place of `old`."""
        leaves = [await self._row(entries, room, span) for span in spans]
        remade = await self._remade(entries, old[0], spans)
        made = await self._in_thread(self._taken_in, old, remade, leaves)
        gone = {one.number for one in old}
        rows = [one for one in await self._read() if one.number not in gone]
        self._rows = sorted([*rows, *made], key=lambda one: one.first)
        if len(made) > 1:
            self._parent.update((one.number, old[0].number) for one in made)
        gists = [row.gist for row in leaves]
        await self._past.replace(old, list(zip(made, gists, strict=True)))

    def _taken_in(
        self, old: "Sequence[Lamina]", remade: "list[Remade]", leaves: Sequence[Leaf]
    ) -> "list[Lamina]":
        from memory.bank.guessers import file_of  # noqa: PLC0415 - with the bank, not before

        models = {one.model for one in remade if one.model}
        unknown = [one for one in models if not self._bank.turns.has_model(one)]
        return self._bank.laminae.replace(
            self._room_id,
            old,
            remade,
            leaves,
            made="delaminated" if len(leaves) > len(old) else "merged",
            whole=file_of(unknown[0]) if unknown else b"",
        )

    async def _remade(
        self, entries: Sequence[Entry], first: "Lamina", spans: Sequence[Span]
    ) -> "list[Remade]":
        """Return the turns of `spans`, each coded by itself: a job at a time."""
        from memory.bank.splitting import remaking  # noqa: PLC0415 - with the bank, not before
        from memory.bank.transcoding import transcode  # noqa: PLC0415

        segment = await self._in_thread(self._bank.laminae.segment, self._room_id, first)
        parts = [turns(entries[span.first : span.last + 1]) for span in spans]
        jobs = remaking(parts, segment.before, await self._chosen())
        try:
            job = next(jobs)
            while True:
                coded = await self._asked(transcode, job.at, job.turns, job.seconds)
                job = jobs.send(coded)
        except StopIteration as done:
            return done.value

    async def _chosen(self) -> str:
        """Return the id of the model that the worker codes with; empty for none."""
        from memory.bank import guessers  # noqa: PLC0415 - with the bank, not before

        if self._model is None:
            try:
                self._model = await self._asked(guessers.newest)
            except ModelError:
                self._model = ""  # the mixer alone; the archive has told of it
        return self._model

    async def _row(self, entries: Sequence[Entry], room: Room, span: Span) -> Leaf:
        said = await self._in_thread(_said, entries, room, span)
        return await self._asked(leaf, span.first, span.last, said)

    async def _read(self) -> "list[Lamina]":
        """Return the laminae of the room, from the bank the first time."""
        if self._rows is None:
            self._rows = await self._in_thread(self._bank.laminae.of, self._room_id)
            parents = await self._in_thread(self._bank.laminae.parents, self._room_id)
            self._parent = {part: parent for parent, part in parents}
        return self._rows

    async def _in_thread(self, function: Callable[[*_A], _T], *args: *_A) -> _T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, function, *args)

    async def _asked(self, function: Callable[[*_A], _T], *args: *_A) -> _T:
        return await asyncio.wrap_future(self._worker.submit(function, *args))


def seams_in(said: Sequence[Utterance]) -> list[int]:
    """Return where what a lamina has is split; nowhere where it speaks of one thing.

    Of one that is small already, both halves have to be worth a lamina of their own.
    """
    if sum(len(one.text.encode("utf-8", "replace")) for one in said) > DENSE:
        return cut(said, None)
    at = cut(said, 2)
    return [] if not at or joinable(said[: at[0]], said[at[0] :]) else at


def _fallen(room: Room) -> dict[str, int]:
    """Return how far the score fell, where the person wants laminae finer for that."""
    slipped = room.slipped
    if slipped is None or room.continuity_policy != "delaminate":
        return {}
    return {"continuity": slipped.score, "wanted": slipped.threshold}


def _said(entries: Sequence[Entry], room: Room, span: "Span | Lamina") -> tuple[Utterance, ...]:
    return told(entries[span.first : span.last + 1], room)
