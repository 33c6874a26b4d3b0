"""Turns in a segment: given all before, back to the bit, and damage always named."""

import json
import random
from zlib import crc32

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from memory.codec.coder import Decoder, Encoder
from memory.codec.lengths import Lengths
from memory.codec.turns import FURTHEST, HEADER, PIECE, Made, Segment, made
from memory.errors import DamagedTurn
from tests.memory import mutated_turns
from tests.memory.foreseeing import Foreseer
from tests.memory.golden_turns import GOLDEN, TURNS, blobs


def segment(*, guided: bool) -> Segment:
    return Segment(Foreseer() if guided else None)


both = pytest.mark.parametrize("guided", [False, True], ids=["alone", "guided"])


@both
def test_turns_come_back(guided: bool) -> None:
    one, two, three = (segment(guided=guided) for _ in range(3))
    for author, text in TURNS:
        blob = one.encode(author, text)
        three.learn(author, text)
        assert two.decode(author, blob) == text
    assert one.length == two.length == three.length == sum(len(text) for _, text in TURNS)
    again = one.encode(b"last", TURNS[0][1])
    assert two.encode(b"last", TURNS[0][1]) == again == three.encode(b"last", TURNS[0][1])


@both
@pytest.mark.parametrize("after", [0, 4, len(TURNS)])
def test_a_twin_codes_as_its_segment_does_and_each_goes_on_by_itself(
    guided: bool, after: int
) -> None:
    one = segment(guided=guided)
    for author, text in TURNS[:after]:
        one.learn(author, text)
    twin = one.copy(Foreseer() if guided else None)
    assert twin.length == one.length
    for author, text in TURNS:
        assert twin.decode(author, one.encode(author, text)) == text
    third = one.copy(Foreseer() if guided else None)
    one.learn(b"A", b"only one of them hears this, and hears it, and hears it")
    assert third.encode(b"A", TURNS[0][1]) == twin.encode(b"A", TURNS[0][1])
    del one
    assert third.encode(b"A", TURNS[4][1]) == twin.encode(b"A", TURNS[4][1])


def test_a_twin_needs_a_guesser_of_the_same_kind_and_a_segment_that_stands() -> None:
    for guided in (False, True):
        with pytest.raises(ValueError, match="a twin has a guesser"):
            segment(guided=guided).copy(None if guided else Foreseer())
    broken = Segment()
    with pytest.raises(DamagedTurn):
        broken.decode(b"A", Segment().encode(b"A", TURNS[0][1])[:-3])
    with pytest.raises(DamagedTurn, match="before this one"):
        broken.copy()


@both
def test_the_code_of_version_1_never_changes(guided: bool) -> None:
    golden = json.loads(GOLDEN.read_text(encoding="utf-8"))
    assert golden["codec"] == 1
    kept = golden["guided" if guided else "alone"]
    assert blobs(guided=guided) == kept
    reader = segment(guided=guided)
    told = [
        reader.decode(who, bytes.fromhex(k)) for (who, _), k in zip(TURNS, kept, strict=True)
    ]
    assert told == [text for _, text in TURNS]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.binary(max_size=20), st.binary(max_size=300)), max_size=6),
    st.booleans(),
)
def test_any_bytes_come_back_and_grow_by_a_header_at_most(
    said: list[tuple[bytes, bytes]], guided: bool
) -> None:
    one, two = segment(guided=guided), segment(guided=guided)
    for author, text in said:
        blob = one.encode(author, text)
        assert len(blob) <= len(text) + HEADER
        assert two.decode(author, blob) == text


def test_many_zeros_take_a_few_bytes() -> None:
    one, two = Segment(), Segment()
    text = bytes(200_000)
    blob = one.encode(b"", text)
    assert len(blob) < 200
    assert two.decode(b"", blob) == text


@both
def test_noise_is_kept_as_it_is_and_learnt_all_the_same(guided: bool) -> None:
    noise = random.Random(2).randbytes(3000)
    one, two = segment(guided=guided), segment(guided=guided)
    blob = one.encode(b"A", noise)
    assert made(blob) is Made.RAW
    assert len(blob) == len(noise) + HEADER
    assert two.decode(b"A", blob) == noise
    again = one.encode(b"A", noise)
    assert len(again) < 200
    assert two.decode(b"A", again) == noise


def test_history_pays() -> None:
    segment_, text = Segment(), TURNS[0][1]
    first, second = segment_.encode(b"A", text), segment_.encode(b"B", text)
    assert len(second) < len(first) / 2


def test_a_guesser_is_made_to_forget_and_a_good_one_pays() -> None:
    used = Foreseer.after(b"A", b"hear hear")
    assert Segment(used).encode(b"A", TURNS[0][1]) == segment(guided=True).encode(
        b"A", TURNS[0][1]
    )


