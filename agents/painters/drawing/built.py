"""Figures that somebody built."""

import math
from collections.abc import Mapping

from agents.painters.drawing.canvas import Canvas
from agents.painters.drawing.palette import dark, mix, pale
from agents.painters.drawing.spot import Figure, Spot, curve


def tower(c: Canvas, s: Spot) -> None:
    """A tapering tower with lit windows and a spire."""
    wide = c.dice.uniform(0.09, 0.13)
    c.area(s.all((-wide, 0), (-wide * 0.8, 0.82), (wide * 0.8, 0.82), (wide, 0)), s.body)
    c.area(s.all((0.02, 0), (0.02, 0.82), (wide * 0.8, 0.82), (wide, 0)), s.shade, alpha=0.6)
    c.area(s.all((-wide, 0.82), (0, 1.02), (wide, 0.82)), s.shade)
    c.line(s.all((0, 1.0), (0, 1.1)), s.shade, thick=s.size * 0.012)
    c.area(
        s.all(
            (-wide * 1.05, 0.8), (wide * 1.05, 0.8), (wide * 1.05, 0.84), (-wide * 1.05, 0.84)
        ),
        s.lit,
    )
    for row in range(9):
        for column in (-0.5, 0.0, 0.5):
            if c.dice.random() < 0.55:
                x, up = column * wide, 0.1 + row * 0.075
                c.box(
                    s.at(x - 0.012, up),
                    s.at(x + 0.012, up + 0.035),
                    s.light,
                    alpha=0.95,
                    glow=0.5,
                )
    if s.glow:
        c.halo(s.at(0, 1.0), s.size * 0.4, s.light, 0.8)


def house(c: Canvas, s: Spot) -> None:
    """A house with a lit window and a chimney."""
    c.box(s.at(-0.5, 0), s.at(0.5, 0.55), s.body)
    c.box(s.at(0.15, 0), s.at(0.5, 0.55), s.shade, alpha=0.45)
    c.box(s.at(0.24, 0.6), s.at(0.34, 1.0), s.shade)
    c.area(s.all((-0.6, 0.53), (-0.12, 1.0), (0.12, 1.0), (0.6, 0.53)), dark(s.body, 0.65))
    c.box(s.at(-0.09, 0), s.at(0.09, 0.34), s.shade)
    for x in (-0.36, 0.2):
        c.box(s.at(x, 0.18), s.at(x + 0.17, 0.4), s.light, glow=0.9)
        c.line(s.all((x + 0.085, 0.18), (x + 0.085, 0.4)), s.shade, thick=s.size * 0.014)
        c.line(s.all((x, 0.29), (x + 0.17, 0.29)), s.shade, thick=s.size * 0.014)
    c.halo(s.at(0, 0.25), s.size * 0.9, s.light, 0.35)


def castle(c: Canvas, s: Spot) -> None:
    """Walls, towers and pennants."""
    c.box(s.at(-0.6, 0), s.at(0.6, 0.36), s.body)
    for step in range(13):
        x = -0.6 + step * 0.1
        c.box(s.at(x - 0.025, 0.36), s.at(x + 0.025, 0.41), s.body)
    for x, high, wide in (
        (-0.6, 0.62, 0.11),
        (0.6, 0.58, 0.11),
        (-0.22, 0.8, 0.1),
        (0.2, 0.95, 0.12),
    ):
        c.box(s.at(x - wide, 0), s.at(x + wide, high), s.body)
        c.box(s.at(x + wide * 0.2, 0), s.at(x + wide, high), s.shade, alpha=0.5)
        c.area(s.all((x - wide * 1.2, high), (x, high + 0.24), (x + wide * 1.2, high)), s.shade)
        c.line(s.all((x, high + 0.22), (x, high + 0.34)), s.shade, thick=s.size * 0.01)
        c.area(
            s.all((x, high + 0.34), (x + 0.1, high + 0.31), (x, high + 0.28)), s.light, glow=0.2
        )
        c.box(
            s.at(x - 0.02, high * 0.65), s.at(x + 0.02, high * 0.65 + 0.07), s.light, glow=0.7
        )
    c.box(s.at(-0.09, 0), s.at(0.09, 0.17), dark(s.body, 0.8))
    c.oval(s.at(0, 0.17), 0.09 * s.size, 0.09 * s.size, dark(s.body, 0.8))


