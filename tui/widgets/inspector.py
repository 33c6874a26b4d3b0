"""The hidden memory, shown when asked: cc, what each fold did to it, and what lies behind it.

Shows a `Look` and asks for nothing. Long texts are cut into rows once for each width, and
only rows in view are drawn, so that a carrier that keeps everything can be looked into too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, TypeAlias, overload

from textual.binding import Binding, BindingType
from textual.events import Click
from textual.message import Message

from tui.slash.measured import Measured
from tui.widgets.fitting import fit, spark, wrap
from tui.widgets.keys import said_key
from tui.widgets.lines import Line, Lines, Piece, Role, apart, cut, gauge, wide
from tui.widgets.look import Look
from tui.widgets.past import done, laminae, recalled, summary
from tui.widgets.score import section

HANG = 2
"""Cells by which the rows of a long line of cc are moved in after the first."""

_NOT_YET = (
    "Nothing is folded yet. What is carried from turn to turn begins after the first one."
)
_LOST = "The bank does not have this room's memory. The log is whole; this makes it again:"

Marked: TypeAlias = tuple[str, str, Role]
"""A row of the text: the sign before it, the text, and its role."""


class Sheet(Sequence[Line]):
    """Lines, and under them rows of text that become lines as they are looked at."""

    def __init__(self, head: Sequence[Line], body: Sequence[Marked]) -> None:
        self._head = head
        self._body = body

    def __len__(self) -> int:
        return len(self._head) + len(self._body)

    @overload
    def __getitem__(self, index: int) -> Line: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Line]: ...
    def __getitem__(self, index: int | slice) -> Line | Sequence[Line]:
        if isinstance(index, slice):
            return [self[at] for at in range(*index.indices(len(self)))]
        if index < 0:
            index += len(self)
        if index < len(self._head):
            return self._head[index]
        sign, text, role = self._body[index - len(self._head)]
        return (Piece(f"{sign:<2}", "warning" if role == "gone" else role), Piece(text, role))


def _text(look: Look, width: int) -> list[Marked]:
    """The lines of cc; those that are new say so."""
    if look.upto < 0:
        return [("", "nothing is folded up to here", "dim")]
    if not look.text:
        return [("", "nothing: this carrier keeps no text", "dim")]
    text = look.text.rstrip("\n")
    new = frozenset(look.added)
    if not new:
        return [("", row, "") for row in wrap(text, width - 2, hang=HANG)]
    rows: list[Marked] = []
    same: list[str] = []
    for line in text.split("\n"):
        if line not in new:
            same.append(line)
            continue
        rows.extend(
            ("", row, "") for row in wrap("\n".join(same), width - 2, hang=HANG) if same
        )
        same.clear()
        rows.extend(_marked(line, "+", "new", width))
    rows.extend(("", row, "") for row in wrap("\n".join(same), width - 2, hang=HANG) if same)
    return rows


def _changed(look: Look, width: int) -> list[Marked]:
    rows: list[Marked] = []
    for line in look.removed:
        rows.extend(_marked(line, "-", "gone", width))
    for line in look.added:
        rows.extend(_marked(line, "+", "new", width))
    return rows or [("", "nothing: the same as before", "dim")]


def _marked(text: str, sign: str, role: Role, width: int) -> list[Marked]:
    first, *rest = wrap(text, width - 2)
    return [(sign, first, role), *(("", row, role) for row in rest)]


def _span(values: Sequence[float], form: str) -> str:
    """Return first, last and largest of `values`, in a format; one number if it is all."""
    first, last, most = (f"{value:{form}}" for value in (values[0], values[-1], max(values)))
    return (
        f" {first} each"
        if {first, f"{min(values):{form}}"} == {most}
        else (f" {first} to {last}, most {most}")
    )


class Inspector(Lines, can_focus=True):
    """The view into cc."""

    MARGIN = 1

    DEFAULT_CSS = """
    Inspector {
        width: 1fr;
        height: 1fr;
        padding: 0 0 0 1;
        background: $surface;
    }
    """

    @dataclass
    class UndoAsked(Message):
        """Something that was done to the past is to be taken back."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("d", "turn_over", "text/changes", id="inspector.turn_over"),
        Binding("v", "view", "cc/past", id="inspector.view"),
        Binding("u", "undo", "take back", id="inspector.undo"),
        Binding("j,down", "by(1)", "down", show=False, id="inspector.down"),
        Binding("k,up", "by(-1)", "up", show=False, id="inspector.up"),
        Binding(
            "ctrl+d,pagedown,space",
            "by_page(1)",
            "page down",
            show=False,
            id="inspector.page_down",
        ),
        Binding("ctrl+u,pageup", "by_page(-1)", "page up", show=False, id="inspector.page_up"),
        Binding("g,home", "to(0)", "top", show=False, id="inspector.top"),
        Binding("G,end", "to(1)", "bottom", show=False, id="inspector.bottom"),
    ]

    def __init__(
        self,
        *,
        ascii: bool = False,  # noqa: A002 - names what it does
        id: str | None = None,  # noqa: A002 - Textual's name
        classes: str | None = None,
    ) -> None:
        super().__init__(ascii=ascii, id=id, classes=classes)
        self._look: Look | None = None
        self._command = ""
        self._why = ""
        self._changes = False
        self._shows_past = False
        self._keeping = ""
        self._measured = Measured()
        self._body: tuple[Look, int, list[Marked]] | None = None
        """The text of a look, in rows, at a width."""

    def show_look(self, look: Look) -> None:
        """Show cc as `look` has it. The place in the text stays, for the next one to compare."""
        if look is self._look:
            return
        self._look = look
        self.redraw()

    def show_nothing(self, command: str = "", *, why: str = "") -> None:
        """Say that there is nothing to look at.

        Args:
            command: What makes cc again, if it is lost; empty if nothing is folded yet.
            why: What went wrong, where something did; said before the command.
        """
        self._look, self._command, self._why = None, command, why
        self._body = None
        self.redraw()

    def show_keeping(self, text: str) -> None:
        """Show what the keeper chose last, and why; empty where nobody knows."""
        if text != self._keeping:
            self._keeping = text
            if self._shows_past:
                self.redraw()

    def show_continuity(self, found: Measured) -> None:
        """Show how well what is sent stands for the whole room."""
        if found != self._measured:
            self._measured = found
            self.redraw()

    @property
    def shows_past(self) -> bool:
        """Whether it shows the past, and not cc."""
        return self._shows_past

    @property
    def shows_changes(self) -> bool:
        """Whether it shows what the last fold changed, and not the text."""
        return self._changes

    def draw(self, width: int) -> Sequence[Line]:
        """Return the head, and under it the text or what changed."""
        look = self._look
        if look is None:
            return self._nothing(width)
        if self._shows_past:
            return self._past(look, width)
        head: list[Line] = [
            *self._head(look, width),
            *self._history(look, width),
            *self._continuity(width),
            *self._beside(look, width),
            (),
            self._heading(look, width),
        ]
        known = self._body
        if known is None or known[0] is not look or known[1] != width:
            rows = _changed(look, width) if self._changes else _text(look, width)
            self._body = known = (look, width, rows)
        return Sheet(head, known[2])

    def _nothing(self, width: int) -> list[Line]:
        role: Role = "dim"
        words = _LOST if self._command else _NOT_YET
        if self._why:
            words, role = self._why, "error"
        rows: list[Line] = [(Piece("Memory", "head"),), ()]
        rows.extend((Piece(row, role),) for row in wrap(words, width))
        if self._command:
            rows.append(())
            rows.extend((Piece(row, "accent"),) for row in wrap(self._command, width))
        return [*rows, *self._continuity(width)]

    def _head(self, look: Look, width: int) -> list[Line]:
        carrier = fit(look.carrier, 16, ascii=self._ascii)
        covers = f"places 0 to {look.upto:,}" if look.upto >= 0 else "no place yet"
        title = (Piece("Memory", "head"), Piece(f"  carrier {carrier}", "dim"))
        rows = self._both(title, (Piece(covers, "dim"),), width)
        if look.budget > 0:
            part = look.size / look.budget
            role: Role = "" if part <= 1 else "error"
            numbers: Line = (
                Piece(f"{look.size:,}", role),
                Piece(f" of {look.budget:,} bytes ", "dim"),
            )
            room = width - wide(numbers) - 5
            drawn = (
                gauge(part, min(room, 40), role or "bar", ascii=self._ascii)
                if room >= 8
                else ()
            )
            rows.append((*numbers, *drawn, Piece(f" {part:.0%}", role)))
        else:
            rows.append((Piece(f"{look.size:,}"), Piece(" bytes, no budget", "dim")))
        if look.upto >= 0:
            grown = look.size - (look.history[-2][1] if len(look.history) > 1 else 0)
            took = f"of {look.first:,} to {look.upto:,}: {grown:+,} bytes"
            rows += self._both(
                (Piece(f"fold {took}", "dim"),),
                (Piece(f"{look.seconds * 1000:,.1f} ms", "dim"),),
                width,
            )
        return rows

    def _both(self, left: Line, right: Line, width: int) -> list[Line]:
        """Two parts at either end of a row, or each in a row of its own."""
        if wide(left) + wide(right) + 2 <= width:
            return [apart(left, right, width, ascii=self._ascii)]
        return [cut(left, width, ascii=self._ascii), cut(right, width, ascii=self._ascii)]

    def _history(self, look: Look, width: int) -> list[Line]:
        """Sizes and times of all folds, oldest first."""
        if len(look.history) < 2:
            return []
        sizes = [float(size) for _, size, _ in look.history]
        times = [seconds * 1000 for _, _, seconds in look.history]
        rows: list[Line] = [()]
        numbers = (
            ("bytes", sizes, float(look.budget) if look.budget > 0 else None, ",.0f"),
            ("ms", times, None, ",.1f"),
        )
        tails = [_span(values, form) for _, values, _, form in numbers]
        room = width - 6 - max(len(tail) for tail in tails)
        for (name, values, most, _), tail in zip(numbers, tails, strict=True):
            if room < 10:  # bars in a row of their own
                rows.append((Piece(f"{name:<5}"), Piece(tail, "dim")))
                bars = spark(values, width - 2, most=most, ascii=self._ascii)
                rows.append((Piece("  "), Piece(bars, "bar")))
            else:
                bars = spark(values, min(room, 60), most=most, ascii=self._ascii)
                rows.append(
                    (
                        Piece(f"{name:<6}", "dim"),
                        Piece(bars, "bar"),
                        Piece(tail, "dim"),
                    )
                )
        return rows

    def _continuity(self, width: int) -> list[Line]:
        rows = section(self._measured, width, ascii=self._ascii)
        return [(), *rows] if rows else []

    def _beside(self, look: Look, width: int) -> list[Line]:
        """A word about the past, and the key that shows it."""
        rows = summary(look, width - 8, ascii=self._ascii)
        if rows:
            more = (
                Piece(self._key("view"), "key", tag="view"),
                Piece(" past", "dim", tag="view"),
            )
            rows[-1] = apart(rows[-1], more, width, ascii=self._ascii)
        return rows

    def _past(self, look: Look, width: int) -> list[Line]:
        """What the past is kept in, what of it came back, and what was done to it."""
        bare = self._ascii
        other = (Piece(self._key("view"), "key", tag="view"), Piece(" cc", "dim", tag="view"))
        title = (Piece("Memory", "head"), Piece("  the past", "dim"))
        key = self._key("undo")
        return [
            apart(title, other, width, ascii=bare),
            (),
            *recalled(look.recalled, width, ascii=bare),
            (),
            *laminae(look.laminae, look.resident, look.size, width, ascii=bare),
            (),
            *done(look.done, self._keeping, width, key=key, ascii=bare),
        ]

    def _key(self, action: str) -> str:
        """What a key of this panel is called, whatever the person's keymap made of it."""
        return said_key(self, type(self), f"inspector.{action}")

    def _heading(self, look: Look, width: int) -> Line:
        what = "What changed" if self._changes else "Text"
        dash = "-" if self._ascii else "−"
        counts = f"  +{len(look.added)} {dash}{len(look.removed)} lines"
        other = "text" if self._changes else "what changed"
        return apart(
            (Piece(what, "head"), Piece(counts, "dim")),
            (
                Piece(self._key("turn_over"), "key", tag="turn"),
                Piece(f" {other}", "dim", tag="turn"),
            ),
            width,
            ascii=self._ascii,
        )

    # What keys do.

    def action_turn_over(self) -> None:
        """Show what changed instead of the text, or the text again."""
        self._changes = not self._changes or self._shows_past
        self._shows_past = False
        self._body = None
        self.redraw()

    def action_view(self) -> None:
        """Show the past instead of cc, or cc again."""
        self._shows_past = not self._shows_past
        self.redraw()
        self.scroll_to(y=0, animate=False, force=True)

    def action_undo(self) -> None:
        """Ask for something that was done to the past to be taken back."""
        self.post_message(self.UndoAsked())

    def on_click(self, event: Click) -> None:
        """Do what stands under the mouse."""
        match self.row_at(event)[1]:
            case "view":
                self.action_view()
            case "undo":
                self.action_undo()
            case "turn":
                self.action_turn_over()
            case _:
                pass

    def action_by(self, rows: int) -> None:
        """Scroll by so many rows."""
        self.scroll_by_rows(rows)

    def action_by_page(self, pages: int) -> None:
        """Scroll by so many heights of the view, less one row to keep the place."""
        self.scroll_by_rows(pages * max(1, self.scrollable_content_region.height - 1))

    def action_to(self, end: int) -> None:
        """Scroll to the top (0) or the bottom (1)."""
        self.scroll_by_rows(len(self._lines) if end else -len(self._lines))
