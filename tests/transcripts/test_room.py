import sys
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.transcripts.strategies import entries
from transcripts import events as e
from transcripts.events import Entry, Event
from transcripts.participants import PERSON, Participant
from transcripts.room import KEPT_LINES, Room, reduce

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def room_of(*events: Event) -> Room:
    room = Room()
    for place, event in enumerate(events):
        room = reduce(room, Entry(place, NOW, event))
    return room


def joined(number: int, model: str = "m") -> e.Joined:
    return e.Joined(participant=Participant(id=f"AI-{number}", name="Twin", model=model))


OPENED = e.Opened(title="a room", window=6)


@settings(max_examples=60)
@given(st.lists(entries, max_size=8))
def test_any_entries_make_a_room(made: list[Entry]) -> None:
    """Logs of other versions and by other hands must not break the reader."""
    room = Room()
    for entry in made:
        room = reduce(room, entry)
    assert len(room.recent) <= 8 * KEPT_LINES


def test_two_of_the_same_model_keep_their_own_prompts_and_temperatures() -> None:
    room = room_of(
        OPENED,
        joined(1),
        joined(2),
        e.PromptAdded(participant="AI-1", text="be brief", by="AI-1"),
        e.TemperatureSet(
            participant="AI-2", requested=1.8, effective=1.0, changed=True, by="AI-2"
        ),
    )
    assert room.seat("AI-1").prompts == ("be brief",)
    assert room.seat("AI-2").prompts == ()
    assert room.seat("AI-1").temperature is None
    assert (room.seat("AI-2").temperature, room.seat("AI-2").effective) == (1.8, 1.0)


def test_the_oldest_addition_to_the_instructions_makes_way() -> None:
    added = [e.PromptAdded(participant="AI-1", text=f"{i}", by="AI-1") for i in range(13)]
    assert room_of(OPENED, joined(1), *added).seat("AI-1").prompts == tuple(
        str(i) for i in range(1, 13)
    )


def test_the_person_may_speak_many_lines_and_they_are_spoken_once() -> None:
    room = room_of(
        OPENED,
        e.Queued(author=PERSON, text="one"),
        e.Queued(author=PERSON, text="two"),
        e.Spoke(author=PERSON, text="one", queued=1),
    )
    assert [entry.place for entry in room.queue] == [2]


def test_a_round_is_over_when_everybody_in_the_room_had_the_floor() -> None:
    room = room_of(OPENED, joined(1), joined(2), e.Spoke(author="AI-1", text="x"))
    assert (room.rounds, room.heard) == (0, ("AI-1",))
    room = room_of(
        OPENED,
        joined(1),
        joined(2),
        e.Spoke(author="AI-1", text="x"),
        e.Faltered(author="AI-2", error="TimedOut", detail="slow"),
    )
    assert (room.rounds, room.heard) == (1, ())


def test_what_is_kept_word_for_word_stays_small_however_long_the_room() -> None:
    spoken = [
        e.Spoke(author=f"AI-{1 + i % 3}", text=f"line {i} " + "word " * 40) for i in range(3000)
    ]
    joins = [joined(1), joined(2), joined(3)]
    short = room_of(OPENED, *joins, *spoken[:100])
    long = room_of(OPENED, *joins, *spoken)
    assert len(long.recent) <= len(short.recent)
    assert [kept.place for kept in long.recent][-1] == 3003
    assert sys.getsizeof(long.recent) <= sys.getsizeof(short.recent)


def test_lines_are_kept_for_whoever_has_not_heard_them() -> None:
    others = [e.Spoke(author=f"AI-{1 + i % 2}", text=str(i)) for i in range(30)]
    room = room_of(
        OPENED, joined(1), joined(2), joined(3), e.Spoke(author="AI-3", text="first"), *others
    )
    heard = [kept.place for kept in room.recent if isinstance(kept.event, e.Spoke)]
    assert heard[0] == room.seat("AI-3").heard


def test_a_model_can_be_recast_and_keeps_everything_else() -> None:
    room = room_of(
        OPENED,
        joined(1, model=""),
        e.PromptAdded(participant="AI-1", text="be brief", by="AI-1"),
        e.Changed(setting="model.AI-1", value="claude-opus-4-5", by=PERSON),
    )
    assert room.seat("AI-1").participant.model == "claude-opus-4-5"
    assert room.seat("AI-1").prompts == ("be brief",)


def test_a_charge_is_counted_for_the_seat_and_the_room() -> None:
    usage = e.Usage(model="m", tokens_in=10, tokens_out=5, dollars=0.25, effective=1.0)
    room = room_of(OPENED, joined(1), e.Spoke(author="AI-1", text="x", usage=usage))
    assert (room.tokens, room.dollars) == (15, 0.25)
    assert (room.seat("AI-1").tokens_in, room.seat("AI-1").tokens_out) == (10, 5)


def test_laminae_are_split_and_merged_and_always_lie_beside_each_other() -> None:
    span = e.Span
    room = room_of(
        OPENED,
        e.Laminated(first=0, last=9),
        e.Laminated(first=10, last=29),
        e.Delaminated(first=10, last=29, parts=(span(10, 14), span(15, 29))),
    )
    assert room.laminae == (span(0, 9), span(10, 14), span(15, 29))
    merged = reduce(room, Entry(9, NOW, e.Merged(parts=(span(0, 9), span(10, 14)))))
    assert merged.laminae == (span(0, 14), span(15, 29))
    # A bank that was lost is filled again, along other seams.
    again = reduce(merged, Entry(10, NOW, e.Laminated(first=0, last=19)))
    assert again.laminae == (span(0, 19),)


def test_what_came_back_last_is_known() -> None:
    piece = e.Recollection(first=3, last=4, author="AI-2", score=7, why=("kettle",), bytes=60)
    recalled = e.Recalled(participant="AI-1", pieces=(piece,), size=60)
    assert room_of(OPENED, joined(1), recalled).recalled == recalled


def scored(line: int, score: int) -> e.Scored:
    return e.Scored(line=line, none=900, sent=500, full=400, score=score, verifier="abc")


def test_the_newest_scores_are_known() -> None:
    room = room_of(OPENED, joined(1), *(scored(n, n) for n in range(70)))
    assert room.scores == tuple(range(6, 70))
    assert room.scored[-1] == scored(69, 69)


def test_a_fall_is_over_when_the_score_rose_well_above_what_is_asked_for() -> None:
    fallen = e.Slipped(score=62, threshold=80, act="widen")
    room = room_of(OPENED, joined(1), scored(2, 62), fallen, scored(4, 85))
    assert room.slipped == fallen
    assert reduce(room, Entry(5, NOW, scored(4, 86))).slipped is None


def test_a_fall_below_what_was_asked_for_is_none_below_what_is() -> None:
    asked = e.Changed(setting="continuity.threshold", value="40", by=PERSON)
    room = room_of(OPENED, joined(1), e.Slipped(score=62, threshold=80), asked)
    assert room.slipped is None
    assert room.continuity_threshold == 40


@pytest.mark.parametrize(
    ("value", "meant"), [("", 0), ("x", 0), ("-1", 0), ("80", 80), ("101", 100)]
)
def test_a_threshold_that_is_none_is_0(value: str, meant: int) -> None:
    asked = e.Changed(setting="continuity.threshold", value=value, by=PERSON)
    assert room_of(OPENED, asked).continuity_threshold == meant
    assert room_of(OPENED).continuity_threshold == 0


def test_a_policy_that_is_none_is_a_notice() -> None:
    assert room_of(OPENED).continuity_policy == "notice"
    for value, meant in (("widen", "widen"), ("dance", "notice")):
        asked = e.Changed(setting="continuity.policy", value=value, by=PERSON)
        assert room_of(OPENED, asked).continuity_policy == meant


def test_the_window_can_change_and_stays_within_what_is_kept() -> None:
    for value, meant in (("8", 8), ("0", 1), ("1000", 64), ("wide", 6)):
        room = room_of(OPENED, joined(1), e.Changed(setting="window", value=value, by="room"))
        assert room.opened.window == meant
