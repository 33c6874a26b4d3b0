"""The bank on a PostgreSQL server: its tables, who writes when, and text as it takes it.

It has the tables that SQLite's fourth version has, in a schema that nothing else is in; the
table `enfold` says which version. A transaction that writes a room has that room's advisory
lock from its first statement on, so rooms are written side by side and each by one at a time;
one that reads sees one moment. Text with NUL or half a surrogate pair, which PostgreSQL has no
text for, is escaped on its way in and comes back as it was.
"""

import re
from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import Any, Final

from sqlalchemy import Connection, Engine, TextClause, create_engine, event, make_url, text

from memory.bank.address import Address
from memory.errors import BankError, NewerBank

FIRST: Final = 4
"""The version that `_MADE` makes, the first on a server: SQLite's of that number."""

PATIENCE: Final = 30
"""Seconds to wait for another's lock, and for a connection."""

_SPACE: Final = 0x656E666F
"""Of our advisory locks, beside those of others on the same database: `enfo`."""

_MODELS: Final = 0
"""The lock of who keeps or lets go of byte models; rooms have others."""

_ESCAPE: Final = "\uf8f0"
"""Of a private use area; it stands before what it stands for, itself included."""
_OUT: Final = re.compile("[\0\uf8f0\ud800-\udfff]")
_IN: Final = re.compile("\uf8f0([0-9a-f]{4})")


def opened(address: Address) -> Engine:
    """Return an engine for the bank at an address, its tables made or brought up to date.

    Raises:
        NewerBank: A later version wrote it. Nothing is touched.
        BankError: psycopg is not installed, or the schema is another program's.
        DBAPIError: It cannot be reached, or does not let us.
    """
    try:
        engine = create_engine(
            make_url(address.url),
            pool_pre_ping=True,
            connect_args={
                "connect_timeout": PATIENCE,
                "application_name": "enfold",
            },
        )
    except ModuleNotFoundError as error:
        raise BankError(
            f"{address}: a bank on PostgreSQL takes psycopg: pip install 'psycopg[binary]'"
        ) from error
    _follow_our_rules(engine)
    try:
        with engine.begin() as connection:
            ready = _version(connection, address) == NEWEST
        if not ready:
            with engine.execution_options(writes=True).begin() as connection:
                _alone(connection, _MODELS)  # two that make the tables at once
                _bring_up(connection, _version(connection, address))
    except BaseException:
        engine.dispose()
        raise
    return engine


def escaped(said: str) -> str:
    """Return `said` without what PostgreSQL has no text for."""
    return _OUT.sub(lambda found: f"{_ESCAPE}{ord(found[0]):04x}", said)


def plain(said: str) -> str:
    """Return what was `escaped`."""
    return _IN.sub(lambda found: chr(int(found[1], 16)), said) if _ESCAPE in said else said


def _follow_our_rules(engine: Engine) -> None:
    """Have every connection take our text, and every transaction begin as it must."""
    from psycopg.types.string import StrDumperUnknown, TextLoader  # noqa: PLC0415 - optional

    class Dumper(StrDumperUnknown):
        """Text on its way in."""

        def dump(self, obj: str) -> Any:
            return super().dump(escaped(obj))

    class Loader(TextLoader):
        """Text on its way out."""

        def load(self, data: Any) -> Any:
            found = super().load(data)
            return plain(found) if isinstance(found, str) else found

    @event.listens_for(engine, "connect")
    def _connected(connection: Any, _: object) -> None:
        connection.execute(f"SET lock_timeout = '{PATIENCE}s'")
        connection.commit()
        connection.adapters.register_dumper(str, Dumper)
        connection.adapters.register_loader("text", Loader)

    @event.listens_for(engine, "begin")
    def _begun(connection: Connection) -> None:
        connection.info[_held] = set()
        if not connection.get_execution_options().get("writes", False):
            connection.exec_driver_sql(
                "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
            )

    @event.listens_for(engine, "before_execute")
    def _executes(
        connection: Connection,
        statement: Any,
        many: Sequence[dict[str, Any]],
        one: dict[str, Any],
        _: object,
    ) -> None:
        if not connection.get_execution_options().get("writes", False):
            return
        for given in (one, *many):
            if isinstance(room := given.get("room"), str):
                _alone(connection, _key(room))
        if isinstance(statement, TextClause) and _CHANGES_MODELS.match(statement.text):
            _alone(connection, _MODELS)


