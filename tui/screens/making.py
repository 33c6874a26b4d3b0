"""Rooms made from what was chosen at the start: a scenario, or some models."""

import asyncio
from typing import TYPE_CHECKING

from tui.desk import Desk
from tui.screens.wishes import NewRoom, NewRoomOf

if TYPE_CHECKING:
    from types import ModuleType

    from agents.scenarios.scenario import Scenario

HOUSE = (
    "You are in a room with other models and with a person. Talk with them as yourself, "
    "briefly, and answer what was said before you. Do not speak for anybody else."
)
"""What the models of a room without a scenario are told."""


def engine() -> "tuple[ModuleType, ModuleType]":
    """Return `harness.compose` and `harness.config`. For a thread: takes half a second once."""
    from harness import compose, config  # noqa: PLC0415 - they bring pydantic and SQLAlchemy

    compose.warm()
    return compose, config


async def make(desk: Desk, wish: NewRoom | NewRoomOf) -> tuple[str, int]:
    """Make the room wished for; return its id, and the rounds after which it stands still.

    Raises:
        HarnessError, AgentError, TranscriptError: It cannot be made; says why.
    """
    compose, config = await asyncio.to_thread(engine)
    settings = await asyncio.to_thread(config.read, desk.paths.settings)
    if isinstance(wish, NewRoom):
        scenario = await asyncio.to_thread(
            compose.find_scenario, wish.scenario, desk.paths, settings
        )
    else:
        scenario = _of(wish.models, wish.opening)
    room_id = await compose.new_room(desk.rooms, scenario, desk.paths, settings, desk.clock)
    return room_id, scenario.rounds


def _of(models: tuple[str, ...], opening: str) -> "Scenario":
    """Return a scenario of these models that is in no file."""
    from agents.catalogue.names import display  # noqa: PLC0415
    from agents.scenarios.scenario import FOLDER, Role, Scenario  # noqa: PLC0415

    names = [display(model.rpartition("#")[2]) for model in models]
    numbered = [
        name if names.count(name) == 1 else f"{name} #{names[:at].count(name) + 1}"
        for at, name in enumerate(names)
    ]
    return Scenario(
        name="",
        path=FOLDER / "none.toml",
        title=" and ".join(numbered),
        house=HOUSE,
        opening=opening,
        cast=tuple(
            Role(name=name, model=model) for name, model in zip(numbered, models, strict=True)
        ),
    )
