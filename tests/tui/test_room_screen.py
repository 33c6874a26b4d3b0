"""A person in a room, key by key."""

import asyncio
from pathlib import Path

from textual.pilot import Pilot
from textual.widgets import Input, TextArea

from tests.tui.sitting import (
    app,
    enfold,
    events,
    log_of,
    room,
    scenario,
    screen_text,
    session,
    shown,
    transcript,
    until,
    write,
)
from transcripts import events as e
from transcripts.log import Log, read
from tui.screens.replay import ReplayScreen
from tui.screens.room import RoomScreen
from tui.screens.start import StartScreen
from tui.screens.wishes import NewRoom, OpenRoom
from tui.slash.choices import Choices
from tui.widgets.inspector import Inspector
from tui.widgets.prompt import Prompt

LONG = " ".join(f"word{number}" for number in range(400))

SLOW = f"""
title = "Two who talk long"
rounds = 2
[[cast]]
name = "Ada"
model = "scripted/ada"
script = ["{LONG} ada-end", "ada again"]
[[cast]]
name = "Bob"
model = "scripted/bob"
script = ["{LONG} bob-end", "bob again"]
"""

SHORT = """
title = "Two who say little"
rounds = 1
[[cast]]
name = "Ada"
model = "scripted/ada"
script = ["the first of ada", "the second of ada", "the third of ada"]
[[cast]]
name = "Bob"
model = "scripted/bob"
script = ["the first of bob", "the second of bob", "the third of bob"]
[[guests]]
name = "Otter"
model = "scripted/otter"
script = ["an otter speaks"]
"""


def spoken(pilot: Pilot[int]) -> list[tuple[str, str]]:
    return [(line.author, line.text) for line in events(pilot, e.Spoke)]


async def test_enter_runs_the_default_room_with_nothing_configured() -> None:
    async with app().run_test(notifications=True, size=(100, 30)) as pilot:
        await until(pilot, shown(pilot, "Hollin"))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, RoomScreen))
        await until(pilot, lambda: len(events(pilot, e.Folded)) > 5)
        await until(pilot, lambda: session(pilot).stands)
        assert len(events(pilot, e.Spoke)) > 15
        assert not events(pilot, e.Faltered)


async def test_esc_stops_the_speaker_and_keeps_what_was_said(tmp_path: Path) -> None:
    wish = NewRoom(scenario(tmp_path, "slow", SLOW))
    async with app(wish, pace=0.01).run_test(notifications=True, size=(100, 30)) as pilot:
        await until(pilot, shown(pilot, "word9"))
        await pilot.press("escape")
        await until(pilot, lambda: len(events(pilot, e.Spoke)) == 1)
        first = events(pilot, e.Spoke)[0]
        assert first.cut == "stopped"
        assert first.text.startswith("word0 word1")
        assert "ada-end" not in first.text
        assert first.usage is not None
        await until(pilot, shown(pilot, "stopped here"))


async def test_esc_twice_pauses_and_space_goes_on(tmp_path: Path) -> None:
    wish = NewRoom(scenario(tmp_path, "slow", SLOW))
    async with app(wish, pace=0.01).run_test(notifications=True, size=(100, 30)) as pilot:
        await until(pilot, shown(pilot, "word9"))
        await pilot.press("escape", "escape")
        await until(pilot, lambda: session(pilot).room.paused)
        await until(pilot, shown(pilot, "paused"))
        await pilot.press("ctrl+@")
        await until(pilot, lambda: not session(pilot).room.paused)


async def test_three_lines_typed_while_one_speaks_come_in_order(tmp_path: Path) -> None:
    wish = NewRoom(scenario(tmp_path, "slow", SLOW))
    async with app(wish, pace=0.004).run_test(notifications=True, size=(100, 30)) as pilot:
        await until(pilot, shown(pilot, "word9"))
        for line in ("one", "two [/] three", "!image not for me"):
            room(pilot).query_one(Prompt).post_message(Prompt.Submitted(line, ""))
        await until(pilot, lambda: len(events(pilot, e.Queued)) == 3)
        assert "queued 3" in screen_text(pilot) or await _queued(pilot)
        await until(pilot, lambda: len(events(pilot, e.Spoke)) >= 4)
        assert [author for author, _ in spoken(pilot)][:4] == ["AI-1", "you", "you", "you"]
        assert [text for _, text in spoken(pilot)][1:4] == [
            "one", "two [/] three", "!image not for me",
        ]  # fmt: skip


