"""Byte models by their ids: the one that is shipped, and those that a bank has kept.

Imported without NumPy; the models come in when one is asked for. A process holds each once.
"""

from collections.abc import Callable
from hashlib import sha256
from typing import Final

from memory.codec.guess import Guesser
from memory.errors import ModelError
from memory.models.shipping import shipped

_held: Final[dict[str, Callable[[], Guesser]]] = {}


def newest() -> str:
    """Return the id of the model to code with; empty for the mixer alone.

    Raises:
        ModelError: There is one, and it cannot be used on this machine.
    """
    return hold(file_of_newest())


def file_of_newest() -> bytes:
    """Return the whole file of the model to code with; empty for the mixer alone.

    Raises:
        ModelError: It cannot be read.
    """
    path = shipped()
    try:
        return b"" if path is None else path.read_bytes()
    except OSError as error:
        raise ModelError(f"{path}: cannot be read: {error.strerror}") from error


def file_of(model: str) -> bytes:
    """Return the whole file of the model to code with, if its id is `model`.

    Raises:
        ModelError: It cannot be read, or is another one by now.
    """
    whole = file_of_newest()
    if sha256(memoryview(whole)[:-32]).hexdigest() != model:
        raise ModelError(f"the byte model {model[:16]} is no longer the one to code with")
    return whole


def at_hand(model: str) -> bool:
    """Whether a guesser of that model can be had."""
    return not model or model in _held


def hold(whole: bytes) -> str:
    """Have a model at hand from the bytes of its file; return its id.

    Args:
        whole: The file; empty for the mixer alone, which has the empty id.

    Raises:
        ModelError: It is none, or cannot be used on this machine.
    """
    if not whole:
        return ""
    from memory.models.choice import taken  # noqa: PLC0415 - NumPy and the weights

    chosen = taken(whole)
    _held[chosen.model.id] = chosen.guesser
    return chosen.model.id


def guesser(model: str) -> Guesser | None:
    """Return a new guesser of a model; `None` for the empty id: the mixer alone.

    A process that was started anew holds none yet: the one to code with is read again.

    Raises:
        ModelError: It is neither held nor the one to code with.
    """
    if not model:
        return None
    if model not in _held:
        hold(file_of(model))
    return _held[model]()
