"""`enfold eval`: how much of what was said can be found again, beside what others do."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tui.commands.behaviour import live_command
from tui.commands.continuity import continuity_command, merge_command
from tui.commands.measuring import named, progress
from tui.commands.reporting import report_command
from tui.commands.tabled import aligned
from tui.printing import data, say

if TYPE_CHECKING:
    from harness.evaluation.rankers import Ranker
    from harness.evaluation.talks import Dataset

SETS = """\b
The sets, as they are published:
  locomo     conversations of two in dated sessions (github.com/snap-research/locomo)
  qmsum      meetings, evidence as spans (github.com/Yale-LILY/QMSum)
  friendsqa  scenes of a series, a season one room (github.com/emorynlp/FriendsQA)
\b
Example: enfold eval recall locomo locomo10.json
"""


class _Eval(click.Group):
    """`--merge` and `--live` read as options and are commands: they have no set."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take `eval --merge A B` for `eval merge A B`, and `--live` likewise."""
        if args[:1] in (["--merge"], ["--live"]):
            args = [args[0].removeprefix("--"), *args[1:]]
        return super().parse_args(ctx, args)


@click.group(
    "eval",
    cls=_Eval,
    epilog="""\b
Example: enfold eval recall locomo locomo10.json
Two answers a turn, side by side: enfold eval --live bytes
Runs of shards are put together: enfold eval --merge A B... --out DIR
A run as one page: enfold eval report DIR -o out.html
""",
)
def eval_command() -> None:
    """Measure the memory on conversations with questions."""


eval_command.add_command(continuity_command)
eval_command.add_command(live_command)
eval_command.add_command(merge_command)
eval_command.add_command(report_command)


_dataset = click.argument("dataset", type=click.Choice(["locomo", "qmsum", "friendsqa"]))
_file = click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
_json = click.option("--json", "as_json", is_flag=True, help="Print an object.")


def _budgets(ctx: click.Context, param: click.Parameter, value: str) -> tuple[int, ...]:
    try:
        budgets = tuple(dict.fromkeys(int(one) for one in value.split(",")))
    except ValueError:
        budgets = ()
    if not budgets or not all(1 <= one <= 1 << 20 for one in budgets):
        raise click.BadParameter(f"{value!r} is no list of bytes: 2048,4096", ctx, param)
    return budgets


@eval_command.command("recall", epilog=SETS)
@_dataset
@_file
@click.option("--methods", metavar="A,B", default="", help="Only these; all if not given.")
@click.option("--encoder", type=click.Path(file_okay=False, path_type=Path), default=None,
              help="Also: a sentence encoder's folder, alone and fused.")  # fmt: skip
@click.option("--curve", is_flag=True, help="Also: laminae found, by bytes resident of each.")
@click.option("--split", is_flag=True, help="Also: with every lamina delaminated into 1 to 64.")
@_json
def recall_command(
    dataset: str,
    file: Path,
    methods: str,
    encoder: Path | None,
    curve: bool,
    split: bool,
    as_json: bool,
) -> None:
    """Ask every question of a set, and count how much of its evidence is found.

    R@k: the share of the evidence among the first k lines. B@n: among the first lines that fit
    n tokens; of QMSum's long evidence the share of its tokens. S@k: the share of its laminae
    among the first k. All in percent; ms is time on this machine, everything else is not.
    """
    from harness.evaluation import recall
    from harness.evaluation.datasets import read

    asked = read(dataset, file)
    rankers = _rankers(methods, encoder)
    runs = len(rankers) + curve * len(recall.RESIDENT) + split * len(recall.SPLITS)
    with progress(asked.questions * runs) as told:
        by_tokens = dataset == "qmsum"
        results = recall.run(asked, rankers, by_tokens=by_tokens, progress=told)
        curves = recall.curve(asked, progress=told) if curve else []
        splits = recall.splits(asked, by_tokens=by_tokens, progress=told) if split else []
    report = {result.name: result.told(asked) for result in results}
    if as_json:
        whole: dict[str, Any] = {
            "dataset": asked.name,
            "questions": asked.questions,
            "skipped": asked.skipped,
            "repaired": asked.repaired,
            "methods": report,
        }
        whole |= {"curve": curves} if curve else {}
        whole |= {"splits": splits} if split else {}
        data(whole)
        return
    _show(asked, report)
    for heading, key, rows in (
        ("gists of", "bytes", curves),
        ("delaminated into", "parts", splits),
    ):
        if rows:
            named = {f"{row[key]}": row for row in rows}
            columns = [name for name in rows[0] if name not in {key, "hit@10"}]
            _table(heading, named, columns, lambda row: row)


@eval_command.command("cc", epilog=SETS.replace("eval recall", "eval cc"))
@_dataset
@_file
@click.option("--budget", "budgets", default="2048,4096,8192", show_default=True,
              callback=_budgets, metavar="BYTES,...", help="Of cc.")  # fmt: skip
