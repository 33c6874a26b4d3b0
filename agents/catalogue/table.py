"""The models litellm knows, read from its table without importing litellm.

Importing it takes seconds and 170 MB; the table is one JSON file inside the package, and
reading it takes some hundredths of a second. Of its 4,000 rows those are kept that one key
in one environment variable opens, and that talk or paint.
"""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast

from agents.catalogue.models import Model
from agents.catalogue.names import display
from agents.errors import UnknownModel

FILE = "model_prices_and_context_window_backup.json"

KEYS: Mapping[str, str] = {
    # Makers, who sell their own models.
    "anthropic": "ANTHROPIC_API_KEY",
    "openai": "OPENAI_API_KEY",
    "gemini": "GEMINI_API_KEY",
    "deepseek": "DEEPSEEK_API_KEY",
    "mistral": "MISTRAL_API_KEY",
    "codestral": "CODESTRAL_API_KEY",
    "xai": "XAI_API_KEY",
    "moonshot": "MOONSHOT_API_KEY",
    "zai": "ZAI_API_KEY",
    "minimax": "MINIMAX_API_KEY",
    "dashscope": "DASHSCOPE_API_KEY",
    "cohere_chat": "COHERE_API_KEY",
    "ai21": "AI21_API_KEY",
    "meta_llama": "META_API_KEY",
    "inception": "INCEPTION_API_KEY",
    "stability": "STABILITY_API_KEY",
    "black_forest_labs": "BFL_API_KEY",
    "recraft": "RECRAFT_API_KEY",
    # Houses that serve the models of others.
    "groq": "GROQ_API_KEY",
    "cerebras": "CEREBRAS_API_KEY",
    "together_ai": "TOGETHERAI_API_KEY",
    "fireworks_ai": "FIREWORKS_AI_API_KEY",
    "deepinfra": "DEEPINFRA_API_KEY",
    "sambanova": "SAMBANOVA_API_KEY",
    "hyperbolic": "HYPERBOLIC_API_KEY",
    "novita": "NOVITA_API_KEY",
    "nebius": "NEBIUS_API_KEY",
    "perplexity": "PERPLEXITYAI_API_KEY",
    # Doors to all of the above.
    "openrouter": "OPENROUTER_API_KEY",
    "vercel_ai_gateway": "VERCEL_AI_GATEWAY_API_KEY",
}
"""Environment variable by provider, nearest to the maker first: of one model sold by several,
the first is preferred. Providers that need more than one variable (Azure, Bedrock, Vertex)
are for the person to add."""

RANK: Mapping[str, int] = {provider: rank for rank, provider in enumerate(KEYS)}

# These rows are sizes of a picture, not models.
_SIZES = re.compile(r"(^|/)(low|medium|high|xhigh|max|auto|standard|hd|\d+-x-\d+)/")
_NO_TALK = re.compile(
    r"^ft:|audio|tts|realtime|transcribe|search|deep-research|computer-use|robotics|lyria"
    r"|guard|embed|moderation|\bocr\b|streaming|-fim-|^perplexity/(?!sonar)|-up-to-|^together-ai-"
)
_NO_NEW_PICTURE = re.compile(
    r"edit|inpaint|outpaint|upscale|erase|remove|replace|recolor|style|structure|sketch"
    r"|fill|variation|image-to|vectori"
)


@cache
def listed() -> tuple[Model, ...]:
    """Return the models of litellm's table, in the order of their ids.

    Empty if litellm is not installed or its table cannot be read: local servers and scripted
    parts do not need it. Read once a process; takes some hundredths of a second.
    """
    path = table_path()
    if path is None:
        return ()
    try:
        return models_in(dict(rows_of(path.read_text(encoding="utf-8"))))
    except (OSError, ValueError):
        return ()


_SPACE = re.compile(r"[ \t\r\n]*")


def rows_of(text: str) -> Iterator[tuple[str, Any]]:
    """Yield names and values of a JSON object, one by one.

    `json.loads` would read all of the table in one go, and nobody else in this process, such
    as a screen, gets to run for the twentieth of a second that takes.

    Raises:
        ValueError: It is no object.
    """
    decode, space = json.JSONDecoder().raw_decode, _SPACE.match

    def past(sign: str, at: int) -> int:
        """Return the place after `sign`, which may have space on both sides."""
        at = _end(space(text, at))
        if not text.startswith(sign, at):
            raise ValueError(f"no {sign!r} at {at}")
        return _end(space(text, at + 1))

    at = past("{", 0)
    while not text.startswith("}", at):
        name, at = decode(text, at)
        if not isinstance(name, str):
            raise ValueError(f"no name before {at}")  # noqa: TRY004 - as json says it
        value, at = decode(text, past(":", at))
        yield name, value
        at = _end(space(text, at))
        if not text.startswith("}", at):
            at = past(",", at)


def _end(found: re.Match[str] | None) -> int:
    return found.end() if found else 0


def table_path() -> Path | None:
    """Return where the installed litellm keeps its table, without importing it."""
    spec = find_spec("litellm")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        path = Path(folder) / FILE
        if path.is_file():
            return path
    return None


def models_in(rows: Mapping[str, Any]) -> tuple[Model, ...]:
    """Return the models of a table as litellm writes it, in the order of their ids."""
    found: list[Model] = []
    for model_id, row in sorted(rows.items()):
        if not isinstance(row, dict):
            continue
        known = cast("dict[str, Any]", row)
        provider = str(known.get("litellm_provider"))
        if provider not in KEYS or not _wanted(model_id, known):
            continue
        found.append(
            Model(
                id=model_id,
                name=display(model_id),
                window=_whole(known.get("max_input_tokens") or known.get("max_tokens")),
                dollars_in=_per_million(known.get("input_cost_per_token")),
                dollars_out=_per_million(known.get("output_cost_per_token")),
                vision=known.get("supports_vision") is True,
                images=known["mode"] == "image_generation",
                provider=provider,
                key=KEYS[provider],
            )
        )
    return tuple(found)


def unlisted(model_id: str) -> Model:
    """Return a model by an id that no table has, such as one of OpenRouter's.

    For ids that the person wrote: `openrouter/deepseek/deepseek-r1`. What it costs and how
    much it reads stays unknown.

    Raises:
        UnknownModel: The id does not begin with a provider we know.
    """
    provider, _, rest = model_id.partition("/")
    if provider not in KEYS or not rest.strip("/"):
        raise UnknownModel(model_id)
    return Model(id=model_id, name=display(model_id), provider=provider, key=KEYS[provider])


def _wanted(model_id: str, row: Mapping[str, Any]) -> bool:
    match row.get("mode"):
        case "chat":
            return not _NO_TALK.search(model_id)
        case "image_generation":
            return not (_SIZES.search(model_id) or _NO_NEW_PICTURE.search(model_id))
        case _:
            return False


def _whole(number: object) -> int:
    return int(number) if isinstance(number, int | float) and number > 0 else 0


def _per_million(price: object) -> float | None:
    if not isinstance(price, int | float) or price < 0:
        return None
    return round(price * 1_000_000, 6)
