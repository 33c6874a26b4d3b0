"""How a bank's tables came to be, one function a version.

`PRAGMA user_version` says which were carried out. They run in one transaction, with foreign
keys off, since rebuilding a table with them on would delete what refers to it; a bank that
holds anything is copied beside itself first.
"""

import os
import sqlite3
import time
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

from memory.bank.slimming import m004_slim_search_and_history
from memory.errors import BankError, NewerBank

OURS: Final = 0x656E666F
"""`PRAGMA application_id` of a bank: `enfo`."""

PATIENCE: Final = 30
"""Seconds to wait for another process's transaction."""

Migration = Callable[[sqlite3.Connection], None]


def m001_rooms_cc_and_words(connection: sqlite3.Connection) -> None:
    """The first tables."""
    for statement in (
        """CREATE TABLE rooms (
            number INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            path TEXT NOT NULL,
            title TEXT NOT NULL,
            created TEXT NOT NULL,
            indexed INTEGER NOT NULL
        ) STRICT""",
        """CREATE TABLE cc (
            room INTEGER NOT NULL REFERENCES rooms (number) ON DELETE CASCADE,
            carrier TEXT NOT NULL,
            upto INTEGER NOT NULL,
            first INTEGER NOT NULL,
            size INTEGER NOT NULL,
            seconds REAL NOT NULL,
            digest TEXT NOT NULL,
            base INTEGER CHECK (base < upto),
            code BLOB NOT NULL,
            seal BLOB NOT NULL,
            PRIMARY KEY (room, carrier, upto)
        ) STRICT""",
        """CREATE TABLE states (
            room INTEGER NOT NULL REFERENCES rooms (number) ON DELETE CASCADE,
            carrier TEXT NOT NULL,
            upto INTEGER NOT NULL,
            length INTEGER NOT NULL,
            state BLOB NOT NULL,
            PRIMARY KEY (room, carrier)
        ) STRICT""",
        """CREATE TABLE lines (
            number INTEGER PRIMARY KEY,
            room INTEGER NOT NULL REFERENCES rooms (number) ON DELETE CASCADE,
            place INTEGER NOT NULL,
            author TEXT NOT NULL,
            text TEXT NOT NULL
        ) STRICT""",
        "CREATE INDEX lines_by_place ON lines (room, place)",
        """CREATE VIRTUAL TABLE words USING fts5 (
            text, content = 'lines', content_rowid = 'number',
            tokenize = 'porter unicode61 remove_diacritics 2'
        )""",
        """CREATE TRIGGER lines_said AFTER INSERT ON lines BEGIN
            INSERT INTO words (rowid, text) VALUES (new.number, new.text);
        END""",
        """CREATE TRIGGER lines_gone AFTER DELETE ON lines BEGIN
            INSERT INTO words (words, rowid, text) VALUES ('delete', old.number, old.text);
        END""",
    ):
        connection.execute(statement)


def m002_turns_and_models(connection: sqlite3.Connection) -> None:
    """What was said, coded, and the byte models that it takes to read it again."""
    for statement in (
        """CREATE TABLE models (
            id TEXT PRIMARY KEY,
            bytes BLOB NOT NULL
        ) STRICT""",
        """CREATE TABLE streams (
            room INTEGER PRIMARY KEY REFERENCES rooms (number) ON DELETE CASCADE,
            upto INTEGER NOT NULL,
            turns INTEGER NOT NULL,
            length INTEGER NOT NULL,
            chain BLOB NOT NULL
        ) STRICT""",
        """CREATE TABLE segments (
            number INTEGER PRIMARY KEY,
            room INTEGER NOT NULL REFERENCES rooms (number) ON DELETE CASCADE,
            first INTEGER NOT NULL,
            version INTEGER NOT NULL,
            model TEXT REFERENCES models (id) ON DELETE RESTRICT,
            turns INTEGER NOT NULL,
            length INTEGER NOT NULL,
            before BLOB NOT NULL,
            chain BLOB NOT NULL,
            closed INTEGER NOT NULL CHECK (closed IN (0, 1)),
            UNIQUE (room, first)
        ) STRICT""",
        "CREATE INDEX segments_by_model ON segments (model)",
        """CREATE TABLE turns (
            number INTEGER PRIMARY KEY,
            room INTEGER NOT NULL REFERENCES rooms (number) ON DELETE CASCADE,
            place INTEGER NOT NULL,
            segment INTEGER REFERENCES segments (number),
            author TEXT NOT NULL,
            length INTEGER NOT NULL,
            crc INTEGER NOT NULL,
            codec INTEGER NOT NULL,
            blob BLOB NOT NULL,
            UNIQUE (room, place)
        ) STRICT""",
        "CREATE INDEX turns_by_segment ON turns (segment)",
        "CREATE INDEX turns_hot ON turns (room, place) WHERE segment IS NULL",
    ):
        connection.execute(statement)


