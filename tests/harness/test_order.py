from collections import Counter
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.order import next_seat
from transcripts import events as e
from transcripts.events import Entry, Event
from transcripts.participants import Participant
from transcripts.room import Room, reduce

NOW = datetime(2026, 1, 1, tzinfo=UTC)
NAMES = ["Ada", "Bob", "Cyd", "Dee", "Eve"]


def room(order: str, count: int, seed: int = 3) -> Room:
    made = Room()
    for event in [e.Opened(title="", order=order, seed=seed), *map(join, range(1, count + 1))]:
        made = after(made, event)
    return made


def join(number: int) -> e.Joined:
    return e.Joined(
        participant=Participant(id=f"AI-{number}", name=NAMES[number - 1], model="m")
    )


def after(made: Room, event: Event) -> Room:
    return reduce(made, Entry(made.next_place, NOW, event))


def spoken(made: Room, turns: int, say: str = "hm") -> tuple[Room, list[str]]:
    order: list[str] = []
    for _ in range(turns):
        seat = next_seat(made)
        assert seat is not None
        order.append(seat.id)
        made = after(made, e.Spoke(author=seat.id, text=say))
    return made, order


def test_round_robin_goes_round_in_order_of_joining() -> None:
    assert spoken(room("round_robin", 3), 6)[1] == ["AI-1", "AI-2", "AI-3"] * 2


def test_a_newcomer_speaks_at_the_end_of_the_round_it_was_invited_in() -> None:
    made, _ = spoken(room("round_robin", 2), 1)
    made = after(made, join(3))
    assert spoken(made, 4)[1] == ["AI-2", "AI-3", "AI-1", "AI-2"]


def test_who_left_is_passed_over_even_right_after_speaking() -> None:
    made, _ = spoken(room("round_robin", 3), 2)
    made = after(made, e.Left(participant="AI-2", by="AI-2"))
    assert spoken(made, 3)[1] == ["AI-3", "AI-1", "AI-3"]


@given(st.integers(2, 5), st.integers(0, 1000))
def test_a_random_round_has_everybody_once_and_nobody_twice_in_a_row(
    count: int, seed: int
) -> None:
    _, order = spoken(room("random", count, seed), 6 * count)
    for start in range(0, len(order), count):
        assert Counter(order[start : start + count]) == Counter(
            f"AI-{i}" for i in range(1, count + 1)
        )
    assert all(one != two for one, two in pairwise(order))


def test_a_random_order_is_the_same_for_the_same_seed_and_differs_for_others() -> None:
    orders = [tuple(spoken(room("random", 5, seed), 20)[1]) for seed in (1, 1, 2, 3)]
    assert orders[0] == orders[1]
    assert len(set(orders)) == 3


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("what do you think, @AI-3?", "AI-3"),
        ("@cyd, go on", "AI-3"),
        ("@AI-33 is not here", "AI-2"),
        ("ask @Bob or @Cyd", "AI-2"),
        ("mail me at ada@bobcat.org", "AI-2"),
        ("no name", "AI-2"),
        ("@Ada I am myself", "AI-2"),
    ],
)
def test_whoever_is_addressed_comes_next(said: str, expected: str) -> None:
    made = after(room("mention", 3), e.Spoke(author="AI-1", text=said))
    seat = next_seat(made)
    assert seat is not None
    assert seat.id == expected


@pytest.mark.parametrize("order", ["round_robin", "random", "mention", "person"])
def test_whom_the_person_names_comes_first_and_once(order: str) -> None:
    made = after(room(order, 3), e.Changed(setting="next", value="AI-3", by="you"))
    made, spoke = spoken(made, 2)
    assert spoke[0] == "AI-3"
    assert spoke[1] != "AI-3"


def test_nobody_is_next_in_an_empty_room() -> None:
    assert next_seat(room("round_robin", 0)) is None
