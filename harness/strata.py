"""What a room's past is kept in, as it lay at one place of its log: laminae, recall, choices.

Told by the log alone, entry by entry, so that any place can be looked at, and a room that is
looked at after every turn costs what the turn costs. The bank adds what a lamina is about and
what it takes.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Final

from transcripts.commands.parse import parse
from transcripts.events import (
    Delaminated,
    Entry,
    ImageRequested,
    Joined,
    Laminated,
    Merged,
    Opened,
    Recalled,
    Rewritten,
    Span,
    Spoke,
)
from transcripts.participants import PERSON, ROOM

if TYPE_CHECKING:
    from memory.bank.laminae import Lamina

SHOWN: Final = 64
"""Of what was done, the newest that are told."""

BACK: Final = {"rewrite": "went back into cc", "let go": "were let go of"}
"""What became of lines, in words."""

BIT: Final = 1000.0
"""What a score is divided by: it is in thousandths of a bit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stratum:
    """One lamina, with what it was split into."""

    name: str
    """What it is about, or its places where the bank does not say."""
    first: int
    last: int
    size: int
    """Bytes that its turns take in the bank; 0 where that does not say."""
    length: int = 0
    """Bytes of their text; likewise."""
    turns: int = 0
    parts: "tuple[Stratum, ...]" = ()
    """Empty for one that holds its words itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Because:
    """A stretch of the past that came back to who spoke last, and why."""

    place: int
    """Of the line it was found by."""
    author: str
    """Who said that: label, or id where nobody of that id ever joined."""
    at: datetime | None
    """When; UTC. `None` where the log has no such place."""
    score: float
    """What it tells of what was said, in bits."""
    why: tuple[str, ...]
    """Words of what was said that it has; none for what stands beside another piece."""
    said: str
    """Its own words, as all could read them."""
    bytes: int
    """As told, with its source."""

    @property
    def name(self) -> str:
        """Where it stands and who said it: `12 AI-1 (Pell)`."""
        return f"{self.place} {self.author}"

    @property
    def text(self) -> str:
        """Why it came back, and its words."""
        words = ", ".join(self.why) or "beside it"
        return f"{words}: {self.said}" if self.said else words


@dataclass(frozen=True, slots=True, kw_only=True)
class Recall:
    """What came back to who spoke last."""

    place: int
    """Of the entry that says so."""
    to: str
    """Who was told: label, or id where nobody of that id ever joined."""
    size: int
    """Bytes as told."""
    budget: int
    """Bytes there were for it."""
    pieces: tuple[Because, ...]
    """The best first."""


@dataclass(frozen=True, slots=True)
class Done:
    """Something that was done to the room's past."""

    place: int
    """Of the entry that says so: what to give to `Session.undo_keeping`."""
    act: str
    """`index`, `delaminate` or `merge`; `rewrite` where lines went back into cc, `let go` where
    that was taken back."""
    why: str
    by: str
    """`room` for the keeper, `you` for the person."""
    first: int = 0
    """First place it is about, inclusive."""
    last: int = 0
    """Last place, inclusive."""
    undoable: bool = False
    """Whether it was a split, a merger or a rewrite, and all is still as that left it."""

    lines: int = 0
    """Lines that it is about, where it is not about all of them."""

    @property
    def what(self) -> str:
        """What was done, in words: `places 0 to 40 were split`."""
        words = {"index": "indexed", "delaminate": "split", "merge": "merged"}
        if self.act in BACK:
            of = f"{self.lines} {'line' if self.lines == 1 else 'lines'}"
            return f"{of} of places {self.first:,} to {self.last:,} {BACK[self.act]}"
        return f"places {self.first:,} to {self.last:,} were {words.get(self.act, self.act)}"


@dataclass(slots=True)
class _Node:
    span: Span
    parts: "list[_Node]" = field(default_factory=list["_Node"])


