"""Every model that litellm can reach. One of the few modules that know litellm.

litellm takes seconds to import, and unless told otherwise it then fetches a price list over
the network, reads a `.env` file, writes to stderr and asks each request three times. So it
is imported in a thread, by the first request or by `warm`, with all of that switched off.

What it hides is looked for behind its back: a stream that was cut reads like a whole one,
and a refused connection like a broken server.
"""

import asyncio
import json
import os
import re
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from dataclasses import replace
from functools import cache
from importlib import import_module
from typing import Any, cast

from agents.catalogue import quiet
from agents.catalogue.temperature import effective_temperature
from agents.errors import (
    BadRequest,
    Broken,
    Garbled,
    ProviderError,
    TimedOut,
    Unauthorised,
    Unreachable,
)
from agents.providers.base import Piece, Request
from agents.providers.reply import SPEECH_LIMIT, Reply
from agents.providers.verdicts import clean, verdict, wait_asked
from agents.providers.wire import Complaint, messages, read_chunk, read_complaint, settings

CONNECT = 10.0
"""Seconds to find the server."""

SILENCE = 600.0
"""Seconds without a byte, at most. `retry` is stricter; this is for who asks without it."""

LINGER = 2.0
"""Seconds to wait for the usage and the end after the reply itself has ended."""

_OTHER_KEYS = {
    "ANTHROPIC_API_KEY": ("ANTHROPIC_AUTH_TOKEN",),
    "AZURE_API_KEY": ("AZURE_AD_TOKEN", "AZURE_CLIENT_ID"),
    "HUGGINGFACE_API_KEY": ("HF_TOKEN",),
}
"""Variables that do as well as the one litellm asks for."""

_WRAPPING = re.compile(r"(?:litellm\.)?\w{1,60}(?:Error|Exception|Timeout)(?:: | - )")
"""What litellm writes before a server's words, sometimes twice over."""

_OPTIONAL = ("temperature", "stream_options", "seed", "stop")
"""What a model may refuse and still answer without."""


_LATE = (
    "anyio._backends._asyncio",
    "h2.connection",
    "openai.resources.beta",
    "openai.resources.chat.completions",
    "openai.resources.images",
    "openai.resources.responses",
)
"""What the first request would import, on the event loop, where it stalls the screen."""


@cache
def load() -> Any:
    """Return litellm, silent and off the network. Takes seconds the first time: blocks."""
    with quiet.uncollected():
        quiet.before_import()
        import litellm

        quiet.after_import(litellm)
        for name in _LATE:
            import_module(name)
        # A request that stays in this process: it has litellm import the rest of itself.
        rehearsal: Any = litellm.completion(
            model="openai/none",
            messages=[{"role": "user", "content": "?"}],
            mock_response="!",
            stream=True,
        )
        deque(rehearsal, maxlen=0)
    return litellm


class Gateway:
    """Asks through litellm."""

    def __init__(self, *, limit: int = SPEECH_LIMIT, silence: float = SILENCE) -> None:
        """Prepare. Nothing is imported.

        Args:
            limit: Bytes of speech that one reply may have.
            silence: Seconds without a byte before `TimedOut`.
        """
        self._limit = limit
        self._silence = silence

    async def warm(self) -> None:
        """Have everything imported, so that the first request does not wait for it."""
        await asyncio.to_thread(load)

    async def stream(self, request: Request) -> AsyncGenerator[Piece, None]:
        """Yield the reply as it is written. See `Provider.stream`."""
        litellm = await asyncio.to_thread(load)
        import httpx
        import openai  # the errors of litellm have one base, and it is openai's

        _check_key(litellm, request.model)
        temperature = effective_temperature(request.model, request.temperature)
        asked: dict[str, Any] = {
            "model": request.model,
            "messages": await asyncio.to_thread(messages, request.lines),
            "timeout": httpx.Timeout(self._silence, connect=CONNECT, write=30.0),
            "max_retries": 0,  # trying again is for `retry`, where it shows
            "num_retries": 0,
            **settings(request, temperature),
        }
        failures = (openai.OpenAIError, httpx.HTTPError)
        try:
            answer = await _open(litellm, asked)
        except failures as error:
            raise _verdict(request.model, error) from error
        reply = Reply(request.model, limit=self._limit)
        trouble: ProviderError | None = None
        # Not typed as what it is when streaming.
        parts = cast("AsyncIterator[Any]", answer)
        try:
            while not reply.full:
                # The reply's end may be known before the stream's: litellm keeps it back.
                async with asyncio.timeout(LINGER if answer.received_finish_reason else None):
                    part = await anext(parts, None)
                if part is None:
                    break
                chunk = read_chunk(part.model_dump(warnings=False))
                for delta in reply.take(chunk) if chunk else ():
                    yield delta
        except TimeoutError:
            pass
        except failures as error:
            trouble = _verdict(request.model, error)
        finally:
            await answer.aclose()
        for delta in reply.rest():
            yield delta
        # litellm makes up an ending, and a count, for a stream that has none.
        ended: str | None = answer.received_finish_reason
        if not (ended or reply.full):
            if trouble is not None:
                raise trouble
            if reply.begun:
                raise Broken(reply.model, "the stream ended before the reply did")
        counts = [part.usage for part in answer.chunks if getattr(part, "usage", None)]
        reply.close(
            ended or "", read_chunk({"usage": counts[-1].model_dump()} if counts else {})
        )
        yield reply.end(
            dollars=_price(litellm, request.model, reply, counts),
            temperature=asked.get("temperature"),
        )


