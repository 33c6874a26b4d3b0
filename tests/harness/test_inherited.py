"""What a fork remembers: its origin's cc, taken over instead of folded again."""

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.branches import edit, fork
from harness.clock import FixedClock
from harness.keeper import Keeper
from harness.rooms import Rooms
from memory.bank.bank import Bank
from memory.cc.base import CC, Turn, Utterance
from memory.cc.carriers import CARRIERS, carrier
from memory.cc.text import Text
from memory.errors import NothingCarried
from tests.fakes import START, cast
from tests.memory import tiny
from transcripts import events as e
from transcripts.events import Entry, Folded, Spoke
from transcripts.log import Log, read
from transcripts.room import Room, reduce

LATER = START + timedelta(hours=2)


class Counting(Text):
    """The carrier, which says how often it folded and learned."""

    def __init__(self, budget: int) -> None:
        super().__init__(budget)
        self.folds = 0
        self.learns = 0

    def fold(self, cc: CC, turn: Turn) -> CC:
        self.folds += 1
        return super().fold(cc, turn)

    def learn(self, state: bytes, turn: Turn) -> bytes:
        self.learns += 1
        return super().learn(state, turn)


def room_of(entries: list[Entry]) -> Room:
    room = Room()
    for entry in entries:
        room = reduce(room, entry)
    return room


async def kept(folder: Path, turns: int = 12) -> tuple[Rooms, str, Bank]:
    """Return rooms with one in them whose turns were folded, and the bank."""
    rooms, bank = Rooms(folder / "rooms"), Bank(folder / "bank.sqlite")
    events = [e.Opened(title="long", seed=1)]
    events += [e.Joined(participant=one) for one in cast("Ada", "Bob")]
    origin = rooms.import_([(START, event, None) for event in events], title="long", now=START)
    keeper = Keeper(origin, carrier("text", 300), bank, FixedClock(START))
    with Log(rooms.log(origin), now=START) as log:
        for n in range(turns):
            words = f"In year {n} we saw {n * 7} herons at lamp {n}. Who counted them?"
            log.append(START, Spoke(author=f"AI-{n % 2 + 1}", text=words))
            folded = await keeper.fold(room_of(log.entries), log.entries)
            assert folded is not None
            log.append(START, folded)
    await keeper.close()
    return rooms, origin, bank


async def mended(
    rooms: Rooms, room_id: str, bank: Bank, *, hurried: bool = False
) -> tuple[Counting, CC, list[tuple[int, int]], list[Folded]]:
    """Open a room's memory and return what that took and gave."""
    counting, told = Counting(300), list[tuple[int, int]]()
    keeper = Keeper(room_id, counting, bank, FixedClock(LATER))
    entries = list(read(rooms.log(room_id)))
    if hurried:
        keeper.leave_off()

    def progress(done: int, missing: int) -> None:
        told.append((done, missing))

    new = await keeper.mend(room_of(entries), entries, progress)
    await keeper.close()
    return counting, keeper.cc, told, new


async def test_a_fork_takes_over_what_its_origin_remembered_there(tmp_path: Path) -> None:
    rooms, origin, bank = await kept(tmp_path)
    entries = list(read(rooms.log(origin)))
    place = 3 + 2 * 7  # the eighth line; seven folds are before it
    made = fork(rooms, origin, place, LATER).room
    then = entries[place - 1].event
    assert isinstance(then, Folded)

    counting, cc, told, new = await mended(rooms, made, bank)

    assert (counting.folds, counting.learns, new) == (0, 7, [])
    assert told[-1] == (7, 7)
    assert (cc.upto, cc.digest) == (then.last, then.digest)
    assert bank.history(made, "text") == bank.history(origin, "text")[:7]
    assert bank.newest(made, "text") == cc
    assert bank.check() == []
    # And it goes on from there as if it had folded it all itself.
    counting, again, _, _ = await mended(rooms, made, bank)
    assert (counting.folds, counting.learns, again) == (0, 0, cc)
    rooms.remove(origin)
    bank.remove(origin)
    assert bank.newest(made, "text") == cc
    bank.close()


