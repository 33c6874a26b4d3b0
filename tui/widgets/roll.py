"""A column on the screen, drawn row by row: it scrolls, knows its styles, and gives its text.

There is no widget for an item. What is laid out where is the `View`'s to know; the scrollbar
is told, and told again as guesses about what is out of sight become exact in idle moments.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Protocol, TypeAlias

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.cache import LRUCache
from textual.color import Color
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip
from textual.timer import Timer

from tui.page.page import Item, Page
from tui.page.row import Row
from tui.widgets.column import Column
from tui.widgets.flow import part
from tui.widgets.ink import Stretch, ink, number, unnumbered
from tui.widgets.view import View

IDLE = 0.006
"""Seconds of measuring at a time when there is nothing else to do."""

REST = 0.02
"""Seconds between two stretches of measuring."""

TOLD = 0.3
"""Seconds after which the scrollbar is told what measuring found."""

WIDEST = 120
"""Cells of a row at most: longer ones are hard to read, however wide the terminal is."""

MARGIN = 1
"""Cells left of every row, for the mark of the item that keys work on."""

COLOURS = 6
"""Colours of participants that the theme gives; after that they begin again."""

_ROLES = (
    "name", "small", "dim", "gutter", "title", "command", "notice", "private", "error",
    "warning", "art", "code", "comment", "keyword", "string", "number", "heading", "bold",
    "italic", "mark", "quote", "reasoning", "match", "selection", "cursor", "news",
)  # fmt: skip

Colours: TypeAlias = Mapping[str, str] | Callable[[str], str]
"""A colour for each participant's id, as CSS has it; empty for the theme's own choice."""


class Images(Protocol):
    """What draws pictures."""

    def rows(self, file: str, columns: int, rows: int) -> list[Strip] | None:
        """Return a picture as strips; fewer, none or `None` for what is not drawn (yet)."""
        ...

    def reason(self, file: str) -> str:
        """Return why there are none, in a few words; empty if there are, or may be yet."""
        ...

    def sharpened(self, strips: list[Strip], *, covered: bool) -> list[Strip]:
        """Return lines on their way to the terminal with pixels laid over their pictures."""
        ...


class Roll(ScrollView, can_focus=True, inherit_bindings=False):
    """Shows the items of a page."""

    ALLOW_SELECT = True

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        *(f"transcript--{role}" for role in _ROLES),
        *(f"transcript--author-{number}" for number in range(1, COLOURS + 1)),
    }

    DEFAULT_CSS = """
    Roll {
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
        & > .transcript--author-4 { color: $text-error; }
        & > .transcript--author-5 { color: $text-secondary; }
        & > .transcript--author-6 { color: $text-accent; }
    }
    """

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
        self._column = Column(self._page, 1)
        self._view = View(self._column, 1)
        self._cursor: int | None = None
        """Item that keys work on."""
        self._pinned = False
        """Whether the cursor is shown without the focus: an entry was asked for."""
        self._hidden = False
        """Whether nothing is drawn, since what there is would be wrong soon."""
        self._idle_timer: Timer | None = None
        self._told = 0.0
        self._settling = False
        self._syncing = False
        self._arranged = Size()
        """Size of the widget when what is seen was laid out last."""
        self._top = 0
        """First row that is seen, as laid out last."""
        self._strips: LRUCache[tuple[int, int], Strip] = LRUCache(1024)
        self._styles: dict[tuple[str, str], Style] = {}

    @property
    def page(self) -> Page:
        """What is shown; another one after `load`, `rewind` and `clear`."""
        return self._page

    @property
    def following(self) -> bool:
        """Whether the reader is at the end and stays there."""
        return self._view.following

    @property
    def measured(self) -> bool:
        """Whether nothing is left to guess, so that the scrollbar tells the truth."""
        return self._column.measured and self.virtual_size.height == self._column.total

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

    def redraw_picture(self, file: str) -> None:
        """Draw a picture again, such as when it has been read at last."""
        if any(item.picture is not None and item.picture.file == file for item in self._seen()):
            self.refresh()

    # For those who add to it

    def arranged_anew(self) -> None:
        """Called when the width has changed: what is not in the page can be laid out again."""

    def arranged(self) -> None:
        """Called when what is seen has been laid out, whether it moved or not."""

    def reached_end(self) -> None:
        """Called when somebody scrolled to the end."""

    def label(self) -> str:
        """Return what is to stand at the lower right, over the rows; empty for nothing."""
        return ""

    # Where things are

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
        if (self._column.width, self._column.pictures) != (self._columns, pictures):
            self._column.resize(self._columns, pictures=pictures)
            self._strips.clear()
            self.arranged_anew()
        self._arranged = self.size
        self._top = self._view.settle()
        self.arranged()

    def on_resize(self) -> None:
        """Lay out what is seen at the new width."""
        if self.text_selection is not None:
            self.screen.clear_selection()
        self._settle()

    def on_unmount(self) -> None:
        """Stop measuring."""
        if self._idle_timer is not None:
            self._idle_timer.stop()

    def _relayout(self) -> None:
        if self.is_mounted:
            self._column.resize(1, pictures=0)
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
        self._syncing = True
        size = Size(self.scrollable_content_region.width, self._column.total)
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
        start, _ = self._column.at(self._view.top)
        more = self._column.measure_some(start, lambda: time.perf_counter() < until)
        self._top = self._view.top  # the same rows have other numbers now
        if more:
            self._idle_timer = self.set_timer(REST, self._measure)
            if time.monotonic() - self._told < TOLD:
                return
        if self.virtual_size.height != self._column.total:
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
            self.reached_end()

    def _seen(self) -> list[Item]:
        """Items in the view."""
        if not self._column.total:
            return []
        top = self._view.top
        first, _ = self._column.at(top)
        last, _ = self._column.at(top + self._view.height - 1)
        return self._page.items[first : last + 1]

    def _redraw(self, index: int) -> None:
        for key in [key for key in self._strips.keys() if key[0] == index]:  # noqa: SIM118 - no dict
            self._strips.discard(key)

    def _visible(self) -> tuple[int, int]:
        """Return the first and the last item in the view."""
        top = self._view.top
        first, _ = self._column.at(top)
        last, _ = self._column.at(top + self._view.height - 1)
        most = len(self._page.items) - 1
        return min(first, most), min(last, most)

    # Drawing

    def notify_style_update(self) -> None:
        """Take other styles: the theme changed, or the focus."""
        super().notify_style_update()
        self._restyle()

    def _restyle(self) -> None:
        self._styles.clear()
        self._strips.clear()
        self.refresh()

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return rows of the view as they go to the terminal."""
        drawn = super().render_lines(crop)
        if self._images is None:
            return drawn
        return self._images.sharpened(drawn, covered=not self.screen.is_active)

    def render_line(self, y: int) -> Strip:
        """Return a row of the view."""
        if self._settling or self._arranged != self.size:
            self._arrange()
            self._settle_soon()
        width = self.scrollable_content_region.width
        plain = self._style("")
        row = self._top + y
        if self._hidden or row >= self._column.total:
            strip = Strip.blank(width, plain)
        else:
            strip = self._row(*self._column.at(row)).crop_extend(0, width, plain)
        if y == self.size.height - 1 and (said := self.label()):
            start = max(0, width - cell_len(said) - 1)
            label = Segment(said, self._style("news"))
            strip = Strip([*strip.crop(0, start), label, Segment(" ", plain)], width)
        return strip

    def _row(self, index: int, within: int) -> Strip:
        key = (index, within)
        if (strip := self._strips.get(key)) is not None:
            return strip
        rows = self._column.rows(index)
        row = rows[within]
        line = number(index, within)
        strip = ink(
            row,
            self._column.width,
            self._style,
            line=line,
            selected=self._selected(line),
        )
        marked = (
            row.part != "gap" and index == self._cursor and (self.has_focus or self._pinned)
        )
        mark = (">" if self.ascii else "▎") if marked else " "
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
            self._column.width - row.gutter,
            sum(other.picture >= 0 for other in rows),
        )
        if drawn == [] and row.picture == 0 and (why := self._images.reason(picture.file)):
            told = Segment(f"({why})", self._style("dim"))
            return Strip([*strip.crop(0, left), told])
        if not drawn or row.picture >= len(drawn):
            return strip
        return Strip([*strip.crop(0, left), *drawn[row.picture]])

    def _selected(self, line: int) -> Stretch | None:
        selection = self.text_selection
        return None if selection is None else selection.get_span(line)

    def _style(self, role: str, author: str = "") -> Style:
        if role not in {"name", "gutter"}:
            author = ""
        key = (role, author)
        if (style := self._styles.get(key)) is None:
            style = self.rich_style
            if role:
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

    # What is selected

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """Return the source of what is selected."""
        if not self._column.total:
            return None
        start, end = selection
        first, last = (0, 0), (len(self._column), 0)
        if start is not None:
            first = unnumbered(start.y)
        if end is not None:
            last = unnumbered(end.y)
        pieces: list[str] = []
        for index in range(first[0], min(last[0], len(self._column) - 1) + 1):
            rows = self._column.rows(index)
            begin = (first[1], start.x) if start is not None and index == first[0] else None
            stop = (last[1], end.x) if end is not None and index == last[0] else None
            pieces.append(part(rows, begin, stop))
        return "\n".join(pieces), "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        """Draw what is selected."""
        self._strips.clear()
        self.refresh()
