"""A room told again: the keys of a tape recorder, and what is remembered at each place."""

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path

from textual.pilot import Pilot
from textual.widgets import Input

from harness.inspection import Look, look
from harness.paths import paths
from harness.rehearsal import Rehearsal
from tests.transcripts.sample import at_places
from tests.tui.sitting import (
    app,
    enfold,
    room,
    scenario,
    screen_text,
    session,
    shown,
    strike,
    transcript,
    until,
)
from tests.tui.test_room_screen import SHORT
from tests.tui.test_words_survive import bring_in, view
from transcripts import events as e
from transcripts.events import Entry, Event
from transcripts.log import read
from transcripts.participants import Participant
from tui.screens.replay import ReplayScreen
from tui.screens.room import RoomScreen
from tui.screens.start import StartScreen
from tui.screens.wishes import NewRoom, ReplayRoom
from tui.widgets.inspector import Inspector

SIZE = (140, 40)


def talk(messages: int, words: int = 12) -> list[Entry]:
    """A room that nobody folded live; an entry every two and a half seconds."""
    events: list[Event] = [
        e.Opened(title="A talk from elsewhere", budget=512),
        *(
            e.Joined(participant=Participant(id=f"AI-{n}", name=f"N{n}", model=""))
            for n in (1, 2)
        ),
        *(
            e.Spoke(
                author=f"AI-{1 + n % 2}",
                text=f"line {n:03}. " + " ".join(f"w{n}x{word}" for word in range(words)),
            )
            for n in range(messages)
        ),
    ]
    return at_places(*events)


def replay(pilot: Pilot[int]) -> ReplayScreen:
    screen = pilot.app.screen
    assert isinstance(screen, ReplayScreen), screen
    return screen


def at(pilot: Pilot[int]) -> int:
    """How many entries were heard, as the screen says it."""
    total = len(replay(pilot)._entries)
    for word in screen_text(pilot).split():
        heard, slash, of = word.partition("/")
        if slash and of == str(total) and heard.isdecimal():
            return int(heard)
    raise AssertionError(screen_text(pilot))


async def heard(pilot: Pilot[int], number: int) -> None:
    await until(pilot, lambda: at(pilot) == number)
    place = number - 1
    await until(
        pilot,
        lambda: (
            not transcript(pilot).page.items or transcript(pilot).page.items[-1].place <= place
        ),
    )


async def go(pilot: Pilot[int], place: int) -> None:
    """Go to a place by keys."""
    await pilot.press("ctrl+g")
    await until(pilot, shown(pilot, "Go to which place"))
    pilot.app.screen.query_one(Input).value = str(place)
    await pilot.press("enter")
    await until(pilot, lambda: isinstance(pilot.app.screen, ReplayScreen))
    await heard(pilot, place + 1)


async def test_it_plays_stands_and_goes_faster_by_keys() -> None:
    log = talk(8)
    async with app(ReplayRoom(bring_in(log))).run_test(size=SIZE) as pilot:
        await until(pilot, shown(pilot, "1x playing"))
        await strike(pilot, "p")
        await until(pilot, shown(pilot, "1x standing"))
        stood = at(pilot)
        await pilot.pause(0.3)
        assert at(pilot) == stood < len(log)
        for key, speed in (
            *(("+", "2x"), ("+", "4x"), ("+", "8x"), ("+", "16x"), ("+", "at once")),
            *(("+", "at once"), ("-", "16x"), ("-", "8x")),
        ):
            await strike(pilot, key)
            await until(pilot, shown(pilot, f"{speed} standing"))
        await strike(pilot, "+", "+", "p")
        await until(pilot, shown(pilot, "the end"))
        await heard(pilot, len(log))
        assert "line 007." in screen_text(pilot)
        await strike(pilot, "-", "-", "-", "-", "-", "-", "-", "-", "-")
        await until(pilot, shown(pilot, "0.25x"))
        await strike(pilot, "p")  # from the end it begins anew
        await until(pilot, shown(pilot, "0.25x playing"))
        await until(pilot, lambda: "line 000." not in screen_text(pilot))
        await strike(pilot, "space", "ctrl+@")
        await until(pilot, shown(pilot, "standing"))


async def test_steps_go_one_entry_on_and_one_message_back() -> None:
    log = talk(4)
    async with app(ReplayRoom(bring_in(log))).run_test(size=SIZE) as pilot:
        await until(pilot, shown(pilot, "playing"))
        await strike(pilot, "p", "0")
        await heard(pilot, 0)
        assert "line" not in "".join(view(pilot))
        for number in range(1, len(log) + 1):
            await strike(pilot, ("s", "full_stop", "f6")[number % 3])
            await heard(pilot, number)
        rows = "".join(view(pilot))
        assert all(f"line {n:03}." in rows for n in range(4))
        await strike(pilot, "s")
        await pilot.pause(0.1)
        assert at(pilot) == len(log)
        for left in (3, 2, 1, 0):
            await strike(pilot, "b")
            await heard(pilot, 3 + left)
            rows = "".join(view(pilot))
            assert [n for n in range(4) if f"line {n:03}." in rows] == list(range(left))
        for _ in range(3):
            await strike(pilot, "b")
        await heard(pilot, 0)
        await strike(pilot, *"sssss")
        await heard(pilot, 5)


