"""`enfold eval continuity`: whether who is given a part goes on as who was given everything."""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.errors import NotPossible
from tui.commands import reporting
from tui.commands.measuring import named, progress
from tui.commands.tabled import table
from tui.printing import data, say

if TYPE_CHECKING:
    from harness.evaluation.rows import Run
    from harness.evaluation.talks import Dataset

SETS = ("locomo", "qmsum", "friendsqa", "streams", "rooms", "transcripts")

EPILOG = """\b
Of a set, of rooms of yours (by name), or of foreign transcripts:
  enfold eval continuity locomo locomo10.json --out run
  enfold eval continuity rooms the-last-watch
  enfold eval continuity transcripts export.html --report out.html
\b
Of facts that change, made up: four conversations, or as many as are said:
  enfold eval continuity streams 8
\b
On many machines, a shard on each, put together afterwards:
  enfold eval continuity locomo locomo10.json --all --out a --shard 1/2
  enfold eval continuity locomo locomo10.json --all --out b --shard 2/2
  enfold eval --merge a b --out whole
"""


def _tokens(ctx: click.Context, param: click.Parameter, value: str) -> tuple[int, ...]:
    try:
        budgets = tuple(sorted({int(one) for one in value.split(",")}))
    except ValueError:
        budgets = ()
    if not budgets or not all(64 <= one <= 1 << 16 for one in budgets):
        raise click.BadParameter(f"{value!r} is no list of tokens: 512,4096", ctx, param)
    return budgets


def _shard(ctx: click.Context, param: click.Parameter, value: str) -> tuple[int, int]:
    part, _, parts = value.partition("/")
    try:
        of = int(part), int(parts)
    except ValueError:
        of = 0, 0
    if not 1 <= of[0] <= of[1] <= 10_000:
        raise click.BadParameter(f"{value!r} is no shard such as 2/8", ctx, param)
    return of


@click.command("continuity", epilog=EPILOG)
@click.argument("dataset", type=click.Choice(SETS))
@click.argument("files", nargs=-1, metavar="FILE...")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path),
              help="Folder to keep the run in; one that is there is gone on with.")  # fmt: skip
@click.option("--questions", type=click.IntRange(0), default=120, show_default=True,
              help="Asked, drawn from all.")  # fmt: skip
@click.option("--starts", type=click.IntRange(0), default=40, show_default=True,
              help="Sittings that are gone on with.")  # fmt: skip
@click.option("--probes", type=click.IntRange(0), default=40, show_default=True,
              help="Words of old lines that are asked for.")  # fmt: skip
@click.option("--all", "everything", is_flag=True, help="Every question, sitting and word.")
@click.option("--budgets", default="512,1024,2048,4096", show_default=True, callback=_tokens,
              metavar="TOKENS,...", help="Of four bytes each.")  # fmt: skip
@click.option("--methods", metavar="A,B", default="", help="Only these; all if not given.")
@click.option("--verifier", type=click.Choice(["mixer", "model", "both"]), default="mixer",
              show_default=True, help="What counts the bits.")  # fmt: skip
@click.option("--jobs", type=click.IntRange(1, 256), default=1, show_default=True,
              help="Processes that work at once.")  # fmt: skip
@click.option("--shard", metavar="K/N", default="1/1", callback=_shard,
              help="Only the K-th of N parts.")  # fmt: skip
@click.option("--seed", type=click.IntRange(0), default=6, show_default=True,
              help="Of the sample.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print an object.")
