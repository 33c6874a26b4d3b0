"""What a turn is cut into: units of about a clause, each with its source.

What is kept of a conversation is kept verbatim but for articles and fillers, so a unit is a
sentence, or a clause of a long one. Drawings, rules and code are no sentences and give no
units. Everything here is linear in the text, whatever the text is.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from memory.cc.base import Utterance

LONGEST: Final = 100
"""Characters of a unit before it is split at a clause."""
_HARDEST: Final = 160
"""Characters of a unit before it is split between two words, or within one."""
_MOST_TEXT: Final = 1 << 16
"""Characters of an utterance that are looked at: its first and its last half of these."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A clause and where it was said."""

    place: int
    author: str
    text: str


_SENTENCE: Final = re.compile(
    r"(?<=[.!?…])[\"'”’)\]*_]{0,3}\s+|(?<=[。！？])|\s+[—–]\s+|\s*—\s*|;\s+"
)
_CLAUSE: Final = re.compile(
    r",\s+(?=(?:and|but|so|because|which|who|where|while|although|though|then|or)\b)|:\s+"
    r"|\s+(?=(?:because|although|which|whereas|but)\b)|(?<=[，、：])",
    re.IGNORECASE,
)
_ABBREVIATED: Final = re.compile(
    r"(?:\b(?:mr|mrs|ms|dr|st|vs|etc|e\.g|i\.e|approx|no)|\b\w)\.$", re.IGNORECASE
)
_LEAD: Final = re.compile(r"^(?:[#>\s]+|[-*•·+]\s+|\(?\d{1,3}[.)]\s+)+")
_MARKS: Final = re.compile(r"[*_`~]{1,3}(?=\S)|(?<=\S)[*_`~]{1,3}")
_SPACE: Final = re.compile(r"\s+")
_RUN: Final = re.compile(r"(.)\1{5,}")


def clean(text: str) -> str:
    """Return `text` without what no line of text should hold.

    Lone surrogates, control characters (newlines stay), and the characters that reorder or
    hide others.
    """
    text = text.replace("\r\n", "\n").encode("utf-8", "replace").decode("utf-8")
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() or char in "\n\u200c\u200d" else _instead(char)
        for char in text
    )


def _instead(char: str) -> str:
    match unicodedata.category(char):
        case "Zl" | "Zp":
            return "\n"
        case "Zs":
            return " "
        case _:
            return {"\t": " ", "\r": "\n", "\v": "\n", "\f": "\n", "\x85": "\n"}.get(char, "")


def cut(utterance: Utterance) -> list[Unit]:
    """Return the units of `utterance`, in its order."""
    text = utterance.text
    if len(text) > _MOST_TEXT:
        text = f"{text[: _MOST_TEXT // 2]}\n{text[-_MOST_TEXT // 2 :]}"
    units: list[Unit] = []
    fenced = False
    for line in clean(text).split("\n"):
        if line.lstrip().startswith(("```", "~~~")):
            fenced = not fenced
            continue
        bare = "" if fenced else _MARKS.sub("", _LEAD.sub("", line))
        if not drawn(bare):
            pieces = _pieces(bare)
            units += [Unit(utterance.place, utterance.author, piece) for piece in pieces]
    return units


def drawn(line: str) -> bool:
    """Whether `line` is a drawing, a rule or code rather than words."""
    dense = "".join(line.split())
    if not dense:
        return True
    words = sum(char.isalnum() for char in dense)
    if words * 100 < 60 * len(dense):
        return True
    ink = sum(char in r"{}[]<>=|\/_^#;$@" for char in dense)
    return ink * 100 > 12 * len(dense)


def _pieces(line: str) -> list[str]:
    line = _SPACE.sub(" ", _RUN.sub(r"\1\1\1", line)).strip()
    pieces: list[str] = []
    for sentence in _split(line, _SENTENCE):
        if len(sentence) <= LONGEST:
            pieces.append(sentence)
            continue
        for clause in _joined(_split(sentence, _CLAUSE), LONGEST):
            pieces.extend(_chopped(clause))
    return pieces


def _split(text: str, where: re.Pattern[str]) -> list[str]:
    """Split `text`, but not after `Dr.` or `e.g.`."""
    parts: list[str] = []
    for part in where.split(text):
        if not part:
            continue
        if parts and _ABBREVIATED.search(parts[-1][-8:]):
            parts[-1] += " " + part
        else:
            parts.append(part)
    return parts


def _joined(parts: list[str], longest: int) -> list[str]:
    """Join neighbours that are too short to stand alone."""
    joined: list[str] = []
    for part in parts:
        if joined and len(joined[-1]) < longest // 4 and len(joined[-1]) + len(part) < longest:
            joined[-1] += " " + part
        else:
            joined.append(part)
    return joined


def _chopped(clause: str) -> list[str]:
    """Cut a clause that has no end, at a space where there is one."""
    pieces: list[str] = []
    while len(clause) > _HARDEST:
        at = clause.rfind(" ", LONGEST // 2, LONGEST)
        at = at if at > 0 else LONGEST
        pieces.append(clause[:at].strip())
        clause = clause[at:].strip()
    return [*pieces, clause] if clause else pieces
