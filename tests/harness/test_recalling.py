"""What of the past comes back to a speaker, as its request has it and as the log says it."""

from dataclasses import replace
from pathlib import Path

import pytest

from agents.prompts import ask
from harness.config import Settings
from harness.recollection import merged, worth_telling
from memory.index.recall import Found
from tests.bench.three import three_sessions
from tests.fakes import START, Stage, cast, opened, stage
from tests.memory import tiny
from transcripts import events as e
from transcripts.events import Entry
from transcripts.log import read
from transcripts.room import reduced

FACT = "the spare key hangs behind the cobalt kettle"
WEATHER = [f"rain at gate {i}, wind at gate {i + 1}" for i in range(40)]
SCRIPT = {"AI-1": [FACT, *WEATHER], "AI-2": WEATHER}
SMALL = opened(budget=64, recall=512)
"""A cc that has no room for anything old, and a window that reaches no further than a dozen lines
beyond its six."""


async def ask_after_long(folder: Path, question: str, opening: e.Opened = SMALL) -> Stage:
    """Let a fact pass and much else, and then ask for it in another sitting."""
    async with stage(folder, SCRIPT, opened=opening, recalls=True) as s:
        await s.session.run(rounds=12)
    async with stage(folder, SCRIPT, recalls=True) as s:
        s.session.say(question)
        await s.session.run(turns=1)
    return s


def asked(s: Stage) -> str:
    return "\n".join(line.text for line in s.provider.asked[-1].lines)


async def test_a_speaker_is_told_what_was_said_long_ago_and_is_asked_for_now(
    tmp_path: Path,
) -> None:
    s = await ask_after_long(tmp_path, "where does the spare key hang?")
    system = s.provider.asked[-1].lines[0].text
    told = system.partition("What comes back to you now")[2]
    assert f"AI-1 (Ada): {FACT}" in told
    assert FACT not in system.replace(told, "")


async def test_what_came_back_is_in_the_log_before_the_line_and_says_why(
    tmp_path: Path,
) -> None:
    s = await ask_after_long(tmp_path, "where does the spare key hang?")
    kinds = s.kinds()
    at = len(kinds) - 1 - kinds[::-1].index("Recalled")
    recalled, spoke = (entry.event for entry in s.session.log[at : at + 2])
    assert isinstance(recalled, e.Recalled)
    assert isinstance(spoke, e.Spoke)
    assert recalled.participant == spoke.author
    piece = next(one for one in recalled.pieces if one.first <= 3 <= one.last)
    assert piece.author == "AI-1"
    assert {"key", "spare"} <= set(piece.why)
    assert 0 < recalled.size <= 2048
    assert recalled.size == sum(one.bytes for one in recalled.pieces)
    assert spoke.usage is not None
    assert spoke.usage.recalled == recalled.size
    assert spoke.heard is None  # it is told what came before it spoke, itself included
    assert reduced(read(s.path)).recalled == recalled


async def test_nothing_is_recalled_that_is_told_anyway(tmp_path: Path) -> None:
    async with stage(tmp_path, SCRIPT, opened=SMALL, recalls=True) as s:
        await s.session.run(rounds=20)
    found = [entry for entry in s.session.log if isinstance(entry.event, e.Recalled)]
    assert found
    for entry in found:
        assert isinstance(entry.event, e.Recalled)
        lines = [
            line.place
            for line in s.session.log[: entry.place]
            if isinstance(line.event, e.Spoke)
        ]
        assert all(piece.last < lines[-6] for piece in entry.event.pieces)


async def test_what_recall_leaves_of_its_bytes_goes_to_the_newest_lines(tmp_path: Path) -> None:
    async with stage(tmp_path, SCRIPT, opened=SMALL, recalls=True) as s:
        await s.session.run(rounds=16)
        log = list(s.session.log)
        asked = list(s.provider.asked)
    spoke = [entry for entry in log if isinstance(entry.event, e.Spoke)]
    wider = 0
    for number, (entry, request) in enumerate(zip(spoke, asked, strict=True)):
        assert isinstance(entry.event, e.Spoke)
        assert entry.event.usage is not None
        assert entry.event.usage.recalled == sum(len(one) + 1 for one in request.recalled)
        said = "\n\n".join(line.text for line in request.lines[1:])
        lines = said.count("gate") // 2 + said.count(FACT)
        wider += lines > SMALL.window
        more = [one.event for one in spoke[number - lines : max(0, number - 6)]]
        texts = sum(len(one.text) + 2 for one in more if isinstance(one, e.Spoke))
        assert texts + entry.event.usage.recalled <= SMALL.recall
        for one in spoke[number - lines : number]:  # none of them twice
            assert not any(piece.startswith(f"{one.place} ") for piece in request.recalled)
    assert wider > len(spoke) // 2


