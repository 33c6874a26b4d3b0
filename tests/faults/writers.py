"""Many processes write one bank at once, some of them the same room.

Each records lines in its own log, or finds that another has the room, and keeps turns and
folds. Afterwards every turn of every process is there.
"""

import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from harness.archive import turns as told
from memory.bank.bank import Bank
from memory.bank.reading import read as opened_turn
from memory.bank.reading import verify
from transcripts.log import read

ROOT: Final = Path(__file__).resolve().parents[2]

_WRITE: Final = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from harness.archive import turns as told
from memory.bank.bank import Bank
from memory.cc.base import CC
from transcripts import events as e
from transcripts.errors import RoomBusy
from transcripts.log import Log

folder, room, writer, count = Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
now = datetime(2026, 1, 1, tzinfo=UTC)
path = folder / "rooms" / room / "log.jsonl"
bank = Bank(folder / "bank.sqlite")
# Everybody stands ready before anybody begins.
print("ready", flush=True)
sys.stdin.readline()
try:
    log = Log(path, now=now)
except RoomBusy as busy:
    print("busy", str(busy).count(chr(10)), flush=True)
    # The room is another's; what is said elsewhere is kept all the same.
    room = f"{room}-{writer}"
    path = folder / "rooms" / room / "log.jsonl"
    path.parent.mkdir()
    log = Log(path, now=now)
with log:
    if not log.entries:
        log.append(now, e.Opened(title=room))
    for number in range(count):
        said = log.append(now, e.Spoke(author="AI-1", text=f"{writer} says {number} " * 9))
        bank.turns.append(room, told([said]))
        cc = CC("window", said.place, f"{room} {said.place}".encode())
        bank.keep(room, cc, first=said.place, size=9, seconds=0.0)
        print("kept", room, said.place, flush=True)
    sys.stdin.readline()
bank.close()
"""


@dataclass(frozen=True, slots=True)
class Together:
    """What many writers came to."""

    writers: int
    rooms: int
    busy: int
    """Writers that found their room open elsewhere."""
    turns: int
    """Acknowledged, all together."""
    wrong: tuple[str, ...]


def together(folder: Path, *, writers: int = 16, each: int = 20) -> Together:
    """Have `writers` processes write a bank at once, two of every four the same room.

    Args:
        folder: Where; empty.
        writers: How many.
        each: Turns that each of them keeps.
    """
    rooms = [f"room-{number - (number % 4 == 1)}" for number in range(writers)]
    for room in rooms:
        (folder / "rooms" / room).mkdir(parents=True, exist_ok=True)
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", _WRITE, str(folder), room, str(number), str(each)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        for number, room in enumerate(rooms)
    ]
    for process in processes:
        assert process.stdout is not None
        process.stdout.readline()
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    said: list[str] = []
    for process in processes:
        assert process.stdout is not None
        lines = process.stdout
        mine = 0
        while mine < each and (line := lines.readline()):
            said.append(line.strip())
            mine += line.startswith("kept")
    for process in processes:  # a room is open until all have written
        process.communicate("\n")
    wrong = [f"a writer ended with {p.returncode}" for p in processes if p.returncode]
    busy = [line for line in said if line.startswith("busy")]
    wrong += [
        "a room that is open is told in several lines" for line in busy if line != "busy 0"
    ]
    kept = Counter(line.split()[1] for line in said if line.startswith("kept"))
    wrong += _checked(folder, kept)
    return Together(writers, len(kept), len(busy), sum(kept.values()), tuple(wrong))


def _checked(folder: Path, kept: Counter[str]) -> list[str]:
    bank = Bank(folder / "bank.sqlite")
    try:
        wrong = bank.check()
        if set(bank.turns.rooms()) != set(kept):
            wrong.append("a room is not in the bank")
        for room, count in kept.items():
            wrong += [str(trouble) for trouble in verify(bank.turns, room)]
            said = told(read(folder / "rooms" / room / "log.jsonl"))
            there = [opened_turn(bank.turns, room, one.place) for one in said]
            if there != said or len(said) != count:
                wrong.append(f"{room}: {len(there)} turns of {count}")
            if len(bank.history(room, "window")) != count:
                wrong.append(f"{room}: folds are missing")
    finally:
        bank.close()
    return wrong
