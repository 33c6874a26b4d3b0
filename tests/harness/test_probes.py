"""Probes are made of a room's own lines, and tell who remembers them from who does not."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.evaluation import probes
from harness.evaluation.probes import Outcome, Probe, by_age, drawn, made, present, tried
from harness.evaluation.stems import stems
from harness.evaluation.streams import stream
from harness.evaluation.talks import Line
from harness.evaluation.verifier import Mixed
from tests.processes import told

SAID = (
    "We sold the old boat to Ottoline for 4,200 crowns.",
    "I think the cellar in Brackwater floods at 17 feet.",
    "Then I'll carry the ladder over to the mill, if you like.",
    "My cousin in Dunmere paid nearly 350 for hers, the peddler.",
    "Yes, and we will whitewash the chapel before the frost.",
    "I must polish the brass lanterns again; it took 25 minutes.",
    "When in Harrowgate, I am going to fetch the copper wire, promise.",
    "She says she keeps 6300 marbles beneath the harpsichord near Skelwith.",
    "I'm sure you will not. And we need to mend the northern fence soon!",
    "Nobody told Corwin anything, and Dagny laughed about the zeppelin.",
)


def lines(*said: str) -> list[Line]:
    return [
        Line(place, f"AI-{place % 2 + 1}", ("Corwin", "Dagny")[place % 2], text)
        for place, text in enumerate(said or SAID)
    ]


NAMES = ("Corwin", "Dagny")
ROOM = made(lines(), NAMES)


def of(kind: str) -> dict[int, str]:
    return {probe.place: probe.value for probe in ROOM if probe.kind == kind}


def test_numbers_names_rare_words_and_commitments_are_asked_for() -> None:
    assert of("number") == {0: "4,200", 1: "17", 3: "350", 5: "25", 7: "6300"}
    assert of("name") == {0: "Ottoline", 1: "Brackwater", 3: "Dunmere", 7: "Skelwith"}
    assert of("commitment")[2] == "carry the ladder over to the"
    assert of("commitment")[4] == "whitewash the chapel before the frost"
    assert of("rare")[9] == "anything"
    assert "Corwin" not in {probe.value for probe in ROOM}


def test_a_probe_is_its_line_up_to_the_word() -> None:
    for probe in ROOM:
        name, text = lines()[probe.place].name, lines()[probe.place].text
        assert f"{name}: {text}".startswith(f"{probe.before}{probe.value}")
        words = len(probe.before.partition(": ")[2].split())
        assert words >= (1 if probe.kind == "commitment" else probes.BEFORE)


@pytest.mark.parametrize("source", ["these", "stream"])
def test_every_other_word_is_of_the_same_kind_from_the_same_room_and_could_not_be_true(
    source: str,
) -> None:
    said = lines() if source == "these" else list(stream(3, turns=160).talk.lines)
    some = made(said, NAMES)
    assert some
    pools: dict[str, set[str]] = {}
    for probe in some:
        pools.setdefault(probe.kind, set()).add(probe.value)
    texts = {line.place: line.text for line in said}
    for probe in some:
        assert probes.FEWEST <= len(probe.others) <= probes.OTHERS
        assert len(set(probe.others)) == len(probe.others)
        everywhere = " ".join(texts.values())
        for other in probe.others:
            assert other in everywhere
            assert not stems(other) & stems(probe.value)
            assert not (stems(other) and stems(other) <= stems(texts[probe.place]))


def test_where_there_is_too_little_of_a_kind_nothing_is_asked() -> None:
    few = lines(*SAID[:3])
    assert {probe.kind for probe in made(few, NAMES)} <= {"rare"}
    assert made([], NAMES) == []


def test_who_was_told_is_right_more_often_than_who_was_not() -> None:
    whole = "".join(f"{line.name}: {line.text}\n" for line in lines())
    begun = Mixed().begin()
    knowing = begun.read(whole.encode())
    told = [tried(probe, whole, knowing) for probe in ROOM]
    untold = [tried(probe, "", begun) for probe in ROOM]
    assert [one.there for one in told] == [1] * len(ROOM)
    assert [one.there for one in untold] == [0] * len(ROOM)
    assert sum(one.right for one in told) > 0.9 * len(ROOM)
    assert sum(one.right for one in untold) < 0.5 * len(ROOM)


def test_the_word_alone_is_not_there_if_nothing_of_its_line_is() -> None:
    [probe] = [one for one in ROOM if (one.kind, one.place) == ("number", 1)]
    assert present(probe, "Dagny: the cellar floods at 17 feet")
    assert not present(probe, "Dagny: we are 17 people here\nthe cellar floods")
    assert not present(probe, "the cellar floods at 170 feet")


def test_a_tie_is_not_right() -> None:
    probe = Probe(0, "AI-1", "rare", "Corwin: a word is ", "ladder", ("ladder", "x", "y"))
    assert tried(probe, "", Mixed().begin()).right == 0


def test_a_larger_sample_has_the_smaller_one_in_it_in_order() -> None:
    some = made(stream(4).talk.lines)
    few, many = drawn(some, 10, seed=2), drawn(some, 30, seed=2)
    assert len(few) == 10
    assert set(few) <= set(many)
    assert [one.place for one in many] == sorted(one.place for one in many)
    assert drawn(some, 10, seed=3) != few


def test_age_is_told_by_fifths_of_what_is_past() -> None:
    probe = ROOM[0]
    ages = [replace(probe, place=place).age(100) for place in (99, 80, 79, 50, 19, 0)]
    assert ages == [0, 0, 1, 2, 4, 4]
    outcomes = [
        Outcome(replace(probe, place=place), right, there)
        for place, right, there in ((99, 1, 1), (98, 0, 1), (0, 0, 0))
    ]
    rows = by_age(outcomes, 100)
    assert rows[0] == {"probes": 2, "there": 100, "chance": 20.0, "right": 50}
    assert rows[4] == {"probes": 1, "there": 0, "chance": 20.0, "right": 0}
    assert rows[2] == {"probes": 0, "there": 0, "chance": 0}
    unweighed = by_age([tried(probe, "")], 100)[4]
    assert "right" not in unweighed


@given(st.lists(st.text(max_size=80), max_size=12))
def test_any_lines_give_probes_or_none(said: list[str]) -> None:
    some = made(lines(*said) if said else [], NAMES)
    assert some == made(lines(*said) if said else [], NAMES)
    assert len({probe.name for probe in some}) == len(some)


def test_another_process_makes_the_same_probes() -> None:
    code = (
        "from hashlib import sha256; from harness.evaluation.probes import made;"
        "from harness.evaluation.streams import stream;"
        "print(sha256(repr(made(stream(4).talk.lines)).encode()).hexdigest())"
    )
    assert len(told(code)) == 1
