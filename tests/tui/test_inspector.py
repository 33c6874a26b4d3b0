import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from rich.cells import cell_len

from tests.tui.panel import NASTY, Panel, heard, screen_rows, screen_text
from transcripts.events import Scored
from tui.printing import safe
from tui.slash.measured import Measured
from tui.widgets.inspector import Inspector
from tui.widgets.look import Because, Done, Lamina, Look, Recall


@dataclass(frozen=True)
class MadeLamina:
    name: str
    first: int
    last: int
    size: int
    parts: Sequence[Lamina] = ()
    length: int = 3000


@dataclass(frozen=True)
class MadeBecause:
    place: int
    author: str
    score: float
    why: Sequence[str]
    said: str
    at: datetime | None = None
    bytes: int = 90


@dataclass(frozen=True)
class MadeRecall:
    pieces: Sequence[Because]
    to: str = "AI-2 (Pell)"
    place: int = 131
    size: int = 180
    budget: int = 2048


@dataclass(frozen=True)
class MadeDone:
    place: int
    act: str
    why: str
    first: int = 0
    last: int = 9
    by: str = "room"
    undoable: bool = False


@dataclass(frozen=True)
class MadeLook:
    carrier: str = "text"
    upto: int = 128
    first: int = 126
    size: int = 1998
    budget: int = 2048
    text: str = "the keeper counts\nthe door is red\nthe lamp is lit\n"
    added: Sequence[str] = ("the lamp is lit",)
    removed: Sequence[str] = ("the boat is gone",)
    seconds: float = 0.0123
    history: Sequence[tuple[int, int, float]] = ((60, 500, 0.001), (125, 1900, 0.031))
    laminae: Sequence[Lamina] | None = None
    recalled: Recall | None = None
    done: Sequence[Done] = ()
    resident: int = 0


WHOLE = MadeLook(history=((60, 500, 0.001), (125, 1900, 0.031), (128, 1998, 0.0123)))


@dataclass(frozen=True)
class Shown:
    rows: list[str] = field(default_factory=list[str])

    @property
    def text(self) -> str:
        return "\n".join(row.rstrip() for row in self.rows)


async def show(look: Look, width: int = 80, *keys: str, ascii: bool = False) -> Shown:
    app = Panel(lambda: Inspector(ascii=ascii))
    async with app.run_test(size=(width, 60)) as pilot:
        app.set_class(ascii, "-ascii")
        inspector = app.query_one(Inspector)
        inspector.show_look(look)
        inspector.focus()
        await pilot.press(*keys)
        await pilot.pause()
        return Shown(screen_rows(app))


async def test_the_head_tells_carrier_places_size_and_what_the_fold_took() -> None:
    text = (await show(WHOLE)).text
    for told in (
        "carrier text",
        "places 0 to 128",
        "1,998 of 2,048 bytes",
        "98%",
        "fold of 126 to 128: +98 bytes",
        "12.3 ms",
    ):
        assert told in text


async def test_sizes_and_times_of_all_folds_are_drawn_with_their_ends_and_peak() -> None:
    text = (await show(WHOLE)).text
    assert "500 to 1,998, most 1,998" in text
    assert "1.0 to 12.3, most 31.0" in text
    assert "▂" in text


async def test_one_fold_is_no_history() -> None:
    assert "most" not in (await show(replace(WHOLE, history=WHOLE.history[:1]))).text


async def test_the_text_marks_what_is_new_and_d_shows_what_changed() -> None:
    shown = await show(WHOLE)
    assert "+ the lamp is lit" in shown.text
    assert "  the door is red" in shown.text
    assert "boat" not in shown.text
    turned = await show(WHOLE, 80, "d")
    assert "- the boat is gone" in turned.text
    assert "+ the lamp is lit" in turned.text
    assert "the door is red" not in turned.text
    again = await show(WHOLE, 80, "d", "d")
    assert again.rows == shown.rows


async def test_what_is_not_there_takes_no_room_beside_cc() -> None:
    text = (await show(WHOLE)).text
    for heading in ("Laminae", "Recalled", "Past", "Keeper", "Continuity"):
        assert heading not in text