@reporting.PAGE
@reporting.PICTURES
@click.pass_context
def continuity_command(
    ctx: click.Context,
    dataset: str,
    files: tuple[str, ...],
    out: Path | None,
    questions: int,
    starts: int,
    probes: int,
    everything: bool,
    budgets: tuple[int, ...],
    methods: str,
    verifier: str,
    jobs: int,
    shard: tuple[int, int],
    seed: int,
    as_json: bool,
    report: Path | None,
    png: Path | None,
) -> None:
    """Measure what is retained of a conversation by whoever is given a part of it.

    R: the bits of answers, from another conversation's lines at the same budget (0) to
    everything (100). R': of the next five turns of a sitting. Probes: of words that were said.
    No network, no model; the same rows on every machine.
    """
    from harness.evaluation.accounting import kept
    from harness.evaluation.cases import drawn
    from harness.evaluation.contexts import WAYS
    from harness.evaluation.continuity import DEFAULT, code, run
    from harness.evaluation.continuity import jobs as made
    from harness.evaluation.continuity import shard as share
    from harness.evaluation.rows import Manifest, Run
    from harness.evaluation.verifier import verifier as by_name

    asked, digest = _read(dataset, files)
    ways = named(methods, list(WAYS)) if methods.strip() else list(DEFAULT)
    names = ["mixer", "model"] if verifier == "both" else [verifier]
    ways = list(dict.fromkeys([*ways, "wrong", "full"]))  # without them there is no scale
    most = 1 << 62
    counts = (most, most, most) if everything else (questions, starts, probes)
    if dataset == "streams":
        counts = (counts[0], 0, 0)  # what is said beside the facts is drawn: nothing goes on
    cases = share(drawn(asked, *counts, seed), *shard)
    with ExitStack() as stack:
        if out is None:
            out = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="enfold-")))
        kept_run = Run(out)
        kept_run.begin(
            Manifest(
                dataset=asked.name,
                data=digest,
                code=code(),
                seed=seed,
                verifiers={name: by_name(name).digest for name in names},
                accounts={talk.name: kept(talk) for talk in asked.talks if cases[talk.name]},
            )
        )
        todo = [
            job
            for name in names
            for job in made(asked, cases, ways, budgets, by=name, done=frozenset(kept_run.rows))
        ]
        with progress(sum(job.rows for job in todo)) as told:
            run(todo, kept_run, jobs, told)
        reporting.write(kept_run, report, png)
        _tell(ctx, kept_run, as_json=as_json)


@click.command("merge", epilog="Example: enfold eval --merge a b --out whole")
@click.argument("folders", nargs=-1, required=True,
                type=click.Path(exists=True, file_okay=False, path_type=Path))  # fmt: skip
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True,
              help="Folder for the whole run.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print an object.")
@click.pass_context
def merge_command(
    ctx: click.Context, folders: tuple[Path, ...], out: Path, as_json: bool
) -> None:
    """Put runs of the same data together, and print what they show."""
    from harness.evaluation.rows import merge

    _tell(ctx, merge(folders, out), as_json=as_json)


def _read(dataset: str, files: Sequence[str]) -> "tuple[Dataset, str]":
    """Return the conversations, and the SHA-256 of what they are read from."""
    from harness.evaluation.logs import digest, rooms

    if not files and dataset != "streams":
        raise click.UsageError("Missing argument 'FILE...'.")
    match dataset:
        case "streams":
            from harness.evaluation import streams
            from harness.evaluation.continuity import primed

            if files[1:] or not all(one.isdecimal() and 0 < int(one) <= 100 for one in files):
                raise click.UsageError("streams takes a number of conversations: 1 to 100")
            made = streams.dataset(*map(int, files))
            # Another stream says that the same things are otherwise: worse than nothing.
            return replace(made, beside=primed()), digest(made.talks)
        case "rooms":
            from harness.paths import paths
            from harness.rooms import Rooms
            from transcripts.log import read as log
            from tui.commands.archive import log_of

            here = Rooms.of(paths())
            ids = [here.find(name) for name in files]
            return rooms((name, list(log(log_of(here, name)))) for name in ids)
        case "transcripts":
            from harness.clock import WallClock
            from transcripts.readers.auto import read as foreign

            now = WallClock().now()
            return rooms((Path(name).name, _foreign(foreign, name, now)) for name in files)
        case _:
            from harness.evaluation.datasets import read

            if len(files) > 1:
                raise click.UsageError(f"{dataset} is one file; {len(files)} are given")
            path = Path(files[0])
            asked = read(dataset, path)
            return asked, sha256(path.read_bytes()).hexdigest()


def _foreign(read: Callable[..., Any], name: str, now: Any) -> Any:
    try:
        return read(Path(name)).entries(now)
    except OSError as error:
        raise NotPossible(f"{name}: {error.strerror or error}") from error


def _tell(ctx: click.Context, run: "Run", *, as_json: bool) -> None:
    """Print what a run shows; a run that is rejected ends with exit code 1."""
    from harness.evaluation.accounting import costs, model
    from harness.evaluation.retained import report

    if run.manifest is None:
        raise NotPossible(f"{run.folder}: no run")
    told = report(run.manifest, list(run.rows.values()))
    told["model bytes"] = model()
    told["machine"] = costs(run.folder)
    if as_json:
        data(told)
    else:
        _show(told)
    if told["rejected"]:
        click.echo(f"Error: the run is rejected: {'; '.join(told['rejected'])}", err=True)
        ctx.exit(1)


