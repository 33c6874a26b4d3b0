"""Turns in a segment: given all before, back to the bit, and damage always named."""

import json
import random
from zlib import crc32

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from memory.codec.turns import PIECE, Segment
from memory.codec.varints import varint
from memory.errors import DamagedTurn
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
        assert len(blob) <= len(text) + 8
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
    assert blob[0] == 0
    assert len(blob) == len(noise) + 7
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
    head, check = blob[:2], blob[2:6]
    for damaged, told in (
        (b"", "header"),
        (blob[:4], "header"),
        (b"\1" + blob[1:], "number 1"),
        (b"\2\x80" + blob[1:], "longer|CRC|header|claimed|cut off"),
        (b"\3" + blob[1:], "with a model"),
        (head + b"\0\0\0\0" + blob[6:], "CRC"),
        (b"\0" + blob[1:], "kept as they are"),
        (b"\0" + varint(3) + crc32(b"abd").to_bytes(4, "little") + b"abc", "CRC"),
        (b"\2" + varint(1 << 40) + check + b"x", "claimed"),
        (b"\2" + varint(1 << 24) + check + b"x", "cut off"),
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


def test_a_guesser_that_fails_leaves_no_segment_that_goes_on() -> None:
    class Failing(Foreseer):
        def whole(self, author: bytes, text: bytes) -> NDArray[np.uint32]:
            raise RuntimeError("no more")

    broken = Segment(Failing())
    with pytest.raises(RuntimeError, match="no more"):
        broken.encode(b"A", b"hello")
    with pytest.raises(DamagedTurn):
        broken.encode(b"A", b"hello")


def mutated(draw: random.Random, blob: bytes) -> bytes:
    """Change a blob in one of the ways that blobs go wrong, its header's sense kept at times."""
    wrong = bytearray(blob)
    for _ in range(draw.choice((1, 1, 2, 5))):
        at = draw.randrange(len(wrong)) if wrong else 0
        match draw.randrange(5):
            case 0 if wrong:
                wrong[at] ^= 1 << draw.randrange(8)
            case 1 if wrong:
                wrong[at] = draw.randrange(256)
            case 2:
                del wrong[at:]
            case 3:
                wrong[at:at] = draw.randbytes(draw.randrange(1, 5))
            case _:
                wrong[6:] = draw.randbytes(draw.randrange(12))
    return bytes(wrong)


def accepted(many: int, seed: int) -> int:
    """Decode many mutated blobs; return how many gave their text, none gave another."""
    draw = random.Random(seed)
    texts = [b"ab", b"hello, hello", b"", b"\0" * 40, b"to be or not to be, to be"]
    kept = [(text, Segment(most=64).encode(b"A", text)) for text in texts]
    reader, right = Segment(most=64), 0
    for _ in range(many):
        text, blob = draw.choice(kept)
        try:
            got = reader.decode(b"A", mutated(draw, blob))
        except DamagedTurn:
            got = None
        right += got is not None
        if got is not None:
            assert got == text or crc32(got) != crc32(text)
        if reader.length or reader.broken:
            reader = Segment(most=64)
    return right


def test_mutated_blobs_never_crash_and_never_tell_another_text() -> None:
    assert accepted(2_000, 1) < 200
