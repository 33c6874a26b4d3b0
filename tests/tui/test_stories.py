"""What a person sees, story by story: every screen, dark, light, in ASCII and without colour.

Compared with `__snapshots__` cell by cell, as text. Textual's SVG is ten times as long, and in
its diff nobody can read what changed: words stand at pixels of a font from far away, and looks
are numbers that all move on when there is a new one. How a story's screen is waited for,
accepted and left to look at is said in `tests.tui.story`.
"""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from textual.command import CommandPalette
from textual.pilot import Pilot
from textual.widgets import Input, TextArea

from harness import turn
from tests.seen.cells import described
from tests.tui.sitting import (
    events,
    room,
    session,
    shown,
    transcript,
    until,
    write,
)
from tests.tui.story import ASCII, DARK, LIGHT, PLAIN, SNAPSHOTS, Story, looks, story
from tests.tui.told import (
    CODE,
    EVENING,
    FALL,
    HOSTILE,
    OPENED,
    PELL,
    WATCH,
    YOU,
    used,
    write_past,
    write_room,
    write_watch,
    written_at,
)
from transcripts import events as e
from transcripts.events import Origin
from transcripts.log import Log, read
from transcripts.participants import PERSON, Participant
from tui.screens.replay import ReplayScreen
from tui.screens.wishes import CompareRooms, OpenRoom, ReplayRoom
from tui.widgets.prompt import Prompt
from tui.widgets.roster import Roster

__all__ = ["story"]

SPEECH = """23:30. Glass 986.
I have been through the *List of Lights* twice. Nothing on this coast shows
every eleven seconds, so what I see is no light but """


async def sitting(pilot: Pilot[int]) -> None:
    """Wait until the room is open and everything in it is known."""
    await until(pilot, lambda: session(pilot).stands)
    await until(pilot, lambda: pilot.app.screen.query_one(Prompt).choices.scenarios)


async def typed(pilot: Pilot[int], text: str) -> None:
    """Leave a line in the prompt."""
    prompt = pilot.app.screen.query_one(Prompt)
    prompt.query_one(TextArea).focus()
    prompt.text = text
    await pilot.pause()


async def speaks(pilot: Pilot[int], *pieces: tuple[str, str]) -> None:
    """Give the next one the floor and have it say pieces of a line, by channel."""
    await sitting(pilot)
    sits = session(pilot)
    sits.step()
    await until(pilot, lambda: room(pilot).floor()[0])
    speaker, _ = room(pilot).floor()
    for channel, text in pieces:
        sits._journal.show(turn.Piece(speaker, text, channel))
    await pilot.pause()


# The start


@looks((DARK, 80, 24), (PLAIN, 60, 20))
async def test_a_person_with_nothing_configured_sees_what_can_be_begun(story: Story) -> None:
    async with story.told() as pilot:
        await until(pilot, shown(pilot, "no keys, no local servers"))
        await until(pilot, shown(pilot, "No rooms yet"))
        await story.seen(pilot)


@looks((LIGHT, 120, 40), (ASCII, 80, 24))
async def test_a_person_with_rooms_sees_what_was_said_last_in_each(story: Story) -> None:
    _some_rooms(story)
    async with story.told() as pilot:
        await until(pilot, shown(pilot, "no keys, no local servers"))
        await until(pilot, shown(pilot, "4 rooms"))
        await pilot.press("tab", "tab")
        await story.seen(pilot)


