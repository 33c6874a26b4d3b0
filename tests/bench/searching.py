"""What finding costs, and what the index and cc's history take.

`python -m tests.bench.searching [TALK.json]` prints JSON lines. The text is LoCoMo's, if the
file is given (`locomo_dev.json`), and drawn words otherwise. Milliseconds are of the
processor, bytes are of the bank's own tables.
"""

import json
import sqlite3
import sys
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any, cast

from harness.finding import find
from harness.rooms import Rooms
from memory.bank.bank import Bank
from memory.cc.base import CC, Turn, Utterance
from memory.cc.carriers import carrier
from transcripts import events as e
from transcripts.participants import Participant

NOW = datetime(2026, 1, 1, tzinfo=UTC)
KEYS = ("lantern", "the weekend", '"support group"', "zzz", "喜欢")


def talk(path: Path | None) -> list[str]:
    """Return lines that people said."""
    if path is None:
        chance = Random(1)
        words = [
            "".join(chance.choices("etaoinshrdlu", k=chance.randrange(2, 9)))
            for _ in range(4000)
        ]
        return [
            " ".join(
                words[int(4000 * chance.random() ** 3)] for _ in range(chance.randrange(5, 40))
            )
            for _ in range(3000)
        ]
    body = cast("list[dict[str, Any]]", json.loads(path.read_text(encoding="utf-8")))
    return [
        turn["text"]
        for one in body
        for session in range(1, 60)
        for turn in one["conversation"].get(f"session_{session}", [])
    ]


def tell(what: str, **figures: float) -> None:
    rounded = {name: round(figure, 3) for name, figure in figures.items()}
    print(json.dumps({"bench": f"searching.{what}", **rounded}), flush=True)


def make(rooms: Rooms, said: list[str], number: int) -> None:
    events: list[e.Event] = [
        e.Opened(title=f"Room {number}"),
        e.Joined(participant=Participant(id="AI-1", name="Ada", model="m")),
        *(e.Spoke(author="AI-1", text=text) for text in said),
    ]
    begun = NOW + timedelta(minutes=number)
    timed = [(begun + timedelta(seconds=n), event, None) for n, event in enumerate(events)]
    rooms.import_(timed, title=f"Room {number}", now=begun)


def keys(folder: Path, said: list[str], rooms: int, lines: int) -> None:
    """Type words into the search of all rooms, a key at a time."""
    here, bank = Rooms(folder / "rooms"), folder / "bank.sqlite"
    source = cycle(said)
    for number in range(rooms):
        make(here, list(islice(source, lines)), number)
    began = time.process_time()
    find(bank, here, "x")
    tell(f"index.{rooms}x{lines}", seconds=time.process_time() - began)
    for word in KEYS:
        taken: list[float] = []
        for end in range(1, len(word) + 1):
            began = time.process_time()
            find(bank, here, word[:end], 100)
            taken.append((time.process_time() - began) * 1000)
        tell(
            f"key.{rooms}x{lines}.{word}", mean_ms=sum(taken) / len(taken), worst_ms=max(taken)
        )


def sizes(folder: Path, said: list[str]) -> None:
    """Index lines two at a time, and fold them, a line and four lines a fold."""
    with closing(Bank(folder / "words.sqlite")) as bank:
        for start in range(0, len(said), 2):
            bank.index(
                "r",
                [
                    Utterance(start + n, "a", text)
                    for n, text in enumerate(said[start : start + 2])
                ],
            )
        text = sum(len(one.encode()) for one in said)
        tell("words", share=bank.words.size() / text, text=text)
    for together in (1, 4):
        path = folder / f"cc-{together}.sqlite"
        way, cc, text, whole, folds = carrier("text", 2048), CC("text"), 0, 0, 0
        with closing(Bank(path)) as bank:
            for start in range(0, min(800, len(said)), together):
                heard = tuple(
                    Utterance(start + n, f"AI-{n}", one)
                    for n, one in enumerate(said[start : start + together])
                )
                cc = way.fold(cc, Turn(start, start + len(heard) - 1, heard))
                bank.keep("r", cc, first=start, size=len(cc.code), seconds=0.01)
                text += sum(len(one.text.encode()) for one in heard)
                whole += len(cc.code)
                folds += 1
            began = time.process_time()
            for place in range(100, 700, 3):
                bank.at("r", "text", place)
            look = (time.process_time() - began) * 5
        with closing(sqlite3.connect(path)) as file:
            codes = file.execute("SELECT sum(length(code)) FROM cc").fetchone()[0]
            pages = file.execute("SELECT sum(pgsize) FROM dbstat WHERE name = 'cc'").fetchone()[
                0
            ]
        tell(
            f"history.{together}",
            text_a_fold=text / folds,
            whole_a_fold=whole / folds,
            code_a_fold=codes / folds,
            pages_a_fold=pages / folds,
            share_of_text=pages / text,
            look_ms=look,
        )


def main() -> None:
    said = talk(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
    with TemporaryDirectory() as folder:
        sizes(Path(folder), said)
    for rooms, lines in ((1, 10_000), (1000, 50)):
        with TemporaryDirectory() as folder:
            keys(Path(folder), said, rooms, lines)


if __name__ == "__main__":
    main()
