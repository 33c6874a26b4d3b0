"""The frozen model's file: what is written is read, and nothing else is taken for it."""

import json
import re
import struct
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory.errors import DamagedModel, ForeignModel, ModelError, NewerModel, UnsafeModel
from memory.models import bounds, file
from memory.models.frozen import Frozen, Rows
from tests.memory.drawn import GOLDEN, drawn, sealed

GOLDEN_ID = "d27bc1779b6c56e9fc57e0e481772d943fc79b696fc7cc22f6ebba636dd176da"


def resealed(blob: bytes) -> bytes:
    return blob[:-32] + sha256(blob[:-32]).digest()


def retold(blob: bytes, change: Callable[[dict[str, Any]], object]) -> bytes:
    """The same file with another header, its digest right."""
    (length,) = struct.unpack_from("<I", blob, 12)
    header = json.loads(blob[16 : 16 + length])
    change(header)
    told = json.dumps(header, sort_keys=True, separators=(",", ":")).encode()
    begins = -(-(16 + length) // 64) * 64
    padded = told + bytes(-(16 + len(told)) % 64)
    return resealed(blob[:12] + struct.pack("<I", len(told)) + padded + blob[begins:])


@pytest.fixture(scope="module")
def golden() -> bytes:
    return GOLDEN.read_bytes()


def test_the_golden_model_is_what_it_always_was(golden: bytes) -> None:
    model = file.decode(golden)

    assert model.id == GOLDEN_ID == sha256(golden[:-32]).hexdigest()
    assert sealed(model.frozen) == golden
    assert len(golden) <= 100_000


def test_the_same_model_is_written_as_the_same_bytes(golden: bytes) -> None:
    model = file.decode(golden)
    assert file.encode(model.frozen, answer=model.answer, notes=model.notes) == golden


def test_the_shipped_shape_fits_in_the_package() -> None:
    shape = {"width": 256, "state": 384, "embed": "<i4", "drops": [16] * 4}
    _, size = file._layout(shape | {"ngrams": [[2, 13], [3, 14], [4, 15], [6, 15]]})
    assert size + file.HEADER < 8_000_000


def test_a_model_without_ngrams_is_kept_too() -> None:
    blob = sealed(drawn(ngrams=()))
    assert sealed(file.decode(blob).frozen) == blob


@pytest.mark.parametrize("length", [0, 7])
def test_what_does_not_begin_as_a_model_is_foreign(golden: bytes, length: int) -> None:
    for blob in (golden[:length], b"PK\x03\x04" + golden[4:], b"x" * 100):
        with pytest.raises(ForeignModel, match="no model file"):
            file.decode(blob)


def test_a_later_format_says_so(golden: bytes) -> None:
    with pytest.raises(NewerModel, match=r"format 2.*update enfold"):
        file.decode(resealed(golden[:8] + struct.pack("<I", 2) + golden[12:]))


@pytest.mark.parametrize("length", [8, 15, 16, 300, 3000, -33, -1])
def test_what_is_cut_off_says_so(golden: bytes, length: int) -> None:
    with pytest.raises(DamagedModel, match="cut off"):
        file.decode(golden[:length])


def test_what_is_too_long_says_so(golden: bytes) -> None:
    with pytest.raises(DamagedModel, match="too long"):
        file.decode(golden + b"\0")


@given(st.integers(0, 96031), st.integers(1, 255))
def test_no_altered_byte_is_taken(at: int, change: int) -> None:
    blob = bytearray(GOLDEN.read_bytes())
    blob[at] ^= change
    with pytest.raises(ModelError):
        file.decode(bytes(blob))


@given(st.integers(16, 4096), st.integers(1, 255))
def test_no_altered_header_crashes_even_with_its_digest_made_right(
    at: int, change: int
) -> None:
    blob = bytearray(GOLDEN.read_bytes())
    blob[at] ^= change
    blob = bytearray(resealed(bytes(blob)))
    try:
        model = file.decode(bytes(blob))
    except ModelError:
        return
    # What is taken is written again as it was: notes, the answer, or a number that may be so.
    assert file.encode(model.frozen, answer=model.answer, notes=model.notes) == blob


CHANGES: list[Callable[[dict[str, Any]], object]] = [
    lambda h: h["shape"].update(width=31),
    lambda h: h["shape"].update(width=10**9),
    lambda h: h["shape"].update(state=-48),
    lambda h: h["shape"].update(state=48.0),
    lambda h: h["shape"].update(drops=[]),
    lambda h: h["shape"].update(drops=["14", 15]),
    lambda h: h["shape"].update(ngrams=[[2, 8], [3, 63]]),
    lambda h: h["shape"].update(ngrams=[[2, 8], [3]]),
    lambda h: h["shape"].update(ngrams=None),
    lambda h: h["shape"].update(embed="<f8"),
    lambda h: h["shape"].update(embed="<i4"),
    lambda h: h["shape"].pop("state"),
    lambda h: h["tensors"]["head"].__setitem__(2, 0),
    lambda h: h["tensors"].pop("head"),
    lambda h: h["arithmetic"].update(norm=10),
    lambda h: h["hash"].update(mix=1),
    lambda h: h.pop("arithmetic"),
    lambda h: h.update(answer=1),
    lambda h: h.update(answer="short"),
    lambda h: h.update(notes={"a": 1}),
    lambda h: h.update(notes=[]),
    lambda h: h.update(more=1),
]


@pytest.mark.parametrize("change", CHANGES)
def test_a_header_that_does_not_fit_is_refused(
    golden: bytes, change: Callable[[dict[str, Any]], object]
) -> None:
    with pytest.raises(DamagedModel):
        file.decode(retold(golden, change))


def test_a_header_that_is_no_json_is_refused(golden: bytes) -> None:
    for told in (b"\xff" * 500, b"[" * 60_000, b"null" + b" " * 100):
        blob = golden[:12] + struct.pack("<I", len(told)) + told + golden[1200:]
        with pytest.raises(DamagedModel):
            file.decode(resealed(blob))


def overflowing() -> list[Any]:
    ice = drawn()
    block, rows = ice.blocks[0], ice.blocks[0].inward
    scale = np.full_like(rows.scale, 1 << 31)

    def but(**change: Any) -> Frozen:
        return replace(ice, blocks=(replace(block, **change), ice.blocks[1]))

    lowest = rows.weight.copy()
    lowest[3, 3] = -128
    deep = np.full((32, 2065), 127, np.int8)
    return [
        pytest.param(replace(ice, forget=ice.forget + 1), "forget gates", id="forget"),
        pytest.param(replace(ice, forget=-ice.forget), "forget gates", id="forget, below"),
        pytest.param(replace(ice, silu=ice.silu * 2), "gates", id="gates"),
        pytest.param(replace(ice, power=ice.power * 2), "powers", id="powers"),
        pytest.param(replace(ice, parts=ice.parts + (1 << 24)), "n-gram", id="n-grams"),
        pytest.param(but(drop=0), "shifts", id="no shift"),
        pytest.param(but(drop=25), "shifts", id="too far a shift"),
        pytest.param(but(bias=block.bias + (1 << 29)), "biases of block 0", id="bias"),
        pytest.param(but(inward=Rows.of(rows.weight, scale)), "multipliers", id="32 bits"),
        pytest.param(but(inward=Rows.of(lowest, rows.scale)), "-128", id="-128"),
        pytest.param(
            but(outward=Rows.of(deep, block.outward.scale), bias=np.zeros(3 * 2065, np.int64)),
            "width",
            id="deeper than a sum of 32 bits",
        ),
        pytest.param(replace(ice, embed=ice.embed + (1 << 30)), "embedding", id="embedding"),
        pytest.param(
            replace(
                ice, head=Rows.of(ice.head.weight, np.full_like(ice.head.scale, -(1 << 31)))
            ),
            "multipliers",
            id="head",
        ),
    ]


@pytest.mark.parametrize(("model", "what"), overflowing())
def test_what_could_overflow_is_refused(model: Frozen, what: str) -> None:
    with pytest.raises(UnsafeModel, match=re.escape(what)):
        bounds.check(model)


def test_a_file_that_could_overflow_is_refused_though_its_digest_is_right(
    golden: bytes,
) -> None:
    model = file.decode(golden)
    shape = {"width": 32, "state": 48, "drops": [14, 15], "embed": "<i2"}
    places, size = file._layout(shape | {"ngrams": [[2, 8], [3, 9]]})
    begins, at = len(golden) - 32 - size, places["forget"][2]
    first = golden[begins + at : begins + at + 4]
    assert struct.unpack("<i", first)[0] == model.frozen.forget[0]
    blob = bytearray(golden)
    blob[begins + at : begins + at + 4] = struct.pack("<i", 1 << 21)

    with pytest.raises(UnsafeModel, match="forget gates"):
        file.decode(resealed(bytes(blob)))


def test_models_are_read_and_computed_without_torch() -> None:
    script = f"""
import sys
for name in ("torch", "safetensors", "scipy"):
    sys.modules[name] = None
from pathlib import Path
from memory.models import alphabet, bounds, choice, file, frozen, guesser, known, ngrams, plain
chosen = choice.opened(Path({str(GOLDEN)!r}))
assert len(chosen.guesser().whole(b"A", b"word")) == 4
print(chosen.model.id)
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == GOLDEN_ID
    assert Path(GOLDEN).exists()
