"""Work that a room waits for beside its turns: pictures being drawn, searches being made.

Each job is a task; what comes of it is recorded when it comes, wherever the talk is by then.
A picture that is still being drawn when the room is closed has no end in the log, and is begun
again when the room is opened; a search is not.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from agents.errors import PaintError
from agents.painters.base import Painter
from agents.painters.files import store
from harness.clock import Clock
from harness.searching import Searcher, SearchFailed
from transcripts import events as e
from transcripts.events import Event
from transcripts.room import Job

_log = logging.getLogger(__name__)


class Jobs:
    """The jobs of one room."""

    def __init__(
        self,
        record: Callable[[Event], object],
        *,
        painter: Painter,
        searcher: Searcher | None,
        images: Path,
        clock: Clock,
    ) -> None:
        """Take what the work needs.

        Args:
            record: Writes an event down; only called on the loop.
            painter: Draws.
            searcher: Searches; `None` where no service is set up.
            images: Folder for pictures; exists.
            clock: For how long it took.
        """
        self._record = record
        self._painter = painter
        self._searcher = searcher
        self._images = images
        self._clock = clock
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def paint(self, job: Job, *, seed: int) -> None:
        """Begin a picture."""
        self._begin(job.image, self._paint(job, seed))

    def search(self, query: str, *, by: str, place: int) -> None:
        """Begin a search asked for at `place`."""
        if self._searcher is not None:
            self._begin(f"search {place}", self._search(self._searcher, query, by))

    def call_off(self, image: str) -> None:
        """Call off a picture that is not done."""
        if (task := self._tasks.get(image)) is not None:
            task.cancel()
            self._record(e.ImageFailed(image=image, reason="called off", cancelled=True))

    async def finish(self) -> None:
        """Wait until everything is done.

        Raises:
            LogUnwritable: What came of a job could not be recorded.
        """
        while self._tasks:
            done = await asyncio.gather(*self._tasks.values(), return_exceptions=True)
            for result in done:
                if isinstance(result, Exception):
                    raise result

    def let_go(self) -> None:
        """Stop working on what is not done; the room's next sitting begins it again."""
        for task in list(self._tasks.values()):
            task.cancel()

    async def stop(self) -> None:
        """Let go, and wait until nothing is going on."""
        self.let_go()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    def _begin(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        if name in self._tasks:
            work.close()  # it is going on already
            return
        task = asyncio.create_task(work)
        self._tasks[name] = task
        task.add_done_callback(lambda _: self._tasks.pop(name, None))

    async def _paint(self, job: Job, seed: int) -> None:
        """Have one picture made; a failure is an event, and nobody else's trouble."""
        started = self._clock.elapsed()
        self._record(e.ImageStarted(image=job.image, painter=self._painter.name))
        try:
            picture = await self._painter.paint(job.prompt, seed=seed)
            stored = await asyncio.to_thread(store, self._images, picture)
        except (PaintError, OSError) as error:
            _log.warning("%s: %s", self._painter.name, error)
            self._record(e.ImageFailed(image=job.image, reason=str(error)))
        else:
            self._record(
                e.ImageCreated(
                    image=job.image,
                    file=stored.name,
                    sha256=stored.sha256,
                    mime=picture.mime,
                    width=picture.width,
                    height=picture.height,
                    bytes=stored.bytes,
                    painter=picture.painter,
                    dollars=picture.dollars,
                    seconds=round(self._clock.elapsed() - started, 3),
                )
            )

    async def _search(self, searcher: Searcher, query: str, by: str) -> None:
        """Have one search made; what it finds is for all to read."""
        try:
            hits = await searcher.search(query)
        except SearchFailed as error:
            self._record(e.Declined(verb="search", argument=query, by=by, result=str(error)))
        else:
            self._record(e.Searched(query=query, hits=hits, by=by))
