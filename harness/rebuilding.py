"""Everything that the bank has of a room made again from its log, or from its archive.

Turns and laminae are laid down beside those that are there, along the spans that the log
tells, and take their place in one step; folds are made again and compared. What comes out
otherwise than it was is kept as it was, unless that is damaged: a fold that was made by
another version cannot be had back. Nobody may write the room meanwhile. Everything blocks.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from harness.archive import turns
from harness.archived import readable
from harness.clock import Clock
from harness.finding import catch_up
from harness.keeper import Keeper
from harness.recollection import told as public
from harness.rooms import Rooms
from harness.voice import FarReader, needed
from harness.worker import Worker
from memory.errors import BankError, DamagedRow, ModelError
from transcripts.events import Entry, Folded, Span
from transcripts.log import held, read
from transcripts.room import Room, reduced

if TYPE_CHECKING:
    from memory.bank.anew import Row
    from memory.bank.bank import Bank
    from memory.bank.kept import Said
    from memory.bank.laminae import Lamina
    from memory.bank.turns import Reached
    from memory.index.leaf import Leaf

Told = Callable[[int], None]
"""Called with the bytes of text done since the last call."""

Rows = Mapping[Span, "Row"]
"""What is known of laminae beside their index rows, by their spans, in order."""

How = Literal["the same", "made anew", "kept as it was", "not made"]


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that the bank has of a room, and what came of it."""

    what: str
    how: How
    detail: str


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What came of making a room's bank anew."""

    room: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Laid:
    """What was laid down."""

    name: str
    """In the bank, until it is taken."""
    turns: int
    spans: tuple[Span, ...]
    """Of its laminae, in order."""


@dataclass(frozen=True, slots=True)
class _Log:
    """A whole log."""

    entries: Sequence[Entry]
    room: Room
    """What it amounts to."""


def rebuild(rooms: Rooms, room_id: str, clock: Clock, told: Told | None = None) -> Rebuilt:
    """Make everything that the bank has of a room anew, and compare it with what was there.

    Args:
        rooms: Where its log is.
        room_id: Its id.
        clock: For how long folds take.
        told: See `Told`.

    Raises:
        RoomBusy: Somebody writes the room.
        TranscriptError: Its log cannot be read.
        BankError: The bank cannot be written; it is as it was, but for folds that were lost.
        ModelError: It takes a byte model that is not here.
    """
    from memory.bank.bank import Bank  # noqa: PLC0415 - heavy, and only here

    log = rooms.mark(room_id) if rooms.archived(room_id) else rooms.log(room_id)
    with held(log), ExitStack() as after:
        entries = list(read(readable(rooms, room_id)))
        room = reduced(entries)
        bank = Bank(rooms.bank)
        after.callback(bank.close)
        at = bank.turns.reached(room_id)
        laid = lay_down(bank, room_id, entries, room, told=told)
        after.callback(bank.anew.drop, laid.name)
        parts = [
            _turns(bank, room_id, laid),
            _laminae(bank, room_id, laid),
            _cc(bank, room_id, laid.name, _Log(entries, room), clock),
        ]
        bank.anew.take(room_id, laid.name, at)
        catch_up(bank, rooms)
        lines = sum(one.lines for one in [rooms.summary(room_id)])
        parts.append(Part("search", "made anew", f"{lines:,} lines"))
    return Rebuilt(room_id, tuple(parts))


