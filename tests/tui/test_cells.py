"""A screen as text: what a reviewer reads of it, and that nothing of it gets lost."""

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tests.seen.cells import told
from tests.tui.story import told as told_apart

PLAIN = Style(color="#ffffff", bgcolor="#000000")
BOLD = PLAIN + Style(bold=True)


def row(*pieces: tuple[str, Style]) -> Strip:
    return Strip([Segment(text, style) for text, style in pieces])


def test_rows_come_first_then_the_look_of_each_cell_then_what_looks_there_are() -> None:
    rows = [row(("one ", PLAIN), ("two", BOLD), (" ", PLAIN)), row(("漢字", PLAIN))]
    assert told(rows) == (
        "one two\n漢字\n\n....aaa.\n.\n\n.  #ffffff on #000000\na  #ffffff on #000000 bold\n"
    )


def test_what_nobody_would_see_is_shown_by_its_number() -> None:
    shown = told([row(("a\u202eb\x1b[31mc\u200dd", PLAIN))]).split("\n")[0]
    assert shown == "a\\u202eb\\u001b[31mc\\u200dd"


def test_a_cell_that_looks_otherwise_changes_its_row_and_no_other() -> None:
    before = [row(("one", PLAIN), ("two", BOLD)), row(("three", PLAIN)), row(("x", BOLD))]
    after = [before[0], row(("thr", PLAIN), ("ee", BOLD)), before[2]]
    one, other = told(before).split("\n"), told(after).split("\n")
    assert [n for n in range(len(one)) if one[n] != other[n]] == [5]


def test_a_screen_that_changed_is_told_by_the_lines_that_did() -> None:
    said = told_apart("a story", "one\ntwo\nthree", "one\n2\nthree")
    assert "make snapshots" in said
    assert "\n-two\n+2\n" in said
    assert "nobody has accepted" in told_apart("a story", "", "one")
