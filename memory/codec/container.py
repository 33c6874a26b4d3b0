"""`.hqf`: files and rooms in one archive, made and read piece by piece.

All members are one stream of plaintext, cut into segments that each open by themselves; so a
folder of short transcripts has one history, and any place of it opens at the cost of one
segment. Layout, all numbers little-endian, lengths as varints (LEB128):

    magic 8 | format 1 | codec 1 | flags 1 | model's id 32? | length 4, model?
    segments: form 1 | CRC-32 of the plaintext 4 | payload
    directory: packed 1 | members, segments' lengths, chain 16
    directory's length 4 | BLAKE2b-128 of everything before 16 | end mark 4
"""

import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from hashlib import blake2b, sha256
from typing import BinaryIO

from memory.codec import segments
from memory.codec.names import check_all
from memory.codec.segments import Coder
from memory.codec.varints import Bytes, varint
from memory.errors import (
    AlteredContainer,
    ContainerError,
    CutContainer,
    ForeignContainer,
    NewerContainer,
    OtherModel,
)

MAGIC = b"\x89hqf\r\n\x1a\n"
"""First a byte that is no text, then what a transfer as text would change."""
FORMAT = 1
"""Version of the layout."""
CODEC = 1
"""Version of what is in the segments."""

_END = b"\x1ahqf"
_FIXED = struct.Struct("<8sBBB")
_TRAILER = struct.Struct("<I16s4s")
_RECORD = struct.Struct("<BI")
_NAMED, _EMBEDDED = 1, 2
_CHECKSUM = 16
_PIECE = 1 << 18
"""Bytes read at once."""
MOST_DIRECTORY = 1 << 26
"""Bytes of a directory, opened; a terabyte of plaintext has a quarter of it."""
MOST_MODEL = 1 << 26
"""Bytes of a model that lies inside."""
_SHRINKS = 200
"""Times that a directory may be longer, opened, than it lies there, beyond `_PIECE`: a small
file must not make a large one of itself in memory. One that would be is not packed."""


class Kind(IntEnum):
    """What a member is."""

    FILE = 0
    ROOM = 1
    """A room's log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One file of an archive."""

    kind: Kind = Kind.FILE
    name: bytes
    """Relative, parts apart by `/`; empty for the one member of a nameless stream."""
    executable: bool = False
    length: int
    """Bytes of plaintext."""
    sha256: bytes
    """Of the plaintext."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a segment lies."""

    offset: int
    stored: int
    start: int
    """Of its plaintext in the stream of all members."""
    length: int


class Writer:
    """Writes an archive to a file that need not be seekable. What it keeps: the directory."""

    def __init__(
        self, file: BinaryIO, *, model: bytes | None = None, embedded: bytes | None = None
    ) -> None:
        """Write the head.

        Args:
            file: Open for writing; stays open.
            model: SHA-256 of the model that guesses in the segments; `None` if none does.
            embedded: That model's file, to lie inside.

        Raises:
            OSError: It cannot be written.
        """
        self._file = file
        self._sum = blake2b(digest_size=_CHECKSUM)
        self._chain = bytes(_CHECKSUM)
        self._lengths: list[tuple[int, int]] = []
        self._members: list[Member] = []
        self.written = 0
        """Bytes so far."""
        flags = (_NAMED if model else 0) | (_EMBEDDED if embedded else 0)
        self._put(_FIXED.pack(MAGIC, FORMAT, CODEC, flags) + (model or b""))
        if embedded:
            self._put(struct.pack("<I", len(embedded)))
            self._put(embedded)

    def segment(self, coded: segments.Coded, plain: bytes) -> None:
        """Append a segment and the plaintext that it stands for.

        Raises:
            OSError: It cannot be written.
        """
        record = _RECORD.pack(coded.form, _check(len(self._lengths), plain)) + coded.payload
        self._put(record)
        self._lengths.append((len(record), len(plain)))
        self._chain = _linked(self._chain, plain)

    def member(self, member: Member) -> None:
        """Note the next member; its plaintext is the next `length` bytes of the segments."""
        self._members.append(member)

    def close(self) -> None:
        """Write the directory and the end.

        Raises:
            ContainerError: There are more members than a directory holds.
            OSError: It cannot be written.
        """
        out = bytearray(varint(len(self._members)))
        for member in self._members:
            out += bytes([member.kind << 1 | member.executable])
            out += varint(len(member.name)) + member.name
            out += varint(member.length) + member.sha256
        out += varint(len(self._lengths))
        for stored, plain in self._lengths:
            out += varint(stored) + varint(plain)
        out += self._chain
        if len(out) >= MOST_DIRECTORY:
            raise ContainerError(f"too much for one archive: {len(self._members):,} members")
        packed = zlib.compress(bytes(out), 9)
        shorter = len(packed) < len(out) <= _most(len(packed) + 1)
        body = b"\1" + packed if shorter else b"\0" + bytes(out)
        self._put(body + struct.pack("<I", len(body)))
        self._file.write(self._sum.digest() + _END)
        self.written += _CHECKSUM + len(_END)

    def _put(self, data: bytes) -> None:
        self._sum.update(data)
        self._file.write(data)
        self.written += len(data)


