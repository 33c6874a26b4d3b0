"""Messages, chips and events as a reader sees them."""

import subprocess
import sys
import time
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from tests.transcripts import sample
from tests.transcripts.sample import START, at_places
from transcripts import events as e
from transcripts.events import Cause, Entry, Event, Source, Usage
from transcripts.export import facts
from transcripts.participants import PERSON, ROOM, Participant
from tui.page.layout import Look, estimate, lay_out
from tui.page.page import Item, Page
from tui.page.row import Row, written
from tui.page.search import code_blocks, find

ONE = Participant(id="AI-1", name="Gemini 3 Flash", model="gemini/flash")
TWO = Participant(id="AI-2", name="R1", model="deepseek/r1")
YOU = Participant(id=PERSON, name="You", model="")
USED = Usage(
    model="gemini/flash",
    requested=1.8,
    effective=1.0,
    tokens_in=1204,
    tokens_out=312,
    dollars=0.0004,
    seconds=1.94,
)


def page(*events: Event, ascii: bool = False) -> Page:
    made = Page(ascii=ascii)
    start = (e.Opened(title="A room"), e.Joined(participant=ONE), e.Joined(participant=TWO))
    for entry in at_places(*start, *events):
        made.add(entry)
    return made


def rows_of(item: Item, width: int = 80, **look: object) -> list[str]:
    return [row.text for row in lay_out(item, width, Look(**look))]  # type: ignore[arg-type]  # a test's shorthand


def shown(*events: Event, width: int = 80, ascii: bool = False, **look: object) -> list[str]:
    """Rows of all items after the room's beginning."""
    items = page(*events, ascii=ascii).items[3:]
    return [text for item in items for text in rows_of(item, width, ascii=ascii, **look)]


def roles(rows: list[Row]) -> dict[str, str]:
    return {span.text: span.role for row in rows for span in row.spans}


def say(text: str, **more: object) -> e.Spoke:
    return e.Spoke(author="AI-1", text=text, **more)  # type: ignore[arg-type]  # a test's shorthand


# Messages.


def test_the_header_says_who_and_what_it_took_and_where() -> None:
    header = shown(say("hello", usage=USED), width=100)[1]
    assert header.startswith(
        "AI-1 (Gemini 3 Flash)  T1.8→1.0 · 1,204 in 312 out · $0.0004 · 1.9 s · gemini/flash"
    )
    assert header.endswith(" @3")
    assert len(header) == 100


def test_a_cost_that_nobody_told_is_marked_as_a_guess() -> None:
    cut = e.Usage(model="gemini/flash", estimated_dollars=0.0012, seconds=1.5, sent=4096)
    header = shown(say("hel", usage=cut, cut="stopped"), width=100)[1]
    assert " ~$0.0012 · 1.5 s" in header
    assert list(facts.usage(cut)) == ["~$0.0012", "1.5 s"]


def test_a_narrow_header_drops_from_the_right_and_keeps_the_name() -> None:
    assert shown(say("x", usage=USED), width=60)[1] == (
        "AI-1 (Gemini 3 Flash)  T1.8→1.0 · 1,204 in 312 out        @3"
    )
    assert shown(say("x", usage=USED), width=20)[1] == "AI-1 (Gemini 3 Flas…"


def test_ascii_uses_nothing_else_of_its_own() -> None:
    made = page(
        *(entry.event for entry in sample.room() if not isinstance(entry.event, e.Opened)),
        ascii=True,
    )
    for item in made.items:
        for unfolded in (False, True):
            for text in rows_of(item, 70, ascii=True, unfolded=unfolded):
                assert text.replace("–", "-").isascii(), text


def test_you_and_the_narrator_differ_from_models_by_shape() -> None:
    lines = [shown(e.Spoke(author=author, text="hi"))[-1] for author in ("AI-1", PERSON, ROOM)]
    assert lines == ["│ hi", "▌ hi", "┊ hi"]
    assert len({shown(e.Spoke(author=a, text="hi"))[1] for a in ("AI-1", PERSON, ROOM)}) == 3


