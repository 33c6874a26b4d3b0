"""What a unit is worth keeping for: how much it tells, times what kind of thing it says.

How much: the surprise of its content words to the room's byte model, capped, per byte. What
kind: dates, numbers, names, the speaker's own doings and promises are what is asked for
later; questions, greetings and applause hardly ever. The factors were set on the
development half of LoCoMo, see `tests/bench/carrier_quality.py`.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

CAP: Final = 24_000
"""Millibits a word counts at most: a typing error or an address tells no more than a name."""

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
_DATE: Final = re.compile(
    r"\b(?:mon|tues|wednes|thurs|fri|satur|sun)day|\b(?:january|february|april|june|july|august"
    r"|september|october|november|december)\b|\b(?:yesterday|tomorrow|tonight|weekend|ago)\b"
    r"|\b(?:last|next|this|past) (?:week|month|year|summer|winter|spring|fall|autumn|night)\b"
    r"|\b(?:19|20)\d\d\b|\b\d{1,2}:\d\d\b",
    re.IGNORECASE,
)
_FIRST: Final = re.compile(
    r"\b(?:i|i'm|i've|i'd|i'll|my|me|mine|we|we're|we've|our|us)\b", re.IGNORECASE
)
_DEED: Final = re.compile(
    r"\b(?:will|going to|gonna|plan(?:s|ned|ning)?|promise[sd]?|decided?|agreed?|must|bought"
    r"|started?|joined|moved|married|born|died|adopted|graduated|quit|works? (?:at|for|as)"
    r"|worked|studie[sd]|studying|lives? in|grew up|visited|travell?ed|signed up|volunteer\w*"
    r"|favou?rite|loves?|prefers?|hates?|enjoys?|allergic|dream of|hoping to|won|lost|made"
    r"|called|named|learned|teach\w*|taught|wrote|painted|built)\b",
    re.IGNORECASE,
)
_GREETING: Final = re.compile(
    r"^\W*(?:hey|hi|hello|wow|thanks|thank you|great|nice|cool|awesome|congrats\w*|yeah|yes"
    r"|sure|absolutely|definitely|exactly|totally|sounds|glad|bye|take care|talk to you|good"
    r"|that's (?:great|awesome|amazing|so|really|cool|nice|wonderful)|no problem|you're)\b",
    re.IGNORECASE,
)
_COMMAND: Final = re.compile(r"^![a-z_]+\b")


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
    found = _WORD.findall(text)
    words = tuple(
        w for w in (word.replace("’", "'").casefold() for word in found) if w not in STOP
    )
    names = 0
    for i, word in enumerate(found):
        if i and word[:1].isupper() and not word.isupper() and word.casefold() not in STOP:
            names += 1
    kind = 1000 + 250 * min(names, 3)
    if _GREETING.search(text):
        kind = kind * 25 // 100
    if text.rstrip(" \"'”’)").endswith("?"):
        kind = kind * 35 // 100
    if _COMMAND.match(text):
        kind = kind * 50 // 100
    if _DATE.search(text):
        kind = kind * 150 // 100
    if _FIRST.search(text):
        kind = kind * 130 // 100
    if _DEED.search(text):
        kind = kind * 140 // 100
    if any(char.isdigit() for char in text):
        kind = kind * 130 // 100
    if len(text) < 15:
        kind = kind * 50 // 100
    return Reading(words, kind)


def information(words: tuple[str, ...], bits: Callable[[str], int]) -> int:
    """Return what the words tell together, in millibits, each word once."""
    return sum(min(bits(word), CAP) for word in set(words))


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
    plain = text.replace("’", "'").replace("i'm ", "i am ").casefold()
    for pattern, name in _ATTRIBUTES:
        if found := pattern.search(plain):
            return name or found[1]
    return ""
