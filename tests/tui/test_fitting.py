from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tui.printing import safe
from tui.widgets.fitting import (
    ACCURATE,
    bar,
    clock,
    count,
    fit,
    fit_end,
    money,
    spark,
    wrap,
)

TEXTS = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from("漢字 🏳️‍🌈e\u0301[]\\\x1b\x07\t\n\r\u202e"),
        st.sampled_from("abc  "),
    ),
    max_size=200,
)


@given(TEXTS, st.integers(0, 60), st.booleans())
def test_a_fitted_text_is_one_safe_line_no_wider_than_asked(
    text: str, cells: int, ascii: bool
) -> None:
    for fitted in (fit(text, cells, ascii=ascii), fit_end(text, cells, ascii=ascii)):
        assert cell_len(fitted) <= cells
        assert "\n" not in fitted
        assert fitted == safe(fitted)


def test_a_text_that_fits_is_left_alone_and_a_longer_one_says_so() -> None:
    assert fit("[AI-1 x]", 8) == "[AI-1 x]"
    assert fit("gemini-3-flash", 8) == "gemini-…"
    assert fit("gemini-3-flash", 8, ascii=True) == "gemini.."
    assert fit_end("/rooms/log.jsonl", 8) == "…g.jsonl"


@given(TEXTS, st.integers(2, 60))
def test_wrapped_rows_are_no_wider_than_asked_and_lose_only_spaces(
    text: str, width: int
) -> None:
    rows = wrap(text, width)
    assert all(cell_len(row) <= width for row in rows)
    joined = "".join(rows).replace(" ", "")
    assert joined == safe(text).expandtabs(4).replace("\n", "").replace(" ", "")


def test_a_line_breaks_at_spaces_and_a_long_word_where_it_must() -> None:
    assert wrap("the red door", 8) == ["the red", "door"]
    assert wrap("lighthouses", 4) == ["ligh", "thou", "ses"]
    assert wrap("漢字漢字", 4) == ["漢字", "漢字"]
    assert wrap("a\n\nb", 4) == ["a", "", "b"]
    assert wrap("the red door is shut\nby", 10, hang=2) == [
        "the red",
        "  door is",
        "  shut",
        "by",
    ]


def test_a_long_text_of_wide_characters_breaks_without_being_measured() -> None:
    rows = wrap("漢" * (ACCURATE + 1), 10)
    assert {len(row) for row in rows[:-1]} == {5}
    assert "".join(rows) == "漢" * (ACCURATE + 1)


@given(st.floats(0, 1e12))
def test_a_number_takes_six_characters_at_most(number: float) -> None:
    assert len(count(number)) <= 6


def test_figures_are_written_as_people_read_them() -> None:
    assert [count(n) for n in (0, 999, 1000, 12_412, 999_600, 1_200_000)] == [
        "0",
        "999",
        "1.0k",
        "12.4k",
        "1.0M",
        "1.2M",
    ]
    assert [money(d) for d in (0, 0.0012, 0.25, 12.5, 1234.5)] == [
        "$0",
        "$0.0012",
        "$0.25",
        "$12.50",
        "$1,234.50",
    ]
    assert [clock(s) for s in (0.4, 59.9, 200, 3723)] == ["0 s", "59 s", "3:20", "1:02:03"]


@given(st.floats(-1, 2), st.integers(3, 40), st.booleans())
def test_a_bar_is_as_wide_as_asked(part: float, cells: int, ascii: bool) -> None:
    assert cell_len(bar(part, cells, ascii=ascii)) == cells


def test_a_bar_shows_anything_at_all_and_is_full_only_when_it_is() -> None:
    assert bar(0, 7, ascii=True) == "[.....]"
    assert bar(0.001, 7, ascii=True) == "[#....]"
    assert bar(0.999, 7, ascii=True) == "[####.]"
    assert bar(1, 7, ascii=True) == "[#####]"


@given(st.lists(st.floats(0, 1e9), max_size=200), st.integers(1, 40))
def test_a_sparkline_takes_a_cell_a_value_at_most(values: list[float], cells: int) -> None:
    assert len(spark(values, cells)) == min(cells, len(values))


def test_a_sparkline_of_more_values_than_cells_keeps_the_peaks() -> None:
    values = [0.0] * 100
    values[37] = 10.0
    assert spark(values, 10, ascii=True) == "___#______"
    assert spark([1, 2, 3], 10, most=6, ascii=True) == ".:-"
