"""What is told of what was found: pieces within a budget, each with its source.

The best first, until the budget is full. Of a long turn only the sentences are told that
answer, in their order; a question is told with its answer and an answer with its question,
where there is room. What stands in the window or in cc anyway is not said twice.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from memory.cc.base import Utterance
from memory.cc.units import clean
from memory.index.recall import Found
from memory.index.words import ASKS, marks, words

_WEAK: Final = 8
"""A turn is told if it has a score of at least one in so many of the best."""
_NEXT: Final = 4
"""Places within which a question and its answer lie."""
_HAD: Final = 80
"""Percent of a turn's words that cc has of it: then it is not told again."""
_LEAST: Final = 96
"""Bytes below which no excerpt is worth its source."""

_SENTENCE: Final = re.compile(r"(?<=[.!?…])[\"”’)]*\s+|\n+")
_CARRIED: Final = re.compile(r"(?:\d+ )?(\d+) [^:\n|]*[:|] ([^\n]*)")


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
    """One line with its source: place, who, then the words."""
    score: int
    """Higher is better."""
    why: tuple[str, ...]
    """Words of the query that it answers to; empty for what only goes with another piece."""
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
        text: What was said at a place, or `None` where nothing was or it is not at hand.
        label: What an author is called.
        budget: Bytes of UTF-8 in all.
        shown: Places that the speaker is shown anyway.
        carried: What the speaker is told of cc, as its carrier renders it.
    """
    had = dict(_had(carried))
    kept: dict[int, Piece] = {}
    best = 0

    def take(place: int, score: int, why: tuple[str, ...], most: int) -> bool:
        nonlocal budget
        said = None if place in shown or place in kept else text(place)
        if said is None or _told(said, had):
            return False
        piece = _piece(said, label, score, why, min(budget, most))
        if piece is None:
            return False
        kept[place] = piece
        budget -= piece.bytes
        return True

    for one in found:
        best = max(best, one.score)
        if budget < _LEAST or one.score * _WEAK < best:
            break
        if take(one.place, one.score, one.why, max(budget // 2, 4 * _LEAST)):
            other = _partner(one.place, text)
            if other is not None:
                take(other, one.score, (), budget // 4)
    return [kept[place] for place in sorted(kept)]


def _had(carried: str) -> Iterator[tuple[int, frozenset[str]]]:
    """Yield the places that cc has something of, and the stems of what it has."""
    for line in carried.split("\n"):
        if found := _CARRIED.match(line):
            yield int(found[1]), frozenset(stem for _, stem in words(found[2]))


def _told(said: Utterance, had: Mapping[int, frozenset[str]]) -> bool:
    """Whether cc tells as good as all of `said`."""
    stems = {stem for _, stem in words(said.text)}
    return len(stems & had.get(said.place, frozenset())) * 100 >= _HAD * len(stems)


def _partner(place: int, text: Callable[[int], Utterance | None]) -> int | None:
    """Return the place of the answer to the question at `place`, or of the question before."""
    said = text(place)
    if said is None:
        return None
    asks = bool(marks(said.text) & ASKS)
    for far in range(1, _NEXT + 1):
        other = text(place + far if asks else place - far)
        if other is not None:
            fits = other.author != said.author and (asks or bool(marks(other.text) & ASKS))
            return other.place if fits else None
    return None


def _piece(
    said: Utterance, label: Callable[[str], str], score: int, why: tuple[str, ...], most: int
) -> Piece | None:
    """Return what of `said` fits into `most` bytes; `None` if that is not worth telling."""
    source = f"{said.place} {' '.join(clean(label(said.author)).split())}: "
    room = most - len(source.encode("utf-8", "replace")) - 1
    plain = " ".join(clean(said.text).split())
    if len(plain.encode()) > room:
        if room < _LEAST:
            return None
        plain = _excerpt(clean(said.text), why, room)
    if not plain:
        return None
    whole = source + plain
    piece = Piece(said.place, said.place, said.author, whole, score, why, 0)
    return replace(piece, bytes=len(whole.encode("utf-8", "replace")) + 1)


def _excerpt(text: str, why: Collection[str], room: int) -> str:
    """Return the sentences of `text` that answer best, in their order, in `room` bytes."""
    asked = {stem for word in why for _, stem in words(word)}
    sentences = [" ".join(one.split()) for one in _SENTENCE.split(text) if one and one.strip()]
    worth = [
        (len(asked & {stem for _, stem in words(one)}), -at) for at, one in enumerate(sentences)
    ]
    kept: set[int] = set()
    for _, at in sorted(worth, reverse=True):
        if len(_joined(sentences, {*kept, -at}).encode()) <= room:
            kept.add(-at)
        elif not kept:
            return _short(sentences[-at], room)
    return _joined(sentences, kept)


def _joined(sentences: list[str], kept: Collection[int]) -> str:
    """Return the sentences at `kept`, with `…` for what is left out."""
    out = ""
    before = -1
    for at in sorted(kept):
        out += ("" if not out else " " if at == before + 1 else " … ") + sentences[at]
        before = at
    return out


def _short(sentence: str, room: int) -> str:
    """Return the beginning of `sentence` up to the end of a word, in `room` bytes."""
    cut = sentence.encode()[: room - 3].decode("utf-8", "ignore")
    return (cut.rpartition(" ")[0] or cut) + "…"