async def _open(litellm: Any, asked: dict[str, Any]) -> Any:
    """Return the open stream, without what the model does not take; that leaves `asked`."""
    import openai

    while True:
        try:
            return await litellm.acompletion(**asked)
        except openai.BadRequestError as error:
            words = str(error).lower()
            refused = next((name for name in _OPTIONAL if name in asked and name in words), "")
            if not refused:
                raise
            del asked[refused]


def _check_key(litellm: Any, model: str) -> None:
    """Find out that a key is missing before the request: after it, nothing says so clearly.

    Raises:
        Unauthorised: There is none in the environment.
    """
    missing: list[str] = litellm.validate_environment(model)["missing_keys"]
    # Clouds know other ways to log in, and addresses have defaults.
    keys = [name for name in missing if name.endswith("_KEY") and not name.startswith("AWS_")]
    held = {other for name in keys for other in _OTHER_KEYS.get(name, ())} & os.environ.keys()
    if keys and not held:
        raise Unauthorised(clean(model), f"no key: set {' or '.join(keys)} in the environment")


def _verdict(model: str, error: Exception) -> ProviderError:
    """Return which of our errors it is.

    litellm gives most failures of the way there a status of its own making, so what it
    caught itself comes first, then what the server really answered.
    """
    import httpx

    name = clean(model)
    causes = list(_causes(error))
    answers = [cause.response for cause in causes if isinstance(cause, httpx.HTTPStatusError)]
    if not answers:
        for cause in causes:
            match cause:
                case httpx.ConnectTimeout():
                    return Unreachable(name, f"no connection within {CONNECT:g} seconds")
                case httpx.ConnectError():
                    return Unreachable(name, clean(str(cause)) or "no connection")
                case httpx.TimeoutException():
                    return TimedOut(name, "the server has gone silent")
                case httpx.UnsupportedProtocol() | httpx.LocalProtocolError():
                    return BadRequest(name, clean(str(cause)))
                case httpx.TransportError():
                    return Broken(name, clean(str(cause)) or "the connection broke")
                case UnicodeDecodeError() | json.JSONDecodeError():
                    return Garbled(name, f"not a reply: {clean(str(cause))}")
                case _:
                    pass
    status = answers[0].status_code if answers else _status(error)
    after = wait_asked(answers[0].headers) if answers else None
    return verdict(model, status, _complaint(error, causes), after=after)


def _status(error: Exception) -> int | None:
    made_up = type(error).__name__ in ("MidStreamFallbackError", "APIConnectionError")
    status = getattr(error, "status_code", None)
    return status if isinstance(status, int) and not made_up else None


def _complaint(error: Exception, causes: list[BaseException]) -> Complaint:
    """Return the server's own words, out of those that litellm has put around them."""
    kind = type(error).__name__.lower()
    for cause in causes:
        found = read_complaint({"error": getattr(cause, "body", None)})
        if found is not None:
            return replace(found, marks=f"{found.marks} {kind}")
    text = str(error)
    while match := _WRAPPING.match(text):
        text = text[match.end() :]
    if text.startswith(("{", "b'{")):
        try:
            found = read_complaint(json.loads(text.removeprefix("b'").removesuffix("'")))
        except (ValueError, RecursionError):
            found = None
        if found is not None:
            return replace(found, marks=f"{found.marks} {kind}")
    return Complaint(text=text, marks=kind)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield `error` and what led to it, nearest first."""
    waiting: deque[BaseException] = deque([error])
    seen: set[int] = set()
    while waiting and len(seen) < 30:
        cause = waiting.popleft()
        if id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        further = (
            getattr(cause, "original_exception", None),
            cause.__cause__,
            cause.__context__,
        )
        waiting.extend(each for each in further if isinstance(each, BaseException))


def _price(litellm: Any, model: str, reply: Reply, counts: list[Any]) -> float | None:
    """Return dollars: as the provider says, else by the price list, else unknown."""
    import openai
    from litellm.exceptions import ModelNotMappedError

    if reply.dollars is not None or not counts:
        return reply.dollars
    try:
        prompt, answer = litellm.cost_per_token(model=model, usage_object=counts[-1])
    except (ModelNotMappedError, openai.OpenAIError, ValueError):
        return None
    return float(prompt + answer)
