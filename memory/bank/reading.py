"""Turns read back from the bank, checked, and coded anew by a newer model.

Opening a turn reads its segment from the key frame on: at most `kept.KEY` bytes of text
before it. Blocks for as long as that takes; nothing here is for a loop.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from memory.bank.guessers import at_hand, file_of, guesser, hold, newest
from memory.bank.kept import (
    ALONE,
    AS_IT_IS,
    LONGEST,
    START,
    Kept,
    Said,
    link,
    made_by,
    pack,
    texts,
    unpack,
)
from memory.bank.transcoding import Pair, code
from memory.bank.turns import Segment, Turns
from memory.codec import turns as codec
from memory.errors import BankError, DamagedTurn, ModelError, NothingCarried

BATCH = 8 << 10
"""Bytes of text coded by one transaction: stopped in the middle, so much is lost."""

Progress = Callable[[int], None]
"""Called with bytes of text that were read since it was called last."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong with a room's turns."""

    room: str
    place: int
    """Of the turn; of the first turn of a segment where that is what is wrong."""
    author: str
    why: str
    lost: tuple[int, ...] = ()
    """Places of turns that cannot be read either, since they take this one."""

    def __str__(self) -> str:
        who = f" ({self.author})" if self.author else ""
        line = f"room {self.room!r}: the turn at place {self.place}{who}: {self.why}"
        if not self.lost:
            return line
        places = f"place {self.lost[0]}"
        if len(self.lost) > 1:
            places = f"{len(self.lost)} places, {self.lost[0]} to {self.lost[-1]}"
        return f"{line}; nor can be read, since it takes this one: {places}"


@dataclass(frozen=True, slots=True)
class Recoded:
    """What coding a room anew came to, in bytes of blobs."""

    before: int
    after: int
    kept: tuple[Trouble, ...] = ()
    """Segments that stayed as they were, and why."""


def read(turns: Turns, room: str, place: int) -> Said:
    """Return the turn at a place of a room.

    Raises:
        NothingCarried: There is no turn at that place.
        DamagedTurn: It cannot be read.
        ModelError: Its byte model cannot be used here.
        BankError: The bank cannot be read.
    """
    found = turns.holding(room, place)
    if found is None:
        raise NothingCarried(f"room {room!r} has no turn at place {place}")
    kept, segment = found
    rows = [kept]
    if segment is not None and kept.codec not in ALONE:
        # One that comes out of a damaged pack is believed for what comes after it.
        rows = turns.rows(room, segment, upto=None if kept.doubtful else place)
    for row, said in zip(rows, texts(rows, _coder(turns, segment, rows)), strict=True):
        if row.place == place:
            if isinstance(said, DamagedTurn):
                raise DamagedTurn(f"room {room!r}, place {place}: {said}")
            return said
    raise NothingCarried(f"room {room!r} has no turn at place {place}")


def opened(turns: Turns, room: str, segment: Segment) -> list[Said]:
    """Return all turns of a segment.

    Raises:
        DamagedTurn: One of them cannot be read.
        ModelError: Its byte model cannot be used here.
        BankError: The bank cannot be read.
    """
    rows = turns.rows(room, segment)
    said: list[Said] = []
    for row, one in zip(rows, texts(rows, _coder(turns, segment, rows)), strict=True):
        if isinstance(one, DamagedTurn):
            raise DamagedTurn(f"room {room!r}, place {row.place}: {one}")
        said.append(one)
    return said


