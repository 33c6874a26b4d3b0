"""A run of learning: steps, measurements, checkpoints and a log, and its end.

The rate rises, stays, and falls along a cosine over the last `cooling` bytes, so that a run
needs to know its end only when it comes: `COOL` in its folder begins the fall, `STOP` ends at
once; both leave a checkpoint. Several processes follow the first, which alone writes.
"""

import fcntl
import json
import math
import os
import resource
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from harness.errors import NotPossible
from harness.training import checkpoint
from harness.training.corpus import Ready
from harness.training.learner import ENDLESS, Learner, Recipe, recipe_of, taken_up
from harness.training.measure import Measured, held_out, measure, others
from harness.training.ranks import Ranks

LAST, BEST, LOG = "last.safetensors", "best.safetensors", "log.jsonl"
NOTED = 30.0
"""Seconds between two lines of the log."""
SETTLED = 2.0
"""Seconds after which a speed says something."""


@dataclass(frozen=True, slots=True)
class Place:
    """How far a run is."""

    step: int
    read: int
    """Bytes."""
    bits: float
    """Per byte of what was read lately."""
    speed: float
    """Bytes per second of wall clock, lately."""
    left: float | None
    """Seconds, if the run knows its end."""
    held: float | None
    """Bits per byte of held-out text, the mean over its sources, when last measured."""
    noted: bool
    """Whether a line of the log was written."""


def begun(folder: Path) -> tuple[Recipe, int] | None:
    """Give the recipe of the run in a folder and how many bytes it has read, if one is there.

    Raises:
        NotPossible: Its checkpoint cannot be read.
    """
    last = folder / LAST
    if not last.exists():
        return None
    told = checkpoint.told(last)
    return recipe_of(told["recipe"]), int(told["read"])


def learn(
    recipe: Recipe,
    ready: Ready,
    folder: Path,
    *,
    judged: Sequence[Path] = (),
    every: float = 600.0,
    limit: float = math.inf,
    most: int = 24_000,
    device: str = "cpu",
    ranks: Ranks | None = None,
    told: Callable[[Place], None] | None = None,
    stopped: Callable[[], bool] = lambda: False,
) -> Learner:
    """Learn until `recipe.bytes`, `limit` seconds or a `STOP` file; go on where `folder` stands.

    Args:
        recipe: Of a run that goes on, its own (see `begun`), changed by `taken_up`.
        ready: The text.
        folder: Of the run: `last.safetensors`, `best.safetensors`, `log.jsonl`.
        judged: Files and folders to measure on and never learn from.
        every: Seconds between measurements, each with a checkpoint.
        limit: Seconds of processor time for this call: what neighbours take does not count.
        most: Bytes of each source to measure on.
        device: As torch names it.
        ranks: The processes that learn together.
        told: Hears after every step how far the run is.
        stopped: Asked after every step; true ends the run with a checkpoint, at once.

    Raises:
        NotPossible: Another process learns in that folder; the run in it is of other text or
            another shape; learning goes wrong.
    """
    ranks = ranks or Ranks()
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder) if ranks.first else _beside():
        kept = begun(folder)
        if kept is not None:
            taken_up(
                kept[0], {name: getattr(recipe, name) for name in ("shape", "lanes", "seed")}
            )
        learner = Learner(recipe, ready, device=device, ranks=ranks)
        if kept is not None:
            learner.load(folder / LAST)
        run = _Run(learner, folder, every=every, limit=limit, told=told, stopped=stopped)
        if ranks.first:
            run.texts = held_out(ready, most=most) + others(judged, most=most)
        run.go()
    return learner


