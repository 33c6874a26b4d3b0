"""`enfold bank` as a stranger uses it, from outside; and its worker under the full screen."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, suppress
from pathlib import Path

import pytest

from tests.seen.terminal import Terminal, available
from tests.tui.test_cli import enfold, environment, tiny
from transcripts.events import Spoke
from transcripts.log import read

TINY_MODEL = Path(__file__).parents[1] / "golden" / "tiny.hqlm"
ALONE = {"ENFOLD_BYTE_MODEL": ""}
pytestmark = pytest.mark.timeout(240)  # a dozen processes, one after the other
MODEL = {"ENFOLD_BYTE_MODEL": str(TINY_MODEL)}


def talkative(folder: Path, size: int = 8) -> str:
    """Write a scenario of 8 turns of some 60 bytes times `size`."""
    lines = [
        f"turn {i}: the lantern and the tide and the ledger of {1900 + i}, " * size
        for i in range(8)
    ]
    told = 'title = "Talk"\n[caps]\nturns = 100000\n'
    for name in ("Ada", "Bob"):
        told += f'[[cast]]\nname = "{name}"\nmodel = "scripted/{name.lower()}"\n'
        told += f"script = {json.dumps(lines)}\n"
    return tiny(folder, told, "talk")


def a_room(folder: Path) -> tuple[str, list[tuple[int, str]]]:
    """Have a room talk to its end; return its id and what was said where."""
    done = enfold(folder, "run", talkative(folder), extra=ALONE)
    assert done.returncode == 0, done.stderr
    [log] = (folder / "data" / "rooms").glob("*/log.jsonl")
    said = [
        (entry.place, entry.event.text) for entry in read(log) if isinstance(entry.event, Spoke)
    ]
    return log.parent.name, said


def sql(folder: Path, statement: str) -> list[tuple[object, ...]]:
    [bank] = (folder / "data").glob("bank*.sqlite")
    with closing(sqlite3.connect(bank)) as connection, connection:
        return connection.execute(statement).fetchall()


def test_turns_are_measured_shown_coded_verified_and_their_damage_named(
    tmp_path: Path,
) -> None:
    room, said = a_room(tmp_path)
    hot = json.loads(enfold(tmp_path, "bank", "stats", "--json").stdout)
    assert {row["kept"] for row in hot["turns"]} == {"deflated"}
    assert sum(row["turns"] for row in hot["turns"]) == len(said)
    assert hot["bank"]["models"] == 0

    # To the model, which the bank then has itself.
    done = enfold(tmp_path, "bank", "transcode", extra=MODEL)
    assert done.returncode == 0, done.stderr
    coded = json.loads(enfold(tmp_path, "bank", "stats", "--json").stdout)
    assert {row["kept"] for row in coded["turns"]} >= {"model and mixer"}
    assert not any(row["waits"] for row in coded["turns"])
    assert coded["bank"]["blobs"] < hot["bank"]["blobs"]
    assert coded["bank"]["text"] == sum(len(text.encode()) for _, text in said)
    size = TINY_MODEL.stat().st_size
    assert (coded["bank"]["models"], coded["bank"]["weights"]) == (1, size)
    table = enfold(tmp_path, "bank", "stats").stdout
    assert "BITS/BYTE" in table
    assert "byte models (1)" in table

    # Read by processes that have no model but the bank's.
    place, text = said[-1]
    shown = enfold(tmp_path, "bank", "show", room, str(place), extra=ALONE)
    assert shown.stdout == text + "\n"
    verified = enfold(tmp_path, "bank", "verify", extra=ALONE)
    assert verified.returncode == 0, verified.stdout
    assert f"all {len(said)} turns of 1 rooms" in verified.stderr

    # And back to the mixer alone: the model goes.
    assert enfold(tmp_path, "bank", "transcode", extra=ALONE).returncode == 0
    back = json.loads(enfold(tmp_path, "bank", "stats", "--json").stdout)
    assert {row["kept"] for row in back["turns"]} <= {"mixer", "deflated", "model and mixer"}
    assert sql(tmp_path, "SELECT count(*) FROM models")[0][0] == len(
        sql(tmp_path, "SELECT DISTINCT model FROM segments WHERE model IS NOT NULL")
    )

    # Damage.
    [(bad,)] = sql(tmp_path, "SELECT place FROM turns ORDER BY place LIMIT 1 OFFSET 4")
    sql(tmp_path, f"UPDATE turns SET crc = crc + 1 WHERE place = {bad}")  # noqa: S608 - ours
    verified = enfold(tmp_path, "bank", "verify", extra=ALONE)
    assert verified.returncode == 1
    assert f"the turn at place {bad} (" in verified.stdout
    assert "nor can be read, since it takes this one" in verified.stdout
    assert "Traceback" not in verified.stderr
    told = json.loads(enfold(tmp_path, "bank", "verify", "--json", extra=ALONE).stdout)
    assert len(told["wrong"]) == 1
    refused = enfold(tmp_path, "bank", "show", room, str(place), extra=ALONE)
    assert refused.returncode == 1
    assert refused.stderr.count("\n") == 1
    assert refused.stdout == ""


def test_what_is_not_there_is_said_in_a_line(tmp_path: Path) -> None:
    nothing = enfold(tmp_path, "bank", "stats")
    assert nothing.returncode == 1
    assert "open a room first" in nothing.stderr
    a_room(tmp_path)
    for arguments in (("show", "talk", "0"), ("verify", "elsewhere")):
        done = enfold(tmp_path, "bank", *arguments)
        assert done.returncode in {1, 2}
        assert done.stderr.startswith("Error: ")
        assert done.stderr.count("\n") == 1


def test_a_bank_is_copied_and_the_copy_takes_its_place(tmp_path: Path) -> None:
    room, said = a_room(tmp_path)
    copy = tmp_path / "copy.sqlite"
    done = enfold(tmp_path, "bank", "backup", str(copy))
    assert done.returncode == 0, done.stderr
    assert f"{copy.stat().st_size:,} bytes" in done.stderr
    again = enfold(tmp_path, "bank", "backup", str(copy))
    assert again.returncode == 1
    assert again.stderr == f"Error: {copy} is there already; choose another name\n"
    assert enfold(tmp_path, "bank", "backup", str(copy), "--force").returncode == 0
    [bank] = (tmp_path / "data").glob("bank*.sqlite")
    bank.unlink()
    copy.rename(bank)
    place, text = said[-1]
    assert enfold(tmp_path, "bank", "show", room, str(place)).stdout == text + "\n"
    assert enfold(tmp_path, "bank", "verify").returncode == 0


def test_coding_that_is_stopped_keeps_what_is_done_and_goes_on(tmp_path: Path) -> None:
    room, _ = a_room(tmp_path)
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from memory.bank.bank import Bank\n"
        "from memory.bank.kept import Said\n"
        "bank = Bank(Path(sys.argv[1]))\n"
        "text = b'In %d I bought lamps in Oslo, and %d in Bergen. ' * 20\n"
        "at = bank.turns.reached(sys.argv[2]).upto + 1\n"
        "bank.turns.append(sys.argv[2], [Said(at + i, 'AI-1', text % ((i,) * 40))"
        " for i in range(600)])\n"
        "bank.close()\n"
    )
    [bank] = (tmp_path / "data").glob("bank*.sqlite")
    subprocess.run(
        [sys.executable, "-c", code, str(bank), room],
        check=True,
        cwd=Path(__file__).parents[2],
    )
    with subprocess.Popen(
        [sys.executable, "-m", "tui", "bank", "transcode"],
        cwd=tmp_path,
        env=environment(tmp_path, ALONE),
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        while not sql(tmp_path, "SELECT 1 FROM segments LIMIT 1"):
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        assert "Traceback" not in process.stderr.read()
    assert process.returncode == 130
    [(left,)] = sql(tmp_path, "SELECT count(*) FROM turns WHERE segment IS NULL")
    assert isinstance(left, int)
    assert 0 < left < 608
    assert "all 608 turns" in enfold(tmp_path, "bank", "verify", room, extra=ALONE).stderr


# ── the worker under the full screen ─────────────────────────────────────────────────────


def processes(folder: Path, *words: str) -> list[int]:
    """Return the processes that keep things in `folder` and have `words` in their command."""
    found: list[int] = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            told = (process / "environ").read_bytes()
            command = (process / "cmdline").read_bytes().decode("utf-8", "replace")
            here = f"ENFOLD_DATA_DIR={folder}/data".encode() in told
            if here and all(word in command for word in words):
                found.append(int(process.name))
    return found


def waited(what: str, folder: Path, *words: str, there: bool) -> list[int]:
    end = time.monotonic() + 60
    while bool(found := processes(folder, *words)) is not there:
        assert time.monotonic() < end, what
        time.sleep(0.05)
    return found


@pytest.mark.skipif(not available(), reason="there is no tmux here")
@pytest.mark.skipif(
    not Path("/proc/self/environ").exists(), reason="processes are told in /proc"
)
@pytest.mark.parametrize("end", ["quit", "kill"])
def test_the_worker_works_under_the_screen_and_ends_with_it(tmp_path: Path, end: str) -> None:
    quick = {"ENFOLD_SCREEN__PACE": "0", "ENFOLD_BYTE_MODEL": ""}
    arguments = f"run {talkative(tmp_path, 48)} --screen"
    with Terminal(80, 24, tmp_path, arguments, environment=quick) as terminal:
        waited("no worker was started", tmp_path, "harness.worker", there=True)
        shown = terminal.wait_for("paused")
        assert "harness.worker" not in shown
        if end == "quit":
            terminal.press("C-q")
            shown = terminal.wait_for("exit code 0")
        else:
            for pid in processes(tmp_path, "tui", "run"):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            shown = terminal.wait_for("exit code 137")
        assert "Traceback" not in shown
        waited("a process was left", tmp_path, "harness.worker", there=False)
    [(kept,)] = sql(tmp_path, "SELECT count(*) FROM turns")
    assert isinstance(kept, int)
    assert kept > 0
    verified = enfold(tmp_path, "bank", "verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr


def test_an_index_for_searching_that_is_damaged_is_named_and_made_again(
    tmp_path: Path,
) -> None:
    a_room(tmp_path)
    found = enfold(tmp_path, "search", "lantern").stdout
    assert "AI-1: " in found
    sql(tmp_path, "UPDATE words_data SET block = replace(block, 'lantern', 'lanterm')")
    verified = enfold(tmp_path, "bank", "verify", extra=ALONE)
    assert verified.returncode == 1
    assert verified.stdout.startswith("search: its index is damaged")
    assert "the next search makes it again from the rooms' logs" in verified.stdout
    assert enfold(tmp_path, "search", "lantern").stdout == found
    assert enfold(tmp_path, "bank", "verify", extra=ALONE).returncode == 0
