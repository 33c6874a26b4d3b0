"""Who is in the room, and what is under way: pictures, polls, whose turn comes.

Shows a `Room` and keeps nothing of it but what it was last given. What the person wants done
about somebody goes up as a message; nothing is done here, and nothing asked twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from transcripts.notices import number
from transcripts.participants import ROOM
from transcripts.room import Job, Poll, Room, Seat
from tui.page.header import ran_on
from tui.widgets.fitting import count, fit, money, wrap
from tui.widgets.lines import ColourOf, Line, Lines, Piece, Role, apart, cut, no_colour, wide

COLUMNS = 64
"""From this width on, what is known of a participant stands in one row, in columns."""

FAILED = 3
"""Pictures that failed are listed up to this many, the newest."""

_SIGNS = {
    "speaking": ("►", "*"),
    "next": ("▹", ">"),
    "later": ("·", "."),
    "muted": ("◌", "o"),
    "benched": ("⊘", "!"),
    "left": ("×", "x"),
    "you": ("◆", "@"),
}
_ROLES: dict[str, Role] = {
    "speaking": "good",
    "next": "accent",
    "muted": "warning",
    "benched": "error",
}
_JOBS: dict[str, tuple[str, Role]] = {
    "queued": ("queued", "dim"),
    "running": ("drawing", "accent"),
    "failed": ("failed", "error"),
    "cancelled": ("called off", "dim"),
}


def short_model(model: str, cells: int, *, ascii: bool = False) -> str:  # noqa: A002
    """Return a model's id without what stands before its own name, in at most `cells`."""
    own = ran_on(model).rstrip("/").rpartition("/")[2]
    return fit(own, cells, ascii=ascii) if own else "no model"


def heat(seat: Seat, *, ascii: bool = False) -> str:  # noqa: A002 - names what it does
    """Return temperature asked for and sent: `T1.8→1.0`, `T0.7`; empty if none is known."""
    asked, sent = seat.temperature, seat.effective
    if asked is None:
        return "" if sent is None else f"T{number(round(sent, 2))}"
    first = number(round(asked, 2))
    if sent is None or sent == asked:
        return f"T{first}"
    return f"T{first}{'->' if ascii else '→'}{number(round(sent, 2))}"


