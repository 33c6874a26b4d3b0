"""A copy of the whole bank, made while others go on writing.

SQLite copies it as it stands at one moment; the copy is a single file, 0600, that is looked
through before it takes its name.
"""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from memory.bank.address import Address, Where
from memory.bank.migrations import PATIENCE, backup
from memory.bank.troubles import told
from memory.errors import BankError


def back_up(path: Where, to: Path, *, force: bool = False) -> int:
    """Copy the bank at `path` to `to`; return the bytes of the copy.

    Args:
        path: The bank; others may have it open and write.
        to: The copy.
        force: Write over a file that is there.

    Raises:
        BankError: It is on a server. It cannot be read or written, there is a file already, or what was written
            is not whole. What was at `to` still is.
    """
    if isinstance(path, Address):
        raise BankError(f"{path}: a server's bank is copied by its own pg_dump")
    with told(path, f"copy the bank to {to}"):
        if to.exists() and (not force or to.samefile(path)):
            why = "is the bank itself" if to.samefile(path) else "is there already"
            raise BankError(f"{to} {why}; choose another name")
        made = to.with_name(f"{to.name}.copy")
        try:
            with closing(sqlite3.connect(path, timeout=PATIENCE)) as bank:
                backup(bank, made)
            _settle(made)
            size = made.stat().st_size
            made.replace(to)
            _flush(to.parent)
        finally:
            for left in (made, made.with_name(f"{made.name}.half")):
                left.unlink(missing_ok=True)
    return size


def _settle(copy: Path) -> None:
    """Make one file of a copy, see that it is whole, and have it on the disk."""
    with closing(sqlite3.connect(copy)) as bank:
        bank.execute("PRAGMA journal_mode = DELETE")
        found = [row[0] for row in bank.execute("PRAGMA integrity_check(3)")]
        if found != ["ok"]:
            raise BankError(f"the bank is damaged, and so is its copy: {found[0]}")
    file = os.open(copy, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def _flush(folder: Path) -> None:
    """Have a folder's names on the disk."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
