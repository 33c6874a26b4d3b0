"""Paper to draw on: shapes with soft edges, light that spreads, mist, grain.

Everything is drawn at twice the size and made smaller at the end, which smooths all edges.
Light goes on a sheet of its own, a quarter the size, is blurred and laid over: what glows
then lights what is around it. Chance comes from the caller alone, so the same calls give the
same bytes.
"""

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise
from random import Random
from typing import TypeAlias

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from agents.painters.drawing.lexicon import Colour
from agents.painters.drawing.palette import mix

WIDTH, HEIGHT = 768, 512
"""Pixels of the finished picture."""
FINE = 2
"""How much larger it is drawn."""
SPREAD = 4
"""How much smaller, against the drawing, the sheet of light is."""

Point: TypeAlias = tuple[float, float]


class Canvas:
    """One picture in the making. Coordinates are pixels of the drawing, from the upper left."""

    def __init__(self, dice: Random) -> None:
        self.width = WIDTH * FINE
        self.height = HEIGHT * FINE
        self.dice = dice
        self.image = Image.new("RGB", (self.width, self.height))
        self._light = Image.new("RGB", (self.width // SPREAD, self.height // SPREAD))
        self._pen = ImageDraw.Draw(self.image, "RGBA")
        self._lamp = ImageDraw.Draw(self._light)

    def across(self, part: float) -> float:
        """Return pixels for a part of the width."""
        return part * self.width

    def down(self, part: float) -> float:
        """Return pixels for a part of the height."""
        return part * self.height

    # Shapes

    def area(
        self, points: Sequence[Point], colour: Colour, *, alpha: float = 1, glow: float = 0
    ) -> None:
        """Fill a polygon."""
        if len(points) < 3:
            return
        self._pen.polygon(points, fill=_ink(colour, alpha))
        if glow:
            self._lamp.polygon(_small(points), fill=_dim(colour, glow))

    def oval(
        self,
        at: Point,
        wide: float,
        high: float,
        colour: Colour,
        *,
        alpha: float = 1,
        glow: float = 0,
    ) -> None:
        """Fill an ellipse around `at`; `wide` and `high` are half its axes."""
        x, y = at
        box = (x - wide, y - high, x + wide, y + high)
        self._pen.ellipse(box, fill=_ink(colour, alpha))
        if glow:
            self._lamp.ellipse([side / SPREAD for side in box], fill=_dim(colour, glow))

    def disc(
        self, at: Point, radius: float, colour: Colour, *, alpha: float = 1, glow: float = 0
    ) -> None:
        """Fill a circle."""
        self.oval(at, radius, radius, colour, alpha=alpha, glow=glow)

    def loop(
        self, at: Point, wide: float, high: float, colour: Colour, *, thick: float, alpha: float = 1,
        glow: float = 0,
    ) -> None:  # fmt: skip
        """Draw the outline of an ellipse."""
        x, y = at
        box = (x - wide, y - high, x + wide, y + high)
        self._pen.ellipse(box, outline=_ink(colour, alpha), width=max(1, round(thick)))
        if glow:
            small = [side / SPREAD for side in box]
            self._lamp.ellipse(
                small, outline=_dim(colour, glow), width=max(1, round(thick / SPREAD))
            )

    def line(
        self,
        points: Sequence[Point],
        colour: Colour,
        *,
        thick: float,
        alpha: float = 1,
        glow: float = 0,
    ) -> None:
        """Draw a line through `points`."""
        if len(points) < 2:
            return
        width = max(1, round(thick))
        self._pen.line(points, fill=_ink(colour, alpha), width=width, joint="curve")
        if glow:
            self._lamp.line(
                _small(points), fill=_dim(colour, glow), width=max(1, width // SPREAD)
            )

    def box(
        self, corner: Point, other: Point, colour: Colour, *, alpha: float = 1, glow: float = 0
    ) -> None:
        """Fill a rectangle between two corners."""
        (x0, x1), (y0, y1) = sorted((corner[0], other[0])), sorted((corner[1], other[1]))
        self.area([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], colour, alpha=alpha, glow=glow)

    # Light and air

    def halo(self, at: Point, radius: float, colour: Colour, strength: float = 1) -> None:
        """Add light around a point, falling off to nothing at `radius`."""
        x0, y0 = max(0, round(at[0] - radius)), max(0, round(at[1] - radius))
        x1 = min(self.width, round(at[0] + radius))
        y1 = min(self.height, round(at[1] + radius))
        if x1 <= x0 or y1 <= y0 or radius < 2:
            return
        # The gradient is made at a sixteenth of the size: it has no edges to lose.
        side = max(4, min(512, round(radius / 2)))
        round_light = Image.radial_gradient("L").resize((side, side)).point(_falloff(strength))
        whole = round_light.resize(
            (round(radius) * 2, round(radius) * 2), Image.Resampling.BICUBIC
        )
        left, top = round(at[0] - radius), round(at[1] - radius)
        mask = whole.crop((x0 - left, y0 - top, x1 - left, y1 - top))
        part = self.image.crop((x0, y0, x1, y1))
        light = Image.merge("RGB", [mask.point(_scaled(channel)) for channel in colour])
        self.image.paste(ImageChops.screen(part, light), (x0, y0))

    def veil(self, top: float, bottom: float, colour: Colour, alpha: Sequence[float]) -> None:
        """Lay a band of mist from `top` to `bottom`; `alpha` from above downwards."""
        y0, y1 = max(0, round(top)), min(self.height, round(bottom))
        if y1 <= y0:
            return
        column = Image.new("L", (1, len(alpha)))
        column.putdata([round(255 * share) for share in alpha])
        mask = column.resize((1, y1 - y0), Image.Resampling.BILINEAR).resize(
            (self.width, y1 - y0)
        )
        self.image.paste(Image.new("RGB", (self.width, y1 - y0), colour), (0, y0), mask)

    def stain(
        self, mask: Image.Image, colour: Colour, alpha: float = 1, top: float = 0
    ) -> None:
        """Lay `colour` where `mask` (any size) is white, from `top` down."""
        y0 = round(top)
        fitted = mask.resize((self.width, self.height - y0), Image.Resampling.BICUBIC)
        strength = fitted.point(_scaled(round(255 * alpha)))
        self.image.paste(Image.new("RGB", fitted.size, colour), (0, y0), strength)

    def backdrop(
        self, stops: Sequence[tuple[float, Colour]], top: float = 0, bottom: float = 1
    ) -> None:
        """Fill the height between two parts of it with a gradient.

        Args:
            stops: Part of the way (0 to 1, rising) and colour there.
            top: Part of the height.
            bottom: Part of the height.
        """
        y0, y1 = round(self.down(top)), round(self.down(bottom))
        rows = max(2, y1 - y0)
        column = Image.new("RGB", (1, rows))
        column.putdata([_between(stops, row / (rows - 1)) for row in range(rows)])
        self.image.paste(column.resize((self.width, rows)), (0, y0))

    def clouds(
        self, wide: int = 6, high: int = 4, octaves: int = 5, stretch: float = 1
    ) -> Image.Image:
        """Return a soft random field, mode L, small: sums of ever finer noise."""
        size = (self.width // 6, self.height // 6)
        total = Image.new("L", size, 128)
        weight = 0.5
        for octave in range(octaves):
            grid = (max(2, round(wide / stretch)) << octave, high << octave)
            grid = (min(grid[0], size[0]), min(grid[1], size[1]))
            noise = Image.frombytes("L", grid, self.dice.randbytes(grid[0] * grid[1]))
            layer = noise.resize(size, Image.Resampling.BICUBIC)
            total = Image.blend(total, layer, weight if octave else 1.0)
            weight *= 0.62
        return total

    def soften(self, radius: float) -> None:
        """Blur all that was drawn so far."""
        self._replace(self.image.filter(ImageFilter.GaussianBlur(radius)))

    def mirror(self, line: float, dim: Colour, ripple: float) -> None:
        """Show above `line` (pixels) upside down below it, darkened to `dim` and rippled."""
        y0 = round(line)
        depth = self.height - y0
        above = self.image.crop((0, max(0, y0 - depth), self.width, y0))
        turned = above.transpose(Image.Transpose.FLIP_TOP_BOTTOM).resize((self.width, depth))
        turned = turned.filter(ImageFilter.BoxBlur(3))
        phase = self.dice.uniform(0, 6.3)
        for row in range(0, depth, 2):
            near = row / depth
            swing = math.sin(row * 90 / (12 + row) + phase) + 0.5 * math.sin(
                row * 0.21 + phase * 3
            )
            strip = turned.crop((0, row, self.width, row + 2))
            strip = ImageChops.offset(strip, round(swing * ripple * (2 + 26 * near)), 0)
            strip = Image.blend(strip, Image.new("RGB", strip.size, dim), 0.28 + 0.4 * near)
            self.image.paste(strip, (0, y0 + row))

    def finish(self) -> Image.Image:
        """Return the picture at its size, with the light laid over it."""
        near = self._light.filter(ImageFilter.GaussianBlur(4))
        far = self._light.filter(ImageFilter.GaussianBlur(16)).point(lambda value: value * 0.9)
        spread = ImageChops.add(near, far).resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)
        small = self.image.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
        return ImageChops.screen(small, spread)

    def _replace(self, image: Image.Image) -> None:
        self.image.paste(image)


def _ink(colour: Colour, alpha: float) -> tuple[int, int, int, int]:
    return (*colour, round(255 * min(max(alpha, 0.0), 1.0)))


def _dim(colour: Colour, strength: float) -> Colour:
    return mix((0, 0, 0), colour, strength)


def _small(points: Iterable[Point]) -> list[Point]:
    return [(x / SPREAD, y / SPREAD) for x, y in points]


def _scaled(share: int) -> list[int]:
    return [value * share // 255 for value in range(256)]


def _falloff(strength: float) -> list[int]:
    # Pillow's radial gradient is 181 where it meets the middle of a side.
    return [round(255 * strength * max(0.0, 1 - value / 180) ** 2) for value in range(256)]


def _between(stops: Sequence[tuple[float, Colour]], part: float) -> Colour:
    for (start, one), (end, other) in pairwise(stops):
        if part <= end:
            return mix(one, other, (part - start) / max(1e-6, end - start))
    return stops[-1][1]
