"""Laminae in the bank: kept, split, merged, told; and nothing lost by any of it."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from memory.bank import splitting
from memory.bank.address import Address, Where
from memory.bank.backups import back_up
from memory.bank.bank import Bank
from memory.bank.checking import check
from memory.bank.guessers import hold
from memory.bank.kept import AS_IT_IS, KEY, LONGEST, START, Remade, Said, link
from memory.bank.laminae import Lamina
from memory.bank.reading import code_waiting, read, verify
from memory.bank.splitting import refused, remake, remaking
from memory.bank.transcoding import Coded, transcode
from memory.cc.base import Utterance
from memory.errors import BankError, BankMoved, DamagedRow, DamagedTurn, NothingCarried
from memory.index.leaf import Leaf, leaf
from tests.postgres import run

ROOT = Path(__file__).resolve().parents[2]
TINY = ROOT / "tests" / "golden" / "tiny.hqlm"


@pytest.fixture(autouse=True)
def _mixer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENFOLD_BYTE_MODEL", "")


def talk(count: int, start: int = 0) -> list[Said]:
    return [
        Said(
            3 * place,
            f"AI-{place % 2 + 1}",
            f"In {1900 + place} I bought {place} lamps in Oslo, and sold them.".encode(),
        )
        for place in range(start, start + count)
    ]


def sql(where: Where, statement: str, *values: object) -> list[tuple[object, ...]]:
    if isinstance(where, Address):
        return run(where, statement, *values)
    with closing(sqlite3.connect(where)) as connection, connection:
        connection.execute("PRAGMA foreign_keys = ON")
        return connection.execute(statement, values).fetchall()


def stored(where: Where) -> list[list[tuple[object, ...]]]:
    """Return all that laminae are made of."""
    return [
        sql(where, f"SELECT * FROM {table}")  # noqa: S608 - ours
        for table in ("laminae", "lineage", "segments", "turns")
    ]


def public(said: Sequence[Said]) -> list[Utterance]:
    return [
        Utterance(one.place, one.author, one.text.decode("utf-8", "replace")) for one in said
    ]


def leaves(said: Sequence[Sequence[Said]], first: int, last: int) -> list[Leaf]:
    """Return index rows of parts that tile the span from `first` to `last`."""
    starts = [first, *(part[0].place for part in said[1:])]
    ends = [*(start - 1 for start in starts[1:]), last]
    return [
        leaf(start, end, public(part))
        for start, end, part in zip(starts, ends, said, strict=True)
    ]


def closed(bank: Bank, said: Sequence[Said], room: str = "r") -> Lamina:
    """Make one lamina of turns: they are followed by one that no segment takes."""
    bank.turns.append(room, said)
    code_waiting(bank.turns, room)
    after = said[-1].place + 1
    bank.turns.append(room, [Said(after, "you", b"x" * (LONGEST + 1))])
    code_waiting(bank.turns, room)
    *_, segment, _ = bank.turns.segments(room)
    return bank.laminae.keep(
        room, segment, leaf(max(segment.first - 1, 0), segment.last, public(said))
    )


def split(
    bank: Bank, lamina: Lamina, cuts: Sequence[int], room: str = "r"
) -> tuple[list[Remade], list[Leaf]]:
    said = bank.laminae.said(room, lamina)
    at = [0, *cuts, len(said)]
    parts = [said[left:right] for left, right in pairwise(at)]
    before = bank.laminae.segment(room, lamina).before
    return remake(parts, before, ""), leaves(parts, lamina.first, lamina.last)


def split_up(bank: Bank, lamina: Lamina, cuts: Sequence[int], room: str = "r") -> list[Lamina]:
    new, rows = split(bank, lamina, cuts, room)
    return bank.laminae.replace(room, [lamina], new, rows, made="delaminated")


def merged(bank: Bank, parts: Sequence[Lamina], room: str = "r") -> list[Lamina]:
    said = [one for part in parts for one in bank.laminae.said(room, part)]
    before = bank.laminae.segment(room, parts[0]).before
    new = remake([said], before, "")
    rows = leaves([said], parts[0].first, parts[-1].last)
    return bank.laminae.replace(room, parts, new, rows, made="merged")


def everything(bank: Bank, room: str = "r") -> list[Said]:
    return [one for lamina in bank.laminae.of(room) for one in bank.laminae.said(room, lamina)]


# ── keeping ──────────────────────────────────────────────────────────────────────────────


def test_a_lamina_has_its_turns_and_its_index_row(bank: Bank) -> None:
    said = talk(20)
    lamina = closed(bank, said)
    row = leaf(0, 57, public(said))
    assert (lamina.first, lamina.last, lamina.turns) == (0, 57, 20)
    assert lamina.length == sum(len(one.text) for one in said)
    assert lamina.stored < lamina.length / 2
    assert (lamina.made, lamina.alive, lamina.code) == ("indexed", True, row.code.decode())
    assert datetime.now(UTC) - lamina.at < timedelta(minutes=5)
    assert bank.laminae.of("r") == [lamina]
    assert bank.laminae.gists("r") == [(lamina, row.gist)]
    assert bank.laminae.words("r", lamina.number) == row.words
    assert bank.laminae.said("r", lamina) == said
    assert bank.laminae.parents("r") == []
    whole = bank.turns.whole()
    assert (whole.laminae, whole.gists, whole.words, whole.codes) == (
        1,
        len(row.gist),
        len(row.words),
        len(row.code),
    )


def test_keeping_a_lamina_again_keeps_it_once(bank: Bank) -> None:
    lamina = closed(bank, talk(9))
    segment = bank.laminae.segment("r", lamina)
    again = bank.laminae.keep("r", segment, leaf(0, lamina.last, public(talk(9))))
    assert again == lamina
    with pytest.raises(BankError, match="there is a lamina in places 0 to 40"):
        bank.laminae.keep("r", segment, leaf(0, 40, public(talk(9))))


def test_a_segment_that_takes_more_turns_is_no_lamina(bank: Bank) -> None:
    bank.turns.append("r", talk(4))
    code_waiting(bank.turns, "r")
    (segment,) = bank.turns.segments("r")
    with pytest.raises(BankError, match="takes more turns"):
        bank.laminae.keep("r", segment, leaf(0, 9, public(talk(4))))
    bank.turns.append("r", talk(2, 4))
    code_waiting(bank.turns, "r")
    with pytest.raises(BankMoved):
        bank.laminae.keep("r", segment, leaf(0, 9, public(talk(4))))
    assert bank.laminae.of("r") == []


@pytest.mark.parametrize(("first", "last"), [(1, 27), (0, 26), (0, 31)])
def test_places_of_a_lamina_are_those_of_its_turns(bank: Bank, first: int, last: int) -> None:
    bank.turns.append("r", [*talk(10), Said(28, "you", b"x" * (LONGEST + 1))])
    code_waiting(bank.turns, "r")
    segment, after = bank.turns.segments("r")
    with pytest.raises(BankError):
        bank.laminae.keep("r", segment, Leaf(first, last, b"", b"", b""))
    bank.turns.append("r", [Said(33, "you", b"not coded yet")])
    with pytest.raises(BankError, match="other turns too"):
        bank.laminae.keep("r", after, Leaf(28, 33, b"", b"", b""))
    bank.laminae.keep("r", after, Leaf(28, 32, b"", b"", b""))
    bank.laminae.keep("r", segment, Leaf(0, 27, b"", b"", b""))
    assert [one.first for one in bank.laminae.of("r")] == [0, 28]


def test_laminae_go_with_their_room_and_with_its_turns(bank: Bank, where: Where) -> None:
    for room in ("r", "s"):
        lamina = closed(bank, talk(8), room)
        split_up(bank, lamina, [4], room)
    bank.rename("r", "t")
    assert len(bank.laminae.of("t")) == 2
    assert bank.laminae.parents("t")
    bank.turns.forget("t")
    assert bank.laminae.of("t", alive=False) == []
    bank.remove("s")
    for table in ("laminae", "lineage", "segments", "turns"):
        assert sql(where, f"SELECT count(*) FROM {table}") == [(0,)]  # noqa: S608 - ours


# ── parting and merging ──────────────────────────────────────────────────────────────────


def test_a_lamina_is_split_and_merged_and_gives_the_same_turns(bank: Bank) -> None:
    said = talk(30)
    whole = closed(bank, said)
    parts = split_up(bank, whole, [7, 8, 20])
    assert [part.turns for part in parts] == [7, 1, 12, 10]
    assert [(part.first, part.last) for part in parts] == [
        (0, 20),
        (21, 23),
        (24, 59),
        (60, 87),
    ]
    assert {part.made for part in parts} == {"delaminated"}
    assert everything(bank) == said
    assert verify(bank.turns, "r") == []
    assert bank.laminae.parents("r") == [(whole.number, part.number) for part in parts]
    (one,) = merged(bank, parts[1:3])
    assert everything(bank) == said
    (again,) = merged(bank, [parts[0], one, parts[3]])
    assert everything(bank) == said
    assert (again.first, again.last, again.chain) == (whole.first, whole.last, whole.chain)
    assert again.stored == whole.stored
    assert verify(bank.turns, "r") == []
    assert [read(bank.turns, "r", one.place) for one in said[::7]] == said[::7]
    alive = [lamina for lamina in bank.laminae.of("r", alive=False) if lamina.alive]
    assert alive == [again]
    assert len(bank.laminae.of("r", alive=False)) == 7
    with pytest.raises(NothingCarried):
        bank.laminae.said("r", whole)
    with pytest.raises(NothingCarried):
        bank.laminae.words("r", whole.number)
    assert bank.check() == []


def test_the_same_cut_twice_changes_nothing(bank: Bank, where: Where) -> None:
    whole = closed(bank, talk(12))
    new, rows = split(bank, whole, [5])
    parts = bank.laminae.replace("r", [whole], new, rows, made="delaminated")
    before = stored(where)
    assert bank.laminae.replace("r", [whole], new, rows, made="delaminated") == parts
    assert merged(bank, parts[:1]) == parts[:1]
    assert stored(where) == before


ANY = st.lists(st.binary(max_size=200), min_size=2, max_size=64)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(texts=ANY, cuts=st.sets(st.integers(1, 63)), data=st.data())
def test_any_turns_are_parted_into_any_number_and_merged_again(
    bank: Bank, texts: list[bytes], cuts: set[int], data: st.DataObject
) -> None:
    bank.turns.forget("r")
    said = [Said(2 * at, "abc"[at % 3], one) for at, one in enumerate(texts)]
    lamina = closed(bank, said)
    parts = split_up(bank, lamina, sorted(cut for cut in cuts if cut < len(said)))
    assert everything(bank) == said
    while len(parts) > 1:
        at = data.draw(st.integers(0, len(parts) - 2))
        merged(bank, parts[at : at + 2])
        parts = bank.laminae.of("r")
        assert everything(bank) == said
    assert parts[0].chain == lamina.chain
    assert verify(bank.turns, "r") == []


@pytest.mark.parametrize("count", [1, 2, 5, 64])
def test_a_lamina_is_parted_into_up_to_64(bank: Bank, count: int) -> None:
    said = talk(64)
    lamina = closed(bank, said)
    parts = split_up(bank, lamina, [at * 64 // count for at in range(1, count)])
    assert len(parts) == count
    assert everything(bank) == said


def test_parts_that_are_not_what_they_replace_are_refused(bank: Bank, where: Where) -> None:
    said = talk(12)
    whole = closed(bank, said)
    new, rows = split(bank, whole, [5])
    before = bank.laminae.segment("r", whole).before
    other = [said[0], Said(said[1].place, "AI-9", said[1].text), *said[2:]]
    altered = [*said[:3], Said(said[3].place, said[3].author, b"something else"), *said[4:]]
    tables = stored(where)

    def refuses(new: Sequence[Remade], rows: Sequence[Leaf], why: str) -> None:
        with pytest.raises(BankError, match=why) as caught:
            bank.laminae.replace("r", [whole], new, rows, made="delaminated")
        assert not isinstance(caught.value, BankMoved)
        assert stored(where) == tables

    refuses([], [], "takes turns and an index row")
    refuses(new, rows[:1], "takes turns and an index row")
    refuses(new[:1], rows[:1], "the parts are not places 0 to 33")
    refuses(new, leaves([said[:5], said[5:]], 0, 36), "the parts are not places 0 to 33")
    refuses(new, leaves([said[:5], said[6:]], 0, 33), "are not in 18 to 33")
    refuses(new[::-1], rows, "are not in")
    refuses(remake([said[:5], said[5:-1]], before, ""), rows, "chains differ")
    refuses(remake([said[:4], said[5:]], before, ""), rows, "chains differ")
    refuses(remake([other], before, ""), [leaf(0, 33, ())], "chains differ")
    refuses(remake([altered], before, ""), [leaf(0, 33, ())], "chains differ")
    refuses(remake([said], bytes(range(16)), ""), [leaf(0, 33, ())], "chains differ")
    lying = remake([altered[:5], altered[5:]], before, "")
    lying = [
        Remade(lie.rows, "", lie.version, truth.before, truth.chain)
        for lie, truth in zip(lying, new, strict=True)
    ]
    refuses(lying, rows, "not the turns that are there")
    assert everything(bank) == said


def test_what_somebody_else_parted_meanwhile_is_told(bank: Bank) -> None:
    said = talk(12)
    whole = closed(bank, said)
    new, rows = split(bank, whole, [5])
    parts = split_up(bank, whole, [6, 9])
    with pytest.raises(BankMoved, match="parted anew"):
        bank.laminae.replace("r", [whole], new, rows, made="delaminated")
    with pytest.raises(BankMoved, match="parted anew"):
        merged_stale(bank, parts)
    assert bank.laminae.of("r") == parts
    assert everything(bank) == said


def merged_stale(bank: Bank, parts: Sequence[Lamina]) -> None:
    """Merge two laminae, one of which is no longer there by then."""
    said = [one for part in parts for one in bank.laminae.said("r", part)]
    new = remake([said], START, "")
    missing = [parts[0], parts[2]]
    rows = leaves([said], parts[0].first, parts[-1].last)
    bank.laminae.replace("r", missing, new, rows, made="merged")


def test_laminae_of_a_model_are_parted_by_another(bank: Bank) -> None:
    model = hold(TINY.read_bytes())
    said = talk(12)
    whole = closed(bank, said)
    parts = [said[:5], said[5:]]
    new = remake(parts, START, model)
    made = bank.laminae.replace(
        "r", [whole], new, leaves(parts, 0, 33), made="delaminated", whole=TINY.read_bytes()
    )
    assert {one.model for one in made} <= {model, ""}
    assert model in {one.model for one in made}
    assert everything(bank) == said
    merged(bank, made)
    assert not bank.turns.has_model(model)


def test_segments_without_laminae_are_parted_too(bank: Bank) -> None:
    said = talk(12)
    bank.turns.append("r", [*said, Said(99, "you", b"x" * (LONGEST + 1))])
    code_waiting(bank.turns, "r")
    old = bank.turns.segments("r")[:1]
    new = remake([said[:4], said[4:]], START, "")
    assert bank.turns.resegment("r", old, new)
    assert [one.turns for one in bank.turns.segments("r")] == [4, 8, 1]
    assert not bank.turns.resegment("r", old, new)
    assert bank.turns.resegment("r", bank.turns.segments("r")[:2], remake([said], START, ""))
    assert [read(bank.turns, "r", one.place) for one in said] == said
    assert verify(bank.turns, "r") == []


# ── coding ───────────────────────────────────────────────────────────────────────────────


def test_a_worker_that_lost_a_part_begins_it_again_and_at_last_at_once() -> None:
    said = talk(6)
    jobs = remaking([said], START, "")
    job = next(jobs)
    seconds = list[float]()
    for _ in range(splitting.TRIES + 1):
        seconds.append(job.seconds)
        first = transcode(job.at, job.turns[:2], 60.0)
        job = jobs.send(first)
        assert job.turns == tuple(said[2:])
        job = jobs.send(None)
        assert job.turns == tuple(said)
    assert set(seconds) == {splitting.STINT}
    assert job.seconds > 1e9
    with pytest.raises(StopIteration) as done:
        jobs.send(transcode(job.at, job.turns, job.seconds))
    (remade,) = done.value.value
    assert remade == remake([said], START, "")[0]


def test_turns_that_do_not_come_back_as_they_were_are_kept_as_they_are() -> None:
    said = talk(6)
    model = hold(TINY.read_bytes())
    jobs = remaking([said], START, model)
    job = next(jobs)
    assert job.at.model == model
    job = jobs.send(Coded((), "the code does not give the text"))
    assert job.at.model == ""
    with pytest.raises(StopIteration) as done:
        jobs.send(Coded((), "the code does not give the text"))
    (remade,) = done.value.value
    assert (remade.model, remade.version) == ("", AS_IT_IS)
    assert {row.codec for row in remade.rows} <= {0, 1}
    chain = START
    for one in said:
        chain = link(chain, one)
    assert remade.chain == chain


def test_laminae_that_would_cost_too_much_to_open_are_not_merged(bank: Bank) -> None:
    def lamina(length: int, version: int = 1) -> Lamina:
        now = datetime.now(UTC)
        return Lamina(1, 0, 9, 3, length, 9, "", version, START, "", "indexed", now, True)

    assert refused([lamina(KEY // 2), lamina(KEY // 2)]) == ""
    assert "more than" in refused([lamina(KEY // 2), lamina(KEY // 2 + 1)])
    assert "did harm" in refused([lamina(9), lamina(9, AS_IT_IS)])
    assert refused([lamina(LONGEST, AS_IT_IS)]) == ""
    half = Said(0, "a", b"x" * (KEY // 2 + 1))
    with pytest.raises(ValueError, match="more than"):
        next(remaking([[half, Said(1, "a", half.text)]], START, ""))
    with pytest.raises(ValueError, match="without turns"):
        next(remaking([[half], []], START, ""))
    (long,) = remake([[Said(0, "a", b"x" * (LONGEST + 1))]], START, "")
    assert long.rows[0].codec == 1


# ── damage ───────────────────────────────────────────────────────────────────────────────


def test_an_index_row_that_is_damaged_is_named_and_mended(bank: Bank, where: Where) -> None:
    said = talk(20)
    one, other = split_up(bank, closed(bank, said), [9])
    assert check(bank.laminae, "r", public(said)) == []
    for field, why in (
        ("gist", "its row"),
        ("code", "its row"),
        ("at", "its row"),
        ("stored", "its row"),
        ("words", "its words"),
        ("last", "places up to 27"),
    ):
        kept = sql(
            where, "SELECT gist, code, words, last FROM laminae WHERE number = ?", one.number
        )
        ((value,),) = sql(
            where,
            f"SELECT {field} FROM laminae WHERE number = ?",  # noqa: S608 - ours
            one.number,
        )
        match value:
            case bytes():
                value = b"\0" + value[1:]
            case int():
                value += 1
            case _:
                value = "nothing of it"
        sql(
            where,
            f"UPDATE laminae SET {field} = ? WHERE number = ?",  # noqa: S608 - ours
            value,
            one.number,
        )
        assert any(why in str(trouble) for trouble in check(bank.laminae, "r"))
        (now, gist), *_ = bank.laminae.gists("r")
        if "words" in field:
            with pytest.raises(DamagedRow, match="make its index again"):
                bank.laminae.words("r", one.number)
        else:
            assert gist == b""
        if field.startswith("last"):
            sql(where, "UPDATE laminae SET last = last - 1 WHERE number = ?", one.number)
        else:
            bank.laminae.mend("r", now, leaf(one.first, one.last, public(said[:9])))
        assert check(bank.laminae, "r", public(said)) == []
        again = sql(
            where, "SELECT gist, code, words, last FROM laminae WHERE number = ?", one.number
        )
        assert again == kept
    bank.laminae.mend("r", other, leaf(other.first, other.last, public(said[9:12])))
    assert check(bank.laminae, "r") == []
    (wrong,) = check(bank.laminae, "r", public(said))
    assert "not what its words give" in str(wrong)
    with pytest.raises(BankError, match="another lamina's"):
        bank.laminae.mend("r", one, leaf(other.first, other.last, ()))
    merged(bank, [one, other])
    with pytest.raises(BankMoved):
        bank.laminae.mend("r", one, leaf(one.first, one.last, ()))


def test_laminae_that_lost_their_turns_or_their_places_are_named(
    filed: Bank, path: Path
) -> None:
    one, other = split_up(filed, closed(filed, talk(20)), [9])
    sql(path, "UPDATE laminae SET turns = turns + 1 WHERE number = ?", one.number)
    wrong, sealed = check(filed.laminae, "r")
    assert (wrong.place, "not the ones it was made of" in wrong.why) == (0, True)
    assert "its row is not what was kept" in sealed.why
    sql(path, "UPDATE laminae SET turns = turns - 1 WHERE number = ?", one.number)
    with closing(sqlite3.connect(path)) as connection, connection:  # foreign keys are off
        connection.execute("DELETE FROM segments WHERE first = ?", (other.first,))
        connection.execute("DELETE FROM lineage")
    wrongs = [str(wrong) for wrong in check(filed.laminae, "r")]
    assert any("its turns are gone" in wrong for wrong in wrongs)
    assert any("nothing is said to have its place" in wrong for wrong in wrongs)


def test_a_lamina_whose_pack_is_damaged_is_not_parted(bank: Bank, where: Where) -> None:
    whole = closed(bank, talk(20))
    new, rows = split(bank, whole, [9])
    ((pack,),) = sql(where, "SELECT packed FROM segments WHERE first = 0")
    assert isinstance(pack, bytes)
    sql(where, "UPDATE segments SET packed = ? WHERE first = 0", b"\1" + pack[1:])
    with pytest.raises(DamagedTurn):
        bank.laminae.replace("r", [whole], new, rows, made="delaminated")
    with pytest.raises(DamagedTurn):
        bank.laminae.said("r", whole)
    assert bank.laminae.of("r") == [whole]
    sql(where, "UPDATE segments SET packed = ? WHERE first = 0", pack)
    bank.laminae.replace("r", [whole], new, rows, made="delaminated")
    assert everything(bank) == talk(20)


# ── kills, and others ────────────────────────────────────────────────────────────────────

PART_ON = """
import sys, random
from pathlib import Path
from memory.bank.bank import Bank
from tests.memory.test_laminae import merged, split_up

