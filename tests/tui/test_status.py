from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tests.tui.panel import NASTY, Panel, screen_rows
from tui.slash.measured import Measured
from tui.widgets.status import Budget, Mode, Standing, Status

BUDGETS = (Budget("turns", 23, 100), Budget("dollars", 0.12, 1.0), Budget("tokens", 9, None))

MODES: dict[Mode, str] = {
    "running": "running",
    "paused": "paused",
    "stepping": "stepping",
    "waiting for you": "waiting for you",
    "catching up": "catching up",
    "replay": "replay",
    "ended": "ended",
}


async def line(standing: Standing, width: int, *, ascii: bool = False) -> str:
    app = Panel(lambda: Status(ascii=ascii))
    async with app.run_test(size=(width, 4)) as pilot:
        status = app.query_one(Status)
        status.show_standing(standing)
        status.tick(12.4, 340)
        await pilot.pause()
        return screen_rows(app)[0]


@pytest.mark.parametrize("width", [60, 140])
async def test_every_mode_is_said_in_words(width: int) -> None:
    app = Panel(Status)
    async with app.run_test(size=(width, 4)) as pilot:
        for mode, words in MODES.items():
            app.query_one(Status).show_standing(Standing(mode=mode, budgets=BUDGETS))
            await pilot.pause()
            assert words in screen_rows(app)[0]


async def test_sixty_columns_still_tell_mode_speaker_and_budget() -> None:
    row = await line(
        Standing(speaker="AI-1", name="Gemini", round=3, rounds=9, budgets=BUDGETS), 60
    )
    assert "running" in row
    assert "AI-1 12 s 340" in row
    assert "turns 23/100 ━" in row


async def test_a_wide_line_tells_all_of_it() -> None:
    row = await line(
        Standing(
            speaker="AI-1",
            name="Gemini 3 Flash",
            round=3,
            rounds=9,
            budgets=BUDGETS,
            cc=(1998, 2048),
            queued=2,
            title="The last watch",
            log="/home/ada/rooms/the-last-watch/log.jsonl",
        ),
        200,
    )
    for told in (
        "running",
        "AI-1 Gemini 3 Flash 12 s 340 tok",
        "round 3/9",
        "2 queued",
        "The last watch  /home/ada/rooms/the-last-watch/log.jsonl",
        "cc 1,998/2,048",
        "turns 23/100 ━",
    ):
        assert told in row


async def test_cc_is_shown_only_if_asked() -> None:
    assert "cc" not in await line(Standing(budgets=BUDGETS), 200)


async def test_a_pause_says_why_in_the_place_of_the_speaker() -> None:
    row = await line(
        Standing(mode="paused", detail="budget reached: 100 of 100 turns", budgets=BUDGETS), 80
    )
    assert "paused" in row
    assert "budget reached: 100" in row


async def test_a_pause_without_a_reason_is_said_once() -> None:
    assert (await line(Standing(mode="paused", detail="paused"), 80)).count("paused") == 1


async def test_catching_up_and_replay_say_how_far_and_how_fast() -> None:
    assert "catching up 12/40" in await line(Standing(mode="catching up", detail="12/40"), 60)
    assert "replay 2x" in await line(Standing(mode="replay", detail="2x"), 60)


async def test_the_budget_shown_is_the_one_most_used() -> None:
    budgets = (Budget("turns", 1, 100), Budget("dollars", 0.9, 1.0), Budget("seconds", 5, 600))
    row = await line(Standing(budgets=budgets), 80)
    assert "$0.90/$1.00" in row
    assert "turns" not in row
    assert "time 3:20/10:00" in await line(Standing(budgets=(Budget("seconds", 200, 600),)), 80)


async def test_a_room_without_limits_shows_no_budget() -> None:
    row = await line(Standing(budgets=(Budget("turns", 9, None),)), 80)
    assert row.split() == ["►", "running"]


@pytest.mark.parametrize("width", [60, 80, 110, 140, 200])
async def test_nothing_moves_when_something_else_changes(width: int) -> None:
    app = Panel(Status)
    async with app.run_test(size=(width, 4)) as pilot:
        status = app.query_one(Status)
        places: dict[str, set[int]] = {"round": set(), "turns": set(), "AI-1": set()}
        for standing, tokens in (
            (Standing(speaker="AI-1", round=3, budgets=BUDGETS), 0),
            (Standing(speaker="AI-1", round=3, budgets=BUDGETS), 12_000),
            (Standing(speaker="AI-1", round=13, rounds=40, queued=3, budgets=BUDGETS), 7),
            (Standing(mode="stepping", speaker="AI-1", round=3, title="T", budgets=BUDGETS), 7),
            (Standing(mode="paused", detail="why " * 40, round=3, budgets=BUDGETS), 7),
        ):
            status.show_standing(standing)
            status.tick(75, tokens)
            await pilot.pause()
            row = screen_rows(app)[0]
            for mark, seen in places.items():
                if mark in row:
                    seen.add(row.index(mark))
        assert all(len(seen) <= 1 for seen in places.values())
        assert len(places["turns"]) == 1


SCORES = (90, 95, 85, 80, 70, 65, 55, 58)
SCORED = Measured(scores=SCORES)
LOW = Measured(scores=SCORES, threshold=80)


