"""Keeps a room's turns in the bank, smaller and smaller, while the room goes on.

What is said is stored at once, in a thread. The worker process codes it when there is enough
for that to pay, and what came of it is taken in by one transaction. The room waits for none
of it, and a failure here ends nothing but itself: the log has every word.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeVar, TypeVarTuple

from harness.errors import HarnessError
from harness.worker import Worker
from memory.errors import ModelError, RecallError
from transcripts.events import Entry, Spoke, Whispered

if TYPE_CHECKING:
    from memory.bank.bank import Bank
    from memory.bank.kept import Said
    from memory.bank.turns import Segment, Work

ENOUGH: Final = 8 << 10
"""Bytes of text that wait before a process is started for them; after that all are coded."""

BATCH: Final = 8 << 10
"""Bytes of text handed to the worker at once."""

STINT: Final = 0.25
"""Seconds after which a job of coding begins no further turn: others may be waiting."""

LEARNING: Final = 4 << 10
"""Bytes of text told at once to a worker that was started anew."""

PATIENCE: Final = 0.5
"""Seconds that closing waits for what is being stored."""

_log = logging.getLogger(__name__)
_A = TypeVarTuple("_A")
_T = TypeVar("_T")


def turns(entries: Iterable[Entry]) -> "list[Said]":
    """Return what of `entries` is kept as turns: every line that was said, whispers too.

    The bank is the person's own, so nothing is left out; what is not said (thoughts, what a
    reply had after its end, what commands came to) is the log's alone.
    """
    from memory.bank.kept import Said  # noqa: PLC0415 - with the bank, after the first frame

    told: list[Said] = []
    for entry in entries:
        match entry.event:
            case Spoke(author=author, text=text) | Whispered(author=author, text=text):
                if text:
                    name = author.encode("utf-8", "replace").decode("utf-8")
                    told.append(Said(entry.place, name, text.encode("utf-8", "surrogatepass")))
            case _:
                pass
    return told


class Archive:
    """Keeps the turns of one room. Its methods are called from the loop."""

    def __init__(
        self, room_id: str, bank: "Bank", worker: Worker, *, enough: int = ENOUGH
    ) -> None:
        """Begin with nothing known; `take` gives it the log.

        Args:
            room_id: Id of the room.
            bank: Where to keep.
            worker: Codes.
            enough: Bytes of text that wait before it is asked to.
        """
        self._room = room_id
        self._bank = bank
        self._worker = worker
        self._enough = enough
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="archive")
        self._log: Sequence[Entry] = ()
        self._next = 0
        """Place up to which the log is stored, exclusive; 0 before the first look."""
        self._new = asyncio.Event()
        self._rest = asyncio.Event()
        self._rest.set()
        self._task: asyncio.Task[None] | None = None
        self._closed = False
        self._model: str | None = None
        """Id of the model to code with, once the worker has said it; then all is coded."""

    def take(self, entries: Sequence[Entry]) -> None:
        """Note that the log has grown; costs nothing here.

        Args:
            entries: The whole log, which may grow on.
        """
        self._log = entries
        if self._closed or (self._task is not None and self._task.done()):
            return  # it failed, and said so
        self._new.set()
        self._rest.clear()
        if self._task is None:
            self._task = asyncio.create_task(self._follow())

    async def settled(self) -> None:
        """Wait until all that `take` was given is stored, and coded if it is to be."""
        await self._rest.wait()

    async def close(self) -> None:
        """Let go of what waits; what is being stored has a moment to be done."""
        self._closed = True
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        last = asyncio.wrap_future(self._thread.submit(int))
        await asyncio.wait([last], timeout=PATIENCE)
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def _follow(self) -> None:
        try:
            while True:
                await self._new.wait()
                seen = len(self._log)
                await self._store()
                await self._code()
                if len(self._log) == seen:
                    self._new.clear()
                    self._rest.set()
        except (RecallError, HarnessError) as error:
            # The log has it all, and the next sitting begins where this one broke off.
            _log.warning("room %s: its turns are not kept for now: %s", self._room, error)
        finally:
            self._rest.set()

    # Storing.

    async def _store(self) -> None:
        new = self._log[self._next :]
        if new:
            await self._in_thread(self._append if self._next else self._begin, new)
            self._next += len(new)

    def _begin(self, entries: Sequence[Entry]) -> None:
        """Bring the bank to where the log is, and see that it has the log's own words."""
        from memory.bank.kept import START, link  # noqa: PLC0415 - with the bank, not before

        store = self._bank.turns
        at = store.reached(self._room)
        said = turns(entries)
        known = [one for one in said if one.place <= at.upto]
        chain = START
        for one in known:
            chain = link(chain, one)
        if (chain, len(known)) != (at.chain, at.turns):
            _log.warning("room %s: the bank had other turns than the log has", self._room)
            store.forget(self._room)
            known = []
        store.append(self._room, said[len(known) :])

    def _append(self, entries: Sequence[Entry]) -> None:
        if said := turns(entries):
            self._bank.turns.append(self._room, said)

    # Coding.

    async def _code(self) -> None:
        from memory.codec.turns import VERSION  # noqa: PLC0415 - with the bank, not before

        store = self._bank.turns
        while left := await self._in_thread(store.waiting, self._room):
            if self._model is None:
                if left < self._enough:
                    return
                self._model = await self._chosen()
            work = await self._in_thread(self._work, self._model, VERSION)
            if work is None:
                return
            await self._do(*work)

    def _work(self, model: str, version: int) -> "tuple[Work, list[Said]] | None":
        from memory.bank.kept import unpack  # noqa: PLC0415 - with the bank, not before

        work = self._bank.turns.work(self._room, model=model, version=version, most=BATCH)
        return None if work is None else (work, [unpack(row) for row in work.turns])

    async def _chosen(self) -> str:
        """Return the id of the model that the worker codes with; the bank has it then."""
        from memory.bank import guessers  # noqa: PLC0415 - with the bank, not before

        try:
            model = await self._asked(guessers.newest)
        except ModelError as error:
            _log.warning("turns are coded without a byte model: %s", error)
            return ""
        store = self._bank.turns
        if model and not await self._in_thread(store.has_model, model):
            whole = await self._asked(guessers.file_of_newest)
            await self._in_thread(store.keep_model, model, whole)
        return model

    async def _do(self, work: "Work", said: "list[Said]") -> None:
        """Have turns coded, and take in what came of it."""
        from memory.bank import transcoding  # noqa: PLC0415 - with the bank, not before
        from memory.bank.kept import LONGEST  # noqa: PLC0415

        segment = work.segment
        if len(said[0].text) > LONGEST:
            await self._settle(work, said, [b""], closed=True)
            return
        at = transcoding.Stand(segment.model, segment.before, segment.chain)
        coded = await self._asked(transcoding.transcode, at, said, STINT)
        if coded is None:
            await self._tell(segment)
            return
        blobs = list(coded.blobs)
        if coded.wrong:
            _log.warning(
                "room %s: the turn at place %d stays as it is: %s",
                self._room,
                said[len(blobs)].place,
                coded.wrong,
            )
            blobs.append(b"")
        await self._settle(work, said, blobs, closed=bool(coded.wrong))

    async def _settle(
        self, work: "Work", said: "list[Said]", blobs: list[bytes], *, closed: bool
    ) -> None:
        store = self._bank.turns
        done = said[: len(blobs)]
        await self._in_thread(
            lambda: store.settle(self._room, work, done, blobs, closed=closed)
        )

    async def _tell(self, segment: "Segment") -> None:
        """Tell a worker that was started anew what its segment has had so far."""
        from memory.bank import transcoding  # noqa: PLC0415 - with the bank, not before
        from memory.bank.kept import link  # noqa: PLC0415

        said = turns(self._log[segment.first : self._next])[: segment.turns]
        at = transcoding.Stand(segment.model, segment.before, segment.before)
        while said:
            size = count = 0
            while count < len(said) and size < LEARNING:
                size += len(said[count].text)
                count += 1
            if not await self._asked(transcoding.learn, at, said[:count]):
                return
            for one in said[:count]:
                at = replace(at, chain=link(at.chain, one))
            said = said[count:]

    async def _in_thread(self, function: Callable[[*_A], _T], *args: *_A) -> _T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, function, *args)

    async def _asked(self, function: Callable[[*_A], _T], *args: *_A) -> _T:
        return await asyncio.wrap_future(self._worker.submit(function, *args))
