import asyncio
import sys
import time
from pathlib import Path
from typing import ClassVar

import pexpect
import pytest
from rich.cells import cell_len
from textual import events
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.pilot import Pilot
from textual.widgets import Static

from tui.slash.choices import Choice, Choices
from tui.slash.meant import Slash
from tui.widgets.candidates import Candidates
from tui.widgets.editor import Editor
from tui.widgets.prompt import Prompt, Target

TABLE = Choices(
    participants=(Choice("AI-1", "Ada"), Choice("AI-2", "[bold]Gem[/]")),
    models=(Choice("Otter"),),
)


class Desk(App[None]):
    """A prompt, and what it tells."""

    CSS = "Static#room { height: 1fr; }"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "note('escape')"),
        Binding("ctrl+e", "note('ctrl+e')"),
        Binding("f6", "note('f6')"),
        Binding("f7", "note('f7')"),
        Binding("pageup", "note('pageup')"),
        Binding("home", "note('home')"),
        Binding("ctrl+k", "note('ctrl+k')"),
    ]

    def __init__(self, *, ascii: bool = False) -> None:
        super().__init__()
        self.prompt = Prompt(ascii=ascii)
        self.told: list[object] = []
        self.wrong = ""

    def compose(self) -> ComposeResult:
        yield Static("the transcript", id="room")
        yield self.prompt

    def on_mount(self) -> None:
        self.prompt.choices = TABLE
        self.query_one(Editor).focus()

    def action_note(self, key: str) -> None:
        self.told.append(key)

    def on_prompt_submitted(self, message: Prompt.Submitted) -> None:
        self.told.append((message.text, message.to))

    def on_prompt_slash(self, message: Prompt.Slash) -> None:
        self.told.append(message.slash)

    def on_prompt_wrong(self, message: Prompt.Wrong) -> None:
        self.wrong = message.why
        self.told.append(("wrong", message.why))

    def on_prompt_offered(self, message: Prompt.Offered) -> None:
        self.told.append(("offered", message.line, message.slash))


def shown(app: Desk, part: str) -> str:
    return str(app.query_one(part, Static).render())


def listed(app: Desk) -> list[str]:
    widget = app.query_one(Candidates)
    return widget.render().plain.split("\n") if widget.open else []


async def type_text(pilot: Pilot[None], text: str) -> None:
    await pilot.press(*["space" if c == " " else "slash" if c == "/" else c for c in text])
    await pilot.pause()


async def test_enter_sends_and_the_line_is_empty_again() -> None:
    app = Desk()
    async with app.run_test(size=(80, 24)) as pilot:
        await type_text(pilot, "hello [b]you")
        await pilot.press("enter", "enter")
        await pilot.pause()
        assert app.told == [("hello [b]you", "")]
        assert app.prompt.text == ""
        assert app.prompt.history == ["hello [b]you"]


@pytest.mark.parametrize("key", ["alt+enter", "ctrl+j", "shift+enter"])
async def test_a_new_line_is_begun_without_sending(key: str) -> None:
    app = Desk()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("a", key, "b")
        assert app.prompt.text == "a\nb"
        assert app.told == []


async def test_the_line_grows_to_eight_rows_and_no_further() -> None:
    app = Desk()
    async with app.run_test(size=(60, 20)) as pilot:
        assert app.query_one(Editor).size.height == 1
        app.prompt.text = "a\nb\nc"
        await pilot.pause()
        assert app.query_one(Editor).size.height == 3
        app.prompt.text = "\n".join("abcdefghijkl")
        await pilot.pause()
        assert app.query_one(Editor).size.height == 8


async def test_a_paste_of_several_lines_is_not_sent() -> None:
    app = Desk()
    async with app.run_test(size=(80, 24)) as pilot:
        app.query_one(Editor).post_message(events.Paste("one\r\ntwo\rthree\n"))
        await pilot.pause()
        assert app.prompt.text == "one\ntwo\nthree\n"
        assert app.told == []


async def test_a_huge_paste_does_not_hold_anything_up_and_is_sent_whole() -> None:
    app = Desk()
    async with app.run_test(size=(80, 24)) as pilot:
        await type_text(pilot, "see ")
        big = "[/] a line of 40 characters, or about so\n" * 5000
        began = time.process_time()
        app.query_one(Editor).post_message(events.Paste(big))
        await pilot.pause()
        await type_text(pilot, " ok?")
        assert time.process_time() - began < 0.5
        assert "[pasted 1: 205,000 characters, 5,001 lines]" in app.query_one(Editor).text
        assert app.prompt.text == f"see {big} ok?"
        assert "tok" in shown(app, "#count")
        await pilot.press("enter")
        await pilot.pause()
        assert app.told == [(f"see {big} ok?", "")]
        await pilot.press("up")
        assert app.prompt.text == f"see {big} ok?"


