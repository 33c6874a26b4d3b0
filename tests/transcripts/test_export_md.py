"""Markdown and JSON lines: structure that is ours, words that are theirs."""

from markdown_it import MarkdownIt

from tests.transcripts.sample import CODE, GOLDEN, VERSE, check_golden, room, said
from tests.transcripts.test_export_html import HOSTILE
from transcripts.export import jsonl, md
from transcripts.wire import decode_line

READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def headings(markdown: str) -> list[str]:
    read = READER.parse(markdown)
    return [
        read[at + 1].content for at, token in enumerate(read) if token.type == "heading_open"
    ]


def fences(markdown: str) -> list[str]:
    return [token.content for token in READER.parse(markdown) if token.type == "fence"]


def test_nobody_but_us_makes_headings_rules_or_markup():
    hostile = [*HOSTILE, CODE, "# a\n\n---\n\n## b\n===\n<h1>c</h1>\n\n> d", "- # e\n1. ---\n"]
    markdown = md.export(said(*hostile))
    ours = ["Small", "Participants", "Conversation", *["AI-1 (One)"] * len(hostile)]
    assert headings(markdown) == ours
    kinds = {
        token.type
        for block in READER.parse(markdown)
        for token in [block, *(block.children or ())]
    }
    assert not kinds & {"hr", "html_block", "html_inline", "link_open", "image", "code_block"}


def test_drawings_and_code_come_out_letter_for_letter():
    drawing, code = fences(md.export(said(VERSE, CODE)))
    assert drawing in VERSE
    assert drawing.count("\n") == 5
    assert code == 'print("```" in "# not a heading")\n'


def test_code_that_a_site_would_run_is_only_code():
    read = READER.parse(
        md.export(said("```mermaid\ngraph\n```\n\n```c++ x\n1\n```\n\n``` <b>\n```"))
    )
    assert [token.info for token in read if token.type == "fence"] == ["", "c++", ""]


def test_a_fence_that_is_never_closed_ends_with_its_message():
    markdown = md.export(said("```\n# still code", "# next"))
    assert fences(markdown) == ["# still code\n"]
    assert headings(markdown)[3:] == ["AI-1 (One)", "AI-1 (One)"]


def test_private_commands_are_marked_and_public_ones_are_chips():
    markdown = md.export(said('!prompt "be `brief`"\n!image "a cat on a mat"\nso'))
    assert '🔒 ``!prompt "be `brief`"`` *private*' in markdown
    assert '\n\n`!image "a cat on a mat"`\n\n' in markdown


def test_pictures_are_linked_when_told_where_they_are():
    name = "ab" * 32 + ".png"
    assert f"](images/{name})" in md.export(room(), images="images")
    assert "](" not in md.export(room())
    assert f"](../my%20pictures/{name})" in md.export(room(), images="../my pictures")


def test_the_reasoning_and_cc_come_only_when_asked_for():
    without, asked = md.export(room()), md.export(room(), reasoning=True, cc=True)
    for words in ("Should I draw?", "cc took in"):
        assert words not in without
        assert words in asked


def test_a_room_without_a_word_is_a_document_too():
    assert md.export([]).startswith("# A room\n")
    assert "*Nothing was said.*" in md.export([])


def test_the_markdown_of_the_sample_room_is_as_frozen():
    check_golden("room.md", md.export(room(), images="images", reasoning=True, cc=True))


def test_json_lines_read_back_are_the_room():
    lines = list(jsonl.export(room()))
    assert [decode_line(line) for line in lines] == room()
    check_golden("room.jsonl", "".join(lines))


def test_the_first_format_of_logs_is_read_as_it_was():
    """Lines without a checksum; the file is never made again."""
    lines = (GOLDEN / "room-1.jsonl").read_text(encoding="utf-8").splitlines()
    assert all('"crc"' not in line for line in lines)
    assert [decode_line(line) for line in lines] == room()
