"""A line while it is written: always as if it had come at once, at a small cost."""

import time

from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from tests.transcripts.sample import said
from transcripts.events import Spoke
from tui.page.draft import Draft
from tui.page.layout import Look, lay_out
from tui.page.page import Page
from tui.page.row import written
from tui.page.wrap import untabbed
from tui.printing import safe

LOOK = Look()

pieces = st.lists(
    st.one_of(
        st.text(max_size=20),
        st.sampled_from(
            ["\n", "\r", "\r\n", "\t", "```\n", "```py\n", "- ", "e\u0301", "\u0301"]
        ),
        st.sampled_from(["👩", "\u200d", "👧", "🇩", "🇪", "世界", "    ", "x" * 90, "ab " * 60]),
        st.text(st.sampled_from("ab  *`"), max_size=200),
    ),
    max_size=25,
)


@given(pieces, st.integers(16, 60), st.booleans())
@settings(max_examples=150, deadline=None)
def test_pieces_give_what_the_whole_gives(parts: list[str], width: int, raw: bool) -> None:
    look = Look(raw=raw)
    draft = Draft("AI-1", "AI-1 (One)")
    for part in parts:
        draft.feed(part)
        for row in draft.rows(width, look):
            assert cell_len(row.text) <= width
    whole = Draft("AI-1", "AI-1 (One)")
    whole.feed("".join(parts))
    assert [row.source for row in draft.rows(width, look)] == [
        row.source for row in whole.rows(width, look)
    ]
    text = "".join(parts).removesuffix("\r")
    lines = [untabbed(line) for line in safe(text).split("\n")]
    assert draft.text == safe(text)
    if text:
        shown = [row for row in draft.rows(width, look) if row.part == "body"]
        assert written(shown) == "\n".join(lines)


def test_what_was_written_looks_the_same_when_it_is_done() -> None:
    text = "so it *goes*\n\n- one\n- two, which is longer than a row of this screen\n> quoted"
    draft = Draft("AI-1", "AI-1 (One)")
    for char in text:
        draft.feed(char)
        draft.rows(40, LOOK)
    page = Page()
    for entry in said(text):
        page.add(entry)
    item = next(item for item in page.items if isinstance(item.entry.event, Spoke))
    done = [row for row in lay_out(item, 40, LOOK) if row.part == "body"]
    assert [row for row in draft.rows(40, LOOK) if row.part == "body"] == done


def test_another_width_lays_it_out_anew() -> None:
    draft = Draft("AI-1", "AI-1 (One)")
    draft.feed("one two three four five six")
    wide = len(draft.rows(60, LOOK))
    assert len(draft.rows(16, LOOK)) > wide
    assert len(draft.rows(60, LOOK)) == wide


def test_it_says_what_is_going_on() -> None:
    draft = Draft("AI-1", "AI-1 (One)")
    assert [row.text for row in draft.rows(40, LOOK)] == ["", "AI-1 (One)  next", "│ …"]
    draft.feed("hm, ", "reasoning")
    draft.feed("well", "reasoning")
    assert [row.text for row in draft.rows(40, LOOK)][1:] == [
        "AI-1 (One)  thinking",
        "│ ▸ reasoning, 8 characters",
    ]
    draft.feed("so")
    assert [row.text for row in draft.rows(40, LOOK)][1:] == [
        "AI-1 (One)  speaking",
        "│ ▸ reasoning, 8 characters",
        "│ so",
    ]
    assert "│   hm, well" in [row.text for row in draft.rows(40, Look(unfolded=True))]
    draft.note = "RateLimited; try 2 in 3.0 s"
    assert any("try 2 in 3.0 s" in row.text for row in draft.rows(40, LOOK))


def test_a_line_of_twenty_thousand_characters_costs_little() -> None:
    text = ("the weights shift and the sieve sings " * 600)[:20_000]
    draft = Draft("AI-1", "AI-1 (One)")
    started = time.process_time()
    for at in range(0, len(text), 4):
        draft.feed(text[at : at + 4])
        assert draft.rows(100, LOOK)[-40:]
    assert time.process_time() - started < 1.0
