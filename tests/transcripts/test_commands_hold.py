"""A reply on its way to the screen: the public part at once, the private part never."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.transcripts.test_commands import VECTORS
from tests.transcripts.test_commands_laws import anything, talk, thorough
from transcripts.commands.hold import Hold
from transcripts.commands.parse import parse


def _fed(pieces: list[str], *, inline: bool = False) -> list[str]:
    """Return what has been let through after each piece, and at the end."""
    hold = Hold(inline=inline)
    shown = ""
    states: list[str] = []
    for piece in pieces:
        shown += hold.feed(piece)
        states.append(shown)
    states.append(shown + hold.finish())
    return states


def _pieces(text: str, sizes: list[int]) -> list[str]:
    pieces: list[str] = []
    at = 0
    for size in sizes:
        pieces.append(text[at : at + size])
        at += size
    pieces.append(text[at:])
    return pieces


@thorough
@given(talk | anything, st.lists(st.integers(0, 30), max_size=40), st.booleans())
def test_what_is_let_through_is_public_for_every_way_of_cutting(
    text: str, sizes: list[int], inline: bool
) -> None:
    public = parse(text, inline=inline).public
    states = _fed(_pieces(text, sizes), inline=inline)
    assert states[-1] == public
    for state in states:
        assert public.startswith(state)


@thorough
@given(talk, st.booleans())
def test_what_is_let_through_is_public_letter_by_letter(text: str, inline: bool) -> None:
    assert _fed(list(text), inline=inline)[-1] == parse(text, inline=inline).public


@pytest.mark.parametrize("vector", VECTORS, ids=[vector[0] for vector in VECTORS])
def test_the_published_vectors_hold_letter_by_letter(
    vector: tuple[str, str, object, str, object],
) -> None:
    text, public = vector[1], vector[3]
    states = _fed(list(text))
    assert states[-1] == public
    assert all(public.startswith(state) for state in states)


@pytest.mark.parametrize(
    "text",
    [
        '!prompt "SECRET words"\nHello.',
        '!prompt "one\n\nSECRET words\n"\nHello.',
        "!prompt SECRET words\nHello.",
        "  - **!prompt:** SECRET words\nHello.",
        '!whisper "AI-2" "SECRET words"\nHello.',
        '!whisper "AI-2" SECRET words\nHello.',
        "!whisper AI-2 SECRET words\nHello.",
        '!mute_self !prompt "SECRET words"\nHello.',
        '!image "a red balloon" !prompt "SECRET words"\nHello.',
        '<think>no\n</think>!prompt "SECRET words"\nHello.',
        "!prompt ```SECRET words```\nHello.",
        "!prompt “SECRET “words””\nHello.",
        "!prompt " + "SECRET " * 2000 + "\nHello.",
        '!prompt "' + "SECRET " * 2000 + '"\nHello.',
    ],
    ids=lambda text: text[:30],
)
@pytest.mark.parametrize("size", [1, 4, 1000])
def test_private_words_never_appear(text: str, size: int) -> None:
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    states = _fed(pieces)
    assert not any("SECRET"[:3] in state for state in states)
    assert states[-1].endswith("Hello.")
    assert states[-1] == parse(text).public


def test_a_reply_that_is_cut_off_within_a_private_command_shows_nothing_of_it() -> None:
    text = 'Hello.\n!prompt "SECRET words and more'
    for end in range(len('Hello.\n!prompt "S'), len(text)):
        assert _fed(list(text[:end]))[-1] == "Hello.\n"


def test_talk_comes_through_at_once() -> None:
    hold = Hold()
    assert hold.feed("Hel") == "Hel"
    assert hold.feed("lo, ") == "lo, "
    assert hold.feed("you!\nAnd") == "you!\nAnd"
    assert hold.feed(" `code` and <b>tags</b>") == " `code` and <b>tags</b>"
    assert hold.feed("\n**Bo") == "\n**Bo"
    assert hold.feed("ld**\n12") == "ld**\n"
    assert hold.feed(" apples\n```\n!prompt 'x y z'\n") == "12 apples\n```\n!prompt 'x y z'\n"
    assert hold.finish() == ""


def test_public_commands_come_through_as_they_are_written() -> None:
    hold = Hold()
    assert hold.feed("!im") == ""
    assert hold.feed('age "a red') == '!image "a red'
    assert hold.feed(" ball") == " ball"
    assert hold.feed('oon"') == 'oon"'
    assert hold.feed("\n") == "\n"
    assert hold.feed("!add_ai Gemini 3") == "!add_ai Gemini 3"
    assert hold.feed(' Flash "hel') == ' Flash "hel'
    assert hold.feed('lo"') == 'lo"'
    assert hold.feed("\n!search tides of the") == "\n!search tides of the"


def test_lines_after_a_quote_that_is_never_closed_do_not_wait() -> None:
    hold = Hold()
    assert hold.feed('!image "no end\nA line.\nAnother') == '!image "no end\nA line.\nAnother'
    assert hold.feed(" one.\n") == " one.\n"
    assert hold.feed('!prompt "SE') == ""
    assert hold.feed('CRET"\nEnd.') == "End."


def test_words_with_a_bang_wait_no_longer_than_their_name() -> None:
    hold = Hold()
    assert hold.feed("!promp") == ""
    assert hold.feed("ted by") == "!prompted by"
    assert hold.feed("\n!important: ") == "\n!important: "
    assert hold.feed("no") == "no"


def test_an_endless_private_line_is_not_kept() -> None:
    hold = Hold()
    hold.feed("!prompt SECRET")
    for _ in range(1000):
        assert hold.feed("SECRET " * 100) == ""
    assert len(hold._scanner._text) < 10_000
    assert hold.feed("\nHello.") == "Hello."


def test_what_may_follow_a_thought_waits_after_an_open_public_command() -> None:
    text = '!image "no end\n<think>no</think>- !prompt "SECRET"\nEnd.'
    assert "SECRET" not in _fed(list(text))[-1]
    assert _fed(list(text))[-1] == '!image "no end\n<think>no</think>\nEnd.'
    assert all(state in parse(text).public for state in _fed(list(text)))
