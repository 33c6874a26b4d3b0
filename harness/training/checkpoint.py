"""Where learning stands, in one file that is whole or not there.

safetensors for the numbers; its header's metadata holds the rest as JSON. Written beside,
flushed to the disk, renamed over the old one: killed at any moment, one of the two remains.
"""

import json
import os
from pathlib import Path
from typing import Any, cast

from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from harness.errors import NotPossible

KEY = "enfold"


def write(path: Path, tensors: dict[str, Tensor], told: dict[str, Any]) -> None:
    """Replace `path`, at once and for good.

    Args:
        path: The file; its folder is there.
        tensors: The numbers.
        told: Whatever JSON can hold.

    Raises:
        NotPossible: The disk says no; what was there before is as it was.
    """
    whole = save(
        {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()},
        metadata={KEY: json.dumps(told)},
    )
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        try:
            with beside.open("wb") as out:
                out.write(whole)
                out.flush()
                os.fsync(out.fileno())
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise NotPossible(f"{path} cannot be written: {error.strerror or error}") from error


def read(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Give the tensors and what was told beside them.

    Raises:
        NotPossible: It is no checkpoint of ours.
    """
    return _read(path, numbers=True)


def told(path: Path) -> dict[str, Any]:
    """Give what was told beside the tensors, without reading those.

    Raises:
        NotPossible: It is no checkpoint of ours.
    """
    return _read(path, numbers=False)[1]


def _read(path: Path, *, numbers: bool) -> tuple[dict[str, Tensor], dict[str, Any]]:
    opened = cast("Any", safe_open)  # it tells no types
    try:
        with opened(path, framework="pt") as file:
            names: list[str] = sorted(file.keys()) if numbers else []
            tensors: dict[str, Tensor] = {name: file.get_tensor(name) for name in names}
            return tensors, json.loads(file.metadata()[KEY])
    except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
        raise NotPossible(f"{path} is no checkpoint of a run of ours: {error}") from error
