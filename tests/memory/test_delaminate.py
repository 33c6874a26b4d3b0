"""Cutting by topic: parts tile the span, as many as wanted, and stay as they are."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memory.cc.base import Utterance
from memory.delaminate import LARGEST, cut, joinable
from tests.bench.recall import drawn

TURNS = st.lists(
    st.tuples(st.sampled_from(["you", "AI-1", "AI-2"]), st.text(max_size=400)), max_size=40
)


def said(talk: list[tuple[str, str]]) -> list[Utterance]:
    return [Utterance(3 * at, who, text) for at, (who, text) in enumerate(talk)]


def parts_of(of: list[Utterance], cuts: list[int]) -> list[list[Utterance]]:
    return [of[a:b] for a, b in zip([0, *cuts], [*cuts, len(of)], strict=True)]


def size(of: list[Utterance]) -> int:
    return sum(len(one.text.encode("utf-8", "replace")) for one in of)


@given(TURNS, st.integers(1, 64))
def test_there_are_as_many_parts_as_wanted_and_together_they_are_the_whole(
    talk: list[tuple[str, str]], wanted: int
) -> None:
    of = said(talk)
    cuts = cut(of, wanted)
    assert cuts == sorted(set(cuts))
    assert all(0 < at < len(of) for at in cuts)
    assert len(cuts) + 1 == max(1, min(wanted, len(of)))
    assert [one for part in parts_of(of, cuts) for one in part] == of


@settings(deadline=None)
@given(TURNS, st.integers(1, 400))
def test_what_was_cut_is_not_cut_again(talk: list[tuple[str, str]], times: int) -> None:
    of = said([(who, text * times) for who, text in talk])
    parts = parts_of(of, cut(of, None))
    for part in parts:
        assert cut(part, None) == []
        assert len(part) < 2 or size(part) <= LARGEST
    for one in parts:
        assert cut(one, 1) == []


@given(TURNS, TURNS)
def test_what_is_joined_is_not_cut_again(
    left: list[tuple[str, str]], right: list[tuple[str, str]]
) -> None:
    if joinable(said(left), said(right)):
        assert cut([*said(left), *said(right)], None) == []


def test_the_cut_is_where_the_topic_changes() -> None:
    dice = random.Random(1)
    boats = ["ferry", "harbour", "anchor", "sail", "mast", "rope", "tide", "deck", "keel"]
    bread = ["dough", "oven", "yeast", "flour", "crust", "rye", "loaf", "baker", "salt"]
    for turn in (14, 20, 26):
        talk = [
            (f"AI-{at % 2}", " ".join(dice.choices(boats if at < turn else bread, k=8)))
            for at in range(40)
        ]
        assert cut(said(talk), 2) == [turn]


def test_a_question_stays_with_its_answer() -> None:
    talk = [
        ("a", "apples are ripe now"),
        ("b", "are pears?"),
        ("c", "pears too"),
        ("d", "plums"),
    ]
    assert cut(said(talk), 2) != [2]


def test_surprise_moves_the_cut() -> None:
    talk = [(f"AI-{at % 2}", f"word{at}") for at in range(20)]
    bits = [10] * 20
    bits[12] = 90
    assert cut(said(talk), 2, bits) == [12]
    assert cut(said(talk), 2) != [12]
    with pytest.raises(ValueError, match="19 turns for 20"):
        cut(said(talk), 2, bits[:19])
    with pytest.raises(ValueError, match="1 or more"):
        cut(said(talk), 0)


def test_small_neighbours_are_joined_and_large_ones_only_with_what_is_alike() -> None:
    of = drawn(200)
    few, many = of[:3], of[3:100]
    assert joinable(few, of[3:20])
    assert not joinable(few, many)
    assert not joinable(of[:28], of[150:178])
    same = [Utterance(at, "AI-1", of[at % 20].text) for at in range(20)]
    assert joinable(same, same)


def test_cutting_costs_what_it_touches() -> None:
    """Cutting in two sees each turn a fixed number of times: counted, not timed."""
    seen = 0

    class Counted(str):
        __slots__ = ()

        def encode(self, encoding: str = "utf-8", errors: str = "strict") -> bytes:
            nonlocal seen
            seen += len(self)
            return super().encode(encoding, errors)

    costs: list[int] = []
    for turns in (100, 200, 400):
        seen = 0
        of = [Utterance(one.place, one.author, Counted(one.text)) for one in drawn(turns)]
        cut(of, 2)
        costs.append(seen)
    assert costs[2] <= 4.2 * costs[0]
