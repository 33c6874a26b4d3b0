import os
import random
import sqlite3
import stat
import string
import subprocess
import sys
from contextlib import closing, suppress
from pathlib import Path
from zlib import compress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from memory.bank.address import Address, Where
from memory.bank.bank import Bank
from memory.bank.deltas import read, told, whole
from memory.bank.migrations import MIGRATIONS, ready
from memory.bank.rows import Row
from memory.cc.base import CC, Turn, Utterance
from memory.cc.carriers import CARRIERS, carrier
from memory.errors import BankError, DamagedRow, NewerBank, NothingCarried
from tests.memory import tiny
from tests.postgres import run

STATE = bytes(range(256)) * 16


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "shelf" / "bank.sqlite"


def keep(bank: Bank, upto: int, code: bytes, *, room: str = "r", carrier: str = "text") -> CC:
    cc = CC(carrier, upto, code, STATE)
    bank.keep(room, cc, first=upto, size=len(code), seconds=0.25)
    return cc


def sql(where: Where, statement: str, *values: object) -> list[tuple[object, ...]]:
    if isinstance(where, Address):
        return run(where, statement, *values)
    path = where
    with closing(sqlite3.connect(path)) as connection, connection:
        return connection.execute(statement, values).fetchall()


# ── keeping ──────────────────────────────────────────────────────────────────────────────


def test_what_was_kept_last_comes_back_whole(bank: Bank) -> None:
    keep(bank, 3, b"3 AI-1| a door\n")
    last = keep(bank, 7, b"7 AI-2| a window\n")
    assert bank.newest("r", "text") == last


def test_nothing_kept_is_none_and_not_an_error(bank: Bank) -> None:
    keep(bank, 3, b"x")
    assert bank.newest("elsewhere", "text") is None
    assert bank.newest("r", "window") is None
    assert bank.history("elsewhere", "text") == []


def test_every_earlier_code_can_be_looked_up_by_place(bank: Bank) -> None:
    keep(bank, 3, b"one")
    keep(bank, 7, b"two")
    assert bank.at("r", "text", 3) == CC("text", 3, b"one")
    assert bank.at("r", "text", 6) == CC("text", 3, b"one")
    assert bank.at("r", "text", 100) == CC("text", 7, b"two")
    with pytest.raises(NothingCarried, match="place 2"):
        bank.at("r", "text", 2)


def test_history_tells_every_fold_oldest_first(bank: Bank) -> None:
    first = keep(bank, 3, b"one")
    second = keep(bank, 7, b"three")
    assert bank.history("r", "text") == [
        Row(3, 3, 3, first.digest, 0.25),
        Row(7, 7, 5, second.digest, 0.25),
    ]


def test_keeping_twice_keeps_once(bank: Bank) -> None:
    keep(bank, 3, b"one")
    keep(bank, 3, b"one")
    assert len(bank.history("r", "text")) == 1
    assert bank.check() == []


def test_folding_a_place_again_lets_go_of_what_came_of_the_old_fold(bank: Bank) -> None:
    keep(bank, 3, b"one")
    keep(bank, 7, b"one two")
    again = keep(bank, 3, b"other")
    assert [row.upto for row in bank.history("r", "text")] == [3]
    assert bank.newest("r", "text") == again
    assert bank.check() == []


def test_a_code_that_only_grows_costs_what_it_grows_by(bank: Bank, where: Where) -> None:
    code = b""
    for upto in range(150):
        code += b"%d AI-1: and one more line of about this length\n" % upto
        keep(bank, upto, code, carrier="full")
    [(stored, keys)] = sql(where, "SELECT sum(length(code)), count(DISTINCT key) FROM cc")
    assert isinstance(stored, int)
    assert stored < len(code) / 3
    assert keys == 1
    assert bank.at("r", "full", 70).code == code[: code.index(b"71 AI-1")]
    whole = bank.newest("r", "full")
    assert whole is not None
    assert whole.code == code


def test_growth_is_seen_by_a_bank_opened_afterwards(bank: Bank, where: Where) -> None:
    keep(bank, 1, b"abc")
    other = Bank(where)
    keep(other, 2, b"abcdef")
    keep(bank, 3, b"abcdefghi")
    other.close()
    assert sql(where, "SELECT key, code FROM cc ORDER BY upto") == [
        (1, b"\x00\x06abc"),
        (1, b"\x01\x06def"),
        (1, b"\x01\x06ghi"),
    ]
    assert bank.check() == []


