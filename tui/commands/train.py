"""`enfold train`: a byte model learns."""

import math
import os
import re
import signal
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.errors import NotPossible
from tui.printing import finite, line, say

if TYPE_CHECKING:
    from harness.training.learn import Place

_ALLOCATOR = {
    # Freed buffers stay with the process: page faults cost more than the arithmetic (x1.6).
    "MALLOC_MMAP_THRESHOLD_": "4294967296",
    "MALLOC_TRIM_THRESHOLD_": "8589934592",
    "MALLOC_TOP_PAD_": "268435456",
    "OMP_WAIT_POLICY": "PASSIVE",
}
_UNITS = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9}
STOPPED = 130
SEVERAL = """\b
Example: enfold train bytes ready -o runs/mine --preset tiny --bytes 20M
Several GPUs or processors, one model, the lanes shared:
  torchrun --nproc-per-node 4 -m tui train bytes ready -o runs/mine --device cuda
"""


def _size(value: str) -> int:
    """Read bytes: 5000, 60e6, 60M."""
    told = re.fullmatch(r"(\d+(?:\.\d+)?(?:e\d{1,2})?)([kMG]?)B?", value.strip())
    size = float(told[1]) * _UNITS[told[2]] if told else 0.0
    if not 1 <= size <= 1e12:
        raise click.BadParameter(f"{value!r} is no size: 500k, 60M, 60e6")
    return int(size)


@click.group("train", epilog="Example: enfold train bytes ready -o runs/mine --preset tiny")
def train_command() -> None:
    """Train the byte model, freeze it, look at a run."""


_run = click.argument("run", type=click.Path(exists=True, file_okay=False, path_type=Path))
_device = click.option("--device", default="cpu", show_default=True, help="cpu, cuda, cuda:1.")
_threads = click.option("--threads", type=click.IntRange(1, 256), default=1, show_default=True)
_every = click.option(
    "--every", type=click.FloatRange(1), default=600.0, show_default=True, callback=finite,
    help="Seconds between two checkpoints, each with a measurement.",
)  # fmt: skip
_judge = click.option(
    "--judge", "judged", multiple=True, type=click.Path(exists=True, path_type=Path),
    help="Measure on this too, and never learn from it.",
)  # fmt: skip


@train_command.command("bytes", epilog=SEVERAL)
@click.argument("data", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "-o", "--output", "run", required=True, type=click.Path(file_okay=False, path_type=Path),
    help="The run's folder.",
)  # fmt: skip
@click.option("--preset", type=click.Choice(["tiny", "small", "base"]), default=None,
              help="Shape of the model; small if not given.")  # fmt: skip
@click.option("--resume", is_flag=True, help="Go on exactly where the run stands.")
@click.option(
    "--bytes", "size", type=_size, metavar="SIZE", help="Where it ends, cooled: 300M."
)
@click.option(
    "--cooling",
    type=_size,
    metavar="SIZE",
    help="Bytes over which the rate falls at the end; 60M.",
)
@click.option("--cool", is_flag=True, help="Let the rate fall from here on; then it ends.")
@click.option("--minutes", type=click.FloatRange(0, min_open=True), callback=finite,
              help="Of processor time; then it stops, to be resumed.")  # fmt: skip
@_every
@_judge
@_device
@_threads
@click.option("--lanes", type=click.IntRange(1, 4096), help="Documents read side by side.")
@click.option("--time", type=click.IntRange(2, 1 << 20),
              help="Tokens between two cuts of the gradient; the state goes on.")  # fmt: skip
@click.option("--rate", type=click.FloatRange(0, 1, min_open=True), callback=finite)
@click.option("--rows-rate", type=click.FloatRange(0, 1, min_open=True), callback=finite,
              help="Of the n-gram tables.")  # fmt: skip
