"""What waits for the person's word: a command of a model's, allowed or refused by a key.

It stands over the prompt and has no height while nothing waits. It never takes the focus by
itself and Tab passes it by, so a letter meant for the prompt is never a decision: a key of
the screen's or a click hands it the focus, and it gives the focus back when all is decided.
"""

from dataclasses import dataclass
from time import monotonic
from typing import ClassVar, Literal, TypeAlias

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widget import Widget

from transcripts.room import Room, Waiting
from tui.widgets.fitting import fit, wrap
from tui.widgets.keys import said_key
from tui.widgets.lines import ColourOf, Line, Lines, Piece, apart, cut, no_colour, wide

Rule: TypeAlias = Literal["", "auto", "deny"]
"""What holds for the verb from now on; `""` for as before."""

SETTLE = 0.4
"""Seconds for which a request that has just taken the place of another hears no key: whoever
pressed it may have meant the other."""

DONE = 2.0
"""Seconds after which a decision that the room did not take is asked for again."""

_WISHES = {
    "add_ai": "to invite",
    "image": "a picture of",
    "leave": "to leave the room",
    "list_models": "to see the list of models",
    "mute_self": "to listen for a while",
    "prompt": "to add to its instructions",
    "prompt_clear": "to drop its own instructions",
    "remove_ai": "to have removed",
    "search": "to search the web for",
    "temperature": "another temperature:",
    "vote": "a vote:",
    "whisper": "to whisper",
}


