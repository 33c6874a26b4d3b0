"""Banks of before the fourth version: every code and every word comes along, or nothing changes."""

import gzip
import sqlite3
import subprocess
import sys
import zlib
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import pytest

from memory.bank.bank import Bank
from memory.bank.migrations import MIGRATIONS, ready
from memory.cc.base import CC
from memory.errors import NothingCarried

GOLDEN = Path(__file__).parents[1] / "golden"
ROOT = Path(__file__).parents[2]
OLD = MIGRATIONS[:3]


def seal(base: bytes, carrier: str, upto: int, code: bytes) -> bytes:
    """As version 3 sealed."""
    return sha256(base + f"{carrier}\0{upto}\0{len(code)}\0".encode() + code).digest()


def code(place: int) -> bytes:
    kept = [one for one in range(place + 1) if one % 3 == 0 or one > place - 20][-30:]
    return b"".join(b"%d AI-1| a lamp for %d\n" % (one, one * 37) for one in kept)


def an_old_bank(path: Path, folds: int = 150, lines: int = 300) -> None:
    ready(path, OLD)
    with closing(sqlite3.connect(path)) as bank, bank:
        for number, room in ((4, "the-tower"), (9, "the-shore")):
            bank.execute(
                "INSERT INTO rooms VALUES (?, ?, '', ?, '', ?)",
                (number, room, room, lines - 1),
            )
            full, sealed = b"", b""
            for place in range(folds):
                added = b"%d AI-1: lamp\n" % place
                full += added
                sealed = seal(sealed, "full", place, added)
                base = place - 1 if place else None
                for row in (
                    ("full", place, CC("full", place, full).digest, base, added, sealed),
                    (
                        "text",
                        place,
                        CC("text", place, code(place), b"state").digest,
                        None,
                        code(place),
                        seal(b"", "text", place, code(place)),
                    ),
                ):
                    carrier, upto, digest, base, blob, seals = row
                    bank.execute(
                        "INSERT INTO cc VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                        (number, carrier, upto, upto, 9, 0.012345, digest, base, blob, seals),
                    )
            bank.execute(
                "INSERT INTO states VALUES (?, 'text', ?, 5, ?)",
                (number, folds - 1, zlib.compress(b"state", 1)),
            )
            for place in range(0, lines, 2):
                bank.execute(
                    "INSERT INTO lines (room, place, author, text) VALUES (?, ?, ?, ?)",
                    (number, place, "AI-1", f"the {place}th lamp of {room}, and its oil " * 4),
                )


