"""The byte model at work in the worker process: it reads what is carried, and takes turns.

What crosses is where the model stands, as bytes. A turn is written a few bytes a call, each
from where the last one ended, so that it streams, can be called off between any two, and
survives the worker's death.
"""

import os
from collections.abc import AsyncGenerator, Callable, Sequence
from concurrent.futures import Future
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, ParamSpec, Protocol, TypeVar

from agents.catalogue.models import BYTES, Model
from agents.errors import Broken, NoSuchModel
from agents.providers.bytes import Asked, Said
from harness.errors import WorkerBusy, WorkerLost
from memory.cc.reading import Follower, Heard
from memory.errors import ModelError, ReaderLost
from memory.models.shipping import MISSING, shipped

if TYPE_CHECKING:
    from memory.models.choice import Chosen
    from memory.models.speaking import Standing, Voice, Written

FIRST: Final = 16
"""Bytes of a turn's first piece: something is to be seen soon."""
PIECE: Final = 48
"""Bytes of each further piece; a twentieth of a second where nothing is compiled."""

SMALL: Final = "bytes/small"
"""Id of the shipped model as a participant."""

BABBLE: Final = Model(
    id=SMALL,
    name="Enfold Small",
    aliases=("byte model", "babble", "small"),
    provider=BYTES,
    local=True,
)
"""It babbles: what it says looks like talk and means nothing. Eight megabytes of it, in
whole numbers, on one core."""

_P = ParamSpec("_P")
_T = TypeVar("_T")
Standings = Callable[[], tuple[bytes, Sequence[tuple[bytes, bytes]]] | None]
"""What is carried as the model's own state, and the turns told since; `None` for no state."""


class Hurried(Protocol):
    """Somebody who runs functions elsewhere: `harness.worker.Worker`."""

    def hurry(
        self, function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs
    ) -> "Future[_T]":
        """Have `function` run before all that nobody waits for."""
        ...

    async def run(self, function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """Have `function` run so, and wait for it without blocking."""
        ...


def here() -> Path | None:
    """Return where the byte model lies, `None` if there is none."""
    path = shipped()
    return path if path is not None and path.is_file() else None


def needed(what: str) -> Path:
    """Return where the byte model lies.

    Raises:
        ModelError: There is none, and `what` needs it.
    """
    path = here()
    if path is None:
        raise ModelError(f"{what} needs the byte model: {MISSING}")
    return path


class FarReader:
    """A `memory.cc.reading.Reader` in the worker process. Blocks: for the keeper's thread."""

    def __init__(self, worker: Hurried, model: Path) -> None:
        """Take the worker and the model's file; nothing is started yet."""
        self._worker = worker
        self._model = model

    def read(self, state: bytes, turns: Sequence[tuple[bytes, bytes]]) -> Heard:
        """Read on. See `memory.cc.reading.Reader`.

        Raises:
            ReaderLost: The worker was lost, or cannot use the model.
        """
        try:
            return self._worker.hurry(read, str(self._model), state, tuple(turns)).result()
        except (WorkerLost, WorkerBusy, ModelError, OSError) as error:
            raise ReaderLost(f'carrier "state": {error}') from error


class FarSpeaker:
    """An `agents.providers.bytes.Speaker` in the worker process."""

    def __init__(
        self,
        worker: Hurried,
        model: Path | None,
        *,
        seed: int | None = None,
    ) -> None:
        """Take what is needed; nothing is started yet.

        Args:
            worker: Where the model is.
            model: Its file; without one nobody speaks.
            seed: For all turns, each of which is drawn from it and what was heard; by chance
                if `None`.
        """
        self._worker = worker
        self._model = model
        self._seed = seed
        self._standing: Standings = lambda: None

    def follow(self, standing: Standings) -> None:
        """Go on from what is carried as the model's own state, not from what a request tells."""
        self._standing = standing

    async def speak(self, asked: Asked) -> AsyncGenerator[Said, None]:
        """Yield a turn in pieces. See `agents.providers.bytes.Speaker`."""
        if self._model is None or asked.model != SMALL:
            why = MISSING if self._model is None else f"the byte model here is {SMALL}"
            raise NoSuchModel(asked.model, why)
        file = str(self._model)
        carried = self._standing()
        past = [(b"", _bytes(text)) for text in (asked.carried, asked.recalled) if text]
        if carried is None:
            told = [(who.encode(), _bytes(text)) for who, text in asked.turns]
            state, turns = b"", (*past, *told)
        else:
            # What is carried is the state itself, and need not be read.
            back = past[1:] if asked.carried else past
            state, turns = carried[0], (*back, *carried[1])
        chance = os.urandom(8) if self._seed is None else str(self._seed).encode()
        drawn = None if asked.seed is None else str(asked.seed).encode()
        left, piece = asked.most, FIRST
        try:
            standing = await self._worker.run(
                hear, file, state, turns, asked.speaker.encode(), chance, drawn=drawn
            )
            while left > 0:
                written = await self._worker.run(
                    write, file, standing, round(asked.temperature * 1000), piece, left
                )
                standing, piece = written.standing, PIECE
                left -= len(written.text)
                yield Said(written.text.decode(), written.ended)
                if written.ended:
                    return
        except ModelError as error:  # asking again gives the same
            raise NoSuchModel(asked.model, str(error)) from error
        except (WorkerLost, WorkerBusy, OSError) as error:
            raise Broken(asked.model, str(error)) from error


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")


# In the worker process.


def read(model: str, state: bytes, turns: tuple[tuple[bytes, bytes], ...]) -> Heard:
    """Read turns for a carrier. See `memory.cc.reading.Reader.read`."""
    return Follower(_chosen(model).guesser()).read(state, turns)


def hear(
    model: str,
    state: bytes,
    turns: tuple[tuple[bytes, bytes], ...],
    author: bytes,
    chance: bytes,
    *,
    drawn: bytes | None = None,
) -> "Standing":
    """Listen, and stand at the beginning of a turn. A state of another model is left out.

    What is written is drawn from `chance` and what was heard; from `drawn` alone if given.
    """
    from memory.models.speaking import seeded  # noqa: PLC0415 - in the worker alone

    speaker = voice(model)
    told = [part for turn in turns for part in turn]
    seed = seeded(chance, author, state, *told) if drawn is None else seeded(drawn, author)
    try:
        return speaker.hear(state, turns, author, seed=seed)
    except ValueError:
        return speaker.hear(b"", turns, author, seed=seed)


def write(
    model: str, standing: "Standing", temperature: int, most: int, room: int
) -> "Written":
    """Write a piece of a turn; `temperature` is in thousandths. See `Voice.write`."""
    from memory.models.sampling import Sampling  # noqa: PLC0415 - in the worker alone

    sampling: Sampling = Sampling(temperature)
    return voice(model).write(standing, sampling, most=most, room=room)


def _chosen(model: str) -> "Chosen":
    from memory.models.choice import opened  # noqa: PLC0415 - in the worker alone

    return opened(Path(model))


@lru_cache(maxsize=2)
def voice(model: str) -> "Voice":
    """Return one who speaks with the model of that file; for one thread."""
    from memory.models.speaking import Voice  # noqa: PLC0415 - in the worker alone

    return Voice(_chosen(model).guesser())
