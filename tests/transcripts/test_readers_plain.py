"""Talk as people type it."""

from datetime import UTC, datetime

import pytest

from transcripts import events as e
from transcripts.readers.auto import read


def talk(text: str) -> list[tuple[str, str]]:
    """Who said what, by name."""
    reading = read(text.encode(), name="talk.txt")
    assert reading.format == "plain"
    names: dict[str, str] = {}
    found: list[tuple[str, str]] = []
    for one in reading.events:
        if isinstance(one.event, e.Joined):
            names[one.event.participant.id] = one.event.participant.name
        if isinstance(one.event, e.Spoke):
            found.append((names[one.event.author], one.event.text))
    return found


ANN_AND_BOB = [("Ann", "hi"), ("Bob", "hello: there"), ("Ann", "yes")]


@pytest.mark.parametrize(
    "shape",
    [
        "[12:01] {}: {}",
        "(12:01:59) {}: {}",
        "12:01 {}: {}",
        "[1:05 PM] {}: {}",
        "2024-05-01 12:01 {}: {}",
        "[2024-05-01 12:01:30] {}: {}",
        "01/05/2024, 12:01 - {}: {}",
        "{} (12:01): {}",
        "{} [2024-05-01 12:01]: {}",
        "**{}:** {}",
        "__{}__: {}",
        "<{}> {}",
        "[12:01] <{}> {}",
        "{}: {}",
    ],
)
def test_names_have_times_beside_them_or_brackets_around(shape: str) -> None:
    assert talk("\n".join(shape.format(*one) for one in ANN_AND_BOB)) == ANN_AND_BOB


def test_a_time_with_its_day_is_kept_and_one_without_stays_in_the_source() -> None:
    text = "2024-05-01 12:01 Ann: hi\n2024-05-01 1:05 PM Bob: ho\n"
    dated = read(text.encode(), name="a.txt")
    times = [one.at for one in dated.events if isinstance(one.event, e.Spoke)]
    assert times == [
        datetime(2024, 5, 1, 12, 1, tzinfo=UTC),
        datetime(2024, 5, 1, 13, 5, tzinfo=UTC),
    ]
    bare = read(b"[12:01] Ann: hi\n[25:99] Bob: ho\n", name="a.txt")
    spoken = [one for one in bare.events if isinstance(one.event, e.Spoke)]
    assert [one.at for one in spoken] == [None, None]
    assert [one.source.text for one in spoken if one.source] == [
        "[12:01] Ann:",
        "[25:99] Bob:",
    ]


@pytest.mark.parametrize(
    "name", ["4o", "gpt_4", "🦊 Fox Girl", "🐻", "Dr. Mary O'Neil", "Claude 3.5", "_x_", "漢字"]
)
def test_names_have_many_shapes(name: str) -> None:
    lines = [(name, "hi"), ("Ben", "http://x.y"), (name, "at 10: yes")]
    assert talk("\n".join(f"{who}: {words}" for who, words in lines)) == lines


@pytest.mark.parametrize("name", ["12", "1. Note", "warning", "—"])
def test_what_is_no_name_is_none(name: str) -> None:
    text = f"Ann: a\n{name}: b\nBen: c\n{name}: d\nAnn: e\nBen: f\n"
    assert {who for who, _ in talk(text)} == {"Ann", "Ben"}


def test_a_list_in_a_message_is_nobody() -> None:
    assert talk("Ann: buy\nmilk: 2\neggs: 12\n\nBen: fine\n\nAnn: bye\n") == [
        ("Ann", "buy\nmilk: 2\neggs: 12"),
        ("Ben", "fine"),
        ("Ann", "bye"),
    ]
    assert talk("Ann: the plan\nFirst: go\nwalk on\n\nBen: fine\n\nAnn: bye\n")[0] == (
        "Ann",
        "the plan\nFirst: go\nwalk on",
    )


def test_an_address_or_a_reference_takes_no_speaker_along() -> None:
    assert talk("Ann: a\nsee: this\nhttp://foo\nBob: b\nTime: 12:30\nAnn: c\n") == [
        ("Ann", "a\nsee: this\nhttp://foo"),
        ("Bob", "b\nTime: 12:30"),
        ("Ann", "c"),
    ]


def test_code_is_nobody() -> None:
    code = "```python\nBob: not me\n\nAnn: nor me\n```"
    assert talk(f"Ann: look\n{code}\nBob: ok\nAnn: fine\nBob: so\n") == [
        ("Ann", f"look\n{code}"),
        ("Bob", "ok"),
        ("Ann", "fine"),
        ("Bob", "so"),
    ]
    assert talk("Ann: look\n```\nBob: ok\nAnn: fine\nBob: so\n")[1:] == [
        ("Bob", "ok"),
        ("Ann", "fine"),
        ("Bob", "so"),
    ]


def test_lines_without_a_time_among_lines_with_one_are_nobody() -> None:
    assert talk("[12:01] Ann: hi\nBen: 2\n[12:02] Ben: ho\nBen: 3\n") == [
        ("Ann", "hi\nBen: 2"),
        ("Ben", "ho\nBen: 3"),
    ]
