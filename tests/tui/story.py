"""Stories on the screen: the app in one of its looks, and what is seen compared with a file.

A file in `__snapshots__` is what `tests.seen.cells` makes of a screen: rows a reviewer can
read in a diff, then the look of every cell. `ENFOLD_GOLDEN=1`, or `make snapshots`, writes
them anew. What is seen is waited for: a story fails only if the screen that was accepted
does not come, and then leaves what came beside the file's name in `ENFOLD_SEEN`, as text and
as a picture.
"""

import difflib
import os
import socket
import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, TextArea

from agents.catalogue.servers import USUAL
from tests.seen import paint
from tests.seen.cells import described
from tests.tui.sitting import enfold
from tests.tui.told import NOW
from tui.app import EnfoldApp
from tui.desk import Desk
from tui.screens.wishes import NewRoom, OpenRoom, ReplayRoom
from tui.widgets.graphics import Graphics
from tui.widgets.plainly import use_ascii

SNAPSHOTS = Path(__file__).parent / "__snapshots__"

REGENERATE = os.environ.get("ENFOLD_GOLDEN") == "1"
"""Read at import: while a test runs, the variable is gone."""

LEFT = os.environ.get("ENFOLD_SEEN", "")
"""Folder for what was seen, as text and picture; read at import, too."""

STILL = 0.12
"""Seconds without a change after which a screen is taken to be done."""

PATIENCE = 5.0
"""Seconds that the screen of the file may take to come."""

STARVED = 3600.0
"""A pace at which a scripted model gets no word out while a story lasts."""


@dataclass(frozen=True, slots=True)
class Look:
    """How a terminal is set up."""

    name: str
    theme: str = "enfold-dark"
    ascii: bool = False
    colourless: bool = False


DARK = Look("dark")
LIGHT = Look("light", theme="enfold-light")
ASCII = Look("ascii", ascii=True)
PLAIN = Look("no-colour", colourless=True)


@dataclass(frozen=True, slots=True)
class Story:
    """One story, told in one look and size."""

    name: str
    """Of its files."""
    look: Look
    size: tuple[int, int]
    """Columns and rows."""
    home: Path

    @property
    def desk(self) -> Desk:
        """Where rooms are put before the story begins."""
        return Desk.here(ascii=self.look.ascii)

    @asynccontextmanager
    async def told(
        self,
        first: OpenRoom | NewRoom | ReplayRoom | None = None,
        *,
        pictures: bool = False,
        notices: bool = False,
    ) -> AsyncGenerator[Pilot[int], None]:
        """Open the app.

        Args:
            first: What it begins with; the start if `None`.
            pictures: Draw them in half-cells.
            notices: Show what pops up; it goes by itself after some seconds.
        """
        if first is None and (served := next(_served(), "")):
            pytest.skip(f"the start would show the model server at {served}")
        app = EnfoldApp(
            self.desk,
            graphics=Graphics("halfcell" if pictures else "none"),
            first=first,
            theme=self.look.theme,
            pace=STARVED,
        )
        app.animation_level = "none"
        try:
            async with app.run_test(size=self.size, notifications=notices) as pilot:
                yield pilot
        finally:
            use_ascii(on=False)

    async def seen(self, pilot: Pilot[int], then: str = "") -> None:
        """Compare what is shown, once nothing changes any more, with the story's file.

        Args:
            pilot: Of the app.
            then: Of a story's later screens: what each is called.
        """
        name = f"{self.name}.{then}" if then else self.name
        file = SNAPSHOTS / f"{name}.txt"
        accepted = file.read_text(encoding="utf-8") if file.exists() else ""
        until = time.monotonic() + PATIENCE
        shown = await still(pilot)
        while shown != accepted and not REGENERATE and time.monotonic() < until:
            shown = await still(pilot)
        if LEFT:
            self._leave(enfold(pilot), Path(LEFT) / name, shown)
        if REGENERATE:
            SNAPSHOTS.mkdir(exist_ok=True)
            file.write_text(shown, encoding="utf-8")
            return
        assert shown == accepted, told(name, accepted, shown)

    def _leave(self, app: EnfoldApp, place: Path, shown: str) -> None:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.with_name(f"{place.name}.txt").write_text(shown, encoding="utf-8")
        if paint.available():
            paint.png(app, place.with_name(f"{place.name}.png"))


def _served() -> Iterator[str]:
    """Yield addresses of this machine's where model servers usually are, and something is."""
    for base in USUAL.values():
        url = urlsplit(base)
        with suppress(OSError), socket.create_connection((url.hostname, url.port), 0.2):
            yield url.netloc


async def still(pilot: Pilot[int]) -> str:
    """Return the screen as text, once it stays as it is."""
    for area in pilot.app.screen.query("Input, TextArea").results():
        assert isinstance(area, Input | TextArea)
        area.cursor_blink = False
    await pilot.pause()
    shown, since = described(pilot.app), time.monotonic()
    while time.monotonic() - since < STILL:
        await pilot.pause(STILL / 2)
        now = described(pilot.app)
        if now != shown:
            shown, since = now, time.monotonic()
    return shown


def told(name: str, accepted: str, shown: str) -> str:
    """Return what is to be said of a screen that is not the accepted one."""
    if not accepted:
        return f"{name}: nobody has accepted this screen yet; `make snapshots` does\n{shown}"
    lines = difflib.unified_diff(
        accepted.splitlines(), shown.splitlines(), "accepted", "shown", lineterm="", n=1
    )
    return (
        f"{name}: the screen has changed. If it is meant to be so, `make snapshots` and read "
        "the diff.\n" + "\n".join(lines)
    )


@pytest.fixture
def story(
    request: pytest.FixtureRequest, home: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Story]:
    """The story of a test that says `@looks(...)`, in a home and at a time that never change."""
    look, size = request.param
    assert isinstance(look, Look)
    monkeypatch.setenv("ENFOLD_CLOCK", NOW)
    if look.colourless:
        monkeypatch.setenv("NO_COLOR", "1")
    papers = home / "papers"
    papers.mkdir()
    monkeypatch.chdir(papers)
    columns, rows = size
    test = request.function.__name__.removeprefix("test_")
    with pytest.MonkeyPatch.context() as zone:
        zone.setenv("TZ", "UTC")
        time.tzset()
        yield Story(f"{test}.{look.name}-{columns}x{rows}", look, (columns, rows), home)
    time.tzset()


def looks(*told: tuple[Look, int, int]) -> pytest.MarkDecorator:
    """Tell a story in these looks and sizes."""
    return pytest.mark.parametrize(
        "story",
        [(look, (columns, rows)) for look, columns, rows in told],
        indirect=True,
        ids=[f"{look.name}-{columns}x{rows}" for look, columns, rows in told],
    )
