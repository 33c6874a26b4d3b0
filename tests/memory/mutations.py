"""`python -m tests.memory.mutations [COUNT] [SEED]`: archives altered at random, and read.

Each mutation must be refused as an error of ours, or give exactly what was folded: no crash,
no hang, no wrong output. Half of them have their checksum made right again, as by somebody who
means harm, so that the directory and the segments are met with anything at all. Names and
marks in the directory are then the forger's own: what counts is that every byte that comes
out is the one whose SHA-256 the directory tells.
"""

import io
import sys
import time
import zlib
from hashlib import blake2b, sha256
from random import Random

from memory.codec.container import Archive, Kind, Writer
from memory.codec.packing import Packer
from memory.errors import ContainerError, DamagedTurn

SLOWEST = 2.0
"""Seconds that one archive may take, on any machine."""


class Deflater:
    """A fast coder for tests: each turn deflated with all before it as its dictionary."""

    def __init__(self) -> None:
        self._past = b""

    def encode(self, author: bytes, text: bytes) -> bytes:
        deflate = zlib.compressobj(9, zlib.DEFLATED, -15, zdict=self._past[-32768:])
        self._past += author + text
        return deflate.compress(text) + deflate.flush()

    def decode(self, author: bytes, blob: bytes) -> bytes:
        inflate = zlib.decompressobj(-15, zdict=self._past[-32768:])
        try:
            text = inflate.decompress(blob, 1 << 20)
        except zlib.error as error:
            raise DamagedTurn(str(error)) from error
        if not inflate.eof or inflate.unused_data:
            raise DamagedTurn("cut off")
        self._past += author + text
        return text


def packed(
    members: list[tuple[bytes, bytes]],
    *,
    kind: Kind = Kind.FILE,
    model: bytes | None = None,
    embedded: bytes | None = None,
) -> bytes:
    """Return an archive of (name, content), made with `Deflater`."""
    out = io.BytesIO()
    packer = Packer(Writer(out, model=model, embedded=embedded), Deflater)
    for name, content in members:
        packer.add(name, [content], kind=kind)
    packer.close()
    return out.getvalue()


def contents(archive: bytes, *, check: bool = True) -> list[tuple[bytes, bytes]]:
    """Return every (name, content) of an archive made with `Deflater`."""
    opened = Archive(io.BytesIO(archive))
    if check:
        opened.check()
    found = [(member.name, bytearray()) for member in opened.members]
    for number, piece in opened.pieces(Deflater):
        found[number][1].extend(piece)
    return [(name, bytes(content)) for name, content in found]


def signed(archive: bytes) -> bytes:
    """Return `archive` with its checksum made right."""
    body = archive[:-20]
    return body + blake2b(body, digest_size=16).digest() + archive[-4:]


def samples() -> list[bytes]:
    """Return small archives of every form."""
    draw = Random(1)
    text = b"".join(b"%d the lantern and the tide\n" % draw.randrange(99) for _ in range(40))
    log = b"".join(
        b'{"v":1,"place":%d,"at":"2026-01-02T03:04:%02d.000000Z","kind":"Spoke",'
        b'"author":"AI-%d","text":"the lantern and\\nthe tide %d"}\n'
        % (i, i, i % 2, draw.randrange(99))
        for i in range(20)
    )
    sets: list[tuple[list[tuple[bytes, bytes]], Kind]] = [
        ([(b"", text)], Kind.FILE),
        ([(b"", b"")], Kind.FILE),
        ([], Kind.FILE),
        ([(b"a/log.jsonl", log)], Kind.ROOM),
        ([(b"a/one.txt", text), (b"a/b/two", draw.randbytes(200)), (b"c", b"")], Kind.FILE),
        ([(b"zeros", bytes(70_000)), (b"noise", draw.randbytes(300))], Kind.FILE),
    ]
    made = [packed(members, kind=kind) for members, kind in sets]
    return [*made, packed([(b"x", text)], model=bytes(32), embedded=b"model" * 9)]


def unpacked(archive: bytes) -> bytes:
    """Return `archive` with its directory not packed, so that mutations meet its fields."""
    length = int.from_bytes(archive[-24:-20], "little")
    stop = len(archive) - 24 - length
    if archive[stop] == 0:
        return archive
    body = b"\0" + zlib.decompress(archive[stop + 1 : -24])
    whole = archive[:stop] + body + len(body).to_bytes(4, "little") + bytes(16) + archive[-4:]
    return signed(whole)


def mutated(archive: bytes, draw: Random, other: bytes) -> bytes:
    """Return `archive` altered in one to four places."""
    data = bytearray(archive)
    for _ in range(draw.choice((1, 1, 1, 2, 4))):
        at = draw.randrange(len(data) + 1)
        # As often in the head and in the directory as in all the rest.
        if draw.random() < 0.6:
            at = draw.choice((draw.randrange(16), max(0, len(data) - draw.randrange(1, 160))))
        match draw.randrange(7):
            case 0 if at < len(data):
                data[at] ^= 1 << draw.randrange(8)
            case 1 if at < len(data):
                data[at] = draw.choice((0, 1, 0x7F, 0x80, 0xFF, draw.randrange(256)))
            case 2:
                del data[at : at + draw.choice((1, 1, 4, 40))]
            case 3:
                data[at:at] = draw.randbytes(draw.choice((1, 1, 4, 40)))
            case 4:
                del data[at:]
            case 5:
                end = at + draw.randrange(1, 40)
                data[at:end] = data[at:end][::-1]
            case _:
                data[at : at + 32] = other[at : at + 32]
    return bytes(data)


def run(count: int, seed: int = 0) -> dict[str, int]:
    """Read `count` mutations; return how many ended in which way.

    Raises:
        AssertionError: One gave what nobody folded, or took too long.
    """
    draw = Random(seed)
    made = samples()
    made += [unpacked(archive) for archive in made]
    known = set(made)
    ended: dict[str, int] = {}
    for number in range(count):
        altered = mutated(draw.choice(made), draw, draw.choice(made))
        forged = number % 2 == 1 and len(altered) > 24
        started = time.perf_counter()
        how = _ending(signed(altered) if forged else altered, known, forged=forged)
        assert time.perf_counter() - started < SLOWEST, f"mutation {number} of seed {seed}"
        ended[how] = ended.get(how, 0) + 1
    return ended


def _ending(altered: bytes, known: set[bytes], *, forged: bool) -> str:
    try:
        found = contents(altered)
    except ContainerError as error:
        if "\n" in str(error):
            raise AssertionError(f"not one line: {error}") from error
        return type(error).__name__
    if altered in known:
        return "one of ours again"
    assert forged, "an altered archive passed its checksum"
    told = [member.sha256 for member in Archive(io.BytesIO(altered)).members]
    assert [sha256(content).digest() for _, content in found] == told
    return "forged, and what its directory tells"


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    started = time.perf_counter()
    for how, times in sorted(run(count, int(sys.argv[2]) if len(sys.argv) > 2 else 0).items()):
        print(f"{times:>9,}  {how}")
    print(f"{count:>9,}  mutations in {time.perf_counter() - started:,.0f} s")
