"""Everything that the first frame did without, imported once it is there."""

from importlib import import_module

from tui.screens.collecting import importing
from tui.screens.making import engine


def load() -> None:
    """Import the engine and all screens. For a thread: takes a second once, then nothing."""
    with importing():
        engine()
        import_module("tui.screens.far")
