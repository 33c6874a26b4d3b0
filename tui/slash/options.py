"""What a poll may be answered with, as a list in brackets: `[yes, no, "a, b"]`."""

import re
from collections.abc import Sequence

from transcripts.commands.parse import CHOICES as MOST
from tui.slash.meant import Wrong
from tui.slash.parts import ESCAPED, quoted

_OPTION = re.compile(
    r'\s*(?:"((?:[^"\\]|\\.)*+)"|([^,;"]*+|.[^,;]*+))\s*(?:[,;]|\Z)', re.DOTALL
)


def options_of(text: str) -> tuple[str, ...]:
    """Return the choices of `[yes, no]`, repeats once."""
    inner = text.strip()
    if inner.startswith("[") and inner.endswith("]"):
        inner = inner[1:-1]
    found: list[str] = []
    for option in _OPTION.finditer(inner):
        literal, plain = option.groups()
        said = ESCAPED.sub(r"\1", literal) if literal is not None else plain
        if said.strip():
            found.append(" ".join(said.split()))
    return tuple(dict.fromkeys(found))


def canonical_options(text: str) -> str | Wrong:
    """Return the choices in their canonical form, or why a poll cannot have them."""
    found = options_of(text)
    if 2 <= len(found) <= MOST:
        return listed(found)
    return Wrong(f"a poll has 2 to {MOST} choices, not {len(found)}", "such as [yes, no]")


def listed(options: Sequence[str]) -> str:
    """Return `options` as `options_of` reads them back."""
    shown = [
        quoted(option) if any(mark in option for mark in ',;"[]\\') else option
        for option in options
    ]
    return f"[{', '.join(shown)}]"
