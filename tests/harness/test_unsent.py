"""Words that were not sent: kept as they are, for their room alone."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.unsent import NOTHING, REMEMBERED, Unsent, keep, left, said
from transcripts import events as e
from transcripts.events import Entry, Event

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@given(st.builds(Unsent, st.text(st.characters(), min_size=1), st.text(), st.booleans()))
def test_what_is_kept_comes_back_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, unsent: Unsent
) -> None:
    path = tmp_path_factory.mktemp("room") / "unsent.json"
    keep(path, unsent)
    assert left(path) == unsent
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(path.parent.iterdir()) == [path]
    keep(path, NOTHING)
    assert left(path) == NOTHING
    assert list(path.parent.iterdir()) == []
    keep(path, NOTHING)


def test_a_room_that_is_gone_is_not_made_again(tmp_path: Path) -> None:
    path = tmp_path / "gone" / "unsent.json"
    keep(path, Unsent("words"))
    assert not path.parent.exists()
    assert left(path) == NOTHING


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "null", '{"text": 3}', '{"text": "x", "to": "", "whisper": 1}']
)
def test_a_file_that_says_nothing_is_nothing(tmp_path: Path, content: str) -> None:
    path = tmp_path / "unsent.json"
    path.write_text(content)
    assert left(path) == NOTHING


def test_what_cannot_be_written_leaves_what_was_kept(tmp_path: Path) -> None:
    path = tmp_path / "unsent.json"
    keep(path, Unsent("before"))
    for one in tmp_path.iterdir():
        assert one == path
    path.unlink()
    path.mkdir()
    with pytest.raises(OSError, match="directory"):
        keep(path, Unsent("after"))
    assert list(tmp_path.iterdir()) == [path]


def log(*events: Event) -> list[Entry]:
    return [Entry(place, NOW, event, None) for place, event in enumerate(events)]


def test_the_persons_own_lines_are_the_history_each_once_newest_last() -> None:
    entries = log(
        e.Opened(title="x"),
        e.Spoke(author="you", text="one"),
        e.Spoke(author="AI-1", text="not mine"),
        e.Queued(author="you", text="two"),
        e.Queued(author="you", text="secret", to="AI-1"),
        e.Spoke(author="you", text="two", queued=3),
        e.Whispered(author="you", to="AI-1", text="secret", queued=4),
        e.Whispered(author="AI-1", to="you", text="theirs"),
        e.Whispered(author="you", to="AI-1", text="three"),
        e.Spoke(author="you", text="three"),
    )
    assert said(entries) == ["one", "two", "secret", "three"]


def test_of_many_lines_the_newest_are_the_history() -> None:
    lines = [str(number) for number in range(REMEMBERED + 50)]
    entries = log(*(e.Spoke(author="you", text=line) for line in lines))
    assert said(entries) == lines[50:]
