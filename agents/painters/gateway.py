"""Pictures from real models, through litellm.

litellm is imported by the first request and in a thread: it takes seconds. What a model
sends back is bytes from outside, or a link to some; both go through `files.check`.
"""

import asyncio
import base64
import re
import ssl
from functools import cache
from typing import Any

from agents.catalogue import quiet
from agents.catalogue.models import Model, missing_key
from agents.errors import PaintError
from agents.painters.base import Picture
from agents.painters.files import LARGEST, check

PATIENCE = 120.0
"""Seconds for one picture. Good painters take half a minute, and queue."""

_SECRET = re.compile(r"\b(sk|key|xai|gsk|AIza)[-_A-Za-z0-9*]{8,}")
_ORIGIN = re.compile(r"^(litellm\.)?\w*(Error|Exception)?: *(\w+(Error|Exception) - *)?")


class Gateway:
    """One model that paints."""

    def __init__(self, model: Model, *, patience: float = PATIENCE, base: str = "") -> None:
        """Paint with `model`.

        Args:
            model: One with `images`; `http://host/v1#name` asks that server.
            patience: Seconds for one picture, from request to last byte.
            base: Where the provider is, if not where litellm thinks.
        """
        self._model = model
        self._patience = patience
        self._base = base

    @property
    def name(self) -> str:
        """The model's id."""
        return self._model.id

    async def paint(self, prompt: str, *, seed: int) -> Picture:
        """Have `prompt` drawn. See `Painter.paint`.

        Most models take no seed, so none is sent. A server that is busy or broken is asked
        up to three times within `patience`: for pictures litellm cannot be told otherwise.
        """
        if missing := missing_key(self._model):
            raise PaintError(f"{self._model.name}: {missing} is not set")
        try:
            async with asyncio.timeout(self._patience):
                data, dollars = await self._ask(prompt)
        except TimeoutError as error:
            raise PaintError(
                f"{self._model.name}: no picture within {self._patience:g} seconds"
            ) from error
        kind = check(data)
        return Picture(
            data=data,
            mime=kind.mime,
            width=kind.width,
            height=kind.height,
            painter=self.name,
            dollars=0.0 if self._model.local else dollars,
        )

    async def _ask(self, prompt: str) -> tuple[bytes, float | None]:
        """Return a file as it came, and dollars if litellm knows them."""
        await asyncio.to_thread(_load)
        import litellm
        import openai  # litellm's errors have no base of their own: these are their base

        base, mark, name = self._model.id.partition("#")
        server = bool(mark) and "://" in base
        try:
            answer: Any = await litellm.aimage_generation(
                prompt=prompt,
                model=f"openai/{name}" if server else self._model.id,
                api_base=base if server else self._base or None,
                api_key="none" if server else None,  # litellm wants one even where none is
                n=1,
                timeout=self._patience,
            )
        except openai.OpenAIError as error:
            raise PaintError(f"{self._model.name}: {_clean(str(error))}") from error
        except (ValueError, TypeError, KeyError) as error:
            # How litellm fails on answers that are not what a provider should send.
            raise PaintError(f"{self._model.name}: an answer without a picture") from error
        told: object = getattr(answer, "_hidden_params", {}).get("response_cost")
        dollars = float(told) if isinstance(told, int | float) else None
        for picture in answer.data or ():
            if isinstance(picture.b64_json, str) and picture.b64_json:
                return decoded(picture.b64_json), dollars
            if isinstance(picture.url, str) and picture.url:
                return await fetched(picture.url), dollars
        raise PaintError(f"{self._model.name}: an answer without a picture")


def decoded(text: str) -> bytes:
    """Return the bytes of base64 `text`, with or without a `data:` URL around it.

    Raises:
        PaintError: It is not base64, or too long.
    """
    if len(text) > LARGEST * 2:
        raise PaintError(f"the picture is too large; {LARGEST:,} bytes is the most")
    try:
        return base64.b64decode(text.rpartition(",")[2], validate=True)
    except ValueError as error:  # also what its own error is
        raise PaintError("the picture came in an unreadable form") from error


async def fetched(url: str, *, trust: ssl.SSLContext | None = None) -> bytes:
    """Return what `url` holds, if it says it is a picture.

    Only `https`, no redirects: a link from a model's answer should lead nowhere else.

    Args:
        url: `https://…`, or a `data:` URL.
        trust: Instead of the system's certificates.

    Raises:
        PaintError: It cannot be had, is no picture by its type, or is too large.
    """
    import httpx

    if url.startswith("data:image/"):
        return decoded(url)
    if not url.startswith("https://"):
        raise PaintError("the picture is behind a link that is not https")
    body = bytearray()
    try:
        async with (
            httpx.AsyncClient(verify=True if trust is None else trust, timeout=60) as client,
            client.stream("GET", url) as answer,
        ):
            if answer.status_code != 200:
                raise PaintError(f"the link to the picture answered {answer.status_code}")
            kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
            if not kind.startswith("image/"):
                raise PaintError(
                    f"the link leads to {kind[:40] or 'something unnamed'}, no image"
                )
            async for piece in answer.aiter_bytes():
                body += piece
                if len(body) > LARGEST:
                    raise PaintError(f"the picture is too large; {LARGEST:,} bytes is the most")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise PaintError(f"the picture could not be fetched: {_clean(str(error))}") from error
    return bytes(body)


@cache
def _load() -> None:
    """Import litellm so that it touches no network, no `.env` file and no log of ours."""
    with quiet.uncollected():
        quiet.before_import()
        import litellm

        quiet.after_import(litellm)


def _clean(text: str) -> str:
    """Return the first line of an error, short, printable and without keys."""
    line = next((line.strip() for line in text.splitlines() if line.strip()), "no reason given")
    shown = "".join(
        char for char in _ORIGIN.sub("", line[:2000], count=1) if char.isprintable()
    )
    return _SECRET.sub("[key]", shown)[:200] or "no reason given"
