"""What a participant would be sent now, word for word: nothing hidden, nothing added.

The messages are shown in the order they are sent, each under its role and size. What is
drawn is made safe; what is copied is what would be sent.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static, TextArea

from tui.printing import line, safe
from tui.screens.dialog import Dialog
from tui.screens.shelf import count
from tui.screens.wishes import CopyText
from tui.widgets.keys import Keys

if TYPE_CHECKING:
    from agents.providers.base import Request


def told(request: "Request", *, ascii: bool = False) -> Iterator[str]:  # noqa: A002 - names what it does
    """Yield the lines of a request as they are shown: a heading over each message."""
    rule = "--" if ascii else "──"
    for number, one in enumerate(request.lines):
        if number:
            yield ""
        size = count(len(one.text.encode("utf-8", "replace")), "byte")
        pictures = f", {count(len(one.images), 'picture')}" if one.images else ""
        yield f"{rule} {one.role}, {size}{pictures} {rule}"
        yield from safe(one.text).split("\n")
        for image in one.images:
            yield f"[picture {safe(image.path.name)}]"


def summed(request: "Request", *, ascii: bool = False) -> str:  # noqa: A002 - names what it does
    """Return what a request amounts to, in one line."""
    dot = " - " if ascii else " · "
    warm = "no temperature" if request.temperature is None else f"T{request.temperature:g}"
    pictures = sum(len(one.images) for one in request.lines)
    facts = [
        count(len(request.lines), "message"),
        count(request.bytes, "byte"),
        *([count(pictures, "picture")] if pictures else []),
        request.model or "no model",
        warm,
        f"{request.max_tokens:,} tokens back at most",
    ]
    return line(dot.join(facts))


class Messages(TextArea):
    """The messages, to be read. Headings are ours and look it, whatever a message says."""

    def __init__(self, request: "Request", *, ascii: bool) -> None:  # noqa: A002 - names what it does
        lines = list(told(request, ascii=ascii))
        self._headings: set[int] = set()
        row = 0
        for one in request.lines:
            self._headings.add(row)
            row += 2 + safe(one.text).count("\n") + len(one.images) + 1
        super().__init__("\n".join(lines), read_only=True, soft_wrap=True)
        self.cursor_blink = False

    def get_line(self, line_index: int) -> Text:
        """Return a line as it is drawn."""
        text = super().get_line(line_index)
        if line_index in self._headings:
            text.stylize("bold")
        return text

    @property
    def message(self) -> int:
        """Number of the message the cursor is in, 0 for the first."""
        row = self.cursor_location[0]
        return sum(1 for heading in self._headings if heading <= row) - 1


class ContextScreen(Dialog[None]):
    """Shows a request, to read and to copy."""

    DEFAULT_CSS = """
    ContextScreen {
        & > #frame { width: 112; height: 100%; }
        &.-ascii > #frame { border: ascii $foreground 30%; }
        .title { margin-bottom: 0; }
        #sum { margin-bottom: 1; }
        Messages {
            height: 1fr;
            border: none;
            padding: 0;
            background: transparent;
            scrollbar-size-vertical: 1;
            &:focus { border: none; }
            & .text-area--cursor-line { background: $foreground 6%; }
        }
    }
    ContextScreen.-short #sum { margin-bottom: 0; }
    ContextScreen.-short Keys { margin-top: 0; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Close", id="context.leave", priority=True),
        Binding("y", "copy", "Copy", id="context.copy", priority=True),
        Binding("Y", "copy_all", "Copy all", id="context.copy_all", priority=True),
    ]

    def __init__(
        self,
        request: "Request",
        label: str,
        *,
        ascii: bool = False,  # noqa: A002 - names what it does
    ) -> None:
        """Make the screen.

        Args:
            request: What would be sent.
            label: To whom, as shown.
            ascii: Draw with ASCII alone.
        """
        super().__init__(f"What {label} would be sent now", wide=True)
        self.set_class(ascii, "-ascii")
        self._request = request
        self._ascii = ascii

    def body(self) -> ComposeResult:
        """Lay out the sums, the messages and the keys."""
        yield Static(Content(summed(self._request, ascii=self._ascii)), classes="dim", id="sum")
        yield Messages(self._request, ascii=self._ascii)
        yield Keys(last="escape", ascii=self._ascii)

    def on_mount(self) -> None:
        """Begin with the first message."""
        self.query_one(Messages).focus()

    def action_copy(self) -> None:
        """Copy what is selected; with nothing selected, the message the cursor is in."""
        area = self.query_one(Messages)
        if area.selected_text:
            self.app.post_message(CopyText(area.selected_text, "selection"))
        else:
            text = self._request.lines[area.message].text
            self.app.post_message(CopyText(text, f"message {area.message + 1}"))

    def action_copy_all(self) -> None:
        """Copy all messages, each under its role."""
        whole = "\n\n".join(f"{one.role}:\n{one.text}" for one in self._request.lines)
        self.app.post_message(CopyText(whole, "everything that would be sent"))
