"""What all dialogs share: a quiet frame in the middle, a title, Esc to leave it."""

from typing import ClassVar, TypeVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.printing import line
from tui.widgets.keys import said_key

Answer = TypeVar("Answer")


class Dialog(ModalScreen[Answer]):
    """A frame with a title. What is in it comes from `body`."""

    DEFAULT_CSS = """
    Dialog {
        align: center middle;
        background: $background 60%;
        & > #frame {
            width: 68;
            max-width: 100%;
            height: auto;
            max-height: 100%;
            padding: 1 2;
            background: $background;
            border: round $foreground 30%;
            scrollbar-size-vertical: 1;
        }
        VerticalScroll {
            scrollbar-color: $foreground 20%;
            scrollbar-color-hover: $foreground 40%;
            scrollbar-color-active: $foreground 50%;
            scrollbar-background: $background;
            scrollbar-background-hover: $background;
            scrollbar-background-active: $background;
        }
        & > #frame.-wide { width: 96; }
        .title { text-style: bold; color: $text-primary; width: 1fr; margin-bottom: 1; }
        .dim { color: $foreground 68%; width: 1fr; }
        .trouble { color: $text-error; width: 1fr; height: auto; }
        .label { color: $foreground 68%; width: 1fr; margin-top: 1; }
        Input.-textual-compact { background: $foreground 6%; padding: 0 1; }
        Input.-textual-compact:focus { background: $accent 16%; padding: 0 1; }
        .buttons { height: 1; width: 1fr; margin-top: 1; align-horizontal: right; }
        Button { min-width: 10; margin-left: 2; }
        Button.-style-default {
            color: $foreground;
            background: $foreground 10%;
            &.-primary { color: $text-primary; background: $foreground 10%; }
            &.-error { color: $text-error; background: $foreground 10%; }
            &:focus { text-style: bold reverse; background-tint: $foreground 0%; }
        }
        Keys { margin-top: 1; }
    }
    Dialog.-short > #frame { padding: 0 1; }
    Dialog.-bare > #frame { border: ascii $foreground 30%; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Cancel", id="dialog.leave", priority=True),
    ]

    VERTICAL_BREAKPOINTS = [(0, "-short"), (24, "-roomy")]  # noqa: RUF012 - as Textual has it

    def __init__(self, title: str, *, wide: bool = False) -> None:
        super().__init__()
        self._title = title
        self._wide = wide

    def compose(self) -> ComposeResult:
        """Lay out the frame."""
        with VerticalScroll(id="frame", classes="-wide" if self._wide else "", can_focus=False):
            yield Static(Content(line(self._title)), classes="title", id="title")
            yield from self.body()

    def body(self) -> ComposeResult:
        """Lay out what is in the frame."""
        raise NotImplementedError

    def _on_mount(self, event: events.Mount) -> None:
        super()._on_mount(event)
        self.set_class(self.app.has_class("-ascii"), "-bare")

    def action_leave(self) -> None:
        """Leave without an answer."""
        self.dismiss(None)

    @property
    def leaves(self) -> str:
        """The key that leaves it, as a sentence names it."""
        return said_key(self, type(self), "dialog.leave")

    def tell(self, where: str, text: str) -> None:
        """Show `text` on the line with that id; an empty one takes no room."""
        static = self.query_one(f"#{where}", Static)
        static.update(Content(text))
        static.display = bool(text)
