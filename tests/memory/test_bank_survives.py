"""What happens to a bank when the process, the disk or another process fails it."""

import contextlib
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from pathlib import Path

import pytest

from memory.bank.bank import Bank
from memory.cc.base import CC
from memory.errors import BankError

ROOT = Path(__file__).resolve().parents[2]

FOLD_ON = """
import sys
from pathlib import Path
from memory.bank.bank import Bank
from memory.cc.base import CC, Turn, Utterance
from memory.cc.carriers import carrier

path, room, name, most = Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
bank = Bank(path)
here = carrier(name, 512)
cc = bank.newest(room, name) or CC(name)
print("at", cc.upto, cc.digest, flush=True)
for place in range(cc.upto + 1, cc.upto + 1 + most):
    said = Utterance(place, "AI-1", f"In {1900 + place} I bought {place} lamps in Oslo.")
    cc = here.fold(cc, Turn(place, place, (said,)))
    bank.keep(room, cc, first=place, size=here.size(cc), seconds=0.0)
    bank.index(room, [said])
    print("kept", place, cc.digest, flush=True)
bank.close()
"""


def start(path: Path, room: str, name: str, most: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", FOLD_ON, str(path), room, name, str(most)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )


@pytest.mark.parametrize("name", ["text", "full"])
def test_a_killed_process_loses_nothing_it_had_acknowledged(tmp_path: Path, name: str) -> None:
    path = tmp_path / "shelf" / "bank.sqlite"
    chance = random.Random(name)
    acknowledged: dict[int, str] = {}
    for _ in range(5):
        process = start(path, "r", name, 10_000)
        assert process.stdout is not None
        process.stdout.readline()
        for _ in range(chance.randrange(5, 40)):
            _, place, digest = process.stdout.readline().split()
            acknowledged[int(place)] = digest
        time.sleep(chance.random() / 100)
        process.send_signal(signal.SIGKILL)
        for line in process.stdout:  # what it said before the kill took
            if line.endswith("\n"):
                _, place, digest = line.split()
                acknowledged[int(place)] = digest
        process.stdout.close()
        process.wait()

        bank = Bank(path)
        assert bank.check() == []
        kept = {row.upto: row.digest for row in bank.history("r", name)}
        assert acknowledged.items() <= kept.items()
        newest = bank.newest("r", name)
        assert newest is not None
        assert newest.upto == max(kept)
        assert list(kept) == list(range(newest.upto + 1))
        bank.close()
    assert len(acknowledged) > 50


def test_two_processes_write_one_bank_and_neither_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "shelf" / "bank.sqlite"
    processes = [start(path, room, "text", 60) for room in ("r", "s")]
    said = [process.communicate(timeout=50)[0].split() for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    bank = Bank(path)
    assert bank.check() == []
    for room, words in zip(("r", "s"), said, strict=True):
        newest = bank.newest(room, "text")
        assert newest is not None
        assert (newest.upto, newest.digest) == (59, words[-1])
        assert len(bank.history(room, "text")) == 60
        assert bank.indexed_upto(room) == 59
    bank.close()


def test_many_processes_may_make_the_same_bank(tmp_path: Path) -> None:
    path = tmp_path / "shelf" / "bank.sqlite"
    processes = [start(path, f"r{i}", "window", 2) for i in range(6)]
    for process in processes:
        process.communicate(timeout=50)
    assert [process.returncode for process in processes] == [0] * 6


def test_two_processes_that_fold_the_same_room_agree(tmp_path: Path) -> None:
    path = tmp_path / "shelf" / "bank.sqlite"
    processes = [start(path, "r", "text", 30) for _ in range(2)]
    for process in processes:
        process.communicate(timeout=50)
    assert [process.returncode for process in processes] == [0, 0]
    bank = Bank(path)
    assert bank.check() == []
    assert bank.newest("r", "text") is not None
    bank.close()


@contextlib.contextmanager
def mounted(options: str) -> Generator[Path, None, None]:
    if os.geteuid() != 0:
        pytest.skip("mounting a small disk takes root")
    folder = Path(tempfile.mkdtemp(prefix="enfold-disk-"))
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        folder.rmdir()
        pytest.skip(f"mounting is not permitted here: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)
        folder.rmdir()


def test_a_full_disk_is_told_in_one_line_and_loses_nothing() -> None:
    with mounted("size=768k") as disk:
        bank = Bank(disk / "shelf" / "bank.sqlite")
        kept: list[CC] = []

        def fill() -> None:
            for upto in range(1000):
                cc = CC("window", upto, os.urandom(4000))
                bank.keep("r", cc, first=upto, size=4000, seconds=0.0)
                kept.append(cc)

        with pytest.raises(BankError, match=r"cannot keep cc: the disk is full") as caught:
            fill()
        assert "\n" not in str(caught.value)
        assert len(kept) > 10
        assert bank.newest("r", "window") == kept[-1]
        assert [row.digest for row in bank.history("r", "window")] == [cc.digest for cc in kept]

        subprocess.run(["mount", "-o", "remount,size=4m", str(disk)], check=True)
        cc = CC("window", len(kept), b"there is room again")
        bank.keep("r", cc, first=cc.upto, size=19, seconds=0.0)
        assert bank.newest("r", "window") == cc
        assert bank.check() == []
        bank.close()


def test_a_disk_too_full_to_begin_is_told_in_one_line() -> None:
    with mounted("size=16k") as disk:
        (disk / "filler").write_bytes(b"x" * 12_000)
        with pytest.raises(BankError, match=r"cannot open the bank: .*disk") as caught:
            Bank(disk / "shelf" / "bank.sqlite")
        assert "\n" not in str(caught.value)


def test_a_read_only_disk_is_told_in_one_line_and_not_touched() -> None:
    with mounted("size=4m") as disk:
        path = disk / "shelf" / "bank.sqlite"
        bank = Bank(path)
        bank.keep("r", CC("window", 0, b"one"), first=0, size=3, seconds=0.0)
        bank.close()
        before = path.read_bytes()
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        with pytest.raises(BankError, match=r"cannot open the bank: .*(read-only|Read-only)"):
            Bank(path)
        assert path.read_bytes() == before


def test_a_bank_whose_folder_may_not_be_written_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "shelf").write_text("a file where the folder should be")
    with pytest.raises(BankError, match="cannot open the bank") as caught:
        Bank(tmp_path / "shelf" / "bank.sqlite")
    assert "\n" not in str(caught.value)
