"""kill -9 at random moments of a real run: nothing that was acknowledged is lost or doubled."""

import json
import os
import signal
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest

from memory.bank.bank import Bank
from memory.cc.base import CC
from memory.cc.carriers import carrier
from transcripts import events as e
from transcripts.log import read
from transcripts.room import Room, reduce

REPO = Path(__file__).parents[2]

SCENARIO = """
title = "Kill me"
rounds = 1
[caps]
turns = 100000
images = 100000
[[cast]]
name = "Ada"
model = "scripted/ada"
script_file = "ada.txt"
[[cast]]
name = "Bob"
model = "scripted/bob"
script_file = "bob.txt"
"""


def part(name: str, draw: Random, turns: int) -> str:
    """A script that uses commands often, so that kills fall between a line and its deeds."""
    lines: list[str] = []
    for turn in range(turns):
        line = f"{name} {turn}: " + " ".join(
            draw.choice(["lantern", "tide", "ledger", "copper", "seven"]) for _ in range(30)
        )
        if turn % 3 == 0:
            line += f'\n!prompt "{name} rule {turn}"\n!temperature {turn % 20 / 10}'
        if turn % 7 == 2:
            line += f'\n!whisper "AI-1" "psst {turn}"\n!vote "poll {turn}?" [yes, no]'
        lines.append(line)
    return "\n%%\n".join(lines)


def environment(folder: Path) -> dict[str, str]:
    return {
        **os.environ,
        "ENFOLD_DATA_DIR": str(folder / "data"),
        "ENFOLD_CONFIG_DIR": str(folder / "config"),
        "ENFOLD_CACHE_DIR": str(folder / "cache"),
        "ENFOLD_STATE_DIR": str(folder / "state"),
        "PYTHONPATH": str(REPO),
        "PYTHONUNBUFFERED": "1",
    }


def start(folder: Path, *arguments: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-m", "tui", *arguments],
        cwd=folder,
        env=environment(folder),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def check(folder: Path, acknowledged: list[bytes]) -> tuple[str, int]:
    """Assert that the room is whole and return its id and its number of entries."""
    [log] = (folder / "data" / "rooms").glob("*/log.jsonl")
    lines = log.read_bytes().splitlines(keepends=True)
    kept = [line for line in lines if line.endswith(b"\n")]
    assert [line for line in acknowledged if line not in set(kept)] == []
    places = [json.loads(line)["place"] for line in kept]
    assert places == list(range(len(places)))
    seen = [json.loads(line)["place"] for line in acknowledged]
    assert seen == sorted(set(seen)), "an entry was shown twice or out of order"
    return log.parent.name, len(places)


def check_cc(folder: Path, room_id: str) -> int:
    """Assert that cc is what folding the log from the start gives; return how many folds."""
    entries = list(read(folder / "data" / "rooms" / room_id / "log.jsonl"))
    room = Room()
    for entry in entries:
        room = reduce(room, entry)
    folds = [entry.event for entry in entries if isinstance(entry.event, e.Folded)]
    assert all(one.last + 1 == two.first for one, two in pairwise(folds))
    bank = Bank(folder / "data" / "bank.sqlite")
    try:
        assert bank.check() == []
        newest = bank.newest(room_id, "text")
        assert newest is not None
        from harness.keeper import turn

        way, cc = carrier("text", room.opened.budget), CC("text")
        for fold in folds:
            stretch = entries[fold.first : fold.last + 1]
            cc = way.fold(cc, turn(entries, stretch, room))
            assert cc.digest == fold.digest
        assert newest.digest == cc.digest
    finally:
        bank.close()
    return len(folds)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_kills_lose_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    """40 of them; `ENFOLD_KILLS=100` says otherwise."""
    kills = int(os.environ.get("ENFOLD_KILLS", "40"))
    draw = Random(20261122)
    (tmp_path / "kill.toml").write_text(SCENARIO, encoding="utf-8")
    (tmp_path / "ada.txt").write_text(part("Ada", draw, 3000), encoding="utf-8")
    (tmp_path / "bob.txt").write_text(part("Bob", draw, 3000), encoding="utf-8")
    acknowledged: list[bytes] = []
    partials = 0
    room_id = ""
    for _ in range(kills):
        what = ["resume", room_id] if room_id else ["run", str(tmp_path / "kill.toml")]
        process = start(tmp_path, *what, "--rounds", "5000", "--jsonl")
        assert process.stdout is not None
        assert process.stderr is not None
        first = process.stdout.readline()
        assert first, process.stderr.read().decode()
        time.sleep(draw.uniform(0.0, 0.35))
        process.send_signal(signal.SIGKILL)
        rest = process.stdout.read()
        process.wait()
        process.stdout.close()
        process.stderr.close()
        shown = (first + rest).splitlines(keepends=True)
        acknowledged += [line for line in shown if line.endswith(b"\n")]
        room_id, _ = check(tmp_path, acknowledged)
        partials += (tmp_path / "data" / "rooms" / room_id / "draft.json").exists()
    final = start(tmp_path, "resume", room_id, "--turns", "2", "--jsonl")
    out, err = final.communicate(timeout=120)
    assert final.returncode == 0, err.decode()
    acknowledged += out.splitlines(keepends=True)
    room_id, entries = check(tmp_path, acknowledged)
    folds = check_cc(tmp_path, room_id)
    assert folds > kills
    print(f"{kills} kills, {entries} entries, {folds} folds, {partials} drafts left behind")
