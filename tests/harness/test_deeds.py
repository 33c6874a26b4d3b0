"""What each command does to the room, asked by scripted models and seen in the log."""

from pathlib import Path
from typing import Any

import pytest

from tests.fakes import GUESTS, opened, stage
from transcripts import events as e
from transcripts.events import Caps, Cause


async def says(
    tmp_path: Path, *lines: str, names: tuple[str, ...] = ("Ada", "Bob", "Cyd"), **changes: Any
) -> list[Any]:
    """Let `lines` be said in turn by the cast and return what came of the last one."""
    parts: dict[str, list[str]] = {f"AI-{i + 1}": [] for i in range(len(names))}
    for turn, line in enumerate(lines):
        parts[f"AI-{1 + turn % len(names)}"].append(line)
    async with stage(tmp_path, parts, names=names, opened=opened(**changes)) as s:
        await s.session.run(turns=len(lines))
        place = max(entry.place for entry in s.session.log if isinstance(entry.event, e.Spoke))
        return [
            entry.event
            for entry in s.session.log[place + 1 :]
            if not isinstance(entry.event, e.Folded)
        ]


async def test_a_prompt_is_added_for_its_caller_who_alone_is_told(tmp_path: Path) -> None:
    [added] = await says(tmp_path, '!prompt "be brief"\nhello')
    assert added == e.PromptAdded(
        participant="AI-1",
        text="be brief",
        by="AI-1",
        cause=Cause(4, 0),
        result="line 1 of 12 of your instructions",
    )


async def test_a_quote_that_was_never_closed_is_told_to_the_caller(tmp_path: Path) -> None:
    [done] = await says(tmp_path, '!prompt "be brief\n\nhello')
    assert (done.text, done.by) == ("be brief", "AI-1")
    assert "its quote was never closed" in done.result


async def test_the_same_prompt_twice_is_one_line(tmp_path: Path) -> None:
    done = await says(tmp_path, '!prompt "be brief"', '!prompt "be brief"', names=("Ada",))
    assert [type(event) for event in done] == [e.Answered]
    assert "unchanged" in done[0].result


async def test_a_prompt_that_is_too_long_is_declined(tmp_path: Path) -> None:
    [done] = await says(tmp_path, f'!prompt "{"x" * 2001}"')
    assert isinstance(done, e.Declined)
    assert "2001 characters; a line may have 2000" in done.result


async def test_prompts_are_taken_away_by_number_or_all(tmp_path: Path) -> None:
    first = ('!prompt "one"', '!prompt "two"')
    [done] = await says(tmp_path / "a", *first, "!prompt_clear 1", names=("Ada",))
    assert done.texts == ("one",)
    [done] = await says(tmp_path / "b", *first, "!prompt_clear", names=("Ada",))
    assert done.texts == ("one", "two")
    [done] = await says(tmp_path / "c", *first, "!prompt_clear 7", names=("Ada",))
    assert isinstance(done, e.Declined)
    assert "1 to 2" in done.result


@pytest.mark.parametrize(
    ("written", "requested", "says_so"),
    [
        ("!temperature 1.4", 1.4, "temperature 1.4"),
        ("!temperature 1,4", 1.4, "temperature 1.4"),
        ("!temperature 7", 2.0, "7.0 was asked for"),
        ("!temperature -1", 0.0, "-1.0 was asked for"),
    ],
)
async def test_a_temperature_is_set_and_kept_in_range(
    tmp_path: Path, written: str, requested: float, says_so: str
) -> None:
    [done] = await says(tmp_path, written)
    assert isinstance(done, e.TemperatureSet)
    assert (done.requested, done.changed) == (requested, True)
    assert says_so in done.result


async def test_the_same_temperature_again_is_no_change(tmp_path: Path) -> None:
    [done] = await says(tmp_path, "!temperature 1.4", "!temperature 1.4", names=("Ada",))
    assert done.changed is False
    assert "unchanged" in done.result


async def test_an_invited_guest_joins_with_greeting_and_persona(tmp_path: Path) -> None:
    [done] = await says(tmp_path, '!add_ai "heron" "come and see" "You are patient."')
    assert isinstance(done, e.Joined)
    assert done.participant.label == "AI-4 (Grey Heron)"
    assert done.participant.model == GUESTS[1].id
    assert (done.participant.persona, done.greeting, done.by) == (
        "You are patient.",
        "come and see",
        "AI-1",
    )


