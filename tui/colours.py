"""A colour for each participant, readable on what it is drawn on, told apart from the others.

Candidates are hues in OKLCH at three lightnesses, each found by halving until its contrast
with the worst of the backgrounds is what is asked for. Then the one farthest from all taken so
far is taken next, where far is the smallest difference that eyes of three kinds see: ordinary
ones, and those without red or without green cones. So the first few differ most, and differ in
lightness where hue does not help. No terminal and no theme here: colours are `#rrggbb`.
"""

import math
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

READABLE = 4.5
"""Contrast of text with its background that WCAG 2 asks for (AA)."""
COUNT = 12
"""Colours before they come round again."""

_MARGIN = 0.08  # for rounding to 256 steps, and for a dimmed cell here and there
_HUES = 24
_CHROMA = 0.15  # as colourful as names may be without shouting; less where sRGB ends
_DULL = 0.055  # what is greyer passes for ordinary text
_SAME = 0.02  # of OKLab: nobody tells them apart
_START = 250.0  # degrees: the first colour is a blue

_Rgb = tuple[float, float, float]


class Lab(NamedTuple):
    """A colour in OKLab, where distances are as large as they look."""

    lightness: float
    """0 to 1."""
    a: float
    b: float

    def difference(self, other: "Lab") -> float:
        """Return how different two colours look: 2 can be told apart, 10 is clearly other.

        The Euclidean distance, times 100.
        """
        return 100 * math.dist(self, other)


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours by WCAG 2: 1 (the same) to 21 (black on white)."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour by WCAG 2: 0 (black) to 1 (white)."""
    return _luminance(_linear(colour))


def lab(colour: str) -> Lab:
    """Return a colour in OKLab."""
    return _lab(_linear(colour))


def without(cones: str, colour: str) -> str:
    """Return a colour as somebody sees it who has no `red` or no `green` cones."""
    return _hex(_seen(_linear(colour), _MISSING[cones]))


@lru_cache(maxsize=64)
def _palette(surfaces: tuple[str, ...], count: int) -> tuple[str, ...]:
    candidates = _candidates(surfaces)
    views = [
        (_lab(rgb), *(_lab(_seen(rgb, matrix)) for matrix in _MISSING.values()))
        for rgb in candidates
    ]
    taken = [0]
    # How far each candidate is from the nearest that was taken.
    apart = [math.inf] * len(candidates)
    while len(taken) < count:
        last = views[taken[-1]]
        for index, view in enumerate(views):
            # What ordinary eyes see counts in full; of the others the worse one, doubled,
            # since they see half as many colours and nothing could be far enough for them.
            ordinary = math.dist(view[0], last[0])
            if ordinary < apart[index]:
                others = 3 * min(math.dist(view[1], last[1]), math.dist(view[2], last[2]))
                apart[index] = min(apart[index], ordinary, others)
        farthest = max(range(len(apart)), key=apart.__getitem__)
        if apart[farthest] < _SAME:
            break
        taken.append(farthest)
    return tuple(_hex(candidates[index]) for index in taken)


def palette(background: str, surfaces: Sequence[str] = (), count: int = COUNT) -> list[str]:
    """Return distinct colours for text, each readable on the background and the surfaces.

    The same for the same arguments. Where no colour is readable on all of them (they are of
    middling lightness, or some light and some dark), the background alone counts.

    Args:
        background: `#rrggbb`.
        surfaces: Other colours the same text is drawn on.
        count: How many; fewer come where so many cannot be found.
    """
    every = (background, *surfaces)
    if not any(_reach(every, lighter=lighter) >= READABLE for lighter in (True, False)):
        every = (background,)
    return list(_palette(tuple(one.lower() for one in every), count))


def _reach(surfaces: Iterable[str], *, lighter: bool) -> float:
    """Return the contrast of white, or of black, with the worst of `surfaces`."""
    return min(contrast("#ffffff" if lighter else "#000000", one) for one in surfaces)