def door(c: Canvas, s: Spot) -> None:
    """A door ajar, with light behind it that falls on the floor."""
    c.area(
        s.all((-0.24, 0), (0.24, 0), (0.7, -0.4), (-0.5, -0.4)), s.light, alpha=0.24, glow=0.14
    )
    c.halo(s.at(0, 0.5), s.size * 1.1, s.light, 0.7)
    c.box(s.at(-0.3, 0), s.at(0.3, 1.03), dark(s.body, 0.4))
    c.box(s.at(-0.24, 0), s.at(0.24, 0.97), s.light, glow=0.8)
    leaf = s.all((-0.24, 0), (-0.24, 0.97), (0.13, 0.93), (0.13, -0.05))
    c.area(leaf, s.body)
    c.line([*leaf, leaf[0]], s.shade, thick=s.size * 0.012)
    for low, high in ((0.08, 0.42), (0.52, 0.88)):
        c.area(
            s.all((-0.19, low), (-0.19, high), (0.08, high - 0.02), (0.08, low - 0.03)),
            s.shade,
            alpha=0.55,
        )
    c.disc(s.at(0.085, 0.47), s.size * 0.018, s.light, glow=0.6)


def window(c: Canvas, s: Spot) -> None:
    """A tall window with panes."""
    c.box(s.at(-0.36, 0), s.at(0.36, 1), s.shade)
    c.box(s.at(-0.31, 0.05), s.at(0.31, 0.95), s.light, glow=0.55)
    for x in (-0.1, 0.1):
        c.line(s.all((x, 0.05), (x, 0.95)), s.body, thick=s.size * 0.018)
    for up in (0.28, 0.5, 0.72):
        c.line(s.all((-0.31, up), (0.31, up)), s.body, thick=s.size * 0.018)
    c.halo(s.at(0, 0.5), s.size * 0.9, s.light, 0.4)


def bridge(c: Canvas, s: Spot) -> None:
    """A bridge of arches, over the whole width of what is there."""
    span = 0.9
    for side in (-2, -1, 0, 1):
        left = side * span
        rim = [
            (left + 0.06 + (span - 0.12) * t / 20, 0.62 * math.sin(math.pi * t / 20))
            for t in range(21)
        ]
        c.area(
            s.all((left, 0), (left, 0.8), (left + span, 0.8), (left + span, 0), *reversed(rim)),
            s.body,
        )
        c.line(s.all(*rim), s.lit, thick=s.size * 0.02, alpha=0.5)
    c.box(s.at(-2 * span - 0.05, 0.78), s.at(2 * span + 0.05, 0.88), s.shade)
    for post in range(13):
        x = (post - 6) * 0.3
        c.box(s.at(x - 0.008, 0.88), s.at(x + 0.008, 1.0), s.shade)
        if post % 3 == 0:
            c.disc(s.at(x, 1.02), s.size * 0.025, s.light, glow=0.9)


def temple(c: Canvas, s: Spot) -> None:
    """Steps, columns and a gable."""
    for step in range(3):
        half = 0.78 - step * 0.05
        c.box(
            s.at(-half, step * 0.045),
            s.at(half, step * 0.045 + 0.045),
            mix(s.shade, s.body, step / 2),
        )
    c.box(s.at(-0.6, 0.135), s.at(0.6, 0.66), dark(s.body, 0.75))
    for column in range(6):
        x = -0.56 + column * 0.224
        c.box(s.at(x - 0.045, 0.135), s.at(x + 0.045, 0.66), s.body)
        c.box(s.at(x + 0.005, 0.135), s.at(x + 0.045, 0.66), s.shade, alpha=0.5)
        c.box(s.at(x - 0.06, 0.64), s.at(x + 0.06, 0.67), s.lit)
    c.box(s.at(-0.68, 0.66), s.at(0.68, 0.74), s.lit)
    c.area(s.all((-0.72, 0.74), (0, 1.0), (0.72, 0.74)), s.body)
    c.area(s.all((-0.5, 0.765), (0, 0.94), (0.5, 0.765)), s.shade, alpha=0.6)
    c.halo(s.at(0, 0.35), s.size * 0.6, s.light, 0.3 + s.glow * 0.5)


