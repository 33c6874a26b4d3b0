"""What a run shows: rows in, one object out, and nothing else looked at.

Retention is the share of the bits that everything saves over another conversation's lines:
R = (bits(wrong) - bits(given)) / (bits(wrong) - bits(full)), sums over all cases, in percent.
Cases are drawn anew for the intervals (Efron 1979), the same draws for every way, so that the
interval of a difference is that of pairs. A run whose controls misbehave is rejected.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from harness.evaluation.contexts import BROKEN, UNBOUNDED, WAYS
from harness.evaluation.measures import ONE
from harness.evaluation.rows import Manifest, Row

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ZERO: Final = 5.0
"""Percent of R that a second wrong conversation may be off."""
ENOUGH: Final = 20
"""Cases of a kind from which its controls can reject a run, and what is broken can be caught;
below, chance does either."""
ADVERSARIAL: Final = "adversarial"

NAMES: Final = {"answer": "R", "next": "R'", "probe": "probes"}
"""What retention of each kind is called."""

ORDERS: Final = (("window", "text"), ("text", "text+recall"), ("window", "text+recall"))
"""Of each two ways, the second is to retain more than the first."""
GOALS: Final = (("answer", 1024, 100.0), ("next", 4096, 70.0))
"""Percent that the best of ours is to retain in how many tokens at most."""
OURS: Final = ("text", "recall", "text+recall", "state", "state+recall")

SHARES: Final = {
    "stems": ONE, "truly": ONE, "right": 1, "newest": 1, "older": ONE, "last": 1, "first": 1,
}  # fmt: skip
"""What else rows tell of what is given, each with what a row has for a whole."""

_DRAWS: Final = 2000
_BLOCK: Final = 100
_SEED: Final = 20240227


@dataclass(frozen=True, slots=True)
class Cell:
    """Rows of one way at one budget, with what they are held against, case by case."""

    rows: tuple[Row, ...]
    zero: tuple[Row, ...]
    """The wrong conversation's."""
    full: tuple[Row, ...]

    @property
    def retained(self) -> float | None:
        """R in percent; `None` where everything saves nothing."""
        whole = sum(row.bits for row in self.zero) - sum(row.bits for row in self.full)
        saved = sum(row.bits for row in self.zero) - sum(row.bits for row in self.rows)
        return round(100 * saved / whole, 2) if whole > 0 else None


