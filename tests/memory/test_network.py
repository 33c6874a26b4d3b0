"""C and NumPy compute the frozen model to the same bits, however it is read."""

import threading
from collections.abc import Callable
from itertools import accumulate, pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from memory.errors import NeuralRefused
from memory.kernel import build, network
from memory.models import bounds, choice, file, known
from memory.models.alphabet import DOCUMENT, END, PIECE, SAYS, SLOT, SYMBOLS
from memory.models.bounds import WIDEST
from memory.models.frozen import CLIP, FAR, MOST, Frozen, FrozenBlock, Rows, normal
from memory.models.guesser import FrozenGuesser, Reader
from memory.models.plain import PlainReader
from tests.memory.drawn import GOLDEN, drawn

Make = Callable[[Frozen], Callable[[], Reader]]

MODEL = file.decode(GOLDEN.read_bytes())
ODD = drawn(width=21, state=37, blocks=3, ngrams=((1, 3), (2, 9), (5, 10)), seed=7)
"""Nothing in it is a multiple of what a processor likes."""
BARE = drawn(width=7, state=5, blocks=1, ngrams=(), seed=8)
WALK = [DOCUMENT, PIECE, *b"from here", END, SLOT, *b"Ada", SAYS, *b"on and on and on", END]

compiled = pytest.mark.skipif(network.library() is None, reason="no C compiler here")


def levels() -> list[int]:
    found = network.library()
    return list(range(network.best(found) + 1)) if found is not None else []


def backends() -> list[Make]:
    """NumPy, and C in every way that this processor has."""

    def at(level: int) -> Make:
        return lambda model: choice.in_c(model, level=level)

    return [choice.in_numpy, *map(at, levels())]


def told(tokens: list[int]) -> NDArray[np.int32]:
    return np.array(tokens, np.int32)


def reference(
    model: Frozen, tokens: list[int]
) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
    """Counts after each token; states and END's odds after the last: by `Frozen`, at once."""
    logits, _, states = model.read(told(tokens)[None], *model.start(1))
    return model.counts(logits[0]), states[:, 0], int(logits[0, -1, 256])


def agrees(model: Frozen, tokens: list[int], cuts: list[int]) -> None:
    """All backends give what the reference gives, read in pieces that end at `cuts`."""
    counts, states, odds = reference(model, tokens)
    for make in backends():
        reader = make(model)()
        found = [
            reader.read(told(tokens[a:b]), 0) for a, b in pairwise([0, *cuts, len(tokens)])
        ]
        assert (np.concatenate(found) == counts).all()
        assert (reader.stand()[1] == states).all()
        assert reader.odds == odds


@compiled
@given(
    st.lists(st.integers(0, SYMBOLS - 1), min_size=1, max_size=150),
    st.lists(st.integers(0, 150), max_size=6),
    st.sampled_from([MODEL.frozen, ODD, BARE]),
)
def test_every_backend_gives_the_same_counts_in_whatever_pieces(
    tokens: list[int], cuts: list[int], model: Frozen
) -> None:
    agrees(model, tokens, sorted(min(cut, len(tokens)) for cut in cuts))


@compiled
@given(st.binary(min_size=1, max_size=400))
def test_at_once_and_byte_by_byte_are_the_same_bits(text: bytes) -> None:
    wholes: list[NDArray[np.uint32]] = []
    for make in backends():
        reader = make(MODEL.frozen)
        at_once, by_byte = (FrozenGuesser(MODEL.id, reader()) for _ in range(2))
        whole = at_once.whole(b"Ada", text)
        by_byte.begin(b"Ada")
        for at, byte in enumerate(text[:60]):
            assert (by_byte.counts() == whole[at]).all()
            by_byte.take(byte)
        wholes.append(whole)
    assert all((whole == wholes[0]).all() for whole in wholes)


@compiled
def test_lengths_around_every_chunk_agree() -> None:
    draw = np.random.default_rng(3)
    tokens: list[int] = draw.integers(0, SYMBOLS, 300).tolist()
    for many in (1, 2, 4, 5, 31, 32, 33, 34, 64, 65, 256, 257, 300):
        counts, states, odds = reference(ODD, tokens[:many])
        for make in backends():
            whole, reader = make(ODD)(), make(ODD)()
            assert (whole.read(told(tokens[:many]), 0) == counts).all()
            assert (whole.stand()[1] == states).all()
            after = reader.read(told(tokens[:many]), many - 1)
            assert (after[0] == counts[-1]).all()
            assert reader.odds == odds


def saturated(width: int, state: int, *, seed: int) -> Frozen:
    """All weights at +-127, all multipliers as large as they may be: all is at its clip."""
    draw = np.random.default_rng(seed)

    def rows(many: int, deep: int, scale: int) -> Rows:
        signs = draw.choice(np.array([-127, 127], np.int8), (many, deep))
        signs[0], signs[-1] = 127, -127
        return Rows.of(signs, np.full(many, scale, np.int64))

    model = drawn(width=width, state=state, blocks=1, ngrams=((2, 4),), seed=seed)
    largest = (1 << 31) - 1
    blocks = tuple(
        FrozenBlock(
            rows(3 * state, width, largest),
            draw.choice(np.array([1 - (1 << 29), (1 << 29) - 1]), 3 * state),
            rows(width, state, largest),
            1,
        )
        for _ in range(2)
    )
    most = (1 << 30) - 1
    embed = draw.choice(np.array([-most, -(1 << 20), 1, FAR, most]), model.embed.shape)
    head = rows(257, width, largest)
    made = Frozen(
        model.ngrams,
        embed,
        np.full_like(model.table, 127),
        np.full_like(model.parts, (1 << 24) - 1),
        blocks,
        head,
        model.forget,
        model.silu,
        model.power,
    )
    bounds.check(made)
    return made


