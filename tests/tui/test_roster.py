import time
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from textual.app import App
from textual.widget import Widget

from tests.tui.panel import NASTY, Panel, heard, room_of, screen_rows, screen_text, seat
from transcripts.events import Entry, Queued
from transcripts.room import Job, Poll, Room, Seat
from tui.printing import safe
from tui.widgets.roster import Roster, heat, short_model

BUSY = room_of(
    seat(
        turns=12,
        tokens_in=12_412,
        tokens_out=3_120,
        dollars=0.0123,
        temperature=1.8,
        effective=1.0,
        prompts=("always answer in verse", "never apologise"),
        persona="You keep a lighthouse.",
    ),
    seat("Claude Opus 4.5", 2, model="anthropic/claude-opus-4-5", invited_by="AI-1"),
    seat("Llama", 3, muted=2),
    seat("Mistral", 4, benched=True, failures=3),
    seat("Qwen", 5, left=True),
    jobs=(
        Job(image="I1", prompt="a lighthouse in a storm", by="AI-2", state="running"),
        Job(image="I2", prompt="a red door", by="AI-1"),
        Job(image="I3", prompt="a boat", by="AI-3", state="failed"),
        Job(image="I4", prompt="a lamp", by="AI-3", state="done"),
    ),
    polls=(
        Poll(
            poll="P1",
            question="Which door?",
            options=("left", "right"),
            by="AI-2",
            votes=(("AI-1", "left"), ("AI-3", "left")),
        ),
        Poll(poll="P2", question="", options=("yes", "no"), by="AI-1", removes="AI-3"),
    ),
    tokens=15_532,
    dollars=0.0123,
)


def shown(app: App[None], room: Room = BUSY, **more: object) -> Roster:
    roster = app.query_one(Roster)
    roster.show_room(room, **more)  # type: ignore[arg-type]  # handed on as they came
    return roster


def at(width: int) -> Callable[[], Widget]:
    def make() -> Widget:
        roster = Roster()
        roster.styles.width = width
        return roster

    return make


def row_of(app: App[None], text: str) -> str:
    return next(row for row in screen_rows(app) if text in row)


async def test_everybody_is_there_with_what_they_do_in_words() -> None:
    app = Panel(at(34))
    async with app.run_test(size=(60, 50)) as pilot:
        shown(app, speaking="AI-1", upcoming=("AI-2", "AI-3"))
        await pilot.pause()
        for name, state in (
            ("AI-1 Gemini", "speaking"),
            ("AI-2 Claude", "next"),
            ("AI-3 Llama", "muted 2"),
            ("AI-4 Mistral", "benched"),
            ("AI-5 Qwen", "left"),
        ):
            assert state in row_of(app, name)


async def test_a_narrow_roster_tells_model_heat_turns_tokens_cost_and_inviter() -> None:
    app = Panel(at(34))
    async with app.run_test(size=(60, 50)) as pilot:
        shown(app)
        await pilot.pause()
        text = screen_text(app)
        for told in ("gemini-3-flash", "T1.8→1.0", "12.4k in  3.1k out", "$0.0123"):
            assert told in text
        for told in ("12 turns  +2 prompts", "by AI-1", "claude-opus-4-5"):
            assert told in text
        assert "openrouter" not in text
        assert "15.5k tokens" in row_of(app, "all ")
        assert "$0.0123" in row_of(app, "all ")


async def test_a_wide_roster_sets_the_same_in_columns() -> None:
    app = Panel(at(140))
    async with app.run_test(size=(140, 40)) as pilot:
        shown(app)
        await pilot.pause()
        rows = [row for row in screen_rows(app) if " turns " in row]
        assert len(rows) == 4
        assert len({row.index(" turns") for row in rows}) == 1
        assert len({row.index(" out") for row in rows}) == 1


async def test_pictures_and_polls_under_way_are_listed_and_done_ones_are_not() -> None:
    app = Panel(at(34))
    async with app.run_test(size=(60, 60)) as pilot:
        shown(app, upcoming=("AI-2", "AI-1"))
        await pilot.pause()
        assert "drawing" in row_of(app, "I1 for AI-2")
        assert "queued" in row_of(app, "I2 for AI-1")
        assert "failed" in row_of(app, "I3 for AI-3")
        text = screen_text(app)
        assert "I4" not in text
        assert "2 votes" in row_of(app, "P1 by AI-2")
        assert "left 2, right 0" in text
        assert "remove AI-3?" in text
        assert "round robin" in row_of(app, "Order")
        assert "AI-2, AI-1" in text


