"""Rows of JSON and of tables, as what was said in them.

The forms that are known, one row each unless said otherwise:

    {"text": "..."}                                        a text that is nobody's turn
    {"messages": [{"role": "user", "content": "..."}]}     a conversation; `conversations` too
    {"turns": [{"author": "Ada", "text": "..."}]}          a conversation; also ["Ada", "..."]
    {"name": "Ada", "text": "..."}                         a message; all rows are one document

A speaker is `name`, `author`, `speaker`, `from` or `role`; words are `text`, `content` (a string
or parts with `text`) or `value`. `source`, `license`/`licence` and `family` are kept beside.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from memory.models.alphabet import Said

SPEAKERS = ("name", "author", "speaker", "from", "role")
WORDS = ("text", "content", "value")
TALKS = ("messages", "conversations", "turns")
ROLES = {
    "user": "User",
    "human": "User",
    "assistant": "Assistant",
    "gpt": "Assistant",
    "system": "System",
}
"""How those are named who have a part and no name."""


@dataclass(frozen=True, slots=True)
class Row:
    """What one row says."""

    said: tuple[Said, ...]
    message: bool
    """One message of a document that is told over many rows."""
    source: str = ""
    licence: str = ""
    family: str = ""


def row(value: object) -> Row | None:
    """Read one row; None if it is in none of the forms.

    Args:
        value: What JSON or a table gave.
    """
    if not isinstance(value, Mapping):
        return None
    fields = cast("Mapping[str, Any]", value)
    beside = {
        "source": _string(fields.get("source")),
        "licence": _string(fields.get("licence")) or _string(fields.get("license")),
        "family": _string(fields.get("family")),
    }
    for key in TALKS:
        turns = fields.get(key)
        if isinstance(turns, Sequence) and not isinstance(turns, str | bytes):
            said = [_turn(turn) for turn in cast("Sequence[object]", turns)]
            whole = tuple(one for one in said if one is not None and one.text)
            return Row(whole, message=False, **beside) if whole else None
    words = _words(fields)
    if words is None:
        return None
    author = _speaker(fields)
    return Row((Said(author, words),), message=bool(author), **beside)


def _turn(value: object) -> Said | None:
    if isinstance(value, Mapping):
        fields = cast("Mapping[str, Any]", value)
        words = _words(fields)
        return None if words is None else Said(_speaker(fields), words)
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        match list(cast("Sequence[object]", value)):
            case [str() as author, str() as text]:
                return Said(utf8(author), utf8(text))
            case _:
                return None
    return Said(b"", utf8(value)) if isinstance(value, str) else None


def _speaker(fields: Mapping[str, Any]) -> bytes:
    for key in SPEAKERS:
        given = fields.get(key)
        if isinstance(given, str) and given.strip():
            return utf8(ROLES.get(given, given) if key in ("role", "from") else given)
    return b""


def _words(fields: Mapping[str, Any]) -> bytes | None:
    for key in WORDS:
        given = fields.get(key)
        if isinstance(given, str):
            return utf8(given)
        if isinstance(given, Sequence) and not isinstance(given, bytes):
            parts = [
                cast("Mapping[str, Any]", part).get("text")
                for part in cast("Sequence[object]", given)
                if isinstance(part, Mapping)
            ]
            return utf8("\n\n".join(part for part in parts if isinstance(part, str)))
    return None


def _string(value: object) -> str:
    return value if isinstance(value, str) else ""


def utf8(text: str) -> bytes:
    """Give the bytes of a text; halves of characters, which JSON may hold, become U+FFFD."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()