def pyramid(c: Canvas, s: Spot) -> None:
    """Two faces, one in the sun."""
    c.area(s.all((-0.85, 0), (0, 1), (0.25, 0)), s.lit)
    c.area(s.all((0.25, 0), (0, 1), (0.85, 0)), s.shade)
    for course in range(1, 14):
        up = course / 14
        c.line(
            s.all((-0.85 * (1 - up), up), (0.25 * (1 - up), up)), s.body, thick=2, alpha=0.35
        )
    if s.glow:
        c.halo(s.at(0, 1), s.size * 0.5, s.light, 0.9)


def lighthouse(c: Canvas, s: Spot) -> None:
    """A striped tower on a rock, and its two beams."""
    rock = [(-0.5, -0.04), (-0.36, 0.06), (-0.18, 0.1), (0.12, 0.12), (0.3, 0.07), (0.5, -0.04)]
    c.area(s.all(*rock), dark(s.body, 0.7))
    for step in range(12):
        reach, alpha = 3.2 * (1 - step / 13), 0.035 + step * 0.004
        for side in (-1, 1):
            beam = s.all(
                (0, 0.9), (side * reach, 0.9 + reach * 0.17), (side * reach, 0.9 - reach * 0.03)
            )
            c.area(beam, s.light, alpha=alpha, glow=0.1)
    c.area(s.all((-0.12, 0.08), (-0.08, 0.82), (0.08, 0.82), (0.12, 0.08)), pale(s.body, 0.55))
    for band in range(4):
        low, high = 0.14 + band * 0.18, 0.14 + band * 0.18 + 0.09
        half = (0.12 - (low - 0.08) * 0.054, 0.12 - (high - 0.08) * 0.054)
        c.area(
            s.all((-half[0], low), (-half[1], high), (half[1], high), (half[0], low)),
            (176, 58, 52),
        )
    c.area(
        s.all((0.02, 0.08), (0.02, 0.82), (0.08, 0.82), (0.12, 0.08)), (10, 12, 24), alpha=0.34
    )
    c.box(s.at(-0.11, 0.82), s.at(0.11, 0.85), s.shade)
    c.box(s.at(-0.065, 0.85), s.at(0.065, 0.95), s.light, glow=1)
    c.area(s.all((-0.09, 0.95), (0, 1.04), (0.09, 0.95)), s.shade)
    c.halo(s.at(0, 0.9), s.size * 0.55, s.light, 1)


def monolith(c: Canvas, s: Spot) -> None:
    """A slab that is darker than it should be."""
    c.halo(s.at(0, 0.55), s.size * 0.95, s.light, 0.35 + s.glow * 0.5)
    c.area(s.all((-0.2, 0), (-0.18, 1), (0.14, 1.02), (0.17, 0)), s.body)
    c.area(s.all((0.17, 0), (0.14, 1.02), (0.24, 0.97), (0.27, 0.02)), s.shade)
    c.line(
        s.all((-0.2, 0), (-0.18, 1), (0.14, 1.02), (0.24, 0.97)),
        s.light,
        thick=s.size * 0.008,
        alpha=0.8,
        glow=0.5,
    )


def stair(c: Canvas, s: Spot) -> None:
    """Steps that rise to a light."""
    steps = 12
    for step in range(steps):
        up, half = step / steps, 0.5 * (1 - step / steps * 0.62)
        c.box(s.at(-half, up), s.at(half, up + 1 / steps), mix(s.shade, s.lit, step / steps))
        c.box(
            s.at(-half, up + 1 / steps - 0.015),
            s.at(half, up + 1 / steps),
            s.light,
            alpha=0.55,
            glow=0.15,
        )
    c.halo(s.at(0, 1.05), s.size * 0.8, s.light, 0.9)


