"""What the start shows, fetched: scenarios, models that can be reached, lines of all rooms.

Everything here blocks and belongs in a thread; what is heavy is imported there. Only `first`
is quick enough for the first frame.
"""

import asyncio
import re
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agents.scenarios import scenario as scenarios
from agents.scenarios.scenario import Scenario
from tui.desk import OURS, Desk
from tui.printing import line
from tui.screens.making import engine
from tui.screens.shelf import room_row
from tui.widgets.choices import Choice

if TYPE_CHECKING:
    from agents.catalogue.models import Model
    from harness.finding import Found
    from harness.summary import Summary

BATCH = 16
"""Rooms read before the first of them are shown; then twice as many, and so on."""

TROUBLES = (*OURS, OSError)
"""What can go wrong outside of us: said in a line, never a crash."""

_NAME = re.compile(r"\{(\w+)\}")


def trouble(error: Exception) -> str:
    """Return an error as one line for the person."""
    if isinstance(error, OSError) and error.strerror:
        where = f"{error.filename}: " if error.filename else ""
        return line(f"{where}{error.strerror}")
    return line(str(error))


@dataclass(frozen=True, slots=True)
class Offer:
    """A scenario that can be begun, or the file of one that cannot be read."""

    key: str
    """What `wishes.NewRoom` takes: empty for the default."""
    scenario: Scenario | None
    path: Path
    missing: tuple[str, ...] = ()
    """What each of the cast lacks: `AI-2 needs OPENAI_API_KEY`."""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Reach:
    """Which models can be asked from here."""

    models: "tuple[Model, ...]" = ()
    """Those that can be reached, best first."""
    keys: tuple[str, ...] = ()
    """Names of the environment variables that hold a key."""
    servers: tuple[str, ...] = ()
    """Addresses of servers on this machine."""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """A room at rest, and its row."""

    summary: "Summary"
    row: Choice


def at_rest(desk: Desk) -> Iterator[tuple[dict[str, Known], bool]]:
    """Yield all rooms read so far, the newest first, and whether these are all there are.

    Raises:
        HarnessError: The folder of rooms cannot be read.
    """
    now = desk.clock.now()
    found: dict[str, Known] = {}
    shown = BATCH
    for summary in desk.rooms.listing():
        found[summary.id] = Known(summary, room_row(summary, now))
        if len(found) == shown:
            yield dict(found), False
            shown *= 2
    yield found, True


def hits(desk: Desk, wanted: str, limit: int, stopped: Callable[[], bool]) -> "list[Found]":
    """Return lines of all rooms that have the words of `wanted`, best first.

    Raises:
        HarnessError: The rooms cannot be read.
        RecallError: The bank cannot be used.
    """
    from harness.finding import find  # noqa: PLC0415 - not before it is needed

    if not wanted or not desk.rooms.ids():
        return []  # no bank is made for nothing
    return find(desk.paths.bank, desk.rooms, wanted, limit, stopped=stopped)


def first() -> Choice:
    """Return the row of the embedded default, from its file alone: a few milliseconds."""
    name = scenarios.default()
    body: dict[str, Any] = tomllib.loads(
        (scenarios.FOLDER / f"{name}.toml").read_text(encoding="utf-8")
    )
    values: dict[str, Any] = body.get("variables", {})
    title = _NAME.sub(lambda found: str(values.get(found[1], found[0])), str(body["title"]))
    cast = ", ".join(str(part["name"]) for part in body["cast"])
    return Choice(key="", title=title.strip(), aside="no key needed", detail=cast)


def offers(desk: Desk) -> list[Offer]:
    """Return all scenarios: the default first, the person's own, the other bundled ones."""
    _, config = engine()
    own = scenarios.user_scenarios(desk.paths.scenarios)
    try:
        wanted = config.read(desk.paths.settings).room.scenario
    except TROUBLES:
        wanted = ""  # whoever opens a room says what is wrong with the settings
    names: list[tuple[str, Path | str]] = [(str(path), path) for path in own]
    names += [(name, name) for name in scenarios.bundled()]
    usual = wanted or scenarios.default()
    mine = {path.stem: path for path in own}
    if usual in mine or usual in scenarios.bundled():
        chosen = mine.get(usual, usual)
        names = [("", chosen), *(one for one in names if one[1] != chosen)]
    return [_offer(key, name) for key, name in names]


def _offer(key: str, name: Path | str) -> Offer:
    path = name if isinstance(name, Path) else scenarios.FOLDER / f"{name}.toml"
    try:
        return Offer(key, scenarios.load(name), path)
    except TROUBLES as error:
        return Offer(key, None, path, problem=trouble(error))


def reach(desk: Desk, found: Sequence[Offer]) -> tuple[Reach, list[Offer]]:
    """Return the models that can be asked, and scenarios with what each of them lacks.

    Looks at the servers of this machine, which takes up to 0.3 s.
    """
    from harness.compose import library, ready  # noqa: PLC0415 - heavy
    from harness.library import is_address  # noqa: PLC0415 - heavy
    from harness.voice import SMALL  # noqa: PLC0415 - heavy

    try:
        catalogue = asyncio.run(library(desk.paths, None)).catalogue
        told = [
            replace(offer, missing=tuple(ready(offer.scenario, desk.paths, catalogue)))
            if offer.scenario
            else offer
            for offer in found
        ]
    except TROUBLES as error:
        return Reach(problem=trouble(error)), list(found)
    models = tuple(model for model in catalogue.speakers if catalogue.reachable(model))
    # The byte model babbles. It has a scenario; alone it is no reason to make a room by hand.
    models = tuple(sorted(models, key=lambda model: model.id == SMALL))
    models = () if models and models[0].id == SMALL else models
    keys = {model.key for model in catalogue.models if model.key and catalogue.reachable(model)}
    bases = {model.id.partition("#")[0] for model in models if is_address(model.id)}
    return Reach(models, tuple(sorted(keys)), tuple(sorted(bases))), told
