"""`enfold` alone: the full screen, or its plain sister where there is no screen to fill."""

import asyncio
import os
import sys

import click

from harness.diary import keep_diary
from tui.desk import Desk


def show_screen(*, plain: bool, ascii_only: bool, theme: str) -> int:
    """Run the full screen until the person leaves it; return the exit code.

    Without a terminal the default room runs here and prints, so that `enfold | head` and a
    container without one still show something.
    """
    if not plain and not (sys.stdin.isatty() and sys.stdout.isatty()):
        return _run_default()
    desk = Desk.here(ascii=ascii_only or bool(os.environ.get("ENFOLD_ASCII")))
    keep_diary(desk.paths.log)
    if plain or os.environ.get("TERM") in {"dumb", "", None}:
        from tui.plain import sit

        return asyncio.run(sit(desk))
    from tui.widgets.graphics import probe

    graphics = probe(ascii=desk.ascii)
    from tui.app import EnfoldApp

    app = EnfoldApp(desk, graphics=graphics, theme=theme)
    code = app.run()
    return code if code is not None else (app.return_code or 0)


def _run_default() -> int:
    from tui.commands.run import run_command

    context = click.get_current_context()
    code = context.invoke(run_command)
    return code if isinstance(code, int) else 0
