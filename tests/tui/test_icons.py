"""Icons of ours on the screen: their width must be beyond dispute."""

from unicodedata import east_asian_width

import pytest
from rich.cells import cell_len

from transcripts import events as e
from transcripts.notices import ICONS
from tui.page import said


@pytest.mark.parametrize("name", ICONS)
def test_an_icon_is_as_wide_for_everybody(name: str) -> None:
    icon = said.narrow(f"{ICONS[name]} words").removesuffix(" words")
    assert len(icon) == 1
    assert cell_len(icon) == (2 if east_asian_width(icon) == "W" else 1)


def test_an_unfolded_line_begins_with_such_an_icon_and_words_of_others_stay() -> None:
    event = e.Skipped(participant="AI-1", by="you", reason="it is \N{THERMOMETER}\ufe0f hot")
    line = said.full(event, str, {}, ascii=False)
    assert (
        line == "\N{INFORMATION SOURCE} AI-1 is passed over — it is \N{THERMOMETER}\ufe0f hot"
    )
