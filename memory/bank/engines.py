"""A bank opened where it is: who reads sees one moment, who writes says so at once."""

from pathlib import Path
from threading import RLock
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL

from memory.bank import postgres
from memory.bank.address import Address, Where
from memory.bank.migrations import PATIENCE, ready

WRITING: Final = RLock()
"""One writer of files a process: threads wait here, fairly, and not in SQLite's polling."""


def opened(where: Where) -> tuple[Engine, RLock]:
    """Return an engine for the bank, made or brought up to date, and what its writers hold.

    Whoever writes does so by connections with the execution option `writes`.

    Raises:
        NewerBank: A later version wrote it. Nothing is touched.
        BankError: It is no bank. Nothing is touched.
        DBAPIError, sqlite3.Error, OSError: It cannot be opened.
    """
    if isinstance(where, Address):
        return postgres.opened(where), RLock()  # the server keeps writers apart
    with WRITING:
        ready(where)
    return _of_file(where), WRITING


def _of_file(path: Path) -> Engine:
    engine = create_engine(
        URL.create("sqlite", database=str(path)), connect_args={"timeout": PATIENCE}
    )

    @event.listens_for(engine, "connect")
    def _connected(connection: Any, _: object) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        for rule in ("foreign_keys = ON", "journal_mode = WAL", "synchronous = NORMAL"):
            connection.execute(f"PRAGMA {rule}")

    @event.listens_for(engine, "begin")
    def _begun(connection: Connection) -> None:
        # One that will write must say so at once: SQLite cannot wait to upgrade a reader.
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine
