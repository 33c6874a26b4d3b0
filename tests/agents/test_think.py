"""Thoughts in a reply are told from speech, wherever the pieces are cut."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.providers.base import Delta
from agents.providers.think import Thoughts


def split(*pieces: str) -> tuple[str, str]:
    """Return speech and reasoning."""
    return told(run(*pieces))


def run(*pieces: str) -> list[Delta]:
    """Return everything that comes out, neighbours of one channel joined."""
    thoughts = Thoughts()
    joined: list[Delta] = []
    for delta in [d for piece in pieces for d in thoughts.feed(piece)] + thoughts.finish():
        assert delta.text
        if joined and joined[-1].channel == delta.channel:
            joined[-1] = Delta(joined[-1].text + delta.text, delta.channel)
        else:
            joined.append(delta)
    return joined


def told(deltas: list[Delta]) -> tuple[str, str]:
    speech = "".join(delta.text for delta in deltas if delta.channel == "speech")
    return speech, "".join(delta.text for delta in deltas if delta.channel == "reasoning")


@pytest.mark.parametrize(
    ("reply", "speech", "reasoning"),
    [
        ("the left door", "the left door", ""),
        ("  indented, as it came\n", "  indented, as it came\n", ""),
        ("<think>which?</think>the left", "the left", "which?"),
        ("\n<think>\nwhich?\n</think>\n\nthe left\n", "the left\n", "\nwhich?\n"),
        ("<thinking>which?</thinking> the left", "the left", "which?"),
        ("<THINK>which?</Think>the left", "the left", "which?"),
        ("first <think>hm</think> then", "first  then", "hm"),
        ("<think>a</think>b<think>c</think>d", "bd", "ac"),
        ("<think>never closed", "", "never closed"),
        ("<think>wrong end</thinking> still</think>said", "said", "wrong end</thinking> still"),
        ("<think></think>said", "said", ""),
        ("said <thin", "said <thin", ""),
        ("<think>thought </thi", "", "thought </thi"),
        ("a < b and <thin> and </think>", "a < b and <thin> and </think>", ""),
        ("<thinker>no tag</thinker>", "<thinker>no tag</thinker>", ""),
        ("İ<think>İ</THINK>İ", "İİ", "İ"),
        ("", "", ""),
        (" \n ", "", ""),
    ],
)
def test_what_is_thought_and_what_is_said(reply: str, speech: str, reasoning: str) -> None:
    assert split(reply) == (speech, reasoning)


@pytest.mark.parametrize(
    "reply",
    [
        "wrap it in `<think>` and `</think>`, then speak",
        "``a ` b <think>`` is code",
        "```\n<think>\n```\n",
        "so:\n  ```html\nx\n<think>\n  ```",
        "```` \n```\n<think>\n````",
        "```one line``` and `<think>`",
    ],
)
def test_a_tag_in_code_is_only_talked_about(reply: str) -> None:
    assert split(reply) == (reply, "")


@pytest.mark.parametrize(
    "before",
    [
        "`code` and then ",
        "a stray ` on one line\n",
        "```\nblock\n```\n",
        "```one line``` ",
        "``two`` ",
        "no fence here: ``` x\n",
    ],
)
def test_a_tag_after_code_counts(before: str) -> None:
    assert split(f"{before}<think>hm</think>") == (before, "hm")


def test_after_a_thought_the_line_begins_anew() -> None:
    assert split("so <think>hm</think>```\n<think>\n```") == ("so ```\n<think>\n```", "hm")


def test_speech_is_not_held_back() -> None:
    thoughts = Thoughts()
    assert thoughts.feed("the left ") == [Delta("the left ")]
    assert thoughts.feed("<b") == [Delta("<b")]
    assert thoughts.feed("<th") == []
    assert thoughts.feed("e>") == [Delta("<the>")]


TAGS = [
    "<think>",
    "</think>",
    "<thinking>",
    "</thinking>",
    "<th",
    "ink>",
    "</",
    "<",
    ">",
    "`",
    "``",
    "```",
]
PARTS = st.sampled_from([*TAGS, "\n", " ", "\r\n", "a", "door. ", "İ", "\N{KELVIN SIGN}"])


@given(st.lists(PARTS, max_size=25).map("".join), st.data())
def test_cutting_changes_nothing(reply: str, data: st.DataObject) -> None:
    cuts = data.draw(st.lists(st.integers(0, len(reply)), max_size=12).map(sorted))
    edges = [0, *cuts, len(reply)]
    pieces = [reply[a:b] for a, b in pairwise(edges)]
    whole = run(reply)
    assert run(*pieces) == whole
    assert run(*reply) == whole


@given(st.text(alphabet=st.characters(exclude_characters="<"), max_size=60))
def test_speech_without_tags_is_untouched(reply: str) -> None:
    assert split(reply) == (reply if reply.strip() else "", "")


def test_two_megabytes_in_small_pieces_take_a_moment() -> None:
    thoughts = Thoughts()
    size = 0
    for piece in ["`<a> \n"] * 100_000 + ["<" * 400_000]:
        size += sum(len(delta.text) for delta in thoughts.feed(piece))
    size += sum(len(delta.text) for delta in thoughts.finish())
    assert size == 1_000_000
