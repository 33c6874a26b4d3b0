"""What is in the sky, and what falls from it."""

import math
from collections.abc import Mapping

from PIL import Image

from agents.painters.drawing.canvas import Canvas, Point
from agents.painters.drawing.lexicon import Colour
from agents.painters.drawing.palette import dark, hued, mix, pale, turned
from agents.painters.drawing.spot import Figure, Spot


def sun(c: Canvas, s: Spot) -> None:
    """A disc and its light."""
    c.halo(s.at(0, 0.5), s.size * 3.4, s.light, 0.75)
    c.halo(s.at(0, 0.5), s.size * 1.3, pale(s.light, 0.4), 0.9)
    c.disc(s.at(0, 0.5), s.size * 0.5, mix(s.body, pale(s.light, 0.5), 0.45), glow=0.9)
    c.disc(s.at(0, 0.5), s.size * 0.43, pale(s.light, 0.5), alpha=0.7)


def moon(c: Canvas, s: Spot) -> None:
    """Full, with seas and craters."""
    centre = s.at(0, 0.5)
    c.halo(centre, s.size * 2.2, s.light, 0.55)
    c.disc(centre, s.size * 0.5, s.body, glow=0.35)
    for _ in range(16):
        turn, far = c.dice.uniform(0, math.tau), c.dice.random() ** 0.5 * 0.36
        at = s.at(math.cos(turn) * far, 0.5 + math.sin(turn) * far)
        radius = s.size * c.dice.uniform(0.02, 0.1)
        c.disc(at, radius, s.shade, alpha=0.16)
        c.disc((at[0] + radius * 0.12, at[1] + radius * 0.12), radius * 0.8, s.lit, alpha=0.1)
    # The terminator is soft: many thin shadows, each a little narrower.
    edge = [math.pi * t / 20 - math.pi / 2 for t in range(21)]
    rim = [(math.cos(turn) * 0.502, 0.5 + math.sin(turn) * 0.502) for turn in edge]
    for step in range(12):
        inner = [(x * (0.95 - step * 0.05), up) for x, up in rim]
        c.area(s.all(*rim, *reversed(inner)), dark(s.body, 0.85), alpha=0.055)


def eclipse(c: Canvas, s: Spot) -> None:
    """A black disc and a crown of light."""
    centre = s.at(0, 0.5)
    c.halo(centre, s.size * 2.6, s.light, 0.9)
    for _ in range(70):
        turn, far = c.dice.uniform(0, math.tau), c.dice.uniform(0.55, 1.1)
        ends = s.all(
            (math.cos(turn) * 0.48, 0.5 + math.sin(turn) * 0.48),
            (math.cos(turn) * far, 0.5 + math.sin(turn) * far),
        )
        c.line(ends, s.light, thick=3, alpha=0.3, glow=0.25)
    c.disc(centre, s.size * 0.5, (5, 5, 12))
    c.loop(
        centre, s.size * 0.505, s.size * 0.505, pale(s.light, 0.5), thick=s.size * 0.012, glow=1
    )


def planet(c: Canvas, s: Spot) -> None:
    """Bands of weather, a ring, one side in shadow."""
    centre, radius = s.at(0, 0.5), s.size * 0.5
    c.halo(centre, s.size * 1.1, s.light, 0.4)
    tilt = c.dice.uniform(0.18, 0.3)
    _ring(c, s, tilt, front=False)
    for band in range(40):
        part = band / 39 * 2 - 1
        half = math.sqrt(max(0.0, 1 - part * part)) * radius
        tone = mix(
            s.body, s.lit if band // 4 % 2 else s.shade, 0.3 + 0.3 * math.sin(band * 0.9)
        )
        y = centre[1] + part * radius
        c.box((centre[0] - half, y - radius / 36), (centre[0] + half, y + radius / 36), tone)
    for step in range(14):
        shadow = [
            (
                math.cos(t / 24 * math.pi - math.pi / 2) * 0.502,
                0.5 + math.sin(t / 24 * math.pi - math.pi / 2) * 0.502,
            )
            for t in range(25)
        ]
        inner = [(x * (step / 14 * 1.5 - 0.6), up) for x, up in shadow]
        c.area(s.all(*shadow, *reversed(inner)), (4, 4, 12), alpha=0.085)
    _ring(c, s, tilt, front=True)


