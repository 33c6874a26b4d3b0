"""What the start says of scenarios, models and rooms: their rows, and more of the one chosen."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.content import Content

from transcripts.notices import branched
from tui.printing import line, safe
from tui.screens import shelf
from tui.screens.fetch import Offer, Reach
from tui.widgets.choices import Choice

if TYPE_CHECKING:
    from harness.finding import Found
    from harness.summary import Summary

LONG = 400
"""Characters of a line that was found, as shown below the list."""

OWN = "+models"
"""Key of the row that makes a room of models chosen by hand."""


def offer_row(offer: Offer) -> Choice:
    """Return the row of a scenario, or of its file if that cannot be read."""
    if offer.scenario is None:
        return Choice(
            key=offer.key,
            title=offer.path.stem,
            aside=(("cannot be read", "warning"),),
            detail=((offer.problem, "warning"),),
        )
    missing = offer.missing[0] if offer.missing else ""
    if len(offer.missing) > 1:
        missing = f"{missing}, +{len(offer.missing) - 1}"
    return shelf.scenario_row(offer.scenario, offer.key, missing)


def own_row(reached: Reach | None) -> Choice | None:
    """Return the row that makes a room of models chosen by hand; `None` before we looked."""
    if reached is None:
        return None
    if not reached.models:
        return Choice(
            key=OWN,
            title="Your own models",
            aside="no key, no server",
            detail="set a key such as ANTHROPIC_API_KEY, or start Ollama",
        )
    names = [model.name for model in reached.models]
    makers = list(dict.fromkeys(model.provider for model in reached.models))
    few = " and ".join(names) if len(names) < 3 else f"models of {', '.join(makers[:3])}"
    return Choice(
        key=OWN,
        title=f"New room with {few}",
        aside=((shelf.count(len(names), "model"), "good"),),
        detail="choose one to four of those that can be reached",
    )


def about_offer(offer: Offer, *, wide: bool) -> Content:
    """Return more of a scenario: what it is, who is in it, what is missing.

    Args:
        offer: The scenario.
        wide: A line for each of the cast.
    """
    told = offer.scenario
    if told is None:
        return Content(safe(offer.problem))
    parts: list[str | tuple[str, str]] = [(line(told.description), "")]
    parts += [(f"\n{line(missing)}", "bold") for missing in offer.missing]
    if wide:
        for number, role in enumerate(told.cast, start=1):
            model = "scripted" if role.script else line(role.model)
            parts.append((f"\nAI-{number} {line(role.name)}{shelf.GAP}{model}", "dim"))
    else:
        parts.append((f"\n{', '.join(line(role.name) for role in told.cast)}", "dim"))
    return Content.assemble(*parts)


def about_hit(found: "Found") -> Content:
    """Return more of a line that was found: who said it, when, and more of it."""
    facts = [line(found.label), shelf.day(found.at), f"line {found.place}"]
    return Content.assemble(
        (shelf.GAP.join(facts), "dim"), (f"\n{line(found.text[:LONG])}", "")
    )


def about_room(summary: "Summary", *, wide: bool, origin: str = "") -> Content:
    """Return more of a room: when, how much, who, what was said last.

    Args:
        summary: The room.
        wide: Its id too.
        origin: Title of the room it was forked from.
    """
    if summary.problem:
        return Content(safe(shelf.from_home(summary.problem)))
    facts = [
        shelf.day(summary.changed),
        shelf.count(summary.lines, "message"),
        shelf.bytes_of(summary.bytes),
    ]
    if wide:
        facts.append(summary.id)
    parts: list[str | tuple[str, str]] = []
    if summary.origin is not None:
        done = branched(summary.origin)
        if wide:
            parts.append((f"{done} of {line(origin) or summary.origin.room}\n", ""))
        else:  # there are three lines in all
            facts[0] = done
    parts.append((shelf.GAP.join(facts), "dim"))
    if summary.participants:
        parts.append(("\n" + ", ".join(line(label) for label in summary.participants), ""))
    if summary.last:
        parts.append((f"\n{line(summary.last)}", "italic"))
    return Content.assemble(*parts)


def found_here(reached: Reach | None) -> str:
    """Return in a few words which keys and servers were found."""
    if reached is None:
        return "looking for models"
    if reached.problem:
        return reached.problem
    if not reached.models:
        return "no keys, no local servers"
    parts = [_some("key", [name.removesuffix("_API_KEY").lower() for name in reached.keys])]
    parts.append(_some("server", [base.partition("://")[2] for base in reached.servers]))
    return shelf.GAP.join(part for part in parts if part)


def _some(what: str, names: Sequence[str]) -> str:
    if not names:
        return ""
    more = f" +{len(names) - 3}" if len(names) > 3 else ""
    return f"{what}{'s' if len(names) > 1 else ''}: {', '.join(names[:3])}{more}"
