"""A list to choose from: rows of one or two lines, in columns, hundreds of them at no cost.

It is drawn by the line, so only what is in view is laid out. Titles and details are the words
of others: they are made safe here and are never read as markup. The row chosen now has a mark
at its left as well as a colour.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui.widgets.words import Words, cut, flat

MARGIN = 2
"""Cells left of every row, for the mark."""

GAP = 2
"""Cells between the title and what stands at the right, at least."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One row."""

    key: str
    """What it is known by; one of a kind in a list."""
    title: Words
    aside: Words = ""
    """At the right of the first line, never cut."""
    detail: Words = ""
    """The second line, dim where it says nothing else."""


class Choices(ScrollView, can_focus=True, inherit_bindings=False):
    """Rows to move through and pick from. Knows nothing of what they stand for."""

    DEFAULT_CSS = """
    Choices {
        height: auto;
        max-height: 100%;
        background: transparent;
        overflow-x: hidden;
        scrollbar-size-vertical: 1;
        scrollbar-color: $foreground 20%;
        scrollbar-color-hover: $foreground 40%;
        scrollbar-color-active: $foreground 50%;
        scrollbar-background: $background;
        scrollbar-background-hover: $background;
        scrollbar-background-active: $background;
        & > .choices--title { color: $foreground; }
        & > .choices--dim { color: $foreground 68%; }
        & > .choices--quiet { color: $foreground 62%; text-style: italic; }
        & > .choices--match { color: $text-accent; text-style: bold underline; }
        & > .choices--warning { color: $text-warning; }
        & > .choices--good { color: $text-success; }
        & > .choices--mark { color: $foreground 40%; }
        & > .choices--here { background: $foreground 6%; }
        &:focus > .choices--mark { color: $accent; text-style: bold; }
        &:focus > .choices--here { background: $accent 20%; }
        & > .choices--hover { background: $foreground 4%; }
    }
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "choices--title",
        "choices--dim",
        "choices--quiet",
        "choices--match",
        "choices--warning",
        "choices--good",
        "choices--mark",
        "choices--here",
        "choices--hover",
    }

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "pick", "Open", id="choices.pick"),
        Binding("up,k", "move(-1)", "Up", show=False, id="choices.up"),
        Binding("down,j", "move(1)", "Down", show=False, id="choices.down"),
        Binding("pageup", "page(-1)", "Page up", show=False, id="choices.page_up"),
        Binding("pagedown", "page(1)", "Page down", show=False, id="choices.page_down"),
        Binding("home,g", "first", "First", show=False, id="choices.first"),
        Binding("end,G", "last", "Last", show=False, id="choices.last"),
    ]

    ALLOW_SELECT = False

    index: reactive[int | None] = reactive(None)
    """Row chosen now; `None` in an empty list."""
    active: reactive[bool] = reactive(True)
    """Whether the row chosen now stands out; of several lists on a screen, one is enough."""
    hover: reactive[int | None] = reactive(None)
    """Row under the mouse."""

    @dataclass
    class Moved(Message):
        """Another row is chosen now, or none."""

        choices: "Choices"
        choice: Choice | None

        @property
        def control(self) -> "Choices":
            """The list it came from."""
            return self.choices

    @dataclass
    class Past(Message):
        """The person moved on where the list ends."""

        choices: "Choices"
        by: int
        """Below if positive, above if negative."""

        @property
        def control(self) -> "Choices":
            """The list it came from."""
            return self.choices

    @dataclass
    class Picked(Message):
        """A row was picked: Enter, or a second click."""

        choices: "Choices"
        choice: Choice

        @property
        def control(self) -> "Choices":
            """The list it came from."""
            return self.choices

    def __init__(
        self,
        rows: Iterable[Choice] = (),
        *,
        lines: int = 2,
        empty: str = "",
        ascii: bool = False,  # noqa: A002 - names what it does
        id: str | None = None,  # noqa: A002 - as everywhere in Textual
        classes: str | None = None,
    ) -> None:
        """Make a list.

        Args:
            rows: What is in it from the start.
            lines: Lines a row takes, 1 or 2.
            empty: Said where the list has no row.
            ascii: Draw marks with ASCII alone.
            id: In the DOM.
            classes: In the DOM.
        """
        super().__init__(id=id, classes=classes)
        self._lines = lines
        self._empty = empty
        self._ascii = ascii
        self._rows: list[Choice] = list(rows)
        self._more = "..." if ascii else "…"
        if self._rows:
            self.set_reactive(Choices.index, 0)

    @property
    def rows(self) -> tuple[Choice, ...]:
        """All rows, top first."""
        return tuple(self._rows)

    @property
    def choice(self) -> Choice | None:
        """The row chosen now."""
        at = self.index
        return self._rows[at] if at is not None and at < len(self._rows) else None

    @property
    def lines(self) -> int:
        """Lines a row takes, 1 or 2."""
        return self._lines

    @lines.setter
    def lines(self, lines: int) -> None:
        if lines != self._lines:
            self._lines = lines
            self._resized()
            self.call_after_refresh(self._show)

    def fill(
        self, rows: Iterable[Choice], *, empty: str | None = None, keep: bool = True
    ) -> None:
        """Put other rows in.

        Args:
            rows: Instead of those that are there.
            empty: Said where there are none; as before if `None`.
            keep: The row chosen now stays so if it is among them; else the first one is.
        """
        before = self.choice
        self._rows = list(rows)
        if empty is not None:
            self._empty = empty
        at = next(
            (
                n
                for n, row in enumerate(self._rows)
                if keep and before and row.key == before.key
            ),
            0 if self._rows else None,
        )
        self._resized()
        if at == self.index:
            if self.choice != before:
                self.post_message(self.Moved(self, self.choice))
        else:
            self.index = at

    def add(self, rows: Iterable[Choice]) -> None:
        """Put more rows below."""
        self._rows.extend(rows)
        self._resized()
        if self.index is None and self._rows:
            self.index = 0

    def select(self, key: str) -> bool:
        """Choose the row with that key; whether there is one."""
        for number, row in enumerate(self._rows):
            if row.key == key:
                self.index = number
                return True
        return False

    def on_mount(self) -> None:
        """Take the size of what is in it."""
        self._resized()

    def on_resize(self) -> None:
        """Lay out for the new width."""
        self._resized()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return the rows' height, in lines."""
        return max(1, len(self._rows) * self._lines)

    def _resized(self) -> None:
        height = max(1, len(self._rows) * self._lines)
        self.virtual_size = Size(self.scrollable_content_region.width, height)
        self.refresh(layout=self.styles.auto_dimensions)

    def validate_index(self, index: int | None) -> int | None:
        """Stay within the list."""
        if index is None or not self._rows:
            return None
        return max(0, min(index, len(self._rows) - 1))

    def watch_index(self, index: int | None) -> None:
        """Show the row chosen, and tell."""
        self._show()
        self.refresh()
        self.post_message(self.Moved(self, self.choice))

    def _show(self) -> None:
        if self.index is not None and self.is_mounted:
            self.scroll_to_region(
                Region(0, self.index * self._lines, 1, self._lines),
                animate=False,
                force=True,
                immediate=True,
            )

    def watch_hover(self) -> None:
        """Draw the row under the mouse."""
        self.refresh()

    def action_move(self, by: int) -> None:
        """Choose a row below (or above, if negative)."""
        before = self.index
        self.index = by + (before or 0)
        if self.index == before:
            self.post_message(self.Past(self, by))

    def action_page(self, by: int) -> None:
        """Move by what fits on the screen."""
        self.action_move(by * max(1, self.size.height // self._lines))

    def action_first(self) -> None:
        """Choose the first row."""
        self.index = 0

    def action_last(self) -> None:
        """Choose the last row."""
        self.index = len(self._rows) - 1

    def action_pick(self) -> None:
        """Pick the row chosen now."""
        if (choice := self.choice) is not None:
            self.post_message(self.Picked(self, choice))

    def _at(self, event: events.MouseEvent) -> int | None:
        spot = event.get_content_offset(self)
        if spot is None:
            return None
        number = (spot.y + self.scroll_offset.y) // self._lines
        return number if 0 <= number < len(self._rows) else None

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Follow the mouse."""
        self.hover = self._at(event)

    def on_leave(self) -> None:
        """The mouse is gone."""
        self.hover = None

    def on_click(self, event: events.Click) -> None:
        """Choose the row clicked; pick it if it was chosen already."""
        at = self._at(event)
        if at is None:
            return
        if at == self.index and (event.chain > 1 or self.has_focus):
            self.action_pick()
        else:
            self.index = at

    def render_line(self, y: int) -> Strip:
        """Return line `y` of what is in view."""
        width = self.scrollable_content_region.width
        line = y + self.scroll_offset.y
        number, part = divmod(line, self._lines)
        if not self._rows:
            style = self.get_component_rich_style("choices--dim")
            text = cut(flat(self._empty), width - MARGIN, self._more) if y == 0 else ""
            return Strip([Segment(" " * MARGIN + text, style)]).adjust_cell_length(
                width, self.rich_style
            )
        if number >= len(self._rows):
            return Strip.blank(width, self.rich_style)
        return self._line(self._rows[number], part, width, number)

    def _line(self, row: Choice, part: int, width: int, number: int) -> Strip:
        here = self.active and number == self.index
        back = self.rich_style
        if here:
            back = self.get_component_rich_style("choices--here")
        elif number == self.hover:
            back = self.get_component_rich_style("choices--hover")
        ground = Style(bgcolor=back.bgcolor)
        mark = (">" if self._ascii else "▌") if here else " "
        if self._ascii and part:
            mark = " "
        segments = [
            Segment(
                mark.ljust(MARGIN),
                self.get_component_rich_style("choices--mark") + ground,
            )
        ]
        inner = width - MARGIN
        if part == 0:
            aside = self._segments(row.aside, inner, ground, "dim")
            taken = sum(segment.cell_length for segment in aside)
            free = inner - taken - (GAP if taken else 0)
            title = self._segments(row.title, free, ground, "title")
            if here:
                title = [Segment(s.text, (s.style or ground) + Style(bold=True)) for s in title]
            used = sum(segment.cell_length for segment in title)
            segments += [*title, Segment(" " * (inner - used - taken), ground), *aside]
        else:
            segments += self._segments(row.detail, inner, ground, "dim")
        return Strip(segments).adjust_cell_length(width, ground)

    def _segments(self, words: Words, cells: int, ground: Style, usual: str) -> list[Segment]:
        """Return `words` as segments in at most that many cells."""
        pieces = ((words, ""),) if isinstance(words, str) else words
        segments: list[Segment] = []
        left = cells
        whole = sum(cell_len(flat(text)) for text, _ in pieces)
        if whole > cells:
            left = max(0, cells - cell_len(self._more))
        for text, role in pieces:
            shown = flat(text)
            if whole > cells:
                shown = cut(shown, left, "")
            left -= cell_len(shown)
            if shown:
                style = self.get_component_rich_style(f"choices--{role or usual}")
                segments.append(Segment(shown, style + ground))
            if whole > cells and left <= 0:
                break
        if whole > cells >= cell_len(self._more):
            style = self.get_component_rich_style(f"choices--{usual}")
            segments.append(Segment(self._more, style + ground))
        return segments