def test_verse_keeps_every_line_break() -> None:
    assert shown(say("one\ntwo\n\n  three  \nfour"))[2:] == [
        "│ one",
        "│ two",
        "│ ",
        "│   three  ",
        "│ four",
    ]


def test_a_list_item_and_a_quotation_hang_under_their_text() -> None:
    text = "- an item of a list that is long\n> a quotation that is long too"
    assert shown(say(text), width=24)[2:] == [
        "│ - an item of a list",
        "│   that is long",
        "│ > a quotation that is",
        "│   long too",
    ]


def test_markdown_is_styled_and_all_of_it_is_there() -> None:
    item = page(say("## A **head**\n*it* and **bold** and `code`\n- [x] done")).items[3]
    rows = lay_out(item, 80, Look())
    assert [row.text for row in rows[2:]] == [
        "│ ## A **head**",
        "│ *it* and **bold** and `code`",
        "│ - [x] done",
    ]
    style = roles(rows)
    assert style["## "] == style["**"] == style["- [x] "] == "mark"
    assert (style["A **head**"], style["it"], style["bold"]) == ("heading", "italic", "bold")
    assert style["code"] == "code"


def test_names_with_underscores_and_sums_are_no_markdown() -> None:
    rows = lay_out(page(say("snake_case_name is 2 * 3 * 4 and a*b*c")).items[3], 80, Look())
    assert [span.role for span in rows[-1].spans] == ["gutter", ""]


def test_code_keeps_its_breaks_and_is_highlighted() -> None:
    text = "```python\ndef f():  # why\n    return 'x'\n```"
    rows = lay_out(page(say(text)).items[3], 80, Look())
    style = roles(rows)
    assert style["```python"] == style["```"] == "mark"
    assert (style["def"], style["# why"], style["'"]) == ("keyword", "comment", "string")
    assert style[" f():  "] == "code"


def test_code_in_a_language_nobody_knows_is_plain() -> None:
    rows = lay_out(page(say("```klingon\nqapla' # x\n```")).items[3], 80, Look())
    assert roles(rows)["qapla' # x"] == "code"


def test_wide_code_goes_on_below_with_a_mark_in_the_gutter() -> None:
    text = "```\n" + "x = 1; " * 6 + "\n```"
    assert shown(say(text), width=24)[3:5] == [
        "│ x = 1; x = 1; x = 1; x",
        "│↪ = 1; x = 1; x = 1; ",
    ]
    assert shown(say(text), width=24, ascii=True)[4].startswith("|\\ = 1")


def test_a_drawing_is_cut_at_the_edge_and_never_broken() -> None:
    art = " /----------------------\\\n |          a box       |\n \\----------------------/"
    rows = lay_out(page(say(art)).items[3], 20, Look())[2:]
    assert [row.text for row in rows] == [
        "│  /---------------›",
        "│  |          a box›",
        "│  \\---------------›",
    ]
    assert written(rows) == art
    assert "".join(shown(say(art), width=20, raw=True)[2:]).count("-") == 44


def test_a_table_gets_even_columns_if_spaces_can_do_it() -> None:
    table = "| a | number |\n|---|---|\n| one cell | 2 |"
    rows = lay_out(page(say(table)).items[3], 60, Look())[2:]
    assert [row.text for row in rows] == [
        "│ | a        | number |",
        "│ |---       |---     |",
        "│ | one cell | 2      |",
    ]
    assert written(rows) == table
    assert shown(say(table), width=20)[2] == "│ | a | number |"


def test_private_commands_are_not_in_the_words_and_public_ones_are() -> None:
    text = 'one\n!prompt "a secret"\n!image "a lighthouse in fog"\n!temperature 1.2\ntwo'
    item = page(say(text)).items[3]
    rows = lay_out(item, 80, Look())
    assert [row.text for row in rows[2:]] == [
        "│ one",
        '│ !image "a lighthouse in fog"',
        "│ two",
    ]
    assert roles(rows)['!image "a lighthouse in fog"'] == "command"
    assert any("a secret" in row for row in rows_of(item, raw=True))


