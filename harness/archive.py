"""Keeps a room's turns in the bank, smaller and smaller, while the room goes on.

What is said is stored at once, in a thread. The worker process codes it when there is enough
for that to pay, and what came of it is taken in by one transaction. The room waits for none
of it, and a failure here ends nothing but itself: the log has every word.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeVar, TypeVarTuple

from harness.errors import HarnessError, WorkerLost
from harness.worker import Worker
from memory.errors import DamagedTurn, ModelError, RecallError
from transcripts.events import Entry, Spoke, Whispered

if TYPE_CHECKING:
    from memory.bank.bank import Bank
    from memory.bank.kept import Said
    from memory.bank.turns import Segment, Work

ENOUGH: Final = 8 << 10
"""Bytes of text that wait before a process is started for them; after that all are coded."""

DELAY: Final = 2.0
"""Seconds from the first look at the log in which no process is started: a room that ends at
once needs none, and one that is being opened has other things to do."""

PORTION: Final = 256 << 10
"""Bytes of text stored by one transaction: whoever else writes waits for no more than that."""

ROW: Final = 100
"""Bytes that a turn's row takes beside its text, roughly."""

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


def _portions(said: "list[Said]") -> "Iterator[list[Said]]":
    """Part turns into runs of some `PORTION` bytes."""
    part, size = list["Said"](), 0
    for one in said:
        part.append(one)
        size += len(one.text) + ROW
        if size >= PORTION:
            yield part
            part, size = [], 0
    if part:
        yield part


