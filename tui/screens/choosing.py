"""Which models are to be in a new room, and what to say to them first."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Button, Input, Static

from tui.printing import line
from tui.screens.dialog import Dialog
from tui.screens.matching import matching
from tui.widgets.choices import Choice, Choices

if TYPE_CHECKING:
    from agents.catalogue.models import Model

MOST = 4
"""Models a room begins with here, at most."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """What was chosen."""

    models: tuple[str, ...]
    """Ids, in the order they were chosen; one to `MOST`."""
    opening: str
    """The person's first line; empty for none."""


class ChooseModels(Dialog[Chosen | None]):
    """Type to find a model, Enter takes it, Backspace gives the last one back.

    One model may be taken twice. Then a first line, if wanted, and Enter begins.
    """

    DEFAULT_CSS = """
    ChooseModels {
        #models { height: 8; margin: 1 0 0 0; }
        #taken { height: auto; width: 1fr; margin-top: 1; }
    }
    ChooseModels.-short #models { height: 4; margin: 0; }
    ChooseModels.-short .label, ChooseModels.-short .buttons { margin-top: 0; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "move(1)", "Down", show=False, priority=True, id="dialog.down"),
        Binding("up", "move(-1)", "Up", show=False, priority=True, id="dialog.up"),
    ]

    def __init__(
        self,
        models: "Sequence[Model]",
        *,
        ascii: bool = False,  # noqa: A002 - names what it does
    ) -> None:
        super().__init__("A room of your own models")
        self._ascii = ascii
        self._models = [_row(model) for model in models]
        self._names = {model.id: model.name for model in models}
        self._taken: list[str] = []

    def body(self) -> ComposeResult:
        """Lay out the field, the models, the first line and the button."""
        yield Input(placeholder="type to find a model", compact=True, id="find")
        choices = Choices(
            self._rows(""), lines=1, empty="no model like it", ascii=self._ascii, id="models"
        )
        choices.can_focus = False
        yield choices
        yield Static("", id="taken", markup=False)
        yield Static("First line, if you like", classes="label", markup=False)
        yield Input(placeholder="say something, or let them begin", compact=True, id="opening")
        with Horizontal(classes="buttons"):
            yield Button(Content("Begin"), id="begin", variant="primary", compact=True)
        yield Static("", classes="trouble", id="trouble", markup=False)

    def on_mount(self) -> None:
        """Begin with the field."""
        self.tell("trouble", "")
        self._say()
        self.query_one("#find", Input).focus()

    def _rows(self, text: str) -> list[Choice]:
        return [self._counted(row) for row in matching(text, self._models)]

    def _counted(self, row: Choice) -> Choice:
        match self._taken.count(row.key):
            case 0:
                return row
            case 1:
                return replace(row, aside=(("taken", "good"),))
            case number:
                return replace(row, aside=((f"taken, {number} times", "good"),))

    def _say(self) -> None:
        if self._taken:
            names = ", ".join(
                f"AI-{number} {line(self._names[one])}"
                for number, one in enumerate(self._taken, start=1)
            )
            self.query_one("#taken", Static).update(Content(names))
        else:
            told = f"Enter takes a model, up to {MOST}; Backspace gives it back"
            self.query_one("#taken", Static).update(Content.styled(told, "dim"))

    @on(Input.Changed, "#find")
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self.query_one(Choices).fill(self._rows(event.value), keep=not event.value)

    @on(Input.Submitted, "#find")
    def _enter(self, event: Input.Submitted) -> None:
        event.stop()
        choice = self.query_one(Choices).choice
        if choice is not None:
            self._take(choice.key)

    @on(Choices.Picked)
    def _picked(self, event: Choices.Picked) -> None:
        event.stop()
        self._take(event.choice.key)

    def _take(self, model: str) -> None:
        if len(self._taken) == MOST:
            self.tell("trouble", f"{MOST} is the most to begin with; others can be invited")
            return
        self._taken.append(model)
        self.query_one("#find", Input).value = ""
        self._changed()

    def _changed(self) -> None:
        self.tell("trouble", "")
        self.query_one(Choices).fill(self._rows(self.query_one("#find", Input).value))
        self._say()

    @on(Input.Submitted, "#opening")
    @on(Button.Pressed, "#begin")
    def _begin(self, event: Input.Submitted | Button.Pressed) -> None:
        event.stop()
        if not self._taken:
            self.tell("trouble", "choose a model first: type, then Enter")
            self.query_one("#find", Input).focus()
            return
        opening = self.query_one("#opening", Input).value.strip()
        self.dismiss(Chosen(tuple(self._taken), opening))

    @on(events.Key)
    def _give_back(self, event: events.Key) -> None:
        find = self.query_one("#find", Input)
        if event.key == "backspace" and find.has_focus and not find.value and self._taken:
            self._taken.pop()
            self._changed()

    def action_move(self, by: int) -> None:
        """Move in the models while typing."""
        self.query_one(Choices).action_move(by)


def _row(model: "Model") -> Choice:
    told = "here" if model.local else model.provider
    return Choice(key=model.id, title=model.name, aside=told)
