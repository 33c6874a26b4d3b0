"""Any file: which reader reads it, what is mended, what is refused."""

import json
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transcripts import events as e
from transcripts import wire
from transcripts.errors import BrokenLog, NewerLog, UnknownFormat
from transcripts.readers import html
from transcripts.readers.auto import NAMES, read
from transcripts.readers.reading import Reading

SAMPLES = Path(__file__).parent / "samples"
SHARED = Path(__file__).resolve().parents[2].parent / "shared"
PAGES = sorted((SHARED / "data/transcripts").glob("*/*.html"))
AT = datetime(2026, 5, 1, tzinfo=UTC)


def said(reading: Reading) -> list[tuple[str, str]]:
    return [
        (one.event.author, one.event.text)
        for one in reading.events
        if isinstance(one.event, e.Spoke)
    ]


def all_of(reading: Reading, kind: type[Any]) -> list[Any]:
    return [one.event for one in reading.events if isinstance(one.event, kind)]


def bare(text: str) -> str:
    """Text without what the lists beside the shared pages left out: spaces at ends."""
    lines = "\n".join(line.rstrip() for line in text.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", lines).strip()


@pytest.mark.parametrize(
    ("file", "form", "messages"),
    [
        ("g2.txt", "liminal-g2", 7),
        ("page.html", "liminal-html", 5),
        ("universal.txt", "universal-backrooms", 6),
        ("plain.md", "plain", 4),
    ],
)
def test_each_format_is_found_out(file: str, form: str, messages: int) -> None:
    reading = read(SAMPLES / file)
    assert reading.format == form
    assert reading.summary["messages"] == messages
    opened, imported = (one.event for one in reading.events[:2])
    assert isinstance(opened, e.Opened)
    assert isinstance(imported, e.Imported)
    assert (imported.file, imported.format) == (file, form)
    assert imported.bytes == (SAMPLES / file).stat().st_size
    assert opened.title == file.partition(".")[0]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_real_page_has_the_messages_that_were_counted(page: Path) -> None:
    lines = page.with_suffix(".jsonl").read_text(encoding="utf-8").split("\n")
    wanted = [json.loads(line) for line in lines if line]
    shown = html.messages(page.read_text(encoding="utf-8"))
    found = [{"kind": one.kind, "name": one.name, "text": bare(one.text)} for one in shown]
    assert found == wanted
    spoken = [bare(text) for _, text in said(read(page))]
    assert [one["text"] for one in wanted if one["kind"] == "assistant"] == [
        text
        for (author, _), text in zip(said(read(page)), spoken, strict=True)
        if author != "you"
    ]
    assert read(page).unplaced == ()


def test_the_shared_pages_are_here_or_the_test_above_did_not_run() -> None:
    if not SHARED.exists():
        pytest.skip("the shared pages are not here")
    assert len(PAGES) == 4


def test_a_page_keeps_its_text_to_the_letter() -> None:
    spoken = said(read(SAMPLES / "page.html"))
    assert spoken[0] == ("you", "who's up? 1 < 2 && <b>")
    assert spoken[1] == (
        "AI-1",
        '!add_ai "Marten" "good morning"\n> be me\n> be up\nsee this and that:\n\n'
        "  |\\_\n <_ |  \n<think>raw <image attached> stays</think>\na block\nanother",
    )
    assert spoken[-1] == ("AI-2", "the page ends he")


def test_a_page_tells_who_thought_painted_and_joined() -> None:
    reading = read(SAMPLES / "page.html")
    thoughts = [one.reasoning for one in all_of(reading, e.Spoke) if one.reasoning]
    assert thoughts == ["they said good morning"]
    assert [one.painter for one in all_of(reading, e.ImageCreated)] == ["easel-1"]
    assert [one.prompt for one in all_of(reading, e.ImageRequested)] == ["a lamp"]
    assert [one.by for one in all_of(reading, e.Joined) if one.greeting] == ["AI-1"]
    names = {one.participant.id: one.participant.name for one in all_of(reading, e.Joined)}
    assert names == {
        "AI-1": "heron/heron-2",
        "AI-2": "Marten",
        "AI-3": "Otter Prime",
        "you": "",
    }
    assert [one.text for one in reading.unplaced] == [
        '🐇 Rabbitholing down: "lamps"',
        "AI-2 contributed to the page",
    ]
    assert reading.summary["prompt_changes"] == 1


def test_times_of_a_page_become_times_of_the_log_and_never_run_back() -> None:
    entries = read(SAMPLES / "page.html").entries(AT)
    assert entries[0].at < entries[-1].at
    assert all(one.at < other.at for one, other in pairwise(entries))
    spoke = next(one for one in entries if isinstance(one.event, e.Spoke))
    assert spoke.at.replace(second=0, microsecond=0) == datetime(2026, 3, 3, 7, 5, tzinfo=UTC)
    assert [one.place for one in entries] == list(range(len(entries)))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("October 08, 2025 at 09:52 PM", datetime(2025, 10, 8, 21, 52, tzinfo=UTC)),
        ("Feb 3, 2026 12:05 AM", datetime(2026, 2, 3, 0, 5, tzinfo=UTC)),
        ("2026-02-03 14:05:06", datetime(2026, 2, 3, 14, 5, 6, tzinfo=UTC)),
        ("Feb 31, 2026 12:05 AM", None),
        ("Smarch 3, 2026 12:05 AM", None),
        ("", None),
    ],
)
def test_times_are_read_as_written(text: str, wanted: datetime | None) -> None:
    assert html.moment(text) == wanted