class Strata:
    """Follows a log up to a place, forwards cheaply and backwards from the beginning."""

    def __init__(self) -> None:
        self._upto = -1
        self._last: Entry | None = None
        """The entry at `_upto`: another one there is another log."""
        self._roots: list[_Node] = []
        self._done: list[tuple[Done, tuple[Span, ...]]] = []
        """Each with the laminae that it left."""
        self._laid = False
        """Whether there ever was a lamina."""
        self._back: dict[int, frozenset[int]] = {}
        """By the place of a rewrite: what went back into cc by it and was not let go of."""
        self._recalled: tuple[int, Recalled] | None = None
        """With its place."""
        self._labels: dict[str, str] = {}
        self._opened = Opened(title="")

    def follow(self, log: Sequence[Entry], place: int | None = None) -> None:
        """Take in `log` up to `place` inclusive, all of it without one."""
        until = len(log) - 1 if place is None else min(place, len(log) - 1)
        same = self._upto < 0 or (self._upto <= until and log[self._upto] is self._last)
        if not same:
            self._upto, self._roots, self._done, self._recalled = -1, [], [], None
            self._labels, self._opened = {}, Opened(title="")
            self._laid, self._back = False, {}
        for entry in log[self._upto + 1 : until + 1]:
            self._hear(entry)
        self._upto = until
        self._last = log[until] if until >= 0 else None

    @property
    def done(self) -> tuple[Done, ...]:
        """What was done, the newest first."""
        there = frozenset(_leaves(self._roots)) if self._done else frozenset[Span]()
        return tuple(
            replace(
                one,
                undoable=one.place in self._back or (bool(left) and there.issuperset(left)),
            )
            for one, left in reversed(self._done[-SHOWN:])
        )

    def recall(self, log: Sequence[Entry]) -> Recall | None:
        """Return what came back to who spoke last; `None` if nothing ever did."""
        if self._recalled is None:
            return None
        place, event = self._recalled
        found = sorted(event.pieces, key=lambda one: (-one.score, one.first))
        return Recall(
            place=place,
            to=self._label(event.participant),
            size=event.size,
            budget=self._opened.recall,
            pieces=tuple(
                Because(
                    place=piece.first,
                    author=self._label(piece.author),
                    at=log[piece.first].at if 0 <= piece.first < len(log) else None,
                    score=piece.score / BIT,
                    why=piece.why,
                    said=self._said(log, piece.first),
                    bytes=piece.bytes,
                )
                for piece in found
            ),
        )

    def laminae(self, rows: "Iterable[Lamina]" = ()) -> tuple[Stratum, ...] | None:
        """Return the laminae as a tree, oldest first; `None` if there never were any.

        Args:
            rows: What the bank has of them, those too that were split or merged.
        """
        if not self._laid:
            return None
        known = {(row.first, row.last): row for row in rows}  # of two alike the newer
        return tuple(_shown(node, known) for node in self._roots)

    def _hear(self, entry: Entry) -> None:
        match entry.event:
            case Opened() as event:
                self._opened = event
            case Joined(participant=one):
                self._labels[one.id] = one.name if one.person and one.name else one.label
            case Recalled() as event:
                self._recalled = entry.place, event
            case Laminated(first=first, last=last, why=why):
                self._lay([_Node(Span(first, last))])
                self._note(Done(entry.place, "index", why, ROOM, first, last))
            case Delaminated(first=first, last=last, parts=parts, why=why, by=by):
                self._split(Span(first, last), [_Node(span) for span in parts])
                self._note(Done(entry.place, "delaminate", why, by, first, last), parts)
            case Merged(parts=parts, why=why, by=by) if parts:
                whole = Span(parts[0].first, parts[-1].last)
                self._merge(whole)
                done = Done(entry.place, "merge", why, by, whole.first, whole.last)
                self._note(done, (whole,))
            case Rewritten(places=places, why=why, by=by, let_go=let_go) if places:
                act = "let go" if let_go else "rewrite"
                first, last = min(places), max(places)
                done = Done(entry.place, act, why, by, first, last, lines=len(places))
                self._note(done)
                if let_go:
                    left = {at: rest - set(places) for at, rest in self._back.items()}
                    self._back = {at: rest for at, rest in left.items() if rest}
                else:
                    self._back[entry.place] = frozenset(places)
            case _:
                pass

    def _note(self, done: Done, left: tuple[Span, ...] = ()) -> None:
        self._done.append((done, left))

    def _label(self, who: str) -> str:
        return self._labels.get(who, who)

    def _said(self, log: Sequence[Entry], place: int) -> str:
        """Return what all could read at a place; empty for nothing."""
        match log[place].event if 0 <= place < len(log) else None:
            case Spoke(author=author, text=text):
                own = author in {PERSON, ROOM}
                return text if own else parse(text, inline=self._opened.inline).spoken
            case ImageRequested(prompt=prompt):
                return f"picture: {prompt}"
            case _:
                return ""

    def _lay(self, nodes: list[_Node]) -> None:
        """Put nodes in the place of all roots that they touch."""
        self._laid = True
        if nodes:
            first, last = nodes[0].span.first, nodes[-1].span.last
            before = [root for root in self._roots if root.span.last < first]
            after = [root for root in self._roots if root.span.first > last]
            self._roots = [*before, *nodes, *after]

    def _split(self, span: Span, parts: list[_Node]) -> None:
        node = _find(self._roots, span)
        if node is None:
            self._lay(parts)
        else:
            node.parts = parts

    def _merge(self, span: Span) -> None:
        node = _find(self._roots, span)
        if node is None:
            # Not what was one before: what the parts were parts of stands as what is left of it.
            self._roots = [left for root in self._roots for left in _without(root, span)]
            self._lay([_Node(span)])
        else:
            node.parts = []


def undoable(log: Sequence[Entry]) -> tuple[Done, ...]:
    """Return what can be taken back of what was done to a room's past, the newest first."""
    strata = Strata()
    strata.follow(log)
    return tuple(one for one in strata.done if one.undoable)


def _leaves(nodes: Iterable[_Node]) -> Iterator[Span]:
    for node in nodes:
        if node.parts:
            yield from _leaves(node.parts)
        else:
            yield node.span


def _find(nodes: Sequence[_Node], span: Span) -> _Node | None:
    """Return the innermost node of that span."""
    for node in nodes:
        if node.span.first <= span.first and span.last <= node.span.last:
            within = _find(node.parts, span)
            return within or (node if node.span == span else None)
    return None


def _without(node: _Node, span: Span) -> list[_Node]:
    """Return what is left of a node when a span is taken out of it."""
    if node.span.last < span.first or node.span.first > span.last:
        return [node]
    return [left for part in node.parts for left in _without(part, span)]


def _shown(node: _Node, known: "Mapping[tuple[int, int], Lamina]") -> Stratum:
    span = node.span
    row = known.get((span.first, span.last))
    return Stratum(
        name=(row.code if row is not None else "") or f"places {span.first} to {span.last}",
        first=span.first,
        last=span.last,
        size=row.stored if row is not None else 0,
        length=row.length if row is not None else 0,
        turns=row.turns if row is not None else 0,
        parts=tuple(_shown(part, known) for part in node.parts),
    )
