"""A room told again: the same transcript and panels, with the keys of a tape recorder.

A room that was folded live shows the folds it had; one that never was is folded as it plays.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.worker import Worker, WorkerError

from transcripts.events import (
    Delaminated,
    Entry,
    Folded,
    Laminated,
    Merged,
    Recalled,
    Rewritten,
    Spoke,
)
from transcripts.replay import Player
from tui.desk import OURS, Desk
from tui.screens.reading import READING, ReadingScreen
from tui.screens.shelf import home
from tui.screens.wishes import OpenRoom
from tui.widgets.graphics import Graphics
from tui.widgets.inspector import Inspector
from tui.widgets.status import Standing, Status

if TYPE_CHECKING:
    from harness.rehearsal import Rehearsal

SPEEDS: tuple[float | None, ...] = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, None)
"""Times as fast as it was; `None` waits for nothing."""


SHOWN = (Folded, Recalled, Laminated, Delaminated, Merged, Rewritten)
"""Events that change what the memory shows."""


class ReplayScreen(ReadingScreen):
    """Plays a room."""

    AUTO_FOCUS = "Transcript"

    HELP = (
        "A room told again as it was recorded; nothing here changes it. "
        "{replay.play} plays and stands still, {replay.step} and {replay.back} go a step on and "
        "back, {replay.live} goes on with the room live."
    )

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "p,ctrl+@,ctrl+space",
            "play",
            "Play",
            key_display="p",
            id="replay.play",
            tooltip="Play, or stand still",
        ),
        Binding("s,full_stop,f6", "step", "Step", key_display="s", id="replay.step"),
        Binding("b,comma", "back", "Back", key_display="b", id="replay.back"),
        Binding("plus,equals_sign", "faster(1)", "Faster", key_display="+", id="replay.faster"),
        Binding("minus", "faster(-1)", "Slower", key_display="-", id="replay.slower"),
        Binding("o", "next_fold", "Next fold", id="replay.next_fold"),
        Binding("0", "beginning", "Beginning", show=False, id="replay.beginning"),
        Binding("l", "live", "Go on live", id="replay.live"),
        Binding("escape", "back_out", "Leave", show=False, id="replay.leave"),
        *READING,
    ]

    def __init__(
        self,
        desk: Desk,
        room_id: str,
        graphics: Graphics,
        *,
        place: int = 0,
        back: bool = False,
    ) -> None:
        """Take the room.

        Args:
            desk: Where it is.
            room_id: Its id.
            graphics: What the terminal can draw.
            place: Where to begin.
            back: Esc goes to the room, live, and not to the start.
        """
        super().__init__(desk, room_id, graphics)
        self._start = place
        self._back = back
        self._entries: list[Entry] = []
        self._player: Player | None = None
        self._rehearsal: Rehearsal | None = None
        self._folded = -1
        """Last place that this replay has folded."""
        self._heard = asyncio.Event()
        """There may be something to fold."""
        self._moved = asyncio.Event()
        self._worker: Worker[None] | None = None

    def below(self) -> ComposeResult:
        """Lay out how the replay stands."""
        yield Status(ascii=self.desk.ascii)

    def begin(self) -> None:
        """Read the room and play it."""
        self._worker = self.play()

    @work(exclusive=True, group="replay")
    async def play(self) -> None:
        """Play the room until the screen is left."""
        try:
            try:
                self._entries = await self.read_log()
            except (*OURS, OSError) as error:
                self.unreadable(error)
                return
            player = self._player = Player(self._entries)
            rehearsal = await asyncio.to_thread(
                _rehearsal, self.desk.paths.bank, self.room_id, self._entries
            )
            with rehearsal:
                self._rehearsal = rehearsal
                player.jump(self._start)
                folding = asyncio.create_task(self._fold_along(player, rehearsal))
                try:
                    await self._redraw()
                    await self._run(player)
                finally:
                    folding.cancel()
                    await asyncio.gather(folding, return_exceptions=True)
                    await rehearsal.finish()
        except (*OURS, OSError) as error:
            self.tell(f"{error}. Details: {self.desk.paths.log}", error=True)
        finally:
            self._rehearsal = None

    async def _run(self, player: Player) -> None:
        while True:
            self._moved.clear()
            async for entry in player:
                self.transcript.add(entry)
                self._changed(entry)
            self._show_standing()
            await self._moved.wait()  # after a jump back it goes on

    async def _fold_along(self, player: Player, rehearsal: "Rehearsal") -> None:
        """Have everything up to here folded, where nobody did it live: one after another."""
        if rehearsal.recorded:
            return
        try:
            while True:
                self._heard.clear()
                before = rehearsal.folds
                while self._folded + 1 < player.at:
                    await rehearsal.hear(self._entries[self._folded + 1])
                    self._folded += 1
                if self._folded + 1 == len(self._entries):
                    await rehearsal.rest()
                if rehearsal.folds != before and self.looks:
                    self.look()
                await self._heard.wait()
        except (*OURS, OSError) as error:
            self.tell(f"nothing more is folded: {error}", error=True)

    def _changed(self, entry: Entry) -> None:
        self._heard.set()
        self.refresh_panels()
        self._show_standing()
        if isinstance(entry.event, SHOWN) and self.looks:
            self.look()

    async def _redraw(self) -> None:
        """Show the transcript as it was here."""
        if self._player is not None:
            await self.transcript.rewind(self._player.heard)
            self._heard.set()
            self.refresh_panels()
            self._show_standing()
            if self.looks:
                self.look()

    # What is shown.

    def entries(self) -> Sequence[Entry]:
        """Return what was heard."""
        return self._player.heard if self._player else []

    def place_to_look_at(self) -> int | None:
        """Return the place of the entry heard last."""
        return self._player.at - 1 if self._player and self._player.at else 0

    def _show_standing(self) -> None:
        player, room = self._player, self.shown_room
        if player is None:
            return
        speed = "at once" if player.speed is None else f"{player.speed:g}x"
        state = "the end" if player.done else ("playing" if player.playing else "standing")
        self.query_one(Status).show_standing(
            Standing(
                mode="replay",
                detail=f"{speed} {state} {player.at}/{len(self._entries)}",
                round=room.rounds + 1,
                part=player.at / max(1, len(self._entries)),
                cc=(room.carried.size, room.opened.budget) if self.looks else None,
                continuity=self.measured(),
                title=room.title,
                log=home(self.desk.rooms.log(self.room_id)),
            )
        )

    @on(Inspector.UndoAsked)
    def _undo_asked(self) -> None:
        self.tell(f"a replay changes nothing; {self.key_of('replay.live')} goes on live")

    # Keys.

    def action_play(self) -> None:
        """Go on, or stand still."""
        if (player := self._player) is None:
            return
        if player.done:
            self.jump(0)
            player.play()
        elif player.playing:
            player.pause()
        else:
            player.play()
        self._show_standing()

    def action_step(self) -> None:
        """Let one entry through."""
        if self._player is not None:
            self._player.step()
            self._show_standing()

    def action_back(self) -> None:
        """Go back to before the message heard last, and stand there."""
        if (player := self._player) is None:
            return
        player.pause()
        at = player.at - 1
        while at > 0 and not isinstance(self._entries[at].event, Spoke):
            at -= 1
        self.jump(at)

    def action_faster(self, by: int) -> None:
        """Change the speed by one step."""
        if (player := self._player) is None:
            return
        at = SPEEDS.index(player.speed) if player.speed in SPEEDS else 2
        player.speed = SPEEDS[max(0, min(len(SPEEDS) - 1, at + by))]
        self._show_standing()

    def action_next_fold(self) -> None:
        """Go to the next fold and stand there."""
        player, rehearsal = self._player, self._rehearsal
        if player is None or rehearsal is None:
            return
        player.pause()
        if rehearsal.recorded:
            if not player.next_fold():
                self.tell("no fold follows")
            return
        # Nobody folded it live: a turn is folded here when the next one begins, or at the end.
        begun = any(isinstance(entry.event, Spoke) for entry in player.heard)
        for entry in self._entries[player.at :]:
            if isinstance(entry.event, Spoke):
                if begun:
                    self.jump(entry.place + 1)
                    return
                begun = True
        if player.done:
            self.tell("no fold follows")
        self.jump(len(self._entries))

    def action_beginning(self) -> None:
        """Go back to the start."""
        self.jump(0)

    def action_back_out(self) -> None:
        """Go back to where the replay was asked for."""
        if self._back:
            self.action_live()
        else:
            self.action_rooms()

    def action_live(self) -> None:
        """Go on with the room, live."""
        self.post_message(OpenRoom(self.room_id))

    def go(self, place: int) -> None:
        """Go to just after the entry in `place`."""
        self.jump(place + 1)

    @work(exclusive=True, group="jump")
    async def jump(self, place: int) -> None:
        """Go to just before the entry in `place`."""
        if self._player is not None:
            self._player.jump(place)
            await self._redraw()
            self._moved.set()

    async def leave(self) -> None:
        """Stop playing and finish what is being folded."""
        if self._worker is not None:
            self._worker.cancel()
            with suppress(WorkerError):
                await self._worker.wait()


def _rehearsal(bank: object, room_id: str, entries: Sequence[Entry]) -> "Rehearsal":
    from harness.rehearsal import Rehearsal  # noqa: PLC0415 - with the database, when needed

    return Rehearsal(bank, room_id, entries)  # type: ignore[arg-type]
