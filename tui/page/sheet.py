"""Rows while they are put one under the other: gutters, wrapping, styles, what was found."""

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from tui.page.row import Part, Role, Row, Span
from tui.page.styles import Run, matches, overlaid, spans, whole_characters
from tui.page.wrap import cells, fitting, shorten, wrap

LEAST = 16
"""Cells of the narrowest sheet."""


@dataclass(frozen=True, slots=True)
class Look:
    """How an item is to be shown."""

    unfolded: bool = False
    """Chips with their full text, reasoning and long commands open."""
    raw: bool = False
    """The text as written, private commands included, nothing styled."""
    ascii: bool = False
    pictures: int = 0
    """Rows a picture gets at most; 0 shows its caption alone."""
    match: str = ""
    """Words to mark wherever they stand, upper and lower case alike."""


class Gutter(NamedTuple):
    """What stands before the words of a row. All of it takes one cell a character."""

    spans: tuple[Span, ...] = ()
    size: int = 0

    def further(self, more: int) -> "Gutter":
        """Return it with `more` spaces after it."""
        if not more:
            return self
        return Gutter((*self.spans, Span(" " * more)), self.size + more)


@lru_cache(maxsize=256)
def gutter(*pieces: tuple[str, Role]) -> Gutter:
    """Return a gutter of pieces, each with its role."""
    spans = tuple(Span(text, role) for text, role in pieces)
    return Gutter(spans, sum(len(text) for text, _ in pieces))


@lru_cache(maxsize=8)
def pattern(words: str) -> re.Pattern[str]:
    """Return what finds `words`."""
    return re.compile(re.escape(words), re.IGNORECASE)


@dataclass(slots=True)
class Sheet:
    """Rows of one item at one width."""

    width: int
    look: Look
    author: str = ""
    rows: list[Row] = field(default_factory=list[Row])

    def gap(self) -> None:
        """Leave a row empty."""
        self.rows.append(Row(part="gap"))

    def put(
        self,
        text: str,
        first: Gutter,
        rest: Gutter | None = None,
        *,
        base: Role = "",
        runs: tuple[Run, ...] = (),
        hang: int = 0,
        hard: bool = False,
        part: Part = "body",
        said: str | None = None,
    ) -> None:
        """Add the rows of one source line.

        Args:
            text: Safe, without tabs and newlines.
            first: What stands before its first row.
            rest: What stands before the others; as the first if `None`.
            base: Role of what no run covers.
            runs: Roles of stretches.
            hang: Cells by which rows after the first are moved in.
            hard: Break where it must be, not at spaces.
            part: What of the item it is.
            said: What it stands for, if it is not `text`. It has to fit on one row then.
        """
        after = first if rest is None else rest
        if hang:
            after = after.further(min(hang, max(0, (self.width - after.size) // 2)))
        runs = self._marked(text, runs)
        cuts = wrap(text, self.width - first.size, self.width - after.size, hard=hard)
        for number, (start, end, resume) in enumerate(cuts):
            head = after if number else first
            self.rows.append(
                Row(
                    (*head.spans, *spans(text, runs, start, end, base)),
                    self.author,
                    head.size,
                    number > 0,
                    text[end:resume],
                    part,
                    said,
                )
            )

    def put_lines(
        self,
        text: str,
        first: Gutter,
        rest: Gutter,
        *,
        base: Role = "",
        part: Part = "body",
        hard: bool = False,
    ) -> None:
        """Add the rows of all lines of `text`, which is safe and without tabs."""
        for number, line in enumerate(text.split("\n")):
            self.put(line, rest if number else first, rest, base=base, part=part, hard=hard)

    def put_cut(
        self,
        text: str,
        before: Gutter,
        *,
        base: Role,
        runs: tuple[Run, ...] = (),
        part: Part = "body",
        said: str | None = None,
    ) -> None:
        """Add one row with what fits of `text`, and a mark at the edge if that is not all."""
        room = self.width - before.size
        if cells(text) <= room:
            self.put(text, before, base=base, runs=runs, part=part, said=said)
            return
        runs = self._marked(text, runs)
        end = fitting(text, room - 1)
        padding = " " * (room - 1 - cells(text[:end]))
        edge = Span(padding + (">" if self.look.ascii else "›"), "mark")
        shown = spans(text, runs, 0, end, base)
        whole = text if said is None else said
        self.rows.append(
            Row(
                (*before.spans, *shown, edge),
                self.author,
                before.size,
                part=part,
                said=whole,
            )
        )

    def put_short(
        self,
        text: str,
        before: Gutter,
        *,
        base: Role,
        end: str = "",
        ending: Role = "dim",
        part: Part = "chip",
        said: str | None = None,
    ) -> bool:
        """Add one row with `text`, shortened if need be so that `end` stands on it too.

        Returns:
            Whether all of it is there.
        """
        room = self.width - before.size
        more = "..." if self.look.ascii else "…"
        end = shorten(end, max(room // 2, room - cells(text)), more=more)
        line = shorten(text, room - cells(end), more=more)
        runs = self._marked(line, ())
        shown = spans(line, runs, 0, len(line), base)
        if end:
            shown.append(Span(end, ending))
        said = text if said is None and line != text else said
        self.rows.append(
            Row((*before.spans, *shown), self.author, before.size, part=part, said=said)
        )
        return line == text

    def _marked(self, text: str, runs: tuple[Run, ...]) -> tuple[Run, ...]:
        if self.look.match and (found := matches(text, pattern(self.look.match))):
            runs = overlaid(runs, found, len(text))
        return whole_characters(text, runs) if runs else runs
