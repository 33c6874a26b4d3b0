"""A question before something that changes or loses something."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Button, Static

from tui.printing import line, safe
from tui.screens.dialog import Dialog


class Confirm(Dialog[bool]):
    """Asks once. Esc and `n` are no; what cannot be taken back has no as its default."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", "Yes", show=False, id="confirm.yes"),
        Binding("n", "answer(False)", "No", show=False, id="confirm.no"),
        Binding("left,up", "app.focus_previous", "Back", show=False, id="confirm.back"),
        Binding("right,down", "app.focus_next", "On", show=False, id="confirm.on"),
    ]

    def __init__(
        self,
        question: str,
        what: str = "",
        *,
        verb: str = "Yes",
        refuse: str = "Cancel",
        destructive: bool = True,
    ) -> None:
        """Make the question.

        Args:
            question: One line.
            what: What will happen then.
            verb: On the button that does it: "Delete".
            refuse: On the other one.
            destructive: The default is no.
        """
        super().__init__(question)
        self._what = what
        self._verb = verb
        self._refuse = refuse
        self._destructive = destructive

    def body(self) -> ComposeResult:
        """Lay out what will happen, and two buttons."""
        yield Static(Content(safe(self._what)), classes="dim", id="what")
        with Horizontal(classes="buttons"):
            yield Button(Content(f"{line(self._refuse)} (n)"), id="no", compact=True)
            yield Button(
                Content(f"{line(self._verb)} (y)"),
                id="yes",
                variant="error" if self._destructive else "primary",
                compact=True,
            )

    def on_mount(self) -> None:
        """Put the focus on the harmless answer."""
        self.query_one("#what").display = bool(self._what)
        self.query_one("#no" if self._destructive else "#yes", Button).focus()

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        self.dismiss(event.button.id == "yes")

    def action_answer(self, yes: bool) -> None:
        """Answer by key."""
        self.dismiss(yes)

    def action_leave(self) -> None:
        """No."""
        self.dismiss(False)