_held: Final = "enfold: locks held"

_CHANGES_MODELS: Final = re.compile(r"\s*(INSERT INTO|DELETE FROM) models\b")


def _key(room: str) -> int:
    """Return the number of a room's lock: as good as its own, and harmless where it is not."""
    return (
        int.from_bytes(
            blake2b(room.encode("utf-8", "replace"), digest_size=4).digest(), "big", signed=True
        )
        or 1
    )


def _alone(connection: Connection, key: int) -> None:
    """Wait until nobody else has that lock; it is ours until the transaction ends."""
    held: set[int] = connection.info[_held]
    if key not in held:
        held.add(key)
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_SPACE}, {key})")


def _version(connection: Connection, address: Address) -> int:
    """Return the bank's version, 0 where there is nothing yet."""
    tables = set(connection.exec_driver_sql(_TABLES).scalars())
    if not tables:
        encoding = connection.exec_driver_sql("SHOW server_encoding").scalar_one()
        if encoding != "UTF8":
            raise BankError(f"{address}: its encoding is {encoding}; make a database with UTF8")
        return 0
    if "enfold" not in tables:
        raise BankError(
            f"{address} has another program's tables; choose another database or schema"
        )
    version: int = connection.exec_driver_sql("SELECT version FROM enfold").scalar_one()
    if version > NEWEST:
        raise NewerBank(
            f"{address} was written by a later enfold (bank version {version}); update enfold"
        )
    return version


def _bring_up(connection: Connection, version: int) -> None:
    """Make the tables, or what they lack, all or nothing."""
    if not version:
        for statement in _MADE:
            connection.exec_driver_sql(statement)
        version = FIRST
    for step in STEPS[version - FIRST :]:
        step(connection)
    connection.execute(_DONE, {"version": NEWEST})


STEPS: Final[tuple[Callable[[Connection], None], ...]] = ()
"""Beyond the first version; each has its twin among SQLite's `migrations`."""

NEWEST: Final = FIRST + len(STEPS)

_DONE: Final = text("UPDATE enfold SET version = :version")
_TABLES: Final = (
    "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()"
)

_KEY: Final = "INTEGER GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY"
_TEXT: Final = 'TEXT COLLATE "C"'
_ROOM: Final = "INTEGER NOT NULL REFERENCES rooms (number) ON DELETE CASCADE"

