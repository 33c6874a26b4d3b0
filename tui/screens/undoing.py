"""Taking back what was done to a room's past: which of it, and whether for sure."""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from harness.errors import NotPossible
from harness.strata import undoable
from transcripts.events import Entry
from tui.printing import line
from tui.screens.ask import Ask
from tui.screens.confirm import Confirm
from tui.screens.reading import ReadingScreen
from tui.widgets.choices import Choice

if TYPE_CHECKING:
    from harness.session.session import Session


async def chosen(screen: ReadingScreen, log: Sequence[Entry], place: str) -> int:
    """Ask what is to be taken back, and whether for sure.

    Args:
        screen: That asks.
        log: Of the room.
        place: Of what was done, if that was said already.

    Returns:
        Its place; -1 for nothing.

    Raises:
        NotPossible: Nothing can be, with a line that says so.
    """
    able = [*await asyncio.to_thread(undoable, log)]
    if not able:
        raise NotPossible("nothing was done to the room's past that can be taken back")
    if place:
        able = [one for one in able if one.place == int(place)]
        if not able:
            raise NotPossible(f"what is at {place} cannot be taken back")
    if len(able) > 1:
        rows = [
            Choice(key=str(one.place), title=f"{one.place} {one.what}", detail=line(one.why))
            for one in able
        ]
        ask = Ask(
            "Take back what?", candidates=rows, verb="takes it back", ascii=screen.desk.ascii
        )
        return int(await screen.app.push_screen_wait(ask) or -1)
    one = able[0]
    sure = await screen.app.push_screen_wait(
        Confirm(
            f"Take back that {one.what}?",
            f"{line(one.why)}. No word is lost either way, and the keeper leaves these places"
            " alone from then on.",
            verb="Take back",
            destructive=False,
        )
    )
    return one.place if sure else -1


async def take_back(session: "Session", place: int) -> str:
    """Take back what was done at `place`; return a line about it.

    Raises:
        HarnessError, RecallError, TranscriptError: It was not.
    """
    entry = await session.undo_keeping(place)
    return f"what was done at {place} is taken back: see {entry.place}"
