"""The screen while a room streams: how long the loop is held up, and when the first frame comes.

Each figure beside a floor from the same run: the same loop with a bare Textual app, and the
start of a bare Textual app.
"""

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

SPEAKERS = 4
TOKENS = 200
"""Words a second."""
SECONDS = 12.0

_FIRST = """
import sys, time
from {module} import {name}
{make}
import asyncio
async def main():
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        print(time.process_time(), *sorted({{"litellm", "torch", "sqlalchemy", "pydantic", "PIL"}}
                                           & set(sys.modules)))
asyncio.run(main())
"""


def first_frame() -> tuple[float, float, list[str]]:
    """Return CPU seconds to the first frame, those of a bare Textual app, and heavy modules."""
    ours = _FIRST.format(
        module="tui.app",
        name="EnfoldApp",
        make="from tui.desk import Desk\napp = EnfoldApp(Desk.here())",
    )
    bare = _FIRST.format(module="textual.app", name="App", make="app = App()")
    told = [_run(code) for code in (ours, bare)]
    return float(told[0][0]), float(told[1][0]), told[0][1:]


def _run(code: str) -> list[str]:
    with tempfile.TemporaryDirectory() as home:
        folders = {
            f"ENFOLD_{name}_DIR": f"{home}/{name.lower()}"
            for name in ("CONFIG", "DATA", "STATE", "CACHE")
        }
        best: list[str] = []
        for _ in range(3):
            done = subprocess.run(
                [sys.executable, "-c", code],
                cwd=ROOT,
                env={**os.environ, **folders},
                check=True,
                capture_output=True,
                text=True,
            )
            said = done.stdout.split()
            if not best or float(said[0]) < float(best[0]):
                best = said
        return best


def stalls() -> dict[str, float]:
    """Return the longest and the 99th of 100 delays of the loop, in seconds, and a floor's."""
    return asyncio.run(_stalls())


async def _stalls() -> dict[str, float]:
    from textual.app import App

    from tui.app import EnfoldApp
    from tui.desk import Desk
    from tui.screens.room import RoomScreen
    from tui.screens.wishes import NewRoom

    bare = App[None]()
    async with bare.run_test(size=(140, 40)):
        floor = await _delays(3.0)
    with tempfile.TemporaryDirectory() as home:
        for name in ("CONFIG", "DATA", "STATE", "CACHE"):
            os.environ[f"ENFOLD_{name}_DIR"] = f"{home}/{name.lower()}"
        path = Path(home) / "stream.toml"
        path.write_text(_scenario(), encoding="utf-8")
        app = EnfoldApp(Desk.here(), first=NewRoom(str(path)), pace=1 / TOKENS)
        async with app.run_test(size=(140, 40)) as pilot:
            while not (isinstance(app.screen, RoomScreen) and app.screen.speaking):
                await pilot.pause(0.05)
            await pilot.pause(1.0)
            await pilot.press("f3")  # the inspector follows every fold
            seen = await _delays(SECONDS)
            session = app.screen.session
            folds = session.room.carried.folds if session else 0
            spoken = session.room.lines if session else 0
    return {
        "longest": max(seen),
        "p99": sorted(seen)[int(len(seen) * 0.99)],
        "floor": max(floor),
        "folds": folds,
        "messages": spoken,
    }


async def _delays(seconds: float) -> list[float]:
    """How late a timer of 5 ms comes, again and again."""
    delays: list[float] = []
    end = time.perf_counter() + seconds
    while (now := time.perf_counter()) < end:
        await asyncio.sleep(0.005)
        delays.append(time.perf_counter() - now - 0.005)
    return delays


def _scenario() -> str:
    words = [f"word{number}" for number in range(160)]
    text = " ".join(words) + "\\n\\n```python\\nfor x in range(3):\\n    print(x)\\n```\\nend"
    cast = ""
    for one in range(SPEAKERS):
        script = ", ".join([f'"{text} {one}"'] * 40)
        cast += f'[[cast]]\nname = "S{one}"\nmodel = "scripted/s{one}"\nscript = [{script}]\n'
    return f'title = "a stream"\nrounds = 40\n{cast}'


def rows(row: Callable[[str, str, str, float], None]) -> None:
    """Print the figures by `row(what, value, floor, ratio)`."""
    ours, bare, heavy = first_frame()
    loaded = f", {', '.join(heavy)} loaded" if heavy else ""
    row("first frame, CPU" + loaded, f"{ours * 1000:.0f} ms",
        f"a bare Textual app, {bare * 1000:.0f} ms", ours / bare)  # fmt: skip
    seen = stalls()
    what = f"screen at {TOKENS} words/s, {seen['messages']:.0f} messages, {seen['folds']:.0f} folds"
    row(f"{what}: longest stall", f"{seen['longest'] * 1000:.0f} ms",
        f"the 50 ms it may take (p99 {seen['p99'] * 1000:.0f} ms; "
        f"bare app {seen['floor'] * 1000:.0f} ms)", seen["longest"] / 0.05)  # fmt: skip
