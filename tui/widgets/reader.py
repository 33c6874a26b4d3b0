"""Keys and mouse on a roll: a cursor that goes from item to item, and what is done with one.

What concerns the rest of the program (the clipboard, a fork) is told to the screen by
messages; folding, searching and moving about are done here.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from rich.cells import cell_len
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Offset
from textual.message import Message
from textual.selection import Selection

from transcripts.events import Faltered, Skipped
from tui.page.row import Row
from tui.page.search import code_blocks, has
from tui.widgets.ink import number
from tui.widgets.roll import Colours, Images, Roll


class Reader(Roll):
    """A roll that somebody reads with keys."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "cursor(1)", "Down", show=False, id="transcript.down"),
        Binding("k,up", "cursor(-1)", "Up", show=False, id="transcript.up"),
        Binding("g,home", "home", "Beginning", show=False, id="transcript.home"),
        Binding("G,end", "end", "End", show=False, id="transcript.end"),
        Binding("ctrl+d", "half_page(1)", "Half down", show=False, id="transcript.half_down"),
        Binding("ctrl+u", "half_page(-1)", "Half up", show=False, id="transcript.half_up"),
        Binding("pagedown", "page(1)", "Page down", show=False, id="transcript.page_down"),
        Binding("pageup", "page(-1)", "Page up", show=False, id="transcript.page_up"),
        Binding(
            "right_square_bracket", "message(1)", "Next message", show=False,
            id="transcript.next_message",
        ),
        Binding(
            "left_square_bracket", "message(-1)", "Previous message", show=False,
            id="transcript.previous_message",
        ),
        Binding("space,enter", "fold", "Unfold", id="transcript.fold"),
        Binding("z", "fold_all", "Unfold all", show=False, id="transcript.fold_all"),
        Binding("m", "raw", "As written", show=False, id="transcript.raw"),
        Binding("M", "raw_all", "All as written", show=False, id="transcript.raw_all"),
        Binding("y", "copy", "Copy", id="transcript.copy"),
        Binding("Y", "copy_code", "Copy code", show=False, id="transcript.copy_code"),
        Binding("slash", "search", "Search", id="transcript.search"),
        Binding("n", "next_match(1)", "Next match", show=False, id="transcript.next_match"),
        Binding(
            "N", "next_match(-1)", "Previous match", show=False, id="transcript.previous_match"
        ),
        Binding("e", "ask('edit')", "Edit", id="transcript.edit"),
        Binding("r", "ask('regenerate')", "Regenerate", id="transcript.regenerate"),
        Binding("c", "ask('continue')", "Continue", show=False, id="transcript.continue"),
        Binding("f", "ask('fork')", "Fork", id="transcript.fork"),
    ]  # fmt: skip

    @dataclass
    class Copied(Message, namespace="transcript"):
        """The reader wants `text` on the clipboard."""

        text: str
        what: str
        """`message`, `selection`, or `code block 2 of 3`."""

    @dataclass
    class EditAsked(Message, namespace="transcript"):
        """The reader wants to write a message otherwise."""

        place: int

    @dataclass
    class RegenerateAsked(Message, namespace="transcript"):
        """The reader wants a message once more."""

        place: int

    @dataclass
    class ContinueAsked(Message, namespace="transcript"):
        """The reader wants a message to go on."""

        place: int

    @dataclass
    class ForkAsked(Message, namespace="transcript"):
        """The reader wants another room that goes on from this entry."""

        place: int

    class SearchAsked(Message, namespace="transcript"):
        """The reader wants to search."""

    class ReachedEnd(Message, namespace="transcript"):
        """The reader is at the end again, and follows."""

    @dataclass
    class Selected(Message, namespace="transcript"):
        """The reader's cursor is on another entry."""

        place: int

    def __init__(
        self,
        *,
        ascii: bool = False,  # noqa: A002 - names what it does
        colour_of: Colours | None = None,
        pictures: Images | None = None,
        id: str | None = None,  # noqa: A002 - Textual's name
        classes: str | None = None,
    ) -> None:
        super().__init__(
            ascii=ascii, colour_of=colour_of, pictures=pictures, id=id, classes=classes
        )
        self._matches: list[int] = []
        """Items that match what is searched, in order."""
        self._code = (-1, 0)
        """Item whose code was copied last, and how many of its blocks."""

    @property
    def place(self) -> int | None:
        """Place of the entry the cursor is on; `None` without a cursor."""
        return None if self._cursor is None else self._page.items[self._cursor].place

    def reached_end(self) -> None:
        """Tell the screen."""
        self.post_message(self.ReachedEnd())

    # The cursor

    def _select(self, index: int, *, high: bool = False) -> None:
        """Put the cursor on an item and show it.

        Args:
            index: Of the item.
            high: Show it at the top of the view if it was not in it.
        """
        if self._cursor is not None:
            self._redraw(self._cursor)
        self._cursor = index
        self._redraw(index)
        top = self._view.settle()
        start = self._column.top(index)
        was = self._view.following
        if high and not top <= start < top + self._view.height:
            self._view.go(start)
        else:
            self._view.show(index)
        self._settle()
        self.post_message(self.Selected(self._page.items[index].place))
        if self._view.following and not was:
            self.post_message(self.ReachedEnd())

    def _current(self) -> int | None:
        """Return the item keys work on: the cursor's, or the last that is seen."""
        if not self._page.items:
            return None
        return self._visible()[1] if self._cursor is None else self._cursor

    def on_focus(self) -> None:
        """Show what the keys work on."""
        self._pinned = False
        self._strips.clear()
        self.need_cursor()

    def need_cursor(self) -> None:
        """Put the cursor on the last message that is seen, if it is nowhere."""
        if not self.has_focus or self._cursor is not None or self._hidden:
            return
        if self._page.items:
            first, last = self._visible()
            seen = range(last, first - 1, -1)
            self._cursor = next((index for index in seen if self._is_message(index)), last)
            self._redraw(self._cursor)

    def on_blur(self) -> None:
        """Take the mark away."""
        self._strips.clear()

    def action_cursor(self, step: int) -> None:
        """Go to the next item, or down a long one first."""
        if not self._page.items:
            return
        first, last = self._visible()
        cursor = self._cursor
        if cursor is None or not first <= cursor <= last:
            self._select(first if step > 0 else last)
            return
        top, half = self._view.top, max(1, self._view.height // 2)
        start = self._column.top(cursor)
        below = start + self._column.height(cursor) - (top + self._view.height)
        if step > 0 and below > 0:
            self._go(top + min(half, below))
        elif step < 0 and start < top:
            self._go(top - min(half, top - start))
        elif 0 <= cursor + step < len(self._page.items):
            self._select(cursor + step)
        elif step > 0:
            self.action_end()

    def action_message(self, step: int) -> None:
        """Go to the next message, past everything else."""
        index = self._current()
        if index is None:
            return
        index += step
        while 0 <= index < len(self._page.items):
            if self._is_message(index):
                self._select(index, high=True)
                return
            index += step

    def action_home(self) -> None:
        """Go to the beginning."""
        if self._page.items:
            self._select(0)
            self._go(0)

    def action_end(self) -> None:
        """Go to the end and stay there."""
        if self._page.items:
            self._select(len(self._page.items) - 1)
        self._go(self._view.last)

    def action_half_page(self, step: int) -> None:
        """Go half a view on, the cursor with it."""
        self._turn(step * max(1, self._view.height // 2))

    def action_page(self, step: int) -> None:
        """Go a view on, but for a row, the cursor with it."""
        self._turn(step * max(1, self._view.height - 1))

    def _turn(self, rows: int) -> None:
        if not self._page.items:
            return
        top = self._view.top
        self._go(top + rows)
        first, last = self._visible()
        if self._cursor is None or not first <= self._cursor <= last:
            cursor = first if rows > 0 else last
        elif self._view.top == top:  # there is no more of it
            cursor = last if rows > 0 else first
        else:
            return
        for index in (self._cursor, cursor):
            if index is not None:
                self._redraw(index)
        self._cursor = cursor
        self.post_message(self.Selected(self._page.items[cursor].place))

    def _is_message(self, index: int) -> bool:
        return self._page.items[index].kind == "message"

    # Folding

    def action_fold(self) -> None:
        """Unfold what the cursor is on, or fold it."""
        if (index := self._current()) is not None:
            self._change(index, self._column.toggle_fold)

    def action_raw(self) -> None:
        """Show what the cursor is on as written, or laid out again."""
        if (index := self._current()) is not None:
            self._change(index, self._column.toggle_raw)

    def action_fold_all(self) -> None:
        """Unfold everything, or fold everything."""
        self._change(None, lambda _: self._column.toggle_folds())

    def action_raw_all(self) -> None:
        """Show everything as written, or laid out again."""
        self._change(None, lambda _: self._column.toggle_raws())

    def _change(self, index: int | None, change: Callable[[int], None]) -> None:
        """Change how items look, the one that is read staying where it is."""
        kept = index
        if not self._page.items:
            return
        if kept is None:
            first, last = self._visible()
            cursor = self._cursor
            kept = cursor if cursor is not None and first <= cursor <= last else first
        top = self._view.top
        start = self._column.top(kept)
        change(kept)
        self._strips.clear()
        if start >= top:
            self._view.keep(kept, start - top)
        elif index is not None:  # it began above: from its beginning
            self._view.keep(kept, 0)
        self._settle()

    # Copying and asking

    def action_copy(self) -> None:
        """Copy what is selected, or else what the cursor is on."""
        selection = self.text_selection
        if selection is not None and (chosen := self.get_selection(selection)) is not None:
            self.post_message(self.Copied(chosen[0], "selection"))
        elif (index := self._current()) is not None:
            self.post_message(self.Copied(self._page.items[index].text, "message"))

    def action_copy_code(self) -> None:
        """Copy the first block of code, and the next one each time again."""
        if (index := self._current()) is None:
            return
        blocks = code_blocks(self._page.items[index])
        if not blocks:
            self.notify("There is no code block in this message.", markup=False)
            return
        last, count = self._code
        block = count % len(blocks) if last == index else 0
        self._code = (index, block + 1)
        what = f"code block {block + 1} of {len(blocks)}" if len(blocks) > 1 else "code block"
        self.post_message(self.Copied(blocks[block], what))

    def action_ask(self, what: Literal["edit", "regenerate", "continue", "fork"]) -> None:
        """Ask the screen to do something with what the cursor is on."""
        if (index := self._current()) is None:
            return
        if what == "fork":
            self.post_message(self.ForkAsked(self._page.items[index].place))
            return
        failed = isinstance(self._page.items[index].entry.event, Faltered | Skipped)
        if what == "regenerate" and failed:  # the turn that failed, and not the line before it
            self.post_message(self.RegenerateAsked(self._page.items[index].place))
            return
        while index >= 0 and not self._is_message(index):  # from a chip to its message
            index -= 1
        if index < 0:
            self.notify("There is no message here.", markup=False)
            return
        place = self._page.items[index].place
        asked = {
            "edit": self.EditAsked,
            "regenerate": self.RegenerateAsked,
            "continue": self.ContinueAsked,
        }
        self.post_message(asked[what](place))

    # Searching

    def action_search(self) -> None:
        """Ask the screen for what to search."""
        self.post_message(self.SearchAsked())

    def search(self, words: str) -> int:
        """Mark where `words` occur, in whatever case; return the number of items that match.

        Args:
            words: As they follow each other. Empty for no search.
        """
        self._column.match = words.strip()
        self._strips.clear()
        self.find_again()
        self.refresh()
        return len(self._matches)

    def next_match(self, step: int = 1) -> bool:
        """Go to the next item that matches, or the one before; return whether there is one.

        After the last comes the first.
        """
        if not self._matches:
            return False
        index = self._current()
        if index is None:
            return False
        if step > 0:
            place = bisect_right(self._matches, index)
        else:
            place = bisect_left(self._matches, index) - 1
        self._show_match(self._matches[place % len(self._matches)])
        return True

    def action_next_match(self, step: int) -> None:
        """Go to the next match."""
        self.next_match(step)

    def _show_match(self, index: int) -> None:
        self._pinned = True
        self._select(index, high=True)
        row = _matching(self._column.rows(index))
        if row is None:  # it may stand where it is folded
            self._column.toggle_fold(index)
            row = _matching(self._column.rows(index))
            if row is None:
                self._column.toggle_fold(index)
            self._redraw(index)
        self._settle()
        if row is not None:
            row += self._column.top(index)
            if not self._view.top <= row < self._view.top + self._view.height:
                self._go(row - self._view.height // 3)

    def find_again(self) -> None:
        """Look through all items for what is searched."""
        wanted = self._column.match.lower()
        items = self._page.items
        self._matches = (
            [i for i, item in enumerate(items) if has(item, wanted)] if wanted else []
        )

    def find_in(self, index: int) -> None:
        """Look through one item that is new or was changed."""
        if not (wanted := self._column.match.lower()):
            return
        at = bisect_left(self._matches, index)
        listed = at < len(self._matches) and self._matches[at] == index
        matches = has(self._page.items[index], wanted)
        if matches and not listed:
            self._matches.insert(at, index)
        elif listed and not matches:
            del self._matches[at]

    # The mouse

    def on_click(self, event: events.Click) -> None:
        """Select an item, unfold a chip, or go to the end by the mark for new lines."""
        event.prevent_default()  # twice would select all of it
        event.stop()
        news = self.label()
        width = self.scrollable_content_region.width
        if news and event.y == self.size.height - 1 and event.x >= width - cell_len(news) - 1:
            self.action_end()
            return
        row = self._view.top + event.y
        if self.text_selection is not None or not 0 <= row < self._column.total:
            return
        index, within = self._column.at(row)
        if index >= len(self._page.items):
            return
        if event.chain == 2:
            rows = self._column.rows(index)
            last = len(rows) - 1
            ends = Offset(0, number(index, 0)), Offset(len(rows[-1].text), number(index, last))
            self.screen.selections = {self: Selection(*ends)}
            return
        self._pinned = False
        self._point(index)
        if (
            self._page.items[index].kind == "chip"
            or self._column.rows(index)[within].part == "chip"
        ):
            self.action_fold()

    def _point(self, index: int) -> None:
        """Put the cursor on an item that is seen; nothing moves."""
        if self._cursor is not None:
            self._redraw(self._cursor)
        self._cursor = index
        self._redraw(index)
        self.refresh()
        self.post_message(self.Selected(self._page.items[index].place))


def _matching(rows: Sequence[Row]) -> int | None:
    """Return the first row with something found in it."""
    for index, row in enumerate(rows):
        if any(span.role == "match" for span in row.spans):
            return index
    return None
