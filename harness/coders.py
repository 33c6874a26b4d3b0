"""The byte model that an archive is coded with, and the coders that it makes.

It is imported when something is folded; without one, the mixer codes alone.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness.outlets import troubles

if TYPE_CHECKING:
    from memory.codec.guess import Guesser
    from memory.codec.segments import Coder


@dataclass(frozen=True, slots=True)
class Voice:
    """A byte model that is here."""

    id: str
    file: bytes
    guesser: "Callable[[], Guesser]"


def voice(inside: bytes | None = None, given: Path | None = None) -> Voice | None:
    """Return the model that was given, or lies inside an archive, or is shipped; in that order.

    Raises:
        ModelError: It is damaged, or cannot be computed exactly here.
        RoomsUnusable: It cannot be read.
    """
    from memory.models.choice import opened, taken  # noqa: PLC0415 - not before it is needed
    from memory.models.shipping import shipped  # noqa: PLC0415

    path = given or (shipped() if inside is None else None)
    if path is not None:
        with troubles(str(path)):
            opened(path)  # says where it is, should it be none
            inside = path.read_bytes()
    if inside is None:
        return None
    chosen = taken(inside)
    return Voice(chosen.model.id, inside, chosen.guesser)


def coders(by: Voice | None) -> Callable[[], "Coder"]:
    """Return what makes coders that have read nothing, by a model if there is one."""
    from memory.codec.segments import MOST  # noqa: PLC0415 - not before it is needed
    from memory.codec.turns import Segment  # noqa: PLC0415

    if by is None:
        return lambda: Segment(most=MOST)
    return lambda: Segment(by.guesser(), most=MOST)  # one each: it follows one segment
