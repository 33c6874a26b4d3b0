"""Text read with the wrong codec, put right."""

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transcripts.readers.mojibake import CODECS, damaged, forward, repair

SEED = Path(__file__).resolve().parents[2].parent / "shared/seeds/004_0ea5d90c91b0c248.txt"

STORY = (
    "🎨 [AI-1 (Heron)]: painted\n💭 a thought\n🌡️ 1.2\n⚡️ “quick” — it’s a caf\u00e9… →\n"
    "“one” and “two” said the keeper’s brother — twice.\n"
)


@pytest.mark.parametrize("codec", CODECS)
def test_a_story_comes_back_from_every_codec(codec: str) -> None:
    broken = forward(STORY, codec)
    mended = repair(broken)
    assert mended.text == STORY
    assert forward(mended.text, mended.codec) == broken


def test_dropped_bytes_are_counted_by_what_they_were() -> None:
    mended = repair(forward(STORY, "cp1254"))
    assert mended.codec == "cp1254"
    assert mended.by_kind["🎨"] == 1
    assert mended.by_kind["💭"] == 1
    assert mended.by_kind["\ufe0f"] == 2
    assert mended.by_kind["”"] == 3
    assert mended.failed == 0
    assert mended.exact > 0


def test_a_quotation_may_open_low() -> None:
    text = "“so” — er sagte „nein“ und „ja“ — „doch“…"
    assert repair(forward(text, "cp1254")).text == text


def test_people_joined_into_one_sign_stay_joined() -> None:
    text = "“👨\u200d💻 and 🤷\u200d♂️” — two…"
    assert repair(forward(text, "cp1254")).text == text


def test_control_characters_in_place_of_lost_ones_are_told_apart() -> None:
    broken = "“it’s”".encode().decode("latin-1")
    sloppy = broken.replace("\x80", "€").replace("\x9c", "œ").replace("\x99", "™")
    mended = repair(sloppy)
    assert mended.text == "“it’s”"
    assert mended.codec == "sloppy-cp1254"
    assert forward(mended.text, mended.codec) == sloppy


@pytest.mark.parametrize(
    "text",
    [
        "Türkçe: ğüşiöç İĞÜŞÖÇ — “ısı” ‘ığdır’…",
        "Привет, мир — «да»… №5 Ёлка",
        "🎨 💭 🌡️ ✨ ⚡️ 👨\u200d💻",
        "café—bar “naïve” à l’été… Ähre, Übel, señor, coração",
        "汉字 한국어 ひらがな",
        "Zażółć gęślą jaźń — “łódź”",
        "plain",
        "",
    ],
)
def test_clean_text_of_any_language_stays_as_it_is(text: str) -> None:
    mended = repair(text)
    assert mended.text == text
    assert mended.codec == ""


def test_a_little_damage_in_a_clean_text_is_left_alone() -> None:
    text = "o şöyle dedi: ğ ü ş ı ö ç â€™ ğ ü ş ı ö"
    assert damaged(text)
    assert repair(text).text == text


def test_a_run_that_does_not_fit_is_left_and_the_rest_mended() -> None:
    broken = forward("“a” ’ ’ ’ ’ ’ ’ ’ ’ ’ ’ ’ ’", "cp1254") + " ş"
    mended = repair(broken)
    assert mended.failed == 1
    assert mended.text == "“a” ’ ’ ’ ’ ’ ’ ’ ’ ’ ’ ’ ’ ş"


@given(st.text())
def test_text_without_damaged_pairs_is_returned_as_is(text: str) -> None:
    if not damaged(text):
        assert repair(text).text == text


@given(st.text(alphabet=st.characters(codec="cp1254")))
def test_repairing_never_raises_and_accounts_for_every_run(text: str) -> None:
    mended = repair(text)
    if mended.codec:
        runs = mended.exact + mended.guessed + mended.failed
        assert runs > 0
        assert mended.exact + mended.guessed >= 0.9 * runs


@given(
    st.text(
        alphabet=st.sampled_from("abc d\n“‘’–—…•éüñãçßøÆ€£🙂🔥🎭🧭中文字жбгλωπ✨→"),
        min_size=1,
    ),
    st.sampled_from(CODECS),
)
def test_what_loses_no_byte_comes_back_exactly(text: str, codec: str) -> None:
    broken = forward(text, codec)
    mended = repair(broken)
    if mended.codec and not mended.guessed and not mended.failed:
        assert unicodedata.normalize("NFC", mended.text) == unicodedata.normalize("NFC", text)
    if mended.codec:
        assert forward(mended.text, mended.codec) == broken or mended.failed


def test_the_sample_comes_back_and_is_damaged_again_byte_for_byte() -> None:
    if not SEED.exists():
        pytest.skip("the shared sample is not here")
    text = SEED.read_bytes().decode()
    mended = repair(text)
    assert (mended.codec, mended.exact, mended.guessed, mended.failed) == ("cp1254", 92, 25, 0)
    assert mended.by_kind == {"🎨": 10, "\ufe0f": 6, "💭": 4, "”": 5}
    assert forward(mended.text, mended.codec).encode() == SEED.read_bytes()
