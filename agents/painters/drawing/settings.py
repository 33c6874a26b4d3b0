"""Where a picture takes place: what is painted before anybody enters."""

import math
from dataclasses import dataclass

from agents.painters.drawing import land, sky
from agents.painters.drawing.canvas import Canvas, Point
from agents.painters.drawing.lexicon import Colour
from agents.painters.drawing.palette import Palette, brightness, dark, hued, mix, pale, turned
from agents.painters.drawing.reading import Plan, Thing


@dataclass(frozen=True, slots=True)
class Stage:
    """How figures are placed in a setting."""

    horizon: float
    """Pixels from above: where the ground ends."""
    foot: float
    """Pixels from above: where somebody near stands."""
    near: float
    """Height of a figure near by, as a part of the picture's."""
    far: float
    """Height of a figure at the horizon."""
    floats: bool = False
    """Nothing stands: figures hang around the middle."""
    end: Point | None = None
    """Where one goes, in a room: the foot of the far wall."""
    end_size: float = 0.0
    """Height of what stands there, in pixels."""


def thing(plan: Plan, shape: str) -> Thing | None:
    """Return what the plan says of `shape`, if anything."""
    return next((known for known in plan.things if known.shape == shape), None)


def colour_of(plan: Plan, shape: str) -> Colour | None:
    """Return the colour said of `shape`, if any."""
    known = thing(plan, shape)
    return known.colour if known else None


def heavens(c: Canvas, plan: Plan, horizon: float) -> None:
    """Sky from above to `horizon`: gradient, clouds, stars."""
    p = plan.palette
    part = horizon / c.height
    c.backdrop([(0, p.zenith), (0.5, p.sky), (1, p.horizon)], 0, part)
    if part < 1:
        c.backdrop([(0, p.horizon), (1, p.ground)], part, 1)
    night = brightness(p.zenith) < 0.17
    if (night and plan.mood != "storm") or thing(plan, "star"):
        sky.stars(c, count=620 if thing(plan, "star") else 330, floor=horizon, tint=p.light)
    if plan.mood == "storm" or thing(plan, "rain"):
        sky.weather(c, horizon, shade=dark(p.sky, 0.5), strength=0.85)
        sky.weather(c, horizon, shade=pale(p.horizon, 0.1), strength=0.4)
    else:
        sky.weather(
            c, horizon, shade=mix(p.horizon, p.light, 0.25), strength=0.2 if night else 0.5
        )
    if thing(plan, "aurora"):
        sky.aurora(
            c, horizon, colour_of(plan, "aurora") or (70, 240, 160), turned(p.accent, 0.1)
        )


def land_setting(c: Canvas, plan: Plan) -> Stage:
    """Open country under the sky."""
    tall = any(thing(plan, shape) for shape in ("mountain", "city", "forest"))
    return Stage(c.down(0.66 if tall else 0.68), c.down(0.95), near=0.4, far=0.16)


def space_setting(c: Canvas, plan: Plan) -> Stage:
    """Stars, and gas in two colours."""
    p = plan.palette
    c.backdrop(
        [(0, dark(p.zenith, 0.5)), (0.5, mix(p.zenith, p.sky, 0.4)), (1, dark(p.zenith, 0.3))]
    )
    for tone, strength in (
        (mix(p.sky, p.accent, 0.35), 0.75),
        (mix(p.horizon, p.accent, 0.5), 0.5),
        (turned(p.accent, 0.35), 0.32),
    ):
        gas = c.clouds(3, 2, 6, stretch=0.8).point(
            [max(0, min(255, round((value - 126) * 3.4))) for value in range(256)]
        )
        c.stain(gas, tone, strength)
    c.soften(3)
    sky.stars(c, count=950, floor=c.height * 1.02, tint=p.light)
    return Stage(c.height, c.down(0.8), near=0.5, far=0.16, floats=True)