bank, chance = Bank(Path(sys.argv[1])), random.Random(int(sys.argv[2]))
print("ready", flush=True)
for _ in range(10_000):
    now = bank.laminae.of("r")
    if len(now) > 1:
        merged(bank, now)
    else:
        split_up(bank, now[0], sorted(chance.sample(range(1, 20), 3)))
    print("parted", flush=True)
"""


KILL_AT = """
import os, signal, sys
from pathlib import Path
from sqlalchemy import Engine, event
from memory.bank.bank import Bank
from tests.memory.test_laminae import leaves, merged, split
from memory.bank.splitting import remake

path, what = Path(sys.argv[1]), sys.argv[2]
bank = Bank(path)
old = bank.laminae.of("r")
if what == "split":
    new, rows = split(bank, old[0], [4, 9])
else:
    said = [one for lamina in old for one in bank.laminae.said("r", lamina)]
    new = remake([said], bank.laminae.segment("r", old[0]).before, "")
    rows = leaves([said], old[0].first, old[-1].last)
bank.close()
for step in range(1, 200):
    child = os.fork()
    if child == 0:
        left = step

        def one(*_):
            global left
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

        bank = Bank(path)
        for name in ("before_cursor_execute", "commit"):
            event.listen(Engine, name, one)
        bank.laminae.replace(
            "r", old, new, rows, made="delaminated" if what == "split" else "merged"
        )
        os._exit(0)
    _, status = os.waitpid(child, 0)
    bank = Bank(path)
    found = bank.check()
    parts = len(bank.laminae.of("r"))
    bank.close()
    print(step, "killed" if status else "done", parts, found, flush=True)
    if not status:
        break
