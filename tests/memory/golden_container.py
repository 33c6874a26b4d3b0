"""`python -m tests.memory.golden_container`: makes `tests/golden/container-1.hqf` anew.

Only together with a new codec version: archives that people have must open for ever.
"""

from pathlib import Path

from memory.codec.container import Kind, Writer
from memory.codec.packing import Packer
from memory.codec.turns import Segment

FOLDER = Path(__file__).parents[1] / "golden"
FILE = FOLDER / "container-1.hqf"


def members() -> list[tuple[bytes, bytes, Kind, bool]]:
    """Return name, content, kind and whether it is a program, of every form once."""
    room = (FOLDER / "room-1.jsonl").read_bytes()
    return [
        (b"room/log.jsonl", room, Kind.ROOM, False),
        (b"talk/ask.txt", (FOLDER / "ask.txt").read_bytes(), Kind.FILE, False),
        (b"talk/empty", b"", Kind.FILE, False),
        (b"talk/run.sh", b"#!/bin/sh\nexec cat ask.txt\n", Kind.FILE, True),
        (b"zeros", bytes(70_000), Kind.FILE, False),
        (b"tiny", b"\0\xff\xfe", Kind.FILE, False),
    ]


def make() -> None:
    """Write it, without a model."""
    with FILE.open("wb") as file:
        packer = Packer(Writer(file), Segment)
        for name, content, kind, executable in members():
            packer.add(name, [content], kind=kind, executable=executable)
        packer.close()


if __name__ == "__main__":
    make()
