"""Our own logs, from elsewhere: one JSON line an entry."""

from transcripts import wire
from transcripts.errors import BrokenLog
from transcripts.events import Source, Unplaced
from transcripts.readers.reading import Recovered

FORMAT = "enfold-jsonl"


def recognise(text: str) -> float:
    """Return how sure it is that `text` is a log, 0 to 1."""
    return 1.0 if text.lstrip().startswith('{"v":') else 0.0


def read(text: str, *, name: str) -> tuple[tuple[Recovered, ...], int]:
    """Return the entries, and how many lines were torn: the last one may be.

    Args:
        text: The whole log.
        name: Named in errors.

    Raises:
        BrokenLog: A line before the last is not an entry.
        NewerLog: It is of a later version.
    """
    lines = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    found: list[Recovered] = []
    for number, line in lines:
        try:
            entry = wire.decode_line(line, path=name, number=number)
        except BrokenLog:
            if number != lines[-1][0]:
                raise
            torn = Unplaced(text=line, why="half a line, from a crash")
            found.append(Recovered(torn, Source(number, line)))
            return tuple(found), 1
        found.append(Recovered(entry.event, entry.source, entry.at))
    return tuple(found), 0
