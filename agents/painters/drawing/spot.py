"""Where a figure stands and how it looks. Figures measure themselves by their own height."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from agents.painters.drawing.canvas import Canvas, Point
from agents.painters.drawing.lexicon import Colour
from agents.painters.drawing.palette import dark, pale


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A place on the canvas for one figure."""

    x: float
    """Pixels; the middle of its foot."""
    y: float
    """Pixels; the ground under it."""
    size: float
    """Pixels; its height."""
    body: Colour
    light: Colour
    """Of its windows, lamps and edges."""
    glow: float = 0.0
    """Light it gives, 0 to 1."""

    def at(self, right: float, up: float) -> Point:
        """Return the point `right` of the middle and `up` from the foot, in heights."""
        return (self.x + right * self.size, self.y - up * self.size)

    def all(self, *points: Point) -> list[Point]:
        """Return `at` of many."""
        return [self.at(right, up) for right, up in points]

    @property
    def shade(self) -> Colour:
        """The body's dark side."""
        return dark(self.body, 0.45)

    @property
    def lit(self) -> Colour:
        """The body's light side."""
        return pale(self.body, 0.3)


Figure: TypeAlias = Callable[[Canvas, Spot], None]


def curve(points: Sequence[Point], steps: int = 12) -> list[Point]:
    """Return a smooth line through `points` (Catmull-Rom), `steps` to each stretch."""
    if len(points) < 3:
        return list(points)
    ends = [points[0], *points, points[-1]]
    line: list[Point] = []
    for a, b, c, d in zip(ends, ends[1:], ends[2:], ends[3:], strict=False):
        for step in range(steps):
            t = step / steps
            across = _spline(a[0], b[0], c[0], d[0], t=t)
            line.append((across, _spline(a[1], b[1], c[1], d[1], t=t)))
    line.append(points[-1])
    return line


def _spline(a: float, b: float, c: float, d: float, *, t: float) -> float:
    return 0.5 * (
        2 * b
        + (c - a) * t
        + (2 * a - 5 * b + 4 * c - d) * t**2
        + (3 * b - a - 3 * c + d) * t**3
    )
