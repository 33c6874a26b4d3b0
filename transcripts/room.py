"""The room: what a transcript amounts to so far.

`reduce` is the only way to get one: live sessions and replays both go through it, so they
cannot drift apart. A room stays small however long its log is: of the past it holds the
stretch that somebody may still have to be told word for word, and counts.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from transcripts import events as e
from transcripts.events import Cause, Entry, Opened, Queued, Span
from transcripts.participants import PERSON, ROOM, Participant

SCORES = 64
"""Scored turns that are remembered, the newest."""

AGAIN = 5
"""Percent above the threshold that the score has to rise before a fall is told again."""

POLICIES = ("notice", "widen", "delaminate")
"""What can be done when the score falls below the threshold."""

KEPT_LINES = 64
"""Lines kept word for word at most, whoever may still have to hear them; the rest is cc's."""

PROMPT_LINES = 12
"""Lines a participant may add to its own instructions; the oldest makes way."""

BYTES_A_TOKEN = 4
"""As a rule of thumb, where a provider did not say."""


@dataclass(frozen=True, kw_only=True)  # no slots: see `_changed_to`
class Seat:
    """A participant and what became of it."""

    participant: Participant
    temperature: float | None
    """As asked for."""
    effective: float | None = None
    """As its provider takes it, as far as known."""
    prompts: tuple[str, ...] = ()
    """Its own additions to its instructions, oldest first."""
    muted: int = 0
    """Turns it will still only listen to."""
    benched: bool = False
    left: bool = False
    invited_by: str = ""
    heard: int = -1
    """Place up to which it has been told everything; -1 before anything."""
    floor: int = -1
    """Place at which it last had the floor, spoken or not; -1 before."""
    turns: int = 0
    failures: int = 0
    """In a row."""
    tokens_in: int = 0
    tokens_out: int = 0
    dollars: float = 0.0

    @property
    def id(self) -> str:
        """The participant's id."""
        return self.participant.id

    @property
    def label(self) -> str:
        """`AI-1 (Gemini 3 Flash)`."""
        return self.participant.label

    @property
    def active(self) -> bool:
        """Whether it is a model that is still in the room, muted or not."""
        return not (self.left or self.benched or self.participant.person)


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """A question and the voices so far."""

    poll: str
    question: str
    options: tuple[str, ...]
    by: str
    removes: str = ""
    votes: tuple[tuple[str, str], ...] = ()
    """Voter and choice, the last choice of each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A picture asked for."""

    image: str
    prompt: str
    by: str
    state: str = "queued"
    """`queued`, `running`, `done`, `failed` or `cancelled`."""
    cause: Cause | None = None
    file: str = ""
    mime: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A command that waits for the person."""

    approval: str
    verb: str
    argument: str
    by: str
    cause: Cause | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """How far cc reaches."""

    last: int = -1
    """Last place it covers."""
    carrier: str = ""
    size: int = 0
    digest: str = ""
    folds: int = 0


@dataclass(frozen=True, kw_only=True)  # no slots: see `_changed_to`
class Room:
    """State of a room. Never edited: `reduce` makes the next one."""

    opened: Opened = field(default_factory=lambda: Opened(title=""))
    title: str = ""
    next_place: int = 0
    """Place that the next entry gets."""
    seats: tuple[Seat, ...] = ()
    """In order of joining, the person and those who left included."""
    recent: tuple[Entry, ...] = ()
    """What somebody may still have to be told word for word, oldest first."""
    queue: tuple[Entry, ...] = ()
    """`Queued` lines of the person that are not spoken yet."""
    jobs: tuple[Job, ...] = ()
    """Pictures not done yet, and the newest few that are."""
    polls: tuple[Poll, ...] = ()
    """Open ones."""
    waiting: tuple[Waiting, ...] = ()
    carried: Carried = field(default_factory=Carried)
    recalled: e.Recalled | None = None
    """What came back to who spoke last, or speaks now; `None` for nothing."""
    laminae: tuple[Span, ...] = ()
    """What the room's past is kept in, in order: changes once in some hundred lines."""
    scored: tuple[e.Scored, ...] = ()
    """The newest scored turns, in the order they were scored."""
    slipped: e.Slipped | None = None
    """How the score fell below the threshold; `None` where it is not, or rose well above."""
    order: str = "round_robin"
    chosen: str = ""
    """Who the person named to be next; empty for nobody."""
    paused: str = ""
    """Why it stands still; empty if it does not."""
    settings: tuple[tuple[str, str], ...] = ()
    """Changed settings, by name."""
    rounds: int = 0
    """Rounds done: in each, every model had the floor once."""
    heard: tuple[str, ...] = ()
    """Models that had the floor in this round."""
    lines: int = 0
    """Messages so far, everybody's."""
    turns: int = 0
    """Turns of models so far."""
    images: int = 0
    """Pictures asked for so far."""
    polls_opened: int = 0
    approvals_asked: int = 0
    seated: int = 0
    """Models that ever joined."""
    tokens: int = 0
    """In and out, everybody's; estimated where a provider did not say."""
    dollars: float = 0.0
    """Everybody's and for pictures; estimated likewise, where a price is known."""

    def seat(self, participant: str) -> Seat:
        """Return the seat of the participant with that id.

        Raises:
            KeyError: Nobody by that id ever joined.
        """
        for seat in self.seats:
            if seat.id == participant:
                return seat
        raise KeyError(participant)

    @property
    def models(self) -> tuple[Seat, ...]:
        """Seats of models that are in the room, muted ones included, benched ones not."""
        return tuple(seat for seat in self.seats if seat.active)

    @property
    def scores(self) -> tuple[int, ...]:
        """The score after each of the newest scored turns, in percent."""
        return tuple(one.score for one in self.scored)

    @property
    def continuity_threshold(self) -> int:
        """Percent below which the score is not to fall; 0 for none."""
        told = dict(self.settings).get("continuity.threshold", "0")
        return min(100, int(told[:9])) if told.isascii() and told.isdecimal() else 0

    @property
    def continuity_policy(self) -> str:
        """What is done when it does: one of `POLICIES`."""
        told = dict(self.settings).get("continuity.policy", "")
        return told if told in POLICIES else POLICIES[0]

    def label(self, participant: str) -> str:
        """Return how `participant` is shown; the id itself if nobody by it joined."""
        for seat in self.seats:
            if seat.id == participant:
                return seat.label
        return participant


