"""`enfold archive`, `bank rebuild` and rooms in one file, as people type them."""

import json
import os
import pty
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from harness.rooms import Rooms
from tests.tui.test_fold import enfold, surroundings
from tui.screens.shelf import room_row

SAID = "\n\n".join(f"{('Ada', 'Bob')[n % 2]}: the lantern and the tide, {n}" for n in range(30))


@pytest.fixture
def room(tmp_path: Path) -> str:
    """A room of thirty lines that nobody is in."""
    (tmp_path / "talk.txt").write_text(SAID)
    made = enfold(tmp_path, "import", "talk.txt", "--format", "plain")
    assert made.returncode == 0, made.stderr
    return made.stdout.decode().strip()


def done(folder: Path, *arguments: str) -> tuple[str, str]:
    result = enfold(folder, *arguments)
    assert result.returncode == 0, result.stderr.decode()
    return result.stdout.decode(), result.stderr.decode()


def refused(folder: Path, *arguments: str, code: int = 1) -> str:
    result = enfold(folder, *arguments)
    assert result.returncode == code, result.stderr.decode()
    errors = [line for line in result.stderr.decode().splitlines() if line.startswith("Error")]
    assert len(errors) == 1
    return errors[0]


def log_of(folder: Path, room: str) -> Path:
    return Rooms(folder / ".home" / "data" / "rooms").log(room)


def test_what_can_be_read_of_a_room_can_be_read_of_it_archived(
    tmp_path: Path, room: str
) -> None:
    readers = (
        ("show", room),
        ("show", room, "--jsonl", "--from", "3", "--to", "9"),
        ("replay", room, "--headless"),
        ("export", room, "--format", "html"),
        ("export", room, "--format", "txt"),
        ("search", "lantern tide 7"),
        ("cc", "show", room),
        ("cc", "diff", room, "--json"),
    )
    done(tmp_path, "replay", room, "--headless")  # so that there is a cc
    log = log_of(tmp_path, room)
    before, whole = [done(tmp_path, *one)[0] for one in readers], log.read_bytes()
    told = done(tmp_path, "archive", room)[1]
    assert "decoded again and equal" in told
    assert "--remove deletes it" in told
    assert log.exists()
    assert f"deleted {log}" in done(tmp_path, "archive", room, "--remove")[1]
    assert not log.exists()
    after = [done(tmp_path, *one)[0] for one in readers]
    assert after == before
    [listed] = json.loads(done(tmp_path, "list", "--json")[0])
    assert (listed["archived"], listed["messages"], listed["bytes"]) == (True, 30, len(whole))
    assert "archived" in done(tmp_path, "list")[0]
    done(tmp_path, "export", room, "-o", "room.md")
    fork = done(tmp_path, "fork", f"{room}@9")[0].strip()
    assert len(done(tmp_path, "show", fork, "--jsonl")[0].splitlines()) == 10
    assert "archived already" in refused(tmp_path, "archive", room)
    assert f"enfold archive --restore {room}" in refused(tmp_path, "rename", room, "Other")
    done(tmp_path, "archive", "--restore", room)
    assert log.read_bytes() == whole
    assert "is not archived" in refused(tmp_path, "archive", "--restore", room)


def test_a_file_that_an_archived_room_was_made_from_is_known(tmp_path: Path, room: str) -> None:
    log = log_of(tmp_path, room).read_bytes()
    (tmp_path / "copy.jsonl").write_bytes(log)
    done(tmp_path, "archive", room, "--remove")
    for name in ("talk.txt", "copy.jsonl"):
        told = json.loads(done(tmp_path, "import", name, "--json")[0])
        assert (told["room"], told["new"]) == (room, False), name


def test_the_start_says_which_rooms_are_archived(tmp_path: Path, room: str) -> None:
    rooms = Rooms(tmp_path / ".home" / "data" / "rooms")
    now = datetime.now(UTC)
    before = str(room_row(rooms.summary(room), now).detail)
    done(tmp_path, "archive", room, "--remove")
    after = str(room_row(rooms.summary(room), now).detail)
    assert ("archived" in before, "archived" in after) == (False, True)


def test_what_came_of_it_can_be_read_by_programs(tmp_path: Path, room: str) -> None:
    [told] = json.loads(done(tmp_path, "archive", room, "--remove", "--json")[0])
    assert (told["room"], told["removed"]) == (room, True)
    assert 0 < told["stored"] < told["bytes"]
    stats = json.loads(done(tmp_path, "bank", "stats", "--json")[0])
    assert stats["bank"]["archives"] == told["stored"]
    [back] = json.loads(done(tmp_path, "archive", "--restore", room, "--json")[0])
    assert back == {"room": room, "bytes": told["bytes"], "log": str(log_of(tmp_path, room))}


