"""Tables of measures, plain: one row a line, so that a pipe can read them too."""

from collections.abc import Mapping, Sequence

import click


def table(heading: str, rows: Mapping[str, Mapping[str, str]], columns: Sequence[str]) -> None:
    """Print a row a name with what it has under each column, `-` where it has nothing."""
    lines = [[heading, *columns]]
    lines += [[name, *(cells.get(one, "-") for one in columns)] for name, cells in rows.items()]
    aligned(lines)


def aligned(lines: Sequence[Sequence[str]]) -> None:
    """Print rows of equal length, the first cell to the left, numbers to the right."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for first, *rest in lines:
        cells = [cell.rjust(width) for cell, width in zip(rest, widths[1:], strict=True)]
        click.echo("  ".join([first.ljust(widths[0]), *cells]).rstrip())
    click.echo()
