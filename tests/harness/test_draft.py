"""The line being written, on disk."""

import asyncio
import json
import os
from pathlib import Path

import pytest

from harness.draft import DraftFile, Leftover


def a_line(text: str, place: int = 3) -> Leftover:
    return Leftover("AI-1", place, text, "")


def files(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


async def test_what_was_kept_last_is_what_is_left(tmp_path: Path) -> None:
    file = DraftFile(tmp_path / "draft.json")
    for number in range(50):
        file.keep(a_line(f"{number} words"), now=float(number))
    await file.close()
    assert DraftFile(tmp_path / "draft.json").left() == a_line("49 words")
    assert files(tmp_path) == ["draft.json"]


async def test_a_recorded_line_never_comes_back(tmp_path: Path) -> None:
    """However slow the disk is: what is asked for is done in that order."""
    file = DraftFile(tmp_path / "draft.json")
    for turn in range(200):
        file.keep(a_line(f"turn {turn}" * 2000, turn), now=float(turn))
        file.drop()
    await file.close()
    assert DraftFile(tmp_path / "draft.json").left() is None
    assert not files(tmp_path)


async def test_a_disk_that_hangs_keeps_nobody_waiting(tmp_path: Path) -> None:
    hung = tmp_path / "draft.new"
    os.mkfifo(hung)  # opening it for writing waits for a reader
    file = DraftFile(tmp_path / "draft.json")
    began = asyncio.get_running_loop().time()
    file.keep(a_line("hello"), now=0.0)
    file.drop()
    assert asyncio.get_running_loop().time() - began < 0.5
    closing = asyncio.create_task(file.close())
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(asyncio.shield(closing), 0.05)
    reader = os.open(hung, os.O_RDONLY | os.O_NONBLOCK)
    await closing
    assert json.loads(os.read(reader, 1000))["text"] == "hello"
    os.close(reader)


async def test_a_disk_that_takes_nothing_is_let_pass(tmp_path: Path) -> None:
    file = DraftFile(tmp_path / "no such folder" / "draft.json")
    file.keep(a_line("hello"), now=0.0)
    file.drop()
    await file.close()
    assert file.left() is None
