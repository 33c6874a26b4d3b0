"""Which rows of a list fit what somebody typed: letters in order, the nearer together the better."""

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from textual.fuzzy import FuzzySearch

from tui.widgets.choices import Choice, Words, flat, plain


@lru_cache(maxsize=1)
def _search() -> FuzzySearch:
    return FuzzySearch()


def matching(text: str, choices: Sequence[Choice]) -> list[Choice]:
    """Return the rows whose title, or else detail, has the letters of `text`, best first.

    Letters that fit are marked in titles. Nothing typed leaves all rows as they are.
    """
    wanted = "".join(text.split()).casefold()
    if not wanted:
        return list(choices)
    found: list[tuple[float, int, Choice]] = []
    for number, choice in enumerate(choices):
        title = flat(plain(choice.title))
        score, at = _search().match(wanted, title)
        if score:
            marked = replace(choice, title=_marked(title, at))
            found.append((score + 1000.0, -number, marked))
        elif wanted in flat(plain(choice.detail)).casefold().replace(" ", ""):
            found.append((0.0, -number, choice))
    found.sort(key=lambda one: one[:2], reverse=True)
    return [choice for _, _, choice in found]


def _marked(title: str, places: Sequence[int]) -> Words:
    hits = set(places)
    pieces: list[tuple[str, bool]] = []
    for number, letter in enumerate(title):
        hit = number in hits
        if pieces and pieces[-1][1] == hit:
            pieces[-1] = (pieces[-1][0] + letter, hit)
        else:
            pieces.append((letter, hit))
    return tuple((text, "match" if hit else "") for text, hit in pieces)