@pytest.mark.parametrize(
    "arguments",
    [(), ("x", "--remove", "--keep"), ("x", "--restore", "--remove")],
)
def test_what_cannot_be_meant_is_refused(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    refused(tmp_path, "archive", *arguments, code=2)


@pytest.mark.parametrize(("answer", "there"), [(b"y\n", False), (b"n\n", True)])
def test_on_a_terminal_it_asks_before_the_log_goes(
    tmp_path: Path, room: str, answer: bytes, there: bool
) -> None:
    mine, theirs = pty.openpty()
    with (
        os.fdopen(mine, "r+b", buffering=0) as keyboard,
        subprocess.Popen(
            [sys.executable, "-m", "tui", "archive", room],
            cwd=tmp_path,
            env=surroundings(tmp_path) | {"ENFOLD_BYTE_MODEL": ""},
            stdin=theirs,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as child,
    ):
        os.close(theirs)
        keyboard.write(answer)
        _, told = child.communicate(timeout=120)
    assert b"Delete the log?" in told
    assert child.returncode == 0, told
    assert log_of(tmp_path, room).exists() == there


def flip(folder: Path, *statements: str) -> None:
    with closing(sqlite3.connect(folder / ".home" / "data" / "bank.sqlite")) as bank, bank:
        for statement in statements:
            bank.execute(statement)


def test_verify_says_what_can_be_made_anew_and_from_what(tmp_path: Path, room: str) -> None:
    done(tmp_path, "bank", "rebuild", room)
    done(tmp_path, "archive", room)
    assert (
        "30 turns of 1 rooms can be read, and 1 archived logs"
        in (done(tmp_path, "bank", "verify")[1])
    )
    turns = "UPDATE turns SET blob = zeroblob(length(blob))"
    flip(tmp_path, turns)
    told = enfold(tmp_path, "bank", "verify")
    assert told.returncode == 1
    assert f"`enfold bank rebuild {room}` makes it anew from its log" in told.stdout.decode()
    done(tmp_path, "archive", room, "--remove")
    told = enfold(tmp_path, "bank", "verify", "--json")
    assert json.loads(told.stdout)["remedies"] == [
        f"{room}: `enfold bank rebuild {room}` makes it anew from its archive"
    ]
    made = json.loads(done(tmp_path, "bank", "rebuild", room, "--json")[0])
    assert made[0]["parts"][0]["how"] == "made anew"
    done(tmp_path, "bank", "verify")
    flip(tmp_path, "UPDATE archives SET blob = zeroblob(length(blob))")
    told = enfold(tmp_path, "bank", "verify")
    assert f"the archive of room {room!r}" in told.stdout.decode()
    assert "put a copy of the bank back" in told.stdout.decode()


def test_all_rooms_are_rebuilt_if_asked(tmp_path: Path, room: str) -> None:
    done(tmp_path, "fork", room)
    assert "say --all" in refused(tmp_path, "bank", "rebuild", code=2)
    made = json.loads(done(tmp_path, "bank", "rebuild", "--all", "--json")[0])
    assert len(made) == 2


def test_a_room_in_one_file_comes_home(tmp_path: Path, room: str) -> None:
    done(tmp_path, "replay", room, "--headless")
    done(tmp_path, "bank", "rebuild", room)
    cc = done(tmp_path, "cc", "show", room)
    log = log_of(tmp_path, room).read_bytes()
    done(tmp_path, "fold", room[:6], "-o", "x.hqf")
    away = tmp_path / "away"
    away.mkdir()
    (away / "x.hqf").write_bytes((tmp_path / "x.hqf").read_bytes())
    out, told = done(away, "unfold", "x.hqf")
    assert out == f"{room}\n"
    assert "carried" in told
    assert log_of(away, room).read_bytes() == log
    assert done(away, "cc", "show", room) == cc
    assert "here already" in done(away, "unfold", "x.hqf")[1]
    # Elsewhere it is files.
    done(away, "unfold", "x.hqf", "-o", "files/")
    assert (away / "files" / room / "log.jsonl").read_bytes() == log
    assert (away / "files" / room / "memory.json").exists()
    # Without what is remembered it is what it always was: a file among files.
    done(away, "fold", room, "--log-only", "-o", "log.hqf")
    done(away, "unfold", "log.hqf")
    assert (away / room / "log.jsonl").read_bytes() == log


def test_no_room_and_no_file_of_that_name_is_one_line(tmp_path: Path, room: str) -> None:
    assert "No such file" in refused(tmp_path, "fold", "nothing-of-the-kind", "-o", "x.hqf")
    (tmp_path / room).write_text("a file goes before a room")
    done(tmp_path, "fold", room, "-o", "file.hqf")
    assert '"kind": "file"' in done(tmp_path, "unfold", "file.hqf", "--list", "--json")[0]
