"""What it costs: bytes that are kept, tokens sent, processor time; model calls and network none."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from harness.evaluation.contexts import TOKEN
from harness.evaluation.report.look import LOOKS
from harness.evaluation.report.plot import said
from harness.evaluation.report.tables import rows_of
from harness.evaluation.rows import Row

Told = dict[str, Any]


def accounting(
    told: Told, rows: Sequence[Row], machine: Mapping[str, Any], model: Mapping[str, int]
) -> Iterator[str]:
    """Yield the accounts of a run, the same table for every way."""
    yield "<section><h2>What it costs</h2>"
    sizes: dict[str, int] = told["accounts"]
    text = sizes.get("text", 0)
    if text:
        names = {
            "payload": "payload: every word, exactly",
            "words": "index: postings of words",
            "gist": "index: gists, always at hand",
            "code": "index: what a part is about",
        }
        lines = [
            (label, f"{sizes[name]:,}", f"{100 * sizes[name] / text:.1f} %")
            for name, label in names.items()
            if name in sizes
        ]
        whole = sum(sizes.get(name, 0) for name in names)
        lines.append(("together", f"{whole:,}", f"{100 * whole / text:.1f} %"))
        raw = model.get("raw", 0)
        if raw:
            lines.append(
                (
                    "byte model, for ways named state alone",
                    f"{raw:,}",
                    f"{100 * raw / text:.0f} %",
                )
            )
        yield rows_of((f"kept of {text:,} bytes of text", "bytes", "of the text"), lines)
    took: list[Sequence[str]] = []
    for method in LOOKS:
        given = [row.given for row in rows if row.method == method and row.budget]
        for budget in sorted({row.budget for row in rows if row.method == method}):
            given = [row.given for row in rows if (row.method, row.budget) == (method, budget)]
            fold = _ms(machine.get("fold", {}).get(method, {}), budget)
            took.append(
                (
                    said(method),
                    f"{budget:,}" if budget else "all",
                    f"{sum(given) / len(given) / TOKEN:,.0f}",
                    _ms(machine.get("give", {}).get(method, {}), budget),
                    fold,
                    "0",
                    "0",
                )
            )
    yield rows_of(
        ("given", "budget", "tokens sent", "ms to give, p50 / p95", "ms to fold, p50 / p95",
         "model calls", "bytes over the network"),
        took,
        ours="text+recall",
    )  # fmt: skip
    if machine.get("peak bytes"):
        yield (
            f'<p class="small">Processor time of the machine of this run; its peak memory '
            f"{machine['peak bytes'] / (1 << 20):,.0f} MiB, connections it made: "
            f"{machine['connections']}. A fold is shown for the budget of cc that belongs to the "
            "row, where it was timed apart.</p>"
        )
    yield "</section>"


def _ms(by_budget: Mapping[str, Mapping[str, float]], budget: int) -> str:
    one = by_budget.get(str(budget))
    if one is None and len(by_budget) and budget:
        # Folds are timed by the bytes of cc, the budget's share of four bytes a token.
        ordered = sorted(by_budget, key=int)
        fit = [size for size in ordered if int(size) in (budget // 4, budget * TOKEN)]
        one = by_budget[fit[-1]] if fit else None
    return f"{one['p50']:.2f} / {one['p95']:.2f}" if one else "·"
