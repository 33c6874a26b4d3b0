"""The person's own editor, whatever it does: the screen comes back, and so do the words."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.seen.terminal import Terminal, available
from tui.widgets.editing import NotEdited, edited, editor

ROUGH = "[/] tabs\tand\r\nspaces   \x1b[31m\x00\x85 \u2028 \ud800 終"

QUICK = {"ENFOLD_SCREEN__PACE": "0.01"}

in_a_terminal = pytest.mark.skipif(not available(), reason="there is no tmux here")


def script(folder: Path, body: str, name: str = "my editor") -> Path:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{body}\n", "utf-8")
    path.chmod(0o700)
    return path


def gone(path: Path) -> bool:
    return not path.exists()


def wait_for(seen: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not seen():
        assert time.monotonic() < end
        time.sleep(0.01)


# Which editor.


def test_visual_goes_before_editor_and_both_before_what_is_found(tmp_path: Path) -> None:
    for name in ("vi", "nano", "mine", "other one"):
        script(tmp_path, "true", name)
    path = {"PATH": str(tmp_path)}
    assert editor(path) == [str(tmp_path / "vi")]
    assert editor({**path, "EDITOR": "", "VISUAL": ""}) == [str(tmp_path / "vi")]
    assert editor({**path, "EDITOR": "mine -w"}) == [str(tmp_path / "mine"), "-w"]
    both = {**path, "EDITOR": "mine", "VISUAL": "'other one' --wait"}
    assert editor(both) == [str(tmp_path / "other one"), "--wait"]
    (tmp_path / "vi").unlink()
    assert editor(path) == [str(tmp_path / "nano")]


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"EDITOR": "vi 'oops"}, "EDITOR cannot be read (No closing quotation)"),
        ({"EDITOR": "  "}, "EDITOR is blank"),
        ({"VISUAL": "''", "EDITOR": "true"}, "VISUAL is blank"),
        ({"EDITOR": "no-such-editor -w"}, "EDITOR is no-such-editor, which is not here"),
        ({"EDITOR": "."}, "EDITOR is ., which is not here"),
        ({}, "there is neither vi nor nano"),
    ],
)
def test_what_cannot_be_run_is_refused_before_anything_is_touched(
    given: dict[str, str], why: str, tmp_path: Path
) -> None:
    with pytest.raises(NotEdited) as refused:
        editor({"PATH": str(tmp_path), **given})
    said = str(refused.value)
    assert why in said
    assert "set " in said
    assert "\n" not in said


# What is handed over, and what comes back.


async def given(tmp_path: Path, text: str, body: str) -> str:
    """What `text` is after an editor that does `body`."""
    return await edited(text, [str(script(tmp_path, body))])


@pytest.mark.parametrize("text", [ROUGH, "no end", "a\r\nb", "a\r\nb\r\n", "", "\n\n", "a\rb"])
async def test_an_editor_gets_the_very_bytes_and_gives_them_back(
    tmp_path: Path, text: str
) -> None:
    copy = tmp_path / "copy"
    same = f'cp "$1" "{copy}"; stat -c %a "$1" "$(dirname "$1")" > "{copy}.mode"; echo "$1" > "{copy}.path"'
    assert await given(tmp_path, text, same) == text
    assert copy.read_bytes() == text.encode("utf-8", "surrogatepass")
    assert (tmp_path / "copy.mode").read_bytes() == b"600\n700\n"
    path = Path((tmp_path / "copy.path").read_text().strip())
    assert gone(path.parent)


async def test_what_an_editor_adds_is_kept_but_for_the_last_line_end(tmp_path: Path) -> None:
    more = 'printf " more\\n" >> "$1"'
    assert await given(tmp_path, "some", more) == "some more"
    assert await given(tmp_path, "some\n", more) == "some\n more\n"
    assert await given(tmp_path, "a\r\nb", 'printf " more\\r\\n" >> "$1"') == "a\r\nb more"
    assert await given(tmp_path, "some", 'printf "\\377" >> "$1"') == "some\ufffd"
    # Many editors write a new file and put it in the place of the old one.
    anew = 'printf "new" > "$1.new"; mv "$1.new" "$1"; cp "$1" "$1~"'
    assert await given(tmp_path, "some", anew) == "new"


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("exit 3", "ended with 3"),
        ("kill -9 $$", "was ended by SIGKILL"),
        ('rm "$1"', "left no file"),
        ('rm "$1"; mkfifo "$1"', "left no file"),
    ],
)
async def test_an_editor_that_fails_changes_nothing_and_leaves_nothing(
    tmp_path: Path, body: str, why: str
) -> None:
    kept = f'echo "$1" > "{tmp_path}/path"; {body}'
    with pytest.raises(NotEdited, match=why):
        await given(tmp_path, "some", kept)
    assert gone(Path((tmp_path / "path").read_text().strip()).parent)


@pytest.mark.parametrize("before", ["", "trap '' TERM; "], ids=["ends", "does not want to"])
async def test_who_is_called_off_ends_the_editor_and_leaves_nothing(
    tmp_path: Path, before: str
) -> None:
    note = tmp_path / "path"
    going = asyncio.create_task(
        given(tmp_path, "some", f'{before}echo "$$ $1" > "{note}"; exec sleep 600')
    )
    await asyncio.to_thread(wait_for, lambda: note.exists() and note.read_text().endswith("\n"))
    going.cancel()
    with pytest.raises(asyncio.CancelledError):
        await going
    process, path = note.read_text().split()
    assert gone(Path(path).parent)
    await asyncio.to_thread(wait_for, lambda: gone(Path("/proc", process)))


# In a real terminal.


def leave(terminal: Terminal) -> None:
    """Leave, be somebody speaking or not."""
    terminal.press("C-q")
    wait_for(lambda: any(one in terminal.screen() for one in ("Leave while", "exit code")))
    if "Leave while" in terminal.screen():
        terminal.press("y")
    terminal.wait_for("exit code 0")


@pytest.mark.slow
@pytest.mark.timeout(240)
@in_a_terminal
@pytest.mark.parametrize(
    ("command", "body", "said"),
    [
        ("'{0}'", 'printf " + more" >> "$1"', ""),
        ("'{0}'", "exit 1", "ended with 1"),
        ("'{0}'", "stty raw -echo; printf '\\033[?1049h\\033[31m'; kill -9 $$", "SIGKILL"),
        ("'{0}'", 'rm "$1"', "left no file"),
        ("no-such-editor", "", "not here"),
        ('vi "oops', "", "No closing quotation"),
        ("  ", "", "blank"),
    ],
    ids=["works", "fails", "killed", "no file", "missing", "unparsable", "blank"],
)
def test_the_screen_comes_back_and_the_words_are_still_there(
    tmp_path: Path, command: str, body: str, said: str
) -> None:
    # Quoted twice: once for the shell that starts enfold, once for who reads the variable.
    value = command.format(script(tmp_path, body))
    (tmp_path / "tmp").mkdir()
    told = {
        **QUICK,
        "TMPDIR": str(tmp_path / "tmp"),
        "EDITOR": value.replace("'", "'\\''"),
    }
    with Terminal(80, 24, tmp_path, environment=told) as terminal:
        terminal.wait_for("The last watch")
        terminal.press("Enter")
        terminal.wait_for("AI-1 (Ansgar)", "running")
        terminal.press("Escape", "Escape")
        terminal.wait_for("paused")

        # The line at the bottom.
        terminal.write("my own words")
        terminal.wait_for("my own words")
        terminal.press("C-x", "C-e")
        if said:
            terminal.wait_for("my own words", said, "set " if not body else "as they were")
        else:
            terminal.wait_for("my own words + more")
        terminal.write("! still here")
        terminal.wait_for("! still here", "to all")

        # A line of somebody's.
        terminal.press("M-e")
        if said:
            terminal.wait_for("my own words! still here", said)
        else:
            terminal.wait_for("still here + more")
        for _ in range(60):
            terminal.press("BSpace")
        terminal.write("/edit 4")
        terminal.press("Enter")
        terminal.wait_for("Edit the line")
        terminal.press("C-e")
        if said:
            terminal.wait_for("Edit the line", said)
        else:
            terminal.wait_for("Edit the line", "+", "more")
        terminal.press("Escape")
        if not said:
            terminal.wait_for("Leave the line as it was?")
            terminal.press("y")
        terminal.wait_for("to all", gone="Edit the line")
        leave(terminal)
    assert not list((tmp_path / "tmp").iterdir())


@pytest.mark.slow
@pytest.mark.timeout(240)
@in_a_terminal
def test_ctrl_c_is_the_editors(tmp_path: Path) -> None:
    path = script(tmp_path, "echo EDITING; sleep 600; echo never", "slow")
    told = {**QUICK, "EDITOR": str(path)}
    with Terminal(80, 24, tmp_path, environment=told) as terminal:
        terminal.wait_for("The last watch")
        terminal.press("Enter")
        terminal.wait_for("AI-1 (Ansgar)", "running")
        terminal.write("my own words")
        terminal.press("C-x", "C-e")
        terminal.wait_for("EDITING")
        time.sleep(0.2)
        terminal.press("C-c")
        terminal.wait_for("my own words", "SIGINT", gone="EDITING")
        leave(terminal)