@click.option("--warmth", type=click.IntRange(1), help="Steps over which the rate rises.")
@click.option("--decay", type=click.FloatRange(0, 1), callback=finite)
@click.option("--clip", type=click.FloatRange(0, min_open=True), callback=finite)
@click.option("--dropped", type=click.FloatRange(0, 0.9), callback=finite,
              help="Share of n-grams left out while learning.")  # fmt: skip
@click.option("--seed", type=click.IntRange(0, 1 << 30))
@click.option("--ngrams", metavar="N:BITS,...", help="Tables by length; `none` for none.")
@click.option(
    "--retention", metavar="I,...", help="Blocks with retention in place of the scan."
)
def bytes_command(
    data: Path,
    run: Path,
    preset: str | None,
    resume: bool,
    size: int | None,
    cooling: int | None,
    cool: bool,
    minutes: float | None,
    every: float,
    judged: tuple[Path, ...],
    device: str,
    threads: int,
    ngrams: str | None,
    retention: str | None,
    **given: Any,
) -> int:
    """Train a byte model on DATA that `enfold data prepare` made ready.

    Ctrl+C leaves a checkpoint; `--resume` goes on from it as if never stopped. So does a kill,
    from the last checkpoint. In the run's folder, a file COOL lets the rate fall, STOP ends it.
    """
    _needs_torch()
    _with_allocator(threads)
    from harness.training.corpus import Ready
    from harness.training.learn import begun, learn
    from harness.training.learner import Recipe, taken_up
    from harness.training.ranks import Ranks, use

    use(device, threads=threads)
    changes = {name: value for name, value in given.items() if value is not None}
    changes |= {"bytes": size} if size is not None else {}
    changes |= {"cooling": cooling} if cooling is not None else {}
    kept = begun(run)
    if kept is not None and not resume:
        raise click.UsageError(f"{run} holds a run; --resume goes on with it")
    shape = _shape(preset, ngrams, retention)
    if kept is None:
        recipe = Recipe(**({"shape": shape} | _lanes(preset) | changes))
        read = 0
    else:
        old, read = kept
        changes |= {"shape": shape} if preset or ngrams or retention else {}
        recipe = taken_up(old, changes)
    if cool and read < recipe.bytes - recipe.cooling:
        recipe = taken_up(recipe, {"bytes": read + recipe.cooling})
    ranks = Ranks.join(device)
    if ranks.many > 1 and device == "cuda":
        device = f"cuda:{ranks.local}"
    try:
        with _stopping() as stopped, _progress(recipe.bytes, ranks.first) as told:
            learner = learn(
                recipe,
                Ready.open(data),
                run,
                judged=judged,
                every=every,
                limit=math.inf if minutes is None else minutes * 60,
                device=device,
                ranks=ranks,
                told=told,
                stopped=stopped,
            )
    finally:
        ranks.leave()
    if not ranks.first:
        return 0
    if stopped():
        say(f"stopped at {learner.read:,} bytes, all kept; --resume goes on")
        return STOPPED
    say(f"{run}: {learner.read:,} bytes read, {learner.step_:,} steps")
    return 0


@train_command.command("freeze", epilog="Example: enfold train freeze runs/mine -o mine.hqlm")
@_run
@click.option(
    "-o", "--output", required=True, type=click.Path(dir_okay=False, path_type=Path),
    help="The file: *.hqlm.",
)  # fmt: skip
@click.option(
    "--data", type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="What it learnt from; its held-out part shows how far activations go.",
)  # fmt: skip
@click.option("--last", is_flag=True, help="The last checkpoint, not the best.")
def freeze_command(run: Path, output: Path, data: Path | None, last: bool) -> None:
    """Write a run's best weights as whole numbers, one file for every machine."""
    _needs_torch()
    from harness.training.corpus import Ready
    from harness.training.freeze import freeze
    from harness.training.learn import BEST, LAST

    kept = run / (LAST if last or not (run / BEST).exists() else BEST)
    if not kept.exists():
        raise NotPossible(f"{run} holds no run")
    found = freeze(kept, Ready.open(data) if data is not None else None, output)
    say(f"{output}: {output.stat().st_size:,} bytes, model {found}")