def test_commands_in_your_own_words_are_words() -> None:
    assert shown(e.Spoke(author=PERSON, text='!prompt "said aloud"'))[2:] == [
        '▌ !prompt "said aloud"'
    ]


def test_a_long_command_is_one_row_until_it_is_unfolded() -> None:
    command = f'!image "a lighthouse {"in fog " * 12}"'
    folded = lay_out(page(say(command)).items[3], 60, Look())[2:]
    assert [row.text[-1] for row in folded] == ["…"]
    assert written(folded) == command
    assert len(shown(say(command), width=60, unfolded=True)) > 4


def test_reasoning_is_one_row_until_it_is_unfolded() -> None:
    said = say("so", reasoning="a" * 412)
    assert shown(said)[2:] == ["│ ▸ reasoning, 412 characters", "│ so"]
    unfolded = shown(say("so", reasoning="first\nsecond"), unfolded=True)
    assert unfolded[2:6] == [
        "│ ▾ reasoning, 12 characters",
        "│   first",
        "│   second",
        "│ so",
    ]


@pytest.mark.parametrize(
    ("cut", "words"),
    [
        ("stopped", "stopped here"),
        ("length", "cut off at the length limit"),
        ("broken", "broken off"),
        ("crash", "cut off by a crash"),
    ],
)
def test_a_line_that_is_not_whole_says_so(cut: str, words: str) -> None:
    assert shown(say("I was go", cut=cut))[-1] == f"│ … {words}"


def test_who_spoke_for_others_is_told_and_what_was_not_said_when_asked() -> None:
    said = say("x", foreign=("AI-2 (R1)",), unsaid='!prompt "half')
    assert shown(said)[-1] == "│ … spoke for AI-2 (R1)"
    assert '│ … begun and never said: !prompt "half' in shown(said, unfolded=True)


def test_a_message_that_only_acted_is_not_empty() -> None:
    assert shown(say("!temperature 1.2"))[2:] == ["│ (no words)"]
    assert shown(say(""))[2:] == ["│ (no words)"]


def test_empty_lines_around_a_message_take_no_room() -> None:
    item = page(say("\n\nhello\n\n")).items[3]
    rows = lay_out(item, 40, Look())
    assert [row.text for row in rows[2:]] == ["│ hello"]
    assert written(rows[2:]) == "\n\nhello\n\n"


def test_a_label_of_many_lines_is_one() -> None:
    made = page()
    odd = Participant(id="AI-3", name="a\nb\x1b[2J", model="")
    made.add(Entry(3, START, e.Joined(participant=odd)))
    made.add(Entry(4, START, e.Spoke(author="AI-3", text="hi")))
    assert rows_of(made.items[-1])[1].startswith("AI-3 (a b␛[2J) ")


# Chips and events.


def test_a_chip_is_one_row_and_unfolds() -> None:
    text = "Speak plainly. " * 10
    event = e.PromptAdded(
        participant="AI-1", text=text, by="AI-1", cause=Cause(3, 0), result="11 left"
    )
    (folded,) = shown(event)
    assert folded.startswith('  ▸ [AI-1]: !prompt "Speak plainly.')
    assert folded.endswith("… · private")
    unfolded = shown(event, unfolded=True)
    assert " ".join(line.strip() for line in unfolded).count("Speak plainly.") == 10
    assert unfolded[-1].split() == ["told", "AI-1", "alone", "11", "left"]


