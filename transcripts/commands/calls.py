"""One command: from its `!` to the end of its last argument.

What a verb may be followed by is its form. A quoted argument ends with its quote; one
without quotes, or whose quote is never closed, goes on to the end of its line, and then
the line is the command's as a whole. `Endless` says that such a line has begun and its
end is not here yet.
"""

import re
from dataclasses import dataclass, field
from functools import cache

from transcripts.commands import signs
from transcripts.commands.quotes import Page, Short
from transcripts.commands.words import Call


class Endless(Short):
    """All that is left of the line belongs to the command, and the line is not all here."""

    def __init__(self, at: int) -> None:
        super().__init__(at)
        self.at = at
        """Where what is left of the line starts."""


@dataclass(frozen=True, slots=True)
class Form:
    """What follows a name."""

    kind: str
    """`text`: one argument, or the line. `names`: the first may be bare up to a quote.
    `number`: a number, or else the line. `count`: a whole number or nothing. `reason`: an
    argument, the line, or nothing. `none`."""
    most: int = 1
    """Arguments."""


FORMS = {
    "prompt": Form("text"),
    "image": Form("text"),
    "video": Form("text"),
    "search": Form("text"),
    "add_ai": Form("names", 3),
    "whisper": Form("names", 2),
    "remove_ai": Form("names", 2),
    "vote": Form("names", 13),
    "temperature": Form("number"),
    "mute_self": Form("count"),
    "prompt_clear": Form("count"),
    "leave": Form("text"),
    "list_models": Form("none"),
}


@dataclass(slots=True)
class _Reading:
    """A command being read."""

    verb: str
    end: int
    """After what is read so far."""
    closing: str
    """Emphasis that is still open, as it would be closed."""
    anchored: bool
    """It starts its line; only then may arguments go without quotes."""
    args: list[str] = field(default_factory=list[str])
    flags: frozenset[str] = frozenset()
    line: bool = False
    """The rest of the line is its."""


@cache
def _flagged(flags: frozenset[str], flag: str) -> frozenset[str]:
    """Return `flags` and `flag`: one set for all commands that have the same."""
    return flags | {flag}


def read(
    page: Page, *, start: int, bang: int, wrap: str, named: tuple[str, int], anchored: bool
) -> Call | None:
    """Return the command whose `!` is at `bang`.

    Args:
        page: Where it stands.
        start: Where its list mark or emphasis starts.
        bang: Offset of its `!`.
        wrap: Emphasis before the `!`.
        named: Its verb, and where the name ends.
        anchored: Whether it starts its line.

    Returns:
        `None` if it is talk about a command: in the middle of a line, and without what
        the verb needs.

    Raises:
        Short: More text is needed to tell.
        Endless: The rest of the line is the command's, and not all here.
    """
    reading = _Reading(named[0], named[1], wrap[::-1], anchored)
    if reading.closing:
        _close_name(page, reading)
    at = page.past(_run(signs.BETWEEN, page, reading.end))
    form = FORMS[reading.verb]
    match form.kind:
        case "text":
            whole = _text(page, reading, at)
        case "names":
            whole = _names(page, reading, at, form.most)
        case "number":
            whole = _number(page, reading, at)
        case "count":
            whole = _count(page, reading, at)
        case _:
            whole = True
    if not whole:
        return None
    _close(page, reading)
    first = bang if reading.closing and not reading.line else start
    return Call(reading.verb, tuple(reading.args), first, reading.end, reading.flags)


def read_unknown(
    page: Page, *, start: int, bang: int, wrap: str, named: tuple[str, int]
) -> Call | None:
    """Return the call of an unknown verb, if a quoted argument follows it on its line."""
    verb, end = named
    if not wrap and not _may_quote(page, end):
        return None
    reading = _Reading(verb, end, wrap[::-1], anchored=True)
    if reading.closing:
        _close_name(page, reading)
    at = page.past(_run(signs.BETWEEN, page, reading.end))
    c = page.char(at)
    if not c or c not in signs.QUOTES or (c == "'" and at == reading.end):
        return None
    quoted = page.quoted(at, lines=False)
    if quoted is None or not quoted.text.strip(signs.BLANKS):
        return None
    reading.end = quoted.end
    _close(page, reading)
    return Call(verb, (quoted.text,), bang if reading.closing else start, reading.end)


