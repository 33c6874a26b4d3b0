"""The figures of a report as PNG, by resvg where it is installed.

A picture is the panels of a figure on paper, its title above, drawn twice as large as on the
page. resvg is no part of enfold: the page needs none, and pictures can be had of it by any
browser.
"""

from pathlib import Path
from typing import Final

from harness.errors import NotPossible
from harness.evaluation.report.figures import Figure
from harness.evaluation.report.look import Scheme, colours, rules
from harness.evaluation.report.plot import WIDTH, draw, key, said

_COLUMNS: Final = 3
_GAP: Final = 24
_HEAD: Final = 46
_LEGEND: Final = 26
_SCALE: Final = 2


def svg(figure: Figure, scheme: Scheme = "light") -> str:
    """Return a figure as one drawing with colours of its own."""
    columns = min(_COLUMNS, len(figure.panels))
    rows = [figure.panels[at : at + columns] for at in range(0, len(figure.panels), columns)]
    wide = columns * WIDTH + (columns + 1) * _GAP
    top = float(_HEAD + (_LEGEND if figure.legend else 0))
    inside: list[str] = []
    for row in rows:
        for at, panel in enumerate(row):
            place = f'x="{_GAP + at * (WIDTH + _GAP)}" y="{top:.0f}"'
            inside.append(draw(panel).replace("<svg ", f"<svg {place} ", 1))
        top += max(panel.height for panel in row) + _GAP
    named = colours(scheme)
    legend = "".join(
        key(look, name, _GAP + 10 + 104 * at, _HEAD + 10)
        for at, (name, look) in enumerate(figure.legend.items())
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{top:.0f}" '
        f'viewBox="0 0 {wide} {top:.0f}"><style>{rules(named.__getitem__)}'
        f".top{{font-size:17px;font-weight:700;fill:{named['ink']}}}</style>"
        f'<rect width="100%" height="100%" fill="{named["ground"]}"/>'
        f'<text class="top" x="{_GAP + 4}" y="30">{said(figure.title)}</text>{legend}'
        f"{''.join(inside)}</svg>"
    )


def pictures(drawn: list[Figure], folder: Path) -> list[Path]:
    """Write each figure as a picture, and return their paths.

    Raises:
        NotPossible: resvg is not installed, or the disk says no.
    """
    try:
        import resvg_py  # noqa: PLC0415 - optional
    except ImportError as error:
        raise NotPossible(
            "pictures need resvg: pip install resvg-py, or use --report"
        ) from error
    made: list[Path] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for figure in drawn:
            path = folder / f"{figure.name}.png"
            path.write_bytes(bytes(resvg_py.svg_to_bytes(svg_string=svg(figure), zoom=_SCALE)))
            made.append(path)
    except OSError as error:
        raise NotPossible(f"{folder}: {error.strerror or error}") from error
    return made