def expected(pilot: Pilot[int], entries: Sequence[Entry]) -> Look | None:
    """cc as whoever looks from outside finds it at the place that is shown."""
    screen = replay(pilot)
    known = entries[: at(pilot)]
    return look(screen.desk.paths.bank, screen.room_id, known, len(known) - 1)


def same(shown: object, found: Look | None) -> bool:
    """Whether the inspector shows what was found."""
    if shown is None or found is None:
        return shown is found
    return all(
        getattr(shown, name) == getattr(found, name)
        for name in ("upto", "text", "changes", "size")
    )


async def test_an_imported_room_is_folded_as_it_plays_and_the_inspector_follows() -> None:
    log = talk(12)
    async with app(ReplayRoom(bring_in(log))).run_test(size=SIZE) as pilot:
        await until(pilot, shown(pilot, "playing"))
        await strike(pilot, "p", "0", "f3")
        await heard(pilot, 0)
        inspector = pilot.app.screen.query_one(Inspector)
        places = [0]
        for _ in range(9):
            await strike(pilot, "o")
            await until(pilot, lambda: at(pilot) > places[-1])
            places.append(at(pilot))
            await until(pilot, lambda: same(inspector._look, expected(pilot, log)))
            await until(pilot, lambda: inspector._look is not None)
        assert places == [0, *range(5, 14)]  # a turn is over when the next one begins
        newest = inspector._look
        assert newest is not None
        assert newest.upto == 11
        assert "line 00" in screen_text(pilot).split("2,048")[-1]

        for place in (13, 3, 9):
            await go(pilot, place)
            await until(pilot, lambda: same(inspector._look, expected(pilot, log)))
            found = expected(pilot, log)
            assert found is None or found.upto <= place
        await strike(pilot, "0")
        await heard(pilot, 0)
        await until(pilot, lambda: same(inspector._look, expected(pilot, log)))
        await go(pilot, 13)
        await strike(pilot, "o")  # the last turn is over at the end
        await heard(pilot, len(log))
        await until(pilot, lambda: same(inspector._look, expected(pilot, log)))
        assert inspector._look is not None
        assert inspector._look.upto == len(log) - 1


async def test_a_room_that_was_folded_live_shows_the_folds_it_had(tmp_path: Path) -> None:
    wish = NewRoom(scenario(tmp_path, "short", SHORT.replace("rounds = 1", "rounds = 3")))
    async with app(wish).run_test(notifications=True, size=SIZE) as pilot:
        await until(pilot, shown(pilot, "3 rounds done"))
        log = list(read(room(pilot).desk.rooms.log(room(pilot).room_id)))
        folds = [one.place for one in log if isinstance(one.event, e.Folded)]
        assert len(folds) > 3
        bank = room(pilot).desk.paths.data / "bank.sqlite"
        before = bank.read_bytes()
        await pilot.press("f5")
        await until(pilot, lambda: isinstance(pilot.app.screen, ReplayScreen))
        await until(pilot, shown(pilot, f"/{len(log)}"))
        await strike(pilot, "p", "0", "f3")
        await heard(pilot, 0)
        inspector = pilot.app.screen.query_one(Inspector)
        for place in folds:
            await strike(pilot, "o")
            await heard(pilot, place + 1)
            await until(pilot, lambda: same(inspector._look, expected(pilot, log)))
            assert inspector._look is not None
        await strike(pilot, "o")
        await until(
            pilot, lambda: any("no fold" in one.message for one in pilot.app._notifications)
        )
        await go(pilot, folds[1])
        await until(pilot, lambda: same(inspector._look, expected(pilot, log)))
        screen = replay(pilot)
        assert list(read(screen.desk.rooms.log(screen.room_id))) == log
        await pilot.press("escape")  # back to where it was asked for
        await until(pilot, lambda: isinstance(pilot.app.screen, RoomScreen))
        await until(pilot, lambda: session(pilot).stands)
        assert len(before) <= len(bank.read_bytes())