async def test_nothing_is_taken_from_the_screen_while_nothing_is_typed() -> None:
    app = Desk()
    async with app.run_test(size=(80, 24)) as pilot:
        for key in ("escape", "ctrl+e", "f6", "f7", "pageup", "home", "ctrl+k"):
            await pilot.press(key)
        assert app.told == ["escape", "ctrl+e", "f6", "f7", "pageup", "home", "ctrl+k"]
        app.told.clear()
        await type_text(pilot, "words")
        for key in ("home", "ctrl+e", "ctrl+k", "f6", "pageup", "escape"):
            await pilot.press(key)
        assert app.told == ["f6", "pageup", "escape"]
        assert app.prompt.text == "words"


async def test_old_lines_come_back_and_the_draft_survives() -> None:
    app = Desk()
    async with app.run_test(size=(80, 24)) as pilot:
        app.prompt.history = ["first", "two\nrows"]
        await type_text(pilot, "draft")
        await pilot.press("up")
        assert app.prompt.text == "two\nrows"
        await pilot.press("up")  # within the text first
        assert app.prompt.text == "two\nrows"
        await pilot.press("up")
        assert app.prompt.text == "first"
        await pilot.press("up", "down", "down", "down")
        assert app.prompt.text == "draft"
        await pilot.press("down")
        assert app.prompt.text == "draft"


async def test_commands_are_completed_and_sent() -> None:
    app = Desk()
    async with app.run_test(size=(80, 24)) as pilot:
        await type_text(pilot, "/mut")
        assert listed(app)[0].startswith("› /mute WHO [TURNS]")
        await pilot.press("tab")
        await pilot.pause()
        assert app.prompt.text == "/mute "
        assert [row.split()[0] for row in listed(app)] == ["›", "AI-2"]
        assert "/mute WHO [TURNS]" in shown(app, "#hint")
        await pilot.press("down", "enter")  # a choice was made: Enter takes it
        await pilot.pause()
        assert app.prompt.text == "/mute AI-2 "
        assert app.told == []
        await pilot.press("3", "enter")
        await pilot.pause()
        assert app.told == [Slash("mute", ("AI-2", "3"))]
        assert listed(app) == []
        assert shown(app, "#hint") == ""


async def test_tab_completes_at_once_however_fast_one_types() -> None:
    app = Desk()
    async with app.run_test(size=(80, 24)) as pilot:
        editor = app.query_one(Editor)
        for key, character in (("slash", "/"), ("p", "p"), ("a", "a"), ("tab", "\t")):
            app.post_message(events.Key(key, character))
        await pilot.pause()
        await pilot.pause()
        assert app.prompt.text == "/pause"
        assert editor.has_focus


async def test_escape_puts_the_list_away_before_it_means_anything_else() -> None:
    app = Desk()
    async with app.run_test(size=(80, 24)) as pilot:
        await type_text(pilot, "/m")
        await pilot.press("escape")
        await pilot.pause()
        assert listed(app) == []
        assert app.told == []
        await pilot.press("escape")
        assert app.told == ["escape"]
        await pilot.press("tab")  # and Tab brings it back
        await pilot.pause()
        assert listed(app)


async def test_a_slip_stays_in_the_line_with_its_reason_above() -> None:
    app = Desk()
    async with app.run_test(size=(80, 24)) as pilot:
        await type_text(pilot, "/mut AI-2")
        await pilot.press("enter")
        await pilot.pause()
        assert app.prompt.text == "/mut AI-2"
        assert app.query_one(Editor).cursor_index == 4
        assert "did you mean /mute" in shown(app, "#hint")
        assert app.told == [("wrong", app.wrong)]
        assert "/mute" in app.wrong
        await pilot.press("e")
        await pilot.pause()
        assert "did you mean" not in shown(app, "#hint")


async def test_esc_clears_what_was_refused_before_it_goes_to_the_screen() -> None:
    app = Desk()
    async with app.run_test(size=(80, 24)) as pilot:
        await type_text(pilot, "/mut AI-2")
        await pilot.press("enter")
        await pilot.pause()
        assert "Esc clears" in shown(app, "#hint")
        await pilot.press("escape")
        await pilot.pause()
        assert app.prompt.text == ""
        assert shown(app, "#hint") == ""
        assert "escape" not in app.told
        await pilot.press("escape")
        assert app.told[-1] == "escape"
        await pilot.press("up")
        assert app.prompt.text == "/mut AI-2"


async def test_a_line_that_is_put_back_has_its_cursor_at_the_end() -> None:
    app = Desk()
    async with app.run_test(size=(80, 24)) as pilot:
        app.prompt.put_back("/mute AI-9", "nobody is called AI-9")
        await pilot.pause()
        await pilot.press("backspace", "2")
        assert app.prompt.text == "/mute AI-2"


