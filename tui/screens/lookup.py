"""Lines found in all rooms, as rows. Blocks: for a thread.

Rooms written to since the last search are taken into the index first.
"""

from contextlib import suppress
from typing import TYPE_CHECKING

from harness.rooms import Rooms
from memory.cc.base import Utterance
from transcripts.errors import TranscriptError
from transcripts.events import Spoke, Whispered
from transcripts.log import read
from tui.desk import Desk
from tui.screens import shelf
from tui.widgets.choices import Choice

if TYPE_CHECKING:
    from memory.bank.bank import Bank


def hits(desk: Desk, wanted: str, limit: int) -> list[Choice]:
    """Return a row for each line that has the words of `wanted`, best first.

    Raises:
        HarnessError: The rooms cannot be read.
        RecallError: The bank cannot be used.
    """
    from memory.bank.bank import Bank  # noqa: PLC0415 - SQLAlchemy: not before it is needed

    rooms = desk.rooms
    ids = rooms.ids()
    if not ids or not wanted.strip():
        return []
    bank = Bank(desk.paths.bank)
    try:
        for room_id in ids:
            with suppress(TranscriptError):  # its row says what is wrong with it
                _index(bank, rooms, room_id)
        return [
            Choice(
                key=shelf.hit_key(hit.room, hit.place),
                title=hit.room,
                aside=f"line {hit.place}",
                detail=((f"{hit.author}: ", ""), *shelf.marked(hit.snippet, wanted)),
            )
            for hit in bank.search(wanted, limit)
        ]
    finally:
        bank.close()


def _index(bank: "Bank", rooms: Rooms, room_id: str) -> None:
    """Bring the search index up to a room's log."""
    done = bank.indexed_upto(room_id)
    said: list[Utterance] = []
    last = done
    for entry in read(rooms.log(room_id), start=done + 1):
        last = entry.place
        if isinstance(entry.event, Spoke | Whispered):
            said.append(Utterance(entry.place, entry.event.author, entry.event.text))
    if last > done:
        bank.index(room_id, said, upto=last)
