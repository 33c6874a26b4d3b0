"""Stands before a room's provider, and asks each turn a second time behind it.

The room's own reply goes through as it comes. Then the same seat is asked aside, with the same
seed, temperature and length, for what it says given everything word for word; by a provider
that has nothing of the room's, so that no line, no state and no lot of it is touched. The room
waits meanwhile, and neither answer is timed while another is made. If everything asked again
gives the same, it is asked once more with another seed: else a model that repeats itself
would pass for one that says nothing but this.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import Path
from typing import Final

from agents.errors import ProviderError
from agents.prompts import ask, clean_reply, quoted
from agents.providers.base import Delta, Finished, Piece, Provider, Request
from agents.providers.switch import SCRIPTED
from harness.clock import Clock
from harness.evaluation.judge import Judge, Verdict
from harness.evaluation.live import BETWEEN, SCRIPTS, SHORT, Answer, Pair, Run
from harness.session.session import Session
from harness.turn import Cost, Draft
from transcripts.commands.parse import parse
from transcripts.events import Entry, Spoke
from transcripts.participants import PERSON, ROOM
from transcripts.room import Room, estimated_tokens

VAIN: Final = 3
"""Askings aside in a row without an answer, after which no more are tried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is done."""

    turns: int = 32
    """Of the room."""
    every: int = 1
    """Turns from one that is answered twice to the next."""
    again: int = 100
    """Percent of these in which everything is asked again."""
    seed: int | None = None
    """Instead of the scenario's."""
    carrier: str = ""
    """Likewise."""
    judge: str = ""
    """A model that judges; empty for none."""
    dollars: float | None = None
    """What all askings may cost, instead of what the scenario says of a sitting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Aside:
    """What is asked with, aside."""

    provider: Provider
    clock: Clock
    cost: Cost
    """Prices."""
    images: Path
    """Folder of the room's pictures."""
    seed: int
    """All turns' are drawn from it."""
    judge: Judge | None = None


