"""Banks, as most tests of memory want them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from memory.bank.address import Where
from memory.bank.bank import Bank


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a bank's file may be."""
    return tmp_path / "bank.sqlite"


@pytest.fixture
def bank(where: Where) -> Iterator[Bank]:
    """In a file, and on a server."""
    bank = Bank(where)
    yield bank
    bank.close()


@pytest.fixture
def filed(path: Path) -> Iterator[Bank]:
    """In a file, where the test is of the file."""
    bank = Bank(path)
    yield bank
    bank.close()
