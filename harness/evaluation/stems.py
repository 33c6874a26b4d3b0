"""V1: what of an answer stands in what is given, told by rules and not by a judge.

Answer-stem recall is the share of an answer's stems that stand somewhere in the context: an
upper bound of what a reader could answer from it, and the one measure that memories rewritten
by a model can be held to, for they have no places. Names and numbers are counted apart, since
they are what is lost first. A slot is a fact that was changed: its newest value must be there
and be the one told last, and the older ones are to be found still.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from harness.evaluation.measures import ONE
from harness.evaluation.talks import Slot
from memory.cc.worth import STOP
from memory.index.words import words

_DIGITS: Final = re.compile(r"\d+(?:,\d{3})+(?!\d)|\d+")
_LETTERS: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_BEGINS: Final = re.compile(r"(?:^|[.!?:;\n\"“(])\s*$")

_ONES: Final = {
    word: number
    for number, word in enumerate((
        "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
        "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen",
        "eighteen", "nineteen",
    ))
}  # fmt: skip
_TENS: Final = {
    word: 10 * number
    for number, word in enumerate((
        "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
    ), 2)
}  # fmt: skip
_SCALES: Final = {"hundred": 100, "thousand": 1000, "million": 1_000_000}
_OTHERS: Final = {"once": "1", "twice": "2", "dozen": "12"}


@dataclass(frozen=True, slots=True)
class Facts:
    """What a text says, as far as rules tell."""

    stems: frozenset[str]
    """Of the words that tell something."""
    entities: frozenset[str]
    """Names, in lower case."""
    numbers: frozenset[str]
    """As digits."""


@dataclass(frozen=True, slots=True)
class Held:
    """Shares of an answer's facts that stand in what is given, in millionths; -1: it has none."""

    stems: int
    entities: int
    numbers: int


@dataclass(frozen=True, slots=True)
class Standing:
    """How a slot stands in what is given."""

    newest: bool
    """Whether the value that holds is there."""
    older: int
    """Share of the values before it that are there too, in millionths; -1 without any."""
    last: bool
    """Whether of all its values the one that holds is told last."""

    @property
    def contradicts(self) -> bool:
        """Whether whoever reads it must take a value for true that no longer is."""
        return self.older > 0 and not self.last


def facts(text: str, names: Iterable[str] = ()) -> Facts:
    """Return what `text` says.

    Args:
        text: Any.
        names: What is a name wherever it stands, whole words.
    """
    return Facts(stems(text), entities(text, names), numbers(text))


@lru_cache(maxsize=1 << 15)
def stems(text: str) -> frozenset[str]:
    """Return the stems of the words of `text` that tell something."""
    return frozenset(stem for _, stem in words(text))


def entities(text: str, names: Iterable[str] = ()) -> frozenset[str]:
    """Return the names in `text`, in lower case.

    A word with a capital is one unless it begins a sentence, and `names` are anywhere. What
    begins a sentence is left out rather than guessed.
    """
    known = {name.casefold() for name in names}
    found: set[str] = set()
    for one in _LETTERS.finditer(text):
        word = one[0].removesuffix("'s").removesuffix("’s")
        plain = word.casefold()
        inside = word[0].isupper() and not _BEGINS.search(text[: one.start()][-8:])
        if plain in known or (inside and len(word) > 1 and plain not in STOP):
            found.add(plain)
    return frozenset(found)


def numbers(text: str) -> frozenset[str]:
    """Return the numbers in `text` as digits, whether written so or in English words.

    `1,200`, `1200` and `twelve hundred` are one number; of `10:30` and `3.5` each part is one.
    `one` alone is not: it is mostly a pronoun.
    """
    found = {one[0].replace(",", "").lstrip("0") or "0" for one in _DIGITS.finditer(text)}
    run: list[str] = []
    for part in [*re.findall(r"[^\W_]+|[^\w\s]", text.casefold()), "."]:
        if part in _ONES or part in _TENS or (run and part in _SCALES):
            run.append(part)
        elif part in _OTHERS:
            found.add(_OTHERS[part])
        elif not run or not (part == "-" or (part == "and" and run[-1] in _SCALES)):
            if run and run != ["one"]:
                found.update(map(str, _values(run)))
            run = []
    return frozenset(found)


def held(answer: Facts, given: Facts) -> Held:
    """Return what of `answer` stands in what is given."""
    return Held(
        share(answer.stems, given.stems),
        share(answer.entities, given.entities),
        share(answer.numbers, given.numbers),
    )


def share(wanted: frozenset[str], there: frozenset[str]) -> int:
    """Return the share of `wanted` that is `there`, in millionths; -1 if nothing is wanted."""
    return ONE * len(wanted & there) // len(wanted) if wanted else -1


def told(given: str, names: Iterable[str] = ()) -> Facts:
    """Return what a context of many lines says; lines that were read before cost nothing."""
    names = tuple(names)
    lines = given.split("\n")
    return Facts(
        frozenset[str]().union(*map(stems, lines)),
        frozenset[str]().union(*(entities(line, names) for line in lines)),
        frozenset[str]().union(*map(numbers, lines)),
    )


def standing(slot: Slot, given: str) -> Standing:
    """Return how `slot` stands in a context of lines, the oldest first.

    A value is there where one line has all its stems. Values of which one is in another are
    told apart by the longer one, if a line has both.
    """
    lines = [stems(line) for line in given.split("\n")]
    wanted = [stems(f"{slot.mark} {value}") for value in slot.values]
    at = [-1] * len(wanted)
    for number, line in enumerate(lines):
        inside = [some for some in wanted if some and some <= line]
        for which, some in enumerate(wanted):
            if some in inside and not any(some < other for other in inside):
                at[which] = number
    *before, newest = at
    older = sum(place >= 0 for place in before)
    return Standing(
        newest >= 0,
        ONE * older // len(before) if before else -1,
        newest >= 0 and newest >= max(before, default=-1),
    )


def first(slot: Slot, ranked: Sequence[int]) -> bool:
    """Whether a ranking has the line of the newest value, and before those of the older ones."""
    return next((place == slot.places[-1] for place in ranked if place in slot.places), False)


def found(slot: Slot, ranked: Sequence[int]) -> int:
    """Return the share of the older values whose lines a ranking has; -1 without any."""
    older = frozenset(slot.places[:-1])
    return ONE * len(older & frozenset(ranked)) // len(older) if older else -1


def _values(run: Sequence[str]) -> list[int]:
    """Return the numbers that a run of number words says: `twenty three hundred` is 2,300."""
    values: list[int] = []
    whole, part, before = 0, 0, ""
    for word in run:
        if word in _SCALES:
            scale = _SCALES[word]
            if scale == 100:
                part = max(part, 1) * scale
            else:
                whole, part = whole + max(part, 1) * scale, 0
        elif before and before not in _SCALES and not (before in _TENS and word in _ONES):
            values.append(whole + part)  # `nineteen eighty`, `one two`: another begins
            whole, part = 0, (_ONES | _TENS)[word]
        else:
            part += (_ONES | _TENS)[word]
        before = word
    return [*values, whole + part]
