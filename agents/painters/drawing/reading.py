"""What a prompt asks to be drawn.

Not a grammar: words are looked up one by one, and what stands before a noun or after it in
the same clause is taken to be said of it. Words nobody knows count too; they become signs of
their own, so that no two prompts give the same picture.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from random import Random

from agents.painters.drawing import lexicon as words
from agents.painters.drawing.lexicon import Colour
from agents.painters.drawing.palette import MOODS, Palette, tinted

LONGEST = 2000
"""Characters of a prompt that are read."""
MOST_THINGS = 10
MOST_SIGNS = 5

_WORD = re.compile(r"[^\W_]+(?:[-'’][^\W_]+)*|[,.;:!?()—–]")
_BELOW_WATER = re.compile(
    r"\b(under|beneath|below|bottom of) (?:the )?(?:\w+ )?(sea|ocean|water|waves|lake)\b"
)

_MOOD_OF_SETTING: Mapping[str, str] = {
    "space": "night", "deep": "deep", "grid": "neon", "hall": "dusk", "tunnel": "night",
}  # fmt: skip
_MOOD_OF_SHAPE: Mapping[str, str] = {
    "sun": "day", "moon": "night", "star": "night", "galaxy": "night", "aurora": "night",
    "lightning": "storm", "rain": "storm", "snow": "ice", "fire": "fire", "desert": "arid",
    "forest": "green", "pyramid": "arid", "rainbow": "day", "field": "day", "flower": "dream",
    "network": "night", "chip": "neon", "code": "matrix", "candle": "night", "eclipse": "dusk",
    "comet": "night", "planet": "night", "whale": "deep", "jellyfish": "deep", "fish": "deep",
    "butterfly": "dream", "balloon": "dawn", "book": "sepia", "clock": "sepia", "machine": "sepia",
}  # fmt: skip
_AT_HOME: Mapping[str, str] = {
    "whale": "deep", "jellyfish": "deep", "fish": "deep", "ship": "sea", "lighthouse": "sea",
}  # fmt: skip
"""Settings that figures bring with them when nothing else is said."""
_OUTDOORS = words.words(
    "sun moon eclipse star cloud aurora lightning comet rainbow mountain hill forest city desert field "
    "river road wave island waterfall rain snow fire tower house castle bridge temple pyramid lighthouse "
    "monolith arch train lamp tree bird balloon umbrella figure stair satellite door cat fog "
    "serpent fountain"
)
_HEAVENLY = frozenset({"sun", "moon", "eclipse", "planet", "comet", "lightning"})
_FREE = ("dusk", "dawn", "sunset", "night", "dream", "day")
_MANY = frozenset({"machine", "crystal", "fire", "stair", "temple", "book", "cloud"})
"""Figures that are several things already."""
_SKY = frozenset({"sky", "skies", "heaven", "heavens", "firmament"})
_GROUND = frozenset({"ground", "floor", "soil", "earthen"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """One kind of figure to draw."""

    shape: str
    count: int = 1
    across: float | None = None
    """Part of the width; `None` leaves it to the composition."""
    depth: float | None = None
    """0 at the viewer, 1 at the horizon."""
    scale: float = 1.0
    colour: Colour | None = None
    glow: bool = False
    aloft: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A picture in words of our own."""

    setting: str
    """`land`, `sea`, `deep`, `space`, `hall`, `tunnel`, `grid`, `plain` or `abstract`."""
    mood: str
    palette: Palette
    things: tuple[Thing, ...]
    textures: frozenset[str]
    open_sky: bool
    """The sky is spoken of, or something in it: a room has no roof then."""
    signs: tuple[int, ...]
    """One number, 64 bits, for each word nobody knows."""


@dataclass(slots=True)
class _Said:
    """What was said since the last noun."""

    colour: Colour | None = None
    count: int = 1
    scale: float = 1.0
    glow: bool = False
    across: float | None = None
    depth: float | None = None
    aloft: bool = False

    def thing(self, shape: str, colour: Colour | None, plural: bool) -> Thing:
        count = self.count if self.count > 1 or not plural or shape in _MANY else 3
        return Thing(
            shape=shape,
            count=count,
            across=self.across,
            depth=self.depth,
            scale=self.scale,
            colour=self.colour or colour,
            glow=self.glow,
            aloft=self.aloft,
        )


@dataclass(slots=True)
class _Reading:
    things: dict[str, Thing] = field(default_factory=dict[str, Thing])
    settings: list[str] = field(default_factory=list[str])
    moods: list[str] = field(default_factory=list[str])
    colours: list[Colour] = field(default_factory=list[Colour])
    textures: set[str] = field(default_factory=set[str])
    strange: dict[str, None] = field(default_factory=dict[str, None])
    sky: Colour | None = None
    ground: Colour | None = None


def read(prompt: str) -> Plan:
    """Return what `prompt` asks for. The same prompt gives the same plan, always."""
    text = prompt[:LONGEST].casefold()
    tokens: list[str] = _WORD.findall(text)
    found = _gather(tokens)
    if _BELOW_WATER.search(text):
        found.settings.insert(0, "deep")
    dice = Random(_number(text))  # noqa: S311 - the same prompt, the same picture
    setting = _setting(found)
    mood = _mood(found, setting, dice)
    palette = tinted(MOODS[mood], found.colours, found.sky)
    if found.ground:
        palette = replace(palette, ground=found.ground)
    return Plan(
        setting=setting,
        mood=mood,
        palette=palette,
        things=tuple(found.things.values())[:MOST_THINGS],
        textures=frozenset(found.textures),
        open_sky=found.sky is not None
        or not _SKY.isdisjoint(tokens)
        or not {"star", "moon", "sun", "galaxy", "aurora", "cloud"}.isdisjoint(found.things),
        signs=tuple(_number(word) for word in found.strange)[:MOST_SIGNS],
    )


