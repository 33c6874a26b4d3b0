"""How many answers survive in cc, by carrier and budget: `python -m tests.bench.carrier_quality`.

The measure is `harness.evaluation.carrying`'s; `enfold eval cc` has it with what is recalled
beside cc, this has other sets at once and the time of a fold. The data is not part of the
project: LoCoMo (development half), FriendsQA and QMSum are read from `../shared/data`.
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from harness.evaluation import datasets
from harness.evaluation.carrying import KEPT, by_place, held, needed, spoken
from harness.evaluation.keeping import METHODS
from harness.evaluation.talks import Talk
from memory.models.shipping import shipped

DATA: Final = Path(__file__).resolve().parents[2].parent / "shared" / "data"

FILES: Final = {
    "locomo": DATA / "locomo" / "locomo_dev.json",
    "friendsqa": DATA / "friendsqa" / "friendsqa_dev.json",
    "qmsum": DATA / "qmsum" / "val.jsonl",
}


def talks(name: str) -> list[Talk]:
    """Return the conversations of a set, without pictures."""
    return [spoken(talk) for talk in datasets.read(name, FILES[name]).talks]


DATASETS: Final[dict[str, Callable[[], list[Talk]]]] = {
    "locomo": lambda: talks("locomo"),
    "friendsqa": lambda: talks("friendsqa"),
    "qmsum": lambda: talks("qmsum"),
}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="How many answers survive in cc.")
    parser.add_argument("--data", choices=[*DATASETS, "all"], default="all")
    parser.add_argument("--budgets", type=int, nargs="+", default=[1024, 2048, 4096, 8192])
    parser.add_argument(
        "--methods",
        nargs="+",
        choices=list(METHODS),
        default=[name for name in METHODS if name != "state" or shipped()],
    )
    options = parser.parse_args()
    if not DATA.is_dir():
        sys.exit(f"no data at {DATA}")
    for name in DATASETS if options.data == "all" else [options.data]:
        rooms = [(talk, needed(talk)) for talk in DATASETS[name]()]
        asked = sum(len(needs) for _, needs in rooms)
        size = sum(talk.bytes for talk, _ in rooms) / len(rooms) / 1000
        print(f"\n{name}: {len(rooms)} rooms of {size:.1f} kB, {asked} questions")
        print("hits % (share of words left %)")
        print(f"{'':10}" + "".join(f"{budget:>16,}" for budget in options.budgets))
        for method in options.methods:
            row = f"{method:10}"
            times: list[float] = []
            for budget in options.budgets:
                shares: list[int] = []
                for talk, needs in rooms:
                    kept = by_place(METHODS[method](talk, budget, times))
                    shares += [held(one, kept) for one in needs]
                hits = 100 * sum(share >= KEPT for share in shares) / len(shares)
                row += f"{hits:9.1f} ({sum(shares) / len(shares) / 1e4:4.1f})"
            if times:
                times.sort()
                middle, most = times[len(times) // 2], times[len(times) * 99 // 100]
                row += f"   fold {1000 * middle:.1f} ms, p99 {1000 * most:.1f}"
            print(row, flush=True)


if __name__ == "__main__":
    main()