def test_long_turns_are_guessed_byte_by_byte_with_the_same_code() -> None:
    text = (b"so it went, on and on. " * 800)[: PIECE + 100]
    one, two = Segment(Foreseer()), Segment(Foreseer())
    assert two.decode(b"A", one.encode(b"A", text)) == text


@both
def test_any_cut_and_any_altered_byte_is_told(guided: bool) -> None:
    for author, text in TURNS[:2]:
        blob = segment(guided=guided).encode(author, text)
        for at in range(len(blob)):
            wrong = bytearray(blob)
            wrong[at] ^= 1 << at % 8
            for damaged in (blob[:at], bytes(wrong)):
                with pytest.raises(DamagedTurn):
                    segment(guided=guided).decode(author, damaged)
        with pytest.raises(DamagedTurn):
            segment(guided=guided).decode(author, blob + b"\0")
        with pytest.raises(DamagedTurn, match=r"longer|CRC|altered"):
            segment(guided=guided).decode(author, blob + b"junk")


def test_damage_is_told_for_what_it_is() -> None:
    text = TURNS[0][1]
    blob = Segment().encode(b"A", text)
    for damaged, told in (
        (b"", "no codec"),
        (blob[:4], "header: 4 bytes"),
        (bytes([blob[0] ^ 3]) + blob[1:], "no codec"),
        (bytes([blob[0] | 1]) + blob[1:], "with a model"),
        (blob[:1] + b"\0\0\0\0" + blob[5:], "CRC"),
        (bytes([blob[0] ^ 2]) + blob[1:], "CRC"),
        (b"\0" + crc32(b"abc").to_bytes(4, "little") + b"abc", "CRC"),
        (b"\x0c" + crc32(b"abd").to_bytes(4, "little") + b"abc", "CRC"),
        (blob[:5] + b"\xff" * 9, "claimed|longer|cut off|altered|CRC"),
        (blob[:9], "cut off|altered|CRC"),
    ):
        with pytest.raises(DamagedTurn, match=told):
            Segment().decode(b"A", damaged)
    with pytest.raises(DamagedTurn, match="without a model"):
        Segment(Foreseer()).decode(b"A", blob)


@both
def test_a_turn_out_of_its_place_is_told_and_ends_the_segment(guided: bool) -> None:
    one = segment(guided=guided)
    first, second = (one.encode(b"A", text) for _, text in TURNS[:2])
    moved = segment(guided=guided)
    with pytest.raises(DamagedTurn):
        moved.decode(b"A", second)
    for act in (lambda: moved.decode(b"A", first), lambda: moved.encode(b"A", b"x")):
        with pytest.raises(DamagedTurn, match="before this one"):
            act()


def test_too_long_a_turn_is_refused_on_both_sides() -> None:
    with pytest.raises(ValueError, match="at most 10 bytes"):
        Segment(most=10).encode(b"A", b"eleven byte")
    blob = Segment().encode(b"A", b"eleven byte")
    with pytest.raises(DamagedTurn, match="at most 10"):
        Segment(most=10).decode(b"A", blob)


def test_no_segment_takes_turns_whose_length_it_could_not_tell() -> None:
    with pytest.raises(ValueError, match="cannot be coded"):
        Segment(most=FURTHEST + 1)


@given(st.lists(st.integers(0, (FURTHEST >> 6) - 1), max_size=30))
def test_any_length_is_told_and_learnt_alike_on_both_sides(numbers: list[int]) -> None:
    encoder, one, two = Encoder(10_000), Lengths(), Lengths()
    for number in numbers:
        one.tell(number, encoder.put)
    code = encoder.end()
    if code is None:  # it ended in more zeros than a decoder believes
        return
    decoder = Decoder(code)
    assert [two.told(decoder.get) for _ in numbers] == numbers
    before, after = (Encoder(99) for _ in range(2))
    one.tell(77, before.put)
    two.copy().tell(77, after.put)
    assert before.end() == after.end()


def test_usual_lengths_cost_less_than_two_bits() -> None:
    encoder, lengths = Encoder(1000), Lengths()
    for number in (3, 2, 3, 2, 2, 3, 3, 2) * 25:
        lengths.tell(number, encoder.put)
    code = encoder.end()
    assert code is not None
    assert len(code) < 200 * 2 / 8


def test_a_guesser_that_fails_leaves_no_segment_that_goes_on() -> None:
    class Failing(Foreseer):
        def whole(self, author: bytes, text: bytes) -> NDArray[np.uint32]:
            raise RuntimeError("no more")

    broken = Segment(Failing())
    with pytest.raises(RuntimeError, match="no more"):
        broken.encode(b"A", b"hello")
    with pytest.raises(DamagedTurn):
        broken.encode(b"A", b"hello")


def test_mutated_blobs_never_crash_and_never_tell_another_text() -> None:
    ended = mutated_turns.run(1_500, seed=1)
    assert ended["refused"] > 1_000
    assert set(ended) == {"refused", "the text again", "forged, and what it tells"}
