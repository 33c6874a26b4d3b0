"""The frozen byte model as the code's guesser: a conversation followed to the bit.

What was told to it is read only when counts are asked for, so that `take` costs nothing and
tokens go through the model together where that is possible; together or one by one gives the
same bits. Speakers have slots in the order of their first turn since the document began.
"""

import struct
from typing import Protocol
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from memory.codec.guess import COUNTS
from memory.models.alphabet import BYTES, DOCUMENT, END, SLOTS, SYMBOLS, opening
from memory.models.frozen import LIMIT, STATE

Tokens = NDArray[np.int32]
Counts = NDArray[np.uint32]

MAGIC = b"HQG1"
MOST = LIMIT << STATE
"""States are averages of candidates: none is ever beyond this."""
PATIENCE = 512
"""So many tokens wait to be read, at most."""


class Reader(Protocol):
    """One who reads on with a frozen model's weights, on some backend."""

    def read(self, tokens: Tokens, since: int) -> Counts:
        """Read tokens `[n]`; return `[n - since, 256]` counts, after each from `since` on."""
        ...

    @property
    def odds(self) -> int:
        """How much likelier it is that a turn ends than that it goes on; log2, in 2^-11.

        After the last token read, if counts were asked for it.
        """
        ...

    def stand(self) -> tuple[Tokens, NDArray[np.int32]]:
        """Return the trail `[reach]`, oldest first, and the states `[blocks, state]`, Q20."""
        ...

    def go(self, trail: Tokens, states: NDArray[np.int32]) -> None:
        """Stand elsewhere: what `stand` gave."""
        ...


class FrozenGuesser:
    """Follows one conversation; implements `memory.codec.guess.Guesser`."""

    def __init__(self, model: str, reader: Reader) -> None:
        """Begin a document.

        Args:
            model: The model's id.
            reader: Of that model; used by this guesser alone.
        """
        self._model = model
        self._reader = reader
        self._trail, self._states = reader.stand()
        self._heard: dict[bytes, int] = {}
        self._unread: list[int] = []
        self._next: Counts | None = None
        self._odds: int | None = None
        self.forget()

    @property
    def model(self) -> str:
        """SHA-256 of the model's file, hexadecimal."""
        return self._model

    def forget(self) -> None:
        """Stand where nothing has been read."""
        self._reader.go(np.full_like(self._trail, DOCUMENT), np.zeros_like(self._states))
        self._heard = {}
        self._unread, self._next = [DOCUMENT], None

    def begin(self, author: bytes) -> None:
        """Read who speaks; empty for text that is nobody's turn."""
        self._tell(opening(author, self._heard))

    def counts(self) -> Counts:
        """Return `[256]` counts for the next byte, none of them 0, their sum below 2^32."""
        if self._unread or self._next is None:
            self._catch_up()
        assert self._next is not None  # noqa: S101 - something has always been read
        return self._next

    def odds(self) -> int:
        """Return how much likelier the turn ends here than that it goes on; log2, in 2^-11.

        Raises:
            ValueError: Nothing was read since a state was loaded, and states do not tell.
        """
        self.counts()
        if self._odds is None:
            raise ValueError("nothing was read since the state was loaded")
        return self._odds

    def take(self, byte: int) -> None:
        """Read a byte of the turn."""
        if not 0 <= byte < BYTES:
            raise ValueError(f"{byte} is no byte")
        self._tell([byte])

    def end(self) -> None:
        """Read the turn's end."""
        self._tell([END])

    def whole(self, author: bytes, text: bytes) -> Counts:
        """Read a turn; return `[len(text), 256]` counts, each before its byte was read."""
        before = [*self._unread, *opening(author, self._heard)]
        if not text:
            self._unread = before
            self._tell([END])
            return np.empty((0, COUNTS), np.uint32)
        tokens = np.array([*before, *text[:-1]], np.int32)
        self._unread = [text[-1], END]
        return self._reader.read(tokens, len(before) - 1)

    def save(self) -> bytes:
        """Return where it stands, between turns or within one; about 7 KB at the shipped shape.

        `MAGIC`, the model's id, the authors heard, the counts for the next byte, the trail, the
        states, and a CRC-32 of it all.
        """
        counts = self.counts()
        trail, states = self._reader.stand()
        parts = [MAGIC, bytes.fromhex(self._model), struct.pack("<B", len(self._heard))]
        parts += [struct.pack("<I", len(name)) + name for name in self._heard]
        parts += [counts.astype("<u4").tobytes(), trail.astype("<i2").tobytes()]
        parts.append(states.astype("<i4").tobytes())
        whole = b"".join(parts)
        return whole + struct.pack("<I", crc32(whole))

    def load(self, saved: bytes) -> None:
        """Stand where `saved` was made, to the bit.

        Raises:
            ValueError: Another model's, or no such bytes at all.
        """
        if saved[:4] != MAGIC or len(saved) < 41:
            raise ValueError("no state of a byte model")
        if saved[4:36] != bytes.fromhex(self._model):
            raise ValueError(
                f"the state is of model {saved[4:12].hex()}, not {self._model[:16]}"
            )
        if struct.pack("<I", crc32(saved[:-4])) != saved[-4:]:
            raise ValueError("the state is damaged")
        heard, rest = _names(saved[36:-4])
        reach, size = len(self._trail), self._states.size
        if len(rest) != 4 * COUNTS + 2 * reach + 4 * size:
            raise ValueError("the state has another shape")
        counts = np.frombuffer(rest, "<u4", COUNTS).astype(np.uint32)
        trail = np.frombuffer(rest, "<i2", reach, 4 * COUNTS).astype(np.int32)
        states = np.frombuffer(rest, "<i4", size, 4 * COUNTS + 2 * reach).astype(np.int32)
        sane = counts.min() > 0 and trail.min() >= 0 and trail.max() < SYMBOLS
        if not sane or (size and (states.min() < -MOST or states.max() > MOST)):
            raise ValueError("the state is beyond what can be")
        self._reader.go(trail, states.reshape(self._states.shape))
        self._heard, self._unread, self._next, self._odds = heard, [], counts, None

    def _tell(self, tokens: list[int]) -> None:
        self._unread += tokens
        if len(self._unread) >= PATIENCE:
            self._catch_up()

    def _catch_up(self) -> None:
        unread, self._unread = self._unread, []
        self._next = self._reader.read(np.array(unread, np.int32), len(unread) - 1)[0]
        self._odds = self._reader.odds


def _names(raw: bytes) -> tuple[dict[bytes, int], bytes]:
    """The authors heard, and what follows them."""
    many, at = raw[0], 1
    heard: dict[bytes, int] = {}
    if many >= SLOTS:
        raise ValueError("the state has too many speakers")
    for slot in range(many):
        if at + 4 > len(raw):
            raise ValueError("the state is damaged")
        (length,) = struct.unpack_from("<I", raw, at)
        heard[raw[at + 4 : at + 4 + length]] = slot
        at += 4 + length
    if at > len(raw) or len(heard) != many:
        raise ValueError("the state is damaged")
    return heard, raw[at:]
