"""A frozen model as one file, `.hqlm`: every number that decides a code, and nothing else.

`MAGIC`, format version and header length (u32 each, little-endian, as everything), the header
in JSON (canonical: keys sorted, no spaces), zeros up to a multiple of `ALIGN`, the numbers one
array after another with zeros between them up to `ALIGN`, and last the SHA-256 of all before it,
which is the model's id. The header holds shape, number formats, the hash of the n-grams, the
SHA-256 of the counts that a known text has (`memory.models.known`) and free text. The same model
gives the same bytes; a reader takes no other bytes for it.
"""

import json
import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from memory.errors import DamagedModel, ForeignModel, NewerModel
from memory.models import frozen, ngrams
from memory.models.alphabet import BYTES, SYMBOLS
from memory.models.bounds import check
from memory.models.frozen import Frozen, FrozenBlock, Rows
from memory.models.ngrams import Ngrams

MAGIC = b"\x89HQLM\r\n\x1a"
VERSION = 1
ALIGN = 64
HEADER = 1 << 16
"""The longest header, in bytes."""
LARGEST = 1 << 28
"""The largest file, in bytes."""
PLACES = 4096
"""Entries of the tables of gates."""
ARITHMETIC = {
    "residual": frozen.RESIDUAL,
    "norm": frozen.NORM,
    "forget": frozen.FORGET,
    "state": frozen.STATE,
    "gate": frozen.GATE,
    "logit": frozen.LOGIT,
    "clip": frozen.CLIP,
    "shift": frozen.SHIFT,
    "limit": frozen.LIMIT,
    "eps": frozen.EPS,
}
HASH = {"mix": ngrams.MIX, "last": ngrams.LAST, "salt": ngrams.SALT}

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Model:
    """What a file holds."""

    id: str
    """SHA-256 of the file up to its last 32 bytes, hexadecimal."""
    frozen: Frozen
    answer: str
    """SHA-256 of the known text's counts, hexadecimal."""
    notes: dict[str, str]
    """What is told about the model: recipe, bytes read; decides nothing."""


def encode(model: Frozen, *, answer: str, notes: dict[str, str] | None = None) -> bytes:
    """Write a model as the bytes of a file.

    Args:
        model: To be written.
        answer: What `memory.models.known` finds for it.
        notes: Anything worth telling.

    Raises:
        UnsafeModel: Its sums could overflow.
    """
    check(model)
    arrays = dict(_arrays(model))
    shape = {
        "width": model.embed.shape[1],
        "state": len(model.blocks[0].bias) // 3,
        "symbols": SYMBOLS,
        "ngrams": [
            list(pair) for pair in zip(model.ngrams.lengths, model.ngrams.bits, strict=True)
        ],
        "drops": [block.drop for block in model.blocks],
        "embed": "<i2" if _fits(model.embed) else "<i4",
    }
    tensors, size = _layout(shape)
    header = {
        "arithmetic": ARITHMETIC,
        "hash": HASH,
        "shape": shape,
        "tensors": tensors,
        "answer": answer,
        "notes": notes or {},
    }
    told = _canonical(header)
    begins = _up(len(MAGIC) + 8 + len(told))
    whole = bytearray(begins + size)
    head = MAGIC + struct.pack("<II", VERSION, len(told)) + told
    whole[: len(head)] = head
    for name, (kind, dimensions, at) in tensors.items():
        array = arrays[name]
        if list(array.shape) != dimensions:
            raise ValueError(f"{name} is {array.shape}, not {dimensions}")
        raw = np.ascontiguousarray(array, dtype=kind).tobytes()
        whole[begins + at : begins + at + len(raw)] = raw
    return bytes(whole) + sha256(whole).digest()


def decode(blob: bytes) -> Model:
    """Read a model from the bytes of a file, and believe nothing that was not checked.

    Raises:
        ForeignModel: No model file.
        NewerModel: Of a later version.
        DamagedModel: Cut off or altered, or its parts do not fit.
        UnsafeModel: Its sums could overflow.
    """
    if blob[: len(MAGIC)] != MAGIC:
        raise ForeignModel("no model file: it does not begin as one (.hqlm) does")
    if len(blob) < len(MAGIC) + 8:
        raise DamagedModel("the model file is cut off: fetch it again")
    version, length = struct.unpack_from("<II", blob, len(MAGIC))
    if version > VERSION:
        raise NewerModel(
            f"the model file has format {version}, this enfold reads {VERSION}: update enfold"
        )
    if version != VERSION or length > HEADER or len(blob) > LARGEST:
        raise DamagedModel("the model file is altered: fetch it again")
    begins = _up(len(MAGIC) + 8 + length)
    told = blob[len(MAGIC) + 8 : len(MAGIC) + 8 + length]
    header = _header(told) if len(told) == length else None
    if header is None:
        raise DamagedModel("the model file is cut off or altered: fetch it again")
    tensors, size = _layout(header["shape"])
    if len(blob) != begins + size + 32:
        short = begins + size + 32 - len(blob)
        fault = f"is cut off, {short} bytes are missing" if short > 0 else "is too long"
        raise DamagedModel(f"the model file {fault}: fetch it again")
    digest = sha256(memoryview(blob)[:-32])
    if digest.digest() != blob[-32:]:
        raise DamagedModel("the model file is altered (its SHA-256 is another): fetch it again")
    if header["tensors"] != {name: list(one) for name, one in tensors.items()}:
        raise DamagedModel("the model file's parts are not where they belong")
    arrays = {
        name: np.frombuffer(blob, kind, math.prod(shape), begins + at).reshape(shape)
        for name, (kind, shape, at) in tensors.items()
    }
    model = _model(header["shape"], arrays)
    if encode(model, answer=header["answer"], notes=header["notes"]) != blob:
        raise DamagedModel("the model file is not written as such a model is written")
    return Model(digest.hexdigest(), model, header["answer"], header["notes"])


