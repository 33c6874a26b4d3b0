"""Bytes turned over in a bank's file, one at a time: whatever they change is named."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from memory.bank.bank import Bank
from memory.bank.checking import check
from memory.bank.reading import verify
from memory.cc.base import CC, Utterance
from memory.errors import BankError
from tests.memory.test_laminae import closed, merged, split_up, sql, talk


@pytest.fixture(autouse=True)
def _mixer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENFOLD_BYTE_MODEL", "")


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
        ("code", "code || '~'"),
        ("at", "replace(at, '20', '21')"),
        ("at", "'yesterday'"),
        ("made", "'merged'"),
        ("stored", "stored + 1"),
        ("version", "version + 1"),
        ("length", "length + 1"),
        ("turns", "turns + 1"),
        ("chain", "CAST(x'00' || substr(chain, 2) AS BLOB)"),
        ("last", "last + 1"),
        ("seal", "seal + (1 << 40)"),
        ("seal", "seal + 1"),
        ("seal", "0"),
    ],
)
def test_whatever_is_changed_of_a_lamina_is_named(
    path: Path, alive: bool, field: str, worse: str
) -> None:
    parted(path)
    bank = Bank(path)
    assert check(bank.laminae, "r") == []
    which = "(SELECT number FROM laminae WHERE segment IS {} NULL ORDER BY number LIMIT 1)"
    which = which.format("NOT" if alive else "")
    sql(path, f"UPDATE laminae SET {field} = {worse} WHERE number = {which}")  # noqa: S608
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


def test_a_segment_that_says_other_places_than_its_turns_is_named(
    bank: Bank, path: Path
) -> None:
    closed(bank, talk(20))
    assert verify(bank.turns, "r") == []
    sql(path, "UPDATE segments SET last = last - 3 WHERE first = 0")
    (wrong,) = verify(bank.turns, "r")
    assert wrong.why == "its segment is of places 0 to 57, and says 0 to 54"


# ── folds ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("upto", [1, 2, 3])
@pytest.mark.parametrize("field", ["first", "size", "micros", "key", "digest"])
def test_whatever_is_changed_of_a_fold_is_named(path: Path, upto: int, field: str) -> None:
    bank = Bank(path)
    for place in (1, 2, 3):
        code = b"\n".join(b"%d AI-1| a door" % one for one in range(place + 1))
        bank.keep("r", CC("text", place, code), first=place, size=len(code), seconds=0.5)
    assert bank.check() == []
    worse = "CAST(x'00' || substr(digest, 2) AS BLOB)" if field == "digest" else f"{field} - 1"
    sql(path, f"UPDATE cc SET {field} = {worse} WHERE upto = ?", upto)  # noqa: S608 - ours
    assert any(f"at place {upto} (text) is not what was kept" in one for one in bank.check())
    bank.forget("r", "text")
    assert bank.check() == []
    bank.close()


def test_a_state_of_another_fold_than_the_newest_is_named(bank: Bank, path: Path) -> None:
    bank.keep("r", CC("text", 1, b"a", b"state"), first=0, size=1, seconds=0.5)
    sql(path, "UPDATE states SET upto = 0")
    (wrong,) = bank.check()
    assert "at place 1 (text) is not what was kept" in wrong


# ── the index over all rooms ─────────────────────────────────────────────────────────────

WORDS = ("lantern", "harbour", "ledger", "copper", "orchard", "signal", "meadow", "cellar")


def indexed(bank: Bank) -> None:
    """Index lines of two rooms, in several goes."""
    draw = Random(5)
    for place in range(0, 240, 12):
        for room in ("one", "two"):
            lines = [
                Utterance(at, "AI-1", " ".join([*draw.choices(WORDS, k=5), f"mark{at}"]))
                for at in range(place, place + 12)
            ]
            bank.index(room, lines)


def found(path: Path) -> list[object]:
    """Return what searches find in a bank that is opened for it."""
    bank = Bank(path)
    try:
        return [bank.search(word) for word in (*WORDS, "mark7", "mark200")]
    finally:
        bank.close()


def told(path: Path) -> list[str]:
    """Return what checking a bank that is opened for it tells."""
    bank = Bank(path)
    try:
        return bank.check()
    except BankError as error:
        return [str(error)]
    finally:
        bank.close()


def test_a_letter_of_a_word_that_is_indexed_is_named_in_the_file(path: Path) -> None:
    bank = Bank(path)
    indexed(bank)
    bank.close()
    before = found(path)
    turned(path, b"lantern", b"lanterm")
    assert found(path) != before
    (wrong,) = told(path)
    assert wrong.startswith("search: its index is damaged (it is not what was indexed)")
    assert "the next search makes it again" in wrong


@pytest.mark.parametrize("seed", range(2))
def test_no_bit_of_the_index_makes_a_search_find_other_lines_unnamed(
    path: Path, seed: int
) -> None:
    bank = Bank(path)
    indexed(bank)
    bank.close()
    assert told(path) == []
    before, whole = found(path), path.read_bytes()
    blocks = [
        block
        for table in ("words_data", "words_idx")
        for row in sql(path, f"SELECT * FROM {table}")  # noqa: S608 - ours
        for block in row
        if isinstance(block, bytes) and len(block) > 3
    ]
    draw, changed = Random(seed), 0
    for _ in range(60):
        block = draw.choice(blocks)
        at = whole.index(block) + draw.randrange(len(block))
        path.write_bytes(
            whole[:at] + bytes([whole[at] ^ 1 << draw.randrange(8)]) + whole[at + 1 :]
        )
        if not told(path):
            assert found(path) == before
        changed += bool(told(path))
    assert changed > 20


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE rooms SET indexed = indexed + 64 WHERE id = 'one'",
        "UPDATE rooms SET indexed = indexed - 1 WHERE id = 'two'",
        "UPDATE stretches SET first = first + 1 WHERE start = 1",
        "UPDATE stretches SET length = length - 1 WHERE start = 1",
        "UPDATE stretches SET start = start + 4096 WHERE start = 1",
        "UPDATE stretches SET room = 3 - room WHERE start = 1",
        "UPDATE numbered SET next = next - 1",
        "UPDATE numbered SET sum = sum + 1",
        "DELETE FROM words_data WHERE id > 10",
    ],
)
def test_whatever_is_changed_of_what_was_indexed_is_named(path: Path, damage: str) -> None:
    bank = Bank(path)
    indexed(bank)
    assert bank.check() == []
    sql(path, damage)
    bank.close()
    (wrong,) = told(path)
    assert wrong.startswith("search: its index is damaged")


def test_the_sum_goes_along_with_rooms_that_come_and_go(bank: Bank, path: Path) -> None:
    indexed(bank)
    bank.index("three", [], upto=9)
    bank.rename("one", "another")
    assert bank.check() == []
    bank.remove("two")
    assert bank.check() == []
    bank.index("two", [Utterance(3, "AI-1", "a lantern"), Utterance(900, "AI-1", "far off")])
    assert bank.check() == []
    bank.remove("another")  # most is gone by then: all is let go of
    assert bank.indexed() == {"three": -1, "two": -1}
    assert bank.check() == []
    assert sql(path, "SELECT sum FROM numbered") == [(0,)]
