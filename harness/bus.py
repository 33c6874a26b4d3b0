"""One stream of items out to many readers."""

import asyncio
from collections.abc import AsyncIterator, Generator
from contextlib import contextmanager
from typing import Generic, TypeVar

T = TypeVar("T")


class Bus(Generic[T]):
    """Hands every item to every reader, in the order published.

    Publishing never waits: a slow reader makes only its own queue longer.
    """

    def __init__(self) -> None:
        self._queues: list[asyncio.Queue[T | None]] = []

    def publish(self, item: T) -> None:
        """Hand `item` to all current readers."""
        for queue in self._queues:
            queue.put_nowait(item)

    def close(self) -> None:
        """Let every reader run out once it has caught up."""
        for queue in self._queues:
            queue.put_nowait(None)

    @contextmanager
    def reader(self) -> Generator[AsyncIterator[T], None, None]:
        """Read everything published from entering on, not from the first `async for` on."""
        queue: asyncio.Queue[T | None] = asyncio.Queue()
        self._queues.append(queue)
        try:
            yield _drain(queue)
        finally:
            self._queues.remove(queue)


async def _drain(queue: asyncio.Queue[T | None]) -> AsyncIterator[T]:
    while (item := await queue.get()) is not None:
        yield item
