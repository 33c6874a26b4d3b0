"""The command language: the published vectors, and every rule of the grammar."""

from pathlib import Path

import pytest

from transcripts.commands.lexer import lex
from transcripts.commands.parse import HINTS, UNKNOWN, parse
from transcripts.commands.words import (
    Command,
    Invite,
    Leave,
    ListModels,
    Malformed,
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

SEED = (
    Path(__file__).resolve().parents[2].parent / "shared" / "seeds" / "004_0ea5d90c91b0c248.txt"
)
ART = "    /\\_/\\\n   ( o.o )\n    > ^ <\n"


def commands(text: str, *, inline: bool = False) -> list[Command]:
    return [found.command for found in parse(text, inline=inline).found]


def flags(text: str) -> list[set[str]]:
    return [set(call.flags) for call in lex(text)]


VECTORS: list[tuple[str, str, list[Command], str, list[set[str]]]] = [
    (
        "1 escaped quotes",
        r'!prompt "say \"hi\" to all" rest',
        [Prompt('say "hi" to all')],
        " rest",
        [set()],
    ),
    (
        "2 quotes within quotes",
        '!add_ai "GPT 5.1" "she said "hello" to me"',
        [Invite("GPT 5.1", 'she said "hello" to me')],
        '!add_ai "GPT 5.1" "she said "hello" to me"',
        [set()],
    ),
    ("3 smart quotes", "!image “a cat”", [Paint("a cat")], "!image “a cat”", [set()]),
    ("3 guillemets", "!image «a cat»", [Paint("a cat")], "!image «a cat»", [set()]),
    ("4 apostrophe", "!prompt 'don't stop'", [Prompt("don't stop")], "", [set()]),
    (
        "5 more lines",
        'Before.\n!prompt "one\ntwo\r\nthree"\nAfter.',
        [Prompt("one\ntwo\r\nthree")],
        "Before.\nAfter.",
        [set()],
    ),
    (
        "5 never over a command",
        '!prompt "one\n!mute_self\ntwo"',
        [Prompt("one"), Mute()],
        '!mute_self\ntwo"',
        [{"unterminated"}, set()],
    ),
    (
        "6 never closed",
        '!image "no end\n\nA paragraph.\nAnd "another" one.',
        [Paint("no end")],
        '!image "no end\n\nA paragraph.\nAnd "another" one.',
        [{"unterminated"}],
    ),
    (
        "7 never closed, then dialogue",
        '!prompt "never closed\n\nhe said "no"',
        [Prompt("never closed")],
        '\nhe said "no"',
        [{"unterminated"}],
    ),
    (
        "8 the second argument stands on the line",
        '!add_ai "Grok 4"\n\n"a line of dialogue"',
        [Invite("Grok 4")],
        '!add_ai "Grok 4"\n\n"a line of dialogue"',
        [set()],
    ),
    (
        "9 in prose",
        'you could use !image "x y z" if you like',
        [],
        'you could use !image "x y z" if you like',
        [],
    ),
    (
        "10 in a fence",
        '```text\n!prompt "x y z"\n```\nok',
        [],
        '```text\n!prompt "x y z"\n```\nok',
        [],
    ),
    ("10 in code", '`!prompt "x y z"`', [], '`!prompt "x y z"`', []),
    ("10 in a quote", '> !prompt "x y z"', [], '> !prompt "x y z"', []),
    (
        "10 in a thought",
        '<think>\n!prompt "x y z"\n</think>\nok',
        [],
        '<think>\n!prompt "x y z"\n</think>\nok',
        [],
    ),
    (
        "11 the last temperature",
        "!temperature 0.5\nwords\n!temperature 1.5",
        [Temperature(1.5)],
        "words\n",
        [set(), set()],
    ),
    (
        "12 the same prompt twice",
        '!prompt "stay calm"\n!prompt "stay calm"',
        [Prompt("stay calm")],
        "",
        [set(), set()],
    ),
    (
        "13 cut by offset",
        "!temperature 1 and !temperature 1.5",
        [Temperature(1)],
        " and !temperature 1.5",
        [set()],
    ),
    ("14 bare", "!image a sunset", [Paint("a sunset")], "!image a sunset", [{"bare"}]),
    ("14 bare name", "!add_ai GPT 5.1", [Invite("GPT 5.1")], "!add_ai GPT 5.1", [{"bare"}]),
    ("15 another word", "!mute_selfish", [], "!mute_selfish", []),
    (
        "15 another word with a quoted argument",
        '!imagex "a red balloon"',
        [Malformed("imagex", "a red balloon", UNKNOWN)],
        '!imagex "a red balloon"',
        [set()],
    ),
    ("16 escaped", "\\!mute_self", [], "!mute_self", []),
    (
        "17 bold",
        '**!image "a red balloon"**',
        [Paint("a red balloon")],
        '**!image "a red balloon"**',
        [set()],
    ),
    (
        "17 in a list",
        '- !image "a red balloon"',
        [Paint("a red balloon")],
        '- !image "a red balloon"',
        [set()],
    ),
    (
        "18 nothing but commands",
        '!prompt "stay calm"\n!temperature 1.4\n',
        [Prompt("stay calm"), Temperature(1.4)],
        "",
        [set(), set()],
    ),
    (
        "20 a model that nobody has",
        '!add_ai "GPT 5 Preview"',
        [Invite("GPT 5 Preview")],
        '!add_ai "GPT 5 Preview"',
        [set()],
    ),
    (
        "21 indented art",
        f'{ART}!prompt "draw more"\n\n\n  end ',
        [Prompt("draw more")],
        f"{ART}\n\n  end ",
        [set()],
    ),
    (
        "22 line ends and spaces of all kinds",
        '!prompt\u200b\xa0"keep\xa0this\u200d"\r\nnext\xa0\r\n',
        [Prompt("keep\xa0this")],
        "next\xa0\r\n",
        [set()],
    ),
]


@pytest.mark.parametrize(
    ("text", "expected", "public", "marked"),
    [vector[1:] for vector in VECTORS],
    ids=[vector[0] for vector in VECTORS],
)
def test_the_published_vectors_hold(
    text: str, expected: list[Command], public: str, marked: list[set[str]]
) -> None:
    parsed = parse(text)
    assert [found.command for found in parsed.found] == expected
    assert parsed.public == public
    assert flags(text) == marked


def test_lexing_keeps_the_argument_as_it_stands() -> None:
    [call] = lex('!prompt\u200b\xa0"keep\xa0this\u200d"\r\nnext')
    assert call.args == ("keep\xa0this\u200d",)


def test_a_message_of_commands_alone_is_silent_and_words_break_the_silence() -> None:
    assert parse('!prompt "stay calm"\n\n!image "a red balloon"\n').silent
    assert not parse('!prompt "stay calm"\nHello.').silent
    assert not parse("").silent
    assert not parse("Hello.").silent


def test_every_visible_command_of_the_sample_is_found_and_nothing_else() -> None:
    if not SEED.is_file():
        pytest.skip(f"{SEED} is not on this machine")
    text = SEED.read_text(encoding="utf-8")
    calls = lex(text)
    lines = [text.count("\n", 0, call.start) + 1 for call in calls]
    assert [(line, call.verb) for line, call in zip(lines, calls, strict=True)] == [
        (29, "add_ai"),
        (31, "image"),
        (177, "add_ai"),
        (184, "image"),
        (258, "add_ai"),
        (471, "image"),
        (516, "image"),
        (598, "image"),
    ]
    assert all(not call.flags for call in calls)
    assert [len(call.args) for call in calls] == [2, 1, 2, 1, 2, 1, 1, 1]
    for call in calls:
        assert text[call.start] == "!"
        assert text[call.end - 1] == '"'
    assert parse(text).public == text


# Rule 1: what is not looked into.


@pytest.mark.parametrize(
    "text",
    [
        '```\n!prompt "x y z"\n```',
        '```\n!prompt "x y z"',
        '  ````md\n```\n!prompt "x y z"\n````',
        '```\n!prompt "x y z"\n``` no end\n!mute_self\n```',
        '- ```\n  !prompt "x y z"\n  ```',
        '10. ```\n  !prompt "x y z"\n    ```',
        '   > !prompt "x y z"',
        '>!prompt "x y z"',
        '<think>!prompt "x y z"</think>',
        '<THINK>\n\n!prompt "x y z"\n\n',
        '<thinking>\n!prompt "x y z"\n</thinking>',
        'Well <think>so\n!prompt "x y z"\n</think>',
        'Well <think>\n\n!prompt "x y z"\n\n</think>',
        '    !prompt "x y z"',
        '\t!prompt "x y z"',
        '`!prompt "x y z"`',
        '``!prompt "x y z"``',
        '"!prompt "x y z""',
        '# !prompt "x y z"',
        '!!prompt "x y z"',
        '! prompt "x y z"',
        '！prompt "x y z"',
    ],
)
def test_masked_and_misplaced_commands_are_talk(text: str) -> None:
    assert commands(text) == []
    assert parse(text).public == text


@pytest.mark.parametrize(
    "text",
    [
        "```\ncode\n```\n!mute_self",
        "```code``` in a line\n!mute_self",
        "~~~\n!mute_self\n~~~",
        "   ~~~~\n!mute_self",
        "> ```\n!mute_self",
        "> <think>\n!mute_self",
        "<think>no</think>!mute_self",
        "<think>\nno\n</think> !mute_self",
        "the `<think>` tag\n!mute_self",
        "the <think> tag is mine\n\n!mute_self",
        "a ` stray tick\n!mute_self",
        "``` not `a fence\n!mute_self",
        "    ```\n!mute_self",
        "- ```\n  code\n  ```\n!mute_self",
    ],
)
def test_what_only_looks_like_a_mask_hides_nothing(text: str) -> None:
    assert commands(text) == [Mute()]


# Rule 2: where a command starts.


@pytest.mark.parametrize(
    "line",
    [
        '!image "a b c"',
        '   !image "a b c"',
        '\xa0\u200b!image "a b c"',
        '\ufeff!image "a b c"',
        '- !image "a b c"',
        '* !image "a b c"',
        '+ !image "a b c"',
        '12. !image "a b c"',
        '3) !image "a b c"',
        ' - **!image "a b c"**',
        '*!image "a b c"*',
        '_!image "a b c"_',
        '***!image "a b c"***',
        '**_!image "a b c"_**',
        '**!image "a b c" **',
        '**!image** "a b c"',
        '**!image:** "a b c"',
        '**!image**: "a b c"',
        '!IMAGE "a b c"',
        '!Image "a b c"',
        '!image"a b c"',
        '!image:"a b c"',
        '!image: "a b c"',
        '!image="a b c"',
        '!image = "a b c"',
        '!image\t"a b c"',
        '!image\u3000"a b c"',
        "!image 'a b c'",
        "!image'a b c'",
        "!image `a b c`",
        "!image ``a b c``",
        "!image ```a b c```",
        "!image ‘a b c’",
        "!image “a b c”",
        "!image ”a b c”",
        "!image „a b c“",
        "!image “a b c“",
        "!image « a b c »",
        '!image """a b c"""',
        "!image a b c",
        "!image: a b c",
        "**!image a b c**",
    ],
)
def test_a_command_may_be_written_in_many_ways(line: str) -> None:
    assert commands(f"Before.\n{line}\nAfter.") == [Paint("a b c")]
    [call] = lex(line)
    assert call.end == len(line)
    assert call.start == len(line) - len(line.lstrip("\ufeff\u200b\xa0 "))


def test_names_with_the_backslash_of_markdown_are_known() -> None:
    assert commands('!add\\_ai "Grok 4"') == [Invite("Grok 4")]
    assert commands("_!mute_self_") == [Mute()]


def test_emphasis_that_closes_later_stays_whole() -> None:
    text = '**!prompt "stay calm" and go**'
    assert parse(text).public == "** and go**"


def test_possessives_are_talk() -> None:
    assert commands("!prompt's a verb that I like") == []
    assert commands('!don\'t "say it"') == []


def test_commands_follow_one_another_on_a_line() -> None:
    parsed = parse('!prompt "stay calm" !temperature 1.4 !mute_self then')
    assert [found.command for found in parsed.found] == [
        Prompt("stay calm"),
        Temperature(1.4),
        Mute(),
    ]
    assert parsed.public == "  !mute_self then"
    assert parsed.spoken == "   then"


# Rule 3: quotes within quotes.


@pytest.mark.parametrize(
    ("line", "expected", "rest"),
    [
        ('!prompt "aaa" and then "b"', "aaa", ' and then "b"'),
        ('!prompt "she said "hello" to me"', 'she said "hello" to me', ""),
        ('!prompt "she said "hello""', 'she said "hello"', ""),
        ('!prompt ""hello" she said"', '"hello" she said', ""),
        ('!prompt "(“hello”, "you")"', '(“hello”, "you")', ""),
        ('!prompt "she—"hello"—left" x', 'she—"hello"—left', " x"),
        ('!prompt "color="red" here" x', 'color="red" here', " x"),
        ('!prompt "one, "two", three", four', 'one, "two", three', ", four"),
        ("!prompt 'rock 'n' roll' x", "rock 'n' roll", " x"),
        ("!prompt 'it's o'clock', x", "it's o'clock", ", x"),
        ("!prompt “she said “hello” to me” x", "she said “hello” to me", " x"),
        ("!prompt «elle dit « oui » ici» x", "elle dit « oui » ici", " x"),
        ("!prompt ‘don’t stop’ x", "don’t stop", " x"),
        (r'!prompt "aa\\" x', "aa\\", " x"),
        (r'!prompt "C:\new \"x\"" y', r'C:\new "x"', " y"),
        ('!prompt """she said "hello" to me""" x', 'she said "hello" to me', " x"),
        ("!prompt `` a `b` c `` x", "a `b` c", " x"),
        ('!prompt "他说"好"吗" x', '他说"好"吗', " x"),
    ],
)
def test_quotes_pair_up(line: str, expected: str, rest: str) -> None:
    parsed = parse(line)
    assert [found.command for found in parsed.found] == [Prompt(expected)]
    assert parsed.public == rest


# Rule 4: how far a quoted argument goes.


def test_a_quoted_argument_may_hold_paragraphs_if_its_quote_ends_the_line() -> None:
    assert commands('!prompt "one\n\n"two"\n\nthree"\nrest') == [
        Prompt('one\n\n"two"\n\nthree')
    ]
    assert commands('!prompt "one\n\ntwo" rest') == [Prompt("one")]


def test_a_quoted_argument_never_crosses_a_blank_line_with_a_quotation_open() -> None:
    parsed = parse('!prompt "one "two\n\nthree" four"\n')
    assert [found.command for found in parsed.found] == [Prompt('one "two')]
    assert parsed.public == '\nthree" four"\n'


def test_a_quoted_argument_never_crosses_the_start_of_a_command() -> None:
    for line in ("!mute_self", "  - **!mute_self**", "!Mute_Self"):
        assert commands(f'!image "no end\n{line}\nend"') == [Paint("no end"), Mute()]


def test_a_quoted_argument_may_cross_an_escaped_command_and_an_unknown_word() -> None:
    assert commands('!prompt "use\n\\!mute_self\n!hooray\nend"') == [
        Prompt("use\n!mute_self\n!hooray\nend")
    ]


def test_a_quoted_argument_has_four_thousand_characters_at_most() -> None:
    lines = ("x" * 99 + "\n") * 40
    whole, over = lines[:4000], lines + "x"
    assert commands(f'!prompt "{whole[:-1]}."') == [Prompt(whole[:-1] + ".")]
    assert commands(f'!prompt "{over}"') == [Prompt("x" * 99)]
    assert flags(f'!prompt "{over}"') == [{"unterminated"}]
    assert commands('!prompt "' + '\\"' * 4000 + '"') == [Prompt('"' * 4000)]


def test_a_longer_line_is_cut_and_goes_as_a_whole() -> None:
    parsed = parse('!prompt "' + "x" * 5000 + '" rest\nnext')
    assert [found.command for found in parsed.found] == [Prompt("x" * 4000)]
    assert parsed.found[0].call.flags == {"unterminated", "long"}
    assert parsed.public == "next"
    [bare] = lex("!image " + "y" * 5000)
    assert bare.args == ("y" * 4000,)
    assert bare.flags == {"bare", "long"}


# Rule 5: second arguments, and arguments without quotes.


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('!add_ai "Grok 4" "hi"', Invite("Grok 4", "hi")),
        ('!add_ai "Grok 4", "hi"', Invite("Grok 4", "hi")),
        ('!add_ai "Grok 4": “hi”', Invite("Grok 4", "hi")),
        ('!add_ai Grok 4 "hi"', Invite("Grok 4", "hi")),
        ('!add_ai Grok 4: "hi"', Invite("Grok 4", "hi")),
        ("!add_ai Grok 4 'hi'", Invite("Grok 4", "hi")),
        ('!add_ai "Grok 4" "hi" "a poet"', Invite("Grok 4", "hi", "a poet")),
        ('!add_ai "Grok 4" "hi" "Persona: a poet"', Invite("Grok 4", "hi", "a poet")),
        ('!add_ai "Grok 4" "persona: a poet"', Invite("Grok 4", "", "a poet")),
        ('!add_ai "Grok 4" persona: "a poet"', Invite("Grok 4", "", "a poet")),
        ('!add_ai "Grok 4" persona="a poet"', Invite("Grok 4", "", "a poet")),
        ('!add_ai "Grok 4" persona: a poet', Invite("Grok 4", "", "a poet")),
        ('!add_ai "Grok 4" "hi" persona: a poet', Invite("Grok 4", "hi", "a poet")),
        ('**!add_ai "Grok 4"** "hi"', Invite("Grok 4", "hi")),
        ('!whisper "AI-2" "psst"', Whisper("AI-2", "psst")),
        ('!whisper AI-2 "psst"', Whisper("AI-2", "psst")),
        ('!whisper "AI-2" psst you', Whisper("AI-2", "psst you")),
        ('!whisper "Grok 4": psst you', Whisper("Grok 4", "psst you")),
        ("!whisper AI-2: psst you", Whisper("AI-2", "psst you")),
        ("!whisper @Grok psst you", Whisper("@Grok", "psst you")),
        ('!remove_ai "AI-2"', Remove("AI-2")),
        ("!remove_ai AI-2", Remove("AI-2")),
        ('!remove_ai "AI-2" "too loud"', Remove("AI-2", "too loud")),
        ("!remove_ai AI-2, too loud", Remove("AI-2", "too loud")),
    ],
)
def test_second_arguments_follow_on_the_line(line: str, expected: Command) -> None:
    assert commands(f"{line}\n") == [expected]


