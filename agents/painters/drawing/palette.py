"""Colours of a scene: a mood gives the palette, words of colour tint it."""

from collections.abc import Mapping, Sequence
from colorsys import hls_to_rgb, rgb_to_hls
from dataclasses import dataclass, replace

from agents.painters.drawing.lexicon import Colour


@dataclass(frozen=True, slots=True)
class Palette:
    """What a scene is painted with. Channels 0 to 255."""

    zenith: Colour
    sky: Colour
    """Half way up."""
    horizon: Colour
    ground: Colour
    """The near ground, and silhouettes against the sky."""
    light: Colour
    """What shines."""
    accent: Colour
    """What stands out."""


MOODS: Mapping[str, Palette] = {
    "night": Palette((7, 9, 30), (20, 24, 68), (74, 70, 132), (11, 13, 32), (255, 238, 196), (138, 186, 255)),
    "dawn": Palette((62, 70, 128), (188, 126, 156), (255, 206, 166), (58, 50, 84), (255, 242, 208), (255, 142, 122)),
    "sunset": Palette((42, 30, 86), (190, 68, 96), (255, 172, 88), (40, 24, 52), (255, 228, 156), (255, 112, 84)),
    "day": Palette((44, 108, 190), (112, 176, 230), (226, 240, 246), (62, 112, 84), (255, 252, 230), (250, 190, 90)),
    "dusk": Palette((24, 14, 58), (88, 48, 142), (216, 134, 190), (26, 18, 50), (255, 218, 242), (150, 236, 255)),
    "storm": Palette((20, 26, 36), (56, 68, 84), (134, 146, 156), (24, 30, 38), (222, 238, 255), (176, 200, 232)),
    "neon": Palette((8, 4, 30), (44, 10, 88), (206, 34, 144), (12, 6, 32), (66, 238, 255), (255, 64, 182)),
    "arid": Palette((58, 104, 160), (174, 178, 178), (252, 218, 168), (150, 96, 58), (255, 246, 220), (206, 88, 54)),
    "deep": Palette((24, 108, 132), (8, 66, 104), (3, 26, 56), (2, 14, 32), (196, 255, 240), (96, 226, 222)),
    "green": Palette((38, 82, 88), (112, 160, 132), (226, 236, 194), (24, 54, 42), (252, 250, 204), (170, 206, 96)),
    "ice": Palette((54, 86, 142), (146, 188, 222), (238, 246, 252), (150, 178, 206), (255, 255, 255), (116, 204, 244)),
    "fire": Palette((18, 5, 12), (96, 18, 16), (244, 102, 34), (26, 9, 10), (255, 224, 128), (255, 126, 34)),
    "sepia": Palette((66, 48, 34), (148, 114, 78), (230, 204, 158), (60, 42, 30), (255, 238, 200), (188, 106, 56)),
    "mono": Palette((20, 21, 26), (70, 72, 80), (192, 194, 198), (22, 22, 27), (248, 248, 244), (206, 208, 216)),
    "dream": Palette((112, 122, 200), (198, 168, 222), (255, 222, 222), (104, 104, 160), (255, 250, 232), (255, 168, 192)),
    "matrix": Palette((0, 7, 5), (2, 30, 16), (8, 78, 46), (0, 11, 7), (164, 255, 178), (42, 232, 112)),
}  # fmt: skip


def mix(one: Colour, other: Colour, share: float) -> Colour:
    """Return a colour `share` (0 to 1) of the way from `one` to `other`."""
    part = min(max(share, 0.0), 1.0)
    return (
        round(one[0] + (other[0] - one[0]) * part),
        round(one[1] + (other[1] - one[1]) * part),
        round(one[2] + (other[2] - one[2]) * part),
    )


def dark(colour: Colour, share: float) -> Colour:
    """Return `colour`, `share` of the way to a black with some blue in it."""
    return mix(colour, (6, 7, 16), share)


def pale(colour: Colour, share: float) -> Colour:
    """Return `colour`, `share` of the way to a warm white."""
    return mix(colour, (255, 252, 244), share)


def turned(colour: Colour, turn: float, *, lightness: float | None = None) -> Colour:
    """Return `colour` with its hue turned by `turn` (1 is all the way round)."""
    hue, light, strength = rgb_to_hls(*(channel / 255 for channel in colour))
    red, green, blue = hls_to_rgb(
        (hue + turn) % 1, light if lightness is None else lightness, strength
    )
    return (round(red * 255), round(green * 255), round(blue * 255))


def hued(hue: float, lightness: float = 0.6, strength: float = 0.7) -> Colour:
    """Return the colour of a hue, 0 to 1."""
    red, green, blue = hls_to_rgb(hue % 1, lightness, strength)
    return (round(red * 255), round(green * 255), round(blue * 255))


def brightness(colour: Colour) -> float:
    """Return how bright `colour` looks, 0 to 1."""
    return (0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2]) / 255


def tinted(palette: Palette, colours: Sequence[Colour], sky: Colour | None) -> Palette:
    """Return `palette` with the sky and the accents moved to what the words say.

    Args:
        palette: Of the mood.
        colours: Said of nothing in particular, in order; the first two count.
        sky: Said of the sky.
    """
    lead = sky or (colours[0] if colours else None)
    if lead is not None:
        pull = 0.72 if sky else 0.45
        deep = dark(lead, 0.72 if brightness(palette.zenith) < 0.3 else 0.35)
        palette = replace(
            palette,
            zenith=mix(palette.zenith, deep, pull),
            sky=mix(palette.sky, dark(lead, 0.2), pull),
            horizon=mix(palette.horizon, pale(lead, 0.42), pull * 0.8),
            ground=mix(palette.ground, dark(lead, 0.86), pull * 0.7),
        )
    if colours:
        accent = colours[1] if len(colours) > 1 and sky is None else colours[0]
        palette = replace(
            palette,
            accent=mix(palette.accent, accent, 0.8),
            light=mix(palette.light, pale(accent, 0.55), 0.4),
        )
    return palette