def test_a_chip_under_its_callers_words_does_not_say_again_who_called() -> None:
    declined = e.Declined(
        verb="search", argument="light", by="AI-1", cause=Cause(3, 1), result="no service"
    )
    prompt = e.PromptAdded(participant="AI-1", text="abc", by="AI-1", cause=Cause(3, 0))
    for plain, sign in ((False, "✗"), (True, "x")):
        made = page(say("!search light"), declined, prompt, ascii=plain)
        rows = [rows_of(item, ascii=plain)[-1].strip(" ▸+") for item in made.items[-2:]]
        dash, dot = (" -- ", " - ") if plain else (" — ", " · ")
        assert rows == [f'{sign} !search "light"{dash}no service', f'!prompt "abc"{dot}private']
    made = page(say("!search light"), e.Spoke(author="AI-2", text="hm"), declined)
    assert rows_of(made.items[-1])[-1].startswith("  ▸ ❌ [AI-1 (Gemini 3 Flash)]: !search")


def test_what_is_private_says_so_in_words() -> None:
    events: list[Event] = [
        e.PromptAdded(participant="AI-1", text="abc", by="AI-1", cause=Cause(3, 0)),
        e.PromptRemoved(participant="AI-1", texts=("a",), by="AI-1", cause=Cause(3, 0)),
        e.TemperatureSet(
            participant="AI-1", requested=1.0, effective=None, changed=True, by="AI-1"
        ),
        e.Whispered(author="AI-1", to="AI-2", text="hush", cause=Cause(3, 1)),
        e.Whispered(author=PERSON, to="AI-2", text="hush"),
    ]
    for event in events:
        item = page(event).items[3]
        rows = lay_out(item, 80, Look())
        assert any("private" in row.text for row in rows)
        assert any(span.role == "private" for row in rows for span in row.spans)
    picture = e.ImageRequested(image="I1", prompt="a lamp", by="AI-1", cause=Cause(3, 0))
    assert "private" not in shown(picture)[0]


def test_how_it_went_stays_on_the_row_when_the_words_are_long() -> None:
    declined = e.Declined(
        verb="image",
        argument="a lighthouse " * 20,
        by="AI-1",
        cause=Cause(3, 0),
        result="only one picture a turn",
    )
    assert shown(declined)[0].endswith("… — only one picture a turn")


def test_a_picture_on_its_way_changes_in_place() -> None:
    made = page(
        say('!image "a lamp"'),
        e.ImageRequested(image="I1", prompt="a lamp", by="AI-1", cause=Cause(3, 0)),
    )
    item = made.items[-1]
    states = [rows_of(item)[0].rpartition(" — ")[2]]
    for place, event in enumerate(
        [
            e.ImageStarted(image="I1", painter="sketch"),
            e.ImageCreated(image="I1", file="ab.png", width=512, height=512),
        ],
        5,
    ):
        before = item.version
        changed = made.add(Entry(place, START, event))
        assert changed[0] == 4
        assert item.version == before + 1
        states.append(rows_of(item)[0].rpartition(" — ")[2])
    assert states == ["queued", "drawing, sketch", "done"]
    assert made.items[-1].kind == "picture"


def test_a_picture_that_fails_is_told_twice() -> None:
    made = page(
        say('!image "a lamp"'),
        e.ImageRequested(image="I1", prompt="a lamp", by="AI-1", cause=Cause(3, 0)),
        e.ImageFailed(image="I1", reason="no painter"),
    )
    assert rows_of(made.items[-2])[0].endswith("— failed: no painter")
    last = lay_out(made.items[-1], 80, Look())
    assert last[-1].text.endswith('!image "a lamp" — no painter')
    assert last[-1].spans[-1].role == "error"


def test_a_picture_has_rows_to_be_drawn_on() -> None:
    made = page(
        e.ImageRequested(image="I1", prompt="a lamp", by="AI-1"),
        e.ImageCreated(image="I1", file="ab.png", width=400, height=200),
    )
    picture = made.items[-1].picture
    assert picture is not None
    assert (picture.file, picture.caption) == ("ab.png", "a lamp")
    rows = lay_out(made.items[-1], 82, Look(pictures=12))
    assert [row.picture for row in rows if row.picture >= 0] == list(range(10))
    rows = lay_out(made.items[-1], 82, Look(pictures=6))
    assert sum(row.picture >= 0 for row in rows) == 6
    assert any("AI-1 (Gemini 3 Flash) created an image" in row.text for row in rows)
    rows = lay_out(made.items[-1], 22, Look(pictures=12))
    assert sum(row.picture >= 0 for row in rows) == 5
    assert all(row.picture < 0 for row in lay_out(made.items[-1], 82, Look()))


