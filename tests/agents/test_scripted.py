"""Scripts, replays, and who is asked."""

import re
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.errors import Broken, Empty, NoSuchModel, ProviderError, RateLimited, ScriptEnded
from agents.providers.base import Delta, Finished, Line, Piece, Provider, Request
from agents.providers.compatible import Compatible
from agents.providers.gateway import Gateway
from agents.providers.replay import Replay
from agents.providers.scripted import Fault, Scripted
from agents.providers.switch import Switch
from transcripts.events import Event, Faltered, Skipped, Spoke, Usage


def request(speaker: str = "AI-1", text: str = "which door?") -> Request:
    return Request(
        model="scripted/x", lines=[Line("user", text)], speaker=speaker, temperature=1.4
    )


async def pieces(provider: Provider, speaker: str = "AI-1") -> list[Piece]:
    return [piece async for piece in provider.stream(request(speaker))]


async def speech(provider: Provider, speaker: str = "AI-1") -> str:
    found = await pieces(provider, speaker)
    return "".join(piece.text for piece in found if isinstance(piece, Delta))


async def heard(
    provider: Provider, speaker: str = "AI-1"
) -> tuple[list[Piece], ProviderError | None]:
    found = list[Piece]()
    try:
        async for piece in provider.stream(request(speaker)):
            found.append(piece)
    except ProviderError as error:
        return found, error
    return found, None


async def test_each_speaker_has_a_part() -> None:
    cast = Scripted({"AI-1": ["a", "b"], "AI-2": ["c"]})
    order = ["AI-1", "AI-2", "AI-1"]
    assert [await speech(cast, speaker) for speaker in order] == ["a", "c", "b"]
    assert [asked.speaker for asked in cast.asked] == order


async def test_who_has_no_part_plays_that_of_its_model() -> None:
    cast = Scripted({"AI-1": ["a"], "scripted/x": ["b", "c", "d"]})
    cast.skip("scripted/x", 1)
    assert [await speech(cast, who) for who in ("AI-1", "AI-7", "AI-8")] == ["a", "c", "d"]


@given(st.text(max_size=80).filter(str.strip))
async def test_a_line_is_played_to_the_letter(line: str) -> None:
    assert await speech(Scripted({"AI-1": [line]})) == line


async def test_a_line_comes_word_by_word() -> None:
    found = await pieces(Scripted({"AI-1": ["\n  the  left\n\ndoor "]}))
    assert found[:-1] == [Delta("\n  the  "), Delta("left\n\n"), Delta("door ")]


async def test_counts_are_the_same_everywhere() -> None:
    found = await pieces(Scripted({"AI-1": ["fünf!"]}))
    assert found[-1] == Finished(tokens_in=3, tokens_out=2, dollars=0.0, temperature=1.4)


@pytest.mark.parametrize("speaker", ["AI-1", "AI-9"])
async def test_a_script_that_is_over_says_so(speaker: str) -> None:
    with pytest.raises(ScriptEnded, match=f"no line left for {speaker}"):
        await pieces(Scripted({"AI-1": []}), speaker)


async def test_a_part_can_begin_again() -> None:
    cast = Scripted({"AI-1": ["a", "b"]}, loop=True)
    assert [await speech(cast) for _ in range(5)] == ["a", "b", "a", "b", "a"]


async def test_faults_fail_the_turn_as_a_provider_would() -> None:
    cast = Scripted({"AI-1": [Fault("RateLimited", "slow down", after=1), "the left"]})
    with pytest.raises(RateLimited, match="scripted/x: slow down") as caught:
        await pieces(cast)
    assert caught.value.after == 1
    assert await speech(cast) == "the left"


async def test_a_fault_may_come_in_the_middle_of_a_line() -> None:
    found, error = await heard(Scripted({"AI-1": [Fault("Broken", speech="the left ")]}))
    assert found == [Delta("the "), Delta("left ")]
    assert isinstance(error, Broken)


def test_a_fault_that_no_provider_has_is_refused() -> None:
    with pytest.raises(ValueError, match="Exploded"):
        Fault("Exploded")


async def test_a_blank_line_is_an_empty_reply() -> None:
    with pytest.raises(Empty):
        await pieces(Scripted({"AI-1": [""]}))


