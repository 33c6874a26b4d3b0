"""What the byte model reads: 256 bytes, and outside them the marks of a conversation.

A conversation is told as it is kept: who speaks is known before they speak, so the name is
read and never predicted. A document begins with `DOCUMENT`; a turn is its speaker's slot, the
name, `SAYS`, the text, `END`. Text that is nobody's turn (a file, a pipe) is `PIECE`, text,
`END`. Slots number the speakers in the order of their first turn, the last slot for all after.
"""

from array import array
from collections.abc import Iterable
from dataclasses import dataclass

BYTES = 256
DOCUMENT = 256
"""Nothing before this mark is remembered."""
PIECE = 257
SAYS = 258
END = 259
NOTICE = 260
"""A turn of the room itself: an image painted, someone joined."""
SLOT = 261
"""The first speaker's mark; `SLOTS` of them in a row."""
SLOTS = 8
SYMBOLS = 272
"""Marks from 269 on are free for later ones, so that tables need not change shape."""

SILENT = -1
"""A target: nothing to learn here."""
ENDS = 256
"""A target: the turn ends here."""


@dataclass(frozen=True, slots=True)
class Said:
    """One turn of a conversation."""

    author: bytes
    """The name as shown, in UTF-8; empty for a piece of text that is nobody's."""
    text: bytes


@dataclass(frozen=True, slots=True)
class Telling:
    """A document as the model reads it."""

    tokens: "array[int]"
    """What is read, in order; 16 bits each."""
    targets: "array[int]"
    """What should be predicted after each token: a byte, `ENDS` or `SILENT`."""


def tell(turns: Iterable[Said]) -> Telling:
    """Write turns out as tokens, beginning with `DOCUMENT`."""
    tokens = array("h", [DOCUMENT])
    heard: dict[bytes, int] = {}
    spoken: list[tuple[int, int]] = []
    for turn in turns:
        tokens.extend(opening(turn.author, heard))
        spoken.append((len(tokens), len(turn.text)))
        tokens.extend(turn.text)
        tokens.append(END)
    targets = array("h", [SILENT]) * len(tokens)
    for at, length in spoken:
        targets[at - 1 : at - 1 + length] = tokens[at : at + length]
        targets[at - 1 + length] = ENDS
    return Telling(tokens, targets)


def opening(author: bytes, heard: dict[bytes, int]) -> list[int]:
    """Give what is read before a turn's text; a new author is added to `heard`.

    `heard` keeps those that have a slot to themselves, at most `SLOTS - 1`.
    """
    if not author:
        return [PIECE]
    if author not in heard and len(heard) < SLOTS - 1:
        heard[author] = len(heard)
    return [SLOT + heard.get(author, SLOTS - 1), *author, SAYS]