def _candidates(surfaces: tuple[str, ...]) -> list[_Rgb]:
    levels = [luminance(one) for one in surfaces]
    lighter = _reach(surfaces, lighter=True) >= _reach(surfaces, lighter=False)
    worst = max(levels) if lighter else min(levels)
    reach = _reach(surfaces, lighter=lighter)
    least = min(READABLE + _MARGIN, reach)
    # Towards white and black colours fade, so the way is not gone to its end.
    steps = (0.0, 0.3, 0.6)
    wanted = [least * (reach / least) ** step for step in steps]
    found: list[_Rgb] = []
    for number in range(_HUES):
        hue = math.radians(_START + 360 * number / _HUES)
        for ratio in wanted:
            target = (worst + 0.05) * ratio - 0.05 if lighter else (worst + 0.05) / ratio - 0.05
            rgb = _of_luminance(target, hue, up=lighter)
            if _colourful(rgb):
                found.append(rgb)
    return found or [(1.0, 1.0, 1.0) if lighter else (0.0, 0.0, 0.0)]


def _colourful(rgb: _Rgb) -> bool:
    _, a, b = _lab(rgb)
    # Close to black OKLab sees more than a screen shows.
    return math.hypot(a, b) >= _DULL and _byte(max(rgb)) - _byte(min(rgb)) >= 32


def _of_luminance(target: float, hue: float, *, up: bool) -> _Rgb:
    """Return the colour of a hue whose luminance is `target`, erring to the readable side."""
    low, high = 0.0, 1.0
    for _ in range(12):  # to 1/4096 of the way from black to white
        middle = (low + high) / 2
        if _luminance(_in_gamut(middle, hue)) < target:
            low = middle
        else:
            high = middle
    return _in_gamut(high if up else low, hue)


def _in_gamut(lightness: float, hue: float) -> _Rgb:
    """Return the colour, as colourful as wanted or as the screen can."""
    cosine, sine = math.cos(hue), math.sin(hue)
    chroma = _CHROMA
    while chroma > 0.005:
        rgb = _rgb(lightness, chroma * cosine, chroma * sine)
        if min(rgb) >= -0.0005 and max(rgb) <= 1.0005:
            return rgb
        chroma *= 0.88
    return _rgb(lightness, 0.0, 0.0)


# Colour spaces. Linear parts, 0 to 1, in between.


def _linear(colour: str) -> _Rgb:
    red, green, blue = (_LINEAR[int(colour[at : at + 2], 16)] for at in (1, 3, 5))
    return red, green, blue


_LINEAR = [
    part / 255 / 12.92 if part / 255 <= 0.04045 else ((part / 255 + 0.055) / 1.055) ** 2.4
    for part in range(256)
]


def _hex(rgb: _Rgb) -> str:
    return "#" + "".join(f"{_byte(part):02x}" for part in rgb)


def _byte(part: float) -> int:
    part = min(1.0, max(0.0, part))
    return round(
        255 * (12.92 * part if part <= 0.0031308 else 1.055 * part ** (1 / 2.4) - 0.055)
    )


def _luminance(rgb: _Rgb) -> float:
    return 0.2126 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2]


def _lab(rgb: _Rgb) -> Lab:
    red, green, blue = rgb
    long = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    middle = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    return Lab(
        0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short,
    )


def _rgb(lightness: float, a: float, b: float) -> _Rgb:
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
    )


# How colours look without red or without green cones (Viénot, Brettel and Mollon 1999): rows
# of a matrix on linear parts.
_MISSING = {
    "red": ((0.11238, 0.88762, 0.0), (0.11238, 0.88762, 0.0), (0.00401, -0.00401, 1.0)),
    "green": ((0.29275, 0.70725, 0.0), (0.29275, 0.70725, 0.0), (-0.02234, 0.02234, 1.0)),
}


def _seen(rgb: _Rgb, matrix: tuple[_Rgb, _Rgb, _Rgb]) -> _Rgb:
    red, green, blue = (
        sum(m * part for m, part in zip(row, rgb, strict=True)) for row in matrix
    )
    return red, green, blue
