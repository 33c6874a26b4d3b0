"""Mixing and coding: tables that are pinned, and C that says what Python says."""

import ctypes
import random
import sys
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from memory.codec.beginning import weights
from memory.codec.coder import Decoder, Encoder, told
from memory.codec.mixing import ANSWER, Mixer, answers, compiled
from memory.codec.reference import Reference
from memory.codec.tables import EDGE, tables
from memory.kernel import build
from memory.kernel import mixing as kernel
from tests.memory.golden_turns import TURNS

needs_c = pytest.mark.skipif(kernel.library() is None, reason="no C compiler here")

PINNED = {
    "stretch": "bf7d5bb880938d28d42fcafc8c29a12148e4a2af24c53f7234f8d2dd360de18c",
    "squash": "2ac2e07ba085a55d746069983f10fcf7ff86f255f757ab07fa6444d5840486ca",
    "rates": "9907bf9ddc225daf26044c2c66639089ce65fa6c8a9ba9debf00cab634637c87",
    "first": "dbc82512adef6c1959a9c94e27cc3418a3493fb0a946d4ae09cd140865af85a4",
    "rows": "b7c7c5e435dab56a98a6f85aa4c444950668aed1613102e7ac6eebbfc6706931",
    "kinds": "7dc280154b275ee26012e8df7632e3e99a5bf3f78aef416e6fec6d96aa83e0bf",
    "sorts": "197b5a0e51b64c3f134780435078f68c268eb61aee72fa7602c355faf644716a",
}


def in_c(*, guided: bool, loaded: ctypes.CDLL | None = None) -> kernel.Mixing:
    return kernel.Mixing(tables(), weights(guided=guided), loaded=loaded)


def coded(
    mixing: Mixer, author: bytes, text: bytes, counts: NDArray[np.uint32] | None
) -> bytes:
    mixing.begin(author)
    mixing.start(2 * len(text) + 40)
    mixing.encode(text, counts)
    got = mixing.finish()
    assert got is not None
    return got


def decoded(
    mixing: Mixer, author: bytes, code: bytes, length: int, counts: NDArray[np.uint32] | None
) -> bytes:
    mixing.begin(author)
    mixing.open(code)
    if counts is None:
        return mixing.decode(length)
    return bytes(byte for row in counts if (byte := mixing.byte(row)) is not None)


def digest(mixing: Mixer) -> list[str]:
    return [sha256(part).hexdigest()[:16] for part in mixing.parts()]


@pytest.mark.parametrize("name", PINNED)
def test_no_table_ever_changes(name: str) -> None:
    table = getattr(tables(), name)
    assert table.itemsize == {"h": 2, "H": 2, "i": 4, "B": 1}[table.typecode]
    if sys.byteorder == "little":
        assert sha256(table.tobytes()).hexdigest() == PINNED[name]


def test_squash_and_stretch_undo_each_other() -> None:
    made = tables()
    assert list(made.squash) == sorted(made.squash)
    assert list(made.stretch[1:]) == sorted(made.stretch[1:])
    assert made.squash[EDGE] == 32768
    for logit in range(-1500, 1501, 7):  # where 16 bits tell logits of 1/256 apart
        assert abs(made.stretch[made.squash[logit + EDGE]] - logit) <= 1
    for likely in (1, 2, 700, 32767, 32768, 65535):
        assert made.stretch[likely] == -made.stretch[65536 - likely]


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 65535)), max_size=400))
def test_the_coder_gives_back_any_bits_under_any_probabilities(
    bits: list[tuple[bool, int]],
) -> None:
    encoder = Encoder(10_000)
    for bit, likely in bits:
        encoder.put(bit, likely)
    code = encoder.end()
    if code is None:  # it ended in more zeros than a decoder believes
        return
    decoder = Decoder(code)
    assert [decoder.get(likely) for _, likely in bits] == [bit for bit, _ in bits]
    assert decoder.sure
    assert decoder.past >= 0
    assert code[-1:] != b"\0"


def test_a_carry_runs_back_through_all_that_was_written() -> None:
    for seed in range(300):
        draw = random.Random(seed)
        encoder = Encoder(1000)
        told = [(draw.random() < 0.0005, draw.choice((1, 3, 65535))) for _ in range(400)]
        for bit, likely in told:
            encoder.put(bit, likely)
        code = encoder.end()
        if code is not None:
            decoder = Decoder(code)
            assert [decoder.get(likely) for _, likely in told] == [bit for bit, _ in told]


def test_a_code_costs_what_its_bits_were_unlikely() -> None:
    draw = random.Random(5)
    encoder = Encoder(10_000)
    bits = 0.0
    for _ in range(20_000):
        likely = draw.randrange(1, 65536)
        bit = draw.randrange(65536) < likely
        encoder.put(bit, likely)
        bits -= float(np.log2((likely if bit else 65536 - likely) / 65536))
    code = encoder.end()
    assert code is not None
    assert len(code) <= bits / 8 + 2


@needs_c
def test_the_library_answers_as_it_must() -> None:
    assert compiled()
    assert answers(Reference(guided=False), Reference(guided=True)) == ANSWER


def counts_of(kind: str, length: int, seed: int) -> NDArray[np.uint32] | None:
    rng = np.random.default_rng(seed)
    shape = (length, 256)
    match kind:
        case "none":
            return None
        case "random":
            return rng.integers(1, 1 << 24, shape, dtype=np.uint32)
        case "ones":
            return np.ones(shape, np.uint32)
        case "sure":
            counts = np.ones(shape, np.uint32)
            counts[np.arange(length), rng.integers(0, 256, length)] = (1 << 32) - 256
            return counts
        case "zeros":
            return np.zeros(shape, np.uint32)
        case _:
            return np.full(shape, (1 << 32) - 1, np.uint32)


