"""The byte model's own turns: sampling, UTF-8, and going on in pieces."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from memory.models import choice
from memory.models.sampling import START, Dice, Sampling, ahead, draw, ends, follows, may
from memory.models.speaking import Standing, Voice, listen, seeded
from tests.memory import tiny

ALL = np.ones(256, np.bool_)
TALK = [
    (b"AI-1", b"Three lamps, and one of them in Oslo."),
    (b"you", "Where? Tromsø.".encode()),
]


def counts(**likely: int) -> NDArray[np.uint32]:
    given = np.ones(256, np.uint32)
    for byte, count in likely.items():
        given[ord(byte)] = count
    return given


def voice() -> Voice:
    return Voice(tiny.guesser())


def drawn(of: NDArray[np.uint32], sampling: Sampling, times: int = 400) -> set[str]:
    dice = Dice(1)
    return {chr(draw(of, ALL, sampling, dice).byte) for _ in range(times)}


# ── one byte ─────────────────────────────────────────────────────────────────────────────


@settings(max_examples=40)
@given(st.lists(st.integers(1, 1 << 23), min_size=256, max_size=256), st.integers(300, 2000))
def test_entropy_is_that_of_the_tempered_counts(of: list[int], thousandths: int) -> None:
    found = draw(np.array(of, np.uint32), ALL, Sampling(thousandths), Dice(0)).entropy
    powers = [count ** (1000 / thousandths) for count in of]
    whole = sum(powers)
    bits = -sum(p / whole * math.log2(p / whole) for p in powers)
    assert abs(found / 1000 - bits) < 0.01


def test_where_the_model_is_sure_the_likeliest_is_taken() -> None:
    assert drawn(counts(a=1 << 22, b=1 << 17), Sampling(1000)) == {"a"}
    assert drawn(counts(a=1 << 22, b=1 << 21), Sampling(0)) == {"a"}


def test_at_low_entropy_only_the_top_are_drawn_from() -> None:
    of = counts(a=1 << 22, b=1 << 20, c=1 << 19, d=1 << 16)
    assert drawn(of, Sampling(1000, top=3), 3000) == {"a", "b", "c"}
    assert drawn(of, Sampling(1000, low=0, medium=0), 3000) >= {"a", "b", "c", "d"}


def test_at_high_entropy_the_far_less_likely_is_left_out() -> None:
    of = np.full(256, 1 << 10, np.uint32)
    of[:20] = 1 << 20
    found = {draw(of, ALL, Sampling(1000, least=100), Dice(seed)).byte for seed in range(2000)}
    assert found == set(range(20))


def test_what_is_drawn_comes_as_often_as_the_model_believes() -> None:
    of = counts(a=3 << 20, b=1 << 20)
    dice, free = Dice(3), Sampling(1000, low=0, medium=0, high=9000)
    share = sum(draw(of, ALL, free, dice).byte == ord("a") for _ in range(4000)) / 4000
    assert 0.72 < share < 0.78


def test_a_seed_draws_the_same_on_every_machine() -> None:
    of = np.arange(1, 257, dtype=np.uint32)
    dice = Dice(7)
    found = [draw(of, ALL, Sampling(), dice).byte for _ in range(8)]
    assert found == [168, 45, 244, 201, 180, 138, 182, 156]
    assert Dice(7).below(1 << 62) == Dice(7).below(1 << 62) != Dice(8).below(1 << 62)


@pytest.mark.parametrize(("odds", "share"), [(0, 0.5), (2048, 2 / 3), (-2048, 1 / 3)])
def test_a_turn_ends_as_often_as_the_odds_say(odds: int, share: float) -> None:
    dice = Dice(5)
    found = sum(ends(odds, Sampling(1000), dice) for _ in range(4000)) / 4000
    assert abs(found - share) < 0.03
    assert ends(1, Sampling(0), dice)
    assert not ends(0, Sampling(0), dice)
    assert ends(1 << 30, Sampling(2000), dice)
    assert not ends(-(1 << 30), Sampling(2000), dice)


# ── characters ───────────────────────────────────────────────────────────────────────────


def test_every_character_but_controls_can_be_written_and_nothing_else() -> None:
    codes = {*range(0x3000), *range(0, 0x110000, 251), *range(0xD7F0, 0xE010), 0x10FFFF}
    for code in sorted(codes):
        text = chr(code)
        if 0xD800 <= code < 0xE000:
            raw = text.encode("utf-8", "surrogatepass")
            allowed = False
        else:
            raw = text.encode()
            allowed = not (code < 32 or 127 <= code < 160) or text in "\n\t"
        open_, said = START, True
        for at, byte in enumerate(raw):
            said = said and bool(may(open_, 4)[byte]) and ahead(open_) in {0, len(raw) - at}
            open_ = follows(open_, byte)
        assert (said and open_ == START) == allowed, hex(code)


@given(st.lists(st.integers(0, 255), max_size=80), st.integers(1, 30))
def test_whatever_may_come_is_text_that_fits(chances: list[int], room: int) -> None:
    open_, said = START, bytearray()
    for chance in chances:
        if len(said) == room:
            break
        allowed = np.flatnonzero(may(open_, min(room - len(said), 4)))
        byte = int(allowed[chance % len(allowed)])
        said.append(byte)
        open_ = follows(open_, byte)
    if len(said) == room:
        assert open_ == START
        said.decode()


# ── a turn ───────────────────────────────────────────────────────────────────────────────


def spoken(here: Voice, standing: Standing, piece: int, room: int) -> list[bytes]:
    pieces: list[bytes] = []
    while sum(map(len, pieces)) < room:
        left = room - sum(map(len, pieces))
        written = here.write(standing, Sampling(1500), most=piece, room=left)
        pieces.append(written.text)
        assert len(written.entropy) == len(written.text)
        standing = written.standing
        if written.ended:
            break
    return pieces


@pytest.mark.parametrize("piece", [1, 7, 64])
def test_pieces_are_whole_characters_and_together_the_same_turn(piece: int) -> None:
    for seed in range(6):
        standing = voice().hear(b"", TALK, b"AI-2", seed=seed)
        whole = b"".join(spoken(voice(), standing, 1000, 200))
        pieces = spoken(voice(), standing, piece, 200)
        assert b"".join(pieces) == whole
        assert 0 < len(whole) <= 200
        assert whole.decode().strip()
        for each in pieces:
            each.decode()


def test_it_goes_on_from_a_carried_state_as_from_the_talk_itself() -> None:
    guesser = tiny.guesser()
    for author, text in TALK:
        listen(guesser, author, text)
    carried = voice().hear(guesser.save(), [], b"AI-2", seed=3)
    told = voice().hear(b"", TALK, b"AI-2", seed=3)
    assert carried == told
    assert carried != voice().hear(b"", TALK[:1], b"AI-2", seed=3)


def test_whatever_computes_the_model_the_turn_is_the_same() -> None:
    fastest = choice.choose(tiny.tiny())
    for seed in range(4):
        standing = voice().hear(b"", TALK, b"AI-2", seed=seed)
        here = Voice(fastest.guesser())
        assert here.hear(b"", TALK, b"AI-2", seed=seed) == standing
        there = voice().write(standing, Sampling(1500), most=150, room=150)
        assert here.write(standing, Sampling(1500), most=150, room=150) == there


def test_a_state_alone_does_not_tell_the_odds_of_the_end() -> None:
    one, two = tiny.guesser(), tiny.guesser()
    one.begin(b"AI-2")
    two.load(one.save())
    with pytest.raises(ValueError, match="nothing was read"):
        two.odds()
    one.take(97)
    two.take(97)
    assert one.odds() == two.odds()


def test_the_seed_decides_what_is_said() -> None:
    said = {
        b"".join(spoken(voice(), voice().hear(b"", TALK, b"AI-2", seed=seed), 50, 50))
        for seed in range(6)
    }
    assert len(said) > 3


def test_a_turn_begun_goes_on_from_what_was_said() -> None:
    here = voice()
    standing = here.begun(here.hear(b"", TALK, b"AI-2", seed=1), b"In the cel")
    guesser = tiny.guesser()
    for author, text in TALK:
        listen(guesser, author, text)
    guesser.begin(b"AI-2")
    for byte in b"In the cel":
        guesser.take(byte)
    assert standing.model == guesser.save()
    assert not standing.bare


def test_a_state_of_another_model_is_refused() -> None:
    with pytest.raises(ValueError, match="state"):
        voice().hear(b"HQG1" + bytes(2000), [], b"AI-1", seed=1)


def test_seeds_tell_their_parts_apart() -> None:
    assert len({seeded(b"ab", b"c"), seeded(b"a", b"bc"), seeded(b"abc"), seeded()}) == 4
