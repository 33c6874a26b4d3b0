"""What a reader makes of a foreign file.

A reader first takes a file apart into pieces, in the file's order: messages, and notices
about what was done. `binding` makes events of them; a `Reading` is those events, and an
account of what was found, mended and could not be placed.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from transcripts import events as e
from transcripts.events import Entry, Event, Source
from transcripts.participants import PERSON

NO_WORDS = "done; with which words the file does not say"
"""Result of a private command of which only the others' line is left."""

BEFORE = "it stands before the first message"
"""Why a title or a date fits nowhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What somebody said."""

    author: str
    """`AI-1`, or `you`."""
    name: str
    """Shown beside it; may be empty."""
    text: str
    line: int
    """Where it starts in the file; 1 for the first line."""
    at: datetime | None = None
    header: str = ""
    """Its header line if no line at all is below it, not even an empty one, or if the header
    says more than can be kept otherwise."""
    reasoning: str = ""
    pictures: int = 0
    """Pictures shown with it."""
    painter: str = ""
    """Who painted them, if the file says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A line about what somebody did."""

    kind: str
    """See `grammar`."""
    line: int
    text: str
    """The line or lines as they stood."""
    more: tuple[str, ...] = ()
    """Further lines, each as it stood, that tell the same."""
    actor: str = ""
    """Empty where the line does not say."""
    name: str = ""
    """The actor's model, as the line has it."""
    verb: str = ""
    argument: str = ""
    second: str = ""
    status: str = ""
    """How it went, in the line's own words; why it fits nowhere, for what is only `said`."""
    lines: tuple[str, ...] = ()
    """Hits of a search."""
    painter: str = ""
    at: datetime | None = None


Piece: TypeAlias = Message | Notice


@dataclass(frozen=True, slots=True)
class Recovered:
    """An event, where it stood in the file, and when it was if the file says."""

    event: Event
    source: Source | None = None
    at: datetime | None = None
    """UTC; files rarely have times, and none says its time zone."""


@dataclass(frozen=True, slots=True)
class Misfit:
    """A line that fits nowhere. It is in the events too, as `Unplaced`."""

    line: int
    text: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A file, read."""

    events: tuple[Recovered, ...]
    """In the order of our log: `Opened` and `Imported` first, what a message caused after it.
    Causes count places from the first event, which has place 0."""
    format: str
    """`liminal-g2`, `liminal-html`, `universal-backrooms`, `plain`, `enfold-jsonl`, …"""
    repairs: dict[str, int] = field(default_factory=dict[str, int])
    """How often each kind of repair was made."""

    @property
    def unplaced(self) -> tuple[Misfit, ...]:
        """Lines that fit nowhere."""
        return tuple(
            Misfit(
                recovered.source.line if recovered.source else 0,
                recovered.event.text,
                recovered.event.why,
            )
            for recovered in self.events
            if isinstance(recovered.event, e.Unplaced)
        )

    @property
    def counts(self) -> dict[str, int]:
        """How many events there are of each kind."""
        return dict(Counter(type(recovered.event).__name__ for recovered in self.events))

    @property
    def summary(self) -> dict[str, int]:
        """What somebody who knows the file would count."""
        return summary(tuple(recovered.event for recovered in self.events))

    def entries(self, at: datetime) -> tuple[Entry, ...]:
        """Return the events as entries of a log.

        Args:
            at: Time of whatever the file has no time for, UTC.
        """
        entries: list[Entry] = []
        latest = min((one.at for one in self.events if one.at), default=at)
        for place, one in enumerate(self.events):
            # A log's clock does not run backwards, whatever the file's did.
            latest = max(latest, one.at) if one.at else latest
            entries.append(Entry(place, latest.astimezone(UTC), one.event, one.source))
            latest += timedelta(microseconds=1)
        return tuple(entries)


def summary(events: Sequence[Event]) -> dict[str, int]:
    """Return the numbers of a conversation: messages, participants, pictures, changes."""
    temperatures = [one for one in events if isinstance(one, e.TemperatureSet)]
    changed = sum(one.changed for one in temperatures)
    answers = [one for one in events if isinstance(one, e.Answered)]
    told = [one.verb for one in answers if one.result == NO_WORDS]
    joined = [one for one in events if isinstance(one, e.Joined)]
    return {
        "messages": sum(isinstance(one, e.Spoke) for one in events),
        "participants": len({one.participant.id for one in joined}),
        "images": sum(isinstance(one, e.ImageRequested) for one in events),
        "prompt_changes": sum(isinstance(one, e.PromptAdded) for one in events)
        + told.count("prompt"),
        "temperature_lines": len(temperatures) + told.count("temperature"),
        "temperature_changes": changed,
        "temperature_repeats": len(temperatures) - changed,
        "joins": sum(one.by not in {"room", PERSON, one.participant.id} for one in joined),
        "duplicates": sum(
            isinstance(one, e.Declined) and "already" in one.result for one in events
        ),
        "orphans": sum(isinstance(one, e.Unplaced) for one in events),
    }