def _ring(c: Canvas, s: Spot, tilt: float, *, front: bool) -> None:
    for ring in range(6):
        far = 0.68 + ring * 0.045
        turns = range(25) if front else range(24, 49)
        path: list[Point] = []
        for step in turns:
            turn = math.tau * step / 48
            x, up = far * math.cos(turn), -far * 0.26 * math.sin(turn)
            path.append((x, 0.5 + up + x * tilt))
        c.line(
            s.all(*path),
            mix(s.light, s.body, ring / 6),
            thick=s.size * 0.022,
            alpha=0.75 - 0.4 * (ring == 3),
        )


def galaxy(c: Canvas, s: Spot) -> None:
    """Two arms of stars around a bright heart, tilted."""
    centre = s.at(0, 0.5)
    c.halo(centre, s.size * 1.1, s.body, 0.6)
    c.halo(centre, s.size * 0.42, pale(s.light, 0.4), 0.9)
    for _ in range(1100):
        far = c.dice.random() ** 0.7
        turn = far * 5.2 + c.dice.choice((0.0, math.pi)) + c.dice.gauss(0, 0.3 - far * 0.1)
        x, up = math.cos(turn) * far * 0.9, math.sin(turn) * far * 0.36
        at = s.at(x * 0.94 + up * 0.3, 0.5 + up - x * 0.32)
        tone = mix(pale(s.light, 0.4), turned(s.body, c.dice.uniform(-0.08, 0.08)), far)
        c.disc(at, c.dice.uniform(0.8, 2.9), tone, alpha=0.9 - far * 0.5, glow=0.35 * (1 - far))


def cloud(c: Canvas, s: Spot) -> None:
    """Round heaps on a flat foot."""
    puffs = [(c.dice.uniform(-0.85, 0.85), c.dice.random()) for _ in range(26)]
    for tone, lift, alpha in ((s.shade, 0.0, 0.3), (s.body, 0.08, 0.4), (s.lit, 0.17, 0.45)):
        for x, swell in puffs:
            high = (1 - abs(x)) * 0.45
            c.disc(
                s.at(x, 0.18 + lift + high * swell),
                s.size * (0.12 + 0.2 * (1 - abs(x)) * swell),
                tone,
                alpha=alpha,
            )


def stars(c: Canvas, *, count: int, floor: float, tint: Colour) -> None:
    """Scatter stars above `floor` (pixels), few bright and many faint."""
    for _ in range(count):
        at = (c.dice.uniform(0, c.width), floor * c.dice.random() ** 1.2)
        size = 0.7 + 2.1 * c.dice.random() ** 4
        tone = mix(pale(tint, 0.7), hued(c.dice.choice((0.6, 0.1, 0.55)), 0.8), 0.3)
        c.disc(at, size, tone, alpha=c.dice.uniform(0.35, 1), glow=0.5 if size > 1.9 else 0)
        if size > 2.5:
            for x, y in ((9, 0), (0, 9)):
                c.line(
                    [(at[0] - x, at[1] - y), (at[0] + x, at[1] + y)], tone, thick=1, alpha=0.5
                )


def aurora(c: Canvas, floor: float, one: Colour, other: Colour) -> None:
    """Curtains of light that hang above `floor`."""
    for curtain in range(3):
        phase, base = c.dice.uniform(0, 6.3), floor * (0.5 + 0.16 * curtain)
        for column in range(0, c.width, 8):
            part = column / c.width
            wave = math.sin(part * 7 + phase) + 0.5 * math.sin(part * 17 + phase * 2)
            foot = base + wave * floor * 0.09
            top = foot - floor * (0.36 + 0.14 * math.sin(part * 23 + phase * 3))
            strength = 0.4 + 0.3 * math.sin(part * 41 + phase * 5)
            tone = mix(one, other, 0.5 + 0.5 * math.sin(part * 5 + phase))
            c.area(
                [(column, foot), (column + 8, foot), (column + 9, top), (column + 1, top)],
                tone,
                alpha=0.06 * strength + 0.02,
                glow=0.16 * strength,
            )
            c.area(
                [
                    (column, foot),
                    (column + 8, foot),
                    (column + 8, foot - floor * 0.08),
                    (column, foot - floor * 0.08),
                ],
                pale(tone, 0.3),
                alpha=0.16 * strength,
                glow=0.3 * strength,
            )


