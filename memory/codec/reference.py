"""The mixer in NumPy, exact and slow: bits guessed from what was said before and from counts.

Contexts (the last bytes, words, the line, who speaks) each keep, for every bit met in them, a
probability and the last seven bits; what followed such bits before is a second guess (Cleary
and Witten 1984 for contexts, Mahoney 2005 for histories made into probabilities). Two match
models say what followed the last time. All guesses are mixed as logits by eight sets of
weights chosen by where the bit stands, those by one more, and the end is refined by what came
of such probabilities (logistic mixing: Mattern 2012). The guesser's counts enter as one guess
and a refined one. `memory/kernel/mixing.c` says the same in C.
"""

from copy import deepcopy

import numpy as np
from numpy.typing import NDArray

from memory.codec.beginning import weights
from memory.codec.coder import ZEROS, Decoder, Encoder
from memory.codec.tables import EDGE, tables

Counts = NDArray[np.uint32]
Whole = NDArray[np.int64]

CONTEXTS, ORDERS, BITS, EACH, MATCHES = 15, 7, 17, 3, 2
INPUTS = EACH * CONTEXTS + 2 * MATCHES + 3 + 1
PADDED, SETS = 56, 8
ROWS = (64, 256, 256, 2048, 512, 192, 256, 128)
"""Of each set's weights: how far match goes, the bit's place, the byte before, that before it,
sorts of three, the longest order known, the guesser's logit, how early in the turn."""
SAFE = (1 << 19) - 1
"""Weights, Q16, go no further: products with logits fit 31 bits."""
RING, FAR, LONGEST, PLACES = 1 << 18, (1 << 18) - 512, 400, 1 << 16
LEAST = (6, 16)
"""Bytes that must be alike for a match."""
REFINES, STEPS = 4, 25
RATE, FASTER, SLOWING, LAST_RATE = 200, 1000, 15, 60
"""Weights learn by 1200, 700, 450 ... 200 in 65536, a step each 2^15 bits; the last by 60."""
MOST, KNOWN, BEGUN, SURE = 250, 255, 10, 5

MASK = 0xFFFFFFFF


def hashed(a: int, b: int) -> int:
    """Return 32 bits of two whole numbers."""
    h = (a * 0x9E3779B1 ^ b * 0x85EBCA6B) & MASK
    h = (h ^ h >> 15) * 0x2C1B3C6D & MASK
    return h ^ h >> 13


