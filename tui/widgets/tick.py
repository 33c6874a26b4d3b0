"""A box to tick whose state can be read without colours: `[x]` or `[ ]`."""

from textual.content import Content
from textual.widgets import Checkbox


class Tick(Checkbox):
    """A box and a few words."""

    DEFAULT_CSS = """
    Tick, Tick:focus {
        width: 1fr;
        height: 1;
        margin: 0;
        padding: 0 2;
        border: none;
        background: transparent;
        & > .toggle--label { color: $foreground; background: transparent; }
    }
    Tick:focus { background: $accent 20%; text-style: bold; }
    """

    @property
    def _button(self) -> Content:
        return Content("[x]" if self.value else "[ ]")
