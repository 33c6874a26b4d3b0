"""A run drawn as SVG: bits per byte against what was read; it reads on light and dark."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from harness.errors import NotPossible

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 760, 380, 56, 120, 44, 44
COLOURS = ("#8c959f", "#1f6feb", "#2da44e", "#d1242f", "#8250df", "#bf8700")
POINTS = 600
"""Of one line, at most; each is a mean."""


def lines(
    rows: Sequence[Mapping[str, Any]], sources: Sequence[str] = ()
) -> dict[str, list[tuple[float, float]]]:
    """Give what to draw by name: megabytes read and bits per byte.

    Args:
        rows: Of the run's log.
        sources: Held-out sources to draw beside their mean.

    Raises:
        NotPossible: The log has nothing to draw, or a source is not in it.
    """
    drawn: dict[str, list[tuple[float, float]]] = {"learnt": [], "held out": []}
    drawn |= {source: [] for source in sources}
    for row in rows:
        read = float(row["read"]) / 1e6
        if "bits" in row:
            drawn["learnt"].append((read, float(row["bits"])))
        if row.get("held") is not None:
            drawn["held out"].append((read, float(row["held"])))
        for source in sources:
            if source in row.get("sources", {}):
                drawn[source].append((read, float(row["sources"][source])))
    missing = [source for source in sources if not drawn[source]]
    if missing:
        raise NotPossible(f"the run was never measured on {', '.join(missing)}")
    found = {name: thinned(line) for name, line in drawn.items() if line}
    if not found:
        raise NotPossible("the run's log is empty: nothing was noted yet")
    return found


def thinned(line: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Give at most `POINTS` points, each the mean of its neighbours."""
    each = -(-len(line) // POINTS)
    parts = [line[at : at + each] for at in range(0, len(line), each)]
    return [(sum(x for x, _ in p) / len(p), sum(y for _, y in p) / len(p)) for p in parts]


def svg(title: str, drawn: Mapping[str, Sequence[tuple[float, float]]]) -> str:
    """Draw lines by name.

    Args:
        title: Above them.
        drawn: See `lines`.
    """
    points = [point for line in drawn.values() for point in line]
    most = max(x for x, _ in points) or 1.0
    low = min(y for _, y in points)
    high = min(max(y for _, y in points), low + 3.0)  # the first steps would flatten the rest
    low, high = low - 0.05, max(high, low + 0.1)

    def at(x: float, y: float) -> tuple[float, float]:
        up = (min(y, high) - low) / (high - low)
        return (
            LEFT + x / most * (WIDTH - LEFT - RIGHT),
            HEIGHT - BOTTOM - up * (HEIGHT - BOTTOM - TOP),
        )

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="13" fill="#6e7781">',
        f'<text x="{LEFT}" y="20" font-size="15">{escape(title)}</text>',
        f'<text x="{LEFT}" y="{TOP - 6}">bits per byte</text>',
        f'<text x="{WIDTH - RIGHT}" y="{HEIGHT - 6}" text-anchor="end">MB read</text>',
    ]
    for step in range(6):
        y = low + (high - low) * step / 5
        _, up = at(0, y)
        parts.append(
            f'<path d="M{LEFT} {up:.1f}H{WIDTH - RIGHT}" stroke="#8c959f" stroke-opacity=".3"/>'
            f'<text x="{LEFT - 6}" y="{up + 4:.1f}" text-anchor="end">{y:.2f}</text>'
        )
        across, _ = at(most * step / 5, low)
        parts.append(
            f'<text x="{across:.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">'
            f"{most * step / 5:.4g}</text>"
        )
    ends: list[float] = []
    for number, (name, line) in enumerate(drawn.items()):
        colour = COLOURS[number % len(COLOURS)]
        where = "L".join(f"{x:.1f} {y:.1f}" for x, y in (at(*point) for point in line))
        x, y = at(*line[-1])
        while any(abs(y - other) < 14 for other in ends):
            y += 14
        ends.append(y)
        parts.append(
            f'<path d="M{where}" fill="none" stroke="{colour}" stroke-width="1.6"/>'
            f'<text x="{x + 6:.1f}" y="{y + 4:.1f}" fill="{colour}">'
            f"{escape(name)} {line[-1][1]:.3f}</text>"
        )
    return "\n".join([*parts, "</svg>\n"])