def begins(head: bytes) -> None:
    """See whether some first bytes can be an archive's: before more of a stream is read.

    Raises:
        ForeignContainer: They are not, or there are none.
        AlteredContainer: They were once.
    """
    if head and head[: len(MAGIC)] == MAGIC[: len(head)]:
        return
    if head[1:4] == MAGIC[1:4]:
        raise AlteredContainer("the archive was changed on its way, as if it were text")
    raise ForeignContainer("this is no .hqf archive")


class Archive:
    """An archive to be read. Opening it reads head and directory; `check` reads all of it."""

    def __init__(self, file: BinaryIO) -> None:
        """Read the head and the directory.

        Args:
            file: Seekable, open for reading; stays open.

        Raises:
            ContainerError: Foreign, newer, cut off or altered, as far as that shows here.
            OSError: It cannot be read.
        """
        self._file = file
        self.size = file.seek(0, 2)
        """Bytes of the archive."""
        file.seek(0)
        self.model, self._embedded, begin = self._head()
        if self.size < begin + _TRAILER.size:
            raise CutContainer("the archive is cut off: its end is missing")
        length, self._checksum, end = _TRAILER.unpack(self._at(-_TRAILER.size))
        if end != _END:
            raise CutContainer("the archive does not end as one does: cut off, or added to")
        stop = self.size - _TRAILER.size - length
        if stop < begin or not 0 < length <= MOST_DIRECTORY:
            raise AlteredContainer("the archive is altered: its directory is nowhere")
        self.members, self.chain, self._places = _directory(self._at(stop, length), begin, stop)

    @cached_property
    def length(self) -> int:
        """Bytes of plaintext, of all members."""
        return sum(member.length for member in self.members)

    @property
    def segments(self) -> int:
        """How many there are."""
        return len(self._places)

    @property
    def embeds(self) -> bool:
        """Whether the model lies inside."""
        return self._embedded is not None

    def embedded(self) -> bytes | None:
        """Return the model that lies inside; whether it is the one named is not looked at."""
        if self._embedded is None:
            return None
        return self._at(*self._embedded)

    def check(self, told: Callable[[int], None] | None = None) -> None:
        """Read all of it and compare its checksum.

        Args:
            told: Called with the bytes read since the last call.

        Raises:
            AlteredContainer: It is another one.
            OSError: It cannot be read.
        """
        found = blake2b(digest_size=_CHECKSUM)
        self._file.seek(0)
        left = self.size - _CHECKSUM - len(_END)
        while left:
            piece = self._file.read(min(_PIECE, left))
            if not piece:
                raise CutContainer("the archive is cut off: it ended while it was read")
            found.update(piece)
            left -= len(piece)
            if told is not None:
                told(len(piece))
        if found.digest() != self._checksum:
            raise AlteredContainer("the archive is altered: its checksum is another")

    def wants(self, model: bytes | None) -> None:
        """Say whether `model` will do.

        Raises:
            OtherModel: Another one made this.
        """
        if self.model is not None and model != self.model:
            has = f"this is {model.hex()[:16]}" if model is not None else "there is none here"
            raise OtherModel(
                f"the archive needs the byte model {self.model.hex()[:16]}; {has}: "
                "--model FILE names another"
            )

    def segment(self, number: int, fresh: Callable[[], Coder]) -> bytes:
        """Return the plaintext of one segment; costs that segment and nothing else.

        Args:
            number: From 0.
            fresh: Makes a coder that has read nothing, with the model of `model`.

        Raises:
            AlteredContainer: It cannot be decoded, or not to what was coded.
            OSError: It cannot be read.
        """
        place = self._places[number]
        record = self._at(place.offset, place.stored)
        form, check = _RECORD.unpack_from(record)
        plain = segments.decode(form, record[_RECORD.size :], place.length, fresh)
        if _check(number, plain) != check:
            raise AlteredContainer(f"the archive is altered in segment {number}")
        return plain

    def pieces(self, fresh: Callable[[], Coder]) -> Iterator[tuple[int, bytes]]:
        """Yield all plaintext as (number of the member, piece), verified at each member's end.

        Each member comes at least once, an empty one with an empty piece.

        Raises:
            AlteredContainer: See `segment`; or what came is not what the directory says.
            OSError: It cannot be read.
        """
        member, left = -1, 0
        digest = sha256()
        chain = bytes(_CHECKSUM)
        for number in range(len(self._places) + 1):
            plain = b""
            if number < len(self._places):
                plain = self.segment(number, fresh)
                chain = _linked(chain, plain)
            at = 0
            while True:
                if not left:
                    if member >= 0 and digest.digest() != self.members[member].sha256:
                        raise _another(self.members[member])
                    if member + 1 == len(self.members):
                        break
                    member += 1
                    left, digest = self.members[member].length, sha256()
                    if not left:
                        yield member, b""
                    continue
                piece = plain[at : at + left]
                if not piece:
                    break
                digest.update(piece)
                at += len(piece)
                left -= len(piece)
                yield member, piece
        if chain != self.chain:
            raise AlteredContainer("the archive is altered: its segments are in another order")

    def read(
        self, member: int, fresh: Callable[[], Coder], start: int = 0, length: int | None = None
    ) -> Iterator[bytes]:
        """Yield plaintext of one member from `start` on; decodes the segments it lies in.

        Raises:
            AlteredContainer: See `segment`.
            OSError: It cannot be read.
        """
        first = sum(one.length for one in self.members[:member]) + start
        room = max(0, self.members[member].length - start)
        last = first + (room if length is None else min(length, room))
        for number, place in enumerate(self._places):
            if place.start < last and place.start + place.length > first:
                plain = self.segment(number, fresh)
                yield plain[max(0, first - place.start) : last - place.start]

    def _head(self) -> tuple[bytes | None, tuple[int, int] | None, int]:
        head = self._file.read(_FIXED.size)
        begins(head)
        if len(head) < _FIXED.size:
            raise CutContainer("the archive is cut off: there is nothing but its beginning")
        _, version, codec, flags = _FIXED.unpack(head)
        if version > FORMAT or codec > CODEC:
            raise NewerContainer(
                f"the archive was made by a later enfold (format {version}.{codec}; "
                f"this one knows {FORMAT}.{CODEC}): upgrade enfold"
            )
        if not version or not codec or flags & ~(_NAMED | _EMBEDDED) or flags == _EMBEDDED:
            raise AlteredContainer("the archive is altered in its first bytes")
        at = _FIXED.size
        model = self._at(at, 32) if flags & _NAMED else None
        at += 32 if model else 0
        if not flags & _EMBEDDED:
            return model, None, at
        length = int.from_bytes(self._at(at, 4), "little")
        at += 4
        if length > MOST_MODEL:
            raise AlteredContainer("the archive is altered: no model is that large")
        if at + length > self.size:
            raise CutContainer("the archive is cut off within the model inside it")
        return model, (at, length), at + length

    def _at(self, offset: int, length: int = -1) -> bytes:
        """Return `length` bytes from `offset` on, which counts from the end if it is negative.

        Raises:
            CutContainer: There are fewer.
        """
        self._file.seek(offset, 2 if offset < 0 else 0)
        data = self._file.read(length)
        if len(data) < length:
            raise CutContainer("the archive is cut off")
        return data


