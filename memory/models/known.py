"""A text whose counts a model's file knows: who finds others does not compute that model.

Two turns of 512 bytes in all, the first read at once and the second byte by byte, so that both
paths of a backend are seen. The text is part of the format: changed, no file has its answer.
"""

from hashlib import sha256

import numpy as np

from memory.models.guesser import FrozenGuesser, Reader

TURNS = (
    (
        "AI-1 (Ada)",
        "The lamp on the north wall has gone out again. I would not call it a fault: it waits, "
        "as we do, until somebody asks. ```py\nfor n in range(12, 0, -3):\n    ring(n * 0.5)\n``` "
        "Naïve? Perhaps — 3 % of 1,024 is 30.72, and ① is not 1. «Wer fragt, der bleibt.» "
        '{"to": ["AI-2"], "mood": null}\t!image a small door, #4f7aa1\n'
        "\n* first, the key\n* then, the word after it\n",
    ),
    (
        "Mira",
        "ok ok, I read it twice :) so the door opens only if you DON'T knock??\r\n"
        "aaaaaaaaaaaaaaaaaaaaaaaa… 雨 \x00\x01\x7f end. ",
    ),
)
SIZE = 512


def turns() -> list[tuple[bytes, bytes]]:
    """Return authors and texts; the last is filled up with every third byte from 255 down."""
    (first, long), (second, short) = ((a.encode(), t.encode()) for a, t in TURNS)
    missing = SIZE - len(long) - len(short)
    return [(first, long), (second, short + bytes((255 - 3 * i) % 256 for i in range(missing)))]


def answer(reader: Reader) -> str:
    """Return the SHA-256 of all counts of the known text, hexadecimal."""
    whole = sha256()
    guesser = FrozenGuesser("0" * 64, reader)
    (first, long), (second, short) = turns()
    whole.update(np.ascontiguousarray(guesser.whole(first, long), dtype="<u4").tobytes())
    guesser.begin(second)
    for byte in short:
        whole.update(np.ascontiguousarray(guesser.counts(), dtype="<u4").tobytes())
        guesser.take(byte)
    return whole.hexdigest()
