"""Trying again, in the open: what failed, how long the wait is, which try comes next.

Only a reply of which nothing was said yet is asked for again: what was said stays said, and
a second try would say it twice. Reasoning is not speech; after a `Waiting` whoever shows it
begins anew. Waits grow, with full jitter, so that a room's models do not come back at once.
"""

import asyncio
import random
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

from agents.errors import Broken, ProviderError, TimedOut
from agents.providers.base import Delta, Finished, Piece, Provider, Request, Waiting


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long to wait for a reply, and how often to ask."""

    tries: int = 3
    """In all, the first included."""
    first_token: float = 60.0
    """Seconds to the first piece of each try."""
    idle: float = 60.0
    """Seconds between two pieces."""
    total: float = 600.0
    """Seconds for all tries and the waits between them."""
    base: float = 1.0
    """Seconds the first wait may last; each further one may last twice as long."""
    longest: float = 60.0
    """Seconds one wait may last, also if the provider asks for more."""


class Retrying:
    """A provider that asks again where that may help."""

    def __init__(
        self,
        provider: Provider,
        patience: Patience | None = None,
        *,
        chance: random.Random | None = None,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        """Wrap `provider`.

        Args:
            provider: Whom to ask.
            patience: How long and how often.
            chance: Where the jitter comes from.
            sleep: Waits for so many seconds.
        """
        self._provider = provider
        self._patience = patience or Patience()
        self._chance = chance or random.SystemRandom()
        self._sleep = sleep

    async def stream(self, request: Request) -> AsyncGenerator[Piece, None]:
        """Yield the reply, and a `Waiting` before each further try.

        Raises:
            ProviderError: The last try's, with the number of tries in `attempts`.
        """
        clock = asyncio.get_running_loop().time
        until = clock() + self._patience.total
        attempt = 1
        while True:
            said = False
            pieces = self._timed(self._provider.stream(request), request.model, until)
            try:
                async for piece in pieces:
                    said = said or _is_speech(piece)
                    yield piece
            except ProviderError as error:
                error.attempts = attempt
                wait = self._wait(attempt, error)
                last = attempt >= self._patience.tries or clock() + wait >= until
                if said or last or not error.retry:
                    raise
                why = f"{type(error).__name__}: {error.detail}"
            else:
                return
            finally:
                await pieces.aclose()
            attempt += 1
            yield Waiting(why, wait, attempt)
            await self._sleep(wait)

    async def _timed(
        self, pieces: AsyncIterator[Piece], model: str, until: float
    ) -> AsyncGenerator[Piece, None]:
        """Yield `pieces` as long as none is too long in coming."""
        patience, clock = self._patience, asyncio.get_running_loop().time
        allowed, what = patience.first_token, "no answer"
        try:
            while True:
                left = until - clock()
                try:
                    async with asyncio.timeout(min(allowed, left)):
                        piece = await anext(pieces, None)
                except TimeoutError:
                    if left <= allowed:
                        allowed, what = patience.total, "no end of the reply"
                    raise TimedOut(model, f"{what} within {allowed:g} seconds") from None
                if piece is None:
                    raise Broken(model, "the reply stopped without an end")
                yield piece
                if isinstance(piece, Finished):
                    return
                allowed, what = patience.idle, "no further word"
        finally:
            if isinstance(pieces, AsyncGenerator):
                await pieces.aclose()

    def _wait(self, attempt: int, error: ProviderError) -> float:
        """Return the seconds to wait after that many tries."""
        longest = self._patience.longest
        wait = self._chance.uniform(0, min(longest, self._patience.base * 2 ** (attempt - 1)))
        return max(wait, min(error.after or 0.0, longest))


def _is_speech(piece: Piece) -> bool:
    return isinstance(piece, Delta) and piece.channel == "speech" and bool(piece.text.strip())
