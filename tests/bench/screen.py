"""The screen: when the first frame comes, and how long the loop is ever kept from its work.

Everything is measured in a terminal, each in a process of its own, beside a bare Textual app.
"""

import asyncio
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from textual.app import ScreenStackError

from tests.bench.transcript import room as room_of
from tests.bench.watch import Watch, delays, watched
from tests.bench.window import measured, report
from transcripts.events import Spoke
from tui.app import EnfoldApp
from tui.desk import Desk
from tui.screens.room import RoomScreen
from tui.screens.start import StartScreen
from tui.screens.wishes import BackToStart, NewRoom, OpenRoom
from tui.widgets.graphics import Graphics

if TYPE_CHECKING:
    from textual.app import App

SPEAKERS = 4
WORDS = 200
"""A second."""
PACE = 1 / 300
"""Seconds before each word; the rest of a word's time is the loop's own."""
SECONDS = 12.0
SIZES = ((140, 40), (200, 60))

HEAVY = ("litellm", "torch", "sqlalchemy", "pydantic", "PIL")
"""What must not be imported before there is something to look at."""

_BARE = """
import time
from textual.app import App
class Bare(App[None]):
    def _display(self, screen, renderable):
        super()._display(screen, renderable)
        if renderable is not None:
            from tests.bench.window import report
            report({"cpu": time.process_time()})
            self.exit()
Bare().run()
"""

FIRST = f"""
import sys, time
from textual.app import App
from textual._compositor import LayoutUpdate
shown = App._display
def first(self, screen, renderable):
    shown(self, screen, renderable)
    if isinstance(renderable, LayoutUpdate) and type(screen).__name__ == "StartScreen":
        cpu = time.process_time()
        from tests.bench.window import report
        heavy = [name for name in {HEAVY!r} if name in sys.modules]
        rows = screen._compositor.render_strips(screen.size)
        said = " ".join(" ".join(row.text.split()) for row in rows)
        report({{"cpu": cpu, "heavy": heavy, "shown": said.strip()}})
        self.exit()
App._display = first
sys.argv = ["enfold"]
import runpy
runpy.run_module("tui", run_name="__main__", alter_sys=True)
"""
"""Starts enfold as a person does, and ends with the first frame of its start."""


def first_frame(times: int = 5) -> dict[str, Any]:
    """Return processor seconds to the first frame, those of a bare app, and heavy modules.

    From the interpreter's start to when the first screen has been handed to the terminal; the
    fastest of some runs.
    """
    ours = [measured(["-c", FIRST], (100, 30)) for _ in range(times)]
    bare = [measured(["-c", _BARE], (100, 30)) for _ in range(times)]
    return {
        "cpu": min(one["cpu"] for one in ours),
        "bare": min(one["cpu"] for one in bare),
        "heavy": ours[0]["heavy"],
    }


def stalls(size: tuple[int, int], *, explain: bool = False) -> dict[str, Any]:
    """Return how the loop fares while a room streams in a terminal of this size."""
    arguments = ["-m", "tests.bench.screen", "stream"]
    return measured([*arguments, "explain"] if explain else arguments, size)


def opening(messages: int, size: tuple[int, int] = (140, 40)) -> dict[str, Any]:
    """Return what it takes to open a long room from the start screen, and to leave it."""
    return measured(["-m", "tests.bench.screen", "open", str(messages)], size)


def bare_stalls(size: tuple[int, int]) -> dict[str, Any]:
    """Return the same for a Textual app that shows nothing."""
    return measured(["-m", "tests.bench.screen", "bare"], size)


async def _bare(watch: Watch) -> dict[str, Any]:
    from textual.app import App

    app = App[None]()
    running = asyncio.create_task(app.run_async())
    await asyncio.sleep(1.0)
    found = await delays(3.0, watch)
    app.exit()
    await running
    return found


async def _stream(watch: Watch, explain: bool) -> dict[str, Any]:
    """Stream a room with everything on that costs: folds, the inspector, a picture drawn."""
    desk = Desk.here()
    path = desk.paths.data.parent / "stream.toml"
    path.write_text(scenario(), encoding="utf-8")
    app = EnfoldApp(
        desk,
        graphics=Graphics("halfcell"),
        first=NewRoom(str(path)),
        pace=PACE,
    )
    running = asyncio.create_task(app.run_async())
    if explain:
        watch.explain()
    watch.begin()
    await _until(lambda: isinstance(app.screen, RoomScreen) and app.screen.speaking)
    watch.end()
    opening = max(watch.walls) * 1000
    began = watch.stacks[:]
    room = _room(app)
    await asyncio.sleep(1.0)
    app.simulate_key("f3")  # the inspector follows every fold
    await asyncio.sleep(0.5)
    said = _words(room)
    found: dict[str, Any] = await delays(SECONDS, watch)
    session = room.session
    assert session is not None
    found["opening"] = opening
    found["words/s"] = (_words(room) - said) / SECONDS
    found["folds"] = session.room.carried.folds
    found["messages"] = session.room.lines
    found["pictures"] = sum(job.state == "done" for job in session.room.jobs)
    found["stacks"] = [*began, *watch.stacks]
    await room.leave()
    app.exit()
    await running
    return found


class _Seen(EnfoldApp):
    full = 0.0
    """Processor time when a whole room was first on the screen."""

    def post_display_hook(self) -> None:
        if not self.full and isinstance(self.screen, RoomScreen):
            transcript = self.screen.transcript
            if transcript.page.items and not transcript.busy:
                self.full = time.process_time()


