"""A run's weights frozen into whole numbers: held-out text shows how far activations go."""

from pathlib import Path

import torch

from harness.errors import NotPossible
from harness.training import checkpoint
from harness.training.corpus import Ready
from harness.training.learner import model_of
from memory.errors import ModelError
from memory.models import file, freezing

MOST = 16_384
"""Bytes of each source to look at."""


def freeze(kept: Path, ready: Ready | None, out: Path) -> str:
    """Freeze a checkpoint into a `.hqlm` file.

    Args:
        kept: The checkpoint.
        ready: Text like that to come; without it a short text of ours is read.
        out: Where to.

    Returns:
        The frozen model's id.

    Raises:
        NotPossible: It has no whole-number form, or cannot be written.
    """
    told = checkpoint.told(kept)
    if told["recipe"]["shape"]["retention"]:
        raise NotPossible(f"{kept}: retention has no whole-number form yet, only the scan has")
    model, _ = model_of(kept)
    torch.set_num_threads(1)  # the same file anywhere does not depend on who adds up first
    texts = _texts(ready) if ready is not None else []
    tokens = freezing.calibration(texts or [text for _, text in freezing.known.turns()])
    notes = {name: str(told[name]) for name in ("read", "step") if name in told}
    if ready is not None:
        notes["data"] = ready.digest
    try:
        blob = freezing.sealed(freezing.frozen(model, tokens), notes)
        found = file.decode(blob).id
        freezing.save(out, blob)
    except ModelError as error:
        raise NotPossible(f"{kept}: {error}") from error
    except OSError as error:
        raise NotPossible(f"{out} cannot be written: {error.strerror or error}") from error
    return str(found)


def _texts(ready: Ready) -> list[bytes]:
    got: dict[str, bytes] = {}
    for document in ready.documents:
        room = MOST - len(got.get(document.source, b""))
        if document.held and room > 0:
            got[document.source] = got.get(document.source, b"") + ready.text(document)[:room]
    return list(got.values())
