"""What the engine needs from whoever draws."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A finished picture: bytes of a whole file, checked to be what `mime` says."""

    data: bytes
    mime: str
    """`image/png`, `image/jpeg`, `image/webp` or `image/gif`."""
    width: int
    height: int
    painter: str
    """Who drew it: `sketch`, or a model id."""
    dollars: float | None = None


class Painter(Protocol):
    """Anything that can draw from words."""

    @property
    def name(self) -> str:
        """Shown beside the picture."""
        ...

    async def paint(self, prompt: str, *, seed: int) -> Picture:
        """Draw `prompt`. The same prompt and seed may give the same picture.

        Raises:
            PaintError: No picture came, or what came is none.
        """
        ...
