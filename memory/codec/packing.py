"""Members packed into an archive's segments, whatever their number and size.

Short members share a segment, so that one is history for the next; a new segment begins
where one is full, where a member comes when more than half of it is, and between text and
what is not text. Pieces end with lines where lines are short enough.
"""

from collections.abc import Callable, Iterable
from hashlib import sha256

from memory.codec.container import Kind, Member, Writer
from memory.codec.segments import PIECE, SIZE, Coder, encode
from memory.codec.steps import Steps, Told


class Packer:
    """Feeds a writer. Holds one segment of plaintext and never more."""

    def __init__(
        self,
        writer: Writer,
        fresh: Callable[[], Coder],
        told: Told | None = None,
    ) -> None:
        """Begin.

        Args:
            writer: Takes the segments.
            fresh: Makes a coder that has read nothing, with the writer's model.
            told: Called with the bytes of plaintext coded and verified since the last call.
        """
        self._writer = writer
        self._steps = Steps(told)
        self._fresh = self._steps.making(fresh)
        self._parts: list[bytes] = []
        self._size = 0
        self._text = True
        """Whether the segment under way holds text."""
        self._kind = Kind.FILE
        """Of the members in it."""

    def add(
        self,
        name: bytes,
        content: Iterable[bytes],
        *,
        kind: Kind = Kind.FILE,
        executable: bool = False,
    ) -> Member:
        """Pack a member to its end.

        Args:
            name: See `memory.codec.names`.
            content: Its bytes in pieces of any size.
            kind: What it is.
            executable: Whether it is a program.

        Raises:
            OSError: The archive cannot be written.
        """
        digest, length = sha256(), 0
        waiting = bytearray()
        for chunk in content:
            if chunk and not length:
                self._begin(chunk, kind)
            digest.update(chunk)
            length += len(chunk)
            waiting += chunk
            at = 0
            while len(waiting) - at > PIECE:
                end = _cut(waiting, at, kind)
                self._take(bytes(waiting[at:end]))
                at = end
            del waiting[:at]
        if waiting:
            self._take(bytes(waiting))
        member = Member(
            kind=kind, name=name, executable=executable, length=length, sha256=digest.digest()
        )
        self._writer.member(member)
        return member

    def close(self) -> None:
        """Write what is under way, and the archive's end.

        Raises:
            OSError: It cannot be written.
        """
        self._flush()
        self._writer.close()

    def _begin(self, start: bytes, kind: Kind) -> None:
        text = 0 not in start[:PIECE]
        if self._size > SIZE // 2 or (text, kind) != (self._text, self._kind):
            self._flush()
        self._text, self._kind = text, kind

    def _take(self, part: bytes) -> None:
        if self._size + len(part) > SIZE:
            self._flush()
        self._parts.append(part)
        self._size += len(part)

    def _flush(self) -> None:
        if not self._parts:
            return
        coded = encode(self._parts, self._fresh, log=self._kind is Kind.ROOM)
        self._writer.segment(coded, b"".join(self._parts))
        self._steps.done(self._size)
        self._parts, self._size = [], 0


def _cut(waiting: bytearray, at: int, kind: Kind) -> int:
    """Return where the piece that begins at `at` ends: behind a line in its last quarter.

    In a room's log behind any line, since a line that is cut is no JSON.
    """
    since = at + (PIECE * 3 // 4 if kind is Kind.FILE else 0)
    line = waiting.rfind(b"\n", since, at + PIECE)
    return line + 1 if line >= 0 else at + PIECE
