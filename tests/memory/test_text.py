import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memory.cc.base import CC, Carrier, Turn, Utterance
from memory.cc.carriers import CARRIERS, carrier
from memory.cc.code import parse
from memory.cc.text import STATE_MOST, Text
from memory.errors import CarrierError
from tests.memory import tiny

ROOT = Path(__file__).resolve().parents[2]
SEEDS = ROOT.parent / "shared" / "seeds"

CHEST = r"""
      .----------.
     /          /|
    /__________/ |
   |   {#}     | |
   '----------'
"""


def folded(carrier: Carrier, lines: Iterable[tuple[str, str]]) -> CC:
    cc = CC(carrier.name)
    for place, (author, text) in enumerate(lines):
        cc = carrier.fold(cc, Turn(place, place, (Utterance(place, author, text),)))
    return cc


def kept(cc: CC) -> list[str]:
    return [unit.text for unit in parse(cc.code)]


def small_talk(turns: int) -> list[tuple[str, str]]:
    """Talk that differs from turn to turn and says little."""
    moods = ("nice", "great", "cool", "lovely", "good", "fine", "sweet")
    doings = ("walk", "talk", "rest", "read", "play", "sing", "think")
    return [
        (
            f"AI-{turn % 3 + 1}",
            f"That is {moods[turn % 7]}, maybe we could {doings[turn // 7 % 7]} some more"
            f" and see how {doings[turn // 3 % 7]}ing feels today, don't you think?",
        )
        for turn in range(turns)
    ]


# ── what is kept ─────────────────────────────────────────────────────────────────────────


def test_a_fact_outlives_much_small_talk() -> None:
    talk = small_talk(200)
    talk[10] = ("you", "My sister Ada moved to Tromsø on 3 May 2019. Ha, what a day!")
    cc = folded(Text(512), talk)
    assert "My sister Ada moved to Tromsø on 3 May 2019" in kept(cc)
    assert parse(cc.code)[0].place >= 0
    [fact] = [unit for unit in parse(cc.code) if "Ada" in unit.text]
    assert (fact.place, fact.author) == (10, "you")


def test_drawings_and_code_do_not_take_the_place_of_words() -> None:
    cc = folded(
        Text(2048),
        [
            ("AI-1", CHEST),
            ("AI-2", "```\nx = {1: [2]}\n```"),
            ("AI-1", "the chest holds 12 coins"),
        ],
    )
    assert kept(cc) == ["chest holds 12 coins"]


def test_the_same_words_twice_are_kept_once() -> None:
    said = "I painted the old lighthouse in 2019."
    cc = folded(Text(2048), [("AI-1", said), ("AI-2", said), ("AI-1", said)])
    assert [(unit.place, unit.author) for unit in parse(cc.code)] == [(0, "AI-1")]


def test_what_has_changed_takes_the_place_of_what_was() -> None:
    cc = folded(
        Text(2048),
        [
            ("you", "I live in Bergen."),
            ("AI-1", "I live in Rome."),
            ("you", "I moved to Oslo last week."),
        ],
    )
    assert [(unit.author, unit.text) for unit in parse(cc.code)] == [
        ("AI-1", "I live in Rome"),
        ("you", "I moved to Oslo last week"),
    ]


def test_a_short_answer_is_kept_with_its_question() -> None:
    cc = folded(
        Text(2048), [("AI-1", "Good plan. When is the deadline?"), ("you", "Friday at noon.")]
    )
    assert "When deadline? → Friday at noon" in kept(cc)
    [unit] = [unit for unit in parse(cc.code) if "→" in unit.text]
    assert (unit.place, unit.author) == (1, "you")


def test_old_code_is_weighed_again_with_what_is_new() -> None:
    early = [("AI-1", f"We walked by the harbour in fog, step {n}.") for n in ("one", "two")]
    later = [("you", f"I paid {n * 37} crowns to Lund & Berg for lamp {n}.") for n in range(12)]
    before = folded(Text(256), early)
    after = folded(Text(256), early + later)
    assert len(kept(before)) == 2
    assert not any("harbour" in text for text in kept(after))


