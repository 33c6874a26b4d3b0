"""Settings with walls: halls and tunnels, drawn to one vanishing point."""

import math
from itertools import pairwise

from agents.painters.drawing.canvas import Canvas, Point
from agents.painters.drawing.palette import dark, mix, pale, turned
from agents.painters.drawing.reading import Plan
from agents.painters.drawing.settings import Stage, heavens, thing


def hall_setting(c: Canvas, plan: Plan) -> Stage:
    """A long room that runs to one point; shelves or columns on its sides."""
    p = plan.palette
    middle = (c.across(0.5), c.down(0.5))
    half = (c.across(0.072), c.down(0.13))
    if plan.open_sky:
        heavens(c, plan, c.down(0.62))
    else:
        c.backdrop([(0, dark(p.zenith, 0.45)), (1, dark(p.sky, 0.35))])
        for beam in range(1, 9):
            part = (beam / 8) ** 2.2
            x, y = (
                c.across(0.5) * part + half[0] * (1 - part),
                c.down(0.5) * part + half[1] * (1 - part),
            )
            c.line(
                [(middle[0] - x, middle[1] - y), (middle[0] + x, middle[1] - y)],
                dark(p.zenith, 0.7),
                thick=2 + 26 * part,
            )
    c.box(
        (middle[0] - half[0], middle[1] - half[1]),
        (middle[0] + half[0], middle[1] + half[1]),
        mix(p.sky, p.ground, 0.55),
    )
    far_foot = middle[1] + half[1]
    c.area(
        [
            (middle[0] - half[0], far_foot),
            (middle[0] + half[0], far_foot),
            (c.width, c.height),
            (0, c.height),
        ],
        mix(p.ground, p.sky, 0.16),
    )
    _boards(c, plan, middle, half)
    for side in (-1, 1):
        if thing(plan, "shelf"):
            _shelves(c, plan, side=side, middle=middle, half=half)
        else:
            _columns(c, plan, side=side, middle=middle, half=half)
    c.halo(middle, c.down(0.5), p.light, 0.4)
    return Stage(
        far_foot,
        c.down(0.95),
        near=0.42,
        far=0.14,
        end=(middle[0], far_foot),
        end_size=half[1] * 1.45,
    )


def _wall(c: Canvas, part: float, side: int, middle: Point, half: Point) -> tuple[float, float]:
    """Return x and half the height of a side wall, `part` (0 far, 1 near) of the way."""
    x = middle[0] + side * (half[0] + (c.across(0.5) - half[0]) * part)
    return x, half[1] + (c.down(0.62) - half[1]) * part


def _shelves(c: Canvas, plan: Plan, *, side: int, middle: Point, half: Point) -> None:
    p = plan.palette
    what = thing(plan, "shelf")
    shine = bool(what and what.glow)
    tint = (what.colour if what else None) or mix(p.accent, (150, 104, 70), 0.35)
    wood = dark(mix(p.ground, tint, 0.18), 0.25)
    bays = [(k / 13) ** 2.1 for k in range(14)]
    rows = 8
    corners: list[Point] = []
    for part in (0.0, 1.0):
        x, tall = _wall(c, part, side, middle, half)
        corners += [(x, middle[1] - tall), (x, middle[1] + tall)]
    c.area([corners[0], corners[2], corners[3], corners[1]], wood)
    for near, far in pairwise(bays):
        (x0, tall0), (x1, tall1) = (_wall(c, part, side, middle, half) for part in (near, far))
        for row in range(rows):
            low, high = row / rows * 2 - 1, (row + 0.8) / rows * 2 - 1
            books = 6
            for book in range(books):
                a, b = (book + 0.1) / books, (book + 0.88) / books
                full = c.dice.uniform(0.45, 1.0)
                if c.dice.random() < 0.1:
                    continue
                quad: list[Point] = []
                for share, edge in ((a, "top"), (b, "top"), (b, "foot"), (a, "foot")):
                    x, tall = x0 + (x1 - x0) * share, tall0 + (tall1 - tall0) * share
                    up = high if edge == "foot" else high - (high - low) * full
                    quad.append((x, middle[1] + tall * up))
                tone = turned(tint, c.dice.gauss(0, 0.035 if shine else 0.07))
                fade = 0.25 + 0.5 * near
                colour = mix(
                    mix(tone, p.horizon, 0.3 * (1 - near)), wood, c.dice.uniform(0.0, 0.55)
                )
                if shine:
                    colour = mix(colour, pale(tone, 0.5), c.dice.random() * 0.7)
                c.area(quad, colour, glow=(0.35 + 0.5 * c.dice.random()) * fade if shine else 0)
        c.line(
            [(x1, middle[1] - tall1), (x1, middle[1] + tall1)],
            dark(wood, 0.4),
            thick=2 + 16 * far,
        )
    for row in range(rows + 1):
        up = row / rows * 2 - 1
        (x0, tall0), (x1, tall1) = (_wall(c, part, side, middle, half) for part in (0.0, 1.0))
        c.line(
            [(x0, middle[1] + tall0 * up), (x1, middle[1] + tall1 * up)],
            dark(wood, 0.5),
            thick=5,
        )


