"""Banks of earlier versions, brought up to date by a process that dies or fails at some call.

Whatever happens, the next start finds the old bank or the new one, whole, and makes of it,
row for row, what a start without faults makes of it; the copy that was made before is whole or not there.
"""

import gzip
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final

from memory.bank.bank import Bank
from memory.bank.reading import verify
from memory.errors import RecallError
from tests.faults.library import Fault, Faults
from tests.faults.trial import Outcome, heard, state

GOLDEN: Final = Path(__file__).parents[1] / "golden"
BANKS: Final = tuple(sorted(GOLDEN.glob("bank-*.sqlite.gz")))


def laid(bank: Path, folder: Path) -> Path:
    """Put a golden bank into a folder and return its path there."""
    folder.mkdir(parents=True)
    path = folder / "bank.sqlite"
    path.write_bytes(gzip.decompress(bank.read_bytes()))
    return path


def whole(path: Path) -> bytes:
    """Bring a bank up to date, read all of it, and return a digest of its rows.

    Raises:
        RecallError: It cannot be, or something is wrong with it.
    """
    bank = Bank(path)
    try:
        assert bank.check() == []
        for room in bank.indexed():
            assert verify(bank.turns, room) == []
            for fold in bank.history(room, "text"):
                bank.at(room, "text", fold.upto)
        return state(bank)
    finally:
        bank.close()


def calls(faults: Faults, bank: Path, folder: Path) -> int:
    """Return how many calls on the disk bringing a bank up to date makes."""
    path = laid(bank, folder)

    def upgrade(say: Callable[[bytes], None]) -> None:
        faults.arm(folder, Fault.NONE, 0)
        Bank(path).close()
        say(f"{faults.count()}\n".encode())

    return int(heard(upgrade)[0][0])


def run(
    faults: Faults, old: Path, fault: Fault, at: int, folder: Path, *, expected: bytes
) -> Outcome:
    """Bring a golden bank up to date in `folder`, which is made, with a fault at a call."""
    path = laid(old, folder)

    def upgrade(say: Callable[[bytes], None]) -> None:
        faults.arm(folder, fault, at)
        try:
            Bank(path).close()
        except RecallError as error:
            say(f"f {len(str(error).splitlines())}\n".encode())
        else:
            say(b"d\n")

    said, killed = heard(upgrade)
    wrong: list[str] = []
    if not killed and said not in (["d"], ["f 1"]):
        wrong.append(f"not told in one line: {said}")
    try:
        bank = Bank(path)
        found = [*bank.check(), *(["bank: other rows"] if state(bank) != expected else [])]
        bank.close()
        wrong += found
    except RecallError as error:
        wrong.append(f"bank: {error}")
    for copy in folder.glob("bank.sqlite.v*"):
        if copy.suffix == ".half":
            continue  # made over the next time
        with closing(sqlite3.connect(copy)) as before:
            sound = before.execute("PRAGMA integrity_check").fetchone()[0]
            version = before.execute("PRAGMA user_version").fetchone()[0]
        if sound != "ok" or copy.name != f"bank.sqlite.v{version}":
            wrong.append(f"copy: {sound}, version {version}")
    ended = "killed" if killed else "done" if said == ["d"] else "failed"
    return Outcome(f"bring up {old.name[:6]}", fault, at, ended, tuple(wrong))