@compiled
@pytest.mark.parametrize(("width", "state"), [(32, 48), (WIDEST, 16), (16, WIDEST)])
def test_saturated_weights_and_activations_agree(width: int, state: int) -> None:
    model = saturated(width, state, seed=width)
    tokens = [*WALK, 0, 255, 0, 255, 7, 7, 7]
    agrees(model, tokens, [1, 2, 3, 20, 21])
    block, x = model.blocks[0], np.clip(model.embed[told(tokens)[None]], -FAR, FAR)
    y, _ = model.scan(block, normal(x), np.ones((1, len(tokens)), bool), model.start(1)[1][0])
    assert np.abs(x).max() == FAR
    assert state < WIDEST or np.abs(block.outward(y)).max() == MOST
    assert (np.abs(y) == CLIP).mean() > 0.4  # the other gates are shut


@compiled
def test_four_threads_at_once_read_as_one() -> None:
    text = bytes(range(256)) * 8
    expected = FrozenGuesser(MODEL.id, PlainReader(MODEL.frozen)).whole(b"Ada", text)
    make = choice.in_c(MODEL.frozen)
    for many in (1, 2, 4):
        found: list[NDArray[np.uint32]] = []

        def read(found: list[NDArray[np.uint32]] = found) -> None:
            found.extend(FrozenGuesser(MODEL.id, make()).whole(b"Ada", text) for _ in range(3))

        threads = [threading.Thread(target=read) for _ in range(many)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(found) == 3 * many
        assert all((counts == expected).all() for counts in found)


@compiled
@pytest.mark.parametrize("flags", [("-O0",), ("-O3", "-march=native")])
def test_however_it_is_compiled_the_bits_are_the_same(
    flags: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENFOLD_CACHE_DIR", str(tmp_path))
    rest = tuple(flag for flag in build.PORTABLE if not flag.startswith("-O"))
    for level in levels():
        make = choice.in_c(MODEL.frozen, level=level, flags=(*flags, *rest))
        assert known.answer(make()) == MODEL.answer
        draw = np.random.default_rng(9)
        tokens: list[int] = draw.integers(0, SYMBOLS, 200).tolist()
        odd = choice.in_c(ODD, level=level, flags=(*flags, *rest))()
        assert (odd.read(told(tokens), 0) == reference(ODD, tokens)[0]).all()


@compiled
def test_a_place_is_kept_and_taken_up_again_across_backends() -> None:
    readers = [make(MODEL.frozen)() for make in backends()]
    ends = list(accumulate([3, 1, 10, 40], initial=0))
    tokens = (WALK * 3)[: ends[-1]]
    counts, _, _ = reference(MODEL.frozen, tokens)
    place = readers[0].stand()
    for i, (a, b) in enumerate(pairwise(ends)):
        reader = readers[i % len(readers)]
        reader.go(*place)
        assert (reader.read(told(tokens[a:b]), 0) == counts[a:b]).all()
        place = reader.stand()


@compiled
def test_no_reader_takes_what_is_no_token_or_no_place() -> None:
    reader = choice.in_c(MODEL.frozen)()
    for tokens in ([-1], [SYMBOLS], [97, 1 << 30]):
        with pytest.raises(ValueError, match="no such token"):
            reader.read(told(tokens), 0)
    with pytest.raises(ValueError, match="of 1 tokens"):
        reader.read(told([97]), 2)
    with pytest.raises(ValueError, match="no place"):
        reader.go(np.zeros(2, np.int32), np.zeros((2, 48), np.int32))
    with pytest.raises(MemoryError):
        choice.in_c(MODEL.frozen, level=3)


def test_a_backend_that_gives_other_counts_is_passed_over_and_named() -> None:
    class Wrong(PlainReader):
        def read(self, tokens: NDArray[np.int32], since: int) -> NDArray[np.uint32]:
            counts = super().read(tokens, since)
            counts[-1:, 255] += 1
            return counts

    def wrong(model: Frozen) -> Callable[[], Reader]:
        return lambda: Wrong(model)

    def missing(model: Frozen) -> Callable[[], Reader]:
        raise OSError("no compiler")

    chosen = choice.choose(MODEL, (("a", missing), ("b", wrong), ("c", choice.in_numpy)))
    assert chosen.backend == "c"
    assert len(chosen.refused) == 2
    assert "no compiler" in chosen.refused[0]
    assert "other counts" in chosen.refused[1]

    with pytest.raises(NeuralRefused, match=r"cannot be computed exactly here.*other counts"):
        choice.choose(MODEL, (("b", wrong),))


def test_without_a_compiler_numpy_computes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CC", str(tmp_path / "none"))
    monkeypatch.setenv("ENFOLD_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(build, "INSTALLED", "nothing of the kind")
    build.library.cache_clear()
    network.library.cache_clear()
    try:
        chosen = choice.choose(MODEL)
    finally:
        build.library.cache_clear()
        network.library.cache_clear()
    assert chosen.backend == "numpy"
    assert "no compiler" in chosen.refused[0]


def test_a_model_is_chosen_for_once_in_a_process(tmp_path: Path) -> None:
    path = tmp_path / "copy.hqlm"
    path.write_bytes(GOLDEN.read_bytes())
    assert choice.opened(path) is choice.opened(path) is choice.taken(GOLDEN.read_bytes())


def test_a_model_file_named_by_the_person_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENFOLD_BYTE_MODEL", str(GOLDEN))
    chosen = choice.default()
    assert chosen is not None
    assert chosen.model.id == MODEL.id
    monkeypatch.setenv("ENFOLD_BYTE_MODEL", "")
    assert choice.default() is None