@click.option("--methods", metavar="A,B", default="", help="Only these ways to keep cc.")
@_json
def cc_command(
    dataset: str, file: Path, budgets: tuple[int, ...], methods: str, as_json: bool
) -> None:
    """Count the answers that cc still holds, alone and with what is recalled beside it.

    An answer is held if 80 % of its words are there with their source. Recalled is as much as
    cc has, 4,096 bytes at most; `nothing` is what recall is worth without cc. In percent.
    """
    from harness.evaluation import carrying
    from harness.evaluation.datasets import read
    from harness.evaluation.keeping import METHODS
    from memory.models.shipping import shipped

    known = [name for name in METHODS if name != "state" or shipped()]
    names = named(methods, known)
    asked = read(dataset, file)
    with progress((len(names) + 1) * len(budgets) * len(asked.talks)) as told:
        report = carrying.run(asked, names, budgets, told)
    if as_json:
        data({"dataset": asked.name, **report})
        return
    say(f"{asked.name}: {len(asked.talks)} conversations, {report['questions']:,} questions")
    rows: dict[str, dict[str, dict[str, Any]]] = report["methods"]
    alone = {name: told for name, told in rows.items() if name != "nothing"}
    _table("cc alone, bytes", alone, [f"{one}" for one in budgets], lambda told: told["cc"])
    beside = {
        f"{name} + {recaller}": found
        for name, told in rows.items()
        for recaller, found in told["cc + recalled"].items()
    }
    columns = _columns(beside)
    _table("cc + recalled, bytes", beside, columns, lambda told: told)


def _rankers(methods: str, encoder: Path | None) -> "list[Ranker]":
    from harness.evaluation.ours import Enfold
    from harness.evaluation.priors import Priors
    from harness.evaluation.rankers import BASELINES, Oracle

    ranked: list[Ranker] = [*BASELINES, Priors(), Enfold()]
    if encoder is not None:
        from harness.evaluation.meaning import Fused, Meanings, Meant

        meanings = Meanings(encoder)
        ranked += [Meant(meanings), Fused(meanings)]
    known = {one.name: one for one in (*ranked, Oracle())}
    return [known[name] for name in named(methods, list(known))]


def _show(asked: "Dataset", report: Mapping[str, Mapping[str, Any]]) -> None:
    say(
        f"{asked.name}: {len(asked.talks)} conversations, {asked.questions:,} questions; "
        f"{asked.skipped} name no evidence and are not asked, "
        f"{asked.repaired} malformed ids were read"
    )
    measures = [name for name in _columns(report) if name[:2] in {"R@", "B@", "hi"}]
    _table("all questions", report, measures, lambda told: told, times=True)
    if any("without adversarial" in told for told in report.values()):
        _table(
            "without the adversarial",
            report,
            measures,
            lambda told: told["without adversarial"],
        )
    kinds = sorted({kind for told in report.values() for kind in told.get("categories", ())})
    for measure in ("R@5", "R@10", "B@1024") if kinds else ():
        rows = {
            name: {kind: told["categories"][kind][measure] for kind in kinds}
            for name, told in report.items()
        }
        _table(f"{measure} by kind", rows, kinds, lambda told: told)
    spans = {name: told for name, told in report.items() if "S@1" in told}
    if spans:
        cuts = [name for name in _columns(spans) if name[:2] == "S@"]
        resident = ["count", "resident", "resident at most"]
        _table(
            "laminae",
            spans,
            [*cuts, *resident],
            lambda told: {**told, **told.get("laminae", {})},
        )
    kept = {name: told["bytes"] for name, told in report.items() if told["bytes"]["whole"]}
    if kept:
        columns = list(dict.fromkeys(kind for sizes in kept.values() for kind in sizes))
        _table("bytes beside the text", kept, columns, lambda sizes: sizes)


def _columns(report: Mapping[str, Mapping[str, Any]]) -> list[str]:
    return list(dict.fromkeys(key for told in report.values() for key in told))


def _table(
    heading: str,
    rows: Mapping[str, Mapping[str, Any]],
    columns: Sequence[str],
    part: Callable[[Mapping[str, Any]], Mapping[str, Any]],
    *,
    times: bool = False,
) -> None:
    """Print numbers with one digit after the point, one row a method, numbers to the right."""
    lines = [[heading, *columns, *(["R@10 95 %", "ms p50", "p95"] if times else [])]]
    for name, told in rows.items():
        cells = [name, *(_number(part(told).get(column)) for column in columns)]
        if times:
            low, high = told["intervals"]["R@10"]
            ms = told["ms"]
            cells += [f"{low:.1f}-{high:.1f}", f"{ms['p50']:.2f}", f"{ms['p95']:.2f}"]
        lines.append(cells)
    aligned(lines)


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,}" if isinstance(value, int) else f"{value:.1f}"
