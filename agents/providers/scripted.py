"""A provider that says what it is told to. For tests, demos and rehearsals.

Each speaker has a part of its own: lines, given one a turn and word by word, and faults,
which fail the turn the way a real provider would. Nothing in a line is changed.
"""

import asyncio
import re
from collections import deque
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass

from agents.errors import Empty, ProviderError, ScriptEnded
from agents.providers.base import Delta, Finished, Piece, Request

_WORD = re.compile(r"\s*\S+\s*|\s+")


@dataclass(frozen=True, slots=True)
class Fault:
    """A turn that fails, in a script."""

    error: str
    """Class in `agents.errors`: `RateLimited`, `Broken`, …"""
    detail: str = "as the script says"
    after: float | None = None
    """Seconds to wait, as the provider asks; `None` if it does not."""
    speech: str = ""
    """Said before it fails."""

    def __post_init__(self) -> None:
        if self.error not in _errors():
            raise ValueError(f"no provider fails with {self.error!r}")

    def of(self, model: str) -> ProviderError:
        """Return the error, not raised."""
        return _errors()[self.error](model, self.detail, after=self.after)


class Scripted:
    """Plays every part of a script, and remembers what it was asked."""

    def __init__(
        self,
        parts: Mapping[str, Sequence[str | Fault]],
        *,
        pace: float = 0.0,
        loop: bool = False,
    ) -> None:
        """Take the script.

        Args:
            parts: By id of the speaker; a guest's, whose id nobody knows before it is
                invited, by its model.
            pace: Seconds before each word.
            loop: Begin a part again when it is over.
        """
        self._parts = {speaker: tuple(lines) for speaker, lines in parts.items()}
        self._next = dict.fromkeys(parts, 0)
        self._pace = pace
        self._loop = loop
        self.asked: deque[Request] = deque(maxlen=1000)
        """The last thousand requests, oldest first."""

    def skip(self, speaker: str, n: int) -> None:
        """Go on after the `n`th reply of `speaker`, as if it had been given here.

        Faults are no replies: those that stand before it are passed over with it.
        """
        part = self._parts.get(speaker, ())
        if not any(isinstance(line, str) for line in part):
            return
        for _ in range(n):
            while not isinstance(self._take(speaker), str | None):
                pass

    async def stream(self, request: Request) -> AsyncGenerator[Piece, None]:
        """Yield the speaker's next line. See `Provider.stream`.

        Raises:
            ScriptEnded: The speaker has no line left, or no part.
        """
        self.asked.append(request)
        speaker = request.speaker if request.speaker in self._parts else request.model
        line = self._take(speaker)
        if line is None:
            raise ScriptEnded(
                request.model, f"the script has no line left for {request.speaker}"
            )
        speech = line.speech if isinstance(line, Fault) else line
        for word in _WORD.findall(speech):
            # Also without a pace: whoever waits for the loop gets a turn between words.
            await asyncio.sleep(self._pace)
            yield Delta(word)
        if isinstance(line, Fault):
            raise line.of(request.model)
        if not speech.strip():
            raise Empty(request.model, "the reply has nothing in it")
        yield Finished(
            tokens_in=_tokens(request.bytes),
            tokens_out=_tokens(len(speech.encode())),
            dollars=0.0,
            temperature=request.temperature,
        )

    def _take(self, speaker: str) -> str | Fault | None:
        part, place = self._parts.get(speaker, ()), self._next.get(speaker, 0)
        if self._loop and part:
            place %= len(part)
        if place >= len(part):
            return None
        self._next[speaker] = place + 1
        return part[place]


def _tokens(size: int) -> int:
    """Return a count that is the same everywhere: four bytes a token, rounded up."""
    return -(-size // 4)


def _errors() -> dict[str, type[ProviderError]]:
    """Return every way to fail, by name."""
    found: dict[str, type[ProviderError]] = {}
    waiting = [ProviderError]
    while waiting:
        kind = waiting.pop()
        found[kind.__name__] = kind
        waiting += kind.__subclasses__()
    return found
