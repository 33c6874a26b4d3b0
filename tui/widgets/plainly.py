"""Textual's own widgets in ASCII: scrollbars, borders, guides, marks.

What Textual draws with block and line characters is drawn with `#`, `|`, `+` and `-` instead.
`use_ascii` changes the drawing for the whole process; `ASCII_CSS` the borders, and goes into
the app's CSS. It counts only while the app has the class `-ascii`.
"""

from rich.color import Color
from rich.console import Console, ConsoleOptions, RenderResult
from rich.segment import Segment, Segments
from rich.style import Style
from rich.text import Text
from textual.command import CommandPalette
from textual.renderables.bar import Bar
from textual.scrollbar import ScrollBar, ScrollBarRender
from textual.widgets import ProgressBar, RadioButton, Tree
from textual.widgets._toggle_button import ToggleButton

ASCII_CSS = """
.-ascii {
    * { text-overflow: clip; }
    Input { border: ascii $border-blurred; }
    Input:focus { border: ascii $border; }
    Input.-invalid { border: ascii $error 60%; }
    Input.-invalid:focus { border: ascii $error; }
    TextArea { border: ascii $border-blurred; }
    TextArea:focus { border: ascii $border; }
    Input.-textual-compact, Button.-textual-compact, TextArea.-textual-compact { border: none; }
    Input.-textual-compact:focus, TextArea.-textual-compact:focus { border: none; }
    Button.-textual-compact:focus { border: none; text-style: bold reverse; }
    Dialog TextArea, Dialog TextArea:focus { border: none; }
    OptionList { border: ascii $border-blurred; }
    OptionList:focus { border: ascii $border; }
    SelectionList { border: ascii $border-blurred; }
    SelectionList:focus { border: ascii $border; }
    RadioSet { border: ascii $border-blurred; }
    RadioSet:focus { border: ascii $border; }
    ToggleButton { border: none; }
    ToggleButton:focus { border: none; text-style: reverse; }
    RadioSet > ToggleButton { border: none; }
    Switch { border: ascii $border-blurred; }
    Switch:focus { border: ascii $border; }
    Button { border: ascii $border-blurred; }
    Button:focus { border: ascii $border; }
    Button.-active { border: ascii $border; }
    SelectCurrent { border: ascii $border-blurred; }
    Select > SelectOverlay { border: ascii $border; }
    Select:focus > SelectCurrent { border: ascii $border; }
    SelectCurrent .arrow { visibility: hidden; }
    Tooltip { border: none; }
    Toast { border-left: ascii $primary; }
    Toast.-information { border-left: ascii $success; }
    Toast.-warning { border-left: ascii $warning; }
    Toast.-error { border-left: ascii $error; }
    HelpPanel { border: none; }
    Footer FooterKey.-command-palette { border: none; }
    CommandPalette SearchIcon { display: none; }
    CommandPalette LoadingIndicator { visibility: hidden; border: none; }
    CommandPalette CommandInput { border: blank; }
    CommandPalette CommandInput:focus { border: blank; }
    CommandPalette #--input { border: blank; }
    CommandPalette #--input.--list-visible { border-bottom: none; }
    CommandPalette CommandList { border: none; }
    CommandPalette CommandList:focus { border: none; }
    CommandPalette CommandList.--visible { border: none; }
}
"""
"""For the app's CSS: borders of Textual's widgets in ASCII."""


class AsciiScrollBar(ScrollBarRender):
    """A scrollbar of `#` on `|`, or on `-` where it lies."""

    @classmethod
    def render_bar(  # noqa: PLR0917 - Textual's own form
        cls,
        size: int = 25,
        virtual_size: float = 50,
        window_size: float = 20,
        position: float = 0,
        thickness: int = 1,
        vertical: bool = True,
        back_color: Color = Color.parse("#555555"),  # noqa: B008 - Textual's own form
        bar_color: Color = Color.parse("bright_magenta"),  # noqa: B008 - the same
    ) -> Segments:
        """Return the bar, as `ScrollBarRender` does."""
        across = thickness if vertical else 1
        track = ("|" if vertical else "-") * across
        ink = Style(color=bar_color, bgcolor=back_color)
        # Turned over, so that it stands out in any theme and without colours too.
        grab = {"@mouse.down": "grab"}
        grip = Style(color=bar_color, bgcolor=back_color, reverse=True, meta=grab)
        first, last = 0, -1
        if window_size and size and virtual_size > window_size:
            thumb = min(size, max(1, round(size * window_size / virtual_size)))
            first = round((size - thumb) * position / (virtual_size - window_size))
            first = min(size - thumb, max(0, first))
            last = first + thumb - 1
        segments: list[Segment] = []
        for cell in range(size):
            if first <= cell <= last:
                segments.append(Segment("#" * across, grip))
            else:
                way = "scroll_up" if cell < first else "scroll_down"
                meta = {"@mouse.down": way} if last >= 0 else {}
                segments.append(Segment(track, ink + Style(meta=meta)))
        if vertical:
            return Segments(segments, new_lines=True)
        return Segments([*segments, Segment.line()] * thickness, new_lines=False)


class AsciiBar(Bar):
    """A progress bar of `#` on `.`."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width = self.width or options.max_width
        start, end = self.highlight_range
        first, last = round(max(start, 0)), round(min(end, width))
        bar = Text("", end="")
        bar.append("." * first, console.get_style(self.background_style))
        bar.append("#" * (last - first), console.get_style(self.highlight_style))
        bar.append("." * (width - max(first, last)), console.get_style(self.background_style))
        yield bar


_GUIDES = ("  ", "| ", "`-", "+-")
_PLAIN: tuple[tuple[type[object], str, object], ...] = (
    (ScrollBar, "renderer", AsciiScrollBar),
    (ProgressBar, "BAR_RENDERABLE", AsciiBar),
    (Tree, "ICON_NODE", "> "),
    (Tree, "ICON_NODE_EXPANDED", "v "),
    (Tree, "LINES", {"default": _GUIDES, "bold": _GUIDES, "double": _GUIDES}),
    (ToggleButton, "BUTTON_LEFT", "["),
    (ToggleButton, "BUTTON_RIGHT", "]"),
    (RadioButton, "BUTTON_INNER", "o"),
)
"""Whose attribute, which, and what it is in ASCII."""

_FANCY = tuple((owner, name, vars(owner)[name]) for owner, name, _ in _PLAIN)


def use_ascii(on: bool = True) -> None:
    """Draw Textual's widgets with ASCII alone from now on, or as they come if not `on`."""
    for owner, name, value in _PLAIN if on else _FANCY:
        setattr(owner, name, value)


def command_palette(*, ascii: bool) -> CommandPalette:  # noqa: A002 - names what it does
    """Return the command palette, as `App.action_command_palette` pushes it."""
    ellipsis = "..." if ascii else "…"
    return CommandPalette(placeholder=f"Search for commands{ellipsis}", id="--command-palette")