class Reference:
    """A mixer that says what is meant: some 1 kB/s."""

    def __init__(self, *, guided: bool) -> None:
        """Begin at a key frame."""
        made = tables()
        self._stretch = np.array(made.stretch, np.int64)
        self._squash = np.array(made.squash, np.int64)
        self._rates = np.array(made.rates, np.int64)
        self._rows = np.array(made.rows, np.int64)
        self._kinds, self._sorts = made.kinds, made.sorts
        cells = CONTEXTS << BITS
        self._check, self._likely = np.zeros(cells, np.uint16), np.zeros(cells, np.uint16)
        self._seen, self._history = np.zeros(cells, np.uint8), np.zeros(cells, np.uint8)
        first = np.array(made.first, np.int64) << 16 | BEGUN
        self._guesses = np.tile(first, 4 * CONTEXTS)
        self._trusts = [[65536 - 65536 // (j + 3) << 16 | 2 for j in range(32)] for _ in LEAST]
        start = np.zeros(PADDED, np.int64)
        start[:INPUTS] = weights(guided=guided)
        self._weights = np.tile(start, (sum(ROWS), 1))
        self._last = np.full((256, SETS), 65536 // SETS, np.int64)
        self._refine = np.zeros((REFINES + 1, 1 << 16, STEPS), np.uint16)
        self._ring = bytearray(RING)
        self._where = np.zeros((MATCHES, PLACES), np.uint32)
        self._follow = np.zeros(1 << 16, np.uint16)
        self._position = self._recent = self._older = 0
        self._word = self._word1 = self._word2 = self._speaker = 0
        self._column = self._line = self._above = self._spoken = 0
        self._kind = self._bits = 0
        self._match = [[0, 0, 0, 0] for _ in LEAST]
        self._contexts = np.zeros(CONTEXTS, np.uint32)
        self._salt = (np.arange(CONTEXTS, dtype=np.uint64) * 0x3C6EF372).astype(np.uint32)
        self._offset = np.arange(CONTEXTS, dtype=np.int64) << BITS
        self._first = np.array([sum(ROWS[:k]) for k in range(SETS)], np.int64)
        self._x = np.zeros(PADDED, np.int64)
        self._x[INPUTS - 1] = 256
        self._tree: list[int] | None = None
        self._refinings = [(0, 0)] * (REFINES + 1)
        self._base = self._checks = self._cell = self._at = np.zeros(CONTEXTS, np.int64)
        self._met_before = np.zeros(CONTEXTS, np.bool_)
        self._chosen = self._logits = np.zeros(SETS, np.int64)
        self._node = self._end = 0
        self._encoder, self._decoder = Encoder(0), Decoder(b"")

    def begin(self, author: bytes) -> None:
        """Begin a turn of someone's; with no author, what was said goes on."""
        if author:
            self._speaker = 0
            for byte in author:
                self._speaker = hashed(self._speaker + byte, 3)
            for byte in b"\n" + author[-8:] + b"\2":
                self._push(byte)
            self._word = self._spoken = self._column = 0
            self._line = self._position
        self._look()

    def start(self, limit: int) -> None:
        """Code what comes; of the code no more than `limit` bytes are wanted."""
        self._encoder = Encoder(limit)

    def encode(self, text: bytes, counts: Counts | None = None) -> None:
        """Code some bytes."""
        for at, byte in enumerate(text):
            self._plant(None if counts is None else counts[at])
            node = 1
            for place in range(8):
                bit = byte >> (7 - place) & 1
                self._encoder.put(bit, self._guess(node, place))
                self._tell(bit)
                node = node << 1 | bit
            self._push(byte)
            self._look()

    def finish(self) -> bytes | None:
        """Return the turn's code; `None` where it is longer than was wanted."""
        return self._encoder.end()

    def open(self, coded: bytes) -> None:
        """Decode what comes."""
        self._decoder = Decoder(coded)
        self.start(len(coded) + ZEROS + 4)  # with the zeros that a code drops

    def put(self, bit: int, likely: int) -> None:
        """Code a bit beside the text."""
        self._encoder.put(bit, likely)

    def get(self, likely: int) -> int:
        """Return a bit that was coded beside the text."""
        bit = self._decoder.get(likely)
        self._encoder.put(bit, likely)
        return bit

    def decode(self, length: int) -> bytes:
        """Return bytes that were coded without counts."""
        got = bytearray()
        while len(got) < length and self._decoder.sure:
            got.append(self._byte(None))
        return bytes(got)

    def byte(self, counts: Counts) -> int | None:
        """Return a byte that was coded with `counts`."""
        return self._byte(counts) if self._decoder.sure else None

    def copy(self) -> "Reference":
        """Return a twin that goes on by itself from where this one stands, between turns."""
        return deepcopy(self)

    def parts(self) -> list[bytes]:
        """Return all that was learnt."""
        cells = np.zeros(
            CONTEXTS << BITS, [("c", "<u2"), ("p", "<u2"), ("n", "u1"), ("h", "u1")]
        )
        cells["c"], cells["p"] = self._check, self._likely
        cells["n"], cells["h"] = self._seen, self._history
        numbers = [self._position, self._recent, self._older, self._word, self._word1]
        numbers += [self._word2, self._speaker, self._column, self._line, self._above]
        numbers += [self._spoken, self._kind, self._bits]
        whole = [
            cells,
            self._guesses.astype("<u4"),
            np.array(self._trusts, "<u4"),
            self._weights.astype("<i4"),
            self._last.astype("<i4"),
            self._refine[:REFINES],
            self._refine[REFINES],
            np.frombuffer(bytes(self._ring), np.uint8),
            self._where,
            self._follow,
            np.array(numbers, "<u4"),
            np.array(self._match, "<i8").astype("<u4"),
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
        self._look()
        return node & 255

    def _plant(self, counts: Counts | None) -> None:
        """Sum the counts up: what is under node k of the tree of bits."""
        if counts is None:
            self._tree = None
            return
        tree = [0] * 256 + [int(count) for count in counts]
        for k in range(255, 0, -1):
            tree[k] = tree[2 * k] + tree[2 * k + 1]
        self._tree = tree

    def _look(self) -> None:
        """Name the contexts of the byte to come."""
        c4, older, word, one, two = (
            self._recent,
            self._older,
            self._word,
            self._word1,
            self._word2,
        )
        c1 = c4 & 255
        above = self._ring[(self._above + self._position - self._line) % RING]
        self._contexts[:] = (
            0,
            hashed(c1, 1),
            hashed(c4 & 0xFFFF, 2),
            hashed(c4 & 0xFFFFFF, 3),
            hashed(c4, 4),
            hashed(c4, hashed(older & 255, 5)),
            hashed(c4, hashed(older & 0xFFFF, 6)),
            hashed(word, 7),
            hashed(word, hashed(one, 8)),
            hashed(word, hashed(two, 9)),
            hashed(word, hashed(one, hashed(two, 10))),
            hashed(word, hashed(self._speaker, 11 + c1)),
            hashed(above | c1 << 8, hashed(min(self._column, 255), 12)),
            hashed(int(self._follow[c4 & 0xFFFF]), hashed(c4 & 0xFFFF, 13)),
            hashed(self._kind, hashed(c1, 14)),
        )

    def _push(self, byte: int) -> None:
        """Read a byte: it is what was said last."""
        c4 = self._recent
        low = byte + 32 if 65 <= byte <= 90 else byte
        followed = int(self._follow[c4 & 0xFFFF])
        self._follow[c4 & 0xFFFF] = (followed << 8 | byte) & 0xFFFF
        self._ring[self._position % RING] = byte
        self._position = self._position + 1 & MASK
        self._older = (self._older << 8 | c4 >> 24) & MASK
        self._recent = (c4 << 8 | byte) & MASK
        if 97 <= low <= 122 or byte >= 128 or (byte == 39 and self._word) or 48 <= byte <= 57:
            self._word = hashed(self._word + low, 0x51)
        elif self._word:
            self._word2, self._word1, self._word = self._word1, self._word, 0
        self._kind = (self._kind << 4 | self._kinds[byte]) & MASK
        if self._kind & 15 == self._kind >> 4 & 15 and self._kind & 15 < 3:
            self._kind >>= 4
        if byte == 10:
            self._above, self._line, self._column = self._line, self._position, 0
        else:
            self._column = self._column + 1 & MASK
        self._spoken = self._spoken + 1 & MASK
        for which in range(MATCHES):
            self._find(which)

    def _find(self, which: int) -> None:
        """Follow a match, or look for one that is long enough."""
        match, least, ring, position = (
            self._match[which],
            LEAST[which],
            self._ring,
            self._position,
        )
        if match[1]:
            match[0] = match[0] + 1 & MASK
            match[1] = min(match[1] + 1, 65535)
        if position < least:
            return
        h = 0
        for back in range(1, least + 1):
            h = h * 0x2F0B4C47 + ring[(position - back) % RING] + 1 & MASK
        h = ((h ^ h >> 15) * 0x9E3779B1 & MASK) >> 16
        at = int(self._where[which, h])
        if not match[1] and at and (position - at & MASK) < FAR:
            alike = 0
            while (
                alike < LONGEST
                and alike < at
                and ring[(at - 1 - alike) % RING] == ring[(position - 1 - alike) % RING]
            ):
                alike += 1
            if alike >= least:
                match[0], match[1] = at, alike
        self._where[which, h] = position

    def _settle(self, part: int) -> None:
        """Find where the contexts' cells of the next four bits are."""
        h = (self._contexts + self._salt) * np.uint32(0x9E3779B1)
        h ^= np.uint32((part * 0x9E3779B1 + 1 & MASK) * 0x85EBCA6B & MASK)
        h ^= h >> np.uint32(15)
        h *= np.uint32(0x2C1B3C6D)
        h ^= h >> np.uint32(13)
        self._base = (h >> np.uint32(32 - BITS)).astype(np.int64)
        self._checks = (h & np.uint32(0xFFFF)).astype(np.int64)

    def _cells(self, sub: int) -> Whole:
        """Return where each context's cell is; the less known of two gives way to a new one."""
        check = self._checks + sub & 0xFFFF
        check += check == 0
        one, other = self._offset + (self._base ^ sub), self._offset + (self._base ^ sub ^ 16)
        first = self._check[one] == check
        second = ~first & (self._check[other] == check)
        new = ~(first | second)
        cells = np.where(second | (new & (self._seen[one] > self._seen[other])), other, one)
        if new.any():
            made = cells[new]
            self._check[made] = check[new]
            self._likely[made] = 32768
            self._seen[made] = 0
            self._history[made] = 1
        return cells

    def _guess(self, node: int, place: int) -> int:
        """Return how likely the next bit is 1, in 65536."""
        low = place & 3
        if low == 0:
            self._settle(node if place else 0)
        cells = self._cells(1 << low | node & (1 << low) - 1)
        seen = self._seen[cells].astype(np.int64)
        known = (seen >= 10).astype(np.int64) + (seen >= 24) + (seen >= 60)
        at = np.arange(CONTEXTS) << 10 | known << 8 | self._history[cells]
        x, met_before = self._x, seen > 0
        logits = self._stretch[self._likely[cells]] * met_before
        end = EACH * CONTEXTS
        x[0:end:EACH] = logits
        x[1:end:EACH] = np.where(seen >> SURE, logits, logits * seen >> SURE)
        x[2:end:EACH] = self._stretch[self._guesses[at] >> 16] * met_before
        orders = np.flatnonzero(met_before[:ORDERS])
        order = int(orders[-1]) if len(orders) else 0
        met = self._matches(node, place, end)
        band = self._guided(node, end + 2 * MATCHES)
        c1, c2, c3 = self._recent & 255, self._recent >> 8 & 255, self._recent >> 16 & 255
        sorts = self._sorts
        chosen = (
            met,
            node,
            c1,
            c2 << 3 | place,
            sorts[c1] | sorts[c2] << 3 | sorts[c3] << 6,
            (order << 3 | place) + (64 if met > 15 else 128 if met else 0),
            band << 3 | order,
            min(self._spoken, 15) << 3 | place,
        )
        self._cell, self._at, self._met_before, self._node = cells, at, met_before, node
        self._chosen = self._first + np.array(chosen, np.int64)
        sums = (self._weights[self._chosen] * x >> 8).sum(1) >> 8
        self._logits = np.clip(sums, -EDGE, EDGE)
        logit = min(max(int(self._last[node] @ self._logits) >> 16, -EDGE), EDGE)
        self._end = int(self._squash[logit + EDGE])
        pair = hashed(node | (self._recent & 0xFFFF) << 8, 9) >> 18
        words = hashed(node ^ self._word << 8 & MASK, 11) >> 18
        rows = (node, c1 << 8 | node, pair, words)
        a = [self._refined(k, row, logit) for k, row in enumerate(rows)]
        likely = 2 * self._end + a[0] + 2 * a[1] + 2 * a[2] + a[3] >> 3
        return min(max(likely, 1), 65535)

    def _matches(self, node: int, place: int, at: int) -> int:
        """Say what followed the last time; return how far the longest match goes."""
        met = 0
        for which, match in enumerate(self._match):
            x = at + 2 * which
            self._x[x] = self._x[x + 1] = 0
            match[3] = -1
            coming = self._ring[match[0] % RING] | 256
            if match[1] and coming >> (8 - place) != node:
                match[1] = 0
            if not match[1]:
                continue
            match[2], match[3] = coming >> (7 - place) & 1, _bucket(match[1])
            likely = self._trusts[which][match[3]] >> 16
            sign = 1 if match[2] else -1
            self._x[x] = sign * int(self._stretch[likely])
            self._x[x + 1] = sign * (likely - 32768 >> 5)
            met = match[3] + 1
        return met

    def _guided(self, node: int, at: int) -> int:
        """Say what the guesser does; return its logit roughly."""
        self._x[at : at + 3] = 0
        if self._tree is None:
            return 0
        whole = self._tree[node]
        likely = (self._tree[2 * node + 1] << 16) // whole if whole else 32768
        likely = min(max(likely, 1), 65535)
        logit = int(self._stretch[likely])
        self._x[at] = logit
        self._x[at + 1] = likely - 32768 >> 5
        refined = self._refined(REFINES, (self._recent & 255) << 8 | node, logit)
        self._x[at + 2] = self._stretch[refined]
        return logit + 3072 >> 8

    def _refined(self, which: int, row: int, logit: int) -> int:
        """Return what came of such a logit there, between its two neighbours."""
        low, part = divmod(logit + 3072, 256)
        slots = self._refine[which, row]
        one = int(slots[low]) + int(self._rows[low]) & 0xFFFF
        two = int(slots[low + 1]) + int(self._rows[low + 1]) & 0xFFFF
        self._refinings[which] = (row, low + (part >= 128))
        return one * (256 - part) + two * part >> 8

    def _tell(self, bit: int) -> None:
        """Learn what the bit was."""
        target, one = 65535 * bit, bit << 16
        rate = RATE + (FASTER >> min(self._bits >> SLOWING, 20))
        errors = (one - self._squash[self._logits + EDGE]) * rate >> 8
        moved = self._weights[self._chosen] + (errors[:, None] * self._x + 32768 >> 16)
        self._weights[self._chosen] = np.clip(moved, -SAFE, SAFE)
        error = (one - self._end) * LAST_RATE >> 8
        moved = self._last[self._node] + (self._logits * error + 32768 >> 16)
        self._last[self._node] = np.clip(moved, -SAFE, SAFE)
        at = self._at[self._met_before]
        self._guesses[at] = self._adapted(self._guesses[at], 4194303 * bit)
        cells = self._cell
        likely, seen = self._likely[cells].astype(np.int64), self._seen[cells]
        self._likely[cells] = likely + ((target - likely) * self._rates[seen] >> 16)
        self._seen[cells] = seen + (seen < MOST)
        history = self._history[cells].astype(np.int64)
        grown = history << 1 | bit
        self._history[cells] = np.where(history < 128, grown, 128 | grown & 127)
        for trusts, match in zip(self._trusts, self._match, strict=True):
            if match[3] >= 0:
                right = match[2] == bit
                now = np.array([trusts[match[3]]], np.int64)
                trusts[match[3]] = int(self._adapted(now, 4194303 * right)[0])
                if not right:
                    match[1] = 0
        for which in range(REFINES + (self._tree is not None)):
            row, step = self._refinings[which]
            first = int(self._rows[step])
            now = int(self._refine[which, row, step]) + first & 0xFFFF
            self._refine[which, row, step] = now + (target - now >> 5) - first & 0xFFFF
        self._bits = min(self._bits + 1, MASK)

    def _adapted(self, slots: Whole, target: int) -> Whole:
        """Move probabilities of 22 bits towards `target`, by their counts of 10 bits."""
        likely, count = slots >> 10, slots & 1023
        likely = likely + ((target - likely) * self._rates[count] >> 16)
        return likely << 10 | np.where(count < KNOWN, count + 1, count)


def _bucket(length: int) -> int:
    """Return which of 32 lengths of a match this is like."""
    if length < 16:
        return length
    if length < 32:
        return 16 + (length - 16 >> 2)
    if length < 64:
        return 20 + (length - 32 >> 3)
    return 24 + (length - 64 >> 6) if length < 512 else 31
