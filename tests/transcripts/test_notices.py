"""The lines that events are told in."""

import dataclasses
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transcripts import events as e
from transcripts.events import KINDS, Event, ImageRequested
from transcripts.notices import context, notice
from transcripts.participants import Participant
from transcripts.room import Job

NAMES = {"AI-1": "AI-1 (Gemini 3 Flash)", "AI-2": "AI-2 (GPT 5.1)", "you": "you"}
REQUEST = ImageRequested(image="I1", prompt="a lamp " * 12, by="AI-1")


def label(name: str) -> str:
    return NAMES.get(name, name)


def joined(by: str, greeting: str = "") -> e.Joined:
    newcomer = Participant(id="AI-2", name="GPT 5.1", model="m", persona="SECRET")
    return e.Joined(participant=newcomer, by=by, greeting=greeting)


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (
            REQUEST,
            '🎨 [AI-1 (Gemini 3 Flash)]: !image "'
            'a lamp a lamp a lamp a lamp a lamp a lamp a lamp a..." (generating...)',
        ),
        (
            ImageRequested(image="I1", prompt="x" * 50, by="AI-1"),
            f'🎨 [AI-1 (Gemini 3 Flash)]: !image "{"x" * 50}" (generating...)',
        ),
        (
            e.PromptAdded(participant="AI-1", text='say "hi"', by="AI-1"),
            '💭 [AI-1]: !prompt "say "hi""',
        ),
        (
            e.TemperatureSet(
                participant="AI-1", requested=1, effective=None, changed=True, by="AI-1"
            ),
            "🌡️ [AI-1]: !temperature 1.0",
        ),
        (joined("AI-1", "welcome"), '✨ [AI-1]: !add_ai "GPT 5.1" "welcome"'),
        (joined("AI-1"), '✨ [AI-1]: !add_ai "GPT 5.1"'),
        (e.Muted(participant="AI-1", turns=1, by="AI-1"), "🔇 [AI-1]: !mute_self"),
        (
            e.Declined(
                verb="add_ai",
                argument="GPT 5.1",
                by="AI-1",
                result="GPT 5.1 was already invited (by another AI)",
            ),
            "✨ GPT 5.1 was already invited (by another AI)",
        ),
    ],
)
def test_the_old_form_is_kept_to_the_letter(event: Event, line: str) -> None:
    assert notice(event, label) == line


def test_a_finished_picture_is_told_with_whose_it_was() -> None:
    done = e.ImageCreated(image="I1")
    assert notice(done, label, request=REQUEST) == (
        "🎨 AI-1 (Gemini 3 Flash) created an image\ufffc"
    )
    job = Job(image="I1", prompt="a lamp", by="AI-1")
    assert context(done, label, request=job) == (
        '[AI-1 (Gemini 3 Flash) created an image: "a lamp"]'
    )
    assert notice(done, label) == "🎨 image I1 is done"


def test_others_hear_that_a_prompt_changed_and_not_how() -> None:
    added = e.PromptAdded(participant="AI-1", text="SECRET", by="AI-1", result="SECRET")
    assert context(added, label) == "[AI-1 modified their system prompt]"


def test_a_temperature_that_stays_is_told_to_the_person_alone() -> None:
    same = e.TemperatureSet(
        participant="AI-1", requested=1.4, effective=1.4, changed=False, by="AI-1"
    )
    assert context(same, label) is None
    assert notice(same, label) == "🌡️ [AI-1]: !temperature 1.4 — unchanged"


def test_a_clamped_temperature_shows_what_is_sent() -> None:
    clamped = e.TemperatureSet(
        participant="AI-1", requested=1.8, effective=1.0, changed=True, by="AI-1"
    )
    assert notice(clamped, label) == "🌡️ [AI-1]: !temperature 1.8 — sends 1.0"
    assert context(clamped, label) == "[AI-1 adjusted their temperature]"


def _filled(kind: type[Any], word: str) -> Any:
    """An event of `kind` with `word` in every text field."""
    special: dict[str, Any] = {
        "participant": Participant(id="AI-2", name="GPT 5.1", model="m", persona=word)
        if kind is e.Joined
        else "AI-2",
        "texts": (word,),
        "options": ("yes", "no"),
        "hits": (word,),
        "pieces": (e.Recollection(first=1, last=2, author="AI-1", score=3, why=(word,)),),
        "parts": (e.Span(1, 2), e.Span(3, 4)),
        "places": (1, 3),
        "body": {},
        "cause": None,
        "removes": "",
        "by": "AI-1",
        "author": "AI-1",
        "to": "AI-2",
        "image": "I1",
        "poll": "P1",
        "requested": 1.9,
        "effective": 1.9,
        "changed": True,
        "turns": 1,
    }
    values: dict[str, Any] = {}
    for field in dataclasses.fields(kind):
        if field.name in special:
            values[field.name] = special[field.name]
        elif field.type is str:
            values[field.name] = word
        elif field.type is int:
            values[field.name] = 1
        elif field.type is float:
            values[field.name] = 1.0
        elif field.type is bool:
            values[field.name] = True
    return kind(**values)


@pytest.mark.parametrize("kind", list(KINDS))
def test_every_kind_of_event_has_an_answer(kind: str) -> None:
    event = _filled(KINDS[kind], "word")
    for line in (notice(event, label), context(event, label), notice(event, label, ascii=True)):
        assert line is None or (line and "\n" not in line)


@pytest.mark.parametrize(
    "kind",
    ["PromptAdded", "PromptRemoved", "Whispered", "Declined", "Answered", "ApprovalAsked"],
)
def test_no_private_word_reaches_the_others(kind: str) -> None:
    told = context(_filled(KINDS[kind], "SECRET"), label)
    assert told is None or "SECRET" not in told


@pytest.mark.parametrize("kind", list(KINDS))
def test_in_ascii_no_sign_of_ours_is_left(kind: str) -> None:
    if kind == "Unplaced":
        pytest.skip("it is somebody else's line and nothing of ours")
    line = notice(_filled(KINDS[kind], "word"), label, ascii=True, request=REQUEST)
    assert line is None or line.isascii()


@given(st.text())
def test_whatever_was_written_a_notice_is_one_line(text: str) -> None:
    asked = e.PromptAdded(participant="AI-1", text=text, by="AI-1")
    assert len((notice(asked, label) or "").splitlines()) == 1
    told = context(e.PollClosed(poll="P1", outcome=text), label)
    assert len((told or "").splitlines()) == 1


def test_a_fall_of_the_score_is_the_persons_to_know_and_nobody_elses() -> None:
    fallen = e.Slipped(score=62, threshold=80)
    assert notice(fallen, label) == "ℹ️ continuity 62, below 80"
    wider = notice(dataclasses.replace(fallen, act="widen"), label)
    assert wider == "ℹ️ continuity 62, below 80 — more lines are told word for word"
    finer = notice(dataclasses.replace(fallen, act="delaminate"), label)
    assert finer == "ℹ️ continuity 62, below 80 — laminae are made finer"
    scored = e.Scored(line=1, none=3, sent=2, full=1, score=50, verifier="abc")
    assert notice(scored, label) is None
    assert context(fallen, label) is context(scored, label) is None
