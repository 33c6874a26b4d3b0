"""Threads that work for a screen: whether anybody still wants it, and not to wait for them."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from threading import Event, Thread
from typing import TypeVar, cast

from textual import worker
from textual.worker import Worker

Kind = TypeVar("Kind")


def called_off() -> Callable[[], bool]:
    """Return what says whether the worker running this was cancelled."""
    mine = cast("Worker[None]", worker.get_current_worker())
    return lambda: mine.is_cancelled


async def aside(work: Callable[[Callable[[], bool]], Kind]) -> Kind:
    """Return what `work` does in a thread that nobody waits for once this is called off.

    The app waits for every other thread before it ends: for what takes long that is too
    long.

    Args:
        work: Given a function that says whether it was called off.
    """
    loop = asyncio.get_running_loop()
    outcome: asyncio.Future[Kind] = loop.create_future()
    over = Event()

    def settle(result: Kind | None, error: BaseException | None) -> None:
        if outcome.done():
            return
        if error is not None:
            outcome.set_exception(error)
        else:
            outcome.set_result(cast("Kind", result))

    def run() -> None:
        result: Kind | None = None
        failed: BaseException | None = None
        try:
            result = work(over.is_set)
        except BaseException as error:  # whatever it is: raised where it is waited for
            failed = error
        if not over.is_set():
            with suppress(RuntimeError):  # the loop is closed
                loop.call_soon_threadsafe(settle, result, failed)

    Thread(target=run, name="enfold-aside", daemon=True).start()
    try:
        return await outcome
    finally:
        over.set()
