import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest

from agents.providers.base import Delta
from tests.fakes import Stage, Stamp, opened, stage
from transcripts import events as e
from tui.slash.meant import Slash, Wrong
from tui.slash.reading import parse
from tui.slash.specs import SPECS
from tui.steering import _STEPS, Done, ForScreen, Outcome, Refused, steer


def typed(line: str, s: Stage) -> Outcome:
    slash = parse(line)
    assert not isinstance(slash, Wrong), slash
    return steer(slash, s.session)


def said(line: str, s: Stage) -> str:
    outcome = typed(line, s)
    assert isinstance(outcome, Done), outcome
    return outcome.said


def refused(line: str, s: Stage) -> str:
    outcome = typed(line, s)
    assert isinstance(outcome, Refused), outcome
    return outcome.why


class Slow:
    """Says a word and then waits for ever."""

    def __init__(self) -> None:
        self.began = asyncio.Event()

    async def stream(self, request: object) -> AsyncIterator[Delta]:
        yield Delta("hello ")
        self.began.set()
        await asyncio.Event().wait()


async def test_a_model_is_invited_with_words_and_sent_out_and_taken_back(
    tmp_path: Path,
) -> None:
    async with stage(tmp_path) as s:
        assert "AI-3 (Otter) has joined" in said('/add otter "come in" "a shy pilot"', s)
        joined = s.session.log[-1].event
        assert isinstance(joined, e.Joined)
        assert (joined.greeting, joined.participant.persona) == ("come in", "a shy pilot")
        assert said("/temp AI-3 0.4", s) == "AI-3 (Otter): temperature 0.4"
        assert said("/remove AI-3", s) == "AI-3 (Otter) has left"
        assert s.session.room.seat("AI-3").left
        assert said("/add AI-3", s) == "AI-3 (Otter) is back"
        assert s.session.room.seat("AI-3").temperature == 0.4
        assert "is here already" in refused("/add AI-3", s)


async def test_what_cannot_be_done_changes_nothing_and_says_why(tmp_path: Path) -> None:
    async with stage(tmp_path) as s:
        before = [type(entry.event) for entry in s.session.log]
        assert "no model called 'Ottre'" in refused("/model AI-1 Ottre", s)
        assert "nobody here is called 'AI-9'" in refused("/mute AI-9", s)
        assert "one of AI-1, AI-2" in refused("/next AI-9", s) or "nobody here" in refused(
            "/next AI-9", s
        )
        assert "nothing waits" in refused("/yes", s)
        assert "no line of yours waits" in refused("/unsay", s)
        assert "no poll is open" in refused("/vote yes", s)
        assert "no picture I1" in refused("/cancel I1", s)
        assert "nothing was added" in refused("/unprompt AI-1", s)
        assert "takes its turns already" in refused("/unmute AI-1", s)
        assert [type(entry.event) for entry in s.session.log] == before
        assert "FAR_AWAY_API_KEY is not set" in refused("/add Far Away", s)
        assert "no search service" in refused("/web tides of the sea", s)


async def test_own_instructions_are_added_listed_and_taken_away(tmp_path: Path) -> None:
    async with stage(tmp_path) as s:
        assert "1 of 12" in said('/prompt AI-2 speak in "short" lines', s)
        assert said("/prompt AI-2 [/] and\nsing", s).endswith("2 of 12")
        assert "unchanged" in said("/prompt Bob [/] and\nsing", s)
        outcome = typed("/prompts AI-2", s)
        assert isinstance(outcome, Done)
        assert outcome.more == ('1. speak in "short" lines', "2. [/] and sing")
        assert "there is no 3" in refused("/unprompt AI-2 3", s)
        assert "1 line taken out" in said("/unprompt AI-2 1", s)
        assert s.session.room.seat("AI-2").prompts == ("[/] and\nsing",)
        assert "0 left" in said("/unprompt AI-2", s)


