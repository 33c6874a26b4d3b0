"""What is plotted of a run: rate against retention, age, cost against turn, and strata.

Everything is taken from the report of `retained`, and from rows where the report has no
figure of it (what is sent at which turn); milliseconds are the machine's and are left out
where nobody measured them. A figure is panels of one verifier, or of all.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from harness.evaluation.contexts import TOKEN, UNBOUNDED
from harness.evaluation.report.look import LOOKS, Look
from harness.evaluation.report.plot import FEW, Axis, Dots, Lines, Point, Series
from harness.evaluation.retained import ZERO
from harness.evaluation.rows import Row

KINDS: Final = {
    "answer": "Answers to questions (R)",
    "next": "The next five turns (R')",
    "probe": "Words of old lines (probes)",
}
"""What each kind of case is called on the page."""

SHOWN: Final = ("text+recall", "text", "recall", "state+recall", "window")
"""Ways of which strata are shown, those that are there."""

_RULES: Final = (100.0, 0.0)
"""Everything, and another conversation."""
_PARTS: Final = 8
_VALUES: Final = 12
"""Values of a stratum that are shown at most, those with most cases."""


@dataclass(frozen=True, slots=True)
class Figure:
    """Panels that say one thing."""

    name: str
    """Of its file."""
    title: str
    said: str
    """What is to be seen, in words."""
    panels: tuple[Lines | Dots, ...]

    @property
    def legend(self) -> dict[str, Look]:
        """What the marks of rows of dots mean; lines have their names beside them."""
        return {
            one.name: one.look
            for panel in self.panels
            if isinstance(panel, Dots)
            for one in panel.series
        }


def figures(
    kinds: Mapping[str, Any], rows: Sequence[Row], machine: Mapping[str, Any]
) -> list[Figure]:
    """Return the figures of one verifier that have anything on them.

    Args:
        kinds: Of the report: what was found, by kind.
        rows: Of that verifier.
        machine: What `accounting.costs` says, empty if nothing is known.
    """
    found = [
        Figure(
            "rate",
            "Rate against retention",
            "How much is retained by how much is given. Up is better, left is cheaper: the "
            "dashed lines are everything (100) and another conversation's lines (0), the grey "
            f"band is what counts as nothing (±{ZERO:.0f}). Bars are 95 % intervals; ↓ goes on below.",
            tuple(_rate(kind, kinds[kind], rows) for kind in KINDS if kind in kinds),
        ),
        Figure(
            "age",
            "Retention by age",
            "What was said long ago against what was said just now, at the largest budget: the "
            "past is cut into five equal parts. A window forgets; a memory must be flat. Pale "
            "marks stand for fewer than five cases.",
            tuple(_age(kind, kinds[kind]) for kind in KINDS if _aged(kinds.get(kind))),
        ),
        Figure(
            "cost",
            "Cost against turn number",
            "What a turn costs as the conversation grows longer. Whoever sends everything pays "
            "more with each turn; what is folded and recalled stays where it is. Milliseconds "
            "are processor time on the machine of this run, at the largest budget: of it, all is "
            "folded into for text, a sixteenth for text+recall.",
            tuple(_costs(rows, machine)),
        ),
        Figure(
            "strata",
            "Strata",
            "The same measure where the evidence lies elsewhere: at the edge of a sitting or "
            "within, in lines that say little or much, few or many turns ago, by kind of "
            "question, by speaker. At the largest budget; behind each name, its cases. Pale: fewer "
            "than five. Hollow: beyond the edge.",
            tuple(_strata(kinds)),
        ),
    ]
    return [one for one in found if one.panels]


def _rate(kind: str, found: Mapping[str, Any], rows: Sequence[Row]) -> Lines:
    methods: dict[str, dict[str, dict[str, Any]]] = found["methods"]
    series: list[Series] = []
    for name, look in LOOKS.items():
        if name == "full" or name not in methods:
            continue
        points = [
            _measured(name, budget, cell)
            for budget, cell in methods[name].items()
            if cell["R"] is not None and cell["given"]
        ]
        if points:
            series.append(Series(name, look, tuple(sorted(points, key=lambda one: one.x))))
    budgets = sorted({row.budget for row in rows if row.budget}) or [512]
    whole = [row.given for row in rows if row.method == "full" and row.kind == kind]
    everything = sum(whole) // len(whole) // TOKEN if whole else 0
    return Lines(
        f"{KINDS[kind]}, {found['cases']} case{'' if found['cases'] == 1 else 's'}",
        _tokens(series, budgets, everything),
        _percents(series),
        tuple(series),
        _RULES,
        (-ZERO, ZERO),
    )


def _measured(name: str, budget: str, cell: Mapping[str, Any]) -> Point:
    given = cell["given"] / TOKEN
    ends = cell["interval"]
    sure = f" [{ends[0]:.1f}, {ends[1]:.1f}]" if ends else ""
    told = f"{name} at {int(budget):,} tokens: {cell['R']:.1f}{sure}, {given:,.0f} given"
    return Point(given, cell["R"], told, (ends[0], ends[1]) if ends else None, cell["cases"])


def _aged(found: Mapping[str, Any] | None) -> bool:
    return bool(found and any(len(cells) > 1 for cells in _stratum(found, "age").values()))


def _age(kind: str, found: Mapping[str, Any]) -> Lines:
    of = _stratum(found, "age")
    series = [
        Series(
            name,
            LOOKS[name],
            tuple(
                _aged_point(name, part, cell)
                for part, cell in sorted(of[name].items())
                if cell["R"] is not None
            ),
        )
        for name in SHOWN
        if name in of
    ]
    series = [one for one in series if one.points]
    ticks = tuple(enumerate(("newest", "2", "3", "4", "oldest"), 1))
    return Lines(
        KINDS[kind],
        Axis(0.8, 5.2, tuple((float(at), name) for at, name in ticks), "fifth of the past"),
        _percents(series),
        tuple(series),
        _RULES,
        (-ZERO, ZERO),
    )


def _aged_point(name: str, part: str, cell: Mapping[str, Any]) -> Point:
    told = f"{name}, {part}. fifth: {cell['R']:.1f}, {cell['cases']} cases"
    return Point(float(part), cell["R"], told, cases=cell["cases"])


def _costs(rows: Sequence[Row], machine: Mapping[str, Any]) -> list[Lines]:
    budgets = sorted({row.budget for row in rows if row.budget})
    sent = [
        Series(name, look, points)
        for name, look, points in (
            ("everything", LOOKS["full"], _sent(rows, "full", 0)),
            *(
                (f"ours, {budget:,}", Look(0, "disc", strong=True),
                 _sent(rows, "text+recall", budget))
                for budget in budgets[-1:]
            ),
            *(
                (f"ours, {budget:,}", Look(2, "square"), _sent(rows, "text+recall", budget))
                for budget in budgets[1:2]
                if len(budgets) > 2
            ),
        )
        if len(points) > 1
    ]  # fmt: skip
    panels: list[Lines] = []
    if sent:
        panels.append(_by_turn("Tokens sent at a turn", sent))
    for what, title in (
        ("give", "Processor ms to recall and compose"),
        ("fold", "Processor ms to fold a turn"),
    ):
        took: Mapping[str, Any] = machine.get(what, {})
        series = [
            Series(
                name,
                LOOKS[name],
                _took(name, took[name][max(took[name], key=int)]["by turn"]),
            )
            for name in SHOWN
            if name in took and name not in UNBOUNDED and (what == "fold" or name != "window")
        ]
        series = [one for one in series if len(one.points) > 1]
        if series:
            panels.append(_by_turn(title, series))
    return panels


def _took(name: str, by_turn: Sequence[Sequence[float]]) -> tuple[Point, ...]:
    """Return milliseconds by turn, of one turn their middle."""
    times: dict[float, list[float]] = {}
    for turn, ms in by_turn:
        times.setdefault(turn, []).append(ms)
    return tuple(
        Point(turn, ms, f"{name}, turn {turn:,.0f}: {ms:.2f} ms")
        for turn, some in sorted(times.items())
        for ms in (sorted(some)[len(some) // 2],)
    )


def _sent(rows: Sequence[Row], method: str, budget: int) -> tuple[Point, ...]:
    """Return what was given in cases of one kind, those that lie most apart, by turn."""
    mine = [row for row in rows if row.method == method and row.budget == budget]
    kind = next((kind for kind in ("next", "probe", "answer") if _at(rows, kind)), "")
    some = [(row.turn, row.given) for row in mine if row.kind == kind]
    if not some:
        return ()
    low, high = min(some)[0], max(some)[0]
    parts: dict[int, list[tuple[int, int]]] = {}
    for turn, given in some:
        parts.setdefault(_PARTS * (turn - low) // (high - low + 1), []).append((turn, given))
    points: list[Point] = []
    for _, here in sorted(parts.items()):
        turn = sum(at for at, _ in here) / len(here)
        tokens = sum(given for _, given in here) / len(here) / TOKEN
        points.append(Point(turn, tokens, f"turn {turn:,.0f}: {tokens:,.0f} tokens"))
    return tuple(points)


def _at(rows: Sequence[Row], kind: str) -> bool:
    """Whether cases of a kind lie at several turns."""
    return len({row.turn for row in rows if row.kind == kind}) > 1


def _by_turn(title: str, series: Sequence[Series]) -> Lines:
    across = [point.x for one in series for point in one.points]
    up = [point.y for one in series for point in one.points]
    low, high = min(across), max(across)
    if low == high:
        low, high = low - 1, high + 1
    return Lines(
        title,
        Axis(low, high, tuple((at, f"{at:,.0f}") for at in steps(low, high, 4)), "turn"),
        Axis(
            0, max(up) * 1.08 or 1, tuple((at, _short(at)) for at in steps(0, max(up) or 1, 5))
        ),
        tuple(series),
    )


_QUARTERS: Final = {
    "1": "says little",
    "2": "2nd quarter",
    "3": "3rd quarter",
    "4": "says much",
}

_STRATA: Final[Mapping[str, tuple[str, Callable[[str], str]]]] = {
    "boundary": (
        "by place in its sitting",
        lambda value: {"edge": "at its edge"}.get(value, value),
    ),
    "surprise": ("by how much its line says", lambda value: _QUARTERS.get(value, value)),
    "folds": ("by turns since", lambda value: value.replace("-", " to ")),
    "speaker": ("by who said it", lambda value: value),
}


def _strata(kinds: Mapping[str, Any]) -> list[Dots]:
    panels: list[Dots] = []
    for kind in KINDS:
        found = kinds.get(kind)
        if not found:
            continue
        of = {
            name: (title, naming, _stratum(found, name))
            for name, (title, naming) in _STRATA.items()
        }
        by_kind: dict[str, dict[str, Any]] = found.get("categories") or {}
        if any(len(cells) > 1 for cells in by_kind.values()):
            of["category"] = ("by kind", lambda value: value, by_kind)
        short = KINDS[kind].partition(" (")[0]
        for name, (title, naming, by_method) in of.items():
            panel = _dotted(f"{short}, {title}", naming, by_method, ordered=name == "folds")
            if panel is not None:
                panels.append(panel)
    return panels


def _dotted(
    title: str,
    naming: Callable[[str], str],
    by_method: Mapping[str, Mapping[str, Mapping[str, Any]]],
    *,
    ordered: bool,
) -> Dots | None:
    there = [name for name in SHOWN if name in by_method]
    cases = {value: cell["cases"] for name in there for value, cell in by_method[name].items()}
    if len(cases) < 2:
        return None
    if title.endswith(_STRATA["speaker"][0]):
        cases = {value: count for value, count in cases.items() if count >= FEW}
        if len(cases) < 2:
            return None
    values = sorted(sorted(cases, key=lambda value: (-cases[value], value))[:_VALUES])
    if ordered:
        values.sort(
            key=lambda value: int("".join(filter(str.isdigit, value.partition("-")[0])))
        )
    series = [
        Series(
            name,
            LOOKS[name],
            tuple(
                Point(
                    cell["R"],
                    float(row),
                    f"{name}, {naming(value)}: {cell['R']:.1f}, {cell['cases']} cases",
                    cases=cell["cases"],
                )
                for row, value in enumerate(values)
                if (cell := by_method[name].get(value)) is not None and cell["R"] is not None
            ),
        )
        for name in there
    ]
    names = tuple(f"{naming(value)} · {cases[value]}" for value in values)
    ticks = tuple((float(at), str(at)) for at in (0, 50, 100))
    return Dots(title, names, Axis(-30, 130, ticks, "retained, %"), tuple(series))


def _stratum(
    found: Mapping[str, Any], name: str
) -> Mapping[str, Mapping[str, Mapping[str, Any]]]:
    return found["strata"].get(name, {})


def _tokens(series: Sequence[Series], budgets: Sequence[int], everything: int) -> Axis:
    across = [point.x for one in series for point in one.points] or [float(budgets[0])]
    low, high = min(*across, budgets[0]) * 0.88, max(*across, budgets[-1]) * 1.08
    ticks = tuple((float(one), f"{one:,}") for one in budgets if low <= one <= high)
    return Axis(low, high, ticks, f"tokens given, of {everything:,} in all", log=True)


def _percents(series: Sequence[Series]) -> Axis:
    ends = [point.y for one in series if one.name in SHOWN for point in one.points]
    low = max(min([-10.0, *ends]) - 4, -60.0)
    high = min(max([112.0, *ends]) + 6, 160.0)
    return Axis(
        low, high, tuple((float(at), str(at)) for at in range(0, 151, 25) if at <= high)
    )


def steps(low: float, high: float, most: int) -> list[float]:
    """Return round numbers between two others, `most` or fewer intervals."""
    size = 10.0**-3
    while (high - low) / size > most:
        size *= 2.5 if f"{size:e}"[0] == "2" else 2
    return [size * at for at in range(int(-(-low // size)), int(high // size) + 1)]


def _short(value: float) -> str:
    if value >= 10_000:
        return f"{value / 1000:,.0f}k"
    return f"{value:,.0f}" if value >= 10 or value == int(value) else f"{value:.2g}"