def rays(c: Canvas, source: Point, colour: Colour, strength: float = 1) -> None:
    """Shafts of light from a point, downwards and out."""
    for _ in range(15):
        turn, wide = c.dice.uniform(0.15, math.pi - 0.15), c.dice.uniform(0.012, 0.05)
        reach = c.height * 1.7
        ends = [
            (
                source[0] + math.cos(turn + side * wide) * reach,
                source[1] + math.sin(turn + side * wide) * reach,
            )
            for side in (-1, 1)
        ]
        c.area([source, *ends], colour, alpha=0.05 * strength, glow=0.055 * strength)


def lightning(c: Canvas, s: Spot) -> None:
    """A stroke with branches."""

    def strike(at: Point, *, end: float, thick: float, depth: int) -> None:
        path = [at]
        while path[-1][1] < end:
            x, y = path[-1]
            path.append(
                (x + c.dice.gauss(0, s.size * 0.035), y + s.size * c.dice.uniform(0.03, 0.07))
            )
            if depth and c.dice.random() < 0.16:
                strike(
                    path[-1],
                    end=min(end, y + s.size * c.dice.uniform(0.2, 0.4)),
                    thick=thick * 0.5,
                    depth=depth - 1,
                )
        c.line(path, pale(s.light, 0.6), thick=thick, glow=1)

    c.halo(s.at(0, 0.75), s.size * 0.9, s.light, 0.6)
    strike(s.at(0, 1), end=s.y, thick=7, depth=2)


def comet(c: Canvas, s: Spot) -> None:
    """A head and a long tail."""
    for step in range(50, 0, -1):
        part = step / 50
        c.disc(
            s.at(part * 2.2, 0.5 + part * 0.9),
            s.size * (0.03 + 0.1 * part),
            mix(s.light, s.body, part),
            alpha=0.1 * (1 - part),
            glow=0.12 * (1 - part),
        )
    c.halo(s.at(0, 0.5), s.size * 0.5, s.light, 1)
    c.disc(s.at(0, 0.5), s.size * 0.06, pale(s.light, 0.6), glow=1)


def rainbow(c: Canvas, floor: float) -> None:
    """A bow over the whole width."""
    for band in range(36):
        radius = c.width * (0.44 - band * 0.0023)
        c.loop(
            (c.width * 0.5, floor),
            radius,
            radius,
            hued(band / 36 * 0.78, 0.6),
            thick=5,
            alpha=0.2,
        )


def rain(c: Canvas, colour: Colour) -> None:
    """Slanting strokes, near and far."""
    slant = c.dice.uniform(-0.28, 0.28)
    for _ in range(620):
        near = c.dice.random() ** 2
        x, y = c.dice.uniform(-60, c.width + 60), c.dice.uniform(-60, c.height)
        long = 26 + 70 * near
        c.line(
            [(x, y), (x + slant * long, y + long)],
            colour,
            thick=1 + 1.6 * near,
            alpha=0.12 + 0.3 * near,
        )


def snow(c: Canvas) -> None:
    """Flakes, near and far."""
    for _ in range(520):
        near = c.dice.random() ** 3
        at = (c.dice.uniform(0, c.width), c.dice.uniform(0, c.height))
        c.disc(at, 1.6 + 8 * near, (255, 255, 255), alpha=0.85 - 0.5 * near)


def sparks(c: Canvas, top: float, colour: Colour) -> None:
    """Motes of light below `top`."""
    for _ in range(90):
        at = (c.dice.uniform(0, c.width), c.dice.uniform(top, c.height))
        c.disc(at, c.dice.uniform(1.6, 4.5), pale(colour, 0.4), alpha=0.95, glow=0.9)


def weather(c: Canvas, floor: float, *, shade: Colour, strength: float) -> None:
    """Lay soft clouds over the sky, thinner towards `floor`."""
    field = c.clouds(5, 9, 5).point(
        [max(0, min(255, round((value - 118) * 3.2))) for value in range(256)]
    )
    fade = Image.linear_gradient("L").point(
        [min(255, round((255 - value) * 1.3)) for value in range(256)]
    )
    whole = Image.new("L", field.size)
    high = max(2, round(floor / c.height * field.size[1]))
    whole.paste(
        field.crop((0, 0, field.size[0], high)), (0, 0), fade.resize((field.size[0], high))
    )
    c.stain(whole, shade, strength)


FIGURES: Mapping[str, Figure] = {
    "sun": sun, "moon": moon, "eclipse": eclipse, "planet": planet, "galaxy": galaxy,
    "cloud": cloud, "lightning": lightning, "comet": comet,
}  # fmt: skip
