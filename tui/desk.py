"""What every screen works with: where things are kept, the rooms, the time."""

from dataclasses import dataclass

from agents.errors import AgentError
from harness.clock import Clock, clock
from harness.errors import HarnessError
from harness.paths import Paths, paths
from harness.rooms import Rooms
from memory.errors import RecallError
from transcripts.errors import TranscriptError

OURS = (TranscriptError, AgentError, RecallError, HarnessError)
"""Errors raised on purpose: their text is for the person."""


@dataclass(frozen=True, slots=True)
class Desk:
    """Handed down from the app to its screens. Cheap to make: nothing is read yet."""

    paths: Paths
    rooms: Rooms
    clock: Clock
    ascii: bool = False
    """Draw with ASCII alone; the words of others stay as they are."""

    @staticmethod
    def here(*, ascii: bool = False) -> "Desk":  # noqa: A002 - names what it does
        """Return the desk of this machine's person."""
        where = paths()
        return Desk(where, Rooms.of(where), clock(), ascii)
