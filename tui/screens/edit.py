"""A line written otherwise: the words as they stand, to change, and what comes of it.

What is not touched comes out as it went in, to the byte. A text area takes no control
characters and knows one kind of line end, so a `Shelter` puts a character of its own for each
that it cannot hold, which is drawn as what it stands for and turned back at the end.
"""

import re
from typing import ClassVar

from rich.text import Text
from textual import events, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.document._document import EditResult
from textual.document._edit import Edit
from textual.widgets import Static, TextArea

from tui.printing import line, safe
from tui.screens.confirm import Confirm
from tui.screens.dialog import Dialog
from tui.widgets.editing import NotEdited, by_hand
from tui.widgets.keys import Keys

_PRIVATE = range(0xE000, 0xF900)
"""Characters without a meaning, one cell wide: they stand for what cannot be held."""

_LONE = re.compile("[\ud800-\udfff]")
"""Half a surrogate pair: a log can hold it, a terminal cannot be sent it."""

_ODD = "\ufffd"
"""Drawn for what has no picture of its own in one cell."""


class Shelter:
    """Turns a text into one that a text area can hold, and back."""

    def __init__(self, text: str) -> None:
        """Take the line ends of `text`: those of other systems if it has no others."""
        rest = text.replace("\r\n", "")
        foreign = "\r\n" in text and "\r" not in rest and "\n" not in rest
        self._newline = "\r\n" if foreign else "\n"
        self._stands: dict[int, str] = {}
        self._held: dict[int, str] = {}
        self._free = iter(_PRIVATE)

    def hold(self, text: str) -> str:
        """Return `text` with a character of ours for each that cannot be held."""
        if self._newline == "\r\n":
            text = text.replace("\r\n", "\n")
        for one in sorted(set(text)):
            if ord(one) not in self._held and not _holds(one):
                code = next(self._free, None)
                if code is not None:  # there are 6,400: no text has so many kinds of noise
                    self._held[ord(one)] = chr(code)
                    self._stands[code] = one
        return text.translate(self._held)

    def restored(self, text: str) -> str:
        """Return what `text`, held and perhaps edited since, says."""
        return text.replace("\n", self._newline).translate(self._stands)

    def drawn(self, text: str) -> str:
        """Return `text`, held, with a picture for each character that is not to be drawn."""
        return text.translate({code: picture(one) for code, one in self._stands.items()})


def picture(character: str) -> str:
    """Return one character to draw for one that a text area cannot hold."""
    shown = safe(character)
    return shown if len(shown) == 1 and not _LONE.match(shown) and shown.isprintable() else _ODD


def _sent(text: str) -> str:
    """Return `text` as a clipboard can take it."""
    return _LONE.sub(_ODD, text)


def _holds(character: str) -> bool:
    """Whether a text area holds a character, and a terminal can be sent it.

    Whatever ends a line, other than a newline, is not safe either.
    """
    return character in "\n\t" or not (
        safe(character) != character or ord(character) in _PRIVATE or _LONE.match(character)
    )


class Words(TextArea):
    """The text area. What is drawn of a line is safe, whatever is in it."""

    DEFAULT_CSS = """
    Words {
        height: 1fr;
        border: none;
        padding: 0 1;
        background: $foreground 4%;
        scrollbar-size-vertical: 1;
        &:focus { border: none; }
        & .text-area--cursor-line { background: transparent; }
    }
    """

    def __init__(self, text: str) -> None:
        self._shelter = Shelter(text)
        super().__init__(
            self._shelter.hold(text), tab_behavior="indent", highlight_cursor_line=False
        )
        self.cursor_blink = False
        self.indent_type = "tabs"

    def get_line(self, line_index: int) -> Text:
        """Return a line as it is drawn, each character in one."""
        text = self._shelter.drawn(super().get_line(line_index).plain)
        return Text(text, end="", no_wrap=True)

    def edit(self, edit: Edit) -> EditResult:
        """Put words in, none that a text area cannot hold."""
        edit.text = self._shelter.hold(edit.text)
        return super().edit(edit)

    async def _on_paste(self, event: events.Paste) -> None:
        event.prevent_default()
        event.stop()
        text = event.text.replace("\r\n", "\n").replace("\r", "\n")
        if result := self._replace_via_keyboard(text, *self.selection):
            self.move_cursor(result.end_location)

    @property
    def selected_text(self) -> str:
        """What is selected, as it is to be said: it may be put in again."""
        return _sent(self._shelter.restored(super().selected_text))

    def action_cut(self) -> None:
        """Cut what is selected, or the line; what is on the clipboard is what was said."""
        before = self.app.clipboard
        super().action_cut()
        if self.app.clipboard != before:
            self.app.copy_to_clipboard(_sent(self._shelter.restored(self.app.clipboard)))

    @property
    def words(self) -> str:
        """What stands there now, as it is to be said."""
        return self._shelter.restored(self.text)

    def put(self, words: str) -> None:
        """Put other words in, so that it can be undone."""
        self.replace(words, (0, 0), self.document.end, maintain_selection_offset=False)


