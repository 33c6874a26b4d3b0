"""Figures that stand on a table, float in a dream, or run in a machine."""

import math
from collections.abc import Mapping, Sequence

from agents.painters.drawing.canvas import Canvas, Point
from agents.painters.drawing.lexicon import Colour
from agents.painters.drawing.palette import dark, mix, pale, turned
from agents.painters.drawing.spot import Figure, Spot, curve


def round_points(
    sides: int, radius: float, *, turn: float = 0, at: Point = (0, 0.5)
) -> list[Point]:
    """Return the corners of a regular polygon, in heights."""
    return [
        (
            at[0] + radius * math.cos(turn + math.tau * k / sides),
            at[1] + radius * math.sin(turn + math.tau * k / sides),
        )
        for k in range(sides)
    ]


def crystal(c: Canvas, s: Spot) -> None:
    """A cluster of prisms with bright edges."""
    c.halo(s.at(0, 0.45), s.size * 0.85, s.light, 0.5 + s.glow * 0.4)
    for lean, high, wide in (
        (-0.34, 0.6, 0.09),
        (0.32, 0.66, 0.1),
        (-0.16, 0.84, 0.11),
        (0.17, 0.76, 0.1),
        (0.0, 1.0, 0.14),
    ):
        tip, shoulder = (lean, high), (lean * 0.8, high * 0.8)
        left, right = (lean * 0.25 - wide, 0.0), (lean * 0.25 + wide, 0.0)
        c.area(
            s.all(
                left,
                (shoulder[0] - wide, shoulder[1]),
                tip,
                (shoulder[0] + wide * 0.15, shoulder[1] - 0.04),
                (lean * 0.25, -0.02),
            ),
            s.lit,
            alpha=0.9,
            glow=0.2 + s.glow * 0.3,
        )
        c.area(
            s.all(
                (lean * 0.25, -0.02),
                (shoulder[0] + wide * 0.15, shoulder[1] - 0.04),
                tip,
                (shoulder[0] + wide, shoulder[1]),
                right,
            ),
            s.shade,
            alpha=0.9,
        )
        c.line(
            s.all((lean * 0.25, -0.02), (shoulder[0] + wide * 0.15, shoulder[1] - 0.04), tip),
            pale(s.light, 0.4),
            thick=s.size * 0.007,
            alpha=0.9,
            glow=0.5,
        )


def orb(c: Canvas, s: Spot) -> None:
    """A ball lit from the upper left."""
    c.halo(s.at(0, 0.5), s.size * 0.95, s.light, 0.35 + s.glow * 0.5)
    for step in range(24):
        part = step / 23
        at = s.at(-0.16 * part, 0.5 + 0.18 * part)
        c.disc(
            at,
            s.size * 0.5 * (1 - part) ** 0.8 + 1,
            mix(s.shade, s.lit, part),
            glow=0.2 * s.glow,
        )
    c.oval(s.at(-0.17, 0.7), s.size * 0.09, s.size * 0.06, (255, 255, 255), alpha=0.8)


def cube(c: Canvas, s: Spot) -> None:
    """Three faces and a smaller cube within."""
    outer = round_points(6, 0.5, turn=math.pi / 6)
    centre = (0.0, 0.5)
    faces = ((0, 1, 2, s.lit), (2, 3, 4, s.body), (4, 5, 0, s.shade))
    c.halo(s.at(0, 0.5), s.size * 0.9, s.light, 0.3 + s.glow * 0.5)
    for scale, alpha in ((1.0, 0.92), (0.5, 0.9)):
        for a, b, d, tone in faces:
            corners = [centre, *(outer[k] for k in (a, b, d))]
            c.area(
                s.all(*((x * scale, 0.5 + (up - 0.5) * scale) for x, up in corners)),
                tone,
                alpha=alpha,
                glow=s.glow * 0.2,
            )
        ring = [(x * scale, 0.5 + (up - 0.5) * scale) for x, up in outer]
        c.line(s.all(*ring, ring[0]), s.light, thick=s.size * 0.01, glow=0.5)
        for corner in ring[::2]:
            c.line(s.all(centre, corner), s.light, thick=s.size * 0.008, alpha=0.8, glow=0.3)


