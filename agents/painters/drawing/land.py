"""What lies on the ground from one side to the other."""

import itertools
import math

from agents.painters.drawing.canvas import Canvas, Point
from agents.painters.drawing.lexicon import Colour
from agents.painters.drawing.palette import Palette, dark, mix, pale


def ridge(
    c: Canvas, base: float, high: float, *, rough: float = 0.55, detail: int = 8
) -> list[Point]:
    """Return a random skyline around `base` (pixels), `high` pixels from foot to peak."""
    heights = [c.dice.random(), c.dice.random()]
    swing = 1.0
    for _ in range(detail):
        swing *= rough
        finer: list[float] = []
        for one, other in itertools.pairwise(heights):
            finer += [one, (one + other) / 2 + c.dice.uniform(-swing, swing)]
        heights = [*finer, heights[-1]]
    low, top = min(heights), max(heights)
    steps = len(heights) - 1
    return [
        (c.width * at / steps, base - high * (value - low) / max(1e-6, top - low))
        for at, value in enumerate(heights)
    ]


def mountains(
    c: Canvas, horizon: float, palette: Palette, *, colour: Colour | None, high: float = 1
) -> None:
    """Three ranges, the nearer the darker, with snow on the far one."""
    stone = colour or mix(palette.sky, palette.ground, 0.45)
    for layer in range(3):
        near = layer / 2
        tall = c.down(0.36 - 0.1 * layer) * high
        line = ridge(c, horizon + c.down(0.02 * layer), tall, rough=0.5 + 0.03 * layer)
        tone = mix(mix(stone, palette.horizon, 0.5), dark(stone, 0.6), near)
        c.area([*line, (c.width, c.height), (0, c.height)], tone)
        if layer == 0:
            top = horizon - tall * 0.55
            for (x0, y0), (x1, y1) in itertools.pairwise(line):
                if min(y0, y1) < top:
                    fall = (top - min(y0, y1)) * 0.6
                    c.area(
                        [
                            (x0, y0),
                            (x1, y1),
                            (x1, y1 + fall * c.dice.uniform(0.4, 1)),
                            (x0, y0 + fall * c.dice.uniform(0.4, 1)),
                        ],
                        pale(palette.horizon, 0.55),
                        alpha=0.75,
                    )
        c.veil(
            horizon - tall * 0.45,
            horizon + c.down(0.05),
            palette.horizon,
            [0, 0.2, 0.42 - 0.1 * layer],
        )


def hills(c: Canvas, horizon: float, palette: Palette, colour: Colour | None = None) -> None:
    """Rolling ground in three steps down to the viewer."""
    near = colour or palette.ground
    for layer in range(4):
        base = horizon + (c.height - horizon) * layer * 0.24
        line = ridge(c, base + c.down(0.02), c.down(0.05), rough=0.34, detail=6)
        tone = mix(mix(near, palette.horizon, 0.5), near, (layer + 1) / 4)
        c.area([*line, (c.width, c.height), (0, c.height)], tone)
        c.line(line, pale(tone, 0.3), thick=3, alpha=0.35)


def forest(c: Canvas, horizon: float, palette: Palette, colour: Colour | None = None) -> None:
    """Rows of pines, mist between them."""
    leaf = colour or mix(palette.ground, (26, 74, 56), 0.45)
    for layer in range(4):
        near = layer / 3
        foot = horizon + c.down(0.015 + 0.05 * layer)
        tone = mix(mix(leaf, palette.horizon, 0.62), dark(leaf, 0.5), near)
        x = -20.0
        while x < c.width + 20:
            tall = c.down(0.1 + 0.09 * near) * c.dice.uniform(0.6, 1.25)
            wide = tall * 0.2
            for tier in range(4):
                low, top = foot - tall * (0.1 + tier * 0.2), foot - tall * (0.45 + tier * 0.185)
                half = wide * (1.15 - tier * 0.25)
                c.area([(x - half, low), (x, top), (x + half, low)], tone)
            c.box((x - wide * 0.12, foot), (x + wide * 0.12, foot - tall * 0.12), tone)
            x += wide * c.dice.uniform(0.7, 1.9)
        c.box((0, foot - 2), (c.width, c.height), tone)
        c.veil(
            foot - c.down(0.12),
            foot + c.down(0.02),
            palette.horizon,
            [0, 0.08, 0.3 * (1 - near)],
        )