@train_command.command("plot", epilog="Example: enfold train plot runs/mine -o mine.svg")
@_run
@click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path),
    help="An SVG file; RUN/plot.svg if not given.",
)  # fmt: skip
@click.option("--source", "sources", multiple=True, help="A held-out source to draw as well.")
def plot_command(run: Path, output: Path | None, sources: tuple[str, ...]) -> None:
    """Draw bits per byte against what was read."""
    _needs_torch()
    from harness.training.learn import logged
    from harness.training.plot import lines, svg

    path = output or run / "plot.svg"
    drawn = svg(line(run.resolve().name), lines(logged(run), sources))
    try:
        path.write_text(drawn, encoding="utf-8")
    except OSError as error:
        raise NotPossible(f"{path} cannot be written: {error.strerror or error}") from error
    say(f"wrote {path}")


@train_command.command("card", epilog="Example: enfold train card runs/mine --data ready")
@_run
@click.option(
    "--data", type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="What it learnt from: its sources and licences come into the card.",
)  # fmt: skip
def card_command(run: Path, data: Path | None) -> None:
    """Print a run's figures for a model card, in Markdown."""
    _needs_torch()
    from harness.training import card
    from harness.training.corpus import Ready
    from harness.training.learn import begun, logged

    kept = begun(run)
    if kept is None:
        raise NotPossible(f"{run} holds no run")
    parts = [card.settings(kept[0]), card.figures(logged(run))]
    if data is not None:
        parts.append(card.sources(Ready.open(data)))
    click.echo("\n".join(parts), nl=False)