def deep_setting(c: Canvas, plan: Plan) -> Stage:
    """Under water: light from above, weeds below."""
    p = plan.palette
    c.backdrop([(0, pale(p.zenith, 0.35)), (0.16, p.zenith), (0.55, p.sky), (1, p.ground)])
    haze = c.clouds(4, 3, 5).point([max(0, value - 110) for value in range(256)])
    c.stain(haze, p.light, 0.28)
    sky.rays(c, (c.across(c.dice.uniform(0.3, 0.7)), -c.down(0.25)), p.light, 1.5)
    for layer in range(3):
        line = land.ridge(
            c, c.down(0.92 + 0.04 * layer), c.down(0.14 - 0.03 * layer), rough=0.45
        )
        c.area(
            [*line, (c.width, c.height), (0, c.height)],
            mix(p.sky, p.ground, 0.45 + 0.27 * layer),
        )
        for _ in range(16):
            x, tall = c.dice.uniform(0, c.width), c.down(c.dice.uniform(0.06, 0.2))
            sway, foot = c.dice.uniform(-24, 24), c.down(0.96 + 0.02 * layer)
            blade = [
                (x + sway * math.sin(t * 0.55) * t / 10, foot - tall * t / 10)
                for t in range(11)
            ]
            c.line(
                blade, mix(p.sky, p.ground, 0.35 + 0.3 * layer), thick=9 - 2 * layer, alpha=0.8
            )
    for _ in range(80):
        at = (c.dice.uniform(0, c.width), c.dice.uniform(0, c.height))
        size = 2 + 11 * c.dice.random() ** 3
        c.loop(at, size, size, p.light, thick=2, alpha=0.5, glow=0.1)
        c.disc((at[0] - size * 0.3, at[1] - size * 0.3), size * 0.2, (255, 255, 255), alpha=0.6)
    return Stage(c.down(0.86), c.down(0.92), near=0.42, far=0.2, floats=True)


def grid_setting(c: Canvas, plan: Plan) -> Stage:
    """A plane of light under a dark sky, made by machines."""
    p = plan.palette
    horizon = c.down(0.56)
    c.backdrop(
        [(0, p.zenith), (0.55, mix(p.zenith, p.sky, 0.7)), (1, mix(p.sky, p.horizon, 0.6))],
        0,
        0.56,
    )
    c.backdrop(
        [(0, dark(p.horizon, 0.55)), (0.25, dark(p.sky, 0.6)), (1, dark(p.ground, 0.5))],
        0.56,
        1,
    )
    sky.stars(c, count=220, floor=horizon * 0.9, tint=p.light)
    c.halo((c.across(0.5), horizon), c.across(0.42), p.accent, 0.55)
    for line in range(-22, 23):
        c.line(
            [(c.across(0.5 + line * 0.028), horizon), (c.across(0.5 + line * 0.17), c.height)],
            p.light,
            thick=2,
            alpha=0.55,
            glow=0.3,
        )
    for row in range(1, 17):
        y = horizon + (c.height - horizon) * (row / 16) ** 2.3
        c.line([(0, y), (c.width, y)], p.light, thick=1 + 2 * row / 16, alpha=0.55, glow=0.3)
    if plan.mood == "matrix" or thing(plan, "code"):
        code(c, colour_of(plan, "code") or p.light, horizon)
    c.line([(0, horizon), (c.width, horizon)], pale(p.light, 0.4), thick=3, glow=0.8)
    return Stage(horizon, c.down(0.93), near=0.44, far=0.2)


def plain_setting(c: Canvas, plan: Plan) -> Stage:
    """A quiet wall and a table, for things that are alone."""
    p = plan.palette
    line = c.down(0.74)
    c.backdrop([(0, dark(p.zenith, 0.2)), (1, mix(p.sky, p.zenith, 0.35))], 0, 0.74)
    mist = c.clouds(4, 3, 5).point(
        [max(0, min(255, (value - 105) * 2)) for value in range(256)]
    )
    c.stain(mist, p.sky, 0.5)
    c.backdrop(
        [
            (0, mix(p.ground, p.sky, 0.45)),
            (0.25, mix(p.ground, p.sky, 0.2)),
            (1, dark(p.ground, 0.4)),
        ],
        0.74,
        1,
    )
    c.soften(2)
    c.halo((c.across(0.5), c.down(0.42)), c.across(0.5), mix(p.horizon, p.light, 0.3), 0.55)
    c.line([(0, line), (c.width, line)], pale(p.sky, 0.2), thick=2, alpha=0.35)
    return Stage(line, c.down(0.86), near=0.62, far=0.36)


