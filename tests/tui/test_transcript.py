"""The transcript on a screen."""

import asyncio
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest
from rich.cells import cell_len
from rich.segment import Segment
from textual.app import App, ComposeResult
from textual.containers import VerticalScroll
from textual.geometry import Offset
from textual.message import Message
from textual.pilot import Pilot
from textual.selection import Selection
from textual.strip import Strip
from textual.widgets import Input, Static

from tests.fakes import cast
from transcripts import events as e
from transcripts.events import Cause, Entry, Event
from tui.widgets.transcript import Transcript

NOW = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
WORDS = ["lantern", "harbour", "ledger", "tide", "copper", "orchard", "signal", "meadow"]


def log(
    *events: Event, names: Sequence[str] = ("Ada", "Bob"), title: str = "a room"
) -> list[Entry]:
    happened = [
        e.Opened(title=title),
        *(e.Joined(participant=one) for one in cast(*names)),
        *events,
    ]
    return [Entry(place, NOW, event) for place, event in enumerate(happened)]


def talk(messages: int, *, words: int = 40) -> list[Entry]:
    draw = Random(1)
    return log(
        *(
            e.Spoke(
                author=f"AI-{1 + turn % 2}",
                text=f"line {turn}: " + " ".join(draw.choices(WORDS, k=draw.randint(1, words))),
            )
            for turn in range(messages)
        )
    )


class Stand(App[None]):
    """A transcript with a line to type on below it."""

    def __init__(self, entries: Sequence[Entry] = (), **options: Any) -> None:
        super().__init__()
        self.entries = entries
        self.transcript = Transcript(**options)
        self.heard: list[Message] = []

    def compose(self) -> ComposeResult:
        yield self.transcript
        yield Input()

    async def on_mount(self) -> None:
        await self.transcript.load(self.entries)
        self.transcript.focus()

    def on_transcript_copied(self, message: Transcript.Copied) -> None:
        self.heard.append(message)

    def on_transcript_edit_asked(self, message: Transcript.EditAsked) -> None:
        self.heard.append(message)

    def on_transcript_regenerate_asked(self, message: Transcript.RegenerateAsked) -> None:
        self.heard.append(message)

    def on_transcript_continue_asked(self, message: Transcript.ContinueAsked) -> None:
        self.heard.append(message)

    def on_transcript_fork_asked(self, message: Transcript.ForkAsked) -> None:
        self.heard.append(message)

    def on_transcript_search_asked(self, message: Transcript.SearchAsked) -> None:
        self.heard.append(message)

    def on_transcript_reached_end(self, message: Transcript.ReachedEnd) -> None:
        self.heard.append(message)

    def on_transcript_selected(self, message: Transcript.Selected) -> None:
        self.heard.append(message)

    def last(self, kind: type[Message]) -> Any:
        return next((one for one in reversed(self.heard) if isinstance(one, kind)), None)


@dataclass
class Stage:
    app: Stand
    pilot: Pilot[None]

    @property
    def transcript(self) -> Transcript:
        return self.app.transcript

    def screen(self) -> list[str]:
        """Return the rows of the transcript as a terminal has them, without the scrollbar."""
        size = self.transcript.size
        return [self.transcript.render_line(y).text.rstrip() for y in range(size.height)]

    def row(self, text: str) -> int:
        """Return the row of the screen that has `text`."""
        for y, row in enumerate(self.screen()):
            if text in row:
                return y
        raise AssertionError(f"{text!r} is not on the screen:\n" + "\n".join(self.screen()))

    def painted(self) -> list[str]:
        """Return the rows that the compositor really painted."""
        strips: list[Strip] = self.app.screen._compositor.render_strips()
        return [strip.text for strip in strips]

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def add(self, *events: Event) -> None:
        for event in events:
            place = self.transcript.page.room.next_place
            self.transcript.add(Entry(place, NOW, event))
        await self.pilot.pause()


@asynccontextmanager
async def stand(
    entries: Sequence[Entry] = (), *, size: tuple[int, int] = (80, 24), **options: Any
) -> AsyncGenerator[Stage, None]:
    app = Stand(entries, **options)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        yield Stage(app, pilot)


async def _measured(stage: Stage) -> None:
    """Wait until the scrollbar tells the truth."""
    for _ in range(1000):
        if stage.transcript.measured:
            return
        await asyncio.sleep(0.02)
    raise AssertionError("never measured")


# What is shown


async def test_a_room_opens_at_its_end() -> None:
    async with stand(talk(300)) as stage:
        assert stage.transcript.following
        rows = stage.screen()
        assert any("line 299:" in row for row in rows)
        assert rows == [row[: len(row)] for row in rows]
        assert stage.transcript.scroll_y == stage.transcript.max_scroll_y


@pytest.mark.parametrize("ascii", [False, True])
async def test_words_of_others_are_shown_to_the_letter(ascii: bool) -> None:
    text = (
        "[AI-1 (Ada)] [/] [bold]tag[/bold] <b>&amp;\n"
        "\x1b[31mred\x1b[0m \x07 \u202eturned\n"
        "wide 東京 combining é flag 🇩🇪 family 👨‍👩‍👧 end\n"
        "   /\\_/\\\n  ( o.o )\n"
    )
    async with stand(log(e.Spoke(author="AI-1", text=text)), ascii=ascii) as stage:
        shown = "\n".join(stage.screen())
        for line in (
            "[AI-1 (Ada)] [/] [bold]tag[/bold] <b>&amp;",
            "␛[31mred␛[0m ␇ ⟨U+202E⟩turned",
            "wide 東京 combining é flag 🇩🇪 family 👨‍👩‍👧 end",
            "   /\\_/\\",
            "  ( o.o )",
        ):
            assert line in shown
        assert "\x1b" not in "".join(stage.painted())
        assert all(cell_len(row) <= 80 for row in stage.painted())


async def test_with_ascii_nothing_of_ours_is_more() -> None:
    entries = log(
        e.Spoke(author="you", text="hello"),
        e.Spoke(author="AI-1", text="thinking", reasoning="hm", usage=e.Usage(seconds=1.0)),
        e.PromptAdded(participant="AI-1", text="be brief", by="AI-1", cause=Cause(4, 0)),
        e.Faltered(author="AI-2", error="RateLimited", detail="429"),
    )
    async with stand(entries, size=(80, 11), ascii=True) as stage:
        await stage.press("g")
        stage.transcript.begin("AI-1")
        await stage.add(*(e.Spoke(author="AI-2", text=f"more\n{n}") for n in range(20)))
        rows = stage.screen()
        assert any(row.endswith("v 20 new lines") for row in rows)
        assert any(row.startswith(">") for row in rows)
        assert all(row.isascii() for row in rows), [row for row in rows if not row.isascii()]


