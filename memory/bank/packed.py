"""The turns of a segment that takes no more of them, in as few bytes as tell them.

A row costs some 45 bytes beside some 30 of code; here a turn costs about 4. First come the
columns (authors and codecs, places, lengths of texts and of codes), deflated where that helps,
and their CRC-32; then a check of each turn, the codes, and a CRC-32 of these.

The check of a coded turn is the lower half of its text's CRC-32. That is enough: the pack has a
checksum of its own, and where it is broken `kept.texts` believes a turn only if the one after
it can be read too, which is 32 bits of evidence again; the segment's chain tells the rest.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from memory.bank.kept import ALONE, BRIEF, CODED, HEADER, Kept
from memory.codec.varints import Bytes, varint
from memory.errors import DamagedTurn

_PLAIN: Final = 1
_SHRUNK: Final = 2
_HALF: Final = BRIEF // 8
_WHOLE: Final = 4
_COLUMNS: Final = 1 << 22
"""Bytes that columns have at most; what claims more is no pack of ours."""


@dataclass(frozen=True, slots=True)
class Unpacked:
    """What a pack holds."""

    rows: tuple[Kept, ...]
    sound: bool
    """Whether the codes are what was packed."""


def packed(rows: Sequence[Kept]) -> bytes:
    """Return rows as a pack. They come back equal, but for half of their checks: see `brief`.

    Args:
        rows: Of one segment, in the order of their places; at least one.

    Raises:
        DamagedTurn: One is no row that this enfold writes, and is best left as it is.
    """
    authors = {name: number for number, name in enumerate(dict.fromkeys(_authors(rows)))}
    columns = bytearray(varint(len(rows)) + varint(len(authors)))
    for name in authors:
        plain = name.encode("utf-8", "surrogatepass")
        columns += varint(len(plain)) + plain
    checks, codes, sizes = bytearray(), bytearray(), list[int]()
    for row in rows:
        check, code = _parts(row)
        checks += check
        codes += code
        sizes.append(len(code))
    before = -1
    for row in rows:
        columns += varint(authors[row.author] << 2 | row.codec)
    for row in rows:
        if row.place <= before:
            raise DamagedTurn(f"the turn at place {row.place} is out of order")
        columns += varint(row.place - before - 1)
        before = row.place
    for row in rows:
        columns += varint(row.length)
    for size in sizes:
        columns += varint(size)
    form, told = _PLAIN, bytes(columns)
    shrunk = _shrunk(told)
    if len(shrunk) < len(told):
        form, told = _SHRUNK, shrunk
    head = bytes([form]) + varint(len(told)) + told
    first = zlib.crc32(head)
    body = bytes(checks + codes)
    return head + _four(first) + body + _four(zlib.crc32(body, first))


def unpacked(pack: bytes) -> Unpacked:
    """Return what a pack holds.

    Raises:
        DamagedTurn: Its columns are not what was packed: nothing in it can be read.
    """
    given = Bytes(pack)
    try:
        form = given.byte()
        told = given.take(given.varint())
        head = len(pack) - given.left
        check = int.from_bytes(given.take(_WHOLE), "little")
    except ValueError as error:
        raise DamagedTurn(f"its pack is cut off ({error})") from error
    if zlib.crc32(memoryview(pack)[:head]) != check:
        raise DamagedTurn("its pack is not what was packed (CRC-32 of the columns)")
    body = given.take(given.left)
    try:
        return _rows(Bytes(_grown(form, told)), body, check)
    except (ValueError, IndexError, zlib.error) as error:
        raise DamagedTurn(f"its pack is none that this enfold reads ({error})") from error


def brief(row: Kept) -> Kept:
    """Return a row as it comes out of a pack: with the lower half of the check of its code."""
    if row.codec not in CODED:
        return row
    _, low, _, code = _header(row)
    blob = _begun(row.codec, row.length, low) + code
    return replace(row, crc=int.from_bytes(low, "little"), blob=blob, bits=BRIEF)


def _rows(given: Bytes, body: bytes, check: int) -> Unpacked:
    count, several = given.varint(), given.varint()
    if not 0 < count <= given.left or several > count:
        raise ValueError("it has fewer turns than it says")
    names = [
        given.take(given.varint()).decode("utf-8", "surrogatepass") for _ in range(several)
    ]
    tags, gaps, lengths, sizes = ([given.varint() for _ in range(count)] for _ in range(4))
    given.done()
    sound = zlib.crc32(body[:-_WHOLE], check) == int.from_bytes(body[-_WHOLE:], "little")
    widths = [_WHOLE if tag & 3 in ALONE else _HALF for tag in tags]
    at, code_at, place = 0, sum(widths), -1
    sound = sound and code_at + sum(sizes) + _WHOLE == len(body)
    rows: list[Kept] = []
    for tag, gap, length, size, width in zip(tags, gaps, lengths, sizes, widths, strict=True):
        place += gap + 1
        codec, low, code = tag & 3, body[at : at + width], body[code_at : code_at + size]
        bits = 8 * width
        if codec in CODED:
            code = _begun(codec, length, low) + code
        crc = int.from_bytes(low, "little")
        author = names[tag >> 2]
        rows.append(Kept(place, author, length, crc, codec, code, bits, doubtful=not sound))
        at, code_at = at + width, code_at + size
    return Unpacked(tuple(rows), sound)


def _begun(codec: int, length: int, low: bytes) -> bytes:
    """Return the header of a coded turn, as far as it is known."""
    return bytes([codec | length << 2 & 255]) + low.ljust(_WHOLE, b"\0")


def _authors(rows: Sequence[Kept]) -> list[str]:
    return [row.author for row in rows]


def _parts(row: Kept) -> tuple[bytes, bytes]:
    """Return a row's check and its code, or text."""
    if row.doubtful:
        raise DamagedTurn(f"the turn at place {row.place} is damaged")
    if row.codec in ALONE:
        return _four(row.crc), row.blob
    tag, low, crc, code = _header(row)
    known = (1 << row.bits) - 1
    if tag != row.codec | row.length << 2 & 255 or crc != row.crc & known:
        raise DamagedTurn(f"the turn at place {row.place} says otherwise itself")
    return low, code


def _header(row: Kept) -> tuple[int, bytes, int, bytes]:
    """Return the tag of a coded turn, half of its check, all of it, and the code."""
    if row.codec not in CODED or len(row.blob) < HEADER:
        raise DamagedTurn(f"the turn at place {row.place} is kept as no codec keeps it")
    crc = row.blob[1:HEADER]
    return row.blob[0], crc[:_HALF], int.from_bytes(crc, "little"), row.blob[HEADER:]


def _four(number: int) -> bytes:
    return number.to_bytes(_WHOLE, "little")


def _shrunk(plain: bytes) -> bytes:
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15, 9)
    return deflate.compress(plain) + deflate.flush()


def _grown(form: int, told: bytes) -> bytes:
    if form == _PLAIN:
        return told
    if form != _SHRUNK:
        raise ValueError(f"form {form}")
    inflate = zlib.decompressobj(-15)
    plain = inflate.decompress(told, _COLUMNS)
    if not inflate.eof or inflate.unused_data:
        raise ValueError("its columns do not end where they should")
    return plain
