"""Continuity as it is drawn: figure, bar, turns and bits, at any width and of any shares."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transcripts.events import Scored
from transcripts.room import Room
from tui.slash.measured import Measured, level, measured, said
from tui.widgets.fitting import ASCII_BARS, BARS
from tui.widgets.lines import Line, wide
from tui.widgets.score import FIGURE, compact, section, turns

SHARES = st.integers(0, 100)
SCORES = st.lists(SHARES, max_size=80).map(tuple)
LAST = Scored(line=120, none=1204, sent=812, full=790, score=91, verifier="3fa1b2c4d5e6f708")


def text(line: Line) -> str:
    return "".join(piece.text for piece in line)


def rows(found: Measured, width: int, *, ascii: bool = False) -> list[str]:
    return [text(row).rstrip() for row in section(found, width, ascii=ascii)]


@given(SCORES, st.integers(-2, 90), st.booleans())
def test_turns_are_never_wider_than_asked_and_the_newest_is_last(
    scores: tuple[int, ...], cells: int, ascii: bool
) -> None:
    drawn = turns(scores, cells, ascii=ascii)
    assert len(drawn) == min(len(scores), max(0, cells))
    assert set(drawn) <= set(ASCII_BARS if ascii else BARS)
    if drawn:
        assert drawn[-1] == turns(scores[-1:], 1, ascii=ascii)


@given(SHARES, SHARES)
def test_a_higher_share_is_never_drawn_lower(one: int, other: int) -> None:
    low, high = sorted((one, other))
    drawn = turns((low, high), 2)
    assert BARS.index(drawn[0]) <= BARS.index(drawn[1])


@given(SCORES, st.integers(-1, 70), SHARES, st.booleans())
def test_the_compact_form_keeps_to_its_place(
    scores: tuple[int, ...], cells: int, threshold: int, ascii: bool
) -> None:
    line = compact(Measured(scores=scores, threshold=threshold), cells, ascii=ascii)
    assert wide(line) <= max(0, cells)
    assert text(line).isascii() or not ascii
    assert bool(line) == bool(scores and cells >= FIGURE)
    if line:
        shown = text(line).split()[:2]
        low = "!" if scores[-1] < threshold else ""
        assert shown == ["continuity", f"{scores[-1]}{low}"]


@pytest.mark.parametrize(
    ("cells", "drawn"),
    [
        (14, "continuity 58!"),
        (20, "continuity 58!"),
        (21, "continuity 58! ▆▆▅▅▄▄"),
        (40, "continuity 58! ━━━─── ▆▇▆▆▅▅▄▄"),
    ],
)
def test_bars_take_what_is_left_beside_the_figure(cells: int, drawn: str) -> None:
    scores = (90, 95, 85, 80, 70, 65, 55, 58)
    assert text(compact(Measured(scores=scores, threshold=80), cells)) == drawn


def test_where_it_is_off_the_status_line_says_nothing() -> None:
    assert compact(Measured(scores=(90, 91), off="no kernel"), 40) == ()


@pytest.mark.parametrize("score", [0, 49, 50, 79, 80, 100])
def test_no_two_levels_are_told_by_colour_alone(score: int) -> None:
    told = rows(Measured(scores=(score,), newest=LAST), 80)[0]
    assert f" {score} " in told
    assert told.endswith(level(score))


@given(
    st.builds(
        Measured,
        scores=SCORES,
        newest=st.none() | st.builds(
            Scored,
            line=st.integers(0, 10**6),
            none=st.integers(0, 10**7),
            sent=st.integers(0, 10**7),
            full=st.integers(0, 10**7),
            score=SHARES,
            verifier=st.text(max_size=80),
        ),
        threshold=SHARES,
        policy=st.sampled_from(["", "notice", "widen", "delaminate", "else"]),
        off=st.text(max_size=60),
    ),
    st.integers(20, 160),
    st.booleans(),
)  # fmt: skip
def test_the_section_is_never_wider_than_its_place(
    found: Measured, width: int, ascii: bool
) -> None:
    drawn = section(found, width, ascii=ascii)
    assert all(wide(row) <= width for row in drawn)
    assert bool(drawn) == bool(found.scores or found.off)


@pytest.mark.parametrize("width", [34, 50, 80, 140])
@pytest.mark.parametrize("ascii", [False, True])
def test_the_section_says_what_the_figure_means(width: int, ascii: bool) -> None:
    found = Measured(
        scores=(70, 85, 91), newest=LAST, threshold=80, policy="widen"
    )  # fmt: skip
    shown = rows(found, width, ascii=ascii)
    whole = " ".join(" ".join(shown).split())
    for told in (
        "Continuity 91",
        "helps 91% as much as everything said",
        "guess the line at 120",
        "notice below 80, then more lines word for word",
        "verifier 3fa1b2c4d5e6",
    ):
        assert told in whole
    for name, bits in (("nothing", "1,204"), ("sent", "812"), ("everything", "790")):
        assert any(name in row and bits in row for row in shown), name
    assert whole.isascii() or not ascii
    assert ("=++" if ascii else "▅▆▆") in whole


def test_the_more_is_sent_the_shorter_are_the_bars_of_bits() -> None:
    bars = [row.count("━") for row in rows(Measured(scores=(91,), newest=LAST), 100)]
    nothing, sent, full = [count for count in bars if count][1:]
    assert nothing > sent >= full > 0


def test_what_is_below_the_threshold_says_so() -> None:
    found = Measured(scores=(58,), newest=LAST, threshold=80)
    assert rows(found, 80)[0].endswith("fair, below 80")
    assert not found.off
    assert rows(Measured(scores=(80,), newest=LAST, threshold=80), 80)[0].endswith("good")


def test_why_nothing_is_scored_is_told_where_somebody_knows() -> None:
    assert section(Measured(), 60) == []
    assert section(measured(Room(), ""), 60) == []  # who set it so knows
    found = Measured(off="the carrier `full` sends everything")
    assert rows(found, 60) == ["Continuity", "  off: the carrier `full` sends everything"]


def test_one_line_says_where_it_stands() -> None:
    asks = "no notice is asked for; /continuity 80 asks for one"
    assert said(Measured()) == f"continuity not measured yet; {asks}"
    assert said(Measured(off="no room")) == f"continuity off: no room; {asks}"
    assert (
        said(Measured(scores=(58,), threshold=80, policy="delaminate"))
        == "continuity 58 of 100, fair; notice below 80, then finer laminae"
    )


def test_a_room_tells_what_is_known_of_it() -> None:
    room = Room(
        scored=(LAST,),
        settings=(("continuity.threshold", "70"), ("continuity.policy", "widen")),
    )
    assert measured(room) == Measured(scores=(91,), newest=LAST, threshold=70, policy="widen")
    assert measured(room, "off: no kernel").off == "no kernel"
    assert "off now: no kernel" in rows(measured(room, "off: no kernel"), 60)[1]
    assert "off now: no kernel" in said(measured(room, "off: no kernel"))
    assert "continuity.live" in said(measured(Room(), ""))
    assert measured(Room()).scores == ()
