"""Packs: what goes in comes out, and whatever is damaged in one is found."""

import random
import zlib
from collections.abc import Sequence
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memory.bank.kept import CODED, HEADER, Kept, Said, made_by, name, pack, texts
from memory.bank.packed import brief, packed, unpacked
from memory.codec import turns as codec
from memory.codec.turns import Segment
from memory.errors import DamagedTurn

SAID = [
    Said(
        3 * place, f"AI-{place % 3 + 1}", f"In {1900 + place} I bought {place} lamps.".encode()
    )
    for place in range(24)
]


def coded(said: Sequence[Said]) -> list[Kept]:
    """Return turns as a segment has them."""
    coder, rows = Segment(), list[Kept]()
    for one in said:
        hot = pack(one)
        blob = coder.encode(name(one.author), one.text)
        if len(blob) < len(hot.blob):
            hot = Kept(hot.place, hot.author, hot.length, hot.crc, made_by(blob), blob)
        rows.append(hot)
    return rows


def told(rows: Sequence[Kept]) -> list[Said | DamagedTurn]:
    return list(texts(rows, Segment()))


ROWS = st.lists(
    st.builds(
        Kept,
        place=st.integers(0, 1 << 40),
        author=st.text(max_size=6),
        length=st.integers(0, 1 << 26),
        crc=st.integers(0, (1 << 32) - 1),
        codec=st.integers(0, 3),
        blob=st.binary(max_size=40),
    ),
    min_size=1,
    max_size=40,
    unique_by=lambda row: row.place,
).map(lambda rows: [headed(row) for row in sorted(rows, key=lambda row: row.place)])


def headed(row: Kept) -> Kept:
    """Return a row that says of itself what it is, as all coded ones do."""
    if row.codec not in CODED:
        return row
    tag = bytes([row.codec | row.length << 2 & 255])
    blob = tag + row.crc.to_bytes(4, "little") + row.blob
    return Kept(row.place, row.author, row.length, row.crc, row.codec, blob)


def test_headers_are_as_the_codec_makes_them() -> None:
    assert HEADER == codec.HEADER
    assert set(CODED) == {codec.Made.MIXER, codec.Made.MODEL}
    assert codec.LOW == 6


@given(ROWS)
def test_any_rows_come_back_with_half_of_the_checks_of_their_codes(rows: list[Kept]) -> None:
    out = unpacked(packed(rows))
    assert out.sound
    assert list(out.rows) == [brief(row) for row in rows]
    assert packed(out.rows) == packed(rows)


def test_what_comes_out_of_a_pack_is_read_as_it_was() -> None:
    rows = coded(SAID)
    assert any(row.codec in CODED for row in rows)
    assert told(unpacked(packed(rows)).rows) == SAID


def test_a_pack_takes_some_four_bytes_a_turn_beside_the_codes() -> None:
    rows = coded(SAID)
    codes = sum(len(row.blob) - 5 * (row.codec in CODED) for row in rows)
    assert len(packed(rows)) < codes + 5 * len(rows) + 20


@pytest.mark.parametrize(
    "row",
    [
        Kept(9, "a", 4, 1, 7, b"\7...."),
        Kept(9, "a", 4, 1, 2, b"\2"),
        Kept(9, "a", 4, 1, 2, bytes([2 | 4 << 2, 2, 0, 0, 0, 9])),
        Kept(9, "a", 5, 1, 2, bytes([2 | 4 << 2, 1, 0, 0, 0, 9])),
        Kept(2, "a", 0, 0, 0, b""),
        Kept(9, "a", 0, 0, 0, b"", doubtful=True),
    ],
)
def test_rows_that_are_damaged_are_not_packed(row: Kept) -> None:
    with pytest.raises(DamagedTurn):
        packed([pack(Said(3, "a", b"before it")), row])


def test_every_bit_that_flips_is_found_and_no_turn_is_read_wrong() -> None:
    rows = coded(SAID)
    pack = packed(rows)
    right = {one.place: one for one in SAID}
    shut = 0
    for bit in range(0, 8 * len(pack), 3):
        flipped = bytearray(pack)
        flipped[bit >> 3] ^= 1 << (bit & 7)
        try:
            out = unpacked(bytes(flipped))
        except DamagedTurn:
            shut += 1
            continue
        assert not out.sound
        for one in told(out.rows):
            assert isinstance(one, DamagedTurn) or one == right[one.place]
    assert 0 < shut < 8 * len(pack) // 3


def test_damage_costs_a_turn_and_those_that_take_it_and_one_before() -> None:
    rows = coded(SAID)
    pack = packed(rows)
    at = len(pack) - 4 - sum(len(row.blob) - 5 * (row.codec in CODED) for row in rows[12:])
    flipped = bytearray(pack)
    flipped[at] ^= 128
    found = told(unpacked(bytes(flipped)).rows)
    assert found[:11] == SAID[:11]
    for one, row in zip(found[11:], rows[11:], strict=True):
        assert isinstance(one, DamagedTurn) == (row.codec in CODED)


@given(st.binary(max_size=200))
def test_bytes_that_are_no_pack_are_refused(noise: bytes) -> None:
    with pytest.raises(DamagedTurn):
        unpacked(noise)


@settings(max_examples=50)
@given(st.integers(0, 2000))
def test_a_pack_that_is_cut_off_is_refused_or_doubted(cut: int) -> None:
    pack = packed(coded(SAID))
    with suppress(DamagedTurn):
        assert not unpacked(pack[: cut % len(pack)]).sound


def test_columns_that_would_fill_the_memory_are_refused() -> None:
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    bomb = deflate.compress(bytes(64 << 20)) + deflate.flush()
    size = len(bomb)
    head = bytes([2]) + bytes([size & 127 | 128, size >> 7 & 127 | 128, size >> 14]) + bomb
    with pytest.raises(DamagedTurn, match="none that this enfold reads"):
        unpacked(head + zlib.crc32(head).to_bytes(4, "little") + bytes(4))


def test_codes_of_one_pack_are_not_taken_for_those_of_another() -> None:
    chance = random.Random(5)
    first, second = (
        coded([Said(0, author, bytes(chance.choices(b"abc ", k=300)))]) for author in "ab"
    )
    one, other = packed(first), packed(second)
    head = len(one) - 4 - 2 - (len(first[0].blob) - 5)
    mixed = one[:head] + other[len(other) - (len(one) - head) :]
    assert not unpacked(mixed).sound
