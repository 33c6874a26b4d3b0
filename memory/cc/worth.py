"""What a unit is worth keeping for: how much it tells, times what kind of thing it says.

How much: each content word by its surprise to the room's byte model. What kind: numbers,
names and the speaker's own doings are what is asked for later; questions, greetings and
talk of the other one hardly ever. The figures come from a Poisson regression of how many
questions a unit answers, on the development half of LoCoMo, rounded: there they flatter. On
FriendsQA they gain nothing over plain features; `tests/bench/carrier_quality.py` measures it.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

_STOP_WORDS: Final = """
a about above after again all also am an and any are aren't as at be because been before
being below between both but by can can't cannot come could couldn't did didn't do does
doesn't doing don't down during each even ever few for from further get gets getting go
goes going gonna good got great had hadn't has hasn't have haven't having he he's her here
hers herself him himself his how i i'd i'll i'm i've if in into is isn't it it's its itself
just keep know let let's like look lot lots made make makes making many may me might mine
more most much must my myself need never nice no nor not now of off oh ok okay on once one
only or other our ours out over own people put really right said same say says see seem
she she's should shouldn't so some something still such sure take than thank thanks that
that's the their theirs them then there there's these they they're thing things think this
those though through time to too under until up us use used very want wanted was wasn't way
we we'd we'll we're we've well went were weren't what what's when where which while who whom
why will with won't would wouldn't wow yeah yes yet you you'd you'll you're you've your
yours yourself
"""

STOP: Final = frozenset(_STOP_WORDS.split())
"""Words that tell little wherever they stand."""

_WORD: Final = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")

_KINDS: Final = tuple(
    (percent, re.compile(pattern, re.IGNORECASE))
    for percent, pattern in (
        (  # greetings, applause, agreement
            30,
            r"^\W*(?:hey|hi|hello|wow|thanks|thank you|great|nice|cool|awesome|congrats\w*"
            r"|yeah|yes|sure|absolutely|definitely|exactly|totally|sounds|glad|bye|take care"
            r"|talk to you|good|that's (?:great|awesome|amazing|so|really|cool|nice|wonderful)"
            r"|no problem|you're)\b",
        ),
        (50, r"\?[\s\"”’)]*$"),
        (50, r"\b(?:you|your|you're|you've|you'll|yours)\b"),
        (50, r"^![a-z_]+\b"),  # a command that everybody reads
        (125, r"\b(?:i|i'm|i've|i'd|i'll|my|me|mine|we|we're|we've|our|us)\b"),
        (
            120,
            r"\b(?:mon|tues|wednes|thurs|fri|satur|sun)day|\b(?:january|february|april|june"
            r"|july|august|september|october|november|december)\b|\b(?:yesterday|tomorrow"
            r"|tonight|weekend|ago)\b|\b(?:last|next|this|past) (?:week|month|year|summer"
            r"|winter|spring|fall|autumn|night)\b",
        ),
        (180, r"\d"),
        (  # done, promised, preferred
            120,
            r"\b(?:plan(?:s|ned|ning)?|promise[sd]?|decided?|agreed?|must|bought|started?"
            r"|joined|moved|married|born|died|adopted|graduated|quit|works? (?:at|for|as)"
            r"|studie[sd]|studying|lives? in|grew up|visited|signed up|volunteer\w*"
            r"|favou?rite|prefers?|hates?|allergic|won|lost|called|named|learned|teach\w*"
            r"|taught|wrote|painted|built)\b",
        ),
        (
            130,
            r"\b(?:[a-z]{3,}ed|went|took|got|saw|gave|found|bought|made|came|met|won|told"
            r"|began|ran|ate|wrote|grew|lost)\b",
        ),
        (
            130,
            r"\b(?:mom|mum|mother|dad|father|kids?|son|daughter|brother|sister|wife|husband"
            r"|friends?|family|parents?|dog|cat|pets?|colleagues?|grand\w+)\b",
        ),
        (130, r"[\"“”«»]"),  # titles
    )
)
"""How much more or less, in percent, what a pattern is found in is worth."""

_NAME: Final = 40
"""Percent more for each name, up to three."""

_SHORT: Final = 75
"""Percent for a unit of fewer than 15 characters."""

_CAP: Final = 24_000
"""Millibits that a word counts at most: a typing error or an address tells no more than a
name."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What of a unit does not change from turn to turn."""

    words: tuple[str, ...]
    """Content words, folded to lower case, in order."""
    kind: int
    """Factor for the kind of thing said, in thousandths."""


@lru_cache(maxsize=4096)
def read(text: str) -> Reading:
    """Return the content words of `text` and what kind of thing it says."""
    plain = text.replace("’", "'")
    found = _WORD.findall(plain)
    words = tuple(word for word in map(str.casefold, found) if word not in STOP)
    names = sum(
        word[0].isupper() and not word.isupper() and word.casefold() not in STOP
        for word in found[1:]
    )
    kind = 1000 * (100 + _NAME * min(names, 3)) // 100
    for percent, pattern in _KINDS:
        if pattern.search(plain):
            kind = kind * percent // 100
    if len(text) < 15:
        kind = kind * _SHORT // 100
    return Reading(words, kind)


def spans(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield each word of `text`, folded to lower case, and where it begins and ends."""
    for found in _WORD.finditer(text.replace("’", "'")):
        yield found[0].casefold(), found.start(), found.end()


def information(words: tuple[str, ...], millibits: Callable[[str], int]) -> int:
    """Return what the words tell together, each counted once, in millibits."""
    return sum(min(millibits(word), _CAP) for word in set(words))


_ATTRIBUTES: Final = (
    (
        re.compile(
            r"\b(?:i|we) (?:now |just |have )?(?:live|lives|moved|am moving) (?:in|to)\b"
        ),
        "home",
    ),
    (re.compile(r"\bi (?:now |just )?(?:work|am working) (?:at|for|as)\b"), "work"),
    (
        re.compile(
            r"\b((?:my|our) (?:name|age|job|address|birthday|budget|goal|deadline|plan"
            r"|favou?rite [a-z]+)) (?:is|are|was)\b"
        ),
        "",
    ),
    (re.compile(r"\b(the [a-z]+) (?:is|are) now\b"), ""),
)


def attribute(text: str) -> str:
    """Return which one thing about its speaker `text` says, of those that have one value.

    Empty for most texts. `I moved to Oslo` and `I live in Rome` are about the same one, so
    the later makes the earlier one old.
    """
    plain = text.replace("’", "'").casefold().replace("i'm ", "i am ")
    for pattern, name in _ATTRIBUTES:
        if found := pattern.search(plain):
            return name or found[1]
    return ""