async def _queued(pilot: Pilot[int]) -> bool:
    await until(pilot, shown(pilot, "queued 3"))
    return True


async def test_after_its_rounds_the_room_stands_and_a_line_is_answered(tmp_path: Path) -> None:
    wish = NewRoom(scenario(tmp_path, "short", SHORT))
    async with app(wish).run_test(notifications=True, size=(100, 30)) as pilot:
        await until(pilot, shown(pilot, "1 round done"))
        assert len(events(pilot, e.Spoke)) == 2
        await write(pilot, "and then?")
        await until(pilot, lambda: len(events(pilot, e.Spoke)) == 5)
        await until(pilot, lambda: session(pilot).stands)
        assert [author for author, _ in spoken(pilot)][2:] == ["you", "AI-1", "AI-2"]


async def test_a_room_that_was_paused_by_the_person_stays_so_when_they_speak(
    tmp_path: Path,
) -> None:
    wish = NewRoom(scenario(tmp_path, "short", SHORT))
    async with app(wish).run_test(notifications=True, size=(100, 30)) as pilot:
        await until(pilot, shown(pilot, "1 round done"))
        await write(pilot, "/resume")
        await until(pilot, lambda: len(events(pilot, e.Spoke)) == 4)
        await until(pilot, lambda: session(pilot).stands)
        await write(pilot, "/resume")
        await write(pilot, "/pause")
        await until(pilot, lambda: session(pilot).stands and not room(pilot).speaking)
        before = len(events(pilot, e.Spoke))
        if session(pilot).room.paused == "paused":
            await write(pilot, "only for the log")
            await pilot.pause(0.2)
            assert len(events(pilot, e.Spoke)) == before + 1


async def test_an_opened_room_says_nothing_until_asked(tmp_path: Path) -> None:
    wish = NewRoom(scenario(tmp_path, "short", SHORT))
    async with app(wish).run_test(notifications=True, size=(100, 30)) as pilot:
        await until(pilot, shown(pilot, "1 round done"))
        room_id = room(pilot).room_id
    before = enfold(pilot).desk.rooms.log(room_id).read_bytes()
    async with app(OpenRoom(room_id)).run_test(notifications=True, size=(100, 30)) as pilot:
        await until(pilot, shown(pilot, "the first of bob"))
        await until(pilot, lambda: session(pilot))
        await pilot.pause(0.2)
        assert room(pilot).desk.rooms.log(room_id).read_bytes() == before
        await pilot.press("f6")
        await until(pilot, lambda: len(events(pilot, e.Spoke)) == 3)


async def test_a_guest_is_invited_by_slash_command_and_sent_out_and_brought_back(
    tmp_path: Path,
) -> None:
    wish = NewRoom(scenario(tmp_path, "short", SHORT))
    async with app(wish).run_test(notifications=True, size=(100, 30)) as pilot:
        await until(pilot, shown(pilot, "1 round done"))
        await write(pilot, '/add Otter "come in"')
        await until(pilot, shown(pilot, "come in"))
        assert session(pilot).room.seat("AI-3").participant.name == "Otter"
        await write(pilot, "/remove AI-3")
        await until(pilot, shown(pilot, "Send AI-3 (Otter) out?"))
        await pilot.press("y")
        await until(pilot, lambda: session(pilot).room.seat("AI-3").left)
        await write(pilot, "/add AI-3")
        await until(pilot, lambda: not session(pilot).room.seat("AI-3").left)


async def test_a_wrong_command_stays_in_the_line(tmp_path: Path) -> None:
    wish = NewRoom(scenario(tmp_path, "short", SHORT))
    async with app(wish).run_test(notifications=True, size=(100, 30)) as pilot:
        await until(pilot, shown(pilot, "1 round done"))
        for wrong in ("/temp AI-9 1", "/nonsense", "/go"):
            await write(pilot, wrong)
            assert room(pilot).query_one(Prompt).text == wrong
        assert not events(pilot, e.TemperatureSet)


async def test_an_approval_is_asked_and_given_with_keys(tmp_path: Path) -> None:
    text = SHORT.replace("rounds = 1", 'rounds = 1\napprovals = {image = "ask"}').replace(
        "the first of ada", 'see:\\n!image \\"a red door\\"'
    )
    wish = NewRoom(scenario(tmp_path, "asks", text))
    async with app(wish).run_test(notifications=True, size=(100, 30)) as pilot:
        await until(pilot, lambda: events(pilot, e.ApprovalAsked))
        await until(pilot, shown(pilot, "F2"))
        await pilot.press("f2")
        await pilot.pause(0.5)
        await pilot.press("y")
        await until(pilot, lambda: events(pilot, e.ApprovalGiven))
        await until(pilot, lambda: events(pilot, e.ImageCreated))
        assert events(pilot, e.ApprovalGiven)[0].granted


