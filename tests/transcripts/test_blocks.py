"""What is drawn and what is written, told apart by its lines."""

from pathlib import Path

import pytest

from transcripts.export.blocks import Block, blocks

SEEDS = Path(__file__).resolve().parents[2].parent / "shared" / "seeds"

CAT = " /\\_/\\\n( o.o )\n > ^ <"
BOX = "┌────┐\n│ hi │\n└────┘"
TABLE = "| name | number |\n|------|-------:|\n| one  | 1      |"
VERSE = "the distillation is a sieve\n\n  it catches *the useful*...\n      (and lets me fall)"
LIST = "- a proof (of `x`)\n- the [exact] shade\n* why!?\n1. {first}\n2) second"
PROSE = "It's 5 > 3, isn't it?  Then: a/b, c_d & (e) – fine.\nYes... -- no!"


def kinds(text: str) -> list[str]:
    return [block.kind for block in blocks(text)]


@pytest.mark.parametrize(
    "art", [CAT, BOX, TABLE, f"{BOX}\n\n{CAT}", "  *  .  *\n .   *   .\n*  .  *"]
)
def test_a_drawing_is_art_and_whole(art: str):
    assert [(block.kind, block.text) for block in blocks(art)] == [("art", art)]


@pytest.mark.parametrize(
    "words", [VERSE, LIST, PROSE, "...", "~~~", "* * *\n\n---", "ha\n:)\nha"]
)
def test_verse_lists_and_prose_are_words(words: str):
    assert kinds(words) == ["words"]


def test_a_drawing_right_under_a_line_of_verse_is_found():
    assert kinds(f"look, look again\nand at this:\nhere it is,\nnow:\n{CAT}") == [
        "words",
        "art",
    ]


def test_tildes_do_not_open_a_fence():
    assert kinds('   ~~~~\n!image "a cat on a mat"') == ["words", "command"]


def test_commands_inside_code_are_code():
    assert kinds('```\n!image "a cat on a mat"\n```\nso') == ["code", "words"]


def test_two_fences_in_a_row_are_two():
    assert kinds("```\na\n```\n```\nb\n```") == ["code", "code"]


def test_a_command_given_twice_is_a_command_twice():
    assert kinds('!image "a cat on a mat"\n!image "a cat on a mat"') == ["command", "command"]


def test_private_commands_know_that_they_are():
    first, second = blocks('!whisper "AI-2" "psst"\n!image "a cat on a mat"')
    assert first == Block("command", '!whisper "AI-2" "psst"', "\n", "whisper")
    assert first.private
    assert not second.private


def test_commands_in_the_middle_of_a_line_count_only_where_the_room_says_so():
    text = 'so !image "a cat on a mat" then'
    assert kinds(text) == ["words"]
    assert [block.kind for block in blocks(text, inline=True)] == ["words", "command", "words"]


def test_the_drawings_of_a_real_transcript_are_found_and_its_verse_is_not():
    found = sorted(SEEDS.glob("004_*.txt")) if SEEDS.is_dir() else []
    if not found:
        pytest.skip("the real transcript is not beside this checkout")
    text = found[0].read_text(encoding="utf-8")
    art = [block.text for block in blocks(text) if block.kind == "art"]
    drawn = "\n".join(art)
    for line in ("'----------'", "|    SYSTEM ERROR?     |", "<[ SPEED ]>", "--  ( )  --"):
        assert line in drawn
    for line in ("flicker on", "r1 is the logic", "wars, love letters", "nanosecond"):
        assert line not in drawn
    assert "".join(block.text + block.end for block in blocks(text)) == text
