"""Figures that live, or did."""

import math
from collections.abc import Mapping

from agents.painters.drawing.canvas import Canvas, Point
from agents.painters.drawing.palette import dark, mix, pale
from agents.painters.drawing.spot import Figure, Spot, curve


def tree(c: Canvas, s: Spot) -> None:
    """A trunk that forks, and leaves in three depths of colour."""
    tips: list[Point] = []

    def grow(base: Point, *, turn: float, length: float, thick: float) -> None:
        tip = (base[0] + math.sin(turn) * length, base[1] - math.cos(turn) * length)
        c.line([base, tip], dark(s.body, 0.65), thick=thick)
        if length < s.size * 0.06:
            tips.append(tip)
            return
        for side in (-1, 1):
            bend = turn + side * c.dice.uniform(0.25, 0.6)
            grow(tip, turn=bend, length=length * c.dice.uniform(0.66, 0.8), thick=thick * 0.66)

    grow(
        (s.x, s.y), turn=c.dice.uniform(-0.08, 0.08), length=s.size * 0.3, thick=s.size * 0.055
    )
    for shade, share, radius in (
        (s.shade, 1.0, 0.1),
        (s.body, 0.8, 0.075),
        (s.lit, 0.45, 0.045),
    ):
        for tip in tips:
            if c.dice.random() < share:
                at = (
                    tip[0] + c.dice.gauss(0, s.size * 0.03),
                    tip[1] + c.dice.gauss(-s.size * 0.02, s.size * 0.03),
                )
                c.disc(
                    at,
                    s.size * radius * c.dice.uniform(0.7, 1.2),
                    shade,
                    alpha=0.82,
                    glow=0.35 if s.glow else 0,
                )


def flower(c: Canvas, s: Spot) -> None:
    """A stem, two leaves and a ring of petals."""
    stem = curve(s.all((0, 0), (0.04, 0.35), (0, 0.7)))
    c.line(stem, (58, 110, 70), thick=s.size * 0.03)
    for side in (-1, 1):
        c.area(
            curve(
                s.all(
                    (0.03, 0.2),
                    (side * 0.18, 0.36),
                    (side * 0.3, 0.34),
                    (side * 0.16, 0.24),
                    (0.03, 0.2),
                )
            ),
            (70, 134, 82),
        )
    heart = s.at(0, 0.76)
    for ring, tone in ((0.2, s.shade), (0.15, s.body), (0.1, s.lit)):
        for petal in range(8):
            turn = math.tau * petal / 8 + ring * 9
            at = (
                heart[0] + math.cos(turn) * ring * s.size * 0.8,
                heart[1] + math.sin(turn) * ring * s.size * 0.8,
            )
            c.disc(at, s.size * ring * 0.5, tone, glow=s.glow * 0.4)
    c.disc(heart, s.size * 0.055, s.light, glow=0.5)


def mushroom(c: Canvas, s: Spot) -> None:
    """A cap with spots, lit from below."""
    c.area(s.all((-0.1, 0), (-0.07, 0.6), (0.07, 0.6), (0.12, 0)), pale(s.body, 0.6))
    cap = [
        (0.48 * math.cos(math.pi * t / 20), 0.5 + 0.48 * math.sin(math.pi * t / 20))
        for t in range(21)
    ]
    c.halo(s.at(0, 0.45), s.size * 0.7, s.light, 0.3 + s.glow * 0.5)
    c.area(s.all(*cap, (-0.3, 0.46), (0.3, 0.46)), s.body, glow=s.glow * 0.5)
    for x, up, radius in (
        (-0.2, 0.66, 0.06),
        (0.08, 0.8, 0.07),
        (0.26, 0.62, 0.05),
        (-0.02, 0.58, 0.04),
    ):
        c.disc(s.at(x, up), s.size * radius, s.light, alpha=0.9, glow=0.3)


