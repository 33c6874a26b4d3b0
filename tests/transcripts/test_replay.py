"""Replay: paces, the keys of the player, and that its room is the live one."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import reduce as fold

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.transcripts.sample import START, at_places, room, said
from transcripts import events as e
from transcripts.events import Entry, Source
from transcripts.replay import READING, SNAPSHOT, Player, gap, schedule
from transcripts.room import Room, reduce


class Clock:
    """A sleep that takes no time and remembers what was asked of it."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(0)


class Held:
    """A sleep that lasts until it is let go."""

    def __init__(self) -> None:
        self.asked: list[float] = []
        self.go = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        self.asked.append(seconds)
        await self.go.wait()


def long_room(lines: int) -> list[Entry]:
    return said(*(f"line {number}" for number in range(lines)))


def room_at(entries: list[Entry], place: int) -> Room:
    return fold(reduce, entries[:place], Room())


async def listen(player: Player, hear: Callable[[Entry], None]) -> None:
    async for entry in player:
        hear(entry)


async def settle() -> None:
    for _ in range(8):
        await asyncio.sleep(0)


async def test_a_player_yields_every_entry_in_order_and_ends_with_the_live_room():
    entries = room()
    clock = Clock()
    player = Player(entries, sleep=clock.sleep)
    assert [entry async for entry in player] == entries
    assert player.room == room_at(entries, len(entries))
    assert player.done
    assert clock.slept == [2.5] * (len(entries) - 1)


async def test_the_room_is_right_after_every_single_entry():
    entries = room()
    player = Player(entries, speed=None)
    async for entry in player:
        assert player.room == room_at(entries, entry.place + 1)


async def test_steps_let_through_one_entry_each_and_no_more():
    entries = long_room(10)
    player = Player(entries, paused=True)
    heard: list[Entry] = []

    async with asyncio.TaskGroup() as group:
        listening = group.create_task(listen(player, heard.append))
        await settle()
        assert heard == []
        player.step()
        await settle()
        assert heard == entries[:1]
        player.step()
        player.step()
        await settle()
        assert heard == entries[:3]
        assert not player.playing
        listening.cancel()


async def test_a_pause_in_the_middle_of_a_wait_holds_and_play_goes_on():
    entries = long_room(3)
    held = Held()
    player = Player(entries, sleep=held.sleep)
    heard: list[Entry] = []

    async with asyncio.TaskGroup() as group:
        group.create_task(listen(player, heard.append))
        await settle()
        assert len(heard) == 1
        player.pause()
        await settle()
        held.go.set()
        await settle()
        assert len(heard) == 1
        player.play()
    assert heard == entries


async def test_a_new_speed_takes_effect_in_the_middle_of_a_wait():
    entries = long_room(1)
    held = Held()
    player = Player(entries, sleep=held.sleep)

    async def listen() -> None:
        async for _ in player:
            pass

    async with asyncio.TaskGroup() as group:
        group.create_task(listen())
        await settle()
        player.speed = 10
        await settle()
        player.speed = None
    assert held.asked[0] == 2.5
    assert held.asked[1] == pytest.approx(0.25, abs=0.02)
    assert player.done


async def test_time_already_waited_is_not_waited_again():
    entries = at_places(e.Opened(title="x"), e.Resumed(by="you"), seconds=0.4)
    player = Player(entries)
    loop = asyncio.get_running_loop()

    async def listen() -> float:
        started = loop.time()
        async for _ in player:
            pass
        return loop.time() - started

    async with asyncio.TaskGroup() as group:
        listening = group.create_task(listen())
        for _ in range(3):
            await asyncio.sleep(0.1)
            player.speed = 1.0
    assert 0.35 < listening.result() < 0.6


@pytest.mark.parametrize("there", [0, 1, SNAPSHOT - 1, SNAPSHOT, SNAPSHOT + 1, 600, 10**9])
async def test_a_jump_anywhere_gives_the_room_that_was_there(there: int):
    entries = long_room(3 * SNAPSHOT)
    player = Player(entries, speed=None)
    for start in (0, 500, len(entries)):
        player.jump(start)
        assert player.jump(there) == room_at(entries, there)
        assert list(player.heard) == entries[:there]
    rest = [entry async for entry in player]
    assert rest == entries[there:]