class Roster(Lines, can_focus=True):
    """The people and models of a room."""

    MARGIN = 1

    DEFAULT_CSS = """
    Roster {
        width: 1fr;
        height: 1fr;
        padding: 0 0 0 1;
        background: $surface;
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "move(1)", "down", show=False, id="roster.down"),
        Binding("k,up", "move(-1)", "up", show=False, id="roster.up"),
        Binding("g,home", "move(-1000)", "first", show=False, id="roster.first"),
        Binding("G,end", "move(1000)", "last", show=False, id="roster.last"),
        Binding("enter,space", "open", "details", id="roster.open"),
        Binding("n", "ask('NextAsked')", "next", id="roster.next"),
        Binding("m", "ask('MuteAsked')", "mute", id="roster.mute"),
        Binding("w", "ask('WhisperAsked')", "whisper", id="roster.whisper"),
        Binding("t", "ask('TemperatureAsked')", "temperature", id="roster.temperature"),
        Binding("e", "ask('EditAsked')", "edit", id="roster.edit"),
        Binding("x", "ask('RemoveAsked')", "remove", id="roster.remove"),
        Binding("c", "cancel", "cancel picture", id="roster.cancel"),
        Binding("i", "invite", "invite", id="roster.invite"),
    ]

    @dataclass
    class NextAsked(Message):
        """The person wants somebody to speak next."""

        participant: str

    @dataclass
    class MuteAsked(Message):
        """The person wants somebody to listen, or to take turns again."""

        participant: str
        back: bool
        """Whether it is muted or benched, and is to take turns again."""

    @dataclass
    class WhisperAsked(Message):
        """The person wants to write to somebody alone."""

        participant: str

    @dataclass
    class TemperatureAsked(Message):
        """The person wants to change somebody's temperature."""

        participant: str

    @dataclass
    class EditAsked(Message):
        """The person wants to change somebody's model or instructions."""

        participant: str

    @dataclass
    class RemoveAsked(Message):
        """The person wants somebody sent out. Whoever hears this asks again first."""

        participant: str

    @dataclass
    class InviteAsked(Message):
        """The person wants to invite somebody."""

    @dataclass
    class CancelAsked(Message):
        """The person wants a picture called off."""

        image: str

    def __init__(
        self,
        *,
        colour_of: ColourOf = no_colour,
        ascii: bool = False,  # noqa: A002 - names what it does
        id: str | None = None,  # noqa: A002 - Textual's name
        classes: str | None = None,
    ) -> None:
        super().__init__(colour_of=colour_of, ascii=ascii, id=id, classes=classes)
        self._room = Room()
        self._speaking = ""
        self._upcoming: tuple[str, ...] = ()
        self._cursor = ""
        """Key of the item under the cursor: `seat AI-1`, `job I1`, `poll P1`."""
        self._opened = ""
        self._keys: list[str] = []
        """Key of the item that each line belongs to; empty for none."""

    def show_room(
        self, room: Room, *, speaking: str = "", upcoming: Sequence[str] = ()
    ) -> None:
        """Show `room` as it stands.

        Args:
            room: The room.
            speaking: Id of who has the floor; empty for nobody.
            upcoming: Ids of who comes next, the next one first; empty if that is open.
        """
        coming = tuple(upcoming)
        if room is self._room and (speaking, coming) == (self._speaking, self._upcoming):
            return
        self._room, self._speaking, self._upcoming = room, speaking, coming
        items = self._items()
        if self._cursor not in items:
            self._cursor = items[0] if items else ""
        self.redraw()

    @property
    def selected(self) -> str:
        """Id of the participant under the cursor; empty if there is none."""
        kind, _, name = self._cursor.partition(" ")
        return name if kind == "seat" else ""

    def select(self, participant: str) -> None:
        """Put the cursor on a participant."""
        self._go_to(f"seat {participant}")

    # What the lines are.

    def draw(self, width: int) -> list[Line]:
        """Return a block of lines for each participant, then what is under way."""
        rows: list[Line] = []
        self._keys = []

        def add(key: str, lines: Sequence[Line]) -> None:
            rows.extend(lines)
            self._keys.extend([key] * len(lines))

        seats = self._seats()
        if not any(seat.active for seat in seats):
            add("", [(Piece("nobody to talk with yet", "dim"),)])
            add("", [(Piece("i", "key"), Piece(" invites a model", "dim")), ()])
        columns = _columns(seats, self._ascii) if width >= COLUMNS else ()
        for place, seat in enumerate(seats):
            key = f"seat {seat.id}"
            if place and not columns:
                add("", [()])
            add(key, self._seat(seat, width, columns))
            if key == self._opened:
                add(key, self._details(seat, width))
        for heading, items in (("Pictures", self._jobs()), ("Polls", self._room.polls)):
            if items:
                add("", [(), (Piece(heading, "head"),)])
            for item in items:
                if isinstance(item, Job):
                    add(f"job {item.image}", self._job(item, width))
                else:
                    add(f"poll {item.poll}", self._poll(item, width))
        add("", self._order(width))
        return rows

    def draw_pinned(self, width: int) -> list[Line]:
        """Return the totals."""
        room = self._room
        rule = ("-" if self._ascii else "─") * width
        tokens = f"{count(room.tokens)} tokens"
        return [
            (Piece(rule, "rule"),),
            apart(
                (Piece("all ", "dim"), Piece(tokens)),
                (Piece(money(room.dollars)),) if room.dollars else (),
                width,
                ascii=self._ascii,
            ),
        ]

    def marked(self, row: int) -> bool:
        """Whether the line is the first of the item under the cursor."""
        if not self.has_focus or not self._cursor or row >= len(self._keys):
            return False
        return self._keys[row] == self._cursor and (
            row == 0 or self._keys[row - 1] != self._cursor
        )

    def _seats(self) -> list[Seat]:
        """Everybody, those who left at the end."""
        return sorted(self._room.seats, key=lambda seat: seat.left)

    def _jobs(self) -> list[Job]:
        failed = [job for job in self._room.jobs if job.state in {"failed", "cancelled"}]
        under_way = [job for job in self._room.jobs if job.state in {"queued", "running"}]
        return [*failed[-FAILED:], *under_way]

    def _items(self) -> list[str]:
        return [
            *(f"seat {seat.id}" for seat in self._seats()),
            *(f"job {job.image}" for job in self._jobs()),
            *(f"poll {poll.poll}" for poll in self._room.polls),
        ]

    def _state(self, seat: Seat) -> tuple[str, str]:
        """Return the kind of state, and its words."""
        if seat.left:
            return "left", "left"
        if seat.participant.person:
            waiting = len(self._room.queue)
            return "you", f"{waiting} queued" if waiting else ""
        if seat.benched:
            return "benched", "benched"
        if seat.id == self._speaking:
            return "speaking", "speaking"
        if seat.muted:
            return "muted", f"muted {seat.muted}"
        if seat.id in self._upcoming[:1] or seat.id == self._room.chosen:
            return "next", "next"
        if seat.id in self._upcoming:
            return "later", ""
        return "", ""

    def _mark(self, key: str) -> Piece:
        here = key == self._cursor and self.has_focus
        return Piece((">" if self._ascii else "›") if here else " ", "key")

    def _who(self, participant: str) -> Piece:
        return Piece(fit(participant, 24, ascii=self._ascii), "", self.colour_of(participant))

    def _seat(
        self, seat: Seat, width: int, columns: tuple[tuple[int, bool], ...]
    ) -> list[Line]:
        kind, words = self._state(seat)
        sign = _SIGNS.get(kind, (" ", " "))[self._ascii]
        role = _ROLES.get(kind, "dim")
        name = fit(seat.participant.name, width, ascii=self._ascii)
        person = seat.participant.person
        own = "" if person or seat.left else self.colour_of(seat.id)
        title = name or "You" if person else fit(seat.id, 12, ascii=self._ascii)
        head: Line = (
            self._mark(f"seat {seat.id}"),
            Piece(sign, role),
            Piece(" "),
            Piece(title, "dim" if seat.left else "name", own),
        )
        if name and not person:
            head = (*head, Piece(f" {name}", "dim" if seat.left else "", own))
        rows = [apart(head, (Piece(words, role),), width, ascii=self._ascii)]
        if seat.left or person:
            return rows
        if columns:
            facts = _facts(seat, 40, self._ascii)
            cells = [
                fact.rjust(size) if right else fact.ljust(size)
                for fact, (size, right) in zip(facts, columns, strict=True)
                if size
            ]
            row = (Piece(f"   {'  '.join(cells)}", "dim"),)
            return [*rows, cut(row, width, ascii=self._ascii)]
        model, warmth, turns, tokens_in, tokens_out, dollars, prompts, by = _facts(
            seat, max(8, width - 13), self._ascii
        )
        took = f"{tokens_in}  {tokens_out}"
        pairs: list[tuple[str, str]] = [(model, warmth)]
        if not seat.turns:
            pairs.append(("no turn yet", by))
        elif dollars or prompts or by:
            pairs += [(took, dollars), ("  ".join(filter(None, (turns, prompts))), by)]
        else:
            pairs.append((took, turns))
        for left, right in pairs:
            rows.append(
                apart(
                    (Piece(f"   {left}", "dim"),),
                    (Piece(right, "dim"),) if right else (),
                    width,
                    ascii=self._ascii,
                )
            )
        return rows

    def _details(self, seat: Seat, width: int) -> list[Line]:
        """Everything about a participant that the block above has no room for."""
        who = seat.participant
        own = seat.invited_by in {"", ROOM, who.id}
        told = [("here", "from the start" if own else f"invited by {seat.invited_by}")]
        if not who.person:
            told = [
                ("model", who.model or "none: nobody speaks for it"),
                ("temp", _temperature(seat)),
                ("tokens", f"{seat.tokens_in:,} in, {seat.tokens_out:,} out"),
                *told,
            ]
        if seat.failures:
            told.append(("failed", f"{seat.failures} times in a row"))
        rows: list[Line] = [()]
        for name, text in told:
            rows.extend(self._quoted(text, width, first=name.ljust(8)))
        if who.persona:
            rows += [(), (Piece("   persona", "head"),)]
            rows.extend(self._quoted(who.persona, width))
        if seat.prompts:
            rows += [(), (Piece("   own prompt additions", "head"),)]
            for place, text in enumerate(seat.prompts, 1):
                rows.extend(self._quoted(text, width, first=f"{place} "))
        elif not who.person:
            rows += [(), *self._quoted("no prompt additions of its own", width, "dim")]
        return rows

    def _quoted(self, text: str, width: int, role: Role = "", first: str = "") -> list[Line]:
        indent = " " * len(first)
        return [
            (Piece("   "), Piece(first if index == 0 else indent, "dim"), Piece(row, role))
            for index, row in enumerate(wrap(text, width - 3 - len(first)))
        ]

    def _job(self, job: Job, width: int) -> list[Line]:
        words, role = _JOBS.get(job.state, (job.state, "dim"))
        key = f"job {job.image}"
        left = (
            self._mark(key),
            Piece("  "),
            Piece(fit(job.image, 8, ascii=self._ascii)),
            Piece(" for ", "dim"),
            self._who(job.by),
        )
        rows = [apart(left, (Piece(words, role),), width, ascii=self._ascii)]
        if key == self._opened:
            return [*rows, *self._quoted(job.prompt, width)]
        text = fit(job.prompt, width - 3, ascii=self._ascii)
        return [*rows, (Piece(f"   {text}", "dim"),)]

    def _poll(self, poll: Poll, width: int) -> list[Line]:
        key = f"poll {poll.poll}"
        asked = f"remove {poll.removes}?" if poll.removes else poll.question
        voices = [choice for _, choice in poll.votes]
        head = (
            self._mark(key),
            Piece("  "),
            Piece(fit(poll.poll, 8, ascii=self._ascii)),
            Piece(" by ", "dim"),
            self._who(poll.by),
        )
        votes = f"{len(voices)} vote{'' if len(voices) == 1 else 's'}"
        rows: list[Line] = [apart(head, (Piece(votes, "dim"),), width, ascii=self._ascii)]
        if key != self._opened:
            rows.append((Piece(f"   {fit(asked, width - 3, ascii=self._ascii)}"),))
            tally = ", ".join(f"{option} {voices.count(option)}" for option in poll.options)
            rows.append((Piece(f"   {fit(tally, width - 3, ascii=self._ascii)}", "dim"),))
            return rows
        rows.extend(self._quoted(asked, width))
        for option in poll.options:
            who = ", ".join(voter for voter, choice in poll.votes if choice == option)
            rows.extend(self._quoted(f"{option}: {who or 'nobody yet'}", width, "dim"))
        return rows

    def _order(self, width: int) -> list[Line]:
        words = self._room.order.replace("_", " ")
        rows: list[Line] = [
            (),
            apart(
                (Piece("Order", "head"),),
                (Piece(fit(words, width - 6, ascii=self._ascii), "dim"),),
                width,
            ),
        ]
        if self._upcoming:
            pieces: list[Piece] = [Piece("   ")]
            for index, participant in enumerate(self._upcoming):
                if index:
                    pieces.append(Piece(", ", "dim"))
                pieces.append(self._who(participant))
            rows.append(cut(pieces, width, ascii=self._ascii))
        return rows

    # What keys and the mouse do.

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Return whether an action makes sense for what is under the cursor."""
        kind = self._cursor.partition(" ")[0]
        if action == "cancel":
            return kind == "job" and self._pending(self._cursor.partition(" ")[2])
        if action != "ask":
            return True
        seat = self._seat_here()
        return seat is not None and not (seat.left or seat.participant.person)

    def action_move(self, steps: int) -> None:
        """Move the cursor by so many items."""
        items = self._items()
        if items:
            at = items.index(self._cursor) if self._cursor in items else 0
            self._go_to(items[min(len(items) - 1, max(0, at + steps))])

    def action_open(self) -> None:
        """Open the details of what is under the cursor, or close them."""
        self._opened = "" if self._opened == self._cursor else self._cursor
        self.redraw()
        self._into_view()

    def action_ask(self, what: str) -> None:
        """Post the message that asks for `what`, about the participant under the cursor."""
        seat = self._seat_here()
        if seat is None:
            return
        match what:
            case "NextAsked":
                self.post_message(self.NextAsked(seat.id))
            case "MuteAsked":
                self.post_message(self.MuteAsked(seat.id, bool(seat.muted) or seat.benched))
            case "WhisperAsked":
                self.post_message(self.WhisperAsked(seat.id))
            case "TemperatureAsked":
                self.post_message(self.TemperatureAsked(seat.id))
            case "EditAsked":
                self.post_message(self.EditAsked(seat.id))
            case "RemoveAsked":
                self.post_message(self.RemoveAsked(seat.id))
            case _:
                raise ValueError(what)

    def action_cancel(self) -> None:
        """Ask for the picture under the cursor to be called off."""
        kind, _, name = self._cursor.partition(" ")
        if kind == "job" and self._pending(name):
            self.post_message(self.CancelAsked(name))

    def action_invite(self) -> None:
        """Ask for somebody to be invited."""
        self.post_message(self.InviteAsked())

    def on_click(self, event: events.Click) -> None:
        """Put the cursor on what was clicked; a second click opens it."""
        row, _ = self.row_at(event)
        key = self._keys[row] if 0 <= row < len(self._keys) else ""
        if not key:
            return
        if key == self._cursor and event.chain > 1:
            self.action_open()
        else:
            self._go_to(key)

    def _seat_here(self) -> Seat | None:
        return next((seat for seat in self._room.seats if seat.id == self.selected), None)

    def _pending(self, image: str) -> bool:
        return any(
            job.image == image and job.state in {"queued", "running"} for job in self._room.jobs
        )

    def _go_to(self, key: str) -> None:
        if key not in self._items():
            return
        self._cursor = key
        self.redraw()
        self.refresh_bindings()
        self._into_view()

    def _into_view(self) -> None:
        rows = [row for row, key in enumerate(self._keys) if key == self._cursor]
        if rows:
            self.show_row(rows[0], rows[-1])


def _temperature(seat: Seat) -> str:
    asked, sent = seat.temperature, seat.effective
    if asked is None:
        return "left to the provider" + (f": {sent:g}" if sent is not None else "")
    if sent is None:
        return f"{asked:g} asked for"
    return f"{asked:g}" if asked == sent else f"{asked:g} asked for, {sent:g} sent"


def _facts(seat: Seat, model: int, ascii: bool) -> tuple[str, ...]:  # noqa: A002
    by = "" if seat.invited_by in {"", ROOM} else fit(f"by {seat.invited_by}", 14, ascii=ascii)
    return (
        short_model(seat.participant.model, model, ascii=ascii),
        heat(seat, ascii=ascii),
        f"{seat.turns} turn{'' if seat.turns == 1 else 's'}",
        f"{count(seat.tokens_in)} in",
        f"{count(seat.tokens_out)} out",
        money(seat.dollars) if seat.dollars else "",
        f"+{len(seat.prompts)} prompt{'' if len(seat.prompts) == 1 else 's'}"
        if seat.prompts
        else "",
        by,
    )


def _columns(seats: Sequence[Seat], ascii: bool) -> tuple[tuple[int, bool], ...]:  # noqa: A002
    """Width of each column of `_facts`, and whether it is set to the right."""
    rows = [_facts(seat, 40, ascii) for seat in seats if not seat.participant.person]
    right = (False, False, True, True, True, True, False, False)
    if not rows:
        return ()
    sizes = [max(wide((Piece(row[i]),)) for row in rows) for i in range(len(right))]
    return tuple(zip(sizes, right, strict=True))
