"""Lines that draw themselves: what the panels beside and under the transcript are made of.

A panel says what its lines are at a width; this draws the ones in view, in the theme's
colours, and never makes a widget of anything. Text goes to the screen as cells, so nothing
in it can be read as markup.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Literal, NamedTuple, TypeAlias

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.color import Color, ColorParseError
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui.widgets.fitting import bar, fit

Role: TypeAlias = Literal[
    "",
    "dim",
    "head",
    "name",  # bold, in the piece's own colour
    "accent",
    "good",
    "warning",
    "error",
    "new",
    "gone",
    "bar",
    "key",
    "rule",
    "badge",
    "badge-good",
    "badge-warning",
    "badge-error",
]

ColourOf: TypeAlias = Callable[[str], str]
"""From a participant's id to its colour, as CSS writes one; `""` for none."""


class Piece(NamedTuple):
    """Text in one role. Safe already: see `fitting`."""

    text: str
    role: Role = ""
    colour: str = ""
    tag: str = ""
    """What a click on it means to the panel."""


Line: TypeAlias = tuple[Piece, ...]


def no_colour(participant: str) -> str:
    """Return no colour for anybody."""
    return ""


def wide(line: Sequence[Piece]) -> int:
    """Return how many cells `line` takes."""
    return sum(cell_len(piece.text) for piece in line)


def cut(line: Sequence[Piece], cells: int, *, ascii: bool = False) -> Line:  # noqa: A002
    """Return `line` in at most `cells` cells, its end cut off if need be."""
    if wide(line) <= cells:
        return tuple(line)
    kept: list[Piece] = []
    left = cells
    for piece in line:
        size = cell_len(piece.text)
        if size > left:
            # Spaces in front are ours, to set things in columns: `fit` would drop them.
            indent = piece.text[: len(piece.text) - len(piece.text.lstrip(" "))][:left]
            words = fit(piece.text, left - len(indent), ascii=ascii)
            kept.append(piece._replace(text=indent + words))
            break
        kept.append(piece)
        left -= size
    return tuple(kept)


def apart(left: Line, right: Line, cells: int, *, ascii: bool = False) -> Line:  # noqa: A002
    """Return `left` and `right` at either end of `cells` cells; `left` gives way."""
    right = cut(right, cells, ascii=ascii)
    room = cells - wide(right) - (1 if right else 0)
    left = cut(left, max(0, room), ascii=ascii)
    gap = cells - wide(left) - wide(right)
    return (*left, Piece(" " * max(0, gap)), *right)


def gauge(part: float, cells: int, role: Role, *, ascii: bool = False) -> Line:  # noqa: A002
    """Return a bar in `role` as far as it is full, and in the look of a rule from there on."""
    drawn = bar(part, cells, ascii=ascii)
    full = drawn if ascii else drawn.rstrip("─")
    return (Piece(full, role), Piece(drawn[len(full) :], "rule"))


@lru_cache(256)
def _ink(colour: str) -> Style:
    try:
        return Style(color=Color.parse(colour).rich_color)
    except ColorParseError:
        return Style()


