import os
import re
import subprocess
import sys
from pathlib import Path

import pexpect
import pytest

from harness.turn import Began, Ended, Piece
from transcripts import events as e
from transcripts.log import read
from tui.plain import Aloud

SIT = """
import asyncio, sys
from tui.desk import Desk
from tui.plain import sit
room, scenario = (sys.argv[1:] + ["", ""])[:2]
sys.exit(asyncio.run(sit(Desk.here(), room, scenario=scenario)))
"""

SCENARIO = """
title = "A [b]short[/b] room"
description = "For a test."
rounds = 2
opening = "It is dark."
opening_by = "narrator"

[[cast]]
name = "Ada"
model = "scripted/ada"
script = ["One. Two. \\u001b[31mThree", '!image "a cat in fog"', "five", "seven"]

[[cast]]
name = "Bob"
model = "scripted/bob"
script = ["a", "b", "c", "d"]
"""


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    path = tmp_path / "short.toml"
    path.write_text(SCENARIO, encoding="utf-8")
    return path


def sat(typed: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Sit down with `typed` in a pipe."""
    return subprocess.run(
        [sys.executable, "-c", SIT, *map(str, arguments)],
        input=typed,
        capture_output=True,
        encoding="utf-8",
        timeout=50,
        check=False,
    )


def at_a_terminal(*arguments: str | Path) -> "pexpect.spawn[str]":
    child: pexpect.spawn[str] = pexpect.spawn(
        sys.executable,
        ["-c", SIT, *map(str, arguments)],
        encoding="utf-8",
        dimensions=(24, 80),
        timeout=20,
        env={**os.environ, "TERM": "dumb"},
    )
    return child


def the_log(home: Path) -> list[e.Event]:
    [path] = home.glob(".local/share/enfold/rooms/*/log.jsonl")
    return [entry.event for entry in read(path)]


def test_a_piped_room_says_its_rounds_and_leaves(home: Path, scenario: Path) -> None:
    done = sat("/temp AI-1 0.3\nhello [/] there\n", "", scenario)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    out = done.stdout
    assert "A [b]short[/b] room" in out
    assert "AI-1 (Ada): temperature 0.3" in out
    assert "\x1b" not in out
    assert "␛[31mThree" in out
    assert out.index("You\nhello [/] there") < out.index("AI-2 (Bob)\nb")
    assert "AI-1 (Ada) created an image" in out
    assert "paused — 2 rounds done" in out
    spoken = [event.text for event in the_log(home) if isinstance(event, e.Spoke)]
    assert "hello [/] there" in spoken
    assert spoken[-1] == "b"


def test_without_a_room_one_is_chosen_by_number_and_gone_on_with(
    home: Path, scenario: Path
) -> None:
    assert sat("", "", scenario).returncode == 0
    before = len(the_log(home))
    done = sat("99\n5\n/stats\n\n/quit\n")
    assert done.returncode == 0, done.stderr
    assert "1. New room: The last watch" in done.stdout
    assert "5. Go on: A [b]short[/b] room. 5 messages. b" in done.stdout
    assert "A number from 1 to 5 is needed" in done.stdout
    assert "5 messages, " in done.stdout
    assert len(the_log(home)) >= before
    assert sat("q\n").returncode == 0


def test_what_is_asked_is_answered_in_words(home: Path, scenario: Path) -> None:
    done = sat('!image "a dog here"\nyes\n/remove AI-2\nno\n/remove AI-2\nyes\n', "", scenario)
    assert done.returncode == 0, done.stderr
    assert "yours is /image a dog here. Send it, yes or no?" in done.stdout
    assert "Left as it was." in done.stdout
    assert "AI-2 (Bob) has left" in done.stdout
    events = the_log(home)
    assert sum(isinstance(event, e.Left) for event in events) == 1
    assert any(isinstance(event, e.ImageRequested) and event.by == "you" for event in events)


def test_commands_that_only_look_leave_no_trace(home: Path, scenario: Path) -> None:
    typed = "/help mute\n/roster\n/search dark\n/go 0\n/go 99\n/fork 3\n/mut\n/keys\n/quit\n"
    done = sat(typed, "", scenario)
    assert done.returncode == 0, done.stderr
    for text in (
        "/mute WHO [TURNS]: Let a participant",
        "AI-1 (Ada): scripted/ada",
        "It is dark.",
        "the room has places 0 to",
        "enfold fork",
        "did you mean /mute",
        "Ctrl-C cuts off",
    ):
        assert text in done.stdout


def test_approvals_are_asked_and_granted_at_a_terminal(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "asks.toml"
    asks = SCENARIO.replace("rounds = 2", 'rounds = 2\napprovals = { image = "ask" }')
    path.write_text(asks, encoding="utf-8")
    child = at_a_terminal("", path)
    try:
        child.expect(r"asks for !image a cat in fog \(A1\)\. yes or no\?")
        child.sendline("yes")
        child.expect("A1 granted")
        child.expect("created an image")
        child.sendline("/quit")
        child.expect("You have left")
        child.expect(pexpect.EOF)
    finally:
        child.close()
    assert child.exitstatus == 0
    assert any(isinstance(event, e.ImageCreated) for event in the_log(home))


def test_enter_alone_gives_a_turn_and_nothing_moves_the_cursor(
    home: Path, scenario: Path
) -> None:
    assert sat("", "", scenario).returncode == 0
    [room] = (path.name for path in home.glob(".local/share/enfold/rooms/*"))
    child = at_a_terminal(room)
    try:
        child.expect("5 messages so far")
        child.expect("Enter alone gives one turn")
        child.sendline("")
        child.expect("five")
        child.sendline("hello\x1b[Athere")
        child.expect(r"AI-2 \(Bob\)")  # it stood still of itself, so it answers
        child.expect("1 round done")
        child.sendline("/quit")
        child.expect(pexpect.EOF)
        seen = str(child.before)
    finally:
        child.close()
    assert not re.search(r"\x1b\[", seen)
    assert child.exitstatus == 0


def test_ctrl_c_once_asks_and_twice_leaves(home: Path, scenario: Path) -> None:
    child = at_a_terminal("", scenario)
    try:
        child.expect("2 rounds done")
        child.sendintr()
        child.expect("Ctrl-C again leaves")
        child.sendintr()
        child.expect("You have left")
        child.expect(pexpect.EOF)
    finally:
        child.close()
    assert child.exitstatus == 130


def test_a_room_that_another_process_writes_is_refused(home: Path, scenario: Path) -> None:
    child = at_a_terminal("", scenario)
    try:
        child.expect("2 rounds done")
        [room] = (path.name for path in home.glob(".local/share/enfold/rooms/*"))
        done = sat("/quit\n", room)
        assert done.returncode != 0
        assert "RoomBusy" in done.stderr
    finally:
        child.close(force=True)


def test_whole_sentences_are_printed_and_the_rest_at_the_end(
    capsys: pytest.CaptureFixture[str],
) -> None:
    live = Aloud()
    live.glimpse(Began("AI-1"))
    capsys.readouterr()
    printed: list[str] = []
    for text in ("One is a sen", "tence. And tw", 'o? "Yes." ', "Three\nfou", "r"):
        live.glimpse(Piece("AI-1", text))
        printed.append(capsys.readouterr().out)
    live.glimpse(Ended("AI-1"))
    printed.append(capsys.readouterr().out)
    assert printed == ["", "One is a sentence. ", 'And two? "Yes." ', "Three\n", "", "four"]


def test_pieces_are_printed_as_they_come_if_that_is_wanted(
    capsys: pytest.CaptureFixture[str],
) -> None:
    live = Aloud(pieces=True)
    live.glimpse(Began("AI-1"))
    capsys.readouterr()
    live.glimpse(Piece("AI-1", "One is a sen"))
    assert capsys.readouterr().out == "One is a sen"