def memory(upto: int) -> bytes:
    """A code of 40 lines: each fold takes one from the middle and puts one at its end."""
    kept = [place for place in range(upto + 1) if place > upto - 40 or place % 7 == 0][-40:]
    return b"".join(b"%d AI-1| lamp %d costs %d crowns\n" % (p, p, p * 7919) for p in kept)


def test_a_code_that_changes_costs_what_it_changes_by(bank: Bank, where: Where) -> None:
    for upto in range(150):
        keep(bank, upto, memory(upto))
    [(stored, keys)] = sql(where, "SELECT sum(length(code)), count(DISTINCT key) FROM cc")
    assert isinstance(stored, int)
    assert stored / 150 < len(memory(149)) / 20
    assert keys == 2  # one in 64 changes, and so no code is far from what it is told by
    for upto in (0, 1, 62, 63, 64, 65, 100, 149):
        assert bank.at("r", "text", upto).code == memory(upto)
    assert bank.check() == []


def test_a_change_is_told_by_the_same_bytes_in_a_bank_opened_afterwards(path: Path) -> None:
    always = Bank(path)
    for upto in range(70):
        keep(always, upto, memory(upto), room="one")
        again = Bank(path)
        keep(again, upto, memory(upto), room="two")
        again.close()
    always.close()
    one, two = (
        sql(
            path,
            "SELECT upto, key, code, seal FROM cc JOIN rooms ON room = number WHERE id = ?",
            room,
        )
        for room in ("one", "two")
    )
    assert one == two


@given(st.lists(st.lists(st.sampled_from([b"a\n", b"b\n", b"\n", b"\r\n", b"c", b"\0\xff"]))))
def test_any_code_is_told_by_any_other(lines: list[list[bytes]]) -> None:
    before = bytearray()
    for code in map(b"".join, lines):
        read(told(code, bytes(before)), before)
        assert before == code
        read(whole(code), before)
        assert before == code


@given(st.binary(max_size=60), st.binary(max_size=60))
def test_what_tells_no_code_is_refused_or_read_and_never_more(
    blob: bytes, before: bytes
) -> None:
    code = bytearray(before)
    with suppress(ValueError):
        read(blob, code)
    assert len(code) <= len(before) + (1 << 20)


@pytest.mark.parametrize("name", CARRIERS)
def test_a_room_goes_on_from_the_bank_as_if_it_had_never_stopped(bank: Bank, name: str) -> None:
    here = carrier(name, 300, tiny.reader())
    cc = CC(name)
    for place in range(30):
        said = Utterance(
            place, "AI-1", f"I bought {place} lamps in Oslo for {place * 7} crowns."
        )
        turn = Turn(place, place, (said,))
        stored = bank.newest("r", name)
        assert stored == (cc if place else None)
        cc = here.fold(cc, turn)
        bank.keep("r", cc, first=place, size=here.size(cc), seconds=0.0)
    assert bank.check() == []


def test_rooms_and_carriers_do_not_mix(bank: Bank) -> None:
    one = keep(bank, 1, b"one")
    two = keep(bank, 1, b"two", room="s")
    three = keep(bank, 1, b"three", carrier="window")
    assert bank.newest("r", "text") == one
    assert bank.newest("s", "text") == two
    assert bank.newest("r", "window") == three


def test_forgetting_is_of_one_carrier_of_all_or_of_a_tail(bank: Bank) -> None:
    for upto in (1, 2, 3):
        keep(bank, upto, b"x" * upto)
        keep(bank, upto, b"y" * upto, carrier="window")
    bank.forget("r", "text", after=1)
    assert [row.upto for row in bank.history("r", "text")] == [1]
    assert bank.newest("r", "text") is None  # its state is gone, so it cannot go on
    assert len(bank.history("r", "window")) == 3
    bank.forget("r")
    assert bank.history("r", "window") == []
    bank.forget("never heard of")


def test_a_renamed_room_takes_everything_along(bank: Bank) -> None:
    cc = keep(bank, 1, b"one")
    keep(bank, 1, b"two", room="s")
    bank.index("r", [Utterance(1, "AI-1", "a door")])
    bank.rename("r", "q")
    assert bank.newest("q", "text") == cc
    assert bank.newest("r", "text") is None
    assert found(bank, "door") == [("q", 1)]
    with pytest.raises(BankError, match="'s' already"):
        bank.rename("q", "s")
    bank.rename("q", "q")
    bank.rename("nobody", "anybody")


