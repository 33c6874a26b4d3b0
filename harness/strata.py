"""What a room's past is kept in, as it lay at one place of its log: laminae, recall, choices.

Told by the log alone, entry by entry, so that any place can be looked at, and a room that is
looked at after every turn costs what the turn costs. The bank adds what a lamina is about and
what it takes.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from transcripts.events import Delaminated, Entry, Laminated, Merged, Recalled, Span, Spoke
from transcripts.participants import ROOM

if TYPE_CHECKING:
    from memory.bank.laminae import Lamina

SHOWN: Final = 64
"""Of what was done, the newest that are told."""

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


@dataclass(frozen=True, slots=True)
class Because:
    """A stretch of the past that came back to who spoke last, and why."""

    name: str
    """Where it stands and who said it: `12 AI-1`."""
    score: float
    """What it tells of what was said, in bits."""
    text: str
    """Words of what was said that it has, then its own."""


@dataclass(frozen=True, slots=True)
class Done:
    """Something that was done to the room's past."""

    place: int
    """Of the entry that says so: what to give to `Session.undo_keeping`."""
    act: str
    """`index`, `delaminate` or `merge`."""
    why: str
    by: str
    """`room` for the keeper, `you` for the person."""


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
        self._done: list[Done] = []
        self._recalled: Recalled | None = None

    def follow(self, log: Sequence[Entry], place: int | None = None) -> None:
        """Take in `log` up to `place` inclusive, all of it without one."""
        until = len(log) - 1 if place is None else min(place, len(log) - 1)
        same = self._upto < 0 or (self._upto <= until and log[self._upto] is self._last)
        if not same:
            self._upto, self._roots, self._done, self._recalled = -1, [], [], None
        for entry in log[self._upto + 1 : until + 1]:
            self._hear(entry)
        self._upto = until
        self._last = log[until] if until >= 0 else None

    @property
    def done(self) -> tuple[Done, ...]:
        """What was done, the newest first."""
        return tuple(reversed(self._done[-SHOWN:]))

    def because(self, log: Sequence[Entry]) -> tuple[Because, ...] | None:
        """Return what came back to who spoke last, the best first; `None` if nothing ever did."""
        if self._recalled is None:
            return None
        rows: list[Because] = []
        for piece in sorted(self._recalled.pieces, key=lambda one: (-one.score, one.first)):
            event = log[piece.first].event if piece.first < len(log) else None
            said = event.text if isinstance(event, Spoke) else ""
            words = ", ".join(piece.why) or "beside it"
            text = f"{words}: {said}" if said else words
            rows.append(Because(f"{piece.first} {piece.author}", piece.score / BIT, text))
        return tuple(rows)

    def laminae(self, rows: "Iterable[Lamina]" = ()) -> tuple[Stratum, ...] | None:
        """Return the laminae as a tree, oldest first; `None` if there never were any.

        Args:
            rows: What the bank has of them, those too that were split or merged.
        """
        if not self._done:
            return None
        known = {(row.first, row.last): row for row in rows}  # of two alike the newer
        return tuple(_shown(node, known) for node in self._roots)

    def _hear(self, entry: Entry) -> None:
        match entry.event:
            case Recalled() as event:
                self._recalled = event
            case Laminated(first=first, last=last, why=why):
                self._lay([_Node(Span(first, last))])
                self._done.append(Done(entry.place, "index", why, ROOM))
            case Delaminated(first=first, last=last, parts=parts, why=why, by=by):
                self._split(Span(first, last), [_Node(span) for span in parts])
                self._done.append(Done(entry.place, "delaminate", why, by))
            case Merged(parts=parts, why=why, by=by) if parts:
                self._merge(Span(parts[0].first, parts[-1].last))
                self._done.append(Done(entry.place, "merge", why, by))
            case _:
                pass

    def _lay(self, nodes: list[_Node]) -> None:
        """Put nodes in the place of all roots that they touch."""
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
