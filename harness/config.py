"""Settings: read once at the top, handed down in parts.

First found wins: environment (`ENFOLD_ROOM__BUDGET=4096`), settings file, default.
"""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from harness.errors import BadSettings

_PREFIX = "ENFOLD_"


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RoomSettings(_Section):
    """What new rooms start with, where their scenario does not say."""

    carrier: Literal["text", "state", "window", "empty", "full"] = "text"
    budget: int = Field(default=2048, ge=64, le=1_000_000)
    """Bytes of cc, at most."""
    recall: int = Field(default=2048, ge=0, le=1_000_000)
    """Bytes of older lines told beside it because they belong to what is said; 0 for none."""
    window: int = Field(default=6, ge=1, le=64)
    """Lines told word for word, at least."""
    scenario: str = ""
    """What `enfold run` opens without a name; empty for the bundled default."""


class ProviderSettings(_Section):
    """How patient to be with models."""

    max_tokens: int = Field(default=2048, ge=1)
    """Length of a reply, at most."""
    first_token: float = Field(default=60.0, gt=0)
    """Seconds to wait for the first piece."""
    idle: float = Field(default=60.0, gt=0)
    """Seconds of silence between two pieces."""
    total: float = Field(default=600.0, gt=0)
    """Seconds for one reply."""
    tries: int = Field(default=3, ge=1, le=10)


class BudgetSettings(_Section):
    """Limits of a sitting, where the scenario does not say; 0 for none."""

    turns: int = Field(default=100, ge=0)
    tokens: int = Field(default=0, ge=0)
    dollars: float = Field(default=1.0, ge=0)
    seconds: float = Field(default=0.0, ge=0)


class PaintSettings(_Section):
    """Who draws."""

    painter: str = "sketch"
    """`sketch`, or the model id of an image model."""


class SearchSettings(_Section):
    """What `!search` asks; without an address it is answered "not available"."""

    url: str = Field(default="", pattern=r"^$|^https?://.*\{query\}")
    """Of a SearXNG server, say, with `{query}` in it and JSON asked for:
    `http://127.0.0.1:8888/search?format=json&q={query}`."""
    hits: int = Field(default=5, ge=1, le=20)
    seconds: float = Field(default=10.0, gt=0)


class BankSettings(_Section):
    """Where what is remembered is kept; `harness.paths` reads it too, before all else."""

    url: str = ""
    """`postgresql://user@host/name`, or the path of a file; empty for the file among the
    data. `ENFOLD_BANK` says so too."""


class ContinuitySettings(_Section):
    """How well rooms go on from what their speakers are sent."""

    live: Literal["screen", "always", "never"] = "screen"
    """Where each finished turn is scored: with a person there, everywhere, nowhere."""
    threshold: int = Field(default=0, ge=0, le=100)
    """Percent below which the score is not to fall; 0 for none. A room can have its own."""
    policy: Literal["notice", "widen", "delaminate"] = "notice"
    """What is done then beside telling the person: more lines word for word, or finer laminae."""


class ScreenSettings(_Section):
    """The full screen."""

    pace: float = Field(default=0.04, ge=0, le=10)
    """Seconds before each word of a scripted model, for somebody to read along."""


class Settings(_Section):
    """All settings."""

    room: RoomSettings = RoomSettings()
    provider: ProviderSettings = ProviderSettings()
    budget: BudgetSettings = BudgetSettings()
    paint: PaintSettings = PaintSettings()
    search: SearchSettings = SearchSettings()
    bank: BankSettings = BankSettings()
    screen: ScreenSettings = ScreenSettings()
    continuity: ContinuitySettings = ContinuitySettings()


def read(path: Path, environment: Mapping[str, str] = os.environ) -> Settings:
    """Return the settings in the file at `path`, which need not exist, and the environment.

    Raises:
        BadSettings: The file or a variable says something we cannot use; the message names
            it and what would do.
    """
    try:
        body: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        body = {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSettings(f"{path}: {error}") from error
    except OSError as error:
        raise BadSettings(f"{path}: {error.strerror or error}") from error
    for name, value in environment.items():
        section, _, key = name.removeprefix(_PREFIX).lower().partition("__")
        if name.startswith(_PREFIX) and key and section in Settings.model_fields:
            there = body.setdefault(section, {})
            if isinstance(there, dict):
                cast("dict[str, Any]", there)[key] = value
    try:
        return Settings.model_validate(body)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        variable = f"{_PREFIX}{'__'.join(str(part) for part in first['loc'])}".upper()
        source = variable if variable in environment else f"{path}: {where}"
        raise BadSettings(f"{source}: {first['msg'].lower()}") from error
