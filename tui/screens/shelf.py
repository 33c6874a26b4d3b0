"""Rooms, lines found in them and scenarios, as rows to choose from."""

import re
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from memory.bank.address import Address, Where
from transcripts.notices import branched
from tui.printing import line
from tui.widgets.choices import Choice
from tui.widgets.words import Role, Words, cut, flat

if TYPE_CHECKING:
    from agents.scenarios.scenario import Scenario
    from harness.finding import Found
    from harness.summary import Summary

BEFORE = 28
"""Characters of a line that stand before the first word found, at most."""

GAP = "   "
"""Between facts of one row."""

NAMES = 34
"""Cells that the names of a room's participants may take in a row."""

_WORD = re.compile(r"\w+")


def ago(then: datetime, now: datetime) -> str:
    """Return how long ago `then` was, as people say it; both with a zone.

    Dates are those of the person's own time zone.
    """
    seconds = (now - then).total_seconds()
    if seconds < 60:
        return "just now"
    if seconds < 3600:
        return f"{int(seconds // 60)} min ago"
    here, there = now.astimezone(), then.astimezone()
    days = (here.date() - there.date()).days
    if days == 0 or seconds < 6 * 3600:
        return f"{int(seconds // 3600)} h ago"
    if days == 1:
        return "yesterday"
    if days < 7:
        return f"{days} days ago"
    if days < 300:
        return f"{there.day} {there:%b}"
    return f"{there.day} {there:%b %Y}"


def bytes_of(number: int) -> str:
    """Return a size for people: `812 B`, `4.2 kB`, `31 MB`."""
    size, unit = float(number), "B"
    for larger in ("kB", "MB", "GB"):
        if size < 1000:
            break
        size, unit = size / 1000, larger
    return f"{size:.0f} {unit}" if unit == "B" or size >= 10 else f"{size:.1f} {unit}"


def count(number: int, one: str, many: str = "") -> str:
    """Return `1 message`, `2,041 messages`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def home(path: Where) -> str:
    """Return a path as people write it, `~` for their home; an address as it is."""
    if isinstance(path, Address):
        return str(path)
    try:
        return str(Path("~") / path.relative_to(Path.home()))
    except (ValueError, RuntimeError):
        return str(path)


def from_home(text: str) -> str:
    """Return a text with the paths in it as people write them."""
    try:
        return text.replace(f"{Path.home()}/", "~/")
    except RuntimeError:
        return text


def name_of(label: str) -> str:
    """Return the name in `AI-1 (Gemini 3 Flash)`, or the label where there is none."""
    _, opening, rest = label.partition(" (")
    return rest.removesuffix(")") if opening and rest else label


def people(labels: tuple[str, ...], cells: int = NAMES) -> str:
    """Return names of participants in at most about that many cells, and how many more."""
    names = [line(name_of(label)) for label in labels]
    shown: list[str] = []
    for number, name in enumerate(names):
        rest = len(names) - number - 1
        if shown and len(", ".join([*shown, name])) > cells - (4 if rest else 0):
            return f"{', '.join(shown)} +{rest + 1}"
        shown.append(cut(name, cells))
    return ", ".join(shown)


def room_row(summary: "Summary", now: datetime) -> Choice:
    """Return the row of a room."""
    if summary.problem:
        return Choice(
            key=summary.id,
            title=summary.title,
            aside=(("cannot be read", "warning"),),
            detail=((summary.problem.replace(f"{summary.path}/", ""), "warning"),),
        )
    parts = [part for part in (people(summary.participants),) if part]
    if summary.archived:
        parts.append("archived")
    parts.append(count(summary.lines, "message") if summary.lines else "nothing said yet")
    if summary.origin is not None:  # forks have their origin's title: this tells them apart
        parts.insert(0, branched(summary.origin))
    detail: list[tuple[str, Role]] = [(GAP.join(parts), "dim")]
    if summary.last:
        detail.append((f"{GAP}{summary.last}", "quiet"))
    return Choice(
        key=summary.id,
        title=summary.title,
        aside=ago(summary.changed, now),
        detail=tuple(detail),
    )


def scenario_row(scenario: "Scenario", key: str, missing: str) -> Choice:
    """Return the row of a scenario.

    Args:
        scenario: The scenario.
        key: What to open it by.
        missing: What it lacks, in a few words; ``""`` if nothing is known to be missing.
    """
    aside: Words = (
        ((missing, "warning"),) if missing else ("no key needed" if scenario.keyless else "")
    )
    names = [
        role.name
        if role.script or flat(role.name) == flat(role.model)
        else f"{role.name} ({role.model})"
        for role in scenario.cast
    ]
    return Choice(key=key, title=scenario.title, aside=aside, detail=", ".join(names))


def marked(text: str, wanted: str) -> list[tuple[str, Role]]:
    """Return `text` in pieces, those that begin like a word of `wanted` as a match."""
    words = sorted({word.casefold() for word in _WORD.findall(wanted)}, key=len, reverse=True)
    shown = flat(text)
    if not words:
        return [(shown, "dim")]
    pattern = re.compile("|".join(re.escape(word) for word in words), re.IGNORECASE)
    pieces: list[tuple[str, Role]] = []
    end = 0
    for hit in pattern.finditer(shown):
        if hit.start() > end:
            pieces.append((shown[end : hit.start()], "dim"))
        pieces.append((hit[0], "match"))
        end = hit.end()
    if end < len(shown):
        pieces.append((shown[end:], "dim"))
    return pieces


def nearer(pieces: list[tuple[str, Role]], more: str) -> list[tuple[str, Role]]:
    """Return marked text that begins near its first match, so that narrow rows show it."""
    if len(pieces) < 2 or pieces[0][1] == "match" or len(pieces[0][0]) <= BEFORE:
        return pieces
    before = pieces[0][0]
    space = before.find(" ", len(before) - BEFORE)
    kept = before[space + 1 :] if space >= 0 else before[-BEFORE:]
    return [(f"{more} {kept}", "dim"), *pieces[1:]]


def hit_row(found: "Found", wanted: str, now: datetime, *, ascii: bool = False) -> Choice:  # noqa: A002 - names what it does
    """Return the row of a line that was found, its words marked."""
    more = "..." if ascii else "…"
    text = found.snippet
    if ascii:  # what was left out of a snippet is marked by us
        text = re.sub("^…|…$", more, text)
    pieces: list[tuple[str, Role]] = [(f"{name_of(found.label)}{GAP}", "")]
    return Choice(
        key=hit_key(found.room, found.place),
        title=found.title,
        aside=ago(found.at, now),
        detail=(*pieces, *nearer(marked(text, wanted), more)),
    )


def hit_key(room: str, place: int) -> str:
    """Return the key of a row that stands for a line."""
    return f"{room}@{place}"


def of_hit(key: str) -> tuple[str, int]:
    """Return the room and the place that a row's key stands for."""
    room, _, place = key.rpartition("@")
    return room, int(place)


def day(then: datetime) -> str:
    """Return a date and a time in the person's zone: `12 Mar 2026, 14:05`."""
    there = then.astimezone()
    return f"{there.day} {there:%b %Y, %H:%M}"
