"""What stands in a room's line, kept while it is written and put back when the room is opened.

It is written soon after the last key, off the loop, so that a crash loses a second of it; and
when the room is left, by whatever way.
"""

import asyncio
from pathlib import Path

from harness import unsent
from harness.unsent import Unsent
from tui.widgets.prompt import Prompt, Target

QUIET = 1.0
"""Seconds without a key after which it is written."""

LONGEST = 5.0
"""Seconds after which it is written even so."""


class Keeping:
    """Keeps one room's line in one file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._kept: Unsent | None = None
        """What is in the file; `None` before it was looked at."""
        self._first = self._last = float("inf")
        """When the first and the last of what is not written yet was typed."""
        self._writing = asyncio.Lock()
        self._told = False

    def typed(self, now: float) -> None:
        """Something was typed; `now` is in seconds of any clock."""
        self._first = min(self._first, now)
        self._last = now

    def due(self, now: float) -> bool:
        """Whether it is time to write."""
        return now - self._last >= QUIET or now - self._first >= LONGEST

    async def keep(self, prompt: Prompt) -> None:
        """Write what stands in the line, unless it is written already.

        The first time, put what was left into the line, before what was typed since.

        Raises:
            OSError: It cannot be written; told once, since it is tried again with each key.
        """
        async with self._writing:
            if self._kept is None:
                await self._put_back(prompt)
            if not prompt.is_attached:
                return  # closed by force: what it has now says nothing
            self._first = self._last = float("inf")
            now = _standing(prompt)
            if now == self._kept:
                return
            try:
                await asyncio.to_thread(unsent.keep, self._path, now)
            except OSError as error:
                if self._told:
                    return
                self._told = True
                raise OSError(
                    f"unsent words cannot be kept: {error.strerror or error}"
                ) from error
            self._kept = now

    async def hand_on(self, prompt: Prompt, path: Path) -> None:
        """Give what stands in the line to another room too, whose file is at `path`.

        Raises:
            OSError: It cannot be written.
        """
        await asyncio.to_thread(unsent.keep, path, _standing(prompt))

    async def _put_back(self, prompt: Prompt) -> None:
        left = await asyncio.to_thread(unsent.left, self._path)
        if not prompt.is_attached:
            return
        self._kept = left
        if not left.text:
            return
        if prompt.text.startswith("/"):
            prompt.remember([left.text])  # not in front of a command
            return
        prompt.text = left.text + prompt.text
        if left.to:
            prompt.target = Target(left.to, left.whisper)


def _standing(prompt: Prompt) -> Unsent:
    text, target = prompt.unsent, prompt.target
    return Unsent(text, target.participant, target.whisper) if text else unsent.NOTHING
