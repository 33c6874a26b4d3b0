"""A room that is going on.

The session decides whose turn it is, and does what the person says at any time. Everything
that happens goes through its journal, which is the only writer of the log; readers follow
that.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace

from agents.providers.base import Request
from harness.budget import Spent, Stretch
from harness.changes import checked
from harness.deed import Deed
from harness.deeds import MOST_SEATS
from harness.draft import DraftFile
from harness.errors import NoSuchParticipant, NotPossible
from harness.library import is_address
from harness.order import next_seat
from harness.policy import Choice, Pressure
from harness.session.effects import Effects
from harness.session.ending import Ending, reached, unreached
from harness.session.floor import Floor
from harness.session.journal import Journal
from harness.session.means import Means
from harness.session.rest import Rest
from harness.session.resuming import pick_up
from harness.session.sitting import Sitting
from harness.turn import Behind, Folding, Glimpse
from harness.unfinished import delivered
from harness.who import find
from memory.errors import ReaderLost
from transcripts import events as e
from transcripts.commands.words import (
    Command,
    Leave,
    Mute,
    Prompt,
    PromptClear,
    Temperature,
)
from transcripts.events import Entry, Event, Source
from transcripts.log import Log
from transcripts.participants import PERSON, ROOM, Participant
from transcripts.room import Room, Seat

OWN_SEAT = (Prompt, PromptClear, Temperature, Mute, Leave)
"""Commands about a seat: the person has none, and says whose is meant."""


class Session:
    """Runs one room."""

    def __init__(self, log: Log, means: Means, room: Room | None = None) -> None:
        """Sit down to a log.

        Args:
            log: The room's, open.
            means: What to work with.
            room: What `log` amounts to, if somebody reduced it already.
        """
        self._means = means
        self._journal = Journal(log, means.clock, means.archive, room)
        self._sitting = Sitting(self.room, means.clock)
        self._draft_file = DraftFile(means.draft)
        self._effects = Effects(self._journal, means, self._sitting, self._gone)
        self._floor = Floor(self._journal, means, self._effects, self._draft_file)
        self._stop = False
        self._closed = False
        self._held = False
        self._steps = 0
        self._stretch = Stretch(self.room)
        self._rest = Rest()

    # What others see.

    @property
    def room(self) -> Room:
        """The room as it stands."""
        return self._journal.room

    @property
    def log(self) -> list[Entry]:
        """Every entry so far. To be read, not written."""
        return self._journal.entries

    @property
    def speaking(self) -> bool:
        """Whether somebody has the floor right now, be it that it is only being asked."""
        return self._floor.taken

    @property
    def stands(self) -> str:
        """Why no turn is given until the person does something; empty while the room goes on."""
        if self.room.paused:
            return self.room.paused
        if self._held:
            return "opened"
        return "who is next?" if self._waits_for_a_choice() else ""

    @property
    def stretch(self) -> Stretch:
        """The rounds that were asked for, and from where they count."""
        return self._stretch

    @property
    def budgets(self) -> tuple[Spent, ...]:
        """What this sitting has used up so far, and what it may."""
        return self._sitting.spent(self.room)

    def reader(self) -> AbstractContextManager[AsyncIterator[Entry | Glimpse]]:
        """Read what happens from here on. See `Bus.reader`."""
        return self._journal.reader()

    def record(self, event: Event, source: Source | None = None) -> Entry:
        """Write `event` down, then reduce, then show it.

        Raises:
            LogUnwritable: It could not be written, and did not happen.
        """
        return self._journal.record(event, source)

    # What the person can do, at any time.

    def say(self, text: str) -> Entry:
        """Put the person's line in: at once, or at the next boundary if somebody speaks.

        Either way it is on disk when this returns.
        """
        self._sit_down()
        if self.speaking or self.room.queue:  # nothing overtakes what waits
            return self.record(e.Queued(author=PERSON, text=text))
        entry = self.record(e.Spoke(author=PERSON, text=text))
        self._rest.end()
        return entry

    def whisper(self, to: str, text: str) -> Entry:
        """Say something to one participant alone: at once, or at the next boundary.

        Args:
            to: Id, name or model.
            text: What to say.

        Raises:
            NotPossible: Nobody, or more than one, is meant by `to`.
        """
        to = self._meant(to).id
        self._sit_down()
        if self.speaking or self.room.queue:  # nothing overtakes what waits
            return self.record(e.Queued(author=PERSON, text=text, to=to))
        return self.record(e.Whispered(author=PERSON, to=to, text=text))

    def unqueue(self, place: int) -> Entry:
        """Take back a line that waits to be spoken.

        Args:
            place: Of its `Queued` entry, as in `room.queue`.

        Raises:
            NotPossible: No such line waits: it may have been spoken by now.
        """
        if place not in {entry.place for entry in self.room.queue}:
            raise NotPossible(f"no line waits at {place}: it was spoken, or taken back")
        return self.record(e.Unqueued(queued=place, by=PERSON))

    def do(self, command: Command, verb: str, *, subject: str = PERSON) -> list[Entry]:
        """Carry out a command of the person's, about the seat of `subject`.

        Raises:
            NotPossible: Nobody is meant by `subject`, or it is about a model's seat and
                none was named.
        """
        if subject != PERSON:
            subject = self._meant(subject).id
        elif isinstance(command, OWN_SEAT):
            raise NotPossible(f"!{verb}: say whose, such as AI-1")
        self._sit_down()
        deed = Deed(command=command, verb=verb, by=PERSON, subject=subject)
        return self._effects.carry_out(deed)

    def approve(self, approval: str, *, granted: bool) -> list[Entry]:
        """Decide on a waiting command; if granted, it is carried out now.

        Raises:
            KeyError: Nothing by that id is waiting.
        """
        waiting = next((w for w in self.room.waiting if w.approval == approval), None)
        if waiting is None:
            raise KeyError(approval)
        given = e.ApprovalGiven(approval=approval, granted=granted, by=PERSON)
        return self._effects.decide(waiting, given)

    def change(self, setting: str, value: str) -> Entry:
        """Change a setting of the room: `title`, `order`, `next`, `caps.turns` and others.

        Raises:
            NotPossible: There is no such setting, or it cannot be that.
        """
        value = checked(self.room, setting, value)
        entry = self.record(e.Changed(setting=setting, value=value, by=PERSON))
        self._rest.end()
        return entry

    def recast(self, participant: str, model: str) -> Entry:
        """Let another model speak for `participant`, by any name the catalogue knows.

        Raises:
            UnknownModel: There is no such model.
            NoSuchParticipant: There is no such participant.
        """
        here = [seat for seat in self.room.seats if not (seat.left or seat.participant.person)]
        seat = next((seat for seat in here if seat.id == participant), None)
        if seat is None:
            names = ", ".join(seat.id for seat in here)
            raise NoSuchParticipant(f"nobody here is {participant!r}; here are {names}")
        known = model if is_address(model) else self._means.models.resolve(model).id
        if seat.benched:
            self.bring_back(participant)
        return self.change(f"model.{participant}", known)

    def bring_back(self, participant: str) -> Entry:
        """Give a muted or benched participant its turns again."""
        entry = self.record(e.Returned(participant=participant, by=PERSON))
        self._rest.end()
        return entry

    def reseat(self, participant: str) -> Entry:
        """Take a removal back: the same participant, with its prompts and its temperature.

        Raises:
            NoSuchParticipant: Nobody by that id has left.
            NotPossible: The room is full.
        """
        gone = [seat for seat in self.room.seats if seat.left]
        seat = next((seat for seat in gone if seat.id == participant), None)
        if seat is None:
            names = ", ".join(seat.id for seat in gone) or "nobody has"
            raise NoSuchParticipant(f"{participant!r} has not left; {names}")
        if len(self.room.models) >= MOST_SEATS:
            raise NotPossible(f"the room is full: {MOST_SEATS} models at most")
        entry = self.record(e.Joined(participant=seat.participant, by=PERSON))
        self._rest.end()
        return entry

    def invitable(self) -> Sequence[str]:
        """Return names of models that could be invited, best first. Looks for keys, asks nobody."""
        return self._means.models.names()

    async def preview(self, participant: str) -> Request:
        """Return what would be sent to a participant if it were its turn now.

        Nothing is recorded and nothing is sent. Of use while the room is running: before,
        what is remembered has not been looked up.

        Raises:
            NotPossible: No model, or more than one, is meant; or the room is closed.
            NoSuchModel: No model speaks for it.
        """
        seat = self._meant(participant)
        if seat.participant.person:
            raise NotPossible("nothing is sent to you: you see everything")
        if self._closed:
            raise NotPossible("the room is closed")
        return (await self._floor.prepare(seat)).request

    @property
    def scoring(self) -> str:
        """Whether turns are scored: `on`, or `off: ` and why; empty where nobody wants it."""
        return "" if self._means.scoring is None else self._means.scoring.state

    @property
    def keeping(self) -> tuple[Pressure, Choice] | None:
        """What was measured of the room's past last, and what was chosen; `None` if nothing is."""
        lamination = self._means.lamination
        return None if lamination is None else (lamination.pressure, lamination.choice)

    async def undo_keeping(self, place: int) -> Entry:
        """Take back a split, a merger or a rewrite; the keeper then leaves that alone.

        Args:
            place: Of its `Delaminated`, `Merged` or `Rewritten` entry.

        Raises:
            NotPossible: That cannot be taken back, or was changed since.
            RecallError: It could not be stored; nothing was changed.
            WorkerLost: Nothing can be coded here; nothing was changed.
        """
        if self._means.lamination is None or self._closed:
            raise NotPossible("nothing is kept of this room")
        return self.record(await self._means.lamination.undo(self.log, self.room, place))

    def cancel_image(self, image: str) -> None:
        """Call off a picture that is not done."""
        self._effects.jobs.call_off(image)

    def pause(self, reason: str = "paused", *, by: str = PERSON) -> None:
        """Stand still before the next turn. Who speaks now speaks on."""
        if by == PERSON:
            self._steps = 0  # steps that were asked for before it are not wanted any more
        if not self.room.paused:
            self.record(e.Paused(reason=reason, by=by))
        self._rest.end()

    def resume(self, *, by: str = PERSON) -> None:
        """Go on; where rounds or a budget were used up, with as much again."""
        self._held = False
        if self._stretch.over(self.room):
            self._stretch = replace(self._stretch, start=self.room)
        if any(spent.over for spent in self.budgets):
            self._sitting.again(self.room)
        if self.room.paused:
            self.record(e.Resumed(by=by))
        self._rest.end()

    def go(self, rounds: int = 0) -> None:
        """Go on for so many rounds from here; 0 for until it is stopped."""
        self._stretch = Stretch(self.room, rounds or None)
        self.resume()

    def step(self) -> None:
        """Give one turn although the room is paused."""
        self._steps += 1
        self._rest.end()

    def stop_speaker(self) -> None:
        """Cut off who speaks now; what was said so far stays."""
        if self.speaking:
            self._rest.stopped()
            self._floor.cut()

    def skip(self) -> None:
        """Cut off who speaks now and note that the turn was passed over; or pass over the next."""
        if self.speaking:
            self._floor.cut(skip=True)
        elif (seat := next_seat(self.room)) is not None:
            self.record(e.Skipped(participant=seat.id, by=PERSON))

    def finish(self) -> None:
        """End the run: cut off who speaks, keep what was said, go no further."""
        self._stop = True
        self.stop_speaker()
        self._effects.jobs.let_go()
        self._means.keeper.leave_off()
        self._rest.end()

    # The engine.

    async def run(
        self, *, rounds: int | None = None, turns: int | None = None, held: bool = False
    ) -> Ending:
        """Give turns until something ends the run, and leave the room whole.

        Where a person is there, little ends it: after its rounds, at a budget, when nobody
        is left or can be reached, the room pauses with that reason and waits. `resume`
        then gives as much again, `go` so many rounds, `finish` ends the run.

        Args:
            rounds: As many, counted from here; 0 or `None` for until it is stopped.
            turns: End after so many turns, counted from here, whoever is there.
            held: Stand still at first, if a person is there, without a word in the log.

        Raises:
            TranscriptError: The log cannot be written; everything recorded is kept.
            RecallError: cc cannot be stored; the log is whole, and cc can be made again.
        """
        attended = self._means.attended
        begun = self.room
        self._stretch = Stretch(begun, rounds or None)
        self._held = held and attended
        try:
            await pick_up(self._journal, self._means, self._effects, self._draft_file)
            if self._means.scoring is not None:
                for wish in self._means.scoring.wishes(self.room):
                    self.record(wish)
            await self._settle()
            self._journal.keep()  # what an import has, or a fork
            while True:
                for line in delivered(self.room):
                    self.record(line)
                if (ending := self._over(begun, turns)) is not None:
                    break
                if (halt := self._reached()) is not None:
                    if attended or halt.reason == "budget":
                        self.pause(halt.detail, by=ROOM)
                    if not attended:
                        ending = halt
                        break
                if self.stands and not self._steps:
                    if not attended:
                        ending = Ending("paused", self.room.paused)
                        break
                    await self._rest.wait(self._sitting)
                    continue
                if attended and await self._rest.breathe():
                    continue
                self._steps = max(0, self._steps - 1)
                await self._next()
            if not self._stop:
                await self._effects.jobs.finish()
            await self._settle()
            return ending
        finally:
            await self._leave()

    async def _next(self) -> None:
        """Give the floor to whoever is next, if anybody is."""
        seat = next_seat(self.room)
        if seat is None:
            return
        if seat.muted:
            self.record(e.Skipped(participant=seat.id, by=ROOM, reason="listening this turn"))
            return
        await self._floor.give(seat)
        await self._settle()

    def _waits_for_a_choice(self) -> bool:
        """In the `person` order somebody has to be named, if a person is there to do it."""
        return self._means.attended and self.room.order == "person" and not self.room.chosen

    def _over(self, begun: Room, turns: int | None) -> Ending | None:
        """What ends the run, whoever is there."""
        if self._stop:
            return Ending("stopped")
        if turns is not None and self.room.turns - begun.turns >= turns:
            return unreached(begun, self.log) or Ending("turns", f"{turns} turns done")
        return None

    def _reached(self) -> Ending | None:
        """What ends the run unless a person is there to say that it goes on."""
        spent = self._sitting.used_up(self.room)
        return reached(self.room, self.log, self._stretch, spent, attended=self._means.attended)

    # Between turns.

    async def _settle(self) -> None:
        """Fold the turn that is over, and see what becomes of the room's past."""
        await self._journal.safe()
        await self._scored()
        if self._means.patient and not self._stop:
            await self._effects.jobs.finish()
        keeper = self._means.keeper
        if keeper.due(self.log):
            self._journal.show(Folding(self.room.next_place - 1))
        try:
            folded = await keeper.fold(self.room, self.log)
        except ReaderLost as lost:
            self._journal.show(Behind(str(lost)))
            return
        if folded is not None:
            self.record(folded)
        lamination = self._means.lamination
        if lamination is not None and not self._stop:
            lamination.tend(self.log, self.room, self.record, keeper.cc)
            if self._means.patient and not self._means.attended:
                await lamination.settled()

    async def _scored(self) -> None:
        """Where a run is to be repeatable exactly, wait for the score of the turn that is over."""
        scoring = self._means.scoring
        if (
            scoring is not None
            and self._means.patient
            and not (self._means.attended or self._stop)
        ):
            await scoring.settled()

    async def _leave(self) -> None:
        self._closed = True
        self._means.keeper.leave_off()
        if self._means.scoring is not None:
            await self._means.scoring.close()
        await self._effects.jobs.stop()
        self._journal.close()
        await self._draft_file.close()
        if self._means.lamination is not None:
            await self._means.lamination.close()
        if self._means.archive is not None:
            await self._means.archive.close()
        if self._means.past is not None:
            await self._means.past.close()
        await self._means.keeper.close()

    def _gone(self, participant: str) -> None:
        """Cut off whoever is gone."""
        if self._floor.speaks(participant):
            self.stop_speaker()

    def _meant(self, who: str) -> Seat:
        found = find(self.room, who)
        if isinstance(found, str):
            raise NotPossible(found)
        return found

    def _sit_down(self) -> None:
        """The person joins with the first thing they do."""
        if not any(seat.participant.person for seat in self.room.seats):
            self.record(
                e.Joined(participant=Participant(id=PERSON, name="You", model=""), by=PERSON)
            )