def test_a_bare_argument_of_one_argument_takes_the_line() -> None:
    parsed = parse('!prompt be "bold" always\nrest')
    assert [found.command for found in parsed.found] == [Prompt('be "bold" always')]
    assert parsed.public == "rest"


# Rule 6: order and repeats.


def test_commands_come_in_textual_order_and_repeats_once() -> None:
    text = (
        '!temperature 1\n!image "a red balloon"\n!prompt "stay calm"\n'
        '!image "a red balloon"\n!temperature 0.5\n!image "a blue balloon"'
    )
    assert commands(text) == [
        Paint("a red balloon"),
        Prompt("stay calm"),
        Temperature(0.5),
        Paint("a blue balloon"),
    ]


def test_a_temperature_that_makes_no_sense_does_not_undo_one_that_does() -> None:
    assert commands("!temperature 1\n!temperature hot") == [
        Temperature(1),
        Malformed("temperature", "hot", HINTS["temperature"]),
    ]


# Rule 7: what others read.


@pytest.mark.parametrize(
    ("text", "public"),
    [
        ('a\n!prompt "xyz"\nb', "a\nb"),
        ('a\n  !prompt "xyz"  \nb', "a\nb"),
        ('a\r\n!prompt "xyz"\r\nb', "a\r\nb"),
        ('a\n\n!prompt "xyz"\n\nb', "a\n\n\nb"),
        ('a\n!prompt "xyz"', "a\n"),
        ('!prompt "xyz"\n', ""),
        ('- **!prompt "xyz"**\nb', "b"),
        ('!prompt "xyz". b\n', ". b\n"),
        ('a\n  !prompt "xyz" b  \nc', "a\n   b  \nc"),
        ('!whisper "AI-2" "psst"\nb', "b"),
        ("!temperature 9\nb", "b"),
        ("!temperature 1.4.\nb", "b"),
        ("!prompt_clear 2\nb", "b"),
        ("!prompt\nb", "b"),
        ('!prompt "x\ny" b', " b"),
        ("\\!prompt is a verb", "!prompt is a verb"),
        ("- \\!prompt is a verb", "- !prompt is a verb"),
        ("\\!important", "\\!important"),
        ("say \\!prompt", "say \\!prompt"),
        ("\u2028!list_models\u2028\n\x0b", "\u2028!list_models\u2028\n\x0b"),
    ],
)
def test_only_private_commands_and_lines_left_blank_go(text: str, public: str) -> None:
    assert parse(text).public == public


