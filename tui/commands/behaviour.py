"""`enfold eval --live`: a room goes on, each turn answered given cc and given everything."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.errors import NotPossible
from tui.commands.measuring import Told, progress
from tui.commands.tabled import table
from tui.printing import data, finite, line, say

if TYPE_CHECKING:
    from agents.scenarios.scenario import Scenario
    from harness.evaluation.live import Run
    from harness.sidebyside import Plan

CODES = {"budget": 3, "provider": 4, "stopped": 130}
"""Exit codes of what ended it; without a pair it is 1, else 0."""

EPILOG = """\b
Without a key or a network, by the byte model of this machine:
  enfold eval --live bytes --turns 40
With models of a scenario of yours, every third turn, judged too:
  enfold eval --live debate.toml --turns 40 --every 3 --judge gpt-5 -o debate.json
\b
cc is what the room sends, held against everything word for word; again is everything asked
once more, redrawn with another seed, chance the answer to another turn. lost is by how much
less cc is like a second draw of everything than everything itself is.
"""


@click.command("live", epilog=EPILOG)
@click.argument("scenario")
@click.option("--turns", type=click.IntRange(1, 10_000), default=32, show_default=True,
              help="Of the room.")  # fmt: skip
@click.option("--every", type=click.IntRange(1), default=1, show_default=True,
              help="Ask twice at every so many turns; no multiple of the cast, else it is always"
              " the same one.")  # fmt: skip
@click.option("--again", type=click.IntRange(0, 100), default=100, show_default=True,
              help="Percent of these at which everything is asked once more; if it says the same,"
              " with another seed too.")  # fmt: skip
@click.option("--carrier", type=click.Choice(["text", "state", "window", "empty"]),
              help="Instead of the scenario's.")  # fmt: skip
@click.option("--judge", default="", metavar="MODEL", help="Have a model judge the pairs too.")
@click.option("--seed", type=int, help="Instead of the scenario's.")
@click.option("--budget-usd", "dollars", type=click.FloatRange(0, 1e9), callback=finite,
              help="Stop when all askings have cost so much.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print an object, answers and all.")
@click.option("-o", "--out", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
              help="Also write that object there.")  # fmt: skip
@click.pass_context
def live_command(
    ctx: click.Context,
    scenario: str,
    turns: int,
    every: int,
    again: int,
    carrier: str | None,
    judge: str,
    seed: int | None,
    dollars: float | None,
    as_json: bool,
    out: Path | None,
) -> None:
    """Run a room, and ask for each turn twice: given what it sends, and given everything.

    The room is in a temporary home and has the scenario's own cast; once something is no
    longer told word for word, answers are compared: stems in common, bits, commands,
    contradictions, cost. Every asking is paid for and counts towards the budget; Ctrl-C keeps
    what was done.
    """
    import asyncio

    from harness.compose import find_scenario
    from harness.config import read as read_settings
    from harness.diary import keep_diary
    from harness.evaluation.live import report
    from harness.evaluation.verifier import Mixed
    from harness.paths import paths
    from harness.sidebyside import Plan

    where = paths()
    keep_diary(where.log)
    settings = read_settings(where.settings)
    chosen = find_scenario(scenario, where, settings)
    if out is not None:
        _writable(out)
    plan = Plan(
        turns=turns,
        every=every,
        again=again,
        seed=seed,
        carrier=carrier or "",
        judge=judge,
        dollars=dollars,
    )
    with progress(turns) as told:
        run = asyncio.run(_go(chosen, where, settings, plan, told))
    found = report(run, Mixed())
    if out is not None:
        _write(out, found)
    if as_json:
        data(found)
    else:
        _show(found)
    if not run.complete:
        say(f"a partial report: {line(run.detail, 200) or run.ended}")
    elif not run.pairs:
        say(f"Error: {_nothing(found)}")
    ctx.exit(CODES.get(run.ended, 0 if run.pairs else 1))


async def _go(
    scenario: "Scenario", where: Any, settings: Any, plan: "Plan", told: Told | None
) -> "Run":
    import asyncio
    import signal

    from harness.clock import clock
    from harness.sidebyside import SideBySide

    both: SideBySide = SideBySide(
        scenario, where, settings, clock=clock(), plan=plan, progress=told
    )
    loop = asyncio.get_running_loop()

    def end(number: signal.Signals) -> None:
        both.stop()
        loop.remove_signal_handler(number)  # a second one is rude

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, end, number)
    return await both.go()


def _writable(path: Path) -> None:
    """Find out before anything is paid for.

    Raises:
        NotPossible: It cannot be written.
    """
    there = path.exists()
    try:
        path.open("a").close()
        if not there:
            path.unlink()
    except OSError as error:
        raise NotPossible(f"{path}: {error.strerror or error}") from error


def _write(path: Path, found: Mapping[str, Any]) -> None:
    try:
        path.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", "utf-8")
    except OSError as error:
        raise NotPossible(f"{path}: {error.strerror or error}") from error
    say(f"wrote {path}")


def _nothing(found: Mapping[str, Any]) -> str:
    why = "; ".join(f"{count} turns: {one}" for one, count in found["skipped"].items())
    return (
        f"nothing was compared ({why or 'no turn was taken'}): let more --turns be taken, or a"
        " scenario have a smaller window and budget"
    )


def _show(found: Mapping[str, Any]) -> None:
    pairs: list[dict[str, Any]] = found["pairs"]
    click.echo(
        f"{line(found['scenario'])}: carrier {found.get('carrier', '-')}, {len(pairs)} turns"
        f" compared; {', '.join(line(one, 60) for one in found.get('models', ()))}"
    )
    click.echo()
    if pairs:
        table("turn", {f"{pair['turn']}": _pair(pair) for pair in pairs}, _PAIR)
        table("percent", _shares(found), ["cc", "again", "redrawn", "chance", "lost"])
        table("cost, in all", _costs(found["cost"]), ["cc", "full", "full / cc"])
    for pair in pairs:
        for one in pair["contradictions"]:
            click.echo(
                f"turn {pair['turn']}, {one['kind']}: {line(one['one'], 60)!r} given cc,"
                f" {line(one['other'], 60)!r} given everything; the room's lines say as"
                f" {one['side']}"
            )
    if judged := found.get("judged"):
        spent = judged["cost"]
        click.echo(
            f"judge: {spent['calls']} calls, {spent['unparsed']} were no verdict,"
            f" {spent['split']} pairs were judged by their order; ${spent['dollars']:.4f}"
        )
    for why, count in found["skipped"].items():
        click.echo(f"not compared: {count} turns, {why}")
    for what, count in found["failed"].items():
        click.echo(f"no answer, {count} times: {line(what, 200)}")
    for sentence in found["means"]:
        click.echo(f"note: {sentence}")


_PAIR = ["who", "untold", "stems", "told", "same", "floor", "sent cc", "full"]


def _pair(pair: Mapping[str, Any]) -> dict[str, str]:
    alike: dict[str, dict[str, Any]] = pair["likeness"]
    third: dict[str, Any] = alike.get("redrawn") or alike.get("again") or {}
    return {
        "who": line(pair["speaker"], 10),
        "untold": f"{pair['left']} of {pair['lines']}",
        "stems": _share(alike["cc"]["stems"]),
        "told": _share(alike["cc"]["told"]),
        "same": "yes" if alike["cc"]["exact"] else "no",
        "floor": _share(third.get("stems")),
        "sent cc": _number(pair["cc"]["sent"]),
        "full": _number(pair["full"]["sent"]),
    }


def _shares(found: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Return the rows of agreement, of contradictions and of what a judge says."""
    rows = {
        name: {what: _between(cell) for what, cell in told.items()}
        for name, told in found["agreement"].items()
    }
    against = found["contradictions"]
    rows["contradict"] = {
        what: _between(cell) for what, cell in against.items() if "mean" in cell
    }
    if judged := found.get("judged"):
        for name in ("same", "contradict"):
            rows[f"judged {name}"] = {
                "cc": _between(judged["cc"][name]),
                "again": _between(judged["floor"][name]),
            }
    return rows


def _costs(cost: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    names = {
        "tokens_in": ("tokens in", "sum"), "tokens_out": ("tokens out", "sum"),
        "sent": ("bytes sent", "sum"), "dollars": ("dollars", "sum"),
        "first": ("seconds to the first piece, middle", "middle"),
        "seconds": ("seconds of an answer, middle", "middle"),
    }  # fmt: skip
    rows: dict[str, dict[str, str]] = {}
    for name, (shown, key) in names.items():
        cells = {side: _number(cost[side][name][key]) for side in ("cc", "full")}
        cells["full / cc"] = _number(cost["ratio"].get(name))
        rows[shown] = cells
    return rows


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"


def _between(cell: Mapping[str, Any]) -> str:
    if cell["mean"] is None:
        return "-"
    inside = f"{cell['mean']:.1f}"
    if cell["interval"]:
        low, high = cell["interval"]
        inside += f" [{low:.0f}, {high:.0f}]"
    return inside


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,}" if isinstance(value, int) else f"{value:,.3f}"
