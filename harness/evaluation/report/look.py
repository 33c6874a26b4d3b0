"""How ways look: one colour and one mark each, the same in every plot, on light and on dark.

Colours are those that tell participants apart in an exported room. Colour is never the only
sign: marks differ, and lines carry their names. Rules name classes alone, so that one drawing
is coloured by the page's variables or, for a picture, by the colours themselves.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from transcripts.export.style import COLOURS, GROUNDS, INKS

Mark: TypeAlias = Literal["disc", "square", "diamond", "triangle", "ring", "cross"]
Scheme: TypeAlias = Literal["light", "dark"]

GREY: Final = len(COLOURS)
"""The hue of controls."""


@dataclass(frozen=True, slots=True)
class Look:
    """Of one way."""

    hue: int
    mark: Mark
    strong: bool = False
    """Whether it is what the page is about."""


LOOKS: Final[Mapping[str, Look]] = {
    "text+recall": Look(0, "disc", strong=True),
    "text": Look(2, "square"),
    "recall": Look(4, "triangle"),
    "window": Look(1, "diamond"),
    "state+recall": Look(5, "disc"),
    "state": Look(3, "square"),
    "summary": Look(6, "ring"),
    "observation": Look(7, "ring"),
    "full": Look(GREY, "disc"),
    "wrong2": Look(GREY, "cross"),
}
"""The ways that are plotted, in the order of a legend."""

MEANS: Final[Mapping[str, str]] = {
    "none": "nothing",
    "wrong": "the end of another conversation: the zero",
    "wrong2": "the end of yet another one: must be worth nothing either",
    "shuffled": "everything, its lines in no order",
    "oracle": "the lines that hold the answer, and nothing else",
    "full": "everything: a hundred, by definition",
    "window": "the last lines that fit",
    "summary": "the data set's own summaries, the newest that fit",
    "observation": "the data set's own notes of facts, the newest that fit",
    "recall": "the passages that belong to what is asked",
    "text": "the hidden memory alone, as words",
    "text+recall": "what the product sends: hidden memory, passages, newest lines",
    "state": "the hidden memory as the state of a byte model",
    "state+recall": "that state, passages, newest lines",
    "drops every third": "broken: without the third of each three lines",
    "wrong room": "broken: another conversation, kept as ours is",
    "scrambled speakers": "broken: each line under a name that is drawn",
    "noise": "broken: letters that mean nothing",
}
"""What each way gives."""

_LINES: Final[Mapping[Scheme, str]] = {"light": "#d9d6cd", "dark": "#3a3d47"}
_GOOD: Final[Mapping[Scheme, str]] = {"light": COLOURS[2][0], "dark": COLOURS[2][1]}
_BAD: Final[Mapping[Scheme, str]] = {"light": COLOURS[1][0], "dark": COLOURS[1][1]}

FONTS: Final = '"Helvetica Neue",Arial,"DejaVu Sans",sans-serif'
"""Of plots; the last but one is what pictures are drawn with on most machines without screens."""


def colours(scheme: Scheme) -> dict[str, str]:
    """Return the colour of each name, as `#rrggbb`."""
    side = 0 if scheme == "light" else 1
    ground, box = GROUNDS[scheme]
    ink, small = INKS[scheme]
    named = {
        "ground": ground,
        "box": box,
        "ink": ink,
        "small": small,
        "line": _LINES[scheme],
        "good": _GOOD[scheme],
        "bad": _BAD[scheme],
    }
    return named | {f"p{at}": pair[side] for at, pair in enumerate(COLOURS)}


def rules(colour: Callable[[str], str]) -> str:
    """Return the style rules of a drawing.

    Args:
        colour: Gives what stands for the colour of a name.
    """
    grey = colour("small")
    hues = [colour(f"p{at}") for at in range(len(COLOURS))] + [grey]
    ground = colour("ground")
    told = [
        f"text{{font-family:{FONTS};font-size:11px;fill:{grey}}}",
        f".ttl{{font-size:12.5px;font-weight:600;fill:{colour('ink')}}}",
        ".mid{text-anchor:middle}.end{text-anchor:end}",
        f".grid{{stroke:{colour('line')};stroke-width:1}}",
        f".rule{{stroke:{grey};stroke-width:1;stroke-dasharray:4 3}}",
        f".band{{fill:{grey};fill-opacity:.13}}",
        ".way .l{fill:none;stroke-width:1.6;stroke-linejoin:round}",
        ".strong .l{stroke-width:2.8}.strong text{font-weight:700}",
        ".way .w{stroke-width:1.2;stroke-opacity:.5}",
        f".way .o{{fill:{ground};stroke-width:1.6}}.few{{opacity:.38}}",
    ]
    for at, hue in enumerate(hues):
        told.append(
            f".h{at} .l,.h{at} .w,.h{at} .o{{stroke:{hue}}}.h{at} .m,.h{at} text{{fill:{hue}}}"
        )
    return "".join(told)