def _show(told: Mapping[str, Any]) -> None:
    from harness.evaluation.retained import NAMES

    say(f"{told['dataset']}: {told['rows']:,} rows")
    for name, kinds in told["verifiers"].items():
        for kind, found in kinds.items():
            methods: dict[str, dict[str, dict[str, Any]]] = found["methods"]
            budgets = list(dict.fromkeys(key for cells in methods.values() for key in cells))
            table(
                f"{NAMES[kind]}, {found['cases']} cases, {name}",
                {
                    method: {budget: _between(cells.get(budget)) for budget in budgets}
                    for method, cells in methods.items()
                },
                budgets,
            )
            for what, key in (
                ("stems given", "stems"),
                ("truly said", "truly"),
                ("right", "right"),
                *CHANGED.items(),
                ("bytes given", "given"),
            ):
                shares = {
                    method: {
                        budget: f"{cells[budget][key]:.1f}"
                        for budget in budgets
                        if key in cells.get(budget, {})
                    }
                    for method, cells in methods.items()
                }
                if kept := {method: some for method, some in shares.items() if some}:
                    table(f"{what}, {name}", kept, budgets)
            _strata(found, name)
            _claims(found, NAMES[kind])
    if told["agreement"]:
        say("Pairs of ways in the same order:")
        for what, share in told["agreement"].items():
            say(f"  {what}: {share:.1f} %")
    _costs(told)


CHANGED = {
    "newest value told": "newest",
    "older values told": "older",
    "newest told last": "last",
    "an older one told last": "contradicts",
    "newest ranked first": "first",
}
"""Of what had several values, what is printed in a table of its own, by the name of its figure."""


def _strata(found: Mapping[str, Any], name: str) -> None:
    for stratum in ("age", "boundary", "surprise", "folds"):
        by_method = found["strata"].get(stratum, {})
        if not by_method:
            continue
        values = list(dict.fromkeys(key for cells in by_method.values() for key in cells))
        table(
            f"by {stratum}, {name}",
            {
                method: {key: _plain(cell["R"]) for key, cell in cells.items()}
                for method, cells in by_method.items()
            },
            values,
        )


def _claims(found: Mapping[str, Any], symbol: str) -> None:
    """Print the order, the goals, and by what each broken carrier is caught."""
    from harness.evaluation.retained import ENOUGH

    for one in found["order"]:
        low, high = one["interval"] or (float("nan"), float("nan"))
        sure = "" if low > 0 else "  (the other way round)" if high < 0 else "  (not sure)"
        say(
            f"{symbol} at {one['budget']} tokens: {one['upper']} retains "
            f"{one['more']:.1f} [{low:.1f}, {high:.1f}] more than {one['lower']}{sure}"
        )
    for one in found["goals"]:
        miss = f"misses by {one['misses by']:.1f}" if one["misses by"] else "reached"
        say(
            f"goal: {symbol} >= {one['goal']:.0f} in {one['tokens']} tokens: {one['method']} "
            f"has {_between({'R': one['best'], **one})} in {one['budget']}: {miss}"
        )
    for method, caught in found["broken"].items():
        by = ", ".join(f"{one['by']} by {one['more']:.1f}" for one in caught)
        few = f"too few cases, {ENOUGH} are enough" if found["cases"] < ENOUGH else ""
        say(f"broken, {method}: {'caught: ' + by if by else few or 'not caught here'}")
    click.echo()


def _costs(told: Mapping[str, Any]) -> None:
    sizes: dict[str, int] = told["accounts"]
    if sizes.get("text"):
        text = sizes["text"]
        say(
            f"bytes of {text:,} of text: "
            + ", ".join(
                f"{name} {size:,} ({100 * size / text:.1f} %)"
                for name, size in sizes.items()
                if name not in {"text", "model"}
            )
        )
    raw = told["model bytes"].get("raw", 0)
    say(
        f"byte model, for state alone: {raw:,} bytes raw"
        + (f", {raw / sizes['text']:.2f} a byte of this text" if sizes.get("text") else "")
        + "; model calls 0"
    )
    machine = told["machine"]
    say(
        f"this machine: peak {machine['peak bytes'] / (1 << 20):,.0f} MiB, "
        f"connections {machine['connections']}"
    )
    for what in ("fold", "give"):
        for method, by_budget in machine.get(what, {}).items():
            line = ", ".join(
                f"{budget} {one['p50']:.2f}/{one['p95']:.2f}"
                for budget, one in by_budget.items()
            )
            say(f"ms to {what}, p50/p95, {method}: {line}")


def _between(cell: Mapping[str, Any] | None) -> str:
    if cell is None:
        return ""
    low_high = cell["interval"]
    whole = _plain(cell["R"])
    return f"{whole} [{low_high[0]:.0f}, {low_high[1]:.0f}]" if low_high else whole


def _plain(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"
