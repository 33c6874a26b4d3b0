"""`enfold bank` about laminae, as a stranger uses it: made, listed, asked, parted, taken back."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from harness.errors import NotPossible
from harness.parting import Parting
from harness.rooms import Rooms
from memory.bank.bank import Bank
from tests.fakes import START, FixedClock
from tests.tui.test_cli import enfold, environment
from transcripts import events as e
from transcripts.log import Log, read
from transcripts.participants import Participant
from transcripts.room import reduced
from tui.commands.bank import bank_command

ALONE = {"ENFOLD_BYTE_MODEL": ""}
"""The mixer alone: quick."""
FACT = "the spare key hangs behind the cobalt kettle"
THINGS = (
    "harbour tide rope anchor gull mooring sail hull",
    "oven dough crumb butter yeast crust flour rye",
    "orbit comet lens mirror dusk meteor dome star",
)
pytestmark = pytest.mark.timeout(240)  # several processes, one after the other

Told = Callable[..., Any]


def write(folder: Path, lines: int) -> str:
    """Write a room of so many lines of some 900 bytes, of another thing every 10."""
    room = "four-20260312-214000"
    log = folder / "data" / "rooms" / room / "log.jsonl"
    log.parent.mkdir(parents=True)
    with Log(log, now=START) as written:
        events: list[e.Event] = [e.Opened(title="Four things")]
        for number, name in enumerate(("Ada", "Bob"), 1):
            one = Participant(id=f"AI-{number}", name=name, model="scripted/x")
            events.append(e.Joined(participant=one))
        for n in range(lines):
            chance = random.Random(n)
            words = THINGS[n // 10 % len(THINGS)].split()
            text = " ".join(chance.choice(words) for _ in range(150))
            events.append(
                e.Spoke(author=f"AI-{n % 2 + 1}", text=FACT if n == 3 else f"{text} {n}")
            )
        written.extend((START, event, None) for event in events)
    return room


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A home with a room that has laminae."""
    folder = tmp_path_factory.mktemp("indexed")
    room = write(folder, 70)
    done = enfold(folder, "bank", "index", room, extra=ALONE)
    assert done.returncode == 0, done.stderr
    assert "indexed 0 to " in done.stdout
    assert "split into " in done.stdout
    assert "the room has " in done.stderr
    return folder, room


@pytest.fixture
def kept(indexed: tuple[Path, str], tmp_path: Path) -> Path:
    """A copy of it, to do with as one likes."""
    shutil.copytree(indexed[0], tmp_path, dirs_exist_ok=True)
    return tmp_path


@pytest.fixture
def told(kept: Path) -> Told:
    """Run a command with --json, in this process, that has to go well; what it prints."""

    def run(*arguments: str) -> Any:
        there = environment(kept, ALONE)
        done = CliRunner().invoke(bank_command, [*arguments, "--json"], env=there)
        assert done.exit_code == 0, (done.stderr, done.exception)
        return json.loads(done.stdout)

    return run


def test_laminae_are_made_once_and_log_and_bank_agree_on_them(
    kept: Path, indexed: tuple[Path, str], told: Told
) -> None:
    _, room = indexed
    listed = told("list", room)
    spans = [(row["first"], row["last"]) for row in listed]
    logged = reduced(read(kept / "data" / "rooms" / room / "log.jsonl")).laminae
    assert spans == [(one.first, one.last) for one in logged]
    assert len(spans) > 3
    assert all(0 < row["stored"] < row["bytes"] and row["gist"] <= 256 for row in listed)
    assert any("harbour" in row["about"] for row in listed)
    [row] = told("list")
    assert (row["room"], row["laminae"], row["turns"]) == (room, len(spans), 70)
    assert told("index", room) == []
    every = told("list", room, "--all")
    assert [row for row in every if row["alive"]] == listed
    assert {row["made"] for row in every} == {"indexed", "delaminated"}


def test_the_past_is_asked_within_a_budget_and_says_where_from_and_why(
    kept: Path, indexed: tuple[Path, str], told: Told
) -> None:
    _, room = indexed
    found = told("recall", room, "where does the spare key hang?", "--budget", "400")
    [piece] = [one for one in found["pieces"] if FACT in one["text"]]
    assert (piece["first"], piece["author"]) == (6, "AI-2")
    assert {"spare", "key"} <= set(piece["why"])
    assert found["size"] == sum(one["bytes"] for one in found["pieces"]) <= 400
    shown = enfold(kept, "bank", "recall", room, "cobalt kettle", extra=ALONE)
    assert "6 AI-2 (Bob): the spare key" in shown.stdout
    assert "because of cobalt, kettle" in shown.stdout
    nothing = enfold(kept, "bank", "recall", room, "zyzzyva", extra=ALONE)
    assert (nothing.returncode, nothing.stdout) == (0, "")
    assert "belongs to that" in nothing.stderr


def test_laminae_are_split_and_merged_and_taken_back_and_every_turn_stays(
    kept: Path, indexed: tuple[Path, str], told: Told
) -> None:
    _, room = indexed
    before = [(row["first"], row["last"]) for row in told("list", room)]
    first, last = before[1]
    [split] = told("delaminate", room, "--at", str(first), "--parts", "2")
    assert split["act"] == "delaminate"
    assert [split["laminae"][0][0], split["laminae"][-1][1]] == [first, last]
    assert len(told("list", room)) == len(before) + 1
    told("undo", room)
    assert [(row["first"], row["last"]) for row in told("list", room)] == before
    [merged] = told("merge", room, str(before[0][0]), str(last))
    assert merged["laminae"] == [[before[0][0], last]]
    [back] = told("undo", room, str(merged["place"]))
    assert [tuple(one) for one in back["laminae"]] == before[:2]
    assert told("verify", room)["wrong"] == []
    people = [
        entry.event.by
        for entry in read(kept / "data" / "rooms" / room / "log.jsonl")
        if isinstance(entry.event, e.Delaminated | e.Merged)
    ]
    assert people[-4:] == ["you"] * 4


def test_what_cannot_be_done_is_said_in_one_line(kept: Path, indexed: tuple[Path, str]) -> None:
    _, room = indexed
    for arguments, code, why in (
        (("delaminate", room, "--at", "99999"), 1, "no lamina has place 99999"),
        (("merge", room, "9", "1"), 2, "1 is before 9"),
    ):
        done = enfold(kept, "bank", *arguments, extra=ALONE)
        assert done.returncode == code, done.stderr
        assert why in done.stderr
        assert "Traceback" not in done.stderr
        assert done.stdout == ""
    with Parting(Rooms(kept / "data" / "rooms"), room, FixedClock(START)) as parting:
        with pytest.raises(NotPossible, match="are not in several laminae"):
            parting.join(0, 1)
        with pytest.raises(NotPossible, match="nothing at 1 was split or merged"):
            parting.undo(1)
        busy = enfold(kept, "bank", "delaminate", room, extra=ALONE)
    assert busy.returncode == 1
    assert busy.stderr.startswith("Error: ")
    assert busy.stderr.count("\n") == 1


def test_a_room_of_little_has_no_laminae_and_is_asked_all_the_same(tmp_path: Path) -> None:
    room = write(tmp_path, 6)
    done = enfold(tmp_path, "bank", "index", room, extra=ALONE)
    assert done.returncode == 0, done.stderr
    assert "too little was said for one" in done.stderr
    assert FACT in enfold(tmp_path, "bank", "recall", room, "cobalt kettle", extra=ALONE).stdout
    with (
        Parting(Rooms(tmp_path / "data" / "rooms"), room, FixedClock(START)) as parting,
        pytest.raises(NotPossible, match="has no laminae"),
    ):
        parting.split()


def test_what_the_bank_takes_is_told_beside_the_text(
    kept: Path, indexed: tuple[Path, str], told: Told
) -> None:
    whole = told("stats")
    shares, sizes = whole["shares"], whole["bank"]
    assert shares["text"] == 1.0
    assert shares["payload"] == pytest.approx(sizes["blobs"] / sizes["text"], abs=1e-4)
    parts = ("payload", "rows", "words", "gists", "fulltext")
    assert shares["payload and indexes"] == pytest.approx(
        sum(shares[part] for part in parts), abs=1e-3
    )
    assert 0 < shares["words"] < shares["payload and indexes"] < 0.75
    table = enfold(kept, "bank", "stats", extra=ALONE).stdout
    assert "OF THE TEXT" in table
    assert "cc and its history" in table


@pytest.mark.slow
def test_indexing_that_is_stopped_keeps_what_is_done_and_goes_on(tmp_path: Path) -> None:
    room = write(tmp_path, 130)
    log = tmp_path / "data" / "rooms" / room / "log.jsonl"
    with subprocess.Popen(
        [sys.executable, "-m", "tui", "bank", "index", room],
        cwd=tmp_path,
        env=environment(tmp_path, ALONE),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        while b'"Laminated"' not in log.read_bytes() and process.poll() is None:
            time.sleep(0.005)
        os.kill(process.pid, signal.SIGINT)
        assert process.stderr is not None
        assert "Traceback" not in process.stderr.read()
    assert process.returncode in {0, 130}  # it may have been done by then
    rooms = Rooms(tmp_path / "data" / "rooms")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ENFOLD_BYTE_MODEL", "")
        with Parting(rooms, room, FixedClock(START)) as parting:
            parting.code()
            parting.index()
            logged = [(one.first, one.last) for one in parting.room.laminae]
    bank = Bank(tmp_path / "data" / "bank.sqlite")
    try:
        there = bank.laminae.of(room)
        assert [(one.first, one.last) for one in there] == logged
        assert sum(one.length for one in there) > 90_000
        said = [one.text for lamina in there for one in bank.laminae.said(room, lamina)]
    finally:
        bank.close()
    words = [
        entry.event.text.encode() for entry in read(log) if isinstance(entry.event, e.Spoke)
    ]
    assert said == words[: len(said)]
