"""What a participant would be sent now, word for word: nothing hidden, nothing added.

The messages are shown in the order they are sent, each under its role and size. What is
drawn is made safe; what is copied is what would be sent.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

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


class ContextScreen(Dialog[None]):
    """Shows a request, to read and to copy."""

    DEFAULT_CSS = """
    ContextScreen {
        & > #frame { width: 112; height: 100%; }
        .title { margin-bottom: 0; }
        #sum { margin-bottom: 1; }
        TextArea {
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
        self._request = request
        self._ascii = ascii

    def body(self) -> ComposeResult:
        """Lay out the sums, the messages and the keys."""
        yield Static(Content(summed(self._request, ascii=self._ascii)), classes="dim", id="sum")
        yield TextArea(read_only=True, soft_wrap=True, id="messages")
        yield Keys(last="escape", ascii=self._ascii)

    def on_mount(self) -> None:
        """Begin with the first message."""
        area = self.query_one(TextArea)
        area.cursor_blink = False
        area.load_text("\n".join(told(self._request, ascii=self._ascii)))
        area.focus()

    def action_copy(self) -> None:
        """Copy what is selected; with nothing selected, the message the cursor is in."""
        area = self.query_one(TextArea)
        if area.selected_text:
            self.app.post_message(CopyText(area.selected_text, "selection"))
            return
        row, seen = area.cursor_location[0], 0
        for number, one in enumerate(self._request.lines, 1):
            seen += 2 + safe(one.text).count("\n") + 1 + len(one.images)
            if row < seen or number == len(self._request.lines):
                self.app.post_message(CopyText(one.text, f"message {number}"))
                return

    def action_copy_all(self) -> None:
        """Copy all messages, each under its role."""
        whole = "\n\n".join(f"{one.role}:\n{one.text}" for one in self._request.lines)
        self.app.post_message(CopyText(whole, "everything that would be sent"))
