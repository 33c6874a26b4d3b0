"""The tables of a report: claims, controls, all ways side by side, and how it was measured."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from harness.evaluation.contexts import BROKEN, TOKEN
from harness.evaluation.report.figures import KINDS
from harness.evaluation.report.look import MEANS
from harness.evaluation.report.plot import FEW, said
from harness.evaluation.report.reasons import broken, controls, counted, plain, reasons
from harness.evaluation.retained import NAMES
from harness.evaluation.rows import Row

Told = dict[str, Any]


def rows_of(
    heads: Sequence[str], lines: Sequence[Sequence[str]], *, ours: str = "", words: bool = False
) -> str:
    """Return a table; a column of dots alone is left out.

    Args:
        heads: Of the columns, as they may stand in a page.
        lines: Cells, likewise.
        ours: The first cell of lines that are set apart.
        words: Whether cells are words and stand to the left, not figures.
    """
    if not lines:
        return ""
    kept = [at for at in range(len(heads)) if any(line[at] != "·" for line in lines)]
    top = "".join(f"<th>{heads[at]}</th>" for at in kept)
    body = "".join(
        f"<tr{' class=ours' if ours and line[0] == ours else ''}>"
        + "".join(f"<td>{line[at]}</td>" for at in kept)
        + "</tr>"
        for line in lines
    )
    kind = ' class="words"' if words else ""
    return f'<div class="scroll"><table{kind}><tr>{top}</tr>{body}</table></div>'


def claims(kinds: Told, rows: Sequence[Row], dataset: str) -> Iterator[str]:
    """Yield the order of ways with its intervals, why goals are missed, and what must behave."""
    made: dict[str, dict[int, str]] = {}
    for kind, found in kinds.items():
        for one in found["order"]:
            low, high = one["interval"] or (0.0, 0.0)
            sure = found["cases"] >= FEW
            tone = ' class="yes"' if sure and low > 0 else ""
            tone = ' class="no"' if sure and high < 0 else tone
            made.setdefault(
                f"{NAMES[kind]}: {said(one['upper'])} over {said(one['lower'])}", {}
            )[
                one["budget"]
            ] = f"<span{tone}>{one['more']:+.1f}</span> <i>[{low:.1f}, {high:.1f}]</i>"
    budgets = sorted({budget for cells in made.values() for budget in cells})
    yield (
        "<p>How many points more the one retains than the other. Green: the whole interval "
        "is above nothing. Red: it is the other way round. What has no colour is not sure.</p>"
    )
    yield rows_of(
        ("retains more", *(f"{budget:,} tokens" for budget in budgets)),
        [
            (name, *(cells.get(budget, "·") for budget in budgets))
            for name, cells in made.items()
        ],
    )
    for line in reasons(kinds, rows):
        yield f"<p>{said(line)}</p>"
    watched = controls(kinds, dataset)
    if watched:
        yield "<h3>Controls</h3>"
        named: dict[tuple[str, str], dict[int, str]] = {}
        for one in watched:
            tone = "yes" if one.fine else "no"
            named.setdefault((said(f"{one.symbol}: {one.method}"), one.allowed), {})[
                one.budget
            ] = f'<span class="{tone}">{plain(one.got)}</span>'
        across = sorted({one.budget for one in watched})
        yield rows_of(
            ("control", "must be", *(f"{budget:,} tokens" for budget in across)),
            [
                (name, allowed, *(cells.get(budget, "·") for budget in across))
                for (name, allowed), cells in named.items()
            ],
        )
    caught = broken({"verifiers": {"": kinds}})
    if caught:
        yield "<h3>Broken on purpose</h3>"
        yield rows_of(
            ("what is wrong", "told from ours by (points less)"),
            [
                (said(f"{method}: {BROKEN.get(method, '')}"), said(", ".join(by) or "nothing"))
                for method, by in caught.items()
            ],
            words=True,
        )


def side_by_side(kind: str, found: Told) -> Iterator[str]:
    """Yield the table of all ways at all budgets in cases of one kind."""
    methods: dict[str, dict[str, Told]] = found["methods"]
    budgets = list(dict.fromkeys(key for cells in methods.values() for key in cells))
    yield f"<h3>{KINDS[kind]}, {counted(found['cases'])}</h3>"
    lines = [
        (
            said(method),
            *(_cell(cells.get(budget)) for budget in budgets),
            *(_last(cells, name) for name in ("stems", "truly", "right")),
            f"{list(cells.values())[-1]['bits a byte']:.2f}",
        )
        for method, cells in methods.items()
    ]
    last = f"{int(budgets[-1]):,}" if budgets else ""
    heads = [f"{int(budget):,} tokens" for budget in budgets]
    extra = [f"{name} at {last}, %" for name in ("answer's stems", "truly said", "right")]
    yield rows_of(("given", *heads, *extra, "bits a byte"), lines, ours="text+recall")


def changed(found: Told) -> Iterator[str]:
    """Yield what is told of what had several values, of ways and budgets, if anything had any."""
    methods: dict[str, dict[str, Told]] = found["methods"]
    cases = max(
        (cell.get("changed", 0) for cells in methods.values() for cell in cells.values()),
        default=0,
    )
    if not cases:
        return
    budgets = list(dict.fromkeys(key for cells in methods.values() for key in cells))
    yield f"<h3>What has changed since, {counted(cases)}</h3>"
    yield (
        "<p>Of something that had several values, how often the newest is told · what share of "
        "the older ones is told too · how often an older one is told after it, or without it, so "
        "that it would be taken for true. In percent: 100 · 100 · 0 is best. Last column: how "
        "often recall ranks the newest before the older.</p>"
    )
    lines = [
        (
            said(method),
            *(_three(cells.get(budget)) for budget in budgets),
            _last(cells, "first"),
        )
        for method, cells in methods.items()
        if any("changed" in cell for cell in cells.values())
    ]
    heads = [f"{int(budget):,} tokens" for budget in budgets]
    yield rows_of(("given", *heads, "newest ranked first, %"), lines, ours="text+recall")


def agreement(told: Told) -> Iterator[str]:
    """Yield how far two verifiers put ways in the same order, and which are in another one."""
    yield (
        "<section><h2>Do the verifiers agree?</h2><p>They count different bits, so figures differ; "
        "what they must share is the order. Of all pairs of ways, the share that both put in the "
        "same one, chance being half:</p>"
    )
    shares: dict[tuple[str, str], dict[int, str]] = {}
    for what, share in told["agreement"].items():
        pair, kind, budget = what.rsplit(" ", 2)
        shares.setdefault((pair, kind), {})[int(budget)] = f"{share:.0f} %"
    budgets = sorted({budget for cells in shares.values() for budget in cells})
    yield rows_of(
        ("pairs in the same order", *(f"{budget:,} tokens" for budget in budgets)),
        [
            (
                f"{KINDS[kind]}, {said(pair.replace('/', ' and '))}",
                *(cells.get(budget, "·") for budget in budgets),
            )
            for (pair, kind), cells in shares.items()
        ],
    )
    yield "<p>And of ours, how many points the one retains more than the other by each:</p>"
    claimed: dict[tuple[str, int], dict[str, str]] = {}
    for name, kinds in told["verifiers"].items():
        for kind, found in kinds.items():
            for one in found["order"]:
                claim = f"{NAMES[kind]}: {said(one['upper'])} over {said(one['lower'])}"
                claimed.setdefault((claim, one["budget"]), {})[name] = f"{one['more']:+.1f}"
    names = list(told["verifiers"])
    yield rows_of(
        ("retains more", "tokens", *map(said, names)),
        [
            (claim, f"{budget:,}", *(cells.get(name, "·") for name in names))
            for (claim, budget), cells in claimed.items()
        ],
    )
    yield "</section>"


def _three(cell: Told | None) -> str:
    if cell is None or "changed" not in cell:
        return "·"
    return " · ".join(f"{cell[name]:.0f}" for name in ("newest", "older", "contradicts"))


def _cell(cell: Told | None) -> str:
    if cell is None or cell["R"] is None:
        return "·"
    ends = cell["interval"]
    sure = f" <i>[{ends[0]:.0f}, {ends[1]:.0f}]</i>" if ends and ends[0] != ends[1] else ""
    return f"{plain(cell['R'])}{sure}"


def _last(cells: Mapping[str, Told], name: str) -> str:
    last = list(cells.values())[-1]
    return f"{last[name]:.1f}" if name in last else "·"


def method(told: Told) -> Iterator[str]:
    """Yield what the run is of, and what each way gives."""
    yield "<section><h2>How it was measured</h2><dl>"
    facts = {
        "R": "(bits of the wrong conversation − bits of what was given) ÷ (bits of the wrong "
        "conversation − bits of everything), sums over all cases, in percent; 95 % intervals by "
        "drawing cases anew 2,000 times, the same draws for all ways",
        "tokens": f"of {TOKEN} bytes each",
        "data": f"<code>{said(told['data'])}</code>",
        "code": f"<code>{said(told['code'])}</code>",
        "sample": f"seed {told['seed']}",
        **{
            f"verifier {said(name)}": f"<code>{said(digest)}</code>"
            for name, digest in told["digests"].items()
        },
    }
    yield "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in facts.items())
    yield "</dl><h3>What each way gives</h3>"
    there = {
        method
        for kinds in told["verifiers"].values()
        for one in kinds.values()
        for method in one["methods"]
    }
    yield rows_of(
        ("way", "gives"),
        [(said(name), f"{said(what)}") for name, what in MEANS.items() if name in there],
        words=True,
    )
    yield (
        '<p class="small">The reader rewards the same words, not the same meaning: who says it '
        "otherwise is worth less here than to a person. More than 100 means that everything "
        "distracts it. Small samples have wide intervals; look at those first.</p></section>"
    )
