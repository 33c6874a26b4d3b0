"""What is seen of a column, and that it stays where it is."""

from collections.abc import Sequence
from datetime import UTC, datetime
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from tests.fakes import cast
from transcripts import events as e
from transcripts.events import Entry, Event
from tui.page.page import Page
from tui.page.row import Row, Span
from tui.widgets.column import KEPT, Column
from tui.widgets.view import View

NOW = datetime(2026, 1, 1, tzinfo=UTC)
WORDS = [
    "lantern",
    "harbour",
    "ledger",
    "tide",
    "copper",
    "orchard",
    "signal",
    "meadow",
    "東京の港",
    "kettle",
]


def _page(messages: int, seed: int = 1) -> Page:
    draw = Random(seed)
    page = Page()
    happened: list[Event] = [e.Opened(title="a room")]
    happened += [e.Joined(participant=one) for one in cast("Ada", "Bob")]
    for turn in range(messages):
        text = " ".join(f"{word}{turn}" for word in draw.choices(WORDS, k=draw.randint(1, 120)))
        happened.append(e.Spoke(author=f"AI-{1 + turn % 2}", text=text.replace("7 ", "\n")))
        if turn % 3 == 2:
            cause = e.Cause(len(happened) - 1, 0)
            happened.append(
                e.PromptAdded(participant="AI-1", text=text, by="AI-1", cause=cause)
            )
    for place, event in enumerate(happened):
        page.add(Entry(place, NOW, event))
    return page


def _at(view: View, row: int) -> Row:
    index, within = view.column.at(row)
    return view.column.rows(index)[within]


def _all_exact(view: View) -> bool:
    first, _ = view.column.at(view.top)
    last, _ = view.column.at(view.top + view.height - 1)
    return all(view.column.exact(index) for index in range(first, last + 1))


@given(
    st.integers(70, 200),
    st.integers(1, 40),
    st.integers(20, 120),
    st.lists(
        st.one_of(
            st.tuples(st.just("go"), st.integers(0, 4000)),
            st.tuples(st.just("step"), st.integers(-60, 60)),
            st.tuples(st.just("above"), st.integers(0, 200)),
            st.tuples(st.just("measure"), st.integers(0, 200)),
        ),
        max_size=12,
    ),
)
def test_the_row_at_the_top_stays_whatever_becomes_of_those_above(
    messages: int, height: int, width: int, steps: Sequence[tuple[str, int]]
) -> None:
    view = View(Column(_page(messages), width), height)
    view.settle()
    for what, number in steps:
        match what:
            case "go":
                view.go(number)
            case "step":
                before = view.top
                view.go(before + number)
                if 0 < before + number < view.last:
                    first, _ = view.column.at(view.top)
                    assert view.column.exact(first)
            case "above" if view.top:
                row = _at(view, view.top)
                index, _ = view.column.at(view.top)
                if number < index:
                    view.column.toggle_fold(number)
                    view.settle()
                    assert _at(view, view.top) == row or view.top == view.last
            case "measure":
                row = _at(view, view.top)
                asked = iter(range(number))
                view.column.measure_some(0, lambda asked=asked: next(asked, None) is not None)
                view.settle()
                assert _at(view, view.top) == row
            case _:
                pass
        assert 0 <= view.top <= view.last
        assert _all_exact(view)


def test_single_steps_up_a_long_room_show_every_row_once() -> None:
    page = _page(80)
    whole = [row for index in range(len(page.items)) for row in Column(page, 50).rows(index)]
    view = View(Column(page, 50), 7)
    view.settle()
    seen = [_at(view, view.top + y) for y in range(7)]
    while view.top:
        view.go(view.top - 1)
        seen.insert(0, _at(view, view.top))
    assert seen == whole


def test_at_the_end_it_follows_and_elsewhere_it_stays() -> None:
    page = _page(100)
    view = View(Column(page, 60), 20)
    view.settle()
    assert view.following
    view.column.take(
        page.add(Entry(page.room.next_place, NOW, e.Spoke(author="AI-1", text="new")))
    )
    assert view.settle() == view.last
    assert _at(view, view.top + 19).text.endswith("new")
    view.go(view.top - 1)
    assert not view.following
    row = _at(view, view.top)
    view.column.take(
        page.add(Entry(page.room.next_place, NOW, e.Spoke(author="AI-2", text="more")))
    )
    view.settle()
    assert _at(view, view.top) == row
    view.go(view.last)
    assert view.following


def test_what_is_unfolded_stays_where_it_began() -> None:
    page = _page(100)
    view = View(Column(page, 60), 20)
    view.settle()
    view.go(300)
    first, _ = view.column.at(view.top)
    index = next(i for i in range(first + 1, first + 20) if page.items[i].kind == "chip")
    view.show(index)
    distance = view.column.top(index) - view.top
    for _ in range(2):
        view.column.toggle_fold(index)
        view.keep(index, distance)
        assert view.column.top(index) - view.top == distance


def test_a_line_being_written_is_below_everything_and_gives_its_place_to_its_entry() -> None:
    page = _page(70)
    view = View(Column(page, 60), 10)
    view.settle()
    total = view.column.total
    view.column.draft = [Row((Span(f"row {number}"),)) for number in range(30)]
    assert view.settle() == total + 20
    assert _at(view, view.top + 9).text == "row 29"
    view.go(total + 4)
    view.column.draft = ()
    view.column.take(
        page.add(
            Entry(page.room.next_place, NOW, e.Spoke(author="AI-1", text="x\n" * 30 + "end"))
        )
    )
    view.settle()
    index, within = view.column.at(view.top)
    assert (index, within) == (len(page.items) - 1, 4)


def test_only_the_rows_last_looked_at_are_kept() -> None:
    column = Column(_page(400), 20)
    for index in range(column.items):
        column.rows(index)
    kept = sum(len(rows) for rows in column._rows.values())
    assert column.total > KEPT
    assert kept == column._kept <= KEPT


def test_another_page_inherits_what_was_measured_and_folded() -> None:
    older = Column(_page(100), 60)
    older.toggle_fold(5)
    while older.measure_some(0, lambda: True):
        pass
    younger = Column(_page(80), 60)
    younger.inherit(older)
    assert all(younger.exact(index) for index in range(younger.items))
    assert younger.look(5).unfolded
    assert [younger.height(i) for i in range(younger.items)] == [
        len(younger.rows(i)) for i in range(younger.items)
    ]