async def test_without_colours_the_cursor_the_names_and_matches_are_still_told_apart(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with stand(talk(3)) as stage:
        stage.transcript.search("copper")
        await stage.pilot.pause()
        assert stage.app.no_color
        strips: list[Strip] = stage.app.screen._compositor.render_strips()
        for strip in strips:
            for segment in strip:
                if segment.style is not None and segment.style.color is not None:
                    triplet = segment.style.color.get_truecolor()
                    assert len(set(triplet)) == 1, "only greys"
        found = [
            segment for strip in strips for segment in strip if segment.text.strip() == "copper"
        ]
        assert found
        assert all(segment.style and segment.style.underline for segment in found)
        assert any(row.startswith("▎AI-1 (Ada)") for row in stage.screen())


async def test_names_have_the_colours_they_are_given() -> None:
    entries = talk(2)
    async with stand(entries, colour_of={"AI-1": "#ff8800"}) as stage:

        def colour(name: str) -> object:
            strip = stage.transcript.render_line(stage.row(f"{name}  scripted"))
            style = next(segment.style for segment in strip if name in segment.text)
            assert style is not None
            assert style.bold
            assert style.color is not None
            return style.color.get_truecolor().hex

        assert colour("AI-1 (Ada)") == "#ff8800"
        second = colour("AI-2 (Bob)")
        assert second != "#ff8800"
        stage.transcript.colour_of = lambda author: "#00ff00" if author == "AI-2" else ""
        assert colour("AI-2 (Bob)") == "#00ff00"
        assert colour("AI-1 (Ada)") != "#ff8800"


async def test_pictures_are_asked_for_when_they_are_drawn_and_leave_their_caption_without() -> (
    None
):
    class Painter:
        def __init__(self) -> None:
            self.asked: list[tuple[str, int, int]] = []
            self.ready = False

        def rows(self, file: str, columns: int, rows: int) -> list[Strip] | None:
            self.asked.append((file, columns, rows))
            return [Strip([Segment("#" * columns)])] * (rows - 1) if self.ready else None

        def reason(self, file: str) -> str:
            return ""

        def sharpened(self, strips: list[Strip], *, covered: bool) -> list[Strip]:
            assert not covered
            return strips

    entries = log(
        e.ImageRequested(image="I1", prompt="a red lantern", by="AI-1"),
        e.ImageCreated(image="I1", file="f.png", width=400, height=300),
    )
    painter = Painter()
    async with stand(entries) as stage:
        assert stage.row("a red lantern")
        before = stage.transcript.virtual_size.height
        stage.transcript.pictures = painter
        await stage.pilot.pause()
        assert stage.transcript.virtual_size.height > before
        file, columns, rows = painter.asked[-1]
        assert file == "f.png"
        assert rows == stage.transcript.virtual_size.height - before
        assert 8 < columns < 80
        painter.ready = True
        stage.transcript.redraw_picture("f.png")
        await stage.pilot.pause()
        assert len({one[1:] for one in painter.asked}) == 1
        drawn = [row for row in stage.screen() if "#" in row]
        assert drawn == ["▎  " + "#" * columns] * (rows - 1), "beside the cursor"
        stage.transcript.pictures = None
        await stage.pilot.pause()
        assert stage.transcript.virtual_size.height == before


# Following and standing still


async def test_it_follows_at_the_end_and_says_what_is_new_elsewhere() -> None:
    async with stand(talk(50)) as stage:
        await stage.add(e.Spoke(author="AI-1", text="and one more"))
        assert stage.row("and one more") >= 20
        await stage.press("pageup")
        assert not stage.transcript.following
        before = stage.screen()
        await stage.add(e.Spoke(author="AI-1", text="not seen"))
        assert stage.screen()[-1].endswith("▼ 1 new line")
        await stage.add(*(e.Spoke(author="AI-1", text="nor this") for _ in range(11)))
        assert stage.screen()[-1].endswith("▼ 12 new lines")
        assert stage.screen()[:-1] == before[:-1]
        await stage.press("end")
        assert stage.transcript.following
        assert "new" not in stage.screen()[-1]
        assert isinstance(stage.app.heard[-1], Transcript.ReachedEnd)


async def test_the_mark_for_new_lines_can_be_clicked() -> None:
    async with stand(talk(50)) as stage:
        await stage.press("pageup", "pageup")
        await stage.add(e.Spoke(author="AI-1", text="not seen"))
        row = stage.screen()[-1]
        await stage.pilot.click(
            stage.transcript, offset=(row.index("▼"), len(stage.screen()) - 1)
        )
        await stage.pilot.pause()
        assert stage.transcript.following
        assert stage.row("not seen")


async def test_the_wheel_leaves_the_end_and_comes_back_to_it() -> None:
    async with stand(talk(200)) as stage:
        transcript = stage.transcript
        for _ in range(5):
            transcript.scroll_up(animate=False)
            await stage.pilot.pause()
        assert not transcript.following
        top = stage.screen()[0]
        await stage.add(e.Spoke(author="AI-1", text="x\n" * 30))
        assert stage.screen()[0] == top
        while not transcript.following:
            transcript.scroll_page_down(animate=False)
            await stage.pilot.pause()
        assert isinstance(stage.app.heard[-1], Transcript.ReachedEnd)


async def test_what_is_read_stays_while_all_the_rest_is_measured() -> None:
    async with stand(talk(6000)) as stage:
        transcript = stage.transcript
        transcript.scroll_to(y=12_000, animate=False)
        assert not transcript.measured
        before = stage.screen()
        scrolled = transcript.scroll_y
        await _measured(stage)
        assert stage.screen() == before
        assert transcript.scroll_y != scrolled, "what was guessed above was not exact"
        assert stage.painted()[: len(before)] != []


async def test_what_is_read_stays_when_something_above_is_unfolded() -> None:
    words = "all the words of a long prompt " * 20
    entries = log(
        *(
            event
            for turn in range(60)
            for event in (
                e.Spoke(author="AI-1", text=f"turn {turn}"),
                e.PromptAdded(
                    participant="AI-1", text=words, by="AI-1", cause=Cause(3 + 2 * turn, 0)
                ),
            )
        )
    )
    async with stand(entries) as stage:
        stage.transcript.scroll_to(y=100, animate=False)
        await stage.pilot.pause()
        before = stage.screen()
        stage.transcript._column.toggle_fold(4)
        stage.transcript._settle()
        await stage.pilot.pause()
        assert stage.screen() == before


async def test_the_row_at_the_top_stays_at_the_top_through_resizing() -> None:
    async with stand(talk(300, words=90), size=(100, 30)) as stage:
        stage.transcript.scroll_to(y=700, animate=False)
        await stage.pilot.pause()
        before = stage.screen()
        first = before[0].strip(" │")[:12]
        for size in ((60, 20), (140, 40), (43, 12), (100, 30)):
            await stage.pilot.resize_terminal(*size)
            await stage.pilot.pause()
            assert first in " ".join(row.strip(" │") for row in stage.screen()[:2]), size
        assert stage.screen() == before


async def test_at_the_end_it_stays_at_the_end_through_resizing() -> None:
    async with stand(talk(100, words=90), size=(100, 30)) as stage:
        for size in ((60, 20), (140, 40)):
            await stage.pilot.resize_terminal(*size)
            await stage.pilot.pause()
            assert stage.transcript.following
            assert stage.transcript.scroll_y == stage.transcript.max_scroll_y


async def test_a_place_is_shown_and_marked() -> None:
    entries = talk(500)
    async with stand(entries) as stage:
        stage.app.query_one(Input).focus()
        stage.transcript.show_place(203)
        await stage.pilot.pause()
        row = stage.row("line 200:")
        assert stage.screen()[row].startswith("▎")
        assert stage.app.last(Transcript.Selected).place == 203
        stage.transcript.show_place(10_000)
        await stage.pilot.pause()
        assert stage.row("line 499:")
        stage.transcript.show_place(0)
        await stage.pilot.pause()
        assert "a room" in stage.screen()[0]


async def test_a_place_asked_for_while_a_log_is_read_in_is_shown_after_it() -> None:
    async with stand() as stage:
        loading = asyncio.create_task(stage.transcript.load(talk(3000)))
        await asyncio.sleep(0)
        stage.transcript.show_place(1000)
        stage.transcript.add(Entry(3003, NOW, e.Spoke(author="AI-1", text="meanwhile")))
        await loading
        await stage.pilot.pause()
        assert stage.row("line 997:") is not None
        await stage.press("G")
        assert stage.row("meanwhile")


# The line being written


async def test_a_line_being_written_looks_as_it_will_when_it_is_done() -> None:
    text = (
        "First some **words** that go on for more than one row of the screen, as they do.\n\n"
        "```python\ndef f():\n    return 1\n```\n\n- a list\n- of two\n\nand an end"
    )
    async with stand(talk(20)) as stage:
        transcript = stage.transcript
        transcript.begin("AI-1")
        await stage.pilot.pause()
        assert "AI-1 (Ada)" in stage.screen()[-1] or stage.row("AI-1 (Ada)")
        for start in range(0, len(text), 7):
            transcript.piece("AI-1", text[start : start + 7])
        await stage.pilot.pause(0.15)
        name = stage.row("AI-1 (Ada)  speaking")
        before = stage.screen()
        assert stage.row("and an end") == len(before) - 1
        height = transcript.virtual_size.height
        await stage.add(e.Spoke(author="AI-1", text=text))
        assert stage.screen()[name].startswith(" AI-1 (Ada)  scripted ")
        assert stage.screen()[:name] == before[:name]
        assert stage.screen()[name + 1 :] == before[name + 1 :]
        before = stage.screen()
        assert transcript.virtual_size.height == height
        transcript.end("AI-1")
        await stage.pilot.pause()
        assert stage.screen() == before


async def test_pieces_are_drawn_together_and_not_one_by_one() -> None:
    async with stand(talk(3)) as stage:
        transcript = stage.transcript
        painted = 0
        paint = transcript._paint_draft

        def count() -> None:
            nonlocal painted
            painted += 1
            paint()

        transcript._paint_draft = count
        started = time.perf_counter()
        for number in range(60):
            transcript.piece("AI-1", f"{number} ")
            await asyncio.sleep(0.005)
        took = time.perf_counter() - started
        await stage.pilot.pause(0.1)
        assert 1 <= painted <= took * 15 + 2
        assert stage.row(" 59")


async def test_a_speaker_that_waits_says_why_and_one_that_fails_leaves_no_line() -> None:
    async with stand(talk(3)) as stage:
        transcript = stage.transcript
        transcript.begin("AI-1")
        transcript.piece("AI-1", "some thought", "reasoning")
        transcript.waits("AI-1", "[429] too many\x1b[2J requests", 2.5, 2)
        await stage.pilot.pause(0.15)
        assert stage.row("[429] too many␛[2J requests; try 2 in 2.5 s")
        transcript.piece("AI-1", "half a")
        await stage.pilot.pause(0.15)
        assert stage.row("half a")
        await stage.add(e.Faltered(author="AI-1", error="RateLimited", detail="429"))
        transcript.end("AI-1")
        await stage.pilot.pause()
        assert not any("half a" in row for row in stage.screen())
        assert stage.row("RateLimited")


async def test_who_reads_elsewhere_is_told_that_somebody_writes() -> None:
    async with stand(talk(50)) as stage:
        await stage.press("pageup")
        before = stage.screen()
        stage.transcript.begin("AI-1")
        stage.transcript.piece("AI-1", "word " * 300)
        await stage.pilot.pause(0.15)
        assert stage.screen()[-1].endswith("▼ being written")
        assert stage.screen()[:-1] == before[:-1]
        await stage.add(e.Joined(participant=cast("Ada", "Bob", "Cid")[2]))
        assert stage.screen()[:-1] == before[:-1]
        await stage.press("G")
        assert "word word" in stage.screen()[-1]


# Keys


def _mixed() -> list[Entry]:
    return log(
        e.Spoke(author="you", text="one"),
        e.Spoke(
            author="AI-1",
            text='two\n\n```\nfirst block\n```\n\n```py\nx = 1\ny = 2\n```\n!prompt "be brief"',
            reasoning="I was thinking",
        ),
        e.PromptAdded(
            participant="AI-1", text="be brief", by="AI-1", cause=Cause(4, 0), result="added it"
        ),
        e.Spoke(author="AI-2", text="three has the word lantern"),
        e.Skipped(participant="AI-1", by="you"),
        e.Spoke(author="AI-1", text="four"),
    )


async def test_the_cursor_goes_from_item_to_item_and_from_message_to_message() -> None:
    async with stand(_mixed(), size=(80, 40)) as stage:
        places: list[int | None] = [stage.transcript.place]
        for key in ("k", "up", "k", "k", "j", "down", "["):
            await stage.press(key)
            places.append(stage.transcript.place)
        assert places == [8, 7, 6, 5, 4, 5, 6, 4]
        await stage.press("]")
        assert stage.transcript.place == 6
        assert stage.app.last(Transcript.Selected).place == 6
        await stage.press("g")
        assert stage.transcript.place == 0
        await stage.press("G")
        assert stage.transcript.place == 8


async def test_a_long_message_is_read_to_its_end_before_the_next() -> None:
    entries = log(
        e.Spoke(author="AI-1", text="\n".join(f"row {n}" for n in range(60))),
        e.Spoke(author="AI-2", text="after"),
    )
    async with stand(entries, size=(80, 20)) as stage:
        await stage.press("g")
        while stage.transcript.place != 3:
            await stage.press("j")
        seen: set[str] = set()
        while stage.transcript.place == 3:
            seen.update(row.strip("▎│ ") for row in stage.screen())
            await stage.press("j")
        assert {f"row {n}" for n in range(60)} <= seen
        assert stage.transcript.place == 4


async def test_pages_move_the_cursor_with_them() -> None:
    async with stand(talk(200)) as stage:
        height = stage.transcript.size.height
        top = stage.transcript.scroll_y
        await stage.press("ctrl+u")
        assert stage.transcript.scroll_y == top - height // 2
        await stage.press("pageup")
        assert stage.transcript.scroll_y == top - height // 2 - height + 1
        place = stage.transcript.place
        assert place is not None
        assert any(row.startswith("▎") for row in stage.screen())
        await stage.press("pagedown", "ctrl+d")
        assert stage.transcript.following
        await stage.press("ctrl+d")
        assert stage.transcript.place == 202


async def test_space_unfolds_and_folds_and_z_does_so_with_everything() -> None:
    async with stand(_mixed(), size=(80, 60)) as stage:
        folded = stage.screen()
        assert not any("added it" in row for row in folded)
        await stage.press("k", "k", "k")
        assert stage.transcript.place == 5
        await stage.press("space")
        assert stage.row("added it")
        assert not any("I was thinking" in row for row in stage.screen())
        await stage.press("enter")
        assert not any("added it" in row for row in stage.screen())
        await stage.press("z")
        assert stage.row("added it")
        assert stage.row("I was thinking")
        await stage.press("z")
        assert [row.lstrip("▎") for row in stage.screen()] != []
        assert not any("I was thinking" in row for row in stage.screen())


async def test_m_shows_a_message_as_written_and_the_private_words_in_it() -> None:
    async with stand(_mixed(), size=(80, 60)) as stage:
        command = '!prompt "be brief"'
        assert not any(row.strip("│ ").startswith(command) for row in stage.screen())
        await stage.press("[")
        await stage.press("[")
        assert stage.transcript.place == 4
        await stage.press("m")
        assert any(row.strip("▎│ ").startswith(command) for row in stage.screen())
        await stage.press("m")
        assert not any(row.strip("▎│ ").startswith(command) for row in stage.screen())
        await stage.press("M")
        assert any(row.strip("▎│ ").startswith(command) for row in stage.screen())


async def test_what_is_copied_is_the_source() -> None:
    async with stand(_mixed(), size=(80, 60)) as stage:
        await stage.press("y")
        assert stage.app.last(Transcript.Copied).text == "four"
        await stage.press("[", "[")
        for text, what in (
            ("first block", "code block 1 of 2"),
            ("x = 1\ny = 2", "code block 2 of 2"),
            ("first block", "code block 1 of 2"),
        ):
            await stage.press("Y")
            copied = stage.app.last(Transcript.Copied)
            assert (copied.text.strip("\n"), copied.what) == (text, what)
        await stage.press("[")
        count = len(stage.app.heard)
        await stage.press("Y")
        assert len(stage.app.heard) == count, "there is none"


async def test_keys_ask_for_forks_of_the_entry_and_changes_of_its_message() -> None:
    async with stand(_mixed(), size=(80, 60)) as stage:
        await stage.press("k", "k", "k")
        assert stage.transcript.place == 5
        for key, kind, place in (
            ("e", Transcript.EditAsked, 4),
            ("r", Transcript.RegenerateAsked, 4),
            ("c", Transcript.ContinueAsked, 4),
            ("f", Transcript.ForkAsked, 5),
        ):
            await stage.press(key)
            assert stage.app.last(kind).place == place
        await stage.press("slash")
        assert stage.app.last(Transcript.SearchAsked)


async def test_every_key_has_a_name_by_which_a_keymap_can_change_it() -> None:
    bindings = Transcript.BINDINGS
    names = [binding.id for binding in bindings if not isinstance(binding, tuple)]
    assert all(name and name.startswith("transcript.") for name in names)
    assert len(set(names)) == len(bindings)


async def test_keys_do_nothing_in_a_room_without_entries() -> None:
    async with stand() as stage:
        for key in "j k g G [ ] space z m M y Y n N e r c f".split():  # noqa: SIM905 - keys
            await stage.press(
                {"[": "left_square_bracket", "]": "right_square_bracket"}.get(key, key)
            )
        await stage.press("ctrl+d", "ctrl+u", "pageup", "pagedown", "home", "end")
        assert stage.app.heard == [] or all(
            isinstance(one, Transcript.ReachedEnd) for one in stage.app.heard
        )


# Searching


async def test_a_search_counts_marks_and_goes_around() -> None:
    entries = log(
        *(
            e.Spoke(
                author="AI-1", text=f"{turn} " + ("a Red Lantern" if turn % 50 == 7 else "no")
            )
            for turn in range(200)
        )
    )
    async with stand(entries) as stage:
        assert stage.transcript.search("red lantern") == 4
        assert stage.transcript.search("nowhere") == 0
        assert not stage.transcript.next_match()
        assert stage.transcript.search("red lantern") == 4
        places: list[int | None] = []
        for key in ("n", "n", "n", "n", "N", "N"):
            await stage.press(key)
            places.append(stage.transcript.place)
            strip = stage.transcript.render_line(stage.row("Red Lantern"))
            marked = [segment for segment in strip if segment.text == "Red Lantern"]
            assert marked
            assert marked[0].style
            assert marked[0].style.underline
        assert places == [10, 60, 110, 160, 110, 60]
        await stage.add(e.Spoke(author="AI-2", text="one more red lantern"))
        await stage.press("N", "N")
        assert stage.row("one more red lantern")
        assert stage.transcript.search("") == 0
        await stage.press("n")
        assert stage.transcript.place == 203


async def test_a_match_deep_in_a_message_or_folded_away_is_brought_into_view() -> None:
    entries = log(
        e.Spoke(
            author="AI-1", text="\n".join([*(f"row {n}" for n in range(99)), "needle one"])
        ),
        e.Spoke(author="AI-2", text="x\n" * 60),
        e.PromptAdded(
            participant="AI-2",
            text="words " * 40 + "needle two",
            by="AI-2",
            cause=Cause(4, 0),
        ),
        e.Spoke(author="AI-2", text="x\n" * 60),
    )
    async with stand(entries) as stage:
        assert stage.transcript.search("needle") == 2
        await stage.press("g", "n")
        assert stage.row("needle one")
        await stage.press("n")
        assert stage.row("needle two")


# The mouse


async def test_a_click_selects_an_item_and_unfolds_a_chip() -> None:
    async with stand(_mixed(), size=(80, 60)) as stage:
        await stage.pilot.click(stage.transcript, offset=(10, stage.row("three has")))
        await stage.pilot.pause()
        assert stage.transcript.place == 6
        await stage.pilot.click(stage.transcript, offset=(10, stage.row("be brief")))
        await stage.pilot.pause()
        assert stage.transcript.place == 5
        assert stage.row("added it")


async def _drag(stage: Stage, start: tuple[int, int], end: tuple[int, int]) -> None:
    transcript = stage.transcript
    await stage.pilot.mouse_down(transcript, offset=start)
    await stage.pilot.hover(transcript, offset=end)
    await stage.pilot.mouse_up(transcript, offset=end)
    await stage.pilot.pause()


async def test_what_is_selected_with_the_mouse_gives_the_source() -> None:
    text = (
        "the quick brown fox jumps over the lazy dog and then it sleeps\nand wakes 東京 again"
    )
    async with stand(log(e.Spoke(author="AI-1", text=text)), size=(44, 20)) as stage:
        start, end = stage.row("the quick"), stage.row("and wakes")
        assert end - start == 2, "the first line has two rows"
        left = stage.screen()[start].index("the quick")
        await _drag(stage, (left, start), (left + 8, end))
        assert stage.app.screen.get_selected_text() == text[: text.index("wakes") + 5]
        await _drag(stage, (0, start), (left + 2, start))
        assert stage.app.screen.get_selected_text() == "the", "the gutter is not part of it"
        await stage.press("y")
        copied = stage.app.last(Transcript.Copied)
        assert (copied.text, copied.what) == ("the", "selection")
        shown = stage.screen()[end]
        cell = cell_len(shown[: shown.index("東")])
        await _drag(stage, (left, end), (cell, end))
        assert stage.app.screen.get_selected_text() == "and wakes 東"


async def test_a_selection_outlasts_scrolling_and_measuring() -> None:
    async with stand(talk(300)) as stage:
        transcript = stage.transcript
        row = stage.row("line 298:")
        left = stage.screen()[row].index("line 298")
        await _drag(stage, (left, row), (left + 7, row))
        assert stage.app.screen.get_selected_text() == "line 298"
        transcript.scroll_to(y=100, animate=False)
        await _measured(stage)
        await stage.add(e.Spoke(author="AI-1", text="more"))
        assert stage.app.screen.get_selected_text() == "line 298"
        style = next(
            segment.style
            for segment in transcript._row(*_find(stage, "line 298"))
            if segment.text == "line 298"
        )
        assert style
        assert style.reverse


def _find(stage: Stage, text: str) -> tuple[int, int]:
    column = stage.transcript._column
    for index, item in enumerate(stage.transcript.page.items):
        if text in item.text:
            for within, row in enumerate(column.rows(index)):
                if text in row.text:
                    return index, within
    raise AssertionError(text)


async def test_a_double_click_selects_the_message_and_nothing_else() -> None:
    async with stand(talk(30)) as stage:
        offset = (10, stage.row("line 28:"))
        await stage.pilot.click(stage.transcript, offset=offset, times=2)
        await stage.pilot.pause()
        chosen = stage.app.screen.get_selected_text()
        assert chosen is not None
        assert chosen.endswith(stage.transcript.page.items[-2].text)
        assert "line 27" not in chosen


async def test_all_of_it_can_be_selected() -> None:
    async with stand(talk(20)) as stage:
        stage.app.screen.selections = {stage.transcript: Selection(None, None)}
        await stage.pilot.pause()
        chosen = stage.app.screen.get_selected_text()
        assert chosen is not None
        assert all(f"line {turn}:" in chosen for turn in range(20))
        empty = Selection(Offset(0, 1 << 40), Offset(3, 1 << 40))
        assert stage.transcript.get_selection(empty) == ("", "\n")


# Replay


async def test_rewinding_shows_fewer_entries_and_more_again() -> None:
    entries = talk(400)
    async with stand(entries) as stage:
        transcript = stage.transcript
        await _measured(stage)
        whole = transcript.virtual_size.height
        await transcript.rewind(entries[:104])
        await stage.pilot.pause()
        assert stage.row("line 100:") >= 15
        assert transcript.virtual_size.height < whole
        assert transcript.measured, "nothing is measured twice"
        page = transcript.page
        await transcript.rewind(entries[:105])
        await stage.pilot.pause()
        assert transcript.page is page, "one more is added to what is there"
        assert stage.row("line 101:")
        await transcript.rewind(entries)
        await _measured(stage)
        assert transcript.virtual_size.height == whole
        await transcript.rewind([])
        await stage.pilot.pause()
        assert not any(stage.screen())


async def test_a_load_that_is_overtaken_by_another_is_given_up() -> None:
    async with stand() as stage:
        first = asyncio.create_task(stage.transcript.load(talk(5000)))
        await asyncio.sleep(0)
        await stage.transcript.load(talk(5))
        await first
        await stage.pilot.pause()
        assert len(stage.transcript.page.items) == len(talk(5))
        stage.transcript.clear()
        await stage.pilot.pause()
        assert not any(stage.screen())


# What it costs


async def test_ten_thousand_messages_open_faster_than_a_thousand_widgets() -> None:
    entries = talk(10_000)
    texts = [entry.event.text for entry in entries if isinstance(entry.event, e.Spoke)]

    class Peer(App[None]):
        def compose(self) -> ComposeResult:
            with VerticalScroll():
                for text in texts[:1000]:
                    yield Static(text, markup=False)

    started = time.process_time()
    async with Peer().run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        theirs = time.process_time() - started
    app = Stand()
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        started = time.process_time()
        await app.transcript.load(entries)
        await pilot.pause()
        ours = time.process_time() - started
        assert len(app.query("*")) < 20
        assert any("line 9999:" in app.transcript.render_line(y).text for y in range(29))
    print(f"10,000 messages: {ours:.2f} s; 1,000 widgets: {theirs:.2f} s")
    assert ours < 2 * theirs


async def test_the_loop_is_free_while_a_long_log_is_read_in() -> None:
    async with stand() as stage:
        worst = 0.0
        ticks = 0

        async def tick() -> None:
            nonlocal worst, ticks
            while True:
                before = time.thread_time()
                await asyncio.sleep(0)
                worst = max(worst, time.thread_time() - before)
                ticks += 1

        ticking = asyncio.create_task(tick())
        await stage.transcript.load(talk(6000))
        ticking.cancel()
        assert ticks > 3
        assert worst < 0.25, "generous: the machine may be busy"