@pytest.mark.parametrize(
    "changes", [{"recall": 0}, {"carrier": "window"}, {"carrier": "empty"}], ids=str
)
async def test_the_window_stays_as_it_is_where_that_is_compared(
    tmp_path: Path, changes: dict[str, object]
) -> None:
    opening = opened(budget=64, **changes)
    async with stage(tmp_path, SCRIPT, opened=opening, recalls=True) as s:
        await s.session.run(rounds=8)
    said = "\n".join(line.text for line in s.provider.asked[-1].lines[1:])
    assert said.count("rain at gate") == opening.window


async def test_a_room_may_do_without(tmp_path: Path) -> None:
    opening = replace(SMALL, recall=0)
    s = await ask_after_long(tmp_path, "where does the spare key hang?", opening)
    assert "Recalled" not in s.kinds()
    assert "comes back" not in asked(s)


async def test_the_carriers_that_compare_are_told_nothing(tmp_path: Path) -> None:
    for carrier in ("empty", "full"):
        opening = opened(carrier=carrier)
        s = await ask_after_long(tmp_path / carrier, "where is the spare key?", opening)
        assert "Recalled" not in s.kinds()
        assert "comes back" not in asked(s)


async def test_a_whisper_and_a_private_command_never_come_back(tmp_path: Path) -> None:
    script = {
        "AI-1": [
            '!whisper "AI-2" "the cobalt kettle leaks"\n!prompt "cobalt kettle"',
            *WEATHER,
        ],
        "AI-2": WEATHER,
    }
    async with stage(tmp_path, script, opened=SMALL, recalls=True) as s:
        await s.session.run(rounds=10)
    async with stage(tmp_path, script, recalls=True) as s:
        s.session.say("what of the cobalt kettle?")
        await s.session.run(turns=2)
    for one in s.provider.asked:
        told = "".join(line.text for line in one.lines).replace(
            "what of the cobalt kettle?", ""
        )
        assert "cobalt" not in told.partition("What comes back to you now")[2]


async def test_looking_at_what_would_be_sent_records_nothing(tmp_path: Path) -> None:
    async with stage(tmp_path, SCRIPT, opened=SMALL, recalls=True) as s:
        await s.session.run(rounds=12)
    async with stage(tmp_path, SCRIPT, recalls=True) as s:
        s.session.say("where does the spare key hang?")
        before = len(s.session.log)
        request = await s.session.preview("AI-2")
        assert FACT in request.lines[0].text
        assert len(s.session.log) == before
        await s.session.run(turns=0)


@pytest.mark.parametrize("budget", [2048, 256])
@pytest.mark.parametrize("scenario", ["tramdepot", "bytes"])
async def test_a_fact_of_the_first_session_is_in_the_request_of_the_third(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scenario: str, budget: int
) -> None:
    """As `enfold run` and `enfold resume` would: opened anew each time, with the shipped cast."""
    if scenario == "bytes":
        monkeypatch.setenv("ENFOLD_BYTE_MODEL", str(tiny.FILE))
    settings = Settings.model_validate(
        {"provider": {"max_tokens": 40}, "room": {"budget": budget}}
    )
    asked = await three_sessions(tmp_path, scenario, settings=settings, talk=60)
    assert asked.lines > 60
    assert asked.there
    assert asked.request.lines[0].role == "system"


async def test_what_came_back_is_left_out_first_where_little_can_be_sent() -> None:
    room = reduced(
        [
            Entry(0, START, opened()),
            Entry(1, START, e.Joined(participant=cast("Ada")[0])),
            Entry(2, START, e.Spoke(author="you", text="and now?")),
        ]
    )
    pieces = ["4 person: the oldest", "9 person: the newer"]
    whole = ask(room, "AI-1", recalled=pieces)
    less = ask(room, "AI-1", recalled=pieces, limit_bytes=whole.bytes - 1)
    assert whole.recalled == tuple(pieces)
    assert less.recalled == ("9 person: the newer",)
    assert "the oldest" not in less.lines[0].text
    none = ask(room, "AI-1", recalled=pieces, limit_bytes=1)
    assert none.recalled == ()
    assert "and now?" in none.lines[-1].text


def found(place: int, score: int, *why: str) -> Found:
    return Found(place, score, why, None)


def test_a_short_question_is_not_lost_behind_a_long_speech() -> None:
    key = found(5, 300, "key")
    speech = [found(40, 900, "rye"), found(43, 800, "rye"), found(5, 100)]
    assert [one.place for one in merged([[key], speech])] == [5, 40, 43]
    assert merged([[key], speech])[0] == key
    # A greeting finds next to nothing, and does not come first for that.
    assert [one.place for one in merged([[found(7, 20, "hi")], speech])] == [40, 43, 5, 7]
    assert merged([speech]) == speech
    assert merged([]) == []


def test_what_has_no_word_of_it_is_told_beside_a_good_one_alone() -> None:
    rows = [found(30, 90, "key"), found(33, 60), found(90, 50), found(120, 40, "door")]
    assert [one.place for one in worth_telling(rows)] == [30, 33, 120]
    assert worth_telling([found(1, 5)]) == []
