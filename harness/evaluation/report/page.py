"""The report of a run as one file of HTML: verdict first, then what it rests on.

A function of the run's rows and manifest, and of what its machine took where that is known.
Nothing in it is fetched or run: a policy in the head shuts out what might slip through, and
every word that comes from rows is escaped. It follows the reader's scheme, light or dark.
"""

from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any, Final

from harness.evaluation.contexts import BROKEN, TOKEN
from harness.evaluation.report.figures import KINDS, Figure, figures
from harness.evaluation.report.look import LOOKS, MEANS, colours, rules
from harness.evaluation.report.plot import draw, key, said
from harness.evaluation.report.reasons import broken, controls, reasons, spreads
from harness.evaluation.retained import NAMES, report
from harness.evaluation.rows import Manifest, Row

Told = dict[str, Any]

_VARIABLES: Final = "}@media(prefers-color-scheme:dark){:root".join(
    "{" + ";".join(f"--{name}:{value}" for name, value in colours(scheme).items()) + "}"
    for scheme in ("light", "dark")
)

_LAYOUT: Final = """
*{box-sizing:border-box}
html{color-scheme:light dark;text-size-adjust:100%}
body{margin:0 auto;max-width:82rem;padding:0 1.5rem 4rem;background:var(--ground);
color:var(--ink);font:1.0625rem/1.6 Charter,"Bitstream Charter","Iowan Old Style",Cambria,
Georgia,serif}
h1{font-size:2rem;line-height:1.2;margin:3rem 0 .4rem}
h2{font-size:1.3rem;margin:3.2rem 0 .3rem}
h3{font-size:1.05rem;margin:2rem 0 .5rem}
p{max-width:46rem;margin:.4rem 0}
.small,table,.card,.badge,.legend{font-family:"Helvetica Neue",Arial,"DejaVu Sans",sans-serif}
.small{font-size:.84rem;line-height:1.5;color:var(--small);max-width:60rem}
.badge{max-width:none;margin:1.4rem 0;padding:.8rem 1.1rem;background:var(--box);
border-left:5px solid var(--good);font-size:.95rem}
.badge.bad{border-color:var(--bad)}
.badge ul{margin:.3rem 0 0;padding-left:1.2rem}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(13.5rem,1fr));gap:1rem}
.card{background:var(--box);border-radius:8px;padding:1rem 1.1rem;font-size:.84rem;
line-height:1.45;color:var(--small)}
.card b{display:block;font-size:1.9rem;line-height:1.2;color:var(--ink);
font-variant-numeric:tabular-nums}
.card .verdict{font-weight:600}
.yes{color:var(--good)}.no{color:var(--bad)}
.panels{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(20rem,100%),1fr));
gap:1.2rem 1.6rem;margin-top:1rem;align-items:start}
.plot{display:block;width:100%;height:auto;max-width:31rem}
.legend svg{display:block;max-width:100%;height:auto}
.scroll{overflow-x:auto}
table{border-collapse:collapse;font-size:.84rem;line-height:1.4;margin:.6rem 0;
font-variant-numeric:tabular-nums}
th,td{padding:.28rem .9rem .28rem 0;text-align:right;white-space:nowrap;
border-bottom:1px solid var(--line);vertical-align:top}
th:first-child,td:first-child{text-align:left}
th{font-weight:600;color:var(--small)}
td i{font-style:normal;color:var(--small);font-size:.92em}
td.wide{white-space:normal;text-align:left;min-width:16rem}
tr.ours td{font-weight:600}
code{font-family:ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace;
font-size:.86em;overflow-wrap:anywhere}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1.2rem;font-size:.9rem}
dt{color:var(--small)}dd{margin:0;overflow-wrap:anywhere}
@media print{body{max-width:none}.panels,.cards{break-inside:avoid}}
"""

_SHEET: Final = f":root{_VARIABLES}}}{_LAYOUT}{rules(lambda name: f'var(--{name})')}"


def page(
    manifest: Manifest,
    rows: Sequence[Row],
    machine: Mapping[str, Any] | None = None,
    model: Mapping[str, int] | None = None,
) -> str:
    """Return the page.

    Args:
        manifest: Of the run.
        rows: Of the run.
        machine: What `accounting.costs` says; left out where nobody measured.
        model: What `accounting.model` says: bytes of the byte model.
    """
    told = report(manifest, rows)
    digest = b64encode(sha256(_SHEET.encode()).digest()).decode()
    return "".join(
        [
            '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width,initial-scale=1">'
            '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
            f"style-src 'sha256-{digest}'\">"
            f"<title>Continuity: {said(told['dataset'])}</title><style>{_SHEET}</style>"
            "</head>\n<body>\n",
            *_head(told, rows),
            *_verifiers(told, rows, machine or {}),
            *_accounting(told, rows, machine or {}, model or {}),
            *_method(told),
            "</body></html>\n",
        ]
    )


