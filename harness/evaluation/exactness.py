"""V0: whether every turn comes back from the bank byte for byte, and every fold with it.

What is read are the laminae, the segments between them and the turns that wait to be coded,
and nothing of the log; then it is held against the log. The chain of digests is drawn through
the turns that were read, so that none can be missing, doubled or out of order. From the turns
that came back, cc is folded again, fold by fold, and must have the digests that were kept.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from harness.archive import turns
from harness.archived import readable
from harness.clock import FixedClock
from harness.evaluation.talks import Talk
from harness.keeper import Keeper, turn
from harness.rebuilding import rebuild
from harness.rooms import Rooms
from memory.cc.base import CC
from memory.cc.carriers import carrier
from memory.errors import DamagedRow, DamagedTurn, ModelError, NothingCarried
from transcripts.events import Entry, Event, Joined, Opened, Spoke, Whispered
from transcripts.log import read
from transcripts.participants import Participant
from transcripts.room import Room, reduce, reduced

if TYPE_CHECKING:
    from memory.bank.address import Where
    from memory.bank.bank import Bank
    from memory.bank.kept import Said

NOW: Final = datetime(2026, 1, 1, tzinfo=UTC)
"""When a talk is taken in, so that its room is the same each time."""


@dataclass(frozen=True, slots=True)
class Exactness:
    """What came back of a room."""

    room: str
    turns: int
    """Of the log."""
    exact: int
    """Of these, how many came back byte for byte."""
    length: int
    """Bytes of text of the log's turns."""
    chain: str
    """Digest after the last turn that came back, hexadecimal: see `memory.bank.kept.link`."""
    laminae: int
    """Laminae that were read, each by itself."""
    folds: int = 0
    """Folds of cc that the bank has."""
    refolded: int = 0
    """Of these, how many come out the same from the turns that came back; from the first on."""
    wrong: tuple[str, ...] = ()
    """What is wrong, a line each; nothing if all is well."""

    @property
    def whole(self) -> bool:
        """Whether everything came back."""
        return not self.wrong and self.exact == self.turns and self.refolded == self.folds


def of_room(rooms: Rooms, room_id: str) -> Exactness:
    """Return what comes back of a room; nothing is written. Takes as long as decoding does.

    Raises:
        TranscriptError: Its log cannot be read, so there is nothing to hold the bank against.
        BankError: There is no bank, or it cannot be read.
    """
    from memory.bank.bank import Bank  # noqa: PLC0415 - heavy, and only here

    entries = list(read(readable(rooms, room_id)))
    bank = Bank(rooms.bank)
    try:
        return compared(bank, room_id, entries)
    finally:
        bank.close()


def of_talk(talk: Talk, folder: Path, *, way: str = "text", budget: int = 4096) -> Exactness:
    """Take a talk into a room as an imported one is, fold it, and return what comes back.

    Args:
        talk: The conversation.
        folder: Where the room and its bank are made; empty.
        way: Its carrier; one that no byte model reads for.
        budget: Bytes of cc.

    Raises:
        BankError: The bank cannot be written.
        ModelError: The byte model cannot be used here.
        RoomsUnusable: The room cannot be made.
    """
    rooms = Rooms(folder / "rooms")
    events = [(NOW, event, None) for event in _events(talk, way, budget)]
    room_id = rooms.import_(events, title=talk.name, now=NOW)
    entries = list(read(readable(rooms, room_id)))
    asyncio.run(_folded(rooms.bank, room_id, entries))
    rebuild(rooms, room_id, FixedClock(NOW))
    return of_room(rooms, room_id)


def compared(bank: "Bank", room_id: str, entries: Sequence[Entry]) -> Exactness:
    """Return what comes back of a room from a bank that is open.

    Args:
        bank: What is tried.
        room_id: Id of the room in it.
        entries: Its whole log.

    Raises:
        BankError: It cannot be read at all.
    """
    from memory.bank.kept import START, link  # noqa: PLC0415 - with the bank
    from memory.bank.reading import verify  # noqa: PLC0415

    there = turns(entries)
    back, laminae, wrong = _read(bank, room_id)
    wrong += [str(trouble) for trouble in verify(bank.turns, room_id)]
    chain = START
    for said in back:
        chain = link(chain, said)
    kept = bank.turns.reached(room_id)
    if (kept.chain, kept.turns) != (chain, len(back)):
        wrong.append(f"{len(back)} turns were read, and are not the {kept.turns} kept")
    known = {said.place: said for said in there}
    exact = sum(known.get(said.place) == said for said in back)
    if exact != len(there):
        missing = sorted(known.keys() - {said.place for said in back})
        at = next((said.place for said in back if known.get(said.place) != said), None)
        first = missing[0] if at is None else at
        wrong.append(f"{len(there) - exact} turns are not those of the log, from {first} on")
    folds, refolded = _refolded(bank, room_id, entries, back)
    return Exactness(
        room=room_id,
        turns=len(there),
        exact=exact,
        length=sum(len(said.text) for said in there),
        chain=chain.hex(),
        laminae=laminae,
        folds=folds,
        refolded=refolded,
        wrong=tuple(wrong),
    )