def test_a_removed_room_leaves_nothing_behind(bank: Bank, where: Where) -> None:
    keep(bank, 1, b"one")
    bank.index("r", [Utterance(1, "AI-1", "a door")])
    bank.remove("r")
    assert bank.newest("r", "text") is None
    assert bank.search("door") == []
    for table in ("rooms", "cc", "states", "stretches"):
        assert sql(where, f"SELECT count(*) FROM {table}") == [(0,)]  # noqa: S608
    assert bank.check() == []


def test_a_room_is_noted_and_noted_again(bank: Bank, where: Where) -> None:
    bank.enter("r", path="/logs/r.jsonl", title="A door", created="2026-11-22T02:00:00Z")
    bank.enter("r", title="Two doors")
    assert sql(where, "SELECT id, path, title FROM rooms") == [
        ("r", "/logs/r.jsonl", "Two doors")
    ]


# ── finding ──────────────────────────────────────────────────────────────────────────────


def found(bank: Bank, query: str, *, unfinished: bool = False) -> list[tuple[str, int]]:
    """Return rooms and places, best first."""
    return [
        (room, place)
        for hits in bank.search(query, unfinished=unfinished)
        for room, places in hits.places.items()
        for place in places
    ]


def test_a_line_is_found_by_its_words_in_any_form(bank: Bank) -> None:
    bank.index(
        "r",
        [Utterance(4, "AI-1", "The distillation was a sieve."), Utterance(5, "you", "why?")],
    )
    bank.index("s", [Utterance(9, "AI-2", "sieves and doors")])
    assert set(found(bank, "sieve")) == {("s", 9), ("r", 4)}
    assert found(bank, "distilled SIÈVE") == [("r", 4)]
    assert found(bank, "dist", unfinished=True) == [("r", 4)]
    assert found(bank, "dist") == found(bank, "") == found(bank, "…") == []


def test_the_newest_lines_of_a_room_come_first(bank: Bank) -> None:
    for place in (3, 4, 200, 201, 90_000):
        bank.index("r", [Utterance(place, "a", "a lamp")])
        bank.index("s", [Utterance(place + 1, "a", "a lamp")])
    [hits] = bank.search("lamp")
    assert hits.places == {"r": [90_000, 201, 200, 4, 3], "s": [90_001, 202, 201, 5, 4]}


def test_lines_with_all_the_words_come_before_any_and_rare_words_before_common(
    bank: Bank,
) -> None:
    said = ["red lamp", "red door", "red", "red"]
    bank.index("r", [Utterance(place, "a", text) for place, text in enumerate(said)])
    assert found(bank, "red door") == [("r", 1)]
    assert bank.search("red door")[0].all
    assert found(bank, "red lamp door")[:2] == [("r", 1), ("r", 0)]
    assert found(bank, "zebra lamp red") == [("r", 0), ("r", 3), ("r", 2), ("r", 1)]
    assert not bank.search("red lamp door")[0].all


def test_the_index_has_no_text_and_is_a_fraction_of_it(filed: Bank, path: Path) -> None:
    chance = random.Random(1)
    vocabulary = ["".join(chance.choices(string.ascii_lowercase, k=6)) for _ in range(2000)]
    lines = [
        " ".join(vocabulary[int(2000 * chance.random() ** 3)] for _ in range(25))
        for _ in range(4000)
    ]
    for start in range(0, 4000, 10):
        filed.index(
            "r", [Utterance(place, "a", lines[place]) for place in range(start, start + 10)]
        )
    assert filed.words.size() < 0.25 * sum(map(len, lines))
    filed.close()
    assert vocabulary[0].encode() * 2 not in path.read_bytes()
    assert lines[7].encode() not in path.read_bytes()


def test_indexing_again_passes_over_what_is_there_and_does_not_double(bank: Bank) -> None:
    rows = [
        Utterance(1, "a", "red lamp"),
        Utterance(1, "b", "blue lamp"),
        Utterance(2, "a", "lamp"),
    ]
    bank.index("r", rows)
    bank.index("r", [*rows, Utterance(3, "a", "lamp")])
    assert found(bank, "lamp") == [("r", 3), ("r", 2), ("r", 1)]
    assert found(bank, "red blue") == [("r", 1)]
    assert bank.check() == []


