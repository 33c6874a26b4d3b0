"""Quoted arguments: where one ends, when quotes stand within quotes.

Models write `"she said "hello" to me"` without escapes. A quote that leans on what
follows, `"hello`, opens a pair inside; one that leans on what precedes, `hello"`, closes
the innermost. A quote between two letters, as in `don't`, is a letter.

A `Page` is read while it may still be arriving: what cannot be told before more of it is
here raises `Short`.
"""

import re
from dataclasses import dataclass

from transcripts.commands import signs


class Short(Exception):
    """More text is needed to tell."""


@dataclass(frozen=True, slots=True)
class Quoted:
    """A quoted argument that is closed."""

    text: str
    """Escapes resolved."""
    end: int
    """Offset after the closing quote."""


_BEFORE_OPENING = frozenset("([{<\u2013\u2014-=:/*_>") | frozenset(signs.QUOTES)
"""Besides blanks, what a quote may follow and still open a pair."""

_AFTER_CLOSING = frozenset(",;:)]}>")
"""Punctuation that never begins a quotation."""


_CONTRACTED = frozenset(("s", "t", "d", "m", "re", "ve", "ll"))
"""What follows an apostrophe within a word."""

_PARTS = frozenset(("", " ", "\n", ":", "="))
"""What most often follows a name."""