async def test_ctrl_u_clears_all_of_it_wherever_the_cursor_is() -> None:
    app = Desk()
    async with app.run_test(size=(80, 24)) as pilot:
        app.prompt.text = "one\ntwo three"
        await pilot.press("left", "left", "ctrl+u")
        assert app.prompt.text == ""
        await pilot.press("ctrl+z")
        assert app.prompt.text == "one\ntwo three"


async def test_tab_leaves_an_empty_line_only() -> None:
    app = Desk()
    async with app.run_test(size=(80, 24)) as pilot:
        room = app.query_one("#room")
        room.can_focus = True
        await type_text(pilot, "nothing to complete")
        await pilot.press("tab", "x")
        assert app.prompt.text == "nothing to completex"
        await pilot.press("ctrl+u", "tab")
        assert room.has_focus


async def test_a_models_command_becomes_the_persons_and_is_sent_only_then() -> None:
    app = Desk()
    async with app.run_test(size=(80, 24)) as pilot:
        app.prompt.text = '!image "a cat in fog"'
        await pilot.press("enter")
        await pilot.pause()
        own = Slash("image", ("a cat in fog",))
        assert app.told == [("offered", '!image "a cat in fog"', own)]
        assert app.prompt.text == "/image a cat in fog"
        assert "this is yours" in shown(app, "#hint")
        await pilot.press("ctrl+z")
        assert app.prompt.text == '!image "a cat in fog"'
        await pilot.press("ctrl+y", "enter")
        await pilot.pause()
        assert app.told[-1] == own


async def test_the_target_is_chosen_from_a_list_and_said_in_words() -> None:
    app = Desk()
    async with app.run_test(size=(80, 24)) as pilot:
        assert shown(app, "#target") == "to all ›"
        await pilot.press("ctrl+t")
        await pilot.pause()
        rows = listed(app)
        assert [row[2:16].strip() for row in rows][:2] == ["to all", "to AI-1 Ada"]
        assert "[bold]Gem[/]" in rows[2]
        await pilot.press("ctrl+t", "enter")
        await pilot.pause()
        assert shown(app, "#target") == "to AI-1 ›"
        await type_text(pilot, "well?")
        await pilot.press("enter")
        await pilot.pause()
        assert app.told == [("@AI-1 well?", "")]
        await pilot.press("ctrl+t", "down", "down", "down", "enter")
        await pilot.pause()
        assert app.prompt.target == Target("AI-2", whisper=True)
        assert shown(app, "#target") == "whisper to AI-2 ›"
        await type_text(pilot, "psst")
        await pilot.press("enter")
        await pilot.pause()
        assert app.told[-1] == ("psst", "AI-2")
        assert app.prompt.target.whisper  # and the next one is not suddenly public
        await type_text(pilot, "/")
        assert shown(app, "#target") == "command ›"
        await pilot.press("backspace")
        await pilot.press("backspace")
        await pilot.pause()
        assert shown(app, "#target") == "to all ›"


async def test_the_target_is_chosen_with_the_mouse() -> None:
    app = Desk()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.click("#target")
        await pilot.pause()
        await pilot.click(Candidates, offset=(3, 1))
        await pilot.pause()
        assert app.prompt.target == Target("AI-1")
        assert app.query_one(Editor).has_focus


async def test_a_mention_at_the_start_names_the_target() -> None:
    app = Desk()
    async with app.run_test(size=(80, 24)) as pilot:
        await type_text(pilot, "@ge")
        await pilot.press("tab")
        await pilot.pause()
        assert app.prompt.text == "@AI-2 "
        assert shown(app, "#target") == "to AI-2 ›"
        await type_text(pilot, "hi")
        await pilot.press("enter")
        await pilot.pause()
        assert app.told == [("@AI-2 hi", "")]
        assert shown(app, "#target") == "to all ›"


async def test_the_count_tells_tokens_and_what_waits() -> None:
    app = Desk()
    async with app.run_test(size=(80, 24)) as pilot:
        assert shown(app, "#count") == ""
        await type_text(pilot, "twelve bytes")
        assert shown(app, "#count") == "~3 tok"
        app.prompt.queued = 2
        await pilot.pause()
        assert shown(app, "#count") == "queued 2  ~3 tok"


async def test_the_placeholder_says_what_can_be_done() -> None:
    app = Desk()
    async with app.run_test(size=(80, 24)) as pilot:
        said: list[str] = []
        app.prompt.speaker = "AI-2 [x]"
        for mode in ("live", "paused", "queueing", "replay"):
            app.prompt.mode = mode
            await pilot.pause()
            said.append(str(app.query_one(Editor).placeholder))
        assert "/ for commands" in said[0]
        assert "/resume" in said[1]
        assert "after AI-2 [x]" in said[2]
        assert "replay" in said[3]


