"""How far the coding of a segment is, told while it is under way.

A segment counts as done when all of it is, which for a byte model is seconds. So whoever
codes it says after each piece what that was, ahead of the count, and the count is made up
for when the segment is done: the sum is that of the plaintext, whatever the pieces were.
"""

from collections.abc import Callable

from memory.codec.segments import Coder

Told = Callable[[int], object]
"""Called with the bytes of plaintext done since the last call; may be negative at a
segment's end, where its pieces were longer than itself."""


class Steps:
    """Tells bytes of plaintext done: some ahead, then the rest."""

    def __init__(self, told: Told | None) -> None:
        """Begin at nothing.

        Args:
            told: `None` where nobody wants to know.
        """
        self._told = told
        self._ahead = 0

    def ahead(self, count: int) -> None:
        """Say that about `count` bytes of a segment under way are done."""
        if self._told is not None and count:
            self._ahead += count
            self._told(count)

    def done(self, count: int) -> None:
        """Say that a segment of `count` bytes is done, what was said ahead included."""
        if self._told is not None and count != self._ahead:
            self._told(count - self._ahead)
        self._ahead = 0

    def part(self, count: int) -> None:
        """Say that `count` bytes of a segment are done; `done(0)` says that all of it is."""
        paid = min(count, self._ahead)
        self._ahead -= paid
        if self._told is not None and count > paid:
            self._told(count - paid)

    def making(self, fresh: Callable[[], Coder]) -> Callable[[], Coder]:
        """Return `fresh` with coders that tell: encoding is half of it, checking the other."""
        return fresh if self._told is None else lambda: _Telling(fresh(), self.ahead, 2)

    def reading(self, fresh: Callable[[], Coder]) -> Callable[[], Coder]:
        """Return `fresh` with coders that tell what they decode."""
        return fresh if self._told is None else lambda: _Telling(fresh(), self.ahead, 1)


class _Telling:
    """A coder that says what it has done."""

    def __init__(self, coder: Coder, told: Callable[[int], None], part: int) -> None:
        self._coder = coder
        self._told = told
        self._part = part

    def encode(self, author: bytes, text: bytes) -> bytes:
        blob = self._coder.encode(author, text)
        self._told(len(text) // self._part)
        return blob

    def decode(self, author: bytes, blob: bytes) -> bytes:
        text = self._coder.decode(author, blob)
        self._told(len(text) // self._part)
        return text
