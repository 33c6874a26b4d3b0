"""Cloze probes: lines of a room told up to a word, to see whether that word comes back.

The word is a number, a name, a word said once, or what somebody said they would do; it stands
among words of the same kind, of like length, that the same room has elsewhere. So no data set
with questions is needed, and the age of what is asked for is known. A verifier is right if the
true word is cheaper than every other (V2); rules look whether it stands in what was given,
beside another word of its line (V1). Who knows nothing is right once in as many as there are.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

from harness.evaluation.measures import mean
from harness.evaluation.stems import stems
from harness.evaluation.talks import Line
from harness.evaluation.verifier import Stand
from memory.cc.worth import STOP

KINDS: Final = ("number", "name", "rare", "commitment")
OTHERS: Final = 4
"""Words that the true one is told from."""
FEWEST: Final = 3
"""Of these: with fewer in the room, nothing is asked."""
BEFORE: Final = 3
"""Words of its line that stand before what is asked for; before what somebody will do there may
be fewer, since it is longer itself."""
AGES: Final = 5
"""Parts of the past that are told apart: the newest first."""

_SEVERAL: Final = 3
"""Times a name is said at most: one that is everywhere says nothing of memory."""
_LONG: Final = 6
"""Letters of a rare word at least."""

_NUMBER: Final = re.compile(r"(?<![\w.,:])\d+(?:[.,:]\d+)*(?![\w]|[.,:]\d)")
_WORD: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_BEGINS: Final = re.compile(r"(?:^|[.!?:;\"“(])\s*$")
_WILL: Final = re.compile(
    r"\b(?:I|we)(?:['’]ll|\s+will|\s+shall|['’]m\s+going\s+to|\s+am\s+going\s+to"
    r"|['’]re\s+going\s+to|\s+are\s+going\s+to|\s+promise(?:d)?\s+to|\s+plan\s+to"
    r"|\s+agreed?\s+to|\s+have\s+to|\s+need\s+to|\s+must)\s+(?!not\b)",
    re.IGNORECASE,
)
_CLAUSE: Final = re.compile(r"[^\s.,;:!?()\"“”]+(?:\s+[^\s.,;:!?()\"“”]+){1,5}")


@dataclass(frozen=True, slots=True)
class Probe:
    """One word that is asked for."""

    place: int
    """Of its line."""
    author: str
    """Id of whose line it is."""
    kind: str
    """One of `KINDS`."""
    before: str
    """The line up to it, with the name of who said it."""
    value: str
    """The word, or words."""
    others: tuple[str, ...]
    """What else could stand there, from the same room: `FEWEST` to `OTHERS`."""

    @property
    def name(self) -> str:
        """What it is called in its room."""
        return f"{self.place} {self.kind}"

    @property
    def chance(self) -> float:
        """How often who knows nothing is right."""
        return 1 / (1 + len(self.others))

    def age(self, upto: int) -> int:
        """Return the part of the past it is in when the lines before `upto` are past: 0 newest."""
        return min(AGES * (upto - 1 - self.place) // max(upto, 1), AGES - 1)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a probe."""

    probe: Probe
    right: int
    """Whether the true word was cheapest: 1 or 0; -1 where nothing was weighed."""
    there: int
    """Whether it stands in what was given: 1 or 0."""


def made(lines: Sequence[Line], names: Iterable[str] = ()) -> list[Probe]:
    """Return every probe that some lines give, in order of place and kind.

    A line gives one of each kind at most, the first that it has.

    Args:
        lines: What is past, in order.
        names: What the participants are called: too common to be asked for.
    """
    texts = [" ".join(line.text.split()) for line in lines]
    counts = Counter(word.casefold() for text in texts for word in _WORD.findall(text))
    spoken = {word.casefold() for name in names for word in _WORD.findall(name)}
    found: dict[str, list[tuple[Line, str, str]]] = {kind: [] for kind in KINDS}
    for line, text in zip(lines, texts, strict=True):
        for kind, start, value in _firsts(text, counts, spoken):
            found[kind].append((line, text[:start], value))
    probes: list[Probe] = []
    for kind, places in found.items():
        pool = sorted({value for _, _, value in places})
        for line, before, value in places:
            others = _others(value, stems(line.text), pool)
            if len(others) >= FEWEST:
                lead = f"{line.name}: {before}"
                probes.append(Probe(line.place, line.author, kind, lead, value, others))
    probes.sort(key=lambda probe: (probe.place, KINDS.index(probe.kind)))
    return probes


