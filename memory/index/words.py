"""What of an utterance is indexed: its stems, how often, and a few marks of its kind.

Words that tell little are left out. Where a script has no spaces, pairs of neighbouring
characters stand for words. A stem is kept as 20 bits of its hash: what is compared are a
question and the few thousand stems of a room, so a false match is one in hundreds.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final
from zlib import crc32

from memory.cc.worth import STOP
from memory.index.stemming import stem

BITS: Final = 20
"""Bits of a stem's hash."""

MOST: Final = 1 << 14
"""Characters of an utterance that are indexed: of a longer one the first half and the last."""

ASKS: Final = 1
"""Mark: it ends with a question mark."""
TIMES: Final = 2
"""Mark: it says when."""
COUNTS: Final = 4
"""Mark: it has a number in it."""
OWN: Final = 8
"""Mark: its author speaks of themselves."""

_WORD: Final = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_DENSE: Final = re.compile(
    r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u0e00-\u0e7f]+"
)
_TIME: Final = re.compile(
    r"\b(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|january|february|april|june|july"
    r"|august|september|october|november|december|yesterday|tomorrow|tonight|today|ago"
    r"|weekend|recently|since|(?:last|next|this|past|few|couple) (?:of )?(?:days?|weeks?"
    r"|months?|years?|summer|winter|spring|fall|autumn|night|time)|[12][0-9]{3})\b",
    re.IGNORECASE,
)
_NUMBER: Final = re.compile(
    r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|twice|dozen|hundred"
    r"|thousand|once)\b",
    re.IGNORECASE,
)
_OWN: Final = re.compile(r"\b(?:i|i'm|i've|i'd|i'll|my|we|we're|we've|our)\b", re.IGNORECASE)
_ASKS: Final = re.compile(r"\?[\s\"”’)]*$")


def words(text: str) -> Iterator[tuple[str, str]]:
    """Yield the words of `text` that tell something, as written and as their stem."""
    if len(text) > MOST:
        text = f"{text[: MOST // 2]}\n{text[-MOST // 2 :]}"
    for found in _WORD.finditer(text):
        word = found[0]
        if _DENSE.search(word):
            for run in _DENSE.findall(word):
                pairs = [run[at : at + 2] for at in range(max(1, len(run) - 1))]
                yield from ((pair, pair) for pair in pairs)
            continue
        plain = word.replace("’", "'").casefold()
        if plain in STOP:
            continue
        plain = plain.removesuffix("'s")
        if plain not in STOP and (len(plain) > 1 or plain.isdigit() or not plain.isascii()):
            yield word, stem(plain.replace("'", ""))


@lru_cache(maxsize=1 << 16)
def hashed(word: str) -> int:
    """Return the `BITS` bits that stand for the stem `word`."""
    return crc32(word.encode("utf-8", "surrogatepass")) >> (32 - BITS)


def marks(text: str) -> int:
    """Return what kind of thing `text` says: `ASKS`, `TIMES`, `COUNTS`, `OWN` together."""
    plain = text.replace("’", "'")
    return (
        (ASKS if _ASKS.search(plain) else 0)
        | (TIMES if _TIME.search(plain) else 0)
        | (COUNTS if _NUMBER.search(plain) else 0)
        | (OWN if _OWN.search(plain) else 0)
    )
