"""The order of drawing: far to near, and the light last."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageEnhance, ImageFilter, ImageFont

from agents.painters.drawing import built, land, living, rooms, settings, sky, things
from agents.painters.drawing.canvas import HEIGHT, WIDTH, Canvas, Point
from agents.painters.drawing.lexicon import Colour
from agents.painters.drawing.palette import brightness, dark, hued, mix, pale
from agents.painters.drawing.reading import Plan, Thing
from agents.painters.drawing.settings import Stage, colour_of, thing
from agents.painters.drawing.spot import Figure, Spot

FIGURES: Mapping[str, Figure] = {
    **built.FIGURES, **living.FIGURES, **things.FIGURES, **sky.FIGURES,
}  # fmt: skip

SETTINGS: Mapping[str, Callable[[Canvas, Plan], Stage]] = {
    "land": settings.land_setting,
    "sea": settings.land_setting,
    "deep": settings.deep_setting,
    "space": settings.space_setting,
    "hall": rooms.hall_setting,
    "tunnel": rooms.tunnel_setting,
    "grid": settings.grid_setting,
    "plain": settings.plain_setting,
    "abstract": settings.abstract_setting,
}

_ALOFT = frozenset(sky.FIGURES) | {"bird", "balloon", "butterfly", "ring", "island"}
_AFLOAT = frozenset({"ship", "whale", "fish"})
_WIDE: Mapping[str, float] = {
    "whale": 0.5, "bird": 0.32, "ship": 0.75, "train": 0.5, "bridge": 0.6, "house": 0.62, "fish": 0.5,
    "castle": 0.9, "book": 0.62, "eye": 0.62, "galaxy": 1.2, "sun": 0.55, "moon": 0.55, "eclipse": 0.6,
    "planet": 0.75, "cloud": 0.5, "comet": 0.45, "lightning": 1.5, "figure": 0.7, "cat": 0.5,
    "flower": 0.6, "mushroom": 0.6, "butterfly": 0.4, "chair": 0.7, "candle": 0.8, "key": 0.8,
    "tower": 1.35, "lighthouse": 1.3, "island": 0.8, "balloon": 0.7, "tree": 1.1, "pyramid": 0.9,
    "fire": 0.6, "lamp": 0.95, "monolith": 1.1, "crystal": 0.85, "face": 1.0, "serpent": 0.7,
}  # fmt: skip
"""Height against that of other figures, so that whole scenes hold together."""

_SKIN: Mapping[str, Colour] = {
    "moon": (236, 232, 214), "sun": (255, 226, 150), "flower": (238, 120, 160), "fire": (255, 150, 50),
    "heart": (206, 46, 72), "candle": (236, 214, 168), "tree": (64, 116, 70), "mushroom": (196, 70, 62),
    "shell": (226, 196, 170), "egg": (226, 214, 196), "bird": (24, 24, 34), "skull": (224, 216, 200),
    "galaxy": (150, 120, 230), "balloon": (214, 88, 76), "butterfly": (236, 140, 60), "robot": (132, 146, 162),
    "machine": (162, 120, 72), "book": (214, 190, 150), "hourglass": (222, 180, 110), "key": (216, 174, 84),
    "clock": (166, 124, 76), "cloud": (226, 230, 238), "house": (150, 112, 88), "door": (112, 70, 46),
    "island": (96, 140, 84), "ship": (176, 140, 106), "lighthouse": (206, 200, 192), "chair": (140, 96, 62),
    "comet": (140, 200, 255), "serpent": (86, 150, 92), "hand": (214, 170, 140), "face": (206, 170, 148),
    "fish": (236, 128, 66), "planet": (206, 158, 112), "pyramid": (206, 166, 108), "feather": (210, 214, 226),
    "temple": (206, 200, 186), "castle": (120, 116, 124), "screen": (60, 64, 74), "mask": (226, 222, 214),
}  # fmt: skip


def draw(plan: Plan, dice: Random) -> Image.Image:
    """Return the finished picture, mode RGB, `WIDTH` by `HEIGHT`."""
    c = Canvas(dice)
    if plan.setting in {"land", "sea"}:
        horizon = c.down(0.6 if plan.setting == "sea" else 0.66)
        settings.heavens(c, plan, horizon)
    stage = SETTINGS[plan.setting](c, plan)
    if plan.setting == "sea":
        stage = replace(stage, horizon=c.down(0.6))
    _signs(c, plan, stage)
    _sky_things(c, plan, stage)
    _bands(c, plan, stage)
    _standing(c, plan, stage)
    _weather(c, plan, stage)
    return _finish(c.finish(), plan, dice)


def _signs(c: Canvas, plan: Plan, stage: Stage) -> None:
    """Draw the words nobody knows: small in a scene, large where there is nothing else."""
    alone = plan.setting == "abstract"
    for at, number in enumerate(plan.signs):
        part = (number >> 20 & 0xFFFF) / 0xFFFF
        spread = (at + 0.5 + (part - 0.5) * 0.6) / len(plan.signs)
        place = (c.across(0.06 + 0.88 * spread), c.down(0.14 + 0.22 * part))
        radius = c.down(0.035 + 0.02 * part)
        if alone:
            place = (c.across(0.14 + 0.72 * spread), c.down(0.3 + 0.36 * part))
            radius = c.down(0.13 + 0.1 * part)
        tone = mix(hued((number & 0xFF) / 255, 0.68), plan.palette.light, 0.4)
        if alone:
            c.halo(place, radius * 2.4, tone, 0.5)
            things.sign(c, place, radius, number=number, colour=tone, alpha=0.9)
        else:
            things.constellation(c, place, radius * 1.5, number=number, colour=pale(tone, 0.4))


def _spot(
    c: Canvas, plan: Plan, what: Thing, *, at: Point, size: float, haze: float = 0
) -> Spot:
    p = plan.palette
    body = what.colour or _SKIN.get(what.shape) or mix(p.ground, p.sky, 0.3)
    if what.colour is None:
        # Figures take some of the scene's colour; what is dark stays readable against it.
        body = mix(body, p.sky, 0.16)
    if what.shape not in sky.FIGURES:
        body = mix(body, p.horizon, haze * 0.5)
        if what.colour is None and abs(brightness(body) - brightness(p.ground)) < 0.1:
            body = pale(body, 0.24)
    light = settings.tinted_light(p, what.colour, glow=what.glow or what.shape in sky.FIGURES)
    return Spot(
        x=at[0], y=at[1], size=size, body=body, light=light, glow=0.8 if what.glow else 0
    )


def _places(c: Canvas, what: Thing, *, wide: float, fallback: float) -> list[float]:
    """Return parts of the width for each of `what`, spread around where it is said to be."""
    middle = fallback if what.across is None else what.across
    if what.count == 1:
        return [middle]
    reach = min(wide, 0.13 * (what.count - 1)) if what.across is not None else wide
    left = min(max(middle - reach / 2, 0.07), 0.93 - reach)
    step = reach / (what.count - 1)
    return [left + step * k + c.dice.uniform(-0.16, 0.16) * step for k in range(what.count)]


def _sky_things(c: Canvas, plan: Plan, stage: Stage) -> None:
    """Sun, moon and all that hangs: before the land, so that the land hides it."""
    aloft = [what for what in plan.things if what.shape in sky.FIGURES]
    for number, what in enumerate(aloft):
        fallback = (0.68, 0.3, 0.5)[number % 3]
        for part in _places(c, what, wide=0.7, fallback=fallback):
            size = c.down(0.3) * _WIDE.get(what.shape, 0.6) * what.scale
            if what.count > 1:
                size *= c.dice.uniform(0.55, 1.0)
            low = what.shape == "sun" and plan.mood in {"sunset", "dawn"}
            height = c.dice.uniform(0.62, 0.78) if low else c.dice.uniform(0.2, 0.36)
            if (
                what.depth is not None
                and what.depth > 0.6
                and what.shape in {"sun", "moon", "planet"}
            ):
                height = 0.62
            y = stage.horizon * height + size / 2
            if stage.floats or plan.setting in {"tunnel", "plain"}:
                y = c.down(c.dice.uniform(0.3, 0.55)) + size / 2
                size *= 1.25
            if what.shape == "lightning":
                y, size = stage.horizon, stage.horizon
            FIGURES[what.shape](c, _spot(c, plan, what, at=(c.across(part), y), size=size))
    if thing(plan, "rainbow"):
        sky.rainbow(c, stage.horizon)
    if what := thing(plan, "ray"):
        part = 0.5 if what.across is None else what.across
        sky.rays(c, (c.across(part), -c.down(0.1)), what.colour or plan.palette.light)


def _bands(c: Canvas, plan: Plan, stage: Stage) -> None:
    """Land, water and all that goes from side to side."""
    p, horizon = plan.palette, stage.horizon
    if plan.setting in {"land", "sea"}:
        if what := thing(plan, "mountain"):
            land.mountains(c, horizon, p, colour=what.colour, high=min(1.5, what.scale))
        elif plan.setting == "land":
            faint = land.ridge(c, horizon + 6, c.down(0.07), rough=0.5)
            c.area([*faint, (c.width, c.height), (0, c.height)], mix(p.sky, p.horizon, 0.45))
    if plan.setting == "land":
        _ground(c, plan, horizon)
    if what := thing(plan, "city"):
        land.city(c, horizon, p, colour=what.colour, high=min(1.6, what.scale))
        if plan.setting == "land":
            _street(c, plan, horizon + c.down(0.04))
    if plan.setting == "sea":
        _water(c, plan, horizon)
    if plan.setting == "land":
        for shape, paint in (
            ("forest", land.forest),
            ("river", land.river),
            ("road", land.road),
        ):
            if thing(plan, shape):
                paint(c, horizon, p, colour_of(plan, shape))
    if what := thing(plan, "network"):
        settings.network(
            c,
            what.colour or p.light,
            p.accent,
            horizon if plan.setting != "hall" else c.down(0.5),
        )
    if what := thing(plan, "signal"):
        settings.signal(c, what.colour or p.accent, c.down(0.42))
    if (what := thing(plan, "code")) and plan.setting != "grid":
        settings.code(c, what.colour or p.accent, c.down(0.62))


def _ground(c: Canvas, plan: Plan, horizon: float) -> None:
    p = plan.palette
    if thing(plan, "desert") or plan.mood == "arid":
        land.dunes(c, horizon, p, colour_of(plan, "desert"))
    elif thing(plan, "hill"):
        land.hills(c, horizon, p, colour_of(plan, "hill"))
    elif thing(plan, "field") or plan.mood == "green":
        land.ground(c, horizon, p)
        land.field(c, horizon, p, colour_of(plan, "field"))
    else:
        land.ground(c, horizon, p)
    if thing(plan, "wave"):
        land.waves(c, horizon, p, colour_of(plan, "wave"))


def _street(c: Canvas, plan: Plan, line: float) -> None:
    """Wet ground before a city, with its lights in it."""
    p = plan.palette
    c.mirror(line, dark(p.ground, 0.3), 0.35)
    c.veil(line - c.down(0.02), line + c.down(0.05), p.horizon, [0, 0.4, 0])


def _water(c: Canvas, plan: Plan, horizon: float) -> None:
    p = plan.palette
    far = [what for what in plan.things if _is_far(plan, what)]
    for number, what in enumerate(far):
        fallback = (0.34, 0.68, 0.16, 0.84)[number % 4]
        for part in _places(c, what, wide=0.6, fallback=fallback):
            size = c.down(0.32) * _WIDE.get(what.shape, 0.7) * what.scale
            spot = _spot(c, plan, what, at=(c.across(part), horizon + 3), size=size, haze=0.25)
            _rock(c, plan, spot)
            FIGURES[what.shape](c, spot)
    shining = thing(plan, "moon") or thing(plan, "sun") or thing(plan, "lighthouse")
    part = None
    if shining is not None:
        part = (
            shining.across
            if shining.across is not None
            else (0.34 if shining.shape == "lighthouse" else 0.68)
        )
    c.mirror(horizon, dark(colour_of(plan, "wave") or mix(p.sky, p.ground, 0.6), 0.3), 0.5)
    c.veil(horizon - c.down(0.02), horizon + c.down(0.03), p.horizon, [0, 0.5, 0])
    land.glints(c, horizon, pale(p.light, 0.2), None if part is None else c.across(part))
    if thing(plan, "wave") or plan.mood == "storm":
        land.waves(c, horizon + c.down(0.06), p, colour_of(plan, "wave"))


def _rock(c: Canvas, plan: Plan, spot: Spot) -> None:
    """Give what stands in the sea something to stand on."""
    if spot.size < 20:
        return
    wide = spot.size * 0.75
    line = [
        (
            spot.x + wide * (t / 8 - 1),
            spot.y - wide * 0.1 * (1 - abs(t / 8 - 1)) * c.dice.uniform(0.7, 1.5),
        )
        for t in range(17)
    ]
    c.area(
        [*line, (spot.x + wide, spot.y + 6), (spot.x - wide, spot.y + 6)],
        dark(plan.palette.ground, 0.4),
    )


def _is_far(plan: Plan, what: Thing) -> bool:
    """Whether in a seascape `what` stands at the horizon and is mirrored."""
    if what.shape not in FIGURES or what.shape in _ALOFT or what.aloft:
        return False
    if what.depth is not None:
        return what.depth > 0.5
    return what.shape in built.FIGURES and what.shape not in {
        "ship",
        "door",
        "stair",
        "window",
        "arch",
    }


def _standing(c: Canvas, plan: Plan, stage: Stage) -> None:
    """Figures on the ground or around the middle, the far before the near."""
    todo: list[tuple[float, Thing, Point, float]] = []
    own = [
        what
        for what in plan.things
        if what.shape in FIGURES
        and what.shape not in sky.FIGURES
        and not (plan.setting == "sea" and _is_far(plan, what))
        and not (what.shape == "waterfall" and thing(plan, "island"))  # islands bring their own
    ]
    for number, what in enumerate(own):
        todo += _places_of(c, plan, stage, what, number=number, among=len(own))
    for depth, what, at, size in sorted(todo, key=lambda one: -one[0]):
        spot = _spot(
            c, plan, what, at=at, size=size, haze=depth * (0.2 if stage.floats else 0.6)
        )
        if what.shape == "bird" and brightness(plan.palette.sky) < 0.25 and what.colour is None:
            spot = replace(spot, body=pale(plan.palette.horizon, 0.4))
        stands = not stage.floats and not what.aloft and what.shape not in _ALOFT | _AFLOAT
        if stands and stage.end is None:
            land.shadow(c, at, size * 0.42)
        FIGURES[what.shape](c, spot)


def _places_of(
    c: Canvas, plan: Plan, stage: Stage, what: Thing, *, number: int, among: int
) -> list[tuple[float, Thing, Point, float]]:
    """Return depth, thing, foot in pixels and height in pixels of each of `what`."""
    relative = _WIDE.get(what.shape, 0.75) * what.scale
    first = number == 0
    if (
        stage.end is not None
        and what.count == 1
        and (first or what.shape in {"door", "arch", "window"})
        and what.depth is None
    ):
        size = min(
            stage.end_size * (1.0 if what.shape == "door" else relative * 1.25), c.down(0.6)
        )
        return [(1.0, what, stage.end, size * max(0.8, min(1.5, what.scale)))]
    spread = {1: (0.5,), 2: (0.36, 0.67), 3: (0.48, 0.2, 0.8)}
    places = spread.get(among, (0.36, 0.66, 0.15, 0.86, 0.5))
    fallback = places[number % len(places)]
    looming = what.scale >= 1.5 and what.count == 1 and among > 1
    if looming:
        fallback = 0.5
    placed: list[tuple[float, Thing, Point, float]] = []
    for part in _places(c, what, wide=min(0.82, 0.26 * (what.count - 1)), fallback=fallback):
        depth = what.depth
        if depth is None:
            depth = (
                c.dice.uniform(0.12, 0.6) if what.count > 2 else (0.22, 0.4, 0.3)[number % 3]
            )
        size = c.height * (stage.near + (stage.far - stage.near) * depth) * relative
        if looming:
            # What is huge stands far off and is still the largest.
            size = min(c.down(0.62), c.height * stage.near * relative)
        if what.count > 2:
            size *= c.dice.uniform(0.75, 1.05)
        y = stage.horizon + (stage.foot - stage.horizon) * (1 - depth) ** 1.2
        if stage.floats:
            y = (
                c.down(
                    0.52
                    + c.dice.uniform(-0.16, 0.16)
                    * (0 if among == 1 and what.count == 1 else 1.4)
                )
                + size / 2
            )
        elif what.aloft or what.shape in _ALOFT:
            y = stage.horizon * c.dice.uniform(0.3, 0.72) + size / 2
            size *= 0.8 if what.shape not in {"bird", "butterfly"} else 0.55
        elif plan.setting == "plain":
            size = min(size, c.down(0.66))
            y = c.down(0.74 + 0.12 * (1 - depth))
            if what.shape in {
                "eye",
                "face",
                "galaxy",
                "spiral",
                "ring",
                "knot",
                "labyrinth",
                "mask",
            }:
                y = c.down(0.5) + size / 2
        inside = min(0.5, size * 0.5 / c.width)
        placed.append((depth, what, (c.across(min(max(part, inside), 1 - inside)), y), size))
    return placed


def _weather(c: Canvas, plan: Plan, stage: Stage) -> None:
    p = plan.palette
    if thing(plan, "rain") or (plan.mood == "storm" and plan.setting in {"land", "sea"}):
        sky.rain(c, pale(p.horizon, 0.4))
    if thing(plan, "snow"):
        sky.snow(c)
    if what := thing(plan, "spark"):
        sky.sparks(c, c.down(0.3), what.colour or p.light)
    if thing(plan, "fog") or "mist" in plan.textures:
        for band in range(4):
            y = stage.horizon - c.down(0.16) + c.down(0.13) * band
            c.veil(
                y, y + c.down(0.22), mix(p.horizon, (235, 238, 245), 0.25), [0, 0.34, 0.2, 0]
            )


def _finish(image: Image.Image, plan: Plan, dice: Random) -> Image.Image:
    """Lay texture, vignette and the painter's name over the picture."""
    if "jagged" in plan.textures:
        image = _shattered(image, dice)
    if "soft" in plan.textures:
        image = Image.blend(image, image.filter(ImageFilter.GaussianBlur(5)), 0.6)
    if "paint" in plan.textures:
        image = image.filter(ImageFilter.ModeFilter(5))
    if "pixel" in plan.textures:
        small = image.resize((WIDTH // 6, HEIGHT // 6), Image.Resampling.BOX).quantize(24)
        image = small.convert("RGB").resize((WIDTH, HEIGHT), Image.Resampling.NEAREST)
    if "scan" in plan.textures:
        pen = ImageDraw.Draw(image, "RGBA")
        for y in range(0, HEIGHT, 3):
            pen.line([(0, y), (WIDTH, y)], fill=(0, 0, 0, 70))
    image = ImageEnhance.Color(image).enhance(1.08)
    edge = (
        Image.radial_gradient("L")
        .resize((WIDTH, HEIGHT))
        .point([max(0, round((value - 120) * 0.72)) for value in range(256)])
    )
    image.paste(Image.new("RGB", image.size, dark(plan.palette.zenith, 0.7)), (0, 0), edge)
    if "grain" in plan.textures:
        # Coarse grain, at half the size: fine grain cannot be compressed.
        half = (WIDTH // 2, HEIGHT // 2)
        noise = Image.frombytes("L", half, dice.randbytes(half[0] * half[1])).resize(image.size)
        grain = Image.merge("RGB", [noise.point([value // 11 for value in range(256)])] * 3)
        image = ImageChops.subtract(
            ImageChops.add(image, grain), Image.new("RGB", image.size, (11, 11, 11))
        )
    return _named(image)


def _shattered(image: Image.Image, dice: Random) -> Image.Image:
    """Return `image` with slices of it moved aside."""
    broken = image.copy()
    for _ in range(14):
        y, high = dice.randrange(HEIGHT), dice.randrange(4, 26)
        strip = image.crop((0, y, WIDTH, min(HEIGHT, y + high)))
        shift = round(dice.gauss(0, 16))
        bands = strip.split()
        strip = Image.merge(
            "RGB",
            (
                ImageChops.offset(bands[0], shift + 4, 0),
                ImageChops.offset(bands[1], shift, 0),
                ImageChops.offset(bands[2], shift - 4, 0),
            ),
        )
        broken.paste(strip, (0, y))
    return broken


def _named(image: Image.Image) -> Image.Image:
    """Write in the corner that this is a sketch."""
    pen = ImageDraw.Draw(image, "RGBA")
    font = ImageFont.load_default()
    left, top, right, bottom = pen.textbbox((0, 0), "sketch", font=font)
    at = (WIDTH - (right - left) - 12, HEIGHT - (bottom - top) - 14)
    pen.text((at[0] + 1, at[1] + 1), "sketch", font=font, fill=(0, 0, 0, 150))
    pen.text(at, "sketch", font=font, fill=(255, 255, 255, 190))
    return image