@pytest.mark.parametrize("width", [80, 90, 101, 102, 110, 140, 149, 150, 200])
async def test_continuity_pushes_nothing_out_that_was_there(width: int) -> None:
    standing = Standing(
        speaker="AI-1", name="Gemini", round=12, rounds=40, budgets=BUDGETS, queued=2
    )
    before = await line(standing, width)
    row = await line(replace(standing, continuity=LOW), width)
    for told in ("running", "AI-1", "12 s 340 tok", "round 12/40", "turns 23/100"):
        assert told in before
        assert told in row
    assert "continuity 58!" in row
    assert ("2 queued" in row) or "2 queued" not in before
    at_rest = await line(replace(standing, continuity=SCORED, queued=0), width)
    assert ("▆▆▅▅▄▄" in at_rest) == (width != 80)
    assert ("━━━───" in at_rest) == (width not in {80, 90, 102})


async def test_the_title_keeps_its_place_at_rest_beside_continuity() -> None:
    standing = Standing(
        mode="waiting for you", title="The last watch", round=3, budgets=BUDGETS
    )
    row = await line(replace(standing, continuity=SCORED), 80)
    for told in (
        "waiting for you",
        "The last watch",
        "round 3",
        "continuity 58",
        "turns 23/100",
    ):
        assert told in row


async def test_a_narrow_line_and_a_room_without_scores_say_nothing_of_continuity() -> None:
    standing = Standing(speaker="AI-1", round=3, budgets=BUDGETS)
    assert "continuity" not in await line(standing, 140)
    assert "continuity" not in await line(replace(standing, continuity=SCORED), 60)
    assert await line(replace(standing, continuity=SCORED), 50) == await line(standing, 50)


async def test_nothing_moves_from_one_score_to_the_next() -> None:
    for width in (80, 102, 140, 200):
        places: set[tuple[int, ...]] = set()
        for scores in ((100,), (9, 58), (1, 2, 3), SCORES, SCORES * 8):
            row = await line(
                Standing(
                    speaker="AI-1",
                    round=3,
                    budgets=BUDGETS,
                    continuity=Measured(scores=scores, threshold=30),
                ),
                width,
            )
            places.add(tuple(row.index(mark) for mark in ("AI-1", "round", "contin", "turns")))
        assert len(places) == 1


async def test_a_budget_says_it_shorter_where_continuity_needs_the_room() -> None:
    for budget, brief in (
        (Budget("tokens", 12_400, 50_000), "tok 12.4k/50.0k"),
        (Budget("seconds", 36_000, 36_001), "10:00:00/10:00…"),
    ):
        row = await line(Standing(round=3, budgets=(budget,), continuity=SCORED), 80)
        assert row.rstrip().endswith(brief)


async def test_a_new_speaker_begins_at_nothing() -> None:
    app = Panel(Status)
    async with app.run_test(size=(80, 4)) as pilot:
        status = app.query_one(Status)
        status.show_standing(Standing(speaker="AI-1"))
        status.tick(75, 900)
        status.show_standing(Standing(speaker="AI-2"))
        await pilot.pause()
        assert "AI-2 0 s" in screen_rows(app)[0]


async def test_titles_and_reasons_are_shown_as_characters() -> None:
    row = await line(
        Standing(mode="paused", detail=NASTY, title=NASTY, speaker=NASTY, name=NASTY), 200
    )
    assert "\x1b" not in row
    assert "[/b] [red]x[/]" in row


async def test_ascii_draws_the_line_with_ascii_alone() -> None:
    for mode in MODES:
        row = await line(
            Standing(
                mode=mode,
                detail="because of this",
                title="x" * 300,
                budgets=BUDGETS,
                continuity=SCORED,
            ),
            140,
            ascii=True,
        )
        assert row.isascii()


@given(
    st.integers(1, 220),
    st.builds(
        Standing,
        mode=st.sampled_from(list(MODES)),
        detail=st.text(max_size=60),
        round=st.integers(0, 10_000),
        rounds=st.none() | st.integers(1, 10_000),
        speaker=st.text(max_size=12),
        name=st.text(max_size=30),
        budgets=st.lists(
            st.builds(
                Budget,
                st.sampled_from(["turns", "tokens", "dollars", "seconds", "x" * 30]),
                st.floats(0, 1e9),
                st.none() | st.floats(0, 1e9),
            ),
            max_size=4,
        ),
        cc=st.none() | st.just((1998, 2048)),
        queued=st.integers(0, 99),
        continuity=st.builds(
            Measured,
            scores=st.lists(st.integers(0, 100), max_size=64).map(tuple),
            threshold=st.integers(0, 100),
        ),
        title=st.text(max_size=80),
        log=st.text(max_size=80),
    ),
)
def test_the_line_is_never_wider_than_its_place(width: int, standing: Standing) -> None:
    status = Status()
    status._standing = standing
    (pieces,) = status.draw(width)
    assert sum(cell_len(piece.text) for piece in pieces) <= width


@pytest.mark.parametrize("width", [60, 80, 100, 120])
async def test_the_title_stands_where_there_is_room_while_nobody_speaks(width: int) -> None:
    at_rest = Standing(title="The last watch on Hollin", round=3, budgets=BUDGETS)
    assert "The last watch" in await line(at_rest, width)
    if width >= 80:
        replay = Standing(
            mode="replay",
            detail="1x standing 10/2041",
            round=3,
            part=0.4,
            title="The last watch on Hollin",
        )
        row = await line(replay, width)
        assert "1x standing 10/2041 " in row
        assert "The last" in row
