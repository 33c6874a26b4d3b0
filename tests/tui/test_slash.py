import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tui.slash.choices import Choice, Choices
from tui.slash.meant import Offer, Said, Slash, Wrong
from tui.slash.options import listed, options_of
from tui.slash.reading import parse, read, render
from tui.slash.specs import SPECS
from tui.widgets.completing import complete

TABLE = Choices(
    participants=(Choice("AI-1", "Ada"), Choice("AI-2", "Gemini 3 Flash")),
    models=(Choice("Otter"), Choice("Grey Heron"), Choice('Say "when"')),
    scenarios=(Choice("lighthouse", "The last watch"),),
    themes=(Choice("nord"), Choice("solarized light")),
    rooms=(Choice("the-last-watch-1", "The last watch"),),
    polls=(Choice("P1", "Go on?"), Choice("P2", "Rest?")),
    ballots=(("P1", ("yes", "no")), ("P2", ("now", "never"))),
    approvals=(Choice("A1", "AI-1 (Ada): !image a cat"),),
    images=(Choice("I3", "a cat"),),
)

WORDS = st.sampled_from(
    [
        "/", "//", '"', "“", "”", "\\", "[", "]", "a, b", ",", "AI-2", "@ai2", "2", "P1", "p1",
        "A1", "I3", "yes", "$2", "200 turns", "none", "50k", "tokens", "0,7", "1.4", "md",
        "notes.md", "auto", "as", "image", "AI-2/temp", "round-robin", "Otter", "hello there",
        " ", "  ", "\n", "\t", "é", "e\u0301", "\u202e", "\x1b[31m", "all", "#3", "/help", "persona:",
        *(f"/{spec.name} " for spec in SPECS), *(f"/{a}" for p in SPECS for a in p.aliases),
    ]
)  # fmt: skip
LINES = st.one_of(st.text(max_size=40), st.lists(WORDS, max_size=9).map("".join))
COMMANDS = st.tuples(st.sampled_from([f"/{one.name} " for one in SPECS]), LINES).map("".join)


@pytest.mark.parametrize(
    ("line", "name", "args"),
    [
        ("/add Otter", "add", ("Otter", "", "")),
        ("/add Gemini 3 Flash", "add", ("Gemini 3 Flash", "", "")),
        ('/add Gemini 3 Flash "come in"', "add", ("Gemini 3 Flash", "come in", "")),
        ('/add “Grey Heron” "hi" "a \\"shy\\" pilot"', "add", ("Grey Heron", "hi", 'a "shy" pilot')),
        ('/add Otter "" "a pilot"', "add", ("Otter", "", "a pilot")),
        ("/remove @ai-2", "remove", ("AI-2",)),
        ("/mute 2 3", "mute", ("AI-2", "3")),
        ('/mute "Gemini 3 Flash"', "mute", ("Gemini 3 Flash", "")),
        ('/prompt AI-2 say "hi" to all  ', "prompt", ("AI-2", 'say "hi" to all')),
        ("/prompt AI-2 one\ntwo", "prompt", ("AI-2", "one\ntwo")),
        ("/unprompt AI-2 #2", "unprompt", ("AI-2", "2")),
        ("/unprompt AI-2 all", "unprompt", ("AI-2", "")),
        ("/temp AI-2 0,7", "temp", ("AI-2", "0.7")),
        ("/TEMPERATURE ai2 2", "temp", ("AI-2", "2")),
        ("/model AI-2 Claude Opus 4.5", "model", ("AI-2", "Claude Opus 4.5")),
        ("/budget $2", "budget", ("$2",)),
        ("/budget 2.50 usd", "budget", ("$2.5",)),
        ("/budget 200 turns", "budget", ("200 turns",)),
        ("/budget 50k tokens", "budget", ("50000 tokens",)),
        ("/budget 1,000,000 tokens", "budget", ("1000000 tokens",)),
        ("/budget 10 min", "budget", ("600 seconds",)),
        ("/budget off", "budget", ("none",)),
        ("/budget", "budget", ("",)),
        ("/policy round-robin", "policy", ("round_robin",)),
        ("/policy men", "policy", ("mention",)),
        ("/approve temp ask", "approve", ("temperature", "ask")),
        ("/approve ai2/!add deny", "approve", ("AI-2/add_ai", "deny")),
        ("/yes", "yes", ("",)),
        ("/yes 3", "yes", ("A3",)),
        ("/n a1", "no", ("A1",)),
        ("/vote yes", "vote", ("", "yes")),
        ("/vote p1 not now", "vote", ("P1", "not now")),
        ('/poll "Go on?" [yes, no, "a, b"]', "poll", ("Go on?", '[yes, no, "a, b"]')),
        ("/poll Go on?", "poll", ("Go on?", "")),
        ("/w AI-2 “meet me”", "whisper", ("AI-2", "“meet me”")),
        ("/fork #12", "fork", ("12",)),
        ("/export", "export", ("", "")),
        ("/export md", "export", ("md", "")),
        ("/export notes of tonight.md", "export", ("", "notes of tonight.md")),
        ("/export html ~/a b.html", "export", ("html", "~/a b.html")),
        ("/help /mute", "help", ("mute",)),
        ("/? h", "help", ("help",)),
        ("/continuity", "continuity", ("", "")),
        ("/continuity 80", "continuity", ("80", "")),
        ("/continuity 080% wid", "continuity", ("80", "widen")),
        ("/continuity delaminate", "continuity", ("", "delaminate")),
        ("/score OFF", "continuity", ("0", "")),
        ("/quit", "quit", ()),
        ("/cancel i3", "cancel", ("I3",)),
        ("/bring-back AI-2", "unmute", ("AI-2",)),
    ],
)  # fmt: skip
def test_a_command_is_read_as_it_was_meant(line: str, name: str, args: tuple[str, ...]) -> None:
    assert parse(line) == Slash(name, args)


