"""`python -m tests.bench faults [N]`: N faults of a disk, and a table of what was lost.

Processes killed at every call that changes a file, disks full or broken from some call on,
half of a write done, losses of power, bits turned over; then sixteen processes that write one
bank. Ends with 1 if anything was lost, or altered without being named.
"""

import argparse
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.faults.library import NoFaults
from tests.faults.running import Counts, run
from tests.faults.writers import together


def main(given: list[str]) -> int:
    """Run them, tell how far it is on stderr, print the table; return the exit code."""
    arguments = argparse.ArgumentParser(
        prog="python -m tests.bench faults", description=__doc__
    )
    arguments.add_argument("count", nargs="?", type=int, default=10_000)
    arguments.add_argument("--seed", type=int, default=0, help="the first world's")
    arguments.add_argument("--writers", type=int, default=16)
    chosen = arguments.parse_args(given)
    started = time.monotonic()

    def tell(counts: Counts) -> None:
        if counts.trials % 100 == 0:
            seconds = time.monotonic() - started
            print(
                f"{counts.trials:,} of {chosen.count:,}, {len(counts.wrong)} wrong,"
                f" {seconds:,.0f} s",
                file=sys.stderr,
                flush=True,
            )

    try:
        counts = run(chosen.count, seed=chosen.seed, tell=tell)
    except NoFaults as error:
        print(f"Error: {error}", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        many = together(Path(folder), writers=chosen.writers)
    _print(counts)
    print(
        f"\n{many.writers} writers at once, {many.rooms} rooms: {many.turns:,} turns"
        f" acknowledged, {many.busy} told that their room is open elsewhere, {len(many.wrong)} wrong"
    )
    for line in [*counts.wrong, *many.wrong]:
        print(f"WRONG: {line}")
    seconds = time.monotonic() - started
    print(f"\n{counts.trials:,} faults in {seconds:,.0f} s: {len(counts.wrong)} wrong")
    return 1 if counts.wrong or many.wrong else 0


def _print(counts: Counts) -> None:
    endings = [
        "killed",
        "failed",
        "done",
        "missed",
        "cut",
        "named",
        "harmless",
    ]
    for title, key in (("what went wrong", 1), ("in the middle of", 0)):
        print(f"\n| {title} | trials | {' | '.join(endings)} |")
        print("|---|---:|" + "---:|" * len(endings))
        rows: dict[str, Counter[str]] = {}
        for names, number in counts.ended.items():
            name = names[key] if names[1] != "nothing" else names[0]
            rows.setdefault(name, Counter())[names[2]] += number
        for name, row in sorted(rows.items()):
            cells = " | ".join(f"{row[ending]:,}" for ending in endings)
            print(f"| {name} | {row.total():,} | {cells} |")
    print("\nnamed: reading or checking says so; harmless: all reads as before")
    print(
        f"\n{counts.repaired:,} times half a line, or what a loss of power left, was moved aside"
    )
