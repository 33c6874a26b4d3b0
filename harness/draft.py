"""The line being written, on disk: what a crash in mid-sentence leaves behind.

A small file beside the log, replaced whole about twice a second while a model speaks and
gone when its line is recorded. It is no part of the log: losing it loses at most half a
second of a line that nobody had finished.

A disk may take its time, and nobody waits for it: one thread does what was asked for, in
that order, so that a line which was recorded cannot come back as a draft.
"""

import asyncio
import contextlib
import json
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast


@dataclass(frozen=True, slots=True)
class Leftover:
    """What was being said when the process ended."""

    author: str
    place: int
    """Place the log had reached when the line began."""
    text: str
    reasoning: str


class DraftFile:
    """Keeps the draft of one room."""

    EVERY = 0.5
    """Seconds between two writings, at least."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._written = float("-inf")
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="draft")

    def due(self, now: float) -> bool:
        """Whether the last writing is `EVERY` seconds ago."""
        return now - self._written >= self.EVERY

    def keep(self, leftover: Leftover, *, now: float) -> None:
        """Have `leftover` written.

        A disk that cannot take it is no reason to stop a speaker: it is let pass.
        """
        self._written = now
        self._thread.submit(self._write, leftover)

    def drop(self) -> None:
        """Have the draft forgotten: its line is in the log."""
        self._written = float("-inf")
        self._thread.submit(self._remove)

    async def close(self) -> None:
        """Wait until everything asked for is done."""
        await asyncio.to_thread(self._thread.shutdown)

    def left(self) -> Leftover | None:
        """Return what an earlier process left, if it can be read. Before anything is written."""
        try:
            body: Any = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        if not isinstance(body, dict):
            return None
        body = cast("dict[str, Any]", body)
        match body:
            case {
                "author": str(author),
                "place": int(place),
                "text": str(text),
                "reasoning": str(reasoning),
            }:
                return Leftover(author, place, text, reasoning)
            case _:
                return None

    # In the thread.

    def _write(self, leftover: Leftover) -> None:
        body = {
            "author": leftover.author,
            "place": leftover.place,
            "text": leftover.text,
            "reasoning": leftover.reasoning,
        }
        beside = self._path.with_suffix(".new")
        with contextlib.suppress(OSError):
            fd = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
            with os.fdopen(fd, "w", encoding="utf-8") as file:
                json.dump(body, file)
            beside.replace(self._path)

    def _remove(self) -> None:
        with contextlib.suppress(OSError):
            self._path.unlink(missing_ok=True)
