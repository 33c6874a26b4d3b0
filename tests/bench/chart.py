"""Lines and bars as an SVG: no library, and they read in light and dark."""

import math
from collections.abc import Collection, Mapping, Sequence
from html import escape
from pathlib import Path

WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 720, 320, 86, 40, 48, 90
COLOURS = ("#1f6feb", "#2da44e", "#d1242f")


def draw(
    path: Path,
    title: str,
    lines: Mapping[str, Sequence[tuple[float, float]]],
    *,
    x: str,
    y: str,
) -> None:
    """Write `lines` to `path`, the y axis in powers of ten.

    Args:
        path: Where to.
        title: Above it.
        lines: Points by name, x rising.
        x: What is told along the bottom.
        y: What is told up the side.
    """
    points = [point for line in lines.values() for point in line]
    most = max(px for px, _ in points)
    low = math.floor(math.log10(min(py for _, py in points)))
    high = math.ceil(math.log10(max(py for _, py in points)))

    def at(px: float, py: float) -> tuple[float, float]:
        across = LEFT + px / most * (WIDTH - LEFT - RIGHT)
        up = (math.log10(py) - low) / (high - low)
        return across, HEIGHT - BOTTOM - up * (HEIGHT - BOTTOM - TOP)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="13" fill="#6e7781">',
        f'<text x="{LEFT}" y="22" font-size="15">{escape(title)}</text>',
        f'<text x="{WIDTH - RIGHT}" y="{HEIGHT - 8}" text-anchor="end">{escape(x)}</text>',
        f'<text x="{LEFT - 8}" y="{TOP - 16}" text-anchor="end">{escape(y)}</text>',
    ]
    for power in range(low, high + 1):
        _, up = at(0, 10**power)
        parts.append(
            f'<path d="M{LEFT} {up:.1f}H{WIDTH - RIGHT}" stroke="#8c959f" stroke-opacity=".35"/>'
            f'<text x="{LEFT - 8}" y="{up + 4:.1f}" text-anchor="end">{10**power:,}</text>'
        )
    for step in range(5):
        across, _ = at(most * step / 4, 10**low)
        parts.append(
            f'<text x="{across:.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">'
            f"{most * step / 4:,.0f}</text>"
        )
    for (name, line), colour in zip(lines.items(), COLOURS, strict=False):
        path_data = "L".join(f"{px:.1f} {py:.1f}" for px, py in (at(*point) for point in line))
        end = at(*line[-1])
        parts.append(
            f'<path d="M{path_data}" fill="none" stroke="{colour}" stroke-width="2"/>'
            f'<text x="{end[0] + 8:.1f}" y="{end[1] + (14 if name == "window" else 2):.1f}" '
            f'fill="{colour}">{escape(name)}</text>'
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([*parts, "</svg>\n"]), encoding="utf-8")


def bars(path: Path, title: str, values: Mapping[str, float], *, own: Collection[str]) -> None:
    """Write one bar for each of `values` to `path`, the shortest first.

    Args:
        path: Where to.
        title: Above them.
        values: By name, none below 0.
        own: Names of ours, in a colour of their own.
    """
    rows = sorted(values.items(), key=lambda row: row[1])
    most = max(values.values())
    left, step, top = 130, 26, 44
    across = (WIDTH - left - RIGHT) / most
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} '
        f'{top + step * len(rows) + 8}" font-family="sans-serif" font-size="13" fill="#6e7781">',
        f'<text x="16" y="24" font-size="15">{escape(title)}</text>',
    ]
    for place, (name, value) in enumerate(rows):
        up = top + step * place
        colour = COLOURS[0] if name in own else "#8c959f"
        parts.append(
            f'<text x="{left - 8}" y="{up + 14}" text-anchor="end">{escape(name)}</text>'
            f'<rect x="{left}" y="{up}" width="{value * across:.1f}" height="18" rx="2" '
            f'fill="{colour}"/>'
            f'<text x="{left + value * across + 6:.1f}" y="{up + 14}">{value:.2f}</text>'
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([*parts, "</svg>\n"]), encoding="utf-8")
