"""A room as lines of JSON: its log once more, word for word, private kinds included."""

from collections.abc import Iterable, Iterator

from transcripts.events import Entry
from transcripts.wire import encode


def export(entries: Iterable[Entry]) -> Iterator[str]:
    """Yield one line an entry, each with its newline; `wire.decode_line` reads them back."""
    for entry in entries:
        yield encode(entry) + "\n"