@looks((DARK, 80, 24))
async def test_a_key_was_found_and_models_are_chosen(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = story.desk.paths.config
    folder.mkdir(parents=True)
    (folder / "models.toml").write_text(MODELS, encoding="utf-8")
    monkeypatch.setenv("HARBOUR_API_KEY", "no secret")
    async with story.told() as pilot:
        await until(pilot, shown(pilot, "key: harbour"))
        await pilot.press("home", "enter")
        await until(pilot, shown(pilot, "Tern 2"))
        await pilot.press("enter", "down")
        await story.seen(pilot)


@looks((DARK, 80, 24))
async def test_a_word_is_looked_for_in_all_rooms(story: Story) -> None:
    _some_rooms(story)
    async with story.told() as pilot:
        await until(pilot, shown(pilot, "4 rooms"))
        await until(pilot, shown(pilot, "no keys, no local servers"))
        await pilot.press("slash", *"light")
        await until(pilot, shown(pilot, "2 lines"))
        await story.seen(pilot)


@looks((ASCII, 60, 20))
async def test_a_room_is_to_be_deleted_and_it_is_asked_first(story: Story) -> None:
    _some_rooms(story)
    async with story.told() as pilot:
        await until(pilot, shown(pilot, "4 rooms"))
        await until(pilot, shown(pilot, "no keys, no local servers"))
        await pilot.press("tab", "tab", "x")
        await until(pilot, shown(pilot, "Delete The last watch?"))
        await story.seen(pilot)


@looks((LIGHT, 80, 24))
async def test_an_import_found_lines_that_it_could_not_place(story: Story) -> None:
    (Path.cwd() / "ladder.txt").write_text(FOREIGN, encoding="utf-8")
    async with story.told() as pilot:
        await until(pilot, shown(pilot, "No rooms yet"))
        await until(pilot, shown(pilot, "no keys, no local servers"))
        await pilot.press("i", *"ladder.txt", "enter")
        await until(pilot, shown(pilot, "Enter opens it"))
        await story.seen(pilot)


# In a room


@looks((DARK, 80, 24), (LIGHT, 140, 40), (PLAIN, 120, 40))
async def test_a_model_drew_and_was_refused(story: Story) -> None:
    write_watch(story.desk)
    async with story.told(OpenRoom(WATCH, place=12)) as pilot:
        await sitting(pilot)
        await story.seen(pilot)


@looks((DARK, 80, 24))
async def test_a_picture_stands_between_the_lines(story: Story) -> None:
    write_watch(story.desk)
    async with story.told(OpenRoom(WATCH, place=17), pictures=True) as pilot:
        await sitting(pilot)
        await until(pilot, lambda: "#204880" in described(pilot.app))
        await story.seen(pilot)


@looks((LIGHT, 80, 24))
async def test_reasoning_is_folded_away_until_it_is_asked_for(story: Story) -> None:
    write_watch(story.desk)
    async with story.told(OpenRoom(WATCH, place=19)) as pilot:
        await sitting(pilot)
        await story.seen(pilot, "folded")
        await pilot.press("space")
        await until(pilot, shown(pilot, "Eleven is no multiple of eight"))
        await story.seen(pilot, "unfolded")


@looks((ASCII, 80, 24))
async def test_a_refusal_unfolds_to_all_of_it(story: Story) -> None:
    write_watch(story.desk)
    async with story.told(OpenRoom(WATCH, place=14)) as pilot:
        await sitting(pilot)
        await pilot.press("space")
        await story.seen(pilot)


@looks((DARK, 120, 40))
async def test_code_a_table_verse_and_a_drawing_stand_as_they_are_meant(story: Story) -> None:
    usage = used(PELL, 512, 401, 6.2)
    write_room(
        story.desk,
        "signals-20260312-214000",
        [
            replace(OPENED, title="Signals"),
            YOU,
            e.Joined(participant=PELL),
            e.Spoke(author="AI-2", text=CODE, usage=usage),
        ],
    )
    async with story.told(OpenRoom("signals-20260312-214000", place=3)) as pilot:
        await sitting(pilot)
        await story.seen(pilot)
        await pilot.press("m")
        await until(pilot, shown(pilot, "```python"))
        await story.seen(pilot, "as-written")


@looks((LIGHT, 120, 40), (ASCII, 80, 24))
async def test_a_hostile_transcript_does_nothing_to_the_screen(story: Story) -> None:
    hostile = Participant(
        id="AI-1", name="[/b] \x1b[2J\u202eeno", model="x/[red]y", temperature=1.0
    )
    write_room(
        story.desk,
        "hostile-20260312-214000",
        [
            e.Opened(title="[bold]A title[/bold] \x1b]0;mine\x07 \u202ettib", seed=1),
            YOU,
            e.Joined(participant=hostile),
            e.Spoke(author="AI-1", text=HOSTILE, usage=used(hostile, 5, 7, 0.2)),
            e.Faltered(author="AI-1", error="Refused", detail="[/] \x1b[31mred\x1b[0m \u2066x"),
        ],
    )
    async with story.told(OpenRoom("hostile-20260312-214000")) as pilot:
        await sitting(pilot)
        await story.seen(pilot)


@looks((DARK, 120, 40))
async def test_ten_thousand_messages_open_at_their_end(story: Story) -> None:
    write_room(story.desk, "long-20260312-214000", _long(10_000))
    async with story.told(OpenRoom("long-20260312-214000")) as pilot:
        await sitting(pilot)
        await until(pilot, shown(pilot, "message 10,000"))
        await story.seen(pilot)


@looks((DARK, 80, 24))
async def test_a_reader_stays_where_they_are_while_lines_come(story: Story) -> None:
    write_watch(story.desk)
    async with story.told(OpenRoom(WATCH, place=8)) as pilot:
        await speaks(pilot, ("speech", SPEECH))
        transcript(pilot).focus()
        await pilot.press("home")
        session(pilot).change("title", "The last watch, and no other")
        session(pilot).say("I am reading further up.")
        await until(pilot, shown(pilot, "new line"))
        await story.seen(pilot)


# Steering


@looks((DARK, 80, 24))
async def test_a_line_waits_while_another_speaks(story: Story) -> None:
    write_watch(story.desk)
    async with story.told(OpenRoom(WATCH)) as pilot:
        await speaks(pilot, ("speech", SPEECH))
        await write(pilot, "Ansgar, look at the north landing.")
        await write(pilot, "And count the lamps.")
        await until(pilot, lambda: len(events(pilot, e.Queued)) == 2)
        await until(pilot, shown(pilot, "queued 2"))
        await typed(pilot, "And one more")
        await story.seen(pilot)


@looks((DARK, 140, 40))
async def test_a_model_thinks_aloud_and_its_private_command_never_shows(story: Story) -> None:
    write_watch(story.desk)
    async with story.told(OpenRoom(WATCH)) as pilot:
        thought = "The ring is cracked, it is in the book. But is the book right? "
        await speaks(pilot, ("reasoning", thought), ("speech", SPEECH))
        await until(pilot, shown(pilot, "List of Lights"))
        await story.seen(pilot)


@looks((DARK, 80, 24), (LIGHT, 60, 20))
async def test_a_whisper_is_being_written(story: Story) -> None:
    write_watch(story.desk)
    async with story.told(OpenRoom(WATCH)) as pilot:
        await sitting(pilot)
        await pilot.press("ctrl+t")
        await until(pilot, shown(pilot, "everybody reads it"))
        await pilot.press(*["down"] * 5)
        await story.seen(pilot, "to-whom")
        await pilot.press("enter")
        await typed(pilot, "Is the ring sound? Tell me and nobody else.")
        await story.seen(pilot)


@looks((LIGHT, 60, 20))
async def test_a_command_is_being_completed(story: Story) -> None:
    write_watch(story.desk)
    async with story.told(OpenRoom(WATCH)) as pilot:
        await sitting(pilot)
        await typed(pilot, "/te")
        await until(pilot, shown(pilot, "/temp"))
        await story.seen(pilot, "name")
        await pilot.press("tab")
        await until(pilot, shown(pilot, "AI-3"))
        await story.seen(pilot, "argument")


@looks((DARK, 80, 24))
async def test_a_command_that_cannot_be_read_stays_with_the_reason(story: Story) -> None:
    write_watch(story.desk)
    async with story.told(OpenRoom(WATCH)) as pilot:
        await sitting(pilot)
        await write(pilot, "/temp AI-9 1")
        await story.seen(pilot)


@looks((LIGHT, 80, 24))
async def test_an_approval_waits(story: Story) -> None:
    asked = e.ApprovalAsked(
        approval="A2",
        verb="add_ai",
        argument="Brackwater Radio",
        by="AI-2",
    )
    first = e.ApprovalAsked(
        approval="A1",
        verb="image",
        argument="a storm lantern on wet stone steps at night, a rope made fast to an old iron "
        "ring with one bright new bolt, five people coming up out of the dark",
        by="AI-3",
    )
    write_watch(story.desk, [first, asked])
    async with story.told(OpenRoom(WATCH)) as pilot:
        await sitting(pilot)
        await until(pilot, shown(pilot, "wants"))
        await story.seen(pilot)
        await pilot.press("f2", "enter")
        await story.seen(pilot, "opened")


@looks((LIGHT, 80, 24))
async def test_a_participant_failed_and_it_says_what_to_do(story: Story) -> None:
    failed = e.Faltered(
        author="AI-1",
        error="Unauthorised",
        detail="401: the key was not accepted",
        attempts=3,
    )
    benched = e.Benched(participant="AI-1", failures=3)
    write_watch(story.desk, [failed, benched])
    async with story.told(OpenRoom(WATCH)) as pilot:
        await sitting(pilot)
        await story.seen(pilot)


@looks((PLAIN, 80, 24))
async def test_a_budget_is_reached_and_it_is_asked(story: Story) -> None:
    write_watch(story.desk)
    async with story.told(OpenRoom(WATCH)) as pilot:
        await sitting(pilot)
        session(pilot).resume()
        session(pilot).pause("budget reached: 100 of 100 turns", by="room")
        await until(pilot, shown(pilot, "Go on?"))
        await story.seen(pilot)


@looks((DARK, 80, 24))
async def test_a_room_open_elsewhere_is_read_only_and_says_why(story: Story) -> None:
    write_watch(story.desk)
    with Log(story.desk.rooms.log(WATCH), now=EVENING):
        async with story.told(OpenRoom(WATCH), notices=True) as pilot:
            await until(pilot, shown(pilot, "one writer"))
            await story.seen(pilot)


# Beside the transcript


@looks((DARK, 140, 40), (LIGHT, 60, 20))
async def test_the_roster_tells_who_is_there(story: Story) -> None:
    write_watch(
        story.desk,
        [
            e.Muted(participant="AI-1", turns=2, by="AI-1", result="listening for 2 turns"),
            e.PollOpened(
                poll="P1",
                question="Which landing do we light for her?",
                options=("north", "south"),
                by="AI-2",
            ),
            e.Voted(poll="P1", choice="north", by="AI-3"),
        ],
    )
    async with story.told(OpenRoom(WATCH)) as pilot:
        await sitting(pilot)
        await pilot.press("ctrl+r")
        await until(pilot, lambda: pilot.app.screen.query_one(Roster).has_focus)
        await pilot.press("down", "enter")
        await story.seen(pilot)


@looks((DARK, 140, 40), (ASCII, 60, 20))
async def test_the_memory_is_opened(story: Story) -> None:
    write_watch(story.desk)
    async with story.told(OpenRoom(WATCH)) as pilot:
        await sitting(pilot)
        await pilot.press("f3")
        await until(pilot, shown(pilot, "fold of 18 to 20"))
        await story.seen(pilot, "text")
        await pilot.press("d")
        await until(pilot, shown(pilot, "What changed"))
        await story.seen(pilot, "changes")


@looks((DARK, 140, 40), (LIGHT, 80, 24), (ASCII, 60, 20), (PLAIN, 80, 24))
async def test_the_past_says_what_came_back_and_what_was_done(story: Story) -> None:
    write_past(story.desk)
    async with story.told(OpenRoom(WATCH)) as pilot:
        await sitting(pilot)
        await until(pilot, lambda: "not coded yet" in str(session(pilot).keeping))
        await pilot.press("f3")
        await until(pilot, shown(pilot, "Recalled"))
        await story.seen(pilot, "cc")
        await pilot.press("v")
        await until(pilot, shown(pilot, "because of oil, burner"))
        await story.seen(pilot, "past")
        await pilot.press("G")
        await until(pilot, shown(pilot, "49,112 bytes are coded"))
        await story.seen(pilot, "keeper")


@looks((DARK, 80, 24))
async def test_a_split_of_the_past_is_to_be_taken_back_and_it_is_asked_first(
    story: Story,
) -> None:
    write_past(story.desk)
    async with story.told(OpenRoom(WATCH)) as pilot:
        await sitting(pilot)
        await pilot.press("f3")
        await until(pilot, shown(pilot, "Recalled"))
        await pilot.press("u")
        await until(pilot, shown(pilot, "Take back what?"))
        await story.seen(pilot, "which")
        await pilot.press("escape")
        await write(pilot, "/undo 26")
        await until(pilot, shown(pilot, "No word is lost"))
        await story.seen(pilot, "sure")


@looks((PLAIN, 200, 60))
async def test_a_very_wide_terminal_shows_roster_and_memory_both(story: Story) -> None:
    write_watch(story.desk)
    async with story.told(OpenRoom(WATCH)) as pilot:
        await sitting(pilot)
        await pilot.press("f3")
        await until(pilot, shown(pilot, "fold of 18 to 20"))
        assert pilot.app.screen.query_one(Roster).display
        await story.seen(pilot)


# Replay, forks, two rooms


@looks((DARK, 140, 40), (LIGHT, 80, 24))
async def test_a_replay_stands_at_a_fold_and_the_memory_with_it(story: Story) -> None:
    write_watch(story.desk)
    async with story.told(ReplayRoom(WATCH)) as pilot:
        await until(pilot, lambda: isinstance(pilot.app.screen, ReplayScreen))
        await until(pilot, shown(pilot, "/22"))
        await pilot.press("p", "0")
        await until(pilot, shown(pilot, " 0/22"))
        await pilot.press("f3")
        await until(pilot, shown(pilot, "Nothing is folded yet"))
        await pilot.press("o", "o")
        await until(pilot, shown(pilot, "places 0 to 10"))
        await story.seen(pilot)


@looks((DARK, 80, 24), (LIGHT, 140, 40), (ASCII, 80, 24), (PLAIN, 50, 20))
async def test_continuity_fell_and_the_person_is_told(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENFOLD_CONTINUITY__LIVE", "always")
    write_watch(story.desk, FALL)
    async with story.told(OpenRoom(WATCH)) as pilot:
        await sitting(pilot)
        await until(pilot, shown(pilot, "continuity 71, below 80"))
        await story.seen(pilot)


@looks((DARK, 140, 40), (LIGHT, 80, 24), (ASCII, 50, 20), (PLAIN, 200, 60))
async def test_the_memory_says_how_well_it_goes_on(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENFOLD_CONTINUITY__LIVE", "always")
    write_watch(story.desk, FALL)
    async with story.told(OpenRoom(WATCH)) as pilot:
        await sitting(pilot)
        await pilot.press("f3")
        await until(pilot, shown(pilot, "fold of 18 to 20"))
        await until(pilot, shown(pilot, "Continuity"))
        await story.seen(pilot)


@looks((DARK, 140, 40), (LIGHT, 80, 24))
async def test_a_replay_has_the_continuity_of_its_place(story: Story) -> None:
    write_watch(story.desk, FALL)
    async with story.told(ReplayRoom(WATCH, place=28)) as pilot:
        await until(pilot, lambda: isinstance(pilot.app.screen, ReplayScreen))
        await until(pilot, shown(pilot, "/33"))
        await pilot.press("p", "f3")
        await until(pilot, shown(pilot, "fold of 18 to 20"))
        await until(pilot, shown(pilot, "Continuity"))
        await story.seen(pilot)


@looks((ASCII, 120, 40))
async def test_a_room_has_forks(story: Story) -> None:
    _forks(story)
    async with story.told(OpenRoom(WATCH)) as pilot:
        await sitting(pilot)
        await pilot.press("f4")
        await until(pilot, shown(pilot, "edited AI-1 at 8"))
        await pilot.press("down", "d", "up")
        await story.seen(pilot)


@looks((LIGHT, 140, 40), (PLAIN, 60, 20))
async def test_two_rooms_are_read_side_by_side(story: Story) -> None:
    left, right = _forks(story)
    async with story.told(OpenRoom(WATCH)) as pilot:
        await sitting(pilot)
        pilot.app.post_message(CompareRooms(left, right))
        await until(pilot, shown(pilot, "2 lines after 7"))
        await story.seen(pilot)


# What lies over a room


@looks((DARK, 80, 24))
async def test_a_line_is_edited(story: Story) -> None:
    write_watch(story.desk)
    async with story.told(OpenRoom(WATCH, place=8)) as pilot:
        await sitting(pilot)
        await pilot.press("e")
        await until(pilot, shown(pilot, "Edit the line"))
        await story.seen(pilot)


@looks((LIGHT, 120, 40))
async def test_the_person_looks_at_what_a_model_would_be_sent(story: Story) -> None:
    write_watch(story.desk)
    async with story.told(OpenRoom(WATCH)) as pilot:
        await sitting(pilot)
        await write(pilot, "/context AI-2")
        await until(pilot, shown(pilot, "would be sent now"))
        await story.seen(pilot)


@looks((DARK, 80, 24))
async def test_help_says_what_can_be_done_here(story: Story) -> None:
    write_watch(story.desk)
    async with story.told(OpenRoom(WATCH)) as pilot:
        await sitting(pilot)
        await pilot.press("f1")
        await until(pilot, shown(pilot, "Keys here"))
        await story.seen(pilot)


@looks((DARK, 80, 24))
async def test_the_palette_finds_everything_that_can_be_done(story: Story) -> None:
    write_watch(story.desk)
    async with story.told(OpenRoom(WATCH)) as pilot:
        await sitting(pilot)
        await pilot.press("ctrl+p")
        await until(pilot, lambda: isinstance(pilot.app.screen, CommandPalette))
        await pilot.press(*"fork")
        await until(pilot, shown(pilot, "key: "))
        await story.seen(pilot)


@looks((ASCII, 60, 20))
async def test_a_room_is_exported(story: Story) -> None:
    write_watch(story.desk)
    async with story.told(OpenRoom(WATCH)) as pilot:
        await sitting(pilot)
        await pilot.press("ctrl+e")
        await until(pilot, shown(pilot, "Export The last watch"))
        await pilot.press("down")
        await until(pilot, shown(pilot, "pictures inside the file"))
        await story.seen(pilot)


@looks((LIGHT, 80, 24))
async def test_words_are_found_in_the_room_and_marked(story: Story) -> None:
    write_watch(story.desk)
    async with story.told(OpenRoom(WATCH)) as pilot:
        await sitting(pilot)
        transcript(pilot).focus()
        await pilot.press("slash")
        await until(pilot, lambda: pilot.app.screen.query(Input))
        await pilot.press(*"light")
        await story.seen(pilot, "asked")
        await pilot.press("enter", "N")
        await until(pilot, lambda: transcript(pilot)._matches)
        await story.seen(pilot)


@looks((LIGHT, 60, 20))
async def test_a_participant_is_to_be_sent_out_and_it_is_asked_first(story: Story) -> None:
    write_watch(story.desk)
    async with story.told(OpenRoom(WATCH)) as pilot:
        await sitting(pilot)
        await write(pilot, "/remove AI-2")
        await until(pilot, shown(pilot, "Send AI-2 (Pell) out?"))
        await story.seen(pilot)


# Whatever was told


def test_no_snapshot_is_left_of_a_story_that_nobody_tells() -> None:
    stories = {name.removeprefix("test_") for name in globals() if name.startswith("test_")}
    told = {file.name.partition(".")[0] for file in SNAPSHOTS.glob("*.txt")}
    assert told <= stories


# Rooms


MODELS = """
[[model]]
id = "harbour/tern-2"
name = "Tern 2"
provider = "harbour"
key = "HARBOUR_API_KEY"
window = 128000

[[model]]
id = "harbour/curlew"
name = "Curlew"
provider = "harbour"
key = "HARBOUR_API_KEY"
window = 32000
vision = true
"""

FOREIGN = """🎨 [AI-1 (Heron 1)]: !image "a ladder leaning on fog" (generating...)
✨ [AI-1]: !add_ai "Marten" "up here"
AI-1 (Heron 1)
I left a ladder out.
AI-2 (Heron 1)
I see it.
🎨 AI-1 (Heron 1) created an image\ufffc
[AI-1 (Heron 1)]: !image "a ladder leaning on fog"
🗳️ [AI-1 (Heron 1)]: !vote P3 yes
AI-3 (Marten)
It holds.
"""


def _some_rooms(story: Story) -> None:
    """A room of today, one of last week, a fork, and one whose log cannot be read."""
    desk = story.desk
    write_room(
        desk,
        "two-maps-20260227-090000",
        [
            e.Opened(title="Two maps of the Orle", seed=2),
            YOU,
            e.Joined(participant=Participant(id="AI-1", name="Hedda Roth", model="x/roth")),
            e.Joined(participant=Participant(id="AI-2", name="Luk Amsel", model="x/amsel")),
            e.Spoke(author=PERSON, text="Which of the two is older?"),
            e.Spoke(author="AI-1", text="The one without the ford. In this light you see it."),
        ],
        start=EVENING - timedelta(days=13, hours=12),
    )
    _forks(story)
    torn = desk.rooms.log("torn-20260301-120000")
    torn.parent.mkdir()
    torn.write_text('{"v":1,"place":0,"at":"2026-0\n', encoding="utf-8")
    written_at(torn, EVENING - timedelta(days=20))


def _forks(story: Story) -> tuple[str, str]:
    """The watch, and a fork of it in which the keeper's line is another."""
    write_watch(story.desk)
    rooms = story.desk.rooms
    past = list(read(rooms.log(WATCH)))[:8]
    fork = rooms.branch(
        Origin(WATCH, 7, by="edit", line=8, author="AI-1"),
        past,
        then=[
            e.Spoke(author="AI-1", text="22:40. I open the book.", edited=PERSON),
            e.Spoke(
                author="AI-2", text="Then I need not whisper.", usage=used(PELL, 9, 9, 1.0)
            ),
        ],
        now=EVENING + timedelta(hours=9, minutes=20),
    )
    written_at(rooms.log(fork), EVENING + timedelta(hours=9, minutes=20))
    return WATCH, fork


def _long(messages: int) -> list[e.Event]:
    """A room in which two models count."""
    opened = replace(OPENED, title="Ten thousand", carrier="empty")
    two = [e.Joined(participant=replace(PELL, id=f"AI-{n}", name=f"Clerk {n}")) for n in (1, 2)]
    usage = used(PELL, 640, 24, 0.8)
    said = [
        e.Spoke(
            author=f"AI-{number % 2 + 1}",
            text=f"This is message {number:,}.\nThe one after it is {number + 1:,}.",
            usage=usage,
        )
        for number in range(1, messages + 1)
    ]
    return [opened, YOU, *two, *said]