def city(
    c: Canvas, horizon: float, palette: Palette, *, colour: Colour | None, high: float = 1
) -> None:
    """Three rows of blocks with lit windows."""
    wall = colour or palette.ground
    for layer in range(3):
        near = layer / 2
        tone = mix(mix(wall, palette.horizon, 0.55), dark(wall, 0.35), near)
        foot = horizon + c.down(0.02 * layer)
        x = -10.0
        while x < c.width:
            wide = c.across(c.dice.uniform(0.02, 0.055)) * (0.7 + 0.5 * near)
            middle = 1 - abs((x + wide / 2) / c.width - 0.5) * 1.1
            tall = (
                c.down(c.dice.uniform(0.06, 0.34))
                * high
                * (0.45 + 0.75 * middle)
                * (1.05 - 0.3 * near)
            )
            c.box((x, foot), (x + wide, foot - tall), tone)
            c.box((x + wide * 0.7, foot), (x + wide, foot - tall), dark(tone, 0.3), alpha=0.6)
            if c.dice.random() < 0.25:
                c.line(
                    [(x + wide / 2, foot - tall), (x + wide / 2, foot - tall * 1.2)],
                    tone,
                    thick=3,
                )
            pane = 4 + 3 * near
            for row in range(int(tall / (pane * 2.6))):
                for column in range(int(wide / (pane * 2))):
                    if c.dice.random() < 0.2 + 0.16 * near:
                        at = (
                            x + pane * (0.7 + column * 2),
                            foot - tall + pane * (1 + row * 2.6),
                        )
                        light = palette.light if c.dice.random() < 0.75 else palette.accent
                        c.box(
                            at,
                            (at[0] + pane, at[1] + pane * 1.4),
                            light,
                            alpha=0.5 + 0.45 * near,
                            glow=0.35 * near,
                        )
            x += wide * c.dice.uniform(1.0, 1.3)
        c.box((0, foot), (c.width, c.height), tone)
        c.veil(foot - c.down(0.14), foot, palette.horizon, [0, 0.3 * (1 - near) + 0.06])


def dunes(c: Canvas, horizon: float, palette: Palette, colour: Colour | None = None) -> None:
    """Sand in long curves, one flank in the sun."""
    sand = colour or mix(palette.ground, (214, 170, 110), 0.6)
    for layer in range(5):
        near = layer / 4
        base = horizon + (c.height - horizon) * (0.02 + 0.23 * layer)
        phase, lean = c.dice.uniform(0, 6.3), c.dice.uniform(1.2, 2.6)
        crest = [
            (
                c.width * t / 60,
                base
                - c.down(0.03 + 0.05 * near)
                * (0.5 + 0.5 * math.sin(t / 60 * math.tau * lean * 0.5 + phase)) ** 1.6,
            )
            for t in range(61)
        ]
        tone = mix(mix(sand, palette.horizon, 0.5), dark(sand, 0.25), near)
        c.area([*crest, (c.width, c.height), (0, c.height)], pale(tone, 0.14))
        shade = [
            (
                x + c.across(0.03 + 0.05 * near),
                y + c.down(0.04 + 0.12 * near) * (0.4 + 0.6 * math.sin(x * 0.004 + phase) ** 2),
            )
            for x, y in crest
        ]
        c.area([*crest, *reversed(shade)], dark(tone, 0.28), alpha=0.5)


def field(c: Canvas, horizon: float, palette: Palette, colour: Colour | None = None) -> None:
    """Grass in the wind, with flowers in it."""
    grass = colour or mix(palette.ground, (92, 140, 70), 0.45)
    for _ in range(2600):
        near = c.dice.random() ** 0.7
        x, y = c.dice.uniform(0, c.width), horizon + (c.height - horizon) * near + 8
        tall = 8 + 52 * near * near
        lean = (math.sin(x * 0.006) * 0.4 + c.dice.gauss(0.1, 0.15)) * tall
        tone = mix(
            mix(grass, palette.horizon, 0.4 * (1 - near)),
            dark(grass, 0.4),
            c.dice.random() * 0.8,
        )
        c.line([(x, y), (x + lean, y - tall)], tone, thick=1 + 2.4 * near, alpha=0.9)
        if c.dice.random() < 0.05:
            c.disc((x + lean, y - tall), 1.5 + 4 * near, palette.accent, glow=0.2)


def river(c: Canvas, horizon: float, palette: Palette, colour: Colour | None = None) -> None:
    """Water that winds from the horizon to the viewer."""
    left: list[Point] = []
    right: list[Point] = []
    phase = c.dice.uniform(0, 6.3)
    for step in range(41):
        near = (step / 40) ** 1.8
        y = horizon + (c.height - horizon) * near
        middle = c.across(0.5 + 0.2 * math.sin(step * 0.21 + phase) * (0.15 + near * 0.8))
        half = 5 + c.across(0.17) * near
        left.append((middle - half, y))
        right.append((middle + half, y))
    water = mix(colour or palette.sky, palette.horizon, 0.35)
    c.area([*left, *reversed(right)], water, alpha=0.95, glow=0.12)
    for _ in range(130):
        step = c.dice.randrange(4, 40)
        (x0, y), (x1, _) = left[step], right[step]
        start = c.dice.uniform(x0, x1)
        long = (x1 - x0) * c.dice.uniform(0.04, 0.2)
        c.line(
            [(start, y), (min(x1, start + long), y)],
            palette.light,
            thick=1 + step / 16,
            alpha=0.5,
            glow=0.2,
        )
    for bank in (left, right):
        c.line(bank, dark(palette.ground, 0.4), thick=5, alpha=0.6)


