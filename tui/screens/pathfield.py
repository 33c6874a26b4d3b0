"""A line for the path of a file: `~`, quotes and `file://` are understood, Tab completes."""

import asyncio
import os
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from textual import events, work
from textual.message import Message
from textual.widgets import Input

MOST = 2000
"""Names of a folder looked at for completion."""


def path_of(typed: str) -> Path:
    """Return the path somebody typed, dropped or pasted.

    Quotes around it, a `file://` address, backslashes before spaces, as terminals paste
    them, and `~` are undone.
    """
    text = typed.strip()
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
        text = text[1:-1]
    elif text.startswith("file:"):
        text = unquote(urlsplit(text).path)
    elif "\\" in text and os.sep == "/" and not Path(text).exists():
        text = _unescaped(text)
    path = Path(text.replace("\0", ""))
    try:
        return path.expanduser()
    except RuntimeError:
        return path  # no such user: the path as it stands says so


def _unescaped(text: str) -> str:
    """Return `text` without the backslashes a shell would have taken away."""
    return re.sub(r"\\(.)", r"\1", text)


def completed(typed: str) -> tuple[str, list[str]]:
    """Return `typed` with as much added as is sure, and the names that could follow.

    Folders end in `/`. Hidden ones count if their dot was typed.
    """
    home = typed.startswith("~")
    path = path_of(typed)
    folder, begun = (path, "") if typed.endswith("/") or typed in ("~", "") else (
        path.parent, path.name
    )  # fmt: skip
    try:
        with os.scandir(folder) as entries:
            names = sorted(
                f"{entry.name}/" if entry.is_dir() else entry.name
                for entry, _ in zip(entries, range(MOST), strict=False)
                if entry.name.startswith(begun)
                and (begun.startswith(".") or not entry.name.startswith("."))
            )
    except OSError:
        return typed, []
    if not names:
        return typed, []
    sure = _common(names)
    if len(sure) < len(begun):
        return typed, names
    whole = f"{'' if str(folder) == '.' and not typed.startswith('.') else f'{folder}/'}{sure}"
    whole = whole.replace("//", "/")
    if home:
        user = str(Path("~").expanduser())
        whole = f"~{whole.removeprefix(user)}" if whole.startswith(user) else whole
    return whole, names


def _common(names: list[str]) -> str:
    """Return what all of some sorted names begin with."""
    first, last = names[0], names[-1]
    same = 0
    while same < min(len(first), len(last)) and first[same] == last[same]:
        same += 1
    return first[:same]


class PathField(Input):
    """A line for a path. Tab completes it, and goes on where there is nothing to complete."""

    @dataclass
    class Offered(Message):
        """Names that could follow, where there are several."""

        field: "PathField"
        names: tuple[str, ...]

        @property
        def control(self) -> "PathField":
            """The field it came from."""
            return self.field

    def on_key(self, event: events.Key) -> None:
        """Complete on Tab."""
        if event.key == "tab" and self.value.strip():
            event.stop()
            event.prevent_default()
            self._complete(self.value)

    @work(exclusive=True)
    async def _complete(self, typed: str) -> None:
        whole, names = await asyncio.to_thread(completed, typed)
        if self.value != typed:
            return  # typed on meanwhile
        if whole != typed:
            self.value = whole
            self.cursor_position = len(whole)
        if len(names) > 1:
            self.post_message(self.Offered(self, tuple(names)))
        elif whole == typed:
            self.screen.focus_next()
