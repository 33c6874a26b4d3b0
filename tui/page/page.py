"""The transcript as items, in the order of the log: messages, and what came of them.

Taking an entry in is cheap and lays nothing out, so that a long room opens at once; rows are
made by `lay_out` for the items somebody looks at. Items never move and are never taken away:
the page only grows, as the log does, and a change touches single items.
"""

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from transcripts import events as e
from transcripts.events import Entry, ImageRequested, Spoke
from transcripts.export import facts
from transcripts.notices import PICTURE, notice
from transcripts.participants import PERSON, ROOM
from transcripts.room import Room, reduce
from tui.page import said

Kind: TypeAlias = Literal["title", "message", "chip", "picture", "event", "draft"]
"""`chip`: what came of a command of a message; `event`: anything else that happened."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that is done."""

    image: str
    file: str
    """Name in the room's `images` folder; empty if it is lost."""
    width: int
    """Pixels; 0 if not known."""
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
    brief: str = ""
    """One line that tells it where it is folded; empty if `text` does."""
    state: str = ""
    """What has come of it so far; it changes in place."""
    model: str = ""
    """For a message: what the author ran on."""
    inline: bool = False
    """Whether commands count in the middle of its lines too."""
    gap: bool = False
    """Whether an empty row stands before it."""
    whispered: str = ""
    """For a message of the person to one participant: how that one was called."""

    @property
    def place(self) -> int:
        """Place of the entry in the log."""
        return self.entry.place

    @property
    def commands(self) -> bool:
        """Whether commands in its text count as such; in the person's words they do not."""
        return self.author not in {PERSON, ROOM}


@dataclass(slots=True)
class Page:
    """A room's items, as far as entries were added."""

    ascii: bool = False
    room: Room = field(default_factory=Room)
    items: list[Item] = field(default_factory=list[Item])
    _known: dict[str, int] = field(default_factory=dict[str, int])
    """Index of the item that first told of a picture, a poll or an approval, by its id."""
    _asked: dict[str, ImageRequested] = field(default_factory=dict[str, ImageRequested])
    _last_message: int = -1
    """Its place."""

    def add(self, entry: Entry) -> list[int]:
        """Take `entry` in; return indexes of items that are new or look different now."""
        self.room = reduce(self.room, entry)
        changed = self._change(entry)
        item = self._item(entry)
        if item is None:
            return changed
        before = self.items[-1].kind if self.items else None
        item.gap = before is not None and (
            item.kind == "message"
            or before == "title"
            or (item.kind == "event" and before != "event")
            or (item.kind == "picture" and before == "event")
        )
        self.items.append(item)
        return [*changed, len(self.items) - 1]

    def _item(self, entry: Entry) -> Item | None:
        room = self.room
        match entry.event:
            case Spoke(author=author, text=text):
                return self._message(entry, author, text)
            case e.Whispered(author=author, to=to, text=text, cause=None):
                item = self._message(entry, author, text)
                item.whispered = room.label(to)
                return item
            case e.Opened(title=title):
                self._known["title"] = len(self.items)
                return Item("title", entry, text=title, state=facts.opening(room))
            case ImageRequested(image=image) as request:
                self._known[image] = len(self.items)
                self._asked[image] = request
                return self._told(entry, "queued")
            case e.PollOpened(poll=key) | e.ApprovalAsked(approval=key):
                self._known[key] = len(self.items)
                waits = isinstance(entry.event, e.ApprovalAsked)
                return self._told(entry, f"{key} waits for you" if waits else f"poll {key}")
            case e.ImageCreated() as created:
                return self._picture(entry, created)
            case _:
                return self._told(entry)

    def _message(self, entry: Entry, author: str, text: str) -> Item:
        self._last_message = entry.place
        item = Item("message", entry, author, self.room.label(author), text)
        item.inline = self.room.opened.inline
        for seat in self.room.seats:
            if seat.id == author:
                item.model = seat.participant.model
                if author == PERSON:
                    name = seat.participant.name
                    item.label = f"{name} (you)" if name.lower() not in {"", "you"} else "You"
        if author == ROOM:
            item.label = "Narrator"
        elif item.label == PERSON:
            item.label = "You"
        return item

    def _told(self, entry: Entry, state: str = "") -> Item | None:
        """Return the item of an entry that is told by a notice, if there is any to tell."""
        event = entry.event
        text = said.full(event, self.room.label, self._asked, ascii=self.ascii)
        if text is None:
            return None
        caused = getattr(event, "cause", None) is not None
        author = said.author(event, self._asked)
        item = Item("chip" if caused else "event", entry, author, self.room.label(author), text)
        item.state = state
        brief = said.brief(event, self.room.label, self._asked, ascii=self.ascii)
        if caused and self._spoke_last(event):
            brief = said.under(brief, event, self.room.label, ascii=self.ascii)
        if brief != text:
            item.brief = brief
        return item

    def _spoke_last(self, event: e.Event) -> bool:
        """Whether nobody else has spoken since the words that caused `event`."""
        cause = getattr(event, "cause", None)
        return isinstance(cause, e.Cause) and cause.place == self._last_message

    def _picture(self, entry: Entry, created: e.ImageCreated) -> Item:
        request = self._asked.get(created.image)
        by = request.by if request else ""
        line = notice(created, self.room.label, ascii=self.ascii, request=request) or ""
        caption = request.prompt if request else f"image {created.image}"
        picture = Picture(created.image, created.file, created.width, created.height, caption)
        return Item(
            "picture",
            entry,
            by,
            self.room.label(by) if by else "",
            caption,
            picture,
            brief=line.replace(PICTURE, ""),
        )

    # What changes in place.

    def _change(self, entry: Entry) -> list[int]:
        """Let the item that first told of something say how it stands now."""
        match entry.event:
            case e.ImageStarted(image=key, painter=painter):
                return self._now(key, f"drawing, {painter}" if painter else "drawing")
            case e.ImageCreated(image=key):
                return self._now(key, "done")
            case e.ImageFailed(image=key, reason=reason, cancelled=cancelled):
                state = "called off" if cancelled else "failed"
                return self._now(key, f"{state}: {reason}" if reason else state)
            case e.ApprovalGiven(approval=key, granted=granted):
                return self._now(key, f"{key} {'granted' if granted else 'refused'}")
            case e.Voted(poll=key):
                votes = next((poll.votes for poll in self.room.polls if poll.poll == key), ())
                return self._now(key, f"poll {key}: {said.count(votes)}")
            case e.PollClosed(poll=key, outcome=outcome):
                return self._now(key, f"poll {key} is closed: {outcome}")
            case e.Changed(setting="title", value=title) if "title" in self._known:
                self.items[self._known["title"]].text = title
                return self._now("title", None)
            case _:
                return []

    def _now(self, key: str, state: str | None) -> list[int]:
        index = self._known.get(key)
        if index is None:
            return []
        item = self.items[index]
        if state is not None:
            item.state = state
        item.version += 1
        return [index]