class EditScreen(Dialog[str | None]):
    """Asks for other words; the answer is the new text, `None` for leaving it as it was."""

    DEFAULT_CSS = """
    EditScreen {
        & > #frame { width: 96; height: 100%; max-height: 30; }
        &.-ascii > #frame { border: ascii $foreground 30%; }
        .title { margin-bottom: 0; }
        #what { margin-bottom: 1; }
    }
    EditScreen.-short #what { margin-bottom: 0; }
    EditScreen.-short Keys { margin-top: 0; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s,ctrl+enter", "save", "Make the fork", id="edit.save", priority=True),
        Binding("ctrl+e,alt+e", "editor", "Your editor", id="edit.editor", priority=True),
    ]

    def __init__(
        self,
        text: str,
        *,
        place: int,
        title: str,
        author: str = "",
        ascii: bool = False,  # noqa: A002 - names what it does
    ) -> None:
        """Make the screen.

        Args:
            text: The words as they are.
            place: Where they stand in the room's log.
            title: The room's.
            author: Whose line it is, as shown.
            ascii: Draw with ASCII alone.
        """
        whose = f" of {author}" if author else ""
        super().__init__(f"Edit the line{whose} at {place}", wide=True)
        self.set_class(ascii, "-ascii")
        self._text = text
        self._what = (
            f"makes a fork of “{title}” that parts at {place}; this room stays as it is"
        )
        self._ascii = ascii

    def body(self) -> ComposeResult:
        """Lay out what will happen, the words and the keys."""
        what = self._what.translate({0x201C: '"', 0x201D: '"'}) if self._ascii else self._what
        yield Static(Content(line(what)), classes="dim", id="what")
        yield Words(self._text)
        yield Static("", classes="trouble", id="trouble", markup=False)
        yield Keys(last="escape", ascii=self._ascii)

    def on_mount(self) -> None:
        """Begin at the end of the words, where one most often goes on."""
        self.tell("trouble", "")
        words = self.query_one(Words)
        words.move_cursor(words.document.end)
        words.focus()

    @property
    def changed(self) -> bool:
        """Whether the words are others now."""
        return self.query_one(Words).words != self._text

    def action_save(self) -> None:
        """Take the words as they are now."""
        words = self.query_one(Words).words
        if not words.strip():
            self.tell("trouble", "a line needs words")
        elif words == self._text:
            self.dismiss(None)
        else:
            self.dismiss(words)

    def action_leave(self) -> None:
        """Leave; ask first if words would be lost."""
        self._leave()

    @work(exclusive=True)
    async def _leave(self) -> None:
        if self.changed and not await self.app.push_screen_wait(
            Confirm("Leave the line as it was?", "What you changed is lost.", verb="Leave")
        ):
            return
        self.dismiss(None)

    @work(exclusive=True)
    async def action_editor(self) -> None:
        """Let the person's own editor have the words, and the terminal, until it is done."""
        words = self.query_one(Words)
        before = words.words
        try:
            text = await by_hand(self, before)
        except NotEdited as error:
            self.tell("trouble", line(str(error)))
            return
        self.tell("trouble", "")
        if text != before:
            words.put(text)
