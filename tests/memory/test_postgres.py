"""A bank on a PostgreSQL server: who may write when, what is refused, and no password told."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from memory.bank.address import Address, address, identity, there
from memory.bank.backups import back_up
from memory.bank.bank import Bank
from memory.bank.kept import Said
from memory.bank.postgres import escaped, plain
from memory.bank.reading import read, verify
from memory.cc.base import CC, Utterance
from memory.errors import BankError, NewerBank
from tests.postgres import Server, run

ROOT = Path(__file__).parents[2]

NAMED = text("SELECT number FROM rooms WHERE id = :room")

WRITE_ON = """
import sys
from memory.bank.address import address
from memory.bank.bank import Bank
from memory.bank.kept import Said
from memory.cc.base import CC, Utterance

where, name, rooms, most = address(sys.argv[1]), sys.argv[2], sys.argv[3].split(), int(sys.argv[4])
bank = Bank(where)
sys.stdin.readline()
for place in range(most):
    for room in rooms:
        text = f"In {1900 + place} {name} bought {place} lamps in Oslo."
        at = bank.turns.reached(room).upto + 1
        bank.turns.append(room, [Said(at, name, text.encode())])
        if room == name:
            bank.keep(room, CC("text", place, text.encode() * 3), first=0, size=9, seconds=0.0)
            bank.index(room, [Utterance(place, name, text)])
