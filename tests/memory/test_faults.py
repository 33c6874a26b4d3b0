"""Disks that fail, processes that die, power that is lost: nothing acknowledged is lost."""

import gzip
from pathlib import Path

import pytest

from memory.bank.bank import Bank
from memory.bank.reading import verify
from memory.errors import BankError
from tests.faults.library import NoFaults
from tests.faults.running import run
from tests.faults.writers import together

GOLDEN = Path(__file__).parents[1] / "golden"


@pytest.mark.timeout(300)  # processes by the dozen, on machines that others use too
def test_faults_of_every_kind_lose_nothing_and_pass_nothing_off() -> None:
    try:
        counts = run(40, seed=20261122)
    except NoFaults as error:
        pytest.skip(str(error))
    assert counts.wrong == []
    assert counts.trials == 40
    assert {"killed", "failed", "cut", "named"} <= {ended for _, _, ended in counts.ended}


def test_writers_of_one_bank_lose_nothing(tmp_path: Path) -> None:
    many = together(tmp_path, writers=4, each=10)
    assert many.wrong == ()
    assert many.turns == 40
    assert many.busy == 1


def test_a_bank_whose_schema_is_no_text_is_told_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "bank.sqlite"
    Bank(path).close()
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b"CREATE TABLE ", b"CREATE TABLE\xb0"))
    with pytest.raises(BankError, match="cannot open the bank: it is damaged") as caught:
        Bank(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("bank", sorted(GOLDEN.glob("bank-*.sqlite.gz")), ids=lambda p: p.name)
def test_banks_of_every_earlier_version_are_whole(tmp_path: Path, bank: Path) -> None:
    path = tmp_path / "bank.sqlite"
    path.write_bytes(gzip.decompress(bank.read_bytes()))
    opened = Bank(path)
    assert opened.check() == []
    assert opened.indexed()
    for room in opened.turns.rooms():
        assert verify(opened.turns, room) == []
    opened.close()
    version = bank.name.partition("-")[2].partition(".")[0]
    assert path.with_name(f"bank.sqlite.v{version}").is_file()
