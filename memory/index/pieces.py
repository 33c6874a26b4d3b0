"""What is told of what was found: pieces within a budget, each with its source."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from memory.cc.base import Utterance
from memory.index.recall import Found


@dataclass(frozen=True, slots=True)
class Piece:
    """A passage of the past, as a speaker is told it."""

    first: int
    """First place, inclusive."""
    last: int
    """Last place, inclusive."""
    author: str
    """Id of who said it."""
    text: str
    """With its source: place and who, then the words."""
    score: int
    """Higher is better."""
    why: tuple[str, ...]
    """Words of the query that it answers to."""
    bytes: int
    """Bytes of `text` in UTF-8, and its line's end."""


def pieces(
    found: Iterable[Found],
    text: Callable[[int], Utterance | None],
    label: Callable[[str], str],
    *,
    budget: int,
    shown: Collection[int],
    carried: str,
) -> list[Piece]:
    """Return what of `found` fits into `budget` bytes, in order of places.

    Args:
        found: Turns, the best first.
        text: What was said at a place, or `None` where that is not at hand.
        label: What an author is called.
        budget: Bytes of UTF-8 in all.
        shown: Places that the speaker is shown anyway.
        carried: What the speaker is told of cc: what stands there is not said twice.
    """
    kept: list[Piece] = []
    for one in found:
        said = None if one.place in shown else text(one.place)
        if said is None or said.text in carried:
            continue
        words = " ".join(said.text.split())
        line = f"{one.place} {label(said.author)}: {words}"
        size = len(line.encode("utf-8", "replace")) + 1
        if size <= budget:
            budget -= size
            kept.append(
                Piece(one.place, one.place, said.author, line, one.score, one.why, size)
            )
    return sorted(kept, key=lambda piece: piece.first)