def drawings(
    manifest: Manifest, rows: Sequence[Row], machine: Mapping[str, Any] | None = None
) -> list[Figure]:
    """Return the figures of a run; of several verifiers, each under the name of its own."""
    found = report(manifest, rows)["verifiers"]
    drawn: list[Figure] = []
    for name, kinds in found.items():
        for one in figures(kinds, [row for row in rows if row.verifier == name], machine or {}):
            suffix = f"-{name}" if len(found) > 1 else ""
            drawn.append(Figure(f"{one.name}{suffix}", one.title, one.said, one.panels))
    return drawn


def _head(told: Told, rows: Sequence[Row]) -> Iterator[str]:
    talks = len({row.talk for row in rows})
    yield f"<header><h1>Continuity: {said(told['dataset'])}</h1>"
    yield (
        "<p>Does a speaker who is given a small memory and the newest lines go on as one who was "
        "given everything? Here a frozen reader, which never saw these conversations, counts the "
        "bits of what truly came next after it was given each kind of past. 0 is what another "
        "conversation's lines are worth, 100 what all lines are.</p>"
    )
    conversations = "1 conversation" if talks == 1 else f"{talks} conversations"
    yield (
        f'<p class="small">{conversations} · {told["rows"]:,} measurements · no network, '
        "no model calls · the same on every machine</p></header>"
    )
    if told["rejected"]:
        wrongs = "".join(f"<li>{said(one)}</li>" for one in told["rejected"])
        yield (
            '<div class="badge bad"><strong>This run is rejected.</strong> Controls that must be '
            f"worth nothing, or everything, are not:<ul>{wrongs}</ul>Measure more cases; its "
            "other figures are shown, and are not to be relied on.</div>"
        )
    else:
        yield (
            '<div class="badge"><strong>The controls behave.</strong> A second wrong conversation '
            "is worth nothing, no context less, everything shuffled about what everything is."
            "</div>"
        )
    yield f'<section class="cards">{"".join(_cards(told, rows))}</section>'


def _cards(told: Told, rows: Sequence[Row]) -> Iterator[str]:
    for name, kinds in told["verifiers"].items():
        by = f", by {said(name)}" if len(told["verifiers"]) > 1 else ""
        for kind, found in kinds.items():
            for one in found["goals"]:
                missed = one["misses by"]
                verdict = (
                    f'<span class="verdict no">misses the goal of {one["goal"]:.0f} by '
                    f"{missed:.1f}</span>"
                    if missed
                    else f'<span class="verdict yes">reaches the goal of {one["goal"]:.0f}</span>'
                )
                yield (
                    f'<div class="card"><b>{one["best"]:.1f}</b>{NAMES[kind]}{by}, best of ours '
                    f"in {one['tokens']:,} tokens at most ({said(one['method'])} at "
                    f"{one['budget']:,}): {verdict}</div>"
                )
            if kind == "probe":
                yield from _probed(found, by)
    yield from _share_sent(rows)
    caught = broken(told)
    if caught:
        count = sum(bool(one) for one in caught.values())
        tone = "yes" if count == len(caught) else "no"
        yield (
            f'<div class="card"><b>{count} of {len(caught)}</b>memories that were broken on '
            f'purpose are <span class="verdict {tone}">caught</span></div>'
        )


def _probed(found: Told, by: str) -> Iterator[str]:
    cells = found["methods"].get("text+recall", {})
    for budget, cell in cells.items():
        if "right" in cell and (budget == "1024" or len(cells) == 1):
            yield (
                f'<div class="card"><b>{cell["right"]:.0f} %</b>of the words of old lines guessed '
                f"right among others like them{by}, from {int(budget):,} tokens "
                f"({cell['cases']} cases)</div>"
            )


def _share_sent(rows: Sequence[Row]) -> Iterator[str]:
    budgets = sorted({row.budget for row in rows if row.budget})
    at = 1024 if 1024 in budgets else next(iter(budgets), 0)
    ours = {
        row.key[:3]: row.given
        for row in rows
        if (row.method, row.budget) == ("text+recall", at)
    }
    full = {row.key[:3]: row.given for row in rows if row.method == "full"}
    both = ours.keys() & full.keys()
    whole = sum(full[one] for one in both)
    if whole:
        sent = sum(ours[one] for one in both)
        yield (
            f'<div class="card"><b>{100 * sent / whole:.1f} %</b>of everything is sent at '
            f"{at:,} tokens: {sent // len(both) // TOKEN:,} tokens a turn instead of "
            f"{whole // len(both) // TOKEN:,}</div>"
        )


def _verifiers(told: Told, rows: Sequence[Row], machine: Mapping[str, Any]) -> Iterator[str]:
    several = len(told["verifiers"]) > 1
    for name, kinds in told["verifiers"].items():
        mine = [row for row in rows if row.verifier == name]
        if several:
            yield f"<h2>By the verifier {said(name)}</h2>"
        level = "h3" if several else "h2"
        for figure in figures(kinds, mine, machine):
            yield f"<section><{level}>{figure.title}</{level}><p>{figure.said}</p>"
            if figure.name in ("age", "strata"):
                for line in spreads(kinds, figure.name):
                    yield f'<p class="small">{said(line)}</p>'
            yield _legend(figure)
            yield f'<div class="panels">{"".join(map(draw, figure.panels))}</div></section>'
        yield f"<section><{level}>Is it so? Claims, with their intervals</{level}>"
        yield from _claims(kinds, mine)
        yield f"</section><section><{level}>All ways, side by side</{level}>"
        for kind in KINDS:
            if kind in kinds:
                yield from _table(kind, kinds[kind])
        yield "</section>"
    if told["agreement"]:
        yield "<section><h2>Do the verifiers agree?</h2><p>Pairs of ways both put in one order.</p>"
        yield _rows(
            ("verifiers, cases, tokens", "the same"),
            [(said(what), f"{share:.1f} %") for what, share in told["agreement"].items()],
        )
        yield "</section>"