def test_a_picture_that_is_lost_says_so() -> None:
    assert shown(e.ImageCreated(image="I1"), pictures=9)[-1] == "  (the picture itself is lost)"


def test_an_approval_waits_until_it_is_given() -> None:
    made = page(
        e.ApprovalAsked(
            approval="A1", verb="image", argument="a lamp", by="AI-1", cause=Cause(3, 0)
        )
    )
    item = made.items[-1]
    assert rows_of(item)[0].endswith('!image "a lamp" — A1 waits for you')
    assert lay_out(item, 80, Look())[0].spans[-1].role == "warning"
    assert made.add(Entry(4, START, e.ApprovalGiven(approval="A1", granted=True, by=PERSON)))
    assert rows_of(item)[0].endswith('!image "a lamp" — A1 granted')


def test_a_poll_counts_and_closes_in_place() -> None:
    made = page(
        e.PollOpened(
            poll="P1", question="Go on?", options=("yes", "no"), by="AI-1", cause=Cause(3, 0)
        ),
        e.Voted(poll="P1", choice="yes", by="AI-1", cause=Cause(3, 1)),
        e.Voted(poll="P1", choice="yes", by="AI-2", cause=Cause(3, 1)),
    )
    item = made.items[3]
    assert rows_of(item)[0].endswith("— poll P1: yes 2")
    made.add(Entry(6, START, e.PollClosed(poll="P1", outcome="yes")))
    assert rows_of(item)[0].endswith("— poll P1 is closed: yes")
    assert [row.split() for row in rows_of(item, unfolded=True)[-2:]] == [
        ["choice", "yes"],
        ["choice", "no"],
    ]


def test_hits_of_a_search_are_there_when_unfolded() -> None:
    event = e.Searched(query="tides", hits=("One – a", "Two – b"), by="AI-1", cause=Cause(3, 0))
    assert len(shown(event)) == 1
    assert [row.split(None, 2)[2] for row in shown(event, unfolded=True)[1:]] == [
        "One – a",
        "Two – b",
    ]


def test_a_fault_says_what_to_do() -> None:
    event = e.Faltered(author="AI-1", error="RateLimited", detail="too many [requests]")
    rows = lay_out(page(event).items[3], 80, Look())
    assert [row.text for row in rows] == [
        "─ ❌ AI-1 (Gemini 3 Flash): RateLimited — too many [requests]",
        "  its provider wants fewer requests: wait a little; r tries again",
    ]
    assert rows[0].spans[-1].role == "error"


def test_a_fold_is_not_on_the_page_and_all_other_entries_are() -> None:
    made = Page()
    hidden = {e.Folded, e.Queued, e.ImageStarted}
    for entry in sample.room():
        added = made.add(entry)
        new = [at for at in added if made.items[at].entry is entry]
        assert bool(new) == (type(entry.event) not in hidden), entry


def test_a_whisper_of_yours_is_a_message() -> None:
    rows = shown(e.Whispered(author=PERSON, to="AI-2", text="hush\nnow"))
    assert rows[1].startswith("You → AI-2 (R1)  whispered, private")
    assert rows[2:] == ["▌ hush", "▌ now"]


def test_the_line_of_the_file_is_shown_if_it_says_more() -> None:
    made = page()
    event = e.TemperatureSet(
        participant="AI-1", requested=1.4, effective=None, changed=True, by="AI-1"
    )
    source = Source(7, "🌡️ [AI-1]: !temperature 1.4", ("[AI-1 adjusted their temperature]",))
    made.add(Entry(3, START, event, source))
    rows = rows_of(made.items[-1], unfolded=True)
    assert any(row.endswith("[AI-1 adjusted their temperature]") for row in rows)
    assert not any("adjusted" in row for row in rows_of(made.items[-1]))


