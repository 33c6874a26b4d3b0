"""Starts trials in processes of their own, that the library is loaded into, and counts."""

import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tests.faults.library import build, environment

ROOT: Final = Path(__file__).resolve().parents[2]


@dataclass(slots=True)
class Counts:
    """What became of many trials."""

    ended: Counter[tuple[str, str, str]] = field(default_factory=Counter[tuple[str, str, str]])
    """By what was done, what went wrong, and how it ended."""
    repaired: int = 0
    wrong: list[str] = field(default_factory=list[str])
    """What was lost or not named, a line each."""

    @property
    def trials(self) -> int:
        """How many there were."""
        return self.ended.total()


def run(count: int, *, seed: int = 0, tell: Callable[[Counts], None] | None = None) -> Counts:
    """Carry out `count` trials in worlds drawn from `seed`.

    Raises:
        NoFaults: There can be none on this machine.
        RuntimeError: The trials broke off.
    """
    counts = Counts()
    for step, fault, at, ended, repaired, *wrong in _lines(count, seed):
        counts.ended[step, fault, ended] += 1
        counts.repaired += repaired
        counts.wrong += [f"{step}, {fault}, call {at}: {one}" for one in wrong]
        if tell is not None:
            tell(counts)
    return counts


def _lines(count: int, seed: int) -> Iterator[list[Any]]:
    with tempfile.TemporaryDirectory() as folder:
        library = build(Path(folder))
        command = [sys.executable, "-m", "tests.faults", str(count), "--seed", str(seed)]
        with subprocess.Popen(
            command, cwd=ROOT, env=environment(library), stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            for line in process.stdout:
                yield json.loads(line)
    if process.returncode:
        raise RuntimeError(f"the trials broke off with {process.returncode}")
