"""Words that are searched for, as a query that FTS5 cannot trip over."""

import re
from typing import Final

_WORD: Final = re.compile(r"[^\W_]+")
_MOST: Final = 32
"""Words of a query that count."""


def queries(text: str, *, unfinished: bool = False) -> list[str]:
    """Return FTS5 queries for `text`, strictest first: all words, then any of them.

    Args:
        text: Anything.
        unfinished: The last word may go on, unless something follows it.

    Every word is quoted, so operators, quotes and column names in `text` are words too.
    None at all where `text` has no word in it.
    """
    words = [f'"{word}"' for word in dict.fromkeys(_WORD.findall(text))][:_MOST]
    if unfinished and words and text[-1:].isalnum():
        words[-1] += "*"
    match len(words):
        case 0:
            return []
        case 1:
            return words
        case _:
            return [" ".join(words), " OR ".join(words)]
