"""What SQLite's errors mean to who keeps a bank, each in one line: what, where, what to do."""

import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from memory.errors import BankError


@contextmanager
def told(path: Path, doing: str) -> Generator[None, None, None]:
    """Raise what goes wrong with the bank at `path` as a `BankError`.

    Args:
        path: The database.
        doing: What is being tried, as in `cannot {doing}`.
    """
    try:
        yield
    except DBAPIError as error:
        raise BankError(f"{path}: cannot {doing}: {_why(error.orig)}") from error
    except (sqlite3.Error, OSError) as error:
        raise BankError(f"{path}: cannot {doing}: {_why(error)}") from error
    except UnicodeDecodeError as error:  # SQLite quotes in its error what should be a schema
        raise BankError(f"{path}: cannot {doing}: {_DAMAGED}") from error


_DAMAGED = "it is damaged; move it away, rooms are folded again from their logs"


def _why(error: BaseException | None) -> str:
    match getattr(error, "sqlite_errorcode", 0) & 0xFF:
        case sqlite3.SQLITE_FULL:
            return "the disk is full; make room and try again, what was kept before is safe"
        case sqlite3.SQLITE_READONLY:
            return "it is read-only; allow writing to the file and its folder"
        case sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM | sqlite3.SQLITE_AUTH:
            return "it cannot be opened; allow reading and writing the file and its folder"
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return "another process is writing it; try again when that is done"
        case sqlite3.SQLITE_NOTADB:
            return "it is not a database; move it away, rooms are folded again from their logs"
        case sqlite3.SQLITE_CORRUPT:
            return _DAMAGED
        case sqlite3.SQLITE_IOERR:
            return f"the disk failed ({error}); what was kept before is safe"
        case _:
            return " ".join(str(error).split())
