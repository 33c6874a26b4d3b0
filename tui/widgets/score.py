"""How well what a speaker is sent stands for the whole room: a figure, a bar, the turns before.

Pure: shares of 100 and a width go in, lines come out. Where nothing was scored there is
nothing to draw. Colour tells nothing that the figure, a word or a sign does not tell too.
"""

from collections.abc import Sequence

from tui.printing import line
from tui.slash.measured import UNWANTED, Measured, level, meaning, wanted
from tui.widgets.fitting import fit, spark, wrap
from tui.widgets.lines import Line, Piece, Role, apart, cut, gauge, wide

NAME = "continuity "
FIGURE = len(NAME) + 3
"""Cells of the name and a figure of up to three characters."""

TURNS = 6
"""Turns that are drawn in the status line at least, or none."""

MOST = 16
"""Turns that are drawn there at most."""

SMALL = 6
"""Cells of the bar in the status line."""

DIGEST = 12
"""Characters of a verifier's digest: to compare by eye."""


_ROLES: dict[str, Role] = {"good": "good", "fair": "warning", "poor": "error"}
"""How it looks, by what it is called."""


def turns(scores: Sequence[int], cells: int, *, ascii: bool = False) -> str:  # noqa: A002
    """Return the newest scores as a row of bars in at most `cells` cells, the newest last."""
    newest = scores[-cells:] if cells > 0 else ()
    return spark([float(score) for score in newest], cells, most=100.0, ascii=ascii)


def compact(found: Measured, cells: int, *, ascii: bool = False) -> Line:  # noqa: A002
    """Return it for the status line: the figure, and beside it what there is room for.

    What is below the threshold has a `!` behind the figure. Nothing is drawn before there
    is a score, where it is off, or where not even the figure fits.
    """
    score = found.score
    if score is None or found.off or cells < FIGURE:
        return ()
    role = _role(found)
    figure = f"{score}{'!' if found.low else ''}"
    parts: list[Piece] = [Piece(NAME, "dim"), Piece(f"{figure:<3}", role)]
    left = cells - FIGURE - 1
    if left >= SMALL + 1 + TURNS:
        parts += [Piece(" "), *gauge(score / 100, SMALL, role, ascii=ascii)]
        left -= SMALL + 1
    if left >= TURNS and len(found.scores) > 1:
        parts += [Piece(" "), Piece(turns(found.scores, min(left, MOST), ascii=ascii), "bar")]
    return tuple(parts)


def section(found: Measured, width: int, *, ascii: bool = False) -> list[Line]:  # noqa: A002
    """Return it for the inspector: the figure, the turns before, and the newest line's bits."""
    score = found.score
    if score is None:
        return _unscored(found, width)
    word = f"{level(score)}, below {found.threshold}" if found.low else level(score)
    role = _role(found)
    title: list[Piece] = [Piece("Continuity", "head"), Piece(f"  {score} ", role)]
    tail = Piece(f" {word}", role)
    bar = min(40, width - wide(title) - wide((tail,)))
    if bar >= SMALL:
        title += gauge(score / 100, bar, role, ascii=ascii)
    rows = [cut((*title, tail), width, ascii=ascii)]
    if len(found.scores) > 1:
        rows += _before(found, width, ascii=ascii)
    return [
        *rows,
        *(_told(f"off now: {line(found.off)}", "warning", width) if found.off else ()),
        *_told(meaning(score), "dim", width),
        *_bits(found, width, ascii=ascii),
        *_settings(found, width, ascii=ascii),
    ]


def _before(found: Measured, width: int, *, ascii: bool) -> list[Line]:  # noqa: A002
    """The newest turns and from where to where they went; under it where that is too narrow."""
    label = Piece("turns ", "dim")
    beside = width - wide((label,)) - len(" 100 to 100, least 100")
    cells = beside if beside >= 2 * TURNS else width - 2
    shown = found.scores[-cells:]
    ends = Piece(f" {shown[0]} to {shown[-1]}, least {min(shown)}", "dim")
    drawn = Piece(turns(shown, cells, ascii=ascii), "bar")
    if cells == beside:
        return [(label, drawn, ends)]
    return [cut((label, ends._replace(text=ends.text[1:])), width), (Piece("  "), drawn)]


def _role(found: Measured) -> Role:
    role = _ROLES[level(found.scores[-1])]
    return "warning" if found.low and role == "good" else role


def _unscored(found: Measured, width: int) -> list[Line]:
    """Say why there is nothing, where somebody knows."""
    if found.off in {"", UNWANTED}:  # who set it so knows
        return []
    why = _told(f"off: {line(found.off)}", "dim", width)
    return [(Piece("Continuity", "head"),), *why]


def _told(words: str, role: Role, width: int) -> list[Line]:
    return [(Piece(f"  {row}", role),) for row in wrap(words, width - 2)]


def _bits(found: Measured, width: int, *, ascii: bool) -> list[Line]:  # noqa: A002
    """How much the newest line told three readers: the less, the more they knew of it before."""
    newest = found.newest
    if newest is None:
        return []
    about = f"bits to guess the line at {newest.line:,}, having read"
    rows = _told(about, "dim", width)
    readers = (
        ("nothing of the room", newest.none),
        ("what was sent", newest.sent),
        ("everything said", newest.full),
    )
    names = max(len(name) for name, _ in readers)
    figures = max(len(f"{bits:,}") for _, bits in readers)
    top = max(1, *(bits for _, bits in readers))
    room = min(40, width - 4 - names - 1 - figures - 1)
    for name, bits in readers:
        row: Line = (Piece(f"    {name:<{names}} ", "dim"), Piece(f"{bits:>{figures},} "))
        if room >= SMALL:
            row = (*row, *gauge(bits / top, room, "bar", ascii=ascii))
        rows.append(cut(row, width, ascii=ascii))
    return rows


def _settings(found: Measured, width: int, *, ascii: bool) -> list[Line]:  # noqa: A002
    left = _told(wanted(found), "warning" if found.low else "dim", width)
    by = fit(found.newest.verifier, 64)[:DIGEST] if found.newest is not None else ""
    right: Line = (Piece(f"verifier {by}", "dim"),) if by else ()
    if len(left) == 1 and wide(left[0]) + wide(right) + 2 <= width:
        return [apart(left[0], right, width, ascii=ascii)]
    return [*left, cut((Piece("  "), *right), width, ascii=ascii)]