def mirror(c: Canvas, s: Spot) -> None:
    """An oval glass in a frame, with another sky in it."""
    centre = s.at(0, 0.55)
    c.line(s.all((-0.2, 0), (0, 0.2), (0.2, 0)), s.shade, thick=s.size * 0.04)
    c.oval(centre, s.size * 0.35, s.size * 0.47, s.shade)
    c.oval(centre, s.size * 0.33, s.size * 0.45, s.body)
    for step in range(12):
        c.oval(
            (centre[0], centre[1]),
            s.size * (0.29 - step * 0.006),
            s.size * (0.41 - step * 0.02),
            mix(dark(s.light, 0.6), s.light, step / 11),
            alpha=0.6,
            glow=0.06,
        )
    for x in (-0.14, -0.06):
        c.line(
            s.all((x - 0.08, 0.4), (x + 0.12, 0.8)),
            (255, 255, 255),
            thick=s.size * 0.02,
            alpha=0.35,
        )
    c.halo(centre, s.size * 0.7, s.light, 0.35)


def book(c: Canvas, s: Spot) -> None:
    """Open, with light that rises from its pages."""
    c.halo(s.at(0, 0.5), s.size * 0.9, s.light, 0.55)
    c.area(s.all((-0.78, 0.1), (-0.7, 0.46), (0.7, 0.46), (0.78, 0.1), (0, 0.02)), s.shade)
    for side in (-1, 1):
        page = curve(s.all((0, 0.1), (side * 0.3, 0.2), (side * 0.72, 0.14)))
        top = curve(s.all((side * 0.66, 0.5), (side * 0.3, 0.56), (0, 0.46)))
        c.area([*page, *top], pale(s.body, 0.75), glow=0.12)
        for row in range(7):
            up = 0.19 + row * 0.045
            ends = curve(
                s.all(
                    (side * 0.08, up - 0.01),
                    (side * 0.3, up + 0.035),
                    (side * (0.62 - row * 0.006), up + 0.0),
                )
            )
            c.line(ends, s.shade, thick=s.size * 0.008, alpha=0.55)
    for _ in range(26):
        x, up = c.dice.uniform(-0.5, 0.5), c.dice.uniform(0.5, 1.15)
        c.disc(
            s.at(x * (1.2 - up * 0.5), up),
            s.size * c.dice.uniform(0.006, 0.018),
            s.light,
            alpha=0.9,
            glow=0.8,
        )


def clock(c: Canvas, s: Spot) -> None:
    """A dial with hands."""
    centre = s.at(0, 0.5)
    c.halo(centre, s.size * 0.8, s.light, 0.3 + s.glow * 0.4)
    for radius, tone in ((0.5, s.shade), (0.46, s.body), (0.41, pale(s.body, 0.75))):
        c.disc(centre, s.size * radius, tone)
    for mark in range(60):
        turn, long = math.tau * mark / 60, 0.05 if mark % 5 == 0 else 0.02
        ends = s.all(
            *(
                (math.sin(turn) * part, 0.5 + math.cos(turn) * part)
                for part in (0.39 - long, 0.39)
            )
        )
        c.line(ends, dark(s.body, 0.7), thick=s.size * (0.014 if mark % 5 == 0 else 0.006))
    for reach, thick, turn in (
        (0.22, 0.028, c.dice.uniform(0, 6.3)),
        (0.33, 0.018, c.dice.uniform(0, 6.3)),
    ):
        c.line(
            s.all((0, 0.5), (math.sin(turn) * reach, 0.5 + math.cos(turn) * reach)),
            dark(s.body, 0.8),
            thick=s.size * thick,
        )
    c.disc(centre, s.size * 0.025, s.light, glow=0.5)


def key(c: Canvas, s: Spot) -> None:
    """Upright, with three teeth."""
    c.halo(s.at(0, 0.6), s.size * 0.6, s.light, 0.4)
    c.loop(
        s.at(0, 0.8),
        s.size * 0.18,
        s.size * 0.18,
        s.body,
        thick=s.size * 0.06,
        glow=s.glow * 0.4,
    )
    c.line(s.all((0, 0.64), (0, 0.02)), s.body, thick=s.size * 0.06, glow=s.glow * 0.4)
    for up, long in ((0.06, 0.18), (0.15, 0.12), (0.24, 0.16)):
        c.line(s.all((0, up), (long, up)), s.body, thick=s.size * 0.05)
    c.line(s.all((-0.02, 0.62), (-0.02, 0.04)), s.lit, thick=s.size * 0.014)


