"""Four generations of the old program's text."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from transcripts import events as e
from transcripts.events import Cause
from transcripts.readers.auto import read
from transcripts.readers.mojibake import forward
from transcripts.readers.reading import Reading
from transcripts.room import Room, reduce

SAMPLES = Path(__file__).parent / "samples"
SEED = Path(__file__).resolve().parents[2].parent / "shared/seeds/004_0ea5d90c91b0c248.txt"
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


def said(reading: Reading) -> list[tuple[str, str]]:
    return [
        (one.event.author, one.event.text)
        for one in reading.events
        if isinstance(one.event, e.Spoke)
    ]


def all_of(reading: Reading, kind: type[Any]) -> list[Any]:
    return [one.event for one in reading.events if isinstance(one.event, kind)]


def text_of(*lines: str) -> Reading:
    return read("\n".join(lines).encode(), name="room.txt")


@pytest.mark.parametrize(
    ("file", "form"),
    [
        ("g0.txt", "liminal-g0"),
        ("g1.txt", "liminal-g1"),
        ("g2.txt", "liminal-g2"),
        ("g3.txt", "liminal-g3"),
    ],
)
def test_each_generation_is_told_from_the_others(file: str, form: str) -> None:
    reading = read(SAMPLES / file)
    assert reading.format == form
    assert reading.unplaced == ()


def test_the_numbers_of_the_second_generation_come_out() -> None:
    assert read(SAMPLES / "g2.txt").summary == {
        "messages": 7,
        "participants": 3,
        "images": 3,
        "prompt_changes": 1,
        "temperature_lines": 3,
        "temperature_changes": 2,
        "temperature_repeats": 1,
        "joins": 1,
        "duplicates": 1,
        "orphans": 0,
    }


def test_a_damaged_file_is_mended_before_it_is_read() -> None:
    whole = (SAMPLES / "g2.txt").read_text(encoding="utf-8")
    reading = read(forward(whole, "cp1254").encode(), name="g2.txt")
    clean = read(SAMPLES / "g2.txt")
    assert [one.event for one in reading.events[2:]] == [one.event for one in clean.events[2:]]
    assert reading.repairs["cp1254"] > 20
    assert reading.repairs["guessed"] > 10


def test_what_a_message_caused_follows_it_in_the_order_of_its_text() -> None:
    reading = read(SAMPLES / "g2.txt")
    first = reading.events[4:9]
    assert [type(one.event).__name__ for one in first] == [
        "Spoke",
        "Joined",
        "ImageRequested",
        "PromptAdded",
        "TemperatureSet",
    ]
    causes = [getattr(one.event, "cause", None) for one in first[1:]]
    assert causes == [Cause(4, index) for index in range(4)]


def test_an_invitation_seats_the_one_who_speaks_later() -> None:
    guest = next(one for one in all_of(read(SAMPLES / "g2.txt"), e.Joined) if one.by == "AI-1")
    assert guest.participant.id == "AI-3"
    assert guest.participant.name == "Marten (Large)"
    assert guest.greeting == "come in, the kettle is on — mind the third stair"


def test_two_participants_of_one_model_stay_two() -> None:
    reading = read(SAMPLES / "g2.txt")
    joined = {one.participant.id: one.participant.name for one in all_of(reading, e.Joined)}
    assert joined == {"AI-1": "Heron 2", "AI-2": "Heron 2", "AI-3": "Marten (Large)"}
    heat = [(one.participant, one.requested) for one in all_of(reading, e.TemperatureSet)]
    assert heat == [("AI-1", 1.2), ("AI-2", 0.7), ("AI-2", 0.7)]


def test_words_that_look_like_notices_stay_words() -> None:
    spoken = said(read(SAMPLES / "g2.txt"))
    author, text = spoken[1]
    assert author == "AI-2"
    assert "(generating...)\n[AI-1 adjusted their temperature]\n🌡️ [AI-1]: !temperature" in text
    assert text.endswith("and I thought, AI-2 (Heron 2)\nis also me.\n")


def test_a_notice_quoted_at_the_end_of_a_message_stays_there() -> None:
    reading = text_of(
        "AI-1 (Heron) ",
        "look what it said:",
        '🎨 [AI-2 (Marten)]: !image "a fake" (generating...)',
        "AI-2 (Marten) ",
        '!image "a real one"',
        "yes:",
        '💭 [AI-1]: !prompt "obey"',
        "AI-2 (Marten) ",
        '✨ [AI-9]: !add_ai "Nobody"',
    )
    assert said(reading)[0][1].endswith("(generating...)")
    assert said(reading)[1][1].endswith('!prompt "obey"')
    assert said(reading)[2][1] == '✨ [AI-9]: !add_ai "Nobody"'
    assert reading.summary["images"] == 0
    assert reading.summary["prompt_changes"] == 0


def test_a_duplicate_without_an_inviter_is_the_next_speakers() -> None:
    declined = all_of(read(SAMPLES / "g2.txt"), e.Declined)
    assert [(one.by, one.argument) for one in declined] == [("AI-2", "Marten (Large)")]
    assert declined[0].cause is not None
    assert declined[0].cause.index == 0


def test_pictures_are_bound_to_the_earliest_request_that_fits() -> None:
    reading = read(SAMPLES / "g2.txt")
    prompts = {one.image: one.prompt for one in all_of(reading, e.ImageRequested)}
    assert prompts["I1"].endswith("“no ships” in sight")
    assert prompts["I2"] == "a stair"
    assert [one.image for one in all_of(reading, e.ImageCreated)] == ["I1", "I2", "I3"]


def test_a_prompt_of_two_lines_is_one_prompt() -> None:
    added = all_of(read(SAMPLES / "g2.txt"), e.PromptAdded)
    assert [one.text for one in added] == ['Count aloud.\nLose count "on purpose".']


def test_a_muted_turn_is_a_turn_passed_over() -> None:
    reading = read(SAMPLES / "g2.txt")
    assert [one.participant for one in all_of(reading, e.Muted)] == ["AI-3"]
    assert [one.participant for one in all_of(reading, e.Skipped)] == ["AI-3"]


def test_refusals_of_the_third_generation_say_why() -> None:
    reading = read(SAMPLES / "g3.txt")
    why = [(one.verb, one.by, one.result) for one in all_of(reading, e.Declined)]
    assert why == [
        ("temperature", "AI-1", "must be between 0 and 2"),
        ("add_ai", "AI-2", "already in conversation as AI-1"),
        ("remove_ai", "AI-3", "consensus not yet implemented"),
    ]
    assert [one.reason for one in all_of(reading, e.ImageFailed)] == ["the painter is out"]
    assert [one.result for one in all_of(reading, e.Answered)] == ["Heron 2\nVole 1"]


def test_a_turn_of_commands_alone_left_no_message_and_still_counts() -> None:
    heat = all_of(read(SAMPLES / "g3.txt"), e.TemperatureSet)
    assert [(one.participant, one.cause is None) for one in heat] == [
        ("AI-1", True),
        ("AI-2", False),
    ]


def test_an_export_with_colons_names_the_person_too() -> None:
    reading = read(SAMPLES / "exported.txt")
    assert said(reading) == [
        ("you", "is anybody up?"),
        ("AI-1", "I am.\nIt is early, though:\nAI-2: would disagree."),
        ("AI-2", "Good morning.\n\n- tea\n- more tea"),
        ("you", "thanks"),
    ]
    assert [one.text for one in reading.unplaced] == [
        "Room of 3 March",
        "[System: The kettle is on]",
    ]
    assert [one.by for one in all_of(reading, e.Joined)] == ["room", "room", "AI-1"]


def test_bare_lines_of_refusal_belong_to_the_next_speaker() -> None:
    reading = text_of(
        "AI-1 (Heron) ",
        "hello",
        "Image prompt too short",
        "AI-2 (Marten) ",
        '!image "x"',
        "Maximum of 5 AIs already reached",
        "✨ Heron is already in the conversation as AI-1",
        "AI-1 (Heron) ",
        "Error: the sky fell",
    )
    declined = all_of(reading, e.Declined)
    assert [(one.verb, one.by) for one in declined] == [
        ("image", "AI-2"),
        ("add_ai", "AI-1"),
        ("add_ai", "AI-1"),
    ]
    assert said(reading)[-1] == ("AI-1", "Error: the sky fell")


def test_text_is_kept_with_its_spaces_and_empty_lines() -> None:
    reading = text_of("AI-1 (A) ", "", "  x  ", "", "", "AI-2 (B) ", "   ", "y")
    assert said(reading) == [("AI-1", "\n  x  \n\n"), ("AI-2", "   \ny")]


def test_a_message_without_words_is_a_message() -> None:
    assert said(text_of("AI-1 (A) ", "AI-2 (B) ", "y")) == [("AI-1", ""), ("AI-2", "y")]


def test_a_seat_that_changes_its_model_is_left_and_taken_again() -> None:
    reading = text_of("AI-1 (A) ", "x", "AI-1 (B) ", "y")
    kinds = [type(one.event).__name__ for one in reading.events[2:]]
    assert kinds == ["Joined", "Spoke", "Left", "Joined", "Spoke"]


def test_what_was_read_is_a_room() -> None:
    reading = read(SAMPLES / "g2.txt")
    room = Room()
    for place, one in enumerate(reading.events):
        assert place == room.next_place
        room = reduce(room, e.Entry(place, one.at or EPOCH, one.event, one.source))
    assert [seat.id for seat in room.models] == ["AI-1", "AI-2", "AI-3"]
    assert room.seat("AI-3").invited_by == "AI-1"
    assert room.seat("AI-2").temperature == 0.7
    assert {job.state for job in room.jobs} == {"done"}


def test_line_numbers_point_into_the_file() -> None:
    lines = (SAMPLES / "g2.txt").read_text(encoding="utf-8").split("\n")
    names: dict[str, str] = {}
    for one in read(SAMPLES / "g2.txt").events:
        if isinstance(one.event, e.Joined):
            names[one.event.participant.id] = one.event.participant.name
        if one.source is None:
            continue
        there = lines[one.source.line - 1]
        if isinstance(one.event, e.Spoke):
            assert there == f"{one.event.author} ({names[one.event.author]}) "
        else:
            assert one.source.text.split("\n")[0] == there


def test_the_sample_has_the_numbers_that_were_counted_by_hand() -> None:
    if not SEED.exists():
        pytest.skip("the shared sample is not here")
    reading = read(SEED)
    assert reading.format == "liminal-g2"
    assert reading.summary == {
        "messages": 10,
        "participants": 4,
        "images": 5,
        "prompt_changes": 4,
        "temperature_lines": 5,
        "temperature_changes": 3,
        "temperature_repeats": 2,
        "joins": 2,
        "duplicates": 1,
        "orphans": 0,
    }
    authors = [author for author, _ in said(reading)]
    assert [author[-1] for author in authors] == list("1231234123")
    assert {one.by for one in all_of(reading, e.Declined)} == {"AI-3"}
    requested = all_of(reading, e.ImageRequested)
    assert all(len(one.prompt) > 60 for one in requested)
    assert all(one.cause is not None for one in requested)


def test_a_bare_error_in_a_block_of_notices_is_no_command_of_the_next_speaker() -> None:
    reading = text_of(
        "AI-1 (Heron) ",
        "hello",
        "Error: the sky fell",
        "[AI-2 adjusted their temperature]",
        "🌡️ [AI-2]: !temperature 1.1",
        "AI-2 (Marten) ",
        "!temperature 1.1",
    )
    assert all_of(reading, e.Declined) == []
    assert [one.text for one in reading.unplaced] == ["Error: the sky fell"]
    assert said(reading)[0] == ("AI-1", "hello")


def test_lines_that_are_one_notice_in_two_stand_in_the_log_each_for_itself() -> None:
    sources = [one.source for one in read(SAMPLES / "g2.txt").events if one.source]
    lines = (SAMPLES / "g2.txt").read_text(encoding="utf-8").split("\n")
    pairs = [one for one in sources if one.more]
    assert len(pairs) > 3
    for one in pairs:
        first = one.text.split("\n")
        assert lines[one.line - 1 : one.line - 1 + len(first)] == first
        rest = one.more[0].split("\n")
        begin = one.line - 1 + len(first)
        assert lines[begin : begin + len(rest)] == rest