def arch(c: Canvas, s: Spot) -> None:
    """A round gate with another light within."""
    for radius, colour in ((0.5, s.shade), (0.46, s.body), (0.36, s.light)):
        c.disc(s.at(0, 0.5), radius * s.size, colour, glow=0.5 if radius < 0.4 else 0)
        c.box(s.at(-radius, 0), s.at(radius, 0.5), colour, glow=0.5 if radius < 0.4 else 0)
    for stone in range(15):
        turn = math.pi * stone / 14
        inner = (0.36 * math.cos(turn), 0.5 + 0.36 * math.sin(turn))
        outer = (0.5 * math.cos(turn), 0.5 + 0.5 * math.sin(turn))
        c.line(s.all(inner, outer), s.shade, thick=s.size * 0.01)
    c.halo(s.at(0, 0.45), s.size * 0.8, s.light, 0.6)


def ship(c: Canvas, s: Spot) -> None:
    """Hull, two masts, sails full of wind."""
    c.area(
        s.all((-0.55, 0.2), (-0.42, 0), (0.38, 0), (0.62, 0.24), (0.3, 0.16), (-0.3, 0.16)),
        s.shade,
    )
    c.line(
        s.all((-0.54, 0.19), (-0.3, 0.145), (0.3, 0.145), (0.62, 0.23)),
        s.light,
        thick=s.size * 0.012,
        alpha=0.8,
    )
    for mast, high, wide in ((-0.2, 0.86, 0.26), (0.14, 1.0, 0.3)):
        c.line(s.all((mast, 0.14), (mast, high)), s.shade, thick=s.size * 0.014)
        for low, top in ((0.24, 0.56), (0.6, high - 0.03)):
            sail = s.all(
                (mast - wide * 0.4, low),
                (mast - wide * 0.28, top),
                (mast + wide * 0.3, top),
                (mast + wide * 0.62, low + 0.05),
            )
            c.area(sail, pale(s.body, 0.5), alpha=0.96)
            c.area(
                [sail[0], sail[1], *s.all((mast, top), (mast + 0.02, low + 0.02))],
                s.body,
                alpha=0.45,
            )
    c.area(s.all((0.36, 0.22), (0.16, 0.8), (0.62, 0.25)), pale(s.body, 0.4), alpha=0.9)


def train(c: Canvas, s: Spot) -> None:
    """An engine and two wagons with lit windows."""
    for wagon in range(3):
        x = -1.6 + wagon * 1.08
        c.box(s.at(x, 0.16), s.at(x + 1.0, 0.8), s.body if wagon < 2 else s.shade)
        c.box(s.at(x - 0.02, 0.76), s.at(x + 1.02, 0.86), s.shade)
        for pane in range(4):
            c.box(
                s.at(x + 0.08 + pane * 0.23, 0.42),
                s.at(x + 0.22 + pane * 0.23, 0.66),
                s.light,
                glow=0.7,
            )
        for wheel in (0.2, 0.5, 0.8):
            c.disc(s.at(x + wheel, 0.1), s.size * 0.1, (16, 16, 22))
    c.disc(s.at(1.63, 0.4), s.size * 0.07, s.light, glow=1)
    c.halo(s.at(1.63, 0.4), s.size * 1.1, s.light, 0.8)
    for puff in range(5):
        c.disc(
            s.at(1.2 - puff * 0.32, 1.05 + puff * 0.16),
            s.size * (0.1 + puff * 0.06),
            s.lit,
            alpha=0.32 - puff * 0.05,
        )


