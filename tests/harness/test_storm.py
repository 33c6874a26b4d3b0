"""A whole room against a server that fails in every way: the room goes on, nobody says an error."""

import re
from pathlib import Path
from random import Random
from typing import Any

import pytest

from agents.errors import ProviderError
from agents.providers.base import Line, Provider, Request
from agents.providers.retry import Patience, Retrying
from agents.providers.switch import Switch
from harness.clock import WallClock
from tests.agents.door import Door, door_server
from tests.fakes import START, stage, start_log
from transcripts import events as e
from transcripts.log import Log
from transcripts.participants import Participant

FAILS = ("401", "402", "403", "404", "429", "500", "empty", "garbage", "hang", "cut")
"""Behaviours that must end in `Faltered`; `cut` after half a line."""

ERRORS = {
    "401": "Unauthorised",
    "402": "OutOfCredit",
    "403": "Unauthorised",
    "404": "NoSuchModel",
    "429": "RateLimited",
    "500": "ServerFailed",
    "empty": "Empty",
    "garbage": "Garbled",
    "hang": "TimedOut",
    "cut": "Broken",
}

SUSPECT = re.compile(
    r"error|exception|traceback|timed? ?out|rate limit|unauthori|\b4\d\d\b|\b5\d\d\b",
    re.IGNORECASE,
)


async def _nap(seconds: float) -> None:
    """Waits between tries are other tests' business."""


def _provider() -> Provider:
    patience = Patience(tries=2, first_token=1.0, idle=1.0, total=10.0)
    return Retrying(Switch(), patience, chance=Random(1), sleep=_nap)


@pytest.mark.slow
@pytest.mark.timeout(180)
@pytest.mark.parametrize("way", ["compatible", "litellm"])
async def test_a_room_of_failing_models_goes_on(
    tmp_path: Path, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with door_server() as door:
        monkeypatch.setenv("OPENAI_API_KEY", "sk-test-0123456789")
        monkeypatch.setenv("OPENAI_BASE_URL", door.base_url)
        behaviours = [*FAILS, "think", "big", "speaks"]
        path = tmp_path / "room" / "log.jsonl"
        start_log(path, names=())
        with Log(path, now=START) as log:
            for number, behaviour in enumerate(behaviours, 1):
                model = door.model(behaviour) if way == "compatible" else f"openai/{behaviour}"
                newcomer = Participant(id=f"AI-{number}", name=behaviour, model=model)
                log.append(START, e.Joined(participant=newcomer))
        if way == "litellm":  # its import is slower than the patience of this test
            warm = Request(model="openai/speaks", lines=[Line("user", "hello")])
            assert [piece async for piece in Switch().stream(warm)]
        async with stage(tmp_path, provider=_provider(), clock=WallClock()) as s:
            ending = await s.session.run(turns=len(behaviours) + 1)
            assert ending.reason == "turns"
            room = s.session.room
            spoken = {x.author: x for x in s.events(e.Spoke) if isinstance(x, e.Spoke)}
            failed = {x.author: x for x in s.events(e.Faltered) if isinstance(x, e.Faltered)}
            ids = {behaviour: f"AI-{number}" for number, behaviour in enumerate(behaviours, 1)}
            for behaviour in FAILS:
                assert failed[ids[behaviour]].error == ERRORS[behaviour], behaviour
            for behaviour in set(FAILS) - {"cut"}:
                assert ids[behaviour] not in spoken, behaviour
            assert spoken[ids["cut"]].cut == "broken"
            assert spoken[ids["big"]].cut == "length"
            assert len(spoken[ids["big"]].text) < 3_000_000
            assert spoken[ids["think"]].reasoning
            assert "<think>" not in spoken[ids["think"]].text
            for line in spoken.values():
                if line.author != ids["big"]:
                    assert not SUSPECT.search(line.text), line.text
            for once in ("401", "402", "403", "404"):
                assert failed[ids[once]].attempts == 1
                assert room.seat(ids[once]).benched
            assert failed[ids["429"]].attempts == 2
            assert not room.seat(ids["speaks"]).benched
            if way == "compatible":
                assert room.dollars == 0.0
            told = str(_last(door)["messages"])
            assert "RateLimited" not in told
            assert "Traceback" not in told


def _last(door: Door) -> dict[str, Any]:
    return next(asked.body for asked in reversed(door.asked) if asked.model == "speaks")


def test_every_failure_has_a_class_of_its_own() -> None:
    kinds = {kind.__name__ for kind in ProviderError.__subclasses__()}
    assert set(ERRORS.values()) <= kinds
