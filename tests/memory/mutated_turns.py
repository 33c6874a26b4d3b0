"""`python -m tests.memory.mutated_turns [COUNT] [SEED]`: codes of turns altered at random, and read.

Each must be refused as damage, or give the very text that was coded. A part is forged: its
CRC-32 is made that of other bytes, or its code is anything at all, as by somebody who means
harm; what then comes out must at least be what the CRC-32 tells.
"""

import sys
import time
from random import Random
from zlib import crc32

from memory.codec.turns import HEADER, Segment
from memory.errors import DamagedTurn
from tests.memory.foreseeing import Foreseer

MOST = 64
"""Bytes of a turn."""
BEFORE = b"to be, or not to be: that is the question"
TEXTS = (
    b"ab",
    b"hello, hello",
    b"",
    b"\0" * 40,
    b"to be or not to be, to be",
    bytes(range(9, 60)),
    b"that is the question: that is the question: to be",
)


def opened(*, guided: bool, later: bool) -> Segment:
    """Return a segment that has read nothing, or a turn."""
    segment = Segment(Foreseer() if guided else None, most=MOST)
    if later:
        segment.learn(b"A", BEFORE)
    return segment


def mutated(draw: Random, blob: bytes) -> bytes:
    """Change a blob in one of the ways that blobs go wrong."""
    wrong = bytearray(blob)
    for _ in range(draw.choice((1, 1, 2, 5))):
        at = draw.randrange(len(wrong)) if wrong else 0
        match draw.randrange(5):
            case 0 if wrong:
                wrong[at] ^= 1 << draw.randrange(8)
            case 1 if wrong:
                wrong[at] = draw.randrange(256)
            case 2:
                del wrong[at:]
            case 3:
                wrong[at:at] = draw.randbytes(draw.randrange(1, 5))
            case _:
                wrong[HEADER:] = draw.randbytes(draw.randrange(12))
    return bytes(wrong)


def forged(draw: Random, blob: bytes) -> bytes:
    """Change a blob by intent: another text's CRC-32, under the same tag or as it were raw."""
    told = draw.randbytes(draw.randrange(MOST))
    tag = draw.choice((blob[0], len(told) << 2 & 255))
    code = draw.choice((told, blob[HEADER:], draw.randbytes(draw.randrange(20))))
    return bytes([tag]) + crc32(told).to_bytes(4, "little") + code


def run(count: int, seed: int = 0) -> dict[str, int]:
    """Read `count` mutations; return how many ended in which way.

    Raises:
        AssertionError: One gave another text than was coded, or than was forged.
    """
    draw = Random(seed)
    ended: dict[str, int] = {}
    ways = [
        (guided, later) for guided in (False, False, False, True) for later in (False, True)
    ]
    blobs = {
        way: [opened(guided=way[0], later=way[1]).encode(b"A", text) for text in TEXTS]
        for way in ways
    }
    at: tuple[bool, bool] = (False, False)
    reader = opened(guided=False, later=False)
    before = reader.length
    for number in range(count):
        if reader.broken or reader.length != before:
            at = draw.choice(ways)
            reader = opened(guided=at[0], later=at[1])
            before = reader.length
        which = draw.randrange(len(TEXTS))
        blob, text = blobs[at][which], TEXTS[which]
        harm = number % 4 == 3
        wrong = forged(draw, blob) if harm else mutated(draw, blob)
        try:
            got = reader.decode(b"A", wrong)
        except DamagedTurn:
            how = "refused"
        else:
            honest = got == text
            told = crc32(got) == int.from_bytes(wrong[1:HEADER], "little")
            assert honest or (harm and told), f"mutation {number} of seed {seed}: {wrong.hex()}"
            how = "the text again" if honest else "forged, and what it tells"
        ended[how] = ended.get(how, 0) + 1
    return ended


if __name__ == "__main__":
    many = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    started = time.perf_counter()
    for way, times in sorted(run(many, int(sys.argv[2]) if len(sys.argv) > 2 else 0).items()):
        print(f"{times:>9,}  {way}")
    print(f"{many:>9,}  mutations in {time.perf_counter() - started:,.0f} s")