def texts(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as bank:
        return list(bank.iterdump())


def test_every_code_of_an_old_bank_comes_along(tmp_path: Path) -> None:
    path = tmp_path / "bank.sqlite"
    an_old_bank(path)
    bank = Bank(path)
    full = b""
    for place in range(150):
        full += b"%d AI-1: lamp\n" % place
        assert bank.at("the-shore", "full", place).code == full
        assert bank.at("the-tower", "text", place).code == code(place)
    newest = bank.newest("the-tower", "text")
    assert newest == CC("text", 149, code(149), b"state")
    history = bank.history("the-tower", "text")
    assert [row.upto for row in history] == list(range(150))
    assert {row.seconds for row in history} == {0.012345}
    assert history[7].digest == CC("text", 7, code(7), b"state").digest
    assert bank.check() == []
    bank.keep("the-tower", CC("text", 150, code(150), b"s"), first=150, size=9, seconds=0.0)
    assert bank.at("the-tower", "text", 150).code == code(150)
    bank.close()


def test_every_word_of_an_old_bank_comes_along_and_its_text_does_not(tmp_path: Path) -> None:
    path = tmp_path / "bank.sqlite"
    an_old_bank(path)
    before = path.stat().st_size
    bank = Bank(path)
    [hits] = bank.search("lamps")
    every = list(range(298, -1, -2))
    assert hits.places == {"the-tower": every, "the-shore": every}
    [hits] = bank.search("288th shore")
    assert hits.places == {"the-shore": [288]}
    assert bank.indexed() == {"the-tower": 299, "the-shore": 299}
    bank.close()
    assert path.stat().st_size < before / 3
    assert b"lamp of the-shore" not in path.read_bytes()


def test_a_code_that_was_damaged_before_stays_behind_and_takes_nothing_along(
    tmp_path: Path,
) -> None:
    path = tmp_path / "bank.sqlite"
    an_old_bank(path, folds=20)
    with closing(sqlite3.connect(path)) as old, old:
        old.execute("UPDATE cc SET code = x'00' WHERE carrier = 'text' AND upto = 7")
        old.execute("UPDATE cc SET code = x'00' WHERE carrier = 'full' AND upto = 7")
        old.execute("UPDATE cc SET digest = 'none' WHERE carrier = 'text' AND upto = 9")
    bank = Bank(path)
    assert bank.check() == []
    there = [row.upto for row in bank.history("the-tower", "text")]
    assert there == [place for place in range(20) if place not in {7, 9}]
    assert all(bank.at("the-tower", "text", place).code == code(place) for place in there)
    assert [row.upto for row in bank.history("the-tower", "full")] == list(range(7))
    bank.close()


@pytest.mark.parametrize("golden", ["bank-1", "bank-2"])
def test_golden_banks_give_every_code_back(tmp_path: Path, golden: str) -> None:
    path = tmp_path / "bank.sqlite"
    path.write_bytes(gzip.decompress((GOLDEN / f"{golden}.sqlite.gz").read_bytes()))
    with closing(sqlite3.connect(path)) as old:
        rows = old.execute(
            """SELECT id, carrier, upto, digest, base, code FROM cc
               JOIN rooms ON rooms.number = cc.room ORDER BY id, carrier, upto"""
        ).fetchall()
        said = old.execute(
            "SELECT id, place FROM lines JOIN rooms ON rooms.number = room"
        ).fetchall()
    assert rows
    bank = Bank(path)
    whole = b""
    for room, carrier, upto, digest, base, blob in rows:
        whole = blob if base is None else whole + blob
        assert bank.at(room, carrier, upto).code == whole
        assert digest in {row.digest for row in bank.history(room, carrier)}
    if said:
        places = {
            (room, place)
            for hits in bank.search("lamp")
            for room, found in hits.places.items()
            for place in found
        }
        assert places
        assert places <= set(said)
    assert bank.check() == []
    bank.close()


def test_an_upgrade_that_fails_leaves_the_old_bank(tmp_path: Path) -> None:
    path = tmp_path / "bank.sqlite"
    an_old_bank(path, folds=5)
    before = texts(path)

    def broken(connection: sqlite3.Connection) -> None:
        connection.execute("DROP TABLE no_such_table")

    with pytest.raises(sqlite3.OperationalError):
        ready(path, [*MIGRATIONS, broken])
    assert texts(path) == before
    Bank(path).close()


def test_an_upgrade_that_is_killed_leaves_the_old_bank(tmp_path: Path) -> None:
    path = tmp_path / "bank.sqlite"
    an_old_bank(path, folds=30)
    before = texts(path)
    killed = (
        "import os, signal, sys; from pathlib import Path\n"
        "from memory.bank.migrations import MIGRATIONS, ready\n"
        "def kill(connection): os.kill(os.getpid(), signal.SIGKILL)\n"
        "ready(Path(sys.argv[1]), [*MIGRATIONS, kill])\n"
    )
    process = subprocess.run([sys.executable, "-c", killed, path], cwd=ROOT, check=False)
    assert process.returncode == -9
    assert texts(path) == before
    copy = Path(f"{path}.v3")
    assert texts(copy) == before
    bank = Bank(path)
    assert bank.at("the-tower", "text", 29).code == code(29)
    with pytest.raises(NothingCarried):
        bank.at("the-tower", "window", 29)
    bank.close()
