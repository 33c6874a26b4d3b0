"""The pictures in docs: the app, driven by its keys through rooms that need no key.

Every run gives the same bytes. The clock moves by being asked, folders are a new home's, and
turns are given one at a time, each after what the one before set going has come to its end.
Nothing is put on the screen from here: what is seen is what the app shows.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import cast

from textual.pilot import Pilot

from agents.providers.base import Delta, Piece, Provider, Request
from harness import branches
from harness.paths import paths
from harness.rooms import Rooms
from harness.scoring import Book, Scoring
from harness.turn import Given
from tests.seen import paint
from tests.seen.home import Watch
from tests.tui.sitting import events, log_of, room, screen_text, session, shown, until, write
from transcripts import events as e
from transcripts.log import read
from tui.app import EnfoldApp
from tui.desk import Desk
from tui.screens.compare import CompareScreen
from tui.screens.making import make
from tui.screens.replay import ReplayScreen
from tui.screens.wishes import CompareRooms, NewRoom, OpenRoom, ReplayRoom
from tui.themes import DEFAULT
from tui.widgets.graphics import Graphics

SPOKEN = 5.0
"""Seconds that they are said to have spoken."""

SAID = {"lighthouse": 2, "tramdepot": 7, "twomaps": 5}
"""Turns that were taken in each room."""

Act = Callable[[Pilot[int]], Awaitable[None]]


class Breathless:
    """A provider that stops for breath at some words, for as long as anybody waits."""

    def __init__(self, provider: Provider, words: str) -> None:
        self._provider = provider
        self._words = words

    async def stream(self, request: Request) -> AsyncGenerator[Piece, None]:
        """Yield what the other says, up to the words."""
        said = ""
        async with aclosing(_generator(self._provider.stream(request))) as pieces:
            async for piece in pieces:
                yield piece
                if isinstance(piece, Delta):
                    said += piece.text
                if self._words in said:
                    await asyncio.Event().wait()


class Afterwards:
    """Has turns scored when all else that came of them has come to its end.

    A score is recorded as soon as it is counted: before a fold or after it, as it happens.
    """

    def __init__(self, scoring: Scoring) -> None:
        self._scoring = scoring
        self._turns: list[tuple[Book, int, Given]] = []

    def take(self, book: Book, line: int, given: Given) -> None:
        """Keep a turn for later."""
        self._turns.append((book, line, given))

    async def score(self) -> None:
        """Have what was kept scored, and wait for it."""
        turns, self._turns = self._turns, []
        for turn in turns:
            self._scoring.take(*turn)
        await self._scoring.settled()


def _afterwards(pilot: Pilot[int]) -> Afterwards | None:
    """Return what has the room's turns scored when it is asked to; `None` if nothing does."""
    floor = session(pilot)._floor
    scoring = floor._means.scoring
    if scoring is None or isinstance(scoring, Afterwards):
        return scoring
    later = Afterwards(scoring)
    floor._means = replace(floor._means, scoring=cast("Scoring", later))
    return later


async def _generator(pieces: AsyncIterator[Piece]) -> AsyncGenerator[Piece, None]:
    async for piece in pieces:
        yield piece


