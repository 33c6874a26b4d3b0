"""The `state` carrier: a recurrent state that goes on to the bit, and words beside it."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memory.bank.bank import Bank
from memory.cc.base import CC, Turn, Utterance
from memory.cc.carriers import carrier
from memory.cc.reading import MOST, Follower, stand
from memory.cc.state import State
from memory.cc.surprise import millibits
from memory.errors import CarrierError
from memory.models.guesser import FrozenGuesser
from memory.models.plain import PlainReader
from tests.memory import tiny

talks = st.lists(
    st.lists(st.tuples(st.sampled_from(["AI-1", "you", "x" * 200]), st.text()), max_size=3),
    max_size=5,
)

TALK = [
    ("you", "Where are the lamps? I left three of them in Oslo."),
    ("AI-1", "Two lamps are in the cellar. The third one went to Ada on 3 May."),
    ("AI-2", "I have never seen a lamp, but I know 40 songs about them."),
    ("you", "Then sing one."),
]


def turn(place: int, *said: tuple[str, str]) -> Turn:
    return Turn(place, place, tuple(Utterance(place, who, text) for who, text in said))


def folded(here: State, talk: list[tuple[str, str]], cc: CC | None = None) -> CC:
    cc = cc or CC("state")
    for who, text in talk:
        cc = here.fold(cc, turn(cc.upto + 1, (who, text)))
    return cc


def test_the_state_is_where_the_guesser_stands_after_all_turns() -> None:
    cc = folded(State(512, tiny.reader()), TALK)
    guesser = tiny.guesser()
    for who, text in TALK:
        guesser.begin(who.encode())
        for byte in text.encode():
            guesser.take(byte)
        guesser.end()
    assert cc.state == guesser.save()


@settings(max_examples=12, deadline=None)
@given(talks)
def test_stopping_after_every_turn_changes_not_a_bit(talk: list[list[tuple[str, str]]]) -> None:
    here, one, two = State(300, tiny.reader()), CC("state"), CC("state")
    for place, said in enumerate(talk):
        one = here.fold(one, turn(place, *said))
        again = CC("state", two.upto, bytes(two.code), bytes(two.state))
        two = State(300, tiny.reader()).fold(again, turn(place, *said))
    assert (one, one.digest) == (two, two.digest)


def test_a_room_goes_on_from_the_bank_as_if_it_had_never_stopped(tmp_path: Path) -> None:
    whole = folded(State(300, tiny.reader()), TALK)
    for who, text in TALK:
        bank = Bank(tmp_path / "bank.sqlite")
        here = carrier("state", 300, tiny.reader())
        cc = bank.newest("r", "state") or CC("state")
        cc = here.fold(cc, turn(cc.upto + 1, (who, text)))
        bank.keep("r", cc, first=cc.upto, size=here.size(cc), seconds=0.0)
        bank.close()
    bank = Bank(tmp_path / "bank.sqlite")
    kept = bank.newest("r", "state")
    bank.close()
    assert kept is not None
    assert (kept, kept.digest) == (whole, whole.digest)


def test_another_order_of_turns_leaves_another_state() -> None:
    here = State(512, tiny.reader())
    assert folded(here, TALK).state != folded(here, [*TALK[1:], TALK[0]]).state


def test_the_state_does_not_grow_with_the_room() -> None:
    here = State(256, tiny.reader())
    cc = folded(here, TALK)
    young = len(cc.state)
    for _ in range(6):
        cc = folded(here, TALK, cc)
    assert len(cc.state) == young
    for n in range(12):
        cc = folded(here, [(f"AI-{n} {'🦀' * 300}", "hello")], cc)
    assert len(cc.state) < young + 7 * (80 * 4 + 8)


def test_what_surprised_the_model_most_is_told() -> None:
    here = State(160, tiny.reader())
    talk = [("AI-1", "yes it is so")] * 20
    talk[4] = ("you", "My sister Ada moved to Tromsø on 3 May 2019.")
    assert "Tromsø on 3 May 2019" in here.render(folded(here, talk), 2048)


def test_less_is_told_where_there_is_less_room_also_of_an_older_cc_without_its_state() -> None:
    here = State(600, tiny.reader())
    cc = folded(here, TALK)
    old = CC("state", cc.upto, cc.code)
    for budget in (0, 40, 100, 2048):
        assert len(here.render(old, budget).encode()) <= budget
        assert here.render(old, budget) == here.render(cc, budget)
    assert here.render(cc, 2048).startswith("0 you: ")


def test_a_state_of_another_model_counts_as_nothing() -> None:
    other = Follower(FrozenGuesser("ab" * 32, PlainReader(tiny.tiny().frozen)))
    theirs = folded(State(300, other), TALK)
    mine = State(300, tiny.reader())
    on = mine.fold(theirs, turn(4, ("AI-1", "so")))
    assert on.state == mine.fold(CC("state", 3), turn(4, ("AI-1", "so"))).state
    assert b"Ada" in on.code


def test_without_a_model_it_can_be_looked_at_and_not_folded() -> None:
    cc = folded(State(300, tiny.reader()), TALK)
    blind = carrier("state", 300)
    assert blind.render(cc, 2048) == State(300, tiny.reader()).render(cc, 2048)
    with pytest.raises(CarrierError, match='carrier "state" needs the byte model'):
        blind.fold(cc, turn(4, ("AI-1", "so")))


@pytest.mark.parametrize("code", [b"12 AI-1| a\n", b"x\n", b"7 12 AI-1| a", b"\xff"])
def test_bytes_of_others_are_no_code(code: bytes) -> None:
    with pytest.raises(CarrierError):
        State(300, tiny.reader()).render(CC("state", 3, code), 100)


def test_each_byte_tells_what_its_count_says() -> None:
    guesser = tiny.guesser()
    counts = guesser.whole(b"AI-1", b"lamp")
    heard = tiny.reader().read(b"", [(b"AI-1", b"lamp"), (b"you", b"")])
    for at, byte in enumerate(b"lamp"):
        share = (int(counts[at, byte]) << 20) // int(counts[at].sum(dtype="u8"))
        assert heard.bits[0][at] == millibits(share or 1)
    assert list(heard.bits[1]) == []


def test_a_reader_is_not_given_more_than_it_reads() -> None:
    with pytest.raises(CarrierError, match="not 16384"):
        tiny.reader().read(b"", [(b"", b"x" * (MOST + 1))])


@pytest.mark.parametrize("state", [b"", b"HQG1 nothing"])
def test_no_state_is_the_beginning(state: bytes) -> None:
    one, two = tiny.guesser(), tiny.guesser()
    one.whole(b"a", b"something else")
    stand(one, state)
    assert one.save() == two.save()