async def test_participants_are_muted_recast_and_chosen(tmp_path: Path) -> None:
    async with stage(tmp_path) as s:
        assert said("/mute AI-1 3", s) == "AI-1 (Ada) listens for 3 turns"
        assert "takes its turns again" in said("/unmute Ada", s)
        assert s.session.room.seat("AI-1").muted == 0
        assert said("/model AI-1 heron", s).startswith("scripted/heron speaks for AI-1")
        assert said("/next AI-2", s) == "AI-2 (Bob) speaks next"
        assert s.session.room.chosen == "AI-2"
        assert "passed over" in said("/skip", s)
        assert said("/policy mention", s) == "who speaks next: mention"
        assert s.session.room.order == "mention"
        assert said("/title Night at the depot", s).endswith("Night at the depot now")


async def test_budgets_and_rules_are_set_in_the_units_they_are_typed(tmp_path: Path) -> None:
    async with stage(tmp_path, opened=opened(seed=1)) as s:
        assert said("/budget $2", s) == "budget of a sitting: $2"
        said("/budget 50k tokens", s)
        said("/budget 10 min", s)
        spent = {one.name: one.most for one in s.session.budgets}
        assert spent == {"turns": 100, "tokens": 50000, "dollars": 2, "seconds": 600}
        assert "$0.0000 of $2" in said("/budget", s)
        said("/budget none", s)
        assert {one.most for one in s.session.budgets} == {None}
        assert "waits for your yes" in said("/approve AI-1/image ask", s)
        assert dict(s.session.room.settings)["approvals.AI-1/image"] == "ask"


async def test_waiting_commands_are_decided(tmp_path: Path) -> None:
    script = {"AI-1": ['!image "a cat in fog"', '!image "a dog in fog"'], "AI-2": ["a", "b"]}
    rules = opened(approvals={"image": "ask"})
    async with stage(tmp_path, script, attended=True, opened=rules) as s:
        run = asyncio.create_task(s.session.run(turns=3))
        await run
        assert [one.approval for one in s.session.room.waiting] == ["A1", "A2"]
        assert "A1, A2; say which" in refused("/yes", s)
        assert "A3 is not waiting" in refused("/no A3", s)
        assert said("/no A1", s) == "A1 refused"
        assert said("/yes", s).startswith("A2 granted; I1 is being drawn")
        await asyncio.sleep(0)
        s.session.finish()


async def test_polls_are_opened_and_answered(tmp_path: Path) -> None:
    async with stage(tmp_path) as s:
        assert "poll P1 is open" in said('/poll "Go on?" [yes, no, "later, maybe"]', s)
        assert s.session.room.polls[0].options == ("yes", "no", "later, maybe")
        assert "P1 takes yes, no, later, maybe" in refused("/vote P1 perhaps", s)
        assert said("/vote lat", s) == "P1: later, maybe"
        assert "P2 is not open" in refused("/vote P2 yes", s)


async def test_whispers_reach_one_alone(tmp_path: Path) -> None:
    async with stage(tmp_path) as s:
        assert said("/whisper AI-2 ask [b]about[/b] the key", s) == "told to AI-2 (Bob) alone"
        assert s.session.log[-1].event == e.Whispered(
            author="you", to="AI-2", text="ask [b]about[/b] the key"
        )
        assert "that is you" in refused("/whisper you hello", s)


async def test_a_picture_is_asked_for_and_called_off(tmp_path: Path) -> None:
    painter = Stamp(asyncio.Event())
    async with stage(tmp_path, painter=painter) as s:
        assert said("/image a cat in fog", s).startswith("I1 is being drawn")
        await asyncio.sleep(0)
        assert said("/cancel I1", s) == "I1 is called off"
        for _ in range(20):
            await asyncio.sleep(0)
        assert "cancelled already" in refused("/cancel I1", s)