"""


@pytest.mark.slow
@pytest.mark.parametrize(("what", "before", "after"), [("split", 1, 3), ("merge", 3, 1)])
def test_a_process_that_is_killed_at_any_step_of_parting_laminae_loses_nothing(
    filed: Bank, path: Path, what: str, before: int, after: int
) -> None:
    said = talk(20)
    lamina = closed(filed, said)
    if what == "merge":
        split_up(filed, lamina, [4, 9])
    done = subprocess.run(
        [sys.executable, "-c", KILL_AT, str(path), what],
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        text=True,
        check=True,
        timeout=100,
    )
    *killed, last = done.stdout.splitlines()
    assert len(killed) > 10
    for number, line in enumerate(killed, 1):
        assert line == f"{number} killed {before} []"
    assert last == f"{len(killed) + 1} done {after} []"
    assert check(filed.laminae, "r", public(said)) == []
    assert verify(filed.turns, "r") == []
    assert everything(filed) == said


def test_a_bank_is_copied_while_somebody_parts_its_laminae(
    filed: Bank, path: Path, tmp_path: Path
) -> None:
    said = talk(20)
    closed(filed, said)
    process = subprocess.Popen(
        [sys.executable, "-c", PART_ON, str(path), "1"],
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert process.stdout is not None
    process.stdout.readline()
    copies = [tmp_path / f"copy-{number}.sqlite" for number in range(3)]
    for to in copies:
        process.stdout.readline()
        assert back_up(path, to) == to.stat().st_size
    process.kill()
    process.stdout.close()
    process.wait()
    for to in copies:
        assert to.stat().st_mode & 0o777 == 0o600
        copy = Bank(to)
        assert copy.check() == []
        assert everything(copy) == said
        copy.close()
    assert sorted(tmp_path.glob("copy-*.copy*")) == []


def test_a_copy_takes_the_place_of_nothing_unless_it_is_told_to(
    filed: Bank, path: Path, tmp_path: Path
) -> None:
    filed.turns.append("r", talk(2))
    to = tmp_path / "there"
    to.write_bytes(b"mine")
    with pytest.raises(BankError, match="is there already"):
        back_up(path, to)
    with pytest.raises(BankError, match="is the bank itself"):
        back_up(path, path, force=True)
    assert to.read_bytes() == b"mine"
    with pytest.raises(BankError, match="cannot copy the bank"):
        back_up(path, tmp_path / "no" / "folder")
    back_up(path, to, force=True)
    copy = Bank(to)
    assert copy.turns.reached("r") == filed.turns.reached("r")
    copy.close()
    half = bytearray(to.read_bytes())
    half[5000:9000] = bytes(4000)
    damaged = tmp_path / "damaged.sqlite"
    damaged.write_bytes(half)
    with pytest.raises(BankError):
        back_up(damaged, tmp_path / "copy")
    assert not (tmp_path / "copy").exists()
    assert sorted(tmp_path.glob("copy*")) == []