def test_words_of_a_removed_room_do_not_come_back_with_another(bank: Bank) -> None:
    bank.index("r", [Utterance(1, "a", "a lamp")])
    bank.index("gone", [Utterance(place, "a", "a cobalt key") for place in range(9)])
    bank.remove("gone")
    bank.index("r", [Utterance(place, "a", "a door") for place in range(2, 9)])
    bank.index("new", [Utterance(place, "a", "a window") for place in range(20)])
    assert found(bank, "cobalt key") == []
    assert len(found(bank, "door")) == 7
    assert len(found(bank, "window")) == 20


def test_an_index_that_is_mostly_gone_is_emptied_and_filled_again(bank: Bank) -> None:
    lamps = [Utterance(place, "a", f"lamp {place}") for place in range(400)]
    bank.index("r", lamps[:300])
    for number in range(3):
        bank.index(f"gone-{number}", lamps)
    full = bank.words.size()
    for number in range(2):
        bank.remove(f"gone-{number}")
        assert bank.indexed_upto("r") == (-1 if number else 299)
    assert bank.words.size() < full / 4
    assert bank.indexed() == {"r": -1, "gone-2": -1}
    assert found(bank, "lamp") == []
    bank.index("r", lamps[:300])
    assert len(found(bank, "lamp")) == 300
    assert bank.check() == []


def test_the_index_knows_how_far_it_has_looked(bank: Bank) -> None:
    assert bank.indexed_upto("r") == -1
    bank.index("r", [Utterance(4, "a", "x")])
    assert bank.indexed_upto("r") == 4
    bank.index("r", [], upto=9)
    assert bank.indexed_upto("r") == 9
    bank.index("r", [Utterance(2, "a", "x")])
    assert bank.indexed_upto("r") == 9


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.one_of(
        st.text(max_size=60),
        st.lists(
            st.sampled_from(
                [
                    '"',
                    "'",
                    "AND",
                    "OR",
                    "NOT",
                    "NEAR(",
                    ")",
                    "*",
                    "^",
                    "text:",
                    "room:",
                    "-",
                    "+",
                    "{",
                    "}",
                    ";",
                    "--",
                    "%",
                    "_",
                    "\\",
                    "\0",
                    "\ud800",
                    "lamp",
                    "²",
                    "١",
                ]
            ),
            max_size=8,
        ).map(" ".join),
    )
)
def test_a_query_is_data_whatever_it_says(bank: Bank, query: str) -> None:
    bank.index("r", [Utterance(1, "a", "a red lamp")])
    for unfinished in (False, True):
        assert isinstance(bank.search(query, unfinished=unfinished), list)
    if query.strip() == "lamp":
        assert bank.search(query)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(), max_size=40), st.text(st.characters(), max_size=40))
def test_any_text_of_any_author_can_be_indexed(bank: Bank, author: str, text: str) -> None:
    bank.index("r", [Utterance(1, author, text)])
    assert bank.check() == []


# ── files ────────────────────────────────────────────────────────────────────────────────


def test_files_are_for_the_owner_alone(filed: Bank, path: Path) -> None:
    keep(filed, 1, b"one")
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    files = sorted(path.parent.iterdir())
    assert [file.name for file in files] == [
        "bank.sqlite",
        "bank.sqlite-shm",
        "bank.sqlite-wal",
    ]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_a_closed_bank_is_one_file(path: Path) -> None:
    bank = Bank(path)
    keep(bank, 1, b"one")
    bank.close()
    assert [file.name for file in path.parent.iterdir()] == ["bank.sqlite"]


def test_a_bank_of_a_later_version_is_not_touched(path: Path) -> None:
    Bank(path).close()
    sql(path, "PRAGMA user_version = 99")
    before = path.read_bytes()
    with pytest.raises(NewerBank, match=r"bank version 99\); update enfold"):
        Bank(path)
    assert path.read_bytes() == before