class Twice:
    """A provider for one room: `over` the room's own, once it knows the session."""

    def __init__(
        self,
        plan: Plan,
        aside: Aside,
        run: Run,
        progress: Callable[[str, int], None] | None = None,
    ) -> None:
        """Take what is needed; nobody is asked.

        Args:
            plan: What is done.
            aside: By whom.
            run: Gets what was done.
            progress: Told after each turn what was done, and that it was one.
        """
        self._progress = progress
        self._plan = plan
        self._aside = aside
        self._run = run
        self._provider = aside.provider
        self._session: Session | None = None
        self._dollars = 0.0
        """Of all that was asked aside."""
        self._vain = 0
        self._in_vain = 0
        """Likewise, of the judge."""
        self._due = 0
        """Hundredths of an asking again that are owed."""
        self.why: tuple[str, str] | None = None
        """What ended the room from here: in a word, and in words."""

    def over(self, provider: Provider) -> Provider:
        """Stand before `provider`."""
        self._provider = provider
        return self

    def follow(self, session: Session) -> None:
        """Know the room that asks."""
        self._session = session

    async def stream(self, request: Request) -> AsyncGenerator[Piece, None]:
        """Yield the room's own reply; then ask again aside. See `Provider.stream`."""
        if (session := self._session) is None:
            raise RuntimeError("asked before the room is known")
        room, log = session.room, tuple(session.log)
        request = replace(request, seed=lot(self._aside.seed, room.turns, request.speaker))
        draft = Draft(request.speaker, room.next_place, request)
        pieces = heard(draft, self._provider.stream(request), self._aside.clock)
        try:
            async for piece in pieces:
                yield piece
        except ProviderError as error:
            self._failed("cc", error)
            raise
        finally:
            await pieces.aclose()
        own = self._answer(draft, room)
        if self._compares(request, room, log):
            await self._compare(request, own, room, log)
        self._pay(session.room.dollars + (own.dollars or 0.0))
        if self._progress is not None:
            self._progress(f"{len(self._run.pairs)} compared", 1)

    def _compares(self, request: Request, room: Room, log: Sequence[Entry]) -> bool:
        """Whether this turn is one to answer twice; why not is counted."""
        if request.model.startswith(f"{SCRIPTED}/"):
            why = SCRIPTS
        elif not untold(_lines(log), room, request):
            why = SHORT
        elif (room.turns + 1) % self._plan.every:
            why = BETWEEN
        else:
            return True
        self._run.skipped[why] += 1
        return False

    async def _compare(
        self, request: Request, own: Answer, room: Room, log: Sequence[Entry]
    ) -> None:
        whole = everything(room, log, request, self._aside.images)
        if (full := await self._ask("full", whole, room)) is None:
            return
        again = redrawn = None
        self._due += self._plan.again
        if self._due >= 100:
            self._due -= 100
            again = await self._ask("again", whole, room)
            if again is not None and again.text.strip() == full.text.strip():
                other = lot(self._aside.seed, room.turns, f"{request.speaker} once more")
                redrawn = await self._ask("redrawn", replace(whole, seed=other), room)
        lines = _lines(log)
        asked = next(reversed(spoken(lines, room)), "")
        verdict = await self._judged(asked, own, full)
        third = redrawn or again
        pair = Pair(
            turn=room.turns + 1,
            speaker=request.speaker,
            model=request.model,
            asked=asked,
            lines=len(lines),
            left=untold(lines, room, request),
            cc=own,
            full=full,
            again=again,
            redrawn=redrawn,
            verdict=verdict,
            verdict_floor=await self._judged(asked, third, full) if third else None,
        )
        self._run.pairs.append(pair)

    async def _ask(self, what: str, request: Request, room: Room) -> Answer | None:
        """Return the answer to an asking aside, `None` where none came: that is counted."""
        draft = Draft(request.speaker, room.next_place, request)
        pieces = heard(draft, self._aside.provider.stream(request), self._aside.clock)
        try:
            async for _ in pieces:
                pass
        except ProviderError as error:
            self._failed(what, error)
            self._vain += 1
            if self._vain >= VAIN:
                self._end("provider", f"everything could not be asked: {error}")
            return None
        finally:
            await pieces.aclose()
        self._vain = 0
        answer = self._answer(draft, room)
        self._dollars += answer.dollars or 0.0
        return answer

    async def _judged(self, asked: str, one: Answer, full: Answer) -> Verdict | None:
        """Return what the judge says, `None` where there is none, or no word of its."""
        judge = self._aside.judge
        if judge is None or self._in_vain >= VAIN:
            return None
        if one.text.strip() == full.text.strip():
            return Verdict(1)  # nobody need be asked
        before = judge.cost.dollars
        try:
            verdict = await judge.agree(asked, one.text, full.text)
        except ProviderError as error:
            self._failed("judge", error)
            self._in_vain += 1
            return None
        finally:
            self._dollars += judge.cost.dollars - before
        self._in_vain = 0
        return verdict

    def _answer(self, draft: Draft, room: Room) -> Answer:
        """Return a reply as it would stand in the room, with what it took."""
        seat = room.seat(draft.author)
        text = clean_reply(draft.text, seat.participant, room.seats).text
        parsed = parse(text, inline=room.opened.inline)
        usage = draft.usage(self._aside.cost)
        written = len((draft.text + draft.reasoning).encode("utf-8", "replace"))
        read, wrote, dollars = usage.tokens_in, usage.tokens_out, usage.dollars
        guessed = usage.estimated_dollars
        unsaid = {"tokens_in": read is None, "tokens_out": wrote is None}
        unsaid["dollars"] = dollars is None and guessed is not None
        return Answer(
            text=text,
            spoken=parsed.spoken,
            verbs=tuple(sorted({found.call.verb for found in parsed.found})),
            cut=draft.finished is not None and draft.finished.reason == "length",
            tokens_in=estimated_tokens(usage.sent) if read is None else read,
            tokens_out=estimated_tokens(written) if wrote is None else wrote,
            sent=usage.sent,
            dollars=guessed if dollars is None else dollars,
            first=usage.first,
            seconds=usage.seconds,
            estimated=tuple(name for name, so in unsaid.items() if so),
        )

    def _pay(self, own: float) -> None:
        """End the room where all askings together have cost more than it may."""
        if self._session is None:
            return
        most, spent = self._session.room.opened.caps.dollars, own + self._dollars
        if most is not None and self._dollars and spent >= most:
            self._end(
                "budget", f"budget reached: ${spent:.4f} of ${most:g}, every asking counted"
            )

    def _end(self, reason: str, detail: str) -> None:
        if self.why is None and self._session is not None:
            self.why = reason, detail
            # After this turn has been recorded: what was said stays said.
            self._session.pause(detail, by=ROOM)

    def _failed(self, what: str, error: ProviderError) -> None:
        self._run.failed[f"{what}: {type(error).__name__}: {error.detail}"] += 1