async def test_lines_the_person_queued_are_counted() -> None:
    entry = Entry(9, datetime(2026, 1, 1, tzinfo=UTC), Queued(author="you", text="wait"))
    app = Panel(at(34))
    async with app.run_test(size=(34, 20)) as pilot:
        shown(app, room_of(seat(), queue=(entry, entry)))
        await pilot.pause()
        assert "2 queued" in row_of(app, "You")


async def test_enter_opens_the_details_of_one_and_closes_them() -> None:
    app = Panel(at(60))
    async with app.run_test(size=(60, 60)) as pilot:
        roster = shown(app)
        roster.focus()
        roster.select("AI-1")
        await pilot.press("enter")
        text = screen_text(app)
        assert "You keep a lighthouse." in text
        assert "1 always answer in verse" in text
        assert "2 never apologise" in text
        assert "model   openrouter/google/gemini-3-flash" in text
        assert "temp    1.8 asked for, 1 sent" in text
        await pilot.press("enter")
        assert "You keep a lighthouse." not in screen_text(app)


async def test_keys_ask_about_the_one_under_the_cursor_and_do_nothing_themselves() -> None:
    app = Panel(at(40))
    async with app.run_test(size=(60, 50), message_hook=app.told.append) as pilot:
        roster = shown(app)
        roster.focus()
        await pilot.press("j", "n", "m", "w", "t", "e", "x", "i")
        await pilot.press("j", "j", "m")
        assert [m.participant for m in heard(app, Roster.NextAsked)] == ["AI-1"]
        assert [m.participant for m in heard(app, Roster.WhisperAsked)] == ["AI-1"]
        assert [m.participant for m in heard(app, Roster.TemperatureAsked)] == ["AI-1"]
        assert [m.participant for m in heard(app, Roster.EditAsked)] == ["AI-1"]
        assert [m.participant for m in heard(app, Roster.RemoveAsked)] == ["AI-1"]
        assert len(heard(app, Roster.InviteAsked)) == 1
        asked = [(m.participant, m.back) for m in heard(app, Roster.MuteAsked)]
        assert asked == [("AI-1", False), ("AI-3", True)]


async def test_nothing_is_asked_about_the_person_or_those_who_left() -> None:
    app = Panel(at(40))
    async with app.run_test(size=(60, 50), message_hook=app.told.append) as pilot:
        roster = shown(app)
        roster.focus()
        await pilot.press("g", "m", "x", "n", "e")
        roster.select("AI-5")
        await pilot.press("m", "x", "n", "e", "c")
        for kind in (
            Roster.MuteAsked,
            Roster.RemoveAsked,
            Roster.NextAsked,
            Roster.CancelAsked,
        ):
            assert heard(app, kind) == []


async def test_c_calls_off_a_picture_that_is_not_done() -> None:
    app = Panel(at(40))
    async with app.run_test(size=(60, 60), message_hook=app.told.append) as pilot:
        roster = shown(app)
        roster.focus()
        roster.select("AI-5")
        await pilot.press("j", "c", "j", "c", "j", "c")
        assert [m.image for m in heard(app, Roster.CancelAsked)] == ["I1", "I2"]


async def test_the_cursor_stays_on_somebody_while_the_room_changes() -> None:
    app = Panel(at(40))
    async with app.run_test(size=(60, 50)) as pilot:
        roster = shown(app)
        roster.focus()
        roster.select("AI-3")
        shown(app, room_of(seat("Llama", 3), seat("New", 9)))
        await pilot.pause()
        assert roster.selected == "AI-3"
        assert "›" in row_of(app, "AI-3 Llama")
        shown(app, room_of(seat("New", 9)))
        assert roster.selected == "you"


async def test_a_click_moves_the_cursor_and_a_second_one_opens() -> None:
    app = Panel(at(40))
    async with app.run_test(size=(60, 50)) as pilot:
        roster = shown(app)
        await pilot.pause()
        row = next(i for i, text in enumerate(screen_rows(app)) if "AI-1 Gemini" in text)
        await pilot.click(Roster, offset=(8, row))
        assert roster.selected == "AI-1"
        await pilot.click(Roster, offset=(8, row), times=2)
        assert "always answer in verse" in screen_text(app)


