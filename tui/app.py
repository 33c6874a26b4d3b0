"""The full screen. The app pushes screens and answers what they wish for; rooms are theirs.

It imports nothing heavy: the first frame must not wait for litellm, the database or torch.
"""

import asyncio
import json
import os
import signal
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import ClassVar

from textual import on, work
from textual.app import SystemCommand
from textual.binding import Binding, BindingType
from textual.command import CommandPalette
from textual.screen import Screen
from textual.theme import Theme
from textual.worker import WorkerError

from tui import keymap
from tui.clipboard import copy
from tui.desk import OURS, Desk
from tui.printing import line
from tui.screens import collecting
from tui.screens.confirm import Confirm
from tui.screens.loading import load
from tui.screens.making import make
from tui.screens.stage import Stage
from tui.screens.start import StartScreen
from tui.screens.toasts import Toasting
from tui.screens.wishes import (
    BackToStart,
    CompareRooms,
    CopyText,
    NewRoom,
    NewRoomOf,
    OpenRoom,
    Quit,
    ReplayRoom,
    ShowHelp,
    WearTheme,
)
from tui.themes import DEFAULT, BadThemes
from tui.themes import OURS as OWN_THEMES
from tui.themes import read as read_themes
from tui.widgets.graphics import Graphics
from tui.widgets.keys import said_key
from tui.widgets.plainly import ASCII_CSS, command_palette, use_ascii

LOOKS = "screen.json"
"""In the state folder: the theme that was worn last."""


_NAMES = {"↑": "up", "↓": "down", "←": "left", "→": "right", "⏎": "enter", "⌫": "backspace"}
"""Of keys that Textual shows as signs."""