class Scenes:
    """Draws what is in docs, in one theme."""

    def __init__(self, folder: Path, theme: str = DEFAULT) -> None:
        self._folder = folder
        self._theme = theme
        self._clock = Watch()
        where = paths()
        self._desk = Desk(where, Rooms(where.rooms), self._clock)

    async def all(self) -> None:
        """Draw everything."""
        await self.rooms()
        await self.start()
        await self.go_on()
        await self.narrow()
        await self.memory()
        await self.roster()
        await self.replay()
        await self.forks()
        await self.speaking()

    async def _in(
        self,
        size: tuple[int, int],
        act: Act,
        first: OpenRoom | ReplayRoom | None = None,
    ) -> None:
        app = EnfoldApp(
            self._desk, graphics=Graphics("halfcell"), first=first, pace=0.0, theme=self._theme
        )
        async with app.run_test(size=size) as pilot:
            await act(pilot)
            app.exit(0)

    def _keep(self, pilot: Pilot[int], name: str) -> None:
        paint.png(pilot.app, self._folder / f"{name}.png")

    # The scenes.

    async def rooms(self) -> None:
        """Have rooms made, some days apart."""
        self._ids: dict[str, str] = {}
        for name in ("twomaps", "tramdepot", "lighthouse"):
            room_id, _ = await make(self._desk, NewRoom(name))
            self._ids[name] = room_id

            async def talk(pilot: Pilot[int], turns: int = SAID[name]) -> None:
                for _ in range(turns):
                    await _turn(pilot)

            await self._in((100, 30), talk, OpenRoom(room_id))
            self._clock.pass_by(timedelta(hours=26))

    async def start(self) -> None:
        """The first screen."""

        async def act(pilot: Pilot[int]) -> None:
            await until(pilot, shown(pilot, "3 rooms"))
            await until(pilot, shown(pilot, "Your own models"))
            await pilot.pause(0.1)  # for the list to take the place it needs now
            self._keep(pilot, "start")

        await self._in((100, 30), act)

    async def speaking(self) -> None:
        """A room that runs."""

        async def act(pilot: Pilot[int]) -> None:
            await _ready(pilot)
            floor, words = session(pilot)._floor, "have said it"
            slow = Breathless(floor._means.provider, words)
            floor._means = replace(floor._means, provider=slow)
            await pilot.press("ctrl+@")
            await until(pilot, shown(pilot, words))
            self._still(pilot)
            self._keep(pilot, "room")

        # In a fork from before the first words of the Lens, for this one is left in mid-word.
        rooms, origin = self._desk.rooms, self._ids["lighthouse"]
        fork = branches.fork(rooms, origin, self._said("AI-3")[0] - 1, self._clock.now())
        await self._in((140, 40), act, OpenRoom(fork.room))

    async def go_on(self) -> None:
        """Let that room talk for some turns more, and a person say something."""

        async def act(pilot: Pilot[int]) -> None:
            await _ready(pilot)
            for _ in range(5):
                await _turn(pilot)
            await write(pilot, "What do you count for, Lens?")
            await _over(pilot)

        await self._in((100, 30), act, OpenRoom(self._ids["lighthouse"]))

    async def narrow(self) -> None:
        """A small terminal."""

        async def act(pilot: Pilot[int]) -> None:
            await _ready(pilot)
            self._keep(pilot, "narrow")

        await self._in((60, 20), act, OpenRoom(self._ids["lighthouse"]))

    async def memory(self) -> None:
        """What is remembered."""

        async def act(pilot: Pilot[int]) -> None:
            await _ready(pilot)
            await pilot.press("f3")
            await until(pilot, shown(pilot, "fold of"))
            await pilot.press("d")
            await pilot.pause()
            self._keep(pilot, "memory")

        await self._in((140, 40), act, OpenRoom(self._ids["lighthouse"]))

    async def roster(self) -> None:
        """Who is there."""

        async def act(pilot: Pilot[int]) -> None:
            await _ready(pilot)
            await pilot.press("ctrl+r")
            await pilot.press("enter")
            await pilot.pause()
            self._keep(pilot, "roster")

        await self._in((120, 34), act, OpenRoom(self._ids["lighthouse"]))

    async def replay(self) -> None:
        """A room told again, up to the fold of what the Lens says second."""
        entries = list(read(self._desk.rooms.log(self._ids["lighthouse"])))
        second = self._said("AI-3")[1]
        fold = next(one.event for one in entries[second:] if isinstance(one.event, e.Folded))

        async def act(pilot: Pilot[int]) -> None:
            await until(pilot, lambda: isinstance(pilot.app.screen, ReplayScreen))
            await until(pilot, shown(pilot, "replay"))
            await pilot.press("p", "f3")
            await until(pilot, shown(pilot, "fold of"))
            await pilot.press("o")
            await until(pilot, shown(pilot, f"fold of {fold.first} to {fold.last}"))
            await until(pilot, shown(pilot, "standing"))
            self._keep(pilot, "replay")

        await self._in((120, 34), act, ReplayRoom(self._ids["lighthouse"], second))

    def _said(self, author: str) -> list[int]:
        """Return the places of what somebody said in the room on the rock."""
        return [
            one.place
            for one in read(self._desk.rooms.log(self._ids["lighthouse"]))
            if isinstance(one.event, e.Spoke) and one.event.author == author
        ]

    async def forks(self) -> None:
        """Rooms that parted."""
        origin = self._ids["lighthouse"]
        now = self._clock.now()
        first = branches.fork(self._desk.rooms, origin, self._said("AI-3")[0], now)
        said = "at two. i promise, by the lamp. there is a light out there: who keeps it?"
        other = branches.edit(self._desk.rooms, origin, self._said("AI-2")[0], said, now)

        async def talk(pilot: Pilot[int]) -> None:
            for _ in range(2):
                await _turn(pilot)

        for branch in (first, other):
            await self._in((100, 30), talk, OpenRoom(branch.room))
            self._clock.pass_by(timedelta(minutes=20))

        async def act(pilot: Pilot[int]) -> None:
            await _ready(pilot)
            await pilot.press("f4")
            await until(pilot, shown(pilot, "forked at"))
            self._keep(pilot, "forks")
            pilot.app.post_message(CompareRooms(origin, other.room))
            await until(pilot, lambda: isinstance(pilot.app.screen, CompareScreen))
            await pilot.pause(0.5)
            self._keep(pilot, "compare")

        await self._in((120, 34), act, OpenRoom(origin))

    def _still(self, pilot: Pilot[int]) -> None:
        """Have the speaker speak for a time that is always the same."""
        screen = room(pilot)
        screen._since = self._clock.elapsed() - SPOKEN
        screen._tick()  # says who speaks
        screen._tick()  # says for how long


async def _ready(pilot: Pilot[int]) -> None:
    """Wait until the room can be steered, and says so."""
    await until(pilot, lambda: session(pilot).stands)
    await until(pilot, lambda: "opening" not in screen_text(pilot))
    await pilot.pause()


async def _turn(pilot: Pilot[int]) -> None:
    """Give a turn, and wait for all that comes of it."""
    await _ready(pilot)
    _afterwards(pilot)
    before = len(events(pilot, e.Spoke))
    await pilot.press("f6")
    await until(pilot, lambda: len(events(pilot, e.Spoke)) > before)
    await _over(pilot)


async def _over(pilot: Pilot[int]) -> None:
    """Wait for all that comes of what was said, and then for how well it went on."""
    await until(pilot, lambda: _settled(pilot))
    if (later := _afterwards(pilot)) is not None:
        await later.score()
    await pilot.pause()


def _settled(pilot: Pilot[int]) -> bool:
    """Whether nobody speaks, nothing is drawn, and all that was said is folded."""
    now = session(pilot)
    said = [one.place for one in log_of(pilot) if isinstance(one.event, e.Spoke)]
    folded = [one.last for one in events(pilot, e.Folded)]
    return (
        not now.speaking
        and bool(now.stands)
        and not any(job.state in {"queued", "running"} for job in now.room.jobs)
        and bool(folded)
        and folded[-1] >= said[-1]
    )
