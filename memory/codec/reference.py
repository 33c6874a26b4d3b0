"""The mixer in NumPy, exact and slow: bits guessed from what was said before and from counts.

What was said (`past`) names contexts; `cells` guess by what came in each, `matches` by what
followed the last time, the guesser's counts are one guess and a refined one. All are mixed as
logits (`blending`), and the end is refined by what came of such probabilities (`adapting`).
`memory/kernel/mixing.c` says the same in C; both are codec version 1, which never changes.
"""

from copy import deepcopy

import numpy as np
from numpy.typing import NDArray

from memory.codec import cells, matches
from memory.codec.adapting import Maps
from memory.codec.beginning import weights
from memory.codec.blending import PADDED, Blend
from memory.codec.cells import Cells
from memory.codec.coder import ZEROS, Decoder, Encoder, Scale
from memory.codec.matches import Matches
from memory.codec.past import CONTEXTS, MASK, Past, hashed
from memory.codec.tables import tables

Counts = NDArray[np.uint32]

INPUTS = cells.INPUTS + matches.INPUTS + 3 + 1
"""Guesses of the cells, the matches and the guesser, and one that is always the same."""
_GUESSER = cells.INPUTS + matches.INPUTS
"""Where the guesser's three begin."""
_REFINES = 4
"""Maps that refine the end; one more refines the guesser."""


