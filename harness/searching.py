"""`!search`, where a search service is set up: a query goes out, a few lines come back.

The service speaks JSON as SearXNG does: `results`, each with `title`, `url`, `content`. What
comes back are strangers' words: it is shown to models as that, and to people as characters.
"""

import asyncio
import importlib
import json
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote

from harness.errors import HarnessError

if TYPE_CHECKING:
    from harness.config import SearchSettings

LARGEST = 1 << 20
"""Bytes of an answer that are read."""

LONGEST = 400
"""Characters of one hit."""


class SearchFailed(HarnessError):
    """The service gave no answer that could be used."""


class Searcher:
    """Asks one search service."""

    def __init__(self, settings: "SearchSettings") -> None:
        self._settings = settings

    async def search(self, query: str) -> tuple[str, ...]:
        """Return title, address and snippet of each hit, best first.

        Raises:
            SearchFailed: No answer, or none that could be read.
        """
        httpx = cast("Any", await asyncio.to_thread(importlib.import_module, "httpx"))
        url = self._settings.url.replace("{query}", quote(query, safe=""))
        body = b""
        try:
            async with (
                asyncio.timeout(self._settings.seconds),
                httpx.AsyncClient(follow_redirects=False, trust_env=False) as client,
                client.stream("GET", url) as answer,
            ):
                if answer.status_code != 200:
                    raise SearchFailed(f"the search service answered {answer.status_code}")
                async for chunk in answer.aiter_bytes():
                    body += chunk
                    if len(body) > LARGEST:
                        raise SearchFailed("the search service answered with too much")
            found: Any = json.loads(body)
        except TimeoutError as error:
            raise SearchFailed("the search service took too long") from error
        except httpx.HTTPError as error:
            raise SearchFailed(f"the search service cannot be reached ({error})") from error
        except ValueError as error:
            raise SearchFailed("the search service did not answer in JSON") from error
        return _hits(found, self._settings.hits)


def _hits(found: Any, most: int) -> tuple[str, ...]:
    results = cast("dict[str, Any]", found).get("results") if isinstance(found, dict) else None
    if not isinstance(results, list):
        raise SearchFailed("the search service answered without `results`")
    hits: list[str] = []
    for result in cast("list[Any]", results)[:most]:
        if isinstance(result, dict):
            row = cast("dict[str, Any]", result)
            parts = [
                " ".join(str(row.get(key) or "").split()) for key in ("title", "url", "content")
            ]
            hits.append(" — ".join(part for part in parts if part)[:LONGEST])
    return tuple(hits)