class Approvals(Lines, can_focus=False):
    """Shows the first command that waits, and takes the decision."""

    DEFAULT_CSS = """
    Approvals {
        display: none;
        height: auto;
        max-height: 50%;
        scrollbar-gutter: auto;
        padding: 0 1;
        background: $warning-muted 40%;
        &.-waiting { display: block; }
        &:focus { background: $warning-muted; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "decide('yes')", "allow", id="approvals.allow"),
        Binding("n", "decide('no')", "refuse", id="approvals.refuse"),
        Binding("a", "decide('always')", "always allow", id="approvals.always"),
        Binding("d", "decide('never')", "always refuse", id="approvals.never"),
        Binding("enter,right,space", "open", "show all of it", id="approvals.open"),
        Binding("escape,left", "back", "back", id="approvals.back"),
        Binding("j,down", "scroll(1)", "down", show=False, id="approvals.down"),
        Binding("k,up", "scroll(-1)", "up", show=False, id="approvals.up"),
    ]

    @dataclass
    class Decided(Message):
        """The person decided."""

        approval: str
        """Id of what waited."""
        granted: bool
        rule: Rule
        verb: str

    def __init__(
        self,
        *,
        key: str = "F2",
        colour_of: ColourOf = no_colour,
        ascii: bool = False,  # noqa: A002 - names what it does
        settle: float = SETTLE,
        id: str | None = None,  # noqa: A002 - Textual's name
        classes: str | None = None,
    ) -> None:
        """Make it.

        Args:
            key: The screen's key that leads here, as it is to be shown.
            colour_of: Gives a participant's colour.
            ascii: Draw with ASCII alone.
            settle: Seconds for which a request that followed another hears no key.
            id: Textual's.
            classes: Textual's.
        """
        super().__init__(colour_of=colour_of, ascii=ascii, id=id, classes=classes)
        self._key = key
        self._settle = settle
        self._waiting: tuple[Waiting, ...] = ()
        self._decided: dict[str, float] = {}
        """When each was decided that the room does not know of yet."""
        self._label = Room().label
        self._opened = False
        self._since = 0.0
        self._back: Widget | None = None

    def show_room(self, room: Room) -> None:
        """Show what waits in `room`."""
        self._label = room.label
        late = monotonic() - DONE
        self._decided = {
            waiting.approval: self._decided[waiting.approval]
            for waiting in room.waiting
            if self._decided.get(waiting.approval, late) > late
        }
        self._show(tuple(w for w in room.waiting if w.approval not in self._decided))

    @property
    def waiting(self) -> int:
        """How many commands wait."""
        return len(self._waiting)

    def take_focus(self) -> bool:
        """Take the focus if something waits; whether it did."""
        if not self._waiting:
            return False
        if self.has_focus:
            return True
        self._back = self.screen.focused
        self.can_focus = True
        self.focus()
        return True

    def _show(self, waiting: tuple[Waiting, ...]) -> None:
        if waiting == self._waiting:
            return
        before = self._waiting[0].approval if self._waiting else ""
        first = waiting[0].approval if waiting else ""
        self._waiting = waiting
        if first != before:
            self._opened = False
            self._since = monotonic() if before else 0.0
            self.scroll_to(y=0, animate=False)
        self.set_class(bool(waiting), "-waiting")
        if not waiting and self.has_focus:
            self._give_back()
        self.redraw()

    def _give_back(self) -> None:
        back, self._back = self._back, None
        if back is not None and back.is_attached and back.focusable:
            back.focus()
        else:
            self.blur()

    def draw(self, width: int) -> list[Line]:
        """Return who wants what, and what can be said to it."""
        if not self._waiting:
            return []
        first = self._waiting[0]
        others = len(self._waiting) - 1
        more: Line = (Piece(f" and {others} more", "dim"),) if others else ()
        wish = _WISHES.get(first.verb, f"!{first.verb}")
        head: Line = (
            Piece("? ", "key"),
            Piece(
                fit(self._label(first.by), 40, ascii=self._ascii),
                "name",
                self.colour_of(first.by),
            ),
            Piece(" wants "),
            Piece(fit(wish, 40, ascii=self._ascii)),
        )
        room = width - wide(head) - wide(more) - 1
        rows: list[Line] = []
        if self._opened:
            rows.append(apart(head, more, width, ascii=self._ascii))
            rows.extend((Piece(f"  {row}"),) for row in wrap(first.argument, width - 2))
        else:
            short = fit(first.argument, room, ascii=self._ascii) if room >= 8 else ""
            line = (*head, Piece(f" {short}")) if short else head
            rows.append(apart(line, more, width, ascii=self._ascii))
            if first.argument and not short:
                rows.append((Piece(f"  {fit(first.argument, width - 2, ascii=self._ascii)}"),))
        rows.append(self._choices(first, width))
        return rows

    def _choices(self, first: Waiting, width: int) -> Line:
        """The line of keys, in as many words as there is room for; each can be clicked."""
        verb = fit(first.verb, 16, ascii=self._ascii)
        lines = [
            self._keys(f"always allow !{verb}", f"always refuse !{verb}"),
            self._keys("always allow", "always refuse"),
            self._keys("always", "never"),
            self._keys("always", "never", more="all of it"),
            self._keys("always", "never", whole=False),
        ]
        return next(
            (line for line in lines if wide(line) <= width),
            cut(lines[-1], width, ascii=self._ascii),
        )

    def _keys(
        self, always: str, never: str, *, more: str = "show all of it", whole: bool = True
    ) -> Line:
        on = self.has_focus
        pieces: list[Piece] = [Piece("  ")]
        if not on:
            pieces += [
                Piece(self._key, "key", tag="focus"),
                Piece(", then ", "dim", tag="focus"),
            ]
        for name, tag, words in (
            ("allow", "yes", "allow"),
            ("refuse", "no", "refuse"),
            ("always", "always", always),
            ("never", "never", never),
            ("open", "open", "show less" if self._opened else more),
        )[: None if whole else 4]:
            key = said_key(self, Approvals, f"approvals.{name}")
            pieces += [
                Piece(key, "key" if on else "dim", tag=tag),
                Piece(f" {words}", "" if on else "dim", tag=tag),
                Piece("  "),
            ]
        return tuple(pieces[:-1])

    def action_decide(self, choice: str) -> None:
        """Decide on the first that waits: `yes`, `no`, `always` or `never`."""
        if not self._waiting or monotonic() - self._since < self._settle:
            return
        first, *rest = self._waiting
        granted = choice in {"yes", "always"}
        rule: Rule = "auto" if choice == "always" else "deny" if choice == "never" else ""
        self._decided[first.approval] = monotonic()
        self.post_message(self.Decided(first.approval, granted, rule, first.verb))
        self._show(tuple(rest))

    def action_open(self) -> None:
        """Show the argument in full, or in short again."""
        self._opened = not self._opened
        self.redraw()

    def action_back(self) -> None:
        """Give the focus back; everything waits on."""
        self._give_back()

    def action_scroll(self, steps: int) -> None:
        """Scroll a long argument."""
        self.scroll_by_rows(steps)

    def on_blur(self) -> None:
        """Have Tab pass by again."""
        self.can_focus = False

    def on_click(self, event: events.Click) -> None:
        """Do what was clicked; anywhere else takes the focus."""
        event.stop()
        _, tag = self.row_at(event)
        if tag in {"yes", "no", "always", "never"}:
            self.action_decide(tag)
        elif tag == "open":
            self.action_open()
        else:
            self.take_focus()
