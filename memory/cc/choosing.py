"""Which units are kept: those worth most together, within a budget.

A unit's worth by itself is given; what others say too makes it less. The lightest go, one by
one, until the rest fits.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from memory.cc.code import line
from memory.cc.units import Unit
from memory.cc.worth import Reading, attribute, read

_NEWS: Final = tuple(1000 * 7**n // 10**n for n in range(9))
"""What a word still adds, in thousandths, when so many kept units have it already."""

_FIELD: Final = 4
"""How many budgets of units are weighed against each other; the rest of a huge turn is out
by its value alone, so that a turn's cost is about linear in its length."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """A unit and what it is worth by itself."""

    unit: Unit
    reading: Reading
    value: int
    """Per byte; what the other units say is not in it."""
    size: int
    """Bytes of its line."""


def weighed(
    units: Iterable[Unit],
    worth: Callable[[int, Reading], int],
    *,
    size: Callable[[int], int] | None = None,
) -> list[Weighed]:
    """Weigh each unit alone; those that say nothing, or nothing more, are left out.

    Args:
        units: In the order they were said.
        worth: What a unit is worth altogether, by its place in `units` and what it reads
            like; it is divided by the bytes that the unit takes.
        size: How many bytes the unit at that place takes; its line's, if not given.
    """
    found: dict[str, Weighed] = {}
    for at, unit in enumerate(units):
        reading = read(unit.text)
        if not reading.words:
            continue
        known_as = attribute(unit.text)
        key = f"{unit.author}\0{known_as}" if known_as else unit.text
        if key in found and not known_as:
            continue  # said before, word for word
        bytes_ = size(at) if size else len(line(unit))
        found.pop(key, None)  # so that what is newer stands where it was said
        found[key] = Weighed(unit, reading, worth(at, reading) // bytes_, bytes_)
    return list(found.values())


def best(weighed: list[Weighed], budget: int) -> list[Weighed]:
    """Return those that are worth most together in `budget` bytes, in their order."""
    left = list(weighed)
    total = sum(one.size for one in left)
    if total > _FIELD * budget:
        left = _front(left, _FIELD * budget)
        total = sum(one.size for one in left)
    having = Counter(word for one in left for word in set(one.reading.words))
    while total > budget:
        lightest = min(left, key=lambda one: _weight(one, having))
        left.remove(lightest)
        having.subtract(set(lightest.reading.words))
        total -= lightest.size
    return left


def _front(units: list[Weighed], budget: int) -> list[Weighed]:
    """Return the most valuable of `units` that fit, in their order."""
    order = sorted(range(len(units)), key=lambda i: (-units[i].value, i))
    chosen: list[int] = []
    for i in order:
        budget -= units[i].size
        if budget < 0:
            break
        chosen.append(i)
    return [units[i] for i in sorted(chosen)]


def _weight(one: Weighed, having: Counter[str]) -> int:
    """Value of a unit among the others: less for words that they have too."""
    words = one.reading.words
    news = sum(_NEWS[min(having[word] - 1, 8)] for word in words) // len(words)
    return one.value * (250 + 750 * news // 1000)
