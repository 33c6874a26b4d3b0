"""Server-sent events, read as they come: bytes in, payloads out.

Only what chat servers use: `data` lines and the blank line that ends an event. Names, ids
and retry times are passed over. What has come without its end is held, and no more than
`limit` bytes of it: a server can send a line that has no end.
"""


class Oversized(ValueError):
    """One event is larger than the limit."""


class Events:
    """Reads one stream."""

    def __init__(self, *, limit: int = 4_000_000) -> None:
        """Begin.

        Args:
            limit: Bytes that one event may have, its line ends not counted.
        """
        self._limit = limit
        self._line = bytearray()
        self._data: list[bytes] = []
        self._size = 0
        self._after_return = False
        self._begun = False

    def feed(self, data: bytes) -> list[str]:
        """Return the payloads that `data` completes, in order.

        Raises:
            Oversized: An event has grown over the limit.
        """
        if not data:
            return []
        if self._after_return and data.startswith(b"\n"):
            data = data[1:]
        self._after_return = data.endswith(b"\r")
        found: list[str] = []
        for line in data.splitlines(keepends=True):
            bare = line.rstrip(b"\r\n")
            if len(self._line) + len(bare) + self._size > self._limit:
                raise Oversized(f"an event of more than {self._limit} bytes")
            self._line += bare
            if len(bare) < len(line):
                found += self._end_line()
        return found

    def finish(self) -> list[str]:
        """Return what was still waiting for its blank line when the stream ended."""
        return [*self._end_line(), *self._end_event()]

    def _end_line(self) -> list[str]:
        line = bytes(self._line)
        self._line.clear()
        if not self._begun:
            self._begun = True
            line = line.removeprefix(b"\xef\xbb\xbf")
        if not line:
            return self._end_event()
        name, _, value = line.partition(b":")
        if name == b"data":
            self._data.append(value.removeprefix(b" "))
            self._size += len(value)
        return []

    def _end_event(self) -> list[str]:
        if not self._data:
            return []
        payload = b"\n".join(self._data).decode(errors="replace")
        self._data.clear()
        self._size = 0
        return [payload]
