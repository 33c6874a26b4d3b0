"""A turn as it lies in the bank, and how a run of them is read again.

A turn is stored at once, as it is or deflated. Later it is coded given all before it in its
segment, a run of turns of one room from a key frame on; then it takes all of these to read it.
Codecs: 0 as it is, 1 deflated, both by themselves; the others are `memory.codec.turns.Made`'s.
"""

import zlib
from collections.abc import Generator, Iterable
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final, Protocol

from memory.errors import DamagedTurn

RAW: Final = 0
DEFLATED: Final = 1

ALONE: Final = (RAW, DEFLATED)
"""Codecs of turns that are read by themselves."""

CODED: Final = (2, 3)
"""Codecs of turns that take those before them: the mixer, and the model and the mixer."""

HEADER: Final = 5
"""Bytes before a coded turn's code: see `memory.codec.turns`, which takes NumPy to import."""

BRIEF: Final = 16
"""Bits of its CRC-32 that a coded turn has in a pack: see `packed`."""

KEY: Final = 48 << 10
"""Bytes of text after which a segment takes no further turn: what opening one turn costs."""

LONGEST: Final = 64 << 10
"""Bytes; a longer turn stays deflated, in a segment of its own."""

AS_IT_IS: Final = 0
"""Version of the code of a segment whose turn is never to be coded, since that did harm."""

START: Final = bytes(16)
"""The chain of a room that nothing was said in."""


@dataclass(frozen=True, slots=True)
class Said:
    """One turn."""

    place: int
    """Of its entry in the room's log."""
    author: str
    """Id of the participant."""
    text: bytes
    """UTF-8, but any bytes do."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One turn as it is stored."""

    place: int
    author: str
    length: int
    """Bytes of text."""
    crc: int
    """CRC-32 of the text."""
    codec: int
    blob: bytes
    bits: int = 32
    """How many of the CRC-32 are known: the lowest."""
    doubtful: bool = False
    """Whether it comes out of a pack that is not what was packed."""


@dataclass(frozen=True, slots=True)
class Remade:
    """A segment of turns coded anew: each was decoded again and compared."""

    rows: tuple[Kept, ...]
    """At least one, in order."""
    model: str
    """Id of the byte model; empty for none."""
    version: int
    """Of the code."""
    before: bytes
    """Chain at its key frame."""
    chain: bytes
    """Chain after its last turn."""

    @property
    def first(self) -> int:
        """Place of its first turn."""
        return self.rows[0].place

    @property
    def last(self) -> int:
        """Place of its last turn."""
        return self.rows[-1].place


class Coder(Protocol):
    """Follows one segment; see `memory.codec.turns.Segment`."""

    def learn(self, author: bytes, text: bytes) -> None:
        """Stand behind a turn."""
        ...

    def decode(self, author: bytes, blob: bytes, bits: int = 32) -> bytes:
        """Return the text of a blob and stand behind the turn.

        Args:
            author: Who said it.
            blob: As it was made, but for the bits of its CRC-32 that are not known.
            bits: How many of them are known: the lowest.

        Raises:
            DamagedTurn: It is none.
        """
        ...


def link(chain: bytes, said: Said) -> bytes:
    """Return the chain after one more turn: BLAKE2b, 16 bytes, over author and text.

    So a turn that is missing, altered or out of its order shows in every chain after it.
    """
    author = name(said.author)
    whole = blake2b(chain, digest_size=16)
    whole.update(len(author).to_bytes(4, "little") + author + said.text)
    return whole.digest()


def name(author: str) -> bytes:
    """Return an author as the code takes it."""
    return author.encode("utf-8", "surrogatepass")


def made_by(blob: bytes) -> int:
    """Return the codec of a blob that a segment made; what `memory.codec.turns.made` does."""
    return blob[0] & 3 if blob else RAW


def pack(said: Said) -> Kept:
    """Return a turn as it is stored at once: deflated, or as it is where that is no longer."""
    deflated = zlib.compress(said.text, 6)
    small = len(deflated) < len(said.text)
    return Kept(
        said.place,
        said.author,
        len(said.text),
        zlib.crc32(said.text),
        DEFLATED if small else RAW,
        deflated if small else said.text,
    )


def unpack(kept: Kept) -> Said:
    """Return the turn, if it can be read by itself.

    Raises:
        DamagedTurn: It is not what was kept, or takes those before it to be read.
    """
    match kept.codec:
        case 0:
            text = kept.blob
        case 1:
            try:
                text = zlib.decompressobj().decompress(kept.blob, kept.length + 1)
            except zlib.error as error:
                raise DamagedTurn(f"it does not inflate ({error})") from error
        case _:
            raise DamagedTurn(f"codec {kept.codec} takes the turns before it")
    return _checked(kept, text)


def texts(rows: Iterable[Kept], coder: Coder | None) -> Generator[Said | DamagedTurn]:
    """Yield each turn of a segment, or why it cannot be read.

    Once one is lost, those are lost too that take it to be read; those that are stored by
    themselves are not. Of rows that are doubtful a coded turn is believed only if the next
    one can be read too: what is known of one check is not enough then.

    Args:
        rows: From the key frame on, in order.
        coder: Standing at the key frame; `None` where nothing is coded.
    """
    held: list[Said | DamagedTurn] = []
    for one, witness in _read(rows, coder):
        if witness:
            if isinstance(one, DamagedTurn):
                yield from _disbelieved(held)
                held = []
                yield one
            else:
                yield from held
                held = [one]
        elif held:
            held.append(one)
        else:
            yield one
    yield from _disbelieved(held)


def _disbelieved(held: list[Said | DamagedTurn]) -> Generator[Said | DamagedTurn]:
    if held:
        yield DamagedTurn("its pack is damaged, and no turn after it bears it out")
        yield from held[1:]


def _read(
    rows: Iterable[Kept], coder: Coder | None
) -> Generator[tuple[Said | DamagedTurn, bool]]:
    """Yield what is read of each row, and whether the row needs the next one to be believed."""
    lost = ""
    waiting: list[Said] = []
    for row in rows:
        try:
            said: Said | DamagedTurn = _said(row, coder, waiting, lost)
        except DamagedTurn as error:
            lost = lost or f"the turn at place {row.place}, which it takes, is lost"
            said = error
        yield said, row.doubtful and row.codec not in ALONE


def _said(row: Kept, coder: Coder | None, waiting: list[Said], lost: str) -> Said:
    """Read one turn; those `waiting` are learned only when something after them is coded."""
    if row.codec in ALONE:
        said = unpack(row)
        waiting.append(said)
        return said
    if lost:
        raise DamagedTurn(lost)
    if made_by(row.blob) != row.codec:
        raise DamagedTurn(f"it is kept as of codec {row.codec}, and says otherwise itself")
    if coder is None:
        raise DamagedTurn(f"codec {row.codec} takes a coder")
    for before in waiting:
        coder.learn(name(before.author), before.text)
    waiting.clear()
    return _checked(row, coder.decode(name(row.author), row.blob, row.bits))


def _checked(kept: Kept, text: bytes) -> Said:
    known = (1 << kept.bits) - 1
    if len(text) != kept.length or (zlib.crc32(text) ^ kept.crc) & known:
        raise DamagedTurn("it is not what was kept (CRC-32)")
    return Said(kept.place, kept.author, text)