def test_another_programs_database_is_not_touched(path: Path) -> None:
    path.parent.mkdir()
    sql(path, "CREATE TABLE recipes (name TEXT)")
    before = path.read_bytes()
    with pytest.raises(BankError, match="another program"):
        Bank(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "content", [b"not a database, but long enough" * 40, b"SQLite format 3\0" * 99]
)
def test_what_is_no_database_is_not_touched(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(
        BankError, match=r"bank\.sqlite: cannot open the bank: it is (not|damaged)"
    ) as caught:
        Bank(path)
    assert "\n" not in str(caught.value)
    assert path.read_bytes() == content


def test_an_older_bank_is_copied_before_it_is_changed(path: Path) -> None:
    bank = Bank(path)
    cc = keep(bank, 1, b"one")
    bank.close()

    def moods(connection: sqlite3.Connection) -> None:
        connection.execute("ALTER TABLE rooms ADD COLUMN mood TEXT NOT NULL DEFAULT ''")

    newest = len(MIGRATIONS)
    ready(path, [*MIGRATIONS, moods])
    assert sql(path, "PRAGMA user_version") == [(newest + 1,)]
    assert sql(path, "SELECT mood FROM rooms") == [("",)]
    copy = path.with_name(f"bank.sqlite.v{newest}")
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    old = Bank(copy)
    assert old.newest("r", "text") == cc
    old.close()


def test_an_upgrade_that_fails_changes_nothing(path: Path) -> None:
    bank = Bank(path)
    cc = keep(bank, 1, b"one")
    bank.close()

    def broken(connection: sqlite3.Connection) -> None:
        connection.execute("DROP TABLE states")
        connection.execute("DROP TABLE no_such_table")

    with pytest.raises(sqlite3.OperationalError):
        ready(path, [*MIGRATIONS, broken])
    bank = Bank(path)
    assert bank.newest("r", "text") == cc
    bank.close()


# ── damage ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("damage", "value"),
    [
        ("UPDATE cc SET code = ? WHERE upto = 1", whole(b"1 AI-1| a gate\n")),
        ("UPDATE cc SET code = ? WHERE upto = 2", b""),
        ("UPDATE cc SET seal = ? WHERE upto = 2", b"8 bytes."),
        ("UPDATE cc SET digest = ?", bytes(32)),
        ("UPDATE cc SET key = ? WHERE upto = 2", 2),
        ("DELETE FROM cc WHERE upto = ?", 1),
        ("UPDATE states SET state = ?", b"\0"),
        ("UPDATE states SET state = ?", compress(STATE)[:9]),
    ],
)
def test_a_changed_row_is_reported_and_can_be_folded_again(
    bank: Bank, where: Where, damage: str, value: object
) -> None:
    keep(bank, 1, b"1 AI-1| a door\n")
    keep(bank, 2, b"1 AI-1| a door\n2 AI-1| a window\n")
    sql(where, damage, value)
    assert len(bank.check()) >= 1
    with pytest.raises(DamagedRow, match=r"room 'r' at place 2 \(text\).*folded again"):
        bank.newest("r", "text")
    bank.forget("r", "text")
    again = keep(bank, 2, b"1 AI-1| a door\n2 AI-1| a window\n")
    assert bank.newest("r", "text") == again
    assert bank.check() == []


def test_a_torn_page_is_told_in_one_line(path: Path) -> None:
    bank = Bank(path)
    for upto in range(200):
        keep(bank, upto, os.urandom(900))
    bank.close()
    whole = bytearray(path.read_bytes())
    for page in range(4096, len(whole), 4096):
        whole[page : page + 64] = b"\xa5" * 64
    path.write_bytes(whole)
    with pytest.raises(BankError, match=r"damaged") as caught:
        Bank(path).newest("r", "text")
    assert "\n" not in str(caught.value)
    assert path.read_bytes() == whole


def test_a_bank_that_is_being_written_is_waited_for_and_then_told(path: Path) -> None:
    bank = Bank(path)
    keep(bank, 1, b"one")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        hurried = Bank(path)
        hurried._engine.dispose()
        with hurried._engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA busy_timeout = 50")
        with pytest.raises(BankError, match="another process is writing"):
            keep(hurried, 2, b"two")
        other.execute("ROLLBACK")
        keep(hurried, 2, b"two")
        hurried.close()
    assert [row.upto for row in bank.history("r", "text")] == [1, 2]
    bank.close()


def test_memory_outside_the_bank_does_without_sqlalchemy() -> None:
    code = (
        "import sys, memory.cc.carriers, memory.cc.text; sys.exit('sqlalchemy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
