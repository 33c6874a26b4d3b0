"""Why figures are what they are, in sentences and short tables, from the rows alone.

A goal that is missed is missed somewhere: in the questions whose answer was not among what was
given, or in the others. What the next turns gain from the past at all says how large a point is.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.evaluation.report.figures import KINDS
from harness.evaluation.report.plot import FEW
from harness.evaluation.retained import ENOUGH, NAMES, bounds
from harness.evaluation.rows import Row

GOAL = 5.0
"""Points that strata of age and of boundary may lie apart."""


@dataclass(frozen=True, slots=True)
class Control:
    """What a control is, and must be."""

    symbol: str
    method: str
    budget: int
    got: float
    allowed: str
    fine: bool


def controls(kinds: Mapping[str, Any], dataset: str) -> list[Control]:
    """Return the controls that can reject a run of this many cases of a set."""
    told: list[Control] = []
    for kind, found in kinds.items():
        for method, (least, most) in bounds(dataset).items():
            allowed = _between(least, most)
            for budget, cell in found["methods"].get(method, {}).items():
                got = cell["R"]
                if got is None or cell["cases"] < ENOUGH:
                    continue
                fine = (least is None or got >= least) and (most is None or got <= most)
                told.append(Control(NAMES[kind], method, int(budget), got, allowed, fine))
    return told


def _between(least: float | None, most: float | None) -> str:
    if least is None or most is None:
        return f"at most {most:.0f}" if least is None else f"above {least:.0f}"
    return f"{least:.0f}" if least == most else f"{least:.0f} to {most:.0f}"


def broken(told: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return by what each memory that is broken on purpose was caught, by any verifier.

    Those are left out that were tried in too few cases to catch anything.
    """
    caught: dict[str, list[str]] = {}
    for kinds in told["verifiers"].values():
        for kind, found in kinds.items():
            if found["cases"] < ENOUGH:
                continue
            for method, by in found["broken"].items():
                names = caught.setdefault(method, [])
                for one in by:
                    where = "" if one["by"] in NAMES.values() else f" of {NAMES[kind]}"
                    names.append(f"{one['by']}{where} ({one['more']:.1f})")
    return caught


def spreads(kinds: Mapping[str, Any], figure: str) -> Iterator[str]:
    """Yield how far apart the strata of ours lie, of which enough cases were measured."""
    for kind in KINDS:
        found = kinds.get(kind)
        stratum = "age" if figure == "age" else "boundary"
        strata: Mapping[str, Any] = found["strata"] if found else {}
        cells: Mapping[str, Any] = strata.get(stratum, {}).get("text+recall", {})
        values: list[float] = [
            cell["R"]
            for cell in cells.values()
            if cell["R"] is not None and cell["cases"] >= FEW
        ]
        if len(values) > 1:
            apart = max(values) - min(values)
            verdict = "within" if apart <= GOAL else "beyond"
            yield (
                f"{KINDS[kind]}: text+recall differs by {apart:.1f} points between strata of "
                f"{stratum}, {verdict} the goal of {GOAL:.0f}."
            )


def reasons(kinds: Mapping[str, Any], rows: Sequence[Row]) -> Iterator[str]:
    """Yield, for each goal, whether it is reached, and if not, where its points are lost."""
    for kind, found in kinds.items():
        for goal in found["goals"]:
            some = [row for row in rows if row.kind == kind]
            yield _verdict(goal, kind)
            if goal["misses by"]:
                yield from _room(found["methods"][goal["method"]], goal, kind)
            yield from _where(some, goal, kind)


def _verdict(goal: Mapping[str, Any], kind: str) -> str:
    ends = goal["interval"]
    sure = f" [{ends[0]:.1f}, {ends[1]:.1f}]" if ends else ""
    missed = f"misses it by {goal['misses by']:.1f}" if goal["misses by"] else "reaches it"
    if goal["misses by"] and ends and ends[1] >= goal["goal"]:
        missed += ", and its interval reaches it"
    return (
        f"{NAMES[kind]}, goal {goal['goal']:.0f} in {goal['tokens']:,} tokens: the best of ours, "
        f"{goal['method']} at {goal['budget']:,}, has {goal['best']:.1f}{sure} and {missed}."
    )


def _room(
    cells: Mapping[str, Mapping[str, Any]], goal: Mapping[str, Any], kind: str
) -> Iterator[str]:
    """Yield what twice as many tokens are worth: whether it is room that is missing."""
    more = [budget for budget in sorted(map(int, cells)) if budget > goal["budget"]]
    less = [budget for budget in sorted(map(int, cells)) if budget < goal["budget"]]
    here = goal["budget"]
    for one, other in ((here, more[0]),) if more else ((less[-1], here),) if less else ():
        low, high = cells[str(one)]["R"], cells[str(other)]["R"]
        if low is not None and high is not None:
            yield (
                f"{NAMES[kind]}: from {one:,} to {other:,} tokens {goal['method']} retains "
                f"{high - low:.1f} points more."
            )


def _where(rows: Sequence[Row], goal: Mapping[str, Any], kind: str) -> Iterator[str]:
    def of(method: str, budget: int) -> dict[tuple[str, str], Row]:
        return {
            (row.talk, row.case): row
            for row in rows
            if row.method == method and row.budget == budget
        }

    budget = goal["budget"]
    ours, zero, full = of(goal["method"], budget), of("wrong", budget), of("full", 0)
    cases = sorted(ours.keys() & zero.keys() & full.keys())
    whole = sum(zero[case].bits - full[case].bits for case in cases)
    if whole <= 0:
        return

    def points(some: Sequence[tuple[str, str]]) -> float:
        return 100 * sum(ours[case].bits - full[case].bits for case in some) / whole

    lacking = [case for case in cases if 0 <= ours[case].stems < full[case].stems]
    if any(full[case].stems >= 0 for case in cases):
        others = sorted(set(cases) - set(lacking))
        yield (
            f"{NAMES[kind]}, {goal['method']} at {budget:,} tokens: in {len(lacking)} of "
            f"{len(cases)} questions not every word of the answer that the conversation has was "
            f"given; these {_loses(points(lacking))}, the other {len(others)} "
            f"{_loses(points(others))}, against everything."
        )
    saved = 100 * whole / sum(zero[case].bits for case in cases)
    yield (
        f"{NAMES[kind]}: after everything, what came next takes {saved:.1f} % fewer bits than "
        f"after another conversation; one point is {whole / 100 / (1 << 16) / len(cases):.2f} "
        "bits a case."
    )


def counted(cases: int) -> str:
    """Return how many cases, in words."""
    return "1 case" if cases == 1 else f"{cases:,} cases"


def plain(value: float) -> str:
    """Return a figure to one digit; what rounds to nothing has no sign."""
    return f"{round(value, 1) + 0.0:.1f}"


def _loses(points: float) -> str:
    return f"lose {points:.1f} points" if points >= 0 else f"gain {-points:.1f} points"
