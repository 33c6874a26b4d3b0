"""A room on the screen, of any length, without a widget for each message.

What is seen is drawn row by row from a `Sheet`, and where the reader stands is a `View`'s to
know; here are the keys, the mouse, the line being written, and what is told to the screen.
Text of others comes through the page only, which makes it safe, and is never markup.
"""

import asyncio
import re
import time
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar, Literal, Protocol, TypeAlias

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.cache import LRUCache
from textual.color import Color
from textual.geometry import Offset, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip
from textual.timer import Timer

from transcripts.events import Entry, Faltered, Spoke
from tui.page.layout import lay_out
from tui.page.page import Item, Page
from tui.page.row import Row, Span
from tui.printing import safe
from tui.widgets.flow import found, part
from tui.widgets.ink import Stretch, ink, number, unnumbered
from tui.widgets.sheet import Sheet
from tui.widgets.view import View

SLICE = 0.02
"""Seconds of work at a time while a room is read in; the loop may do others' work between."""

IDLE = 0.006
"""Seconds of measuring at a time when there is nothing else to do."""

REST = 0.02
"""Seconds between two stretches of measuring."""

TOLD = 0.3
"""Seconds after which the scrollbar is told what measuring found."""

FRAME = 1 / 15
"""Seconds between two looks at a line being written."""

WIDEST = 120
"""Cells of a row at most: longer ones are hard to read, however wide the terminal is."""

MARGIN = 1
"""Cells left of every row, for the mark of the item that keys work on."""

COLOURS = 6
"""Colours of participants that the theme gives; after that they begin again."""

_NEVER = datetime.fromtimestamp(0, UTC)
"""Time of a line that is not in the log yet."""

_FENCED = re.compile(
    r"^ {0,3}(`{3,}|~{3,})[^\n]*\n(.*?)(?:^ {0,3}\1[`~]*[ \t]*$|\Z)", re.MULTILINE | re.DOTALL
)

_ROLES = (
    "name", "small", "dim", "gutter", "title", "command", "notice", "private", "error",
    "warning", "art", "code", "comment", "keyword", "string", "number", "heading", "bold",
    "italic", "mark", "quote", "reasoning", "match", "selection", "cursor", "news",
)  # fmt: skip

Colours: TypeAlias = Mapping[str, str] | Callable[[str], str]
"""A colour for each participant's id, as CSS has it; empty for the theme's own choice."""


class Images(Protocol):
    """What draws pictures."""

    def rows(
        self, file: str, columns: int, rows: int, *, covered: bool = False
    ) -> list[Strip] | None:
        """Return a picture as strips; fewer, none or `None` for what is not drawn (yet)."""
        ...


