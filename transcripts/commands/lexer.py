"""Where the commands of a text are.

A command starts its line, or follows another command on it. Fences of backticks, `>`
quotes and `<think>` spans are not looked into; `~~~` is no fence, for models draw with
tildes. A `<think>` that starts or ends its line hides all up to `</think>` or the end of
the text; one within a line, which may only be talk about the tag, no more than its
paragraph.

A `Scanner` reads a text in pieces and finds the same commands however it is cut. Its time
is linear in the text.
"""

from collections.abc import Callable
from dataclasses import dataclass

from transcripts.commands import signs
from transcripts.commands.calls import Endless, read, read_unknown
from transcripts.commands.quotes import Page, Short
from transcripts.commands.words import PRIVATE, Call


@dataclass(frozen=True, slots=True)
class Scanned:
    """What stands in a text."""

    calls: tuple[Call, ...]
    """In textual order. Of a verb that is not known only those with a quoted argument."""
    escapes: tuple[int, ...]
    """Offsets of the backslashes of escaped commands, as in `\\!leave`."""


def lex(text: str, *, inline: bool = False) -> list[Call]:
    """Return the calls in `text`, in textual order.

    Args:
        text: A message as written.
        inline: Find commands in the middle of a line too, as old scenarios expect.
    """
    return list(scan(text, inline=inline).calls)


def scan(text: str, *, inline: bool = False) -> Scanned:
    """Return the calls in `text` and the escapes beside them. See `lex`."""
    scanner = Scanner(inline=inline)
    scanner.read(text, final=True)
    return Scanned(tuple(scanner.calls), tuple(scanner.escapes))


