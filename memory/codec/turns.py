"""A turn's code, given all turns before it in its segment.

A blob begins with 5 bytes: what made it in two bits and the six lowest bits of the text's
length, then the text's CRC-32. The arithmetic code follows, which tells the rest of the length
first, or the text itself where that is not longer. Both sides read every turn into the mixer
and the guesser, stored raw or not, so both stand at the same place before the next one. What
is here and below it is codec version 1: it never changes.
"""

from enum import IntEnum
from zlib import crc32

from memory.codec.guess import Guesser
from memory.codec.lengths import Lengths
from memory.codec.mixing import Mixer, mixer
from memory.errors import DamagedTurn

VERSION = 1
"""Of the code: mixing, tables, coder, blob."""
MOST = 1 << 26
"""Bytes of text in a turn, unless told otherwise."""
PIECE = 1 << 14
"""Bytes: longer turns are guessed byte by byte, since 1 KiB of counts is held for each."""
HEADER = 5
"""Bytes before a blob's code."""
LOW = 6
"""Bits of a length that the header holds."""
FURTHEST = 1 << 30
"""Bytes: no turn can be allowed more, since its length could not be told."""


class Made(IntEnum):
    """What made a blob: the two lowest bits of its first byte."""

    RAW = 0
    MIXER = 2
    MODEL = 3


def made(blob: bytes) -> Made:
    """Return what made a blob.

    Raises:
        DamagedTurn: Nothing that this version knows.
    """
    number = blob[0] & 3 if blob else 1
    if number == 1:
        raise DamagedTurn("no codec of this version has made it")
    return Made(number)


