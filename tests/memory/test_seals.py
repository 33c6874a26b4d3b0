"""Bytes turned over in a bank's file, one at a time: whatever they change is named."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from memory.bank.bank import Bank
from memory.bank.checking import check
from tests.memory.test_laminae import closed, merged, split_up, sql, talk


@pytest.fixture(autouse=True)
def _mixer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENFOLD_BYTE_MODEL", "")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "bank.sqlite"


@pytest.fixture
def bank(path: Path) -> Iterator[Bank]:
    bank = Bank(path)
    yield bank
    bank.close()


def turned(path: Path, before: bytes, after: bytes) -> None:
    """Write other bytes over each place in the file that has `before`."""
    assert len(before) == len(after)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    whole = path.read_bytes()
    assert before in whole
    path.write_bytes(whole.replace(before, after))


# ── laminae ──────────────────────────────────────────────────────────────────────────────


def parted(path: Path) -> None:
    """Leave a bank with a lamina that was split in two."""
    bank = Bank(path)
    split_up(bank, closed(bank, talk(20)), [9])
    bank.close()


@pytest.mark.parametrize("alive", [True, False])
@pytest.mark.parametrize(
    ("field", "worse"),
    [
        ("code", lambda code: code[:-1] + "~"),
        ("at", lambda at: at.replace("20", "21", 1)),
        ("at", lambda _: "yesterday"),
        ("made", lambda made: "merged"),
        ("stored", lambda stored: stored ^ 1),
        ("version", lambda version: version ^ 1),
        ("length", lambda length: length ^ 4),
        ("turns", lambda turns: turns ^ 2),
        ("chain", lambda chain: bytes([chain[0] ^ 1]) + chain[1:]),
        ("last", lambda last: last + 1),
        ("seal", lambda seal: seal ^ 1 << 40),
        ("seal", lambda seal: seal ^ 1),
        ("seal", lambda _: 0),
    ],
)
def test_whatever_is_changed_of_a_lamina_is_named(
    path: Path, alive: bool, field: str, worse: Callable[..., object]
) -> None:
    parted(path)
    bank = Bank(path)
    assert check(bank.laminae, "r") == []
    which = "(SELECT number FROM laminae WHERE segment IS {} NULL ORDER BY number LIMIT 1)"
    which = which.format("NOT" if alive else "")
    ((value,),) = sql(path, f"SELECT {field} FROM laminae WHERE number = {which}")  # noqa: S608
    sql(path, f"UPDATE laminae SET {field} = ? WHERE number = {which}", worse(value))  # noqa: S608
    assert any("not what was kept" in str(wrong) for wrong in check(bank.laminae, "r"))
    bank.close()


def test_a_byte_of_what_a_lamina_was_about_is_named_in_the_file(path: Path) -> None:
    parted(path)
    ((dead,),) = sql(path, "SELECT at FROM laminae WHERE segment IS NULL")
    assert isinstance(dead, str)
    at = dead.encode()
    turned(path, b"indexed" + at, b"indexed" + at[:3] + bytes([at[3] ^ 1]) + at[4:])
    bank = Bank(path)
    assert bank.check() == []  # all rows are rows
    (wrong,) = check(bank.laminae, "r")
    assert "what is said of it is not what was kept" in str(wrong)
    bank.close()


def test_a_lamina_that_is_damaged_is_so_when_it_is_parted_too(bank: Bank, path: Path) -> None:
    whole = closed(bank, talk(20))
    sql(path, "UPDATE laminae SET stored = stored + 1")
    parts = split_up(bank, whole, [9])
    (wrong,) = check(bank.laminae, "r")
    assert "it was let go of, and what is said of it" in wrong.why
    merged(bank, parts)
    assert len(check(bank.laminae, "r")) == 1


def test_coding_anew_seals_what_is_sound_and_that_alone(bank: Bank, path: Path) -> None:
    one, other = split_up(bank, closed(bank, talk(20)), [9])
    sql(path, "UPDATE laminae SET stored = stored + 1 WHERE number = ?", other.number)
    before = sql(path, "SELECT model, stored, seal FROM laminae WHERE segment IS NOT NULL")
    for lamina in (one, other):
        segment = bank.laminae.segment("r", lamina)
        rows = bank.turns.rows("r", segment)
        assert bank.turns.recode("r", segment, rows, model="", version=segment.version + 1)
    after = sql(path, "SELECT model, stored, seal FROM laminae WHERE segment IS NOT NULL")
    assert before[0][2] != after[0][2]
    assert before[1][2] == after[1][2]
    (wrong,) = check(bank.laminae, "r")
    assert wrong.place == other.first