class EnfoldApp(Toasting[int]):
    """Shows the start, rooms and replays."""

    TITLE = "enfold"
    CSS = f"""
    {ASCII_CSS}
    ToastRack {{ dock: top; align: right top; margin: 1 0 0 0; }}
    Toast {{ padding: 0 1; }}
    CommandPalette {{
        & SearchIcon {{ display: none; }}
        & #--container {{ width: 92; max-width: 100%; background: $background; }}
        & #--input {{ border: none; background: $background; padding: 1 2 0 2; }}
        & CommandInput, & CommandInput:focus {{
            border: none;
            height: 1;
            padding: 0 1;
            background: $accent 16%;
        }}
        & CommandList {{ border: none; background: $background; padding: 1 0; }}
        & LoadingIndicator {{ border: none; background: $background; }}
    }}
    """
    """Toasts stand at the top: at the bottom is what the person is typing."""
    COMMAND_PALETTE_BINDING = "ctrl+p"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f1", "explain", "Help", id="app.help"),
        Binding(
            "ctrl+p", "command_palette", "All commands", show=False, priority=True,
            id="app.palette",
        ),
        Binding("ctrl+q", "leave", "Quit", id="app.quit", priority=True),
    ]  # fmt: skip

    def __init__(
        self,
        desk: Desk,
        *,
        graphics: Graphics | None = None,
        first: OpenRoom | NewRoom | ReplayRoom | None = None,
        theme: str = "",
        pace: float | None = None,
    ) -> None:
        """Take what is needed.

        Args:
            desk: Where things are.
            graphics: What the terminal can draw; captions alone by default.
            first: What to show instead of the start.
            theme: Instead of the one worn last.
            pace: Seconds before each word of a scripted model; the settings' own if `None`.
        """
        super().__init__()
        self.desk = desk
        self._graphics = graphics or Graphics("none")
        self._first = first
        self._wished_theme = theme
        self._pace = pace
        self.own_keys: dict[str, str] = {}
        """Keys by action, where the person has changed them."""
        self._dressed = ""
        """The theme worn since the start, as long as no other was chosen."""

    # The start.

    def on_mount(self) -> None:
        """Dress, read the keys, and show the first screen."""
        collecting.begin()
        if self.desk.ascii:
            use_ascii()
            self.add_class("-ascii")
        if not self.is_headless:
            loop = asyncio.get_running_loop()
            for number in (signal.SIGTERM, signal.SIGHUP):
                loop.add_signal_handler(number, self._end, number)
        troubles = [*self._read_keys(), *self._dress()]
        self.push_screen(StartScreen(self.desk))
        if self._first is not None:
            self.post_message(self._first)
        for trouble in troubles:
            self._tell(trouble, error=True)

    def _dress(self) -> list[str]:
        """Register themes and wear one; return what is wrong with the person's own."""
        troubles: list[str] = []
        for theme in OWN_THEMES.values():
            self.register_theme(theme)
        try:
            for theme in read_themes(self.desk.paths.themes):
                self.register_theme(theme)
        except BadThemes as error:
            troubles.append(str(error))
        wished = self._wished_theme or _worn(self._looks)
        if self._wished_theme and wished not in self.available_themes:
            key = said_key(self, EnfoldApp, "app.palette")
            troubles.append(f"no theme {wished!r}; the palette ({key}) lists them")
        self.theme = wished if wished in self.available_themes else DEFAULT
        self._dressed = self.theme
        self.theme_changed_signal.subscribe(self, self._dressed_anew)
        return troubles

    def _read_keys(self) -> list[str]:
        if not self.desk.paths.keys.exists():
            return []
        own = keymap.read(self.desk.paths.keys, built_in_keys())
        self.own_keys = own.keys
        self.set_keymap(own.keys)
        return list(own.troubles)

    @property
    def _looks(self) -> Path:
        return self.desk.paths.state / LOOKS

    def _dressed_anew(self, theme: Theme) -> None:
        """Remember what was chosen here; what was asked for at the start counts for once."""
        if theme.name != self._dressed:
            self._dressed = ""
            self._keep_looks()

    @work(thread=True, exclusive=True, group="looks")
    def _keep_looks(self) -> None:
        """Remember the theme for the next start; not worth an error."""
        with suppress(OSError):
            self._looks.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            beside = self._looks.with_suffix(".new")
            beside.unlink(missing_ok=True)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
            with os.fdopen(os.open(beside, flags, 0o600), "w", encoding="utf-8") as file:
                json.dump({"theme": self.theme}, file)
            beside.replace(self._looks)

    def _tell(self, text: str, *, error: bool = False) -> None:
        self.notify(
            line(text, 600),
            severity="error" if error else "information",
            timeout=12 if error else 4,
            markup=False,
        )

    # What screens wish for.

    @on(OpenRoom)
    def _open_room(self, wish: OpenRoom) -> None:
        def screen() -> Screen[None]:
            from tui.screens.far import RoomScreen  # noqa: PLC0415 - not before the first frame

            return RoomScreen(
                self.desk,
                wish.room,
                self._graphics,
                place=wish.place,
                turns=wish.turns,
                rounds=wish.rounds,
                new=wish.new,
                note=wish.note,
                pace=self._pace,
            )

        self._go_to(screen)

    @on(ReplayRoom)
    def _replay_room(self, wish: ReplayRoom) -> None:
        def screen() -> Screen[None]:
            from tui.screens.far import ReplayScreen  # noqa: PLC0415 - likewise

            return ReplayScreen(
                self.desk, wish.room, self._graphics, place=wish.place, back=wish.back
            )

        self._go_to(screen)

    @on(NewRoom)
    def _new_room(self, wish: NewRoom) -> None:
        self._make_room(wish)

    @on(NewRoomOf)
    def _new_room_of(self, wish: NewRoomOf) -> None:
        self._make_room(wish)

    @work(exclusive=True, group="make")
    async def _make_room(self, wish: NewRoom | NewRoomOf) -> None:
        """Make a room and open it."""
        try:
            room_id, rounds = await make(self.desk, wish)
        except (*OURS, OSError) as error:
            self._tell(str(error), error=True)
            return

        def screen() -> Screen[None]:
            from tui.screens.far import RoomScreen  # noqa: PLC0415 - likewise

            return RoomScreen(
                self.desk, room_id, self._graphics, rounds=rounds, new=True, pace=self._pace
            )

        self._go_to(screen)

    @on(CompareRooms)
    def _compare_rooms(self, wish: CompareRooms) -> None:
        from tui.screens.far import CompareScreen  # noqa: PLC0415 - likewise

        self.push_screen(CompareScreen(self.desk, wish.left, wish.right))

    @on(BackToStart)
    def _back_to_start(self) -> None:
        self._go_to(None)

    @work(exclusive=True, group="go")
    async def _go_to(self, screen: Callable[[], Screen[None]] | None) -> None:
        """Leave whatever is shown, and show what `screen` makes over the start."""
        await asyncio.to_thread(load)
        for shown in reversed(self.screen_stack):
            if isinstance(shown, Stage):
                await shown.leave()
        while len(self.screen_stack) > 1 and not isinstance(self.screen, StartScreen):
            await self.pop_screen()
        if screen is not None:
            await self.push_screen(screen())
        self.call_after_refresh(collecting.tidy, self)

    @on(CopyText)
    def _copy_asked(self, wish: CopyText) -> None:
        self._copy(wish)

    @work(exclusive=True, group="copy")
    async def _copy(self, wish: CopyText) -> None:
        """Put a text on the clipboard; a program that hangs must not hold the keys."""
        driver = self._driver
        if driver is None:
            return
        done = await copy(wish.text, driver.write)
        self._tell(f"{wish.what}: {done.said}", error=not done.how)

    @on(WearTheme)
    def _wear_theme(self, wish: WearTheme) -> None:
        if not wish.name:
            self.action_change_theme()
        elif wish.name in self.available_themes:
            self.theme = wish.name
        else:
            self._tell(f"no theme {wish.name!r}; /theme alone lists them", error=True)

    @on(ShowHelp)
    def _show_help(self) -> None:
        self.action_explain()

    @on(Quit)
    def _quit(self) -> None:
        self.action_leave()

    # Keys.

    def action_command_palette(self) -> None:
        """Show the palette."""
        if self.use_command_palette and not isinstance(self.screen, CommandPalette):
            self.push_screen(command_palette(ascii=self.desk.ascii))

    def get_key_display(self, binding: Binding) -> str:
        """Return how a key is shown, wherever it is."""
        shown = super().get_key_display(binding)
        return _NAMES.get(shown, shown) if self.desk.ascii else shown

    def action_explain(self) -> None:
        """Say what can be done here."""
        from tui.screens.far import HelpScreen  # noqa: PLC0415 - likewise

        if not isinstance(self.screen, HelpScreen):
            keys = {**built_in_keys(), **self.own_keys}
            self.push_screen(HelpScreen(self.desk, self.screen, keys=keys))

    def action_leave(self) -> None:
        """Leave; ask first if somebody is speaking. Asked again, that is one question still."""
        if not any(one.group == "leave" for one in self.workers):
            self._leave()

    @work(group="end")
    async def _end(self, number: int) -> None:
        """Leave because somebody outside says so; with everything kept, as by ctrl+q."""
        await self._leave_rooms()
        self.exit(128 + number)

    @work(group="leave")
    async def _leave(self) -> None:
        speaking = any(
            isinstance(shown, Stage) and shown.speaking for shown in self.screen_stack
        )
        if speaking and not await self.push_screen_wait(
            Confirm(
                "Leave while somebody is speaking?",
                "They are cut off; what was said so far is kept.",
                verb="Leave",
                destructive=False,
            )
        ):
            return
        await self._leave_rooms()
        self.exit(0)

    async def _leave_rooms(self) -> None:
        self.workers.cancel_group(self, "make")
        # A screen on its way in is waited for, to be left like the others.
        for going in [one for one in self.workers if one.node is self and one.group == "go"]:
            with suppress(WorkerError):
                await going.wait()
        for shown in reversed(self.screen_stack):
            if isinstance(shown, Stage):
                await shown.leave()

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Yield what the palette lists."""
        from tui.screens.far import commands  # noqa: PLC0415 - likewise

        yield from commands(screen, self.own_keys, self.run_action)
        yield SystemCommand("Theme", "choose other colours", self.search_themes)


def built_in_keys() -> dict[str, str]:
    """Return the built-in keys of every action that a keymap may change."""
    from tui.screens.far import KEYED  # noqa: PLC0415 - not before the first frame

    return {
        binding.id: binding.key
        for place in (EnfoldApp, StartScreen, *KEYED)
        for binding in place.BINDINGS
        if isinstance(binding, Binding) and binding.id
    }


def _worn(looks: Path) -> str:
    try:
        worn = json.loads(looks.read_text(encoding="utf-8"))
        return str(worn["theme"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""
