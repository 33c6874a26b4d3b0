"""What was begun and not ended: lines cut off, commands without an outcome. Pure."""

from collections.abc import Sequence

from harness.deed import Deed
from harness.deeds import plan
from harness.draft import Leftover
from transcripts.commands.parse import parse
from transcripts.commands.words import PRIVATE
from transcripts.events import Cause, Entry, Faltered, Queued, Spoke, Whispered
from transcripts.participants import PERSON, ROOM
from transcripts.room import Room


def planned(entries: Sequence[Entry], place: int, room: Room) -> list[Deed]:
    """Return what the message at `place` of a log asks for; nothing if no model wrote it."""
    spoke = entries[place].event
    if not isinstance(spoke, Spoke) or spoke.author in {PERSON, ROOM}:
        return []
    found = parse(spoke.text, inline=room.opened.inline).found
    cut_at = len(spoke.text.rstrip()) if spoke.cut else None
    return plan(found, room, by=spoke.author, place=place, cut_at=cut_at)


def half_done(entries: Sequence[Entry], room: Room) -> list[Deed]:
    """Return the commands of the newest message of a model's that have no outcome yet."""
    done: set[Cause] = set()
    for entry in reversed(entries):
        match entry.event:
            case Spoke(author=author) if author not in {PERSON, ROOM}:
                if entry.source is not None:
                    return []  # what an import asked for is long past
                deeds = planned(entries, entry.place, room)
                return [deed for deed in deeds if deed.cause not in done]
            case event:
                cause: Cause | None = getattr(event, "cause", None)
                if cause is not None:
                    done.add(cause)
    return []


def recovered(left: Leftover, entries: Sequence[Entry], room: Room) -> Spoke | None:
    """Return the line that a crash cut off; `None` if it made it into the log, or is empty."""
    known = {seat.id for seat in room.seats}
    spoken = any(
        isinstance(entry.event, Spoke | Faltered) and entry.event.author == left.author
        for entry in entries[left.place :]
    )
    if left.author not in known or spoken or not (left.text or left.reasoning):
        return None
    text, unsaid = public_part(left.text, inline=room.opened.inline)
    return Spoke(
        author=left.author,
        text=text,
        unsaid=unsaid,
        reasoning=left.reasoning,
        cut="crash",
        heard=min(left.place, room.next_place),
    )


def delivered(room: Room) -> list[Spoke | Whispered]:
    """Return the lines the person wrote while somebody else was speaking, in order."""
    lines: list[Spoke | Whispered] = []
    for entry in room.queue:
        match entry.event:
            case Queued(author=author, text=text, to=""):
                lines.append(Spoke(author=author, text=text, queued=entry.place))
            case Queued(author=author, text=text, to=to):
                lines.append(Whispered(author=author, to=to, text=text, queued=entry.place))
            case _:
                pass
    return lines


def only_failure(entries: Sequence[Entry]) -> Faltered | None:
    """Return the last failure if every model that had the floor in `entries` failed."""
    failure: Faltered | None = None
    for entry in entries:
        match entry.event:
            case Faltered() as failure:
                pass
            case Spoke(author=author) if author not in {PERSON, ROOM}:
                return None
            case _:
                pass
    return failure


def public_part(text: str, *, inline: bool) -> tuple[str, str]:
    """Part a line that was cut off in the middle of a private command.

    What is left of such a command would read as talk from its second line on, and tell
    everybody what was meant for few.

    Returns:
        What counts as said, and the rest.
    """
    for found in parse(text, inline=inline).found:
        if found.call.verb in PRIVATE and "unterminated" in found.call.flags:
            return text[: found.call.start], text[found.call.start :]
    return text, ""
