"""A room whose turns are answered twice: given what it sends, and given everything.

The room is a real one in a temporary home, with a session of its own. What it sends goes to its
own provider, and that answer is said in the room. The second asking, of the same seat with the
same seed, temperature and length, goes out by a provider of its own, and nothing of it comes
near the room: no line, no state, no lot drawn. The room waits meanwhile, so that neither answer
is timed while the other is made. Every asking counts towards the budget.
"""

import asyncio
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import Path
from typing import Final

from agents.catalogue.models import BYTES, missing_key
from agents.errors import ProviderError, Unauthorised
from agents.prompts import ask, clean_reply, quoted
from agents.providers.base import Delta, Finished, Piece, Provider, Request
from agents.providers.bytes import Bytes
from agents.providers.retry import Retrying
from agents.providers.switch import SCRIPTED, Switch
from agents.scenarios.scenario import Scenario
from harness.clock import Clock
from harness.compose import library, new_room, open_session, patience, ready
from harness.config import Settings
from harness.errors import NotPossible
from harness.evaluation.judge import Judge, Verdict
from harness.evaluation.live import Answer, Pair, Run
from harness.library import Library, is_address
from harness.paths import Paths
from harness.rooms import Rooms
from harness.session.session import Session
from harness.turn import Draft
from harness.voice import FarSpeaker, here
from harness.worker import Worker
from transcripts.commands.parse import parse
from transcripts.events import Entry, Spoke
from transcripts.participants import PERSON, ROOM
from transcripts.room import Room

SEED: Final = 6
"""Of a room whose scenario has none: with one, it waits for its pictures, and draws the same."""

VAIN: Final = 3
"""Second askings in a row without an answer, after which no more are tried."""

SCRIPTS: Final = "a script says its lines whatever it is told"
SHORT: Final = "all was still told word for word"
BETWEEN: Final = "between"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is done."""

    turns: int = 24
    """Of the room."""
    every: int = 1
    """Turns from one that is answered twice to the next."""
    again: int = 100
    """Percent of these in which everything is asked a third time."""
    seed: int | None = None
    """Instead of the scenario's."""
    carrier: str = ""
    """Likewise."""
    judge: str = ""
    """A model that judges; empty for none."""


class SideBySide:
    """One run. It keeps what it has, however it ends."""

    def __init__(
        self,
        scenario: Scenario,
        paths: Paths,
        settings: Settings,
        *,
        clock: Clock,
        plan: Plan,
        progress: Callable[[str, int], None] | None = None,
    ) -> None:
        """Take what is needed; nothing is made and nobody is asked.

        Args:
            scenario: Who is in the room.
            paths: The person's, for models of their own; nothing is written there.
            settings: The person's.
            clock: Times what is asked.
            plan: What is done.
            progress: Told what was done, after each turn, and that it was one.

        Raises:
            NotPossible: The whole cast plays scripts, or the room sends everything anyway.
        """
        if all(one.model.startswith(f"{SCRIPTED}/") for one in scenario.participants()):
            raise NotPossible(
                f"{scenario.name}: its whole cast plays scripts, and {SCRIPTS}: that answers"
                " agree would mean nothing; take a scenario with models, such as bytes"
            )
        self._scenario = scenario
        self._paths = paths
        self._settings = settings
        self._clock = clock
        self._plan = plan
        self._progress = progress
        self._session: Session | None = None
        self._twice: _Twice | None = None
        self._stopped = False
        self.run = Run({"scenario": scenario.name})
        """What was done so far."""

    def stop(self) -> None:
        """End it; what was done is kept."""
        self._stopped = True
        if self._session is not None:
            self._session.finish()

    async def go(self) -> Run:
        """Do it, and return what was done.

        Raises:
            ProviderError: A key is missing.
            AgentError: A model is one that nobody knows.
            HarnessError: The temporary home cannot be used.
        """
        plan, scenario = self._plan, self._scenario
        async with AsyncExitStack() as things:
            home = Path(things.enter_context(tempfile.TemporaryDirectory(prefix="enfold-")))
            paths = replace(self._paths, data=home / "data", state=home / "state", bank_at=None)
            rooms = Rooms.of(paths)
            seed = scenario.seed if plan.seed is None else plan.seed
            seed = SEED if seed is None else seed
            probe = not scenario.keyless
            models = await library(paths, scenario, probe=probe)
            for line in ready(scenario, paths, models.catalogue):
                raise Unauthorised(scenario.name, line)
            judge_model = self._judge(models)
            room_id = await new_room(
                rooms, scenario, paths, self._settings, self._clock,
                seed=seed, carrier=plan.carrier,
                turns=max(plan.turns, scenario.caps.turns or 0),
            )  # fmt: skip
            worker = Worker()
            things.push_async_callback(asyncio.to_thread, worker.close)
            aside = _provider(worker, seed, self._settings)
            judge = Judge(aside, judge_model) if judge_model else None
            self.run.judge = judge.cost if judge is not None else None
            twice = self._twice = _Twice(
                self,
                plan,
                aside,
                judge=judge,
                models=models,
                clock=self._clock,
                seed=seed,
                images=rooms.images(room_id),
            )
            opening = open_session(
                rooms, room_id, paths, self._settings, self._clock, over=twice.over
            )
            session = await things.enter_async_context(opening)
            opened = session.room.opened
            self.run.about = {
                "scenario": scenario.name,
                "carrier": opened.carrier,
                "budget": opened.budget,
                "recall": opened.recall,
                "window": opened.window,
                "seed": seed,
                "models": sorted({seat.participant.model for seat in session.room.models}),
                "turns": plan.turns,
                "every": plan.every,
            }
            if opened.carrier == "full":
                raise NotPossible(
                    f"{scenario.name}: carrier full sends everything: there is nothing to compare"
                )
            twice.follow(session)
            self._session = session
            if self._stopped:
                session.finish()
            ending = await session.run(turns=plan.turns)
            said = [one.event for one in session.log if isinstance(one.event, Spoke)]
            self.run.said = spoken(said, session.room)
            self.run.ended, self.run.detail = ending.reason, ending.detail
            if twice.why:
                self.run.ended, self.run.detail = twice.why
            self.run.complete = self.run.ended in ("turns", "rounds")
        return self.run

    def turned(self, name: str) -> None:
        """Take in that one more turn is done."""
        if self._progress is not None:
            self._progress(name, 1)

    def _judge(self, models: Library) -> str:
        """Return the id of the model that judges; empty for none.

        Raises:
            UnknownModel: Nobody knows it.
            Unauthorised: It has no key.
        """
        name = self._plan.judge
        if not name or is_address(name):
            return name
        model = models.resolve(name)
        if key := missing_key(model):
            raise Unauthorised(model.id, f"no key for the judge: set {key} in the environment")
        return model.id


