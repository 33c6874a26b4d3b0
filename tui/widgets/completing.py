"""What could stand at the cursor: commands, their arguments, or who is mentioned. Pure.

What is offered can be sent, or leads further: nothing that the parser would refuse.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import assert_never

from transcripts.commands.signs import VERBS
from tui.slash.choices import Choice, Choices
from tui.slash.meant import Wrong
from tui.slash.parts import (
    FITS,
    TO_A_QUOTE,
    TO_THE_END,
    WORDS_TO_THE_END,
    Part,
    name_end,
    parts_of,
    written,
)
from tui.slash.specs import FORMATS, ORDERS, REMEDIES, RULES, SPECS, Argument, Spec, spec_of
from tui.slash.values import canonical


@dataclass(frozen=True, slots=True)
class Candidate:
    """One way to go on."""

    text: str
    """What to put in."""
    label: str
    """What to show of it."""
    about: str = ""


@dataclass(frozen=True, slots=True)
class Completions:
    """What could stand at the cursor."""

    start: int = 0
    """Replace from here …"""
    end: int = 0
    """… to here, exclusive."""
    candidates: tuple[Candidate, ...] = ()
    """Best first."""
    spec: Spec | None = None
    """The command being written, as far as it is known."""
    active: int = -1
    """Which of its arguments is being written; -1 for none."""


LONGEST = 200
"""Characters of a name, at most: a longer one is nobody's."""

MOST = 60
"""Candidates given at once: nobody reads more."""

_MENTION = re.compile(r"(?:^|(?<=\s))@([^\s@]{0,40})\Z")
_WORD = re.compile(r"\S*+")


def complete(text: str, cursor: int, choices: Choices) -> Completions:
    """Return what could stand at `cursor`: commands, their arguments, or who is mentioned.

    Args:
        text: All that is typed.
        cursor: Offset in it.
        choices: Who and what there is to name.
    """
    cursor = max(0, min(cursor, len(text)))
    if not text.startswith("/") or text.startswith("//"):
        return _mentions(text, cursor, choices)
    after = name_end(text)
    if cursor <= after:
        return _names(text, cursor, after)
    spec = spec_of(text[1:after])
    if spec is None:
        return Completions()
    parts, end = parts_of(spec, text[:cursor], after)
    current = _current(parts, cursor if end == cursor else -1)
    if current >= len(spec.arguments):
        return Completions(cursor, cursor, (), spec)
    part = parts[current]
    argument = spec.arguments[current]
    start = cursor if part is None else part.start
    typed = "" if part is None else part.text
    names = {
        found.name: _values(found, choices, text, parts)
        for found in _reachable(spec, parts, current)
    }
    candidates = tuple(
        Candidate(_entered(spec, name, one.text), one.text, one.about)
        for name, found in names.items()
        for one in _near(typed, found)
    )[:MOST]
    if len(candidates) == 1 and candidates[0].label == typed:
        candidates = ()
    stop = _stop(argument, text, cursor)
    return Completions(start, stop, candidates, spec, current)


def _current(parts: Sequence[Part | None], end: int) -> int:
    """Return which argument is being written: the last part if it ends at `end`, or the next."""
    last = max((i for i, part in enumerate(parts) if part is not None), default=-1)
    part = parts[last] if last >= 0 else None
    if part is not None and part.end == end:
        return last
    return last + 1


def _reachable(spec: Spec, parts: Sequence[Part | None], current: int) -> list[Argument]:
    """Return the arguments that a word at `current` may yet turn out to be."""
    first = current
    while first and parts[first - 1] is None and spec.arguments[first - 1].kind in FITS:
        first -= 1
    last = current
    while spec.arguments[last].optional and spec.arguments[last].kind in FITS:
        last += 1
    return list(spec.arguments[first : last + 1])


def _stop(argument: Argument, text: str, cursor: int) -> int:
    """Return where the word at `cursor` ends."""
    if argument.kind in WORDS_TO_THE_END | TO_THE_END:
        return len(text)
    if argument.kind in TO_A_QUOTE:
        return cursor
    found = _WORD.match(text, cursor)
    return found.end() if found else cursor


def _entered(spec: Spec, name: str, value: str) -> str:
    argument = next(one for one in spec.arguments if one.name == name)
    shown = written(argument, value)
    return shown if argument is spec.arguments[-1] else f"{shown} "


