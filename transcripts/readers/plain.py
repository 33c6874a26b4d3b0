"""Talk as people type it: `Name: text`, a line or a paragraph a turn.

What has such a shape is a turn if it begins a paragraph or its name comes up again; anything
else goes on with the turn before. Names may be bold, as in Markdown.
"""

import re
from collections import Counter

from transcripts.readers.people import People
from transcripts.readers.reading import BEFORE, Message, Notice, Piece

FORMAT = "plain"

_TURN = re.compile(
    r"(?:[-*] )?(?P<bold>\*\*|__)?(?P<name>[^\W\d_][^\n:*_<>\"“”!?]{0,47}?)"
    r"(?(bold)(?::(?P=bold)|(?P=bold):)|:)(?:[ \t]+(?P<rest>.*)|[ \t]*)"
)
_COMMON = (
    "note warning error example source answer question todo ps edit update summary step result "
    "output input title date time subject from to cc re tip hint caution important fact but and "
    "so then because here there this that what why how"
)
_NOT_NAMES = frozenset(_COMMON.split())
WORDS = 5
"""Words a name has, at most."""


def recognise(text: str) -> float:
    """Return how sure it is that `text` is such talk, 0 to 1."""
    lines = text.split("\n")
    turns = _turns(lines)
    if len(turns) < 2:
        return 0.0
    filled = [row for row, line in enumerate(lines) if line.strip()]
    before = sum(row < turns[0][0] for row in filled)
    again = len(turns) - len({name for _, name, _ in turns})
    if before > 5 or before * 3 > len(filled) or len(filled) > 40 * len(turns):
        return 0.0
    # Two names that never come back may be anything: a recipe, a list of settings.
    return 0.5 if again else 0.3


def read(text: str) -> tuple[tuple[Piece, ...], str]:
    """Return the turns, and the format's name."""
    lines = text.split("\n")
    turns = _turns(lines)
    people = People()
    people.reserve([name for _, name, _ in turns])
    pieces: list[Piece] = []
    first = turns[0][0] if turns else len(lines)
    if preface := "\n".join(lines[:first]).strip():
        pieces.append(Notice(kind="said", line=1, text=preface, status=BEFORE))
    ends = [*(row for row, _, _ in turns), len(lines)][1:]
    for (row, name, rest), end in zip(turns, ends, strict=True):
        body = lines[row + 1 : end]
        while body and not body[-1].strip():
            body.pop()
        if rest or not body:
            body.insert(0, rest)
        author, shown = people.find(name)
        pieces.append(Message(author=author, name=shown, text="\n".join(body), line=row + 1))
    return tuple(pieces), FORMAT


def _turns(lines: list[str]) -> list[tuple[int, str, str]]:
    """Return row, name and first line of each turn."""
    found: list[tuple[int, str, str, bool]] = []
    for row, line in enumerate(lines):
        turn = _TURN.fullmatch(line) if ":" in line[:60] else None
        if turn is None:
            continue
        name = turn["name"].strip()
        if name.lower() in _NOT_NAMES or len(name.split()) > WORDS:
            continue
        begins = row == 0 or not lines[row - 1].strip()
        follows = bool(found) and found[-1][0] == row - 1
        found.append((row, name, turn["rest"] or "", begins or follows))
    counts = Counter(name for _, name, _, _ in found)
    return [(row, name, rest) for row, name, rest, alone in found if alone or counts[name] > 1]