def mask(c: Canvas, s: Spot) -> None:
    """A face that is nobody's, half light and half dark."""
    outline = [
        (-0.4, 0.92),
        (-0.43, 0.55),
        (-0.25, 0.16),
        (0, 0.0),
        (0.25, 0.16),
        (0.43, 0.55),
        (0.4, 0.92),
        (0, 1.0),
        (-0.4, 0.92),
    ]
    c.area(curve(s.all(*outline)), s.lit)
    c.area(
        [
            *curve(s.all((0, 0.0), (0.25, 0.16), (0.43, 0.55), (0.4, 0.92), (0, 1.0))),
            s.at(0, 0.5),
        ],
        s.shade,
    )
    for side in (-1, 1):
        hole = curve(
            s.all(
                (side * 0.06, 0.62),
                (side * 0.18, 0.7),
                (side * 0.31, 0.66),
                (side * 0.18, 0.56),
                (side * 0.06, 0.62),
            )
        )
        c.area(hole, dark(s.body, 0.9))
        c.disc(s.at(side * 0.18, 0.63), s.size * 0.018, s.light, glow=0.9)
    c.line(
        curve(s.all((-0.17, 0.28), (0, 0.22), (0.17, 0.31))),
        dark(s.body, 0.8),
        thick=s.size * 0.026,
    )


def candle(c: Canvas, s: Spot) -> None:
    """Wax, wick and flame."""
    c.oval(s.at(0, 0), s.size * 0.3, s.size * 0.06, s.shade)
    c.box(s.at(-0.12, 0), s.at(0.12, 0.62), pale(s.body, 0.55))
    c.box(s.at(0.03, 0), s.at(0.12, 0.62), s.body, alpha=0.5)
    c.oval(s.at(0, 0.62), s.size * 0.12, s.size * 0.03, (255, 236, 190))
    c.area(curve(s.all((-0.1, 0.62), (-0.1, 0.45), (-0.07, 0.6))), pale(s.body, 0.7))
    c.line(s.all((0, 0.62), (0, 0.69)), (40, 30, 30), thick=s.size * 0.015)
    flame(c, s.at(0, 0.66), s.size * 0.28, (255, 190, 80))
    c.halo(s.at(0, 0.78), s.size * 1.1, (255, 200, 110), 0.9)


def flame(c: Canvas, foot: Point, high: float, colour: Colour) -> None:
    """A single tongue of fire standing on `foot`."""
    for share, tone in (
        (1.0, mix(colour, (255, 70, 20), 0.5)),
        (0.7, colour),
        (0.42, (255, 244, 200)),
    ):
        wide, tall = high * 0.28 * share, high * share
        x, y = foot
        c.area(
            curve(
                [
                    (x, y),
                    (x - wide, y - tall * 0.32),
                    (x, y - tall),
                    (x + wide, y - tall * 0.32),
                    (x, y),
                ]
            ),
            tone,
            alpha=0.95,
            glow=0.7,
        )


def fire(c: Canvas, s: Spot) -> None:
    """Logs, and flames of many heights."""
    c.halo(s.at(0, 0.35), s.size * 1.5, (255, 140, 50), 0.9)
    for turn in (-0.3, 0.3):
        c.line(
            s.all((-0.4, 0.06 - turn * 0.1), (0.4, 0.06 + turn * 0.1)),
            (54, 34, 26),
            thick=s.size * 0.1,
        )
    for _ in range(11):
        x = c.dice.gauss(0, 0.16)
        flame(
            c,
            s.at(x, 0.04),
            s.size * c.dice.uniform(0.35, 0.95) * (1 - min(0.7, abs(x) * 1.6)),
            (255, 160, 50),
        )
    for _ in range(22):
        c.disc(
            s.at(c.dice.gauss(0, 0.25), c.dice.uniform(0.5, 1.6)),
            s.size * c.dice.uniform(0.006, 0.014),
            (255, 190, 90),
            glow=0.9,
        )


