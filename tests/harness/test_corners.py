"""Corners that reviews found: each was wrong once."""

import asyncio
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import pytest

from agents.providers.scripted import Fault
from harness.errors import NoSuchParticipant, NotPossible
from tests.fakes import Stamp, opened, stage
from transcripts import events as e
from transcripts.commands.words import Leave, Remove, Temperature
from transcripts.errors import LogUnwritable
from transcripts.events import Entry, Event, Source
from transcripts.log import Log
from transcripts.participants import PERSON, ROOM


@pytest.mark.parametrize("seed", range(6))
async def test_a_random_order_survives_the_last_unheard_being_voted_out(
    tmp_path: Path, seed: int
) -> None:
    line = '!remove_ai "AI-3"\n!vote yes'
    script = {name: [line, "x", "x", "x"] for name in ("AI-1", "AI-2", "AI-3")}
    async with stage(
        tmp_path, script, names=("Ada", "Bob", "Cyd"), opened=opened(order="random", seed=seed)
    ) as s:
        assert (await s.session.run(rounds=3)).reason == "rounds"


async def test_an_old_approval_does_not_repeat_newer_commands(tmp_path: Path) -> None:
    script = {
        "AI-1": ['!image "a red boat"', "x"],
        "AI-2": ['!prompt "be brief"\n!whisper "AI-1" "psst"', "y"],
    }
    async with stage(
        tmp_path, script, opened=opened(approvals={"image": "ask"}), attended=True
    ) as s:
        await s.session.run(turns=2)
        s.session.approve("A1", granted=False)
    async with stage(tmp_path, script) as s:
        await s.session.run(turns=1)
        assert s.kinds().count("PromptAdded") == 1
        assert s.kinds().count("Whispered") == 1


async def test_what_a_crash_cut_off_is_done_although_the_person_spoke_first(
    tmp_path: Path,
) -> None:
    script = {"AI-1": ['!prompt "be brief"\n!image "a red boat"', "x"], "AI-2": ["y", "z"]}
    async with stage(tmp_path, script) as s:
        await s.session.run(turns=1)
        lines = s.path.read_bytes().splitlines(keepends=True)
        spoke = s.kinds().index("Spoke")
    (tmp_path / "room" / "log.jsonl").write_bytes(b"".join(lines[: spoke + 1]))
    painter = Stamp()
    async with stage(tmp_path, script, painter=painter) as s:
        s.session.say("and now?")
        await s.session.run(turns=1)
        assert s.kinds().count("PromptAdded") == 1
        assert s.kinds().count("ImageCreated") == 1
        assert painter.asked == ["a red boat"]


async def test_a_command_that_a_cut_line_ends_in_is_not_carried_out(tmp_path: Path) -> None:
    script = {
        "AI-1": [Fault("Broken", speech='!prompt "be brief"\nlook\n!image "a red lant')],
        "AI-2": ["x"],
    }
    async with stage(tmp_path, script) as s:
        await s.session.run(turns=1)
        assert s.kinds().count("PromptAdded") == 1
        assert "ImageRequested" not in s.kinds()
        [declined] = s.events(e.Declined)
        assert isinstance(declined, e.Declined)
        assert "cut off" in declined.result


async def test_whom_the_person_named_while_somebody_spoke_is_next(tmp_path: Path) -> None:
    script = {name: ["x"] * 3 for name in ("AI-1", "AI-2", "AI-3")}
    async with stage(tmp_path, script, names=("Ada", "Bob", "Cyd")) as s:
        s.session.change("next", "AI-3")
        s.session.record(e.Spoke(author="AI-1", text="still talking"))
        await s.session.run(turns=1)
        last = s.events(e.Spoke)[-1]
        assert isinstance(last, e.Spoke)
        assert last.author == "AI-3"


async def test_an_addressed_model_that_is_skipped_is_not_addressed_for_ever(
    tmp_path: Path,
) -> None:
    script = {name: ["x"] * 3 for name in ("AI-1", "AI-2", "AI-3")}
    script["AI-1"] = ["@AI-3, well?", "x"]
    async with stage(
        tmp_path, script, names=("Ada", "Bob", "Cyd"), opened=opened(order="mention")
    ) as s:
        await s.session.run(turns=1)
        s.session.skip()
        skipped = s.events(e.Skipped)[-1]
        assert isinstance(skipped, e.Skipped)
        assert skipped.participant == "AI-3"
        from harness.order import next_seat

        following = next_seat(s.session.room)
        assert following is not None
        assert following.id != "AI-3"


