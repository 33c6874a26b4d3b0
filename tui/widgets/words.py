"""Words in a row: pieces of text in roles, made safe, flat and as wide as there is room."""

from typing import Literal, TypeAlias

from rich.cells import cell_len, split_graphemes

from tui.printing import safe

Role: TypeAlias = Literal["", "dim", "quiet", "match", "warning", "good"]
Words: TypeAlias = str | tuple[tuple[str, Role], ...]
"""Plain words, or pieces of them, each in a role."""


def flat(text: str) -> str:
    """Return `text` as one safe line, its inner spaces as they are."""
    return safe(" ".join(text.splitlines()).replace("\t", " "))


def cut(text: str, cells: int, more: str = "…") -> str:
    """Return `text` in at most `cells` cells, ending in `more` where something was left out."""
    if cell_len(text) <= cells:
        return text
    room = cells - cell_len(more)
    if room < 0:
        return ""
    end, used = 0, 0
    for start, stop, width in split_graphemes(text)[0]:
        if used + width > room:
            break
        used += width
        end = stop
        del start
    return text[:end].rstrip() + more


def plain(words: Words) -> str:
    """Return `words` without their roles."""
    return words if isinstance(words, str) else "".join(text for text, _ in words)