def verify(turns: Turns, room: str, progress: Progress | None = None) -> list[Trouble]:
    """Read all turns of a room and return what is wrong with them; nothing if all is well."""
    chain, wrong = START, list[Trouble]()
    count = length = 0
    whole = True
    for segment in [*turns.segments(room), None]:
        if segment is not None:
            if segment.before != chain and whole:
                wrong.append(_broken(room, segment, "the turns before its segment are others"))
            chain = segment.before
        try:
            rows = turns.rows(room, segment)
        except DamagedTurn as error:
            assert segment is not None  # noqa: S101 - only segments are packed
            wrong.append(_shut(room, segment, str(error)))
            chain, whole = segment.chain, False
            count, length = count + segment.turns, length + segment.length
            continue
        try:
            found = list(texts(rows, _coder(turns, segment, rows)))
        except (ModelError, BankError) as error:
            wrong.append(_unreadable(room, rows, str(error)))
            found = []
        lost = _lost(room, rows, found)
        wrong += lost
        for row in found:
            if isinstance(row, Said):
                chain = link(chain, row)
        clean = not lost and len(found) == len(rows)
        if segment is not None:
            if clean and (segment.chain != chain or segment.turns != len(rows)):
                why = f"{len(rows)} turns are here, and are not the {segment.turns} kept"
                wrong.append(_broken(room, segment, f"{why}: one is missing, or out of order"))
            elif (
                clean
                and rows
                and (segment.first, segment.last)
                != (
                    rows[0].place,
                    rows[-1].place,
                )
            ):
                why = f"its segment is of places {rows[0].place} to {rows[-1].place}, and says"
                wrong.append(_broken(room, segment, f"{why} {segment.first} to {segment.last}"))
            elif clean and any(row.doubtful for row in rows):
                why = "its pack is damaged (CRC-32), though every turn in it can be read"
                wrong.append(_broken(room, segment, why))
            chain = segment.chain
        whole = whole and clean
        count += len(rows)
        length += sum(row.length for row in rows)
        if progress is not None:
            progress(sum(row.length for row in rows))
    at = turns.reached(room)
    if whole and (at.chain, at.turns, at.length) != (chain, count, length):
        why = f"{count} turns are here, and are not the {at.turns} kept"
        wrong.append(Trouble(room, at.upto, "", f"{why}: one is missing, or out of order"))
    return wrong


def recode(
    turns: Turns, room: str, *, force: bool = False, progress: Progress | None = None
) -> Recoded:
    """Code a room's segments by the newest model, each in a transaction of its own.

    What is made is decoded again and compared before it is taken in; a segment that cannot be
    read, or is not smaller, stays as it was.

    Args:
        turns: Of the bank.
        room: Id of the room.
        force: Also segments that are coded by it already.
        progress: How far it is.
    """
    model = newest()
    while turns.pack(room):
        pass  # those from before there were packs, some at a time: others may be waiting
    before = after = 0
    stayed: list[Trouble] = []
    for segment in turns.segments(room):
        try:
            rows = turns.rows(room, segment)
        except DamagedTurn as error:
            stayed.append(_broken(room, segment, f"its segment stays as it was: {error}"))
            continue
        old = sum(len(row.blob) for row in rows)
        before += old
        new = old
        stays = segment.version == AS_IT_IS
        current = (segment.model, segment.version) == (model, codec.VERSION)
        if not stays and (force or not current):
            try:
                made = _made(turns, segment, rows, model)
            except (DamagedTurn, ModelError) as error:
                stayed.append(_broken(room, segment, f"its segment stays as it was: {error}"))
            else:
                size = sum(len(row.blob) for row in made)
                if size <= old and turns.recode(
                    room,
                    segment,
                    made,
                    model=model,
                    version=codec.VERSION,
                    whole=_whole(turns, model),
                ):
                    new = size
        after += new
        if progress is not None:
            progress(segment.length)
    return Recoded(before, after, tuple(stayed))