def _may_quote(page: Page, end: int) -> bool:
    """Whether a quote opens after a name that ends at `end`, and its line has another.

    Most of what only looks like a command ends here, for little time.
    """
    at = page.past(_run(signs.BETWEEN, page, end))
    c = page.char(at)
    if not c or c not in signs.QUOTES:
        return False
    stop = page.text.find("\n", at)
    return stop < 0 or signs.QUOTE.search(page.text, at + 1, stop) is not None


def _run(pattern: re.Pattern[str], page: Page, at: int) -> int:
    found = pattern.match(page.text, at)
    return found.end() if found else at


def _close_name(page: Page, reading: _Reading) -> None:
    """Take emphasis that is closed before the arguments, as in `**!image:** "a cat"`."""
    at = reading.end
    if page.char(at) in {":", "="} and page.char(at + 1) in {"*", "_"}:
        at += 1
    if page.char(at) in {"*", "_"}:
        page.char(at + len(reading.closing) - 1)
        if page.text.startswith(reading.closing, at):
            reading.end = at + len(reading.closing)
            reading.closing = ""


def _close(page: Page, reading: _Reading) -> None:
    """Take emphasis that is closed after what is read so far."""
    if not reading.closing or reading.line:
        return
    at = page.past(_run(signs.SOME_BLANK, page, reading.end))
    if page.char(at) in {"*", "_"}:
        page.char(at + len(reading.closing) - 1)
        if page.text.startswith(reading.closing, at):
            reading.end = at + len(reading.closing)
            reading.closing = ""


def _line(page: Page, reading: _Reading, at: int, flag: str) -> None:
    """Take the rest of the line as an argument."""
    end = page.text.find("\n", at)
    if end < 0:
        if not page.final:
            raise Endless(at)
        end = page.n
    if end > at and page.text[end - 1] == "\r":
        end -= 1
    text = page.text[at:end].strip(signs.BLANKS)
    if reading.closing:
        text = text.removesuffix(reading.closing).rstrip(signs.BLANKS)
    if flag == "unterminated" and "\\" in text:
        text = signs.ESCAPED.sub(r"\1", text)
    if len(text) > signs.LIMIT:
        text = text[: signs.LIMIT]
        reading.flags = _flagged(reading.flags, "long")
    reading.flags = _flagged(reading.flags, flag)
    if text:
        reading.args.append(text)
    reading.end = end
    reading.line = True


def _quoted(page: Page, reading: _Reading, at: int) -> None:
    """Take the quoted argument that opens at `at`, or the line if it is never closed."""
    quoted = page.quoted(at)
    if quoted is None:
        _line(page, reading, page.opening(at), "unterminated")
    else:
        reading.args.append(quoted.text)
        reading.end = quoted.end


def _text(page: Page, reading: _Reading, at: int) -> bool:
    c = page.char(at)
    if c and c in signs.QUOTES:
        _quoted(page, reading, at)
    elif not reading.anchored:
        return reading.verb == "leave"
    elif c and c != "\n":
        _line(page, reading, at, "bare")
    return True


def _number(page: Page, reading: _Reading, at: int) -> bool:
    c = page.char(at)
    if c and c in signs.QUOTES:
        _quoted(page, reading, at)
        return True
    end = page.past(_run(signs.FIGURES, page, at))
    figures = page.text[at:end].rstrip(".,")
    if signs.NUMBER.fullmatch(figures) and not page.char(end).isalnum():
        reading.args.append(figures)
        # The full stop of a sentence goes with the number.
        reading.end = end
        return True
    if not reading.anchored:
        return False
    if c and c != "\n":
        _line(page, reading, at, "bare")
    return True


