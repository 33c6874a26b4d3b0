"""A reply on its way to the screen, without what is private in it.

What could still turn out to be a private command waits; the rest passes at once, public
commands too. All that passes, put together, is `parse(whole).public`.
"""

from transcripts.commands.lexer import Scanner
from transcripts.commands.sieve import Sieve
from transcripts.commands.words import PRIVATE


class Hold:
    """Lets the public part of a reply through as it comes in."""

    def __init__(self, *, inline: bool = False) -> None:
        self._scanner = Scanner(inline=inline)
        self._sieve = Sieve()
        self._shown = 0

    def feed(self, piece: str) -> str:
        """Return what can be shown, now that `piece` has come."""
        self._scanner.read(piece)
        return self._pass()

    def finish(self) -> str:
        """Return what is left to show, now that nothing more comes. Call it once."""
        self._scanner.read("", final=True)
        return self._pass() + self._sieve.finish()

    def _pass(self) -> str:
        scanner = self._scanner
        gone = [(call.start, call.end, True) for call in scanner.calls if call.verb in PRIVATE]
        gone += [(start, end, True) for start, end in scanner.swallowed]
        gone += [(at, at + 1, False) for at in scanner.escapes]
        scanner.calls.clear()
        scanner.swallowed.clear()
        scanner.escapes.clear()
        passed: list[str] = []
        for start, end, line in sorted(gone):
            passed.append(self._sieve.keep(scanner.slice(self._shown, start)))
            if line:
                self._sieve.cut()
            self._shown = end
        if scanner.sure > self._shown:
            passed.append(self._sieve.keep(scanner.slice(self._shown, scanner.sure)))
            self._shown = scanner.sure
        return "".join(passed)