def bird(c: Canvas, s: Spot) -> None:
    """Two wings and a body, in one stroke."""
    beat = c.dice.uniform(0.2, 0.55)
    left = curve(s.all((0, 0.4), (-0.35, 0.4 + beat), (-0.75, 0.42 + beat * 0.6)))
    right = curve(s.all((0, 0.4), (0.35, 0.42 + beat), (0.75, 0.38 + beat * 0.6)))
    for wing in (left, right):
        back = [(x, y + s.size * 0.11 * (1 - at / len(wing))) for at, (x, y) in enumerate(wing)]
        c.area([*wing, *reversed(back)], s.body, glow=s.glow * 0.5)
    c.oval(s.at(0.02, 0.38), s.size * 0.16, s.size * 0.06, s.body, glow=s.glow * 0.5)
    c.area(s.all((0.15, 0.42), (0.24, 0.38), (0.15, 0.36)), s.body)


def fish(c: Canvas, s: Spot) -> None:
    """Seen from the side, with scales."""
    c.area(
        curve(
            s.all(
                (-0.5, 0.5),
                (-0.1, 0.78),
                (0.35, 0.66),
                (0.55, 0.5),
                (0.35, 0.34),
                (-0.1, 0.22),
                (-0.5, 0.5),
            )
        ),
        s.body,
        glow=s.glow * 0.4,
    )
    c.area(s.all((-0.4, 0.5), (-0.78, 0.78), (-0.68, 0.5), (-0.78, 0.22)), s.shade)
    c.area(s.all((-0.1, 0.74), (0.1, 0.95), (0.25, 0.7)), s.shade)
    for row in range(4):
        for column in range(5):
            c.loop(
                s.at(-0.28 + column * 0.12, 0.36 + row * 0.09),
                s.size * 0.05,
                s.size * 0.04,
                s.lit,
                thick=2,
                alpha=0.55,
            )
    c.disc(s.at(0.38, 0.55), s.size * 0.035, s.light)
    c.disc(s.at(0.385, 0.55), s.size * 0.017, (10, 10, 16))


def whale(c: Canvas, s: Spot) -> None:
    """Large, slow, from the side."""
    back = s.all(
        (-1.3, 0.62), (-1.0, 0.56), (-0.5, 0.72), (0.1, 0.88), (0.6, 0.8), (0.86, 0.52)
    )
    belly = s.all(
        (0.86, 0.52), (0.7, 0.34), (0.2, 0.2), (-0.4, 0.3), (-0.9, 0.46), (-1.3, 0.62)
    )
    c.area([*curve(back), *curve(belly)], s.body, glow=s.glow * 0.3)
    c.area(
        [
            *curve(s.all((0.85, 0.5), (0.4, 0.38), (-0.1, 0.34), (-0.6, 0.42))),
            *curve(s.all((-0.6, 0.42), (-0.2, 0.26), (0.3, 0.22), (0.72, 0.36))),
        ],
        pale(s.body, 0.45),
        alpha=0.7,
    )
    c.area(
        curve(
            s.all(
                (-1.2, 0.6),
                (-1.5, 0.82),
                (-1.72, 0.84),
                (-1.46, 0.62),
                (-1.66, 0.44),
                (-1.36, 0.5),
                (-1.2, 0.6),
            )
        ),
        s.shade,
    )
    c.area(curve(s.all((0.2, 0.32), (0.05, 0.06), (-0.16, -0.02), (-0.06, 0.3))), s.shade)
    c.disc(s.at(0.62, 0.5), s.size * 0.022, s.light, glow=0.5)
    for groove in range(4):
        c.line(
            curve(
                s.all((0.78, 0.42 - groove * 0.04), (0.4, 0.32 - groove * 0.03), (0.05, 0.28))
            ),
            s.shade,
            thick=3,
            alpha=0.6,
        )


def jellyfish(c: Canvas, s: Spot) -> None:
    """A bell with light in it, and arms that trail."""
    for arm in range(9):
        x = -0.24 + arm * 0.06
        sway = c.dice.uniform(-0.14, 0.14)
        c.line(
            curve(
                s.all(
                    (x, 0.62),
                    (x + sway, 0.4),
                    (x - sway, 0.2),
                    (x + sway * 0.6, c.dice.uniform(-0.05, 0.1)),
                )
            ),
            s.light,
            thick=s.size * 0.012,
            alpha=0.6,
            glow=0.3,
        )
    for radius, alpha in ((0.36, 0.5), (0.3, 0.5), (0.2, 0.5)):
        bell = [
            (
                radius * math.cos(math.pi * t / 20),
                0.62 + radius * 0.95 * math.sin(math.pi * t / 20),
            )
            for t in range(21)
        ]
        c.area(
            s.all(*bell, (0, 0.58)),
            mix(s.body, s.light, 0.75 - radius),
            alpha=alpha,
            glow=0.3,
        )
    c.halo(s.at(0, 0.7), s.size * 0.8, s.light, 0.5)


