"""Turns in the bank: what is stored, coded, damaged, missing, and made anew."""

import gzip
import sqlite3
from contextlib import closing
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory.bank import guessers, transcoding
from memory.bank.address import Address, Where
from memory.bank.bank import Bank
from memory.bank.guessers import guesser, hold
from memory.bank.kept import KEY, LONGEST, START, Said, link, pack, unpack
from memory.bank.migrations import MIGRATIONS, ready
from memory.bank.reading import Trouble, code_waiting, read, recode, verify
from memory.bank.transcoding import Pair, Stand, learn, transcode
from memory.bank.turns import Reached
from memory.codec.turns import VERSION, Segment
from memory.errors import BankError, DamagedTurn, ModelError, NothingCarried
from tests.postgres import run

GOLDEN = Path(__file__).parents[1] / "golden"
TINY = GOLDEN / "tiny.hqlm"


def talk(count: int, start: int = 0) -> list[Said]:
    return [
        Said(
            place, f"AI-{place % 2 + 1}", f"In {1900 + place} I bought lamps in Oslo.".encode()
        )
        for place in range(start, start + count)
    ]


def code(bank: Bank, room: str = "r", *, model: str = "", most: int = 1 << 20) -> None:
    """Code all that waits, in this process."""
    while work := bank.turns.work(room, model=model, version=VERSION, most=most):
        segment = work.segment
        said = [unpack(kept) for kept in work.turns]
        if len(said[0].text) > LONGEST:
            assert bank.turns.settle(room, work, said, [b""], closed=True)
            continue
        at = Stand(segment.model, segment.before, segment.chain)
        coded = transcode(at, said, 60.0)
        assert coded is not None
        assert not coded.wrong
        whole = TINY.read_bytes() if model else b""
        assert bank.turns.settle(room, work, said, coded.blobs, closed=False, whole=whole)


def sql(where: Where, statement: str, *values: object) -> list[tuple[object, ...]]:
    if isinstance(where, Address):
        return run(where, statement, *values)
    with closing(sqlite3.connect(where)) as connection, connection:
        connection.execute("PRAGMA foreign_keys = ON")
        return connection.execute(statement, values).fetchall()


def whole(bank: Bank, said: list[Said], room: str = "r") -> None:
    assert verify(bank.turns, room) == []
    assert [read(bank.turns, room, one.place) for one in said] == said


# ── storing ──────────────────────────────────────────────────────────────────────────────


@given(st.binary(max_size=2000), st.text(max_size=9))
def test_any_turn_is_packed_and_unpacked(text: bytes, author: str) -> None:
    said = Said(3, author, text)
    assert unpack(pack(said)) == said
    assert len(pack(said).blob) <= len(text)


def test_turns_are_there_as_soon_as_they_are_stored(bank: Bank) -> None:
    said = talk(5)
    bank.turns.append("r", said[:3])
    at = bank.turns.append("r", said[3:], upto=9)
    assert bank.turns.reached("r") == at
    assert (at.upto, at.turns) == (9, 5)
    whole(bank, said)
    assert bank.turns.reached("elsewhere") == Reached()


def test_storing_turns_again_stores_them_once(bank: Bank) -> None:
    bank.turns.append("r", talk(3))
    at = bank.turns.append("r", talk(5))
    assert at.turns == 5
    whole(bank, talk(5))


def test_the_chain_tells_author_text_and_order() -> None:
    def chain(*turns: tuple[str, bytes]) -> bytes:
        at = START
        for place, (author, text) in enumerate(turns):
            at = link(at, Said(place, author, text))
        return at

    ways = {
        chain(("a", b"b"), ("c", b"d")),
        chain(("c", b"d"), ("a", b"b")),
        chain(("ab", b""), ("c", b"d")),
        chain(("", b"ab"), ("c", b"d")),
        chain(("a", b"b")),
        chain(("a", b"bc"), ("", b"d")),
    }
    assert len(ways) == 6


