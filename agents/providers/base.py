"""What the engine needs from whoever answers."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, TypeAlias


@dataclass(frozen=True, slots=True)
class Image:
    """A picture to show a model that can see."""

    path: Path
    mime: str


@dataclass(frozen=True, slots=True)
class Line:
    """One message of a chat, in the provider's terms."""

    role: Literal["system", "user", "assistant"]
    text: str
    images: tuple[Image, ...] = ()
    """In user lines only: providers refuse them elsewhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One thing to ask of one model."""

    model: str
    lines: Sequence[Line]
    temperature: float | None = None
    """As the participant wants it, 0 to 2. The provider layer fits it to the model."""
    max_tokens: int = 2048
    stop: tuple[str, ...] = ()
    speaker: str = ""
    """Id of the participant asked, for doubles that play several parts."""
    carried: str = ""
    """What the participant remembers, as it stands in the system line, for models to which
    that line means nothing."""
    recalled: tuple[str, ...] = ()
    """What comes back to it of the past, likewise."""
    seed: int | None = None
    """What to draw the reply from, for models that take one; by chance, or as the model
    is set up, if `None`."""

    @property
    def bytes(self) -> int:
        """Bytes of text sent, UTF-8."""
        return sum(len(line.text.encode()) for line in self.lines)


@dataclass(frozen=True, slots=True)
class Delta:
    """Some more of the reply."""

    text: str
    channel: Literal["speech", "reasoning"] = "speech"


@dataclass(frozen=True, slots=True)
class Waiting:
    """Another try is coming. Shown, never recorded."""

    why: str
    seconds: float
    attempt: int
    """2 for the second try."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """The last item of a whole reply."""

    reason: str = "stop"
    """`stop` or `length`."""
    tokens_in: int | None = None
    tokens_out: int | None = None
    dollars: float | None = None
    """`None` where no price is known; 0.0 for local models."""
    temperature: float | None = None
    """What was sent; `None` if none was."""


Piece: TypeAlias = Delta | Waiting | Finished


class Provider(Protocol):
    """Anything that can go on with a chat."""

    def stream(self, request: Request) -> AsyncIterator[Piece]:
        """Yield the reply as it is written; the last item is `Finished`.

        Closing the iterator cancels the request.

        Raises:
            ProviderError: The reply did not come, or broke off after what was yielded.
        """
        ...
