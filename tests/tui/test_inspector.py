import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import pytest

from tests.tui.panel import NASTY, Panel, screen_rows, screen_text
from tui.printing import safe
from tui.widgets.inspector import Inspector
from tui.widgets.look import Continuity, Lamina, Look, Recalled


@dataclass(frozen=True)
class MadeLamina:
    name: str
    first: int
    last: int
    size: int
    parts: Sequence[Lamina] = ()


@dataclass(frozen=True)
class MadeRow:
    name: str
    score: float
    text: str


@dataclass(frozen=True)
class MadeContinuity:
    value: float
    low: float
    high: float
    history: Sequence[float] = ()


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
    index: Sequence[Recalled] | None = None
    continuity: Continuity | None = None


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


async def test_sections_are_shown_only_where_there_is_something_to_show() -> None:
    text = (await show(WHOLE)).text
    for heading in ("Laminae", "Index", "Continuity"):
        assert heading not in text


async def test_laminae_are_a_tree_with_spans_and_sizes() -> None:
    inner = (MadeLamina("storm", 0, 31, 400), MadeLamina("door", 32, 63, 412))
    roots = (MadeLamina("night one", 0, 63, 812, inner), MadeLamina("night two", 64, 128, 7001))
    rows = (await show(replace(WHOLE, laminae=roots))).rows
    at = next(i for i, row in enumerate(rows) if "Laminae" in row)
    assert "4" in rows[at]
    assert [row.strip().split("   ")[0] for row in rows[at + 1 : at + 4]] == [
        "night one  0 to 63",
        "├─ storm  0 to 31",
        "└─ door  32 to 63",
    ]
    assert rows[at + 4].rstrip().endswith("7,001 bytes")
    assert "none yet" in (await show(replace(WHOLE, laminae=()))).text


async def test_rows_of_the_index_come_with_their_scores() -> None:
    found = (
        MadeRow("door", 0.92, "which door; the red one is locked"),
        MadeRow("lamp", 0.3, ""),
    )
    text = (await show(replace(WHOLE, index=found))).text
    assert "0.92 door  which door; the red one is locked" in text
    assert "0.30 lamp" in text


async def test_continuity_is_a_gauge_with_its_confidence_and_its_past() -> None:
    measured = MadeContinuity(0.93, 0.9, 0.96, (0.5, 0.8, 0.93))
    rows = (await show(replace(WHOLE, continuity=measured))).rows
    at = next(i for i, row in enumerate(rows) if "Continuity" in row)
    assert "0.93" in rows[at]
    assert "between 0.90 and 0.96" in rows[at]
    assert rows[at + 1].strip() == "▄▆▇"


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
        shown = min(_spent(lambda: inspector.show_look(_full(text))) for _ in range(3))
        assert shown < 0.1
        inspector.focus()
        await pilot.press("G")
        drawn = min(
            _spent(lambda: [inspector.render_line(y) for y in range(40)]) for _ in "123"
        )
        assert drawn < 0.05
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
        index=(MadeRow(NASTY, 0.5, NASTY),),
    )
    for keys in ((), ("d",)):
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
        index=(MadeRow("a", 0.5, "x" * 200),),
        continuity=MadeContinuity(0.7, 0.6, 0.8, (0.5, 0.7)),
    )
    for width in (34, 80):
        for keys in ((), ("d",)):
            assert (await show(look, width, *keys, ascii=True)).text.isascii()