def test_a_log_of_turns_ends_with_its_last_line() -> None:
    reading = read(SAMPLES / "universal.txt")
    spoken = said(reading)
    assert spoken[1][1] == "cat moth\n\n### A heading ###\n\nthat is not anybody's name"
    assert spoken[-1] == ("AI-2", "then I'll go too\n^C^C")
    assert all_of(reading, e.Spoke)[-1].reasoning == "It is late.\nLeave quietly."
    assert [one.by for one in all_of(reading, e.Paused)] == ["AI-2"]


def test_plain_talk_goes_on_until_the_next_name() -> None:
    assert said(read(SAMPLES / "plain.md")) == [
        ("AI-1", "Did you bring the rope?"),
        ("AI-2", "Yes. Two things:\n1. it is wet\n2. it is short\n\nNote: it is also yellow."),
        ("AI-1", "Then we wait."),
        ("you", "I have another one."),
    ]


def test_plain_talk_may_go_line_by_line() -> None:
    reading = read(b"Ada: hi\nBen: hello\nthere\nAda: at 10: nothing\n", name="a.txt")
    assert said(reading) == [
        ("AI-1", "hi"),
        ("AI-2", "hello\nthere"),
        ("AI-1", "at 10: nothing"),
    ]


@pytest.mark.parametrize(
    ("data", "repair"),
    [
        (b"\xef\xbb\xbfAI-1 (A) \nhe said", "byte_order_mark"),
        ("\ufeffAI-1 (A) \nhe said".encode("utf-16-le"), "utf_16"),
        ("\ufeffAI-1 (A) \nhe said".encode("utf-16-be"), "utf_16"),
        (b"AI-1 (A) \r\nhe said", "line_ends"),
        (b"AI-1 (A) \nhe\0 said", "nul_bytes"),
        (b"AI-1 (A) \nhe said\xf0\x9f\x8e", "cut_character"),
        (b"AI-1 (A) \nhe said\n", "last_newline"),
    ],
)
def test_what_is_done_to_a_file_is_counted(data: bytes, repair: str) -> None:
    reading = read(data, name="x.txt")
    assert reading.repairs == {repair: 1}
    assert said(reading) == [("AI-1", "he said")]