def reduce(room: Room, entry: Entry) -> Room:
    """Return the room after `entry`."""
    event: Any = entry.event
    kind: type[Any] = type(entry.event)
    after = _changed_to(room, next_place=entry.place + 1)
    step = _STEPS.get(kind)
    if step is not None:
        after = step(after, entry, event)
    if kind in _TOLD:
        after = _remember(after, entry)
    return after


def reduced(entries: Iterable[Entry], room: Room | None = None) -> Room:
    """Return the room after all of `entries`.

    Args:
        entries: In order.
        room: As it stands before them; empty if `None`.
    """
    room = room or Room()
    for entry in entries:
        room = reduce(room, entry)
    return room


_Changing = TypeVar("_Changing", Room, Seat)


def _changed_to(old: _Changing, **changes: Any) -> _Changing:
    """Do what `dataclasses.replace` does, in a tenth of its time: reducing is little else."""
    new = object.__new__(type(old))
    new.__dict__.update(old.__dict__)
    new.__dict__.update(changes)
    return new


def _remember(room: Room, entry: Entry) -> Room:
    """Keep `entry` for as long as somebody may have to hear it."""
    recent = (*room.recent, entry)
    window = max(1, room.opened.window)
    lines = [kept.place for kept in recent if isinstance(kept.event, e.Spoke)]
    if len(lines) <= window:
        return (
            _changed_to(room, recent=recent)
            if len(recent) <= 8 * KEPT_LINES
            else _changed_to(room, recent=recent[-8 * KEPT_LINES :])
        )
    heard = min((seat.heard for seat in room.seats if seat.active), default=entry.place)
    keep_from = min(heard, lines[-window])
    keep_from = max(keep_from, lines[-KEPT_LINES] if len(lines) > KEPT_LINES else -1)
    if recent[0].place < keep_from:
        recent = tuple(kept for kept in recent if kept.place >= keep_from)
    return _changed_to(room, recent=recent[-8 * KEPT_LINES :])


def _with_seat(room: Room, participant: str, **changes: Any) -> Room:
    """Return `room` with one seat changed; unchanged if nobody by that id joined."""
    return _changed_to(
        room,
        seats=tuple(
            _changed_to(seat, **changes) if seat.id == participant else seat
            for seat in room.seats
        ),
    )


def _opened(room: Room, entry: Entry, event: e.Opened) -> Room:
    return _changed_to(room, opened=event, title=event.title, order=event.order)