def lamp(c: Canvas, s: Spot) -> None:
    """A street lamp and the cone under it."""
    c.area(s.all((0, 0.93), (-0.42, 0), (0.42, 0)), s.light, alpha=0.13, glow=0.08)
    c.line(s.all((0, 0), (0, 0.9)), s.shade, thick=s.size * 0.025)
    c.box(s.at(-0.07, 0), s.at(0.07, 0.035), s.shade)
    c.area(s.all((-0.07, 0.86), (-0.09, 0.98), (0.09, 0.98), (0.07, 0.86)), s.light, glow=1)
    c.area(s.all((-0.11, 0.98), (0, 1.06), (0.11, 0.98)), s.shade)
    c.halo(s.at(0, 0.92), s.size * 0.5, s.light, 0.9)


def satellite(c: Canvas, s: Spot) -> None:
    """A dish that listens."""
    c.area(s.all((-0.06, 0.4), (-0.2, 0), (0.2, 0), (0.06, 0.4)), s.shade)
    rim = [(-0.45 + 0.8 * t / 16, 0.92 - 0.55 * t / 16) for t in range(17)]
    bowl = [
        (x - 0.34 * math.sin(math.pi * t / 16), up - 0.42 * math.sin(math.pi * t / 16))
        for t, (x, up) in enumerate(rim)
    ]
    c.area(s.all(*rim, *reversed(bowl)), s.lit)
    c.line(s.all(*rim), s.shade, thick=s.size * 0.015)
    c.line(s.all((-0.05, 0.64), (0.22, 0.96)), s.shade, thick=s.size * 0.018)
    c.disc(s.at(0.22, 0.96), s.size * 0.03, s.light, glow=1)
    for ring in range(1, 4):
        c.loop(
            s.at(0.22, 0.96),
            s.size * 0.13 * ring,
            s.size * 0.13 * ring,
            s.light,
            thick=3,
            alpha=0.6 - ring * 0.14,
            glow=0.2,
        )


def fountain(c: Canvas, s: Spot) -> None:
    """A basin and water that falls in arcs."""
    c.oval(s.at(0, 0.1), s.size * 0.5, s.size * 0.1, s.shade)
    c.oval(s.at(0, 0.13), s.size * 0.46, s.size * 0.07, s.light, alpha=0.6)
    c.box(s.at(-0.05, 0.1), s.at(0.05, 0.55), s.body)
    for side in (-1, 1):
        for reach in (0.14, 0.24, 0.34, 0.42):
            arc = [
                (side * reach * t / 12, 0.55 + (1 - (t / 6 - 1) ** 2) * 0.4 - 0.44 * t / 12)
                for t in range(13)
            ]
            c.line(s.all(*arc), s.light, thick=s.size * 0.012, alpha=0.75, glow=0.25)


def balloon(c: Canvas, s: Spot) -> None:
    """A hot-air balloon."""
    for stripe in range(9):
        half = 0.4 * math.cos(math.pi * stripe / 18)
        tone = s.lit if stripe % 2 else s.body
        c.oval(s.at(0, 0.62), half * s.size, 0.4 * s.size, mix(tone, s.shade, stripe / 14))
    c.area(s.all((-0.3, 0.38), (0.3, 0.38), (0.08, 0.16), (-0.08, 0.16)), s.shade)
    c.box(s.at(-0.07, 0), s.at(0.07, 0.1), dark(s.body, 0.6))
    for x in (-0.07, 0.07):
        c.line(s.all((x, 0.1), (x, 0.18)), s.shade, thick=2)
    c.halo(s.at(0, 0.3), s.size * 0.4, s.light, 0.5)


