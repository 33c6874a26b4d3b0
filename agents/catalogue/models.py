"""What is known of one model, and what follows from that alone."""

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass

SCRIPTED = "scripted"
"""Provider of the parts of a scenario: ids are `scripted/<name>`."""

BYTES = "bytes"
"""Provider of the byte model of this machine: ids are `bytes/<name>`."""

ALSO_KNOWN_AS: Mapping[str, tuple[str, ...]] = {
    "FIREWORKS_AI_API_KEY": ("FIREWORKS_API_KEY", "FIREWORKSAI_API_KEY"),
    "GEMINI_API_KEY": ("GOOGLE_API_KEY",),
    "PERPLEXITYAI_API_KEY": ("PERPLEXITY_API_KEY",),
    "TOGETHERAI_API_KEY": ("TOGETHER_API_KEY", "TOGETHER_AI_API_KEY"),
}
"""Other environment variables in which the same key may be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """One model that can be asked."""

    id: str
    """What a provider understands: `claude-opus-4-5`, `http://127.0.0.1:8000/v1#qwen3`."""
    name: str
    """For people: `Claude Opus 4.5`. Several ids may share one."""
    aliases: tuple[str, ...] = ()
    window: int = 0
    """Tokens it can read in one request; 0 if not known."""
    dollars_in: float | None = None
    """A million tokens read; `None` if no price is known."""
    dollars_out: float | None = None
    """A million tokens written; `None` if no price is known."""
    vision: bool = False
    """Pictures may be sent to it."""
    images: bool = False
    """It paints. Such a model takes no part in the talk."""
    provider: str = ""
    key: str = ""
    """Name of the environment variable that has to hold its key; empty if none is needed."""
    local: bool = False
    """It runs on this machine, or where the person said."""


def missing_key(model: Model, environment: Mapping[str, str] | None = None) -> str:
    """Return the name of the environment variable `model` lacks, or an empty string.

    Args:
        model: Any model.
        environment: Instead of the process's.
    """
    held = os.environ if environment is None else environment
    if not model.key or any(
        held.get(name, "").strip() for name in (model.key, *ALSO_KNOWN_AS.get(model.key, ()))
    ):
        return ""
    return model.key


def cost(model: Model, tokens_in: int, tokens_out: int) -> float | None:
    """Return dollars for one reply; `None` where a price is not known, 0.0 where it is free."""
    if model.local or model.provider == SCRIPTED:
        return 0.0
    if model.dollars_in is None or model.dollars_out is None:
        return None
    dollars = (tokens_in * model.dollars_in + tokens_out * model.dollars_out) / 1_000_000
    return dollars if math.isfinite(dollars) else None
