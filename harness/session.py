"""A room that is going on.

The session is the only writer of its log: `record` writes, reduces and publishes, in that
order and without waiting for anything. Everything else here decides whose turn it is and
hands on what turns, deeds, painters and the keeper bring back. Readers follow the bus.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from agents.errors import NoSuchModel, ProviderError, ScriptEnded
from agents.painters.base import Painter
from agents.prompts import ask, clean_reply
from agents.providers.base import Provider, Request
from agents.providers.breaker import should_bench
from harness.archive import Archive
from harness.budget import Spent, Stretch, spending, used_up
from harness.bus import Bus
from harness.changes import checked
from harness.clock import Clock
from harness.deed import Deed, Models, Table
from harness.deeds import MOST_SEATS, carry_out
from harness.draft import DraftFile, Leftover
from harness.errors import NoSuchParticipant, NotPossible
from harness.jobs import Jobs
from harness.keeper import Keeper
from harness.library import is_address
from harness.order import next_seat
from harness.searching import Searcher
from harness.turn import (
    Began,
    Catching,
    Draft,
    Ended,
    Folding,
    Glimpse,
    Piece,
    take_turn,
)
from harness.unfinished import (
    delivered,
    half_done,
    only_failure,
    planned,
    public_part,
    recovered,
)
from harness.votes import closed
from harness.who import find
from transcripts import events as e
from transcripts.commands.words import (
    Command,
    Leave,
    Mute,
    Prompt,
    PromptClear,
    Search,
    Temperature,
)
from transcripts.errors import TranscriptError
from transcripts.events import Entry, Event, Source
from transcripts.log import Log
from transcripts.participants import PERSON, ROOM, Participant
from transcripts.room import Job, Room, Seat, reduce, reduced

CATCHING_EVERY = 0.1
"""Seconds between two words about how far catching up is, at least."""

BREATH = 1.0
"""Seconds between a stop by the person and the next turn, if they are there."""

OWN_SEAT = (Prompt, PromptClear, Temperature, Mute, Leave)
"""Commands about a seat: the person has none, and says whose is meant."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Ending:
    """Why a run came to its end; with a person there, why it waits for them."""

    reason: str
    """`rounds`, `turns`, `budget`, `nobody`, `provider`, `paused` or `stopped`."""
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What a session works with. `compose` makes it."""

    provider: Provider
    painter: Painter
    models: Models
    keeper: Keeper
    clock: Clock
    images: Path
    """Folder for pictures; exists."""
    draft: Path
    """File for the line being written."""
    attended: bool = False
    """Whether a person is there: to wait for, and to ask."""
    patient: bool = False
    """Wait for pictures before the next turn, so that a run can be repeated exactly."""
    max_tokens: int = 2048
    searcher: Searcher | None = None
    archive: Archive | None = None
    """Keeps what is said in the bank; the room waits for nothing of it."""


class Session:
    """Runs one room."""

    def __init__(self, log: Log, means: Means, room: Room | None = None) -> None:
        """Sit down to a log.

        Args:
            log: The room's, open.
            means: What to work with.
            room: What `log` amounts to, if somebody reduced it already.
        """
        self._log = log
        self._means = means
        self._bus: Bus[Entry | Glimpse] = Bus()
        self._draft_file = DraftFile(means.draft)
        self.room = room or reduced(log.entries)
        self._sitting = self.room
        self._started = means.clock.elapsed()
        self._waits_since: float | None = None
        self._speaking: asyncio.Task[None] | None = None
        self._draft: Draft | None = None
        self._skipping = False
        self._stop = False
        self._closed = False
        self._held = False
        self._steps = 0
        self._stretch = Stretch(self.room)
        self._stopped = float("-inf")
        """When the person stopped somebody last, by the loop's clock."""
        self._wake = asyncio.Event()
        self._jobs = Jobs(
            self.record,
            painter=means.painter,
            searcher=means.searcher,
            images=means.images,
            clock=means.clock,
        )

    # What others see.

    @property
    def log(self) -> list[Entry]:
        """Every entry so far. To be read, not written."""
        return self._log.entries

    @property
    def speaking(self) -> bool:
        """Whether somebody has the floor right now, be it that it is only being asked."""
        return self._speaking is not None

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
        return spending(self.room, self._sitting, self._seconds())

    def reader(self) -> AbstractContextManager[AsyncIterator[Entry | Glimpse]]:
        """Read what happens from here on. See `Bus.reader`."""
        return self._bus.reader()

    # The one way to write.

    def record(self, event: Event, source: Source | None = None) -> Entry:
        """Write `event` down, then reduce, then show it.

        Raises:
            LogUnwritable: It could not be written, and did not happen.
        """
        return self._record_all([event], source)[0]

    def _record_all(self, events: Sequence[Event], source: Source | None = None) -> list[Entry]:
        """Write `events` down at once, all or none: a kill cannot part them."""
        now = self._means.clock.now
        entries = self._log.extend([(now(), event, source) for event in events])
        for entry in entries:
            self.room = reduce(self.room, entry)
            self._bus.publish(entry)
        if self._means.archive is not None and any(
            isinstance(event, e.Spoke | e.Whispered) for event in events
        ):
            self._means.archive.take(self._log.entries)
        if any(isinstance(event, e.Left | e.Benched) for event in events):
            self._count_votes()
        return entries

    def _count_votes(self) -> None:
        """Close polls that wait for nobody any more: whoever is gone is not waited for."""
        for poll in self.room.polls:
            if poll not in self.room.polls:
                continue  # closed by what the one before it led to
            done = list(closed(poll, dict(poll.votes), self.room))
            if done:
                self._record_all(done)

    # What the person can do, at any time.

    def say(self, text: str) -> Entry:
        """Put the person's line in: at once, or at the next boundary if somebody speaks.

        Either way it is on disk when this returns.
        """
        self._sit_down()
        if self.speaking or self.room.queue:  # nothing overtakes what waits
            return self.record(e.Queued(author=PERSON, text=text))
        entry = self.record(e.Spoke(author=PERSON, text=text))
        self._wake.set()
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
        return self._carry_out(deed)

    def approve(self, approval: str, *, granted: bool) -> list[Entry]:
        """Decide on a waiting command; if granted, it is carried out now.

        Raises:
            KeyError: Nothing by that id is waiting.
        """
        waiting = next((w for w in self.room.waiting if w.approval == approval), None)
        if waiting is None:
            raise KeyError(approval)
        given = e.ApprovalGiven(approval=approval, granted=granted, by=PERSON)
        if waiting.cause is None:
            return [self.record(given)]
        for deed in self._planned(waiting.cause.place):
            if deed.cause == waiting.cause and granted:
                return self._carry_out(replace(deed, approved=True), first=given)
        refusal = e.Declined(
            verb=waiting.verb,
            argument=waiting.argument,
            by=waiting.by,
            cause=waiting.cause,
            result="the person said no",
        )
        return self._record_all([given, refusal])

    def change(self, setting: str, value: str) -> Entry:
        """Change a setting of the room: `title`, `order`, `next`, `caps.turns` and others.

        Raises:
            NotPossible: There is no such setting, or it cannot be that.
        """
        value = checked(self.room, setting, value)
        entry = self.record(e.Changed(setting=setting, value=value, by=PERSON))
        self._wake.set()
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
        self._wake.set()
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
        self._wake.set()
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
        return (await self._prepare(seat)).request

    def pause(self, reason: str = "paused", *, by: str = PERSON) -> None:
        """Stand still before the next turn. Who speaks now speaks on."""
        if by == PERSON:
            self._steps = 0  # steps that were asked for before it are not wanted any more
        if not self.room.paused:
            self.record(e.Paused(reason=reason, by=by))
        self._wake.set()

    def resume(self, *, by: str = PERSON) -> None:
        """Go on; where rounds or a budget were used up, with as much again."""
        self._held = False
        if self._stretch.over(self.room):
            self._stretch = replace(self._stretch, start=self.room)
        if any(spent.over for spent in self.budgets):
            self._sitting, self._started = self.room, self._means.clock.elapsed()
        if self.room.paused:
            self.record(e.Resumed(by=by))
        self._wake.set()

    def go(self, rounds: int = 0) -> None:
        """Go on for so many rounds from here; 0 for until it is stopped."""
        self._stretch = Stretch(self.room, rounds or None)
        self.resume()

    def step(self) -> None:
        """Give one turn although the room is paused."""
        self._steps += 1
        self._wake.set()

    def stop_speaker(self) -> None:
        """Cut off who speaks now; what was said so far stays."""
        if self._speaking is not None:
            self._stopped = asyncio.get_running_loop().time()
            self._speaking.cancel()

    def skip(self) -> None:
        """Cut off who speaks now and note that the turn was passed over; or pass over the next."""
        if self._speaking is not None:
            self._skipping = True
            self._speaking.cancel()
        elif (seat := next_seat(self.room)) is not None:
            self.record(e.Skipped(participant=seat.id, by=PERSON))

    def finish(self) -> None:
        """End the run: cut off who speaks, keep what was said, go no further."""
        self._stop = True
        self.stop_speaker()
        self._jobs.let_go()
        self._means.keeper.leave_off()
        self._wake.set()

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
            await self._pick_up()
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
                    await self._wait()
                    continue
                if await self._breathe():
                    continue
                self._steps = max(0, self._steps - 1)
                await self._next()
            if not self._stop:
                await self._jobs.finish()
            await self._settle()
            return ending
        finally:
            await self._leave()

    async def _breathe(self) -> bool:
        """After a stop, give the person a moment to say that nobody is to go on.

        Returns:
            Whether something was done meanwhile, so that all is to be looked at again.
        """
        left = self._stopped + BREATH - asyncio.get_running_loop().time()
        if not self._means.attended or left <= 0:
            return False
        self._wake.clear()
        try:
            async with asyncio.timeout(left):
                await self._wake.wait()
        except TimeoutError:
            return False
        return True

    async def _wait(self) -> None:
        """Wait for the person to do something; the sitting's time stands still."""
        self._waits_since = self._means.clock.elapsed()
        self._wake.clear()
        await self._wake.wait()
        now = self._means.clock.elapsed()
        self._started += now - max(self._waits_since, self._started)
        self._waits_since = None

    def _seconds(self) -> float:
        """How long this sitting has been going on, waiting for the person not counted."""
        now = self._means.clock.elapsed()
        until = now if self._waits_since is None else self._waits_since
        return max(0.0, until - self._started)

    async def _next(self) -> None:
        """Give the floor to whoever is next, if anybody is."""
        seat = next_seat(self.room)
        if seat is None:
            return
        if seat.muted:
            self.record(e.Skipped(participant=seat.id, by=ROOM, reason="listening this turn"))
            return
        await self._turn(seat)
        await self._settle()

    def _waits_for_a_choice(self) -> bool:
        """In the `person` order somebody has to be named, if a person is there to do it."""
        return self._means.attended and self.room.order == "person" and not self.room.chosen

    def _over(self, begun: Room, turns: int | None) -> Ending | None:
        """What ends the run, whoever is there."""
        if self._stop:
            return Ending("stopped")
        if turns is not None and self.room.turns - begun.turns >= turns:
            return self._unreached(begun) or Ending("turns", f"{turns} turns done")
        return None

    def _reached(self) -> Ending | None:
        """What ends the run unless a person is there to say that it goes on."""
        stretch = self._stretch
        if stretch.over(self.room):
            count = "1 round" if stretch.rounds == 1 else f"{stretch.rounds} rounds"
            return self._unreached(stretch.start) or Ending("rounds", f"{count} done")
        spent = used_up(self.room, self._sitting, self._seconds())
        if spent:
            return Ending("budget", spent)
        if self._means.attended and not any(
            seat.participant.model for seat in self.room.models
        ):
            return self._nobody()
        return None if self.room.models else self._nobody()

    def _unreached(self, since: Room) -> Ending | None:
        """Why nobody spoke, if everybody who had the floor failed."""
        failure = only_failure(self._log.entries[since.next_place :])
        if failure is None:
            return None
        return Ending("provider", f"no model could be reached: {failure.detail}")

    def _nobody(self) -> Ending:
        benched = [seat for seat in self.room.seats if seat.benched and not seat.left]
        if benched:
            names = ", ".join(seat.label for seat in benched)
            return Ending("provider", f"nobody could be reached: {names}")
        if self.room.models:  # of an import, say
            return Ending(
                "nobody", f"no model speaks for anybody here; {_naming(self.room.models[0])}"
            )
        return Ending("nobody", "no model is in the room")

    async def _pick_up(self) -> None:
        """Finish what an earlier process left half-done."""
        log = self._log
        unfinished = half_done(log.entries, self.room)  # before anything else is written
        for folded in await self._means.keeper.mend(self.room, log.entries, self._catching()):
            self.record(folded)
        if self.room.paused.startswith("budget reached") and not self._means.attended:
            self.record(e.Resumed(by=ROOM))  # a new sitting, a new budget
        if (left := await asyncio.to_thread(self._draft_file.left)) is not None:
            if (line := recovered(left, log.entries, self.room)) is not None:
                unfinished = [*self._planned(self.record(line).place), *unfinished]
            self._draft_file.drop()
        for deed in unfinished:
            self._carry_out(deed)
        self._count_votes()
        for job in self.room.jobs:
            if job.state in {"queued", "running"}:
                self._draw(job)
        await self._settle()
        if self._means.archive is not None:
            self._means.archive.take(self._log.entries)  # what an import has, or a fork

    def _catching(self) -> Callable[[int, int], None]:
        """Return what the keeper calls in its thread while it catches up."""
        loop, clock = asyncio.get_running_loop(), self._means.clock
        told = float("-inf")

        def tell(done: int, total: int) -> None:
            nonlocal told
            now = clock.elapsed()
            if done == total or now - told >= CATCHING_EVERY:
                told = now
                loop.call_soon_threadsafe(self._bus.publish, Catching(done, total))

        return tell

    async def _turn(self, seat: Seat) -> None:
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
        self._bus.publish(Ended(seat.id))

    def _came_to(self, seat: Seat, error: BaseException | None, cut: str) -> None:
        match error:
            case None:
                self._conclude(seat, self._draft, cut=cut)
            case ProviderError():
                self._failed(seat, self._draft, error)
            case _:
                raise error

    async def _speak(self, seat: Seat) -> None:
        self._draft = draft = await self._prepare(seat)
        self._bus.publish(Began(seat.id))
        await self._listen(draft)

    async def _prepare(self, seat: Seat) -> Draft:
        if not seat.participant.model:
            raise NoSuchModel(seat.label, f"no model speaks for it; {_naming(seat)}")
        room = self.room
        carried = ""
        if room.opened.carrier == "full":
            # Everything, word for word: the window is as wide as the log.
            told = tuple(self._log.entries)
            room = replace(room, recent=told, opened=replace(room.opened, window=len(told)))
        else:
            carried = await self._means.keeper.render(room.opened.budget)
        request = ask(
            room,
            seat.id,
            carried=carried,
            images_dir=self._means.images,
            max_tokens=self._means.max_tokens,
        )
        return Draft(seat.id, room.next_place, request, carried=len(carried.encode()))

    async def _listen(self, draft: Draft) -> None:
        clock = self._means.clock
        pieces = take_turn(draft, self._means.provider, clock, inline=self.room.opened.inline)
        async for glimpse in pieces:
            # Putting the parts together costs as much as they are long: only when it is due.
            if isinstance(glimpse, Piece) and self._draft_file.due(clock.elapsed()):
                self._save_draft()
            self._bus.publish(glimpse)

    def _save_draft(self) -> None:
        draft = self._draft
        if draft is not None and (draft.text or draft.reasoning):
            left = Leftover(draft.author, draft.place, draft.text, draft.reasoning)
            self._draft_file.keep(left, now=self._means.clock.elapsed())

    def _conclude(self, seat: Seat, draft: Draft | None, *, cut: str = "") -> None:
        """Record what was said, and carry out what it asks for."""
        if draft is None or (cut and not (draft.text or draft.reasoning)):
            self.record(e.Skipped(participant=seat.id, by=PERSON, reason=cut))
            self._draft_file.drop()
            return
        if draft.finished is not None and draft.finished.reason == "length":
            cut = cut or "length"
        cleaned = clean_reply(draft.text, seat.participant, self.room.seats)
        text, unsaid = cleaned.text, ""
        if cut:
            text, unsaid = public_part(text, inline=self.room.opened.inline)
        entry = self.record(
            e.Spoke(
                author=seat.id,
                text=text,
                unsaid=unsaid,
                reasoning=draft.reasoning,
                cut=cut,
                usage=draft.usage(self._means.models.cost),
                heard=draft.place if draft.place < self.room.next_place else None,
                stripped=cleaned.stripped,
                foreign=cleaned.foreign,
            )
        )
        self._draft_file.drop()
        for deed in self._planned(entry.place):
            self._carry_out(deed)

    def _failed(self, seat: Seat, draft: Draft | None, error: ProviderError) -> None:
        """Record a failure; whatever was said before it stays, as a line that broke off."""
        said = draft is not None and bool(draft.text.strip())
        if said:
            self._conclude(seat, draft, cut="broken")
        self.record(
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
        failures = self.room.seat(seat.id).failures
        if should_bench(failures, type(error).__name__):
            self.record(e.Benched(participant=seat.id, failures=failures))
        if isinstance(error, ScriptEnded) and self._means.attended:
            # Asking the others would only show the same, one after another.
            self.pause(f"the script of {seat.label} is over; {_naming(seat)}", by=ROOM)

    def _planned(self, place: int) -> list[Deed]:
        return planned(self._log.entries, place, self.room)

    def _carry_out(self, deed: Deed, first: Event | None = None) -> list[Entry]:
        means = self._means
        table = Table(
            means.models, self._sitting, means.attended, searches=means.searcher is not None
        )
        events = list(carry_out(deed, self.room, table))
        entries = self._record_all(events if first is None else [first, *events])
        for entry in entries:
            match entry.event, deed.command:
                case e.ImageRequested(), _:
                    self._draw(self.room.jobs[-1])
                case e.Answered(verb="search"), Search(query):
                    self._jobs.search(query, by=deed.by, place=entry.place)
                case e.Left(participant=gone), _ if self._draft and gone == self._draft.author:
                    self.stop_speaker()
                case _:
                    pass
        return entries

    def _draw(self, job: Job) -> None:
        number = int(job.image.removeprefix("I")) if job.image[1:].isdigit() else 0
        self._jobs.paint(job, seed=(self.room.opened.seed or 0) + number)

    def cancel_image(self, image: str) -> None:
        """Call off a picture that is not done."""
        self._jobs.call_off(image)

    # Between turns.

    async def _settle(self) -> None:
        """Fold the turn that is over."""
        if self._means.patient and not self._stop:
            await self._jobs.finish()
        keeper = self._means.keeper
        if keeper.due(self._log.entries):
            self._bus.publish(Folding(self.room.next_place - 1))
        folded = await keeper.fold(self.room, self._log.entries)
        if folded is not None:
            self.record(folded)

    async def _leave(self) -> None:
        self._closed = True
        self._means.keeper.leave_off()
        await self._jobs.stop()
        self._bus.close()
        await self._draft_file.close()
        if self._means.archive is not None:
            await self._means.archive.close()
        await self._means.keeper.close()

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


def _naming(seat: Seat) -> str:
    """Say how a model is named that speaks for a seat."""
    return f"`/model {seat.id} NAME` lets one (`resume --cast {seat.id}=NAME` outside)"