class Archive:
    """Keeps the turns of one room. Its methods are called from the loop."""

    def __init__(
        self,
        room_id: str,
        bank: "Bank",
        worker: Worker,
        *,
        enough: int = ENOUGH,
        delay: float = DELAY,
    ) -> None:
        """Begin with nothing known; `take` gives it the log.

        Args:
            room_id: Id of the room.
            bank: Where to keep.
            worker: Codes.
            enough: Bytes of text that wait before it is asked to.
            delay: Seconds before it is asked to.
        """
        self._room = room_id
        self._bank = bank
        self._worker = worker
        self._enough = enough
        self._delay = delay
        self._begun = 0.0
        """When the log was given first, as the loop counts."""
        self._suspect = -1
        """Place up to which turns are coded one by one: one of them ended the worker."""
        self._codes = True
        """Whether coding works; storing goes on without."""
        self._replaced = False
        """Whether what the bank had was let go of in this sitting."""
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
            self._begun = asyncio.get_running_loop().time()
            self._task = asyncio.create_task(self._follow())

    async def settled(self) -> None:
        """Wait until all that `take` was given is stored, and coded if it is to be."""
        await self._rest.wait()

    async def close(self) -> None:
        """Store what was said last, let go of what waits to be coded; takes a moment at most."""
        self._closed = True
        left: Sequence[Entry] = ()
        if self._task is not None:
            if not self._task.done():
                left = self._log[self._next :]
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        last = asyncio.wrap_future(self._thread.submit(self._finish, left))
        await asyncio.wait([last], timeout=PATIENCE)
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def _follow(self) -> None:
        try:
            while True:
                await self._new.wait()
                await self._store()
                await self._code()
                if self._next == len(self._log):
                    self._new.clear()
                    self._rest.set()
        except RecallError as error:
            # The log has it all, and the next sitting begins where this one broke off.
            _log.warning("room %s: its turns are not kept for now: %s", self._room, error)
        finally:
            self._rest.set()

    # Storing.

    async def _store(self) -> None:
        new = self._log[self._next :]
        if not new:
            return
        said = await self._in_thread(turns if self._next else self._missing, new)
        for part in _portions(said):
            await self._in_thread(self._bank.turns.append, self._room, part)
        self._next += len(new)

    def _finish(self, entries: Sequence[Entry]) -> None:
        """Store what is left, unless it is so much that the next sitting had better do it."""
        if not entries:
            return
        try:
            said = turns(entries) if self._next else self._missing(entries)
            if said and sum(len(one.text) for one in said) <= PORTION:
                self._bank.turns.append(self._room, said)
        except RecallError as error:
            _log.warning("room %s: its last turns are not kept: %s", self._room, error)

    def _missing(self, entries: Sequence[Entry]) -> "list[Said]":
        """See that the bank has the log's own words, and return what it has not."""
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
        return said[len(known) :]

    # Coding.

    async def _code(self) -> None:
        """Code what waits, if it is enough; what was said meanwhile is stored in between."""
        while self._codes:
            try:
                if not await self._coded():
                    return
            except (HarnessError, ModelError, MemoryError, OSError) as error:
                self._codes = False
                _log.warning(
                    "room %s: its turns are kept, but no smaller for now: %s", self._room, error
                )
            except DamagedTurn as error:
                if self._replaced:
                    raise
                self._replaced = True
                _log.warning("room %s: kept again from its log: %s", self._room, error)
                await self._in_thread(self._bank.turns.forget, self._room)
                self._next = 0
            await self._store()

    async def _coded(self) -> bool:
        """Do one job; whether there may be another."""
        from memory.codec.turns import VERSION  # noqa: PLC0415 - with the bank, not before

        if self._model is None:
            if not await self._in_thread(self._bank.turns.waits, self._room, self._enough):
                return False
            if await self._too_soon():
                return True
            self._model = await self._chosen()
        work = await self._in_thread(self._work, self._model, VERSION)
        if work is None:
            return False
        try:
            await self._do(*work)
        except WorkerLost as error:
            await self._blame(*work, error)
        else:
            if work[1][0].place >= self._suspect:
                self._suspect = -1
        return True

    async def _too_soon(self) -> bool:
        """Wait until it is time for a process, or something new is said; whether it is new."""
        left = self._begun + self._delay - asyncio.get_running_loop().time()
        if left <= 0:
            return False
        self._new.clear()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._new.wait(), left)
        self._new.set()
        return True

    def _work(self, model: str, version: int) -> "tuple[Work, list[Said]] | None":
        from memory.bank.kept import unpack  # noqa: PLC0415 - with the bank, not before

        most = 1 if self._suspect >= 0 else BATCH
        work = self._bank.turns.work(self._room, model=model, version=version, most=most)
        return None if work is None else (work, [unpack(row) for row in work.turns])

    async def _chosen(self) -> str:
        """Return the id of the model that the worker codes with."""
        from memory.bank import guessers  # noqa: PLC0415 - with the bank, not before

        try:
            return await self._asked(guessers.newest)
        except ModelError as error:
            _log.warning("turns are coded without a byte model: %s", error)
            return ""

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
        store, segment = self._bank.turns, work.segment
        whole = b""
        if segment.model and not segment.number:
            whole = await self._file(segment.model)
        done = said[: len(blobs)]
        await self._in_thread(
            lambda: store.settle(self._room, work, done, blobs, closed=closed, whole=whole)
        )

    async def _file(self, model: str) -> bytes:
        """Return the model's file if the bank has it not."""
        from memory.bank import guessers  # noqa: PLC0415 - with the bank, not before

        if await self._in_thread(self._bank.turns.has_model, model):
            return b""
        return await self._in_thread(guessers.file_of, model)

    async def _blame(self, work: "Work", said: "list[Said]", error: WorkerLost) -> None:
        """Find the turn that ends the worker each time, and leave it as it is for good.

        Raises:
            WorkerLost: It is no turn's fault: nothing can be coded here.
        """
        from memory.bank import transcoding  # noqa: PLC0415 - with the bank, not before
        from memory.bank.kept import AS_IT_IS  # noqa: PLC0415

        assert self._model is not None  # noqa: S101 - the type checker does not follow
        await self._asked(transcoding.probe, self._model)
        segment = work.segment
        if len(said) > 1:
            self._suspect = said[-1].place
            return
        if segment.number:  # it may be what was before that does it: begin anew first
            self._suspect = max(self._suspect, said[0].place)
            await self._settle(replace(work, turns=()), [], [], closed=True)
            return
        _log.warning(
            "room %s: the turn at place %d stays as it is: %s",
            self._room,
            said[0].place,
            error,
        )
        alone = replace(segment, version=AS_IT_IS, model="")
        work = replace(work, segment=alone, turns=work.turns[:1])
        await self._settle(work, said[:1], [b""], closed=True)

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