async def test_a_poll_does_not_wait_for_somebody_who_left(tmp_path: Path) -> None:
    script = {
        "AI-1": ['!vote "Sail?" [yes, no]', "!vote yes"],
        "AI-2": ["!vote no", "x"],
        "AI-3": ["hm", "!leave"],
    }
    async with stage(tmp_path, script, names=("Ada", "Bob", "Cyd")) as s:
        await s.session.run(turns=6)
        [over] = s.events(e.PollClosed)
        assert isinstance(over, e.PollClosed)
        assert over.outcome == "yes 1, no 1"


async def test_the_narrators_words_are_no_commands(tmp_path: Path) -> None:
    async with stage(tmp_path, {"AI-1": ["x"], "AI-2": ["y"]}) as s:
        s.session.record(e.Spoke(author=ROOM, text='!prompt "speak in verse"'))
        await s.session.run(turns=1)
        assert "PromptAdded" not in s.kinds()


async def test_models_hear_the_person_whole(tmp_path: Path) -> None:
    said = '!whisper "AI-2" is how you whisper\nand:\n!prompt "x y z" adds a line'
    async with stage(tmp_path, {"AI-1": ["x"], "AI-2": ["y"]}) as s:
        s.session.say(said)
        await s.session.run(turns=1)
        assert said in s.provider.asked[-1].lines[-1].text


class NoMoreSpeech(Log):
    """A log on a disk that has room for everything but what is said."""

    def extend(self, entries: Iterable[tuple[datetime, Event, Source | None]]) -> list[Entry]:
        made = list(entries)
        if any(isinstance(event, e.Spoke) for _, event, _ in made):
            raise LogUnwritable(self.path, "the disk is full")
        return super().extend(made)


async def test_a_reply_that_the_log_cannot_take_is_whole_in_the_draft(tmp_path: Path) -> None:
    speech = "word " * 500
    script = {"AI-1": [speech], "AI-2": ["y"]}
    async with stage(tmp_path, script, log_type=NoMoreSpeech) as s:
        with pytest.raises(LogUnwritable):
            await s.session.run(turns=1)
    async with stage(tmp_path, {"AI-1": ["x"], "AI-2": ["y"]}) as s:
        await s.session.run(turns=1)
        kept = s.events(e.Spoke)[0]
        assert isinstance(kept, e.Spoke)
        assert (kept.text, kept.cut) == (speech, "crash")


async def test_a_picture_called_off_at_once_is_called_off(tmp_path: Path) -> None:
    async with stage(tmp_path, {"AI-1": ['!image "a red boat"'], "AI-2": ["y"]}) as s:
        with s.session.reader() as items:
            run = asyncio.create_task(s.session.run(turns=1))
            async for item in items:
                if isinstance(getattr(item, "event", None), e.ImageRequested):
                    s.session.cancel_image("I1")
                    break
            await run
        assert s.session.room.jobs[0].state in {"cancelled", "done"}
        assert s.session.room.jobs[0].state != "queued"


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("caps.turns", "lots"),
        ("caps.dollars", "-1"),
        ("caps.dollars", "nan"),
        ("approvals.image", "dney"),
        ("order", "bogus"),
        ("next", "AI-77"),
        ("colour", "red"),
    ],
)
async def test_a_setting_that_cannot_be_is_refused_and_not_recorded(
    tmp_path: Path, setting: str, value: str
) -> None:
    async with stage(tmp_path, {"AI-1": ["x"], "AI-2": ["y"]}) as s:
        before = len(s.session.log)
        with pytest.raises(NotPossible):
            s.session.change(setting, value)
        assert len(s.session.log) == before


async def test_settings_that_can_be_are_taken(tmp_path: Path) -> None:
    async with stage(tmp_path, {"AI-1": ["x"], "AI-2": ["y"]}) as s:
        for setting, value in (
            ("caps.dollars", "$2"), ("caps.turns", "none"), ("approvals.AI-1/image", "ask"),
            ("order", "random"), ("next", "AI-2"), ("title", "Another"),
        ):  # fmt: skip
            s.session.change(setting, value)
        assert (await s.session.run(turns=1)).reason == "turns"


