from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import torch
else:
    torch = pytest.importorskip("torch")

from memory.models import bytes as models
from memory.models import fused, hashing
from memory.models.alphabet import (
    DOCUMENT,
    END,
    ENDS,
    PIECE,
    SAYS,
    SILENT,
    SLOT,
    SLOTS,
    Said,
    tell,
)
from memory.models.bytes import ByteModel, State, cost
from memory.models.ngrams import Ngrams
from memory.models.retention import Retention

SCANS = replace(models.TINY, width=32, state=32)
KINDS = [SCANS, replace(SCANS, retention=(1,), heads=(2, 16, 16)), replace(SCANS, ngrams=())]


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)  # threads that wait for each other starve beside other tests


@pytest.fixture(params=[False, True], ids=["fused", "plain"])
def path(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if not request.param and fused.library() is None:
        pytest.skip("no compiler")
    monkeypatch.setattr(fused, "PLAIN", request.param)
    return "plain" if request.param else "fused"


def a_model(shape: models.Shape) -> ByteModel:
    torch.manual_seed(0)
    model = ByteModel(shape)
    model.table.data.normal_(0, 0.3)
    return model


def some_tokens(*size: int) -> "torch.Tensor":
    draw = torch.Generator().manual_seed(1)
    tokens = torch.randint(0, 256, size, generator=draw, dtype=torch.int32)
    tokens[0, 5] = DOCUMENT
    return tokens


@pytest.mark.parametrize("shape", KINDS)
def test_the_future_does_not_leak(shape: models.Shape, path: str) -> None:
    model, tokens = a_model(shape), some_tokens(2, 150)
    changed = tokens.clone()
    changed[:, 90:] = (changed[:, 90:] + 7) % 256
    with torch.no_grad():
        before, _ = model(tokens, model.start(2))
        after, _ = model(changed, model.start(2))

    assert (before[:, :90] - after[:, :90]).abs().max() == 0
    assert (before[:, 90:] - after[:, 90:]).abs().max() > 0


@pytest.mark.parametrize("shape", KINDS)
@pytest.mark.parametrize("cuts", [[1], [64], [63, 64, 65], list(range(1, 100, 9))])
def test_carrying_the_state_equals_one_pass(
    shape: models.Shape, path: str, cuts: list[int]
) -> None:
    model, tokens = a_model(shape), some_tokens(3, 100)
    with torch.no_grad():
        whole, last = model(tokens, model.start(3))
        state = model.start(3)
        parts: list[torch.Tensor] = []
        for start, end in zip([0, *cuts], [*cuts, 100], strict=True):
            logits, state = model(tokens[:, start:end], state)
            parts.append(logits)

    loose, tight = (3e-2, 0.0) if path == "fused" else (1e-5, 1e-5)
    torch.testing.assert_close(torch.cat(parts, dim=1), whole, atol=loose, rtol=tight)
    assert torch.equal(state.trail, last.trail)
    for mine, other in zip(state.layers, last.layers, strict=True):
        torch.testing.assert_close(mine, other, atol=loose, rtol=tight)


@pytest.mark.parametrize("shape", KINDS)
def test_nothing_is_remembered_across_a_document(shape: models.Shape, path: str) -> None:
    model, tokens = a_model(shape), some_tokens(1, 60)
    tokens[0, 30] = DOCUMENT
    with torch.no_grad():
        whole, _ = model(tokens, model.start(1))
        alone, _ = model(tokens[:, 30:], model.start(1))

    torch.testing.assert_close(
        whole[:, 30:], alone, atol=3e-2 if path == "fused" else 1e-5, rtol=0
    )


@pytest.mark.parametrize("shape", KINDS)
def test_the_fused_passes_learn_what_plain_torch_learns(
    shape: models.Shape, monkeypatch: pytest.MonkeyPatch
) -> None:
    if fused.library() is None:
        pytest.skip("no compiler")
    model, tokens = a_model(shape), some_tokens(2, 70)
    targets = torch.roll(tokens, -1, 1)
    targets[targets >= 256] = SILENT
    targets[1, 20] = ENDS
    seen: list[dict[str, torch.Tensor]] = []
    for plain in (False, True):
        monkeypatch.setattr(fused, "PLAIN", plain)
        model.zero_grad()
        logits, _ = model(tokens, model.start(2))
        loss, _, _ = cost(logits, targets)
        loss.backward()
        grads = {n: p.grad.clone() for n, p in model.named_parameters() if p.grad is not None}
        if not plain:
            grads["table"] = model.dtable.clone()
        seen.append(grads | {"loss": loss.detach()})
    quick, slow = seen
    torch.testing.assert_close(quick["loss"], slow["loss"], atol=1e-3, rtol=0)
    for name, grad in slow.items():
        assert (quick[name] - grad).norm() <= 0.06 * grad.norm() + 1e-9, name


@pytest.mark.parametrize("shape", KINDS)
def test_state_saved_in_the_middle_of_a_turn_changes_nothing(
    shape: models.Shape, path: str
) -> None:
    model, tokens = a_model(shape), some_tokens(1, 64)
    with torch.no_grad():
        _, half = model(tokens[:, :37], model.start(1))
        kept = State(half.trail.clone(), tuple(layer.clone() for layer in half.layers))
        on, _ = model(tokens[:, 37:], half)
        again, _ = model(tokens[:, 37:], kept)

    assert torch.equal(on, again)


@pytest.mark.parametrize("tables", [((2, 6),), ((2, 13), (3, 14), (6, 15)), ()])
def test_both_hashes_find_the_same_rows(tables: tuple[tuple[int, int], ...]) -> None:
    ngrams = Ngrams.of(tables)
    tokens = some_tokens(3, 50)
    tokens[1, 10] = tokens[1, 11] = DOCUMENT
    trail = torch.full((3, ngrams.reach), DOCUMENT, dtype=torch.int32)
    rows, after = hashing.rows(ngrams, tokens, trail)
    plain, after_plain = ngrams.rows(tokens.numpy(), trail.numpy())

    assert (rows.numpy() == plain).all()
    assert (after.numpy() == after_plain).all()
    halves = [hashing.rows(ngrams, tokens[:, :20], trail)]
    halves.append(hashing.rows(ngrams, tokens[:, 20:], halves[0][1]))
    assert torch.equal(torch.cat([h[0] for h in halves], dim=2), rows)


@pytest.mark.parametrize("gated", [True, False])
@pytest.mark.parametrize("kind", [torch.float64, torch.float32])
@pytest.mark.parametrize("time", [1, 63, 64, 65, 150])
def test_the_three_forms_of_retention_agree(
    gated: bool, kind: "torch.dtype", time: int
) -> None:
    torch.manual_seed(0)
    layer = Retention(32, heads=4, key=8, value=16, gated=gated).to(kind)
    x = torch.randn(2, time, 32, dtype=kind, requires_grad=True)
    keep = torch.ones(2, time, dtype=torch.uint8)
    keep[0, time // 2] = 0
    weights = torch.randn(2, time, 32, dtype=kind)
    outs: list[torch.Tensor] = []
    grads: list[tuple[torch.Tensor, ...]] = []
    parallel = layer.parallel(x, keep)
    chunked, memory = layer(x, layer.start(2), keep)
    stepped = layer.start(2)
    parts: list[torch.Tensor] = []
    for t in range(time):
        y, stepped = layer.step(x[:, t : t + 1], stepped, keep[:, t : t + 1])
        parts.append(y)
    learnt = [x, *(one for one in layer.parameters() if one.requires_grad)]
    for out in (parallel, chunked, torch.cat(parts, dim=1)):
        found = torch.autograd.grad((out * weights).sum(), learnt, retain_graph=True)
        outs.append(out)
        grads.append(found)

    close = 1e-10 if kind == torch.float64 else 1e-5
    for other in (1, 2):
        assert (outs[0] - outs[other]).norm() <= close * outs[0].norm()
        for one, same in zip(grads[0], grads[other], strict=True):
            assert (one - same).norm() <= close * one.norm()
    assert (memory - stepped).norm() <= close * memory.norm() + 1e-12


def test_a_conversation_is_told_with_names_read_and_texts_learnt() -> None:
    told = tell([Said(b"Ada", b"hi"), Said(b"Bob", b""), Said(b"Ada", b"?"), Said(b"", b"x")])

    assert list(told.tokens) == [
        DOCUMENT, SLOT, *b"Ada", SAYS, *b"hi", END, SLOT + 1, *b"Bob", SAYS, END,
        SLOT, *b"Ada", SAYS, *b"?", END, PIECE, *b"x", END,
    ]  # fmt: skip
    learnt = [t for t in told.targets if t != SILENT]
    assert learnt == [*b"hi", ENDS, ENDS, *b"?", ENDS, *b"x", ENDS]
    assert told.targets[-1] == SILENT


def test_the_ninth_speaker_shares_the_last_slot() -> None:
    told = tell(Said(bytes([65 + i]), b"") for i in range(SLOTS + 2))
    slots = [t - SLOT for t in told.tokens if SLOT <= t < SLOT + SLOTS]

    assert slots == [*range(SLOTS), SLOTS - 1, SLOTS - 1]
