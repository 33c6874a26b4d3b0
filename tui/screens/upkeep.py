"""What is done to rooms at rest and is not the harness's to do. It blocks."""

from datetime import datetime

from harness.rooms import Rooms
from transcripts.events import Changed
from transcripts.log import Log
from transcripts.participants import PERSON


def rename(rooms: Rooms, room_id: str, title: str, *, now: datetime) -> None:
    """Give a room another title; its id stays.

    Raises:
        RoomBusy: It is open somewhere.
        TranscriptError: Its log cannot be read or written.
    """
    with Log(rooms.log(room_id), now=now) as log:
        log.append(now, Changed(setting="title", value=title, by=PERSON))