async def test_typing_never_approves_anything(tmp_path: Path) -> None:
    text = SHORT.replace("rounds = 1", 'rounds = 1\napprovals = {image = "ask"}').replace(
        "the first of ada", 'see:\\n!image \\"a red door\\"'
    )
    wish = NewRoom(scenario(tmp_path, "asks", text))
    async with app(wish).run_test(notifications=True, size=(100, 30)) as pilot:
        await until(pilot, lambda: events(pilot, e.ApprovalAsked))
        await pilot.press("y", "a", "n", "enter")
        await pilot.pause(0.2)
        assert not events(pilot, e.ApprovalGiven)
        await until(pilot, lambda: ("you", "yan") in spoken(pilot))


async def test_regenerate_makes_a_room_of_its_own(tmp_path: Path) -> None:
    wish = NewRoom(scenario(tmp_path, "short", SHORT))
    async with app(wish).run_test(notifications=True, size=(100, 30)) as pilot:
        await until(pilot, shown(pilot, "1 round done"))
        origin = room(pilot).room_id
        before = room(pilot).desk.rooms.log(origin).read_bytes()
        place = next(x.place for x in log_of(pilot) if isinstance(x.event, e.Spoke))
        await write(pilot, f"/regenerate {place}")
        await until(
            pilot,
            lambda: isinstance(pilot.app.screen, RoomScreen) and room(pilot).room_id != origin,
        )
        await until(pilot, lambda: len(events(pilot, e.Spoke)) == 1)
        opened = events(pilot, e.Opened)[0]
        assert opened.origin is not None
        assert opened.origin.room == origin
        assert room(pilot).desk.rooms.log(origin).read_bytes() == before
        await until(pilot, lambda: session(pilot).stands)


async def test_a_line_is_edited_in_a_fork(tmp_path: Path) -> None:
    wish = NewRoom(scenario(tmp_path, "short", SHORT))
    async with app(wish).run_test(notifications=True, size=(100, 30)) as pilot:
        await until(pilot, shown(pilot, "1 round done"))
        origin = room(pilot).room_id
        await write(pilot, "/edit")
        await until(pilot, lambda: pilot.app.screen.query("TextArea"))
        await pilot.pause()
        pilot.app.screen.query_one(TextArea).text = "other words\n  of bob"
        await pilot.press("ctrl+s")
        await until(
            pilot,
            lambda: isinstance(pilot.app.screen, RoomScreen) and room(pilot).room_id != origin,
        )
        last = events(pilot, e.Spoke)[-1]
        assert (last.author, last.text) == ("AI-2", "other words\n  of bob")
        await until(pilot, shown(pilot, "of bob"))


async def test_the_memory_is_hidden_until_asked_and_then_shows_cc(tmp_path: Path) -> None:
    wish = NewRoom(scenario(tmp_path, "short", SHORT))
    async with app(wish).run_test(notifications=True, size=(140, 40)) as pilot:
        await until(pilot, lambda: len(events(pilot, e.Folded)) == 2)
        assert not pilot.app.screen.query_one(Inspector).display
        assert "of 2,048" not in screen_text(pilot)
        await pilot.press("f3")
        await until(pilot, shown(pilot, "2,048"))
        await until(pilot, lambda: "5 AI-2| first of bob" in screen_text(pilot))
        await pilot.press("f3")
        await until(pilot, lambda: "5 AI-2|" not in screen_text(pilot))


async def test_search_finds_words_in_the_room(tmp_path: Path) -> None:
    wish = NewRoom(scenario(tmp_path, "short", SHORT))
    async with app(wish).run_test(notifications=True, size=(100, 30)) as pilot:
        await until(pilot, shown(pilot, "1 round done"))
        transcript(pilot).focus()
        await pilot.press("slash")
        await until(pilot, lambda: pilot.app.screen.query(Input))
        await pilot.press(*"first", "enter")
        await until(pilot, shown(pilot, "2 found"))