def lay_down(
    bank: "Bank",
    room_id: str,
    entries: Sequence[Entry],
    room: Room,
    *,
    rows: Rows | None = None,
    told: Told | None = None,
) -> Laid:
    """Lay a room's turns and laminae down beside what the bank has of it.

    Laminae are along the spans that the log tells; where it tells none, along those that are
    known otherwise, or along the topics.

    Args:
        bank: Where.
        room_id: Id of the room.
        entries: Its whole log.
        room: What that amounts to.
        rows: What is known of laminae that the bank may not have.
        told: See `Told`.

    Raises:
        BankError: The bank cannot be written.
        ModelError: The byte model cannot be used here.
    """
    from memory.bank.guessers import file_of, newest  # noqa: PLC0415 - with the bank
    from memory.bank.kept import START  # noqa: PLC0415
    from memory.bank.reading import code_waiting  # noqa: PLC0415
    from memory.bank.splitting import remake  # noqa: PLC0415
    from memory.index.leaf import leaf  # noqa: PLC0415

    said = turns(entries)
    known = {Span(one.first, one.last): row_of(one) for one in bank.laminae.of(room_id)}
    known.update(rows or {})
    spans = room.laminae or tuple(rows or ()) or _topics(entries, room, said)
    name = bank.anew.begin(room_id)
    try:
        model, chain = newest(), START
        groups, tail = _grouped(said, spans)
        for group, span in groups:
            (remade,) = remake([group], chain, model)
            new = remade.model and not bank.turns.has_model(remade.model)
            whole = file_of(remade.model) if new else b""
            if span is None:
                bank.anew.lay(name, remade, None, whole=whole)
            else:
                heard = public(entries[span.first : span.last + 1], room)
                made = leaf(span.first, span.last, heard)
                bank.anew.lay(name, remade, made, row=known.get(span), whole=whole)
            chain = remade.chain
            if told is not None:
                told(sum(len(one.text) for one in group))
        bank.turns.append(name, tail)
        code_waiting(bank.turns, name, told)
    except BaseException:
        bank.anew.drop(name)
        raise
    return Laid(name, len(said), tuple(span for _, span in groups if span is not None))


def laminae(bank: "Bank", room_id: str) -> "dict[Span, tuple[Leaf, Row]]":
    """Return a room's laminae by their spans, in order: index row, and what else is known."""
    from memory.index.leaf import Leaf  # noqa: PLC0415

    found: dict[Span, tuple[Leaf, Row]] = {}
    for one, gist in bank.laminae.gists(room_id):
        words = bank.laminae.words(room_id, one.number)
        leaf = Leaf(one.first, one.last, gist, words, one.code.encode())
        found[Span(one.first, one.last)] = (leaf, row_of(one))
    return found


def row_of(one: "Lamina") -> "Row":
    """Return what is known of a lamina beside its index row."""
    from memory.bank.anew import Row  # noqa: PLC0415 - with the bank

    return Row(one.made, one.at.isoformat())


def _grouped(
    said: "Sequence[Said]", spans: Sequence[Span]
) -> "tuple[list[tuple[list[Said], Span | None]], list[Said]]":
    """Return the turns by lamina, those between laminae by what a segment takes; and the rest.

    A span without turns is none; one with more than a segment takes is several without.
    """
    from memory.bank.kept import KEY  # noqa: PLC0415 - with the bank

    groups: list[tuple[list[Said], Span | None]] = []
    left = list(said)
    for span in spans:
        before = [one for one in left if one.place < span.first]
        inside = [one for one in left if span.first <= one.place <= span.last]
        left = left[len(before) + len(inside) :]
        groups += [(run, None) for run in _runs(before)]
        fits = len(inside) == 1 or sum(len(one.text) for one in inside) <= KEY
        if inside and fits:
            groups.append((inside, span))
        else:
            groups += [(run, None) for run in _runs(inside)]
    return groups, left


def _runs(said: "Sequence[Said]") -> "list[list[Said]]":
    """Part turns into runs that a segment takes."""
    from memory.bank.kept import KEY  # noqa: PLC0415 - with the bank

    runs: list[list[Said]] = []
    size = 0
    for one in said:
        if not runs or size + len(one.text) > KEY:
            runs.append([])
            size = 0
        runs[-1].append(one)
        size += len(one.text)
    return runs


def _topics(entries: Sequence[Entry], room: Room, said: "Sequence[Said]") -> tuple[Span, ...]:
    """Return spans for a log that tells none: what fills a segment, split by what it is about."""
    from memory.delaminate import cut  # noqa: PLC0415 - only here

    spans: list[Span] = []
    first = 0
    for run in _runs(said)[:-1]:
        last = run[-1].place
        heard = public(entries[first : last + 1], room)
        begins = {one.place for one in run}
        inner = [heard[at].place for at in cut(heard, None)] if heard else []
        # Each part takes a turn, so that it is a lamina.
        seams = [place for place in inner if run[0].place < place and place in begins]
        starts = [first, *seams]
        ends = [place - 1 for place in [*seams, last + 1]]
        spans += [Span(start, end) for start, end in zip(starts, ends, strict=True)]
        first = last + 1
    return tuple(spans)


