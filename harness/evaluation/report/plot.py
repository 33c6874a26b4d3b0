"""Draws panels as SVG: lines with their intervals and names, or dots in rows.

A panel is drawn by numbers alone: the same panel gives the same text on every machine. Words
that are not ours are escaped here. What a mark is worth stands in its `title`, which browsers
show under the pointer and screen readers say.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from math import log2
from typing import Final

from harness.evaluation.report.look import Look, Mark
from transcripts.export.marks import flat

WIDTH: Final = 392
HEIGHT: Final = 268
_LEFT: Final = 42
_RIGHT: Final = 92
_TOP: Final = 30
_BOTTOM: Final = 42
_ROW: Final = 21
_NAMES: Final = 118
_APART: Final = 13
FEW: Final = 5
"""Cases below which a mark is pale."""


@dataclass(frozen=True, slots=True)
class Axis:
    """One direction of a panel."""

    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]
    title: str = ""
    log: bool = False

    def share(self, value: float) -> float:
        """Return where a value lies, 0 to 1; what is outside lies on the edge."""
        inside = min(max(value, self.low), self.high)
        if self.log:
            return log2(inside / self.low) / log2(self.high / self.low)
        return (inside - self.low) / (self.high - self.low)


@dataclass(frozen=True, slots=True)
class Point:
    """What was measured once."""

    x: float
    y: float
    told: str
    """In words."""
    between: tuple[float, float] | None = None
    """Its interval."""
    cases: int = FEW
    """How many it stands for."""


@dataclass(frozen=True, slots=True)
class Series:
    """Points of one way, in order of x."""

    name: str
    look: Look
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Lines:
    """A panel of lines."""

    title: str
    x: Axis
    y: Axis
    series: tuple[Series, ...]
    rules: tuple[float, ...] = ()
    """Values of y that mean something."""
    band: tuple[float, float] | None = None
    """Values of y that are as good as nothing."""

    @property
    def height(self) -> float:
        """In pixels."""
        return HEIGHT


@dataclass(frozen=True, slots=True)
class Dots:
    """A panel of rows; `Point.y` is the number of the row, from 0 at the top."""

    title: str
    rows: tuple[str, ...]
    x: Axis
    series: tuple[Series, ...]

    @property
    def height(self) -> float:
        """In pixels."""
        return _TOP + _ROW * len(self.rows) + _BOTTOM


def draw(panel: Lines | Dots) -> str:
    """Return a panel as an `svg` element without colours of its own."""
    inside = _lines(panel) if isinstance(panel, Lines) else _dots(panel)
    return (
        f'<svg class="plot" viewBox="0 0 {WIDTH} {_n(panel.height)}" width="{WIDTH}" '
        f'height="{_n(panel.height)}" xmlns="http://www.w3.org/2000/svg" role="img">'
        f"<title>{said(panel.title)}</title>"
        f'<text class="ttl" x="4" y="15">{said(panel.title)}</text>{inside}</svg>'
    )


def key(series: Look, name: str, x: float, y: float) -> str:
    """Return the mark of a way with its name beside it, for a legend."""
    return (
        f'<g class="way h{series.hue}{" strong" if series.strong else ""}">'
        f"{mark(series.mark, x, y - 4, 4.5)}"
        f'<text x="{_n(x + 10)}" y="{_n(y)}">{said(name)}</text></g>'
    )


def said(text: str) -> str:
    """Return words that may be anybody's as they may stand in a page: on one line, escaped."""
    return escape(flat(text))


def mark(
    kind: Mark, x: float, y: float, size: float, told: str = "", *, few: bool = False
) -> str:
    """Return one mark."""
    title = f"<title>{said(told)}</title>" if told else ""
    pale = " few" if few else ""
    a, b, c, d = _n(x - size), _n(x + size), _n(y - size), _n(y + size)
    match kind:
        case "disc":
            return (
                f'<circle class="m{pale}" cx="{_n(x)}" cy="{_n(y)}" r="{size}">{title}</circle>'
            )
        case "ring":
            return (
                f'<circle class="o{pale}" cx="{_n(x)}" cy="{_n(y)}" r="{size - 0.5}">'
                f"{title}</circle>"
            )
        case "square":
            return (
                f'<rect class="m{pale}" x="{_n(x - size * 0.9)}" y="{_n(y - size * 0.9)}" '
                f'width="{_n(size * 1.8)}" height="{_n(size * 1.8)}">{title}</rect>'
            )
        case "diamond":
            path = f"M{_n(x)} {c}L{b} {_n(y)}L{_n(x)} {d}L{a} {_n(y)}Z"
            return f'<path class="m{pale}" d="{path}">{title}</path>'
        case "triangle":
            path = f"M{_n(x)} {c}L{b} {d}L{a} {d}Z"
            return f'<path class="m{pale}" d="{path}">{title}</path>'
        case "cross":
            path = f"M{a} {c}L{b} {d}M{a} {d}L{b} {c}"
            return f'<path class="l{pale}" d="{path}">{title}</path>'