def m003_laminae_and_archives(connection: sqlite3.Connection) -> None:
    """Spans that open by themselves: of a room's turns, and of the whole log of a cold one."""
    for statement in (*_LAMINAE, *_ARCHIVES):
        connection.execute(statement)


_LAMINAE: Final = (
    "ALTER TABLE segments ADD COLUMN last INTEGER NOT NULL DEFAULT -1",
    "ALTER TABLE segments ADD COLUMN packed BLOB",
    """UPDATE segments SET last =
        coalesce((SELECT max(place) FROM turns WHERE turns.segment = segments.number), first)""",
    """UPDATE segments SET closed = 1 WHERE EXISTS (SELECT 1 FROM segments AS later
        WHERE later.room = segments.room AND later.first > segments.first)""",
    """CREATE TABLE laminae (
        number INTEGER PRIMARY KEY,
        room INTEGER NOT NULL REFERENCES rooms (number) ON DELETE CASCADE,
        segment INTEGER UNIQUE REFERENCES segments (number),
        first INTEGER NOT NULL,
        last INTEGER NOT NULL CHECK (last >= first),
        turns INTEGER NOT NULL,
        length INTEGER NOT NULL,
        stored INTEGER NOT NULL,
        model TEXT,
        version INTEGER NOT NULL,
        chain BLOB NOT NULL,
        code TEXT NOT NULL,
        made TEXT NOT NULL CHECK (made IN ('indexed', 'delaminated', 'merged')),
        at TEXT NOT NULL,
        seal INTEGER NOT NULL DEFAULT 0,
        gist BLOB NOT NULL,
        words BLOB NOT NULL,
        CHECK (segment IS NOT NULL OR (length(gist) = 0 AND length(words) = 0))
    ) STRICT""",
    "CREATE INDEX laminae_by_room ON laminae (room, first)",
    "CREATE UNIQUE INDEX laminae_alive ON laminae (room, first) WHERE segment IS NOT NULL",
    """CREATE TABLE lineage (
        parent INTEGER NOT NULL REFERENCES laminae (number) ON DELETE CASCADE,
        part INTEGER NOT NULL REFERENCES laminae (number) ON DELETE CASCADE,
        PRIMARY KEY (parent, part)
    ) STRICT, WITHOUT ROWID""",
    "CREATE INDEX lineage_by_part ON lineage (part)",
)
"""Of a lamina that was split or merged the row stays, without a segment: its parts have it."""


_ARCHIVES: Final = (
    """CREATE TABLE archived (
        room INTEGER PRIMARY KEY REFERENCES rooms (number) ON DELETE CASCADE,
        length INTEGER NOT NULL,
        entries INTEGER NOT NULL,
        sha256 BLOB NOT NULL,
        at TEXT NOT NULL
    ) STRICT""",
    """CREATE TABLE archives (
        room INTEGER NOT NULL REFERENCES rooms (number) ON DELETE CASCADE,
        start INTEGER NOT NULL,
        length INTEGER NOT NULL CHECK (length > 0),
        first INTEGER NOT NULL,
        last INTEGER NOT NULL,
        form INTEGER NOT NULL,
        version INTEGER NOT NULL,
        model TEXT REFERENCES models (id) ON DELETE RESTRICT,
        digest BLOB NOT NULL,
        blob BLOB NOT NULL,
        PRIMARY KEY (room, start)
    ) STRICT""",
    "CREATE INDEX archives_by_model ON archives (model)",
)
"""A log as bytes, in spans; `archived` says that all of it is there. See `archives`."""


