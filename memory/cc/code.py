"""The code of the `text` carrier: one unit a line, as `12 AI-1| flash trades depth for hertz`.

Plain UTF-8 that reads as it is. An author may be called anything and a text may look like
a line of this code: what would end a line or a field early is escaped with a backslash.
"""

import re
from collections.abc import Iterable
from itertools import groupby
from typing import Final

from memory.cc.units import Unit
from memory.errors import CarrierError

_LINE: Final = re.compile(r"(\d+) ([^ |\n]*)\| ([^\n]*)\n")
_ENDS: Final = "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"
"""Everything that some reader takes for the end of a line."""
_IN_TEXT: Final = str.maketrans({c: f"\\{ord(c):04x}" for c in f"\\{_ENDS}"})
_IN_AUTHOR: Final = str.maketrans({c: f"\\{ord(c):04x}" for c in f"\\| {_ENDS}"})
_ESCAPE: Final = re.compile(r"\\([0-9a-f]{4})")


def line(unit: Unit) -> bytes:
    """Return the line of `unit`, newline included. Lone surrogates become `?`."""
    author, text = unit.author.translate(_IN_AUTHOR), unit.text.translate(_IN_TEXT)
    return f"{unit.place} {author}| {text}\n".encode("utf-8", "replace")


def serialise(units: Iterable[Unit]) -> bytes:
    """Return the code that `parse` reads as `units`."""
    return b"".join(map(line, units))


def parse(code: bytes) -> list[Unit]:
    """Return the units of `code`, in its order.

    Raises:
        CarrierError: These bytes are not such a code.
    """
    try:
        text = code.decode("utf-8")
    except UnicodeDecodeError as error:
        raise CarrierError(f"not a code of the text carrier: {error}") from error
    units: list[Unit] = []
    at = 0
    while at < len(text):
        found = _LINE.match(text, at)
        if found is None:
            raise CarrierError(f"not a code of the text carrier: character {at}")
        units.append(Unit(int(found[1]), _plain(found[2]), _plain(found[3])))
        at = found.end()
    return units


def shown(units: Iterable[Unit]) -> str:
    """Return `units` as a speaker is told them: those of one place on one line."""
    return "\n".join(
        f"{place} {' '.join(author.split())}: " + "; ".join(unit.text for unit in said)
        for (place, author), said in groupby(units, key=lambda u: (u.place, u.author))
    )


def _plain(text: str) -> str:
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)