class Transcript(ScrollView, can_focus=True, inherit_bindings=False):
    """Shows the entries of a log, and the line being written."""

    ALLOW_SELECT = True

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        *(f"transcript--{role}" for role in _ROLES),
        *(f"transcript--author-{number}" for number in range(1, COLOURS + 1)),
    }

    DEFAULT_CSS = """
    Transcript {
        width: 1fr;
        height: 1fr;
        overflow-x: hidden;
        overflow-y: scroll;
        scrollbar-size-vertical: 1;
        background: $background;
        color: $foreground;

        & > .transcript--name { text-style: bold; }
        & > .transcript--small { color: $text-muted; }
        & > .transcript--dim { color: $text-muted; }
        & > .transcript--title { text-style: bold; }
        & > .transcript--command { text-style: italic; }
        & > .transcript--notice { color: $text-muted; }
        & > .transcript--private { color: $text-muted; text-style: italic; }
        & > .transcript--error { color: $text-error; }
        & > .transcript--warning { color: $text-warning; }
        & > .transcript--comment { color: $text-muted; text-style: italic; }
        & > .transcript--keyword { color: $text-accent; }
        & > .transcript--string { color: $text-success; }
        & > .transcript--number { color: $text-warning; }
        & > .transcript--heading { text-style: bold; }
        & > .transcript--bold { text-style: bold; }
        & > .transcript--italic { text-style: italic; }
        & > .transcript--mark { color: $text-muted; }
        & > .transcript--quote { text-style: italic; }
        & > .transcript--reasoning { color: $text-muted; text-style: italic; }
        & > .transcript--match { background: $warning-muted; text-style: underline; }
        & > .transcript--selection { text-style: reverse; }
        & > .transcript--cursor { color: $primary; text-style: bold; }
        & > .transcript--news { background: $primary; color: $text; text-style: bold; }
        & > .transcript--author-1 { color: $text-primary; }
        & > .transcript--author-2 { color: $text-warning; }
        & > .transcript--author-3 { color: $text-success; }
        & > .transcript--author-4 { color: $text-accent; }
        & > .transcript--author-5 { color: $text-secondary; }
        & > .transcript--author-6 { color: $text-error; }
    }
    """

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
    class Copied(Message):
        """The reader wants `text` on the clipboard."""

        text: str
        what: str
        """`message`, `selection`, or `code block 2 of 3`."""

    @dataclass
    class EditAsked(Message):
        """The reader wants to write a message otherwise."""

        place: int

    @dataclass
    class RegenerateAsked(Message):
        """The reader wants a message once more."""

        place: int

    @dataclass
    class ContinueAsked(Message):
        """The reader wants a message to go on."""

        place: int

    @dataclass
    class ForkAsked(Message):
        """The reader wants another room that goes on from this entry."""

        place: int

    class SearchAsked(Message):
        """The reader wants to search."""

    class ReachedEnd(Message):
        """The reader is at the end again, and follows."""

    @dataclass
    class Selected(Message):
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
        super().__init__(id=id, classes=classes)
        self.ascii = ascii
        self._colour_of = colour_of
        self._images = pictures
        self._page = Page(ascii=ascii)
        self._sheet = Sheet(self._page, 1)
        self._view = View(self._sheet, 1)
        self._entries: list[Entry] = []
        self._draft: _Draft | None = None
        self._draft_timer: Timer | None = None
        self._idle_timer: Timer | None = None
        self._told = 0.0
        self._settling = False
        self._syncing = False
        self._arranged = Size()
        """Size of the widget when what is seen was laid out last."""
        self._loading = 0
        """Counts loads, so that one that was overtaken knows it."""
        self._busy = False
        self._pending: list[Entry] = []
        self._wanted: int | None = None
        self._cursor: int | None = None
        self._pinned = False
        """Whether the cursor is shown without the focus: an entry was asked for."""
        self._news = 0
        self._search: re.Pattern[str] | None = None
        self._matches: list[int] = []
        self._code = (-1, 0)
        """Item and code block copied last."""
        self._strips: LRUCache[tuple[int, int], Strip] = LRUCache(1024)
        self._styles: dict[tuple[str, str], Style] = {}

    # What is shown

    @property
    def page(self) -> Page:
        """What is shown; another one after `load`, `rewind` and `clear`."""
        return self._page

    @property
    def following(self) -> bool:
        """Whether the reader is at the end and stays there."""
        return self._view.following

    @property
    def place(self) -> int | None:
        """Place of the entry the cursor is on; `None` without a cursor."""
        return None if self._cursor is None else self._page.items[self._cursor].place

    @property
    def colour_of(self) -> Colours | None:
        """Colours of participants; `None` for the theme's own."""
        return self._colour_of

    @colour_of.setter
    def colour_of(self, colours: Colours | None) -> None:
        self._colour_of = colours
        self._restyle()

    @property
    def pictures(self) -> Images | None:
        """What draws pictures; `None` for captions alone."""
        return self._images

    @pictures.setter
    def pictures(self, images: Images | None) -> None:
        self._images = images
        self._relayout()

    async def load(self, entries: Sequence[Entry]) -> None:
        """Show a log from its end, reading it in without keeping the loop from its work."""
        self._view.following = True
        self._cursor = None
        self._news = 0
        await self._read(entries, fresh=True)

    async def rewind(self, entries: Sequence[Entry]) -> None:
        """Show fewer or more entries of the log that is shown.

        More are added to what is there. For fewer, the page is made anew aside and takes the
        old one's place when it is done; what was measured and unfolded stays so.
        """
        have = len(self._entries)
        if (
            self._busy
            or not have
            or len(entries) < have
            or entries[have - 1] != self._entries[-1]
        ):
            await self._read(entries, fresh=False)
            return
        started = time.perf_counter()
        for entry in entries[have:]:
            self.add(entry)
            if time.perf_counter() - started > SLICE:
                await asyncio.sleep(0)
                started = time.perf_counter()

    def add(self, entry: Entry) -> None:
        """Show one more entry. The line being written makes way for its message."""
        if self._busy:
            self._pending.append(entry)
            return
        self._entries.append(entry)
        before = self._sheet.items
        changed = self._page.add(entry)
        done = self._draft is not None and _ends(entry, self._draft.author)
        if done:
            self._drop_draft()
        self._sheet.take(changed)
        new = self._sheet.items - before
        if new and not done:
            self._view.shifted(before, new)
        for index in changed:
            self._find_in(index)
            self._redraw(index)
        if not self._view.following:
            self._news += new
        self._settle_soon()

    def clear(self) -> None:
        """Show nothing."""
        self._loading += 1
        self._busy = False
        self._pending.clear()
        self._drop_draft()
        self._cursor = None
        self._news = 0
        self._view.following = True
        self._turn_to(Page(ascii=self.ascii), [])

    def show_place(self, place: int) -> None:
        """Put the cursor on the entry with that place, or what is shown last before it."""
        if self._busy:
            self._wanted = place
            return
        if not self._page.items:
            return
        index = bisect_right(self._page.items, place, key=lambda item: item.place) - 1
        self._pinned = True
        self._select(max(0, index), high=True)

    def redraw_picture(self, file: str) -> None:
        """Draw a picture again, such as when it has been read at last."""
        if any(item.picture is not None and item.picture.file == file for item in self._seen()):
            self.refresh()

    # The line being written

    def begin(self, author: str) -> None:
        """Show that `author` has the floor."""
        self._draft = _Draft(author)
        self._paint_draft()

    def piece(self, author: str, text: str, channel: str = "speech") -> None:
        """Add to the line being written; it is drawn when the next frame is due."""
        draft = self._writing(author)
        (draft.speech if channel == "speech" else draft.thoughts).append(text)
        draft.waits = ""
        self._draft_soon()

    def waits(self, author: str, why: str, seconds: float, attempt: int) -> None:
        """Say that a try failed and another is coming in so many seconds."""
        draft = self._writing(author)
        draft.thoughts.clear()
        draft.waits = f"{why}; try {attempt} in {seconds:.1f} s"
        self._draft_soon()

    def end(self, author: str) -> None:
        """Show that the floor is free; what came of it has been added as an entry."""
        if self._draft is not None and self._draft.author == author:
            self._drop_draft()
            self._settle_soon()

    def _writing(self, author: str) -> "_Draft":
        if self._draft is None or self._draft.author != author:
            self._draft = _Draft(author)
        return self._draft

    def _draft_soon(self) -> None:
        if self._draft_timer is None and self.is_mounted:
            self._draft_timer = self.set_timer(FRAME, self._paint_draft)

    def _paint_draft(self) -> None:
        self._draft_timer = None
        if self._draft is None:
            return
        self._sheet.draft = self._draft.rows(self._page, self._sheet)
        self._redraw(self._sheet.items)
        self._settle_soon()

    def _drop_draft(self) -> None:
        self._redraw(self._sheet.items)
        self._draft = None
        self._sheet.draft = ()
        if self._draft_timer is not None:
            self._draft_timer.stop()
            self._draft_timer = None

    # Reading in

    async def _read(self, entries: Sequence[Entry], *, fresh: bool) -> None:
        self._loading += 1
        mine = self._loading
        self._busy = True
        page = Page(ascii=self.ascii)
        started = time.perf_counter()
        for entry in entries:
            page.add(entry)
            if time.perf_counter() - started > SLICE:
                await asyncio.sleep(0)
                if mine != self._loading:
                    return
                started = time.perf_counter()
        self._busy = False
        self._drop_draft()
        self._turn_to(page, list(entries), fresh=fresh)
        waiting, self._pending = self._pending, []
        for entry in waiting:
            if entry.place >= page.room.next_place:
                self.add(entry)
        if self._wanted is not None:
            wanted, self._wanted = self._wanted, None
            self.show_place(wanted)

    def _turn_to(self, page: Page, entries: list[Entry], *, fresh: bool = True) -> None:
        older = self._sheet
        self._page = page
        self._entries = entries
        self._sheet = Sheet(page, older.width, pictures=older.pictures)
        if fresh:
            self._view = View(self._sheet, self._view.height)
        else:
            self._sheet.inherit(older)
            self._view = self._view.onto(self._sheet)
        if self._cursor is not None and self._cursor >= len(page.items):
            self._cursor = len(page.items) - 1 if page.items else None
        self._code = (-1, 0)
        self._strips.clear()
        self._find()
        self._settle()

    # Settling and drawing

    @property
    def _columns(self) -> int:
        """Cells for the rows, without the margin and a free cell before the scrollbar."""
        return max(8, min(WIDEST, self.scrollable_content_region.width - MARGIN - 1))

    def _arrange(self) -> None:
        """Lay out what is seen, as wide and high as the widget is now.

        Painting may come before the message of a new size, so it does this too.
        """
        self._view.height = max(1, self.size.height)
        pictures = max(4, self.size.height // 2) if self._images is not None else 0
        if (self._sheet.width, self._sheet.pictures) != (self._columns, pictures):
            self._sheet.resize(self._columns, pictures=pictures)
            self._strips.clear()
            if self._draft is not None:
                self._sheet.draft = self._draft.rows(self._page, self._sheet)
        self._arranged = self.size
        self._view.settle()

    def on_resize(self) -> None:
        """Lay out what is seen at the new width."""
        if self.text_selection is not None:
            self.screen.clear_selection()
        self._settle()

    def on_unmount(self) -> None:
        """Stop measuring."""
        for timer in (self._draft_timer, self._idle_timer):
            if timer is not None:
                timer.stop()

    def _relayout(self) -> None:
        if self.is_mounted:
            self._sheet.resize(1, pictures=0)
            self._settle()

    def _settle_soon(self) -> None:
        if not self._settling and self.is_mounted:
            self._settling = True
            self.call_next(self._settle)

    def _settle(self) -> None:
        """Bring the scrollbar and what is drawn into line with the view."""
        self._settling = False
        if not self.size:
            return
        self._arrange()
        top = self._view.top
        if self._view.following:
            self._news = 0
        self._syncing = True
        size = Size(self.scrollable_content_region.width, self._sheet.total)
        if self.virtual_size != size:
            self.virtual_size = size
        self.scroll_y = self.scroll_target_y = top
        self._syncing = False
        self._told = time.monotonic()
        self.refresh()
        if self._idle_timer is None:
            self._idle_timer = self.set_timer(REST, self._measure)

    def _measure(self) -> None:
        """Make some guesses exact, so that the scrollbar comes to tell the truth."""
        self._idle_timer = None
        until = time.perf_counter() + IDLE
        start, _ = self._sheet.at(self._view.top)
        if self._sheet.measure_some(start, lambda: time.perf_counter() < until):
            self._idle_timer = self.set_timer(REST, self._measure)
            if time.monotonic() - self._told < TOLD:
                return
        if self.virtual_size.height != self._sheet.total:
            self._settle()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Look where somebody scrolled to."""
        super().watch_scroll_y(old_value, new_value)
        if self._syncing or round(old_value) == round(new_value):
            return
        # The scrollbar may not know yet what was measured since: what counts is how far.
        if round(new_value) >= self.max_scroll_y:
            self._go(self._view.last)
        elif round(new_value) <= 0:
            self._go(0)
        else:
            self._go(self._view.top + round(new_value) - round(old_value))

    def _scroll_to(self, x: float | None = None, y: float | None = None, **how: Any) -> bool:
        how["animate"] = False  # rows that are measured on the way would make it jump
        return super()._scroll_to(x, y, **how)

    def _go(self, row: int) -> None:
        was = self._view.following
        self._view.go(row)
        self._settle()
        if self._view.following and not was:
            self.post_message(self.ReachedEnd())

    def _seen(self) -> list[Item]:
        """Items in the view."""
        if not self._sheet.total:
            return []
        top = self._view.top
        first, _ = self._sheet.at(top)
        last, _ = self._sheet.at(top + self._view.height - 1)
        return self._page.items[first : last + 1]

    def _redraw(self, index: int) -> None:
        for key in [key for key in self._strips.keys() if key[0] == index]:  # noqa: SIM118 - no dict
            self._strips.discard(key)

    def notify_style_update(self) -> None:
        """Take other styles: the theme changed, or the focus."""
        super().notify_style_update()
        self._restyle()

    def _restyle(self) -> None:
        self._styles.clear()
        self._strips.clear()
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Return a row of the view."""
        if self._settling or self._arranged != self.size:
            self._arrange()
            self._settle_soon()
        width = self.scrollable_content_region.width
        plain = self._style("")
        row = self._view.top + y
        if (self._busy and not self._entries) or row >= self._sheet.total:
            strip = Strip.blank(width, plain)
        else:
            strip = self._row(*self._sheet.at(row)).crop_extend(0, width, plain)
        if y == self.size.height - 1 and (news := self._news_label()):
            start = max(0, width - cell_len(news) - 1)
            label = Segment(news, self._style("news"))
            strip = Strip([*strip.crop(0, start), label, Segment(" ", plain)], width)
        return strip

    def _row(self, index: int, within: int) -> Strip:
        key = (index, within)
        if (strip := self._strips.get(key)) is not None:
            return strip
        rows = self._sheet.rows(index)
        row = rows[within]
        line = number(index, within)
        strip = ink(
            row,
            self._sheet.width,
            self._style,
            line=line,
            found=self._stretches(index, rows).get(within, ()),
            selected=self._selected(line),
        )
        marked = index == self._cursor and (self.has_focus or self._pinned)
        mark = (">" if self.ascii else "▌") if marked else " "
        before = self._style("cursor") + Style.from_meta(
            {"offset": (-MARGIN - row.gutter, line)}
        )
        strip = Strip([Segment(mark, before), *strip], MARGIN + strip.cell_length)
        if row.picture >= 0:
            return self._pictured(strip, index, rows, row)
        self._strips[key] = strip
        return strip

    def _pictured(self, strip: Strip, index: int, rows: Sequence[Row], row: Row) -> Strip:
        """Return a row of a picture; never kept, since its painter wants to be asked."""
        picture = self._page.items[index].picture
        if picture is None or self._images is None:
            return strip
        left = MARGIN + row.gutter
        drawn = self._images.rows(
            picture.file,
            self.scrollable_content_region.width - left,  # up to the edge: nothing may follow
            sum(other.picture >= 0 for other in rows),
            covered=not self.screen.is_active,
        )
        if not drawn or row.picture >= len(drawn):
            return strip
        return Strip([*strip.crop(0, left), *drawn[row.picture]])

    def _stretches(self, index: int, rows: Sequence[Row]) -> dict[int, list[Stretch]]:
        return {} if self._search is None else found(rows, self._search)

    def _selected(self, line: int) -> Stretch | None:
        selection = self.text_selection
        return None if selection is None else selection.get_span(line)

    def _style(self, role: str, author: str = "") -> Style:
        if not role:
            return self.rich_style
        if role not in {"name", "gutter"}:
            author = ""
        key = (role, author)
        if (style := self._styles.get(key)) is None:
            style = self.get_component_rich_style(f"transcript--{role}")
            if author:
                style += self._colour(author)
            self._styles[key] = style
        return style

    def _colour(self, author: str) -> Style:
        colours = self._colour_of
        chosen = ""
        if callable(colours):
            chosen = colours(author)
        elif colours is not None:
            chosen = colours.get(author, "")
        if chosen:
            return Style(color=Color.parse(chosen).rich_color)
        models = [seat.id for seat in self._page.room.seats if not seat.participant.person]
        if author not in models:
            return Style()
        name = f"transcript--author-{models.index(author) % COLOURS + 1}"
        return Style(color=self.get_component_rich_style(name).color)

    def _news_label(self) -> str:
        if self._view.following:
            return ""
        arrow = "v" if self.ascii else "▼"
        if self._news:
            return f" {arrow} {self._news} new line{'' if self._news == 1 else 's'} "
        return f" {arrow} being written " if self._draft is not None else ""

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
        start = self._sheet.top(index)
        was = self._view.following
        if high and not top <= start < top + self._view.height:
            self._view.go(start)
        else:
            self._view.show(index)
        self._settle()
        self.post_message(self.Selected(self._page.items[index].place))
        if self._view.following and not was:
            self.post_message(self.ReachedEnd())

    def _visible(self) -> tuple[int, int]:
        """Return the first and the last item in the view."""
        top = self._view.top
        first, _ = self._sheet.at(top)
        last, _ = self._sheet.at(top + self._view.height - 1)
        most = len(self._page.items) - 1
        return min(first, most), min(last, most)

    def _current(self) -> int | None:
        """Return the item keys work on: the cursor's, or the last that is seen."""
        if not self._page.items:
            return None
        return self._visible()[1] if self._cursor is None else self._cursor

    def on_focus(self) -> None:
        """Show what the keys work on."""
        self._pinned = False
        if self._cursor is None and self._page.items and not self._busy:
            first, last = self._visible()
            self._cursor = next(
                (i for i in range(last, first - 1, -1) if self._is_message(i)), last
            )
        self._strips.clear()

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
        start = self._sheet.top(cursor)
        below = start + self._sheet.height(cursor) - (top + self._view.height)
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
            self._change(index, self._sheet.toggle_fold)

    def action_raw(self) -> None:
        """Show what the cursor is on as written, or laid out again."""
        if (index := self._current()) is not None:
            self._change(index, self._sheet.toggle_raw)

    def action_fold_all(self) -> None:
        """Unfold everything, or fold everything."""
        self._change(None, lambda _: self._sheet.toggle_folds())

    def action_raw_all(self) -> None:
        """Show everything as written, or laid out again."""
        self._change(None, lambda _: self._sheet.toggle_raws())

    def _change(self, index: int | None, change: Callable[[int], None]) -> None:
        """Change how items look, the one that is read staying where it is."""
        kept = index
        if kept is None:
            first, last = self._visible()
            cursor = self._cursor
            kept = cursor if cursor is not None and first <= cursor <= last else first
        top = self._view.top
        start = self._sheet.top(kept)
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
        blocks = [match[2] for match in _FENCED.finditer(self._page.items[index].text)]
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
            words: As they follow each other; spaces stand for any blank. Empty for no search.
        """
        pattern = r"\s+".join(re.escape(word) for word in words.split())
        self._search = re.compile(pattern, re.IGNORECASE) if pattern else None
        self._strips.clear()
        self._find()
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
        stretches = self._stretches(index, self._sheet.rows(index))
        if not stretches and self._search is not None:
            self._sheet.toggle_fold(index)
            stretches = self._stretches(index, self._sheet.rows(index))
            if not stretches:
                self._sheet.toggle_fold(index)
            self._redraw(index)
        if stretches:
            row = self._sheet.top(index) + min(stretches)
            if not self._view.top <= row < self._view.top + self._view.height:
                self._go(row - self._view.height // 3)
        self._settle()

    def _find(self) -> None:
        self._matches = []
        if self._search is not None:
            search = self._search.search
            self._matches = [
                index for index, item in enumerate(self._page.items) if search(item.text)
            ]

    def _find_in(self, index: int) -> None:
        if self._search is None:
            return
        at = bisect_left(self._matches, index)
        listed = at < len(self._matches) and self._matches[at] == index
        matches = self._search.search(self._page.items[index].text) is not None
        if matches and not listed:
            self._matches.insert(at, index)
        elif listed and not matches:
            del self._matches[at]

    # The mouse

    def on_click(self, event: events.Click) -> None:
        """Select an item, unfold a chip, or go to the end by the mark for new lines."""
        event.prevent_default()  # twice would select all of it
        event.stop()
        news = self._news_label()
        width = self.scrollable_content_region.width
        if news and event.y == self.size.height - 1 and event.x >= width - cell_len(news) - 1:
            self.action_end()
            return
        row = self._view.top + event.y
        if self.text_selection is not None or not 0 <= row < self._sheet.total:
            return
        index, within = self._sheet.at(row)
        if index >= len(self._page.items):
            return
        if event.chain == 2:
            rows = self._sheet.rows(index)
            last = len(rows) - 1
            ends = Offset(0, number(index, 0)), Offset(len(rows[-1].text), number(index, last))
            self.screen.selections = {self: Selection(*ends)}
            return
        self._pinned = False
        self._point(index)
        if (
            self._page.items[index].kind == "chip"
            or self._sheet.rows(index)[within].part == "chip"
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

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """Return the source of what is selected."""
        if not self._sheet.total:
            return None
        start, end = selection
        first, last = (0, 0), (len(self._sheet), 0)
        if start is not None:
            first = unnumbered(start.y)
        if end is not None:
            last = unnumbered(end.y)
        pieces: list[str] = []
        for index in range(first[0], min(last[0], len(self._sheet) - 1) + 1):
            rows = self._sheet.rows(index)
            begin = (first[1], start.x) if start is not None and index == first[0] else None
            stop = (last[1], end.x) if end is not None and index == last[0] else None
            pieces.append(part(rows, begin, stop))
        return "\n".join(pieces), "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        """Draw what is selected."""
        self._strips.clear()
        self.refresh()


class _Draft:
    """A line being written, as far as it has come."""

    __slots__ = ("author", "speech", "thoughts", "waits")

    def __init__(self, author: str) -> None:
        self.author = author
        self.speech: list[str] = []
        self.thoughts: list[str] = []
        self.waits = ""

    def rows(self, page: Page, sheet: Sheet) -> Sequence[Row]:
        """Return its rows, as those of a message that is as long."""
        spoke = Spoke(
            author=self.author, text="".join(self.speech), reasoning="".join(self.thoughts)
        )
        entry = Entry(page.room.next_place, _NEVER, spoke)
        item = Item("draft", entry, self.author, page.room.label(self.author), spoke.text)
        rows = lay_out(item, sheet.width, sheet.look(sheet.items))
        if self.waits:
            rows.append(Row((Span(safe(self.waits), "warning"),), self.author))
        return rows


def _ends(entry: Entry, author: str) -> bool:
    """Whether an entry is what came of a line that `author` was writing."""
    return isinstance(entry.event, Spoke | Faltered) and entry.event.author == author
