"""The garbage collector, kept from holding up the screen.

A full collection goes through everything that lives, and nothing else runs meanwhile: for a
tenth of a second and more, again and again, mostly through what was imported and never dies.
So imports are taken out of its sight, young objects are looked at in small portions, and all
the rest when a room is left, since screens are the one thing here that is made of cycles.
"""

import gc
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from threading import Lock
from typing import Any

from textual._styles_cache import StylesCache
from textual.app import App
from textual.strip import Strip
from textual.widget import Widget

from agents.catalogue.quiet import uncollected

PORTIONS = (4000, 5, 50)
"""Young objects that are looked through at once (some milliseconds), how many of such
portions are looked through once more together, and how often that before everything is."""

_importing = Lock()
_seen = False


def begin() -> None:
    """Settle all this, before the first screen is made."""
    Strip.divide = _divided
    gc.freeze()
    gc.set_threshold(*PORTIONS)
    gc.enable()


@contextmanager
def importing() -> Generator[None, None, None]:
    """Import inside of this, in any thread: what lives then is never looked at again.

    Only the first time: later on there may be rooms among what lives.
    """
    global _seen  # noqa: PLW0603 - once a process
    with _importing:
        if _seen:
            yield
            return
        with uncollected():
            yield
        _seen = True


def tidy(app: App[Any]) -> None:
    """Free what closed screens leave behind: some hundredths of a second."""
    # Textual forgets closed widgets that watch the app only when what they watch changes: the
    # theme, as a rule never. Every field for text does, and through it a whole room lives on.
    watching: dict[str, list[tuple[Widget, object]]] = getattr(app, "__watchers", {})
    for watchers in watching.values():
        watchers[:] = [(one, heard) for one, heard in watchers if one.is_running]
    # And it remembers a thousand pairs of colours, each with all rows of a widget.
    StylesCache.get_inner_outer.cache_clear()
    gc.collect()


_divide = Strip.divide


def _divided(self: Strip, cuts: Iterable[int]) -> Sequence[Strip]:
    """Do what `Strip.divide` does, but keep no strip inside itself.

    Textual does, whenever there is nothing to cut: every row that was ever drawn then waits
    for the collector, with its eight caches, a thousand rows a second while a room streams.
    """
    inside = [cut for cut in cuts if cut <= self.cell_length]
    return [self] if inside == [self.cell_length] else _divide(self, inside)
