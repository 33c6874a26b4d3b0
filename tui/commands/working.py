"""What long work shows in a terminal, and how a kill ends it."""

import signal
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import NoReturn

import click


@contextmanager
def progress(what: str, total: int) -> Generator[Callable[[int], None] | None]:
    """Yield what is told the bytes done: a bar with speed and time left; else nothing.

    Only on a terminal, on stderr; it is gone when the work is done.

    Args:
        what: Is being done, in a word.
        total: Bytes; 0 where nobody knows.
    """
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=total or None)
        yield lambda count: bar.advance(task, count)


@contextmanager
def killable() -> Generator[None]:
    """Let a kill end the work as Ctrl+C does, so that it leaves nothing behind."""

    def ended(number: int, _: object) -> NoReturn:
        raise click.exceptions.Exit(128 + number)

    numbers = [signal.SIGTERM, signal.SIGHUP]
    before = [signal.getsignal(number) for number in numbers]
    for number, handler in zip(numbers, before, strict=True):
        if handler is not signal.SIG_IGN:  # by nohup, for one
            signal.signal(number, ended)
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