class Segment:
    """Turns from a key frame on, each coded given all before it.

    Encode, decode or learn each turn once, in order. Where a turn's code was read and did not
    give the turn, or its reading was broken off, the segment stands nowhere: it refuses all
    further turns.
    """

    def __init__(
        self,
        guesser: Guesser | None = None,
        *,
        most: int = MOST,
        mixing: Mixer | None = None,
        lengths: Lengths | None = None,
        length: int = 0,
    ) -> None:
        """Begin at a key frame.

        Args:
            guesser: Follows this segment alone from here on; it is made to forget first.
                Without one the mixer codes alone.
            most: Bytes; longer turns are refused, whatever a blob claims.
            mixing: For a twin: the mixer, where it stands.
            lengths: For a twin: how long turns were.
            length: For a twin: bytes read so far.

        Raises:
            ValueError: `most` is more than `FURTHEST`.
        """
        if most > FURTHEST:
            raise ValueError(f"turns of {most} bytes cannot be coded")
        self._guesser = guesser
        self._most = most
        self._mixer = mixer(guided=guesser is not None) if mixing is None else mixing
        self._lengths = lengths or Lengths()
        self._length = length
        self._broken = False
        if guesser is not None:
            guesser.forget()

    @property
    def length(self) -> int:
        """Bytes of text read so far."""
        return self._length

    @property
    def broken(self) -> bool:
        """Whether it stands nowhere and refuses all further turns."""
        return self._broken

    def copy(self, guesser: Guesser | None = None) -> "Segment":
        """Return a twin that stands where this one does and goes on by itself.

        Some milliseconds, however much was read: whoever needs two, such as one that codes and
        one that checks, reads the turns again only once.

        Args:
            guesser: For the twin, of the same model; none where this one has none.

        Raises:
            ValueError: The guesser is another model's, or one is given where this one has none,
                or the other way about.
            DamagedTurn: The segment met one before.
        """
        if self._broken:
            raise DamagedTurn("a turn before this one in its segment is damaged")
        if (guesser is None) != (self._guesser is None):
            raise ValueError("a twin has a guesser where the segment has one")
        twin = Segment(
            guesser,
            most=self._most,
            mixing=self._mixer.copy(),
            lengths=self._lengths.copy(),
            length=self._length,
        )
        if guesser is not None and self._guesser is not None:
            guesser.load(self._guesser.save())
        return twin

    def encode(self, author: bytes, text: bytes) -> bytes:
        """Return a turn's blob and stand behind the turn.

        Args:
            author: Who speaks, in UTF-8; empty for text that is nobody's turn. Not coded.
            text: Any bytes.

        Raises:
            ValueError: The text is longer than a turn may be.
            DamagedTurn: The segment met one before.
        """
        coded = self._read(author, text, len(text))
        made = Made.MIXER if self._guesser is None else Made.MODEL
        if coded is None:
            made, coded = Made.RAW, text
        tag = made | len(text) << 2 & 255
        return bytes([tag]) + crc32(text).to_bytes(4, "little") + coded

    def learn(self, author: bytes, text: bytes) -> None:
        """Stand behind a turn whose blob is known: as `encode`, without the blob.

        Raises:
            ValueError: The text is longer than a turn may be.
            DamagedTurn: The segment met one before.
        """
        self._read(author, text, 0)

    def decode(self, author: bytes, blob: bytes, bits: int = 32) -> bytes:
        """Return the text of a blob, and stand behind the turn.

        Args:
            author: Who speaks, as it was when the blob was made.
            blob: As it was made; bits of its CRC-32 that are not known may be any.
            bits: How many of the CRC-32 are known, the lowest: from 0 to 32.

        Raises:
            DamagedTurn: Cut off, altered, made by another codec, too long, or not in its place:
                the author, the turns before it or the model are others.
        """
        if self._broken:
            raise DamagedTurn("a turn before this one in its segment is damaged")
        by, low, check, coded = _header(blob)
        if by is Made.RAW:
            self._raw(author, coded, low, check)
            return coded
        if by is not (Made.MIXER if self._guesser is None else Made.MODEL):
            with_it = "with a model" if by is Made.MODEL else "without a model"
            raise DamagedTurn(f"the turn was coded {with_it}, and is decoded otherwise")
        if coded[-1:] == b"\0":
            raise DamagedTurn("the code is longer than any that was made")
        self._broken = True
        text = self._undo(author, coded, low)
        if (crc32(text) ^ check) & (1 << bits) - 1:
            raise DamagedTurn("the code does not give the text that was kept (CRC-32)")
        self._broken = False
        self._length += len(text)
        return text

    def _raw(self, author: bytes, text: bytes, low: int, check: int) -> None:
        """Read a turn that was kept as it is."""
        if len(text) > self._most:
            raise DamagedTurn(f"it has {len(text)} bytes, a turn has at most {self._most}")
        if len(text) & (1 << LOW) - 1 != low or crc32(text) != check:
            raise DamagedTurn("the text is not what was kept (CRC-32)")
        self._read(author, text, 0)

    def _read(self, author: bytes, text: bytes, limit: int) -> bytes | None:
        """Read a turn; return its code if that is shorter than `limit` bytes."""
        if self._broken:
            raise DamagedTurn("a turn before this one in its segment is damaged")
        if len(text) > self._most:
            raise ValueError(f"a turn has at most {self._most} bytes, not {len(text)}")
        self._broken = True  # half a turn is read, should the guesser fail
        mixing, guesser = self._mixer, self._guesser
        mixing.begin(author)
        mixing.start(limit)
        self._lengths.tell(len(text) >> LOW, mixing.put)
        if guesser is None:
            mixing.encode(text)
        elif len(text) <= PIECE:
            mixing.encode(text, guesser.whole(author, text))
        else:
            guesser.begin(author)
            for byte in text:
                mixing.encode(bytes([byte]), guesser.counts())
                guesser.take(byte)
            guesser.end()
        self._length += len(text)
        self._broken = False
        coded = mixing.finish()
        return None if coded is None or len(coded) >= limit else coded

    def _undo(self, author: bytes, coded: bytes, low: int) -> bytes:
        mixing, guesser = self._mixer, self._guesser
        mixing.begin(author)
        mixing.open(coded)
        length = self._lengths.told(mixing.get) << LOW | low
        if length > self._most:
            raise DamagedTurn(f"{length} bytes are claimed, a turn has at most {self._most}")
        if len(coded) >= length:
            raise DamagedTurn("the code is longer than any that was made")
        if guesser is None:
            text = mixing.decode(length)
        else:
            guesser.begin(author)
            got = bytearray()
            for _ in range(length):
                byte = mixing.byte(guesser.counts())
                if byte is None:
                    break
                guesser.take(byte)
                got.append(byte)
            guesser.end()
            text = bytes(got)
        if len(text) < length:
            raise DamagedTurn(f"the code gives {len(text)} bytes of {length}: it is cut off")
        if mixing.finish() != coded:
            raise DamagedTurn("the text would be coded otherwise: the code is altered")
        return text


def _header(blob: bytes) -> tuple[Made, int, int, bytes]:
    """Return what made a blob, the lowest bits of its length, the CRC-32, and the code."""
    by = made(blob)
    if len(blob) < HEADER:
        raise DamagedTurn(f"no turn's header: {len(blob)} bytes")
    return by, blob[0] >> 2, int.from_bytes(blob[1:HEADER], "little"), blob[HEADER:]
