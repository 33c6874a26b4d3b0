"""Which backend computes a byte model here, and where the shipped one lies.

A backend is used once it has found the counts of the known text that the model's file tells of:
first C, then NumPy. One that finds others is passed over, and why is kept; if none passes, no
code is made or read with the model: counts that are nearly right restore nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from threading import Lock

from memory.errors import ModelError, NeuralRefused
from memory.kernel import network
from memory.kernel.network import Network, NetworkReader, Parts
from memory.models import file, known
from memory.models.file import Model
from memory.models.frozen import Frozen
from memory.models.guesser import FrozenGuesser, Reader
from memory.models.plain import PlainReader
from memory.models.shipping import shipped


@dataclass(frozen=True, slots=True)
class Chosen:
    """A model, and what computes it here."""

    model: Model
    backend: str
    """`c plain`, `c avx2`, `c vnni` or `numpy`."""
    refused: tuple[str, ...]
    """Why faster ones are not used, a line each."""
    reader: Callable[[], Reader]
    """Makes a reader of its own for each caller."""

    def guesser(self) -> FrozenGuesser:
        """Return a guesser that stands where nothing has been read."""
        return FrozenGuesser(self.model.id, self.reader())


def default() -> Chosen | None:
    """Return the shipped model, ready; `None` where there is none.

    Raises:
        ModelError: Its file cannot be used.
        OSError: It cannot be read.
    """
    path = shipped()
    return opened(path) if path is not None else None


def opened(path: Path) -> Chosen:
    """Return a file's model, ready; a file that has not changed is not read again.

    Raises:
        ModelError: It cannot be used; says where it is.
        OSError: It cannot be read.
    """
    told = path.stat()
    try:
        return _opened(path.resolve(), told.st_mtime_ns, told.st_size)
    except ModelError as error:
        raise type(error)(f"{path}: {error}") from error


@cache
def _opened(path: Path, _changed: int, _size: int) -> Chosen:
    return taken(path.read_bytes())


_ready: dict[str, Chosen] = {}
_choosing = Lock()


def taken(blob: bytes) -> Chosen:
    """Return the model of a file's bytes, ready; a model is chosen for once in a process.

    Raises:
        ModelError: It cannot be used.
    """
    name = sha256(memoryview(blob)[:-32]).hexdigest()
    with _choosing:
        ready = _ready.get(name)
        if ready is None or blob[-32:].hex() != name:
            ready = choose(file.decode(blob))
            _ready[ready.model.id] = ready
        return ready


def choose(
    model: Model,
    backends: tuple[tuple[str, Callable[[Frozen], Callable[[], Reader]]], ...] = (),
) -> Chosen:
    """Find the first backend that knows the model's answer.

    Args:
        model: To be computed.
        backends: Names and what makes them; C and NumPy, if not told.

    Raises:
        NeuralRefused: None does.
    """
    refused: list[str] = []
    for name, make in backends or (("c", in_c), ("numpy", in_numpy)):
        try:
            reader = make(model.frozen)
            found = known.answer(reader())
        except (OSError, MemoryError) as fault:
            refused.append(f"{name}: {fault}")
            continue
        if found == model.answer:
            return Chosen(model, _named(name, reader), tuple(refused), reader)
        refused.append(f"{name}: gives other counts than the model had when it was frozen")
    raise NeuralRefused(
        f"model {model.id[:16]} cannot be computed exactly here, nothing is coded or decoded "
        f"with it ({'; '.join(refused)})"
    )


def in_numpy(model: Frozen) -> Callable[[], Reader]:
    """Make readers in NumPy."""
    return lambda: PlainReader(model)


def in_c(
    model: Frozen, *, level: int | None = None, flags: tuple[str, ...] | None = None
) -> Callable[[], NetworkReader]:
    """Make readers in C.

    Args:
        model: Checked, as those from a file are.
        level: One of `memory.kernel.network.LEVELS`, the processor's best if not told.
        flags: For the compiler, if not the usual ones.

    Raises:
        OSError: There is no compiler, or it failed.
    """
    library = network.library(flags) if flags else network.library()
    if library is None:
        raise OSError("no compiled library, and no compiler to make one")
    return Network(library, parts(model), level=level).reader


def parts(model: Frozen) -> Parts:
    """Tell a model as the kernel takes it."""
    arrays = [model.embed, model.table, model.parts, model.forget, model.silu, model.power]
    for block in model.blocks:
        arrays += [block.inward.weight, block.inward.scale, block.bias]
        arrays += [block.outward.weight, block.outward.scale]
    grams = model.ngrams
    return Parts(
        model.embed.shape[1],
        len(model.blocks[0].bias) // 3,
        len(model.embed),
        tuple(zip(grams.lengths, grams.bits, grams.salts, strict=True)),
        tuple(block.drop for block in model.blocks),
        (*arrays, model.head.weight, model.head.scale),
    )


def _named(name: str, reader: Callable[[], Reader]) -> str:
    owner = getattr(reader, "__self__", None)
    return f"{name} {network.LEVELS[owner.level]}" if isinstance(owner, Network) else name
