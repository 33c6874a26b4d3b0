"""What a screen asks of the app: another screen, most of the time.

Messages, so that they travel up; the app is the only one that pushes screens of rooms.
"""

from dataclasses import dataclass

from textual.message import Message


@dataclass
class OpenRoom(Message):
    """Go on with a room, live."""

    room: str
    place: int | None = None
    """Show this entry; `None` for the end."""
    turns: int = 0
    """Give so many turns at once, and stand still after them."""
    rounds: int | None = None
    """Stand still after so many."""
    new: bool = False
    """Go on at once, and not only when the person says so."""
    note: str = ""
    """A line to show in it."""


@dataclass
class CopyText(Message):
    """Put a text on the clipboard."""

    text: str
    what: str
    """What it is, in a word or two: `message`."""


@dataclass
class NewRoom(Message):
    """Make a room from a scenario and open it."""

    scenario: str
    """Its name, or the path of its file; empty for the default."""


@dataclass
class ReplayRoom(Message):
    """Play a room again."""

    room: str
    place: int = 0
    """Where to begin."""
    back: bool = False
    """Esc goes back to the room, live, and not to the start."""


@dataclass
class CompareRooms(Message):
    """Show two rooms side by side, such as a fork and where it comes from."""

    left: str
    right: str


@dataclass
class BackToStart(Message):
    """Leave the room and show the start again."""


@dataclass
class NewRoomOf(Message):
    """Make a room of these models, without a scenario, and open it."""

    models: tuple[str, ...]
    """Their ids, `AI-1` first."""
    opening: str = ""
    """The person's first line; empty for none."""


@dataclass
class WearTheme(Message):
    """Change the colours; ask which if no name is given."""

    name: str


@dataclass
class ShowHelp(Message):
    """Explain the screen, or one of its commands."""

    command: str = ""


@dataclass
class Quit(Message):
    """Leave enfold."""
