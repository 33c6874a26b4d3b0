"""`python -m tests.faults N FOLDER`: so many faults, and what became of them, as JSON lines.

It runs in a process that the library was loaded into; `tests.faults.running` starts it. Nine
lines in ten are single trials, in an order drawn from the seed: calls that go wrong, losses of
power, bits that are turned over.
"""

import argparse
import gc
import json
import logging
import shutil
import sys
import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Final

from tests.faults import cuts, flips, trial, upgrades, world
from tests.faults.library import Fault, Faults
from tests.faults.trial import Outcome

TRIALS: Final = 400
"""Trials in one world, before another is drawn."""

SHARES: Final = {"call": 0.67, "upgrade": 0.03, "cut": 0.15, "log": 0.05, "bank": 0.10}
"""Of the trials: calls that go wrong, also while an old bank is brought up to date, losses of
power, flips in the log and in the bank."""


def faults(count: int, folder: Path, seed: int) -> Iterator[Outcome]:
    """Yield what became of `count` trials in worlds drawn from `seed`."""
    library = Faults()
    done = 0
    while done < count:
        home = folder / str(seed)
        most = min(TRIALS, count - done)
        yield from _in_one(library, home, seed, most)
        shutil.rmtree(home)
        done += most
        seed += 1


def _in_one(library: Faults, home: Path, seed: int, count: int) -> Iterator[Outcome]:
    drawn = world.draw(home, seed)
    draw = Random(seed)
    ground = trial.Ground(library, drawn, home / "trial")
    with _fresh(home) as folder:
        life = cuts.lived(library, drawn, folder)
    calls: dict[int, int] = {}
    for step in range(len(drawn.steps)):
        with _fresh(home) as folder:
            calls[step] = trial.calls(library, drawn, step, folder)
    old: dict[Path, tuple[int, bytes]] = {}
    said = drawn.promised(len(drawn.steps)).turns
    sound = flips.sound(home / "now", said)
    gc.collect()
    gc.freeze()  # children share what there is
    # Each call of each step is as likely as another, and so is each kind of fault.
    places = [
        (step, at)
        for step, most in calls.items()
        for at in range(1, most + 1)
        # Putting a log away and bringing it back takes ten times as long as anything else.
        if drawn.steps[step].name != "archive and restore" or draw.random() < ARCHIVED
    ]
    for number in range(count):
        kind = draw.choices([*SHARES], [*SHARES.values()])[0]
        with _fresh(home) as folder:
            match kind:
                case "call":
                    step, at = draw.choice(places)
                    if draw.random() < 0.3:  # the log, where there are few calls
                        step = draw.choice(
                            [s for s in calls if calls[s] <= LOG_CALLS] or [step]
                        )
                        at = draw.randrange(1, calls[step] + 1)
                    fault = draw.choice([*Fault][1:])
                    yield trial.run(ground, step, fault, at)
                case "upgrade":
                    bank = draw.choice([*upgrades.BANKS])
                    if bank not in old:
                        most = upgrades.calls(library, bank, folder)
                        shutil.rmtree(folder)
                        old[bank] = most, upgrades.whole(upgrades.laid(bank, folder))
                        shutil.rmtree(folder)
                    at = draw.randrange(1, old[bank][0] + 1)
                    fault = draw.choice([*Fault][1:])
                    yield upgrades.run(library, bank, fault, at, folder, expected=old[bank][1])
                case "cut":
                    upto = draw.randrange(len(life.calls) + 1)
                    yield cuts.pull(ground, life, upto, seed * TRIALS + number)
                case where:
                    world.copied(home / "now", folder)
                    chance = seed * TRIALS + number
                    yield flips.flip(folder, where, chance, sound, said)


ARCHIVED: Final = 0.3
"""Share of the calls of putting a log away that are tried in one world."""

LOG_CALLS: Final = 4
"""Steps with no more calls than that are those on the log."""


@contextmanager
def _fresh(home: Path) -> Generator[Path]:
    folder = home / "trial"
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main() -> None:
    """Print what became of each trial."""
    arguments = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    arguments.add_argument("count", type=int)
    arguments.add_argument("--seed", type=int, default=0)
    chosen = arguments.parse_args()
    logging.disable()
    # In memory where there is room: nobody pulls a real plug.
    shared = Path("/dev/shm")  # noqa: S108 - a folder of its own is made in it
    with tempfile.TemporaryDirectory(dir=shared if shared.is_dir() else None) as folder:
        for one in faults(chosen.count, Path(folder), chosen.seed):
            line = [one.step, one.fault.told, one.at, one.ended, one.repaired, *one.wrong]
            sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