INNER = (MadeLamina("storm", 0, 31, 400), MadeLamina("door", 32, 63, 412))
ROOTS = (MadeLamina("night one", 0, 63, 812, INNER), MadeLamina("night two", 64, 128, 7001))
BACK = (
    MadeBecause(12, "AI-1 (Ansgar)", 4.21, ("ring", "landing"), "the ring on the landing"),
    MadeBecause(13, "AI-2 (Pell)", 2.0, (), "which ring?"),
)
DONE = (
    MadeDone(130, "delaminate", "9,120 bytes speak of 2 things", 0, 63, undoable=True),
    MadeDone(99, "merge", "what was done at 98 is taken back", 64, 128, by="you"),
    MadeDone(64, "index", "49,000 bytes are coded and in no lamina yet", 0, 63),
)
LAYERED = replace(WHOLE, laminae=ROOTS, recalled=MadeRecall(BACK), done=DONE, resident=512)


async def test_cc_says_in_two_rows_what_came_back_and_what_lies_behind_it() -> None:
    rows = (await show(LAYERED)).rows
    at = next(i for i, row in enumerate(rows) if "Recalled" in row)
    assert rows[at].strip() == "Recalled  2 pieces  for AI-2 (Pell): ring, landing"
    assert (
        rows[at + 1].split("   ")[0].strip() == "Past  3 laminae, 512 bytes of index in memory"
    )
    assert rows[at + 1].strip().endswith("v past")


async def test_the_past_is_another_page_and_the_same_key_goes_back() -> None:
    first = await show(LAYERED)
    past = await show(LAYERED, 80, "v")
    assert "Keeper" in past.text
    assert "the door is red" not in past.text
    assert (await show(LAYERED, 80, "v", "v")).rows == first.rows
    assert "What changed" in (await show(LAYERED, 80, "v", "d")).text


async def test_laminae_are_a_tree_with_spans_and_sizes_and_parted_ones_say_so() -> None:
    rows = (await show(LAYERED, 80, "v")).rows
    at = next(i for i, row in enumerate(rows) if "Laminae" in row)
    assert rows[at].split() == ["Laminae", "3,", "1", "parted", "bytes", "stored", "of", "text"]
    assert [row.strip().split("   ")[0] for row in rows[at + 1 : at + 4]] == [
        "0 to 63  night one",
        "├─ 0 to 31  storm",
        "└─ 32 to 63  door",
    ]
    assert rows[at + 1].rstrip().endswith("parted")
    assert rows[at + 2].rstrip().endswith("400 of 3,000")
    assert "512 bytes in memory now, beside 1,998 of cc" in rows[at + 5]
    assert "none yet" in (await show(WHOLE, 80, "v")).text


async def test_what_came_back_says_who_where_and_because_of_which_words() -> None:
    rows = (await show(LAYERED, 80, "v")).rows
    at = next(i for i, row in enumerate(rows) if "Recalled" in row)
    told = [" ".join(row.split()) for row in rows[at : at + 7]]
    assert told == [
        "Recalled for AI-2 (Pell) at 131 180 of 2,048 bytes",
        "12 AI-1 (Ansgar) 4.2 bits",
        "because of ring, landing",
        "the ring on the landing",
        "13 AI-2 (Pell) 2.0 bits",
        "beside another piece",
        "which ring?",
    ]
    assert "nothing came back yet" in (await show(WHOLE, 80, "v")).text


async def test_a_piece_says_when_with_the_day_where_days_differ() -> None:
    early = datetime(2026, 3, 12, 12, 0, tzinfo=UTC)
    two = [replace(one, at=early + timedelta(days=n)) for n, one in enumerate(BACK)]
    here = [f"{one.at.astimezone():%H:%M}" for one in two if one.at is not None]
    same = (await show(replace(LAYERED, recalled=MadeRecall(two[:1])), 80, "v")).text
    assert f"(Ansgar)  {here[0]}" in same
    both = (await show(replace(LAYERED, recalled=MadeRecall(two)), 80, "v")).text
    assert f"(Ansgar)  12 Mar, {here[0]}" in both
    assert f"(Pell)  13 Mar, {here[1]}" in both