def hourglass(c: Canvas, s: Spot) -> None:
    """Sand half way."""
    glass = [(-0.28, 0.93), (-0.26, 0.74), (-0.04, 0.5), (-0.26, 0.26), (-0.28, 0.07)]
    right = [(-x, up) for x, up in reversed(glass)]
    c.halo(s.at(0, 0.5), s.size * 0.7, s.light, 0.4)
    c.area([*curve(s.all(*glass)), *curve(s.all(*right))], s.light, alpha=0.28, glow=0.1)
    c.area(s.all((-0.2, 0.7), (0.2, 0.7), (0.02, 0.5), (-0.02, 0.5)), s.body, glow=0.25)
    c.area(
        curve(s.all((-0.26, 0.07), (-0.14, 0.16), (0, 0.27), (0.14, 0.16), (0.26, 0.07))),
        s.body,
        glow=0.25,
    )
    c.line(s.all((0, 0.5), (0, 0.25)), s.body, thick=s.size * 0.012, glow=0.4)
    for line in (glass, right):
        c.line(curve(s.all(*line)), pale(s.light, 0.5), thick=s.size * 0.012, alpha=0.85)
    for up in (0.0, 0.93):
        c.box(s.at(-0.36, up), s.at(0.36, up + 0.07), s.shade)


def gear(c: Canvas, at: Point, radius: float, colours: Sequence[Colour], turn: float) -> None:
    """One toothed wheel; `colours` are its body, shade and edge."""
    teeth = max(8, round(radius / 9))
    rim: list[Point] = []
    for step in range(teeth * 4):
        far = radius * (1.0 if step % 4 in {0, 1} else 0.84)
        angle = turn + math.tau * step / (teeth * 4)
        rim.append((at[0] + math.cos(angle) * far, at[1] + math.sin(angle) * far))
    c.area(rim, colours[0])
    c.disc(at, radius * 0.68, colours[1])
    c.disc(at, radius * 0.6, colours[0])
    for spoke in range(5):
        angle = turn + math.tau * spoke / 5
        hole = (
            at[0] + math.cos(angle) * radius * 0.38,
            at[1] + math.sin(angle) * radius * 0.38,
        )
        c.disc(hole, radius * 0.15, colours[1])
    c.disc(at, radius * 0.14, colours[2], glow=0.5)
    c.loop(at, radius * 0.68, radius * 0.68, colours[2], thick=2, alpha=0.4)


def machine(c: Canvas, s: Spot) -> None:
    """Gears that take hold of each other."""
    c.halo(s.at(0, 0.5), s.size * 0.9, s.light, 0.35)
    wheels = (
        (0.0, 0.5, 0.3),
        (0.43, 0.72, 0.2),
        (-0.42, 0.66, 0.19),
        (0.4, 0.22, 0.22),
        (-0.4, 0.24, 0.21),
        (0.02, 0.95, 0.14),
    )
    for number, (x, up, radius) in enumerate(wheels[::-1]):
        tone = mix(s.body, s.shade, number % 3 * 0.3)
        gear(
            c, s.at(x, up), s.size * radius, (tone, dark(tone, 0.5), s.light), turn=number * 0.7
        )


def robot(c: Canvas, s: Spot) -> None:
    """A head, two eyes, an aerial, a body."""
    c.box(s.at(-0.26, 0.04), s.at(0.26, 0.5), s.body)
    c.box(s.at(0.08, 0.04), s.at(0.26, 0.5), s.shade, alpha=0.5)
    for side in (-1, 1):
        c.line(
            s.all((side * 0.28, 0.44), (side * 0.38, 0.26), (side * 0.34, 0.1)),
            s.shade,
            thick=s.size * 0.06,
        )
    c.box(s.at(-0.2, 0.54), s.at(0.2, 0.86), s.lit)
    c.box(s.at(-0.17, 0.62), s.at(0.17, 0.8), dark(s.body, 0.85))
    for side in (-1, 1):
        c.disc(s.at(side * 0.085, 0.71), s.size * 0.045, s.light, glow=1)
    c.line(s.all((0, 0.86), (0, 0.97)), s.shade, thick=s.size * 0.018)
    c.disc(s.at(0, 0.98), s.size * 0.028, s.light, glow=1)
    for row in range(3):
        c.box(
            s.at(-0.14, 0.16 + row * 0.1),
            s.at(0.02, 0.2 + row * 0.1),
            s.light,
            alpha=0.85,
            glow=0.5,
        )