class Reference:
    """A mixer that says what is meant: some 1 kB/s. See `memory.codec.mixing.Mixer`."""

    def __init__(self, *, guided: bool) -> None:
        """Begin at a key frame.

        Args:
            guided: Counts will come with every byte.
        """
        made = tables()
        self._stretch = np.array(made.stretch, np.int64)
        self._sorts = made.sorts
        rates = np.array(made.rates, np.int64)
        first = np.tile(np.array(made.first, np.int64), 4)
        start = np.zeros(PADDED, np.int64)
        start[:INPUTS] = weights(guided=guided)
        self._past = Past(made.kinds)
        self._cells = Cells(self._stretch, rates, first)
        self._matches = Matches(self._stretch, rates)
        self._blend = Blend(start, np.array(made.squash, np.int64))
        self._maps = Maps(_REFINES + 1, np.array(made.rows, np.int64))
        self._contexts = np.zeros(CONTEXTS, np.uint32)
        self._x = np.zeros(PADDED, np.int64)
        self._x[INPUTS - 1] = 256
        self._bits = 0
        """Learnt from so far."""
        self._tree: list[int] | None = None
        """Sums of the guesser's counts by the bits of a byte, after a 1."""
        self._encoder, self._decoder = Encoder(0), Decoder(b"")

    def begin(self, author: bytes) -> None:
        """Begin a turn of someone's; with no author, what was said goes on."""
        if author:
            self._past.meet(author)
            for byte in b"\n" + author[-8:] + b"\2":
                self._push(byte)
            self._past.turn()
        self._contexts = self._past.contexts()

    def start(self, limit: int) -> None:
        """Code what comes; of the code no more than `limit` bytes are wanted."""
        self._encoder = Encoder(limit)

    def encode(self, text: bytes, counts: Counts | None = None) -> None:
        """Code some bytes, with counts `[len(text), 256]` of a guesser's or with none."""
        self._take(text, counts, self._encoder)

    def weigh(self, text: bytes, counts: Counts | None = None) -> int:
        """Read some bytes, and return what they tell, in 2^-16 bits; nothing is coded."""
        scale = Scale()
        self._take(text, counts, scale)
        return scale.told

    def _take(self, text: bytes, counts: Counts | None, to: Encoder | Scale) -> None:
        for at, byte in enumerate(text):
            self._plant(None if counts is None else counts[at])
            node = 1
            for place in range(8):
                bit = byte >> (7 - place) & 1
                to.put(bit, self._guess(node, place))
                self._tell(bit)
                node = node << 1 | bit
            self._push(byte)
            self._contexts = self._past.contexts()

    def finish(self) -> bytes | None:
        """Return the turn's code; `None` where it is longer than was wanted."""
        return self._encoder.end()

    def open(self, coded: bytes) -> None:
        """Decode what comes, and code it again."""
        self._decoder = Decoder(coded)
        self.start(len(coded) + ZEROS + 4)  # with the zeros that a code drops

    def put(self, bit: int, likely: int) -> None:
        """Code a bit beside the text, 1 with so much likelihood in 65536."""
        self._encoder.put(bit, likely)

    def get(self, likely: int) -> int:
        """Return a bit that was coded beside the text, and code it again."""
        bit = self._decoder.get(likely)
        self._encoder.put(bit, likely)
        return bit

    def decode(self, length: int) -> bytes:
        """Return bytes that were coded without counts; fewer where the code gives no more."""
        got = bytearray()
        while len(got) < length and self._decoder.sure:
            got.append(self._byte(None))
        return bytes(got)

    def byte(self, counts: Counts) -> int | None:
        """Return a byte that was coded with `counts [256]`; `None` as for `decode`."""
        return self._byte(counts) if self._decoder.sure else None

    def copy(self) -> "Reference":
        """Return a twin that goes on by itself from where this one stands, between turns."""
        return deepcopy(self)

    def parts(self) -> list[bytes]:
        """Return all that was learnt, the same from any mixer that read the same."""
        maps = self._maps.slots
        whole = [
            self._cells.whole(),
            self._cells.guesses.astype("<u4"),
            np.array(self._matches.trusts, "<u4"),
            self._blend.weights.astype("<i4"),
            self._blend.last.astype("<i4"),
            maps[:_REFINES],
            maps[_REFINES],
            np.frombuffer(bytes(self._past.ring), np.uint8),
            self._matches.where,
            self._past.follow,
            np.array([*self._past.numbers(), self._bits], "<u4"),
            np.array(self._matches.met, "<i8").astype("<u4"),
        ]
        return [part.tobytes() for part in whole]

    def _byte(self, counts: Counts | None) -> int:
        self._plant(counts)
        node = 1
        for place in range(8):
            likely = self._guess(node, place)
            bit = self._decoder.get(likely)
            self._encoder.put(bit, likely)
            self._tell(bit)
            node = node << 1 | bit
        self._push(node & 255)
        self._contexts = self._past.contexts()
        return node & 255

    def _push(self, byte: int) -> None:
        """Read a byte: it is what was said last."""
        self._past.push(byte)
        self._matches.follow(self._past)

    def _plant(self, counts: Counts | None) -> None:
        """Sum the counts up: what is under node k of the tree of bits."""
        if counts is None:
            self._tree = None
            return
        tree = [0] * 256 + [int(count) for count in counts]
        for k in range(255, 0, -1):
            tree[k] = tree[2 * k] + tree[2 * k + 1]
        self._tree = tree

    def _guess(self, node: int, place: int) -> int:
        """Return how likely the next bit is 1, in 65536."""
        past, x, low = self._past, self._x, place & 3
        if low == 0:
            self._cells.settle(self._contexts, node if place else 0)
        order = self._cells.guess(1 << low | node & (1 << low) - 1, x[: cells.INPUTS])
        met = self._matches.guess(past, node, place, x[cells.INPUTS : _GUESSER])
        band = self._guided(node)
        c1, c2, c3 = past.recent & 255, past.recent >> 8 & 255, past.recent >> 16 & 255
        sorts = self._sorts
        chosen = (
            met,
            node,
            c1,
            c2 << 3 | place,
            sorts[c1] | sorts[c2] << 3 | sorts[c3] << 6,
            (order << 3 | place) + (64 if met > 15 else 128 if met else 0),
            band << 3 | order,
            min(past.spoken, 15) << 3 | place,
        )
        logit, end = self._blend.mix(x, chosen, node)
        pair = hashed(node | (past.recent & 0xFFFF) << 8, 9) >> 18
        words = hashed(node ^ past.word << 8 & MASK, 11) >> 18
        rows = (node, c1 << 8 | node, pair, words)
        a = [self._maps.refined(k, row, logit) for k, row in enumerate(rows)]
        likely = 2 * end + a[0] + 2 * a[1] + 2 * a[2] + a[3] >> 3
        return min(max(likely, 1), 65535)

    def _guided(self, node: int) -> int:
        """Say what the guesser does; return its logit roughly."""
        x = self._x[_GUESSER:]
        x[:3] = 0
        if self._tree is None:
            return 0
        whole = self._tree[node]
        likely = (self._tree[2 * node + 1] << 16) // whole if whole else 32768
        likely = min(max(likely, 1), 65535)
        logit = int(self._stretch[likely])
        x[0] = logit
        x[1] = likely - 32768 >> 5
        refined = self._maps.refined(_REFINES, (self._past.recent & 255) << 8 | node, logit)
        x[2] = self._stretch[refined]
        return logit + 3072 >> 8

    def _tell(self, bit: int) -> None:
        """Learn what the bit was."""
        self._blend.tell(bit, self._x, self._bits)
        self._cells.tell(bit)
        self._matches.tell(bit)
        self._maps.tell(bit, _REFINES + (self._tree is not None))
        self._bits = min(self._bits + 1, MASK)
