import pytest
from textual.app import App
from textual.widgets import Input

from tests.tui.panel import NASTY, Panel, heard, room_of, screen_rows, screen_text, seat
from transcripts.room import Room, Waiting
from tui.printing import safe
from tui.widgets.approvals import Approvals

LONG = "a lighthouse in a storm, seen from the sea, " * 6 + "with a red door"


def asking(*waiting: Waiting) -> Room:
    return room_of(seat(), seat("Claude", 2), waiting=waiting)


def wish(number: int = 1, verb: str = "image", argument: str = "a red door") -> Waiting:
    return Waiting(approval=f"A{number}", verb=verb, argument=argument, by="AI-2")


def app_with(settle: float = 0.0, *, ascii: bool = False) -> Panel:
    return Panel(lambda: Approvals(settle=settle, ascii=ascii), Input)


def shown(app: App[None], *waiting: Waiting) -> Approvals:
    approvals = app.query_one(Approvals)
    approvals.show_room(asking(*waiting))
    return approvals


async def test_it_has_no_height_while_nothing_waits() -> None:
    app = app_with()
    async with app.run_test(size=(80, 24)) as pilot:
        approvals = shown(app)
        await pilot.pause()
        assert approvals.region.height == 0
        assert not approvals.take_focus()
        shown(app, wish())
        await pilot.pause()
        assert approvals.region.height == 2
        shown(app)
        await pilot.pause()
        assert approvals.region.height == 0


async def test_it_says_who_wants_what_and_how_many_more_wait() -> None:
    app = app_with()
    async with app.run_test(size=(100, 24)) as pilot:
        shown(app, wish(), wish(2), wish(3))
        await pilot.pause()
        row = screen_rows(app)[0]
        assert "AI-2 (Claude) wants a picture of a red door" in row
        assert "and 2 more" in row


async def test_a_letter_typed_into_the_prompt_is_never_a_decision() -> None:
    app = app_with()
    async with app.run_test(size=(80, 24), message_hook=app.told.append) as pilot:
        app.query_one(Input).focus()
        shown(app, wish())
        await pilot.press("y", "n", "a", "d", "enter")
        assert heard(app, Approvals.Decided) == []
        assert app.query_one(Input).value == "ynad"
        assert "F2, then" in screen_text(app)


async def test_tab_passes_it_by() -> None:
    app = app_with()
    async with app.run_test(size=(80, 24), message_hook=app.told.append) as pilot:
        approvals = shown(app, wish())
        app.query_one(Input).focus()
        for _ in range(3):
            await pilot.press("tab")
            assert not approvals.has_focus
        assert approvals.take_focus()
        await pilot.pause()
        assert approvals.has_focus
        await pilot.press("escape", "tab", "tab", "y")
        assert heard(app, Approvals.Decided) == []


@pytest.mark.parametrize(
    ("key", "granted", "rule"),
    [("y", True, ""), ("n", False, ""), ("a", True, "auto"), ("d", False, "deny")],
)
async def test_each_key_decides_once_it_has_the_focus(
    key: str, granted: bool, rule: str
) -> None:
    app = app_with()
    async with app.run_test(size=(80, 24), message_hook=app.told.append) as pilot:
        shown(app, wish()).take_focus()
        await pilot.press(key)
        (decided,) = heard(app, Approvals.Decided)
        assert (decided.approval, decided.verb) == ("A1", "image")
        assert (decided.granted, decided.rule) == (granted, rule)


async def test_several_are_decided_one_after_the_other_and_the_focus_goes_back() -> None:
    app = app_with()
    async with app.run_test(size=(80, 24), message_hook=app.told.append) as pilot:
        line = app.query_one(Input)
        line.focus()
        await pilot.pause()
        shown(app, wish(1), wish(2, "add_ai", "mistral")).take_focus()
        await pilot.press("y")
        assert "wants to invite mistral" in screen_text(app)
        await pilot.press("n")
        await pilot.pause()
        found = [(d.approval, d.granted) for d in heard(app, Approvals.Decided)]
        assert found == [("A1", True), ("A2", False)]
        assert line.has_focus


async def test_a_request_that_took_anothers_place_hears_no_key_at_first() -> None:
    app = app_with(settle=60)
    async with app.run_test(size=(80, 24), message_hook=app.told.append) as pilot:
        shown(app, wish(1), wish(2, "remove_ai", "AI-1")).take_focus()
        await pilot.press("y", "y")
        assert [d.approval for d in heard(app, Approvals.Decided)] == ["A1"]


async def test_what_was_decided_is_not_shown_again_before_the_room_knows() -> None:
    app = app_with()
    async with app.run_test(size=(80, 24), message_hook=app.told.append) as pilot:
        shown(app, wish(1), wish(2)).take_focus()
        await pilot.press("y")
        approvals = shown(app, wish(1), wish(2), wish(3))
        assert approvals.waiting == 2
        await pilot.press("y")
        assert [d.approval for d in heard(app, Approvals.Decided)] == ["A1", "A2"]


async def test_enter_shows_the_whole_argument() -> None:
    app = app_with()
    async with app.run_test(size=(80, 24)) as pilot:
        shown(app, wish(argument=LONG)).take_focus()
        await pilot.pause()
        assert "with a red door" not in screen_text(app)
        await pilot.press("enter")
        assert "with a red door" in " ".join(screen_text(app).split())
        await pilot.press("enter")
        assert "with a red door" not in screen_text(app)


async def test_the_mouse_decides_too_and_a_click_beside_takes_the_focus() -> None:
    app = app_with()
    async with app.run_test(size=(100, 24), message_hook=app.told.append) as pilot:
        approvals = shown(app, wish())
        await pilot.pause()
        await pilot.click(Approvals, offset=(3, 0))
        await pilot.pause()
        assert approvals.has_focus
        at = screen_rows(app)[1].index("refuse")
        await pilot.click(Approvals, offset=(at, 1))
        await pilot.pause()
        (decided,) = heard(app, Approvals.Decided)
        assert not decided.granted


@pytest.mark.parametrize("width", [34, 60, 80, 140])
async def test_the_keys_are_named_at_any_width(width: int) -> None:
    app = app_with()
    async with app.run_test(size=(width, 24)) as pilot:
        approvals = shown(app, wish())
        await pilot.pause()
        if width >= 60:
            assert "F2, then y allow  n refuse" in screen_text(app)
        approvals.take_focus()
        await pilot.pause()
        assert "y allow  n refuse" in screen_text(app)
        assert ("a always allow !image" in screen_text(app)) == (width > 80)
        assert ("Enter show all of it" in screen_text(app)) == (width > 60)
        assert ("all of it" in screen_text(app)) == (width >= 60)


async def test_what_a_model_asks_for_is_shown_as_characters() -> None:
    app = app_with()
    async with app.run_test(size=(140, 24)) as pilot:
        shown(app, wish(verb=NASTY, argument=NASTY)).take_focus()
        await pilot.press("enter")
        text = screen_text(app)
        assert safe(text) == text
        assert text.count("[/b] [red]x[/]") >= 2


async def test_ascii_draws_it_with_ascii_alone() -> None:
    app = app_with(ascii=True)
    async with app.run_test(size=(60, 24)) as pilot:
        app.add_class("-ascii")
        shown(app, wish(argument=LONG), wish(2))
        await pilot.pause()
        assert screen_text(app).isascii()
