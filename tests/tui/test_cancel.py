"""Esc and what is typed meanwhile, with a provider that really streams over a connection."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.pilot import Pilot

from tests.agents.door import Door, door_server, words_of
from tests.tui.sitting import (
    app,
    enfold,
    events,
    room,
    scenario,
    screen_text,
    session,
    shown,
    strike,
    until,
)
from transcripts import events as e
from transcripts.log import read
from transcripts.participants import PERSON, ROOM
from tui.screens.wishes import NewRoom
from tui.widgets.prompt import Prompt

PROMPTLY = 0.2
"""Seconds from Esc to the end of the connection, at most, as the server sees it."""

TRIES = 4
"""The machine may be busy: the best of so many counts."""


@pytest.fixture
def door() -> Iterator[Door]:
    with door_server() as door:
        yield door
        assert door.most_at_once <= 1, "two models were asked at once"


def talk(door: Door, folder: Path, *behaviours: str, rounds: int = 90) -> NewRoom:
    """A room of one participant for each behaviour of the server."""
    cast = "".join(
        f'[[cast]]\nname = "N{number}"\nmodel = "{door.model(one)}"\n'
        for number, one in enumerate(behaviours)
    )
    text = f'title = "A real stream"\nrounds = {rounds}\nopening = "begin"\n{cast}'
    return NewRoom(scenario(folder, "stream", text))


def said(pilot: Pilot[int]) -> list[tuple[str, str]]:
    return [(line.author, line.text) for line in events(pilot, e.Spoke)][1:]


def kept(pilot: Pilot[int]) -> list[e.Spoke]:
    """What is in the one log there is, whatever is on the screen."""
    [log] = enfold(pilot).desk.paths.rooms.glob("*/log.jsonl")
    return [entry.event for entry in read(log) if isinstance(entry.event, e.Spoke)]


async def streaming(pilot: Pilot[int], door: Door, requests: int = 1) -> None:
    """Wait until the reply to so many requests is being written on the screen."""
    await until(pilot, lambda: len(door.asked) >= requests and door.at_once)
    await until(pilot, lambda: session(pilot).speaking)
    drops = "drop drop drop"
    await until(
        pilot,
        lambda: any(drops in row for row in screen_text(pilot).split("\n")[-12:]),
    )


async def test_esc_ends_the_connection_at_once_and_keeps_what_was_said(
    door: Door, tmp_path: Path
) -> None:
    took: list[float] = []
    async with app(talk(door, tmp_path, "drip")).run_test(
        notifications=True, size=(100, 30)
    ) as pilot:
        for number in range(1, TRIES + 1):
            await streaming(pilot, door, number)
            pressed = time.monotonic()
            await strike(pilot, "escape")
            await until(pilot, lambda n=number: len(door.left) == n)
            took.append(door.left[-1] - pressed)
            await until(pilot, lambda n=number: len(said(pilot)) == n)
            line = events(pilot, e.Spoke)[-1]
            assert line.cut == "stopped"
            assert line.text.startswith("drop drop drop")
            assert line.usage is not None
            assert line.usage.seconds > 0
            assert line.usage.sent > 0
            assert line.usage.model == door.model("drip")
            await until(pilot, shown(pilot, "stopped here"))
            if took[-1] < PROMPTLY:
                break
            await pilot.pause(1.1)  # else the next Esc is the second of two
        assert min(took) < PROMPTLY, took
        used = next(one for one in session(pilot).budgets if one.name == "turns")
        assert used.amount == len(took)
        assert room(pilot).shown_room.seat("AI-1").turns == len(took)


async def test_three_lines_typed_during_one_stream_come_next_in_order_and_are_heard(
    door: Door, tmp_path: Path
) -> None:
    async with app(talk(door, tmp_path, "drip", "speaks", rounds=1)).run_test(
        notifications=True, size=(100, 30)
    ) as pilot:
        await streaming(pilot, door)
        for line in ("first [/]", "second", "and third"):
            await strike(pilot, *line, "enter")
        await until(pilot, lambda: len(events(pilot, e.Queued)) == 3)
        await until(pilot, shown(pilot, "queued 3"))
        assert door.at_once == 1
        assert len(said(pilot)) == 0
        assert pilot.app.screen.query_one(Prompt).text == ""
        await strike(pilot, "escape")
        await until(pilot, lambda: len(said(pilot)) == 5)
        authors = [author for author, _ in said(pilot)]
        assert authors == ["AI-1", "you", "you", "you", "AI-2"]
        assert [text for _, text in said(pilot)][1:4] == ["first [/]", "second", "and third"]
        heard = "\n".join(words_of(door.asked[-1]))
        places = [heard.index(line) for line in ("drop drop", "first [/]", "second", "third")]
        assert places == sorted(places)
        await until(pilot, lambda: session(pilot).stands)
        await pilot.pause(0.3)
        assert len(door.asked) == 2  # the round that was asked for, and no second one
        assert authors == [author for author, _ in said(pilot)]


async def test_a_line_during_a_stream_of_a_room_that_stands_begins_no_second_round(
    door: Door, tmp_path: Path
) -> None:
    async with app(talk(door, tmp_path, "speaks", rounds=1)).run_test(
        notifications=True, size=(100, 30)
    ) as pilot:
        await until(pilot, shown(pilot, "1 round done"))
        for number in range(1, 4):
            await strike(pilot, "y", "o", "enter", "y", "o", "enter")
            await until(pilot, lambda: session(pilot).stands and not session(pilot).speaking)
            await until(pilot, lambda n=number: len(events(pilot, e.Spoke)) >= 2 + 3 * n)
            await pilot.pause(0.1)
        # Two lines are answered by one round: together where they came together.
        assert len(door.asked) <= 1 + 3 * 2
        assert [line.text for line in events(pilot, e.Spoke) if line.author == "you"].count(
            "yo"
        ) == 6


async def test_keys_that_are_hammered_never_ask_two_at_once(door: Door, tmp_path: Path) -> None:
    async with app(talk(door, tmp_path, "speaks", "drip", "speaks")).run_test(
        notifications=True, size=(100, 30)
    ) as pilot:
        await streaming(pilot, door, 2)
        await strike(pilot, *(["f6"] * 10))
        await strike(pilot, *(["ctrl+@"] * 9))
        await strike(pilot, "escape", "escape", "escape")
        await until(pilot, lambda: not session(pilot).speaking or len(door.asked) > 2)
        await strike(pilot, *(["f7"] * 3), *(["ctrl+@"] * 4), *(["f6"] * 10), "escape")
        for _ in range(20):
            await strike(pilot, "escape", "ctrl+@", "f6")
        assert door.most_at_once == 1
        await strike(pilot, "escape", "escape", "escape")
        await until(pilot, lambda: session(pilot).room.paused and not session(pilot).speaking)
        asked = len(door.asked)
        await pilot.pause(0.5)
        assert len(door.asked) == asked  # it stands
        assert door.at_once == 0
    lines = [line for line in kept(pilot) if line.author not in {PERSON, ROOM}]
    assert 0 < len(lines) <= len(door.asked)


async def test_leaving_the_room_ends_the_connection(door: Door, tmp_path: Path) -> None:
    async with app(talk(door, tmp_path, "drip")).run_test(
        notifications=True, size=(100, 30)
    ) as pilot:
        await streaming(pilot, door)
        pressed = time.monotonic()
        await strike(pilot, "ctrl+o")
        await until(pilot, lambda: door.left)
        assert door.left[0] - pressed < 5
        await until(pilot, shown(pilot, "Begin"))
        last = kept(pilot)[-1]
        assert last.cut == "stopped"
        assert "drop" in last.text
