"""What is on the page equals what was written: a real transcript, and whatever there may be."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from tests.transcripts import sample
from tests.transcripts.strategies import entries
from transcripts import events as e
from transcripts.commands.lexer import scan
from transcripts.commands.sieve import sieve
from transcripts.commands.words import PRIVATE
from transcripts.events import Entry
from transcripts.export.txt import export
from transcripts.participants import PERSON, ROOM
from transcripts.readers.auto import read
from tui.page.layout import Look, lay_out
from tui.page.page import Item, Page
from tui.page.row import Row, written
from tui.page.wrap import untabbed
from tui.printing import safe

SEED = Path(__file__).resolve().parents[3] / "shared" / "seeds" / "004_0ea5d90c91b0c248.txt"
WIDTHS = (20, 60, 80, 200)

NASTY = "\r\n".join(
    [
        "[AI-1 adjusted their temperature]",
        "[/] [/AI-1] [bold red]not bold[/] <[ SPEED ]> [link=file:///etc/passwd]x[/link]",
        "\x1b[31mred\x1b[0m \x1b]0;title\x07 \x1b]52;c;Zm9v\x07 \x9b2J",
        "turned \u202eround\u202c and \u2066isolated\u2069, \u200fmarks",
        "wide 世界 and more 世界世界世界世界世界世界世界世界世界世界世界世界",
        "combining e\u0301a\u0308o\u0302 z\u0351\u036b\u0343\u036a",
        "👩\u200d👩\u200d👧\u200d👦 👍🏽 🇩🇪🇫🇷 ❤\ufe0f 🌡\ufe0f 1\ufe0f\u20e3 end",
        "a\ttab\tand\tanother",
        "\tindented\twith 世\ttabs",
        "x" * 500,
        "trailing spaces   ",
        "   ",
        "nul \x00 and bell \x07 and half \ud83d a character",
        "  1. item that is long enough to be broken at least once on a narrow screen",
        "> a quotation that is long enough to be broken at least once on a narrow screen",
        "# heading **bold** *it* `code` __x__ _y_",
        "| a | b |",
        "|---|--:|",
        "| one cell | 2 |",
        "```python",
        "def f(x):  # \x1b[2J",
        "\treturn 'a very long string that does not fit on a narrow row, whatever it says'",
        "```",
        r" /\_/\   drawn wider than it should be for a narrow screen, with / and \ and |__|",
        r"( o.o )",
        r" > ^ <",
        '!image "a lighthouse in fog, seen from very far away, and from within, and at night"',
        "the end",
    ]
)


def page(log: list[Entry]) -> Page:
    made = Page()
    for entry in log:
        made.add(entry)
    return made


def words(rows: list[Row]) -> str:
    return written(row for row in rows if row.part == "body")


def told(text: str, *, commands: bool = True, inline: bool = False) -> str:
    """What of a message everybody may read, as it is shown."""
    calls = scan(text, inline=inline).calls if commands else ()
    public = sieve(text, [(c.start, c.end) for c in calls if c.verb in PRIVATE])
    return "\n".join(untabbed(line) for line in safe(public).split("\n"))


def messages(made: Page) -> list[Item]:
    return [item for item in made.items if isinstance(item.entry.event, e.Spoke)]


@pytest.fixture(scope="module")
def seed() -> tuple[Entry, ...]:
    if not SEED.exists():
        pytest.skip("the seeds are not on this machine")
    return read(SEED).entries(datetime(2026, 1, 1, tzinfo=UTC))


def test_every_line_of_the_seed_is_on_the_page(seed: tuple[Entry, ...]) -> None:
    made = page(list(seed))
    shown: list[str] = []
    for item in made.items:
        rows = lay_out(item, 200, Look(unfolded=True))
        plain = written(row for row in rows if row.part not in {"gap", "detail"})
        shown += [line.strip() for line in plain.split("\n")]
        # Details stand behind their names.
        detail = [row for row in rows if row.part == "detail"]
        shown += [line.strip() for line in written(detail).split("\n")]
    source = [line.strip() for line in export(seed).split("\n")]
    assert len(source) > 600
    heads = [row.text for item in messages(made) for row in lay_out(item, 200, Look())]
    missing = [
        line
        for line in source
        if line and line not in shown and not any(head.startswith(line) for head in heads)
    ]
    assert missing == []


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("unfolded", [False, True])
def test_every_message_of_the_seed_reads_as_it_was_written(
    seed: tuple[Entry, ...], width: int, unfolded: bool
) -> None:
    for item in messages(page(list(seed))):
        rows = lay_out(item, width, Look(unfolded=unfolded))
        assert words(rows) == told(item.text)
        assert all(cell_len(row.text) <= width for row in rows)


def test_no_line_of_the_seed_is_cut_or_broken_on_a_wide_screen(
    seed: tuple[Entry, ...],
) -> None:
    for item in messages(page(list(seed))):
        rows = [row for row in lay_out(item, 200, Look(unfolded=True)) if row.part == "body"]
        lines = [line for line in told(item.text).split("\n") if len(line) < 190]
        shown = [row.text[row.gutter :] for row in rows]
        assert [line for line in lines if line.strip() and line not in shown] == []


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("author", ["AI-1", PERSON, ROOM])
@pytest.mark.parametrize("unfolded", [False, True])
def test_nasty_text_reads_as_it_was_written(width: int, author: str, unfolded: bool) -> None:
    item = messages(page(sample.said(NASTY, author=author)))[0]
    rows = lay_out(item, width, Look(unfolded=unfolded))
    assert words(rows) == told(NASTY, commands=author == "AI-1")
    check(rows, width)


@pytest.mark.parametrize("width", WIDTHS)
def test_raw_shows_all_as_it_was_written(width: int) -> None:
    text = f'!prompt "never show this"\n\n{NASTY}\n\n'
    item = messages(page(sample.said(text)))[0]
    rows = lay_out(item, width, Look(raw=True))
    assert words(rows) == told(text, commands=False)
    body = [row for row in rows if row.part == "body"]
    assert "".join(row.text[row.gutter :] for row in body if row.said is None) == told(
        text, commands=False
    ).replace("\n", "")
    assert {span.role for row in body for span in row.spans} == {"gutter", "", "mark"}
    check(rows, width)


def check(rows: list[Row], width: int) -> None:
    """No row is too wide, by itself or put together, and none can steer a terminal."""
    assert rows
    for row in rows:
        assert cell_len(row.text) <= width
        assert sum(cell_len(span.text) for span in row.spans) == cell_len(row.text)
        assert safe(row.text) == row.text
        assert not {"\n", "\t"} & set(row.text)
        row.text.encode()


pieces = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        [
            "\n",
            "\n\n",
            "\r\n",
            "\t",
            "```\n",
            "```python\n",
            '!prompt "be brief and\nplain"',
            "!temperature 1.2",
            '!image "a lighthouse in fog"',
            '!whisper "AI-2" "hush"',
            "!list_models",
            "  ",
            "- ",
            "> ",
            "# ",
            "**bold**",
            "`x`",
            "| a | b |\n|---|---|\n| c | d |\n",
            " /\\_/\\\n( o.o )\n > ^ <\n",
            "世界",
            "e\u0301",
            "👩\u200d👧",
            "🇩🇪",
            "\u202e",
            "\ud800",
            "\x1b[0m",
            "some words of ordinary prose, ",
        ]
    ),
)
texts = st.lists(pieces, max_size=14).map("".join)


@given(texts, st.integers(16, 120), st.booleans(), st.booleans(), st.booleans())
@settings(max_examples=200, deadline=None)
def test_any_message_reads_as_it_was_written(
    text: str, width: int, unfolded: bool, ascii: bool, inline: bool
) -> None:
    log = sample.said(text)
    log[0] = Entry(0, log[0].at, e.Opened(title="x", inline=inline))
    item = messages(page(log))[0]
    rows = lay_out(item, width, Look(unfolded=unfolded, ascii=ascii))
    told_ = told(text, inline=inline)
    assert words(rows) == told_
    check(rows, width)


@given(texts, st.sampled_from(["a", "so", "**", " ", "世", "İ", "```"]), st.integers(16, 90))
@settings(max_examples=120, deadline=None)
def test_what_was_found_changes_no_character(text: str, match: str, width: int) -> None:
    item = messages(page(sample.said(text)))[0]
    plain = lay_out(item, width, Look())
    marked = lay_out(item, width, Look(match=match))
    assert [row.text for row in marked] == [row.text for row in plain]
    assert [row.source for row in marked] == [row.source for row in plain]
    check(marked, width)


@given(st.lists(entries, min_size=1, max_size=12), st.integers(16, 100), st.booleans())
@settings(max_examples=60, deadline=None)
def test_any_entry_can_be_shown(log: list[Entry], width: int, unfolded: bool) -> None:
    made = page(log)
    for item in made.items:
        for plain in (False, True):
            rows = lay_out(item, width, Look(unfolded=unfolded, ascii=plain, pictures=4))
            check(rows, width)
