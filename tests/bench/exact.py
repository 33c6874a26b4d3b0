"""The same bytes everywhere? `python -m tests.bench exact [N]`: a line for each way to compute.

Random and real turns (halves) go through both backends, at once and byte by byte, with 1, 2
and 4 threads, with torch absent and loaded, through other builds, other Pythons and other
NumPys; all must find the counts and the codes that the first way found. Each way is a process of
its own. All of it with the golden model and with weights that saturate; a part of it with the
shipped model. Exit code 2 where one differs.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Final

import numpy as np
from numpy.typing import NDArray

from memory.kernel import network
from memory.models import choice, file, known
from memory.models.frozen import CLIP, SHIFT, Frozen, Rows
from memory.models.plain import PlainReader
from tests.bench import codec_texts
from tests.bench.codec_texts import ROOT, Text, Turn
from tests.bench.exact_digest import GROUP, Way

TINY: Final = ROOT / "tests" / "golden" / "tiny.hqlm"
PYTHONS: Final = tuple(f"python3.{minor}" for minor in range(11, 16))
OLD_NUMPY: Final = "2.0.2"


@dataclass(frozen=True, slots=True)
class Plan:
    """One line: a way, and in what process."""

    what: str
    way: Way
    environment: dict[str, str] = field(default_factory=dict[str, str])
    python: str = sys.executable


@dataclass(frozen=True, slots=True)
class Line:
    """What came of a plan."""

    model: str
    what: str
    turns: int
    same: bool | None
    """As the first way found; `None` where it could not be run."""
    note: str

    def told(self) -> dict[str, object]:
        """As a line of JSON."""
        return {
            name: getattr(self, name) for name in ("model", "what", "turns", "same", "note")
        }


def turns(many: int, seed: int = 4) -> list[Turn]:
    """Return turns, every other one real: pieces of what was said in all samples here."""
    draw = Random(seed)
    known_texts = [codec_texts.own(), *codec_texts.seed(), *codec_texts.rooms()]
    real = [
        turn
        for text in (*known_texts, *codec_texts.locomo(64_000))
        if isinstance(text, Text)
        for talk in text.talks
        for turn in talk
    ]
    got: list[Turn] = []
    for place in range(many):
        most = 1500 if place % 250 > 247 else 60
        size = min(most, int(draw.expovariate(1 / (most / 2.5))))
        if place % 2:
            author, text = draw.choice(real)
            at = draw.randrange(max(1, len(text) - size))
            got.append((author, text[at : at + size]))
        else:
            author = draw.choice((b"", b"AI-1", "Zoë".encode(), draw.randbytes(5)))
            got.append((author, _random(draw, size)))
    return got


def _random(draw: Random, size: int) -> bytes:
    match draw.randrange(5):
        case 0:
            return draw.randbytes(size)
        case 1:
            return bytes(draw.choices(range(32, 127), k=size))
        case 2:
            return "".join(chr(draw.randrange(0xA0, 0xD7FF)) for _ in range(size // 2)).encode()
        case 3:
            return bytes([draw.randrange(256)]) * size
        case _:
            return draw.randbytes(3) * (size // 3) + draw.randbytes(2)


def saturated(model: Frozen, seed: int = 4) -> Frozen:
    """Return a model of the same shape with every number near the most that it may be."""
    dice = np.random.default_rng(seed)

    def signs(shape: tuple[int, ...]) -> NDArray[np.int64]:
        return dice.choice(np.array([-1, 1], np.int64), shape)

    def rows(of: Rows, most: int) -> Rows:
        # Whole rows of one sign, too: their sums go to the ends, not only the numbers.
        shape = of.weight.shape
        weight = 127 * np.where(dice.random((shape[0], 1)) < 0.5, 1, signs(shape))
        reach = 127 * CLIP * shape[1]
        scale = min((most << SHIFT) // reach, (1 << 31) - 1)
        return Rows.of(weight.astype(np.int8), signs((shape[0],)) * scale)

    share = (1 << 26) // len(model.blocks)
    blocks = tuple(
        replace(
            block,
            inward=rows(block.inward, 1 << 28),
            bias=signs(block.bias.shape) << 28,
            outward=rows(block.outward, share),
        )
        for block in model.blocks
    )
    return replace(
        model,
        embed=signs(model.embed.shape) << 24,
        table=(127 * signs(model.table.shape)).astype(np.int8),
        parts=signs(model.parts.shape) * ((1 << 22) - 1),
        blocks=blocks,
        head=rows(model.head, 1 << 29),
    )


def plans(
    way: Way, blobs: str, *, slow: int, small: bool, whole: bool = False
) -> Iterator[Plan]:
    """Yield what is to be compared; the first is what the others are compared with.

    Args:
        way: Names the turns and the model.
        blobs: File to which the first writes its codes.
        slow: Groups for the ways that are slow.
        small: Leave out what takes long to set up.
        whole: Send all turns through NumPy and the reference once, however slow.
    """
    yield Plan("C, at once", replace(way, write=blobs), {"OMP_NUM_THREADS": "1"})
    yield Plan("C, byte by byte", replace(way, stepwise=True))
    yield Plan("C writes, C reads", replace(way, undo=blobs))
    python = replace(way, backend="python", mixer="python", first=slow)
    if way.model:
        numpy = replace(way, backend="python", first=0 if whole else slow)
        yield Plan("NumPy, mixed in C", numpy)
    yield Plan("NumPy and Python, at once", replace(python, first=0 if whole else slow))
    yield Plan("NumPy and Python, byte by byte", replace(python, stepwise=True))
    yield Plan("C writes, NumPy and Python read", replace(python, undo=blobs))
    if way.model and (library := network.library()) is not None:
        for level in range(network.best(library)):
            yield Plan(f"C, {network.LEVELS[level]}", replace(way, level=level))
    yield Plan("C, -O0", replace(way, flags=("-O0",)))
    yield Plan("C, -O3 -march=native", replace(way, flags=("-O3", "-march=native")))
    yield Plan("four readers at once", replace(way, readers=4))
    for threads in ("1",) if small else ("1", "2", "4"):
        name = "1 thread" if threads == "1" else f"{threads} threads"
        environment = {"OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads}
        if threads != "1":
            yield Plan(f"C, {name}", way, environment)
        yield Plan(f"NumPy and Python, {name}", python, environment)
    yield Plan("torch absent", replace(way, torch="absent"))
    if not small:
        yield Plan("torch loaded", replace(way, torch="loaded"))


def elsewhere(way: Way, found: dict[str, str], *, slow: int) -> Iterator[Plan]:
    """Yield both backends on other Pythons and NumPys."""
    for name, python in found.items():
        yield Plan(f"{name}: C", way, python=python)
        plain = replace(way, backend="python", mixer="python", first=slow)
        yield Plan(f"{name}: NumPy and Python", plain, python=python)


def run(plan: Plan) -> tuple[list[str] | None, str]:
    """Return a plan's digests, and how it went."""
    environment = {**os.environ, **plan.environment, "PYTHONPATH": str(ROOT)}
    told = json.dumps({name: value for name, value in asdict(plan.way).items() if value})
    if plan.way.level is not None:
        told = json.dumps({**json.loads(told), "level": plan.way.level})
    done = subprocess.run(
        [plan.python, "-W", "ignore", "-m", "tests.bench.exact_digest", told],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    if done.returncode:
        return None, (done.stderr.strip().splitlines() or ["no word"])[-1]
    got = json.loads(done.stdout)
    with_it = f"Python {got['python']}, NumPy {got['numpy']}"
    return got["digests"], f"{with_it}{', torch' if got['torch'] else ''}, {got['seconds']} s"


def compared(name: str, many: int, made: Iterator[Plan]) -> Iterator[Line]:
    """Run plans and hold each against the first."""
    first: list[str] | None = None
    for plan in made:
        digests, note = run(plan)
        if digests is None:
            yield Line(name, plan.what, 0, False if "Unequal" in note else None, note)
            continue
        first = first or digests
        same = (
            all(x == "equal" for x in digests)
            if plan.way.undo
            else (digests == first[: len(digests)])
        )
        yield Line(name, plan.what, min(many, GROUP * len(digests)), same, note)


def interpreters(folder: Path, given: list[Path]) -> tuple[dict[str, str], list[str]]:
    """Return other Pythons with NumPy, made in `folder` where that can be; and why not others."""
    found: dict[str, str] = {str(path): str(path) for path in given}
    missing: list[str] = []
    here = tuple(sys.version_info[:3])
    wanted: list[tuple[str, str]] = [(sys.executable, f"numpy=={OLD_NUMPY}")]
    seen = {here}
    for name in PYTHONS:
        path = shutil.which(name, path=os.defpath + os.pathsep + os.environ.get("PATH", ""))
        version = _version(path) if path else None
        if path and version and version not in seen:
            seen.add(version)
            wanted.append((path, "numpy"))
    if len(wanted) == 1:
        missing.append("no other Python is on the path")
    for place, (path, numpy) in enumerate(wanted):
        venv = folder / f"venv-{place}"
        python = venv / "bin" / "python"
        try:
            subprocess.run(
                [path, "-m", "venv", venv], check=True, capture_output=True, timeout=120
            )
            install = [python, "-m", "pip", "install", "-q", numpy, "platformdirs"]
            subprocess.run(install, check=True, capture_output=True, timeout=300)
        except (OSError, subprocess.SubprocessError) as fault:
            missing.append(f"{path} with {numpy}: {type(fault).__name__}")
            continue
        found[f"Python {'.'.join(map(str, _version(str(python)) or ()))}, {numpy}"] = str(
            python
        )
    return found, missing


def _version(path: str) -> tuple[int, ...] | None:
    try:
        told = subprocess.run(
            [path, "-c", "import sys; print(*sys.version_info[:3])"],
            check=True,
            capture_output=True,
            text=True,
            timeout=30,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return tuple(map(int, told.stdout.split()))


def lines(
    many: int, folder: Path, *, model: Path | None, others: dict[str, str], small: bool = False
) -> Iterator[Line]:
    """Run everything.

    Args:
        many: Turns; ways that are slow take a part of them, which their lines tell.
        folder: For what is written in between.
        model: The shipped model or another; a hundredth of the turns goes through it.
        others: Names and paths of other Pythons.
        small: Leave out what takes long.
    """
    every, few = folder / "every.json", folder / "few.json"
    for path, count in ((every, many), (few, max(GROUP, many // 20))):
        said = [(author.hex(), text.hex()) for author, text in turns(count)]
        path.write_text(json.dumps(said), encoding="utf-8")
    wild = saturated(file.decode(TINY.read_bytes()).frozen)
    wild_file = folder / "saturated.hqlm"
    wild_file.write_bytes(file.encode(wild, answer=known.answer(PlainReader(wild))))
    blobs = str(folder / "blobs.json")
    # The reference codes some 1 kB/s, and half of the ways take it.
    slow = max(1, many // GROUP // (2 if small else 20))
    for name, path in (("golden", TINY), ("saturated", wild_file)):
        way = Way(str(every), model=str(path))
        much = not small and name == "golden"
        made = plans(way, blobs, slow=slow, small=not much, whole=much)
        yield from compared(name, many, made)
        if name == "golden":
            first = Plan("C, at once", way)
            yield from list(
                compared(name, many, iter([first, *elsewhere(way, others, slow=slow)]))
            )[1:]
    yield from compared("none", many, plans(Way(str(every)), blobs, slow=slow, small=True))
    if model is not None:
        count = max(GROUP, many // 20)
        way = Way(str(few), model=str(model))
        yield from compared("shipped", count, plans(way, blobs, slow=2, small=True))


def main(arguments: list[str]) -> int:
    """Print a line for each way; 2 where one differs."""
    made = argparse.ArgumentParser(prog="python -m tests.bench exact", description=__doc__)
    made.add_argument("turns", nargs="?", type=int, default=10_000, metavar="N")
    made.add_argument(
        "--model", type=Path, help="a .hqlm file instead of the one that is shipped"
    )
    made.add_argument("--python", type=Path, action="append", default=[],
                      help="another Python that has NumPy and platformdirs")  # fmt: skip
    made.add_argument(
        "--here", action="store_true", help="make no environments of other versions"
    )
    made.add_argument("--json", action="store_true", help="a line of JSON for each")
    chosen = made.parse_args(arguments)
    differ = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        others, missing = (
            ({str(p): str(p) for p in chosen.python}, ["--here"])
            if chosen.here
            else (interpreters(folder, chosen.python))
        )
        for why in missing:
            print(f"left out: {why}", file=sys.stderr)
        model = chosen.model or choice.shipped()
        for line in lines(max(1, chosen.turns), folder, model=model, others=others):
            differ += line.same is False
            if chosen.json:
                print(json.dumps(line.told(), ensure_ascii=False), flush=True)
            else:
                word = {True: "same", False: "OTHER", None: "not run"}[line.same]
                clock = time.strftime("%H:%M:%S")
                print(f"{clock}  {line.model:<10}{line.what:<36}{line.turns:>7,} turns  "
                      f"{word:<8}{line.note}", flush=True)  # fmt: skip
    return 2 if differ else 0
