"""Where one can go from a room: to forks of it, to files, to other rooms.

And to what a model would be sent if it were its turn now.
"""

import asyncio
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from textual import work

from transcripts.events import Faltered, Spoke
from transcripts.participants import PERSON, ROOM
from tui.desk import OURS, Desk
from tui.printing import line
from tui.screens.ask import Ask
from tui.screens.confirm import Confirm
from tui.screens.context import ContextScreen
from tui.screens.forks import ForksScreen
from tui.screens.sitting import SittingScreen
from tui.screens.wishes import CompareRooms, NewRoom
from tui.slash.meant import Slash
from tui.widgets.choices import Choice as Row
from tui.widgets.keys import said_key
from tui.widgets.prompt import Prompt

if TYPE_CHECKING:
    from harness.branches import Branch


class OnwardScreen(SittingScreen):
    """A room that leads to others."""

    def carry_out(self, slash: Slash, typed: str = "") -> None:
        """Do what a command says.

        Args:
            slash: The command.
            typed: Its line, as it was typed; empty for none.
        """

    def _about(self, how: str, place: str) -> None:
        """Do something about the message at `place`, or about the one that is meant."""
        at = int(place) if place else self._meant(how)
        if at is None:
            self.tell("there is no such message yet", error=True)
        elif how == "edit":
            self.edit(at)
        else:
            self.branch(how, at)

    def _meant(self, how: str) -> int | None:
        """The message the reader's cursor is on, or the newest that can be meant."""
        if how == "fork":
            return self.transcript.place or (self._log[-1].place if self._log else None)
        for entry in reversed(self._log):
            match entry.event:
                case Spoke(author=author) if how == "edit" or author not in {PERSON, ROOM}:
                    return entry.place
                case _:
                    pass
        return None

    def retry(self) -> None:
        """Give the turn that failed last once more."""
        for entry in reversed(self._log):
            if isinstance(entry.event, Faltered):
                self.branch("retry", entry.place)
                return
        self.tell("nobody has failed")

    def branched(self, made: "Branch", how: str) -> None:
        """Open a room that was just made from this one; or give a turn here once more."""
        if not made.here:
            self.go_with_words(made, how)
        elif self.session is not None:
            self.carry_out(Slash("next", (made.next,)))
            if self.session.stands:
                self.session.step()

    @work(exclusive=True, group="branched")
    async def go_with_words(self, made: "Branch", how: str) -> None:
        """Open a room that was made from this one; what stands in the line goes along."""
        with self.telling():
            path = self.desk.rooms.unsent(made.room)
            await self._keeping.hand_on(self.query_one(Prompt), path)
        super().branched(made, how)

    @work(exclusive=True, group="export")
    async def export(self, form: str, path: str) -> None:
        """Write the room: at once if it is said to which file, else after asking."""
        if not path:
            self.action_export()
            return
        head, _, rest = path.partition(" ")
        if not form and rest and head.isalnum() and not Path(path).suffix:
            self.tell(f"no format {head}: there are md, html, txt and jsonl", error=True)
            return
        form = form or "md"
        try:
            target, force = await asyncio.to_thread(_target, path)
            if force and not await self._write_over(target):
                return
            written = await asyncio.to_thread(
                _write, self.desk, self.room_id, form, target, force=force
            )
        except (*OURS, OSError, RuntimeError) as error:  # no such home
            self.tell(str(error), error=True)
            return
        self.tell(f"wrote {written}")

    async def _write_over(self, target: Path) -> bool:
        free = await asyncio.to_thread(_free, target)
        return bool(
            await self.app.push_screen_wait(
                Confirm(
                    f"Write over {line(target.name)}?",
                    f"What is in it is lost. {free.name} would be a free name.",
                    verb="Overwrite",
                )
            )
        )

    @work(exclusive=True, group="compare")
    async def compare(self, other: str) -> None:
        """Show this room beside another: the one named, or the one it was forked from."""
        origin = self.shown_room.opened.origin
        other = other or (origin.room if origin else "")
        if not other:
            self.action_forks()
            self.tell(
                f"{said_key(self, ForksScreen, 'forks.compare')} on two rooms of the tree "
                "shows them side by side"
            )
            return
        try:
            found = await asyncio.to_thread(self.desk.rooms.find, other)
        except OURS as error:
            self.tell(str(error), error=True)
            return
        self.post_message(CompareRooms(found, self.room_id))

    @work(exclusive=True, group="ask")
    async def begin_another(self, scenario: str) -> None:
        """Open a new room: of the scenario named, or of the one chosen now."""
        names = [
            Row(key=one.text, title=one.text)
            for one in self.query_one(Prompt).choices.scenarios
        ]
        if not scenario:
            scenario = (
                await self.app.push_screen_wait(
                    Ask(
                        "Open which scenario?",
                        candidates=names,
                        verb="Open",
                        ascii=self.desk.ascii,
                    )
                )
                or ""
            )
        if scenario:
            self.post_message(NewRoom(scenario))

    @work(exclusive=True, group="context")
    async def context(self, participant: str) -> None:
        """Show what a participant would be sent now."""
        session = self.session
        if session is None:
            return
        try:
            request = await session.preview(participant)
        except OURS as error:
            self.tell(str(error), error=True)
            return
        label = self.shown_room.label(participant)
        self.app.push_screen(ContextScreen(request, label, ascii=self.desk.ascii))


def _target(path: str) -> tuple[Path, bool]:
    """Return the file meant, and whether there is one already."""
    target = Path(path).expanduser()
    return target, target.is_file()


def _free(target: Path) -> Path:
    """Return a file beside `target` that is not there yet."""
    names = (target.with_stem(f"{target.stem}-{number}") for number in count(2))
    return next(one for one in names if not one.exists())


def _write(desk: Desk, room_id: str, form: str, path: Path, *, force: bool) -> Path:
    from harness import exports  # noqa: PLC0415 - a quarter of the command line, seldom needed

    return exports.write(desk.rooms, room_id, form, path, force=force)