async def test_the_room_is_left_and_entered_again_by_keys(tmp_path: Path) -> None:
    wish = NewRoom(scenario(tmp_path, "short", SHORT))
    async with app(wish).run_test(notifications=True, size=(100, 30)) as pilot:
        await until(pilot, shown(pilot, "1 round done"))
        await pilot.press("ctrl+o")
        await until(pilot, lambda: isinstance(pilot.app.screen, StartScreen))
        await until(pilot, shown(pilot, "Two who say little"))


async def test_a_room_that_is_open_elsewhere_can_be_read(tmp_path: Path) -> None:
    wish = NewRoom(scenario(tmp_path, "short", SHORT))
    async with app(wish).run_test(notifications=True, size=(100, 30)) as pilot:
        await until(pilot, shown(pilot, "1 round done"))
        room_id, desk = room(pilot).room_id, room(pilot).desk
        await pilot.press("ctrl+o")
        await until(pilot, lambda: isinstance(pilot.app.screen, StartScreen))
    with Log(desk.rooms.log(room_id), now=desk.clock.now()):
        async with app(OpenRoom(room_id)).run_test(notifications=True, size=(100, 30)) as pilot:
            await until(pilot, shown(pilot, "the first of bob"))
            await until(pilot, lambda: pilot.app._notifications)
            await write(pilot, "hello?")
            assert room(pilot).query_one(Prompt).text == "hello?"


async def test_replay_goes_by_keys(tmp_path: Path) -> None:
    wish = NewRoom(scenario(tmp_path, "short", SHORT))
    async with app(wish).run_test(notifications=True, size=(100, 30)) as pilot:
        await until(pilot, shown(pilot, "1 round done"))
        await pilot.press("f5")
        await until(pilot, lambda: isinstance(pilot.app.screen, ReplayScreen))
        await pilot.press("p")
        await pilot.press("0")
        await pilot.pause(0.2)
        assert "the first of bob" not in screen_text(pilot)
        await pilot.press("o")
        await until(pilot, shown(pilot, "the first of ada"))
        assert "the first of bob" not in screen_text(pilot)
        await pilot.press("o")
        await until(pilot, shown(pilot, "the first of bob"))
        await pilot.press("l")
        await until(pilot, lambda: isinstance(pilot.app.screen, RoomScreen))


async def test_leaving_while_somebody_speaks_asks_and_keeps_their_words(tmp_path: Path) -> None:
    wish = NewRoom(scenario(tmp_path, "slow", SLOW))
    running = app(wish, pace=0.01)
    async with running.run_test(notifications=True, size=(100, 30)) as pilot:
        await until(pilot, shown(pilot, "word9"))
        screen = room(pilot)
        await pilot.press("ctrl+q")
        await until(pilot, shown(pilot, "Leave while somebody is speaking?"))
        await pilot.press("y")
        await until(pilot, lambda: running.return_code is not None)
    log = read(screen.desk.rooms.log(screen.room_id))
    last = [entry.event for entry in log if isinstance(entry.event, e.Spoke)][-1]
    assert last.cut == "stopped"
    assert "word5" in last.text


async def test_on_a_narrow_screen_the_roster_takes_the_place_of_the_transcript(
    tmp_path: Path,
) -> None:
    wish = NewRoom(scenario(tmp_path, "short", SHORT))
    async with app(wish).run_test(notifications=True, size=(60, 20)) as pilot:
        await until(pilot, shown(pilot, "1 round done"))
        await pilot.press("ctrl+r")
        await until(pilot, lambda: "the first of ada" not in screen_text(pilot))
        assert "AI-2" in screen_text(pilot)
        await pilot.press("ctrl+r")
        await until(pilot, shown(pilot, "the first of ada"))
        await asyncio.sleep(0)


async def test_r_on_a_failed_turn_gives_it_once_more(tmp_path: Path) -> None:
    text = SHORT.replace(
        'model = "scripted/bob"', 'model = "http://127.0.0.1:9/v1#nobody"'
    ).replace('script = ["the first of bob", "the second of bob", "the third of bob"]\n', "")
    (tmp_path / "config").mkdir(exist_ok=True)
    wish = NewRoom(scenario(tmp_path, "fails", text))
    async with app(wish).run_test(notifications=True, size=(100, 30)) as pilot:
        await until(pilot, lambda: events(pilot, e.Faltered))
        await until(pilot, lambda: session(pilot).stands)
        room_id = room(pilot).room_id
        transcript(pilot).focus()
        transcript(pilot).show_place(
            next(x.place for x in log_of(pilot) if isinstance(x.event, e.Faltered))
        )
        await pilot.pause()
        await pilot.press("r")
        await until(pilot, lambda: len(events(pilot, e.Faltered)) == 2)
        assert room(pilot).room_id == room_id


