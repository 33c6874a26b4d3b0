"""What an earlier process left half-done, finished when the room is opened again."""

import asyncio
from collections.abc import Callable

from harness.draft import DraftFile
from harness.session.effects import Effects
from harness.session.journal import Journal
from harness.session.means import Means
from harness.turn import Behind, Catching
from harness.unfinished import half_done, recovered
from memory.errors import ReaderLost
from transcripts import events as e
from transcripts.participants import ROOM

CATCHING_EVERY = 0.1
"""Seconds between two words about how far catching up is, at least."""


async def pick_up(
    journal: Journal, means: Means, effects: Effects, draft_file: DraftFile
) -> None:
    """Bring what is remembered up to the log, and carry out what has no outcome yet.

    Raises:
        TranscriptError: The log cannot be written.
        RecallError: cc cannot be stored.
    """
    unfinished = half_done(journal.entries, journal.room)  # before anything else is written
    catching = _catching(journal, means)
    try:
        for folded in await means.keeper.mend(journal.room, journal.entries, catching):
            journal.record(folded)
    except ReaderLost as lost:
        journal.show(Behind(str(lost)))
    if means.lamination is not None:
        for event in await means.lamination.mend(journal.entries, journal.room):
            journal.record(event)
    if journal.room.paused.startswith("budget reached") and not means.attended:
        journal.record(e.Resumed(by=ROOM))  # a new sitting, a new budget
    if (left := await asyncio.to_thread(draft_file.left)) is not None:
        if (line := recovered(left, journal.entries, journal.room)) is not None:
            unfinished = [*effects.planned(journal.record(line).place), *unfinished]
        draft_file.drop()
    for deed in unfinished:
        effects.carry_out(deed)
    journal.count_votes()
    for job in journal.room.jobs:
        if job.state in {"queued", "running"}:
            effects.draw(job)


def _catching(journal: Journal, means: Means) -> Callable[[int, int], None]:
    """Return what the keeper calls in its thread while it catches up."""
    loop, clock = asyncio.get_running_loop(), means.clock
    told = float("-inf")

    def tell(done: int, total: int) -> None:
        nonlocal told
        now = clock.elapsed()
        if done == total or now - told >= CATCHING_EVERY:
            told = now
            loop.call_soon_threadsafe(journal.show, Catching(done, total))

    return tell
