"""A sentence encoder from a folder: what is meant, as a row of small numbers.

Any folder as sentence-transformers writes it: a transformer, its tokenizer, and the mean of
the tokens as the row (Reimers and Gurevych, "Sentence-BERT", EMNLP 2019). Nothing needs one:
recall finds by words. Where a person has one, it finds what was said in other words too. Rows
are whole numbers of -127 to 127, a byte each. Nothing is downloaded, no code of the folder
is run, and weights that are pickled are refused: opening those can run anything.
"""

import json
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from memory.errors import ForeignModel, ModelError

if TYPE_CHECKING:
    from numpy import int8
    from numpy.typing import NDArray

SCALE: Final = 127
"""What 1 is in a row."""

_WEIGHTS: Final = "model.safetensors"
_BATCH: Final = 32
_LONGEST: Final = 256
"""Tokens of a text that are read."""


class Encoder:
    """Turns texts into rows. Opening it takes seconds: it belongs into the worker."""

    def __init__(self, folder: Path) -> None:
        """Open the encoder in `folder`.

        Raises:
            ForeignModel: It is no such folder, or its weights are pickled.
            ModelError: torch and transformers are not installed.
        """
        _check(folder)
        try:
            import torch  # noqa: PLC0415 - takes seconds, and few have an encoder
            from transformers import AutoModel, AutoTokenizer  # noqa: PLC0415 - likewise
            from transformers.utils import logging  # noqa: PLC0415 - likewise
        except ImportError as error:
            raise ModelError(
                f"{error.name} is not installed: pip install 'enfold[local]'"
            ) from error
        logging.disable_progress_bar()  # the terminal is not its own
        self.digest = sha256((folder / _WEIGHTS).read_bytes()).hexdigest()
        """SHA-256 of the weights: rows of another encoder say nothing."""
        own: Any = {"local_files_only": True, "trust_remote_code": False}
        try:
            self._tokens: Any = AutoTokenizer.from_pretrained(folder, **own)
            self._model: Any = AutoModel.from_pretrained(folder, use_safetensors=True, **own)
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            line = str(error).strip().partition("\n")[0]
            raise ForeignModel(
                f"{folder}: not an encoder that can be opened: {line}"
            ) from error
        self._model.eval()
        self._torch = torch

    def encode(self, texts: Sequence[str]) -> "NDArray[int8]":
        """Return a row for each of `texts`: (texts, dimensions), each about `SCALE` long."""
        import numpy as np  # noqa: PLC0415 - as torch

        torch = self._torch
        dimensions = int(self._model.config.hidden_size)
        rows = np.zeros((len(texts), dimensions), np.int8)
        order = sorted(range(len(texts)), key=lambda at: len(texts[at]))
        for start in range(0, len(order), _BATCH):
            some = order[start : start + _BATCH]
            given: Any = self._tokens(
                [texts[at] for at in some],
                padding=True,
                truncation=True,
                max_length=_LONGEST,
                return_tensors="pt",
            )
            with torch.inference_mode():
                told: Any = self._model(**given).last_hidden_state
                mask: Any = given["attention_mask"].unsqueeze(-1)
                mean = (told * mask).sum(1) / mask.sum(1).clamp(min=1)
                unit = torch.nn.functional.normalize(mean, dim=1)
                rows[some] = (unit * SCALE).round().to(torch.int8).numpy()
        return rows


def _check(folder: Path) -> None:
    """See that `folder` is an encoder of the kind that is understood."""
    if not (folder / "config.json").is_file():
        raise ForeignModel(f"{folder}: no encoder: it has no config.json")
    if not (folder / _WEIGHTS).is_file():
        pickled = [one.name for one in sorted(folder.glob("*.bin"))]
        if pickled:
            raise ForeignModel(
                f"{folder}: its weights, {pickled[0]}, are pickled: only {_WEIGHTS} is opened"
            )
        raise ForeignModel(f"{folder}: no encoder: it has no {_WEIGHTS}")
    pooling = folder / "1_Pooling" / "config.json"
    if pooling.is_file():
        try:
            known = json.loads(pooling.read_bytes())
        except (OSError, ValueError) as error:
            raise ForeignModel(f"{pooling}: cannot be read: {error}") from error
        if not isinstance(known, dict) or not known.get("pooling_mode_mean_tokens", False):
            raise ForeignModel(
                f"{folder}: its rows are not means of tokens; only those are known"
            )
