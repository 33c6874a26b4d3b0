"""The golden turns of codec version 1: `python -m tests.memory.golden_turns` makes them anew.

Only while the version has not landed. Afterwards a difference is an error, and never a reason
to run this.
"""

import json
from pathlib import Path

from memory.codec.turns import Segment
from tests.memory.foreseeing import Foreseer

GOLDEN = Path(__file__).parents[1] / "golden" / "turns-1.json"

ALPHA, BETA = b"AI-1 (Alpha)", "β".encode()
TURNS: tuple[tuple[bytes, bytes], ...] = (
    (ALPHA, b"The lamp is lit. Who else is here, and what do you see in the corridor?\n"),
    (BETA, "I see the lamp, and the corridor beyond it. — It is lit; who lit it?\n".encode()),
    (b"", b"[AI-2 adjusted their temperature]\n"),
    (ALPHA, b""),
    (ALPHA, b"I lit it. The lamp is lit, and the corridor beyond it is lit as well.\n" * 4),
    (BETA, bytes(range(256))),
    (BETA, b"a"),
    (ALPHA, b"   /---\\\n   |   |\n   |   |\n   \\---/\n" * 3 + b'!image "a lamp, lit"\n'),
    (b"", b"\0" * 600),
    (BETA, b"\xff\xfe\xc3 not quite UTF-8, and the corridor beyond it is lit as well \x80\x80"),
)


def blobs(*, guided: bool) -> list[str]:
    """Return the turns' blobs, hexadecimal."""
    segment = Segment(Foreseer() if guided else None)
    return [segment.encode(author, text).hex() for author, text in TURNS]


if __name__ == "__main__":
    made = {"codec": 1, "alone": blobs(guided=False), "guided": blobs(guided=True)}
    GOLDEN.write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")
