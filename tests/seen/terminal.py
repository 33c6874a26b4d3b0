"""A real terminal to run enfold in: tmux, its keys and what it shows."""

import os
import shutil
import subprocess
import sys
import time
import uuid
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

ROOT = Path(__file__).resolve().parents[2]

PATIENCE = 30.0
"""Seconds to wait for something to be shown: a busy machine is no failure."""


def available() -> bool:
    """Whether there is a tmux here."""
    return shutil.which("tmux") is not None


class Terminal:
    """One window of a tmux server of its own, running `enfold` with these arguments."""

    def __init__(
        self,
        columns: int,
        rows: int,
        home: Path,
        arguments: str = "",
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.home = home
        self._server = f"enfold-{uuid.uuid4().hex[:12]}"
        values = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "PYTHONPATH": str(ROOT),
            "PYTHONWARNINGS": "default",
            "ENFOLD_CONFIG_DIR": str(home / "config"),
            "ENFOLD_DATA_DIR": str(home / "data"),
            "ENFOLD_STATE_DIR": str(home / "state"),
            "ENFOLD_CACHE_DIR": str(home / "cache"),
            **(environment or {}),
        }
        # Of the tests' own environment nothing comes along: no key, no NO_COLOR.
        told = " ".join(f"{name}='{value}'" for name, value in values.items())
        command = f"env -i TERM=$TERM {told} {sys.executable} -m tui {arguments}"
        self._tmux("-f", "/dev/null", "new-session", "-d", "-x", str(columns), "-y", str(rows),
                   f"{command}; echo \"exit code $?\"; sleep 600")  # fmt: skip
        self._tmux("set-option", "-g", "escape-time", "0")

    def press(self, *keys: str) -> None:
        """Press keys by tmux's names: `Enter`, `Escape`, `C-r`, `F6`."""
        self._tmux("send-keys", *keys)

    def write(self, text: str) -> None:
        """Type `text` as it stands."""
        self._tmux("send-keys", "-l", text)

    def screen(self) -> str:
        """Return what is shown, a line a row, without trailing spaces."""
        return self._tmux("capture-pane", "-p")

    def resize(self, columns: int, rows: int) -> None:
        """Make the window larger or smaller."""
        self._tmux("resize-window", "-x", str(columns), "-y", str(rows))

    def wait_for(self, *texts: str, gone: str = "", seconds: float = PATIENCE) -> str:
        """Wait until all of `texts` are shown and `gone` is not; return the screen.

        Raises:
            AssertionError: It did not come; the message has the screen.
        """
        end = time.monotonic() + seconds
        shown = ""
        while time.monotonic() < end:
            shown = self.screen()
            if all(text in shown for text in texts) and not (gone and gone in shown):
                return shown
            time.sleep(0.05)
        wanted = ", ".join(repr(text) for text in texts) + (f", not {gone!r}" if gone else "")
        raise AssertionError(f"{wanted} did not come within {seconds:g} s:\n{shown}")

    def close(self) -> None:
        """End the server and everything in it."""
        subprocess.run(
            ["tmux", "-L", self._server, "kill-server"], check=False, capture_output=True
        )

    def _tmux(self, *arguments: str) -> str:
        done = subprocess.run(
            ["tmux", "-L", self._server, *arguments],
            check=True,
            capture_output=True,
            text=True,
            encoding="utf-8",
        )
        return done.stdout

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
