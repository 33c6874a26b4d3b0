"""A line edited on the screen: what is not touched comes out as it went in."""

from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from textual.app import App
from textual.widgets import Button, Static

from agents.providers.base import Image, Line, Request
from tui.screens.confirm import Confirm
from tui.screens.context import ContextScreen, Messages
from tui.screens.edit import EditScreen, Shelter, Words
from tui.screens.wishes import CopyText

ROUGH = (
    "[/] tabs\tand spaces   \r mixed \r\n ends\n\x1b[31mred\x1b[0m \x07\x00\x7f\x85 "
    "\u202eback\u202c \u2028 \u2029 \v\f \ue000\ue001 \ud800 e\u0301 🏳️‍🌈 終 \n"
)


class Host(App[None]):
    """Shows one screen and keeps its answer."""

    def __init__(self, screen: EditScreen | ContextScreen) -> None:
        super().__init__()
        self.first = screen
        self.answers: list[str | None] = []
        self.copied: list[str] = []

    def on_mount(self) -> None:
        self.push_screen(self.first, self.answers.append)

    def on_copy_text(self, event: CopyText) -> None:
        self.copied.append(event.text)

    @property
    def drawn(self) -> str:
        return "\n".join(
            "".join(segment.text for segment in strip)
            for strip in self.screen._compositor.render_strips()
        )


def screen(text: str, *, ascii: bool = False) -> EditScreen:
    return EditScreen(text, place=41, title="The [lamp]", author="AI-2 (Pell)", ascii=ascii)


@given(st.text(max_size=60) | st.text(st.sampled_from("ab\r\n\t\v\x1b\ue000\ud800\u202e")))
@example(ROUGH)
@example("a\r\nb\r\n")
@example("a\rb")
def test_what_is_sheltered_comes_back_as_it_was(text: str) -> None:
    shelter = Shelter(text)
    held = shelter.hold(text)
    assert shelter.restored(held) == text
    # A text area knows one line end and would break at others.
    assert held.splitlines() == held.removesuffix("\n").split("\n") or not held
    assert not set(held) & set("\r\v\f\x1b\x85\u2028\u2029\u202e\ud800")
    drawn = shelter.drawn(held)
    assert len(drawn) == len(held)
    assert not set(drawn) & set("\r\v\f\x1b\x85\u2028\u2029\u202e\ud800")


@settings(max_examples=6)
@given(st.text(st.sampled_from("ab \r\n\t\v\x1b\ue000\ud800\u202e終\x85"), max_size=40))
@example(ROUGH)
async def test_a_character_more_at_the_end_is_all_that_changes(text: str) -> None:
    app = Host(screen(text))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("!", "ctrl+s")
        await pilot.pause()
        assert app.answers == [text + "!"]


async def test_what_could_steer_the_terminal_is_drawn_as_what_it_is() -> None:
    app = Host(screen(ROUGH))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert "\u241b[31mred\u241b[0m" in app.drawn
        assert "[/] tabs" in app.drawn
        assert not set(app.drawn) & set("\x1b\x07\x00\x7f\x85\r\u202e\u202c\u2028\ud800")
        await pilot.pause()
        app.first.query_one(Words).insert("\x1b]0;pasted\x07")
        await pilot.pause()
        assert "\u241b]0;pasted\u2407" in app.drawn
        assert app.first.query_one(Words).words == ROUGH + "\x1b]0;pasted\x07"
        app.first.query_one(Words).put("\x02")
        await pilot.press("ctrl+z", "ctrl+s")
        await pilot.pause()
        assert app.answers == [ROUGH + "\x1b]0;pasted\x07"]


async def test_the_screen_says_what_will_happen_and_nothing_does_if_nothing_changed() -> None:
    app = Host(screen("as it was"))
    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.pause()
        assert "Edit the line of AI-2 (Pell) at 41" in app.drawn
        assert "makes a fork of “The [lamp]” that parts at 41" in app.drawn
        await pilot.press("ctrl+s")
        await pilot.pause()
        assert app.answers == [None]


