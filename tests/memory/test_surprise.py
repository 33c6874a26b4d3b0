import hashlib
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory.cc.surprise import STATE, Surprise, millibits
from memory.errors import CarrierError

TALK = b"the red lamp is in the hall, and the hall is cold. " * 20


def test_the_logarithm_is_right_within_seven_millibits() -> None:
    for probability in range(1, 1 << 20, 101):
        exact = -1000 * math.log2(probability / (1 << 20))
        assert abs(millibits(probability) - exact) < 7
    assert millibits(1 << 20) == 0


def test_what_was_said_before_is_less_of_a_surprise() -> None:
    model = Surprise()
    before = model.bits(b"the red lamp")
    model.read(TALK)
    after = model.bits(b"the red lamp")
    assert after * 5 < before
    assert after < model.bits(b"quartz vexing")


def test_its_own_mention_can_be_left_out_of_count() -> None:
    model = Surprise()
    model.read(TALK)
    unheard = model.bits(b"quartz")
    model.read(b"quartz")
    assert model.bits(b"quartz") < unheard // 2
    assert model.bits(b"quartz", own=1) > model.bits(b"quartz") * 2


def test_a_model_goes_on_from_its_state() -> None:
    one, two = Surprise(), Surprise()
    one.read(TALK)
    two.read(TALK)
    two = Surprise(two.state)
    for model in (one, two):
        model.read(b"a new thing")
    assert one.state == two.state
    assert one.bits(b"lamp") == two.bits(b"lamp")


def test_the_state_is_of_one_size_however_much_was_read() -> None:
    model = Surprise()
    sizes = {len(model.state)}
    for _ in range(4):
        model.read(TALK * 30)
        sizes.add(len(model.state))
    assert sizes == {STATE}


def test_what_was_said_long_ago_is_forgotten_in_the_end() -> None:
    model = Surprise()
    model.read(b"quartz")
    known = model.bits(b"quartz")
    model.read(TALK * 200)
    assert model.bits(b"quartz") > known * 2


def test_reading_at_once_or_across_a_halving_is_defined_and_finite() -> None:
    model = Surprise()
    model.read(bytes(range(256)) * 2000)
    assert 0 <= model.bits(bytes(range(256))) < 256 * 20_001


@pytest.mark.parametrize("size", [1, STATE - 1, STATE + 1])
def test_a_foreign_state_is_refused(size: int) -> None:
    with pytest.raises(CarrierError, match=f"state of {size} bytes"):
        Surprise(b"x" * size)


@given(st.binary(max_size=300), st.binary(max_size=60), st.integers(0, 3))
def test_any_bytes_can_be_read_and_asked_about(read: bytes, asked: bytes, own: int) -> None:
    model = Surprise()
    model.read(read)
    assert 0 <= model.bits(asked, own) <= 20_000 * len(asked)
    assert Surprise(model.state).bits(asked, own) == model.bits(asked, own)


def test_the_counts_are_what_they_were() -> None:
    """Change these only knowing that every room is folded anew."""
    model = Surprise()
    model.read(TALK + bytes(range(256)))
    assert model.bits(b"the red lamp was quartz") == BITS
    assert hashlib.sha256(model.state).hexdigest()[:16] == COUNTS


BITS = 102_244
COUNTS = "1ad461442f311011"