def abstract_setting(c: Canvas, plan: Plan) -> Stage:
    """Ribbons of colour, for words without things."""
    p = plan.palette
    c.backdrop([(0, dark(p.zenith, 0.3)), (0.55, dark(p.sky, 0.3)), (1, dark(p.horizon, 0.5))])
    gas = c.clouds(3, 2, 5).point([max(0, min(255, (value - 110) * 3)) for value in range(256)])
    c.stain(gas, p.horizon, 0.3)
    seeds = plan.signs or (c.dice.getrandbits(64),)
    for ribbon in range(16):
        number = seeds[ribbon % len(seeds)] >> (ribbon % 7 * 8)
        tone = mix(
            hued((number & 0xFF) / 255, 0.62, 0.65),
            (p.accent, p.light, p.horizon)[ribbon % 3],
            0.55,
        )
        lift, phase = c.dice.uniform(0.12, 0.92), c.dice.uniform(0, 6.3)
        waves = 1 + (number >> 3 & 3)
        top: list[Point] = []
        foot: list[Point] = []
        for step in range(81):
            t = step / 80
            y = (
                lift
                + 0.14 * math.sin(t * waves * 3 + phase)
                + 0.06 * math.sin(t * 9 + phase * 2)
            )
            thick = 0.012 + 0.07 * math.sin(math.pi * t) ** 2 * abs(math.sin(t * 2.3 + phase))
            top.append((c.across(t), c.down(y)))
            foot.append((c.across(t), c.down(y + thick)))
        c.area([*top, *reversed(foot)], tone, alpha=0.34, glow=0.1)
        c.line(top, pale(tone, 0.4), thick=3, alpha=0.75, glow=0.3)
    return Stage(c.down(0.9), c.down(0.8), near=0.5, far=0.3, floats=True)


def code(c: Canvas, colour: Colour, floor: float) -> None:
    """Columns of signs that fall, the lowest the brightest."""
    size = 17
    for column in range(0, c.width, size + 6):
        if c.dice.random() < 0.2:
            continue
        length, foot = c.dice.randrange(6, 24), c.dice.uniform(0.1, 1.05) * floor
        for row in range(length):
            y = foot - row * (size + 3)
            fade = 1 - row / length
            tone = pale(colour, 0.7) if row == 0 else colour
            for _ in range(c.dice.randrange(2, 5)):
                a = (
                    column + c.dice.choice((0, size / 2, size)),
                    y + c.dice.choice((0, size / 2, size)),
                )
                b = (
                    column + c.dice.choice((0, size / 2, size)),
                    y + c.dice.choice((0, size / 2, size)),
                )
                c.line(
                    [a, b], tone, thick=3, alpha=0.85 * fade, glow=0.4 * fade if row < 4 else 0
                )


def network(c: Canvas, colour: Colour, accent: Colour, floor: float) -> None:
    """Nodes, and threads between those that are near."""
    nodes = [
        (c.dice.uniform(0.03, 0.97) * c.width, c.dice.uniform(0.05, 0.95) * floor)
        for _ in range(46)
    ]
    for at, one in enumerate(nodes):
        near = sorted(nodes[at + 1 :], key=lambda other: math.dist(one, other))[:3]
        for other in near:
            c.line([one, other], colour, thick=2, alpha=0.5, glow=0.25)
    for one in nodes:
        size = c.dice.uniform(3, 11)
        c.disc(one, size, accent if size > 8 else colour, glow=0.9)
        if size > 7:
            c.halo(one, size * 9, accent, 0.5)


def signal(c: Canvas, colour: Colour, line: float) -> None:
    """A wave on an oscilloscope, and its echoes."""
    phase = c.dice.uniform(0, 6.3)
    for echo in range(5, -1, -1):
        path: list[Point] = []
        for x in range(0, c.width + 8, 8):
            t = x / c.width
            swell = math.exp(-((t - 0.5) ** 2) * 9)
            path.append(
                (
                    x,
                    line
                    + c.down(0.16 - echo * 0.018)
                    * swell
                    * (math.sin(t * 34 + phase + echo * 0.35) + 0.5 * math.sin(t * 79 + phase)),
                )
            )
        c.line(
            path,
            colour,
            thick=5 if echo == 0 else 2,
            alpha=1 - echo * 0.16,
            glow=0.9 if echo == 0 else 0.3,
        )


def tinted_light(palette: Palette, colour: Colour | None, *, glow: bool) -> Colour:
    """Return the light of a figure: its own colour if it glows, else the scene's."""
    return pale(colour, 0.35) if glow and colour else palette.light
