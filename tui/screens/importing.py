"""Bring in a transcript from elsewhere: where it is, how it goes, what came of it."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Input, Static

from tui.desk import Desk
from tui.printing import line, safe
from tui.screens import shelf
from tui.screens.dialog import Dialog
from tui.screens.fetch import TROUBLES, trouble
from tui.screens.pathfield import PathField, path_of
from tui.screens.threads import aside
from tui.widgets.choices import Choice, Choices
from tui.widgets.keys import said_key
from tui.widgets.words import cut

if TYPE_CHECKING:
    from harness.imports import Done

SHOWN = 4
"""Lines that could not be placed, as listed here; the room has all of them."""

STEP = 500
"""Entries written between two looks at whether to stop."""


class _CalledOffError(Exception):
    """The person does not want it after all."""


class Importing(Dialog[str | None]):
    """Asks for a file and makes a room of it; the answer is the room's id.

    Esc stops it: nothing is left of a room that is not written to its end.
    """

    DEFAULT_CSS = """
    Importing {
        #offered, #progress, #result { margin-top: 1; height: auto; width: 1fr; }
        #offered { max-height: 3; color: $foreground 60%; }
        #formats { max-height: 7; }
        #progress Bar { width: 1fr; }
        #hint { margin-top: 1; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "Open", show=False, id="importing.open"),
    ]

    def __init__(self, desk: Desk, path: str = "") -> None:
        """Make the dialog.

        Args:
            desk: Where rooms are.
            path: What stands in the line at first.
        """
        super().__init__("Bring in a transcript")
        self._desk = desk
        self._path = path
        self._busy = False
        self._done: str | None = None

    def body(self) -> ComposeResult:
        """Lay out the line, and what comes below it as it goes."""
        yield PathField(self._path, placeholder="path of the file", compact=True, id="path")
        yield Static("", id="offered", markup=False)
        yield Static("", classes="trouble", id="trouble", markup=False)
        yield Static("Read it as", id="ask", classes="label", markup=False)
        yield Choices(lines=1, ascii=self._desk.ascii, id="formats")
        yield Static("", id="progress", markup=False)
        yield Static("", id="result", markup=False)
        yield Static("", id="hint", classes="dim", markup=False)

    def on_mount(self) -> None:
        """Begin with the path."""
        for name in ("offered", "trouble", "progress", "result"):
            self.tell(name, "")
        self._ask_format(())
        self.tell("hint", f"Enter reads it   Tab completes   {self.leaves} cancels")
        self.query_one(PathField).focus()

    def _ask_format(self, formats: tuple[str, ...]) -> None:
        choices = self.query_one("#formats", Choices)
        choices.display = self.query_one("#ask").display = bool(formats)
        choices.fill([Choice(key=name, title=name) for name in formats])
        if formats:
            choices.focus()

    @on(PathField.Offered)
    def _offered(self, event: PathField.Offered) -> None:
        event.stop()
        self.tell("offered", cut("  ".join(line(name) for name in event.names), 180))

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        if not self._busy:
            for name in ("offered", "trouble", "result"):
                self.tell(name, "")
            self._ask_format(())

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._start("auto")

    @on(Choices.Picked)
    def _format(self, event: Choices.Picked) -> None:
        event.stop()
        self._start(event.choice.key)

    def _start(self, kind: str) -> None:
        typed = self.query_one(PathField).value
        if self._busy or not typed.strip():
            return
        self._busy = True
        self.query_one(PathField).disabled = True
        self.tell("trouble", "")
        self._ask_format(())
        self.tell("progress", "reading")
        self.tell("hint", f"{self.leaves} stops")
        self._bring_in(path_of(typed), kind)

    @work(exclusive=True, group="import")
    async def _bring_in(self, path: Path, kind: str) -> None:
        try:
            done = await aside(partial(self._read, path, kind))
        except TROUBLES as error:
            await self._failed(path, kind, error)
        else:
            self._finished(done)

    def _read(self, path: Path, kind: str, stopped: Callable[[], bool]) -> "Done":
        """Do it, in a thread; told to stop, it does so after the step it is at."""
        from harness.imports import bring_in  # noqa: PLC0415 - its readers are heavy

        def told(done: int, total: int) -> None:
            if stopped():
                raise _CalledOffError
            if total and done % STEP == 0:
                self.call_later(self.tell, "progress", f"writing {done:,} of {total:,} entries")

        with suppress(OSError):
            size = shelf.bytes_of(path.stat().st_size)
            self.call_later(self.tell, "progress", f"reading {size}")
        return bring_in(
            self._desk.rooms, path, kind=kind, now=self._desk.clock.now(), told=told
        )

    async def _failed(self, path: Path, kind: str, error: Exception) -> None:
        from harness.imports import FORMATS  # noqa: PLC0415 - loaded by now
        from transcripts.errors import UnknownFormat  # noqa: PLC0415

        self._busy = False
        field = self.query_one(PathField)
        field.disabled = False
        field.focus()
        self.tell("progress", "")
        self.tell("trouble", trouble(error))
        self.tell("hint", f"Enter reads it   Tab completes   {self.leaves} cancels")
        if (
            isinstance(error, UnknownFormat)
            and kind == "auto"
            and await asyncio.to_thread(path.is_file)
        ):
            self._ask_format(tuple(FORMATS))

    def _finished(self, done: "Done") -> None:
        self._busy = False
        self._done = done.room
        reading = done.reading
        self.tell("progress", "")
        counted = [
            shelf.count(number, name.replace("_", " ").removesuffix("s"))
            for name, number in reading.summary.items()
            if number and name != "orphans"  # they are listed below, each with its reason
        ]
        lines = [f"Recognised as {reading.format}: {', '.join(counted)}."]
        if reading.repairs:
            mended = ", ".join(
                f"{name.replace('_', ' ')} ({n})" for name, n in reading.repairs.items()
            )
            lines.append(f"Repaired: {line(mended)}.")
        misfits = reading.unplaced
        if misfits:
            lines.append(f"Not placed, but kept: {shelf.count(len(misfits), 'line')}.")
            lines += [
                f"  line {one.line}: {line(one.text, 40)} ({line(one.why)})"
                for one in misfits[:SHOWN]
            ]
        if not done.new:
            lines.append("It was brought in before: this is the same room.")
        self.query_one("#result", Static).update(Content(safe("\n".join(lines))))
        self.query_one("#result").display = True
        opens = said_key(self, Importing, "importing.open")
        self.tell("hint", f"{opens} opens it   {self.leaves} leaves it for later")
        self.set_focus(None)

    def action_open(self) -> None:
        """Open what was brought in."""
        if self._done is not None:
            self.dismiss(self._done)

    def action_leave(self) -> None:
        """Stop, or leave."""
        if self._busy:
            self.workers.cancel_group(self, "import")
        self.dismiss(None)
