"""Thoughts that a model writes between tags into its reply, told apart from the reply.

`<think>` and `<thinking>` open the reasoning channel, the matching end tag closes it, and
what is not closed stays reasoning to the end. A tag in inline code or in a fenced block is
only talked about and stays speech. Pieces may be cut anywhere: what comes out is the same.

Blank space around a thought at the head of a reply belongs to neither and is dropped, and
so is a reply of nothing but blank space.
"""

import re

from agents.providers.base import Delta

_TAGS = ("<think>", "<thinking>")
_LONGEST = max(map(len, _TAGS))
_END = {
    tag.replace("<", "</"): re.compile(tag.replace("<", "</"), re.IGNORECASE | re.ASCII)
    for tag in _TAGS
}
_TOKEN = re.compile(r"`+|\n|[^`\n]+")


class Thoughts:
    """Splits one reply."""

    def __init__(self) -> None:
        self._held = ""
        """What may be the beginning of a tag; nothing else is held back."""
        self._end = ""
        """The end tag waited for; empty while it is speech."""
        self._code = _Code()
        self._blank = ""
        """Blank space at the head of the reply, told once speech follows."""
        self._said = False
        self._thought = False

    def feed(self, text: str) -> list[Delta]:
        """Return what `text` adds, in order."""
        self._held += text
        found: list[Delta] = []
        before = -1
        while self._held and before != len(self._held):
            before = len(self._held)
            found += self._reasoning() if self._end else self._speech()
        return found

    def finish(self) -> list[Delta]:
        """Return what was held. The reply is over."""
        held, self._held = self._held, ""
        if self._end:
            return [Delta(held, "reasoning")] if held else []
        return self._say(held)

    def _reasoning(self) -> list[Delta]:
        held = self._held
        if end := _END[self._end].search(held):
            thought, self._held, self._end = held[: end.start()], held[end.end() :], ""
            self._code = _Code()
        else:
            split = len(held) - _overlap(held, self._end)
            thought, self._held = held[:split], held[split:]
        return [Delta(thought, "reasoning")] if thought else []

    def _speech(self) -> list[Delta]:
        held, place = self._held, 0
        while (start := held.find("<", place)) >= 0:
            self._code.read(held[place:start])
            rest = held[start : start + _LONGEST].lower()
            tag = next((tag for tag in _TAGS if rest.startswith(tag)), "")
            if tag and not self._code.inside:
                self._held = held[start + len(tag) :]
                self._end = tag.replace("<", "</")
                said = self._say(held[:start])
                self._blank = ""
                self._thought = True
                return said
            if not tag and any(tag.startswith(rest) for tag in _TAGS):
                self._held = held[start:]
                return self._say(held[:start])
            self._code.read("<")
            place = start + 1
        self._code.read(held[place:])
        self._held = ""
        return self._say(held)

    def _say(self, text: str) -> list[Delta]:
        if self._said:
            return [Delta(text)] if text else []
        self._blank += text
        text = self._blank.lstrip()
        if not text:
            return []
        if not self._thought:
            text = self._blank
        self._said = True
        return [Delta(text)]


class _Code:
    """Whether a place in a reply is inside code, going by the backticks before it."""

    def __init__(self) -> None:
        self._run = 0
        """Backticks of a run that may go on."""
        self._leading = False
        """That run stands at the head of its line."""
        self._head = True
        """Nothing but blank space stands on this line yet."""
        self._inline = 0
        """Backticks that opened the inline code we are in. It ends with its line."""
        self._fence = 0
        """Backticks that opened the block we are in."""
        self._opened_here = False
        """The block was opened on this line."""

    @property
    def inside(self) -> bool:
        """Whether what follows, and is no backtick, is code."""
        self._settle()
        return bool(self._inline or self._fence)

    def read(self, text: str) -> None:
        """Go on by `text`."""
        for token in _TOKEN.findall(text):
            match token[0]:
                case "`":
                    if not self._run:
                        self._leading, self._head = self._head, False
                    self._run += len(token)
                case "\n":
                    self._settle()
                    self._head, self._inline, self._opened_here = True, 0, False
                case _:
                    self._settle()
                    self._head = self._head and token.isspace()

    def _settle(self) -> None:
        run, self._run = self._run, 0
        if not run:
            return
        if self._fence and self._opened_here:
            # Three backticks that close on the same line were inline code after all.
            opener, self._fence, self._opened_here = self._fence, 0, False
            self._inline = 0 if run == opener else opener
        elif self._fence:
            if self._leading and run >= self._fence:
                self._fence = 0
        elif self._leading and run >= 3:
            self._fence, self._opened_here = run, True
        elif self._inline in (0, run):
            self._inline = 0 if self._inline else run


def _overlap(text: str, tag: str) -> int:
    """Return how many characters at the end of `text` may begin `tag`."""
    tail = text[1 - len(tag) :].lower()
    return next((size for size in range(len(tail), 0, -1) if tail.endswith(tag[:size])), 0)