class _Twice:
    """Stands before a room's provider, and asks a second time behind it."""

    def __init__(
        self,
        whole: SideBySide,
        plan: Plan,
        aside: Provider,
        *,
        judge: Judge | None,
        models: Library,
        clock: Clock,
        seed: int,
        images: Path,
    ) -> None:
        self._whole = whole
        self._run = whole.run
        self._plan = plan
        self._aside = aside
        self._judge = judge
        self._models = models
        self._clock = clock
        self._seed = seed
        self._images = images
        self._provider: Provider = aside
        self._session: Session | None = None
        self._dollars = 0.0
        self._vain = 0
        self._due = 0
        """Hundredths of a third asking that are owed."""
        self.why: tuple[str, str] | None = None
        """What ended the room from here, and in words."""

    def over(self, provider: Provider) -> Provider:
        """Stand before `provider`."""
        self._provider = provider
        return self

    def follow(self, session: Session) -> None:
        """Know the room."""
        self._session = session

    async def stream(self, request: Request) -> AsyncGenerator[Piece, None]:
        """Yield the room's own reply; then ask again aside. See `Provider.stream`."""
        if (session := self._session) is None:
            raise RuntimeError("asked before the room is known")
        room, log = session.room, tuple(session.log)
        request = replace(request, seed=self._lot(room, request.speaker))
        draft = Draft(request.speaker, room.next_place, request)
        pieces = heard(draft, self._provider.stream(request), self._clock)
        try:
            async for piece in pieces:
                yield piece
        except ProviderError as error:
            self._failed("cc", error)
            raise
        finally:
            await pieces.aclose()
        own = self._answer(draft, room)
        self._spend(own)
        await self._compare(request, own, room, log)
        self._whole.turned(f"{len(self._run.pairs)} compared")

    async def _compare(
        self, request: Request, own: Answer, room: Room, log: Sequence[Entry]
    ) -> None:
        turn, skipped = room.turns + 1, self._run.skipped
        if request.model.startswith(f"{SCRIPTED}/"):
            skipped[SCRIPTS] += 1
            return
        whole = everything(room, log, request, self._images)
        said = [entry.event for entry in log if isinstance(entry.event, Spoke)]
        left = untold(said, room, request)
        if not left:
            skipped[SHORT] += 1
            return
        if turn % self._plan.every:
            skipped[BETWEEN] += 1
            return
        if (full := await self._ask("full", whole, room)) is None:
            return
        again: Answer | None = None
        self._due += self._plan.again
        if self._due >= 100:
            self._due -= 100
            again = await self._ask("again", whole, room)
        asked = next(reversed(spoken(said, room)), "")
        verdict, verdict_again = await self._judged(asked, own, full, again)
        self._run.pairs.append(
            Pair(
                turn=turn,
                speaker=request.speaker,
                model=request.model,
                asked=asked,
                lines=len(said),
                left=left,
                cc=own,
                full=full,
                again=again,
                verdict=verdict,
                verdict_again=verdict_again,
            )
        )

    async def _ask(self, what: str, request: Request, room: Room) -> Answer | None:
        """Return the answer to a second asking, `None` where none came: that is counted."""
        draft = Draft(request.speaker, room.next_place, request)
        pieces = heard(draft, self._aside.stream(request), self._clock)
        try:
            async for _ in pieces:
                pass
        except ProviderError as error:
            self._failed(what, error)
            self._vain += 1
            if self._vain >= VAIN:
                self._end("provider", f"everything cannot be asked: {error}")
            return None
        finally:
            await pieces.aclose()
        self._vain = 0
        answer = self._answer(draft, room)
        self._spend(answer)
        return answer

    async def _judged(
        self, asked: str, own: Answer, full: Answer, again: Answer | None
    ) -> tuple[Verdict | None, Verdict | None]:
        judge = self._judge
        if judge is None:
            return None, None
        found: list[Verdict | None] = []
        for one in (own, again):
            if one is None:
                found.append(None)
            elif one.text.strip() == full.text.strip():
                found.append(Verdict(1))  # nobody need be asked
            else:
                before = judge.cost.dollars
                try:
                    found.append(await judge.agree(asked, one.text, full.text))
                except ProviderError as error:
                    self._failed("judge", error)
                    found.append(None)
                self._pay(judge.cost.dollars - before)
        return found[0], found[1]

    def _answer(self, draft: Draft, room: Room) -> Answer:
        """Return a reply as it would stand in the room, with what it took."""
        seat = room.seat(draft.author)
        text = clean_reply(draft.text, seat.participant, room.seats).text
        parsed = parse(text, inline=room.opened.inline)
        usage = draft.usage(self._models.cost)
        estimated: list[str] = []
        tokens_in, tokens_out, dollars = usage.tokens_in, usage.tokens_out, usage.dollars
        if tokens_in is None:
            tokens_in = -(-draft.request.bytes // 4)
            estimated.append("tokens_in")
        if tokens_out is None:
            tokens_out = -(-len((draft.text + draft.reasoning).encode("utf-8", "replace")) // 4)
            estimated.append("tokens_out")
        if dollars is None and usage.estimated_dollars is not None:
            dollars = usage.estimated_dollars
            estimated.append("dollars")
        return Answer(
            text=text,
            spoken=parsed.spoken,
            verbs=tuple(sorted({found.call.verb for found in parsed.found})),
            cut=draft.finished is not None and draft.finished.reason == "length",
            tokens_in=tokens_in,
            tokens_out=tokens_out,
            sent=usage.sent,
            dollars=dollars,
            first=usage.first,
            seconds=usage.seconds,
            estimated=tuple(estimated),
        )

    def _spend(self, answer: Answer) -> None:
        self._pay(answer.dollars or 0.0)

    def _pay(self, dollars: float) -> None:
        """Count dollars of any asking; the room ends where it may take no more."""
        session = self._session
        self._dollars += dollars
        most = session.room.opened.caps.dollars if session is not None else None
        if most is not None and self._dollars > most:
            self._end(
                "budget", f"budget reached: ${self._dollars:.4f} of ${most:g}, all askings"
            )

    def _end(self, reason: str, detail: str) -> None:
        if self.why is None and self._session is not None:
            self.why = reason, detail
            asyncio.get_running_loop().call_soon(self._session.finish)

    def _failed(self, what: str, error: ProviderError) -> None:
        self._run.failed[f"{what}: {type(error).__name__}: {error.detail}"] += 1

    def _lot(self, room: Room, speaker: str) -> int:
        """Return the seed of a turn: the same for all that it is asked."""
        drawn = f"{self._seed}\0{room.turns}\0{speaker}".encode()
        return int.from_bytes(blake2b(drawn, digest_size=4).digest(), "big") >> 1


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
    return replace(whole, seed=request.seed, whole=True)


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
            text = quoted(parse(event.text, inline=room.opened.inline).public).rstrip()
        missing += bool(text.strip()) and text not in told
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


def _provider(worker: Worker, seed: int, settings: Settings) -> Provider:
    """Return whom is asked aside: all that a room can ask but scripts, and nothing it has."""
    switch = Switch(others={BYTES: Bytes(FarSpeaker(worker, here(), seed=seed))})
    return Retrying(switch, patience(settings))
