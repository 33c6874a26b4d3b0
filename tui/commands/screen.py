"""`enfold` alone: the full screen, or its plain sister where there is no screen to fill."""

import asyncio
import gc
import os
import sys

import click

from harness.diary import keep_diary
from tui.desk import Desk


def needs_terminal() -> None:
    """Refuse where there is no terminal to fill.

    Raises:
        UsageError: stdin or stdout is none.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise click.UsageError("the screen needs a terminal, and here is none")


def show_screen(
    *,
    room: str = "",
    replay: bool = False,
    new: bool = False,
    rounds: int | None = None,
    turns: int | None = None,
    plain: bool = False,
    ascii_only: bool = False,
    theme: str = "",
) -> int:
    """Run the full screen until the person leaves it; return the exit code.

    Args:
        room: Id of a room to open at once.
        replay: Play it again instead.
        new: It goes on at once, until `rounds` are done; or gives `turns`.
        rounds: Stand still after so many.
        turns: Stand still after so many.
        plain: Line after line instead.
        ascii_only: Draw with ASCII alone.
        theme: Colours, by name.
    """
    if not plain:
        needs_terminal()
    desk = Desk.here(ascii=ascii_only or bool(os.environ.get("ENFOLD_ASCII")))
    keep_diary(desk.paths.log)
    if plain or os.environ.get("TERM") in {"dumb", "", None}:
        from tui.plain import sit

        return asyncio.run(sit(desk, room, rounds=rounds))
    from tui.widgets.graphics import probe

    graphics = probe(ascii=desk.ascii)
    gc.disable()  # a fifth of what importing takes; the app switches it on again
    from tui.app import EnfoldApp
    from tui.screens.wishes import OpenRoom, ReplayRoom

    live = OpenRoom(room, turns=turns or 0, rounds=rounds, new=new and turns is None)
    first = (ReplayRoom(room) if replay else live) if room else None
    app = EnfoldApp(desk, graphics=graphics, first=first, theme=theme)
    code = app.run()
    return code if code is not None else (app.return_code or 0)
