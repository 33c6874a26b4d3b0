"""How well a room goes on from what its speakers are sent: counted after each finished turn.

What a turn says is cheaper to code for whoever remembers what it goes on from. So its words
are counted three times, by a mixer without weights: with nothing before them, with what the
speaker was sent, with the talk word for word; the share of the gain that what was sent has is
the score. It is counted in the worker process, behind all that anybody waits for, and no turn
waits for it. Of a talk that is long, only the newest blocks are read, along seams that the log
alone decides: an old room costs what a young one does, and a score is the same however often
the worker was killed in between.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final, ParamSpec, Protocol, TypeVar

from harness.errors import HarnessError, WorkerBusy
from harness.retelling import Talk, encoded
from harness.turn import Given
from harness.worker import Worker
from transcripts.errors import TranscriptError
from transcripts.events import Changed, Entry, Event, Scored, Slipped, Spoke
from transcripts.participants import PERSON, ROOM
from transcripts.room import POLICIES, Room

TURNS: Final = 8
"""Scored turns that a score is of, and that there are before a fall of it is believed."""

SLICE: Final = 48 << 10
"""Bytes that one job reads: a fifth of a second, in which others wait for the worker."""

SENT: Final = 64 << 10
"""Bytes of what was sent that are read, the newest."""

LONGEST: Final = 16 << 10
"""Bytes of a turn that are counted."""

WAITING: Final = 16
"""Turns that wait to be counted; beyond that the oldest is let go of."""

TRIES: Final = 3
"""Times that the talk is told anew to a worker that has lost it, for one turn."""

PATIENCE: Final = 30.0
"""Seconds that a run which is to be repeatable waits for a score."""

WIDER: Final = 2
"""Lines by which the window grows where that is the policy."""

WIDEST: Final = 24
"""Lines to which it grows so."""

_log = logging.getLogger(__name__)
_P = ParamSpec("_P")
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Bits:
    """What a turn's words tell, in bits: to who was given nothing, what was sent, everything."""

    none: int
    sent: int
    full: int


@dataclass(frozen=True, slots=True)
class Counter:
    """Who counts: functions that the worker process finds by name."""

    begin: Callable[[], str]
    """Returns the beginning of its digest; empty where it would take too long here."""
    read: Callable[[bytes, bytes], bytes | None]
    """Given the digest of what was read and what comes next, returns the digest of both;
    `None` if that process has not read the one."""
    weigh: Callable[[bytes, bytes, bytes, bytes | None], Bits | None]
    """Given the digest of what was read, what stands before a turn, the turn, and what was
    sent (`None` for all of the talk), returns what it tells; `None` as above."""


class Book(Protocol):
    """Where a room is written down."""

    room: Room

    @property
    def entries(self) -> list[Entry]:
        """Every entry so far."""
        ...

    def record_all(self, events: Sequence[Event]) -> list[Entry]:
        """Write events down at once."""
        ...