def _turns(bank: "Bank", room_id: str, laid: Laid) -> Part:
    from memory.bank.reading import verify  # noqa: PLC0415 - with the bank

    old, new = bank.turns.reached(room_id), bank.turns.reached(laid.name)
    detail = f"{laid.turns:,} turns"
    wrong = verify(bank.turns, room_id)
    if not wrong and _told(old) == _told(new):
        return Part("turns", "the same", detail)
    if wrong:
        detail += f"; {len(wrong)} could not be read"
    elif old.turns:
        detail += f"; there were {old.turns:,} others"
    return Part("turns", "made anew", detail)


def _told(at: "Reached") -> tuple[int, int, bytes]:
    return at.turns, at.length, at.chain


def _laminae(bank: "Bank", room_id: str, laid: Laid) -> Part:
    try:
        old = {span: leaf for span, (leaf, _) in laminae(bank, room_id).items()}
    except BankError:
        old = None  # it cannot be read
    new = {span: leaf for span, (leaf, _) in laminae(bank, laid.name).items()}
    detail = f"{len(new):,} laminae"
    if old == new:
        return Part("laminae", "the same", detail)
    return Part("laminae", "made anew", f"{detail}; there were {len(old or ()):,}")


def _cc(bank: "Bank", room_id: str, name: str, log: "_Log", clock: Clock) -> Part:
    """Make the folds again that the log tells, and take them in where those there are lost."""
    carrier = log.room.opened.carrier
    logged = [entry.event for entry in log.entries if isinstance(entry.event, Folded)]
    there = bank.history(room_id, carrier)
    if not any(fold.carrier == carrier for fold in logged):
        if there:
            return Part("cc", "kept as it was", f"{len(there):,} folds that the log knows not")
        return Part("cc", "not made", "the log has no folds; `enfold replay` makes them")
    try:
        _folded(bank, name, log, clock)
    except ModelError as error:
        return Part("cc", "kept as it was", str(error))
    made = bank.history(name, carrier)
    detail = f"{len(made):,} folds"
    old, new = ([(row.upto, row.digest) for row in rows] for rows in (there, made))
    sound = _sound(bank, room_id, carrier)
    if sound and old == new:
        return Part("cc", "the same", detail)
    if sound and old and not set(old) <= set(new):
        alike = len(set(old) & set(new))
        what = f"{len(old):,} folds; made again, {len(old) - alike:,} come out otherwise"
        return Part("cc", "kept as it was", what)
    newest = bank.newest(name, carrier)
    if newest is None:
        return Part("cc", "not made", "there is nothing to fold")
    bank.copy(name, room_id, newest)
    told = {(fold.last, fold.digest) for fold in logged}
    others = sum(fold not in told for fold in new)
    if others:
        detail += f"; {others:,} are not what they were when live"
    return Part("cc", "made anew", detail)


def _folded(bank: "Bank", name: str, log: "_Log", clock: Clock) -> None:
    """Fold what the log says was folded, under another name."""
    from memory.cc.carriers import carrier  # noqa: PLC0415 - with the bank

    opened = log.room.opened
    worker = Worker()
    try:
        far = None
        if opened.carrier == "state":
            far = FarReader(worker, needed('carrier "state"'))
        way = carrier(opened.carrier, opened.budget, far)

        async def mend() -> None:
            keeper = Keeper(name, way, bank, clock)
            try:
                await keeper.mend(log.room, log.entries)
            finally:
                await keeper.close()

        asyncio.run(mend())
    finally:
        worker.close()


def _sound(bank: "Bank", room_id: str, carrier: str) -> bool:
    """Whether every fold that is there is what was kept, the newest with its state."""
    if bank.check_cc(room_id, carrier):
        return False
    try:
        return bank.newest(room_id, carrier) is not None
    except DamagedRow:
        return False
