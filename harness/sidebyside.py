"""A room in a temporary home, with its scenario's cast, whose turns are answered twice.

It is a real room: its own session, keeper, recall, carrier and provider. Only who is asked is
stood before, by `harness.twice`, which has what it asks with from here. Nothing is written where
the person's rooms are, and the home is gone when the run is over.
"""

import asyncio
import tempfile
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Final

from agents.catalogue.models import BYTES, missing_key
from agents.errors import Unauthorised
from agents.providers.base import Provider
from agents.providers.bytes import Bytes
from agents.providers.retry import Retrying
from agents.providers.switch import SCRIPTED, Switch
from agents.scenarios.scenario import Scenario
from harness.clock import Clock
from harness.compose import library, new_room, open_session, patience, ready
from harness.config import Settings
from harness.errors import NotPossible
from harness.evaluation.judge import Judge
from harness.evaluation.live import SCRIPTS, Run
from harness.library import Library, is_address
from harness.paths import Paths
from harness.rooms import Rooms
from harness.session.session import Session
from harness.twice import Aside, Plan, Twice, spoken
from harness.voice import FarSpeaker, here
from harness.worker import Worker
from transcripts.events import Spoke

SEED: Final = 6
"""Of a room whose scenario has none: with one, it waits for its pictures, and draws the same."""


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
            progress: Told after each turn what was done, and that it was one.

        Raises:
            NotPossible: The whole cast plays scripts.
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
            Unauthorised: A key is missing.
            UnknownModel: The cast or the judge is a model that nobody knows.
            NotPossible: The room sends everything anyway.
            TranscriptError: The temporary home cannot be written.
            RecallError: Likewise.
        """
        scenario, plan, run = self._scenario, self._plan, self.run
        async with AsyncExitStack() as things:
            home = Path(things.enter_context(tempfile.TemporaryDirectory(prefix="enfold-")))
            paths = replace(self._paths, data=home / "data", state=home / "state", bank_at=None)
            models = await library(paths, scenario, probe=not scenario.keyless)
            for line in ready(scenario, paths, models.catalogue):
                raise Unauthorised(scenario.name, line)
            judge = self._judge(models)
            seed = next(one for one in (plan.seed, scenario.seed, SEED) if one is not None)
            rooms = Rooms.of(paths)
            room_id = await new_room(
                rooms,
                scenario,
                paths,
                self._settings,
                self._clock,
                seed=seed,
                carrier=plan.carrier,
                turns=plan.turns,
                dollars=plan.dollars,
            )
            worker = Worker()
            things.push_async_callback(asyncio.to_thread, worker.close)
            provider = _provider(worker, seed, self._settings)
            aside = Aside(
                provider=provider,
                clock=self._clock,
                cost=models.cost,
                images=rooms.images(room_id),
                seed=seed,
                judge=Judge(provider, judge) if judge else None,
            )
            run.judge = aside.judge.cost if aside.judge else None
            twice = Twice(plan, aside, run, self._progress)
            session = await things.enter_async_context(
                open_session(
                    rooms, room_id, paths, self._settings, self._clock, over=twice.over
                )
            )
            twice.follow(session)
            run.about = self._about(session, seed)
            if session.room.opened.carrier == "full":
                raise NotPossible(
                    f"{scenario.name}: carrier full sends everything: nothing to compare it with"
                )
            self._session = session
            if self._stopped:
                session.finish()
            ending = await session.run(turns=plan.turns)
            lines = [one.event for one in session.log if isinstance(one.event, Spoke)]
            run.said = spoken(lines, session.room)
            run.ended, run.detail = ending.reason, ending.detail
            if ending.reason == "paused" and twice.why is not None:
                run.ended, run.detail = twice.why
            run.complete = run.ended == "turns"
        return run

    def _about(self, session: Session, seed: int) -> dict[str, object]:
        opened = session.room.opened
        return {
            "scenario": self._scenario.name,
            "carrier": opened.carrier,
            "budget": opened.budget,
            "recall": opened.recall,
            "window": opened.window,
            "seed": seed,
            "models": sorted({seat.participant.model for seat in session.room.models}),
            "judge": self._plan.judge,
            "turns": self._plan.turns,
            "every": self._plan.every,
        }

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


def _provider(worker: Worker, seed: int, settings: Settings) -> Provider:
    """Return whom is asked aside: all that a room can ask but scripts, and nothing it has."""
    switch = Switch(others={BYTES: Bytes(FarSpeaker(worker, here(), seed=seed))})
    return Retrying(switch, patience(settings))
