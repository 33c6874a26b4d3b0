"""Milliseconds of keeping turns: stored, coded, told again after a restart, opened.

`python -m tests.bench.bank` prints JSON lines; `ENFOLD_BYTE_MODEL` names another model.
"""

import json
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from memory.bank.bank import Bank
from memory.bank.guessers import newest
from memory.bank.kept import START, Said
from memory.bank.reading import code_waiting, read
from memory.bank.transcoding import Stand, learn, transcode

PARLOUR = Path(__file__).parents[1] / "golden" / "parlour.txt"
TURN, SEGMENT = 2000, 46_000


def timed(what: str, job: Callable[[], object], size: int) -> None:
    wall, own = time.perf_counter(), time.process_time()
    job()
    own, wall = time.process_time() - own, time.perf_counter() - wall
    figure = {
        "bench": f"bank.{what}",
        "ms": round(own * 1000, 2),
        "wall_ms": round(wall * 1000, 2),
    }
    print(json.dumps({**figure, "bytes": size}), flush=True)


def main() -> None:
    source = PARLOUR.read_bytes() * 8
    said = [
        Said(place, f"AI-{place % 2 + 1}", source[place * TURN : (place + 1) * TURN])
        for place in range(SEGMENT // TURN)
    ]
    model = newest()
    print(json.dumps({"bench": "bank.model", "model": model[:16]}), flush=True)
    with TemporaryDirectory() as folder:
        bank = Bank(Path(folder) / "bank.sqlite")
        bank.turns.append("r", said[:1])
        timed("append", lambda: bank.turns.append("r", said[1:2]), TURN)
        bank.turns.append("r", said)
        at = Stand(model, START, START)
        timed("transcode", lambda: transcode(at, said[:1], 0.0), TURN)
        timed("reopen", lambda: learn(at, said), SEGMENT)
        code_waiting(bank.turns, "r")
        timed("open_last", lambda: read(bank.turns, "r", said[-1].place), SEGMENT)
        timed("open_first", lambda: read(bank.turns, "r", 0), TURN)
        bank.close()


if __name__ == "__main__":
    main()
