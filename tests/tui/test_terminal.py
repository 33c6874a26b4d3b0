"""The whole of it in a real terminal: tmux, real keys, what is really shown."""

import os
import signal
from contextlib import suppress
from pathlib import Path

import pytest

from tests.seen.terminal import Terminal, available

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(240),
    pytest.mark.skipif(not available(), reason="there is no tmux here"),
]

QUICK = {"ENFOLD_SCREEN__PACE": "0.01"}
SLOW = {"ENFOLD_SCREEN__PACE": "0.1"}
"""Slow enough for somebody to be speaking still."""
SIZES = [(60, 20), (80, 24), (140, 40), (200, 60)]


def first_word(screen: str, after: str) -> str:
    """The word that follows `after` on the screen."""
    return screen.split(after, 1)[1].split(maxsplit=1)[0]


@pytest.mark.parametrize("size", SIZES, ids=[f"{w}x{h}" for w, h in SIZES])
def test_a_person_runs_steers_looks_and_comes_back(
    size: tuple[int, int], tmp_path: Path
) -> None:
    with Terminal(*size, tmp_path, environment=QUICK) as terminal:
        shown = terminal.wait_for("enfold", "The last watch", "Begin")
        assert max(map(len, shown.splitlines())) <= size[0]

        terminal.press("Enter")
        terminal.wait_for("AI-1 (Ansgar)", "running")

        terminal.press("Escape", "Escape")
        terminal.wait_for("paused")
        terminal.press("F6")
        terminal.wait_for("AI-2 (Pell)")

        terminal.write("/whisper AI-2 count the lamps")
        terminal.press("Enter")
        terminal.wait_for("count the lamps", "whispered")

        terminal.write("/add Brackwater Radio")
        terminal.press("Enter")
        terminal.wait_for("!add_ai", "Brackwater Radio")

        terminal.press("F3")
        looked = terminal.wait_for("of 2,048")
        assert "places 0" in looked or "0 to" in looked or "text" in looked
        terminal.press("F3")
        terminal.wait_for("to all", gone="of 2,048 bytes")

        terminal.write("/search lamps")
        terminal.press("Enter")
        terminal.wait_for("found")
        terminal.press("Escape")

        terminal.press("C-r")
        terminal.wait_for("AI-1 Ansgar", "details")
        terminal.press("C-r")
        if size[0] < 110:
            terminal.wait_for("to all", gone="AI-1 Ansgar")

        terminal.press("Tab")
        terminal.press("C-f")
        terminal.wait_for("Find in all rooms")
        terminal.write("nine miles off")
        terminal.wait_for("Hollin Skerry, nine miles off")
        terminal.press("Escape")
        terminal.wait_for("to all", gone="Find in all rooms")

        terminal.press("F4")
        terminal.wait_for("here ·")
        terminal.press("Escape")
        terminal.wait_for("to all", gone="here ·")

        wanted = tmp_path / "out.md"
        _line(terminal, f"/export md {wanted}")
        terminal.wait_for("wrote")
        assert "count the lamps" in wanted.read_text(encoding="utf-8")

        _line(terminal, "/fork")
        terminal.wait_for("forked")
        _line(terminal, "/search lamps")
        terminal.wait_for("found;")

        terminal.press("C-q")
        terminal.wait_for("exit code 0")

    rooms = sorted((tmp_path / "data" / "rooms").glob("*/log.jsonl"))
    assert len(rooms) == 2

    with Terminal(*size, tmp_path, "resume --last --screen", environment=QUICK) as terminal:
        terminal.wait_for("to all")
        _line(terminal, "/search lamps")
        terminal.wait_for("found;")
        terminal.press("C-q")
        terminal.wait_for("exit code 0")


def _line(terminal: Terminal, line: str) -> None:
    """Type a line into the prompt, wherever the focus is."""
    terminal.press("C-l")
    terminal.wait_for("to all", gone="Unfold")
    terminal.wait_for("to all", gone="details")
    terminal.write(line)
    terminal.press("Enter")


def test_without_colour_nothing_is_lost(tmp_path: Path) -> None:
    with Terminal(80, 24, tmp_path, environment={**SLOW, "NO_COLOR": "1"}) as terminal:
        terminal.wait_for("The last watch")
        terminal.press("Enter")
        terminal.wait_for("AI-1 (Ansgar)", "22:40")
        terminal.press("C-q")
        terminal.wait_for("Leave")
        terminal.press("y")
        terminal.wait_for("exit code 0")


def test_in_ascii_every_cell_is_ascii_but_for_the_words_of_others(tmp_path: Path) -> None:
    with Terminal(80, 24, tmp_path, "--ascii", environment=SLOW) as terminal:
        shown = terminal.wait_for("The last watch")
        assert shown.isascii()
        terminal.press("Enter")
        shown = terminal.wait_for("AI-1 (Ansgar)", "22:40")
        assert shown.isascii()
        terminal.press("C-q")
        terminal.wait_for("Leave")
        terminal.press("y")
        terminal.wait_for("exit code 0")


def test_a_terminal_that_goes_away_leaves_the_room_whole(tmp_path: Path) -> None:
    with Terminal(80, 24, tmp_path, environment=SLOW) as terminal:
        terminal.wait_for("The last watch")
        terminal.press("Enter")
        terminal.wait_for("Thirty-one")
    from transcripts.events import Opened
    from transcripts.log import read

    log = next((tmp_path / "data" / "rooms").glob("*/log.jsonl"))
    entries = list(read(log))
    assert isinstance(entries[0].event, Opened)


def test_a_polite_kill_leaves_the_terminal_as_it_was(tmp_path: Path) -> None:
    with Terminal(80, 24, tmp_path, environment=SLOW) as terminal:
        terminal.wait_for("The last watch")
        terminal.press("Enter")
        terminal.wait_for("Thirty-one")
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if str(tmp_path).encode() in (process / "environ").read_bytes() and (
                    b"-m\0tui" in (process / "cmdline").read_bytes()
                ):
                    os.kill(int(process.name), signal.SIGTERM)
        shown = terminal.wait_for("exit code 143")
        assert "to all" not in shown  # the screen of before is back
    log = next((tmp_path / "data" / "rooms").glob("*/log.jsonl"))
    assert '"cut":"stopped"' in log.read_text(encoding="utf-8").replace('": "', '":"')