class _Run:
    """What one call of `learn` keeps in mind."""

    def __init__(
        self,
        learner: Learner,
        folder: Path,
        *,
        every: float,
        limit: float,
        told: Callable[[Place], None] | None,
        stopped: Callable[[], bool],
    ) -> None:
        self.learner, self.folder, self.every, self.limit = learner, folder, every, limit
        self.told, self.stopped = told, stopped
        self.texts: list[Any] = []
        rows = [row for row in logged(folder) if "held" in row]
        self.held: float | None = rows[-1]["held"] if rows else None
        self.best = min((row["held"] for row in rows), default=math.inf)
        self.begun = time.process_time()
        self.marked = self.measured = time.monotonic()
        self.since, self.costs, self.speed = learner.read, list[float](), 0.0

    def go(self) -> None:
        """Learn to the end."""
        learner = self.learner
        while True:
            if learner.read >= learner.recipe.bytes:
                self.end()
                return
            self.costs.append(learner.step())
            now = time.monotonic()
            stop, cool, due = learner.ranks.agree(
                [self.asked_to_stop(), self.asked_to_cool(), now - self.measured >= self.every],
                learner.device,
            )
            if cool:
                end = learner.read + learner.recipe.cooling
                learner.recipe = replace(learner.recipe, bytes=min(end, learner.recipe.bytes))
            noted = bool(stop) or now - self.marked >= NOTED
            if learner.ranks.first:
                self.tell(noted=noted)
            if stop == 2:
                self.save()
                return
            if stop == 1:
                self.end()
                return
            if due:
                self.measure()

    def asked_to_stop(self) -> int:
        """1 for an end with a last measurement, 2 for one at once, 0 for none."""
        if self.stopped():
            return 2
        if (self.folder / "STOP").exists():
            (self.folder / "STOP").unlink(missing_ok=True)
            return 1
        return int(time.process_time() - self.begun >= self.limit)

    def asked_to_cool(self) -> int:
        """Whether the rate shall fall from now on."""
        asked = (self.folder / "COOL").exists()
        if asked and self.learner.ranks.first:
            (self.folder / "COOL").unlink(missing_ok=True)
        return int(asked)

    def tell(self, *, noted: bool) -> None:
        """Say how far the run is, in the log too if that is due."""
        learner, now = self.learner, time.monotonic()
        spent = max(1e-9, now - self.marked)
        speed = (learner.read - self.since) / spent
        bits = sum(self.costs) / len(self.costs)
        if spent >= SETTLED or not self.speed:  # the first step is slow: it says little
            self.speed = speed
        if noted:
            learner.seconds += spent
            note(
                self.folder,
                {
                    "step": learner.step_,
                    "read": learner.read,
                    "seconds": round(learner.seconds, 1),
                    "bits": round(bits, 4),
                    "speed": round(speed),
                    "rate": learner.recipe.at(learner.step_, learner.read),
                    "cpu": round(time.process_time() - self.begun, 1),
                    "passes": round(learner.stream.passes, 3),
                    "faults": resource.getrusage(resource.RUSAGE_SELF).ru_minflt,
                },
            )
            self.marked, self.since, self.costs = now, learner.read, []
        if self.told is not None:
            self.told(
                Place(
                    step=learner.step_,
                    read=learner.read,
                    bits=bits,
                    speed=self.speed,
                    left=self.left(),
                    held=self.held,
                    noted=noted,
                )
            )

    def left(self) -> float | None:
        """Seconds to the end, if one is known."""
        ends: list[float] = []
        if self.learner.recipe.bytes < ENDLESS and self.speed > 0:
            ends.append(max(0, self.learner.recipe.bytes - self.learner.read) / self.speed)
        if math.isfinite(self.limit):
            ends.append(max(0.0, self.limit - (time.process_time() - self.begun)))
        return min(ends, default=None)

    def end(self) -> None:
        """Measure a last time and leave a checkpoint."""
        self.save()
        self.measure()

    def measure(self) -> None:
        """Measure, and leave a checkpoint; the best so far is kept beside."""
        learner = self.learner
        better = 0
        if learner.ranks.first and self.texts:
            found = measure(learner.model, self.texts)
            self.held = _mean(found)
            note(
                self.folder,
                {
                    "step": learner.step_,
                    "read": learner.read,
                    "held": self.held if self.held is None else round(self.held, 4),
                    "sources": {n: round(b, 4) for n, b in found.bits.items()},
                    "ends": {n: round(b, 2) for n, b in found.ends.items()},
                    "bytes": found.bytes,
                },
            )
            better = int(self.held is not None and self.held < self.best)
            self.best = min(self.best, self.held if self.held is not None else math.inf)
        self.save()
        if learner.ranks.agree([better], learner.device)[0]:
            learner.save(self.folder / BEST)
        self.marked = self.measured = time.monotonic()
        self.since, self.costs = learner.read, []

    def save(self) -> None:
        """Leave a checkpoint."""
        self.learner.save(self.folder / LAST)


def _mean(found: Measured) -> float | None:
    """The mean over the sources of our own; texts that are only judged by do not count."""
    own = [bits for name, bits in found.bits.items() if not name.startswith("~")]
    return sum(own) / len(own) if own else None


def note(folder: Path, row: dict[str, Any]) -> None:
    """Add a line to the run's log, after mending one that a kill left torn.

    Raises:
        NotPossible: The disk says no.
    """
    log = folder / LOG
    try:
        with log.open("ab+") as out:
            if out.tell():
                out.seek(-1, os.SEEK_END)
                torn = out.read(1) != b"\n"
                out.write(b"\n" if torn else b"")
            out.write(json.dumps(row).encode() + b"\n")
            out.flush()
            os.fsync(out.fileno())
    except OSError as error:
        raise NotPossible(f"{log} cannot be written: {error.strerror or error}") from error


def logged(folder: Path) -> list[dict[str, Any]]:
    """Give the rows of a run's log that count.

    What followed a checkpoint that was taken up again was done twice: the first doing does not
    count, nor does a line that a kill left torn.
    """
    log = folder / LOG
    rows: list[dict[str, Any]] = []
    for line in log.read_bytes().splitlines() if log.exists() else []:
        try:
            parsed: object = json.loads(line)
        except ValueError:
            continue
        row = cast("dict[str, Any]", parsed) if isinstance(parsed, dict) else {}
        if "read" in row and "step" in row:
            while rows and rows[-1]["step"] > row["step"]:
                rows.pop()
            rows.append(row)
    return rows


@contextmanager
def _alone(folder: Path) -> Generator[None]:
    """Keep others from learning in the same folder, and clear what a kill left."""
    with (folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise NotPossible(f"another process learns in {folder}") from error
        for stale in folder.glob(".*.safetensors.*"):
            stale.unlink(missing_ok=True)
        yield


@contextmanager
def _beside() -> Generator[None]:
    yield
