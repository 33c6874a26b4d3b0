"""What of the past comes back to a speaker, as its request has it and as the log says it."""

from pathlib import Path

from tests.fakes import Stage, opened, stage
from transcripts import events as e
from transcripts.log import read
from transcripts.room import reduced

FACT = "the spare key hangs behind the cobalt kettle"
WEATHER = [f"rain at gate {i}, wind at gate {i + 1}" for i in range(40)]
SCRIPT = {"AI-1": [FACT, *WEATHER], "AI-2": WEATHER}
SMALL = opened(budget=64)
"""A cc that has no room for anything old."""


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


async def test_a_room_may_do_without(tmp_path: Path) -> None:
    opening = opened(budget=64, recall=0)
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
