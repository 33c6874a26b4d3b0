"""What of two texts cannot both be so, told by rules: numbers, names, words of a slot, a `not`.

Clauses of the two are laid side by side where they are about the same: their stems, without
what could be a value, are mostly in common. There they exclude each other if each has a number,
or a name, that the other has not; if both say `SUBJECT is ...` of one subject with no word in
common; or if one denies what the other says. Rules see words alone: a paraphrase is missed, and
two true values of one thing (`at 22:40` and `at 23:30`) are taken for a contradiction. Of facts
of `streams` told anew in other words seven of ten are seen, and none between two facts. So it
is told beside how often a text contradicts its own repetition, and with what the room's own
lines say: whose value stands there in a line about the same.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from harness.evaluation.stems import entities, numbers, stems

ABOUT: Final = 50
"""Percent of the stems of two clauses, values aside, that are in common where both are about
the same."""

ADDRESSED: Final = 2
"""Stems in common that names take: `Hey Mel` and `Hey Jon` say nothing of either."""

DENIES: Final = 80
"""As `ABOUT`, where only a `not` sets them apart."""

_CLAUSE: Final = re.compile(r"[.!?;:\n]+(?=\s|$)|\n|,\s+(?:and|but)\s|\s[-–—]+\s")
_IS: Final = re.compile(r"\b(?:is|are|was|were)\b(?:\s+(?:now|still)\b)?", re.IGNORECASE)
_NOT: Final = re.compile(
    r"\b(?:not|never|no|nobody|nothing|none|cannot)\b|n['’]t\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two clauses that exclude each other."""

    kind: str
    """`number`, `name`, `slot` or `not`."""
    one: str
    """The value, or the clause, of the text that is held against the other."""
    other: str
    side: str
    """What the room's own lines say: `full` (as the other text), `cc` (as the one), or
    `neither`: both, or none of them."""
    clauses: tuple[str, str]


@dataclass(frozen=True, slots=True)
class _Clause:
    text: str
    numbers: frozenset[str]
    names: frozenset[str]
    frame: frozenset[str]
    """Stems without those of numbers and names."""
    subject: frozenset[str]
    """Stems before an `is`; empty without one."""
    value: frozenset[str]
    """Stems behind it."""
    denied: bool


def conflicts(one: str, other: str, said: Sequence[str] = ()) -> list[Conflict]:
    """Return where two texts exclude each other, one for each clause of `other` at most.

    Args:
        one: What was said given `cc`.
        other: What was said given everything.
        said: Lines of the room, to tell whose value stands there. A word of a slot, which
            could as well be another way to say the same, counts only if they have one of both.
    """
    ours = list(_clauses(one))
    lines = [(stems(line), numbers(line)) for line in said]
    found: list[Conflict] = []
    for theirs in _clauses(other):
        for mine in ours:
            conflict = _between(mine, theirs, lines)
            if conflict is not None:
                found.append(conflict)
                break
    return found


_Lines = Sequence[tuple[frozenset[str], frozenset[str]]]


def _between(mine: _Clause, theirs: _Clause, lines: _Lines) -> Conflict | None:
    texts = mine.text, theirs.text
    shared = mine.frame & theirs.frame
    if _near(mine.frame, theirs.frame):
        for kind, a, b in (
            ("number", mine.numbers, theirs.numbers),
            ("name", mine.names, theirs.names),
        ):
            if kind == "name" and len(shared) < ADDRESSED:
                continue
            if a and len(a) == len(b) and not a & b:
                return _made(kind, a, b, shared, clauses=texts, lines=lines)
        apart = mine.numbers != theirs.numbers or mine.names != theirs.names
        near = _near(mine.frame, theirs.frame, DENIES)
        if mine.denied != theirs.denied and near and not apart:
            return Conflict("not", *texts, "neither", texts)
    if (
        mine.value
        and _near(mine.subject, theirs.subject)
        and theirs.value
        and not (mine.value & theirs.value)
        and mine.denied == theirs.denied
    ):
        values = mine.value, theirs.value
        about = mine.subject & theirs.subject
        made = _made("slot", *values, about, clauses=texts, lines=lines)
        return made if made.side != "neither" else None
    return None


def _near(one: frozenset[str], other: frozenset[str], percent: int = ABOUT) -> bool:
    shared = len(one & other)
    return shared > 0 and 100 * shared >= percent * len(one | other)


def _made(
    kind: str,
    one: frozenset[str],
    other: frozenset[str],
    about: frozenset[str],
    *,
    clauses: tuple[str, str],
    lines: _Lines,
) -> Conflict:
    def stands(value: frozenset[str]) -> bool:
        return any(
            value <= (figures if kind == "number" else words)
            and 100 * len(about & words) >= ABOUT * len(about)
            for words, figures in lines
        )

    if kind == "name":
        here = stands(_stemmed(one)), stands(_stemmed(other))
    else:
        here = stands(one), stands(other)
    side = {(True, False): "cc", (False, True): "full"}.get(here, "neither")
    return Conflict(kind, " ".join(sorted(one)), " ".join(sorted(other)), side, clauses)


def _clauses(text: str) -> Iterator[_Clause]:
    for part in _CLAUSE.split(text):
        clause = " ".join(part.split())
        if not clause:
            continue
        figures, names = numbers(clause), entities(clause)
        named = _stemmed(names)
        frame = frozenset(
            stem for stem in stems(clause) if stem not in named and not numbers(stem)
        )
        subject = value = frozenset[str]()
        if (found := _IS.search(clause)) is not None:
            subject, value = stems(clause[: found.start()]), stems(clause[found.end() :])
        denied = _NOT.search(clause) is not None
        yield _Clause(clause, figures, names, frame, subject, value, denied)


def _stemmed(names: frozenset[str]) -> frozenset[str]:
    return frozenset[str]().union(*(stems(name) for name in names))