def _legend(figure: Figure) -> str:
    if not figure.legend:
        return ""
    marks = "".join(
        key(look, name, 8 + 104 * at, 15)
        for at, (name, look) in enumerate(figure.legend.items())
    )
    wide = 104 * len(figure.legend) + 8
    return (
        f'<div class="legend"><svg viewBox="0 0 {wide} 22" width="{wide}" height="22" '
        f'xmlns="http://www.w3.org/2000/svg" aria-hidden="true">{marks}</svg></div>'
    )


def _claims(kinds: Told, rows: Sequence[Row]) -> Iterator[str]:
    claims: dict[str, dict[int, str]] = {}
    for kind, found in kinds.items():
        for one in found["order"]:
            low, high = one["interval"] or (0.0, 0.0)
            tone = ' class="yes"' if low > 0 else ' class="no"' if high < 0 else ""
            claims.setdefault(
                f"{NAMES[kind]}: {said(one['upper'])} over {said(one['lower'])}", {}
            )[
                one["budget"]
            ] = f"<span{tone}>{one['more']:+.1f}</span> <i>[{low:.1f}, {high:.1f}]</i>"
    budgets = sorted({budget for cells in claims.values() for budget in cells})
    yield (
        "<p>How many points more the one retains than the other. Green holds in 95 of 100 draws "
        "of the cases, red is the other way round, and what has no colour is not sure.</p>"
    )
    yield _rows(
        ("retains more", *(f"{budget:,} tokens" for budget in budgets)),
        [
            (name, *(cells.get(budget, "·") for budget in budgets))
            for name, cells in claims.items()
        ],
    )
    for line in reasons(kinds, rows):
        yield f"<p>{said(line)}</p>"
    watched = controls(kinds)
    if watched:
        yield "<h3>Controls</h3>"
        yield _rows(
            ("control", "tokens", "is", "must be", ""),
            [
                (
                    said(f"{one.symbol}: {one.method}"),
                    f"{one.budget:,}",
                    f"{one.got:.1f}",
                    one.allowed,
                    '<span class="yes">so</span>'
                    if one.fine
                    else '<span class="no">is not</span>',
                )
                for one in watched
            ],
        )
    caught = broken({"verifiers": {"": kinds}})
    if caught:
        yield "<h3>Broken on purpose</h3>"
        yield _rows(
            ("what is wrong", "told from ours by (points less)"),
            [
                (said(f"{method}: {BROKEN.get(method, '')}"), said(", ".join(by) or "nothing"))
                for method, by in caught.items()
            ],
        )


def _table(kind: str, found: Told) -> Iterator[str]:
    methods: dict[str, dict[str, Told]] = found["methods"]
    budgets = list(dict.fromkeys(key for cells in methods.values() for key in cells))
    yield f"<h3>{KINDS[kind]}, {found['cases']} cases</h3>"
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
    yield _rows(("given", *heads, *extra, "bits a byte"), lines, ours="text+recall")


def _cell(cell: Told | None) -> str:
    if cell is None or cell["R"] is None:
        return "·"
    ends = cell["interval"]
    sure = f" <i>[{ends[0]:.0f}, {ends[1]:.0f}]</i>" if ends and ends[0] != ends[1] else ""
    return f"{cell['R']:.1f}{sure}"


def _last(cells: Mapping[str, Told], name: str) -> str:
    last = list(cells.values())[-1]
    return f"{last[name]:.1f}" if name in last else "·"


def _accounting(
    told: Told, rows: Sequence[Row], machine: Mapping[str, Any], model: Mapping[str, int]
) -> Iterator[str]:
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
        yield _rows((f"kept of {text:,} bytes of text", "bytes", "of the text"), lines)
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
    yield _rows(
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


def _method(told: Told) -> Iterator[str]:
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
    yield _rows(
        ("way", "gives"),
        [(said(name), f"{said(what)}") for name, what in MEANS.items() if name in there],
    )
    yield (
        '<p class="small">The reader rewards the same words, not the same meaning: who says it '
        "otherwise is worth less here than to a person. More than 100 means that everything "
        "distracts it. Small samples have wide intervals; look at those first.</p></section>"
    )


def _rows(heads: Sequence[str], lines: Sequence[Sequence[str]], *, ours: str = "") -> str:
    """Return a table; what only dots stand in is left out."""
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
    return f'<div class="scroll"><table><tr>{top}</tr>{body}</table></div>'
