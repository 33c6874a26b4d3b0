"""Where the person types: a text area that sends on Enter and leaves the screen its keys.

While nothing is typed, the keys of editing are not taken, so that whatever they mean to the
screen they mean here too. Decisions are the owner's, and made at once: a message would be
overtaken by the next key.
"""

from dataclasses import replace
from typing import ClassVar, Protocol

from textual import events
from textual.binding import Binding, BindingType
from textual.widgets import TextArea

_NOT_TAKEN = frozenset({"f6", "f7", "pageup", "pagedown", "ctrl+x,super+x"})
"""Keys of a text area that mean something else here."""

_FREE_WHILE_EMPTY = ("cursor_", "delete_", "select_", "cut", "copy")
"""Starts of actions that do nothing to an empty text."""

_OTHERWISE = {"delete_to_start_of_line": "Clear the line"}
"""What actions are called that do more here than in a text area."""


class Owner(Protocol):
    """Who decides what keys come to."""

    @property
    def listing(self) -> bool:
        """Whether candidates are shown."""
        ...

    def send(self) -> None:
        """Enter was pressed."""
        ...

    @property
    def escapes(self) -> bool:
        """Whether Esc has something to put away here."""
        ...

    def complete(self) -> None:
        """Tab was pressed."""
        ...

    def choose(self, step: int) -> None:
        """Move the choice among the candidates."""
        ...

    def escape(self) -> None:
        """Esc was pressed: put the candidates away, or a line that was refused."""
        ...

    def recall(self, step: int) -> bool:
        """Show an older or newer line; False if there is none."""
        ...

    def list_targets(self) -> None:
        """Show who a line can be for."""
        ...

    def open_editor(self) -> None:
        """Let another program edit the text."""
        ...

    def chord(self) -> None:
        """The first key of two was pressed."""
        ...

    def folded(self, text: str) -> str:
        """Return what is to stand in the line for a paste."""
        ...

    def erase_target(self) -> bool:
        """Back to everybody; False if a line is for everybody already."""
        ...


def _bindings() -> list[BindingType]:
    """Return the keys of a text area that count here, each with a name for a keymap."""
    return [
        replace(
            binding,
            id=f"prompt.{binding.description.lower().replace(' ', '_')}",
            description=_OTHERWISE.get(binding.action, binding.description),
        )
        for binding in TextArea.BINDINGS
        if isinstance(binding, Binding) and binding.key not in _NOT_TAKEN
    ]


