"""Spans of a log made and read: cut at lines, coded, decoded again and compared.

Blocks for as long as coding takes, some ten thousand bytes a second with a byte model;
nothing here is for a loop.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from memory.bank.archives import START, Archived, Archives, Span, linked
from memory.bank.guessers import at_hand, guesser, hold
from memory.codec import segments
from memory.codec.container import CODEC
from memory.codec.steps import Steps, Told
from memory.codec.turns import Segment
from memory.errors import BankError, DamagedRow, RecallError

SIZE: Final = 32 << 10
"""Bytes of a log in a span, at most, unless one line is longer: what opening a place costs."""

MOST: Final = segments.SIZE
"""Bytes of a line after which it is cut."""


def pieces(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the bytes of `lines` in runs of whole lines of up to `SIZE`; long lines apart."""
    run = bytearray()
    for line in lines:
        if run and len(run) + len(line) > SIZE:
            yield bytes(run)
            run.clear()
        run += line
        while len(run) > MOST:
            yield bytes(run[:MOST])
            del run[:MOST]
    if run:
        yield bytes(run)


@dataclass(frozen=True, slots=True)
class Stand:
    """Where a span begins."""

    start: int = 0
    """Byte of the log."""
    line: int = 0
    """Number of the line, from 0."""
    digest: bytes = START
    """Of all before."""

    def after(self, plain: bytes) -> "Stand":
        """Return where the next one begins."""
        line = self.line + plain.count(b"\n")
        return Stand(self.start + len(plain), line, linked(self.digest, plain))


def made(at: Stand, plain: bytes, model: str, steps: Steps) -> tuple[Span, bytes]:
    """Code what comes next in a log; it is decoded again and equal.

    Args:
        at: Where it begins.
        plain: Its bytes, 1 to `MOST`.
        model: Id of the byte model to code with; empty for the mixer alone.
        steps: Told of it.

    Raises:
        ModelError: The model cannot be used on this machine.
    """
    parts = [plain[cut : cut + segments.PIECE] for cut in range(0, len(plain), segments.PIECE)]
    coded = segments.encode(parts, steps.making(lambda: _coder(model)), log=True)
    steps.done(len(plain))
    takes = coded.form in (segments.Form.PIECES, segments.Form.LOG)
    next_ = at.after(plain)
    last = next_.line - plain.endswith(b"\n")
    span = Span(
        start=at.start,
        length=len(plain),
        first=at.line,
        last=last,
        form=coded.form,
        version=CODEC,
        model=model if takes else "",
        digest=next_.digest,
    )
    return span, coded.payload


def read(
    archives: Archives,
    room: str,
    span: Span,
    before: bytes,
    steps: Steps | None = None,
) -> bytes:
    """Return the bytes of a span, compared with its digest.

    Args:
        archives: Where it is.
        room: Id of the room.
        span: Which.
        before: Digest of the span before it; `START` for the first.
        steps: Told of it.

    Raises:
        DamagedRow: It is not what was kept, or this enfold cannot read it.
        ModelError: Its byte model cannot be used on this machine.
        BankError: It is not there.
    """
    if span.version != CODEC:
        raise DamagedRow(f"{_where(room, span)} is of version {span.version}: update enfold")
    if not at_hand(span.model):
        hold(archives.model(span.model))
    told = steps or Steps(None)
    code = archives.code(room, span)
    try:
        fresh = told.reading(lambda: _coder(span.model))
        plain = segments.decode(span.form, code, span.length, fresh)
    except RecallError as error:
        raise DamagedRow(f"{_where(room, span)} is damaged: {error}") from error
    if linked(before, plain) != span.digest:
        raise DamagedRow(f"{_where(room, span)} is damaged: it is not what was archived")
    told.done(len(plain))
    return plain


def log(archives: Archives, room: str, told: Told | None = None) -> Iterator[bytes]:
    """Yield the whole log of a room, span by span; compared, at its end, as a whole too.

    Raises:
        BankError: It is not here, or not what was archived.
        ModelError: Its byte model cannot be used on this machine.
    """
    archived = archives.of(room)
    if archived is None:
        raise BankError(f"the log of room {room!r} is not in the bank as a whole")
    whole = sha256()
    digest, at = START, 0
    steps = Steps(told)
    for span in archives.spans(room):
        if span.start != at:
            raise DamagedRow(f"room {room!r}: its log lacks the bytes from {at} on")
        plain = read(archives, room, span, digest, steps)
        digest, at = span.digest, span.end
        whole.update(plain)
        yield plain
    if (at, whole.digest()) != (archived.length, archived.sha256):
        raise DamagedRow(f"room {room!r}: its log is not what was archived")


def lines(archives: Archives, room: str, places: set[int]) -> dict[int, bytes]:
    """Return some lines of an archived log by their numbers; opens the spans they are in.

    Raises:
        BankError: One of these spans is not what was archived.
        ModelError: Its byte model cannot be used on this machine.
    """
    found: dict[int, bytes] = {}
    digest = START
    for span in archives.spans(room):
        wanted = [place for place in places if span.first <= place <= span.last]
        if wanted:
            here = read(archives, room, span, digest).split(b"\n")
            for place in wanted:
                found[place] = found.get(place, b"") + here[place - span.first]
        digest = span.digest
    return found


def check(archives: Archives, room: str, told: Told | None = None) -> Archived:
    """Read all of an archived log and return what it is.

    Raises:
        BankError: It is not what was archived, or not here.
        ModelError: Its byte model cannot be used on this machine.
    """
    for _ in log(archives, room, told):
        pass
    archived = archives.of(room)
    if archived is None:
        raise BankError(f"the log of room {room!r} was let go of meanwhile")
    return archived


def _coder(model: str) -> Segment:
    return Segment(guesser(model), most=segments.MOST)


def _where(room: str, span: Span) -> str:
    return f"the archive of room {room!r}, places {span.first} to {span.last},"