async def test_a_line_without_words_is_not_taken() -> None:
    app = Host(screen("x"))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("backspace", "enter", "ctrl+s")
        await pilot.pause()
        assert app.answers == []
        assert "a line needs words" in app.drawn
        await pilot.press("y", "e", "s", "ctrl+s")
        await pilot.pause()
        assert app.answers == ["\nyes"]


async def test_leaving_asks_only_if_words_would_be_lost() -> None:
    app = Host(screen("as it was"))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("x", "backspace", "escape")
        await pilot.pause()
        assert app.answers == [None]
    app = Host(screen("as it was"))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("x", "escape")
        await pilot.pause()
        assert isinstance(app.screen, Confirm)
        assert app.screen.query_one("#no", Button).has_focus
        await pilot.press("n")
        await pilot.pause()
        assert app.screen is app.first
        assert app.first.query_one(Words).words == "as it wasx"
        await pilot.press("escape", "y")
        await pilot.pause()
        assert app.answers == [None]


async def test_tab_writes_a_tab_and_undo_takes_it_back() -> None:
    app = Host(screen("a"))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("tab", "b", "ctrl+z", "ctrl+s")
        await pilot.pause()
        assert app.answers in (["a\t"], [None])
    app = Host(screen("a"))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("tab", "b", "ctrl+s")
        await pilot.pause()
        assert app.answers == ["a\tb"]


@pytest.mark.parametrize("text", [ROUGH.replace("\ud800", ""), "a\r\nb\r\n\x1b"])
async def test_what_is_cut_out_can_be_put_in_again(text: str) -> None:
    app = Host(screen(text))
    async with app.run_test(size=(80, 24)) as pilot:
        words = app.first.query_one(Words)
        words.select_all()
        await pilot.press("ctrl+x")
        assert (words.words, app.clipboard) == ("", text)
        await pilot.press("ctrl+v", "!", "ctrl+s")
        await pilot.pause()
        assert app.answers == [text + "!"]


async def test_where_the_terminal_cannot_be_handed_over_it_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("EDITOR", "true")
    app = Host(screen("as it was"))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("ctrl+e")
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert "cannot be handed to an editor" in app.drawn
        assert app.first.query_one(Words).words == "as it was"


def request() -> Request:
    return Request(
        model="some/model",
        lines=(
            Line("system", "You are [AI-1].\n\x1b[2J"),
            Line(
                "user", "── system, 3 bytes ──\nhello", (Image(Path("a/b.png"), "image/png"),)
            ),
            Line("assistant", "終"),
        ),
        temperature=0.7,
    )


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (140, 40)])
async def test_what_would_be_sent_is_shown_in_order_and_safe(size: tuple[int, int]) -> None:
    app = Host(ContextScreen(request(), "AI-1 (Ada)"))
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        drawn = app.drawn
        assert "What AI-1 (Ada) would be sent now" in drawn
        shown = (
            "── system, 20 bytes ──",
            "You are [AI-1].",
            "\u241b[2J",
            "── user, 3",
            "[picture b.png]",
        )
        places = [drawn.find(words) for words in shown]
        assert places == sorted(places)
        assert min(places) > 0
        about = str(app.first.query_one("#sum", Static).render())
        assert about.startswith("3 messages · 58 bytes · 1 picture · some/model · T0.7 · ")
        assert "\x1b" not in drawn


async def test_the_message_at_the_cursor_is_copied_as_it_would_be_sent() -> None:
    app = Host(ContextScreen(request(), "AI-1 (Ada)", ascii=True))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("y", "down", "down", "down", "y", "down", "y")
        await pilot.press(*["down"] * 9, "y", "Y")
        await pilot.pause()
        lines = [line.text for line in request().lines]
        assert app.copied[:4] == [lines[0], lines[0], lines[1], lines[2]]
        assert app.copied[4] == f"system:\n{lines[0]}\n\nuser:\n{lines[1]}\n\nassistant:\n終"
        app.first.query_one(Messages).select_all()
        await pilot.press("y")
        await pilot.pause()
        assert app.copied[5].startswith("-- system, 20 bytes --\nYou are [AI-1].")
        await pilot.press("escape")
        await pilot.pause()
        assert app.answers == [None]