def _directory(
    body: bytes, begin: int, stop: int
) -> tuple[tuple[Member, ...], bytes, tuple[_Place, ...]]:
    """Read a directory; all that it says must fit together.

    Args:
        body: As it lies there.
        begin: Where the segments begin.
        stop: Where they end.

    Raises:
        AlteredContainer: It does not.
    """
    try:
        # None is empty, so the bytes between bound how many there are.
        members, lengths, chain = _parsed(_opened(body), (stop - begin) // _RECORD.size)
    except (ValueError, zlib.error) as error:
        raise AlteredContainer(f"the archive is altered in its directory: {error}") from error
    check_all([member.name for member in members])
    places: list[_Place] = []
    offset, start = begin, 0
    for stored, plain in lengths:
        if not (0 < plain <= segments.MOST and 0 <= stored - _RECORD.size <= plain):
            raise AlteredContainer(
                "the archive is altered in its directory: a segment's length"
            )
        places.append(_Place(offset, stored, start, plain))
        offset += stored
        start += plain
    if offset != stop or start != sum(member.length for member in members):
        raise AlteredContainer("the archive is altered in its directory: lengths do not add up")
    return members, chain, tuple(places)


def _most(packed: int) -> int:
    """Return the bytes that a directory of `packed` bytes may have, opened."""
    return min(MOST_DIRECTORY, _SHRINKS * packed + _PIECE)


def _opened(body: bytes) -> bytes:
    if body[0] == 0:
        return body[1:]
    if body[0] != 1:
        raise ValueError("an unknown packing")
    inflate = zlib.decompressobj()
    out = inflate.decompress(body[1:], _most(len(body)))
    if not inflate.eof or inflate.unused_data:
        raise ValueError("it does not end where it should")
    return out


def _parsed(body: bytes, most: int) -> tuple[tuple[Member, ...], list[tuple[int, int]], bytes]:
    """Read an opened directory: members, segments' lengths stored and plain, chain.

    Args:
        body: Untrusted.
        most: Segments, at most.

    Raises:
        ValueError: It is none.
    """
    given = Bytes(body)
    members: list[Member] = []
    for _ in range(given.count(35)):
        marks = given.byte()
        if marks > 3:
            raise ValueError("a member of an unknown kind")
        members.append(
            Member(
                kind=Kind(marks >> 1),
                executable=bool(marks & 1),
                name=given.take(given.varint()),
                length=given.varint(),
                sha256=given.take(32),
            )
        )
    count = given.count(2)
    if count > most:
        raise ValueError("more segments than there is room for")
    lengths = [(given.varint(), given.varint()) for _ in range(count)]
    chain = given.take(_CHECKSUM)
    given.done()
    return tuple(members), lengths, chain


def _another(member: Member) -> AlteredContainer:
    name = member.name.decode("utf-8", "backslashreplace") or "the stream"
    return AlteredContainer(f"{name}: what was decoded is not what was folded")


def _check(number: int, plain: bytes) -> int:
    """CRC-32 of a segment's plaintext and of its place, so that none passes for another."""
    return zlib.crc32(plain, number & 0xFFFFFFFF)


def _linked(chain: bytes, plain: bytes) -> bytes:
    """Return the running digest after another segment's plaintext."""
    return blake2b(chain + plain, digest_size=_CHECKSUM).digest()
