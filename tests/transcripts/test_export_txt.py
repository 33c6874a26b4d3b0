"""The old text form written, and read again."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transcripts import events as e
from transcripts.events import Cause, Entry, Event
from transcripts.export.txt import export
from transcripts.participants import Participant
from transcripts.readers.auto import read
from transcripts.readers.mojibake import damaged, forward, repair

SAMPLES = Path(__file__).parent / "samples"
SEED = Path(__file__).resolve().parents[2].parent / "shared/seeds/004_0ea5d90c91b0c248.txt"
AT = datetime(2026, 5, 1, tzinfo=UTC)


def log(*events: Event) -> list[Entry]:
    return [Entry(place, AT, event) for place, event in enumerate(events)]


def again(text: str) -> str:
    return export(read(text.encode(), name="again.txt", format="liminal-text").entries(AT))


@pytest.mark.parametrize("file", ["g0.txt", "g1.txt", "g2.txt", "g3.txt"])
def test_what_was_read_is_written_as_it_stood(file: str) -> None:
    text = (SAMPLES / file).read_bytes().decode()
    assert export(read(SAMPLES / file).entries(AT)) == text


def test_a_damaged_file_comes_back_byte_for_byte() -> None:
    damage = forward((SAMPLES / "g2.txt").read_bytes().decode(), "cp1254")
    text = export(read(damage.encode(), name="g2.txt").entries(AT))
    assert forward(text, "cp1254").encode() == damage.encode()


def test_the_events_alone_say_the_same_lines() -> None:
    entries = read(SAMPLES / "g1.txt").entries(AT)
    text = export([replace(entry, source=None) for entry in entries])
    assert text == (SAMPLES / "g1.txt").read_text(encoding="utf-8").removesuffix("\n")


def test_the_sample_comes_back_byte_for_byte() -> None:
    if not SEED.exists():
        pytest.skip("the shared sample is not here")
    mended = repair(SEED.read_bytes().decode())
    entries = read(SEED).entries(AT)
    text = export(entries)
    assert text == mended.text
    assert forward(text, mended.codec).encode() == SEED.read_bytes()
    assert export([replace(entry, source=None) for entry in entries]) == mended.text


def test_a_room_that_went_on_after_its_import_goes_on_in_the_text() -> None:
    entries = list(read(SAMPLES / "g2.txt").entries(AT))
    entries.append(Entry(len(entries), AT, e.Spoke(author="AI-1", text="later")))
    text = (SAMPLES / "g2.txt").read_text(encoding="utf-8")
    assert export(entries) == f"{text}\nAI-1 (Heron 2) \nlater"


def test_private_words_stand_in_the_notice_and_not_in_the_message() -> None:
    ada = Participant(id="AI-1", name="Ada", model="m")
    text = export(
        log(
            e.Opened(title="t"),
            e.Joined(participant=ada),
            e.Spoke(author="AI-1", text='one\n!prompt "be brief"\ntwo'),
            e.PromptAdded(participant="AI-1", text="be brief", by="AI-1", cause=Cause(2, 0)),
            e.Folded(first=0, last=3, carrier="text", size=9, digest="d", seconds=0.1),
        )
    )
    assert text == (
        '[AI-1 modified their system prompt]\n💭 [AI-1]: !prompt "be brief"\n'
        "AI-1 (Ada) \none\ntwo"
    )


def test_the_person_is_in_the_text_too() -> None:
    ada = Participant(id="AI-1", name="Ada", model="m")
    me = Participant(id="you", name="", model="")
    text = export(
        log(
            e.Opened(title="t"),
            e.Joined(participant=me),
            e.Joined(participant=ada),
            e.Spoke(author="you", text="hello"),
            e.Spoke(author="AI-1", text="hi"),
        )
    )
    assert text == "You (human) \nhello\nAI-1 (Ada) \nhi"
    assert again(text) == text


WORDS = st.text(
    alphabet=st.sampled_from("abcdefgh ijk.,'-—“”éß漢🎨[]()<>~|/_*#"), min_size=1, max_size=60
).filter(lambda text: text.strip() == text and not damaged(text))
TEXTS = st.lists(st.one_of(WORDS, st.just(""), st.just("  art  \\o/")), max_size=5).map(
    "\n".join
)
DOINGS = st.lists(
    st.sampled_from(["image", "prompt", "heat", "invite", "mute", "refused", "done", "person"]),
    max_size=4,
    unique=True,
)


@st.composite
def rooms(draw: st.DrawFn) -> list[Entry]:
    """Rooms within what the form can say."""
    seats = draw(st.integers(1, 3))
    events: list[Event] = [e.Opened(title="t")]
    names = {f"AI-{one}": draw(WORDS) for one in range(1, seats + 1)}
    for seat, name in names.items():
        events.append(e.Joined(participant=Participant(id=seat, name=name, model="m")))
    open_images: list[str] = []
    pictures = 0
    for _ in range(draw(st.integers(1, 6))):
        author = draw(st.sampled_from(list(names)))
        doings = draw(DOINGS)
        lines = [draw(TEXTS)]
        prompt, greeting = draw(WORDS), draw(WORDS)
        guest = f"Guest {len(names)}"
        if "image" in doings:
            lines.append(f'!image "{prompt}"')
        if "invite" in doings:
            lines.append(f'!add_ai "{guest}" "{greeting}"')
        if "done" in doings and open_images:
            events.append(e.ImageCreated(image=open_images.pop(0)))
        if "person" in doings:
            if not any(isinstance(one, e.Joined) and one.participant.person for one in events):
                person = Participant(id="you", name="", model="")
                events.append(e.Joined(participant=person))
            events.append(e.Spoke(author="you", text=draw(TEXTS)))
        place = len(events)
        events.append(e.Spoke(author=author, text="\n".join(lines)))
        for index, doing in enumerate(doings):
            cause = Cause(place, index)
            if doing == "image":
                pictures += 1
                open_images.append(f"I{pictures}")
                events.append(
                    e.ImageRequested(
                        image=f"I{pictures}", prompt=prompt, by=author, cause=cause
                    )
                )
            elif doing == "prompt":
                events.append(
                    e.PromptAdded(participant=author, text=prompt, by=author, cause=cause)
                )
            elif doing == "heat":
                events.append(
                    e.TemperatureSet(
                        participant=author,
                        requested=draw(st.sampled_from([0.0, 0.7, 1.0, 1.4, 2.0])),
                        effective=draw(st.sampled_from([None, 1.0])),
                        changed=draw(st.booleans()),
                        by=author,
                        cause=cause,
                    )
                )
            elif doing == "invite":
                seat = f"AI-{len(names) + 1}"
                names[seat] = guest
                newcomer = Participant(id=seat, name=guest, model="m")
                events.append(
                    e.Joined(participant=newcomer, by=author, greeting=greeting, cause=cause)
                )
            elif doing == "mute":
                events.append(e.Muted(participant=author, turns=2, by=author, cause=cause))
            elif doing == "refused":
                events.append(
                    e.Declined(
                        verb="search", argument="tea", by=author, cause=cause, result="no"
                    )
                )
    return log(*events)


@settings(max_examples=300, deadline=None)
@given(rooms())
def test_what_was_written_and_read_is_written_the_same(entries: list[Entry]) -> None:
    text = export(entries)
    assert again(text) == text
    reading = read(text.encode(), name="again.txt", format="liminal-text")
    assert reading.unplaced == ()
    bare = [replace(entry, source=None) for entry in reading.entries(AT)]
    assert export(bare) == text.removesuffix("\n") or text.endswith("\n")


def test_the_room_itself_speaks_in_the_text_and_is_read_back() -> None:
    ada = Participant(id="AI-1", name="Ada", model="m")
    ben = Participant(id="AI-2", name="Ben", model="m")
    entries = log(
        e.Opened(title="t"),
        e.Joined(participant=ada),
        e.Joined(participant=ben),
        e.Spoke(author="room", text='It is night.\n!prompt "is no command here"'),
        e.Spoke(author="AI-1", text="one"),
        e.Spoke(author="room", text="A bell."),
        e.Spoke(author="AI-2", text='two\n!prompt "be brief"'),
        e.PromptAdded(participant="AI-2", text="be brief", by="AI-2", cause=Cause(6, 0)),
        e.Spoke(author="you", text="three"),
    )
    text = export(entries)
    reading = read(text.encode(), name="room.txt")
    spoken = [one.event for one in reading.events if isinstance(one.event, e.Spoke)]
    assert [(one.author, one.text.split("\n")[0]) for one in spoken] == [
        ("room", "It is night."),
        ("AI-1", "one"),
        ("room", "A bell."),
        ("AI-2", "two"),
        ("you", "three"),
    ]
    assert spoken[0].text == 'It is night.\n!prompt "is no command here"'
    joined = [
        one.event.participant.id for one in reading.events if isinstance(one.event, e.Joined)
    ]
    assert sorted(joined) == ["AI-1", "AI-2", "you"]
    assert reading.unplaced == ()
    assert export(reading.entries(AT)) == text


@pytest.mark.parametrize("who", ["you", "room"])
def test_a_room_in_which_no_model_has_spoken_is_read_back(who: str) -> None:
    entries = log(
        e.Opened(title="t"),
        e.Joined(participant=Participant(id="you", name="Maja", model="")),
        e.Spoke(author=who, text="is anybody here?"),
        e.Spoke(author="you", text="no"),
    )
    reading = read(export(entries).encode(), name="room.txt")
    spoken = [one.event for one in reading.events if isinstance(one.event, e.Spoke)]
    assert [(one.author, one.text) for one in spoken] == [
        (who, "is anybody here?"),
        ("you", "no"),
    ]
