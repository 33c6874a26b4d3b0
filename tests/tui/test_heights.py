"""The heights of many items."""

from hypothesis import given
from hypothesis import strategies as st

from tui.widgets.heights import Heights

_rows = st.lists(st.integers(0, 30), max_size=60)


@given(_rows, _rows, st.lists(st.tuples(st.integers(0, 200), st.integers(0, 30)), max_size=40))
def test_it_agrees_with_a_plain_list_whatever_is_done(
    first: list[int], more: list[int], changes: list[tuple[int, int]]
) -> None:
    heights = Heights(first)
    plain = list(first)
    for rows in more:
        heights.append(rows)
        plain.append(rows)
    for index, rows in changes:
        if plain:
            at = index % len(plain)
            assert heights.set(at, rows) == rows - plain[at]
            plain[at] = rows
    assert len(heights) == len(plain)
    assert heights.total == sum(plain)
    assert [heights[index] for index in range(len(plain))] == plain
    assert [heights.top(index) for index in range(len(plain) + 1)] == [
        sum(plain[:index]) for index in range(len(plain) + 1)
    ]
    where = [(index, row) for index, rows in enumerate(plain) for row in range(rows)]
    assert [heights.at(row) for row in range(heights.total)] == where
    assert heights.at(heights.total + 3) == (len(plain), 3)


def test_what_is_only_guessed_is_found_from_any_start() -> None:
    heights = Heights([3, 3, 3, 3])
    heights.set(1, 5)
    heights.set(2, 3)
    assert [heights.exact(index) for index in range(4)] == [False, True, True, False]
    assert heights.unknown(1) == 3
    heights.set(3, 1)
    assert heights.unknown(1) == 0, "it goes round"
    heights.set(0, 1)
    assert heights.unknown() is None
    heights.guess_again()
    assert heights.unknown() == 0
    assert heights.total == 10, "what it knew is the best guess"
    heights.guess_again([1, 2, 3, 4])
    assert [heights.top(index) for index in range(5)] == [0, 1, 3, 6, 10]
