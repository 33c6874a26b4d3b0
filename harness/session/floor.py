"""One participant at a time has the floor; what comes of its turn is recorded.

Whatever has come when a turn is stopped, breaks off or cannot be recorded is kept: in the log,
or else in the draft on disk.
"""

import asyncio
import logging
from contextlib import suppress
from dataclasses import replace

from agents.errors import NoSuchModel, ProviderError, ScriptEnded
from agents.prompts import ask, clean_reply, just_before, told_places
from agents.providers.breaker import should_bench
from harness.draft import DraftFile, Leftover
from harness.recollection import Memory, spare
from harness.session.effects import Effects
from harness.session.ending import naming
from harness.session.journal import Journal
from harness.session.means import Means
from harness.turn import Began, Draft, Ended, Given, Piece, take_turn
from harness.unfinished import public_part
from memory.errors import RecallError
from transcripts import events as e
from transcripts.errors import TranscriptError
from transcripts.events import Entry
from transcripts.participants import PERSON, ROOM
from transcripts.room import Seat

_log = logging.getLogger(__name__)


class Floor:
    """Gives the floor."""

    def __init__(
        self, journal: Journal, means: Means, effects: Effects, draft_file: DraftFile
    ) -> None:
        """Take what is needed.

        Args:
            journal: Where turns are recorded.
            means: What the room works with.
            effects: Carries out what a line asks for.
            draft_file: Has the line being written.
        """
        self._journal = journal
        self._means = means
        self._effects = effects
        self._draft_file = draft_file
        self._speaking: asyncio.Task[None] | None = None
        self._draft: Draft | None = None
        self._skipping = False

    @property
    def taken(self) -> bool:
        """Whether somebody has the floor right now, be it that it is only being asked."""
        return self._speaking is not None

    def cut(self, *, skip: bool = False) -> None:
        """Cut off who speaks now, if anybody does.

        Args:
            skip: The turn is passed over; else it was stopped.
        """
        if self._speaking is not None:
            self._skipping = self._skipping or skip
            self._speaking.cancel()

    def speaks(self, participant: str) -> bool:
        """Whether it is the line of `participant` that is being written, or was last."""
        return self._draft is not None and self._draft.author == participant

    async def give(self, seat: Seat) -> None:
        """Let `seat` have its turn, until what came of it is recorded.

        Raises:
            TranscriptError: It cannot be recorded; the draft has it.
        """
        self._draft = None
        # From here on the floor is taken, so that what the person writes while the request
        # is being made does not slip in before a line that never heard it.
        self._speaking = asyncio.create_task(self._speak(seat))
        cut, error = "", None
        try:
            await asyncio.wait([self._speaking])
            if self._speaking.cancelled():
                cut = "skipped" if self._skipping else "stopped"
            else:
                error = self._speaking.exception()
        except asyncio.CancelledError:
            self._speaking.cancel()
            with suppress(asyncio.CancelledError, ProviderError):
                await self._speaking
            self._speaking = None
            try:
                self._conclude(seat, self._draft, cut="stopped")
            except TranscriptError:
                self._save_draft()
            raise
        self._speaking = None
        try:
            self._came_to(seat, error, cut)
        except BaseException:
            self._save_draft()  # whatever went wrong, the words are not lost
            raise
        self._skipping = False
        self._journal.show(Ended(seat.id))

    def _came_to(self, seat: Seat, error: BaseException | None, cut: str) -> None:
        match error:
            case None:
                self._conclude(seat, self._draft, cut=cut)
            case ProviderError():
                self._failed(seat, self._draft, error)
            case _:
                raise error

    async def _speak(self, seat: Seat) -> None:
        self._draft = draft = await self.prepare(seat, noting=True)
        self._journal.show(Began(seat.id))
        await self._listen(draft)

    async def prepare(self, seat: Seat, *, noting: bool = False) -> Draft:
        """Return the line that `seat` would begin now, with the request for it.

        Args:
            seat: Whose.
            noting: Record what came back to it.

        Raises:
            NoSuchModel: No model speaks for it.
            RecallError: cc cannot be rendered.
            TranscriptError: What came back cannot be recorded.
        """
        if not seat.participant.model:
            raise NoSuchModel(seat.label, f"no model speaks for it; {naming(seat)}")
        journal, means = self._journal, self._means
        if journal.room.opened.carrier == "full":
            # Everything, word for word: the window is as wide as the log.
            room, told = journal.room, tuple(journal.entries)
            room = replace(room, recent=told, opened=replace(room.opened, window=len(told)))
            carried, memory, earlier = "", Memory(), ()
        else:
            carried = await means.keeper.render(journal.room.opened.budget)
            memory = await self._recalled(seat, carried)
            memory, earlier = self._filled(seat, memory)
            if memory.pieces and noting:
                journal.record(memory.event(seat.id))
            room = journal.room  # as it stands now: the person may have spoken meanwhile
        request = ask(
            room,
            seat.id,
            carried=carried,
            recalled=memory.lines,
            earlier=earlier,
            images_dir=means.images,
            max_tokens=means.max_tokens,
        )
        return Draft(
            seat.id,
            room.next_place,
            request,
            carried=len(carried.encode()),
            recalled=memory.size,
            given=Given(
                carried,
                tuple((piece.author, piece.text) for piece in memory.pieces),
                told_places(room, seat.id) | {entry.place for entry in earlier},
                whole=room.opened.carrier == "full",
            ),
        )

    async def _recalled(self, seat: Seat, carried: str) -> Memory:
        """Return what comes back to `seat` of the room's past; nothing where that fails.

        A room goes on without: the log has every word, and `bank verify` says what is wrong.
        """
        journal, past = self._journal, self._means.past
        if past is None:
            return Memory()
        room = journal.room
        shown = told_places(room, seat.id)
        try:
            return await past.recall(
                journal.entries, room, seat.id, shown=shown, carried=carried
            )
        except RecallError as error:
            _log.warning("%s is told nothing of the past: %s", seat.label, error)
            return Memory()

    def _filled(self, seat: Seat, memory: Memory) -> tuple[Memory, tuple[Entry, ...]]:
        """Return what comes back, and the lines that what it leaves of its bytes is spent on.

        A piece of a line that is told whole then does not come back.
        """
        journal = self._journal
        if self._means.past is None:
            return memory, ()
        room, log = journal.room, journal.entries
        left = spare(room, memory)
        earlier = just_before(room, seat.id, log, left, memory.places) if left else ()
        return memory.without(earlier), earlier

    async def _listen(self, draft: Draft) -> None:
        clock = self._means.clock
        pieces = take_turn(
            draft, self._means.provider, clock, inline=self._journal.room.opened.inline
        )
        async for glimpse in pieces:
            # Putting the parts together costs as much as they are long: only when it is due.
            if isinstance(glimpse, Piece) and self._draft_file.due(clock.elapsed()):
                self._save_draft()
            self._journal.show(glimpse)

    def _save_draft(self) -> None:
        draft = self._draft
        if draft is not None and (draft.text or draft.reasoning):
            left = Leftover(draft.author, draft.place, draft.text, draft.reasoning)
            self._draft_file.keep(left, now=self._means.clock.elapsed())

    def _conclude(self, seat: Seat, draft: Draft | None, *, cut: str = "") -> None:
        """Record what was said, and carry out what it asks for."""
        if draft is None or (cut and not (draft.text or draft.reasoning)):
            self._journal.record(e.Skipped(participant=seat.id, by=PERSON, reason=cut))
            self._draft_file.drop()
            return
        if draft.finished is not None and draft.finished.reason == "length":
            cut = cut or "length"
        cleaned = clean_reply(draft.text, seat.participant, self._journal.room.seats)
        text, unsaid = cleaned.text, ""
        if cut:
            text, unsaid = public_part(text, inline=self._journal.room.opened.inline)
        entry = self._journal.record(
            e.Spoke(
                author=seat.id,
                text=text,
                unsaid=unsaid,
                reasoning=draft.reasoning,
                cut=cut,
                usage=draft.usage(self._means.models.cost),
                heard=draft.place if draft.place < self._journal.room.next_place else None,
                stripped=cleaned.stripped,
                foreign=cleaned.foreign,
            )
        )
        self._draft_file.drop()
        if self._means.scoring is not None:
            self._means.scoring.take(self._journal, entry.place, draft.given)
        self._effects.follow(entry.place)

    def _failed(self, seat: Seat, draft: Draft | None, error: ProviderError) -> None:
        """Record a failure; whatever was said before it stays, as a line that broke off."""
        said = draft is not None and bool(draft.text.strip())
        if said:
            self._conclude(seat, draft, cut="broken")
        self._journal.record(
            e.Faltered(
                author=seat.id,
                error=type(error).__name__,
                detail=error.detail,
                attempts=error.attempts,
                usage=None if said or draft is None else draft.usage(self._means.models.cost),
            )
        )
        _log.warning("%s, after %d tries", error, error.attempts)
        self._draft_file.drop()
        failures = self._journal.room.seat(seat.id).failures
        if should_bench(failures, type(error).__name__):
            self._journal.record(e.Benched(participant=seat.id, failures=failures))
        if (
            isinstance(error, ScriptEnded)
            and self._means.attended
            and not self._journal.room.paused
        ):
            # Asking the others would only show the same, one after another.
            over = f"the script of {seat.label} is over; {naming(seat)}"
            self._journal.record(e.Paused(reason=over, by=ROOM))