@train_command.command(
    "recipe", epilog="Example: enfold train recipe corpus/ -o weights/ --bytes 60M"
)
@click.argument("corpus", type=click.Path(exists=True, path_type=Path))
@click.option(
    "-o", "--output", "folder", required=True,
    type=click.Path(file_okay=False, path_type=Path), help="Keeps data, run and the frozen file.",
)  # fmt: skip
@_every
@_judge
@_device
@_threads
@click.option(
    "--bytes",
    "size",
    type=_size,
    metavar="SIZE",
    help="Read no more than this, cooling included.",
)
def recipe_command(
    corpus: Path,
    folder: Path,
    every: float,
    judged: tuple[Path, ...],
    device: str,
    threads: int,
    size: int | None,
) -> int:
    """Make the shipped weights from CORPUS: prepare, train, cool, freeze.

    Stopped or killed at any place, the same command goes on.
    """
    _needs_torch()
    _with_allocator(threads)
    from harness.training.learner import taken_up
    from harness.training.ranks import use
    from harness.training.shipped import SHIPPED, make

    use(device, threads=threads)
    recipe = SHIPPED
    if size is not None:
        shorter = {"bytes": size, "cooling": min(recipe.cooling, max(1, size // 2))}
        recipe = taken_up(recipe, shorter)
    with _stopping() as stopped, _progress(recipe.bytes, shown=True) as told:
        made = make(
            corpus,
            folder,
            recipe=recipe,
            judged=judged,
            every=every,
            device=device,
            say=say,
            told=told,
            stopped=stopped,
        )
    if made is None:
        say("stopped, all kept; the same command goes on")
        return STOPPED
    say(f"wrote {made}, {made.stat().st_size:,} bytes")
    return 0


def _needs_torch() -> None:
    for module in ("torch", "safetensors"):
        if find_spec(module) is None:
            raise NotPossible(f"training needs {module}: pip install 'enfold[local]'")


def _with_allocator(threads: int) -> None:
    """Begin again with the allocator told what it must know before a program starts."""
    program = Path(sys.argv[0])
    wanted = _ALLOCATOR | {"OMP_NUM_THREADS": str(threads)}
    if not sys.platform.startswith("linux") or os.environ.get("ENFOLD_BEGUN_AGAIN"):
        return
    if all(os.environ.get(name) == value for name, value in wanted.items()):
        return
    if program.name == "__main__.py":
        again = [sys.executable, "-m", "tui", *sys.argv[1:]]
    elif program.name == "enfold":
        again = [sys.executable, str(program), *sys.argv[1:]]
    else:
        return  # called from another program, which must live on
    os.execve(sys.executable, again, os.environ | wanted | {"ENFOLD_BEGUN_AGAIN": "1"})  # noqa: S606 - ourselves


def _shape(preset: str | None, ngrams: str | None, retention: str | None) -> Any:
    from dataclasses import replace

    from memory.models import bytes as models

    shape = {"tiny": models.TINY, "small": models.SMALL, "base": models.BASE}[preset or "small"]
    if ngrams is not None:
        pairs = [] if ngrams == "none" else ngrams.split(",")
        told = [re.fullmatch(r"(\d{1,2}):(\d{1,2})", pair.strip()) for pair in pairs]
        tables = [(int(pair[1]), int(pair[2])) for pair in told if pair]
        good = all(1 <= n <= 16 and 4 <= bits <= 24 for n, bits in tables)
        if len(tables) != len(pairs) or not good or shape.width % max(1, len(tables)):
            raise click.BadParameter(
                f"{ngrams!r} is no list of length:bits (1-16, 4-24) whose number divides "
                f"{shape.width}: 2:13,3:14",
                param_hint="--ngrams",
            )
        shape = replace(shape, ngrams=tuple(tables))
    if retention is not None:
        numbers = [one.strip() for one in retention.split(",")]
        if not all(one.isdecimal() and int(one) < shape.blocks for one in numbers):
            raise click.BadParameter(
                f"{retention!r} names no blocks: 0 to {shape.blocks - 1}",
                param_hint="--retention",
            )
        shape = replace(shape, retention=tuple(sorted({int(one) for one in numbers})))
    return shape


def _lanes(preset: str | None) -> dict[str, Any]:
    """What suits a preset's size; options say otherwise."""
    if preset == "tiny":
        return {"lanes": 8, "time": 256, "rate": 5e-3, "rows_rate": 6e-3, "warmth": 50}
    return {"lanes": 32, "time": 512, "rate": 5e-3, "rows_rate": 6e-3, "warmth": 300}


@contextmanager
def _stopping() -> Generator[Callable[[], bool]]:
    """Take the first Ctrl+C or kill as a wish; a second one ends at once."""
    asked: list[int] = []
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def wish(number: int, _: object) -> None:
        asked.append(number)
        for one, handler in before.items():
            signal.signal(one, handler)

    try:
        for number in before:
            signal.signal(number, wish)
    except ValueError:  # not the main thread: whoever runs us there looks after signals
        yield lambda: False
        return
    try:
        yield lambda: bool(asked)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _progress(end: int, shown: bool) -> Generator["Callable[[Place], None] | None"]:
    """Tell how far a run is: one moving line on a terminal, else a line at times."""
    if not shown:
        yield None
        return
    if not sys.stderr.isatty():
        yield _plainly
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    total = end if end < 10**12 else None
    columns = (TextColumn("{task.description}"), BarColumn(bar_width=24))
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("learning", total=total)
        yield lambda place: bar.update(task, completed=place.read, description=_line(place))


def _plainly(place: "Place") -> None:
    if place.noted:
        say(_line(place))


def _line(place: "Place") -> str:
    parts = [
        f"{place.read / 1e6:.1f} MB",
        f"{place.bits:.3f} bits per byte",
        *([f"held out {place.held:.3f}"] if place.held is not None else []),
        f"{place.speed / 1e3:.1f} kB/s",
        *([f"{_duration(place.left)} left"] if place.left is not None else []),
    ]
    return ", ".join(parts)


def _duration(seconds: float) -> str:
    minutes = int(seconds // 60)
    if minutes >= 60:
        return f"{minutes // 60} h {minutes % 60:02} min"
    return f"{minutes} min {int(seconds % 60):02} s"
