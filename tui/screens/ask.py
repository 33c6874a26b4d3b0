"""A question with one line for an answer: a title, a number, a model from a list."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Input, Static

from tui.printing import safe
from tui.screens.dialog import Dialog
from tui.screens.matching import matching
from tui.widgets.choices import Choice, Choices
from tui.widgets.words import plain

SHOWN = 9
"""Candidates in view, at most."""


class Ask(Dialog[str | None]):
    """One line of text, with candidates to choose from if there are any.

    With candidates the one chosen in the list is the answer; its key, that is. Where `free`
    is set, what was typed is, unless somebody moved in the list.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "move(1)", "Down", show=False, priority=True, id="dialog.down"),
        Binding("up", "move(-1)", "Up", show=False, priority=True, id="dialog.up"),
    ]

    def __init__(
        self,
        question: str,
        value: str = "",
        *,
        about: str = "",
        placeholder: str = "",
        candidates: Sequence[Choice | str] = (),
        free: bool = False,
        check: Callable[[str], str] | None = None,
        verb: str = "takes it",
        ascii: bool = False,  # noqa: A002 - names what it does
    ) -> None:
        """Make the question.

        Args:
            question: One line.
            value: What stands there at first, selected.
            about: A dim line below the question.
            placeholder: Shown where nothing is typed.
            candidates: To choose from, found by typing.
            free: With candidates: something else may be typed too.
            check: Says what is wrong with an answer, in a line; ``""`` if nothing is.
            verb: What Enter does.
            ascii: Draw with ASCII alone.
        """
        super().__init__(question)
        self._value = value
        self._about = about
        self._placeholder = placeholder
        self._candidates = [
            Choice(key=one, title=one) if isinstance(one, str) else one for one in candidates
        ]
        self._free = free
        self._check = check
        self._moved = False
        self._ascii = ascii
        self._verb = verb

    def body(self) -> ComposeResult:
        """Lay out the line, the candidates and what is wrong."""
        if self._about:
            yield Static(Content(safe(self._about)), classes="dim")
        yield Input(
            self._value,
            placeholder=self._placeholder,
            compact=True,
            select_on_focus=True,
            id="line",
        )
        if self._candidates:
            lines = 2 if any(plain(one.detail) for one in self._candidates) else 1
            choices = Choices(
                self._found(self._value if self._free else ""),
                lines=lines,
                empty="nothing like it",
                ascii=self._ascii,
                id="candidates",
            )
            choices.can_focus = False
            choices.styles.max_height = SHOWN if lines == 1 else SHOWN + 1
            choices.styles.margin = (1, 0, 0, 0)
            yield choices
        yield Static("", classes="trouble", id="trouble", markup=False)
        yield Static(Content(f"Enter {self._verb}   {self.leaves} cancels"), classes="label")

    def on_mount(self) -> None:
        """Begin with the line."""
        self.tell("trouble", "")
        self.query_one(Input).focus()

    def _found(self, text: str) -> list[Choice]:
        return matching(text, self._candidates)

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        self.tell("trouble", "")
        if self._candidates:
            self._moved = False
            typed = event.value if event.value != self._value or self._free else ""
            self.query_one(Choices).fill(self._found(typed), keep=False)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        answer = event.value.strip()
        if self._candidates and (self._moved or not self._free):
            choice = self.query_one(Choices).choice
            if choice is None:
                self.tell("trouble", f"nothing called {safe(answer)!r} here")
                return
            answer = choice.key
        self._take(answer)

    @on(Choices.Picked)
    def _picked(self, event: Choices.Picked) -> None:
        event.stop()
        self._take(event.choice.key)

    def _take(self, answer: str) -> None:
        trouble = self._check(answer) if self._check else ""
        if trouble:
            self.tell("trouble", safe(trouble))
        else:
            self.dismiss(answer)

    def action_move(self, by: int) -> None:
        """Move in the candidates while typing."""
        if self._candidates:
            self._moved = True
            self.query_one(Choices).action_move(by)