async def test_a_fork_at_the_end_takes_over_the_state_as_it_is(tmp_path: Path) -> None:
    rooms, origin, bank = await kept(tmp_path)
    made = fork(rooms, origin, len(list(read(rooms.log(origin)))) - 1, LATER).room
    counting, cc, _, _ = await mended(rooms, made, bank)
    assert (counting.folds, counting.learns) == (0, 0)
    assert cc == bank.newest(origin, "text")
    # What a fork has taken over, a fork of it takes over in turn.
    other = edit(rooms, made, 3 + 2 * 4, "Otherwise.", LATER).room
    counting, cc, _, _ = await mended(rooms, other, bank)
    assert (counting.folds, counting.learns, cc.upto) == (0, 4, 3 + 2 * 3)
    bank.close()


async def test_what_does_not_agree_with_the_log_is_folded_again(tmp_path: Path) -> None:
    rooms, origin, bank = await kept(tmp_path)
    made = [fork(rooms, origin, 3 + 2 * 7, LATER).room for _ in range(3)]
    expected = (await mended(rooms, made[0], bank))[1]
    with closing(sqlite3.connect(tmp_path / "bank.sqlite")) as connection:
        connection.execute(
            "UPDATE cc SET code = x'00' WHERE room = 1 AND upto = ?", (expected.upto,)
        )
        connection.commit()
    counting, cc, _, _ = await mended(rooms, made[1], bank)
    assert (counting.folds, cc) == (7, expected)
    bank.forget(origin)
    counting, cc, _, _ = await mended(rooms, made[2], bank)
    assert (counting.folds, counting.learns, cc) == (7, 0, expected)
    bank.close()


async def test_catching_up_that_is_broken_off_leaves_nothing_wrong(tmp_path: Path) -> None:
    rooms, origin, bank = await kept(tmp_path)
    made = fork(rooms, origin, 3 + 2 * 7, LATER).room
    counting, _, told, new = await mended(rooms, made, bank, hurried=True)
    assert (counting.folds, counting.learns, told, new) == (0, 0, [], [])
    assert bank.history(made, "text") == []
    counting, cc, _, _ = await mended(rooms, made, bank)
    assert (counting.folds, counting.learns, cc.upto) == (0, 7, 3 + 2 * 6)
    bank.close()


async def test_only_what_is_kept_is_copied_and_what_was_there_goes(tmp_path: Path) -> None:
    rooms, origin, bank = await kept(tmp_path, 4)
    newest = bank.newest(origin, "text")
    assert newest is not None
    bank.keep("other", CC("text", 1, b"old", b"state"), first=0, size=3, seconds=0.0)
    bank.keep("other", CC("window", 1, b"kept"), first=0, size=4, seconds=0.0)
    with pytest.raises(NothingCarried):
        bank.copy(origin, "other", CC("text", newest.upto, newest.code, b"another state"))
    with pytest.raises(NothingCarried):
        bank.copy("nowhere", "other", newest)
    assert [row.upto for row in bank.history("other", "text")] == [1]
    bank.copy(origin, "other", newest)
    assert bank.newest("other", "text") == newest
    assert bank.history("other", "text") == bank.history(origin, "text")
    assert len(bank.history("other", "window")) == 1
    assert bank.check() == []
    more = carrier("text", 300).fold(
        newest, Turn(newest.upto + 1, newest.upto + 1, (Utterance(99, "AI-1", "A new lamp."),))
    )
    bank.keep("other", more, first=newest.upto + 1, size=len(more.code), seconds=0.0)
    assert bank.newest("other", "text") == more
    assert bank.newest(origin, "text") == newest
    assert rooms
    bank.close()


turns = st.lists(
    st.lists(
        st.tuples(st.sampled_from(["AI-1", "AI-2", "you"]), st.text(max_size=80)), max_size=3
    ),
    max_size=5,
)


@given(turns, st.sampled_from(CARRIERS))
def test_learning_leaves_the_state_that_folding_leaves(
    said: list[list[tuple[str, str]]], name: str
) -> None:
    one = carrier(name, 200, tiny.reader())
    cc, state = CC(name), b""
    for place, utterances in enumerate(said):
        turn = Turn(place, place, tuple(Utterance(place, *each) for each in utterances))
        cc, state = one.fold(cc, turn), one.learn(state, turn)
        assert cc.state == state