@pytest.mark.parametrize(
    ("line", "at", "says"),
    [
        ("/", 1, "/help"),
        ("/mut AI-2", 1, "did you mean /mute"),
        ("/usr/bin/env", 1, "begin with //"),
        ("/mute", 5, "WHO is missing"),
        ("/mute AI-2 soon", 11, "'soon'"),
        ("/mute AI-2 3 4", 13, "'4' is too much"),
        ("/quit now", 6, "/quit alone"),
        ('/add "Otter', 5, "never closed"),
        ("/temp AI-2 hot", 11, "0 to 2"),
        ("/temp AI-2 2.1", 11, "0 to 2"),
        ("/budget 2", 8, "$2, 200 turns"),
        ("/budget $2 turns", 8, "$2, 200 turns"),
        ("/policy chaos", 8, "round_robin"),
        ("/policy r", 8, "none of"),
        ("/approve imagge ask", 9, "did you mean image"),
        ("/poll Go? [yes]", 10, "2 to 12"),
        ("/image cat", 7, "at least 5"),
        ("/vote P1", 8, "CHOICE is missing"),
        ("/help mutee", 6, "/mute"),
        ("/go there", 4, "a number"),
        ("/continuity 101", 12, "from 0 to 100"),
        ("/continuity -3 widen", 12, "from 0 to 100"),
        ("/continuity 80 wider", 15, "notice, widen, delaminate"),
        ("/continuity eighty", 12, "from 0 to 100"),
        ("/continuity 80 widen now", 21, "too much"),
        ("hello", 0, "begin with /"),
    ],
)
def test_what_is_wrong_is_told_with_its_place_and_a_way_out(
    line: str, at: int, says: str
) -> None:
    wrong = parse(line)
    assert isinstance(wrong, Wrong)
    assert wrong.at == at
    assert says in wrong.text


@given(st.one_of(LINES, COMMANDS))
@example('/add "' + "\\" * 9)
@example("/export \\")
def test_any_line_can_be_read_and_never_raises(line: str) -> None:
    assert isinstance(parse(line), Slash | Wrong)
    read(line)
    read(line, "AI-1")


@given(COMMANDS)
@example('/export "md file"')
@example('/export "md"')
@example('/poll "a [b]" x, y')
@example('/add "Say \\"when\\""')
@example('/vote "P1" yes')
@example('/theme "solarized light"')
def test_a_command_reads_back_from_how_it_is_written(line: str) -> None:
    slash = parse(line)
    if isinstance(slash, Slash):
        assert parse(render(slash)) == slash


@given(st.builds(Slash, st.just("whisper"), st.tuples(st.just("AI-2"), st.text(min_size=1))))
def test_words_are_kept_as_they_are(slash: Slash) -> None:
    text = slash.args[1].strip()
    if text:
        assert parse(f"/whisper AI-2 {slash.args[1]}") == Slash("whisper", ("AI-2", text))


@given(st.lists(st.text(st.characters(codec="utf-8"), min_size=1), min_size=2, max_size=12))
def test_choices_of_a_poll_read_back(options: list[str]) -> None:
    wanted = tuple(dict.fromkeys(" ".join(one.split()) for one in options if one.strip()))
    if len(wanted) < 2:
        return
    slash = parse(f'/poll "Which?" {listed(wanted)}')
    assert isinstance(slash, Slash)
    assert options_of(slash.args[1]) == wanted


def test_every_example_in_the_help_is_a_command_of_its_own() -> None:
    for spec in SPECS:
        slash = parse(spec.example)
        assert isinstance(slash, Slash), spec.example
        assert slash.name == spec.name
        assert spec.usage.startswith(f"/{spec.name}")


def test_no_two_commands_share_a_name() -> None:
    names = [name for spec in SPECS for name in (spec.name, *spec.aliases)]
    assert len(names) == len(set(names))


# What is no command.


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("hello", "hello"),
        ("//etc/hosts", "/etc/hosts"),
        ("\\/etc", "/etc"),
        ("\\!image", "!image"),
        ("!important", "!important"),
        ("well, !image it is", "well, !image it is"),
        (" /mute is a word here", " /mute is a word here"),
    ],
)
def test_words_are_words(line: str, said: str) -> None:
    assert read(line) == Said(said)