async def test_what_the_person_asks_is_about_somebody_who_is_here(tmp_path: Path) -> None:
    async with stage(tmp_path, {"AI-1": ["x"], "AI-2": ["y"]}) as s:
        with pytest.raises(NotPossible):
            s.session.whisper("AI-77", "psst")
        with pytest.raises(NotPossible):
            s.session.do(Temperature(0.7), "temperature", subject="AI-77")
        with pytest.raises(NotPossible, match="say whose"):
            s.session.do(Leave(), "leave")
        with pytest.raises(NoSuchParticipant):
            s.session.recast("AI-77", "Otter")
        s.session.whisper("Bob", "psst")
        s.session.do(Temperature(0.7), "temperature", subject="Bob")
        s.session.do(Remove("Ada"), "remove_ai")
        assert s.session.room.seat("AI-2").temperature == 0.7
        assert s.session.room.seat("AI-1").left


async def test_a_benched_participant_can_be_recast(tmp_path: Path) -> None:
    script = {"AI-1": [Fault("Unauthorised")], "AI-2": ["y", "z"], "scripted/otter": ["splash"]}
    async with stage(tmp_path, script) as s:
        await s.session.run(turns=2)
        assert s.session.room.seat("AI-1").benched
        s.session.recast("AI-1", "http://127.0.0.1:1/v1#qwen3")
        assert s.session.room.seat("AI-1").active
        assert s.session.room.seat("AI-1").participant.model == "http://127.0.0.1:1/v1#qwen3"


async def test_a_run_in_which_nobody_got_a_word_out_says_so(tmp_path: Path) -> None:
    script = {"AI-1": [Fault("ServerFailed", "boom")], "AI-2": [Fault("ServerFailed", "boom")]}
    async with stage(tmp_path, script) as s:
        ending = await s.session.run(rounds=1)
        assert (ending.reason, "boom" in ending.detail) == ("provider", True)


async def test_a_slip_costs_no_quota(tmp_path: Path) -> None:
    script = {"AI-1": ['!image "ab"\n!image "a red boat at night"'], "AI-2": ["y"]}
    async with stage(tmp_path, script) as s:
        await s.session.run(turns=1)
        assert s.kinds().count("ImageRequested") == 1


async def test_a_poll_half_written_by_a_crash_is_squared(tmp_path: Path) -> None:
    script = {"AI-1": ['!remove_ai "AI-3"', "x"], "AI-2": ["!vote yes", "y"], "AI-3": ["z"] * 3}
    names = ("Ada", "Bob", "Cyd")
    async with stage(tmp_path, script, names=names) as s:
        await s.session.run(turns=2)
        lines = s.path.read_bytes().splitlines(keepends=True)
        voted = [i for i, kind in enumerate(s.kinds()) if kind == "Voted"][-1]
        assert "Left" in s.kinds()
    (tmp_path / "room" / "log.jsonl").write_bytes(b"".join(lines[: voted + 1]))
    async with stage(tmp_path, script, names=names) as s:
        await s.session.run(turns=1)
        assert s.kinds().count("PollClosed") == 1
        assert s.session.room.seat("AI-3").left
        assert PERSON not in {seat.id for seat in s.session.room.seats}


async def test_a_limit_of_the_session_asks_a_person_who_is_there(tmp_path: Path) -> None:
    script = {
        "AI-1": ['!image "a red boat"', '!add_ai "Otter"'],
        "AI-2": ['!image "a blue one"'],
    }
    caps = e.Caps(images=1, seats=2)
    async with stage(tmp_path, script, opened=opened(caps=caps), attended=True) as s:
        await s.session.run(turns=3)
        assert [w.verb for w in s.session.room.waiting] == ["image", "add_ai"]
    async with stage(tmp_path, script, attended=True) as s:
        s.session.approve("A1", granted=True)
        s.session.approve("A2", granted=True)
        await s.session.run(turns=1)
        assert s.kinds().count("ImageCreated") == 2
        assert s.session.room.seat("AI-3").participant.name == "Otter"


async def test_polls_that_close_together_close_once_each(tmp_path: Path) -> None:
    script = {
        "AI-1": ['!vote "Sail?" [yes, no]\n!remove_ai "AI-4"', "!vote P1 yes", "x"],
        "AI-2": ['!vote P1 no\n!vote "Fog?" [yes, no]', "!vote P3 yes", "x"],
        "AI-3": ["!vote P1 yes\n!vote P3 no", "!leave", "x"],
        "AI-4": ["hm", "hm", "hm"],
    }
    async with stage(tmp_path, script, names=("Ada", "Bob", "Cyd", "Dee")) as s:
        await s.session.run(turns=6)
        s.session.do(Remove("AI-4"), "remove_ai")
        polls = [
            event.poll for event in s.events(e.PollClosed) if isinstance(event, e.PollClosed)
        ]
        assert len(polls) == len(set(polls))
