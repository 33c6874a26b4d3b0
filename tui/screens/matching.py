"""Which rows of a list fit what somebody typed: names by their letters and figures alone.

`gpt51` finds `GPT-5.1` before anything that merely has those letters somewhere.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from textual.fuzzy import FuzzySearch

from tui.widgets.choices import Choice
from tui.widgets.words import Words, flat, plain

_SIGN = re.compile(r"[^\W_]")


@lru_cache(maxsize=1)
def _search() -> FuzzySearch:
    return FuzzySearch()


def matching(text: str, choices: Sequence[Choice]) -> list[Choice]:
    """Return the rows that fit `text`, best first; nothing typed leaves all as they are.

    In turn: titles that begin so, titles that have it inside, titles with its letters in
    order, details or keys that have it. What fits is marked in titles.
    """
    wanted = "".join(_SIGN.findall(text)).casefold()
    if not wanted:
        return list(choices)
    found: list[tuple[int, float, int, Choice]] = []
    for number, choice in enumerate(choices):
        title = flat(plain(choice.title))
        places = [match.start() for match in _SIGN.finditer(title)]
        squeezed = "".join(title[place].lower() for place in places)
        at = squeezed.find(wanted)
        if at >= 0:
            marks = places[at : at + len(wanted)]
            row = replace(choice, title=_marked(title, marks))
            found.append((0 if at == 0 else 1, float(len(squeezed)), number, row))
            continue
        score, offsets = _search().match(wanted, title)
        if score:
            row = replace(choice, title=_marked(title, offsets))
            found.append((2, -score, number, row))
        elif wanted in _squeezed(f"{plain(choice.detail)} {choice.key}"):
            found.append((3, 0.0, number, choice))
    found.sort(key=lambda one: one[:3])
    return [choice for *_, choice in found]


def _squeezed(text: str) -> str:
    return "".join(_SIGN.findall(text)).casefold()


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
