"""How fast V counts, beside PPMd from a package, in one run on one core.

Bytes a second of reading a context, by each verifier; then what scoring a turn takes once the
past is read, which is what the screen waits for: the goal is less than a second of a core for
2 KB. In a room a turn is counted three times, and what its speaker was sent is read for it; the
talk is read once, and again where the worker was lost. Both verifiers give bits alone; PPMd writes
its code too, which costs it next to nothing.
"""

from collections.abc import Callable, Sequence
from typing import Final

from harness.evaluation import standing
from harness.evaluation.verifier import NoVerifier, Verifier, verifier
from harness.scoring import SLICE
from memory.errors import ModelError
from tests.bench import codec_others
from tests.bench.codec_speeds import first, taken, talk

PAST: Final = 64 << 10
"""Bytes of context that are read."""
SLOW: Final = 8 << 10
"""Bytes that the byte model reads."""
TURN: Final = 2 << 10
"""Bytes of a turn that is scored."""
GOAL: Final = 1.0
"""Core-seconds that scoring one may take."""
ORDER: Final = 6
"""Of PPMd, as many bytes of context as the mixer has."""

ROOM: Final = 512 << 10
"""Bytes of the talk of an old room that are read at most."""
SENT: Final = 16 << 10
"""Bytes of it that a speaker is sent: cc, what comes back, the newest lines."""

TIMES: Final = 3
"""Times that each is done; of turns, the slowest counts."""

Row = Callable[[str, str, str, float], None]


def rows(row: Row) -> None:
    """Print what each verifier does in a second, and what a turn takes it.

    Args:
        row: Prints what it is, its figure, what is beside it, and the ratio.
    """
    text = _text(PAST + TURN * TIMES)
    past = text[:PAST]
    turns = [text[at : at + TURN] for at in range(PAST, len(text), TURN)]
    peer = codec_others.ppmd(ORDER)
    peer_speed = PAST / min(taken(lambda: peer.code(past)) for _ in range(TIMES))
    beside = f"PPMd o{ORDER}, {peer_speed / 1e3:,.0f} kB/s"
    for name, size in (("mixer", PAST), ("model", SLOW)):
        try:
            by = verifier(name)
        except (NoVerifier, ModelError) as why:
            row(f"verifier, {name}", str(why), beside, 0.0)
            continue
        speed = size / min(_read(by, past[:size]) for _ in range(TIMES))
        row(f"verifier, {name}", f"{speed / 1e3:,.1f} kB/s", beside, speed / peer_speed)
        told = _told(by, past[:size], turns)
        what = f"verifier, {name}: a turn of {TURN >> 10} KB scored"
        row(what, f"{told:.3f} core-s", f"the {GOAL:g} s it may take", told / GOAL)

    _in_a_room(row)


def _in_a_room(row: Row) -> None:
    """Print what scoring a turn of an old room takes, as the worker does it."""
    if not standing.begin():
        row("verifier, in a room", "no C kernel is here", "", 0.0)
        return
    text = _text(2 * ROOM)[: ROOM + TURN * TIMES]  # lines are shorter than what they are of
    reached = [b""]

    def old() -> None:
        reached[0] = b""
        for at in range(0, ROOM, SLICE):
            told(text[at : at + SLICE])

    def told(new: bytes) -> None:
        reached[0] = standing.read(reached[0], new) or b""

    def scored(new: bytes) -> None:
        told(new)  # the turn before it
        bits = standing.weigh(reached[0], b"Ada: ", new, text[-SENT:])
        assert bits is not None

    again = taken(old)
    turns = [text[at : at + TURN] for at in range(ROOM, len(text), TURN)]
    slowest = max(taken(lambda turn=turn: scored(turn)) for turn in turns)
    goal = f"the {GOAL:g} s it may take"
    what = f"verifier, in a room of {ROOM >> 10} KB: a turn of {TURN >> 10} KB scored"
    row(what, f"{slowest:.3f} core-s", goal, slowest / GOAL)
    row(
        f"verifier, in a room of {ROOM >> 10} KB: all read again",
        f"{again:.2f} core-s",
        "",
        0.0,
    )


def _read(by: Verifier, past: bytes) -> float:
    """Return the seconds that reading takes."""
    return taken(lambda: by.begin().read(past))


def _told(by: Verifier, past: bytes, turns: Sequence[bytes]) -> float:
    """Return the seconds that a turn takes at most, each scored once behind what was read."""
    stand = by.begin().read(past)
    return max(taken(lambda turn=turn: stand.bits(b"", turn)) for turn in turns)


def _text(size: int) -> bytes:
    """Return lines of talk, `size` bytes, as V is told them."""
    lines = (author + b": " + b" ".join(text.split()) + b"\n" for author, text in talk(size))
    return b"".join(words for _, words in first(((b"", line) for line in lines), size))
