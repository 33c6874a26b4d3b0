"""The words of numbered lines: as FTS5 keeps them in a file, and as PostgreSQL does.

Both have the same words, cut, folded and stemmed by SQLite; neither has the text. All of it
works inside a transaction of whoever asks.
"""

from collections.abc import Sequence
from typing import Final, Protocol

from sqlalchemy import Connection, text

from memory.bank import sums
from memory.bank.search import Wanted, instances, terms

MOST: Final = 1 << 16
"""Lines looked at for one word, those indexed last: what a search takes stays bounded."""


class Findable(Protocol):
    """Keeps which words are in which lines."""

    def put(self, bank: Connection, lines: Sequence[tuple[int, str]]) -> int:
        """Keep the words of lines, each under a number that was never given before.

        Returns:
            What they add to the sum: see `sums`.
        """
        ...

    def sum(self, bank: Connection) -> int:
        """Read every word and return what all lines add to the sum.

        Raises:
            sqlite3.Error, DBAPIError: They cannot be read, or not all be found.
        """
        ...

    def all(self, bank: Connection, wanted: Wanted) -> Sequence[int]:
        """Return the numbers of lines with all of the words, at most `MOST`, the newest."""
        ...

    def each(self, bank: Connection, wanted: Wanted) -> list[Sequence[int]]:
        """Return for each word the numbers of lines that have it, likewise."""
        ...

    def tidy(self, bank: Connection) -> None:
        """Put together what many small transactions left apart."""
        ...

    def empty(self, bank: Connection) -> None:
        """Let go of all words."""
        ...

    def size(self, bank: Connection) -> int:
        """Return the bytes that the words take."""
        ...


class InFile:
    """FTS5, contentless and without positions."""

    def put(self, bank: Connection, lines: Sequence[tuple[int, str]]) -> int:
        """See `Findable.put`."""
        bank.execute(_PUT, [{"number": number, "text": said} for number, said in lines])
        return sums.of_words(instances(lines))

    def sum(self, bank: Connection) -> int:
        """See `Findable.sum`. FTS5 looks first whether what leads to each word does so."""
        bank.execute(_LOOK)
        bank.execute(_READABLE)
        try:
            return sums.of_words(bank.execute(_EVERY))
        finally:
            bank.execute(_READ)

    def all(self, bank: Connection, wanted: Wanted) -> Sequence[int]:
        """See `Findable.all`."""
        return self._numbers(bank, " ".join(wanted.quoted))

    def each(self, bank: Connection, wanted: Wanted) -> list[Sequence[int]]:
        """See `Findable.each`."""
        return [self._numbers(bank, word) for word in wanted.quoted]

    def tidy(self, bank: Connection) -> None:
        """See `Findable.tidy`."""
        bank.execute(_TIDY)

    def empty(self, bank: Connection) -> None:
        """See `Findable.empty`."""
        bank.execute(_EMPTY)

    def size(self, bank: Connection) -> int:
        """Return the bytes of FTS5's blocks."""
        return bank.execute(_SIZE).scalar_one() or 0

    def _numbers(self, bank: Connection, query: str) -> Sequence[int]:
        return bank.execute(_MATCHING, {"query": query, "most": MOST}).scalars().all()


LONGEST: Final = 255
"""Characters of a word that count, on a server: it takes no more than 2 KB."""

ROOM: Final = 500_000
"""Bytes of one line's words that are kept, on a server: it takes 1 MB, with their places."""


class OnServer:
    """PostgreSQL, a `tsvector` a line. Of a line of megabytes, the first words are found."""

    def put(self, bank: Connection, lines: Sequence[tuple[int, str]]) -> int:
        """See `Findable.put`. A server has checksums of its own: nothing is added."""
        words = terms([said for _, said in lines])
        bank.execute(
            _KEEP,
            [
                {"number": number, "words": _fitting(found)}
                for (number, _), found in zip(lines, words, strict=True)
            ],
        )
        return 0

    def sum(self, bank: Connection) -> int:
        """Return nothing: see `put`."""
        return 0

    def all(self, bank: Connection, wanted: Wanted) -> Sequence[int]:
        """See `Findable.all`."""
        return self._numbers(bank, " & ".join(_lexemes(wanted)))

    def each(self, bank: Connection, wanted: Wanted) -> list[Sequence[int]]:
        """See `Findable.each`."""
        return [self._numbers(bank, word) for word in _lexemes(wanted)]

    def tidy(self, bank: Connection) -> None:
        """Leave it to the server, which does so by itself."""

    def empty(self, bank: Connection) -> None:
        """See `Findable.empty`."""
        bank.execute(_CLEAR)

    def size(self, bank: Connection) -> int:
        """Return the bytes of the table and its index."""
        return bank.execute(_RELATION).scalar_one()

    def _numbers(self, bank: Connection, query: str) -> Sequence[int]:
        return bank.execute(_HAVING, {"query": query, "most": MOST}).scalars().all()


def _fitting(words: Sequence[str]) -> list[str]:
    """Return words as a `tsvector` takes them."""
    kept: list[str] = []
    left = ROOM
    for word in words:
        short = word[:LONGEST]
        left -= len(short.encode()) + 4
        if left < 0:
            break
        kept.append(short)
    return kept


def _lexemes(wanted: Wanted) -> list[str]:
    """Return the words, each as a `tsquery`."""
    stems = terms(wanted.words)
    lexemes = [
        "'"
        + (found[0] if found else word)[:LONGEST].replace("\\", "\\\\").replace("'", "''")
        + "'"
        for word, found in zip(wanted.words, stems, strict=True)
    ]
    if wanted.unfinished:
        lexemes[-1] += ":*"
    return lexemes


_PUT: Final = text("INSERT INTO words (rowid, text) VALUES (:number, :text)")
_LOOK: Final = text("INSERT INTO words (words) VALUES ('integrity-check')")
_READABLE: Final = text(
    "CREATE VIRTUAL TABLE temp.words_read USING fts5vocab (main, words, instance)"
)
_EVERY: Final = text("SELECT CAST(term AS BLOB), doc FROM temp.words_read")
_READ: Final = text("DROP TABLE temp.words_read")
_TIDY: Final = text("INSERT INTO words (words) VALUES ('optimize')")
_EMPTY: Final = text("INSERT INTO words (words) VALUES ('delete-all')")
_MATCHING: Final = text(
    "SELECT rowid FROM words WHERE words MATCH :query ORDER BY rowid DESC LIMIT :most"
)
_SIZE: Final = text("SELECT sum(length(block)) FROM words_data")
_KEEP: Final = text(
    """INSERT INTO findable (number, words)
       VALUES (:number, array_to_tsvector(CAST(:words AS TEXT[])))"""
)
_HAVING: Final = text(
    """SELECT number FROM findable WHERE words @@ CAST(:query AS TSQUERY)
       ORDER BY number DESC LIMIT :most"""
)
_CLEAR: Final = text("TRUNCATE findable")
_RELATION: Final = text("SELECT pg_total_relation_size('findable')")