def chip(c: Canvas, s: Spot) -> None:
    """A processor and the tracks that leave it."""
    for side in range(4):
        for pin in range(7):
            shift = -0.24 + pin * 0.08
            far = 0.52 + c.dice.choice((0.1, 0.22, 0.36))
            bend = shift * c.dice.choice((1.0, 1.7, 2.2))
            path = [
                (shift, 0.28),
                (shift, 0.42),
                (bend, 0.42 + abs(bend - shift)),
                (bend, far + 0.1),
            ]
            turned_path = [_quarter(point, side) for point in path]
            c.line(s.all(*turned_path), s.light, thick=s.size * 0.012, alpha=0.85, glow=0.45)
            c.disc(s.at(*turned_path[-1]), s.size * 0.016, s.light, glow=0.9)
    c.box(s.at(-0.3, 0.2), s.at(0.3, 0.8), dark(s.body, 0.7))
    c.box(s.at(-0.26, 0.24), s.at(0.26, 0.76), s.shade)
    c.box(s.at(-0.12, 0.38), s.at(0.12, 0.62), s.light, alpha=0.9, glow=0.6)


def _quarter(point: Point, times: int) -> Point:
    x, up = point
    for _ in range(times):
        x, up = -up, x
    return (x, 0.5 + up)


def screen(c: Canvas, s: Spot) -> None:
    """A terminal with lines of light."""
    c.halo(s.at(0, 0.6), s.size * 1.0, s.light, 0.5)
    c.box(s.at(-0.62, 0.18), s.at(0.62, 1.0), s.body)
    c.box(s.at(-0.56, 0.24), s.at(0.56, 0.94), dark(s.light, 0.9))
    c.area(s.all((-0.12, 0.18), (-0.2, 0.02), (0.2, 0.02), (0.12, 0.18)), s.shade)
    c.box(s.at(-0.34, 0), s.at(0.34, 0.03), s.shade)
    for row in range(9):
        x, up = -0.5, 0.87 - row * 0.07
        while x < 0.3:
            long = c.dice.uniform(0.03, 0.16)
            if c.dice.random() < 0.8:
                c.box(s.at(x, up), s.at(x + long, up + 0.026), s.light, alpha=0.9, glow=0.55)
            x += long + 0.03
            if c.dice.random() < 0.12:
                break


def spiral(c: Canvas, s: Spot) -> None:
    """Arms that wind into a bright heart."""
    centre = s.at(0, 0.5)
    c.halo(centre, s.size * 0.9, s.light, 0.7)
    for arm in range(4):
        path: list[Point] = []
        for step in range(90):
            turn = arm * math.tau / 4 + step * 0.115
            far = s.size * 0.012 * math.exp(step * 0.043)
            path.append(
                (centre[0] + math.cos(turn) * far, centre[1] + math.sin(turn) * far * 0.9)
            )
        for at in range(0, len(path) - 2, 2):
            c.line(
                path[at : at + 3],
                mix(s.light, s.body, at / 90),
                thick=s.size * (0.006 + 0.0005 * at),
                alpha=0.9 - at / 140,
                glow=0.5,
            )
    c.disc(centre, s.size * 0.04, s.light, glow=1)


def labyrinth(c: Canvas, s: Spot) -> None:
    """Rings with gaps, and walls between some of them."""
    centre = s.at(0, 0.5)
    c.halo(centre, s.size * 0.7, s.light, 0.5)
    rings = 7
    for ring in range(1, rings + 1):
        radius = s.size * 0.5 * ring / rings
        gap = c.dice.uniform(0, math.tau)
        path = [
            (
                centre[0] + math.cos(gap + t / 60 * (math.tau - 0.5 / ring * 2)) * radius,
                centre[1] + math.sin(gap + t / 60 * (math.tau - 0.5 / ring * 2)) * radius,
            )
            for t in range(61)
        ]
        c.line(
            path, mix(s.light, pale(s.body, 0.4), ring / rings), thick=s.size * 0.018, glow=0.35
        )
        for _ in range(ring if ring < rings else 0):
            turn = c.dice.uniform(0, math.tau)
            ends = [
                (centre[0] + math.cos(turn) * r, centre[1] + math.sin(turn) * r)
                for r in (radius, radius + s.size * 0.5 / rings)
            ]
            c.line(ends, s.body, thick=s.size * 0.018, glow=0.25)
    c.disc(centre, s.size * 0.03, s.light, glow=1)