def butterfly(c: Canvas, s: Spot) -> None:
    """Four wings with borders."""
    for side in (-1, 1):
        for wing, low, high in ((0.5, 0.55, 0.98), (0.36, 0.12, 0.5)):
            outline = curve(
                s.all(
                    (0, 0.5),
                    (side * wing * 0.7, high),
                    (side * wing, (low + high) / 2),
                    (side * wing * 0.6, low),
                    (0, 0.48),
                )
            )
            c.area(outline, s.shade, glow=s.glow * 0.3)
            inner = [
                (s.x + (x - s.x) * 0.78, y + (s.at(0, 0.5)[1] - y) * 0.18) for x, y in outline
            ]
            c.area(inner, s.body, glow=s.glow * 0.4)
            c.disc(
                s.at(side * wing * 0.62, (low + high) / 2),
                s.size * 0.06,
                s.light,
                alpha=0.9,
                glow=0.3,
            )
        c.line(
            curve(s.all((0, 0.76), (side * 0.06, 0.9), (side * 0.12, 0.96))),
            s.shade,
            thick=s.size * 0.012,
        )
    c.oval(s.at(0, 0.5), s.size * 0.03, s.size * 0.3, dark(s.body, 0.75))


def serpent(c: Canvas, s: Spot) -> None:
    """A body in waves, thick to thin."""
    path = curve(
        s.all(
            (-0.9, 0.12),
            (-0.6, 0.4),
            (-0.3, 0.1),
            (0.02, 0.46),
            (0.34, 0.16),
            (0.56, 0.6),
            (0.4, 0.9),
        ),
        16,
    )
    for at, point in enumerate(path):
        part = at / len(path)
        c.disc(
            point,
            s.size * (0.02 + 0.06 * math.sin(min(1.0, part * 1.5) * math.pi / 2)),
            mix(s.shade, s.lit, (at // 3 % 2) * 0.5 + part * 0.4),
            glow=s.glow * 0.3,
        )
    c.oval(s.at(0.42, 0.92), s.size * 0.1, s.size * 0.07, s.body)
    c.disc(s.at(0.44, 0.95), s.size * 0.018, s.light, glow=0.9)
    c.line(s.all((0.5, 0.9), (0.6, 0.88)), (200, 50, 60), thick=s.size * 0.014)


def cat(c: Canvas, s: Spot) -> None:
    """Sitting, from behind, looking at what you look at."""
    c.line(
        curve(s.all((0.2, 0.04), (0.46, 0.02), (0.56, 0.2), (0.46, 0.34))),
        s.body,
        thick=s.size * 0.07,
    )
    c.area(
        curve(
            s.all(
                (-0.26, 0),
                (-0.24, 0.3),
                (-0.12, 0.56),
                (0.12, 0.56),
                (0.24, 0.3),
                (0.26, 0),
                (-0.26, 0),
            )
        ),
        s.body,
    )
    c.disc(s.at(0, 0.68), s.size * 0.19, s.body)
    for side in (-1, 1):
        c.area(s.all((side * 0.18, 0.7), (side * 0.15, 0.98), (side * 0.02, 0.84)), s.body)
    c.line(
        curve(s.all((-0.25, 0.05), (-0.23, 0.3), (-0.12, 0.56))),
        s.light,
        thick=s.size * 0.012,
        alpha=0.7,
    )


def figure(c: Canvas, s: Spot) -> None:
    """Somebody in a coat, and the shadow they cast."""
    c.oval(s.at(0.1, 0), s.size * 0.26, s.size * 0.035, (0, 0, 0), alpha=0.35)
    coat = curve(
        s.all(
            (-0.06, 0.86),
            (-0.15, 0.72),
            (-0.17, 0.4),
            (-0.21, 0.02),
            (0, -0.01),
            (0.21, 0.02),
            (0.17, 0.4),
            (0.15, 0.72),
            (0.06, 0.86),
        )
    )
    c.area(coat, s.body, glow=s.glow * 0.4)
    c.area(
        [
            *curve(s.all((0.02, 0.84), (0.04, 0.4), (0.03, 0.0))),
            *curve(s.all((0.2, 0.02), (0.16, 0.4), (0.14, 0.72))),
        ],
        s.shade,
        alpha=0.55,
    )
    c.disc(s.at(0, 0.92), s.size * 0.082, s.body, glow=s.glow * 0.4)
    c.line(
        curve(s.all((-0.07, 0.97), (-0.085, 0.9), (-0.14, 0.72), (-0.17, 0.4), (-0.2, 0.04))),
        s.light,
        thick=s.size * 0.012,
        alpha=0.75,
        glow=0.2,
    )


def face(c: Canvas, s: Spot) -> None:
    """A still face, half of it in the light."""
    c.halo(s.at(0, 0.5), s.size * 0.8, s.light, 0.35)
    whole = curve(
        s.all(
            (0, 1.0),
            (-0.3, 0.9),
            (-0.36, 0.6),
            (-0.27, 0.26),
            (0, 0.02),
            (0.27, 0.26),
            (0.36, 0.6),
            (0.3, 0.9),
            (0, 1.0),
        )
    )
    c.area(whole, s.body, glow=s.glow * 0.3)
    c.area(
        [
            *curve(s.all((0, 1.0), (0.05, 0.7), (0.02, 0.42), (0, 0.02))),
            *curve(s.all((0, 0.02), (0.27, 0.26), (0.36, 0.6), (0.3, 0.9), (0, 1.0))),
        ],
        s.shade,
        alpha=0.65,
    )
    for side in (-1, 1):
        c.oval(
            s.at(side * 0.15, 0.6), s.size * 0.08, s.size * 0.035, pale(s.light, 0.4), glow=0.35
        )
        c.disc(s.at(side * 0.15, 0.6), s.size * 0.028, dark(s.body, 0.85))
        c.line(
            curve(s.all((side * 0.26, 0.67), (side * 0.15, 0.71), (side * 0.05, 0.67))),
            dark(s.body, 0.7),
            thick=s.size * 0.018,
        )
    c.line(
        curve(s.all((0, 0.62), (-0.03, 0.46), (-0.05, 0.4), (0.02, 0.385))),
        dark(s.body, 0.6),
        thick=s.size * 0.014,
    )
    c.area(
        curve(
            s.all(
                (-0.12, 0.26),
                (-0.03, 0.29),
                (0.03, 0.29),
                (0.12, 0.26),
                (0, 0.21),
                (-0.12, 0.26),
            )
        ),
        mix(s.shade, (150, 40, 60), 0.45),
    )


def eye(c: Canvas, s: Spot) -> None:
    """One open eye, with an iris of many threads."""
    upper = curve(s.all((-0.9, 0.5), (-0.45, 0.84), (0, 0.94), (0.45, 0.84), (0.9, 0.5)))
    lower = curve(s.all((0.9, 0.5), (0.45, 0.2), (0, 0.1), (-0.45, 0.2), (-0.9, 0.5)))
    c.halo(s.at(0, 0.5), s.size * 1.2, s.light, 0.45)
    c.area([*upper, *lower], pale(s.light, 0.55))
    middle, radius = s.at(0, 0.52), s.size * 0.38
    c.disc(middle, radius, s.shade)
    for thread in range(150):
        turn = math.tau * thread / 150
        inner, outer = c.dice.uniform(0.34, 0.5), c.dice.uniform(0.75, 0.97)
        ends = [
            (
                middle[0] + math.cos(turn) * radius * part,
                middle[1] + math.sin(turn) * radius * part,
            )
            for part in (inner, outer)
        ]
        c.line(
            ends, mix(s.body, s.light, c.dice.random() * 0.8), thick=3, alpha=0.85, glow=0.12
        )
    c.disc(middle, radius * 0.42, (6, 6, 12))
    c.disc(
        (middle[0] - radius * 0.3, middle[1] - radius * 0.34),
        radius * 0.13,
        (255, 255, 255),
        alpha=0.95,
        glow=0.4,
    )
    lid = [
        (x, y - s.size * 0.3 * math.sin(math.pi * at / len(upper)))
        for at, (x, y) in enumerate(upper)
    ]
    c.area([*upper, *reversed(lid)], s.body)
    c.line(upper, dark(s.body, 0.8), thick=s.size * 0.03)
    c.line(lower, dark(s.body, 0.6), thick=s.size * 0.014)


def hand(c: Canvas, s: Spot) -> None:
    """An open palm, raised."""
    for x, base, tip, lean in (
        (-0.21, 0.5, 0.84, -0.05),
        (-0.07, 0.54, 0.98, -0.02),
        (0.07, 0.53, 0.94, 0.02),
        (0.2, 0.48, 0.8, 0.06),
    ):
        c.line(
            s.all((x, base), (x + lean, tip)), s.body, thick=s.size * 0.105, glow=s.glow * 0.3
        )
        c.disc(s.at(x + lean, tip), s.size * 0.052, s.body)
    c.line(s.all((0.22, 0.3), (0.42, 0.54)), s.body, thick=s.size * 0.11)
    c.disc(s.at(0.42, 0.54), s.size * 0.055, s.body)
    c.area(
        curve(
            s.all(
                (-0.27, 0.56),
                (-0.25, 0.28),
                (-0.15, 0.0),
                (0.15, 0.0),
                (0.27, 0.24),
                (0.27, 0.54),
                (-0.27, 0.56),
            )
        ),
        s.body,
    )
    for line in (
        ((-0.2, 0.44), (0.0, 0.36), (0.2, 0.42)),
        ((-0.18, 0.34), (0.0, 0.24), (0.1, 0.1)),
    ):
        c.line(curve(s.all(*line)), s.shade, thick=s.size * 0.014)
    c.halo(s.at(0, 0.4), s.size * 0.5, s.light, 0.3 + s.glow * 0.4)


def heart(c: Canvas, s: Spot) -> None:
    """The sign, not the muscle."""
    outline: list[Point] = []
    for step in range(60):
        t = math.tau * step / 60
        across = 16 * math.sin(t) ** 3
        up = 13 * math.cos(t) - 5 * math.cos(2 * t) - 2 * math.cos(3 * t) - math.cos(4 * t)
        outline.append((across * 0.03, 0.54 + up * 0.03))
    c.halo(s.at(0, 0.55), s.size * 0.9, s.light, 0.5)
    c.area(s.all(*outline), s.body, glow=0.35 + s.glow * 0.4)
    c.area(s.all(*((x * 0.7 + 0.05, up * 0.72 + 0.13) for x, up in outline)), s.lit, alpha=0.35)


def skull(c: Canvas, s: Spot) -> None:
    """Bone, from the front."""
    bone = pale(s.body, 0.5)
    c.oval(s.at(0, 0.62), s.size * 0.38, s.size * 0.38, bone)
    c.area(s.all((-0.2, 0.36), (-0.18, 0.04), (0.18, 0.04), (0.2, 0.36)), bone)
    for side in (-1, 1):
        c.oval(s.at(side * 0.15, 0.55), s.size * 0.1, s.size * 0.11, dark(s.body, 0.85))
        c.disc(s.at(side * 0.15, 0.55), s.size * 0.02, s.light, glow=0.9)
    c.area(s.all((0, 0.46), (-0.05, 0.34), (0.05, 0.34)), dark(s.body, 0.85))
    for tooth in range(5):
        x = -0.12 + tooth * 0.06
        c.line(s.all((x, 0.05), (x, 0.2)), dark(s.body, 0.6), thick=s.size * 0.014)


FIGURES: Mapping[str, Figure] = {
    "tree": tree, "flower": flower, "mushroom": mushroom, "bird": bird, "fish": fish,
    "whale": whale, "jellyfish": jellyfish, "butterfly": butterfly, "serpent": serpent, "cat": cat,
    "figure": figure, "face": face, "eye": eye, "hand": hand, "heart": heart, "skull": skull,
}  # fmt: skip