class Lines(ScrollView, can_focus=False):
    """Shows the lines that `draw` gives for its width, and pinned ones under them."""

    COMPONENT_CLASSES = {  # noqa: RUF012 - Textual's own form
        "lines--dim",
        "lines--head",
        "lines--name",
        "lines--accent",
        "lines--good",
        "lines--warning",
        "lines--error",
        "lines--new",
        "lines--gone",
        "lines--bar",
        "lines--key",
        "lines--rule",
        "lines--badge",
        "lines--badge-good",
        "lines--badge-warning",
        "lines--badge-error",
        "lines--cursor",
    }

    ALLOW_SELECT = False

    MARGIN = 0
    """Cells left free at the right end of each line."""

    DEFAULT_CSS = """
    Lines {
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-size: 0 1;
        scrollbar-gutter: stable;
        scrollbar-background: $surface;
        scrollbar-background-hover: $surface;
        scrollbar-background-active: $surface;
        & > .lines--dim { color: $text-muted; }
        & > .lines--head { text-style: bold; }
        & > .lines--name { text-style: bold; }
        & > .lines--accent { color: $text-accent; }
        & > .lines--good { color: $text-success; }
        & > .lines--warning { color: $text-warning; }
        & > .lines--error { color: $text-error; }
        & > .lines--new { color: $text-success; }
        & > .lines--gone { color: $text-muted; text-style: strike; }
        & > .lines--bar { color: $primary; }
        & > .lines--key { color: $text-accent; text-style: bold; }
        & > .lines--rule { color: $foreground 25%; }
        & > .lines--badge { color: $text-primary; background: $primary-muted; text-style: bold; }
        & > .lines--badge-good { color: $text-success; background: $success-muted; text-style: bold; }
        & > .lines--badge-warning { color: $text-warning; background: $warning-muted; text-style: bold; }
        & > .lines--badge-error { color: $text-error; background: $error-muted; text-style: bold; }
        & > .lines--cursor { background: $foreground 10%; }
    }
    """

    def __init__(
        self,
        *,
        colour_of: ColourOf = no_colour,
        ascii: bool = False,  # noqa: A002 - names what it does
        id: str | None = None,  # noqa: A002 - Textual's name
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._ascii = ascii
        self._colour_of = colour_of
        self._lines: Sequence[Line] = ()
        self._pinned: list[Line] = []
        self._drawn_for = -1
        """Width that the lines are for; -1 if they are to be drawn anew."""
        self._inks: dict[str, Style] = {}

    @property
    def colour_of(self) -> ColourOf:
        """Gives a participant's colour."""
        return self._colour_of

    @colour_of.setter
    def colour_of(self, colour_of: ColourOf) -> None:
        self._colour_of = colour_of
        self.redraw()

    def draw(self, width: int) -> Sequence[Line]:
        """Return the lines at `width` cells. For panels to say."""
        return []

    def draw_pinned(self, width: int) -> list[Line]:
        """Return lines that stay at the bottom, whatever is scrolled. For panels to say."""
        return []

    def marked(self, row: int) -> bool:
        """Whether the line with that index is the one the cursor is on. For panels to say."""
        return False

    def redraw(self) -> None:
        """Show what `draw` gives now."""
        before = len(self._lines) + len(self._pinned)
        self._drawn_for = -1
        self._up_to_date()
        grown = len(self._lines) + len(self._pinned) != before
        self.refresh(layout=grown and self.styles.is_auto_height)

    def show_row(self, first: int, last: int) -> None:
        """Scroll so that the lines from `first` to `last`, inclusive, are in view."""
        height = max(1, self.scrollable_content_region.height - len(self._pinned))
        top = int(self.scroll_y)
        if first < top or last - first >= height:
            self.scroll_to(y=first, animate=False, force=True)
        elif last >= top + height:
            self.scroll_to(y=last - height + 1, animate=False, force=True)

    def scroll_by_rows(self, rows: int) -> None:
        """Scroll down by so many rows, at once; up if negative."""
        self.scroll_to(y=self.scroll_y + rows, animate=False, force=True)

    def _up_to_date(self) -> bool:
        """Draw if need be; whether there was a width to draw for."""
        width = self.scrollable_content_region.width
        if width <= 0:
            return False
        if width != self._drawn_for:
            self._lines = self.draw(max(1, width - self.MARGIN))
            self._pinned = self.draw_pinned(max(1, width - self.MARGIN))
            self._drawn_for = width
            self.virtual_size = Size(width, len(self._lines) + len(self._pinned))
        return True

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return how many lines there are, for a height of `auto`."""
        if width <= 0:
            return 0
        room = max(1, width - self.MARGIN)
        return len(self.draw(room)) + len(self.draw_pinned(room))

    def on_resize(self, event: events.Resize) -> None:
        """Draw for the new width."""
        self._up_to_date()

    def watch_has_focus(self, _has_focus: bool) -> None:
        """Show or hide what is there for keys alone: the cursor, for one."""
        super().watch_has_focus(_has_focus)
        self.redraw()

    def notify_style_update(self) -> None:
        """Forget the colours of the old theme."""
        self._inks.clear()
        super().notify_style_update()

    def render_line(self, y: int) -> Strip:
        """Return the line at `y` rows from the top of the view."""
        size = self.scrollable_content_region.size
        self._up_to_date()
        base = self.rich_style
        row = y + int(self.scroll_y)
        pinned = y - (size.height - len(self._pinned))
        if 0 <= pinned < len(self._pinned):
            line, row = self._pinned[pinned], -1
        elif row < len(self._lines):
            line = self._lines[row]
        else:
            return Strip.blank(size.width, base)
        if row >= 0 and self.marked(row):
            base += self._style("cursor")
        return self._painted(line, size.width, base, row)

    def _painted(self, line: Line, width: int, base: Style, row: int) -> Strip:
        segments: list[Segment] = []
        left = width
        for piece in line:
            text = piece.text
            size = cell_len(text)
            if size > left:
                text, size = set_cell_size(text, left), left
            style = base + self._style(piece.role)
            if piece.colour:
                style += _ink(piece.colour)
            segments.append(Segment(text, style + Style(meta={"row": row, "tag": piece.tag})))
            left -= size
            if left <= 0:
                break
        if left > 0:
            segments.append(Segment(" " * left, base + Style(meta={"row": row, "tag": ""})))
        return Strip(segments, width)

    def _style(self, role: str) -> Style:
        """What the theme gives a role: ink and weight, and a ground only where it names one."""
        if not role:
            return Style()
        known = self._inks.get(role)
        if known is None:
            name = f"lines--{role}"
            full = self.get_component_rich_style(name)
            rules = self.get_component_styles(name)
            known = Style(
                color=full.color if rules.has_rule("color") else None,
                bgcolor=full.bgcolor if rules.has_rule("background") else None,
                bold=full.bold,
                strike=full.strike,
            )
            self._inks[role] = known
        return known

    def row_at(self, event: events.MouseEvent) -> tuple[int, str]:
        """Return the line and the tag under the mouse; -1 if there is none."""
        meta = event.style.meta
        return int(meta.get("row", -1)), str(meta.get("tag", ""))
