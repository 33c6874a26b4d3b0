"""What can be done to the room chosen on a screen: a new title, a fork, an export, away and back.

A screen that shows rooms builds on this and says which one is chosen. Whatever loses something
asks first and can be taken back.
"""

import asyncio
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from textual import work
from textual.screen import Screen

from harness import branches
from tui.desk import Desk
from tui.printing import line
from tui.screens import upkeep
from tui.screens.ask import Ask
from tui.screens.confirm import Confirm
from tui.screens.exporting import Exporting
from tui.screens.fetch import TROUBLES, trouble
from tui.screens.importing import Importing
from tui.screens.wishes import OpenRoom, ReplayRoom
from tui.widgets.keys import said_key

Given = ParamSpec("Given")
Result = TypeVar("Result")


class Caring(Screen[None]):
    """A screen with a room chosen on it."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._gone: list[tuple[str, str]] = []

    def target(self) -> tuple[str, int | None] | None:
        """Return the room chosen, and the place in it if a line is."""
        raise NotImplementedError

    def called(self, room_id: str) -> str:
        """Return a room's title, in a safe line."""
        raise NotImplementedError

    def told_of(self, room_id: str) -> str:
        """Return what is in a room, in a few words."""
        raise NotImplementedError

    def reload(self) -> None:
        """Look at the rooms again."""
        raise NotImplementedError

    def complain(self, text: str) -> None:
        """Say what went wrong."""
        self.notify(text, severity="error", markup=False)

    def action_replay(self) -> None:
        """Play the room again, from the line that was found if one was."""
        if (target := self.target()) is not None:
            self.post_message(ReplayRoom(target[0], target[1] or 0))

    @work(exclusive=True, group="dialog")
    async def action_import(self) -> None:
        """Bring in a transcript from elsewhere."""
        room_id = await self.app.push_screen_wait(Importing(self._desk))
        if room_id is not None:
            self.post_message(OpenRoom(room_id))

    @work(exclusive=True, group="dialog")
    async def action_export(self) -> None:
        """Write the room for others."""
        if (room_id := self._chosen()) is not None:
            title = self.called(room_id)
            await self.app.push_screen_wait(Exporting(self._desk, room_id, title))

    @work(exclusive=True, group="dialog")
    async def action_rename(self) -> None:
        """Give the room another title."""
        room_id = self._chosen()
        if room_id is None:
            return
        before = self.called(room_id)
        title = await self.app.push_screen_wait(
            Ask("Another title", before, check=_title_trouble, verb="renames")
        )
        if title is None or title == before:
            return
        now = self._desk.clock.now()
        await self._do(upkeep.rename, self._desk.rooms, room_id, title, now=now)

    @work(exclusive=True, group="dialog")
    async def action_fork(self) -> None:
        """Make a room that shares this one's past, to the line found if one was."""
        target = self.target()
        if target is None:
            return
        room_id, place = target
        now = self._desk.clock.now()
        fork = await self._do(branches.fork, self._desk.rooms, room_id, place, now)
        if fork is not None:
            self.notify(f"{fork.room} shares the past of {room_id}", markup=False)

    @work(exclusive=True, group="dialog")
    async def action_discard(self) -> None:
        """Delete the room, after asking; it can be taken back."""
        room_id = self._chosen()
        if room_id is None:
            return
        title = self.called(room_id)
        sure = await self.app.push_screen_wait(
            Confirm(
                f"Delete {title}?",
                f"{self.told_of(room_id)}, its pictures and its memory go to the trash; "
                f"{self._takes_back} takes them back.",
                verb="Delete",
            )
        )
        if not sure:
            return
        name = await self._do(self._desk.rooms.discard, room_id)
        if name is not None:
            self._gone.append((name, title))
            self.refresh_bindings()
            self.notify(
                f"deleted {line(title)}; {self._takes_back} takes it back", markup=False
            )

    @property
    def _takes_back(self) -> str:
        """The key that takes a deletion back."""
        return said_key(self, type(self), "start.undo")

    @work(exclusive=True, group="dialog")
    async def action_undo(self) -> None:
        """Take the last deletion back."""
        if not self._gone:
            return
        name, title = self._gone[-1]
        if await self._do(self._desk.rooms.restore, name) is not None:
            self._gone.pop()
            self.refresh_bindings()
            self.notify(f"{line(title)} is back", markup=False)

    async def _do(
        self, deed: Callable[Given, Result], *given: Given.args, **named: Given.kwargs
    ) -> Result | None:
        """Do something to rooms in a thread; `None` if it failed, which is said."""
        try:
            result = await asyncio.to_thread(deed, *given, **named)
        except TROUBLES as error:
            self.complain(trouble(error))
            return None
        self.reload()
        return result

    def _chosen(self) -> str | None:
        target = self.target()
        return None if target is None else target[0]


def _title_trouble(title: str) -> str:
    return "" if title else "a title has at least one character"
