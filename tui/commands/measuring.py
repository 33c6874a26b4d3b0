"""What the verbs of `enfold eval` share: which methods are meant, and how far a run is."""

import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Protocol

import click


def named(methods: str, known: Sequence[str]) -> list[str]:
    """Return the methods that are asked for, each once; all that are known if none is."""
    names = [name.strip() for name in methods.split(",") if name.strip()] or known
    for name in names:
        if name not in known:
            raise click.UsageError(f"no method {name!r}: {', '.join(known)}")
    return list(dict.fromkeys(names))


class Told(Protocol):
    """Is told what has been done."""

    def __call__(self, name: str, done: int = 1, /) -> None:
        """Take in that a method has done so many more."""
        ...


@contextmanager
def progress(total: int) -> Generator[Told | None]:
    """Yield what is told a method's name after each question: a bar, on a terminal alone."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as Left

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Left())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("reading", total=total)

        def told(name: str, done: int = 1, /) -> None:
            bar.update(task, advance=done, description=name)

        yield told
