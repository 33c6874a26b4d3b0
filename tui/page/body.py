"""The words of a message as lines, each knowing how it is to be shown.

Private commands are not among them: what came of those is told by chips. Everything else is,
line by line as it was written.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from transcripts.commands.lexer import scan
from transcripts.commands.signs import BLANKS
from transcripts.commands.words import PRIVATE
from transcripts.export.blocks import Block, blocks
from tui.page.code import highlighted, language
from tui.page.styles import Run, styled
from tui.page.wrap import untabbed
from tui.printing import safe

Kind: TypeAlias = Literal["words", "art", "code", "command"]

_HARD = r"/\\|_=+<>\[\]{}#~^*()-"
_MORE_THAN_WORDS = re.compile(
    rf"```|![A-Za-z]|\t|  |[{_HARD}][^\n]*[{_HARD}]"
    "|[\u2500-\u25ff\u2800-\u28ff\U0001fb00-\U0001fbff]"
)
"""Without any of these a text is words and nothing else: no fence, no command, no drawing."""


@dataclass(slots=True)
class Line:
    """One line of the source."""

    text: str
    """Safe, tabs as spaces."""
    kind: Kind = "words"
    runs: tuple[Run, ...] = ()
    hang: int = 0
    """Cells by which rows after the first are moved in."""
    block: int = -1
    """Number of the command that the whole line is, or is part of; -1 for none."""
    said: str | None = None
    """The line as written, where `text` has more spaces."""


@dataclass(slots=True)
class _Lines:
    """Lines while they are put together from blocks."""

    done: list[Line] = field(default_factory=list[Line])
    pieces: list[tuple[str, Kind]] = field(default_factory=list[tuple[str, Kind]])
    """Of the line that is not at its end."""
    cut: bool = False
    """Something private stood in it."""
    block: int = -1

    def add(self, text: str, kind: Kind, block: int = -1) -> None:
        """Go on with `text`, which may hold newlines."""
        for number, piece in enumerate(text.split("\n")):
            if number:
                self.flush()
            self.pieces.append((piece, kind))
            self.block = block

    def flush(self, *, last: bool = False) -> None:
        """End the line. One that only held what is private was never there."""
        pieces, self.pieces = self.pieces, []
        cut, self.cut = self.cut, False
        if cut and not any(text.strip(BLANKS) for text, _ in pieces):
            if last and self.done:
                self.done.append(Line(""))  # the newline before it stays
            return
        if len(pieces) <= 1:
            text, kind = pieces[0] if pieces else ("", "words")
            block = self.block if kind == "command" else -1
            self.done.append(Line(untabbed(text), kind, block=block))
            return
        self.done.append(_mixed(pieces))


def lines(text: str, *, commands: bool, inline: bool) -> list[Line]:
    """Return the lines of a message that everybody may read.

    Args:
        text: As written.
        commands: Whether commands count as such; in a person's lines they do not.
        inline: Whether they count in the middle of a line too.
    """
    if not text:
        return []
    if not _MORE_THAN_WORDS.search(text):
        return [_words(Line(untabbed(line))) for line in safe(text).split("\n")]
    putting = _Lines()
    ended = ""
    for number, block in enumerate(blocks(text, commands=commands, inline=inline)):
        if block.private:
            putting.cut = True
            putting.block = -1
        elif block.kind == "code" and not (putting.pieces or putting.cut):
            putting.done += _code(block)
            ended = block.end
            continue
        else:
            shown = safe(block.text + block.end)
            shown = shown[: len(shown) - len(block.end)]
            putting.add(shown, block.kind, number if block.kind == "command" else -1)
        ended = block.end
        if ended:
            putting.flush()
    if putting.pieces or putting.cut or ended:
        putting.flush(last=True)
    return [_words(line) for line in putting.done]


def raw_lines(text: str) -> list[Line]:
    """Return the lines of a message as written, with nothing read into them."""
    return [Line(untabbed(line)) for line in safe(text).split("\n")] if text else []


def public(text: str, *, inline: bool) -> str:
    """Return `text` without its private commands; quick where there are none."""
    if "!" not in text:
        return text
    kept: list[str] = []
    at = 0
    for call in scan(text, inline=inline).calls:
        if call.verb in PRIVATE:
            kept.append(text[at : call.start])
            at = call.end
    return "".join((*kept, text[at:]))


def code(text: str, *, commands: bool, inline: bool) -> Iterator[str]:
    """Yield what stands inside the fences of a message, as written."""
    for block in blocks(text, commands=commands, inline=inline):
        if block.kind == "code":
            _, inner, _ = _fenced(block.text)
            yield inner


def _fenced(text: str) -> tuple[str, str, str | None]:
    """Return the opening line of a fence, what is in it, and the closing line if it has one."""
    opening, _, rest = text.partition("\n")
    ticks = len(opening.strip()) - len(opening.strip().lstrip("`"))
    inner, newline, last = rest.rpartition("\n")
    bare = last.strip()
    if len(bare) >= ticks and not bare.strip("`"):
        return opening, inner if newline else "", last
    return opening, rest, None


def _code(block: Block) -> list[Line]:
    whole = safe(block.text + block.end)
    parts = [untabbed(line) for line in whole[: len(whole) - len(block.end)].split("\n")]
    opening, _, closing = _fenced("\n".join(parts))
    end = len(parts) - (closing is not None)
    inner = parts[1:end]
    name = language(opening)
    runs = highlighted(name, "\n".join(inner)) if name and inner else ()
    shown = [Line(parts[0], "code", (Run(0, len(parts[0]), "mark"),))]
    for number, line in enumerate(inner):
        shown.append(Line(line, "code", runs[number] if runs else ()))
    shown += [Line(line, "code", (Run(0, len(line), "mark"),)) for line in parts[end:]]
    return shown


def _mixed(pieces: list[tuple[str, Kind]]) -> Line:
    """Return a line in which a command stands beside something else."""
    runs: list[Run] = []
    kinds: set[Kind] = set()
    so_far = ""
    at = 0
    for piece, kind in pieces:
        so_far += piece
        end = len(untabbed(so_far))
        if kind == "command" and piece:
            runs.append(Run(at, end, "command"))
        if piece.strip(BLANKS):
            kinds.add(kind)
        at = end
    kind = kinds.pop() if len(kinds) == 1 else "words"
    if kind == "command":
        return Line(untabbed(so_far), "command")
    return Line(untabbed(so_far), kind if kind == "art" else "words", tuple(runs))


def _words(line: Line) -> Line:
    """Lay Markdown's styles over a line of words."""
    if line.kind == "words" and not line.runs:
        line.runs, line.hang = styled(line.text)
    return line
