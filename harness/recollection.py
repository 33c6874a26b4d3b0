"""What of a room's past belongs to what is being said: found, and told within a budget.

The index has laminae by their rows in the bank and the tail, which is in none yet, in memory;
the words of what is found come from the log, which the session has at hand. Whispers and
private commands are never in it. One thread has the index: it takes milliseconds, but nothing
of it is done on the loop.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import TYPE_CHECKING, Final, TypeVar, TypeVarTuple

from harness.keeper import utterances
from memory.cc.base import Utterance
from memory.cc.worth import read
from memory.errors import DamagedRow, RecallError
from memory.index.leaf import Leaf, leaf
from memory.index.pieces import Piece, pieces
from memory.index.query import Query
from memory.index.recall import Found, Index
from transcripts.events import Entry, Recalled, Recollection, Spoke
from transcripts.participants import PERSON, ROOM
from transcripts.room import Room, Seat

if TYPE_CHECKING:
    from memory.bank.laminae import Lamina, Laminae
    from memory.index.vectors import Likeness

ASKED: Final = 4096
"""Characters of what was said that are asked about, the newest: who was away for long has
missed more than a question."""

MOST: Final = 50
"""Turns that are looked at for pieces."""

WORTH: Final = 25
"""Percent of the best answer to all that was said from which the best to what was said last
comes before it."""

BEHIND: Final = 90
"""Percent of that which the best answer to all that was said counts then."""

PART: Final = 48 << 10
"""Characters of the tail that get a row of their own while the bank is behind."""

LATELY: Final = 32
"""Probes that are remembered."""

EVERY: Final = 4
"""Turns between two probes, on average: one costs as much as recalling."""

NEAR: Final = 16
"""Entries after the drawn place among which a line is looked for."""

ENOUGH: Final = 5
"""Words a line must have to be asked for."""

ASKED_BY: Final = 3
"""Of these, the longest it is asked by."""

AMONG: Final = 10
"""Turns among which it should be."""

ABOUT: Final = 6
"""Places by which a line may stand beside a good one: a turn takes three of the log or four."""

BESIDE: Final = 1
"""Places by which what is found may be off: a piece has its neighbours with it."""

NOT_FOR: Final = ("full", "empty")
"""Carriers that nothing is recalled for: one tells everything, and the other is there to show
what it is to be told nothing."""

AS_WIDE: Final = ("window",)
"""Carriers that compare by how many lines are told, so that no more may be."""

_log = logging.getLogger(__name__)
_A = TypeVarTuple("_A")
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Memory:
    """What came back to a speaker."""

    pieces: tuple[Piece, ...] = ()
    """In the order it was said."""

    @property
    def lines(self) -> list[str]:
        """As the speaker is told."""
        return [piece.text for piece in self.pieces]

    @property
    def size(self) -> int:
        """Bytes as told."""
        return sum(piece.bytes for piece in self.pieces)

    @property
    def places(self) -> dict[int, int]:
        """Bytes as told, by the place of the line."""
        return {piece.first: piece.bytes for piece in self.pieces}

    def without(self, entries: Iterable[Entry]) -> "Memory":
        """Return what is left of it where `entries` are told anyway."""
        there = {entry.place for entry in entries}
        return Memory(tuple(one for one in self.pieces if one.first not in there))

    def event(self, participant: str) -> Recalled:
        """Return what the log says of it."""
        return Recalled(
            participant=participant,
            pieces=tuple(
                Recollection(
                    first=piece.first,
                    last=piece.last,
                    author=piece.author,
                    score=piece.score,
                    why=piece.why,
                    bytes=piece.bytes,
                )
                for piece in self.pieces
            ),
            size=self.size,
        )


@dataclass(frozen=True, slots=True)
class Standing:
    """What of the past is found by what, and how well."""

    tail: int
    """Bytes of what all could read that is in no lamina yet."""
    resident: int
    """Bytes of the index that stay in memory: the gists of the laminae."""
    probes: int
    """Probes made of late, `LATELY` at most."""
    answered: int
    """Of those, how many found what they were made of."""


class Past:
    """The past of one room, as far as it can be found again. Called from the loop."""

    def __init__(self, room_id: str, laminae: "Laminae | None" = None) -> None:
        """Begin with nothing; the rows of the bank are read when something is asked first.

        Args:
            room_id: Id of the room.
            laminae: Where rows of its index are kept; `None` for nowhere.
        """
        self._room_id = room_id
        self._laminae = laminae
        self._index: Index | None = None
        self._log: Sequence[Entry] = ()
        self._room = Room()
        self._heard = 0
        """Place of the log up to which the index knows it, exclusive."""
        self._gists: dict[tuple[int, int], int] = {}
        """Bytes that stay in memory of each lamina."""
        self._tail: list[Utterance] = []
        """What is in no lamina yet and in no stand-in, oldest first."""
        self._stand_ins: list[list[Utterance]] = []
        """Stretches before it that have rows made here, for as long as the bank has none."""
        self._probes: deque[bool] = deque(maxlen=LATELY)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="past")

    async def recall(
        self,
        entries: Sequence[Entry],
        room: Room,
        participant: str,
        *,
        shown: Collection[int],
        carried: str,
    ) -> Memory:
        """Return what a speaker is told of the past beside cc.

        Args:
            entries: The whole log. It may grow meanwhile.
            room: As it stands.
            participant: Id of who is about to speak.
            shown: Places that it is told word for word anyway.
            carried: What it is told of cc.

        Raises:
            RecallError: A row of the index cannot be read.
        """
        if not recalls(room):
            return Memory()
        asked = questions(room, room.seat(participant))
        if not asked:
            return Memory()
        budget = room.opened.recall
        return await self._in_thread(
            lambda: self._recall(
                entries, room, asked, shown=shown, carried=carried, budget=budget
            )
        )

    async def ask(
        self,
        entries: Sequence[Entry],
        room: Room,
        text: str,
        *,
        budget: int,
        like: "Likeness | None" = None,
    ) -> Memory:
        """Return what of the past belongs to `text`, whoever asks; in any room.

        Args:
            entries: The whole log.
            room: As it stands.
            text: Words.
            budget: Bytes for what comes back.
            like: How alike in meaning each of some places is to `text`, if there is an encoder.

        Raises:
            RecallError: A row of the index cannot be read.
        """
        asked = [Query(text=text[-ASKED:], names={one.id: _names(one) for one in room.seats})]
        return await self._in_thread(
            lambda: self._recall(
                entries, room, asked, shown=(), carried="", budget=budget, like=like
            )
        )

    async def hear(self, entries: Sequence[Entry], room: Room) -> None:
        """Take in what the log has beyond what was taken in, and try whether it comes back."""
        if recalls(room):
            await self._in_thread(self._hear, entries, room)

    async def standing(self) -> Standing:
        """Return what of the past is found by what, and how well."""
        return await self._in_thread(self._standing)

    async def replace(
        self, old: Sequence["Lamina"], new: Sequence[tuple["Lamina", bytes]]
    ) -> None:
        """Find by new laminae, each with its gist, what was found by old ones or the tail."""
        await self._in_thread(self._replace, old, new)

    async def forget(self) -> None:
        """Begin anew: the bank has other laminae than were told of."""
        await self._in_thread(self._forget)

    async def close(self) -> None:
        """Let go of the thread."""
        await asyncio.to_thread(self._thread.shutdown)

    # In the thread.

    def _recall(
        self,
        entries: Sequence[Entry],
        room: Room,
        asked: Sequence[Query],
        *,
        shown: Collection[int],
        carried: str,
        budget: int,
        like: "Likeness | None" = None,
    ) -> Memory:
        index = self._known(entries, room)

        def label(who: str) -> str:
            return "person" if who == PERSON else room.label(who)

        found = worth_telling(merged([index.recall(one, MOST, like) for one in asked]))
        chosen = pieces(found, self._said, label, budget=budget, shown=shown, carried=carried)
        return Memory(tuple(chosen))

    def _hear(self, entries: Sequence[Entry], room: Room) -> None:
        try:
            index = self._known(entries, room)
            if (found := self._probe(index)) is not None:
                self._probes.append(found)
        except RecallError as error:
            _log.warning("room %s: its past is not found for now: %s", self._room_id, error)

    def _standing(self) -> Standing:
        loose = sum(map(_size, [*self._stand_ins, self._tail]))
        resident = sum(self._gists.values())
        return Standing(loose, resident, len(self._probes), sum(self._probes))

    def _known(self, entries: Sequence[Entry], room: Room) -> Index:
        """Return the index with all of the log up to where `room` stands taken in."""
        self._log, self._room = entries, room
        if self._index is None:
            self._index = Index()
            self._load(self._index)
        new = told(entries[self._heard : room.next_place], room)
        self._heard = max(self._heard, room.next_place)
        self._index.hear(new)
        self._tail += new
        while _size(self._tail) > 2 * PART:
            count, size = 0, 0
            while size < PART:
                size += _size(self._tail[count : count + 1])
                count += 1
            self._stand_in(self._index, self._tail[:count])
            self._tail = self._tail[count:]
        return self._index

    def _stand_in(self, index: Index, said: list[Utterance]) -> None:
        """Find a stretch by a row of its own until the bank has one: a tail is slow if long."""
        made = leaf(said[0].place, said[-1].place, said)
        index.put(made.first, made.last, made.gist, lambda: made.words)
        self._stand_ins.append(said)

    def _load(self, index: Index) -> None:
        """Take in the rows of the bank: gists at once, words when they are asked for."""
        for lamina, gist in [] if self._laminae is None else self._laminae.gists(self._room_id):
            if lamina.last < self._room.next_place:
                self._put(index, lamina, gist)
                self._heard = max(self._heard, lamina.last + 1)

    def _put(self, index: Index, lamina: "Lamina", gist: bytes) -> None:
        first, last, number = lamina.first, lamina.last, lamina.number

        def load() -> bytes:
            return self._words(first, last, number)

        try:
            index.put(first, last, gist, load)
        except DamagedRow as error:
            _log.warning("room %s: made from its log again: %s", self._room_id, error)
            gist = self._leaf(first, last).gist
            index.put(first, last, gist, load)
        self._gists[first, last] = len(gist)

    def _words(self, first: int, last: int, number: int) -> bytes:
        """Return the words of a lamina; where the bank has them not, the log has."""
        try:
            if self._laminae is not None:
                return self._laminae.words(self._room_id, number)
        except RecallError as error:
            _log.warning("room %s: made from its log again: %s", self._room_id, error)
        return self._leaf(first, last).words

    def _leaf(self, first: int, last: int) -> Leaf:
        return leaf(first, last, told(self._log[first : last + 1], self._room))

    def _replace(self, old: Sequence["Lamina"], new: Sequence[tuple["Lamina", bytes]]) -> None:
        if self._index is None:
            return  # it will be loaded as it is by then
        for lamina in old:
            self._index.drop(lamina.first, lamina.last)
            self._gists.pop((lamina.first, lamina.last), None)
        for lamina, gist in new:
            self._put(self._index, lamina, gist)
        last = max((lamina.last for lamina, _ in new), default=-1)
        self._tail = [one for one in self._tail if one.place > last]
        over = [said for said in self._stand_ins if said[0].place <= last]
        self._stand_ins = self._stand_ins[len(over) :]
        for said in over:
            self._index.drop(said[0].place, said[-1].place)
            if left := [one for one in said if one.place > last]:
                self._stand_in(self._index, left)
                self._stand_ins.sort(key=lambda part: part[0].place)
        self._heard = max(self._heard, last + 1)

    def _probe(self, index: Index) -> bool | None:
        """Ask for a line of the past by some of its words; whether it came back.

        Whether it is tried at all and by which line, the log's length says, so that the same
        room is asked the same. `None` where nothing was asked for.
        """
        upto = self._heard - len(self._room.recent)
        if upto <= 0:
            return None
        drawn = int.from_bytes(blake2b(b"%d" % self._heard, digest_size=8).digest(), "big")
        if drawn % EVERY:
            return None
        start = drawn // EVERY % upto
        for one in told(self._log[start : min(start + NEAR, upto)], self._room):
            words = sorted(set(read(one.text).words), key=lambda word: (-len(word), word))
            if one.author != ROOM and len(words) >= ENOUGH:
                found = index.recall(Query(text=" ".join(words[:ASKED_BY])), AMONG)
                return any(abs(other.place - one.place) <= BESIDE for other in found)
        return None

    def _forget(self) -> None:
        self._index, self._heard = None, 0
        self._gists, self._tail, self._stand_ins = {}, [], []

    def _said(self, place: int) -> Utterance | None:
        return next(iter(told(self._log[place : place + 1], self._room)), None)

    async def _in_thread(self, function: Callable[[*_A], _T], *args: *_A) -> _T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, function, *args)


def recalls(room: Room) -> bool:
    """Whether anything is recalled in `room`."""
    return room.opened.recall > 0 and room.opened.carrier not in NOT_FOR


def spare(room: Room, memory: Memory) -> int:
    """Return bytes that recall may take and does not: the newest lines get them.

    So a request is as large in a young room, where little is found, as in an old one.
    """
    if not recalls(room) or room.opened.carrier in AS_WIDE:
        return 0
    return max(0, room.opened.recall - memory.size)


def questions(room: Room, seat: Seat) -> tuple[Query, ...]:
    """Return what the past is asked before `seat` speaks, nothing if nothing was said yet.

    First what was said last, then all that `seat` has not answered yet: a short question
    after a long speech would be lost in it otherwise.
    """
    since = (entry for entry in room.recent if entry.place > seat.heard)
    new = [one.text for one in told(since, room) if one.author != seat.id]
    own = (
        entry
        for entry in reversed(room.recent)
        if isinstance(entry.event, Spoke) and entry.event.author == seat.id
    )
    last = next((one.text for entry in own for one in told([entry], room)), "")
    if not new and not last:
        return ()
    whole = Query(
        text="\n".join(new)[-ASKED:],
        own=last[-ASKED:],
        speaker=seat.id,
        names={one.id: _names(one) for one in room.seats},
        now=room.next_place - 1,
    )
    if len(new) < 2:
        return (whole,)
    return (replace(whole, text=new[-1][-ASKED:], own=""), whole)


def merged(answers: Sequence[Sequence[Found]]) -> list[Found]:
    """Return what answers any of several questions, the best first, each turn once.

    The best answer to the first question comes first, if it is worth something beside the
    best answer to the others.
    """
    tops = [max((one.score for one in found), default=0) for found in answers]
    first = tops[0] if tops else 0
    best: dict[int, Found] = {}
    for number, (found, top) in enumerate(zip(answers, tops, strict=True)):
        behind = number > 0 and top > first >= top * WORTH // 100
        for one in found:
            score = one.score * first * BEHIND // (top * 100) if behind else one.score
            known = best.get(one.place)
            if known is None or score > known.score:
                best[one.place] = replace(one, score=score)
    return sorted(best.values(), key=lambda one: (-one.score, one.place))


def worth_telling(found: Sequence[Found]) -> list[Found]:
    """Return those of `found` that have a word of what was asked, or stand beside a good one.

    The rest was found for the lamina it is in alone: what it costs to tell is sure, and what
    it is worth is not.
    """
    good = [one.place for one in found[:AMONG] if one.why]
    return [one for one in found if one.why or any(abs(one.place - at) <= ABOUT for at in good)]


def told(entries: Iterable[Entry], room: Room) -> tuple[Utterance, ...]:
    """Return what of `entries` all could read, as the index takes it."""
    return utterances(entries, room.label, inline=room.opened.inline)


def _names(seat: Seat) -> tuple[str, ...]:
    """What a participant is called."""
    name = seat.participant.name
    return (name, seat.id) if name else (seat.id,)


def _size(said: Iterable[Utterance]) -> int:
    return sum(len(one.text) for one in said)
