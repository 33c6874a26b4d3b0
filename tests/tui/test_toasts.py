"""Notices on the whole screen: they stand in nobody's way, and lists are no notices."""

import asyncio

from textual.widgets._toast import Toast

from tests.tui.sitting import app, room, screen_text, shown, until, write
from tests.tui.test_start import a_room
from tui.desk import Desk
from tui.screens.listing import Listing
from tui.screens.room import RoomScreen
from tui.screens.wishes import OpenRoom


async def test_a_key_takes_notices_away_once_they_could_be_read() -> None:
    async with app().run_test(notifications=True, size=(80, 24)) as pilot:
        for text in ("one", "two", "three"):
            pilot.app.notify(text, severity="error", timeout=30)
        await until(pilot, lambda: "three" in screen_text(pilot))
        toasts = list(pilot.app.screen.query(Toast))
        assert [str(one.render()) for one in toasts] == ["two", "three"]
        assert all(one.outer_size.width <= 40 for one in toasts)
        assert all(one.timeout <= 8 for one in pilot.app._notifications)
        await pilot.press("j")
        assert len(pilot.app._notifications) == 2
        await asyncio.sleep(1.1)
        await pilot.press("k")
        await until(pilot, lambda: not pilot.app.screen.query(Toast))


async def test_a_list_is_read_in_a_dialog_and_left_by_esc() -> None:
    lamp = a_room(Desk.here().rooms, "Lamp", ["one", "two"])
    async with app(OpenRoom(lamp)).run_test(notifications=True, size=(80, 24)) as pilot:
        await until(pilot, lambda: room(pilot).session)
        await write(pilot, "/stats")
        await until(pilot, lambda: isinstance(pilot.app.screen, Listing))
        await until(pilot, shown(pilot, "this sitting:"))
        assert "2 messages" in screen_text(pilot)
        assert not pilot.app._notifications
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, RoomScreen))