async def test_the_floor_is_steered_while_somebody_speaks(tmp_path: Path) -> None:
    slow = Slow()
    async with stage(tmp_path, provider=slow, attended=True) as s:
        run = asyncio.create_task(s.session.run())
        await slow.began.wait()
        assert "once this turn is over" in said("/pause", s)
        assert "stands still already" in said("/pause", s)
        assert "once this turn is over" in said("/whisper AI-2 psst", s)
        s.session.say("wait for [me]")
        assert said("/unsay", s) == "taken back: wait for [me]"
        assert [
            queued.event
            for queued in s.session.room.queue
            if isinstance(queued.event, e.Queued)
        ] == [e.Queued(author="you", text="psst", to="AI-2")]
        slow.began.clear()
        assert said("/stop", s) == "cut off; what was said stays"
        for _ in range(50):
            await asyncio.sleep(0.01)
            if not s.session.speaking:
                break
        assert said("/stop", s) == "nobody is speaking"
        spoke = [event for event in s.events(e.Spoke) if isinstance(event, e.Spoke)]
        assert (spoke[0].text, spoke[0].cut) == ("hello ", "stopped")
        assert said("/step", s) == "one turn"
        await slow.began.wait()
        assert said("/skip", s) == "passed over; what was said stays"
        assert said("/resume", s) == "the room goes on"
        assert said("/resume", s) == "the room goes on already"
        slow.began.clear()
        await slow.began.wait()
        s.session.finish()
        await run


async def test_rounds_are_counted_from_here(tmp_path: Path) -> None:
    script = {"AI-1": list("abcdef"), "AI-2": list("abcdef")}
    async with stage(tmp_path, script, attended=True) as s:
        run = asyncio.create_task(s.session.run(held=True))
        await asyncio.sleep(0)
        assert said("/rounds 2", s) == "2 rounds from here, then the room stands still"
        for _ in range(200):
            await asyncio.sleep(0.01)
            if s.session.room.paused:
                break
        assert s.session.room.rounds == 2
        s.session.finish()
        with suppress(asyncio.CancelledError):
            await run


async def test_the_persons_order_needs_a_choice_and_says_so(tmp_path: Path) -> None:
    async with stage(tmp_path, attended=True) as s:
        assert "/next names somebody" in said("/policy person", s)
        assert "/next names somebody" in refused("/resume", s)


async def test_stats_are_lines_of_plain_numbers(tmp_path: Path) -> None:
    async with stage(tmp_path, {"AI-1": ["a"], "AI-2": ["b"]}) as s:
        await s.session.run(rounds=1)
        outcome = typed("/stats", s)
        assert isinstance(outcome, Done)
        assert outcome.said.startswith("2 messages, 2 turns, 1 round, 0 pictures")
        assert outcome.more[0].startswith("AI-1 (Ada): 1 turn")
        assert "after 2 folds" in outcome.more[-1]


async def test_continuity_is_told_and_what_is_too_little_is_set(tmp_path: Path) -> None:
    async with stage(tmp_path) as s:
        assert "not wanted by the settings" in said("/continuity", s)
        assert said("/continuity 80", s) == "notice below 80"
        assert (
            said("/continuity 75 widen", s) == "notice below 75, then more lines word for word"
        )
        assert said("/continuity delaminate", s) == "notice below 75, then finer laminae"
        assert s.session.room.continuity_threshold == 75
        assert said("/continuity off", s) == "no notice is asked for"
        assert s.session.room.continuity_policy == "delaminate"
    async with stage(tmp_path / "scored", scores=True) as s:
        assert said("/continuity", s).startswith("continuity not measured yet")
        s.session.record(
            e.Scored(line=0, none=900, sent=400, full=300, score=83, verifier="3fa1b2c4")
        )  # fmt: skip
        assert (
            said("/continuity", s)
            == "continuity 83 of 100, good; no notice is asked for; /continuity 80 asks for one"
        )


async def test_what_is_the_screens_comes_back_untouched(tmp_path: Path) -> None:
    async with stage(tmp_path) as s:
        before = len(s.session.log)
        for line in (
            "/help mute",
            "/fork 12",
            "/export md",
            "/search x",
            "/quit",
            "/theme nord",
        ):
            slash = parse(line)
            assert isinstance(slash, Slash)
            assert steer(slash, s.session) == ForScreen(slash)
        assert len(s.session.log) == before


def test_every_step_is_a_command() -> None:
    assert set(_STEPS) < {spec.name for spec in SPECS}


@pytest.mark.parametrize("name", sorted(_STEPS))
async def test_no_example_of_the_help_raises(name: str, tmp_path: Path) -> None:
    example = next(spec.example for spec in SPECS if spec.name == name)
    async with stage(tmp_path, names=("Ada", "Bob", "Cyd")) as s:
        outcome = typed(example, s)
        assert isinstance(outcome, Done | Refused)