class Retained:
    """All rows of one verifier and kind, found by way and budget."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._by: dict[tuple[str, int], dict[tuple[str, str], Row]] = {}
        for row in rows:
            self._by.setdefault((row.method, row.budget), {})[row.talk, row.case] = row
        self.budgets = sorted({row.budget for row in rows if row.budget})
        there = {row.method for row in rows}
        self.methods = [method for method in WAYS if method in there]

    def cell(
        self, method: str, budget: int, fits: Callable[[Row], bool] | None = None
    ) -> Cell | None:
        """Return the cases that all three have been measured in; `None` if there are none."""
        own = self._by.get((method, 0 if method in UNBOUNDED else budget), {})
        zero, full = self._by.get(("wrong", budget), {}), self._by.get(("full", 0), {})
        keys = [
            key
            for key in sorted(own)
            if key in zero and key in full and (fits is None or fits(own[key]))
        ]
        if not keys:
            return None
        return Cell(*(tuple(of[key] for key in keys) for of in (own, zero, full)))

    @cached_property
    def dice(self) -> "Mapping[int, list[NDArray[np.int64]]]":
        """Draws by how many cases there are, made when they are asked for."""
        return _Dice()


class _Dice(dict[int, "list[NDArray[np.int64]]"]):
    def __missing__(self, count: int) -> "list[NDArray[np.int64]]":
        import numpy as np  # noqa: PLC0415 - only who measures waits for it

        dice = np.random.RandomState(_SEED)  # its stream is promised never to change
        self[count] = [
            dice.randint(0, count, size=(_BLOCK, count)) for _ in range(0, _DRAWS, _BLOCK)
        ]
        return self[count]


def interval(
    upper: Sequence[int], lower: Sequence[int], dice: "Mapping[int, list[NDArray[np.int64]]]"
) -> list[float]:
    """Return the 95 % interval of the sum of `upper` by that of `lower`, in percent.

    The percentile bootstrap with 2,000 draws of cases; draws without a denominator are not
    counted, and without any there is no interval.
    """
    import numpy as np  # noqa: PLC0415

    above, below = np.array(upper, dtype=np.int64), np.array(lower, dtype=np.int64)
    shares: list[float] = []
    for drawn in dice[len(above)]:
        sums = zip(above[drawn].sum(axis=1), below[drawn].sum(axis=1), strict=True)
        shares += [100 * int(one) / int(whole) for one, whole in sums if whole > 0]
    if not shares:
        return []
    shares.sort()
    edge = len(shares) // 40
    return [round(shares[edge], 2), round(shares[-1 - edge], 2)]


def report(manifest: Manifest, rows: Sequence[Row]) -> dict[str, Any]:
    """Return everything that a run shows: a function of its rows and nothing else."""
    by: dict[str, Any] = {}
    rejected: list[str] = []
    for name in sorted({row.verifier for row in rows}):
        kinds: dict[str, Any] = {}
        for kind, symbol in NAMES.items():
            some = [row for row in rows if row.verifier == name and row.kind == kind]
            if not some:
                continue
            table = Retained(some)
            kinds[kind] = _told(table, kind)
            wrongs = _rejected(table, bounds(manifest.dataset))
            rejected += [f"{name}, {symbol}: {one}" for one in wrongs]
        by[name] = kinds
    return {
        "dataset": manifest.dataset,
        "data": manifest.data,
        "code": manifest.code,
        "seed": manifest.seed,
        "digests": dict(manifest.verifiers),
        "rows": len(rows),
        "verifiers": by,
        "agreement": _agreement(by),
        "accounts": _accounts(manifest),
        "rejected": rejected,
    }


def _told(table: Retained, kind: str) -> dict[str, Any]:
    told: dict[str, Any] = {
        "cases": max(
            (
                len(cell.rows)
                for budget in table.budgets
                if (cell := table.cell("wrong", budget)) is not None
            ),
            default=0,
        ),
        "methods": _methods(table),
    }
    if kind == "answer":
        apart = _methods(table, lambda row: row.category != ADVERSARIAL)
        if apart != told["methods"]:
            told["without adversarial"] = apart
        told["categories"] = _strata(table, lambda row: row.category)
    if kind == "probe":
        told["categories"] = _strata(table, lambda row: row.category)
    told["strata"] = {
        name: strata
        for name, of in STRATA.items()
        if (strata := _strata(table, of))
        and any(len(by_value) > 1 for by_value in strata.values())
    }
    told["order"] = _order(table)
    told["goals"] = _goals(table, kind)
    told["broken"] = _broken(table, kind)
    return told


def _methods(
    table: Retained, fits: Callable[[Row], bool] | None = None
) -> dict[str, dict[str, dict[str, Any]]]:
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for method in table.methods:
        cells = {
            str(budget): _cell(cell, table)
            for budget in table.budgets
            if (cell := table.cell(method, budget, fits)) is not None
        }
        if cells:
            found[method] = cells
    return found


def _cell(cell: Cell, table: Retained) -> dict[str, Any]:
    saved = [zero.bits - row.bits for zero, row in zip(cell.zero, cell.rows, strict=True)]
    whole = [zero.bits - row.bits for zero, row in zip(cell.zero, cell.full, strict=True)]
    told: dict[str, Any] = {
        "R": cell.retained,
        "interval": interval(saved, whole, table.dice),
        "bits": sum(row.bits for row in cell.rows) >> 16,
        "bits a byte": _ratio(
            sum(row.bits for row in cell.rows) >> 16, sum(row.length for row in cell.rows)
        ),
        "given": _ratio(sum(row.given for row in cell.rows), len(cell.rows)),
        "cases": len(cell.rows),
    }
    for name, scale in SHARES.items():
        values = [value for row in cell.rows if (value := getattr(row, name)) >= 0]
        if values:
            told[name] = round(100 * sum(values) / len(values) / scale, 2)
    if changed := [row for row in cell.rows if row.newest >= 0]:
        wrong = sum(row.older > 0 and not row.last for row in changed)
        told["contradicts"] = round(100 * wrong / len(changed), 2)
        told["changed"] = len(changed)
    return told


def _ratio(upper: int, lower: int) -> float:
    return round(upper / lower, 3) if lower else 0.0


def _age(row: Row) -> str:
    if row.folds < 0 or row.turn <= 0:
        return ""
    return str(min(5 * (row.folds - 1) // row.turn, 4) + 1)


def _folds(row: Row) -> str:
    if row.folds < 0:
        return ""
    edges = (16, 64, 256, 1024)
    lower = max((edge for edge in edges if row.folds > edge), default=0)
    upper = next((edge for edge in edges if row.folds <= edge), 0)
    return f"{lower + 1}-{upper}" if upper else f"over {lower}"


STRATA: Final[Mapping[str, Callable[[Row], str]]] = {
    "age": _age,
    "boundary": lambda row: {0: "within", 1: "edge"}.get(row.edge, ""),
    "surprise": lambda row: str(row.surprise + 1) if row.surprise >= 0 else "",
    "speaker": lambda row: f"{row.talk}/{row.speaker}" if row.speaker else "",
    "folds": _folds,
}
"""Where the evidence lies: its fifth of the past, the newest first; and so on."""


def _strata(table: Retained, of: Callable[[Row], str]) -> dict[str, dict[str, dict[str, Any]]]:
    """Return R of each way at the largest budget, by stratum."""
    if not table.budgets:
        return {}
    budget = table.budgets[-1]
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for method in table.methods:
        whole = table.cell(method, budget)
        values = sorted({of(row) for row in whole.rows} - {""}) if whole else []
        cells = {
            value: cell
            for value in values
            if (cell := table.cell(method, budget, lambda row, value=value: of(row) == value))
        }
        if cells:
            found[method] = {
                value: {
                    "R": cell.retained,
                    "cases": len(cell.rows),
                    **(
                        {
                            "right": round(
                                100 * sum(row.right for row in cell.rows) / len(cell.rows), 2
                            )
                        }
                        if cell.rows[0].right >= 0
                        else {}
                    ),
                }
                for value, cell in cells.items()
            }
    return found


def _difference(table: Retained, lower: str, upper: str, budget: int) -> dict[str, Any] | None:
    """Return by how much `upper` retains more than `lower`, over the cases of both."""
    one, other = table.cell(lower, budget), table.cell(upper, budget)
    if one is None or other is None:
        return None
    keys = {(row.talk, row.case) for row in one.rows} & {
        (row.talk, row.case) for row in other.rows
    }
    if not keys:
        return None

    def fits(row: Row) -> bool:
        return (row.talk, row.case) in keys

    one, other = table.cell(lower, budget, fits), table.cell(upper, budget, fits)
    if one is None or other is None:
        return None
    more = [a.bits - b.bits for a, b in zip(one.rows, other.rows, strict=True)]
    whole = [a.bits - b.bits for a, b in zip(one.zero, one.full, strict=True)]
    if sum(whole) <= 0:
        return None
    return {
        "more": round(100 * sum(more) / sum(whole), 2),
        "interval": interval(more, whole, table.dice),
        "cases": len(keys),
    }


def _order(table: Retained) -> list[dict[str, Any]]:
    return [
        {"lower": lower, "upper": upper, "budget": budget, **found}
        for lower, upper in ORDERS
        for budget in table.budgets
        if (found := _difference(table, lower, upper, budget)) is not None
    ]


def _goals(table: Retained, kind: str) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = []
    for of, most, percent in GOALS:
        reached = [
            (cell.retained, method, budget)
            for method in OURS
            for budget in table.budgets
            if of == kind
            and budget <= most
            and (cell := table.cell(method, budget)) is not None
            and cell.retained is not None
        ]
        if reached:
            best, method, budget = max(reached)
            cell = table.cell(method, budget)
            told.append(
                {
                    "goal": percent,
                    "tokens": most,
                    "best": best,
                    "method": method,
                    "budget": budget,
                    "misses by": round(max(percent - best, 0.0), 2),
                    "interval": _cell(cell, table)["interval"] if cell else [],
                }
            )
    return told


def _broken(table: Retained, kind: str) -> dict[str, list[dict[str, Any]]]:
    """Return by which measures each broken carrier is told from ours, and how surely.

    It is caught by a measure where the interval of what it loses, case by case, does not reach
    down to nothing, and only by as many cases as a control needs: a handful catches anything.
    """
    found: dict[str, list[dict[str, Any]]] = {}
    for method in table.methods:
        if method not in BROKEN:
            continue
        caught: list[dict[str, Any]] = []
        for budget in table.budgets:
            less = _difference(table, method, "text+recall", budget)
            if less is not None and _surely(less):
                caught.append({"by": NAMES[kind], "budget": budget, **less})
            caught += _caught(table, method, budget)
        found[method] = caught
    return found


def _caught(table: Retained, method: str, budget: int) -> list[dict[str, Any]]:
    """Return the measures of what is given, beside its bits, that tell `method` from ours."""
    spoilt, honest = table.cell(method, budget), table.cell("text+recall", budget)
    if spoilt is None or honest is None or len(spoilt.rows) != len(honest.rows):
        return []
    told: list[dict[str, Any]] = []
    for name, scale in SHARES.items():
        pairs = [
            (getattr(good, name), getattr(bad, name))
            for good, bad in zip(honest.rows, spoilt.rows, strict=True)
            if getattr(good, name) >= 0 and getattr(bad, name) >= 0
        ]
        if not pairs:
            continue
        less = [good - bad for good, bad in pairs]
        found = {
            "more": round(100 * sum(less) / len(less) / scale, 2),
            "interval": interval(less, [scale] * len(less), table.dice),
            "cases": len(less),
        }
        if _surely(found):
            told.append({"by": name, "budget": budget, **found})
    return told


def _surely(less: Mapping[str, Any]) -> bool:
    """Whether what a broken carrier loses is more than nothing, in enough cases to say so."""
    return less["cases"] >= ENOUGH and bool(less["interval"]) and less["interval"][0] > 0


def bounds(dataset: str) -> dict[str, tuple[float | None, float | None]]:
    """Return between what the retention of each control must be, in percent.

    Who has read nothing still has in mind how one asks, which every verifier has read last. It
    counts where an answer is a word or two, as in `streams`: there nothing may be worth more
    than another conversation, by this much.
    """
    nothing = 3 * ZERO if dataset == "streams" else ZERO
    return {
        "wrong2": (-ZERO, ZERO),
        "none": (None, nothing),
        "shuffled": (0.0, 100.0 + 2 * ZERO),
        "oracle": (0.0, None),
        "full": (100.0, 100.0),
    }


def _rejected(
    table: Retained, allowed: Mapping[str, tuple[float | None, float | None]]
) -> list[str]:
    """Return what of the controls misbehaves."""
    told: list[str] = []
    for budget in table.budgets:
        for method, (least, most) in allowed.items():
            cell = table.cell(method, budget)
            if cell is None or len(cell.rows) < ENOUGH:
                continue
            got = cell.retained
            if got is None:
                told.append(f"everything tells no more than another talk at {budget} tokens")
                break
            if (least is not None and got < least) or (most is not None and got > most):
                told.append(f"{method} is {got:.1f} at {budget} tokens")
    return told


def _agreement(by: Mapping[str, Any]) -> dict[str, Any]:
    """Return how many of all pairs of ways any two verifiers put in the same order."""
    told: dict[str, Any] = {}
    for one, other in pairwise(sorted(by)):
        for kind in by[one].keys() & by[other].keys():
            mine, theirs = by[one][kind]["methods"], by[other][kind]["methods"]
            for budget in {key for cells in mine.values() for key in cells}:
                values = [
                    (mine[method][budget]["R"], theirs[method][budget]["R"])
                    for method in mine
                    if budget in mine[method] and budget in theirs.get(method, {})
                ]
                same = whole = 0
                for at, (left, right) in enumerate(values):
                    for left2, right2 in values[at + 1 :]:
                        whole += 1
                        same += (left < left2) == (right < right2)
                if whole:
                    told[f"{one}/{other} {kind} {budget}"] = round(100 * same / whole, 2)
    return dict(sorted(told.items()))


def _accounts(manifest: Manifest) -> dict[str, int]:
    """Return the sums over talks of what is kept."""
    sums: dict[str, int] = {}
    for of_talk in manifest.accounts.values():
        for name, size in of_talk.items():
            sums[name] = sums.get(name, 0) + size
    return sums
