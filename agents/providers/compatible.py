"""Straight to a server that speaks the OpenAI dialect: Ollama, llama.cpp, vLLM, LM Studio.

A model's id is the server's address and the model's name there: `http://host:port/v1#name`.
Nothing is downloaded, no key is needed (`ENFOLD_LOCAL_KEY` is sent if set) and nothing is
paid. httpx is imported by the first request. Trying again is `retry`'s business, not ours.

What a server sends is bounded at each step: an event, a reply, an error's text.
"""

import asyncio
import json
import os
import ssl
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from agents.errors import (
    BadRequest,
    Broken,
    Garbled,
    ProviderError,
    TimedOut,
    Unreachable,
)
from agents.providers.base import Piece, Request
from agents.providers.reply import SPEECH_LIMIT, Reply
from agents.providers.sse import Events, Oversized
from agents.providers.verdicts import clean, verdict, wait_asked
from agents.providers.wire import (
    Chunk,
    Complaint,
    messages,
    read_chunk,
    read_complaint,
    settings,
)

if TYPE_CHECKING:
    import httpx

CONNECT = 10.0
"""Seconds to find the server."""

SILENCE = 600.0
"""Seconds without a byte, at most. `retry` is stricter; this is for who asks without it."""

LINGER = 2.0
"""Seconds to wait for the usage and the end after the reply itself has ended."""

EVENT_LIMIT = 4_000_000
"""Bytes of one event, or of a reply that comes in one piece of JSON."""

ERROR_LIMIT = 65_536
"""Bytes of an error's body that are read."""

_CUT = "the stream ended before the reply did"

_OPTIONAL = ("stream_options", "temperature", "seed", "stop")
"""What a server may refuse and still answer without."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a model is."""

    url: str
    """Of the chat endpoint."""
    name: str
    """What the model is called there."""
    loopback: bool


def find(model: str) -> Address:
    """Return where the model with this id is.

    Raises:
        BadRequest: That is no address.
    """
    base, _, name = model.partition("#")
    try:
        parts = urlsplit(base)
        host, _port = parts.hostname or "", parts.port
    except ValueError as error:
        raise BadRequest(clean(model), f"no address: {error}") from error
    if parts.scheme not in ("http", "https") or not host or not name:
        raise BadRequest(clean(model), "not of the form http://host:port/v1#name")
    path = parts.path.rstrip("/") or "/v1"
    url = parts._replace(path=f"{path}/chat/completions").geturl()
    return Address(url, name, _loopback(host))


class Compatible:
    """Every model behind an OpenAI-compatible address."""

    def __init__(self, *, limit: int = SPEECH_LIMIT, silence: float = SILENCE) -> None:
        """Prepare. Nothing is opened.

        Args:
            limit: Bytes of speech that one reply may have.
            silence: Seconds without a byte before `TimedOut`.
        """
        self._limit = limit
        self._silence = silence

    async def stream(self, request: Request) -> AsyncGenerator[Piece, None]:
        """Yield the reply as it is written. See `Provider.stream`."""
        address = find(request.model)
        await asyncio.to_thread(import_module, "httpx")  # a tenth of a second, off the loop
        import httpx

        body: dict[str, Any] = {
            "model": address.name,
            "messages": await asyncio.to_thread(messages, request.lines),
            **settings(request, request.temperature),
        }
        try:
            async with self._client(address) as client:
                while True:
                    async with client.stream("POST", address.url, json=body) as answer:
                        if answer.status_code == 200:
                            reply = Reply(request.model, limit=self._limit)
                            async for delta in _read(answer, reply):
                                yield delta
                            yield reply.end(dollars=0.0, temperature=body.get("temperature"))
                            return
                        error = await _refusal(answer, request.model)
                    refused = _named(error, body)
                    if not refused:
                        raise error
                    del body[refused]
        except httpx.HTTPError as error:
            raise _trouble(error, request.model) from error
        except (httpx.InvalidURL, httpx.StreamError, UnicodeError) as error:
            raise BadRequest(clean(request.model), clean(str(error))) from error

    def _client(self, address: Address) -> "httpx.AsyncClient":
        import httpx

        headers = {
            "Accept-Encoding": "identity",
            "Accept": "text/event-stream, application/json",
        }
        if key := os.environ.get("ENFOLD_LOCAL_KEY", "").strip():
            headers["Authorization"] = f"Bearer {key}"
        return httpx.AsyncClient(
            headers=headers,
            timeout=httpx.Timeout(self._silence, connect=CONNECT, write=30.0),
            verify=_certificates(secure=address.url.startswith("https:")),
            # A proxy that the environment names cannot reach our own loopback.
            trust_env=not address.loopback,
        )


