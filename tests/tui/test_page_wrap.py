"""Lines broken into rows: by cells, at spaces, and nothing lost."""

import time

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len, get_character_cell_size

from tui.page.wrap import (
    _NOT_ONE,
    TAB,
    _wrap_clusters,
    _wrap_single,
    cells,
    clusters,
    fitting,
    shorten,
    single,
    untabbed,
    wrap,
)
from tui.printing import safe

HARD = [
    "plain words and more of them",
    "世界世界、世界。世界",
    "e\u0301a\u0308o\u0302 combining",
    "👩\u200d👩\u200d👧 family 👍🏽 ok",
    "🇩🇪🇫🇷🇬🇧 flags",
    "❤\ufe0f🌡\ufe0f 1\ufe0f\u20e3 signs",
    "   indented        and gaps   ",
    "a" * 50,
    "\u200b\u200d\ufe0f nothing",
]

lines = st.one_of(
    st.sampled_from(HARD),
    st.text(max_size=60),
    st.text(st.sampled_from("ab  界\u0301\u200d\ufe0f🇩❤👩🏽é—-"), max_size=80),
    st.text(st.sampled_from("ab -"), max_size=120),
).map(lambda text: untabbed(safe(text)).replace("\n", " "))


def rows(line: str, first: int, rest: int | None = None, *, hard: bool = False) -> list[str]:
    return [line[cut.start : cut.end] for cut in wrap(line, first, rest, hard=hard)]


@given(lines, st.integers(2, 40), st.integers(2, 40), st.booleans())
@settings(max_examples=300, deadline=None)
def test_nothing_is_lost_and_no_row_is_too_wide(
    line: str, first: int, rest: int, hard: bool
) -> None:
    cuts = wrap(line, first, rest, hard=hard)
    assert cuts
    assert "".join(line[cut.start : cut.next] for cut in cuts) == line
    assert [cut.next for cut in cuts[:-1]] == [cut.start for cut in cuts[1:]]
    assert {line[cut.end : cut.next] for cut in cuts} <= {
        " " * count for count in range(len(line) + 1)
    }
    for number, cut in enumerate(cuts):
        assert cell_len(line[cut.start : cut.end]) <= (rest if number else first)


@given(lines, st.integers(2, 40))
@settings(max_examples=200, deadline=None)
def test_what_is_one_character_stays_on_one_row(line: str, width: int) -> None:
    starts = {part.start for part in clusters(line)} | {len(line)}
    for cut in wrap(line, width):
        assert {cut.start, cut.end, cut.next} <= starts


@given(lines)
@settings(max_examples=300, deadline=None)
def test_characters_cover_the_line_and_add_up(line: str) -> None:
    parts = clusters(line)
    assert "".join(line[part.start : part.end] for part in parts) == line
    assert sum(part.cells for part in parts) >= cell_len(line)


@given(st.text(st.sampled_from("ab  c-"), min_size=31, max_size=120), st.integers(3, 30))
@settings(max_examples=300, deadline=None)
def test_the_fast_way_breaks_where_the_slow_one_does(line: str, width: int) -> None:
    assume(line.strip(" "))
    quick = _wrap_single(line, width, width - 1, hard=False)
    assert quick == _wrap_clusters(line, width, width - 1, hard=False)


@given(lines, st.integers(0, 40))
@settings(max_examples=150, deadline=None)
def test_what_is_shortened_fits(line: str, room: int) -> None:
    end = fitting(line, room)
    assert cell_len(line[:end]) <= room
    assert cell_len(shorten(line, room)) <= room


def test_every_character_of_the_fast_way_takes_one_cell() -> None:
    quick = [chr(code) for code in range(0x3000) if not _NOT_ONE.match(chr(code))]
    assert len(quick) > 1500
    assert {get_character_cell_size(char) for char in quick} == {1}


@pytest.mark.parametrize(
    "text", ["👩\u200d👩\u200d👧", "👍🏽", "🇩🇪", "❤\ufe0f", "1\ufe0f\u20e3"]
)
def test_joined_signs_are_one_character_of_two_cells(text: str) -> None:
    assert [(part.start, part.end, part.cells) for part in clusters(text)] == [
        (0, len(text), 2)
    ]
    assert not single(text)
    assert cells(text) == 2


def test_three_flags_are_three_and_half_a_flag_is_a_character() -> None:
    assert [part.cells for part in clusters("🇩🇪🇫🇷🇬")] == [2, 2, 1]


def test_words_go_to_the_next_row_whole() -> None:
    assert rows("the sieve and the gate", 10) == ["the sieve", "and the", "gate"]


def test_a_word_too_long_for_a_row_is_broken() -> None:
    assert rows("aaaaaaaaaaaa bb", 5) == ["aaaaa", "aaaaa", "aa bb"]


def test_spaces_at_the_start_and_between_stay() -> None:
    assert rows("    a  b", 20) == ["    a  b"]
    assert rows("    aaa bbb", 8) == ["    aaa", "bbb"]
    assert rows("        ", 4) == ["    "]


def test_spaces_at_the_end_are_swallowed_where_there_is_no_room() -> None:
    assert [tuple(cut) for cut in wrap("abcd    ", 6)] == [(0, 4, 8)]
    assert [tuple(cut) for cut in wrap("abc ", 6)] == [(0, 4, 4)]


def test_wide_text_without_spaces_is_broken_between_characters() -> None:
    assert rows("go 世界世界世界", 10) == ["go 世界世", "界世界"]


def test_no_row_begins_with_a_full_stop_after_a_wide_character() -> None:
    assert rows("世界世界。世", 8) == ["世界世", "界。世"]


def test_hard_breaks_swallow_nothing() -> None:
    assert rows("x = 1 + 2", 4, hard=True) == ["x = ", "1 + ", "2"]


def test_tabs_go_to_the_next_stop_also_behind_wide_characters() -> None:
    assert untabbed("a\tb") == "a   b"
    assert untabbed("世\tb") == "世  b"
    assert untabbed("\t\tb") == " " * 2 * TAB + "b"


def test_long_lines_take_no_more_than_linear_time() -> None:
    started = time.process_time()
    wrap(" " * 200_000 + "a" * 200_000 + " " * 200_000, 80)
    wrap("e\u0301" * 50_000, 80)
    assert time.process_time() - started < 3