async def test_going_to_the_end_and_back_shows_the_same_as_before() -> None:
    log = talk(60, 30)
    async with app(ReplayRoom(bring_in(log))).run_test(size=SIZE) as pilot:
        await until(pilot, shown(pilot, "playing"))
        await strike(pilot, "p")
        pages: dict[int, list[str]] = {}
        for place in (20, 62, 20, 5, 62):
            await go(pilot, place)
            await pilot.press("G")
            await pilot.pause(0.1)
            rows = [row.replace("▎", " ") for row in view(pilot)]
            assert pages.setdefault(place, rows) == rows
            assert any(f"line {place - 3:03}." in row for row in rows)
            assert not any(f"line {place - 2:03}." in row for row in rows)


async def test_what_a_replay_remembers_is_what_a_replay_without_a_screen_does() -> None:
    log = talk(40)
    room_id = bring_in(log)
    async with app(ReplayRoom(room_id, len(log))).run_test(size=SIZE) as pilot:
        await until(pilot, shown(pilot, "the end"))
        await strike(pilot, "0", "o", "o", "b")
        await go(pilot, len(log) - 1)
        await pilot.press("ctrl+o")
        await until(pilot, lambda: isinstance(pilot.app.screen, StartScreen))
    seen = look(paths().bank, room_id, log)
    await headless(room_id, log)
    again = look(paths().bank, room_id, log)
    assert seen is not None
    assert same(seen, again)


async def headless(room_id: str, log: Sequence[Entry]) -> None:
    rehearsal = await asyncio.to_thread(Rehearsal, paths().bank, room_id, log)
    with rehearsal:
        for entry in log:
            await rehearsal.hear(entry)
        await rehearsal.finish()


async def test_leaving_while_much_is_folded_is_quick_and_leaves_all_whole() -> None:
    log = talk(1500, 60)
    room_id = bring_in(log)
    async with app(ReplayRoom(room_id, len(log))).run_test(size=SIZE) as pilot:
        await until(pilot, shown(pilot, "the end"))
        started = time.monotonic()
        await strike(pilot, "ctrl+o")
        await until(pilot, lambda: isinstance(pilot.app.screen, StartScreen))
        assert time.monotonic() - started < 5
        assert list(read(enfold(pilot).desk.rooms.log(room_id))) == log
        found = look(paths().bank, room_id, log)
        assert found is None or found.upto < len(log) - 1  # it was not done yet

        enfold(pilot).post_message(ReplayRoom(room_id, 10))
        await until(pilot, lambda: isinstance(pilot.app.screen, ReplayScreen))
        await until(pilot, shown(pilot, f"/{len(log)}"))
        await strike(pilot, "p", "f3")
        inspector = pilot.app.screen.query_one(Inspector)
        await until(pilot, lambda: inspector._look is not None)
        await until(pilot, lambda: same(inspector._look, expected(pilot, log)))


async def test_it_goes_on_live_with_what_was_said(tmp_path: Path) -> None:
    wish = NewRoom(scenario(tmp_path, "short", SHORT))
    async with app(wish).run_test(notifications=True, size=SIZE) as pilot:
        await until(pilot, shown(pilot, "1 round done"))
        room_id = room(pilot).room_id
    async with app(ReplayRoom(room_id)).run_test(notifications=True, size=SIZE) as pilot:
        await until(pilot, shown(pilot, "replay"))
        await strike(pilot, "l")
        await until(pilot, lambda: isinstance(pilot.app.screen, RoomScreen))
        await until(pilot, lambda: session(pilot).stands)
        await until(pilot, shown(pilot, "the first of bob"))
        await pilot.press("f6")
        await until(pilot, shown(pilot, "the second of ada"))


async def test_an_imported_room_goes_on_live_after_a_replay_of_some_of_it() -> None:
    log = talk(30)
    room_id = bring_in(log)
    async with app(ReplayRoom(room_id, 9)).run_test(notifications=True, size=SIZE) as pilot:
        await until(pilot, shown(pilot, "playing"))
        await strike(pilot, "p", "o", "l")
        await until(pilot, lambda: isinstance(pilot.app.screen, RoomScreen))
        await until(pilot, lambda: session(pilot).stands)
        await pilot.press("f3")
        inspector = pilot.app.screen.query_one(Inspector)
        await until(pilot, lambda: inspector._look is not None)
        assert inspector._look is not None
        assert inspector._look.upto >= len(log) - 1


async def test_keys_hammered_in_any_order_break_nothing() -> None:
    log = talk(50)
    async with app(ReplayRoom(bring_in(log))).run_test(notifications=True, size=SIZE) as pilot:
        await until(pilot, shown(pilot, "playing"))
        await strike(pilot, "f3", *("posb0+-sob" * 12), *("b" * 9), *("o" * 9), "ctrl+r")
        await strike(pilot, "p", *("+" * 8))
        await strike(pilot, "p")
        await pilot.pause(0.2)
        await go(pilot, 17)
        rows = "".join(view(pilot))
        assert "line 014." in rows
        assert "line 015." not in rows
        assert pilot.app._exception is None
