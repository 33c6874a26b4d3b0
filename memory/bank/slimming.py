"""The bank's fourth version: the index without its text, and codes told by one another.

What an older bank had is taken over row by row; a code that is not what was kept, or takes
one that is not, stays behind, and is folded again from the log.
"""

import re
import sqlite3
from collections.abc import Iterator
from hashlib import sha256
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

from memory.bank import sums
from memory.bank.history import Code, follow
from memory.bank.rows import Facts
from memory.bank.search import STEMMING

_HEX: Final = re.compile("[0-9a-f]{64}")

_CC: Final = """CREATE TABLE slim (
    room INTEGER NOT NULL REFERENCES rooms (number) ON DELETE CASCADE,
    carrier TEXT NOT NULL,
    upto INTEGER NOT NULL,
    first INTEGER NOT NULL,
    size INTEGER NOT NULL,
    micros INTEGER NOT NULL,
    digest BLOB NOT NULL,
    key INTEGER NOT NULL CHECK (key <= upto),
    code BLOB NOT NULL,
    seal BLOB NOT NULL,
    PRIMARY KEY (room, carrier, upto)
) STRICT, WITHOUT ROWID"""

_STRETCHES: Final = """CREATE TABLE stretches (
    start INTEGER PRIMARY KEY,
    room INTEGER NOT NULL REFERENCES rooms (number) ON DELETE CASCADE,
    first INTEGER NOT NULL,
    length INTEGER NOT NULL CHECK (length > 0),
    lines INTEGER NOT NULL
) STRICT"""

_NUMBERED: Final = """CREATE TABLE numbered (
    next INTEGER NOT NULL,
    lines INTEGER NOT NULL,
    loose INTEGER NOT NULL,
    sum INTEGER NOT NULL
) STRICT"""


def m004_slim_search_and_history(connection: sqlite3.Connection) -> None:
    """A full-text index without text; cc as changes, not whole every time."""
    connection.execute(_CC)
    connection.executemany(
        "INSERT INTO slim VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", _codes(connection)
    )
    connection.execute("DROP TABLE cc")
    connection.execute("ALTER TABLE slim RENAME TO cc")
    _index(connection)


def _codes(connection: sqlite3.Connection) -> Iterator[tuple[object, ...]]:
    """Yield the rows of the old table as those of the new one."""
    old = connection.execute(
        """SELECT room, carrier, upto, first, size, seconds, digest, base, code, seal
           FROM cc ORDER BY room, carrier, upto"""
    )
    for (room, carrier), rows in groupby(old, key=itemgetter(0, 1)):
        before: Code | None = None
        last, last_seal, last_code = -2, b"", b""
        for row in rows:
            upto, first, size, seconds, digest, base, code, sealed = row[2:]
            if base is None:
                known, whole = b"", b""
            elif base == last:
                known, whole = last_seal, last_code
            else:
                continue  # the row that it builds upon is lost
            if _seal(known, carrier, upto, code) != sealed or not _HEX.fullmatch(digest):
                continue
            whole += code
            last, last_seal, last_code = upto, sealed, whole
            facts = Facts(
                carrier, upto, first, size, round(seconds * 1e6), bytes.fromhex(digest)
            )
            before, blob = follow(before, whole, facts)
            yield (
                room,
                carrier,
                upto,
                first,
                size,
                facts.micros,
                facts.digest,
                before.key,
                blob,
                before.seal,
            )


def _seal(base: bytes, carrier: str, upto: int, code: bytes) -> bytes:
    """Return the seal of a row as versions before the fourth had it: all of SHA-256."""
    whole = sha256(base)
    whole.update(f"{carrier}\0{upto}\0{len(code)}\0".encode())
    whole.update(code)
    return whole.digest()


def _index(connection: sqlite3.Connection) -> None:
    """Take over the words of all lines, a stretch a room."""
    lines: list[Any] = connection.execute(
        """SELECT room, count(DISTINCT place), min(place), max(place) FROM lines GROUP BY room"""
    ).fetchall()
    for trigger in ("lines_said", "lines_gone"):
        connection.execute(f"DROP TRIGGER {trigger}")
    connection.execute("DROP TABLE words")
    connection.execute(
        f"""CREATE VIRTUAL TABLE words USING fts5 (
            text, content = '', detail = none, columnsize = 0, tokenize = '{STEMMING}'
        )"""
    )
    connection.execute(_STRETCHES)
    connection.execute(_NUMBERED)
    start, count = 1, 0
    for room, said, first, last in lines:
        connection.execute(
            """INSERT INTO words (rowid, text)
               SELECT ? + place, group_concat(text, char(10)) FROM lines
               WHERE room = ? GROUP BY place ORDER BY place""",
            (start - first, room),
        )
        length = last - first + 1
        connection.execute(
            "INSERT INTO stretches VALUES (?, ?, ?, ?, ?)", (start, room, first, length, said)
        )
        start += length
        count += said
    connection.execute("INSERT INTO words (words) VALUES ('optimize')")
    connection.execute(
        "INSERT INTO numbered VALUES (?, ?, 0, ?)", (start, count, _sum(connection))
    )
    connection.execute("DROP TABLE lines")


def _sum(connection: sqlite3.Connection) -> int:
    """Return what all that was taken over adds up to: see `sums`."""
    connection.execute("CREATE VIRTUAL TABLE temp.said USING fts5vocab (main, words, instance)")
    whole = sums.of_words(connection.execute("SELECT CAST(term AS BLOB), doc FROM temp.said"))
    connection.execute("DROP TABLE temp.said")
    for rows in (
        "SELECT start, room, first, length, lines FROM stretches",
        "SELECT number, indexed FROM rooms WHERE indexed >= 0",
    ):
        whole += sum(sums.of_row(*row) for row in connection.execute(rows))
    return whole % sums.MODULUS