async def test_a_refused_command_is_given_back_unless_something_was_begun_since() -> None:
    app = Desk()
    async with app.run_test(size=(80, 24)) as pilot:
        app.prompt.put_back("/next AI-9", "nobody here is called 'AI-9'")
        await pilot.pause()
        assert app.prompt.text == "/next AI-9"
        assert "nobody here" in shown(app, "#hint")
        app.prompt.put_back("/other")
        assert app.prompt.text == "/next AI-9"


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (140, 40)])
async def test_nothing_is_wider_than_the_screen(size: tuple[int, int]) -> None:
    app = Desk()
    async with app.run_test(size=size) as pilot:
        app.prompt.target = Target("AI-2", whisper=True)
        app.prompt.queued = 2
        await type_text(pilot, "/")
        rows = listed(app)
        assert 4 <= len(rows) <= 6
        assert all(cell_len(row) <= size[0] - 2 for row in rows)
        assert app.query_one(Editor).size.width > 20
        assert app.prompt.region.bottom == size[1]


async def test_ascii_draws_nothing_else() -> None:
    app = Desk(ascii=True)
    async with app.run_test(size=(60, 20)) as pilot:
        await type_text(pilot, "/m")
        assert "".join(listed(app)).isascii()
        assert shown(app, "#target").isascii()
        await type_text(pilot, "utt")
        await pilot.press("escape", "enter")
        await pilot.pause()
        assert shown(app, "#hint").isascii()


async def test_three_lines_go_in_order() -> None:
    app = Desk()
    async with app.run_test(size=(80, 24)) as pilot:
        for line in ("one", "two", "three"):
            for character in line:
                app.post_message(events.Key(character, character))
            app.post_message(events.Key("enter", "\r"))
        await pilot.pause()
        await asyncio.sleep(0.1)
        await pilot.pause()
        assert app.told == [("one", ""), ("two", ""), ("three", "")]


EDITED = """
import sys
from textual.app import App
from tui.widgets.prompt import Prompt
from tui.widgets.editor import Editor

class Desk(App[None]):
    def compose(self):
        yield Prompt()
    def on_mount(self):
        self.query_one(Editor).focus()
    def on_prompt_submitted(self, message):
        self.exit(message.text)

print("SENT", repr(Desk().run()))
"""


@pytest.mark.slow
def test_the_persons_own_editor_gets_the_line_and_the_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "my editor"
    script.write_text(
        '#!/bin/sh\nprintf "EDITING %s" "$(cat "$1")"\nprintf " in verse" >> "$1"\n'
    )
    script.chmod(0o700)
    monkeypatch.setenv("VISUAL", f"'{script}'")
    monkeypatch.setenv("TERM", "xterm-256color")
    app: pexpect.spawn[str] = pexpect.spawn(
        sys.executable, ["-c", EDITED], dimensions=(24, 80), encoding="utf-8"
    )
    try:
        app.expect("ay something")
        app.send("a line")
        app.send("\x18\x05")
        app.expect("EDITING a line")
        app.expect("in verse")
        app.send("\r")
        app.expect("SENT 'a line in verse'")
    finally:
        app.close(force=True)


async def test_alt_and_a_letter_is_a_key_and_not_a_letter() -> None:
    app = Desk()
    async with app.run_test(size=(80, 24)) as pilot:
        await type_text(pilot, "a line")
        # As a terminal sends them: with the letter.
        app.query_one(Editor).post_message(events.Key("alt+x", "x"))
        app.query_one(Editor).post_message(events.Key("alt+e", "e"))
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert "cannot be handed" in shown(app, "#hint")
        assert app.prompt.text == "a line"


async def test_without_a_terminal_to_hand_over_the_line_stays() -> None:
    app = Desk()
    async with app.run_test(size=(80, 24)) as pilot:
        await type_text(pilot, "a line")
        await pilot.press("ctrl+x", "ctrl+e")
        for _ in range(20):
            await pilot.pause(0.02)
            if "editor" in shown(app, "#hint") and "Ctrl+X" not in shown(app, "#hint"):
                break
        assert "cannot be handed" in shown(app, "#hint")
        assert app.prompt.text == "a line"


async def test_a_long_line_put_in_at_once_leaves_room_for_the_count() -> None:
    app = Desk()
    async with app.run_test(size=(60, 20)) as pilot:
        app.prompt.target = Target("AI-2", whisper=True)
        await pilot.pause()
        app.prompt.text = "Is the ring sound? Tell me and nobody else."
        await pilot.pause(0.1)
        rows = [strip.text.split("› ")[-1] for strip in app.screen._compositor.render_strips()]
        assert rows[-2].startswith("Is the ring sound? Tell me and   ~11")
        assert rows[-1].strip() == "nobody else."
