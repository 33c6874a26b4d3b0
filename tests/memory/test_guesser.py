"""The frozen model as a guesser: turns followed, kept and taken up again to the bit."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory.codec.guess import Guesser
from memory.models import choice, file
from memory.models.alphabet import Said, tell
from memory.models.guesser import FrozenGuesser
from memory.models.plain import PlainReader
from tests.memory.drawn import GOLDEN, drawn

MODEL = file.decode(GOLDEN.read_bytes())
CHOSEN = choice.choose(MODEL)
TURN = st.tuples(st.sampled_from([b"", b"Ada", b"Bo", "Zoë".encode()]), st.binary(max_size=40))


def guesser() -> FrozenGuesser:
    return CHOSEN.guesser()


def test_it_is_what_the_code_asks_for() -> None:
    asked: Guesser = guesser()
    assert asked.model == MODEL.id


@given(st.lists(TURN, max_size=12))
def test_turns_are_read_as_the_model_learnt_to_read_them(
    turns: list[tuple[bytes, bytes]],
) -> None:
    told = tell(Said(*turn) for turn in turns)
    reading = guesser()
    found = [reading.whole(*turn) for turn in turns]

    everything = CHOSEN.reader().read(np.array(told.tokens, np.int32), 0)
    wanted = [at for at, target in enumerate(told.targets) if 0 <= target < 256]
    assert (np.concatenate([np.empty((0, 256)), *found]) == everything[wanted]).all()


@given(st.lists(TURN, min_size=1, max_size=5), st.integers(0, 200))
def test_saved_anywhere_and_loaded_nothing_changes(
    turns: list[tuple[bytes, bytes]], when: int
) -> None:
    straight, stopped = guesser(), guesser()
    place = 0
    for author, text in turns:
        straight.begin(author)
        stopped.begin(author)
        for byte in text:
            place += 1
            if place == when:
                saved, stopped = stopped.save(), guesser()
                stopped.load(saved)
                assert stopped.save() == saved
            assert (straight.counts() == stopped.counts()).all()
            straight.take(byte)
            stopped.take(byte)
        straight.end()
        stopped.end()
        saved, stopped = stopped.save(), guesser()
        stopped.load(saved)
    straight.begin(b"Cy")
    stopped.begin(b"Cy")
    assert (straight.counts() == stopped.counts()).all()
    assert straight.save() == stopped.save()


def test_both_ways_of_reading_leave_the_same_place() -> None:
    at_once, by_byte = guesser(), guesser()
    for author, text in [(b"Ada", b"one"), (b"", b""), (b"Bo", b"\xff\x00two")]:
        at_once.whole(author, text)
        by_byte.begin(author)
        for byte in text:
            by_byte.take(byte)
        by_byte.end()
    assert at_once.save() == by_byte.save()


def test_forgetting_is_beginning_anew() -> None:
    used = guesser()
    used.whole(b"Ada", b"something")
    used.take(7)
    used.forget()
    assert used.save() == guesser().save()


def test_a_long_turn_that_is_only_taken_does_not_pile_up() -> None:
    taken, whole = guesser(), guesser()
    text = bytes(range(256)) * 12
    taken.begin(b"")
    for byte in text:
        taken.take(byte)
    assert len(taken._unread) < 1000
    taken.end()
    whole.whole(b"", text)
    assert taken.save() == whole.save()


def test_many_speakers_share_the_last_slot_and_the_state_stays_small() -> None:
    crowd = guesser()
    for number in range(100):
        crowd.whole(f"speaker {number}".encode(), b"x")
    saved = crowd.save()
    again = guesser()
    again.load(saved)
    assert again.save() == saved
    assert len(saved) < 2048
    for name in (b"speaker 3", b"speaker 99", b"new"):
        assert (again.whole(name, b"ab") == crowd.whole(name, b"ab")).all()


def test_the_shipped_shape_is_kept_in_8_kilobytes() -> None:
    states = 4 * 4 * 384
    assert states + 4 * 256 + 2 * 6 + 36 + 1 + 7 * 64 + 4 <= 8192


def test_what_is_no_state_of_this_model_is_refused() -> None:
    good = guesser()
    good.whole(b"Ada", b"word")
    saved = good.save()
    other = FrozenGuesser("ab" * 32, PlainReader(MODEL.frozen)).save()
    for bad, why in (
        (b"", "no state"),
        (b"HQG1", "no state"),
        (other, "of model abababab"),
        (saved[:-1], "damaged"),
        (saved + b"\0", "damaged"),
    ):
        with pytest.raises(ValueError, match=why):
            guesser().load(bad)
    larger = FrozenGuesser(MODEL.id, PlainReader(drawn(state=64)))
    with pytest.raises(ValueError, match="another shape"):
        larger.load(saved)


@given(st.integers(0, 2000), st.integers(1, 255))
def test_no_altered_state_is_taken(at: int, change: int) -> None:
    saved = bytearray(guesser().save())
    saved[at % len(saved)] ^= change
    with pytest.raises(ValueError, match="state"):
        guesser().load(bytes(saved))


def test_what_is_no_byte_is_refused() -> None:
    with pytest.raises(ValueError, match="no byte"):
        guesser().take(256)
