"""What a room's own answers are beside those given everything, by what carries it.

`python -m tests.bench.behaviour [TURNS]` prints a line of JSON for each carrier. The room is
the one of `tests.harness.test_sidebyside`: one asks, wordily, for six facts that were told at
the start; one knows what stands in its request and makes up the rest. Budgets are the room's
usual ones. The model is a server on the loopback, so nothing but memory can go wrong.
"""

import asyncio
import json
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from harness.evaluation.live import report
from harness.evaluation.verifier import Mixed
from harness.twice import Plan
from tests.agents.door import BEHAVIOURS, door_server
from tests.harness.test_sidebyside import OURS, both, cast

CARRIERS = ("text", "window", "empty")
TURNS = 60


def main(turns: int = TURNS) -> None:
    """Print what each carrier shows, of the one who knows."""
    BEHAVIOURS.update(OURS)
    with door_server() as door, tempfile.TemporaryDirectory() as folder:
        room = cast(Path(folder), door.model("asks"), door.model("knows"))
        room = replace(room, window=6, budget=2048, recall=2048)
        for carrier in CARRIERS:
            run = asyncio.run(both(Path(folder), room, Plan(turns=turns, carrier=carrier)).go())
            run.pairs = [pair for pair in run.pairs if pair.speaker == "AI-2"]
            found = report(run, Mixed())
            told = {
                "carrier": carrier,
                "pairs": len(run.pairs),
                **{name: found["agreement"]["stems"][name] for name in ("cc", "lost")},
                "contradict": found["contradictions"]["cc"],
                "room says as": found["contradictions"]["room says as"],
                "sent": {side: found["cost"][side]["sent"] for side in ("cc", "full")},
                "ratio": found["cost"]["ratio"],
            }
            sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
