"""The transcript as items, in the order of the log: messages, and what came of them.

Taking an entry in is cheap and lays nothing out, so that a long room opens at once; rows are
made by `lay_out` for the items somebody looks at. Items never move and are never taken away:
the page only grows, as the log does, and a change touches single items.
"""

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from transcripts import events as e
from transcripts.events import Entry, Spoke
from transcripts.notices import notice
from transcripts.room import Room, reduce

Kind: TypeAlias = Literal["title", "message", "chip", "picture", "event", "draft"]
"""`chip`: what came of a command of a message; `event`: anything else that happened."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that is done."""

    image: str
    file: str
    """Name in the room's `images` folder; empty if it is lost."""
    width: int
    """Pixels."""
    height: int
    caption: str


@dataclass(slots=True)
class Item:
    """One entry as it is shown."""

    kind: Kind
    entry: Entry
    author: str = ""
    """Id of who is behind it; empty for the room."""
    label: str = ""
    """How the author was called when it happened."""
    text: str = ""
    """What a copy of it gives: the words as written."""
    picture: Picture | None = None
    version: int = 0
    """Counts changes, so that rows made before one are known to be old."""

    @property
    def place(self) -> int:
        """Place of the entry in the log."""
        return self.entry.place


@dataclass(slots=True)
class Page:
    """A room's items, as far as entries were added."""

    ascii: bool = False
    room: Room = field(default_factory=Room)
    items: list[Item] = field(default_factory=list[Item])

    def add(self, entry: Entry) -> list[int]:
        """Take `entry` in; return indexes of items that are new or look different now."""
        self.room = reduce(self.room, entry)
        item = self._item(entry)
        if item is None:
            return []
        self.items.append(item)
        return [len(self.items) - 1]

    def _item(self, entry: Entry) -> Item | None:
        match entry.event:
            case e.Opened(title=title):
                return Item("title", entry, text=title)
            case Spoke(author=author, text=text):
                return Item("message", entry, author, self.room.label(author), text)
            case event:
                said = notice(event, self.room.label, ascii=self.ascii)
                return None if said is None else Item("event", entry, text=said)
