"""Speed of the index at 1,000, 10,000 and 100,000 turns: fold, recall, delaminate.

`python -m tests.bench.recall [TURNS...]` prints JSON lines. Turns are drawn, seeded, from
topics with their own words, and asked for by words of one of them. Milliseconds of one core,
p50 and p95; `index` is a lamina's row, `open` what the gists of a room take to load, `fold` a
turn of the text carrier and `delaminate` cutting 48 kB by topic.
"""

import json
import random
import sys
import time
from collections.abc import Callable, Sequence

from memory.cc.base import CC, Turn, Utterance
from memory.cc.carriers import carrier
from memory.delaminate import cut
from memory.index.leaf import Leaf, leaf
from memory.index.query import Query
from memory.index.recall import Index

LAMINA = 40
ASKED = 300
_SYLLABLES = [a + b for a in "bdfgklmnprstvz" for b in ("a", "e", "i", "o", "u", "an", "or")]


def drawn(turns: int, seed: int = 7) -> list[Utterance]:
    """Return `turns` utterances of about 150 bytes, a new topic every twenty or so."""
    dice = random.Random(seed)
    common = ["".join(dice.choices(_SYLLABLES, k=2)) for _ in range(1500)]
    said: list[Utterance] = []
    topic: list[str] = []
    for place in range(turns):
        if not topic or dice.random() < 0.05:
            topic = ["".join(dice.choices(_SYLLABLES, k=3)) for _ in range(40)]
        picked = dice.choices(topic, k=8) + dice.choices(common, k=10)
        dice.shuffle(picked)
        said.append(Utterance(place, f"AI-{dice.randrange(4) + 1}", "I " + " ".join(picked)))
    return said


def figures(name: str, took: Sequence[float], **more: int) -> None:
    """Print one line: p50 and p95 of `took`, in milliseconds."""
    ordered = sorted(took)
    p50, p95 = (
        ordered[len(ordered) // 2],
        ordered[min(len(ordered) - 1, len(ordered) * 95 // 100)],
    )
    line = {"bench": f"recall.{name}", "p50_ms": round(p50 * 1000, 3)}
    print(json.dumps({**line, "p95_ms": round(p95 * 1000, 3), **more}), flush=True)


def timed(job: Callable[[], object]) -> float:
    """Return how many seconds of processor time `job` takes."""
    begun = time.process_time()
    job()
    return time.process_time() - begun


def measure(turns: int) -> None:
    """Measure a room of `turns` turns."""
    said = drawn(turns)
    leaves: list[Leaf] = []
    took: list[float] = []
    for start in range(0, turns - LAMINA, LAMINA):
        part = said[start : start + LAMINA]
        took.append(
            timed(lambda part=part: leaves.append(leaf(part[0].place, part[-1].place, part)))
        )
    size = sum(len(one.text.encode()) for one in said)
    figures("index", took, turns=turns)
    index = Index()

    def opened() -> None:
        for one in leaves:
            index.put(one.first, one.last, one.gist, lambda one=one: one.words)
        index.hear(said[len(leaves) * LAMINA :])

    figures("open", [timed(opened)], turns=turns)
    dice = random.Random(3)
    asked = [
        Query("What did you say of " + " ".join(dice.sample(one.text.split(), 5)) + "?")
        for one in dice.choices(said, k=ASKED)
    ]
    # Asked twice: at first laminae are opened that nobody has asked for yet.
    took = [timed(lambda one=one: index.recall(one)) for one in asked]
    figures("recall_first", took, turns=turns)
    took = [timed(lambda one=one: index.recall(one)) for one in asked]
    figures(
        "recall",
        took,
        turns=turns,
        laminae=len(leaves),
        gist_bytes=sum(len(one.gist) for one in leaves),
        words_bytes=sum(len(one.words) for one in leaves),
        text_bytes=size,
    )
    keeper, cc = carrier("text", 4096), CC("text")
    took = []
    for one in said[-200:]:
        turn = Turn(one.place, one.place, (one,))
        begun = time.process_time()
        cc = keeper.fold(cc, turn)
        took.append(time.process_time() - begun)
    figures("fold", took, turns=turns)
    figures(
        "delaminate", [timed(lambda: cut(said[-320:], None)) for _ in range(5)], turns=turns
    )


def main() -> None:
    """Measure each of the sizes given, 1,000, 10,000 and 100,000 by default."""
    for turns in [int(given) for given in sys.argv[1:]] or [1_000, 10_000, 100_000]:
        measure(turns)


if __name__ == "__main__":
    main()