bank.close()
"""


@pytest.fixture
def schema(server: Server) -> Address:
    return server.schema()


@pytest.fixture
def bank(schema: Address) -> Iterator[Bank]:
    with closing(Bank(schema)) as bank:
        yield bank


def processes(where: Address, names: list[str], shared: str, most: int) -> None:
    """Let several processes write at once: each a room of its own, all of them one together."""
    running = [
        subprocess.Popen(
            [sys.executable, "-c", WRITE_ON, where.url, name, f"{name} {shared}", str(most)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
        )
        for name in names
    ]
    for process in running:
        assert process.stdin is not None
        process.stdin.write(b"now\n")
        process.stdin.flush()
    for process in running:
        process.communicate(timeout=50)
        assert process.returncode == 0


# ── many at once ─────────────────────────────────────────────────────────────────────────


@pytest.mark.slow
def test_processes_write_their_rooms_and_one_together_and_nothing_is_lost(
    schema: Address,
) -> None:
    names = ["ann", "bo", "cy"]
    processes(schema, names, "all", 12)
    with closing(Bank(schema)) as bank:
        assert bank.check() == []
        for room in (*names, "all"):
            assert verify(bank.turns, room) == []
        assert bank.turns.reached("all").turns <= 36  # two at one place: the first has it
        assert bank.turns.reached("all").turns >= 12
        for name in names:
            assert bank.turns.reached(name).turns == 12
            assert len(bank.history(name, "text")) == 12
        [hits] = bank.search("lamps oslo")
        assert {room: len(places) for room, places in hits.places.items()} == dict.fromkeys(
            names, 12
        )
    numbers = run(schema, "SELECT count(*), count(DISTINCT number) FROM findable")
    assert numbers == [(36, 36)]


def test_rooms_are_written_side_by_side_and_each_by_one_at_a_time(bank: Bank) -> None:
    inside, go_on = threading.Event(), threading.Event()
    done: list[str] = []

    def holding() -> None:
        with bank.turns._writes("hold a room") as held:
            held.exec_driver_sql("SELECT 1")
            held.execute(NAMED, {"room": "r"})
            inside.set()
            go_on.wait(20)
            done.append("held")

    def same() -> None:
        other.turns.append("r", [Said(0, "a", b"late")])
        done.append("same")

    bank.enter("r")
    other = Bank(bank._path)
    threads = [threading.Thread(target=holding), threading.Thread(target=same)]
    threads[0].start()
    assert inside.wait(20)
    threads[1].start()
    other_room = Bank(bank._path)
    other_room.turns.append("s", [Said(0, "a", b"at once")])  # would wait for ever otherwise
    assert done == []
    go_on.set()
    for thread in threads:
        thread.join(20)
    assert done == ["held", "same"]
    other.close()
    other_room.close()


def test_two_that_make_the_tables_at_once_make_them_once(schema: Address) -> None:
    wrong: list[BaseException] = []

    def make() -> None:
        try:
            Bank(schema).close()
        except BankError as error:
            wrong.append(error)

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert wrong == []
    assert run(schema, "SELECT version FROM enfold") == [(4,)]


def test_who_reads_sees_one_moment(bank: Bank) -> None:
    bank.turns.append("r", [Said(0, "a", b"one")])
    with bank.turns._reads("look") as looking:
        count = "SELECT count(*) FROM turns"
        assert looking.exec_driver_sql(count).scalar_one() == 1
        bank.turns.append("r", [Said(1, "a", b"two")])
        assert looking.exec_driver_sql(count).scalar_one() == 1
    assert bank.turns.reached("r").turns == 2


# ── text ─────────────────────────────────────────────────────────────────────────────────


@given(st.text(st.characters(codec=None) | st.sampled_from("\0\ud800\udfff\uf8f0a0")))
def test_text_that_postgres_has_none_for_comes_back_as_it_was(said: str) -> None:
    out = escaped(said)
    assert plain(out) == said
    assert "\0" not in out
    out.encode()


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.text(st.sampled_from("ab\0\uf8f0'\\%:🦀"), min_size=1, max_size=9),
    st.binary(max_size=99),
)
def test_any_author_and_any_bytes_are_kept(bank: Bank, author: str, body: bytes) -> None:
    place = bank.turns.reached("r").upto + 1
    said = Said(place, author, body)
    bank.turns.append("r", [said])
    assert read(bank.turns, "r", place) == said


def test_a_very_long_line_is_found_by_its_first_words(bank: Bank) -> None:
    words = " ".join(f"word{number}" for number in range(150_000))
    bank.index("r", [Utterance(0, "a", words), Utterance(1, "a", "x" * 5000)])
    assert bank.search("word7")
    assert bank.search("x" * 5000)


# ── what is refused ──────────────────────────────────────────────────────────────────────


def test_a_bank_of_a_later_version_is_not_touched(schema: Address) -> None:
    Bank(schema).close()
    run(schema, "UPDATE enfold SET version = 99")
    with pytest.raises(NewerBank, match=r"bank version 99\); update enfold"):
        Bank(schema)
    assert run(schema, "SELECT version FROM enfold") == [(99,)]


def test_another_programs_tables_are_not_touched(schema: Address) -> None:
    run(schema, "CREATE TABLE recipes (name TEXT)")
    with pytest.raises(BankError, match="another program's tables"):
        Bank(schema)
    tables = run(
        schema,
        "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()",
    )
    assert tables == [("recipes",)]


@pytest.mark.parametrize(
    ("there", "instead", "why"),
    [
        (":s3cret@", ":pa55word@", "does not let us in"),
        ("/postgres?", "/nowhere?", "does not let us in"),
        ("@127.0.0.1:", "@127.0.0.1:1", "cannot open the bank"),
        ("search_path", "search_pfad", "cannot open the bank"),
    ],
)
def test_what_cannot_be_opened_is_told_in_one_line_without_the_password(
    schema: Address, there: str, instead: str, why: str
) -> None:
    wrong = Address(schema.url.replace(there, instead))
    with pytest.raises(BankError, match=why) as caught:
        Bank(wrong)
    said = f"{caught.value}"
    assert "\n" not in said
    for secret in ("s3cret", "pa55word"):
        assert secret not in said
    assert "s3cret" not in repr(wrong) + str(wrong)


def test_a_server_that_goes_away_is_told_and_found_again(bank: Bank, schema: Address) -> None:
    bank.keep("r", CC("text", 1, b"one"), first=0, size=3, seconds=0.0)
    run(
        schema,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE application_name = 'enfold' AND pid <> pg_backend_pid()",
    )
    assert bank.at("r", "text", 1).code == b"one"  # on a new connection


def test_who_writes_a_room_for_too_long_is_told_of(bank: Bank) -> None:
    bank.enter("r")
    with bank.turns._writes("hold a room") as held:
        held.execute(NAMED, {"room": "r"})
        hurried = Bank(bank._path)
        with hurried._engine.connect() as connection:
            connection.exec_driver_sql("SET lock_timeout = '50ms'")
            connection.commit()
        with pytest.raises(BankError, match="another process is writing"):
            hurried.turns.append("r", [Said(0, "a", b"late")])
        hurried.close()


def test_a_bank_on_a_server_is_not_copied_by_us(schema: Address, tmp_path: Path) -> None:
    with pytest.raises(BankError, match="pg_dump"):
        back_up(schema, tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


# ── addresses ────────────────────────────────────────────────────────────────────────────


def test_an_address_is_a_file_or_a_database(tmp_path: Path) -> None:
    assert address(str(tmp_path / "bank.sqlite")) == tmp_path / "bank.sqlite"
    for scheme in ("postgres", "postgresql", "postgresql+psycopg"):
        found = address(f"{scheme}://me:p%40ss@db.example:5433/rooms?sslmode=require")
        assert isinstance(found, Address)
        assert str(found) == "postgresql://db.example:5433/rooms"
        assert "p%40ss" not in repr(found)
        assert there(found)
        assert identity(found) == (0, 0)
    for wrong in ("mysql://me:pw@h/x", "postgresql://me:pw@h", "postgresql://h:port/x", "://"):
        with pytest.raises(BankError) as caught:
            address(wrong)
        assert "pw" not in str(caught.value)
    assert not there(tmp_path / "bank.sqlite")
    with pytest.raises(OSError, match="bank"):
        identity(tmp_path / "bank.sqlite")


def test_a_server_without_psycopg_is_told_how(schema: Address) -> None:
    code = (
        "import sys; sys.modules['psycopg'] = None\n"
        "from memory.bank.address import address\n"
        "from memory.bank.bank import Bank\n"
        "from memory.errors import BankError\n"
        "try: Bank(address(sys.argv[1]))\n"
        "except BankError as error: print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, schema.url],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "takes psycopg: pip install" in done.stdout