def helix(c: Canvas, s: Spot) -> None:
    """Two strands and their rungs."""
    strands: list[list[Point]] = [[], []]
    for step in range(61):
        up, turn = step / 60, step / 60 * math.tau * 1.75
        for number in (0, 1):
            strands[number].append((0.2 * math.sin(turn + number * math.pi), up))
    for step in range(2, 60, 4):
        a, b = strands[0][step], strands[1][step]
        middle = ((a[0] + b[0]) / 2, a[1])
        c.line(s.all(a, middle), s.lit, thick=s.size * 0.016)
        c.line(s.all(middle, b), turned(s.body, 0.4), thick=s.size * 0.016)
    for number, strand in enumerate(strands):
        c.line(s.all(*strand), s.light if number else s.body, thick=s.size * 0.034, glow=0.5)
    c.halo(s.at(0, 0.5), s.size * 0.7, s.light, 0.4)


def ring(c: Canvas, s: Spot) -> None:
    """A circle of light."""
    c.halo(s.at(0, 0.5), s.size * 1.0, s.light, 0.6)
    for thick, tone, glow in (
        (0.09, s.shade, 0.2),
        (0.05, s.body, 0.5),
        (0.018, pale(s.light, 0.5), 1.0),
    ):
        c.loop(
            s.at(0, 0.5),
            s.size * (0.42 + thick / 2),
            s.size * (0.42 + thick / 2),
            tone,
            thick=s.size * thick,
            glow=glow,
        )


def shell(c: Canvas, s: Spot) -> None:
    """A nautilus, chamber by chamber."""
    for step in range(46, 0, -1):
        turn = step * 0.3
        far = 0.016 * math.exp(turn * 0.2)
        at = s.at(0.05 + math.cos(turn) * far, 0.48 + math.sin(turn) * far)
        c.disc(at, s.size * far * 0.52 + 2, mix(pale(s.body, 0.6), s.body, step % 6 / 5))
        c.loop(
            at, s.size * far * 0.52 + 2, s.size * far * 0.52 + 2, s.shade, thick=2, alpha=0.35
        )


def feather(c: Canvas, s: Spot) -> None:
    """A quill with barbs."""
    spine = curve(s.all((-0.3, 0), (-0.1, 0.4), (0.12, 0.72), (0.34, 1.0)), 24)
    for at in range(14, len(spine) - 1):
        part = (at - 14) / (len(spine) - 15)
        long = s.size * 0.2 * math.sin(math.pi * min(1.0, part * 0.9 + 0.08))
        x, y = spine[at]
        for side in (-1, 1):
            c.line(
                [(x, y), (x + side * long, y - long * 0.75)],
                mix(s.body, s.lit, c.dice.random()),
                thick=s.size * 0.014,
                alpha=0.85,
                glow=s.glow * 0.3,
            )
    c.line(spine, pale(s.body, 0.7), thick=s.size * 0.014)


def chair(c: Canvas, s: Spot) -> None:
    """Empty."""
    for x, long in ((-0.26, 0.98), (0.2, 0.98), (-0.14, 0.42), (0.34, 0.42)):
        c.line(s.all((x, 0), (x, long)), s.shade if long > 0.5 else s.body, thick=s.size * 0.05)
    c.area(s.all((-0.3, 0.48), (0.24, 0.48), (0.38, 0.38), (-0.18, 0.38)), s.body)
    for up in (0.62, 0.76, 0.9):
        c.line(s.all((-0.26, up), (0.2, up)), s.lit, thick=s.size * 0.05)
    c.oval(s.at(0.05, -0.01), s.size * 0.4, s.size * 0.05, (0, 0, 0), alpha=0.3)