def test_spoken_is_what_is_left_without_public_commands_too() -> None:
    text = 'Hello.\n!image "a red balloon"\n!prompt "stay calm"\n\\!leave is a verb.\n'
    assert parse(text).public == 'Hello.\n!image "a red balloon"\n!leave is a verb.\n'
    assert parse(text).spoken == "Hello.\n!leave is a verb.\n"


# Rule 9: old scenarios.


def test_inline_commands_fire_in_the_middle_of_a_line() -> None:
    text = 'I will !image "a red balloon" and !temperature 1.4 and !prompt "stay calm" now'
    parsed = parse(text, inline=True)
    assert [found.command for found in parsed.found] == [
        Paint("a red balloon"),
        Temperature(1.4),
        Prompt("stay calm"),
    ]
    assert parsed.public == 'I will !image "a red balloon" and  and  now'
    assert parse(text).found == ()


def test_inline_commands_are_masked_escaped_and_need_their_quotes() -> None:
    assert commands('use `!image "a red balloon"` or !image if you like', inline=True) == []
    assert commands("> so !mute_self", inline=True) == []
    assert parse("say \\!mute_self", inline=True).public == "say !mute_self"
    assert commands('say "x\n!image "a b c"', inline=True) == [Paint("a b c")]


# What the words mean.


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("!temperature 1", 1),
        ("!temperature 1.4", 1.4),
        ("!temperature 1,4", 1.4),
        ('!temperature "1.4"', 1.4),
        ("!temperature=1.4", 1.4),
        ("!temperature: 0.7", 0.7),
        ("!temperature -1", -1),
        ("!temperature −1", -1),
        ("!temperature .5", 0.5),
        ("!temperature +2", 2),
        ("!temperature 1.4.", 1.4),
        ("**!temperature 1.4**", 1.4),
        ("!temperature 1.4 (warmer)", 1.4),
        ("!temperature 300", 300),
    ],
)
def test_temperatures_are_numbers_however_written(line: str, value: float) -> None:
    assert commands(line) == [Temperature(value)]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("!mute_self", Mute()),
        ("!mute_self 3", Mute(3)),
        ("!mute_self: 3", Mute(3)),
        ("!mute_self and listen", Mute()),
        ("!prompt_clear", PromptClear(None)),
        ("!prompt_clear all", PromptClear(None)),
        ("!prompt_clear 2", PromptClear(2)),
        ("!prompt_clear #2", PromptClear(2)),
        ("!list_models", ListModels()),
        ("!leave", Leave()),
        ('!leave "goodnight"', Leave("goodnight")),
        ("!leave goodnight", Leave("goodnight")),
        ('!search "tides"', Search("tides")),
        ('!vote "Go on?" [yes, no]', Vote("Go on?", ("yes", "no"), opens=True)),
        ('!vote "Go on?" ["a, b", \'c\']', Vote("Go on?", ("a, b", "'c'"), opens=True)),
        ("!vote Go on? [yes; no]", Vote("Go on?", ("yes", "no"), opens=True)),
        ('!vote "Who?" "me" "you"', Vote("Who?", ("me", "you"), opens=True)),
        ('!vote "Go on?"', Vote("Go on?", ("yes", "no"), opens=True)),
        ('!vote "Who?" [me, you', Vote("Who?", ("me", "you"), opens=True)),
        ("!vote P1 yes", Vote("P1", ("yes",), opens=False)),
        ("!vote P1: yes", Vote("P1", ("yes",), opens=False)),
        ('!vote "P1" yes', Vote("P1", ("yes",), opens=False)),
        ('!vote P1 "yes"', Vote("P1", ("yes",), opens=False)),
        ("!vote yes", Vote("", ("yes",), opens=False)),
        ('!vote "" "really?"', Vote("", ("really?",), opens=False)),
    ],
)
def test_the_verbs_mean_what_they_say(line: str, expected: Command) -> None:
    assert commands(line) == [expected]


