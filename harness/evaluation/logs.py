"""A room's log, or a foreign transcript, as a talk: nothing is asked in it but what it says.

What all could read counts, as the memory hears it; places are counted anew, without gaps.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256

from harness.errors import NotPossible
from harness.evaluation.talks import Dataset, Line, Talk
from harness.keeper import utterances
from transcripts.events import Entry
from transcripts.room import reduced


def talk(name: str, entries: Sequence[Entry]) -> Talk:
    """Return what was said in a room.

    Args:
        name: Of the talk.
        entries: The whole log.
    """
    room = reduced(entries)

    def label(author: str) -> str:
        called = next((seat.participant.name for seat in room.seats if seat.id == author), "")
        return " ".join(called.replace(":", " ").split()) or author

    said = utterances(entries, room.label, inline=room.opened.inline)
    lines = tuple(
        Line(place, one.author, label(one.author), one.text) for place, one in enumerate(said)
    )
    return Talk(name, lines, (), {line.author: (line.name,) for line in lines})


def rooms(named: Iterable[tuple[str, Sequence[Entry]]]) -> tuple[Dataset, str]:
    """Return rooms as a set, and the SHA-256 of what was said in them.

    Raises:
        NotPossible: In one of them nothing was said.
    """
    talks: list[Talk] = []
    for name, entries in named:
        one = talk(name, entries)
        if not one.lines:
            raise NotPossible(f"{name}: nothing was said there")
        talks.append(one)
    return Dataset("rooms", tuple(talks)), digest(talks)


def digest(talks: Iterable[Talk]) -> str:
    """Return the SHA-256, hexadecimal, of what was said, and by whom."""
    whole = sha256()
    for line in (line for talk in talks for line in talk.lines):
        text = f"{line.author}\0{line.name}\0{line.text}\0"
        whole.update(text.encode("utf-8", "surrogatepass"))
    return whole.hexdigest()
