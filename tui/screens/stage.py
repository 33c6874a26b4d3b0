"""What the app has to know of a screen that shows a room, before any such screen is imported."""

from textual.screen import Screen


class Stage(Screen[None]):
    """A screen that shows a room, and has to be left in good order."""

    room_id: str

    @property
    def speaking(self) -> bool:
        """Whether somebody has the floor."""
        return False

    async def leave(self) -> None:
        """Bring everything to its end before the screen goes."""
