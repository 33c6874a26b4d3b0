import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memory.cc.base import Utterance
from memory.cc.code import parse, serialise
from memory.cc.telegraph import telegraph
from memory.cc.units import Unit, clean, cut, drawn
from memory.errors import CarrierError


def pieces(text: str) -> list[str]:
    return [unit.text for unit in cut(Utterance(0, "AI-1", text))]


# ── cutting ──────────────────────────────────────────────────────────────────────────────


def test_sentences_are_units_of_their_own() -> None:
    assert pieces("I moved to Oslo. It rains! Why? We will see… Fine") == [
        "I moved to Oslo.",
        "It rains!",
        "Why?",
        "We will see…",
        "Fine",
    ]


def test_abbreviations_and_numbers_do_not_end_a_sentence() -> None:
    assert pieces("Dr. Lund paid 3.50 for it, e.g. on Monday.") == [
        "Dr. Lund paid 3.50 for it, e.g. on Monday."
    ]


def test_a_long_sentence_is_split_at_its_clauses() -> None:
    text = (
        "I went down to the harbour in the early morning to see the ships come in, but the fog"
        " was so thick that nobody could see a thing, so we drank coffee in a bar instead"
    )
    assert pieces(text) == [
        "I went down to the harbour in the early morning to see the ships come in",
        "but the fog was so thick that nobody could see a thing",
        "so we drank coffee in a bar instead",
    ]


def test_lists_headings_and_emphasis_are_read_without_their_marks() -> None:
    assert pieces("## Plan\n- **buy** lamps\n1. call _Ada_\n> quoted") == [
        "Plan",
        "buy lamps",
        "call Ada",
        "quoted",
    ]


def test_drawings_rules_and_code_give_no_units() -> None:
    text = r"""
      .----------.
     /          /|
    |  {#}     |  /
    ════════════════
```python
def lamp(): return "off"
```
   \___/   ~~~~
the lamp is off
"""
    assert pieces(text) == ["the lamp is off"]
    assert drawn("|   |   SYSTEM  |  |   |")
    assert not drawn("(the lamp, he said, was off)")
    assert not drawn("我喜欢门。")


def test_other_scripts_are_cut_at_their_own_marks() -> None:
    assert pieces("我搬到奥斯陆。下雨了！为什么？") == [
        "我搬到奥斯陆。",
        "下雨了！",
        "为什么？",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "a" * 1_000_000,
        " " * 1_000_000,
        "a " * 500_000,
        ". " * 500_000,
        "- " * 500_000,
        "> > # - 1. " * 90_000,
        "*" * 1_000_000,
        "and but so " * 90_000,
        "🦀" * 250_000,
        "!image " * 140_000,
        "e.g. " * 200_000,
        ", and" * 200_000,
        '"' * 1_000_000,
    ],
)
def test_no_text_takes_long(text: str) -> None:
    started = time.process_time()
    units = cut(Utterance(0, "AI-1", text))
    for unit in units:
        telegraph(unit.text)
    assert time.process_time() - started < 1.5
    assert all(len(unit.text) <= 200 for unit in units)


@given(st.text(st.characters(exclude_categories=()), max_size=400))
def test_no_unit_holds_what_could_move_a_cursor_or_end_a_line(text: str) -> None:
    for unit in cut(Utterance(0, "AI-1", text)):
        assert unit.text == unit.text.strip()
        assert "\n" not in unit.text
        unit.text.encode()
        assert all(char.isprintable() or char in "\u200c\u200d" for char in unit.text)


def test_escape_sequences_lose_their_sting() -> None:
    assert clean("a\x1b[31mred\x07\x00\u202eb\ud800c") == "a[31mredb?c"


# ── telegraph ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("I think the lamp is really in the hall.", "lamp in hall"),
        ("So, you know, it was a cold day", "it cold day"),
        ("We are not going, and he isn't either!", "We not going, and he isn't either"),
        ("It cost 1,250.50 on 3 May", "It cost 1,250.50 on 3 May"),
        ("the", "the"),
        ("No, never.", "No, never"),
    ],
)
def test_a_telegram_drops_articles_copulas_and_fillers(text: str, short: str) -> None:
    assert telegraph(text) == short


KEPT = ["not", "no", "never", "isn't", "don't", "Oslo", "Ada", "3", "1,250.50", "2023", "lamp"]
SMALL = ["the", "a", "is", "really", "well", "and", "so", "I", "was", "hey"]


@given(st.lists(st.sampled_from(KEPT + SMALL), min_size=1, max_size=15))
def test_digits_names_and_negations_are_never_dropped(words: list[str]) -> None:
    left = telegraph(" ".join(words)).split()
    for word in KEPT:
        assert left.count(word) == words.count(word)


# ── the code ─────────────────────────────────────────────────────────────────────────────

texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=60)
units = st.lists(st.builds(Unit, st.integers(0, 10**9), texts, texts), max_size=8)


@given(units)
def test_parsing_undoes_serialising(units: list[Unit]) -> None:
    code = serialise(units)
    assert parse(code) == units
    assert len(code.decode().splitlines()) == len(units)


@pytest.mark.parametrize(
    "text",
    ["12 AI-1| a door", "x\n13 AI-2| y", "| | |", "\\n", "\\000a", "\\\\", "a\u2028b", ""],
)
def test_text_that_looks_like_code_stays_text(text: str) -> None:
    unit = Unit(3, text, text)
    assert parse(serialise([unit, unit])) == [unit, unit]


def test_the_code_reads_as_it_is() -> None:
    unit = Unit(12, "AI-1", "flash trades depth for hertz")
    assert serialise([unit]) == b"12 AI-1| flash trades depth for hertz\n"


@pytest.mark.parametrize("code", [b"12 AI-1", b"\xff", b"x AI-1| y\n", b"12 AI-1| y", b"\n"])
def test_what_is_no_code_is_refused(code: bytes) -> None:
    with pytest.raises(CarrierError, match="not a code"):
        parse(code)


@settings(max_examples=300)
@given(st.binary(max_size=80))
def test_any_bytes_are_a_code_or_refused(code: bytes) -> None:
    try:
        units = parse(code)
    except CarrierError:
        return
    assert parse(serialise(units)) == units