def _count(page: Page, reading: _Reading, at: int) -> bool:
    c = page.char(at)
    if c and c in signs.QUOTES:
        quoted = page.quoted(at, lines=False)
        if quoted is not None:
            reading.args.append(quoted.text)
            reading.end = quoted.end
        return True
    end = page.past(_run(signs.FIGURES, page, at))
    figures = page.text[at:end].rstrip(".,")
    if signs.COUNT.fullmatch(figures) and not page.char(end).isalnum():
        reading.args.append(figures)
        reading.end = end
    elif reading.verb == "prompt_clear" and end == at:
        end = page.past(_run(signs.WORD, page, at))
        if page.text[at:end].lower() == "all":
            reading.end = end
    return True


def _names(page: Page, reading: _Reading, at: int, most: int) -> bool:
    """Take several arguments: the first quoted or bare, the others quoted, on its line."""
    c = page.char(at)
    if not c or c == "\n":
        return reading.anchored
    if c in signs.QUOTES:
        _quoted(page, reading, at)
    elif reading.anchored:
        _bare(page, reading, at)
    else:
        return False
    while not reading.line and len(reading.args) < most:
        _close(page, reading)
        at = page.past(_run(signs.COMMA, page, reading.end))
        c = page.char(at)
        if not c or c == "\n":
            break
        if c in signs.QUOTES:
            _quoted(page, reading, at)
        elif not _special(page, reading, at, c):
            break
    return True


def _bare(page: Page, reading: _Reading, at: int) -> None:
    """Take a first argument without quotes, up to a quote or the end of the line."""
    reach = at + signs.LIMIT
    pattern = signs.BARE_END_VOTE if reading.verb == "vote" else signs.BARE_END
    stop = pattern.search(page.text, at, reach)
    if stop is None and page.n < reach and not page.final:
        raise Short
    if stop is None or stop[0] == "\n":
        _line(page, reading, at, "bare")
        return
    reading.args.append(page.text[at : stop.start()].strip(signs.BLANKS + ",:="))
    reading.flags = _flagged(reading.flags, "bare")
    reading.end = stop.start()


def _special(page: Page, reading: _Reading, at: int, c: str) -> bool:
    """Take what only some verbs have after their first argument; False if nothing is there."""
    match reading.verb:
        case "whisper" if reading.anchored:
            # Left in the text, it would be told to all.
            _line(page, reading, at, "bare")
        case "vote" if c == "[" and len(reading.args) == 1:
            reach = at + signs.LIMIT
            choices = signs.CHOICES.match(page.text, at, reach)
            reading.flags = _flagged(reading.flags, "list")
            if choices is not None:
                reading.args.append(choices[0])
                reading.end = choices.end()
            elif page.n < reach and not page.final and page.text.find("\n", at) < 0:
                raise Short
            else:
                _line(page, reading, at, "unterminated")
        case "vote" if reading.anchored and signs.POLL.fullmatch(reading.args[-1]):
            _line(page, reading, at, "bare")
        case "add_ai" if c in "pP":
            return _persona(page, reading, at)
        case _:
            return False
    return True


def _persona(page: Page, reading: _Reading, at: int) -> bool:
    """Take `persona: …`, quoted or to the end of the line."""
    end = page.past(_run(signs.WORD, page, at))
    if page.text[at:end].lower() != "persona":
        return False
    after = page.past(_run(signs.BETWEEN, page, end))
    if not set(page.text[end:after]) & {":", "="}:
        return False
    c = page.char(after)
    if not c or c == "\n":
        return False
    count = len(reading.args)
    if c in signs.QUOTES:
        _quoted(page, reading, after)
    elif reading.anchored:
        _line(page, reading, after, "bare")
    if len(reading.args) == count:
        return reading.line
    reading.args[-1] = f"persona: {reading.args[-1]}"
    return True