def share(scored: Sequence[Scored]) -> int:
    """Return what of the worth of the talk was in what was sent, in percent, 0 to 100.

    100 where the talk was worth nothing: then nothing was lost.
    """
    worth = sum(one.none - one.full for one in scored)
    if worth <= 0:
        return 100
    kept = sum(one.none - one.sent for one in scored)
    return min(100, max(0, 100 * kept // worth))


def outcome(room: Room, line: int, bits: Bits, verifier: str) -> list[Event]:
    """Return what is recorded of a counted turn: its score, and what follows from it.

    Args:
        room: As it stands.
        line: Place of what was said.
        bits: What it told.
        verifier: Who counted.
    """
    new = Scored(
        line=line, none=bits.none, sent=bits.sent, full=bits.full, score=0, verifier=verifier
    )
    alike = [one for one in room.scored if one.verifier == verifier]
    newest = [*alike, new][-TURNS:]
    score = share(newest)
    events: list[Event] = [replace(new, score=score)]
    threshold, act = room.continuity_threshold, room.continuity_policy
    if len(newest) == TURNS and score < threshold and room.slipped is None:
        window = room.opened.window
        wider = min(WIDEST, window + WIDER)
        if act == "widen" and wider <= window:
            act = "notice"
        events.append(Slipped(score=score, threshold=threshold, act=act))
        if act == "widen":
            events.append(Changed(setting="window", value=str(wider), by=ROOM))
    return events


def wished(room: Room, threshold: int, policy: str) -> list[Event]:
    """Return what makes the person's settings the room's, where it has none of its own.

    Args:
        room: As it stands.
        threshold: Percent; 0 for none.
        policy: One of `POLICIES`.
    """
    known = {name for name, _ in room.settings}
    wishes = {
        "continuity.threshold": str(threshold) if threshold else "",
        "continuity.policy": policy if policy != POLICIES[0] else "",
    }
    return [
        Changed(setting=name, value=value, by=ROOM)
        for name, value in wishes.items()
        if value and name not in known
    ]


@dataclass(frozen=True, slots=True)
class _Turn:
    """One that waits to be counted."""

    book: Book
    line: int
    given: Given


class Scoring:
    """Counts the turns of one room. Called from the loop."""

    def __init__(
        self,
        worker: Worker,
        counter: Counter,
        *,
        threshold: int = 0,
        policy: str = POLICIES[0],
    ) -> None:
        """Begin with nothing to do.

        Args:
            worker: Counts.
            counter: What it is asked.
            threshold: Percent below which the score is not to fall, where the room does not
                say; 0 for none.
            policy: What is done then, likewise.
        """
        self._worker = worker
        self._counter = counter
        self._wishes = (threshold, policy)
        self._talk = Talk()
        self._read: dict[int, tuple[int, bytes]] = {}
        """What the worker has read: by the place it began at, the place it reached, exclusive,
        and the digest of what lies between. A block is read before it is needed, a turn at a
        time, so that no turn waits for all of it."""
        self._by = ""
        """Who counts; empty until the worker was asked."""
        self._waiting: deque[_Turn] = deque(maxlen=WAITING)
        self._task: asyncio.Task[None] | None = None
        self._off = ""

    @property
    def state(self) -> str:
        """`on`, or `off: ` and why."""
        return f"off: {self._off}" if self._off else "on"

    def wishes(self, room: Room) -> list[Event]:
        """Return what the person's settings ask of `room`; see `wished`."""
        return wished(room, *self._wishes)

    def take(self, book: Book, line: int, given: Given) -> None:
        """Have a turn counted when it suits; costs nothing here.

        Args:
            book: Where it is recorded, and its score will be.
            line: Place of what was said.
            given: What its speaker was given.
        """
        if self._off:
            return
        self._waiting.append(_Turn(book, line, given))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._follow())

    async def settled(self) -> None:
        """Wait until all that was taken is counted, `PATIENCE` seconds at most."""
        if self._task is not None:
            await asyncio.wait([self._task], timeout=PATIENCE)

    async def close(self) -> None:
        """Let go of what waits; the next sitting goes on with the next turn."""
        self._stop("the room is closed")
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    def _stop(self, why: str) -> None:
        self._off = self._off or why
        self._waiting.clear()

    async def _follow(self) -> None:
        try:
            while self._waiting:
                turn = self._waiting.popleft()
                with suppress(WorkerBusy):  # this one goes without a score
                    if not self._by and not await self._begun():
                        return
                    bits = await self._counted(turn)
                    if bits is not None:
                        room = turn.book.room
                        turn.book.record_all(outcome(room, turn.line, bits, self._by))
                        await self._prepare(turn)
        except (HarnessError, TranscriptError, MemoryError, OSError) as error:
            self._stop(str(error))
            _log.warning("continuity is not scored any more: %s", error)

    async def _begun(self) -> bool:
        self._by = await self._asked(self._counter.begin)
        if not self._by:
            self._stop("no C kernel is here to count with")
            _log.warning("continuity is not scored: no C kernel is here to count with")
        return bool(self._by)

    async def _counted(self, turn: _Turn) -> Bits | None:
        """Return what a turn tells; `None` where it says nothing, or the worker is lost often."""
        entries, inline = turn.book.entries, turn.book.room.opened.inline
        spoke = entries[turn.line].event
        if not isinstance(spoke, Spoke) or not finished(spoke):
            return None
        upto = heard(spoke, turn.line)
        whole = turn.given.whole

        def prepared() -> tuple[bytes, bytes, bytes | None] | None:
            self._talk.scan(entries, turn.line)
            said = next(self._talk.lines([entries[turn.line]], inline=inline), None)
            if said is None:
                return None
            sent = self._talk.given(entries, turn.given, turn.line, inline=inline)
            text = encoded(said[1])[:LONGEST] + b"\n"
            return encoded(f"{said[0]}: "), text, None if whole else sent[-SENT:]

        parts = await asyncio.to_thread(prepared)
        if parts is None:
            return None
        for _ in range(TRIES):
            digest = await self._reach(turn, self._talk.starts(upto)[0], upto)
            if digest is not None:
                bits = await self._asked(self._counter.weigh, digest, *parts)
                if bits is not None:
                    return bits
            self._read.clear()
        return None

    async def _prepare(self, turn: _Turn) -> None:
        """Have the block read on that the talk will begin with next."""
        spoke = turn.book.entries[turn.line].event
        if isinstance(spoke, Spoke):
            upto = heard(spoke, turn.line)
            starts = self._talk.starts(upto)
            self._read = {at: read for at, read in self._read.items() if at in starts}
            await self._reach(turn, starts[1], upto)

    async def _reach(self, turn: _Turn, start: int, upto: int) -> bytes | None:
        """Have the worker read the talk from `start` up to `upto`; return the digest of it.

        `None` where the worker has lost what it had read.
        """
        entries, inline = turn.book.entries, turn.book.room.opened.inline
        at, digest = self._read.get(start, (start, b""))
        if at > upto:
            at, digest = start, b""
        new = await asyncio.to_thread(self._talk.told, entries[at:upto], inline=inline)
        for first in range(0, len(new), SLICE):
            part = new[first : first + SLICE]
            read = await self._asked(self._counter.read, digest, part)
            if read is None:
                self._read.pop(start, None)
                return None
            digest = read
        self._read[start] = (upto, digest)
        return digest

    async def _asked(
        self, function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs
    ) -> _T:
        return await asyncio.wrap_future(self._worker.submit(function, *args, **kwargs))


def heard(spoke: Spoke, line: int) -> int:
    """Return the place up to which whoever said something at `line` could know of the talk."""
    return line if spoke.heard is None else min(spoke.heard, line)


def finished(spoke: Spoke) -> bool:
    """Whether a line is a finished turn of a model's."""
    return spoke.author not in {PERSON, ROOM} and spoke.cut in {"", "length"}