def road(c: Canvas, horizon: float, palette: Palette, colour: Colour | None = None) -> None:
    """A straight way to the vanishing point."""
    far = (c.across(0.5), horizon + 2)
    tone = colour or mix(palette.ground, (120, 118, 124), 0.35)
    c.area(
        [
            (far[0] - 5, far[1]),
            (far[0] + 5, far[1]),
            (c.across(0.76), c.height),
            (c.across(0.24), c.height),
        ],
        tone,
    )
    for side in (0.25, 0.75):
        c.line([far, (c.across(side), c.height)], palette.light, thick=5, alpha=0.55, glow=0.15)
    for dash in range(14):
        near, end = (dash / 14) ** 2.2, ((dash + 0.5) / 14) ** 2.2
        y0, y1 = (far[1] + (c.height - far[1]) * part for part in (near, end))
        half0, half1 = 1 + 9 * near, 1 + 9 * end
        c.area(
            [
                (far[0] - half0, y0),
                (far[0] + half0, y0),
                (far[0] + half1, y1),
                (far[0] - half1, y1),
            ],
            palette.light,
            alpha=0.8,
            glow=0.2,
        )


def ground(c: Canvas, horizon: float, palette: Palette) -> None:
    """Plain ground, hazy far away, dark near by, with a little grass."""
    top = horizon / c.height
    c.backdrop(
        [
            (0, mix(palette.ground, palette.horizon, 0.55)),
            (0.3, mix(palette.ground, palette.horizon, 0.2)),
            (1, dark(palette.ground, 0.35)),
        ],
        top,
        1,
    )
    line = ridge(c, horizon + 6, c.down(0.022), rough=0.4, detail=7)
    c.area(
        [*line, (c.width, horizon + 12), (0, horizon + 12)],
        mix(palette.ground, palette.horizon, 0.55),
    )
    for _ in range(420):
        near = c.dice.random()
        x, y = c.dice.uniform(0, c.width), horizon + (c.height - horizon) * near
        long = 4 + 26 * near
        c.line(
            [(x, y), (x + long, y - 1)], pale(palette.ground, 0.2), thick=1 + near, alpha=0.22
        )


def glints(c: Canvas, line: float, colour: Colour, column: float | None) -> None:
    """Light on water below `line`; most of it under `column`, if something shines there."""
    for _ in range(520):
        near = c.dice.random() ** 1.4
        y = line + (c.height - line) * near + 3
        if column is not None and c.dice.random() < 0.75:
            x = c.dice.gauss(column, c.across(0.025 + 0.07 * near))
        else:
            x = c.dice.uniform(0, c.width)
        long = (5 + 52 * near) * c.dice.uniform(0.4, 1.2)
        c.line(
            [(x - long, y), (x + long, y)],
            colour,
            thick=1 + 2.4 * near,
            alpha=c.dice.uniform(0.1, 0.5),
            glow=0.16,
        )


def waves(c: Canvas, line: float, palette: Palette, colour: Colour | None = None) -> None:
    """Rows of waves, the near ones with foam."""
    water = colour or mix(palette.sky, palette.ground, 0.5)
    for layer in range(7):
        near = (layer + 1) / 7
        base = line + (c.height - line) * (near**1.5) * 0.97
        tall, phase = 5 + 48 * near**1.6, c.dice.uniform(0, 6.3)
        crest = [
            (
                x,
                base
                - tall
                * (
                    abs(math.sin(x * 0.011 / (0.35 + near) + phase)) ** 1.7
                    + 0.25 * math.sin(x * 0.031 + phase * 2)
                ),
            )
            for x in range(-10, c.width + 20, 10)
        ]
        tone = mix(mix(water, palette.horizon, 0.35), dark(water, 0.5), near)
        c.area([*crest, (c.width + 10, c.height), (-10, c.height)], tone, alpha=0.86)
        c.line(crest, pale(palette.horizon, 0.5), thick=1.5 + 4 * near, alpha=0.5, glow=0.06)


def shadow(c: Canvas, at: Point, wide: float) -> None:
    """The soft dark under something that stands."""
    for part in (1.0, 0.75, 0.5):
        c.oval(at, wide * part, wide * part * 0.14, (0, 0, 0), alpha=0.14)
