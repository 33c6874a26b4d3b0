"""What is searched for, as words that FTS5 cannot trip over, and lines it is really in.

The bank's index tells only which lines have which words. Whether words stand together, and
which part of a line to show, is told by an index in memory over the few lines that were
found, whole: so nothing is shown that does not have what was looked for.
"""

import re
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Final

FOLDING: Final = "unicode61 remove_diacritics 2"
"""How text is cut into words: at what is no letter or digit, without case and accents."""

STEMMING: Final = f"porter {FOLDING}"
"""Likewise, and English words without their endings."""

_MOST: Final = 32
"""Words of a query that count."""

_QUOTED: Final = re.compile(r'"([^"]*)"|([^"]+)')


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is searched for. A line is looked for by words, and found if it has `exact`."""

    words: tuple[str, ...] = ()
    """Folded, each once."""
    exact: str = ""
    """Query of FTS5 for all of the words, those in quotes together."""
    unfinished: bool = False
    """Whether the last word stands for all that begin with it."""

    @property
    def quoted(self) -> tuple[str, ...]:
        """Each word as a query of FTS5."""
        *words, last = [f'"{word}"' for word in self.words]
        return (*words, f"{last}*" if self.unfinished else last)

    @property
    def any(self) -> str:
        """Query of FTS5 for lines with any of the words."""
        return " OR ".join(self.quoted)


def plain(said: str) -> str:
    """Return `said` as every database takes it: no lone surrogates, no NUL."""
    return said.encode("utf-8", "replace").decode("utf-8").replace("\0", "")


def wanted(text: str, *, unfinished: bool = False) -> Wanted:
    """Return what `text` searches for.

    Args:
        text: Anything. Words in quotes stand together; all else that is no word is nothing.
        unfinished: The last word may go on, unless something follows it.

    No words at all where `text` has none.
    """
    text = plain(text)
    parts = [(found[1], found[2]) for found in _QUOTED.finditer(text)]
    *cut, end = _cut([*(quoted or loose or "" for quoted, loose in parts), text[-1:]])
    words: list[str] = []
    exact: list[str] = []
    for (quoted, _), every in zip(parts, cut, strict=True):
        found = every[: _MOST - len(words)]
        words += found
        if quoted and found:
            exact.append(f'"{" ".join(found)}"')
        else:
            exact += [f'"{word}"' for word in found]
    goes_on = bool(unfinished and words and end)
    if goes_on:
        exact[-1] += "*"
        words = [word for word in words[:-1] if word != words[-1]] + words[-1:]
    return Wanted(tuple(dict.fromkeys(words)), " ".join(dict.fromkeys(exact)), goes_on)


def terms(texts: Sequence[str]) -> list[list[str]]:
    """Return the words of each text, folded and stemmed, each once, in their order."""
    return _cut(texts, STEMMING, once=True)


def instances(lines: Iterable[tuple[int, str]]) -> list[tuple[bytes, int]]:
    """Return every word of numbered lines, UTF-8, with the number of each line that has it.

    As the index has them, and much faster than `terms`: in the order of the words.
    """
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as memory:
        memory.execute(
            f"""CREATE VIRTUAL TABLE lines USING fts5 (
                text, content = '', detail = none, columnsize = 0, tokenize = '{STEMMING}'
            )"""
        )
        memory.execute("BEGIN")
        memory.executemany("INSERT INTO lines (rowid, text) VALUES (?, ?)", lines)
        memory.execute("COMMIT")
        memory.execute("CREATE VIRTUAL TABLE found USING fts5vocab (lines, instance)")
        return memory.execute("SELECT CAST(term AS BLOB), doc FROM found").fetchall()


def _cut(texts: Sequence[str], how: str = FOLDING, *, once: bool = False) -> list[list[str]]:
    """Cut texts into words as the index does."""
    words: list[list[str]] = [[] for _ in texts]
    with closing(_Memory(how)) as memory:
        memory.put(texts)
        for doc, term in memory.words():
            words[doc].append(term)
    return [list(dict.fromkeys(found)) for found in words] if once else words


class _Memory:
    """An index in memory, of some lines."""

    def __init__(self, how: str) -> None:
        self._made = sqlite3.connect(":memory:", isolation_level=None)
        self._made.execute(f"CREATE VIRTUAL TABLE lines USING fts5 (text, tokenize = '{how}')")

    def close(self) -> None:
        """Let go of it."""
        self._made.close()

    def put(self, texts: Sequence[str], start: int = 0) -> None:
        """Take in texts; the first has the number `start`."""
        self._made.execute("BEGIN")
        self._made.executemany(
            "INSERT INTO lines (rowid, text) VALUES (?, ?)",
            enumerate(map(plain, texts), start),
        )
        self._made.execute("COMMIT")

    def words(self) -> list[tuple[int, str]]:
        """Return every word with the number of its text, in their order."""
        self._made.execute("CREATE VIRTUAL TABLE found USING fts5vocab (lines, instance)")
        return self._made.execute(
            'SELECT doc, term FROM found ORDER BY doc, "offset"'
        ).fetchall()

    def snippets(self, query: str, start: int) -> dict[int, str]:
        """Return the part with the words of each text from `start` on that has them."""
        return dict(
            self._made.execute(
                """SELECT rowid, snippet(lines, 0, '', '', '…', 16) FROM lines
                   WHERE lines MATCH ? AND rowid >= ?""",
                (query, start),
            ).fetchall()
        )


class Sieve:
    """Tells which texts have what is wanted, and where. To be closed."""

    def __init__(self, query: str) -> None:
        """Take a query of a `Wanted`."""
        self._query = query
        self._memory = _Memory(STEMMING)
        self._next = 0

    def close(self) -> None:
        """Let go of what it was asked."""
        self._memory.close()

    def snippets(self, texts: Sequence[str]) -> list[str | None]:
        """Return of each text the part with the words in it; `None` if it has them not."""
        start = self._next
        self._next += len(texts)
        self._memory.put(texts, start)
        found = self._memory.snippets(self._query, start)
        return [found.get(start + number) for number in range(len(texts))]