def _one_colour(participant: str) -> str:
    return "#123456" if participant == "AI-1" else ""


async def test_new_colours_are_shown_at_once() -> None:
    app = Panel(at(40))
    async with app.run_test(size=(60, 50)) as pilot:
        roster = shown(app)
        roster.colour_of = _one_colour
        await pilot.pause()
        strips = app.screen._compositor.render_strips(app.size)
        coloured = [
            segment.text
            for strip in strips
            for segment in strip
            if segment.style
            and segment.style.color
            and segment.style.color.triplet == (0x12, 0x34, 0x56)
        ]
        assert coloured[:2] == ["AI-1", " Gemini 3 Flash"]


async def test_totals_stay_in_view_however_many_are_in_the_room() -> None:
    app = Panel(at(34))
    async with app.run_test(size=(34, 12)) as pilot:
        roster = shown(app, room_of(*(seat(f"M{n}", n) for n in range(1, 13)), tokens=1200))
        roster.focus()
        await pilot.press("G")
        rows = screen_rows(app)
        assert "1.2k tokens" in rows[-1]
        assert any("M12" in row for row in rows)


@pytest.mark.parametrize("width", [34, 60, 140])
async def test_any_number_of_participants_at_any_width(width: int) -> None:
    app = Panel(at(width))
    async with app.run_test(size=(width, 80)) as pilot:
        for many in range(13):
            shown(app, room_of(*(seat(f"Model {n}", n) for n in range(1, many + 1))))
            await pilot.pause()
            text = screen_text(app)
            assert all(f"Model {n}" in text for n in range(1, many + 1))
            assert ("nobody to talk with yet" in text) == (many == 0)


@pytest.mark.parametrize("width", [20, 34, 60, 140])
async def test_names_of_any_kind_are_shown_as_characters(width: int) -> None:
    nasty = seat(NASTY, 1, model=NASTY, persona=NASTY, prompts=(NASTY,))
    room = room_of(
        nasty,
        seat("漢字" * 40, 2),
        seat("x" * 500, 3),
        jobs=(Job(image="I1", prompt=NASTY, by="AI-1"),),
        polls=(Poll(poll=NASTY, question=NASTY, options=(NASTY, NASTY), by=NASTY),),
        order=NASTY,
    )
    app = Panel(at(width))
    async with app.run_test(size=(width, 80)) as pilot:
        roster = shown(app, room, upcoming=(NASTY,))
        roster.focus()
        roster.select("AI-1")
        await pilot.press("enter")
        text = screen_text(app)
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert safe(text) == text
        assert "[/b]" in text
        if width == 140:
            assert f"model   {safe(NASTY)}" in text.replace("\n", " ")


async def test_showing_a_full_room_takes_less_than_two_milliseconds() -> None:
    def seats(turn: int) -> list[Seat]:
        return [seat(f"Model {n} 漢字", n, turns=turn) for n in range(1, 13)]

    rooms = [room_of(*seats(turn), jobs=BUSY.jobs, polls=BUSY.polls) for turn in range(60)]
    app = Panel(at(34))
    async with app.run_test(size=(100, 40)):
        spent: list[float] = []
        for room in rooms:
            started = time.process_time()
            shown(app, room, speaking="AI-3", upcoming=("AI-4",))
            spent.append(time.process_time() - started)
        assert sorted(spent)[len(spent) // 2] < 0.002


def test_a_model_is_called_by_its_own_name() -> None:
    assert short_model("openrouter/google/gemini-3-flash", 40) == "gemini-3-flash"
    assert short_model("openrouter/google/gemini-3-flash", 8) == "gemini-…"
    assert short_model("openrouter/google/gemini-3-flash", 8, ascii=True) == "gemini.."
    assert short_model("", 8) == "no model"


def test_temperatures_tell_what_was_asked_and_what_was_sent() -> None:
    assert heat(seat(temperature=1.8, effective=1.0)) == "T1.8→1.0"
    assert heat(seat(temperature=1.8, effective=1.0), ascii=True) == "T1.8->1.0"
    assert heat(seat(temperature=0.7, effective=0.7)) == "T0.7"
    assert heat(seat(temperature=0.7)) == "T0.7"
    assert heat(seat(temperature=None, effective=1.0)) == "T1.0"
    assert heat(seat(temperature=None)) == ""
