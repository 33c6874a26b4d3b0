"""What the byte model's carried state is worth: `python -m tests.bench.state [MODEL] [--most N]`.

Bits per byte of turns read after all before them against each turn read from nothing, in
whole numbers, per source: LoCoMo (development half), QMSum, FriendsQA, from `../shared/data`.
The difference is all that the recurrent state carries for that model; what it carries for
others is the words beside it, which `carrier_quality --methods state` measures.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from memory.cc.reading import MOST, Follower
from memory.models.choice import opened
from memory.models.shipping import MISSING, shipped
from tests.bench.carrier_quality import DATA, DATASETS


def spent(reader: Follower, turns: list[tuple[bytes, bytes]], *, carried: bool) -> float:
    """Return the bits that `turns` take, each after all before it or each from nothing."""
    state, millibits = b"", 0
    for turn in turns:
        heard = reader.read(state if carried else b"", [turn])
        state = heard.state
        millibits += sum(heard.bits[0])
    return millibits / 1000


def rows(model: Path, most: int) -> Iterator[dict[str, object]]:
    """Yield a figure for each source."""
    reader = Follower(opened(model).guesser())
    for name, talks in DATASETS.items():
        after, alone, size = 0.0, 0.0, 0
        for talk in talks():
            left = max(0, most - size)
            turns: list[tuple[bytes, bytes]] = []
            for said in talk.utterances:
                text = said.text.encode()[:MOST]
                if len(text) > left:
                    break
                left -= len(text)
                turns.append((said.author.encode(), text))
            size += sum(len(text) for _, text in turns)
            after += spent(reader, turns, carried=True)
            alone += spent(reader, turns, carried=False)
        yield {
            "bench": "state",
            "source": name,
            "bytes": size,
            "carried": round(after / size, 4),
            "nothing": round(alone / size, 4),
            "percent": round(100 * (after / alone - 1), 2),
        }


def main() -> None:
    """Print a line of JSON for each source."""
    parser = argparse.ArgumentParser(description="What the carried state is worth.")
    parser.add_argument("model", type=Path, nargs="?", default=shipped())
    parser.add_argument("--most", type=int, default=60_000, help="bytes of each source")
    options = parser.parse_args()
    if options.model is None:
        sys.exit(MISSING)
    if not DATA.is_dir():
        sys.exit(f"no data at {DATA}")
    for row in rows(options.model, options.most):
        print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