def _gather(tokens: list[str]) -> _Reading:
    found = _Reading()
    said, last = _Said(), ""
    for at, token in enumerate(tokens):
        if not token[0].isalnum():
            said, last = _Said(), ""
            continue
        following = tokens[at + 1] if at + 1 < len(tokens) else ""
        noun, plural = _known(token, words.NOUNS)
        known = _attributes(token, found, said, last)
        if setting := _known(token, words.SETTINGS)[0]:
            found.settings.append(setting)
            known = True
        colour = words.COLOURS.get(token)
        if noun and colour and _is_noun(following):
            noun = ""  # `crystal shelves`, `stone door`: what it is made of
        if noun and noun not in words.BANDS and noun not in _HEAVENLY and _is_noun(following):
            noun, known = "", True  # `clock tower`: the second is meant
        if noun:
            _add(found, said.thing(noun, colour, plural))
            said, last = _Said(), noun
        elif colour:
            said.colour = said.colour or colour
            if following in _SKY or (following == "night" and "sky" in tokens[at : at + 3]):
                found.sky, said.colour = colour, None
            elif following in _GROUND:
                found.ground, said.colour = colour, None
            elif not _belongs(tokens, at):
                found.colours.append(colour)
        elif not known and _strange(token):
            found.strange.setdefault(token)
    return found


def _attributes(token: str, found: _Reading, said: _Said, last: str) -> bool:
    """Take in what `token` says of the noun to come, or of the one just named."""
    known = token in _SKY | _GROUND
    if token in words.COUNTS:
        said.count, known = words.COUNTS[token], True
    elif token.isascii() and token.isdigit() and int(token[:2]):
        said.count, known = min(int(token[:2]), 9), True
    if token in words.SIZES:
        said.scale, known = words.SIZES[token], True
    if token in words.GLOWING:
        said.glow = known = True
    if token in words.TEXTURES:
        found.textures.add(words.TEXTURES[token])
        known = True
    mood, _ = _known(token, words.MOODS)
    if mood:
        found.moods.append(mood)
        known = True
    across, depth = words.ACROSS.get(token), words.DEPTH.get(token)
    aloft = token in words.ALOFT
    if across is None and depth is None and not aloft:
        return known
    if last:
        named = found.things[last]
        found.things[last] = replace(
            named,
            across=named.across if across is None else across,
            depth=named.depth if depth is None else depth,
            aloft=named.aloft or aloft,
        )
    else:
        said.across = said.across if across is None else across
        said.depth = said.depth if depth is None else depth
        said.aloft = said.aloft or aloft
    return True


def _add(found: _Reading, thing: Thing) -> None:
    if (named := found.things.get(thing.shape)) is None:
        found.things[thing.shape] = thing
        return
    found.things[thing.shape] = replace(
        named,
        colour=named.colour or thing.colour,
        glow=named.glow or thing.glow,
    )


def _belongs(tokens: list[str], at: int) -> bool:
    """Whether the colour at `at` is said of a figure: a noun follows before the clause ends."""
    for token in tokens[at + 1 : at + 4]:
        if not token[0].isalnum():
            return False
        if _known(token, words.NOUNS)[0]:
            return True
    return False


def _strange(token: str) -> bool:
    """Whether an unknown word gets a sign of its own; verbs and adverbs only turn the dice."""
    return (
        len(token) >= 4
        and token not in words.STILL
        and not token.isdigit()
        and not token.endswith(("ing", "ly", "ed"))
    )


def _is_noun(token: str) -> bool:
    return (
        bool(_known(token, words.NOUNS)[0] or _known(token, words.SETTINGS)[0]) or token in _SKY
    )


def _known(token: str, table: Mapping[str, str]) -> tuple[str, bool]:
    """Return what `table` has for `token`, and whether it was found as a plural."""
    plain = token.removesuffix("'s").removesuffix("’s")
    if plain in table:
        return table[plain], False
    for ending, instead in (("ies", "y"), ("ves", "f"), ("es", ""), ("s", "")):
        if plain.endswith(ending) and plain[: -len(ending)] + instead in table:
            return table[plain[: -len(ending)] + instead], True
    for part in reversed(plain.split("-")):
        if part != plain and part in table:
            return table[part], False
    return "", False


def _setting(found: _Reading) -> str:
    # A machine's inside is the last thing meant where another place is named.
    firm = sorted(
        (one for one in found.settings if one != "land"), key=lambda one: one == "grid"
    )
    if firm and (firm[0] != "space" or "land" not in found.settings):
        return firm[0]
    if found.settings:
        return "land"
    for shape in found.things:
        if shape in _AT_HOME:
            return _AT_HOME[shape]
    if found.sky or any(shape in _OUTDOORS for shape in found.things):
        return "land"
    return "plain" if found.things else "abstract"


def _mood(found: _Reading, setting: str, dice: Random) -> str:
    if found.moods:
        counted = Counter(found.moods)
        return max(counted, key=lambda mood: (counted[mood], -found.moods.index(mood)))
    if setting in {"deep", "space"}:
        return _MOOD_OF_SETTING[setting]
    for shape in found.things:
        if shape in _MOOD_OF_SHAPE:
            return _MOOD_OF_SHAPE[shape]
    return _MOOD_OF_SETTING.get(setting) or dice.choice(_FREE)


def _number(text: str) -> int:
    return int.from_bytes(sha256(text.encode("utf-8", "replace")).digest()[:8])