class Editor(TextArea, inherit_bindings=False):
    """The text area of a prompt."""

    DEFAULT_CSS = """
    Editor {
        height: auto;
        max-height: 8;
        width: 1fr;
        border: none;
        padding: 0;
        background: transparent;
        scrollbar-size-vertical: 0;
        &:focus { border: none; }
        & .text-area--cursor-line { background: transparent; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        *_bindings(),
        Binding("enter", "send", "Send", show=False, id="prompt.send"),
        Binding(
            "alt+enter,ctrl+j,shift+enter", "newline", "New line", show=False,
            id="prompt.newline",
        ),
        Binding("tab", "complete", "Complete", show=False, id="prompt.complete"),
        Binding("escape", "close", "Close the list, clear what was refused", show=False, id="prompt.close"),
        Binding("ctrl+t", "targets", "To whom", show=False, id="prompt.target"),
        Binding("alt+e", "editor", "Your editor", show=False, id="prompt.editor"),
        Binding(
            "ctrl+x,super+x", "chord", "Cut, or Ctrl+E for your editor", show=False,
            id="prompt.cut",
        ),
    ]  # fmt: skip

    def __init__(self, owner: Owner) -> None:
        super().__init__(
            compact=True, tab_behavior="focus", highlight_cursor_line=False, soft_wrap=True
        )
        self.cursor_blink = False
        self._owner = owner
        self._chord = False

    def on_resize(self) -> None:
        """Draw anew: rows that were drawn before a label grew beside them are too long."""
        self.refresh()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave keys to the screen that mean nothing here."""
        match action:
            case "close":
                return self._owner.escapes
            case "complete":
                # Tab leaves an empty line only: the next keys would act on what has the focus.
                return bool(self.text) or self._owner.listing
            case "cursor_up" | "cursor_down" | "delete_left":
                return True
            case _ if not self.text and action.startswith(_FREE_WHILE_EMPTY):
                return False
            case _:
                return super().check_action(action, parameters)

    async def _on_key(self, event: events.Key) -> None:
        chord, self._chord = self._chord, False
        if event.is_printable and not event.key.startswith("alt+"):
            return  # the text area puts it in
        event.prevent_default()
        if chord and event.key == "ctrl+e":
            event.stop()
            self._owner.open_editor()
            return
        # Carried out here and now: on its way up to the app and back, a key is overtaken
        # by the letters that follow it, and three lines typed fast would be sent as one.
        bound = self.screen.active_bindings.get(event.key)
        if bound is not None and bound.node is self:
            event.stop()
            await self.run_action(bound.binding.action)

    async def _on_paste(self, event: events.Paste) -> None:
        event.prevent_default()
        event.stop()
        text = event.text.replace("\r\n", "\n").replace("\r", "\n")
        shown = self._owner.folded(text)
        if result := self._replace_via_keyboard(shown, *self.selection):
            self.move_cursor(result.end_location)

    def action_send(self) -> None:
        """Hand the text to the owner."""
        self._owner.send()

    def action_newline(self) -> None:
        """Begin another line."""
        self._replace_via_keyboard("\n", *self.selection)

    def action_complete(self) -> None:
        """Take the chosen candidate."""
        self._owner.complete()

    def action_close(self) -> None:
        """Put the candidates away, or a line that was refused."""
        self._owner.escape()

    def action_targets(self) -> None:
        """Show who a line can be for; again, move on in that list."""
        self._owner.list_targets()

    def action_editor(self) -> None:
        """Open the text in the person's own editor."""
        self._owner.open_editor()

    def action_chord(self) -> None:
        """Cut what is selected; with nothing selected, wait for Ctrl+E."""
        if self.selected_text:
            self.action_cut()
            return
        self._chord = True
        self._owner.chord()

    def action_cursor_up(self, select: bool = False) -> None:
        """Up a row, a candidate, or at the first row a line of the history."""
        if self._owner.listing:
            self._owner.choose(-1)
        elif select or not self.cursor_at_first_row or not self._owner.recall(-1):
            super().action_cursor_up(select)

    def action_cursor_down(self, select: bool = False) -> None:
        """Down a row, a candidate, or at the last row a line of the history."""
        if self._owner.listing:
            self._owner.choose(1)
        elif select or not self.cursor_at_last_row or not self._owner.recall(1):
            super().action_cursor_down(select)

    def action_delete_left(self) -> None:
        """Delete a character; with none left, speak to everybody again."""
        if self.text or not self._owner.erase_target():
            super().action_delete_left()

    def action_delete_to_start_of_line(self) -> None:
        """Clear all that is typed, in a way that can be undone."""
        self.put("", 0, len(self.text))

    @property
    def cursor_at_first_row(self) -> bool:
        """Whether no row of the text, wrapped as it is, is above the cursor."""
        return self.wrapped_document.location_to_offset(self.cursor_location).y == 0

    @property
    def cursor_at_last_row(self) -> bool:
        """Whether no row is below it."""
        at = self.wrapped_document.location_to_offset(self.cursor_location).y
        return at >= self.wrapped_document.height - 1

    @property
    def cursor_index(self) -> int:
        """Offset of the cursor in the text, in characters."""
        row, column = self.cursor_location
        return sum(len(self.document.get_line(at)) + 1 for at in range(row)) + column

    def go(self, index: int) -> None:
        """Move the cursor to an offset in the text."""
        self.move_cursor(self._location(index))

    def put(self, text: str, start: int, end: int) -> None:
        """Replace what is between two offsets, so that it can be undone."""
        result = self.replace(
            text, self._location(start), self._location(end), maintain_selection_offset=False
        )
        self.move_cursor(result.end_location)

    def _location(self, index: int) -> tuple[int, int]:
        for row in range(self.document.line_count):
            length = len(self.document.get_line(row))
            if index <= length:
                return row, index
            index -= length + 1
        return self.document.end
