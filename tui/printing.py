"""Text of others, made safe for a terminal, and the marks around it.

Whatever a model, a person or a file says is printed as characters only: no escape
sequence of theirs reaches the terminal, and what would turn the reading direction is shown.
"""

import json
import math
import os
import re
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import click

_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff"
    "\ud800-\udfff]"
)

COLOURS = ("cyan", "yellow", "green", "magenta", "blue", "red")
"""Of participants, in order of joining."""


def safe(text: str) -> str:
    """Return `text` with every character that could steer the terminal made visible.

    Newlines and tabs stay. Control characters become pictures (`␛`), invisible marks of
    direction and halves of characters, which no terminal takes, become `⟨U+202E⟩`.
    """
    return _UNSAFE.sub(_visible, text.replace("\r\n", "\n"))


def _visible(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    return f"⟨U+{code:04X}⟩"


def line(text: str, width: int = 0) -> str:
    """Return `text` as one safe line, cut to `width` characters if that is not 0."""
    flat = safe(" ".join(text.split()))
    return flat if not width or len(flat) <= width else flat[: width - 1] + "…"


def plain() -> bool:
    """Whether stdout is to have no colours: not a terminal, `NO_COLOR`, or a dumb one."""
    return (
        not sys.stdout.isatty()
        or bool(os.environ.get("NO_COLOR"))
        or os.environ.get("TERM") == "dumb"
    )


def ascii_only() -> bool:
    """Whether stdout takes no more than ASCII."""
    encoding = (getattr(sys.stdout, "encoding", "") or "").lower().replace("-", "")
    return encoding not in {"utf8", "utf16", "utf32"} or bool(os.environ.get("ENFOLD_ASCII"))


def finite(ctx: click.Context, param: click.Parameter, value: float | None) -> float | None:
    """Refuse `nan`, which passes every range."""
    if value is not None and not math.isfinite(value):
        raise click.BadParameter(f"{value} is not a number to count with", ctx, param)
    return value


def say(text: str) -> None:
    """Print a diagnostic line on stderr."""
    click.echo(text, err=True)


def data(value: object) -> None:
    """Print `value` as JSON on stdout."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def table(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str]) -> None:
    """Print `rows` on stdout in columns as wide as needed; numbers to the right.

    Args:
        rows: What to print.
        columns: Key of each column and its heading.
    """
    cells = [[_cell(row.get(key)) for key in columns] for row in rows]
    widths = [
        max([len(heading), *(len(row[i]) for row in cells)])
        for i, heading in enumerate(columns.values())
    ]
    right = [
        all(isinstance(row.get(key), int | float | None) for row in rows) for key in columns
    ]
    for row in [list(columns.values()), *cells]:
        padded = [
            cell.rjust(width) if numeric else cell.ljust(width)
            for cell, width, numeric in zip(row, widths, right, strict=True)
        ]
        click.echo("  ".join(padded).rstrip())


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:,.3f}"
    return f"{value:,}" if isinstance(value, int) else line(str(value))
