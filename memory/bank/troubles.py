"""What a database's errors mean to who keeps a bank, each in one line: what, where, what to do."""

import sqlite3
from collections.abc import Generator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError

from memory.bank.address import Where
from memory.errors import BankError


@contextmanager
def told(path: Where, doing: str) -> Generator[None, None, None]:
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


_AGAIN = "move it away, rooms are folded again from their logs; archived ones need a copy of it"
_DAMAGED = f"it is damaged; {_AGAIN}"


def _why(error: BaseException | None) -> str:
    if hasattr(error, "sqlstate"):
        return _of_server(getattr(error, "sqlstate", None) or "", error)
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
            return f"it is not a database; {_AGAIN}"
        case sqlite3.SQLITE_CORRUPT:
            return _DAMAGED
        case sqlite3.SQLITE_IOERR:
            return f"the disk failed ({error}); what was kept before is safe"
        case _:
            return " ".join(str(error).split())


def _of_server(state: str, error: BaseException | None) -> str:
    """Say what PostgreSQL means. Its own words name no password; its details quote rows."""
    found = getattr(getattr(error, "diag", None), "message_primary", None) or str(error)
    said = " ".join(found.split())
    match state[:2], state:
        case _, "53100":
            return "the server's disk is full; what was kept before is safe"
        case _, "25006":
            return "the server is read-only"
        case ("40", _) | (_, "55P03"):
            return "another process is writing it; try again when that is done"
        case "28", _:
            return f"the server does not let us in: {said}"
        case "", _ if "FATAL" in said:
            return f"the server does not let us in: {said}"
        case "", _:
            return f"the server cannot be reached: {said}"
        case "42", "42501":
            return f"the server does not let us: {said}"
        case _:
            return said