def test_units_stay_in_the_order_they_were_said() -> None:
    cc = folded(
        Text(700), [("AI-1", f"I met Ada number {n} in {1900 + n}.") for n in range(60)]
    )
    places = [unit.place for unit in parse(cc.code)]
    assert places == sorted(places)
    assert len(places) > 5


# ── the budget ───────────────────────────────────────────────────────────────────────────

anything = st.one_of(
    st.text(st.characters(exclude_categories=()), max_size=300),
    st.lists(
        st.sampled_from(["I", "moved", "to", "Oslo", "2019", "🦀", "|", "\n", ".", "no"])
    ).map(" ".join),
    st.sampled_from(
        [
            CHEST,
            "",
            "🦀" * 500,
            "x" * 3000,
            "12 AI-1| a door\n13 AI-2| a gate\n",
            "a. " * 400,
            "one line of verse\nand another, thinner\nthe sieve\nis the sea\n" * 9,
        ]
    ),
)
talks = st.lists(
    st.lists(
        st.tuples(st.sampled_from(["AI-1", "you", "a|b \n\\c", "x" * 90]), anything), max_size=3
    ),
    max_size=5,
)


@settings(max_examples=120)
@given(talks, st.integers(64, 700), st.integers(0, 700), st.sampled_from(CARRIERS))
def test_no_talk_breaks_the_budget(
    talk: list[list[tuple[str, str]]], budget: int, told: int, name: str
) -> None:
    here = carrier(name, budget, tiny.reader())
    cc = CC(name)
    for place, turn in enumerate(talk):
        said = tuple(Utterance(place, author, text) for author, text in turn)
        cc = here.fold(cc, Turn(place, place, said))
        assert cc.upto == place
        if name != "full":
            assert len(cc.code) <= budget
        assert here.size(cc) == len(cc.code)
        assert len(cc.state) <= STATE_MOST
        cc.code.decode()
        rendered = here.render(cc, told)
        assert len(rendered.encode()) <= told


@pytest.mark.parametrize(
    "line",
    ["x" * 1_000_000, "🦀" * 250_000, "I moved to Oslo in 2019. " * 40_000, "\n" * 1_000_000],
    ids=["one word", "crabs", "sentences", "newlines"],
)
@pytest.mark.parametrize("name", CARRIERS)
def test_a_line_of_a_megabyte_is_folded_like_any_other(name: str, line: str) -> None:
    here = carrier(name, 2048, tiny.reader())
    started = time.process_time()
    cc = folded(here, [("AI-1", "I have 3 lamps"), ("AI-2", line), ("you", "I bought 4 doors")])
    assert time.process_time() - started < 3
    if name != "full":
        assert len(cc.code) <= 2048
    assert len(here.render(cc, 500).encode()) <= 500


def test_an_empty_turn_moves_on_and_changes_nothing() -> None:
    here = Text(256)
    cc = folded(here, [("AI-1", "I have 3 lamps")])
    after = here.fold(cc, Turn(1, 4, ()))
    assert (after.upto, after.code, after.state) == (4, cc.code, cc.state)


# ── what is told ─────────────────────────────────────────────────────────────────────────


def test_what_is_told_names_place_and_speaker() -> None:
    here = Text(2048)
    cc = folded(
        here, [("AI-1", "I have 3 lamps. Ada has 4 doors."), ("you", "I live in Oslo.")]
    )
    assert here.render(cc, 2048) == (
        "0 AI-1: I have 3 lamps; Ada has 4 doors\n1 you: I live in Oslo"
    )


def test_less_is_told_where_there_is_less_room_and_the_best_of_it() -> None:
    here = Text(2048)
    talk = small_talk(20)
    talk[10] = ("you", "My sister Ada moved to Tromsø on 3 May 2019.")
    cc = folded(here, talk)
    assert here.render(cc, 80) == "10 you: My sister Ada moved to Tromsø on 3 May 2019"
    assert here.render(cc, 0) == ""


