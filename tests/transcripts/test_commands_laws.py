"""Laws of the command language: what is rendered parses, what is cut can be put back."""

import time
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transcripts.commands.hold import Hold
from transcripts.commands.lexer import lex
from transcripts.commands.parse import LEAST, parse
from transcripts.commands.render import render
from transcripts.commands.sieve import cut, restore, sieve
from transcripts.commands.signs import BLANKS, HEAD, KNOWN
from transcripts.commands.words import (
    PRIVATE,
    Command,
    Invite,
    Leave,
    ListModels,
    Mute,
    Paint,
    Prompt,
    PromptClear,
    Remove,
    Search,
    Temperature,
    Vote,
    Whisper,
)

thorough = settings(max_examples=600)

PARTS = [
    *("!", "!prompt", "!image", "!temperature", "!add_ai", "!vote", "!whisper", "!mute_self"),
    *("!leave", "!prompt_clear", "!list_models", "!foo", "\\!prompt", "\\!image", "\\", '"'),
    *('"', '"', "“", "”", "„", "«", "»", "'", "‘", "’", "`", "```", "````", '"""', "\n", "\n"),
    *("\n", "\n\n", "\r\n", "\r", " ", " ", "  ", "    ", "\t", "\xa0", "\u200b", "\u2028"),
    *("**", "*", "_", "- ", "1. ", "> ", "<think>", "</think>", "<thinking>", "<", "<th"),
    *("a", "word", 'said "hi"', ".", ",", ":", "=", "1", "1.4", "-1", "[a, b]", "[", "]", "P1"),
    *("persona:", "?", "🙂", "~~~", "secret", "don't", "all", "AI-2", "x" * 70, " " * 70),
]
talk = st.lists(st.sampled_from(PARTS), max_size=40).map("".join)
"""Text made of all that the grammar knows."""

anything = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


def _text(least: int = 1) -> st.SearchStrategy[str]:
    edge = BLANKS + "\n"
    return (
        (talk | anything)
        .map(lambda text: text[:1900].strip(edge))
        .filter(lambda text: len(text) >= least)
    )


def _unlike_slot(text: str) -> bool:
    return text != "" and not text.startswith("@") and not text[:3].lower().startswith("ai-")


everything: st.SearchStrategy[Command] = st.one_of(
    _text(LEAST["prompt"]).map(Prompt),
    st.builds(PromptClear, st.none() | st.integers(1, 999_999)),
    st.floats(-1e6, 1e6).map(lambda value: Temperature(round(value, 6))),
    st.builds(Invite, _text(), st.just("") | _text(), st.just("") | _text()),
    _text(LEAST["image"]).map(Paint),
    _text(LEAST["search"]).map(Search),
    st.builds(Mute, st.integers(1, 999_999)),
    st.just(ListModels()),
    st.builds(Whisper, _text(), _text()),
    st.builds(
        Vote,
        _text(),
        st.lists(_text(), min_size=2, max_size=12, unique=True).map(tuple),
        opens=st.just(True),
    ),
    st.builds(
        Vote, st.just("") | _text(), _text().map(lambda choice: (choice,)), opens=st.just(False)
    ),
    st.builds(Remove, _text().filter(_unlike_slot), st.just("") | _text()),
    st.builds(Leave, st.just("") | _text()),
)


@thorough
@given(everything)
def test_what_is_rendered_parses_to_the_same_command(command: Command) -> None:
    line = render(command)
    parsed = parse(line)
    assert [found.command for found in parsed.found] == [command]
    assert parsed.spoken == ""
    [found] = parsed.found
    assert (found.call.start, found.call.end) == (0, len(line))
    assert found.call.flags <= {"list", "bare"}


@thorough
@given(everything)
def test_a_rendered_command_ends_where_it_ends(command: Command) -> None:
    parsed = parse(f"Before.\n{render(command)}\n!mute_self 7\nAfter.")
    assert [found.command for found in parsed.found] == [
        *(dict.fromkeys((command, Mute(7)))),
    ]
    assert parsed.spoken == "Before.\nAfter."


@thorough
@given(talk)
def test_whatever_is_parsed_can_be_rendered_and_parsed_again(text: str) -> None:
    for found in parse(text).found:
        again = parse(render(found.command))
        assert [back.command for back in again.found] == [found.command]


@thorough
@given(talk | anything, st.booleans())
def test_calls_are_in_order_and_apart_and_of_lawful_shape(text: str, inline: bool) -> None:
    at = 0
    for call in lex(text, inline=inline):
        assert at <= call.start < call.end <= len(text)
        assert not text[call.end - 1].isspace() or call.flags & {"bare", "unterminated"}
        if call.verb not in KNOWN:
            assert len(call.args) == 1
        if not inline:
            line = text[: call.start].rpartition("\n")[2]
            if not HEAD.match(f"{line}!"):
                # It follows another command on the line, or a thought that is over.
                assert at > call.start - len(line) or "</think" in line.lower()
        at = call.end


@thorough
@given(talk | anything, st.booleans())
def test_public_text_is_the_text_without_the_private_spans(text: str, inline: bool) -> None:
    parsed = parse(text, inline=inline)
    private = [call for call in lex(text, inline=inline) if call.verb in PRIVATE]
    if not private and "\\!" not in text:
        assert parsed.public == text
    left = cut(text, [(call.start, call.end) for call in private]).rest
    inked = [c for c in left if c not in BLANKS and c not in "\n\\"]
    assert [c for c in parsed.public if c not in BLANKS and c not in "\n\\"] == inked


@thorough
@given(talk | anything, st.booleans())
def test_spans_that_are_cut_can_be_put_back(text: str, inline: bool) -> None:
    taken = cut(text, [(call.start, call.end) for call in lex(text, inline=inline)])
    assert restore(taken.rest, taken.pieces) == text


