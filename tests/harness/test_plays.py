"""Bundled scenarios, played to their end as a stranger would see them: no key, no network."""

from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from agents.prompts import ask
from agents.scenarios.scenario import bundled, load
from harness.clock import FixedClock
from harness.compose import new_room, open_session
from harness.config import Settings
from harness.paths import Paths
from harness.rooms import Rooms
from tests.fakes import START
from transcripts import events as e
from transcripts.events import Entry


async def play(folder: Path, name: str) -> list[Entry]:
    """Return the log of a room made from the scenario, after all its rounds."""
    paths = Paths(
        config=folder / "config",
        data=folder / "data",
        state=folder / "state",
        cache=folder / "cache",
    )
    rooms, clock, scenario = Rooms(paths.rooms), FixedClock(START), load(name)
    room_id = await new_room(rooms, scenario, paths, Settings(), clock, seed=1)
    async with open_session(rooms, room_id, paths, Settings(), clock) as session:
        ending = await session.run(rounds=scenario.rounds)
        assert (ending.reason, session.room.rounds) == ("rounds", scenario.rounds)
        for seat in session.room.models:
            lines = ask(session.room, seat.id).lines[1:]
            assert all(one.role != other.role for one, other in pairwise(lines))
        return list(session.log)


@pytest.mark.parametrize("name", [name for name in bundled() if load(name).scripted])
async def test_every_line_of_a_scenario_is_played_as_written(tmp_path: Path, name: str) -> None:
    log = await play(tmp_path, name)
    scenario = load(name)

    spoken: dict[str, list[str]] = {}
    models: dict[str, str] = {}
    for entry in log:
        match entry.event:
            case e.Joined(participant=who) if not who.person:
                models[who.id] = who.model
            case e.Spoke(author=author, text=text, stripped=stripped, foreign=foreign, cut=cut):
                spoken.setdefault(author, []).append(text)
                assert (stripped, foreign, cut) == ("", (), "")
            case e.Faltered():
                pytest.fail(f"{entry.event}")
            case _:
                pass
    for who, model in models.items():
        script = scenario.script.get(who) or scenario.script.get(model) or []
        said = spoken.get(who, [])
        assert said == script[: len(said)]
        # Only who was voted out has lines left.
        gone = any(
            isinstance(one.event, e.Left) and one.event.participant == who for one in log
        )
        assert gone or said == script


async def test_the_default_has_something_of_everything(tmp_path: Path) -> None:
    log = await play(tmp_path, "lighthouse")
    happened = Counter(type(entry.event) for entry in log)

    assert happened[e.Spoke] == 23
    assert happened[e.ImageCreated] == 2
    assert happened[e.Whispered] == 1
    assert happened[e.PollOpened] == happened[e.PollClosed] == 2
    assert happened[e.Skipped] == happened[e.Muted] == 1
    assert happened[e.Left] == 2
    assert happened[e.PromptRemoved] == 1
    declined = [entry.event for entry in log if isinstance(entry.event, e.Declined)]
    assert Counter(one.verb for one in declined) == {
        "image": 1,
        "add_ai": 2,
        "search": 1,
        "horn": 1,
    }
    reasons = "\n".join(one.result for one in declined)
    assert "Brackwater Radio, Brackwater Forecast" in reasons
    assert "Brackwater Radio is here already, as AI-4" in reasons
    closed = [entry.event for entry in log if isinstance(entry.event, e.PollClosed)]
    assert [one.outcome for one in closed] == ["north 3, south 1, none 1", "yes, 3 of 4"]
    changed = [entry.event for entry in log if isinstance(entry.event, e.TemperatureSet)]
    assert [(one.participant, one.requested, one.changed) for one in changed] == [
        ("AI-1", 0.4, True),
        ("AI-3", 1.3, True),
        ("AI-1", 0.4, False),
        ("AI-5", 2.0, True),
    ]
    answered = [entry.event for entry in log if isinstance(entry.event, e.Answered)]
    assert [one.verb for one in answered] == ["list_models", "prompt"]
