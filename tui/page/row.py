"""A row of the transcript: pieces of text, each with a role that the theme gives a style.

Every row knows what of the source it stands for, so that a copy or a search gets the words
as they were written and not as they happened to be broken: see `written`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

Role: TypeAlias = Literal[
    "",  # plain words
    "name",  # who speaks; in the participant's colour
    "small",  # the small print of a header
    "dim",
    "gutter",  # in the participant's colour
    "title",
    "command",  # a command as it stands in a message
    "notice",  # a chip: what came of a command
    "private",  # a chip only the person and its caller know of
    "error",
    "warning",
    "art",
    "code",
    "comment",  # inside code, as the highlighter tells
    "keyword",
    "string",
    "number",
    "heading",
    "bold",
    "italic",
    "mark",  # the signs of Markdown, dimmed
    "quote",
    "reasoning",
    "match",  # what a search found
]

Part: TypeAlias = Literal[
    "gap",  # empty, between two items
    "header",  # who speaks, or the title
    "reasoning",
    "body",  # the words of a message
    "note",  # ours, about a message: where it was cut off
    "chip",
    "event",
    "detail",  # what unfolding shows
    "picture",
]
"""What of an item a row belongs to."""


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a row in one role."""

    text: str
    """Safe: no control characters, no tabs, no newline. Never ends inside a character."""
    role: Role = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One row, no wider than asked for."""

    spans: tuple[Span, ...] = ()
    author: str = ""
    """Whose colour the gutter and the name take; empty for nobody's."""
    gutter: int = 0
    """Characters at its start that are ours: gutter and indent, not the words."""
    wraps: bool = False
    """It goes on with the source line of the row above."""
    eaten: str = ""
    """What of the source was swallowed at the break after this row: spaces, empty lines at
    the end of a message, or nothing."""
    part: Part = "body"
    said: str | None = None
    """What of the source it stands for, where that is not what it shows after the gutter: a
    command folded to one row, a drawing cut at the edge, a table with padded columns."""
    picture: int = -1
    """Number of the row within the space kept for a picture, 0 for the first; -1 otherwise."""

    @property
    def text(self) -> str:
        """All of it, gutter included."""
        return "".join(span.text for span in self.spans)

    @property
    def source(self) -> str:
        """What of the source it stands for, up to the next row."""
        return (self.text[self.gutter :] if self.said is None else self.said) + self.eaten


def written(rows: Iterable[Row]) -> str:
    """Return the source that `rows` show: safe, tabs as spaces, otherwise to the letter."""
    pieces: list[str] = []
    for row in rows:
        if pieces and not row.wraps:
            pieces.append("\n")
        pieces.append(row.source)
    return "".join(pieces)