class Scanner:
    """Finds the commands of a text that comes in pieces."""

    def __init__(self, *, inline: bool = False) -> None:
        self.calls: list[Call] = []
        """Complete ones, in textual order."""
        self.escapes: list[int] = []
        """Offsets of backslashes to drop."""
        self.swallowed: list[tuple[int, int]] = []
        """Stretches of a private command whose line is not all here, and so is in no call."""
        self.done = 0
        """Offset up to which everything is decided."""
        self.sure = 0
        """Offset, at least `done`, up to which everything is public in any case."""
        self._inline = inline
        self._text = ""
        self._base = 0
        self._page = Page("", final=False, inline=inline)
        self._pos: int = 0
        self._step: Callable[[], None] = self._head
        # Within a line of talk: length of the open run of backticks, of the run that may
        # go on, and where the line's first run stands if it could open a fence.
        self._code = 0
        self._run = 0
        self._lead = -1
        self._opening = (0, 0)
        self._fence = (0, 0)
        # Within a `<think>` span.
        self._fresh = False
        self._first_line = False
        self._ink = False
        # The command being read: its verb, empty while that is not known.
        self._verb = ""
        self._start = 0

    def read(self, piece: str, *, final: bool = False) -> None:
        """Read on; after the last piece, which may be empty, with `final`."""
        self._text = self._text[self._pos :] + piece
        self._base += self._pos
        self._pos = 0
        self._page = Page(self._text, final=final, inline=self._inline)
        self._verb = ""
        while self._pos < self._page.n:
            try:
                self._step()
            except Endless as endless:
                self._pos = endless.at
                self._step = self._skip
                if self._verb in PRIVATE:
                    self.swallowed.append((self._base + self._start, self._base + endless.at))
                    self._step = self._swallow
                self._verb = ""
            except Short:
                break
        self.done = self._base + self._pos
        self.sure = max(self.done, self._base + self._public())

    def slice(self, start: int, end: int) -> str:
        """Return the text between two offsets, `start` not before `done` of the last read."""
        return self._text[start - self._base : end - self._base]

    # A line's beginning.

    def _head(self) -> None:
        """Decide what kind of line begins here."""
        page, at = self._page, self._pos
        self._code = self._run = 0
        self._lead = -1
        self._opening = (0, 0)
        if page.text[at] == "!":
            self._banged(at, at, "", escaped=False)
            return
        if at == 0 or page.text[at - 1] == "\n":
            at = self._leap(at)
            if at == page.n:
                return
        indent = signs.INDENT.match(page.text, at)
        first = indent.end() if indent else at
        c = page.char(first)
        match c:
            case "":
                self._pos = page.n
            case "\n":
                self._pos = first + 1
            case ">":
                self._pos, self._step = first, self._skip
            case "<":
                self._tag(first)
            case "`":
                self._pos, self._step, self._lead = first, self._rest, first - at
            case _ if c in "!\\*_-+•" or "0" <= c <= "9":
                self._marked(at, first)
            case _:
                self._pos, self._step = first, self._rest

    def _leap(self, at: int) -> int:
        """Leave out whole lines of talk: go to the next that could matter."""
        page = self._page
        whole = page.n if page.final else page.text.rfind("\n", at) + 1
        if at >= whole:
            return at
        pattern = signs.NEXT_INLINE if self._inline else signs.NEXT
        found = pattern.search(page.text, at, whole)
        line = max(at, page.text.rfind("\n", at, found.start()) + 1) if found else whole
        self._pos = line
        return line

    def _tag(self, at: int) -> None:
        """A line that begins with `<`."""
        page = self._page
        tag = signs.THINK.match(page.text, at)
        if tag:
            self._open_think(tag.end(), fresh=True)
        elif not page.final and signs.TAG_SO_FAR.fullmatch(page.text, at):
            raise Short
        else:
            self._pos, self._step = at, self._rest

    def _marked(self, at: int, first: int) -> None:
        """A line that begins with what can stand before a command, or with its `!`."""
        page = self._page
        head = signs.HEAD.match(page.text, at)
        if head is None:
            fence = signs.FENCE.match(page.text, at)
            if fence:
                self._pos, self._step, self._lead = (
                    fence.end() - 1,
                    self._rest,
                    fence.end() - 1 - at,
                )
            elif not page.final and signs.HEAD_SO_FAR.fullmatch(page.text, at):
                raise Short
            else:
                self._pos, self._step = first, self._rest
            return
        start = head.start("mark") if head["mark"] else head.start("wrap")
        self._banged(start, head.end() - 1, head["wrap"], escaped=bool(head["escape"]))

    def _banged(self, start: int, bang: int, wrap: str, *, escaped: bool) -> None:
        """A line that has a `!` where a command has it."""
        page = self._page
        named = page.named(bang, wrap)
        if named is not None:
            verb = named[0]
            if escaped:
                if verb in signs.KNOWN:
                    self.escapes.append(self._base + bang - 1)
            elif verb in signs.KNOWN:
                self._command(start, bang, wrap, named, anchored=True)
                return
            else:
                self._verb, self._start = verb, start
                call = read_unknown(page, start=start, bang=bang, wrap=wrap, named=named)
                self._verb = ""
                if call is not None:
                    self._add(call)
                    return
        self._pos, self._step = bang + 1, self._rest

    def _command(
        self, start: int, bang: int, wrap: str, named: tuple[str, int], *, anchored: bool
    ) -> bool:
        """Read a known command; False if it is only talk about one."""
        self._verb, self._start = named[0], start
        call = read(
            self._page, start=start, bang=bang, wrap=wrap, named=named, anchored=anchored
        )
        self._verb = ""
        if call is None:
            return False
        self._add(call)
        return True

    def _add(self, call: Call) -> None:
        self._pos, self._step = call.end, self._chain
        if self._base:
            call = Call(
                call.verb, call.args, call.start + self._base, call.end + self._base, call.flags
            )
        self.calls.append(call)

    def _chain(self) -> None:
        """After a command: blanks, and perhaps another."""
        page = self._page
        if page.text.startswith("\n", self._pos):
            self._pos, self._step = self._pos + 1, self._head
            return
        blank = signs.BLANK.match(page.text, self._pos)
        self._pos = bang = blank.end() if blank else self._pos
        c = page.char(bang)
        if c == "\n":
            self._pos, self._step = bang + 1, self._head
            return
        if c == "!":
            named = page.known(bang, "")
            if named and self._command(bang, bang, "", named, anchored=True):
                return
        self._step = self._rest
        self._code = self._run = 0
        self._lead = -1
        self._opening = (0, 0)

    # The rest of a line.

    def _rest(self) -> None:
        """Read talk up to what matters within a line."""
        page, at = self._page, self._pos
        if self._run:
            while at < page.n and page.text[at] == "`":
                at += 1
            self._run += at - self._pos
            self._pos = at
            page.past(at)
            self._end_run()
            return
        pattern = signs.OF_LINE_INLINE if self._inline else signs.OF_LINE
        found = pattern.search(page.text, at)
        if found is None:
            self._pos = self._keep_tag(at)
            raise Short
        sign = found[0]
        if self._lead >= 0 and found.start() > at:
            self._lead = -1
        if sign == "\n":
            self._pos = found.end()
            self._step = self._head
            if self._opening[0]:
                self._fence, self._step = self._opening, self._fenced
        elif sign[0] == "`":
            self._pos, self._run = found.end(), len(sign)
            page.past(self._pos)
            self._end_run()
        elif sign[0] == "<":
            if self._code:
                self._pos = found.end()
            else:
                self._open_think(found.end(), fresh=False)
        else:
            self._within(found.start(), escaped=sign[0] == "\\")

    def _end_run(self) -> None:
        """A run of backticks is over: it opens code, closes it, or is part of it."""
        run, self._run = self._run, 0
        self._opening = (run, self._lead) if self._lead >= 0 and run >= 3 else (0, 0)
        self._lead = -1
        if not self._code:
            self._code = run
        elif self._code == run:
            self._code = 0

    def _within(self, at: int, *, escaped: bool) -> None:
        """A `!` in the middle of a line, where that may be a command."""
        bang = at + 1 if escaped else at
        self._pos = at
        named = None if self._code else self._page.known(bang, "")
        if named and escaped:
            self.escapes.append(self._base + at)
        elif named and self._command(bang, bang, "", named, anchored=False):
            return
        self._pos = bang + 1

    def _keep_tag(self, at: int) -> int:
        """Return where a tag may have begun at the end of what is here, or that end."""
        page = self._page
        if page.final:
            return page.n
        low = max(at, page.n - signs.TAG_LENGTH)
        tag = page.text.rfind("<", low)
        if tag >= 0 and signs.TAG_SO_FAR.fullmatch(page.text, tag):
            return tag
        return page.n - 1 if self._inline and page.text.endswith("\\") else page.n

    # What is not looked into.

    def _skip(self) -> None:
        """In a line that is not looked into."""
        end = self._page.text.find("\n", self._pos)
        self._pos = end + 1 if end >= 0 else self._page.n
        if end >= 0:
            self._step = self._head

    def _skip_fenced(self) -> None:
        """In a line within a fence that does not end it."""
        end = self._page.text.find("\n", self._pos)
        self._pos = end + 1 if end >= 0 else self._page.n
        if end >= 0:
            self._step = self._fenced

    def _swallow(self) -> None:
        """Take the rest of a line that belongs to a private command."""
        text, start = self._text, self._pos
        end = text.find("\n", start)
        over = end >= 0
        end = end if over else self._page.n
        if end > start and text[end - 1] == "\r":
            end -= 1
        self.swallowed.append((self._base + start, self._base + end))
        self._pos = end
        if over:
            self._step = self._skip
        elif self._page.final:
            self._pos = self._page.n
        else:
            raise Short

    def _fenced(self) -> None:
        """At the start of a line within a fence: look for the one that ends it."""
        page, (ticks, column) = self._page, self._fence
        whole = page.n if page.final else page.text.rfind("\n", self._pos) + 1
        for end in signs.FENCE_END.finditer(page.text, self._pos, max(whole, self._pos)):
            fits = len(end["ticks"]) >= ticks and len(end["indent"]) <= column + 3
            if fits and end.end() - end.start() <= signs.FENCE_END_LENGTH:
                self._pos, self._step = end.end(), self._head
                return
        self._pos = max(whole, self._pos)
        if self._pos == page.n:
            return
        over = page.n - self._pos > signs.FENCE_END_LENGTH
        if not over and signs.FENCE_END_SO_FAR.fullmatch(page.text, self._pos):
            raise Short
        self._step = self._skip_fenced

    def _open_think(self, at: int, *, fresh: bool) -> None:
        """A `<think>` that ends at `at`."""
        self._pos = at
        self._step = self._think if fresh else self._think_line
        self._fresh = fresh
        self._first_line, self._ink = True, False

    def _close_think(self, at: int) -> None:
        self._pos = at
        self._step = self._head if self._fresh else self._rest
        self._code = self._run = 0
        self._lead = -1
        self._opening = (0, 0)

    def _think(self) -> None:
        end = signs.THINK_END.search(self._page.text, self._pos)
        if end is None:
            self._pos = self._keep_tag(self._pos)
            raise Short
        self._close_think(end.end())

    def _think_line(self) -> None:
        """Read on in a span that opened within a line: a blank line may end it."""
        page, at = self._page, self._pos
        found = signs.THINK_END_OR_LINE.search(page.text, at)
        end = found.start() if found else self._keep_tag(at)
        blank = signs.BLANK.match(page.text, at, end)
        if blank and blank.end() < end:
            self._ink = True
        self._pos = end
        if found is None:
            raise Short
        if found[0] != "\n":
            self._close_think(found.end())
            return
        self._pos = found.end()
        if not self._ink and self._first_line:
            self._step = self._think
        elif not self._ink:
            self._step = self._head
        self._first_line = self._ink = False

    # What can be shown before it is decided.

    def _public(self) -> int:
        """Return how far a public command that is not complete can be shown.

        Its own line can: whatever it turns out to be, it stays. In later lines nothing
        private can have begun, or the command would have ended; but the last one may be
        the beginning of something, and the backslash of an escape may have to go.
        """
        if not self._verb or self._verb in PRIVATE:
            return self._pos
        page, stop = self._page, self._page.n
        if self._inline:
            # Another may stand anywhere after it, if this one turns out to end early.
            bang = page.text.find("!", self._start) + 1
            marks = [page.text.find(mark, bang) for mark in "!\\"]
            stop = min((at for at in marks if at >= 0), default=stop)
        line = page.text.find("\n", self._start) + 1
        if line:
            # After a thought that ends there, one may start in the middle of a line.
            tag = page.text.find("<", line)
            stop = min(stop, tag) if tag >= 0 else stop
        while 0 < line < stop:
            head = signs.HEAD.match(page.text, line)
            if head or signs.HEAD_SO_FAR.fullmatch(page.text, line):
                return line
            line = page.text.find("\n", line) + 1
        return stop
