"""Rows as the text they came from."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from transcripts.events import Entry, Spoke
from tui.page.layout import Look, lay_out
from tui.page.page import Item
from tui.page.row import Row, Span, written
from tui.widgets.flow import Spot, part, row_of, spot, words

_texts = st.text(
    st.sampled_from("abc de  fg\n\n*`#|-_東京é😀[]!"), min_size=1, max_size=300
)  # fmt: skip


def _rows(text: str, width: int) -> list[Row]:
    entry = Entry(1, datetime(2026, 1, 1, tzinfo=UTC), Spoke(author="AI-1", text=text))
    return lay_out(Item("message", entry, "AI-1", "AI-1 (Ada)", text), width, Look())


@given(_texts, st.integers(8, 60))
def test_a_row_is_found_again_by_its_place_in_the_text(text: str, width: int) -> None:
    rows = _rows(text, width)
    for index, row in enumerate(rows):
        again = row_of(rows, spot(rows, index))
        # Only rows that stand for nothing of the text cannot be told from the one after.
        assert again == index or not row.source


@given(_texts, st.integers(8, 60), st.integers(8, 60), st.data())
def test_at_another_width_the_row_has_the_same_place_in_it(
    text: str, width: int, other: int, data: st.DataObject
) -> None:
    rows, later = _rows(text, width), _rows(text, other)
    index = data.draw(st.integers(0, len(rows) - 1))
    place = spot(rows, index)
    there = row_of(later, place)
    start = spot(later, there)
    assert start <= place or place.line >= spot(later, len(later) - 1).line
    if there + 1 < len(later) and later[there].source:
        assert spot(later, there + 1) > place or start == place


@given(_texts, st.integers(8, 60))
def test_all_rows_together_give_the_source(text: str, width: int) -> None:
    rows = _rows(text, width)
    assert part(rows) == written(rows)


@given(_texts, st.integers(8, 40), st.data())
def test_two_parts_that_meet_give_the_whole(text: str, width: int, data: st.DataObject) -> None:
    rows = [row for row in _rows(text, width) if row.said is None]
    index = data.draw(st.integers(0, len(rows) - 1))
    length = len(words(rows[index]))
    if length < 2:
        return
    cut = (index, data.draw(st.integers(1, length - 1)))
    assert part(rows, None, cut) + part(rows, cut) == part(rows)


def test_a_selection_leaves_the_gutter_out_and_joins_wrapped_rows() -> None:
    rows = [
        Row((Span("│ ", "gutter"), Span("the quick")), "AI-1", 2, eaten=" "),
        Row((Span("│ ", "gutter"), Span("brown fox")), "AI-1", 2, wraps=True),
        Row((Span("│ ", "gutter"), Span("jumps")), "AI-1", 2),
    ]
    assert part(rows) == "the quick brown fox\njumps"
    assert part(rows, (0, 4), (1, 5)) == "quick brown"
    assert part(rows, (1, -2), (1, 5)) == "brown", "begun in the gutter"
    assert part(rows, (0, 0), (0, 9)) == "the quick"
    assert part(rows, (2, 1)) == "umps"


def test_a_row_that_shows_less_than_it_stands_for_gives_all_of_it_or_what_it_shows() -> None:
    rows = [Row((Span("| "), Span("cut off…")), "AI-1", 2, said="cut off here")]
    assert part(rows) == "cut off here"
    assert part(rows, (0, 4), (0, 8)) == "off…"


def test_a_place_that_is_gone_gives_the_last_row() -> None:
    rows = _rows("one\ntwo", 40)
    assert row_of(rows, Spot(99, 0)) == len(rows) - 1
    assert row_of([], Spot()) == 0
