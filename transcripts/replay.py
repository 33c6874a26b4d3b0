"""A room told again, at its own pace or any other.

What comes when is worked out from the entries alone (`schedule`); a `Player` adds the keys
of a tape recorder. The room shown is what `reduce` makes of the entries heard so far, the
same as when it was live: a replay has no state of its own to drift.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence

from transcripts.events import Entry, Folded, ImageCreated, Spoke, Whispered
from transcripts.room import Room, reduce

READING = 25.0
"""Characters read in a second, about 300 words a minute: the pace of rooms whose entries
have no times of their own."""

LONGEST = 8.0
"""Seconds that no pause goes beyond, however long the room was silent."""

SNAPSHOT = 256
"""Entries between two rooms that a player keeps, so that going back reads few again."""

Sleep = Callable[[float], Awaitable[None]]


def schedule(
    entries: Iterable[Entry], *, speed: float | None = 1.0, longest: float = LONGEST
) -> Iterator[tuple[float, Entry]]:
    """Yield each entry with the seconds to wait before it.

    Args:
        entries: In order.
        speed: 2 is twice as fast; `None` waits for nothing.
        longest: Seconds at most between two entries, at speed 1.

    Raises:
        ValueError: The speed is not above 0.
    """
    _check(speed)
    before: Entry | None = None
    for entry in entries:
        if before is None or speed is None:
            yield 0.0, entry
        else:
            yield gap(before, entry, longest) / speed, entry
        before = entry


def gap(before: Entry, entry: Entry, longest: float = LONGEST) -> float:
    """Return seconds from one entry to the next at the room's own pace, at most `longest`."""
    seconds = (entry.at - before.at).total_seconds()
    if seconds < 0.001 and entry.source is not None:  # imports count up in microseconds
        seconds = _length(before) / READING
    return min(max(seconds, 0.0), longest)


def _length(entry: Entry) -> int:
    """Characters that somebody has to read before going on."""
    match entry.event:
        case Spoke(text=text) | Whispered(text=text):
            return len(text)
        case ImageCreated():
            return 50  # two seconds for a picture
        case _:
            return 0


def _check(speed: float | None) -> None:
    if speed is not None and not speed > 0:
        raise ValueError(f"a speed is above 0, or None for all at once; not {speed}")


class Player:
    """Plays entries to one listener, who may pause, step, jump and change the speed.

    All of its methods are for the loop that the listener runs on; each takes effect at
    once, even in the middle of a wait.
    """

    def __init__(
        self,
        entries: Sequence[Entry],
        *,
        speed: float | None = 1.0,
        longest: float = LONGEST,
        paused: bool = False,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        """Stand before the first of `entries`.

        Raises:
            ValueError: The speed is not above 0.
        """
        _check(speed)
        self._entries = entries
        self._speed = speed
        self._longest = longest
        self._sleep = sleep
        self._playing = not paused
        self._steps = 0
        """Entries to let through while paused."""
        self._hurry = -1
        """Position up to which nothing is waited for; pauses there."""
        self._waited = 0.0
        """Seconds already waited for the next entry, at speed 1."""
        self._at = 0
        self._rooms = [Room()]
        """The room before entry 0, 256, 512, …, as far as heard."""
        self._room = Room()
        self._touched = asyncio.Event()

    @property
    def room(self) -> Room:
        """The room after all that was heard."""
        return self._room

    @property
    def at(self) -> int:
        """How many entries were heard; also the place of the next one."""
        return self._at

    @property
    def heard(self) -> Sequence[Entry]:
        """All entries up to here, to draw the screen anew after a jump."""
        return self._entries[: self._at]

    @property
    def done(self) -> bool:
        """Whether there is nothing more to play."""
        return self._at >= len(self._entries)

    @property
    def playing(self) -> bool:
        """Whether it goes on by itself."""
        return self._playing

    @property
    def speed(self) -> float | None:
        """2 is twice as fast; `None` waits for nothing."""
        return self._speed

    @speed.setter
    def speed(self, speed: float | None) -> None:
        _check(speed)
        self._speed = speed
        self._touched.set()

    def play(self) -> None:
        """Go on."""
        self._playing = True
        self._touched.set()

    def pause(self) -> None:
        """Stand still after what was heard."""
        self._playing = False
        self._steps = 0
        self._hurry = -1
        self._touched.set()

    def step(self) -> None:
        """Pause, and let one entry through. Twice lets two through."""
        self._playing = False
        self._steps += 1
        self._touched.set()

    def jump(self, place: int) -> Room:
        """Go to just before the entry in `place`, without playing what lies between.

        The listener draws anew from `heard`; whether it plays or stands is as before.

        Args:
            place: 0 for the beginning; beyond the end is the end.

        Returns:
            The room there.
        """
        target = min(max(place, 0), len(self._entries))
        kept = min(target // SNAPSHOT, len(self._rooms) - 1)
        if not kept * SNAPSHOT <= self._at <= target:
            self._at, self._room = kept * SNAPSHOT, self._rooms[kept]
        while self._at < target:
            self._hear()
        self._steps, self._hurry, self._waited = 0, -1, 0.0
        self._touched.set()
        return self._room

    def next_fold(self) -> bool:
        """Play on without waiting until cc has taken in the next stretch, and pause there.

        Returns:
            Whether there is a fold ahead; if there is none, nothing changes.
        """
        for at in range(self._at, len(self._entries)):
            if isinstance(self._entries[at].event, Folded):
                self._hurry = at + 1
                self._playing = False
                self._steps = 0
                self._touched.set()
                return True
        return False

    async def __aiter__(self) -> AsyncIterator[Entry]:
        """Yield the entries from here to the end, each in its time.

        For one listener at a time. After a jump back from the end, iterate again.
        """
        while not self.done:
            self._touched.clear()
            if not self._free:
                await self._touched.wait()
                continue
            if (speed := self._speed) is None or (left := self._left()) <= 0:
                await asyncio.sleep(0)  # a long room must not hold up the loop
            else:
                self._waited += speed * await self._sleep_or_touch(left / speed)
            if not self._touched.is_set():
                yield self._hear(listening=True)

    @property
    def _free(self) -> bool:
        return self._playing or self._steps > 0 or self._at < self._hurry

    def _left(self) -> float:
        """Seconds still to wait for the next entry, at speed 1."""
        if self._at == 0 or self._steps or self._at < self._hurry:
            return 0.0
        before, entry = self._entries[self._at - 1], self._entries[self._at]
        return gap(before, entry, self._longest) - self._waited

    def _hear(self, *, listening: bool = False) -> Entry:
        """Take the next entry into the room."""
        entry = self._entries[self._at]
        self._room = reduce(self._room, entry)
        self._at += 1
        self._waited = 0.0
        if self._at == len(self._rooms) * SNAPSHOT:
            self._rooms.append(self._room)
        if listening and self._steps:
            self._steps -= 1
        return entry

    async def _sleep_or_touch(self, seconds: float) -> float:
        """Wait, or less if a key is pressed. Returns the seconds that passed."""
        started = asyncio.get_running_loop().time()
        sleeping = asyncio.ensure_future(self._sleep(seconds))
        touching = asyncio.ensure_future(self._touched.wait())
        try:
            await asyncio.wait((sleeping, touching), return_when=asyncio.FIRST_COMPLETED)
            if sleeping.done():
                sleeping.result()
        finally:
            sleeping.cancel()
            touching.cancel()
            await asyncio.gather(sleeping, touching, return_exceptions=True)
        return asyncio.get_running_loop().time() - started
