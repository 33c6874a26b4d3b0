"""One turn: a model is asked, and what comes is handed on as it comes.

Nothing is recorded here. The line being written is a `Draft` that the session owns, so
that whatever has come is still there when the turn is stopped or breaks off.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import TypeAlias, cast

from agents.providers.base import Delta, Finished, Provider, Request, Waiting
from agents.providers.base import Piece as ProviderPiece
from harness.clock import Clock
from transcripts.commands.hold import Hold
from transcripts.events import Usage
from transcripts.room import estimated_tokens


@dataclass(frozen=True, slots=True)
class Began:
    """A participant was given the floor."""

    author: str


@dataclass(frozen=True, slots=True)
class Piece:
    """Part of a line being written, as all may read it: private commands are held back."""

    author: str
    text: str
    channel: str = "speech"
    """`speech` or `reasoning`."""


@dataclass(frozen=True, slots=True)
class Waits:
    """A try failed and another is coming."""

    author: str
    why: str
    seconds: float
    attempt: int


@dataclass(frozen=True, slots=True)
class Ended:
    """The floor is free again; what came of the turn is in the log."""

    author: str


@dataclass(frozen=True, slots=True)
class Catching:
    """What is remembered is behind the log, and is being brought up to it."""

    done: int
    """Folds made again so far."""
    total: int


@dataclass(frozen=True, slots=True)
class Folding:
    """What was said last is being folded; `Folded` in the log ends it."""

    place: int
    """Last place of the log that is taken in."""


@dataclass(frozen=True, slots=True)
class Behind:
    """What is carried stays as it is in this sitting; the next one brings it up to the log."""

    why: str

    @property
    def line(self) -> str:
        """As the person is told."""
        return f"{self.why}; the room goes on, and catches up when it is opened again"


Cost: TypeAlias = Callable[[str, int, int], float | None]
"""Dollars for a model's tokens, read and written; `None` where no price is known."""

Glimpse: TypeAlias = Began | Piece | Waits | Ended | Catching | Folding | Behind
"""Shown, never recorded."""


@dataclass(frozen=True, slots=True)
class Given:
    """What a speaker was given of the talk."""

    carried: str = ""
    """cc, rendered."""
    pieces: tuple[tuple[str, str], ...] = ()
    """What came back: who said it, and the line as told, with its source."""
    places: frozenset[int] = frozenset()
    """What was told word for word."""
    whole: bool = False
    """Everything was; then the rest says nothing."""


@dataclass(slots=True)
class Draft:
    """A line being written."""

    author: str
    place: int
    """Place the log had reached when it began."""
    request: Request
    carried: int = 0
    """Bytes of rendered cc in the request."""
    recalled: int = 0
    """Bytes of older lines in it that came back."""
    given: Given = Given()
    parts: list[str] = field(default_factory=list[str])
    thoughts: list[str] = field(default_factory=list[str])
    finished: Finished | None = None
    first: float | None = None
    """Seconds to the first piece."""
    seconds: float = 0.0

    @property
    def text(self) -> str:
        """The answer so far."""
        return "".join(self.parts)

    @property
    def reasoning(self) -> str:
        """The channel beside it so far."""
        return "".join(self.thoughts)

    def usage(self, cost: Cost) -> Usage:
        """Return what it took so far; unknown where the provider has not said.

        Args:
            cost: For an estimate of the dollars then.
        """
        end = self.finished
        return Usage(
            model=self.request.model,
            requested=self.request.temperature,
            effective=end.temperature if end else None,
            tokens_in=end.tokens_in if end else None,
            tokens_out=end.tokens_out if end else None,
            dollars=end.dollars if end else None,
            estimated_dollars=self._estimate(cost),
            seconds=round(self.seconds, 3),
            first=None if self.first is None else round(self.first, 3),
            sent=self.request.bytes,
            carried=self.carried,
            recalled=self.recalled,
        )

    def _estimate(self, cost: Cost) -> float | None:
        """Return the dollars it may have cost so far, where nobody said; `None` for nothing.

        A reply that was cut off is charged for as far as it came, and all that was sent is.
        """
        end = self.finished
        if self.first is None or (end and end.dollars is not None):
            return None
        read, written = (end.tokens_in, end.tokens_out) if end else (None, None)
        if read is None:
            read = estimated_tokens(self.request.bytes)
        if written is None:
            written = estimated_tokens(
                len((self.text + self.reasoning).encode("utf-8", "replace"))
            )
        return cost(self.request.model, read, written) or None


async def take_turn(
    draft: Draft, provider: Provider, clock: Clock, *, inline: bool = False
) -> AsyncIterator[Glimpse]:
    """Fill `draft` with the reply, yielding what may be shown of it meanwhile.

    Raises:
        ProviderError: It did not come, or broke off; what came is in `draft`.
    """
    started = clock.elapsed()
    hold = Hold(inline=inline)
    try:
        stream = cast("AsyncGenerator[ProviderPiece, None]", provider.stream(draft.request))
        async with aclosing(stream) as pieces:
            async for piece in pieces:
                match piece:
                    case Delta(text, channel):
                        if draft.first is None:
                            draft.first = clock.elapsed() - started
                        kept = draft.parts if channel == "speech" else draft.thoughts
                        kept.append(text)
                        shown = hold.feed(text) if channel == "speech" else text
                        if shown:
                            yield Piece(draft.author, shown, channel)
                    case Waiting(why, seconds, attempt):
                        draft.thoughts.clear()  # the next try thinks anew
                        yield Waits(draft.author, why, seconds, attempt)
                    case Finished():
                        draft.finished = piece
        if shown := hold.finish():
            yield Piece(draft.author, shown)
    finally:
        draft.seconds = clock.elapsed() - started