async def test_after_a_jump_while_playing_it_goes_on_from_there():
    entries = long_room(40)
    player = Player(entries, speed=None)
    heard: list[int] = []
    async for entry in player:
        heard.append(entry.place)
        if heard == [0, 1, 2]:
            player.jump(38)
        if entry.place == 40 and heard.count(40) == 1:
            player.jump(40)
    assert heard == [0, 1, 2, 38, 39, 40, 40, 41, 42]
    assert player.room == room_at(entries, 43)


async def test_next_fold_plays_up_to_it_without_waiting_and_pauses():
    entries = room()
    clock = Clock()
    player = Player(entries, sleep=clock.sleep, paused=True)
    heard: list[Entry] = []

    async with asyncio.TaskGroup() as group:
        listening = group.create_task(listen(player, heard.append))
        assert player.next_fold()
        for _ in range(6):
            await settle()
        assert isinstance(heard[-1].event, e.Folded)
        assert player.room.carried.folds == 1
        assert not player.playing
        assert clock.slept == []
        assert not player.next_fold()
        listening.cancel()


async def test_a_sleep_that_fails_is_not_swallowed():
    async def broken(seconds: float) -> None:
        raise OSError(seconds)

    with pytest.raises(OSError, match=r"2\.5"):
        async for _ in Player(long_room(1), sleep=broken):
            pass


def test_the_schedule_follows_the_clock_caps_silence_and_divides_by_speed():
    entries = at_places(e.Opened(title="x"), e.Resumed(by="you"), e.Paused(reason="", by="you"))
    entries[2] = replace(entries[2], at=START + timedelta(days=1))
    assert [wait for wait, _ in schedule(entries)] == [0, 2.5, 8]
    assert [wait for wait, _ in schedule(entries, speed=4, longest=20)] == [0, 0.625, 5]
    assert [wait for wait, _ in schedule(entries, speed=None)] == [0, 0, 0]


def test_a_clock_that_went_back_waits_for_nothing():
    entries = at_places(e.Opened(title="x"), e.Resumed(by="you"), seconds=-60)
    assert [wait for wait, _ in schedule(entries)] == [0, 0]


def test_imports_without_times_are_read_at_a_reading_pace():
    line = "x" * 100
    entries = [
        replace(entry, at=START + timedelta(microseconds=entry.place), source=Source(1))
        for entry in said(line, line, "y")
    ]
    waits = [wait for wait, _ in schedule(entries)]
    assert waits[:4] == [0, 0, 0, 0]
    assert waits[4:] == [100 / READING, 100 / READING]
    assert gap(entries[3], entries[4], longest=1.5) == 1.5


@pytest.mark.parametrize("speed", [0, -1, float("nan")])
def test_a_speed_that_goes_nowhere_is_refused(speed: float):
    with pytest.raises(ValueError, match="above 0"):
        list(schedule([], speed=speed))
    with pytest.raises(ValueError, match="above 0"):
        Player([], speed=speed)


@given(
    moves=st.lists(
        st.tuples(
            st.sampled_from(["jump", "step", "fold", "play", "pause"]), st.integers(0, 60)
        ),
        max_size=12,
    )
)
async def test_whatever_is_pressed_the_room_is_that_of_the_entries_heard(
    moves: list[tuple[str, int]],
):
    entries = room()
    player = Player(entries, speed=None, paused=True)

    async def listen() -> None:
        async for entry in player:
            assert player.heard[-1] == entry

    async with asyncio.TaskGroup() as group:
        listening = group.create_task(listen())
        for move, number in moves:
            match move:
                case "jump":
                    player.jump(number)
                case "step":
                    player.step()
                case "fold":
                    player.next_fold()
                case "play":
                    player.play()
                case _:
                    player.pause()
            await settle()
            assert player.room == room_at(entries, player.at)
        listening.cancel()