async def test_what_the_keeper_did_has_its_reason_and_what_can_be_taken_back_a_key() -> None:
    rows = (await show(LAYERED, 80, "v")).rows
    at = next(i for i, row in enumerate(rows) if "Keeper" in row)
    assert rows[at].split() == ["Keeper", "u", "takes", "back"]
    told = [" ".join(row.split()) for row in rows[at + 1 : at + 7]]
    assert told == [
        "u 130 split 0 to 63",
        "9,120 bytes speak of 2 things",
        "99 merged 64 to 128 by you",
        "what was done at 98 is taken back",
        "64 indexed 0 to 63",
        "49,000 bytes are coded and in no lamina yet",
    ]
    app = Panel(Inspector)
    async with app.run_test(size=(80, 40), message_hook=app.told.append) as pilot:
        inspector = app.query_one(Inspector)
        inspector.show_look(LAYERED)
        inspector.show_keeping("keep: 3 laminae, 900 bytes in none yet")
        inspector.focus()
        await pilot.press("v", "u")
        await pilot.pause()
        assert "now: keep: 3 laminae, 900 bytes in none yet" in screen_text(app)
        assert len(heard(app, Inspector.UndoAsked)) == 1


async def test_of_thousands_of_laminae_the_first_are_drawn_and_the_rest_counted() -> None:
    many = tuple(MadeLamina(f"l{n}", n, n, 9) for n in range(5000))
    look = replace(LAYERED, laminae=many)
    app = Panel(Inspector)
    async with app.run_test(size=(60, 20)) as pilot:
        inspector = app.query_one(Inspector)
        inspector.show_look(look)
        inspector.focus()
        await pilot.press("v")
        assert _spent(inspector.redraw) < 0.1
        assert any("and 4,800 more" in piece.text for row in inspector._lines for piece in row)


MEASURED = Measured(
    scores=(50, 80, 93),
    newest=Scored(line=128, none=1204, sent=812, full=790, score=93, verifier="3fa1b2c4d5e6f7"),
    threshold=80,
    policy="notice",
)


@pytest.mark.parametrize("kept", [True, False])
async def test_continuity_stands_beside_cc_even_where_the_bank_has_lost_it(kept: bool) -> None:
    app = Panel(Inspector)
    async with app.run_test(size=(80, 40)) as pilot:
        inspector = app.query_one(Inspector)
        if kept:
            inspector.show_look(WHOLE)
        else:
            inspector.show_nothing("enfold replay the-last-watch")
        await pilot.pause()
        assert "Continuity" not in screen_text(app)
        inspector.show_continuity(MEASURED)
        await pilot.pause()
        rows = screen_rows(app)
        at = next(i for i, row in enumerate(rows) if "Continuity" in row)
        assert rows[at].split()[:2] == ["Continuity", "93"]
        assert rows[at + 1].rstrip().endswith("turns ▄▆▇ 50 to 93, least 50")
        assert "line at 128" in screen_text(app)
        assert ("the door is red" in screen_text(app)) == kept


async def test_a_carrier_without_a_budget_has_no_gauge() -> None:
    text = (await show(replace(WHOLE, budget=0))).text
    assert "1,998 bytes, no budget" in text
    assert "━" not in text


async def test_a_carrier_that_keeps_nothing_says_so() -> None:
    look = MadeLook(carrier="empty", text="", size=0, added=(), removed=(), history=())
    assert "this carrier keeps no text" in (await show(look)).text
    assert "the same as before" in (await show(look, 80, "d")).text