def test_turns_go_with_their_room(bank: Bank, where: Where) -> None:
    bank.turns.append("r", talk(9))
    code(bank)
    bank.turns.append("r", talk(9, 9))
    bank.remove("r")
    for table in ("turns", "segments", "streams"):
        assert sql(where, f"SELECT count(*) FROM {table}") == [(0,)]  # noqa: S608 - ours
    bank.turns.append("r", talk(2))
    bank.turns.forget("r")
    assert bank.turns.reached("r") == Reached()


# ── coding ───────────────────────────────────────────────────────────────────────────────


def test_coded_turns_are_smaller_and_the_same(bank: Bank) -> None:
    said = talk(40)
    bank.turns.append("r", said)
    hot = sum(size.stored for size in bank.turns.sizes("r"))
    code(bank)
    assert bank.turns.waiting("r") == 0
    assert sum(size.stored for size in bank.turns.sizes("r")) < hot / 2
    whole(bank, said)


def test_turns_that_come_later_go_on_in_the_segment(bank: Bank) -> None:
    said = talk(12)
    for one in said:
        bank.turns.append("r", [one])
        code(bank)
    (segment,) = bank.turns.segments("r")
    assert segment.turns == 12
    whole(bank, said)


def test_a_turn_that_its_code_does_not_make_smaller_stays_and_is_learned(bank: Bank) -> None:
    noise = b"".join(sha256(bytes([number])).digest() for number in range(20))
    said = talk(3)
    said = [said[0], Said(1, "AI-2", noise), replace(said[2], text=noise + said[2].text)]
    bank.turns.append("r", said)
    code(bank)
    assert [row.codec for row in bank.turns.rows("r", bank.turns.segments("r")[0])][1:] == [
        0,
        2,
    ]
    whole(bank, said)


