"""Commands carried out: what comes of them recorded, and the work they begin begun."""

from collections.abc import Callable
from dataclasses import replace

from harness.deed import Deed, Table
from harness.deeds import carry_out
from harness.jobs import Jobs
from harness.session.journal import Journal
from harness.session.means import Means
from harness.session.sitting import Sitting
from harness.unfinished import planned
from transcripts import events as e
from transcripts.commands.words import Search
from transcripts.events import Entry, Event
from transcripts.room import Job, Waiting


class Effects:
    """Carries commands out, whoever they are from."""

    def __init__(
        self, journal: Journal, means: Means, sitting: Sitting, gone: Callable[[str], None]
    ) -> None:
        """Take what is needed.

        Args:
            journal: Where what comes of a command is written.
            means: What the room works with.
            sitting: Limits of some commands count from its start.
            gone: Called with the id of who was sent out by a command, or left.
        """
        self._journal = journal
        self._means = means
        self._sitting = sitting
        self._gone = gone
        self.jobs = Jobs(
            journal.record,
            painter=means.painter,
            searcher=means.searcher,
            images=means.images,
            clock=means.clock,
        )
        """Pictures and searches that are going on."""

    def follow(self, place: int) -> None:
        """Carry out what the message at `place` asks for."""
        for deed in self.planned(place):
            self.carry_out(deed)

    def planned(self, place: int) -> list[Deed]:
        """Return what the message at `place` asks for; nothing if no model wrote it."""
        return planned(self._journal.entries, place, self._journal.room)

    def carry_out(self, deed: Deed, first: Event | None = None) -> list[Entry]:
        """Carry out one command.

        Args:
            deed: Which.
            first: Recorded before what comes of it, and at once with it.
        """
        means = self._means
        table = Table(
            means.models,
            self._sitting.start,
            means.attended,
            searches=means.searcher is not None,
        )
        events = list(carry_out(deed, self._journal.room, table))
        entries = self._journal.record_all(events if first is None else [first, *events])
        for entry in entries:
            match entry.event, deed.command:
                case e.ImageRequested(), _:
                    self.draw(self._journal.room.jobs[-1])
                case e.Answered(verb="search"), Search(query):
                    self.jobs.search(query, by=deed.by, place=entry.place)
                case e.Left(participant=who), _:
                    self._gone(who)
                case _:
                    pass
        return entries

    def decide(self, waiting: Waiting, given: e.ApprovalGiven) -> list[Entry]:
        """Record what the person decided on a waiting command; if granted, carry it out."""
        if waiting.cause is None:
            return [self._journal.record(given)]
        for deed in self.planned(waiting.cause.place):
            if deed.cause == waiting.cause and given.granted:
                return self.carry_out(replace(deed, approved=True), first=given)
        refusal = e.Declined(
            verb=waiting.verb,
            argument=waiting.argument,
            by=waiting.by,
            cause=waiting.cause,
            result="the person said no",
        )
        return self._journal.record_all([given, refusal])

    def draw(self, job: Job) -> None:
        """Begin a picture."""
        number = int(job.image.removeprefix("I")) if job.image[1:].isdigit() else 0
        self.jobs.paint(job, seed=(self._journal.room.opened.seed or 0) + number)