def code_waiting(turns: Turns, room: str, progress: Progress | None = None) -> None:
    """Code what waits in a room by the newest model, in this process, some turns at a time.

    Raises:
        ModelError: The model cannot be used on this machine.
        DamagedTurn: What waits cannot be read.
        BankError: What was not coded yet stays as it is.
    """
    model = newest()
    open_: tuple[bytes, Pair] | None = None
    while work := turns.work(room, model=model, version=codec.VERSION, most=BATCH):
        segment = work.segment
        said = [unpack(row) for row in work.turns]
        blobs, closed, pair = [b""], True, None
        if len(said[0].text) <= LONGEST:
            if open_ is not None and segment.number and open_[0] == segment.chain:
                pair = open_[1]
            else:
                pair = _standing(turns, room, segment, model)
            coded = code(pair, said)
            blobs, closed = list(coded.blobs), bool(coded.wrong)
            if closed:
                blobs.append(b"")
        done = said[: len(blobs)]
        turns.settle(room, work, done, blobs, closed=closed, whole=_whole(turns, model))
        chain = segment.chain
        for one in done:
            chain = link(chain, one)
        open_ = None if pair is None or closed else (chain, pair)
        if progress is not None:
            progress(sum(len(one.text) for one in done))


def _standing(turns: Turns, room: str, segment: Segment, model: str) -> Pair:
    """Return a pair that has read what is in a segment already."""
    rows = turns.rows(room, segment) if segment.number else []
    pair = Pair(model)
    for before in texts(rows, _coder(turns, segment, rows)):
        if isinstance(before, DamagedTurn):
            raise before
        pair.learn(before)
    return pair


def _whole(turns: Turns, model: str) -> bytes:
    """Return the newest model's file if the bank has it not.

    Raises:
        ModelError: The file is another one by now.
    """
    if not model or turns.has_model(model):
        return b""
    return file_of(model)


def _made(turns: Turns, segment: Segment, rows: list[Kept], model: str) -> list[Kept]:
    """Return a segment's turns coded anew, decoded again and compared."""
    said: list[Said] = []
    for row in texts(rows, _coder(turns, segment, rows)):
        if isinstance(row, DamagedTurn):
            raise row
        said.append(row)
    pair = Pair(model)
    made: list[Kept] = []
    for one in said:
        hot = pack(one)
        if one is said[0] and len(one.text) > LONGEST:
            made.append(hot)
            continue
        try:
            blob = pair.code(one)
        except DamagedTurn as error:
            raise DamagedTurn(f"the turn at place {one.place}: {error}") from error
        smaller = len(blob) < len(hot.blob)
        made.append(replace(hot, codec=made_by(blob), blob=blob) if smaller else hot)
    return made


def _coder(turns: Turns, segment: Segment | None, rows: Iterable[Kept]) -> codec.Segment | None:
    """Return what decodes a segment, from its key frame; `None` where nothing is coded."""
    if segment is None or all(row.codec in ALONE for row in rows):
        return None
    if segment.version != codec.VERSION:
        raise ModelError(
            f"it is coded by version {segment.version}, this enfold reads {codec.VERSION};"
            " update enfold"
        )
    if segment.model and not at_hand(segment.model):
        hold(turns.model(segment.model))
    return codec.Segment(guesser(segment.model))


def _lost(room: str, rows: list[Kept], found: list[Said | DamagedTurn]) -> list[Trouble]:
    """Return the first turn of a segment that is lost, with those it takes along, and others."""
    bad = [
        (row, one)
        for row, one in zip(rows, found, strict=False)
        if isinstance(one, DamagedTurn)
    ]
    if not bad:
        return []
    (row, why), *rest = bad
    along = tuple(one.place for one, _ in rest if one.codec not in ALONE)
    wrong = [Trouble(room, row.place, row.author, str(why), along)]
    wrong += [
        Trouble(room, one.place, one.author, str(error))
        for one, error in rest
        if one.codec in ALONE
    ]
    return wrong


def _unreadable(room: str, rows: list[Kept], why: str) -> Trouble:
    first, *rest = rows
    return Trouble(room, first.place, first.author, why, tuple(row.place for row in rest))


def _shut(room: str, segment: Segment, why: str) -> Trouble:
    turns = "its turn" if segment.turns == 1 else f"its {segment.turns} turns"
    upto = f" up to place {segment.last}" if segment.turns > 1 else ""
    return _broken(room, segment, f"{turns}{upto} cannot be read: {why}")


def _broken(room: str, segment: Segment, why: str) -> Trouble:
    return Trouble(room, segment.first, "", why)