def _events(talk: Talk, way: str, budget: int) -> list[Event]:
    joined = [
        Joined(participant=Participant(id=author, name=called[0], model="imported"))
        for author, called in talk.names.items()
    ]
    said = [Spoke(author=line.author, text=line.utterance.text) for line in talk.lines]
    return [Opened(title=talk.name, carrier=way, budget=budget), *joined, *said]


async def _folded(where: "Where", room_id: str, entries: Sequence[Entry]) -> None:
    """Fold turn by turn into the bank, as a room does while it goes on."""
    from memory.bank.bank import Bank  # noqa: PLC0415 - heavy, and only here

    bank = Bank(where)
    opened = reduced(entries[:1]).opened
    keeper = Keeper(room_id, carrier(opened.carrier, opened.budget), bank, FixedClock(NOW))
    try:
        room = Room()
        for entry in entries:
            if isinstance(entry.event, Spoke):
                await keeper.fold(room, entries[: entry.place])  # the turn before it is over
            room = reduce(room, entry)
        await keeper.fold(room, entries)
    finally:
        await keeper.close()
        bank.close()


def _read(bank: "Bank", room_id: str) -> "tuple[list[Said], int, list[str]]":
    """Return all turns that the bank gives, lamina by lamina and then what no lamina has."""
    from memory.bank.kept import unpack  # noqa: PLC0415 - with the bank
    from memory.bank.reading import opened  # noqa: PLC0415

    back: list[Said] = []
    wrong: list[str] = []
    alive = bank.laminae.of(room_id)
    covered: set[tuple[int, int]] = set()
    for lamina in alive:
        try:
            segment = bank.laminae.segment(room_id, lamina)
            back += bank.laminae.said(room_id, lamina)
            covered.add((segment.first, segment.last))
        except (DamagedTurn, ModelError, NothingCarried) as error:
            wrong.append(f"lamina {lamina.first} to {lamina.last}: {error}")
    for segment in bank.turns.segments(room_id):
        if (segment.first, segment.last) in covered:
            continue
        try:
            back += opened(bank.turns, room_id, segment)
        except (DamagedTurn, ModelError) as error:
            wrong.append(str(error))
    back += [unpack(row) for row in bank.turns.rows(room_id, None)]
    back.sort(key=lambda said: said.place)
    return back, len(alive), wrong


def _refolded(
    bank: "Bank", room_id: str, entries: Sequence[Entry], back: "Sequence[Said]"
) -> tuple[int, int]:
    """Return how many folds there are, and how many of them come out the same again.

    A carrier that a byte model reads for is not folded again: that is training's to test.
    """
    room = reduced(entries)
    name = room.opened.carrier
    rows = bank.history(room_id, name)
    if name == "state":
        return 0, 0
    texts = {said.place: said.text.decode("utf-8", "surrogatepass") for said in back}
    heard = [_with(entry, texts.get(entry.place, "")) for entry in entries]
    folds, cc = carrier(name, room.opened.budget), CC(name)
    for done, row in enumerate(rows):
        cc = folds.fold(cc, turn(heard, heard[cc.upto + 1 : row.upto + 1], room))
        try:
            same = cc.digest == row.digest == _kept(bank, room_id, name, row.upto, cc).digest
        except (DamagedRow, NothingCarried):
            same = False
        if not same:
            return len(rows), done
    return len(rows), len(rows)


def _kept(bank: "Bank", room_id: str, name: str, upto: int, again: CC) -> CC:
    """Return the cc that the bank has of a place, its state, which is not kept, from `again`."""
    return replace(bank.at(room_id, name, upto), state=again.state)


def _with(entry: Entry, text: str) -> Entry:
    """Return an entry with the words that came back instead of the log's own."""
    match entry.event:
        case Spoke() | Whispered() as event if event.text:
            return replace(entry, event=replace(event, text=text))
        case _:
            return entry