@pytest.mark.parametrize(
    ("line", "verb", "argument"),
    [
        ("!prompt", "prompt", ""),
        ('!prompt "ab"', "prompt", "ab"),
        ('!prompt "  ab  "', "prompt", "ab"),
        ('!image "abcd"', "image", "abcd"),
        ("!search ab", "search", "ab"),
        ("!temperature", "temperature", ""),
        ("!temperature hot", "temperature", "hot"),
        ("!temperature ...", "temperature", "..."),
        ("!temperature 1.4x", "temperature", "1.4x"),
        ("!add_ai", "add_ai", ""),
        ("!whisper", "whisper", ""),
        ('!whisper "AI-2"', "whisper", "AI-2"),
        ("!remove_ai", "remove_ai", ""),
        ("!vote", "vote", ""),
        ("!vote P1", "vote", "P1"),
        ('!vote "Go on?" [yes]', "vote", '"Go on?" ["yes"]'),
        ('!video "a red balloon"', "video", "a red balloon"),
        ("!mute_self 0", "mute_self", "0"),
        ("!prompt_clear 0", "prompt_clear", "0"),
    ],
)
def test_what_makes_no_sense_is_answered_with_a_hint(
    line: str, verb: str, argument: str
) -> None:
    assert commands(line) == [Malformed(verb, argument, HINTS[verb])]
    assert "\n" not in HINTS[verb]


def test_the_least_lengths_are_enough() -> None:
    assert commands('!prompt "abc"\n!image "abcde"\n!search "abc"') == [
        Prompt("abc"),
        Paint("abcde"),
        Search("abc"),
    ]


@pytest.mark.parametrize(
    "text",
    ["!important", "!wow, he said", '!important he said "no"', '!foo "never closed', "!"],
)
def test_unknown_words_without_a_quoted_argument_are_talk(text: str) -> None:
    assert commands(text) == []


def test_offsets_are_those_of_the_text_as_written() -> None:
    text = "\u200bé🙂\r\n \xa0!image:\u200b“a\u200dcat”\r\n"
    [call] = lex(text)
    assert text[call.start : call.end] == "!image:\u200b“a\u200dcat”"


@pytest.mark.parametrize("quoted", ["«a cat»", "“a cat”", "‘a cat’", "'a cat'", "`a cat`"])
def test_an_unknown_verb_is_hinted_at_with_any_quotes(quoted: str) -> None:
    [found] = parse(f"!imagine {quoted}").found
    assert isinstance(found.command, Malformed)
    assert found.command.argument == "a cat"
