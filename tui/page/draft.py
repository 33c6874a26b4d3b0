"""A line while it is being written.

What has come stays as it is laid out: a new piece changes the last two rows of the last
line and nothing above them, so that a long reply costs no more a piece than a short one.
What is a drawing or a table is only known at the end; until then it is shown as words.
"""

from dataclasses import dataclass, field

from tui.page.header import put_header
from tui.page.layout import continued, put_reasoning, side
from tui.page.row import Part, Role, Row, Span
from tui.page.sheet import LEAST, Gutter, Look, Sheet, pattern
from tui.page.styles import Run, matches, overlaid, spans, styled, whole_characters
from tui.page.wrap import Cut, untabbed, wrap
from tui.printing import line as one_line
from tui.printing import safe

STYLED = 500
"""Characters at the start of the last line that get styles before the line is at its end."""

_KEPT_FREE = 2
"""Rows at the end of a line that what comes next can still change."""


@dataclass(slots=True)
class _Flow:
    """One channel: the lines so far, and their rows at the width last asked for."""

    part: Part
    lines: list[str] = field(default_factory=lambda: [""])
    """Safe; all but the last are at their end."""
    length: int = 0
    """Characters that came."""
    held: str = ""
    """A carriage return whose newline may still come."""
    width: int = 0
    look: Look = field(default_factory=Look)
    rows: list[Row] = field(default_factory=list[Row])
    settled: int = 0
    """Lines whose rows are final."""
    first: int = 0
    """Rows of the settled lines."""
    cuts: list[Cut] = field(default_factory=list[Cut])
    """Of the last line, as far as it is laid out."""
    laid: int = 0
    """Characters of the last line that are laid out."""
    fence: int = 0
    """Backticks of the fence that is open; 0 for none."""

    def feed(self, text: str) -> None:
        """Take in what came."""
        self.length += len(text)
        text = self.held + text
        self.held = ""
        if text.endswith("\r"):
            text, self.held = text[:-1], "\r"
        first, *others = safe(text).split("\n")
        self.lines[-1] += first
        self.lines += others

    def lay(self, width: int, look: Look, before: Gutter, author: str) -> list[Row]:
        """Return all rows at `width`."""
        if (width, look) != (self.width, self.look):
            self.width, self.look = width, look
            self.rows, self.cuts = [], []
            self.settled = self.first = self.laid = self.fence = 0
        after = before
        if self.part == "body":
            after = continued(before, ascii=look.ascii)
        while self.settled < len(self.lines) - 1:
            self._last(self.lines[self.settled], before, after, author, whole=True)
            self._fence(self.lines[self.settled])
            self.settled += 1
            self.first = len(self.rows)
            self.cuts = []
            self.laid = 0
        self._last(self.lines[-1], before, after, author, whole=False)
        return self.rows

    def _fence(self, line: str) -> None:
        bare = line.strip()
        ticks = len(bare) - len(bare.lstrip("`"))
        if self.fence:
            if ticks >= self.fence and ticks == len(bare):
                self.fence = 0
        elif ticks >= 3 and "`" not in bare[ticks:] and not line.startswith("    "):
            self.fence = ticks

    def _last(
        self, source: str, before: Gutter, after: Gutter, author: str, *, whole: bool
    ) -> None:
        """Lay out the line after the settled ones; what cannot change any more stays."""
        line = untabbed(source)
        raw = self.look.raw or self.part != "body"
        ticks = line.lstrip().startswith("```")
        hard = self.look.raw or bool(self.fence) or ticks
        base: Role = "reasoning" if self.part == "reasoning" else ""
        runs: tuple[Run, ...] = ()
        hang = 0
        if hard and not self.look.raw:
            base = "mark" if ticks else "code"
        elif not raw:
            runs, hang = styled(line if whole else line[:STYLED])
        if self.look.match and (whole or len(line) <= STYLED):
            found = matches(line, pattern(self.look.match))
            runs = overlaid(runs, found, len(line)) if found else runs
        if runs and (whole or len(line) <= STYLED):
            runs = whole_characters(line, runs)
        rest = after if hard else before
        rest = rest.further(min(hang, max(0, (self.width - rest.size) // 2)))
        head, others = self.width - before.size, self.width - rest.size
        indent = len(line) - len(line.lstrip(" "))
        kept = max(0, len(self.cuts) - _KEPT_FREE)
        again = whole or len(line) <= STYLED or "\t" in source or indent >= head
        if again or self.laid <= STYLED:
            kept = 0
        start = self.cuts[kept].start if kept else 0
        del self.cuts[kept:]
        del self.rows[self.first + kept :]
        cuts = wrap(line[start:], others if kept else head, others, hard=hard)
        for cut in cuts:
            here = Cut(cut.start + start, cut.end + start, cut.next + start)
            number = len(self.cuts)
            side_ = rest if number else before
            self.cuts.append(here)
            self.rows.append(
                Row(
                    (*side_.spans, *spans(line, runs, here.start, here.end, base)),
                    author,
                    side_.size,
                    number > 0,
                    line[here.end : here.next],
                    self.part,
                )
            )
        self.laid = len(line)


@dataclass(slots=True)
class Draft:
    """A line being written, shown under the last item."""

    author: str
    label: str
    note: str = ""
    """What holds it up, if anything: `RateLimited; try 2 in 3.0 s`."""
    _speech: _Flow = field(default_factory=lambda: _Flow("body"))
    _thoughts: _Flow = field(default_factory=lambda: _Flow("reasoning"))

    def feed(self, text: str, channel: str = "speech") -> None:
        """Go on by `text`.

        Args:
            text: As all may read it: private commands are held back before this.
            channel: `speech` or `reasoning`.
        """
        (self._speech if channel == "speech" else self._thoughts).feed(text)

    @property
    def text(self) -> str:
        """What was said so far, safe."""
        return "\n".join(self._speech.lines)

    @property
    def reasoning(self) -> int:
        """Characters of reasoning so far."""
        return self._thoughts.length

    def rows(self, width: int, look: Look) -> list[Row]:
        """Return its rows at `width`, an empty one first.

        Args:
            width: Cells; fewer than 16 count as 16.
            look: How.
        """
        width = max(LEAST, width)
        sheet = Sheet(width, look, self.author)
        before = side(self.author, ascii=look.ascii)
        sheet.gap()
        doing = "speaking" if self._speech.length else "thinking" if self.reasoning else "next"
        put_header(sheet, one_line(self.label), [doing], None)
        if self.note:
            sheet.put_short(one_line(self.note), before, base="warning", part="note")
        if self.reasoning:
            put_reasoning(sheet, before, self.reasoning)
            if look.unfolded:
                inner = before.further(2)
                sheet.rows += self._thoughts.lay(width, look, inner, self.author)
        if self._speech.length:
            sheet.rows += self._speech.lay(width, look, before, self.author)
        elif not self.reasoning and not self.note:
            dots = Span("..." if look.ascii else "…", "dim")
            sheet.rows.append(Row((*before.spans, dots), self.author, before.size, part="note"))
        return sheet.rows