@thorough
@given(st.data(), st.text(st.characters() | st.sampled_from("\r\n\xa0\u200b🙂"), max_size=40))
def test_any_spans_of_any_text_can_be_put_back(data: st.DataObject, text: str) -> None:
    places = data.draw(st.lists(st.integers(0, len(text)), max_size=8).map(sorted))
    spans = list(zip(places[::2], places[1::2], strict=False))
    taken = cut(text, reversed(spans))
    assert restore(*taken) == text
    assert len(taken.rest) == len(text) - sum(end - start for start, end in spans)


def test_spans_that_overlap_or_leave_the_text_are_refused() -> None:
    for spans in ([(0, 2), (1, 3)], [(2, 1)], [(0, 9)], [(-1, 1)]):
        with pytest.raises(ValueError, match="span"):
            cut("abcd", spans)


def test_lines_that_were_blank_before_stay() -> None:
    assert sieve("a\n \nb\n", []) == "a\n \nb\n"
    assert sieve("a\n X \n \nb", [(3, 4)]) == "a\n \nb"


def test_a_head_is_bounded_so_that_waiting_for_one_is() -> None:
    assert HEAD.match("   123456789. " + " " * 3 + "******\\!")
    assert not HEAD.match("   1234567890. !")


# Time.

HOSTILE = {
    "bangs": "!",
    "backticks": "`",
    "lone backticks": "` ",
    "quotes": '"',
    "thoughts": "<think>",
    "thoughts on lines": "<think>\n",
    "thoughts in paragraphs": "a<think>\n\n",
    "half tags": "<think",
    "stars": "*",
    "underscores": "_",
    "list marks": "* ",
    "numbers": "1.",
    "quote marks": "> ",
    "fences": "```\n",
    "fences within fences": "````\n```\n",
    "blanks": " ",
    "widthless": "\u200b",
    "newlines": "\n",
    "backslashes": "\\",
    "escaped quotes": '\\"',
    "open prompts": '!prompt "\n',
    "open prompts and blank lines": '!prompt "\n\n',
    "open triple quotes": '!prompt """\n',
    "open fences in prompts": "!prompt ```\n",
    "open smart quotes": "!prompt “\n",
    "open prompts in prose": 'x !prompt "\n',
    "nested quotes": '"a ',
    "prompts with nested quotes": '**!prompt "a "b\n',
    "a line of prompts": '!prompt "a b" ',
    "a line of open prompts": '!prompt "',
    "open lists": '!vote "a" [',
    "open lists on lines": '!vote "a" ["b\n',
    "personas": '!add_ai "x" persona: ',
    "votes": "!vote\n",
    "open votes": '!vote "\n',
    "unknown": '!a"\n',
    "nearly": "1. !p\n",
    "escaped": "\\!vote\n",
    "prose": "some prose, as in most of a message.\n",
}
FAST = ["bangs", "backticks", "quotes", "thoughts", "open prompts", "stars", "nested quotes"]


def _seconds(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def _grows_with_the_text(work: Callable[[str], object], unit: str, prefix: str) -> None:
    def text(size: int) -> str:
        return (prefix + unit * (size // len(unit) + 1))[:size]

    small, large = text(250_000), text(1_000_000)
    before = min(_seconds(lambda: work(small)) for _ in range(2))
    after = _seconds(lambda: work(large))
    if after > 10 * max(before, 0.02):  # noise of a busy machine, or not linear: look again
        before, after = _seconds(lambda: work(small)), _seconds(lambda: work(large))
    assert after < 10 * max(before, 0.02), f"{before:.2f} s for 250 KB, {after:.2f} s for 1 MB"
    assert after < 6


@pytest.mark.parametrize("name", FAST)
def test_a_megabyte_of_hostile_text_takes_linear_time(name: str) -> None:
    _grows_with_the_text(lex, HOSTILE[name], "")


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("inline", [False, True], ids=["lines", "inline"])
@pytest.mark.parametrize("name", HOSTILE)
def test_every_megabyte_of_hostile_text_takes_linear_time(name: str, inline: bool) -> None:
    _grows_with_the_text(lambda text: parse(text, inline=inline), HOSTILE[name], "")


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("prefix", ['!prompt "', '!vote "q" [', "x<think>`"])
@pytest.mark.parametrize("name", FAST)
def test_a_hostile_beginning_makes_it_no_worse(name: str, prefix: str) -> None:
    _grows_with_the_text(lex, HOSTILE[name], prefix)


def _streamed(text: str) -> None:
    hold = Hold()
    for at in range(0, len(text), 500):
        hold.feed(text[at : at + 500])
    hold.finish()


@pytest.mark.parametrize(
    ("unit", "prefix"),
    [
        ("word ", ""),
        ("word ", "!prompt "),
        ("word ", '!prompt "'),
        ("word ", '!image "'),
        ("`", ""),
        (" ", "!mute_self"),
        ("<", "<think>"),
        ("\n\n", ""),
        ("`", "```\n"),
        ('!prompt "\n', ""),
    ],
)
def test_holding_a_megabyte_takes_linear_time(unit: str, prefix: str) -> None:
    _grows_with_the_text(_streamed, unit, prefix)


@settings(max_examples=30)
@given(st.sampled_from(sorted(HOSTILE)), st.sampled_from(sorted(HOSTILE)))
def test_hostile_text_is_still_text(first: str, second: str) -> None:
    text = HOSTILE[first] * 7 + HOSTILE[second] * 7
    assert restore(*cut(text, [(call.start, call.end) for call in lex(text)])) == text