async def test_a_made_up_name_invites_nobody_and_gets_suggestions(tmp_path: Path) -> None:
    [done] = await says(tmp_path, '!add_ai "Grey Herring"')
    assert isinstance(done, e.Declined)
    assert "did you mean Grey Heron" in done.result


async def test_a_model_without_a_key_is_declined_before_it_is_announced(
    tmp_path: Path,
) -> None:
    [done] = await says(tmp_path, '!add_ai "Far Away"')
    assert isinstance(done, e.Declined)
    assert "FAR_AWAY_API_KEY is not set" in done.result


async def test_a_model_that_is_here_is_declined_or_numbered(tmp_path: Path) -> None:
    twice = ('!add_ai "Otter"', '!add_ai "Otter"')
    [done] = await says(tmp_path / "deny", *twice)
    assert isinstance(done, e.Declined)
    assert "is here already, as AI-4" in done.result
    [done] = await says(tmp_path / "allow", *twice, duplicates="allow")
    assert done.participant.label == "AI-5 (Otter #2)"
    [done] = await says(tmp_path / "ask", *twice, duplicates="ask")
    assert "nobody is there to ask" in done.result


async def test_a_full_room_takes_nobody(tmp_path: Path) -> None:
    [done] = await says(tmp_path, '!add_ai "Otter"', caps=Caps(seats=3))
    assert "the room is full: 3 models" in done.result


async def test_six_pictures_in_one_message_are_one_picture_and_one_notice(
    tmp_path: Path,
) -> None:
    done = await says(tmp_path, "\n".join(f'!image "picture {i}"' for i in range(6)))
    assert [type(event).__name__ for event in done] == [
        "ImageRequested",
        "Declined",
        "ImageStarted",
        "ImageCreated",
    ]
    assert "5 more were not carried out" in done[1].result


async def test_pictures_end_with_the_session_limit(tmp_path: Path) -> None:
    asked = [f'!image "picture {i}"' for i in range(3)]
    done = await says(tmp_path, *asked, caps=Caps(images=2))
    assert "2 pictures a session" in done[0].result


async def test_muting_oneself_skips_so_many_turns(tmp_path: Path) -> None:
    script = {"AI-1": ["!mute_self 2\nhush"] + ["x"] * 5, "AI-2": ["y"] * 9}
    async with stage(tmp_path, script) as s:
        await s.session.run(rounds=4)
        floor = [
            (type(entry.event).__name__, getattr(entry.event, "author", ""))
            for entry in s.session.log
            if isinstance(entry.event, e.Spoke | e.Skipped)
        ]
        assert [kind for kind, _ in floor] == [
            "Spoke", "Spoke", "Skipped", "Spoke", "Skipped", "Spoke", "Spoke", "Spoke",
        ]  # fmt: skip


async def test_who_could_be_invited_is_told_to_the_caller(tmp_path: Path) -> None:
    [done] = await says(tmp_path, "!list_models")
    assert isinstance(done, e.Answered)
    assert "Otter" in done.result
    assert "Grey Heron" in done.result
    assert "Far Away" not in done.result


async def test_search_is_not_available_unless_it_is_set_up(tmp_path: Path) -> None:
    [done] = await says(tmp_path, '!search "tide tables"')
    assert isinstance(done, e.Declined)
    assert "not available" in done.result


@pytest.mark.parametrize("target", ["AI-2", "@ai-2", "Bob", "scripted/bob"])
async def test_a_whisper_finds_its_target_by_id_name_or_model(
    tmp_path: Path, target: str
) -> None:
    [done] = await says(tmp_path, f'!whisper "{target}" "psst"')
    assert isinstance(done, e.Whispered)
    assert (done.author, done.to, done.text) == ("AI-1", "AI-2", "psst")


async def test_a_whisper_to_an_ambiguous_name_is_declined_with_the_choice(
    tmp_path: Path,
) -> None:
    [done] = await says(tmp_path, '!whisper "Twin" "psst"', names=("Ada", "Twin", "Twin"))
    assert isinstance(done, e.Declined)
    assert "AI-2, AI-3" in done.result


async def test_only_sender_and_target_read_a_whisper(tmp_path: Path) -> None:
    script = {"AI-1": ['!whisper "AI-2" "the key is cobalt"\nhm'], "AI-2": ["x"], "AI-3": ["y"]}
    async with stage(tmp_path, script, names=("Ada", "Bob", "Cyd")) as s:
        await s.session.run(rounds=1)
        told = ["\n".join(line.text for line in asked.lines) for asked in s.provider.asked]
    assert "cobalt" in told[1]
    assert "cobalt" not in told[2]


