"""The text form of the old program, for any room.

What it can say it says in its own shapes: a message under its header line, and before it,
sorted by kind, what its commands did; a finished picture where it came. What it has no shape
for is left out (cc, whispers, approvals, costs). A room that was read from such a file gives
that file's text back, line for line, and goes on from there.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from transcripts import events as e
from transcripts.commands.parse import parse
from transcripts.events import Entry, Event, ImageRequested
from transcripts.notices import context, notice
from transcripts.participants import PERSON, ROOM

_RANKS = (
    (e.PollOpened, e.Voted),
    (e.ImageRequested,),
    (e.Searched,),
    (e.PromptAdded,),
    (e.TemperatureSet,),
    (e.Joined,),
    (e.Declined,),
    (e.Muted,),
)
"""Kinds in the order in which the old program carried out a message's commands."""

_FOUND = re.compile(r"found (\d+) results?")
_SHAPED = re.compile(r"(?:\S{1,8} )?\[?(?:AI-\d+|[Yy]ou)\b")
"""Beginning of a line that the old form would take for one of its own."""


def export(entries: Iterable[Entry]) -> str:
    """Return the room in the text form.

    Args:
        entries: The log's entries from the first, in order.
    """
    log = list(entries)
    writer = _Writer()
    imported = next((one.event for one in log if isinstance(one.event, e.Imported)), None)
    # What came from the file stands together at the log's beginning.
    sourced = [place for place, entry in enumerate(log) if entry.source is not None]
    if imported is None or not imported.format.startswith("liminal-g") or not sourced:
        writer.own(log)
        return "\n".join(writer.blocks)
    end = sourced[-1] + 1
    writer.foreign(log[:end])
    text = "\n".join(writer.blocks)
    if imported.repairs.get("last_newline"):
        text += "\n"
    if end == len(log):
        return text
    later = len(writer.blocks)
    writer.own(log[end:])
    more = "\n".join(writer.blocks[later:])
    return text + ("" if not more or text.endswith("\n") or not text else "\n") + more


@dataclass(slots=True)
class _Writer:
    blocks: list[str] = field(default_factory=list[str])
    """Pieces of the text, a line break between any two."""
    names: dict[str, str] = field(default_factory=dict[str, str])
    requests: dict[str, ImageRequested] = field(default_factory=dict[str, ImageRequested])
    spoken: bool = False
    """Whether anybody has said anything yet."""

    def foreign(self, log: Sequence[Entry]) -> None:
        """Write entries that were read from such a file, as they stood there."""
        placed: list[tuple[int, str]] = []
        for entry in log:
            self._know(entry.event)
            if entry.source is None:
                continue
            text = "\n".join((entry.source.text, *entry.source.more))
            if isinstance(entry.event, e.Spoke):
                header = self._header(entry.event.author)
                text = header if entry.source.text else f"{header}\n{entry.event.text}"
            placed.append((entry.source.line, text))
        # Our log puts a message before what it caused; the file had it the other way round.
        self.blocks += [text for _, text in sorted(placed, key=lambda one: one[0])]
        self.spoken = True

    def own(self, log: Sequence[Entry]) -> None:
        """Write entries of our own."""
        caused: dict[int, list[Event]] = {}
        here = {entry.place for entry in log if isinstance(entry.event, e.Spoke)}
        late: set[int] = set()
        for entry in log:
            cause: e.Cause | None = getattr(entry.event, "cause", None)
            if cause is not None and cause.place in here:
                caused.setdefault(cause.place, []).append(entry.event)
                late.add(entry.place)
        for entry in log:
            if entry.place in late:
                continue
            if not isinstance(entry.event, e.Spoke):
                self._know(entry.event)
                self._line(entry.event)
                continue
            events = caused.get(entry.place, [])
            for event in sorted(events, key=_rank):
                self._know(event)
                self._line(event)
            author, text = entry.event.author, entry.event.text
            if author not in {PERSON, ROOM}:
                text = parse(text).public
            header = self._header(author)
            self.blocks.append(f"{header}\n{text}" if text else header)
            self.spoken = True

    def _know(self, event: Event) -> None:
        match event:
            case e.Joined(participant=newcomer):
                self.names[newcomer.id] = newcomer.name
            case e.ImageRequested():
                self.requests[event.image] = event
            case _:
                pass

    def _label(self, who: str) -> str:
        name = self.names.get(who, "")
        return f"{who} ({name})" if name else who

    def _header(self, author: str) -> str:
        if author == PERSON:
            return f"You ({self.names.get(author) or 'human'}) "
        return f"{author} ({self.names.get(author) or author}) "

    def _line(self, event: Event) -> None:
        """Write the line or lines of one event, if the form has any for it."""
        match event:
            case e.PromptAdded() | e.TemperatureSet():
                plain = event
                if isinstance(event, e.TemperatureSet):
                    plain = replace(event, changed=True, effective=None)
                if event.by == event.participant:
                    self._add(context(plain, self._label))
                self._add(notice(plain, self._label, flat=_shaped(event)))
            case e.Joined(by=by) if by == ROOM or event.participant.person:
                pass
            case e.Joined() | e.Muted() | e.PollOpened() | e.Voted() | e.Left():
                self._add(notice(event, self._label))
            case e.ImageRequested(prompt=prompt):
                self._add(notice(replace(event, prompt=_flat(prompt)), self._label))
            case e.ImageCreated(image=image):
                request = self.requests.get(image)
                if request is not None:
                    label = self._label(request.by)
                    self._add(notice(event, self._label, request=request))
                    self._add(f'[{label}]: !image "{_flat(request.prompt)}" ')
            case e.ImageFailed(image=image):
                request = self.requests.get(image)
                if request is not None:
                    request = replace(request, prompt=_flat(request.prompt))
                    self._add(notice(event, self._label, request=request))
            case e.Searched(hits=hits, result=result):
                count = _FOUND.fullmatch(result)
                number = len(hits) if hits or not count else int(count[1])
                self._add(notice(replace(event, hits=("",) * number), self._label))
            case e.Declined(result=result):
                # A quotation mark in the reason would pass for the end of the argument.
                said = replace(event, result=result.replace('"', "'"))
                self._add(notice(said, self._label))
            case e.Skipped(participant=who, reason=reason) if reason in {"listening", "muted"}:
                self._add(f"[{who} used !mute_self - listening this turn]")
            case e.Unplaced(text=text) if not self.spoken:
                self._add(text)
            case e.Unplaced(text=text) if _SHAPED.match(text) and "\n" not in text:
                self._add(text)
            case _:
                pass

    def _add(self, line: str | None) -> None:
        if line is not None:
            self.blocks.append(line)


def _rank(event: Event) -> int:
    for rank, kinds in enumerate(_RANKS):
        if isinstance(event, kinds):
            return rank
    return len(_RANKS)


def _flat(text: str) -> str:
    return " ".join(text.splitlines())


def _shaped(event: e.PromptAdded | e.TemperatureSet) -> bool:
    """Whether a line inside would be taken for something else, so that it has to be one."""
    if isinstance(event, e.TemperatureSet):
        return True
    return any(_SHAPED.match(line) for line in event.text.split("\n"))
