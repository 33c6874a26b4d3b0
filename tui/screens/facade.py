"""The parts of the start, with their keys, and how all of it looks."""

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widgets import Input

from tui.widgets.choices import Choices

LOOK = """
StartScreen {
    layout: vertical;
    padding: 0 2;
    #top { height: 1; margin: 1 0; }
    #wordmark { width: auto; text-style: bold; color: $text-primary; }
    #motto { width: 1fr; color: $foreground 60%; text-align: right; }
    #body { height: 1fr; layout: vertical; }
    .part { height: auto; }
    .head { height: 1; }
    .head Static { width: auto; color: $foreground 60%; text-style: bold; }
    .part:focus-within .head Static { color: $text-accent; }
    #finder {
        width: 1fr; margin-left: 2; background: transparent; padding: 0;
        color: $foreground;
    }
    #finder:focus { background: $foreground 6%; }
    #begin Choices { max-height: 6; }
    &.-rooms #begin Choices { max-height: 4; }
    &.-rooms.-tall #begin Choices { max-height: 6; }
    #rooms { height: 1fr; margin-top: 1; }
    #rooms Choices { height: 1fr; }
    .about { height: 3; margin-top: 1; width: 1fr; color: $foreground 76%; }
    .inner { display: none; }
    .outer.off { display: none; }
    #where { height: 1; color: $foreground 60%; text-overflow: ellipsis; text-wrap: nowrap; }
}
StartScreen.-short {
    #top { margin: 0; }
    .about { height: 2; }
    #motto { display: none; }
    #begin { margin-top: 1; }
    &.-rooms #begin { margin-top: 0; }
    &.-rooms #begin Choices { max-height: 3; }
}
StartScreen.-narrow { padding: 0 1; }
StartScreen.-wide {
    padding: 0 4;
    #top { margin: 1 0 2 0; }
    #body { layout: horizontal; }
    #begin { width: 2fr; height: 1fr; margin-right: 4; }
    #begin Choices, &.-rooms #begin Choices { max-height: 70%; }
    #rooms { width: 3fr; height: 1fr; margin-top: 0; }
    #rooms Choices { height: auto; max-height: 1fr; }
    .about { height: auto; max-height: 9; padding: 0 2; }
    .inner { display: block; }
    .outer, .outer.off { display: none; }
    .head { margin-bottom: 1; }
}
"""
"""The start's style: one column, or two where there is room."""


class Offers(Choices):
    """The scenarios."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "pick", "Begin", id="offers.begin"),
    ]


class Shelf(Choices):
    """The rooms, with what can be done to them."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "screen.replay", "Replay", id="shelf.replay"),
        Binding("t", "screen.rename", "Title", id="shelf.rename"),
        Binding("f", "screen.fork", "Fork", id="shelf.fork"),
        Binding("e", "screen.export", "Export", id="shelf.export"),
        Binding("x", "screen.discard", "Delete", id="shelf.discard"),
    ]


class Finder(Input):
    """The field for words to look for."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", "Open", id="finder.open"),
        Binding("escape", "screen.back", "Back", id="finder.leave"),
    ]
