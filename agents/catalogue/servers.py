"""Model servers on this machine, found by asking the ports they usually listen on.

Who answers on such a port is not known to be a model server: a reply counts only if it is a
short JSON list of models, and only names that can be shown are taken from it.
"""

import asyncio
import importlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlsplit

from agents.catalogue.models import Model
from agents.catalogue.names import display, printable

USUAL: Mapping[str, str] = {
    "ollama": "http://127.0.0.1:11434/v1",
    "llama.cpp": "http://127.0.0.1:8080/v1",
    "lm_studio": "http://127.0.0.1:1234/v1",
    "vllm": "http://127.0.0.1:8000/v1",
}
"""Base URL by kind of server."""

VARIABLE = "ENFOLD_LOCAL_URLS"
"""Environment variable with further base URLs, parted by commas or spaces."""

PATIENCE = 0.3
"""Seconds for one server to answer. A server on this machine takes a few milliseconds."""

LARGEST = 1 << 20
"""Bytes of an answer that are read."""

MOST = 200
"""Models taken from one server."""


@dataclass(frozen=True, slots=True)
class Server:
    """A server that answered."""

    kind: str
    """`ollama`, `llama.cpp`, `lm_studio`, `vllm`, or `server` for one the person named."""
    base: str
    """Base URL with `/v1`, as a model id has it before the `#`."""
    models: tuple[Model, ...]
    """May be empty: a server with nothing loaded."""


async def find_servers(
    usual: Mapping[str, str] = USUAL,
    *,
    environment: Mapping[str, str] | None = None,
    patience: float = PATIENCE,
) -> list[Server]:
    """Return the servers that answer, in the order asked: the usual ones, then the named.

    All are asked at once, so the whole takes about `patience` at most. One that does not
    answer in time, or not with a list of models, is left out.

    Args:
        usual: Base URL by kind of server.
        environment: Instead of the process's; `ENFOLD_LOCAL_URLS` is read from it.
        patience: Seconds for each.
    """
    held = os.environ if environment is None else environment
    named = [base for base in map(base_url, _parted(held.get(VARIABLE, ""))) if base]
    asked = {base: kind for kind, base in usual.items()}
    for base in named:
        asked.setdefault(base, "server")
    # Its import takes about a tenth of a second: not on the loop.
    await asyncio.to_thread(importlib.import_module, "httpx")
    answers = await asyncio.gather(
        *(_ask(kind, base, patience=patience) for base, kind in asked.items())
    )
    return [server for server in answers if server is not None]


def base_url(text: str) -> str:
    """Return the base URL in `text` as model ids have it, or an empty string if it is none.

    Only `http` and `https`; a URL with a user or password in it is refused, since ids are
    written to logs.
    """
    try:
        parts = urlsplit(text.strip())
        _ = parts.port
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc:
        return ""
    if parts.query or parts.fragment or not printable(text.strip()):
        return ""
    path = parts.path.rstrip("/") or "/v1"
    return f"{parts.scheme}://{parts.netloc}{path}"


async def _ask(kind: str, base: str, *, patience: float) -> Server | None:
    rows = await _rows(f"{base}/models", "data", patience=patience)
    if rows is None:
        return None
    seeing: set[str] = set()
    if kind == "ollama":
        # Only its own list says which models can see.
        tags = await _rows(f"{base.removesuffix('/v1')}/api/tags", "models", patience=patience)
        seeing = {str(row.get("name")) for row in tags or () if _sees(row)}
    found: dict[str, Model] = {}
    for row in rows[:MOST]:
        name = row.get("id")
        if not isinstance(name, str) or not printable(name):
            continue
        found.setdefault(
            name,
            Model(
                id=f"{base}#{name}",
                name=display(f"#{name}"),
                aliases=(name,),
                window=_window(row),
                dollars_in=0.0,
                dollars_out=0.0,
                vision=name in seeing,
                provider=kind,
                local=True,
            ),
        )
    return Server(kind, base, tuple(found.values()))


async def _rows(url: str, field: str, *, patience: float) -> list[dict[str, Any]] | None:
    """Return the objects listed under `field` of what `url` answers; `None` if it does not."""
    import httpx

    body = b""
    # Reading the certificates holds up every thread for some 20 ms; plain http has no use for them.
    secure = url.startswith("https:")
    try:
        async with (
            asyncio.timeout(patience),
            httpx.AsyncClient(verify=secure, trust_env=False, timeout=patience) as client,
            client.stream("GET", url) as answer,
        ):
            if answer.status_code != 200:
                return None
            async for piece in answer.aiter_bytes():
                body += piece
                if len(body) > LARGEST:
                    return None
    except (TimeoutError, httpx.HTTPError, httpx.InvalidURL):
        return None
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return None
    listed = cast("dict[str, Any]", told).get(field) if isinstance(told, dict) else None
    if not isinstance(listed, list):
        return None
    return [
        cast("dict[str, Any]", row)
        for row in cast("list[Any]", listed)
        if isinstance(row, dict)
    ]


def _sees(row: Mapping[str, Any]) -> bool:
    details = row.get("details")
    families = (
        cast("dict[str, Any]", details).get("families") if isinstance(details, dict) else None
    )
    listed = cast("list[Any]", families) if isinstance(families, list) else []
    abilities = row.get("capabilities")
    able = cast("list[Any]", abilities) if isinstance(abilities, list) else []
    return "vision" in able or any(family in {"clip", "mllama"} for family in listed)


def _window(row: Mapping[str, Any]) -> int:
    """Return tokens of context as vLLM (`max_model_len`) or llama.cpp (`n_ctx`) tell them."""
    meta = row.get("meta")
    told = cast("dict[str, Any]", meta) if isinstance(meta, dict) else {}
    for number in (row.get("max_model_len"), told.get("n_ctx"), told.get("n_ctx_train")):
        if isinstance(number, int) and 0 < number < 1 << 32:
            return number
    return 0


def _parted(text: str) -> Iterable[str]:
    return text.replace(",", " ").split()
