"""Words as Markdown: what a real Markdown reader makes of them is the words."""

import re
from collections.abc import Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from transcripts.export.escape import fence, inline, line, span, words
from transcripts.export.marks import visible

READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])

ALLOWED = {
    *("paragraph_open", "paragraph_close", "inline", "text", "softbreak", "hardbreak"),
    *("bullet_list_open", "bullet_list_close", "ordered_list_open", "ordered_list_close"),
    *("list_item_open", "list_item_close", "em_open", "em_close", "strong_open"),
    *("strong_close", "code_inline", "text_special"),
}

MARKS = r"""# ## - + * _ ** __ ` `` ``` ~ ~~~ > | |---| --- === ... 1. 2. 3) 12. [ ] ]( ![
[a](b) ]: <b> </p> <!-- <a@b.c> &amp; &#60; & \ \` \[ $ $$ : :-: ! ( ) " ' word two [x]: [^1]:
http://a/~b"""
SPACES = (" ", "  ", "    ", "\t", "\n", "\n\n", "\n    ", "\n  ", "\n- ", "\n1. ", "\r\n")
PIECES = st.sampled_from([*MARKS.split(), *SPACES, "\u00a0", "\u202e"])
TALK = st.lists(PIECES, max_size=24).map("".join)


def tokens(markdown: str) -> Iterator[Token]:
    for token in READER.parse(markdown):
        yield token
        yield from token.children or ()


def shown(markdown: str) -> list[str]:
    """Lines as a reader of the page sees them, items numbered as a browser numbers them."""
    lines = [""]
    counts: list[int] = []
    for token in tokens(markdown):
        match token.type:
            case "text" | "code_inline" | "text_special":
                lines[-1] += token.content
            case "hardbreak" | "softbreak" | "paragraph_close":
                lines.append("")
            case "ordered_list_open":
                counts.append(int(token.attrs.get("start", 1)))
            case "bullet_list_open":
                counts.append(-1)
            case "ordered_list_close" | "bullet_list_close":
                counts.pop()
            case "list_item_open" if counts[-1] < 0:
                lines[-1] += f"{token.markup} "
            case "list_item_open":
                lines[-1] += f"{counts[-1]}{token.markup} "
                counts[-1] += 1
            case _:
                pass
    return [shown_line for shown_line in lines if shown_line.strip()]


def bare(text: str) -> str:
    """Letters that must survive: emphasis, ticks and white space aside."""
    return re.sub(r"[*_`\s]+", "", text)


@given(TALK)
@example("1. a\n\n3. b")
@example("- a\n2. b\n  2. c")
@example("a\n===\n| a | b |\n|---|---|\n| 1 | 2 |")
@example("[x]: http://evil\n[x]\n![y](javascript:z)")
@example("`a\n<b>` `<i>`")
@example("- # h\n- > q\n- ---\n- ```\n- - x")
def test_no_words_become_structure_and_none_are_lost(talk: str):
    markdown = words(talk)
    assert {token.type for token in tokens(markdown)} <= ALLOWED
    assert bare("".join(shown(markdown))) == bare(visible(talk))


@given(TALK)
def test_one_line_of_words_stays_one_paragraph_in_a_quote(talk: str):
    quoted = [token.type for token in READER.parse(f"> {line(talk)}\n> x")]
    assert quoted[:1] == ["blockquote_open"]
    assert not {"heading_open", "html_block", "hr", "fence", "table_open"} & set(quoted)


@given(TALK)
def test_a_heading_a_cell_and_a_caption_show_their_text_and_no_markup(talk: str):
    plain = " ".join(visible(talk).split())
    inside = READER.parse(f"### {inline(talk)}")[1].children or []
    assert {token.type for token in inside} <= {"text", "text_special"}
    assert "".join(token.content for token in inside) == plain
    row = READER.parse(f"| a | b |\n|---|---|\n| {inline(talk)} | z |\n")
    cells = [token.content for token in row if token.type == "inline"]
    assert len(cells) == 4
    assert cells[-1] == "z"
    picture = READER.parseInline(f"![{inline(talk)}](images/a.png)")[0].children or []
    assert [token.type for token in picture] == ["image"]
    assert picture[0].content.replace("\\", "") == inline(talk).replace("\\", "")


@given(TALK)
def test_a_fence_and_a_span_hold_whatever_is_in_them(talk: str):
    code = READER.parse(fence(talk))
    assert [token.type for token in code] == ["fence"]
    assert code[0].content == visible(talk) + "\n"
    if plain := " ".join(visible(talk).split()):
        inside = READER.parseInline(span(talk))[0].children or []
        assert [(token.type, token.content) for token in inside] == [("code_inline", plain)]


def test_verse_keeps_its_lines_and_its_indentation():
    verse = "one\n  two\n      three\n\nfour"
    assert (
        words(verse)
        == "one  \n\u00a0\u00a0two  \n\u00a0\u00a0\u00a0\u00a0\u00a0\u00a0three\n\nfour"
    )
    assert shown(words(verse))[2] == "\u00a0" * 6 + "three"


def test_lists_stay_lists_with_their_own_numbers():
    kinds = [token.type for token in READER.parse(words("so:\n- a\n  - b\n- c\n\n2. d\n3. e"))]
    assert kinds.count("bullet_list_open") == 2
    assert kinds.count("ordered_list_open") == 1
    assert shown(words("3. three\n2. two\n1. one")) == ["3. three", "2. two", "1. one"]


@pytest.mark.parametrize(
    "talk",
    [
        "*waves* **hello** `code` a_b_c",
        "2 * 3 * 4",
        "(see below) – 5 $ & more",
        "¯\\ ok",
        "a ~ b",
    ],
)
def test_ordinary_talk_is_left_as_it_is_written(talk: str):
    assert words(talk).replace("\\\\", "\\") == talk


def test_a_million_characters_take_no_time():
    for unit in ("`", "[", "*", "- ", "~", "&a", "\\", "<", "1. ", "| ", "$"):
        words(unit * (1_000_000 // len(unit)))