def _joined(room: Room, entry: Entry, event: e.Joined) -> Room:
    newcomer = event.participant
    known = next((seat for seat in room.seats if seat.id == newcomer.id), None)
    if known is not None and known.left:
        # It takes its own seat again, with what it wrote into its instructions.
        again = _changed_to(
            known, participant=newcomer, left=False, benched=False, muted=0, failures=0
        )
        seats = tuple(again if seat is known else seat for seat in room.seats)
        return _changed_to(room, seats=seats)
    seat = Seat(
        participant=newcomer,
        temperature=newcomer.temperature,
        invited_by=event.by,
        # It hears what is said from here on; what came before is in cc.
        heard=entry.place,
    )
    rest = tuple(seat for seat in room.seats if seat.id != newcomer.id)
    return _changed_to(
        room, seats=(*rest, seat), seated=room.seated + (0 if newcomer.person else 1)
    )


def _left(room: Room, entry: Entry, event: e.Left) -> Room:
    polls = tuple(poll for poll in room.polls if poll.removes != event.participant)
    after = _changed_to(_with_seat(room, event.participant, left=True), polls=polls)
    return _round_over(after)


def _queued(room: Room, entry: Entry, event: Queued) -> Room:
    return _changed_to(room, queue=(*room.queue, entry))


def _unqueued(room: Room, entry: Entry, event: e.Unqueued) -> Room:
    queue = tuple(queued for queued in room.queue if queued.place != event.queued)
    return _changed_to(room, queue=queue)


def _spoke(room: Room, entry: Entry, event: e.Spoke) -> Room:
    usage = event.usage or e.Usage()
    if usage.sent and usage.tokens_out is None:
        text = (event.text + event.reasoning).encode("utf-8", "replace")
        usage = replace(usage, tokens_out=estimated_tokens(len(text)))
    after = _charged(room, event.author, usage)
    if event.author not in {PERSON, ROOM}:
        seat = next((seat for seat in after.seats if seat.id == event.author), None)
        turns = seat.turns + 1 if seat else 0
        heard = entry.place if event.heard is None else min(event.heard, entry.place)
        after = _with_seat(
            after, event.author, heard=heard, floor=entry.place, turns=turns, failures=0
        )
        after = _had_floor(_changed_to(after, turns=after.turns + 1), event.author)
    return _changed_to(
        after,
        lines=after.lines + 1,
        queue=tuple(queued for queued in after.queue if queued.place != event.queued),
    )


def _whispered(room: Room, entry: Entry, event: e.Whispered) -> Room:
    queue = tuple(queued for queued in room.queue if queued.place != event.queued)
    return _changed_to(room, queue=queue)


def _had_floor(room: Room, participant: str) -> Room:
    """Count `participant`'s turn towards the round, and the round once it is done."""
    heard = room.heard if participant in room.heard else (*room.heard, participant)
    chosen = "" if room.chosen == participant else room.chosen
    return _round_over(_changed_to(room, heard=heard, chosen=chosen))


def _round_over(room: Room) -> Room:
    """Begin the next round if everybody who is left was heard in this one."""
    if room.heard and all(seat.id in room.heard for seat in room.models):
        return _changed_to(room, rounds=room.rounds + 1, heard=())
    return room