async def test_nothing_folded_and_a_lost_bank_are_told_apart() -> None:
    app = Panel(Inspector)
    async with app.run_test(size=(60, 20)) as pilot:
        inspector = app.query_one(Inspector)
        inspector.show_nothing()
        await pilot.pause()
        assert "Nothing is folded yet" in screen_text(app)
        inspector.show_nothing("enfold replay the-last-watch")
        await pilot.pause()
        assert "enfold replay the-last-watch" in screen_text(app)
        inspector.show_nothing(why="the row of place 12 is damaged [/x]")
        await pilot.pause()
        assert "the row of place 12 is damaged [/x]" in screen_text(app)
        assert "folded yet" not in screen_text(app)
        inspector.show_look(WHOLE)
        await pilot.pause()
        assert "the door is red" in screen_text(app)


async def test_a_place_before_the_first_fold_says_so() -> None:
    text = (await show(replace(WHOLE, upto=-1, size=0, text="", added=(), history=()))).text
    assert "no place yet" in text
    assert "nothing is folded up to here" in text


async def test_the_next_look_keeps_the_place_and_the_view() -> None:
    text = "\n".join(f"line {n}" for n in range(300))
    app = Panel(Inspector)
    async with app.run_test(size=(60, 20)) as pilot:
        inspector = app.query_one(Inspector)
        inspector.show_look(replace(WHOLE, text=text))
        inspector.focus()
        await pilot.press("pagedown", "j", "j")
        before = inspector.scroll_y
        inspector.show_look(replace(WHOLE, text=text + "\nline 300", upto=130))
        await pilot.pause()
        assert before == inspector.scroll_y == 21
        await pilot.press("G")
        assert "line 300" in screen_text(app)
        await pilot.press("g")
        assert "places 0 to 130" in screen_text(app)


def _spent(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def _full(text: str) -> MadeLook:
    return MadeLook(carrier="full", budget=0, size=len(text.encode()), text=text, added=())


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(f"AI-1: {'words about the lamp ' * 5}{n}" for n in range(9000)),
        "x y" * 350_000,
        "漢字" * 170_000,
        "\n".join(["漢字 " * 40] * 2500),
    ],
    ids=["lines", "one line", "one wide line", "wide lines"],
)
async def test_a_megabyte_is_shown_and_scrolled_without_a_stutter(text: str) -> None:
    app = Panel(Inspector)
    async with app.run_test(size=(80, 40)) as pilot:
        inspector = app.query_one(Inspector)
        await pilot.pause()
        measured = min(_spent(lambda: [cell_len(one) for one in text]) for _ in "123")
        shown = min(_spent(lambda: inspector.show_look(_full(text))) for _ in range(3))
        assert shown < 4 * measured
        inspector.focus()
        await pilot.press("G")
        drawn = min(
            _spent(lambda: [inspector.render_line(y) for y in range(40)]) for _ in "123"
        )
        assert drawn < measured / 2
        assert inspector.render_line(39).text.strip()


@pytest.mark.parametrize("width", [34, 60, 140])
async def test_words_of_any_kind_are_shown_as_characters(width: int) -> None:
    look = replace(
        WHOLE,
        carrier=NASTY,
        text=f"{NASTY}\nthe door",
        added=(NASTY,),
        removed=(NASTY,),
        laminae=(MadeLamina(NASTY, 0, 3, 9),),
        recalled=MadeRecall((MadeBecause(0, NASTY, 0.5, (NASTY,), NASTY * 9),), to=NASTY),
        done=(MadeDone(4, NASTY, NASTY),),
    )
    for keys in ((), ("d",), ("v",)):
        text = (await show(look, width, *keys)).text
        assert safe(text) == text
        assert "[red]x[/]" in text


async def test_ascii_draws_it_with_ascii_alone() -> None:
    look = replace(
        WHOLE,
        text="the keeper " * 40,
        laminae=(
            MadeLamina("a", 0, 9, 9, (MadeLamina("b", 0, 4, 4), MadeLamina("c", 5, 9, 5))),
        ),
        recalled=MadeRecall((MadeBecause(0, "a", 0.5, ("x" * 90,), "x" * 200),), to="b" * 90),
        done=(MadeDone(4, "merge", "y " * 90),),
    )
    for width in (34, 80):
        for keys in ((), ("d",), ("v",)):
            assert (await show(look, width, *keys, ascii=True)).text.isascii()