MIGRATIONS: Final[tuple[Migration, ...]] = (
    m001_rooms_cc_and_words,
    m002_turns_and_models,
    m003_laminae_and_archives,
    m004_slim_search_and_history,
)


def ready(path: Path, steps: Sequence[Migration] = MIGRATIONS) -> None:
    """Make the bank at `path`, or bring it up to date. Files are 0600 in a 0700 folder.

    Raises:
        NewerBank: A later version wrote it. Nothing is touched.
        BankError: The file is another program's database. Nothing is touched.
        OSError: The folder or the file cannot be made.
        sqlite3.Error: The file cannot be read or written.
    """
    until = time.monotonic() + PATIENCE
    while True:
        try:
            _ready(path, steps)
        except sqlite3.OperationalError as error:
            busy = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
            if not busy or time.monotonic() > until:
                raise
            # Two that turn a new file to WAL at once: SQLite tells one off without waiting.
            time.sleep(0.05)
        else:
            return


def _ready(path: Path, steps: Sequence[Migration]) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # SQLite gives its -wal and -shm the rights of the file it finds.
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    with closing(sqlite3.connect(path, timeout=PATIENCE, isolation_level=None)) as connection:
        if _version(connection, path, len(steps)) == len(steps):
            return
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute("BEGIN IMMEDIATE")
        # Another process may have done it while this one waited for the lock.
        done = _version(connection, path, len(steps))
        if 0 < done < len(steps):
            connection.execute("ROLLBACK")
            backup(connection, path.with_name(f"{path.name}.v{done}"))
            connection.execute("BEGIN IMMEDIATE")
            done = _version(connection, path, len(steps))
        try:
            for step in steps[done:]:
                step(connection)
            if connection.execute("PRAGMA foreign_key_check").fetchone() is not None:
                raise BankError(f"{path}: an upgrade left loose ends and was taken back")
            connection.execute(f"PRAGMA application_id = {OURS}")
            connection.execute(f"PRAGMA user_version = {len(steps)}")
            connection.execute("COMMIT")
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        if done:
            _shrink(connection)


def _shrink(connection: sqlite3.Connection) -> None:
    """Give back to the disk what an upgrade let go of, where it is much and nobody is in the way."""
    free, pages = connection.execute(
        "SELECT freelist_count, page_count FROM pragma_freelist_count, pragma_page_count"
    ).fetchone()
    if free * 4 > pages:
        with suppress(sqlite3.OperationalError):  # then it is taken again as the bank grows
            connection.execute("VACUUM")


def backup(connection: sqlite3.Connection, to: Path) -> None:
    """Copy the whole bank to `to`, 0600, replacing what is there once the copy is whole."""
    half = to.with_name(f"{to.name}.half")
    half.unlink(missing_ok=True)
    os.close(os.open(half, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    with closing(sqlite3.connect(half)) as copy:
        connection.backup(copy)
    half.replace(to)


def _version(connection: sqlite3.Connection, path: Path, newest: int) -> int:
    """Return the bank's version, all three numbers read at one moment."""
    if not connection.in_transaction:
        connection.execute("BEGIN")
        try:
            return _version(connection, path, newest)
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    owner: int = connection.execute("PRAGMA application_id").fetchone()[0]
    tables: int = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if owner != OURS and (owner or version or tables):
        raise BankError(
            f"{path} is another program's database; move it, or choose another bank"
        )
    if version > newest:
        raise NewerBank(
            f"{path} was written by a later enfold (bank version {version}); update enfold"
        )
    return version