@pytest.mark.parametrize(
    ("line", "slash"),
    [
        ('!image "a cat in fog"', "/image a cat in fog"),
        ('!add_ai "Otter" "hi"', '/add Otter "hi"'),
        ('!remove_ai "AI-2" "too loud"', "/remove AI-2"),
        ('!whisper "AI-2" "psst"', "/whisper AI-2 psst"),
        ('!vote "Go on?" [yes, no]', '/poll "Go on?" [yes, no]'),
        ("!vote P1 yes", "/vote P1 yes"),
        ('!search "tides"', "/web tides"),
        ("!list_models", "/models"),
    ],
)
def test_a_models_command_is_offered_as_the_persons(line: str, slash: str) -> None:
    offered = read(line)
    assert isinstance(offered, Offer)
    assert render(offered.slash) == slash


def test_a_command_about_a_seat_is_offered_for_whom_one_speaks_to() -> None:
    wrong = read('!prompt "be brief"')
    assert isinstance(wrong, Wrong)
    assert "say whose" in wrong.text
    assert read('!prompt "be brief"', "AI-1") == Offer(
        '!prompt "be brief"', Slash("prompt", ("AI-1", "be brief"))
    )
    assert read("!mute_self 3", "AI-1") == Offer("!mute_self 3", Slash("mute", ("AI-1", "3")))


def test_a_models_command_among_words_is_not_sent_in_silence() -> None:
    for line in ('!image "a cat in fog"\nlook at that', "!leave", '!horn "twice"'):
        assert isinstance(read(line), Wrong), line


@given(st.text(max_size=60), st.sampled_from(["", "AI-1"]))
def test_whatever_is_offered_can_be_sent(text: str, to: str) -> None:
    offered = read("!" + text, to)
    if isinstance(offered, Offer):
        assert parse(render(offered.slash)) == offered.slash


# Completion.


def labels(text: str, cursor: int | None = None) -> list[str]:
    found = complete(text, len(text) if cursor is None else cursor, TABLE)
    return [one.label for one in found.candidates]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("/", "/add MODEL [GREETING] [PERSONA]"),
        ("/mu", "/mute WHO [TURNS]"),
        ("/kic", "/remove WHO"),
        ("/mute ", "AI-1"),
        ("/mute AI-2", "AI-2"),
        ("/mute gem", "AI-2"),
        ("/add ", "Otter"),
        ("/add grey h", "Grey Heron"),
        ('/add "gr', "Grey Heron"),
        ("/model AI-2 ott", "Otter"),
        ("/vote ", "P1"),
        ("/vote P2 ", "now"),
        ("/vote ne", "never"),
        ("/export h", "html"),
        ("/approve AI-2", "image"),
        ("/approve image a", "auto"),
        ("/policy ", "round_robin"),
        ("/theme sol", "solarized light"),
        ("/scenario watch", "lighthouse"),
        ("/compare ", "the-last-watch-1"),
        ("/yes ", "A1"),
        ("/cancel ", "I3"),
        ("/help th", "theme"),
        ("/budget ", "$1"),
        ("/unprompt AI-1 ", "all"),
        ("/continui", "/continuity [SHARE] [WHAT]"),
        ("/continuity ", "80"),
        ("/continuity 80 ", "notice"),
        ("/continuity del", "delaminate"),
    ],
)
def test_what_could_follow_is_offered_best_first(text: str, first: str) -> None:
    if text in ("/mute AI-2", "/approve AI-2"):
        assert first not in labels(text)  # it is there already, or is none
    else:
        assert labels(text)[0] == first


def test_a_name_in_the_middle_is_replaced_as_a_whole() -> None:
    found = complete("/mute ai-1 3", 8, TABLE)
    assert (found.start, found.end) == (6, 10)


def test_who_is_mentioned_is_completed_in_plain_words() -> None:
    found = complete("what do you say, @gem", 21, TABLE)
    assert [one.text for one in found.candidates] == ["@AI-2 "]
    assert complete("mail me at a@b", 14, TABLE).candidates == ()


def test_the_command_and_the_argument_being_written_are_told() -> None:
    found = complete("/mute AI-2 ", 11, TABLE)
    assert found.spec is not None
    assert (found.spec.name, found.active) == ("mute", 1)


@given(st.one_of(LINES, COMMANDS), st.integers(-3, 60))
def test_completion_never_raises_and_stays_in_the_line(text: str, cursor: int) -> None:
    found = complete(text, cursor, TABLE)
    assert 0 <= found.start <= found.end <= len(text)


@given(st.one_of(LINES, COMMANDS, st.sampled_from([f"/{one.name} " for one in SPECS])))
def test_what_is_offered_can_be_sent_or_leads_further(text: str) -> None:
    found = complete(text, len(text), TABLE)
    if not text.startswith("/") or text.startswith("//"):
        return
    sound = parse(text[: found.start])
    if found.start and isinstance(sound, Wrong) and not sound.missing:
        return  # what stands before it is wrong, and stays so
    for one in found.candidates:
        after = parse(text[: found.start] + one.text + text[found.end :])
        assert isinstance(after, Slash) or after.missing, (one.text, after)
