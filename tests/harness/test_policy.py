"""What the keeper chooses, from what it measured alone."""

from hypothesis import given
from hypothesis import strategies as st

from harness.policy import DENSE, FINE, PROBES, SHARE, Pressure, choose

pressures = st.builds(
    Pressure,
    loose=st.integers(0, 1 << 16),
    tail=st.integers(0, 1 << 17),
    laminae=st.integers(0, 1000),
    resident=st.integers(0, 2 * SHARE),
    largest=st.integers(0, 1 << 16),
    topics=st.integers(1, 64),
    pairs=st.integers(0, 9),
    returning=st.integers(0, 9),
    probes=st.integers(0, 32),
    answered=st.integers(0, 32),
    continuity=st.integers(0, 100),
    wanted=st.integers(0, 100),
)


@given(pressures)
def test_the_same_pressure_comes_to_the_same_choice_and_says_why(pressure: Pressure) -> None:
    choice = choose(pressure)
    assert choice == choose(pressure)
    assert choice.why
    assert "\n" not in choice.why


@given(pressures)
def test_nothing_is_chosen_that_there_is_nothing_to_do_for(pressure: Pressure) -> None:
    match choose(pressure).act:
        case "index":
            assert pressure.loose
        case "rewrite":
            assert pressure.returning
            assert not pressure.loose
        case "delaminate":
            assert pressure.topics > 1
            assert pressure.largest > pressure.limit
            assert pressure.resident <= SHARE
        case "merge":
            assert pressure.pairs
        case _:
            assert not pressure.loose
            assert not pressure.returning


def test_what_no_lamina_has_comes_first() -> None:
    pressure = Pressure(loose=48_000, largest=40_000, topics=6, pairs=1, resident=2 * SHARE)
    assert choose(pressure).act == "index"
    assert "48,000 bytes" in choose(pressure).why


def test_a_lamina_that_speaks_of_one_thing_stays_whole_however_large() -> None:
    assert choose(Pressure(largest=48_000, topics=1, laminae=1)).act == "keep"
    assert choose(Pressure(largest=48_000, topics=2, laminae=1)).act == "delaminate"


def test_laminae_are_made_finer_where_too_little_comes_back() -> None:
    size = (FINE + DENSE) // 2
    well = Pressure(largest=size, topics=2, probes=32, answered=31)
    poorly = Pressure(largest=size, topics=2, probes=32, answered=10)
    assert choose(well).act == "keep"
    assert choose(poorly).act == "delaminate"
    assert "31%" in choose(poorly).why


def test_laminae_are_made_finer_where_a_room_does_not_go_on_well() -> None:
    fallen = Pressure(largest=(FINE + DENSE) // 2, topics=2, pairs=1, continuity=62, wanted=80)
    assert choose(fallen).act == "delaminate"
    assert choose(fallen).why.endswith("; continuity 62, below 80")
    assert choose(Pressure(pairs=1, continuity=62, wanted=80)).act == "keep"
    assert choose(Pressure(pairs=1, continuity=80, wanted=80)).act == "merge"


def test_a_few_probes_say_nothing_yet() -> None:
    few = Pressure(largest=(FINE + DENSE) // 2, topics=2, probes=PROBES - 1, answered=0)
    assert few.share == 1.0
    assert choose(few).act == "keep"


def test_what_stays_in_memory_is_bounded_by_merging() -> None:
    full = Pressure(resident=SHARE + 1, pairs=3, largest=40_000, topics=9)
    assert choose(full).act == "merge"
    assert f"{SHARE:,}" in choose(full).why
    assert choose(Pressure(resident=SHARE + 1, largest=40_000, topics=9)).act == "keep"


def test_small_neighbours_are_merged_unless_finer_ones_are_needed() -> None:
    assert choose(Pressure(pairs=1)).act == "merge"
    assert choose(Pressure(pairs=1, probes=32, answered=3)).act == "keep"