def test_a_line_of_the_file_that_is_there_already_is_not_shown_twice() -> None:
    made = page()
    text = "speak plainly, " * 12
    event = e.PromptAdded(participant="AI-1", text=text, by="AI-1", cause=Cause(3, 0))
    source = Source(7, f'💭 [AI-1]: !prompt "{text}"', ("[AI-1 modified their system prompt]",))
    made.add(Entry(3, START, event, source))
    rows = rows_of(made.items[-1], unfolded=True)
    assert " ".join(row.strip() for row in rows).count("plainly") == 12
    assert rows[-1].split() == ["line", "7", "[AI-1", "modified", "their", "system", "prompt]"]


def test_a_new_title_changes_the_first_item() -> None:
    made = page()
    assert made.add(Entry(3, START, e.Changed(setting="title", value="New", by=PERSON)))[0] == 0
    assert rows_of(made.items[0])[0] == "New"


# Finding and copying.


def test_words_are_found_down_and_up_and_around() -> None:
    made = page(say("a Sieve"), say("a gate"), say("the sieve again"))
    assert find(made, "sieve", 0) == 3
    assert find(made, "SIEVE", 4) == 5
    assert find(made, "sieve", 6, 1) == 3
    assert find(made, "sieve", 2, -1) == 5
    assert find(made, "door", 0) is None
    assert find(made, " ", 0) is None


def test_what_is_private_is_found_where_it_is_shown() -> None:
    made = page(
        say('hello\n!prompt "a secret"'),
        e.PromptAdded(participant="AI-1", text="a secret", by="AI-1", cause=Cause(3, 0)),
    )
    assert find(made, "secret", 0) == 4


def test_what_was_found_is_marked() -> None:
    item = page(say("a **Sieve** and a siege")).items[3]
    rows = lay_out(item, 80, Look(match="sie"))
    assert [span.text for span in rows[-1].spans if span.role == "match"] == ["Sie", "sie"]


def test_code_can_be_copied_without_its_fences() -> None:
    item = page(say("so:\n```python\na = 1\n\tb\n```\nand\n````\n```\n````")).items[3]
    assert code_blocks(item) == ["a = 1\n\tb", "```"]
    assert code_blocks(page(say("no `code` here")).items[3]) == []


# What it takes.


def test_ten_thousand_messages_are_taken_in_and_laid_out_in_a_second_or_two() -> None:
    text = ("the distillation is a sieve that lets the weirdness fall into the void\n" * 6)[
        :400
    ]
    made = Page()
    made.add(Entry(0, START, e.Opened(title="Long")))
    made.add(Entry(1, START, e.Joined(participant=ONE)))
    log = [
        Entry(place, START + timedelta(seconds=place), say(text, usage=USED))
        for place in range(2, 10_002)
    ]
    times = [time.process_time()]
    for entry in log:
        made.add(entry)
    times.append(time.process_time())
    guess = sum(estimate(item, 100) for item in made.items)
    times.append(time.process_time())
    rows = sum(len(lay_out(item, 100, Look())) for item in made.items)
    times.append(time.process_time())
    added, estimated, laid = (later - sooner for sooner, later in pairwise(times))
    # Four times what an idle machine needs: others may be at work on this one.
    assert added < 1.5
    assert estimated < 0.1
    assert laid < 3.0
    assert rows * 0.5 < guess < rows * 2


def test_the_page_needs_no_terminal_and_no_highlighter() -> None:
    code = (
        "import sys, tui.page.layout, tui.page.draft, tui.page.search;"
        "sys.exit(any(name in sys.modules for name in"
        " ('textual', 'pygments', 'litellm', 'sqlalchemy', 'pydantic')))"
    )
    repo = Path(__file__).parents[2]
    assert subprocess.run([sys.executable, "-c", code], cwd=repo, check=False).returncode == 0