def _names(text: str, cursor: int, after: int) -> Completions:
    typed = text[1:cursor].lower().replace("-", "_")
    ranked: list[tuple[int, int, Spec]] = []
    for at, spec in enumerate(SPECS):
        rank = _rank(typed, spec.name)
        by_alias = min((_rank(typed, alias) for alias in spec.aliases), default=None)
        best = min((one for one in (rank, by_alias) if one is not None), default=9)
        if best < 9:
            ranked.append((best if best == rank else best + 1, at, spec))
    ranked.sort(key=lambda one: one[:2])
    blank = text[after : after + 1].isspace()
    candidates = tuple(
        Candidate(
            f"/{spec.name} " if spec.arguments or blank else f"/{spec.name}",
            spec.usage,
            spec.about,
        )
        for _, _, spec in ranked
    )
    known = spec_of(text[1:after])
    if len(candidates) == 1 and known is not None and candidates[0].label == text[:after]:
        candidates = ()
    return Completions(0, after + blank, candidates, known)


def _rank(typed: str, name: str) -> int:
    """0 if it is the name, 2 if it begins it, 4 if it is in it, 9 if it is not."""
    if typed == name:
        return 0
    if name.startswith(typed):
        return 2
    return 4 if typed in name else 9


def _mentions(text: str, cursor: int, choices: Choices) -> Completions:
    found = _MENTION.search(text, max(0, cursor - 64), cursor)
    if found is None:
        return Completions()
    stop = _stop(Argument("WHO", "participant", optional=False), text, cursor)
    if text[found.start() : stop] in {f"@{one.text}" for one in choices.participants}:
        return Completions()
    candidates = tuple(
        Candidate(f"@{one.text} ", f"@{one.text}", one.about)
        for one in _near(found[1], choices.participants)
    )
    return Completions(found.start(), stop, candidates)


def _near(typed: str, found: Iterable[Choice]) -> list[Choice]:
    """Return what `typed` may mean, what begins with it first; all if nothing is typed."""
    wanted = typed.lstrip("@").casefold()
    if len(wanted) > LONGEST:
        return []
    word = re.compile(rf"\b{re.escape(wanted)}")
    ranked: list[tuple[int, int, Choice]] = []
    for at, one in enumerate(found):
        name, about = one.text.casefold(), one.about.casefold()
        if name.startswith(wanted):
            ranked.append((0, at, one))
        elif word.search(about):
            ranked.append((1, at, one))
        elif wanted in name or wanted in about:
            ranked.append((2, at, one))
    ranked.sort(key=lambda one: one[:2])
    return [one for _, _, one in ranked]


def _values(
    argument: Argument, choices: Choices, text: str, parts: Sequence[Part | None]
) -> list[Choice]:
    """Return what `argument` could be; nothing that `parse` would refuse."""
    kind = argument.kind
    found: Iterable[Choice]
    match kind:
        case "participant":
            found = choices.participants
        case "model":
            found = choices.models
        case "scenario":
            found = choices.scenarios
        case "theme":
            found = choices.themes
        case "room":
            found = choices.rooms
        case "poll":
            found = choices.polls
        case "choice":
            found = _ballot(choices, parts)
        case "approval":
            found = choices.approvals
        case "image":
            found = choices.images
        case "order":
            found = _choices(ORDERS)
        case "rule":
            found = _choices(RULES)
        case "format":
            found = _choices(FORMATS)
        case "verb":
            found = [Choice(verb) for verb in VERBS if verb != "video"]
        case "temperature":
            found = _choices({"0.2": "steady", "0.7": "lively", "1": "usual", "1.4": "wild"})
        case "budget":
            found = _choices(
                {"$1": "cost", "200 turns": "", "50000 tokens": "", "10 min": "", "none": ""}
            )
        case "share":
            found = _choices(
                {"80": "told early", "60": "told when much is missing", "off": "never told"}
            )
        case "remedy":
            found = _choices(REMEDIES)
        case "options":
            found = [Choice("[yes, no]"), Choice("[yes, no, later]")]
        case "line":
            found = [Choice("all", "every line that was added")]
        case "command":
            found = [Choice(spec.name, spec.about) for spec in SPECS]
        case "phrase" | "text" | "count" | "question" | "place" | "file":
            found = ()
        case _:
            assert_never(kind)
    return [
        one for one in found if one.text and not isinstance(canonical(kind, one.text), Wrong)
    ]


def _choices(names: dict[str, str]) -> list[Choice]:
    return [Choice(name, about) for name, about in names.items()]


def _ballot(choices: Choices, parts: Sequence[Part | None]) -> list[Choice]:
    ballots = dict(choices.ballots)
    if not ballots:
        return []
    poll = parts[0]
    named = poll.text.upper() if poll is not None else list(ballots)[-1]
    return [Choice(option, named) for option in ballots.get(named, ())]
