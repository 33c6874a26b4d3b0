"""Write a room as a file for others: in which form, where to, with what in it."""

import asyncio
from pathlib import Path
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, Static

from harness.rooms import slug
from tui.desk import Desk
from tui.printing import line, safe
from tui.screens import shelf
from tui.screens.confirm import Confirm
from tui.screens.dialog import Dialog
from tui.screens.fetch import TROUBLES, trouble
from tui.screens.pathfield import PathField, path_of
from tui.widgets.choices import Choice, Choices
from tui.widgets.tick import Tick
from tui.widgets.words import cut

FORMS = {
    "md": ("Markdown", "reads well anywhere"),
    "html": ("Page", "one file for a browser"),
    "txt": ("Text", "as older programs read it"),
    "jsonl": ("Log", "all of it, to bring in again"),
}


class Exporting(Dialog[Path | None]):
    """Asks how and where, and writes; the answer is the file, `None` if none was written."""

    DEFAULT_CSS = """
    Exporting {
        #forms { max-height: 4; }
        #options { height: auto; margin-top: 1; }
        #progress { margin-top: 1; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "write", "Write", show=False, id="exporting.write"),
    ]

    def __init__(
        self, desk: Desk, room: str, title: str = "", place: int | None = None
    ) -> None:
        """Make the dialog.

        Args:
            desk: Where rooms are.
            room: Id of the room.
            title: Its title; names the file.
            place: Last entry written; `None` for all.
        """
        super().__init__(f"Export {title or room}")
        self._desk = desk
        self._room = room
        self._place = place
        self._stem = slug(title)
        self._busy = False

    def body(self) -> ComposeResult:
        """Lay out forms, options and the path."""
        rows = [
            Choice(key=form, title=((f"{name:<10}", ""), (told, "dim")), aside=f".{form}")
            for form, (name, told) in FORMS.items()
        ]
        yield Choices(rows, lines=1, ascii=self._desk.ascii, id="forms")
        with Vertical(id="options"):
            yield Tick("pictures inside the file", compact=True, id="pictures")
            yield Tick("the models' reasoning too", compact=True, id="reasoning")
        yield Static("Write to", classes="label", markup=False)
        yield PathField(self._suggested("md"), compact=True, id="path")
        yield Static("", id="offered", classes="dim", markup=False)
        yield Static("", classes="trouble", id="trouble", markup=False)
        yield Static("", id="progress", classes="dim", markup=False)
        yield Static(
            f"Enter next, then writes   {self.leaves} cancels",
            classes="label",
            id="hint",
            markup=False,
        )

    def on_mount(self) -> None:
        """Begin with the form."""
        for name in ("offered", "trouble", "progress"):
            self.tell(name, "")
        self._show_options()
        self.query_one("#forms").focus()

    def _suggested(self, form: str) -> str:
        return shelf.home(Path.cwd() / f"{self._stem}.{form}")

    @property
    def _form(self) -> str:
        choice = self.query_one("#forms", Choices).choice
        return choice.key if choice else "md"

    def _show_options(self) -> None:
        self.query_one("#pictures").display = self._form == "html"
        self.query_one("#reasoning").display = self._form in ("md", "html")

    @on(Choices.Moved)
    def _moved(self, event: Choices.Moved) -> None:
        event.stop()
        self._show_options()
        field = self.query_one(PathField)
        stem, dot, ending = field.value.rpartition(".")
        if dot and ending in FORMS:
            field.value = f"{stem}.{self._form}"
        self.tell("trouble", "")

    @on(Choices.Picked)
    def _picked(self, event: Choices.Picked) -> None:
        event.stop()
        self.query_one(PathField).focus()

    @on(PathField.Offered)
    def _offered(self, event: PathField.Offered) -> None:
        event.stop()
        self.tell("offered", cut("  ".join(line(name) for name in event.names), 180))

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self.tell("offered", "")
        self.tell("trouble", "")

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_write()

    @work(exclusive=True, group="export")
    async def action_write(self) -> None:
        """Write the file, after asking where one is there."""
        typed = self.query_one(PathField).value
        if self._busy or not typed.strip():
            return
        path = path_of(typed).absolute()
        kind = await asyncio.to_thread(_what_is, path)
        if kind == "folder":
            self.tell("trouble", f"{safe(str(path))} is a folder: add a name")
            return
        force = False
        if kind == "file":
            force = bool(
                await self.app.push_screen_wait(
                    Confirm(
                        f"Write over {path.name}?",
                        f"{shelf.home(path)} is there already; what is in it is lost.",
                        verb="Overwrite",
                    )
                )
            )
            if not force:
                return
        self._busy = True
        self.tell("progress", "writing")
        try:
            size = await asyncio.to_thread(
                _write,
                self._desk,
                self._room,
                self._form,
                path,
                upto=self._place,
                pictures=self.query_one("#pictures", Tick).value,
                reasoning=self.query_one("#reasoning", Tick).value,
                force=force,
            )
        except TROUBLES as error:
            self._busy = False
            self.tell("progress", "")
            self.tell("trouble", trouble(error))
            return
        self.app.notify(f"wrote {line(shelf.home(path))}, {shelf.bytes_of(size)}", markup=False)
        self.dismiss(path)


def _what_is(path: Path) -> str:
    try:
        return "folder" if path.is_dir() else "file" if path.exists() else ""
    except OSError:
        return ""  # writing will say what is wrong


def _write(
    desk: Desk,
    room_id: str,
    form: str,
    path: Path,
    *,
    upto: int | None,
    pictures: bool,
    reasoning: bool,
    force: bool,
) -> int:
    """Write the file and return its size in bytes."""
    from harness.exports import write  # noqa: PLC0415 - not before it is needed

    written = write(
        desk.rooms,
        room_id,
        form,
        path,
        upto=upto,
        inline_images=pictures and form == "html",
        reasoning=reasoning and form in ("md", "html"),
        force=force,
    )
    return written.stat().st_size