async def test_a_poll_closes_when_every_model_has_voted(tmp_path: Path) -> None:
    done = await says(
        tmp_path, '!vote "Sail at dawn?" [yes, no]\n', "!vote yes", "!vote no", "!vote yes"
    )
    assert [type(event).__name__ for event in done] == ["Voted", "PollClosed"]
    assert done[1].outcome == "yes 2, no 1"


async def test_a_vote_for_what_is_not_on_offer_says_what_is(tmp_path: Path) -> None:
    [done] = await says(tmp_path, '!vote "Sail?" [dawn, dusk]', "!vote noon")
    assert "P1 takes dawn, dusk" in done.result


async def test_a_vote_without_a_poll_is_declined(tmp_path: Path) -> None:
    [done] = await says(tmp_path, "!vote yes")
    assert isinstance(done, e.Declined)


async def test_a_motion_to_remove_needs_more_than_half_of_the_others(tmp_path: Path) -> None:
    done = await says(tmp_path, '!remove_ai "AI-2" "too loud"', "why me?", "!vote yes")
    assert [type(event).__name__ for event in done] == ["Voted", "PollClosed", "Left"]
    assert done[2].participant == "AI-2"


async def test_a_motion_can_fail_and_its_subject_has_no_vote(tmp_path: Path) -> None:
    done = await says(tmp_path, '!remove_ai "AI-2"', "!vote no")
    assert "about you" in done[0].result
    done = await says(tmp_path / "b", '!remove_ai "AI-2"', "hm", "!vote no")
    assert done[1].outcome.startswith("no")
    assert len(done) == 2


async def test_two_stay_at_least(tmp_path: Path) -> None:
    [done] = await says(tmp_path, '!remove_ai "AI-2"', names=("Ada", "Bob"))
    assert "2 models stay at least" in done.result


async def test_who_leaves_leaves(tmp_path: Path) -> None:
    [done] = await says(tmp_path, '!leave "my train"')
    assert done == e.Left(
        participant="AI-1", by="AI-1", reason="my train", cause=Cause(4, 0),
        result="you have left the room",
    )  # fmt: skip


async def test_an_unknown_command_is_a_private_hint(tmp_path: Path) -> None:
    [done] = await says(tmp_path, '!imagine "a red boat"')
    assert isinstance(done, e.Declined)
    assert done.verb == "imagine"


@pytest.mark.parametrize("rule", [{"image": "deny"}, {"AI-1/image": "deny", "image": "auto"}])
async def test_a_verb_can_be_switched_off(tmp_path: Path, rule: dict[str, str]) -> None:
    [done] = await says(tmp_path, '!image "a red boat"', approvals=rule)
    assert isinstance(done, e.Declined)
    assert "switched off" in done.result


async def test_a_command_can_wait_for_the_person(tmp_path: Path) -> None:
    script = {"AI-1": ['!image "a red boat"'], "AI-2": ['!image "a blue boat"']}
    async with stage(
        tmp_path, script, opened=opened(approvals={"image": "ask"}), attended=True
    ) as s:
        await s.session.run(turns=2)
        assert [w.approval for w in s.session.room.waiting] == ["A1", "A2"]
    async with stage(tmp_path, script, attended=True) as s:
        s.session.approve("A1", granted=True)
        s.session.approve("A2", granted=False)
        await s.session.run(turns=1)
        assert s.kinds().count("ImageRequested") == 1
        declined = s.events(e.Declined)[0]
        assert isinstance(declined, e.Declined)
        assert (declined.by, declined.result) == ("AI-2", "the person said no")
        assert s.session.room.waiting == ()


async def test_every_command_has_one_result(tmp_path: Path) -> None:
    """One event with words for the caller a command, whatever becomes of it."""
    line = "\n".join(
        [
            '!prompt "be brief"', "!prompt_clear 9", "!temperature 9", '!add_ai "Nobody"',
            '!image "a red boat"', "!mute_self", "!list_models", '!search "tides"',
            '!whisper "AI-9" "x"', '!vote "Sail?" [yes, no]', '!remove_ai "AI-9"', '!video "x y z"',
        ]
    )  # fmt: skip
    done = await says(tmp_path, line)
    results: dict[int, list[str]] = {}
    for event in done:
        cause = getattr(event, "cause", None)
        if cause is not None:
            results.setdefault(cause.index, []).append(event.result)
    assert sorted(results) == list(range(12))
    assert all(len(told) == 1 and told[0] for told in results.values())