def drawn(probes: Sequence[Probe], most: int, *, seed: int = 0) -> list[Probe]:
    """Return `most` of some probes by lot, in their order; more of them have fewer in them."""

    def lot(probe: Probe) -> bytes:
        return blake2b(f"{seed}\0{probe.name}\0{probe.before}".encode()).digest()

    chosen = frozenset(sorted(probes, key=lot)[:most])
    return [probe for probe in probes if probe in chosen]


def cheapest(stand: Stand, probe: Probe) -> bool:
    """Whether the true word tells fewer bits than every other, the space behind it too."""
    before = probe.before.encode()
    own = stand.bits(before, f"{probe.value} ".encode())
    return all(own < stand.bits(before, f"{other} ".encode()) for other in probe.others)


def present(probe: Probe, given: str) -> bool:
    """Whether a line of what is given has the true word and another word of its line."""
    value = stems(probe.value)
    beside = stems(probe.before.partition(": ")[2]) - value
    lines = (stems(line) for line in given.split("\n"))
    if not value:  # a number or a word that the index leaves out
        return any(probe.value in line for line in given.split("\n"))
    return any(value <= line and (not beside or beside & line) for line in lines)


def tried(probe: Probe, given: str, stand: Stand | None = None) -> Outcome:
    """Return what comes of a probe.

    Args:
        probe: What is asked for.
        given: The context, in lines.
        stand: Where a verifier stands that has read it; `None` to weigh nothing.
    """
    right = -1 if stand is None else int(cheapest(stand, probe))
    return Outcome(probe, right, int(present(probe, given)))


def by_age(outcomes: Sequence[Outcome], upto: int) -> list[dict[str, float]]:
    """Return for each part of the past how many probes were right and there, in percent.

    Args:
        outcomes: Of one way of giving the past.
        upto: Lines that were past.

    Returns:
        A row for each of `AGES` parts, the newest first: `probes`, `there`, `chance`, and
        `right` where it was weighed.
    """
    rows: list[dict[str, float]] = []
    for age in range(AGES):
        some = [one for one in outcomes if one.probe.age(upto) == age]
        row: dict[str, float] = {
            "probes": len(some),
            "there": _percent([one.there for one in some]),
            "chance": mean(round(one.probe.chance * 1_000_000) for one in some),
        }
        if weighed := [one.right for one in some if one.right >= 0]:
            row["right"] = _percent(weighed)
        rows.append(row)
    return rows


def _percent(values: Sequence[int]) -> float:
    return mean(1_000_000 * value for value in values)


def _firsts(
    text: str, counts: Counter[str], spoken: set[str]
) -> Iterator[tuple[str, int, str]]:
    """Yield the first of each kind in a line: kind, where, and the word."""
    for one in _NUMBER.finditer(text):
        if _far(text, one.start()):
            yield "number", one.start(), one[0]
            break
    missing = {"name", "rare"}
    for one in _WORD.finditer(text):
        kind = _kind(text, one, counts, spoken)
        if kind in missing and _far(text, one.start()):
            missing.remove(kind)
            yield kind, one.start(), one[0]
    for one in _WILL.finditer(text):
        clause = _CLAUSE.match(text, one.end())
        if clause is not None and len(stems(clause[0])) >= 2:
            yield "commitment", one.end(), clause[0]
            break


def _far(text: str, at: int) -> bool:
    return len(text[:at].split()) >= BEFORE


def _kind(text: str, one: re.Match[str], counts: Counter[str], spoken: set[str]) -> str:
    word, plain = one[0], one[0].casefold()
    if plain in spoken or plain in STOP or len(word) < 2:
        return ""
    if word[0].isupper():
        begins = _BEGINS.search(text[: one.start()][-8:])
        shouts = word.isupper() and len(word) > 3
        return "" if begins or shouts or counts[plain] > _SEVERAL else "name"
    return "rare" if len(word) >= _LONG and word.islower() and counts[plain] == 1 else ""


def _others(value: str, line: frozenset[str], pool: Sequence[str]) -> tuple[str, ...]:
    """Return the words of `pool` most like `value` in length, a lot deciding between equals.

    None that shares a stem with it or stands in its line: that could be true as well.
    """
    own = stems(value)

    def order(other: str) -> tuple[int, bytes]:
        near = abs(len(other.encode()) - len(value.encode()))
        return near, blake2b(f"{value}\0{other}".encode()).digest()

    apart: list[str] = []
    for other in sorted(pool, key=order):
        theirs = stems(other)
        if other.casefold() == value.casefold() or own & theirs or (theirs and theirs <= line):
            continue
        apart.append(other)
        if len(apart) == OTHERS:
            break
    return tuple(apart)
