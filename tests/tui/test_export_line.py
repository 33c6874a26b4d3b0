"""`/export` typed into a room: over what is there only after asking, and in forms there are."""

from pathlib import Path

from tests.tui.sitting import app, room, screen_text, until, write
from tests.tui.test_start import a_room
from tui.desk import Desk
from tui.screens.wishes import OpenRoom


async def test_what_is_there_is_written_over_only_after_asking(tmp_path: Path) -> None:
    lamp = a_room(Desk.here().rooms, "Lamp", ["one", "two"])
    there = tmp_path / "lamp.html"
    there.write_text("mine", encoding="utf-8")
    async with app(OpenRoom(lamp)).run_test(notifications=True, size=(100, 30)) as pilot:
        await until(pilot, lambda: room(pilot).session)
        await write(pilot, f"/export html {there}")
        await until(pilot, lambda: "Write over lamp.html?" in screen_text(pilot))
        assert "lamp-2.html would be a free name" in screen_text(pilot)
        await pilot.press("n")
        await pilot.pause()
        assert there.read_text(encoding="utf-8") == "mine"
        await write(pilot, f"/export html {there}")
        await until(pilot, lambda: "Write over lamp.html?" in screen_text(pilot))
        await pilot.press("y")
        await until(pilot, lambda: "<html" in there.read_text(encoding="utf-8"))


async def test_a_form_that_there_is_not_is_answered_with_those_there_are() -> None:
    lamp = a_room(Desk.here().rooms, "Lamp", ["one", "two"])
    async with app(OpenRoom(lamp)).run_test(notifications=True, size=(100, 30)) as pilot:
        await until(pilot, lambda: room(pilot).session)
        await write(pilot, "/export pdf notes")
        await until(pilot, lambda: "no format pdf" in screen_text(pilot))
        (told,) = pilot.app._notifications
        assert "md, html, txt and jsonl" in told.message