def island(c: Canvas, s: Spot) -> None:
    """A piece of land with rock under it; it floats or stands in water."""
    top = [(-0.7, 0.46), (-0.42, 0.58), (-0.1, 0.64), (0.2, 0.6), (0.5, 0.56), (0.7, 0.46)]
    below = [
        (0.5, 0.3),
        (0.28, 0.22),
        (0.12, 0.02),
        (-0.02, 0.14),
        (-0.2, 0.05),
        (-0.36, 0.26),
        (-0.56, 0.32),
    ]
    c.area(s.all(*top, *below), s.shade)
    c.area(s.all(*top, (0.5, 0.41), (0.1, 0.45), (-0.3, 0.4)), s.body)
    fall = s.all((0.3, 0.4), (0.38, 0.38), (0.37, -0.5), (0.31, -0.5))
    c.area(fall, s.light, alpha=0.32, glow=0.08)
    c.area(
        s.all((0.32, 0.4), (0.36, 0.38), (0.35, -0.3), (0.33, -0.3)), (255, 255, 255), alpha=0.4
    )
    for stem, high in ((-0.3, 0.34), (0.05, 0.42), (0.34, 0.3)):
        c.line(s.all((stem, 0.55), (stem, 0.55 + high * 0.6)), s.shade, thick=s.size * 0.025)
        c.disc(s.at(stem, 0.58 + high * 0.7), s.size * high * 0.36, s.lit)


def waterfall(c: Canvas, s: Spot) -> None:
    """Water over a cliff, and the spray below."""
    for side, tone in ((-1, s.shade), (1, s.body)):
        cliff = [
            (0.16, 0.97),
            (0.4, 1.02),
            (0.62, 0.9),
            (0.8, 0.62),
            (0.92, 0.34),
            (1.15, 0.0),
            (0.2, 0.0),
        ]
        rough = [
            (side * (x + c.dice.gauss(0, 0.02)), up + c.dice.gauss(0, 0.02)) for x, up in cliff
        ]
        c.area(curve(s.all(*rough), 6), tone)
        for _ in range(7):
            x, up = side * c.dice.uniform(0.25, 0.7), c.dice.uniform(0.2, 0.8)
            c.line(
                s.all((x, up), (x + side * 0.06, up - 0.14)),
                s.shade,
                thick=s.size * 0.012,
                alpha=0.5,
            )
    c.area(
        s.all((-0.2, 0.97), (0.2, 0.97), (0.27, 0), (-0.27, 0)), s.light, alpha=0.7, glow=0.15
    )
    for _ in range(40):
        x, top = c.dice.uniform(-0.19, 0.19), c.dice.uniform(0.25, 0.97)
        c.line(
            s.all((x, top), (x * 1.25, top - c.dice.uniform(0.1, 0.25))),
            (255, 255, 255),
            thick=3,
            alpha=0.5,
        )
    for _ in range(24):
        spray = s.at(c.dice.gauss(0, 0.25), c.dice.uniform(-0.02, 0.1))
        c.disc(
            spray, s.size * c.dice.uniform(0.03, 0.09), (255, 255, 255), alpha=0.16, glow=0.04
        )


def umbrella(c: Canvas, s: Spot) -> None:
    """Open, standing on its handle."""
    rim = [
        (0.5 * math.cos(math.pi * t / 24), 0.55 + 0.42 * math.sin(math.pi * t / 24))
        for t in range(25)
    ]
    scallop = [
        (-0.5 + t / 24, 0.55 + 0.045 * abs(math.sin(math.pi * t / 6))) for t in range(25)
    ]
    c.line(s.all((0, 0.06), (0, 1.0)), s.shade, thick=s.size * 0.025)
    c.line(
        s.all((0, 0.06), (0.03, 0), (0.09, 0.01), (0.1, 0.08)), s.shade, thick=s.size * 0.025
    )
    c.area(s.all(*rim, *scallop), s.body)
    for x in (-0.25, 0.0, 0.25):
        c.line(s.all((0, 0.97), (x, 0.58)), s.shade, thick=s.size * 0.01, alpha=0.8)


FIGURES: Mapping[str, Figure] = {
    "tower": tower, "house": house, "castle": castle, "door": door, "window": window,
    "bridge": bridge, "temple": temple, "pyramid": pyramid, "lighthouse": lighthouse,
    "monolith": monolith, "stair": stair, "arch": arch, "ship": ship, "train": train, "lamp": lamp,
    "satellite": satellite, "fountain": fountain, "balloon": balloon, "island": island,
    "waterfall": waterfall, "umbrella": umbrella,
}  # fmt: skip