@pytest.mark.parametrize(
    ("part", "n", "rest"),
    [
        (["a", "b", "c"], 0, ["a", "b", "c"]),
        (["a", "b", "c"], 2, ["c"]),
        ([Fault("Broken"), "a", Fault("Empty"), "b", Fault("Broken"), "c"], 2, [Broken, "c"]),
        (["a"], 5, [ScriptEnded]),
        ([], 5, [ScriptEnded]),
        ([Fault("Broken")], 5, [Broken, ScriptEnded]),
    ],
)
async def test_after_a_restart_the_part_goes_on(
    part: Sequence[str | Fault], n: int, rest: Sequence[str | type[ProviderError]]
) -> None:
    cast = Scripted({"AI-1": part})
    cast.skip("AI-1", n)
    for wanted in rest:
        found, error = await heard(cast)
        told = "".join(piece.text for piece in found if isinstance(piece, Delta))
        assert wanted in (told, type(error))


async def test_a_looping_part_goes_on_too() -> None:
    cast = Scripted({"AI-1": ["a", "b", "c"]}, loop=True)
    cast.skip("AI-1", 7)
    assert await speech(cast) == "b"


# Replays.

LOG: list[Event] = [
    Spoke(author="you", text="which door?"),
    Spoke(
        author="AI-1",
        text="the  left\n",
        reasoning="hm hm",
        usage=Usage(tokens_in=3, tokens_out=4, dollars=0.25, effective=1.0),
    ),
    Faltered(author="AI-2", error="RateLimited", detail="slow down"),
    Spoke(author="AI-1", text="the ri", cut="broken"),
    Faltered(author="AI-1", error="TimedOut", detail="no further word"),
    Skipped(participant="AI-2", by="you"),
    Spoke(author="AI-1", text="too lo", cut="length"),
    Spoke(author="AI-1", text="hush", cut="stopped"),
    Spoke(author="AI-1", text="dar", cut="crash"),
]


async def test_a_log_plays_again() -> None:
    replay = Replay(LOG)
    found = await pieces(replay)
    assert "".join(p.text for p in found if isinstance(p, Delta) and p.channel == "speech") == (
        "the  left\n"
    )
    assert found[0] == Delta("hm ", "reasoning")
    assert found[-1] == Finished(tokens_in=3, tokens_out=4, dollars=0.25, temperature=1.0)
    told = [await heard(replay) for _ in range(5)]
    texts = ["".join(p.text for p in found if isinstance(p, Delta)) for found, _ in told]
    assert texts == ["the ri", "too lo", "hush", "dar", ""]
    errors = [type(error).__name__ for _, error in told]
    assert errors == ["TimedOut", "NoneType", "NoneType", "Broken", "ScriptEnded"]
    assert told[1][0][-1] == Finished(reason="length")


async def test_a_failed_turn_fails_again() -> None:
    replay = Replay(LOG)
    assert [type((await heard(replay, "AI-2"))[1]) for _ in "12"] == [RateLimited, ScriptEnded]


async def test_the_person_is_no_part_of_a_replay() -> None:
    with pytest.raises(ScriptEnded):
        await pieces(Replay(LOG), "you")


# Who is asked.


async def test_the_id_says_who_is_asked() -> None:
    script, bytes_model = Scripted({"AI-1": ["a"]}), Scripted({"AI-1": ["b"]})
    switch = Switch(script, others={"bytes": bytes_model})
    assert switch.pick("scripted/ada") is script
    assert switch.pick("bytes/small") is bytes_model
    assert isinstance(switch.pick("http://127.0.0.1:1/v1#x"), Compatible)
    assert isinstance(switch.pick("https://example.test/v1#x"), Compatible)
    assert isinstance(switch.pick("openai/gpt-x"), Gateway)
    assert switch.pick("openai/gpt-x") is switch.pick("anthropic/claude-x")
    assert await speech(switch) == "a"


async def test_without_a_script_there_is_no_scripted_model() -> None:
    with pytest.raises(NoSuchModel, match=re.escape("scripted/x: this room has no script")):
        await pieces(Switch())