def _lines(panel: Lines) -> str:
    wide, high = WIDTH - _LEFT - _RIGHT, HEIGHT - _TOP - _BOTTOM

    def at(x: float, y: float) -> tuple[float, float]:
        return _LEFT + wide * panel.x.share(x), _TOP + high * (1 - panel.y.share(y))

    right, foot = _LEFT + wide, _TOP + high
    told: list[str] = []
    if panel.band is not None:
        (_, top), (_, bottom) = at(0, panel.band[1]), at(0, panel.band[0])
        told.append(
            f'<rect class="band" x="{_LEFT}" y="{_n(top)}" width="{wide}" '
            f'height="{_n(bottom - top)}"/>'
        )
    for value, name in panel.y.ticks:
        y = at(panel.x.low, value)[1]
        told.append(f'<line class="grid" x1="{_LEFT}" x2="{right}" y1="{_n(y)}" y2="{_n(y)}"/>')
        told.append(f'<text class="end" x="{_LEFT - 6}" y="{_n(y + 4)}">{said(name)}</text>')
    for value, name in panel.x.ticks:
        x = at(value, panel.y.low)[0]
        told.append(f'<text class="mid" x="{_n(x)}" y="{foot + 16}">{said(name)}</text>')
    told.append(
        f'<text class="mid" x="{_LEFT + wide / 2}" y="{foot + 33}">{said(panel.x.title)}</text>'
    )
    for value in panel.rules:
        y = at(panel.x.low, value)[1]
        told.append(f'<line class="rule" x1="{_LEFT}" x2="{right}" y1="{_n(y)}" y2="{_n(y)}"/>')
    drawn: list[tuple[Series, list[tuple[float, float]]]] = []
    for whole in panel.series:
        # What lies below the edge is left out, and an arrow at the name says so.
        points = tuple(one for one in whole.points if one.y >= panel.y.low)
        if points:
            name = whole.name if len(points) == len(whole.points) else f"{whole.name} ↓"
            kept = Series(name, whole.look, points)
            drawn.append((kept, [at(one.x, one.y) for one in points]))
    names = apart([places[-1][1] for _, places in drawn], _TOP, foot + 6)
    for (one, places), name_at in zip(drawn, names, strict=True):
        told.append(f'<g class="way h{one.look.hue}{" strong" if one.look.strong else ""}">')
        for point, (x, _) in zip(one.points, places, strict=True):
            if point.between is not None:
                low, upper = (at(point.x, value)[1] for value in point.between)
                told.append(
                    f'<line class="w" x1="{_n(x)}" x2="{_n(x)}" y1="{_n(low)}" y2="{_n(upper)}"/>'
                )
        path = "L".join(f"{_n(x)} {_n(y)}" for x, y in places)
        told.append(f'<path class="l" d="M{path}"/>')
        told += [
            mark(one.look.mark, x, y, 4 if one.look.strong else 3.4, point.told,
                 few=point.cases < FEW)
            for point, (x, y) in zip(one.points, places, strict=True)
        ]  # fmt: skip
        told.append(f'<text x="{right + 9}" y="{_n(name_at + 4)}">{said(one.name)}</text></g>')
    return "".join(told)


def _dots(panel: Dots) -> str:
    right = WIDTH - 14
    wide = right - _NAMES
    foot = _TOP + _ROW * len(panel.rows)
    told: list[str] = []
    for value, name in panel.x.ticks:
        x = _NAMES + wide * panel.x.share(value)
        told.append(
            f'<line class="grid" x1="{_n(x)}" x2="{_n(x)}" y1="{_TOP - 4}" y2="{foot}"/>'
            f'<text class="mid" x="{_n(x)}" y="{foot + 15}">{said(name)}</text>'
        )
    told.append(
        f'<text class="mid" x="{_n(_NAMES + wide / 2)}" y="{foot + 32}">{said(panel.x.title)}</text>'
    )
    for number, name in enumerate(panel.rows):
        y = _TOP + _ROW * (number + 0.5)
        short = name if len(name) <= 20 else f"{name[:19]}…"
        told.append(
            f'<line class="grid" x1="{_NAMES}" x2="{right}" y1="{_n(y)}" y2="{_n(y)}"/>'
            f'<text class="end" x="{_NAMES - 9}" y="{_n(y + 4)}">{said(short)}</text>'
        )
    for one in reversed(panel.series):  # what is strong comes first, and is drawn on top
        told.append(f'<g class="way h{one.look.hue}{" strong" if one.look.strong else ""}">')
        told += [
            mark(one.look.mark if panel.x.low <= point.x <= panel.x.high else "ring",
                 _NAMES + wide * panel.x.share(point.x),
                 _TOP + _ROW * (point.y + 0.5), 5 if one.look.strong else 4.2, point.told,
                 few=point.cases < FEW)
            for point in one.points
        ]  # fmt: skip
        told.append("</g>")
    return "".join(told)


def apart(wanted: Sequence[float], top: float, foot: float) -> list[float]:
    """Return heights for names near those wanted, in the same order, none upon another."""
    order = sorted(range(len(wanted)), key=lambda at: (wanted[at], at))
    placed = [0.0] * len(wanted)
    least = top
    for at in order:
        placed[at] = max(wanted[at], least)
        least = placed[at] + _APART
    most = foot
    for at in reversed(order):
        placed[at] = min(placed[at], most)
        most = placed[at] - _APART
    return placed


def _n(value: float) -> str:
    return f"{value:.1f}".rstrip("0").rstrip(".")
