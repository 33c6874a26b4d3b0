"""Asking, in a thread that works for a screen, whether anybody still wants to know."""

from collections.abc import Callable
from typing import cast

from textual import worker
from textual.worker import Worker


def called_off() -> Callable[[], bool]:
    """Return what says whether the worker running this was cancelled."""
    mine = cast("Worker[None]", worker.get_current_worker())
    return lambda: mine.is_cancelled