_MADE: Final = (
    f"""CREATE TABLE rooms (
        number {_KEY},
        id {_TEXT} NOT NULL UNIQUE,
        path {_TEXT} NOT NULL,
        title {_TEXT} NOT NULL,
        created {_TEXT} NOT NULL,
        indexed INTEGER NOT NULL
    )""",
    f"""CREATE TABLE cc (
        room {_ROOM},
        carrier {_TEXT} NOT NULL,
        upto INTEGER NOT NULL,
        first INTEGER NOT NULL,
        size INTEGER NOT NULL,
        micros BIGINT NOT NULL,
        digest BYTEA NOT NULL,
        key INTEGER NOT NULL CHECK (key <= upto),
        code BYTEA NOT NULL,
        seal BYTEA NOT NULL,
        PRIMARY KEY (room, carrier, upto)
    )""",
    f"""CREATE TABLE states (
        room {_ROOM},
        carrier {_TEXT} NOT NULL,
        upto INTEGER NOT NULL,
        length INTEGER NOT NULL,
        state BYTEA NOT NULL,
        PRIMARY KEY (room, carrier)
    )""",
    f"""CREATE TABLE stretches (
        start BIGINT PRIMARY KEY,
        room {_ROOM},
        first INTEGER NOT NULL,
        length INTEGER NOT NULL CHECK (length > 0),
        lines INTEGER NOT NULL
    )""",
    "CREATE INDEX stretches_by_room ON stretches (room)",
    """CREATE TABLE numbered (
        next BIGINT NOT NULL,
        lines BIGINT NOT NULL,
        loose BIGINT NOT NULL,
        sum BIGINT NOT NULL
    )""",
    "INSERT INTO numbered VALUES (1, 0, 0, 0)",
    "CREATE TABLE findable (number BIGINT PRIMARY KEY, words TSVECTOR NOT NULL)",
    "CREATE INDEX findable_by_word ON findable USING gin (words)",
    f"CREATE TABLE models (id {_TEXT} PRIMARY KEY, bytes BYTEA NOT NULL)",
    """CREATE TABLE streams (
        room INTEGER PRIMARY KEY REFERENCES rooms (number) ON DELETE CASCADE,
        upto INTEGER NOT NULL,
        turns INTEGER NOT NULL,
        length BIGINT NOT NULL,
        chain BYTEA NOT NULL
    )""",
    f"""CREATE TABLE segments (
        number {_KEY},
        room {_ROOM},
        first INTEGER NOT NULL,
        version INTEGER NOT NULL,
        model {_TEXT} REFERENCES models (id) ON DELETE RESTRICT,
        turns INTEGER NOT NULL,
        length INTEGER NOT NULL,
        before BYTEA NOT NULL,
        chain BYTEA NOT NULL,
        closed INTEGER NOT NULL CHECK (closed IN (0, 1)),
        last INTEGER NOT NULL DEFAULT -1,
        packed BYTEA,
        UNIQUE (room, first)
    )""",
    "CREATE INDEX segments_by_model ON segments (model)",
    f"""CREATE TABLE turns (
        number {_KEY},
        room {_ROOM},
        place INTEGER NOT NULL,
        segment INTEGER REFERENCES segments (number),
        author {_TEXT} NOT NULL,
        length INTEGER NOT NULL,
        crc BIGINT NOT NULL,
        codec INTEGER NOT NULL,
        blob BYTEA NOT NULL,
        UNIQUE (room, place)
    )""",
    "CREATE INDEX turns_by_segment ON turns (segment)",
    "CREATE INDEX turns_hot ON turns (room, place) WHERE segment IS NULL",
    f"""CREATE TABLE laminae (
        number {_KEY},
        room {_ROOM},
        segment INTEGER UNIQUE REFERENCES segments (number),
        first INTEGER NOT NULL,
        last INTEGER NOT NULL CHECK (last >= first),
        turns INTEGER NOT NULL,
        length INTEGER NOT NULL,
        stored INTEGER NOT NULL,
        model {_TEXT},
        version INTEGER NOT NULL,
        chain BYTEA NOT NULL,
        code {_TEXT} NOT NULL,
        made {_TEXT} NOT NULL CHECK (made IN ('indexed', 'delaminated', 'merged')),
        at {_TEXT} NOT NULL,
        seal BIGINT NOT NULL DEFAULT 0,
        gist BYTEA NOT NULL,
        words BYTEA NOT NULL,
        CHECK (segment IS NOT NULL OR (length(gist) = 0 AND length(words) = 0))
    )""",
    "CREATE INDEX laminae_by_room ON laminae (room, first)",
    "CREATE UNIQUE INDEX laminae_alive ON laminae (room, first) WHERE segment IS NOT NULL",
    """CREATE TABLE lineage (
        parent INTEGER NOT NULL REFERENCES laminae (number) ON DELETE CASCADE,
        part INTEGER NOT NULL REFERENCES laminae (number) ON DELETE CASCADE,
        PRIMARY KEY (parent, part)
    )""",
    "CREATE INDEX lineage_by_part ON lineage (part)",
    f"""CREATE TABLE archived (
        room INTEGER PRIMARY KEY REFERENCES rooms (number) ON DELETE CASCADE,
        length BIGINT NOT NULL,
        entries INTEGER NOT NULL,
        sha256 BYTEA NOT NULL,
        at {_TEXT} NOT NULL
    )""",
    f"""CREATE TABLE archives (
        room {_ROOM},
        start BIGINT NOT NULL,
        length BIGINT NOT NULL CHECK (length > 0),
        first INTEGER NOT NULL,
        last INTEGER NOT NULL,
        form INTEGER NOT NULL,
        version INTEGER NOT NULL,
        model {_TEXT} REFERENCES models (id) ON DELETE RESTRICT,
        digest BYTEA NOT NULL,
        blob BYTEA NOT NULL,
        PRIMARY KEY (room, start)
    )""",
    "CREATE INDEX archives_by_model ON archives (model)",
    "CREATE TABLE enfold (version INTEGER NOT NULL)",
    "INSERT INTO enfold VALUES (4)",
)