async def _open(watch: Watch, messages: int, explain: bool) -> dict[str, Any]:
    """Open a room of so many messages from the start screen; leave it again."""
    desk = Desk.here()
    log = room_of(messages)
    room_id = desk.rooms.import_(
        [(entry.at, entry.event, None) for entry in log], title="long", now=log[0].at
    )
    del log
    app = _Seen(desk, graphics=Graphics("halfcell"))
    running = asyncio.create_task(app.run_async())
    await _until(lambda: isinstance(app.screen, StartScreen) and app.screen.settled)
    await asyncio.sleep(0.5)
    if explain:
        watch.explain()
    watch.begin()
    cpu = time.process_time()
    app.post_message(OpenRoom(room_id))
    await _until(lambda: app.full)
    found: dict[str, Any] = {"cpu": app.full - cpu}
    room = _room(app)
    await _until(lambda: room.session is not None)
    found["cpu until it can be written in"] = time.process_time() - cpu
    await _until(lambda: room.transcript.measured)
    found["cpu until all is measured"] = time.process_time() - cpu
    watch.end()
    found["turn"] = max(watch.walls) * 1000
    found["turn cpu"] = max(watch.works) * 1000
    found["gc"] = max(watch.collections, default=0.0) * 1000
    found["stacks"] = watch.stacks[:]
    watch.begin()
    app.post_message(BackToStart())
    await _until(lambda: isinstance(app.screen, StartScreen))
    await asyncio.sleep(0.5)
    found["leave, turn"] = max(watch.walls) * 1000
    app.exit()
    await running
    return found


async def _until(seen: Callable[[], object]) -> None:
    """Wait for `seen`, looking often."""
    until = time.perf_counter() + 60
    while True:
        with suppress(ScreenStackError):  # nothing is shown yet
            if seen():
                return
        if time.perf_counter() > until:
            raise RuntimeError("it did not come")
        await asyncio.sleep(0.005)


def _room(app: "App[int]") -> RoomScreen:
    assert isinstance(app.screen, RoomScreen)
    return app.screen


def _words(room: RoomScreen) -> int:
    return sum(
        len(entry.event.text.split())
        for entry in room.entries()
        if isinstance(entry.event, Spoke)
    )


def scenario() -> str:
    """Return a room of four who talk long: prose, code, and now and then a picture."""
    words = " ".join(f"word{number}" for number in range(160))
    code = "```python\\nfor x in range(3):\\n    print(x)\\n```"
    cast = ""
    for one in range(SPEAKERS):
        lines = [
            f'"{words}\\n\\n{code}\\n{one} {turn}'
            + (
                f'\\n!image \\"a harbour at night, {turn} lanterns\\"'
                if turn % 3 == one
                else ""
            )
            + '"'
            for turn in range(60)
        ]
        cast += f'[[cast]]\nname = "S{one}"\nmodel = "scripted/s{one}"\n'
        cast += f"script = [{', '.join(lines)}]\n"
    return f'title = "a stream"\nrounds = 60\n{cast}'


def rows(row: Callable[[str, str, str, float], None], messages: int) -> None:
    """Print the figures by `row(what, value, floor, ratio)`."""
    found = first_frame()
    loaded = f", {', '.join(found['heavy'])} loaded" if found["heavy"] else ""
    row("first frame, CPU" + loaded, f"{found['cpu'] * 1000:.0f} ms",
        f"a bare Textual app, {found['bare'] * 1000:.0f} ms",
        found["cpu"] / found["bare"])  # fmt: skip
    opened = opening(messages)
    room = f"{messages:,} messages opened from the start"
    row(f"{room}: CPU to the first full view", f"{opened['cpu'] * 1000:.0f} ms",
        "the second it may take", opened["cpu"])  # fmt: skip
    row(f"{room}: longest turn of the loop, CPU", f"{opened['turn cpu']:.0f} ms",
        f"the 50 ms it may take; {opened['turn']:.0f} ms with what others did meanwhile",
        opened["turn cpu"] / 50)  # fmt: skip
    for size in SIZES:
        bare, seen = bare_stalls(size), stalls(size)
        what = (
            f"four speakers at {seen['words/s']:.0f} words/s, {seen['folds']} folds, "
            f"{seen['pictures']} pictures, {size[0]}x{size[1]}"
        )
        for name, said in (
            ("turn cpu", "longest turn of the loop, CPU"),
            ("turn cpu p99", "of 100 turns all but one are shorter, CPU"),
            ("late", "longest stall, wall"),
            ("late p99", "of 100 ticks all but one are less late, wall"),
        ):
            row(f"{what}: {said}", f"{seen[name]:.1f} ms",
                f"the 50 ms it may take; a bare Textual app {bare[name]:.1f} ms",
                seen[name] / 50)  # fmt: skip


def main(what: str, *how: str) -> None:
    """Measure one thing, in the terminal this process runs in."""
    watch = Watch()
    match what:
        case "stream":
            report(watched(_stream(watch, "explain" in how), watch))
        case "bare":
            report(watched(_bare(watch), watch))
        case "open":
            report(watched(_open(watch, int(how[0]), "explain" in how), watch))
        case _:
            raise SystemExit(f"nothing is measured by the name of {what!r}")


if __name__ == "__main__":
    main(*sys.argv[1:])
