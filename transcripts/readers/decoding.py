"""Bytes of a foreign file into text, and what had to be done for that.

Files come from everywhere: with byte order marks, in UTF-16, with Windows line ends, with a
codec of their own. What is changed is counted; what is no text at all is refused.
"""

import codecs
import re
from dataclasses import dataclass

from transcripts.errors import UnknownFormat

_MARKS = (
    (codecs.BOM_UTF8, "utf-8", "byte_order_mark"),
    (codecs.BOM_UTF32_LE, "utf-32-le", "utf_32"),
    (codecs.BOM_UTF32_BE, "utf-32-be", "utf_32"),
    (codecs.BOM_UTF16_LE, "utf-16-le", "utf_16"),
    (codecs.BOM_UTF16_BE, "utf-16-be", "utf_16"),
)

_CONTROLS = re.compile(r"[\x01-\x08\x0e-\x1a\x1c-\x1f\x7f]")
"""Control characters that no writer of text uses; escape is not among them."""

_BINARY = 0.02
"""Share of control characters from which on a file is not text."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text whose lines end as they do on Unix."""

    text: str
    repairs: dict[str, int]
    """`byte_order_mark`, `utf_16`, `latin_1`, `line_ends`, `nul_bytes`: how often."""


def decode(data: bytes, *, name: str) -> Decoded:
    """Return the text of a file.

    Args:
        data: All of it.
        name: Named in errors.

    Raises:
        UnknownFormat: It is not text.
    """
    repairs: dict[str, int] = {}
    text = _unmarked(data, repairs)
    if text is None:
        text = _unknown(data, repairs)
    nuls = text.count("\0")
    if nuls + len(_CONTROLS.findall(text)) > max(8, _BINARY * len(text)):
        raise UnknownFormat(f"{name} is not text: a picture, an archive or the like")
    if nuls:
        repairs["nul_bytes"] = nuls
        text = text.replace("\0", "")
    ends = text.count("\r")
    if ends:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        repairs["line_ends"] = ends
    return Decoded(text, repairs)


def _unmarked(data: bytes, repairs: dict[str, int]) -> str | None:
    """Return the text after a byte order mark, or `None` if there is no mark."""
    for mark, codec, repair in _MARKS:
        if data.startswith(mark):
            repairs[repair] = 1
            text = data[len(mark) :].decode(codec, errors="replace")
            if "\ufffd" in text:
                repairs["unreadable"] = text.count("\ufffd")
            return text
    return None


def _unknown(data: bytes, repairs: dict[str, int]) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        # A file cut off in the middle of a character is UTF-8 all the same.
        if error.end == len(data) and len(data) - error.start < 4 and error.start > 0:
            repairs["cut_character"] = 1
            return data[: error.start].decode()
    head = data[:4096]
    if len(head) > 8 and head[1::2].count(0) > 0.4 * len(head) / 2:
        repairs["utf_16"] = 1
        return data.decode("utf-16-le", errors="replace")
    repairs["latin_1"] = 1
    return data.decode("latin-1")
