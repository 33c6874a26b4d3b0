"""What the `text` carrier is measured against: the last lines, nothing, and everything.

Their code is lines as they were said, `AI-1: …`, one an utterance with its line breaks
escaped, so that it reads as it is.
"""

from memory.cc.base import CC, Turn, Utterance
from memory.cc.units import clean
from memory.errors import CarrierError


class Window:
    """The last lines that fit the budget; of the very last one, its end if need be."""

    name = "window"

    def __init__(self, budget: int) -> None:
        self._budget = budget

    def fold(self, cc: CC, turn: Turn) -> CC:
        """Return cc with `turn` taken in. See `Carrier.fold`."""
        _check(cc, self.name)
        code = cc.code + b"".join(map(_line, turn.utterances))
        return CC(self.name, turn.last, _newest(code, self._budget))

    def learn(self, state: bytes, turn: Turn) -> bytes:
        """Return nothing: there is no state."""
        return b""

    def render(self, cc: CC, budget: int) -> str:
        """Return the newest lines within `budget`."""
        return _newest(cc.code, budget).decode().rstrip("\n")

    def size(self, cc: CC) -> int:
        """Return the bytes of the code."""
        return len(cc.code)


class Empty:
    """Nothing at all: what a speaker does without a memory."""

    name = "empty"

    def fold(self, cc: CC, turn: Turn) -> CC:
        """Return cc that has moved on and says nothing. See `Carrier.fold`."""
        _check(cc, self.name)
        return CC(self.name, turn.last)

    def learn(self, state: bytes, turn: Turn) -> bytes:
        """Return nothing: there is no state."""
        return b""

    def render(self, cc: CC, budget: int) -> str:
        """Return nothing."""
        return ""

    def size(self, cc: CC) -> int:
        """Return 0."""
        return len(cc.code)


class Full:
    """Everything. Grows without end, and is told as far as the budget goes, newest first."""

    name = "full"

    def fold(self, cc: CC, turn: Turn) -> CC:
        """Return cc with `turn` appended. See `Carrier.fold`."""
        _check(cc, self.name)
        return CC(self.name, turn.last, cc.code + b"".join(map(_line, turn.utterances)))

    def learn(self, state: bytes, turn: Turn) -> bytes:
        """Return nothing: there is no state."""
        return b""

    def render(self, cc: CC, budget: int) -> str:
        """Return the newest lines within `budget`."""
        return _newest(cc.code, budget).decode().rstrip("\n")

    def size(self, cc: CC) -> int:
        """Return the bytes of everything."""
        return len(cc.code)


def _check(cc: CC, name: str) -> None:
    if cc.carrier != name:
        raise CarrierError(f"a cc of carrier {cc.carrier!r}; this one is {name!r}")


def _line(utterance: Utterance) -> bytes:
    author = " ".join(clean(utterance.author).split())
    text = clean(utterance.text).strip("\n").replace("\n", "\n  ")
    return f"{author}: {text}\n".encode()


def _newest(code: bytes, budget: int) -> bytes:
    """Return whole lines from the end of `code`, at most `budget` bytes of UTF-8."""
    if len(code) <= budget:
        return code
    if budget <= 0:
        return b""
    tail = code[-budget:]
    if code[-budget - 1 : -budget] != b"\n":
        cut = tail.find(b"\n") + 1
        # A last line longer than the budget gives its end: better than nothing.
        tail = tail[cut:] if 0 < cut < len(tail) else tail
    return tail.decode("utf-8", "ignore").encode()