async def _read(answer: "httpx.Response", reply: Reply) -> AsyncGenerator[Piece, None]:
    """Yield what a reply says, to its end or to the limit.

    Raises:
        ProviderError: It broke off, or is none. What came before has been yielded.
    """
    import httpx

    if answer.headers.get("content-encoding", "identity") != "identity":
        raise Garbled(reply.model, "the reply is compressed, which was not asked for")
    body = _Body(reply.model)
    data = answer.aiter_raw()
    trouble: ProviderError | None = None
    ended = False
    while not (ended or reply.full or trouble):
        try:
            async with asyncio.timeout(LINGER if reply.finish else None):
                block = await anext(data, None)
        except TimeoutError:
            break  # the reply is whole; only the connection's end was not told
        except httpx.TransportError as error:
            if not reply.finish:
                trouble = _trouble(error, reply.model)
            break
        ended = block is None
        try:
            for chunk in body.finish() if block is None else body.feed(block):
                if chunk.complaint is not None:
                    raise verdict(reply.model, None, chunk.complaint)
                for delta in reply.take(chunk):
                    yield delta
        except ProviderError as error:
            trouble = error
        ended = ended or body.done
    for delta in reply.rest():
        yield delta
    if trouble is None and not (reply.finish or reply.full):
        trouble = body.wrong
    if trouble is not None:
        raise trouble


class _Body:
    """Turns the bytes of an answer into chunks, whichever form they have."""

    def __init__(self, model: str) -> None:
        self.done = False
        """The server has said that nothing follows."""
        self._model = model
        self._events = Events(limit=EVENT_LIMIT)
        self._whole = bytearray()
        """An answer in one piece, as far as it has come."""
        self._head = b""
        """How the answer begins."""
        self._read_any = False

    def feed(self, data: bytes) -> Iterator[Chunk]:
        """Yield the chunks that `data` completes.

        Raises:
            Garbled: It is not what a chat server sends.
        """
        if len(self._head) < 200:
            self._head = (self._head + data[:200]).lstrip()[:200]
        if self._head[:1] in (b"{", b"["):
            self._whole += data
            if len(self._whole) > EVENT_LIMIT:
                raise Garbled(
                    self._model, f"a reply of more than {EVENT_LIMIT} bytes in one piece"
                )
            return
        try:
            payloads = self._events.feed(data)
        except Oversized as error:
            raise Garbled(self._model, str(error)) from error
        for payload in payloads:
            if self._over(payload):
                return
            yield from self._chunk(payload)

    def finish(self) -> Iterator[Chunk]:
        """Yield what the end of the answer completes.

        Raises:
            Broken: It ended in the middle of an event.
            Garbled: It is not what a chat server sends.
        """
        if self._whole:
            yield from self._chunk(self._whole.decode(errors="replace"))
            self.done = self._read_any
        for payload in self._events.finish():
            if self._over(payload):
                return
            try:
                yield from self._chunk(payload)
            except Garbled as error:
                if not self._read_any:
                    raise
                raise Broken(self._model, _CUT) from error

    @property
    def wrong(self) -> ProviderError | None:
        """What is wrong with an answer that ended before its reply did."""
        if self.done or not self._head:
            return None
        if self._read_any or self._head.startswith((b":", b"data:", b"event:")):
            return Broken(self._model, _CUT)
        shown = clean(self._head.decode(errors="replace"))
        return Garbled(self._model, f"not a reply: {shown or 'no text'}")

    def _over(self, payload: str) -> bool:
        self.done = self.done or payload.strip() == "[DONE]"
        return self.done

    def _chunk(self, payload: str) -> Iterator[Chunk]:
        if not payload.strip():
            return
        try:
            chunk = read_chunk(json.loads(payload))
        except (ValueError, RecursionError) as error:
            shown = clean(payload)
            raise Garbled(self._model, f"not a reply: {shown or 'no text'}") from error
        if chunk is not None:
            self._read_any = True
            yield chunk


async def _refusal(answer: "httpx.Response", model: str) -> ProviderError:
    """Return the error that an answer with a bad status stands for."""
    body = bytearray()
    async for data in answer.aiter_raw():
        body += data
        if len(body) > ERROR_LIMIT:
            break
    text = body[:ERROR_LIMIT].decode(errors="replace")
    try:
        complaint = read_complaint(json.loads(text))
    except (ValueError, RecursionError):
        complaint = None
    if answer.has_redirect_location:
        text = f"it points to {answer.headers['location']}; ask there"
    status = answer.status_code
    after = wait_asked(answer.headers)
    return verdict(model, status, complaint or Complaint(text=text), after=after)


def _named(error: ProviderError, body: dict[str, Any]) -> str:
    """Return the field of `body` that `error` takes offence at and that we can leave out."""
    if type(error) is not BadRequest:
        return ""
    words = error.detail.lower()
    return next((name for name in _OPTIONAL if name in body and name in words), "")


def _trouble(error: "httpx.HTTPError", model: str) -> ProviderError:
    import httpx

    model, words = clean(model), clean(str(error))
    match error:
        case httpx.ConnectTimeout():
            return Unreachable(model, f"no connection within {CONNECT:g} seconds")
        case httpx.ConnectError():
            return Unreachable(model, words or "no connection")
        case httpx.TimeoutException():
            return TimedOut(model, "the server has gone silent")
        case (
            httpx.UnsupportedProtocol() | httpx.LocalProtocolError() | httpx.TooManyRedirects()
        ):
            return BadRequest(model, words)
        case httpx.TransportError():
            return Broken(model, words or "the connection broke")
        case _:
            return Garbled(model, words)


def _loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


@cache
def _certificates(*, secure: bool) -> ssl.SSLContext:
    """Return whom to trust. Reading the system's list takes long, so only if it is needed."""
    return ssl.create_default_context() if secure else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