def egg(c: Canvas, s: Spot) -> None:
    """With a crack of light."""
    c.halo(s.at(0, 0.45), s.size * 0.9, s.light, 0.5)
    for step in range(16):
        part = step / 15
        c.oval(
            s.at(-0.08 * part, 0.46 + 0.12 * part),
            s.size * 0.36 * (1 - part * 0.9),
            s.size * 0.47 * (1 - part * 0.9),
            mix(s.shade, s.lit, part),
        )
    crack = [
        (-0.3, 0.5),
        (-0.18, 0.57),
        (-0.1, 0.47),
        (0.0, 0.58),
        (0.1, 0.48),
        (0.18, 0.56),
        (0.3, 0.5),
    ]
    c.line(s.all(*crack), pale(s.light, 0.4), thick=s.size * 0.022, glow=1)


def knot(c: Canvas, s: Spot) -> None:
    """A line that comes back to itself."""
    path: list[Point] = []
    for step in range(181):
        turn = math.tau * step / 180
        far = 0.3 + 0.15 * math.cos(3 * turn)
        path.append((far * math.cos(2 * turn), 0.5 + far * math.sin(2 * turn)))
    points = s.all(*path)
    c.halo(s.at(0, 0.5), s.size * 0.8, s.light, 0.4)
    for at in range(0, 180, 3):
        part = points[at : at + 5]
        c.line(part, dark(s.body, 0.75), thick=s.size * 0.085)
        c.line(
            part,
            mix(s.body, s.light, 0.5 + 0.5 * math.sin(at * 0.21)),
            thick=s.size * 0.052,
            glow=0.3,
        )


def sign(
    c: Canvas,
    at: Point,
    radius: float,
    *,
    number: int,
    colour: Colour,
    alpha: float,
) -> None:
    """A closed figure made of one 64-bit number: the shape of a word nobody knows."""
    parts = [((number >> shift) & 0xFF) / 255 for shift in range(0, 64, 8)]
    waves = [(k + 2, 0.04 + parts[k] * 0.13, parts[k + 4] * math.tau) for k in range(3)]
    path: list[Point] = []
    for step in range(121):
        turn = math.tau * step / 120
        far = radius * (
            0.62 + sum(size * math.cos(k * turn + phase) for k, size, phase in waves)
        )
        path.append((at[0] + math.cos(turn) * far, at[1] + math.sin(turn) * far))
    c.line(path, colour, thick=4, alpha=alpha, glow=alpha * 0.7)
    inner = [(at[0] + (x - at[0]) * 0.55, at[1] + (y - at[1]) * 0.55) for x, y in path]
    c.area(inner, colour, alpha=alpha * 0.25)
    for k in range(2 + number % 5):
        turn = math.tau * (k / (2 + number % 5) + parts[7])
        dot = (at[0] + math.cos(turn) * radius * 1.1, at[1] + math.sin(turn) * radius * 1.1)
        c.disc(dot, max(2.0, radius * 0.06), colour, alpha=alpha, glow=alpha)


def constellation(c: Canvas, at: Point, radius: float, *, number: int, colour: Colour) -> None:
    """A few stars and the lines between them: the same word, where there is a scene."""
    path: list[Point] = []
    for k in range(4 + number % 3):
        turn, far = (
            (number >> 8 * k & 0xF) / 16 * math.tau,
            0.3 + (number >> (8 * k + 4) & 0xF) / 20,
        )
        path.append(
            (at[0] + math.cos(turn) * far * radius, at[1] + math.sin(turn) * far * radius)
        )
    c.line(path, colour, thick=2, alpha=0.28)
    for k, star in enumerate(path):
        c.disc(star, 4.5 if k == 0 else 2.8, colour, alpha=0.8, glow=0.5)


FIGURES: Mapping[str, Figure] = {
    "crystal": crystal, "orb": orb, "cube": cube, "mirror": mirror, "book": book, "clock": clock,
    "key": key, "mask": mask, "candle": candle, "fire": fire, "hourglass": hourglass,
    "machine": machine, "robot": robot, "chip": chip, "screen": screen, "spiral": spiral,
    "labyrinth": labyrinth, "helix": helix, "ring": ring, "shell": shell, "feather": feather,
    "chair": chair, "egg": egg, "knot": knot,
}  # fmt: skip
