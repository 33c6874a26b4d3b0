"""A learnt model made whole numbers: it says the same, and whatever was learnt can be frozen."""

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

if TYPE_CHECKING:
    import torch
else:
    torch = pytest.importorskip("torch")

from memory.errors import UnsafeModel
from memory.models import bounds, fused
from memory.models import bytes as models
from memory.models.alphabet import DOCUMENT
from memory.models.bytes import ByteModel
from memory.models.freezing import frozen
from memory.models.frozen import CLIP, Frozen, Whole, normal, roots

SHAPE = replace(models.TINY, width=32, state=48)


@pytest.fixture
def tokens() -> "torch.Tensor":
    draw = torch.Generator().manual_seed(1)
    tokens = torch.randint(97, 110, (3, 80), generator=draw, dtype=torch.int32)
    tokens[0, 40] = DOCUMENT
    return tokens


@pytest.fixture
def model() -> ByteModel:
    torch.set_num_threads(1)
    torch.manual_seed(0)
    made = ByteModel(SHAPE)
    made.table.data.normal_(0, 0.3)
    made.head.weight.data *= 4
    return made


@pytest.fixture
def ice(model: ByteModel, tokens: "torch.Tensor") -> Frozen:
    return frozen(model, tokens)


def test_whole_numbers_say_what_the_floats_say(
    model: ByteModel, ice: Frozen, tokens: "torch.Tensor", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fused, "PLAIN", True)
    with torch.no_grad():
        logits, _ = model(tokens, model.start(3))
    whole, _, _ = ice.read(tokens.numpy(), *ice.start(3))
    counts = ice.counts(whole).astype(np.float64)
    given = torch.from_numpy(np.log(counts / counts.sum(-1, keepdims=True)))
    expected = torch.log_softmax(logits[..., :256].double(), dim=-1)

    divergence = (expected.exp() * (expected - given)).sum(-1).mean()
    assert divergence < 1e-3


def test_a_turn_at_once_and_byte_by_byte_are_the_same_bits(
    ice: Frozen, tokens: "torch.Tensor"
) -> None:
    text = tokens.numpy()
    whole, trail, states = ice.read(text, *ice.start(3))
    part: list[Whole] = []
    past, carried = ice.start(3)
    for t in range(text.shape[1]):
        logits, past, carried = ice.read(text[:, t : t + 1], past, carried)
        part.append(logits)
    alone, _, _ = ice.read(text[1:2], *ice.start(1))

    assert (np.concatenate(part, axis=1) == whole).all()
    assert (past == trail).all()
    assert (carried == states).all()
    assert (alone[0] == whole[1]).all()


def test_a_document_begins_from_nothing(ice: Frozen, tokens: "torch.Tensor") -> None:
    whole, _, _ = ice.read(tokens.numpy()[:1], *ice.start(1))
    alone, _, _ = ice.read(tokens.numpy()[:1, 40:], *ice.start(1))

    assert (whole[:, 40:] == alone).all()


def test_weights_four_times_as_large_are_frozen_too(
    model: ByteModel, tokens: "torch.Tensor"
) -> None:
    with torch.no_grad():
        for weights in model.state_dict().values():
            weights.mul_(4)
    bounds.check(frozen(model, tokens))


def test_what_cannot_be_frozen_is_told_in_one_line(
    model: ByteModel, tokens: "torch.Tensor"
) -> None:
    model.head.weight.data[3, 4] = float("nan")
    with pytest.raises(UnsafeModel, match=r"head\.weight has numbers that are not finite"):
        frozen(model, tokens)
    remembering = ByteModel(replace(SHAPE, retention=(1,)))
    with pytest.raises(UnsafeModel, match=r"retention blocks.*cannot be frozen"):
        frozen(remembering, tokens)


def test_every_byte_has_a_count_and_they_fit_32_bits(ice: Frozen) -> None:
    logits = np.array([[[0] * 256 + [0], [-(10**6)] * 255 + [10**6, 0]]])
    counts = ice.counts(logits)

    assert counts.min() >= 1
    assert counts.sum(-1).max() < 1 << 32


def test_activations_have_14_bits_whatever_comes() -> None:
    x = np.array([[2**20] + [0] * 255, [0] * 256, [1] * 256, [-(2**17)] * 256])
    assert np.abs(normal(x)).max() <= CLIP


def test_roots_are_rounded_down() -> None:
    squares = np.array([0, 1, 2, 3, 4, 2**42 - 1, 2**42, 94906267**2 - 1, 94906267**2])
    assert (roots(squares) ** 2 <= squares).all()
    assert ((roots(squares) + 1) ** 2 > squares).all()
