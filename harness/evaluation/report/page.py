"""The report of a run as one file of HTML: verdict first, then what it rests on.

A function of the run's rows and manifest, and of what its machine took where that is known.
Nothing in it is fetched or run: a policy in the head shuts out what might slip through, and
every word that comes from rows is escaped. It follows the reader's scheme, light or dark.
"""

from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any

from harness.evaluation.contexts import TOKEN
from harness.evaluation.report.costs import accounting
from harness.evaluation.report.figures import KINDS, Figure, figures
from harness.evaluation.report.plot import FEW, draw, key, said
from harness.evaluation.report.reasons import broken, controls, counted, spreads
from harness.evaluation.report.sheet import SHEET
from harness.evaluation.report.tables import agreement, changed, claims, method, side_by_side
from harness.evaluation.retained import ENOUGH, NAMES, report
from harness.evaluation.rows import Manifest, Row

Told = dict[str, Any]


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
    digest = b64encode(sha256(SHEET.encode()).digest()).decode()
    return "".join(
        [
            '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width,initial-scale=1">'
            '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
            f"style-src 'sha256-{digest}'\">"
            f"<title>Continuity: {said(told['dataset'])}</title><style>{SHEET}</style>"
            "</head>\n<body>\n",
            *_head(told, rows),
            *_verifiers(told, rows, machine or {}),
            *accounting(told, rows, machine or {}, model or {}),
            *method(told),
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
    names = sorted({row.talk for row in rows})
    talks = len(names)
    about = names[0] if talks == 1 else told["dataset"]
    yield f"<header><h1>Continuity: {said(about)}</h1>"
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
    yield _verdict(told)
    yield f'<section class="cards">{"".join(_cards(told, rows))}</section>'


def _verdict(told: Told) -> str:
    """Return whether the run can be relied on."""
    unwatched = [
        f"{NAMES[kind]}{f' by {said(name)}' if len(told['verifiers']) > 1 else ''} "
        f"({counted(found['cases'])})"
        for name, kinds in told["verifiers"].items()
        for kind, found in kinds.items()
        if not controls({kind: found}, told["dataset"])
    ]
    few = (
        f" Too few cases for controls, so take with care what is said of {', '.join(unwatched)}; "
        f"{ENOUGH} are enough."
        if unwatched
        else ""
    )
    if told["rejected"]:
        wrongs = "".join(f"<li>{said(one)}</li>" for one in told["rejected"])
        return (
            '<div class="badge bad"><strong>This run is rejected.</strong> Controls that must be '
            f"worth nothing, or everything, are not:<ul>{wrongs}</ul>Measure more cases; its "
            f"other figures are shown, and are not to be relied on.{few}</div>"
        )
    if not any(controls(kinds, told["dataset"]) for kinds in told["verifiers"].values()):
        return (
            f'<div class="badge none"><strong>The controls were not tried.</strong>{few}</div>'
        )
    return (
        '<div class="badge"><strong>The controls behave.</strong> A second wrong conversation is '
        "worth nothing, no context less, and everything in no order about what everything is."
        f"{few}</div>"
    )


def _cards(told: Told, rows: Sequence[Row]) -> Iterator[str]:
    for name, kinds in told["verifiers"].items():
        by = f", by {said(name)}" if len(told["verifiers"]) > 1 else ""
        for kind, found in kinds.items():
            for one in found["goals"]:
                missed, goal = one["misses by"], f"the goal of {one['goal']:.0f}"
                tone, verdict = "yes", f"reaches {goal}"
                if missed:
                    ends = one["interval"]
                    near = (
                        ", though its interval reaches it"
                        if ends and ends[1] >= one["goal"]
                        else ""
                    )
                    tone, verdict = "no", f"misses {goal} by {missed:.1f}{near}"
                if found["cases"] < FEW:
                    tone, verdict = "", f"too few cases for {goal}"
                yield (
                    f'<div class="card"><b>{one["best"]:.1f}</b>{NAMES[kind]}{by}, best of ours '
                    f"in {one['tokens']:,} tokens at most ({said(one['method'])} at "
                    f"{one['budget']:,}, {counted(found['cases'])}): "
                    f'<span class="verdict {tone}">{verdict}</span></div>'
                )
            if kind == "probe":
                yield from _probed(found, by)
    yield from _share_sent(rows)
    caught = broken(told)
    if caught:
        missed = [method for method, by in caught.items() if not by]
        verdict = (
            f'<span class="verdict no">not caught: {said(", ".join(missed))}</span>'
            if missed
            else '<span class="verdict yes">every one</span>'
        )
        yield (
            f'<div class="card"><b>{len(caught) - len(missed)} of {len(caught)}</b>memories that '
            f"were broken on purpose are caught by a measure: {verdict}</div>"
        )


def _probed(found: Told, by: str) -> Iterator[str]:
    cells = found["methods"].get("text+recall", {})
    for budget, cell in cells.items():
        if "right" in cell and (budget == "1024" or len(cells) == 1):
            yield (
                f'<div class="card"><b>{cell["right"]:.0f} %</b>of the words of old lines guessed '
                f"right among others like them{by}, from {int(budget):,} tokens "
                f"({counted(cell['cases'])})</div>"
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
        yield from claims(kinds, mine, told["dataset"])
        yield f"</section><section><{level}>All ways, side by side</{level}>"
        for kind in KINDS:
            if kind in kinds:
                yield from side_by_side(kind, kinds[kind])
                yield from changed(kinds[kind])
        yield "</section>"
    if told["agreement"]:
        yield from agreement(told)


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