class Page:
    """A text, or the part of it that is here."""

    __slots__ = ("_bang", "_name", "_wrap", "final", "inline", "n", "text")

    def __init__(self, text: str, *, final: bool, inline: bool) -> None:
        self.text = text
        self.n = len(text)
        self.final = final
        """Nothing comes after."""
        self.inline = inline
        """Commands may stand anywhere in a line."""
        # The name read last: the line that ends a quote is the next to be looked at.
        self._bang = -1
        self._wrap = ""
        self._name: tuple[str, int] | None = None

    def char(self, at: int) -> str:
        """Return the character at `at`, empty after the end of all text.

        Raises:
            Short: It is not here yet.
        """
        if at < self.n:
            return self.text[at]
        if self.final:
            return ""
        raise Short

    def past(self, at: int) -> int:
        """Return `at`, the end of a run, once it is sure that the run ends there.

        Raises:
            Short: The run reaches the end of what is here, and may go on.
        """
        if at >= self.n and not self.final:
            raise Short
        return at

    def starts(self, at: int) -> bool:
        """Return whether the line at `at` starts a command, masked or not."""
        if self.inline:
            stop = self.text.find("\n", at)
            if stop < 0:
                stop = self.past(self.n)
            return signs.CALLS_WITHIN.search(self.text, at, stop) is not None
        if self.text.startswith("!", at):
            return self.known(at, "") is not None
        head = signs.HEAD.match(self.text, at)
        if head is None:
            if not self.final and signs.HEAD_SO_FAR.fullmatch(self.text, at):
                raise Short
            return False
        if head["escape"]:
            return False
        return self.known(head.end() - 1, head["wrap"]) is not None

    def known(self, bang: int, wrap: str) -> tuple[str, int] | None:
        """Return the known verb after the `!` at `bang` and where its name ends."""
        named = self.named(bang, wrap)
        return named if named is not None and named[0] in signs.KNOWN else None

    def named(self, bang: int, wrap: str) -> tuple[str, int] | None:
        """Return the name after the `!` at `bang`, lower case, and where it ends.

        Returns:
            `None` if no name stands there, or it runs on into something else.
        """
        if bang != self._bang or wrap != self._wrap:
            self._name = self._read_name(bang, wrap)
            self._bang, self._wrap = bang, wrap
        return self._name

    def _read_name(self, bang: int, wrap: str) -> tuple[str, int] | None:
        name = signs.NAME.match(self.text, bang + 1)
        if name is None:
            self.past(bang + 1)
            return None
        end, verb = name.end(), name[0].lower()
        c = self.char(end)
        if c == "\\":
            self.past(end + 1)
        if "\\" in verb:
            verb = verb.replace("\\", "")
        if wrap and verb[-1] == "_":
            # `_!leave_`: the last ones close the emphasis.
            emphasis = min(len(wrap) - len(wrap.rstrip("_")), len(verb) - len(verb.rstrip("_")))
            verb, end = verb[: len(verb) - emphasis], end - emphasis
        return (verb, end) if c in _PARTS or self._parted(end, wrap) else None

    def _parted(self, end: int, wrap: str) -> bool:
        """Whether a name may end at `end`, judging by what follows."""
        c = self.char(end)
        if c == "'":  # `!prompt's` is talk about it
            letters = 1
            while letters < 4 and self.char(end + letters).isalpha():
                letters += 1
            return self.text[end + 1 : end + letters].lower() not in _CONTRACTED
        if c in "\n:=" or c in signs.BLANKS or c in signs.QUOTES:
            return True
        if not wrap or c not in "*_":
            return False
        self.char(end + len(wrap) - 1)
        return self.text.startswith(wrap[::-1], end)

    def quoted(self, at: int, *, lines: bool = True) -> Quoted | None:
        """Return the quoted argument that opens at `at`, where an opening quote stands.

        Args:
            at: Offset of the opening quote.
            lines: Whether it may run over the end of its line.

        Returns:
            `None` if it is not closed within the rules.
        """
        opener = self._opener(at)
        start = at + len(opener)
        depth, escapes, paragraphs = 1, 0, False
        reach = min(self.n, start + 2 * signs.LIMIT + 2)
        for sign in signs.WITHIN[opener[0] if opener[0] == "`" else opener].finditer(
            self.text, start, reach
        ):
            k, mark = sign.start(), sign[0]
            if k - start - escapes > signs.LIMIT:
                return None
            if mark[0] == "\\":
                escapes += 1
                continue
            if mark == "\n":
                if not lines or self.starts(k + 1):
                    return None
                if self._blank_line(k + 1, reach, start):
                    if depth > 1:
                        return None
                    paragraphs = True
                continue
            if mark[0] == "`":
                self.past(sign.end())
                closes = len(mark) == len(opener)
            elif mark == '"""':
                closes = True
            else:
                depth += self._leaning(k, start, opener)
                closes = depth == 0
            if closes:
                end = sign.end()
                if paragraphs and not self._ends_line(end):
                    return None
                return Quoted(signs.ESCAPED.sub(r"\1", self.text[start:k]), end)
        if not self.final and reach == self.n and self.n - start - escapes <= signs.LIMIT:
            raise Short
        return None

    def _opener(self, at: int) -> str:
        c = self.text[at]
        if c == "`":
            end = at + 1
            while self.char(end) == "`":
                end += 1
            return self.text[at:end]
        if c == '"' and self.char(at + 1) == '"' and self.char(at + 2) == '"':
            return '"""'
        return c

    def opening(self, at: int) -> int:
        """Return where the text of an argument that opens at `at` starts."""
        return at + len(self._opener(at))

    def _blank_line(self, at: int, reach: int, start: int) -> bool:
        end = signs.BLANK.match(self.text, at, reach)
        stop = end.end() if end else at
        if stop == reach and reach < start + 2 * signs.LIMIT + 2:
            self.past(stop)
        return stop == self.n or self.text[stop] == "\n"

    def _ends_line(self, at: int) -> bool:
        """Whether an argument closed at `at` is the last of its line, or another follows.

        One that ran over a blank line has to be: else the first stray quote pages later
        would close what was never meant to be open.
        """
        at = self._after(signs.SOME_BLANK, at)
        while self.char(at) in {"*", "_"}:
            at += 1
        at = self._after(signs.COMMA, at)
        c = self.char(at)
        return c in {"", "\n", "["} or c in signs.QUOTES

    def _after(self, run: re.Pattern[str], at: int) -> int:
        found = run.match(self.text, at)
        return self.past(found.end() if found else at)

    def _leaning(self, at: int, start: int, opener: str) -> int:
        """Return 1 if the quote at `at` opens a pair, -1 if it closes one, else 0."""
        quote, before, after = self.text[at], self.text[at - 1], self.char(at + 1)
        ends = not after or after == "\n" or after in signs.BLANKS
        closing = ends or not after.isalnum()
        if at == start:
            opening = after.isalnum()
        else:
            free = before == "\n" or before in signs.BLANKS or before in _BEFORE_OPENING
            opening = free and not ends and after not in _AFTER_CLOSING
        match quote:
            case '"' | "'":
                return 1 if opening else -1 if closing else 0
            case "”":
                same = opener == "”"
                return 1 if same and opening else -1 if closing or not same else 0
            case "“" | "„" | "«":
                touching = before != "\n" and before not in signs.BLANKS
                inner = at > start and before not in _BEFORE_OPENING
                return -1 if touching and inner and closing else 1
            case "‘":
                return 1 if opening else 0
            case "’":
                return -1 if closing else 0
            case _:  # »
                return -1


def quote(text: str) -> str:
    """Return `text` as a quoted argument, with escapes where it would end too soon."""
    first, *lines = text.replace("\\", "\\\\").replace('"', '\\"').split("\n")
    return '"' + "\n".join((first, *map(_unstarted, lines))) + '"'


def _unstarted(line: str) -> str:
    """Return `line` so that it does not start a command."""
    head = signs.HEAD.match(line)
    if not head or head["escape"]:
        return line
    return line[: head.end() - 1] + "\\" + line[head.end() - 1 :]