def _header(told: bytes) -> dict[str, Any] | None:
    """The header, if it is one: right keys, right kinds, sizes within reason."""
    try:
        header: Any = json.loads(told)
    except (ValueError, RecursionError):
        return None
    match header:
        case {
            "arithmetic": arithmetic,
            "hash": hashed,
            "shape": {
                "width": int(width),
                "state": int(state),
                "symbols": int(symbols),
                "ngrams": grams,
                "drops": drops,
                "embed": "<i2" | "<i4",
            },
            "tensors": _,
            "answer": str(answer),
            "notes": notes,
        }:
            pass
        case _:
            return None
    if arithmetic != ARITHMETIC or hashed != HASH or symbols != SYMBOLS:
        raise DamagedModel("the model file has number formats that no enfold has written")
    if type(grams) is not list or type(drops) is not list or type(notes) is not dict:
        return None
    pairs, shifts = cast(list[Any], grams), cast(list[Any], drops)
    sane = (
        1 <= width <= 4096
        and 1 <= state <= 4096
        and 1 <= len(shifts) <= 64
        and all(type(one) is int for one in shifts)
        and len(pairs) <= 8
        and all(_gram(pair) for pair in pairs)
        and (not pairs or width % len(pairs) == 0)
        and len(answer) == 64
        and all(type(text) is str for text in cast(dict[str, Any], notes).values())
    )
    return header if sane else None


def _gram(pair: Any) -> bool:
    match pair:
        case [int(length), int(bits)]:
            return 1 <= length <= 32 and 1 <= bits <= 24
        case _:
            return False


def _layout(shape: dict[str, Any]) -> tuple[dict[str, list[Any]], int]:
    """Name, kind, shape and place of each array, and the bytes of all together."""
    width, state = shape["width"], shape["state"]
    grams = shape["ngrams"]
    kinds: list[tuple[str, str, list[int]]] = [
        ("embed", shape["embed"], [SYMBOLS, width]),
        ("table", "<i1", [sum(1 << b for _, b in grams), width // len(grams) if grams else 0]),
        ("parts", "<i4", [len(grams)]),
        ("forget", "<i4", [PLACES]),
        ("silu", "<i4", [PLACES]),
        ("power", "<i4", [1 << frozen.LOGIT]),
    ]
    for i in range(len(shape["drops"])):
        kinds += [
            (f"{i}.inward", "<i1", [3 * state, width]),
            (f"{i}.inward.scale", "<i4", [3 * state]),
            (f"{i}.bias", "<i4", [3 * state]),
            (f"{i}.outward", "<i1", [width, state]),
            (f"{i}.outward.scale", "<i4", [width]),
        ]
    kinds += [("head", "<i1", [BYTES + 1, width]), ("head.scale", "<i4", [BYTES + 1])]
    tensors: dict[str, list[Any]] = {}
    at = 0
    for name, kind, dimensions in kinds:
        tensors[name] = [kind, dimensions, at]
        at = _up(at + int(kind[-1]) * int(math.prod(dimensions)))
    return tensors, at


def _arrays(model: Frozen) -> Iterator[tuple[str, Array]]:
    yield from (("embed", model.embed), ("table", model.table), ("parts", model.parts))
    yield from (("forget", model.forget), ("silu", model.silu), ("power", model.power))
    for i, block in enumerate(model.blocks):
        yield from ((f"{i}.inward", block.inward.weight), (f"{i}.bias", block.bias))
        yield f"{i}.inward.scale", block.inward.scale
        yield f"{i}.outward", block.outward.weight
        yield f"{i}.outward.scale", block.outward.scale
    yield from (("head", model.head.weight), ("head.scale", model.head.scale))


def _model(shape: dict[str, Any], arrays: dict[str, Array]) -> Frozen:
    def whole(name: str) -> frozen.Whole:
        return arrays[name].astype(np.int64)

    def rows(name: str) -> Rows:
        return Rows.of(arrays[name].astype(np.int8), whole(f"{name}.scale"))

    blocks = [
        FrozenBlock(rows(f"{i}.inward"), whole(f"{i}.bias"), rows(f"{i}.outward"), drop)
        for i, drop in enumerate(shape["drops"])
    ]
    return Frozen(
        Ngrams.of(tuple((length, bits) for length, bits in shape["ngrams"])),
        whole("embed"),
        arrays["table"].astype(np.int8),
        whole("parts"),
        tuple(blocks),
        rows("head"),
        whole("forget"),
        whole("silu"),
        whole("power"),
    )


def _canonical(header: dict[str, Any]) -> bytes:
    return json.dumps(header, sort_keys=True, separators=(",", ":")).encode()


def _fits(values: Array) -> bool:
    """Whether 16 bits hold them."""
    return int(values.min()) >= -(1 << 15) and int(values.max()) < 1 << 15


def _up(size: int) -> int:
    return -(-size // ALIGN) * ALIGN
