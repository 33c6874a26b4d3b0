"""Continuity in a room that goes on: scored, shown, asked for, told when it falls."""

import re
from pathlib import Path
from types import ModuleType

import pytest

from harness.evaluation.standing import COUNTER
from tests.tui.sitting import (
    app,
    events,
    scenario,
    screen_text,
    session,
    shown,
    until,
    write,
)
from tests.tui.told import FALL, VERIFIER, WATCH, watch, write_room
from transcripts import events as e
from transcripts.export import html, md, txt
from transcripts.log import read
from tui.desk import Desk
from tui.screens.wishes import NewRoom
from tui.widgets.prompt import Prompt

TALK = """
title = "Two who count"
rounds = 1
[[cast]]
name = "Ada"
model = "scripted/ada"
script = ["the brass lantern burns four litres an hour", "four litres, as I said", "and so on"]
[[cast]]
name = "Bob"
model = "scripted/bob"
script = ["then the brass lantern goes out at two", "at two, and not at three", "and so on"]
"""


@pytest.fixture
def scoring(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENFOLD_CONTINUITY__LIVE", "always")


# What a room does.


@pytest.mark.usefixtures("scoring")
async def test_a_turn_is_scored_and_the_line_shows_it(tmp_path: Path) -> None:
    made = scenario(tmp_path / "own", "talk", TALK)
    async with app(NewRoom(made)).run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: session(pilot).stands)
        await until(pilot, lambda: len(events(pilot, e.Scored)) == 2)
        scores = [one.score for one in events(pilot, e.Scored)]
        await until(pilot, shown(pilot, f"continuity {scores[-1]}"))
        await pilot.press("f3")
        newest = events(pilot, e.Scored)[-1]
        await until(pilot, shown(pilot, f"the line at {newest.line}"))
        for bits in (newest.none, newest.sent, newest.full):
            assert f"{bits:,}" in screen_text(pilot)
        assert newest.none > newest.full  # it goes on from something


async def test_nothing_is_shown_where_nothing_is_scored(tmp_path: Path) -> None:
    made = scenario(tmp_path / "own", "talk", TALK)
    async with app(NewRoom(made)).run_test(size=(200, 50)) as pilot:
        await until(pilot, lambda: session(pilot).stands)
        await until(pilot, lambda: len(events(pilot, e.Folded)) >= 2)
        await pilot.press("f3")
        await until(pilot, shown(pilot, "fold of"))
        assert "ontinuity" not in screen_text(pilot)
        await write(pilot, "/continuity")
        await pilot.pause()
        assert not events(pilot, e.Changed)


@pytest.mark.usefixtures("scoring")
async def test_the_command_shows_it_and_says_when_it_is_too_little(tmp_path: Path) -> None:
    made = scenario(tmp_path / "own", "talk", TALK)
    async with app(NewRoom(made)).run_test(size=(120, 30), notifications=True) as pilot:
        await until(pilot, lambda: session(pilot).stands)
        await until(pilot, lambda: len(events(pilot, e.Scored)) == 2)
        await write(pilot, "/continuity")
        await until(pilot, shown(pilot, "no notice is asked for"))
        assert not events(pilot, e.Changed)
        await write(pilot, "/continuity 80 widen")
        await until(pilot, lambda: len(events(pilot, e.Changed)) == 2)
        now = session(pilot).room
        assert (now.continuity_threshold, now.continuity_policy) == (80, "widen")
        await until(pilot, shown(pilot, "continuity.threshold is now 80"))
        await write(pilot, "/continuity off")
        await until(pilot, lambda: session(pilot).room.continuity_threshold == 0)
        assert session(pilot).room.continuity_policy == "widen"
        before = len(session(pilot).log)
        await write(pilot, "/continuity 101")
        await until(pilot, shown(pilot, "'101' is no share"))
        assert pilot.app.screen.query_one(Prompt).text == "/continuity 101"
        assert len(session(pilot).log) == before


@pytest.mark.usefixtures("scoring")
async def test_a_fall_is_told_in_the_room_and_to_no_model(tmp_path: Path) -> None:
    by = COUNTER.begin()
    if not by:
        pytest.skip("no C kernel is here to count with")
    made = scenario(tmp_path / "own", "talk", TALK)
    async with app(NewRoom(made)).run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: session(pilot).stands)
        sits = session(pilot)
        await until(pilot, lambda: len(events(pilot, e.Scored)) == 2)
        await write(pilot, "/continuity 90")
        line = events(pilot, e.Scored)[-1].line
        for _ in range(6):
            sits.record(
                e.Scored(line=line, none=900, sent=890, full=300, score=0, verifier=by)
            )  # fmt: skip
        sits.step()
        await until(pilot, lambda: events(pilot, e.Slipped))
        slipped = events(pilot, e.Slipped)[-1]
        assert slipped.score < slipped.threshold == 90
        await until(pilot, shown(pilot, f"continuity {slipped.score}, below 90"))
        await until(pilot, shown(pilot, f"continuity {slipped.score}!"))
        asked = await sits.preview("AI-1")
        assert not any("continuity" in message.text for message in asked.lines)


# What becomes of it elsewhere.


@pytest.mark.parametrize("kind", [html, md, txt])
def test_an_export_takes_no_score_for_speech(kind: ModuleType) -> None:
    desk = Desk.here(ascii=False)
    kept = [event for event in FALL if not isinstance(event, e.Scored)]
    told, without = (
        "".join(kind.export(read(desk.rooms.log(write_room(desk, name, [*watch(), *more])))))
        for name, more in ((WATCH, FALL), (f"{WATCH}-2", kept))
    )
    assert ("continuity 71, below 80" in told) == (kind is not txt)  # which has speech alone
    assert VERIFIER not in told
    assert _untimed(told) == _untimed(without)


def _untimed(page: str) -> list[str]:
    """What is said, without the times and places of it."""
    return re.sub("[0-9:]+", "", page).split("\n")