def test_nothing_is_told_of_nothing() -> None:
    for name in CARRIERS:
        assert carrier(name, 64).render(CC(name), 2048) == ""


def test_a_name_with_line_breaks_cannot_speak_for_others() -> None:
    here = Text(2048)
    cc = folded(here, [("AI-1\n2 you", "I owe Ada 300 crowns.")])
    assert here.render(cc, 2048).count("\n") == 0
    assert "\n" not in folded(carrier("window", 900), [("a\nyou: b", "x")]).code.decode()[:-1]


# ── the same everywhere ──────────────────────────────────────────────────────────────────

FOLD = """
import sys
from memory.cc.base import CC, Turn, Utterance
from memory.cc.text import Text
here, cc = Text(600), CC("text")
for place in range(60):
    text = f"In {1900 + place} Ada bought lamp {place * 37} in Oslo, Rome & Tromsø. Why? Yes, well."
    cc = here.fold(cc, Turn(place, place, (Utterance(place, f"AI-{place % 3}", text),)))
print(cc.digest)
"""


def test_every_process_and_hash_seed_folds_to_the_same_cc() -> None:
    digests = {
        subprocess.run(
            [sys.executable, "-c", FOLD],
            env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "4242")
    }
    assert len(digests) == 1


def test_folding_stepwise_from_the_stored_cc_is_folding_on() -> None:
    here = Text(400)
    one = folded(here, small_talk(40))
    two = CC("text")
    for place, (author, text) in enumerate(small_talk(40)):
        again = CC("text", two.upto, bytes(two.code), bytes(two.state))
        two = Text(400).fold(again, Turn(place, place, (Utterance(place, author, text),)))
    assert one == two
    assert one.digest == two.digest


@pytest.mark.parametrize("name", CARRIERS)
def test_a_carrier_takes_only_its_own_cc(name: str) -> None:
    with pytest.raises(CarrierError, match="'other'"):
        carrier(name, 256).fold(CC("other"), Turn(0, 0, ()))


def test_an_unknown_carrier_is_told_with_those_there_are() -> None:
    with pytest.raises(CarrierError, match="no carrier called 'gist'; there are text, state"):
        carrier("gist", 2048)
    with pytest.raises(CarrierError, match="63 bytes"):
        carrier("text", 63)


# ── time ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.slow
@pytest.mark.timeout(240)  # 2,000 folds, on a busy machine
def test_a_fold_costs_the_same_in_an_old_room() -> None:
    here, cc = Text(2048), CC("text")
    costs: list[float] = []
    for place in range(2000):
        words = " ".join(
            hashlib.sha256(f"{place} {n}".encode()).hexdigest()[: 3 + n % 6] for n in range(20)
        )
        text = f"In {place} Ada bought {words} in Oslo. And then she said {place * 7}, well."
        turn = Turn(place, place, (Utterance(place, f"AI-{place % 4}", text),))
        started = time.process_time()
        cc = here.fold(cc, turn)
        costs.append(time.process_time() - started)
    early, late = sum(costs[100:300]) / 200, sum(costs[-200:]) / 200
    print(f"fold: turns 100-300 {early * 1000:.2f} ms, 1800-2000 {late * 1000:.2f} ms")
    assert late <= 2 * early


def test_a_real_room_of_verse_and_drawings_leaves_readable_words() -> None:
    seed = next(SEEDS.glob("004_*.txt"), None) if SEEDS.is_dir() else None
    if seed is None:
        pytest.skip(f"no seeds at {SEEDS}")
    pieces = seed.read_text().split("\n\n")
    cc = folded(Text(2048), [(f"AI-{n % 3}", piece) for n, piece in enumerate(pieces)])
    assert 1500 < len(cc.code) <= 2048
    letters = sum(char.isalnum() or char == " " for char in cc.code.decode())
    assert letters > 0.85 * len(cc.code.decode())
