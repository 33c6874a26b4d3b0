"""A row of the transcript: pieces of text, each with a role that the theme gives a style."""

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


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a row in one role."""

    text: str
    """Safe: no control characters, no tabs, no newline."""
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
    """What of the source was swallowed at the break after this row: a space, or nothing."""

    @property
    def text(self) -> str:
        """All of it, gutter included."""
        return "".join(span.text for span in self.spans)