def test_key_frames_bound_what_opening_a_turn_costs(bank: Bank) -> None:
    said = [Said(place, "AI-1", bytes([65 + place]) * (KEY // 3)) for place in range(8)]
    said.append(Said(8, "AI-2", b"x" * (LONGEST + 1)))
    said.append(Said(9, "AI-1", b"after it"))
    bank.turns.append("r", said)
    code(bank, most=1000)
    segments = bank.turns.segments("r")
    assert [segment.turns for segment in segments] == [3, 3, 2, 1, 1]
    assert all(segment.length <= KEY for segment in segments if segment.turns > 1)
    assert segments[3].closed
    whole(bank, said)


def test_a_worker_that_is_new_says_so_and_is_told(bank: Bank) -> None:
    said = talk(6)
    chain = START
    for one in said[:5]:
        chain = link(chain, one)
    at = Stand("", START, chain)
    expected = transcode(Stand("", START, START), said, 60.0)
    transcoding._open.clear()
    assert expected is not None
    assert transcode(at, said[5:], 60.0) is None
    assert not learn(at, said[5:])
    assert learn(Stand("", START, START), said[:5])
    coded = transcode(at, said[5:], 60.0)
    assert coded is not None
    assert coded.blobs == expected.blobs[5:]


def test_a_job_ends_when_its_time_is_over(bank: Bank) -> None:
    coded = transcode(Stand("", START, START), talk(6), 0.0)
    assert coded is not None
    assert len(coded.blobs) == 1


class Liar(Segment):
    """Decodes to something else."""

    def decode(self, author: bytes, blob: bytes, bits: int = 32) -> bytes:
        return super().decode(author, blob, bits).replace(b"2", b"3")


def test_what_does_not_decode_to_itself_is_not_taken_in(bank: Bank) -> None:
    said = talk(5)
    bank.turns.append("r", said)
    transcoding._put(Stand("", START, START), Pair("", Segment(), Liar()))
    work = bank.turns.work("r", model="", version=VERSION, most=1 << 20)
    assert work is not None
    coded = transcode(Stand("", START, START), said, 60.0)
    assert coded is not None
    assert coded.wrong
    done = len(coded.blobs)
    assert done == 2  # the year 1902 is the first with a 2
    assert bank.turns.settle("r", work, said[:3], [*coded.blobs, b""], closed=True)
    code(bank)
    assert [segment.turns for segment in bank.turns.segments("r")] == [3, 2]
    whole(bank, said)


def test_work_that_somebody_else_did_is_not_taken_in_twice(bank: Bank) -> None:
    said = talk(5)
    bank.turns.append("r", said)
    work = bank.turns.work("r", model="", version=VERSION, most=1 << 20)
    assert work is not None
    code(bank)
    assert not bank.turns.settle("r", work, said, [b""] * 5, closed=False)
    whole(bank, said)


# ── models ───────────────────────────────────────────────────────────────────────────────


def test_a_model_is_kept_once_in_the_bank_and_reads_what_it_coded(
    bank: Bank, where: Where
) -> None:
    model = hold(TINY.read_bytes())
    said = talk(8)
    for room in ("r", "s"):
        bank.turns.append(room, said)
        assert sql(where, "SELECT count(*) FROM models") == [(int(room == "s"),)]
        code(bank, room, model=model)
    assert sql(where, "SELECT count(*) FROM models") == [(1,)]
    assert 3 in {size.codec for size in bank.turns.sizes("r")}
    whole(bank, said)


def test_a_model_that_is_needed_cannot_go_and_one_that_is_not_does(
    bank: Bank, where: Where
) -> None:
    model = hold(TINY.read_bytes())
    bank.turns.append("r", talk(3))
    code(bank, model=model)
    with pytest.raises(Exception, match=r"(?i)foreign key"):
        sql(where, "DELETE FROM models")
    assert bank.turns.prune_models() == 0
    bank.turns.append("s", talk(3))
    code(bank, "s", model=model)
    bank.remove("r")
    assert sql(where, "SELECT count(*) FROM models") == [(1,)]
    whole(bank, talk(3), "s")
    bank.turns.forget("s")
    assert sql(where, "SELECT count(*) FROM models") == [(0,)]


def test_turns_coded_by_a_model_that_the_bank_has_not_are_refused(bank: Bank) -> None:
    said = talk(3)
    bank.turns.append("r", said)
    work = bank.turns.work("r", model="ab" * 32, version=VERSION, most=1 << 20)
    assert work is not None
    with pytest.raises(BankError, match=r"(?i)foreign key"):
        bank.turns.settle("r", work, said, [b""] * 3, closed=False)
    whole(bank, said)
    assert bank.turns.waiting("r") > 0


def test_a_segment_whose_model_is_gone_is_named_with_all_that_is_in_it(
    filed: Bank, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = hold(TINY.read_bytes())
    filed.turns.append("r", talk(5))
    code(filed, model=model)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DELETE FROM models")  # foreign keys are off here
    monkeypatch.delitem(guessers._held, model)
    [wrong] = verify(filed.turns, "r")
    assert model[:16] in wrong.why
    assert (wrong.place, wrong.lost) == (0, (1, 2, 3, 4))
    with pytest.raises(BankError, match="is not in it"):
        read(filed.turns, "r", 3)


def test_another_model_begins_another_segment_and_strands_nothing(bank: Bank) -> None:
    model = hold(TINY.read_bytes())
    said = talk(9)
    for part, by in ((said[:3], model), (said[3:6], ""), (said[6:], model)):
        bank.turns.append("r", part)
        code(bank, model=by)
    assert [segment.model for segment in bank.turns.segments("r")] == [model, "", model]
    whole(bank, said)


def test_coding_anew_puts_all_segments_to_the_newest(
    bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENFOLD_BYTE_MODEL", "")  # the newest is the mixer alone, as before
    said = [Said(0, "AI-1", b"x" * (LONGEST + 1)), *talk(30, 1)]
    bank.turns.append("r", said)
    code(bank)
    before = bank.turns.segments("r")
    done = recode(bank.turns, "r", force=True)
    assert done.before == done.after
    assert not done.kept
    assert bank.turns.segments("r") == before
    whole(bank, said)


def test_a_version_of_the_code_that_is_not_known_is_named(bank: Bank, where: Where) -> None:
    bank.turns.append("r", talk(3))
    code(bank)
    sql(where, "UPDATE segments SET version = 9")
    with pytest.raises(ModelError, match=r"version 9.*update enfold"):
        read(bank.turns, "r", 1)
    (wrong,) = verify(bank.turns, "r")
    assert wrong.lost == (1, 2)


# ── damage ───────────────────────────────────────────────────────────────────────────────


def test_a_damaged_turn_is_named_with_what_it_takes_along(bank: Bank, where: Where) -> None:
    said = talk(20)
    bank.turns.append("r", said[:10])
    code(bank)
    bank.turns.append("r", said[10:])
    ((blob,),) = sql(where, "SELECT blob FROM turns WHERE place = 4")
    assert isinstance(blob, bytes)
    sql(where, "UPDATE turns SET blob = ? WHERE place = 4", blob[:6] + b"\xff")
    (wrong,) = verify(bank.turns, "r")
    assert (wrong.place, wrong.author, wrong.lost) == (4, "AI-1", (5, 6, 7, 8, 9))
    assert "nor can be read, since it takes this one: 5 places, 5 to 9" in str(wrong)
    assert read(bank.turns, "r", 3) == said[3]
    assert read(bank.turns, "r", 12) == said[12]
    for place in (4, 7):
        with pytest.raises(DamagedTurn, match=f"place {place}"):
            read(bank.turns, "r", place)


@pytest.mark.parametrize(
    "field", ["length = length + 1", "crc = crc + 1", "blob = CAST('' AS {})", "codec = 7"]
)
def test_each_field_of_a_turn_is_seen_to(bank: Bank, where: Where, field: str) -> None:
    bank.turns.append("r", talk(6))
    code(bank)
    said = field.format("BYTEA" if isinstance(where, Address) else "BLOB")
    sql(where, f"UPDATE turns SET {said} WHERE place = 2")  # noqa: S608 - ours
    wrong = verify(bank.turns, "r")
    assert [one.place for one in wrong][:1] == [2]


def test_another_author_and_another_order_are_seen(bank: Bank, where: Where) -> None:
    bank.turns.append("r", talk(6))
    sql(where, "UPDATE turns SET author = 'AI-9' WHERE place = 2")
    (wrong,) = verify(bank.turns, "r")
    assert "out of order" in wrong.why
    sql(where, "UPDATE turns SET author = 'AI-1' WHERE place = 2")
    assert verify(bank.turns, "r") == []
    sql(where, "UPDATE turns SET place = 99 WHERE place = 2")
    assert verify(bank.turns, "r")


@pytest.mark.parametrize("place", [0, 3, 7, 11])
def test_a_missing_turn_is_seen(bank: Bank, where: Where, place: int) -> None:
    bank.turns.append("r", talk(8))
    code(bank)
    bank.turns.append("r", talk(4, 8))
    sql(where, "DELETE FROM turns WHERE place = ?", place)
    assert verify(bank.turns, "r")
    with pytest.raises(NothingCarried, match=f"no turn at place {place}"):
        read(bank.turns, "r", place)


def test_a_missing_segment_is_seen(bank: Bank, where: Where) -> None:
    said = [Said(place, "AI-1", bytes([65 + place]) * (KEY - 9)) for place in range(3)]
    bank.turns.append("r", said)
    code(bank)
    sql(where, "DELETE FROM turns WHERE place = 1")
    sql(where, "DELETE FROM segments WHERE first = 1")
    wrong = verify(bank.turns, "r")
    assert any("before its segment" in one.why for one in wrong)


def test_a_trouble_is_told_in_a_line() -> None:
    assert str(Trouble("r", 4, "AI-1", "cut off", (5,))) == (
        "room 'r': the turn at place 4 (AI-1): cut off;"
        " nor can be read, since it takes this one: place 5"
    )


# ── upgrades ─────────────────────────────────────────────────────────────────────────────


def test_a_bank_of_the_first_version_is_brought_up_and_keeps_what_it_has(path: Path) -> None:
    path.write_bytes(gzip.decompress((GOLDEN / "bank-1.sqlite.gz").read_bytes()))
    bank = Bank(path)
    newest = bank.newest("the-lamp", "text")
    assert newest is not None
    assert newest.digest.startswith("dd62b05f03d1593e")
    assert len(bank.history("the-lamp", "text")) == 8
    assert bank.search("lamps")
    bank.turns.append("the-lamp", talk(3))
    assert bank.check() == []
    bank.close()
    assert path.with_name("bank.sqlite.v1").is_file()


def test_a_bank_of_the_second_version_is_brought_up_and_keeps_every_turn(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENFOLD_BYTE_MODEL", "")
    path.write_bytes(gzip.decompress((GOLDEN / "bank-2.sqlite.gz").read_bytes()))
    bank = Bank(path)
    at = bank.turns.reached("the-lamp")
    assert (at.turns, at.chain.hex()) == (46, "16f1ade71f23714b71c4932ad2333aeb")
    segments = bank.turns.segments("the-lamp")
    assert [segment.closed for segment in segments] == [True, True, True, False]
    assert [segment.last for segment in segments] == [118, 201, 202, 203]
    assert verify(bank.turns, "the-lamp") == []
    assert verify(bank.turns, "tiny") == []
    said = {place: read(bank.turns, "the-lamp", place) for place in (1, 118, 200, 203, 211)}
    rows, before = len(sql(path, "SELECT 1 FROM turns")), bank.turns.whole()
    assert bank.turns.pack("the-lamp", most=2) == 2
    assert bank.turns.pack("the-lamp") == 1
    assert bank.turns.pack("the-lamp") == 0
    assert len(sql(path, "SELECT 1 FROM turns")) == rows - 43
    after = bank.turns.whole()
    assert after.blobs + after.rows < before.blobs + before.rows
    assert after.text == before.text
    assert verify(bank.turns, "the-lamp") == []
    assert said == {place: read(bank.turns, "the-lamp", place) for place in said}
    bank.turns.append("the-lamp", talk(3, 300))
    code_waiting(bank.turns, "the-lamp")
    assert verify(bank.turns, "the-lamp") == []
    assert bank.check() == []
    bank.close()
    assert path.with_name("bank.sqlite.v2").is_file()


@pytest.mark.parametrize("version", [1, 2])
def test_an_upgrade_that_is_broken_off_leaves_the_bank_as_it_was(
    path: Path, version: int
) -> None:
    path.write_bytes(gzip.decompress((GOLDEN / f"bank-{version}.sqlite.gz").read_bytes()))
    before = sql(path, "SELECT sql FROM sqlite_master ORDER BY name")

    def breaks(connection: sqlite3.Connection) -> None:
        connection.execute("DELETE FROM rooms")
        raise sqlite3.IntegrityError("the disk is gone")

    with pytest.raises(sqlite3.IntegrityError, match="is gone"):
        ready(path, (*MIGRATIONS, breaks))
    assert sql(path, "PRAGMA user_version") == [(version,)]
    assert sql(path, "SELECT sql FROM sqlite_master ORDER BY name") == before
    bank = Bank(path)
    assert all(verify(bank.turns, room) == [] for room in bank.turns.rooms())
    bank.close()


# ── packs ────────────────────────────────────────────────────────────────────────────────


def long_talk(count: int, size: int = KEY // 3) -> list[Said]:
    return [
        Said(2 * place, f"AI-{place % 2 + 1}", f"{place} lamps, ".encode() * (size // 9))
        for place in range(count)
    ]


def test_segments_that_are_over_are_packed_and_nobody_notices(bank: Bank, where: Where) -> None:
    said = long_talk(9)
    bank.turns.append("r", said)
    code(bank)
    assert [one.packed for one in bank.turns.segments("r")] == [True, True, False]
    assert sql(where, "SELECT count(*) FROM turns") == [(3,)]
    whole(bank, said)
    assert sum(size.turns for size in bank.turns.sizes("r")) == 9
    assert sum(size.length for size in bank.turns.sizes("r")) == sum(
        len(one.text) for one in said
    )
    assert sum(size.stored for size in bank.turns.sizes("r")) == bank.turns.whole().blobs
    assert bank.turns.holding("r", 1) is None
    assert bank.turns.holding("r", 99) is None
    with pytest.raises(NothingCarried):
        read(bank.turns, "r", 3)


def test_packed_segments_are_coded_anew(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    said = [*long_talk(5, 4000), Said(99, "AI-1", b"x" * (LONGEST + 1)), *talk(2, 100)]
    bank.turns.append("r", said)
    code(bank)
    monkeypatch.setenv("ENFOLD_BYTE_MODEL", str(TINY))
    done = recode(bank.turns, "r", force=True)
    assert not done.kept
    models = [one.model for one in bank.turns.segments("r") if one.packed]
    assert hold(TINY.read_bytes()) in models
    whole(bank, said)


def test_what_is_damaged_in_a_pack_is_named_with_what_it_takes_along(
    bank: Bank, where: Where
) -> None:
    said = [*talk(20), Said(20, "you", b"x" * (LONGEST + 1))]
    bank.turns.append("r", said)
    code(bank)
    ((pack,),) = sql(where, "SELECT packed FROM segments WHERE first = 0")
    assert isinstance(pack, bytes)
    flipped = bytearray(pack)
    flipped[-40] ^= 1
    sql(where, "UPDATE segments SET packed = ? WHERE first = 0", bytes(flipped))
    (wrong,) = verify(bank.turns, "r")
    assert wrong.lost[-1] == 19
    assert wrong.lost[0] == wrong.place + 1
    for place in range(20):
        if place < wrong.place:
            assert read(bank.turns, "r", place) == said[place]
        else:
            with pytest.raises(DamagedTurn, match=f"place {place}"):
                read(bank.turns, "r", place)
    flipped = bytearray(pack)
    flipped[3] ^= 1
    sql(where, "UPDATE segments SET packed = ? WHERE first = 0", bytes(flipped))
    (wrong,) = verify(bank.turns, "r")
    assert "its 20 turns up to place 19 cannot be read: its pack is not what was" in wrong.why
    with pytest.raises(DamagedTurn, match="CRC-32 of the columns"):
        read(bank.turns, "r", 5)
    flipped = bytearray(pack)
    flipped[-1] ^= 1
    sql(where, "UPDATE segments SET packed = ? WHERE first = 0", bytes(flipped))
    (wrong,) = verify(bank.turns, "r")
    assert wrong.place == 19
    sql(where, "UPDATE segments SET packed = ? WHERE first = 0", pack)
    whole(bank, said)


def test_rows_that_are_damaged_are_not_packed(bank: Bank, where: Where) -> None:
    bank.turns.append("r", talk(6))
    code(bank)
    sql(where, "UPDATE turns SET crc = crc + 1 WHERE place = 2")
    bank.turns.append("r", [Said(20, "you", b"x" * (LONGEST + 1))])
    code(bank)
    assert [one.packed for one in bank.turns.segments("r")] == [False, True]
    assert verify(bank.turns, "r")[0].place == 2


def test_a_guesser_that_is_not_at_hand_is_named() -> None:
    with pytest.raises(ModelError, match="abababab"):
        guesser("ab" * 32)