async def heard(
    draft: Draft, pieces: AsyncIterator[Piece], clock: Clock
) -> AsyncGenerator[Piece, None]:
    """Yield a reply as it comes, and write it and its times down in `draft`."""
    started = clock.elapsed()
    try:
        async for piece in pieces:
            match piece:
                case Delta(text, channel):
                    if draft.first is None:
                        draft.first = clock.elapsed() - started
                    (draft.parts if channel == "speech" else draft.thoughts).append(text)
                case Finished():
                    draft.finished = piece
                    draft.seconds = clock.elapsed() - started
                case _:
                    draft.thoughts.clear()  # the next try thinks anew
            yield piece
    finally:
        if isinstance(pieces, AsyncGenerator):
            await pieces.aclose()


def everything(room: Room, log: Sequence[Entry], request: Request, images: Path) -> Request:
    """Return `request` as it is where everything is told word for word and nothing carried.

    As carrier `full` has it (see `Floor.prepare`): the window is as wide as the log.

    Args:
        room: As it stands.
        log: All of it.
        request: What the room sends.
        images: Folder of its pictures.
    """
    told = tuple(log)
    room = replace(room, recent=told, opened=replace(room.opened, window=max(1, len(told))))
    whole = ask(room, request.speaker, images_dir=images, max_tokens=request.max_tokens)
    return replace(whole, seed=request.seed)


def untold(said: Sequence[Spoke], room: Room, request: Request) -> int:
    """Return how many of the lines said `request` does not tell word for word.

    What is recalled stands in the system line, with its source, and is not counted as told.
    """
    told = "\n\n".join(line.text for line in request.lines if line.role != "system")
    missing = 0
    for event in said:
        if event.author == request.speaker:
            text = event.text
        elif event.author in {PERSON, ROOM}:
            text = quoted(event.text)
        else:
            text = quoted(parse(event.text, inline=room.opened.inline).public)
        missing += bool(text.strip()) and text.strip() not in told
    return missing


def spoken(said: Sequence[Spoke], room: Room) -> list[str]:
    """Return what was said, a text each, without commands."""
    inline = room.opened.inline
    return [
        event.text
        if event.author in {PERSON, ROOM}
        else parse(event.text, inline=inline).spoken
        for event in said
    ]


def lot(seed: int, turn: int, whose: str) -> int:
    """Return the seed of a turn, 31 bits: the same for all that it is asked."""
    drawn = blake2b(f"{seed}\0{turn}\0{whose}".encode(), digest_size=4).digest()
    return int.from_bytes(drawn, "big") >> 1


def _lines(log: Sequence[Entry]) -> list[Spoke]:
    return [entry.event for entry in log if isinstance(entry.event, Spoke)]
