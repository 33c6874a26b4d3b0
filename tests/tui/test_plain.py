import os
import re
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pexpect
import pytest

from agents.scenarios.scenario import bundled
from harness.turn import Began, Ended, Piece
from transcripts import events as e
from transcripts.events import Entry
from transcripts.log import read
from transcripts.participants import Participant
from tui.live import Live
from tui.plain import Aloud

ROOT = Path(__file__).resolve().parents[2]

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


def sat(
    typed: str, *arguments: str | Path, cwd: Path = ROOT
) -> subprocess.CompletedProcess[str]:
    """Sit down with `typed` in a pipe."""
    return subprocess.run(
        [sys.executable, "-c", SIT, *map(str, arguments)],
        input=typed,
        capture_output=True,
        encoding="utf-8",
        timeout=50,
        check=False,
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
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
    ours = len(bundled()) + 1
    done = sat(f"99\n{ours}\n/stats\n\n/quit\n")
    assert done.returncode == 0, done.stderr
    assert "1. New room: The last watch" in done.stdout
    assert f"{ours}. Go on: A [b]short[/b] room. 5 messages. b" in done.stdout
    assert f"A number from 1 to {ours} is needed" in done.stdout
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
    typed = "/help mute\n/roster\n/search dark\n/go 0\n/go 99\n/import x\n/mut\n/keys\n/quit\n"
    done = sat(typed, "", scenario)
    assert done.returncode == 0, done.stderr
    for text in (
        "/mute WHO [TURNS]: Let a participant",
        "AI-1 (Ada): scripted/ada",
        "It is dark.",
        "the room has places 0 to",
        "enfold import FILE",
        "did you mean /mute",
        "Ctrl-C cuts off",
    ):
        assert text in done.stdout


def rooms_of(home: Path) -> dict[str, list[Entry]]:
    """The logs by the ids of their rooms."""
    found = home.glob(".local/share/enfold/rooms/*/log.jsonl")
    return {path.parent.name: list(read(path)) for path in found}


def test_a_fork_shares_the_past_and_is_sat_down_to(home: Path, scenario: Path) -> None:
    assert sat("", "", scenario).returncode == 0
    [(origin, before)] = rooms_of(home).items()
    done = sat("/fork 99\n/fork 2\nin the fork\n", origin)
    assert done.returncode == 0, done.stderr
    assert "has places 0 to" in done.stdout
    logs = rooms_of(home)
    assert logs.pop(origin) == before
    [(made, entries)] = logs.items()
    assert f"{made} is a fork of this room at 2." in done.stdout
    assert [one.event for one in entries[1:3]] == [one.event for one in before[1:3]]
    opened = entries[0].event
    assert isinstance(opened, e.Opened)
    assert opened.origin == e.Origin(origin, 2)
    said = [one.event.text for one in entries[3:] if isinstance(one.event, e.Spoke)]
    assert said[0] == "in the fork"


def test_a_fork_without_a_place_shares_everything(home: Path, scenario: Path) -> None:
    assert sat("", "", scenario).returncode == 0
    [(origin, before)] = rooms_of(home).items()
    done = sat("/fork\n/quit\n", origin)
    assert done.returncode == 0, done.stderr
    logs = rooms_of(home)
    assert logs.pop(origin) == before
    [entries] = logs.values()
    assert [one.event for one in entries[1:]] == [one.event for one in before[1:]]


def test_a_room_is_written_to_a_file_and_over_one_only_after_a_yes(
    home: Path, scenario: Path, tmp_path: Path
) -> None:
    assert sat("", "", scenario).returncode == 0
    [(room, before)] = rooms_of(home).items()
    (tmp_path / "taken.txt").write_text("mine", encoding="utf-8")
    done = sat(
        "/export\n/export jsonl a b.jsonl\n/export txt taken.txt\nno\n/quit\n",
        room,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    [titled] = tmp_path.glob("*.md")
    assert f"Wrote {titled}." in done.stdout
    assert "It is dark." in titled.read_text(encoding="utf-8")
    log = tmp_path / "a b.jsonl"
    assert f"Wrote {log}." in done.stdout
    assert [one.event for one in read(log)][: len(before)] == [one.event for one in before]
    assert "taken.txt is there already. Write over it, yes or no?" in done.stdout
    assert "Left as it was." in done.stdout
    assert (tmp_path / "taken.txt").read_text(encoding="utf-8") == "mine"

    done = sat(
        "/export txt taken.txt\nyes\n/export md no/such/folder.md\n/quit\n", room, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    assert "It is dark." in (tmp_path / "taken.txt").read_text(encoding="utf-8")
    assert "no: no/such/folder.md: No such file or directory" in done.stdout
    assert rooms_of(home)[room] == before


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


def test_what_comes_back_to_a_speaker_is_told_in_a_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    live = Aloud()
    seat = Participant(id="AI-1", name="Ada [b]\x1b[31m", model="x")
    near = e.Recollection(first=0, last=0, author="AI-1", score=9, why=("key", "key\x07"))
    events = [
        e.Joined(participant=seat),
        e.Recalled(participant="AI-1", pieces=(near, replace(near, why=("door", "key")))),
        e.Recalled(participant="AI-1", pieces=(replace(near, why=()),)),
    ]
    for place, event in enumerate(events):
        live.entry(Entry(place, datetime(2026, 3, 12, tzinfo=UTC), event))
    shown = capsys.readouterr().out.splitlines()[-2:]
    label = "AI-1 (Ada [b]␛[31m)"
    assert shown == [
        f"  ({label} recalls 2 pieces of the past, because of key, key␇, door)",
        f"  ({label} recalls 1 piece of the past)",
    ]


def test_pieces_are_printed_as_they_come_if_that_is_wanted(
    capsys: pytest.CaptureFixture[str],
) -> None:
    live = Aloud(pieces=True)
    live.glimpse(Began("AI-1"))
    capsys.readouterr()
    live.glimpse(Piece("AI-1", "One is a sen"))
    assert capsys.readouterr().out == "One is a sen"


@pytest.mark.parametrize("printer", [Live, Aloud])
def test_a_score_is_silent_and_a_fall_of_it_is_a_line(
    printer: type[Live], capsys: pytest.CaptureFixture[str]
) -> None:
    live = printer()
    events: tuple[e.Event, ...] = (
        e.Scored(line=3, none=1204, sent=812, full=790, score=58, verifier="3fa1b2c4"),
        e.Slipped(score=58, threshold=80, act="notice"),
    )
    for place, event in enumerate(events):
        live.entry(Entry(place, datetime.now(UTC), event))
    line, end = capsys.readouterr().out.split("\n")
    assert line.endswith(" continuity 58, below 80")
    assert end == ""
    assert live.room.scores == (58,)


def test_continuity_is_asked_for_and_set_in_words(home: Path, scenario: Path) -> None:
    done = sat(
        "/continuity\n/continuity 80 widen\n/continuity 400\n/help score\n", "", scenario
    )
    assert done.returncode == 0, done.stderr
    assert "continuity off: not wanted by the settings" in done.stdout
    assert "  notice below 80, then more lines word for word" in done.stdout
    assert "'400' is no share; a number from 0 to 100" in done.stdout
    assert "/continuity [SHARE] [WHAT]: " in done.stdout
    set_ = [event for event in the_log(home) if isinstance(event, e.Changed)]
    assert [(one.setting, one.value) for one in set_] == [
        ("continuity.threshold", "80"),
        ("continuity.policy", "widen"),
    ]