def test_latin_1_is_read_and_told() -> None:
    reading = read("AI-1 (A) \ncafé, señor".encode("latin-1"), name="x.txt")
    assert reading.repairs == {"latin_1": 1}
    assert said(reading) == [("AI-1", "café, señor")]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "is empty"),
        (b" \n\0\n", "is empty"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(32)) * 20, "is not text"),
        (b"Just some prose, and no one speaks in it.\nAnother line.\n", "no format known"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_reason(data: bytes, why: str) -> None:
    with pytest.raises(UnknownFormat, match=why):
        read(data, name="thing.bin")


def test_a_refusal_names_what_was_tried() -> None:
    with pytest.raises(UnknownFormat) as refusal:
        read(b"nothing to see", name="a.txt")
    assert all(name in str(refusal.value) for name in NAMES)


def test_a_format_that_is_asked_for_is_not_guessed_at() -> None:
    assert read(b"Ada: hi", name="a.txt", format="plain").format == "plain"
    with pytest.raises(UnknownFormat, match="no reader for `morse`"):
        read(b"Ada: hi", name="a.txt", format="morse")


def test_a_title_has_no_folders_and_no_control_characters() -> None:
    reading = read(b"AI-1 (A) \nx", name="../../etc/night_\x1b[31m\u202eroom.txt")
    opened = reading.events[0].event
    assert isinstance(opened, e.Opened)
    assert opened.title == "night [31mroom"


def test_a_log_of_ours_comes_back_entry_for_entry() -> None:
    entries = read(SAMPLES / "g2.txt").entries(AT)
    log = "\n".join(wire.encode(entry) for entry in entries) + "\n"
    reading = read(log.encode(), name="room.jsonl")
    assert reading.format == "enfold-jsonl"
    assert reading.entries(AT) == entries


def test_a_torn_last_line_is_kept_and_a_broken_one_before_it_refused() -> None:
    entries = read(SAMPLES / "g2.txt").entries(AT)
    lines = [wire.encode(entry) for entry in entries]
    reading = read("\n".join([*lines, lines[3][:40]]).encode(), name="r.jsonl")
    assert reading.repairs == {"torn_line": 1}
    assert reading.unplaced[0].text == lines[3][:40]
    with pytest.raises(BrokenLog):
        read("\n".join([*lines[:3], "{", *lines[3:]]).encode(), name="r.jsonl")
    with pytest.raises(NewerLog):
        read(lines[0].replace('{"v":1', '{"v":99').encode(), name="r.jsonl")


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        reading = read(data, name="any")
    except (UnknownFormat, BrokenLog, NewerLog):
        return
    assert isinstance(reading.events[0].event, e.Opened)


@given(
    st.lists(
        st.sampled_from(
            [
                "AI-1 (A) ",
                "AI-2 (B) ",
                "words",
                "",
                '!image "a red door"',
                '🎨 [AI-1 (A)]: !image "a red door" (generating...)',
                "🎨 AI-1 (A) created an image\ufffc",
                '[AI-1 (A)]: !image "a red door" ',
                "[AI-2 adjusted their temperature]",
                "🌡️ [AI-2]: !temperature 1.1",
                '💭 [AI-1]: !prompt "open',
                'and shut"',
                '✨ [AI-2]: !add_ai "C" "hello"',
                "✨ C was already invited (by another AI)",
                "❌ [AI-1 (A)]: !image — prompt too short",
            ]
        ),
        max_size=30,
    )
)
def test_no_line_of_a_transcript_is_lost(lines: list[str]) -> None:
    text = "\n".join(["AI-1 (A) ", *lines, "end"])
    reading = read(text.encode(), name="x.txt")
    kept = [
        one.event.text
        if isinstance(one.event, e.Spoke)
        else "\n".join([one.source.text, *one.source.more])
        for one in reading.events
        if one.source is not None
    ]
    headers = [
        line for line in ["AI-1 (A) ", *lines] if line.endswith(") ") and "[" not in line
    ]
    found = [line for text in kept for line in text.split("\n") if line]
    wanted = [line for line in [*lines, "end"] if line and line not in headers]
    assert sorted(found) == sorted(wanted)
    places = range(len(reading.events))
    for one in reading.events:
        cause = getattr(one.event, "cause", None)
        assert cause is None or cause.place in places


@pytest.mark.parametrize(
    "text",
    [
        "AI-1 (A) \n" + '💭 [AI-1]: !prompt "\n' * 4000,
        "AI-1 (A) \n" * 8000,
        "AI-1 (A) \n" + '" — ' * 100_000,
        "<html><div class='message assistant'><div class='content'>" + "<a " * 30_000,
        "<html>" + "<div class='message'>" * 5_000,
        "â€" * 50_000 + "\nAI-1 (A) \nx",
        "A: b\nB: c\n" + "A" * 40 + ":" * 100_000,
    ],
    ids=["openers", "headers", "quotes", "tags", "blocks", "damage", "colons"],
)
@pytest.mark.timeout(5)
def test_files_made_to_be_slow_are_not(text: str) -> None:
    try:
        read(text.encode(), name="slow")
    except UnknownFormat:
        return


def _unclosed(count: int) -> str:
    block = "<html><div class='message user'><div class='content'>"
    return block + "<b>" * count + "x" + "</i>" * count


def _names(count: int) -> str:
    return "".join(f"N{number}: hello\n" for number in range(count))


def _comments(count: int) -> str:
    return "<html><div class='message user'>" + "<!-- >" * count


def _scripts(count: int) -> str:
    return "<html><div class='message user'>" + "<script >" * count


def _fences(count: int) -> str:
    return "A: b\n```\n" * count


@pytest.mark.parametrize("made", [_unclosed, _names, _comments, _scripts, _fences])
def test_four_times_the_file_takes_less_than_eight_times_the_work(
    made: Callable[[int], str],
) -> None:
    def spent(count: int) -> float:
        data = made(count).encode()
        best = 60.0
        for _ in range(6):
            begun = time.process_time()
            read(data, name="x")
            best = min(best, time.process_time() - begun)
        return best

    assert spent(8000) < 8 * spent(2000)


@pytest.mark.parametrize("form", ["auto", *NAMES, "liminal-g1"])
@pytest.mark.parametrize(
    "data",
    [
        b'<html><div id="conversation"></div></html>',
        b"just prose\nand more of it\n",
        b"### ###\nx\n",
        b"[AI-1 adjusted their temperature]\n",
        b'{"v":1,"place":0',
    ],
    ids=["page", "prose", "headings", "notice", "torn log"],
)
def test_a_file_without_messages_is_refused_whatever_is_asked_for(
    data: bytes, form: str
) -> None:
    with pytest.raises((UnknownFormat, BrokenLog)) as refusal:
        read(data, name="a.txt", format=form)
    if form not in {"auto", "enfold-jsonl"}:
        assert isinstance(refusal.value, UnknownFormat)
        assert "has no messages" in str(refusal.value)
        assert all(name in str(refusal.value) for name in NAMES)