async def test_a_budget_that_is_used_up_asks_whether_to_go_on(tmp_path: Path) -> None:
    text = SHORT.replace("rounds = 1", "rounds = 3\ncaps = {turns = 2}")
    wish = NewRoom(scenario(tmp_path, "caps", text))
    async with app(wish).run_test(notifications=True, size=(100, 30)) as pilot:
        await until(pilot, shown(pilot, "Go on?"))
        assert len(events(pilot, e.Spoke)) == 2
        await pilot.press("y")
        await until(pilot, lambda: len(events(pilot, e.Spoke)) == 4)


async def test_a_line_found_in_all_rooms_is_shown(tmp_path: Path) -> None:
    wish = NewRoom(scenario(tmp_path, "short", SHORT))
    async with app(wish).run_test(notifications=True, size=(100, 30)) as pilot:
        await until(pilot, shown(pilot, "1 round done"))
        await pilot.press("ctrl+f")
        await until(pilot, shown(pilot, "Find in all rooms"))
        await pilot.press(*"first of ada")
        await until(pilot, shown(pilot, "Ada   the first of ada"))
        await pilot.press("enter")
        place = next(x.place for x in log_of(pilot) if isinstance(x.event, e.Spoke))
        await until(pilot, lambda: transcript(pilot).place == place)


async def test_a_script_that_is_over_is_one_calm_line(tmp_path: Path) -> None:
    text = SHORT.replace(', "the second of ada", "the third of ada"', "")
    wish = NewRoom(scenario(tmp_path, "over", text))
    async with app(wish).run_test(notifications=True, size=(100, 30)) as pilot:
        await until(pilot, shown(pilot, "1 round done"))
        await write(pilot, "anybody there?")
        await until(pilot, lambda: len(events(pilot, e.Faltered)) == 1)
        await until(pilot, lambda: session(pilot).stands)
        await pilot.pause(0.2)
        assert len(events(pilot, e.Faltered)) == 1
        assert "script" in session(pilot).stands


async def test_esc_esc_ends_in_silence(tmp_path: Path) -> None:
    wish = NewRoom(scenario(tmp_path, "slow", SLOW))
    async with app(wish, pace=0.01).run_test(notifications=True, size=(100, 30)) as pilot:
        await until(pilot, shown(pilot, "word9"))
        await pilot.press("escape")
        await pilot.pause(0.2)
        await pilot.press("escape")
        await pilot.pause(1.5)
        assert [line.author for line in events(pilot, e.Spoke)] == ["AI-1"]
        assert not room(pilot).speaking


async def test_what_cannot_be_listed_is_told_and_the_room_goes_on(tmp_path: Path) -> None:
    wish = NewRoom(scenario(tmp_path, "short", SHORT))
    async with app(wish).run_test(notifications=True, size=(100, 30)) as pilot:
        await until(pilot, shown(pilot, "1 round done"))
        screen, rooms = room(pilot), room(pilot).desk.rooms.folder
        await until(pilot, lambda: screen.query_one(Prompt).choices.rooms)
        rooms.rename(tmp_path / "away")
        rooms.write_text("no folder")
        screen._offer(session(pilot))
        await until(pilot, shown(pilot, "cannot read"))
        rooms.unlink()
        (tmp_path / "away").rename(rooms)
        screen.query_one(Prompt).choices = Choices()
        screen._offer(session(pilot))
        await until(pilot, lambda: screen.query_one(Prompt).choices.rooms)
        assert screen.query_one(Prompt).choices.scenarios


async def test_nothing_is_written_while_another_program_has_the_terminal(
    tmp_path: Path,
) -> None:
    wish = NewRoom(scenario(tmp_path, "short", SHORT))
    async with app(wish).run_test(size=(100, 30)) as pilot:
        await until(pilot, shown(pilot, "1 round done"))
        driver = pilot.app._driver
        assert driver is not None
        written: list[str] = []

        def write(data: str) -> None:
            written.append(data)

        driver.write = write
        pilot.app._suspend_signal()
        for number in range(50):
            room(pilot)._send(f"\x1b_G{number}\x1b\\")
            room(pilot).ring()
        assert written == []
        pilot.app._resume_signal()
        assert written == [f"\x1b_G{number}\x1b\\" for number in range(50)]