def estimated_tokens(size: int) -> int:
    """Return how many tokens a text of `size` bytes may be."""
    return -(-size // BYTES_A_TOKEN)


def _charged(room: Room, author: str, usage: e.Usage) -> Room:
    tokens_in, tokens_out = usage.tokens_in or 0, usage.tokens_out or 0
    if usage.tokens_in is None:
        # A stopped reply was charged all the same.
        tokens_in = estimated_tokens(usage.sent)
    dollars = usage.estimated_dollars if usage.dollars is None else usage.dollars
    dollars = dollars or 0.0
    after = _changed_to(
        room, tokens=room.tokens + tokens_in + tokens_out, dollars=room.dollars + dollars
    )
    for seat in after.seats:
        if seat.id == author:
            return _with_seat(
                after,
                author,
                tokens_in=seat.tokens_in + tokens_in,
                tokens_out=seat.tokens_out + tokens_out,
                dollars=seat.dollars + dollars,
                effective=seat.effective if usage.effective is None else usage.effective,
            )
    return after


def _faltered(room: Room, entry: Entry, event: e.Faltered) -> Room:
    after = _charged(room, event.author, event.usage) if event.usage else room
    seat = next((seat for seat in after.seats if seat.id == event.author), None)
    failures = seat.failures + 1 if seat else 0
    after = _with_seat(after, event.author, floor=entry.place, failures=failures)
    return _had_floor(_changed_to(after, turns=after.turns + 1), event.author)


def _benched(room: Room, entry: Entry, event: e.Benched) -> Room:
    return _round_over(_with_seat(room, event.participant, benched=True))


def _returned(room: Room, entry: Entry, event: e.Returned) -> Room:
    return _with_seat(room, event.participant, benched=False, muted=0, failures=0)


def _skipped(room: Room, entry: Entry, event: e.Skipped) -> Room:
    seat = next((seat for seat in room.seats if seat.id == event.participant), None)
    muted = max(0, seat.muted - 1) if seat else 0
    after = _with_seat(room, event.participant, floor=entry.place, muted=muted)
    return _had_floor(after, event.participant)


def _prompts(room: Room, participant: str) -> tuple[str, ...]:
    return next((seat.prompts for seat in room.seats if seat.id == participant), ())


def _prompt_added(room: Room, entry: Entry, event: e.PromptAdded) -> Room:
    prompts = (*_prompts(room, event.participant), event.text)[-PROMPT_LINES:]
    return _with_seat(room, event.participant, prompts=prompts)


def _prompt_removed(room: Room, entry: Entry, event: e.PromptRemoved) -> Room:
    prompts = _prompts(room, event.participant)
    kept = tuple(text for text in prompts if text not in event.texts)
    return _with_seat(room, event.participant, prompts=kept)


def _temperature_set(room: Room, entry: Entry, event: e.TemperatureSet) -> Room:
    return _with_seat(
        room, event.participant, temperature=event.requested, effective=event.effective
    )


def _muted(room: Room, entry: Entry, event: e.Muted) -> Room:
    return _with_seat(room, event.participant, muted=event.turns)


def _poll_opened(room: Room, entry: Entry, event: e.PollOpened) -> Room:
    poll = Poll(
        poll=event.poll,
        question=event.question,
        options=event.options,
        by=event.by,
        removes=event.removes,
    )
    return _changed_to(room, polls=(*room.polls, poll), polls_opened=room.polls_opened + 1)


def _voted(room: Room, entry: Entry, event: e.Voted) -> Room:
    polls: list[Poll] = []
    for poll in room.polls:
        if poll.poll == event.poll:
            others = tuple(vote for vote in poll.votes if vote[0] != event.by)
            polls.append(replace(poll, votes=(*others, (event.by, event.choice))))
        else:
            polls.append(poll)
    return _changed_to(room, polls=tuple(polls))


def _poll_closed(room: Room, entry: Entry, event: e.PollClosed) -> Room:
    return _changed_to(
        room, polls=tuple(poll for poll in room.polls if poll.poll != event.poll)
    )


def _image_requested(room: Room, entry: Entry, event: e.ImageRequested) -> Room:
    job = Job(image=event.image, prompt=event.prompt, by=event.by, cause=event.cause)
    open_jobs = [job for job in room.jobs if job.state in {"queued", "running"}]
    closed = [job for job in room.jobs if job.state not in {"queued", "running"}][-8:]
    return _changed_to(room, jobs=(*closed, *open_jobs, job), images=room.images + 1)


def _with_job(room: Room, image: str, **changes: Any) -> Room:
    return _changed_to(
        room,
        jobs=tuple(replace(job, **changes) if job.image == image else job for job in room.jobs),
    )


def _image_started(room: Room, entry: Entry, event: e.ImageStarted) -> Room:
    return _with_job(room, event.image, state="running")


def _image_created(room: Room, entry: Entry, event: e.ImageCreated) -> Room:
    after = _with_job(room, event.image, state="done", file=event.file, mime=event.mime)
    return _changed_to(after, dollars=after.dollars + (event.dollars or 0.0))


def _image_failed(room: Room, entry: Entry, event: e.ImageFailed) -> Room:
    return _with_job(room, event.image, state="cancelled" if event.cancelled else "failed")


def _approval_asked(room: Room, entry: Entry, event: e.ApprovalAsked) -> Room:
    waiting = Waiting(
        approval=event.approval,
        verb=event.verb,
        argument=event.argument,
        by=event.by,
        cause=event.cause,
    )
    return _changed_to(
        room, waiting=(*room.waiting, waiting), approvals_asked=room.approvals_asked + 1
    )


def _approval_given(room: Room, entry: Entry, event: e.ApprovalGiven) -> Room:
    return _changed_to(
        room, waiting=tuple(w for w in room.waiting if w.approval != event.approval)
    )


def _changed(room: Room, entry: Entry, event: e.Changed) -> Room:
    match event.setting:
        case "title":
            return _changed_to(room, title=event.value)
        case "order":
            return _changed_to(room, order=event.value)
        case "next":
            return _changed_to(room, chosen=event.value)
        case "window" if event.value.isascii() and event.value.isdecimal():
            window = min(KEPT_LINES, max(1, int(event.value[:9])))
            return _changed_to(room, opened=replace(room.opened, window=window))
        case setting if setting.startswith("model."):
            who = setting.removeprefix("model.")
            seats = tuple(
                _changed_to(seat, participant=replace(seat.participant, model=event.value))
                if seat.id == who
                else seat
                for seat in room.seats
            )
            return _changed_to(room, seats=seats)
        case _:
            others = tuple(pair for pair in room.settings if pair[0] != event.setting)
            after = _changed_to(room, settings=(*others, (event.setting, event.value)))
            # What was asked for before has slipped, not what is asked for now.
            anew = event.setting == "continuity.threshold"
            return _changed_to(after, slipped=None) if anew else after


def _paused(room: Room, entry: Entry, event: e.Paused) -> Room:
    return _changed_to(room, paused=event.reason)


def _resumed(room: Room, entry: Entry, event: e.Resumed) -> Room:
    return _changed_to(room, paused="")


def _folded(room: Room, entry: Entry, event: e.Folded) -> Room:
    carried = Carried(
        last=event.last,
        carrier=event.carrier,
        size=event.size,
        digest=event.digest,
        folds=room.carried.folds + 1,
    )
    return _changed_to(room, carried=carried)


def _recalled(room: Room, entry: Entry, event: e.Recalled) -> Room:
    return _changed_to(room, recalled=event)


def _laminated(room: Room, entry: Entry, event: e.Laminated) -> Room:
    return _laid(room, (Span(event.first, event.last),))


def _delaminated(room: Room, entry: Entry, event: e.Delaminated) -> Room:
    return _laid(room, event.parts)


def _merged(room: Room, entry: Entry, event: e.Merged) -> Room:
    if not event.parts:
        return room
    return _laid(room, (Span(event.parts[0].first, event.parts[-1].last),))


def _laid(room: Room, new: tuple[Span, ...]) -> Room:
    """Put spans in the place of all that they touch."""
    if not new:
        return room
    first, last = new[0].first, new[-1].last
    before = tuple(span for span in room.laminae if span.last < first)
    after = tuple(span for span in room.laminae if span.first > last)
    return _changed_to(room, laminae=(*before, *new, *after))


def _scored(room: Room, entry: Entry, event: e.Scored) -> Room:
    after = _changed_to(room, scored=(*room.scored, event)[-SCORES:])
    slipped = room.slipped
    if slipped is not None and event.score > min(99, slipped.threshold + AGAIN):
        return _changed_to(after, slipped=None)
    return after


def _slipped(room: Room, entry: Entry, event: e.Slipped) -> Room:
    return _changed_to(room, slipped=event)


_STEPS: dict[type[Any], Callable[[Room, Entry, Any], Room]] = {
    e.Opened: _opened,
    e.Joined: _joined,
    e.Left: _left,
    e.Queued: _queued,
    e.Unqueued: _unqueued,
    e.Spoke: _spoke,
    e.Whispered: _whispered,
    e.Faltered: _faltered,
    e.Benched: _benched,
    e.Returned: _returned,
    e.Skipped: _skipped,
    e.PromptAdded: _prompt_added,
    e.PromptRemoved: _prompt_removed,
    e.TemperatureSet: _temperature_set,
    e.Muted: _muted,
    e.PollOpened: _poll_opened,
    e.Voted: _voted,
    e.PollClosed: _poll_closed,
    e.ImageRequested: _image_requested,
    e.ImageStarted: _image_started,
    e.ImageCreated: _image_created,
    e.ImageFailed: _image_failed,
    e.ApprovalAsked: _approval_asked,
    e.ApprovalGiven: _approval_given,
    e.Changed: _changed,
    e.Paused: _paused,
    e.Resumed: _resumed,
    e.Folded: _folded,
    e.Recalled: _recalled,
    e.Laminated: _laminated,
    e.Delaminated: _delaminated,
    e.Merged: _merged,
    e.Scored: _scored,
    e.Slipped: _slipped,
}

_TOLD = {
    e.Joined,
    e.Left,
    e.Spoke,
    e.PromptAdded,
    e.PromptRemoved,
    e.TemperatureSet,
    e.Muted,
    e.Whispered,
    e.PollOpened,
    e.Voted,
    e.PollClosed,
    e.ImageRequested,
    e.ImageCreated,
    e.ImageFailed,
    e.Searched,
    e.Answered,
    e.Declined,
    e.ApprovalAsked,
    e.ApprovalGiven,
}
"""Kinds that somebody in the room may have to be told."""