def _columns(c: Canvas, plan: Plan, *, side: int, middle: Point, half: Point) -> None:
    p = plan.palette
    stone = mix(p.ground, p.horizon, 0.3)
    corners: list[Point] = []
    for part in (0.0, 1.0):
        x, tall = _wall(c, part, side, middle, half)
        corners += [(x, middle[1] - tall), (x, middle[1] + tall)]
    c.area([corners[0], corners[2], corners[3], corners[1]], dark(stone, 0.3))
    parts = [(k / 7) ** 1.9 for k in range(8)]
    for far, near in pairwise(parts):
        inner, outer = far + (near - far) * 0.34, far + (near - far) * 0.84
        (x0, tall0), (x1, tall1) = (
            _wall(c, part, side, middle, half) for part in (inner, outer)
        )
        arch = [
            (
                x0 + (x1 - x0) * t / 12,
                middle[1]
                - (tall0 + (tall1 - tall0) * t / 12)
                * (0.32 + 0.36 * math.sin(math.pi * t / 12)),
            )
            for t in range(13)
        ]
        foot = [(x1, middle[1] + tall1 * 0.42), (x0, middle[1] + tall0 * 0.42)]
        c.area([*arch, *foot], mix(p.light, p.horizon, 0.45), glow=0.4)
        c.area(
            [
                (x0, middle[1] + tall0),
                (x1, middle[1] + tall1),
                (x1 - side * (x1 - middle[0]) * side * 0.5, middle[1] + tall1),
                (x0 - (x0 - middle[0]) * 0.5, middle[1] + tall0),
            ],
            p.light,
            alpha=0.13,
        )
        x, tall = _wall(c, near, side, middle, half)
        wide = 5 + 46 * near
        c.box(
            (x - wide / 2, middle[1] - tall),
            (x + wide / 2, middle[1] + tall),
            mix(stone, pale(stone, 0.3), near),
        )
        c.box(
            (x, middle[1] - tall),
            (x + side * wide / 2, middle[1] + tall),
            dark(stone, 0.5),
            alpha=0.5,
        )


def _boards(c: Canvas, plan: Plan, middle: Point, half: Point) -> None:
    p = plan.palette
    foot = middle[1] + half[1]
    for board in range(-8, 9):
        x0, x1 = middle[0] + half[0] * board / 8, middle[0] + c.across(0.5) * board / 4
        c.line(
            [(x0, foot), (x1, c.height + (c.height - foot))],
            dark(p.ground, 0.5),
            thick=3,
            alpha=0.7,
        )
    for row in range(1, 11):
        part = (row / 10) ** 2.3
        y = foot + (c.height - foot) * part
        c.line([(0, y), (c.width, y)], dark(p.ground, 0.5), thick=1 + 5 * part, alpha=0.6)
    c.area(
        [
            (middle[0] - half[0] * 0.8, foot),
            (middle[0] + half[0] * 0.8, foot),
            (c.across(0.72), c.height),
            (c.across(0.28), c.height),
        ],
        p.light,
        alpha=0.1,
        glow=0.07,
    )


def tunnel_setting(c: Canvas, plan: Plan) -> Stage:
    """Rings that recede to a light."""
    p = plan.palette
    c.backdrop([(0, dark(p.zenith, 0.5)), (1, dark(p.ground, 0.4))])
    middle = (c.across(0.5), c.down(0.48))
    turn = c.dice.uniform(-0.05, 0.05)
    rings = 26
    for ring in range(rings):
        part = 1 - ring / rings
        far = part**2.1
        radius = c.across(0.72) * far + c.down(0.07)
        tone = mix(pale(p.light, 0.1), dark(p.sky, 0.55), min(1, far**0.22 * 1.06))
        tone = mix(tone, p.accent, 0.22 if ring % 3 == 0 else 0)
        points = [
            (
                middle[0]
                + math.cos(math.tau * k / 64 + ring * turn)
                * radius
                * (1 + 0.03 * math.sin(9 * math.tau * k / 64 + ring)),
                middle[1]
                + math.sin(math.tau * k / 64 + ring * turn)
                * radius
                * 0.86
                * (1 + 0.03 * math.cos(7 * math.tau * k / 64 + ring)),
            )
            for k in range(64)
        ]
        c.area(points, tone, glow=0.5 * (1 - far) ** 6)
        c.line(
            [*points, points[0]],
            pale(tone, 0.35) if ring % 2 else dark(tone, 0.5),
            thick=1 + 8 * far,
            alpha=0.6,
        )
        for stone in range(0, 64, 4):
            at = points[(stone + ring * 2) % 64]
            inner = (
                middle[0] + (at[0] - middle[0]) * 0.9,
                middle[1] + (at[1] - middle[1]) * 0.9,
            )
            c.line([at, inner], dark(tone, 0.45), thick=1 + 5 * far, alpha=0.5)
    c.halo(middle, c.down(0.4), p.light, 0.8)
    return Stage(
        middle[1],
        c.down(0.93),
        near=0.4,
        far=0.12,
        end=(middle[0], middle[1] + c.down(0.065)),
        end_size=c.down(0.13),
    )
