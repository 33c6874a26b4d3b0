"""A painter that needs no model: it draws what it finds in the words of the prompt.

It knows ninety figures, nine settings and some nine hundred words for them, for colour, mood,
number and place. What it makes is a sketch and says so in the corner. The same prompt and seed
give the same bytes.
"""

import asyncio
from hashlib import sha256
from io import BytesIO
from random import Random

from agents.painters.base import Picture
from agents.painters.drawing.reading import LONGEST, read

LARGEST = 400_000
"""Bytes. A picture that does not compress below it is reduced to 256 colours."""


class Sketch:
    """Draws with Pillow, on this machine, in about a second."""

    @property
    def name(self) -> str:
        """`sketch`."""
        return "sketch"

    async def paint(self, prompt: str, *, seed: int) -> Picture:
        """Draw `prompt` in a thread. Any text can be drawn, the empty one too."""
        data, (width, height) = await asyncio.to_thread(drawn, prompt, seed)
        return Picture(
            data=data,
            mime="image/png",
            width=width,
            height=height,
            painter=self.name,
            dollars=0.0,
        )


def drawn(prompt: str, seed: int) -> tuple[bytes, tuple[int, int]]:
    """Return a PNG of at most `LARGEST` bytes, and its width and height in pixels."""
    # Pillow is imported by the first picture and not before.
    from PIL import Image

    from agents.painters.drawing.scene import draw

    text = prompt[:LONGEST].casefold()
    chance = sha256(f"{seed}\0{text}".encode("utf-8", "replace")).digest()
    image = draw(read(prompt), Random(int.from_bytes(chance[:16])))  # noqa: S311 - not a secret
    file = BytesIO()
    image.save(file, "PNG", compress_level=7)
    if file.tell() > LARGEST:
        file = BytesIO()
        reduced = image.quantize(
            256, Image.Quantize.MEDIANCUT, dither=Image.Dither.FLOYDSTEINBERG
        )
        reduced.save(file, "PNG", compress_level=9)
    return file.getvalue(), image.size