KINDS = ("none", "random", "ones", "sure", "zeros", "full")


@needs_c
@pytest.mark.parametrize("kind", KINDS)
def test_c_and_python_say_and_learn_the_same(kind: str) -> None:
    guided = kind != "none"
    one, two, back = Reference(guided=guided), in_c(guided=guided), in_c(guided=guided)
    noise = random.Random(3).randbytes(60)
    said = [*TURNS[:3], (b"x" * 99, noise + b"again and again and again " * 6), TURNS[7]]
    for seed, (author, text) in enumerate(said):
        counts = counts_of(kind, len(text), seed)
        first = coded(one, author, text, counts)
        assert coded(two, author, text, counts) == first
        assert decoded(back, author, first, len(text), counts) == text
    assert digest(one) == digest(two) == digest(back)


@needs_c
@settings(max_examples=12, deadline=None)
@given(
    st.lists(st.tuples(st.binary(max_size=5), st.binary(max_size=40)), max_size=4),
    st.sampled_from(KINDS),
)
def test_c_and_python_agree_on_any_bytes(said: list[tuple[bytes, bytes]], kind: str) -> None:
    guided = kind != "none"
    one, two, back = in_c(guided=guided), Reference(guided=guided), Reference(guided=guided)
    for author, text in said:
        counts = counts_of(kind, len(text), len(text))
        code = coded(one, author, text, counts)
        assert coded(two, author, text, counts) == code
        assert decoded(back, author, code, len(text), counts) == text


@needs_c
def test_no_optimisation_changes_a_bit() -> None:
    text = Path(build.__file__).read_bytes()
    found: set[tuple[bytes, ...]] = set()
    for flags in (
        ("-O0",),
        ("-O1", "-fwrapv"),
        build.PORTABLE,
        ("-O3", "-march=native", "-fwrapv"),
        ("-O3", "-funroll-loops", "-fwrapv"),
    ):
        whole = tuple(dict.fromkeys((*flags, "-shared", "-fPIC", "-fno-strict-aliasing")))
        loaded = build.library((kernel.SOURCE,), whole)
        assert loaded is not None
        made: list[bytes] = []
        for kind in ("none", "random", "sure"):
            mixing = in_c(guided=kind != "none", loaded=kernel.declared(loaded))
            made += [coded(mixing, a, t, counts_of(kind, len(t), 1)) for a, t in TURNS]
            made += [
                coded(mixing, b"", text, counts_of(kind, len(text), 2)),
                *mixing.parts()[1:],
            ]
        found.add(tuple(made))
    assert len(found) == 1


@needs_c
@pytest.mark.parametrize("made", [in_c, Reference])
def test_a_twin_learns_what_its_original_would(made: type[Reference]) -> None:
    one = made(guided=False)
    for author, text in TURNS[:3]:
        coded(one, author, text, None)
    twin = one.copy()
    assert digest(twin) == digest(one)
    code = coded(twin, *TURNS[7], None)
    assert digest(twin) != digest(one)
    assert coded(one, *TURNS[7], None) == code
    assert digest(twin) == digest(one)


@needs_c
def test_bytes_by_pieces_are_coded_as_at_once() -> None:
    text = TURNS[4][1]
    for kind in ("none", "random"):
        counts = counts_of(kind, len(text), 9)
        one, two = in_c(guided=counts is not None), in_c(guided=counts is not None)
        two.begin(b"A")
        two.start(1000)
        for at in range(0, len(text), 7):
            two.encode(text[at : at + 7], None if counts is None else counts[at : at + 7])
        assert two.finish() == coded(one, b"A", text, counts)


@needs_c
@pytest.mark.parametrize("made", [in_c, Reference])
def test_what_is_longer_than_wanted_is_not_given(made: type[Reference]) -> None:
    noise = random.Random(1).randbytes(80)
    for limit in (0, 1, 40, 79):
        mixing = made(guided=False)
        mixing.begin(b"")
        mixing.start(limit)
        mixing.encode(noise)
        assert mixing.finish() is None


@needs_c
def test_counts_of_another_size_are_refused() -> None:
    with pytest.raises(ValueError, match="512 counts"):
        in_c(guided=True).encode(b"ab", np.ones((1, 256), np.uint32))


@needs_c
@settings(deadline=None, max_examples=25)
@given(st.binary(max_size=60), st.binary(max_size=60))
def test_c_and_python_weigh_a_text_alike_and_learn_it_as_if_it_were_coded(
    before: bytes, text: bytes
) -> None:
    c, python, coding = in_c(guided=False), Reference(guided=False), in_c(guided=False)
    for mixing in (c, python):
        mixing.begin(b"AI-1")
        assert mixing.weigh(before) >= 0
    coding.begin(b"AI-1")
    coding.start(2 * len(before + text) + 40)
    coding.encode(before + text)
    assert c.weigh(text) == python.weigh(text)
    assert digest(c) == digest(python) == digest(coding)


def test_a_weight_is_what_a_code_takes() -> None:
    text = b"the tide went out at four and left its handwriting on the stones. " * 9
    weighing, coding = Reference(guided=False), Reference(guided=False)
    weighing.begin(b"a")
    code = coded(coding, b"a", text, None)
    assert abs(weighing.weigh(text) / 65536 - 8 * len(code)) < 16


@pytest.mark.parametrize(
    ("likely", "bits"), [(32768, 1 << 16), (16384, 2 << 16), (1, 16 << 16)]
)
def test_a_half_tells_one_bit(likely: int, bits: int) -> None:
    assert told(likely) == bits
