"""Where learning stands, in one file that is whole or not there.

safetensors for the numbers; its header's metadata holds the rest as JSON. Written beside,
flushed to the disk, renamed over the old one: killed at any moment, one of the two remains.
"""

import json
import os
from pathlib import Path
from typing import Any, cast

from safetensors import safe_open
from safetensors.torch import save
from torch import Tensor

KEY = "enfold"


def write(path: Path, tensors: dict[str, Tensor], told: dict[str, Any]) -> None:
    """Replace `path`, at once and for good."""
    whole = save(
        {name: tensor.detach().contiguous() for name, tensor in tensors.items()},
        metadata={KEY: json.dumps(told)},
    )
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    with beside.open("wb") as out:
        out.write(whole)
        out.flush()
        os.fsync(out.fileno())
    beside.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def read(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Give the tensors and what was told beside them."""
    opened = cast("Any", safe_open)  # it tells no types
    with opened(path, framework="pt") as file:
        names: list[str] = sorted(file.keys())
        tensors: dict[str, Tensor] = {name: file.get_tensor(name) for name in names}
        return tensors, json.loads(file.metadata()[KEY])
